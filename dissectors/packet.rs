//! A packet taken apart: its layers, the sources of their bytes, its faults and facts.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::dissector::{Dissector, Expected, Fault, FlowState, Net};
use crate::facts::Facts;
use crate::field::Protocol;
use crate::frame::Frame;
use crate::registry::streams::Piece;
use crate::registry::{Registry, fuel_for};
use crate::walk::{Budget, Visitor, Walk};

/// One layer in 16 bytes: who reads it and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Index of the dissector in the registry.
    pub dissector: u16,
    /// Source of the bytes: 0 is the frame, n is the n-th derived source.
    pub source: u8,
    /// [`Slot::QUOTED`] and its fellows.
    pub flags: u8,
    /// Where the layer begins in its source.
    pub offset: u32,
    /// Captured bytes of the layer, payload included, padding not.
    pub len: u32,
    /// The dissector's own number ([`crate::dissector::Parsed::memo`]).
    pub memo: u32,
}

impl Slot {
    /// Inside a packet that an ICMP error quotes.
    pub const QUOTED: u8 = 1;
    /// The payload was looked up in the first table of a protocol that names that step ([`Protocol::via`]).
    pub const VIA: u8 = 2;

    /// A further message in bytes that a stream delivered at once: `frame.protocols` does not name it again.
    pub const FURTHER: u8 = 4;

    /// The bytes within the source.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        let start = self.offset as usize;
        start..start.saturating_add(self.len as usize)
    }
}

/// Steps that are left; without bound until a frame says how many it may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fuel(pub(crate) u32);

impl Default for Fuel {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

/// Working memory of the dissection of one packet, reused for the next.
#[derive(Debug, Default)]
pub struct Dissection {
    /// Layers, outermost first; messages of one segment follow each other.
    pub slots: Vec<Slot>,
    /// Bytes that are not the frame's; source n is element n - 1.
    pub sources: Vec<Vec<u8>>,
    /// Faults, with the layer that they stopped.
    pub faults: Vec<(u8, Fault)>,
    /// Network layers and their addresses.
    pub nets: Vec<(u8, Net)>,
    /// Ports of the innermost transport that is not quoted.
    pub ports: Option<(u16, u16)>,
    /// The stream within the flow to which the next layer belongs.
    pub(crate) substream: u32,
    /// Facts, filled in by the pipeline.
    pub facts: Facts,
    /// Flows announced by this packet; the pipeline takes them.
    pub expected: Vec<Expected>,
    /// Coded bodies are unpacked, for somebody may look at what they hold.
    pub contents: bool,
    /// Conversations are told as Wireshark tells them.
    pub wireshark: bool,
    pub(crate) derived: Vec<Vec<u8>>,
    /// What dissectors below the transport, where there are no flows, remember from packet to packet.
    pub(crate) remembered: FlowState,
    /// Steps that the packet may still cost.
    pub(crate) fuel: Fuel,
    /// Layers so far, without the further messages of a stream.
    pub(crate) depth: u8,
    /// The message asked for next follows others in bytes that the stream delivered at once.
    pub further: bool,
    /// What became of the message asked for last: the bytes that it took, or why it took none.
    pub(crate) taken: Option<Result<usize, Fault>>,
    /// What was taken is a piece of a message of which more is known to come.
    pub unfinished: bool,
    /// A piece of a stream inside the one at hand, which nobody has read yet: it is the last source.
    pub(crate) piece: Option<Piece>,
}

impl Dissection {
    /// Source becomes destination, in the innermost network layer and transport: for bytes of the other direction.
    /// A second call undoes the first.
    pub(crate) fn turn_round(&mut self) {
        if let Some((_, net)) = self.nets.last_mut() {
            core::mem::swap(&mut net.src, &mut net.dst);
        }
        self.ports = self.ports.map(|(src, dst)| (dst, src));
    }

    /// Takes what `other` knows of a packet and gives its own memory for the next one. What dissectors remember from
    /// packet to packet, and what they are told, stays with `other`.
    pub fn lend(&mut self, other: &mut Self) {
        core::mem::swap(self, other);
        core::mem::swap(&mut self.remembered, &mut other.remembered);
        (other.contents, other.wireshark) = (self.contents, self.wireshark);
    }

