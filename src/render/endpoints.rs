//! `--endpoints`: addresses with what they sent and received.

use std::net::IpAddr;

use super::Screen;
use super::address::Kinds;
use super::flows::{counted, thousands};
use super::json::Object;
use super::protocols::{share, traffic};
use super::style::wrap;
use super::tables::{Column, Pages};
use crate::survey::Traffic;
use crate::survey::endpoints::{Endpoints, Share};

/// Narrower screens have no room for what can be added up.
const ROOM_FOR_SUMS: usize = 90;

const COLUMNS: [(usize, Column); 9] = [
    (0, Column::text("Address").least(15)),
    (ROOM_FOR_SUMS, Column::number("Pkts")),
    (0, Column::number("Bytes")),
    (ROOM_FOR_SUMS, Column::number("Share")),
    (0, Column::number("Pkts sent")),
    (0, Column::number("Bytes sent")),
    (0, Column::number("Pkts recv")),
    (0, Column::number("Bytes recv")),
    (0, Column::text("Kind")),
];

/// Appends the table of `rows`, and what is to be said of all of them. Shares are of the bytes that were `seen`;
/// `kinds`: what kind of address each is.
pub fn text(
    out: &mut Vec<u8>,
    screen: Screen,
    endpoints: &Endpoints,
    (seen, kinds): (Traffic, Option<&Kinds>),
) {
    let rows = endpoints.rows();
    let columns = COLUMNS.len() - usize::from(kinds.is_none());
    let mut pages = Pages::new(screen, COLUMNS.get(..columns).unwrap_or(&COLUMNS));
    for (addr, row) in &rows {
        let all = row.sent.plus(row.received);
        let cells = [
            addr.to_string(),
            thousands(all.packets),
            thousands(all.bytes),
            share(all.bytes, seen.bytes),
            thousands(row.sent.packets),
            thousands(row.sent.bytes),
            thousands(row.received.packets),
            thousands(row.received.bytes),
            kinds.map(|kinds| kinds.ip(*addr).join(", ")).unwrap_or_default(),
        ];
        pages.row(out, cells);
    }
    pages.print(out);
    let count = rows.len() as u64;
    let addresses =
        if count == 1 { "1 address".to_owned() } else { format!("{} addresses", thousands(count)) };
    let mut rest = vec![format!("{addresses}, {}.", counted(seen.packets, "frame"))];
    if endpoints.without > 0 {
        rest.push(format!("{} without IP addresses.", counted(endpoints.without, "frame")));
    }
    if endpoints.left_out > 0 {
        rest.push(format!(
            "Addresses that came later have no row: {} from or to them.",
            counted(endpoints.left_out, "packet")
        ));
    }
    wrap(out, "", &rest.join(" "), screen.columns());
}

/// Appends the record of one address; `kinds`: with the kind that it is of.
pub fn record(out: &mut Vec<u8>, addr: IpAddr, (share, kinds): (&Share, Option<&Kinds>)) {
    let mut record = Object::record(out, "endpoint");
    record.display("nd.address", addr);
    if let Some(kinds) = kinds {
        record.texts("nd.address.kinds", kinds.ip(addr).iter().map(|kind| kind.as_bytes()));
    }
    traffic(&mut record, "nd", share.sent.plus(share.received));
    traffic(&mut record, "nd.sent", share.sent);
    traffic(&mut record, "nd.received", share.received);
    record.end();
    out.push(b'\n');
}

/// Appends the record of what is to be said of all frames.
pub fn totals(out: &mut Vec<u8>, endpoints: &Endpoints, seen: Traffic) {
    let mut record = Object::record(out, "endpoint");
    traffic(&mut record, "nd", seen);
    record.wide("nd.packets_without", endpoints.without);
    record.wide("nd.packets_left_out", endpoints.left_out);
    record.end();
    out.push(b'\n');
}
