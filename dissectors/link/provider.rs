//! Service tag of provider bridges, alone or two in a row (IEEE 802.1ad, now IEEE 802.1Q-2018 section 9.6).

use core::fmt;

use crate::bytes::{fixed, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::link::ethernet::{self, ETHERTYPE, ETHERTYPE_NAMES};
use crate::link::vlan::PRIORITY_NAMES;
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    PRIORITY = Field::u16("ieee8021ad.priority", "priority").many().names(PRIORITY_NAMES),
    DEI = Field::u16("ieee8021ad.dei", "drop eligible").many(),
    ID = Field::u16("ieee8021ad.id", "service VLAN").key(),
    SVID = Field::u16("ieee8021ad.svid", "outer service VLAN").key(),
    CVID = Field::u16("ieee8021ad.cvid", "inner service VLAN").key(),
    ETYPE = Field::u16("ieee8021ah.etype", "type").hex().names(ETHERTYPE_NAMES),
    TRAILER = Field::bytes("ieee8021ad.trailer", "trailer");
    ethernet::PADDING,
}

static PROTOCOL: Protocol = Protocol {
    name: "ieee8021ad",
    title: "802.1ad",
    about: "service tag of provider bridges (IEEE 802.1ad)",
    fields: FIELDS,
    via: Some("ethertype"),
};

static KEYS: &[Key] = &[Key::new(&ETHERTYPE, TYPE as u32)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

/// EtherType of a service tag.
const TYPE: u16 = 0x88a8;
/// EtherType of a backbone service tag.
const BACKBONE: u16 = 0x88e7;
/// Bytes of one tag and the type that follows.
const HEADER: usize = 4;

/// Service tag of provider bridges.
#[derive(Debug)]
pub struct ServiceTag;

impl Dissector for ServiceTag {
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
        let (header, kind) = match u16::from_be_bytes([high, low]) {
            TYPE => {
                let &[.., high, low] = fixed::<{ 2 * HEADER }>(data)?;
                (2 * HEADER, u16::from_be_bytes([high, low]))
            }
            kind => (HEADER, kind),
        };
        Ok(Parsed::new(header, usize::MAX, Next::Table { nth: 0, value: kind.into() }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let double = u16_at(walk.data(), 2) == Some(TYPE);
        tag(walk, 0, if double { &SVID } else { &ID })?;
        if double {
            tag(walk, HEADER, &CVID)?;
        }
        let at = if double { HEADER.saturating_add(2) } else { 2 };
        // Of a backbone tag behind a single tag only what it carries has a row, as in tshark.
        if double || u16_at(walk.data(), at)? != BACKBONE {
            walk.u16(&ETYPE, at)?;
        }
        let end = ethernet::payload_end(&walk.layer())?;
        ethernet::trailer(walk, end, &ethernet::PADDING, &TRAILER, None)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u16_at(layer.data(), 0) {
            Some(tag) => write!(out, "PRI: {} ID: {}", tag >> 13, tag & 0x0fff),
            None => out.write_str("header cut"),
        }
    }
}

fn tag(walk: &mut Walk<'_, '_>, at: usize, id: &'static Field) -> Option<()> {
    let tag = u16_at(walk.data(), at)?;
    let place = at..at.saturating_add(2);
    walk.uint(&PRIORITY, place.clone(), tag >> 13)?;
    walk.uint(&DEI, place.clone(), tag >> 12 & 1)?;
    walk.uint(id, place, tag & 0x0fff)
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn one_tag_and_two() {
        let mut frame = bytes("020000000002 020000000001 88a8 b064 0800");
        frame.extend(bytes(UDP));
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:ieee8021ad:ethertype:ip:udp");
        seen.expect(&[("ieee8021ad.priority", "5"), ("ieee8021ad.dei", "1"), ("ieee8021ad.id", "100")]);
        seen.expect(&[("ieee8021ah.etype", "0x0800")]);
        survives(LinkType::ETHERNET, &frame);

        let mut frame = bytes("020000000002 020000000001 88a8 b064 88a8 0065 0800");
        frame.extend(bytes(UDP));
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:ieee8021ad:ethertype:ip:udp");
        seen.expect(&[
            ("ieee8021ad.priority", "5,0"),
            ("ieee8021ad.id", ""),
            ("ieee8021ad.svid", "100"),
            ("ieee8021ad.cvid", "101"),
            ("ieee8021ah.etype", "0x0800"),
        ]);
    }
}
