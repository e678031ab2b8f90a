//! What a flow's payload is, and the bytes of messages that are not complete yet.

use std::ops::Range;

use netdissect_dissectors::dissector::{FlowState, Follows};
use serde::{Deserialize, Serialize};

use super::key::Both;

/// The application side of a flow.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct App {
    /// Who reads the payload, once known.
    pub dissector: Option<u16>,
    /// How often it was asked in vain who that is.
    pub tries: u8,
    /// The dissector's own state.
    #[serde(skip)]
    pub state: FlowState,
    /// One inbox for each sender.
    pub inboxes: Both<Inbox>,
    /// The payload of the opening SYN was read already, before it was accepted.
    pub early: bool,
}

/// Bytes of one direction that wait for the rest of their message.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Inbox {
    /// The bytes.
    pub pending: Vec<u8>,
    /// How many it takes before the dissector is worth asking again.
    pub need: usize,
    /// Bytes missing before the next ones.
    pub gap: u64,
    /// What came contradicted the protocol; the rest of this direction is shown as data.
    pub dead: bool,
    /// The dissector was told that this direction has ended, and how.
    pub ended: Option<Follows>,
    /// More of the message at hand is known to come.
    pub unfinished: bool,
    /// Where the sequence numbers stand, if segments are read as they come.
    pub arrived: Option<Box<Arrived>>,
}

/// How far segments were read in the order in which they came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Arrived {
    /// The number behind the last byte that was read, or waits.
    next: u32,
    /// Places in the waiting bytes that are not there yet.
    holes: Vec<Range<usize>>,
    /// Within a message whose end is known something is missing: until it has come, the stream is read in order.
    in_order: bool,
    /// The last message that still misses something though what came behind it was read.
    parked: Option<Parked>,
}

/// A message whose length is known, with bytes missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Parked {
    /// The number of its first byte.
    base: u32,
    bytes: Vec<u8>,
    /// Places in its bytes that are not there yet.
    holes: Vec<Range<usize>>,
}

/// What becomes of a segment that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is read, with what waits before it.
    Read,
    /// What waits is complete with it.
    Whole,
    /// With it a message is complete that later ones did not wait for: [`Inbox::take_parked`].
    Parked,
    /// So many of its bytes belong to a message that misses others; what is behind them is read.
    Behind(usize),
    /// It is read, and nothing else: what comes behind it was read already.
    Late,
    /// It is read in its turn.
    InOrder,
    /// Nothing is to be read.
    Nothing,
}

/// Holes in one message; with more it is given up.
const MAX_HOLES: usize = 64;

impl App {
    /// Bytes of memory beside its own size.
    pub(super) fn heap(&self) -> usize {
        let waiting = self.inboxes.0.iter().map(Inbox::heap);
        waiting.fold(self.state.bytes(), usize::saturating_add)
    }
}

impl Inbox {
    fn heap(&self) -> usize {
        let arrived = self.arrived.as_ref();
        let arrived = arrived.map_or(0, |arrived| {
            let parked = arrived.parked.as_ref();
            let parked = parked.map_or(0, |parked| parked.bytes.capacity() + parked.holes.capacity() * 16);
            size_of::<Arrived>() + arrived.holes.capacity() * 16 + parked
        });
        self.pending.capacity() + arrived
    }

    /// The next `len` bytes will not come here: what waited for the rest of its message is of no use.
    pub fn skip(&mut self, len: u64) {
        self.pending = Vec::new();
        self.need = 0;
        self.gap = self.gap.saturating_add(len);
        self.dead = false;
        self.unfinished = false;
    }

    /// Whether segments wait for what is missing before them, though they are read as they come otherwise.
    #[must_use]
    pub fn is_in_order(&self) -> bool {
        self.arrived.as_ref().is_some_and(|arrived| arrived.in_order)
    }

    /// What was missing has come, or will not: segments are read as they come from the number `next` on.
    pub fn catch_up(&mut self, next: u32) {
        if let Some(arrived) = &mut self.arrived {
            (arrived.next, arrived.in_order) = (next, false);
        }
    }

