//! Encapsulated Remote Switched Port Analyzer: what a switch saw, sent elsewhere in GRE
//! (draft-foschiano-erspan-03).

use core::fmt;

use crate::bytes::{fixed, u16_at, u32_at, u64_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::link::ethernet::{ETHERTYPE, TYPE_BRIDGED, TYPE_IPV4, TYPE_IPV6};
use crate::packet::Layer;
use crate::walk::Walk;

/// The types I to III of ERSPAN, which GRE tells apart.
pub static ERSPAN_TYPE: Table = Table { name: "erspan.type" };

const ENCAP_NAMES: &[(u64, &str)] =
    &[(0, "without VLAN tag"), (1, "ISL"), (2, "802.1Q"), (3, "VLAN tag kept in the frame")];
const BSO_NAMES: &[(u64, &str)] =
    &[(0, "good or unknown"), (1, "short"), (2, "oversized"), (3, "bad: CRC or alignment")];
const FRAME_NAMES: &[(u64, &str)] = &[(0, "Ethernet"), (2, "IP")];
const UNIT_NAMES: &[(u64, &str)] = &[(0, "100 µs"), (1, "100 ns"), (2, "IEEE 1588"), (3, "other")];

fields! {
    VERSION = Field::u16("erspan.version", "version").names(&[(1, "type II"), (2, "type III")]),
    VLAN = Field::u16("erspan.vlan", "VLAN"),
    COS = Field::u16("erspan.cos", "class of service"),
    ENCAP = Field::u16("erspan.encap", "VLAN encapsulation").names(ENCAP_NAMES),
    BSO = Field::u16("erspan.bso", "frame was").names(BSO_NAMES),
    TRUNCATED = Field::u16("erspan.truncated", "truncated"),
    SESSION = Field::u16("erspan.spanid", "session").key(),
    RESERVED = Field::u32("erspan.reserved", "reserved"),
    INDEX = Field::u32("erspan.index", "port index"),
    TIMESTAMP = Field::u32("erspan.timestamp", "timestamp"),
    SGT = Field::u16("erspan.sgt", "security group"),
    PDU = Field::u16("erspan.p", "whole frame inside"),
    FRAME_TYPE = Field::u16("erspan.ft", "frame type").names(FRAME_NAMES),
    HARDWARE = Field::u16("erspan.hw", "hardware"),
    DIRECTION = Field::bool("erspan.direction", "egress"),
    UNIT = Field::u16("erspan.gra", "unit of the timestamp").names(UNIT_NAMES),
    MORE = Field::u16("erspan.o", "platform subheader present"),
    PLATFORM = Field::u32("erspan.platid", "platform"),
    PLATFORM_INFO = Field::u64("nd.erspan.platform_info", "platform information").hex(),
}

static PROTOCOL: Protocol = Protocol {
    name: "erspan",
    title: "ERSPAN",
    about: "Encapsulated Remote Switched Port Analyzer (draft-foschiano-erspan)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] =
    &[Key::new(&ERSPAN_TYPE, TYPE_I), Key::new(&ERSPAN_TYPE, TYPE_II), Key::new(&ERSPAN_TYPE, TYPE_III)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

/// Type I in [`ERSPAN_TYPE`].
pub const TYPE_I: u32 = 1;
/// Type II in [`ERSPAN_TYPE`].
pub const TYPE_II: u32 = 2;
/// Type III in [`ERSPAN_TYPE`].
pub const TYPE_III: u32 = 3;

/// Bytes of the headers of types II and III, and of the platform's own behind the latter.
const HEADER_II: usize = 8;
const HEADER_III: usize = 12;
const SUBHEADER: usize = 8;

/// Encapsulated Remote Switched Port Analyzer.
#[derive(Debug)]
pub struct Erspan;

impl Dissector for Erspan {
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
        let ethernet = Next::Table { nth: 0, value: TYPE_BRIDGED.into() };
        let (header, next) = match cx.called {
            // The first type has no header at all.
            TYPE_I => (0, ethernet),
            TYPE_II => (fixed::<HEADER_II>(data)?.len(), ethernet),
            _ => {
                let &[.., high, low] = fixed::<HEADER_III>(data)?;
                let header = if low & 1 == 0 { HEADER_III } else { HEADER_III.saturating_add(SUBHEADER) };
                (header, third(u16::from_be_bytes([high, low]), data.get(header).copied()))
            }
        };
        if data.len() < header {
            return Err(Fault::Short { need: header, have: data.len() });
        }
        Ok(Parsed::new(header, usize::MAX, next).memo(cx.called))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let kind = walk.memo();
        if kind == TYPE_I {
            return Some(());
        }
        let first = u16_at(walk.data(), 0)?;
        walk.bits(&[(&VERSION, 0xf000), (&VLAN, 0x0fff)], 0..2, first)?;
        let second = u16_at(walk.data(), 2)?;
        let encap = if kind == TYPE_II { &ENCAP } else { &BSO };
        walk.bits(
            &[(&COS, 0xe000), (encap, 0x1800), (&TRUNCATED, 0x0400), (&SESSION, 0x03ff)],
            2..4,
            second,
        )?;
        if kind == TYPE_II {
            let third = u32_at(walk.data(), 4)?;
            return walk.bits(&[(&RESERVED, 0xfff0_0000), (&INDEX, 0x000f_ffff)], 4..8, third);
        }
        walk.u32(&TIMESTAMP, 4)?;
        walk.u16(&SGT, 8)?;
        let last = u16_at(walk.data(), 10)?;
        let rows = [
            (&PDU, 0x8000),
            (&FRAME_TYPE, 0x7c00),
            (&HARDWARE, 0x03f0),
            (&DIRECTION, 0x0008),
            (&UNIT, 0x0006),
            (&MORE, 0x0001),
        ];
        walk.bits(&rows, 10..12, last)?;
        if last & 1 == 0 {
            return Some(());
        }
        // What the bits behind the platform mean is the platform's own affair.
        let subheader = u64_at(walk.data(), HEADER_III)?;
        let rows = [(&PLATFORM, 0xfc00_0000_0000_0000), (&PLATFORM_INFO, 0x03ff_ffff_ffff_ffff)];
        walk.bits(&rows, HEADER_III..HEADER_III.saturating_add(SUBHEADER), subheader)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match (layer.slot.memo, u16_at(layer.data(), 2)) {
            (TYPE_I, _) => out.write_str("type I"),
            (kind, Some(second)) => {
                let name = if kind == TYPE_II { "type II" } else { "type III" };
                write!(out, "{name}, session {}", second & 0x03ff)
            }
            _ => out.write_str("header cut"),
        }
    }
}

/// What type III carries, by its last word and by the first byte of the payload.
fn third(last: u16, first: Option<u8>) -> Next {
    match (last >> 10 & 0x1f, first) {
        (0, _) => Next::Table { nth: 0, value: TYPE_BRIDGED.into() },
        (2, Some(0x40..=0x4f)) => Next::Table { nth: 0, value: TYPE_IPV4.into() },
        (2, Some(0x60..=0x6f)) => Next::Table { nth: 0, value: TYPE_IPV6.into() },
        _ => Next::Data,
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::network::build::{RAW_V4, ipv4};
    use crate::testing::{Seen, UDP, bytes, survives};

    const ETHERNET: &str = "020000000002 020000000001 0800";

    fn seen(head: &str) -> Seen {
        let frame = ipv4(47, 0, &[], &[bytes(head), bytes(ETHERNET), bytes(UDP)].concat());
        survives(RAW_V4, &frame);
        Seen::new(LinkType::RAW, &frame)
    }

    #[test]
    fn the_first_type_has_no_header() {
        assert_eq!(seen("0000 88be").protocols, "raw:ip:gre:erspan:eth:ethertype:ip:udp");
    }

    #[test]
    fn the_second_type() {
        let seen = seen("1000 88be 00000001  1006 2c06 00000014");
        assert_eq!(seen.protocols, "raw:ip:gre:erspan:eth:ethertype:ip:udp");
        seen.expect(&[
            ("erspan.version", "1"),
            ("erspan.vlan", "6"),
            ("erspan.cos", "1"),
            ("erspan.encap", "1"),
            ("erspan.truncated", "1"),
            ("erspan.spanid", "6"),
            ("erspan.index", "20"),
        ]);
    }

    #[test]
    fn the_third_type_and_a_subheader() {
        let seen = seen("1000 22eb 00000001  2006 1005 a35924ff 0007 800f  3000000000000001");
        assert_eq!(seen.protocols, "raw:ip:gre:erspan:eth:ethertype:ip:udp");
        seen.expect(&[
            ("erspan.version", "2"),
            ("erspan.bso", "2"),
            ("erspan.timestamp", "2740528383"),
            ("erspan.sgt", "7"),
            ("erspan.p", "1"),
            ("erspan.ft", "0"),
            ("erspan.direction", "1"),
            ("erspan.gra", "3"),
            ("erspan.o", "1"),
            ("erspan.platid", "12"),
            ("nd.erspan.platform_info", "0x0000000000000001"),
        ]);
    }
}
