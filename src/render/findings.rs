//! `--expert`: findings as text and as records.

use super::Screen;
use super::flows::thousands;
use super::json::Object;
use super::style::{Role, columns, wrap};
use super::value;
use crate::expert::{Finding, Kind, Number, Report, Severity, Sign};
use crate::pipeline::Totals;
use netdissect_dissectors::frame::Timestamp;

/// Columns of the severity in front of everything else.
const INDENT: usize = 8;
/// Columns of a field's name in a list of signs.
const FIELD: usize = 23;

/// Writes findings.
#[derive(Debug)]
pub struct FindingsView {
    screen: Screen,
    /// Time of the first frame.
    start: Timestamp,
}

impl FindingsView {
    /// For `screen`; times count from `start`.
    #[must_use]
    pub fn new(screen: Screen, start: Timestamp) -> Self {
        Self { screen, start }
    }

    /// Appends all of them and the closing line.
    pub fn all(&self, out: &mut Vec<u8>, report: &Report, totals: &Totals) {
        let start = out.len();
        for finding in &report.findings {
            self.finding(out, finding);
            out.push(b'\n');
        }
        let width = self.screen.columns();
        for (kind, count) in &report.left_out {
            wrap(out, "", &format!("{} more of {} are left out.", thousands(*count), kind.id()), width);
        }
        if report.unseen > 0 {
            let text = format!("{} events were not looked at: there are too many.", thousands(report.unseen));
            wrap(out, "", &text, width);
        }
        let counts = counts(report, totals);
        let further = report
            .findings
            .first()
            .map(|first| format!("States: --follow-tcp   Meaning: netdissect explain {}", first.kind.id()));
        match further {
            Some(further) if columns(&counts) + 1 + columns(&further) > width => {
                wrap(out, "", &counts, width);
                wrap(out, "", &further, width);
            }
            further => wrap(out, "", &format!("{counts} {}", further.unwrap_or_default()), width),
        }
        if self.screen.glyphs.ascii {
            let text = String::from_utf8_lossy(out.get(start..).unwrap_or_default()).replace('µ', "u");
            out.truncate(start);
            out.extend_from_slice(text.as_bytes());
        }
    }

    fn finding(&self, out: &mut Vec<u8>, finding: &Finding) {
        self.head(out, finding, &finding.title);
        self.indented(out, INDENT, &finding.text);
        for sign in &finding.signs {
            self.sign(out, sign);
        }
        self.indented(out, INDENT, &finding.after);
    }

    /// Severity, `title` and place.
    pub(super) fn head(&self, out: &mut Vec<u8>, finding: &Finding, title: &str) {
        let severity = finding.kind.severity();
        let role = match severity {
            Severity::Error => Role::Error,
            Severity::Warning => Role::Warning,
            Severity::Note => Role::Dim,
        };
        let style = self.screen.style;
        style.start(role, out);
        out.extend_from_slice(severity.name().as_bytes());
        style.stop(role, out);
        out.extend_from_slice(" ".repeat(INDENT.saturating_sub(severity.name().len())).as_bytes());
        style.start(Role::Heading, out);
        out.extend_from_slice(title.as_bytes());
        style.stop(Role::Heading, out);
        let place = self.place(finding);
        let width = self.screen.columns();
        let used = INDENT + columns(title);
        if used + 2 + columns(&place) <= width {
            let blanks = width.saturating_sub(used + columns(&place));
            out.extend_from_slice(" ".repeat(blanks).as_bytes());
            out.extend_from_slice(place.as_bytes());
            out.push(b'\n');
        } else {
            out.push(b'\n');
            self.indented(out, INDENT, &place);
        }
    }

    fn sign(&self, out: &mut Vec<u8>, sign: &Sign) {
        let width = self.screen.columns();
        let mark = if sign.against { self.screen.glyphs.bad } else { self.screen.glyphs.note };
        let field = if sign.field.is_empty() { "afterwards" } else { sign.field };
        let mut lines = Vec::new();
        wrap(&mut lines, "", &sign.text, width.saturating_sub(INDENT + 2 + FIELD).max(20));
        for (at, line) in String::from_utf8_lossy(&lines).lines().enumerate() {
            let (mark, field) = if at == 0 { (mark, field) } else { ("", "") };
            out.extend_from_slice(format!("{:INDENT$}{mark:<2}{field:<FIELD$}{line}\n", "").as_bytes());
        }
    }

    fn indented(&self, out: &mut Vec<u8>, indent: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut lines = Vec::new();
        wrap(&mut lines, "", text, self.screen.columns().saturating_sub(indent).max(20));
        for line in String::from_utf8_lossy(&lines).lines() {
            out.extend_from_slice(format!("{:indent$}{line}\n", "").as_bytes());
        }
    }

