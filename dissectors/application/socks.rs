//! SOCKS versions 4, 4A and 5 (RFC 1928), with passwords (RFC 1929). Behind the agreement the stream is what the
//! connection to the remote end carries.

use core::fmt;
use core::net::IpAddr;

use crate::bytes::{chunk, slice, u8_at, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Table};
use crate::field::{Field, Protocol, name_of};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

fields! {
    VERSION = Field::u8("socks.version", "version").key(),
    REPLY_VERSION = Field::u8("socks.version", "version of the reply code").key(),
    LOGIN_VERSION = Field::u8("socks.subnegotiation_version", "version of the login"),
    COMMAND = Field::u8("socks.command", "command").key().names(COMMAND_NAMES),
    DST_PORT = Field::u16("socks.dstport", "port").key(),
    PORT = Field::u16("socks.port", "port").key(),
    DST = Field::ipv4("socks.dst", "address").key(),
    DST_V6 = Field::ipv6("socks.dstV6", "address").key(),
    USERNAME = Field::text("socks.username", "user name"),
    PASSWORD = Field::text("socks.password", "password"),
    DNS_NAME = Field::text("socks.v4a_dns_name", "remote name").key(),
    REMOTE_NAME = Field::text("socks.remote_name", "remote name").key(),
    AUTH_METHOD_COUNT = Field::u8("socks.auth_method_count", "methods offered"),
    AUTH_METHOD = Field::u8("socks.auth_method", "method").many().names(METHOD_NAMES),
    AUTH_ACCEPTED = Field::u8("socks.auth_accepted_method", "method chosen").names(METHOD_NAMES),
    AUTH_STATUS = Field::u8("socks.auth_status", "authentication status"),
    RESERVED = Field::u8("socks.reserved", "reserved"),
    ADDRESS_TYPE = Field::u8("socks.address_type", "address type").names(ADDRESS_NAMES),
    RESULTS = Field::u8("socks.results", "result").key().names(RESULT_NAMES),
}

static PROTOCOL: Protocol = Protocol {
    name: "socks",
    title: "SOCKS",
    about: "SOCKS versions 4, 4A and 5 (RFC 1928)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, 1080)];
static CARRIES: &[&Table] = &[&TCP_PORT];

const COMMAND_NAMES: &[(u64, &str)] = &[(1, "Connect"), (2, "Bind"), (3, "UDP Associate")];
/// RFC 1928 section 3 and IANA, "SOCKS Methods".
const METHOD_NAMES: &[(u64, &str)] = &[
    (0, "No authentication"),
    (1, "GSSAPI"),
    (2, "Username/Password"),
    (3, "Challenge-Handshake"),
    (5, "Challenge-Response"),
    (6, "Secure Sockets Layer"),
    (7, "NDS Authentication"),
    (8, "Multi-Authentication Framework"),
    (9, "JSON Parameter Block"),
    (255, "No acceptable methods"),
];
const ADDRESS_NAMES: &[(u64, &str)] = &[(1, "IPv4"), (3, "Domain Name"), (4, "IPv6")];
/// RFC 1928 section 6; from 90 on those of version 4, by Ying-Da Lee's memo "SOCKS: A protocol for TCP proxy across
/// firewalls".
const RESULT_NAMES: &[(u64, &str)] = &[
    (0, "Succeeded"),
    (1, "General SOCKS server failure"),
    (2, "Connection not allowed by ruleset"),
    (3, "Network unreachable"),
    (4, "Host unreachable"),
    (5, "Connection refused"),
    (6, "TTL expired"),
    (7, "Command not supported"),
    (8, "Address type not supported"),
    (90, "Granted"),
    (91, "Rejected or Failed"),
    (92, "No identd reached on the client"),
    (93, "Different user-ids"),
];

/// Bytes of a name that ends with a NUL.
const MAX_NAME: usize = 512;

/// A message of the agreement; the number is the layer's memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    Request4 = 0,
    Reply4 = 1,
    Methods = 2,
    Method = 3,
    Login = 4,
    LoginStatus = 5,
    Request5 = 6,
    Reply5 = 7,
}

impl Message {
    const ALL: [Self; 8] = [
        Self::Request4,
        Self::Reply4,
        Self::Methods,
        Self::Method,
        Self::Login,
        Self::LoginStatus,
        Self::Request5,
        Self::Reply5,
    ];

