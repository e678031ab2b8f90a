//! Control messages of the routing protocol for low-power networks (RFC 6550 section 6).

use super::{DATA, UNKNOWN_DATA};
use crate::bytes::{slice, u8_at};
use crate::field::{Field, Value, name_of};
use crate::walk::Walk;
use core::net::Ipv6Addr;

fields! {
    DIS_FLAGS = Field::u8("icmpv6.rpl.dis.flags", "flags"),
    DIO_INSTANCE = Field::u8("icmpv6.rpl.dio.instance", "instance"),
    DIO_VERSION = Field::u8("icmpv6.rpl.dio.version", "version"),
    DIO_RANK = Field::u16("icmpv6.rpl.dio.rank", "rank"),
    DIO_FLAG = Field::u8("icmpv6.rpl.dio.flag", "flags").hex(),
    DIO_FLAG_G = Field::bool("icmpv6.rpl.dio.flag.g", "grounded"),
    DIO_FLAG_0 = Field::bool("icmpv6.rpl.dio.flag.0", "zero"),
    DIO_FLAG_MOP = Field::u8("icmpv6.rpl.dio.flag.mop", "mode of operation").hex(),
    DIO_FLAG_PREFERENCE = Field::u8("icmpv6.rpl.dio.flag.preference", "preference"),
    DIO_DTSN = Field::u8("icmpv6.rpl.dio.dtsn", "trigger sequence number"),
    DIO_DAGID = Field::ipv6("icmpv6.rpl.dio.dagid", "DODAG"),
    DAO_INSTANCE = Field::u8("icmpv6.rpl.dao.instance", "instance"),
    DAO_FLAG = Field::u8("icmpv6.rpl.dao.flag", "flags").hex(),
    DAO_FLAG_K = Field::bool("icmpv6.rpl.dao.flag.k", "acknowledgment asked for"),
    DAO_FLAG_D = Field::bool("icmpv6.rpl.dao.flag.d", "has a DODAG"),
    DAO_FLAG_RSV = Field::u8("icmpv6.rpl.dao.flag.rsv", "reserved"),
    DAO_SEQUENCE = Field::u8("icmpv6.rpl.dao.sequence", "sequence"),
    DAO_DODAGID = Field::ipv6("icmpv6.rpl.dao.dodagid", "DODAG"),
    ACK_INSTANCE = Field::u8("icmpv6.rpl.daoack.instance", "instance"),
    ACK_FLAG = Field::u8("icmpv6.rpl.daoack.flag", "flags").hex(),
    ACK_FLAG_D = Field::bool("icmpv6.rpl.daoack.flag.d", "has a DODAG"),
    ACK_FLAG_RSV = Field::u8("icmpv6.rpl.daoack.flag.rsv", "reserved"),
    ACK_SEQUENCE = Field::u8("icmpv6.rpl.daoack.sequence", "sequence"),
    ACK_STATUS = Field::u8("icmpv6.rpl.daoack.status", "status"),
    ACK_DODAGID = Field::ipv6("icmpv6.rpl.daoack.dodagid", "DODAG"),
    OPT_TYPE = Field::u8("icmpv6.rpl.opt.type", "option").many().names(OPTION_NAMES),
    OPT_LENGTH = Field::u8("icmpv6.rpl.opt.length", "length").many(),
    TARGET_LENGTH = Field::u8("icmpv6.rpl.opt.target.prefix_length", "prefix length").many(),
    TARGET_PREFIX = Field::ipv6("icmpv6.rpl.opt.target.prefix", "prefix").many(),
}

const SOLICITATION: u8 = 0;
const INFORMATION: u8 = 1;
const ADVERTISEMENT: u8 = 2;
const ACKNOWLEDGMENT: u8 = 3;

const PAD1: u8 = 0;
const TARGET: u8 = 5;

const OPTION_NAMES: &[(u64, &str)] = &[
    (PAD1 as u64, "Pad1"),
    (1, "PadN"),
    (2, "metric container"),
    (3, "route information"),
    (4, "DODAG configuration"),
    (TARGET as u64, "target"),
    (6, "transit information"),
    (7, "solicited information"),
    (8, "prefix information"),
    (9, "target descriptor"),
];

/// The body of a message with `code`.
pub(super) fn emit(walk: &mut Walk<'_, '_>, code: u8) -> Option<()> {
    match code {
        SOLICITATION => {
            walk.u8(&DIS_FLAGS, 4)?;
            walk.bytes(&super::RESERVED, 5, 1)?;
            options(walk, 6)
        }
        INFORMATION => {
            walk.u8(&DIO_INSTANCE, 4)?;
            walk.u8(&DIO_VERSION, 5)?;
            walk.u16(&DIO_RANK, 6)?;
            let flags = u8_at(walk.data(), 8)?;
            walk.open(&DIO_FLAG, 8..9, Value::Uint(flags.into()))?;
            walk.bool(&DIO_FLAG_G, 8..9, flags & 0x80 != 0)?;
            walk.bool(&DIO_FLAG_0, 8..9, flags & 0x40 != 0)?;
            walk.uint(&DIO_FLAG_MOP, 8..9, flags >> 3 & 7)?;
            walk.uint(&DIO_FLAG_PREFERENCE, 8..9, flags & 7)?;
            walk.close();
            walk.u8(&DIO_DTSN, 9)?;
            walk.bytes(&super::RESERVED, 11, 1)?;
            walk.ipv6(&DIO_DAGID, 12)?;
            options(walk, 28)
        }
        ADVERTISEMENT => {
            walk.u8(&DAO_INSTANCE, 4)?;
            let flags = u8_at(walk.data(), 5)?;
            walk.open(&DAO_FLAG, 5..6, Value::Uint(flags.into()))?;
            walk.bool(&DAO_FLAG_K, 5..6, flags & 0x80 != 0)?;
            walk.bool(&DAO_FLAG_D, 5..6, flags & 0x40 != 0)?;
            walk.uint(&DAO_FLAG_RSV, 5..6, flags & 0x3f)?;
            walk.close();
            walk.bytes(&super::RESERVED, 6, 1)?;
            walk.u8(&DAO_SEQUENCE, 7)?;
            dodag(walk, &DAO_DODAGID, flags & 0x40 != 0)
        }
        ACKNOWLEDGMENT => {
            walk.u8(&ACK_INSTANCE, 4)?;
            let flags = u8_at(walk.data(), 5)?;
            walk.open(&ACK_FLAG, 5..6, Value::Uint(flags.into()))?;
            walk.bool(&ACK_FLAG_D, 5..6, flags & 0x80 != 0)?;
            walk.uint(&ACK_FLAG_RSV, 5..6, flags & 0x7f)?;
            walk.close();
            walk.u8(&ACK_SEQUENCE, 6)?;
            walk.u8(&ACK_STATUS, 7)?;
            dodag(walk, &ACK_DODAGID, flags & 0x80 != 0)
        }
        _ => Some(()),
    }
}

