//! `-w` from the outside: what may be written where, and what is said of it.

use std::cell::Cell;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::cli::{Bound, OnFull, Show};
use crate::render::flows::thousands;
use crate::render::style::Escaped;
use crate::save::{Event, Format, Manner, Packed, Recorder, Relief, Report, Rotation, Save, Series, Told};
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

/// From one try to write where the disk is full to the next.
const RETRY: Duration = Duration::from_millis(200);

/// Opens what `-w` names, which must be none of `inputs`. Once `stop` is set, no room is waited for.
pub(super) fn create(
    show: &Show,
    inputs: &[PathBuf],
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<Option<Box<dyn Recorder>>> {
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
    let manner = Manner {
        packet_buffered: show.packet_buffered,
        sync: show.sync,
        follow_symlinks: show.follow_symlinks,
        relief: match show.on_full {
            OnFull::Wait => wait_for_room(path, Arc::clone(stop), show.silent),
            OnFull::Stop | OnFull::Rotate => Relief::default(),
        },
        read_back: false,
    };
    Ok(Some(match rotation {
        None => Box::new(Save::create(path, inputs, format, manner)?),
        Some(rotation) => {
            Box::new(Series::create(path, inputs, (format, manner), rotation, told(show.silent))?)
        }
    }))
}

/// The folder in which further files are made while the run goes on.
pub(super) fn folder(show: &Show) -> Option<PathBuf> {
    let path = show.write.as_ref().filter(|_| show.bounds.turns().next().is_some())?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Some(folder.unwrap_or(Path::new(".")).to_owned())
}

/// When files follow each other, if they do.
fn rotation(show: &Show) -> Result<Option<Rotation>, ShowError> {
    let usage = |why: &str| Err(ShowError::Usage(why.to_owned()));
    let sheds = show.on_full == OnFull::Rotate;
    let mut rotation = Rotation { packs: show.compress.is_some(), sheds, ..Rotation::default() };
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
    if rotation.packs {
        return usage("--compress packs files that are followed by another: it needs --rotate");
    }
    if sheds {
        return usage("--on-full rotate removes the oldest file: it needs --rotate");
    }
    if rotation.files.is_some() {
        return usage("--stop files needs --rotate: there is only one file");
    }
    Ok(None)
}

/// Waits for room on a full disk, and says so once for each time that there is none.
fn wait_for_room(path: &Path, stop: Arc<AtomicBool>, silent: bool) -> Relief {
    let name = Escaped::text(path.as_os_str().as_encoded_bytes()).to_string();
    let last = Cell::new(None::<Instant>);
    Relief::new(move || {
        let goes_on = last.get().is_some_and(|last| last.elapsed() < RETRY.saturating_mul(2));
        if !goes_on && !silent {
            super::warn(&format!(
                "{name}: the disk is full; writing goes on when there is room, Ctrl-C ends it"
            ));
        }
        std::thread::sleep(RETRY);
        last.set(Some(Instant::now()));
        !stop.load(Ordering::Relaxed)
    })
}

/// Tells of each file that is closed, and of each that is packed.
fn told(silent: bool) -> Told {
    Box::new(move |event| match event {
        _ if silent => {}
        Event::Closed(report) => {
            let packets = if report.written == 1 { "packet" } else { "packets" };
            let (written, bytes) = (thousands(report.written), thousands(report.bytes));
            super::tell(&format!("{}: closed, {written} {packets}, {bytes} bytes", report.name));
        }
        Event::Packed(Packed { path, outcome }) => {
            let name = Escaped::text(path.as_os_str().as_encoded_bytes());
            match outcome {
                Ok(bytes) => super::tell(&format!("{name}.gz: packed, {} bytes", thousands(bytes))),
                Err(why) => super::warn(&format!("{name}: not packed: {why}")),
            }
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
