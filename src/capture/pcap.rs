//! The classic capture file: draft-ietf-opsawg-pcap, with the older and modified forms that are still around.
//!
//! A 24-byte header (magic, version, zone, accuracy, snap length, link type), then records: seconds, fraction,
//! captured length, length on the wire, all `u32` in the byte order that the magic tells, then the captured bytes.

use std::io;

use netdissect_dissectors::frame::{LinkType, Timestamp};

use super::buffer::{Buffer, Have};
use super::error::{CaptureError, Damage, Part};
use super::ledger::{Ledger, Step, stream_error};
use super::note::NoteKind;
use super::{Description, MAX_RECORD, Options};

/// Bytes of the file header.
pub(super) const FILE_HEADER: usize = 24;

/// Bytes of a record header; the modified format has 8 more (interface, protocol, packet type).
const RECORD_HEADER: usize = 16;
const MODIFIED_HEADER: usize = 24;

/// How far a record's time may be from the last one before it is suspect: a year, in seconds.
const FAR: u64 = 366 * 86_400;

/// Records up to this length are usual whatever the file's snap length says, in bytes.
const USUAL_LENGTH: u32 = 262_144;

/// What the magic number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Magic {
    big: bool,
    nanoseconds: bool,
    modified: bool,
}

impl Magic {
    /// The magic numbers as they stand in files.
    pub(super) const STORED: [[u8; 4]; 6] = [
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x4d, 0x3c, 0xb2, 0xa1],
        [0xa1, 0xb2, 0xcd, 0x34],
        [0x34, 0xcd, 0xb2, 0xa1],
    ];

    /// Reads the first four bytes of a file.
    pub(super) fn of(bytes: [u8; 4]) -> Option<Self> {
        let (magic, big) = match u32::from_be_bytes(bytes) {
            m @ (0xa1b2_c3d4 | 0xa1b2_3c4d | 0xa1b2_cd34) => (m, true),
            m => (m.swap_bytes(), false),
        };
        let (nanoseconds, modified) = match magic {
            0xa1b2_c3d4 => (false, false),
            0xa1b2_3c4d => (true, false),
            0xa1b2_cd34 => (false, true),
            _ => return None,
        };
        Some(Self { big, nanoseconds, modified })
    }
}

/// A record header in our order, its two lengths unswapped.
#[derive(Clone, Copy)]
struct Head {
    secs: u32,
    fraction: u32,
    captured: u32,
    wire: u32,
}

/// What is odd about a record that is read all the same.
#[derive(Clone, Copy)]
struct Oddity {
    swapped: bool,
    invalid_time: bool,
    /// How much speaks against this being a record header.
    suspicions: u8,
}

/// Reads the records of a classic file.
pub(super) struct Reader {
    pub(super) buffer: Buffer,
    pub(super) ledger: Ledger,
    options: Options,
    magic: Magic,
    /// Bytes of a record header.
    header: usize,
    /// The version is so old that the two lengths may be swapped (row A17 of docs/faults.md).
    old: bool,
    snaplen: u32,
    /// A captured length above this needs a second look.
    limit: u32,
    /// A length above this makes a record suspect; 16 MiB at most.
    long: u32,
    /// Fractions in a second, and nanoseconds in a fraction.
    unit: u32,
    scale: u32,
    link: LinkType,
}

