//! Packets one by one, in any format.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::frame::{Frame, Timestamp};
use netdissect_dissectors::packet::{Dissection, Packet};
use netdissect_dissectors::registry::Registry;

use super::spread::Spread;
use super::{Gate, Output};
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};
use crate::render::field_bytes::FieldBytes;
use crate::render::hex::Hex;
use crate::render::json::{Json, Records};
use crate::render::line::Line;
use crate::render::rows::Rows;
use crate::render::tree::Tree;

/// What the packets that were shown leave to the renderer of the next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// The time of the last of them.
    last: Option<Timestamp>,
    /// One has a time finer than microseconds.
    is_fine: bool,
}

impl Standing {
    /// The next one is `frame`.
    pub(super) fn note(&mut self, frame: &Frame<'_>) {
        self.last = Some(frame.time);
        self.is_fine |= is_fine(frame.time);
    }
}

fn is_fine(time: Timestamp) -> bool {
    !time.nanos.is_multiple_of(1_000)
}

/// Appends packets to a buffer, in one format.
pub(super) trait PacketRenderer: Send {
    /// Another one like it.
    fn copy(&self) -> Box<dyn PacketRenderer>;
    /// The packets before the next one were rendered elsewhere.
    fn go_on(&mut self, _before: &Standing) {}
    /// What stands before the first packet.
    fn begin(&mut self, _out: &mut Vec<u8>) {}
    /// One packet.
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>);
    /// What stands after the last packet.
    fn end(&mut self, _out: &mut Vec<u8>) {}
    /// Times have so many decimals from now on: the capture is finer than microseconds.
    fn set_decimals(&mut self, _decimals: usize) {}
}

/// Nothing per packet (`-q`).
pub(super) struct Silence;

impl PacketRenderer for Silence {
    fn copy(&self) -> Box<dyn PacketRenderer> {
        Box::new(Self)
    }
    fn packet(&mut self, _out: &mut Vec<u8>, _packet: &Packet<'_>) {}
}

impl PacketRenderer for Rows {
    fn copy(&self) -> Box<dyn PacketRenderer> {
        Box::new(self.clone())
    }
    fn begin(&mut self, out: &mut Vec<u8>) {
        self.header(out);
    }
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        Self::packet(self, out, packet);
    }
}

impl PacketRenderer for (Json, Records) {
    fn copy(&self) -> Box<dyn PacketRenderer> {
        Box::new(self.clone())
    }
    fn go_on(&mut self, before: &Standing) {
        if before.last.is_some() {
            self.1.go_on();
        }
    }
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        self.1.next(out);
        self.0.packet(out, packet);
    }
    fn end(&mut self, out: &mut Vec<u8>) {
        self.1.close(out);
    }
}

/// Bytes behind what is said of a packet.
#[derive(Clone)]
pub(super) enum Bytes {
    /// None (the default).
    Hidden,
    /// All of them (`-x`).
    All(Hex),
    /// The payload as text (`-A`).
    Payload(Hex),
    /// Those of named fields (`-x -e`).
    Of(FieldBytes),
}

impl Bytes {
    fn packet(&self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        match self {
            Self::Hidden => {}
            Self::All(hex) => hex.packet(out, packet),
            Self::Payload(hex) => hex.payload(out, packet),
            Self::Of(fields) => fields.packet(out, packet),
        }
    }
}

impl PacketRenderer for (Tree, Bytes) {
    fn copy(&self) -> Box<dyn PacketRenderer> {
        Box::new(self.clone())
    }
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        self.0.packet(out, packet);
        self.1.packet(out, packet);
    }
}

/// The list, with a dump under each line where asked for, and a heading where someone reads it.
impl PacketRenderer for (Line, Bytes, bool) {
    fn copy(&self) -> Box<dyn PacketRenderer> {
        Box::new(self.clone())
    }
    fn go_on(&mut self, before: &Standing) {
        self.0.go_on(before.last);
        if before.is_fine {
            self.0.set_decimals(9);
        }
    }
    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.2 {
            self.0.heading(out);
        }
    }
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        self.0.packet(out, packet);
        self.1.packet(out, packet);
    }
    fn set_decimals(&mut self, decimals: usize) {
        self.0.set_decimals(decimals);
    }
}

