//! Flows: timelines of both ends, or one line each.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::beside::{Beside, Scribe};
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
    timelines: Beside<Timelines>,
    gate: Gate,
}

/// Timelines one after the other.
struct Timelines {
    timeline: Timeline,
    plot: Option<Plot>,
    explain: bool,
    records: Option<Records>,
    out: Output,
}

impl Follow {
    /// With `apart`, timelines are made in a thread of their own.
    pub(super) fn new(
        choice: Choice,
        screen: Screen,
        look: Look,
        records: Option<Records>,
        (out, apart): (Output, Option<Registry>),
        gate: Gate,
    ) -> Self {
        let plot = look.plot.then(|| Plot::new(screen));
        let timeline = Timeline::new(screen, look.explain);
        let timelines = Timelines { timeline, plot, explain: look.explain, records, out };
        Self { choice, timelines: Beside::new(timelines, apart), gate }
    }
}

impl Scribe for Timelines {
    fn flow(&mut self, flow: &Flow, registry: &Registry) -> io::Result<()> {
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

    fn out(&mut self) -> &mut Output {
        &mut self.out
    }
}

impl Sink for Follow {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.gate.notes(packet);
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: &Flow, registry: &Registry) -> io::Result<()> {
        if self.gate.passes_flow(flow) && self.choice.has(flow) {
            self.timelines.end()?.flow(flow, registry)?;
        }
        Ok(())
    }

    fn over(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        if self.gate.passes_flow(&flow) && self.choice.has(&flow) {
            self.timelines.take(flow, registry)?;
        }
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        let timelines = self.timelines.end()?;
        if let Some(records) = timelines.records {
            records.close(timelines.out.buffer());
        }
        timelines.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.timelines.flush()
    }

    fn left_out(&mut self) -> Vec<u64> {
        self.timelines.take_left_out()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}

/// The sink of `--flows`.
pub(super) struct FlowList {
    lines: Beside<Lines>,
    gate: Gate,
}

/// One line for each flow.
struct Lines {
    view: FlowTableView,
    /// The busiest flows of each interval.
    watch: Option<Watch>,
    records: Option<Records>,
    out: Output,
}

impl FlowList {
    /// With `apart`, lines are made in a thread of their own, unless the flows are watched as they go on.
    pub(super) fn new(
        screen: Screen,
        watch: Option<Watch>,
        records: Option<Records>,
        (out, apart): (Output, Option<Registry>),
        gate: Gate,
    ) -> Self {
        let apart = apart.filter(|_| watch.is_none());
        let lines = Lines { view: FlowTableView::new(screen), watch, records, out };
        Self { lines: Beside::new(lines, apart), gate }
    }
}

impl Scribe for Lines {
    fn flow(&mut self, flow: &Flow, registry: &Registry) -> io::Result<()> {
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

    fn out(&mut self) -> &mut Output {
        &mut self.out
    }
}

impl Sink for FlowList {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.gate.notes(packet);
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: &Flow, registry: &Registry) -> io::Result<()> {
        if self.gate.passes_flow(flow) { self.lines.end()?.flow(flow, registry) } else { Ok(()) }
    }

    fn over(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        if self.gate.passes_flow(&flow) { self.lines.take(flow, registry) } else { Ok(()) }
    }

    fn interval(&mut self, flows: &FlowTable, since: i64) -> io::Result<()> {
        let Some(lines) = self.lines.here() else { return Ok(()) };
        let Some(watch) = &mut lines.watch else { return Ok(()) };
        watch.table(lines.out.buffer(), flows, since);
        lines.out.flush()
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        let lines = self.lines.end()?;
        match lines.records {
            Some(records) => records.close(lines.out.buffer()),
            None => lines.view.finish(lines.out.buffer(), totals),
        }
        lines.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.flush()
    }

    fn left_out(&mut self) -> Vec<u64> {
        self.lines.take_left_out()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}
