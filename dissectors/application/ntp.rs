//! Network Time Protocol, versions 1 to 4 (RFC 5905, RFC 1305, RFC 1119, RFC 1059), its control messages (RFC 9327)
//! and the header of ntpd's private ones (mode 7).

use alloc::collections::VecDeque;
use core::fmt;
use core::ops::Range;

use crate::bytes::{chunk, u8_at, u16_at, u32_at, u64_at};
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Parsed};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, name_of};
use crate::frame::Timestamp;
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    FLAGS = Field::u8("ntp.flags", "flags").hex(),
    LEAP = Field::u8("ntp.flags.li", "leap indicator").names(LEAPS),
    PRIVATE_RESPONSE = Field::u8("ntp.priv.flags.r", "response"),
    PRIVATE_MORE = Field::u8("ntp.priv.flags.more", "more follows"),
    VERSION = Field::u8("ntp.flags.vn", "version").key(),
    MODE = Field::u8("ntp.flags.mode", "mode").names(MODES).key(),
    STRATUM = Field::u8("ntp.stratum", "stratum").key(),
    POLL = Field::u8("ntp.ppoll", "polling interval, as a power of 2 in s"),
    PRECISION = Field::u8("ntp.precision", "precision, unsigned"),
    PRECISION_POWER = Field::int("nd.ntp.precision", "precision, as a power of 2 in s", 8),
    ROOT_DELAY = Field::u32("ntp.rootdelay", "root delay in 1/65536 s"),
    ROOT_DISPERSION = Field::u32("ntp.rootdispersion", "root dispersion in 1/65536 s"),
    REFERENCE = Field::bytes("ntp.refid", "reference id"),
    REFERENCE_TEXT = Field::text("nd.ntp.refid.text", "as text"),
    REFERENCE_ADDRESS = Field::ipv4("nd.ntp.refid.ipv4", "as an address"),
    REFERENCE_TIME = Field::time("ntp.reftime", "reference time"),
    ORIGIN_TIME = Field::time("ntp.org", "origin time"),
    RECEIVE_TIME = Field::time("ntp.rec", "receive time"),
    TRANSMIT_TIME = Field::time("ntp.xmt", "transmit time").key(),
    EXTENSION = Field::flag("ntp.ext", "extension").many(),
    EXTENSION_TYPE = Field::u16("ntp.ext.type", "type").hex().names(EXTENSIONS).many(),
    EXTENSION_LENGTH = Field::u16("ntp.ext.length", "length").many(),
    EXTENSION_VALUE = Field::bytes("ntp.ext.value", "value").many(),
    KEY_ID = Field::bytes("ntp.keyid", "key id"),
    MAC = Field::bytes("ntp.mac", "message authentication code"),
    REQUEST_IN = Field::frame("ntp.request_in", "request in frame"),
    RESPONSE_IN = Field::frame("ntp.response_in", "response in frame"),
    DELTA = Field::duration("ntp.delta_time", "time since the request"),

    CONTROL = Field::u8("ntp.ctrl.flags2", "control flags").hex(),
    CONTROL_RESPONSE = Field::u8("ntp.ctrl.flags2.r", "response"),
    CONTROL_ERROR = Field::u8("ntp.ctrl.flags2.error", "error"),
    CONTROL_MORE = Field::u8("ntp.ctrl.flags2.more", "more follows"),
    CONTROL_OPCODE = Field::u8("ntp.ctrl.flags2.opcode", "operation").names(OPERATIONS),
    SEQUENCE = Field::u16("ntp.ctrl.sequence", "sequence"),
    STATUS = Field::u16("ntp.ctrl.status", "status").hex().many(),
    ERROR_STATUS = Field::u16("ntp.ctrl.err_status", "error").names(ERRORS),
    SYSTEM_LEAP = Field::u16("ntp.ctrl.sys_status.li", "leap indicator").names(LEAPS),
    SYSTEM_SOURCE = Field::u16("ntp.ctrl.sys_status.clksrc", "clock source").names(SOURCES),
    SYSTEM_COUNT = Field::u16("ntp.ctrl.sys_status.count", "system events"),
    SYSTEM_CODE = Field::u16("ntp.ctrl.sys_status.code", "last system event").names(SYSTEM_EVENTS),
    PEER_CONFIGURED = Field::bool("ntp.ctrl.peer_status.config", "configured").many(),
    PEER_AUTHENTICATES = Field::bool("ntp.ctrl.peer_status.authenable", "authentication enabled").many(),
    PEER_AUTHENTIC = Field::bool("ntp.ctrl.peer_status.authentic", "authentication good").many(),
    PEER_REACHABLE = Field::bool("ntp.ctrl.peer_status.reach", "reachable").many(),
    PEER_BROADCAST = Field::bool("ntp.ctrl.peer_status.bcast", "broadcast").many(),
    PEER_SELECTION = Field::u16("ntp.ctrl.peer_status.selection", "selection").names(SELECTIONS).many(),
    PEER_COUNT = Field::u16("ntp.ctrl.peer_status.count", "peer events").many(),
    PEER_CODE = Field::u16("ntp.ctrl.peer_status.code", "last peer event").names(PEER_EVENTS).many(),
    CLOCK_STATUS = Field::u16("ntp.ctrl.clock_status.status", "clock status").names(CLOCK_STATES),
    CLOCK_CODE = Field::u16("ntp.ctrl.clock_status.code", "last clock event").names(CLOCK_STATES),
    ASSOCIATION = Field::u16("ntp.ctrl.associd", "association id").many(),
    OFFSET = Field::u16("ntp.ctrl.offset", "offset"),
    COUNT = Field::u16("ntp.ctrl.count", "data bytes"),
    VARIABLES = Field::text("nd.ntp.ctrl.variables", "variables"),

    AUTH_SEQUENCE = Field::u8("ntp.priv.auth_seq", "authentication and sequence"),
    AUTH = Field::u8("ntp.priv.auth", "authenticated"),
    PRIVATE_SEQUENCE = Field::u8("ntp.priv.seq", "sequence"),
    IMPLEMENTATION = Field::u8("ntp.priv.impl", "implementation").names(IMPLEMENTATIONS),
    REQUEST_CODE = Field::u8("ntp.priv.reqcode", "request code").names(REQUESTS),
    PRIVATE_ERROR = Field::u8("ntp.priv.err", "error").hex(),
    ITEMS = Field::u16("ntp.priv.numitems", "items"),
    PRIVATE_RESERVED = Field::u8("ntp.priv.reserved", "reserved").hex(),
    ITEM_SIZE = Field::u16("ntp.priv.itemsize", "item size"),
}

