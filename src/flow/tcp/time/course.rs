//! What one direction transferred, how fast, and what held it up (docs/tcp-analysis.md, T2 to T9).

use std::collections::VecDeque;

use netdissect_dissectors::facts::Scale;
use netdissect_dissectors::transport::tcp::Flags;

use super::acks::{Acks, Advance};
use super::growth::Growth;
use super::limits::{End, Limits, View};
use super::quantiles::Quantiles;
use super::{Moment, Seen, Times, UNKNOWN_WAY, spread};
use crate::flow::seq::Position;
use crate::flow::tcp::sender::Feedback;
use crate::flow::tcp::{Amendment, Cause, Half, Label, News};

/// Copies that may yet prove needless.
const COPIES: usize = 64;
/// A program that has something to send does so within this after an acknowledgment, beyond the way to it, in ns.
const PATIENCE: i64 = 5_000_000;
/// The same, at least.
const WAY: i64 = 1_000_000;
/// What a full segment holds where no option tells (RFC 9293 section 3.7.1), and at most what is taken for one then.
const LEAST_MSS: u64 = 536;
const USUAL_MSS: u64 = 1_460;

/// One direction's data.
#[derive(Clone, Debug)]
pub struct Course {
    /// First and last payload, and the acknowledgment of the last, in ns.
    first: i64,
    last: i64,
    acked: Option<i64>,
    /// Payload segments that passed here and their bytes, copies included.
    sent: Sum,
    /// Bytes that never passed here, of which a copy did.
    unseen: u64,
    /// Of them copies, and of these the ones that later proved needless.
    again: Sum,
    needless: Sum,
    timeouts: u32,
    probes: u32,
    copies: VecDeque<(u64, u32)>,
    segments: u32,
    /// What was not acknowledged before the first payload, and one past the highest position of payload.
    begin: Position,
    end: Position,
    /// One past the highest position that had to be sent again.
    mended: Position,
    largest: u64,
    /// Full size where the path takes less than the receiver.
    path: Option<u64>,
    /// Round trips of its data from the observer to the receiver and back.
    rtt: Quantiles,
    samples: u32,
    /// When its timer was started last, in ns.
    armed: i64,
    growth: Growth,
    limits: Limits,
    acks: Acks,
    view: View,
    /// The segment before, in ns.
    previous: i64,
}

/// Segments and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Segments.
    pub segments: u32,
    /// Payload bytes.
    pub bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.segments = self.segments.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

impl Course {
    /// Bytes of memory, its own size included.
    pub(super) fn heap(&self) -> usize {
        let copies = self.copies.capacity() * size_of::<(u64, u32)>();
        size_of::<Self>() + copies + self.rtt.heap() + self.growth.heap()
    }

    /// A direction whose first payload passes.
    pub(super) fn new(seen: &Seen<'_>, times: Times) -> Self {
        let (own, now) = (seen.own, seen.now);
        Self {
            first: now,
            last: now,
            acked: None,
            sent: Sum::default(),
            unseen: 0,
            again: Sum::default(),
            needless: Sum::default(),
            timeouts: 0,
            probes: 0,
            copies: VecDeque::new(),
            segments: 0,
            begin: own.una.max(1).min(seen.step.seq),
            end: 1,
            mended: 0,
            largest: 0,
            path: None,
            rtt: Quantiles::default(),
            samples: own.sender.samples,
            armed: now,
            growth: Growth::new(times == Times::Phases),
            limits: Limits::default(),
            acks: Acks::default(),
            view: View::default(),
            previous: now,
        }
    }

    /// The direction began before the capture.
    pub(super) fn joined_late(&mut self) {
        self.growth.joined_late();
    }

