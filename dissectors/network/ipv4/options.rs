//! Options of the IPv4 header (RFC 791 section 3.1 and IANA `ip-parameters`).

use super::HEADER;
use super::quick_start::{FUNCTION_NAMES, QuickStart, RATE_NAMES};
use crate::bytes::{slice, u8_at};
use crate::field::{Field, Value, name_of};
use crate::walk::Walk;

fields! {
    TYPE = Field::u8("ip.opt.type", "option").many().names(OPTION_NAMES),
    COPY = Field::bool("ip.opt.type.copy", "copied into fragments").many(),
    CLASS = Field::u8("ip.opt.type.class", "class").many().names(CLASS_NAMES),
    NUMBER = Field::u8("ip.opt.type.number", "number").many(),
    LEN = Field::u8("ip.opt.len", "length").many(),
    PTR = Field::u8("ip.opt.ptr", "pointer").many(),
    REC_RT = Field::ipv4("ip.rec_rt", "recorded route").many(),
    SRC_RT = Field::ipv4("ip.src_rt", "source route").many(),
    EMPTY_RT = Field::ipv4("ip.empty_rt", "empty route").many(),
    OVERFLOW = Field::u8("ip.opt.overflow", "overflow").many(),
    FLAG = Field::u8("ip.opt.flag", "flag").hex().many().names(TIME_STAMP_NAMES),
    STAMP = Field::u32("ip.opt.time_stamp", "time stamp (ms, UT)").many(),
    STAMP_ADDR = Field::ipv4("ip.opt.time_stamp_addr", "address").many(),
    SEC_LEVEL = Field::u16("ip.opt.sec_rfc791_sec", "security").hex().many(),
    SEC_COMP = Field::u16("ip.opt.sec_rfc791_comp", "compartments").many(),
    SEC_HR = Field::text("ip.opt.sec_rfc791_hr", "handling restrictions").many(),
    SEC_TCC = Field::text("ip.opt.sec_rfc791_tcc", "transmission control code").many(),
    SEC_CLASS = Field::u8("ip.opt.sec_cl", "classification level").hex().many().names(LEVEL_NAMES),
    AUTHORITY = Field::u8("ip.opt.sec_prot_auth_flags", "protection authority").hex().many(),
    AUTHORITY_GENSER = Field::bool("ip.opt.sec_prot_auth_genser", "GENSER").many(),
    AUTHORITY_SIOP = Field::bool("ip.opt.sec_prot_auth_siop_esi", "SIOP-ESI").many(),
    AUTHORITY_SCI = Field::bool("ip.opt.sec_prot_auth_sci", "SCI").many(),
    AUTHORITY_NSA = Field::bool("ip.opt.sec_prot_auth_nsa", "NSA").many(),
    AUTHORITY_DOE = Field::bool("ip.opt.sec_prot_auth_doe", "DOE").many(),
    AUTHORITY_UNASSIGNED = Field::u8("ip.opt.sec_prot_auth_unassigned", "unassigned").hex().many(),
    AUTHORITY_MORE = Field::bool("ip.opt.sec_prot_auth_fti", "more follow").many(),
    ESEC_FORMAT = Field::u8("ip.opt.ext_sec_add_sec_info_format_code", "format code").hex().many(),
    ESEC_INFO = Field::bytes("ip.opt.ext_sec_add_sec_info", "security information").many(),
    CIPSO_DOI = Field::u32("ip.cipso.doi", "domain").many(),
    CIPSO_TAG = Field::u8("ip.cipso.tag_type", "tag").many().names(TAG_NAMES),
    CIPSO_LEVEL = Field::u8("ip.cipso.sensitivity_level", "sensitivity level").many(),
    SID = Field::u16("ip.opt.sid", "stream identifier").many(),
    MTU = Field::u16("ip.opt.mtu", "MTU").many(),
    TR_ID = Field::u16("ip.opt.id_number", "traceroute id").many(),
    TR_OUT = Field::u16("ip.opt.ohc", "outbound hops").many(),
    TR_RETURN = Field::u16("ip.opt.rhc", "return hops").many(),
    TR_ORIGINATOR = Field::ipv4("ip.opt.originator", "originator").many(),
    RA = Field::u16("ip.opt.ra", "router alert").many(),
    ADDR = Field::ipv4("ip.opt.addr", "address").many(),
    QS_FUNC = Field::u8("ip.opt.qs_func", "function").many().names(FUNCTION_NAMES),
    QS_RATE = Field::u8("ip.opt.qs_rate", "rate").many().names(RATE_NAMES),
    QS_TTL = Field::u8("ip.opt.qs_ttl", "quick-start TTL").many(),
    QS_TTL_DIFF = Field::u8("ip.opt.qs_ttl_diff", "TTL difference").many(),
    QS_NONCE = Field::u32("ip.opt.qs_nonce", "nonce").hex().many(),
    QS_RESERVED = Field::u32("ip.opt.qs_reserved", "reserved").hex().many(),
    OTHER = Field::u8("nd.ip.option.type", "unknown option").many(),
    OTHER_LEN = Field::u8("nd.ip.option.length", "length").many(),
    DATA = Field::bytes("nd.ip.option.data", "data").many(),
}

