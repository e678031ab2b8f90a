//! Generic Network Virtualization Encapsulation (RFC 8926).

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at, u24_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, name_of};
use crate::link::ethernet::{ETHERTYPE, ETHERTYPE_NAMES};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

/// Option classes (IANA `nvo3`).
const CLASS_NAMES: &[(u64, &str)] = &[
    (0x0100, "Linux"),
    (0x0101, "Open vSwitch"),
    (0x0102, "Open Virtual Networking (OVN)"),
    (0x0103, "In-band Network Telemetry"),
    (0x0104, "VMware"),
    (0x0105, "Amazon"),
    (0x0106, "Cisco Systems"),
    (0x0107, "Oracle"),
    (0x0132, "Google"),
];

fields! {
    VERSION = Field::u8("geneve.version", "version"),
    LENGTH = Field::u8("geneve.option.length", "length of options").many(),
    OPTION_LENGTH = Field::u8("geneve.option.length", "length of this option").many(),
    FLAGS = Field::u8("geneve.flags", "flags").hex(),
    OAM = Field::bool("geneve.flags.oam", "operation and maintenance"),
    CRITICAL = Field::bool("geneve.flags.critical", "critical options present"),
    FLAGS_RESERVED = Field::bool("geneve.flags.reserved", "reserved"),
    PROTO = Field::u16("geneve.proto_type", "protocol").hex().names(ETHERTYPE_NAMES),
    VNI = Field::u24("geneve.vni", "network identifier").hex().key(),
    RESERVED = Field::u8("geneve.reserved", "reserved").hex(),
    OPTIONS = Field::bytes("geneve.options", "options"),
    OPTION = Field::bytes("geneve.option", "option").many(),
    CLASS = Field::u16("geneve.option.class", "class").hex().many().names(CLASS_NAMES),
    TYPE = Field::u8("geneve.option.type", "type").hex().many(),
    TYPE_CRITICAL = Field::bool("geneve.option.type.critical", "critical").many(),
    OPTION_FLAGS = Field::u8("geneve.option.flags", "flags").hex().many(),
    OPTION_RESERVED = Field::bool("geneve.option.flags.reserved", "reserved").many(),
    DATA = Field::bytes("geneve.option.unknown.data", "data").many(),
    GCP_VNID = Field::u32("geneve.option.gcp.vnid", "virtual network"),
    GCP_RESERVED = Field::bool("geneve.option.gcp.reserved", "reserved"),
    GCP_DIRECTION = Field::bool("geneve.option.gcp.direction", "egress"),
    GCP_ENDPOINT = Field::bytes("geneve.option.gcp.endpoint", "endpoint"),
    GCP_PROFILE = Field::u64("geneve.option.gcp.profile", "profile"),
}

