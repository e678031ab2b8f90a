//! Neighbour discovery (RFC 4861) and its options, those of RFC 3122, 3971, 4191, 6275, 8106 and 8781 among them.

use core::fmt;
use core::net::Ipv6Addr;

use super::{HEADER, RESERVED, unread};
use crate::bytes::{chunk, slice, u8_at, u16_at, u32_at, u64_at};
use crate::dissector::Fault;
use crate::field::{Field, Value, name_of};
use crate::frame::Timestamp;
use crate::walk::Walk;

fields! {
    RA_HOPS = Field::u8("icmpv6.nd.ra.cur_hop_limit", "hop limit to use"),
    RA_FLAG = Field::u8("icmpv6.nd.ra.flag", "flags").hex(),
    RA_FLAG_M = Field::bool("icmpv6.nd.ra.flag.m", "managed addresses"),
    RA_FLAG_O = Field::bool("icmpv6.nd.ra.flag.o", "other configuration"),
    RA_FLAG_H = Field::bool("icmpv6.nd.ra.flag.h", "home agent"),
    RA_FLAG_PRF = Field::u8("icmpv6.nd.ra.flag.prf", "router preference").names(PREFERENCE_NAMES),
    RA_FLAG_P = Field::bool("icmpv6.nd.ra.flag.p", "proxy"),
    RA_FLAG_RSV = Field::u8("icmpv6.nd.ra.flag.rsv", "reserved"),
    RA_LIFETIME = Field::u16("icmpv6.nd.ra.router_lifetime", "router lifetime (s)").key(),
    RA_REACHABLE = Field::u32("icmpv6.nd.ra.reachable_time", "reachable time (ms)"),
    RA_RETRANS = Field::u32("icmpv6.nd.ra.retrans_timer", "retransmission timer (ms)"),
    NS_TARGET = Field::ipv6("icmpv6.nd.ns.target_address", "target").key(),
    NA_FLAG = Field::u32("icmpv6.nd.na.flag", "flags").hex(),
    NA_FLAG_R = Field::bool("icmpv6.nd.na.flag.r", "router"),
    NA_FLAG_S = Field::bool("icmpv6.nd.na.flag.s", "solicited"),
    NA_FLAG_O = Field::bool("icmpv6.nd.na.flag.o", "override"),
    NA_FLAG_RSV = Field::u32("icmpv6.nd.na.flag.rsv", "reserved"),
    NA_TARGET = Field::ipv6("icmpv6.nd.na.target_address", "target").key(),
    RD_TARGET = Field::ipv6("icmpv6.nd.rd.target_address", "better next hop").key(),
    RD_DESTINATION = Field::ipv6("icmpv6.rd.na.destination_address", "destination").key(),
    OPT_TYPE = Field::u8("icmpv6.opt.type", "option").many().names(OPTION_NAMES),
    OPT_LENGTH = Field::u8("icmpv6.opt.length", "length in units of 8").many(),
    OPT_LINKADDR = Field::bytes("icmpv6.opt.linkaddr", "link-layer address").colon().many(),
    OPT_SRC_LINKADDR = Field::bytes("icmpv6.opt.src_linkaddr", "source's link-layer address").colon().many().hidden(),
    OPT_TARGET_LINKADDR = Field::bytes("icmpv6.opt.target_linkaddr", "target's link-layer address").colon().many().hidden(),
    OPT_PREFIX_LEN = Field::u8("icmpv6.opt.prefix.length", "prefix length").many(),
    OPT_PREFIX_FLAG = Field::u8("icmpv6.opt.prefix.flag", "flags").hex().many(),
    OPT_PREFIX_FLAG_L = Field::bool("icmpv6.opt.prefix.flag.l", "on-link").many(),
    OPT_PREFIX_FLAG_A = Field::bool("icmpv6.opt.prefix.flag.a", "autonomous configuration").many(),
    OPT_PREFIX_FLAG_R = Field::bool("icmpv6.opt.prefix.flag.r", "router's address").many(),
    OPT_PREFIX_FLAG_RSV = Field::u8("icmpv6.opt.prefix.flag.reserved", "reserved").many(),
    OPT_VALID = Field::u32("icmpv6.opt.prefix.valid_lifetime", "valid for (s)").many(),
    OPT_PREFERRED = Field::u32("icmpv6.opt.prefix.preferred_lifetime", "preferred for (s)").many(),
    OPT_PREFIX = Field::ipv6("icmpv6.opt.prefix", "prefix").many(),
    OPT_MTU = Field::u32("icmpv6.opt.mtu", "MTU").many(),
    OPT_INTERVAL = Field::u32("icmpv6.opt.advertisement_interval", "advertisement interval (ms)").many(),
    OPT_HA_PREFERENCE = Field::u16("icmpv6.opt.home_agent_preference", "home agent preference").many(),
    OPT_HA_LIFETIME = Field::u16("icmpv6.opt.home_agent_lifetime", "home agent lifetime (s)").many(),
    OPT_ADDRESS = Field::ipv6("icmpv6.opt.ipv6_address", "address").many(),
    OPT_TIMESTAMP = Field::time("icmpv6.opt.timestamp", "timestamp").many(),
    OPT_NONCE = Field::bytes("icmpv6.opt.nonce", "nonce").many(),
    OPT_ROUTE_FLAG = Field::u8("icmpv6.opt.route_info.flag", "flags").hex().many(),
    OPT_ROUTE_PRF = Field::u8("icmpv6.opt.route_info.flag.route_preference", "route preference").many().names(PREFERENCE_NAMES),
    OPT_ROUTE_RSV = Field::u8("icmpv6.opt.route_info.flag.reserved", "reserved").many(),
    OPT_ROUTE_LIFETIME = Field::u32("icmpv6.opt.route_lifetime", "route lifetime (s)").many(),
    OPT_RDNSS_LIFETIME = Field::u32("icmpv6.opt.rdnss.lifetime", "DNS servers for (s)").many(),
    OPT_RDNSS = Field::ipv6("icmpv6.opt.rdnss", "DNS server").many(),
    OPT_DNSSL_LIFETIME = Field::u32("icmpv6.opt.dnssl.lifetime", "search list for (s)").many(),
    OPT_DNSSL = Field::name("icmpv6.opt.dnssl", "search domain").many(),
    OPT_PREF64_LIFETIME = Field::u16("icmpv6.opt.pref64.scaled_lifetime", "lifetime in units of 8 s").many(),
    OPT_PREF64_PLC = Field::u16("icmpv6.opt.pref64.plc", "prefix length code").hex().many().names(PREF64_NAMES),
    OPT_PREF64_PREFIX = Field::ipv6("icmpv6.opt.pref64.prefix", "NAT64 prefix").many(),
}

