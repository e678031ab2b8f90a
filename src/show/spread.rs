//! Packets become text in several threads, while the next ones are taken apart. What comes out is what one thread prints.
//!
//! What a renderer knows of the packets before a batch stands with the batch.

use std::io;
use std::mem;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use netdissect_dissectors::frame::{Comments, Frame, LinkType, Origin, Timestamp};
use netdissect_dissectors::packet::{Dissection, Packet};
use netdissect_dissectors::registry::Registry;

use super::crew::Crew;
use super::packets::{PacketRenderer, Press, Standing, render};

/// Packets of a batch.
const PACKETS: usize = 512;
/// Bytes that a batch holds before it is full.
const BYTES: usize = 256 << 10;

/// A press, and threads that render for it.
pub(super) struct Spread {
    press: Press,
    registry: Registry,
    crew: Crew<Batch>,
    batch: Batch,
    /// Written, to be filled again.
    spare: Vec<Batch>,
    /// What the packets so far leave to those to come.
    standing: Standing,
    /// Packets that were left out because of a fault of this program, not told yet.
    left_out: Vec<u64>,
}

impl Spread {
    /// With so many threads beside this one.
    pub(super) fn new(press: Press, registry: Registry, threads: usize) -> Self {
        let (batch, standing) = (Batch::default(), Standing::default());
        let (spare, left_out) = (Vec::new(), Vec::new());
        Self { press, registry, crew: Crew::new(threads), batch, spare, standing, left_out }
    }

    /// Takes a packet: `parts` gets the memory of an earlier one for it.
    pub(super) fn take(&mut self, frame: &Frame<'_>, parts: &mut Dissection) -> io::Result<()> {
        if self.batch.len == 0 {
            self.batch.before = self.standing;
        }
        self.standing.note(frame);
        self.batch.push(frame, parts);
        if self.batch.is_full() { self.hand_over() } else { Ok(()) }
    }

    /// Writes everything that it was given, and answers the press.
    pub(super) fn press(&mut self) -> io::Result<&mut Press> {
        self.write(true)?;
        if self.batch.len > 0 {
            self.press.begin()?;
            self.batch.render(self.press.renderer(), &self.registry);
            self.left_out.extend(self.batch.write(&mut self.press)?);
        }
        self.press.renderer().go_on(&self.standing);
        Ok(&mut self.press)
    }

    /// The packets that were left out since the last call.
    pub(super) fn take_left_out(&mut self) -> Vec<u64> {
        mem::take(&mut self.left_out)
    }

    fn hand_over(&mut self) -> io::Result<()> {
        self.press.begin()?;
        let (renderer, registry) = (self.press.renderer(), &self.registry);
        self.crew.hire(|| {
            let (mut renderer, registry) = (renderer.copy(), registry.clone());
            move |batch: &mut Batch| batch.render(renderer.as_mut(), &registry)
        });
        self.crew.give(mem::take(&mut self.batch), |batch| batch.render(renderer, registry));
        self.write(false)?;
        self.batch = self.spare.pop().unwrap_or_default();
        Ok(())
    }

    /// Writes what is rendered; all of it, or what need not be waited for.
    fn write(&mut self, all: bool) -> io::Result<()> {
        while let Some(mut batch) = self.crew.take(all)? {
            self.left_out.extend(batch.write(&mut self.press)?);
            self.spare.push(batch);
        }
        Ok(())
    }
}

/// Packets that outlive their frames.
#[derive(Debug, Default)]
struct Batch {
    /// The bytes of all frames, and what stands beside them in the file.
    bytes: Vec<u8>,
    /// Places of comments in `bytes`.
    comments: Vec<(u32, u32)>,
    /// Packets, and behind the first `len` of them memory for more.
    rows: Vec<Row>,
    len: usize,
    /// Bytes that packets have of their own.
    derived: usize,
    /// What the packets before it leave behind.
    before: Standing,
    /// What was made of it, and the packets that were left out.
    text: Vec<u8>,
    left_out: Vec<u64>,
}

/// One packet of a batch.
#[derive(Debug, Default)]
struct Row {
    number: u64,
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    data: Range<usize>,
    origin: Option<Recorded>,
    parts: Dissection,
}

/// Where a frame was captured: [`Origin`] with places in the batch.
#[derive(Clone, Debug, Default)]
struct Recorded {
    section: u32,
    interface: u32,
    name: Option<Range<usize>>,
    description: Option<Range<usize>>,
    comments: Range<usize>,
    flags: Option<u32>,
    dropped: Option<u64>,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.len >= PACKETS || self.bytes.len().saturating_add(self.derived) >= BYTES
    }

    fn push(&mut self, frame: &Frame<'_>, parts: &mut Dissection) {
        let data = self.keep(frame.data);
        let origin = frame.origin.map(|origin| {
            let start = self.comments.len();
            for comment in origin.comments {
                let place = self.keep(comment);
                let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                self.comments.push((number(place.start), number(place.len())));
            }
            Recorded {
                section: origin.section,
                interface: origin.interface,
                name: origin.name.map(|name| self.keep(name)),
                description: origin.description.map(|description| self.keep(description)),
                comments: start..self.comments.len(),
                flags: origin.flags,
                dropped: origin.dropped,
            }
        });
        if self.len == self.rows.len() {
            self.rows.push(Row::default());
        }
        let Some(row) = self.rows.get_mut(self.len) else { return };
        self.len += 1;
        row.parts.lend(parts);
        self.derived += row.parts.sources.iter().map(Vec::len).sum::<usize>();
        (row.number, row.time, row.link) = (frame.number, frame.time, frame.link);
        (row.wire_len, row.data, row.origin) = (frame.wire_len, data, origin);
    }

    /// Copies `bytes` and answers where they are.
    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// Makes text of the packets, and forgets them. Whatever one does to the renderer, all others are rendered.
    fn render(&mut self, renderer: &mut dyn PacketRenderer, registry: &Registry) {
        let (mut text, mut left_out) = (mem::take(&mut self.text), mem::take(&mut self.left_out));
        renderer.go_on(&self.before);
        for row in self.rows.iter().take(self.len) {
            let packet = Packet { frame: row.frame(self), parts: &row.parts, registry };
            let start = text.len();
            if catch_unwind(AssertUnwindSafe(|| render(renderer, &mut text, &packet))).is_err() {
                text.truncate(start);
                left_out.push(row.number);
            }
        }
        (self.text, self.left_out) = (text, left_out);
        self.bytes.clear();
        self.comments.clear();
        (self.len, self.derived) = (0, 0);
    }

    /// Writes what was made of the packets, and answers those that were left out.
    fn write(&mut self, press: &mut Press) -> io::Result<Vec<u64>> {
        press.text(&self.text)?;
        self.text.clear();
        Ok(mem::take(&mut self.left_out))
    }
}

impl Row {
    fn frame<'b>(&self, batch: &'b Batch) -> Frame<'b> {
        let bytes = |place: &Range<usize>| batch.bytes.get(place.clone()).unwrap_or_default();
        let origin = self.origin.as_ref().map(|origin| Origin {
            section: origin.section,
            interface: origin.interface,
            name: origin.name.as_ref().map(bytes),
            description: origin.description.as_ref().map(bytes),
            comments: Comments::new(
                &batch.bytes,
                batch.comments.get(origin.comments.clone()).unwrap_or_default(),
            ),
            flags: origin.flags,
            dropped: origin.dropped,
            block: &[],
        });
        Frame {
            number: self.number,
            time: self.time,
            link: self.link,
            wire_len: self.wire_len,
            data: bytes(&self.data),
            origin,
        }
    }
}