    /// Ready for the next packet; the memory stays, and so does what dissectors remember.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.sources.clear();
        self.faults.clear();
        self.nets.clear();
        self.ports = None;
        self.substream = 0;
        self.facts.clear();
        self.expected.clear();
        self.derived.clear();
        self.depth = 0;
        self.further = false;
        self.taken = None;
        self.unfinished = false;
        self.piece = None;
    }

    /// Adds a source and returns its number; `None` if the packet has too many.
    pub fn add_source(&mut self, bytes: Vec<u8>) -> Option<u8> {
        let number = u8::try_from(self.sources.len()).ok()?.checked_add(1)?;
        if number > crate::dissector::MAX_SOURCES {
            return None;
        }
        self.fuel.0 = self.fuel.0.saturating_add(fuel_for(bytes.len()));
        self.sources.push(bytes);
        Some(number)
    }

    /// What lies at `offset` in `source` and behind waits for more: it belongs to no layer from number `first` on, neither
    /// to one that handed all on to whoever waits.
    pub fn give_back(&mut self, first: usize, source: u8, offset: usize) {
        for slot in self.slots.iter_mut().skip(first).filter(|slot| slot.source == source) {
            let own = offset.saturating_sub(slot.offset as usize);
            slot.len = slot.len.min(u32::try_from(own).unwrap_or(u32::MAX));
        }
    }

    /// The innermost network layer that is not quoted.
    #[must_use]
    pub fn net(&self) -> Option<&Net> {
        innermost(&self.nets, &self.slots)
    }

    /// Bytes of `source`.
    #[must_use]
    pub fn source<'a>(&'a self, frame: &Frame<'a>, source: u8) -> &'a [u8] {
        source_of(&self.sources, frame, source)
    }
}

/// The last of `nets` whose layer is not quoted.
pub(crate) fn innermost<'a>(nets: &'a [(u8, Net)], slots: &[Slot]) -> Option<&'a Net> {
    let counts = |slot: u8| slots.get(usize::from(slot)).is_some_and(|slot| slot.flags & Slot::QUOTED == 0);
    nets.iter().rev().find(|(slot, _)| counts(*slot)).map(|(_, net)| net)
}

/// Bytes of source `number`: 0 is the frame, n is element n - 1 of `sources`.
pub(crate) fn source_of<'a>(sources: &'a [Vec<u8>], frame: &Frame<'a>, number: u8) -> &'a [u8] {
    match usize::from(number).checked_sub(1) {
        None => frame.data,
        Some(at) => sources.get(at).map_or(&[], Vec::as_slice),
    }
}

/// A packet taken apart, as sinks and filters see it.
#[derive(Clone, Copy)]
pub struct Packet<'a> {
    /// The frame.
    pub frame: Frame<'a>,
    /// Its dissection.
    pub parts: &'a Dissection,
    /// Who read which layer.
    pub registry: &'a Registry,
}

impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("frame", &self.frame)
            .field("parts", self.parts)
            .finish_non_exhaustive()
    }
}

impl<'a> Packet<'a> {
    /// Layers, outermost first.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = Layer<'a>> + '_ {
        (0..self.parts.slots.len()).filter_map(|index| self.layer(index))
    }

    /// The layer at `index`.
    #[must_use]
    pub fn layer(&self, index: usize) -> Option<Layer<'a>> {
        let slot = *self.parts.slots.get(index)?;
        let dissector = self.registry.dissector(slot.dissector)?;
        Some(Layer { packet: *self, index, slot, dissector })
    }

    /// The layer that the list tells about: the last one that is neither quoted nor mere content.
    #[must_use]
    pub fn top(&self) -> Option<Layer<'a>> {
        let is_top = |slot: &Slot| {
            slot.flags & Slot::QUOTED == 0
                && self
                    .registry
                    .dissector(slot.dissector)
                    .is_some_and(|dissector| !dissector.is_content(*slot))
        };
        self.layer(self.parts.slots.iter().rposition(is_top)?)
    }

    /// Hands every field of every layer to `visitor`, in wire order.
    pub fn walk(&self, visitor: &mut dyn Visitor) {
        let mut budget = Budget::default();
        for layer in self.layers() {
            if visitor.layer(&layer) {
                layer.walk(visitor, &mut budget);
            }
            visitor.end_layer();
        }
    }

    /// Names of all layers joined by `:`, as in `frame.protocols`.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn protocols(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut first = true;
        for layer in self.layers() {
            let protocol = layer.protocol();
            if protocol.name == "frame" || layer.slot.flags & Slot::FURTHER != 0 {
                continue;
            }
            if !first {
                out.write_str(":")?;
            }
            first = false;
            out.write_str(protocol.name)?;
            // The step leads to a layer, or is one more of the same protocol (IGMP's versions) and the last.
            if layer.slot.flags & Slot::VIA != 0
                && let Some(via) = protocol.via
                && layer.above().is_some() != (via == protocol.name)
            {
                out.write_str(":")?;
                out.write_str(via)?;
            }
        }
        Ok(())
    }
}

