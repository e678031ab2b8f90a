//! What a written capture lacks of what was read, because its format has no place for it.

use crate::render::flows::thousands;

/// Something that is left out, or not exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Comments on packets, interfaces and sections.
    Comment,
    /// Times finer than the file's.
    FineTime,
    /// Times that are none, or lie outside what the format can say.
    NoTime,
    /// Lengths on the wire that cannot be, beside a time that nobody would believe with them.
    Length,
    /// Packets of interfaces that are nowhere described.
    Homeless,
    /// Simple packet blocks, which have no place for our comments.
    Unannotated,
    /// Blocks with decryption secrets, which do not go to standard output (row B35 of docs/faults.md), nor into classic
    /// pcap.
    Secrets,
}

/// Counts of each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses([u64; Loss::ALL.len()]);

impl Loss {
    const ALL: [Self; 7] = [
        Self::Comment,
        Self::FineTime,
        Self::NoTime,
        Self::Length,
        Self::Homeless,
        Self::Unannotated,
        Self::Secrets,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::Comment => "comments left out: classic pcap has no place for them, .pcapng keeps them",
            Self::FineTime => "times cut to microseconds, .pcapng keeps them as they are",
            Self::NoTime => "times that the file cannot say, written as 0",
            Self::Length => "lengths that cannot be, written as what was captured",
            Self::Homeless => "packets left out: their interface is not described",
            Self::Unannotated => "verdicts left out: simple packet blocks have no place for comments",
            Self::Secrets => "blocks with decryption secrets left out: only .pcapng files get them",
        }
    }
}

impl Losses {
    pub(super) fn add(&mut self, loss: Loss) {
        if let Some(count) = self.0.get_mut(loss as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// Adds those of another file.
    pub(super) fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }

    /// A line for each kind that occurred.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> + '_ {
        Loss::ALL
            .into_iter()
            .zip(self.0)
            .filter(|&(_, count)| count > 0)
            .map(|(loss, count)| format!("{}: {}", thousands(count), loss.text()))
    }
}
