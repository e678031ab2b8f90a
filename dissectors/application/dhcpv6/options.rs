//! Options of DHCPv6: for each number its fields (RFC 8415 section 21 and those named at the rows).

use core::fmt;
use core::ops::Range;

use super::names;
use crate::application::dhcp::HARDWARE;
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::field::{Field, Value, name_of};
use crate::frame::Timestamp;
use crate::walk::Walk;

fields! {
    TYPE = Field::u16("dhcpv6.option.type", "option").names(names::OPTIONS).many(),
    LENGTH = Field::u16("dhcpv6.option.length", "length").many(),
    TYPE_NAME = Field::text("dhcpv6.option.type_str", "option").many().hidden(),
    DUID = Field::bytes("dhcpv6.duid.bytes", "unique id").many().key(),
    DUID_TYPE = Field::u16("dhcpv6.duid.type", "kind").names(names::DUIDS).many(),
    LLT_HARDWARE = Field::u16("dhcpv6.duidllt.hwtype", "hardware type").names(HARDWARE).many(),
    LLT_TIME = Field::time("dhcpv6.duidllt.time", "made").many(),
    LLT_ADDRESS = Field::text("dhcpv6.duidllt.link_layer_addr", "link-layer address").many(),
    LL_HARDWARE = Field::u16("dhcpv6.duidll.hwtype", "hardware type").names(HARDWARE).many(),
    LL_ADDRESS = Field::text("dhcpv6.duidll.link_layer_addr", "link-layer address").many(),
    EN_ENTERPRISE = Field::u32("dhcpv6.duiden.enterprise", "enterprise").many(),
    EN_IDENTIFIER = Field::bytes("dhcpv6.duiden.identifier", "identifier").many(),
    DUID_UUID = Field::bytes("dhcpv6.duiduuid.bytes", "UUID").many(),
    IAID = Field::text("dhcpv6.iaid", "association").many(),
    T1 = Field::u32("dhcpv6.iaid.t1", "renew after s").names(names::INFINITY).many(),
    T2 = Field::u32("dhcpv6.iaid.t2", "rebind after s").names(names::INFINITY).many(),
    IATA = Field::text("dhcpv6.iata", "temporary association").many(),
    IA_ADDRESS = Field::ipv6("dhcpv6.iaaddr.ip", "address").many().key(),
    IA_PREFERRED = Field::u32("dhcpv6.iaaddr.pref_lifetime", "preferred for s").names(names::INFINITY).many(),
    IA_VALID = Field::u32("dhcpv6.iaaddr.valid_lifetime", "valid for s").names(names::INFINITY).many(),
    REQUESTED = Field::u16("dhcpv6.requested_option_code", "asks for").names(names::OPTIONS).many(),
    PREFERENCE = Field::u8("dhcpv6.option_preference", "preference").many(),
    ELAPSED = Field::u32("dhcpv6.elapsed_time", "elapsed ms").many(),
    AUTH_PROTOCOL = Field::u8("dhcpv6.auth.protocol", "protocol").names(names::AUTH_PROTOCOLS).many(),
    AUTH_ALGORITHM = Field::u8("dhcpv6.auth.algorithm", "algorithm").names(names::AUTH_ALGORITHMS).many(),
    AUTH_RDM = Field::u8("dhcpv6.auth.rdm", "replay detection method").names(names::AUTH_RDMS).many(),
    AUTH_REPLAY = Field::bytes("dhcpv6.auth.replay_detection", "replay detection").many(),
    AUTH_INFO = Field::bytes("dhcpv6.auth.info", "information").many(),
    UNICAST = Field::ipv6("dhcpv6.unicast", "server's address").many(),
    STATUS_CODE = Field::u16("dhcpv6.status_code", "status").names(names::STATUS).many().key(),
    STATUS_MESSAGE = Field::text("dhcpv6.status_msg", "message").many(),
    USER_CLASS_LENGTH = Field::u16("dhcpv6.userclass.length", "length").many(),
    USER_CLASS = Field::bytes("dhcpv6.userclass.opaque_data", "user class").many(),
    VENDOR_CLASS_ENTERPRISE = Field::u32("dhcpv6.vendorclass.enterprise", "enterprise").many(),
    VENDOR_CLASS = Field::text("dhcpv6.vendorclass.data", "vendor class").many(),
    VENDOR_ENTERPRISE = Field::u32("dhcpv6.vendoropts.enterprise", "enterprise").many(),
    VENDOR_CODE = Field::u16("dhcpv6.vendoropts.enterprise.option_code", "vendor's option").many(),
    VENDOR_LENGTH = Field::u16("dhcpv6.vendoropts.enterprise.option_length", "length").many(),
    VENDOR_DATA = Field::bytes("dhcpv6.vendoropts.enterprise.option_data", "value").many(),
    INTERFACE = Field::bytes("dhcpv6.interface_id", "interface").many(),
    RECONFIGURE = Field::u8("dhcpv6.reconf_msg", "message to send").names(names::MESSAGES).many(),
    SIP_NAME = Field::text("dhcpv6.sip_server_domain_search_fqdn", "SIP server").many(),
    SIP_ADDRESS = Field::ipv6("dhcpv6.sip_server_a", "SIP server").many(),
    DNS_SERVER = Field::ipv6("dhcpv6.dns_server", "domain name server").many().key(),
    SEARCH_LIST = Field::text("dhcpv6.search_list_entry", "search list").many(),
    PREFIX_PREFERRED =
        Field::u32("dhcpv6.iaprefix.pref_lifetime", "preferred for s").names(names::INFINITY).many(),
    PREFIX_VALID = Field::u32("dhcpv6.iaprefix.valid_lifetime", "valid for s").names(names::INFINITY).many(),
    PREFIX_LENGTH = Field::u8("dhcpv6.iaprefix.pref_len", "prefix length").many(),
    PREFIX_ADDRESS = Field::ipv6("dhcpv6.iaprefix.pref_addr", "prefix").many().key(),
    NIS_SERVER = Field::ipv6("dhcpv6.nis_server", "NIS server").many(),
    NISP_SERVER = Field::ipv6("dhcpv6.nisp_server", "NIS+ server").many(),
    NIS_DOMAIN = Field::text("dhcpv6.nis_fqdn", "NIS domain").many(),
    NISP_DOMAIN = Field::text("dhcpv6.nisp_fqdn", "NIS+ domain").many(),
    SNTP_SERVER = Field::ipv6("dhcpv6.sntp_server", "SNTP server").many(),
    LIFETIME = Field::u32("dhcpv6.lifetime", "refresh after s").names(names::INFINITY).many(),
    REMOTE_ENTERPRISE = Field::u32("dhcpv6.remoteid.enterprise", "enterprise").many(),
    REMOTE = Field::bytes("dhcpv6.remoteid_enterprise_id", "remote id").many(),
    SUBSCRIBER = Field::text("dhcpv6.subscriber_id", "subscriber").many(),
    FQDN_FLAGS = Field::u8("dhcpv6.client_fqdn_flags", "flags").hex().many(),
    CLIENT_N = Field::bool("dhcpv6.clientfqdn.client.n", "no updates").many(),
    CLIENT_S = Field::bool("dhcpv6.clientfqdn.client.s", "server updates AAAA").many(),
    SERVER_N = Field::bool("dhcpv6.clientfqdn.server.n", "no updates").many(),
    SERVER_O = Field::bool("dhcpv6.clientfqdn.server.o", "server overrides").many(),
    SERVER_S = Field::bool("dhcpv6.clientfqdn.server.s", "server updates AAAA").many(),
    CLIENT_DOMAIN = Field::text("dhcpv6.client_domain", "client's name").many().key(),
    TIME_ZONE = Field::text("dhcpv6.timezone", "time zone").many(),
    TZ_DATABASE = Field::text("dhcpv6.tzdb", "time zone").many(),
    LQ_TYPE = Field::u8("dhcpv6.lq_query", "query").names(names::QUERIES).many(),
    LQ_LINK = Field::ipv6("dhcpv6.lq_query_link_address", "link address").many(),
    CLIENT_TIME = Field::u32("dhcpv6.clt_time", "last heard s ago").many(),
    LQ_PEER = Field::ipv6("dhcpv6.lq_relay_data_peer_addr", "peer address").many(),
    LQ_MESSAGE = Field::bytes("nd.dhcpv6.lq_relay_data.message", "relayed message").many(),
    LQ_CLIENT_LINK = Field::ipv6("dhcpv6.lq_client_link", "client's link").many(),
    CAPWAP = Field::ipv6("dhcpv6.capwap_ac_v6", "CAPWAP controller").many(),
    NTP_TYPE = Field::u16("dhcpv6.ntpserver.option.type", "suboption").names(NTP_KINDS).many(),
    NTP_LENGTH = Field::u16("dhcpv6.ntpserver.option.length", "length").many(),
    NTP_ADDRESS = Field::ipv6("dhcpv6.ntpserver.addr", "NTP server").many(),
    NTP_MULTICAST = Field::ipv6("dhcpv6.ntpserver.mc_addr", "NTP multicast address").many(),
    NTP_NAME = Field::text("dhcpv6.ntpserver.fqdn", "NTP server").many(),
    AFTR = Field::text("dhcpv6.aftr_name", "AFTR").many(),
    EXCLUDE_LENGTH = Field::u8("dhcpv6.pd_exclude.pref_len", "excluded prefix length").many(),
    EXCLUDE_SUBNET = Field::bytes("dhcpv6.pd_exclude.subnet_id", "excluded subnet").many(),
    PORTAL = Field::text("dhcpv6.captive_portal", "captive portal").many(),
    MUD_URL = Field::text("dhcpv6.mudurl", "usage description").many(),
    RELAY_PORT = Field::u16("dhcpv6.relay_port", "relay's port").many(),
    MAX_RT = Field::u32("nd.dhcpv6.max_rt", "asks again within s").many(),
    RAW = Field::bytes("nd.dhcpv6.option.value", "value").many(),
}

