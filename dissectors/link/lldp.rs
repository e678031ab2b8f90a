//! Link Layer Discovery Protocol: what a neighbour says about itself (IEEE 802.1AB-2016), with the elements of
//! IEEE 802.1, IEEE 802.3 and TIA.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::bytes::{chunk, slice, u16_at, u24_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value, concat};
use crate::link::ethernet::ETHERTYPE;
use crate::packet::Layer;
use crate::walk::Walk;

mod bridging;
mod media;
mod negotiation;
mod organization;

const TYPE_NAMES: &[(u64, &str)] = &[
    (0, "end"),
    (1, "chassis id"),
    (2, "port id"),
    (3, "time to live"),
    (4, "port description"),
    (5, "system name"),
    (6, "system description"),
    (7, "system capabilities"),
    (8, "management address"),
    (127, "organization's own"),
];
const CHASSIS_NAMES: &[(u64, &str)] = &[
    (1, "chassis component"),
    (2, "interface alias"),
    (3, "port component"),
    (4, "MAC address"),
    (5, "network address"),
    (6, "interface name"),
    (7, "locally assigned"),
];
const PORT_NAMES: &[(u64, &str)] = &[
    (1, "interface alias"),
    (2, "port component"),
    (3, "MAC address"),
    (4, "network address"),
    (5, "interface name"),
    (6, "agent circuit id"),
    (7, "locally assigned"),
];
/// Address families (IANA `address-family-numbers`) that occur here.
const FAMILY_NAMES: &[(u64, &str)] = &[(1, "IPv4"), (2, "IPv6"), (6, "802")];
const INTERFACE_NAMES: &[(u64, &str)] = &[(1, "unknown"), (2, "ifIndex"), (3, "system port")];
const OUI_NAMES: &[(u64, &str)] =
    &[(0x00_005e, "IANA"), (0x00_120f, "IEEE 802.3"), (0x00_12bb, "TIA"), (0x00_80c2, "IEEE 802.1")];
const IANA_NAMES: &[(u64, &str)] = &[(1, "description of its use")];

fields! {
    TYPE = Field::u16("lldp.tlv.type", "element").many().names(TYPE_NAMES),
    LEN = Field::u16("lldp.tlv.len", "length").many(),
    CHASSIS_SUBTYPE = Field::u8("lldp.chassis.subtype", "kind of chassis id").names(CHASSIS_NAMES),
    CHASSIS = Field::bytes("lldp.chassis.id", "chassis"),
    CHASSIS_TEXT = Field::text("nd.lldp.chassis.text", "chassis, as text"),
    CHASSIS_MAC = Field::mac("lldp.chassis.id.mac", "chassis").key(),
    CHASSIS_V4 = Field::ipv4("lldp.chassis.id.ip4", "chassis"),
    CHASSIS_V6 = Field::ipv6("lldp.chassis.id.ip6", "chassis"),
    PORT_SUBTYPE = Field::u8("lldp.port.subtype", "kind of port id").names(PORT_NAMES),
    PORT = Field::text("lldp.port.id", "port").key(),
    PORT_MAC = Field::mac("lldp.port.id.mac", "port").key(),
    PORT_V4 = Field::ipv4("lldp.port.id.ip4", "port"),
    PORT_V6 = Field::ipv6("lldp.port.id.ip6", "port"),
    FAMILY = Field::u8("lldp.network_address.subtype", "address family").many().names(FAMILY_NAMES),
    TTL = Field::u16("lldp.time_to_live", "valid for (s)").key(),
    PORT_DESCRIPTION = Field::text("lldp.port.desc", "port description"),
    SYSTEM_NAME = Field::text("lldp.tlv.system.name", "system name").key(),
    SYSTEM_DESCRIPTION = Field::text("lldp.tlv.system.desc", "system description"),
    CAN = Field::u16("lldp.tlv.system_cap", "capabilities").hex(),
    CAN_OTHER = Field::bool("lldp.tlv.system_cap.other", "other"),
    CAN_REPEATER = Field::bool("lldp.tlv.system_cap.repeater", "repeater"),
    CAN_BRIDGE = Field::bool("lldp.tlv.system_cap.bridge", "bridge"),
    CAN_WLAN = Field::bool("lldp.tlv.system_cap.wlan_access_pt", "WLAN access point"),
    CAN_ROUTER = Field::bool("lldp.tlv.system_cap.router", "router"),
    CAN_TELEPHONE = Field::bool("lldp.tlv.system_cap.telephone", "telephone"),
    CAN_DOCSIS = Field::bool("lldp.tlv.system_cap.docsis_cable_device", "DOCSIS cable device"),
    CAN_STATION = Field::bool("lldp.tlv.system_cap.station_only", "station only"),
    DOES = Field::u16("lldp.tlv.enable_system_cap", "enabled capabilities").hex(),
    DOES_OTHER = Field::bool("lldp.tlv.enable_system_cap.other", "other"),
    DOES_REPEATER = Field::bool("lldp.tlv.enable_system_cap.repeater", "repeater"),
    DOES_BRIDGE = Field::bool("lldp.tlv.enable_system_cap.bridge", "bridge"),
    DOES_WLAN = Field::bool("lldp.tlv.enable_system_cap.wlan_access_pt", "WLAN access point"),
    DOES_ROUTER = Field::bool("lldp.tlv.enable_system_cap.router", "router"),
    DOES_TELEPHONE = Field::bool("lldp.tlv.enable_system_cap.telephone", "telephone"),
    DOES_DOCSIS = Field::bool("lldp.tlv.enable_system_cap.docsis_cable_device", "DOCSIS cable device"),
    DOES_STATION = Field::bool("lldp.tlv.enable_system_cap.station_only", "station only"),
    ADDRESS_LENGTH = Field::u8("lldp.mgn.address.len", "length of the address").many(),
    ADDRESS_FAMILY = Field::u8("lldp.mgn.address.subtype", "address family").many().names(FAMILY_NAMES),
    ADDRESS_V4 = Field::ipv4("lldp.mgn.addr.ip4", "management address").many(),
    ADDRESS_V6 = Field::ipv6("lldp.mgn.addr.ip6", "management address").many(),
    ADDRESS = Field::bytes("lldp.mgn.addr.hex", "management address").many(),
    INTERFACE_KIND = Field::u8("lldp.mgn.interface.subtype", "kind of interface number").many().names(INTERFACE_NAMES),
    INTERFACE = Field::u32("lldp.mgn.interface.number", "interface").many(),
    OBJECT_LENGTH = Field::u8("lldp.mgn.obj.len", "length of the object id").many(),
    OUI = Field::u24("lldp.orgtlv.oui", "organization").many().names(OUI_NAMES),
    IANA_SUBTYPE = Field::u8("lldp.iana.subtype", "of IANA").hex().many().names(IANA_NAMES),
    MUD_URL = Field::text("lldp.iana.mudurl", "where its use is described").many(),
    SUBTYPE = Field::u8("lldp.unknown_subtype", "its element").many(),
    CONTENT = Field::bytes("lldp.unknown_subtype.content", "content").many(),
}

