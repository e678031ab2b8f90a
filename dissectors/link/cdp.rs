//! Cisco Discovery Protocol: what a neighbour says about itself (Cisco's description of its frame format, and what its
//! devices send).

use core::fmt;

use crate::bytes::{fixed, slice, u16_at};
use crate::checksum::{self, STATUS_NAMES, Status};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value};
use crate::link::chdlc::CHDLC_PROTOCOL;
use crate::link::llc::LLC_CISCO_PID;
use crate::link::ppp::PPP_PROTOCOL;
use crate::packet::Layer;
use crate::walk::Walk;

const TYPE_NAMES: &[(u64, &str)] = &[
    (0x0001, "device ID"),
    (0x0002, "addresses"),
    (0x0003, "port ID"),
    (0x0004, "capabilities"),
    (0x0005, "software version"),
    (0x0006, "platform"),
    (0x0007, "IP prefixes"),
    (0x0008, "hello"),
    (0x0009, "VTP domain"),
    (0x000a, "native VLAN"),
    (0x000b, "duplex"),
    (0x000e, "voice VLAN"),
    (0x000f, "voice VLAN wanted"),
    (0x0010, "power consumption"),
    (0x0011, "MTU"),
    (0x0012, "trust"),
    (0x0013, "class of untrusted ports"),
    (0x0014, "system name"),
    (0x0015, "system object"),
    (0x0016, "management addresses"),
    (0x0017, "location"),
    (0x0019, "power wanted"),
    (0x001a, "power available"),
    (0x001b, "unidirectional"),
    (0x001d, "EnergyWise"),
    (0x001f, "power over spare pairs"),
];
const OUI_NAMES: &[(u64, &str)] = &[(0x00_000c, "Cisco")];

