//! Address Resolution Protocol (RFC 826) and its relatives with the same layout: RARP (RFC 903), InARP (RFC 2390).

use core::fmt;
use core::net::Ipv4Addr;

use crate::bytes::{chunk, fixed, slice};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::link::ethernet::{ETHERTYPE, ETHERTYPE_NAMES, TYPE_IPV4};
use crate::network::gre::GRE_PROTO;
use crate::packet::Layer;
use crate::walk::Walk;

const HARDWARE_NAMES: &[(u64, &str)] = &[
    (1, "Ethernet"),
    (6, "IEEE 802"),
    (7, "ARCNET"),
    (15, "frame relay"),
    (16, "ATM"),
    (18, "Fibre Channel"),
    (19, "ATM"),
    (24, "IEEE 1394"),
    (32, "InfiniBand"),
];
const OPCODE_NAMES: &[(u64, &str)] = &[
    (1, "request"),
    (2, "reply"),
    (3, "reverse request"),
    (4, "reverse reply"),
    (5, "drarp request"),
    (6, "drarp reply"),
    (7, "drarp error"),
    (8, "inarp request"),
    (9, "inarp reply"),
    // RFC 1577 and RFC 5494.
    (10, "arp nak"),
    (24, "experimental 1"),
    (25, "experimental 2"),
];

fields! {
    HW_TYPE = Field::u16("arp.hw.type", "hardware type").names(HARDWARE_NAMES),
    PROTO_TYPE = Field::u16("arp.proto.type", "protocol type").hex().names(ETHERTYPE_NAMES),
    HW_SIZE = Field::u8("arp.hw.size", "hardware address size"),
    PROTO_SIZE = Field::u8("arp.proto.size", "protocol address size"),
    OPCODE = Field::u16("arp.opcode", "operation").key().names(OPCODE_NAMES),
    GRATUITOUS = Field::bool("arp.isgratuitous", "gratuitous"),
    PROBE = Field::bool("arp.isprobe", "probe"),
    ANNOUNCEMENT = Field::bool("arp.isannouncement", "announcement"),
    SRC_MAC = Field::mac("arp.src.hw_mac", "sender's hardware address").key(),
    SRC_HW = Field::bytes("arp.src.hw", "sender's hardware address"),
    SRC_IPV4 = Field::ipv4("arp.src.proto_ipv4", "sender's address").key(),
    SRC_PROTO = Field::bytes("arp.src.proto", "sender's address"),
    DST_MAC = Field::mac("arp.dst.hw_mac", "target's hardware address").key(),
    DST_HW = Field::bytes("arp.dst.hw", "target's hardware address"),
    DST_IPV4 = Field::ipv4("arp.dst.proto_ipv4", "target's address").key(),
    DST_PROTO = Field::bytes("arp.dst.proto", "target's address"),
}

static PROTOCOL: Protocol = Protocol {
    name: "arp",
    title: "ARP",
    about: "Address Resolution Protocol (RFC 826), RARP, InARP",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] =
    &[Key::new(&ETHERTYPE, 0x0806), Key::new(&ETHERTYPE, 0x8035), Key::new(&GRE_PROTO, 0x0806)];

/// Bytes before the addresses.
const HEADER: usize = 8;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// Address Resolution Protocol.
#[derive(Debug)]
pub struct Arp;

/// The fixed part, and where the addresses lie.
#[derive(Clone, Copy)]
struct Head {
    mac: bool,
    ipv4: bool,
    hw: usize,
    proto: usize,
    opcode: u16,
}

impl Head {
    fn read(data: &[u8]) -> Result<Self, Fault> {
        let &[h1, h0, p1, p0, hw, proto, o1, o0] = fixed::<HEADER>(data)?;
        Ok(Self {
            // Ethernet and its IEEE 802 relatives.
            mac: matches!(u16::from_be_bytes([h1, h0]), 1 | 6) && hw == 6,
            ipv4: u16::from_be_bytes([p1, p0]) == TYPE_IPV4 && proto == 4,
            hw: hw.into(),
            proto: proto.into(),
            opcode: u16::from_be_bytes([o1, o0]),
        })
    }

    fn src_proto(self) -> usize {
        HEADER.saturating_add(self.hw)
    }
    fn dst_hw(self) -> usize {
        self.src_proto().saturating_add(self.proto)
    }
    fn dst_proto(self) -> usize {
        self.dst_hw().saturating_add(self.hw)
    }
    fn len(self) -> usize {
        self.dst_proto().saturating_add(self.proto)
    }
}

/// What a packet for IPv4 is about.
struct Ipv4 {
    src: Ipv4Addr,
    dst: Ipv4Addr,
    /// Nobody's hardware address is filled in for the target.
    unknown_target: bool,
}

