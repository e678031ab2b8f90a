//! Transport Layer Security 1.0 to 1.3 (RFC 2246, RFC 4346, RFC 5246, RFC 8446), and SSL 3.0 and the hello of SSL
//! 2.0, from which it grew (RFC 6101).
//!
//! A layer is one record, or what a datagram of QUIC brings of the handshake, which has no records there (RFC 9001 section
//! 4.1.3). A handshake message over several records is shown in the one that completes it. What was agreed upon is
//! remembered, for it decides how later messages read.
//!
//! # Records that are opened
//!
//! Protected records are opened where somebody else wrote down their secrets: in a key log ([`keys::KeyLog`]), as a
//! file of its own or in the capture. No key is guessed, none is computed from a certificate's.
//!
//! * *Where secrets live.* The program reads the log into [`crate::secrets::Secrets`], which the registry holds and
//!   every dissector may read in its context. Nothing is global, and no dissector changes them. Secrets and keys have no
//!   printed form.
//! * *What a connection remembers.* `opening` holds the random of the ClientHello, by which the log names sessions, what
//!   the ServerHello chose, and for each direction the keys at hand and the number of the next record. It is made
//!   with the first ClientHello if there is a log, and dropped with the ServerHello if the log knows nothing of the
//!   session or the suite is none that can be opened: without a log nothing is made, and others cost one look-up.
//! * *From secrets to keys.* `schedule` has the functions of both versions, `cipher` the suites, the keys and how a record
//!   is built around its cipher: GCM, ChaCha20-Poly1305 and chains of blocks with an authentication code before or behind
//!   them. A record that does not authenticate is shown as it was: no guess is printed as content.
//! * *What is missing.* Behind a gap the number of a record is not known, and the direction stays closed until the next
//!   handshake. A record that is captured in part counts. Early data stay closed: they fail like records under foreign
//!   keys, of which 64 in a row are passed over.
//! * *What becomes of the content.* Handshake messages and alerts go the way of those that were never protected, out of a
//!   source of their own. Data are a piece of the stream inside: [`Next::Within`] hands them to the protocol that was
//!   agreed upon (RFC 7301), or belongs to the port, or recognises them. The registry keeps what no message has
//!   taken yet, 64 KiB in each direction, and a state for the protocols inside, so that HTTP in TLS in a tunnel of HTTP
//!   has one of its own.

use core::fmt;

use super::quic;
use crate::bytes::{u8_at, u16_at, up_to};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table, Verdict};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, concat, name_of};
use crate::packet::{Layer, Slot};
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

mod agreed;
mod cipher;
mod cursor;
mod extensions;
mod fingerprint;
mod flow;
mod handshake;
mod key_exchange;
pub mod keys;
mod names;
mod ocsp;
mod opening;
pub(super) mod schedule;
mod ssl2;
mod suites;
mod transport;
mod x509;

pub(super) use names::ALERTS;

use agreed::{Application, Exchange, Kind, Memo, Version};
use cursor::Cursor;
use flow::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, Flow, HANDSHAKE, HEADER, HEARTBEAT};

/// The number in `tcp.port` with which other protocols answer `Next::Inner` for all that follows, after they agreed
/// to go on in TLS (STARTTLS and its like).
pub const PORT: u32 = 443;

fields! {
    CONTENT_TYPE = Field::u8("tls.record.content_type", "content type").names(names::CONTENT_TYPES).key(),
    OPAQUE_TYPE = Field::u8("tls.record.opaque_type", "opaque type").names(names::CONTENT_TYPES),
    RECORD_VERSION = Field::u16("tls.record.version", "version").hex().names(names::VERSIONS).key(),
    RECORD_LENGTH = Field::u16("tls.record.length", "length"),
    CHANGE_CIPHER = Field::flag("tls.change_cipher_spec", "change"),
    LEVEL = Field::u8("tls.alert_message.level", "level").names(names::ALERT_LEVELS).key(),
    DESCRIPTION = Field::u8("tls.alert_message.desc", "description").names(names::ALERTS).key(),
    APP_DATA = Field::bytes("tls.app_data", "protected data"),
    APP_DATA_PROTO = Field::text("tls.app_data_proto", "application"),
    HEARTBEAT_TYPE = Field::u8("tls.heartbeat_message.type", "type").names(names::HEARTBEATS),
    HEARTBEAT_LENGTH = Field::u16("tls.heartbeat_message.payload_length", "payload length"),
    HEARTBEAT_PAYLOAD = Field::bytes("tls.heartbeat_message.payload", "payload"),
    HEARTBEAT_PADDING = Field::bytes("tls.heartbeat_message.padding", "padding"),
    FRAGMENT = Field::frame("tls.handshake.fragment", "piece in").many(),
    FRAGMENT_COUNT = Field::u32("tls.handshake.fragment.count", "pieces"),
}

