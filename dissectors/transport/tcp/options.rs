//! TCP options (RFC 9293 section 3.2 and the IANA registry `tcp-parameters`).

use core::fmt;
use core::ops::Range;

use super::Flags;
use crate::bytes::{chunk, u8_at, u16_at, u32_at, up_to};
use crate::facts::TcpFacts;
use crate::field::{Field, Value, concat};
use crate::network::ipv4::quick_start::RATE_NAMES;
use crate::walk::Walk;

mod multipath;

/// Every field of options.
pub(super) static ALL_FIELDS: [&Field; FIELDS.len() + multipath::FIELDS.len()] =
    concat(&[FIELDS, multipath::FIELDS]);

fields! {
    KIND = Field::u8("tcp.option_kind", "kind").many().names(KIND_NAMES),
    LENGTH = Field::u8("tcp.option_len", "length").many(),
    MSS = Field::u16("tcp.options.mss_val", "maximum segment size").many().key(),
    WSCALE_SHIFT = Field::u8("tcp.options.wscale.shift", "window scale shift").many(),
    WSCALE_USED = Field::u8("nd.tcp.options.wscale_used", "used as shift").many(),
    WSCALE_MULTIPLIER = Field::u16("tcp.options.wscale.multiplier", "window scale multiplier").many(),
    SACK_LE = Field::u32("tcp.options.sack_le", "SACK left edge").many(),
    SACK_RE = Field::u32("tcp.options.sack_re", "SACK right edge").many(),
    SACK_COUNT = Field::u8("tcp.options.sack.count", "SACK blocks").many(),
    DSACK_LE = Field::u32("tcp.options.sack.dsack_le", "D-SACK left edge").many(),
    DSACK_RE = Field::u32("tcp.options.sack.dsack_re", "D-SACK right edge").many(),
    TSVAL = Field::u32("tcp.options.timestamp.tsval", "timestamp").many(),
    TSECR = Field::u32("tcp.options.timestamp.tsecr", "timestamp echoed").many(),
    ECHO_VALUE = Field::u32("tcp.options.echo_value", "echo").many(),
    CC_VALUE = Field::u32("tcp.options.cc_value", "connection count").many(),
    SCPS_VECTOR = Field::u8("tcp.options.scps.vector", "SCPS capabilities").hex().many(),
    SCPS_BETS = Field::bool("tcp.options.scpsflags.bets", "partial reliability").many(),
    SCPS_SNACK1 = Field::bool("tcp.options.scpsflags.snack1", "short SNACK").many(),
    SCPS_SNACK2 = Field::bool("tcp.options.scpsflags.snack2", "long SNACK").many(),
    SCPS_COMPRESS = Field::bool("tcp.options.scpsflags.compress", "header compression").many(),
    SCPS_NLTS = Field::bool("tcp.options.scpsflags.nlts", "network layer timestamps").many(),
    SCPS_RESERVED = Field::u8("tcp.options.scpsflags.reserved", "reserved").many(),
    SCPS_BINDING = Field::u8("tcp.options.scps.binding", "SCPS connection identifier").many(),
    SNACK_OFFSET = Field::u16("tcp.options.snack.offset", "SNACK offset").many(),
    SNACK_SIZE = Field::u16("tcp.options.snack.size", "SNACK size").many(),
    QS_RATE = Field::u8("tcp.options.qs.rate", "Quick-Start rate").many().names(RATE_NAMES),
    QS_TTL_DIFF = Field::u8("tcp.options.qs.ttl_diff", "Quick-Start TTL difference").many(),
    QS_NONCE = Field::u32("nd.tcp.options.qs_nonce", "Quick-Start nonce").hex().many(),
    TFO_COOKIE = Field::bytes("tcp.options.tfo.cookie", "fast open cookie").many(),
    USER_TO_GRANULARITY = Field::bool("tcp.options.user_to_granularity", "user timeout in minutes").many(),
    USER_TO_VAL = Field::u16("tcp.options.user_to_val", "user timeout").many(),
    MD5_DIGEST = Field::bytes("tcp.options.md5.digest", "MD5 digest").many(),
    AO_KEYID = Field::u8("tcp.options.ao.keyid", "authentication key id").many(),
    AO_RNEXTKEYID = Field::u8("tcp.options.ao.rnextkeyid", "authentication next key id").many(),
    AO_MAC = Field::bytes("tcp.options.ao.mac", "authentication code").many(),
    ACC_ECN_E0 = Field::u24("tcp.options.acc_ecn.ee0b", "ECT(0) counter").many(),
    ACC_ECN_CE = Field::u24("tcp.options.acc_ecn.eceb", "CE counter").many(),
    ACC_ECN_E1 = Field::u24("tcp.options.acc_ecn.ee1b", "ECT(1) counter").many(),
    EXPERIMENTAL_EXID = Field::u16("tcp.options.experimental.exid", "experiment identifier").hex().many(),
    EXPERIMENTAL_DATA = Field::bytes("tcp.options.experimental.data", "experiment data").many(),
    BAD = Field::bytes("nd.tcp.options_bad", "bytes that are no option"),
    PADDING = Field::bytes("nd.tcp.options.padding", "padding other than zeros"),
    MISFIT = Field::bytes("nd.tcp.options.misfit", "data of a wrong length").many(),
    UNKNOWN_PAYLOAD = Field::bytes("tcp.options.unknown.payload", "option data").many(),
}

