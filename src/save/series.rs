//! One file after the other (`--rotate`): each begins with a packet and is complete by itself.
//!
//! A file ends by what it holds and by the time of the next packet, never by the clock: a capture that is written while it is read
//! again falls into the same files. Intervals are in step with the clock, whenever the first packet came.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use netdissect_dissectors::frame::{Frame, Timestamp};

use super::loss::Losses;
use super::pack::{self, Packed, Packer};
use super::preface::Preface;
use super::{Format, Manner, Recorder, Relief, Report, Save, SaveError};
use crate::capture::Aside;
use crate::escape::Escaped;

/// Digits of a file's number, at least.
const DIGITS: usize = 5;

/// Names of closed files that are remembered to be removed where the disk is full.
const MAX_SHED: u64 = 65_536;

/// When a file is followed by the next. Nothing means never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// The file has reached so many bytes.
    pub bytes: Option<u64>,
    /// It has so many packets.
    pub packets: Option<u64>,
    /// A packet lies in another interval of so many nanoseconds, counted from 1970 on.
    pub nanos: Option<i64>,
    /// How many files are kept; the oldest goes away once the next is open.
    pub kept: Option<u64>,
    /// How many files are written in all.
    pub files: Option<u64>,
    /// Files that are closed are packed.
    pub packs: bool,
    /// Where the disk is full, the oldest files of this run go away.
    pub sheds: bool,
}

impl Rotation {
    /// Whether there is ever more than one file.
    #[must_use]
    pub fn turns(&self) -> bool {
        self.bytes.is_some() || self.packets.is_some() || self.nanos.is_some()
    }
}

/// What becomes of a file of a series.
#[derive(Debug)]
pub enum Event<'a> {
    /// It is closed.
    Closed(&'a Report),
    /// It is packed, or could not be.
    Packed(Packed),
}