const OTHERS: [&[&Field]; 4] = [organization::FIELDS, negotiation::FIELDS, bridging::FIELDS, media::FIELDS];
static ALL_FIELDS: [&Field;
    FIELDS.len() + OTHERS[0].len() + OTHERS[1].len() + OTHERS[2].len() + OTHERS[3].len()] =
    concat(&[FIELDS, OTHERS[0], OTHERS[1], OTHERS[2], OTHERS[3]]);

static PROTOCOL: Protocol = Protocol {
    name: "lldp",
    title: "LLDP",
    about: "Link Layer Discovery Protocol (IEEE 802.1AB)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x88cc), Key::new(&ETHERTYPE, 0x8942)];

/// Bytes of type and length.
const HEADER: usize = 2;

const END: u8 = 0;
const CHASSIS_ID: u8 = 1;
const PORT_ID: u8 = 2;
const TIME_TO_LIVE: u8 = 3;
const NAME: u8 = 5;
const CAPABILITIES_OF_SYSTEM: u8 = 7;
const MANAGEMENT: u8 = 8;
const OWN: u8 = 127;
/// Organization of the elements that RFCs define.
const IANA: u32 = 0x00_005e;
/// Its element with the address of a manufacturer usage description (RFC 8520 section 11).
const MUD: u8 = 1;

static CAPABILITIES: &[(&Field, u64)] = &[
    (&CAN_OTHER, 0x01),
    (&CAN_REPEATER, 0x02),
    (&CAN_BRIDGE, 0x04),
    (&CAN_WLAN, 0x08),
    (&CAN_ROUTER, 0x10),
    (&CAN_TELEPHONE, 0x20),
    (&CAN_DOCSIS, 0x40),
    (&CAN_STATION, 0x80),
];
static ENABLED: &[(&Field, u64)] = &[
    (&DOES_OTHER, 0x01),
    (&DOES_REPEATER, 0x02),
    (&DOES_BRIDGE, 0x04),
    (&DOES_WLAN, 0x08),
    (&DOES_ROUTER, 0x10),
    (&DOES_TELEPHONE, 0x20),
    (&DOES_DOCSIS, 0x40),
    (&DOES_STATION, 0x80),
];

/// Link Layer Discovery Protocol.
#[derive(Debug)]
pub struct Lldp;

/// Bytes of an element.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    len: usize,
}

