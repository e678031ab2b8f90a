//! Compressed input: gzip, zstd and lz4 streams, of several members or frames, as a plain reader.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use thiserror::Error;

use super::buffer::Buffer;
use super::error::Codec;
use super::gzip;

/// The largest zstd window that is unpacked, in bytes (row C09 of docs/faults.md).
pub const MAX_WINDOW: u64 = 128 << 20;

/// What the first four bytes of the formats are; `[0x50..=0x5f, 0x2a, 0x4d, 0x18]` is a frame to be skipped.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const LZ4: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const LZ4_LEGACY: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// A fault of the stream below the records, carried inside an [`io::Error`] up to the reader that knows the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum StreamFault {
    /// The compressed stream ends too early.
    #[error("compressed stream cut")]
    Cut(Codec),
    /// The compressed stream is wrong.
    #[error("compressed stream damaged: {1}")]
    Damaged(Codec, &'static str),
    /// The window is above [`MAX_WINDOW`].
    #[error("zstd window too large")]
    Window,
    /// A followed file became shorter.
    #[error("file truncated")]
    Truncated,
    /// A followed file's path leads elsewhere.
    #[error("file replaced")]
    Replaced,
}

impl From<StreamFault> for io::Error {
    fn from(fault: StreamFault) -> Self {
        Self::other(fault)
    }
}

impl StreamFault {
    /// The fault inside `error`, if it is one.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref()).copied()
    }
}

/// The compression whose magic number `start` begins with; `start` may be shorter than the magic.
pub(super) fn detect(start: &[u8]) -> Option<Codec> {
    if start.starts_with(&gzip::MAGIC) || start == [0x1f] {
        return Some(Codec::Gzip);
    }
    let head = start.first_chunk::<4>()?;
    match *head {
        ZSTD => Some(Codec::Zstd),
        LZ4 | LZ4_LEGACY => Some(Codec::Lz4),
        _ if is_skippable(*head) => Some(Codec::Zstd),
        _ => None,
    }
}

fn is_skippable(head: [u8; 4]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18])
}

/// Unpacks a stream of one codec, member after member.
pub(super) struct Unpack {
    codec: Codec,
    stage: Stage,
}

enum Stage {
    /// Before a member or frame.
    Between(Buffer),
    Gzip(Box<gzip::Member>),
    Zstd(Box<FrameDecoder>, Buffer),
    /// A cut zstd frame whose window is still to be handed out.
    ZstdRest(Box<FrameDecoder>, StreamFault),
    Lz4(Box<lz4_flex::frame::FrameDecoder<Buffer>>),
    Over,
    Failed(StreamFault),
}

impl Unpack {
    /// A reader of what `raw` holds in compressed form.
    pub(super) fn new(codec: Codec, raw: Buffer) -> Self {
        Self { codec, stage: Stage::Between(raw) }
    }

    /// Begins the next member, or ends.
    fn begin(&mut self, mut raw: Buffer) -> io::Result<Stage> {
        raw.need_now(4)?;
        let start = raw.filled();
        if start.is_empty() {
            return Ok(Stage::Over);
        }
        let head = start.first_chunk::<4>().copied();
        if head.is_some_and(is_skippable) && self.codec != Codec::Gzip {
            return skip_frame(self.codec, raw);
        }
        match (self.codec, head) {
            (Codec::Gzip, _) if start.starts_with(&gzip::MAGIC) || start == [0x1f] => {
                Ok(Stage::Gzip(Box::new(gzip::Member::begin(raw)?)))
            }
            (Codec::Zstd, Some(ZSTD)) => {
                let mut decoder = Box::new(FrameDecoder::new());
                decoder.set_max_window_size(MAX_WINDOW);
                match decoder.init(&mut raw) {
                    Ok(()) => Ok(Stage::Zstd(decoder, raw)),
                    Err(e) => Err(zstd_fault(&e, &raw).into()),
                }
            }
            (Codec::Lz4, Some(LZ4 | LZ4_LEGACY)) => {
                Ok(Stage::Lz4(Box::new(lz4_flex::frame::FrameDecoder::new(raw))))
            }
            _ => padding(self.codec, raw),
        }
    }

