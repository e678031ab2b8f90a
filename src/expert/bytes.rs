//! Bytes that do not fit together: copies that differ, datagrams that never became whole.

use super::words::{count, small};
use super::{Finding, Kind, MAX_NAMED, Number};
use crate::flow::fragment::ledger::{Account, Fate};
use crate::flow::row::Row;
use crate::flow::table::Flow;
use crate::flow::tcp::Label;

/// Copies of one place of a stream that differ (docs/tcp-analysis.md, R4).
pub(super) fn overlap(flow: &Flow) -> Option<Finding> {
    let list = flow.kept.conflicts.as_ref()?.list();
    let rows: Vec<&Row> =
        flow.kept.rows.iter().filter(|row| row.step.labels.has(Label::OverlapConflict)).collect();
    let first = rows.first()?;
    let odd = list.iter().filter(|conflict| conflict.evidence().next().is_some()).count();
    let mut text = format!(
        "{} held other bytes than an earlier copy of the same place. A sender that only repeats itself sends the same: a \
         broken stack, or somebody in between.",
        count(rows.len() as u64, "segment")
    );
    if odd > 0 {
        text.push_str(&format!(" Of these, {} differ in time to live, clock or checksum too.", small(odd)));
    }
    let title = "Sent twice with different bytes";
    let finding = Finding::of(Kind::Overlap, title, flow, first.frame, first.time);
    Some(
        finding
            .frames(rows.iter().map(|row| row.frame))
            .text(text)
            .number("segments", Number::Count(rows.len() as u64)),
    )
}

/// A datagram in pieces that was not rebuilt.
pub(super) fn datagram(account: &Account) -> Option<Finding> {
    let why = match account.fate {
        Fate::Complete => return None,
        Fate::Refused(label) => format!("Its receiver discards it ({label})."),
        Fate::TimedOut => "Its receiver waited in vain and dropped what it had.".to_owned(),
        Fate::Evicted => "It was let go here to keep memory bounded.".to_owned(),
        Fate::Unfinished => match account.parts.iter().find(|part| !part.taken) {
            Some(part) => format!("No. {} does not count, and nothing came in its place.", part.frame),
            None => "The capture ended before it was whole.".to_owned(),
        },
    };
    let first = account.parts.first()?;
    let pieces = account.parts.len() as u64 + account.unlisted;
    let bytes: u64 = account.parts.iter().map(|part| u64::from(part.len)).sum();
    Some(Finding {
        kind: Kind::Fragments,
        title: "Datagram never completed".into(),
        time: first.time,
        flows: Vec::new(),
        flow_count: 0,
        frames: account.parts.iter().map(|part| part.frame).take(MAX_NAMED).collect(),
        frame_count: pieces,
        text: format!(
            "{} to {}, id 0x{:04x}: {}, {}. {why} Ranges and holes: --fragments.",
            account.key.src,
            account.key.dst,
            account.key.id,
            count(pieces, "piece"),
            count(bytes, "byte")
        ),
        signs: Vec::new(),
        after: String::new(),
        numbers: vec![
            ("pieces", Number::Count(pieces)),
            ("bytes", Number::Count(bytes)),
            ("state", Number::Word(account.fate.name())),
        ],
    })
}
