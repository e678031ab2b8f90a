//! What HTTP/2 remembers of a connection: its settings and header tables, header blocks and bodies that are not
//! complete, and where in each direction frames begin.

use alloc::vec::Vec;

use super::bodies::{Bodies, Piece};
use super::frame::Head;
use super::hpack::{self, Table};
use super::{CARRY_MEDIA, MAGIC, Memo};
use crate::application::http::UPGRADE_H2C;
use crate::application::http::coding::{self, Coding};
use crate::application::media;
use crate::bytes::{u16_at, u32_at, up_to};
use crate::dissector::{Context, Fault, Follows, Memory, Next, Parsed, Stream};
use crate::facts::Link;

/// Bytes of a frame that are waited for; of a longer one only this much is taken apart.
const MAX_FRAME: usize = 65_536;
/// Bytes of a header block that are held.
const MAX_BLOCK: usize = 65_536;

const TOO_LONG: Fault = Fault::Malformed("a frame longer than its receiver allows (http2.length)");
const TOO_PADDED: Fault = Fault::Malformed("more padding than the frame has room for (http2.pad_length)");
const INTERRUPTED: Fault = Fault::Malformed("a frame of another kind within a header block (http2.type)");
const NOTHING_TO_CONTINUE: Fault = Fault::Malformed("no header block that goes on here (http2.type)");
const LONG_BLOCK: Fault = Fault::Malformed("a header block too long to be held (http2.continuation.header)");

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// What the server sends, and what the client sends.
    sides: [Side; 2],
    bodies: Bodies,
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    /// The header fields that it has sent.
    table: Table,
    /// What it allows the other side to send.
    allows: Settings,
    block: Option<Block>,
    /// Bytes to come of a frame of which no more is looked at.
    rest: u64,
    /// Where the next frame begins is not known.
    is_lost: bool,
}

/// The most that a side has ever allowed: its SETTINGS hold from when the other side has them (RFC 9113 section
/// 6.5.3), and nobody knows what it sent before that.
#[derive(Clone, Copy, Debug)]
struct Settings {
    table_size: u32,
    frame_size: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { table_size: hpack::FIRST_SIZE, frame_size: 16_384 }
    }
}

/// A header block whose end has not come.
#[derive(Debug)]
struct Block {
    opening: Opening,
    bytes: Vec<u8>,
    is_too_long: bool,
}

/// What the frame that begins a header block says of it.
#[derive(Clone, Copy, Debug)]
struct Opening {
    stream: u32,
    is_promise: bool,
    ends_stream: bool,
}

impl From<Head> for Opening {
    fn from(head: Head) -> Self {
        let is_promise = head.kind == Head::PUSH_PROMISE;
        Self { stream: head.stream, is_promise, ends_stream: !is_promise && head.has(Head::END_STREAM) }
    }
}

impl Memory for Connection {
    fn heap(&self) -> usize {
        self.sides.iter().fold(self.bodies.heap(), |sum, side| {
            let block = side.block.as_ref().map_or(0, |block| block.bytes.capacity());
            sum.saturating_add(side.table.heap()).saturating_add(block)
        })
    }
}

