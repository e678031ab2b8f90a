//! `--follow-tcp`: one flow as a timeline of both ends, and what it came to in words.
//!
//! A row is an event; runs of ordinary segments are one row. A state in parentheses is inferred: the segment that
//! should cause it was seen, nothing sent afterwards proves it yet. `live.rs` shows flows while they go on.

use std::borrow::Cow;
use std::fmt::Write as _;

use netdissect_dissectors::facts::{Known, State};
use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::transport::tcp::Flags;

use super::Screen;
use super::flows::thousands;
use super::notes::{Note, Notes};
use super::style::{Role, blanks, columns, fit, wrap};
use super::value::span;
use super::{timing, trust, value};
use crate::flow::key::Side;
use crate::flow::row::Row;
use crate::flow::table::Flow;
use crate::flow::tcp::{Label, Verdict};

mod complaint;
mod event;
mod hindsight;
mod live;

use event::event;
use hindsight::Hindsight;

/// Silence that is worth a line of its own, in ns.
const SILENCE: i64 = 2_000_000_000;
/// Columns of the number, a state with its arrow, a segment.
const NUMBER: usize = 7;
const STATE: usize = 14;
const SEGMENT: usize = 19;
/// Bytes that most lines take.
const LINE: usize = 160;

/// Writes timelines.
#[derive(Clone, Debug)]
pub struct Timeline {
    screen: Screen,
    /// Of a second; nine once a time was finer than microseconds.
    decimals: usize,
    begun: bool,
    /// A sentence under each event.
    explain: bool,
    /// Columns for the number of the flow in front of each row.
    margin: usize,
}

/// Rows shown as one.
struct Run<'a> {
    rows: &'a [Row],
    /// States after the last of them, client first.
    states: [Known; 2],
    /// The frame that shows that the reset in force here had no effect.
    refuted: Option<u64>,
}

impl<'a> Run<'a> {
    /// These rows, with the states that they were told with.
    fn new(rows: &'a [Row]) -> Self {
        let states = rows.last().map(|row| row.step.states).unwrap_or_default();
        Self { rows, states, refuted: None }
    }
}

impl Timeline {
    /// Timelines for `screen`; `explain` puts a sentence under each event.
    #[must_use]
    pub fn new(screen: Screen, explain: bool) -> Self {
        Self { screen, decimals: 6, begun: false, explain, margin: 0 }
    }

    /// Appends the timeline of one flow.
    pub fn flow(&mut self, out: &mut Vec<u8>, flow: &Flow, registry: &Registry) {
        if self.begun {
            out.push(b'\n');
        }
        self.pass_over(flow);
        let start = out.len();
        self.head(out, flow, registry);
        self.table(out, flow);
        out.push(b'\n');
        for (label, text) in closing(flow, self) {
            wrap(out, label, &text, self.screen.columns());
        }
        self.spell(out, start);
    }

    /// The next flow is written elsewhere: takes note of what it means for those behind it.
    pub fn pass_over(&mut self, flow: &Flow) {
        self.begun = true;
        if flow.kept.rows.iter().any(|row| !row.time.nanos.is_multiple_of(1_000)) {
            self.decimals = 9;
        }
    }

    /// Spells what was written since `start` with the signs of the screen.
    fn spell(&self, out: &mut Vec<u8>, start: usize) {
        if self.screen.glyphs.ascii {
            // The last sign that is not ASCII is the one of microseconds.
            let text = String::from_utf8_lossy(out.get(start..).unwrap_or_default()).replace('µ', "u");
            out.truncate(start);
            out.extend_from_slice(text.as_bytes());
        }
    }

