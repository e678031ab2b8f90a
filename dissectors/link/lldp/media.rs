//! Elements for media endpoints such as telephones (LLDP-MED, ANSI/TIA-1057).

use super::{Place, rest};
use crate::bytes::{u8_at, u24_at};
use crate::field::Field;
use crate::walk::Walk;

const NAMES: &[(u64, &str)] = &[
    (1, "capabilities"),
    (2, "network policy"),
    (3, "location"),
    (4, "extended power"),
    (5, "hardware revision"),
    (6, "firmware revision"),
    (7, "software revision"),
    (8, "serial number"),
    (9, "manufacturer"),
    (10, "model"),
    (11, "asset id"),
];
const CLASS_NAMES: &[(u64, &str)] =
    &[(1, "endpoint I"), (2, "endpoint II"), (3, "endpoint III"), (4, "network device")];
const APPLICATION_NAMES: &[(u64, &str)] = &[
    (1, "voice"),
    (2, "voice signalling"),
    (3, "guest voice"),
    (4, "guest voice signalling"),
    (5, "softphone voice"),
    (6, "video conferencing"),
    (7, "streaming video"),
    (8, "video signalling"),
];
const LOCATION_NAMES: &[(u64, &str)] =
    &[(1, "coordinates"), (2, "civic address"), (3, "emergency call number")];
const WHAT_NAMES: &[(u64, &str)] = &[(0, "DHCP server"), (1, "network element"), (2, "client")];
/// Parts of an address (RFC 4776 section 3.4).
const PART_NAMES: &[(u64, &str)] = &[
    (0, "language"),
    (1, "state"),
    (2, "county"),
    (3, "city"),
    (4, "city district"),
    (5, "neighbourhood"),
    (6, "street"),
    (16, "direction before the street"),
    (17, "direction after the street"),
    (18, "kind of street"),
    (19, "house number"),
    (20, "suffix of the house number"),
    (21, "landmark"),
    (22, "additional information"),
    (23, "name"),
    (24, "postal code"),
    (25, "building"),
    (26, "unit"),
    (27, "floor"),
    (28, "room"),
    (29, "kind of place"),
    (30, "postal community"),
    (31, "post office box"),
    (32, "additional code"),
    (33, "seat"),
    (34, "main road"),
    (128, "script"),
];
const POWER_NAMES: &[(u64, &str)] = &[(0, "power source"), (1, "powered device")];
/// Each means one thing of a source and another of a device.
pub(super) const SOURCE_NAMES: &[(u64, &str)] = &[
    (0, "unknown"),
    (1, "primary, or the power source"),
    (2, "backup, or local"),
    (3, "power source and local"),
];
pub(super) const PRIORITY_NAMES: &[(u64, &str)] = &[(0, "unknown"), (1, "critical"), (2, "high"), (3, "low")];

fields! {
    SUBTYPE = Field::u8("lldp.media.subtype", "for media").hex().many().names(NAMES),
    CAPS = Field::u16("lldp.media.subtype.caps", "capabilities").hex(),
    CAPS_LLDP = Field::bool("lldp.media.subtype.caps.llpd", "LLDP-MED capabilities"),
    CAPS_POLICY = Field::bool("lldp.media.subtype.caps.network_policy", "network policy"),
    CAPS_LOCATION = Field::bool("lldp.media.subtype.caps.location_id", "location"),
    CAPS_PSE = Field::bool("lldp.media.subtype.caps.mdi_pse", "power source"),
    CAPS_PD = Field::bool("lldp.media.subtype.caps.mid_pd", "powered device"),
    CAPS_INVENTORY = Field::bool("lldp.media.subtype.caps.inventory", "inventory"),
    CLASS = Field::u8("lldp.media.subtype.class", "class").names(CLASS_NAMES),
    APPLICATION = Field::u8("lldp.media.app_type", "application").many().names(APPLICATION_NAMES),
    UNKNOWN = Field::bool("lldp.media.policy_flag", "policy unknown").many(),
    TAGGED = Field::bool("lldp.media.tag_flag", "tagged").many(),
    VLAN = Field::u24("lldp.media.vlan_id", "VLAN").many(),
    PRIORITY = Field::u24("lldp.media.l2_prio", "priority").many(),
    DSCP = Field::u24("lldp.media.dscp", "DSCP").many(),
    LOCATION = Field::u8("lldp.media.loc.data_format", "form of the location").many().names(LOCATION_NAMES),
    CIVIC_LENGTH = Field::u8("lldp.media.civic.length", "length").many(),
    CIVIC_WHAT = Field::u8("lldp.media.civic.what", "whose address").names(WHAT_NAMES),
    CIVIC_COUNTRY = Field::text("lldp.media.civic.country", "country"),
    CIVIC_TYPE = Field::u8("lldp.media.civic.type", "part of the address").many().names(PART_NAMES),
    CIVIC_VALUE = Field::text("lldp.media.civic.value", "its value").many(),
    EMERGENCY = Field::text("lldp.media.ecs", "emergency call number"),
    POWER_TYPE = Field::u8("lldp.media.power.type", "power type").names(POWER_NAMES),
    POWER_SOURCE = Field::u8("lldp.media.power.source", "origin of the power").names(SOURCE_NAMES),
    POWER_PRIORITY = Field::u8("lldp.media.power.prio", "power priority").names(PRIORITY_NAMES),
    POWER_VALUE = Field::u16("lldp.media.power.value", "power, in 0.1 W"),
    HARDWARE = Field::text("lldp.media.hardware", "hardware revision"),
    FIRMWARE = Field::text("lldp.media.firmware", "firmware revision"),
    SOFTWARE = Field::text("lldp.media.software", "software revision"),
    SERIAL = Field::text("lldp.media.sn", "serial number"),
    MANUFACTURER = Field::text("lldp.media.manufacturer", "manufacturer"),
    MODEL = Field::text("lldp.media.model", "model"),
    ASSET = Field::text("lldp.media.asset", "asset id"),
}

