//! Handshake messages (RFC 8446 section 4, RFC 5246 section 7.4), over records and, in QUIC, over CRYPTO frames.

use core::fmt;

use super::agreed::{Kind, Memo, Version};
use super::cursor::Cursor;
use super::{extensions, fingerprint, key_exchange, names, ocsp, suites, x509};
use crate::bytes::{slice, u8_at, u16_at, u24_at, up_to};
use crate::field::{Field, Value, name_of};
use crate::frame::Timestamp;

fields! {
    HANDSHAKE = Field::group("tls.handshake", "handshake message"),
    TYPE = Field::u8("tls.handshake.type", "message").names(names::HANDSHAKES).many().key(),
    LENGTH = Field::u24("tls.handshake.length", "length").many(),
    VERSION = Field::u16("tls.handshake.version", "version").hex().names(names::VERSIONS).many().key(),
    RANDOM = Field::bytes("tls.handshake.random", "random").many(),
    RANDOM_TIME = Field::time("tls.handshake.random_time", "random, as time").many(),
    RANDOM_BYTES = Field::bytes("tls.handshake.random_bytes", "random, the rest").many(),
    SESSION_ID_LENGTH = Field::u8("tls.handshake.session_id_length", "session id length").many(),
    SESSION_ID = Field::bytes("tls.handshake.session_id", "session id").many(),
    SUITES_LENGTH = Field::u16("tls.handshake.cipher_suites_length", "suites length").many(),
    SUITE = Field::u16("tls.handshake.ciphersuite", "cipher suite").hex().names(suites::SUITES).many(),
    METHODS_LENGTH = Field::u8("tls.handshake.comp_methods_length", "methods length").many(),
    METHOD = Field::u8("tls.handshake.comp_method", "compression").names(names::COMPRESSIONS).many(),
    JA3_FULL = Field::text("tls.handshake.ja3_full", "JA3 in full").many(),
    JA3 = Field::text("tls.handshake.ja3", "JA3").many().key(),
    JA3S_FULL = Field::text("tls.handshake.ja3s_full", "JA3S in full").many(),
    JA3S = Field::text("tls.handshake.ja3s", "JA3S").many().key(),
    JA4 = Field::text("tls.handshake.ja4", "JA4").many().key(),
    JA4_R = Field::text("tls.handshake.ja4_r", "JA4 in full").many(),
    CONTEXT_LENGTH = Field::u8("tls.handshake.certificate_request_context_length", "context length").many(),
    CONTEXT = Field::bytes("tls.handshake.certificate_request_context", "context of request").many(),
    CERTIFICATES_LENGTH = Field::u24("tls.handshake.certificates_length", "certs length").many(),
    CERTIFICATE_LENGTH = Field::u24("tls.handshake.certificate_length", "cert length").many(),
    CERTIFICATE = Field::bytes("tls.handshake.certificate", "certificate").many(),
    TICKET_LIFETIME = Field::u32("tls.handshake.session_ticket_lifetime_hint", "lifetime (s)").many(),
    TICKET_AGE_ADD = Field::u32("tls.handshake.session_ticket_age_add", "added to the age").many(),
    TICKET_NONCE_LENGTH = Field::u8("tls.handshake.session_ticket_nonce_length", "nonce length").many(),
    TICKET_NONCE = Field::bytes("tls.handshake.session_ticket_nonce", "nonce").many(),
    TICKET_LENGTH = Field::u16("tls.handshake.session_ticket_length", "ticket length").many(),
    TICKET = Field::bytes("tls.handshake.session_ticket", "ticket").many(),
    CERT_TYPES_COUNT = Field::u8("tls.handshake.cert_types_count", "number of types").many(),
    CERT_TYPE = Field::u8("tls.handshake.cert_type", "certificate type").names(names::CERTIFICATE_TYPES).many(),
    DNAMES_LENGTH = Field::u16("tls.handshake.dnames_len", "names length").many(),
    DNAME_LENGTH = Field::u16("tls.handshake.dname_len", "name length").many(),
    OCSP_LENGTH = Field::u24("tls.handshake.ocsp_response_len", "response length").many(),
    VERIFY_LENGTH = Field::u16("tls.handshake.client_cert_vrfy.sig_len", "signature length").many(),
    VERIFY = Field::bytes("tls.handshake.client_cert_vrfy.sig", "signature").many(),
    VERIFY_DATA = Field::bytes("nd.tls.verify_data", "verify data").many(),
    REQUEST_UPDATE =
        Field::u8("tls.handshake.key_update.request_update", "update wanted").names(names::KEY_UPDATES).many(),
    NEXT_PROTOCOL_LENGTH = Field::u8("tls.handshake.npn_selected_protocol_len", "protocol length").many(),
    NEXT_PROTOCOL = Field::text("tls.handshake.npn_selected_protocol", "protocol").many(),
    NEXT_PADDING_LENGTH = Field::u8("tls.handshake.npn_padding_len", "padding length").many(),
    NEXT_PADDING = Field::bytes("tls.handshake.npn_padding", "padding").many(),
}