    /// The line that says between whom the flow is; a second one takes what a narrow screen has no room for.
    fn title(&self, out: &mut Vec<u8>, flow: &Flow, registry: &Registry) {
        let (client, server) = ends(flow);
        let speaks = flow.app.dissector.and_then(|number| registry.dissector(number));
        let parts = [
            Some(format!("{} (client)", flow.tcp.pair.end(client)).into()),
            Some(format!("{} (server)", flow.tcp.pair.end(server)).into()),
            speaks.map(|dissector| Cow::Borrowed(dissector.protocol().title)),
        ];
        let mut line = String::with_capacity(LINE);
        let _ = write!(line, "TCP flow {}", flow.number);
        let mut used = line.len();
        for part in parts.into_iter().flatten() {
            let room = self.screen.width.map_or(usize::MAX, |_| self.screen.columns());
            let gap = if used + 3 + part.len() > room { "\n  " } else { "   " };
            used = if gap == "   " { used + 3 } else { 2 } + part.len();
            line += gap;
            line += &part;
        }
        self.screen.style.start(Role::Heading, out);
        out.extend_from_slice(line.as_bytes());
        self.screen.style.stop(Role::Heading, out);
        out.push(b'\n');
    }

    fn head(&self, out: &mut Vec<u8>, flow: &Flow, registry: &Registry) {
        self.title(out, flow, registry);
        let (client, server) = ends(flow);
        let (a, b) = (flow.tcp.half(client), flow.tcp.half(server));
        let community = format!("community-id {}", flow.community_id());
        let mut line = format!("client sent {}, server {}", bytes(a.stream_len()), thousands(b.stream_len()));
        for (who, half) in [("client", a), ("server", b)] {
            if half.again > 0 {
                let _ = write!(line, "; the {who} sent {} more than once", bytes(half.again));
            }
        }
        if flow.tcp.is_reused() {
            line.push_str("; these ports were used before");
        }
        let gap =
            if columns(&community) + 3 + columns(&line) <= self.screen.columns() { "   " } else { "\n" };
        out.extend_from_slice(format!("{community}{gap}{line}\n\n").as_bytes());
    }

    fn heading(&self, out: &mut Vec<u8>) {
        let mut heading = String::with_capacity(LINE);
        if self.margin > 0 {
            right(&mut heading, "Flow", self.margin);
        }
        right(&mut heading, "No", NUMBER);
        right(&mut heading, "Time", self.time_columns());
        heading.push_str("  ");
        left(&mut heading, "Client", STATE);
        left(&mut heading, "", 4);
        left(&mut heading, "Server", STATE + 1);
        left(&mut heading, "Segment", SEGMENT);
        heading.push_str("Event");
        self.screen.style.start(Role::Dim, out);
        out.extend_from_slice(heading.as_bytes());
        self.screen.style.stop(Role::Dim, out);
        out.push(b'\n');
    }

    fn table(&self, out: &mut Vec<u8>, flow: &Flow) {
        self.heading(out);
        let Some(first) = flow.kept.rows.first() else { return };
        let mut last = first.time;
        let mut at = 0;
        let mut notes = self.explain.then(|| Notes::new(flow));
        let hindsight = Hindsight::of(&flow.kept.rows);
        let mut complaints = flow.kept.complaints.as_slice();
        let mut states = first.step.states;
        while let Some(rest) = flow.kept.rows.get(at..).filter(|rest| !rest.is_empty()) {
            let mut run = run(rest);
            let Some(head) = run.rows.first() else { break };
            hindsight.correct(&mut run, at);
            complaints = self.complaints(out, flow, complaints, head.frame, (first.time, states));
            states = run.rows.last().map_or(states, |row| row.step.states);
            let silence = head.time.nanos_since(last);
            if silence >= SILENCE {
                let mut text = Vec::new();
                value::duration(&mut text, silence);
                let text = String::from_utf8_lossy(&text).into_owned();
                self.remark(out, self.screen.glyphs.note, &format!("{text} without a packet"));
            }
            last = run.rows.last().map_or(last, |row| row.time);
            self.run(out, flow, &run, head.time.nanos_since(first.time));
            if let Some(notes) = &mut notes {
                for note in run.rows.iter().flat_map(|_| notes.next_row()) {
                    self.explanation(out, &note);
                }
            }
            at += run.rows.len();
        }
        self.complaints(out, flow, complaints, u64::MAX, (first.time, states));
        if flow.kept.rows_lost > 0 {
            let text =
                format!("{} more segments are not shown: too many rows", thousands(flow.kept.rows_lost));
            self.remark(out, self.screen.glyphs.bad, &text);
        }
        if flow.kept.complaints_lost > 0 {
            let lost = thousands(flow.kept.complaints_lost);
            let text = format!("{lost} more ICMP errors about its segments are not shown: too many");
            self.remark(out, self.screen.glyphs.bad, &text);
        }
    }

