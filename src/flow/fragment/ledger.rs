//! How each datagram came in pieces: kept only where someone wants to see it.
//!
//! The ledger listens: it is told of every piece and of what [`super::Fragments`] made of it, and never changes that.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use netdissect_dissectors::dissector::Fragment;
use netdissect_dissectors::frame::Timestamp;

use super::{DatagramKey, FragmentLimits, Notice, Outcome, Overlap, label};
use crate::flow::conflict::{Difference, Excerpt};

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Rebuilt.
    Complete,
    /// Discarded, for this reason out of [`label`].
    Refused(&'static str),
    /// Got too old.
    TimedOut,
    /// Let go to keep memory bounded.
    Evicted,
    /// Still waiting when the input ended.
    Unfinished,
}

impl Fate {
    /// The word for it (`nd.datagram.state`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Refused(_) => "refused",
            Self::TimedOut => "timed-out",
            Self::Evicted => "evicted",
            Self::Unfinished => "unfinished",
        }
    }
}

/// Something to be said of one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What, as one of [`label`].
    pub label: &'static str,
    /// The other frame that it is about, else 0.
    pub other: u64,
    /// Where it differs from the other.
    pub difference: Option<Difference>,
}

/// One piece as it came.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its frame.
    pub frame: u64,
    /// When it passed.
    pub time: Timestamp,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// Its first byte within the datagram.
    pub offset: u32,
    /// Its bytes.
    pub len: u32,
    /// More follow.
    pub more: bool,
    /// It counts; a piece that is refused does not.
    pub taken: bool,
    /// What is odd about it.
    pub marks: Vec<Mark>,
}

impl Part {
    /// One past its last byte.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.offset.saturating_add(self.len)
    }
}

/// An ICMP error that belongs to a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpError {
    /// Its frame.
    pub frame: u64,
    /// When it passed.
    pub time: Timestamp,
    /// What it says.
    pub says: IcmpSays,
}

/// What an ICMP error about sizes says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcmpSays {
    /// Fragmentation needed (RFC 1191 section 4) or packet too big (RFC 8201 section 4); the MTU, 0 if not told.
    TooBig(u32),
    /// Reassembly took too long (RFC 792, RFC 4443 section 3.3).
    Expired,
}

/// One datagram in pieces.
#[derive(Clone, Debug)]
pub struct Account {
    /// Which one.
    pub key: DatagramKey,
    /// Protocol of what it carries, as its first piece says, or the first that came.
    pub protocol: u32,
    /// Its pieces in the order of arrival.
    pub parts: Vec<Part>,
    /// Pieces that are not listed: there were too many.
    pub unlisted: u64,
    /// The first bytes of the datagram, its transport header, as far as a piece has shown them.
    pub header: Excerpt,
    /// What became of it.
    pub fate: Fate,
    /// Who wins where pieces overlap.
    pub policy: Overlap,
    /// ICMP errors between the same ends, shortly before or while it was open.
    pub errors: Vec<IcmpError>,
    serial: u64,
    /// Since when it ages.
    since: Timestamp,
}

impl Account {
    /// The length of the whole, once a last piece counts.
    #[must_use]
    pub fn len(&self) -> Option<u32> {
        self.parts.iter().find(|part| part.taken && !part.more).map(Part::end)
    }

    /// Whether no piece of it is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// One past the highest byte that any piece reaches.
    #[must_use]
    pub fn reach(&self) -> u32 {
        self.parts.iter().map(Part::end).max().unwrap_or(0)
    }

    /// Bytes that no counted piece holds, half-open, up to the end or as far as pieces reach.
    #[must_use]
    pub fn missing(&self) -> Vec<(u32, u32)> {
        let mut held: Vec<(u32, u32)> =
            self.parts.iter().filter(|part| part.taken).map(|part| (part.offset, part.end())).collect();
        held.sort_unstable();
        let (mut at, mut missing) = (0, Vec::new());
        for (from, to) in held {
            if from > at {
                missing.push((at, from));
            }
            at = at.max(to);
        }
        let end = self.len().unwrap_or_else(|| self.reach());
        if at < end {
            missing.push((at, end));
        }
        missing
    }

