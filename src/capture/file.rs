//! Capture files, pipes and standard input: opening, format detection, unpacking.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use netdissect_dissectors::frame::Frame;

use super::buffer::{Buffer, Patience, Regular};
use super::compress::{self, Unpack};
use super::error::CaptureError;
use super::ledger::{Ledger, Step, stream_error};
use super::note::Notes;
use super::{Aside, CaptureSource, Counters, Description, Point, Position, Pull, pcap, pcapng};
use crate::escape::Escaped;

/// How to read damaged and unusual files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Also hand over the bytes present of a record that is cut.
    pub partial: bool,
    /// Go on behind damage at the next plausible record.
    pub salvage: bool,
    /// Read files of unknown versions as if they were of the newest one.
    pub force_version: bool,
    /// At the end of a regular file wait for more.
    pub follow: bool,
    /// Also hand over what stands beside the frames ([`super::Aside`]).
    pub asides: bool,
    /// Of that, hand over at least the blocks of secrets ([`super::key_log`]).
    pub secrets: bool,
}

enum Reader {
    Pcap(Box<pcap::Reader>),
    Pcapng(Box<pcapng::Reader>),
}

/// One capture file, pipe or standard input.
pub struct FileSource {
    reader: Reader,
    description: Description,
    /// Bytes taken from the file as it lies on disk, and its size.
    taken: Arc<AtomicU64>,
    total: Option<u64>,
    /// Frames handed over by the sources before this one.
    frames_before: u64,
    /// The capture point is still to be told.
    untold: bool,
}

/// Opens `path` (`-` is standard input), whatever pcap or pcapng form and compression its first bytes tell.
///
/// # Errors
///
/// Anything that keeps the file header from being read; see [`CaptureError`]. Reading blocks until that is there.
pub fn open(path: &Path, options: Options) -> Result<FileSource, CaptureError> {
    if path.as_os_str() == "-" {
        return open_stdin(options);
    }
    let metadata = std::fs::metadata(path).map_err(CaptureError::Open)?;
    refuse_non_files(&metadata)?;
    let file = File::open(path).map_err(CaptureError::Open)?;
    let name = escaped(path);
    if !metadata.is_file() {
        return FileSource::start(Box::new(file), name, Patience::Pipe { said: false }, None, options);
    }
    let regular = Regular::new(&file).map_err(CaptureError::Open)?;
    let patience = if options.follow { Patience::Follow { path: path.to_owned() } } else { Patience::None };
    FileSource::start(Box::new(file), name, patience, Some((regular, metadata.len())), options)
}

/// A path as messages show it.
pub(super) fn escaped(path: &Path) -> String {
    Escaped::text(path.as_os_str().as_encoded_bytes()).to_string()
}

#[cfg(unix)]
fn open_stdin(options: Options) -> Result<FileSource, CaptureError> {
    use std::os::fd::AsFd;
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(CaptureError::NotAFile { what: "a terminal" });
    }
    // A descriptor of our own reads whole blocks, which the locked and buffered handle would not.
    let file = File::from(stdin.as_fd().try_clone_to_owned().map_err(CaptureError::Open)?);
    let metadata = file.metadata().map_err(CaptureError::Open)?;
    let name = String::from("standard input");
    if !metadata.is_file() {
        return FileSource::start(Box::new(file), name, Patience::Pipe { said: false }, None, options);
    }
    let regular = Regular::new(&file).map_err(CaptureError::Open)?;
    FileSource::start(Box::new(file), name, Patience::None, Some((regular, metadata.len())), options)
}

#[cfg(not(unix))]
fn open_stdin(options: Options) -> Result<FileSource, CaptureError> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(CaptureError::NotAFile { what: "a terminal" });
    }
    let name = String::from("standard input");
    FileSource::start(Box::new(stdin), name, Patience::Pipe { said: false }, None, options)
}

/// Row C12 of docs/faults.md: what has no end or no bytes is not opened.
fn refuse_non_files(metadata: &std::fs::Metadata) -> Result<(), CaptureError> {
    let kind = metadata.file_type();
    let what = if kind.is_dir() {
        "a directory"
    } else if is_special(kind) {
        "a device or socket"
    } else {
        return Ok(());
    };
    Err(CaptureError::NotAFile { what })
}

