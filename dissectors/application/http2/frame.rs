//! The head of a frame (RFC 9113 section 4.1), and what its type allows.

use core::ops::Range;

use super::names::TYPES;
use crate::bytes::{u8_at, u24_at, u32_at};
use crate::field::name_of;

const WRONG_LENGTH: &str = "a length that frames of this type do not have (http2.length)";
const NEEDS_STREAM: &str = "a frame of this type belongs to a stream (http2.streamid)";
const NEEDS_NONE: &str = "a frame of this type belongs to no stream (http2.streamid)";

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes of the payload.
    pub(super) len: usize,
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
}

impl Head {
    /// Bytes of the head.
    pub(super) const LEN: usize = 9;

    pub(super) const DATA: u8 = 0x0;
    pub(super) const HEADERS: u8 = 0x1;
    pub(super) const PRIORITY: u8 = 0x2;
    pub(super) const RST_STREAM: u8 = 0x3;
    pub(super) const SETTINGS: u8 = 0x4;
    pub(super) const PUSH_PROMISE: u8 = 0x5;
    pub(super) const PING: u8 = 0x6;
    pub(super) const GOAWAY: u8 = 0x7;
    pub(super) const WINDOW_UPDATE: u8 = 0x8;
    pub(super) const CONTINUATION: u8 = 0x9;
    pub(super) const ALTSVC: u8 = 0xa;
    pub(super) const ORIGIN: u8 = 0xc;
    pub(super) const PRIORITY_UPDATE: u8 = 0x10;

    /// Flags of DATA and HEADERS.
    pub(super) const END_STREAM: u8 = 0x1;
    /// Flag of SETTINGS and PING.
    pub(super) const ACK: u8 = 0x1;
    pub(super) const END_HEADERS: u8 = 0x4;
    const PADDED: u8 = 0x8;
    const WITH_PRIORITY: u8 = 0x20;

    pub(super) fn parse(data: &[u8]) -> Option<Self> {
        Some(Self {
            len: usize::try_from(u24_at(data, 0)?).ok()?,
            kind: u8_at(data, 3)?,
            flags: u8_at(data, 4)?,
            stream: u32_at(data, 5)? & 0x7fff_ffff,
        })
    }

    pub(super) const fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// A length of padding stands before the content.
    pub(super) const fn is_padded(self) -> bool {
        matches!(self.kind, Self::DATA | Self::HEADERS | Self::PUSH_PROMISE) && self.has(Self::PADDED)
    }

    /// A priority stands before the header block.
    pub(super) const fn has_priority(self) -> bool {
        self.kind == Self::HEADERS && self.has(Self::WITH_PRIORITY)
    }

    /// Where in the frame the content lies, be it data or a piece of a header block, between what the type puts
    /// before it and the padding. `None` if the padding takes more than there is (RFC 9113 section 6.1).
    pub(super) fn content(self, frame: &[u8]) -> Option<Range<usize>> {
        let mut start = Self::LEN;
        let mut padding = 0;
        if self.is_padded() {
            padding = usize::from(u8_at(frame, start)?);
            start = start.saturating_add(1);
        }
        if self.has_priority() {
            start = start.saturating_add(5);
        } else if self.kind == Self::PUSH_PROMISE {
            start = start.saturating_add(4);
        }
        let end = Self::LEN.saturating_add(self.len).checked_sub(padding)?;
        (start <= end).then_some(start..end)
    }

    /// What RFC 9113 section 6 forbids of the length or the stream.
    pub(super) fn complaint(self) -> Option<&'static str> {
        let is_right_length = match self.kind {
            Self::PRIORITY => self.len == 5,
            Self::RST_STREAM | Self::WINDOW_UPDATE => self.len == 4,
            Self::SETTINGS if self.has(Self::ACK) => self.len == 0,
            Self::SETTINGS => self.len.is_multiple_of(6),
            Self::PING => self.len == 8,
            Self::GOAWAY => self.len >= 8,
            _ => true,
        };
        match self.kind {
            _ if !is_right_length => Some(WRONG_LENGTH),
            Self::DATA
            | Self::HEADERS
            | Self::PRIORITY
            | Self::RST_STREAM
            | Self::PUSH_PROMISE
            | Self::CONTINUATION
                if self.stream == 0 =>
            {
                Some(NEEDS_STREAM)
            }
            Self::SETTINGS | Self::PING | Self::GOAWAY | Self::PRIORITY_UPDATE if self.stream != 0 => {
                Some(NEEDS_NONE)
            }
            _ => None,
        }
    }

    /// Bytes that may be anything look like this frame: used where it is not known whether a frame begins.
    pub(super) fn is_plausible(self) -> bool {
        let defined = match self.kind {
            Self::DATA => Self::END_STREAM | Self::PADDED,
            Self::HEADERS => Self::END_STREAM | Self::END_HEADERS | Self::PADDED | Self::WITH_PRIORITY,
            Self::PUSH_PROMISE => Self::END_HEADERS | Self::PADDED,
            Self::CONTINUATION => Self::END_HEADERS,
            Self::SETTINGS | Self::PING => Self::ACK,
            _ => 0,
        };
        self.flags & !defined == 0 && self.complaint().is_none() && name_of(TYPES, self.kind.into()).is_some()
    }
}