    /// Nanoseconds from the first piece to the last.
    #[must_use]
    pub fn duration(&self) -> i64 {
        match (self.parts.first(), self.parts.last()) {
            (Some(first), Some(last)) => last.time.nanos_since(first.time),
            _ => 0,
        }
    }
}

/// Pieces listed of one datagram, and of all that are open.
const MAX_PARTS: usize = 512;
const MAX_ALL_PARTS: usize = 131_072;
/// ICMP errors remembered, for how long in ns, and how many open datagrams one can belong to.
const MAX_ERRORS: usize = 64;
const ERROR_AGE: i64 = 60_000_000_000;

/// All datagrams in pieces, as they came.
#[derive(Debug, Default)]
pub struct Ledger {
    limits: FragmentLimits,
    policy: Overlap,
    open: HashMap<DatagramKey, Account>,
    /// Open ones by their serial numbers; entries outlive what they stand for.
    order: VecDeque<(u64, DatagramKey)>,
    serial: u64,
    parts: usize,
    errors: VecDeque<(IpAddr, IpAddr, IcmpError)>,
    done: Vec<Account>,
}

impl Ledger {
    /// Nothing listed.
    #[must_use]
    pub fn new(limits: FragmentLimits, policy: Overlap) -> Self {
        Self { limits, policy, ..Self::default() }
    }

    /// A piece passed: `data` are its captured bytes, `notices` what was noted with it, `outcome` what came of it.
    pub fn piece(
        &mut self,
        key: DatagramKey,
        piece: &Fragment,
        data: &[u8],
        (frame, time, ttl): (u64, Timestamp, u8),
        notices: &[Notice],
        outcome: &Outcome,
    ) {
        for notice in notices {
            match notice.label {
                label::TIMEOUT => self.close(&notice.key, Fate::TimedOut),
                label::EVICTED => self.close(&notice.key, Fate::Evicted),
                _ => {}
            }
        }
        self.expire(time);
        let own = notices.iter().filter(|notice| notice.frame == frame && notice.key == key);
        let marks = own
            .filter(|notice| !matches!(notice.label, label::TIMEOUT | label::EVICTED))
            .map(|notice| Mark { label: notice.label, other: notice.other, difference: notice.difference });
        let mut part = Part {
            frame,
            time,
            ttl,
            offset: piece.offset,
            len: piece.len,
            more: piece.more,
            taken: !matches!(outcome, Outcome::Refused { .. }),
            marks: marks.collect(),
        };
        if piece.offset == 0 && !piece.more && matches!(outcome, Outcome::Complete { .. }) {
            // Rule F8: it is whole by itself.
            let mut account = self.account(key, time);
            account.take(part, piece, data);
            account.fate = Fate::Complete;
            self.done.push(account);
            return;
        }
        if !self.open.contains_key(&key) {
            let account = self.account(key, time);
            self.order.push_back((account.serial, key));
            self.open.insert(key, account);
        }
        let Some(account) = self.open.get_mut(&key) else { return };
        if part.taken && !account.parts.iter().any(|part| part.taken) {
            account.since = time;
        }
        if let Fate::Refused(why) = account.fate {
            // It is refused for what came before it.
            part.marks.retain(|mark| mark.label != why);
        }
        let before = account.parts.len();
        account.take(part, piece, data);
        self.parts += account.parts.len() - before;
        match outcome {
            Outcome::Complete { .. } => self.close(&key, Fate::Complete),
            Outcome::Refused { why } if !is_of_piece(why) => account.fate = Fate::Refused(why),
            Outcome::Held | Outcome::Refused { .. } => {}
        }
        self.make_room();
    }

    /// An ICMP error that quotes a packet from `src` to `dst`.
    pub fn icmp(&mut self, src: IpAddr, dst: IpAddr, id: Option<u16>, error: IcmpError) {
        for (serial, key) in self.order.iter().rev().take(MAX_ERRORS) {
            let same_id = id.is_none_or(|id| u32::from(id) == key.id);
            if (key.src, key.dst) == (src, dst)
                && (same_id || error.says != IcmpSays::Expired)
                && let Some(account) = self.open.get_mut(key).filter(|account| account.serial == *serial)
                && account.errors.len() < MAX_ERRORS
            {
                account.errors.push(error);
            }
        }
        if matches!(error.says, IcmpSays::TooBig(_)) {
            if self.errors.len() >= MAX_ERRORS {
                self.errors.pop_front();
            }
            self.errors.push_back((src, dst, error));
        }
    }

