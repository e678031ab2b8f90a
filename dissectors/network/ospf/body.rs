//! Bodies of link state advertisements: version 2 (RFC 2328 section A.4, RFC 1584, RFC 3101), version 3 (RFC 5340
//! section A.4).

use core::net::{Ipv4Addr, Ipv6Addr};

use super::{RESERVED, options3};
use crate::bytes::{slice, u8_at};
use crate::cursor::Cursor;
use crate::field::{Field, Value};

fields! {
    FLAGS2 = Field::u8("ospf.v2.router.lsa.flags", "flags").hex().many(),
    FLAG2_H = Field::bool("ospf.v2.router.lsa.flags.h", "H: host").many(),
    FLAG2_N = Field::bool("ospf.v2.router.lsa.flags.n", "N: translates for its area").many(),
    FLAG2_W = Field::bool("ospf.v2.router.lsa.flags.w", "W: receives all multicast").many(),
    FLAG2_V = Field::bool("ospf.v2.router.lsa.flags.v", "V: end of a virtual link").many(),
    FLAG2_E = Field::bool("ospf.v2.router.lsa.flags.e", "E: AS boundary router").many(),
    FLAG2_B = Field::bool("ospf.v2.router.lsa.flags.b", "B: area border router").many(),
    FLAGS3 = Field::u8("ospf.v3.router.lsa.flags", "flags").hex().many(),
    FLAG3_W = Field::bool("ospf.v3.router.lsa.flags.w", "W: receives all multicast").many(),
    FLAG3_V = Field::bool("ospf.v3.router.lsa.flags.v", "V: end of a virtual link").many(),
    FLAG3_E = Field::bool("ospf.v3.router.lsa.flags.e", "E: AS boundary router").many(),
    FLAG3_B = Field::bool("ospf.v3.router.lsa.flags.b", "B: area border router").many(),
    LINKS = Field::u16("ospf.lsa.number_of_links", "links").many(),
    LINK = Field::group("nd.ospf.link", "link"),
    LINK_ID = Field::ipv4("ospf.lsa.router.linkid", "link id").many(),
    LINK_DATA = Field::ipv4("ospf.lsa.router.linkdata", "link data").many(),
    LINK_TYPE = Field::u8("ospf.lsa.router.linktype", "type").names(LINK_TYPES).many(),
    LINK_METRICS = Field::u8("ospf.lsa.router.nummetrics", "metrics for other services").many(),
    LINK_METRIC = Field::u16("ospf.lsa.router.metric0", "metric").many(),
    NETMASK = Field::ipv4("ospf.lsa.network.netmask", "mask").many(),
    ATTACHED2 = Field::ipv4("ospf.lsa.network.attchrtr", "attached router").many(),
    SUMMARY_MASK = Field::ipv4("ospf.lsa.asbr.netmask", "mask").many(),
    EXTERNAL_MASK = Field::ipv4("ospf.lsa.asext.netmask", "mask").many(),
    EXTERNAL_TYPE = Field::bool("ospf.lsa.asext.type", "metric of type 2").many(),
    TOS = Field::u8("ospf.lsa.tos", "type of service").many(),
    METRIC = Field::u32("ospf.metric", "metric").many(),
    FORWARDING2 = Field::ipv4("ospf.lsa.asext.fwdaddr", "forwarding address").many(),
    TAG2 = Field::u32("ospf.lsa.asext.extrttag", "external route tag").many(),
    VERTEX_TYPE = Field::u32("nd.ospf.member.type", "vertex type").names(VERTICES).many(),
    VERTEX_ID = Field::ipv4("nd.ospf.member.id", "vertex").many(),
    INTERFACE_TYPE = Field::u8("ospf.v3.lsa.type", "type").names(INTERFACE_TYPES).many(),
    INTERFACE_ID = Field::u32("ospf.v3.lsa.interface_id", "interface").many(),
    NEIGHBOR_INTERFACE = Field::u32("ospf.v3.lsa.neighbor_interface_id", "neighbour's interface").many(),
    NEIGHBOR_ROUTER = Field::ipv4("ospf.v3.lsa.neighbor_router_id", "neighbour").many(),
    ATTACHED3 = Field::ipv4("ospf.v3.lsa.attached_router", "attached router").many(),
    DESTINATION = Field::ipv4("ospf.v3.lsa.destination_router_id", "destination").many(),
    PRIORITY = Field::u8("ospf.v3.lsa.router_priority", "router priority").many(),
    LINK_LOCAL6 = Field::ipv6("ospf.v3.lsa.link_local_interface_address.ipv6", "link-local address").many(),
    LINK_LOCAL4 = Field::ipv4("ospf.v3.lsa.link_local_interface_address.ipv4", "address").many(),
    PREFIXES = Field::u32("ospf.v3.lsa.num_prefixes", "prefixes").many(),
    REFERENCED_TYPE = Field::u16("ospf.v3.lsa.referenced_ls_type", "type referred to").hex().many(),
    REFERENCED_ID = Field::ipv4("ospf.v3.lsa.referenced_link_state_id", "link state id referred to").many(),
    REFERENCED_ROUTER =
        Field::ipv4("ospf.v3.lsa.referenced_advertising_router", "advertising router referred to").many(),
    EXTERNAL3 = Field::u8("ospf.v3.as.external.flags", "flags").hex().many(),
    EXTERNAL3_E = Field::bool("ospf.v3.as.external.flags.e", "E: metric of type 2").many(),
    EXTERNAL3_F = Field::bool("ospf.v3.as.external.flags.f", "F: forwarding address").many(),
    EXTERNAL3_T = Field::bool("ospf.v3.as.external.flags.t", "T: external route tag").many(),
    FORWARDING6 = Field::ipv6("ospf.v3.lsa.forwarding_address.ipv6", "forwarding address").many(),
    FORWARDING4 = Field::ipv4("ospf.v3.lsa.forwarding_address.ipv4", "forwarding address").many(),
    TAG3 = Field::u32("ospf.v3.lsa.external_route_tag", "external route tag").many(),
    PREFIX_LENGTH = Field::u8("ospf.prefix_length", "prefix length").many(),
    PREFIX_OPTIONS = Field::u8("ospf.v3.prefix.options", "options").hex().many(),
    PREFIX_P = Field::bool("ospf.v3.prefix.options.p", "P: propagate").many(),
    PREFIX_MC = Field::bool("ospf.v3.prefix.options.mc", "MC: multicast").many(),
    PREFIX_LA = Field::bool("ospf.v3.prefix.options.la", "LA: local address").many(),
    PREFIX_NU = Field::bool("ospf.v3.prefix.options.nu", "NU: no unicast").many(),
    PREFIX6 = Field::ipv6("ospf.v3.address_prefix.ipv6", "prefix").many(),
    PREFIX4 = Field::ipv4("ospf.v3.address_prefix.ipv4", "prefix").many(),
}

