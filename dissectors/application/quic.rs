//! QUIC, versions 1 and 2 (RFC 9000, RFC 9001, RFC 9369) and the drafts before them, as far as one can see from outside:
//! headers, and what Initial packets hold, whose keys everybody can compute.
//!
//! A layer is a datagram with all its packets. The handshake that CRYPTO frames carry is put in order over packets and
//! handed on to TLS, without records (RFC 9001 section 4).

use core::fmt;

use crate::bytes::{u8_at, u32_at};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table, Verdict};
use crate::facts::{Link, QuicPacket};
use crate::field::{Field, Protocol, Value, concat};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

mod connection;
mod crypto;
mod frames;
mod header;
mod names;
mod protection;
mod version;

pub(super) use version::NAMES as VERSIONS;

use connection::Flow;
use header::{FIXED, Header, Kind, LONG, MAX_ID, TAG};
use protection::Unmasked;
use version::{Family, family, is_reserved};

/// Who reads the bytes of CRYPTO frames.
pub static CRYPTO: Table = Table { name: "quic.crypto" };
/// Numbers in it, which no port has: the bytes are the first of their stream, or come behind others.
pub const CRYPTO_BEGINS: u32 = 0x1_0000;
/// See [`CRYPTO_BEGINS`].
pub const CRYPTO_GOES_ON: u32 = 0x1_0001;

fields! {
    PACKET = Field::group("nd.quic.packet", "packet"),
    CONNECTION = Field::u32("quic.connection.number", "connection").key(),
    PACKET_LENGTH = Field::u32("quic.packet_length", "packet length").many(),
    FORM = Field::u8("quic.header_form", "header form").names(names::FORMS).many(),
    FIXED_BIT = Field::bool("quic.fixed_bit", "fixed bit").many(),
    SPIN = Field::bool("quic.spin_bit", "spin bit").many(),
    UNUSED = Field::u8("quic.vn.unused", "unused").hex().many(),
    TYPE = Field::u8("quic.long.packet_type", "packet type").names(names::TYPES).many().key(),
    TYPE_2 = Field::u8("quic.long.packet_type_v2", "packet type").names(names::TYPES_2).many().key(),
    RESERVED = Field::u8("quic.long.reserved", "reserved").many(),
    NUMBER_LENGTH =
        Field::u8("quic.packet_number_length", "number length").names(names::NUMBER_LENGTHS).many(),
    VERSION = Field::u32("quic.version", "version").hex().names(VERSIONS).many().key(),
    RESERVED_VERSION = Field::u32("quic.version", "reserved version").hex().many().key(),
    DCIL = Field::u8("quic.dcil", "destination length").many(),
    DCID = Field::bytes("quic.dcid", "destination ID").many().key(),
    SCIL = Field::u8("quic.scil", "source length").many(),
    SCID = Field::bytes("quic.scid", "source ID").many().key(),
    SUPPORTED = Field::u32("quic.supported_version", "supported").hex().names(VERSIONS).many(),
    RESERVED_SUPPORTED = Field::u32("quic.supported_version", "reserved version").hex().many(),
    TOKEN_LENGTH = Field::u64("quic.token_length", "token length").many(),
    TOKEN = Field::bytes("quic.token", "token").many(),
    LENGTH = Field::u64("quic.length", "length").many(),
    NUMBER = Field::u64("quic.packet_number", "packet number").many().key(),
    PAYLOAD = Field::bytes("quic.payload", "payload as sent").many(),
    REMAINING = Field::bytes("quic.remaining_payload", "protected").many(),
    RETRY_TOKEN = Field::bytes("quic.retry_token", "token").many(),
    RETRY_TAG = Field::bytes("quic.retry_integrity_tag", "integrity tag").many(),
    FRAGMENT = Field::frame("quic.crypto.fragment", "piece in").many(),
    FRAGMENT_COUNT = Field::u32("quic.crypto.fragment.count", "pieces"),
    TRAILER = Field::bytes("nd.quic.trailer", "behind the packets"),
}

