//! Options of the hop-by-hop and destination headers (RFC 8200 section 4.2, IANA `ipv6-parameters`).

use core::net::Ipv6Addr;

use super::extension_len;
use crate::bytes::{chunk, fixed, slice, u8_at, u16_at, u32_at};
use crate::dissector::Fault;
use crate::field::{Field, Value};
use crate::network::ipv4::quick_start::{FUNCTION_NAMES, QuickStart, RATE_NAMES};
use crate::walk::Walk;

fields! {
    TYPE = Field::u8("ipv6.opt.type", "option").hex().many().names(OPTION_NAMES),
    ACTION = Field::u8("ipv6.opt.type.action", "action if unknown").many().names(ACTION_NAMES),
    CHANGE = Field::bool("ipv6.opt.type.change", "may change").many(),
    REST = Field::u8("ipv6.opt.type.rest", "low-order bits").hex().many(),
    LENGTH = Field::u8("ipv6.opt.length", "length").many(),
    PADN = Field::bytes("ipv6.opt.padn", "padding").empty_is_none().many(),
    ROUTER_ALERT_VALUE = Field::u16("ipv6.opt.router_alert", "router alert").many().names(ALERT_NAMES),
    TEL = Field::u8("ipv6.opt.tel", "tunnel encapsulation limit").many(),
    JUMBO_LEN = Field::u32("ipv6.opt.jumbo", "payload length").many(),
    HOME = Field::ipv6("ipv6.opt.mipv6.home_address", "home address").many(),
    PMTU_MIN = Field::u16("ipv6.opt.pmtu.min", "minimum MTU reported").many(),
    PMTU_RTN = Field::u16("ipv6.opt.pmtu.rtn", "minimum MTU returned").many(),
    PMTU_R = Field::bool("ipv6.opt.pmtu.r_flag", "return").many(),
    CALIPSO_DOI = Field::u32("ipv6.opt.calipso.doi", "CALIPSO domain").many(),
    CALIPSO_CMPT = Field::u8("ipv6.opt.calipso.cmpt.length", "compartment length").many(),
    CALIPSO_SENS = Field::u8("ipv6.opt.calipso.sens_level", "sensitivity level").many(),
    CALIPSO_CHECKSUM = Field::u16("ipv6.opt.calipso.checksum", "checksum").hex().many(),
    QS_FUNC = Field::u8("ipv6.opt.qs_func", "function").many().names(FUNCTION_NAMES),
    QS_RATE = Field::u8("ipv6.opt.qs_rate", "rate").many().names(RATE_NAMES),
    QS_TTL = Field::u8("ipv6.opt.qs_ttl", "quick-start TTL").many(),
    QS_TTL_DIFF = Field::u8("ipv6.opt.qs_ttl_diff", "TTL difference").many(),
    QS_NONCE = Field::u32("ipv6.opt.qs_nonce", "nonce").hex().many(),
    QS_RESERVED = Field::u32("ipv6.opt.qs_reserved", "reserved").hex().many(),
    RPL_FLAG = Field::u8("ipv6.opt.rpl.flag", "RPL flags").hex().many(),
    RPL_DOWN = Field::bool("ipv6.opt.rpl.flag.o", "down").many(),
    RPL_RANK_ERROR = Field::bool("ipv6.opt.rpl.flag.r", "rank error").many(),
    RPL_FORWARDING_ERROR = Field::bool("ipv6.opt.rpl.flag.f", "forwarding error").many(),
    RPL_RESERVED = Field::u8("ipv6.opt.rpl.flag.rsv", "reserved").hex().many(),
    RPL_INSTANCE = Field::u8("ipv6.opt.rpl.instance_id", "RPL instance").hex().many(),
    RPL_RANK = Field::u16("ipv6.opt.rpl.sender_rank", "sender's rank").hex().many(),
    MPL_FLAG = Field::u8("ipv6.opt.mpl.flag", "MPL flags").hex().many(),
    MPL_SEED_LEN = Field::u8("ipv6.opt.mpl.flag.s", "seed identifier").many().names(SEED_NAMES),
    MPL_LARGEST = Field::bool("ipv6.opt.mpl.flag.m", "largest sequence").many(),
    MPL_VERSION = Field::bool("ipv6.opt.mpl.flag.v", "other version").many(),
    MPL_RESERVED = Field::u8("ipv6.opt.mpl.flag.rsv", "reserved").hex().many(),
    MPL_SEQUENCE = Field::u8("ipv6.opt.mpl.sequence", "sequence").hex().many(),
    MPL_SEED_IS_SOURCE = Field::flag("ipv6.opt.mpl.ipv6_src_seed_id", "seed is the source").many(),
    EXPERIMENTAL = Field::bytes("ipv6.opt.experimental", "experimental option").many(),
    UNKNOWN = Field::bytes("ipv6.opt.unknown", "unknown option").many(),
    DATA = Field::bytes("nd.ipv6.opt.data", "option data").many(),
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

const PAD1: u8 = 0x00;
const PADN_TYPE: u8 = 0x01;
const TUNNEL_LIMIT: u8 = 0x04;
const ROUTER_ALERT: u8 = 0x05;
const CALIPSO: u8 = 0x07;
const QUICK_START: u8 = 0x26;
const PATH_MTU: u8 = 0x30;
const RPL: u8 = 0x63;
const MPL: u8 = 0x6d;
const JUMBO: u8 = 0xc2;
const HOME_ADDRESS: u8 = 0xc9;

const OPTION_NAMES: &[(u64, &str)] = &[
    (PAD1 as u64, "Pad1"),
    (PADN_TYPE as u64, "PadN"),
    (TUNNEL_LIMIT as u64, "tunnel encapsulation limit"),
    (ROUTER_ALERT as u64, "router alert"),
    (CALIPSO as u64, "CALIPSO"),
    (0x08, "SMF duplicate detection"),
    (0x0f, "performance and diagnostic metrics"),
    (0x11, "in-situ OAM"),
    (0x1e, "experiment"),
    (QUICK_START as u64, "quick-start"),
    (PATH_MTU as u64, "path MTU"),
    (0x31, "in-situ OAM"),
    (0x3e, "experiment"),
    (0x5e, "experiment"),
    (RPL as u64, "RPL"),
    (MPL as u64, "MPL"),
    (0x7e, "experiment"),
    (0x8b, "ILNP nonce"),
    (0x8c, "line identification"),
    (0x9e, "experiment"),
    (0xbe, "experiment"),
    (JUMBO as u64, "jumbo payload"),
    (HOME_ADDRESS as u64, "home address"),
    (0xde, "experiment"),
    (0xee, "depth-first forwarding"),
    (0xfe, "experiment"),
];

const ACTION_NAMES: &[(u64, &str)] =
    &[(0, "skip"), (1, "discard"), (2, "discard and report"), (3, "discard and report unless multicast")];
const ALERT_NAMES: &[(u64, &str)] = &[(0, "MLD"), (1, "RSVP"), (2, "active network")];

/// RFC 7731 section 6.1.
const SEED_NAMES: &[(u64, &str)] = &[(0, "none"), (1, "16 bits"), (2, "64 bits"), (3, "128 bits")];

/// The length of an extension header and its next header number.
///
/// # Errors
/// [`Fault::Short`] if the header is not all there.
pub(super) fn measure(data: &[u8]) -> Result<(usize, u8), Fault> {
    let &[next, units] = fixed::<2>(data)?;
    let len = extension_len(units.into());
    if data.len() < len { Err(Fault::Short { need: len, have: data.len() }) } else { Ok((len, next)) }
}

/// The options of an extension header, at `data[2..]`: place and type. Ends where an option leaves the header.
struct Options<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Options<'a> {
    fn new(header: &'a [u8]) -> Self {
        let len = u8_at(header, 1).map_or(0, |units| extension_len(units.into()));
        Self { data: header.get(..len).unwrap_or(header), at: 2 }
    }
}

