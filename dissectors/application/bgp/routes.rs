//! Routes: prefixes of an UPDATE, and those of other families (RFC 4760, 8277, 4364, 4684, 7432, 6514, 7911).

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::{AS_TRANS, FOUR_BYTES, HEADER, attributes, names};
use crate::bytes::{chunk, slice, u8_at, u16_at, u24_at, u32_at};
use crate::cursor::Cursor;
use crate::field::{Field, Value};

fields! {
    ROUTE = Field::group("nd.bgp.route", "route"),
    PATH_ID = Field::u32("bgp.nlri_path_id", "path id").many(),
    PREFIX_LENGTH = Field::u8("bgp.prefix_length", "prefix length").many(),
    ANNOUNCED = Field::ipv4("bgp.nlri_prefix", "prefix").many().key(),
    WITHDRAWN = Field::ipv4("bgp.withdrawn_prefix", "prefix").many().key(),
    REACH4 = Field::ipv4("bgp.mp_reach_nlri_ipv4_prefix", "prefix").many().key(),
    REACH6 = Field::ipv6("bgp.mp_reach_nlri_ipv6_prefix", "prefix").many().key(),
    UNREACH4 = Field::ipv4("bgp.mp_unreach_nlri_ipv4_prefix", "prefix").many().key(),
    UNREACH6 = Field::ipv6("bgp.mp_unreach_nlri_ipv6_prefix", "prefix").many().key(),
    LABELS = Field::text("bgp.label_stack", "labels").many(),
    DISTINGUISHER = Field::text("bgp.rd", "route distinguisher").many(),
    TARGET_AS = Field::u32("bgp.originating_as", "originating AS").many(),
    TARGET = Field::text("bgp.community_prefix", "route target").many(),
    REACH_AFI = Field::u16("bgp.update.path_attribute.mp_reach_nlri.afi", "address family")
        .names(names::FAMILIES)
        .many(),
    REACH_SAFI = Field::u8("bgp.update.path_attribute.mp_reach_nlri.safi", "subsequent address family")
        .names(names::SUBSEQUENT)
        .many(),
    NEXT_HOP = Field::bytes("bgp.update.path_attribute.mp_reach_nlri.next_hop", "next hop").many(),
    NEXT_RD =
        Field::text("bgp.update.path_attribute.mp_reach_nlri.next_hop.rd", "route distinguisher").many(),
    NEXT4 = Field::ipv4("bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4", "address").many(),
    NEXT6 = Field::ipv6("bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6", "address").many(),
    NEXT_LOCAL = Field::ipv6(
        "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6.link_local",
        "link-local address",
    )
    .many(),
    POINTS = Field::u8("bgp.update.path_attribute.mp_reach_nlri.nbr_snpa", "points of attachment").many(),
    POINT_LEN =
        Field::u8("bgp.update.path_attribute.mp_reach_nlri.snpa_length", "length (half octets)").many(),
    POINT = Field::bytes("bgp.update.path_attribute.mp_reach_nlri.snpa", "point of attachment").many(),
    UNREACH_AFI = Field::u16("bgp.update.path_attribute.mp_unreach_nlri.afi", "address family")
        .names(names::FAMILIES)
        .many(),
    UNREACH_SAFI = Field::u8("bgp.update.path_attribute.mp_unreach_nlri.safi", "subsequent address family")
        .names(names::SUBSEQUENT)
        .many(),
    OTHER = Field::bytes("nd.bgp.nlri", "routes").many(),
    VPN_TYPE = Field::u8("bgp.mcast_vpn_nlri_route_type", "route type").many(),
    VPN_LEN = Field::u8("bgp.mcast_vpn_nlri_length", "length").many(),
    VPN_DATA = Field::bytes("bgp.mcast_vpn_nlri", "route").many(),
    EVPN_TYPE = Field::u8("bgp.evpn.nlri.rt", "route type").names(names::EVPN_ROUTES).many(),
    EVPN_LEN = Field::u8("bgp.evpn.nlri.len", "length").many(),
    EVPN_RD = Field::bytes("bgp.evpn.nlri.rd", "route distinguisher").many().hidden(),
    EVPN_RD_TEXT = Field::text("nd.bgp.evpn.nlri.rd", "route distinguisher").many(),
    EVPN_ESI = Field::bytes("bgp.evpn.nlri.esi", "Ethernet segment").colon().many(),
    EVPN_ESI_TYPE = Field::u8("bgp.evpn.nlri.esi.type", "type").many(),
    EVPN_ESI_VALUE = Field::bytes("bgp.evpn.nlri.esi.value", "value").spaced().many(),
    EVPN_ESI_FIRST = Field::bytes("bgp.evpn.nlri.esi.type0", "value as configured").spaced().many().hidden(),
    EVPN_TAG = Field::u32("bgp.evpn.nlri.etag", "Ethernet tag").many(),
    EVPN_MAC_LEN = Field::u8("bgp.evpn.nlri.maclen", "MAC length (bits)").many(),
    EVPN_MAC = Field::mac("bgp.evpn.nlri.mac_addr", "MAC").many(),
    EVPN_IP_LEN = Field::u8("bgp.evpn.nlri.iplen", "address length (bits)").many(),
    EVPN_PREFIX_LEN = Field::u8("bgp.evpn.nlri.iplen", "prefix length").many(),
    EVPN_GATEWAY = Field::group("nd.bgp.evpn.nlri.gateway", "gateway"),
    EVPN_IP4 = Field::ipv4("bgp.evpn.nlri.ip.addr", "address").many(),
    EVPN_IP6 = Field::ipv6("bgp.evpn.nlri.ipv6.addr", "address").many(),
    EVPN_VNI = Field::u24("bgp.evpn.nlri.vni", "VNI").many(),
    EVPN_LABEL = Field::u24("bgp.evpn.nlri.mpls_ls1", "label").many(),
    EVPN_REST = Field::bytes("nd.bgp.evpn.nlri.rest", "route").many(),
}