static ALL_FIELDS: [&Field;
    FIELDS.len()
        + handshake::FIELDS.len()
        + key_exchange::FIELDS.len()
        + extensions::FIELDS.len()
        + transport::FIELDS.len()
        + ssl2::FIELDS.len()
        + x509::FIELDS.len()
        + ocsp::FIELDS.len()] = concat(&[
    FIELDS,
    handshake::FIELDS,
    key_exchange::FIELDS,
    extensions::FIELDS,
    transport::FIELDS,
    ssl2::FIELDS,
    x509::FIELDS,
    ocsp::FIELDS,
]);

static PROTOCOL: Protocol = Protocol {
    name: "tls",
    title: "TLS",
    about: "Transport Layer Security 1.0 to 1.3 (RFC 8446), SSL 3.0",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&TCP_PORT, 324),
    Key::new(&TCP_PORT, PORT),
    Key::new(&TCP_PORT, 465),
    Key::new(&TCP_PORT, 563),
    Key::new(&TCP_PORT, 636),
    Key::new(&TCP_PORT, 802),
    Key::new(&TCP_PORT, 853),
    Key::new(&TCP_PORT, 989),
    Key::new(&TCP_PORT, 990),
    Key::new(&TCP_PORT, 992),
    Key::new(&TCP_PORT, 993),
    Key::new(&TCP_PORT, 994),
    Key::new(&TCP_PORT, 995),
    Key::new(&TCP_PORT, 1300),
    Key::new(&TCP_PORT, 2221),
    Key::new(&TCP_PORT, 2443),
    Key::new(&TCP_PORT, 3249),
    Key::new(&TCP_PORT, 3250),
    Key::new(&TCP_PORT, 3251),
    Key::new(&TCP_PORT, 3252),
    Key::new(&TCP_PORT, 3496),
    Key::new(&TCP_PORT, 5061),
    Key::new(&TCP_PORT, 5671),
    Key::new(&TCP_PORT, 5684),
    Key::new(&TCP_PORT, 5868),
    Key::new(&TCP_PORT, 8883),
    Key::new(&TCP_PORT, 11207),
    Key::new(&TCP_PORT, 19999),
    Key::new(&TCP_PORT, 27017),
    Key::heuristic(&TCP_PORT),
    Key::new(&quic::CRYPTO, quic::CRYPTO_BEGINS),
    Key::new(&quic::CRYPTO, quic::CRYPTO_GOES_ON),
];
static CARRIES: &[&Table] = &[&TCP_PORT];

/// Bytes on a port of TLS that are none: whoever recognises them reads them. No protocol has port 0.
const NOT_TLS: Next = Next::Inner { nth: 0, value: 0 };

/// Transport Layer Security.
#[derive(Debug)]
pub struct Tls;

