//! Header fields of SIP by their names and short names (RFC 3261 section 20).

use core::ops::Range;

use super::address::{self, Role};
use super::{emit, lines};
use crate::field::{Field, Kind};
use crate::walk::Walk;

fields! {
    ACCEPT = Field::text("sip.Accept", "accept").many(),
    ACCEPT_ENCODING = Field::text("sip.Accept-Encoding", "accept encoding").many(),
    ACCEPT_LANGUAGE = Field::text("sip.Accept-Language", "accept language").many(),
    ALLOW = Field::text("sip.Allow", "allow").many(),
    ALLOW_EVENTS = Field::text("sip.Allow-Events", "allow events").many(),
    AUTHORIZATION = Field::text("sip.Authorization", "authorization").many(),
    CALL_ID = Field::text("sip.Call-ID", "call id").many().key(),
    CALL_ID_GENERATED = Field::text("sip.call_id_generated", "call id").hidden().many(),
    CONTACT = Field::text("sip.Contact", "contact").many(),
    CONTENT_LENGTH = Field::new("sip.Content-Length", "content length", Kind::Uint(32)).many(),
    CONTENT_TYPE = Field::text("sip.Content-Type", "content type").many(),
    CSEQ = Field::text("sip.CSeq", "command sequence").many(),
    CSEQ_SEQ = Field::new("sip.CSeq.seq", "sequence number", Kind::Uint(32)).many().key(),
    CSEQ_METHOD = Field::text("sip.CSeq.method", "method").many(),
    DATE = Field::text("sip.Date", "date").many(),
    EVENT = Field::text("sip.Event", "event").many(),
    EXPIRES = Field::new("sip.Expires", "expires", Kind::Uint(32)).many(),
    FROM = Field::text("sip.From", "from").many().key(),
    MAX_FORWARDS = Field::new("sip.Max-Forwards", "hops left", Kind::Uint(32)).many(),
    PROXY_AUTHENTICATE = Field::text("sip.Proxy-Authenticate", "proxy authenticate").many(),
    PROXY_AUTHORIZATION = Field::text("sip.Proxy-Authorization", "proxy authorization").many(),
    RECORD_ROUTE = Field::text("sip.Record-Route", "record route").many(),
    REQUIRE = Field::text("sip.Require", "require").many(),
    ROUTE = Field::text("sip.Route", "route").many(),
    SERVER = Field::text("sip.Server", "server").many(),
    SUBJECT = Field::text("sip.Subject", "subject").many(),
    SUPPORTED = Field::text("sip.Supported", "supported").many(),
    TO = Field::text("sip.To", "to").many().key(),
    USER_AGENT = Field::text("sip.User-Agent", "user agent").many(),
    VIA = Field::text("sip.Via", "via").many(),
    VIA_TRANSPORT = Field::text("sip.Via.transport", "transport").many(),
    VIA_ADDRESS = Field::text("sip.Via.sent-by.address", "sent by").many(),
    VIA_PORT = Field::u16("sip.Via.sent-by.port", "port").many(),
    VIA_BRANCH = Field::text("sip.Via.branch", "branch").many(),
    VIA_RPORT = Field::text("sip.Via.rport", "rport").many(),
    VIA_RECEIVED = Field::text("sip.Via.received", "received from").many(),
    WARNING = Field::text("sip.Warning", "warning").many(),
    WWW_AUTHENTICATE = Field::text("sip.WWW-Authenticate", "authenticate").many(),
    OTHER = Field::text("nd.sip.header", "other header").many(),
    AUTH = Field::text("sip.auth", "credentials or challenge").many(),
    AUTH_SCHEME = Field::text("sip.auth.scheme", "scheme").many(),
    AUTH_REALM = Field::text("sip.auth.realm", "realm").many(),
    AUTH_NONCE = Field::text("sip.auth.nonce", "nonce").many(),
    AUTH_OPAQUE = Field::text("sip.auth.opaque", "opaque").many(),
    AUTH_STALE = Field::text("sip.auth.stale", "stale").many(),
    AUTH_ALGORITHM = Field::text("sip.auth.algorithm", "algorithm").many(),
    AUTH_USERNAME = Field::text("sip.auth.username", "user name").many(),
    AUTH_URI = Field::text("sip.auth.uri", "uri").many(),
    AUTH_RESPONSE = Field::text("sip.auth.digest.response", "digest").many(),
}