impl Reader {
    /// Reads the file header, which the caller knows to be whole.
    pub(super) fn new(mut buffer: Buffer, magic: Magic, options: Options) -> Result<Self, CaptureError> {
        let head = *buffer.filled().first_chunk::<FILE_HEADER>().unwrap_or(&[0; FILE_HEADER]);
        let [_, _, _, _, a, b, c, d, .., s0, s1, s2, s3, l0, l1, l2, l3] = head;
        let half =
            |bytes: [u8; 2]| if magic.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) };
        let (major, minor) = (half([a, b]), half([c, d]));
        let known = (major == 2 && minor <= 4) || (major == 543 && minor == 0);
        if !known && !options.force_version {
            return Err(CaptureError::UnsupportedVersion { major, minor });
        }
        let snaplen = word([s0, s1, s2, s3], magic.big);
        let (unit, scale) = if magic.nanoseconds { (1_000_000_000, 1) } else { (1_000_000, 1000) };
        buffer.consume(FILE_HEADER);
        let mut ledger = Ledger::default();
        ledger.counters.header = FILE_HEADER as u64;
        Ok(Self {
            buffer,
            ledger,
            options,
            magic,
            header: if magic.modified { MODIFIED_HEADER } else { RECORD_HEADER },
            old: known && !(major == 2 && minor == 4),
            snaplen,
            limit: if snaplen == 0 { MAX_RECORD } else { snaplen.min(MAX_RECORD) },
            long: snaplen.clamp(USUAL_LENGTH, MAX_RECORD),
            unit,
            scale,
            // The upper half holds the length of the frame check sequence, not the link type.
            link: LinkType(word([l0, l1, l2, l3], magic.big) & 0xffff),
        })
    }

    /// Fills in what the header tells.
    pub(super) fn describe(&self, description: &mut Description) {
        description.digits = if self.magic.nanoseconds { 9 } else { 6 };
        description.snaplen = (self.snaplen > 0 && self.snaplen < i32::MAX as u32).then_some(self.snaplen);
        description.links.push(self.link);
    }

    /// The next record.
    #[inline]
    pub(super) fn step(&mut self) -> Step {
        loop {
            let filled = self.buffer.filled();
            let have = filled.len();
            let Some(head) = filled.first_chunk::<RECORD_HEADER>() else {
                match self.more(self.header) {
                    Some(step) => return step,
                    None => continue,
                }
            };
            let mut head = decode(head, self.magic.big);
            let mut odd = None;
            if self.is_odd(&head) {
                match self.look_again(&mut head) {
                    Ok(oddity) => odd = Some(oddity),
                    Err(reason) => match self.damaged(reason) {
                        Some(step) => return step,
                        None => continue,
                    },
                }
            }
            let len = head.captured as usize;
            let total = self.header.wrapping_add(len);
            if have < total {
                match self.more_of(total, &head, odd) {
                    Some(step) => return step,
                    None => continue,
                }
            }
            if odd.is_some_and(|o| o.suspicions > 1) {
                match self.is_followed(total) {
                    Ok(true) => {}
                    Ok(false) => {
                        match self.damaged(Damage::Implausible { captured: head.captured, wire: head.wire }) {
                            Some(step) => return step,
                            None => continue,
                        }
                    }
                    Err(step) => return step,
                }
            }
            let time = self.time(&head, odd);
            self.buffer.consume(total);
            self.ledger.delivered(total, time);
            return self.frame(&head, len, time);
        }
    }

    #[inline]
    fn frame(&self, head: &Head, len: usize, time: Timestamp) -> Step {
        Step::Frame { back: len, len, wire_len: head.wire, time, link: self.link, interface: None }
    }

    /// Quick test for everything that needs a second look.
    #[inline]
    fn is_odd(&self, head: &Head) -> bool {
        head.captured > head.wire
            || head.captured > self.limit
            || head.wire > self.long
            || head.fraction >= self.unit
    }

    /// Swaps the lengths where the version allows it, and decides whether this can be a record at all.
    #[cold]
    fn look_again(&self, head: &mut Head) -> Result<Oddity, Damage> {
        let swapped = self.old && head.captured > head.wire;
        if swapped {
            std::mem::swap(&mut head.captured, &mut head.wire);
        }
        if head.captured > MAX_RECORD {
            return Err(Damage::TooLong { claimed: head.captured });
        }
        let suspicions = self.suspicions(head).saturating_add(u8::from(!self.is_near(head)));
        Ok(Oddity { swapped, invalid_time: self.has_invalid_time(head), suspicions })
    }

    /// What speaks against a record header. Each alone occurs in sound files, two at once hardly ever.
    fn suspicions(&self, head: &Head) -> u8 {
        let long = head.wire.max(head.captured) > self.long;
        u8::from(long) + u8::from(head.captured > head.wire) + u8::from(self.has_invalid_time(head))
    }

    fn has_invalid_time(&self, head: &Head) -> bool {
        head.fraction >= self.unit.saturating_mul(2)
    }

    /// True if what follows the `total` bytes of a suspect record is a clean record header or the end of the input.
    #[cold]
    fn is_followed(&mut self, total: usize) -> Result<bool, Step> {
        match self.buffer.need(total.saturating_add(RECORD_HEADER)) {
            Ok(Have::Enough) => {}
            Ok(Have::Wait) => return Err(Step::Wait),
            Ok(Have::Ended) | Err(_) => return Ok(self.buffer.filled().len() == total),
        }
        let next = self.buffer.filled().get(total..).and_then(|b| b.first_chunk());
        Ok(next.map(|b| decode(b, self.magic.big)).is_some_and(|h| self.suspicions(&h) == 0))
    }

    /// The time of a record that is handed over; what is odd about it is noted now.
    #[inline]
    fn time(&mut self, head: &Head, odd: Option<Oddity>) -> Timestamp {
        match odd {
            None => Timestamp { secs: i64::from(head.secs), nanos: head.fraction.wrapping_mul(self.scale) },
            Some(oddity) => self.odd_time(head, oddity),
        }
    }

    #[cold]
    fn odd_time(&mut self, head: &Head, odd: Oddity) -> Timestamp {
        let record = self.ledger.record();
        let notes = &mut self.ledger.notes;
        if odd.swapped {
            notes.add(NoteKind::LengthsSwapped, record, "");
        }
        if head.captured > head.wire {
            notes.add(NoteKind::LongerThanWire, record, "");
        }
        if self.snaplen > 0 && head.captured > self.snaplen {
            notes.add(NoteKind::LongerThanSnaplen, record, "");
        }
        if odd.invalid_time {
            notes.add(NoteKind::TimeInvalid, record, "");
            return Timestamp::INVALID;
        }
        if head.fraction >= self.unit {
            notes.add(NoteKind::FractionCarried, record, "");
        }
        Timestamp::new(i64::from(head.secs), u64::from(head.fraction).saturating_mul(u64::from(self.scale)))
    }

    /// Gets the bytes of a record header; `None` to look again.
    #[cold]
    fn more(&mut self, need: usize) -> Option<Step> {
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

    /// Gets the bytes of a record whose header is there; `None` to look again.
    #[cold]
    fn more_of(&mut self, total: usize, head: &Head, odd: Option<Oddity>) -> Option<Step> {
        if self.buffer.filled().len() < self.header {
            return self.more(self.header);
        }
        match self.buffer.need(total) {
            Ok(Have::Enough) => None,
            Ok(Have::Wait) => Some(Step::Wait),
            Ok(Have::Ended) => self.cut(head, odd),
            Err(e) if self.options.partial => Some(self.part(head, odd, |ledger, offset| {
                stream_error(e, ledger.record(), ledger.counters.records, offset)
            })),
            Err(e) => Some(self.ledger.failed(&self.buffer, e)),
        }
    }

    /// The input ends inside a record.
    #[cold]
    fn cut(&mut self, head: &Head, odd: Option<Oddity>) -> Option<Step> {
        let offset = self.buffer.offset();
        let have = self.buffer.filled().len().saturating_sub(self.header) as u64;
        if self.options.salvage {
            let record = self.ledger.record();
            match self.resync() {
                Ok(true) => {
                    let reason = Damage::BeyondEnd { claimed: head.captured, room: have };
                    self.ledger.damage(record, offset, reason);
                    return None;
                }
                Ok(false) => {}
                Err(e) => return Some(self.ledger.failed(&self.buffer, e)),
            }
        }
        let need = u64::from(head.captured);
        if !self.options.partial || odd.is_some_and(|o| o.suspicions > 0) {
            return Some(self.ledger.cut(&self.buffer, Part::Record, have, need, offset));
        }
        let growing = self.buffer.growing();
        Some(self.part(head, odd, |ledger, _| {
            let record = ledger.record();
            CaptureError::Cut { part: Part::Record, record, have, need, offset, growing }
        }))
    }

    /// Hands over what there is of a record; the error is told next.
    fn part(
        &mut self,
        head: &Head,
        odd: Option<Oddity>,
        error: impl FnOnce(&Ledger, u64) -> CaptureError,
    ) -> Step {
        let total = self.buffer.filled().len();
        let error = error(&self.ledger, self.buffer.offset().saturating_add(total as u64));
        let present = total.saturating_sub(self.header);
        let time = self.time(head, odd);
        self.buffer.consume(total);
        self.ledger.partial(error, total, time);
        self.frame(head, present, time)
    }

    /// A record header that cannot be one: the end, or with `salvage` the next place that can; `None` to look again.
    #[cold]
    fn damaged(&mut self, reason: Damage) -> Option<Step> {
        if !self.options.salvage {
            return Some(self.ledger.stop(&self.buffer, reason));
        }
        let (record, offset) = (self.ledger.record(), self.buffer.offset());
        self.ledger.damage(record, offset, reason);
        match self.resync() {
            Ok(true) => None,
            Ok(false) => {
                let left = self.buffer.filled().len();
                self.buffer.consume(left);
                self.ledger.salvaged(left as u64);
                Some(self.ledger.finish())
            }
            Err(e) => Some(self.ledger.failed(&self.buffer, e)),
        }
    }

    /// Searches for the next place with a plausible record that is followed by another or by the end of the input.
    /// True if there is one: the buffer stands there. False: the input is at its end.
    fn resync(&mut self) -> io::Result<bool> {
        let mut at = 1_usize;
        while self.buffer.need_now(at.saturating_add(self.header))? == Have::Enough {
            if let Some(head) = self.plausible(at) {
                let next = at.saturating_add(self.header).saturating_add(head.captured as usize);
                let found = match self.buffer.need_now(next.saturating_add(self.header))? {
                    Have::Enough => self.plausible(next).is_some(),
                    _ => self.buffer.filled().len() == next,
                };
                if found {
                    self.buffer.consume(at);
                    self.ledger.salvaged(at as u64);
                    return Ok(true);
                }
            }
            at = at.saturating_add(1);
            if at > MAX_RECORD as usize {
                self.buffer.consume(at);
                self.ledger.salvaged(at as u64);
                at = 0;
            }
        }
        Ok(false)
    }

    /// The record header `at` bytes into what is read, if nothing about it is odd.
    fn plausible(&self, at: usize) -> Option<Head> {
        let head = decode(self.buffer.filled().get(at..)?.first_chunk()?, self.magic.big);
        let sound = head.captured <= head.wire && head.wire <= self.long && head.wire > 0;
        (sound && self.is_near(&head) && head.fraction < self.unit).then_some(head)
    }

    /// True if the time is within a year of the last record's, or there is none to compare with.
    fn is_near(&self, head: &Head) -> bool {
        let last = self.ledger.last;
        self.ledger.counters.captured == 0
            || !last.is_valid()
            || last.secs.abs_diff(i64::from(head.secs)) <= FAR
    }
}

#[inline]
fn decode(bytes: &[u8; RECORD_HEADER], big: bool) -> Head {
    let [s0, s1, s2, s3, f0, f1, f2, f3, c0, c1, c2, c3, w0, w1, w2, w3] = *bytes;
    Head {
        secs: word([s0, s1, s2, s3], big),
        fraction: word([f0, f1, f2, f3], big),
        captured: word([c0, c1, c2, c3], big),
        wire: word([w0, w1, w2, w3], big),
    }
}

#[inline]
fn word(bytes: [u8; 4], big: bool) -> u32 {
    let value = u32::from_le_bytes(bytes);
    if big { value.swap_bytes() } else { value }
}
