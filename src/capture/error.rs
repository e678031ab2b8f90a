//! Why a source failed, in the words that the user reads, with the exit code that follows from it.

use crate::escape::Escaped;
use std::fmt;
use std::io;

use thiserror::Error;

/// What is wrong with a record or block whose bytes are all there (sections 3.A and 3.B of docs/faults.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The captured length is above the limit of 16 MiB for one record.
    TooLong {
        /// Captured length that the record claims, in bytes.
        claimed: u32,
    },
    /// The record header holds several values that no capture has.
    Implausible {
        /// Captured length that the record claims, in bytes.
        captured: u32,
        /// Length on the wire that the record claims, in bytes.
        wire: u32,
    },
    /// A pcapng block length that is below the minimum of its type or no multiple of 4.
    BlockLength {
        /// The length as stored, in bytes.
        length: u32,
    },
    /// The length at the end of a pcapng block differs from the one at its start.
    Trailer {
        /// Length at the start, in bytes.
        leading: u32,
        /// Length at the end, in bytes.
        trailing: u32,
    },
    /// A packet block that names an interface which its section does not describe.
    NoInterface {
        /// The interface number as stored.
        interface: u32,
        /// How many interfaces the section had described so far.
        known: u32,
    },
    /// A captured length that runs past the end of its block.
    BeyondBlock {
        /// Captured length that the block claims, in bytes.
        claimed: u32,
        /// Bytes that the block has room for.
        room: u32,
    },
    /// A captured length that runs past the end of the input, with readable records before that.
    BeyondEnd {
        /// Captured length that the record claims, in bytes.
        claimed: u32,
        /// Bytes that the input still has.
        room: u64,
    },
    /// A later section header with an unknown byte-order magic.
    ByteOrder {
        /// The four bytes found.
        magic: [u8; 4],
    },
    /// A later section header of an unknown version.
    Version {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooLong { claimed } => {
                write!(f, "captured length {claimed} is above the limit of {} bytes", super::MAX_RECORD)
            }
            Self::Implausible { captured, wire } => {
                write!(
                    f,
                    "not a record header (captured length {captured}, length {wire}, time out of range)"
                )
            }
            Self::BlockLength { length } => write!(f, "block length {length} is not possible"),
            Self::Trailer { leading, trailing } => {
                write!(f, "block length is {leading} at its start but {trailing} at its end")
            }
            Self::NoInterface { interface, known } => {
                write!(f, "interface {interface} is not described (the section has {known})")
            }
            Self::BeyondBlock { claimed, room } => {
                write!(f, "captured length {claimed} in a block with room for {room}")
            }
            Self::BeyondEnd { claimed, room } => {
                write!(f, "captured length {claimed} with {room} bytes left in the input")
            }
            Self::ByteOrder { magic } => write!(f, "section with unknown byte-order magic {}", Hex(&magic)),
            Self::Version { major, minor } => write!(f, "section of unsupported version {major}.{minor}"),
        }
    }
}

/// How much of the input lies behind the place where reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// So many bytes were not read.
    Unread(u64),
    /// At least so many: the end of the input was not reached and its size is not known.
    AtLeast(u64),
    /// Reading went on behind the damage, this many bytes were skipped in all.
    Skipped(u64),
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(n) => write!(f, "{n} bytes unread"),
            Self::AtLeast(n) => write!(f, "at least {n} bytes unread"),
            Self::Skipped(n) => write!(f, "{n} bytes skipped"),
        }
    }
}

/// Which part of the input ended too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The fixed header of a record, or of a pcapng block whose type is not known yet.
    RecordHeader,
    /// The captured bytes of a record, or a packet block.
    Record,
    /// A pcapng block that holds no packet.
    Block,
}

/// A compression that is recognised by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// LZ4 frames.
    Lz4,
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        })
    }
}