/// Names of option kinds.
const KIND_NAMES: &[(u64, &str)] = &[
    (0, "end of list"),
    (1, "no-operation"),
    (2, "maximum segment size"),
    (3, "window scale"),
    (4, "SACK permitted"),
    (5, "SACK"),
    (6, "echo"),
    (7, "echo reply"),
    (8, "timestamps"),
    (9, "partial order permitted"),
    (10, "partial order profile"),
    (11, "connection count"),
    (12, "new connection count"),
    (13, "connection count echo"),
    (14, "alternate checksum request"),
    (15, "alternate checksum data"),
    (18, "trailer checksum"),
    (19, "MD5 signature"),
    (20, "SCPS capabilities"),
    (21, "SNACK"),
    (27, "Quick-Start"),
    (28, "user timeout"),
    (29, "authentication"),
    (30, "multipath TCP"),
    (34, "fast open cookie"),
    (172, "accurate ECN, ECT(0) first"),
    (174, "accurate ECN, ECT(1) first"),
    (253, "experiment 1"),
    (254, "experiment 2"),
];

/// The greatest shift of a window: a larger one is used as this (RFC 7323 section 2.3).
const MAX_SHIFT: u8 = 14;

/// Fast open's number as an experiment (RFC 7413 appendix A).
const FAST_OPEN_EXID: u16 = 0xf989;

/// One option: kind, its place among the option bytes, its data after kind and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TcpOption<'a> {
    /// Kind.
    pub(super) kind: u8,
    /// Where kind, length and data lie in the option bytes.
    pub(super) at: usize,
    /// The length byte's value; 1 for the two kinds without one.
    pub(super) len: usize,
    /// Data after kind and length, as far as the length says and the bytes reach.
    pub(super) data: &'a [u8],
    /// The length byte contradicts itself or the space.
    pub(super) bad: bool,
}

impl TcpOption<'_> {
    /// All of its bytes were captured.
    fn is_whole(&self) -> bool {
        self.data.len().saturating_add(2) == self.len
    }
}

/// Iterates over options; stops at a length that leads nowhere, behind the end of list and the zeros that pad it, or
/// at the end of the bytes.
#[derive(Clone, Debug)]
pub(super) struct OptionIter<'a> {
    bytes: &'a [u8],
    /// Bytes of options that the header announces.
    room: usize,
    at: usize,
}

/// Options in `bytes`, the captured ones of `room`.
#[must_use]
pub(super) fn iter(bytes: &[u8], room: usize) -> OptionIter<'_> {
    OptionIter { bytes, room, at: 0 }
}

