//! Flows that go on, for sinks that show them while they do ([`Sink::progress`]).

use std::collections::VecDeque;
use std::io;

use netdissect_dissectors::facts::FlowNumber;
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::registry::Registry;

use super::{Pipeline, Sink, segment};

/// How long a row may wait for more of its kind, in ns of packet time.
pub const PATIENCE: i64 = 200_000_000;

/// What is new of a flow that goes on.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// Frames of earlier rows of which something else is said now.
    pub amended: &'a [u64],
    /// Rows take much of the memory that they may.
    pub is_tight: bool,
    /// The time up to which everything is known.
    pub now: Timestamp,
    /// The dissectors.
    pub registry: &'a Registry,
}

/// What is to be told of flows that go on.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Flows of the packet at hand, and frames of theirs that are amended.
    touched: Vec<(u32, Vec<u64>)>,
    /// Flows whose rows wait, and since when. An entry may be out of date, which the sink sees from its rows.
    waiting: VecDeque<(Timestamp, u32, FlowNumber)>,
    /// Intervals that are over.
    intervals: i64,
}

impl Running {
    /// The packet at hand is given up.
    pub(super) fn forget_touched(&mut self) {
        self.touched.clear();
    }

    /// A packet of the flow `index` passes.
    pub(super) fn touch(&mut self, index: u32, amended: Vec<u64>) {
        self.touched.push((index, amended));
    }
}

impl Pipeline {
    /// Nothing earlier than `now` will come: what was waiting for that is shown.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn elapse(&mut self, now: Timestamp, sink: &mut dyn Sink) -> io::Result<()> {
        while let Some(&(since, index, number)) = self.running.waiting.front()
            && now.nanos_since(since) >= PATIENCE
        {
            self.running.waiting.pop_front();
            // It may be at rest by now.
            if self.flows.number(index) == Some(number) {
                self.tell_one(index, &[], now, sink)?;
            }
        }
        let (Some(length), Some(first)) = (self.keep.interval, self.first) else { return Ok(()) };
        let over = now.nanos_since(first).checked_div(length).unwrap_or(0);
        if over > self.running.intervals {
            // Of several that are over, all but the first were silent.
            let since = self.running.intervals.saturating_add(1).saturating_mul(length);
            self.running.intervals = over;
            sink.interval(&self.flows, since)?;
        }
        Ok(())
    }

    /// Shows the flows of the packet at hand as they are now.
    pub(super) fn tell_progress(&mut self, now: Timestamp, sink: &mut dyn Sink) -> io::Result<()> {
        let mut touched = std::mem::take(&mut self.running.touched);
        for (index, amended) in touched.drain(..) {
            self.tell_one(index, &amended, now, sink)?;
        }
        self.running.touched = touched;
        Ok(())
    }

    fn tell_one(
        &mut self,
        index: u32,
        amended: &[u64],
        now: Timestamp,
        sink: &mut dyn Sink,
    ) -> io::Result<()> {
        let Some(flow) = self.flows.flow_mut(index) else { return Ok(()) };
        let before = segment::bytes_of_rows(flow);
        let is_tight = self.row_bytes > self.limits.all_row_bytes / 2;
        let began = sink.progress(flow, &News { amended, is_tight, now, registry: &self.registry })?;
        let shed = before.saturating_sub(segment::bytes_of_rows(flow));
        self.row_bytes = self.row_bytes.saturating_sub(shed);
        if began {
            self.running.waiting.push_back((now, index, flow.number));
        }
        Ok(())
    }
}
