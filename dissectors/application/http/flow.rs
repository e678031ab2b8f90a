//! What HTTP remembers of a connection: how far the message at hand has come in each direction, and what the
//! connection carries.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::chunked::{Scanner, Token};
use super::coding::{self, Coding, Unpacked};
use super::exchange::{Begun, Exchanges, Open};
use super::head::{self, Head, MAX_HEAD, Method, StartLine};
use super::memo::Memo;
use super::{CARRY_MEDIA, CARRY_TCP, CARRY_UPGRADE, upgrade};
use crate::application::media;
use crate::bytes::up_to;
use crate::dissector::{Context, Fault, Follows, Memory, Next, Parsed, Stream};

/// Bytes of head and body that are held until a message is complete; of larger ones so much of the body is
/// kept as they pass.
const MAX_HELD: usize = 65_536;

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// A request has been shown, so that whatever else comes belongs to HTTP too.
    seen: bool,
    sides: [Side; 2],
    exchanges: Exchanges,
    tunnel: Option<Tunnel>,
    /// The last frame with a layer of this protocol.
    shown: u64,
    /// Frame and layer number at which the protocol inside the tunnel is to read.
    inside: Option<(u64, u8)>,
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    /// Where the first line ends; 0 while that is not known.
    line_end: usize,
    /// So many bytes hold no end of the head.
    searched: usize,
    /// The request at hand, once its head is there.
    begun: Option<Begun>,
    body: Progress,
}

/// How far the body has come.
#[derive(Debug, Default)]
enum Progress {
    /// The head is not complete, or the length of the message is known without reading the body.
    #[default]
    Waiting,
    /// Head of so many bytes, then chunks read up to `at`.
    Chunks { head: usize, at: usize, scanner: Scanner },
    /// More than is held: the beginning was taken already.
    Passing(Box<Passing>),
    /// Bytes to come of a message that a gap cut, and that was shown as far as it was there.
    Skipping(u64),
}

impl Memory for Flow {
    fn heap(&self) -> usize {
        let kept = self.sides.iter().map(|side| match &side.body {
            Progress::Passing(passing) => passing.kept.capacity().saturating_add(size_of::<Passing>()),
            _ => 0,
        });
        kept.fold(self.exchanges.heap(), usize::saturating_add)
    }
}

impl Progress {
    /// What is left after `gap` bytes that never came.
    fn after_gap(self, gap: u64) -> Self {
        let left = match self {
            Self::Skipping(left) => left,
            Self::Passing(passing) => match passing.left {
                Left::Bytes(left) => left,
                Left::Chunks(_) | Left::UntilClose => 0,
            },
            Self::Waiting | Self::Chunks { .. } => 0,
        };
        left.checked_sub(gap).map_or(Self::Waiting, Self::Skipping)
    }
}

/// A message that is too large to be held.
#[derive(Debug)]
struct Passing {
    /// The head and the beginning of the body.
    kept: Vec<u8>,
    /// Bytes of the head.
    head: usize,
    left: Left,
}

/// What is still to come of a body.
#[derive(Clone, Copy, Debug)]
enum Left {
    Bytes(u64),
    Chunks(Scanner),
    UntilClose,
}

/// The connection carries another protocol from now on.
#[derive(Debug)]
enum Tunnel {
    /// After a CONNECT: to this host and port.
    Proxy { host: Vec<u8>, port: u16 },
    /// After an upgrade, by its number in the table `http.upgrade`.
    Upgrade(u32),
}

/// A message as far as it is there.
struct Message<'a> {
    /// Head and body, or their beginning.
    data: &'a [u8],
    head: usize,
    /// Bytes that the layer takes from the stream.
    taken: usize,
    memo: Memo,
    /// `data` was kept from earlier segments.
    kept: bool,
}

