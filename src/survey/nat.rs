//! Flows that were captured on both sides of an address translator, and what it made of their addresses.
//!
//! A translator changes addresses, ports and checksums, and lets alone what only the ends understand: initial sequence
//! numbers, time stamps, the options of a SYN, payload. Two flows with different addresses and equal such numbers are one.

use std::collections::{BTreeMap, HashMap, HashSet};

use netdissect_dissectors::bytes::{u8_at, u16_at, u32_at, up_to};
use netdissect_dissectors::packet::{Layer, Packet};

use super::exchange::Moment;
use crate::flow::key::Endpoint;

/// Flows that are remembered.
const MAX_FLOWS: usize = 65_536;
/// Payloads of one direction that are compared: the first ones.
const MAX_SAMPLES: usize = 4;
/// Bytes of each that are.
const SAMPLE: usize = 16;
/// Flows with one equal number that are compared with each other; of more, it tells nothing.
const MAX_ALIKE: usize = 64;
/// What all evidence must weigh.
const ENOUGH: u32 = 2;

/// What carries a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Carrier {
    /// Segments.
    Tcp,
    /// Datagrams.
    Udp,
    /// Echo messages; their identifier stands for the client's port.
    Icmp,
}

impl Carrier {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
        }
    }
}

/// What two flows have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The client's initial sequence number.
    ClientIsn,
    /// The server's.
    ServerIsn,
    /// The time stamp of the SYN (RFC 7323).
    Timestamp,
    /// Kinds and values of the SYN's other options, but for the segment size, which translators may lower.
    Options,
    /// The first bytes of payload, in TCP at the same sequence numbers.
    Payload,
    /// The IPv4 identification of the first packet.
    Identification,
}

impl Evidence {
    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientIsn => "client-isn",
            Self::ServerIsn => "server-isn",
            Self::Timestamp => "timestamp",
            Self::Options => "options",
            Self::Payload => "payload",
            Self::Identification => "ip-id",
        }
    }

    const fn weight(self) -> u32 {
        match self {
            Self::ClientIsn | Self::ServerIsn => 2,
            Self::Timestamp | Self::Payload | Self::Identification => 1,
            // All hosts with one system have the same.
            Self::Options => 0,
        }
    }
}

/// A flow as it was seen on one side.
#[derive(Clone, Debug)]
pub struct Sight {
    /// What carries it.
    pub carrier: Carrier,
    /// Who began.
    pub client: Endpoint,
    /// The other end.
    pub server: Endpoint,
    /// Its first packet.
    pub first: Moment,
    /// Packets of client and server.
    pub packets: [u64; 2],
    /// Time to live of the client's first packet.
    ttl: Option<u8>,
    id: Option<u16>,
    isn: [Option<u32>; 2],
    timestamp: Option<u32>,
    options: Option<Vec<u8>>,
    samples: [Vec<Sample>; 2],
}

/// The beginning of a payload, and its sequence number or 0.
type Sample = (u32, [u8; SAMPLE]);

/// A flow before and behind a translator.
#[derive(Clone, Debug)]
pub struct Translation {
    /// On the client's side.
    pub before: Sight,
    /// On the server's side.
    pub after: Sight,
    /// Why both are one.
    pub evidence: Vec<Evidence>,
}

impl Translation {
    /// The client's address or port was changed.
    #[must_use]
    pub fn is_source(&self) -> bool {
        self.before.client != self.after.client
    }

    /// The server's was.
    #[must_use]
    pub fn is_destination(&self) -> bool {
        self.before.server != self.after.server
    }
}

/// All flows.
#[derive(Debug, Default)]
pub struct Translations {
    flows: Vec<Sight>,
    /// The latest flow between two ends, in the order of its client.
    latest: HashMap<(Carrier, Endpoint, Endpoint), usize>,
    /// Packets of flows for which there was no room.
    pub left_out: u64,
}

impl Translations {
    /// Looks at one packet.
    pub fn note(&mut self, packet: &Packet<'_>) {
        for layer in packet.layers().filter(|layer| !layer.is_quoted()) {
            match layer.protocol().name {
                "tcp" => self.tcp(&layer),
                "udp" => self.udp(&layer),
                "icmp" | "icmpv6" => self.echo(&layer),
                _ => {}
            }
        }
    }