    /// Takes note of `bytes` that came with the sequence number `seq`; `again` says that they were sent before, or
    /// late, and so complete nothing that would be read. A message whose end is known waits for what is missing
    /// before it; one whose end is not known is forgotten behind a gap. `ordered` is the number up to which the stream
    /// is in order.
    pub fn arrive(&mut self, seq: u32, bytes: &[u8], again: bool, ordered: u32) -> Turn {
        let new = || Box::new(Arrived { next: seq, holes: Vec::new(), in_order: false, parked: None });
        let mut arrived = self.arrived.take().unwrap_or_else(new);
        let is_ahead = (1..u32::MAX / 2).contains(&seq.wrapping_sub(arrived.next));
        let turn = if self.unfinished && is_ahead && arrived.next == ordered && !again {
            arrived.in_order = true;
            Turn::InOrder
        } else if let Some(turn) = arrived.fill_parked(seq, bytes, again) {
            turn
        } else {
            self.place(&mut arrived, seq, bytes, again)
        };
        self.arrived = Some(arrived);
        turn
    }

    /// The message that is complete since the last segment, though later ones were read before it.
    pub fn take_parked(&mut self) -> Vec<u8> {
        let parked = self.arrived.as_mut().and_then(|arrived| arrived.parked.take());
        parked.map_or_else(Vec::new, |parked| parked.bytes)
    }

    /// No more comes: a message with holes is never whole.
    pub fn close(&mut self) {
        let Some(arrived) = &mut self.arrived else { return };
        arrived.parked = None;
        if !arrived.holes.is_empty() {
            arrived.holes.clear();
            self.skip(1);
        }
    }

    fn place(&mut self, arrived: &mut Arrived, seq: u32, bytes: &[u8], again: bool) -> Turn {
        let end = seq.wrapping_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let waits = self.pending.len();
        let base = arrived.next.wrapping_sub(u32::try_from(waits).unwrap_or(u32::MAX));
        let at = usize::try_from(seq.wrapping_sub(base)).unwrap_or(usize::MAX);
        let known = !arrived.holes.is_empty() || self.need > waits.saturating_add(1);
        if waits > 0 && known && at < self.need && arrived.holes.len() < MAX_HOLES {
            if at > waits {
                arrived.holes.push(waits..at);
            }
            let upto = at.saturating_add(bytes.len());
            if upto > waits {
                self.pending.resize(upto, 0);
                arrived.next = end;
            }
            if let Some(place) = self.pending.get_mut(at..upto) {
                place.copy_from_slice(bytes);
            }
            fill(&mut arrived.holes, at..upto);
            if upto > self.need && !arrived.holes.is_empty() && !again {
                let own = self.need.saturating_sub(at);
                self.park(arrived, base);
                return Turn::Behind(own);
            }
            return match arrived.holes.is_empty() && self.pending.len() >= self.need {
                true if again => {
                    self.skip(0);
                    Turn::Nothing
                }
                true => Turn::Whole,
                false => Turn::Nothing,
            };
        }
        let goes_on = seq == arrived.next && arrived.holes.is_empty();
        if again && !(goes_on && waits > 0) {
            return Turn::Nothing;
        }
        let ahead = seq.wrapping_sub(arrived.next);
        if !again && ahead > u32::MAX / 2 {
            return Turn::Late;
        }
        arrived.next = end;
        if waits > 0 && known && at >= self.need && !again && arrived.holes.len() < MAX_HOLES {
            if waits < self.need {
                arrived.holes.push(waits..self.need);
            }
            let between = at.saturating_sub(self.need);
            self.park(arrived, base);
            self.skip(u64::try_from(between).unwrap_or(u64::MAX));
        } else if again || !goes_on {
            arrived.holes.clear();
            self.skip(u64::from(ahead).max(1));
        }
        if again { Turn::Nothing } else { Turn::Read }
    }

    /// The message that waits, whose first byte has the number `base`, goes on waiting while later ones are read.
    fn park(&mut self, arrived: &mut Arrived, base: u32) {
        let mut bytes = std::mem::take(&mut self.pending);
        bytes.resize(self.need, 0);
        let len = u64::try_from(self.need).unwrap_or(u64::MAX);
        arrived.parked = Some(Parked { base, bytes, holes: std::mem::take(&mut arrived.holes) });
        self.skip(len);
    }
}

impl Arrived {
    /// Takes note of bytes that belong to the message that later ones did not wait for, if they do.
    fn fill_parked(&mut self, seq: u32, bytes: &[u8], again: bool) -> Option<Turn> {
        let parked = self.parked.as_mut()?;
        let at = usize::try_from(seq.wrapping_sub(parked.base)).ok()?;
        let there = at..at.saturating_add(bytes.len()).min(parked.bytes.len());
        if there.is_empty() {
            return None;
        }
        let place = parked.bytes.get_mut(there.clone())?;
        place.copy_from_slice(bytes.get(..there.len())?);
        fill(&mut parked.holes, there.clone());
        if !parked.holes.is_empty() {
            return Some(Turn::Nothing);
        }
        if again {
            self.parked = None;
            return Some(Turn::Nothing);
        }
        parked.bytes.extend_from_slice(bytes.get(there.len()..)?);
        Some(Turn::Parked)
    }
}