static PROTOCOL: Protocol = Protocol {
    name: "ntp",
    title: "NTP",
    about: "Network Time Protocol (RFC 5905, RFC 9327)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, PORT), Key::new(&TCP_PORT, PORT)];
const PORT: u32 = 123;

const LEAPS: &[(u64, &str)] = &[
    (0, "no warning"),
    (1, "last minute has 61 seconds"),
    (2, "last minute has 59 seconds"),
    (3, "not synchronized"),
];
/// RFC 5905 figure 10.
const MODES: &[(u64, &str)] = &[
    (0, "reserved"),
    (1, "symmetric active"),
    (2, "symmetric passive"),
    (3, "client"),
    (4, "server"),
    (5, "broadcast"),
    (6, "control"),
    (7, "private"),
];
/// Extension fields (IANA "NTP Parameters"; RFC 5906, RFC 8915, RFC 7821).
const EXTENSIONS: &[(u64, &str)] = &[
    (0x0104, "unique identifier"),
    (0x0200, "no operation, request"),
    (0x0201, "association, request"),
    (0x0202, "certificate, request"),
    (0x0203, "cookie, request"),
    (0x0204, "NTS cookie"),
    (0x0205, "leap seconds, request"),
    (0x0206, "sign, request"),
    (0x0207, "IFF identity, request"),
    (0x0208, "GQ identity, request"),
    (0x0209, "MV identity, request"),
    (0x0304, "NTS cookie placeholder"),
    (0x0404, "NTS authenticator and encrypted fields"),
    (0x2005, "UDP checksum complement"),
    (0x8200, "no operation, response"),
    (0x8201, "association, response"),
    (0x8202, "certificate, response"),
    (0x8203, "cookie, response"),
    (0x8204, "autokey, response"),
    (0x8205, "leap seconds, response"),
    (0x8206, "sign, response"),
];
/// RFC 9327 section 2.
const OPERATIONS: &[(u64, &str)] = &[
    (0, "reserved"),
    (1, "read status"),
    (2, "read variables"),
    (3, "write variables"),
    (4, "read clock variables"),
    (5, "write clock variables"),
    (6, "set trap"),
    (7, "trap response"),
    (8, "runtime configuration"),
    (9, "save configuration"),
    (10, "read most recently used"),
    (11, "read ordered list"),
    (12, "request nonce"),
    (31, "unset trap"),
];
/// RFC 9327 section 3.4.
const ERRORS: &[(u64, &str)] = &[
    (0, "unspecified"),
    (1, "authentication failure"),
    (2, "invalid length or format"),
    (3, "invalid opcode"),
    (4, "unknown association"),
    (5, "unknown variable"),
    (6, "invalid value"),
    (7, "administratively prohibited"),
];
/// RFC 9327 section 3.1.
const SOURCES: &[(u64, &str)] = &[
    (0, "unknown"),
    (1, "calibrated atomic clock"),
    (2, "VLF or LF radio"),
    (3, "HF radio"),
    (4, "UHF radio"),
    (5, "local net"),
    (6, "NTP"),
    (7, "UDP/TIME"),
    (8, "wristwatch"),
    (9, "modem"),
];
const SYSTEM_EVENTS: &[(u64, &str)] = &[
    (0, "unspecified"),
    (1, "frequency not set"),
    (2, "frequency set"),
    (3, "spike detected"),
    (4, "frequency mode"),
    (5, "clock synchronized"),
    (6, "restart"),
    (7, "panic stop"),
    (8, "no system peer"),
    (9, "leap second armed"),
    (10, "leap second disarmed"),
    (11, "leap second inserted or deleted"),
    (12, "clock step"),
    (13, "kernel"),
    (14, "leap second values updated"),
    (15, "stale leap second values"),
];
/// RFC 9327 section 3.2.
const SELECTIONS: &[(u64, &str)] = &[
    (0, "rejected"),
    (1, "discarded by the intersection"),
    (2, "discarded by table overflow"),
    (3, "discarded by the cluster"),
    (4, "included by the combination"),
    (5, "backup"),
    (6, "system peer"),
    (7, "PPS peer"),
];
const PEER_EVENTS: &[(u64, &str)] = &[
    (0, "unspecified"),
    (1, "mobilized"),
    (2, "demobilized"),
    (3, "unreachable"),
    (4, "reachable"),
    (5, "restart"),
    (6, "no reply"),
    (7, "rate exceeded"),
    (8, "access denied"),
    (9, "leap second armed"),
    (10, "became system peer"),
    (11, "clock event"),
    (12, "authentication failure"),
    (13, "popcorn"),
    (14, "interleaved mode"),
    (15, "interleave recovery"),
];
/// RFC 9327 section 3.3.
const CLOCK_STATES: &[(u64, &str)] = &[
    (0, "nominal"),
    (1, "no reply"),
    (2, "bad format"),
    (3, "fault"),
    (4, "bad signal"),
    (5, "bad date"),
    (6, "bad time"),
];
/// ntpd's include/ntp_request.h.
const IMPLEMENTATIONS: &[(u64, &str)] = &[(0, "universal"), (2, "xntpd, before IPv6"), (3, "xntpd")];
const REQUESTS: &[(u64, &str)] = &[
    (0, "PEER_LIST"),
    (1, "PEER_LIST_SUM"),
    (2, "PEER_INFO"),
    (3, "PEER_STATS"),
    (4, "SYS_INFO"),
    (5, "SYS_STATS"),
    (6, "IO_STATS"),
    (7, "MEM_STATS"),
    (8, "LOOP_INFO"),
    (9, "TIMER_STATS"),
    (10, "CONFIG"),
    (11, "UNCONFIG"),
    (12, "SET_SYS_FLAG"),
    (13, "CLR_SYS_FLAG"),
    (16, "GET_RESTRICT"),
    (17, "RESADDFLAGS"),
    (18, "RESSUBFLAGS"),
    (19, "UNRESTRICT"),
    (20, "MON_GETLIST"),
    (21, "RESET_STATS"),
    (22, "RESET_PEER"),
    (23, "REREAD_KEYS"),
    (26, "TRUSTKEY"),
    (27, "UNTRUSTKEY"),
    (28, "AUTHINFO"),
    (29, "TRAPS"),
    (30, "ADD_TRAP"),
    (31, "CLR_TRAP"),
    (32, "REQUEST_KEY"),
    (33, "CONTROL_KEY"),
    (34, "GET_CTLSTATS"),
    (36, "GET_CLOCKINFO"),
    (37, "CLR_CLKBUGINFO"),
    (38, "GET_KERNEL"),
    (39, "GET_CLKBUGINFO"),
    (42, "MON_GETLIST_1"),
    (43, "HOSTNAME_ASSOCID"),
    (44, "IF_STATS"),
    (45, "IF_RELOAD"),
];

const CONTROL_MODE: u8 = 6;
const PRIVATE_MODE: u8 = 7;
/// Bytes of each kind of header.
const HEADER: usize = 48;
const CONTROL_HEADER: usize = 12;
const PRIVATE_HEADER: usize = 8;
/// What may stand behind the header without being an extension field: a key id and a digest of 160 bits
/// (RFC 7822 section 7.5).
const MAX_MAC: usize = 24;
/// Where the times stand.
const REFERENCE_AT: usize = 16;
const ORIGIN_AT: usize = 24;
const TRANSMIT_AT: usize = 40;
/// Requests of one conversation that wait for their answers.
const MAX_OPEN: usize = 16;

/// Network Time Protocol.
#[derive(Debug)]
pub struct Ntp;

/// A request, known again by its transmit time, which the answer repeats (RFC 5905 section 8).
#[derive(Debug)]
struct Request {
    transmit: u64,
    frame: u64,
    time: Timestamp,
}

#[derive(Debug, Default)]
struct Open(VecDeque<Request>);

impl Memory for Open {
    fn heap(&self) -> usize {
        self.0.capacity().saturating_mul(size_of::<Request>())
    }
}

impl Dissector for Ntp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let need = match mode(u8_at(data, 0).unwrap_or_default()) {
            CONTROL_MODE => CONTROL_HEADER,
            PRIVATE_MODE => PRIVATE_HEADER,
            _ => HEADER,
        };
        if data.len() < need {
            cx.flaw(Fault::Short { need, have: data.len() });
        } else if need == HEADER {
            if u8_at(data, 0).is_some_and(is_extensible)
                && let Err(fault) = extensions_end(data, cx.wire_len)
            {
                cx.flaw(fault);
            }
            pair(data, cx);
        }
        Ok(Parsed::end(cx.wire_len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let flags = u8_at(walk.data(), 0)?;
        walk.open(&FLAGS, 0..1, Value::Uint(flags.into()))?;
        if mode(flags) == PRIVATE_MODE {
            walk.uint(&PRIVATE_RESPONSE, 0..1, flags >> 7)?;
            walk.uint(&PRIVATE_MORE, 0..1, flags >> 6 & 1)?;
        } else {
            walk.uint(&LEAP, 0..1, flags >> 6)?;
        }
        walk.uint(&VERSION, 0..1, version(flags))?;
        walk.uint(&MODE, 0..1, mode(flags))?;
        walk.close();
        match mode(flags) {
            CONTROL_MODE => control(walk),
            PRIVATE_MODE => private(walk),
            _ => standard(walk),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(flags) = u8_at(data, 0) else { return out.write_str("header cut") };
        write!(out, "NTP Version {}", version(flags))?;
        if let Some(name) = name_of(MODES, mode(flags).into()) {
            write!(out, ", {name}")?;
        }
        let said = |response: bool| if response { "response" } else { "request" };
        match mode(flags) {
            CONTROL_MODE => match u8_at(data, 1) {
                Some(control) => {
                    write!(out, ", {}", said(control & 0x80 != 0))?;
                    named(out, OPERATIONS, control & 0x1f)?;
                    // RFC 9327 section 3.4: the status is then an error.
                    match u8_at(data, 4).filter(|_| control & 0xc0 == 0xc0) {
                        Some(error) => match name_of(ERRORS, error.into()) {
                            Some(name) => write!(out, ", error: {name}"),
                            None => write!(out, ", error {error}"),
                        },
                        None => Ok(()),
                    }
                }
                None => Ok(()),
            },
            PRIVATE_MODE => {
                write!(out, ", {}", said(flags & 0x80 != 0))?;
                u8_at(data, 3).map_or(Ok(()), |code| named(out, REQUESTS, code))
            }
            _ => Ok(()),
        }
    }
}

fn named(out: &mut dyn fmt::Write, names: &'static [(u64, &'static str)], code: u8) -> fmt::Result {
    match name_of(names, code.into()) {
        Some(name) => write!(out, ", {name}"),
        None => write!(out, ", operation {code}"),
    }
}