/// Message types (RFC 8446 section 4, RFC 5246 section 7.4 and others of the IANA registry).
pub(super) const CLIENT_HELLO: u8 = 1;
pub(super) const SERVER_HELLO: u8 = 2;
const NEW_SESSION_TICKET: u8 = 4;
const HELLO_RETRY_REQUEST: u8 = 6;
pub(super) const ENCRYPTED_EXTENSIONS: u8 = 8;
const CERTIFICATE_MESSAGE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const CERTIFICATE_REQUEST: u8 = 13;
const CERTIFICATE_VERIFY: u8 = 15;
const CLIENT_KEY_EXCHANGE: u8 = 16;
pub(super) const FINISHED: u8 = 20;
const CERTIFICATE_STATUS: u8 = 22;
pub(super) const KEY_UPDATE: u8 = 24;
const NEXT_PROTOCOL_MESSAGE: u8 = 67;

/// Bytes before the body of a message.
const HEADER: usize = 4;
/// Longest message that is believed to be one.
const MAX_LEN: u32 = 0x2_0000;
/// Bytes of the random.
const RANDOM_LEN: usize = 32;
/// The random by which a ServerHello is a HelloRetryRequest (RFC 8446 section 4.1.3).
const RETRY_RANDOM: [u8; RANDOM_LEN] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
/// Whether a ServerHello of this version has neither session nor compression: so it was until
/// draft-ietf-tls-tls13-21, and the version of TLS 1.3 stood in it.
fn is_short(kind: u8, version: u16) -> bool {
    kind == SERVER_HELLO && matches!(version, 0x0304 | 0x7f00..=0x7f15)
}

/// Whether `body` may begin with a message that is not protected.
pub(super) fn may_begin(body: &[u8]) -> bool {
    let known = body.first().is_some_and(|&kind| name_of(names::HANDSHAKES, kind.into()).is_some());
    known && u24_at(body, 1).is_none_or(|len| len <= MAX_LEN)
}

/// Whether `body` begins with a Finished of 12 bytes (36 in SSL 3.0) that is not enciphered: suites without
/// encryption exist (RFC 5246 section 7.4.9).
pub(super) fn is_finished(body: &[u8]) -> bool {
    body.starts_with(&[20, 0, 0, 12]) || body.starts_with(&[20, 0, 0, 36])
}

/// A ClientHello or ServerHello, as far as both are alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hello<'a> {
    /// `legacy_version` (RFC 8446 section 4.1.2).
    pub(super) version: u16,
    /// Cipher suites, of a server one.
    pub(super) suites: &'a [u8],
    /// Whether the message is a server's.
    pub(super) from_server: bool,
    /// The random.
    pub(super) random: [u8; RANDOM_LEN],
    /// A server asks for another ClientHello.
    pub(super) retry: bool,
    /// The extensions, without their length.
    extensions: &'a [u8],
}