const UNICAST: u8 = 1;
const MULTICAST: u8 = 2;
const LABELED: u8 = 4;
const MULTICAST_VPN: u8 = 5;
const EVPN: u8 = 70;
const VPN: u8 = 128;
const VPN_MULTICAST: u8 = 129;
const TARGETS: u8 = 132;

/// Tunnels whose labels are virtual network identifiers (RFC 8365 section 5.1).
const VIRTUAL: [u16; 3] = [8, 9, 12];
/// Labels that one route may have.
const MAX_LABELS: usize = 16;
/// Bits of a label with its class and bottom bit, and of a route distinguisher.
const LABEL_BITS: usize = 24;
const RD_BITS: usize = 64;

/// Where routes stand, which decides the name of their prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The withdrawn routes of an UPDATE.
    Withdrawn,
    /// The routes behind its attributes.
    Announced,
    /// The attribute MP_REACH_NLRI.
    Reachable,
    /// The attribute MP_UNREACH_NLRI.
    Unreachable,
}

/// The attribute MP_REACH_NLRI (RFC 4760 section 3).
pub(super) fn reachable(part: &mut Cursor<'_, '_, '_>, tunnel: Option<u16>) -> Option<()> {
    let afi = part.u16(&REACH_AFI)?;
    let safi = part.u8(&REACH_SAFI)?;
    let len = usize::from(u8_at(part.rest(), 0)?);
    let shown = slice(part.rest(), 0, len.saturating_add(1))?;
    part.group(&NEXT_HOP, Value::Bytes(shown), len.saturating_add(1), |part| {
        part.take(1)?;
        next_hop(part, safi)
    })?;
    let points = part.u8(&POINTS)?;
    for _ in 0..points {
        let half_bytes = part.u8(&POINT_LEN)?;
        // Its length counts half bytes (RFC 2858 section 2); Wireshark's name, the RFC's length.
        part.bytes(&POINT, usize::from(half_bytes).div_ceil(2))?;
    }
    families(part, Origin::Reachable, afi, safi, tunnel)
}

/// The attribute MP_UNREACH_NLRI (RFC 4760 section 4).
pub(super) fn unreachable(part: &mut Cursor<'_, '_, '_>, tunnel: Option<u16>) -> Option<()> {
    let afi = part.u16(&UNREACH_AFI)?;
    let safi = part.u8(&UNREACH_SAFI)?;
    families(part, Origin::Unreachable, afi, safi, tunnel)
}

