//! Telnet (RFC 854) and the negotiation of its options (RFC 855): window size (RFC 1073), terminal speed (RFC 1079),
//! terminal type (RFC 1091), display (RFC 1096), remote flow control (RFC 1372), who asks and who tells of environments
//! (RFC 1572), the commands of encryption (RFC 2946), and what others send as bytes.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Stream};
use crate::field::{Field, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

fields! {
    COMMAND = Field::u8("telnet.cmd", "command").many().key().names(COMMAND_NAMES),
    OPTION = Field::u8("telnet.subcmd", "option").many().key().names(OPTION_NAMES),
    // Wireshark has no name of its own for what a terminal type or a display begins with.
    STRING_COMMAND = Field::u8("telnet.subcmd", "asked or told").many().key().names(IS_NAMES),
    OPTION_DATA = Field::bytes("telnet.option_data", "option data").many(),
    IS = Field::u8("nd.telnet.is", "asked or told").many().names(IS_NAMES),
    SPEED = Field::text("nd.telnet.speed", "speed out, in").many(),
    ENCRYPTION = Field::u8("telnet.enc.cmd", "encryption").many().names(ENCRYPTION_NAMES),
    STRING_VALUE = Field::text("telnet.string_subopt.value", "value").many(),
    FLOW_CONTROL = Field::u8("telnet.rfc_subopt.cmd", "flow control").many().names(FLOW_NAMES),
    WIDTH = Field::u16("telnet.naws_subopt.width", "columns").many(),
    HEIGHT = Field::u16("telnet.naws_subopt.height", "rows").many(),
    DATA = Field::text("telnet.data", "text").many().key(),
}

static PROTOCOL: Protocol =
    Protocol { name: "telnet", title: "TELNET", about: "Telnet (RFC 854)", fields: FIELDS, via: None };

static KEYS: &[Key] = &[Key::new(&TCP_PORT, 23), Key::new(&TCP_PORT, 2323)];

const SE: u8 = 240;
const SB: u8 = 250;
const WILL: u8 = 251;
const DONT: u8 = 254;
const IAC: u8 = 255;

const OPTION_TERMINAL_TYPE: u8 = 24;
const OPTION_NAWS: u8 = 31;
const OPTION_TERMINAL_SPEED: u8 = 32;
const OPTION_FLOW_CONTROL: u8 = 33;
const OPTION_DISPLAY: u8 = 35;
const OPTION_ENCRYPTION: u8 = 38;
const OPTION_ENVIRONMENT: u8 = 39;

/// Bytes of a negotiation that are waited for.
const MAX_HELD: usize = 4_096;

/// RFC 854, page 14; RFC 1184 section 2.5.
const COMMAND_NAMES: &[(u64, &str)] = &[
    (236, "End of File"),
    (237, "Suspend"),
    (238, "Abort"),
    (239, "End of Record"),
    (240, "Suboption End"),
    (241, "No Operation"),
    (242, "Data Mark"),
    (243, "Break"),
    (244, "Interrupt Process"),
    (245, "Abort Output"),
    (246, "Are You There?"),
    (247, "Erase Character"),
    (248, "Erase Line"),
    (249, "Go Ahead"),
    (250, "Suboption"),
    (251, "Will"),
    (252, "Won't"),
    (253, "Do"),
    (254, "Don't"),
];

/// IANA, "Telnet Options".
const OPTION_NAMES: &[(u64, &str)] = &[
    (0, "Binary Transmission"),
    (1, "Echo"),
    (2, "Reconnection"),
    (3, "Suppress Go Ahead"),
    (4, "Approx Message Size Negotiation"),
    (5, "Status"),
    (6, "Timing Mark"),
    (7, "Remote Controlled Trans and Echo"),
    (8, "Output Line Width"),
    (9, "Output Page Size"),
    (10, "Output Carriage-Return Disposition"),
    (11, "Output Horizontal Tab Stops"),
    (12, "Output Horizontal Tab Disposition"),
    (13, "Output Formfeed Disposition"),
    (14, "Output Vertical Tabstops"),
    (15, "Output Vertical Tab Disposition"),
    (16, "Output Linefeed Disposition"),
    (17, "Extended ASCII"),
    (18, "Logout"),
    (19, "Byte Macro"),
    (20, "Data Entry Terminal"),
    (21, "SUPDUP"),
    (22, "SUPDUP Output"),
    (23, "Send Location"),
    (24, "Terminal Type"),
    (25, "End of Record"),
    (26, "TACACS User Identification"),
    (27, "Output Marking"),
    (28, "Terminal Location Number"),
    (29, "Telnet 3270 Regime"),
    (30, "X.3 PAD"),
    (31, "Negotiate About Window Size"),
    (32, "Terminal Speed"),
    (33, "Remote Flow Control"),
    (34, "Linemode"),
    (35, "X Display Location"),
    (36, "Environment Option"),
    (37, "Authentication Option"),
    (38, "Encryption Option"),
    (39, "New Environment Option"),
    (40, "TN3270E"),
    (41, "XAUTH"),
    (42, "CHARSET"),
    (43, "Telnet Remote Serial Port (RSP)"),
    (44, "COM Port Control"),
    (45, "Telnet Suppress Local Echo"),
    (46, "Telnet Start TLS"),
    (47, "KERMIT"),
    (48, "SEND-URL"),
    (49, "FORWARD_X"),
];

/// RFC 1372.
const FLOW_NAMES: &[(u64, &str)] = &[(0, "off"), (1, "on"), (2, "restart by any key"), (3, "restart by XON")];

/// RFC 1079, RFC 1091, RFC 1096, RFC 1572.
const IS_NAMES: &[(u64, &str)] = &[(0, "IS"), (1, "SEND"), (2, "INFO")];

/// RFC 2946 section 1.
const ENCRYPTION_NAMES: &[(u64, &str)] = &[
    (0, "IS"),
    (1, "SUPPORT"),
    (2, "REPLY"),
    (3, "START"),
    (4, "END"),
    (5, "REQUEST-START"),
    (6, "REQUEST-END"),
    (7, "ENC_KEYID"),
    (8, "DEC_KEYID"),
];

/// A terminal and its host.
#[derive(Debug)]
pub struct Telnet;

/// One thing in the stream of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// So many bytes of text.
    Text(usize),
    /// Two bytes.
    Command(u8),
    /// Three bytes.
    Option(u8, u8),
    /// A suboption with so many bytes of data behind its three first, and whether its end of two follows.
    Suboption(u8, usize, bool),
    /// A command that is not complete.
    Cut,
}

