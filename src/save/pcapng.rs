//! pcapng: copies of blocks as they were read, and sections of our own for frames that come without blocks.
//!
//! A copy keeps the byte order, the interfaces and their numbers, the resolution of times and every option of its
//! section, known here or not. Only what no reader could use is mended: options that run past their block, and
//! trailing lengths that differ. Classic files and interfaces get a section of our own with one interface block for each
//! way of capturing.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::interface_statistics::{InterfaceStatisticsBlock, InterfaceStatisticsOption};
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError};

use super::loss::{Loss, Losses};
use super::{RecordFile, Unfit};
use crate::capture::block::{self, Order, PACKET_HEAD};
use crate::capture::{Aside, Point, Tally};

/// Block types that are looked into.
pub(super) const SECTION: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE: u32 = 1;
const SIMPLE_PACKET: u32 = 3;
const STATISTICS: u32 = 5;
pub(super) const SECRETS: u32 = 10;

/// Bytes of type and length before a body, and of the length behind it.
const HEAD: usize = 8;
const TAIL: usize = 4;

/// What the section header says of who wrote it.
const APPLICATION: &str = concat!("netdissect ", env!("CARGO_PKG_VERSION"));

/// The filter of an interface as text that libpcap compiles (`if_filter`).
const FILTER_TEXT: u8 = 0;

/// Writes blocks.
pub(super) struct Blocks {
    section: Section,
    /// Standard output gets no secrets.
    is_standard_output: bool,
    /// Time of the last packet, for statistics.
    last: Timestamp,
}

/// The section that is being written.
enum Section {
    None,
    /// The blocks of a file, copied.
    Copy(Order),
    Own(Box<Own>),
}

/// A section of our own.
struct Own {
    writer: PcapNgWriter<Vec<u8>>,
    points: Vec<OwnPoint>,
    /// What each of them has counted, as far as it was told.
    counted: Vec<Option<Counted>>,
    /// The interface of the frames that follow.
    current: usize,
}

/// What a capture point told of itself, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnPoint {
    link: LinkType,
    snaplen: Option<u32>,
    digits: u8,
    name: Option<String>,
    filter: Option<String>,
}

/// What an interface has counted, as it was told last.
#[derive(Clone, Copy, Debug)]
struct Counted {
    received: u64,
    by_interface: u64,
    by_system: u64,
}

/// The parts of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) kind: u32,
    pub(super) order: Order,
    /// All between the two lengths.
    pub(super) body: &'a [u8],
    /// The fixed fields of the body, and the list of options behind them.
    fixed: &'a [u8],
    pub(super) options: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes a block without a packet apart; `order` is that of the section, which a section header sets.
    pub(super) fn of(bytes: &'a [u8], order: &mut Option<Order>) -> Option<Self> {
        let &[k0, k1, k2, k3, _, _, _, _, m0, m1, m2, m3] = bytes.first_chunk()?;
        let body = bytes.get(HEAD..bytes.len().checked_sub(TAIL)?)?;
        if u32::from_le_bytes([k0, k1, k2, k3]) == SECTION {
            *order = Order::of([m0, m1, m2, m3]);
        }
        let order = (*order)?;
        let kind = order.word([k0, k1, k2, k3]);
        let fixed = match kind {
            SECTION => 16,
            INTERFACE => 8,
            STATISTICS => 12,
            _ => body.len(),
        };
        let (fixed, options) = body.split_at_checked(fixed).unwrap_or((body, &[]));
        Some(Self { kind, order, body, fixed, options })
    }
}

impl Blocks {
    pub(super) fn new(is_standard_output: bool) -> Self {
        Self { section: Section::None, is_standard_output, last: Timestamp::default() }
    }

    /// Takes a block over, or gets ready for frames without blocks.
    pub(super) fn aside(
        &mut self,
        aside: &Aside<'_>,
        file: &mut RecordFile,
        losses: &mut Losses,
    ) -> io::Result<()> {
        match aside {
            Aside::Point(point) => self.point(point, file),
            Aside::Block(bytes) => self.block(bytes, file, losses),
            Aside::Tally(tally) => {
                self.note(tally);
                Ok(())
            }
        }
    }

    /// Keeps what an interface has counted for the end of the file.
    fn note(&mut self, tally: &Tally<'_>) {
        let Section::Own(own) = &mut self.section else { return };
        let now = Counted {
            received: tally.received,
            by_interface: tally.interface_drops,
            by_system: tally.kernel_drops,
        };
        for (point, counted) in own.points.iter().zip(&mut own.counted) {
            if point.name.as_deref() == Some(tally.name) {
                *counted = Some(now);
            }
        }
    }

