//! Control messages of the routing protocol for low-power networks (RFC 6550 section 6).

use super::{COMMON, DATA, UNKNOWN_DATA, unread};
use crate::bytes::{slice, u8_at};
use crate::dissector::Fault;
use crate::field::{Field, Value, name_of};
use crate::walk::Walk;
use core::net::Ipv6Addr;

fields! {
    DIS_FLAGS = Field::u8("icmpv6.rpl.dis.flags", "flags"),
    DIO_INSTANCE = Field::u8("icmpv6.rpl.dio.instance", "instance"),
    DIO_VERSION = Field::u8("icmpv6.rpl.dio.version", "version"),
    DIO_RANK = Field::u16("icmpv6.rpl.dio.rank", "rank"),
    DIO_FLAG = Field::u8("icmpv6.rpl.dio.flag", "flags").hex().many(),
    DIO_FLAG_G = Field::bool("icmpv6.rpl.dio.flag.g", "grounded"),
    DIO_FLAG_0 = Field::bool("icmpv6.rpl.dio.flag.0", "zero"),
    DIO_FLAG_MOP = Field::u8("icmpv6.rpl.dio.flag.mop", "mode of operation").hex().names(MODE_NAMES),
    DIO_FLAG_PREFERENCE = Field::u8("icmpv6.rpl.dio.flag.preference", "preference"),
    DIO_DTSN = Field::u8("icmpv6.rpl.dio.dtsn", "trigger sequence number"),
    DIO_FLAGS = Field::u8("icmpv6.rpl.dio.flag", "flags without a use").hex().many(),
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
    CONFIG_FLAG = Field::u8("icmpv6.rpl.opt.config.flag", "flags").hex().many(),
    CONFIG_RESERVED = Field::u8("icmpv6.rpl.opt.config.reserved", "reserved").many(),
    CONFIG_AUTH = Field::bool("icmpv6.rpl.opt.config.auth", "authentication").many(),
    CONFIG_PCS = Field::u8("icmpv6.rpl.opt.config.pcs", "path control size").many(),
    CONFIG_DOUBLINGS = Field::u8("icmpv6.rpl.opt.config.interval_double", "interval doublings").many(),
    CONFIG_INTERVAL = Field::u16("icmpv6.rpl.opt.config.interval_min", "interval at least (2^n ms)").many(),
    CONFIG_REDUNDANCY = Field::u8("icmpv6.rpl.opt.config.redundancy", "redundancy constant").many(),
    CONFIG_RANK_MOST = Field::u16("icmpv6.rpl.opt.config.max_rank_inc", "rank increase at most").many(),
    CONFIG_RANK_LEAST = Field::u16("icmpv6.rpl.opt.config.min_hop_rank_inc", "rank increase a hop at least").many(),
    CONFIG_OCP = Field::u16("icmpv6.rpl.opt.config.ocp", "objective function").many().names(OBJECTIVE_NAMES),
    CONFIG_RSV = Field::u8("icmpv6.rpl.opt.config.rsv", "reserved").many(),
    CONFIG_LIFETIME = Field::u8("icmpv6.rpl.opt.config.def_lifetime", "default lifetime (units)").many().names(LIFETIME_NAMES),
    CONFIG_UNIT = Field::u16("icmpv6.rpl.opt.config.lifetime_unit", "lifetime unit (s)").many(),
    TARGET_LENGTH = Field::u8("icmpv6.rpl.opt.target.prefix_length", "prefix length").many(),
    TARGET_PREFIX = Field::ipv6("icmpv6.rpl.opt.target.prefix", "prefix").many(),
    TRANSIT_FLAG = Field::u8("icmpv6.rpl.opt.transit.flag", "flags").hex().many(),
    TRANSIT_FLAG_E = Field::bool("icmpv6.rpl.opt.transit.flag.e", "external").many(),
    TRANSIT_FLAG_RSV = Field::u8("icmpv6.rpl.opt.transit.flag.rsv", "reserved").many(),
    TRANSIT_CONTROL = Field::u8("icmpv6.rpl.opt.transit.pathctl", "path control").many(),
    TRANSIT_SEQUENCE = Field::u8("icmpv6.rpl.opt.transit.pathseq", "path sequence").many(),
    TRANSIT_LIFETIME = Field::u8("icmpv6.rpl.opt.transit.pathlifetime", "path lifetime (units)").many().names(PATH_NAMES),
}

const SOLICITATION: u8 = 0;
const INFORMATION: u8 = 1;
const ADVERTISEMENT: u8 = 2;
const ACKNOWLEDGMENT: u8 = 3;

