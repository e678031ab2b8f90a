//! Timelines of flows, written in several threads: most flows of a file are over only at its end, when there is nothing else
//! to do. What comes out is what one thread prints.

use std::any::Any;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use netdissect_dissectors::registry::Registry;

use super::Output;
use super::crew::Crew;
use crate::flow::table::Flow;
use crate::render::plot::Plot;
use crate::render::timeline::Timeline;

/// Flows of a batch.
const FLOWS: usize = 64;
/// Rows that a batch holds before it is full.
const ROWS: usize = 4_096;

/// Timelines, each with a sketch below it where that was asked for.
pub(super) struct Timelines {
    sheet: Sheet,
    registry: Registry,
    out: Output,
    /// So many threads beside this one.
    threads: usize,
    crew: Crew<Batch>,
    flows: Vec<Flow>,
    /// The sheet before the first of them.
    before: Sheet,
    rows: usize,
}

/// How a flow is drawn.
#[derive(Clone, Debug)]
struct Sheet {
    timeline: Timeline,
    plot: Option<Plot>,
}

/// Flows, then their text.
struct Batch {
    flows: Vec<Flow>,
    /// The sheet after the flows before them.
    sheet: Sheet,
    text: Vec<u8>,
    /// A panic that was met; the flows from there on are not drawn.
    fault: Option<Box<dyn Any + Send>>,
}

impl Timelines {
    /// With so many threads beside this one.
    pub(super) fn new(
        timeline: Timeline,
        plot: Option<Plot>,
        registry: Registry,
        (out, threads): (Output, usize),
    ) -> Self {
        let sheet = Sheet { timeline, plot };
        let (crew, before) = (Crew::new(threads), sheet.clone());
        Self { sheet, registry, out, threads, crew, flows: Vec::new(), before, rows: 0 }
    }

    /// Draws a flow, now or when there are enough of them.
    pub(super) fn take(&mut self, flow: Flow) -> io::Result<()> {
        if self.threads == 0 {
            self.sheet.flow(self.out.buffer(), &flow, &self.registry);
            return self.out.settle();
        }
        self.sheet.timeline.pass_over(&flow);
        self.rows = self.rows.saturating_add(flow.kept.rows.len());
        self.flows.push(flow);
        if self.flows.len() < FLOWS && self.rows < ROWS {
            return Ok(());
        }
        let batch = self.batch();
        self.crew.hire(|| {
            let registry = self.registry.clone();
            move |batch: &mut Batch| batch.draw(&registry)
        });
        self.crew.give(batch, |batch| batch.draw(&self.registry));
        self.write(false)
    }

    /// Writes everything through to the end.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let mut batch = self.batch();
        batch.draw(&self.registry);
        self.write(true)?;
        batch.write(&mut self.out)?;
        self.out.flush()
    }

    /// The flows that wait to be drawn.
    fn batch(&mut self) -> Batch {
        let sheet = mem::replace(&mut self.before, self.sheet.clone());
        self.rows = 0;
        Batch { flows: mem::take(&mut self.flows), sheet, text: Vec::new(), fault: None }
    }

    /// Writes what is drawn; all of it, or what need not be waited for.
    fn write(&mut self, all: bool) -> io::Result<()> {
        while let Some(batch) = self.crew.take(all)? {
            batch.write(&mut self.out)?;
        }
        Ok(())
    }
}

impl Sheet {
    fn flow(&mut self, out: &mut Vec<u8>, flow: &Flow, registry: &Registry) {
        self.timeline.flow(out, flow, registry);
        if let Some(plot) = &self.plot {
            plot.flow(out, flow);
        }
    }
}

impl Batch {
    fn draw(&mut self, registry: &Registry) {
        for flow in self.flows.drain(..) {
            let start = self.text.len();
            let draw = AssertUnwindSafe(|| self.sheet.flow(&mut self.text, &flow, registry));
            if let Err(fault) = catch_unwind(draw) {
                self.text.truncate(start);
                self.fault = Some(fault);
                return;
            }
        }
    }

    /// Writes the text; a panic goes on where it would have come with one thread.
    fn write(self, out: &mut Output) -> io::Result<()> {
        out.buffer().extend_from_slice(&self.text);
        out.settle()?;
        match self.fault {
            Some(fault) => resume_unwind(fault),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::render::Screen;

    #[test]
    fn a_panic_in_another_thread_goes_on_behind_the_text_before_it() {
        let mut out = Output::new(Box::new(io::sink()));
        let sheet = Sheet { timeline: Timeline::new(Screen::PIPE, false), plot: None };
        let batch =
            Batch { flows: Vec::new(), sheet, text: b"flow 1\n".to_vec(), fault: Some(Box::new("flow 2")) };
        let fault = catch_unwind(AssertUnwindSafe(|| batch.write(&mut out))).unwrap_err();
        assert_eq!(fault.downcast_ref(), Some(&"flow 2"));
        assert_eq!(out.buffer(), b"flow 1\n");
    }
}