    fn of(memo: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(memo).ok()?).copied()
    }

    /// The length of the message with which `data` begins, or the bytes that are needed to tell.
    fn len(self, data: &[u8]) -> Result<usize, Fault> {
        let short = |need: usize| Fault::Short { need, have: data.len() };
        let byte = |at: usize| u8_at(data, at).map(usize::from).ok_or(short(at.saturating_add(1)));
        match self {
            Self::Reply4 => Ok(8),
            Self::Method | Self::LoginStatus => Ok(2),
            Self::Methods => Ok(byte(1)?.saturating_add(2)),
            Self::Login => {
                let name = byte(1)?.saturating_add(2);
                Ok(byte(name)?.saturating_add(name).saturating_add(1))
            }
            Self::Request5 | Self::Reply5 => Ok(match byte(3)? {
                1 => 10,
                4 => 22,
                3 => byte(4)?.saturating_add(7),
                _ => return Err(Fault::Malformed("no such address type (socks.address_type)")),
            }),
            Self::Request4 => {
                let user = end_of_name(data, 8)?;
                let is_4a = matches!(chunk(data, 4).ok_or(short(8))?, [0, 0, 0, last] if last > 0);
                if is_4a { end_of_name(data, user) } else { Ok(user) }
            }
        }
    }
}

/// One past the NUL behind the name at `at`.
fn end_of_name(data: &[u8], at: usize) -> Result<usize, Fault> {
    let rest = data.get(at..).unwrap_or_default();
    match rest.iter().take(MAX_NAME).position(|&byte| byte == 0) {
        Some(end) => Ok(at.saturating_add(end).saturating_add(1)),
        None if rest.len() >= MAX_NAME => Err(Fault::Malformed("a name without an end (socks.username)")),
        None => Err(Fault::Short { need: data.len().max(at).saturating_add(1), have: data.len() }),
    }
}

/// How far both ends are.
#[derive(Clone, Copy, Debug, Default)]
struct Session {
    version: u8,
    chosen: Option<u8>,
    logged_in: bool,
    /// The port that was asked for, once the connection stands.
    port: u16,
    through: bool,
}

impl Memory for Session {
    fn heap(&self) -> usize {
        0
    }
}

/// SOCKS.
#[derive(Debug)]
pub struct Socks;