fn mode(flags: u8) -> u8 {
    flags & 7
}

fn version(flags: u8) -> u8 {
    flags >> 3 & 7
}

/// A time on the wire (RFC 5905 section 6). The era is the one in which the upper bit says 1968 to 2036, and
/// without it 2036 to 2104 (RFC 4330 section 3); zero is no time.
fn time(seconds: u32, fraction: u32) -> Timestamp {
    /// Seconds from 1900, and from 1970 to the second era.
    const FIRST_ERA: i64 = 2_208_988_800;
    const SECOND_ERA: i64 = 2_085_978_496;
    if seconds == 0 && fraction == 0 {
        return Timestamp::INVALID;
    }
    let secs = if seconds & 0x8000_0000 == 0 {
        i64::from(seconds).saturating_add(SECOND_ERA)
    } else {
        i64::from(seconds).saturating_sub(FIRST_ERA)
    };
    Timestamp::new(secs, u64::from(fraction).saturating_mul(1_000_000_000) >> 32)
}

/// Whether messages of this version have extension fields (RFC 5905 section 7.5).
fn is_extensible(flags: u8) -> bool {
    version(flags) >= 4
}

/// Where the extension fields end, behind which a MAC may stand.
fn extensions_end(data: &[u8], wire: usize) -> Result<usize, Fault> {
    let mut at = HEADER;
    while wire.saturating_sub(at) > MAX_MAC {
        let Some(len) = u16_at(data, at.saturating_add(2)) else {
            return Err(Fault::Short { need: at.saturating_add(4), have: data.len() });
        };
        let len = usize::from(len);
        if len < 4 || len > wire.saturating_sub(at) {
            return Err(Fault::Malformed("extension does not fit its message (ntp.ext.length)"));
        }
        at = at.saturating_add(len);
    }
    Ok(at)
}

