//! The WebSocket Protocol (RFC 6455): frames, behind an upgrade of HTTP.

use alloc::vec::Vec;
use core::fmt;

use super::http::{UPGRADE, UPGRADE_WEBSOCKET};
use super::media;
use crate::bytes::{chunk, slice, u8_at, u16_at, u64_at, up_to};
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Stream, Table};
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
    TEXT = Field::text("websocket.payload.text", "text").key(),
    CLOSE_STATUS = Field::u16("websocket.payload.close.status_code", "status").key().names(STATUS_NAMES),
    CLOSE_REASON = Field::text("websocket.payload.close.reason", "reason"),
    PING = Field::bytes("websocket.payload.ping", "ping"),
    PONG = Field::bytes("websocket.payload.pong", "pong"),
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

/// Bytes of one frame that are held; of a longer one the rest passes without being read.
const MAX_HELD: usize = 65_536;

/// One frame.
#[derive(Debug)]
pub struct WebSocket;

/// What is left of a frame that is too long, by side.
#[derive(Debug, Default)]
struct Passing([u64; 2]);

impl Memory for Passing {
    fn heap(&self) -> usize {
        0
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
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
        Ok(Self { opcode: first & 0x0f, key, len, payload })
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
        let side = usize::from(cx.from_client);
        let left = cx.state::<Passing>().and_then(|passing| passing.0.get_mut(side));
        if let Some(left) = left.filter(|left| **left > 0) {
            let len = usize::try_from(*left).unwrap_or(usize::MAX).min(data.len());
            *left = left.saturating_sub(u64::try_from(len).unwrap_or(u64::MAX));
            return Ok(Parsed::new(0, len, Next::End));
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
            if let Some(left) = cx.state::<Passing>().and_then(|passing| passing.0.get_mut(side)) {
                *left = rest;
            }
        }
        let len = total.min(data.len());
        let value = match head.opcode {
            TEXT_FRAME => media::kind(Some(b"text/plain"), b""),
            BINARY | CONTINUATION => media::UNKNOWN,
            _ => return Ok(Parsed::end(len)),
        };
        if head.payload == 0 {
            return Ok(Parsed::end(len));
        }
        if head.key.is_none() {
            return Ok(Parsed::new(head.len, len, Next::Table { nth: 0, value }));
        }
        let content = head.content(data);
        Ok(match cx.derive(content) {
            Some(source) => Parsed::new(head.len, len, Next::Derived { nth: 0, value }).memo(source.into()),
            None => Parsed::end(len),
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
        if head.payload == 0 {
            return Some(());
        }
        let place = head.len..data.len();
        let content = head.content(data);
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
        let (len, seen) = talk.message(0, &bytes("8141 8100"), false).unwrap();
        assert_eq!((len, seen.info.as_str()), (4, "WebSocket Text [FIN] 65 bytes"));
        Talk::new("websocket").survives(&bytes("8185 37fa213d 7f9f4d5158"));
    }
}
