//! Captures from outside: sections I, J and K of docs/faults.md as far as they need a network. Namespaces are made for it, which
//! takes root; without that each test says that it was skipped. README.md has the list of rows.
#![cfg(all(target_os = "linux", feature = "live"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod books;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
mod links;
mod net;
mod replay;
mod rights;
mod screens;
mod signals;

use std::path::{Path, PathBuf};

use common::run;

/// A path for a file of this name that is not there yet.
fn place(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// Packets in a file.
fn packets(file: &Path) -> u64 {
    let rows = run(["read", file.to_str().unwrap(), "-T", "tsv", "-e", "frame.number"]);
    rows.expect(0).out().lines().count() as u64 - 1
}