const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOR_SOLICITATION: u8 = 135;
const NEIGHBOR_ADVERTISEMENT: u8 = 136;
pub(super) const REDIRECT: u8 = 137;
const INVERSE_SOLICITATION: u8 = 141;
const INVERSE_ADVERTISEMENT: u8 = 142;

const SOURCE_LINK: u8 = 1;
const TARGET_LINK: u8 = 2;
const PREFIX: u8 = 3;
const REDIRECTED: u8 = 4;
const MTU: u8 = 5;
const INTERVAL: u8 = 7;
const HOME_AGENT: u8 = 8;
const SOURCES: u8 = 9;
const TARGETS: u8 = 10;
const TIMESTAMP: u8 = 13;
const NONCE: u8 = 14;
const ROUTE: u8 = 24;
const RDNSS: u8 = 25;
const DNSSL: u8 = 31;
const PREF64: u8 = 38;

const OPTION_NAMES: &[(u64, &str)] = &[
    (SOURCE_LINK as u64, "source link-layer address"),
    (TARGET_LINK as u64, "target link-layer address"),
    (PREFIX as u64, "prefix"),
    (REDIRECTED as u64, "redirected packet"),
    (MTU as u64, "MTU"),
    (INTERVAL as u64, "advertisement interval"),
    (HOME_AGENT as u64, "home agent"),
    (SOURCES as u64, "source addresses"),
    (TARGETS as u64, "target addresses"),
    (11, "CGA"),
    (12, "RSA signature"),
    (TIMESTAMP as u64, "timestamp"),
    (NONCE as u64, "nonce"),
    (15, "trust anchor"),
    (16, "certificate"),
    (17, "address or prefix"),
    (18, "new router's prefix"),
    (19, "link-layer address"),
    (20, "acknowledged neighbour"),
    (23, "mobility anchor point"),
    (ROUTE as u64, "route"),
    (RDNSS as u64, "recursive DNS servers"),
    (26, "RA flags"),
    (27, "handover key request"),
    (28, "handover key reply"),
    (DNSSL as u64, "DNS search list"),
    (32, "proxy signature"),
    (33, "address registration"),
    (34, "6LoWPAN context"),
    (35, "authoritative border router"),
    (36, "6LoWPAN capabilities"),
    (37, "captive portal"),
    (PREF64 as u64, "NAT64 prefix"),
];
const PREFERENCE_NAMES: &[(u64, &str)] = &[(0, "medium"), (1, "high"), (2, "reserved"), (3, "low")];
/// Prefix lengths by their codes (RFC 8781 section 4).
const PREF64_NAMES: &[(u64, &str)] =
    &[(0, "/96"), (1, "/64"), (2, "/56"), (3, "/48"), (4, "/40"), (5, "/32")];

