//! Where frames come from: capture files and live interfaces behind one trait.
//!
//! [`open`] reads one file, pipe or standard input, [`chain::Chain`] several in a row, [`live::open`] an interface.
//! All lend frames out of their own buffer, so nothing is copied or allocated for a packet. What is damaged
//! comes back as a [`CaptureError`], what is merely odd as a [`Note`], and every byte is in [`Counters`].

pub mod chain;
pub mod live;

mod buffer;
mod compress;
mod error;
mod file;
mod filter;
mod gzip;
mod ledger;
#[cfg(feature = "live")]
mod libpcap;
mod note;
mod pcap;
mod pcapng;
#[cfg(feature = "live")]
mod several;
#[cfg(test)]
mod tests;

use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};

pub use compress::MAX_WINDOW;
pub use error::{CaptureError, Codec, Damage, Part, Rest};
pub use file::{FileSource, Options, open};
pub use filter::{CaptureFilter, Tags, display_filter};
pub use note::{Note, NoteKind, Notes};
pub use pcapng::MAX_INTERFACES;
pub(crate) use pcapng::block;
pub use pcapng::block::key_log;

/// The longest record or pcapng packet block that is read, in bytes (section 4 of docs/faults.md).
pub const MAX_RECORD: u32 = 16 << 20;

/// The link type of a packet whose interface is not described; only `salvage` shows such packets.
pub const LINK_UNKNOWN: LinkType = LinkType(u32::MAX);

/// What one call of [`CaptureSource::pull`] brought.
#[derive(Debug)]
pub enum Pull<'a> {
    /// The next frame, borrowed until the next call.
    Frame(Frame<'a>),
    /// Something beside the frames, where it was asked for ([`Options::asides`]).
    Aside(Aside<'a>),
    /// Nothing is waiting: flush what was printed, and let time pass to this point. Live sources say it when
    /// their patience is over, pipes and followed files before a call that may wait. The time is the clock's in a
    /// live source, less what a packet takes to get here, and that of the last frame elsewhere, so that a saved session
    /// gives the same events.
    Idle(Timestamp),
    /// The source is exhausted.
    End,
}

/// What a capture holds beside its frames, for whoever writes them to another file.
#[derive(Clone, Copy, Debug)]
pub enum Aside<'a> {
    /// Frames without blocks follow, all captured like this.
    Point(Point<'a>),
    /// A pcapng block without a packet, as it lies in the file and in the byte order of its section.
    Block(&'a [u8]),
    /// What an interface has counted so far.
    Tally(Tally<'a>),
}

/// What an interface has counted since the capture began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally<'a> {
    /// The interface, not escaped.
    pub name: &'a str,
    /// Packets received, dropped ones included.
    pub received: u64,
    /// Packets for which the ring had no room.
    pub kernel_drops: u64,
    /// Packets that the interface or its driver dropped.
    pub interface_drops: u64,
}

/// How the frames of a classic file or of an interface were captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point<'a> {
    /// How the first bytes of frames are to be read.
    pub link: LinkType,
    /// Snap length in bytes; `None` if unlimited or not told.
    pub snaplen: Option<u32>,
    /// Decimal digits of a second that times have.
    pub digits: u8,
    /// The interface, not escaped; `None` for files.
    pub name: Option<&'a str>,
    /// The capture filter, not escaped.
    pub filter: Option<&'a str>,
}

/// A source of frames. Files and interfaces differ in nothing else.
pub trait CaptureSource {
    /// The next frame, or why there is none now.
    ///
    /// # Errors
    ///
    /// An error says what is wrong with the source, once, after everything readable before it was delivered.
    /// Calling again is allowed and then goes on with the next file of a chain, or says [`Pull::End`].
    fn pull(&mut self) -> Result<Pull<'_>, CaptureError>;

    /// The books as they stand.
    fn counters(&mut self) -> Counters;

    /// The books of each interface by its name, which is not escaped; none of files.
    fn by_interface(&mut self) -> Vec<(String, Counters)> {
        Vec::new()
    }

    /// Nothing more is wanted: what is not handed over does not count (live).
    fn end(&mut self) {}

    /// What has changed since the last call, a line each, safe to print: links that went down or came up (live).
    fn news(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// What is being read, as far as it is known by now.
    fn describe(&self) -> Description;

    /// What was odd so far.
    fn notes(&self) -> &Notes;

    /// How far reading has come, for a progress bar; `None` for live sources.
    fn position(&self) -> Option<Position> {
        None
    }
}

/// Bytes of the input as it lies on disk, compressed or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Bytes read.
    pub read: u64,
    /// Bytes in all, if that is known.
    pub total: Option<u64>,
}

/// What a source is, for the header line of the list.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// The file's path, `standard input` or the interface, escaped.
    pub name: String,
    /// `pcap`, `pcapng`, `pcapng, gzip`, `live`.
    pub format: String,
    /// Link types met so far, each once, in order of appearance.
    pub links: Vec<LinkType>,
    /// Decimal digits of a second that the time stamps have: 6 or 9, or what the file says.
    pub digits: u8,
    /// Snap length in bytes; `None` if unlimited or not told.
    pub snaplen: Option<u32>,
}