fields! {
    VERSION = Field::u8("cdp.version", "version"),
    TTL = Field::u8("cdp.ttl", "valid for (s)").key(),
    CHECKSUM = Field::u16("cdp.checksum", "checksum").hex(),
    CHECKSUM_STATUS = Field::u8("cdp.checksum.status", "checksum status").names(STATUS_NAMES),
    TYPE = Field::u16("cdp.tlv.type", "element").hex().many().names(TYPE_NAMES),
    LENGTH = Field::u16("cdp.tlv.len", "length").many(),
    DEVICE = Field::text("cdp.deviceid", "device").many().key(),
    ADDRESSES = Field::u32("cdp.number_of_addresses", "addresses").many(),
    ADDRESS_KIND = Field::u8("cdp.protocol_type", "kind of protocol").hex().many(),
    ADDRESS_PROTOCOL_LENGTH = Field::u8("cdp.protocol_length", "length of the protocol").many(),
    ADDRESS_PROTOCOL = Field::bytes("cdp.protocol", "protocol").many(),
    ADDRESS_LENGTH = Field::u16("cdp.address_length", "length of the address").many(),
    ADDRESS_V4 = Field::ipv4("cdp.nrgyz.ip_address", "address").many(),
    ADDRESS_V6 = Field::ipv6("cdp.nrgyz.ipv6_address", "address").many(),
    ADDRESS = Field::bytes("cdp.address", "address").many(),
    PORT = Field::text("cdp.portid", "port").many().key(),
    CAN = Field::u32("cdp.capabilities", "capabilities").hex().many(),
    CAN_ROUTER = Field::bool("cdp.capabilities.router", "router").many(),
    CAN_BRIDGE = Field::bool("cdp.capabilities.trans_bridge", "transparent bridge").many(),
    CAN_SOURCE_BRIDGE = Field::bool("cdp.capabilities.src_bridge", "source route bridge").many(),
    CAN_SWITCH = Field::bool("cdp.capabilities.switch", "switch").many(),
    CAN_HOST = Field::bool("cdp.capabilities.host", "host").many(),
    CAN_IGMP = Field::bool("cdp.capabilities.igmp_capable", "IGMP").many(),
    CAN_REPEATER = Field::bool("cdp.capabilities.repeater", "repeater").many(),
    CAN_PHONE = Field::bool("cdp.capabilities.voip_phone", "telephone").many(),
    CAN_REMOTE = Field::bool("cdp.capabilities.remote", "remotely managed").many(),
    CAN_DISPUTE = Field::bool("cdp.capabilities.cvta", "dispute of spanning trees, or camera").many(),
    CAN_RELAY = Field::bool("cdp.capabilities.mac_relay", "relay of two ports").many(),
    SOFTWARE = Field::text("cdp.software_version", "software").many(),
    PLATFORM = Field::text("cdp.platform", "platform").many(),
    GATEWAY = Field::ipv4("cdp.odr_default_gateway", "default gateway").many(),
    PREFIX = Field::ipv4("cdp.ip_prefix", "prefix").many(),
    PREFIX_LENGTH = Field::u8("nd.cdp.ip_prefix.length", "its length").many(),
    OUI = Field::u24("cdp.oui", "organization").many().names(OUI_NAMES),
    PROTOCOL_ID = Field::u16("cdp.protocol_id", "its protocol").hex().many(),
    MASTER = Field::ipv4("cdp.cluster.master_ip", "master of the cluster").many(),
    CLUSTER_IP = Field::ipv4("cdp.cluster.ip", "address in the cluster").many(),
    CLUSTER_VERSION = Field::u8("cdp.cluster.version", "version").hex().many(),
    CLUSTER_SUBVERSION = Field::u8("cdp.cluster.sub_version", "subversion").hex().many(),
    CLUSTER_STATUS = Field::u8("cdp.cluster.status", "status").hex().many(),
    CLUSTER_UNKNOWN = Field::u8("cdp.cluster.unknown", "unknown").hex().many(),
    COMMANDER = Field::mac("cdp.cluster.commander_mac", "commander of the cluster").many(),
    SWITCH = Field::mac("cdp.cluster.switch_mac", "switch").many(),
    CLUSTER_VLAN = Field::u16("cdp.cluster.management_vlan", "management VLAN").many(),
    HELLO = Field::bytes("cdp.hello.unknown", "hello").many(),
    DOMAIN = Field::text("cdp.vtp_management_domain", "VTP domain").many(),
    NATIVE = Field::u16("cdp.native_vlan", "native VLAN").many(),
    DUPLEX = Field::bool("cdp.duplex", "full duplex").many(),
    VOICE_DATA = Field::bytes("cdp.data", "data").many(),
    VOICE = Field::u16("cdp.voice_vlan", "voice VLAN").many(),
    CONSUMPTION = Field::u16("cdp.power_consumption", "power consumption (mW)").many(),
    MTU = Field::u32("cdp.mtu", "MTU").many(),
    TRUST = Field::u8("cdp.trust_bitmap", "trust").hex().many(),
    UNTRUSTED = Field::u8("cdp.untrusted_port_cos", "class of untrusted ports").hex().many(),
    SYSTEM = Field::text("cdp.system_name", "system name").many().key(),
    OBJECT = Field::bytes("cdp.system_object_identifier", "system object").many(),
    LOCATION_UNKNOWN = Field::u8("cdp.location.unknown", "unknown").hex().many(),
    LOCATION = Field::text("cdp.location", "location").many(),
    REQUEST = Field::u16("cdp.request_id", "request").many(),
    MANAGEMENT = Field::u16("cdp.management_id", "management").many(),
    POWER_WANTED = Field::u32("cdp.power_requested", "power wanted (mW)").many(),
    POWER_AVAILABLE = Field::u32("cdp.power_available", "power available (mW)").many(),
    SPARE = Field::u8("cdp.spare_poe_tlv", "spare pairs").hex().many(),
    SPARE_FOUR = Field::bool("cdp.spare_poe_tlv.poe", "power over four pairs").many(),
    SPARE_SHARED = Field::bool("cdp.spare_poe_tlv.spare_pair_arch", "device shares its circuit").many(),
    SPARE_WANTED = Field::bool("cdp.spare_poe_tlv.req_spare_pair_poe", "wanted by the device").many(),
    SPARE_ON = Field::bool("cdp.spare_poe_tlv.pse_spare_pair_poe", "on at the source").many(),
}

