//! Flows: timelines of both ends, or one line each.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::choice::Choice;
use super::watch::Watch;
use super::{Gate, Output};
use crate::flow::table::{Flow, FlowTable};
use crate::pipeline::{Sink, Totals};
use crate::render::Screen;
use crate::render::flows::FlowTableView;
use crate::render::json::Records;
use crate::render::notes::Notes;
use crate::render::plot::Plot;
use crate::render::records;
use crate::render::timeline::Timeline;

/// What stands beside the rows of a timeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Sentences that say what events mean.
    pub(super) explain: bool,
    /// Sketches of the flow's course.
    pub(super) plot: bool,
}

/// The sink of `--follow-tcp`.
pub(super) struct Follow {
    choice: Choice,
    timeline: Timeline,
    plot: Option<Plot>,
    explain: bool,
    records: Option<Records>,
    out: Output,
    gate: Gate,
}

impl Follow {
    pub(super) fn new(
        choice: Choice,
        screen: Screen,
        look: Look,
        records: Option<Records>,
        out: Output,
        gate: Gate,
    ) -> Self {
        let plot = look.plot.then(|| Plot::new(screen));
        let timeline = Timeline::new(screen, look.explain);
        Self { choice, timeline, plot, explain: look.explain, records, out, gate }
    }
}

impl Sink for Follow {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.gate.notes(packet);
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: &Flow, registry: &Registry) -> io::Result<()> {
        if !self.gate.passes_flow(flow) || !self.choice.has(flow) {
            return Ok(());
        }
        match &mut self.records {
            Some(between) => {
                let mut notes = self.explain.then(|| Notes::new(flow));
                for row in &flow.kept.rows {
                    let notes = notes.as_mut().map(Notes::next_row).unwrap_or_default();
                    between.next(self.out.buffer());
                    records::row(self.out.buffer(), flow, row, &notes);
                    self.out.settle()?;
                }
                between.next(self.out.buffer());
                records::flow(self.out.buffer(), flow, registry);
            }
            None => {
                self.timeline.flow(self.out.buffer(), flow, registry);
                if let Some(plot) = &self.plot {
                    plot.flow(self.out.buffer(), flow);
                }
            }
        }
        self.out.settle()
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        if let Some(records) = self.records {
            records.close(self.out.buffer());
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

/// The sink of `--flows`.
pub(super) struct FlowList {
    view: FlowTableView,
    /// The busiest flows of each interval.
    watch: Option<Watch>,
    records: Option<Records>,
    out: Output,
    gate: Gate,
}

impl FlowList {
    pub(super) fn new(
        screen: Screen,
        watch: Option<Watch>,
        records: Option<Records>,
        out: Output,
        gate: Gate,
    ) -> Self {
        Self { view: FlowTableView::new(screen), watch, records, out, gate }
    }
}

impl Sink for FlowList {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.gate.notes(packet);
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: &Flow, registry: &Registry) -> io::Result<()> {
        if !self.gate.passes_flow(flow) {
            return Ok(());
        }
        match &mut self.records {
            Some(between) => {
                between.next(self.out.buffer());
                records::flow(self.out.buffer(), flow, registry);
            }
            None => {
                let out = self.out.buffer();
                let before = out.len();
                self.view.flow(out, flow);
                if out.len() > before {
                    // A page of flows that are over stands below the table now.
                    self.watch.iter_mut().for_each(Watch::leave);
                }
            }
        }
        self.out.settle()
    }

    fn interval(&mut self, flows: &FlowTable, since: i64) -> io::Result<()> {
        let Some(watch) = &mut self.watch else { return Ok(()) };
        watch.table(self.out.buffer(), flows, since);
        self.out.flush()
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        match self.records {
            Some(records) => records.close(self.out.buffer()),
            None => self.view.finish(self.out.buffer(), totals),
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