/// Hears what becomes of each file.
pub type Told = Box<dyn FnMut(Event<'_>)>;

/// A capture that is being written into several files.
pub struct Series {
    path: PathBuf,
    inputs: Vec<PathBuf>,
    format: Format,
    manner: Manner,
    rotation: Rotation,
    told: Told,
    /// Packs what is closed, if it is to be packed.
    packer: Option<Packer>,
    preface: Preface,
    current: Option<Current>,
    /// Files opened so far.
    opened: u64,
    /// The latest interval in which one began.
    latest: Option<i64>,
    /// Those that are there and were closed, the oldest first. As many as are kept.
    kept: Rc<RefCell<VecDeque<PathBuf>>>,
    /// Sums over all files that are closed.
    past: Report,
    losses: Losses,
    is_complete: bool,
}

/// The file that is being written.
struct Current {
    save: Save,
    path: PathBuf,
    /// The interval in which it began.
    interval: i64,
}

impl Series {
    /// Files beside `path`, named after it, its suffix and the time of their first packet: by number, or by the pattern
    /// that the name is if it holds `%` and files end by time. None may be one of `inputs`. What becomes of each
    /// `told` hears.
    ///
    /// # Errors
    /// A folder that is not there or must not be written to, a pattern that is none.
    pub fn create(
        path: &Path,
        inputs: &[PathBuf],
        (format, mut manner): (Format, Manner),
        rotation: Rotation,
        told: Told,
    ) -> Result<Self, SaveError> {
        let name = escaped(path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        check_folder(folder.unwrap_or(Path::new(".")))
            .map_err(|source| SaveError::Open { name: name.clone(), source })?;
        let kept = Rc::new(RefCell::new(VecDeque::new()));
        if rotation.sheds {
            let kept = Rc::clone(&kept);
            manner.relief = Relief::new(move || shed(&kept));
        }
        manner.read_back = rotation.packs;
        let series = Self {
            path: path.to_owned(),
            inputs: inputs.to_vec(),
            format,
            manner,
            rotation,
            told,
            packer: rotation.packs.then(Packer::default),
            preface: Preface::default(),
            current: None,
            opened: 0,
            latest: None,
            kept,
            past: Report { name: name.clone(), ..Report::default() },
            losses: Losses::default(),
            is_complete: false,
        };
        if series.is_pattern() && series.by_pattern(Timestamp::default()).is_none() {
            return Err(SaveError::Pattern { name });
        }
        Ok(series)
    }

    fn is_pattern(&self) -> bool {
        self.rotation.nanos.is_some() && self.file_name().is_some_and(|name| name.contains('%'))
    }

    fn file_name(&self) -> Option<&str> {
        self.path.file_name().and_then(|name| name.to_str())
    }

    /// The name that the pattern gives for a time, unless that is no pattern.
    fn by_pattern(&self, time: Timestamp) -> Option<PathBuf> {
        Some(self.path.with_file_name(formatted(self.file_name()?, time)?))
    }

    /// The path of the file that begins at `time`. A pattern gives it only once in an interval: no file of the series is written
    /// over because another one lies in the same hour, or because the clock was set back.
    fn path_at(&self, time: Timestamp, interval: i64) -> PathBuf {
        let is_new = self.latest.is_none_or(|latest| interval > latest);
        let path = if self.is_pattern() && is_new { self.by_pattern(time) } else { None };
        if let Some(path) = path.filter(|path| self.kept.borrow().back() != Some(path)) {
            return path;
        }
        let mut name = self.path.file_stem().map(OsString::from).unwrap_or_default();
        let clock = formatted("%Y%m%d%H%M%S", time).unwrap_or_default();
        name.push(format!("_{:0DIGITS$}_{clock}", self.opened.saturating_add(1)));
        if let Some(suffix) = self.path.extension() {
            name.push(".");
            name.push(suffix);
        }
        self.path.with_file_name(name)
    }

    fn interval(&self, time: Timestamp) -> i64 {
        let nanos = i128::from(time.secs).saturating_mul(1_000_000_000).saturating_add(time.nanos.into());
        let interval = self.rotation.nanos.map_or(0, |length| nanos.div_euclid(i128::from(length.max(1))));
        i64::try_from(interval).unwrap_or_default()
    }

    /// Whether a packet of this interval belongs into the next file. Packets that come a little late stay in it, a clock that is
    /// set back begins another.
    fn is_due(&self, interval: i64) -> bool {
        let Some(Current { save, interval: begun, .. }) = &self.current else { return false };
        interval > *begun
            || interval < begun.saturating_sub(1)
            || self.rotation.bytes.is_some_and(|bytes| save.bytes() >= bytes)
            || self.rotation.packets.is_some_and(|packets| save.wanted >= packets)
    }

    /// Ends the file that is being written.
    fn end(&mut self, summary: &str) -> io::Result<()> {
        let Some(Current { mut save, path, .. }) = self.current.take() else { return Ok(()) };
        let reader = save.reader();
        let done = save.finish(summary);
        let report = save.report();
        (self.told)(Event::Closed(&report));
        if let Some(packer) = &mut self.packer {
            packer.done().for_each(|packed| (self.told)(Event::Packed(packed)));
            if let Some(file) = reader {
                packer.add(path.clone(), file);
            }
        }
        self.losses.merge(&save.losses);
        let past = &mut self.past;
        past.bytes = past.bytes.saturating_add(report.bytes);
        past.written = past.written.saturating_add(report.written);
        past.wanted = past.wanted.saturating_add(report.wanted);
        past.failure = past.failure.take().or(report.failure);
        past.name = report.name;
        self.kept.borrow_mut().push_back(path);
        done
    }

    /// Begins the file for a packet of this time, then removes what is not kept (row I17 of docs/faults.md).
    fn begin(&mut self, time: Timestamp, interval: i64) -> io::Result<()> {
        let path = self.path_at(time, interval);
        if self.preface.is_cut() {
            self.past.failure = Some("too many interfaces to begin another file".to_owned());
            return Ok(());
        }
        let mut save = match self.create_file(&path) {
            Ok(save) => save,
            Err(why) => {
                let name = escaped(&path);
                let why = why.to_string();
                let why = why.strip_prefix(&format!("{name}: ")).unwrap_or(&why);
                self.past.failure = Some(why.to_owned());
                self.past.name = name;
                return Ok(());
            }
        };
        self.opened = self.opened.saturating_add(1);
        self.latest = self.latest.max(Some(interval));
        self.kept.borrow_mut().retain(|kept| *kept != path);
        self.preface.tell(&mut save)?;
        self.current = Some(Current { save, path, interval });
        self.remove_old();
        Ok(())
    }

    /// Opens a file, where there is no room for it perhaps not at once.
    fn create_file(&self, path: &Path) -> Result<Save, SaveError> {
        loop {
            match Save::create(path, &self.inputs, self.format, self.manner.clone()) {
                Err(SaveError::Open { source, .. }) if self.manner.relief.helps(&source) => {}
                created => return created,
            }
        }
    }

    /// Removes the oldest files beyond those that are kept, and forgets those that nobody wants removed.
    fn remove_old(&mut self) {
        // The file that is being written is one of them; without a bound only the name of the last one matters.
        let closed = match self.rotation.kept {
            Some(kept) => kept.saturating_sub(1),
            None if self.rotation.sheds => MAX_SHED,
            None => 1,
        };
        let mut kept = self.kept.borrow_mut();
        while kept.len() as u64 > closed {
            let Some(old) = kept.pop_front() else { return };
            if self.rotation.kept.is_some() {
                pack::remove(&old);
            }
        }
    }
}

impl Recorder for Series {
    fn aside(&mut self, aside: &Aside<'_>) -> io::Result<()> {
        self.preface.note(aside);
        self.current.as_mut().map_or(Ok(()), |current| current.save.aside(aside))
    }

    fn frame(&mut self, frame: &Frame<'_>, comment: &str) -> io::Result<()> {
        let interval = self.interval(frame.time);
        if self.is_due(interval) && !self.has_failed() {
            if self.rotation.files.is_some_and(|files| self.opened >= files) {
                self.is_complete = true;
                return Ok(());
            }
            self.end("")?;
        }
        if self.current.is_none() && !self.has_failed() {
            self.begin(frame.time, interval)?;
        }
        match &mut self.current {
            Some(current) => current.save.frame(frame, comment),
            None => {
                self.past.wanted = self.past.wanted.saturating_add(1);
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.current.as_mut().map_or(Ok(()), |current| current.save.flush())
    }

    fn finish(&mut self, summary: &str) -> io::Result<()> {
        let done = self.end(summary);
        for packed in self.packer.iter_mut().flat_map(Packer::finish) {
            (self.told)(Event::Packed(packed));
        }
        done
    }

    fn has_failed(&self) -> bool {
        self.past.failure.is_some() || self.current.as_ref().is_some_and(|current| current.save.has_failed())
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn bytes(&self) -> u64 {
        self.past.bytes.saturating_add(self.current.as_ref().map_or(0, |current| current.save.bytes()))
    }

    fn report(&self) -> Report {
        let mut report = self.past.clone();
        let mut losses = self.losses;
        if let Some(current) = &self.current {
            let now = current.save.report();
            report.name = now.name;
            report.bytes = report.bytes.saturating_add(now.bytes);
            report.written = report.written.saturating_add(now.written);
            report.wanted = report.wanted.saturating_add(now.wanted);
            report.failure = report.failure.or(now.failure);
            losses.merge(&current.save.losses);
        }
        report.losses = losses.lines().collect();
        report
    }
}

/// Removes the oldest closed file; false if there is none.
fn shed(kept: &RefCell<VecDeque<PathBuf>>) -> bool {
    let oldest = kept.borrow_mut().pop_front();
    oldest.as_deref().map(pack::remove).is_some()
}

fn escaped(path: &Path) -> String {
    Escaped::text(path.as_os_str().as_encoded_bytes()).to_string()
}

/// A time in UTC by a pattern as `strftime` has them; `None` if that is no pattern.
fn formatted(pattern: &str, time: Timestamp) -> Option<String> {
    let time = jiff::Timestamp::from_second(time.secs).unwrap_or_default();
    jiff::fmt::strtime::format(pattern, &time.to_zoned(jiff::tz::TimeZone::UTC)).ok()
}

/// Whether files can be made in a folder, which the first packet would tell too late.
fn check_folder(folder: &Path) -> io::Result<()> {
    if !fs::metadata(folder)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    #[cfg(unix)]
    nix::unistd::access(folder, nix::unistd::AccessFlags::W_OK)?;
    Ok(())
}
