//! Who sends how much to whom: addresses, and pairs of addresses or ports.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::{Packet, Slot};

use super::{Traffic, ends};
use crate::flow::key::{Both, Endpoint, Pair, Side};

/// Addresses and conversations that have a row (docs/faults.md, section 4: flows tracked).
const MAX_ROWS: usize = 262_144;
/// Frames with pieces of datagrams whose length is remembered until they are whole: the last ones.
const MAX_HELD: usize = 16_384;

/// What one address sent and received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Packets from it.
    pub sent: Traffic,
    /// Packets to it.
    pub received: Traffic,
}

/// All addresses of the network layer. In a tunnel those outside and inside count alike; what ICMP errors quote does
/// not.
#[derive(Debug, Default)]
pub struct Endpoints {
    rows: HashMap<IpAddr, Share>,
    /// Packets from or to addresses for which there was no room, each counted once for each of these.
    pub left_out: u64,
    /// Frames without such addresses.
    pub without: u64,
}

impl Endpoints {
    /// Counts one packet.
    pub fn note(&mut self, packet: &Packet<'_>) {
        let bytes = u64::from(packet.frame.wire_len);
        let mut any = false;
        for net in nets(packet) {
            any = true;
            if let Some(share) = self.share(net.0) {
                share.sent.add(bytes);
            }
            if let Some(share) = self.share(net.1) {
                share.received.add(bytes);
            }
        }
        self.without += u64::from(!any);
    }

    fn share(&mut self, addr: IpAddr) -> Option<&mut Share> {
        if self.rows.len() >= MAX_ROWS && !self.rows.contains_key(&addr) {
            self.left_out += 1;
            return None;
        }
        Some(self.rows.entry(addr).or_default())
    }

    /// The addresses, those with the most bytes first.
    #[must_use]
    pub fn rows(&self) -> Vec<(IpAddr, Share)> {
        let mut rows: Vec<(IpAddr, Share)> = self.rows.iter().map(|(addr, share)| (*addr, *share)).collect();
        rows.sort_unstable_by_key(|(addr, share)| {
            let all = share.sent.plus(share.received);
            (std::cmp::Reverse(all.bytes), std::cmp::Reverse(all.packets), *addr)
        });
        rows
    }
}

/// Source and destination of every network layer that is not quoted.
fn nets(packet: &Packet<'_>) -> impl Iterator<Item = (IpAddr, IpAddr)> {
    let is_quoted = |slot: u8| {
        let slot = packet.parts.slots.get(usize::from(slot));
        slot.is_some_and(|slot| slot.flags & Slot::QUOTED != 0)
    };
    packet.parts.nets.iter().filter(move |row| !is_quoted(row.0)).map(|(_, net)| (net.src, net.dst))
}

/// What makes two packets one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Equal addresses and UDP ports.
    Udp,
    /// Equal addresses.
    Ip,
}

/// One conversation.
#[derive(Clone, Copy, Debug)]
pub struct Conversation {
    /// The two ends; without UDP their ports are 0.
    pub pair: Pair,
    /// Who sent the first packet.
    pub client: Side,
    /// `udp.stream`.
    pub stream: Option<u32>,
    /// What each end sent.
    pub sent: Both<Traffic>,
    /// When the first packet passed.
    pub first: Timestamp,
    /// When the last one did.
    pub last: Timestamp,
}

impl Conversation {
    /// What both ends sent.
    #[must_use]
    pub fn all(&self) -> Traffic {
        self.sent[Side::Low].plus(self.sent[Side::High])
    }
}

/// Conversations over UDP, or between addresses whatever they carry.
#[derive(Debug)]
pub struct Conversations {
    between: Between,
    rows: HashMap<Pair, Conversation>,
    /// Lengths of the frames with pieces of datagrams that are not whole yet.
    held: BTreeMap<u64, u32>,
    /// Packets of conversations for which there was no room.
    pub left_out: u64,
}

impl Conversations {
    /// None yet.
    #[must_use]
    pub fn new(between: Between) -> Self {
        Self { between, rows: HashMap::new(), held: BTreeMap::new(), left_out: 0 }
    }

    /// Counts one packet.
    pub fn note(&mut self, packet: &Packet<'_>) {
        match self.between {
            Between::Udp => {
                let earlier = self.earlier_pieces(packet);
                for (slot, facts) in &packet.parts.facts.udp {
                    if let Some((pair, from)) = ends(packet, *slot) {
                        self.add(packet, pair, from, Some((facts.stream, &earlier)));
                    }
                }
            }
            Between::Ip => {
                for (src, dst) in nets(packet) {
                    let end = |addr| Endpoint { addr, port: 0 };
                    let (pair, from) = Pair::new(end(src), end(dst));
                    self.add(packet, pair, from, None);
                }
            }
        }
    }

    /// Lengths of the frames before this one with which it completes a datagram; of a piece that waits, remembers the
    /// length.
    fn earlier_pieces(&mut self, packet: &Packet<'_>) -> Vec<u32> {
        let number = packet.frame.number;
        let mut earlier = Vec::new();
        for (_, datagram) in &packet.parts.facts.datagrams {
            if datagram.pieces.is_empty() && datagram.refused.is_none() {
                self.held.insert(number, packet.frame.wire_len);
            }
            let frames = datagram.pieces.iter().map(|piece| piece.frame).filter(|&frame| frame != number);
            earlier.extend(frames.filter_map(|frame| self.held.remove(&frame)));
        }
        if self.held.len() > MAX_HELD {
            self.held.pop_first();
        }
        earlier
    }

    fn add(&mut self, packet: &Packet<'_>, pair: Pair, from: Side, udp: Option<(u32, &[u32])>) {
        if self.rows.len() >= MAX_ROWS && !self.rows.contains_key(&pair) {
            self.left_out += 1;
            return;
        }
        let time = packet.frame.time;
        let row = self.rows.entry(pair).or_insert_with(|| Conversation {
            pair,
            client: from,
            stream: udp.map(|udp| udp.0),
            sent: Both::default(),
            first: time,
            last: time,
        });
        row.sent[from].add(packet.frame.wire_len.into());
        for &len in udp.map_or(&[][..], |udp| udp.1) {
            row.sent[from].add(len.into());
        }
        row.last = time;
    }

    /// How many have a row.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// What makes a conversation here.
    #[must_use]
    pub fn between(&self) -> Between {
        self.between
    }

    /// The conversations, those with the most bytes first.
    #[must_use]
    pub fn rows(&self) -> Vec<Conversation> {
        let mut rows: Vec<Conversation> = self.rows.values().copied().collect();
        rows.sort_unstable_by_key(|row| {
            let all = row.all();
            (std::cmp::Reverse(all.bytes), std::cmp::Reverse(all.packets), row.pair.low, row.pair.high)
        });
        rows
    }
}
