//! `--nat`: what an address translator made of flows that were captured on both sides of it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::Screen;
use super::flows::{counted, thousands};
use super::json::Object;
use super::style::wrap;
use super::tables::{Column, Grid};
use crate::flow::key::Endpoint;
use crate::survey::nat::{Carrier, Evidence, Translation, Translations};

const ROOM_FOR_EVIDENCE: usize = 100;

/// Appends the table of translations, who stands for whom, and what is to be said of all of it.
pub fn text(out: &mut Vec<u8>, screen: Screen, translations: &Translations) {
    let rows = translations.rows();
    let (sources, destinations) =
        (rows.iter().any(Translation::is_source), rows.iter().any(Translation::is_destination));
    let columns = [
        (true, Column::number("No")),
        (true, Column::text("Over")),
        (true, Column::text(if sources { "Client before" } else { "Client" }).least(15)),
        (sources, Column::text("Client after").least(15)),
        (true, Column::text(if destinations { "Server before" } else { "Server" }).least(15)),
        (destinations, Column::text("Server after").least(15)),
        (screen.columns() >= ROOM_FOR_EVIDENCE, Column::text("Evidence")),
    ];
    let shown: Vec<Column> = columns.iter().filter(|column| column.0).map(|column| column.1).collect();
    let mut grid = Grid::new(screen, &shown);
    for row in &rows {
        let name = |end: Endpoint| match (row.before.carrier, end.port) {
            (Carrier::Icmp, 0) => end.addr.to_string(),
            (Carrier::Icmp, id) => format!("{} id {id}", end.addr),
            _ => end.to_string(),
        };
        let after = |changed: bool, end: Endpoint| if changed { name(end) } else { "=".to_owned() };
        let cells = [
            row.before.first.frame.to_string(),
            row.before.carrier.name().to_ascii_uppercase(),
            name(row.before.client),
            after(row.is_source(), row.after.client),
            name(row.before.server),
            after(row.is_destination(), row.after.server),
            evidence(row),
        ];
        grid.row(cells.into_iter().zip(&columns).filter(|(_, column)| column.0).map(|(cell, _)| cell));
    }
    if !grid.is_empty() {
        grid.print(out);
    }
    for line in stand_ins(&rows) {
        wrap(out, "", &line, screen.columns());
    }
    let sights: BTreeSet<u64> =
        rows.iter().flat_map(|row| [row.before.first.frame, row.after.first.frame]).collect();
    let others = translations.flows().saturating_sub(sights.len() as u64);
    let mut rest = vec![match rows.len() as u64 {
        0 => "No flow was seen on both sides of an address translator.".to_owned(),
        1 => "1 flow was seen on both sides of an address translator.".to_owned(),
        count => format!("{} flows were seen on both sides of an address translator.", thousands(count)),
    }];
    if others > 0 {
        rest.push(format!(
            "{} not.",
            match others {
                1 => "1 other was".to_owned(),
                count => format!("{} others were", thousands(count)),
            }
        ));
    }
    if !rows.is_empty() {
        rest.push("Before and after it, as the client's packets pass.".to_owned());
    }
    if translations.left_out > 0 {
        rest.push(format!(
            "There was no room for {} of later flows.",
            counted(translations.left_out, "packet")
        ));
    }
    wrap(out, "", &rest.join(" "), screen.columns());
}

/// What both sides have in common, in short words.
fn evidence(row: &Translation) -> String {
    let word = |evidence: &Evidence| match evidence {
        Evidence::ClientIsn if row.evidence.contains(&Evidence::ServerIsn) => None,
        Evidence::ClientIsn => Some("ISN"),
        Evidence::ServerIsn if row.evidence.contains(&Evidence::ClientIsn) => Some("ISNs"),
        Evidence::ServerIsn => Some("ISN"),
        Evidence::Timestamp => Some("time"),
        Evidence::Options => Some("options"),
        Evidence::Payload => Some("payload"),
        Evidence::Identification => Some("id"),
    };
    row.evidence.iter().filter_map(word).collect::<Vec<_>>().join(" ")
}

/// Which address stands for which, with how many flows and what became of the ports.
fn stand_ins(rows: &[Translation]) -> Vec<String> {
    #[derive(Default)]
    struct Group {
        inside: BTreeSet<IpAddr>,
        flows: u64,
        kept: u64,
        /// Echo messages have identifiers in place of ports.
        echo: bool,
    }
    let mut groups: BTreeMap<(&str, IpAddr), Group> = BTreeMap::new();
    let mut add = |what, echo: bool, outside: Endpoint, inside: Endpoint| {
        let group = groups.entry((what, outside.addr)).or_default();
        group.inside.insert(inside.addr);
        group.flows += 1;
        group.echo |= echo;
        group.kept += u64::from(outside.port == inside.port);
    };
    for row in rows {
        let echo = row.before.carrier == Carrier::Icmp;
        if row.is_source() {
            add("source", echo, row.after.client, row.before.client);
        }
        if row.is_destination() {
            add("destination", echo, row.before.server, row.after.server);
        }
    }
    let said = groups.into_iter().map(|((role, outside), group)| {
        let inside = match (group.inside.len(), group.inside.first()) {
            (1, Some(addr)) => addr.to_string(),
            (count, _) => counted(count as u64, "address").replace("addresss", "addresses"),
        };
        let what = if group.echo { "ports and identifiers" } else { "ports" };
        let ports = match group.kept {
            0 => format!("all {what} changed"),
            kept if kept == group.flows => format!("{what} kept"),
            kept => format!("{what} kept in {}", thousands(kept)),
        };
        format!("As {role}, {outside} stands for {inside}: {}, {ports}.", counted(group.flows, "flow"))
    });
    said.collect()
}

/// Appends the record of one flow.
pub fn record(out: &mut Vec<u8>, row: &Translation) {
    let mut record = Object::record(out, "translation");
    record.text("nd.protocol", row.before.carrier.name().as_bytes());
    let kind = match (row.is_source(), row.is_destination()) {
        (true, true) => "both",
        (true, false) => "source",
        _ => "destination",
    };
    record.text("nd.translation.kind", kind.as_bytes());
    for (side, sight) in [("before", &row.before), ("after", &row.after)] {
        record.display(&format!("nd.{side}.client"), sight.client);
        record.display(&format!("nd.{side}.server"), sight.server);
        record.number(&format!("nd.{side}.first_in"), sight.first.frame.min(1 << 53));
        record.time(&format!("nd.{side}.first"), sight.first.time);
        let [client, server] = sight.packets;
        record.wide(&format!("nd.{side}.packets.client"), client);
        record.wide(&format!("nd.{side}.packets.server"), server);
    }
    record.texts("nd.translation.evidence", row.evidence.iter().copied().map(Evidence::name));
    record.end();
    out.push(b'\n');
}

/// Appends the record of what was left out.
pub fn left_out(out: &mut Vec<u8>, translations: &Translations) {
    let mut record = Object::record(out, "translation");
    record.wide("nd.packets_left_out", translations.left_out);
    record.end();
    out.push(b'\n');
}
