//! Path attributes (RFC 4271 section 4.3 and those that came after).

use super::{FOUR_BYTES, TWO_BYTES, communities, names, routes};
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::cursor::Cursor;
use crate::field::{Field, Value};

fields! {
    ATTRIBUTE = Field::group("bgp.update.path_attribute", "path attribute"),
    FLAGS = Field::u8("bgp.update.path_attribute.flags", "flags").hex().many(),
    OPTIONAL = Field::bool("bgp.update.path_attribute.flags.optional", "optional").many(),
    TRANSITIVE = Field::bool("bgp.update.path_attribute.flags.transitive", "transitive").many(),
    PARTIAL = Field::bool("bgp.update.path_attribute.flags.partial", "partial").many(),
    EXTENDED = Field::bool("bgp.update.path_attribute.flags.extended_length", "extended length").many(),
    UNUSED = Field::u8("bgp.update.path_attribute.flags.unused", "unused").hex().many(),
    TYPE = Field::u8("bgp.update.path_attribute.type_code", "type").names(names::ATTRIBUTES).many(),
    LENGTH = Field::u16("bgp.update.path_attribute.length", "length").many(),
    VALUE = Field::bytes("nd.bgp.update.path_attribute.value", "value").many(),
    ORIGIN = Field::u8("bgp.update.path_attribute.origin", "origin").names(names::ORIGINS).many(),
    SEGMENT = Field::group("bgp.update.path_attribute.as_path_segment", "segment"),
    SEGMENT_TYPE = Field::u8("bgp.update.path_attribute.as_path_segment.type", "type")
        .names(names::SEGMENTS)
        .many(),
    SEGMENT_LEN = Field::u8("bgp.update.path_attribute.as_path_segment.length", "AS numbers").many(),
    AS2 = Field::u16("bgp.update.path_attribute.as_path_segment.as2", "AS")
        .names(names::TRANSITIONAL)
        .many()
        .key(),
    AS4 = Field::u32("bgp.update.path_attribute.as_path_segment.as4", "AS").many().key(),
    NEXT_HOP = Field::ipv4("bgp.update.path_attribute.next_hop", "next hop").many().key(),
    DISCRIMINATOR = Field::u32("bgp.update.path_attribute.multi_exit_disc", "metric").many(),
    PREFERENCE = Field::u32("bgp.update.path_attribute.local_pref", "preference").many(),
    AGGREGATOR_AS = Field::u32("bgp.update.path_attribute.aggregator_as", "aggregator's AS").many(),
    AGGREGATOR = Field::ipv4("bgp.update.path_attribute.aggregator_origin", "aggregator").many(),
    ORIGINATOR = Field::ipv4("bgp.update.path_attribute.originator_id", "originator").many(),
    CLUSTER = Field::ipv4("bgp.path_attribute.cluster_id", "cluster").many(),
    AIGP_TYPE = Field::u8("bgp.update.attribute.aigp.type", "type").many(),
    AIGP_LENGTH = Field::u16("bgp.update.attribute.aigp.length", "length").many(),
    AIGP_METRIC = Field::u64("bgp.update.attribute.aigp.accu_igp_metric", "accumulated metric").many(),
    PMSI_FLAGS = Field::u8("bgp.update.path_attribute.pmsi.tunnel.flags", "flags").many(),
    PMSI_TYPE = Field::u8("bgp.update.path_attribute.pmsi.tunnel.type", "tunnel").names(names::TUNNELS).many(),
    PMSI_LABEL = Field::u24("bgp.update.path_attribute.mpls_label_value_20bits", "label").many(),
    PMSI_ID = Field::ipv4("bgp.update.path_attribute.pmsi.rsvp.id", "P2MP id").many(),
    PMSI_TUNNEL = Field::u16("bgp.update.path_attribute.pmsi.rsvp.tunnel_id", "tunnel id").many(),
    PMSI_EXTENDED =
        Field::ipv4("bgp.update.path_attribute.pmsi.rsvp.ext_tunnel_idv4", "extended tunnel id").many(),
    SET_AS = Field::u32("bgp.update.path_attribute.attr_set.origin_as", "origin AS").many(),
    PATH_LEN = Field::u16("bgp.update.path_attribute.bgpsec.sp.length", "secure path length").many(),
    PATH_COUNT = Field::u8("bgp.update.path_attribute.bgpsec.sps.pcount", "count").many(),
    PATH_FLAGS = Field::u8("bgp.update.path_attribute.bgpsec.sps.flags", "flags").many(),
    PATH_AS = Field::u32("bgp.update.path_attribute.bgpsec.sps.as", "AS").many(),
    BLOCK_LEN = Field::u16("bgp.update.path_attribute.bgpsec.sb.length", "signature block length").many(),
    BLOCK_ALGORITHM = Field::u8("bgp.update.path_attribute.bgpsec.sb.algo_id", "algorithm").many(),
    SIGNER = Field::bytes("bgp.update.path_attribute.bgpsec.ss.ski", "key identifier").spaced().many(),
    SIGNATURE_LEN = Field::u16("bgp.update.path_attribute.bgpsec.ss.length", "signature length").many(),
    SIGNATURE = Field::bytes("bgp.update.path_attribute.bgpsec.ss.sig", "signature").spaced().many(),
}

