//! Sizes that do not fit: what routers say of packets that are too big (RFC 1191, RFC 8201), what the sender did then,
//! and packets that vanish without a word (RFC 2923).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;

use netdissect_dissectors::bytes::{u8_at, u16_at, u32_at};

use super::{Datagram, Header, Place, Quote};
use crate::flow::key::Endpoint;
use crate::survey::exchange::Moment;

/// Ways that a router complained of.
const MAX_WAYS: usize = 4_096;
/// Different complaints of one way.
const MAX_SAYINGS: usize = 16;
/// Segments of one way of which it is waited that they are sent again.
const MAX_REFUSED: usize = 256;
/// Directions of TCP connections that are watched.
const MAX_DIRECTIONS: usize = 65_536;
/// Segments of one direction that wait to be acknowledged: the last ones.
const MAX_WAITING: usize = 64;
/// Every IPv4 host takes packets of this length (RFC 791): what vanishes is longer.
const TAKEN_BY_ALL: u32 = 576;
/// Copies of equal length without an answer before something is said.
const TRIES: u32 = 3;

/// What one router said of packets of one length.
#[derive(Clone, Copy, Debug)]
pub struct Saying {
    /// How often.
    pub count: u64,
    /// When first.
    pub first: Moment,
    /// The longest packet that it refused, in bytes.
    pub longest: u32,
}

/// What the sender's TCP did then.
#[derive(Clone, Copy, Debug)]
pub struct Resent {
    /// Segments within refused bytes that fit.
    pub segments: u64,
    /// The first of them.
    pub first: Moment,
    /// The longest packet of them.
    pub longest: u32,
    /// When all of these bytes were acknowledged.
    pub acknowledged: Option<Moment>,
}

/// The way from one host to another, on which something did not fit.
#[derive(Clone, Debug)]
pub struct Way {
    /// Where it was captured.
    pub place: Place,
    /// Who sends.
    pub src: IpAddr,
    /// To whom.
    pub dst: IpAddr,
    /// By router and the length that it has room for.
    pub sayings: BTreeMap<(IpAddr, u32), Saying>,
    /// Complaints for which there was no room.
    pub left_out: u64,
    /// Later packets that fit.
    pub fitting: u64,
    /// Of these, pieces of datagrams.
    pub pieces: u64,
    /// Later packets that are too long and must not be cut.
    pub too_big: u64,
    /// The last one of them.
    pub last_too_big: Option<Moment>,
    /// What TCP sent again.
    pub resent: Option<Resent>,
    /// Refused bytes: ports, first and last sequence number.
    refused: VecDeque<([u16; 2], u32, u32)>,
    /// Ports of the connection that sent again first, and how far it did.
    awaited: Option<([u16; 2], u32)>,
}

impl Way {
    /// The shortest room that a router named, in bytes; `None` if none named any.
    #[must_use]
    pub fn mtu(&self) -> Option<u32> {
        self.sayings.keys().map(|key| key.1).filter(|&mtu| mtu > 0).min()
    }

    /// When the first router complained.
    #[must_use]
    pub fn first(&self) -> Option<Moment> {
        self.sayings.values().map(|saying| saying.first).min_by_key(|first| first.frame)
    }
}

/// Long segments that vanish while short ones pass.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// Where it was captured.
    pub place: Place,
    /// Who sends.
    pub src: Endpoint,
    /// To whom.
    pub dst: Endpoint,
    /// The first copy that was not answered.
    pub first: Moment,
    /// The last one.
    pub last: Moment,
    /// How many.
    pub tries: u32,
    /// Length of their packets.
    pub length: u32,
    /// The longest packet that passed before or afterwards, in bytes.
    pub passed: u32,
    /// The same bytes passed in shorter packets: of at most so many bytes.
    pub solved: Option<u32>,
}

/// One direction of a TCP connection.
#[derive(Clone, Debug, Default)]
struct Direction {
    /// What the other end acknowledged last.
    acknowledged: Option<u32>,
    /// The longest packet of which the bytes were acknowledged.
    passed: u32,
    /// Ends and packet lengths of segments that wait, and when they passed.
    waiting: VecDeque<(u32, u32, Moment)>,
    stuck: Option<Stuck>,
}

/// The segment at the edge of what is acknowledged.
#[derive(Clone, Copy, Debug)]
struct Stuck {
    seq: u32,
    length: u32,
    tries: u32,
    first: Moment,
    last: Moment,
    /// A shorter one from the same place on, after the long ones.
    shorter: Option<u32>,
    /// The other end was heard after the second copy, so it is there.
    alive: bool,
}

type Key = (Place, IpAddr, IpAddr);
type Ends = (Place, Endpoint, Endpoint);

/// All ways with packets that did not fit.
#[derive(Debug, Default)]
pub struct Sizes {
    ways: HashMap<Key, Way>,
    directions: HashMap<Ends, Direction>,
    holes: Vec<Hole>,
    /// Complaints about ways, and segments of directions, for which there was no room.
    pub left_out: u64,
}