/// What is left of a place behind its first `skip` bytes.
fn rest(place: Place, skip: usize) -> Place {
    Place { at: place.at.saturating_add(skip), len: place.len.saturating_sub(skip) }
}

/// One element: its type, where it starts, where its value lies.
struct Element {
    kind: u8,
    start: usize,
    body: Place,
}

impl Element {
    fn end(&self) -> usize {
        rest(self.body, self.body.len).at
    }
}

/// The elements up to the one that says it is the last. A message that does not begin with chassis, port and time to
/// live is none (IEEE 802.1AB-2016 section 9.2.7.7.1).
fn elements(data: &[u8]) -> impl Iterator<Item = Element> {
    let (mut at, mut done) = (0, false);
    let mut wanted = [CHASSIS_ID, PORT_ID, TIME_TO_LIVE].into_iter();
    core::iter::from_fn(move || {
        let word = u16_at(data, at).filter(|_| !done)?;
        let kind = u8::try_from(word >> 9).ok()?;
        if wanted.next().is_some_and(|wanted| wanted != kind) {
            done = true;
            return None;
        }
        let body = Place { at: at.saturating_add(HEADER), len: usize::from(word & 0x01ff) };
        let element = Element { kind, start: at, body };
        done = kind == END;
        at = element.end();
        Some(element)
    })
}

/// The least length of a value of this type, in bytes (IEEE 802.1AB-2016 section 8.5).
fn least(kind: u8) -> usize {
    match kind {
        CHASSIS_ID | PORT_ID | TIME_TO_LIVE => 2,
        CAPABILITIES_OF_SYSTEM | OWN => 4,
        MANAGEMENT => 9,
        _ => 0,
    }
}

