//! Information elements of GTP's control messages (3GPP TS 29.060 section 7.7, GSM 09.60 section 7.9).

use core::fmt;

use super::names::{CAUSE_NAMES, ELEMENT_NAMES, FIRST_ELEMENT_NAMES};
use crate::bytes::{slice, u8_at, u16_at};
use crate::field::{Field, Value};
use crate::walk::Walk;

const SELECTION_NAMES: &[(u64, &str)] = &[
    (0, "by the MS or the network, subscription verified"),
    (1, "by the MS, subscription not verified"),
    (2, "by the network, subscription not verified"),
];

fields! {
    ELEMENT = Field::u8("nd.gtp.element", "element").many().names(ELEMENT_NAMES),
    FIRST_ELEMENT = Field::u8("nd.gtp.element", "element").many().names(FIRST_ELEMENT_NAMES),
    CAUSE = Field::u8("gtp.cause", "cause").key().names(CAUSE_NAMES),
    IMSI = Field::text("e212.imsi", "IMSI").key(),
    REORDER = Field::bool("gtp.reorder", "reordering required"),
    RECOVERY = Field::u8("gtp.recovery", "restart counter"),
    SELECTION = Field::u8("gtp.sel_mode", "selection mode").names(SELECTION_NAMES),
    FLOW_DATA = Field::u16("gtp.ext_flow_label", "flow label of data").hex(),
    FLOW_SIGNALLING = Field::u16("gtp.flow_sig", "flow label of signalling").hex(),
    TEID_DATA = Field::u32("gtp.teid_data", "tunnel endpoint for data").hex().key(),
    TEID_CONTROL = Field::u32("gtp.teid_cp", "tunnel endpoint for control").hex().key(),
    NSAPI = Field::u8("gtp.nsapi", "NSAPI").many(),
    CHARGING = Field::u16("gtp.chrg_char", "charging characteristics"),
    CHARGING_S = Field::u16("gtp.chrg_char_s", "spare"),
    CHARGING_N = Field::u16("gtp.chrg_char_n", "normal charging"),
    CHARGING_P = Field::u16("gtp.chrg_char_p", "prepaid charging"),
    CHARGING_F = Field::u16("gtp.chrg_char_f", "flat rate charging"),
    CHARGING_H = Field::u16("gtp.chrg_char_h", "hot billing charging"),
    CHARGING_R = Field::u16("gtp.chrg_char_r", "reserved"),
    CHARGING_ID = Field::u32("gtp.chrg_id", "charging id").hex(),
    PDP_ORG = Field::u8("gtp.user_addr_pdp_org", "organization of the PDP type").names(&[(0, "ETSI"), (1, "IETF")]),
    PDP_TYPE = Field::u8("gtp.user_addr_pdp_type", "PDP type").hex().names(&[(0x21, "IPv4"), (0x57, "IPv6"), (0x8d, "IPv4 and IPv6")]),
    USER_V4 = Field::ipv4("gtp.user_ipv4", "address of the user").key(),
    USER_V6 = Field::ipv6("gtp.user_ipv6", "address of the user").key(),
    APN_LENGTH = Field::u16("gtp.apn_length", "length of the APN"),
    APN = Field::text("gtp.apn", "access point name").key(),
    GSN_LENGTH = Field::u16("gtp.gsn_address_length", "length of the address").many(),
    GSN_V4 = Field::ipv4("gtp.gsn_ipv4", "address of the GSN").many(),
    GSN_V6 = Field::ipv6("gtp.gsn_ipv6", "address of the GSN").many(),
    MSISDN = Field::text("e164.msisdn", "MSISDN"),
    QOS_LENGTH = Field::u16("gtp.qos_umts_length", "length"),
    QOS_PRIORITY = Field::u8("gtp.qos_al_ret_priority", "allocation and retention priority"),
    QOS_SPARE_1 = Field::u8("gtp.qos_spare1", "spare"),
    QOS_DELAY = Field::u8("gtp.qos_delay", "delay class"),
    QOS_RELIABILITY = Field::u8("gtp.qos_reliability", "reliability class"),
    QOS_PEAK = Field::u8("gtp.qos_peak", "peak throughput class"),
    QOS_SPARE_2 = Field::u8("gtp.qos_spare2", "spare"),
    QOS_PRECEDENCE = Field::u8("gtp.qos_precedence", "precedence class"),
    QOS_SPARE_3 = Field::u8("gtp.qos_spare3", "spare"),
    QOS_MEAN = Field::u8("gtp.qos_mean", "mean throughput class"),
    EXTENSION_LENGTH = Field::u16("gtp.ext_length", "length").many(),
}

