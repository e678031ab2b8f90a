//! `--protocols`: which protocols carry which, as a tree with frames and bytes.

use super::Screen;
use super::flows::{counted, thousands};
use super::json::Object;
use super::style::wrap;
use super::tables::{Column, Pages};
use super::timing::percent;
use crate::survey::Traffic;
use crate::survey::protocols::{Hierarchy, Node};

const COLUMNS: [(usize, Column); 6] = [
    (0, Column::text("Protocol").least(20)),
    (0, Column::number("Frames")),
    (0, Column::number("Share")),
    (0, Column::number("Bytes")),
    (0, Column::number("Share")),
    (0, Column::number("Last")),
];

/// Appends the tree and what is to be said of all of it.
pub fn text(out: &mut Vec<u8>, screen: Screen, hierarchy: &Hierarchy) {
    let total = hierarchy.total();
    let mut pages = Pages::new(screen, &COLUMNS);
    for (path, node) in hierarchy.rows() {
        let depth = path.len().saturating_sub(1);
        let cells = [
            format!("{:1$}{2}", "", 2 * depth, node.name),
            thousands(node.traffic.packets),
            share(node.traffic.packets, total.packets),
            thousands(node.traffic.bytes),
            share(node.traffic.bytes, total.bytes),
            thousands(node.ends),
        ];
        pages.row(out, cells);
    }
    pages.print(out);
    let mut rest = vec![format!("{}, {}.", counted(total.packets, "frame"), counted(total.bytes, "byte"))];
    if total.packets > 0 {
        rest.push("Last: nothing follows.".to_owned());
    }
    if hierarchy.unread > 0 {
        rest.push(format!(
            "{} end in payload that no dissector here reads (data).",
            frames(hierarchy.unread)
        ));
    }
    if hierarchy.faulty > 0 {
        rest.push(format!("{} cut short or malformed: --expert.", frames_are(hierarchy.faulty)));
    }
    if hierarchy.unplaced > 0 {
        rest.push(format!(
            "{} on a path that has no row: there are too many.",
            frames_are(hierarchy.unplaced)
        ));
    }
    wrap(out, "", &rest.join(" "), screen.columns());
}

fn frames(count: u64) -> String {
    counted(count, "frame")
}

fn frames_are(count: u64) -> String {
    format!("{} {}", frames(count), if count == 1 { "is" } else { "are" })
}

/// `part` of `whole` as per cent.
pub(super) fn share(part: u64, whole: u64) -> String {
    percent(part, whole, "")
}

/// Appends the record of one path.
pub fn record(out: &mut Vec<u8>, path: &[&str], node: &Node) {
    let mut record = Object::record(out, "protocol");
    record.text("nd.protocol", node.name.as_bytes());
    record.texts("nd.protocol.path", path);
    traffic(&mut record, "nd", node.traffic);
    record.wide("nd.packets_last", node.ends);
    record.end();
    out.push(b'\n');
}

/// Appends the record of what is to be said of all frames.
pub fn totals(out: &mut Vec<u8>, hierarchy: &Hierarchy) {
    let mut record = Object::record(out, "protocol");
    traffic(&mut record, "nd", hierarchy.total());
    record.wide("nd.packets_unread", hierarchy.unread);
    record.wide("nd.packets_faulty", hierarchy.faulty);
    record.wide("nd.packets_left_out", hierarchy.unplaced);
    record.end();
    out.push(b'\n');
}

/// Packets and bytes under `prefix.packets` and `prefix.bytes`.
pub(super) fn traffic(record: &mut Object<'_>, prefix: &str, traffic: Traffic) {
    record.wide(&format!("{prefix}.packets"), traffic.packets);
    record.wide(&format!("{prefix}.bytes"), traffic.bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_once() {
        let shares = [(8, 92), (576, 7_058), (7, 16), (9_960, 100_000), (44_460, 100_000), (1, 1), (0, 0)];
        let shown = shares.map(|(part, whole)| share(part, whole));
        assert_eq!(shown, ["8.7%", "8.2%", "44%", "10%", "44%", "100%", "0%"]);
    }
}
