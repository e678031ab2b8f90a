//! Datagrams in pieces: held, compared, joined, and let go within bounds (docs/tcp-analysis.md, rules F).
//!
//! A piece is kept as its own bytes, so memory follows what was captured and not what offsets claim. Which piece
//! owns which bytes of the datagram stands in a short ordered list; an overlap is settled there by a policy. Nothing
//! here looks at a clock: datagrams age by the time of the packets, and those that may no longer be joined because
//! their pieces contradict each other stay marked until they have aged.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use netdissect_dissectors::dissector::Fragment;
use netdissect_dissectors::facts::{DatagramFacts, Piece};
use netdissect_dissectors::frame::Timestamp;

use super::conflict::Difference;

mod datagram;
pub mod ledger;
#[cfg(test)]
mod tests;

use datagram::{Datagram, Joined};

/// Which datagram a piece belongs to (rule F1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DatagramKey {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Identification.
    pub id: u32,
    /// Protocol number for IPv4, 0 for IPv6, where it is not part of the key.
    pub protocol: u32,
    /// What tells equal addresses in different VLANs and tunnels apart.
    pub context: u64,
}

/// Who wins the bytes that a new piece N and a held piece O both have (rule F5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Overlap {
    /// What came first.
    #[default]
    First,
    /// What came last.
    Last,
    /// O, unless N starts before it.
    Bsd,
    /// N, unless it starts before O.
    BsdRight,
    /// N if it starts before O or where O does.
    Linux,
    /// O, unless N starts before and ends after it.
    Windows,
    /// O, unless N starts before it and ends with or after it.
    Solaris,
    /// Nobody: the datagram is discarded, as Linux does since 2018.
    Drop,
}

/// The names of the policies.
const NAMES: [(&str, Overlap); 8] = [
    ("first", Overlap::First),
    ("last", Overlap::Last),
    ("bsd", Overlap::Bsd),
    ("bsd-right", Overlap::BsdRight),
    ("linux", Overlap::Linux),
    ("windows", Overlap::Windows),
    ("solaris", Overlap::Solaris),
    ("drop", Overlap::Drop),
];

impl Overlap {
    /// The policies.
    #[must_use]
    pub fn all() -> [Self; NAMES.len()] {
        NAMES.map(|row| row.1)
    }

    /// The name of the policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

impl std::fmt::Display for Overlap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Overlap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        NAMES
            .iter()
            .find(|row| row.0 == text)
            .map(|row| row.1)
            .ok_or_else(|| format!("one of {}", NAMES.map(|row| row.0).join(", ")))
    }
}

/// Bounds on what is held (docs/faults.md, section 4).
#[derive(Clone, Copy, Debug)]
pub struct FragmentLimits {
    /// Datagrams at once, those marked as unusable included.
    pub datagrams: usize,
    /// Bytes of pieces and of their bookkeeping.
    pub bytes: usize,
    /// Pieces of one datagram.
    pub pieces: usize,
    /// Nanoseconds after an IPv4 datagram's first piece (RFC 791 section 3.2; Linux's value).
    pub age_v4: i64,
    /// Nanoseconds after an IPv6 datagram's first piece (RFC 8200 section 4.5).
    pub age_v6: i64,
}

impl Default for FragmentLimits {
    fn default() -> Self {
        Self {
            datagrams: 8_192,
            bytes: 32 << 20,
            pieces: 256,
            age_v4: 30_000_000_000,
            age_v6: 60_000_000_000,
        }
    }
}

/// What became of a piece.
#[derive(Debug)]
pub enum Outcome {
    /// It waits for others.
    Held,
    /// It was the last one missing.
    Complete {
        /// The whole datagram's payload; give the buffer back with [`Fragments::recycle`].
        bytes: Vec<u8>,
        /// The pieces, by offset.
        facts: DatagramFacts,
        /// The piece at offset 0 as its header described it: its protocol number counts (RFC 8200 section 4.5).
        first: Option<Fragment>,
    },
    /// It will not be part of a datagram.
    Refused {
        /// Why, as one of [`label`].
        why: &'static str,
    },
}

