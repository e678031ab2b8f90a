//! pcapng: draft-ietf-opsawg-pcapng, sections of length-framed blocks in the byte order of each section.
//!
//! A block is its type, its length, a body and its length again (all `u32`, the length counting everything and
//! being a multiple of 4). Only section, interface, statistics and packet blocks are looked into; all others are
//! stepped over without being kept, so that names and decryption secrets never leave the file, unless a copy of it is
//! written ([`super::Options::asides`]) or the secrets are to open what they belong to
//! ([`super::Options::secrets`]).

pub(crate) mod block;
mod passing;
mod salvage;

use std::io;

use netdissect_dissectors::frame::{Comments, Origin, Timestamp};

use block::{Interface, Order, PacketOptions};
use passing::Passing;

use super::buffer::{Buffer, Have};
use super::error::{CaptureError, Damage, Part};
use super::ledger::{Ledger, Step, list_link, stream_error};
use super::note::NoteKind;
use super::{Description, LINK_UNKNOWN, MAX_RECORD, Options};

/// Block types that are looked into; `SECTION_HEADER` reads the same in both byte orders.
pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

/// Bytes of a section header block without options, of any block without body, and of what stands around a body.
pub(super) const SECTION_MINIMUM: usize = 28;
const BLOCK_MINIMUM: u32 = 12;
const TRAILER: usize = 4;

/// Interfaces kept of one section (row B28 of docs/faults.md).
pub const MAX_INTERFACES: usize = 65_536;

/// Bytes of interface names and descriptions kept of one section.
const MAX_TEXT: usize = 4 << 20;

/// Reads the packets of a pcapng file.
pub(super) struct Reader {
    pub(super) buffer: Buffer,
    pub(super) ledger: Ledger,
    options: Options,
    order: Order,
    section: u32,
    interfaces: Vec<Interface>,
    /// Interfaces that the section described, kept or not.
    described: u32,
    text: usize,
    passing: Option<Passing>,
    /// What the last packet's options say; its comments lie so far behind its first byte.
    told: PacketOptions,
    /// Bytes of the last packet's block.
    size: usize,
    summary: Description,
}

impl Reader {
    /// Checks the first section header, whose fixed part the caller knows to be there, and reads what
    /// precedes the first packet as far as the buffer holds it.
    pub(super) fn new(buffer: Buffer, options: Options) -> Result<Self, CaptureError> {
        let head = *buffer.filled().first_chunk::<SECTION_MINIMUM>().unwrap_or(&[0; SECTION_MINIMUM]);
        let [_, _, _, _, _, _, _, _, m0, m1, m2, m3, a, b, c, d, ..] = head;
        let magic = [m0, m1, m2, m3];
        let Some(order) = Order::of(magic) else { return Err(CaptureError::ByteOrder { magic }) };
        let (major, minor) = (order.half([a, b]), order.half([c, d]));
        if !known_version(major, minor) && !options.force_version {
            return Err(CaptureError::UnsupportedVersion { major, minor });
        }
        let mut reader = Self {
            buffer,
            ledger: Ledger::default(),
            options,
            order,
            section: 0,
            interfaces: Vec::new(),
            described: 0,
            text: 0,
            passing: None,
            told: PacketOptions::default(),
            size: 0,
            summary: Description::default(),
        };
        reader.prime();
        Ok(reader)
    }

    /// Fills in what the interfaces tell.
    pub(super) fn describe(&self, description: &mut Description) {
        description.links.clone_from(&self.summary.links);
        description.digits = if self.summary.digits == 0 { 6 } else { self.summary.digits };
        description.snaplen = self.summary.snaplen;
    }