    fn block(&mut self, bytes: &[u8], file: &mut RecordFile, losses: &mut Losses) -> io::Result<()> {
        let mut order = match self.section {
            Section::Copy(order) => Some(order),
            _ => None,
        };
        let Some(parts) = Parts::of(bytes, &mut order) else { return Ok(()) };
        if parts.kind == SECRETS && self.is_standard_output {
            losses.add(Loss::Secrets);
            return Ok(());
        }
        self.section = Section::Copy(parts.order);
        file.record(false, |out| {
            let start = open(out, parts.order, parts.kind);
            match parts.fixed.split_first_chunk::<8>() {
                // The length of a section is a hint that no longer holds.
                Some((version, _)) if parts.kind == SECTION => {
                    out.extend(version);
                    out.extend([0xff; 8]);
                }
                _ => out.extend(parts.fixed),
            }
            options(out, parts.order, parts.options, "");
            close(out, parts.order, start);
        })
    }

    fn point(&mut self, point: &Point<'_>, file: &mut RecordFile) -> io::Result<()> {
        let point = OwnPoint {
            link: point.link,
            snaplen: point.snaplen,
            digits: point.digits,
            name: point.name.map(str::to_owned),
            filter: point.filter.map(str::to_owned),
        };
        if let Section::Own(own) = &mut self.section {
            if let Some(known) = own.points.iter().position(|known| *known == point) {
                own.current = known;
                return Ok(());
            }
        } else {
            let Ok(own) = Own::begin() else { return Ok(()) };
            self.section = Section::Own(Box::new(own));
        }
        let Section::Own(own) = &mut self.section else { return Ok(()) };
        // Forming the description of an interface cannot fail: its resolution is 6 or 9.
        let _ = own.describe(point);
        file.record(false, |out| out.append(own.writer.get_mut()))
    }

    pub(super) fn frame(
        &mut self,
        frame: &Frame<'_>,
        comment: &str,
        file: &mut RecordFile,
        losses: &mut Losses,
    ) -> io::Result<Result<(), Unfit>> {
        self.last = frame.time;
        let block = frame.origin.map(|origin| origin.block).unwrap_or_default();
        match &mut self.section {
            Section::Copy(order) if !block.is_empty() => {
                let order = *order;
                if kind_of(block, order) == SIMPLE_PACKET && !comment.is_empty() {
                    losses.add(Loss::Unannotated);
                }
                file.record(true, |out| copy(out, order, block, frame.data, comment))?;
            }
            Section::Own(own) => {
                let formed = own.packet(frame, comment, losses);
                file.record(true, |out| out.append(own.writer.get_mut()))?;
                return Ok(formed.map_err(|why| format!("frame {}: {why}", frame.number)));
            }
            Section::Copy(_) | Section::None => losses.add(Loss::Homeless),
        }
        Ok(Ok(()))
    }

    /// Writes what each interface has counted, and the summary.
    pub(super) fn finish(&mut self, summary: &str, file: &mut RecordFile) -> io::Result<Result<(), Unfit>> {
        let order = match &mut self.section {
            Section::None => return Ok(Ok(())),
            Section::Copy(order) => *order,
            Section::Own(own) => {
                let formed = own.statistics(self.last);
                file.record(false, |out| out.append(own.writer.get_mut()))?;
                if let Err(why) = formed {
                    return Ok(Err(why.to_string()));
                }
                Order::LITTLE
            }
        };
        if summary.is_empty() {
            return Ok(Ok(()));
        }
        let endianness = if order.is_big_endian() { Endianness::Big } else { Endianness::Little };
        let comment = SectionHeaderOption::Common(CommonOption::Comment(Cow::Borrowed(summary)));
        match section(endianness, vec![comment]) {
            Ok(mut writer) => file.record(false, |out| out.append(writer.get_mut())).map(Ok),
            Err(why) => Ok(Err(why.to_string())),
        }
    }
}

/// Begins a block.
fn open(out: &mut Vec<u8>, order: Order, kind: u32) -> usize {
    let start = out.len();
    out.extend(order.put_word(kind));
    out.extend([0; 4]);
    start
}

/// Ends the block that began at `start`: pads it and puts its length in both places.
fn close(out: &mut Vec<u8>, order: Order, start: usize) {
    pad(out, start);
    let length = out.len().saturating_sub(start).saturating_add(TAIL);
    let length = order.put_word(u32::try_from(length).unwrap_or(u32::MAX));
    if let Some(place) = out.get_mut(start.saturating_add(4)..start.saturating_add(HEAD)) {
        place.copy_from_slice(&length);
    }
    out.extend(length);
}

/// Fills up to a multiple of four bytes behind `start`.
fn pad(out: &mut Vec<u8>, start: usize) {
    while !out.len().saturating_sub(start).is_multiple_of(4) {
        out.push(0);
    }
}

/// The sound part of a list of options, and a comment of ours behind it.
fn options(out: &mut Vec<u8>, order: Order, list: &[u8], comment: &str) {
    const COMMENT: u16 = 1;
    let list = block::sound_options(list, order);
    let start = out.len();
    out.extend(list);
    if let Ok(len) = u16::try_from(comment.len())
        && len > 0
    {
        out.extend(order.put_half(COMMENT));
        out.extend(order.put_half(len));
        out.extend(comment.as_bytes());
        pad(out, start);
    }
    if out.len() > start {
        out.extend([0; 4]);
    }
}

