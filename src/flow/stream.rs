//! One direction's bytes in order (docs/tcp-analysis.md, rules R).
//!
//! Bytes that continue the stream are delivered at once and are then immutable; bytes beyond a hole wait, bounded,
//! until it fills or is given up. What is delivered never depends on who looks at it.
//!
//! A direction without trouble is a few numbers; what a hole needs is allocated when there is one.

use super::conflict::{Difference, Origin};
use super::fingerprint::Printer;
use super::ranges::Ranges;
use super::seq::Position;
use serde::{Deserialize, Serialize};

mod gap;
mod history;
mod overlap;
#[cfg(test)]
mod tests;
mod waiting;

use crate::limits::{Bound, Limits};
use gap::Gaps;
pub use gap::{Gap, GapKind};
use history::History;
pub use overlap::Overlap;
use waiting::Waiting;

/// How streams are put together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// Which copy is kept where waiting segments overlap.
    pub overlap: Overlap,
    /// Delivered bytes are kept for a while, to compare copies of them.
    pub compare: bool,
    /// Bytes that may wait beyond a hole.
    pub bytes: usize,
    /// Segments that may wait beyond a hole.
    pub segments: usize,
    /// Makes the fingerprints of delivered segments.
    pub printer: Printer,
}

impl Rules {
    /// Rules within `limits`.
    #[must_use]
    pub fn new(overlap: Overlap, compare: bool, limits: &Limits) -> Self {
        Self {
            overlap,
            compare,
            bytes: limits.stream_bytes,
            segments: limits.stream_segments,
            printer: Printer::default(),
        }
    }
}

/// What a segment gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing that continues the stream.
    Nothing,
    /// These bytes of the segment's own payload continue the stream; nothing waited behind them.
    Direct(std::ops::Range<usize>),
    /// These bytes continue the stream: the segment's and what had waited for it.
    Joined(Vec<u8>),
}

/// Why a hole is given up (R5 to R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was acknowledged long enough ago.
    Acknowledged,
    /// Nothing more will come.
    End,
    /// Too much waits behind it.
    Limit,
    /// The flow is let go.
    Evicted,
}

/// Memory of streams in bytes. What waits has a bound of its own, so that streams do not depend on whether copies are
/// compared (R8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Of what waits behind holes.
    pub waiting: usize,
    /// Of delivered bytes kept to compare copies with.
    pub history: usize,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.waiting = self.waiting.saturating_add(other.waiting);
        self.history = self.history.saturating_add(other.history);
    }
}

impl std::ops::SubAssign for Cost {
    fn sub_assign(&mut self, other: Self) {
        self.waiting = self.waiting.saturating_sub(other.waiting);
        self.history = self.history.saturating_sub(other.history);
    }
}

/// A difference between two copies, and which segments they came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlapping {
    /// Where and how they differ.
    pub difference: Difference,
    /// The copy that came first.
    pub old: Origin,
    /// The copy that came later.
    pub new: Origin,
    /// The old one had been delivered already.
    pub delivered: bool,
}

/// A hole that was acknowledged this long ago, in ns, will not fill any more (`LATE` of section 0).
const LATE: i64 = 1_000_000;
/// Where only one direction was captured, a hole is given up after this time, in ns (R7).
const ALONE: i64 = 2_000_000_000;
/// Or when so many bytes wait behind it.
const ALONE_BYTES: usize = 256 << 10;
/// Differences kept of one segment.
const MAX_OVERLAPPING: usize = 8;

/// One direction of a connection.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stream {
    /// Where the next byte to deliver stands; `None` until the start is known.
    next: Option<Position>,
    /// Where the stream ends: the position of the FIN.
    end: Option<Position>,
    delivered: u64,
    duplicate: u64,
    #[serde(skip)]
    trouble: Option<Box<Trouble>>,
    #[serde(skip)]
    history: Option<Box<History>>,
}

