//! One datagram: its pieces, and which of them owns which bytes.

use netdissect_dissectors::dissector::Fragment;
use netdissect_dissectors::facts::Piece;
use netdissect_dissectors::frame::Timestamp;

use super::{Overlap, label};
use crate::flow::conflict::Difference;

/// A piece as it was taken.
#[derive(Clone, Copy, Debug)]
struct Taken {
    piece: Piece,
    /// Where its bytes begin in [`Datagram::data`], if it owns any.
    at: usize,
}

/// Bytes of the datagram, half-open, and the piece that owns them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owned {
    from: u32,
    to: u32,
    owner: usize,
}

/// What a piece did to its datagram.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The datagram can no longer be joined, for this reason.
    pub(super) broken: Option<&'static str>,
    /// The frame that the piece contradicts or repeats, else 0.
    pub(super) other: u64,
    /// Bytes that were there already, the same.
    pub(super) duplicate: u64,
    /// Bytes that were there already, differently.
    pub(super) conflicting: u64,
    /// Where that begins, and what stands there.
    pub(super) difference: Option<Difference>,
}

impl Joined {
    pub(super) fn broken(why: &'static str) -> Self {
        Self { broken: Some(why), ..Self::default() }
    }
}

/// A datagram of which some pieces have come.
#[derive(Debug)]
pub(super) struct Datagram {
    serial: u64,
    frame: u64,
    since: Timestamp,
    dead: Option<&'static str>,
    /// In the order of arrival.
    taken: Vec<Taken>,
    /// The pieces' bytes, one behind the other.
    data: Vec<u8>,
    /// Disjoint and ascending.
    owned: Vec<Owned>,
    covered: u32,
    /// Length of the whole, once a last piece has come.
    end: Option<u32>,
    first: Option<Fragment>,
}

/// What a datagram costs besides its bytes and pieces.
const BOOKKEEPING: usize = 256;

impl Datagram {
    pub(super) fn new(serial: u64, frame: u64, since: Timestamp) -> Self {
        Self {
            serial,
            frame,
            since,
            dead: None,
            taken: Vec::new(),
            data: Vec::new(),
            owned: Vec::new(),
            covered: 0,
            end: None,
            first: None,
        }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    pub(super) fn frame(&self) -> u64 {
        self.frame
    }

    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    pub(super) fn dead(&self) -> Option<&'static str> {
        self.dead
    }

    pub(super) fn first(&self) -> Option<Fragment> {
        self.first
    }

    pub(super) fn covered(&self) -> u64 {
        self.covered.into()
    }

    /// Bytes of memory that count against the bound.
    pub(super) fn cost(&self) -> usize {
        BOOKKEEPING
            + self.data.capacity()
            + self.taken.capacity() * size_of::<Taken>()
            + self.owned.capacity() * size_of::<Owned>()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.dead.is_none() && self.end == Some(self.covered)
    }