    /// A segment of this direction with sequence space.
    pub(super) fn sends(&mut self, seen: &Seen<'_>) -> Moment {
        let (own, now, step) = (seen.own, seen.now, seen.step);
        let len = u64::from(seen.s.len);
        let probe = step.labels.has(Label::ZeroWindowProbe) || step.labels.has(Label::KeepAlive);
        let copy = step.cause.filter(|_| !probe);
        let knew = own.sender.knew(now, seen.s.options.timestamps.map(|ts| ts.1), own.rtt);
        let una = knew.map_or(1, |knew| knew.una);
        let payload = !probe && len > 0 && step.labels.has(Label::Data);
        let overtaken = step.labels.has(Label::OutOfOrder) || step.labels.has(Label::LateCapture);
        let fresh = payload && copy.is_none() && !overtaken;
        // What left after it was not out with it.
        let top = if overtaken { step.seq.saturating_add_unsigned(len) } else { own.nxt };
        let flight = flight(own, top, knew.as_ref());
        // Behind the last acknowledgment a FIN may be sent again, but the transfer is over.
        let in_transfer = len > 0 || own.una < self.end;
        let timer = matches!(copy, Some(Cause::Rto | Cause::Tlp)) && step.proofs.is_empty() && in_transfer;
        let end = match () {
            () if timer => End::Timer,
            () if fresh => End::Data,
            () => End::Other,
        };
        self.elapse(now, end, own);
        if payload {
            self.sent.add(len);
        }
        if fresh {
            self.fresh(seen, len, flight, una);
        } else if payload && copy.is_none() {
            self.overtaken(seen, len, flight, una);
        }
        let timeout = copy.and_then(|cause| self.resend(seen, cause, len, flight));
        self.look(seen, own, seen.peer, knew.as_ref());
        if fresh {
            let full = self.full(seen.peer, seen.s.options.timestamps.is_some());
            self.view.small = len < full;
            self.view.ends_write = len < full || seen.s.flags.intersects(Flags::PSH.union(Flags::FIN));
            self.view.freed = None;
        }
        Moment { flight: Some(flight), window: Some(self.growth.window()), rtt: None, timeout }
    }

    /// New payload.
    fn fresh(&mut self, seen: &Seen<'_>, len: u64, flight: u64, una: Position) {
        let now = seen.now;
        self.segments = self.segments.saturating_add(1);
        self.largest = self.largest.max(len);
        if flight <= len {
            // Nothing was out.
            let silence = now.saturating_sub(self.last.max(self.acked.unwrap_or(self.last)));
            if silence > seen.own.sender.least_timeout(seen.own.rtt) {
                self.growth.restarts(now, seen.step.seq);
            }
            let freed = self.view.freed.filter(|&freed| now.saturating_sub(freed) <= patience(seen.own));
            if self.view.small && freed.is_some() {
                self.acks.released();
            }
            self.armed = now;
        }
        // After less than a full segment the program had no more: neither that round nor this one was the network's.
        let had_no_more = self.view.small;
        if had_no_more {
            self.growth.hold();
        }
        self.growth.sent(now, seen.step.seq, len, flight, una);
        if had_no_more {
            self.growth.hold();
        }
        self.last = now;
        self.reach(seen.step.seq.saturating_add_unsigned(len));
    }

    /// Payload that left before what has passed already: it does not tell what its sender does now.
    fn overtaken(&mut self, seen: &Seen<'_>, len: u64, flight: u64, una: Position) {
        if seen.is_late_original {
            // Since its copy passed it is known that it was sent.
            self.unseen = self.unseen.saturating_sub(len);
            return;
        }
        self.segments = self.segments.saturating_add(1);
        self.largest = self.largest.max(len);
        self.growth.sent(seen.now, seen.step.seq, len, flight, una);
        self.reach(seen.step.seq.saturating_add_unsigned(len));
    }

    /// Payload was sent up to `end`.
    fn reach(&mut self, end: Position) {
        if end > self.end {
            self.end = end;
            self.acked = None;
        }
    }

    /// A copy: how long its timer had run, if one sent it.
    fn resend(&mut self, seen: &Seen<'_>, cause: Cause, len: u64, flight: u64) -> Option<Timeout> {
        let now = seen.now;
        let old = self.old_bytes(seen, len);
        let spared = u64::from(seen.step.repeats.spared).min(old);
        let end = seen.step.seq.saturating_add_unsigned(len);
        if len > 0 {
            self.again.add(old);
            self.last = now;
            self.reach(end);
        }
        if seen.step.labels.has(Label::UnseenOriginal) {
            self.unseen = self.unseen.saturating_add(old);
        }
        if cause == Cause::Pmtu {
            self.path = Some(self.path.map_or(len, |path| path.max(len)));
        }
        if seen.step.proofs.is_empty() {
            if self.copies.len() == COPIES {
                self.copies.pop_front();
            }
            self.copies.push_back((seen.s.frame, u32::try_from(old - spared).unwrap_or(u32::MAX)));
            self.needless.bytes = self.needless.bytes.saturating_add(spared);
            let fin = Position::from(seen.s.flags.contains(Flags::FIN));
            self.mended = self.mended.max(end.saturating_add(fin));
        } else {
            self.needless.add(old);
        }
        let waited = now.saturating_sub(std::mem::replace(&mut self.armed, now));
        let timed = match cause {
            Cause::Rto => {
                self.timeouts = self.timeouts.saturating_add(1);
                true
            }
            Cause::Tlp => {
                self.probes = self.probes.saturating_add(1);
                false
            }
            _ => false,
        };
        self.growth.again(now, seen.s.frame, cause, seen.own.nxt, flight);
        timed.then(|| {
            let doubled = seen.step.back_off.saturating_sub(1).min(16);
            let least = seen.own.sender.least_timeout(seen.own.rtt).saturating_mul(1 << doubled);
            Timeout { waited, least: least.min(MOST) }
        })
    }

