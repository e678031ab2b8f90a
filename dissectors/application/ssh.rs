//! Secure Shell, as much of it as is in clear: the identification strings and binary packets of the transport layer
//! (RFC 4253), key exchange by Diffie-Hellman with fixed and negotiated groups (RFC 4253 section 8, RFC 4419) and on
//! elliptic curves (RFC 5656, RFC 8731). Of SSH 1.5, which no RFC describes, packets as such.
//!
//! Behind NEWKEYS nothing can be told of the bytes, not even where a packet ends: what a segment brings is shown as
//! one piece.

use core::fmt;

use crate::bytes::{slice, u8_at, u32_at, up_to};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Stream, Table};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, concat};
use crate::packet::{Layer, Slot};
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

mod kex;
mod negotiation;

use negotiation::{CURVE_NAMES, EXCHANGE_NAMES, GROUP_NAMES, Method, OTHER_NAMES, Protection, Session};

fields! {
    PROTOCOL_LINE = Field::text("ssh.protocol", "identification").key(),
    LINE = Field::text("nd.ssh.line", "line before the identification"),
    PACKET_LENGTH = Field::u32("ssh.packet_length", "packet length"),
    PADDING_LENGTH = Field::u8("ssh.padding_length", "padding length"),
    MESSAGE_CODE = Field::u8("ssh.message_code", "message").key().names(MESSAGE_NAMES),
    GROUP_CODE = Field::u8("ssh.message_code", "message").key().names(GROUP_NAMES),
    EXCHANGE_CODE = Field::u8("ssh.message_code", "message").key().names(EXCHANGE_NAMES),
    CURVE_CODE = Field::u8("ssh.message_code", "message").key().names(CURVE_NAMES),
    OTHER_CODE = Field::u8("ssh.message_code", "message").key().names(OTHER_NAMES),
    OLD_CODE = Field::u8("ssh.message_code", "message").key().names(OLD_NAMES),
    PAYLOAD = Field::bytes("ssh.payload", "payload"),
    OLD_CHECKSUM = Field::u32("nd.ssh.checksum", "checksum").hex(),
    DISCONNECT_REASON = Field::u32("ssh.disconnect_reason", "reason").hex().names(REASON_NAMES),
    DISCONNECT_DESCRIPTION_LENGTH = Field::u32("ssh.disconnect_description_length", "description length"),
    DISCONNECT_DESCRIPTION = Field::text("ssh.disconnect_description", "description"),
    DISCONNECT_LANGUAGE_LENGTH = Field::u32("nd.ssh.disconnect_language_length", "language tag length"),
    DISCONNECT_LANGUAGE = Field::text("nd.ssh.disconnect_language", "language tag"),
    PADDING = Field::bytes("ssh.padding_string", "padding"),
    SEQ_NUM = Field::u32("ssh.seq_num", "sequence number"),
    LENGTH_ENCRYPTED = Field::bytes("ssh.packet_length_encrypted", "packet length, encrypted"),
    ENCRYPTED_PACKET = Field::bytes("ssh.encrypted_packet", "encrypted"),
    ENCRYPTED = Field::bytes("nd.ssh.encrypted", "encrypted"),
    DIRECTION = Field::bool("ssh.direction", "from the server"),
}

const ALL: &[&Field] = &concat::<{ FIELDS.len() + kex::FIELDS.len() }>(&[FIELDS, kex::FIELDS]);

static PROTOCOL: Protocol =
    Protocol { name: "ssh", title: "SSH", about: "Secure Shell (RFC 4253)", fields: ALL, via: None };

static KEYS: &[Key] = &[Key::new(&TCP_PORT, PORT)];

static CARRIES: &[&Table] = &[&TCP_PORT];

/// Bytes on the port of SSH that are none: whoever recognises them reads them. No protocol has port 0.
const FOREIGN: Next = Next::Inner { nth: 0, value: 0 };
const PORT: u32 = 22;
/// RFC 4253 section 4.2: the identification has at most so many bytes, line end included.
const MAX_LINE: usize = 255;
/// Packets that are longer are none; RFC 4253 section 6.1 asks receivers for 35,000 bytes, and programs allow more.
const MAX_PACKET: u32 = 0x4_0000;
/// Bytes that are waited for at once.
const MAX_HELD: usize = 65_536;
/// Length and padding length, before the payload.
const HEADER: usize = 5;

const DISCONNECT: u8 = 1;
const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;

