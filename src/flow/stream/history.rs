//! Delivered bytes, kept for a while to compare copies with (docs/tcp-analysis.md, R4).

use std::collections::VecDeque;

use crate::flow::conflict::{Difference, Excerpt, Origin};
use crate::flow::fingerprint::Printer;
use crate::flow::seq::Position;

/// Bytes kept of one direction.
const BYTES: usize = 64 << 10;
/// Segments of which at least the fingerprint is kept.
const SEGMENTS: usize = 1_024;

/// The newest delivered bytes of one direction, and fingerprints of older ones.
#[derive(Debug, Default)]
pub(super) struct History {
    bytes: VecDeque<u8>,
    /// Bytes that were kept and are gone.
    gone: u64,
    pieces: VecDeque<Piece>,
}

/// What one segment delivered.
#[derive(Debug)]
struct Piece {
    from: Position,
    len: u32,
    print: u64,
    /// Bytes that had been kept before its own.
    behind: u64,
    origin: Origin,
}

impl Piece {
    fn end(&self) -> Position {
        self.from.saturating_add(self.len.into())
    }
}

/// What a comparison with delivered bytes told.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// The first difference, and the segment that had delivered the old bytes.
    pub(super) found: Option<(Difference, Origin)>,
    /// Bytes that nothing is left of to compare with.
    pub(super) unverifiable: u64,
}

impl History {
    /// Memory in bytes that counts against the bound of all flows.
    pub(super) fn cost(&self) -> usize {
        self.bytes.capacity() + self.pieces.capacity() * size_of::<Piece>()
    }

    /// Bytes from `at` on were delivered.
    pub(super) fn note(&mut self, at: Position, bytes: &[u8], origin: Origin, printer: Printer) {
        let Ok(len) = u32::try_from(bytes.len()) else { return };
        if self.pieces.len() >= SEGMENTS {
            self.pieces.pop_front();
        }
        let behind = self.gone + self.bytes.len() as u64;
        self.pieces.push_back(Piece { from: at, len, print: printer.print(bytes), behind, origin });
        self.bytes.extend(bytes);
        let surplus = self.bytes.len().saturating_sub(BYTES);
        self.bytes.drain(..surplus);
        self.gone += surplus as u64;
    }

    /// Compares a copy of bytes from `at` on, all of which were delivered before.
    pub(super) fn compare(&self, at: Position, copy: &[u8], printer: Printer) -> Compared {
        let end = at.saturating_add_unsigned(copy.len() as u64);
        let mut compared = Compared { found: None, unverifiable: copy.len() as u64 };
        let first = self.pieces.partition_point(|piece| piece.end() <= at);
        for piece in self.pieces.range(first..).take_while(|piece| piece.from < end) {
            let (from, to) = (piece.from.max(at), piece.end().min(end));
            let place = |position: Position, base: Position| usize::try_from(position - base).unwrap_or(0);
            let new = copy.get(place(from, at)..place(to, at)).unwrap_or_default();
            let start = (piece.behind + place(from, piece.from) as u64).checked_sub(self.gone);
            let kept = start.and_then(|start| usize::try_from(start).ok());
            let difference = if let Some(start) = kept {
                let old = self.bytes.range(start..start.saturating_add(new.len()).min(self.bytes.len()));
                Difference::find(from, old, new, false)
            } else if new.len() as u64 == u64::from(piece.len) {
                (printer.print(new) != piece.print).then(|| Difference {
                    common: (from, to),
                    first: from,
                    old: None,
                    new: Excerpt::of(new),
                    new_is_kept: false,
                })
            } else {
                continue;
            };
            compared.unverifiable = compared.unverifiable.saturating_sub(new.len() as u64);
            if let Some(difference) = difference {
                compared.found.get_or_insert((difference, piece.origin));
            }
        }
        compared
    }
}