impl Connection {
    /// Takes one frame, or a piece of one, off the front of `data`.
    pub(super) fn dissect(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        if data.is_empty() || cx.stream.is_some_and(|stream| stream.follows == Follows::Apart) {
            return Ok(Parsed::end(data.len()).bare());
        }
        let from = usize::from(cx.from_client);
        let gap = cx.stream.map_or(0, |stream| stream.gap);
        if gap > 0 {
            self.skip(from, gap);
        }
        let [server, client] = &mut self.sides;
        if cx.called == UPGRADE_H2C {
            // The client's first settings stand in a header of the request that asked for the upgrade.
            client.allows = Settings { table_size: u32::MAX, frame_size: usize::MAX };
        }
        let (side, allows) = if cx.from_client { (client, server.allows) } else { (server, client.allows) };
        if side.rest > 0 {
            let taken = usize::try_from(side.rest).unwrap_or(usize::MAX).min(data.len());
            side.rest = side.rest.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
            return Ok(Parsed::end(taken).bare());
        }
        let have = data.len();
        let last = cx.stream.is_none_or(Stream::is_last) || cx.wire_len > have;
        if data.starts_with(MAGIC) {
            side.is_lost = false;
            return Ok(Parsed::end(MAGIC.len()).memo(Memo::flagged(Memo::MAGIC).into()));
        }
        if MAGIC.starts_with(data) && !last {
            return Err(Fault::Short { need: MAGIC.len(), have });
        }
        let Some(head) = Head::parse(data) else { return Err(Fault::Short { need: Head::LEN, have }) };
        let is_too_long = head.len > allows.frame_size;
        if side.is_lost && (is_too_long || !head.is_plausible()) {
            return Ok(Parsed::end(have).bare());
        }
        if is_too_long {
            return Err(TOO_LONG);
        }
        side.is_lost = false;
        let whole = Head::LEN.saturating_add(head.len);
        let need = whole.min(MAX_FRAME);
        if have < need {
            if !last {
                return Err(Fault::Short { need, have });
            }
            cx.flaw(Fault::Short { need: whole, have });
        }
        let frame = up_to(data, 0, need);
        let missing = whole.saturating_sub(frame.len());
        side.rest = u64::try_from(missing).unwrap_or(u64::MAX);
        if let Some(complaint) = head.complaint() {
            cx.flaw(Fault::Malformed(complaint));
        }
        if head.kind != Head::CONTINUATION && side.block.take().is_some() {
            side.table.forget();
            cx.flaw(INTERRUPTED);
        }
        let is_whole = missing == 0;
        Ok(match head.kind {
            Head::DATA => self.data(from, head, frame, is_whole, cx),
            Head::HEADERS | Head::PUSH_PROMISE | Head::CONTINUATION => {
                let memo = self.headers(from, head, frame, is_whole, cx);
                Parsed::end(frame.len()).memo(memo.into())
            }
            Head::SETTINGS => {
                side.settings(up_to(frame, Head::LEN, head.len));
                Parsed::end(frame.len())
            }
            Head::RST_STREAM => {
                self.bodies.remove(head.stream, 0);
                self.bodies.remove(head.stream, 1);
                Parsed::end(frame.len())
            }
            _ => Parsed::end(frame.len()),
        })
    }

    /// So many bytes never came. Within a frame that is not looked at they are only counted.
    fn skip(&mut self, from: usize, gap: u64) {
        let Some(side) = self.sides.get_mut(from) else { return };
        match side.rest.checked_sub(gap) {
            Some(rest) => side.rest = rest,
            None => {
                side.rest = 0;
                side.is_lost = true;
                side.block = None;
                side.table.forget();
                self.bodies.spoil(from);
            }
        }
    }

    /// A piece of a header block (RFC 9113 section 4.3), or the whole of it.
    fn headers(
        &mut self,
        from: usize,
        head: Head,
        frame: &[u8],
        is_whole: bool,
        cx: &mut Context<'_>,
    ) -> Memo {
        let mut memo = Memo::default();
        let allowed = self.sides.get(from ^ 1).map_or(0, |side| side.allows.table_size);
        let Some(side) = self.sides.get_mut(from) else { return memo };
        let content = head.content(frame);
        if is_whole && content.is_none() {
            cx.flaw(TOO_PADDED);
        }
        let Some(fragment) = content.filter(|_| is_whole).and_then(|at| frame.get(at)) else {
            // What it would have put into the table is not there.
            side.block = None;
            side.table.forget();
            return memo;
        };
        let is_end = head.has(Head::END_HEADERS);
        let (opening, list) = if head.kind != Head::CONTINUATION && is_end {
            (Opening::from(head), side.table.decode(fragment, allowed))
        } else {
            let open = side.block.take().filter(|block| block.opening.stream == head.stream);
            let mut block = match open {
                Some(block) => block,
                None if head.kind == Head::CONTINUATION => {
                    side.table.forget();
                    cx.flaw(NOTHING_TO_CONTINUE);
                    return memo;
                }
                None => Block { opening: head.into(), bytes: Vec::new(), is_too_long: false },
            };
            if block.bytes.len().saturating_add(fragment.len()) > MAX_BLOCK {
                block.is_too_long = true;
            } else {
                block.bytes.extend_from_slice(fragment);
            }
            if !is_end {
                side.block = Some(block);
                return memo;
            }
            if block.is_too_long {
                side.table.forget();
                cx.flaw(LONG_BLOCK);
                return memo;
            }
            let list = side.table.decode(&block.bytes, allowed);
            match cx.derive(block.bytes) {
                Some(source) => memo.block = source,
                None => return memo,
            }
            (block.opening, list)
        };
        if let Some(flaw) = list.flaw {
            cx.flaw(Fault::Malformed(flaw));
        }
        if opening.ends_stream {
            self.bodies.remove(opening.stream, from);
        } else if !opening.is_promise {
            self.bodies.begin(opening.stream, from, &list.bytes);
        }
        // A byte of a block may stand for a long field of the table: eight bytes of the list cost a step.
        if let Err(fault) = cx.work(list.bytes.len() / 8) {
            cx.flaw(fault);
            return memo;
        }
        memo.flags = Memo::LIST;
        if !list.bytes.is_empty() {
            memo.list = cx.derive(list.bytes).unwrap_or(0);
        }
        memo
    }