/// Flags of an attribute (RFC 4271 section 4.3).
const LONG: u8 = 0x10;

pub(super) const AS_PATH: u8 = 2;
const EXTENDED_COMMUNITIES: u8 = 16;
pub(super) const AS4_PATH: u8 = 17;
const SET: u8 = 128;
/// A segment of a path that has an order.
const SEQUENCE: u8 = 2;
/// The attribute that holds others does so once: a set in a set is shown as bytes (RFC 6368 section 5).
const HEAD_OF_SET: usize = 4;
/// Bytes of a key identifier (RFC 8208 section 3.1.1).
const SIGNER_LEN: usize = 20;

/// All attributes in `part`.
pub(super) fn list(part: &mut Cursor<'_, '_, '_>, memo: u32) -> Option<()> {
    let tunnel = find(part.rest(), EXTENDED_COMMUNITIES).and_then(communities::tunnel);
    while part.left() > 0 {
        attribute(part, |part, kind| match kind {
            SET if part.left() >= HEAD_OF_SET => {
                part.u32(&SET_AS)?;
                while part.left() > 0 {
                    attribute(part, |part, kind| value(part, kind, memo, tunnel))?;
                }
                Some(())
            }
            _ => value(part, kind, memo, tunnel),
        })?;
    }
    Some(())
}