/// Remembers a client's request, or finds the one that a server answers.
fn pair(data: &[u8], cx: &mut Context<'_>) {
    let (frame, now) = (cx.frame, cx.time);
    let mode = mode(u8_at(data, 0).unwrap_or_default());
    let (Some(origin), Some(transmit)) = (u64_at(data, ORIGIN_AT), u64_at(data, TRANSMIT_AT)) else { return };
    let Some(Open(open)) = cx.state::<Open>() else { return };
    match mode {
        3 => {
            if open.len() >= MAX_OPEN {
                open.pop_front();
            }
            open.push_back(Request { transmit, frame, time: now });
        }
        4 => {
            let request = open.iter().position(|request| request.transmit == origin);
            if let Some(Request { frame, time, .. }) = request.and_then(|at| open.remove(at)) {
                cx.link(Link::Request { frame, time });
            }
        }
        _ => {}
    }
}

/// A message of the protocol proper (RFC 5905 section 7.3).
fn standard(walk: &mut Walk<'_, '_>) -> Option<()> {
    walk.u8(&STRATUM, 1)?;
    walk.u8(&POLL, 2)?;
    let precision = walk.u8(&PRECISION, 3)?;
    walk.emit(&PRECISION_POWER, 3..4, Value::Int(precision.cast_signed().into()))?;
    walk.u32(&ROOT_DELAY, 4)?;
    walk.u32(&ROOT_DISPERSION, 8)?;
    reference(walk)?;
    let times = [&REFERENCE_TIME, &ORIGIN_TIME, &RECEIVE_TIME, &TRANSMIT_TIME];
    for (field, at) in times.into_iter().zip((REFERENCE_AT..HEADER).step_by(8)) {
        let (seconds, fraction) = (u32_at(walk.data(), at)?, u32_at(walk.data(), at.saturating_add(4))?);
        walk.emit(field, at..at.saturating_add(8), Value::Time(time(seconds, fraction)))?;
    }
    let end = walk.data().len();
    let mut at = HEADER;
    let extensible = u8_at(walk.data(), 0).is_some_and(is_extensible);
    while extensible && end.saturating_sub(at) > MAX_MAC {
        let len = usize::from(u16_at(walk.data(), at.saturating_add(2))?);
        let whole = at..at.saturating_add(len);
        if len < 4 || whole.end > end {
            return None;
        }
        walk.open(&EXTENSION, whole, Value::None)?;
        walk.u16(&EXTENSION_TYPE, at)?;
        walk.u16(&EXTENSION_LENGTH, at.saturating_add(2))?;
        walk.bytes(&EXTENSION_VALUE, at.saturating_add(4), len.saturating_sub(4))?;
        walk.close();
        at = at.saturating_add(len);
    }
    if let Some(mac) = end.checked_sub(at.saturating_add(4)) {
        walk.bytes(&KEY_ID, at, 4)?;
        if mac > 0 {
            walk.bytes(&MAC, at.saturating_add(4), mac)?;
        }
    }
    for link in walk.links() {
        match link {
            Link::Request { frame, time } => {
                walk.uint(&REQUEST_IN, 0..0, frame)?;
                walk.since(&DELTA, time)?;
            }
            Link::ResponseIn(frame) => walk.uint(&RESPONSE_IN, 0..0, frame)?,
            _ => {}
        }
    }
    Some(())
}

