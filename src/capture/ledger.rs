//! What both file formats keep beside their records: books, oddities, damage, and the way an input ends.

use std::collections::VecDeque;
use std::io;

use netdissect_dissectors::frame::{LinkType, Timestamp};

use super::buffer::Buffer;
use super::compress::StreamFault;
use super::error::{CaptureError, Damage, Part, Rest};
use super::note::{NoteKind, Notes};
use super::{Counters, Description};

/// The last second that counts as a time: the end of the year 9999. Beyond it no calendar prints it.
const LAST_SECOND: i64 = 253_402_300_799;

/// Link types that a description lists at most.
const LINKS_LISTED: usize = 64;

/// What a reader of records found at its place in the file; lengths in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A record, already consumed: `len` bytes that begin `back` bytes before the place of the buffer.
    Frame { back: usize, len: usize, wire_len: u32, time: Timestamp, link: LinkType, interface: Option<u32> },
    /// The last `len` bytes before the place of the buffer are a block without a packet.
    Aside { len: usize },
    /// Frames of one capture point follow.
    Point,
    /// More bytes may take time.
    Wait,
    /// There is no further record.
    End,
}

/// The first damage of a file and how much there was.
#[derive(Clone, Copy, Debug)]
struct Hurt {
    record: u64,
    offset: u64,
    reason: Damage,
    others: u64,
}

/// Books, oddities and damage of one file.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) counters: Counters,
    pub(super) notes: Notes,
    /// Time of the last frame, for [`super::Pull::Idle`].
    pub(super) last: Timestamp,
    hurt: Option<Hurt>,
    errors: VecDeque<CaptureError>,
    ended: bool,
}

impl Ledger {
    /// Number of the record that is being read.
    pub(super) fn record(&self) -> u64 {
        self.counters.records.saturating_add(1)
    }

    /// True once the file is at its end, however that came.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The errors that are still to be told, first damage first.
    pub(super) fn take_error(&mut self) -> Option<CaptureError> {
        self.errors.pop_front()
    }

    /// Takes down damage that reading goes on behind: the record counts, its bytes are booked by the caller.
    #[cold]
    pub(super) fn damage(&mut self, record: u64, offset: u64, reason: Damage) {
        match &mut self.hurt {
            Some(hurt) => hurt.others = hurt.others.saturating_add(1),
            None => self.hurt = Some(Hurt { record, offset, reason, others: 0 }),
        }
    }

    /// Books a packet record that is present but cannot be handed over.
    pub(super) fn unreadable(&mut self, bytes: u64) {
        let c = &mut self.counters;
        c.records = c.records.saturating_add(1);
        c.unreadable = c.unreadable.saturating_add(1);
        c.skipped.bad_blocks = c.skipped.bad_blocks.saturating_add(bytes);
    }

    /// Books a record that is handed over.
    #[inline]
    pub(super) fn delivered(&mut self, bytes: usize, time: Timestamp) {
        let c = &mut self.counters;
        c.records = c.records.wrapping_add(1);
        c.captured = c.captured.wrapping_add(1);
        c.consumed = c.consumed.wrapping_add(bytes as u64);
        self.last = time;
    }

    /// Books bytes that `salvage` passed over in search of a record.
    pub(super) fn salvaged(&mut self, bytes: u64) {
        let record = self.record();
        self.counters.skipped.damage = self.counters.skipped.damage.saturating_add(bytes);
        self.notes.add(NoteKind::Salvaged, record, format_args!("{bytes} bytes"));
    }

    /// The file ends at a record boundary.
    #[cold]
    pub(super) fn finish(&mut self) -> Step {
        self.close(Rest::Unread(0));
        Step::End
    }

    /// Reading ends at damage: what is left in `buffer` stays unread.
    #[cold]
    pub(super) fn stop(&mut self, buffer: &Buffer, reason: Damage) -> Step {
        let record = self.record();
        self.damage(record, buffer.offset(), reason);
        let rest = buffer.rest();
        let (Rest::Unread(n) | Rest::AtLeast(n) | Rest::Skipped(n)) = rest;
        self.counters.skipped.unread = n;
        self.close(rest);
        Step::End
    }

    /// The file ends inside something: `have` bytes of `need` are there from `offset` on. What the buffer still
    /// holds of them is booked as cut.
    #[cold]
    pub(super) fn cut(&mut self, buffer: &Buffer, part: Part, have: u64, need: u64, offset: u64) -> Step {
        self.counters.skipped.cut = self.counters.skipped.cut.saturating_add(buffer.filled().len() as u64);
        let record = self.record();
        let growing = buffer.growing();
        self.close(Rest::Unread(0));
        self.errors.push_back(CaptureError::Cut { part, record, have, need, offset, growing });
        Step::End
    }

    /// A part of the cut record was handed over (`partial`): it counts as consumed, not as cut.
    #[cold]
    pub(super) fn partial(&mut self, cut: CaptureError, bytes: usize, time: Timestamp) {
        self.delivered(bytes, time);
        self.close(Rest::Unread(0));
        self.errors.push_back(cut);
    }

    /// Reading failed below the records.
    #[cold]
    pub(super) fn failed(&mut self, buffer: &Buffer, error: io::Error) -> Step {
        let offset = buffer.offset().saturating_add(buffer.filled().len() as u64);
        self.counters.skipped.cut = self.counters.skipped.cut.saturating_add(buffer.filled().len() as u64);
        self.close(Rest::Unread(0));
        self.errors.push_back(stream_error(error, self.record(), self.counters.records, offset));
        Step::End
    }

    fn close(&mut self, rest: Rest) {
        self.ended = true;
        let Some(Hurt { record, offset, reason, others }) = self.hurt.take() else { return };
        let skipped = self.counters.skipped;
        let rest = match rest {
            Rest::Unread(0) => Rest::Skipped(skipped.bad_blocks.saturating_add(skipped.damage)),
            other => other,
        };
        self.errors.push_back(CaptureError::Damaged { record, offset, reason, others, rest });
    }
}

/// The error that a fault below the records is for the user. `records` were complete, `offset` bytes unpacked.
pub(super) fn stream_error(error: io::Error, record: u64, records: u64, offset: u64) -> CaptureError {
    match StreamFault::of(&error) {
        Some(StreamFault::Cut(codec)) => CaptureError::CompressedCut { codec, records, offset },
        Some(StreamFault::Damaged(codec, reason)) => {
            CaptureError::CompressedDamaged { codec, reason, records, offset }
        }
        Some(StreamFault::Window) => CaptureError::WindowTooLarge,
        Some(StreamFault::Truncated) => CaptureError::Truncated { record },
        Some(StreamFault::Replaced) => CaptureError::Replaced { record },
        None => CaptureError::Read { record, offset, source: error },
    }
}

/// A time as it is kept: what lies outside the calendar is [`Timestamp::INVALID`].
#[inline]
pub(super) fn calendar(time: Timestamp) -> Timestamp {
    if (-LAST_SECOND..=LAST_SECOND).contains(&time.secs) { time } else { Timestamp::INVALID }
}

/// Adds `link` to the description's list if it is new and there is room.
pub(super) fn list_link(description: &mut Description, link: LinkType) {
    if !description.links.contains(&link) && description.links.len() < LINKS_LISTED {
        description.links.push(link);
    }
}
