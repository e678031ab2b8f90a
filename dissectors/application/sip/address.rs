//! Addresses of SIP: URIs and the header fields that hold one (RFC 3261 sections 19.1 and 20.10).

use alloc::vec::Vec;
use core::ops::Range;

use super::emit;
use crate::field::Field;
use crate::walk::Walk;

fields! {
    R_URI = Field::text("sip.r-uri", "request uri"),
    R_URI_USER = Field::text("sip.r-uri.user", "user"),
    R_URI_HOST = Field::text("sip.r-uri.host", "host"),
    R_URI_PORT = Field::text("sip.r-uri.port", "port"),
    DISPLAY_INFO = Field::text("sip.display.info", "display name").many().hidden(),
    TAG = Field::text("sip.tag", "tag").many().hidden(),
    FROM_DISPLAY = Field::text("sip.from.display.info", "display name").many(),
    FROM_ADDR = Field::text("sip.from.addr", "address").many(),
    FROM_USER = Field::text("sip.from.user", "user").many(),
    FROM_HOST = Field::text("sip.from.host", "host").many(),
    FROM_PORT = Field::text("sip.from.port", "port").many(),
    FROM_PARAM = Field::text("sip.from.param", "parameter").many(),
    FROM_TAG = Field::text("sip.from.tag", "tag").many(),
    TO_DISPLAY = Field::text("sip.to.display.info", "display name").many(),
    TO_ADDR = Field::text("sip.to.addr", "address").many(),
    TO_USER = Field::text("sip.to.user", "user").many(),
    TO_HOST = Field::text("sip.to.host", "host").many(),
    TO_PORT = Field::text("sip.to.port", "port").many(),
    TO_PARAM = Field::text("sip.to.param", "parameter").many(),
    TO_TAG = Field::text("sip.to.tag", "tag").many(),
    CONTACT_URI = Field::text("sip.contact.uri", "address").many(),
    CONTACT_USER = Field::text("sip.contact.user", "user").many(),
    CONTACT_HOST = Field::text("sip.contact.host", "host").many(),
    CONTACT_PORT = Field::text("sip.contact.port", "port").many(),
    CONTACT_PARAM = Field::text("sip.contact.param", "parameter").many(),
    CONTACT_PARAMETER = Field::text("sip.contact.parameter", "header parameter").many(),
}

/// Which header field holds the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    From,
    To,
    Contact,
}

/// The fields of an address.
struct Rows {
    display: Option<&'static Field>,
    uri: &'static Field,
    user: &'static Field,
    host: &'static Field,
    port: &'static Field,
    param: Option<&'static Field>,
}

static R_URI_ROWS: Rows =
    Rows { display: None, uri: &R_URI, user: &R_URI_USER, host: &R_URI_HOST, port: &R_URI_PORT, param: None };

impl Role {
    fn rows(self) -> &'static Rows {
        static FROM: Rows = Rows {
            display: Some(&FROM_DISPLAY),
            uri: &FROM_ADDR,
            user: &FROM_USER,
            host: &FROM_HOST,
            port: &FROM_PORT,
            param: Some(&FROM_PARAM),
        };
        static TO: Rows = Rows {
            display: Some(&TO_DISPLAY),
            uri: &TO_ADDR,
            user: &TO_USER,
            host: &TO_HOST,
            port: &TO_PORT,
            param: Some(&TO_PARAM),
        };
        static CONTACT: Rows = Rows {
            display: None,
            uri: &CONTACT_URI,
            user: &CONTACT_USER,
            host: &CONTACT_HOST,
            port: &CONTACT_PORT,
            param: Some(&CONTACT_PARAM),
        };
        match self {
            Self::From => &FROM,
            Self::To => &TO,
            Self::Contact => &CONTACT,
        }
    }
}