    /// How many flows there are.
    #[must_use]
    pub fn flows(&self) -> u64 {
        self.flows.len() as u64
    }

    fn tcp(&mut self, layer: &Layer<'_>) {
        const SYN: u8 = 0x02;
        const ACK: u8 = 0x10;
        let data = layer.data();
        let Some([src, dst]) = ends(layer) else { return };
        let (Some(seq), Some(flags), Some(offset)) = (u32_at(data, 4), u8_at(data, 13), u8_at(data, 12))
        else {
            return;
        };
        let header = usize::from(offset >> 4) * 4;
        let opens = flags & (SYN | ACK) == SYN;
        let isn = if opens { Some(seq) } else { None };
        let Some((sight, side)) = self.sight(layer, Carrier::Tcp, [src, dst], isn) else { return };
        if opens && side == 0 && sight.options.is_none() {
            let (timestamp, options) = syn_options(data.get(20..header).unwrap_or_default());
            sight.timestamp = timestamp;
            sight.options = Some(options);
        }
        if flags & SYN != 0 {
            sight.isn[side].get_or_insert(seq);
        }
        sight.sample(side, seq, data.get(header..).unwrap_or_default());
    }

    fn udp(&mut self, layer: &Layer<'_>) {
        let Some([src, dst]) = ends(layer) else { return };
        if dst.addr.is_multicast() || src.port == 0 {
            return;
        }
        let Some((sight, side)) = self.sight(layer, Carrier::Udp, [src, dst], None) else { return };
        sight.sample(side, 0, layer.data().get(8..).unwrap_or_default());
    }

    fn echo(&mut self, layer: &Layer<'_>) {
        let (Some(net), Some(&[kind, _, _, _, a, b, _, _])) = (layer.net(), layer.data().first_chunk())
        else {
            return;
        };
        if !matches!(kind, 0 | 8 | 128 | 129) || net.piece {
            return;
        }
        let id = u16::from_be_bytes([a, b]);
        let (from, to) = if matches!(kind, 8 | 128) { (id, 0) } else { (0, id) };
        let ends = [Endpoint { addr: net.src, port: from }, Endpoint { addr: net.dst, port: to }];
        let Some((sight, side)) = self.sight(layer, Carrier::Icmp, ends, None) else { return };
        // With the sequence number, which no translator changes.
        sight.sample(side, 0, layer.data().get(6..).unwrap_or_default());
    }

    /// The flow of this packet and who of its ends sent it: 0 for the client. A SYN with another number begins a new one.
    fn sight(
        &mut self,
        layer: &Layer<'_>,
        carrier: Carrier,
        [src, dst]: [Endpoint; 2],
        isn: Option<u32>,
    ) -> Option<(&mut Sight, usize)> {
        let net = layer.net()?;
        let known = [(src, dst), (dst, src)]
            .into_iter()
            .enumerate()
            .find_map(|(side, (client, server))| Some((*self.latest.get(&(carrier, client, server))?, side)));
        let begins_anew = |at: usize, side: usize| {
            let before = self.flows.get(at).and_then(|sight| sight.isn[side]);
            isn.is_some() && before.is_some() && isn != before
        };
        let (at, side) = match known {
            Some((at, side)) if !begins_anew(at, side) => (at, side),
            _ if self.flows.len() >= MAX_FLOWS => {
                self.left_out += 1;
                return None;
            }
            _ => {
                self.latest.remove(&(carrier, dst, src));
                self.latest.insert((carrier, src, dst), self.flows.len());
                self.flows.push(Sight {
                    carrier,
                    client: src,
                    server: dst,
                    first: Moment::of(&layer.packet),
                    packets: [0; 2],
                    ttl: None,
                    id: None,
                    isn: [None; 2],
                    timestamp: None,
                    options: None,
                    samples: [Vec::new(), Vec::new()],
                });
                (self.flows.len() - 1, 0)
            }
        };
        let sight = self.flows.get_mut(at)?;
        sight.packets[side] += 1;
        if side == 0 && sight.ttl.is_none() {
            sight.ttl = Some(net.ttl);
            sight.id = net.id.filter(|&id| id != 0);
        }
        Some((sight, side))
    }