/// How the body of a header field is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Number,
    Length,
    ContentType,
    CallId,
    Sequence,
    Via,
    Address(Role),
    Auth,
}

/// By name in lower case, ascending.
static NAMES: &[(&str, &Field, Form)] = &[
    ("accept", &ACCEPT, Form::Text),
    ("accept-encoding", &ACCEPT_ENCODING, Form::Text),
    ("accept-language", &ACCEPT_LANGUAGE, Form::Text),
    ("allow", &ALLOW, Form::Text),
    ("allow-events", &ALLOW_EVENTS, Form::Text),
    ("authorization", &AUTHORIZATION, Form::Auth),
    ("c", &CONTENT_TYPE, Form::ContentType),
    ("call-id", &CALL_ID, Form::CallId),
    ("contact", &CONTACT, Form::Address(Role::Contact)),
    ("content-length", &CONTENT_LENGTH, Form::Length),
    ("content-type", &CONTENT_TYPE, Form::ContentType),
    ("cseq", &CSEQ, Form::Sequence),
    ("date", &DATE, Form::Text),
    ("event", &EVENT, Form::Text),
    ("expires", &EXPIRES, Form::Number),
    ("f", &FROM, Form::Address(Role::From)),
    ("from", &FROM, Form::Address(Role::From)),
    ("i", &CALL_ID, Form::CallId),
    ("k", &SUPPORTED, Form::Text),
    ("l", &CONTENT_LENGTH, Form::Length),
    ("m", &CONTACT, Form::Address(Role::Contact)),
    ("max-forwards", &MAX_FORWARDS, Form::Number),
    ("o", &EVENT, Form::Text),
    ("proxy-authenticate", &PROXY_AUTHENTICATE, Form::Auth),
    ("proxy-authorization", &PROXY_AUTHORIZATION, Form::Auth),
    ("record-route", &RECORD_ROUTE, Form::Text),
    ("require", &REQUIRE, Form::Text),
    ("route", &ROUTE, Form::Text),
    ("s", &SUBJECT, Form::Text),
    ("server", &SERVER, Form::Text),
    ("subject", &SUBJECT, Form::Text),
    ("supported", &SUPPORTED, Form::Text),
    ("t", &TO, Form::Address(Role::To)),
    ("to", &TO, Form::Address(Role::To)),
    ("u", &ALLOW_EVENTS, Form::Text),
    ("user-agent", &USER_AGENT, Form::Text),
    ("v", &VIA, Form::Via),
    ("via", &VIA, Form::Via),
    ("warning", &WARNING, Form::Text),
    ("www-authenticate", &WWW_AUTHENTICATE, Form::Auth),
];

/// Header fields that are read of one message.
const MAX_HEADERS: usize = 512;

/// One header field; lines that begin with a blank belong to it.
pub(super) struct Header {
    pub(super) line: Range<usize>,
    pub(super) value: Range<usize>,
    known: Option<&'static (&'static str, &'static Field, Form)>,
}

impl Header {
    pub(super) fn form(&self) -> Form {
        self.known.map_or(Form::Text, |row| row.2)
    }
}

/// The header fields in a range of the data.
pub(super) struct Headers<'a> {
    data: &'a [u8],
    rest: Range<usize>,
    left: usize,
}

impl<'a> Headers<'a> {
    pub(super) fn new(data: &'a [u8], rest: Range<usize>) -> Self {
        Self { data, rest, left: MAX_HEADERS }
    }
}

impl Iterator for Headers<'_> {
    type Item = Header;

    fn next(&mut self) -> Option<Header> {
        let data = self.data.get(..self.rest.end)?;
        loop {
            let (first, mut next) = lines::at(data, self.rest.start)?;
            let mut stop = first.end;
            while matches!(data.get(next), Some(b' ' | b'\t')) {
                let (line, after) = lines::at(data, next)?;
                (stop, next) = (line.end, after);
            }
            self.rest.start = next;
            self.left = self.left.checked_sub(1)?;
            let Some(colon) = data.get(first.clone())?.iter().position(|&byte| byte == b':') else {
                continue;
            };
            let name_end = first.start.saturating_add(colon);
            let name = data.get(first.start..name_end)?.trim_ascii().to_ascii_lowercase();
            let mut value = name_end.saturating_add(1);
            while value < stop && matches!(data.get(value), Some(b' ' | b'\t')) {
                value = value.saturating_add(1);
            }
            let known = NAMES.binary_search_by(|row| row.0.as_bytes().cmp(name.as_slice())).ok();
            return Some(Header {
                line: first.start..stop,
                value: value..stop,
                known: known.and_then(|at| NAMES.get(at)),
            });
        }
    }
}