impl<'a> Iterator for OptionIter<'a> {
    type Item = TcpOption<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let kind = u8_at(self.bytes, at)?;
        let next = at.saturating_add(1);
        if kind <= 1 {
            let is_over = kind == 0 && u8_at(self.bytes, next) != Some(0);
            self.at = if is_over { self.bytes.len() } else { next };
            return Some(TcpOption { kind, at, len: 1, data: &[], bad: false });
        }
        let len = u8_at(self.bytes, next).map_or(0, usize::from);
        let end = at.saturating_add(len);
        if len < 2 || end > self.room {
            self.at = self.bytes.len();
            return Some(TcpOption { kind, at, len, data: &[], bad: true });
        }
        self.at = end;
        let data = up_to(self.bytes, at.saturating_add(2), len.saturating_sub(2));
        Some(TcpOption { kind, at, len, data, bad: false })
    }
}

/// Left and right edges, raw, in the order sent; at most four fit an option (RFC 2018 section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SackBlocks {
    blocks: [(u32, u32); 4],
    count: u8,
}

impl SackBlocks {
    /// The blocks.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.blocks.iter().copied().take(self.count.into())
    }
    /// Without any block.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// The options that flow analysis needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Maximum segment size in bytes.
    pub mss: Option<u16>,
    /// Window scale shift as sent.
    pub wscale: Option<u8>,
    /// SACK permitted.
    pub sack_permitted: bool,
    /// SACK blocks.
    pub sack: SackBlocks,
    /// TSval and TSecr.
    pub timestamps: Option<(u32, u32)>,
    /// A fast open cookie, also an empty request for one.
    pub fast_open: bool,
    /// Counters of accurate ECN, so that both ends agreed on it (RFC 9768).
    pub accurate_ecn: bool,
    /// They were not captured to the end: what is missing here may have been sent.
    pub cut: bool,
}

/// Reads the options that flow analysis needs.
#[must_use]
pub fn options(bytes: &[u8]) -> Options {
    let mut found = Options::default();
    // The usual layout by far: NOP, NOP, timestamps.
    if let [1, 1, 8, 10, a, b, c, d, e, f, g, h] = *bytes {
        found.timestamps = Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])));
        return found;
    }
    for option in iter(bytes, bytes.len()) {
        match (option.kind, option.data) {
            (2, &[high, low]) => found.mss = Some(u16::from_be_bytes([high, low])),
            (3, &[shift]) => found.wscale = Some(shift),
            (4, []) => found.sack_permitted = !option.bad,
            (5, edges) => {
                for block in edges.chunks_exact(8) {
                    let (Some(left), Some(right)) = (u32_at(block, 0), u32_at(block, 4)) else { continue };
                    if let Some(place) = found.sack.blocks.get_mut(usize::from(found.sack.count)) {
                        *place = (left, right);
                        found.sack.count = found.sack.count.saturating_add(1);
                    }
                }
            }
            (8, data) => {
                if let (Some(val), Some(ecr), 8) = (u32_at(data, 0), u32_at(data, 4), data.len()) {
                    found.timestamps = Some((val, ecr));
                }
            }
            // The second is the number of the experiment (RFC 7413 appendix A).
            (34, _) | (253 | 254, [0xf9, 0x89, ..]) => found.fast_open = true,
            (172 | 174, [_, ..]) | (253 | 254, [0xac, 0xc0 | 0xc1, _, ..]) => found.accurate_ecn = true,
            _ => {}
        }
    }
    found
}

