//! `--follow-tcp --data`: the payload of streams.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::choice::Choice;
use super::{Gate, Output};
use crate::flow::table::Flow;
use crate::pipeline::{Sink, StreamPart, Totals};
use crate::render::payload::Payload;

/// The sink of `--data`. It writes as bytes come, so that no stream is too long for it.
pub(super) struct StreamData {
    choice: Choice,
    payload: Payload,
    out: Output,
    gate: Gate,
}

impl StreamData {
    pub(super) fn new(choice: Choice, payload: Payload, out: Output, gate: Gate) -> Self {
        Self { choice, payload, out, gate }
    }
}

impl Sink for StreamData {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.gate.passes(packet);
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, _flow: Flow, _registry: &Registry) -> io::Result<()> {
        Ok(())
    }

    fn stream(&mut self, flow: &Flow, part: &StreamPart<'_>) -> io::Result<()> {
        if self.choice.has(flow) && self.gate.flow.has(flow) {
            self.payload.part(self.out.buffer(), flow, part);
            self.out.settle()?;
        }
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        self.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}
