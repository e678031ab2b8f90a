//! Oddities of a capture that cost no packet: kept as a few examples and a count, never one line a record.

use std::fmt;

/// A kind of oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// More bytes captured than the packet had on the wire (rows A07, B23 of docs/faults.md).
    LongerThanWire,
    /// More bytes captured than the file's snap length allows (row A08).
    LongerThanSnaplen,
    /// A fraction of a second of one second or more, carried into the seconds (row A12).
    FractionCarried,
    /// A time stamp that is no time (rows A13, B14, B19, B20).
    TimeInvalid,
    /// The two lengths of a record were swapped, as old versions wrote them (row A17).
    LengthsSwapped,
    /// An option that runs past its block (rows B09, B10).
    BadOption,
    /// Interfaces beyond the limit of the table (row B28).
    InterfaceTableFull,
    /// Interface names or descriptions that were shortened or left out to bound memory.
    TextDropped,
    /// Bytes behind a damaged record that `salvage` passed over.
    Salvaged,
    /// A live source whose link went down or came up, or whose buffer had to be smaller (rows J01, J11).
    Interface,
}

impl NoteKind {
    /// Every kind, in the order in which they are told.
    const ALL: [Self; 10] = [
        Self::LongerThanWire,
        Self::LongerThanSnaplen,
        Self::FractionCarried,
        Self::TimeInvalid,
        Self::LengthsSwapped,
        Self::BadOption,
        Self::InterfaceTableFull,
        Self::TextDropped,
        Self::Salvaged,
        Self::Interface,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::LongerThanWire => "len < caplen",
            Self::LongerThanSnaplen => "caplen > snaplen",
            Self::FractionCarried => "fraction of a second carried",
            Self::TimeInvalid => "time invalid",
            Self::LengthsSwapped => "caplen and len swapped",
            Self::BadOption => "bad option",
            Self::InterfaceTableFull => "interface table full",
            Self::TextDropped => "interface text dropped",
            Self::Salvaged => "damage skipped",
            Self::Interface => "interface",
        }
    }
}

/// One example of an oddity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was odd.
    pub kind: NoteKind,
    /// The record it was seen in, from 1; 0 if it belongs to no record.
    pub record: u64,
    /// What more is to be said, safe to print; may be empty.
    pub text: String,
}

/// The oddities of one source: the first three of a kind are kept, all are counted.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    examples: Vec<Note>,
    counts: [u64; NoteKind::ALL.len()],
}

/// Examples kept of each kind (section 4 of docs/faults.md, "odd-traffic notices").
const KEPT: u64 = 3;

impl Notes {
    /// Counts one oddity in `record` (0: none) and keeps it if it is among the first of its kind.
    #[cold]
    pub(crate) fn add(&mut self, kind: NoteKind, record: u64, text: impl fmt::Display) {
        let Some(count) = self.counts.get_mut(kind as usize) else { return };
        *count = count.saturating_add(1);
        if *count <= KEPT {
            self.examples.push(Note { kind, record, text: text.to_string() });
        }
    }

    /// The examples in the order in which they were met; it only grows, by at most three of a kind.
    #[must_use]
    pub fn examples(&self) -> &[Note] {
        &self.examples
    }

    /// How often `kind` was met.
    #[must_use]
    pub fn count(&self, kind: NoteKind) -> u64 {
        self.counts.get(kind as usize).copied().unwrap_or(0)
    }

    /// True if nothing was odd.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }

    /// One line for each kind that was met, such as `len < caplen (1): record 2`, without file name.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        NoteKind::ALL.into_iter().filter(|&kind| self.count(kind) > 0).map(|kind| self.line(kind))
    }

    /// Takes over what another source called `name` noted, for a chain of files.
    pub(crate) fn absorb(&mut self, other: &Self, name: &str) {
        for kind in NoteKind::ALL {
            let before = self.count(kind);
            let room = KEPT.saturating_sub(before) as usize;
            for note in other.examples.iter().filter(|n| n.kind == kind).take(room) {
                let text =
                    if note.text.is_empty() { name.to_owned() } else { format!("{}, {name}", note.text) };
                self.examples.push(Note { kind, record: note.record, text });
            }
            if let Some(count) = self.counts.get_mut(kind as usize) {
                *count = before.saturating_add(other.count(kind));
            }
        }
    }

    fn line(&self, kind: NoteKind) -> String {
        let count = self.count(kind);
        let mut line = match kind {
            NoteKind::BadOption => String::from(kind.text()),
            _ => format!("{} ({count})", kind.text()),
        };
        let mut records = Vec::new();
        let mut texts = Vec::new();
        for note in self.examples.iter().filter(|n| n.kind == kind) {
            if note.record > 0 {
                records.push(note.record.to_string());
            }
            if !note.text.is_empty() {
                texts.push(note.text.as_str());
            }
        }
        if !records.is_empty() {
            let intro = if kind == NoteKind::BadOption { " in" } else { ":" };
            let more = if count > records.len() as u64 { ", …" } else { "" };
            let s = if records.len() == 1 { "" } else { "s" };
            line.push_str(&format!("{intro} record{s} {}{more}", records.join(", ")));
        }
        if let Some(first) = texts.first() {
            line.push_str(&format!("{} {first}", if records.is_empty() { ":" } else { "," }));
        }
        line
    }
}
