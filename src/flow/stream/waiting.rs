//! Bytes that wait for a hole to fill.

use std::collections::BTreeMap;

use super::{Overlap, Overlapping, place};
use crate::flow::conflict::{Difference, Origin};
use crate::flow::seq::Position;

/// What a waiting piece costs besides its bytes: its entry and the allocation.
const BOOKKEEPING: usize = 128;

/// Bytes of one segment, or of a part of it that no other segment has taken.
#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    /// The whole segment that they came in.
    segment: (Position, Position),
    origin: Origin,
}

/// Everything beyond a hole: disjoint pieces by their first positions.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pieces: BTreeMap<Position, Piece>,
    bytes: usize,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Memory that counts against the bound of all flows.
    pub(super) fn cost(&self) -> usize {
        self.bytes + self.pieces.len() * BOOKKEEPING
    }

    /// Where the first byte that waits stands.
    pub(super) fn first(&self) -> Option<Position> {
        self.pieces.keys().next().copied()
    }

    /// The bytes that begin at `next`, if they are here.
    pub(super) fn take(&mut self, next: Position) -> Option<(Vec<u8>, Origin)> {
        let entry = self.pieces.first_entry().filter(|entry| *entry.key() <= next)?;
        let piece = entry.remove();
        self.bytes = self.bytes.saturating_sub(piece.bytes.len());
        Some((piece.bytes, piece.origin))
    }

    /// Lets everything from `end` on go, and answers how many bytes that was.
    pub(super) fn forget_from(&mut self, end: Position) -> u64 {
        let mut gone: usize = self.pieces.split_off(&end).values().map(|piece| piece.bytes.len()).sum();
        if let Some(mut last) = self.pieces.last_entry() {
            let keep = place(end, *last.key());
            let bytes = &mut last.get_mut().bytes;
            gone += bytes.len().saturating_sub(keep);
            bytes.truncate(keep);
        }
        self.bytes = self.bytes.saturating_sub(gone);
        gone as u64
    }

    /// Adds the bytes from `from` on of `segment`. Those that are here already go to whom the policy gives them, and
    /// `found` is told where they differ. Answers how many were here already.
    pub(super) fn add(
        &mut self,
        from: Position,
        bytes: &[u8],
        segment: (Position, Position),
        origin: Origin,
        policy: Overlap,
        found: &mut dyn FnMut(Overlapping),
    ) -> u64 {
        let to = from.saturating_add_unsigned(bytes.len() as u64);
        let part = |a: Position, b: Position| bytes.get(place(a, from)..place(b, from)).unwrap_or_default();
        let first = self.pieces.range(..=from).next_back().map_or(from, |(&at, _)| at);
        let touched: Vec<Position> = self.pieces.range(first..to).map(|(&at, _)| at).collect();
        let mut duplicate = 0_u64;
        // Where the bytes begin that are the new segment's and not stored yet.
        let mut own = from;
        for start in touched {
            let Some(old) = self.pieces.get_mut(&start) else { continue };
            let stop = start.saturating_add_unsigned(old.bytes.len() as u64);
            let (left, right) = (start.max(from), stop.min(to));
            if left >= right {
                continue;
            }
            let fresh = part(left, right);
            duplicate = duplicate.saturating_add(fresh.len() as u64);
            let wins = policy.new_wins(segment, old.segment);
            let common = old.bytes.get(place(left, start)..place(right, start)).unwrap_or_default();
            if let Some(difference) = Difference::find(left, common.iter(), fresh, wins) {
                found(Overlapping { difference, old: old.origin, new: origin, delivered: false });
            }
            if wins {
                // What the old piece keeps stands before and behind the new segment.
                let (whose, whom) = (old.segment, old.origin);
                let behind = old.bytes.get(place(right, start)..).unwrap_or_default().to_vec();
                old.bytes.truncate(place(left, start));
                if old.bytes.is_empty() {
                    self.pieces.remove(&start);
                }
                self.bytes = self.bytes.saturating_sub(place(right, left) + behind.len());
                self.store(right, behind, whose, whom);
            } else {
                self.store(own, part(own, left).to_vec(), segment, origin);
                own = right;
            }
        }
        self.store(own, part(own, to).to_vec(), segment, origin);
        duplicate
    }

    fn store(&mut self, at: Position, bytes: Vec<u8>, segment: (Position, Position), origin: Origin) {
        if !bytes.is_empty() {
            self.bytes += bytes.len();
            self.pieces.insert(at, Piece { bytes, segment, origin });
        }
    }
}