    /// Where the packet that begins `back` bytes before the buffer's place was captured, on interface `id`.
    pub(super) fn origin(&self, id: u32, back: usize) -> Origin<'_> {
        let interface = self.interfaces.get(id as usize);
        Origin {
            section: self.section,
            interface: id,
            name: interface.and_then(|i| i.name.as_deref()),
            description: interface.and_then(|i| i.description.as_deref()),
            comments: Comments::new(self.buffer.behind(back, back), &self.told.comments),
            flags: self.told.flags,
            dropped: self.told.dropped,
            block: self.buffer.behind(self.size, self.size),
        }
    }

    /// Reads section and interface blocks that are in the buffer already, so that the first description has links.
    fn prime(&mut self) {
        while !self.ledger.ended() && !self.options.asides {
            let Some((kind, length)) = self.head() else { return };
            let here = self.buffer.filled().len() >= length as usize;
            if !here || !matches!(kind, SECTION_HEADER | INTERFACE) || self.block().is_some() {
                return;
            }
        }
    }

    /// The next packet.
    #[inline]
    pub(super) fn step(&mut self) -> Step {
        loop {
            if let Some(step) = self.block() {
                return step;
            }
        }
    }

    /// Type and length of the block at hand, if the buffer holds them.
    #[inline]
    fn head(&self) -> Option<(u32, u32)> {
        let filled = self.buffer.filled();
        let &[t0, t1, t2, t3, l0, l1, l2, l3] = filled.first_chunk::<8>()?;
        let kind = self.order.word([t0, t1, t2, t3]);
        if kind != SECTION_HEADER {
            return Some((kind, self.order.word([l0, l1, l2, l3])));
        }
        let &magic = filled.get(8..)?.first_chunk::<4>()?;
        let order = Order::of(magic).unwrap_or(self.order);
        Some((kind, order.word([l0, l1, l2, l3])))
    }

    /// Works on one block; `None` if it held no packet.
    #[inline]
    fn block(&mut self) -> Option<Step> {
        if self.passing.is_some() {
            return self.pass();
        }
        let Some((kind, length)) = self.head() else { return self.more_head() };
        let minimum = if kind == SECTION_HEADER { SECTION_MINIMUM as u32 } else { BLOCK_MINIMUM };
        if length < minimum || length % 4 != 0 {
            return self.damaged(Damage::BlockLength { length });
        }
        let packet = matches!(kind, ENHANCED_PACKET | SIMPLE_PACKET | OBSOLETE_PACKET);
        let used = packet
            || self.options.asides
            || matches!(kind, SECTION_HEADER | INTERFACE | STATISTICS)
            || kind == block::SECRETS && self.options.secrets;
        if !used || length > MAX_RECORD {
            self.passing =
                Some(Passing { offset: self.buffer.offset(), left: u64::from(length), length, packet });
            return None;
        }
        let size = length as usize;
        if self.buffer.filled().len() < size {
            return self.more_block(size, kind, packet);
        }
        let body = self.buffer.filled().get(8..size.saturating_sub(TRAILER)).unwrap_or_default();
        let tail = self.buffer.filled().get(size.saturating_sub(TRAILER)..size).and_then(|t| t.first_chunk());
        let order = match kind {
            SECTION_HEADER => body.first_chunk().and_then(|&m| Order::of(m)).unwrap_or(self.order),
            _ => self.order,
        };
        let trailing = tail.map_or(0, |&t| order.word(t));
        if trailing != length && !self.trailer_is_wrong(length, trailing) {
            return self.damaged(Damage::Trailer { leading: length, trailing });
        }
        match kind {
            ENHANCED_PACKET => self.enhanced(size, false),
            OBSOLETE_PACKET => self.enhanced(size, true),
            SIMPLE_PACKET => self.simple(size),
            SECTION_HEADER => self.section(size),
            INTERFACE => self.interface(size),
            STATISTICS => self.statistics(size),
            block::SECRETS => self.secrets(size),
            _ => self.other(size),
        }
    }

    /// Enhanced packet block, or the obsolete packet block that differs in its first word only.
    #[inline]
    fn enhanced(&mut self, size: usize, obsolete: bool) -> Option<Step> {
        let body = self.buffer.filled().get(8..size.saturating_sub(TRAILER)).unwrap_or_default();
        let Some(head) = block::PacketHead::of(body, self.order, obsolete) else {
            return self.bad(size, Damage::BlockLength { length: size as u32 });
        };
        self.told.clear();
        let rest = body.get(block::PACKET_HEAD..).unwrap_or_default();
        let len = head.captured as usize;
        if len > rest.len() {
            let reason = Damage::BeyondBlock { claimed: head.captured, room: rest.len() as u32 };
            return self.beyond(size, &head, rest.len(), reason);
        }
        let padded = len.next_multiple_of(4);
        let options_sound =
            rest.len() <= padded || block::packet_options(rest, padded, self.order, &mut self.told);
        let Some(interface) = self.interfaces.get_mut(head.interface as usize) else {
            return self.homeless(size, &head, size.wrapping_sub(8).wrapping_sub(block::PACKET_HEAD));
        };
        let (time, link, snaplen) = (interface.time(head.ticks), interface.link, interface.snaplen);
        if let Some(count) = self.told.dropped {
            // The packet does not say whether the interface or the system lost them.
            let c = &mut self.ledger.counters;
            c.kernel_drops = c.kernel_drops.saturating_add(interface.drops_before(count));
        }
        if head.captured > head.wire || head.captured > snaplen || !options_sound || !time.is_valid() {
            self.note_packet(&head, snaplen, options_sound, time);
        }
        self.size = size;
        self.buffer.consume(size);
        self.ledger.delivered(size, time);
        let back = size.wrapping_sub(8).wrapping_sub(block::PACKET_HEAD);
        Some(Step::Frame { back, len, wire_len: head.wire, time, link, interface: Some(head.interface) })
    }

    /// Simple packet block: the length on the wire and bytes, no time, always of interface 0.
    fn simple(&mut self, size: usize) -> Option<Step> {
        self.told.clear();
        let body = self.buffer.filled().get(8..size.saturating_sub(TRAILER)).unwrap_or_default();
        let Some(&wire) = body.first_chunk::<4>() else {
            return self.bad(size, Damage::BlockLength { length: size as u32 });
        };
        let wire_len = self.order.word(wire);
        let room = body.len().saturating_sub(4);
        let Some(interface) = self.interfaces.first() else {
            let captured = wire_len.min(room as u32);
            let head = block::PacketHead { interface: 0, ticks: 0, captured, wire: wire_len };
            return self.homeless(size, &head, size.saturating_sub(12));
        };
        let link = interface.link;
        let len = wire_len.min(interface.snaplen) as usize;
        if len > room {
            let reason = Damage::BeyondBlock { claimed: len as u32, room: room as u32 };
            let head = block::PacketHead { interface: 0, ticks: 0, captured: len as u32, wire: wire_len };
            return self.beyond(size, &head, room, reason);
        }
        self.size = size;
        self.buffer.consume(size);
        self.ledger.delivered(size, Timestamp::INVALID);
        let back = size.saturating_sub(12);
        Some(Step::Frame { back, len, wire_len, time: Timestamp::INVALID, link, interface: Some(0) })
    }

    /// A section begins: another byte order perhaps, and its own interfaces.
    fn section(&mut self, size: usize) -> Option<Step> {
        let Some(&[m0, m1, m2, m3, a, b, c, d]) =
            self.buffer.filled().get(8..).and_then(|f| f.first_chunk::<8>())
        else {
            return self.damaged(Damage::BlockLength { length: size as u32 });
        };
        let magic = [m0, m1, m2, m3];
        let Some(order) = Order::of(magic) else { return self.damaged(Damage::ByteOrder { magic }) };
        let (major, minor) = (order.half([a, b]), order.half([c, d]));
        if !known_version(major, minor) && !self.options.force_version {
            return self.damaged(Damage::Version { major, minor });
        }
        self.order = order;
        self.section = self.section.saturating_add(1);
        self.interfaces.clear();
        self.described = 0;
        self.text = 0;
        self.header(size)
    }

    fn interface(&mut self, size: usize) -> Option<Step> {
        self.described = self.described.saturating_add(1);
        let full = self.interfaces.len() >= MAX_INTERFACES;
        let body = self.buffer.filled().get(8..size.saturating_sub(TRAILER)).unwrap_or_default();
        let room = MAX_TEXT.saturating_sub(self.text);
        let Some((interface, oddities)) = Interface::parse(body, self.order, room) else {
            return self.bad(size, Damage::BlockLength { length: size as u32 });
        };
        let id = self.described.wrapping_sub(1);
        if full {
            self.ledger.notes.add(NoteKind::InterfaceTableFull, 0, format_args!("{MAX_INTERFACES} kept"));
            self.header(size);
            return None;
        }
        if oddities.bad_option {
            self.ledger.notes.add(NoteKind::BadOption, 0, format_args!("in interface {id}"));
        }
        if oddities.unusable_resolution {
            let text = format_args!("interface {id} has a time resolution that no clock has");
            self.ledger.notes.add(NoteKind::TimeInvalid, 0, text);
        }
        if oddities.text_dropped {
            self.ledger.notes.add(NoteKind::TextDropped, 0, format_args!("interface {id}"));
        }
        self.text = self.text.saturating_add(interface.text_len());
        list_link(&mut self.summary, interface.link);
        self.summary.digits = self.summary.digits.max(interface.digits());
        let limited = (interface.snaplen != u32::MAX).then_some(interface.snaplen);
        self.summary.snaplen = self.summary.snaplen.max(limited);
        self.interfaces.push(interface);
        self.header(size)
    }

    /// Statistics: only what the interface and the system dropped is used.
    fn statistics(&mut self, size: usize) -> Option<Step> {
        let body = self.buffer.filled().get(8..size.saturating_sub(TRAILER)).unwrap_or_default();
        if let Some(drops) = block::Drops::parse(body, self.order)
            && let Some(interface) = self.interfaces.get_mut(drops.interface as usize)
        {
            let (by_interface, by_system) = interface.drops_since(&drops);
            let c = &mut self.ledger.counters;
            c.interface_drops = c.interface_drops.saturating_add(by_interface);
            c.kernel_drops = c.kernel_drops.saturating_add(by_system);
        }
        self.other(size)
    }

    /// Secrets are handed over to open what follows, whatever becomes of other blocks.
    fn secrets(&mut self, size: usize) -> Option<Step> {
        let aside = self.other(size);
        if self.options.secrets { Some(Step::Aside { len: size }) } else { aside }
    }

    /// A block without packets that is nothing to reading.
    fn other(&mut self, size: usize) -> Option<Step> {
        self.buffer.consume(size);
        let skipped = &mut self.ledger.counters.skipped;
        skipped.blocks = skipped.blocks.saturating_add(size as u64);
        self.aside(size)
    }

    fn header(&mut self, size: usize) -> Option<Step> {
        self.buffer.consume(size);
        self.ledger.counters.header = self.ledger.counters.header.saturating_add(size as u64);
        self.aside(size)
    }

    /// Hands over the block that was just consumed, if somebody wants it.
    fn aside(&self, len: usize) -> Option<Step> {
        self.options.asides.then_some(Step::Aside { len })
    }

    #[cold]
    fn note_packet(&mut self, head: &block::PacketHead, snaplen: u32, options_sound: bool, time: Timestamp) {
        let record = self.ledger.record();
        let notes = &mut self.ledger.notes;
        if head.captured > head.wire {
            notes.add(NoteKind::LongerThanWire, record, "");
        }
        if head.captured > snaplen {
            notes.add(NoteKind::LongerThanSnaplen, record, "");
        }
        if !options_sound {
            notes.add(NoteKind::BadOption, record, "");
        }
        if !time.is_valid() {
            notes.add(NoteKind::TimeInvalid, record, "");
        }
    }

    /// A packet block that cannot be read but whose end is known.
    #[cold]
    fn bad(&mut self, size: usize, reason: Damage) -> Option<Step> {
        let (record, offset) = (self.ledger.record(), self.buffer.offset());
        self.ledger.damage(record, offset, reason);
        self.ledger.unreadable(size as u64);
        self.buffer.consume(size);
        None
    }

    /// A packet of an interface that is not described; `salvage` hands over its bytes.
    #[cold]
    fn homeless(&mut self, size: usize, head: &block::PacketHead, back: usize) -> Option<Step> {
        let reason = Damage::NoInterface { interface: head.interface, known: self.described };
        if !self.options.salvage {
            return self.bad(size, reason);
        }
        let (record, offset) = (self.ledger.record(), self.buffer.offset());
        self.ledger.damage(record, offset, reason);
        let time = block::Resolution::default().time(head.ticks, 0);
        self.size = size;
        self.buffer.consume(size);
        self.ledger.delivered(size, time);
        Some(Step::Frame {
            back,
            len: head.captured as usize,
            wire_len: head.wire,
            time,
            link: LINK_UNKNOWN,
            interface: None,
        })
    }

    /// A captured length beyond the block; `partial` hands over the bytes present.
    #[cold]
    fn beyond(&mut self, size: usize, head: &block::PacketHead, room: usize, reason: Damage) -> Option<Step> {
        let Some(interface) = self.interfaces.get(head.interface as usize).filter(|_| self.options.partial)
        else {
            return self.bad(size, reason);
        };
        let (time, link) = (interface.time(head.ticks), interface.link);
        let (record, offset) = (self.ledger.record(), self.buffer.offset());
        self.ledger.damage(record, offset, reason);
        self.size = size;
        self.buffer.consume(size);
        self.ledger.delivered(size, time);
        let back = room.saturating_add(TRAILER);
        Some(Step::Frame {
            back,
            len: room,
            wire_len: head.wire,
            time,
            link,
            interface: Some(head.interface),
        })
    }

    /// Gets the first bytes of a block; `None` to look again.
    #[cold]
    fn more_head(&mut self) -> Option<Step> {
        let need = match self.buffer.filled().first_chunk::<4>() {
            Some(&kind) if self.order.word(kind) == SECTION_HEADER => 12,
            _ => 8,
        };
        match self.buffer.need(need) {
            Ok(Have::Enough) => None,
            Ok(Have::Wait) => Some(Step::Wait),
            Ok(Have::Ended) if self.buffer.filled().is_empty() => Some(self.ledger.finish()),
            Ok(Have::Ended) => {
                let (have, offset) = (self.buffer.filled().len() as u64, self.buffer.offset());
                Some(self.ledger.cut(&self.buffer, Part::RecordHeader, have, need as u64, offset))
            }
            Err(e) => Some(self.ledger.failed(&self.buffer, e)),
        }
    }

    /// Gets the rest of a block; `None` to look again.
    #[cold]
    fn more_block(&mut self, size: usize, kind: u32, packet: bool) -> Option<Step> {
        match self.buffer.need(size) {
            Ok(Have::Enough) => None,
            Ok(Have::Wait) => Some(Step::Wait),
            Ok(Have::Ended) => self.cut_block(size, kind, packet, None),
            Err(e) if self.options.partial && packet => self.cut_block(size, kind, packet, Some(e)),
            Err(e) => Some(self.ledger.failed(&self.buffer, e)),
        }
    }

    /// The input ends inside a block, or the stream below it `broke`.
    fn cut_block(&mut self, size: usize, kind: u32, packet: bool, broke: Option<io::Error>) -> Option<Step> {
        let offset = self.buffer.offset();
        let have = self.buffer.filled().len();
        if self.options.salvage && broke.is_none() {
            let record = self.ledger.record();
            match self.resync(1) {
                Ok(true) => {
                    let reason = Damage::BeyondEnd { claimed: size as u32, room: have as u64 };
                    self.ledger.damage(record, offset, reason);
                    return None;
                }
                Ok(false) => {}
                Err(e) => return Some(self.ledger.failed(&self.buffer, e)),
            }
        }
        let part = if packet { Part::Record } else { Part::Block };
        let (have_bytes, need) = (have as u64, size as u64);
        let body = self.buffer.filled().get(8..).unwrap_or_default();
        let head = match kind {
            ENHANCED_PACKET => block::PacketHead::of(body, self.order, false),
            OBSOLETE_PACKET => block::PacketHead::of(body, self.order, true),
            _ => None,
        };
        let known = head.as_ref().and_then(|h| self.interfaces.get(h.interface as usize));
        let (true, Some(head), Some(interface)) = (self.options.partial, &head, known) else {
            return Some(self.ledger.cut(&self.buffer, part, have_bytes, need, offset));
        };
        let present = body.len().saturating_sub(block::PACKET_HEAD);
        let len = present.min(head.captured as usize);
        let (time, link) = (interface.time(head.ticks), interface.link);
        let record = self.ledger.record();
        let error = match broke {
            Some(e) => {
                stream_error(e, record, self.ledger.counters.records, offset.saturating_add(have_bytes))
            }
            None => {
                let growing = self.buffer.growing();
                CaptureError::Cut { part, record, have: have_bytes, need, offset, growing }
            }
        };
        let (wire_len, interface) = (head.wire, Some(head.interface));
        self.size = have;
        self.buffer.consume(have);
        self.ledger.partial(error, have, time);
        Some(Step::Frame { back: present, len, wire_len, time, link, interface })
    }
}

/// Version 1.0, and 1.2 which some writers put for the same format.
fn known_version(major: u16, minor: u16) -> bool {
    major == 1 && matches!(minor, 0 | 2)
}
