//! Generic Routing Encapsulation (RFC 2784, RFC 2890; RFC 1701 for what they deprecate; RFC 2637 section 4.1 for the
//! variant of PPTP).

use core::fmt;
use core::ops::Range;

use crate::bytes::{fixed, u8_at, u16_at};
use crate::checksum::{self, STATUS_NAMES, Status};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, name_of};
use crate::link::ethernet::{ETHERTYPE_NAMES, TYPE_IPV4};
use crate::network::IP_PROTO;
use crate::network::erspan::{self, ERSPAN_TYPE};
use crate::packet::Layer;
use crate::walk::Walk;

/// Protocol types: EtherTypes and a few of their own.
pub static GRE_PROTO: Table = Table { name: "gre.proto" };

/// Protocol type of PPP.
pub const PPP: u16 = 0x880b;

fields! {
    FLAGS = Field::u16("gre.flags_and_version", "flags and version").hex(),
    HAS_CHECKSUM = Field::bool("gre.flags.checksum", "checksum present"),
    HAS_ROUTING = Field::bool("gre.flags.routing", "routing present"),
    HAS_KEY = Field::bool("gre.flags.key", "key present"),
    HAS_SEQUENCE = Field::bool("gre.flags.sequence_number", "sequence number present"),
    STRICT = Field::bool("gre.flags.strict_source_route", "strict source route"),
    RECURSION = Field::u16("gre.flags.recursion_control", "recursion control"),
    HAS_ACK = Field::bool("gre.flags.ack", "acknowledgment present"),
    RESERVED = Field::u16("gre.flags.reserved", "reserved flags"),
    VERSION = Field::u16("gre.flags.version", "version"),
    PROTO = Field::u16("gre.proto", "protocol").hex().key().names(ETHERTYPE_NAMES),
    CHECKSUM = Field::u16("gre.checksum", "checksum").hex(),
    CHECKSUM_STATUS = Field::u8("gre.checksum.status", "checksum status").names(STATUS_NAMES),
    OFFSET = Field::u16("gre.offset", "offset"),
    KEY = Field::u32("gre.key", "key").hex().key(),
    PAYLOAD_LENGTH = Field::u16("gre.key.payload_length", "payload length"),
    CALL_ID = Field::u16("gre.key.call_id", "call").key(),
    SEQUENCE = Field::u32("gre.sequence_number", "sequence number"),
    ACK = Field::u32("gre.ack_number", "acknowledgment number"),
    ROUTE = Field::group("gre.routing", "routing"),
    ROUTE_FAMILY = Field::u16("gre.routing.address_family", "address family").many(),
    ROUTE_OFFSET = Field::u8("gre.routing.sre_offset", "entry offset").many(),
    ROUTE_LENGTH = Field::u8("gre.routing.src_length", "entry length").many(),
    ROUTE_INFORMATION = Field::bytes("gre.routing.information", "routing information").many(),
    WCCP_DYNAMIC = Field::bool("gre.wccp.dynamic_service", "dynamic service"),
    WCCP_ALTERNATIVE_USED = Field::bool("gre.wccp.alternative_bucket_used", "alternative bucket used"),
    // Wireshark's name says the opposite of its bit, which tells the receiver not to look.
    WCCP_INVALID = Field::bool("gre.wccp.redirect_header_valid", "redirect header to be ignored"),
    WCCP_SERVICE = Field::u8("gre.wccp.service_id", "service"),
    WCCP_ALTERNATIVE = Field::u8("gre.wccp.alternative_bucket", "alternative bucket"),
    WCCP_PRIMARY = Field::u8("gre.wccp.primary_bucket", "primary bucket"),
}

