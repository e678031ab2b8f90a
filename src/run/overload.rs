//! When packets come faster than they can be taken apart, writing them has priority over showing them (row J08 of
//! docs/faults.md).
//!
//! The ring of the kernel is the queue. Once much of it is in use, packets are only written, which takes a small part of the time, until it
//! has nearly run empty; they are counted as dropped before printing. How much is in use follows from how long packets have
//! waited and how fast they came.

use std::time::{SystemTime, UNIX_EPOCH};

use netdissect_dissectors::frame::{Frame, Timestamp};

/// Eighths of the ring in use at which packets begin to be skipped, and at which that ends.
const BOUNDS: (i64, i64) = (3, 1);

/// What the kernel keeps beside each packet, in bytes, roughly.
const BESIDE: i64 = 96;

/// The clock is looked at once in so many packets.
const PACKETS: u32 = 64;

/// The time of packets over which their rate is taken, in ns.
const WINDOW: i64 = 20_000_000;

/// Whether the ring fills up.
#[derive(Debug)]
pub(super) struct Overload {
    /// Bytes of the ring.
    ring: i64,
    since_look: u32,
    /// Where the window began, and bytes since then.
    since: Timestamp,
    bytes: i64,
    /// Bytes in a millisecond, in the last window.
    rate: i64,
    skips: bool,
    skipped: u64,
}

impl Overload {
    /// Nothing has come yet into a ring of so many bytes.
    pub(super) fn new(ring: u32) -> Self {
        Self {
            ring: ring.into(),
            since_look: 0,
            since: Timestamp::INVALID,
            bytes: 0,
            rate: 0,
            skips: false,
            skipped: 0,
        }
    }

    /// Whether a packet is only to be written. Call it for each packet.
    pub(super) fn skips(&mut self, frame: &Frame<'_>) -> bool {
        let len = i64::try_from(frame.data.len()).unwrap_or(i64::MAX);
        self.bytes = self.bytes.saturating_add(len).saturating_add(BESIDE);
        self.since_look = self.since_look.saturating_add(1);
        if self.since_look >= PACKETS {
            self.since_look = 0;
            self.look(frame.time, now());
        }
        self.skipped = self.skipped.saturating_add(u64::from(self.skips));
        self.skips
    }

    /// Nothing is waiting.
    pub(super) fn rest(&mut self) {
        self.skips = false;
    }

    /// Packets that were only written.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// A packet that came at `time` is handed over at `now`.
    fn look(&mut self, time: Timestamp, now: Timestamp) {
        let span = time.nanos_since(self.since);
        if !self.since.is_valid() || !(0..WINDOW).contains(&span) {
            self.rate = self.bytes.saturating_mul(1_000_000).checked_div(span).unwrap_or(0).max(0);
            (self.since, self.bytes) = (time, 0);
        }
        let waited = now.nanos_since(time).max(0);
        let used = waited.checked_div(1_000_000).unwrap_or(0).saturating_mul(self.rate);
        let bound = if self.skips { BOUNDS.1 } else { BOUNDS.0 };
        self.skips = used > self.ring.saturating_mul(bound) / 8;
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp { secs: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), nanos: since.subsec_nanos() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: i64 = 1_000_000;
    /// 64 MiB.
    const RING: u32 = 64 << 20;

    /// Packets of 404 bytes, 500 bytes with what is kept beside, `rate` of them in a millisecond for half a second;
    /// whether one that has waited for `waited` ms after that is skipped.
    fn skips(overload: &mut Overload, rate: i64, waited: i64) -> bool {
        let start = Timestamp { secs: 1_700_000_000, nanos: 0 };
        let begin = if overload.since.is_valid() { overload.since } else { start };
        overload.bytes = 0;
        for at in 0..500 {
            let time = begin.plus_nanos(at * MILLISECOND);
            overload.bytes += rate * 500;
            overload.look(time, time.plus_nanos(waited * MILLISECOND));
        }
        overload.skips
    }

    #[test]
    fn packets_are_skipped_when_much_of_the_ring_is_in_use() {
        let mut overload = Overload::new(RING);
        // 100,000 in a second fill three eighths of the ring in half of it.
        assert!(!skips(&mut overload, 100, 480));
        assert!(skips(&mut overload, 100, 520));
        // It goes on until there is one eighth left.
        assert!(skips(&mut overload, 100, 180));
        assert!(!skips(&mut overload, 100, 160));
        // Faster ones fill it sooner, and few never.
        assert!(skips(&mut overload, 500, 110));
        overload.rest();
        assert!(!skips(&mut overload, 500, 90));
        assert!(!skips(&mut overload, 1, 5_000), "a machine that had slept");
        // The clock was set back.
        assert!(!skips(&mut overload, 500, -3_600_000));
    }
}
