//! Rows of all flows as they come, each led by its flow's number.

use super::{Run, Timeline, closing, event, has_remarkable, is_only_lost, run};
use crate::flow::row::Row;
use crate::flow::table::Flow;
use crate::flow::tcp::Label;
use crate::render::Screen;
use crate::render::notes::Note;
use crate::render::style::wrap;
use netdissect_dissectors::registry::Registry;

/// Columns of a flow's number.
const FLOW: usize = 6;

impl Timeline {
    /// A timeline of all flows for `screen`.
    #[must_use]
    pub fn of_all(screen: Screen) -> Self {
        Self { margin: FLOW, ..Self::new(screen, false) }
    }

    /// Says between whom a flow is.
    pub fn introduce(&mut self, out: &mut Vec<u8>, flow: &Flow, registry: &Registry) {
        if flow.kept.rows.iter().any(|row| !row.time.nanos.is_multiple_of(1_000)) {
            self.decimals = 9;
        }
        if !std::mem::replace(&mut self.begun, true) {
            self.heading(out);
        }
        self.title(out, flow, registry);
    }

    /// Appends the line of the leading rows that are one event, the first of them `since` ns after the first frame, and
    /// returns how many they are. Where a further row could belong to the event and `more` may come, nothing is
    /// appended.
    pub fn event(
        &self,
        out: &mut Vec<u8>,
        flow: &Flow,
        rows: &[Row],
        since: i64,
        more: bool,
    ) -> Option<usize> {
        let run = run(rows);
        if run.rows.is_empty() || more && run.rows.len() == rows.len() && is_open(&run) {
            return None;
        }
        let start = out.len();
        self.run(out, flow, &run, since);
        self.spell(out, start);
        Some(run.rows.len())
    }

    /// Appends a sentence below its event.
    pub fn note(&self, out: &mut Vec<u8>, note: &Note) {
        let start = out.len();
        self.explanation(out, note);
        self.spell(out, start);
    }

    /// Appends what is said now of a row that was shown before.
    pub fn amend(&self, out: &mut Vec<u8>, flow: &Flow, row: &Row) {
        let start = out.len();
        let text = event(flow, &Run::new(std::slice::from_ref(row)));
        let text = if text.is_empty() { "nothing remarkable" } else { &text };
        let text = format!("No. {}, seen later: {text}", row.frame);
        wrap(out, &self.lead(flow), &text, self.screen.columns());
        self.spell(out, start);
    }

    /// What the flow came to.
    #[must_use]
    pub fn closing(&self, flow: &Flow) -> Vec<(&'static str, String)> {
        closing(flow, self)
    }

    /// Appends closing lines.
    pub fn close(&self, out: &mut Vec<u8>, flow: &Flow, lines: &[(&'static str, String)]) {
        let start = out.len();
        for (label, text) in lines {
            let text = if label.is_empty() { text.clone() } else { format!("{label}: {text}") };
            wrap(out, &self.lead(flow), &text, self.screen.columns());
        }
        self.spell(out, start);
    }
}

/// Whether a further row could belong to this run.
fn is_open(run: &Run<'_>) -> bool {
    let (Some(head), Some(tail)) = (run.rows.first(), run.rows.last()) else { return false };
    let copies = head.step.labels.has(Label::DupAck) || head.step.labels.has(Label::Duplicate);
    is_only_lost(head) || copies || !has_remarkable(head) && tail.message.is_none()
}