const NTP_KINDS: &[(u64, &str)] = &[(1, "server address"), (2, "multicast address"), (3, "server name")];

pub(super) const CLIENT_ID: u16 = 1;
const SERVER_ID: u16 = 2;
const IA_NA: u16 = 3;
const IA_TA: u16 = 4;
pub(super) const ADDRESS: u16 = 5;
pub(super) const RELAY_MESSAGE: u16 = 9;
pub(super) const STATUS: u16 = 13;
const IA_PD: u16 = 25;
pub(super) const PREFIX: u16 = 26;

/// Bytes before the options that options of this number hold; `None` if they hold none.
pub(super) fn fixed_part(code: u16) -> Option<usize> {
    match code {
        IA_NA | IA_PD => Some(12),
        IA_TA => Some(4),
        ADDRESS => Some(24),
        PREFIX => Some(25),
        // Leasequery (RFC 5007): the query, and what is known of a client. Relay-supplied options (RFC 6422).
        44 => Some(17),
        45 | 66 => Some(0),
        _ => None,
    }
}

/// Opens the option at `at`: its number and its length.
pub(super) fn head(walk: &mut Walk<'_, '_>, code: u16, at: usize, end: usize) -> Option<()> {
    walk.open(&TYPE, at..end, Value::Uint(code.into()))?;
    let number = at..at.saturating_add(2);
    let name = if code == 32 { Some("Lifetime") } else { name_of(names::OPTIONS, code.into()) };
    match name {
        Some(name) => walk.emit(&TYPE_NAME, number, Value::Text(name.as_bytes()))?,
        None => walk.format(&TYPE_NAME, number, format_args!("DHCP option {code}"))?,
    }
    walk.u16(&LENGTH, at.saturating_add(2)).map(|_| ())
}

