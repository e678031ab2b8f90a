//! Writing captures: packets and what stands beside them, into a file that is whole at any moment.
//!
//! [`Save`] takes frames behind the filter and blocks as they were read. `pcapng.rs` and `pcap.rs` form records,
//! `file.rs` puts whole ones into the file, `target.rs` decides what may be written to at all. [`Series`] writes one
//! [`Save`] after the other, with what `preface.rs` keeps for the beginning of each. What the format cannot hold is counted and told, and where the disk is full the file ends with the last whole record
//! (docs/faults.md, 3.I and 7.2).

mod file;
mod flight;
mod loss;
mod pack;
mod pcap;
mod pcapng;
mod preface;
mod series;
mod target;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use netdissect_dissectors::frame::Frame;
use thiserror::Error;

use crate::capture::Aside;
use crate::escape::Escaped;

use file::RecordFile;
pub use flight::Flight;
pub use loss::Loss;
use loss::Losses;
pub use pack::Packed;
use pcap::Classic;
use pcapng::Blocks;
pub use series::{Event, Rotation, Series, Told};

/// Why nothing can be written to a place.
#[derive(Debug, Error)]
pub enum SaveError {
    /// The system refuses.
    #[error("{name}: {source}")]
    Open {
        /// The path, escaped.
        name: String,
        /// What it says.
        source: io::Error,
    },
    /// A place that this program does not write to (rows K07 and K08 of docs/faults.md).
    #[error("{name}: not written: {why}")]
    Refused {
        /// The path, escaped.
        name: String,
        /// The reason.
        why: &'static str,
    },
    /// The file is one of those that are read (row I16 of docs/faults.md).
    #[error("{name}: not written: it is the same file as {input}, which is being read")]
    SameFile {
        /// The path, escaped.
        name: String,
        /// That input, escaped.
        input: String,
    },
    /// A pattern of the time that cannot be made a name.
    #[error("{name}: not a pattern for names by time")]
    Pattern {
        /// The path, escaped.
        name: String,
    },
}

/// The forms of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The classic one.
    Pcap,
    /// The one of blocks.
    Pcapng,
}

impl Format {
    /// What the suffix of `path` asks for, pcapng where it says nothing else.
    ///
    /// # Errors
    /// The suffix of a compression, which is not written.
    pub fn of(path: &Path) -> Result<Self, String> {
        let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
        match suffix.to_ascii_lowercase().as_str() {
            "pcap" | "cap" | "dmp" => Ok(Self::Pcap),
            suffix @ ("gz" | "zst" | "lz4" | "xz" | "bz2") => Err(format!(
                "captures are written plain: leave out .{suffix}, and compress the file afterwards"
            )),
            _ => Ok(Self::Pcapng),
        }
    }
}

/// How to write.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Each packet at once, not in blocks of 64 KiB.
    pub packet_buffered: bool,
    /// At the end wait until the disk has everything.
    pub sync: bool,
    /// Write to the file that a symbolic link leads to, where nobody else can have put it there.
    pub follow_symlinks: bool,
    /// What is written will be read again.
    pub read_back: bool,
    /// What is done where the disk is full.
    pub relief: Relief,
}

/// Makes room where there is none left, or waits for it.
#[derive(Clone, Default)]
pub struct Relief(Option<Rc<dyn Fn() -> bool>>);

impl Relief {
    /// `relieve` says whether it is worth trying again.
    #[must_use]
    pub fn new(relieve: impl Fn() -> bool + 'static) -> Self {
        Self(Some(Rc::new(relieve)))
    }

    /// Whether writing is worth trying again after this failure.
    fn helps(&self, error: &io::Error) -> bool {
        let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        is_full && self.0.as_ref().is_some_and(|relieve| relieve())
    }
}

impl fmt::Debug for Relief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Relief" } else { "none" })
    }
}

/// What became of the writing.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The path of the file, of several the last one, escaped.
    pub name: String,
    /// Bytes of the records that are whole in the file or on their way there.
    pub bytes: u64,
    /// Packets that are whole in the file.
    pub written: u64,
    /// Packets that were to be written.
    pub wanted: u64,
    /// Why not all of them were.
    pub failure: Option<String>,
    /// What the format could not hold, a line each.
    pub losses: Vec<String>,
}