/// Options of one message that are read.
const MAX_OPTIONS: usize = 256;

/// Whether messages of this type belong to neighbour discovery.
pub(super) fn knows(kind: u8) -> bool {
    matches!(kind, ROUTER_SOLICITATION..=REDIRECT | INVERSE_SOLICITATION | INVERSE_ADVERTISEMENT)
}

/// Where the options of a message begin.
fn options_at(kind: u8) -> usize {
    match kind {
        ROUTER_ADVERTISEMENT => 16,
        NEIGHBOR_SOLICITATION | NEIGHBOR_ADVERTISEMENT => 24,
        REDIRECT => 40,
        _ => 8,
    }
}

pub(super) fn emit(walk: &mut Walk<'_, '_>, kind: u8) -> Option<()> {
    match kind {
        ROUTER_ADVERTISEMENT => {
            walk.u8(&RA_HOPS, 4)?;
            let flags = u8_at(walk.data(), 5)?;
            walk.open(&RA_FLAG, 5..6, Value::Uint(flags.into()))?;
            walk.bool(&RA_FLAG_M, 5..6, flags & 0x80 != 0)?;
            walk.bool(&RA_FLAG_O, 5..6, flags & 0x40 != 0)?;
            walk.bool(&RA_FLAG_H, 5..6, flags & 0x20 != 0)?;
            walk.uint(&RA_FLAG_PRF, 5..6, flags >> 3 & 3)?;
            walk.bool(&RA_FLAG_P, 5..6, flags & 4 != 0)?;
            walk.uint(&RA_FLAG_RSV, 5..6, flags & 3)?;
            walk.close();
            walk.u16(&RA_LIFETIME, 6)?;
            walk.u32(&RA_REACHABLE, 8)?;
            walk.u32(&RA_RETRANS, 12)?;
        }
        NEIGHBOR_ADVERTISEMENT => {
            let flags = u32_at(walk.data(), 4)?;
            walk.open(&NA_FLAG, 4..8, Value::Uint(flags.into()))?;
            walk.bool(&NA_FLAG_R, 4..8, flags & 0x8000_0000 != 0)?;
            walk.bool(&NA_FLAG_S, 4..8, flags & 0x4000_0000 != 0)?;
            walk.bool(&NA_FLAG_O, 4..8, flags & 0x2000_0000 != 0)?;
            walk.uint(&NA_FLAG_RSV, 4..8, flags & 0x1fff_ffff)?;
            walk.close();
            walk.ipv6(&NA_TARGET, 8)?;
        }
        _ => {
            walk.bytes(&RESERVED, 4, 4)?;
            match kind {
                NEIGHBOR_SOLICITATION => {
                    walk.ipv6(&NS_TARGET, 8)?;
                }
                REDIRECT => {
                    walk.ipv6(&RD_TARGET, 8)?;
                    walk.ipv6(&RD_DESTINATION, 24)?;
                }
                _ => {}
            }
        }
    }
    options(walk, options_at(kind))
}

/// What makes a message invalid that has options: one of length 0 (RFC 4861 section 4.6).
pub(super) fn flaw(data: &[u8], kind: u8) -> Option<Fault> {
    let is_odd = Options::new(data, options_at(kind)).any(|(_, _, len)| len == 0);
    is_odd.then_some(Fault::Malformed("an option of length 0 (icmpv6.opt.length)"))
}

/// Where a redirect quotes the packet that it is about, and where the quote ends (RFC 4861 section 4.6.3).
pub(super) fn redirected(data: &[u8]) -> Option<(usize, usize)> {
    let &kind = data.first()?;
    let (at, _, len) = (kind == REDIRECT)
        .then(|| Options::new(data, options_at(kind)))?
        .find(|&(_, kind, len)| kind == REDIRECTED && len > HEADER)?;
    Some((at.saturating_add(HEADER), at.saturating_add(len)))
}

