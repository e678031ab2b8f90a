//! TCP options (RFC 9293 section 3.2 and the IANA registry `tcp-parameters`).

use core::fmt;
use core::ops::Range;

use super::Flags;
use crate::bytes::{chunk, slice, u8_at, u16_at, u32_at};
use crate::facts::TcpFacts;
use crate::field::{Field, Value};
use crate::walk::Walk;

fields! {
    KIND = Field::u8("tcp.option_kind", "kind").many().names(KIND_NAMES),
    LENGTH = Field::u8("tcp.option_len", "length").many(),
    MSS = Field::u16("tcp.options.mss_val", "maximum segment size").many().key(),
    WSCALE_SHIFT = Field::u8("tcp.options.wscale.shift", "window scale shift").many(),
    WSCALE_MULTIPLIER = Field::u16("tcp.options.wscale.multiplier", "window scale multiplier").many(),
    SACK_LE = Field::u32("tcp.options.sack_le", "SACK left edge").many(),
    SACK_RE = Field::u32("tcp.options.sack_re", "SACK right edge").many(),
    SACK_COUNT = Field::u8("tcp.options.sack.count", "SACK blocks").many(),
    DSACK_LE = Field::u32("tcp.options.sack.dsack_le", "D-SACK left edge").many(),
    DSACK_RE = Field::u32("tcp.options.sack.dsack_re", "D-SACK right edge").many(),
    TSVAL = Field::u32("tcp.options.timestamp.tsval", "timestamp").many(),
    TSECR = Field::u32("tcp.options.timestamp.tsecr", "timestamp echoed").many(),
    TFO_COOKIE = Field::bytes("tcp.options.tfo.cookie", "fast open cookie").many(),
    USER_TO_GRANULARITY = Field::bool("tcp.options.user_to_granularity", "user timeout in minutes").many(),
    USER_TO_VAL = Field::u16("tcp.options.user_to_val", "user timeout").many(),
    MD5_DIGEST = Field::bytes("tcp.options.md5.digest", "MD5 digest").many(),
    AO_KEYID = Field::u8("tcp.options.ao.keyid", "authentication key id").many(),
    AO_RNEXTKEYID = Field::u8("tcp.options.ao.rnextkeyid", "authentication next key id").many(),
    EXPERIMENTAL_EXID = Field::u16("tcp.options.experimental.exid", "experiment identifier").hex().many(),
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
    (8, "timestamps"),
    (19, "MD5 signature"),
    (28, "user timeout"),
    (29, "authentication"),
    (30, "multipath TCP"),
    (34, "fast open cookie"),
    (253, "experiment 1"),
    (254, "experiment 2"),
];

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
    /// The length byte contradicts the kind or the space.
    pub(super) bad: bool,
}

/// Iterates over options; stops at the end of list, at a length that leads nowhere, or at the end of the bytes.
#[derive(Clone, Debug)]
pub(super) struct OptionIter<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Options in `bytes`.
#[must_use]
pub(super) fn iter(bytes: &[u8]) -> OptionIter<'_> {
    OptionIter { bytes, at: 0 }
}

impl<'a> Iterator for OptionIter<'a> {
    type Item = TcpOption<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let kind = u8_at(self.bytes, at)?;
        if kind <= 1 {
            self.at = if kind == 0 { self.bytes.len() } else { at.saturating_add(1) };
            return Some(TcpOption { kind, at, len: 1, data: &[], bad: false });
        }
        let len = u8_at(self.bytes, at.saturating_add(1)).map_or(0, usize::from);
        let body = len.checked_sub(2).and_then(|body| slice(self.bytes, at.saturating_add(2), body));
        let Some(data) = body else {
            self.at = self.bytes.len();
            return Some(TcpOption { kind, at, len, data: &[], bad: true });
        };
        self.at = at.saturating_add(len);
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
    for option in iter(bytes) {
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
            _ => {}
        }
    }
    found
}

/// Emits the options in `at` of the layer.
pub(super) fn fields(
    walk: &mut Walk<'_, '_>,
    at: Range<usize>,
    facts: Option<&TcpFacts>,
    flags: Flags,
) -> Option<()> {
    let bytes = walk.data().get(at.clone())?;
    for option in iter(bytes) {
        let start = at.start.saturating_add(option.at);
        walk.u8(&KIND, start)?;
        if option.kind <= 1 {
            continue;
        }
        walk.u8(&LENGTH, start.saturating_add(1))?;
        if option.bad {
            break;
        }
        one(walk, &option, start, facts, flags)?;
    }
    Some(())
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
            let shift = walk.u8(&WSCALE_SHIFT, body)?;
            walk.uint(
                &WSCALE_MULTIPLIER,
                body..body.saturating_add(1),
                1u32.wrapping_shl(shift.min(14).into()),
            )?;
        }
        (5, _) => sack(walk, data, body, facts, flags)?,
        (8, 8) => {
            walk.u32(&TSVAL, body)?;
            walk.u32(&TSECR, body.saturating_add(4))?;
        }
        (19, 16) => drop(walk.bytes(&MD5_DIGEST, body, 16)?),
        (28, 2) => {
            let value = u16_at(data, 0)?;
            walk.bool(&USER_TO_GRANULARITY, body..body.saturating_add(2), value & 0x8000 != 0)?;
            walk.uint(&USER_TO_VAL, body..body.saturating_add(2), value & 0x7fff)?;
        }
        (29, 2..) => {
            walk.u8(&AO_KEYID, body)?;
            walk.u8(&AO_RNEXTKEYID, body.saturating_add(1))?;
        }
        (34, len) if len > 0 => drop(walk.bytes(&TFO_COOKIE, body, len)?),
        (253 | 254, 2..) => drop(walk.u16(&EXPERIMENTAL_EXID, body)?),
        (4 | 30 | 34, _) => {}
        (_, len) if len > 0 => drop(walk.bytes(&UNKNOWN_PAYLOAD, body, len)?),
        _ => {}
    }
    Some(())
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
    walk.emit(&SACK_COUNT, body..body, Value::Uint(count.into()))
}

/// Appends ` MSS=1460 WS=128 SACK_PERM TSval=1 TSecr=0` and so on.
pub(super) fn summary(bytes: &[u8], flags: Flags, out: &mut dyn fmt::Write) -> fmt::Result {
    let found = options(bytes);
    if flags.contains(Flags::SYN) {
        if let Some(mss) = found.mss {
            write!(out, " MSS={mss}")?;
        }
        if let Some(shift) = found.wscale {
            write!(out, " WS={}", 1u32.wrapping_shl(shift.min(14).into()))?;
        }
        if found.sack_permitted {
            out.write_str(" SACK_PERM")?;
        }
        if found.fast_open {
            out.write_str(" TFO")?;
        }
    }
    if let Some((val, ecr)) = found.timestamps {
        write!(out, " TSval={val} TSecr={ecr}")?;
    }
    if !found.sack.is_empty() {
        out.write_str(" SACK")?;
    }
    Ok(())
}
