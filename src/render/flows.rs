//! `--flows`: one line per TCP flow.

use netdissect_dissectors::facts::State;

use super::Screen;
use super::style::wrap;
use super::tables::{Column, Grid};
use super::value;
use crate::flow::table::Flow;
use crate::flow::tcp::Verdict;
use crate::pipeline::Totals;

/// Rows collected before a table is printed: column widths come from all of them, memory must not.
const PAGE: usize = 10_000;

const COLUMNS: [Column; 9] = [
    Column::number("Flow"),
    Column::text("Client").least(15),
    Column::text("Server").least(15),
    Column::number("Pkts"),
    Column::number("Sent"),
    Column::number("Recv"),
    Column::number("Time"),
    Column::number("RTT"),
    Column::text("State").least(6),
];

/// The table of flows.
#[derive(Debug)]
pub struct FlowTableView {
    screen: Screen,
    grid: Grid,
    rows: usize,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    from_start: u64,
    midstream: u64,
    unanswered: u64,
    refused: u64,
    reset: u64,
    closed: u64,
    open: u64,
}

impl FlowTableView {
    /// An empty table.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self { screen, grid: Grid::new(screen, &COLUMNS), rows: 0, counts: Counts::default() }
    }

    /// Adds a flow; a full page is printed.
    pub fn flow(&mut self, out: &mut Vec<u8>, flow: &Flow) {
        let tcp = &flow.tcp;
        let (client, server) = (tcp.client(), tcp.client().other());
        let (a, b) = (tcp.half(client), tcp.half(server));
        let (first, last) = tcp.times();
        let rtt = match (a.round_trip(), b.round_trip()) {
            (Some(a), Some(b)) => tenths_of_ms(a.saturating_add(b)),
            _ if self.screen.glyphs.ascii => "-".to_owned(),
            _ => "–".to_owned(),
        };
        let mut time = Vec::new();
        value::seconds(&mut time, last.nanos_since(first), 3);
        self.counts.add(flow);
        self.grid.row([
            flow.number.to_string(),
            tcp.pair.end(client).to_string(),
            tcp.pair.end(server).to_string(),
            thousands(a.packets + b.packets),
            thousands(a.stream_len()),
            thousands(b.stream_len()),
            String::from_utf8_lossy(&time).into_owned(),
            rtt,
            state(flow),
        ]);
        self.rows += 1;
        if self.rows == PAGE {
            self.print(out);
        }
    }

    fn print(&mut self, out: &mut Vec<u8>) {
        let grid = std::mem::replace(&mut self.grid, Grid::new(self.screen, &COLUMNS));
        self.rows = 0;
        if !grid.is_empty() {
            grid.print(out);
        }
    }

    /// Prints what is left and the account of all flows.
    pub fn finish(&mut self, out: &mut Vec<u8>, totals: &Totals) {
        self.print(out);
        let c = &self.counts;
        let mut parts = Vec::new();
        for (count, what) in [
            (c.from_start, "seen from the start"),
            (c.midstream, "joined in progress (^)"),
            (c.unanswered, "attempts without an answer"),
            (c.refused, "refused"),
            (c.closed, "closed normally"),
            (c.reset, "reset"),
            (c.open, "open at the end"),
        ] {
            if count > 0 {
                parts.push(format!("{} {what}", thousands(count)));
            }
        }
        let flows = if totals.tcp_flows == 1 { "TCP flow" } else { "TCP flows" };
        let colon = if parts.is_empty() { "" } else { ": " };
        let account = format!("{} {flows}{colon}{}.", thousands(totals.tcp_flows), parts.join(", "));
        wrap(out, "", &account, self.screen.columns());
        let rest = format!(
            "Time in s, RTT of the handshake in ms. Also: {} UDP conversations.",
            thousands(totals.udp_conversations)
        );
        wrap(out, "", &rest, self.screen.columns());
    }
}

impl Counts {
    fn add(&mut self, flow: &Flow) {
        let counter = match flow.tcp.verdict() {
            Verdict::AttemptUnanswered | Verdict::AttemptIcmp => &mut self.unanswered,
            Verdict::Refused => &mut self.refused,
            Verdict::ResetByClient | Verdict::ResetByServer | Verdict::MidstreamReset => &mut self.reset,
            Verdict::ClosedNormal | Verdict::MidstreamClosed => &mut self.closed,
            _ => &mut self.open,
        };
        *counter += 1;
        let started = if flow.tcp.is_midstream() { &mut self.midstream } else { &mut self.from_start };
        *started += 1;
    }
}

/// The verdict in a word or two; `^` marks a flow whose beginning is missing.
fn state(flow: &Flow) -> String {
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
        Verdict::MidstreamReset => "reset",
        Verdict::Backscatter => "? backscatter",
        Verdict::OneWay => {
            let server = flow.tcp.end(flow.tcp.client().other()).known();
            return if server.state == State::Closed { "one way".into() } else { format!("one way{mark}") };
        }
        Verdict::Superseded => "superseded",
    };
    format!("{word}{mark}")
}

fn tenths_of_ms(nanos: i64) -> String {
    let tenths = nanos / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A count with a comma between thousands.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
