//! Trains of echo requests with their replies.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use netdissect_dissectors::frame::Timestamp;

use super::{Datagram, Echo, Header, Place, Quote, Trips};
use crate::flow::problem::Problem;
use crate::survey::exchange::Moment;

/// Trains that have a row.
const MAX_TRAINS: usize = 16_384;
/// Requests of one train that replies are matched with: the last ones.
const MAX_OPEN: usize = 1_024;
/// Sequence numbers without an answer that are named.
const MAX_NAMED: usize = 16;
/// Different errors of one train.
const MAX_ERRORS: usize = 16;
/// A first number that comes again so much later begins a new train.
const AGAIN: i64 = 1_000_000_000;

type Key = (Place, IpAddr, IpAddr, u16);

/// Echo requests from one host to another with one identifier.
#[derive(Clone, Debug)]
pub struct Train {
    /// Where it was captured.
    pub place: Place,
    /// Who asked.
    pub client: IpAddr,
    /// Who was asked.
    pub target: IpAddr,
    /// `icmp.ident`
    pub id: u16,
    /// The first message.
    pub first: Moment,
    /// Time of the last message, ICMP errors about it included.
    pub last: Timestamp,
    /// Data bytes of the first request; `None` if only a piece of it is there.
    pub size: Option<u32>,
    /// Requests, copies of one left out.
    pub sent: u64,
    /// Requests that a reply came to.
    pub answered: u64,
    /// Replies to a request that had one, by the network or by several hosts.
    pub duplicates: u64,
    /// Requests and replies that passed here once more.
    pub copies: u64,
    /// Replies without a request in the capture.
    pub unasked: u64,
    /// Round trips.
    pub trips: Trips,
    /// ICMP errors: who said what, and how often.
    pub errors: BTreeMap<(IpAddr, Problem), u64>,
    /// Errors for which there was no room.
    pub errors_left_out: u64,
    /// The first numbers that no reply came to, once the capture is over.
    pub missing: Vec<u16>,
    open: BTreeMap<u64, Asked>,
    number: u64,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    seq: u16,
    /// Its last sight before the reply, and its time to live there.
    at: Moment,
    ttl: u8,
    /// Identification and time to live of the reply.
    reply: Option<(Option<u16>, u8)>,
}

impl Train {
    fn new(datagram: &Datagram<'_>, [client, target]: [IpAddr; 2], id: u16) -> Self {
        Self {
            place: datagram.header.place,
            client,
            target,
            id,
            first: datagram.header.at,
            last: datagram.header.at.time,
            size: datagram.len.map(|len| len.saturating_sub(8)),
            sent: 0,
            answered: 0,
            duplicates: 0,
            copies: 0,
            unasked: 0,
            trips: Trips::default(),
            errors: BTreeMap::new(),
            errors_left_out: 0,
            missing: Vec::new(),
            open: BTreeMap::new(),
            number: 0,
        }
    }

    /// Requests without a reply.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.answered)
    }

    fn find(&mut self, seq: u16) -> Option<&mut Asked> {
        self.open.values_mut().rev().find(|asked| asked.seq == seq)
    }

    fn request(&mut self, header: &Header, seq: u16) {
        let at = header.at;
        self.note(at);
        if let Some(asked) = self.find(seq) {
            // Only after 65,536 others a number is used again.
            if at.time.nanos_since(asked.at.time) < AGAIN {
                if header.ttl < asked.ttl && asked.reply.is_none() {
                    // Behind a router the reply is seen first, and its way is measured from there.
                    (asked.at, asked.ttl) = (at, header.ttl);
                }
                self.copies += 1;
                return;
            }
        }
        self.sent += 1;
        self.open.insert(self.number, Asked { seq, at, ttl: header.ttl, reply: None });
        self.number += 1;
        if self.open.len() > MAX_OPEN
            && let Some((_, asked)) = self.open.pop_first()
        {
            self.give_up(asked);
        }
    }

    /// One more message of it passed.
    fn note(&mut self, at: Moment) {
        if at.time.nanos_since(self.last) > 0 {
            self.last = at.time;
        }
    }

    fn give_up(&mut self, asked: Asked) {
        if asked.reply.is_none() && self.missing.len() < MAX_NAMED {
            self.missing.push(asked.seq);
        }
    }

    fn reply(&mut self, header: &Header, seq: u16) {
        self.note(header.at);
        let Some(asked) = self.find(seq) else {
            self.unasked += 1;
            return;
        };
        if let Some((id, ttl)) = asked.reply {
            // A router lies between two sights of one packet, not between copies that the network made.
            match header.id == id && header.ttl != ttl {
                true => self.copies += 1,
                false => self.duplicates += 1,
            }
            return;
        }
        asked.reply = Some((header.id, header.ttl));
        let trip = header.at.time.since(asked.at.time);
        self.answered += 1;
        if let Some(trip) = trip {
            self.trips.add(trip);
        }
    }

    fn starts_again(&self, at: Moment, seq: u16) -> bool {
        let (Some(first), Some(last)) = (self.open.first_key_value(), self.open.last_key_value()) else {
            return false;
        };
        seq == first.1.seq
            && last.1.seq.wrapping_add(1) != seq
            && at.time.nanos_since(last.1.at.time) >= AGAIN
            && *first.0 == 0
    }
}