/// Emits the options in `at` of the layer, as far as they were captured.
pub(super) fn fields(
    walk: &mut Walk<'_, '_>,
    at: Range<usize>,
    facts: Option<&TcpFacts>,
    flags: Flags,
) -> Option<()> {
    let bytes = up_to(walk.data(), at.start, at.len());
    let mut padding = bytes.len();
    for option in iter(bytes, at.len()) {
        let start = at.start.saturating_add(option.at);
        if option.bad {
            return walk.bytes(&BAD, start, bytes.len().saturating_sub(option.at)).map(drop);
        }
        walk.u8(&KIND, start)?;
        if option.kind == 0 {
            padding = option.at.saturating_add(1);
        }
        if option.kind > 1 {
            walk.u8(&LENGTH, start.saturating_add(1))?;
            one(walk, &option, start, facts, flags)?;
        }
    }
    // Zeros are options; RFC 9293 section 3.1 allows nothing else behind the end of the list.
    match bytes.len().saturating_sub(padding) {
        0 => Some(()),
        len => walk.bytes(&PADDING, at.start.saturating_add(padding), len).map(drop),
    }
}

fn one(
    walk: &mut Walk<'_, '_>,
    option: &TcpOption<'_>,
    start: usize,
    facts: Option<&TcpFacts>,
    flags: Flags,
) -> Option<()> {
    let data = option.data;
    let body = start.saturating_add(2);
    match (option.kind, data.len()) {
        (2, 2) => drop(walk.u16(&MSS, body)?),
        (3, 1) => {
            let at = body..body.saturating_add(1);
            let shift = walk.u8(&WSCALE_SHIFT, body)?;
            if shift > MAX_SHIFT {
                walk.uint(&WSCALE_USED, at.clone(), MAX_SHIFT)?;
            }
            walk.uint(&WSCALE_MULTIPLIER, at, 1u32.wrapping_shl(shift.min(MAX_SHIFT).into()))?;
        }
        (5, _) => sack(walk, data, body, facts, flags)?,
        (6 | 7, 4) => drop(walk.u32(&ECHO_VALUE, body)?),
        (8, 8) => {
            walk.u32(&TSVAL, body)?;
            walk.u32(&TSECR, body.saturating_add(4))?;
        }
        (11..=13, 4) => drop(walk.u32(&CC_VALUE, body)?),
        (19, 16) => drop(walk.bytes(&MD5_DIGEST, body, 16)?),
        (20, 2) => scps(walk, body)?,
        (21, 4) => {
            walk.u16(&SNACK_OFFSET, body)?;
            walk.u16(&SNACK_SIZE, body.saturating_add(2))?;
        }
        (27, 6) => {
            walk.uint(&QS_RATE, body..body.saturating_add(1), u8_at(data, 0)? & 0x0f)?;
            walk.u8(&QS_TTL_DIFF, body.saturating_add(1))?;
            // Two bits behind it are reserved (RFC 4782 section 4.2).
            let nonce = body.saturating_add(2)..body.saturating_add(6);
            walk.uint(&QS_NONCE, nonce, u32_at(data, 2)? >> 2)?;
        }
        (28, 2) => {
            let value = u16_at(data, 0)?;
            walk.bool(&USER_TO_GRANULARITY, body..body.saturating_add(2), value & 0x8000 != 0)?;
            walk.uint(&USER_TO_VAL, body..body.saturating_add(2), value & 0x7fff)?;
        }
        (29, 2..) => {
            walk.u8(&AO_KEYID, body)?;
            walk.u8(&AO_RNEXTKEYID, body.saturating_add(1))?;
            rest(walk, &AO_MAC, option, body, 2)?;
        }
        (30, 1..) => multipath::fields(walk, body, option.len)?,
        (34, _) => rest(walk, &TFO_COOKIE, option, body, 0)?,
        (172 | 174, len) => accurate_ecn(walk, body..body.saturating_add(len), option.kind == 172)?,
        (253 | 254, 2..) => experiment(walk, option, body)?,
        // Their lengths do not fit them, or they have no data.
        (2..=8 | 11..=13 | 19..=21 | 27..=30 | 253 | 254, _) => rest(walk, &MISFIT, option, body, 0)?,
        _ => rest(walk, &UNKNOWN_PAYLOAD, option, body, 0)?,
    }
    Some(())
}