impl Item {
    /// What begins at `at`, and where it ends.
    fn at(data: &[u8], at: usize) -> Option<(Self, usize)> {
        let rest = data.get(at..).filter(|rest| !rest.is_empty())?;
        let (item, len) = match rest {
            [IAC] => (Self::Cut, rest.len()),
            // A byte 255 of the text is sent twice.
            [IAC, IAC, ..] => (Self::Text(2), 2),
            [IAC, SB, option, content @ ..] => match end_of_suboption(content) {
                Some((len, ended)) => {
                    let end = if ended { 5 } else { 3 };
                    (Self::Suboption(*option, len, ended), len.saturating_add(end))
                }
                None => (Self::Cut, rest.len()),
            },
            [IAC, command @ WILL..=DONT, option, ..] => (Self::Option(*command, *option), 3),
            [IAC, SB..=DONT, ..] => (Self::Cut, rest.len()),
            [IAC, command, ..] => (Self::Command(*command), 2),
            _ => {
                let len = rest.iter().position(|&byte| byte == IAC).unwrap_or(rest.len());
                (Self::Text(len), len)
            }
        };
        Some((item, at.saturating_add(len)))
    }
}

/// Bytes before IAC SE, or before another command, with which a suboption is over as well; and which it is.
fn end_of_suboption(content: &[u8]) -> Option<(usize, bool)> {
    let mut at = 0;
    while let Some(&byte) = content.get(at) {
        match (byte, content.get(at.saturating_add(1))) {
            (IAC, Some(&IAC)) => at = at.saturating_add(2),
            (IAC, Some(&next)) => return Some((at, next == SE)),
            _ => at = at.saturating_add(1),
        }
    }
    None
}