/// The options of a message from `at`: place, type and length in bytes. Ends at one of length 0 (RFC 4861
/// section 4.6), and where the bytes end.
struct Options<'a> {
    data: &'a [u8],
    at: usize,
    left: usize,
}

impl<'a> Options<'a> {
    fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, left: MAX_OPTIONS }
    }
}

impl Iterator for Options<'_> {
    type Item = (usize, u8, usize);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let at = self.at;
        let kind = u8_at(self.data, at)?;
        let len = usize::from(u8_at(self.data, at.saturating_add(1))?).saturating_mul(8);
        self.at = if len == 0 { usize::MAX } else { at.saturating_add(len) };
        Some((at, kind, len))
    }
}

/// Hands the options from `at` to the walk.
pub(super) fn options(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    for (at, kind, len) in Options::new(walk.data(), at) {
        // One of length 0 has a type and a length all the same.
        walk.open(&OPT_TYPE, at..at.saturating_add(len.max(2)), Value::Uint(kind.into()))?;
        walk.u8(&OPT_LENGTH, at.saturating_add(1))?;
        if len > 0 {
            option(walk, at, kind, len)?;
        }
        walk.close();
    }
    Some(())
}

/// The option of `len` bytes at `at`.
fn option(walk: &mut Walk<'_, '_>, at: usize, kind: u8, len: usize) -> Option<()> {
    let place = |offset: usize| at.saturating_add(offset);
    let end = place(len);
    match kind {
        SOURCE_LINK | TARGET_LINK => {
            let address = walk.bytes(&OPT_LINKADDR, place(2), len.saturating_sub(2))?;
            let field = if kind == SOURCE_LINK { &OPT_SRC_LINKADDR } else { &OPT_TARGET_LINKADDR };
            walk.emit(field, place(2)..end, Value::Bytes(address))
        }
        PREFIX => {
            walk.u8(&OPT_PREFIX_LEN, place(2))?;
            let flags = u8_at(walk.data(), place(3))?;
            let byte = place(3)..place(4);
            walk.open(&OPT_PREFIX_FLAG, byte.clone(), Value::Uint(flags.into()))?;
            walk.bool(&OPT_PREFIX_FLAG_L, byte.clone(), flags & 0x80 != 0)?;
            walk.bool(&OPT_PREFIX_FLAG_A, byte.clone(), flags & 0x40 != 0)?;
            walk.bool(&OPT_PREFIX_FLAG_R, byte.clone(), flags & 0x20 != 0)?;
            walk.uint(&OPT_PREFIX_FLAG_RSV, byte, flags & 0x1f)?;
            walk.close();
            walk.u32(&OPT_VALID, place(4))?;
            walk.u32(&OPT_PREFERRED, place(8))?;
            walk.ipv6(&OPT_PREFIX, place(16)).map(|_| ())
        }
        MTU => walk.u32(&OPT_MTU, place(4)).map(|_| ()),
        INTERVAL => walk.u32(&OPT_INTERVAL, place(4)).map(|_| ()),
        HOME_AGENT => {
            walk.u16(&OPT_HA_PREFERENCE, place(4))?;
            walk.u16(&OPT_HA_LIFETIME, place(6)).map(|_| ())
        }
        // Lists of inverse discovery (RFC 3122 section 3).
        SOURCES | TARGETS => {
            let addresses = len.saturating_sub(HEADER) / 16;
            for nth in 0..addresses {
                walk.ipv6(&OPT_ADDRESS, place(HEADER).saturating_add(nth.saturating_mul(16)))?;
            }
            let read = HEADER.saturating_add(addresses.saturating_mul(16));
            unread(walk, place(read), len.saturating_sub(read))
        }
        TIMESTAMP if len >= 16 => {
            // 48 bits of seconds, then 1/65,536 of a second (RFC 3971 section 5.3.1).
            let value = u64_at(walk.data(), place(8))?;
            let nanos = (value & 0xffff).saturating_mul(1_000_000_000) >> 16;
            let time = Timestamp::new(i64::try_from(value >> 16).unwrap_or_default(), nanos);
            walk.emit(&OPT_TIMESTAMP, place(8)..place(16), Value::Time(time))
        }
        NONCE => walk.bytes(&OPT_NONCE, place(2), len.saturating_sub(2)).map(|_| ()),
        ROUTE => {
            walk.u8(&OPT_PREFIX_LEN, place(2))?;
            let flags = u8_at(walk.data(), place(3))?;
            let byte = place(3)..place(4);
            walk.open(&OPT_ROUTE_FLAG, byte.clone(), Value::Uint(flags.into()))?;
            walk.uint(&OPT_ROUTE_PRF, byte.clone(), flags >> 3 & 3)?;
            walk.uint(&OPT_ROUTE_RSV, byte, flags & 0xe7)?;
            walk.close();
            walk.u32(&OPT_ROUTE_LIFETIME, place(4))?;
            prefix(walk, &OPT_PREFIX, place(8), len.saturating_sub(8))
        }
        RDNSS => {
            walk.u32(&OPT_RDNSS_LIFETIME, place(4))?;
            for at in (place(8)..end.saturating_sub(15)).step_by(16) {
                walk.ipv6(&OPT_RDNSS, at)?;
            }
            Some(())
        }
        DNSSL => {
            walk.u32(&OPT_DNSSL_LIFETIME, place(4))?;
            let names = slice(walk.data(), place(8), len.saturating_sub(8))?;
            domains(walk, place(8), names)
        }
        PREF64 => {
            let word = u16_at(walk.data(), place(2))?;
            walk.uint(&OPT_PREF64_LIFETIME, place(2)..place(4), word >> 3)?;
            walk.uint(&OPT_PREF64_PLC, place(2)..place(4), word & 7)?;
            // Codes beyond 5 have no meaning yet (RFC 8781 section 4).
            if len == 16 && word & 7 <= 5 {
                prefix(walk, &OPT_PREF64_PREFIX, place(4), 12)?;
            }
            Some(())
        }
        _ if name_of(OPTION_NAMES, kind.into()).is_none() => {
            walk.bytes(&super::DATA, place(2), len.saturating_sub(2)).map(|_| ())
        }
        // The packet in it is shown as a layer of its own.
        REDIRECTED => Some(()),
        _ => unread(walk, place(2), len.saturating_sub(2)),
    }
}