/// A message with these bits names its graph: an advertisement, an acknowledgment.
const ADVERTISEMENT_DODAG: u8 = 0x40;
const ACKNOWLEDGMENT_DODAG: u8 = 0x80;

const PAD1: u8 = 0;
const CONFIGURATION: u8 = 4;
const TARGET: u8 = 5;
const TRANSIT: u8 = 6;

/// Bytes of a configuration, and of transit information before its parent.
const CONFIGURATION_LEN: usize = 14;
const TRANSIT_LEN: usize = 4;

const OPTION_NAMES: &[(u64, &str)] = &[
    (PAD1 as u64, "Pad1"),
    (1, "PadN"),
    (2, "metric container"),
    (3, "route information"),
    (CONFIGURATION as u64, "DODAG configuration"),
    (TARGET as u64, "target"),
    (TRANSIT as u64, "transit information"),
    (7, "solicited information"),
    (8, "prefix information"),
    (9, "target descriptor"),
];
/// Modes of operation (RFC 6550 section 6.3.1, RFC 6997).
const MODE_NAMES: &[(u64, &str)] = &[
    (0, "no downward routes"),
    (1, "non-storing"),
    (2, "storing without multicast"),
    (3, "storing with multicast"),
    (4, "point-to-point route discovery"),
];
/// Objective functions (RFC 6552, RFC 6719).
const OBJECTIVE_NAMES: &[(u64, &str)] = &[(0, "OF0"), (1, "MRHOF")];
const LIFETIME_NAMES: &[(u64, &str)] = &[(0xff, "for ever")];
const PATH_NAMES: &[(u64, &str)] = &[(0, "no path"), (0xff, "for ever")];

/// The body of a message with `code`.
pub(super) fn emit(walk: &mut Walk<'_, '_>, code: u8) -> Option<()> {
    match code {
        SOLICITATION => {
            walk.u8(&DIS_FLAGS, 4)?;
            walk.bytes(&super::RESERVED, 5, 1)?;
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
            walk.u8(&DIO_FLAGS, 10)?;
            walk.bytes(&super::RESERVED, 11, 1)?;
            walk.ipv6(&DIO_DAGID, 12)?;
        }
        ADVERTISEMENT => {
            walk.u8(&DAO_INSTANCE, 4)?;
            let flags = u8_at(walk.data(), 5)?;
            walk.open(&DAO_FLAG, 5..6, Value::Uint(flags.into()))?;
            walk.bool(&DAO_FLAG_K, 5..6, flags & 0x80 != 0)?;
            walk.bool(&DAO_FLAG_D, 5..6, flags & ADVERTISEMENT_DODAG != 0)?;
            walk.uint(&DAO_FLAG_RSV, 5..6, flags & 0x3f)?;
            walk.close();
            walk.bytes(&super::RESERVED, 6, 1)?;
            walk.u8(&DAO_SEQUENCE, 7)?;
            if flags & ADVERTISEMENT_DODAG != 0 {
                walk.ipv6(&DAO_DODAGID, 8)?;
            }
        }
        ACKNOWLEDGMENT => {
            walk.u8(&ACK_INSTANCE, 4)?;
            let flags = u8_at(walk.data(), 5)?;
            walk.open(&ACK_FLAG, 5..6, Value::Uint(flags.into()))?;
            walk.bool(&ACK_FLAG_D, 5..6, flags & ACKNOWLEDGMENT_DODAG != 0)?;
            walk.uint(&ACK_FLAG_RSV, 5..6, flags & 0x7f)?;
            walk.close();
            walk.u8(&ACK_SEQUENCE, 6)?;
            walk.u8(&ACK_STATUS, 7)?;
            if flags & ACKNOWLEDGMENT_DODAG != 0 {
                walk.ipv6(&ACK_DODAGID, 8)?;
            }
        }
        _ => {
            let left = walk.data().len().saturating_sub(COMMON);
            return unread(walk, COMMON, left);
        }
    }
    let at = options_at(walk.data(), code)?;
    options(walk, at)
}

/// What makes a message invalid: a target with fewer bytes than its prefix takes (RFC 6550 section 6.7.7).
pub(super) fn flaw(data: &[u8]) -> Option<Fault> {
    let at = options_at(data, u8_at(data, 1)?)?;
    let is_short = |(at, kind, len): (usize, u8, usize)| {
        let bits = u8_at(data, at.saturating_add(3)).filter(|_| kind == TARGET);
        bits.is_some_and(|bits| usize::from(bits).div_ceil(8).saturating_add(2) > len)
    };
    Options { data, at }
        .any(is_short)
        .then_some(Fault::Malformed("a target shorter than its prefix (icmpv6.rpl.opt.target.prefix_length)"))
}