    /// Columns of the time: up to 9,999 seconds with all decimals.
    fn time_columns(&self) -> usize {
        self.decimals + 5
    }

    /// Columns in front of the states.
    fn indent(&self) -> usize {
        self.margin + NUMBER + self.time_columns() + 2
    }

    fn remark(&self, out: &mut Vec<u8>, mark: &str, text: &str) {
        out.extend_from_slice(
            format!("{:width$}  {mark} {text}\n", "", width = self.indent() - 2).as_bytes(),
        );
    }

    /// A sentence below its event, behind its mark.
    fn explanation(&self, out: &mut Vec<u8>, note: &Note) {
        let mark = if note.is_problem { self.screen.glyphs.bad } else { self.screen.glyphs.note };
        let indent = self.indent();
        let mut lines = Vec::new();
        wrap(&mut lines, "", &note.line(), self.screen.columns().saturating_sub(indent + 2).max(20));
        for (at, line) in String::from_utf8_lossy(&lines).lines().enumerate() {
            let mark = if at == 0 { mark } else { "" };
            out.extend_from_slice(format!("{:indent$}{mark:<2}{line}\n", "").as_bytes());
        }
    }

    /// The line of a run that began `since` ns after where times are counted from.
    fn run(&self, out: &mut Vec<u8>, flow: &Flow, run: &Run<'_>, since: i64) {
        let (Some(head), Some(tail)) = (run.rows.first(), run.rows.last()) else { return };
        let glyphs = &self.screen.glyphs;
        let number = if run.rows.len() == 1 {
            head.frame.to_string()
        } else {
            format!("{}{}{}", head.frame, glyphs.to, tail.frame)
        };
        let mut time = Vec::with_capacity(NUMBER + self.decimals);
        value::seconds(&mut time, since, self.decimals);
        let time = String::from_utf8_lossy(&time);
        let arrow = match (run.rows.iter().any(|r| r.from_client), run.rows.iter().any(|r| !r.from_client)) {
            (true, true) => glyphs.both,
            (true, false) => glyphs.right,
            _ => glyphs.left,
        };
        let [client, server] = run.states;
        let (segment, event) = (segment(run, glyphs.times), event(flow, run));
        let mut line = self.lead(flow);
        right(&mut line, &number, NUMBER);
        right(&mut line, &time, self.time_columns());
        line.push_str("  ");
        left(&mut line, &state(client), STATE);
        left(&mut line, arrow, 3);
        left(&mut line, &state(server), STATE + 1);
        line.push(' ');
        left(&mut line, &segment, SEGMENT);
        let odd = run.rows.iter().any(is_odd);
        if odd {
            self.screen.style.start(Role::Warning, out);
        }
        self.line(out, line, &event);
        if odd {
            self.screen.style.stop(Role::Warning, out);
        }
        out.push(b'\n');
    }

    /// A line and its event.
    fn line(&self, out: &mut Vec<u8>, mut line: String, event: &str) {
        let width = self.screen.width.unwrap_or(usize::MAX);
        if self.screen.width.is_none() || columns(&line) + columns(event) <= width {
            line.push_str(event);
            out.extend_from_slice(line.trim_end().as_bytes());
        } else {
            // Where the event does not fit behind its segment, it stands below.
            self.cut(out, line.trim_end(), width);
            let indent = self.indent();
            let mut below = Vec::new();
            wrap(&mut below, "", event, width.saturating_sub(indent).max(1));
            for text in String::from_utf8_lossy(&below).lines() {
                out.push(b'\n');
                self.cut(out, &format!("{:indent$}{text}", ""), width);
            }
        }
    }

    /// The number of the flow, where rows of several stand among each other.
    fn lead(&self, flow: &Flow) -> String {
        let mut lead = String::with_capacity(LINE);
        if self.margin > 0 {
            right(&mut lead, &flow.number.to_string(), self.margin);
        }
        lead
    }

