//! `--dns` and `--http`: what both tables of exchanges share.

use netdissect_dissectors::frame::Timestamp;

use super::Screen;
use super::flows::{counted, thousands};
use super::json::Object;
use super::style::{fit, wrap};
use super::tables::{Column, Pages};
use super::value;
use crate::flow::key::Endpoint;
use crate::survey::exchange::Moment;

/// Columns that a text of a message takes at most; the table cuts it further.
const LONGEST: usize = 160;

/// An exchange that a table shows.
pub trait Row {
    /// All columns, and how wide the screen must be for each.
    const COLUMNS: &'static [(usize, Column)];
    /// What closes the table if there is anything.
    const LEGEND: &'static str;

    /// The first of its messages.
    fn first(&self) -> Option<Moment>;
    /// Nanoseconds from question to answer, if both are there.
    fn time(&self) -> Option<i64>;
    /// The question, or the answer, is there.
    fn has(&self) -> [bool; 2];
    /// The answer says that something went wrong.
    fn has_failed(&self) -> bool;
    /// An ICMP error stands for the answer.
    fn is_refused(&self) -> bool {
        false
    }
    /// Its cells.
    fn cells(&self, begin: Begin) -> Vec<String>;
    /// Appends its record.
    fn record(&self, out: &mut Vec<u8>);
}

/// The first two cells of a row: frame and time.
#[derive(Debug)]
pub struct Begin {
    /// Frame of the first message.
    pub frame: String,
    /// Its time in s, from the first frame of the capture.
    pub time: String,
}

/// What exchanges add up to.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Questions with an answer.
    pub answered: u64,
    /// Answers that say that something went wrong, of these.
    pub failed: u64,
    /// Questions without an answer.
    pub unanswered: u64,
    /// Of these, questions that an ICMP error was sent for.
    pub refused: u64,
    /// Answers without a question.
    pub unasked: u64,
    slowest: Option<i64>,
}

impl Account {
    /// Adds an exchange.
    pub fn add<R: Row>(&mut self, row: &R) {
        let count = match row.has() {
            [true, true] => &mut self.answered,
            [true, false] => &mut self.unanswered,
            _ => &mut self.unasked,
        };
        *count += 1;
        self.failed += u64::from(row.has_failed());
        self.refused += u64::from(row.is_refused());
        self.slowest = self.slowest.max(row.time());
    }

    /// How many there were.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.answered + self.unanswered + self.unasked
    }

    /// `12 exchanges: 11 answered (2 with an error), 1 without an answer; the slowest took 69.985 ms.`
    #[must_use]
    pub fn words(&self) -> String {
        let mut text = counted(self.all(), "exchange");
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(" ({} with an error)", thousands(failed)),
        };
        let refused = match self.refused {
            0 => String::new(),
            refused => format!(" ({} refused by an ICMP error)", thousands(refused)),
        };
        let parts: Vec<String> = [
            (self.answered, format!("answered{failed}")),
            (self.unanswered, format!("without an answer{refused}")),
            (self.unasked, "without a question".to_owned()),
        ]
        .into_iter()
        .filter(|part| part.0 > 0)
        .map(|(count, what)| format!("{} {what}", thousands(count)))
        .collect();
        if !parts.is_empty() {
            text.push_str(&format!(": {}", parts.join(", ")));
        }
        if let Some(slowest) = self.slowest {
            text.push_str(&format!("; the slowest took {}", span(slowest)));
        }
        text.push('.');
        text
    }
}

/// Exchanges that are collected to be sorted by frame.
const COLLECTED: usize = 10_000;

/// The table: rows are collected, sorted by frame, and printed by the page.
#[derive(Debug)]
pub struct Exchanges<R: Row> {
    screen: Screen,
    pages: Pages,
    waiting: Vec<R>,
    account: Account,
}

impl<R: Row> Exchanges<R> {
    /// None yet.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        let pages = Pages::new(screen, R::COLUMNS);
        Self { screen, pages, waiting: Vec::new(), account: Account::default() }
    }

    /// Adds an exchange that is over; a full page is appended to `out`. `start` is the time of the first frame.
    pub fn add(&mut self, out: &mut Vec<u8>, row: R, start: Timestamp) {
        self.account.add(&row);
        self.waiting.push(row);
        if self.waiting.len() >= COLLECTED {
            self.print(out, start);
        }
    }

    fn print(&mut self, out: &mut Vec<u8>, start: Timestamp) {
        let mut rows = std::mem::take(&mut self.waiting);
        rows.sort_by_key(|row| row.first().map(|first| first.frame));
        for row in rows {
            let first = row.first();
            let mut time = Vec::new();
            value::seconds(&mut time, first.map_or(0, |first| first.time.nanos_since(start)), 6);
            let begin = Begin {
                frame: first.map_or_else(String::new, |first| first.frame.to_string()),
                time: String::from_utf8_lossy(&time).into_owned(),
            };
            self.pages.row(out, row.cells(begin));
        }
        self.pages.print(out);
    }

    /// Appends what is left and the account.
    pub fn finish(&mut self, out: &mut Vec<u8>, start: Timestamp) {
        self.print(out, start);
        let mut text = self.account.words();
        if self.account.all() > 0 {
            text.push(' ');
            text.push_str(R::LEGEND);
        }
        let from = out.len();
        wrap(out, "", &text, self.screen.columns());
        if self.screen.glyphs.ascii {
            let text = String::from_utf8_lossy(out.get(from..).unwrap_or_default()).replace('µ', "u");
            out.truncate(from);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// A text of a message as a cell: not yet escaped, and not longer than a cell can be.
pub(super) fn cell(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    fit(&text, LONGEST, "").0.to_owned()
}

/// Milliseconds with three decimals, or nothing.
pub(super) fn milliseconds(nanos: Option<i64>) -> String {
    let Some(nanos) = nanos else { return String::new() };
    let mut text = Vec::new();
    value::seconds(&mut text, nanos.saturating_mul(1_000), 3);
    String::from_utf8_lossy(&text).into_owned()
}

/// A span of time in the unit that suits it.
pub(super) fn span(nanos: i64) -> String {
    let mut text = Vec::new();
    value::duration(&mut text, nanos);
    String::from_utf8_lossy(&text).into_owned()
}

/// What the records of both protocols begin with.
pub(super) fn head<'a>(
    out: &'a mut Vec<u8>,
    protocol: &str,
    [client, server]: [Endpoint; 2],
    [question, answer]: [Option<Moment>; 2],
) -> Object<'a> {
    let mut record = Object::record(out, "exchange");
    record.text("nd.protocol", protocol.as_bytes());
    record.display("nd.client", client);
    record.display("nd.server", server);
    let state: &[u8] = match (question, answer) {
        (Some(_), Some(_)) => b"answered",
        (Some(_), None) => b"unanswered",
        _ => b"unasked",
    };
    record.text("nd.exchange.state", state);
    for (key, moment) in [("nd.exchange.question", question), ("nd.exchange.answer", answer)] {
        if let Some(moment) = moment {
            record.number(&format!("{key}_in"), moment.frame.min(1 << 53));
        }
    }
    if let Some(first) = question.or(answer) {
        record.time("nd.first", first.time);
    }
    record
}