/// One header field, with its parts.
pub(super) fn fields(walk: &mut Walk<'_, '_>, header: &Header) -> Option<()> {
    let value = header.value.clone();
    let Some(&(_, field, form)) = header.known else { return emit(walk, &OTHER, header.line.clone()) };
    let text = walk.data().get(value.clone())?;
    let number = |text: &[u8]| {
        let text = text.trim_ascii();
        let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        core::str::from_utf8(text.get(..len)?).ok()?.parse::<u32>().ok()
    };
    if let Form::Number | Form::Length = form {
        return match number(text) {
            Some(number) => walk.uint(field, value, number),
            None => emit(walk, &OTHER, header.line.clone()),
        };
    }
    emit(walk, field, value.clone())?;
    match form {
        Form::Text | Form::Number | Form::Length | Form::ContentType => Some(()),
        Form::CallId => emit(walk, &CALL_ID_GENERATED, value),
        Form::Sequence => {
            let (word, next) = lines::word(walk.data(), value.start, value.end);
            if let Some(number) = number(walk.data().get(word.clone())?) {
                walk.uint(&CSEQ_SEQ, word, number)?;
            }
            emit(walk, &CSEQ_METHOD, next..value.end)
        }
        Form::Via => via(walk, value),
        Form::Address(role) => address::named(walk, role, value),
        Form::Auth => {
            emit(walk, &AUTH, header.line.clone())?;
            auth(walk, value)
        }
    }
}

/// `SIP/2.0/UDP host:port;parameters` (RFC 3261 section 20.42).
fn via(walk: &mut Walk<'_, '_>, at: Range<usize>) -> Option<()> {
    let data = walk.data();
    let (protocol, next) = lines::word(data, at.start, at.end);
    let slash = data.get(protocol.clone())?.iter().rposition(|&byte| byte == b'/')?;
    emit(walk, &VIA_TRANSPORT, protocol.start.saturating_add(slash).saturating_add(1)..protocol.end)?;
    let parts = address::split(data, next..at.end, b';');
    let mut parts = parts.into_iter();
    let (host, port) = address::host_port(data, parts.next()?);
    emit(walk, &VIA_ADDRESS, host)?;
    if let Some(number) =
        data.get(port.clone()).and_then(|port| core::str::from_utf8(port).ok()?.parse::<u16>().ok())
    {
        walk.uint(&VIA_PORT, port, number)?;
    }
    for part in parts {
        let text = data.get(part.clone())?;
        let equals = text.iter().position(|&byte| byte == b'=');
        let name = text.get(..equals.unwrap_or(text.len()))?.trim_ascii();
        let value = match equals {
            Some(equals) => part.start.saturating_add(equals).saturating_add(1)..part.end,
            None => part.clone(),
        };
        let field = match name.to_ascii_lowercase().as_slice() {
            b"branch" => &VIA_BRANCH,
            b"rport" => &VIA_RPORT,
            b"received" => &VIA_RECEIVED,
            _ => continue,
        };
        emit(walk, field, value)?;
    }
    Some(())
}

/// A challenge or credentials (RFC 3261 section 22); values keep their quotes.
fn auth(walk: &mut Walk<'_, '_>, at: Range<usize>) -> Option<()> {
    let data = walk.data();
    let (scheme, next) = lines::word(data, at.start, at.end);
    emit(walk, &AUTH_SCHEME, scheme)?;
    for part in address::split(data, next..at.end, b',') {
        let text = data.get(part.clone())?;
        let Some(equals) = text.iter().position(|&byte| byte == b'=') else { continue };
        let value = part.start.saturating_add(equals).saturating_add(1)..part.end;
        let field = match text.get(..equals)?.trim_ascii().to_ascii_lowercase().as_slice() {
            b"realm" => &AUTH_REALM,
            b"nonce" => &AUTH_NONCE,
            b"opaque" => &AUTH_OPAQUE,
            b"stale" => &AUTH_STALE,
            b"algorithm" => &AUTH_ALGORITHM,
            b"username" => &AUTH_USERNAME,
            b"uri" => &AUTH_URI,
            b"response" => &AUTH_RESPONSE,
            _ => continue,
        };
        emit(walk, field, value)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::NAMES;

    #[test]
    fn names_are_in_order() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
