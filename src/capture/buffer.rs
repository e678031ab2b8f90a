//! The block reader under all formats: large reads, records lent in place, exact offsets.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::PathBuf;
use std::time::Duration;

use super::compress::StreamFault;
use super::error::Rest;

/// Bytes asked of the source at once: large enough to make system calls rare, small enough for the cache.
const BLOCK: usize = 256 << 10;

/// How long to sleep before looking again at the end of a followed file.
const FOLLOW_PAUSE: Duration = Duration::from_millis(100);

/// What [`Buffer::need`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Have {
    /// At least the bytes asked for are in the buffer.
    Enough,
    /// The input ends before that; the buffer holds all that is left.
    Ended,
    /// Getting more may take time: say so to the caller, then ask again.
    Wait,
}

/// What to do when more bytes are wanted than are there.
#[derive(Debug)]
pub(super) enum Patience {
    /// Read at once: a regular file answers without delay.
    None,
    /// Say [`Have::Wait`] once before each read that may block.
    Pipe {
        /// Said already; the next call reads.
        said: bool,
    },
    /// The end of the file is no end: wait for more, and notice a truncated or replaced file.
    Follow {
        /// Where the file was opened from.
        path: PathBuf,
    },
}

/// A regular file behind the buffer, asked for its size when the end is reached.
#[derive(Debug)]
pub(super) struct Regular {
    file: File,
    at_open: Metadata,
}

impl Regular {
    /// A second handle on `file` and what it looked like when it was opened.
    pub(super) fn new(file: &File) -> io::Result<Self> {
        Ok(Self { file: file.try_clone()?, at_open: file.metadata()? })
    }

    fn size(&self) -> u64 {
        self.file.metadata().map_or(0, |m| m.len())
    }

    fn changed(&self) -> bool {
        let Ok(now) = self.file.metadata() else { return false };
        now.len() != self.at_open.len() || now.modified().ok() != self.at_open.modified().ok()
    }
}

/// Reads a source in blocks and lends what it read. Bytes move only when a record is cut by the end of a block.
pub(super) struct Buffer {
    source: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the input of `bytes[0]`.
    base: u64,
    ended: bool,
    starved: bool,
    patience: Patience,
    regular: Option<Regular>,
}

impl Buffer {
    /// A buffer over `source`, which is read from its present position on.
    pub(super) fn new(source: Box<dyn Read + Send>) -> Self {
        Self {
            source,
            bytes: Vec::new(),
            start: 0,
            end: 0,
            base: 0,
            ended: false,
            starved: false,
            patience: Patience::None,
            regular: None,
        }
    }

    /// Sets what to do at the end of what is there, and the regular file that is read unchanged, if it is one.
    pub(super) fn attach(&mut self, patience: Patience, regular: Option<Regular>) {
        self.patience = patience;
        self.regular = regular;
    }

    /// What is read and not consumed.
    #[inline]
    pub(super) fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// `len` bytes that were consumed up to `back` bytes before the present place; empty if they are gone.
    ///
    /// Consumed bytes stay where they are until the next [`Buffer::need`], which is what lets a record be
    /// lent after its consumption.
    #[inline]
    pub(super) fn behind(&self, back: usize, len: usize) -> &[u8] {
        let Some(from) = self.start.checked_sub(back) else { return &[] };
        self.bytes.get(from..).and_then(|b| b.get(..len)).unwrap_or_default()
    }

    /// Offset in the input of the first byte that is not consumed.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.base.wrapping_add(self.start as u64)
    }

    /// Gives up the first `n` bytes, or all that there are.
    #[inline]
    pub(super) fn consume(&mut self, n: usize) {
        self.start = self.start.saturating_add(n).min(self.end);
    }

    /// Reads until `n` bytes are there.
    ///
    /// # Errors
    ///
    /// What the source says; a fault of a compressed stream is a [`StreamFault`] inside the error.
    pub(super) fn need(&mut self, n: usize) -> io::Result<Have> {
        while self.filled().len() < n {
            if self.ended {
                return Ok(Have::Ended);
            }
            if let Patience::Pipe { said } = &mut self.patience {
                *said = !*said;
                if *said {
                    return Ok(Have::Wait);
                }
            }
            match self.read_more() {
                Ok(0) => match self.at_end()? {
                    Have::Enough => {}
                    other => return Ok(other),
                },
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(FOLLOW_PAUSE);
                    return Ok(Have::Wait);
                }
                Err(e) => return Err(e),
            }
        }
        Ok(Have::Enough)
    }

    /// As [`Buffer::need`], but waits in the source instead of saying so: for the start of a file.
    pub(super) fn need_now(&mut self, n: usize) -> io::Result<Have> {
        loop {
            match self.need(n)? {
                Have::Wait => {}
                other => return Ok(other),
            }
        }
    }

    /// How much lies behind the present place.
    pub(super) fn rest(&self) -> Rest {
        let here = self.filled().len() as u64;
        match &self.regular {
            Some(file) => Rest::Unread(file.size().saturating_sub(self.offset()).max(here)),
            None if self.ended => Rest::Unread(here),
            None => Rest::AtLeast(here),
        }
    }

    /// True if the file changed since it was opened (row C10 of docs/faults.md).
    pub(super) fn growing(&self) -> bool {
        self.regular.as_ref().is_some_and(Regular::changed)
    }

    /// True if a decoder asked for bytes behind the end.
    pub(super) fn starved(&self) -> bool {
        self.starved
    }

    /// Decides what a read of no bytes means.
    fn at_end(&mut self) -> io::Result<Have> {
        let Patience::Follow { path } = &self.patience else {
            self.ended = true;
            return Ok(Have::Ended);
        };
        let place = self.base.wrapping_add(self.end as u64);
        if let Some(file) = &self.regular {
            if file.size() < place {
                return Err(StreamFault::Truncated.into());
            }
            if is_other(&file.at_open, path) {
                return Err(StreamFault::Replaced.into());
            }
        }
        std::thread::sleep(FOLLOW_PAUSE);
        Ok(Have::Wait)
    }

    /// One read of the source behind what is there.
    fn read_more(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.base = self.base.wrapping_add(self.start as u64);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        if self.end == self.bytes.len() {
            // The buffer is full of bytes that are there, so growth stays within a factor of two of them.
            let more = self.bytes.len().max(BLOCK);
            self.bytes.try_reserve_exact(more).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
            self.bytes.resize(self.bytes.len().saturating_add(more), 0);
        }
        let Some(room) = self.bytes.get_mut(self.end..) else { return Ok(0) };
        loop {
            match self.source.read(room) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(n) => {
                    self.end = self.end.saturating_add(n).min(self.bytes.len());
                    return Ok(n);
                }
            }
        }
    }
}

/// True if `path` exists and is another file than the one that was opened.
#[cfg(unix)]
fn is_other(opened: &Metadata, path: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|now| (now.dev(), now.ino()) != (opened.dev(), opened.ino()))
}

/// Elsewhere files have no identity that the standard library tells.
#[cfg(not(unix))]
fn is_other(_: &Metadata, _: &std::path::Path) -> bool {
    false
}

/// For decoders of compressed streams, which read through it.
impl Read for Buffer {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Buffer {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.need_now(1)? == Have::Ended {
            self.starved = true;
        }
        Ok(self.filled())
    }

    fn consume(&mut self, n: usize) {
        Buffer::consume(self, n);
    }
}
