//! Messages of byte streams, and of streams inside them.
//!
//! A stream inside another (TLS whose records are opened) comes in pieces that have nothing to do with its messages. What
//! is read of it goes on from packet to packet in a state of the flow that carries it.

use alloc::vec::Vec;

use super::{Feed, Ground, Registry, Span, Turn};
use crate::dissector::{Fault, FlowState, Memory, Stream, Verdict};
use crate::frame::Frame;
use crate::packet::{Dissection, Slot};

/// Bytes of one direction inside that wait for the rest of their message (docs/faults.md section 4).
const MAX_WAITING: usize = 65_536;
/// What ends the reading of one direction inside.
const TOO_LONG: Fault =
    Fault::Malformed("a message inside is longer than is kept, the rest is not dissected");

/// A piece of a stream inside another: it is the last source of the packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Who carries it.
    pub(super) carrier: u16,
    /// Position in what that one carries.
    pub(super) nth: u8,
    /// Number to look up.
    pub(super) value: u32,
    /// Where it lies in its stream.
    pub(super) stream: Stream,
}

/// What is remembered of a stream inside another.
#[derive(Debug, Default)]
struct Inside {
    /// Who reads it.
    reader: Option<u16>,
    /// The server's bytes, the client's.
    sides: [Waiting; 2],
    /// What its dissectors remember.
    state: FlowState,
}

/// One direction.
#[derive(Debug, Default)]
struct Waiting {
    /// The beginning of a message.
    bytes: Vec<u8>,
    /// So many bytes it needs at least.
    need: usize,
    /// What comes is not dissected any more.
    dead: bool,
}

impl Memory for Inside {
    fn heap(&self) -> usize {
        self.sides.iter().fold(self.state.bytes(), |sum, side| sum.saturating_add(side.bytes.capacity()))
    }
}

impl Registry {
    /// Takes one message off the front of a stream's bytes and returns its length, or asks for more. Bytes may be
    /// taken without a layer ([`crate::dissector::Parsed::bare`]).
    ///
    /// # Errors
    /// [`Fault::Short`]: call again with that many bytes; nothing was added to the packet. [`Fault::Malformed`]:
    /// the layer was added with its fault; the stream is not this protocol's any more.
    pub fn message(
        &self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        dissector: u16,
        span: Span,
        feed: Feed<'_>,
    ) -> Result<usize, Fault> {
        let slots = parts.slots.len();
        let further = core::mem::take(&mut parts.further);
        let Feed { stream, from_client, against, state } = feed;
        if against {
            parts.turn_round();
        }
        parts.piece = None;
        let feed = Feed { stream, from_client, against, state: &mut *state };
        let taken = self.attempt(frame, parts, dissector, span, feed);
        if let Some(first) = parts.slots.get_mut(slots)
            && further
        {
            first.flags |= Slot::FURTHER;
        }
        match (parts.piece.take(), stream) {
            (Some(piece), _) => self.read_piece(frame, parts, piece, from_client, state),
            (None, Some(stream)) if span.is_empty() && stream.is_last() => {
                self.end_inside(frame, parts, stream, from_client, state);
            }
            _ => {}
        }
        if against {
            parts.turn_round();
        }
        taken
    }

    /// Asks `dissector` for one message. If it wants more bytes, and more may come, the packet is as it was.
    fn attempt(
        &self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        dissector: u16,
        span: Span,
        feed: Feed<'_>,
    ) -> Result<usize, Fault> {
        let slots = parts.slots.len();
        let faults = parts.faults.len();
        let links = parts.facts.links.len();
        let expected = parts.expected.len();
        let depth = parts.depth;
        let end = feed.stream.is_some_and(Stream::is_last);
        parts.taken = None;
        parts.substream = 0;
        let _ = self.run(frame, parts, Turn::Dissector(dissector), span, Some(feed));
        parts.depth = depth;
        // Where the packet has no room for another layer, nothing more of the bytes can be told.
        let taken = parts.taken.take().unwrap_or(Ok(span.len()));
        if let Err(Fault::Short { .. }) = taken
            && !end
        {
            parts.slots.truncate(slots);
            parts.faults.truncate(faults);
            parts.facts.links.truncate(links);
            parts.expected.truncate(expected);
        }
        taken
    }