fn next_hop(part: &mut Cursor<'_, '_, '_>, safi: u8) -> Option<()> {
    let is_vpn = safi == VPN || safi == VPN_MULTICAST;
    if is_vpn {
        distinguisher(part, &NEXT_RD)?;
    }
    match part.left() {
        4 => part.ipv4(&NEXT4).map(|_| ()),
        16 => part.ipv6(&NEXT6).map(|_| ()),
        32 => {
            part.ipv6(&NEXT6)?;
            part.ipv6(&NEXT_LOCAL).map(|_| ())
        }
        40 if is_vpn => {
            part.ipv6(&NEXT6)?;
            part.take(8)?;
            part.ipv6(&NEXT_LOCAL).map(|_| ())
        }
        _ => Some(()),
    }
}

fn families(
    part: &mut Cursor<'_, '_, '_>,
    origin: Origin,
    afi: u16,
    safi: u8,
    tunnel: Option<u16>,
) -> Option<()> {
    match (afi, safi) {
        (1 | 2, UNICAST | MULTICAST | LABELED | VPN | VPN_MULTICAST) => list(part, origin, afi, safi),
        (1, TARGETS) => {
            while part.left() > 0 {
                part.group(&ROUTE, Value::None, octets(u8_at(part.rest(), 0)?).saturating_add(1), targets)?;
            }
            Some(())
        }
        (1 | 2, MULTICAST_VPN) => {
            while part.left() > 0 {
                part.u8(&VPN_TYPE)?;
                let len = part.u8(&VPN_LEN)?;
                part.bytes(&VPN_DATA, len.into())?;
            }
            Some(())
        }
        (25, EVPN) => {
            while part.left() > 0 {
                let len = usize::from(u8_at(part.rest(), 1)?);
                part.group(&ROUTE, Value::None, len.saturating_add(2), |part| evpn(part, tunnel))?;
            }
            Some(())
        }
        _ => {
            let left = part.left();
            if left > 0 { part.bytes(&OTHER, left).map(|_| ()) } else { Some(()) }
        }
    }
}

/// Prefixes one after the other until the part ends.
pub(super) fn list(part: &mut Cursor<'_, '_, '_>, origin: Origin, afi: u16, safi: u8) -> Option<()> {
    let extra = match safi {
        LABELED => LABEL_BITS.saturating_mul(MAX_LABELS),
        VPN | VPN_MULTICAST => LABEL_BITS.saturating_mul(MAX_LABELS).saturating_add(RD_BITS),
        _ => 0,
    };
    let address = if afi == 1 { 32 } else { 128 };
    let most = extra.saturating_add(address);
    let has_ids = has_path_ids(part.rest(), most);
    while part.left() > 0 {
        let id = if has_ids { 4 } else { 0 };
        let bits = u8_at(part.rest(), id)?;
        let len = octets(bits).saturating_add(1).saturating_add(id);
        let behind = part.rest().get(id.saturating_add(1)..).unwrap_or_default();
        if prefix_bits(behind, bits, safi).is_none_or(|bits| bits > address) {
            // No length is as it should be from here on (RFC 7606 section 5.3).
            let left = part.left();
            part.bytes(&OTHER, left)?;
            return None;
        }
        part.group(&ROUTE, Value::None, len, |part| {
            if has_ids {
                part.u32(&PATH_ID)?;
            }
            part.u8(&PREFIX_LENGTH)?;
            let mut bits = usize::from(bits);
            if safi != UNICAST && safi != MULTICAST {
                bits = labels(part, bits)?;
            }
            if safi == VPN || safi == VPN_MULTICAST {
                bits = bits.checked_sub(RD_BITS)?;
                distinguisher(part, &DISTINGUISHER)?;
            }
            prefix(part, origin, bits, afi == 1)
        })?;
    }
    Some(())
}