/// What is there of an option that does not fit.
pub(super) fn cut(walk: &mut Walk<'_, '_>, at: Range<usize>) -> Option<()> {
    let (start, len) = (at.start, at.len());
    let Some(left) = len.checked_sub(super::OPTION_HEADER) else {
        return walk.bytes(&RAW, start, len).map(|_| ());
    };
    let code = u16_at(walk.data(), start)?;
    walk.open(&TYPE, at, Value::Uint(code.into()))?;
    walk.u16(&LENGTH, start.saturating_add(2))?;
    if left > 0 {
        walk.bytes(&RAW, start.saturating_add(super::OPTION_HEADER), left)?;
    }
    walk.close();
    Some(())
}

/// Whether a value is as long as its fields want it. What nobody reads may have any length.
pub(super) fn fits(code: u16, value: &[u8]) -> bool {
    let len = value.len();
    let room = |from: usize| value.get(from..).unwrap_or_default();
    match code {
        CLIENT_ID | SERVER_ID | 53 => len >= duid_len(value),
        IA_NA | IA_PD => len >= 12,
        IA_TA | 37 => len >= 4,
        ADDRESS => len >= 24,
        PREFIX => len >= 25,
        6 => len.is_multiple_of(2),
        7 | 19 => len == 1,
        8 | 135 => len == 2,
        RELAY_MESSAGE => len >= super::header_len(value, 0),
        11 => len >= 11,
        12 => len == 16,
        STATUS | 67 => len >= 2,
        15 => is_filled(value, 2),
        16 => len >= 4 && is_filled(room(4), 2),
        17 => len >= 4 && is_filled(room(4), 4),
        21 | 24 | 29 | 30 | 64 => are_names(value),
        22 | 23 | 27 | 28 | 31 | 48 | 52 => len.is_multiple_of(16),
        32 | 46 | 82 | 83 => len == 4,
        39 => !value.is_empty() && are_names(room(1)),
        44 => len >= 17,
        47 => len >= 16,
        56 => is_filled(value, 4),
        _ => true,
    }
}