static QUICK_START_FIELDS: QuickStart = QuickStart {
    function: &QS_FUNC,
    rate: &QS_RATE,
    ttl: &QS_TTL,
    ttl_diff: &QS_TTL_DIFF,
    nonce: &QS_NONCE,
    reserved: &QS_RESERVED,
    data: &DATA,
};

/// RFC 1108 section 2.3.
const LEVEL_NAMES: &[(u64, &str)] = &[
    (0x01, "reserved 4"),
    (0x3d, "top secret"),
    (0x5a, "secret"),
    (0x66, "reserved 3"),
    (0x96, "confidential"),
    (0xab, "unclassified"),
    (0xcc, "reserved 2"),
    (0xf1, "reserved 1"),
];

/// Tags of the commercial option (FIPS 188 and draft-ietf-cipso-ipsecurity-01; the last is Linux's own).
const TAG_NAMES: &[(u64, &str)] = &[
    (1, "restrictive bitmap"),
    (2, "enumerated categories"),
    (5, "ranged categories"),
    (6, "permissive bitmap"),
    (7, "free form"),
    (128, "local"),
];

const CLASS_NAMES: &[(u64, &str)] = &[(0, "control"), (2, "debugging and measurement")];
const TIME_STAMP_NAMES: &[(u64, &str)] =
    &[(0, "time stamps only"), (1, "time stamp and address"), (3, "prespecified addresses")];

const END: u8 = 0;
const NOP: u8 = 1;
const RECORD_ROUTE: u8 = 7;
const MTU_PROBE: u8 = 11;
const MTU_REPLY: u8 = 12;
const QUICK_START: u8 = 25;
const TIME_STAMP: u8 = 68;
const TRACEROUTE: u8 = 82;
const SECURITY: u8 = 130;
const LOOSE_ROUTE: u8 = 131;
const EXTENDED_SECURITY: u8 = 133;
const COMMERCIAL_SECURITY: u8 = 134;
const STREAM_ID: u8 = 136;
const STRICT_ROUTE: u8 = 137;
const ROUTER_ALERT: u8 = 148;
const DIRECTED_BROADCAST: u8 = 149;

/// The options that are read; of a number beyond them the bytes are shown (IANA `ip-parameters`).
const OPTION_NAMES: &[(u64, &str)] = &[
    (END as u64, "end of options"),
    (NOP as u64, "no operation"),
    (RECORD_ROUTE as u64, "record route"),
    (MTU_PROBE as u64, "MTU probe"),
    (MTU_REPLY as u64, "MTU reply"),
    (QUICK_START as u64, "quick-start"),
    (TIME_STAMP as u64, "time stamp"),
    (TRACEROUTE as u64, "traceroute"),
    (SECURITY as u64, "security"),
    (LOOSE_ROUTE as u64, "loose source route"),
    (EXTENDED_SECURITY as u64, "extended security"),
    (COMMERCIAL_SECURITY as u64, "commercial security"),
    (STREAM_ID as u64, "stream identifier"),
    (STRICT_ROUTE as u64, "strict source route"),
    (ROUTER_ALERT as u64, "router alert"),
    (DIRECTED_BROADCAST as u64, "selective directed broadcast"),
];

/// Whether an option is a source route.
pub(super) fn is_route(kind: u8) -> bool {
    matches!(kind, LOOSE_ROUTE | STRICT_ROUTE)
}