impl Dissector for Lldp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let (mut end, mut last, mut is_short, mut is_long) = (0, None, false, false);
        for element in elements(data) {
            (end, last) = (element.end(), Some(element.kind));
            is_short |= element.body.len < least(element.kind);
            let value = slice(data, element.body.at, element.body.len).unwrap_or_default();
            is_long |= element.kind == OWN && media::is_too_long(value);
        }
        if end.max(HEADER) > data.len() {
            cx.flaw(Fault::Short { need: end.max(HEADER), have: data.len() });
        } else if last != Some(END) && data.len() == cx.wire_len {
            cx.flaw(Fault::Malformed(
                "not chassis, port and time to live first and an end last (lldp.tlv.type)",
            ));
        } else if is_short {
            cx.flaw(Fault::Malformed("a value shorter than its type asks for (lldp.tlv.len)"));
        } else if is_long {
            cx.flaw(Fault::Malformed("an address longer than its element (lldp.media.civic.length)"));
        }
        Ok(Parsed::end(if last == Some(END) { end } else { usize::MAX }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        for element in elements(walk.data()) {
            walk.open(&TYPE, element.start..element.end(), Value::Uint(element.kind.into()))?;
            let header = element.start..element.body.at;
            walk.uint(&LEN, header, u16::try_from(element.body.len).ok()?)?;
            if element.end() > walk.data().len() {
                return None;
            }
            // A value that is too short for its type ends there, and the next element begins where it must.
            let _ = walk.until(element.end(), |walk| value(walk, element.kind, element.body));
            walk.close();
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        for element in elements(data) {
            let Some(value) = slice(data, element.body.at, element.body.len) else { continue };
            match (element.kind, value) {
                (CHASSIS_ID, [4, id @ ..]) | (PORT_ID, [3, id @ ..]) => mac(id, out)?,
                (CHASSIS_ID, [5, 1, id @ ..]) | (PORT_ID, [4, 1, id @ ..]) => match chunk::<4>(id, 0) {
                    Some(id) => write!(out, "{} ", Ipv4Addr::from(id))?,
                    None => out.write_str("? ")?,
                },
                (CHASSIS_ID, [5, 2, id @ ..]) | (PORT_ID, [4, 2, id @ ..]) => match chunk::<16>(id, 0) {
                    Some(id) => write!(out, "{} ", Ipv6Addr::from(id))?,
                    None => out.write_str("? ")?,
                },
                (CHASSIS_ID | PORT_ID, [_, id @ ..]) => write!(out, "{} ", id.escape_ascii())?,
                (TIME_TO_LIVE, &[high, low, ..]) => write!(out, "TTL={}", u16::from_be_bytes([high, low]))?,
                (NAME, name) => write!(out, " {}", name.escape_ascii())?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn mac(id: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    for (at, byte) in id.iter().take(6).enumerate() {
        write!(out, "{}{byte:02x}", if at == 0 { "" } else { ":" })?;
    }
    out.write_char(' ')
}

fn value(walk: &mut Walk<'_, '_>, kind: u8, body: Place) -> Option<()> {
    match kind {
        CHASSIS_ID => {
            let kind = walk.u8(&CHASSIS_SUBTYPE, body.at)?;
            let id = rest(body, 1);
            match kind {
                4 if id.len == 6 => _ = walk.mac(&CHASSIS_MAC, id.at)?,
                5 => network(walk, id, &CHASSIS_V4, &CHASSIS_V6)?,
                // Names (section 8.5.2.3), although Wireshark has bytes.
                1..=3 | 6 | 7 => {
                    walk.bytes(&CHASSIS, id.at, id.len)?;
                    walk.text(&CHASSIS_TEXT, id.at, id.len)?;
                }
                _ => _ = walk.bytes(&CHASSIS, id.at, id.len)?,
            }
        }
        PORT_ID => {
            let kind = walk.u8(&PORT_SUBTYPE, body.at)?;
            let id = rest(body, 1);
            match kind {
                3 if id.len == 6 => _ = walk.mac(&PORT_MAC, id.at)?,
                4 => network(walk, id, &PORT_V4, &PORT_V6)?,
                _ => _ = walk.text(&PORT, id.at, id.len)?,
            }
        }
        TIME_TO_LIVE => _ = walk.u16(&TTL, body.at)?,
        4 => _ = walk.text(&PORT_DESCRIPTION, body.at, body.len)?,
        NAME => _ = walk.text(&SYSTEM_NAME, body.at, body.len)?,
        6 => _ = walk.text(&SYSTEM_DESCRIPTION, body.at, body.len)?,
        CAPABILITIES_OF_SYSTEM => {
            let next = rest(body, 2);
            capabilities(walk, body.at, &CAN, CAPABILITIES)?;
            capabilities(walk, next.at, &DOES, ENABLED)?;
        }
        MANAGEMENT => management(walk, body)?,
        OWN => {
            walk.u24(&OUI, body.at)?;
            let own = rest(body, 3);
            match u24_at(walk.data(), body.at)? {
                0x00_80c2 => organization::bridge(walk, own)?,
                0x00_120f => organization::ethernet(walk, own)?,
                0x00_12bb => media::media(walk, own)?,
                oui => {
                    let kind = walk.u8(if oui == IANA { &IANA_SUBTYPE } else { &SUBTYPE }, own.at)?;
                    let content = rest(own, 1);
                    match (oui, kind) {
                        _ if content.len == 0 => {}
                        (IANA, MUD) => _ = walk.text(&MUD_URL, content.at, content.len)?,
                        _ => _ = walk.bytes(&CONTENT, content.at, content.len)?,
                    }
                }
            }
        }
        _ => {}
    }
    Some(())
}

/// What a system can do, or does, with one bit for each.
fn capabilities(
    walk: &mut Walk<'_, '_>,
    at: usize,
    field: &'static Field,
    bits: &[(&'static Field, u64)],
) -> Option<()> {
    let place = at..at.saturating_add(2);
    let all = u16_at(walk.data(), at)?;
    walk.open(field, place.clone(), Value::Uint(all.into()))?;
    walk.bits(bits, place, all)?;
    walk.close();
    Some(())
}

/// An address with its family in front.
fn network(walk: &mut Walk<'_, '_>, id: Place, v4: &'static Field, v6: &'static Field) -> Option<()> {
    let family = walk.u8(&FAMILY, id.at)?;
    let address = rest(id, 1);
    match (family, address.len) {
        (1, 4) => _ = walk.ipv4(v4, address.at)?,
        (2, 16) => _ = walk.ipv6(v6, address.at)?,
        _ => {}
    }
    Some(())
}

fn management(walk: &mut Walk<'_, '_>, body: Place) -> Option<()> {
    let len = usize::from(walk.u8(&ADDRESS_LENGTH, body.at)?);
    let family = walk.u8(&ADDRESS_FAMILY, rest(body, 1).at)?;
    let address = rest(body, 2);
    match (family, len) {
        (1, 5) => _ = walk.ipv4(&ADDRESS_V4, address.at)?,
        (2, 17) => _ = walk.ipv6(&ADDRESS_V6, address.at)?,
        _ => _ = walk.bytes(&ADDRESS, address.at, len.checked_sub(1)?.min(address.len))?,
    }
    let next = rest(body, len.saturating_add(1));
    walk.u8(&INTERFACE_KIND, next.at)?;
    walk.u32(&INTERFACE, rest(next, 1).at)?;
    walk.u8(&OBJECT_LENGTH, rest(next, 5).at)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    /// A frame with a chassis, a port, a time to live, and then these elements.
    fn seen(elements: &str) -> Seen {
        let head = "0180c200000e 020000000001 88cc 0207 04 020000000001 0403 05 6531 0602 0078";
        let frame: Vec<u8> = bytes(&[head, elements].concat());
        survives(LinkType::ETHERNET, &frame);
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn what_every_neighbour_says() {
        let seen = seen("0a03 737731  0e04 0014 0004  100c 05 01 c0000201 02 00000007 00  0000");
        assert_eq!(seen.protocols, "eth:ethertype:lldp");
        assert_eq!(seen.info, "02:00:00:00:00:01 e1 TTL=120 sw1");
        seen.expect(&[
            ("lldp.tlv.type", "1,2,3,5,7,8,0"),
            ("lldp.tlv.len", "7,3,2,3,4,12,0"),
            ("lldp.chassis.subtype", "4"),
            ("lldp.chassis.id.mac", "02:00:00:00:00:01"),
            ("lldp.port.subtype", "5"),
            ("lldp.port.id", "e1"),
            ("lldp.time_to_live", "120"),
            ("lldp.tlv.system.name", "sw1"),
            ("lldp.tlv.system_cap.router", "1"),
            ("lldp.tlv.enable_system_cap.router", "0"),
            ("lldp.mgn.addr.ip4", "192.0.2.1"),
            ("lldp.mgn.interface.number", "7"),
        ]);
        assert!(seen.faults.is_empty());
    }

    #[test]
    fn what_organizations_add() {
        let vlan = "fe06 0080c2 01 0064  fe0a 0080c2 03 0064 03 6c616e";
        let phy = "fe09 00120f 01 03 6c01 001e";
        let policy = "fe08 0012bb 02 01 40c96e";
        let seen = seen(&[vlan, phy, policy, "fe05 000001 01 78", "fe05 00005e 01 79 0000"].join(" "));
        seen.expect(&[
            ("lldp.orgtlv.oui", "32962,32962,4623,4795,1,94"),
            ("lldp.ieee.802_1.port_vlan.id", "100"),
            ("lldp.ieee.802_1.vlan.name", "lan"),
            ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps.10base_t", "1"),
            ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.10base_t", "0"),
            ("lldp.ieee.802_3.pmd_mau_type", "0x001e"),
            ("lldp.media.tag_flag", "1"),
            ("lldp.media.vlan_id", "100"),
            ("lldp.media.l2_prio", "5"),
            ("lldp.media.dscp", "46"),
            ("lldp.unknown_subtype.content", "78"),
            ("lldp.iana.subtype", "0x01"),
            ("lldp.iana.mudurl", "y"),
        ]);
    }

    #[test]
    fn a_civic_address_and_its_length() {
        let right = seen("fe13 0012bb 03 02 0d 01 4445 06 04 4d61696e 13 02 3137  0000");
        right.expect(&[
            ("lldp.media.civic.length", "13,4,2"),
            ("lldp.media.civic.country", "DE"),
            ("lldp.media.civic.type", "6,19"),
            ("lldp.media.civic.value", "Main,17"),
        ]);
        assert!(right.faults.is_empty());
        let long = seen("fe13 0012bb 03 02 10 01 4445 06 04 4d61696e 13 02 3137  0000");
        assert_eq!(long.faults, ["malformed: an address longer than its element (lldp.media.civic.length)"]);
    }

    #[test]
    fn a_value_ends_with_its_element() {
        // A second time to live without a byte, and capabilities of two bytes.
        let seen = seen("0600 0e02 0014 0a02 7377 0000");
        let rows = [
            ("lldp.time_to_live", "120"),
            ("lldp.tlv.system_cap", "0x0014"),
            ("lldp.tlv.enable_system_cap", ""),
            ("lldp.tlv.system.name", "sw"),
        ];
        seen.expect(&rows);
        assert_eq!(seen.faults, ["malformed: a value shorter than its type asks for (lldp.tlv.len)"]);
    }

    #[test]
    fn an_element_beyond_the_frame_is_told() {
        assert_eq!(seen("0a09 7377").faults, ["cut: 22 of 29 bytes"]);
        assert_eq!(
            seen("").faults,
            ["malformed: not chassis, port and time to live first and an end last (lldp.tlv.type)"]
        );
    }
}
