//! Addresses of PIM: unicast, groups and sources, each with its family in front (RFC 7761 section 4.9.1).

use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use crate::bytes::{chunk, u8_at};
use crate::cursor::Cursor;
use crate::field::{Field, Value};
use crate::network::pim::MASK_LENGTH;

/// Address families (IANA `address-family-numbers`).
const FAMILY_NAMES: &[(u64, &str)] = &[(1, "IPv4"), (2, "IPv6")];
/// RFC 7761 section 4.9.1, RFC 5384 section 3.1.
const ENCODING_NAMES: &[(u64, &str)] = &[(0, "native"), (1, "with join attributes")];

fields! {
    FAMILY = Field::u8("pim.addr_address_family", "address family").many().names(FAMILY_NAMES),
    ENCODING = Field::u8("pim.addr_encoding_type", "encoding").many().names(ENCODING_NAMES),
    UNICAST = Field::ipv4("pim.unicast", "unicast").many(),
    UNICAST_V6 = Field::ipv6("pim.unicast_ipv6", "unicast").many(),
    UPSTREAM = Field::ipv4("pim.upstream_neighbor", "upstream neighbour").many(),
    UPSTREAM_V6 = Field::ipv6("pim.upstream_neighbor_ip6", "upstream neighbour").many(),
    SOURCE = Field::ipv4("pim.source", "source").many(),
    SOURCE_V6 = Field::ipv6("pim.source_ip6", "source").many(),
    BSR = Field::ipv4("pim.bsr", "bootstrap router").many(),
    BSR_V6 = Field::ipv6("pim.bsr_ip6", "bootstrap router").many(),
    RP = Field::ipv4("pim.rp", "rendezvous point").many(),
    RP_V6 = Field::ipv6("pim.rp_ip6", "rendezvous point").many(),
    ORIGINATOR = Field::ipv4("pim.originator", "originator").many(),
    ORIGINATOR_V6 = Field::ipv6("pim.originator_ip6", "originator").many(),
    LISTED = Field::ipv4("pim.address_list", "address").many(),
    LISTED_V6 = Field::ipv6("pim.address_list_ip6", "address").many(),
    GROUP = Field::ipv4("pim.group", "group").many().key(),
    GROUP_V6 = Field::ipv6("pim.group_ip6", "group").many().key(),
    GROUP_FLAGS = Field::u8("pim.group_addr.flags", "flags").hex().many(),
    GROUP_BIDIRECTIONAL = Field::bool("pim.group_addr.flags.b", "bidirectional").many(),
    GROUP_RESERVED = Field::u8("pim.group_addr.flags.reserved", "reserved").hex().many(),
    GROUP_ZONE = Field::bool("pim.group_addr.flags.z", "administrative scope").many(),
    JOINED = Field::ipv4("pim.join_ip", "joined source").many(),
    JOINED_V6 = Field::ipv6("pim.join_ip6", "joined source").many(),
    PRUNED = Field::ipv4("pim.prune_ip", "pruned source").many(),
    PRUNED_V6 = Field::ipv6("pim.prune_ip6", "pruned source").many(),
    SOURCE_FLAGS = Field::u8("pim.source_addr.flags", "flags").hex().many(),
    SOURCE_RESERVED = Field::u8("pim.source_addr.flags.reserved", "reserved").hex().many(),
    SOURCE_SPARSE = Field::bool("pim.source_addr.flags.s", "sparse").many(),
    SOURCE_ANY = Field::bool("pim.source_addr.flags.w", "any source").many(),
    SOURCE_TREE = Field::bool("pim.source_addr.flags.r", "on the RP's tree").many(),
}

/// The rows under which an address with flags and a mask goes.
pub(super) struct Rows {
    v4: &'static Field,
    v6: &'static Field,
    flags: &'static Field,
    bits: &'static [(&'static Field, u64)],
}

static GROUP_BITS: &[(&Field, u64)] =
    &[(&GROUP_BIDIRECTIONAL, 0x80), (&GROUP_RESERVED, 0x7e), (&GROUP_ZONE, 0x01)];
static SOURCE_BITS: &[(&Field, u64)] =
    &[(&SOURCE_RESERVED, 0xf8), (&SOURCE_SPARSE, 0x04), (&SOURCE_ANY, 0x02), (&SOURCE_TREE, 0x01)];

pub(super) static GROUP_ROWS: &Rows =
    &Rows { v4: &GROUP, v6: &GROUP_V6, flags: &GROUP_FLAGS, bits: GROUP_BITS };
pub(super) static JOIN_ROWS: &Rows =
    &Rows { v4: &JOINED, v6: &JOINED_V6, flags: &SOURCE_FLAGS, bits: SOURCE_BITS };
pub(super) static PRUNE_ROWS: &Rows =
    &Rows { v4: &PRUNED, v6: &PRUNED_V6, flags: &SOURCE_FLAGS, bits: SOURCE_BITS };

/// Emits a unicast address: family, encoding, the address.
pub(super) fn unicast(body: &mut Cursor<'_, '_, '_>, v4: &'static Field, v6: &'static Field) -> Option<()> {
    head(body, 2, v4, v6)?;
    match body.peek(1)? {
        1 => {
            common(body)?;
            body.ipv4(&UNICAST)?;
        }
        _ => {
            common(body)?;
            body.ipv6(&UNICAST_V6)?;
        }
    }
    body.walk().close();
    Some(())
}

/// Emits a group or a source: family, encoding, flags, length of the mask, the address.
pub(super) fn prefix(body: &mut Cursor<'_, '_, '_>, rows: &Rows) -> Option<()> {
    let len = head(body, 4, rows.v4, rows.v6)?;
    common(body)?;
    let flags = body.peek(1)?;
    let at = body.take(1)?;
    let place = at..body.at();
    let walk = body.walk();
    walk.open(rows.flags, place.clone(), Value::Uint(flags.into()))?;
    walk.bits(rows.bits, place, flags)?;
    walk.close();
    body.u8(&MASK_LENGTH)?;
    body.take(len)?;
    body.walk().close();
    Some(())
}

/// Opens the field of an address that stands `skip` bytes ahead, behind its family. Answers how long the address is;
/// `None` if its family has no addresses here.
fn head(body: &mut Cursor<'_, '_, '_>, skip: usize, v4: &'static Field, v6: &'static Field) -> Option<usize> {
    let rest = body.rest();
    let (field, value, len) = match u8_at(rest, 0)? {
        1 => (v4, Value::Ipv4(Ipv4Addr::from(chunk::<4>(rest, skip)?)), 4),
        2 => (v6, Value::Ipv6(Ipv6Addr::from(chunk::<16>(rest, skip)?)), 16),
        _ => return None,
    };
    let at = body.at();
    let place: Range<usize> = at..at.saturating_add(skip).saturating_add(len);
    body.walk().open(field, place, value)?;
    Some(len)
}

fn common(body: &mut Cursor<'_, '_, '_>) -> Option<()> {
    body.u8(&FAMILY)?;
    body.u8(&ENCODING).map(|_| ())
}
