//! What TLS remembers of a connection: what was agreed upon, handshake messages that span records, and what opens
//! its records where the key log knows that.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::extensions;
use super::handshake::{self, Hello};
use super::opening::Opening;
use super::{Application, Exchange, Kind, Memo, Version};
use crate::application::quic;
use crate::bytes::{slice, u16_at, u24_at, up_to};
use crate::dissector::{Context, Fault, Follows, Memory, Next, Parsed, Stream};
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
    /// What opens records, from the first hello on, if secrets are given.
    opening: Option<Box<Opening>>,
}

impl Memory for Flow {
    fn heap(&self) -> usize {
        let begun = self.sides.iter().filter_map(|side| side.begun.as_ref());
        let opening = self.opening.as_ref().map_or(0, |_| size_of::<Opening>());
        begun.fold(opening, |sum, pieces| {
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
    /// Opened bytes that found no room in their packet, since the last that did.
    unread: u64,
}

/// The beginning of a handshake message and the frames that brought it.
#[derive(Debug, Default)]
struct Pieces {
    bytes: Vec<u8>,
    frames: Vec<u64>,
}

/// What there is to know of one record.
struct Shown {
    memo: Memo,
    /// The frames of the pieces that came before.
    before: Vec<u64>,
    next: Next,
}

/// What a handshake record turned out to be.
struct Collected {
    kind: Kind,
    /// Where its messages lie, if an earlier record began the first of them.
    source: Option<u8>,
    /// The frames of the pieces that came before.
    before: Vec<u64>,
}

impl Collected {
    const fn new(kind: Kind) -> Self {
        Self { kind, source: None, before: Vec::new() }
    }
}

/// Opened bytes that no layer can show.
const NO_ROOM: Fault = Fault::Malformed("the packet has no room for what the record holds (tls.app_data)");
/// A heartbeat that asks for more than it brings (RFC 6520 section 4).
const GREEDY: Fault =
    Fault::Malformed("claims more than the record has room for (tls.heartbeat_message.payload_length)");

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
            if let Some(opening) = &mut self.opening {
                opening.lose(cx.from_client);
            }
        }
        if data.is_empty() {
            return Ok(Parsed::end(0).bare());
        }
        if self.version == Version::Unknown && super::ssl2::is_hello(data) {
            return self.ssl2(data, cx, last);
        }
        if data.len() < HEADER {
            let may_be_hello = self.version == Version::Unknown && super::ssl2::may_be_hello(data);
            if !last && (may_be_hello || super::may_be_record(data)) {
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
        let shown = self.record(up_to(data, 0, len), cx);
        for frame in shown.before {
            cx.link(Link::Piece(frame));
        }
        Ok(Parsed::new(len, len, shown.next).memo(shown.memo.into()))
    }

    /// Takes note of handshake messages, or a piece of one, that CRYPTO frames of QUIC carried. There TLS has version 1.3
    /// (RFC 9001 section 4.2).
    pub(super) fn crypto(&mut self, data: &[u8], cx: &mut Context<'_>) -> Parsed {
        let mut side =
            self.sides.get_mut(usize::from(cx.from_client)).map(core::mem::take).unwrap_or_default();
        if cx.called == quic::CRYPTO_BEGINS {
            // Another connection may have left something between the same ports.
            side.begun = None;
        }
        self.version = Version::Tls13;
        let Collected { kind, source, before } = self.handshake(&mut side, data, cx);
        if let Some(place) = self.sides.get_mut(usize::from(cx.from_client)) {
            *place = side;
        }
        for frame in before {
            cx.link(Link::Piece(frame));
        }
        let kind = if kind == Kind::Plain { Kind::Crypto } else { Kind::CryptoPiece };
        Parsed::end(data.len()).memo(Memo { kind, source, ..self.memo(cx) }.into())
    }

    /// Takes note of one record, as far as it is there.
    fn record(&mut self, record: &[u8], cx: &mut Context<'_>) -> Shown {
        let mut side =
            self.sides.get_mut(usize::from(cx.from_client)).map(core::mem::take).unwrap_or_default();
        // What is read apart from its stream has no place in the order of records.
        let apart = cx.stream.is_some_and(|stream| stream.follows == Follows::Apart);
        let opened = match &mut self.opening {
            Some(opening) if !apart => opening.open(cx.from_client, record),
            _ => None,
        };
        let shown = match opened {
            Some((content, plain)) => self.opened(&mut side, content, plain, cx),
            None => {
                let Collected { kind, source, before } = self.unopened(&mut side, record, apart, cx);
                Shown { memo: Memo { kind, source, ..self.memo(cx) }, before, next: Next::End }
            }
        };
        if let Some(place) = self.sides.get_mut(usize::from(cx.from_client)) {
            *place = side;
        }
        shown
    }

    /// A record as it lies there.
    fn unopened(&mut self, side: &mut Side, record: &[u8], apart: bool, cx: &mut Context<'_>) -> Collected {
        let body = record.get(HEADER..).unwrap_or_default();
        match record.first().copied().unwrap_or_default() {
            CHANGE_CIPHER_SPEC => {
                // In TLS 1.3 it means nothing (RFC 8446 section 5).
                side.ciphered = self.version != Version::Tls13;
                side.begun = None;
                if let Some(opening) = self.opening.as_mut().filter(|_| !apart) {
                    opening.change_cipher(cx.from_client, &cx.secrets.tls);
                }
                Collected::new(Kind::Plain)
            }
            HANDSHAKE if side.ciphered && !handshake::is_finished(body) => Collected::new(Kind::Encrypted),
            HANDSHAKE if apart => {
                let may_begin = handshake::may_begin(body);
                self.messages(body, cx);
                Collected::new(if may_begin { Kind::Plain } else { Kind::Encrypted })
            }
            HANDSHAKE => self.handshake(side, body, cx),
            ALERT if body.len() != 2 => Collected::new(Kind::Encrypted),
            HEARTBEAT => {
                // Under protection, and where the beginning is missing, its bytes may mean anything.
                let is_clear = self.version != Version::Unknown && !side.ciphered;
                if is_clear && matches!(body.first(), Some(1 | 2)) && !super::has_room(record) {
                    cx.flaw(GREEDY);
                }
                Collected::new(Kind::Plain)
            }
            _ => Collected::new(Kind::Plain),
        }
    }

    /// A record that was opened.
    fn opened(&mut self, side: &mut Side, content: u8, plain: Vec<u8>, cx: &mut Context<'_>) -> Shown {
        let shown = |memo| Shown { memo, before: Vec::new(), next: Next::End };
        match content {
            HANDSHAKE => {
                let Collected { kind, source, before } = self.handshake(side, &plain, cx);
                let memo = self.memo(cx);
                if kind != Kind::Plain {
                    return Shown { memo: Memo { kind, ..memo }, before, next: Next::End };
                }
                let source = source.or_else(|| cx.derive(plain));
                let kind = if source.is_some() { Kind::OpenedHandshake } else { Kind::Encrypted };
                Shown { memo: Memo { kind, source, ..memo }, before, next: Next::End }
            }
            ALERT if plain.len() == 2 => {
                // Behind a close_notify comes no more data (RFC 8446 section 6.1).
                let closes = plain.last() == Some(&0);
                let source = cx.derive(plain);
                let kind = if source.is_some() { Kind::OpenedAlert } else { Kind::Encrypted };
                let memo = Memo { kind, source, ..self.memo(cx) };
                match closes && cx.derive(Vec::new()).is_some() {
                    true => Shown { next: self.within(side, Follows::Close, cx), ..shown(memo) },
                    false => shown(memo),
                }
            }
            APPLICATION_DATA => {
                let memo = Memo { kind: Kind::OpenedData, ..self.memo(cx) };
                let len = u64::try_from(plain.len()).unwrap_or(u64::MAX);
                if len == 0 {
                    return shown(memo);
                }
                if cx.derive(plain).is_none() {
                    side.unread = side.unread.saturating_add(len);
                    cx.flaw(NO_ROOM);
                    return shown(memo);
                }
                Shown { next: self.within(side, Follows::More, cx), ..shown(memo) }
            }
            _ => shown(Memo { kind: Kind::Encrypted, ..self.memo(cx) }),
        }
    }

    /// The source derived last goes to the protocol inside.
    fn within(&self, side: &mut Side, follows: Follows, cx: &Context<'_>) -> Next {
        let value = self.memo(cx).application.map_or(0, Application::plain_port).into();
        let stream = Stream { follows, gap: core::mem::take(&mut side.unread) };
        Next::Within { nth: 0, value, stream }
    }

    /// Takes note of the handshake messages in one record, or of a piece of one.
    fn handshake(&mut self, side: &mut Side, body: &[u8], cx: &mut Context<'_>) -> Collected {
        let Some(mut pieces) = side.begun.take() else {
            if !handshake::may_begin(body) {
                return Collected::new(Kind::Encrypted);
            }
            let left = self.messages(body, cx);
            side.begun = Pieces::begin(left, cx.frame);
            return Collected::new(Kind::Plain);
        };
        pieces.bytes.extend_from_slice(body);
        if pieces.frames.len() < MAX_PIECES {
            pieces.frames.push(cx.frame);
        }
        if pieces.is_whole() {
            let left = self.messages(&pieces.bytes, cx);
            side.begun = Pieces::begin(left, cx.frame);
            return Collected { kind: Kind::Plain, source: cx.derive(pieces.bytes), before: pieces.frames };
        }
        side.begun = Some(pieces).filter(|pieces| pieces.bytes.len() <= MAX_HANDSHAKE);
        if side.begun.is_none() {
            cx.flaw(Fault::Malformed("message is longer than is kept (tls.handshake.length)"));
        }
        Collected::new(Kind::Piece)
    }

    /// Takes note of the whole messages in `data`; answers what is left of one that is not whole.
    fn messages<'a>(&mut self, data: &'a [u8], cx: &Context<'_>) -> &'a [u8] {
        let log = &cx.secrets.tls;
        let mut rest = data;
        while let Some(len) = u24_at(rest, 1) {
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            let Some(body) = slice(rest, HANDSHAKE_HEADER, len) else { break };
            match rest.first().copied().unwrap_or_default() {
                kind @ (handshake::CLIENT_HELLO | handshake::SERVER_HELLO) => {
                    if let Some(hello) = Hello::parse(kind, body) {
                        self.learn(&hello, cx);
                    }
                }
                handshake::ENCRYPTED_EXTENSIONS => self.learn_application(&Hello::encrypted(body)),
                handshake::FINISHED => {
                    if let Some(opening) = &mut self.opening {
                        opening.finish(cx.from_client, log);
                    }
                }
                handshake::KEY_UPDATE => {
                    if let Some(opening) = &mut self.opening {
                        opening.update(cx.from_client);
                    }
                }
                _ => {}
            }
            rest = rest.get(HANDSHAKE_HEADER.saturating_add(len)..).unwrap_or_default();
        }
        rest
    }

    fn learn(&mut self, hello: &Hello<'_>, cx: &Context<'_>) {
        let log = &cx.secrets.tls;
        if !hello.from_server {
            if !log.is_empty() {
                self.opening.get_or_insert_default().greet(hello);
            }
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
        self.learn_application(hello);
        if let Some(opening) = self.opening.as_mut().filter(|_| !hello.retry)
            && !opening.agree(hello, log)
        {
            self.opening = None;
        }
    }

    fn learn_application(&mut self, hello: &Hello<'_>) {
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
