//! What probes and complaints tell of the way between two hosts: routes, pings, and sizes that do not fit.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netdissect_dissectors::bytes::{chunk, u8_at, u16_at, u32_at};
use netdissect_dissectors::packet::{Layer, Packet};

use super::exchange::Moment;
use crate::flow::problem::Problem;

pub mod ping;
pub mod route;
pub mod size;

use ping::Pings;
use route::Routes;
use size::Sizes;

/// Protocol numbers of the Internet layer (IANA).
const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;

/// Where a frame was captured: section and interface of the file, 0 where it does not say. The same packet seen at two
/// places is two packets here, or round trips would be measured from one place to the other.
pub type Place = (u32, u32);

/// All three.
#[derive(Debug, Default)]
pub struct Paths {
    /// Traceroutes, and what said that a time to live was over.
    pub routes: Routes,
    /// Echo requests and replies.
    pub pings: Pings,
    /// Packets that were too big for a link on the way.
    pub sizes: Sizes,
}

impl Paths {
    /// Looks at one packet.
    pub fn note(&mut self, packet: &Packet<'_>) {
        for (slot, net) in &packet.parts.nets {
            if let Some(layer) = packet.layer(usize::from(*slot)).filter(|layer| !layer.is_quoted()) {
                self.sizes.packet(&Header::of(&layer, net.src, net.dst));
            }
        }
        for layer in packet.layers().filter(|layer| !layer.is_quoted()) {
            let name = layer.protocol().name;
            if !matches!(name, "udp" | "tcp" | "icmp" | "icmpv6") {
                continue;
            }
            let Some(datagram) = Datagram::of(&layer) else { continue };
            match name {
                "udp" => self.routes.udp(&datagram),
                "tcp" => {
                    self.routes.tcp(&datagram);
                    self.sizes.tcp(&datagram);
                }
                _ => self.icmp(&datagram, name == "icmpv6"),
            }
        }
    }

    fn icmp(&mut self, datagram: &Datagram<'_>, v6: bool) {
        let Some(&[kind, _, _, _, a, b, c, d]) = datagram.data.first_chunk() else { return };
        let echo = Echo { id: u16::from_be_bytes([a, b]), seq: u16::from_be_bytes([c, d]) };
        // RFC 792 and RFC 4443 number the same messages differently.
        match (v6, kind) {
            (false, 8) | (true, 128) => {
                self.pings.request(datagram, echo);
                self.routes.echo_request(datagram, echo);
            }
            (false, 0) | (true, 129) => {
                self.pings.reply(datagram, echo);
                self.routes.echo_reply(datagram, echo);
            }
            _ => {
                // A piece that came too late says nothing of the way.
                let problem = Problem::read(v6, datagram.data).filter(|it| *it != Problem::Incomplete);
                let Some(problem) = problem else { return };
                let Some(quote) = Quote::of(datagram.data.get(8..).unwrap_or_default()) else { return };
                self.pings.error(datagram, &quote, problem);
                self.routes.error(datagram, &quote, problem);
                if let Problem::TooBig(mtu) = problem {
                    self.sizes.too_big(datagram, &quote, mtu);
                }
            }
        }
    }
}

/// Identifier and sequence number of an echo message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo {
    /// `icmp.ident`
    pub id: u16,
    /// `icmp.seq`
    pub seq: u16,
}

/// What the network header of a packet says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub at: Moment,
    pub place: Place,
    pub src: IpAddr,
    pub dst: IpAddr,
    pub ttl: u8,
    /// IPv4 identification.
    pub id: Option<u16>,
    /// Length of the packet, header included.
    pub total: u32,
    /// Routers may not cut it: DF is set, or it is IPv6.
    pub whole: bool,
    /// It is a piece of a datagram.
    pub piece: bool,
}

impl Header {
    /// Of a network layer with these addresses.
    fn of(layer: &Layer<'_>, src: IpAddr, dst: IpAddr) -> Self {
        let frame = &layer.packet.frame;
        let place = frame.origin.map_or((0, 0), |origin| (origin.section, origin.interface));
        let data = layer.data();
        let flags = u16_at(data, 6).unwrap_or_default();
        let v4 = src.is_ipv4();
        let declared = match v4 {
            true => u32::from(u16_at(data, 2).unwrap_or_default()),
            false => u32::from(u16_at(data, 4).unwrap_or_default()).saturating_add(40),
        };
        Self {
            at: Moment::of(&layer.packet),
            place,
            src,
            dst,
            ttl: u8_at(data, if v4 { 8 } else { 7 }).unwrap_or_default(),
            id: if v4 { u16_at(data, 4) } else { None },
            // 0 stands for a length that the network card was to fill in.
            total: if declared == 0 { layer.slot.len } else { declared },
            whole: !v4 || flags & 0x4000 != 0,
            piece: if v4 { flags & 0x3fff != 0 } else { u8_at(data, 6) == Some(44) },
        }
    }
}

/// A segment, datagram or message with the header before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datagram<'a> {
    pub header: Header,
    /// Bytes on the wire behind the network header; `None` if it is a piece that was read without the others.
    pub len: Option<u32>,
    /// Those of them that were captured.
    pub data: &'a [u8],
}

