//! One end as a sender: what it knew, its round trips, its timers, its loss episodes (docs/tcp-analysis.md, rules C11
//! to C14, C26, C27 and T2, T3).

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

use super::evidence::Evidence;
use super::ids::Ids;
use super::sent::{Copy, Sent};
use crate::flow::ranges::Ranges;
use crate::flow::seq::Position;

/// Feedback that is remembered, to know what a distant sender had when it sent.
const FEEDBACK: usize = 128;
/// Stretches sent that a quiet flow remembers, the newest.
const KEPT: usize = 1;
/// Duplicate acknowledgments that signal a loss (RFC 5681 section 3.2).
pub(super) const DUP_THRESHOLD: u32 = 3;
/// TSvals waiting for their echo.
const STAMPS: usize = 32;
/// Least time-out beyond the round trip, in ns (`RTO_FLOOR`).
const RTO_FLOOR: i64 = 200_000_000;
/// Time-out before any sample, in ns.
const RTO_INITIAL: i64 = 1_000_000_000;

/// What a segment of the peer told the sender.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Feedback {
    /// When it passed, in ns.
    pub time: i64,
    /// Its TSval.
    pub tsval: Option<u32>,
    /// Cumulative acknowledgment after it.
    pub una: Position,
    /// Duplicate acknowledgments in a row after it.
    pub dup_acks: u32,
    /// Delivery clock after it: latest send time among transmissions known to be delivered (C27).
    pub delivered: Option<i64>,
    /// When `una` last advanced, up to here.
    pub advanced: Option<i64>,
    /// Bytes above `una` that were SACKed by then.
    pub sacked: Position,
}

/// A loss episode (C11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Episode {
    #[default]
    Open,
    Recovery,
    Loss,
}

/// One end as a sender.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Sender {
    pub sent: Sent,
    /// Bytes above `una` that the peer has SACKed.
    pub scoreboard: Ranges,
    pub feedback: VecDeque<Feedback>,
    /// Smoothed round trip and its variation at the observer, in ns (RFC 6298).
    srtt: Option<(i64, i64)>,
    /// Smallest Karn-clean sample and how many there were.
    pub least: Option<i64>,
    pub samples: u32,
    /// The newest sample, in ns.
    pub newest: i64,
    pub episode: Episode,
    /// The episode is over when `una` reaches this.
    pub point: Position,
    /// Where the episode began, in ns.
    pub began: i64,
    /// Time-outs in a row.
    pub back_off: u32,
    /// Highest position at the last loss probe.
    pub probed: Option<Position>,
    pub dup_acks: u32,
    /// When the third duplicate acknowledgment in a row passed, in ns.
    pub third_dup_ack: Option<i64>,
    /// Without SACK: segments that duplicate acknowledgments say wait at the receiver.
    pub waiting: u32,
    pub delivered: Option<i64>,
    pub advanced: Option<i64>,
    /// TSvals that passed and wait for their echo, with their times.
    stamps: VecDeque<(u32, i64)>,
    /// First TSval and its time, to know the tick of the clock.
    clock: Option<(u32, i64)>,
    /// Nanoseconds of one step of its TSvals.
    pub tick: Option<i64>,
    pub newest_tsval: Option<u32>,
    pub ids: Ids,
}

impl Sender {
    /// Bytes of memory beside its own size.
    pub(super) fn heap(&self) -> usize {
        let feedback = self.feedback.capacity() * size_of::<Feedback>();
        let stamps = self.stamps.capacity() * size_of::<(u32, i64)>();
        self.sent.heap() + self.scoreboard.heap() + feedback + stamps
    }

    /// Keeps of what was answered only the newest.
    pub(super) fn forget_oldest(&mut self) {
        self.sent.keep_newest(KEPT);
        self.feedback.drain(..self.feedback.len().saturating_sub(1));
        self.stamps.clear();
    }

    /// Smoothed round trip as the sender sees it: at the observer, plus the way from the observer to it and back.
    pub(super) fn smoothed(&self, to_sender: Option<i64>) -> Option<i64> {
        self.srtt.map(|(srtt, _)| srtt.saturating_add(to_sender.unwrap_or(0)))
    }

    /// The least time-out that the sender can have (`RTOlo`), in ns.
    pub(super) fn least_timeout(&self, to_sender: Option<i64>) -> i64 {
        match self.srtt {
            Some((srtt, var)) => {
                let var = var.saturating_mul(4).max(RTO_FLOOR);
                srtt.saturating_add(to_sender.unwrap_or(0)).saturating_add(var)
            }
            None => RTO_INITIAL,
        }
    }

