//! Flows: timelines of both ends, or one line each.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::choice::Choice;
use super::timelines::Timelines;
use super::watch::Watch;
use super::{Gate, Output};
use crate::flow::table::{Flow, FlowTable};
use crate::pipeline::{Sink, Totals};
use crate::render::Screen;
use crate::render::flows::FlowTableView;
use crate::render::json::Records;
use crate::render::notes::Notes;
use crate::render::records;

/// The sink of `--follow-tcp`.
pub(super) struct Follow {
    choice: Choice,
    gate: Gate,
    form: Form,
}

/// How flows are shown.
enum Form {
    /// As timelines.
    Timelines(Box<Timelines>),
    /// As records of their rows, each with sentences that say what it means if `explain`, then of themselves.
    Records { records: Records, explain: bool, out: Output },
}

impl Follow {
    pub(super) fn timelines(choice: Choice, gate: Gate, timelines: Timelines) -> Self {
        Self { choice, gate, form: Form::Timelines(Box::new(timelines)) }
    }

    pub(super) fn records(choice: Choice, gate: Gate, records: Records, explain: bool, out: Output) -> Self {
        Self { choice, gate, form: Form::Records { records, explain, out } }
    }
}

impl Sink for Follow {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.gate.notes(packet);
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        if !self.gate.passes_flow(&flow) || !self.choice.has(&flow) {
            return Ok(());
        }
        match &mut self.form {
            Form::Timelines(timelines) => timelines.take(flow),
            Form::Records { records, explain, out } => {
                let mut notes = explain.then(|| Notes::new(&flow));
                for row in &flow.kept.rows {
                    let notes = notes.as_mut().map(Notes::next_row).unwrap_or_default();
                    records.next(out.buffer());
                    records::row(out.buffer(), &flow, row, &notes);
                    out.settle()?;
                }
                records.next(out.buffer());
                records::flow(out.buffer(), &flow, registry);
                out.settle()
            }
        }
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        if let Form::Records { records, out, .. } = &mut self.form {
            records.close(out.buffer());
        }
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Timelines(timelines) => timelines.flush(),
            Form::Records { out, .. } => out.flush(),
        }
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

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        if !self.gate.passes_flow(&flow) {
            return Ok(());
        }
        match &mut self.records {
            Some(between) => {
                between.next(self.out.buffer());
                records::flow(self.out.buffer(), &flow, registry);
            }
            None => {
                let out = self.out.buffer();
                let before = out.len();
                self.view.flow(out, &flow);
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
