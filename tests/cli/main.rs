//! The program from outside: exit codes, streams, colour, width, input and output forms.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bytes;
mod capture_filters;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
mod declared;
mod depth;
mod exits;
mod expert;
mod explain;
mod filters;
mod flows;
mod help;
mod hostile;
mod input;
mod interleaved;
mod keylog;
mod limits;
mod lists;
mod live;
#[cfg(target_os = "linux")]
mod privileges;
mod recorded;
mod screen;
mod statistics;
mod stories;
mod streams;
mod tables;
mod threads;
mod timeline;
mod times;
mod two_passes;
mod verdicts;