/// The options of a header: place, type and length in bytes. Ends at the end of the list, and at the first length
/// that leaves the header or would not move on.
pub(super) struct Options<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Options<'a> {
    pub(super) fn new(data: &'a [u8], header: usize) -> Self {
        Self { data: data.get(..header).unwrap_or(data), at: HEADER }
    }
}

impl Iterator for Options<'_> {
    type Item = (usize, u8, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let kind = u8_at(self.data, at)?;
        let len = match kind {
            END | NOP => 1,
            _ => usize::from(u8_at(self.data, at.saturating_add(1))?),
        };
        if len == 0 || (len == 1 && kind > NOP) || at.saturating_add(len) > self.data.len() {
            self.at = usize::MAX;
            return None;
        }
        self.at = if kind == END { usize::MAX } else { at.saturating_add(len) };
        Some((at, kind, len))
    }
}

/// Hands the options of a header of `header` bytes to the walk.
pub(super) fn emit(walk: &mut Walk<'_, '_>, header: usize) -> Option<()> {
    for (at, kind, len) in Options::new(walk.data(), header) {
        // Wireshark has no fields for these.
        if name_of(OPTION_NAMES, kind.into()).is_none() {
            walk.open(&OTHER, at..at.saturating_add(len), Value::Uint(kind.into()))?;
            walk.u8(&OTHER_LEN, at.saturating_add(1))?;
            data(walk, at.saturating_add(2), at.saturating_add(len))?;
            walk.close();
            continue;
        }
        walk.open(&TYPE, at..at.saturating_add(len), Value::Uint(kind.into()))?;
        walk.bool(&COPY, at..at.saturating_add(1), kind & 0x80 != 0)?;
        walk.uint(&CLASS, at..at.saturating_add(1), kind >> 5 & 3)?;
        walk.uint(&NUMBER, at..at.saturating_add(1), kind & 0x1f)?;
        if len > 1 {
            walk.u8(&LEN, at.saturating_add(1))?;
            option(walk, at.saturating_add(2), kind, len.saturating_sub(2))?;
        }
        walk.close();
    }
    Some(())
}

/// The `len` bytes at `at` that follow an option's length.
fn option(walk: &mut Walk<'_, '_>, at: usize, kind: u8, len: usize) -> Option<()> {
    let end = at.saturating_add(len);
    let rest = at.saturating_add(1);
    match kind {
        RECORD_ROUTE | LOOSE_ROUTE | STRICT_ROUTE if len > 0 => route(walk, at, kind, len)?,
        TIME_STAMP if len > 1 => time_stamps(walk, at, end)?,
        SECURITY if len == 9 => {
            walk.u16(&SEC_LEVEL, at)?;
            walk.u16(&SEC_COMP, at.saturating_add(2))?;
            walk.text(&SEC_HR, at.saturating_add(4), 2)?;
            walk.text(&SEC_TCC, at.saturating_add(6), 3)?;
        }
        SECURITY if len > 0 => {
            walk.u8(&SEC_CLASS, at)?;
            authorities(walk, rest, end)?;
        }
        EXTENDED_SECURITY if len > 0 => {
            walk.u8(&ESEC_FORMAT, at)?;
            if len > 1 {
                walk.bytes(&ESEC_INFO, rest, len.saturating_sub(1))?;
            }
        }
        COMMERCIAL_SECURITY if len > 3 => {
            walk.u32(&CIPSO_DOI, at)?;
            tags(walk, at.saturating_add(4), end)?;
        }
        STREAM_ID if len > 1 => {
            walk.u16(&SID, at)?;
        }
        MTU_PROBE | MTU_REPLY if len > 1 => {
            walk.u16(&MTU, at)?;
        }
        ROUTER_ALERT if len > 1 => {
            walk.u16(&RA, at)?;
        }
        TRACEROUTE if len > 9 => {
            walk.u16(&TR_ID, at)?;
            walk.u16(&TR_OUT, at.saturating_add(2))?;
            walk.u16(&TR_RETURN, at.saturating_add(4))?;
            walk.ipv4(&TR_ORIGINATOR, at.saturating_add(6))?;
        }
        QUICK_START if len > 5 => {
            let ttl = u8_at(walk.data(), 8);
            QUICK_START_FIELDS.emit(walk, at, ttl)?;
        }
        DIRECTED_BROADCAST => {
            for place in (at..end.saturating_sub(3)).step_by(4) {
                walk.ipv4(&ADDR, place)?;
            }
        }
        _ => data(walk, at, end)?,
    }
    Some(())
}

