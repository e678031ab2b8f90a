//! What TLS remembers of a connection: what was agreed upon, and handshake messages that span records.

use alloc::vec::Vec;

use super::extensions;
use super::handshake::{self, Hello};
use super::{Application, Exchange, Kind, Memo, Version};
use crate::bytes::{slice, u16_at, u24_at, up_to};
use crate::dissector::{Context, Fault, Follows, Memory, Parsed, Stream};
use crate::facts::Link;

/// Bytes before the fragment of a record (RFC 8446 section 5.1).
pub(super) const HEADER: usize = 5;
/// A record holds at most 2^14 bytes, and protection adds at most 2^11 (RFC 5246 section 6.2.3).
const MAX_FRAGMENT: usize = 0x4000 + 0x800;
/// Bytes of a handshake message over several records that are kept (docs/faults.md section 4).
const MAX_HANDSHAKE: usize = 65_536;
/// Records of one handshake message whose frames are kept.
const MAX_PIECES: usize = 64;
/// Bytes before the body of a handshake message (RFC 8446 section 4).
const HANDSHAKE_HEADER: usize = 4;

/// Content types (RFC 8446 section B.1, RFC 6520 section 3).
pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const APPLICATION_DATA: u8 = 23;
pub(super) const HEARTBEAT: u8 = 24;

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Flow {
    version: Version,
    exchange: Exchange,
    application: Option<Application>,
    sides: [Side; 2],
    /// A record has been seen: whatever else comes belongs to TLS too.
    seen: bool,
}

impl Memory for Flow {
    fn heap(&self) -> usize {
        let begun = self.sides.iter().filter_map(|side| side.begun.as_ref());
        begun.fold(0, |sum, pieces| {
            let frames = pieces.frames.capacity().saturating_mul(size_of::<u64>());
            sum.saturating_add(pieces.bytes.capacity()).saturating_add(frames)
        })
    }
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    /// A ChangeCipherSpec has passed: what follows is protected.
    ciphered: bool,
    /// The beginning of a handshake message.
    begun: Option<Pieces>,
}

/// The beginning of a handshake message and the frames that brought it.
#[derive(Debug, Default)]
struct Pieces {
    bytes: Vec<u8>,
    frames: Vec<u64>,
}

/// Whether `data` begins as a record does, whose length is believable.
pub(super) fn is_record(data: &[u8]) -> bool {
    let Some(&[kind, major, minor, high, low]) = data.first_chunk::<HEADER>() else { return false };
    let len = usize::from(u16::from_be_bytes([high, low]));
    (CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&kind) && major == 3 && minor <= 4 && len <= MAX_FRAGMENT
}

impl Flow {
    /// Takes one record off the front of `data`.
    pub(super) fn dissect(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let last = cx.stream.is_none_or(Stream::is_last) || cx.wire_len > data.len();
        if cx.stream.is_some_and(|stream| stream.gap > 0)
            && let Some(side) = self.sides.get_mut(usize::from(cx.from_client))
        {
            side.begun = None;
        }
        if data.is_empty() {
            return Ok(Parsed::end(0).bare());
        }
        if self.version == Version::Unknown && super::ssl2::is_hello(data) {
            return self.ssl2(data, cx, last);
        }
        if data.len() < HEADER {
            if !last && super::may_be_record(data) {
                return Err(Fault::Short { need: HEADER, have: data.len() });
            }
            return Ok(self.unknown(data, cx));
        }
        if !is_record(data) {
            return Ok(self.unknown(data, cx));
        }
        let fragment = usize::from(u16_at(data, 3).unwrap_or_default());
        let len = HEADER.saturating_add(fragment);
        self.seen = true;
        if data.len() < len {
            let short = Fault::Short { need: len, have: data.len() };
            match cx.stream.map(|stream| stream.follows) {
                _ if !last => return Err(short),
                // The rest is read elsewhere, or was.
                Some(Follows::Apart) => return Ok(Parsed::end(data.len()).bare()),
                Some(Follows::Close | Follows::Break) => {
                    cx.flaw(short);
                    let memo = Memo { kind: Kind::Cut, ..self.memo(cx) };
                    return Ok(Parsed::end(len).memo(memo.into()));
                }
                _ => cx.flaw(short),
            }
        }
        let (memo, before) = self.record(up_to(data, 0, len), cx);
        for frame in before {
            cx.link(Link::Piece(frame));
        }
        Ok(Parsed::end(len).memo(memo.into()))
    }