impl Sizes {
    pub(super) fn too_big(&mut self, datagram: &Datagram<'_>, quote: &Quote, mtu: u32) {
        let header = &datagram.header;
        let key = (header.place, quote.src, quote.dst);
        if self.ways.len() >= MAX_WAYS && !self.ways.contains_key(&key) {
            self.left_out += 1;
            return;
        }
        let way = self.ways.entry(key).or_insert_with(|| Way {
            place: header.place,
            src: quote.src,
            dst: quote.dst,
            sayings: BTreeMap::new(),
            left_out: 0,
            fitting: 0,
            pieces: 0,
            too_big: 0,
            last_too_big: None,
            resent: None,
            refused: VecDeque::new(),
            awaited: None,
        });
        let who = (header.src, mtu);
        if way.sayings.len() >= MAX_SAYINGS && !way.sayings.contains_key(&who) {
            way.left_out += 1;
            return;
        }
        let saying =
            way.sayings.entry(who).or_insert(Saying { count: 0, first: header.at, longest: quote.total });
        saying.count += 1;
        saying.longest = saying.longest.max(quote.total);
        if let Some(seq) = quote.seq() {
            if way.refused.len() >= MAX_REFUSED {
                way.refused.pop_front();
            }
            let end = seq.wrapping_add(quote.payload);
            way.refused.push_back((ports(&quote.start), seq, end));
        }
    }

    /// What is sent on a way after somebody complained.
    pub(super) fn packet(&mut self, header: &Header) {
        if self.ways.is_empty() {
            return;
        }
        let Some(way) = self.ways.get_mut(&(header.place, header.src, header.dst)) else { return };
        let Some(mtu) = way.mtu() else { return };
        if header.total <= mtu {
            way.fitting += 1;
            way.pieces += u64::from(header.piece);
        } else if header.whole {
            way.too_big += 1;
            way.last_too_big = Some(header.at);
        }
    }

    pub(super) fn tcp(&mut self, datagram: &Datagram<'_>) {
        let Some(segment) = Segment::of(datagram) else { return };
        self.resent(datagram, &segment);
        self.watch(datagram, &segment);
    }

    fn resent(&mut self, datagram: &Datagram<'_>, segment: &Segment) {
        if self.ways.is_empty() {
            return;
        }
        let header = &datagram.header;
        if let Some(ack) = segment.ack
            && let Some(way) = self.ways.get_mut(&(header.place, header.dst, header.src))
            && let Some(([from, to], end)) = way.awaited
            && [to, from] == segment.ports
            && is_at_or_behind(ack, end)
            && let Some(resent) = &mut way.resent
        {
            resent.acknowledged.get_or_insert(header.at);
        }
        let Some(way) = self.ways.get_mut(&(header.place, header.src, header.dst)) else { return };
        let Some(mtu) = way.mtu().filter(|&mtu| header.total <= mtu && segment.len > 0) else { return };
        let was_refused = way.refused.iter().any(|&(ports, from, to)| {
            ports == segment.ports && is_at_or_behind(segment.seq, from) && !is_at_or_behind(segment.seq, to)
        });
        if !was_refused {
            return;
        }
        let end = segment.seq.wrapping_add(segment.len);
        let resent = way.resent.get_or_insert_with(|| {
            way.awaited = Some((segment.ports, end));
            Resent { segments: 0, first: header.at, longest: 0, acknowledged: None }
        });
        if let Some((ports, far)) = &mut way.awaited
            && *ports == segment.ports
            && !is_at_or_behind(*far, end)
        {
            *far = end;
            resent.acknowledged = None;
        }
        resent.segments += 1;
        resent.longest = resent.longest.max(header.total.min(mtu));
    }

    /// Looks for segments that are sent again and again at one length.
    fn watch(&mut self, datagram: &Datagram<'_>, segment: &Segment) {
        let header = &datagram.header;
        let [from, to] = segment.ports;
        let src = Endpoint { addr: header.src, port: from };
        let dst = Endpoint { addr: header.dst, port: to };
        if let Some(ack) = segment.ack
            && let Some(direction) = self.directions.get_mut(&(header.place, dst, src))
        {
            let stuck = direction.acknowledge(ack);
            let way = (header.place, header.dst, header.src);
            if let Some(hole) = stuck.and_then(|stuck| stuck.hole((header.place, dst, src), direction))
                && !self.ways.contains_key(&way)
            {
                self.note_hole(hole);
            }
        }
        if segment.len == 0 {
            return;
        }
        let key = (header.place, src, dst);
        if self.directions.len() >= MAX_DIRECTIONS && !self.directions.contains_key(&key) {
            self.left_out += 1;
            return;
        }
        self.directions.entry(key).or_default().send(header, segment);
    }

    fn note_hole(&mut self, hole: Hole) {
        if self.holes.len() < MAX_WAYS {
            self.holes.push(hole);
        } else {
            self.left_out += 1;
        }
    }