/// Where the options of a message begin: behind the identifier of the graph, if there is one.
fn options_at(data: &[u8], code: u8) -> Option<usize> {
    let graph = match code {
        SOLICITATION => return Some(6),
        INFORMATION => return Some(28),
        ADVERTISEMENT => ADVERTISEMENT_DODAG,
        ACKNOWLEDGMENT => ACKNOWLEDGMENT_DODAG,
        _ => return None,
    };
    Some(if u8_at(data, 5)? & graph != 0 { 24 } else { 8 })
}

/// The options of a message from `at`: place, type, and length of what stands behind both.
struct Options<'a> {
    data: &'a [u8],
    at: usize,
}

impl Iterator for Options<'_> {
    type Item = (usize, u8, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let kind = u8_at(self.data, at)?;
        if kind == PAD1 {
            self.at = at.saturating_add(1);
            return Some((at, kind, 0));
        }
        let len = usize::from(u8_at(self.data, at.saturating_add(1)).unwrap_or_default());
        self.at = at.saturating_add(2).saturating_add(len);
        Some((at, kind, len))
    }
}

fn options(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    for (at, kind, len) in (Options { data: walk.data(), at }) {
        if kind == PAD1 {
            walk.uint(&OPT_TYPE, at..at.saturating_add(1), kind)?;
            continue;
        }
        let body = at.saturating_add(2);
        walk.open(&OPT_TYPE, at..body.saturating_add(len), Value::Uint(kind.into()))?;
        walk.u8(&OPT_LENGTH, at.saturating_add(1))?;
        match kind {
            CONFIGURATION if len >= CONFIGURATION_LEN => configuration(walk, body, len)?,
            TARGET => target(walk, body, len)?,
            TRANSIT if len >= TRANSIT_LEN => transit(walk, body, len)?,
            _ if name_of(OPTION_NAMES, kind.into()).is_none() => {
                walk.bytes(&DATA, body, len)?;
            }
            _ => unread(walk, body, len)?,
        }
        walk.close();
    }
    Some(())
}

/// How a graph is built and kept (RFC 6550 section 6.7.6).
fn configuration(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    let place = |offset: usize| at.saturating_add(offset);
    let flags = u8_at(walk.data(), at)?;
    let byte = at..place(1);
    walk.open(&CONFIG_FLAG, byte.clone(), Value::Uint(flags.into()))?;
    walk.bits(&[(&CONFIG_RESERVED, 0xf0), (&CONFIG_AUTH, 0x08), (&CONFIG_PCS, 0x07)], byte, flags)?;
    walk.close();
    walk.u8(&CONFIG_DOUBLINGS, place(1))?;
    let interval = u8_at(walk.data(), place(2))?;
    walk.uint(&CONFIG_INTERVAL, place(2)..place(3), interval)?;
    walk.u8(&CONFIG_REDUNDANCY, place(3))?;
    walk.u16(&CONFIG_RANK_MOST, place(4))?;
    walk.u16(&CONFIG_RANK_LEAST, place(6))?;
    walk.u16(&CONFIG_OCP, place(8))?;
    walk.u8(&CONFIG_RSV, place(10))?;
    walk.u8(&CONFIG_LIFETIME, place(11))?;
    walk.u16(&CONFIG_UNIT, place(12))?;
    unknown(walk, place(CONFIGURATION_LEN), len.saturating_sub(CONFIGURATION_LEN))
}

/// A prefix that can be reached (RFC 6550 section 6.7.7).
fn target(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    let bits = walk.u8(&TARGET_LENGTH, at.saturating_add(1))?;
    let prefix = at.saturating_add(2);
    let room = len.saturating_sub(2);
    let bytes = usize::from(bits).div_ceil(8);
    // A short prefix may stand in the bytes of a longer one, of half an address or a whole one.
    let fits = bytes == room || (bytes < room && matches!(room, 8 | 16));
    if !fits || room > 16 {
        return unknown(walk, prefix, room);
    }
    if room == 0 {
        return Some(());
    }
    let mut octets = [0; 16];
    octets.get_mut(..room)?.copy_from_slice(slice(walk.data(), prefix, room)?);
    let address = Ipv6Addr::from(octets);
    walk.emit(&TARGET_PREFIX, prefix..prefix.saturating_add(room), Value::Ipv6(address))
}