/// What only a direction needs in which something was missing or did not agree.
#[derive(Debug, Default)]
struct Trouble {
    waiting: Waiting,
    /// Since when, in ns, the hole in front of what waits has been there.
    since: i64,
    /// What the snap length cut off of segments that passed.
    uncaptured: Ranges,
    acked: Acked,
    gaps: Gaps,
    overlapping: Vec<Overlapping>,
    /// Bytes sent again of which nothing is left to compare with.
    unverifiable: u64,
    /// Bytes behind the end, or far beyond what the receiver allows.
    outside: u64,
}

/// Acknowledgments of bytes that were not captured: the oldest that still counts, and the newest.
#[derive(Clone, Copy, Debug, Default)]
struct Acked {
    oldest: Option<(i64, Position)>,
    newest: Option<(i64, Position)>,
}

impl Acked {
    fn note(&mut self, now: i64, upto: Position) {
        if self.newest.is_none_or(|(_, known)| upto > known) {
            self.newest = Some((now, upto));
            self.oldest.get_or_insert((now, upto));
        }
    }

    /// Everything below `next` has come or was given up.
    fn settle(&mut self, next: Position) {
        self.newest = self.newest.filter(|&(_, upto)| upto > next);
        self.oldest = self.oldest.filter(|&(_, upto)| upto > next).or(self.newest);
    }
}

impl Stream {
    /// Begins at `position`, unless begun.
    pub fn start(&mut self, position: Position) {
        self.next.get_or_insert(position);
    }

    /// The stream ends before `position`; bytes from there on are not part of it (R1).
    pub fn end_at(&mut self, position: Position) {
        let end = *self.end.get_or_insert(position);
        if let Some(trouble) = &mut self.trouble {
            trouble.outside = trouble.outside.saturating_add(trouble.waiting.forget_from(end));
        }
    }

    /// What was taken for its end was none.
    pub fn goes_on(&mut self) {
        self.end = None;
    }