impl Flow {
    /// Takes one message, or a piece of one, off the front of `data`.
    pub(super) fn dissect(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let side = usize::from(cx.from_client);
        let gap = cx.stream.map_or(0, |stream| stream.gap);
        if gap > 0 {
            // Answers may be missing: only the last request can be sure of its own. A gap within a body whose length is
            // known is counted, so that the message after it is found.
            if let Some(side) = self.sides.get_mut(side) {
                *side = Side { body: core::mem::take(&mut side.body).after_gap(gap), ..Side::default() };
            }
            self.exchanges.keep_last();
        }
        if self.tunnel.is_some() && self.inside.take() != Some((cx.frame, cx.slot)) {
            return Ok(self.enter_tunnel(data, cx));
        }
        if apart(cx) {
            let passed = |side: &Side| matches!(side.body, Progress::Passing(_) | Progress::Skipping(1..));
            if is_late(cx) && self.sides.get(side).is_some_and(passed) {
                // These bytes were counted as missing from the body.
                return Ok(Parsed::end(data.len()).bare());
            }
            // What waits for more in this direction is none of its business, and answers may be missing before it.
            self.exchanges.keep_last();
            let parsed = self.proceed(&mut Side::default(), data, cx);
            if parsed.is_ok_and(|parsed| !parsed.bare) {
                self.shown = cx.frame;
            }
            return parsed;
        }
        let Some(side) = self.sides.get_mut(side) else { return Ok(Parsed::end(data.len()).bare()) };
        let mut side = core::mem::take(side);
        let parsed = self.proceed(&mut side, data, cx);
        if let Some(place) = self.sides.get_mut(usize::from(cx.from_client)) {
            *place = side;
        }
        if parsed.is_ok_and(|parsed| !parsed.bare) {
            self.shown = cx.frame;
        }
        if !cx.from_client && parsed.is_ok_and(|parsed| Memo::from(parsed.memo).has(Memo::CONTINUATION)) {
            // The head of what answers the requests so far was missed.
            self.exchanges.forget();
        }
        parsed
    }

    /// On success `side` is left as the next message finds it.
    fn proceed(&mut self, side: &mut Side, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        // Of a datagram, or of a segment that was not captured whole, nothing more will come.
        let last = cx.stream.is_none_or(Stream::is_last) || cx.wire_len > data.len();
        match core::mem::take(&mut side.body) {
            Progress::Skipping(left) if left > 0 && !data.is_empty() => {
                let len = u64::try_from(data.len()).unwrap_or(u64::MAX).min(left);
                side.body = Progress::Skipping(left.saturating_sub(len));
                Ok(Parsed::end(usize::try_from(len).unwrap_or(data.len())).bare())
            }
            Progress::Passing(passing) => self.pass(side, passing, data, cx, last),
            Progress::Chunks { head, at, scanner } if head <= at && at <= data.len() => {
                self.chunks(side, data, head, (at, scanner), cx, last)
            }
            _ => self.begin(side, data, cx, last),
        }
    }