static PROTOCOL: Protocol = Protocol {
    name: "gre",
    title: "GRE",
    about: "Generic Routing Encapsulation (RFC 2784, RFC 2890)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, 47)];
static CARRIES: &[&Table] = &[&GRE_PROTO, &ERSPAN_TYPE];

/// Bytes of flags, version and protocol.
const HEADER: usize = 4;
/// Protocol type of web caches (WCCP): IPv4, behind a redirect header in version 2.
const WCCP: u16 = 0x883e;
/// Protocol types of ERSPAN: its first two types, and the third.
const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
/// Protocol types of CDMA2000 data, which has PPTP's flags; the first of them keeps the key in one piece.
const CDMA: [u16; 2] = [CDMA_STREAM, 0x88d2];
const CDMA_STREAM: u16 = 0x8881;

const FLAG_CHECKSUM: u16 = 0x8000;
const FLAG_ROUTING: u16 = 0x4000;
const FLAG_KEY: u16 = 0x2000;
const FLAG_SEQUENCE: u16 = 0x1000;
const FLAG_STRICT: u16 = 0x0800;
const FLAG_ACK: u16 = 0x0080;

/// Generic Routing Encapsulation.
#[derive(Debug)]
pub struct Gre;

/// Where the optional parts lie, in bytes from the start.
struct Head {
    flags: u16,
    protocol: u16,
    /// PPTP's variant: an acknowledgment flag, and a key in two halves.
    enhanced: bool,
    checksum: Option<usize>,
    key: Option<usize>,
    sequence: Option<usize>,
    ack: Option<usize>,
    routing: Option<Range<usize>>,
    wccp: Option<usize>,
    header: usize,
}

impl Head {
    /// Finds the parts of the header in one pass. Those beyond the end of `data` have places too.
    fn read(data: &[u8]) -> Result<Self, Fault> {
        let &[f1, f0, p1, p0] = fixed::<HEADER>(data)?;
        let (flags, protocol) = (u16::from_be_bytes([f1, f0]), u16::from_be_bytes([p1, p0]));
        let enhanced = protocol == PPP && flags & 7 == 1 || CDMA.contains(&protocol);
        let mut at = HEADER;
        let mut part = |present: bool| {
            let place = present.then_some(at);
            at = at.saturating_add(if present { 4 } else { 0 });
            place
        };
        let checksum = part(flags & (FLAG_CHECKSUM | FLAG_ROUTING) != 0);
        let key = part(flags & FLAG_KEY != 0);
        let sequence = part(flags & FLAG_SEQUENCE != 0);
        let ack = part(enhanced && flags & FLAG_ACK != 0);
        let routing = (flags & FLAG_ROUTING != 0).then(|| at..routing_end(data, at));
        let at = routing.as_ref().map_or(at, |range| range.end);
        let wccp = (protocol == WCCP && u8_at(data, HEADER).is_some_and(|byte| byte >> 4 != 4)).then_some(at);
        let header = if wccp.is_some() { at.saturating_add(4) } else { at };
        Ok(Self { flags, protocol, enhanced, checksum, key, sequence, ack, routing, wccp, header })
    }
}

/// Where the routing field that begins at `at` ends: behind its null entry (RFC 1701 section 2).
fn routing_end(data: &[u8], mut at: usize) -> usize {
    while let (Some(family), Some(len)) = (u16_at(data, at), u8_at(data, at.saturating_add(3))) {
        at = at.saturating_add(4).saturating_add(len.into());
        if family == 0 && len == 0 {
            return at;
        }
    }
    at.saturating_add(4)
}

impl Dissector for Gre {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let head = Head::read(data)?;
        if head.header > data.len() {
            return Err(Fault::Short { need: head.header, have: data.len() });
        }
        let (nth, value) = match head.protocol {
            WCCP => (0, TYPE_IPV4.into()),
            // Only the sequence number tells the first two types apart (draft-foschiano-erspan section 4).
            ERSPAN if head.sequence.is_none() => (1, erspan::TYPE_I),
            ERSPAN => (1, erspan::TYPE_II),
            ERSPAN_III => (1, erspan::TYPE_III),
            protocol => (0, protocol.into()),
        };
        Ok(Parsed::new(head.header, usize::MAX, Next::Table { nth, value }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let head = Head::read(walk.data()).ok()?;
        let has = |flag| head.flags & flag != 0;
        walk.u16(&FLAGS, 0)?;
        walk.bool(&HAS_CHECKSUM, 0..2, has(FLAG_CHECKSUM))?;
        walk.bool(&HAS_ROUTING, 0..2, has(FLAG_ROUTING))?;
        walk.bool(&HAS_KEY, 0..2, has(FLAG_KEY))?;
        walk.bool(&HAS_SEQUENCE, 0..2, has(FLAG_SEQUENCE))?;
        walk.bool(&STRICT, 0..2, has(FLAG_STRICT))?;
        walk.uint(&RECURSION, 0..2, head.flags >> 8 & 7)?;
        if head.enhanced {
            walk.bool(&HAS_ACK, 0..2, has(FLAG_ACK))?;
            walk.uint(&RESERVED, 0..2, head.flags >> 3 & 0x0f)?;
        } else {
            walk.uint(&RESERVED, 0..2, head.flags >> 3 & 0x1f)?;
        }
        walk.uint(&VERSION, 0..2, head.flags & 7)?;
        walk.u16(&PROTO, 2)?;
        if let Some(at) = head.checksum {
            walk.u16(&CHECKSUM, at)?;
            let status = verify(&walk.layer(), has(FLAG_CHECKSUM));
            walk.uint(&CHECKSUM_STATUS, at..at.saturating_add(2), status as u8)?;
            walk.u16(&OFFSET, at.saturating_add(2))?;
        }
        if let Some(at) = head.key {
            if head.enhanced && head.protocol != CDMA_STREAM {
                walk.u16(&PAYLOAD_LENGTH, at)?;
                walk.u16(&CALL_ID, at.saturating_add(2))?;
            } else {
                walk.u32(&KEY, at)?;
            }
        }
        if let Some(at) = head.sequence {
            walk.u32(&SEQUENCE, at)?;
        }
        if let Some(at) = head.ack {
            walk.u32(&ACK, at)?;
        }
        if let Some(range) = head.routing {
            routing(walk, range)?;
        }
        if let Some(at) = head.wccp {
            redirect(walk, at)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u16_at(layer.data(), 2) {
            Some(protocol) => match name_of(ETHERTYPE_NAMES, protocol.into()) {
                Some(name) => write!(out, "Encapsulated {name}"),
                // Routers that look after their tunnel send a header alone, of no protocol.
                None if protocol == 0 => out.write_str("Encapsulated 0x0000 (possibly a keepalive)"),
                None => write!(out, "Encapsulated {protocol:#06x} (unknown)"),
            },
            None => out.write_str("header cut"),
        }
    }
}

fn routing(walk: &mut Walk<'_, '_>, range: Range<usize>) -> Option<()> {
    let mut at = range.start;
    while at < range.end {
        let len = u8_at(walk.data(), at.saturating_add(3))?;
        let next = at.saturating_add(4).saturating_add(len.into());
        walk.open(&ROUTE, at..next, crate::field::Value::None)?;
        walk.u16(&ROUTE_FAMILY, at)?;
        walk.u8(&ROUTE_OFFSET, at.saturating_add(2))?;
        walk.u8(&ROUTE_LENGTH, at.saturating_add(3))?;
        if len > 0 {
            walk.bytes(&ROUTE_INFORMATION, at.saturating_add(4), len.into())?;
        }
        walk.close();
        at = next;
    }
    Some(())
}

/// The redirect header of WCCP version 2.
fn redirect(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let flags = u8_at(walk.data(), at)?;
    let place = at..at.saturating_add(1);
    walk.bool(&WCCP_DYNAMIC, place.clone(), flags & 1 != 0)?;
    walk.bool(&WCCP_ALTERNATIVE_USED, place.clone(), flags & 2 != 0)?;
    walk.bool(&WCCP_INVALID, place, flags & 4 != 0)?;
    walk.u8(&WCCP_SERVICE, at.saturating_add(1))?;
    walk.u8(&WCCP_ALTERNATIVE, at.saturating_add(2))?;
    walk.u8(&WCCP_PRIMARY, at.saturating_add(3))?;
    Some(())
}

/// Verifies the checksum over header and payload, if there is one and all of them were captured.
fn verify(layer: &Layer<'_>, present: bool) -> Status {
    let data = layer.data();
    let whole = layer.net().is_some_and(|net| net.payload_len as usize == data.len());
    match present && whole && !layer.is_quoted() {
        true if checksum::sum(data) == 0xffff => Status::Good,
        true => Status::Bad,
        false => Status::Unverified,
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned as _;

    use crate::frame::LinkType;
    use crate::network::build::ipv4;
    use crate::testing::{Seen, UDP, bytes, survives};

    /// An IPv4 header around these bytes.
    fn seen(gre: &str, payload: &str) -> Seen {
        let frame = ipv4(47, 0, &[], &bytes(&[gre, payload].concat()));
        survives(LinkType::RAW, &frame);
        Seen::new(LinkType::RAW, &frame)
    }

    #[test]
    fn optional_parts() {
        let plain = seen("0000 0800", UDP);
        assert_eq!(plain.protocols, "raw:ip:gre:ip:udp");
        plain.expect(&[("gre.flags_and_version", "0x0000"), ("gre.proto", "0x0800"), ("gre.key", "")]);
        let all = seen("b000 0800 00010002 00000003 00000004", UDP);
        all.expect(&[
            ("gre.flags.checksum", "1"),
            ("gre.flags.routing", "0"),
            ("gre.flags.key", "1"),
            ("gre.flags.sequence_number", "1"),
            ("gre.checksum", "0x0001"),
            ("gre.checksum.status", "0"),
            ("gre.offset", "2"),
            ("gre.key", "0x00000003"),
            ("gre.sequence_number", "4"),
        ]);
        assert_eq!(all.protocols, "raw:ip:gre:ip:udp");
        seen("8000 1234 6dcb0000", "").expect(&[("gre.checksum.status", "1")]);
    }

    #[test]
    fn the_variant_of_pptp() {
        let seen = seen("3081 880b 0022 0001 00000002 00000003", &("ff030021".to_owned() + UDP));
        assert_eq!(seen.protocols, "raw:ip:gre:ppp:ip:udp");
        seen.expect(&[
            ("gre.flags.ack", "1"),
            ("gre.flags.reserved", "0"),
            ("gre.flags.version", "1"),
            ("gre.key", ""),
            ("gre.key.payload_length", "34"),
            ("gre.key.call_id", "1"),
            ("gre.sequence_number", "2"),
            ("gre.ack_number", "3"),
        ]);
    }

    #[test]
    fn source_routes() {
        seen("4800 0800 00000000  0800 04 04 01020304  0000 00 00", UDP).expect(&[
            ("gre.flags.strict_source_route", "1"),
            ("gre.checksum.status", "2"),
            ("gre.routing.address_family", "2048,0"),
            ("gre.routing.sre_offset", "4,0"),
            ("gre.routing.src_length", "4,0"),
            ("gre.routing.information", "01020304"),
        ]);
    }

    #[test]
    fn redirected_to_a_web_cache() {
        assert_eq!(seen("0000 883e", UDP).protocols, "raw:ip:gre:ip:udp");
        let second = seen("0000 883e 05010203", UDP);
        assert_eq!(second.protocols, "raw:ip:gre:ip:udp");
        second.expect(&[
            ("gre.wccp.dynamic_service", "1"),
            ("gre.wccp.alternative_bucket_used", "0"),
            ("gre.wccp.redirect_header_valid", "1"),
            ("gre.wccp.service_id", "1"),
            ("gre.wccp.alternative_bucket", "2"),
            ("gre.wccp.primary_bucket", "3"),
        ]);
    }

    #[test]
    fn a_header_without_a_protocol() {
        assert_eq!(seen("1000 0000 00000003", "").info, "Encapsulated 0x0000 (possibly a keepalive)");
    }

    #[test]
    fn sixty_tunnels_end_at_the_limit() {
        let mut packet = bytes(UDP);
        for _ in 0..60 {
            let len = u16::try_from(packet.len() + 24).unwrap().to_be_bytes();
            let head =
                [[0x45, 0].as_slice(), &len, &bytes("00010000 402f0000 0a000001 0a000002 00000800")].concat();
            packet = [head, packet].concat();
        }
        let seen = Seen::new(LinkType::RAW, &packet);
        assert!(seen.get("gre.proto").split(',').count() <= 8);
        assert!(!seen.faults.is_empty());
    }
}