impl Dissector for Telnet {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let last = cx.stream.is_none_or(Stream::is_last) || cx.wire_len > data.len();
        let mut at = 0;
        while let Some((item, next)) = Item::at(data, at) {
            if item == Item::Cut && !last && data.len().saturating_sub(at) < MAX_HELD {
                return match at {
                    0 => Err(Fault::Short { need: data.len().saturating_add(1), have: data.len() }),
                    len => Ok(Parsed::end(len)),
                };
            }
            at = next;
        }
        let parsed = Parsed::end(data.len());
        Ok(if data.is_empty() { parsed.bare() } else { parsed })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let mut at = 0;
        while let Some((item, next)) = Item::at(data, at) {
            let code = at.saturating_add(1);
            let option_at = at.saturating_add(2);
            match item {
                Item::Text(_) => text(walk, at, next)?,
                Item::Command(_) => walk.u8(&COMMAND, code).map(|_| ())?,
                Item::Option(..) => {
                    walk.u8(&COMMAND, code)?;
                    walk.u8(&OPTION, option_at)?;
                }
                Item::Suboption(option, len, ended) => {
                    walk.u8(&COMMAND, code)?;
                    walk.u8(&OPTION, option_at)?;
                    suboption(walk, option, at.saturating_add(3), len)?;
                    if ended {
                        walk.u8(&COMMAND, next.saturating_sub(1))?;
                    }
                }
                Item::Cut => {
                    walk.bytes(&OPTION_DATA, at, next.saturating_sub(at))?;
                }
            }
            at = next;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let mut at = 0;
        let mut first = true;
        let mut text = 0_usize;
        while let Some((item, next)) = Item::at(data, at) {
            at = next;
            let (command, option) = match item {
                Item::Text(len) => {
                    text = text.saturating_add(len);
                    continue;
                }
                Item::Command(command) => (command, None),
                Item::Option(command, option) => (command, Some(option)),
                Item::Suboption(option, ..) => (SB, Some(option)),
                Item::Cut => continue,
            };
            out.write_str(if core::mem::replace(&mut first, false) { "" } else { ", " })?;
            out.write_str(name_of(COMMAND_NAMES, command.into()).unwrap_or("Unknown command"))?;
            match option.map(|option| (option, name_of(OPTION_NAMES, option.into()))) {
                Some((_, Some(name))) => write!(out, " {name}")?,
                Some((option, None)) => write!(out, " option {option}")?,
                None => {}
            }
        }
        if text == 0 {
            return Ok(());
        }
        write!(out, "{}{text} {}", if first { "" } else { ", " }, if text == 1 { "byte" } else { "bytes" })?;
        match first_line(data) {
            Some(line) if first => write!(out, ": {}", String::from_utf8_lossy(line)),
            _ => Ok(()),
        }
    }
}

/// The first line that is not empty. CR NUL ends a line too (RFC 854).
fn first_line(text: &[u8]) -> Option<&[u8]> {
    text.split(|byte| matches!(byte, b'\r' | b'\n' | b'\0')).find(|line| !line.trim_ascii().is_empty())
}

/// Text between commands, line by line. CR NUL is a CR alone (RFC 854), and ends a line too.
fn text(walk: &mut Walk<'_, '_>, start: usize, end: usize) -> Option<()> {
    let mut at = start;
    while at < end {
        let rest = walk.data().get(at..end)?;
        let len = match rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            Some(stop) => {
                let pair = rest
                    .get(stop..)
                    .is_some_and(|tail| tail.starts_with(b"\r\n") || tail.starts_with(b"\r\0"));
                stop.saturating_add(if pair { 2 } else { 1 })
            }
            None => rest.len(),
        };
        walk.text(&DATA, at, len)?;
        at = at.saturating_add(len);
    }
    Some(())
}