    /// Looks for a head.
    fn begin(
        &mut self,
        side: &mut Side,
        data: &[u8],
        cx: &mut Context<'_>,
        last: bool,
    ) -> Result<Parsed, Fault> {
        let more = Fault::Short { need: data.len().saturating_add(1), have: data.len() };
        let full = data.len() >= MAX_HEAD;
        if data.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return Ok(Parsed::end(data.len()).bare());
        }
        let blank = head::blank_line(data);
        let text = up_to(data, blank, data.len());
        if !text.first().is_some_and(|&byte| printable(byte)) {
            return Ok(self.other(side, data));
        }
        if side.line_end == 0 {
            let from = side.searched.max(blank).min(data.len());
            match head::line_end(up_to(data, 0, from.saturating_add(MAX_HEAD)), from) {
                Some(end) => side.line_end = end,
                None if !last && !full && (self.seen || head::may_begin(text)) => {
                    // The last byte may be the CR of a line end.
                    side.searched = data.len().saturating_sub(1);
                    return Err(more);
                }
                None if last && ended(cx, data).has(Memo::CUT) => return Ok(self.unfinished(side, data)),
                None => side.line_end = data.len(),
            }
            side.searched = side.line_end.saturating_sub(1);
            let line = head::line(data, blank).and_then(|line| data.get(line.start..line.text_end));
            if line.and_then(StartLine::parse).is_none() {
                return Ok(self.other(side, data));
            }
        }
        let held = up_to(data, 0, MAX_HEAD);
        let Some(end) = head::head_end(held, side.searched) else {
            if last || full {
                let memo = if full { Memo::LONG_HEAD } else { ended(cx, data) };
                let message = Message { data: held, head: held.len(), taken: held.len(), memo, kept: false };
                return Ok(self.show(side, &message, cx));
            }
            side.searched = data.len().saturating_sub(2).max(side.searched);
            return Err(more);
        };
        let Some(head) = data.get(..end).and_then(Head::parse) else { return Ok(self.other(side, data)) };
        if side.begun.is_none() && matches!(head.start, StartLine::Request { .. }) {
            side.begun = Some(Begun { frame: cx.frame, time: cx.time, answered: None });
        }
        match self.framing(&head, data) {
            Framed::None => self.whole(side, data, &head, cx),
            Framed::Bytes(len) => {
                let total = usize::try_from(len).ok().and_then(|len| end.checked_add(len));
                match total {
                    Some(total) if total <= data.len() => self.whole(side, data, &head, cx),
                    _ if last => {
                        let left =
                            len.saturating_sub(u64::try_from(data.len().saturating_sub(end)).unwrap_or(0));
                        let parsed = self.cut(side, data, end, Memo::default(), cx);
                        if cx.stream.is_some_and(|stream| stream.follows == Follows::Break) {
                            side.body = Progress::Skipping(left);
                        }
                        parsed
                    }
                    Some(need) if need <= MAX_HELD => Err(Fault::Short { need, have: data.len() }),
                    _ => self.pass(side, Passing::new(end, Left::Bytes(len)), data, cx, last),
                }
            }
            Framed::UntilClose if broken(cx) => self.cut(side, data, end, Memo::default(), cx),
            Framed::UntilClose if last => self.whole(side, data, &head, cx),
            Framed::UntilClose if data.len() < MAX_HELD => {
                Err(Fault::Short { need: MAX_HELD, have: data.len() })
            }
            Framed::UntilClose => self.pass(side, Passing::new(end, Left::UntilClose), data, cx, last),
            Framed::Chunks => self.chunks(side, data, end, (end, Scanner::default()), cx, last),
        }
    }

    /// How the body is delimited (RFC 9112 section 6.3), by what is waited for.
    fn framing(&self, head: &Head, data: &[u8]) -> Framed {
        self.framed(head, data, head.framing.awaited.chunked, head.framing.awaited.length)
    }

    fn framed(&self, head: &Head, data: &[u8], chunked: bool, length: Option<u64>) -> Framed {
        match &head.start {
            StartLine::Status { code, .. } => {
                let code = code.as_ref().map_or(0, |code| code.0);
                let method = self.exchanges.method();
                let bodiless = matches!(code, 100..=199 | 204 | 304)
                    || method == Some(Method::Head)
                    || method == Some(Method::Connect) && code / 100 == 2;
                match length {
                    _ if bodiless => Framed::None,
                    _ if chunked => Framed::Chunks,
                    Some(len) => Framed::Bytes(len),
                    None => Framed::UntilClose,
                }
            }
            StartLine::Request { .. } if head.method(data) == Some(Method::Connect) => Framed::None,
            StartLine::Request { .. } => match length {
                _ if chunked => Framed::Chunks,
                Some(len) => Framed::Bytes(len),
                None => Framed::None,
            },
        }
    }

    /// Where the message ends of which all is there that was waited for, by what its head shows.
    fn end(&self, head: &Head, data: &[u8]) -> (usize, Memo) {
        let framing = &head.framing;
        let length = framing.length.filter(|_| !framing.transfer_coded);
        match self.framed(head, data, framing.chunked, length) {
            Framed::None => (head.body, Memo::default()),
            Framed::Bytes(len) => {
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                (head.body.saturating_add(len).min(data.len()), Memo::default())
            }
            Framed::UntilClose => (data.len(), Memo::default()),
            Framed::Chunks => match scan(data, (head.body, Scanner::default())) {
                Scanned::End(end, memo) => (end, memo),
                Scanned::Bad(end) => (end, Memo::BAD_CHUNK),
                Scanned::More(scanner) => (data.len(), Memo::chunks(&scanner)),
            },
        }
    }

    /// Reads chunks from `from` on.
    fn chunks(
        &mut self,
        side: &mut Side,
        data: &[u8],
        head: usize,
        from: (usize, Scanner),
        cx: &mut Context<'_>,
        last: bool,
    ) -> Result<Parsed, Fault> {
        match scan(data, from) {
            Scanned::End(..) | Scanned::Bad(_) => match data.get(..head).and_then(Head::parse) {
                Some(head) => self.whole(side, data, &head, cx),
                None => Ok(self.other(side, data)),
            },
            Scanned::More(scanner) if last => self.cut(side, data, head, Memo::chunks(&scanner), cx),
            Scanned::More(scanner) => {
                let wants = usize::try_from(scanner.wants()).unwrap_or(usize::MAX);
                let need = data.len().saturating_add(wants);
                if need <= MAX_HELD {
                    side.body = Progress::Chunks { head, at: data.len(), scanner };
                    return Err(Fault::Short { need, have: data.len() });
                }
                let passing = Passing::new(head, Left::Chunks(Scanner::default()));
                self.pass(side, passing, data, cx, last)
            }
        }
    }

    /// Takes what is there of a body that is too large to be held, or completes the message with it. The last byte
    /// is left with the stream, so that something is there to be shown when the connection ends.
    fn pass(
        &mut self,
        side: &mut Side,
        mut passing: Box<Passing>,
        data: &[u8],
        cx: &mut Context<'_>,
        last: bool,
    ) -> Result<Parsed, Fault> {
        // The first call has the head before the body.
        let head = if passing.kept.is_empty() { passing.head } else { 0 };
        let body = up_to(data, head, data.len());
        let (taken, memo) = match passing.left {
            Left::Bytes(left) => match usize::try_from(left).ok().filter(|&left| left <= body.len()) {
                Some(left) => (Some(head.saturating_add(left)), Memo::default()),
                None => (None, Memo::CUT),
            },
            Left::Chunks(scanner) => match scan(data, (head, scanner)) {
                Scanned::End(taken, memo) => (Some(taken), memo),
                Scanned::Bad(taken) => (Some(taken), Memo::BAD_CHUNK),
                Scanned::More(_) => (None, Memo::CUT),
            },
            Left::UntilClose if broken(cx) => (None, Memo::CUT),
            Left::UntilClose => (None, Memo::default()),
        };
        if let Some(taken) = taken.or(last.then_some(data.len())) {
            passing.keep(up_to(data, 0, taken));
            let message = Message { data: &passing.kept, head: passing.head, taken, memo, kept: true };
            let parsed = self.show(side, &message, cx);
            if let (Left::Bytes(left), true) = (passing.left, broken(cx)) {
                let here = u64::try_from(taken.saturating_sub(head)).unwrap_or(u64::MAX);
                side.body = Progress::Skipping(left.saturating_sub(here));
            }
            return Ok(parsed);
        }
        let taken = data.len().saturating_sub(1);
        if taken <= head {
            side.body = Progress::Passing(passing);
            return Err(Fault::Short { need: data.len().saturating_add(1), have: data.len() });
        }
        match &mut passing.left {
            Left::Bytes(left) => {
                let len = u64::try_from(taken.saturating_sub(head)).unwrap_or(u64::MAX);
                *left = left.saturating_sub(len);
            }
            Left::Chunks(scanner) => {
                if let Scanned::More(at) = scan(up_to(data, 0, taken), (head, *scanner)) {
                    *scanner = at;
                }
            }
            Left::UntilClose => {}
        }
        passing.keep(up_to(data, 0, taken));
        let parsed = match passing.left {
            Left::Bytes(_) => Parsed::end(taken).unfinished(),
            Left::Chunks(_) | Left::UntilClose => Parsed::end(taken).bare(),
        };
        side.body = Progress::Passing(passing);
        Ok(parsed)
    }

    fn whole(
        &mut self,
        side: &mut Side,
        data: &[u8],
        head: &Head,
        cx: &mut Context<'_>,
    ) -> Result<Parsed, Fault> {
        let (taken, mut memo) = self.end(head, data);
        if head.framing.early {
            memo = memo.with(Memo::EARLY);
        }
        let message =
            Message { data: up_to(data, 0, taken), head: head.end.min(taken), taken, memo, kept: false };
        Ok(self.show(side, &message, cx))
    }

    fn cut(
        &mut self,
        side: &mut Side,
        data: &[u8],
        head: usize,
        memo: Memo,
        cx: &mut Context<'_>,
    ) -> Result<Parsed, Fault> {
        let memo = memo.with(ended(cx, data));
        let message = Message { data, head, taken: data.len(), memo, kept: false };
        Ok(self.show(side, &message, cx))
    }

    /// Bytes that begin no message: the continuation of one whose beginning was missed, or no HTTP at all.
    fn other(&self, side: &mut Side, data: &[u8]) -> Parsed {
        *side = Side::default();
        if !self.seen {
            return Parsed::end(data.len()).bare();
        }
        let header = match data.first() {
            Some(&first) if printable(first) => head::headers_end(data),
            _ => 0,
        };
        Parsed::new(header, data.len(), Next::Data).memo(Memo::CONTINUATION.into())
    }

    /// Bytes that may have begun a message when the stream ended.
    fn unfinished(&self, side: &mut Side, data: &[u8]) -> Parsed {
        let parsed = Parsed { header: 0, ..self.other(side, data) };
        parsed.memo(Memo::CONTINUATION.with(Memo::CUT).into())
    }

    /// Makes a layer of a message, pairs it with its request, and hands on its body.
    fn show(&mut self, side: &mut Side, message: &Message<'_>, cx: &mut Context<'_>) -> Parsed {
        let begun = core::mem::take(side).begun;
        let head_bytes = up_to(message.data, 0, message.head);
        let mut memo = message.memo;
        let Some(head) = Head::parse(head_bytes) else { return Parsed::end(message.taken) };
        let body = message.data.get(head.body..).unwrap_or_default();
        match head.method(head_bytes) {
            // Nobody answers a notification in a datagram.
            Some(Method::Notification) if cx.stream.is_none() => {}
            Some(method) => {
                self.seen |= !memo.has(Memo::CUT);
                let answered = begun.and_then(|begun| begun.answered);
                memo = memo.with(self.exchanges.request(&head, head_bytes, method, answered, cx));
            }
            None => memo = memo.with(self.response(&head, head_bytes, cx)),
        }
        if head.framing.early {
            memo = memo.with(Memo::EARLY);
        }
        if message.kept {
            memo = memo.with_head(cx.derive(message.data.to_vec()));
        }
        let header = if message.kept { 0 } else { head.body };
        let parsed = |next, memo: Memo| Parsed::new(header, message.taken, next).memo(memo.into());
        if body.is_empty() || memo.has(Memo::CUT) {
            return parsed(Next::End, memo);
        }
        let media_type = head.media_type(head_bytes);
        let framing = &head.framing;
        let unpacks = framing.coding == Coding::Inflate && !framing.is_opaque() && cx.contents;
        let kind = |content| match framing.is_opaque() {
            true => media::UNKNOWN,
            false => media::kind(media_type, content),
        };
        if !framing.chunked && !message.kept && !unpacks {
            return parsed(Next::Table { nth: CARRY_MEDIA, value: kind(body) }, memo);
        }
        let plain = if framing.chunked { super::chunked::dechunk(body, message.kept) } else { body.to_vec() };
        let (content, value) = match unpacks.then(|| coding::unpack(&plain)).flatten() {
            Some(Unpacked { content, more }) => {
                memo = if more { memo.with(Memo::TOO_MUCH) } else { memo };
                let value = kind(&content);
                (content, value)
            }
            None if unpacks => {
                memo = memo.with(Memo::PACKED);
                (plain, media::UNKNOWN)
            }
            None => {
                let value = kind(&plain);
                (plain, value)
            }
        };
        if content.is_empty() {
            return parsed(Next::End, memo);
        }
        match cx.derive(content) {
            None => parsed(Next::End, memo.with(Memo::PACKED)),
            source => parsed(Next::Derived { nth: CARRY_MEDIA, value }, memo.with_body(source)),
        }
    }

    fn response(&mut self, head: &Head, data: &[u8], cx: &mut Context<'_>) -> Memo {
        let StartLine::Status { code, .. } = &head.start else { return Memo::default() };
        let code = code.as_ref().map_or(0, |code| code.0);
        let other = self.sides.get_mut(usize::from(!cx.from_client));
        let begun = other.and_then(|side| side.begun.as_mut());
        let (answered, memo) = self.exchanges.response(code, begun, cx);
        if code == 101 {
            let protocol = head.framing.upgrade.clone().and_then(|at| data.get(at)).unwrap_or_default();
            self.tunnel = Some(Tunnel::Upgrade(upgrade(protocol)));
        } else if code / 100 == 2
            && let Some(Open { uri, target: Some((host, port)), .. }) = answered
        {
            self.tunnel = Some(Tunnel::Proxy { host: up_to(&uri, 0, host).to_vec(), port });
        }
        if self.tunnel.is_some() {
            // What is inside begins anew.
            self.sides = Default::default();
            self.exchanges = Exchanges::default();
        }
        memo
    }

    /// Hands all bytes on to the protocol inside. One layer for each frame says through whom they come.
    fn enter_tunnel(&mut self, data: &[u8], cx: &mut Context<'_>) -> Parsed {
        let bare = self.shown == cx.frame;
        self.shown = cx.frame;
        self.inside = Some((cx.frame, cx.slot.saturating_add(u8::from(!bare))));
        let parsed = match &self.tunnel {
            Some(Tunnel::Proxy { host, port }) => {
                let memo = match bare {
                    true => Memo::default(),
                    false => Memo::tunnel(cx.derive(host.clone()), *port),
                };
                let next = Next::Inner { nth: CARRY_TCP, value: (*port).into() };
                Parsed::new(0, data.len(), next).memo(memo.into())
            }
            Some(Tunnel::Upgrade(protocol)) => {
                let next = Next::Inner { nth: CARRY_UPGRADE, value: *protocol };
                Parsed::new(0, data.len(), next).memo(Memo::tunnel(None, 0).into())
            }
            None => Parsed::end(data.len()),
        };
        if bare { parsed.bare() } else { parsed }
    }

    /// A datagram: one message, and everything that is not one is shown too.
    pub(super) fn datagram(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        self.seen = true;
        // Answers to a multicast request are many and need not come: only the last request counts.
        self.exchanges.keep_last();
        let parsed = self.dissect(data, cx)?;
        Ok(Parsed { bare: false, ..parsed })
    }
}