/// The leading `len` bytes of an address, the rest zero.
fn prefix(walk: &mut Walk<'_, '_>, field: &'static Field, at: usize, len: usize) -> Option<()> {
    let len = len.min(16);
    if len == 0 {
        return Some(());
    }
    let mut octets = [0; 16];
    octets.get_mut(..len)?.copy_from_slice(slice(walk.data(), at, len)?);
    walk.emit(field, at..at.saturating_add(len), Value::Ipv6(Ipv6Addr::from(octets)))
}

/// Domain names without compression (RFC 8106 section 5.2), each up to its zero label; a zero where a name would
/// begin is padding.
fn domains(walk: &mut Walk<'_, '_>, at: usize, names: &[u8]) -> Option<()> {
    let mut from = 0;
    while u8_at(names, from).is_some_and(|first| first != 0) {
        let name = Domain(names.get(from..)?);
        let len = name.len();
        let start = at.saturating_add(from);
        walk.format(&OPT_DNSSL, start..start.saturating_add(len), format_args!("{name}"))?;
        from = from.saturating_add(len);
    }
    Some(())
}

/// A domain name at the start of some bytes, printed with `\DDD` for what is not plain text.
pub(super) struct Domain<'a>(pub(super) &'a [u8]);

impl<'a> Domain<'a> {
    fn labels(&self) -> impl Iterator<Item = &'a [u8]> {
        let (data, mut at) = (self.0, 0_usize);
        core::iter::from_fn(move || {
            let len = usize::from(u8_at(data, at).filter(|len| (1..64).contains(len))?);
            let label = slice(data, at.saturating_add(1), len)?;
            at = at.saturating_add(len).saturating_add(1);
            Some(label)
        })
    }

    /// Bytes of the name with its end; all that is left if it has none.
    pub(super) fn len(&self) -> usize {
        let labels =
            self.labels().fold(0_usize, |len, label| len.saturating_add(label.len()).saturating_add(1));
        match u8_at(self.0, labels) {
            Some(0) => labels.saturating_add(1),
            _ => self.0.len(),
        }
    }
}

