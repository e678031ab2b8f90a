//! Options of the hop-by-hop and destination headers (RFC 8200 section 4.2, IANA `ipv6-parameters`).

use core::net::Ipv6Addr;

use super::extension_len;
use crate::bytes::{chunk, fixed, u8_at, u16_at, u32_at};
use crate::dissector::Fault;
use crate::field::{Field, Value};
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
    QS_FUNC = Field::u8("ipv6.opt.qs_func", "quick-start function").many(),
    QS_RATE = Field::u8("ipv6.opt.qs_rate", "rate").many(),
    QS_TTL = Field::u8("ipv6.opt.qs_ttl", "quick-start TTL").many(),
    RPL_FLAG = Field::u8("ipv6.opt.rpl.flag", "RPL flags").hex().many(),
    RPL_INSTANCE = Field::u8("ipv6.opt.rpl.instance_id", "RPL instance").hex().many(),
    RPL_RANK = Field::u16("ipv6.opt.rpl.sender_rank", "sender's rank").hex().many(),
    EXPERIMENTAL = Field::bytes("ipv6.opt.experimental", "experimental option").many(),
    UNKNOWN = Field::bytes("ipv6.opt.unknown", "unknown option").many(),
}

const PAD1: u8 = 0x00;
const PADN_TYPE: u8 = 0x01;
const TUNNEL_LIMIT: u8 = 0x04;
const ROUTER_ALERT: u8 = 0x05;
const CALIPSO: u8 = 0x07;
const QUICK_START: u8 = 0x26;
const PATH_MTU: u8 = 0x30;
const RPL: u8 = 0x63;
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
    (0x6d, "MPL"),
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
            let function = u8_at(walk.data(), at)?;
            walk.uint(&QS_FUNC, at..at.saturating_add(1), function >> 4)?;
            walk.uint(&QS_RATE, at..at.saturating_add(1), function & 0x0f)?;
            walk.u8(&QS_TTL, at.saturating_add(1))?;
        }
        RPL if len >= 4 => {
            walk.u8(&RPL_FLAG, at)?;
            walk.u8(&RPL_INSTANCE, at.saturating_add(1))?;
            walk.u16(&RPL_RANK, second)?;
        }
        // 0x1e, 0x3e … 0xfe: the low-order bits of an experiment (RFC 4727 section 4.1).
        _ if kind & 0x1f == 0x1e => {
            walk.bytes(&EXPERIMENTAL, at, len)?;
        }
        _ if crate::field::name_of(OPTION_NAMES, kind.into()).is_none() => {
            walk.bytes(&UNKNOWN, at, len)?;
        }
        _ => {}
    }
    Some(())
}