fn suboption(walk: &mut Walk<'_, '_>, option: u8, at: usize, len: usize) -> Option<()> {
    let raw = walk.data().get(at..at.checked_add(len)?)?;
    match (option, raw) {
        (OPTION_FLOW_CONTROL, [_]) => walk.u8(&FLOW_CONTROL, at).map(|_| ()),
        (OPTION_NAWS, _) => {
            let plain = unescape(raw);
            let [a, b, c, d] = plain.first_chunk::<4>().copied()?;
            walk.uint(&WIDTH, at..at.saturating_add(2), u16::from_be_bytes([a, b]))?;
            walk.uint(&HEIGHT, at.saturating_add(2)..at.saturating_add(len), u16::from_be_bytes([c, d]))
        }
        // IS and a text, or SEND.
        (OPTION_TERMINAL_TYPE | OPTION_DISPLAY, [0, ..]) => {
            walk.u8(&STRING_COMMAND, at)?;
            walk.text(&STRING_VALUE, at.saturating_add(1), len.saturating_sub(1)).map(|_| ())
        }
        (OPTION_TERMINAL_TYPE | OPTION_DISPLAY, [1]) => walk.u8(&STRING_COMMAND, at).map(|_| ()),
        (_, []) => Some(()),
        (OPTION_ENCRYPTION, [_, rest @ ..]) => {
            walk.u8(&ENCRYPTION, at)?;
            if rest.is_empty() {
                return Some(());
            }
            let place = at.saturating_add(1)..at.saturating_add(len);
            walk.emit(&OPTION_DATA, place, Value::Bytes(&unescape(rest)))
        }
        _ => {
            walk.emit(&OPTION_DATA, at..at.saturating_add(len), Value::Bytes(&unescape(raw)))?;
            if matches!(option, OPTION_TERMINAL_SPEED | OPTION_ENVIRONMENT) {
                walk.u8(&IS, at)?;
            }
            match (option, raw) {
                (OPTION_TERMINAL_SPEED, [0, _, ..]) => {
                    walk.text(&SPEED, at.saturating_add(1), len.saturating_sub(1)).map(|_| ())
                }
                _ => Some(()),
            }
        }
    }
}

/// A byte 255 is sent twice.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(raw.len());
    let mut escaped = false;
    for &byte in raw {
        if byte == IAC && !escaped {
            escaped = true;
            continue;
        }
        escaped = false;
        plain.push(byte);
    }
    plain
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    #[test]
    fn options_and_text() {
        let mut talk = Talk::new("telnet");
        let data = bytes(
            "fffd18 fffa1f00500020fff0 fffa1801fff0 fffa1800787465726dfff0 fffa2102fff0 6c6f67696e3a20",
        );
        let (len, seen) = talk.message(0, &data, false).unwrap();
        assert_eq!(len, data.len());
        seen.expect(&[
            ("telnet.cmd", "253,250,240,250,240,250,240,250,240"),
            ("telnet.subcmd", "24,31,24,1,24,0,33"),
            ("telnet.naws_subopt.width", "80"),
            ("telnet.naws_subopt.height", "32"),
            ("telnet.string_subopt.value", "xterm"),
            ("telnet.rfc_subopt.cmd", "2"),
            ("telnet.data", "login: "),
        ]);
        let seen = talk.datagram(0, b"login: \r\nx");
        assert_eq!(
            (seen.info.as_str(), seen.get("telnet.data").as_str()),
            ("10 bytes: login: ", "login: \r\n,x")
        );
        assert_eq!(talk.datagram(0, b"\r\n \r\0lab\r\n").info, "10 bytes: lab");
        assert_eq!(talk.datagram(0, b"m").info, "1 byte: m");
        assert_eq!(talk.datagram(0, b"\r\0").info, "2 bytes");
        assert_eq!(talk.datagram(0, &bytes("fffb01 00")).info, "Will Echo, 1 byte");
    }

    #[test]
    fn who_asks_and_who_tells() {
        let data = bytes("fffa2001fff0 fffa2000392c39fff0 fffa2700fff0 fffa2601fff0 fffa260001aafff0");
        Talk::new("telnet").datagram(0, &data).expect(&[
            ("telnet.subcmd", "32,32,39,38,38"),
            ("telnet.option_data", "01,00392c39,00,01aa"),
            ("nd.telnet.is", "1,0,0"),
            ("nd.telnet.speed", "9,9"),
            ("telnet.enc.cmd", "1,0"),
        ]);
    }

    #[test]
    fn another_command_ends_a_suboption() {
        let seen = Talk::new("telnet").datagram(0, &bytes("fffa7b 05ffff06 fffe24 6869"));
        seen.expect(&[
            ("telnet.cmd", "250,254"),
            ("telnet.subcmd", "123,36"),
            ("telnet.option_data", "05ff06"),
            ("telnet.data", "hi"),
        ]);
    }

    #[test]
    fn what_is_not_complete_waits() {
        let mut talk = Talk::new("telnet");
        assert!(talk.message(0, &bytes("fffa18"), false).is_err());
        let (len, _) = talk.message(0, &bytes("6162 fffb"), false).unwrap();
        assert_eq!(len, 2);
        talk.survives(&bytes("fffa1fff0500ff20fff0 fffb01 ffff"));
    }
}
