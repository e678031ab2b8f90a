//! The stream of CRYPTO frames of one direction (RFC 9000 section 7.5): pieces in any order, some sent more than once.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::dissector::{Fault, heap_of_map};

/// How far a piece may reach beyond what is there without a gap, in bytes; and how many may wait (docs/faults.md section
/// 4). No peer has to take more than 4,096 bytes ahead.
const MAX_AHEAD: u64 = 65_536;
const MAX_PIECES: usize = 256;

const TOO_FAR: Fault = Fault::Malformed("further ahead than pieces are kept (quic.crypto.offset)");

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// All before this offset has been taken.
    next: u64,
    /// Pieces behind a gap, by their offsets.
    waiting: BTreeMap<u64, Piece>,
    /// Bytes of them.
    held: usize,
}

#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    frame: u64,
}

/// What a datagram adds to a stream.
#[derive(Debug, Default)]
pub(super) struct Gain {
    /// Bytes that lie one after the other.
    pub(super) bytes: Vec<u8>,
    /// They are the first of their stream.
    pub(super) is_first: bool,
    /// The frames of the pieces that had to be put in order, if any.
    pub(super) frames: Vec<u64>,
}

impl Stream {
    /// Takes a piece that came in `frame`, and adds to `gain` what is in order now.
    ///
    /// # Errors
    /// The piece lies too far ahead to be kept.
    pub(super) fn add(&mut self, offset: u64, data: &[u8], frame: u64, gain: &mut Gain) -> Result<(), Fault> {
        let end = offset.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        if end <= self.next {
            return Ok(());
        }
        if offset > self.next {
            return self.wait(offset, end, Piece { bytes: data.to_vec(), frame });
        }
        let fills_a_gap = !self.waiting.is_empty();
        if self.take(offset, data, gain) && fills_a_gap {
            gain.frames.push(frame);
        }
        while let Some(first) = self.waiting.first_entry().filter(|first| *first.key() <= self.next) {
            let (offset, piece) = first.remove_entry();
            self.held = self.held.saturating_sub(piece.bytes.len());
            if self.take(offset, &piece.bytes, gain) {
                gain.frames.push(piece.frame);
            }
        }
        Ok(())
    }

    /// Keeps a piece behind a gap; of two that begin at the same place, the longer.
    fn wait(&mut self, offset: u64, end: u64, piece: Piece) -> Result<(), Fault> {
        let known = self.waiting.get(&offset).map(|piece| piece.bytes.len());
        if known.is_some_and(|known| known >= piece.bytes.len()) {
            return Ok(());
        }
        let is_one_more = known.is_none() && self.waiting.len() >= MAX_PIECES;
        if is_one_more || end.saturating_sub(self.next) > MAX_AHEAD {
            return Err(TOO_FAR);
        }
        self.held = self.held.saturating_add(piece.bytes.len()).saturating_sub(known.unwrap_or_default());
        self.waiting.insert(offset, piece);
        Ok(())
    }

    /// Takes what is new of a piece that begins no later than what is missing. False if nothing is.
    fn take(&mut self, offset: u64, data: &[u8], gain: &mut Gain) -> bool {
        let known = usize::try_from(self.next.saturating_sub(offset)).unwrap_or(usize::MAX);
        let Some(new) = data.get(known..).filter(|new| !new.is_empty()) else { return false };
        gain.is_first |= self.next == 0;
        gain.bytes.extend_from_slice(new);
        self.next = self.next.saturating_add(u64::try_from(new.len()).unwrap_or(u64::MAX));
        true
    }

    /// Bytes of memory.
    pub(super) fn heap(&self) -> usize {
        self.held.saturating_add(heap_of_map(&self.waiting))
    }
}

#[cfg(test)]
mod tests {
    use super::{Gain, MAX_AHEAD, MAX_PIECES, Stream, TOO_FAR};
    use alloc::vec;

    #[test]
    fn pieces_in_order_are_handed_on_as_they_come() {
        let (mut stream, mut gain) = (Stream::default(), Gain::default());
        stream.add(0, b"abc", 1, &mut gain).unwrap();
        assert_eq!((gain.bytes.as_slice(), gain.is_first), (b"abc".as_slice(), true));
        assert_eq!(gain.frames, vec![]);
        let mut gain = Gain::default();
        stream.add(1, b"bcde", 2, &mut gain).unwrap();
        assert_eq!((gain.bytes.as_slice(), gain.is_first), (b"de".as_slice(), false));
        stream.add(0, b"abcde", 3, &mut gain).unwrap();
        assert_eq!(gain.bytes, b"de");
    }

    #[test]
    fn a_gap_is_waited_for() {
        let (mut stream, mut gain) = (Stream::default(), Gain::default());
        stream.add(6, b"ghi", 1, &mut gain).unwrap();
        stream.add(2, b"cdefg", 2, &mut gain).unwrap();
        assert!(gain.bytes.is_empty());
        stream.add(0, b"ab", 3, &mut gain).unwrap();
        assert_eq!(gain.bytes, b"abcdefghi");
        assert_eq!(gain.frames, vec![3, 2, 1]);
        assert_eq!((stream.held, stream.waiting.len()), (0, 0));
    }

    #[test]
    fn a_longer_copy_counts() {
        let (mut stream, mut gain) = (Stream::default(), Gain::default());
        stream.add(2, b"cde", 1, &mut gain).unwrap();
        stream.add(2, b"c", 2, &mut gain).unwrap();
        stream.add(2, b"cdef", 3, &mut gain).unwrap();
        assert_eq!(stream.held, 4);
        stream.add(0, b"ab", 4, &mut gain).unwrap();
        assert_eq!((gain.bytes.as_slice(), gain.frames), (b"abcdef".as_slice(), vec![4, 3]));
    }

    #[test]
    fn what_waits_is_bounded() {
        let (mut stream, mut gain) = (Stream::default(), Gain::default());
        assert_eq!(stream.add(MAX_AHEAD, b"x", 1, &mut gain), Err(TOO_FAR));
        assert_eq!(stream.add(u64::MAX, b"x", 1, &mut gain), Err(TOO_FAR));
        for piece in 0..MAX_PIECES as u64 {
            stream.add(2 * piece + 1, b"x", 1, &mut gain).unwrap();
        }
        assert_eq!(stream.add(1_000, b"x", 1, &mut gain), Err(TOO_FAR));
        assert!(gain.bytes.is_empty());
        // What fills the gap is taken all the same.
        stream.add(0, b"xxx", 2, &mut gain).unwrap();
        assert_eq!((gain.bytes.len(), stream.waiting.len()), (4, MAX_PIECES - 2));
    }
}
