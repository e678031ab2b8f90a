//! Content codings (RFC 9110 section 8.4.1): the two that inflate.

use alloc::boxed::Box;
use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::bytes::up_to;

/// Bytes of a body that are unpacked at most (docs/faults.md, row G14).
const MAX_CONTENT: usize = 1 << 20;
/// Bytes unpacked for each byte of the body, and beyond those: text comes to a twentieth, a bomb to a thousandth.
const MAX_RATIO: usize = 64;
const MIN_CONTENT: usize = 65_536;
/// Bytes that are made room for first.
const FIRST_CONTENT: usize = 4_096;

/// What `Content-Encoding` says. Only one coding is undone: a list of them stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::application) enum Coding {
    /// The body is the content.
    #[default]
    Identity,
    /// gzip or deflate; senders confuse them, so both are tried.
    Inflate,
    /// Anything else.
    Unknown,
}

impl Coding {
    /// By the value of the header.
    pub(in crate::application) fn of(value: &[u8]) -> Self {
        let end = value.iter().position(|&byte| byte == 0).unwrap_or(value.len());
        let value = up_to(value, 0, end).trim_ascii_end();
        let is = |name: &&str| value.eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is(&"identity") => Self::Identity,
            () if ["gzip", "x-gzip", "deflate", "x-deflate"].iter().any(is) => Self::Inflate,
            () => Self::Unknown,
        }
    }
}

/// Content, as far as it could be unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::application) struct Unpacked {
    pub(in crate::application) content: Vec<u8>,
    /// There is more than may be unpacked.
    pub(in crate::application) more: bool,
}

/// Unpacks a body: gzip (RFC 1952), zlib (RFC 1950), or what many send under the name of deflate, the bare stream of
/// RFC 1951. A body that was cut gives what is there of it; one that is malformed gives `None`.
pub(in crate::application) fn unpack(body: &[u8]) -> Option<Unpacked> {
    let most = body.len().saturating_mul(MAX_RATIO).clamp(MIN_CONTENT, MAX_CONTENT);
    match gzip_header(body) {
        Some(at) => inflate(body.get(at?..)?, 0, most),
        None => inflate(body, TINFL_FLAG_PARSE_ZLIB_HEADER, most).or_else(|| inflate(body, 0, most)),
    }
}

/// At most `most` bytes of a deflated stream, with a header or without as `flags` say.
fn inflate(mut packed: &[u8], flags: u32, most: usize) -> Option<Unpacked> {
    // That more may follow is said so that what is there of a cut stream is given out.
    let flags = flags | TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = Box::<DecompressorOxide>::default();
    let mut content = alloc::vec![0; FIRST_CONTENT];
    let mut at = 0_usize;
    loop {
        let (status, taken, given) = decompress(&mut state, packed, &mut content, at, flags);
        packed = packed.get(taken..)?;
        at = at.saturating_add(given);
        let more = match status {
            TINFLStatus::Done => false,
            TINFLStatus::NeedsMoreInput if at > 0 => false,
            TINFLStatus::HasMoreOutput if content.len() < most => {
                content.resize(content.len().saturating_mul(2).min(most), 0);
                continue;
            }
            TINFLStatus::HasMoreOutput => true,
            _ => return None,
        };
        content.truncate(at);
        return Some(Unpacked { content, more });
    }
}

/// Length of the gzip header; `Some(None)` if it is one that cannot be read, `None` if it is none.
fn gzip_header(body: &[u8]) -> Option<Option<usize>> {
    const EXTRA: u8 = 1 << 2;
    const NAME: u8 = 1 << 3;
    const COMMENT: u8 = 1 << 4;
    const DEFLATE: u8 = 8;
    const FIXED: usize = 10;
    let [0x1f, 0x8b, rest @ ..] = body else { return None };
    let &[DEFLATE, flags, ..] = rest else { return Some(None) };
    let mut at = FIXED;
    if flags & EXTRA != 0 {
        let len = body.get(at..).and_then(|rest| rest.first_chunk::<2>());
        let Some(len) = len else { return Some(None) };
        at = at.saturating_add(2).saturating_add(u16::from_le_bytes(*len).into());
    }
    for part in [NAME, COMMENT] {
        if flags & part != 0 {
            let end = body.get(at..).and_then(|text| text.iter().position(|&byte| byte == 0));
            let Some(len) = end else { return Some(None) };
            at = at.saturating_add(len).saturating_add(1);
        }
    }
    Some(Some(at))
}