/// Bytes of a link in a router's advertisement of version 3.
const INTERFACE: usize = 16;
/// Flags of an external route (RFC 5340 section A.4.7).
const FORWARDED: u32 = 2;
const TAGGED: u32 = 1;

const LINK_TYPES: &[(u64, &str)] =
    &[(1, "Point-to-point"), (2, "Transit network"), (3, "Stub network"), (4, "Virtual link")];
const INTERFACE_TYPES: &[(u64, &str)] =
    &[(1, "Point-to-point"), (2, "Transit network"), (3, "Reserved"), (4, "Virtual link")];
const VERTICES: &[(u64, &str)] = &[(1, "Router"), (2, "Transit network")];

/// The body of an advertisement of version 2.
pub(super) fn two(part: &mut Cursor<'_, '_, '_>, kind: u16) -> Option<()> {
    match kind {
        1 => router2(part),
        2 => {
            part.ipv4(&NETMASK)?;
            while part.left() > 0 {
                part.ipv4(&ATTACHED2)?;
            }
            Some(())
        }
        3 | 4 => {
            part.ipv4(&SUMMARY_MASK)?;
            while part.left() > 0 {
                part.u8(&TOS)?;
                metric(part, 3)?;
            }
            Some(())
        }
        5 | 7 => {
            part.ipv4(&EXTERNAL_MASK)?;
            while part.left() > 0 {
                external2(part)?;
            }
            Some(())
        }
        6 => {
            while part.left() > 0 {
                part.u32(&VERTEX_TYPE)?;
                part.ipv4(&VERTEX_ID)?;
            }
            Some(())
        }
        _ => Some(()),
    }
}

fn router2(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let bits =
        [(0x80, &FLAG2_H), (0x10, &FLAG2_N), (8, &FLAG2_W), (4, &FLAG2_V), (2, &FLAG2_E), (1, &FLAG2_B)];
    part.bits(&FLAGS2, 1, &bits)?;
    part.take(1)?;
    let links = part.u16(&LINKS)?;
    for _ in 0..links {
        let metrics = usize::from(u8_at(part.rest(), 9)?);
        part.group(&LINK, Value::None, metrics.saturating_mul(4).saturating_add(12), |part| {
            part.ipv4(&LINK_ID)?;
            part.ipv4(&LINK_DATA)?;
            part.u8(&LINK_TYPE)?;
            part.u8(&LINK_METRICS)?;
            part.u16(&LINK_METRIC)?;
            while part.left() > 0 {
                part.u8(&TOS)?;
                part.take(1)?;
                metric(part, 2)?;
            }
            Some(())
        })?;
    }
    Some(())
}

fn external2(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let at = part.at();
    let first = u8_at(part.rest(), 0)?;
    part.walk().bool(&EXTERNAL_TYPE, at..at.saturating_add(1), first & 0x80 != 0)?;
    part.uint(&TOS, 1, first & 0x7f)?;
    metric(part, 3)?;
    part.ipv4(&FORWARDING2)?;
    part.u32(&TAG2).map(|_| ())
}

fn metric(part: &mut Cursor<'_, '_, '_>, len: usize) -> Option<()> {
    let value = part.peek(len)?;
    part.uint(&METRIC, len, value)
}