static ALL_FIELDS: [&Field; FIELDS.len() + frames::FIELDS.len()] = concat(&[FIELDS, frames::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "quic",
    title: "QUIC",
    about: "QUIC 1 and 2 (RFC 9000, RFC 9001, RFC 9369): headers, and Initial packets opened",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::heuristic(&UDP_PORT)];
static CARRIES: &[&Table] = &[&CRYPTO];

/// QUIC.
#[derive(Debug)]
pub struct Quic;

impl Dissector for Quic {
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
        cx.with_state(|flow: &mut Flow, cx| flow.dissect(data, cx))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        if let Some(number) = packets(walk.layer()).find_map(|known| known.connection) {
            walk.uint(&CONNECTION, 0..0, number)?;
        }
        let mut at = 0;
        for known in packets(walk.layer()) {
            at = packet(walk, at, known)?;
        }
        if at == 0 {
            // Not even the first header is whole.
            return packet(walk, at, QuicPacket::default()).map(|_| ());
        }
        let rest = walk.data().len().saturating_sub(at);
        if rest > 0 {
            walk.bytes(&TRAILER, at, rest)?;
        }
        let pieces = walk.links().filter(|link| matches!(link, Link::Piece(_))).count();
        if pieces < 2 {
            return Some(());
        }
        for link in walk.links() {
            if let Link::Piece(frame) = link {
                walk.uint(&FRAGMENT, 0..0, frame)?;
            }
        }
        walk.uint(&FRAGMENT_COUNT, 0..0, u32::try_from(pieces).ok()?)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (mut at, mut separator) = (0_usize, "");
        for known in packets(*layer) {
            let rest = data.get(at..).unwrap_or_default();
            let Ok(header) = Header::parse(rest, wire(layer, at), known.id_len) else { break };
            out.write_str(separator)?;
            separator = ", ";
            packet_summary(&header, known, layer, out)?;
            at = at.saturating_add(header.end.min(rest.len()));
        }
        if at == 0 {
            return out.write_str("Malformed header");
        }
        match layer.above().filter(|above| above.dissector.is_content(above.slot)) {
            Some(above) => {
                out.write_str(separator)?;
                above.summary(out)
            }
            None => Ok(()),
        }
    }

    /// A long header of a version that is known, whose connection IDs have room.
    fn probe(&self, data: &[u8], _cx: &Context<'_>) -> Verdict {
        let is_long = u8_at(data, 0).is_some_and(|first| first & (LONG | FIXED) == LONG | FIXED);
        if !is_long || u32_at(data, 1).and_then(family).is_none() {
            return Verdict::No;
        }
        let mut at = 5_usize;
        for _ in 0..2 {
            let Some(len) = u8_at(data, at).map(usize::from).filter(|len| *len <= MAX_ID) else {
                return Verdict::No;
            };
            at = at.saturating_add(len).saturating_add(1);
        }
        if at < data.len() { Verdict::Yes } else { Verdict::No }
    }
}

/// What is known of the packets of a layer, in their order.
fn packets<'a>(layer: Layer<'a>) -> impl Iterator<Item = QuicPacket> + use<'a> {
    let number = layer.number();
    let rows = layer.packet.parts.facts.links.iter().filter(move |row| row.slot == number);
    rows.filter_map(|row| match row.link {
        Link::Quic(packet) => Some(packet),
        _ => None,
    })
}

/// Bytes of a layer that were sent from `at` on.
fn wire(layer: &Layer<'_>, at: usize) -> usize {
    usize::try_from(layer.slot.memo).unwrap_or(usize::MAX).max(layer.data().len()).saturating_sub(at)
}

/// The packet that begins at `at`; answers where it ends.
fn packet(walk: &mut Walk<'_, '_>, at: usize, known: QuicPacket) -> Option<usize> {
    let rest = walk.data().get(at..)?;
    let header = Header::parse(rest, wire(&walk.layer(), at), known.id_len).ok();
    let end = at.saturating_add(header.map_or(rest.len(), |header| header.end.min(rest.len())));
    walk.open(&PACKET, at..end, Value::None)?;
    if let Some(header) = header {
        walk.uint(&PACKET_LENGTH, at..end, u32::try_from(header.end).ok()?)?;
    }
    let first = u8_at(rest, 0)?;
    let mut c = Cursor::new(walk, at, end);
    match first & LONG {
        0 => short(&mut c, first, known)?,
        _ => {
            let is_whole = header.is_some_and(|header| header.end <= rest.len());
            long(&mut c, first, known, is_whole)?;
        }
    }
    if known.source != 0 {
        walk.within_source(known.source, frames::fields)?;
    }
    walk.close();
    Some(end)
}