static PROTOCOL: Protocol =
    Protocol { name: "cdp", title: "CDP", about: "Cisco Discovery Protocol", fields: FIELDS, via: None };

static KEYS: &[Key] =
    &[Key::new(&LLC_CISCO_PID, 0x2000), Key::new(&CHDLC_PROTOCOL, 0x2000), Key::new(&PPP_PROTOCOL, 0x0207)];

static CAPABILITIES: &[(u32, &Field)] = &[
    (0x0001, &CAN_ROUTER),
    (0x0002, &CAN_BRIDGE),
    (0x0004, &CAN_SOURCE_BRIDGE),
    (0x0008, &CAN_SWITCH),
    (0x0010, &CAN_HOST),
    (0x0020, &CAN_IGMP),
    (0x0040, &CAN_REPEATER),
    (0x0080, &CAN_PHONE),
    (0x0100, &CAN_REMOTE),
    (0x0200, &CAN_DISPUTE),
    (0x0400, &CAN_RELAY),
];

static SPARE_PAIRS: &[(u32, &Field)] =
    &[(0x01, &SPARE_FOUR), (0x02, &SPARE_SHARED), (0x04, &SPARE_WANTED), (0x08, &SPARE_ON)];

/// Bytes of version, time to live and checksum.
const HEADER: usize = 4;
/// Bytes of an element's type and length, which the length counts.
const ELEMENT: usize = 4;

const DEVICE_ID: u16 = 0x0001;
const PORT_ID: u16 = 0x0003;
/// What a hello of Cisco's clusters has as its protocol.
const CLUSTER: u16 = 0x0112;
/// Protocols of addresses: IPv4 by its network layer identifier, IPv6 by its EtherType behind SNAP.
const IPV4: &[u8] = &[0xcc];
const IPV6: &[u8] = &[0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x86, 0xdd];

/// Cisco Discovery Protocol.
#[derive(Debug)]
pub struct Cdp;

/// Type, place and length of the elements, header included, as far as each has a length.
fn elements(data: &[u8]) -> impl Iterator<Item = (u16, usize, usize)> {
    let mut at = HEADER;
    core::iter::from_fn(move || {
        let (kind, len) = (u16_at(data, at)?, usize::from(u16_at(data, at.saturating_add(2))?));
        if len < ELEMENT {
            return None;
        }
        let start = at;
        at = at.saturating_add(len);
        Some((kind, start, len))
    })
}

/// Sum over a message as Cisco's devices take it: a last odd byte counts as a number with a sign, and one is lost where
/// it is negative.
fn sum(data: &[u8]) -> u16 {
    let even = data.get(..data.len() & !1).unwrap_or_default();
    let odd = match data.last() {
        Some(last) if even.len() < data.len() && *last >= 0x80 => {
            u16::from_be_bytes([0xff, last.wrapping_sub(1)])
        }
        Some(last) if even.len() < data.len() => u16::from(*last),
        _ => 0,
    };
    let total = u32::from(checksum::sum(even)).wrapping_add(odd.into());
    let folded = (total & 0xffff).wrapping_add(total >> 16);
    u16::try_from(folded).unwrap_or(u16::MAX)
}