/// How a body is delimited.
enum Framed {
    None,
    Bytes(u64),
    Chunks,
    UntilClose,
}

/// Where a look at chunks ended, counted from the start of the data.
enum Scanned {
    End(usize, Memo),
    Bad(usize),
    More(Scanner),
}

fn scan(data: &[u8], (mut at, mut scanner): (usize, Scanner)) -> Scanned {
    loop {
        let (len, token) = scanner.next(up_to(data, at, data.len()));
        let end = at.saturating_add(len);
        match token {
            Token::End => return Scanned::End(end, Memo::chunks(&scanner)),
            Token::Bad => return Scanned::Bad(at),
            Token::More => return Scanned::More(scanner),
            Token::Size(_) | Token::Data | Token::Boundary | Token::Trailer => at = end,
        }
    }
}

/// The bytes at hand are a segment that is read by itself.
fn apart(cx: &Context<'_>) -> bool {
    is_late(cx) || cx.stream.is_some_and(|stream| stream.follows == Follows::Apart)
}

/// The bytes at hand fill a gap that was told.
fn is_late(cx: &Context<'_>) -> bool {
    cx.stream.is_some_and(|stream| stream.follows == Follows::Late)
}

/// What to remark of a message of which only `data` is there. Of a segment that is read apart, or was not captured
/// whole, nobody says that the message ends with it.
fn ended(cx: &Context<'_>, data: &[u8]) -> Memo {
    if apart(cx) || cx.wire_len > data.len() { Memo::default() } else { Memo::CUT }
}

/// The connection broke off behind the bytes at hand.
fn broken(cx: &Context<'_>) -> bool {
    cx.stream.is_some_and(|stream| stream.follows == Follows::Break)
}

/// Bytes by which a line of text may begin.
pub(super) fn printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

impl Passing {
    fn new(head: usize, left: Left) -> Box<Self> {
        Box::new(Self { kept: Vec::new(), head, left })
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.head.saturating_add(MAX_HELD).saturating_sub(self.kept.len());
        self.kept.extend_from_slice(up_to(bytes, 0, room));
    }
}
