//! Linux "cooked" captures, versions 1 and 2: what the "any" interface gives instead of a link-layer header
//! (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of the tcpdump.org registry).

use core::fmt;

use crate::bytes::{fixed, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::frame::LinkType;
use crate::link::ethernet::{self, ETHERTYPE, ETHERTYPE_NAMES};
use crate::network::gre::GRE_PROTO;
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

/// Linux's own protocol numbers for frames without an EtherType (`ETH_P_…` up to 1,536).
pub static SLL_LTYPE: Table = Table { name: "sll.ltype" };

const PKTTYPE_NAMES: &[(u64, &str)] = &[
    (0, "Unicast to us"),
    (1, "Broadcast"),
    (2, "Multicast"),
    (3, "Unicast to another host"),
    (4, "Sent by us"),
];
/// Linux's `ARPHRD_…` numbers.
const HATYPE_NAMES: &[(u64, &str)] = &[
    (1, "Ethernet"),
    (32, "InfiniBand"),
    (512, "PPP"),
    (768, "IP in IP"),
    (772, "loopback"),
    (776, "IPv6 in IPv4"),
    (778, "GRE"),
    (801, "IEEE 802.11"),
    (803, "IEEE 802.11 with radiotap"),
    (824, "netlink"),
    (65534, "none"),
];
const LTYPE_NAMES: &[(u64, &str)] = &[
    (0x0001, "raw 802.3"),
    (0x0003, "Ethernet"),
    (0x0004, "802.2 LLC"),
    (0x0007, "PPP"),
    (0x000c, "CAN"),
    (0x000d, "CAN FD"),
];

fields! {
    PKTTYPE = Field::u16("sll.pkttype", "packet type").key().names(PKTTYPE_NAMES),
    IFINDEX = Field::u32("sll.ifindex", "interface index"),
    HATYPE = Field::u16("sll.hatype", "device type").names(HATYPE_NAMES),
    HALEN = Field::u16("sll.halen", "address length"),
    SRC_ETH = Field::mac("sll.src.eth", "source").key(),
    SRC_IPV4 = Field::ipv4("sll.src.ipv4", "source"),
    SRC_OTHER = Field::bytes("sll.src.other", "source"),
    UNUSED = Field::bytes("sll.unused", "unused"),
    ETYPE = Field::u16("sll.etype", "type").hex().names(ETHERTYPE_NAMES),
    GRETYPE = Field::u16("sll.gretype", "type").hex().names(ETHERTYPE_NAMES),
    LTYPE = Field::u16("sll.ltype", "Linux type").hex().names(LTYPE_NAMES),
    TRAILER = Field::bytes("sll.trailer", "trailer");
    ethernet::PADDING,
}

static PROTOCOL: Protocol = Protocol {
    name: "sll",
    title: "Linux cooked",
    about: "Linux cooked capture, versions 1 and 2",
    fields: FIELDS,
    via: Some("ethertype"),
};

static KEYS: &[Key] =
    &[Key::new(&LINK_TYPE, LinkType::LINUX_SLL.0), Key::new(&LINK_TYPE, LinkType::LINUX_SLL2.0)];
static CARRIES: &[&Table] = &[&ETHERTYPE, &GRE_PROTO, &SLL_LTYPE];

/// Bytes of the version 1 header.
const HEADER: usize = 16;
/// Bytes of the version 2 header.
const HEADER_2: usize = 20;
/// Room for the source address in both.
const ADDRESS: usize = 8;
/// Numbers up to here are Linux's own.
const MAX_LINUX: u16 = 1536;
/// `ARPHRD_IPGRE`: the type is one that GRE carries.
const DEVICE_GRE: u16 = 778;

/// Linux cooked capture.
#[derive(Debug)]
pub struct Sll;

/// Where the two versions keep the same things, in bytes from the start.
struct Places {
    header: usize,
    protocol: usize,
    device: usize,
    address: usize,
}

fn version(link: LinkType) -> u8 {
    if link == LinkType::LINUX_SLL2 { 2 } else { 1 }
}

const fn places(version: u8) -> Places {
    match version {
        2 => Places { header: HEADER_2, protocol: 0, device: 8, address: 12 },
        _ => Places { header: HEADER, protocol: 14, device: 2, address: 6 },
    }
}

impl Dissector for Sll {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let version = version(cx.link);
        if version == 2 {
            fixed::<HEADER_2>(data)?;
        } else {
            fixed::<HEADER>(data)?;
        }
        let places = places(version);
        let protocol = u16_at(data, places.protocol).unwrap_or_default();
        let nth = match (protocol, u16_at(data, places.device)) {
            (..=MAX_LINUX, _) => 2,
            (_, Some(DEVICE_GRE)) => 1,
            _ => 0,
        };
        let next = Next::Table { nth, value: protocol.into() };
        Ok(Parsed::new(places.header, usize::MAX, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let version = version(walk.frame().link);
        let places = places(version);
        if version == 2 {
            kind(walk, &places)?;
            walk.u32(&IFINDEX, 4)?;
            walk.u16(&HATYPE, 8)?;
            walk.u8(&PKTTYPE, 10)?;
            let len = walk.u8(&HALEN, 11)?;
            address(walk, places.address, len.into())?;
        } else {
            walk.u16(&PKTTYPE, 0)?;
            walk.u16(&HATYPE, 2)?;
            let len = walk.u16(&HALEN, 4)?;
            address(walk, places.address, len.into())?;
            kind(walk, &places)?;
        }
        if u16_at(walk.data(), places.protocol)? > MAX_LINUX
            && u16_at(walk.data(), places.device)? != DEVICE_GRE
        {
            let end = ethernet::payload_end(&walk.layer())?;
            ethernet::trailer(walk, end, &ethernet::PADDING, &TRAILER, None)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let kind = match layer.packet.frame.link {
            LinkType::LINUX_SLL2 => crate::bytes::u8_at(data, 10).map(u64::from),
            _ => u16_at(data, 0).map(u64::from),
        };
        match kind.and_then(|kind| PKTTYPE.name_of(kind)) {
            Some(name) => out.write_str(name),
            None => out.write_str("Unknown"),
        }
    }
}

fn kind(walk: &mut Walk<'_, '_>, places: &Places) -> Option<()> {
    let protocol = u16_at(walk.data(), places.protocol)?;
    let field = match u16_at(walk.data(), places.device)? {
        _ if protocol <= MAX_LINUX => &LTYPE,
        DEVICE_GRE => &GRETYPE,
        _ => &ETYPE,
    };
    walk.u16(field, places.protocol)?;
    Some(())
}

fn address(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    match len {
        0 => {}
        4 => _ = walk.ipv4(&SRC_IPV4, at)?,
        6 => _ = walk.mac(&SRC_ETH, at)?,
        _ => _ = walk.bytes(&SRC_OTHER, at, len.min(ADDRESS))?,
    }
    if let Some(unused @ 1..) = ADDRESS.checked_sub(len) {
        walk.bytes(&UNUSED, at.saturating_add(len), unused)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn version_one() {
        let mut frame = bytes("0004 0001 0006 020000000001 eeee 0800");
        frame.extend(bytes(UDP));
        frame.extend([1, 2]);
        let seen = Seen::new(LinkType::LINUX_SLL, &frame);
        assert_eq!(seen.protocols, "sll:ethertype:ip:udp");
        seen.expect(&[
            ("sll.pkttype", "4"),
            ("sll.hatype", "1"),
            ("sll.halen", "6"),
            ("sll.src.eth", "02:00:00:00:00:01"),
            ("sll.unused", "eeee"),
            ("sll.etype", "0x0800"),
            ("sll.trailer", "0102"),
        ]);
        survives(LinkType::LINUX_SLL, &frame);
    }

    #[test]
    fn version_two() {
        let mut frame = bytes("0800 0000 00000002 0304 00 00 ffffffffffffffff");
        frame.extend(bytes(UDP));
        let seen = Seen::new(LinkType::LINUX_SLL2, &frame);
        assert_eq!(seen.protocols, "sll:ethertype:ip:udp");
        seen.expect(&[
            ("sll.ifindex", "2"),
            ("sll.hatype", "772"),
            ("sll.halen", "0"),
            ("sll.unused", "ffffffffffffffff"),
        ]);
        survives(LinkType::LINUX_SLL2, &frame);
    }

    #[test]
    fn addresses_of_other_sizes_and_other_types() {
        let mut frame = bytes("0004 030a 0004 01020304 eeeeeeee 0800");
        frame.extend(bytes(UDP));
        let gre = Seen::new(LinkType::LINUX_SLL, &frame);
        assert_eq!(gre.protocols, "sll:ip:udp");
        gre.expect(&[("sll.src.ipv4", "1.2.3.4"), ("sll.gretype", "0x0800"), ("sll.unused", "eeeeeeee")]);
        let llc = Seen::new(LinkType::LINUX_SLL, &bytes("0000 0001 0014 0102030405060708 0004 f0f003 00"));
        assert_eq!(llc.protocols, "sll:llc:data");
        llc.expect(&[("sll.src.other", "0102030405060708"), ("sll.ltype", "0x0004"), ("sll.unused", "")]);
    }
}