impl<'a> Datagram<'a> {
    fn of(layer: &Layer<'a>) -> Option<Self> {
        let packet = layer.packet;
        let (slot, net) = packet.parts.nets.iter().rev().find(|row| usize::from(row.0) <= layer.index)?;
        let below = packet.layer(usize::from(*slot))?;
        let header = Header::of(&below, net.src, net.dst);
        let data = layer.data();
        let len = match (net.piece, header.piece) {
            (true, _) => None,
            // The header before a datagram that was put together is that of its last piece.
            (false, true) => Some(layer.slot.len),
            (false, false) => Some(net.payload_len),
        };
        Some(Self { header, len, data })
    }
}

/// The packet that an ICMP error quotes, as far as it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub protocol: u8,
    pub id: Option<u16>,
    /// Length of the packet that was quoted.
    pub total: u32,
    /// Length of its payload, if it carries TCP.
    pub payload: u32,
    /// What follows its header.
    pub start: [u8; 8],
}

impl Quote {
    /// Reads the quotation. Behind an IPv6 header, one fragment header is passed over.
    fn of(data: &[u8]) -> Option<Self> {
        let first = u8_at(data, 0)?;
        let (src, dst, protocol, at, id, total): (IpAddr, IpAddr, u8, usize, _, u32) = match first >> 4 {
            4 => (
                Ipv4Addr::from(chunk::<4>(data, 12)?).into(),
                Ipv4Addr::from(chunk::<4>(data, 16)?).into(),
                u8_at(data, 9)?,
                usize::from(first & 15) * 4,
                u16_at(data, 4),
                u16_at(data, 2)?.into(),
            ),
            6 => {
                let next = u8_at(data, 6)?;
                let (protocol, at) = if next == 44 { (u8_at(data, 40)?, 48) } else { (next, 40) };
                (
                    Ipv6Addr::from(chunk::<16>(data, 8)?).into(),
                    Ipv6Addr::from(chunk::<16>(data, 24)?).into(),
                    protocol,
                    at,
                    None,
                    u32::from(u16_at(data, 4)?).saturating_add(40),
                )
            }
            _ => return None,
        };
        // Old routers quote no more than eight bytes of TCP.
        let tcp = usize::from(u8_at(data, at.saturating_add(12)).unwrap_or(5 << 4) >> 4) * 4;
        let payload = total.saturating_sub(u32::try_from(at.saturating_add(tcp)).ok()?);
        Some(Self { src, dst, protocol, id, total, payload, start: chunk(data, at)? })
    }

    /// The echo request that was quoted.
    fn echo(&self) -> Option<Echo> {
        let [kind, _, _, _, a, b, c, d] = self.start;
        let is_request = matches!((self.protocol, kind), (ICMP, 8) | (ICMPV6, 128));
        is_request.then_some(Echo { id: u16::from_be_bytes([a, b]), seq: u16::from_be_bytes([c, d]) })
    }

    /// Sequence number of the segment that was quoted.
    fn seq(&self) -> Option<u32> {
        if self.protocol == TCP { u32_at(&self.start, 4) } else { None }
    }
}

/// Round trips, added up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trips {
    /// How many.
    pub count: u64,
    /// The shortest, in ns.
    pub least: i64,
    /// The longest.
    pub most: i64,
    sum: i64,
    squares: u128,
    last: i64,
    steps: i64,
}

impl Trips {
    /// One more, of so many ns.
    pub fn add(&mut self, trip: i64) {
        if self.count == 0 {
            (self.least, self.most) = (trip, trip);
        } else {
            self.steps = self.steps.saturating_add(trip.saturating_sub(self.last).saturating_abs());
        }
        self.count = self.count.saturating_add(1);
        self.least = self.least.min(trip);
        self.most = self.most.max(trip);
        self.sum = self.sum.saturating_add(trip);
        let length = u128::from(trip.unsigned_abs());
        self.squares = self.squares.saturating_add(length.saturating_mul(length));
        self.last = trip;
    }

    /// Their mean in ns.
    #[must_use]
    pub fn mean(&self) -> Option<i64> {
        self.sum.checked_div(i64::try_from(self.count).ok()?)
    }

    /// Their standard deviation in ns, which `ping` calls mdev.
    #[must_use]
    pub fn deviation(&self) -> Option<i64> {
        let mean = u128::from(self.mean()?.unsigned_abs());
        let squares = self.squares.checked_div(u128::from(self.count))?;
        i64::try_from(squares.saturating_sub(mean.saturating_mul(mean)).isqrt()).ok()
    }

    /// The mean difference between one and the next, in ns.
    #[must_use]
    pub fn jitter(&self) -> Option<i64> {
        let steps = i64::try_from(self.count.checked_sub(1)?).ok()?;
        self.steps.checked_div(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trips_add_up() {
        let mut trips = Trips::default();
        assert_eq!((trips.mean(), trips.deviation(), trips.jitter()), (None, None, None));
        for trip in [10, 20, 30] {
            trips.add(trip);
        }
        assert_eq!((trips.least, trips.most), (10, 30));
        assert_eq!((trips.mean(), trips.deviation(), trips.jitter()), (Some(20), Some(8), Some(10)));
    }

    #[test]
    fn quotes_that_are_cut_are_none() {
        assert!(Quote::of(&[]).is_none());
        assert!(Quote::of(&[0x45; 27]).is_none());
        assert!(Quote::of(&[0x45; 28]).is_some());
        assert!(Quote::of(&[0x4f; 28]).is_none());
        assert!(Quote::of(&[0x60; 47]).is_none());
    }
}
