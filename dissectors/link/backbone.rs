//! Backbone service tag: Ethernet in Ethernet between provider bridges (IEEE 802.1ah, now IEEE 802.1Q-2018
//! section 9.7).

use core::fmt;

use crate::bytes::{fixed, u16_at, u24_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::link::ethernet::{self, ETHERTYPE, ETHERTYPE_NAMES, LLC_PAYLOAD, MAX_LENGTH};
use crate::link::vlan::PRIORITY_NAMES;
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    PRIORITY = Field::u32("ieee8021ah.priority", "priority").names(PRIORITY_NAMES),
    DROP = Field::u32("ieee8021ah.drop", "drop eligible"),
    NCA = Field::u32("ieee8021ah.nca", "use customer addresses"),
    RES1 = Field::u32("ieee8021ah.res1", "reserved"),
    RES2 = Field::u32("ieee8021ah.res2", "reserved"),
    ISID = Field::u32("ieee8021ah.isid", "service").key(),
    DST = Field::mac("ieee8021ah.cdst", "customer destination").key(),
    SRC = Field::mac("ieee8021ah.csrc", "customer source").key(),
    ETYPE = Field::u16("ieee8021ah.etype", "type").hex().names(ETHERTYPE_NAMES),
    TRAILER = Field::bytes("ieee8021ah.trailer", "trailer");
    ethernet::PADDING,
}

static PROTOCOL: Protocol = Protocol {
    name: "ieee8021ah",
    title: "802.1ah",
    about: "backbone service tag (IEEE 802.1ah)",
    fields: FIELDS,
    via: Some("ethertype"),
};

static KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x88e7)];
static CARRIES: &[&Table] = &[&ETHERTYPE, &LLC_PAYLOAD];

/// Bytes of the tag, the customer's addresses and the type.
const HEADER: usize = 18;

/// Backbone service tag.
#[derive(Debug)]
pub struct BackboneTag;

impl Dissector for BackboneTag {
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
        let &[.., high, low] = fixed::<HEADER>(data)?;
        Ok(ethernet::tagged(data, HEADER, u16::from_be_bytes([high, low])))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let tag = u32_at(walk.data(), 0)?;
        let rows = [
            (&PRIORITY, 0xe000_0000),
            (&DROP, 0x1000_0000),
            (&NCA, 0x0800_0000),
            (&RES1, 0x0400_0000),
            (&RES2, 0x0300_0000),
            (&ISID, 0x00ff_ffff),
        ];
        walk.bits(&rows, 0..4, tag)?;
        walk.mac(&DST, 4)?;
        walk.mac(&SRC, 10)?;
        let kind = walk.u16(&ETYPE, 16)?;
        let end = match kind {
            ..=MAX_LENGTH => HEADER.saturating_add(kind.into()),
            _ => ethernet::payload_end(&walk.layer())?,
        };
        ethernet::trailer(walk, end, &ethernet::PADDING, &TRAILER, None)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match (u24_at(layer.data(), 1), u16_at(layer.data(), 16)) {
            (Some(service), Some(_)) => write!(out, "service {service}"),
            _ => out.write_str("header cut"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn ethernet_in_ethernet() {
        let head = "020000000004 020000000003 88e7 b01ebb30 020000000002 020000000001 0800";
        let frame = [bytes(head), bytes(UDP)].concat();
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:ieee8021ah:ethertype:ip:udp");
        seen.expect(&[
            ("ieee8021ah.priority", "5"),
            ("ieee8021ah.drop", "1"),
            ("ieee8021ah.nca", "0"),
            ("ieee8021ah.isid", "2014000"),
            ("ieee8021ah.cdst", "02:00:00:00:00:02"),
            ("ieee8021ah.csrc", "02:00:00:00:00:01"),
            ("ieee8021ah.etype", "0x0800"),
        ]);
        survives(LinkType::ETHERNET, &frame);
    }
}