/// Of the `bits` that a route's length counts those of its prefix alone: without labels and without a route
/// distinguisher, which stand before it in `route`.
fn prefix_bits(route: &[u8], bits: u8, safi: u8) -> Option<usize> {
    let mut bits = usize::from(bits);
    if safi == UNICAST || safi == MULTICAST {
        return Some(bits);
    }
    bits = bits.checked_sub(label_count(route)?.saturating_mul(LABEL_BITS))?;
    if safi == LABELED { Some(bits) } else { bits.checked_sub(RD_BITS) }
}

/// How many labels stand at the front: up to the bottom of their stack, or to one that withdraws.
fn label_count(route: &[u8]) -> Option<usize> {
    let ends =
        |at: usize| u24_at(route, at.saturating_mul(3)).map(|label| label & 1 != 0 || is_withdrawal(label));
    for at in 0..MAX_LABELS {
        if ends(at)? {
            return Some(at.saturating_add(1));
        }
    }
    Some(MAX_LABELS)
}

/// RFC 8277 section 2.4: what is withdrawn has the value 0x800000, or 0 in older texts.
fn is_withdrawal(label: u32) -> bool {
    label == 0x80_0000 || label == 0
}

/// Bytes that so many bits take.
fn octets(bits: u8) -> usize {
    usize::from(bits).div_ceil(8)
}

/// Whether each prefix has a path identifier before it (RFC 7911 section 3). The ends agree on that in their OPENs,
/// each for itself and each family; the bytes tell too: read with identifiers they fit, and read without they do not.
fn has_path_ids(routes: &[u8], most: usize) -> bool {
    fits(routes, 4, most) && !fits(routes, 0, most)
}

fn fits(mut routes: &[u8], id: usize, most: usize) -> bool {
    let all = routes.len();
    while !routes.is_empty() {
        let Some(bits) = u8_at(routes, id) else { return false };
        let len = octets(bits);
        let Some(rest) = routes.get(len.saturating_add(id).saturating_add(1)..) else { return false };
        // Bits beyond the prefix are zero, and a default route stands alone, or these are no prefixes.
        let unused = len.saturating_mul(8).saturating_sub(bits.into());
        let last = u8_at(routes, len.saturating_add(id)).filter(|_| len > 0).unwrap_or_default();
        let has_bits_beyond = usize::try_from(last.trailing_zeros()).is_ok_and(|zeros| zeros < unused);
        let is_no_lone_default = id == 0 && bits == 0 && all > 1;
        if usize::from(bits) > most || has_bits_beyond || is_no_lone_default {
            return false;
        }
        routes = rest;
    }
    true
}

/// A stack of labels up to its bottom, or one that withdraws; answers the bits that are left.
fn labels(part: &mut Cursor<'_, '_, '_>, mut bits: usize) -> Option<usize> {
    let count = label_count(part.rest())?;
    bits = bits.checked_sub(count.saturating_mul(LABEL_BITS))?;
    let mut stack = [0_u32; MAX_LABELS];
    for (at, label) in stack.iter_mut().take(count).enumerate() {
        *label = u24_at(part.rest(), at.saturating_mul(3))?;
    }
    let end = match stack.get(count.checked_sub(1)?).copied()? {
        label if is_withdrawal(label) => " (withdrawn)",
        label if label & 1 != 0 => " (bottom)",
        _ => "",
    };
    let at = part.take(count.saturating_mul(3))?;
    let range = at..part.at();
    let stack = stack.get(..count)?;
    part.walk().format(&LABELS, range, format_args!("{}{end}", Stack(stack)))?;
    Some(bits)
}

/// Labels joined by commas.
struct Stack<'a>(&'a [u32]);

impl fmt::Display for Stack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, label) in self.0.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { "," }, label >> 4)?;
        }
        Ok(())
    }
}

/// A route distinguisher (RFC 4364 section 4.2).
struct Distinguisher([u8; 8]);

impl fmt::Display for Distinguisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [t1, t0, a, b, c, d, e, g] = self.0;
        match u16::from_be_bytes([t1, t0]) {
            0 => write!(f, "{}:{}", u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, g])),
            1 => write!(f, "{}:{}", Ipv4Addr::from([a, b, c, d]), u16::from_be_bytes([e, g])),
            2 => write!(f, "{}:{}", u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, g])),
            kind => write!(f, "unknown type {kind}"),
        }
    }
}

