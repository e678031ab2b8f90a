//! What one line says of a packet: the protocol that it is about, and that protocol's summary.

use std::fmt;

use netdissect_dissectors::{Layer, Packet};

use super::value::CUT;

/// A column of the packet list that can be asked for like a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// `_ws.col.protocol`: title of the protocol that the packet is about.
    Protocol,
    /// `_ws.col.info`: its summary.
    Info,
}

impl Column {
    /// The column called `name`, in the spelling of any Wireshark version.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "_ws.col.protocol" | "_ws.col.Protocol" => Some(Self::Protocol),
            "_ws.col.info" | "_ws.col.Info" => Some(Self::Info),
            _ => None,
        }
    }

    /// Its name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protocol => "_ws.col.protocol",
            Self::Info => "_ws.col.info",
        }
    }
}

/// The layer that a line is about: the top one, or whatever carries it where it is payload that nothing reads.
#[must_use]
pub fn subject<'a>(packet: &Packet<'a>) -> Option<Layer<'a>> {
    let top = packet.top()?;
    if top.protocol().name != "data" {
        return Some(top);
    }
    (1..top.index)
        .rev()
        .filter_map(|index| packet.layer(index))
        .find(|layer| !layer.is_quoted() && layer.protocol().name != "data")
        .or(Some(top))
}

/// Position of the innermost network layer that is not quoted: addresses, ports and messages after it belong
/// together.
#[must_use]
pub fn innermost_net(packet: &Packet<'_>) -> Option<usize> {
    packet
        .parts
        .nets
        .iter()
        .rev()
        .map(|row| usize::from(row.0))
        .find(|&index| packet.layer(index).is_some_and(|layer| !layer.is_quoted()))
}

/// Writes summaries into a text that is used again for every packet.
#[derive(Clone, Debug)]
pub struct Info {
    text: String,
    cap: usize,
}

impl Info {
    /// A summary is cut after `cap` bytes.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self { text: String::new(), cap }
    }

    /// The summary of the subject of `packet`; of several messages in one segment all, joined by commas. Not
    /// escaped.
    pub fn packet(&mut self, packet: &Packet<'_>) -> &str {
        self.text.clear();
        let Some(subject) = subject(packet) else { return "" };
        let from = innermost_net(packet).unwrap_or(subject.index);
        let mut out = Bounded { text: &mut self.text, cap: self.cap };
        let mut is_first = true;
        for index in from..=subject.index {
            let Some(layer) = packet.layer(index) else { break };
            if layer.slot.dissector != subject.slot.dissector || layer.is_quoted() {
                continue;
            }
            let separator = if is_first { "" } else { ", " };
            is_first = false;
            // An error means that the text is full.
            if fmt::Write::write_str(&mut out, separator).is_err() || layer.summary(&mut out).is_err() {
                break;
            }
        }
        &self.text
    }

    /// The text of a column. Not escaped.
    pub fn column(&mut self, column: Column, packet: &Packet<'_>) -> &str {
        match column {
            Column::Protocol => subject(packet).map_or("", |layer| layer.protocol().title),
            Column::Info => self.packet(packet),
        }
    }

    /// The summary of one layer. Not escaped.
    pub fn layer(&mut self, layer: &Layer<'_>) -> &str {
        self.text.clear();
        let mut out = Bounded { text: &mut self.text, cap: self.cap };
        // An error means that the text is full.
        let _ = layer.summary(&mut out);
        &self.text
    }
}

/// Takes text until it is full, then puts the mark and refuses more.
struct Bounded<'a> {
    text: &'a mut String,
    cap: usize,
}

impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let room = self.cap.saturating_sub(self.text.len());
        if piece.len() <= room {
            self.text.push_str(piece);
            return Ok(());
        }
        if self.text.len() <= self.cap {
            let end = (0..=room).rev().find(|&at| piece.is_char_boundary(at)).unwrap_or(0);
            self.text.push_str(piece.get(..end).unwrap_or_default());
            self.text.push_str(CUT);
        }
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn a_full_text_ends_in_a_mark() {
        let mut text = String::new();
        let mut out = Bounded { text: &mut text, cap: 5 };
        assert!(out.write_str("abc").is_ok());
        assert!(out.write_str("d漢字").is_err());
        assert!(out.write_str("x").is_err());
        assert_eq!(text, "abcd…");
    }
}