/// One layer of a packet.
#[derive(Clone, Copy)]
pub struct Layer<'a> {
    /// The packet.
    pub packet: Packet<'a>,
    /// Position in the packet.
    pub index: usize,
    /// Where it lies.
    pub slot: Slot,
    /// Who reads it.
    pub dissector: &'a dyn Dissector,
}

impl fmt::Debug for Layer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer")
            .field("protocol", &self.protocol().name)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

impl<'a> Layer<'a> {
    /// Names and fields.
    #[must_use]
    pub fn protocol(&self) -> &'static Protocol {
        self.dissector.protocol()
    }

    /// Captured bytes of the layer, payload included.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        let source = self.source(self.slot.source);
        let range = self.slot.range();
        source.get(range.start..range.end.min(source.len())).unwrap_or_default()
    }

    /// Captured bytes from the start of the layer to the end of what carries it: the layer, and behind it what its
    /// own length left out (padding, trailer).
    #[must_use]
    pub fn room(&self) -> &'a [u8] {
        let source = self.source(self.slot.source);
        let own = self.slot.range();
        let end = match self.below().map(|below| below.slot) {
            Some(below) if below.source == self.slot.source && below.range().end >= own.end => {
                below.range().end
            }
            _ => source.len(),
        };
        source.get(own.start..end.min(source.len())).unwrap_or_default()
    }

    /// Bytes of source `number` of the packet.
    #[must_use]
    pub fn source(&self, number: u8) -> &'a [u8] {
        match usize::from(number).checked_sub(1) {
            None => self.packet.frame.data,
            Some(at) => self.packet.parts.sources.get(at).map_or(&[], Vec::as_slice),
        }
    }

    /// Inside a packet that an ICMP error quotes.
    #[must_use]
    pub fn is_quoted(&self) -> bool {
        self.slot.flags & Slot::QUOTED != 0
    }

    /// The layer that follows.
    #[must_use]
    pub fn above(&self) -> Option<Layer<'a>> {
        self.packet.layer(self.index.checked_add(1)?)
    }

    /// The layer before.
    #[must_use]
    pub fn below(&self) -> Option<Layer<'a>> {
        self.packet.layer(self.index.checked_sub(1)?)
    }

    /// Addresses of the network layer that this layer is, or that carries it.
    #[must_use]
    pub fn net(&self) -> Option<&'a Net> {
        self.packet
            .parts
            .nets
            .iter()
            .rev()
            .find(|(slot, _)| usize::from(*slot) <= self.index)
            .map(|(_, net)| net)
    }

    /// What stopped this layer, if anything.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.packet
            .parts
            .faults
            .iter()
            .find(|(slot, _)| usize::from(*slot) == self.index)
            .map(|(_, fault)| *fault)
    }

    /// The index as facts store it.
    #[must_use]
    pub fn number(&self) -> u8 {
        u8::try_from(self.index).unwrap_or(u8::MAX)
    }

    /// Hands every field of this layer to `visitor`.
    pub fn walk(&self, visitor: &mut dyn Visitor, budget: &mut Budget) {
        let mut walk = Walk::new(*self, visitor, budget);
        // None only says that the bytes ran out; the fault, if it is one, stands with the packet.
        let _ = self.dissector.fields(&mut walk);
        walk.finish();
    }

    /// The Info column for this layer.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn summary(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        self.dissector.summary(self, out)
    }
}
