//! Copies of the same stream bytes that differ, in words.

use std::fmt::Write as _;

use super::style::Escaped;
use crate::flow::conflict::{Conflict, Excerpt};
use crate::flow::row::Row;
use crate::flow::table::Flow;

/// What is to be said of the segment in `row`.
pub fn of_row<'a>(flow: &'a Flow, row: &Row) -> impl Iterator<Item = String> + 'a {
    let frame = row.frame;
    let all = flow.kept.conflicts.iter().flat_map(|conflicts| conflicts.list());
    all.filter(move |conflict| conflict.new.frame == frame).map(text)
}

/// One conflict: where, with which frame, what stands there, which copy is kept and why.
#[must_use]
pub fn text(conflict: &Conflict) -> String {
    let difference = &conflict.difference;
    let (from, to) = (difference.common.0, difference.common.1.saturating_sub(1));
    let mut text = format!("{from}-{to} has other bytes than in No. {}", conflict.old.frame);
    if let Some(old) = &difference.old {
        let _ = write!(
            text,
            ", from {} on {} and not {}",
            difference.first,
            quoted(&difference.new),
            quoted(old)
        );
    }
    text.push_str(match (difference.new_is_kept, conflict.policy) {
        (_, None) => "; the first was delivered and stays",
        (true, Some(_)) => "; this one is kept",
        (false, Some(_)) => "; the first is kept",
    });
    if let Some(policy) = conflict.policy {
        let _ = write!(text, " ({policy})");
    }
    let evidence: Vec<String> = conflict
        .evidence()
        .map(|word| match word {
            "ttl" => format!("TTL {} and not {}", conflict.new.ttl, conflict.old.ttl),
            "tsval" => "its time stamp does not fit".to_owned(),
            _ => "wrong checksum".to_owned(),
        })
        .collect();
    if !evidence.is_empty() {
        let _ = write!(text, "; not sent as the first was: {}", evidence.join(", "));
    }
    text
}

fn quoted(excerpt: &Excerpt) -> String {
    format!("\"{}\"", Escaped::text(excerpt.as_bytes()))
}