/// Bytes that were passed over, by reason (section 2.2 of docs/faults.md).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// pcapng blocks without packets that are not used: statistics, names, secrets, custom, unknown.
    pub blocks: u64,
    /// Packet blocks that are framed but cannot be read.
    pub bad_blocks: u64,
    /// Bytes that `salvage` passed over to find the next record.
    pub damage: u64,
    /// The incomplete record at the end.
    pub cut: u64,
    /// Bytes behind the place where reading ended.
    pub unread: u64,
}

impl Skipped {
    /// The sum over all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        [self.blocks, self.bad_blocks, self.damage, self.cut, self.unread]
            .iter()
            .fold(0, |a, b| a.saturating_add(*b))
    }
}

/// The books of a source; they balance at the end (section 2.2 of docs/faults.md).
///
/// Files: `records = captured + unreadable`, and `header + consumed + skipped.total()` is the size of the
/// (decompressed) input as far as that is known. Live: `received = captured + kernel_drops` plus what still lies in the ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packet records met in the file, readable or not.
    pub records: u64,
    /// Frames handed over.
    pub captured: u64,
    /// Records that could not be handed over.
    pub unreadable: u64,
    /// Bytes of file, section and interface headers.
    pub header: u64,
    /// Bytes of records that were handed over, with their headers.
    pub consumed: u64,
    /// Bytes passed over.
    pub skipped: Skipped,
    /// Packets that the kernel received for this source, dropped ones included (live).
    pub received: u64,
    /// Packets that the kernel dropped because the ring was full (live, or as a pcapng file recorded it).
    pub kernel_drops: u64,
    /// Packets that the interface or its driver dropped (live, or as a pcapng file recorded it).
    pub interface_drops: u64,
}

impl Counters {
    /// The sum of two books.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (a, b) = (self, other);
        Self {
            records: a.records.saturating_add(b.records),
            captured: a.captured.saturating_add(b.captured),
            unreadable: a.unreadable.saturating_add(b.unreadable),
            header: a.header.saturating_add(b.header),
            consumed: a.consumed.saturating_add(b.consumed),
            skipped: Skipped {
                blocks: a.skipped.blocks.saturating_add(b.skipped.blocks),
                bad_blocks: a.skipped.bad_blocks.saturating_add(b.skipped.bad_blocks),
                damage: a.skipped.damage.saturating_add(b.skipped.damage),
                cut: a.skipped.cut.saturating_add(b.skipped.cut),
                unread: a.skipped.unread.saturating_add(b.skipped.unread),
            },
            received: a.received.saturating_add(b.received),
            kernel_drops: a.kernel_drops.saturating_add(b.kernel_drops),
            interface_drops: a.interface_drops.saturating_add(b.interface_drops),
        }
    }
}
