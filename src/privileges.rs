//! What this process may do while it reads what strangers wrote: as little as can be had (docs/faults.md, 7.4).
//!
//! A run opens what it needs, then calls [`confine`], and only then starts threads and reads the first packet. After that
//! there is no capability left, no file can be opened but those that were named, no program can be run and no connection
//! made. [`Confinement`] tells what of this the system granted.

use std::path::PathBuf;

use thiserror::Error;

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
#[path = "privileges/linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "privileges/elsewhere.rs"]
mod system;
#[cfg(target_os = "linux")]
mod user;

pub use system::{Confinement, address_space, as_invoker, check_setuid, confine, forbid_core_dumps, held};

/// What a run will still open once it is confined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Files and folders that are read.
    pub reads: Vec<PathBuf>,
    /// Folders in which files are made, written and removed.
    pub folders: Vec<PathBuf>,
}

/// Why a run cannot go on with fewer rights, or must not begin.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The program file has its setuid or setgid bit set (row K11).
    #[error(
        "the program file has its setuid or setgid bit set, so that anybody's input is read with its owner's rights\n       \
         remove it:           sudo chmod ug-s {program}\n       \
         and grant instead:   sudo setcap cap_net_raw=ep {program}"
    )]
    Setuid {
        /// Path of the program, escaped.
        program: String,
    },
    /// Rights could not be given up (row K02).
    #[error("cannot give up privileges ({what}): {why}")]
    Kept {
        /// What is kept.
        what: &'static str,
        /// What the system said.
        why: String,
    },
    /// A folder in which files are to be made later could not be written to any more.
    #[error("{folder}: no file can be made there without privileges; write elsewhere, or use --no-sandbox")]
    Folder {
        /// Its path, escaped.
        folder: String,
    },
}