/// Why a source could not be opened or did not reach its end.
///
/// The text has no file name (the caller puts it in front) and no bytes of the input but hexadecimal ones and
/// those that libpcap or the operating system say. [`CaptureError::exit_code`] follows section 2.1 of
/// docs/faults.md. Records count from 1; offsets are bytes from the start of the (decompressed) input.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The first bytes belong to no format that can be read (row A04).
    #[error("not a capture file (starts with {}; expected pcap, pcapng, gzip, zstd or lz4)", Hex(.first))]
    NotACapture {
        /// The first bytes, at most four.
        first: Vec<u8>,
    },
    /// There was not a single byte (row A01).
    #[error("empty file (0 bytes)")]
    Empty,
    /// The file ends inside its own header (row A02).
    #[error("header cut at byte {have} of {need}")]
    HeaderCut {
        /// Bytes present.
        have: u64,
        /// Bytes of the whole header.
        need: u64,
    },
    /// A version that this program does not know (row A18).
    #[error("unsupported version {major}.{minor} (--force-version reads it all the same)")]
    UnsupportedVersion {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// A pcapng file whose byte order cannot be told (row B31).
    #[error("not a capture file (pcapng with unknown byte-order magic {})", Hex(.magic))]
    ByteOrder {
        /// The four bytes found.
        magic: [u8; 4],
    },
    /// The path leads to something that is not a file or pipe (row C12).
    #[error("is {what}, not a capture file")]
    NotAFile {
        /// What it is, with its article.
        what: &'static str,
    },
    /// The file could not be opened.
    #[error("{}", Plain(.0))]
    Open(#[source] io::Error),
    /// Reading failed after some records.
    #[error("record {record} could not be read, offset {offset}: {}", Plain(.source))]
    Read {
        /// Record that was being read.
        record: u64,
        /// Offset of the failed read.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A record or block is damaged (rows A10, A11, A25, B02 to B08, B22).
    #[error("record {record} damaged at offset {offset}: {reason}{}; {rest}", Others(*.others))]
    Damaged {
        /// Number of the first damaged record.
        record: u64,
        /// Offset of its first byte.
        offset: u64,
        /// What is wrong with it.
        reason: Damage,
        /// Further damaged records behind it.
        others: u64,
        /// What was not used.
        rest: Rest,
    },
    /// The input ends inside a record (rows A05, A06, B27, C10).
    #[error("{}", CutText { part: *.part, record: *.record, have: *.have, need: *.need, offset: *.offset, growing: *.growing })]
    Cut {
        /// What was cut.
        part: Part,
        /// Number of the record that was cut, or of the one that would have come next.
        record: u64,
        /// Bytes of that part which are present.
        have: u64,
        /// Bytes that it should have.
        need: u64,
        /// Offset of the record's first byte.
        offset: u64,
        /// The file became longer while it was read.
        growing: bool,
    },
    /// The compressed stream ends too early (row C05).
    #[error("compressed stream cut ({codec}) at offset {offset} of the unpacked data; {}", Used(*.records))]
    CompressedCut {
        /// The compression.
        codec: Codec,
        /// Records that were complete.
        records: u64,
        /// Unpacked bytes.
        offset: u64,
    },
    /// The compressed stream does not decode (row C06).
    #[error("compressed stream damaged ({codec}): {reason}, offset {offset} of the unpacked data; {}", Used(*.records))]
    CompressedDamaged {
        /// The compression.
        codec: Codec,
        /// What is wrong.
        reason: &'static str,
        /// Records that were complete.
        records: u64,
        /// Unpacked bytes.
        offset: u64,
    },
    /// A compressed stream inside a compressed stream (row C07).
    #[error("{inner} inside {outer}: a second layer of compression is not unpacked")]
    CompressedTwice {
        /// The outer compression.
        outer: Codec,
        /// The inner one.
        inner: Codec,
    },
    /// Unpacking asks for more memory than is allowed (row C09).
    #[error("zstd window above the limit of 128 MiB")]
    WindowTooLarge,
    /// The followed file became shorter than what was read of it (row C11).
    #[error("record {record}: the file was truncated while it was followed")]
    Truncated {
        /// Record that would have come next.
        record: u64,
    },
    /// The path of the followed file now leads to another file (row C11).
    #[error("record {record}: the file was replaced while it was followed")]
    Replaced {
        /// Record that would have come next.
        record: u64,
    },
    /// There is no such network interface.
    #[error("there is no interface {}. Here: {here}", escaped(.name))]
    NoSuchInterface {
        /// The name asked for.
        name: String,
        /// The interfaces that are here, in one line.
        here: String,
    },
    /// The rights to capture are missing (row J03).
    #[error(
        "no permission to capture on {0} (needs CAP_NET_RAW)\n       once, as administrator:   \
         sudo setcap cap_net_raw=ep \"$(command -v netdissect)\"\n       or for this run only:     \
         sudo netdissect live {0}", escaped(.name)
    )]
    Permission {
        /// The interface.
        name: String,
    },
    /// The interface exists but does not open.
    #[error("cannot capture on {}: {}", escaped(.name), escaped(.reason))]
    CannotOpen {
        /// The interface.
        name: String,
        /// What libpcap said.
        reason: String,
    },
    /// The interface went away, or libpcap failed while capturing (row J02).
    #[error("capture on {} ended: {}", escaped(.name), escaped(.reason))]
    InterfaceGone {
        /// The interface.
        name: String,
        /// What libpcap said.
        reason: String,
    },
    /// A capture filter that libpcap does not accept.
    #[error("capture filter '{}': {}", escaped(.expression), escaped(.reason))]
    Filter {
        /// The expression, or its beginning.
        expression: String,
        /// What libpcap said.
        reason: String,
    },
    /// This build has no libpcap.
    #[error("this build has no libpcap (feature `live`): no live capture and no capture filters")]
    NoLive,
}