#[cfg(unix)]
fn is_special(kind: std::fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_socket() || kind.is_char_device() || kind.is_block_device()
}

#[cfg(not(unix))]
fn is_special(kind: std::fs::FileType) -> bool {
    !kind.is_file()
}

/// Counts the bytes that are taken from a reader.
struct Counted<R> {
    inner: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl FileSource {
    /// Reads a capture from any reader, such as bytes in memory; `name` is what messages call it.
    ///
    /// # Errors
    ///
    /// As [`open`].
    pub fn from_reader(
        reader: Box<dyn Read + Send>,
        name: &str,
        options: Options,
    ) -> Result<Self, CaptureError> {
        Self::start(reader, Escaped::text(name.as_bytes()).to_string(), Patience::None, None, options)
    }

    fn start(
        reader: Box<dyn Read + Send>,
        name: String,
        patience: Patience,
        regular: Option<(Regular, u64)>,
        options: Options,
    ) -> Result<Self, CaptureError> {
        let taken = Arc::new(AtomicU64::new(0));
        let (regular, total) = regular.unzip();
        let counted = Counted { inner: reader, taken: Arc::clone(&taken) };
        let mut buffer = Buffer::new(Box::new(counted));
        let codec = compress::detect(start_of(&mut buffer, 4)?);
        match codec {
            None => buffer.attach(patience, regular),
            Some(codec) => {
                let mut plain = Buffer::new(Box::new(Unpack::new(codec, buffer)));
                if let Some(inner) = compress::detect(start_of(&mut plain, 4)?) {
                    return Err(CaptureError::CompressedTwice { outer: codec, inner });
                }
                // Following the end of a compressed file would need a decoder that can be resumed.
                let waits = matches!(patience, Patience::Pipe { .. });
                plain.attach(if waits { patience } else { Patience::None }, None);
                buffer = plain;
            }
        }
        let (reader, format) = recognise(buffer, options)?;
        let mut description = Description { name, format: format.to_owned(), ..Description::default() };
        if let Some(codec) = codec {
            description.format = format!("{format}, {codec}");
        }
        if let Reader::Pcap(reader) = &reader {
            reader.describe(&mut description);
        }
        let untold = options.asides && matches!(reader, Reader::Pcap(_));
        Ok(Self { reader, description, taken, total, frames_before: 0, untold })
    }

    /// Makes frame numbers go on behind `frames` of other sources.
    pub(crate) fn number_from(&mut self, frames: u64) {
        self.frames_before = frames;
    }

    /// Goes on to the next record and says where it lies, so that [`FileSource::lend`] can lend it.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<Step, CaptureError> {
        if std::mem::take(&mut self.untold) {
            return Ok(Step::Point);
        }
        if self.ledger().ended() {
            return self.ledger_mut().take_error().map_or(Ok(Step::End), Err);
        }
        let step = match &mut self.reader {
            Reader::Pcap(reader) => reader.step(),
            Reader::Pcapng(reader) => reader.step(),
        };
        match step {
            Step::End => self.ledger_mut().take_error().map_or(Ok(Step::End), Err),
            step => Ok(step),
        }
    }