    /// The flows that were translated, in the order in which they began.
    #[must_use]
    pub fn rows(&self) -> Vec<Translation> {
        let mut alike: BTreeMap<Mark, Vec<usize>> = BTreeMap::new();
        for (at, sight) in self.flows.iter().enumerate() {
            for mark in sight.marks() {
                alike.entry(mark).or_default().push(at);
            }
        }
        let mut rows: Vec<Translation> = Vec::new();
        let mut done = HashSet::new();
        for flows in alike.into_values().filter(|flows| (2..=MAX_ALIKE).contains(&flows.len())) {
            for (nth, &a) in flows.iter().enumerate() {
                for &b in flows.iter().skip(nth + 1) {
                    let (Some(one), Some(other)) = (self.flows.get(a), self.flows.get(b)) else { continue };
                    if done.insert((a, b)) {
                        rows.extend(pair(one, other));
                    }
                }
            }
        }
        // Behind two translators, the way from before the first to behind the second goes over both.
        let ends = |row: &Translation| (row.before.first.frame, row.after.first.frame);
        let mut steps: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (before, after) in rows.iter().map(ends) {
            steps.entry(before).or_default().push(after);
        }
        let goes_on = |from: &u64, to: u64| steps.get(from).is_some_and(|next| next.contains(&to));
        rows.retain(|row| {
            let (before, after) = ends(row);
            !steps.get(&before).is_some_and(|next| next.iter().any(|between| goes_on(between, after)))
        });
        rows.sort_by_key(ends);
        rows
    }
}

/// One number by which flows are found that may be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Isn(u32),
    Timestamp(u32),
    Payload(Carrier, Sample),
}

impl Sight {
    fn sample(&mut self, side: usize, seq: u32, payload: &[u8]) {
        let Some(samples) = self.samples.get_mut(side) else { return };
        if payload.is_empty() || samples.len() >= MAX_SAMPLES {
            return;
        }
        let mut sample = [0; SAMPLE];
        for (to, from) in sample.iter_mut().zip(up_to(payload, 0, SAMPLE)) {
            *to = *from;
        }
        samples.push((seq, sample));
    }

    fn marks(&self) -> impl Iterator<Item = Mark> + '_ {
        let isn = self.isn.iter().flatten().map(|&isn| Mark::Isn(isn));
        let timestamp = self.timestamp.map(Mark::Timestamp);
        let samples: HashSet<Sample> = self.samples.iter().flatten().copied().collect();
        isn.chain(timestamp).chain(samples.into_iter().map(|sample| Mark::Payload(self.carrier, sample)))
    }

    /// The same with the ends exchanged: without a SYN, whoever was heard first was taken for the client.
    fn turned(&self) -> Self {
        let mut turned = self.clone();
        std::mem::swap(&mut turned.client, &mut turned.server);
        turned.packets.reverse();
        turned.samples.reverse();
        (turned.ttl, turned.id) = (None, None);
        turned
    }

    fn shares_payload(&self, other: &Self) -> bool {
        self.samples
            .iter()
            .zip(&other.samples)
            .any(|(mine, theirs)| mine.iter().any(|sample| theirs.contains(sample)))
    }
}

/// Both as one flow, if they are.
fn pair(one: &Sight, other: &Sight) -> Option<Translation> {
    if one.carrier != other.carrier {
        return None;
    }
    let turned;
    let other = match one.isn[0].is_none() || other.isn[0].is_none() {
        true if !one.shares_payload(other) => {
            turned = other.turned();
            &turned
        }
        _ => other,
    };
    // One flow that was seen twice was not translated.
    if (one.client, one.server) == (other.client, other.server) {
        return None;
    }
    let evidence = evidence(one, other)?;
    let routed = one.ttl.zip(other.ttl).map(|(one, other)| one.cmp(&other));
    let moved = one.client.addr != other.client.addr || one.server.addr != other.server.addr;
    let is_known = evidence.iter().any(|evidence| evidence.weight() >= ENOUGH);
    // Numbers that are not random may be equal by chance, or because somebody asked two servers the same.
    let crossed = routed.is_some_and(std::cmp::Ordering::is_ne);
    let midstream =
        one.carrier == Carrier::Tcp && evidence.contains(&Evidence::Payload) && one.isn[0].is_none();
    let weight: u32 = evidence.iter().map(|evidence| evidence.weight()).sum();
    if !is_known && !(moved && (crossed || midstream) && (weight >= ENOUGH || midstream)) {
        return None;
    }
    // Routers take from the time to live; where none is between, the first to be seen is nearer to the client.
    let first_is_before = match routed {
        Some(std::cmp::Ordering::Greater) => true,
        Some(std::cmp::Ordering::Less) => false,
        _ => one.first.time <= other.first.time,
    };
    let (before, after) = if first_is_before { (one, other) } else { (other, one) };
    Some(Translation { before: before.clone(), after: after.clone(), evidence })
}

