//! `--plot`: time against sequence number, and the course of what was in flight, as sketches in characters.

use rasciigraph::{Config, plot_many};

use super::Screen;
use super::flows::thousands;
use super::timing::phase;
use super::value;
use crate::flow::key::Side;
use crate::flow::row::Row;
use crate::flow::table::Flow;
use crate::flow::tcp::Label;
use crate::flow::tcp::time::Phase;

/// Lines of one sketch.
const HEIGHT: u32 = 10;
/// Columns in front of it: a number and the axis.
const LABEL: usize = 14;
/// Columns, at least: below that nothing can be seen.
const LEAST: usize = 20;
/// Columns of the axis, as the plotting crate counts them.
const AXIS: u32 = 3;

/// Draws sketches of flows.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    screen: Screen,
}

/// What one direction did in one column of the sketch, or up to it.
#[derive(Clone, Copy, Debug, Default)]
struct Column {
    /// One past the highest byte sent.
    sent: u64,
    /// The same of what was acknowledged.
    acked: u64,
    /// Most bytes in flight.
    flight: u64,
    /// The window is at least this.
    window: u64,
    again: bool,
    closed: bool,
    phase: Option<Phase>,
}

impl Plot {
    /// Sketches for `screen`.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self { screen }
    }

    /// Appends the sketches of one flow: two for each direction that sent data more than once.
    pub fn flow(&self, out: &mut Vec<u8>, flow: &Flow) {
        let (Some(first), Some(last)) = (flow.kept.rows.first(), flow.kept.rows.last()) else { return };
        let columns = self.screen.columns().saturating_sub(LABEL).max(LEAST);
        let span = last.time.nanos_since(first.time).max(1);
        let client = flow.tcp.client();
        for (who, side) in [("client", client), ("server", client.other())] {
            let from_client = who == "client";
            let segments =
                flow.kept.rows.iter().filter(|row| row.from_client == from_client && row.len > 0).count();
            if segments < 2 {
                continue;
            }
            let course = course(flow, side, from_client, columns, span);
            self.line(out, "");
            self.line(out, &format!("Bytes of the {who}: sent, and below that acknowledged"));
            let positions = [series(&course, |c| c.sent), series(&course, |c| c.acked)];
            self.sketch(out, &positions);
            let marks = course.iter().skip(1).map(|c| match (c.again, c.closed) {
                (true, _) => 'R',
                (false, true) => '0',
                (false, false) => ' ',
            });
            self.marks(out, "marks", &marks.collect::<String>());
            self.axis(out, columns, span);
            self.line(out, &format!("{:LABEL$}R sent again   0 window closed", ""));
            // Estimates need to know where the sender stands.
            if flow.tcp.vantage(side).is_none() {
                continue;
            }
            self.line(out, "");
            self.line(out, &format!("Bytes of the {who} in flight, and above that the window, estimated"));
            self.sketch(out, &[series(&course, |c| c.window), series(&course, |c| c.flight)]);
            let phases: String = course.iter().skip(1).map(|c| c.phase.map_or(' ', letter)).collect();
            self.marks(out, "phase", &phases);
            self.axis(out, columns, span);
            let legend = "s slow start   a avoidance   R recovery   L loss   i idle restart";
            self.line(out, &format!("{:LABEL$}{legend}", ""));
        }
        if flow.kept.rows_lost > 0 {
            let text = format!(
                "{} more segments are not in the sketches: too many rows",
                thousands(flow.kept.rows_lost)
            );
            self.line(out, &text);
        }
    }

    fn line(&self, out: &mut Vec<u8>, text: &str) {
        let text = text.trim_end();
        if self.screen.glyphs.ascii {
            out.extend(text.chars().map(ascii).collect::<String>().as_bytes());
        } else {
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b'\n');
    }

    /// Draws series that begin with 0, the highest value as high as there are lines.
    fn sketch(&self, out: &mut Vec<u8>, series: &[Vec<u64>]) {
        let most = series.iter().flatten().copied().max().unwrap_or(0);
        if most == 0 {
            return;
        }
        let scaled = |value: u64| value as f64 * f64::from(HEIGHT) / most as f64;
        let series = series.iter().map(|one| one.iter().map(|&value| scaled(value)).collect()).collect();
        let drawn = plot_many(series, Config::default().with_height(HEIGHT).with_offset(AXIS));
        for (at, line) in drawn.lines().enumerate() {
            // The crate numbers the lines by what it was given; the bytes that they stand for go there instead.
            let part = u64::from(HEIGHT).saturating_sub(at as u64);
            let value = u128::from(most) * u128::from(part) / u128::from(HEIGHT);
            let label = if part.is_multiple_of(2) {
                thousands(u64::try_from(value).unwrap_or(most))
            } else {
                String::new()
            };
            let body = line.find(['┤', '┼']).and_then(|at| line.get(at..)).unwrap_or_default();
            self.line(out, &format!("{label:>width$} {body}", width = LABEL - 2));
        }
    }

    fn marks(&self, out: &mut Vec<u8>, label: &str, marks: &str) {
        self.line(out, &format!("{label:>width$}  {marks}", width = LABEL - 2));
    }

    fn axis(&self, out: &mut Vec<u8>, columns: usize, span: i64) {
        let end = value::span(span);
        let width = columns.saturating_sub(1);
        self.line(out, &format!("{:LABEL$}0{end:>width$}", ""));
    }
}