    /// The bytes that are there, joined where they touch.
    pub(super) fn ranges(&self) -> Vec<(u32, u32)> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for part in &self.owned {
            match ranges.last_mut() {
                Some(last) if last.1 == part.from => last.1 = part.to,
                _ => ranges.push((part.from, part.to)),
            }
        }
        ranges
    }

    /// The pieces by offset; equal ones as they came.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = self.taken.iter().map(|taken| taken.piece).collect();
        pieces.sort_by_key(|piece| piece.offset);
        pieces
    }

    /// Writes the whole into `out`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        out.reserve(self.covered as usize);
        for part in &self.owned {
            out.extend_from_slice(self.bytes(part, part.from, part.to));
        }
    }

    /// Marks the datagram as unusable and frees what it held. Answers how many bytes that was.
    pub(super) fn break_up(&mut self, why: &'static str) -> u64 {
        let held = self.covered.into();
        *self = Self { dead: Some(why), ..Self::new(self.serial, self.frame, self.since) };
        held
    }

    /// Adds a piece that is not empty and not cut.
    pub(super) fn join(
        &mut self,
        piece: &Fragment,
        data: &[u8],
        frame: u64,
        policy: Overlap,
        max_pieces: usize,
    ) -> Joined {
        let (from, to) = (piece.offset, piece.offset.saturating_add(data.len() as u32));
        let reached = self.owned.last().map_or(0, |part| part.to);
        let end = if piece.more { self.end } else { Some(to) };
        // Two ends, or bytes beyond the end (rule F6).
        if end.is_some_and(|end| end < reached.max(to)) || (self.end.is_some() && end != self.end) {
            return Joined { other: self.last_frame(), ..Joined::broken(label::TAIL) };
        }
        let mut joined = self.compare(from, to, data, policy);
        let again = joined.duplicate == data.len() as u64
            && self.taken.iter().any(|old| old.piece.offset == from && old.piece.len == to - from);
        let overlaps = joined.duplicate + joined.conflicting > 0;
        if policy == Overlap::Drop && overlaps && !again {
            let Joined { other, difference, .. } = joined;
            return Joined { other, difference, ..Joined::broken(label::OVERLAP) };
        }
        if self.taken.len() >= max_pieces {
            if again {
                return joined;
            }
            return Joined::broken(label::TOO_MANY);
        }
        self.end = end;
        if from == 0 && self.first.is_none() {
            self.first = Some(*piece);
        }
        let new =
            Piece { frame, offset: from, len: to - from, overlap: false, conflict: false, too_long: false };
        self.taken.push(Taken { piece: new, at: self.data.len() });
        let mine = self.taken.len() - 1;
        if overlaps {
            self.flag(mine, &joined);
        }
        let added = self.settle(mine, from, to, policy);
        if added > 0 || self.owned.iter().any(|part| part.owner == mine) {
            self.data.extend_from_slice(data);
        }
        self.covered += added;
        debug_assert_eq!(u64::from(added) + joined.duplicate + joined.conflicting, data.len() as u64);
        joined.broken = None;
        joined
    }

    /// The frame of the piece with the highest end.
    fn last_frame(&self) -> u64 {
        self.owned.last().and_then(|part| self.taken.get(part.owner)).map_or(0, |taken| taken.piece.frame)
    }

    /// `from..to` of the datagram, out of the bytes of the piece that owns `part`.
    fn bytes(&self, part: &Owned, from: u32, to: u32) -> &[u8] {
        let Some(taken) = self.taken.get(part.owner) else { return &[] };
        let start = taken.at + from.saturating_sub(taken.piece.offset) as usize;
        self.data.get(start..start + to.saturating_sub(from) as usize).unwrap_or_default()
    }

    /// The parts of `owned` that touch `from..to`.
    fn touching(&self, from: u32, to: u32) -> std::ops::Range<usize> {
        let first = self.owned.partition_point(|part| part.to <= from);
        let last = self.owned.partition_point(|part| part.from < to);
        first..last.max(first)
    }

    /// Counts what of `from..to` is there already, and how it compares.
    fn compare(&self, from: u32, to: u32, data: &[u8], policy: Overlap) -> Joined {
        let mut joined = Joined::default();
        for part in self.owned.get(self.touching(from, to)).unwrap_or_default() {
            let (low, high) = (part.from.max(from), part.to.min(to));
            let new = data.get((low - from) as usize..(high - from) as usize).unwrap_or_default();
            let len = u64::from(high - low);
            let old = self.taken.get(part.owner).map(|taken| taken.piece);
            let frame = old.map_or(0, |old| old.frame);
            let held = self.bytes(part, low, high);
            if held == new {
                joined.duplicate += len;
                if joined.other == 0 {
                    joined.other = frame;
                }
            } else {
                if joined.conflicting == 0 {
                    joined.other = frame;
                    let old = old.map_or((0, 0), |old| (old.offset, old.offset.saturating_add(old.len)));
                    let wins = policy.takes((from, to), old);
                    joined.difference = Difference::find(low.into(), held.iter(), new, wins);
                }
                joined.conflicting += len;
            }
        }
        joined
    }

    /// Marks, of each two pieces that overlap, the one that stands behind the other.
    fn flag(&mut self, mine: usize, joined: &Joined) {
        let Some(new) = self.taken.get(mine).map(|taken| taken.piece) else { return };
        let (from, to) = (new.offset, new.offset + new.len);
        let mut own = false;
        for old in self.taken.iter_mut().take(mine) {
            let piece = &mut old.piece;
            if piece.offset >= to || piece.offset + piece.len <= from {
                continue;
            }
            if piece.offset > from {
                piece.overlap = true;
                piece.conflict |= joined.conflicting > 0;
            } else {
                own = true;
            }
        }
        if own && let Some(taken) = self.taken.get_mut(mine) {
            taken.piece.overlap = true;
            taken.piece.conflict = joined.conflicting > 0;
        }
    }

    /// Gives piece `mine` the bytes of `from..to` that nobody has, and those that the policy takes from others.
    /// Answers how many nobody had.
    fn settle(&mut self, mine: usize, from: u32, to: u32, policy: Overlap) -> u32 {
        let range = self.touching(from, to);
        let mut parts = Vec::with_capacity(2 * range.len() + 1);
        let (mut at, mut added) = (from, 0);
        for part in self.owned.get(range.clone()).unwrap_or_default() {
            let (low, high) = (part.from.max(from), part.to.min(to));
            if at < low {
                parts.push(Owned { from: at, to: low, owner: mine });
                added += low - at;
            }
            if part.from < low {
                parts.push(Owned { to: low, ..*part });
            }
            let old = self
                .taken
                .get(part.owner)
                .map_or((0, 0), |taken| (taken.piece.offset, taken.piece.offset + taken.piece.len));
            let owner = if policy.takes((from, to), old) { mine } else { part.owner };
            parts.push(Owned { from: low, to: high, owner });
            if high < part.to {
                parts.push(Owned { from: high, ..*part });
            }
            at = high;
        }
        if at < to {
            parts.push(Owned { from: at, to, owner: mine });
            added += to - at;
        }
        parts.dedup_by(|next, last| {
            let joins = last.owner == next.owner && last.to == next.from;
            if joins {
                last.to = next.to;
            }
            joins
        });
        self.owned.splice(range, parts);
        added
    }
}