/// The body of an advertisement of version 3; `ipv4` says whose addresses the instance routes.
pub(super) fn three(part: &mut Cursor<'_, '_, '_>, function: u16, ipv4: bool) -> Option<()> {
    match function {
        1 => router3(part),
        2 => {
            part.bytes(&RESERVED, 1)?;
            options3(part)?;
            while part.left() > 0 {
                part.ipv4(&ATTACHED3)?;
            }
            Some(())
        }
        3 => {
            part.bytes(&RESERVED, 1)?;
            metric(part, 3)?;
            let bits = prefix_head(part)?;
            part.bytes(&RESERVED, 2)?;
            prefix(part, bits, ipv4)
        }
        4 => {
            part.bytes(&RESERVED, 1)?;
            options3(part)?;
            part.bytes(&RESERVED, 1)?;
            metric(part, 3)?;
            part.ipv4(&DESTINATION).map(|_| ())
        }
        5 | 7 => external3(part, ipv4),
        8 => link3(part, ipv4),
        9 => {
            let count = part.peek(2)?;
            part.uint(&PREFIXES, 2, count)?;
            part.u16(&REFERENCED_TYPE)?;
            part.ipv4(&REFERENCED_ID)?;
            part.ipv4(&REFERENCED_ROUTER)?;
            for _ in 0..count {
                let bits = prefix_head(part)?;
                metric(part, 2)?;
                prefix(part, bits, ipv4)?;
            }
            Some(())
        }
        _ => Some(()),
    }
}

fn router3(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    part.bits(&FLAGS3, 1, &[(8, &FLAG3_W), (4, &FLAG3_V), (2, &FLAG3_E), (1, &FLAG3_B)])?;
    options3(part)?;
    while part.left() > 0 {
        part.group(&LINK, Value::None, INTERFACE, |part| {
            part.u8(&INTERFACE_TYPE)?;
            part.bytes(&RESERVED, 1)?;
            metric(part, 2)?;
            part.u32(&INTERFACE_ID)?;
            part.u32(&NEIGHBOR_INTERFACE)?;
            part.ipv4(&NEIGHBOR_ROUTER).map(|_| ())
        })?;
    }
    Some(())
}

fn external3(part: &mut Cursor<'_, '_, '_>, ipv4: bool) -> Option<()> {
    let flags = part.bits(&EXTERNAL3, 1, &[(4, &EXTERNAL3_E), (2, &EXTERNAL3_F), (1, &EXTERNAL3_T)])?;
    metric(part, 3)?;
    let bits = prefix_head(part)?;
    let referenced = part.u16(&REFERENCED_TYPE)?;
    prefix(part, bits, ipv4)?;
    if flags & FORWARDED != 0 {
        // An IPv4 address stands in the first four bytes of sixteen (RFC 5838 section 2.5).
        if ipv4 {
            part.ipv4(&FORWARDING4)?;
            part.take(12)?;
        } else {
            part.ipv6(&FORWARDING6)?;
        }
    }
    if flags & TAGGED != 0 {
        part.u32(&TAG3)?;
    }
    if referenced != 0 {
        part.ipv4(&REFERENCED_ID)?;
    }
    Some(())
}

fn link3(part: &mut Cursor<'_, '_, '_>, ipv4: bool) -> Option<()> {
    part.u8(&PRIORITY)?;
    options3(part)?;
    if ipv4 {
        part.ipv4(&LINK_LOCAL4)?;
        part.take(12)?;
    } else {
        part.ipv6(&LINK_LOCAL6)?;
    }
    let count = part.u32(&PREFIXES)?;
    for _ in 0..count {
        let bits = prefix_head(part)?;
        part.bytes(&RESERVED, 2)?;
        prefix(part, bits, ipv4)?;
    }
    Some(())
}

/// Length and options of a prefix (RFC 5340 section A.4.1); answers the length in bits.
fn prefix_head(part: &mut Cursor<'_, '_, '_>) -> Option<u8> {
    let bits = part.u8(&PREFIX_LENGTH)?;
    part.bits(&PREFIX_OPTIONS, 1, &[(8, &PREFIX_P), (4, &PREFIX_MC), (2, &PREFIX_LA), (1, &PREFIX_NU)])?;
    Some(bits)
}

/// The address of a prefix: as many words of four bytes as its bits need.
pub(super) fn prefix(part: &mut Cursor<'_, '_, '_>, bits: u8, ipv4: bool) -> Option<()> {
    let len = usize::from(bits).div_ceil(32).saturating_mul(4);
    let captured = slice(part.rest(), 0, len)?;
    if ipv4 {
        let mut address = [0; 4];
        address.iter_mut().zip(captured).for_each(|(to, from)| *to = *from);
        part.emit(&PREFIX4, len, Value::Ipv4(Ipv4Addr::from(address)))
    } else {
        let mut address = [0; 16];
        address.iter_mut().zip(captured).for_each(|(to, from)| *to = *from);
        part.emit(&PREFIX6, len, Value::Ipv6(Ipv6Addr::from(address)))
    }
}