impl Dissector for Tls {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        cx.with_state(|flow: &mut Flow, cx| match cx.called {
            quic::CRYPTO_BEGINS | quic::CRYPTO_GOES_ON => Ok(flow.crypto(data, cx)),
            _ => flow.dissect(data, cx),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let memo = Memo::from(walk.memo());
        match memo.kind {
            Kind::Unknown | Kind::Cut | Kind::CryptoPiece => return Some(()),
            Kind::Crypto => return messages(walk, memo),
            Kind::Ssl2 => return ssl2::fields(walk),
            Kind::Plain
            | Kind::Encrypted
            | Kind::Piece
            | Kind::OpenedHandshake
            | Kind::OpenedAlert
            | Kind::OpenedData => {}
        }
        let content = u8_at(walk.data(), 0)?;
        let opaque = content == APPLICATION_DATA && memo.version == Version::Tls13;
        walk.u8(if opaque { &OPAQUE_TYPE } else { &CONTENT_TYPE }, 0)?;
        walk.u16(&RECORD_VERSION, 1)?;
        walk.u16(&RECORD_LENGTH, 3)?;
        let len = walk.data().len().saturating_sub(HEADER);
        if let Some(inner) = memo.kind.opened().filter(|_| opaque) {
            walk.uint(&CONTENT_TYPE, 0..0, inner)?;
        }
        match content {
            _ if memo.kind == Kind::OpenedHandshake => messages(walk, memo),
            _ if memo.kind == Kind::OpenedAlert => {
                walk.switch_source(memo.source?);
                walk.u8(&LEVEL, 0)?;
                walk.u8(&DESCRIPTION, 1).map(|_| ())
            }
            CHANGE_CIPHER_SPEC => walk.flag(&CHANGE_CIPHER, HEADER..HEADER.saturating_add(len)),
            ALERT if memo.kind == Kind::Plain => {
                walk.u8(&LEVEL, HEADER)?;
                walk.u8(&DESCRIPTION, HEADER.saturating_add(1)).map(|_| ())
            }
            HANDSHAKE if memo.kind == Kind::Plain => messages(walk, memo),
            APPLICATION_DATA => {
                walk.bytes(&APP_DATA, HEADER, len)?;
                if let Some(application) = memo.application {
                    walk.emit(&APP_DATA_PROTO, 0..0, Value::Text(application.title().as_bytes()))?;
                }
                Some(())
            }
            HEARTBEAT => heartbeat(walk, len),
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let memo = Memo::from(layer.slot.memo);
        let data = layer.data();
        let content = u8_at(data, 0);
        match (memo.kind, content) {
            (Kind::Ssl2, _) => ssl2::summary(out),
            (Kind::Unknown, _) => out.write_str("Ignored Unknown Record"),
            (Kind::Cut, _) => {
                let name = content.and_then(|content| name_of(names::CONTENT_TYPES, content.into()));
                write!(out, "{} (cut)", name.unwrap_or("Record"))
            }
            (Kind::CryptoPiece, _) => out.write_str("Handshake (piece)"),
            (Kind::Plain, Some(HANDSHAKE)) | (Kind::OpenedHandshake | Kind::Crypto, _) => {
                let body = match memo.source {
                    Some(source) => layer.source(source),
                    None => up_to(data, memo.kind.header(), data.len()),
                };
                handshake::summary(body, out)
            }
            (Kind::OpenedAlert, _) => alert(memo.source.map_or(&[], |source| layer.source(source)), out),
            (Kind::Piece, Some(HANDSHAKE)) => out.write_str("Handshake (piece)"),
            (_, Some(HANDSHAKE)) => out.write_str("Encrypted Handshake Message"),
            (_, Some(CHANGE_CIPHER_SPEC)) => out.write_str("Change Cipher Spec"),
            (Kind::Plain, Some(ALERT)) => alert(up_to(data, HEADER, data.len()), out),
            (_, Some(ALERT)) => out.write_str("Encrypted Alert"),
            (_, Some(HEARTBEAT)) => match u8_at(data, HEADER) {
                Some(1) => out.write_str("Heartbeat Request"),
                Some(2) => out.write_str("Heartbeat Response"),
                _ => out.write_str("Encrypted Heartbeat"),
            },
            _ => out.write_str("Application Data"),
        }
    }

    fn is_content(&self, slot: Slot) -> bool {
        matches!(Memo::from(slot.memo).kind, Kind::Crypto | Kind::CryptoPiece)
    }

    /// A record whose content may stand at the beginning of a connection, or where a capture came in later.
    fn probe(&self, data: &[u8], _cx: &Context<'_>) -> Verdict {
        if ssl2::is_hello(data) && data.len() >= 11 {
            return Verdict::Yes;
        }
        if !flow::is_record(data) {
            return Verdict::No;
        }
        let len = usize::from(u16_at(data, 3).unwrap_or_default());
        let body = up_to(data, HEADER, len);
        match u8_at(data, 0) {
            Some(HANDSHAKE) if handshake::may_begin(body) => Verdict::Yes,
            Some(CHANGE_CIPHER_SPEC) if body == [1] => Verdict::Yes,
            Some(ALERT) if len == 2 && body.first().is_some_and(|level| matches!(level, 1 | 2)) => {
                Verdict::Yes
            }
            Some(APPLICATION_DATA) if len > 0 => Verdict::Maybe,
            _ => Verdict::No,
        }
    }
}

/// Whether a record may begin with these few bytes.
fn may_be_record(data: &[u8]) -> bool {
    data.first().is_some_and(|kind| (CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(kind))
        && data.get(1).is_none_or(|&major| major == 3)
}

/// The messages of one record, with what earlier records brought of the first.
fn messages(walk: &mut Walk<'_, '_>, memo: Memo) -> Option<()> {
    let at = match memo.source {
        Some(source) => {
            let mut pieces = 0u32;
            for link in walk.links() {
                if let Link::Piece(frame) = link {
                    pieces = pieces.saturating_add(1);
                    walk.uint(&FRAGMENT, 0..0, frame)?;
                }
            }
            // Messages that lie in one record were opened.
            if pieces > 0 {
                walk.uint(&FRAGMENT_COUNT, 0..0, pieces)?;
            }
            walk.switch_source(source);
            0
        }
        None => memo.kind.header(),
    };
    let mut cursor = Cursor::new(walk, at);
    cursor.each(|c| handshake::message(c, memo))
}

/// Bytes before the payload of a heartbeat, and of the padding that has to follow it (RFC 6520 section 4).
const HEARTBEAT_HEAD: usize = 3;
const MIN_PADDING: usize = 16;

/// Whether a record has room for the payload that its heartbeat claims, and for padding. Whoever answers one that has not
/// gives away what else lies in his memory (RFC 6520 section 4).
fn has_room(record: &[u8]) -> bool {
    let number = |at: usize| u16_at(record, at).map_or(0, usize::from);
    let claimed = number(HEADER.saturating_add(1));
    claimed.saturating_add(HEARTBEAT_HEAD).saturating_add(MIN_PADDING) <= number(3)
}

/// A heartbeat (RFC 6520 section 4). Where the payload cannot be as long as it is said to be, it is all that is there.
fn heartbeat(walk: &mut Walk<'_, '_>, len: usize) -> Option<()> {
    if !u8_at(walk.data(), HEADER).is_some_and(|kind| matches!(kind, 1 | 2)) {
        return Some(());
    }
    let has_room = has_room(walk.data());
    let mut c = Cursor::new(walk, HEADER);
    c.u8(&HEARTBEAT_TYPE)?;
    let claimed = usize::from(c.u16(&HEARTBEAT_LENGTH)?);
    let there = len.saturating_sub(HEARTBEAT_HEAD);
    let payload = if has_room { claimed.min(there) } else { there };
    c.bytes(&HEARTBEAT_PAYLOAD, payload)?;
    c.some_bytes(&HEARTBEAT_PADDING, there.saturating_sub(payload))
}

fn alert(body: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    let number = |at| u8_at(body, at).map_or(0, u64::from);
    let (level, description) = (number(0), number(1));
    out.write_str("Alert (Level: ")?;
    match name_of(names::ALERT_LEVELS, level) {
        Some(name) => out.write_str(name)?,
        None => write!(out, "{level}")?,
    }
    out.write_str(", Description: ")?;
    match name_of(names::ALERTS, description) {
        Some(name) => out.write_str(name)?,
        None => write!(out, "{description}")?,
    }
    out.write_str(")")
}

#[cfg(test)]
mod tests;
