//! Streams, fragments and trust through the program itself, and their bounds through the library: the vectors R and G
//! of docs/tcp-analysis.md, section 6.3, and what must hold for every order in which bytes can come.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
mod conversations;
mod dialogue;
mod evasion;
mod every_order;
mod floods;
mod fragments;
mod overlap;
mod readers;
mod trust;
mod wire;

use common::run;
use serde_json::Value;

/// Records of a run, one a line.
fn records(args: &[&str]) -> Vec<Value> {
    let ran = run(args);
    ran.expect(0);
    ran.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The only record of this kind.
#[track_caller]
fn only(records: &[Value], kind: &str) -> Value {
    let mut of_kind = records.iter().filter(|record| record["kind"] == kind);
    let record = of_kind.next().unwrap_or_else(|| panic!("no {kind}: {records:?}"));
    assert!(of_kind.next().is_none(), "more than one {kind}");
    record.clone()
}
