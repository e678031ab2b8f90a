//! What two ends agreed upon, and what a record's layer has to know of it: all in one number, the memo.

use super::flow::{ALERT, APPLICATION_DATA, HANDSHAKE, HEADER};
use super::{names, suites};
use crate::field::name_of;

/// The version that was agreed upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Version {
    /// Not known.
    #[default]
    Unknown,
    /// SSL 3.0.
    Ssl3,
    /// TLS 1.0 or 1.1, whose messages read alike.
    Tls10,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3 and its drafts.
    Tls13,
}

impl From<u16> for Version {
    fn from(number: u16) -> Self {
        match number {
            0x0300 => Self::Ssl3,
            0x0301 | 0x0302 => Self::Tls10,
            0x0303 => Self::Tls12,
            // With its drafts.
            0x0304 | 0x7f00..=0x7fff | 0xfb00..=0xfbff => Self::Tls13,
            _ => Self::Unknown,
        }
    }
}

/// How keys are exchanged, as far as it decides what the messages hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Exchange {
    /// Not known, or of TLS 1.3.
    #[default]
    Unknown,
    /// RSA (RFC 5246 section 7.4.7.1).
    Rsa,
    /// Diffie-Hellman with keys from certificates, or ephemeral ones (RFC 5246 section 7.4.3).
    Dh,
    /// Diffie-Hellman without signatures.
    DhAnon,
    /// Elliptic curves (RFC 8422 section 5.4).
    Ecdh,
    /// Elliptic curves without signatures.
    EcdhAnon,
    /// Pre-shared keys (RFC 4279 section 2).
    Psk,
    /// Diffie-Hellman with pre-shared keys (RFC 4279 section 3).
    DhePsk,
    /// RSA with pre-shared keys (RFC 4279 section 4).
    RsaPsk,
    /// Elliptic curves with pre-shared keys (RFC 5489 section 2).
    EcdhePsk,
}

const EXCHANGES: [Exchange; 10] = [
    Exchange::Unknown,
    Exchange::Rsa,
    Exchange::Dh,
    Exchange::DhAnon,
    Exchange::Ecdh,
    Exchange::EcdhAnon,
    Exchange::Psk,
    Exchange::DhePsk,
    Exchange::RsaPsk,
    Exchange::EcdhePsk,
];

/// What the names of cipher suites begin with; the first that fits counts.
const PREFIXES: &[(&str, Exchange)] = &[
    ("TLS_RSA_PSK_", Exchange::RsaPsk),
    ("TLS_RSA_", Exchange::Rsa),
    ("TLS_DHE_PSK_", Exchange::DhePsk),
    ("TLS_DH_anon_", Exchange::DhAnon),
    ("TLS_DHE_", Exchange::Dh),
    ("TLS_DH_", Exchange::Dh),
    ("TLS_ECDHE_PSK_", Exchange::EcdhePsk),
    ("TLS_ECDH_anon_", Exchange::EcdhAnon),
    ("TLS_ECDHE_", Exchange::Ecdh),
    ("TLS_ECDH_", Exchange::Ecdh),
    ("TLS_PSK_", Exchange::Psk),
];

impl Exchange {
    /// The exchange of a cipher suite, which its name tells.
    pub(super) fn of(suite: u16) -> Self {
        let Some(name) = name_of(suites::SUITES, suite.into()) else { return Self::Unknown };
        PREFIXES
            .iter()
            .find(|(prefix, _)| name.starts_with(prefix))
            .map_or(Self::Unknown, |(_, exchange)| *exchange)
    }
}

/// A protocol that is spoken inside, as a row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Application(u8);

impl Application {
    /// By a name of RFC 7301.
    pub(super) fn by_alpn(name: &[u8]) -> Option<Self> {
        Self::find(|row| row.1.iter().any(|known| known.as_bytes() == name))
    }

