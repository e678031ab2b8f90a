//! The flows that sent most in an interval, for `--flows` while packets pass.

use std::collections::HashMap;
use std::fmt::Write as _;

use netdissect_dissectors::facts::FlowNumber;

use super::Screen;
use super::flows::{counted, state, tenths_of_ms, thousands};
use super::style::Role;
use super::tables::{Column, Grid};
use super::timing::percent;
use super::value;
use crate::flow::table::{Flow, FlowTable};

/// Narrower screens have no room for packets and losses.
const ROOM_FOR_COUNTS: usize = 90;

/// All columns, and how wide the screen must be for each.
const COLUMNS: [(usize, Column); 8] = [
    (0, Column::number("Flow")),
    (0, Column::text("Client").least(15)),
    (0, Column::text("Server").least(15)),
    (ROOM_FOR_COUNTS, Column::number("Pkts")),
    (0, Column::number("Bytes/s").least(10)),
    (0, Column::number("RTT")),
    (ROOM_FOR_COUNTS, Column::number("Loss")),
    (0, Column::text("State").least(6)),
];

/// What a flow has sent so far.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    packets: u64,
    bytes: u64,
}

/// The table of the busiest flows.
#[derive(Debug)]
pub struct Busiest {
    screen: Screen,
    /// What each flow had sent at the end of the last interval.
    before: HashMap<FlowNumber, Sent>,
    /// Room for the same at the end of the next.
    now: HashMap<FlowNumber, Sent>,
}

impl Busiest {
    /// No interval is over.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self { screen, before: HashMap::new(), now: HashMap::new() }
    }

    /// Fits later tables to a terminal of so many columns.
    pub fn resize(&mut self, width: usize) {
        self.screen.width = Some(width);
    }

    /// Appends the table of an interval of `length` ns that ended `since` ns after the first frame: `most` rows at most.
    /// Returns whether any flow sent something.
    pub fn table(
        &mut self,
        out: &mut Vec<u8>,
        flows: &FlowTable,
        (since, length): (i64, i64),
        most: usize,
    ) -> bool {
        self.now.clear();
        let mut busy: Vec<(Sent, &Flow)> = Vec::new();
        for (_, flow) in flows.iter() {
            let sent = sent(flow);
            let before = self.before.get(&flow.number).copied().unwrap_or_default();
            let packets = sent.packets.saturating_sub(before.packets);
            if packets > 0 {
                busy.push((Sent { packets, bytes: sent.bytes.saturating_sub(before.bytes) }, flow));
            }
            self.now.insert(flow.number, sent);
        }
        std::mem::swap(&mut self.before, &mut self.now);
        busy.sort_by_key(|(sent, flow)| {
            (std::cmp::Reverse((sent.bytes, sent.packets)), flow.number.stream, flow.number.nth)
        });
        self.heading(out, since, busy.len(), most);
        let room = self.screen.columns();
        let fits = |least: usize| room >= least;
        let columns: Vec<Column> = COLUMNS.iter().filter(|row| fits(row.0)).map(|row| row.1).collect();
        let mut grid = Grid::new(self.screen, &columns);
        for (sent, flow) in busy.iter().take(most) {
            let cells = self.cells(flow, *sent, length);
            grid.row(cells.into_iter().zip(&COLUMNS).filter(|(_, row)| fits(row.0)).map(|(cell, _)| cell));
        }
        if !grid.is_empty() {
            grid.print(out);
        }
        !busy.is_empty()
    }

    fn heading(&self, out: &mut Vec<u8>, since: i64, busy: usize, most: usize) {
        let mut text = Vec::new();
        value::seconds(&mut text, since, 3);
        let mut line = String::from_utf8_lossy(&text).into_owned();
        let count = u64::try_from(busy).unwrap_or(u64::MAX);
        let _ = write!(line, " s: {} sent something", counted(count, "TCP flow"));
        if busy > most {
            let _ = write!(line, ", the {most} that sent most");
        }
        self.screen.style.start(Role::Dim, out);
        out.extend_from_slice(line.as_bytes());
        self.screen.style.stop(Role::Dim, out);
        out.push(b'\n');
    }

    fn cells(&self, flow: &Flow, sent: Sent, length: i64) -> [String; 8] {
        let none = if self.screen.glyphs.ascii { "-" } else { "–" };
        let tcp = &flow.tcp;
        let (client, server) = (tcp.client(), tcp.client().other());
        let rtt = match (tcp.half(client).round_trip(), tcp.half(server).round_trip()) {
            (Some(a), Some(b)) => tenths_of_ms(a.saturating_add(b)),
            _ => none.to_owned(),
        };
        let length = u128::try_from(length).unwrap_or(1).max(1);
        let rate = u128::from(sent.bytes).saturating_mul(1_000_000_000) / length;
        [
            flow.number.to_string(),
            tcp.pair.end(client).to_string(),
            tcp.pair.end(server).to_string(),
            thousands(sent.packets),
            thousands(u64::try_from(rate).unwrap_or(u64::MAX)),
            rtt,
            tcp.loss().map_or(none.to_owned(), |(lost, sent)| percent(lost, sent, "")),
            state(flow),
        ]
    }
}

/// Packets of both ends, and their payload with what was sent again.
fn sent(flow: &Flow) -> Sent {
    let halves = crate::flow::key::Side::both().map(|side| flow.tcp.half(side));
    halves.iter().fold(Sent::default(), |sum, half| Sent {
        packets: sum.packets.saturating_add(half.packets),
        bytes: sum.bytes.saturating_add(half.stream_len()).saturating_add(half.again),
    })
}
