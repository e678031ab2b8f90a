//! When a run gives up its rights, what it still has to open then, and what is said of it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{save, stderr_style, warn};
use crate::capture::CaptureError;
use crate::cli::{Confine, Sandbox, Show};
use crate::privileges::{self, Needs};
use crate::render::style::{Escaped, Role};

/// What the C library reads to find names of ports, protocols and hosts in a capture filter.
const NAMES: [&str; 7] = [
    "/etc/services",
    "/etc/protocols",
    "/etc/ethers",
    "/etc/hosts",
    "/etc/networks",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
];

/// Tells that not one of these files is there, as long as an output that was made for them can be removed.
///
/// # Errors
///
/// Why the last of them cannot be looked at.
pub(super) fn foresee(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut missing = None;
    for file in files {
        match std::fs::metadata(file) {
            Err(error) if file.as_os_str() != "-" => missing = Some((file, error)),
            _ => return Ok(()),
        }
    }
    match missing {
        Some((file, error)) => {
            let name = Escaped::text(file.as_os_str().as_encoded_bytes()).to_string();
            anyhow::bail!("{name}: {}", CaptureError::Open(error))
        }
        None => Ok(()),
    }
}

/// What reading these files needs; with a capture filter, which is compiled when link types are known, also names.
pub(super) fn for_files(files: &[PathBuf], filtered: bool) -> Needs {
    let files = files.iter().filter(|file| file.as_os_str() != "-").cloned();
    let names = NAMES.iter().filter(|_| filtered).map(PathBuf::from);
    Needs { reads: files.chain(names.filter(|name| name.exists())).collect(), folders: Vec::new() }
}

/// What capturing on these interfaces needs: the counters that libpcap reads for its statistics.
pub(super) fn for_interfaces<'a>(names: impl IntoIterator<Item = &'a str>) -> Needs {
    let counters = |name: &str| Path::new("/sys/class/net").join(name).join("statistics");
    let plain = |name: &&str| !name.contains('/');
    let reads = names.into_iter().filter(plain).map(counters).filter(|path| path.is_dir()).collect();
    Needs { reads, folders: Vec::new() }
}

/// Gives up what the run does not need any more, before there is a second thread and before the first packet.
///
/// # Errors
///
/// If rights cannot be given up, or what `--sandbox=require` asks for is not there.
pub(super) fn enter(args: &Confine, show: &Show, mut needs: Needs) -> anyhow::Result<()> {
    if args.mode() == Sandbox::Off {
        if args.sandbox_report {
            warn("no sandbox: it is switched off");
        }
        return Ok(());
    }
    privileges::forbid_core_dumps();
    needs.folders.extend(save::folder(show));
    // What is packed is read again.
    needs.reads.extend(save::folder(show).filter(|_| show.compress.is_some()));
    let mut confinement = privileges::confine(&needs)?;
    if let Some(what) = confinement.missing() {
        if args.mode() == Sandbox::Require {
            anyhow::bail!("--sandbox=require: {what}");
        }
        if args.sandbox_report {
            warn(&format!("the sandbox is not complete: {what}"));
        }
    }
    if args.sandbox_report {
        let mut out = io::stderr().lock();
        let _ = writeln!(out, "{}", stderr_style().paint(Role::Heading, "Sandbox"));
        let _ = rows(&mut out, &confinement.report());
    }
    Ok(())
}

/// Headings and what stands behind them, one pair a line.
pub(super) fn rows(out: &mut dyn io::Write, rows: &[(&str, String)]) -> io::Result<()> {
    rows.iter().try_for_each(|(title, text)| writeln!(out, "  {title:<18} {text}"))
}
