//! What is told of many flows together: attempts at one server, doubts about the capture.

use super::Kind;
use super::reset::has_forged;
use super::tally::{Member, Subject, Tallies};
use crate::flow::key::Side;
use crate::flow::row::Row;
use crate::flow::table::Flow;
use crate::flow::tcp::{Label, Verdict};

/// Counts what is told of many flows together.
pub(super) fn note(flow: &Flow, tallies: &mut Tallies) {
    let Some(habits) = flow.kept.habits.as_deref() else { return };
    let client = flow.tcp.client();
    let (from, to) = (flow.tcp.pair.end(client), flow.tcp.pair.end(client.other()));
    let member = Member {
        mark: habits.first.unwrap_or_default(),
        flow: Some(flow.number),
        client: Some(from.addr),
        packets: habits.ends[client].segments,
        bytes: 0,
        error: flow.tcp.icmp_error().copied(),
    };
    let attempt = match flow.tcp.verdict() {
        Verdict::Refused if !has_forged(habits) => Some(Kind::Refused),
        Verdict::AttemptIcmp => Some(Kind::Unreachable),
        Verdict::AttemptUnanswered => Some(Kind::Unanswered),
        Verdict::HalfOpen => Some(Kind::HalfOpen),
        Verdict::AbortedHandshake => Some(Kind::AbortedHandshake),
        _ => None,
    };
    if let Some(kind) = attempt {
        tallies.add(kind, Subject::Server(to), &member);
    }
    if flow.tcp.verdict() == Verdict::OneWay {
        tallies.add(Kind::OneWay, Subject::Capture, &member);
    }
    if let Some(reset) = habits.resets.iter().find(|reset| reset.labels.has(Label::RstAfterClose)) {
        tallies.add(Kind::ResetAfterClose, Subject::Capture, &Member { mark: reset.mark, ..member });
    }
    for (first, kind, packets) in [
        (habits.bad_checksum, Kind::Checksum, flow.tcp.bad_checksums()),
        (habits.duplicate, Kind::Duplicates, flow.tcp.duplicates()),
    ] {
        if let Some(mark) = first {
            tallies.add(kind, Subject::Capture, &Member { mark, packets: packets.into(), ..member });
        }
    }
    let unseen = |row: &&Row| row.step.labels.has(Label::AckUnseen);
    let late: u64 = flow
        .kept
        .rows
        .iter()
        .filter(|row| row.step.labels.has(Label::LateCapture))
        .map(|row| u64::from(row.len))
        .sum();
    let missed =
        flow.kept.rows.iter().filter(unseen).map(|row| row.step.gap).sum::<u64>().saturating_sub(late);
    if missed > 0
        && let Some(row) = flow.kept.rows.iter().find(unseen)
    {
        let mark = (row.frame, row.time);
        tallies.add(Kind::CaptureLoss, Subject::Capture, &Member { mark, bytes: missed, ..member });
    }
    for side in Side::both() {
        let (largest, frame) = habits.ends[side].largest;
        let mss = habits.ends[side.other()].mss;
        if mss.is_some_and(|mss| largest > u32::from(mss)) {
            let mark = (frame, flow.tcp.times().0);
            tallies.add(Kind::Offload, Subject::Capture, &Member { mark, bytes: largest.into(), ..member });
        }
    }
}