static PROTOCOL: Protocol = Protocol {
    name: "geneve",
    title: "Geneve",
    about: "Generic Network Virtualization Encapsulation (RFC 8926)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 6081)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

/// Bytes of the header before its options, and of an option before its data.
const HEADER: usize = 8;
const OPTION_HEADER: usize = 4;
/// Option class of Google's cloud.
const GOOGLE: u16 = 0x0132;

/// Generic Network Virtualization Encapsulation.
#[derive(Debug)]
pub struct Geneve;

/// Bytes of the header with its options, whose length is told in words.
fn header(first: u8) -> usize {
    HEADER.saturating_add(usize::from(first & 0x3f).saturating_mul(4))
}

impl Dissector for Geneve {
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
        let &[first, _, p1, p0, ..] = fixed::<HEADER>(data)?;
        if first >> 6 != 0 {
            return Err(Fault::Malformed("unknown version (geneve.version)"));
        }
        let header = header(first);
        if data.len() < header {
            return Err(Fault::Short { need: header, have: data.len() });
        }
        let value = u16::from_be_bytes([p1, p0]).into();
        Ok(Parsed::new(header, usize::MAX, Next::Table { nth: 0, value }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let first = u8_at(walk.data(), 0)?;
        walk.uint(&VERSION, 0..1, first >> 6)?;
        let end = header(first);
        walk.uint(&LENGTH, 0..1, u64::try_from(end.saturating_sub(HEADER)).ok()?)?;
        let flags = walk.u8(&FLAGS, 1)?;
        walk.bits(&[(&OAM, 0x80), (&CRITICAL, 0x40), (&FLAGS_RESERVED, 0x3f)], 1..2, flags)?;
        walk.u16(&PROTO, 2)?;
        walk.u24(&VNI, 4)?;
        walk.u8(&RESERVED, 7)?;
        if end == HEADER {
            return Some(());
        }
        walk.bytes(&OPTIONS, HEADER, end.saturating_sub(HEADER))?;
        let mut at = HEADER;
        while at < end {
            at = option(walk, at, end)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(kind), Some(vni)) = (u16_at(data, 2), u24_at(data, 4)) else {
            return out.write_str("header cut");
        };
        match name_of(ETHERTYPE_NAMES, kind.into()) {
            Some(name) => write!(out, "Encapsulated {name}, VNI {vni:#08x}"),
            None => write!(out, "Encapsulated {kind:#06x} (unknown), VNI {vni:#08x}"),
        }
    }
}

/// Emits the option at `at`; answers where the next one begins. One that reaches beyond `end` is none.
fn option(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<usize> {
    let class = u16_at(walk.data(), at)?;
    let kind = u8_at(walk.data(), at.saturating_add(2))?;
    let length = u8_at(walk.data(), at.saturating_add(3))?;
    let len = usize::from(length & 0x1f).saturating_mul(4);
    let body = at.saturating_add(OPTION_HEADER);
    let next = body.saturating_add(len);
    let bytes = walk.data().get(at..next).filter(|_| next <= end)?;
    walk.open(&OPTION, at..next, crate::field::Value::Bytes(bytes))?;
    walk.u16(&CLASS, at)?;
    let place = at.saturating_add(2)..at.saturating_add(3);
    walk.uint(&TYPE, place.clone(), kind)?;
    walk.bool(&TYPE_CRITICAL, place, kind & 0x80 != 0)?;
    let place = at.saturating_add(3)..body;
    walk.uint(&OPTION_FLAGS, place.clone(), length & 0xe0)?;
    walk.bool(&OPTION_RESERVED, place.clone(), length & 0xe0 != 0)?;
    walk.uint(&OPTION_LENGTH, place, u64::try_from(len.saturating_add(OPTION_HEADER)).ok()?)?;
    match (class, kind & 0x7f, len) {
        (GOOGLE, 1, 4) => {
            let value = u32_at(walk.data(), body)?;
            let place = body..next;
            walk.uint(&GCP_VNID, place.clone(), value >> 4)?;
            walk.bits(&[(&GCP_RESERVED, 0x0e), (&GCP_DIRECTION, 1)], place, value)?;
        }
        (GOOGLE, 2, _) => _ = walk.bytes(&GCP_ENDPOINT, body, len)?,
        (GOOGLE, 3, 8) => _ = walk.u64(&GCP_PROFILE, body)?,
        (_, _, 0) => {}
        _ => _ = walk.bytes(&DATA, body, len)?,
    }
    walk.close();
    Some(next)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, UDP, bytes};

    #[test]
    fn options_and_a_frame() {
        let mut talk = Talk::new("geneve");
        let options = "0132 01 01 800000d1  0101 80 00";
        let head = bytes(&["0340 6558 00007b 00", options, "020000000002 020000000001 0800"].concat());
        let frame = [head, bytes(UDP)].concat();
        let seen = talk.datagram(0, &frame);
        assert_eq!(seen.protocols, "geneve:eth:ethertype:ip:udp");
        seen.expect(&[
            ("geneve.version", "0"),
            ("geneve.flags.critical", "1"),
            ("geneve.proto_type", "0x6558"),
            ("geneve.vni", "0x00007b"),
            ("geneve.option", "01320101800000d1,01018000"),
            ("geneve.option.class", "0x0132,0x0101"),
            ("geneve.option.type.critical", "0,1"),
            ("geneve.option.gcp.vnid", "134217741"),
            ("geneve.option.gcp.direction", "1"),
        ]);
        talk.survives(&frame);
    }

    #[test]
    fn an_option_longer_than_its_header_is_not_read() {
        let seen = Talk::new("geneve").datagram(0, &bytes("0100 0800 00007b 00 0101 02 05 45"));
        seen.expect(&[("geneve.option", ""), ("geneve.options", "01010205")]);
    }

    #[test]
    fn another_version_is_not_guessed_at() {
        let seen = Talk::new("geneve").datagram(0, &bytes("4000 0800 00007b 00"));
        assert_eq!(seen.faults, ["malformed: unknown version (geneve.version)"]);
    }
}
