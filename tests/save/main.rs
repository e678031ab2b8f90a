//! Writing captures (`-w`): what is in the file, what is not lost on the way, and what happens where it cannot be written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod blocks;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
mod copies;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(all(target_os = "linux", feature = "live"))]
mod live;
mod oracle;
mod rotation;
mod samples;
mod trigger;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use common::{Ran, run};

/// A path for a file of this name that is not there yet.
fn place(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("save");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// `read INPUT -w OUTPUT` with further arguments.
fn save(input: impl AsRef<OsStr>, output: &Path, more: &[&str]) -> Ran {
    let mut args = vec![OsStr::new("read"), input.as_ref(), OsStr::new("-w"), output.as_os_str()];
    args.extend(more.iter().map(OsStr::new));
    run(args)
}

/// What the list of packets depends on, and what a format may lose: times, lengths, bytes, comments.
fn rows(file: impl AsRef<OsStr>, more: &[&str]) -> String {
    let fields = "frame.time_epoch,frame.len,frame.cap_len,frame.encap_type,frame.protocols,_ws.col.info,frame.comment";
    let mut args = vec![OsStr::new("read"), file.as_ref(), OsStr::new("-T"), OsStr::new("tsv")];
    args.extend(["-e", fields].map(OsStr::new));
    args.extend(more.iter().map(OsStr::new));
    run(args).out()
}
