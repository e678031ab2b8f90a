//! What a layer has to know when its fields are walked, in the 32 bits of its slot.

use super::chunked::Scanner;

/// Bits 0 to 15: two source numbers, or the port behind a proxy with the source of its host in bits 16 to 23.
/// Bits 24 to 31, and bits 16 to 20 without a proxy: flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memo(u32);

impl Memo {
    /// No message begins here.
    pub(super) const CONTINUATION: Self = Self(1 << 24);
    /// The end of the message is missing.
    pub(super) const CUT: Self = Self(1 << 25);
    /// Something in the body should be a chunk size and is none.
    pub(super) const BAD_CHUNK: Self = Self(1 << 26);
    /// The head did not end within its limit.
    pub(super) const LONG_HEAD: Self = Self(1 << 27);
    /// Too many requests wait already: this one is not paired.
    pub(super) const UNTRACKED: Self = Self(1 << 28);
    /// A line of a chunked body is longer than anybody needs.
    pub(super) const LONG_LINE: Self = Self(1 << 30);
    /// A line of a chunked body ends in LF alone.
    pub(super) const BARE_LF: Self = Self(1 << 31);
    /// A line without a colon ended the head.
    pub(super) const EARLY: Self = Self(1 << 16);
    /// The body is coded in a way that was not undone.
    pub(super) const PACKED: Self = Self(1 << 17);
    /// Only the beginning of the content was unpacked.
    pub(super) const TOO_MUCH: Self = Self(1 << 18);
    /// It answers a request whose head was there, but not all of it.
    pub(super) const AHEAD: Self = Self(1 << 19);
    /// The address that it answers was put together: the scheme is for the layer below to tell.
    pub(super) const MADE_UP: Self = Self(1 << 20);
    /// What follows is another protocol inside this one.
    const TUNNEL: Self = Self(1 << 29);

    /// A layer through which other bytes pass; the host's name is in source `host`.
    pub(super) fn tunnel(host: Option<u8>, port: u16) -> Self {
        Self(u32::from(port) | u32::from(host.unwrap_or(0)) << 16 | Self::TUNNEL.0)
    }

    /// What the chunks had to be remarked.
    pub(super) fn chunks(scanner: &Scanner) -> Self {
        let none = Self::default();
        let long = if scanner.long_line { Self::LONG_LINE } else { none };
        let bare = if scanner.bare_lf { Self::BARE_LF } else { none };
        let malformed = if scanner.malformed { Self::BAD_CHUNK } else { none };
        long.with(bare).with(malformed)
    }

    pub(super) const fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }

    /// With the source that holds the head, and the beginning of the body.
    pub(super) fn with_head(self, source: Option<u8>) -> Self {
        Self(self.0 | u32::from(source.unwrap_or(0)))
    }

    /// With the source that holds the body alone.
    pub(super) fn with_body(self, source: Option<u8>) -> Self {
        Self(self.0 | u32::from(source.unwrap_or(0)) << 8)
    }

    pub(super) const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    /// Source of the head, if it is not the layer's own.
    pub(super) fn head(self) -> Option<u8> {
        self.source(0)
    }

    /// Source of the body, if it is not part of the layer.
    pub(super) fn body(self) -> Option<u8> {
        self.source(8)
    }

    /// Source of the host's name and port, if a proxy carries what follows.
    pub(super) fn proxied(self) -> Option<(u8, u16)> {
        let [_, _, high, low] = self.0.to_be_bytes();
        match self.source(16) {
            Some(host) if self.is_tunnel() => Some((host, u16::from_be_bytes([high, low]))),
            _ => None,
        }
    }

    pub(super) const fn is_tunnel(self) -> bool {
        self.has(Self::TUNNEL)
    }

    fn source(self, shift: u32) -> Option<u8> {
        let [.., source] = (self.0 >> shift).to_be_bytes();
        if source == 0 { None } else { Some(source) }
    }
}

impl From<Memo> for u32 {
    fn from(memo: Memo) -> Self {
        memo.0
    }
}

impl From<u32> for Memo {
    fn from(bits: u32) -> Self {
        Self(bits)
    }
}
