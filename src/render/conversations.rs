//! `--flows=udp` and `--flows=ip`: one line per conversation.

use super::Screen;
use super::flows::{counted, thousands};
use super::json::Object;
use super::protocols::traffic;
use super::style::wrap;
use super::tables::{Column, Pages};
use super::value;
use crate::flow::community::{Transport, community_id};
use crate::flow::key::Endpoint;
use crate::survey::endpoints::{Between, Conversation, Conversations};

/// Narrower screens have no room for what can be added up.
const ROOM_FOR_COUNTS: usize = 100;

const UDP: [(usize, Column); 8] = [
    (0, Column::number("Stream")),
    (0, Column::text("Address").least(15)),
    (0, Column::text("Address").least(15)),
    (0, Column::number("Pkts")),
    (ROOM_FOR_COUNTS, Column::number("Bytes")),
    (0, Column::number("Sent")),
    (0, Column::number("Recv")),
    (0, Column::number("Time")),
];

const IP: [(usize, Column); 7] = [
    (0, Column::text("Address").least(15)),
    (0, Column::text("Address").least(15)),
    (0, Column::number("Pkts")),
    (ROOM_FOR_COUNTS, Column::number("Bytes")),
    (0, Column::number("Sent")),
    (0, Column::number("Recv")),
    (0, Column::number("Time")),
];

/// Appends the table and what is to be said of all of it.
pub fn text(out: &mut Vec<u8>, screen: Screen, conversations: &Conversations) {
    let rows = conversations.rows();
    let is_udp = conversations.between() == Between::Udp;
    let columns: &'static [(usize, Column)] = if is_udp { &UDP } else { &IP };
    let mut pages = Pages::new(screen, columns);
    for row in &rows {
        let mut time = Vec::new();
        value::seconds(&mut time, row.last.nanos_since(row.first), 3);
        let all = row.all();
        let stream = row.stream.map(|stream| stream.to_string());
        let [client, server] = [row.client, row.client.other()];
        let cells = [
            name(row.pair.end(client), is_udp),
            name(row.pair.end(server), is_udp),
            thousands(all.packets),
            thousands(all.bytes),
            thousands(row.sent[client].bytes),
            thousands(row.sent[server].bytes),
            String::from_utf8_lossy(&time).into_owned(),
        ];
        pages.row(out, stream.into_iter().chain(cells));
    }
    pages.print(out);
    let what = if is_udp { "UDP conversation" } else { "pair" };
    let mut rest = counted(rows.len() as u64, what);
    if !is_udp {
        rest.push_str(" of addresses");
    }
    rest.push('.');
    if !rows.is_empty() {
        rest.push_str(" Bytes of frames; the first to send stands left. Time in s.");
    }
    if conversations.left_out > 0 {
        rest.push_str(&format!(
            " Conversations that began later have no row: {}.",
            counted(conversations.left_out, "packet")
        ));
    }
    wrap(out, "", &rest, screen.columns());
}

fn name(end: Endpoint, with_port: bool) -> String {
    if with_port { end.to_string() } else { end.addr.to_string() }
}

/// Appends the record of one conversation.
pub fn record(out: &mut Vec<u8>, row: &Conversation) {
    let mut record = Object::record(out, "flow");
    if let Some(stream) = row.stream {
        record.number("udp.stream", stream.into());
        record.text("nd.community_id", community_id(&row.pair, Transport::Udp).as_bytes());
    }
    for (side, who) in [(row.client, "client"), (row.client.other(), "server")] {
        record.text(&format!("nd.{who}"), name(row.pair.end(side), row.stream.is_some()).as_bytes());
        traffic(&mut record, &format!("nd.{who}"), row.sent[side]);
    }
    record.time("nd.first", row.first);
    record.duration("nd.duration", row.last.nanos_since(row.first));
    record.end();
    out.push(b'\n');
}

/// Appends the record of what had no room.
pub fn left_out(out: &mut Vec<u8>, conversations: &Conversations) {
    let mut record = Object::record(out, "flow");
    record.wide("nd.packets_left_out", conversations.left_out);
    record.end();
    out.push(b'\n');
}
