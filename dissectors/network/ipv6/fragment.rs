//! Fragment extension header (RFC 8200 section 4.5).

use core::fmt;

use super::following;
use crate::bytes::{fixed, u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Fragment, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::network::{FragmentFields, IP_PROTO, IP_PROTO_NAMES};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    NXT = Field::u8("ipv6.fraghdr.nxt", "next header").names(IP_PROTO_NAMES),
    RESERVED_OCTET = Field::u8("ipv6.fraghdr.reserved_octet", "reserved").hex(),
    OFFSET = Field::u16("ipv6.fraghdr.offset", "offset in units of 8"),
    RESERVED_BITS = Field::u16("ipv6.fraghdr.reserved_bits", "reserved bits"),
    MORE = Field::bool("ipv6.fraghdr.more", "more fragments"),
    IDENT = Field::u32("ipv6.fraghdr.ident", "identification").hex(),
    FRAGMENT = Field::frame("ipv6.fragment", "fragment").many(),
    FRAGMENT_ERROR = Field::frame("ipv6.fragment.error", "fragment at odds").many(),
    FRAGMENT_OVERLAP = Field::bool("ipv6.fragment.overlap", "overlaps").many(),
    FRAGMENT_CONFLICT = Field::bool("ipv6.fragment.overlap.conflict", "overlaps with other bytes").many(),
    FRAGMENT_TOO_LONG = Field::bool("ipv6.fragment.toolongfragment", "reaches beyond the end").many(),
    FRAGMENT_COUNT = Field::u32("ipv6.fragment.count", "fragments"),
    REASSEMBLED_LENGTH = Field::u32("ipv6.reassembled.length", "rebuilt length"),
    REASSEMBLED_DATA = Field::bytes("ipv6.reassembled.data", "rebuilt datagram"),
    REASSEMBLED_IN = Field::frame("ipv6.reassembled.in", "rebuilt in frame"),
    REFUSED = Field::text("nd.ipv6.fragment.refused", "fragment refused"),
}

static PROTOCOL: Protocol = Protocol {
    name: "ipv6.fraghdr",
    title: "IPv6 Fragment",
    about: "Fragment extension header of IPv6 (RFC 8200)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, 44)];
static CARRIES: &[&Table] = &[&IP_PROTO];

/// Bytes of the header.
const HEADER: usize = 8;

const FRAGMENT_FIELDS: FragmentFields = FragmentFields {
    fragment: &FRAGMENT,
    error: &FRAGMENT_ERROR,
    overlap: &FRAGMENT_OVERLAP,
    conflict: &FRAGMENT_CONFLICT,
    too_long: &FRAGMENT_TOO_LONG,
    count: &FRAGMENT_COUNT,
    length: &REASSEMBLED_LENGTH,
    data: &REASSEMBLED_DATA,
    rebuilt_in: &REASSEMBLED_IN,
    refused: &REFUSED,
};

/// Fragment extension header.
#[derive(Debug)]
pub struct FragmentHeader;

impl Dissector for FragmentHeader {
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
        let &[next, _, f1, f0, ..] = fixed::<HEADER>(data)?;
        let flags = u16::from_be_bytes([f1, f0]);
        let payload = cx.wire_len.saturating_sub(HEADER);
        let next = match (offset(flags), more(flags)) {
            // An atomic fragment is a whole datagram (RFC 6946).
            (0, false) => following(next),
            (offset, more) if data.len() >= cx.wire_len && !cx.quoted => {
                cx.fragment = Some(Fragment {
                    id: u32_at(data, 4).unwrap_or_default(),
                    protocol: next.into(),
                    nth: 0,
                    offset,
                    len: u32::try_from(payload).unwrap_or(u32::MAX),
                    header: 0,
                    more,
                });
                Next::Fragment
            }
            _ => Next::Data,
        };
        Ok(Parsed::new(HEADER, usize::MAX, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&NXT, 0)?;
        walk.u8(&RESERVED_OCTET, 1)?;
        let flags = u16_at(walk.data(), 2)?;
        walk.uint(&OFFSET, 2..4, flags >> 3)?;
        walk.uint(&RESERVED_BITS, 2..4, flags >> 1 & 3)?;
        walk.bool(&MORE, 2..4, more(flags))?;
        walk.u32(&IDENT, 4)?;
        FRAGMENT_FIELDS.emit(walk)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(next), Some(flags), Some(id)) = (u8_at(data, 0), u16_at(data, 2), u32_at(data, 4)) else {
            return out.write_str("fragment header cut");
        };
        let (offset, more) = (offset(flags), if more(flags) { 'y' } else { 'n' });
        write!(out, "IPv6 fragment (off={offset} more={more} ident=0x{id:08x} nxt={next})")?;
        match layer.packet.parts.facts.datagram_at(layer.number()).and_then(|facts| facts.refused) {
            Some(why) => write!(out, " [{why}]"),
            None => Ok(()),
        }
    }
}

/// Offset in bytes: the upper 13 bits count units of eight.
fn offset(flags: u16) -> u32 {
    u32::from(flags & 0xfff8)
}

fn more(flags: u16) -> bool {
    flags & 1 != 0
}

/// Whether the fragment header at the start of `header` belongs to a piece, not to a whole datagram.
pub(super) fn is_piece(header: &[u8]) -> bool {
    u16_at(header, 2).is_some_and(|flags| flags & 0xfff9 != 0)
}
