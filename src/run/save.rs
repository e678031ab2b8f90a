//! `-w` from the outside: what may be written where, and what is said of it.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use thiserror::Error;

use crate::cli::{Bound, Show};
use crate::render::flows::thousands;
use crate::save::{Format, Manner, Recorder, Report, Rotation, Save, Series};
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
pub(super) fn create(show: &Show, inputs: &[PathBuf]) -> anyhow::Result<Option<Box<dyn Recorder>>> {
    let rotation = rotation(show)?;
    let Some(path) = &show.write else { return Ok(None) };
    let format = Format::of(path).map_err(|why| ShowError::Usage(format!("-w: {why}")))?;
    let usage = |why: &str| Err(ShowError::Usage(why.to_owned()).into());
    if show.annotate && format == Format::Pcap {
        return usage("--annotate writes comments, for which classic pcap has no place: name a .pcapng file");
    }
    if path.as_os_str() == "-" {
        if rotation.is_some() {
            return usage("-w - is one stream: --rotate needs the name of a file");
        }
        if show.prints() {
            return usage("-w - and text cannot share standard output: write the capture to a file");
        }
        if io::stdout().is_terminal() {
            return usage("-w - is not for a terminal: send it to a file or a pipe");
        }
    }
    let manner = Manner { packet_buffered: show.packet_buffered, sync: show.sync };
    Ok(Some(match rotation {
        None => Box::new(Save::create(path, inputs, format, manner)?),
        Some(rotation) => {
            let closed = closed(show.silent);
            Box::new(Series::create(path, inputs, (format, manner), rotation, closed)?)
        }
    }))
}

/// When files follow each other, if they do.
fn rotation(show: &Show) -> Result<Option<Rotation>, ShowError> {
    let usage = |why: &str| Err(ShowError::Usage(why.to_owned()));
    let mut rotation = Rotation::default();
    for bound in show.bounds.turns() {
        match bound {
            Bound::Size(bytes) => rotation.bytes = Some(bytes),
            Bound::Packets(packets) => rotation.packets = Some(packets),
            Bound::Duration(nanos) => rotation.nanos = Some(nanos),
            Bound::Files(files) => rotation.kept = Some(files),
        }
    }
    for bound in show.bounds.ends() {
        match bound {
            Bound::Files(files) => rotation.files = Some(files),
            Bound::Size(_) if show.write.is_none() => {
                return usage("--stop size counts what is written: it needs -w");
            }
            _ => {}
        }
    }
    if rotation.turns() {
        return Ok(Some(rotation));
    }
    if rotation.kept.is_some() {
        return usage("--rotate files needs a size, a duration or packets after which a file ends");
    }
    if rotation.files.is_some() {
        return usage("--stop files needs --rotate: there is only one file");
    }
    Ok(None)
}

/// Tells of each file that is closed.
fn closed(silent: bool) -> Box<dyn FnMut(&Report)> {
    Box::new(move |report| {
        if !silent {
            let packets = if report.written == 1 { "packet" } else { "packets" };
            let (written, bytes) = (thousands(report.written), thousands(report.bytes));
            super::tell(&format!("{}: closed, {written} {packets}, {bytes} bytes", report.name));
        }
    })
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