/// From here on elements have a length.
const WITH_LENGTH: u8 = 128;
/// Protocol configuration options.
const OPTIONS: u8 = 132;
/// The numbering plan of telephones (ITU-T E.164), in the low half of the byte before a number's digits.
const E164: u8 = 1;
/// Link control, IP control, and the two ways to authenticate: the containers that hold PPP.
const PPP: [u16; 4] = [0xc021, 0x8021, 0xc023, 0xc223];

/// One element: its type, and where its value lies.
#[derive(Clone, Copy)]
struct Element {
    kind: u8,
    start: usize,
    at: usize,
    len: usize,
}

impl Element {
    fn end(self) -> usize {
        self.at.saturating_add(self.len)
    }
}

/// Bytes of the value of an element that has no length of its own (TS 29.060 table 37; GSM 09.60 table 38 for
/// version 0).
fn fixed_len(kind: u8, version: u8) -> Option<usize> {
    Some(match kind {
        1 | 8 | 11 | 13..=15 | 19..=21 | 23 | 24 | 29 | 126 => 1,
        2 => 8,
        3 => 6,
        4 | 5 | 127 => 4,
        6 | 12 => 3,
        9 => 28,
        16 | 17 if version == 0 => 2,
        16 | 17 => 4,
        18 if version == 0 => 4,
        18 => 5,
        22 => 9,
        25..=28 => 2,
        _ => return None,
    })
}

/// The elements from `at` on, up to one that is cut or of no known length.
fn elements(data: &[u8], mut at: usize, version: u8) -> impl Iterator<Item = Element> {
    core::iter::from_fn(move || {
        let start = at;
        let kind = u8_at(data, at)?;
        let (skip, len) = match kind {
            WITH_LENGTH.. => (3, usize::from(u16_at(data, at.saturating_add(1))?)),
            _ => (1, fixed_len(kind, version)?),
        };
        let value = at.saturating_add(skip);
        at = value.saturating_add(len);
        Some(Element { kind, start, at: value, len })
    })
}

/// A packet of PPP in the first container that holds one.
pub(super) struct Inner {
    pub(super) protocol: u16,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Looks for PPP in the elements between `at` and `end`.
pub(super) fn ppp(data: &[u8], at: usize, end: usize, version: u8) -> Option<Inner> {
    let data = data.get(..end)?;
    let options = elements(data, at, version).find(|element| element.kind == OPTIONS)?;
    // One byte says which configuration protocol, then come containers: number, length, content.
    let mut at = options.at.saturating_add(1);
    while at < options.end() {
        let protocol = u16_at(data, at)?;
        let start = at.saturating_add(3);
        let end = start.saturating_add(u8_at(data, at.saturating_add(2))?.into());
        if PPP.contains(&protocol) && start < end && end <= data.len() {
            return Some(Inner { protocol, start, end });
        }
        at = end;
    }
    None
}

/// Decimal digits, two to a byte, the low half first; a half of ones ends them (TS 23.003 section 2.2).
pub(super) struct Digits<'a>(&'a [u8]);

impl<'a> Digits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for half in self.0.iter().flat_map(|byte| [byte & 0x0f, byte >> 4]) {
            match half {
                0x0f => return Ok(()),
                half => write!(f, "{half:x}")?,
            }
        }
        Ok(())
    }
}

/// Emits every element from `at` on.
pub(super) fn all(walk: &mut Walk<'_, '_>, at: usize, version: u8) -> Option<()> {
    let field = if version == 0 { &FIRST_ELEMENT } else { &ELEMENT };
    for element in elements(walk.data(), at, version) {
        walk.open(field, element.start..element.end(), Value::Uint(element.kind.into()))?;
        if matches!(element.kind, 128 | 132 | 134) {
            let place = element.at.saturating_sub(2)..element.at;
            walk.uint(&super::LENGTH, place, u16::try_from(element.len).ok()?)?;
        }
        value(walk, element, version)?;
        walk.close();
    }
    Some(())
}

