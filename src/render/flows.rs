//! `--flows`: one line per TCP flow.

use super::Screen;
use super::style::wrap;
use super::tables::{Column, Pages};
use super::timing::percent;
use super::value;
use crate::flow::table::Flow;
use crate::flow::tcp::Verdict;
use crate::flow::tcp::time::Limit;
use crate::pipeline::Totals;

/// Narrower screens have no room for what is the least missed.
const ROOM_FOR_COUNTS: usize = 90;

/// The same for what went wrong and what held the transfer.
const ROOM_FOR_LOSS: usize = 100;
const ROOM_FOR_LIMIT: usize = 110;

/// All columns, and how wide the screen must be for each.
const COLUMNS: [(usize, Column); 14] = [
    (0, Column::number("Flow")),
    (0, Column::text("Client").least(15)),
    (0, Column::text("Server").least(15)),
    (ROOM_FOR_COUNTS, Column::number("Pkts")),
    (0, Column::number("Sent")),
    (0, Column::number("Recv")),
    (0, Column::number("Time")),
    (ROOM_FOR_COUNTS, Column::number("RTT")),
    (ROOM_FOR_LOSS, Column::number("Loss")),
    (ROOM_FOR_LIMIT, Column::text("Limit").least(12)),
    (0, Column::text("State").least(6)),
    (130, Column::text("Zeek")),
    (130, Column::text("History")),
    (165, Column::text("Community ID").least(30)),
];

/// The table of flows.
#[derive(Debug)]
pub struct FlowTableView {
    screen: Screen,
    pages: Pages,
    account: Account,
}

impl FlowTableView {
    /// An empty table.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self { screen, pages: Pages::new(screen, &COLUMNS), account: Account::default() }
    }

    /// Adds a flow; a full page is printed.
    pub fn flow(&mut self, out: &mut Vec<u8>, flow: &Flow) {
        let tcp = &flow.tcp;
        let (client, server) = (tcp.client(), tcp.client().other());
        let (a, b) = (tcp.half(client), tcp.half(server));
        let (first, last) = tcp.times();
        let none = if self.screen.glyphs.ascii { "-" } else { "–" };
        let rtt = || match (a.round_trip(), b.round_trip()) {
            (Some(a), Some(b)) => tenths_of_ms(a.saturating_add(b)),
            _ => none.to_owned(),
        };
        let time = || {
            let mut time = Vec::new();
            value::seconds(&mut time, last.nanos_since(first), 3);
            String::from_utf8_lossy(&time).into_owned()
        };
        let limit = || {
            tcp.limiter().map_or(none.to_owned(), |(limit, share, all)| {
                format!("{} {}", limit_word(limit), percent(share, all, ""))
            })
        };
        let zeek = flow.kept.zeek.as_ref();
        self.account.add(flow);
        let cells: [&dyn Fn() -> String; COLUMNS.len()] = [
            &|| flow.number.to_string(),
            &|| tcp.pair.end(client).to_string(),
            &|| tcp.pair.end(server).to_string(),
            &|| thousands(a.packets + b.packets),
            &|| thousands(a.stream_len()),
            &|| thousands(b.stream_len()),
            &time,
            &rtt,
            &|| tcp.loss().map_or(none.to_owned(), |(lost, sent)| percent(lost, sent, "")),
            &limit,
            &|| state(flow),
            &|| zeek.map_or(none, |zeek| zeek.conn_state()).to_owned(),
            &|| zeek.map_or(none, |zeek| zeek.history()).to_owned(),
            &|| flow.community_id(),
        ];
        self.pages.row_of(out, cells, |cell| cell());
    }

    /// Prints what is left and the account of all flows.
    pub fn finish(&mut self, out: &mut Vec<u8>, totals: &Totals) {
        self.pages.print(out);
        wrap(out, "", &self.account.words(), self.screen.columns());
        let mut rest = Vec::new();
        if self.account.flows > 0 {
            let room = self.screen.columns();
            rest.push(format!(
                "Time in s{}.",
                if room >= ROOM_FOR_COUNTS { ", RTT (the smallest round trip) in ms" } else { "" }
            ));
            if room >= ROOM_FOR_LOSS {
                rest.push("Loss: bytes that had to be sent again.".to_owned());
            }
            if room >= ROOM_FOR_LIMIT {
                rest.push("Limit: what held the larger transfer longest.".to_owned());
            }
        }
        if totals.udp_conversations > 0 {
            rest.push(format!("Also: {}.", counted(totals.udp_conversations, "UDP conversation")));
        }
        if !rest.is_empty() {
            wrap(out, "", &rest.join(" "), self.screen.columns());
        }
    }
}

/// How the flows of the table began and ended.
#[derive(Debug, Default)]
pub(super) struct Account {
    flows: u64,
    from_start: u64,
    joined: u64,
    answers: u64,
    one_way: u64,
    unanswered: u64,
    icmp_error: u64,
    refused: u64,
    aborted: u64,
    closed: u64,
    closing: u64,
    reset: u64,
    timed_out: u64,
    superseded: u64,
    open: u64,
}

