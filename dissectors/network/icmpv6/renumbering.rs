//! Router renumbering (RFC 2894 section 3).

use super::RESERVED;
use crate::bytes::{u8_at, u32_at};
use crate::field::{Field, Value};
use crate::walk::Walk;

fields! {
    SEQUENCE = Field::u32("icmpv6.rr.sequence_number", "sequence number"),
    SEGMENT = Field::u8("icmpv6.rr.segment_number", "segment number"),
    FLAG = Field::u8("icmpv6.rr.flag", "flags").hex(),
    FLAG_T = Field::bool("icmpv6.rr.flag.t", "test"),
    FLAG_R = Field::bool("icmpv6.rr.flag.r", "result requested"),
    FLAG_A = Field::bool("icmpv6.rr.flag.a", "all interfaces"),
    FLAG_S = Field::bool("icmpv6.rr.flag.s", "site-specific"),
    FLAG_P = Field::bool("icmpv6.rr.flag.p", "processed before"),
    FLAG_RSV = Field::u8("icmpv6.rr.flag.rsv", "reserved"),
    MAXDELAY = Field::u16("icmpv6.rr.maxdelay", "delay at most (ms)"),
    OPCODE = Field::u8("icmpv6.rr.pco.mp.opcode", "prefix operation").many().names(OPCODE_NAMES),
    OPLENGTH = Field::u8("icmpv6.rr.pco.mp.oplength", "length in units of 8").many(),
    ORDINAL = Field::u8("icmpv6.rr.pco.mp.ordinal", "ordinal").hex().many(),
    MATCHLEN = Field::u8("icmpv6.rr.pco.mp.matchlen", "bits to match").many(),
    MINLEN = Field::u8("icmpv6.rr.pco.mp.minlen", "length at least").many(),
    MAXLEN = Field::u8("icmpv6.rr.pco.mp.maxlen", "length at most").many(),
    MATCHPREFIX = Field::ipv6("icmpv6.rr.pco.mp.matchprefix", "prefix to match").many(),
    USELEN = Field::u8("icmpv6.rr.pco.up.uselen", "bits to use").many(),
    KEEPLEN = Field::u8("icmpv6.rr.pco.up.keeplen", "bits to keep").many(),
    FLAGMASK = Field::u8("icmpv6.rr.pco.up.flagmask", "flag mask").hex().many(),
    FLAGMASK_L = Field::bool("icmpv6.rr.pco.up.flagmask.l", "on-link").many(),
    FLAGMASK_A = Field::bool("icmpv6.rr.pco.up.flagmask.a", "autonomous").many(),
    FLAGMASK_RESERVED = Field::u8("icmpv6.rr.pco.up.flagmask.reserved", "reserved").many(),
    RAFLAGS = Field::u8("icmpv6.rr.pco.up.raflags", "flags to advertise").hex().many(),
    VALID = Field::u32("icmpv6.rr.pco.up.validlifetime", "valid for (s)").many(),
    PREFERRED = Field::u32("icmpv6.rr.pco.up.preferredlifetime", "preferred for (s)").many(),
    UP_FLAG = Field::u32("icmpv6.rr.pco.up.flag", "lifetime flags").hex().many(),
    UP_FLAG_V = Field::bool("icmpv6.rr.pco.up.flag.v", "valid lifetime runs down").many(),
    UP_FLAG_P = Field::bool("icmpv6.rr.pco.up.flag.p", "preferred lifetime runs down").many(),
    UP_FLAG_RESERVED = Field::u32("icmpv6.rr.pco.up.flag.reserved", "reserved").many(),
    USEPREFIX = Field::ipv6("icmpv6.rr.pco.up.useprefix", "prefix to use").many(),
}

const OPCODE_NAMES: &[(u64, &str)] = &[(1, "add"), (2, "change"), (3, "set global")];

/// Bytes before the first operation, of an operation's match part, and of each of its use parts.
const HEADER: usize = 16;
const MATCH: usize = 24;
const USE: usize = 32;

pub(super) fn emit(walk: &mut Walk<'_, '_>) -> Option<()> {
    walk.u32(&SEQUENCE, 4)?;
    walk.u8(&SEGMENT, 8)?;
    let flags = u8_at(walk.data(), 9)?;
    walk.open(&FLAG, 9..10, Value::Uint(flags.into()))?;
    for (field, bit) in [(&FLAG_T, 0x80), (&FLAG_R, 0x40), (&FLAG_A, 0x20), (&FLAG_S, 0x10), (&FLAG_P, 0x08)]
    {
        walk.bool(field, 9..10, flags & bit != 0)?;
    }
    walk.uint(&FLAG_RSV, 9..10, flags & 7)?;
    walk.close();
    walk.u16(&MAXDELAY, 10)?;
    walk.bytes(&RESERVED, 12, 4)?;
    let mut at = HEADER;
    while at < walk.data().len() {
        at = operation(walk, at)?;
    }
    Some(())
}

