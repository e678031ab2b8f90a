//! The WebSocket Protocol (RFC 6455): frames, behind an upgrade of HTTP. A message in several frames is shown in the
//! one that ends it.

use alloc::vec::Vec;
use core::fmt;

use super::http::{UPGRADE, UPGRADE_WEBSOCKET};
use super::media;
use crate::bytes::{chunk, slice, u8_at, u16_at, u64_at, up_to};
use crate::dissector::{Context, Dissector, Fault, Follows, Key, Memory, Next, Parsed, Stream, Table};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    FIN = Field::bool("websocket.fin", "last frame of the message"),
    RSV = Field::u8("websocket.rsv", "reserved bits").hex(),
    OPCODE = Field::u8("websocket.opcode", "opcode").key().names(OPCODE_NAMES),
    MASK = Field::bool("websocket.mask", "masked"),
    LENGTH = Field::u8("websocket.payload_length", "payload length").key(),
    LENGTH_16 = Field::u16("websocket.payload_length_ext_16", "extended payload length"),
    LENGTH_64 = Field::u64("websocket.payload_length_ext_64", "extended payload length"),
    MASKING_KEY = Field::bytes("websocket.masking_key", "masking key"),
    NOTE = Field::text("nd.websocket.note", "note").many(),
    PIECE = Field::bytes("nd.websocket.piece", "piece of a message"),
    TEXT = Field::text("websocket.payload.text", "text").key(),
    CLOSE_STATUS = Field::u16("websocket.payload.close.status_code", "status").key().names(STATUS_NAMES),
    CLOSE_REASON = Field::text("websocket.payload.close.reason", "reason"),
    PING = Field::bytes("websocket.payload.ping", "ping"),
    PONG = Field::bytes("websocket.payload.pong", "pong"),
    FRAGMENTS = Field::flag("websocket.fragments", "put together"),
    FRAGMENT = Field::frame("websocket.fragment", "piece in frame").many(),
    FRAGMENT_COUNT = Field::u32("websocket.fragment.count", "pieces"),
    MESSAGE_LENGTH = Field::u32("websocket.reassembled.length", "length of the message"),
}