/// Bytes that a unique identifier of its kind has at least.
fn duid_len(value: &[u8]) -> usize {
    match u16_at(value, 0) {
        Some(1) => 8,
        Some(2) => 6,
        Some(3) => 4,
        _ => 2,
    }
}

/// Whether pieces with so many bytes in front of each, the last two its length, make up the value.
fn is_filled(value: &[u8], front: usize) -> bool {
    let mut at = 0_usize;
    while at < value.len() {
        at = at.saturating_add(front);
        let Some(len) = u16_at(value, at.saturating_sub(2)) else { return false };
        at = at.saturating_add(len.into());
    }
    at == value.len()
}

/// Whether names make up the value.
fn are_names(value: &[u8]) -> bool {
    let mut rest = value;
    while !rest.is_empty() {
        let Some(next) = name_len(rest).and_then(|len| rest.get(len..)) else { return false };
        rest = next;
    }
    true
}

/// The value of an option but for the options inside it. `message` is the type of the message that has it.
pub(super) fn value(walk: &mut Walk<'_, '_>, code: u16, at: Range<usize>, message: u8) -> Option<()> {
    if at.is_empty() {
        return Some(());
    }
    let (start, len) = (at.start, at.len());
    let rest = |from: usize| (start.saturating_add(from), len.saturating_sub(from));
    let bytes = walk.data().get(at.clone())?;
    match code {
        CLIENT_ID | SERVER_ID | 53 if len >= 2 => duid(walk, at),
        // Its fields would go on in the next option.
        _ if !fits(code, bytes) => walk.bytes(&RAW, start, len).map(|_| ()),
        IA_NA | IA_PD => {
            hex(walk, &IAID, start)?;
            walk.u32(&T1, start.saturating_add(4))?;
            walk.u32(&T2, start.saturating_add(8)).map(|_| ())
        }
        IA_TA => hex(walk, &IATA, start),
        ADDRESS => {
            walk.ipv6(&IA_ADDRESS, start)?;
            walk.u32(&IA_PREFERRED, start.saturating_add(16))?;
            walk.u32(&IA_VALID, start.saturating_add(20)).map(|_| ())
        }
        6 => at.step_by(2).try_for_each(|at| walk.u16(&REQUESTED, at).map(|_| ())),
        7 => walk.u8(&PREFERENCE, start).map(|_| ()),
        8 => {
            let hundredths = u16_at(walk.data(), start)?;
            walk.uint(&ELAPSED, at, u32::from(hundredths).saturating_mul(10))
        }
        RELAY_MESSAGE | 45 | 66 => Some(()),
        11 => {
            walk.u8(&AUTH_PROTOCOL, start)?;
            walk.u8(&AUTH_ALGORITHM, start.saturating_add(1))?;
            walk.u8(&AUTH_RDM, start.saturating_add(2))?;
            walk.bytes(&AUTH_REPLAY, start.saturating_add(3), 8)?;
            let (from, left) = rest(11);
            if left > 0 {
                walk.bytes(&AUTH_INFO, from, left)?;
            }
            Some(())
        }
        12 => walk.ipv6(&UNICAST, start).map(|_| ()),
        STATUS => {
            walk.u16(&STATUS_CODE, start)?;
            let (from, left) = rest(2);
            if left > 0 {
                walk.text(&STATUS_MESSAGE, from, left)?;
            }
            Some(())
        }
        15 => pieces(walk, at, |walk, at| {
            walk.u16(&USER_CLASS_LENGTH, at.start.saturating_sub(2))?;
            walk.bytes(&USER_CLASS, at.start, at.len()).map(|_| ())
        }),
        16 => {
            walk.u32(&VENDOR_CLASS_ENTERPRISE, start)?;
            pieces(walk, start.saturating_add(4)..at.end, |walk, at| {
                walk.text(&VENDOR_CLASS, at.start, at.len()).map(|_| ())
            })
        }
        17 => {
            walk.u32(&VENDOR_ENTERPRISE, start)?;
            coded(walk, start.saturating_add(4)..at.end, |walk, _, at| {
                walk.u16(&VENDOR_CODE, at.start.saturating_sub(4))?;
                walk.u16(&VENDOR_LENGTH, at.start.saturating_sub(2))?;
                walk.bytes(&VENDOR_DATA, at.start, at.len()).map(|_| ())
            })
        }
        18 => walk.bytes(&INTERFACE, start, len).map(|_| ()),
        19 => walk.u8(&RECONFIGURE, start).map(|_| ()),
        21 => domains(walk, &SIP_NAME, at),
        22 => addresses(walk, &SIP_ADDRESS, at),
        23 => addresses(walk, &DNS_SERVER, at),
        24 => domains(walk, &SEARCH_LIST, at),
        PREFIX => {
            walk.u32(&PREFIX_PREFERRED, start)?;
            walk.u32(&PREFIX_VALID, start.saturating_add(4))?;
            walk.u8(&PREFIX_LENGTH, start.saturating_add(8))?;
            walk.ipv6(&PREFIX_ADDRESS, start.saturating_add(9)).map(|_| ())
        }
        27 => addresses(walk, &NIS_SERVER, at),
        28 => addresses(walk, &NISP_SERVER, at),
        29 => domains(walk, &NIS_DOMAIN, at),
        30 => domains(walk, &NISP_DOMAIN, at),
        31 => addresses(walk, &SNTP_SERVER, at),
        32 => walk.u32(&LIFETIME, start).map(|_| ()),
        37 => {
            walk.u32(&REMOTE_ENTERPRISE, start)?;
            let (from, left) = rest(4);
            walk.bytes(&REMOTE, from, left).map(|_| ())
        }
        38 => walk.text(&SUBSCRIBER, start, len).map(|_| ()),
        39 => fqdn(walk, at, message),
        41 => walk.text(&TIME_ZONE, start, len).map(|_| ()),
        42 => walk.text(&TZ_DATABASE, start, len).map(|_| ()),
        44 => {
            walk.u8(&LQ_TYPE, start)?;
            walk.ipv6(&LQ_LINK, start.saturating_add(1)).map(|_| ())
        }
        46 => walk.u32(&CLIENT_TIME, start).map(|_| ()),
        47 => {
            walk.ipv6(&LQ_PEER, start)?;
            let (from, left) = rest(16);
            if left > 0 {
                walk.bytes(&LQ_MESSAGE, from, left)?;
            }
            Some(())
        }
        48 => addresses(walk, &LQ_CLIENT_LINK, at),
        52 => addresses(walk, &CAPWAP, at),
        56 => coded(walk, at, ntp),
        64 => domains(walk, &AFTR, at),
        67 => {
            walk.u8(&EXCLUDE_LENGTH, start)?;
            let (from, left) = rest(1);
            walk.bytes(&EXCLUDE_SUBNET, from, left).map(|_| ())
        }
        // RFC 8415 sections 21.24 and 21.25.
        82 | 83 => walk.u32(&MAX_RT, start).map(|_| ()),
        103 => walk.text(&PORTAL, start, len).map(|_| ()),
        112 => walk.text(&MUD_URL, start, len).map(|_| ()),
        135 => walk.u16(&RELAY_PORT, start).map(|_| ()),
        _ => walk.bytes(&RAW, start, len).map(|_| ()),
    }
}

