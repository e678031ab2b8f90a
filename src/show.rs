//! What was asked for: the sinks behind the flags. Each feeds one renderer and writes what it made.

use std::io::{self, Write};
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;
use thiserror::Error;

use crate::cli::{Format, FrameRange, Show};
use crate::flow::table::Flow;
use crate::pipeline::{Keep, Sink, Totals};
use crate::render::Cap;
use crate::render::rows::{Layout, Rows};
use crate::render::select::UnknownField;
use crate::render::style::{Glyphs, Style};

/// Where and how things are printed.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns of text; 0 for no limit.
    pub width: usize,
    /// Standard output is a terminal.
    pub terminal: bool,
    /// Colours.
    pub style: Style,
    /// Arrows and marks.
    pub glyphs: Glyphs,
}

/// What was asked for cannot be shown.
#[derive(Debug, Error)]
pub enum ShowError {
    /// A name that no field has.
    #[error(transparent)]
    Field(#[from] UnknownField),
    /// Options that contradict or lack each other.
    #[error("{0}")]
    Usage(String),
}

/// Bytes collected before they are written.
const BLOCK: usize = 64 << 10;

/// Text on its way out, written in blocks.
pub struct Output {
    buffer: Vec<u8>,
    writer: Box<dyn Write>,
}

impl Output {
    /// Writes to `writer`.
    #[must_use]
    pub fn new(writer: Box<dyn Write>) -> Self {
        Self { buffer: Vec::with_capacity(2 * BLOCK), writer }
    }

    /// Where renderers append.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Writes what was collected, if it is a block or more.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn settle(&mut self) -> io::Result<()> {
        if self.buffer.len() >= BLOCK { self.write() } else { Ok(()) }
    }

    /// Writes everything through to the end.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write()?;
        self.writer.flush()
    }

    fn write(&mut self) -> io::Result<()> {
        self.writer.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

/// The sink for `show`, and what it needs to be kept of flows.
///
/// # Errors
/// Unknown fields, and options that contradict each other.
pub fn sink(
    show: &Show,
    registry: &Registry,
    screen: Screen,
    out: Output,
) -> Result<(Box<dyn Sink>, Keep), ShowError> {
    let format = match show.format {
        Some(format) => format,
        None if show.fields.is_empty() => Format::Text,
        None => Format::Fields,
    };
    let keep = Keep {
        rows: show.follow_tcp.is_some(),
        digests: show.follow_tcp.is_some() && format == Format::Jsonl,
    };
    let _ = screen;
    let renderer: Box<dyn PacketRenderer> = match format {
        _ if show.quiet => Box::new(Nothing),
        Format::Fields | Format::Tsv | Format::Csv => {
            if show.fields.is_empty() {
                return Err(ShowError::Usage("this format needs -e: which fields?".into()));
            }
            let mut layout = match format {
                Format::Tsv => Layout::tsv(),
                Format::Csv => Layout::csv(),
                _ => Layout::fields(),
            };
            for option in &show.layout {
                layout.set(option).map_err(ShowError::Usage)?;
            }
            Box::new(Rows::new(registry, &show.fields, layout, Cap::default())?)
        }
        _ => Box::new(Nothing),
    };
    let packets = Packets { renderer, out, gate: Gate::new(show), begun: false };
    Ok((Box::new(packets), keep))
}

/// Which packets pass: by number, and up to a count.
#[derive(Debug)]
struct Gate {
    frames: Vec<FrameRange>,
    count: Option<u64>,
    shown: u64,
}

impl Gate {
    fn new(show: &Show) -> Self {
        Self { frames: show.frames.clone(), count: show.count, shown: 0 }
    }

    fn passes(&mut self, number: u64) -> bool {
        let passes = (self.frames.is_empty()
            || self.frames.iter().any(|range| (range.from..=range.to).contains(&number)))
            && self.count.is_none_or(|count| self.shown < count);
        self.shown += u64::from(passes);
        passes
    }

    /// Whether no later packet can pass.
    fn is_shut(&self, number: u64) -> bool {
        self.count.is_some_and(|count| self.shown >= count)
            || !self.frames.is_empty() && self.frames.iter().all(|range| range.to <= number)
    }

    fn verdict(&self, number: u64) -> ControlFlow<()> {
        if self.is_shut(number) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Appends packets to a buffer, in one format.
trait PacketRenderer {
    /// What stands before the first packet.
    fn begin(&mut self, _out: &mut Vec<u8>) {}
    /// One packet.
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>);
    /// What stands after the last packet.
    fn end(&mut self, _out: &mut Vec<u8>) {}
}

struct Nothing;

impl PacketRenderer for Nothing {
    fn packet(&mut self, _out: &mut Vec<u8>, _packet: &Packet<'_>) {}
}

impl PacketRenderer for Rows {
    fn begin(&mut self, out: &mut Vec<u8>) {
        self.header(out);
    }
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        Rows::packet(self, out, packet);
    }
}

/// Packets one by one, in any format.
struct Packets {
    renderer: Box<dyn PacketRenderer>,
    out: Output,
    gate: Gate,
    begun: bool,
}

impl Packets {
    fn begin(&mut self) {
        if !self.begun {
            self.begun = true;
            self.renderer.begin(self.out.buffer());
        }
    }
}

impl Sink for Packets {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.begin();
        if self.gate.passes(packet.frame.number) {
            self.renderer.packet(self.out.buffer(), packet);
            self.out.settle()?;
        }
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, _flow: &Flow, _registry: &Registry) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        self.begin();
        self.renderer.end(self.out.buffer());
        self.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}
