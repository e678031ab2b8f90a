//! VLAN tag (IEEE 802.1Q-2018 section 9.6).

use core::fmt;

use crate::bytes::{fixed, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::link::ethernet::{self, ETHERTYPE, ETHERTYPE_NAMES, LLC_PAYLOAD, MAX_LENGTH};
use crate::packet::Layer;
use crate::walk::Walk;

/// Names of the priority code points (IEEE 802.1Q-2018 table I-2).
pub const PRIORITY_NAMES: &[(u64, &str)] = &[
    (0, "best effort"),
    (1, "background"),
    (2, "excellent effort"),
    (3, "critical applications"),
    (4, "video"),
    (5, "voice"),
    (6, "internetwork control"),
    (7, "network control"),
];

fields! {
    PRIORITY = Field::u16("vlan.priority", "priority").names(PRIORITY_NAMES),
    DEI = Field::bool("vlan.dei", "drop eligible"),
    ID = Field::u16("vlan.id", "VLAN").key(),
    ETYPE = Field::u16("vlan.etype", "type").hex().names(ETHERTYPE_NAMES),
    LEN = Field::u16("vlan.len", "length"),
    TRAILER = Field::bytes("vlan.trailer", "trailer");
    ethernet::PADDING,
}

static PROTOCOL: Protocol = Protocol {
    name: "vlan",
    title: "VLAN",
    about: "VLAN tag (IEEE 802.1Q)",
    fields: FIELDS,
    via: Some("ethertype"),
};

// 0x9100 was the outer tag of stacked VLANs before IEEE 802.1ad.
static KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x8100), Key::new(&ETHERTYPE, 0x9100)];
static CARRIES: &[&Table] = &[&ETHERTYPE, &LLC_PAYLOAD];

/// Bytes of the tag control information and the type or length that follows.
const HEADER: usize = 4;

/// VLAN tag.
#[derive(Debug)]
pub struct Vlan;

impl Dissector for Vlan {
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
        let &[_, _, high, low] = fixed::<HEADER>(data)?;
        Ok(ethernet::tagged(data, HEADER, u16::from_be_bytes([high, low])))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let tag = u16_at(walk.data(), 0)?;
        walk.uint(&PRIORITY, 0..2, tag >> 13)?;
        walk.bool(&DEI, 0..2, tag & 0x1000 != 0)?;
        walk.uint(&ID, 0..2, tag & 0x0fff)?;
        let kind = u16_at(walk.data(), 2)?;
        let end = if kind <= MAX_LENGTH {
            walk.u16(&LEN, 2)?;
            HEADER.saturating_add(kind.into())
        } else {
            walk.u16(&ETYPE, 2)?;
            ethernet::payload_end(&walk.layer())?
        };
        ethernet::trailer(walk, end, &ethernet::PADDING, &TRAILER, None)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u16_at(layer.data(), 0) {
            Some(tag) => {
                let dei = u8::from(tag & 0x1000 != 0);
                write!(out, "PRI: {} DEI: {dei} ID: {}", tag >> 13, tag & 0x0fff)
            }
            None => out.write_str("header cut"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn a_tag_and_its_trailer() {
        let mut frame = bytes("020000000002 020000000001 8100 b064 0800");
        frame.extend(bytes(UDP));
        frame.extend([0; 16]);
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:vlan:ethertype:ip:udp");
        seen.expect(&[
            ("vlan.priority", "5"),
            ("vlan.dei", "1"),
            ("vlan.id", "100"),
            ("vlan.etype", "0x0800"),
            ("eth.padding", "000000000000000000000000"),
            ("vlan.trailer", "00000000"),
            ("eth.trailer", ""),
            ("eth.fcs", ""),
        ]);
        survives(LinkType::ETHERNET, &frame);
    }

    #[test]
    fn a_length_inside_a_tag() {
        let mut frame = bytes("020000000002 020000000001 8100 0064 0004 f0f003aa");
        frame.resize(60, 0);
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:vlan:llc:data");
        seen.expect(&[("vlan.len", "4"), ("vlan.etype", ""), ("data.data", "aa"), ("vlan.trailer", "")]);
        assert_eq!(seen.get("eth.padding").len(), 76);
    }

    #[test]
    fn three_hundred_tags_end_at_the_limit_of_layers() {
        let mut frame = bytes("020000000002 020000000001 8100");
        for _ in 0..300 {
            frame.extend([0, 100, 0x81, 0]);
        }
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert!(seen.get("vlan.id").split(',').count() <= 16);
        assert!(seen.faults.iter().any(|fault| fault.contains("too many layers")));
    }
}
