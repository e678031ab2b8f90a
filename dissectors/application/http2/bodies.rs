//! The bodies of messages, put together from the DATA frames of their streams.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::hpack::Entries;
use crate::application::http::coding::Coding;
use crate::bytes::up_to;
use crate::dissector::heap_of_map;

/// Bytes of one body that are held.
const MAX_BODY: usize = 65_536;
/// Bytes of all bodies of a connection that are held.
const MAX_HELD: usize = 262_144;
/// Messages of a connection that are followed at once.
const MAX_OPEN: usize = 256;
/// Frames of one body that are remembered.
const MAX_PIECES: usize = 1_024;
/// Bytes of a media type that are looked at.
const MAX_MEDIA: usize = 128;

/// A message whose end has not come.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// The media type without its parameters; empty if there is none.
    pub(super) media: Vec<u8>,
    pub(super) coding: Coding,
    /// All of the body, or nothing if it came in one frame.
    pub(super) body: Vec<u8>,
    /// The frames of the capture in which the body came.
    pub(super) pieces: Vec<u64>,
    /// Something of the body is missing, or there is more than is held.
    is_spoilt: bool,
}

impl Message {
    fn held(&self) -> usize {
        self.body.capacity().saturating_add(self.pieces.capacity().saturating_mul(size_of::<u64>()))
    }

    fn spoil(&mut self) {
        self.is_spoilt = true;
        self.body = Vec::new();
        self.pieces = Vec::new();
    }
}

/// What becomes of a message with a piece of its body.
#[derive(Debug)]
pub(super) enum Piece {
    /// More is to come.
    More,
    /// The message is complete; if its body is empty here, the piece is all of it.
    Whole(Message),
    /// It ends, but the body is not there.
    Spoilt,
}

/// The messages of a connection whose ends have not come, by stream and side.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    open: BTreeMap<(u32, usize), Message>,
    /// Bytes that they hold.
    held: usize,
}

impl Bodies {
    /// Bytes of memory beside its own.
    pub(super) fn heap(&self) -> usize {
        let media = self.open.len().saturating_mul(MAX_MEDIA);
        self.held.saturating_add(heap_of_map(&self.open)).saturating_add(media)
    }

    /// A header list came and more is to follow: a body, or after a provisional answer another list.
    pub(super) fn begin(&mut self, stream: u32, side: usize, list: &[u8]) {
        let Some(message) = self.message(stream, side) else { return };
        if let Some(media) = Entries(list).value_of(b"content-type") {
            let name = media.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
            message.media = up_to(name, 0, MAX_MEDIA).to_vec();
        }
        if let Some(coding) = Entries(list).value_of(b"content-encoding") {
            message.coding = Coding::of(coding);
        }
    }

    /// A piece of a body came in `frame`; `is_whole` unless some of it is missing, `ends` if it is the last.
    pub(super) fn add(
        &mut self,
        (stream, side): (u32, usize),
        piece: &[u8],
        frame: u64,
        is_whole: bool,
        ends: bool,
    ) -> Piece {
        let room = MAX_HELD.saturating_sub(self.held);
        let Some(message) = self.message(stream, side) else { return Piece::More };
        let before = message.held();
        let is_alone = ends && message.pieces.is_empty();
        let len = message.body.len().saturating_add(piece.len());
        let fits = len <= MAX_BODY && piece.len() <= room && message.pieces.len() < MAX_PIECES;
        if !is_whole || !fits && !is_alone {
            message.spoil();
        }
        if !message.is_spoilt && !piece.is_empty() {
            message.pieces.push(frame);
            if !is_alone {
                message.body.extend_from_slice(piece);
            }
        }
        let after = message.held();
        self.held = self.held.saturating_sub(before).saturating_add(after);
        if !ends {
            return Piece::More;
        }
        match self.remove(stream, side) {
            Some(message) if message.is_spoilt => Piece::Spoilt,
            Some(message) => Piece::Whole(message),
            None => Piece::More,
        }
    }

    /// The side says no more on this stream.
    pub(super) fn remove(&mut self, stream: u32, side: usize) -> Option<Message> {
        let message = self.open.remove(&(stream, side))?;
        self.held = self.held.saturating_sub(message.held());
        Some(message)
    }

    /// Bytes of this side were lost, which may have belonged to any stream.
    pub(super) fn spoil(&mut self, side: usize) {
        for (key, message) in &mut self.open {
            if key.1 == side {
                self.held = self.held.saturating_sub(message.held());
                message.spoil();
            }
        }
    }

    /// The message that is sent, which may begin here. Where there are too many, the one on the oldest stream goes.
    fn message(&mut self, stream: u32, side: usize) -> Option<&mut Message> {
        if self.open.len() >= MAX_OPEN && !self.open.contains_key(&(stream, side)) {
            let (_, oldest) = self.open.pop_first()?;
            self.held = self.held.saturating_sub(oldest.held());
        }
        Some(self.open.entry((stream, side)).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(piece: Piece) -> Option<Message> {
        match piece {
            Piece::Whole(message) => Some(message),
            Piece::More | Piece::Spoilt => None,
        }
    }

    #[test]
    fn pieces_make_a_body() {
        let mut bodies = Bodies::default();
        let list = b"\0\0\0\x0ccontent-type\0\0\0\x19text/html; charset=utf-8 ";
        bodies.begin(1, 0, list);
        assert!(matches!(bodies.add((1, 0), b"ab", 5, true, false), Piece::More));
        assert!(matches!(bodies.add((1, 1), b"of the other side", 6, true, false), Piece::More));
        let message = whole(bodies.add((1, 0), b"cd", 7, true, true)).unwrap();
        assert_eq!((&*message.media, &*message.body), (&b"text/html"[..], &b"abcd"[..]));
        assert_eq!(message.pieces, [5, 7]);
        let message = whole(bodies.add((3, 0), b"alone", 8, true, true)).unwrap();
        assert_eq!((message.body.len(), &*message.pieces), (0, &[8][..]));
    }

    #[test]
    fn what_is_missing_or_too_much() {
        let mut bodies = Bodies::default();
        let much = alloc::vec![0; MAX_BODY / 2];
        for _ in 0..3 {
            bodies.add((1, 0), &much, 1, true, false);
        }
        assert!(matches!(bodies.add((1, 0), b"end", 2, true, true), Piece::Spoilt));
        bodies.add((3, 0), b"a", 1, true, false);
        bodies.spoil(0);
        assert!(matches!(bodies.add((3, 0), b"b", 2, true, true), Piece::Spoilt));
        assert_eq!(bodies.held, 0);
        for stream in 0..2_000 {
            bodies.add((stream, 1), &much, 1, true, false);
        }
        assert_eq!(bodies.open.len(), MAX_OPEN);
        assert!(bodies.heap() < 4 * MAX_HELD);
    }
}