    /// A piece of a body, which is handed on with its end.
    fn data(
        &mut self,
        from: usize,
        head: Head,
        frame: &[u8],
        is_whole: bool,
        cx: &mut Context<'_>,
    ) -> Parsed {
        let plain = Parsed::end(frame.len());
        let content = head.content(frame);
        if is_whole && content.is_none() {
            cx.flaw(TOO_PADDED);
        }
        let is_whole = is_whole && content.is_some();
        cx.substream = head.stream;
        let at = content.unwrap_or(frame.len()..frame.len());
        let piece = up_to(frame, at.start, at.len());
        let ends = head.has(Head::END_STREAM);
        let message = match self.bodies.add((head.stream, from), piece, cx.frame, is_whole, ends) {
            Piece::More => return plain,
            Piece::Spoilt => return plain.memo(Memo::flagged(Memo::SPOILT).into()),
            Piece::Whole(message) => message,
        };
        if message.pieces.is_empty() {
            return plain;
        }
        for &number in &message.pieces {
            cx.link(Link::Piece(number));
        }
        let mut memo = Memo::flagged(Memo::BODY);
        let media_type = Some(message.media.as_slice()).filter(|media| !media.is_empty());
        let is_alone = message.body.is_empty();
        let body = if is_alone { piece } else { message.body.as_slice() };
        let unpacked = match message.coding {
            Coding::Inflate if cx.contents => coding::unpack(body).map(|unpacked| unpacked.content),
            _ => None,
        };
        let value = match (&unpacked, message.coding) {
            (Some(content), _) => media::kind(media_type, content),
            (None, Coding::Identity) => media::kind(media_type, body),
            (None, _) => media::UNKNOWN,
        };
        if !is_alone {
            match cx.derive(message.body) {
                Some(source) => memo.body = source,
                None => return plain,
            }
        }
        let is_derived = match unpacked.map(|content| cx.derive(content)) {
            Some(None) => return plain.memo(memo.into()),
            Some(Some(_)) => true,
            None => !is_alone,
        };
        let next = match value {
            media::UNKNOWN => Next::End,
            value if is_derived => Next::Derived { nth: CARRY_MEDIA, value },
            value if at.end == frame.len() => Next::Table { nth: CARRY_MEDIA, value },
            // Padding is no content.
            _ => Next::End,
        };
        let header = if matches!(next, Next::Table { .. }) { at.start } else { frame.len() };
        Parsed::new(header, frame.len(), next).memo(memo.into())
    }
}

impl Side {
    /// Takes note of SETTINGS (RFC 9113 section 6.5).
    fn settings(&mut self, payload: &[u8]) {
        for row in payload.chunks_exact(6) {
            let (Some(id), Some(value)) = (u16_at(row, 0), u32_at(row, 2)) else { return };
            match id {
                1 => self.allows.table_size = self.allows.table_size.max(value),
                5 => {
                    let size = usize::try_from(value).unwrap_or(usize::MAX);
                    self.allows.frame_size = self.allows.frame_size.max(size);
                }
                _ => {}
            }
        }
    }
}