impl fmt::Display for Domain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, label) in self.labels().enumerate() {
            if nth > 0 {
                f.write_str(".")?;
            }
            for &byte in label {
                match byte {
                    b'.' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                    0x21..=0x7e => write!(f, "{}", char::from(byte))?,
                    _ => write!(f, "\\{byte:03}")?,
                }
            }
        }
        Ok(())
    }
}

/// What the Info column says of a message beyond its type.
pub(super) fn describe(data: &[u8], kind: u8, out: &mut dyn fmt::Write) -> fmt::Result {
    if !knows(kind) {
        return Ok(());
    }
    let target = chunk::<16>(data, 8).map(Ipv6Addr::from);
    match (kind, target) {
        (NEIGHBOR_SOLICITATION, Some(target)) => write!(out, " for {target}")?,
        (NEIGHBOR_ADVERTISEMENT, Some(target)) => {
            write!(out, " {target}")?;
            let flags = u8_at(data, 4).unwrap_or_default();
            let mut before = " (";
            for (bit, name) in [(0x80, "rtr"), (0x40, "sol"), (0x20, "ovr")] {
                if flags & bit != 0 {
                    write!(out, "{before}{name}")?;
                    before = ", ";
                }
            }
            if before == ", " {
                out.write_str(")")?;
            }
        }
        _ => {}
    }
    for (at, option, len) in Options::new(data, options_at(kind)) {
        let before = match option {
            SOURCE_LINK => " from ",
            TARGET_LINK => " is at ",
            _ => continue,
        };
        if len != 8 {
            continue;
        }
        if let Some([a, b, c, d, e, f]) = chunk::<6>(data, at.saturating_add(2)) {
            write!(out, "{before}{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::network::build::{DST, RAW_V6, icmpv6, ipv6, udp};
    use crate::testing::{Seen, survives};

    fn seen(kind: u8, code: u8, rest: &[u8]) -> Seen {
        let packet = ipv6(58, &icmpv6(kind, code, rest, DST));
        survives(RAW_V6, &packet);
        Seen::new(RAW_V6, &packet)
    }

    const TARGET: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];

    #[test]
    fn solicitations_and_advertisements_of_neighbours() {
        let link = [1, 1, 2, 0, 0, 0, 0, 1];
        let asks = seen(135, 0, &[&[0; 4][..], &TARGET, &link].concat());
        asks.expect(&[
            ("icmpv6.nd.ns.target_address", "fe80::9"),
            ("icmpv6.opt.type", "1"),
            ("icmpv6.opt.length", "1"),
            ("icmpv6.opt.linkaddr", "02:00:00:00:00:01"),
            ("icmpv6.opt.src_linkaddr", "02:00:00:00:00:01"),
        ]);
        assert_eq!(asks.info, "Neighbor Solicitation for fe80::9 from 02:00:00:00:00:01");
        let link = [2, 1, 2, 0, 0, 0, 0, 1];
        let tells = seen(136, 0, &[&[0x60, 0, 0, 0][..], &TARGET, &link].concat());
        tells.expect(&[
            ("icmpv6.nd.na.flag", "0x60000000"),
            ("icmpv6.nd.na.flag.r", "0"),
            ("icmpv6.nd.na.flag.s", "1"),
            ("icmpv6.nd.na.flag.o", "1"),
            ("icmpv6.opt.target_linkaddr", "02:00:00:00:00:01"),
        ]);
        assert_eq!(tells.info, "Neighbor Advertisement fe80::9 (sol, ovr) is at 02:00:00:00:00:01");
        let quote = ipv6(17, &udp(b"quoted"));
        let option =
            [&[4, u8::try_from(quote.len() / 8 + 2).unwrap(), 0, 0, 0, 0, 0, 0][..], &quote, &[0; 2]];
        let message =
            [&[0; 4][..], &TARGET, &DST.octets(), &link, &option.concat(), &[99, 1, 1, 2, 3, 4, 5, 6]];
        let redirect = seen(137, 0, &message.concat());
        assert_eq!(redirect.protocols, "ipv6:icmpv6:ipv6:udp:data");
        redirect.expect(&[
            ("icmpv6.nd.rd.target_address", "fe80::9"),
            ("icmpv6.rd.na.destination_address", "2001:db8::2"),
            ("icmpv6.checksum.status", "1"),
            ("icmpv6.opt.type", "2,4,99"),
            ("icmpv6.data", "010203040506"),
        ]);
    }

    #[test]
    fn router_advertisements_with_their_options() {
        let prefix = [0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let options = [
            &[1, 1, 2, 0, 0, 0, 0, 1][..],
            &[&[3, 4, 64, 0xc0, 0, 1, 0x51, 0x80, 0, 0, 0x38, 0x40, 0, 0, 0, 0][..], &prefix].concat(),
            &[5, 1, 0, 0, 0, 0, 5, 0],
            &[7, 1, 0, 0, 0, 0, 0x13, 0x88],
            &[8, 1, 0, 0, 0, 1, 0, 15],
            &[24, 2, 48, 8, 0, 0, 0x1c, 0x20, 0x20, 1, 0xd, 0xb8, 0, 2, 0, 0],
            &[&[25, 3, 0, 0, 0, 0, 0, 5][..], &prefix].concat(),
            &[31, 3, 0, 0, 0, 0, 0, 5, 3, b'l', b'a', b'n', 0, 1, b'x', 2, b'.', 1, 0, 0, 0, 0, 0, 0],
            &[&[38, 2, 0, 0x08][..], &prefix[..12]].concat(),
            &[13, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0x80, 0],
            &[14, 1, 1, 2, 3, 4, 5, 6],
        ]
        .concat();
        let head = [64, 0x9a, 0, 30, 0, 0, 0, 1, 0, 0, 0, 2];
        let seen = seen(134, 0, &[&head[..], &options].concat());
        seen.expect(&[
            ("icmpv6.nd.ra.cur_hop_limit", "64"),
            ("icmpv6.nd.ra.flag", "0x9a"),
            ("icmpv6.nd.ra.flag.m", "1"),
            ("icmpv6.nd.ra.flag.prf", "3"),
            ("icmpv6.nd.ra.flag.rsv", "2"),
            ("icmpv6.nd.ra.router_lifetime", "30"),
            ("icmpv6.nd.ra.reachable_time", "1"),
            ("icmpv6.nd.ra.retrans_timer", "2"),
            ("icmpv6.opt.type", "1,3,5,7,8,24,25,31,38,13,14"),
            ("icmpv6.opt.prefix.length", "64,48"),
            ("icmpv6.opt.prefix.flag", "0xc0"),
            ("icmpv6.opt.prefix.valid_lifetime", "86400"),
            ("icmpv6.opt.prefix.preferred_lifetime", "14400"),
            ("icmpv6.opt.prefix", "2001:db8:1::,2001:db8:2::"),
            ("icmpv6.opt.mtu", "1280"),
            ("icmpv6.opt.advertisement_interval", "5000"),
            ("icmpv6.opt.home_agent_preference", "1"),
            ("icmpv6.opt.home_agent_lifetime", "15"),
            ("icmpv6.opt.route_info.flag.route_preference", "1"),
            ("icmpv6.opt.route_lifetime", "7200"),
            ("icmpv6.opt.rdnss", "2001:db8:1::"),
            ("icmpv6.opt.dnssl", "lan,x.\\.\\001"),
            ("icmpv6.opt.pref64.scaled_lifetime", "1"),
            ("icmpv6.opt.pref64.prefix", "2001:db8:1::"),
            ("icmpv6.opt.timestamp", "9.500000000"),
            ("icmpv6.opt.nonce", "010203040506"),
        ]);
        assert_eq!(seen.info, "Router Advertisement from 02:00:00:00:00:01");
    }

    #[test]
    fn an_option_of_length_zero_ends_them() {
        let seen = seen(133, 0, &[0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 5, 1, 0, 0, 0, 0, 5, 0]);
        seen.expect(&[("icmpv6.opt.type", "1"), ("icmpv6.opt.length", "0"), ("icmpv6.opt.mtu", "")]);
        assert_eq!(seen.faults, ["malformed: an option of length 0 (icmpv6.opt.length)"]);
    }

    #[test]
    fn address_lists_and_options_that_are_not_read() {
        let list = [&[10, 5, 0, 0, 0, 0, 0, 0][..], &TARGET, &DST.octets()].concat();
        let seen = seen(142, 0, &[&[0; 4][..], &list, &[36, 1, 0, 1, 2, 3, 4, 5]].concat());
        seen.expect(&[
            ("icmpv6.opt.type", "10,36"),
            ("icmpv6.opt.ipv6_address", "fe80::9,2001:db8::2"),
            ("nd.icmpv6.data", "000102030405"),
            ("icmpv6.data", ""),
        ]);
        assert!(seen.faults.is_empty());
    }
}