impl<'a> Hello<'a> {
    /// Reads the body of a message of type `kind`.
    pub(super) fn parse(kind: u8, body: &'a [u8]) -> Option<Self> {
        let version = u16_at(body, 0)?;
        let random: [u8; RANDOM_LEN] = crate::bytes::chunk(body, 2)?;
        let mut at = 2usize.saturating_add(RANDOM_LEN);
        let short = is_short(kind, version);
        if !short {
            at = at.saturating_add(1).saturating_add(u8_at(body, at)?.into());
        }
        let suites = if kind == CLIENT_HELLO {
            let len = u16_at(body, at)?;
            at = at.saturating_add(2);
            slice(body, at, len.into())?
        } else {
            slice(body, at, 2)?
        };
        at = at.saturating_add(suites.len());
        if kind == CLIENT_HELLO {
            at = at.saturating_add(1).saturating_add(u8_at(body, at)?.into());
        } else if !short {
            at = at.saturating_add(1);
        }
        let len = u16_at(body, at).unwrap_or_default();
        let extensions = up_to(body, at.saturating_add(2), len.into());
        let from_server = kind != CLIENT_HELLO;
        let retry = from_server && random == RETRY_RANDOM;
        Some(Self { version, suites, from_server, random, retry, extensions })
    }

    /// What a server puts into EncryptedExtensions, which belong to its hello (RFC 8446 section 4.3.1).
    pub(super) fn encrypted(body: &'a [u8]) -> Self {
        let extensions = up_to(body, 2, u16_at(body, 0).unwrap_or_default().into());
        let random = [0; RANDOM_LEN];
        Self { version: 0, suites: &[], from_server: true, random, retry: false, extensions }
    }

    /// The extensions: type and data of each.
    pub(super) fn extensions(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let mut rest = self.extensions;
        core::iter::from_fn(move || {
            let kind = u16_at(rest, 0)?;
            let data = slice(rest, 4, u16_at(rest, 2)?.into())?;
            rest = rest.get(data.len().saturating_add(4)..)?;
            Some((kind, data))
        })
    }

    /// The data of the first extension of this type.
    pub(super) fn extension(&self, kind: u16) -> Option<&'a [u8]> {
        self.extensions().find(|row| row.0 == kind).map(|row| row.1)
    }

    /// The version that a server chose.
    pub(super) fn selected_version(&self) -> u16 {
        self.extension(extensions::SUPPORTED_VERSIONS)
            .and_then(|data| u16_at(data, 0))
            .unwrap_or(self.version)
    }

    /// The first name of the protocols offered or chosen (RFC 7301 section 3.1).
    pub(super) fn first_alpn(&self) -> Option<&'a [u8]> {
        let list = self.extension(extensions::ALPN)?;
        slice(list, 3, u8_at(list, 2)?.into())
    }

    /// The first name of the server (RFC 6066 section 3).
    fn server_name(&self) -> Option<&'a [u8]> {
        let list = self.extension(extensions::SERVER_NAME)?;
        slice(list, 5, u16_at(list, 3)?.into())
    }
}

/// One message. What is not there of it yet is left to the record that completes it.
pub(super) fn message(c: &mut Cursor<'_, '_, '_>, memo: Memo) -> Option<()> {
    let rest = c.rest();
    let len = usize::try_from(u24_at(rest, 1)?).ok()?;
    let whole = HEADER.saturating_add(len);
    let captured = rest.len() >= whole;
    if !captured && memo.source.is_none() && !is_cut(c) {
        return None;
    }
    let at = c.at..c.at.saturating_add(whole.min(rest.len()));
    c.part(whole, |c| {
        c.walk.open(&HANDSHAKE, at, Value::None)?;
        let kind = c.u8(&TYPE)?;
        c.u24(&LENGTH)?;
        body(c, kind, memo)?;
        c.walk.close();
        Some(())
    });
    Some(())
}

/// Whether the packet, not the record, is why bytes are missing.
fn is_cut(c: &Cursor<'_, '_, '_>) -> bool {
    c.walk.layer().fault().is_some()
}