    /// Appends as much of a line as fits.
    fn cut(&self, out: &mut Vec<u8>, line: &str, width: usize) {
        let (text, is_cut) = fit(line, width, self.screen.glyphs.more);
        out.extend_from_slice(text.as_bytes());
        if is_cut {
            out.extend_from_slice(self.screen.glyphs.more.as_bytes());
        }
    }
}

fn ends(flow: &Flow) -> (Side, Side) {
    let client = flow.tcp.client();
    (client, client.other())
}

/// Appends `text` behind blanks.
fn right(line: &mut String, text: &str, width: usize) {
    line.push_str(&blanks(width.saturating_sub(columns(text))));
    line.push_str(text);
}

/// Appends `text` and blanks, one at least.
fn left(line: &mut String, text: &str, width: usize) {
    let missing = width.saturating_sub(columns(text));
    line.push_str(text);
    line.push_str(&blanks(missing.max(usize::from(!text.is_empty() && missing == 0))));
}

fn state(known: Known) -> Cow<'static, str> {
    if known.inferred { format!("({})", known.state).into() } else { known.state.name().into() }
}

fn bytes(number: u64) -> String {
    format!("{} {}", thousands(number), if number == 1 { "byte" } else { "bytes" })
}

/// Labels that make a row an event of its own.
const REMARKABLE: [Label; 42] = [
    Label::OverlapConflict,
    Label::Retransmission,
    Label::OutOfOrder,
    Label::GapBefore,
    Label::AckUnseen,
    Label::LateCapture,
    Label::ZeroWindowProbe,
    Label::DsackAck,
    Label::DupAck,
    Label::StaleAck,
    Label::KeepAlive,
    Label::ZeroWindow,
    Label::WindowUpdate,
    Label::Duplicate,
    Label::OrphanSyn,
    Label::OtherIsn,
    Label::BadChecksum,
    Label::Insane,
    Label::NoAck,
    Label::RstNotHonoured,
    Label::DataAfterFin,
    Label::SimultaneousOpen,
    Label::FastOpenAccepted,
    Label::FastOpenIgnored,
    Label::Dsack,
    Label::WindowShrink,
    Label::BeyondWindow,
    Label::KeepAliveAck,
    Label::ProbeConsumed,
    Label::ChallengeAck,
    Label::SackReneging,
    Label::PreBase,
    Label::Loop,
    Label::EcnSetup,
    Label::EcnAccepted,
    Label::AccurateEcn,
    Label::CongestionMark,
    Label::CongestionEcho,
    Label::WindowReduced,
    Label::DataAfterClose,
    Label::Urgent,
    Label::EcnMisused,
];

fn is_remarkable(row: &Row) -> bool {
    row.step.lost || has_remarkable(row)
}

fn has_remarkable(row: &Row) -> bool {
    REMARKABLE.into_iter().any(|label| row.step.labels.has(label))
        || row.flags.intersects(Flags::SYN.union(Flags::FIN).union(Flags::RST))
}

/// Ordinary data that did not arrive.
fn is_only_lost(row: &Row) -> bool {
    row.step.lost && !has_remarkable(row) && row.message.is_none()
}

/// Something went wrong here.
fn is_odd(row: &Row) -> bool {
    [
        Label::Retransmission,
        Label::OutOfOrder,
        Label::GapBefore,
        Label::AckUnseen,
        Label::DupAck,
        Label::ZeroWindow,
        Label::BadChecksum,
        Label::Insane,
        Label::NoAck,
        Label::Rst,
        Label::OrphanSyn,
        Label::OtherIsn,
        Label::RstNotHonoured,
        Label::DataAfterFin,
        Label::DataAfterClose,
        Label::BeyondWindow,
        Label::SackReneging,
        Label::Loop,
        Label::CongestionMark,
        Label::OverlapConflict,
    ]
    .into_iter()
    .any(|label| row.step.labels.has(label))
        || row.step.lost
}

