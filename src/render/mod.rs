//! What is printed: one way of showing per file, and [`style`] as the only door to the terminal.
//!
//! Every renderer is a struct that is told once what to show and then appends one packet after the other to a
//! `Vec<u8>`, which the caller writes out when it likes. Renderers know nothing of flows or files; what they print
//! is valid UTF-8 and within [`Cap`].

pub mod address;
pub mod annotation;
pub mod arp;
pub mod busiest;
pub mod conflicts;
pub mod conversations;
pub mod datagrams;
pub mod dns;
pub mod endpoints;
pub mod exchanges;
pub mod field_bytes;
pub mod findings;
pub mod flows;
pub mod hex;
pub mod http;
pub mod info;
pub mod json;
pub mod leases;
pub mod line;
pub mod nat;
pub mod notes;
pub mod path;
pub mod payload;
pub mod plot;
pub mod protocols;
pub mod rate;
pub mod records;
pub mod rows;
pub mod select;
pub mod style;
pub mod summary;
pub mod tables;
pub mod timeline;
mod timing;
pub mod tree;
pub mod trust;
pub mod value;

#[cfg(test)]
pub(crate) mod testing;

/// How much one packet may print (rows H08 and H11 of docs/faults.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Bytes of one value, as the packet holds them; the rest is replaced by a mark.
    pub value: usize,
    /// Bytes printed for one packet.
    pub packet: usize,
}

impl Cap {
    /// Everything, for whoever asked for it.
    pub const NONE: Self = Self { value: usize::MAX, packet: usize::MAX };
}

impl Default for Cap {
    fn default() -> Self {
        Self { value: 4_096, packet: 65_536 }
    }
}

/// Where text for people goes.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns; `None` where nothing is cut (pipes).
    pub width: Option<usize>,
    /// Colours.
    pub style: style::Style,
    /// Arrows and marks.
    pub glyphs: style::Glyphs,
    /// How much one packet may print.
    pub cap: Cap,
}

impl Screen {
    /// A pipe: no width, no colour.
    pub const PIPE: Self = Self {
        width: None,
        style: style::Style::PLAIN,
        glyphs: style::Glyphs::UTF8,
        cap: Cap { value: 4_096, packet: 65_536 },
    };

    /// Columns of tables and trees, which have a width even in a pipe.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.width.unwrap_or(100).max(40)
    }
}