fn body(c: &mut Cursor<'_, '_, '_>, kind: u8, memo: Memo) -> Option<()> {
    match kind {
        CLIENT_HELLO | SERVER_HELLO => hello(c, kind, memo),
        HELLO_RETRY_REQUEST => {
            let version = c.u16(&VERSION)?;
            // Since draft 19 it names the cipher suite.
            if !(0x7f00..0x7f13).contains(&version) {
                c.u16(&SUITE)?;
            }
            extensions::list(c, extensions::Place { kind, retry: true })
        }
        NEW_SESSION_TICKET => ticket(c, memo),
        ENCRYPTED_EXTENSIONS => extensions::list(c, extensions::Place { kind, retry: false }),
        CERTIFICATE_MESSAGE => certificates(c, memo),
        SERVER_KEY_EXCHANGE => key_exchange::server(c, memo),
        CLIENT_KEY_EXCHANGE => key_exchange::client(c, memo),
        CERTIFICATE_REQUEST => certificate_request(c, memo),
        CERTIFICATE_VERIFY => {
            if matches!(memo.version, Version::Tls12 | Version::Tls13) {
                extensions::signature_algorithm(c)?;
            }
            let len = c.u16(&VERIFY_LENGTH)?;
            c.some_bytes(&VERIFY, len.into())
        }
        FINISHED => {
            let len = c.left();
            c.some_bytes(&VERIFY_DATA, len)
        }
        CERTIFICATE_STATUS => status(c),
        KEY_UPDATE => c.u8(&REQUEST_UPDATE).map(|_| ()),
        NEXT_PROTOCOL_MESSAGE => {
            let len = c.u8(&NEXT_PROTOCOL_LENGTH)?;
            c.text(&NEXT_PROTOCOL, len.into())?;
            c.opaque8(&NEXT_PADDING_LENGTH, &NEXT_PADDING)
        }
        _ => Some(()),
    }
}

fn hello(c: &mut Cursor<'_, '_, '_>, kind: u8, memo: Memo) -> Option<()> {
    let body = c.rest();
    let parsed = Hello::parse(kind, body);
    let version = c.u16(&VERSION)?;
    // In TLS 1.3 the random is random throughout; the record of a ServerHello does not know the version before.
    let old = match kind {
        SERVER_HELLO => {
            parsed.map_or(memo.version, |hello| hello.selected_version().into()) != Version::Tls13
        }
        _ if memo.kind == Kind::Crypto => false,
        // One that brings early data sets the version for what follows, not for itself.
        _ => {
            memo.version != Version::Tls13
                || parsed.is_some_and(|hello| hello.extension(extensions::EARLY_DATA_TYPE).is_some())
        }
    };
    let random = c.bytes(&RANDOM, RANDOM_LEN)?;
    if old {
        let start = c.at.saturating_sub(RANDOM_LEN);
        let middle = start.saturating_add(4);
        let seconds = crate::bytes::u32_at(random, 0)?;
        let time = Timestamp::new(seconds.into(), 0);
        c.walk.emit(&RANDOM_TIME, start..middle, Value::Time(time))?;
        c.walk.emit(&RANDOM_BYTES, middle..c.at, Value::Bytes(random.get(4..)?))?;
    }
    let short = is_short(kind, version);
    if !short {
        c.opaque8(&SESSION_ID_LENGTH, &SESSION_ID)?;
    }
    if kind == CLIENT_HELLO {
        let len = c.u16(&SUITES_LENGTH)?;
        c.part(len.into(), |c| c.each(|c| c.u16(&SUITE).map(|_| ())));
        let len = c.u8(&METHODS_LENGTH)?;
        c.part(len.into(), |c| c.each(|c| c.u8(&METHOD).map(|_| ())));
    } else {
        c.u16(&SUITE)?;
        if !short {
            c.u8(&METHOD)?;
        }
    }
    let retry = parsed.is_some_and(|hello| hello.retry);
    if c.left() > 0 {
        extensions::list(c, extensions::Place { kind, retry })?;
    }
    match parsed {
        Some(hello) => {
            let transport = if memo.kind == Kind::Crypto { 'q' } else { 't' };
            fingerprint::fields(c.walk, &hello, transport)
        }
        None => Some(()),
    }
}