/// A prefix control operation; answers where the next begins.
fn operation(walk: &mut Walk<'_, '_>, at: usize) -> Option<usize> {
    let place = |offset: usize| at.saturating_add(offset);
    let units = u8_at(walk.data(), place(1))?;
    let end = place(usize::from(units).saturating_mul(8));
    let opcode = u8_at(walk.data(), at)?;
    walk.open(&OPCODE, at..end.max(place(MATCH)), Value::Uint(opcode.into()))?;
    walk.u8(&OPLENGTH, place(1))?;
    walk.u8(&ORDINAL, place(2))?;
    walk.u8(&MATCHLEN, place(3))?;
    walk.u8(&MINLEN, place(4))?;
    walk.u8(&MAXLEN, place(5))?;
    walk.bytes(&RESERVED, place(6), 2)?;
    walk.ipv6(&MATCHPREFIX, place(8))?;
    let mut part = place(MATCH);
    while part.saturating_add(USE) <= end {
        use_part(walk, part)?;
        part = part.saturating_add(USE);
    }
    walk.close();
    Some(part)
}

fn use_part(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let place = |offset: usize| at.saturating_add(offset);
    walk.u8(&USELEN, at)?;
    walk.u8(&KEEPLEN, place(1))?;
    // The two have the same bits; Wireshark gives those of both one name.
    for (field, at) in [(&FLAGMASK, place(2)), (&RAFLAGS, place(3))] {
        let flags = u8_at(walk.data(), at)?;
        let byte = at..at.saturating_add(1);
        walk.open(field, byte.clone(), Value::Uint(flags.into()))?;
        walk.bool(&FLAGMASK_L, byte.clone(), flags & 0x80 != 0)?;
        walk.bool(&FLAGMASK_A, byte.clone(), flags & 0x40 != 0)?;
        walk.uint(&FLAGMASK_RESERVED, byte, flags & 0x3f)?;
        walk.close();
    }
    walk.u32(&VALID, place(4))?;
    walk.u32(&PREFERRED, place(8))?;
    let flags = u32_at(walk.data(), place(12))?;
    let word = place(12)..place(16);
    walk.open(&UP_FLAG, word.clone(), Value::Uint(flags.into()))?;
    walk.bool(&UP_FLAG_V, word.clone(), flags & 0x8000_0000 != 0)?;
    walk.bool(&UP_FLAG_P, word.clone(), flags & 0x4000_0000 != 0)?;
    walk.uint(&UP_FLAG_RESERVED, word, flags & 0x3fff_ffff)?;
    walk.close();
    walk.ipv6(&USEPREFIX, place(16)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use crate::network::build::{DST, RAW_V6, icmpv6, ipv6};
    use crate::testing::{Seen, survives};

    fn seen(kind: u8, code: u8, rest: &[u8]) -> Seen {
        let packet = ipv6(58, &icmpv6(kind, code, rest, DST));
        survives(RAW_V6, &packet);
        Seen::new(RAW_V6, &packet)
    }

    #[test]
    fn a_command_to_change_a_prefix() {
        let prefix = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let head = [0, 0, 0, 9, 1, 0x94, 0, 5, 0, 0, 0, 0];
        let matches = [&[2, 7, 3, 48, 0, 128, 0, 0][..], &prefix].concat();
        let uses = [&[48, 16, 0x80, 0x40, 0, 0, 0, 7, 0, 0, 0, 6, 0x80, 0, 0, 1][..], &prefix].concat();
        seen(138, 0, &[&head[..], &matches, &uses].concat()).expect(&[
            ("icmpv6.rr.sequence_number", "9"),
            ("icmpv6.rr.segment_number", "1"),
            ("icmpv6.rr.flag", "0x94"),
            ("icmpv6.rr.flag.t", "1"),
            ("icmpv6.rr.flag.s", "1"),
            ("icmpv6.rr.flag.rsv", "4"),
            ("icmpv6.rr.maxdelay", "5"),
            ("icmpv6.rr.pco.mp.opcode", "2"),
            ("icmpv6.rr.pco.mp.matchlen", "48"),
            ("icmpv6.rr.pco.mp.matchprefix", "2001:db8::"),
            ("icmpv6.rr.pco.up.flagmask", "0x80"),
            ("icmpv6.rr.pco.up.flagmask.l", "1,0"),
            ("icmpv6.rr.pco.up.flagmask.a", "0,1"),
            ("icmpv6.rr.pco.up.raflags", "0x40"),
            ("icmpv6.rr.pco.up.validlifetime", "7"),
            ("icmpv6.rr.pco.up.flag.v", "1"),
            ("icmpv6.rr.pco.up.flag.reserved", "1"),
            ("icmpv6.rr.pco.up.useprefix", "2001:db8::"),
        ]);
    }
}