    /// What the last [`FileSource::advance`] found.
    #[inline]
    pub(super) fn lend(&self, step: Step) -> Pull<'_> {
        let (back, len, wire_len, time, link, interface) = match step {
            Step::Frame { back, len, wire_len, time, link, interface } => {
                (back, len, wire_len, time, link, interface)
            }
            Step::Aside { len } => return Pull::Aside(Aside::Block(self.buffer().behind(len, len))),
            Step::Point => return Pull::Aside(Aside::Point(self.point())),
            Step::Wait => return Pull::Idle(self.ledger().last),
            Step::End => return Pull::End,
        };
        let (data, origin) = match &self.reader {
            Reader::Pcap(reader) => (reader.buffer.behind(back, len), None),
            Reader::Pcapng(reader) => {
                (reader.buffer.behind(back, len), interface.map(|id| reader.origin(id, back)))
            }
        };
        let number = self.frames_before.wrapping_add(self.ledger().counters.captured);
        Pull::Frame(Frame { number, time, link, wire_len, data, origin })
    }

    /// How the frames of a classic file were captured.
    fn point(&self) -> Point<'_> {
        let Description { links, snaplen, digits, .. } = &self.description;
        let link = links.first().copied().unwrap_or_default();
        Point { link, snaplen: *snaplen, digits: *digits, name: None, filter: None }
    }

    fn buffer(&self) -> &Buffer {
        match &self.reader {
            Reader::Pcap(reader) => &reader.buffer,
            Reader::Pcapng(reader) => &reader.buffer,
        }
    }

    fn ledger(&self) -> &Ledger {
        match &self.reader {
            Reader::Pcap(reader) => &reader.ledger,
            Reader::Pcapng(reader) => &reader.ledger,
        }
    }

    fn ledger_mut(&mut self) -> &mut Ledger {
        match &mut self.reader {
            Reader::Pcap(reader) => &mut reader.ledger,
            Reader::Pcapng(reader) => &mut reader.ledger,
        }
    }
}

impl CaptureSource for FileSource {
    fn pull(&mut self) -> Result<Pull<'_>, CaptureError> {
        let step = self.advance()?;
        Ok(self.lend(step))
    }

    fn counters(&mut self) -> Counters {
        self.ledger().counters
    }

    fn describe(&self) -> Description {
        let mut description = self.description.clone();
        if let Reader::Pcapng(reader) = &self.reader {
            reader.describe(&mut description);
        }
        description
    }

    fn notes(&self) -> &Notes {
        &self.ledger().notes
    }

    fn position(&self) -> Option<Position> {
        Some(Position { read: self.taken.load(Ordering::Relaxed), total: self.total })
    }
}

/// The first bytes of an input, at most `n`, waiting for them.
fn start_of(buffer: &mut Buffer, n: usize) -> Result<&[u8], CaptureError> {
    buffer.need_now(n).map_err(|e| {
        let offset = buffer.filled().len() as u64;
        if e.raw_os_error().is_some() { CaptureError::Open(e) } else { stream_error(e, 1, 0, offset) }
    })?;
    let filled = buffer.filled();
    Ok(filled.get(..n).unwrap_or(filled))
}

/// Reads the file header and chooses the reader; the name is the format's.
fn recognise(mut buffer: Buffer, options: Options) -> Result<(Reader, &'static str), CaptureError> {
    let first = start_of(&mut buffer, 4)?.to_vec();
    if first.is_empty() {
        return Err(CaptureError::Empty);
    }
    let magic = first.first_chunk::<4>().copied();
    if let Some(magic) = magic.and_then(pcap::Magic::of) {
        whole_header(&mut buffer, pcap::FILE_HEADER)?;
        return Ok((Reader::Pcap(Box::new(pcap::Reader::new(buffer, magic, options)?)), "pcap"));
    }
    if magic == Some(pcapng::SECTION_HEADER.to_be_bytes()) {
        whole_header(&mut buffer, pcapng::SECTION_MINIMUM)?;
        return Ok((Reader::Pcapng(Box::new(pcapng::Reader::new(buffer, options)?)), "pcapng"));
    }
    let have = first.len() as u64;
    if have < 4 && pcap::Magic::STORED.iter().any(|m| m.starts_with(&first)) {
        return Err(CaptureError::HeaderCut { have, need: pcap::FILE_HEADER as u64 });
    }
    if have < 4 && pcapng::SECTION_HEADER.to_be_bytes().starts_with(&first) {
        return Err(CaptureError::HeaderCut { have, need: pcapng::SECTION_MINIMUM as u64 });
    }
    Err(CaptureError::NotACapture { first })
}

fn whole_header(buffer: &mut Buffer, need: usize) -> Result<(), CaptureError> {
    let have = start_of(buffer, need)?.len();
    if have < need {
        return Err(CaptureError::HeaderCut { have: have as u64, need: need as u64 });
    }
    Ok(())
}