/// Parts of `at` between `separator`s that stand outside quotes and angle brackets, without blanks around them.
pub(super) fn split(data: &[u8], at: Range<usize>, separator: u8) -> Vec<Range<usize>> {
    let (mut quoted, mut angle) = (false, false);
    let mut parts = Vec::new();
    let mut start = at.start;
    let text = data.get(at.clone()).unwrap_or_default();
    let mut cut = |from: usize, to: usize| {
        let part = data.get(from..to).unwrap_or_default();
        let before = part.len().saturating_sub(part.trim_ascii_start().len());
        let len = part.trim_ascii().len();
        let from = from.saturating_add(before);
        parts.push(from..from.saturating_add(len));
    };
    for (place, &byte) in text.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'<' if !quoted => angle = true,
            b'>' if !quoted => angle = false,
            byte if byte == separator && !quoted && !angle => {
                cut(start, at.start.saturating_add(place));
                start = at.start.saturating_add(place).saturating_add(1);
            }
            _ => {}
        }
    }
    cut(start, at.end);
    parts
}

/// A host and its port, which may be empty; an IPv6 address stands in brackets.
pub(super) fn host_port(data: &[u8], at: Range<usize>) -> (Range<usize>, Range<usize>) {
    let text = data.get(at.clone()).unwrap_or_default();
    let bracket = text.iter().position(|&byte| byte == b']').unwrap_or(0);
    let colon = text.iter().skip(bracket).position(|&byte| byte == b':');
    match colon.map(|colon| at.start.saturating_add(bracket).saturating_add(colon)) {
        Some(colon) => (at.start..colon, colon.saturating_add(1)..at.end),
        None => (at.clone(), at.end..at.end),
    }
}

/// The URI of a request line.
pub(super) fn request_uri(walk: &mut Walk<'_, '_>, at: Range<usize>) -> Option<()> {
    uri(walk, &R_URI_ROWS, at)
}

/// `sip:user@host:port;parameters`.
fn uri(walk: &mut Walk<'_, '_>, rows: &'static Rows, at: Range<usize>) -> Option<()> {
    let data = walk.data();
    emit(walk, rows.uri, at.clone())?;
    let text = data.get(at.clone())?;
    let Some(scheme) = text.iter().position(|&byte| byte == b':') else { return Some(()) };
    let mut start = at.start.saturating_add(scheme).saturating_add(1);
    let mut parts = split(data, start..at.end, b';').into_iter();
    let address = parts.next()?;
    if let Some(sign) = data.get(address.clone())?.iter().position(|&byte| byte == b'@') {
        emit(walk, rows.user, start..start.saturating_add(sign))?;
        start = start.saturating_add(sign).saturating_add(1);
    }
    let end = data.get(start..address.end)?.iter().position(|&byte| byte == b'?');
    let end = end.map_or(address.end, |end| start.saturating_add(end));
    let (host, port) = host_port(data, start..end);
    emit(walk, rows.host, host)?;
    emit(walk, rows.port, port)?;
    if let Some(param) = rows.param {
        for part in parts {
            emit(walk, param, part)?;
        }
    }
    Some(())
}

/// A header field with addresses and parameters.
pub(super) fn named(walk: &mut Walk<'_, '_>, role: Role, at: Range<usize>) -> Option<()> {
    let data = walk.data();
    let rows = role.rows();
    for one in split(data, at, b',') {
        let mut parts = split(data, one, b';').into_iter();
        let first = parts.next()?;
        let text = data.get(first.clone())?;
        let inside =
            match (text.iter().position(|&byte| byte == b'<'), text.iter().rposition(|&byte| byte == b'>')) {
                (Some(open), Some(close)) if open < close => {
                    let open = first.start.saturating_add(open);
                    if let Some(display) = rows.display.filter(|_| open > first.start) {
                        emit(walk, &DISPLAY_INFO, first.start..open)?;
                        emit(walk, display, first.start..open)?;
                    }
                    open.saturating_add(1)..first.start.saturating_add(close)
                }
                _ => first,
            };
        uri(walk, rows, inside)?;
        for part in parts {
            let text = data.get(part.clone())?;
            let tag = text.strip_prefix(b"tag=").map(|tag| part.end.saturating_sub(tag.len())..part.end);
            match (role, tag) {
                (Role::Contact, _) => emit(walk, &CONTACT_PARAMETER, part)?,
                (_, Some(tag)) => {
                    let own = if role == Role::From { &FROM_TAG } else { &TO_TAG };
                    emit(walk, &TAG, tag.clone())?;
                    emit(walk, own, tag)?;
                }
                _ => {}
            }
        }
    }
    Some(())
}