impl Account {
    pub(super) fn add(&mut self, flow: &Flow) {
        self.flows += 1;
        let verdict = flow.tcp.verdict();
        let began = match verdict {
            Verdict::Backscatter => &mut self.answers,
            Verdict::OneWay => &mut self.one_way,
            _ if flow.tcp.is_midstream() => &mut self.joined,
            _ => &mut self.from_start,
        };
        *began += 1;
        let ended = match verdict {
            Verdict::AttemptUnanswered => &mut self.unanswered,
            Verdict::AttemptIcmp => &mut self.icmp_error,
            Verdict::Refused => &mut self.refused,
            Verdict::AbortedHandshake => &mut self.aborted,
            Verdict::ResetByClient | Verdict::ResetByServer | Verdict::MidstreamReset => &mut self.reset,
            Verdict::ClosedNormal | Verdict::MidstreamClosed => &mut self.closed,
            Verdict::Closing | Verdict::HalfClosedByClient | Verdict::HalfClosedByServer => &mut self.closing,
            Verdict::TimedOut => &mut self.timed_out,
            Verdict::Superseded => &mut self.superseded,
            Verdict::HalfOpen | Verdict::Established | Verdict::Midstream => &mut self.open,
            // How these ended is not in the file.
            Verdict::Backscatter | Verdict::OneWay => return,
        };
        *ended += 1;
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.flows
    }

    pub(super) fn words(&self) -> String {
        let parts = |counts: &[(u64, &str)]| {
            let told = counts.iter().filter(|(count, _)| *count > 0);
            told.map(|(count, what)| format!("{} {what}", thousands(*count))).collect::<Vec<_>>().join(", ")
        };
        if self.flows == 0 {
            return "0 TCP flows.".to_owned();
        }
        let began = parts(&[
            (self.from_start, "seen from the start"),
            (self.joined, "joined in progress (^)"),
            (self.one_way, "in one direction only"),
            (self.answers, "answering what is not in the file (?: scan backscatter or one-sided capture)"),
        ]);
        let ended = parts(&[
            (self.closed, "closed normally"),
            (self.closing, "half-closed or closing"),
            (self.reset, "reset"),
            (self.refused, "refused"),
            (self.aborted, "aborted in the handshake"),
            (self.unanswered, "without an answer"),
            (self.icmp_error, "answered by an ICMP error"),
            (self.timed_out, "timed out"),
            (self.superseded, "superseded by another connection"),
            (self.open, "open at the end"),
        ]);
        let told = self.flows - self.answers - self.one_way;
        let ended = match () {
            () if told == 0 => String::new(),
            () if self.open == told => " None was closed before the capture ended.".to_owned(),
            () => format!(" {ended}."),
        };
        format!("{}: {began}.{ended}", counted(self.flows, "TCP flow"))
    }
}

/// The verdict in a word or two; `^` marks a flow whose beginning is missing.
pub(super) fn state(flow: &Flow) -> String {
    let mark = if flow.tcp.is_midstream() { " ^" } else { "" };
    let word = match flow.tcp.verdict() {
        Verdict::AttemptUnanswered => "no answer",
        Verdict::AttemptIcmp => "icmp error",
        Verdict::Refused => "refused",
        Verdict::AbortedHandshake => "aborted",
        Verdict::HalfOpen => "half-open",
        Verdict::Established | Verdict::Midstream => "open",
        Verdict::ClosedNormal | Verdict::MidstreamClosed => "closed",
        Verdict::Closing => "closing",
        Verdict::HalfClosedByClient => "half-closed, client",
        Verdict::HalfClosedByServer => "half-closed, server",
        Verdict::ResetByClient => "reset by client",
        Verdict::ResetByServer => "reset by server",
        Verdict::TimedOut => "timed out",
        Verdict::MidstreamReset => "reset",
        Verdict::Backscatter => return "? backscatter".to_owned(),
        Verdict::OneWay => "one way",
        Verdict::Superseded => "superseded",
    };
    format!("{word}{mark}")
}

/// `1 flow`, `2 flows`.
pub(super) fn counted(number: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// What held a transfer, in a word.
fn limit_word(limit: Limit) -> &'static str {
    match limit {
        Limit::ZeroWindow => "closed",
        Limit::ReceiverWindow => "window",
        Limit::Loss => "loss",
        Limit::Idle => "idle",
        Limit::Busy => "program",
        Limit::CongestionWindow => "network",
        Limit::Unknown => "unknown",
    }
}

pub(super) fn tenths_of_ms(nanos: i64) -> String {
    let tenths = nanos.saturating_add(50_000) / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A count with a comma between thousands.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() <= 3 {
        return digits;
    }
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
