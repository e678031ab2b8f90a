//! When packets come faster than they can be taken apart, writing them has priority over showing them (row J08 of
//! docs/faults.md).
//!
//! The ring of the kernel is the queue. While it fills up, packets are only written, which takes a small part of the time, until it
//! has nearly run empty; they are counted as dropped before printing.

use std::time::{SystemTime, UNIX_EPOCH};

use netdissect_dissectors::frame::Timestamp;

/// A packet that waited so long in the ring shows that the ring fills up, in ns. Blocks that are not full wait too, but less.
const LATE: i64 = 150_000_000;

/// The clock is looked at once in so many packets.
const PACKETS: u32 = 64;

/// Packets that may be late in a row: so many do not fill a ring, and come when the machine had slept.
const PATIENCE: u32 = 16_384;

/// Whether the ring fills up.
#[derive(Debug, Default)]
pub(super) struct Overload {
    /// Packets since the last that was in time.
    late: u32,
    is_late: bool,
    since_look: u32,
    skipped: u64,
}

impl Overload {
    /// Whether a packet of this time is only to be written. Call it for each packet.
    pub(super) fn skips(&mut self, time: Timestamp) -> bool {
        self.since_look = self.since_look.saturating_add(1);
        if self.since_look >= PACKETS {
            self.since_look = 0;
            self.note(now().nanos_since(time));
        }
        if self.is_late {
            self.late = self.late.saturating_add(1);
        }
        let skips = self.late > PATIENCE;
        self.skipped = self.skipped.saturating_add(u64::from(skips));
        skips
    }

    /// Nothing is waiting.
    pub(super) fn rest(&mut self) {
        (self.late, self.is_late) = (0, false);
    }

    /// Packets that were only written.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Takes note of how long a packet has waited, in ns.
    fn note(&mut self, waited: i64) {
        self.is_late = waited >= LATE;
        if !self.is_late {
            self.late = 0;
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp { secs: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), nanos: since.subsec_nanos() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many packets are skipped that came so long ago.
    fn skipped(overload: &mut Overload, packets: u32, ago: i64) -> u32 {
        let time = now().plus_nanos(-ago);
        (0..packets).map(|_| u32::from(overload.skips(time))).sum()
    }

    #[test]
    fn packets_are_skipped_while_many_are_late() {
        let mut overload = Overload::default();
        let hour = 3_600_000_000_000;
        // In time, or ahead of a clock that was set back.
        assert_eq!(skipped(&mut overload, 3 * PATIENCE, 0), 0);
        assert_eq!(skipped(&mut overload, 3 * PATIENCE, -hour), 0);
        // A machine that had slept.
        assert_eq!(skipped(&mut overload, PATIENCE, hour), 0);
        overload.rest();
        // More than there is time for.
        let many = skipped(&mut overload, 3 * PATIENCE, hour);
        assert!(many > PATIENCE && many < 3 * PATIENCE, "{many}");
        assert!(skipped(&mut overload, 3 * PATIENCE, 0) < PACKETS, "it has caught up");
        assert!(overload.skipped() >= u64::from(many));
    }
}
