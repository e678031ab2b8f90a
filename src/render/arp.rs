//! `--arp`: addresses with the hardware addresses that claim them, and questions that nobody answered.

use std::net::Ipv4Addr;

use super::Screen;
use super::flows::{counted, thousands};
use super::json::Object;
use super::style::wrap;
use super::tables::{Column, Pages};
use super::value;
use crate::survey::arp::{Claim, Dispute, Neighbour, Neighbours};

const ROOM_FOR_LAST: usize = 90;

const COLUMNS: [(usize, Column); 8] = [
    (0, Column::text("Address").least(15)),
    (0, Column::text("Hardware address").least(17)),
    (0, Column::number("First")),
    (ROOM_FOR_LAST, Column::number("Last")),
    (0, Column::number("Replies")),
    (0, Column::number("Asks")),
    (0, Column::number("Announces")),
    (0, Column::text("")),
];

/// Appends the table, then questions without an answer, and what is to be said of all of it.
pub fn text(out: &mut Vec<u8>, screen: Screen, neighbours: &Neighbours) {
    let mut pages = Pages::new(screen, &COLUMNS);
    let (mut claims, mut conflicts) = (0, 0);
    for (addr, row) in neighbours.rows() {
        let dispute = row.dispute();
        conflicts += u64::from(dispute == Dispute::Conflict);
        claims += u64::from(!row.claims.is_empty());
        for (nth, claim) in row.claims.iter().enumerate() {
            let mark = match (dispute, nth) {
                (Dispute::Conflict, _) => "! conflict",
                (Dispute::Moved, 1..) => "moved",
                _ => "",
            };
            pages.row(
                out,
                [
                    addr.to_string(),
                    mac(claim.mac),
                    claim.first.frame.to_string(),
                    claim.last.frame.to_string(),
                    unless_none(claim.replies),
                    unless_none(claim.requests),
                    unless_none(claim.gratuitous),
                    mark.to_owned(),
                ],
            );
        }
    }
    pages.print(out);
    for (addr, row) in neighbours.rows() {
        for line in unanswered(*addr, row) {
            wrap(out, "", &line, screen.columns());
        }
    }
    let mut rest = vec![format!(
        "{} claimed, in {} of ARP.",
        match claims {
            1 => "1 address".to_owned(),
            count => format!("{} addresses", thousands(count)),
        },
        counted(neighbours.messages, "message")
    )];
    if claims > 0 {
        rest.push("First and last frame; asks tell the asker's own address.".to_owned());
    }
    if conflicts > 0 {
        let many = if conflicts == 1 { "address is" } else { "addresses are" };
        rest.push(format!("{} {many} claimed by several hosts at once.", thousands(conflicts)));
    }
    if neighbours.left_out > 0 {
        rest.push(format!("There was no room for {}.", counted(neighbours.left_out, "claim or question")));
    }
    wrap(out, "", &rest.join(" "), screen.columns());
}

fn unless_none(count: u64) -> String {
    if count == 0 { String::new() } else { thousands(count) }
}

fn mac(bytes: [u8; 6]) -> String {
    let mut text = Vec::new();
    value::mac(&mut text, bytes);
    String::from_utf8_lossy(&text).into_owned()
}

/// Questions for `addr` without an answer.
fn unanswered(addr: Ipv4Addr, row: &Neighbour) -> Vec<String> {
    let open = row.asked.iter().filter(|(_, asked)| asked.unanswered() > 0);
    open.map(|((asker, hardware), asked)| {
        let times = counted(asked.unanswered(), "time");
        let frame = asked.first.frame;
        match asker.is_unspecified() {
            true => format!(
                "{addr}: probed {times} by {} without an answer, so it seems free (from frame {frame} on).",
                mac(*hardware)
            ),
            false => format!(
                "{addr}: asked for {times} by {asker} ({}) without an answer (from frame {frame} on).",
                mac(*hardware)
            ),
        }
    })
    .collect()
}

/// Appends the record of one address.
pub fn record(out: &mut Vec<u8>, addr: Ipv4Addr, row: &Neighbour) {
    let mut record = Object::record(out, "neighbour");
    record.display("nd.address", addr);
    let state = match (row.claims.is_empty(), row.dispute()) {
        (true, _) => "unknown",
        (_, Dispute::None) => "known",
        (_, Dispute::Moved) => "moved",
        (_, Dispute::Conflict) => "conflict",
    };
    record.text("nd.neighbour.state", state.as_bytes());
    record.objects("nd.neighbour.claims", &row.claims, |object, claim: &Claim| {
        object.display("mac", mac(claim.mac));
        object.number("first", claim.first.frame.min(1 << 53));
        object.number("last", claim.last.frame.min(1 << 53));
        object.wide("replies", claim.replies);
        object.wide("requests", claim.requests);
        object.wide("gratuitous", claim.gratuitous);
    });
    record.objects("nd.neighbour.asked", &row.asked, |object, ((asker, hardware), asked)| {
        object.display("by", asker);
        object.display("mac", mac(*hardware));
        object.number("first", asked.first.frame.min(1 << 53));
        object.wide("requests", asked.requests);
        object.wide("probes", asked.probes);
        object.wide("answered", asked.answered);
        object.wide("unanswered", asked.unanswered());
    });
    record.end();
    out.push(b'\n');
}

/// Appends the record of what was left out.
pub fn left_out(out: &mut Vec<u8>, neighbours: &Neighbours) {
    let mut record = Object::record(out, "neighbour");
    record.wide("nd.packets_left_out", neighbours.left_out);
    record.end();
    out.push(b'\n');
}