    /// Of the payload of a copy the bytes that were sent before; all of it if they never passed here.
    fn old_bytes(&self, seen: &Seen<'_>, len: u64) -> u64 {
        if seen.step.labels.has(Label::UnseenOriginal) {
            return len;
        }
        u64::try_from(self.end.saturating_sub(seen.step.seq)).unwrap_or(0).min(len)
    }

    /// A segment of the peer, whose acknowledgment covers this direction.
    pub(super) fn hears(&mut self, seen: &Seen<'_>, una_before: Position) -> Moment {
        // The peer's segment: what it calls its own is our peer.
        let (own, peer, now) = (seen.peer, seen.own, seen.now);
        self.elapse(now, End::Other, own);
        let knew = own.sender.knew(now, None, own.rtt);
        let mut moment = Moment::default();
        if own.sender.samples != self.samples {
            self.samples = own.sender.samples;
            let rtt = own.sender.newest;
            self.rtt.add(rtt);
            moment.rtt = Some(rtt);
            self.growth.original_arrived(now, now.saturating_sub(rtt));
        }
        let advanced = u64::try_from(own.una.saturating_sub(una_before)).unwrap_or(0);
        if advanced > 0 && una_before < self.end {
            let full = self.full(peer, seen.s.options.timestamps.is_some());
            self.acks.advance(&Advance {
                bytes: advanced,
                has_data: seen.s.len > 0,
                rtt: moment.rtt,
                least: peer.rtt,
                full,
                offload: self.largest > full,
            });
            let reaches = now.saturating_add(own.rtt.unwrap_or(0));
            self.view.freed.get_or_insert(reaches);
            self.armed = now;
            if own.una >= self.end {
                self.acked = Some(now);
            }
        }
        if seen.s.len > 0 {
            self.acks.answered();
        }
        if let Some(knew) = &knew {
            self.growth.heard(now, own.nxt, knew.una, !self.view.ends_write);
        }
        self.look(seen, own, peer, knew.as_ref());
        moment
    }

    /// Later evidence about copies (C29).
    pub(super) fn amend(&mut self, now: i64, amendments: &[Amendment]) {
        for amendment in amendments {
            let Some(at) = self.copies.iter().position(|copy| copy.0 == amendment.frame) else { continue };
            match amendment.news {
                News::Redundant(_) => {
                    if let Some((_, len)) = self.copies.remove(at) {
                        self.needless.add(len.into());
                    }
                }
                News::Spared(bytes) => {
                    if let Some((_, len)) = self.copies.get_mut(at) {
                        let bytes = bytes.min(*len);
                        *len -= bytes;
                        self.needless.bytes = self.needless.bytes.saturating_add(bytes.into());
                    }
                }
                _ => {}
            }
        }
        self.growth.amend(now, amendments);
    }

    fn elapse(&mut self, now: i64, end: End, own: &Half) {
        self.limits.elapse(self.previous, now, &self.view, end, patience(own));
        let late = |since: Option<i64>| since.is_some_and(|at| now.saturating_sub(at) > patience(own));
        let paused = late(self.view.empty_at) || self.view.ends_write && late(self.view.freed);
        if self.view.closed || self.view.narrow || paused {
            self.growth.hold();
        }
        self.previous = self.previous.max(now);
    }

    /// What holds from now on.
    fn look(&mut self, seen: &Seen<'_>, own: &Half, peer: &Half, knew: Option<&Feedback>) {
        let full = self.full(peer, seen.s.options.timestamps.is_some());
        let flight = flight(own, own.nxt, knew);
        let all_acked = own.una >= self.end;
        self.view.closed = peer.zero_window_since.is_some();
        let room = peer.ackmax.saturating_add_unsigned(peer.window).saturating_sub(own.nxt);
        let known_scale = matches!(peer.scale, Some(Scale::Shift(_) | Scale::None));
        // Who has less than a full segment to send needs room only for that (RFC 9293 section 3.8.6.2.1).
        let next = full.min(self.largest);
        self.view.narrow = known_scale && room < i64::try_from(next).unwrap_or(i64::MAX);
        self.view.repairing = self.growth.phase().is_episode();
        self.view.blind = own.rtt.is_none();
        self.view.spread = own.rtt.map_or(0, spread);
        self.view.empty_at = match (all_acked, self.acked) {
            (true, Some(acked)) => Some(acked.saturating_add(own.rtt.unwrap_or(UNKNOWN_WAY))),
            (true, None) => Some(seen.now),
            (false, _) => None,
        };
        self.view.at_peak = flight.saturating_add(full) >= self.growth.recent_peak();
    }