impl CaptureError {
    /// The exit code that follows from this error: section 2.1 of docs/faults.md.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotACapture { .. }
            | Self::UnsupportedVersion { .. }
            | Self::ByteOrder { .. }
            | Self::NotAFile { .. }
            | Self::Open(_)
            | Self::CompressedTwice { .. }
            | Self::WindowTooLarge
            | Self::NoSuchInterface { .. }
            | Self::Permission { .. }
            | Self::CannotOpen { .. }
            | Self::NoLive => 1,
            Self::Filter { .. } => 2,
            Self::Empty
            | Self::HeaderCut { .. }
            | Self::Read { .. }
            | Self::Damaged { .. }
            | Self::Cut { .. }
            | Self::CompressedCut { .. }
            | Self::CompressedDamaged { .. }
            | Self::Truncated { .. }
            | Self::Replaced { .. } => 3,
            Self::InterfaceGone { .. } => 5,
        }
    }
}

/// Text from outside as it may stand in a message.
pub(super) fn escaped(text: &str) -> Escaped<'_> {
    Escaped::text(text.as_bytes())
}

/// What the system says, without the number that the standard library puts behind it.
struct Plain<'a>(&'a io::Error);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words))
    }
}

/// Bytes as `4e 4f 54 41`: the only form in which input reaches a message.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if i == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

/// ` (and 3 more records)`, or nothing.
struct Others(u64);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more record)"),
            n => write!(f, " (and {n} more records)"),
        }
    }
}

/// `the 3 records before it were used`.
struct Used(u64);

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("no complete record before it"),
            1 => f.write_str("the 1 before it was used"),
            n => write!(f, "the {n} before it were used"),
        }
    }
}

struct CutText {
    part: Part,
    record: u64,
    have: u64,
    need: u64,
    offset: u64,
    growing: bool,
}

impl fmt::Display for CutText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, record, have, need, offset, growing } = *self;
        let used = Used(record.saturating_sub(1));
        match part {
            Part::RecordHeader => write!(f, "record {record} header cut at byte {have} of {need}")?,
            Part::Record => write!(f, "record {record} cut at byte {have} of {need}")?,
            Part::Block => write!(f, "block before record {record} cut at byte {have} of {need}")?,
        }
        write!(f, ", offset {offset}")?;
        if growing {
            f.write_str(" (still growing?)")?;
        }
        write!(f, "; {used}")
    }
}