impl Overlap {
    /// Whether the new piece takes the common bytes from the old one; both half-open.
    fn takes(self, new: (u32, u32), old: (u32, u32)) -> bool {
        match self {
            Self::First | Self::Drop => false,
            Self::Last => true,
            Self::Bsd => new.0 < old.0,
            Self::BsdRight => new.0 >= old.0,
            Self::Linux => new.0 <= old.0,
            Self::Windows => new.0 < old.0 && new.1 > old.1,
            Self::Solaris => new.0 < old.0 && new.1 >= old.1,
        }
    }
}

/// Extension headers that the chain of a first piece is followed through.
const MAX_CHAIN: usize = 16;

/// Whether a first IPv6 piece holds all headers up to the transport's (RFC 7112 section 5), as far as those are
/// known.
pub(super) fn has_all_headers(protocol: u32, data: &[u8]) -> bool {
    let (mut next, mut rest) = (protocol, data);
    for _ in 0..MAX_CHAIN {
        let len = match next {
            6 => return rest.len() >= 20,
            17 => return rest.len() >= 8,
            58 => return rest.len() >= 4,
            132 => return rest.len() >= 12,
            0 | 43 | 60 => rest.get(1).map(|units| (usize::from(*units) + 1) * 8),
            51 => rest.get(1).map(|units| (usize::from(*units) + 2) * 4),
            _ => return true,
        };
        let (Some(first), Some(behind)) = (rest.first(), len.and_then(|len| rest.get(len..))) else {
            return false;
        };
        next = u32::from(*first);
        rest = behind;
    }
    true
}