/// What the direction of `side` did, column by column; the first stands for the time before it.
fn course(flow: &Flow, side: Side, from_client: bool, columns: usize, span: i64) -> Vec<Column> {
    let mut course = vec![Column::default()];
    let mut now = Column::default();
    let mut rows = flow.kept.rows.iter().peekable();
    let start = flow.kept.rows.first().map(|row| row.time).unwrap_or_default();
    for at in 1..=columns {
        // Columns are few and a span is at most some centuries: this cannot overflow 128 bits.
        let until = i128::from(span) * at as i128 / columns as i128;
        now.again = false;
        let mut peak = None;
        while let Some(row) =
            rows.next_if(|row| i128::from(row.time.nanos_since(start)) <= until || at == columns)
        {
            now.take(row, from_client);
            peak = peak.max(row.moment.flight.filter(|_| row.from_client == from_client));
            now.phase = phase(flow, side, row.time.as_nanos());
        }
        let out = if now.acked >= now.sent { 0 } else { now.flight };
        now.flight = peak.unwrap_or(out);
        course.push(now);
    }
    course
}

impl Column {
    fn take(&mut self, row: &Row, from_client: bool) {
        if [Label::BadChecksum, Label::Duplicate].into_iter().any(|label| row.step.labels.has(label)) {
            return;
        }
        let place = |position: i64| u64::try_from(position.saturating_sub(1)).unwrap_or(0);
        if row.from_client == from_client {
            if row.len > 0 && row.step.payload_at.is_some() {
                self.sent = self.sent.max(place(row.step.seq).saturating_add(row.len.into()));
            }
            self.again |= row.step.labels.has(Label::Retransmission);
            if let Some(window) = row.moment.window {
                self.window = window;
            }
        } else {
            self.acked = self.acked.max(place(row.step.ack)).min(self.sent);
            let closed = row.step.labels.has(Label::ZeroWindow);
            self.closed = closed || self.closed && row.window == 0;
        }
    }
}

fn series(course: &[Column], value: impl Fn(&Column) -> u64) -> Vec<u64> {
    course.iter().map(value).collect()
}

fn letter(phase: Phase) -> char {
    match phase {
        Phase::SlowStart => 's',
        Phase::Avoidance => 'a',
        Phase::Recovery => 'R',
        Phase::Loss => 'L',
        Phase::IdleRestart => 'i',
    }
}

/// The lines of a sketch without box-drawing characters.
fn ascii(c: char) -> char {
    match c {
        '─' => '-',
        '│' | '┤' => '|',
        '┼' => '+',
        '╭' | '╮' => '.',
        '╰' | '╯' => '\'',
        'µ' => 'u',
        other => other,
    }
}
