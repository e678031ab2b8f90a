//! File Transfer Protocol (RFC 959, RFC 2428, RFC 4217): the control connection, line by line. The connections that it
//! announces are read by `ftp-data`, which knows from here what they carry.

use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::lines;
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Expected, Fault, FlowState, Key, Memory, Next, Parsed, Table};
use crate::facts::Link;
use crate::field::{Field, Kind, Protocol, Value};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

pub mod data;
mod names;

use data::{Method, Transfer};

fields! {
    REQUEST = Field::bool("ftp.request", "request"),
    RESPONSE = Field::bool("ftp.response", "response"),
    COMMAND = Field::text("ftp.request.command", "command").key(),
    REQUEST_ARG = Field::text("ftp.request.arg", "argument").key(),
    CODE = Field::new("ftp.response.code", "reply code", Kind::Uint(32)).key().names(names::REPLIES),
    RESPONSE_ARG = Field::text("ftp.response.arg", "reply").key(),
    LINE = Field::text("nd.ftp.line", "further line").many(),
    ACTIVE_IP = Field::ipv4("ftp.active.cip", "client's address for data"),
    ACTIVE_PORT = Field::u16("ftp.active.port", "client's port for data"),
    ACTIVE_NAT = Field::bool("ftp.active.nat", "not the client's own address"),
    PASSIVE_IP = Field::ipv4("ftp.passive.ip", "server's address for data"),
    PASSIVE_PORT = Field::u16("ftp.passive.port", "server's port for data"),
    PASSIVE_NAT = Field::bool("ftp.passive.nat", "not the server's own address"),
    EPRT_AF = Field::u8("ftp.eprt.af", "address family").names(&[(1, "IPv4"), (2, "IPv6")]),
    EPRT_IP = Field::ipv4("ftp.eprt.ip", "client's address for data"),
    EPRT_IPV6 = Field::ipv6("ftp.eprt.ipv6", "client's address for data"),
    EPRT_PORT = Field::u16("ftp.eprt.port", "client's port for data"),
    EPSV_IP = Field::ipv4("ftp.epsv.ip", "server's address for data"),
    EPSV_IPV6 = Field::ipv6("ftp.epsv.ipv6", "server's address for data"),
    EPSV_PORT = Field::u16("ftp.epsv.port", "server's port for data"),
    DIRECTORY = Field::text("ftp.current-working-directory", "current directory"),
}

static PROTOCOL: Protocol = Protocol {
    name: "ftp",
    title: "FTP",
    about: "File Transfer Protocol (RFC 959)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, PORT)];
static CARRIES: &[&Table] = &[&TCP_PORT];

const PORT: u32 = 21;
/// Whoever reads this port reads TLS.
const TLS: u32 = 443;
/// Bytes of a directory's name that are remembered.
const MAX_NAME: usize = 1_024;

/// The control connection.
#[derive(Debug)]
pub struct Ftp;

/// What is remembered of it.
#[derive(Debug, Default)]
struct Control {
    /// The last command and its argument.
    command: Vec<u8>,
    argument: Vec<u8>,
    directory: Vec<u8>,
    /// Code of a reply of several lines that is not complete.
    open: Option<u16>,
    /// The data connection announced last, until a command uses it.
    announced: Option<(Target, Transfer)>,
    tls: bool,
}

impl Memory for Control {
    fn heap(&self) -> usize {
        let announced = self.announced.as_ref().map_or(0, |(_, transfer)| transfer.heap());
        [&self.command, &self.argument, &self.directory]
            .iter()
            .fold(announced, |sum, text| sum.saturating_add(text.capacity()))
    }
}

/// The end of a data connection that waits for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target {
    addr: IpAddr,
    port: u16,
}