/// A short header (RFC 9000 section 17.3.1). All but its first three bits and the ID is protected.
fn short(c: &mut Cursor<'_, '_, '_>, first: u8, known: QuicPacket) -> Option<()> {
    let at = c.take(1)?;
    let place = at..c.at();
    let walk = c.walk();
    walk.uint(&FORM, place.clone(), first >> 7)?;
    walk.bits(&[(&FIXED_BIT, 0x40), (&SPIN, 0x20)], place, first)?;
    match known.id_len {
        None | Some(0) => {}
        Some(len) => c.bytes(&DCID, len.into()).map(|_| ())?,
    }
    rest(c, &REMAINING)
}

/// A long header (RFC 8999 section 5.1, RFC 9000 section 17.2).
fn long(c: &mut Cursor<'_, '_, '_>, masked: u8, known: QuicPacket, is_whole: bool) -> Option<()> {
    let kind = Header::kind(c.rest());
    let first = known.unmasked.map_or(masked, |(first, _)| first);
    let at = c.take(1)?;
    let place = at..c.at();
    let version = u32_at(c.rest(), 0);
    let walk = c.walk();
    walk.uint(&FORM, place.clone(), first >> 7)?;
    match kind? {
        Kind::VersionNegotiation => walk.bits(&[(&UNUSED, 0x7f)], place, first)?,
        Kind::Other | Kind::Short => {}
        kind => {
            // The RFC has a fixed bit in a Retry, too; its other bits are unused.
            if kind != Kind::Retry {
                walk.bits(&[(&FIXED_BIT, 0x40)], place.clone(), first)?;
            }
            let field = if version.and_then(family) == Some(Family::Two) { &TYPE_2 } else { &TYPE };
            walk.bits(&[(field, 0x30)], place.clone(), first)?;
            if known.unmasked.is_some() {
                walk.bits(&[(&RESERVED, 0x0c), (&NUMBER_LENGTH, 0x03)], place, first)?;
            }
        }
    }
    c.u32(if version.is_some_and(is_reserved) { &RESERVED_VERSION } else { &VERSION })?;
    for [len, id] in [[&DCIL, &DCID], [&SCIL, &SCID]] {
        let len = c.u8(len)?;
        if len > 0 {
            c.bytes(id, len.into())?;
        }
    }
    match kind? {
        Kind::VersionNegotiation => {
            while c.left() > 0 {
                let is_reserved = u32_at(c.rest(), 0).is_some_and(is_reserved);
                c.u32(if is_reserved { &RESERVED_SUPPORTED } else { &SUPPORTED })?;
            }
            return Some(());
        }
        Kind::Retry if is_whole => {
            let len = c.left().checked_sub(TAG)?;
            if len > 0 {
                c.bytes(&RETRY_TOKEN, len)?;
            }
            return c.bytes(&RETRY_TAG, TAG).map(|_| ());
        }
        Kind::Initial => {
            let len = usize::try_from(c.varint(&TOKEN_LENGTH)?).ok()?;
            if len > 0 {
                c.bytes(&TOKEN, len)?;
            }
            c.varint(&LENGTH)?;
        }
        Kind::ZeroRtt | Kind::Handshake => {
            c.varint(&LENGTH)?;
        }
        Kind::Retry | Kind::Other | Kind::Short => {}
    }
    match known.unmasked {
        Some((first, number)) => {
            c.uint(&NUMBER, Unmasked::number_len(first), number)?;
            rest(c, &PAYLOAD)
        }
        None => rest(c, &REMAINING),
    }
}

/// What is left of a packet, if anything.
fn rest(c: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    let len = c.left();
    if len == 0 { Some(()) } else { c.bytes(field, len).map(|_| ()) }
}

/// One packet, for the list.
fn packet_summary(
    header: &Header<'_>,
    known: QuicPacket,
    layer: &Layer<'_>,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    out.write_str(header.kind.title())?;
    for (title, id) in [("DCID", header.dcid), ("SCID", header.scid)] {
        if !id.is_empty() {
            write!(out, ", {title}=")?;
            id.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
        }
    }
    if let Some((_, number)) = known.unmasked {
        write!(out, ", PKN: {number}")?;
    }
    if known.source != 0 {
        for title in frames::titles(layer.source(known.source)) {
            write!(out, ", {title}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