    /// Payload of a full segment, as far as options and the path tell.
    fn full(&self, peer: &Half, timestamps: bool) -> u64 {
        // The option takes twelve bytes with its padding (RFC 7323 section 3.2).
        let options = if timestamps { 12 } else { 0 };
        let offered = peer.mss.map(|mss| u64::from(mss).saturating_sub(options));
        let full = offered.unwrap_or_else(|| self.largest.clamp(LEAST_MSS, USUAL_MSS));
        self.path.map_or(full, |path| path.min(full)).max(1)
    }
}

/// What the direction came to.
impl Course {
    /// From the first payload to the acknowledgment of the last, or where that is missing to the last payload; in ns.
    #[must_use]
    pub fn transfer(&self) -> i64 {
        self.acked.unwrap_or(self.last).saturating_sub(self.first)
    }

    /// Payload bytes in a second, copies included; `None` for a single segment.
    #[must_use]
    pub fn throughput(&self) -> Option<u64> {
        rate(self.sent.bytes, self.last.saturating_sub(self.first))
    }

    /// Acknowledged bytes in a second, each counted once, whether they passed here or not; `None` for a single segment,
    /// and if the last were not acknowledged.
    #[must_use]
    pub fn goodput(&self) -> Option<u64> {
        let acked = self.acked.filter(|_| self.sent.segments > 1)?;
        let bytes = u64::try_from(self.end.saturating_sub(self.begin)).ok()?;
        rate(bytes, acked.saturating_sub(self.first))
    }

    /// Copies sent.
    #[must_use]
    pub fn again(&self) -> Sum {
        self.again
    }

    /// Copies that were proven needless.
    #[must_use]
    pub fn needless(&self) -> Sum {
        self.needless
    }

    /// Payload bytes that had to be sent again, and all that were sent, copies and what was lost before it came here
    /// included.
    #[must_use]
    pub fn loss(&self) -> (u64, u64) {
        let lost = self.again.bytes.saturating_sub(self.needless.bytes);
        (lost, self.sent.bytes.saturating_add(self.unseen))
    }

    /// What had to be sent again is not acknowledged yet; `una` is the highest acknowledgment that passed.
    pub(super) fn repairs(&self, una: Position) -> bool {
        una < self.mended || self.growth.repairs(una)
    }

    /// Time-outs and tail loss probes.
    #[must_use]
    pub fn timers(&self) -> (u32, u32) {
        (self.timeouts, self.probes)
    }

    /// New segments sent.
    #[must_use]
    pub fn segments(&self) -> u32 {
        self.segments
    }

    /// Round trips of this direction's data between the observer and the receiver.
    #[must_use]
    pub fn rtt(&self) -> &Quantiles {
        &self.rtt
    }

    /// Rounds, phases, window.
    #[must_use]
    pub fn growth(&self) -> &Growth {
        &self.growth
    }

    /// What held it up; `None` where no acknowledgment of its data was seen.
    #[must_use]
    pub fn limits(&self) -> Option<&Limits> {
        (self.acks.advancing > 0).then_some(&self.limits)
    }

    /// How the receiver acknowledges.
    #[must_use]
    pub fn acks(&self) -> &Acks {
        &self.acks
    }
}

fn rate(bytes: u64, nanos: i64) -> Option<u64> {
    let nanos = u128::from(nanos.unsigned_abs());
    u64::try_from((u128::from(bytes) * 1_000_000_000).checked_div(nanos)?).ok()
}

/// The longest time-out that stacks wait for (RFC 6298 section 2.5), in ns.
const MOST: i64 = 60_000_000_000;

/// How long a timer had run and how long it must have been at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout {
    /// Since it was started last, in ns.
    pub waited: i64,
    /// The least that the round trips and the back-off allow, in ns (T3).
    pub least: i64,
}

/// Bytes out below `top` as their sender sees it (Q6). The number of a FIN is no byte.
fn flight(own: &Half, top: Position, knew: Option<&Feedback>) -> u64 {
    let (una, sacked) = knew.map_or((1, 0), |knew| (knew.una.max(1), knew.sacked));
    let fin = Position::from(own.fin.is_some_and(|fin| fin >= una && fin < top));
    u64::try_from(top.saturating_sub(una).saturating_sub(sacked).saturating_sub(fin)).unwrap_or(0)
}

fn patience(own: &Half) -> i64 {
    own.rtt.unwrap_or(0).max(WAY).saturating_add(PATIENCE)
}