    /// `flow 0, No. 2, 0.234 s`.
    fn place(&self, finding: &Finding) -> String {
        let mut parts = Vec::new();
        let flows: Vec<String> = finding.flows.iter().take(3).map(ToString::to_string).collect();
        if !flows.is_empty() {
            let word = if finding.flow_count == 1 { "flow" } else { "flows" };
            parts.push(format!("{word} {}", named(&flows, finding.flow_count, self.screen.glyphs.more)));
        }
        let frames: Vec<String> = finding.frames.iter().take(3).map(ToString::to_string).collect();
        if !frames.is_empty() {
            let word = if finding.frame_count == 1 { "No." } else { "Nos." };
            parts.push(format!("{word} {}", named(&frames, finding.frame_count, self.screen.glyphs.more)));
        }
        let mut time = Vec::new();
        value::seconds(&mut time, finding.time.nanos_since(self.start), 3);
        parts.push(format!("{} s", String::from_utf8_lossy(&time)));
        parts.join(", ")
    }
}

/// The first names, and a mark if there are more.
fn named(names: &[String], count: u64, more: &str) -> String {
    let text = names.join(" ");
    if count > names.len() as u64 { format!("{text} {more}") } else { text }
}

/// `3 findings in 1 TCP flow, 9 packets.`
fn counts(report: &Report, totals: &Totals) -> String {
    let number =
        |count: u64, what: &str| format!("{} {what}{}", thousands(count), if count == 1 { "" } else { "s" });
    let all = report.findings.len() as u64 + report.left_out.iter().map(|row| row.1).sum::<u64>();
    let all = match all {
        0 => "No findings about TCP, fragments or malformed packets".into(),
        all => number(all, "finding"),
    };
    format!("{all} in {}, {}.", number(totals.tcp_flows, "TCP flow"), number(totals.frames, "packet"))
}

/// As much of a count as a JSON number holds exactly.
pub(super) fn exact(count: u64) -> u64 {
    count.min(1 << 53)
}

/// Appends the record of one finding.
pub fn record(out: &mut Vec<u8>, finding: &Finding) {
    let mut record = Object::record(out, "finding");
    members(&mut record, finding, Depth::Evidence);
    record.end();
    out.push(b'\n');
}

/// How much of a finding is told, each including those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// What it is, and the first place.
    Place,
    /// All places.
    Places,
    /// Its title and its numbers.
    Numbers,
    /// What happened, in words.
    Text,
    /// What speaks for and against it.
    Evidence,
}

/// Members of a record or object that tell of a finding.
pub(super) fn members(record: &mut Object<'_>, finding: &Finding, depth: Depth) {
    record.text("id", finding.kind.id().as_bytes());
    record.text("severity", finding.kind.severity().name().as_bytes());
    if depth >= Depth::Numbers {
        record.text("title", finding.title.as_bytes());
        record.time("nd.first", finding.time);
    }
    let places = if depth >= Depth::Places { finding.frames.len().max(finding.flows.len()) } else { 1 };
    if finding.flow_count > 0 {
        record.texts("nd.flows", finding.flows.iter().take(places).map(ToString::to_string));
        record.number("nd.flow_count", exact(finding.flow_count));
    }
    record.numbers("frames", finding.frames.iter().take(places).copied());
    record.number("frame_count", exact(finding.frame_count));
    if depth < Depth::Numbers {
        return;
    }
    for (name, number) in &finding.numbers {
        match number {
            Number::Count(count) => record.number(name, exact(*count)),
            Number::Span(nanos) => record.duration(name, *nanos),
            Number::Flag(flag) => record.bool(name, *flag),
            Number::Word(word) => record.text(name, word.as_bytes()),
        }
    }
    if depth < Depth::Text {
        return;
    }
    record.text("text", finding.text.as_bytes());
    if depth >= Depth::Evidence {
        record.objects("evidence", &finding.signs, |item, sign| {
            if !sign.field.is_empty() {
                item.text("field", sign.field.as_bytes());
            }
            item.text("says", sign.text.as_bytes());
            item.bool("against", sign.against);
        });
    }
    if !finding.after.is_empty() {
        record.text("after", finding.after.as_bytes());
    }
}

/// Appends a record of what is left out: findings of one kind, or events that were not looked at.
pub fn left_out(out: &mut Vec<u8>, kind: Option<Kind>, count: u64) {
    let mut record = Object::record(out, "finding");
    if let Some(kind) = kind {
        record.text("id", kind.id().as_bytes());
        record.text("severity", kind.severity().name().as_bytes());
    }
    record.number(if kind.is_some() { "left_out" } else { "events_not_seen" }, exact(count));
    record.end();
    out.push(b'\n');
}