/// One attribute; `read` gets its value.
fn attribute<'a, 'v>(
    part: &mut Cursor<'_, 'a, 'v>,
    read: impl FnOnce(&mut Cursor<'_, 'a, 'v>, u8) -> Option<()>,
) -> Option<()> {
    let (_, head, len) = measure(part.rest())?;
    part.group(&ATTRIBUTE, Value::None, head.saturating_add(len), |part| {
        let flags = u8_at(part.rest(), 0)?;
        let range = part.at()..part.at().saturating_add(1);
        let walk = part.walk();
        walk.open(&FLAGS, range.clone(), Value::Uint(flags.into()))?;
        for (mask, field) in [(0x80, &OPTIONAL), (0x40, &TRANSITIVE), (0x20, &PARTIAL), (LONG, &EXTENDED)] {
            walk.bool(field, range.clone(), flags & mask != 0)?;
        }
        walk.uint(&UNUSED, range, flags & 0x0f)?;
        walk.close();
        part.take(1)?;
        let kind = part.u8(&TYPE)?;
        part.uint(&LENGTH, head.saturating_sub(2), u32::try_from(len).ok()?)?;
        // What the message cannot hold is no value.
        if len > part.left() { None } else { read(part, kind) }
    })
}

/// Type, bytes before the value, and bytes of the value of the attribute that `data` begins with.
fn measure(data: &[u8]) -> Option<(u8, usize, usize)> {
    let (flags, kind) = (u8_at(data, 0)?, u8_at(data, 1)?);
    if flags & LONG != 0 {
        Some((kind, 4, u16_at(data, 2)?.into()))
    } else {
        Some((kind, 3, u8_at(data, 2)?.into()))
    }
}

/// The value of the first attribute of type `wanted`.
pub(super) fn find(mut data: &[u8], wanted: u8) -> Option<&[u8]> {
    while let Some((kind, head, len)) = measure(data) {
        let end = head.saturating_add(len);
        if kind == wanted {
            return data.get(head..end);
        }
        data = data.get(end..)?;
    }
    None
}

fn value(part: &mut Cursor<'_, '_, '_>, kind: u8, memo: u32, tunnel: Option<u16>) -> Option<()> {
    let len = part.left();
    match (kind, len) {
        (1, 1) => part.u8(&ORIGIN).map(|_| ()),
        (AS_PATH, _) => path(part, width(part.rest(), memo)),
        (3, 4) => part.ipv4(&NEXT_HOP).map(|_| ()),
        (4, 4) => part.u32(&DISCRIMINATOR).map(|_| ()),
        (5, 4) => part.u32(&PREFERENCE).map(|_| ()),
        (6, 0) => Some(()),
        (7, 6) => {
            let number = part.peek(2)?;
            part.uint(&AGGREGATOR_AS, 2, number)?;
            part.ipv4(&AGGREGATOR).map(|_| ())
        }
        (7 | 18, 8) => {
            part.u32(&AGGREGATOR_AS)?;
            part.ipv4(&AGGREGATOR).map(|_| ())
        }
        (8, _) if len.is_multiple_of(4) => communities::plain(part),
        (9, 4) => part.ipv4(&ORIGINATOR).map(|_| ()),
        (10, _) if len.is_multiple_of(4) => {
            while part.left() > 0 {
                part.ipv4(&CLUSTER)?;
            }
            Some(())
        }
        (14, 5..) => routes::reachable(part, tunnel),
        (15, 3..) => routes::unreachable(part, tunnel),
        (EXTENDED_COMMUNITIES, _) if len.is_multiple_of(8) => communities::extended(part),
        (AS4_PATH, _) => path(part, 4),
        (22, 5..) => provider_tunnel(part),
        (26, 3..) => {
            while part.left() > 0 {
                let kind = part.u8(&AIGP_TYPE)?;
                let len = usize::from(part.u16(&AIGP_LENGTH)?).checked_sub(3)?;
                part.part(len, |part| match (kind, len) {
                    (1, 8) => part.u64(&AIGP_METRIC).map(|_| ()),
                    _ => part.bytes(&VALUE, len).map(|_| ()),
                })?;
            }
            Some(())
        }
        (32, _) if len.is_multiple_of(12) => communities::large(part),
        (33, _) => secured(part),
        _ => part.bytes(&VALUE, len).map(|_| ()),
    }
}

/// Bytes of an AS number in a path: as the ends agreed (RFC 6793), or, where their OPENs were not seen, the width with
/// which the segments fill the attribute; of two that do so the narrow one, unless it yields the AS 0, which nobody
/// has.
fn width(path: &[u8], memo: u32) -> usize {
    match memo {
        TWO_BYTES if fits(path, 2) => 2,
        FOUR_BYTES if fits(path, 4) => 4,
        _ if fits(path, 2) && !(has_zero(path) && fits(path, 4)) => 2,
        _ if fits(path, 4) => 4,
        _ => 2,
    }
}

fn fits(mut path: &[u8], width: usize) -> bool {
    while let (Some(kind), Some(count)) = (u8_at(path, 0), u8_at(path, 1)) {
        let len = usize::from(count).saturating_mul(width).saturating_add(2);
        match path.get(len..) {
            Some(rest) if (1..=4).contains(&kind) => path = rest,
            _ => return false,
        }
    }
    path.is_empty()
}

fn has_zero(mut path: &[u8]) -> bool {
    while let Some(count) = u8_at(path, 1) {
        let len = usize::from(count).saturating_mul(2).saturating_add(2);
        let numbers = path.get(2..len).unwrap_or_default();
        if numbers.chunks_exact(2).any(|number| number == [0, 0]) {
            return true;
        }
        path = path.get(len..).unwrap_or_default();
    }
    false
}

fn path(part: &mut Cursor<'_, '_, '_>, width: usize) -> Option<()> {
    while part.left() > 0 {
        let len = usize::from(u8_at(part.rest(), 1)?).saturating_mul(width).saturating_add(2);
        part.group(&SEGMENT, Value::None, len, |part| {
            part.u8(&SEGMENT_TYPE)?;
            part.u8(&SEGMENT_LEN)?;
            while part.left() > 0 {
                if width == 4 { part.u32(&AS4).map(|_| ())? } else { part.u16(&AS2).map(|_| ())? }
            }
            Some(())
        })?;
    }
    Some(())
}

/// The tunnel of a multicast VPN (RFC 6514 section 5).
fn provider_tunnel(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    part.u8(&PMSI_FLAGS)?;
    let kind = part.u8(&PMSI_TYPE)?;
    let label = part.peek(3)?;
    part.uint(&PMSI_LABEL, 3, label >> 4)?;
    match (kind, part.left()) {
        (_, 0) => Some(()),
        (1, 12) => {
            part.ipv4(&PMSI_ID)?;
            part.take(2)?;
            part.u16(&PMSI_TUNNEL)?;
            part.ipv4(&PMSI_EXTENDED).map(|_| ())
        }
        (_, left) => part.bytes(&VALUE, left).map(|_| ()),
    }
}

/// The signed path (RFC 8205 section 3).
fn secured(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let len = usize::from(part.u16(&PATH_LEN)?).checked_sub(2)?;
    part.part(len, |part| {
        while part.left() > 0 {
            part.u8(&PATH_COUNT)?;
            part.u8(&PATH_FLAGS)?;
            part.u32(&PATH_AS)?;
        }
        Some(())
    })?;
    while part.left() > 0 {
        let len = usize::from(part.u16(&BLOCK_LEN)?).checked_sub(2)?;
        part.part(len, |part| {
            part.u8(&BLOCK_ALGORITHM)?;
            while part.left() > 0 {
                part.bytes(&SIGNER, SIGNER_LEN)?;
                let len = part.u16(&SIGNATURE_LEN)?;
                part.bytes(&SIGNATURE, len.into())?;
            }
            Some(())
        })?;
    }
    Some(())
}

/// Where the routes of a path come from: the last AS of its last segment. A set there, or a confederation, tells nobody
/// (RFC 6811 section 2).
pub(super) fn origin_as(mut path: &[u8], memo: u32) -> Option<u32> {
    let width = width(path, memo);
    loop {
        let (kind, count) = (u8_at(path, 0)?, usize::from(u8_at(path, 1)?));
        let rest = path.get(count.saturating_mul(width).saturating_add(2)..)?;
        if rest.is_empty() {
            let at = count.checked_sub(1)?.saturating_mul(width).saturating_add(2);
            return match (kind, width) {
                (SEQUENCE, 4) => u32_at(path, at),
                (SEQUENCE, _) => u16_at(path, at).map(u32::from),
                _ => None,
            };
        }
        path = rest;
    }
}
