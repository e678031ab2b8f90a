//! Link state advertisements: their headers (RFC 2328 section A.4.1, RFC 5340 section A.4.2) and checksums.

use super::{Version, body, opaque, options2};
use crate::bytes::{u8_at, u16_at};
use crate::checksum::{STATUS_NAMES, Status};
use crate::cursor::Cursor;
use crate::field::Field;

fields! {
    ADVERTISEMENT = Field::group("nd.ospf.lsa", "advertisement"),
    AGE = Field::u16("ospf.lsa.age", "age (s)").many(),
    DO_NOT_AGE2 = Field::u16("ospf.lsa.donotage", "does not age").many(),
    DO_NOT_AGE3 = Field::bool("ospf.v3.lsa.do_not_age", "does not age").many(),
    KIND2 = Field::u8("ospf.lsa", "type").names(KINDS2).many().key(),
    IS_ROUTER2 = Field::flag("ospf.lsa.router", "router").many().hidden(),
    IS_NETWORK2 = Field::flag("ospf.lsa.network", "network").many().hidden(),
    IS_SUMMARY = Field::flag("ospf.lsa.summary", "summary").many().hidden(),
    IS_ASBR = Field::flag("ospf.lsa.asbr", "boundary router").many().hidden(),
    IS_EXTERNAL2 = Field::flag("ospf.lsa.asext", "external").many().hidden(),
    IS_MEMBER2 = Field::flag("ospf.lsa.member", "group membership").many().hidden(),
    IS_NSSA2 = Field::flag("ospf.lsa.nssa", "external, not-so-stubby area").many().hidden(),
    IS_ATTRIBUTES = Field::flag("ospf.lsa.attr", "external attributes").many().hidden(),
    IS_OPAQUE2 = Field::flag("ospf.lsa.opaque", "opaque").many().hidden(),
    KIND3 = Field::u16("ospf.v3.lsa", "type").hex().many().key(),
    KIND3_U = Field::bool("ospf.v3.lsa.u", "U: flooded by those who do not know it").many(),
    KIND3_SCOPE = Field::u16("ospf.v3.lsa.s12", "flooding scope").hex().names(SCOPES).many(),
    KIND3_FUNCTION = Field::u16("ospf.v3.lsa.fc", "function").names(FUNCTIONS).many(),
    IS_ROUTER3 = Field::flag("ospf.v3.lsa.router", "router").many().hidden(),
    IS_NETWORK3 = Field::flag("ospf.v3.lsa.network", "network").many().hidden(),
    IS_INTER_PREFIX = Field::flag("ospf.v3.lsa.interprefix", "inter-area prefix").many().hidden(),
    IS_INTER_ROUTER = Field::flag("ospf.v3.lsa.interrouter", "inter-area router").many().hidden(),
    IS_EXTERNAL3 = Field::flag("ospf.v3.lsa.asext", "external").many().hidden(),
    IS_MEMBER3 = Field::flag("ospf.v3.lsa.member", "group membership").many().hidden(),
    IS_NSSA3 = Field::flag("ospf.v3.lsa.nssa", "external, not-so-stubby area").many().hidden(),
    IS_LINK = Field::flag("ospf.v3.lsa.link", "link").many().hidden(),
    IS_INTRA_PREFIX = Field::flag("ospf.v3.lsa.intraprefix", "intra-area prefix").many().hidden(),
    IS_OPAQUE3 = Field::flag("ospf.v3.lsa.opaque", "router information").many().hidden(),
    ID = Field::ipv4("ospf.lsa.id", "link state id").many().key(),
    OPAQUE_TYPE = Field::u8("ospf.lsid_opaque_type", "opaque type").names(opaque::TYPES).many(),
    OPAQUE_ID = Field::u24("ospf.lsid.opaque_id", "opaque id").many(),
    TE_RESERVED = Field::u8("ospf.lsid_te_lsa.reserved", "reserved").many(),
    TE_INSTANCE = Field::u16("ospf.lsid_te_lsa.instance", "instance").many(),
    LINK_STATE_ID = Field::ipv4("ospf.link_state_id", "link state id").many(),
    ADVERTISER = Field::ipv4("ospf.advrouter", "advertising router").many().key(),
    SEQUENCE = Field::u32("ospf.lsa.seqnum", "sequence number").hex().many(),
    CHECKSUM = Field::u16("ospf.lsa.chksum", "checksum").hex().many(),
    CHECKSUM_STATUS = Field::u8("nd.ospf.lsa.checksum.status", "checksum status").names(STATUS_NAMES).many(),
    LENGTH = Field::u16("ospf.lsa.length", "length").many(),
}

/// Bytes of a header.
pub(super) const HEADER: usize = 20;
/// In the age: it does not grow (RFC 1793 section 2.2).
const DO_NOT_AGE: u16 = 0x8000;

pub(super) const NSSA: u16 = 7;
pub(super) const OPAQUE_LINK: u16 = 9;
pub(super) const OPAQUE_AS: u16 = 11;
pub(super) const ROUTER_INFORMATION: u16 = 12;

const KINDS2: &[(u64, &str)] = &[
    (1, "Router"),
    (2, "Network"),
    (3, "Summary (IP network)"),
    (4, "Summary (AS boundary router)"),
    (5, "AS external"),
    (6, "Group membership"),
    (7, "NSSA AS external"),
    (8, "External attributes"),
    (9, "Opaque, link-local scope"),
    (10, "Opaque, area-local scope"),
    (11, "Opaque, AS scope"),
];
const SCOPES: &[(u64, &str)] = &[(0, "Link-Local"), (1, "Area"), (2, "AS"), (3, "Reserved")];
const FUNCTIONS: &[(u64, &str)] = &[
    (1, "Router"),
    (2, "Network"),
    (3, "Inter-area prefix"),
    (4, "Inter-area router"),
    (5, "AS external"),
    (6, "Group membership"),
    (7, "NSSA"),
    (8, "Link"),
    (9, "Intra-area prefix"),
    (12, "Router information"),
];