impl Dissector for Ftp {
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
        if data.is_empty() {
            return Ok(Parsed::end(0).bare());
        }
        let is_request = cx.is_to_server(|port| u32::from(port) == PORT);
        let parsed = cx.with_state(|control: &mut Control, cx| {
            let parsed = match (control.tls, is_request) {
                (true, _) => Ok(Parsed::new(0, data.len(), Next::Inner { nth: 0, value: TLS }).bare()),
                (false, true) => control.request(data, cx),
                (false, false) => control.reply(data, cx),
            };
            if parsed.is_ok_and(|parsed| !parsed.bare)
                && !control.directory.is_empty()
                && let Some(source) = cx.derive(control.directory.clone())
            {
                cx.link(Link::Source(source));
            }
            parsed
        });
        parsed.map(|parsed| parsed.memo(is_request.into()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let is_request = walk.memo() != 0;
        let data = walk.data();
        walk.bool(&REQUEST, 0..0, is_request)?;
        walk.bool(&RESPONSE, 0..0, !is_request)?;
        let (line, mut at) = lines::at(data, 0)?;
        if is_request {
            let (word, argument) = lines::word(data, 0, line.end);
            let command = walk.text(&COMMAND, 0, word.len()).filter(|command| !command.is_empty());
            if argument < line.end {
                let text = walk.text(&REQUEST_ARG, argument, line.end.saturating_sub(argument))?;
                target_fields(walk, Target::of_request(command?, text), command?, argument..line.end)?;
            }
        } else {
            let code = lines::code(data);
            if let Some(code) = code {
                walk.uint(&CODE, 0..3, code)?;
            }
            let start = if code.is_some() { line.end.min(4) } else { 0 };
            if start < line.end {
                let text = walk.text(&RESPONSE_ARG, start, line.end.saturating_sub(start))?;
                let addr = walk.layer().net().map(|net| net.src);
                match code {
                    Some(227) => target_fields(walk, numbers(text), b"PASV", start..line.end)?,
                    Some(229) => {
                        let target = addr.and_then(|addr| Some(Target { addr, port: extended(text)? }));
                        target_fields(walk, target, b"EPSV", start..line.end)?;
                    }
                    _ => {}
                }
            }
        }
        while let Some((line, next)) = lines::at(data, at) {
            walk.text(&LINE, line.start, line.len())?;
            at = next;
        }
        for link in walk.links() {
            if let Link::Source(source) = link {
                walk.emit(&DIRECTORY, 0..0, Value::Text(walk.layer().source(source)))?;
            }
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        out.write_str(if layer.slot.memo != 0 { "Request: " } else { "Response: " })?;
        let line = lines::at(data, 0).map(|(line, _)| up_to(data, 0, line.end)).unwrap_or_default();
        out.write_str(&alloc::string::String::from_utf8_lossy(line))
    }
}

fn target_fields(
    walk: &mut Walk<'_, '_>,
    target: Option<Target>,
    command: &[u8],
    at: core::ops::Range<usize>,
) -> Option<()> {
    let Some(Target { addr, port }) = target else { return Some(()) };
    let own = walk.layer().net().is_some_and(|net| net.src == addr);
    let upper = command.to_ascii_uppercase();
    let (ip, ipv6, number, nat) = match upper.as_slice() {
        b"PORT" => (&ACTIVE_IP, &EPRT_IPV6, &ACTIVE_PORT, Some(&ACTIVE_NAT)),
        b"PASV" => (&PASSIVE_IP, &EPSV_IPV6, &PASSIVE_PORT, Some(&PASSIVE_NAT)),
        b"EPRT" => (&EPRT_IP, &EPRT_IPV6, &EPRT_PORT, None),
        _ => (&EPSV_IP, &EPSV_IPV6, &EPSV_PORT, None),
    };
    if core::ptr::eq(number, &EPRT_PORT) {
        walk.uint(&EPRT_AF, at.clone(), if addr.is_ipv4() { 1_u8 } else { 2 })?;
    }
    // The answer to EPSV holds a port alone: the address is the control connection's (RFC 2428 section 3).
    let told = if core::ptr::eq(number, &EPSV_PORT) { 0..0 } else { at.clone() };
    match addr {
        IpAddr::V4(addr) => walk.emit(ip, told, Value::Ipv4(addr))?,
        IpAddr::V6(addr) => walk.emit(ipv6, told, Value::Ipv6(addr))?,
    }
    walk.uint(number, at.clone(), port)?;
    match nat {
        Some(nat) if !own => walk.bool(nat, at, true),
        _ => Some(()),
    }
}

impl Target {
    /// What PORT (RFC 959 section 4.1.2) or EPRT (RFC 2428 section 2) names.
    fn of_request(command: &[u8], argument: &[u8]) -> Option<Self> {
        if command.eq_ignore_ascii_case(b"PORT") {
            return numbers(argument);
        }
        if !command.eq_ignore_ascii_case(b"EPRT") {
            return None;
        }
        let (&delimiter, rest) = argument.split_first()?;
        let mut parts = rest.split(|&byte| byte == delimiter).map(|part| core::str::from_utf8(part).ok());
        let addr = match parts.next()?? {
            "1" => IpAddr::V4(parts.next()??.parse::<Ipv4Addr>().ok()?),
            "2" => IpAddr::V6(parts.next()??.parse::<Ipv6Addr>().ok()?),
            _ => return None,
        };
        Some(Self { addr, port: parts.next()??.parse().ok()? })
    }
}

/// Six numbers with commas between them, wherever they begin: an address and a port.
fn numbers(text: &[u8]) -> Option<Target> {
    let start = text.iter().position(u8::is_ascii_digit)?;
    let mut parts = [0_u8; 6];
    let mut rest = text.get(start..)?.split(|&byte| byte == b',');
    for part in &mut parts {
        let digits = rest.next()?.trim_ascii();
        let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        *part = core::str::from_utf8(up_to(digits, 0, len)).ok()?.parse().ok()?;
    }
    let [a, b, c, d, high, low] = parts;
    Some(Target { addr: IpAddr::from([a, b, c, d]), port: u16::from_be_bytes([high, low]) })
}

/// The port in `(|||port|)` (RFC 2428 section 3).
fn extended(text: &[u8]) -> Option<u16> {
    let open = text.iter().position(|&byte| byte == b'(')?.checked_add(1)?;
    let (&delimiter, rest) = text.get(open..)?.split_first()?;
    core::str::from_utf8(rest.split(|&byte| byte == delimiter).nth(2)?).ok()?.parse().ok()
}

impl Control {
    fn request(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let len = first(data, cx)?;
        let (line, _) = lines::at(data, 0).unwrap_or_default();
        let (word, argument) = lines::word(data, 0, line.end);
        let command = up_to(data, 0, word.len()).to_ascii_uppercase();
        let argument = up_to(data, argument, line.end.saturating_sub(argument).min(MAX_NAME));
        if let Some(target) = Target::of_request(&command, argument) {
            let method = if command == b"PORT" { Method::Port } else { Method::Eprt };
            self.announce(target, method, cx);
        } else if (data::is_transfer(&command) || cx.wireshark)
            && let Some((target, mut transfer)) = self.announced.take()
        {
            transfer.command = up_to(data, 0, line.end.min(MAX_NAME)).to_vec();
            transfer.commanded = Some((cx.frame, cx.time));
            expect(target, transfer, cx);
        }
        self.argument = argument.to_vec();
        self.command = command;
        Ok(Parsed::end(len))
    }

    /// A reply, or as much of one of several lines as is there (RFC 959 section 4.2).
    fn reply(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let mut len = first(data, cx)?;
        let first = lines::bare(up_to(data, 0, len));
        let code = lines::code(first);
        if self.open.is_none() {
            if let Some(code) = code {
                self.note(code, first, cx);
                if first.get(3) != Some(&b'-') {
                    return Ok(Parsed::end(len));
                }
            }
            self.open = code;
        } else if self.is_end(first) {
            return Ok(Parsed::end(len));
        }
        while let Some((line, next)) = lines::at(data, len).filter(|_| self.open.is_some()) {
            if !up_to(data, 0, next).ends_with(b"\n") {
                break;
            }
            self.is_end(data.get(line).unwrap_or_default());
            len = next;
        }
        Ok(Parsed::end(len))
    }

    /// Whether the line ends the reply that is open; it is closed then. A blank follows its code (RFC 959 section 4.2):
    /// a line of the text may begin with a longer number.
    fn is_end(&mut self, line: &[u8]) -> bool {
        let ends = self.open == lines::code(line) && matches!(line.get(3), None | Some(b' '));
        if ends {
            self.open = None;
        }
        ends
    }

    fn note(&mut self, code: u16, line: &[u8], cx: &mut Context<'_>) {
        let text = up_to(line, 4, line.len());
        match (code, self.command.as_slice()) {
            (227, _) => {
                if let Some(target) = numbers(text) {
                    self.announce(target, Method::Pasv, cx);
                }
            }
            (229, _) => {
                if let Some((net, port)) = cx.net.zip(extended(text)) {
                    self.announce(Target { addr: net.src, port }, Method::Epsv, cx);
                }
            }
            (200 | 250, b"CWD" | b"XCWD") => {
                let argument = core::mem::take(&mut self.argument);
                self.directory = join(&self.directory, &argument);
                self.command.clear();
            }
            (200 | 250, b"CDUP" | b"XCUP") => {
                self.directory = join(&self.directory, b"..");
                self.command.clear();
            }
            (257, b"PWD" | b"XPWD") => {
                let mut quoted = text.split(|&byte| byte == b'"');
                if let Some(name) = quoted.nth(1) {
                    self.directory = up_to(name, 0, MAX_NAME).to_vec();
                }
            }
            (234, b"AUTH") => self.tls = true,
            _ => {}
        }
    }

    fn announce(&mut self, target: Target, method: Method, cx: &mut Context<'_>) {
        let transfer = Transfer {
            setup: cx.frame,
            method,
            command: Vec::new(),
            commanded: None,
            directory: self.directory.clone(),
        };
        expect(target, transfer.clone(), cx);
        self.announced = Some((target, transfer));
    }
}

/// The first line. Wireshark takes each segment for one, and so does whoever is to tell what it tells.
fn first(data: &[u8], cx: &Context<'_>) -> Result<usize, Fault> {
    match lines::first(data, cx) {
        Err(_) if cx.wireshark => Ok(data.len()),
        first => first,
    }
}

/// Announces the data connection, again if more is known of it now.
fn expect(target: Target, transfer: Transfer, cx: &mut Context<'_>) {
    let Target { addr, port } = target;
    cx.expect(Expected {
        table: &TCP_PORT,
        addr,
        port,
        peer: None,
        protocol: "ftp-data",
        state: FlowState::of(transfer),
    });
}

/// The directory `name`, seen from `from`.
fn join(from: &[u8], name: &[u8]) -> Vec<u8> {
    let base: &[u8] = if name.starts_with(b"/") { b"" } else { from };
    let rooted = name.starts_with(b"/") || from.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in base.split(|&byte| byte == b'/').chain(name.split(|&byte| byte == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut path = if rooted { b"/".to_vec() } else { Vec::new() };
    path.extend(parts.join(&b'/'));
    if name.ends_with(b"/") && !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.truncate(MAX_NAME);
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissector::{Follows, Stream};
    use crate::testing::Talk;

    const MORE: Stream = Stream { follows: Follows::More, gap: 0 };

    #[test]
    fn requests_name_where_data_will_go() {
        let mut talk = Talk::new("ftp");
        let (len, seen) = talk.stream(0, true, b"PORT 192,0,2,10,225,229\r\n", MORE).unwrap();
        assert_eq!((len, seen.info.as_str()), (25, "Request: PORT 192,0,2,10,225,229"));
        seen.expect(&[
            ("ftp.request", "1"),
            ("ftp.request.command", "PORT"),
            ("ftp.active.cip", "192.0.2.10"),
            ("ftp.active.port", "57829"),
        ]);
        let (_, seen) = talk.stream(0, true, b"EPRT |2|2001:db8::10|6275|\r\n", MORE).unwrap();
        seen.expect(&[("ftp.eprt.af", "2"), ("ftp.eprt.ipv6", "2001:db8::10"), ("ftp.eprt.port", "6275")]);
        let (_, seen) = talk.stream(0, false, b"227 Entering (192,0,2,80,4,1).\r\n", MORE).unwrap();
        seen.expect(&[
            ("ftp.response.code", "227"),
            ("ftp.passive.ip", "192.0.2.80"),
            ("ftp.passive.port", "1025"),
        ]);
    }

    #[test]
    fn a_reply_of_several_lines_ends_with_its_code() {
        let mut talk = Talk::new("ftp");
        let data = b"211-Features:\r\n UTF8\r\n211 End\r\n220 next\r\n";
        let (len, seen) = talk.stream(0, false, data, MORE).unwrap();
        assert_eq!(len, 31);
        seen.expect(&[("ftp.response.arg", "Features:"), ("nd.ftp.line", " UTF8,211 End")]);
        let data = b"211-Features:\r\n2110 entries\r\n211 End\r\n";
        let (len, seen) = talk.stream(0, false, data, MORE).unwrap();
        assert_eq!((len, seen.get("nd.ftp.line").as_str()), (data.len(), "2110 entries,211 End"));
        let short = talk.stream(0, false, b"220 ne", MORE).err();
        assert_eq!(short, Some(Fault::Short { need: 7, have: 6 }));
    }

    #[test]
    fn the_directory_follows_replies() {
        let mut talk = Talk::new("ftp");
        for (request, reply, directory) in [
            (&b"PWD\r\n"[..], &b"257 \"/\" is it\r\n"[..], "/"),
            (b"CWD samba/.\r\n", b"250 fine\r\n", "/samba"),
            (b"CWD none\r\n", b"550 no\r\n", "/samba"),
            (b"CDUP\r\n", b"250 fine\r\n", "/"),
        ] {
            talk.stream(0, true, request, MORE).unwrap();
            let (_, seen) = talk.stream(0, false, reply, MORE).unwrap();
            assert_eq!(seen.get("ftp.current-working-directory"), directory);
        }
    }

    #[test]
    fn hostile_bytes() {
        let mut talk = Talk::new("ftp");
        talk.survives(b"EPRT |1|192.0.2.1|80|\r\n");
        talk.survives(b"PORT 1,2,3,4,5,6\r\n");
    }
}