impl Dissector for Socks {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let Some(version) = u8_at(data, 0) else { return Ok(Parsed::end(0).bare()) };
        let from_client = cx.is_to_server(|port| port == 1080);
        let mut session = cx.state::<Session>().copied().unwrap_or_default();
        // What begins in another way is none of SOCKS: whoever recognises it reads it. No protocol has port 0.
        session.through |= session.version == 0 && !matches!(version, 4 | 5);
        if session.through {
            if let Some(state) = cx.state::<Session>() {
                *state = session;
            }
            let next = Next::Inner { nth: 0, value: session.port.into() };
            return Ok(Parsed::new(0, data.len(), next).bare());
        }
        let message = match (session.version, from_client) {
            (0, true) if version == 4 => Message::Request4,
            (0, true) if version == 5 => Message::Methods,
            (4, false) => Message::Reply4,
            (5, false) if session.chosen.is_none() => Message::Method,
            (5, true) if session.chosen == Some(2) && !session.logged_in && version == 1 => Message::Login,
            (5, false) if session.chosen == Some(2) && !session.logged_in => Message::LoginStatus,
            (5, true) => Message::Request5,
            (5, false) => Message::Reply5,
            _ => return Err(Fault::Malformed("no such version (socks.version)")),
        };
        let len = message.len(data)?;
        if len > data.len() {
            return Err(Fault::Short { need: len, have: data.len() });
        }
        match message {
            Message::Request4 => {
                session.version = 4;
                session.port = u16_at(data, 2).unwrap_or_default();
            }
            Message::Methods => session.version = 5,
            Message::Method => session.chosen = u8_at(data, 1),
            Message::LoginStatus => session.logged_in = true,
            Message::Request5 => session.port = u16_at(data, len.saturating_sub(2)).unwrap_or_default(),
            Message::Reply4 => session.through = u8_at(data, 1) == Some(90),
            Message::Reply5 => session.through = u8_at(data, 1) == Some(0),
            Message::Login => {}
        }
        if let Some(state) = cx.state::<Session>() {
            *state = session;
        }
        Ok(Parsed::end(len).memo(message as u32))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let message = Message::of(walk.memo())?;
        match message {
            Message::Request4 => {
                walk.u8(&VERSION, 0)?;
                walk.u8(&COMMAND, 1)?;
                walk.u16(&DST_PORT, 2)?;
                walk.ipv4(&DST, 4)?;
                let user = end_of_name(walk.data(), 8).ok()?;
                walk.text(&USERNAME, 8, user.saturating_sub(9))?;
                if user < walk.data().len() {
                    let end = end_of_name(walk.data(), user).ok()?;
                    walk.text(&DNS_NAME, user, end.saturating_sub(user).saturating_sub(1))?;
                }
                Some(())
            }
            Message::Reply4 => {
                // Not of the protocol: 0.
                walk.u8(&REPLY_VERSION, 0)?;
                walk.u8(&RESULTS, 1)?;
                walk.u16(&DST_PORT, 2)?;
                walk.ipv4(&DST, 4).map(|_| ())
            }
            Message::Methods => {
                walk.u8(&VERSION, 0)?;
                let count = walk.u8(&AUTH_METHOD_COUNT, 1)?;
                for nth in 0..usize::from(count) {
                    walk.u8(&AUTH_METHOD, nth.saturating_add(2))?;
                }
                Some(())
            }
            Message::Method => {
                walk.u8(&VERSION, 0)?;
                walk.u8(&AUTH_ACCEPTED, 1).map(|_| ())
            }
            Message::Login => {
                walk.uint(&VERSION, 0..0, 5_u8)?;
                walk.u8(&LOGIN_VERSION, 0)?;
                let name = usize::from(u8_at(walk.data(), 1)?);
                walk.text(&USERNAME, 2, name)?;
                let at = name.saturating_add(2);
                let password = usize::from(u8_at(walk.data(), at)?);
                walk.text(&PASSWORD, at.saturating_add(1), password).map(|_| ())
            }
            Message::LoginStatus => {
                walk.uint(&VERSION, 0..0, 5_u8)?;
                walk.u8(&LOGIN_VERSION, 0)?;
                walk.u8(&AUTH_STATUS, 1).map(|_| ())
            }
            Message::Request5 | Message::Reply5 => {
                walk.u8(&VERSION, 0)?;
                walk.u8(if message == Message::Reply5 { &RESULTS } else { &COMMAND }, 1)?;
                walk.u8(&RESERVED, 2)?;
                let at = match walk.u8(&ADDRESS_TYPE, 3)? {
                    1 => walk.ipv4(&DST, 4).map(|_| 8)?,
                    4 => walk.ipv6(&DST_V6, 4).map(|_| 20)?,
                    _ => {
                        let len = usize::from(u8_at(walk.data(), 4)?);
                        walk.text(&REMOTE_NAME, 5, len)?;
                        len.saturating_add(5)
                    }
                };
                walk.u16(&PORT, at).map(|_| ())
            }
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let byte = u64::from(u8_at(data, 1).unwrap_or_default());
        let name = |names| name_of(names, byte).unwrap_or("unknown");
        match Message::of(layer.slot.memo) {
            Some(Message::Request4) => {
                write!(out, "Version 4, {}", name(COMMAND_NAMES))?;
                let port = u16_at(data, 2).unwrap_or_default();
                // Version 4A: the name stands behind the user's.
                let name = end_of_name(data, 8).ok().and_then(|at| data.get(at..data.len().checked_sub(1)?));
                match (name.filter(|name| !name.is_empty()), chunk::<4>(data, 4)) {
                    (Some(name), _) => {
                        write!(out, " {}:{port}", alloc::string::String::from_utf8_lossy(name))
                    }
                    (None, Some(addr)) => write!(out, " {}:{port}", IpAddr::from(addr)),
                    (None, None) => Ok(()),
                }
            }
            Some(Message::Reply4) => write!(out, "Version 4, {}", name(RESULT_NAMES)),
            Some(Message::Methods) => {
                write!(out, "Version 5, {byte} method{} offered", if byte == 1 { "" } else { "s" })
            }
            Some(Message::Method) => write!(out, "Version 5, {}", name(METHOD_NAMES)),
            Some(Message::Login) => out.write_str("User and password"),
            Some(Message::LoginStatus) => out.write_str(if byte == 0 {
                "User and password accepted"
            } else {
                "User and password refused"
            }),
            Some(Message::Request5) => {
                write!(out, "Version 5, {}", name(COMMAND_NAMES))?;
                target(data, out)
            }
            Some(Message::Reply5) => {
                write!(out, "Version 5, {}", name(RESULT_NAMES))?;
                target(data, out)
            }
            None => Ok(()),
        }
    }
}

