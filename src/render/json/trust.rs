//! Records of kind `trust`: one for each flow, then one for the whole capture.

use super::Object;
use super::streams::{doubts, trust};
use crate::flow::table::Flow;
use crate::trust::{Books, Found, Frames};

/// Appends the record of one flow.
pub fn flow(out: &mut Vec<u8>, flow: &Flow) {
    let mut record = Object::record(out, "trust");
    record.number("tcp.stream", flow.number.stream.into());
    record.display("nd.flow", flow.number);
    let client = flow.tcp.client();
    record.display("nd.tcp.client", flow.tcp.pair.end(client));
    record.display("nd.tcp.server", flow.tcp.pair.end(client.other()));
    trust(&mut record, flow);
    record.end();
    out.push(b'\n');
}

/// Appends the record of the capture; `found` is what speaks against believing it and its flows, added up.
pub fn capture(out: &mut Vec<u8>, frames: &Frames, books: &Books, found: &[Found]) {
    let mut record = Object::record(out, "trust");
    let grade = found.iter().map(|found| found.doubt.grade()).max().unwrap_or_default();
    record.text("nd.capture.trust", grade.name().as_bytes());
    doubts(&mut record, found, |_| b"");
    record.wide("nd.capture.frames", frames.count);
    record.duration("nd.duration", frames.span());
    if frames.cut > 0 {
        record.wide("nd.capture.frames_cut", frames.cut);
        record.wide("nd.capture.snaplen", frames.snaplen);
    }
    for (key, number) in
        [("nd.capture.frames_untimed", frames.untimed), ("nd.capture.frames_unreadable", books.unreadable)]
    {
        if number > 0 {
            record.wide(key, number);
        }
    }
    if books.counts_drops {
        record.wide("nd.capture.kernel_drops", books.kernel_drops);
        record.wide("nd.capture.interface_drops", books.interface_drops);
    }
    if frames.disordered > 0 {
        record.duration("nd.capture.disorder", frames.disorder);
    }
    if frames.steps > 0 {
        record.duration("nd.capture.clock_step", frames.step);
        record.wide("nd.capture.clock_step_frame", frames.step_frame);
    }
    record.end();
    out.push(b'\n');
}
