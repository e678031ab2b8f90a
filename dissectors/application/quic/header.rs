//! Headers of packets (RFC 8999, RFC 9000 section 17), as far as they are not protected.

use super::version::{Family, family, tags_retries};
use crate::bytes::{fixed, slice, u32_at, varint_at};
use crate::dissector::Fault;

/// The bits that say that a header is long, and that a packet follows this protocol.
pub(super) const LONG: u8 = 0x80;
pub(super) const FIXED: u8 = 0x40;
/// Bytes of the longest connection ID in the versions that are known (RFC 9000 section 17.2).
pub(super) const MAX_ID: usize = 20;
/// Bytes of what ends a Retry (RFC 9001 section 5.8).
pub(super) const TAG: usize = 16;
/// The least that a packet number and what protects it take: a packet that has less cannot be sampled (RFC 9001 section
/// 5.4.2).
const MIN_LENGTH: usize = 20;

const LONG_ID: Fault = Fault::Malformed("a connection ID of more than 20 bytes (quic.dcil, quic.scil)");
const BEYOND_ID: Fault = Fault::Malformed("a connection ID longer than its datagram (quic.dcil, quic.scil)");
const BEYOND_TOKEN: Fault = Fault::Malformed("a token longer than its datagram (quic.token_length)");
const BEYOND: Fault = Fault::Malformed("a packet longer than its datagram (quic.length)");
const NO_TAG: Fault = Fault::Malformed("no room for what ends a Retry (quic.retry_integrity_tag)");
const TOO_SHORT: Fault = Fault::Malformed("too short for a packet number and its protection (quic.length)");

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    VersionNegotiation,
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
    /// One with a long header of which only that is known which all versions share.
    Other,
    /// One with a short header.
    Short,
}

impl Kind {
    /// By the first byte of a long header.
    fn of(first: u8, version: u32) -> Self {
        if version == 0 {
            return Self::VersionNegotiation;
        }
        let kind = match (family(version), first >> 4 & 0x03) {
            (Some(Family::One), 0) | (Some(Family::Two), 1) => Self::Initial,
            (Some(Family::One), 1) | (Some(Family::Two), 2) => Self::ZeroRtt,
            (Some(Family::One), 2) | (Some(Family::Two), 3) => Self::Handshake,
            (Some(_), _) => Self::Retry,
            (None, _) => Self::Other,
        };
        if kind == Self::Retry && !tags_retries(version) { Self::Other } else { kind }
    }

    /// What people call it.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::VersionNegotiation => "Version Negotiation",
            Self::Initial => "Initial",
            Self::ZeroRtt => "0-RTT",
            Self::Handshake => "Handshake",
            Self::Retry => "Retry",
            Self::Other => "Unknown version",
            Self::Short => "Protected Payload",
        }
    }
}

/// The header of one packet. Positions count from its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    pub(super) kind: Kind,
    /// 0 in short headers.
    pub(super) version: u32,
    /// The destination connection ID; of a short header, if its length is known.
    pub(super) dcid: &'a [u8],
    /// The source connection ID.
    pub(super) scid: &'a [u8],
    /// Where the packet number begins, or whatever follows the header.
    pub(super) protected: usize,
    /// Where the packet ends; not all of it may have been captured.
    pub(super) end: usize,
}

impl<'a> Header<'a> {
    /// Reads the header at the start of `data`, of which `wire` bytes were sent. `id_len` is the length of the
    /// connection ID in a short header, if it is known.
    ///
    /// # Errors
    /// [`Fault::Short`] if not all of it was captured, [`Fault::Malformed`] if it reaches beyond its datagram.
    pub(super) fn parse(data: &'a [u8], wire: usize, id_len: Option<u8>) -> Result<Self, Fault> {
        let &[first] = fixed::<1>(data)?;
        if first & LONG == 0 {
            let mut rest = Reader { data, at: 1, wire };
            let dcid = rest.take(id_len.unwrap_or_default().into(), BEYOND_ID)?;
            return Ok(Self {
                kind: Kind::Short,
                version: 0,
                dcid,
                scid: &[],
                protected: rest.at,
                end: wire,
            });
        }
        let version = u32_at(data, 1).ok_or(Fault::Short { need: 5, have: data.len() })?;
        let kind = Kind::of(first, version);
        let mut rest = Reader { data, at: 5, wire };
        let [dcid, scid] = [rest.id()?, rest.id()?];
        if family(version).is_some() && dcid.len().max(scid.len()) > MAX_ID {
            return Err(LONG_ID);
        }
        if kind == Kind::Initial {
            let len = rest.varint()?;
            rest.take(len, BEYOND_TOKEN)?;
        }
        let end = match kind {
            Kind::Initial | Kind::ZeroRtt | Kind::Handshake => {
                let len = rest.varint()?;
                let end = rest.at.saturating_add(len);
                if end > wire {
                    return Err(BEYOND);
                }
                end
            }
            Kind::Retry if wire.saturating_sub(rest.at) < TAG => return Err(NO_TAG),
            Kind::VersionNegotiation | Kind::Retry | Kind::Other | Kind::Short => wire,
        };
        Ok(Self { kind, version, dcid, scid, protected: rest.at, end })
    }

    /// What the packet with this long header is, if its version is there.
    pub(super) fn kind(data: &[u8]) -> Option<Kind> {
        Some(Kind::of(*data.first()?, u32_at(data, 1)?))
    }

    /// What is wrong with a header whose parts all lie where they should.
    pub(super) fn flaw(&self) -> Option<Fault> {
        let is_protected = matches!(self.kind, Kind::Initial | Kind::ZeroRtt | Kind::Handshake);
        (is_protected && self.end.saturating_sub(self.protected) < MIN_LENGTH).then_some(TOO_SHORT)
    }
}

/// A place in a header.
struct Reader<'a> {
    data: &'a [u8],
    at: usize,
    wire: usize,
}

impl<'a> Reader<'a> {
    /// The next `len` bytes; `beyond` is what is wrong if so many were never sent.
    fn take(&mut self, len: usize, beyond: Fault) -> Result<&'a [u8], Fault> {
        let need = self.at.saturating_add(len);
        if need > self.wire {
            return Err(beyond);
        }
        let taken = slice(self.data, self.at, len).ok_or(Fault::Short { need, have: self.data.len() })?;
        self.at = need;
        Ok(taken)
    }

    /// A length of one byte and a connection ID.
    fn id(&mut self) -> Result<&'a [u8], Fault> {
        let &[len] = fixed::<1>(self.take(1, BEYOND_ID)?)?;
        self.take(len.into(), BEYOND_ID)
    }

    /// A length.
    fn varint(&mut self) -> Result<usize, Fault> {
        let have = self.data.len();
        let need = self.at.saturating_add(1);
        let (value, len) = varint_at(self.data, self.at).ok_or(Fault::Short { need, have })?;
        self.at = self.at.saturating_add(len);
        Ok(usize::try_from(value).unwrap_or(usize::MAX))
    }
}
