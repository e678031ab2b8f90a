//! What the unit tests of all dissectors share: a packet from bytes, its fields as text, and broken copies of it.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::ops::Range;

use crate::dissector::{Fault, FlowState, Follows, Stream};
use crate::field::{Base, Field, Kind, Value};
use crate::frame::{Frame, LinkType, Timestamp};
use crate::packet::{Dissection, Packet};
use crate::registry::{Feed, Registry, Span};
use crate::walk::Visitor;

/// Bytes from hexadecimal digits; blanks are ignored.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// An IPv4 header (10.0.0.1 to 10.0.0.2) and UDP datagram with two bytes of payload: 30 bytes.
pub(crate) const UDP: &str = "4500001e 00010000 40110000 0a000001 0a000002  9c409c41 000a0000 7878";

/// One packet, taken apart and walked over.
pub(crate) struct Seen {
    /// The layers as `frame.protocols` names them.
    pub(crate) protocols: String,
    /// Every field with its value spelled as in rows; groups have an empty value.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The Info column of the uppermost layer that is not quoted.
    pub(crate) info: String,
    /// Faults, in words.
    pub(crate) faults: Vec<String>,
}

impl Seen {
    /// Takes the bytes apart as one whole frame of this link type.
    pub(crate) fn new(link: LinkType, data: &[u8]) -> Self {
        Self::cut(link, data, data.len())
    }

    /// The same, of a frame that had `wire` bytes.
    pub(crate) fn cut(link: LinkType, data: &[u8], wire: usize) -> Self {
        let registry = Registry::builtin();
        let frame = Frame {
            number: 1,
            time: Timestamp::new(1_700_000_000, 0),
            link,
            wire_len: u32::try_from(wire).unwrap(),
            data,
            origin: None,
        };
        let mut parts = Dissection::default();
        let _ = registry.dissect(&frame, &mut parts);
        Self::of(&Packet { frame, parts: &parts, registry: &registry })
    }

    /// A packet of a PPP control protocol by its number: code, identifier 7, length, and this body. Broken copies of it
    /// are taken apart too.
    pub(crate) fn ppp(protocol: u16, code: u8, body: &str) -> Self {
        let body = bytes(body);
        let len = u16::try_from(body.len() + 4).unwrap();
        let head = [protocol.to_be_bytes(), [code, 7], len.to_be_bytes()].concat();
        let frame = [head, body].concat();
        survives(LinkType::PPP, &frame);
        Self::new(LinkType::PPP, &frame)
    }

    /// What there is to see of a packet taken apart elsewhere.
    pub(crate) fn of(packet: &Packet<'_>) -> Self {
        let mut collector = Collector::default();
        packet.walk(&mut collector);
        let (mut protocols, mut info) = (String::new(), String::new());
        packet.protocols(&mut protocols).unwrap();
        if let Some(top) = packet.top() {
            top.summary(&mut info).unwrap();
        }
        let faults = packet.parts.faults.iter().map(|row| row.1.to_string()).collect();
        Self { protocols, fields: collector.fields, info, faults }
    }

    /// The values of one field joined by commas.
    pub(crate) fn get(&self, abbrev: &str) -> String {
        let values: Vec<&str> =
            self.fields.iter().filter(|row| row.0 == abbrev).map(|row| row.1.as_str()).collect();
        values.join(",")
    }

    /// Checks several fields at once.
    #[track_caller]
    pub(crate) fn expect(&self, rows: &[(&str, &str)]) {
        for (abbrev, value) in rows {
            assert_eq!(self.get(abbrev), *value, "{abbrev}");
        }
    }
}

/// The payloads of one conversation in the hands of one protocol, without the layers below.
pub(crate) struct Talk {
    registry: Registry,
    dissector: u16,
    state: FlowState,
    frame: u64,
}

impl Talk {
    /// A conversation in which `protocol` is spoken; its frames count from 1.
    pub(crate) fn new(protocol: &str) -> Self {
        let registry = Registry::builtin();
        let dissector = registry.named(protocol).unwrap();
        Self { registry, dissector, state: FlowState::default(), frame: 0 }
    }

    /// Gives the secrets of a key log.
    pub(crate) fn know(&mut self, log: &str) {
        self.registry.secrets_mut().tls.add(log.as_bytes());
    }

    /// The next datagram, so many milliseconds after the start.
    pub(crate) fn datagram(&mut self, millis: u64, data: &[u8]) -> Seen {
        self.cut(millis, data, data.len())
    }

    /// The next datagram, which had `wire` bytes.
    pub(crate) fn cut(&mut self, millis: u64, data: &[u8], wire: usize) -> Seen {
        self.read(millis, true, data, wire)
    }

    /// The next datagram, from the server.
    pub(crate) fn answer(&mut self, millis: u64, data: &[u8]) -> Seen {
        self.read(millis, false, data, data.len())
    }