/// The identifier of the graph, if there is one, and the options behind it.
fn dodag(walk: &mut Walk<'_, '_>, field: &'static Field, present: bool) -> Option<()> {
    if !present {
        return options(walk, 8);
    }
    walk.ipv6(field, 8)?;
    options(walk, 24)
}

fn options(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let mut at = at;
    while let Some(kind) = u8_at(walk.data(), at) {
        if kind == PAD1 {
            walk.uint(&OPT_TYPE, at..at.saturating_add(1), kind)?;
            at = at.saturating_add(1);
            continue;
        }
        let len = usize::from(u8_at(walk.data(), at.saturating_add(1)).unwrap_or_default());
        let body = at.saturating_add(2);
        walk.open(&OPT_TYPE, at..body.saturating_add(len), Value::Uint(kind.into()))?;
        walk.u8(&OPT_LENGTH, at.saturating_add(1))?;
        if kind == TARGET {
            target(walk, body, len)?;
        } else if name_of(OPTION_NAMES, kind.into()).is_none() {
            walk.bytes(&DATA, body, len)?;
        }
        walk.close();
        at = body.saturating_add(len);
    }
    Some(())
}

/// A prefix that can be reached (RFC 6550 section 6.7.7).
fn target(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    let bits = walk.u8(&TARGET_LENGTH, at.saturating_add(1))?;
    let prefix = at.saturating_add(2);
    let room = len.saturating_sub(2);
    let bytes = usize::from(bits).div_ceil(8);
    if bytes == room && bytes <= 16 {
        let mut octets = [0; 16];
        octets.get_mut(..bytes)?.copy_from_slice(slice(walk.data(), prefix, bytes)?);
        let address = Ipv6Addr::from(octets);
        return walk.emit(&TARGET_PREFIX, prefix..prefix.saturating_add(bytes), Value::Ipv6(address));
    }
    let there = room.min(walk.data().len().saturating_sub(prefix));
    walk.bytes(&UNKNOWN_DATA, prefix, there).map(|_| ())
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
    fn advertisements_acknowledgments_and_graphs() {
        let id = DST.octets();
        let target = [5, 6, 0, 32, 0x20, 1, 0xd, 0xb8, 0];
        let dao = seen(155, 2, &[&[1, 0xc0, 0, 7][..], &id, &target, &[0x77, 2, 8, 9]].concat());
        dao.expect(&[
            ("icmpv6.rpl.dao.instance", "1"),
            ("icmpv6.rpl.dao.flag", "0xc0"),
            ("icmpv6.rpl.dao.flag.k", "1"),
            ("icmpv6.rpl.dao.flag.d", "1"),
            ("icmpv6.rpl.dao.sequence", "7"),
            ("icmpv6.rpl.dao.dodagid", "2001:db8::2"),
            ("icmpv6.rpl.opt.type", "5,0,119"),
            ("icmpv6.rpl.opt.target.prefix_length", "32"),
            ("icmpv6.rpl.opt.target.prefix", "2001:db8::"),
            ("icmpv6.data", "0809"),
        ]);
        assert_eq!(dao.info, "RPL Control (Destination Advertisement Object)");
        seen(155, 3, &[&[1, 0x80, 7, 5][..], &id].concat()).expect(&[
            ("icmpv6.rpl.daoack.flag.d", "1"),
            ("icmpv6.rpl.daoack.sequence", "7"),
            ("icmpv6.rpl.daoack.status", "5"),
            ("icmpv6.rpl.daoack.dodagid", "2001:db8::2"),
        ]);
        seen(155, 1, &[&[1, 2, 1, 0, 0x8a, 9, 0, 0][..], &id].concat()).expect(&[
            ("icmpv6.rpl.dio.rank", "256"),
            ("icmpv6.rpl.dio.flag.g", "1"),
            ("icmpv6.rpl.dio.flag.mop", "0x01"),
            ("icmpv6.rpl.dio.flag.preference", "2"),
            ("icmpv6.rpl.dio.dtsn", "9"),
            ("icmpv6.rpl.dio.dagid", "2001:db8::2"),
        ]);
        let odd = seen(155, 2, &[1, 0, 0, 7, 5, 4, 0, 128, 1, 2]);
        odd.expect(&[("icmpv6.unknown_data", "0102"), ("icmpv6.rpl.opt.target.prefix", "")]);
        assert_eq!(seen(155, 0, &[3, 0]).get("icmpv6.rpl.dis.flags"), "3");
    }
}
