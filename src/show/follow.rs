//! Timelines of all flows at once, row by row as they happen.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::facts::FlowNumber;
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::transport::tcp::Flags;

use super::choice::Choice;
use super::{Gate, Output};
use crate::flow::row::Row;
use crate::flow::table::Flow;
use crate::pipeline::{News, PATIENCE, Sink, Totals};
use crate::render::Screen;
use crate::render::json::Records;
use crate::render::notes::{Notes, Said};
use crate::render::records;
use crate::render::timeline::Timeline;

/// Rows of a flow that are kept after they were shown, in case more is learned of them.
const MAX_SHOWN: usize = 3_072;

/// Fewer rows are not worth the work.
const MIN_SHED: usize = 64;

/// The sink of `--follow-tcp` where rows come as they happen.
pub(super) struct Interleaved {
    choice: Choice,
    shape: Shape,
    explain: bool,
    /// Flows of which something was shown and that are not over.
    told: HashMap<FlowNumber, Told>,
    /// The time of the first frame, in ns.
    start: Option<i64>,
    out: Output,
    gate: Gate,
}

/// How rows are shown.
enum Shape {
    Text(Timeline),
    Records(Records),
}

/// What was shown of a flow.
#[derive(Default)]
struct Told {
    /// The record of each of the flow's leading rows as it was written last, by its hash; of text, 0.
    rows: Vec<u64>,
    /// Since when the row behind them waits.
    waits_since: Option<Timestamp>,
    said: Said,
    /// The closing lines, once the flow seemed to be over.
    closing: Vec<(&'static str, String)>,
}

impl Interleaved {
    pub(super) fn new(
        choice: Choice,
        screen: Screen,
        explain: bool,
        records: Option<Records>,
        out: Output,
        gate: Gate,
    ) -> Self {
        let shape = records.map_or_else(|| Shape::Text(Timeline::of_all(screen)), Shape::Records);
        Self { choice, shape, explain, told: HashMap::new(), start: None, out, gate }
    }

    /// Shows what can be shown of `flow`, all of it unless `more` may come.
    fn tell(&mut self, flow: &Flow, registry: &Registry, more: bool) -> io::Result<()> {
        let out = self.out.buffer();
        let is_new = !self.told.contains_key(&flow.number);
        let told = self.told.entry(flow.number).or_default();
        if is_new && let Shape::Text(timeline) = &mut self.shape {
            timeline.introduce(out, flow, registry);
        }
        while let Some(rest) = flow.kept.rows.get(told.rows.len()..).filter(|rest| !rest.is_empty()) {
            let at = told.rows.len();
            let mut notes = self.explain.then(|| Notes::resume(flow, at, std::mem::take(&mut told.said)));
            match &mut self.shape {
                Shape::Records(between) => {
                    let Some(row) = rest.first() else { break };
                    let notes = notes.as_mut().map(Notes::next_row).unwrap_or_default();
                    between.next(out);
                    records::row(out, flow, row, &notes);
                    told.rows.push(digest(flow, row));
                }
                Shape::Text(timeline) => {
                    let head = rest.first().map_or(0, |row| row.time.as_nanos());
                    let since = head.saturating_sub(self.start.unwrap_or(head));
                    let shown = timeline.event(out, flow, rest, since, more);
                    for _ in 0..shown.unwrap_or(0) {
                        told.rows.push(0);
                        for note in notes.as_mut().map(Notes::next_row).unwrap_or_default() {
                            timeline.note(out, &note);
                        }
                    }
                    if shown.is_none() {
                        told.said = notes.map(Notes::into_said).unwrap_or_default();
                        break;
                    }
                }
            }
            told.said = notes.map(Notes::into_said).unwrap_or_default();
        }
        self.out.settle()
    }

    /// Shows rows again of which something else is said now.
    fn amend(&mut self, flow: &Flow, amended: &[u64]) {
        let Some(told) = self.told.get_mut(&flow.number) else { return };
        for frame in amended {
            let Ok(at) = flow.kept.rows.binary_search_by_key(frame, |row| row.frame) else { continue };
            let (Some(row), Some(shown)) = (flow.kept.rows.get(at), told.rows.get_mut(at)) else { continue };
            let out = self.out.buffer();
            match &mut self.shape {
                Shape::Text(timeline) => timeline.amend(out, flow, row),
                Shape::Records(between) => {
                    let now = digest(flow, row);
                    if std::mem::replace(shown, now) != now {
                        between.next(out);
                        records::amend(out, flow, row, &[]);
                    }
                }
            }
        }
    }