/// Copies a packet's block, or as much of it as there is, which then is all it says it holds.
fn copy(out: &mut Vec<u8>, order: Order, block: &[u8], data: &[u8], comment: &str) {
    let kind = kind_of(block, order);
    let start = open(out, order, kind);
    if kind != SIMPLE_PACKET {
        let head = block.get(HEAD..).and_then(<[u8]>::first_chunk::<PACKET_HEAD>);
        let &[place @ .., _, _, _, _, w0, w1, w2, w3] = head.unwrap_or(&[0; PACKET_HEAD]);
        out.extend(place);
        out.extend(order.put_word(u32::try_from(data.len()).unwrap_or(u32::MAX)));
        out.extend([w0, w1, w2, w3]);
        out.extend(data);
        pad(out, start);
        let before = HEAD.saturating_add(PACKET_HEAD).saturating_add(data.len().next_multiple_of(4));
        let end = block.len().saturating_sub(TAIL);
        options(out, order, block.get(before..end).unwrap_or_default(), comment);
    } else {
        out.extend(block.get(HEAD..block.len().saturating_sub(TAIL)).unwrap_or_default());
    }
    close(out, order, start);
}

/// The type of a block.
fn kind_of(block: &[u8], order: Order) -> u32 {
    block.first_chunk().map_or(0, |&kind| order.word(kind))
}

/// A writer that has written a section header with these options and who wrote it.
fn section(
    endianness: Endianness,
    mut options: Vec<SectionHeaderOption<'_>>,
) -> Result<PcapNgWriter<Vec<u8>>, PcapError> {
    options.push(SectionHeaderOption::UserApplication(APPLICATION.into()));
    let header = SectionHeaderBlock { endianness, options, ..SectionHeaderBlock::default() };
    PcapNgWriter::with_section_header(Vec::new(), header)
}

impl Own {
    fn begin() -> Result<Self, PcapError> {
        Ok(Self {
            writer: section(Endianness::Little, Vec::new())?,
            points: Vec::new(),
            counted: Vec::new(),
            current: 0,
        })
    }

    fn describe(&mut self, point: OwnPoint) -> Result<(), PcapError> {
        use InterfaceDescriptionOption::{IfFilter, IfName, IfTsResol};
        let mut options = vec![IfTsResol(if point.digits > 6 { 9 } else { 6 })];
        if let Some(name) = &point.name {
            options.push(IfName(Cow::Borrowed(name)));
        }
        if let Some(filter) = &point.filter {
            let filter = std::iter::once(FILTER_TEXT).chain(filter.bytes()).collect();
            options.push(IfFilter(Cow::Owned(filter)));
        }
        let linktype = DataLink::from(point.link.0);
        // A snap length of 0 stands for none.
        let snaplen = point.snaplen.unwrap_or(0);
        self.writer.write_pcapng_block(InterfaceDescriptionBlock { linktype, snaplen, options })?;
        self.current = self.points.len();
        self.points.push(point);
        self.counted.push(None);
        Ok(())
    }

    fn packet(&mut self, frame: &Frame<'_>, comment: &str, losses: &mut Losses) -> Result<(), PcapError> {
        let options = match comment {
            "" => Vec::new(),
            text => vec![EnhancedPacketOption::Common(CommonOption::Comment(Cow::Borrowed(text)))],
        };
        let timestamp = duration(frame.time).unwrap_or_else(|| {
            losses.add(Loss::NoTime);
            Duration::ZERO
        });
        self.writer
            .write_pcapng_block(EnhancedPacketBlock {
                interface_id: u32::try_from(self.current).unwrap_or(u32::MAX),
                timestamp,
                original_len: frame.wire_len,
                data: Cow::Borrowed(frame.data),
                options,
            })
            .map(|_| ())
    }

    /// One block for each interface that was told of.
    fn statistics(&mut self, last: Timestamp) -> Result<(), PcapError> {
        use InterfaceStatisticsOption::{IsbIfDrop, IsbIfRecv, IsbOsDrop};
        for (at, counted) in self.counted.iter().enumerate() {
            let Some(counted) = counted else { continue };
            self.writer.write_pcapng_block(InterfaceStatisticsBlock {
                interface_id: u32::try_from(at).unwrap_or(u32::MAX),
                timestamp: duration(last).unwrap_or_default(),
                options: vec![
                    IsbIfRecv(counted.received),
                    IsbIfDrop(counted.by_interface),
                    IsbOsDrop(counted.by_system),
                ],
            })?;
        }
        Ok(())
    }
}

/// A time as the crate counts it; `None` before 1970, and beyond what 64 bits of nanoseconds say.
fn duration(time: Timestamp) -> Option<Duration> {
    let secs = u64::try_from(time.secs).ok().filter(|&secs| secs < u64::MAX / 1_000_000_000)?;
    Some(Duration::new(secs, time.nanos))
}
