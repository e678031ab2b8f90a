//! One direction's bytes in order (docs/tcp-analysis.md, rules R).
//!
//! Bytes that continue the stream are delivered at once and are then immutable; bytes beyond a hole wait, bounded,
//! until it fills or is given up. What is delivered never depends on who looks at it.

use std::collections::BTreeMap;

use super::limits::Limits;
use super::ranges::Ranges;
use super::seq::Position;

/// Why bytes are missing from a stream (R5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapKind {
    /// Acknowledged but never captured.
    CaptureLoss,
    /// Captured only in part.
    Snaplen,
    /// Given up to keep memory bounded.
    Limit,
    /// Neither captured nor acknowledged before the end.
    Lost,
}

impl GapKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaptureLoss => "capture-loss",
            Self::Snaplen => "snaplen",
            Self::Limit => "limit",
            Self::Lost => "lost",
        }
    }
}

/// A stretch of the stream that will not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its first position.
    pub at: Position,
    /// Its length in bytes.
    pub len: u64,
    /// Why.
    pub kind: GapKind,
}

/// Which copy wins where segments overlap that are both still waiting (R3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Overlap {
    /// The copy that came first.
    First,
    /// The copy that came last.
    Last,
    /// A new copy that starts earlier.
    Bsd,
    /// As BSD, or one that starts alike and ends later.
    #[default]
    Linux,
    /// As BSD, or one that starts alike and does not end earlier.
    OldLinux,
    /// A copy that contains the old one, or that starts and ends later.
    Solaris,
}

impl Overlap {
    fn new_wins(self, new: (Position, Position), old: (Position, Position)) -> bool {
        match self {
            Self::First => false,
            Self::Last => true,
            Self::Bsd => new.0 < old.0,
            Self::Linux => new.0 < old.0 || new.0 == old.0 && new.1 > old.1,
            Self::OldLinux => new.0 < old.0 || new.0 == old.0 && new.1 >= old.1,
            Self::Solaris => new.0 <= old.0 && new.1 >= old.1 || new.0 > old.0 && new.1 > old.1,
        }
    }
}

/// Bytes that wait for a hole to fill.
#[derive(Clone, Debug)]
struct Waiting {
    bytes: Vec<u8>,
    /// The whole segment that they came in.
    segment: (Position, Position),
    frame: u64,
}

/// Two copies of the same stream bytes that differ (R4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// First position that differs.
    pub at: Position,
    /// Frames of the old and the new copy.
    pub frames: (u64, u64),
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

/// One direction of a connection.
#[derive(Debug, Default)]
pub struct Stream {
    /// Where the next byte to deliver stands; `None` until the start is known.
    next: Option<Position>,
    waiting: BTreeMap<Position, Waiting>,
    waiting_bytes: usize,
    /// Where the stream ends: the position of the FIN.
    end: Option<Position>,
    delivered: u64,
    duplicate: u64,
    missing: u64,
    /// Of the missing bytes, those that the snap length cut off.
    cut: u64,
    /// What the snap length cut off of segments that passed.
    uncaptured: Ranges,
    /// Time in ns at which the first hole was acknowledged, and up to where.
    acked: Option<(i64, Position)>,
    conflict: Option<Conflict>,
}

impl Stream {
    /// Begins at `position`, unless begun.
    pub fn start(&mut self, position: Position) {
        self.next.get_or_insert(position);
    }