    /// Reads the piece of a stream inside that the last source is, with what waits before it.
    fn read_piece(
        &self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        piece: Piece,
        from_client: bool,
        state: &mut FlowState,
    ) {
        let Some(bytes) = parts.sources.pop() else { return };
        let Some(mut inside) = state.get::<Inside>().map(core::mem::take) else { return };
        self.read_inside(frame, parts, (piece, bytes), from_client, &mut inside);
        if let Some(place) = state.get::<Inside>() {
            *place = inside;
        }
    }

    /// The stream that carries another is at its end: so is the other, whatever waits of it.
    fn end_inside(
        &self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        stream: Stream,
        from_client: bool,
        state: &mut FlowState,
    ) {
        let Some(place) = state.find::<Inside>() else { return };
        let mut inside = core::mem::take(place);
        // Bytes wait only for a reader that is known: no table is asked.
        let carrier = inside.reader.unwrap_or_default();
        let piece = Piece { carrier, nth: 0, value: 0, stream };
        self.read_inside(frame, parts, (piece, Vec::new()), from_client, &mut inside);
        *place = inside;
    }

    /// Reads what waits of one direction, and the bytes of a piece behind it.
    fn read_inside(
        &self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        (piece, mut new): (Piece, Vec<u8>),
        from_client: bool,
        inside: &mut Inside,
    ) {
        let Inside { reader, sides, state } = inside;
        let Some(side) = sides.get_mut(usize::from(from_client)) else { return };
        let Stream { follows, mut gap } = piece.stream;
        let end = piece.stream.is_last();
        if gap > 0 {
            *side = Waiting::default();
        }
        let mut bytes = core::mem::take(&mut side.bytes);
        bytes.append(&mut new);
        if bytes.is_empty() {
            return;
        }
        if bytes.len() < side.need && !end {
            side.bytes = bytes;
            return;
        }
        side.need = 0;
        let len = bytes.len();
        let Some(source) = parts.add_source(bytes) else { return };
        let mut span = Span { source, offset: 0, end: len, wire: len };
        if reader.is_none() {
            *reader = self.reader_inside(frame, parts, piece, span);
        }
        let Some(reader) = reader.filter(|_| !side.dead) else {
            let (before, depth) = (parts.slots.len(), parts.depth);
            self.unclaimed(frame, parts, span);
            parts.depth = depth;
            name_once(parts, before);
            return;
        };
        while !span.is_empty() {
            let before = parts.slots.len();
            let stream = Stream { follows, gap: core::mem::take(&mut gap) };
            let feed = Feed { stream: Some(stream), from_client, against: false, state: &mut *state };
            let taken = self.attempt(frame, parts, reader, span, feed);
            // One stream inside another is read, not a third in that.
            parts.piece = None;
            name_once(parts, before);
            match taken {
                Ok(taken) if taken > 0 => {
                    span.offset = span.offset.saturating_add(taken);
                    span.wire = span.len();
                }
                Err(Fault::Short { need, .. }) if !end && need <= MAX_WAITING => {
                    let rest = parts.source(frame, span.source).get(span.offset..span.end);
                    side.bytes = rest.unwrap_or_default().to_vec();
                    side.need = need;
                    return;
                }
                Err(Fault::Short { .. }) if !end => {
                    side.dead = true;
                    let top = u8::try_from(parts.slots.len().saturating_sub(1)).unwrap_or(u8::MAX);
                    parts.faults.push((top, TOO_LONG));
                    return;
                }
                Ok(_) | Err(_) => {
                    side.dead = !end;
                    return;
                }
            }
        }
    }

    /// Who reads a stream inside: who answers to its number, else whom its bytes look like.
    fn reader_inside(&self, frame: &Frame<'_>, parts: &Dissection, piece: Piece, span: Span) -> Option<u16> {
        let data = parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default();
        let by_look = || {
            let table = self.carries_at(piece.carrier, piece.nth)?;
            self.by_probe(table, &Ground::of(parts)?, data, Some(piece.stream), Verdict::Maybe)
        };
        let found = self.carried(piece.carrier, piece.nth, piece.value).or_else(by_look);
        // A protocol inside itself would need the state of the one around it.
        found.filter(|&reader| reader != piece.carrier)
    }
}

/// Marks the layer `at`, if its protocol has been named in this packet.
fn name_once(parts: &mut Dissection, at: usize) {
    if let Some((before, [first, ..])) = parts.slots.split_at_mut_checked(at)
        && before.iter().any(|slot| slot.dissector == first.dissector)
    {
        first.flags |= Slot::FURTHER;
    }
}
