//! VN-Tag: which virtual interface a frame comes from and goes to (Cisco and VMware's proposal to IEEE 802.1Qbh).

use core::fmt;

use crate::bytes::{fixed, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::link::ethernet::{self, ETHERTYPE, ETHERTYPE_NAMES, LLC_PAYLOAD, MAX_LENGTH};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    DIRECTION = Field::bool("vntag.dir", "from the bridge"),
    POINTER = Field::bool("vntag.ptr", "destination is a list"),
    DST = Field::u32("vntag.dst", "destination interface").key(),
    LOOPED = Field::bool("vntag.looped", "looped"),
    RESERVED = Field::u32("vntag.r", "reserved"),
    VERSION = Field::u32("vntag.version", "version"),
    SRC = Field::u32("vntag.src", "source interface").key(),
    ETYPE = Field::u16("vntag.etype", "type").hex().names(ETHERTYPE_NAMES),
    LEN = Field::u16("vntag.len", "length"),
    TRAILER = Field::bytes("vntag.trailer", "trailer");
    ethernet::PADDING,
}

static PROTOCOL: Protocol = Protocol {
    name: "vntag",
    title: "VN-Tag",
    about: "virtual interface tag (Cisco, IEEE 802.1Qbh draft)",
    fields: FIELDS,
    via: Some("ethertype"),
};

static KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x8926)];
static CARRIES: &[&Table] = &[&ETHERTYPE, &LLC_PAYLOAD];

/// Bytes of the tag and the type or length that follows.
const HEADER: usize = 6;

/// VN-Tag.
#[derive(Debug)]
pub struct VnTag;

impl Dissector for VnTag {
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
            (&DIRECTION, 0x8000_0000),
            (&POINTER, 0x4000_0000),
            (&DST, 0x3fff_0000),
            (&LOOPED, 0x8000),
            (&RESERVED, 0x4000),
            (&VERSION, 0x3000),
            (&SRC, 0x0fff),
        ];
        walk.bits(&rows, 0..4, tag)?;
        let kind = u16_at(walk.data(), 4)?;
        let end = if kind <= MAX_LENGTH {
            walk.u16(&LEN, 4)?;
            HEADER.saturating_add(kind.into())
        } else {
            walk.u16(&ETYPE, 4)?;
            ethernet::payload_end(&walk.layer())?
        };
        ethernet::trailer(walk, end, &ethernet::PADDING, &TRAILER, None)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u32_at(layer.data(), 0) {
            Some(tag) => write!(out, "interface {} to {}", tag & 0x0fff, tag >> 16 & 0x3fff),
            None => out.write_str("header cut"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn a_tag_before_a_packet() {
        let frame = [bytes("020000000002 020000000001 8926 c021 9033 0800"), bytes(UDP)].concat();
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:vntag:ethertype:ip:udp");
        seen.expect(&[
            ("vntag.dir", "1"),
            ("vntag.ptr", "1"),
            ("vntag.dst", "33"),
            ("vntag.looped", "1"),
            ("vntag.r", "0"),
            ("vntag.version", "1"),
            ("vntag.src", "51"),
            ("vntag.etype", "0x0800"),
        ]);
        survives(LinkType::ETHERNET, &frame);
    }
}