fn distinguisher(part: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    let value = Distinguisher(chunk::<8>(part.rest(), 0)?);
    let at = part.take(8)?;
    part.walk().format(field, at..at.saturating_add(8), format_args!("{value}"))
}

fn prefix(part: &mut Cursor<'_, '_, '_>, origin: Origin, bits: usize, ipv4: bool) -> Option<()> {
    let len = bits.div_ceil(8);
    let captured = slice(part.rest(), 0, len)?;
    if ipv4 {
        let mut address = [0; 4];
        address.iter_mut().zip(captured).for_each(|(to, from)| *to = *from);
        let mask = u32::MAX.checked_shl(32_u32.checked_sub(u32::try_from(bits).ok()?)?).unwrap_or(0);
        let field = match origin {
            Origin::Withdrawn => &WITHDRAWN,
            Origin::Announced => &ANNOUNCED,
            Origin::Reachable => &REACH4,
            Origin::Unreachable => &UNREACH4,
        };
        part.emit(field, len, Value::Ipv4(Ipv4Addr::from(u32::from_be_bytes(address) & mask)))
    } else {
        let mut address = [0; 16];
        address.iter_mut().zip(captured).for_each(|(to, from)| *to = *from);
        let mask = u128::MAX.checked_shl(128_u32.checked_sub(u32::try_from(bits).ok()?)?).unwrap_or(0);
        let field = if origin == Origin::Unreachable { &UNREACH6 } else { &REACH6 };
        part.emit(field, len, Value::Ipv6(Ipv6Addr::from(u128::from_be_bytes(address) & mask)))
    }
}

/// A route target that somebody wants (RFC 4684 section 4).
fn targets(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let bits = part.u8(&PREFIX_LENGTH)?;
    if bits == 0 {
        return Some(());
    }
    part.u32(&TARGET_AS)?;
    let mut target = [0; 8];
    target.iter_mut().zip(part.rest()).for_each(|(to, from)| *to = *from);
    // The subtype, which is always that of route targets, has no part in the value.
    let [kind, _, a, b, c, d, e, g] = target;
    let at = part.take(part.left())?;
    let range = at..part.at();
    let target = Distinguisher([0, kind, a, b, c, d, e, g]);
    part.walk().format(&TARGET, range, format_args!("{target}"))
}

/// A route of an Ethernet VPN (RFC 7432 section 7, RFC 9136 section 3).
fn evpn(part: &mut Cursor<'_, '_, '_>, tunnel: Option<u16>) -> Option<()> {
    let kind = part.u8(&EVPN_TYPE)?;
    part.u8(&EVPN_LEN)?;
    if !(1..=5).contains(&kind) {
        let left = part.left();
        return part.bytes(&EVPN_REST, left).map(|_| ());
    }
    let at = part.at();
    let rd = Distinguisher(chunk::<8>(part.bytes(&EVPN_RD, 8)?, 0)?);
    part.walk().format(&EVPN_RD_TEXT, at..at.saturating_add(8), format_args!("{rd}"))?;
    if kind != 3 {
        let esi = slice(part.rest(), 0, 10)?;
        part.group(&EVPN_ESI, Value::Bytes(esi), 10, |part| {
            // Type 0 is configured as it is; others are made up from addresses (RFC 7432 section 5).
            let kind = part.u8(&EVPN_ESI_TYPE)?;
            let at = part.at();
            part.bytes(&EVPN_ESI_VALUE, 9)?;
            if kind == 0 { part.walk().bytes(&EVPN_ESI_FIRST, at, 9).map(|_| ()) } else { Some(()) }
        })?;
    }
    if kind != 4 {
        part.u32(&EVPN_TAG)?;
    }
    if kind == 2 {
        part.u8(&EVPN_MAC_LEN)?;
        part.mac(&EVPN_MAC)?;
    }
    if kind != 1 {
        let bits = part.u8(if kind == 5 { &EVPN_PREFIX_LEN } else { &EVPN_IP_LEN })?;
        // A prefix has all bytes of its address, and so has its gateway, whatever the length says.
        let len = match (kind, part.left()) {
            (5, 34..) => 16,
            (5, _) => 4,
            _ => octets(bits),
        };
        evpn_address(part, len)?;
        if kind == 5 {
            part.group(&EVPN_GATEWAY, Value::None, len, |part| evpn_address(part, len))?;
        }
    }
    while part.left() >= 3 {
        if tunnel.is_some_and(|tunnel| VIRTUAL.contains(&tunnel)) {
            part.u24(&EVPN_VNI)?;
        } else {
            let label = part.peek(3)?;
            part.uint(&EVPN_LABEL, 3, label >> 4)?;
        }
    }
    Some(())
}