/// What is said about pieces and datagrams, in the words of docs/tcp-analysis.md section 5.2.
pub mod label {
    /// More fragments follow, but the length is not a multiple of 8 (F2).
    pub const BAD_LENGTH: &str = "FragBadLength";
    /// A piece without bytes (F2).
    pub const EMPTY: &str = "FragEmpty";
    /// Not all bytes of the piece were captured.
    pub const CUT: &str = "FragCut";
    /// Reaches beyond 65,535 bytes (F3).
    pub const TOO_LONG: &str = "FragTooLong";
    /// Overlaps another piece where that is forbidden (F4), or with different bytes (F5).
    pub const OVERLAP: &str = "FragOverlap";
    /// The same piece again, with the same bytes.
    pub const DUPLICATE: &str = "FragDuplicate";
    /// Two ends, or bytes beyond the end (F6).
    pub const TAIL: &str = "FragTailConflict";
    /// A first piece too small for the transport header (F7).
    pub const TINY: &str = "FragTiny";
    /// A piece that could rewrite the transport header (F7).
    pub const HEADER_OVERLAP: &str = "FragHeaderOverlap";
    /// A first piece without all headers (F7).
    pub const HEADER_CHAIN: &str = "FragHeaderChain";
    /// A piece smaller than every IPv6 link must carry, though others follow (F7).
    pub const SMALL: &str = "FragSmall";
    /// Too old (F9).
    pub const TIMEOUT: &str = "FragTimeout";
    /// Let go to make room (F10).
    pub const EVICTED: &str = "FragEvicted";
    /// More pieces than one datagram may have (F10).
    pub const TOO_MANY: &str = "FragTooMany";
    /// Rebuilt, and its transport checksum is wrong (F11).
    pub const MISASSOCIATION: &str = "FragMisassociation";
    /// Still waiting when the input ended.
    pub const UNFINISHED: &str = "FragUnfinished";

    /// All of them.
    pub const ALL: [&str; 16] = [
        BAD_LENGTH,
        EMPTY,
        CUT,
        TOO_LONG,
        OVERLAP,
        DUPLICATE,
        TAIL,
        TINY,
        HEADER_OVERLAP,
        HEADER_CHAIN,
        SMALL,
        TIMEOUT,
        EVICTED,
        TOO_MANY,
        MISASSOCIATION,
        UNFINISHED,
    ];
}

/// Something worth telling about a piece or a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is, as one of [`label`].
    pub label: &'static str,
    /// The frame that showed it; for a datagram that was let go, its first.
    pub frame: u64,
    /// The other frame of a conflict, else 0.
    pub other: u64,
    /// The datagram.
    pub key: DatagramKey,
    /// The bytes that it is about, half-open; of a datagram, those that were held, in order.
    pub ranges: Vec<(u32, u32)>,
    /// Where two pieces differ, for a conflict (F5).
    pub difference: Option<Difference>,
}

/// What went through, in datagrams and in bytes.
///
/// `opened = complete + refused + timed_out + evicted + live`, and `bytes_seen` is the sum of all other byte counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams of which a piece was taken.
    pub opened: u64,
    /// Datagrams rebuilt.
    pub complete: u64,
    /// Of these, datagrams whose transport checksum is wrong.
    pub suspected: u64,
    /// Datagrams discarded because their pieces contradict each other or the rules.
    pub refused: u64,
    /// Datagrams that got too old.
    pub timed_out: u64,
    /// Datagrams let go to make room.
    pub evicted: u64,
    /// Of these, those let go because there were too many, not because their bytes were.
    pub crowded_out: u64,
    /// Datagrams refused for the number of their pieces.
    pub too_many_pieces: u64,
    /// Datagrams that wait for more.
    pub live: u64,
    /// Pieces refused.
    pub pieces_refused: u64,
    /// Payload bytes of all pieces.
    pub bytes_seen: u64,
    /// Bytes of rebuilt datagrams.
    pub bytes_delivered: u64,
    /// Bytes that repeated others.
    pub bytes_duplicate: u64,
    /// Bytes that lost against different ones, or replaced them.
    pub bytes_conflicting: u64,
    /// Bytes of pieces and datagrams refused.
    pub bytes_refused: u64,
    /// Bytes of datagrams that got too old.
    pub bytes_lost: u64,
    /// Bytes of datagrams let go to make room.
    pub bytes_evicted: u64,
    /// Bytes that wait.
    pub bytes_held: u64,
}

/// Notices kept until they are taken; more are only counted.
const MAX_NOTICES: usize = 256;
/// Datagrams looked at for their age with each piece.
const EXPIRIES: usize = 300;
/// Buffers kept for reuse, and the largest of them.
const MAX_POOL: usize = 16;
const MAX_POOLED: usize = 128 << 10;
/// Largest datagram (RFC 791 section 3.1; RFC 8200 section 4.5).
const MAX_DATAGRAM: u32 = 65_535;
/// The least that every IPv6 link carries, less fixed and fragment header (RFC 8200 section 5).
const MIN_V6_PIECE: u32 = 1_280 - 48;