/// What both have in common; `None` if something contradicts.
fn evidence(one: &Sight, other: &Sight) -> Option<Vec<Evidence>> {
    let mut found = Vec::new();
    for (side, name) in [(0, Evidence::ClientIsn), (1, Evidence::ServerIsn)] {
        if let (Some(a), Some(b)) = (one.isn[side], other.isn[side])
            && a == b
        {
            found.push(name);
        }
    }
    if let (Some(a), Some(b)) = (one.timestamp, other.timestamp) {
        if a != b && found.len() < 2 {
            return None;
        }
        if a == b {
            found.push(Evidence::Timestamp);
        }
    }
    if let (Some(a), Some(b)) = (&one.options, &other.options)
        && a == b
        && !a.is_empty()
    {
        found.push(Evidence::Options);
    }
    let bare = |sight: &Sight| {
        let strip = |samples: &Vec<Sample>, isn: Option<u32>| -> Vec<Sample> {
            samples.iter().map(|(seq, bytes)| (seq.wrapping_sub(isn.unwrap_or_default()), *bytes)).collect()
        };
        [strip(&sight.samples[0], sight.isn[0]), strip(&sight.samples[1], sight.isn[1])]
    };
    // A translator that chooses initial numbers itself keeps the distances from them.
    let (mine, theirs) = (bare(one), bare(other));
    let same = |side: usize| mine[side].iter().any(|sample| theirs[side].contains(sample));
    let differs = |side: usize| {
        let complete = one.carrier == Carrier::Tcp && one.isn[side].is_some() && other.isn[side].is_some();
        complete
            && mine[side].iter().any(|a| theirs[side].iter().any(|b| a.0 == b.0 && a.1 != b.1 && a.0 == 1))
    };
    if (differs(0) || differs(1)) && !(same(0) || same(1)) {
        // Other bytes at the same place: the numbers are equal by chance, or a proxy rewrites what it passes on.
        return None;
    }
    if same(0) || same(1) {
        found.push(Evidence::Payload);
    }
    if let (Some(a), Some(b)) = (one.id, other.id)
        && a == b
    {
        found.push(Evidence::Identification);
    }
    Some(found)
}

/// Value of the time stamp of a SYN, and its other options without padding and segment size.
fn syn_options(mut rest: &[u8]) -> (Option<u32>, Vec<u8>) {
    let (mut timestamp, mut others) = (None, Vec::new());
    while let Some(&kind) = rest.first() {
        match kind {
            0 => break,
            1 => rest = rest.get(1..).unwrap_or_default(),
            _ => {
                let len = usize::from(u8_at(rest, 1).unwrap_or_default());
                let Some(option) = rest.get(..len).filter(|option| option.len() >= 2) else { break };
                match kind {
                    2 => {}
                    8 => timestamp = u32_at(option, 2),
                    _ => others.extend_from_slice(option),
                }
                rest = rest.get(len..).unwrap_or_default();
            }
        }
    }
    (timestamp, others)
}

/// Source and destination of a segment or datagram: both headers begin with the two ports.
fn ends(layer: &Layer<'_>) -> Option<[Endpoint; 2]> {
    let net = layer.net()?;
    let data = layer.data();
    Some([
        Endpoint { addr: net.src, port: u16_at(data, 0)? },
        Endpoint { addr: net.dst, port: u16_at(data, 2)? },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_without_padding_size_and_time() {
        let all = [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7];
        assert_eq!(syn_options(&all), (Some(7), vec![4, 2, 3, 3, 7]));
        assert_eq!(syn_options(&[2]), (None, vec![]));
        assert_eq!(syn_options(&[3, 0, 1]), (None, vec![]));
        assert_eq!(syn_options(&[3, 9, 1]), (None, vec![]));
    }
}
