//! Extension objects behind ICMP messages (RFC 4884): MPLS labels (RFC 4950), interfaces (RFC 5837), and the
//! interface that an extended echo asks about (RFC 8335). ICMP and ICMPv6 share them.

use crate::bytes::{slice, u8_at, u16_at};
use crate::checksum::{self, Status};
use crate::field::{Field, Value};
use crate::network::status_field;
use crate::walk::Walk;

fields! {
    VERSION = Field::u8("icmp.ext.version", "extensions, version"),
    RES = Field::u16("icmp.ext.res", "reserved").hex(),
    CHECKSUM = Field::u16("icmp.ext.checksum", "checksum").hex(),
    CHECKSUM_STATUS = status_field("icmp.ext.checksum.status"),
    LENGTH = Field::u16("icmp.ext.length", "object, length").many(),
    CLASS = Field::u8("icmp.ext.class", "class").many().names(CLASS_NAMES),
    CTYPE = Field::u8("icmp.ext.ctype", "type within the class").many(),
    IDENT_CTYPE = Field::u8("icmp.ext.ctype", "type within the class").many().names(IDENT_NAMES),
    DATA = Field::bytes("icmp.ext.data", "data").many(),
    MPLS_LABEL = Field::u24("icmp.mpls.label", "label").many(),
    MPLS_EXP = Field::u24("icmp.mpls.exp", "experimental bits").many(),
    MPLS_S = Field::bool("icmp.mpls.s", "bottom of the stack").many(),
    MPLS_TTL = Field::u8("icmp.mpls.ttl", "time to live").many(),
    INFO_ROLE = Field::u8("icmp.int_info.role", "interface role").many().names(ROLE_NAMES),
    INFO_RESERVED = Field::u8("icmp.int_info.reserved", "reserved").many(),
    INFO_IFINDEX = Field::bool("icmp.int_info.ifindex", "has an index").many(),
    INFO_IPADDR = Field::bool("icmp.int_info.ipaddr", "has an address").many(),
    INFO_NAME_PRESENT = Field::bool("icmp.int_info.name_present", "has a name").many(),
    INFO_MTU_PRESENT = Field::bool("icmp.int_info.mtu_present", "has an MTU").many(),
    INFO_INDEX = Field::u32("icmp.int_info.index", "interface index").many(),
    INFO_AFI = Field::u16("icmp.int_info.afi", "address family").many().names(FAMILY_NAMES),
    INFO_IPV4 = Field::ipv4("icmp.int_info.ipv4", "interface address").many(),
    INFO_IPV6 = Field::ipv6("icmp.int_info.ipv6", "interface address").many(),
    INFO_NAME_LENGTH = Field::u8("icmp.int_info.name_length", "name length").many(),
    INFO_NAME = Field::text("icmp.int_info.name", "interface name").many(),
    INFO_MTU = Field::u32("icmp.int_info.mtu", "interface MTU").many(),
    IDENT_NAME = Field::text("icmp.int_ident.name", "interface name").many(),
    IDENT_INDEX = Field::u32("icmp.int_ident.index", "interface index").many(),
    IDENT_AFI = Field::u16("icmp.int_ident.afi", "address family").many().names(FAMILY_NAMES),
    IDENT_ADDR_LENGTH = Field::u8("icmp.int_ident.addr_length", "address length").many(),
    IDENT_IPV4 = Field::ipv4("icmp.int_ident.ipv4", "interface address").many(),
    IDENT_IPV6 = Field::ipv6("icmp.int_ident.ipv6", "interface address").many(),
}

const CLASS_NAMES: &[(u64, &str)] =
    &[(1, "MPLS label stack"), (2, "interface information"), (3, "interface identification")];
const ROLE_NAMES: &[(u64, &str)] =
    &[(0, "arrived at"), (1, "subinterface of the arrival"), (2, "would have left by"), (3, "next hop")];
/// How an interface is identified (RFC 8335 section 2.1).
const IDENT_NAMES: &[(u64, &str)] = &[(1, "by name"), (2, "by index"), (3, "by address")];
/// Families that interfaces have addresses of (IANA `address-family-numbers`).
const FAMILY_NAMES: &[(u64, &str)] =
    &[(1, "IPv4"), (2, "IPv6"), (16_389, "48-bit MAC"), (16_390, "64-bit MAC")];
/// What the answer to an extended echo says of a neighbour (RFC 8335 section 3).
pub(crate) const STATE_NAMES: &[(u64, &str)] = &[
    (0, "reserved"),
    (1, "incomplete"),
    (2, "reachable"),
    (3, "stale"),
    (4, "delay"),
    (5, "probe"),
    (6, "failed"),
];

const MPLS: u8 = 1;
const INTERFACE: u8 = 2;
const IDENTIFICATION: u8 = 3;

/// Bytes of an extension's own header, and of an object's.
const HEADER: usize = 4;

/// Hands the extensions between `at` and the end of the layer to the walk.
pub(crate) fn emit(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let word = u16_at(walk.data(), at)?;
    let place = |offset: usize| at.saturating_add(offset);
    walk.uint(&VERSION, at..place(1), word >> 12)?;
    walk.uint(&RES, at..place(2), word & 0x0fff)?;
    walk.u16(&CHECKSUM, place(2))?;
    let good = checksum::sum(walk.data().get(at..)?) == 0xffff;
    let status = if good { Status::Good } else { Status::Bad };
    walk.uint(&CHECKSUM_STATUS, place(2)..place(4), status as u8)?;
    let mut object = place(HEADER);
    while object < walk.data().len() {
        object = self::object(walk, object)?;
    }
    Some(())
}