/// All datagrams in pieces.
#[derive(Debug, Default)]
pub struct Fragments {
    limits: FragmentLimits,
    policy: Overlap,
    datagrams: HashMap<DatagramKey, Datagram>,
    /// Datagrams of either version in the order of their first pieces; entries outlive what they stand for.
    order: [VecDeque<(u64, DatagramKey)>; 2],
    serial: u64,
    /// Bytes of all datagrams with their bookkeeping.
    cost: usize,
    counters: Counters,
    notices: Vec<Notice>,
    notices_lost: u64,
    pool: Vec<Vec<u8>>,
    /// Bytes of the buffers in it.
    pooled: usize,
}

impl Fragments {
    /// Nothing held.
    #[must_use]
    pub fn new(limits: FragmentLimits, policy: Overlap) -> Self {
        Self { limits, policy, ..Self::default() }
    }

    /// Takes a piece: `data` are its captured bytes, `whole` if those are all of them.
    pub fn push(
        &mut self,
        key: DatagramKey,
        piece: &Fragment,
        data: &[u8],
        whole: bool,
        frame: u64,
        time: Timestamp,
    ) -> Outcome {
        self.expire(time);
        self.counters.bytes_seen += data.len() as u64;
        if let Some(why) = unusable(piece, data, whole) {
            return self.refuse(key, why, frame, piece.offset, data.len());
        }
        if piece.offset == 0 && !piece.more {
            return self.atomic(piece, data, frame);
        }
        if self.datagrams.get(&key).is_some_and(|old| self.is_old(&key, old, time)) {
            self.time_out(&key);
        }
        self.open(key, frame, time);
        let v4 = key.src.is_ipv4();
        self.remark(key, piece, frame, v4);
        let Some(datagram) = self.datagrams.get_mut(&key) else { return Outcome::Held };
        if let Some(why) = datagram.dead() {
            return self.refuse(key, why, frame, piece.offset, data.len());
        }
        let end = piece.offset.saturating_add(data.len() as u32);
        let too_long = end.saturating_add(piece.header) > MAX_DATAGRAM;
        let chain = !v4 && piece.offset == 0 && !datagram::has_all_headers(piece.protocol, data);
        let policy = if v4 { self.policy } else { Overlap::Drop };
        let before = datagram.cost();
        let joined = match (too_long, chain) {
            (true, _) => Joined::broken(label::TOO_LONG),
            (_, true) => Joined::broken(label::HEADER_CHAIN),
            _ => datagram.join(piece, data, frame, policy, self.limits.pieces),
        };
        self.cost = (self.cost + datagram.cost()).saturating_sub(before);
        let own = (piece.offset, end);
        if let Some(why) = joined.broken {
            self.counters.too_many_pieces += u64::from(why == label::TOO_MANY);
            self.break_up(&key, why, frame, joined.other, own, data.len());
            self.explain(frame, joined.difference);
            self.make_room(&key);
            return Outcome::Refused { why };
        }
        self.counters.bytes_duplicate += joined.duplicate;
        self.counters.bytes_conflicting += joined.conflicting;
        self.counters.bytes_held += (data.len() as u64) - joined.duplicate - joined.conflicting;
        if joined.conflicting > 0 {
            self.note(label::OVERLAP, frame, joined.other, key, vec![own]);
            self.explain(frame, joined.difference);
        } else if joined.duplicate == data.len() as u64 {
            self.note(label::DUPLICATE, frame, joined.other, key, vec![own]);
        }
        if self.datagrams.get(&key).is_some_and(Datagram::is_complete) {
            return self.complete(&key);
        }
        self.make_room(&key);
        Outcome::Held
    }

    /// Takes a buffer back that [`Outcome::Complete`] gave out.
    pub fn recycle(&mut self, mut buffer: Vec<u8>) {
        if self.pool.len() < MAX_POOL && buffer.capacity() <= MAX_POOLED {
            buffer.clear();
            self.pooled += buffer.capacity();
            self.pool.push(buffer);
        }
    }

    /// An empty buffer.
    fn buffer(&mut self) -> Vec<u8> {
        let buffer = self.pool.pop().unwrap_or_default();
        self.pooled = self.pooled.saturating_sub(buffer.capacity());
        buffer
    }

    /// What went through so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Bytes of memory, bookkeeping included.
    #[must_use]
    pub fn memory(&self) -> usize {
        let entries: usize = self.order.iter().map(VecDeque::capacity).sum();
        self.cost + self.pooled + entries * size_of::<(u64, DatagramKey)>()
    }

    /// Bytes held with their bookkeeping.
    #[must_use]
    pub fn held(&self) -> usize {
        self.cost
    }