    /// Datagrams of which the last was said, since the last call.
    pub fn take_done(&mut self) -> Vec<Account> {
        std::mem::take(&mut self.done)
    }

    /// The input has ended: those that are still open, by their first frames.
    pub fn finish(&mut self) -> Vec<Account> {
        let keys: Vec<DatagramKey> = self.open.keys().copied().collect();
        for key in keys {
            self.close(&key, Fate::Unfinished);
        }
        let mut rest = self.take_done();
        rest.sort_by_key(|account| account.parts.first().map(|part| part.frame));
        rest
    }

    fn account(&mut self, key: DatagramKey, time: Timestamp) -> Account {
        self.serial += 1;
        let errors = self.errors.iter().filter(|(src, dst, error)| {
            (*src, *dst) == (key.src, key.dst) && time.nanos_since(error.time) <= ERROR_AGE
        });
        Account {
            key,
            protocol: key.protocol,
            parts: Vec::new(),
            unlisted: 0,
            header: Excerpt::default(),
            fate: Fate::Unfinished,
            policy: if key.src.is_ipv4() { self.policy } else { Overlap::Drop },
            errors: errors.map(|row| row.2).collect(),
            serial: self.serial,
            since: time,
        }
    }

    fn close(&mut self, key: &DatagramKey, fate: Fate) {
        let Some(mut account) = self.open.remove(key) else { return };
        self.parts = self.parts.saturating_sub(account.parts.len());
        // What was refused stays refused, however it ends.
        if !matches!(account.fate, Fate::Refused(_)) {
            account.fate = fate;
        }
        self.done.push(account);
    }

    /// Closes what is too old: refused datagrams, and pieces that were never joined to anything.
    fn expire(&mut self, now: Timestamp) {
        while let Some(&(serial, key)) = self.order.front() {
            let age = if key.src.is_ipv4() { self.limits.age_v4 } else { self.limits.age_v6 };
            match self.open.get(&key).filter(|account| account.serial == serial) {
                Some(account) if now.nanos_since(account.since) <= age => return,
                Some(_) => self.close(&key, Fate::TimedOut),
                None => {}
            }
            self.order.pop_front();
        }
    }

    fn make_room(&mut self) {
        while self.open.len() > self.limits.datagrams || self.parts > MAX_ALL_PARTS {
            let Some((serial, key)) = self.order.pop_front() else { return };
            if self.open.get(&key).is_some_and(|account| account.serial == serial) {
                self.close(&key, Fate::Evicted);
            }
        }
        if self.order.len() > 2 * self.open.len() + MAX_ERRORS {
            let open = &self.open;
            self.order.retain(|(serial, key)| open.get(key).is_some_and(|account| account.serial == *serial));
        }
    }
}

impl Account {
    fn take(&mut self, mut part: Part, piece: &Fragment, data: &[u8]) {
        let is_start = part.offset == 0 && (part.taken || self.header.as_bytes().is_empty());
        if is_start || self.parts.is_empty() {
            self.protocol = piece.protocol;
        }
        if is_start {
            self.header = Excerpt::of(data);
        }
        let told = part.marks.iter().any(|mark| matches!(mark.label, label::OVERLAP | label::DUPLICATE));
        let touches = |old: &&Part| old.taken && old.offset < part.end() && part.offset < old.end();
        if !told
            && part.taken
            && let Some(other) = self.parts.iter().find(touches).map(|old| old.frame)
        {
            part.marks.push(Mark { label: label::OVERLAP, other, difference: None });
        }
        if self.parts.len() < MAX_PARTS {
            self.parts.push(part);
        } else {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }
}

/// Whether a reason concerns only the piece, not the datagram.
fn is_of_piece(why: &str) -> bool {
    matches!(why, label::BAD_LENGTH | label::EMPTY | label::CUT)
}