/// Four bytes that are shown as text of hexadecimal digits.
fn hex(walk: &mut Walk<'_, '_>, field: &'static Field, at: usize) -> Option<()> {
    let number = u32_at(walk.data(), at)?;
    walk.format(field, at..at.saturating_add(4), format_args!("{number:08x}"))
}

/// A unique identifier (RFC 8415 section 11, RFC 6355).
fn duid(walk: &mut Walk<'_, '_>, at: Range<usize>) -> Option<()> {
    /// Seconds from 1970 to 2000.
    const EPOCH: i64 = 946_684_800;
    let (start, end) = (at.start, at.end);
    walk.bytes(&DUID, start, at.len())?;
    let kind = walk.u16(&DUID_TYPE, start)?;
    if at.len() < duid_len(walk.data().get(at)?) {
        return Some(());
    }
    let at = start.saturating_add(2);
    match kind {
        1 => {
            walk.u16(&LLT_HARDWARE, at)?;
            let seconds = u32_at(walk.data(), at.saturating_add(2))?;
            let time = Timestamp::new(EPOCH.saturating_add(seconds.into()), 0);
            let address = at.saturating_add(6);
            walk.emit(&LLT_TIME, at.saturating_add(2)..address, Value::Time(time))?;
            hardware(walk, &LLT_ADDRESS, address..end)
        }
        2 => {
            walk.u32(&EN_ENTERPRISE, at)?;
            let from = at.saturating_add(4);
            walk.bytes(&EN_IDENTIFIER, from, end.saturating_sub(from)).map(|_| ())
        }
        3 => {
            walk.u16(&LL_HARDWARE, at)?;
            hardware(walk, &LL_ADDRESS, at.saturating_add(2)..end)
        }
        4 => walk.bytes(&DUID_UUID, at, end.saturating_sub(at)).map(|_| ()),
        _ => Some(()),
    }
}