/// The option's data from `skip` on, if there are any and all were captured.
fn rest(
    walk: &mut Walk<'_, '_>,
    field: &'static Field,
    option: &TcpOption<'_>,
    body: usize,
    skip: usize,
) -> Option<()> {
    let len = option.data.len().saturating_sub(skip);
    if len > 0 && option.is_whole() {
        walk.bytes(field, body.saturating_add(skip), len)?;
    }
    Some(())
}

/// What the sender of a SYN can do (CCSDS 714.0-B-2, section 3.2).
fn scps(walk: &mut Walk<'_, '_>, body: usize) -> Option<()> {
    let range = body..body.saturating_add(1);
    let vector = u8_at(walk.data(), body)?;
    walk.open(&SCPS_VECTOR, range.clone(), Value::Uint(vector.into()))?;
    for (field, bit) in [
        (&SCPS_BETS, 0x80),
        (&SCPS_SNACK1, 0x40),
        (&SCPS_SNACK2, 0x20),
        (&SCPS_COMPRESS, 0x10),
        (&SCPS_NLTS, 0x08),
    ] {
        walk.bool(field, range.clone(), vector & bit != 0)?;
    }
    walk.uint(&SCPS_RESERVED, range, vector & 0x07)?;
    walk.close();
    walk.u8(&SCPS_BINDING, body.saturating_add(1)).map(drop)
}

/// Up to three counters of bytes, modulo 2^24; those of ECT begin at one (RFC 9768 sections 3.2.1 and 3.2.3). The first
/// is that of ECT(0) or of ECT(1).
fn accurate_ecn(walk: &mut Walk<'_, '_>, counters: Range<usize>, zero_first: bool) -> Option<()> {
    let order = if zero_first {
        [&ACC_ECN_E0, &ACC_ECN_CE, &ACC_ECN_E1]
    } else {
        [&ACC_ECN_E1, &ACC_ECN_CE, &ACC_ECN_E0]
    };
    for (field, at) in order.into_iter().zip(counters.clone().step_by(3)) {
        if at.saturating_add(3) > counters.end {
            break;
        }
        walk.u24(field, at)?;
    }
    Some(())
}

/// An experiment and its data (RFC 6994). Two were in wide use before they had kinds of their own: fast open and
/// accurate ECN.
fn experiment(walk: &mut Walk<'_, '_>, option: &TcpOption<'_>, body: usize) -> Option<()> {
    match walk.u16(&EXPERIMENTAL_EXID, body)? {
        FAST_OPEN_EXID => rest(walk, &TFO_COOKIE, option, body, 2),
        exid @ (0xacc0 | 0xacc1) => {
            let end = body.saturating_add(option.data.len());
            accurate_ecn(walk, body.saturating_add(2)..end, exid == 0xacc0)
        }
        _ => rest(walk, &EXPERIMENTAL_DATA, option, body, 2),
    }
}

/// SACK blocks, relative to the other direction's base as acknowledgments are; a first block at or below the
/// acknowledgment, or inside the second block, is a D-SACK (RFC 2883 section 4).
fn sack(
    walk: &mut Walk<'_, '_>,
    data: &[u8],
    body: usize,
    facts: Option<&TcpFacts>,
    flags: Flags,
) -> Option<()> {
    let base = facts.map_or(0, |facts| facts.peer_base);
    let ack = facts.map_or(0, |facts| facts.ack);
    let edge = |at: usize| chunk::<4>(data, at).map(|bytes| u32::from_be_bytes(bytes).wrapping_sub(base));
    let mut count = 0u8;
    for (block, at) in (0..data.len()).step_by(8).enumerate() {
        let (Some(left), Some(right)) = (edge(at), edge(at.saturating_add(4))) else { break };
        let place = body.saturating_add(at);
        let (first, second) =
            (place..place.saturating_add(4), place.saturating_add(4)..place.saturating_add(8));
        walk.uint(&SACK_LE, first.clone(), left)?;
        walk.uint(&SACK_RE, second.clone(), right)?;
        count = count.saturating_add(1);
        let inside_second = || match (edge(8), edge(12)) {
            (Some(l), Some(r)) => {
                left.wrapping_sub(l) <= r.wrapping_sub(l) && right.wrapping_sub(l) <= r.wrapping_sub(l)
            }
            _ => false,
        };
        let below = (right.wrapping_sub(ack) as i32) <= 0;
        if block == 0 && flags.contains(Flags::ACK) && facts.is_some() && (below || inside_second()) {
            walk.uint(&DSACK_LE, first, left)?;
            walk.uint(&DSACK_RE, second, right)?;
        }
    }
    walk.emit(&SACK_COUNT, 0..0, Value::Uint(count.into()))
}