/// Takes a capture, into one file or several. What fails, but that nobody reads a stream any more, is in the [`Report`].
pub trait Recorder {
    /// Takes what stands beside frames: how they were captured, or a block for the copy.
    ///
    /// # Errors
    /// Only that nobody reads the stream any more.
    fn aside(&mut self, aside: &Aside<'_>) -> io::Result<()>;

    /// Writes one packet, with a comment unless that is empty.
    ///
    /// # Errors
    /// As [`Recorder::aside`].
    fn frame(&mut self, frame: &Frame<'_>, comment: &str) -> io::Result<()>;

    /// Puts everything into the file that waits in the buffer.
    ///
    /// # Errors
    /// As [`Recorder::aside`].
    fn flush(&mut self) -> io::Result<()>;

    /// Ends the capture: `summary` is told of the whole in a section of its own.
    ///
    /// # Errors
    /// As [`Recorder::aside`].
    fn finish(&mut self, summary: &str) -> io::Result<()>;

    /// Whether the writing has ended early.
    fn has_failed(&self) -> bool;

    /// Whether everything is written that was asked for.
    fn is_complete(&self) -> bool {
        false
    }

    /// Bytes written, of all files.
    fn bytes(&self) -> u64;

    /// What became of it so far.
    fn report(&self) -> Report;
}

/// A capture that is being written into one file.
pub struct Save {
    name: String,
    file: RecordFile,
    form: Form,
    losses: Losses,
    wanted: u64,
}

enum Form {
    Pcap(Classic),
    Pcapng(Box<Blocks>),
}

/// A record that cannot be written into this file at all, in words.
type Unfit = String;

impl Save {
    /// Opens `path` (`-` is standard output), which must be none of `inputs`. A file that is there keeps its content until
    /// the first record is written.
    ///
    /// # Errors
    /// Places that cannot or must not be written to.
    pub fn create(
        path: &Path,
        inputs: &[PathBuf],
        format: Format,
        manner: Manner,
    ) -> Result<Self, SaveError> {
        let target = target::open(path, inputs, &manner)?;
        let is_standard_output = target.is_standard_output();
        Ok(Self {
            name: match is_standard_output {
                true => "standard output".to_owned(),
                false => Escaped::text(path.as_os_str().as_encoded_bytes()).to_string(),
            },
            file: RecordFile::new(target, manner),
            form: match format {
                Format::Pcap => Form::Pcap(Classic::default()),
                Format::Pcapng => Form::Pcapng(Box::new(Blocks::new(is_standard_output))),
            },
            losses: Losses::default(),
            wanted: 0,
        })
    }

    /// Another handle of the file, which reads what is written.
    fn reader(&self) -> Option<std::fs::File> {
        self.file.reader()
    }

    /// Ends the writing with what is there.
    fn give_up(&mut self, why: Unfit) -> io::Result<()> {
        self.file.flush()?;
        self.file.fail(why);
        Ok(())
    }
}

impl Recorder for Save {
    fn aside(&mut self, aside: &Aside<'_>) -> io::Result<()> {
        match &mut self.form {
            Form::Pcap(classic) => {
                classic.aside(aside, &mut self.losses);
                Ok(())
            }
            Form::Pcapng(blocks) => blocks.aside(aside, &mut self.file, &mut self.losses),
        }
    }

    fn frame(&mut self, frame: &Frame<'_>, comment: &str) -> io::Result<()> {
        self.wanted = self.wanted.saturating_add(1);
        if self.file.has_failed() {
            return Ok(());
        }
        let done = match &mut self.form {
            Form::Pcap(classic) => classic.frame(frame, &mut self.file, &mut self.losses)?,
            Form::Pcapng(blocks) => blocks.frame(frame, comment, &mut self.file, &mut self.losses)?,
        };
        done.or_else(|why| self.give_up(why))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    fn finish(&mut self, summary: &str) -> io::Result<()> {
        let done = match &mut self.form {
            Form::Pcap(classic) => classic.finish(&mut self.file)?,
            Form::Pcapng(blocks) => blocks.finish(summary, &mut self.file)?,
        };
        done.or_else(|why| self.give_up(why))?;
        self.file.close()
    }

    fn has_failed(&self) -> bool {
        self.file.has_failed()
    }

    fn bytes(&self) -> u64 {
        self.file.bytes()
    }

    fn report(&self) -> Report {
        Report {
            name: self.name.clone(),
            bytes: self.file.bytes(),
            written: self.file.packets(),
            wanted: self.wanted,
            failure: self.file.failure().map(str::to_owned),
            losses: self.losses.lines().collect(),
        }
    }
}