/// A hardware address: of six bytes with colons, else without.
fn hardware(walk: &mut Walk<'_, '_>, field: &'static Field, at: Range<usize>) -> Option<()> {
    if at.is_empty() {
        return Some(());
    }
    let bytes = walk.data().get(at.clone())?;
    if let &[a, b, c, d, e, f] = bytes {
        return walk.format(field, at, format_args!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"));
    }
    walk.format(field, at, format_args!("{}", super::Hex(bytes)))
}

fn addresses(walk: &mut Walk<'_, '_>, field: &'static Field, at: Range<usize>) -> Option<()> {
    for here in at.clone().step_by(16).filter(|here| here.saturating_add(16) <= at.end) {
        walk.ipv6(field, here)?;
    }
    Some(())
}

/// Pieces with a length of 16 bits in front of each; ends with the first that does not fit.
fn pieces(
    walk: &mut Walk<'_, '_>,
    area: Range<usize>,
    each: impl Fn(&mut Walk<'_, '_>, Range<usize>) -> Option<()>,
) -> Option<()> {
    let mut at = area.start;
    while at < area.end {
        let start = at.saturating_add(2);
        let end = start.saturating_add(u16_at(walk.data(), at)?.into());
        if end > area.end {
            break;
        }
        each(walk, start..end)?;
        at = end;
    }
    Some(())
}

/// The same, with a number in front of the length.
fn coded(
    walk: &mut Walk<'_, '_>,
    area: Range<usize>,
    each: impl Fn(&mut Walk<'_, '_>, u16, Range<usize>) -> Option<()>,
) -> Option<()> {
    let mut at = area.start;
    while at < area.end {
        let code = u16_at(walk.data(), at)?;
        let start = at.saturating_add(4);
        let end = start.saturating_add(u16_at(walk.data(), at.saturating_add(2))?.into());
        if end > area.end {
            break;
        }
        each(walk, code, start..end)?;
        at = end;
    }
    Some(())
}

/// A suboption of NTP servers (RFC 5908 section 4).
fn ntp(walk: &mut Walk<'_, '_>, code: u16, at: Range<usize>) -> Option<()> {
    walk.u16(&NTP_TYPE, at.start.saturating_sub(4))?;
    walk.u16(&NTP_LENGTH, at.start.saturating_sub(2))?;
    match (code, at.len()) {
        (1, 16) => walk.ipv6(&NTP_ADDRESS, at.start).map(|_| ()),
        (2, 16) => walk.ipv6(&NTP_MULTICAST, at.start).map(|_| ()),
        (3, _) => domains(walk, &NTP_NAME, at),
        (_, 0) => Some(()),
        (_, len) => walk.bytes(&RAW, at.start, len).map(|_| ()),
    }
}

/// The client's name and who enters it into the DNS (RFC 4704 section 4).
fn fqdn(walk: &mut Walk<'_, '_>, at: Range<usize>, message: u8) -> Option<()> {
    let flags = u8_at(walk.data(), at.start)?;
    let here = at.start..at.start.saturating_add(1);
    walk.open(&FQDN_FLAGS, here.clone(), Value::Uint(flags.into()))?;
    match message {
        // Solicit, request, renew, rebind.
        1 | 3 | 5 | 6 => {
            walk.bool(&CLIENT_N, here.clone(), flags & 4 != 0)?;
            walk.bool(&CLIENT_S, here, flags & 1 != 0)?;
        }
        // Advertise, reply.
        2 | 7 => {
            walk.bool(&SERVER_N, here.clone(), flags & 4 != 0)?;
            walk.bool(&SERVER_O, here.clone(), flags & 2 != 0)?;
            walk.bool(&SERVER_S, here, flags & 1 != 0)?;
        }
        _ => {}
    }
    walk.close();
    domains(walk, &CLIENT_DOMAIN, at.start.saturating_add(1)..at.end)
}

/// Domain names one after the other (RFC 8415 section 10); the last may be a part of one, without its root.
fn domains(walk: &mut Walk<'_, '_>, field: &'static Field, area: Range<usize>) -> Option<()> {
    let mut at = area.start;
    while at < area.end {
        let rest = walk.data().get(at..area.end)?;
        let Some(len) = name_len(rest) else { return walk.bytes(&RAW, at, rest.len()).map(|_| ()) };
        let end = at.saturating_add(len);
        walk.format(field, at..end, format_args!("{}", Domain(walk.data().get(at..end)?)))?;
        at = end;
    }
    Some(())
}

/// Bytes of the name at the start of `data`; `None` if a label does not fit.
fn name_len(data: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    while let Some(len) = u8_at(data, at) {
        at = at.saturating_add(1).saturating_add(len.into());
        if len == 0 {
            break;
        }
        if len > 63 || at > data.len() {
            return None;
        }
    }
    Some(at)
}

/// A domain name, with a dot behind it if it ends in the root.
struct Domain<'a>(&'a [u8]);