    fn read(&mut self, millis: u64, from_client: bool, data: &[u8], wire: usize) -> Seen {
        let (frame, mut parts, span) = self.next(millis, data, wire);
        let feed = Feed { stream: None, from_client, against: false, state: &mut self.state };
        let _ = self.registry.datagram(&frame, &mut parts, self.dissector, span, feed);
        Seen::of(&Packet { frame, parts: &parts, registry: &self.registry })
    }

    /// The first message of what is there of the client's stream, and its length; `end` if nothing will follow.
    pub(crate) fn message(&mut self, millis: u64, data: &[u8], end: bool) -> Result<(usize, Seen), Fault> {
        self.stream(
            millis,
            true,
            data,
            Stream { follows: if end { Follows::Close } else { Follows::More }, gap: 0 },
        )
    }

    /// The first message of what is there of one direction's stream, and its length.
    pub(crate) fn stream(
        &mut self,
        millis: u64,
        from_client: bool,
        data: &[u8],
        stream: Stream,
    ) -> Result<(usize, Seen), Fault> {
        let (frame, mut parts, span) = self.next(millis, data, data.len());
        let feed = Feed { stream: Some(stream), from_client, against: false, state: &mut self.state };
        let len = self.registry.message(&frame, &mut parts, self.dissector, span, feed)?;
        Ok((len, Seen::of(&Packet { frame, parts: &parts, registry: &self.registry })))
    }

    fn next<'a>(&mut self, millis: u64, data: &'a [u8], wire: usize) -> (Frame<'a>, Dissection, Span) {
        self.frame += 1;
        let frame = Frame {
            number: self.frame,
            time: Timestamp::new(1_700_000_000, millis * 1_000_000),
            link: LinkType::RAW,
            wire_len: u32::try_from(wire).unwrap(),
            data,
            origin: None,
        };
        let parts = Dissection { contents: true, ..Dissection::default() };
        (frame, parts, Span { source: 0, offset: 0, end: data.len(), wire })
    }

    /// Like [`survives`], for a datagram of this conversation.
    pub(crate) fn survives(&mut self, data: &[u8]) {
        for len in 0..data.len() {
            let _ = self.cut(0, &data[..len], data.len());
            let _ = self.datagram(0, &data[..len]);
        }
        let mut copy = data.to_vec();
        for bit in 0..data.len() * 8 {
            copy[bit / 8] ^= 1 << (bit % 8);
            let _ = self.datagram(0, &copy);
            let _ = self.message(0, &copy, true);
            copy[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

/// Takes every prefix of the bytes and every copy with one bit flipped apart; the test is that nothing panics.
pub(crate) fn survives(link: LinkType, data: &[u8]) {
    for len in 0..=data.len() {
        let _ = Seen::cut(link, &data[..len], data.len());
    }
    let mut copy = data.to_vec();
    for bit in 0..data.len() * 8 {
        copy[bit / 8] ^= 1 << (bit % 8);
        let _ = Seen::new(link, &copy);
        copy[bit / 8] ^= 1 << (bit % 8);
    }
}

#[derive(Default)]
struct Collector {
    fields: Vec<(&'static str, String)>,
}

impl Visitor for Collector {
    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        self.fields.push((field.abbrev, spell(field, value)));
    }
    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }
    fn close(&mut self) {}
}

fn spell(field: &Field, value: Value<'_>) -> String {
    match (value, field.kind) {
        (Value::None, Kind::Group) => String::new(),
        (Value::None, _) => "1".to_string(),
        (Value::Bool(value), _) => u8::from(value).to_string(),
        (Value::Uint(value), Kind::Uint(bits)) if field.base == Base::Hex => {
            format!("{value:#0width$x}", width = usize::from(bits) / 4 + 2)
        }
        (Value::Uint(value), _) => value.to_string(),
        (Value::Int(value), _) => value.to_string(),
        (Value::Bytes(bytes), _) => hex(
            bytes,
            match field.base {
                Base::Colon => ":",
                Base::Space => " ",
                _ => "",
            },
        ),
        (Value::Text(text), _) => String::from_utf8_lossy(text).into_owned(),
        (Value::Ipv4(value), _) => value.to_string(),
        (Value::Ipv6(value), _) => value.to_string(),
        (Value::Mac(value), _) => hex(&value, ":"),
        (Value::Time(value), _) => format!("{}.{:09}", value.secs, value.nanos),
        (Value::Duration(value), _) => format!("{value} ns"),
        (Value::Float(value), _) => value.to_string(),
    }
}

fn hex(bytes: &[u8], separator: &str) -> String {
    let mut out = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let _ = write!(out, "{}{byte:02x}", if at == 0 { "" } else { separator });
    }
    out
}
