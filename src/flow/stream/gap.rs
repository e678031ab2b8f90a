//! Bytes that a stream lacks, and why (docs/tcp-analysis.md, R5).

use crate::flow::ranges::Ranges;
use crate::flow::seq::Position;

/// Why bytes are missing from a stream, or nearly were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapKind {
    /// They may still come.
    Pending,
    /// They came after their acknowledgment, but in time: nothing is missing.
    Late,
    /// Acknowledged but never captured.
    CaptureLoss,
    /// Captured only in part.
    Snaplen,
    /// Given up to keep memory bounded.
    Limit,
    /// Neither captured nor acknowledged before the end.
    Lost,
    /// The flow was let go to keep memory bounded.
    Evicted,
}

impl GapKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Late, Self::CaptureLoss, Self::Snaplen, Self::Limit, Self::Lost, Self::Evicted];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Late => "late",
            Self::CaptureLoss => "capture-loss",
            Self::Snaplen => "snaplen",
            Self::Limit => "limit",
            Self::Lost => "lost",
            Self::Evicted => "evicted",
        }
    }

    /// Whether the bytes are missing for good.
    #[must_use]
    pub const fn is_missing(self) -> bool {
        !matches!(self, Self::Pending | Self::Late)
    }
}

/// A stretch of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its first position.
    pub at: Position,
    /// Its length in bytes.
    pub len: u64,
    /// Why.
    pub kind: GapKind,
}

/// Gaps kept of one direction; more are only counted.
const MAX_GAPS: usize = 64;

/// What one direction lacks.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    list: Vec<Gap>,
    bytes: [u64; GapKind::ALL.len()],
    /// What was given up, to know bytes that come all the same.
    given_up: Ranges,
    /// Bytes that came after they had been given up.
    pub(super) after: u64,
}

impl Gaps {
    /// Bytes of memory beside its own size.
    pub(super) fn heap(&self) -> usize {
        self.list.capacity() * size_of::<Gap>() + self.given_up.heap()
    }

    pub(super) fn add(&mut self, gap: Gap) {
        if let Some(bytes) = self.bytes.get_mut(gap.kind as usize) {
            *bytes = bytes.saturating_add(gap.len);
        }
        if gap.kind.is_missing() {
            self.given_up.add(gap.at, gap.at.saturating_add_unsigned(gap.len));
        }
        if let Some(last) = self.list.last_mut()
            && last.kind == gap.kind
            && last.at.saturating_add_unsigned(last.len) == gap.at
        {
            last.len = last.len.saturating_add(gap.len);
        } else if self.list.len() < MAX_GAPS {
            self.list.push(gap);
        }
    }

    pub(super) fn bytes(&self, kind: GapKind) -> u64 {
        self.bytes.get(kind as usize).copied().unwrap_or(0)
    }

    pub(super) fn missing(&self) -> u64 {
        GapKind::ALL.into_iter().filter(|kind| kind.is_missing()).map(|kind| self.bytes(kind)).sum()
    }

    pub(super) fn list(&self) -> &[Gap] {
        &self.list
    }

    /// Bytes of `from..to` that had been given up.
    pub(super) fn given_up(&self, from: Position, to: Position) -> u64 {
        u64::try_from(self.given_up.count(from, to)).unwrap_or(0)
    }
}