/// How the targets before it are reached (RFC 6550 section 6.7.8).
fn transit(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    let place = |offset: usize| at.saturating_add(offset);
    let flags = u8_at(walk.data(), at)?;
    let byte = at..place(1);
    walk.open(&TRANSIT_FLAG, byte.clone(), Value::Uint(flags.into()))?;
    walk.bits(&[(&TRANSIT_FLAG_E, 0x80), (&TRANSIT_FLAG_RSV, 0x7f)], byte, flags)?;
    walk.close();
    walk.u8(&TRANSIT_CONTROL, place(1))?;
    walk.u8(&TRANSIT_SEQUENCE, place(2))?;
    walk.u8(&TRANSIT_LIFETIME, place(3))?;
    unread(walk, place(TRANSIT_LEN), len.saturating_sub(TRANSIT_LEN))
}

/// Up to `len` bytes of an option that mean nothing there.
fn unknown(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    match len.min(walk.data().len().saturating_sub(at)) {
        0 => Some(()),
        there => walk.bytes(&UNKNOWN_DATA, at, there).map(|_| ()),
    }
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
        seen(155, 1, &[&[1, 2, 1, 0, 0x8a, 9, 5, 0][..], &id].concat()).expect(&[
            ("icmpv6.rpl.dio.rank", "256"),
            ("icmpv6.rpl.dio.flag", "0x8a,0x05"),
            ("icmpv6.rpl.dio.flag.g", "1"),
            ("icmpv6.rpl.dio.flag.mop", "0x01"),
            ("icmpv6.rpl.dio.flag.preference", "2"),
            ("icmpv6.rpl.dio.dtsn", "9"),
            ("icmpv6.rpl.dio.dagid", "2001:db8::2"),
        ]);
        let odd = seen(155, 2, &[1, 0, 0, 7, 5, 4, 0, 128, 1, 2]);
        odd.expect(&[("icmpv6.unknown_data", "0102"), ("icmpv6.rpl.opt.target.prefix", "")]);
        let why = "malformed: a target shorter than its prefix (icmpv6.rpl.opt.target.prefix_length)";
        assert_eq!(odd.faults, [why]);
        let roomy = seen(155, 2, &[&[1, 0, 0, 7, 5, 18, 0, 64][..], &id, &[5, 2, 0, 0]].concat());
        roomy.expect(&[("icmpv6.rpl.opt.target.prefix", "2001:db8::2"), ("icmpv6.unknown_data", "")]);
        assert!(roomy.faults.is_empty());
        assert_eq!(seen(155, 0, &[3, 0]).get("icmpv6.rpl.dis.flags"), "3");
        assert_eq!(seen(155, 0x8a, &[1, 2, 3]).get("nd.icmpv6.data"), "010203");
    }

    #[test]
    fn configurations_and_transit_information() {
        let config = [4_u8, 15, 0x0d, 8, 12, 10, 0, 7, 3, 0, 0, 1, 0, 255, 0, 60, 9];
        let options = [&config[..], &[1, 2, 0, 0, 4, 2, 1, 2]].concat();
        seen(155, 1, &[&[1, 2, 1, 0, 0x88, 9, 0, 0][..], &DST.octets(), &options].concat()).expect(&[
            ("icmpv6.rpl.opt.type", "4,1,4"),
            ("icmpv6.rpl.opt.config.flag", "0x0d"),
            ("icmpv6.rpl.opt.config.auth", "1"),
            ("icmpv6.rpl.opt.config.pcs", "5"),
            ("icmpv6.rpl.opt.config.interval_double", "8"),
            ("icmpv6.rpl.opt.config.interval_min", "12"),
            ("icmpv6.rpl.opt.config.redundancy", "10"),
            ("icmpv6.rpl.opt.config.max_rank_inc", "7"),
            ("icmpv6.rpl.opt.config.min_hop_rank_inc", "768"),
            ("icmpv6.rpl.opt.config.ocp", "1"),
            ("icmpv6.rpl.opt.config.def_lifetime", "255"),
            ("icmpv6.rpl.opt.config.lifetime_unit", "60"),
            ("icmpv6.unknown_data", "09"),
            ("nd.icmpv6.data", "0000,0102"),
        ]);
        let transit = [&[1, 0, 0, 7, 6, 20, 0x85, 1, 2, 3][..], &DST.octets()].concat();
        seen(155, 2, &transit).expect(&[
            ("icmpv6.rpl.opt.transit.flag", "0x85"),
            ("icmpv6.rpl.opt.transit.flag.e", "1"),
            ("icmpv6.rpl.opt.transit.flag.rsv", "5"),
            ("icmpv6.rpl.opt.transit.pathctl", "1"),
            ("icmpv6.rpl.opt.transit.pathseq", "2"),
            ("icmpv6.rpl.opt.transit.pathlifetime", "3"),
            ("nd.icmpv6.data", "20010db8000000000000000000000002"),
        ]);
    }
}