/// The leading rows that are one event: ordinary segments of one exchange in which data goes one way, up to the
/// end of a message; or duplicate ACKs in a row.
fn run(rows: &[Row]) -> Run<'_> {
    let Some(head) = rows.first() else { return Run::new(rows) };
    let states = head.step.states;
    let mut len = 1;
    if is_only_lost(head) {
        let more = rows.iter().skip(1);
        len += more.take_while(|row| is_only_lost(row) && row.from_client == head.from_client).count();
    } else if head.step.labels.has(Label::DupAck) || head.step.labels.has(Label::Duplicate) {
        let kind = if head.step.labels.has(Label::DupAck) { Label::DupAck } else { Label::Duplicate };
        let more = rows.iter().skip(1).take_while(|row| {
            row.step.labels.has(kind)
                && row.from_client == head.from_client
                && row.step.ack == head.step.ack
                && row.step.states == states
        });
        len += more.count();
    } else if !is_remarkable(head) && head.message.is_none() {
        let mut data_from = (head.len > 0).then_some(head.from_client);
        let has_ack = |row: &Row| row.len == 0;
        let mut acks_from = has_ack(head).then_some(head.from_client);
        for row in rows.iter().skip(1) {
            if is_remarkable(row) || row.step.states != states || row.time.nanos_since(head.time) >= SILENCE {
                break;
            }
            let who = Some(row.from_client);
            let fits = if row.len > 0 {
                data_from.is_none_or(|from| Some(from) == who) && acks_from != who
            } else {
                data_from != who && acks_from.is_none_or(|from| Some(from) == who)
            };
            // A lone acknowledgment in front of the peer's data is an event: it arrived.
            let lone = data_from.is_none() && row.len > 0;
            if !fits || lone {
                break;
            }
            if row.len > 0 {
                data_from = who;
            } else {
                acks_from = who;
            }
            len += 1;
            if row.message.is_some() {
                break;
            }
        }
    }
    Run::new(rows.get(..len).unwrap_or(rows))
}

fn segment(run: &Run<'_>, times: &str) -> String {
    let Some(head) = run.rows.first() else { return String::new() };
    let data: Vec<&Row> = run.rows.iter().filter(|row| row.len > 0).collect();
    let total: u64 = data.iter().map(|row| u64::from(row.len)).sum();
    match (run.rows.len(), data.len()) {
        (1, _) => {
            let flags = if head.marks.is_some() { head.flags.without_marks() } else { head.flags };
            let mut text = if flags == Flags::ACK && head.len == 0 {
                format!("ACK {}", head.step.ack)
            } else {
                flags.to_string()
            };
            if let Some(marks) = head.marks {
                let _ = write!(text, ", ACE={marks}");
            }
            if head.len > 0 {
                let _ = write!(text, " {} B", thousands(head.len.into()));
            }
            text
        }
        (count, 0) if head.step.labels.has(Label::DupAck) => format!("{count} {times} dup ACK"),
        (count, 0) => {
            let ack = run.rows.last().map_or(0, |row| row.step.ack);
            format!("{count} {times} ACK to {ack}")
        }
        (_, 1) => format!("data {} B", thousands(total)),
        (_, count) => format!("{count} {times} data {} B", thousands(total)),
    }
}

/// The closing lines: a label, or none, and text.
fn closing(flow: &Flow, timeline: &Timeline) -> Vec<(&'static str, String)> {
    let mut lines = vec![("", verdict(flow))];
    lines.extend(timing::lines(flow, &timeline.screen.glyphs));
    lines.push(("Trust", trust::line(flow)));
    lines
}