impl Dissector for Cdp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        fixed::<HEADER>(data)?;
        let end = elements(data).last().map_or(HEADER, |(_, at, len)| at.saturating_add(len));
        let is_whole = data.len() == cx.wire_len;
        if end > data.len() && !is_whole {
            cx.flaw(Fault::Short { need: end, have: data.len() });
        } else if end != data.len() && is_whole {
            cx.flaw(Fault::Malformed("elements end before or beyond the message (cdp.tlv.len)"));
        }
        let status = match is_whole {
            true if sum(data) == 0xffff => Status::Good,
            true => Status::Bad,
            false => Status::Unverified,
        };
        Ok(Parsed::end(usize::MAX).memo(status as u32))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&VERSION, 0)?;
        walk.u8(&TTL, 1)?;
        walk.u16(&CHECKSUM, 2)?;
        walk.uint(&CHECKSUM_STATUS, 2..4, walk.memo())?;
        let data = walk.data();
        let mut rest = Cursor::new(walk, HEADER, data.len());
        for (kind, _, len) in elements(data) {
            rest.group(&TYPE, Value::Uint(kind.into()), len, |part| {
                part.take(2)?;
                part.u16(&LENGTH)?;
                element(kind, part)
            })?;
        }
        // An element whose length does not count even its own head ends the list; that much of it is shown.
        if let (Some(kind), Some(_)) = (u16_at(rest.rest(), 0), u16_at(rest.rest(), 2)) {
            rest.group(&TYPE, Value::Uint(kind.into()), ELEMENT, |part| {
                part.take(2)?;
                part.u16(&LENGTH).map(|_| ())
            })?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let mut before = "";
        for (kind, at, len) in elements(data) {
            let label = match kind {
                DEVICE_ID => "Device ID",
                PORT_ID => "Port ID",
                _ => continue,
            };
            let body = slice(data, at.saturating_add(ELEMENT), len.saturating_sub(ELEMENT));
            if let Some(text) = body {
                write!(out, "{before}{label}: {}", text.escape_ascii())?;
                before = "  ";
            }
        }
        Ok(())
    }
}

fn element(kind: u16, part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    match kind {
        DEVICE_ID => text(part, &DEVICE),
        0x0002 | 0x0016 => addresses(part),
        PORT_ID => text(part, &PORT),
        0x0004 => part.bits(&CAN, 4, CAPABILITIES).map(|_| ()),
        0x0005 => text(part, &SOFTWARE),
        0x0006 => text(part, &PLATFORM),
        0x0007 if part.left() == 4 => part.ipv4(&GATEWAY).map(|_| ()),
        0x0007 => {
            // Each with the length of its mask.
            while part.left() > 0 {
                part.ipv4(&PREFIX)?;
                part.u8(&PREFIX_LENGTH)?;
            }
            Some(())
        }
        0x0008 => hello(part),
        0x0009 => text(part, &DOMAIN),
        0x000a => part.u16(&NATIVE).map(|_| ()),
        0x000b => {
            let full = part.peek(1)?;
            part.emit(&DUPLEX, 1, Value::Bool(full != 0))
        }
        0x000e | 0x000f => {
            part.bytes(&VOICE_DATA, 1)?;
            if part.left() >= 2 {
                part.u16(&VOICE)?;
            }
            Some(())
        }
        0x0010 => part.u16(&CONSUMPTION).map(|_| ()),
        0x0011 => part.u32(&MTU).map(|_| ()),
        0x0012 => part.u8(&TRUST).map(|_| ()),
        0x0013 => part.u8(&UNTRUSTED).map(|_| ()),
        0x0014 => text(part, &SYSTEM),
        0x0015 => part.bytes(&OBJECT, part.left()).map(|_| ()),
        0x0017 => {
            part.u8(&LOCATION_UNKNOWN)?;
            text(part, &LOCATION)
        }
        0x0019 => power(part, &POWER_WANTED),
        0x001a => power(part, &POWER_AVAILABLE),
        0x001f => part.bits(&SPARE, 1, SPARE_PAIRS).map(|_| ()),
        _ => Some(()),
    }
}

fn text(part: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    let len = part.left();
    part.text(field, len).map(|_| ())
}

/// Addresses, each with its protocol in front.
fn addresses(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let count = part.u32(&ADDRESSES)?;
    for _ in 0..count {
        part.u8(&ADDRESS_KIND)?;
        let len = part.u8(&ADDRESS_PROTOCOL_LENGTH)?;
        let protocol = part.bytes(&ADDRESS_PROTOCOL, len.into())?;
        let len = part.u16(&ADDRESS_LENGTH)?;
        match (protocol, len) {
            (IPV4, 4) => _ = part.ipv4(&ADDRESS_V4)?,
            (IPV6, 16) => _ = part.ipv6(&ADDRESS_V6)?,
            _ => _ = part.bytes(&ADDRESS, len.into())?,
        }
    }
    Some(())
}