    /// By the port of the server, which may be either.
    pub(super) fn by_ports((src, dst): (u16, u16)) -> Option<Self> {
        Self::find(|row| row.2.contains(&src)).or_else(|| Self::find(|row| row.2.contains(&dst)))
    }

    fn find(is: impl Fn(&names::ApplicationRow) -> bool) -> Option<Self> {
        let at = names::APPLICATIONS.iter().position(is)?;
        Some(Self(u8::try_from(at).ok()?))
    }

    pub(super) fn title(self) -> &'static str {
        names::APPLICATIONS.get(usize::from(self.0)).map_or("", |row| row.0)
    }

    /// The port where the same is spoken without TLS, by which it is found; 0 if there is none.
    pub(super) fn plain_port(self) -> u16 {
        names::APPLICATIONS.get(usize::from(self.0)).map_or(0, |row| row.3)
    }
}

/// How a record is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is.
    #[default]
    Plain,
    /// It is protected.
    Encrypted,
    /// It holds nothing but a middle piece of a handshake message.
    Piece,
    /// A hello of SSL 2.0.
    Ssl2,
    /// The stream ends in it: its fields are not shown, which describe whole records.
    Cut,
    /// It is none.
    Unknown,
    /// It was protected and has been opened: handshake messages lie in a source.
    OpenedHandshake,
    /// The same, of an alert.
    OpenedAlert,
    /// The same, of data, which lie in a layer above.
    OpenedData,
    /// Handshake messages without a record: CRYPTO frames of QUIC carried them.
    Crypto,
    /// The same, of a middle piece of one.
    CryptoPiece,
}

const KINDS: [Kind; 11] = [
    Kind::Plain,
    Kind::Encrypted,
    Kind::Piece,
    Kind::Ssl2,
    Kind::Cut,
    Kind::Unknown,
    Kind::OpenedHandshake,
    Kind::OpenedAlert,
    Kind::OpenedData,
    Kind::Crypto,
    Kind::CryptoPiece,
];

impl Kind {
    /// Bytes before what is carried.
    pub(super) const fn header(self) -> usize {
        match self {
            Self::Crypto | Self::CryptoPiece => 0,
            _ => HEADER,
        }
    }

    /// The content type that was under protection.
    pub(super) const fn opened(self) -> Option<u8> {
        match self {
            Self::OpenedHandshake => Some(HANDSHAKE),
            Self::OpenedAlert => Some(ALERT),
            Self::OpenedData => Some(APPLICATION_DATA),
            _ => None,
        }
    }
}

/// What the layer of a record has to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memo {
    pub(super) kind: Kind,
    pub(super) version: Version,
    pub(super) exchange: Exchange,
    pub(super) application: Option<Application>,
    /// Where the record's messages lie, if an earlier record began the first of them, or if they were opened.
    pub(super) source: Option<u8>,
}

const VERSIONS: [Version; 5] =
    [Version::Unknown, Version::Ssl3, Version::Tls10, Version::Tls12, Version::Tls13];

/// One byte for each part: kind and version share the lowest.
impl From<Memo> for u32 {
    fn from(memo: Memo) -> Self {
        let low = memo.kind as u8 | (memo.version as u8) << 4;
        let application = memo.application.map_or(0, |application| application.0.saturating_add(1));
        Self::from_be_bytes([memo.source.unwrap_or(0), application, memo.exchange as u8, low])
    }
}

impl From<u32> for Memo {
    fn from(memo: u32) -> Self {
        let [source, application, exchange, low] = memo.to_be_bytes();
        Self {
            kind: KINDS.get(usize::from(low & 0x0f)).copied().unwrap_or_default(),
            version: VERSIONS.get(usize::from(low >> 4)).copied().unwrap_or_default(),
            exchange: EXCHANGES.get(usize::from(exchange)).copied().unwrap_or_default(),
            application: application.checked_sub(1).map(Application),
            source: Some(source).filter(|&source| source > 0),
        }
    }
}