impl Ipv4 {
    fn read(data: &[u8], head: Head) -> Option<Self> {
        let src = chunk::<4>(data, head.src_proto())?.into();
        let dst = chunk::<4>(data, head.dst_proto())?.into();
        let target = slice(data, head.dst_hw(), head.hw)?;
        head.ipv4.then_some(Self { src, dst, unknown_target: target.iter().all(|&byte| byte == 0) })
    }

    fn is_gratuitous(&self, head: Head) -> bool {
        matches!(head.opcode, REQUEST | REPLY) && self.src == self.dst
    }
    /// RFC 5227 section 2.3.
    fn is_announcement(&self, head: Head) -> bool {
        self.is_gratuitous(head) && head.opcode == REQUEST && self.unknown_target
    }
    /// RFC 5227 section 1.1: the target's hardware address is ignored, whatever the sender left there.
    fn is_probe(&self, head: Head) -> bool {
        head.opcode == REQUEST && self.src.is_unspecified() && !self.is_gratuitous(head)
    }
    /// A probe with zeros for the hardware address that it does not know (RFC 5227 section 2.1.1): Wireshark calls no
    /// other one.
    fn is_tidy_probe(&self, head: Head) -> bool {
        self.is_probe(head) && self.unknown_target
    }
}

impl Dissector for Arp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let need = Head::read(data)?.len();
        if data.len() < need {
            return Err(Fault::Short { need, have: data.len() });
        }
        Ok(Parsed::end(need))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u16(&HW_TYPE, 0)?;
        walk.u16(&PROTO_TYPE, 2)?;
        walk.u8(&HW_SIZE, 4)?;
        walk.u8(&PROTO_SIZE, 5)?;
        walk.u16(&OPCODE, 6)?;
        let head = Head::read(walk.data()).ok()?;
        if let Some(addresses) = Ipv4::read(walk.data(), head) {
            if addresses.is_tidy_probe(head) {
                walk.bool(&PROBE, 0..head.len(), true)?;
            }
            if addresses.is_gratuitous(head) {
                walk.bool(&GRATUITOUS, 0..head.len(), true)?;
            }
            if addresses.is_announcement(head) {
                walk.bool(&ANNOUNCEMENT, 0..head.len(), true)?;
            }
        }
        hardware(walk, head, HEADER, &SRC_MAC, &SRC_HW)?;
        protocol(walk, head, head.src_proto(), &SRC_IPV4, &SRC_PROTO)?;
        hardware(walk, head, head.dst_hw(), &DST_MAC, &DST_HW)?;
        protocol(walk, head, head.dst_proto(), &DST_IPV4, &DST_PROTO)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Ok(head) = Head::read(data) else { return out.write_str("header cut") };
        let Some(addresses) = Ipv4::read(data, head) else {
            return match OPCODE.name_of(head.opcode.into()) {
                Some(name) => out.write_str(name),
                None => write!(out, "Unknown ARP opcode {:#06x}", head.opcode),
            };
        };
        let Ipv4 { src, dst, .. } = addresses;
        let (src_hw, dst_hw) = (Hardware(data, HEADER, head.hw), Hardware(data, head.dst_hw(), head.hw));
        match head.opcode {
            REQUEST if addresses.is_probe(head) => write!(out, "Who has {dst}? (ARP Probe)"),
            REQUEST if addresses.is_announcement(head) => write!(out, "ARP Announcement for {dst}"),
            REQUEST if addresses.is_gratuitous(head) => write!(out, "Gratuitous ARP for {dst} (Request)"),
            REQUEST => write!(out, "Who has {dst}? Tell {src}"),
            REPLY if addresses.is_gratuitous(head) => write!(out, "Gratuitous ARP for {src} (Reply)"),
            REPLY => write!(out, "{src} is at {src_hw}"),
            3 | 5 => write!(out, "Who is {dst_hw}? Tell {src_hw}"),
            // RFC 1931: a DRARP reply says what a RARP reply does.
            4 | 6 => write!(out, "{dst_hw} is at {dst}"),
            8 => write!(out, "Who is {dst_hw}? Tell {src_hw}"),
            9 => write!(out, "{src_hw} is at {src}"),
            other => match OPCODE.name_of(other.into()) {
                Some(name) => out.write_str(name),
                None => write!(out, "Unknown ARP opcode {other:#06x}"),
            },
        }
    }
}

/// A hardware address of any size, spelled with colons.
struct Hardware<'a>(&'a [u8], usize, usize);

impl fmt::Display for Hardware<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for byte in slice(self.0, self.1, self.2).unwrap_or_default() {
            write!(f, "{separator}{byte:02x}")?;
            separator = ":";
        }
        Ok(())
    }
}

