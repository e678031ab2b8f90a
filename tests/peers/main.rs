//! Filters against the programs that their languages come from: display filters against tshark, capture filters
//! against tcpdump. Runs where these are installed, and says so where they are not.
//!
//! The captures are some of the samples, or with `NETDISSECT_CAPTURES` those below that folder: evenly chosen, as many
//! as `NETDISSECT_CAPTURES_COUNT` says (200).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

mod capture_filters;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
mod display_filters;

/// The captures to compare on.
fn captures() -> Vec<PathBuf> {
    let (folder, count) = match std::env::var_os("NETDISSECT_CAPTURES") {
        Some(folder) => {
            let count = std::env::var("NETDISSECT_CAPTURES_COUNT").ok();
            (PathBuf::from(folder), count.map_or(200, |count| count.parse().expect("a number")))
        }
        None => (common::samples(), 8),
    };
    let all = common::captures_below(&folder);
    assert!(all.len() >= count, "{} has {} captures", folder.display(), all.len());
    (0..count).map(|nth| all[nth * all.len() / count].clone()).collect()
}

/// Whether a peer is here. Where it is not, that is said aloud.
fn is_here(peer: &str) -> bool {
    let here = Command::new(peer).arg("--version").output().is_ok_and(|done| done.status.success());
    if !here {
        say(&format!("SKIPPED: {peer} is not installed, so nothing was compared with it"));
    }
    here
}

/// A line that is seen whether or not the test passes: the harness keeps back what the macros print.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Lines of a list, without remarks.
fn lines(text: &'static str) -> Vec<&'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect()
}

/// Compares every capture, on as many threads as there are cores. `compare` returns what was compared and what differs.
fn on_all(compare: impl Fn(&Path) -> (usize, Vec<String>) + Sync) -> (usize, Vec<String>) {
    let (captures, next) = (captures(), AtomicUsize::new(0));
    let all = Mutex::new((0, Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(capture) = captures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (compared, mut different) = compare(capture);
                    let mut all = all.lock().unwrap();
                    all.0 += compared;
                    all.1.append(&mut different);
                }
            });
        }
    });
    let (compared, mut different) = all.into_inner().unwrap();
    different.sort();
    (compared, different)
}