/// One object; answers where the next begins.
fn object(walk: &mut Walk<'_, '_>, at: usize) -> Option<usize> {
    let len = walk.u16(&LENGTH, at)?;
    let class = walk.u8(&CLASS, at.saturating_add(2))?;
    let ctype_row = if class == IDENTIFICATION { &IDENT_CTYPE } else { &CTYPE };
    let ctype = walk.u8(ctype_row, at.saturating_add(3))?;
    let end = at.saturating_add(len.into());
    let body = at.saturating_add(HEADER);
    if end < body {
        return None;
    }
    let whole = end <= walk.data().len();
    let end = end.min(walk.data().len());
    let _ = match (class, ctype) {
        (MPLS, 1) if whole => labels(walk, body, end),
        (INTERFACE, _) if whole => interface(walk, body, end, ctype),
        (IDENTIFICATION, 1..=3) if whole => identification(walk, body, end, ctype),
        _ if end > body => walk.bytes(&DATA, body, end.saturating_sub(body)).map(|_| ()),
        _ => Some(()),
    };
    Some(end)
}

fn labels(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    for at in (at..end.saturating_sub(3)).step_by(4) {
        let label = crate::bytes::u24_at(walk.data(), at)?;
        let bytes = at..at.saturating_add(3);
        walk.uint(&MPLS_LABEL, bytes.clone(), label >> 4)?;
        walk.uint(&MPLS_EXP, bytes.clone(), label >> 1 & 7)?;
        walk.bool(&MPLS_S, bytes, label & 1 != 0)?;
        walk.u8(&MPLS_TTL, at.saturating_add(3))?;
    }
    Some(())
}

/// The parts of an interface, each if its bit is set in `ctype` (RFC 5837 section 4.1).
fn interface(walk: &mut Walk<'_, '_>, at: usize, end: usize, ctype: u8) -> Option<()> {
    let bits = at.saturating_sub(1)..at;
    walk.uint(&INFO_ROLE, bits.clone(), ctype >> 6)?;
    walk.uint(&INFO_RESERVED, bits.clone(), ctype >> 4 & 3)?;
    walk.bool(&INFO_IFINDEX, bits.clone(), ctype & 8 != 0)?;
    walk.bool(&INFO_IPADDR, bits.clone(), ctype & 4 != 0)?;
    walk.bool(&INFO_NAME_PRESENT, bits.clone(), ctype & 2 != 0)?;
    walk.bool(&INFO_MTU_PRESENT, bits, ctype & 1 != 0)?;
    let mut at = at;
    if ctype & 8 != 0 {
        walk.u32(&INFO_INDEX, at)?;
        at = at.saturating_add(4);
    }
    if ctype & 4 != 0 {
        let family = walk.u16(&INFO_AFI, at)?;
        walk.bytes(&super::icmp::RESERVED, at.saturating_add(2), 2)?;
        at = at.saturating_add(4);
        match family {
            1 => {
                walk.ipv4(&INFO_IPV4, at)?;
                at = at.saturating_add(4);
            }
            2 => {
                walk.ipv6(&INFO_IPV6, at)?;
                at = at.saturating_add(16);
            }
            _ => return Some(()),
        }
    }
    if ctype & 2 != 0 {
        let len = usize::from(walk.u8(&INFO_NAME_LENGTH, at)?);
        let room = len.min(end.saturating_sub(at)).saturating_sub(1);
        let (start, name) = (at.saturating_add(1), slice(walk.data(), at.saturating_add(1), room)?);
        // Zeros fill it up to a multiple of 4 (RFC 5837 section 4.3).
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        walk.emit(&INFO_NAME, start..start.saturating_add(name.len()), Value::Text(name))?;
        at = at.saturating_add(len.max(1));
    }
    if ctype & 1 != 0 {
        walk.u32(&INFO_MTU, at)?;
    }
    Some(())
}

fn identification(walk: &mut Walk<'_, '_>, at: usize, end: usize, ctype: u8) -> Option<()> {
    match ctype {
        1 => walk.text(&IDENT_NAME, at, end.saturating_sub(at)).map(|_| ()),
        2 => walk.u32(&IDENT_INDEX, at).map(|_| ()),
        _ => {
            let family = walk.u16(&IDENT_AFI, at)?;
            let len = walk.u8(&IDENT_ADDR_LENGTH, at.saturating_add(2))?;
            let addr = at.saturating_add(4);
            match (family, len) {
                (1, 4) => walk.ipv4(&IDENT_IPV4, addr).map(|_| ()),
                (2, 16) => walk.ipv6(&IDENT_IPV6, addr).map(|_| ()),
                _ => {
                    let data = slice(walk.data(), addr, len.into())?;
                    walk.emit(&DATA, addr..addr.saturating_add(len.into()), Value::Bytes(data))
                }
            }
        }
    }
}

/// Where the extensions behind a quoted packet begin, from the first byte of the quote: where `units` of `unit`
/// bytes say, else after the 128 bytes of senders older than RFC 4884 (its section 5), if the quoted packet leaves
/// room for them.
pub(crate) fn behind_quote(
    quote: &[u8],
    wire: usize,
    units: u8,
    unit: usize,
    quoted_len: usize,
) -> Option<usize> {
    const OLD: usize = 128;
    const EXTENSION_VERSION: u8 = 2;
    let at = match usize::from(units).saturating_mul(unit) {
        0 => OLD,
        said => said,
    };
    let room = wire > at && quoted_len <= at;
    (room && u8_at(quote, at)? >> 4 == EXTENSION_VERSION).then_some(at)
}