fn value(walk: &mut Walk<'_, '_>, element: Element, version: u8) -> Option<()> {
    let Element { kind, at, len, .. } = element;
    let byte = u8_at(walk.data(), at);
    let place = at..at.saturating_add(1);
    match kind {
        1 => _ = walk.u8(&CAUSE, at)?,
        2 => {
            let digits = Digits(slice(walk.data(), at, len)?);
            walk.format(&IMSI, at..element.end(), format_args!("{digits}"))?;
        }
        6 => quality(walk, at)?,
        8 => walk.bool(&REORDER, place, byte? & 1 != 0)?,
        14 => _ = walk.u8(&RECOVERY, at)?,
        15 => walk.uint(&SELECTION, place, byte? & 3)?,
        16 if version == 0 => _ = walk.u16(&FLOW_DATA, at)?,
        17 if version == 0 => _ = walk.u16(&FLOW_SIGNALLING, at)?,
        16 => _ = walk.u32(&TEID_DATA, at)?,
        17 => _ = walk.u32(&TEID_CONTROL, at)?,
        20 => walk.uint(&NSAPI, place, byte? & 0x0f)?,
        26 => charging(walk, at)?,
        127 => _ = walk.u32(&CHARGING_ID, at)?,
        128 => user(walk, at, len)?,
        131 => access_point(walk, at, len)?,
        133 => {
            walk.uint(&GSN_LENGTH, at.saturating_sub(2)..at, u16::try_from(len).ok()?)?;
            match len {
                4 => _ = walk.ipv4(&GSN_V4, at)?,
                16 => _ = walk.ipv6(&GSN_V6, at)?,
                _ => {}
            }
        }
        134 => number(walk, at, len)?,
        135 if len >= 4 => {
            walk.uint(&QOS_LENGTH, at.saturating_sub(2)..at, u16::try_from(len).ok()?)?;
            walk.u8(&QOS_PRIORITY, at)?;
            quality(walk, at.saturating_add(1))?;
        }
        251 => walk.uint(&EXTENSION_LENGTH, at.saturating_sub(2)..at, u16::try_from(len).ok()?)?,
        _ => {}
    }
    Some(())
}

fn charging(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let all = walk.u16(&CHARGING, at)?;
    let rows = [
        (&CHARGING_S, 0xf000),
        (&CHARGING_N, 0x0800),
        (&CHARGING_P, 0x0400),
        (&CHARGING_F, 0x0200),
        (&CHARGING_H, 0x0100),
        (&CHARGING_R, 0x00ff),
    ];
    walk.bits(&rows, at..at.saturating_add(2), all)
}

/// The three bytes that both versions have (TS 24.008 section 10.5.6.5).
fn quality(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let rows: [&[(&'static Field, u64)]; 3] = [
        &[(&QOS_SPARE_1, 0xc0), (&QOS_DELAY, 0x38), (&QOS_RELIABILITY, 0x07)],
        &[(&QOS_PEAK, 0xf0), (&QOS_SPARE_2, 0x08), (&QOS_PRECEDENCE, 0x07)],
        &[(&QOS_SPARE_3, 0xe0), (&QOS_MEAN, 0x1f)],
    ];
    for (at, rows) in (at..).zip(rows) {
        let byte = u8_at(walk.data(), at)?;
        walk.bits(rows, at..at.saturating_add(1), byte)?;
    }
    Some(())
}

fn user(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    if len < 2 {
        return Some(());
    }
    let organization = u8_at(walk.data(), at)?;
    walk.uint(&PDP_ORG, at..at.saturating_add(1), organization & 0x0f)?;
    let kind = walk.u8(&PDP_TYPE, at.saturating_add(1))?;
    let address = at.saturating_add(2);
    match (kind, len.saturating_sub(2)) {
        (0x21, 4) => _ = walk.ipv4(&USER_V4, address)?,
        (0x57, 16) => _ = walk.ipv6(&USER_V6, address)?,
        (0x8d, 20) => {
            walk.ipv4(&USER_V4, address)?;
            walk.ipv6(&USER_V6, address.saturating_add(4))?;
        }
        _ => {}
    }
    Some(())
}

/// A number to call: its kind, then its digits (TS 29.002 section 17.7.8).
fn number(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    match slice(walk.data(), at, len)? {
        [kind, digits @ ..] if kind & 0x0f == E164 && !digits.is_empty() => {
            let digits = Digits(digits);
            walk.format(&MSISDN, at.saturating_add(1)..at.saturating_add(len), format_args!("{digits}"))
        }
        _ => Some(()),
    }
}

/// A name in labels as in DNS (TS 23.003 section 9.1), spelled with dots.
fn access_point(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    walk.uint(&APN_LENGTH, at.saturating_sub(2)..at, u16::try_from(len).ok()?)?;
    let mut name = [0; 100];
    let name = name.get_mut(..len.min(100))?;
    name.copy_from_slice(slice(walk.data(), at, name.len())?);
    let mut dot = 0;
    while let Some(byte) = name.get_mut(dot) {
        let next = dot.saturating_add(usize::from(*byte)).saturating_add(1);
        *byte = b'.';
        dot = next;
    }
    walk.emit(&APN, at..at.saturating_add(len), Value::Text(name.get(1..).unwrap_or_default()))
}