/// All trains.
#[derive(Debug, Default)]
pub struct Pings {
    trains: HashMap<Key, Train>,
    over: Vec<Train>,
    /// Messages of trains for which there was no room.
    pub left_out: u64,
}

impl Pings {
    pub(super) fn request(&mut self, datagram: &Datagram<'_>, echo: Echo) {
        let header = &datagram.header;
        let key = (header.place, header.src, header.dst, echo.id);
        if self.trains.get(&key).is_some_and(|train| train.starts_again(header.at, echo.seq))
            && let Some(train) = self.trains.remove(&key)
        {
            self.over.push(train);
        }
        if let Some(train) = self.train(key, datagram) {
            train.request(header, echo.seq);
        }
    }

    pub(super) fn reply(&mut self, datagram: &Datagram<'_>, echo: Echo) {
        let header = &datagram.header;
        if let Some(train) = self.train((header.place, header.dst, header.src, echo.id), datagram) {
            train.reply(header, echo.seq);
        }
    }

    pub(super) fn error(&mut self, datagram: &Datagram<'_>, quote: &Quote, problem: Problem) {
        let Some(echo) = quote.echo() else { return };
        let key = (datagram.header.place, quote.src, quote.dst, echo.id);
        let Some(train) = self.trains.get_mut(&key) else { return };
        train.note(datagram.header.at);
        let who = (datagram.header.src, problem);
        if train.errors.len() >= MAX_ERRORS && !train.errors.contains_key(&who) {
            train.errors_left_out += 1;
            return;
        }
        *train.errors.entry(who).or_default() += 1;
    }

    fn train(&mut self, key: Key, datagram: &Datagram<'_>) -> Option<&mut Train> {
        if self.trains.len() + self.over.len() >= MAX_TRAINS && !self.trains.contains_key(&key) {
            self.left_out += 1;
            return None;
        }
        let (_, client, target, id) = key;
        Some(self.trains.entry(key).or_insert_with(|| Train::new(datagram, [client, target], id)))
    }

    /// The trains in the order in which they began.
    #[must_use]
    pub fn rows(&self) -> Vec<Train> {
        let mut rows: Vec<Train> = self.over.iter().chain(self.trains.values()).cloned().collect();
        for train in &mut rows {
            for asked in std::mem::take(&mut train.open).into_values() {
                train.give_up(asked);
            }
        }
        rows.sort_by_key(|train| (train.first.frame, train.client, train.target, train.id));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::super::Header;
    use super::*;
    use std::net::Ipv4Addr;

    fn message(frame: u64, millis: i64, [src, dst]: [u32; 2], ttl: u8) -> Datagram<'static> {
        let time = Timestamp::new(0, 0).plus_nanos(millis * 1_000_000);
        let [src, dst] = [src, dst].map(|addr| Ipv4Addr::from(addr).into());
        let at = Moment { frame, time };
        let (id, total) = (Some(7), 84);
        let header = Header { at, place: (0, 0), src, dst, ttl, id, total, whole: false, piece: false };
        Datagram { header, len: Some(64), data: &[] }
    }

    #[test]
    fn trains_and_their_requests_are_bounded() {
        let mut pings = Pings::default();
        for host in 0..MAX_TRAINS as u32 + 3 {
            pings.request(&message(host.into(), 0, [host, 1], 64), Echo { id: 1, seq: 1 });
        }
        assert_eq!((pings.rows().len(), pings.left_out), (MAX_TRAINS, 3));
        let mut pings = Pings::default();
        for seq in 0..3_000_u16 {
            pings.request(&message(seq.into(), seq.into(), [1, 2], 64), Echo { id: 1, seq });
        }
        pings.reply(&message(3_000, 3_000, [2, 1], 64), Echo { id: 1, seq: 0 });
        let train = &pings.rows()[0];
        assert_eq!((train.sent, train.lost(), train.unasked), (3_000, 3_000, 1));
        assert_eq!(train.missing.len(), MAX_NAMED);
    }

    #[test]
    fn numbers_that_begin_again_are_another_train() {
        let mut pings = Pings::default();
        for (frame, millis, seq) in [(1, 0, 1), (2, 1_000, 2), (3, 9_000, 1), (4, 10_000, 2)] {
            pings.request(&message(frame, millis, [1, 2], 64), Echo { id: 1, seq });
        }
        let sent: Vec<u64> = pings.rows().iter().map(|train| train.sent).collect();
        assert_eq!(sent, [2, 2]);
    }

    #[test]
    fn a_copy_behind_a_router_is_no_duplicate() {
        let mut pings = Pings::default();
        pings.request(&message(1, 0, [1, 2], 64), Echo { id: 1, seq: 1 });
        pings.request(&message(2, 1, [1, 2], 63), Echo { id: 1, seq: 1 });
        for (frame, ttl) in [(3, 64), (4, 63), (5, 64)] {
            pings.reply(&message(frame, 5, [2, 1], ttl), Echo { id: 1, seq: 1 });
        }
        let train = &pings.rows()[0];
        assert_eq!((train.sent, train.answered, train.copies, train.duplicates), (1, 1, 2, 1));
        // From where the request was seen last before the reply; and the train lasts until the last message.
        assert_eq!(train.trips.least, 4_000_000);
        assert_eq!(train.last.nanos_since(train.first.time), 5_000_000);
    }
}