fn hardware(
    walk: &mut Walk<'_, '_>,
    head: Head,
    at: usize,
    mac: &'static Field,
    other: &'static Field,
) -> Option<()> {
    match head.hw {
        0 => {}
        _ if head.mac => _ = walk.mac(mac, at)?,
        len => _ = walk.bytes(other, at, len)?,
    }
    Some(())
}

fn protocol(
    walk: &mut Walk<'_, '_>,
    head: Head,
    at: usize,
    ipv4: &'static Field,
    other: &'static Field,
) -> Option<()> {
    match head.proto {
        0 => {}
        _ if head.ipv4 => _ = walk.ipv4(ipv4, at)?,
        len => _ = walk.bytes(other, at, len)?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    fn seen(arp: &str) -> Seen {
        let frame = [bytes("ffffffffffff 020000000001 0806"), bytes(arp)].concat();
        survives(LinkType::ETHERNET, &frame);
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn request_and_reply() {
        let request = seen("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002");
        assert_eq!(request.protocols, "eth:ethertype:arp");
        assert_eq!(request.info, "Who has 10.0.0.2? Tell 10.0.0.1");
        request.expect(&[
            ("arp.hw.type", "1"),
            ("arp.proto.type", "0x0800"),
            ("arp.hw.size", "6"),
            ("arp.proto.size", "4"),
            ("arp.opcode", "1"),
            ("arp.src.hw_mac", "02:00:00:00:00:01"),
            ("arp.src.proto_ipv4", "10.0.0.1"),
            ("arp.dst.hw_mac", "00:00:00:00:00:00"),
            ("arp.dst.proto_ipv4", "10.0.0.2"),
            ("arp.isgratuitous", ""),
        ]);
        let reply = seen("0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002");
        assert_eq!(reply.info, "10.0.0.1 is at 02:00:00:00:00:01");
    }

    #[test]
    fn probe_announcement_gratuitous() {
        let flags = |seen: &Seen| {
            [seen.get("arp.isprobe"), seen.get("arp.isannouncement"), seen.get("arp.isgratuitous")].join(":")
        };
        let probe = seen("0001 0800 06 04 0001 020000000001 00000000 000000000000 0a000002");
        assert_eq!(flags(&probe), "1::");
        assert_eq!(probe.info, "Who has 10.0.0.2? (ARP Probe)");
        // As arping -D sends it.
        let probe = seen("0001 0800 06 04 0001 020000000001 00000000 ffffffffffff 0a000002");
        assert_eq!(flags(&probe), "::");
        assert_eq!(probe.info, "Who has 10.0.0.2? (ARP Probe)");
        let announcement = seen("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000001");
        assert_eq!(flags(&announcement), ":1:1");
        assert_eq!(announcement.info, "ARP Announcement for 10.0.0.1");
        let reply = seen("0001 0800 06 04 0002 020000000001 0a000001 ffffffffffff 0a000001");
        assert_eq!(flags(&reply), "::1");
        assert_eq!(reply.info, "Gratuitous ARP for 10.0.0.1 (Reply)");
    }

    #[test]
    fn relatives_say_what_they_mean() {
        let reply = seen("0001 0800 06 04 0006 020000000001 0a000001 020000000002 0a000002");
        assert_eq!(reply.info, "02:00:00:00:00:02 is at 10.0.0.2");
        let refused = seen("0001 0800 06 04 000a 020000000001 0a000001 020000000002 0a000002");
        assert_eq!(refused.info, "arp nak");
        let other = seen("0001 0800 06 04 001a 020000000001 0a000001 020000000002 0a000002");
        assert_eq!(other.info, "Unknown ARP opcode 0x001a");
    }

    #[test]
    fn addresses_of_other_kinds() {
        let relay = seen("000f 0800 02 04 0008 0102 0a000001 0304 0a000002");
        relay.expect(&[("arp.src.hw", "0102"), ("arp.dst.hw", "0304"), ("arp.src.hw_mac", "")]);
        assert_eq!(relay.info, "Who is 03:04? Tell 01:02");
        let odd = seen("0001 0800 06 02 0001 020000000001 0a00 000000000000 0a01");
        odd.expect(&[("arp.src.proto", "0a00"), ("arp.dst.proto", "0a01"), ("arp.src.proto_ipv4", "")]);
    }

    #[test]
    fn sizes_beyond_the_packet_are_cut() {
        let seen = seen("0001 0800 ff 04 0001");
        assert_eq!(seen.faults, ["cut: 8 of 526 bytes"]);
        seen.expect(&[("arp.hw.size", "255"), ("arp.src.hw", "")]);
    }
}