    /// The notices since the last call; `notices_lost` tells of those beyond the bound.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Notices that were not kept because nobody took the others.
    #[must_use]
    pub fn notices_lost(&self) -> u64 {
        self.notices_lost
    }

    /// Datagrams that still wait, by their first frames.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Notice> {
        let live = self.datagrams.iter().filter(|(_, datagram)| datagram.dead().is_none());
        let mut all: Vec<Notice> = live
            .map(|(key, datagram)| Notice {
                label: label::UNFINISHED,
                frame: datagram.frame(),
                other: 0,
                key: *key,
                ranges: datagram.ranges(),
                difference: None,
            })
            .collect();
        all.sort_by_key(|notice| notice.frame);
        all
    }

    /// Lets datagrams go that are too old at `now`; a source that is idle calls it too.
    pub fn expire(&mut self, now: Timestamp) {
        for family in [0, 1] {
            for _ in 0..EXPIRIES {
                let Some(&(serial, key)) = self.order[family].front() else { break };
                match self.datagrams.get(&key) {
                    Some(datagram) if datagram.serial() == serial => {
                        if !self.is_old(&key, datagram, now) {
                            break;
                        }
                        self.time_out(&key);
                    }
                    _ => {}
                }
                self.order[family].pop_front();
            }
        }
    }

    fn is_old(&self, key: &DatagramKey, datagram: &Datagram, now: Timestamp) -> bool {
        let age = if key.src.is_ipv4() { self.limits.age_v4 } else { self.limits.age_v6 };
        now.nanos_since(datagram.since()) > age
    }

    /// A piece that is the whole datagram (rule F8) touches no other.
    fn atomic(&mut self, piece: &Fragment, data: &[u8], frame: u64) -> Outcome {
        let len = data.len() as u64;
        self.counters.opened += 1;
        self.counters.complete += 1;
        self.counters.bytes_delivered += len;
        let mut bytes = self.buffer();
        bytes.extend_from_slice(data);
        let only =
            Piece { frame, offset: 0, len: len as u32, overlap: false, conflict: false, too_long: false };
        let facts = DatagramFacts { pieces: vec![only], len: len as u32, ..DatagramFacts::default() };
        Outcome::Complete { bytes, facts, first: Some(*piece) }
    }

    fn open(&mut self, key: DatagramKey, frame: u64, time: Timestamp) {
        if self.datagrams.contains_key(&key) {
            return;
        }
        self.serial += 1;
        let datagram = Datagram::new(self.serial, frame, time);
        self.cost += datagram.cost();
        self.datagrams.insert(key, datagram);
        self.counters.opened += 1;
        self.counters.live += 1;
        let family = usize::from(key.src.is_ipv6());
        self.order[family].push_back((self.serial, key));
        // Datagrams that were completed leave their entries behind.
        if self.order[family].len() > 2 * self.datagrams.len() + EXPIRIES {
            let datagrams = &self.datagrams;
            self.order[family]
                .retain(|(serial, key)| datagrams.get(key).is_some_and(|held| held.serial() == *serial));
        }
    }

    /// Notes what is odd about a piece but does not spoil it (rule F7).
    fn remark(&mut self, key: DatagramKey, piece: &Fragment, frame: u64, v4: bool) {
        const TCP: u32 = 6;
        const TCP_PORTS_TO_FLAGS: u32 = 16;
        let own = vec![(piece.offset, piece.offset.saturating_add(piece.len))];
        if v4 && piece.protocol == TCP {
            if piece.offset == 0 && piece.len < TCP_PORTS_TO_FLAGS {
                self.note(label::TINY, frame, 0, key, own);
            } else if piece.offset == 8 {
                self.note(label::HEADER_OVERLAP, frame, 0, key, own);
            }
        } else if !v4 && piece.more && piece.len < MIN_V6_PIECE {
            self.note(label::SMALL, frame, 0, key, own);
        }
    }

    fn refuse(&mut self, key: DatagramKey, why: &'static str, frame: u64, from: u32, len: usize) -> Outcome {
        self.counters.pieces_refused += 1;
        self.counters.bytes_refused += len as u64;
        self.note(why, frame, 0, key, vec![(from, from.saturating_add(len as u32))]);
        Outcome::Refused { why }
    }

    /// Discards a datagram whose pieces cannot be joined, and remembers that until it is old.
    fn break_up(
        &mut self,
        key: &DatagramKey,
        why: &'static str,
        frame: u64,
        other: u64,
        own: (u32, u32),
        len: usize,
    ) {
        let Some(datagram) = self.datagrams.get_mut(key) else { return };
        let before = datagram.cost();
        let held = datagram.break_up(why);
        self.cost = (self.cost + datagram.cost()).saturating_sub(before);
        self.counters.refused += 1;
        self.counters.live -= 1;
        self.counters.pieces_refused += 1;
        self.counters.bytes_held -= held;
        self.counters.bytes_refused += held + len as u64;
        self.note(why, frame, other, *key, vec![own]);
    }

    fn complete(&mut self, key: &DatagramKey) -> Outcome {
        let Some(datagram) = self.datagrams.remove(key) else { return Outcome::Held };
        self.cost = self.cost.saturating_sub(datagram.cost());
        let mut bytes = self.buffer();
        datagram.write(&mut bytes);
        self.counters.complete += 1;
        self.counters.live -= 1;
        self.counters.bytes_held -= bytes.len() as u64;
        self.counters.bytes_delivered += bytes.len() as u64;
        let facts =
            DatagramFacts { pieces: datagram.pieces(), len: bytes.len() as u32, ..DatagramFacts::default() };
        Outcome::Complete { bytes, facts, first: datagram.first() }
    }

    fn time_out(&mut self, key: &DatagramKey) {
        if let Some(held) = self.let_go(key, label::TIMEOUT) {
            self.counters.timed_out += 1;
            self.counters.bytes_lost += held;
        }
    }

    /// Lets the oldest datagrams go until the rest is within the bounds; the one just added stays.
    fn make_room(&mut self, newest: &DatagramKey) {
        // The datagram whose piece is at hand may be the oldest; it stays, and others go.
        let mut spared = None;
        while self.datagrams.len() > self.limits.datagrams || self.cost > self.limits.bytes {
            let oldest = match (self.order[0].front(), self.order[1].front()) {
                (Some(v4), Some(v6)) => usize::from(v6.0 < v4.0),
                (None, Some(_)) => 1,
                (Some(_), None) => 0,
                (None, None) => break,
            };
            let Some((serial, key)) = self.order[oldest].pop_front() else { break };
            if self.datagrams.get(&key).is_none_or(|held| held.serial() != serial) {
                continue;
            }
            if key == *newest {
                spared = Some((oldest, serial, key));
                continue;
            }
            let crowded = self.datagrams.len() > self.limits.datagrams;
            if let Some(held) = self.let_go(&key, label::EVICTED) {
                self.counters.evicted += 1;
                self.counters.crowded_out += u64::from(crowded);
                self.counters.bytes_evicted += held;
            }
        }
        if let Some((family, serial, key)) = spared {
            self.order[family].push_front((serial, key));
        }
    }

    /// Forgets a datagram. Answers its bytes, `None` if it was refused long before.
    fn let_go(&mut self, key: &DatagramKey, why: &'static str) -> Option<u64> {
        let datagram = self.datagrams.remove(key)?;
        self.cost = self.cost.saturating_sub(datagram.cost());
        if datagram.dead().is_some() {
            return None;
        }
        let held = datagram.covered();
        self.counters.live -= 1;
        self.counters.bytes_held -= held;
        self.note(why, datagram.frame(), 0, *key, datagram.ranges());
        Some(held)
    }

    /// The notice just made of `frame` is about this difference.
    fn explain(&mut self, frame: u64, difference: Option<Difference>) {
        if let Some(last) = self.notices.last_mut().filter(|last| last.frame == frame) {
            last.difference = difference;
        }
    }

    /// The datagram rebuilt with `frame` has a wrong checksum: its pieces may be those of two that had the same
    /// identification (F11, RFC 6864).
    pub fn suspect(&mut self, key: DatagramKey, frame: u64) {
        self.counters.suspected += 1;
        self.note(label::MISASSOCIATION, frame, 0, key, Vec::new());
    }

    fn note(
        &mut self,
        label: &'static str,
        frame: u64,
        other: u64,
        key: DatagramKey,
        ranges: Vec<(u32, u32)>,
    ) {
        if self.notices.len() < MAX_NOTICES {
            self.notices.push(Notice { label, frame, other, key, ranges, difference: None });
        } else {
            self.notices_lost += 1;
        }
    }
}

/// Why a piece cannot be joined to anything, whatever else is held.
fn unusable(piece: &Fragment, data: &[u8], whole: bool) -> Option<&'static str> {
    if !whole {
        Some(label::CUT)
    } else if data.is_empty() {
        Some(label::EMPTY)
    } else if piece.more && !data.len().is_multiple_of(8) {
        Some(label::BAD_LENGTH)
    } else {
        None
    }
}