fn ticket(c: &mut Cursor<'_, '_, '_>, memo: Memo) -> Option<()> {
    c.u32(&TICKET_LIFETIME)?;
    if memo.version == Version::Tls13 {
        c.u32(&TICKET_AGE_ADD)?;
        c.opaque8(&TICKET_NONCE_LENGTH, &TICKET_NONCE)?;
    }
    c.opaque16(&TICKET_LENGTH, &TICKET)?;
    if c.left() > 0 {
        extensions::list(c, extensions::Place { kind: NEW_SESSION_TICKET, retry: false })?;
    }
    Some(())
}

fn certificates(c: &mut Cursor<'_, '_, '_>, memo: Memo) -> Option<()> {
    if memo.version == Version::Tls13 {
        c.opaque8(&CONTEXT_LENGTH, &CONTEXT)?;
    }
    let len = c.u24(&CERTIFICATES_LENGTH)?;
    c.part(usize::try_from(len).ok()?, |c| {
        c.each(|c| {
            let len = c.u24(&CERTIFICATE_LENGTH)?;
            let (at, len) = (c.at, usize::try_from(len).ok()?);
            c.some_bytes(&CERTIFICATE, len)?;
            c.at = at;
            c.part(len, x509::certificate);
            match memo.version {
                Version::Tls13 => {
                    extensions::list(c, extensions::Place { kind: CERTIFICATE_MESSAGE, retry: false })
                }
                _ => Some(()),
            }
        })
    });
    Some(())
}

fn certificate_request(c: &mut Cursor<'_, '_, '_>, memo: Memo) -> Option<()> {
    if memo.version == Version::Tls13 {
        c.opaque8(&CONTEXT_LENGTH, &CONTEXT)?;
        return extensions::list(c, extensions::Place { kind: CERTIFICATE_REQUEST, retry: false });
    }
    let len = c.u8(&CERT_TYPES_COUNT)?;
    c.part(len.into(), |c| c.each(|c| c.u8(&CERT_TYPE).map(|_| ())));
    if memo.version == Version::Tls12 {
        extensions::signature_algorithms(c)?;
    }
    authorities(c)
}

/// Distinguished names of authorities.
pub(super) fn authorities(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let len = c.u16(&DNAMES_LENGTH)?;
    c.part(len.into(), |c| {
        c.each(|c| {
            let len = c.u16(&DNAME_LENGTH)?;
            c.part(len.into(), |c| x509::name(c, &x509::AUTHORITY, &x509::ISSUER_PARTS));
            Some(())
        })
    });
    Some(())
}

/// CertificateStatus (RFC 6066 section 8).
pub(super) fn status(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.u8(&extensions::STATUS_TYPE)?;
    let len = c.u24(&OCSP_LENGTH)?;
    c.part(usize::try_from(len).ok()?, ocsp::response);
    Some(())
}

/// The names of the messages in `body`.
pub(super) fn summary(body: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    let mut rest = body;
    let mut separator = "";
    while let (Some(&kind), Some(len)) = (rest.first(), u24_at(rest, 1)) {
        out.write_str(separator)?;
        separator = ", ";
        let data = up_to(rest, HEADER, usize::try_from(len).unwrap_or(usize::MAX));
        let parsed = match kind {
            CLIENT_HELLO | SERVER_HELLO => Hello::parse(kind, data),
            _ => None,
        };
        match (name_of(names::HANDSHAKES, kind.into()), parsed) {
            (_, Some(hello)) if hello.retry => out.write_str("Hello Retry Request")?,
            (Some(name), _) => out.write_str(name)?,
            (None, _) => write!(out, "Handshake ({kind})")?,
        }
        if let Some(name) = parsed.filter(|hello| !hello.from_server).and_then(|hello| hello.server_name()) {
            write!(out, " (SNI={})", alloc::string::String::from_utf8_lossy(name))?;
        }
        let whole = HEADER.saturating_add(usize::try_from(len).unwrap_or(usize::MAX));
        match rest.get(whole..) {
            Some(more) => rest = more,
            None => {
                out.write_str(" (not whole)")?;
                break;
            }
        }
    }
    if separator.is_empty() { out.write_str("Handshake (piece)") } else { Ok(()) }
}