    /// Takes note of one record, as far as it is there. Answers what its layer has to know, and the frames of the
    /// pieces that came before.
    fn record(&mut self, record: &[u8], cx: &mut Context<'_>) -> (Memo, Vec<u64>) {
        let body = record.get(HEADER..).unwrap_or_default();
        let apart = cx.stream.is_some_and(|stream| stream.follows == Follows::Apart);
        let mut kind = Kind::Plain;
        let mut source = None;
        let mut before = Vec::new();
        let content = record.first().copied().unwrap_or_default();
        let mut side =
            self.sides.get_mut(usize::from(cx.from_client)).map(core::mem::take).unwrap_or_default();
        match content {
            CHANGE_CIPHER_SPEC => {
                // In TLS 1.3 it means nothing (RFC 8446 section 5).
                side.ciphered = self.version != Version::Tls13;
                side.begun = None;
            }
            HANDSHAKE if side.ciphered && !handshake::is_finished(body) => kind = Kind::Encrypted,
            HANDSHAKE if apart => {
                if !handshake::may_begin(body) {
                    kind = Kind::Encrypted;
                }
                self.messages(body);
            }
            HANDSHAKE => match side.begun.take() {
                Some(mut pieces) => {
                    pieces.bytes.extend_from_slice(body);
                    if pieces.frames.len() < MAX_PIECES {
                        pieces.frames.push(cx.frame);
                    }
                    if pieces.is_whole() {
                        let left = self.messages(&pieces.bytes);
                        side.begun = Pieces::begin(left, cx.frame);
                        before = pieces.frames;
                        source = cx.derive(pieces.bytes);
                    } else {
                        kind = Kind::Piece;
                        side.begun = Some(pieces).filter(|pieces| pieces.bytes.len() <= MAX_HANDSHAKE);
                        if side.begun.is_none() {
                            cx.flaw(Fault::Malformed(
                                "message is longer than is kept (tls.handshake.length)",
                            ));
                        }
                    }
                }
                None if handshake::may_begin(body) => {
                    let left = self.messages(body);
                    side.begun = Pieces::begin(left, cx.frame);
                }
                None => kind = Kind::Encrypted,
            },
            ALERT if body.len() != 2 => kind = Kind::Encrypted,
            _ => {}
        }
        if let Some(place) = self.sides.get_mut(usize::from(cx.from_client)) {
            *place = side;
        }
        (Memo { kind, source, ..self.memo(cx) }, before)
    }

    /// Takes note of the whole messages in `data`; answers what is left of one that is not whole.
    fn messages<'a>(&mut self, data: &'a [u8]) -> &'a [u8] {
        let mut rest = data;
        while let Some(len) = u24_at(rest, 1) {
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            let Some(body) = slice(rest, HANDSHAKE_HEADER, len) else { break };
            if let Some(&kind @ (handshake::CLIENT_HELLO | handshake::SERVER_HELLO)) = rest.first()
                && let Some(hello) = Hello::parse(kind, body)
            {
                self.learn(&hello);
            }
            rest = rest.get(HANDSHAKE_HEADER.saturating_add(len)..).unwrap_or_default();
        }
        rest
    }

    fn learn(&mut self, hello: &Hello<'_>) {
        if !hello.from_server {
            // Whoever sends early data has agreed upon the version before (RFC 8446 section 4.2.10).
            if hello.extension(extensions::EARLY_DATA_TYPE).is_some() {
                self.version = Version::Tls13;
            }
            return;
        }
        self.version = Version::from(hello.selected_version());
        if let Some(suite) = u16_at(hello.suites, 0) {
            self.exchange = Exchange::of(suite);
        }
        if let Some(name) = hello.first_alpn() {
            self.application = Application::by_alpn(name).or(self.application);
        }
    }

    fn memo(&self, cx: &Context<'_>) -> Memo {
        Memo {
            kind: Kind::Plain,
            version: self.version,
            exchange: self.exchange,
            application: self.application.or_else(|| cx.ports.and_then(Application::by_ports)),
            source: None,
        }
    }

    /// A message of SSL 2.0 (draft-hickman-netscape-ssl-00 section 1.1): a length of 15 bits.
    fn ssl2(&mut self, data: &[u8], cx: &mut Context<'_>, last: bool) -> Result<Parsed, Fault> {
        let len = super::ssl2::len(data);
        if data.len() < len {
            let short = Fault::Short { need: len, have: data.len() };
            if !last {
                return Err(short);
            }
            cx.flaw(short);
        }
        Ok(Parsed::end(len).memo(Memo { kind: Kind::Ssl2, ..self.memo(cx) }.into()))
    }

    /// Bytes that begin no record. In a connection that speaks TLS they are its own (the middle of a record behind
    /// a gap); else another protocol uses the port.
    fn unknown(&self, data: &[u8], cx: &Context<'_>) -> Parsed {
        if !self.seen {
            return Parsed::new(0, data.len(), super::NOT_TLS).bare();
        }
        Parsed::end(data.len()).memo(Memo { kind: Kind::Unknown, ..self.memo(cx) }.into())
    }
}

impl Pieces {
    fn begin(bytes: &[u8], frame: u64) -> Option<Self> {
        (!bytes.is_empty()).then(|| Self { bytes: bytes.to_vec(), frames: alloc::vec![frame] })
    }

    fn is_whole(&self) -> bool {
        u24_at(&self.bytes, 1).is_some_and(|len| {
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            self.bytes.len() >= HANDSHAKE_HEADER.saturating_add(len)
        })
    }
}