    /// Timers that have fired within so long a silence, the last one not counted (C25): where there are probes, one
    /// before the first time-out; then time-outs, each twice as long as the one before.
    pub(super) fn timers_fired(&self, silence: i64, to_sender: Option<i64>, probes: bool) -> u32 {
        // The first time-out is reckoned from the data, not from the probe.
        let mut timeout = self.least_timeout(to_sender) / 10 * 9;
        let mut passed = timeout;
        let mut fired = 0;
        while silence > passed && fired < 16 {
            fired += 1;
            timeout = timeout.saturating_mul(2);
            passed = passed.saturating_add(timeout);
        }
        if probes { fired } else { fired.saturating_sub(1) }
    }

    /// A round-trip sample of this sender's data at the observer (T3).
    pub(super) fn sample(&mut self, rtt: i64) {
        // An hour is no round trip; clocks that jump must not overflow the arithmetic below.
        let rtt = rtt.clamp(0, 3_600_000_000_000);
        self.samples = self.samples.saturating_add(1);
        self.newest = rtt;
        self.least = Some(self.least.map_or(rtt, |least| least.min(rtt)));
        self.srtt = Some(match self.srtt {
            None => (rtt, rtt / 2),
            Some((srtt, var)) => {
                let var = (var * 3 + (srtt - rtt).abs()) / 4;
                ((srtt * 7 + rtt) / 8, var)
            }
        });
    }

    /// Notes a TSval of this sender.
    pub(super) fn stamp(&mut self, tsval: u32, time: i64) {
        let (first, since) = *self.clock.get_or_insert((tsval, time));
        let ticks = i64::from(tsval.wrapping_sub(first));
        if ticks >= 20 && time > since {
            let tick = time.saturating_sub(since) / ticks;
            let usual = [1_000_000, 4_000_000, 10_000_000, 100_000_000, 500_000_000];
            let near = usual.into_iter().find(|&u| tick.abs_diff(u) <= u.unsigned_abs() / 8);
            self.tick = Some(near.unwrap_or(tick));
        }
        if self.newest_tsval.is_none_or(|newest| tsval.wrapping_sub(newest).cast_signed() > 0) {
            self.newest_tsval = Some(tsval);
            if self.stamps.len() == STAMPS {
                self.stamps.pop_front();
            }
            self.stamps.push_back((tsval, time));
        }
    }

    /// C7: numbers of its own date this copy before what has passed since, and which do.
    pub(super) fn is_dated_back(&self, copy: &Copy) -> Option<Evidence> {
        let by_clock = copy.tsval.zip(self.newest_tsval);
        if by_clock.is_some_and(|(own, newest)| own.wrapping_sub(newest).cast_signed() < 0) {
            return Some(Evidence::Timestamps);
        }
        let by_id = copy.id.zip(self.ids.newest).filter(|_| self.ids.count_up());
        let before = by_id.is_some_and(|(own, newest)| own.wrapping_sub(newest).cast_signed() < 0);
        before.then_some(Evidence::IpId)
    }

    /// The peer echoes `tsecr` at `time`: the round trip to the peer, at the first echo (T2).
    pub(super) fn echoed(&mut self, tsecr: u32, time: i64) -> Option<i64> {
        let at = self.stamps.iter().position(|stamp| stamp.0 == tsecr)?;
        let since = self.stamps.get(at)?.1;
        self.stamps.drain(..=at);
        Some(time.saturating_sub(since))
    }

    /// Nanoseconds of the sender's own clock from one TSval to a later one.
    pub(super) fn clock_between(&self, earlier: u32, later: u32) -> i64 {
        let ticks = i64::from(later.wrapping_sub(earlier).cast_signed());
        ticks.saturating_mul(self.tick.unwrap_or(1_000_000))
    }

    /// Remembers what the peer's segment told.
    pub(super) fn hear(&mut self, time: i64, tsval: Option<u32>, una: Position) {
        if self.feedback.len() == FEEDBACK {
            self.feedback.pop_front();
        }
        self.feedback.push_back(Feedback {
            time,
            tsval,
            una,
            dup_acks: self.dup_acks,
            delivered: self.delivered,
            advanced: self.advanced,
            sacked: self.scoreboard.count(una, Position::MAX / 2),
        });
    }

    /// C26: the newest feedback that the sender can have had when it sent a copy that passed at `now` with `tsecr`;
    /// `to_sender` is the round trip between the observer and it.
    pub(super) fn knew(&self, now: i64, tsecr: Option<u32>, to_sender: Option<i64>) -> Option<Feedback> {
        let far = to_sender.unwrap_or(0);
        if far < 1_000_000 {
            return self.feedback.back().copied();
        }
        if let Some(tsecr) = tsecr
            && self.feedback.back().is_some_and(|last| last.tsval.is_some())
        {
            let known = |tsval: u32| tsval.wrapping_sub(tsecr).cast_signed() <= 0;
            return self.feedback.iter().rev().find(|f| f.tsval.is_some_and(known)).copied();
        }
        // The smallest round trip seen may be a little above the true one.
        self.feedback.iter().rev().find(|f| f.time <= now.saturating_sub(far / 10 * 9)).copied()
    }
}
