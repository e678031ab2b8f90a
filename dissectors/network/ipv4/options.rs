//! Options of the IPv4 header (RFC 791 section 3.1 and IANA `ip-parameters`).

use super::HEADER;
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
    STAMP = Field::u32("ip.opt.time_stamp", "time stamp").many(),
    STAMP_ADDR = Field::ipv4("ip.opt.time_stamp_addr", "address").many(),
    SEC_LEVEL = Field::u16("ip.opt.sec_rfc791_sec", "security").hex().many(),
    SEC_COMP = Field::u16("ip.opt.sec_rfc791_comp", "compartments").many(),
    SEC_HR = Field::text("ip.opt.sec_rfc791_hr", "handling restrictions").many(),
    SEC_TCC = Field::text("ip.opt.sec_rfc791_tcc", "transmission control code").many(),
    SEC_CLASS = Field::u8("ip.opt.sec_cl", "classification level").hex().many(),
    ESEC_FORMAT = Field::u8("ip.opt.ext_sec_add_sec_info_format_code", "format code").many(),
    SID = Field::u16("ip.opt.sid", "stream identifier").many(),
    MTU = Field::u16("ip.opt.mtu", "MTU").many(),
    TR_ID = Field::u16("ip.opt.id_number", "traceroute id").many(),
    TR_OUT = Field::u16("ip.opt.ohc", "outbound hops").many(),
    TR_RETURN = Field::u16("ip.opt.rhc", "return hops").many(),
    TR_ORIGINATOR = Field::ipv4("ip.opt.originator", "originator").many(),
    RA = Field::u16("ip.opt.ra", "router alert").many(),
    ADDR = Field::ipv4("ip.opt.addr", "address").many(),
    QS_FUNC = Field::u8("ip.opt.qs_func", "quick-start function").many(),
    QS_RATE = Field::u8("ip.opt.qs_rate", "rate").many(),
    QS_TTL = Field::u8("ip.opt.qs_ttl", "quick-start TTL").many(),
}

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

/// The options that are read; a number beyond them is skipped by its length (IANA `ip-parameters`).
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
        if name_of(OPTION_NAMES, kind.into()).is_none() {
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
        }
        EXTENDED_SECURITY if len > 0 => {
            walk.u8(&ESEC_FORMAT, at)?;
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
            let function = u8_at(walk.data(), at)?;
            walk.uint(&QS_FUNC, at..rest, function >> 4)?;
            walk.uint(&QS_RATE, at..rest, function & 0x0f)?;
            walk.u8(&QS_TTL, rest)?;
        }
        DIRECTED_BROADCAST => {
            for place in (at..end.saturating_sub(3)).step_by(4) {
                walk.ipv4(&ADDR, place)?;
            }
        }
        _ => {}
    }
    Some(())
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