/// Reads one header and answers the type, of version 3 its function code.
pub(super) fn header(part: &mut Cursor<'_, '_, '_>, version: Version) -> Option<u16> {
    let is_whole = part.left() >= usize::from(u16_at(part.rest(), 18).unwrap_or(u16::MAX));
    let status = if is_whole { verify(part.rest()) } else { Status::Unverified };
    let at = part.at();
    let age = u16_at(part.rest(), 0)?;
    part.uint(&AGE, 2, age & !DO_NOT_AGE)?;
    let range = at..part.at();
    let kind = match version {
        Version::Two => {
            part.walk().uint(&DO_NOT_AGE2, range, age >> 15)?;
            let kind = u8_at(part.rest(), 1)?;
            options2(part, u16::from(kind) == NSSA)?;
            let at = part.at();
            part.u8(&KIND2)?;
            flag(part, at, marker2(kind))?;
            if (OPAQUE_LINK..=OPAQUE_AS).contains(&kind.into()) {
                if part.u8(&OPAQUE_TYPE)? == opaque::TRAFFIC_ENGINEERING {
                    part.u8(&TE_RESERVED)?;
                    part.u16(&TE_INSTANCE)?;
                } else {
                    part.u24(&OPAQUE_ID)?;
                }
            } else {
                part.ipv4(&ID)?;
            }
            kind.into()
        }
        Version::Three { .. } => {
            part.walk().bool(&DO_NOT_AGE3, range, age & DO_NOT_AGE != 0)?;
            let at = part.at();
            let function = kind3(part)?;
            flag(part, at, marker3(function))?;
            part.ipv4(&LINK_STATE_ID)?;
            function
        }
    };
    part.ipv4(&ADVERTISER)?;
    part.u32(&SEQUENCE)?;
    let at = part.at();
    part.u16(&CHECKSUM)?;
    let range = at..part.at();
    part.walk().uint(&CHECKSUM_STATUS, range, status as u8)?;
    part.u16(&LENGTH)?;
    Some(kind)
}

/// Reads an advertisement with its body.
pub(super) fn whole(part: &mut Cursor<'_, '_, '_>, version: Version) -> Option<()> {
    let opaque_type = u8_at(part.rest(), 4)?;
    let kind = header(part, version)?;
    match version {
        Version::Two if (OPAQUE_LINK..=OPAQUE_AS).contains(&kind) => opaque::body(part, opaque_type),
        Version::Two => body::two(part, kind),
        Version::Three { .. } if kind == ROUTER_INFORMATION => opaque::router_information(part),
        Version::Three { ipv4 } => body::three(part, kind, ipv4),
    }
}

/// The type of version 3: how it is flooded, and what it is (RFC 5340 section A.4.2.1).
pub(super) fn kind3(part: &mut Cursor<'_, '_, '_>) -> Option<u16> {
    let at = part.at();
    let kind = u16_at(part.rest(), 0)?;
    let range = at..part.take(2)?.saturating_add(2);
    let walk = part.walk();
    walk.open(&KIND3, range.clone(), crate::field::Value::Uint(kind.into()))?;
    walk.bool(&KIND3_U, range.clone(), kind & 0x8000 != 0)?;
    walk.uint(&KIND3_SCOPE, range.clone(), kind >> 13 & 3)?;
    walk.uint(&KIND3_FUNCTION, range, kind & 0x1fff)?;
    walk.close();
    Some(kind & 0x1fff)
}

fn flag(part: &mut Cursor<'_, '_, '_>, at: usize, field: Option<&'static Field>) -> Option<()> {
    let end = part.at();
    field.map_or(Some(()), |field| part.walk().flag(field, at..end))
}

const fn marker2(kind: u8) -> Option<&'static Field> {
    Some(match kind {
        1 => &IS_ROUTER2,
        2 => &IS_NETWORK2,
        3 => &IS_SUMMARY,
        4 => &IS_ASBR,
        5 => &IS_EXTERNAL2,
        6 => &IS_MEMBER2,
        7 => &IS_NSSA2,
        8 => &IS_ATTRIBUTES,
        9..=11 => &IS_OPAQUE2,
        _ => return None,
    })
}

const fn marker3(function: u16) -> Option<&'static Field> {
    Some(match function {
        1 => &IS_ROUTER3,
        2 => &IS_NETWORK3,
        3 => &IS_INTER_PREFIX,
        4 => &IS_INTER_ROUTER,
        5 => &IS_EXTERNAL3,
        6 => &IS_MEMBER3,
        7 => &IS_NSSA3,
        8 => &IS_LINK,
        9 => &IS_INTRA_PREFIX,
        ROUTER_INFORMATION => &IS_OPAQUE3,
        _ => return None,
    })
}

/// Fletcher's checksum over the advertisement without its age (RFC 2328 section 12.1.7, RFC 905 annex B).
fn verify(lsa: &[u8]) -> Status {
    let length = usize::from(u16_at(lsa, 18).unwrap_or_default());
    match lsa.get(2..length) {
        Some(covered) if length >= HEADER => {
            let (c0, c1) = covered.iter().fold((0_u32, 0_u32), |(c0, c1), byte| {
                let c0 = c0.wrapping_add((*byte).into()) % 255;
                (c0, c1.wrapping_add(c0) % 255)
            });
            if (c0, c1) == (0, 0) { Status::Good } else { Status::Bad }
        }
        _ => Status::Unverified,
    }
}
