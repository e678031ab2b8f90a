//! `--trust`: what may be believed.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::{Gate, Output};
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};
use crate::render::Screen;
use crate::render::json::{self, Records};
use crate::render::trust::TrustView;
use crate::trust::Frames;

/// The sink of `--trust`.
pub(super) struct Trust {
    frames: Frames,
    view: TrustView,
    records: Option<Records>,
    out: Output,
    gate: Gate,
}

impl Trust {
    pub(super) fn new(screen: Screen, records: Option<Records>, out: Output, gate: Gate) -> Self {
        Self { frames: Frames::default(), view: TrustView::new(screen), records, out, gate }
    }
}

impl Sink for Trust {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        if self.gate.notes(packet) {
            self.frames.note(&packet.frame);
        }
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        if !self.gate.passes_flow(&flow) {
            return Ok(());
        }
        self.view.flow(&flow);
        let Some(between) = &mut self.records else { return Ok(()) };
        between.next(self.out.buffer());
        json::trust::flow(self.out.buffer(), &flow);
        self.out.settle()
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        match &mut self.records {
            Some(records) => {
                records.next(self.out.buffer());
                let found = self.view.found(&self.frames, &totals.books);
                json::trust::capture(self.out.buffer(), &self.frames, &totals.books, &found);
                records.close(self.out.buffer());
            }
            None => self.view.finish(self.out.buffer(), &self.frames, &totals.books),
        }
        self.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}
