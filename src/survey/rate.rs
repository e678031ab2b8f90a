//! The course of a capture in time: what passed in each interval.

use std::collections::BTreeMap;

use netdissect_dissectors::facts::{Finding, Findings};
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::transport::tcp::Flags;

use super::Traffic;

/// Intervals with packets that are kept. With more of them, all become twice as long until they fit.
const MAX_INTERVALS: usize = 65_536;

/// What passed in one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Frames.
    pub traffic: Traffic,
    /// TCP segments that were sent again.
    pub again: u64,
    /// TCP resets.
    pub resets: u64,
    /// TCP segments that close the window of their sender.
    pub closed: u64,
    /// Frames that a dissector could not read to the end.
    pub faulty: u64,
}

impl Interval {
    fn plus(self, other: Self) -> Self {
        Self {
            traffic: self.traffic.plus(other.traffic),
            again: self.again.saturating_add(other.again),
            resets: self.resets.saturating_add(other.resets),
            closed: self.closed.saturating_add(other.closed),
            faulty: self.faulty.saturating_add(other.faulty),
        }
    }
}

/// All intervals, counted from the first frame.
#[derive(Debug)]
pub struct Course {
    /// Length asked for in ns; 0 is one interval for everything.
    asked: i64,
    /// Length in ns.
    length: i64,
    start: Option<Timestamp>,
    rows: BTreeMap<i64, Interval>,
}

impl Course {
    /// Intervals of `length` ns; 0 is one for everything.
    #[must_use]
    pub fn new(length: i64) -> Self {
        Self { asked: length, length, start: None, rows: BTreeMap::new() }
    }

    /// Counts one packet.
    pub fn note(&mut self, packet: &Packet<'_>) {
        let start = *self.start.get_or_insert(packet.frame.time);
        let since = packet.frame.time.nanos_since(start);
        let at = if self.length == 0 { 0 } else { since.div_euclid(self.length) };
        let row = self.rows.entry(at).or_default();
        row.traffic.add(packet.frame.wire_len.into());
        row.faulty += u64::from(!packet.parts.faults.is_empty());
        for (slot, facts) in &packet.parts.facts.tcp {
            let findings = facts.analysis.findings;
            row.again += u64::from(is_again(findings));
            row.closed += u64::from(findings.has(Finding::ZeroWindow));
            row.resets += u64::from(is_reset(packet, *slot));
        }
        while self.rows.len() > MAX_INTERVALS {
            self.widen();
        }
    }

    /// Makes every interval twice as long.
    fn widen(&mut self) {
        self.length = self.length.saturating_mul(2);
        let mut rows = BTreeMap::new();
        for (at, row) in std::mem::take(&mut self.rows) {
            let wide: &mut Interval = rows.entry(at.div_euclid(2)).or_default();
            *wide = wide.plus(row);
        }
        self.rows = rows;
    }

    /// Length of an interval in ns; 0 if there is one for everything.
    #[must_use]
    pub fn length(&self) -> i64 {
        self.length
    }

    /// The length that was asked for, if there was no room for so many intervals.
    #[must_use]
    pub fn widened_from(&self) -> Option<i64> {
        (self.length != self.asked).then_some(self.asked)
    }

    /// When the first interval begins: the time of the first frame.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start.unwrap_or_default()
    }

    /// The intervals with packets by number, 0 being that of the first frame.
    pub fn rows(&self) -> impl Iterator<Item = (i64, Interval)> {
        self.rows.iter().map(|(at, row)| (*at, *row))
    }
}

fn is_again(findings: Findings) -> bool {
    [Finding::Retransmission, Finding::FastRetransmission, Finding::SpuriousRetransmission]
        .into_iter()
        .any(|finding| findings.has(finding))
}

fn is_reset(packet: &Packet<'_>, slot: u8) -> bool {
    /// Byte of the TCP header that holds the flags (RFC 9293 section 3.1).
    const FLAGS: usize = 13;
    let layer = packet.layer(slot.into());
    let flags = layer.and_then(|layer| layer.data().get(FLAGS).copied()).unwrap_or_default();
    Flags(u16::from(flags)).contains(Flags::RST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_that_do_not_fit_become_longer() {
        let mut course = Course::new(1_000);
        for at in -2..6 {
            let traffic = Traffic { packets: 1, bytes: 10 };
            course.rows.insert(at, Interval { traffic, again: 1, ..Interval::default() });
        }
        course.widen();
        let rows: Vec<(i64, u64, u64)> =
            course.rows().map(|(at, row)| (at, row.traffic.packets, row.again)).collect();
        assert_eq!(rows, [(-1, 2, 2), (0, 2, 2), (1, 2, 2), (2, 2, 2)]);
        assert_eq!((course.length(), course.widened_from()), (2_000, Some(1_000)));
    }
}