/// Address and port of a message of version 5.
fn target(data: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    let port = |at: usize| u16_at(data, at).unwrap_or_default();
    match u8_at(data, 3) {
        Some(1) => match chunk::<4>(data, 4) {
            Some(addr) => write!(out, " {}:{}", IpAddr::from(addr), port(8)),
            None => Ok(()),
        },
        Some(4) => match chunk::<16>(data, 4) {
            Some(addr) => write!(out, " [{}]:{}", IpAddr::from(addr), port(20)),
            None => Ok(()),
        },
        _ => {
            let len = usize::from(u8_at(data, 4).unwrap_or_default());
            let name = slice(data, 5, len).unwrap_or_default();
            write!(out, " {}:{}", alloc::string::String::from_utf8_lossy(name), port(len.saturating_add(5)))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::dissector::{Follows, Stream};
    use crate::testing::{Talk, bytes};

    const MORE: Stream = Stream { follows: Follows::More, gap: 0 };

    #[test]
    fn version_5_with_a_password() {
        let mut talk = Talk::new("socks");
        let (_, seen) = talk.stream(0, true, &bytes("05020002"), MORE).unwrap();
        seen.expect(&[("socks.auth_method_count", "2"), ("socks.auth_method", "0,2")]);
        let (_, seen) = talk.stream(0, false, &bytes("0502"), MORE).unwrap();
        seen.expect(&[("socks.auth_accepted_method", "2")]);
        let (_, seen) = talk.stream(0, true, &bytes("01 02 6d65 03 707764"), MORE).unwrap();
        seen.expect(&[("socks.username", "me"), ("socks.password", "pwd")]);
        seen.expect(&[("socks.version", "5"), ("socks.subnegotiation_version", "1")]);
        let (_, seen) = talk.stream(0, false, &bytes("0100"), MORE).unwrap();
        seen.expect(&[("socks.subnegotiation_version", "1"), ("socks.auth_status", "0")]);
        let (_, seen) = talk.stream(0, true, &bytes("05010003 03 612e62 0050"), MORE).unwrap();
        assert_eq!(seen.info, "Version 5, Connect a.b:80");
        assert_eq!(seen.get("socks.reserved"), "0");
        let (_, seen) = talk.stream(0, false, &bytes("05000001 c0000250 0400"), MORE).unwrap();
        seen.expect(&[("socks.results", "0"), ("socks.dst", "192.0.2.80"), ("socks.port", "1024")]);
        let (_, seen) = talk.stream(0, true, b"GET / HTTP/1.1\r\n\r\n", MORE).unwrap();
        assert_eq!(seen.protocols, "http");
    }

    #[test]
    fn version_4a_has_a_name() {
        let mut talk = Talk::new("socks");
        let request = bytes("04010050 00000001 6d6500 612e6200");
        assert!(talk.stream(0, true, &request[..12], MORE).is_err());
        let (len, seen) = talk.stream(0, true, &request, MORE).unwrap();
        assert_eq!((len, seen.info.as_str()), (request.len(), "Version 4, Connect a.b:80"));
        seen.expect(&[("socks.username", "me"), ("socks.v4a_dns_name", "a.b"), ("socks.dstport", "80")]);
        let (_, seen) = talk.stream(0, false, &bytes("005b0000 00000000"), MORE).unwrap();
        assert_eq!(seen.info, "Version 4, Rejected or Failed");
        seen.expect(&[("socks.version", "0"), ("socks.results", "91")]);
        Talk::new("socks").survives(&request);
        Talk::new("socks").survives(&bytes("05020002"));
    }
}
