//! `--leases`: what clients and servers of DHCP said about one address after the other.

use netdissect_dissectors::frame::Timestamp;

use super::Screen;
use super::exchanges::{cell, milliseconds};
use super::flows::{counted, thousands};
use super::json::Object;
use super::style::{Escaped, Role, hex_pair, wrap};
use super::tables::{Column, Grid};
use super::value;
use crate::survey::leases::{Leases, Outcome, Story};

const COLUMNS: [Column; 6] = [
    Column::number("No"),
    Column::number("Time"),
    Column::text("Step").least(8),
    Column::text("Address"),
    Column::text("Server"),
    Column::number("ms"),
];

/// Appends each story, and what is to be said of all of them. `start` is the time of the first frame.
pub fn text(out: &mut Vec<u8>, screen: Screen, leases: &Leases, start: Timestamp) {
    for story in leases.rows() {
        screen.style.start(Role::Heading, out);
        wrap(out, "", &title(story), screen.columns());
        screen.style.stop(Role::Heading, out);
        let mut grid = Grid::new(screen, &COLUMNS);
        for step in &story.steps {
            let mut time = Vec::new();
            value::seconds(&mut time, step.at.time.nanos_since(start), 6);
            let again = if step.again { " again" } else { "" };
            grid.row([
                step.at.frame.to_string(),
                String::from_utf8_lossy(&time).into_owned(),
                format!("{}{again}", step.deed.name()),
                step.address.map_or_else(String::new, |addr| addr.to_string()),
                step.server.map_or_else(String::new, |addr| addr.to_string()),
                milliseconds(step.after),
            ]);
        }
        grid.print(out);
        wrap(out, "", &ending(story), screen.columns());
        out.push(b'\n');
    }
    let mut text = match leases.rows().len() as u64 {
        0 => "No message of DHCP.".to_owned(),
        1 => "1 lease or attempt. Time in s, ms from the question.".to_owned(),
        count => format!("{} leases or attempts. Time in s, ms from the question.", thousands(count)),
    };
    if leases.bootp > 0 {
        text.push_str(&format!(" {} of BOOTP.", counted(leases.bootp, "message")));
    }
    if leases.left_out > 0 {
        text.push_str(&format!(" There was no room for {}.", counted(leases.left_out, "later message")));
    }
    wrap(out, "", &text, screen.columns());
}

fn title(story: &Story) -> String {
    let name = match story.name.as_slice() {
        [] => String::new(),
        name => format!(" ({})", Escaped::info(&cell(name))),
    };
    let address = story.address.map_or_else(String::new, |addr| format!(", {addr}"));
    let server = story.server.map_or_else(String::new, |addr| format!(" from {addr}"));
    format!("{}{name}{address}{server}: {}", hardware(&story.client), story.outcome.name())
}

/// Hardware address with colons.
fn hardware(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "a client without hardware address".to_owned();
    }
    let pairs: Vec<String> =
        bytes.iter().map(|&byte| String::from_utf8_lossy(&hex_pair(byte)).into_owned()).collect();
    pairs.join(":")
}

fn ending(story: &Story) -> String {
    let mut text = match story.outcome {
        Outcome::Unanswered => "Nobody answered.".to_owned(),
        Outcome::Offered => "No acknowledgment came.".to_owned(),
        Outcome::Leased => granted(story),
        Outcome::Informed => "The server told settings; the address is the client's own.".to_owned(),
        Outcome::Refused => "The server refused.".to_owned(),
        Outcome::Declined => "The client declined: somebody else has the address.".to_owned(),
        Outcome::Released => "The client gave the address back.".to_owned(),
    };
    if story.left_out > 0 {
        text.push_str(&format!(" {} left out.", counted(story.left_out, "later message")));
    }
    text
}

fn granted(story: &Story) -> String {
    let Some(lease) = story.lease.filter(|_| !story.is_forever()) else {
        return if story.is_forever() { "Granted forever." } else { "Granted without a time." }.to_owned();
    };
    let mut text = format!("Granted for {} s", thousands(lease.into()));
    let timers = [("renewal", story.renewal), ("rebinding", story.rebinding)];
    for (what, time) in timers.into_iter().filter_map(|(what, time)| Some((what, time?))) {
        text.push_str(&format!(", {what} after {} s", thousands(time.into())));
    }
    if let Some(until) = story.until() {
        let mut date = Vec::new();
        value::date(&mut date, until, 0);
        text.push_str(&format!(", until {} UTC", String::from_utf8_lossy(&date)));
    }
    text.push('.');
    text
}

/// Appends the record of one story.
pub fn record(out: &mut Vec<u8>, story: &Story) {
    let mut record = Object::record(out, "lease");
    record.display("nd.lease.client", hardware(&story.client));
    if !story.name.is_empty() {
        record.texts("dhcp.option.hostname", [&story.name]);
    }
    record.text("nd.lease.state", story.outcome.name().as_bytes());
    if let Some(addr) = story.address {
        record.display("nd.lease.address", addr);
    }
    if let Some(server) = story.server {
        record.display("nd.lease.server", server);
    }
    let times = [("time", story.lease), ("renewal", story.renewal), ("rebinding", story.rebinding)];
    for (key, time) in times.into_iter().filter_map(|(key, time)| Some((key, time?))) {
        record.number(&format!("nd.lease.{key}"), time.into());
    }
    if let Some(first) = story.steps.first() {
        record.time("nd.first", first.at.time);
    }
    if let Some(until) = story.until() {
        record.time("nd.lease.until", until);
    }
    record.objects("nd.lease.steps", &story.steps, |object, step| {
        object.number("frame", step.at.frame.min(1 << 53));
        object.text("step", step.deed.name().as_bytes());
        if step.again {
            object.bool("again", true);
        }
        object.number("transaction", step.transaction.into());
        if let Some(addr) = step.address {
            object.display("address", addr);
        }
        if let Some(server) = step.server {
            object.display("server", server);
        }
        if let Some(lease) = step.lease {
            object.number("time", lease.into());
        }
        if let Some(after) = step.after {
            object.duration("after", after);
        }
    });
    if story.left_out > 0 {
        record.wide("nd.packets_left_out", story.left_out);
    }
    record.end();
    out.push(b'\n');
}

/// Appends the record of what has no story.
pub fn totals(out: &mut Vec<u8>, leases: &Leases) {
    let mut record = Object::record(out, "lease");
    record.wide("nd.lease.bootp", leases.bootp);
    record.wide("nd.packets_left_out", leases.left_out);
    record.end();
    out.push(b'\n');
}