static PROTOCOL: Protocol = Protocol {
    name: "websocket",
    title: "WebSocket",
    about: "The WebSocket Protocol (RFC 6455)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UPGRADE, UPGRADE_WEBSOCKET)];
static CARRIES: &[&Table] = &[&media::MEDIA_TYPE];

const CONTINUATION: u8 = 0;
const TEXT_FRAME: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING_FRAME: u8 = 9;
const PONG_FRAME: u8 = 10;

/// RFC 6455 section 11.8.
const OPCODE_NAMES: &[(u64, &str)] =
    &[(0, "Continuation"), (1, "Text"), (2, "Binary"), (8, "Connection Close"), (9, "Ping"), (10, "Pong")];

/// RFC 6455 section 7.4.1 and IANA, "WebSocket Close Code Number".
const STATUS_NAMES: &[(u64, &str)] = &[
    (1000, "Normal Closure"),
    (1001, "Going Away"),
    (1002, "Protocol error"),
    (1003, "Unsupported Data"),
    (1005, "No Status Rcvd"),
    (1006, "Abnormal Closure"),
    (1007, "Invalid frame payload data"),
    (1008, "Policy Violation"),
    (1009, "Message Too Big"),
    (1010, "Mandatory Ext."),
    (1011, "Internal Error"),
    (1012, "Service Restart"),
    (1013, "Try Again Later"),
    (1014, "Bad Gateway"),
    (1015, "TLS handshake"),
];

/// Bytes of one frame that are held; of a longer one the rest passes without being read. Bytes of a message that are
/// held, too.
const MAX_HELD: usize = 65_536;
/// Frames of one message that are remembered.
const MAX_PIECES: usize = 1_024;

/// One frame.
#[derive(Debug)]
pub struct WebSocket;

/// What each side is sending.
#[derive(Debug, Default)]
struct Sides([Side; 2]);

/// One direction.
#[derive(Debug, Default)]
struct Side {
    /// What is left of a frame that is too long.
    passing: u64,
    /// A message whose last frame has not come.
    message: Option<Message>,
}

/// A message in several frames (RFC 6455 section 5.4).
#[derive(Debug)]
struct Message {
    is_text: bool,
    bytes: Vec<u8>,
    /// The frames of the capture in which it came.
    frames: Vec<u64>,
    /// Something of it is missing, or there is more than is held.
    is_spoilt: bool,
}

impl Message {
    const fn new(opcode: u8) -> Self {
        Self { is_text: opcode == TEXT_FRAME, bytes: Vec::new(), frames: Vec::new(), is_spoilt: false }
    }

    fn add(&mut self, piece: &[u8], frame: u64, is_whole: bool) {
        let len = self.bytes.len().saturating_add(piece.len());
        if !is_whole || len > MAX_HELD || self.frames.len() >= MAX_PIECES {
            self.is_spoilt = true;
        }
        if self.is_spoilt {
            (self.bytes, self.frames) = (Vec::new(), Vec::new());
        } else {
            self.bytes.extend_from_slice(piece);
            self.frames.push(frame);
        }
    }
}

impl Memory for Sides {
    fn heap(&self) -> usize {
        self.0.iter().filter_map(|side| side.message.as_ref()).fold(0_usize, |sum, message| {
            let frames = message.frames.capacity().saturating_mul(size_of::<u64>());
            sum.saturating_add(message.bytes.capacity()).saturating_add(frames)
        })
    }
}

/// What a layer has to know when its fields are walked: in the lowest byte the source that holds a message which came
/// in several frames, and flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Memo(u32);

impl Memo {
    /// A message ends here that began in an earlier frame: a text, or anything else.
    const TEXT: Self = Self(1 << 8);
    const BINARY: Self = Self(1 << 9);
    /// A piece of a message that goes on.
    const PIECE: Self = Self(1 << 10);
    /// A piece of a message that was not seen to begin.
    const HEADLESS: Self = Self(1 << 11);
    /// A message ends here of which not all is there.
    const SPOILT: Self = Self(1 << 12);

    fn with_source(self, source: u8) -> Self {
        Self(self.0 | u32::from(source))
    }

    const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    const fn source(self) -> u8 {
        let [.., source] = self.0.to_be_bytes();
        source
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    is_last: bool,
    opcode: u8,
    key: Option<[u8; 4]>,
    len: usize,
    payload: u64,
}

impl Head {
    /// Reads the head, or tells how many bytes it has.
    fn parse(data: &[u8]) -> Result<Self, usize> {
        let (first, second) = u8_at(data, 0).zip(u8_at(data, 1)).ok_or(2_usize)?;
        let (payload, len) = match second & 0x7f {
            126 => (u16_at(data, 2).map(u64::from).ok_or(4_usize)?, 4_usize),
            127 => (u64_at(data, 2).ok_or(10_usize)?, 10),
            len => (len.into(), 2),
        };
        let key = match second & 0x80 {
            0 => None,
            _ => Some(chunk(data, len).ok_or(len.saturating_add(4))?),
        };
        let len = if key.is_some() { len.saturating_add(4) } else { len };
        Ok(Self { is_last: first & 0x80 != 0, opcode: first & 0x0f, key, len, payload })
    }

    /// Whether the length takes more bytes than it needs, which section 5.2 forbids.
    const fn is_wasteful(self) -> bool {
        let mask = if self.key.is_some() { 4 } else { 0 };
        match self.len.saturating_sub(mask) {
            10 => self.payload <= 0xffff,
            4 => self.payload < 126,
            _ => false,
        }
    }

    /// The payload as far as it is there, without its mask (RFC 6455 section 5.3).
    fn content(self, data: &[u8]) -> Vec<u8> {
        let payload = up_to(data, self.len, usize::try_from(self.payload).unwrap_or(usize::MAX));
        match self.key {
            None => payload.to_vec(),
            Some(key) => payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect(),
        }
    }
}

impl Dissector for WebSocket {
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
        let gap = cx.stream.map_or(0, |stream| stream.gap);
        let apart = is_apart(cx);
        if let Some(side) = side(cx) {
            if gap > 0 {
                side.message = None;
                side.passing = side.passing.saturating_sub(gap);
            }
            if side.passing > 0 && apart {
                return Ok(Parsed::end(data.len()).bare());
            }
            if side.passing > 0 {
                let len = usize::try_from(side.passing).unwrap_or(usize::MAX).min(data.len());
                side.passing = side.passing.saturating_sub(u64::try_from(len).unwrap_or(u64::MAX));
                return Ok(Parsed::end(len).bare());
            }
        }
        let last = cx.stream.is_none_or(Stream::is_last) || cx.wire_len > data.len();
        let head = match Head::parse(data) {
            Ok(head) => head,
            Err(need) => return Err(Fault::Short { need, have: data.len() }),
        };
        let total = usize::try_from(head.payload).unwrap_or(usize::MAX).saturating_add(head.len);
        if total > data.len() && !last {
            if total <= MAX_HELD {
                return Err(Fault::Short { need: total, have: data.len() });
            }
            let rest = u64::try_from(total.saturating_sub(data.len())).unwrap_or(u64::MAX);
            if let Some(side) = side(cx).filter(|_| !apart) {
                side.passing = rest;
            }
        }
        let len = total.min(data.len());
        let memo = match head.opcode {
            CONTINUATION | TEXT_FRAME | BINARY => match pieces(head, data, total <= data.len(), cx) {
                Pieces::Alone(memo) => memo,
                Pieces::More => return Ok(Parsed::end(len).memo(Memo::PIECE.0)),
                Pieces::Message(message) => return Ok(joined(message, head.len, len, cx)),
            },
            _ => return Ok(Parsed::end(len)),
        };
        let plain = Parsed::end(len).memo(memo.0);
        if head.payload == 0 {
            return Ok(plain);
        }
        let value = kind(head.opcode == TEXT_FRAME);
        if head.key.is_none() {
            return Ok(Parsed::new(head.len, len, Next::Table { nth: 0, value }).memo(memo.0));
        }
        let content = head.content(data);
        Ok(match cx.derive(content) {
            Some(_) => Parsed::new(head.len, len, Next::Derived { nth: 0, value }).memo(memo.0),
            None => plain,
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let first = u8_at(data, 0)?;
        let second = u8_at(data, 1)?;
        let head = Head::parse(data).ok()?;
        walk.bool(&FIN, 0..1, first & 0x80 != 0)?;
        walk.uint(&RSV, 0..1, (first >> 4) & 7)?;
        walk.uint(&OPCODE, 0..1, head.opcode)?;
        walk.bool(&MASK, 1..2, head.key.is_some())?;
        walk.uint(&LENGTH, 1..2, second & 0x7f)?;
        match second & 0x7f {
            126 => walk.u16(&LENGTH_16, 2).map(|_| ())?,
            127 => walk.u64(&LENGTH_64, 2).map(|_| ())?,
            _ => {}
        }
        if head.key.is_some() {
            walk.bytes(&MASKING_KEY, head.len.saturating_sub(4), 4)?;
        }
        let memo = Memo(walk.memo());
        let notes = [
            (head.is_wasteful(), "the length takes more bytes than it needs"),
            (memo.has(Memo::HEADLESS), "the beginning of the message was not seen"),
            (memo.has(Memo::SPOILT), "parts of the message are missing, or there is more than is held"),
        ];
        for (_, note) in notes.iter().filter(|row| row.0) {
            walk.emit(&NOTE, 0..0, Value::Text(note.as_bytes()))?;
        }
        let place = head.len..data.len();
        let content = head.content(data);
        if memo.has(Memo::TEXT) || memo.has(Memo::BINARY) {
            return message(walk, memo);
        }
        if head.payload == 0 {
            return Some(());
        }
        if memo.has(Memo::PIECE) || memo.has(Memo::SPOILT) {
            return walk.emit(&PIECE, place, Value::Bytes(&content));
        }
        match head.opcode {
            TEXT_FRAME => walk.emit(&TEXT, place, Value::Text(&content)),
            PING_FRAME => walk.emit(&PING, place, Value::Bytes(&content)),
            PONG_FRAME => walk.emit(&PONG, place, Value::Bytes(&content)),
            CLOSE => {
                let status = u16_at(&content, 0)?;
                walk.uint(&CLOSE_STATUS, head.len..head.len.saturating_add(2), status)?;
                match slice(&content, 2, content.len().saturating_sub(2)).filter(|reason| !reason.is_empty())
                {
                    Some(reason) => {
                        walk.emit(&CLOSE_REASON, head.len.saturating_add(2)..data.len(), Value::Text(reason))
                    }
                    None => Some(()),
                }
            }
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let Ok(head) = Head::parse(layer.data()) else { return out.write_str("cut") };
        write!(out, "WebSocket {}", name_of(OPCODE_NAMES, head.opcode.into()).unwrap_or("Unknown opcode"))?;
        out.write_str(if u8_at(layer.data(), 0).is_some_and(|first| first & 0x80 != 0) {
            " [FIN]"
        } else {
            ""
        })?;
        out.write_str(if head.key.is_some() { " [MASKED]" } else { "" })?;
        write!(out, " {} bytes", head.payload)
    }
}

/// The bytes at hand are a segment that is read by itself: it has no place in the order of frames.
fn is_apart(cx: &Context<'_>) -> bool {
    cx.stream.is_some_and(|stream| matches!(stream.follows, Follows::Apart | Follows::Late))
}

/// What the sender of the bytes at hand is sending.
fn side<'a>(cx: &'a mut Context<'_>) -> Option<&'a mut Side> {
    let side = usize::from(cx.from_client);
    cx.state::<Sides>()?.0.get_mut(side)
}

/// What a frame of data is of its message.
enum Pieces {
    /// All of it, or a piece that belongs to none.
    Alone(Memo),
    /// More is to come.
    More,
    /// The last piece.
    Message(Message),
}

/// Takes note of a frame of data; `is_whole` unless some of it is missing.
fn pieces(head: Head, data: &[u8], is_whole: bool, cx: &mut Context<'_>) -> Pieces {
    let (frame, apart) = (cx.frame, is_apart(cx));
    let Some(side) = side(cx).filter(|_| !apart) else { return Pieces::Alone(Memo::default()) };
    if head.opcode != CONTINUATION {
        // One message is sent after the other; what was begun is given up.
        side.message = None;
        if head.is_last {
            return Pieces::Alone(Memo::default());
        }
        side.message = Some(Message::new(head.opcode));
    }
    let Some(mut message) = side.message.take() else { return Pieces::Alone(Memo::HEADLESS) };
    message.add(&head.content(data), frame, is_whole);
    if head.is_last {
        return Pieces::Message(message);
    }
    side.message = Some(message);
    Pieces::More
}

/// The layer of the frame that ends a message, which is handed on.
fn joined(message: Message, header: usize, len: usize, cx: &mut Context<'_>) -> Parsed {
    let Message { is_text, bytes, frames, is_spoilt } = message;
    let spoilt = Parsed::end(len).memo(Memo::SPOILT.0);
    if is_spoilt {
        return spoilt;
    }
    if bytes.is_empty() {
        return Parsed::end(len);
    }
    let Some(source) = cx.derive(bytes) else { return spoilt };
    for frame in frames {
        cx.link(Link::Piece(frame));
    }
    let memo = if is_text { Memo::TEXT } else { Memo::BINARY };
    let value = kind(is_text);
    Parsed::new(header, len, Next::Derived { nth: 0, value }).memo(memo.with_source(source).0)
}

/// What the content of a message is handed on as.
fn kind(is_text: bool) -> u32 {
    if is_text { media::kind(Some(b"text/plain"), b"") } else { media::UNKNOWN }
}

/// A message that came in several frames.
fn message(walk: &mut Walk<'_, '_>, memo: Memo) -> Option<()> {
    let bytes = walk.layer().source(memo.source());
    if memo.has(Memo::TEXT) {
        walk.emit(&TEXT, 0..0, Value::Text(bytes))?;
    }
    walk.open(&FRAGMENTS, 0..0, Value::None)?;
    let mut count = 0_u32;
    for link in walk.links() {
        if let Link::Piece(frame) = link {
            walk.uint(&FRAGMENT, 0..0, frame)?;
            count = count.saturating_add(1);
        }
    }
    walk.uint(&FRAGMENT_COUNT, 0..0, count)?;
    walk.uint(&MESSAGE_LENGTH, 0..0, u32::try_from(bytes.len()).ok()?)?;
    walk.close();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Talk, bytes};

    /// RFC 6455 section 5.7: "Hello", masked and not, and a ping.
    #[test]
    fn the_examples_of_the_rfc() {
        let mut talk = Talk::new("websocket");
        let seen = talk.datagram(0, &bytes("8105 48656c6c6f"));
        assert_eq!(seen.protocols, "websocket:data-text-lines");
        seen.expect(&[
            ("websocket.fin", "1"),
            ("websocket.opcode", "1"),
            ("websocket.payload.text", "Hello"),
        ]);
        let seen = talk.datagram(0, &bytes("8185 37fa213d 7f9f4d5158"));
        seen.expect(&[("websocket.masking_key", "37fa213d"), ("websocket.payload.text", "Hello")]);
        let seen = talk.datagram(0, &bytes("8905 48656c6c6f"));
        seen.expect(&[("websocket.payload.ping", "48656c6c6f"), ("websocket.payload_length", "5")]);
        let seen = talk.datagram(0, &bytes("8804 03e8 6f6b"));
        seen.expect(&[
            ("websocket.payload.close.status_code", "1000"),
            ("websocket.payload.close.reason", "ok"),
        ]);
    }

    #[test]
    fn a_frame_waits_for_its_end() {
        let mut talk = Talk::new("websocket");
        let cut = talk.message(0, &bytes("817e0100 41"), false).err();
        assert_eq!(cut, Some(Fault::Short { need: 260, have: 5 }));
        let (len, seen) = talk.message(0, &bytes("827f0000000000100000 41"), false).unwrap();
        assert_eq!((len, seen.get("websocket.payload_length_ext_64").as_str()), (11, "1048576"));
        // What goes on is no frame, whatever it looks like.
        let (len, seen) = talk.message(0, &bytes("8141 8100"), false).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (4, ""));
        Talk::new("websocket").survives(&bytes("8185 37fa213d 7f9f4d5158"));
        Talk::new("websocket").survives(&bytes("0103 48656c"));
    }

    /// RFC 6455 section 5.4, with a ping in between, and section 5.7, "Hello" in two frames.
    #[test]
    fn a_message_in_several_frames() {
        let mut talk = Talk::new("websocket");
        let seen = talk.datagram(0, &bytes("0103 48656c"));
        assert_eq!(seen.protocols, "websocket");
        seen.expect(&[("nd.websocket.piece", "48656c"), ("websocket.payload.text", "")]);
        talk.datagram(0, &bytes("8900")).expect(&[("websocket.opcode", "9"), ("nd.websocket.note", "")]);
        talk.answer(0, &bytes("8001 21")).expect(&[
            ("data.data", "21"),
            ("nd.websocket.note", "the beginning of the message was not seen"),
        ]);
        let seen = talk.datagram(0, &bytes("8082 37fa213d 5b95"));
        assert_eq!(seen.protocols, "websocket:data-text-lines");
        seen.expect(&[
            ("websocket.payload.text", "Hello"),
            ("websocket.fragments", "1"),
            ("websocket.fragment", "1,4"),
            ("websocket.fragment.count", "2"),
            ("websocket.reassembled.length", "5"),
            ("nd.websocket.note", ""),
        ]);
        // Bytes without a type, and an end without bytes.
        talk.datagram(0, &bytes("0202 0102"));
        let seen = talk.datagram(0, &bytes("8000"));
        assert_eq!(seen.protocols, "websocket:data");
        seen.expect(&[("data.data", "0102"), ("websocket.payload.text", "")]);
        // More than is held.
        let long = [&bytes("017e c000")[..], &[b'a'; 0xc000]].concat();
        talk.datagram(0, &long);
        let seen = talk.datagram(0, &[&bytes("807e c000")[..], &[b'a'; 0xc000]].concat());
        assert_eq!(seen.protocols, "websocket");
        assert!(seen.get("nd.websocket.note").starts_with("parts of the message are missing"));
    }

    #[test]
    fn a_length_in_more_bytes_than_it_needs() {
        let mut talk = Talk::new("websocket");
        let note = "the length takes more bytes than it needs";
        for wasteful in ["827f 0000000000000001 00", "827e 0001 00", "82fe 0001 00000000 00"] {
            assert_eq!(talk.datagram(0, &bytes(wasteful)).get("nd.websocket.note"), note);
        }
        assert_eq!(talk.datagram(0, &bytes("8281 00000000 00")).get("nd.websocket.note"), "");
    }
}
