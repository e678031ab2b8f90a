//! What was silent for long is let go, where the input has no end (docs/faults.md, section 4, L01 to L04).
//!
//! Every ten seconds all flows are looked at, a few with each packet: no list of them has to be kept in order, and a packet
//! costs the same however many there are.

use std::ops::Range;

use netdissect_dissectors::frame::Timestamp;

const SECOND: i64 = 1_000_000_000;

/// Silence, in ns, after which everything but an established connection is let go.
pub(super) const SHORT: i64 = 240 * SECOND;

/// The same for an established connection (RFC 5382, REQ-5).
pub(super) const LONG: i64 = 7_440 * SECOND;

/// Places looked at for one packet, of TCP and of UDP.
const BUDGET: u32 = 150;

/// From one round to the next, in ns.
const EVERY: i64 = 10 * SECOND;

/// A step of the clock that is believed only if the next packet agrees, in ns.
const LEAP: i64 = 3_600 * SECOND;

/// Packet time that only goes on, in ns since the first packet.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// The packet time that is `now`, the latest one.
    at: Option<Timestamp>,
    now: i64,
    /// A time far from all others, of the last packet.
    odd: Option<Timestamp>,
}

impl Clock {
    /// Takes note of a packet's time and returns the time here. It stands still for packets that come late and for one
    /// that is far off; two of these that agree move it on, or show that the capture's clock was set back, which costs no
    /// time here.
    pub(crate) fn note(&mut self, time: Timestamp) -> i64 {
        if !time.is_valid() {
            return self.now;
        }
        let at = *self.at.get_or_insert(time);
        let step = time.nanos_since(at);
        if step.saturating_abs() <= LEAP {
            self.odd = None;
            if step > 0 {
                self.now = self.now.saturating_add(step);
                self.at = Some(time);
            }
        } else if self.odd.replace(time).is_some_and(|odd| time.nanos_since(odd).saturating_abs() <= LEAP) {
            self.odd = None;
            self.now = self.now.saturating_add(step.max(0));
            self.at = Some(time);
        }
        self.now
    }
}

/// Goes through all places of a table again and again, a few at a time.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    hand: u32,
    end: u32,
    /// When the next round begins.
    next: i64,
}

impl Sweep {
    /// The places to look at now, of `count`: none between two rounds.
    pub(super) fn places(&mut self, now: i64, count: u32) -> Range<u32> {
        if self.hand >= self.end {
            if now < self.next {
                return 0..0;
            }
            *self = Self { hand: 0, end: count, next: now.saturating_add(EVERY) };
        }
        let start = self.hand;
        self.hand = start.saturating_add(BUDGET).min(self.end);
        start..self.hand
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp { secs, nanos: 0 }
    }

    fn seconds(clock: &mut Clock, times: &[i64]) -> Vec<i64> {
        times.iter().map(|&time| clock.note(at(time)) / SECOND).collect()
    }

    /// L01, L02, L03.
    #[test]
    fn time_goes_on_and_believes_two() {
        // Packets that come late.
        assert_eq!(seconds(&mut Clock::default(), &[100, 103, 101, 104]), [0, 3, 3, 4]);
        // One packet from 2106, one from 1970.
        assert_eq!(seconds(&mut Clock::default(), &[100, 4_294_967_295, 102, 0, 103]), [0, 0, 2, 2, 3]);
        // The machine slept for two hours.
        assert_eq!(seconds(&mut Clock::default(), &[100, 7_300, 7_301, 7_302]), [0, 0, 7_201, 7_202]);
        // The clock is set back by two hours.
        assert_eq!(seconds(&mut Clock::default(), &[10_000, 2_800, 2_801, 2_811]), [0, 0, 0, 10]);
        // No time at all.
        let mut clock = Clock::default();
        clock.note(Timestamp::INVALID);
        assert_eq!(seconds(&mut clock, &[100, 101]), [0, 1]);
    }

    /// L04.
    #[test]
    fn a_round_takes_a_few_places_at_a_time() {
        let mut sweep = Sweep::default();
        assert_eq!(sweep.places(0, 200), 0..150);
        assert_eq!(sweep.places(0, 400), 150..200);
        assert_eq!(sweep.places(EVERY - 1, 400), 0..0);
        assert_eq!(sweep.places(EVERY, 400), 0..150);
        // However long one takes, all places have their turn.
        assert_eq!(sweep.places(EVERY * 9, 400), 150..300);
        assert_eq!(sweep.places(EVERY * 9, 400), 300..400);
        assert_eq!(sweep.places(EVERY * 9, 1), 0..1);
    }
}