/// What a server takes its time from (RFC 5905 section 7.3): of a primary server the name of a clock, of another one
/// the address of its server, or part of a digest if that has one of IPv6; without a stratum, why there is no time
/// (section 7.4).
fn reference(walk: &mut Walk<'_, '_>) -> Option<()> {
    let id = chunk::<4>(walk.data(), 12)?;
    walk.open(&REFERENCE, 12..16, Value::Bytes(&id))?;
    match u8_at(walk.data(), 1)? {
        0 | 1 => {
            let text = id.split(|byte| *byte == 0).next().unwrap_or_default();
            if !text.is_empty() && text.iter().all(u8::is_ascii_graphic) {
                walk.emit(&REFERENCE_TEXT, 12..16, Value::Text(text))?;
            }
        }
        2..=15 => _ = walk.ipv4(&REFERENCE_ADDRESS, 12)?,
        _ => {}
    }
    walk.close();
    Some(())
}

/// A control message (RFC 9327 section 2).
fn control(walk: &mut Walk<'_, '_>) -> Option<()> {
    let flags = u8_at(walk.data(), 1)?;
    let (response, error, operation) = (flags & 0x80 != 0, flags & 0x40 != 0, flags & 0x1f);
    walk.open(&CONTROL, 1..2, Value::Uint(flags.into()))?;
    walk.uint(&CONTROL_RESPONSE, 1..2, flags >> 7)?;
    walk.uint(&CONTROL_ERROR, 1..2, flags >> 6 & 1)?;
    walk.uint(&CONTROL_MORE, 1..2, flags >> 5 & 1)?;
    walk.uint(&CONTROL_OPCODE, 1..2, operation)?;
    walk.close();
    walk.u16(&SEQUENCE, 2)?;
    let association = u16_at(walk.data(), 6);
    let word = u16_at(walk.data(), 4)?;
    walk.open(&STATUS, 4..6, Value::Uint(word.into()))?;
    match (operation, association) {
        _ if !response => {}
        _ if error => walk.uint(&ERROR_STATUS, 4..6, word >> 8)?,
        (1..=3, Some(0)) => system_status(walk, word)?,
        (1..=3, _) => peer_status(walk, 4..6, word)?,
        (4 | 5, _) => {
            walk.uint(&CLOCK_STATUS, 4..6, word >> 8)?;
            walk.uint(&CLOCK_CODE, 4..6, word & 0xff)?;
        }
        _ => {}
    }
    walk.close();
    walk.u16(&ASSOCIATION, 6)?;
    walk.u16(&OFFSET, 8)?;
    let count = usize::from(walk.u16(&COUNT, 10)?);
    let end = CONTROL_HEADER.saturating_add(count).min(walk.data().len());
    if response && !error && operation == 1 {
        // Associations and their states (RFC 9327 section 4, CTL_OP_READSTAT).
        for at in (CONTROL_HEADER..end).step_by(4) {
            walk.u16(&ASSOCIATION, at)?;
            let here = at.saturating_add(2)..at.saturating_add(4);
            let word = u16_at(walk.data(), here.start)?;
            walk.open(&STATUS, here.clone(), Value::Uint(word.into()))?;
            peer_status(walk, here, word)?;
            walk.close();
        }
    } else if end > CONTROL_HEADER {
        walk.text(&VARIABLES, CONTROL_HEADER, end.saturating_sub(CONTROL_HEADER))?;
    }
    Some(())
}