/// The bytes of an option from `at` to `end` that are not read, if there are any.
fn data(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    match end.saturating_sub(at) {
        0 => Some(()),
        len => walk.bytes(&DATA, at, len).map(drop),
    }
}

/// The authorities whose rules protect the datagram (RFC 1108 section 2.4); each byte says whether one more follows.
fn authorities(walk: &mut Walk<'_, '_>, start: usize, end: usize) -> Option<()> {
    for at in start..end {
        let byte = at..at.saturating_add(1);
        let flags = u8_at(walk.data(), at)?;
        walk.open(&AUTHORITY, byte.clone(), Value::Uint(flags.into()))?;
        // Only those of the first byte have names.
        if at == start {
            let named = [
                (&AUTHORITY_GENSER, 0x80),
                (&AUTHORITY_SIOP, 0x40),
                (&AUTHORITY_SCI, 0x20),
                (&AUTHORITY_NSA, 0x10),
                (&AUTHORITY_DOE, 0x08),
            ];
            walk.bits(&named, byte.clone(), flags)?;
        }
        let unassigned = if at == start { 0x06 } else { 0xfe };
        walk.bits(&[(&AUTHORITY_UNASSIGNED, unassigned), (&AUTHORITY_MORE, 0x01)], byte, flags)?;
        walk.close();
        if flags & 0x01 == 0 {
            return data(walk, at.saturating_add(1), end);
        }
    }
    Some(())
}

/// The tags of a commercial security option: type, length, and in most of them a sensitivity level behind a byte
/// of padding. Their categories are shown as bytes.
fn tags(walk: &mut Walk<'_, '_>, start: usize, end: usize) -> Option<()> {
    let mut at = start;
    while let (true, Some(kind), Some(len)) =
        (at < end, u8_at(walk.data(), at), u8_at(walk.data(), at.saturating_add(1)))
    {
        let next = at.saturating_add(len.into());
        if len < 2 || next > end {
            break;
        }
        walk.uint(&CIPSO_TAG, at..at.saturating_add(1), kind)?;
        let mut content = at.saturating_add(2);
        if matches!(kind, 1 | 2 | 5) && len > 3 {
            walk.u8(&CIPSO_LEVEL, at.saturating_add(3))?;
            content = at.saturating_add(4);
        }
        data(walk, content, next)?;
        at = next;
    }
    data(walk, at, end)
}

/// The addresses of a route: those before the pointer were passed, the others are still to come (or, when the
/// route is only recorded, to be filled in).
fn route(walk: &mut Walk<'_, '_>, at: usize, kind: u8, len: usize) -> Option<()> {
    // The pointer counts from the option's first byte, which is number 1; the first address has number 4.
    let pointer = usize::from(walk.u8(&PTR, at)?);
    let count = len.saturating_sub(1) / 4;
    for nth in 0..count {
        let number = nth.saturating_mul(4).saturating_add(4);
        let place = at.saturating_sub(3).saturating_add(number);
        if kind == RECORD_ROUTE {
            walk.ipv4(if number < pointer { &REC_RT } else { &EMPTY_RT }, place)?;
        } else if number < pointer {
            walk.ipv4(&REC_RT, place)?;
        } else if nth.saturating_add(1) < count {
            walk.ipv4(&SRC_RT, place)?;
        }
    }
    Some(())
}

fn time_stamps(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    walk.u8(&PTR, at)?;
    let flags_at = at.saturating_add(1);
    let flags = u8_at(walk.data(), flags_at)?;
    walk.uint(&OVERFLOW, flags_at..flags_at.saturating_add(1), flags >> 4)?;
    walk.uint(&FLAG, flags_at..flags_at.saturating_add(1), flags & 0x0f)?;
    let with_address = matches!(flags & 0x0f, 1 | 3);
    let mut place = at.saturating_add(2);
    let step = if with_address { 8 } else { 4 };
    while slice(walk.data(), place, step).is_some() && place.saturating_add(step) <= end {
        if with_address {
            walk.ipv4(&STAMP_ADDR, place)?;
            place = place.saturating_add(4);
        }
        walk.u32(&STAMP, place)?;
        place = place.saturating_add(4);
    }
    Some(())
}