impl fmt::Display for Domain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut first = true;
        while let Some((&len, after)) = rest.split_first() {
            if !first || len == 0 {
                f.write_str(".")?;
            }
            first = false;
            let Some((label, next)) = after.split_at_checked(len.into()) else { return Ok(()) };
            for chunk in label.utf8_chunks() {
                f.write_str(chunk.valid())?;
                if !chunk.invalid().is_empty() {
                    f.write_str("\u{fffd}")?;
                }
            }
            rest = next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    #[test]
    fn names_addresses_and_suboptions() {
        let reply = bytes(
            "07 000001 0002 000e 0001 0001 00000000 020000000001
             0018 0011 03777777 076578616d706c65 036e6574 00",
        );
        let seen = Talk::new("dhcpv6").datagram(0, &reply);
        seen.expect(&[
            ("dhcpv6.duidllt.time", "946684800.000000000"),
            ("dhcpv6.duidllt.link_layer_addr", "02:00:00:00:00:01"),
            ("dhcpv6.search_list_entry", "www.example.net."),
        ]);
        let more = bytes(
            "07 000001 0027 0005 02 03 706331 000d 0005 0002 6e6f6e
             0038 0014 0001 0010 20010db8000000000000000000000001 0010 000a 00000009 0004 61626364 ffff 0001 2a",
        );
        let seen = Talk::new("dhcpv6").datagram(0, &more);
        seen.expect(&[
            ("dhcpv6.client_fqdn_flags", "0x02"),
            ("dhcpv6.clientfqdn.server.o", "1"),
            ("dhcpv6.clientfqdn.client.s", ""),
            ("dhcpv6.status_code", "2"),
            ("dhcpv6.status_msg", "non"),
            ("dhcpv6.ntpserver.addr", "2001:db8::1"),
            ("dhcpv6.vendorclass.data", "abcd"),
            (
                "dhcpv6.option.type_str",
                "Client Fully Qualified Domain Name,Status code,NTP Server,Vendor Class,DHCP option 65535",
            ),
            ("nd.dhcpv6.option.value", "2a"),
        ]);
        Talk::new("dhcpv6").survives(&more);
        let reply = bytes(
            "0f 000001 002f 0012 20010db8000000000000000000000001 0d00 0052 0004 00000e10 0020 0004 ffffffff
             0038 0007 0003 0003 05 6161",
        );
        let seen = Talk::new("dhcpv6").datagram(0, &reply);
        assert_eq!(seen.faults.len(), 0);
        seen.expect(&[
            ("dhcpv6.lq_relay_data_peer_addr", "2001:db8::1"),
            ("nd.dhcpv6.lq_relay_data.message", "0d00"),
            ("nd.dhcpv6.max_rt", "3600"),
            ("dhcpv6.lifetime", "4294967295"),
            ("dhcpv6.option.type_str", "Leasequery Relay Data,SOL_MAX_RT,Lifetime,NTP Server"),
            ("dhcpv6.ntpserver.fqdn", ""),
            ("nd.dhcpv6.option.value", "056161"),
        ]);
    }
}
