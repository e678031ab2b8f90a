//! JSON records of flows and of the segments in their timelines.

use std::fmt::Write as _;

use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::transport::tcp::{self, Flags};
use netdissect_dissectors::{Field, Value};
use sha2::Digest as _;

mod timing;

use super::json::Object;
use super::json::streams::{conflict, streams};
use super::notes::Note;
use crate::flow::judgement;
use crate::flow::key::Side;
use crate::flow::row::Row;
use crate::flow::table::Flow;

/// Appends the record of one segment of `flow`: a packet, with its final verdict and what explains it.
pub fn row(out: &mut Vec<u8>, flow: &Flow, row: &Row, notes: &[Note]) {
    segment(Object::record(out, "packet"), flow, row, notes);
    out.push(b'\n');
}

/// Appends the same of a segment whose record was written before later packets changed what is said of it.
pub fn amend(out: &mut Vec<u8>, flow: &Flow, row: &Row, notes: &[Note]) {
    segment(Object::record(out, "amend"), flow, row, notes);
    out.push(b'\n');
}

fn segment(mut record: Object<'_>, flow: &Flow, row: &Row, notes: &[Note]) {
    record.number("frame.number", row.frame);
    record.time("frame.time_epoch", row.time);
    record.number("tcp.stream", row.stream.into());
    record.display("nd.flow", flow.number);
    let client = flow.tcp.client();
    let (from, to) = if row.from_client { (client, client.other()) } else { (client.other(), client) };
    for (side, addr, port) in [(from, "src", "tcp.srcport"), (to, "dst", "tcp.dstport")] {
        let end = flow.tcp.pair.end(side);
        let layer = if end.addr.is_ipv4() { "ip" } else { "ipv6" };
        record.display(&format!("{layer}.{addr}"), end.addr);
        record.number(port, end.port.into());
    }
    record.number("tcp.len", row.len.into());
    for (flag, name) in [
        (Flags::SYN, "tcp.flags.syn"),
        (Flags::ACK, "tcp.flags.ack"),
        (Flags::PSH, "tcp.flags.push"),
        (Flags::FIN, "tcp.flags.fin"),
        (Flags::RST, "tcp.flags.reset"),
    ] {
        if row.flags.contains(flag) {
            record.bool(name, true);
        }
    }
    let [client, server] = row.step.states;
    for (known, state, inferred) in [
        (client, "nd.tcp.state.client", "nd.tcp.state.client.inferred"),
        (server, "nd.tcp.state.server", "nd.tcp.state.server.inferred"),
    ] {
        record.text(state, known.state.name().as_bytes());
        if known.inferred {
            record.bool(inferred, true);
        }
    }
    verdict(&mut record, row);
    timing::moment(&mut record, &row.moment);
    timing::phases(&mut record, flow, row.time.as_nanos());
    record.texts("nd.tcp.event", row.step.labels.iter().map(|label| label.name()));
    let conflicts = flow.kept.conflicts.iter().flat_map(|conflicts| conflicts.list());
    let mut own = conflicts.filter(|conflict| conflict.new.frame == row.frame).peekable();
    if own.peek().is_some() {
        record.objects("nd.tcp.conflict", own, |object, it| conflict(object, flow, it));
    }
    if let Some(message) = &row.message {
        record.text("nd.message", message.as_bytes());
    }
    if !notes.is_empty() {
        record.texts("nd.explanation", notes.iter().map(Note::line));
    }
    record.end();
}

/// The verdict under Wireshark's names, and ours where Wireshark has none: the fields of the packet list.
fn verdict(record: &mut Object<'_>, row: &Row) {
    let analysis = row.wireshark.as_deref().copied().unwrap_or_else(|| judgement::analysis(&row.step));
    let mut each = |field: &Field, value: Value<'_>| {
        record.field(field, value);
        Some(())
    };
    // Both end early only if that closure does.
    let _ = tcp::analysis(&analysis, &mut each);
    let Some(judgement) = judgement::judgement(&row.step) else { return };
    let _ = tcp::judgement(&judgement, &mut each);
    if !judgement.redundant.is_empty() {
        record.texts("nd.tcp.redundant", judgement.redundant);
    }
}

/// Appends the record of a whole flow.
pub fn flow(out: &mut Vec<u8>, flow: &Flow, registry: &Registry) {
    let mut record = Object::record(out, "flow");
    record.number("tcp.stream", flow.number.stream.into());
    record.display("nd.flow", flow.number);
    record.text("nd.community_id", flow.community_id().as_bytes());
    let client = flow.tcp.client();
    for (side, name) in [(client, "client"), (client.other(), "server")] {
        let half = flow.tcp.half(side);
        record.display(&format!("nd.tcp.{name}"), flow.tcp.pair.end(side));
        record.texts(
            &format!("nd.tcp.states.{name}"),
            flow.tcp.end(side).path().iter().map(|state| state.name()),
        );
        if let Some(digest) = digest(flow, side) {
            record.text(&format!("nd.tcp.sha256.{name}"), digest.as_bytes());
        }
        record.wide(&format!("nd.tcp.packets.{name}"), half.packets);
        record.wide(&format!("nd.tcp.bytes.{name}"), half.stream_len());
        record.wide(&format!("nd.tcp.bytes_again.{name}"), half.again);
        record.wide(&format!("nd.tcp.bytes_missing.{name}"), half.stream.missing());
        if let Some(rtt) = half.round_trip() {
            record.duration(&format!("nd.tcp.round_trip.{name}"), rtt);
        }
        if let Some(shift) = half.scale_at_least() {
            record.number(&format!("nd.tcp.scale_at_least.{name}"), shift.into());
        }
        timing::course(&mut record, flow, side, name);
    }
    let (first, last) = flow.tcp.times();
    record.time("nd.first", first);
    record.duration("nd.duration", last.nanos_since(first));
    if let Some(dissector) = flow.app.dissector.and_then(|number| registry.dissector(number)) {
        record.text("nd.protocol", dissector.protocol().name.as_bytes());
    }
    streams(&mut record, flow);
    record.text("nd.tcp.verdict", flow.tcp.verdict().name().as_bytes());
    if let Some(error) = flow.tcp.icmp_error() {
        record.object("nd.tcp.icmp_error", |object| {
            object.display("from", error.from);
            object.number("type", error.kind.into());
            object.number("code", error.code.into());
            object.number("frame", error.frame.min(1 << 53));
        });
    }
    timing::times(&mut record, flow);
    if let Some(zeek) = &flow.kept.zeek {
        record.text("nd.zeek.conn_state", zeek.conn_state().as_bytes());
        record.text("nd.zeek.history", zeek.history().as_bytes());
        if zeek.is_cut() {
            record.bool("nd.zeek.history_cut", true);
        }
        record.display("nd.zeek.originator", flow.tcp.pair.end(zeek.originator()));
    }
    if flow.evicted {
        record.bool("nd.evicted", true);
    }
    if flow.kept.rows_lost > 0 {
        record.wide("nd.rows_lost", flow.kept.rows_lost);
    }
    record.end();
    out.push(b'\n');
}

/// The stream's hash in hex; `None` if it was not kept or bytes are missing.
fn digest(flow: &Flow, side: Side) -> Option<String> {
    let half = flow.tcp.half(side);
    if half.stream.missing() > 0 || half.stream.waiting_bytes() > 0 {
        return None;
    }
    let bytes = flow.kept.digests.as_ref()?[side].clone().finalize();
    let mut text = String::with_capacity(64);
    for byte in bytes {
        // A String takes everything.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}