fn evpn_address(part: &mut Cursor<'_, '_, '_>, len: usize) -> Option<()> {
    match len {
        4 => part.ipv4(&EVPN_IP4).map(|_| ()),
        16 => part.ipv6(&EVPN_IP6).map(|_| ()),
        _ => Some(()),
    }
}

/// Where the routes of an UPDATE come from. Numbers that do not fit into a path of two bytes stand in an attribute of
/// their own (RFC 6793 section 4.2).
fn origin(attributes: &[u8], memo: u32) -> Option<u32> {
    let path = attributes::find(attributes, attributes::AS_PATH)?;
    match attributes::origin_as(path, memo)? {
        AS_TRANS => attributes::find(attributes, attributes::AS4_PATH)
            .and_then(|path| attributes::origin_as(path, FOUR_BYTES))
            .or(Some(AS_TRANS)),
        number => Some(number),
    }
}

/// What an UPDATE announces and withdraws, in a few words.
pub(super) fn summary(data: &[u8], memo: u32, out: &mut dyn fmt::Write) -> fmt::Result {
    let length = usize::from(u16_at(data, 16).unwrap_or_default());
    let message = data.get(..length).unwrap_or(data);
    let withdrawn = usize::from(u16_at(message, HEADER).unwrap_or_default());
    let at = withdrawn.saturating_add(HEADER + 2);
    let len = usize::from(u16_at(message, at).unwrap_or_default());
    let from = at.saturating_add(2);
    let attributes = slice(message, from, len).unwrap_or_default();
    let behind = message.get(from.saturating_add(len)..).unwrap_or_default();
    if len == 0 && withdrawn == 0 && behind.is_empty() {
        return out.write_str(", end of routes");
    }
    if let Some((address, bits)) = first(behind) {
        write!(out, ", {address}/{bits}")?;
        if behind.len() > octets(bits).saturating_add(1) {
            out.write_str(" …")?;
        }
    }
    if let Some(number) = origin(attributes, memo) {
        write!(out, " of AS {number}")?;
    }
    if withdrawn > 0 {
        out.write_str(", withdraws")?;
        match first(slice(message, HEADER + 2, withdrawn).unwrap_or_default()) {
            Some((address, bits)) => write!(out, " {address}/{bits}")?,
            None => out.write_str(" routes")?,
        }
    }
    for (kind, word) in [(14, "announces"), (15, "withdraws")] {
        let Some(value) = attributes::find(attributes, kind) else { continue };
        let (Some(afi), Some(safi)) = (u16_at(value, 0), u8_at(value, 2)) else { continue };
        let afi = crate::field::name_of(names::FAMILIES, afi.into()).unwrap_or("other");
        let safi = crate::field::name_of(names::SUBSEQUENT, safi.into()).unwrap_or("other");
        write!(out, ", {word} {afi} {safi}")?;
    }
    Ok(())
}

/// The first of IPv4 prefixes that are not numbered.
fn first(routes: &[u8]) -> Option<(Ipv4Addr, u8)> {
    let bits = u8_at(routes, 0).filter(|bits| *bits <= 32 && !has_path_ids(routes, 32))?;
    let mut address = [0; 4];
    let captured = slice(routes, 1, octets(bits))?;
    address.iter_mut().zip(captured).for_each(|(to, from)| *to = *from);
    u32_at(&address, 0).map(|value| (Ipv4Addr::from(value), bits))
}
