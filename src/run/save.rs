//! `-w` from the outside: what may be written where, and what is said of it.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use thiserror::Error;

use crate::cli::Show;
use crate::render::flows::thousands;
use crate::save::{Format, Manner, Report, Save};
use crate::show::ShowError;

/// Not all packets are in the file.
#[derive(Debug, Error)]
#[error("{name}: {why}; {written} of {wanted} written")]
pub(super) struct Incomplete {
    name: String,
    why: String,
    written: String,
    wanted: String,
}

/// Opens what `-w` names, which must be none of `inputs`.
pub(super) fn create(show: &Show, inputs: &[PathBuf]) -> anyhow::Result<Option<Save>> {
    let Some(path) = &show.write else { return Ok(None) };
    let format = Format::of(path).map_err(|why| ShowError::Usage(format!("-w: {why}")))?;
    let usage = |why: &str| Err(ShowError::Usage(why.to_owned()).into());
    if show.annotate && format == Format::Pcap {
        return usage("--annotate writes comments, for which classic pcap has no place: name a .pcapng file");
    }
    if path.as_os_str() == "-" {
        if show.prints() {
            return usage("-w - and text cannot share standard output: write the capture to a file");
        }
        if io::stdout().is_terminal() {
            return usage("-w - is not for a terminal: send it to a file or a pipe");
        }
    }
    let manner = Manner { packet_buffered: show.packet_buffered, sync: show.sync };
    Ok(Some(Save::create(path, inputs, format, manner)?))
}

/// What the summary says of the packets that were written.
pub(super) fn words(report: &Report) -> String {
    format!(", {} written", thousands(report.written))
}

/// What the file lacks because of its format.
pub(super) fn losses(report: &Report) -> impl Iterator<Item = String> {
    report.losses.iter().map(|loss| format!("{}: {loss}", report.name))
}

/// The error that a file which lacks packets is.
pub(super) fn check(report: &Report) -> Result<(), Incomplete> {
    match &report.failure {
        None => Ok(()),
        Some(why) => Err(Incomplete {
            name: report.name.clone(),
            why: why.clone(),
            written: thousands(report.written),
            wanted: thousands(report.wanted),
        }),
    }
}