/// A renderer and where its text goes.
pub(super) struct Press {
    renderer: Box<dyn PacketRenderer>,
    out: Output,
    begun: bool,
}

impl Press {
    pub(super) fn new(renderer: Box<dyn PacketRenderer>, out: Output) -> Self {
        Self { renderer, out, begun: false }
    }

    /// What stands before the first packet, unless it was written.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        self.renderer.begin(self.out.buffer());
        self.out.settle()
    }

    pub(super) fn packet(&mut self, packet: &Packet<'_>) -> io::Result<()> {
        self.begin()?;
        render(self.renderer.as_mut(), self.out.buffer(), packet);
        self.out.settle()
    }

    pub(super) fn renderer(&mut self) -> &mut dyn PacketRenderer {
        self.renderer.as_mut()
    }

    /// Text that was rendered elsewhere.
    pub(super) fn text(&mut self, text: &[u8]) -> io::Result<()> {
        self.out.buffer().extend_from_slice(text);
        self.out.settle()
    }

    /// Takes back what was made of a packet at which the renderer failed.
    pub(super) fn abandon(&mut self) {
        self.out.drop_unsettled();
    }

    fn finish(&mut self) -> io::Result<()> {
        self.begin()?;
        self.renderer.end(self.out.buffer());
        self.out.flush()
    }
}

/// One packet; from the first on whose time is finer than microseconds, times have nine decimals.
pub(super) fn render(renderer: &mut dyn PacketRenderer, out: &mut Vec<u8>, packet: &Packet<'_>) {
    if is_fine(packet.frame.time) {
        renderer.set_decimals(9);
    }
    renderer.packet(out, packet);
}

/// The sink for packets.
pub(super) struct Packets {
    gate: Gate,
    way: Way,
}

/// Where packets are rendered.
enum Way {
    /// At once.
    Here(Press),
    /// In several threads, while the next ones are taken apart.
    Spread(Box<Spread>),
}

impl Packets {
    /// Renders packets as they come.
    pub(super) fn new(press: Press, gate: Gate) -> Self {
        Self { gate, way: Way::Here(press) }
    }

    /// Renders packets in so many threads besides this one, which have `registry`.
    pub(super) fn spread(press: Press, gate: Gate, registry: Registry, threads: usize) -> Self {
        Self { gate, way: Way::Spread(Box::new(Spread::new(press, registry, threads))) }
    }

    /// The press, once everything that it was given is printed.
    fn press(&mut self) -> io::Result<&mut Press> {
        match &mut self.way {
            Way::Here(press) => Ok(press),
            Way::Spread(spread) => spread.press(),
        }
    }
}

impl Sink for Packets {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        if self.gate.passes(packet) {
            self.press()?.packet(packet)?;
        }
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn take(
        &mut self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        registry: &Registry,
    ) -> io::Result<ControlFlow<()>> {
        let packet = Packet { frame: *frame, parts, registry };
        let Way::Spread(spread) = &mut self.way else { return self.packet(&packet) };
        if self.gate.passes(&packet) {
            spread.take(frame, parts)?;
        }
        Ok(self.gate.verdict(frame.number))
    }

    fn looks_at_flows(&self) -> bool {
        false
    }

    fn flow(&mut self, _flow: Flow, _registry: &Registry) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        self.press()?.finish()
    }

    fn abandon(&mut self) {
        if let Way::Here(press) = &mut self.way {
            press.abandon();
        }
    }

    fn left_out(&mut self) -> Vec<u64> {
        match &mut self.way {
            Way::Here(_) => Vec::new(),
            Way::Spread(spread) => spread.take_left_out(),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.press()?.out.flush()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}