/// Takes `there` out of `holes`.
fn fill(holes: &mut Vec<Range<usize>>, there: Range<usize>) {
    let mut left = Vec::with_capacity(holes.len());
    for hole in holes.drain(..) {
        for part in [hole.start..hole.end.min(there.start), hole.start.max(there.end)..hole.end] {
            if part.start < part.end {
                left.push(part);
            }
        }
    }
    *holes = left;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message of ten bytes of which the first four wait.
    fn waiting() -> Inbox {
        let mut inbox = Inbox::default();
        assert_eq!(inbox.arrive(u32::MAX - 1, b"abcd", false, 0), Turn::Read);
        inbox.pending = b"abcd".to_vec();
        inbox.need = 10;
        inbox
    }

    #[test]
    fn a_known_message_waits_for_what_is_missing() {
        let mut inbox = waiting();
        assert_eq!(inbox.arrive(4, b"gh", false, 0), Turn::Nothing);
        assert_eq!(inbox.arrive(2, b"ef", true, 0), Turn::Nothing);
        assert_eq!(inbox.arrive(6, b"ijk", false, 0), Turn::Whole);
        assert_eq!((inbox.pending.as_slice(), inbox.gap), (&b"abcdefghijk"[..], 0));
    }

    #[test]
    fn what_is_sent_again_completes_nothing() {
        let mut inbox = waiting();
        assert_eq!(inbox.arrive(4, b"ghij", false, 0), Turn::Nothing);
        assert_eq!(inbox.arrive(2, b"ef", true, 0), Turn::Nothing);
        assert!(inbox.pending.is_empty());
        assert_eq!(inbox.arrive(8, b"next", false, 0), Turn::Read);
        assert_eq!(inbox.arrive(8, b"next", true, 0), Turn::Nothing);
    }

    #[test]
    fn reading_begins_anew_behind_a_gap() {
        let mut inbox = waiting();
        inbox.need = 5;
        assert_eq!(inbox.arrive(12, b"new", false, 0), Turn::Read);
        assert_eq!((inbox.pending.len(), inbox.gap), (0, 10));
    }

    #[test]
    fn a_known_message_is_whole_though_the_next_was_read() {
        let mut inbox = waiting();
        assert_eq!(inbox.arrive(8, b"next", false, 0), Turn::Read);
        assert_eq!(inbox.arrive(12, b"then", false, 0), Turn::Read);
        assert_eq!(inbox.arrive(2, b"ef", true, 0), Turn::Nothing);
        assert_eq!(inbox.arrive(4, b"ghij", false, 0), Turn::Parked);
        assert_eq!(inbox.take_parked(), b"abcdefghij");
        assert_eq!(inbox.arrive(16, b"more", false, 0), Turn::Read);
    }

    #[test]
    fn what_stands_behind_a_known_message_does_not_wait() {
        let mut inbox = waiting();
        assert_eq!(inbox.arrive(6, b"ijklm", false, 0), Turn::Behind(2));
        assert_eq!((inbox.pending.len(), inbox.need, inbox.gap), (0, 0, 10));
        assert_eq!(inbox.arrive(11, b"more", false, 0), Turn::Read);
        assert_eq!(inbox.arrive(2, b"efgh", false, 0), Turn::Parked);
        assert_eq!(inbox.take_parked(), b"abcdefghij");
    }

    #[test]
    fn what_is_sent_again_completes_nothing_that_was_left_behind() {
        let mut inbox = waiting();
        assert_eq!(inbox.arrive(8, b"next", false, 0), Turn::Read);
        assert_eq!(inbox.arrive(2, b"efghij", true, 0), Turn::Nothing);
        assert_eq!(inbox.arrive(4, b"gh", false, 0), Turn::Late);
        assert_eq!(inbox.take_parked(), b"");
    }

    #[test]
    fn a_message_with_holes_is_not_whole_at_the_end() {
        let mut inbox = waiting();
        inbox.arrive(4, b"gh", false, 0);
        inbox.close();
        assert!(inbox.pending.is_empty());
    }
}