    /// One step: bytes for `out`, or the stage that follows.
    fn step(&mut self, stage: Stage, out: &mut [u8]) -> io::Result<(usize, Stage)> {
        let codec = self.codec;
        match stage {
            Stage::Between(raw) => Ok((0, self.begin(raw)?)),
            Stage::Gzip(mut member) => match member.read(out)? {
                0 => Ok((0, Stage::Between(member.into_inner()))),
                n => Ok((n, Stage::Gzip(member))),
            },
            Stage::Zstd(decoder, raw) => zstd_step(decoder, raw, out),
            Stage::ZstdRest(mut decoder, fault) => match decoder.read(out)? {
                0 => Err(fault.into()),
                n => Ok((n, Stage::ZstdRest(decoder, fault))),
            },
            Stage::Lz4(mut decoder) => match decoder.read(out) {
                // The decoder takes the end of the input for the end of the frame.
                Ok(0) if decoder.get_ref().starved() => Err(StreamFault::Cut(codec).into()),
                Ok(0) => Ok((0, Stage::Between(decoder.into_inner()))),
                Ok(n) => Ok((n, Stage::Lz4(decoder))),
                Err(e) if e.raw_os_error().is_some() || StreamFault::of(&e).is_some() => Err(e),
                Err(_) if decoder.get_ref().starved() => Err(StreamFault::Cut(codec).into()),
                Err(e) if e.to_string().to_lowercase().contains("checksum") => {
                    Err(StreamFault::Damaged(codec, "checksum mismatch").into())
                }
                Err(_) => Err(StreamFault::Damaged(codec, "the data do not decode").into()),
            },
            Stage::Over => Ok((0, Stage::Over)),
            Stage::Failed(fault) => Err(fault.into()),
        }
    }
}

impl Read for Unpack {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let stage = std::mem::replace(&mut self.stage, Stage::Over);
            match self.step(stage, out) {
                Ok((0, Stage::Over)) => return Ok(0),
                Ok((n, next)) => {
                    self.stage = next;
                    if n > 0 {
                        return Ok(n);
                    }
                }
                Err(e) => {
                    if let Some(fault) = StreamFault::of(&e) {
                        self.stage = Stage::Failed(fault);
                    }
                    return Err(e);
                }
            }
        }
    }
}

/// Steps over a frame that is to be skipped: magic, length (little-endian), so many bytes.
fn skip_frame(codec: Codec, mut raw: Buffer) -> io::Result<Stage> {
    raw.need_now(8)?;
    let Some(&[_, _, _, _, a, b, c, d]) = raw.filled().first_chunk::<8>() else {
        return Err(StreamFault::Cut(codec).into());
    };
    raw.consume(8);
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let skipped = io::copy(&mut (&mut raw).take(length), &mut io::sink())?;
    if skipped < length { Err(StreamFault::Cut(codec).into()) } else { Ok(Stage::Between(raw)) }
}

/// Behind the last member: zeros to the end are padding (tapes, block devices), all else is damage.
fn padding(codec: Codec, mut raw: Buffer) -> io::Result<Stage> {
    loop {
        let bytes = raw.fill_buf()?;
        if bytes.is_empty() {
            return Ok(Stage::Over);
        }
        if bytes.iter().any(|&b| b != 0) {
            return Err(StreamFault::Damaged(codec, "other bytes follow it").into());
        }
        let n = bytes.len();
        raw.consume(n);
    }
}

fn zstd_step(mut decoder: Box<FrameDecoder>, mut raw: Buffer, out: &mut [u8]) -> io::Result<(usize, Stage)> {
    while decoder.can_collect() == 0 && !decoder.is_finished() {
        if let Err(e) = decoder.decode_blocks(&mut raw, BlockDecodingStrategy::UptoBlocks(1)) {
            let fault = zstd_fault(&e, &raw);
            // An empty last block (and a checksum that is not looked at) makes the decoder give out the
            // window, which holds complete records.
            let _ = decoder.decode_blocks(&[1u8, 0, 0, 0, 0, 0, 0][..], BlockDecodingStrategy::All);
            return Ok((0, Stage::ZstdRest(decoder, fault)));
        }
    }
    match decoder.read(out)? {
        0 if decoder
            .get_checksum_from_data()
            .is_some_and(|sum| decoder.get_calculated_checksum() != Some(sum)) =>
        {
            Err(StreamFault::Damaged(Codec::Zstd, "checksum mismatch").into())
        }
        0 => Ok((0, Stage::Between(raw))),
        n => Ok((n, Stage::Zstd(decoder, raw))),
    }
}

fn zstd_fault(error: &FrameDecoderError, raw: &Buffer) -> StreamFault {
    match error {
        FrameDecoderError::WindowSizeTooBig { .. } => StreamFault::Window,
        _ if raw.starved() => StreamFault::Cut(Codec::Zstd),
        FrameDecoderError::DictNotProvided { .. } => {
            StreamFault::Damaged(Codec::Zstd, "it needs a dictionary")
        }
        _ => StreamFault::Damaged(Codec::Zstd, "the data do not decode"),
    }
}
