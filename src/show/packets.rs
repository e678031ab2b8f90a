//! Packets one by one, in any format.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::packet::{Dissection, Packet};
use netdissect_dissectors::registry::Registry;

use super::behind::Behind;
use super::{Gate, Output};
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};
use crate::render::field_bytes::FieldBytes;
use crate::render::hex::Hex;
use crate::render::json::{Json, Records};
use crate::render::line::Line;
use crate::render::rows::Rows;
use crate::render::tree::Tree;

/// Appends packets to a buffer, in one format.
pub(super) trait PacketRenderer: Send {
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
    fn packet(&mut self, _out: &mut Vec<u8>, _packet: &Packet<'_>) {}
}

impl PacketRenderer for Rows {
    fn begin(&mut self, out: &mut Vec<u8>) {
        self.header(out);
    }
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        Self::packet(self, out, packet);
    }
}

impl PacketRenderer for (Json, Records) {
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        self.1.next(out);
        self.0.packet(out, packet);
    }
    fn end(&mut self, out: &mut Vec<u8>) {
        self.1.close(out);
    }
}

/// Bytes behind what is said of a packet.
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
    fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        self.0.packet(out, packet);
        self.1.packet(out, packet);
    }
}

/// The list, with a dump under each line where asked for, and a heading where someone reads it.
impl PacketRenderer for (Line, Bytes, bool) {
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

    fn begin(&mut self) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        self.renderer.begin(self.out.buffer());
        self.out.settle()
    }

    pub(super) fn packet(&mut self, packet: &Packet<'_>) -> io::Result<()> {
        self.begin()?;
        if !packet.frame.time.nanos.is_multiple_of(1_000) {
            self.renderer.set_decimals(9);
        }
        self.renderer.packet(self.out.buffer(), packet);
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

/// The sink for packets.
pub(super) struct Packets {
    gate: Gate,
    way: Way,
}

/// Where packets are rendered.
enum Way {
    /// At once.
    Here(Press),
    /// In a thread of their own, while the next ones are taken apart.
    Behind(Box<Behind>),
}

impl Packets {
    /// Renders packets as they come.
    pub(super) fn new(press: Press, gate: Gate) -> Self {
        Self { gate, way: Way::Here(press) }
    }

    /// Renders packets in another thread, which has `registry`.
    pub(super) fn behind(press: Press, gate: Gate, registry: Registry) -> Self {
        Self { gate, way: Way::Behind(Box::new(Behind::new(press, registry))) }
    }

    /// The press, once everything that it was given is printed.
    fn press(&mut self) -> io::Result<&mut Press> {
        match &mut self.way {
            Way::Here(press) => Ok(press),
            Way::Behind(behind) => behind.press(),
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
        let Way::Behind(behind) = &mut self.way else { return self.packet(&packet) };
        if self.gate.passes(&packet) {
            behind.take(frame, parts)?;
        }
        Ok(self.gate.verdict(frame.number))
    }

    fn flow(&mut self, _flow: &Flow, _registry: &Registry) -> io::Result<()> {
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
            Way::Behind(behind) => behind.take_left_out(),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.press()?.out.flush()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}