/// Whether an option asks for a fast open cookie, or presents or grants one; `None` if it is another option.
fn asks_for_cookie(option: &TcpOption<'_>) -> Option<bool> {
    match (option.kind, option.data) {
        (34, cookie) | (253 | 254, [0xf9, 0x89, cookie @ ..]) => Some(cookie.is_empty()),
        _ => None,
    }
}

/// Appends ` MSS=1460 WS=128 SACK_PERM TSval=1 TSecr=0` and so on.
pub(super) fn summary(
    bytes: &[u8],
    flags: Flags,
    facts: Option<&TcpFacts>,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let found = options(bytes);
    if flags.contains(Flags::SYN) {
        if let Some(mss) = found.mss {
            write!(out, " MSS={mss}")?;
        }
        if let Some(shift) = found.wscale {
            write!(out, " WS={}", 1u32.wrapping_shl(shift.min(MAX_SHIFT).into()))?;
            if shift > MAX_SHIFT {
                write!(out, " (shift {shift} is too large)")?;
            }
        }
        if found.sack_permitted {
            out.write_str(" SACK_PERM")?;
        }
        if found.fast_open
            && let Some(asks) = iter(bytes, bytes.len()).find_map(|option| asks_for_cookie(&option))
        {
            out.write_str(if asks { " TFO=R" } else { " TFO=C" })?;
        }
    }
    if let Some((val, ecr)) = found.timestamps {
        write!(out, " TSval={val} TSecr={ecr}")?;
    }
    let base = facts.map_or(0, |facts| facts.peer_base);
    for (left, right) in found.sack.iter() {
        write!(out, " SLE={} SRE={}", left.wrapping_sub(base), right.wrapping_sub(base))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::network::build::{RAW_V4, ipv4};
    use crate::testing::{Seen, bytes, survives};

    /// A segment with these options, sent as they are.
    fn packet(options: &str) -> Vec<u8> {
        let options = bytes(options);
        let mut segment = bytes("03e8 07d0 00000001 00000001");
        segment.extend([(5 + options.len() / 4) as u8 * 16, 0x10]);
        segment.extend(bytes("03e8 0000 0000"));
        segment.extend(options);
        ipv4(6, 0, &[], &segment)
    }

    fn seen(options: &str) -> Seen {
        let packet = packet(options);
        survives(RAW_V4, &packet);
        Seen::new(RAW_V4, &packet)
    }

    #[test]
    fn zeros_pad_the_list_and_nothing_behind_its_end_is_an_option() {
        seen("0402 0000").expect(&[("tcp.option_kind", "4,0,0"), ("tcp.option_len", "2")]);
        seen("00 020405b4 000000").expect(&[
            ("tcp.option_kind", "0"),
            ("tcp.options.mss_val", ""),
            ("nd.tcp.options.padding", "020405b4000000"),
        ]);
        seen("0402 0000").expect(&[("nd.tcp.options.padding", "")]);
    }

    #[test]
    fn bytes_that_are_no_option_are_shown_as_such() {
        let seen = seen("0101 0840");
        seen.expect(&[("tcp.option_kind", "1,1"), ("nd.tcp.options_bad", "0840")]);
    }

    #[test]
    fn data_that_do_not_fit_their_kind_are_shown_as_bytes() {
        seen("020305 00").expect(&[
            ("tcp.option_kind", "2,0"),
            ("tcp.options.mss_val", ""),
            ("nd.tcp.options.misfit", "05"),
        ]);
        seen("1b08 0740 48d159e1").expect(&[
            ("tcp.options.qs.rate", "7"),
            ("nd.tcp.options.qs_nonce", "0x12345678"),
            ("nd.tcp.options.misfit", ""),
        ]);
    }

    /// RFC 7323 section 2.3.
    #[test]
    fn a_shift_that_is_too_large_is_used_as_fourteen() {
        seen("03030e 00").expect(&[("tcp.options.wscale.shift", "14"), ("nd.tcp.options.wscale_used", "")]);
        seen("03030f 00").expect(&[
            ("tcp.options.wscale.shift", "15"),
            ("nd.tcp.options.wscale_used", "14"),
            ("tcp.options.wscale.multiplier", "16384"),
        ]);
    }

    #[test]
    fn an_option_that_the_capture_cut_shows_what_is_there() {
        let whole = packet("1d10 0102 aabbccdd aabbccdd aabbccdd");
        let seen = Seen::cut(RAW_V4, &whole[..20 + 20 + 6], whole.len());
        seen.expect(&[
            ("tcp.option_kind", "29"),
            ("tcp.option_len", "16"),
            ("tcp.options.ao.keyid", "1"),
            ("tcp.options.ao.rnextkeyid", "2"),
            ("tcp.options.ao.mac", ""),
        ]);
    }

    /// RFC 9768 section 3.2.3: the order tells which counter comes first, the length how many there are.
    #[test]
    fn counters_of_accurate_ecn() {
        let counters = |e0, ce, e1| {
            [
                ("tcp.options.acc_ecn.ee0b", e0),
                ("tcp.options.acc_ecn.eceb", ce),
                ("tcp.options.acc_ecn.ee1b", e1),
            ]
        };
        seen("ac0b 000001 000002 000003 00").expect(&counters("1", "2", "3"));
        seen("ae08 000001 000002").expect(&counters("", "2", "1"));
        seen("fd07 acc0 000005 01").expect(&counters("5", "", ""));
    }

    /// RFC 8684 sections 3.1 to 3.6.
    #[test]
    fn multipath() {
        let mptcp = |options: &str, rows: &[(&str, &str)]| {
            let seen = seen(options);
            for (name, value) in rows {
                assert_eq!(seen.get(&alloc::format!("tcp.options.mptcp.{name}")), *value, "{options} {name}");
            }
        };
        mptcp(
            "1e16 01a1 0000000000000001 0000000000000002 05a8 0101",
            &[
                ("version", "1"),
                ("nomoresubflows.flag", "1"),
                ("recvkey", "2"),
                ("datalvllen", "1448"),
                ("checksum", ""),
            ],
        );
        mptcp(
            "1e14 2005 00000009 00000008 00000007 0064 beef",
            &[
                ("rawdataack", "9"),
                ("rawdataseqno", "8"),
                ("subflowseqno", "7"),
                ("datalvllen", "100"),
                ("checksum", "0xbeef"),
            ],
        );
        mptcp(
            "1e12 3003 c0000250 1f90 0000000000000007 0101",
            &[
                ("echo", "0"),
                ("ipv4", "192.0.2.80"),
                ("port", "8080"),
                ("addaddrtrunchmac", "7"),
                ("ipver", ""),
            ],
        );
        mptcp("1e08 3402 c0000250", &[("ipver", "4"), ("addrid", "2"), ("port", ""), ("echo", "")]);
        mptcp("1e05 4001 02 010101", &[("subtype", "4"), ("addrid", "1,2")]);
        mptcp("1e04 8106", &[("flag_T.flag", "1"), ("rst_reason", "0x06")]);
        // Too short for the data sequence number that its flags announce.
        mptcp("1e08 2005 00000009", &[("rawdataack", "9"), ("rawdataseqno", "")]);
    }
}