/// An element of TIA; `body` begins with its subtype.
pub(super) fn media(walk: &mut Walk<'_, '_>, body: Place) -> Option<()> {
    let kind = walk.u8(&SUBTYPE, body.at)?;
    let body = rest(body, 1);
    let at = |skip: usize| body.at.saturating_add(skip);
    let text = match kind {
        1 => {
            let caps = walk.u16(&CAPS, at(0))?;
            let rows = [
                (&CAPS_LLDP, 1),
                (&CAPS_POLICY, 2),
                (&CAPS_LOCATION, 4),
                (&CAPS_PSE, 8),
                (&CAPS_PD, 0x10),
                (&CAPS_INVENTORY, 0x20),
            ];
            walk.bits(&rows, at(0)..at(2), caps)?;
            walk.u8(&CLASS, at(2))?;
            return Some(());
        }
        2 => {
            walk.u8(&APPLICATION, at(0))?;
            let policy = u24_at(walk.data(), at(1))?;
            let rows = [
                (&UNKNOWN, 0x80_0000),
                (&TAGGED, 0x40_0000),
                (&VLAN, 0x1f_fe00),
                (&PRIORITY, 0x01c0),
                (&DSCP, 0x003f),
            ];
            return walk.bits(&rows, at(1)..at(4), policy);
        }
        3 => return location(walk, body),
        4 => {
            let byte = u8_at(walk.data(), at(0))?;
            let rows = [(&POWER_TYPE, 0xc0), (&POWER_SOURCE, 0x30), (&POWER_PRIORITY, 0x0f)];
            walk.bits(&rows, at(0)..at(1), byte)?;
            walk.u16(&POWER_VALUE, at(1))?;
            return Some(());
        }
        5 => &HARDWARE,
        6 => &FIRMWARE,
        7 => &SOFTWARE,
        8 => &SERIAL,
        9 => &MANUFACTURER,
        10 => &MODEL,
        11 => &ASSET,
        _ => return Some(()),
    };
    walk.text(text, at(0), body.len).map(|_| ())
}

/// Whether the value of an element is a civic address that claims more bytes than the element has.
pub(super) fn is_too_long(value: &[u8]) -> bool {
    matches!(value, [0x00, 0x12, 0xbb, 3, 2, len, parts @ ..] if usize::from(*len) > parts.len())
}

fn location(walk: &mut Walk<'_, '_>, body: Place) -> Option<()> {
    let form = walk.u8(&LOCATION, body.at)?;
    let body = rest(body, 1);
    let at = |skip: usize| body.at.saturating_add(skip);
    match form {
        2 => {
            let len = usize::from(walk.u8(&CIVIC_LENGTH, at(0))?);
            walk.u8(&CIVIC_WHAT, at(1))?;
            walk.text(&CIVIC_COUNTRY, at(2), 2)?;
            let after = rest(body, 1);
            let mut part = rest(Place { at: after.at, len: len.min(after.len) }, 3);
            while part.len >= 2 {
                walk.u8(&CIVIC_TYPE, part.at)?;
                let len = walk.u8(&CIVIC_LENGTH, part.at.saturating_add(1))?;
                let value = rest(part, 2);
                walk.text(&CIVIC_VALUE, value.at, usize::from(len).min(value.len))?;
                part = rest(value, len.into());
            }
            Some(())
        }
        3 => walk.text(&EMERGENCY, at(0), body.len).map(|_| ()),
        _ => Some(()),
    }
}