impl Iterator for Options<'_> {
    type Item = (usize, u8, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let kind = u8_at(self.data, at)?;
        let len = match kind {
            PAD1 => 0,
            _ => usize::from(u8_at(self.data, at.saturating_add(1))?),
        };
        self.at = at.saturating_add(if kind == PAD1 { 1 } else { len.saturating_add(2) });
        Some((at, kind, len))
    }
}

/// The length that a jumbo payload option gives (RFC 2675), in a hop-by-hop header at the start of `body`.
pub(super) fn jumbo(body: &[u8]) -> Option<usize> {
    let (at, ..) = Options::new(body).find(|option| option.1 == JUMBO && option.2 == 4)?;
    usize::try_from(u32_at(body, at.saturating_add(2))?).ok()
}

/// The home address in a destination header (RFC 6275 section 6.3).
pub(super) fn home(header: &[u8]) -> Option<Ipv6Addr> {
    let (at, ..) = Options::new(header).find(|option| option.1 == HOME_ADDRESS && option.2 == 16)?;
    chunk::<16>(header, at.saturating_add(2)).map(Ipv6Addr::from)
}

/// Hands the options of the header at the start of the layer to the walk.
pub(super) fn emit(walk: &mut Walk<'_, '_>) -> Option<()> {
    for (at, kind, len) in Options::new(walk.data()) {
        let byte = at..at.saturating_add(1);
        if kind == PAD1 {
            walk.uint(&TYPE, byte, kind)?;
            continue;
        }
        let value = at.saturating_add(2);
        walk.open(&TYPE, at..value.saturating_add(len), Value::Uint(kind.into()))?;
        walk.uint(&ACTION, byte.clone(), kind >> 6)?;
        walk.bool(&CHANGE, byte.clone(), kind & 0x20 != 0)?;
        walk.uint(&REST, byte, kind & 0x1f)?;
        walk.u8(&LENGTH, at.saturating_add(1))?;
        option(walk, value, kind, len)?;
        walk.close();
    }
    Some(())
}