    /// Ways with complaints, in the order in which these began.
    #[must_use]
    pub fn ways(&self) -> Vec<&Way> {
        let mut rows: Vec<&Way> = self.ways.values().collect();
        rows.sort_by_key(|way| (way.first().map(|first| first.frame), way.src, way.dst));
        rows
    }

    /// Long packets that vanished, in the order in which that began.
    #[must_use]
    pub fn holes(&self) -> Vec<Hole> {
        let mut rows = self.holes.clone();
        for (&ends, direction) in &self.directions {
            let (place, src, dst) = ends;
            let hole = direction.stuck.and_then(|stuck| stuck.hole(ends, direction));
            rows.extend(hole.filter(|_| !self.ways.contains_key(&(place, src.addr, dst.addr))));
        }
        rows.sort_by_key(|hole| (hole.first.frame, hole.src, hole.dst));
        rows
    }
}

impl Direction {
    fn send(&mut self, header: &Header, segment: &Segment) {
        let end = segment.seq.wrapping_add(segment.len);
        let same = self.waiting.iter().filter(|row| (row.0, row.1) == (end, header.total));
        let first = same.clone().map(|row| row.2).next().unwrap_or(header.at);
        let tries = u32::try_from(same.count()).unwrap_or(u32::MAX).saturating_add(1);
        if self.waiting.len() >= MAX_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back((end, header.total, header.at));
        match &mut self.stuck {
            Some(stuck) if stuck.seq == segment.seq && stuck.length == header.total => {
                stuck.tries = stuck.tries.saturating_add(1);
                stuck.last = header.at;
            }
            Some(stuck) if stuck.seq == segment.seq && header.total < stuck.length => {
                stuck.shorter = Some(stuck.shorter.unwrap_or_default().max(header.total));
            }
            // Others wait for the first that does.
            Some(stuck) if is_at_or_behind(segment.seq, stuck.seq) => {}
            _ if self.acknowledged.is_some_and(|ack| !is_at_or_behind(segment.seq, ack)) => {}
            _ => {
                self.stuck = Some(Stuck {
                    seq: segment.seq,
                    length: header.total,
                    tries,
                    first,
                    last: header.at,
                    shorter: None,
                    alive: false,
                });
            }
        }
    }

    /// What it was stuck at, if this ends it.
    fn acknowledge(&mut self, ack: u32) -> Option<Stuck> {
        self.acknowledged = Some(ack);
        let is_new = |end: u32| is_at_or_behind(ack, end);
        let passes =
            |length: u32| self.stuck.is_none_or(|stuck| stuck.tries < TRIES || length < stuck.length);
        let passed = self.waiting.iter().filter(|row| is_new(row.0) && passes(row.1)).map(|row| row.1).max();
        self.passed = self.passed.max(passed.unwrap_or_default());
        self.waiting.retain(|row| !is_new(row.0));
        let stuck = self.stuck.as_mut()?;
        if stuck.tries >= 2 {
            stuck.alive = true;
        }
        if is_at_or_behind(ack, stuck.seq) && ack != stuck.seq { self.stuck.take() } else { None }
    }
}

impl Stuck {
    /// What it shows, if it is more than loss.
    fn hole(&self, (place, src, dst): Ends, direction: &Direction) -> Option<Hole> {
        let is_over =
            direction.acknowledged.is_some_and(|ack| ack != self.seq && is_at_or_behind(ack, self.seq));
        let is_long = self.length > TAKEN_BY_ALL && self.length > direction.passed;
        // It was only lost if it passed at last as it was.
        let shows = if is_over { self.shorter.is_some() } else { self.alive || self.shorter.is_some() };
        (self.tries >= TRIES && is_long && shows).then_some(Hole {
            place,
            src,
            dst,
            first: self.first,
            last: self.last,
            tries: self.tries,
            length: self.length,
            passed: direction.passed,
            solved: if is_over { self.shorter } else { None },
        })
    }
}

/// What is read of a TCP header.
#[derive(Clone, Copy, Debug)]
struct Segment {
    ports: [u16; 2],
    seq: u32,
    ack: Option<u32>,
    /// Payload bytes on the wire.
    len: u32,
}

impl Segment {
    fn of(datagram: &Datagram<'_>) -> Option<Self> {
        let data = datagram.data;
        let flags = u8_at(data, 13)?;
        let offset = u32::from(u8_at(data, 12)? >> 4) * 4;
        Some(Self {
            ports: ports(data.first_chunk()?),
            seq: u32_at(data, 4)?,
            ack: if flags & 0x10 == 0 { None } else { u32_at(data, 8) },
            len: datagram.len?.saturating_sub(offset),
        })
    }
}

fn ports(start: &[u8; 8]) -> [u16; 2] {
    [u16_at(start, 0).unwrap_or_default(), u16_at(start, 2).unwrap_or_default()]
}

/// Whether one sequence number is another or follows it (RFC 9293 section 3.4).
fn is_at_or_behind(seq: u32, other: u32) -> bool {
    seq.wrapping_sub(other) < 1 << 31
}