    /// The stream ends before `position`; bytes from there on are not part of it (R1).
    pub fn end_at(&mut self, position: Position) {
        self.end.get_or_insert(position);
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

    /// Bytes missing from what was delivered.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Of the missing bytes, those that the snap length cut off.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// Bytes that wait behind a hole.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Where the next byte is expected.
    #[must_use]
    pub fn next(&self) -> Option<Position> {
        self.next
    }

    /// The conflict found last, once.
    pub fn take_conflict(&mut self) -> Option<Conflict> {
        self.conflict.take()
    }

    /// Takes the captured bytes of a segment that starts at `at`.
    pub fn push(
        &mut self,
        at: Position,
        bytes: &[u8],
        frame: u64,
        policy: Overlap,
        limits: &Limits,
    ) -> Delivery {
        let next = *self.next.get_or_insert(at);
        let mut from = at;
        let mut to = at.saturating_add_unsigned(bytes.len() as u64);
        if let Some(end) = self.end {
            to = to.min(end);
        }
        if from < next {
            let known = to.min(next) - from;
            self.duplicate = self.duplicate.saturating_add_signed(known.max(0));
            from = next;
        }
        if from >= to {
            return Delivery::Nothing;
        }
        let skip = usize::try_from(from - at).unwrap_or(bytes.len());
        let stop = usize::try_from(to - at).unwrap_or(bytes.len());
        if from == next && self.waiting.is_empty() {
            self.next = Some(to);
            self.delivered += (stop - skip) as u64;
            return Delivery::Direct(skip..stop);
        }
        let Some(fresh) = bytes.get(skip..stop) else { return Delivery::Nothing };
        if from > next
            && (self.waiting.len() >= limits.stream_segments
                || self.waiting_bytes.saturating_add(fresh.len()) > limits.stream_bytes)
        {
            // The caller gives the hole up and pushes again.
            return Delivery::Nothing;
        }
        self.wait(from, fresh, (at, to), frame, policy);
        self.deliver_waiting()
    }

    /// Whether a segment of `len` bytes would exceed the bounds if it had to wait.
    #[must_use]
    pub fn is_full(&self, len: usize, limits: &Limits) -> bool {
        self.waiting.len() >= limits.stream_segments
            || self.waiting_bytes.saturating_add(len) > limits.stream_bytes
    }

    /// Stores `bytes` at `from`, piece by piece where segments that wait already overlap them.
    fn wait(
        &mut self,
        from: Position,
        bytes: &[u8],
        segment: (Position, Position),
        frame: u64,
        policy: Overlap,
    ) {
        let to = from.saturating_add_unsigned(bytes.len() as u64);
        let part = |a: Position, b: Position| {
            let a = usize::try_from(a - from).unwrap_or(usize::MAX);
            let b = usize::try_from(b - from).unwrap_or(usize::MAX);
            bytes.get(a..b).unwrap_or_default()
        };
        let first = self.waiting.range(..=from).next_back().map_or(from, |(&at, _)| at);
        let touched: Vec<Position> = self.waiting.range(first..to).map(|(&at, _)| at).collect();
        let mut at = from;
        for start in touched {
            let Some(old) = self.waiting.get(&start) else { continue };
            let stop = start.saturating_add_unsigned(old.bytes.len() as u64);
            if stop <= at {
                continue;
            }
            let (left, right) = (start.max(at), stop.min(to));
            self.store(at, part(at, left), segment, frame);
            let Some(old) = self.waiting.get_mut(&start) else { continue };
            let place = usize::try_from(left - start).unwrap_or(usize::MAX);
            let fresh = part(left, right);
            let Some(kept) = old.bytes.get_mut(place..place.saturating_add(fresh.len())) else { continue };
            if let Some(differs) = kept.iter().zip(fresh).position(|(a, b)| a != b) {
                self.conflict = Some(Conflict {
                    at: left.saturating_add_unsigned(differs as u64),
                    frames: (old.frame, frame),
                });
            }
            if policy.new_wins(segment, old.segment) {
                kept.copy_from_slice(fresh);
            }
            self.duplicate += fresh.len() as u64;
            at = right;
        }
        self.store(at, part(at, to), segment, frame);
    }

    fn store(&mut self, at: Position, bytes: &[u8], segment: (Position, Position), frame: u64) {
        if !bytes.is_empty() {
            self.waiting_bytes += bytes.len();
            self.waiting.insert(at, Waiting { bytes: bytes.to_vec(), segment, frame });
        }
    }

    fn deliver_waiting(&mut self) -> Delivery {
        let mut joined = Vec::new();
        while let (Some(next), Some(entry)) = (self.next, self.waiting.first_entry()) {
            if *entry.key() > next {
                break;
            }
            let waiting = entry.remove();
            self.waiting_bytes -= waiting.bytes.len();
            self.next = Some(next.saturating_add_unsigned(waiting.bytes.len() as u64));
            self.delivered += waiting.bytes.len() as u64;
            if joined.is_empty() { joined = waiting.bytes } else { joined.extend_from_slice(&waiting.bytes) }
        }
        if joined.is_empty() { Delivery::Nothing } else { Delivery::Joined(joined) }
    }

    /// Notes that the peer has acknowledged everything below `una` at time `now` in ns.
    pub fn acked(&mut self, una: Position, now: i64) {
        let Some(next) = self.next else { return };
        // The number that acknowledges a FIN is no byte.
        let una = self.end.map_or(una, |end| una.min(end));
        if una > next && self.acked.is_none_or(|(_, upto)| una > upto) {
            self.acked = Some((now, una));
        }
    }

    /// Whether a hole has been acknowledged for longer than `patience` ns (R5).
    #[must_use]
    pub fn is_overdue(&self, now: i64, patience: i64) -> bool {
        match (self.acked, self.next) {
            (Some((since, upto)), Some(next)) => {
                upto.min(self.end.unwrap_or(upto)) > next && now.saturating_sub(since) > patience
            }
            _ => false,
        }
    }

    /// Gives up the hole at the front: up to what waits behind it, or up to `limit` if nothing waits.
    pub fn give_up(&mut self, limit: Option<Position>, kind: GapKind) -> Option<(Gap, Delivery)> {
        let at = self.next?;
        let behind = self.waiting.keys().next().copied();
        let to = match (behind, limit) {
            (Some(behind), Some(limit)) => behind.min(limit),
            (behind, limit) => behind.or(limit)?,
        };
        let to = self.end.map_or(to, |end| to.min(end));
        let len = u64::try_from(to.checked_sub(at)?).ok().filter(|&len| len > 0)?;
        self.next = Some(to);
        self.missing += len;
        let kind = if self.uncaptured.covers(at, to) { GapKind::Snaplen } else { kind };
        self.uncaptured.forget_below(to);
        if kind == GapKind::Snaplen {
            self.cut += len;
        }
        Some((Gap { at, len, kind }, self.deliver_waiting()))
    }

    /// A segment's bytes from `from` to `to` passed and were not captured.
    pub fn cut_off(&mut self, from: Position, to: Position) {
        self.uncaptured.add(from.max(self.next.unwrap_or(from)), to);
    }

    /// How far the peer has acknowledged beyond the front.
    #[must_use]
    pub fn acked_to(&self) -> Option<Position> {
        self.acked.map(|(_, upto)| upto)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Delivers segments `text@offset` and returns the stream.
    fn stream(policy: Overlap, segments: &[(&str, Position)]) -> (String, bool) {
        let (mut stream, mut text, mut conflict) = (Stream::default(), Vec::new(), false);
        stream.start(1);
        for (frame, (bytes, at)) in segments.iter().enumerate() {
            match stream.push(*at, bytes.as_bytes(), frame as u64, policy, &Limits::default()) {
                Delivery::Nothing => {}
                Delivery::Direct(range) => text.extend_from_slice(&bytes.as_bytes()[range]),
                Delivery::Joined(bytes) => text.extend(bytes),
            }
            conflict |= stream.take_conflict().is_some();
        }
        (String::from_utf8(text).unwrap(), conflict)
    }

    #[test]
    fn overlap_policies_of_the_vectors_r01_and_r03_to_r07() {
        use Overlap::*;
        /// Segments in order of arrival, and what each policy makes of them.
        type Case<'a> = (&'a [(&'a str, Position)], &'a [(&'a [Overlap], &'a str)]);
        let cases: &[Case<'_>] = &[
            (
                &[("AAAA", 1), ("CCCC", 9), ("BBBBBBBB", 5)],
                &[(&[First], "AAAABBBBCCCC"), (&[Bsd, Linux, OldLinux, Solaris, Last], "AAAABBBBBBBB")],
            ),
            (
                &[("BBBB", 5), ("CCCCDDDD", 5), ("AAAA", 1)],
                &[(&[First, Bsd], "AAAABBBBDDDD"), (&[Linux, OldLinux, Solaris, Last], "AAAACCCCDDDD")],
            ),
            (
                &[("BBBB", 5), ("CCCC", 5), ("AAAA", 1)],
                &[(&[First, Bsd, Linux], "AAAABBBB"), (&[OldLinux, Solaris, Last], "AAAACCCC")],
            ),
            (
                &[("BBBB", 5), ("CCCC", 7), ("AAAA", 1)],
                &[(&[First, Bsd, Linux, OldLinux], "AAAABBBBCC"), (&[Solaris, Last], "AAAABBCCCC")],
            ),
            (
                &[("BBBBBB", 5), ("CC", 7), ("AAAA", 1)],
                &[(&[Last], "AAAABBCCBB"), (&[First, Bsd, Linux, OldLinux, Solaris], "AAAABBBBBB")],
            ),
            (
                &[("BBBB", 9), ("CCCCCC", 5), ("AAAA", 1)],
                &[(&[First, Solaris], "AAAACCCCBBBB"), (&[Bsd, Linux, OldLinux, Last], "AAAACCCCCCBB")],
            ),
        ];
        for (segments, expectations) in cases {
            for (policies, text) in *expectations {
                for policy in *policies {
                    assert_eq!(
                        stream(*policy, segments),
                        (text.to_string(), true),
                        "{segments:?} {policy:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn delivered_bytes_are_immutable_r02() {
        for policy in [Overlap::First, Overlap::Last, Overlap::Bsd, Overlap::Linux, Overlap::Solaris] {
            assert_eq!(stream(policy, &[("AAAA", 1), ("XXXXYYYY", 1)]).0, "AAAAYYYY");
        }
    }

    proptest! {
        #[test]
        fn any_split_order_and_duplication_gives_the_original(
            text in proptest::collection::vec(any::<u8>(), 1..300),
            cuts in proptest::collection::vec((0usize..300, 1usize..80), 0..40),
            seed: u64,
        ) {
            let mut segments: Vec<(usize, usize)> = cuts
                .into_iter()
                .map(|(at, len)| (at % text.len(), len))
                .map(|(at, len)| (at, (at + len).min(text.len())))
                .chain((0..text.len()).step_by(50).map(|at| (at, (at + 50).min(text.len()))))
                .collect();
            let mut state = seed | 1;
            for i in (1..segments.len()).rev() {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                segments.swap(i, (state >> 33) as usize % (i + 1));
            }
            for policy in [Overlap::First, Overlap::Last, Overlap::Linux, Overlap::Solaris] {
                let (mut stream, mut got) = (Stream::default(), Vec::new());
                stream.start(0);
                for (frame, &(from, to)) in segments.iter().enumerate() {
                    match stream.push(from as i64, &text[from..to], frame as u64, policy, &Limits::default()) {
                        Delivery::Nothing => {}
                        Delivery::Direct(range) => got.extend_from_slice(&text[from..to][range]),
                        Delivery::Joined(bytes) => got.extend(bytes),
                    }
                }
                prop_assert_eq!(&got, &text);
                prop_assert_eq!(stream.waiting_bytes(), 0);
            }
        }
    }
}