fn verdict(flow: &Flow) -> String {
    let (client, server) = ends(flow);
    let fin_by_client_first =
        flow.kept.rows.iter().find(|row| row.step.labels.has(Label::Fin)).is_none_or(|row| row.from_client);
    let order = if fin_by_client_first { "client first" } else { "server first" };
    let aborted = |who: &str| {
        let fins = [client, server].map(|side| flow.tcp.end(side).has_sent_fin());
        let fin = match fins {
            [false, false] => "neither side had sent a FIN",
            [true, false] => "only the client had sent a FIN",
            [false, true] => "only the server had sent a FIN",
            [true, true] => "both had sent a FIN",
        };
        format!("Aborted by the {who}: a reset; {fin}.")
    };
    let text = match flow.tcp.verdict() {
        Verdict::AttemptUnanswered => {
            "Attempt without an answer: the SYN was sent, nothing came back.".into()
        }
        Verdict::AttemptIcmp => icmp_error(flow),
        Verdict::Refused => "Refused: the server answered the SYN with a reset.".into(),
        Verdict::AbortedHandshake => "Aborted during the handshake.".into(),
        Verdict::HalfOpen => "Half-open: the SYN was answered, the client never confirmed.".into(),
        Verdict::Established => "Open at the end of the capture.".into(),
        Verdict::ClosedNormal if is_simultaneous_close(flow) => {
            "Closed normally. Both FINs were on the way at once: a simultaneous close.".into()
        }
        Verdict::ClosedNormal => format!("Closed normally, {}.{}", order, steps_of_close(flow)),
        Verdict::Closing => "Both ends have closed; the last ACK was not seen.".into(),
        Verdict::HalfClosedByClient => "Half-closed: the client sent its FIN, the server did not.".into(),
        Verdict::HalfClosedByServer => "Half-closed: the server sent its FIN, the client did not.".into(),
        Verdict::ResetByClient => aborted("client"),
        Verdict::ResetByServer => aborted("server"),
        Verdict::TimedOut => timed_out(flow),
        Verdict::Midstream => {
            "Joined in progress: the handshake is not in the capture; open at its end.".into()
        }
        Verdict::MidstreamClosed => "Joined in progress; closed normally.".into(),
        Verdict::MidstreamReset => "Joined in progress; ended by a reset.".into(),
        Verdict::Backscatter => "Answers to a SYN that is not in the capture, and nothing else.".into(),
        Verdict::OneWay => "Only one direction was captured: the other end's states are inferred.".into(),
        Verdict::Superseded => "Replaced by a new connection between the same ports.".into(),
    };
    if flow.evicted { format!("{text} Let go early to keep memory bounded.") } else { text }
}

fn icmp_error(flow: &Flow) -> String {
    let Some(error) = flow.tcp.icmp_error() else { return "Attempt answered by an ICMP error.".into() };
    let after = span(error.time.nanos_since(flow.tcp.times().0));
    format!(
        "Attempt answered by an ICMP error: {} says {} (No. {}, {after} after the SYN).",
        error.from,
        error.words(),
        error.frame,
    )
}

fn timed_out(flow: &Flow) -> String {
    let Some((side, tries)) = flow.tcp.given_up() else { return "Timed out.".into() };
    let who = if side == flow.tcp.client() { "client" } else { "server" };
    let kept_alive =
        flow.kept.rows.iter().any(|row| row.step.from == side && row.step.labels.has(Label::KeepAlive));
    let what = if kept_alive { "keep-alives" } else { "retransmissions" };
    let end = if flow.tcp.end(side).is_reset() { " and gave up" } else { "" };
    format!("Timed out: the {who} sent {tries} {what} without an answer{end}.")
}

/// The rows in which each end closed.
fn fins(flow: &Flow) -> Option<[&Row; 2]> {
    let mut fins = flow.kept.rows.iter().filter(|row| row.closes());
    let both = [fins.next()?, fins.next()?];
    fins.next().is_none().then_some(both)
}

/// Neither end knew of the other's FIN when it sent its own (RFC 9293 section 3.6, figure 13). Which of them passed here
/// first says where the capture was, not who was first.
fn is_simultaneous_close(flow: &Flow) -> bool {
    fins(flow).is_some_and(|[_, second]| {
        let [client, server] = second.step.states;
        let own = if second.from_client { client } else { server };
        own.state == State::Closing
    })
}

/// How many segments the four steps of the close took.
fn steps_of_close(flow: &Flow) -> String {
    let Some([first, second]) = fins(flow) else { return String::new() };
    let acked_between = flow.kept.rows.iter().any(|row| {
        row.frame > first.frame
            && row.frame < second.frame
            && row.from_client == second.from_client
            && [row.step.states[0].state, row.step.states[1].state].contains(&State::FinWait2)
    });
    if acked_between {
        " Four steps in four segments.".into()
    } else {
        format!(" Four steps in three segments: No. {} is ACK and FIN at once.", second.frame)
    }
}