/// RFC 4250 section 4.1.2, but for 30 to 49.
const MESSAGE_NAMES: &[(u64, &str)] = &[
    (1, "Disconnect"),
    (2, "Ignore"),
    (3, "Unimplemented"),
    (4, "Debug"),
    (5, "Service Request"),
    (6, "Service Accept"),
    (7, "Extension Information"),
    (20, "Key Exchange Init"),
    (21, "New Keys"),
    (50, "User Authentication Request"),
    (51, "User Authentication Failure"),
    (52, "User Authentication Success"),
    (53, "User Authentication Banner"),
];

/// Messages of SSH 1.5 that are sent in clear.
const OLD_NAMES: &[(u64, &str)] = &[(1, "Disconnect"), (2, "Public Key"), (3, "Session Key")];

/// RFC 4250 section 4.2.2.
const REASON_NAMES: &[(u64, &str)] = &[
    (1, "host not allowed to connect"),
    (2, "protocol error"),
    (3, "key exchange failed"),
    (4, "reserved"),
    (5, "MAC error"),
    (6, "compression error"),
    (7, "service not available"),
    (8, "protocol version not supported"),
    (9, "host key not verifiable"),
    (10, "connection lost"),
    (11, "by application"),
    (12, "too many connections"),
    (13, "authentication cancelled by user"),
    (14, "no more authentication methods available"),
    (15, "illegal user name"),
];

/// Secure Shell.
#[derive(Debug)]
pub struct Ssh;

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Identification,
    /// A line that the server sends first (RFC 4253 section 4.2).
    Line,
    /// A packet in clear.
    Packet(Method),
    /// A packet of SSH 1.5: the first of each side is in clear.
    Old {
        clear: bool,
    },
    /// What no longer can be read.
    Encrypted(Protection),
}

/// A layer in the number that it keeps: what it is, its details, and who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Memo {
    piece: Piece,
    from_server: bool,
}

impl From<Memo> for u32 {
    fn from(memo: Memo) -> Self {
        let (kind, detail) = match memo.piece {
            Piece::Identification => (0, 0),
            Piece::Line => (1, 0),
            Piece::Packet(method) => (2, method as Self),
            Piece::Old { clear } => (3, clear.into()),
            Piece::Encrypted(protection) => (4, protection.into()),
        };
        kind | Self::from(memo.from_server) << 3 | detail << 4
    }
}

impl From<u32> for Memo {
    fn from(memo: u32) -> Self {
        let detail = memo >> 4;
        let piece = match memo & 7 {
            0 => Piece::Identification,
            1 => Piece::Line,
            2 => Piece::Packet(Method::from(detail)),
            3 => Piece::Old { clear: detail != 0 },
            _ => Piece::Encrypted(Protection::from(detail)),
        };
        Self { piece, from_server: memo & 8 != 0 }
    }
}

