//! Packets one by one, in any format.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

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
pub(super) trait PacketRenderer {
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

/// The sink for packets.
pub(super) struct Packets {
    renderer: Box<dyn PacketRenderer>,
    out: Output,
    gate: Gate,
    begun: bool,
}

impl Packets {
    pub(super) fn new(renderer: Box<dyn PacketRenderer>, out: Output, gate: Gate) -> Self {
        Self { renderer, out, gate, begun: false }
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        self.renderer.begin(self.out.buffer());
        self.out.settle()
    }
}

impl Sink for Packets {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.begin()?;
        if self.gate.passes(packet) {
            if !packet.frame.time.nanos.is_multiple_of(1_000) {
                self.renderer.set_decimals(9);
            }
            self.renderer.packet(self.out.buffer(), packet);
            self.out.settle()?;
        }
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, _flow: &Flow, _registry: &Registry) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        self.begin()?;
        self.renderer.end(self.out.buffer());
        self.out.flush()
    }

    fn abandon(&mut self) {
        self.out.drop_unsettled();
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}