fn system_status(walk: &mut Walk<'_, '_>, word: u16) -> Option<()> {
    walk.uint(&SYSTEM_LEAP, 4..6, word >> 14)?;
    walk.uint(&SYSTEM_SOURCE, 4..6, word >> 8 & 0x3f)?;
    walk.uint(&SYSTEM_COUNT, 4..6, word >> 4 & 0x0f)?;
    walk.uint(&SYSTEM_CODE, 4..6, word & 0x0f)
}

fn peer_status(walk: &mut Walk<'_, '_>, at: Range<usize>, word: u16) -> Option<()> {
    let bits = [&PEER_CONFIGURED, &PEER_AUTHENTICATES, &PEER_AUTHENTIC, &PEER_REACHABLE, &PEER_BROADCAST];
    for (field, mask) in bits.into_iter().zip([0x8000, 0x4000, 0x2000, 0x1000, 0x0800]) {
        walk.bool(field, at.clone(), word & mask != 0)?;
    }
    walk.uint(&PEER_SELECTION, at.clone(), word >> 8 & 7)?;
    walk.uint(&PEER_COUNT, at.clone(), word >> 4 & 0x0f)?;
    walk.uint(&PEER_CODE, at, word & 0x0f)
}

/// The header of a private message (ntpd's include/ntp_request.h).
fn private(walk: &mut Walk<'_, '_>) -> Option<()> {
    let auth = u8_at(walk.data(), 1)?;
    walk.open(&AUTH_SEQUENCE, 1..2, Value::Uint(auth.into()))?;
    walk.uint(&AUTH, 1..2, auth >> 7)?;
    walk.uint(&PRIVATE_SEQUENCE, 1..2, auth & 0x7f)?;
    walk.close();
    walk.u8(&IMPLEMENTATION, 2)?;
    walk.u8(&REQUEST_CODE, 3)?;
    let word = u16_at(walk.data(), 4)?;
    walk.uint(&PRIVATE_ERROR, 4..5, word >> 12)?;
    walk.uint(&ITEMS, 4..6, word & 0x0fff)?;
    let word = u16_at(walk.data(), 6)?;
    walk.uint(&PRIVATE_RESERVED, 6..7, word >> 12)?;
    walk.uint(&ITEM_SIZE, 6..8, word & 0x0fff)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    const CLIENT: &str = "e30006ec 00000000 00010000 00000000 0000000000000000 0000000000000000
        0000000000000000 e93c7f0180000000";
    const SERVER: &str = "240206e9 00000a00 00000200 c0000201 e93c7f0000000000 e93c7f0180000000
        e93c7f0200000000 e93c7f0200400000";

    #[test]
    fn a_request_and_its_answer() {
        let mut talk = Talk::new("ntp");
        let seen = talk.datagram(0, &bytes(CLIENT));
        assert_eq!(seen.info, "NTP Version 4, client");
        seen.expect(&[
            ("ntp.flags", "0xe3"),
            ("ntp.flags.li", "3"),
            ("ntp.stratum", "0"),
            ("ntp.precision", "236"),
            ("nd.ntp.precision", "-20"),
            ("ntp.rootdispersion", "65536"),
            ("nd.ntp.refid.text", ""),
            ("ntp.xmt", "1704067201.500000000"),
            ("ntp.keyid", ""),
        ]);
        let seen = talk.datagram(25, &bytes(SERVER));
        assert_eq!(seen.info, "NTP Version 4, server");
        seen.expect(&[
            ("ntp.request_in", "1"),
            ("ntp.delta_time", "25000000 ns"),
            ("ntp.refid", "c0000201"),
            ("nd.ntp.refid.ipv4", "192.0.2.1"),
            ("ntp.org", "1704067201.500000000"),
            ("ntp.xmt", "1704067202.000976562"),
        ]);
        assert_eq!(talk.datagram(30, &bytes(SERVER)).get("ntp.request_in"), "");
        talk.survives(&bytes(SERVER));
        let mut primary = bytes(SERVER);
        primary[1] = 1;
        primary[12..16].copy_from_slice(b"GPS\0");
        talk.datagram(35, &primary).expect(&[("nd.ntp.refid.text", "GPS"), ("nd.ntp.refid.ipv4", "")]);
    }

    #[test]
    fn extensions_and_a_digest() {
        let mut message = bytes(CLIENT);
        message.extend(bytes("0104 0010 000102030405060708090a0b 00000001 00112233445566778899aabbccddeeff"));
        let seen = Talk::new("ntp").datagram(0, &message);
        seen.expect(&[
            ("ntp.ext.type", "0x0104"),
            ("ntp.ext.length", "16"),
            ("ntp.ext.value", "000102030405060708090a0b"),
            ("ntp.keyid", "00000001"),
            ("ntp.mac", "00112233445566778899aabbccddeeff"),
        ]);
        message[51] = 0xff;
        let seen = Talk::new("ntp").datagram(0, &message);
        assert_eq!(seen.faults, ["malformed: extension does not fit its message (ntp.ext.length)"]);
        Talk::new("ntp").survives(&message);
    }

    #[test]
    fn control_messages() {
        let mut talk = Talk::new("ntp");
        let status = bytes("1681 0007 0618 0000 0000 0008 abcd 961a abce 8011");
        let seen = talk.datagram(0, &status);
        assert_eq!(seen.info, "NTP Version 2, control, response, read status");
        seen.expect(&[
            ("ntp.ctrl.status", "0x0618,0x961a,0x8011"),
            ("ntp.ctrl.sys_status.clksrc", "6"),
            ("ntp.ctrl.sys_status.code", "8"),
            ("ntp.ctrl.associd", "0,43981,43982"),
            ("ntp.ctrl.peer_status.selection", "6,0"),
            ("ntp.ctrl.peer_status.reach", "1,0"),
            ("ntp.ctrl.count", "8"),
        ]);
        let variables = bytes("1682 0008 961a abcd 0000 0009 737261746164723d31 000000");
        let seen = talk.datagram(0, &variables);
        seen.expect(&[("nd.ntp.ctrl.variables", "sratadr=1"), ("ntp.ctrl.peer_status.code", "10")]);
        let refused = talk.datagram(0, &bytes("16c2 0009 0400 ffff 0000 0000"));
        assert_eq!(
            refused.info,
            "NTP Version 2, control, response, read variables, error: unknown association"
        );
        refused.expect(&[("ntp.ctrl.err_status", "4"), ("ntp.ctrl.peer_status.code", "")]);
        talk.survives(&status);
    }

    #[test]
    fn private_messages() {
        let mut talk = Talk::new("ntp");
        let seen = talk.datagram(0, &bytes("97 05 03 2a 1006 0048"));
        assert_eq!(seen.info, "NTP Version 2, private, response, MON_GETLIST_1");
        seen.expect(&[
            ("ntp.priv.flags.r", "1"),
            ("ntp.priv.seq", "5"),
            ("ntp.priv.err", "0x01"),
            ("ntp.priv.numitems", "6"),
            ("ntp.priv.itemsize", "72"),
            ("ntp.flags.li", ""),
        ]);
    }
}