impl Dissector for Ssh {
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
        let from_server = match cx.ports {
            Some((_, dst)) if u32::from(dst) == PORT => false,
            Some((src, _)) if u32::from(src) == PORT => true,
            _ => !cx.from_client,
        };
        let last = cx.stream.is_none_or(Stream::is_last) || cx.wire_len > data.len();
        let mut fresh = Session::default();
        let mut known = cx.state::<Session>().map(core::mem::take);
        let session = known.as_mut().unwrap_or(&mut fresh);
        if session.is_foreign(data) {
            if let (Some(known), Some(state)) = (known, cx.state::<Session>()) {
                *state = known;
            }
            return Ok(Parsed::new(0, data.len(), FOREIGN).bare());
        }
        let taken = take(session, data, from_server, last);
        let seq = match &taken {
            Ok((_, Piece::Packet(_))) => Some(session.count(from_server)),
            _ => None,
        };
        if let (Some(known), Some(state)) = (known, cx.state::<Session>()) {
            *state = known;
        }
        let (len, piece) = taken?;
        if let Some(seq) = seq {
            cx.link(Link::Ordinal(seq));
        }
        Ok(Parsed::end(len).memo(Memo { piece, from_server }.into()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let memo = Memo::from(walk.memo());
        let len = walk.data().len();
        // Once for all messages that one segment completes.
        if walk.layer().slot.flags & Slot::FURTHER == 0 {
            walk.bool(&DIRECTION, 0..0, memo.from_server)?;
        }
        match memo.piece {
            Piece::Identification => walk.text(&PROTOCOL_LINE, 0, line(walk.data()).len()).map(|_| ()),
            Piece::Line => walk.text(&LINE, 0, line(walk.data()).len()).map(|_| ()),
            Piece::Packet(method) => packet(walk, method, memo.from_server),
            Piece::Old { clear } => old_packet(walk, clear),
            Piece::Encrypted(protection) => encrypted(walk, protection, len),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let memo = Memo::from(layer.slot.memo);
        let data = layer.data();
        out.write_str(if memo.from_server { "Server: " } else { "Client: " })?;
        match memo.piece {
            Piece::Identification => {
                write!(out, "Protocol ({})", alloc::string::String::from_utf8_lossy(line(data)))
            }
            Piece::Line => out.write_str("Line before the identification"),
            Piece::Packet(method) => match u8_at(data, HEADER) {
                Some(code) => match code_row(method, code).name_of(code.into()) {
                    Some(name) => out.write_str(name),
                    None => write!(out, "Message {code}"),
                },
                None => out.write_str("Empty packet"),
            },
            Piece::Old { clear } => match u8_at(data, old_padding(data).saturating_add(4)) {
                Some(code) if clear => match OLD_CODE.name_of(code.into()) {
                    Some(name) => out.write_str(name),
                    None => write!(out, "Message {code}"),
                },
                _ => write!(out, "Encrypted packet (len={})", u32_at(data, 0).unwrap_or_default()),
            },
            // Perhaps a part of a packet, perhaps several.
            Piece::Encrypted(_) => {
                write!(out, "Encrypted, {} byte{}", data.len(), if data.len() == 1 { "" } else { "s" })
            }
        }
    }
}

/// The row of a message's number: what 30 to 49 are depends on the method of key exchange.
fn code_row(method: Method, code: u8) -> &'static Field {
    match (code, method) {
        (30..=49, Method::Group) => &GROUP_CODE,
        (30..=49, Method::Exchange) => &EXCHANGE_CODE,
        (30..=49, Method::Curve) => &CURVE_CODE,
        (30..=49, Method::Other) => &OTHER_CODE,
        _ => &MESSAGE_CODE,
    }
}

/// What is at the front of one direction's bytes, and its length.
fn take(session: &mut Session, data: &[u8], from_server: bool, last: bool) -> Result<(usize, Piece), Fault> {
    let more = |need: usize| match last {
        true => None,
        false => Some(Fault::Short { need, have: data.len() }),
    };
    if !session.is_identified(from_server) {
        let start = up_to(data, 0, b"SSH-".len());
        let is_identification = b"SSH-".starts_with(start);
        // Lines may come before it (RFC 4253 section 4.2); where the client's was not seen either, what is there may
        // as well be the middle of a session.
        let head = up_to(data, 0, MAX_LINE);
        let first = head.split_inclusive(|&byte| byte == b'\n').next().unwrap_or_default();
        let text = if session.is_identified(false) { first } else { head };
        let is_text = from_server && text.iter().all(is_print);
        if is_identification || is_text {
            let end = up_to(data, 0, MAX_LINE).iter().position(|&byte| byte == b'\n');
            let len = match end.and_then(|end| end.checked_add(1)) {
                Some(len) => len,
                None if data.len() >= MAX_LINE => MAX_LINE,
                None => match more(data.len().saturating_add(1)) {
                    Some(fault) => return Err(fault),
                    None => data.len(),
                },
            };
            if is_identification {
                session.identify(from_server, line(up_to(data, 0, len)));
                return Ok((len, Piece::Identification));
            }
            return Ok((len, Piece::Line));
        }
    }
    if let Some(protection) = session.protection(from_server) {
        return Ok((data.len(), Piece::Encrypted(protection)));
    }
    if session.is_old() {
        return old(session, data, from_server, last);
    }
    let Some(length) = u32_at(data, 0) else {
        return match more(HEADER) {
            Some(fault) => Err(fault),
            None => Ok((data.len(), Piece::Encrypted(Protection::UNKNOWN))),
        };
    };
    let padding = u8_at(data, 4).unwrap_or_default();
    let total = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(4);
    if length > MAX_PACKET || length <= u32::from(padding) {
        // Not in clear: the beginning of the session was not seen.
        session.lose(from_server);
        return Ok((data.len(), Piece::Encrypted(Protection::UNKNOWN)));
    }
    if total > data.len()
        && let Some(fault) = more(total.min(data.len().saturating_add(MAX_HELD)))
    {
        return Err(fault);
    }
    let len = total.min(data.len());
    let method = session.method();
    match u8_at(data, HEADER) {
        Some(KEXINIT) => session.offer(from_server, up_to(data, 0, len)),
        Some(NEWKEYS) => session.protect(from_server),
        Some(31 | 33) => session.answered(),
        _ => {}
    }
    Ok((len, Piece::Packet(method)))
}

/// A packet of SSH 1.5: length, one to eight bytes of padding, content, checksum.
fn old(session: &mut Session, data: &[u8], from_server: bool, last: bool) -> Result<(usize, Piece), Fault> {
    let length = u32_at(data, 0);
    let total = length
        .filter(|&length| length <= MAX_PACKET)
        .map(|length| usize::try_from(length).unwrap_or(usize::MAX))
        .map(|length| length.saturating_add(4).saturating_add(old_padding(data)));
    match total {
        Some(need) if need > data.len() && !last => Err(Fault::Short { need, have: data.len() }),
        None if length.is_none() && !last => Err(Fault::Short { need: HEADER, have: data.len() }),
        Some(len) => {
            let clear = session.count(from_server) == 1;
            Ok((len.min(data.len()), Piece::Old { clear }))
        }
        None => {
            session.lose(from_server);
            Ok((data.len(), Piece::Encrypted(Protection::UNKNOWN)))
        }
    }
}

/// Bytes of padding before the content of a packet of SSH 1.5, which fill it up to a multiple of eight.
fn old_padding(data: &[u8]) -> usize {
    let [.., low] = u32_at(data, 0).unwrap_or_default().to_be_bytes();
    8_usize.saturating_sub(usize::from(low & 7))
}

fn old_packet(walk: &mut Walk<'_, '_>, clear: bool) -> Option<()> {
    let length = usize::try_from(walk.u32(&PACKET_LENGTH, 0)?).ok()?;
    let padding = old_padding(walk.data());
    let at = padding.saturating_add(4);
    walk.uint(&PADDING_LENGTH, 4..at, u64::try_from(padding).ok()?)?;
    if !clear {
        return walk.bytes(&PAYLOAD, at, length).map(|_| ());
    }
    walk.u8(&OLD_CODE, at)?;
    let start = at.saturating_add(1);
    let payload = slice(walk.data(), start, length.checked_sub(1)?)?;
    let end = start.saturating_add(payload.len());
    // Wireshark's payload has the checksum in it.
    walk.open(&PAYLOAD, start..end, Value::Bytes(payload))?;
    if payload.len() >= 4 {
        walk.u32(&OLD_CHECKSUM, end.saturating_sub(4))?;
    }
    walk.close();
    Some(())
}

fn packet(walk: &mut Walk<'_, '_>, method: Method, from_server: bool) -> Option<()> {
    for link in walk.links() {
        if let Link::Ordinal(number) = link {
            walk.uint(&SEQ_NUM, 0..0, number.saturating_sub(1))?;
        }
    }
    let length = walk.u32(&PACKET_LENGTH, 0)?;
    let padding = usize::from(walk.u8(&PADDING_LENGTH, 4)?);
    let end = usize::try_from(length).ok()?.saturating_add(4);
    let padding_at = end.saturating_sub(padding);
    let code = u8_at(walk.data(), HEADER)?;
    walk.u8(code_row(method, code), HEADER)?;
    let at = HEADER.saturating_add(1);
    let read = match code {
        KEXINIT => kex::init(walk, at, from_server)?,
        30..=49 => kex::exchange(walk, method, code, at)?,
        _ => at,
    };
    let rest = padding_at.saturating_sub(read);
    if rest > 0 {
        walk.bytes(&PAYLOAD, read, rest)?;
        if code == DISCONNECT {
            disconnect(walk, read, padding_at)?;
        }
    }
    walk.bytes(&PADDING, padding_at, padding).map(|_| ())
}

/// RFC 4253 section 11.1. What is behind `end` is padding: a language tag that was left out is not looked for there.
fn disconnect(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    walk.u32(&DISCONNECT_REASON, at)?;
    let len = usize::try_from(walk.u32(&DISCONNECT_DESCRIPTION_LENGTH, at.saturating_add(4))?).ok()?;
    let text = at.saturating_add(8);
    walk.text(&DISCONNECT_DESCRIPTION, text, len)?;
    let language = text.saturating_add(len);
    if language.saturating_add(4) > end {
        return Some(());
    }
    let len = usize::try_from(walk.u32(&DISCONNECT_LANGUAGE_LENGTH, language)?).ok()?;
    walk.text(&DISCONNECT_LANGUAGE, language.saturating_add(4), len).map(|_| ())
}

/// Bytes behind NEWKEYS. Wireshark shows a length and a packet only where it would not try to decrypt them.
fn encrypted(walk: &mut Walk<'_, '_>, protection: Protection, len: usize) -> Option<()> {
    if protection.decryptable || len <= 4 {
        return walk.bytes(&ENCRYPTED, 0, len).map(|_| ());
    }
    walk.bytes(&LENGTH_ENCRYPTED, 0, 4)?;
    walk.bytes(&ENCRYPTED_PACKET, 4, len.saturating_sub(4)).map(|_| ())
}

/// The first line of `data` without its end.
fn line(data: &[u8]) -> &[u8] {
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let line = up_to(data, 0, end);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_print(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t' | 0x80..)
}

#[cfg(test)]
mod tests;