/// What another protocol says in this one.
fn hello(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    part.u24(&OUI)?;
    if part.u16(&PROTOCOL_ID)? != CLUSTER {
        let len = part.left();
        return part.bytes(&HELLO, len).map(|_| ());
    }
    part.ipv4(&MASTER)?;
    part.ipv4(&CLUSTER_IP)?;
    part.u8(&CLUSTER_VERSION)?;
    part.u8(&CLUSTER_SUBVERSION)?;
    part.u8(&CLUSTER_STATUS)?;
    part.u8(&CLUSTER_UNKNOWN)?;
    part.mac(&COMMANDER)?;
    part.mac(&SWITCH)?;
    part.u8(&CLUSTER_UNKNOWN)?;
    part.u16(&CLUSTER_VLAN).map(|_| ())
}

fn power(part: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    part.u16(&REQUEST)?;
    part.u16(&MANAGEMENT)?;
    while part.left() >= 4 {
        part.u32(field)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::sum;
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    /// A frame around a message whose checksum is right.
    fn seen(elements: &str) -> Seen {
        let mut message = bytes(&["02b4 0000", elements].concat());
        let right = !sum(&message);
        message[2..4].copy_from_slice(&right.to_be_bytes());
        let mut frame = bytes("01000ccccccc 020000000001");
        frame.extend(u16::try_from(message.len() + 8).unwrap().to_be_bytes());
        frame.extend(bytes("aaaa03 00000c 2000"));
        frame.extend(message);
        survives(LinkType::ETHERNET, &frame);
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn a_switch_about_itself() {
        let names = "0001 0007 737731 0003 0009 4661302f31 0004 0008 00000028";
        let address = "0002 0011 00000001 01 01 cc 0004 c0000201";
        let seen = seen(&[names, address, "000a 0006 0064 000b 0005 01"].concat());
        assert_eq!(seen.protocols, "eth:llc:cdp");
        assert_eq!(seen.info, "Device ID: sw1  Port ID: Fa0/1");
        seen.expect(&[
            ("cdp.ttl", "180"),
            ("cdp.checksum.status", "1"),
            ("cdp.tlv.type", "0x0001,0x0003,0x0004,0x0002,0x000a,0x000b"),
            ("cdp.capabilities.switch", "1"),
            ("cdp.capabilities.router", "0"),
            ("cdp.number_of_addresses", "1"),
            ("cdp.protocol", "cc"),
            ("cdp.nrgyz.ip_address", "192.0.2.1"),
            ("cdp.native_vlan", "100"),
            ("cdp.duplex", "1"),
        ]);
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn prefixes_and_spare_pairs() {
        let seen = seen("0007 000e c0000200 18 c6336400 19 001f 0005 05");
        seen.expect(&[
            ("cdp.ip_prefix", "192.0.2.0,198.51.100.0"),
            ("nd.cdp.ip_prefix.length", "24,25"),
            ("cdp.spare_poe_tlv", "0x05"),
            ("cdp.spare_poe_tlv.poe", "1"),
            ("cdp.spare_poe_tlv.spare_pair_arch", "0"),
            ("cdp.spare_poe_tlv.req_spare_pair_poe", "1"),
        ]);
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn a_last_odd_byte_has_a_sign() {
        assert_eq!(sum(&[0x12, 0x34, 0x01]), 0x1235);
        // 0x1234 and -0x80, less the one that is lost.
        assert_eq!(sum(&[0x12, 0x34, 0x80]), 0x11b4);
    }

    #[test]
    fn an_element_without_a_length_is_told() {
        let seen = seen("0001 0007 737731 0003 0000");
        assert_eq!(seen.get("cdp.deviceid"), "sw1");
        seen.expect(&[("cdp.tlv.type", "0x0001,0x0003"), ("cdp.tlv.len", "7,0")]);
        assert_eq!(seen.faults, ["malformed: elements end before or beyond the message (cdp.tlv.len)"]);
    }
}