    /// The flow seems to be over, or goes on although it seemed so.
    fn close(&mut self, flow: &Flow) {
        let Shape::Text(timeline) = &self.shape else { return };
        let Some(told) = self.told.get_mut(&flow.number) else { return };
        let lines = timeline.closing(flow);
        if told.closing != lines {
            timeline.close(self.out.buffer(), flow, &lines);
            told.closing = lines;
        }
    }

    /// Lets the flow forget rows that were shown: half of many, and all where memory is `tight`.
    fn shed(&mut self, flow: &mut Flow, tight: bool) {
        let Some(told) = self.told.get_mut(&flow.number) else { return };
        let shown = told.rows.len();
        let goes = if tight { shown } else { shown / 2 };
        if shown < if tight { MIN_SHED } else { MAX_SHOWN } {
            return;
        }
        // The closing lines speak of the order of the FINs.
        let mut fins = 0;
        let stays: Vec<bool> = (flow.kept.rows.iter().enumerate())
            .map(|(at, row)| {
                let is_fin = at < goes && row.flags.contains(Flags::FIN) && fins < MIN_SHED / 2;
                fins += usize::from(is_fin);
                at >= goes || is_fin
            })
            .collect();
        let mut each = stays.iter();
        flow.kept.rows.retain(|_| each.next().copied().unwrap_or(true));
        let mut each = stays.iter();
        told.rows.retain(|_| each.next().copied().unwrap_or(true));
    }

    fn wants(&self, flow: &Flow) -> bool {
        self.choice.has(flow) && self.gate.may_pass_flow(flow)
    }
}

/// What the record of a row says, without what explains it.
fn digest(flow: &Flow, row: &Row) -> u64 {
    let mut record = Vec::new();
    records::row(&mut record, flow, row, &[]);
    let mut hasher = DefaultHasher::new();
    record.hash(&mut hasher);
    hasher.finish()
}

impl Sink for Interleaved {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        let since = packet.parts.facts.since_first;
        self.start.get_or_insert(packet.frame.time.as_nanos().saturating_sub(since));
        self.gate.notes(packet);
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn progress(&mut self, flow: &mut Flow, news: &News<'_>) -> io::Result<bool> {
        if !self.wants(flow) {
            return Ok(false);
        }
        self.amend(flow, news.amended);
        let waits_since = self.told.get(&flow.number).and_then(|told| told.waits_since);
        let is_late = waits_since.is_some_and(|since| news.now.nanos_since(since) >= PATIENCE);
        // A run that waits for more of its kind must not take all the room that there is for rows.
        let is_long = flow.kept.rows.len() >= MAX_SHOWN;
        self.tell(flow, news.registry, !is_late && !is_long)?;
        let Some(told) = self.told.get_mut(&flow.number) else { return Ok(false) };
        let waits = flow.kept.rows.get(told.rows.len()).map(|row| row.time);
        let began = waits.is_some() && waits != told.waits_since;
        told.waits_since = waits;
        if flow.tcp.is_over() && waits.is_none() {
            self.close(flow);
        }
        self.shed(flow, news.is_tight);
        Ok(began)
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        if !self.gate.passes_flow(&flow) || !self.choice.has(&flow) {
            self.told.remove(&flow.number);
            return Ok(());
        }
        if matches!(self.shape, Shape::Records(_)) {
            // What is said of a segment can depend on all of the flow.
            let frames: Vec<u64> = flow.kept.rows.iter().map(|row| row.frame).collect();
            self.amend(&flow, &frames);
        }
        self.tell(&flow, registry, false)?;
        self.close(&flow);
        self.told.remove(&flow.number);
        if let Shape::Records(between) = &mut self.shape {
            between.next(self.out.buffer());
            records::flow(self.out.buffer(), &flow, registry);
        }
        self.out.settle()
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        if let Shape::Records(records) = self.shape {
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