    /// Whether all bytes up to the end have been delivered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.end.is_some() && self.next >= self.end
    }

    /// Bytes delivered so far.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Bytes that came again.
    #[must_use]
    pub fn duplicate(&self) -> u64 {
        self.duplicate
    }

    /// Bytes missing from what was delivered.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.trouble.as_ref().map_or(0, |trouble| trouble.gaps.missing())
    }

    /// Bytes of one kind; those that may still come are counted by [`Stream::pending`].
    #[must_use]
    pub fn bytes(&self, kind: GapKind) -> u64 {
        self.trouble.as_ref().map_or(0, |trouble| trouble.gaps.bytes(kind))
    }

    /// Of the missing bytes, those that the snap length cut off.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.bytes(GapKind::Snaplen)
    }

    /// The first gaps, in the order in which they were given up, and bytes that came late.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        self.trouble.as_ref().map_or(&[], |trouble| trouble.gaps.list())
    }

    /// The hole at the front, if bytes wait behind it or were acknowledged.
    #[must_use]
    pub fn pending(&self) -> Option<Gap> {
        let (at, trouble) = (self.next?, self.trouble.as_ref()?);
        let acked = trouble.acked.newest.map(|(_, upto)| upto);
        let to = trouble.waiting.first().or(acked)?;
        let len = u64::try_from(to.checked_sub(at)?).ok().filter(|&len| len > 0)?;
        Some(Gap { at, len, kind: GapKind::Pending })
    }

    /// Bytes that came after they had been given up; they are not in the stream.
    #[must_use]
    pub fn after_gap(&self) -> u64 {
        self.trouble.as_ref().map_or(0, |trouble| trouble.gaps.after)
    }

    /// Bytes sent again of which nothing was left to compare with.
    #[must_use]
    pub fn unverifiable(&self) -> u64 {
        self.trouble.as_ref().map_or(0, |trouble| trouble.unverifiable)
    }

    /// Bytes behind the sender's FIN, or far beyond what the receiver allows; they are not in the stream.
    #[must_use]
    pub fn outside_bytes(&self) -> u64 {
        self.trouble.as_ref().map_or(0, |trouble| trouble.outside)
    }

    /// Bytes that wait behind a hole.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.trouble.as_ref().map_or(0, |trouble| trouble.waiting.bytes())
    }

    /// Nothing was ever missing or waiting, and nothing is kept to compare copies with.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.trouble.is_none() && self.history.is_none()
    }

    /// Bytes of memory beside its own size, and beside [`Stream::cost`].
    #[must_use]
    pub fn heap(&self) -> usize {
        self.trouble.as_ref().map_or(0, |trouble| {
            let overlapping = trouble.overlapping.capacity() * size_of::<Overlapping>();
            size_of::<Trouble>() + trouble.uncaptured.heap() + trouble.gaps.heap() + overlapping
        })
    }

    /// Memory that counts against the bounds of all flows.
    #[must_use]
    pub fn cost(&self) -> Cost {
        Cost {
            waiting: self.trouble.as_ref().map_or(0, |trouble| trouble.waiting.cost()),
            history: self.history.as_ref().map_or(0, |history| history.cost()),
        }
    }

    /// Where the next byte is expected.
    #[must_use]
    pub fn next(&self) -> Option<Position> {
        self.next
    }

    /// Differences between copies, found since the last call.
    pub fn take_overlapping(&mut self) -> Vec<Overlapping> {
        self.trouble.as_mut().map(|trouble| std::mem::take(&mut trouble.overlapping)).unwrap_or_default()
    }

    /// Delivered bytes are no longer kept: copies of them cannot be verified.
    pub fn forget_history(&mut self) {
        self.history = None;
    }

    /// Takes the captured bytes of a segment that starts at `at`.
    pub fn push(&mut self, at: Position, bytes: &[u8], origin: Origin, rules: &Rules) -> Delivery {
        let next = *self.next.get_or_insert(at);
        let to = at.saturating_add_unsigned(bytes.len() as u64);
        let stop = self.end.map_or(to, |end| to.min(end));
        let from = at.max(next);
        if stop < to {
            self.outside(place(to, stop.max(at)) as u64);
        }
        if at < next {
            self.again(at, stop.min(next), bytes, origin, rules);
        }
        if from >= stop {
            return Delivery::Nothing;
        }
        let part = place(from, at)..place(stop, at);
        let Some(fresh) = bytes.get(part.clone()) else { return Delivery::Nothing };
        let alone = self.trouble.as_ref().is_none_or(|trouble| trouble.waiting.is_empty());
        if from == next && alone {
            self.note_late(from, stop, 0);
            self.advance(from, fresh, origin, rules);
            return Delivery::Direct(part);
        }
        if from > next && self.is_full(fresh.len(), rules).is_some() {
            // The caller gives the hole up and pushes again.
            return Delivery::Nothing;
        }
        let trouble = self.trouble.get_or_insert_default();
        if trouble.waiting.is_empty() {
            trouble.since = origin.time;
        }
        let overlapping = &mut trouble.overlapping;
        let same = trouble.waiting.add(from, fresh, (at, to), origin, rules.overlap, &mut |found| {
            if overlapping.len() < MAX_OVERLAPPING {
                overlapping.push(found);
            }
        });
        self.duplicate = self.duplicate.saturating_add(same);
        self.note_late(from, stop, same);
        self.deliver_waiting(origin.time, rules)
    }

    /// Bytes of a segment from `at` up to `to` have all been delivered, given up, or lie before the start.
    fn again(&mut self, at: Position, to: Position, bytes: &[u8], origin: Origin, rules: &Rules) {
        let Some(copy) = bytes.get(..place(to, at)).filter(|copy| !copy.is_empty()) else { return };
        let after = self.trouble.as_mut().map_or(0, |trouble| {
            let after = trouble.gaps.given_up(at, to);
            trouble.gaps.after = trouble.gaps.after.saturating_add(after);
            after
        });
        self.duplicate = self.duplicate.saturating_add(copy.len() as u64).saturating_sub(after);
        self.compare(at, copy, after, origin, rules);
    }

    /// Compares a copy of delivered bytes that changes nothing with them; `known` of its bytes cannot be there.
    fn compare(&mut self, at: Position, copy: &[u8], known: u64, origin: Origin, rules: &Rules) {
        if !rules.compare {
            return;
        }
        let compared = match &self.history {
            Some(history) => history.compare(at, copy, rules.printer),
            None => history::Compared { found: None, unverifiable: copy.len() as u64 },
        };
        let unverifiable = compared.unverifiable.saturating_sub(known);
        if unverifiable == 0 && compared.found.is_none() {
            return;
        }
        let trouble = self.trouble.get_or_insert_default();
        trouble.unverifiable = trouble.unverifiable.saturating_add(unverifiable);
        if let Some((difference, old)) = compared.found
            && trouble.overlapping.len() < MAX_OVERLAPPING
        {
            trouble.overlapping.push(Overlapping { difference, old, new: origin, delivered: true });
        }
    }

    /// Compares the bytes of a segment that changes nothing with those that were delivered.
    pub fn check(&mut self, at: Position, bytes: &[u8], origin: Origin, rules: &Rules) {
        let Some(next) = self.next else { return };
        let Some(copy) = bytes.get(..place(next, at).min(bytes.len())) else { return };
        self.compare(at, copy, copy.len() as u64, origin, rules);
    }

    /// Bytes that fill an acknowledged hole in time; `same` of them were there already.
    fn note_late(&mut self, from: Position, to: Position, same: u64) {
        let Some(trouble) = &mut self.trouble else { return };
        let Some((_, upto)) = trouble.acked.newest else { return };
        let len = place(to.min(upto), from) as u64;
        if len > same {
            trouble.gaps.add(Gap { at: from, len: len - same, kind: GapKind::Late });
        }
    }

    /// `bytes` continue the stream at `at`.
    fn advance(&mut self, at: Position, bytes: &[u8], origin: Origin, rules: &Rules) {
        let next = at.saturating_add_unsigned(bytes.len() as u64);
        self.next = Some(next);
        self.delivered = self.delivered.saturating_add(bytes.len() as u64);
        if rules.compare {
            self.history.get_or_insert_default().note(at, bytes, origin, rules.printer);
        }
        if let Some(trouble) = &mut self.trouble {
            trouble.acked.settle(next);
        }
    }

    /// Bytes that are not part of the stream: behind its end, or far beyond what the receiver allows (R1, R6).
    pub fn outside(&mut self, bytes: u64) {
        let outside = &mut self.trouble.get_or_insert_default().outside;
        *outside = outside.saturating_add(bytes);
    }

    /// The bound that a segment of `len` bytes would exceed if it had to wait.
    #[must_use]
    pub fn is_full(&self, len: usize, rules: &Rules) -> Option<Bound> {
        let waiting = &self.trouble.as_ref()?.waiting;
        match () {
            () if waiting.len() >= rules.segments => Some(Bound::StreamSegments),
            () if waiting.bytes().saturating_add(len) > rules.bytes => Some(Bound::StreamBytes),
            () => None,
        }
    }

    fn deliver_waiting(&mut self, now: i64, rules: &Rules) -> Delivery {
        let mut joined = Vec::new();
        while let Some(next) = self.next
            && let Some(trouble) = &mut self.trouble
            && let Some((bytes, origin)) = trouble.waiting.take(next)
        {
            trouble.since = now;
            self.advance(next, &bytes, origin, rules);
            if joined.is_empty() { joined = bytes } else { joined.extend_from_slice(&bytes) }
        }
        if joined.is_empty() { Delivery::Nothing } else { Delivery::Joined(joined) }
    }

    /// Notes that the peer has acknowledged everything below `una` at time `now` in ns.
    pub fn acked(&mut self, una: Position, now: i64) {
        let Some(next) = self.next else { return };
        if una <= next {
            return;
        }
        // The number that acknowledges a FIN is no byte.
        let una = self.end.map_or(una, |end| una.min(end));
        if una > next {
            self.trouble.get_or_insert_default().acked.note(now, una);
        }
    }

    /// Why the hole at the front should be given up at `now`, if it should. `one_way`: the peer was not captured.
    #[must_use]
    pub fn is_overdue(&self, now: i64, one_way: bool) -> Option<Reason> {
        let (next, trouble) = (self.next?, self.trouble.as_ref()?);
        if let Some((since, upto)) = trouble.acked.oldest
            && upto.min(self.end.unwrap_or(upto)) > next
            && now.saturating_sub(since) > LATE
        {
            return Some(Reason::Acknowledged);
        }
        let waits = !trouble.waiting.is_empty();
        let too_long = trouble.waiting.bytes() > ALONE_BYTES || now.saturating_sub(trouble.since) > ALONE;
        (one_way && waits && too_long).then_some(Reason::End)
    }

    /// Gives up the hole at the front, or a part of it: as far as all its bytes are missing for the same reason. What
    /// waited behind it comes with it. `None` if there is no hole to give up.
    pub fn give_up(&mut self, reason: Reason, now: i64, rules: &Rules) -> Option<(Gap, Delivery)> {
        let at = self.next?;
        let trouble = self.trouble.as_deref_mut();
        let (behind, acked) = trouble.map_or((None, None), |trouble| {
            let newest = trouble.acked.newest.map(|(_, upto)| upto);
            let oldest = trouble.acked.oldest.map(|(_, upto)| upto);
            (trouble.waiting.first(), if reason == Reason::Acknowledged { oldest } else { newest })
        });
        let hole = match reason {
            Reason::Acknowledged => behind.map_or(acked, |behind| acked.map(|acked| acked.min(behind))),
            Reason::Limit => behind,
            Reason::End | Reason::Evicted => behind.or(acked.max(self.end)),
        };
        let to = hole.map(|hole| self.end.map_or(hole, |end| hole.min(end)))?;
        let acked = acked.filter(|&acked| acked > at);
        let (to, kind) = match reason {
            Reason::Limit => (to, GapKind::Limit),
            Reason::Evicted => (to, GapKind::Evicted),
            Reason::Acknowledged => (to, GapKind::CaptureLoss),
            Reason::End => acked.map_or((to, GapKind::Lost), |acked| (to.min(acked), GapKind::CaptureLoss)),
        };
        self.skip(at, to, kind, now, rules)
    }

    /// The segment's bytes from `from` to `to` passed and were not captured. If they are next, they are a gap at once.
    pub fn cut_off(
        &mut self,
        from: Position,
        to: Position,
        now: i64,
        rules: &Rules,
    ) -> Option<(Gap, Delivery)> {
        let next = *self.next.get_or_insert(from);
        let to = self.end.map_or(to, |end| to.min(end));
        let from = from.max(next);
        if from >= to {
            return None;
        }
        self.trouble.get_or_insert_default().uncaptured.add(from, to);
        (from == next).then(|| self.skip(from, to, GapKind::Snaplen, now, rules)).flatten()
    }

    /// Goes on behind `at..to`, or behind the first part of it that is missing for one reason.
    fn skip(
        &mut self,
        at: Position,
        to: Position,
        kind: GapKind,
        now: i64,
        rules: &Rules,
    ) -> Option<(Gap, Delivery)> {
        let trouble = self.trouble.get_or_insert_default();
        let waits = trouble.waiting.first().map_or(to, |first| first.min(to));
        let (to, kind) = match trouble.uncaptured.run_from(at) {
            run if run > at => (run.min(waits), GapKind::Snaplen),
            _ => (trouble.uncaptured.first_after(at).map_or(waits, |cut| cut.min(waits)), kind),
        };
        let len = u64::try_from(to.checked_sub(at)?).ok().filter(|&len| len > 0)?;
        let gap = Gap { at, len, kind };
        trouble.gaps.add(gap);
        trouble.uncaptured.forget_below(to);
        trouble.acked.settle(to);
        trouble.since = now;
        self.next = Some(to);
        Some((gap, self.deliver_waiting(now, rules)))
    }
}

/// The distance of a position from the start of a slice.
fn place(position: Position, start: Position) -> usize {
    usize::try_from(position.saturating_sub(start)).unwrap_or(0)
}
