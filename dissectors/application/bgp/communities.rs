//! Communities: plain (RFC 1997), extended (RFC 4360, 5668, 7153) and large (RFC 8092).

use super::names;
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::cursor::Cursor;
use crate::field::{Field, Kind, Value};

fields! {
    COMMUNITY = Field::group("bgp.update.path_attribute.community", "community"),
    AS = Field::u16("bgp.update.path_attribute.community_as", "AS").many(),
    VALUE = Field::u16("bgp.update.path_attribute.community_value", "value").many(),
    WELL_KNOWN = Field::u32("bgp.update.path_attribute.community_wellknown", "well-known community")
        .hex()
        .names(names::WELL_KNOWN)
        .many(),
    EXTENDED = Field::group("bgp.ext_community", "extended community"),
    TYPE = Field::u8("bgp.ext_com.type", "type").hex().names(names::COMMUNITIES).many(),
    TYPE_AUTHORITY = Field::bool("bgp.ext_com.type.auth", "assigned by standards action").many(),
    TYPE_TRANSITIVE = Field::bool("bgp.ext_com.type.tran", "not transitive").many(),
    SUB_AS2 = Field::u8("bgp.ext_com.stype_tr_as2", "subtype").hex().names(names::AS_SUBTYPES).many(),
    SUB_AS2_LOCAL = Field::u8("bgp.ext_com.stype_ntr_as2", "subtype").hex().names(names::AS_SUBTYPES).many(),
    SUB_AS4 = Field::u8("bgp.ext_com.stype_tr_as4", "subtype").hex().names(names::AS_SUBTYPES).many(),
    SUB_AS4_LOCAL = Field::u8("bgp.ext_com.stype_ntr_as4", "subtype").hex().names(names::AS_SUBTYPES).many(),
    SUB_IP = Field::u8("bgp.ext_com.stype_tr_IP4", "subtype").hex().names(names::ADDRESS_SUBTYPES).many(),
    SUB_IP_LOCAL =
        Field::u8("bgp.ext_com.stype_ntr_IP4", "subtype").hex().names(names::ADDRESS_SUBTYPES).many(),
    SUB_OPAQUE =
        Field::u8("bgp.ext_com.stype_tr_opaque", "subtype").hex().names(names::OPAQUE_SUBTYPES).many(),
    SUB_OPAQUE_LOCAL =
        Field::u8("bgp.ext_com.stype_ntr_opaque", "subtype").hex().names(names::LOCAL_OPAQUE_SUBTYPES).many(),
    SUB_EVPN = Field::u8("bgp.ext_com.stype_tr_evpn", "subtype").hex().names(names::EVPN_SUBTYPES).many(),
    SUB_UNKNOWN = Field::u8("bgp.ext_com.stype_unknown", "subtype").hex().many(),
    AS2 = Field::u16("bgp.ext_com.value_as2", "AS").many(),
    AS4 = Field::u32("bgp.ext_com.value_as4", "AS").many(),
    ADDRESS = Field::ipv4("bgp.ext_com.value_IP4", "address").many(),
    NUMBER2 = Field::u16("bgp.ext_com.value_an2", "assigned number").many(),
    NUMBER4 = Field::u32("bgp.ext_com.value_an4", "assigned number").many(),
    BANDWIDTH = Field::new("bgp.ext_com.value_link_bw", "bandwidth (byte/s)", Kind::Float(32)).many(),
    TUNNEL = Field::u16("bgp.ext_com.tunnel_type", "tunnel").names(names::ENCAPSULATIONS).many(),
    RAW = Field::u64("bgp.ext_com.value_raw", "value").hex().many(),
    LARGE = Field::group("bgp.large_communities", "large community"),
    LARGE_GLOBAL = Field::u32("bgp.large_communities.ga", "global administrator").many(),
    LARGE_FIRST = Field::u32("bgp.large_communities.ldp1", "local data 1").many(),
    LARGE_SECOND = Field::u32("bgp.large_communities.ldp2", "local data 2").many(),
}

const EXTENDED_LEN: usize = 8;
const LARGE_LEN: usize = 12;
const LINK_BANDWIDTH: u8 = 4;
const ENCAPSULATION: u8 = 12;

pub(super) fn plain(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    while part.left() > 0 {
        part.group(&COMMUNITY, Value::None, 4, |part| {
            // Reserved by RFC 1997: those of the highest AS, which have names, and of the lowest.
            if u16_at(part.rest(), 0)? == u16::MAX {
                return part.u32(&WELL_KNOWN).map(|_| ());
            }
            part.u16(&AS)?;
            part.u16(&VALUE).map(|_| ())
        })?;
    }
    Some(())
}

pub(super) fn large(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    while part.left() > 0 {
        part.group(&LARGE, Value::None, LARGE_LEN, |part| {
            part.u32(&LARGE_GLOBAL)?;
            part.u32(&LARGE_FIRST)?;
            part.u32(&LARGE_SECOND).map(|_| ())
        })?;
    }
    Some(())
}

pub(super) fn extended(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    while part.left() > 0 {
        part.group(&EXTENDED, Value::None, EXTENDED_LEN, one)?;
    }
    Some(())
}

fn one(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let kind = part.bits(&TYPE, 1, &[(0x80, &TYPE_AUTHORITY), (0x40, &TYPE_TRANSITIVE)])?;
    let sub = match kind {
        0x00 => &SUB_AS2,
        0x40 => &SUB_AS2_LOCAL,
        0x01 => &SUB_IP,
        0x41 => &SUB_IP_LOCAL,
        0x02 => &SUB_AS4,
        0x42 => &SUB_AS4_LOCAL,
        0x03 => &SUB_OPAQUE,
        0x43 => &SUB_OPAQUE_LOCAL,
        0x06 => &SUB_EVPN,
        _ => &SUB_UNKNOWN,
    };
    let subtype = part.u8(sub)?;
    match kind & !0x40 {
        0x00 => {
            part.u16(&AS2)?;
            if kind == 0x40 && subtype == LINK_BANDWIDTH {
                part.float(&BANDWIDTH)
            } else {
                part.u32(&NUMBER4).map(|_| ())
            }
        }
        0x01 => {
            part.ipv4(&ADDRESS)?;
            part.u16(&NUMBER2).map(|_| ())
        }
        0x02 => {
            part.u32(&AS4)?;
            part.u16(&NUMBER2).map(|_| ())
        }
        0x03 if kind == 0x03 && subtype == ENCAPSULATION => {
            part.take(4)?;
            part.u16(&TUNNEL).map(|_| ())
        }
        _ => {
            let high = u16_at(part.rest(), 0)?;
            let low = u32_at(part.rest(), 2)?;
            part.uint(&RAW, 6, u64::from(high) << 32 | u64::from(low))
        }
    }
}

/// The tunnel that an attribute of extended communities asks for (RFC 9012 section 4.1).
pub(super) fn tunnel(value: &[u8]) -> Option<u16> {
    value
        .chunks_exact(EXTENDED_LEN)
        .find(|row| u8_at(row, 0) == Some(3) && u8_at(row, 1) == Some(ENCAPSULATION))
        .and_then(|row| u16_at(row, 6))
}
