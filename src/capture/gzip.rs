//! One member of a gzip stream (RFC 1952). Whatever decodes before a fault is given out before the fault is told, and
//! does not depend on the pieces in which the input comes.

use std::io::{self, BufRead, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::buffer::Buffer;
use super::compress::StreamFault;
use super::error::Codec;

/// What a member begins with, and its only method (section 2.3.1).
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];
const DEFLATE: u8 = 8;
/// Flags: what follows the first ten bytes, in this order.
const HEADER_CRC: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;
/// Bytes of the header that are always there, and of the trailer: CRC-32 and length, both little-endian.
const HEADER: usize = 10;
const TRAILER: usize = 8;
/// Bytes decoded at once. What the decoder still holds when it fails is lost: not below its window.
const ROOM: usize = 64 << 10;

const DAMAGED: StreamFault = StreamFault::Damaged(Codec::Gzip, "the data do not decode");
const CUT: StreamFault = StreamFault::Cut(Codec::Gzip);

/// One member.
pub(super) struct Member {
    raw: Buffer,
    inflate: Decompress,
    crc: Crc,
    /// What is decoded, and how much of it was given out.
    bytes: Vec<u8>,
    given: usize,
    /// What comes behind that.
    then: Then,
}

#[derive(Clone, Copy)]
enum Then {
    More,
    Trailer,
    End,
    Fault(StreamFault),
}

impl Member {
    /// The member that `raw` begins with.
    ///
    /// # Errors
    /// Those of `raw`, and a header that is none.
    pub(super) fn begin(mut raw: Buffer) -> io::Result<Self> {
        header(&mut raw)?;
        Ok(Self {
            raw,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            bytes: vec![0; ROOM],
            given: ROOM,
            then: Then::More,
        })
    }

    /// What follows the member.
    pub(super) fn into_inner(self) -> Buffer {
        self.raw
    }

    /// Decodes the next bytes into the place of those that were given out.
    fn decode(&mut self) -> io::Result<()> {
        self.bytes.resize(ROOM, 0);
        let input = self.raw.fill_buf()?;
        let is_end = input.is_empty();
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, &mut self.bytes, FlushDecompress::None);
        let count = |now: u64, before: u64| usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX);
        self.raw.consume(count(self.inflate.total_in(), read));
        self.bytes.truncate(count(self.inflate.total_out(), written));
        self.given = 0;
        self.crc.update(&self.bytes);
        self.then = match status {
            Ok(Status::StreamEnd) => Then::Trailer,
            Ok(_) if is_end && self.bytes.is_empty() => Then::Fault(CUT),
            Ok(_) => Then::More,
            Err(_) => Then::Fault(DAMAGED),
        };
        Ok(())
    }

    fn check(&mut self) -> io::Result<Then> {
        self.raw.need_now(TRAILER)?;
        let Some(&[a, b, c, d, e, f, g, h]) = self.raw.filled().first_chunk::<TRAILER>() else {
            return Ok(Then::Fault(CUT));
        };
        self.raw.consume(TRAILER);
        let (sum, len) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        let is_right = sum == self.crc.sum() && len == self.crc.amount();
        let mismatch = StreamFault::Damaged(Codec::Gzip, "checksum mismatch");
        Ok(if is_right { Then::End } else { Then::Fault(mismatch) })
    }
}

impl Read for Member {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut rest = self.bytes.get(self.given..).unwrap_or_default();
            if !rest.is_empty() {
                let count = rest.read(out)?;
                self.given += count;
                return Ok(count);
            }
            match self.then {
                Then::More => self.decode()?,
                Then::Trailer => self.then = self.check()?,
                Then::End => return Ok(0),
                Then::Fault(fault) => return Err(fault.into()),
            }
        }
    }
}

/// Steps over the header (section 2.3).
fn header(raw: &mut Buffer) -> io::Result<()> {
    raw.need_now(HEADER)?;
    let Some(&[id1, id2, method, flags, ..]) = raw.filled().first_chunk::<HEADER>() else {
        return Err(CUT.into());
    };
    if [id1, id2] != MAGIC || method != DEFLATE || flags & RESERVED != 0 {
        return Err(DAMAGED.into());
    }
    raw.consume(HEADER);
    if flags & EXTRA != 0 {
        let len = u16::from_le_bytes([byte(raw)?, byte(raw)?]);
        for _ in 0..len {
            byte(raw)?;
        }
    }
    for text in [NAME, COMMENT] {
        while flags & text != 0 && byte(raw)? != 0 {}
    }
    if flags & HEADER_CRC != 0 {
        byte(raw)?;
        byte(raw)?;
    }
    Ok(())
}

fn byte(raw: &mut Buffer) -> io::Result<u8> {
    let byte = raw.fill_buf()?.first().copied().ok_or_else(|| io::Error::from(CUT))?;
    raw.consume(1);
    Ok(byte)
}