/// The `len` bytes of an option's data at `at`.
fn option(walk: &mut Walk<'_, '_>, at: usize, kind: u8, len: usize) -> Option<()> {
    let second = at.saturating_add(2);
    match kind {
        PADN_TYPE => {
            walk.bytes(&PADN, at, len)?;
        }
        ROUTER_ALERT if len >= 2 => {
            walk.u16(&ROUTER_ALERT_VALUE, at)?;
        }
        TUNNEL_LIMIT if len >= 1 => {
            walk.u8(&TEL, at)?;
        }
        JUMBO if len >= 4 => {
            walk.u32(&JUMBO_LEN, at)?;
        }
        HOME_ADDRESS if len >= 16 => {
            walk.ipv6(&HOME, at)?;
        }
        PATH_MTU if len >= 4 => {
            walk.u16(&PMTU_MIN, at)?;
            let returned = u16_at(walk.data(), second)?;
            // The last bit of the field is the request to send it back (RFC 9268 section 5).
            walk.uint(&PMTU_RTN, second..at.saturating_add(4), returned & 0xfffe)?;
            walk.bool(&PMTU_R, second..at.saturating_add(4), returned & 1 != 0)?;
        }
        CALIPSO if len >= 8 => {
            walk.u32(&CALIPSO_DOI, at)?;
            walk.u8(&CALIPSO_CMPT, at.saturating_add(4))?;
            walk.u8(&CALIPSO_SENS, at.saturating_add(5))?;
            walk.u16(&CALIPSO_CHECKSUM, at.saturating_add(6))?;
        }
        QUICK_START if len >= 6 => {
            let ttl = walk.layer().net().map(|net| net.ttl);
            QUICK_START_FIELDS.emit(walk, at, ttl)?;
        }
        // RFC 6553 section 3.
        RPL if len >= 4 => {
            let byte = at..at.saturating_add(1);
            let flags = u8_at(walk.data(), at)?;
            walk.open(&RPL_FLAG, byte.clone(), Value::Uint(flags.into()))?;
            let parts = [
                (&RPL_DOWN, 0x80),
                (&RPL_RANK_ERROR, 0x40),
                (&RPL_FORWARDING_ERROR, 0x20),
                (&RPL_RESERVED, 0x1f),
            ];
            walk.bits(&parts, byte, flags)?;
            walk.close();
            walk.u8(&RPL_INSTANCE, at.saturating_add(1))?;
            walk.u16(&RPL_RANK, second)?;
        }
        MPL if len >= 2 => multicast(walk, at, len)?,
        // 0x1e, 0x3e … 0xfe: the low-order bits of an experiment (RFC 4727 section 4.1).
        _ if kind & 0x1f == 0x1e => {
            walk.bytes(&EXPERIMENTAL, at, len)?;
        }
        _ if crate::field::name_of(OPTION_NAMES, kind.into()).is_none() => {
            walk.bytes(&UNKNOWN, at, len)?;
        }
        // Known by its name only, or too short for what it should hold.
        _ if len > 0 => {
            walk.bytes(&DATA, at, len)?;
        }
        _ => {}
    }
    Some(())
}

/// The MPL option (RFC 7731 section 6.1). A seed identifier is the end of its data.
fn multicast(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    let (byte, second) = (at..at.saturating_add(1), at.saturating_add(1));
    let flags = u8_at(walk.data(), at)?;
    let data = slice(walk.data(), at, len)?;
    walk.open(&DATA, at..at.saturating_add(len), Value::Bytes(data))?;
    walk.open(&MPL_FLAG, byte.clone(), Value::Uint(flags.into()))?;
    let parts = [(&MPL_SEED_LEN, 0xc0), (&MPL_LARGEST, 0x20), (&MPL_VERSION, 0x10), (&MPL_RESERVED, 0x0f)];
    walk.bits(&parts, byte.clone(), flags)?;
    walk.close();
    walk.u8(&MPL_SEQUENCE, second)?;
    if flags >> 6 == 0 {
        walk.flag(&MPL_SEED_IS_SOURCE, byte)?;
    }
    walk.close();
    Some(())
}
