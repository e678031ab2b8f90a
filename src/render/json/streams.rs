//! What a flow's record says of its streams: gaps, conflicts, and how far to believe them.

use super::Object;
use crate::flow::conflict::Conflict;
use crate::flow::key::Side;
use crate::flow::table::Flow;
use crate::trust::{FlowTrust, Found};

/// Gaps and conflicts of both directions, and the flow's trust.
pub fn streams(record: &mut Object<'_>, flow: &Flow) {
    let client = flow.tcp.client();
    for (side, name) in [(client, "client"), (client.other(), "server")] {
        let stream = &flow.tcp.half(side).stream;
        if !stream.gaps().is_empty() {
            record.objects(&format!("nd.tcp.gaps.{name}"), stream.gaps(), |gap, it| {
                gap.display("at", it.at);
                gap.number("bytes", it.len);
                gap.text("kind", it.kind.name().as_bytes());
            });
        }
        for (key, bytes) in [
            ("nd.tcp.bytes_after_gap", stream.after_gap()),
            ("nd.tcp.bytes_unverifiable", stream.unverifiable()),
            ("nd.tcp.bytes_outside", stream.outside_bytes()),
        ] {
            if bytes > 0 {
                record.wide(&format!("{key}.{name}"), bytes);
            }
        }
    }
    if let Some(conflicts) = &flow.kept.conflicts {
        record.wide("nd.tcp.conflict_count", conflicts.count());
        record.objects("nd.tcp.conflicts", conflicts.list(), |object, it| conflict(object, flow, it));
    }
    trust(record, flow);
}

/// One pair of copies that differ.
pub fn conflict(object: &mut Object<'_>, flow: &Flow, conflict: &Conflict) {
    let difference = &conflict.difference;
    object.text("by", name(flow, conflict.side));
    object.display("from", difference.common.0);
    object.display("to", difference.common.1);
    object.display("first", difference.first);
    object.numbers("frames", [conflict.old.frame, conflict.new.frame]);
    object.number("kept", if difference.new_is_kept { conflict.new.frame } else { conflict.old.frame });
    object.text("policy", conflict.policy.map_or("delivered", |policy| policy.name()).as_bytes());
    if let Some(old) = difference.old {
        object.hex("old", old.as_bytes());
    }
    object.hex("new", difference.new.as_bytes());
    object.texts("apart", conflict.evidence());
}

/// How far to believe a flow, and why not further.
pub fn trust(record: &mut Object<'_>, flow: &Flow) {
    let trust = FlowTrust::of(flow);
    record.text("nd.capture.trust", trust.grade().name().as_bytes());
    doubts(record, &trust.found, |side| name(flow, side));
    if let Some(vantage) = trust.vantage {
        record.text("nd.capture.vantage", vantage.name().as_bytes());
    }
}

/// The doubts; `name` names a side.
pub(super) fn doubts(record: &mut Object<'_>, found: &[Found], name: impl Fn(Side) -> &'static [u8]) {
    if found.is_empty() {
        return;
    }
    record.objects("nd.capture.doubts", found, |doubt, found| {
        doubt.text("doubt", found.doubt.name().as_bytes());
        if let Some(side) = found.side {
            doubt.text("of", name(side));
        }
        doubt.number("count", found.count);
        doubt.text("unit", found.doubt.unit().1.as_bytes());
    });
}

fn name(flow: &Flow, side: Side) -> &'static [u8] {
    if side == flow.tcp.client() { b"client" } else { b"server" }
}
