//! Internet Message Format (RFC 5322), with the header fields of MIME (RFC 2045), of X.400 gateways (RFC 2156) and the
//! common ones of programs.

use core::fmt;
use core::ops::Range;

use super::{lines, media};
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::packet::Layer;
use crate::walk::Walk;

/// Where protocols hand over a message; it has one number, 0.
pub static MESSAGE: Table = Table { name: "imf" };

fields! {
    DATE = Field::text("imf.date", "date").many().key(),
    FROM = Field::text("imf.from", "from").many().key(),
    SENDER = Field::text("imf.sender", "sender").many(),
    REPLY_TO = Field::text("imf.reply_to", "reply to").many(),
    TO = Field::text("imf.to", "to").many().key(),
    CC = Field::text("imf.cc", "copy to").many(),
    BCC = Field::text("imf.bcc", "blind copy to").many(),
    MESSAGE_ID = Field::text("imf.message_id", "message id").many().key(),
    IN_REPLY_TO = Field::text("imf.in_reply_to", "in reply to").many(),
    REFERENCES = Field::text("imf.references", "references").many(),
    SUBJECT = Field::text("imf.subject", "subject").many().key(),
    COMMENTS = Field::text("imf.comments", "comments").many(),
    KEYWORDS = Field::text("imf.keywords", "keywords").many(),
    USER_AGENT = Field::text("imf.user_agent", "user agent").many(),
    RESENT_DATE = Field::text("imf.resent.date", "resent date").many(),
    RESENT_FROM = Field::text("imf.resent.from", "resent from").many(),
    RESENT_SENDER = Field::text("imf.resent.sender", "resent sender").many(),
    RESENT_TO = Field::text("imf.resent.to", "resent to").many(),
    RESENT_CC = Field::text("imf.resent.cc", "resent copy to").many(),
    RESENT_BCC = Field::text("imf.resent.bcc", "resent blind copy to").many(),
    RESENT_MESSAGE_ID = Field::text("imf.resent.message_id", "resent message id").many(),
    RETURN_PATH = Field::text("imf.return_path", "return path").many(),
    RECEIVED = Field::text("imf.received", "received").many(),
    CONTENT_TYPE = Field::text("imf.content.type", "content type").many().key(),
    CONTENT_TYPE_TYPE = Field::text("imf.content.type.type", "media type").many(),
    CONTENT_TYPE_PARAMETERS = Field::text("imf.content.type.parameters", "parameters").many(),
    CONTENT_DESCRIPTION = Field::text("imf.content.description", "content description").many(),
    CONTENT_ID = Field::text("imf.content.id", "content id").many(),
    TRANSFER_ENCODING = Field::text("imf.content.transfer_encoding", "transfer encoding").many(),
    CONTENT_LANGUAGE = Field::text("imf.content_language", "content language").many(),
    MIME_VERSION = Field::text("imf.mime_version", "MIME version").many(),
    IMPORTANCE = Field::text("imf.importance", "importance").many(),
    PRIORITY = Field::text("imf.priority", "priority").many(),
    SENSITIVITY = Field::text("imf.sensitivity", "sensitivity").many(),
    EXPIRES = Field::text("imf.expires", "expires").many(),
    DELIVERED_TO = Field::text("imf.delivered_to", "delivered to").many(),
    MAILER = Field::text("imf.ext.mailer", "mailer").many(),
    MIMEOLE = Field::text("imf.ext.mimeole", "MIME OLE").many(),
    TNEF_CORRELATOR = Field::text("imf.ext.tnef-correlator", "TNEF correlator").many(),
    VIRUS_SCANNED = Field::text("imf.ext.virus_scanned", "virus scanned").many(),
    ORIGINAL_TO = Field::text("imf.ext.original-to", "original to").many(),
    THREAD_INDEX = Field::text("imf.thread-index", "thread index").many(),
    LINES = Field::text("imf.lines", "lines").many(),
    PRECEDENCE = Field::text("imf.precedence", "precedence").many(),
    EXTENSION = Field::text("imf.extension", "other field").many(),
    EXTENSION_TYPE = Field::text("imf.extension.type", "name").many(),
    EXTENSION_VALUE = Field::text("imf.extension.value", "value").many(),
    MAILBOX_ITEM = Field::text("imf.mailbox_list.item", "mailbox").many(),
    ADDRESS_ITEM = Field::text("imf.address_list.item", "address").many(),
    DISPLAY_NAME = Field::text("imf.display_name", "display name").many(),
    ADDRESS = Field::text("imf.address", "mail address").many(),
}

static PROTOCOL: Protocol = Protocol {
    name: "imf",
    title: "IMF",
    about: "Internet Message Format (RFC 5322)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&MESSAGE, 0)];
static CARRIES: &[&Table] = &[&media::MEDIA_TYPE];

/// How the body of a header field is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    /// One mailbox.
    Mailbox,
    /// Mailboxes with commas between them (RFC 5322 section 3.4).
    Mailboxes,
    /// Mailboxes and groups of them.
    Addresses,
    ContentType,
}

/// Header fields by their names, lower case, ascending.
static HEADERS: &[(&str, &Field, Form)] = &[
    ("bcc", &BCC, Form::Addresses),
    ("cc", &CC, Form::Addresses),
    ("comments", &COMMENTS, Form::Text),
    ("content-description", &CONTENT_DESCRIPTION, Form::Text),
    ("content-id", &CONTENT_ID, Form::Text),
    ("content-language", &CONTENT_LANGUAGE, Form::Text),
    ("content-transfer-encoding", &TRANSFER_ENCODING, Form::Text),
    ("content-type", &CONTENT_TYPE, Form::ContentType),
    ("date", &DATE, Form::Text),
    ("delivered-to", &DELIVERED_TO, Form::Mailbox),
    ("expires", &EXPIRES, Form::Text),
    ("from", &FROM, Form::Mailboxes),
    ("importance", &IMPORTANCE, Form::Text),
    ("in-reply-to", &IN_REPLY_TO, Form::Text),
    ("keywords", &KEYWORDS, Form::Text),
    ("lines", &LINES, Form::Text),
    ("message-id", &MESSAGE_ID, Form::Text),
    ("mime-version", &MIME_VERSION, Form::Text),
    ("precedence", &PRECEDENCE, Form::Text),
    ("priority", &PRIORITY, Form::Text),
    ("received", &RECEIVED, Form::Text),
    ("references", &REFERENCES, Form::Text),
    ("reply-to", &REPLY_TO, Form::Addresses),
    ("resent-bcc", &RESENT_BCC, Form::Addresses),
    ("resent-cc", &RESENT_CC, Form::Addresses),
    ("resent-date", &RESENT_DATE, Form::Text),
    ("resent-from", &RESENT_FROM, Form::Mailboxes),
    ("resent-message-id", &RESENT_MESSAGE_ID, Form::Text),
    ("resent-sender", &RESENT_SENDER, Form::Mailbox),
    ("resent-to", &RESENT_TO, Form::Addresses),
    ("return-path", &RETURN_PATH, Form::Text),
    ("sender", &SENDER, Form::Mailbox),
    ("sensitivity", &SENSITIVITY, Form::Text),
    ("subject", &SUBJECT, Form::Text),
    ("thread-index", &THREAD_INDEX, Form::Text),
    ("to", &TO, Form::Addresses),
    ("user-agent", &USER_AGENT, Form::Text),
    ("x-mailer", &MAILER, Form::Text),
    ("x-mimeole", &MIMEOLE, Form::Text),
    ("x-ms-tnef-correlator", &TNEF_CORRELATOR, Form::Text),
    ("x-original-to", &ORIGINAL_TO, Form::Addresses),
    ("x-virus-scanned", &VIRUS_SCANNED, Form::Text),
];

/// Header fields that are read of one message.
const MAX_HEADERS: usize = 512;
/// Mailboxes that are read of one header field.
const MAX_MAILBOXES: usize = 256;

/// A message.
#[derive(Debug)]
pub struct Imf;

impl Dissector for Imf {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let mut headers = Headers { data, at: 0, left: MAX_HEADERS };
        let mut media_type: Option<Range<usize>> = None;
        for header in headers.by_ref() {
            let name = data.get(header.name.clone()).unwrap_or_default();
            if name.eq_ignore_ascii_case(b"content-type") {
                media_type = Some(header.value);
            }
        }
        let body = body(data, headers.at);
        let value = match media_type.and_then(|value| data.get(value)) {
            Some(value) => {
                let end = value.iter().position(|&byte| byte == b';').unwrap_or(value.len());
                let name = up_to(value, 0, end).trim_ascii();
                media::kind(Some(name), up_to(data, body, data.len()))
            }
            None => media::kind(Some(b"text/plain"), b""),
        };
        Ok(Parsed::new(body, data.len(), Next::Table { nth: 0, value }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        for header in (Headers { data, at: 0, left: MAX_HEADERS }) {
            let name = data.get(header.name.clone())?.to_ascii_lowercase();
            let found = HEADERS.binary_search_by(|row| row.0.as_bytes().cmp(name.as_slice())).ok();
            let Header { line, name, value, end } = header;
            match found.and_then(|at| HEADERS.get(at)) {
                None => {
                    walk.text(&EXTENSION, line.start, line.len())?;
                    walk.text(&EXTENSION_TYPE, name.start, name.len())?;
                    walk.text(&EXTENSION_VALUE, value.start, value.len())?;
                }
                Some(&(_, field, form)) => {
                    let text = walk.text(field, value.start, value.len())?;
                    match form {
                        Form::Text => {}
                        Form::Mailbox => mailbox(walk, value.start..end)?,
                        Form::Mailboxes => mailboxes(walk, &MAILBOX_ITEM, value.start..end)?,
                        Form::Addresses => mailboxes(walk, &ADDRESS_ITEM, value.start..end)?,
                        Form::ContentType => {
                            let stop = text.iter().position(|&byte| byte == b';');
                            let len = stop.unwrap_or(text.len());
                            walk.text(&CONTENT_TYPE_TYPE, value.start, len)?;
                            if let Some(at) = stop.and_then(|at| at.checked_add(1)) {
                                let rest = text.len().saturating_sub(at);
                                walk.text(&CONTENT_TYPE_PARAMETERS, value.start.saturating_add(at), rest)?;
                            }
                        }
                    }
                }
            }
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let mut first = true;
        for wanted in [&b"from"[..], b"subject"] {
            let header = (Headers { data, at: 0, left: MAX_HEADERS }).find(|header| {
                data.get(header.name.clone()).is_some_and(|name| name.eq_ignore_ascii_case(wanted))
            });
            let Some(value) = header.and_then(|header| data.get(header.value)) else { continue };
            if !core::mem::replace(&mut first, false) {
                out.write_str(", ")?;
            }
            let value = alloc::string::String::from_utf8_lossy(value);
            write!(out, "{}: {value}", alloc::string::String::from_utf8_lossy(wanted))?;
        }
        if first { out.write_str("message") } else { Ok(()) }
    }
}

/// Where the body begins: behind the empty line.
fn body(data: &[u8], at: usize) -> usize {
    match lines::at(data, at) {
        Some((line, next)) if line.is_empty() => next,
        _ => at,
    }
}

/// One header field; lines that begin with a blank belong to it (RFC 5322 section 2.2.3).
struct Header {
    /// Without the line end at its end.
    line: Range<usize>,
    name: Range<usize>,
    value: Range<usize>,
    /// Behind its line end.
    end: usize,
}

struct Headers<'a> {
    data: &'a [u8],
    at: usize,
    left: usize,
}

impl Iterator for Headers<'_> {
    type Item = Header;

    fn next(&mut self) -> Option<Header> {
        let (first, mut end) = lines::at(self.data, self.at)?;
        let text = self.data.get(first.clone())?;
        let colon = text.iter().position(|&byte| byte == b':').filter(|&colon| colon > 0)?;
        if text.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let mut stop = first.end;
        while let Some((line, next)) = lines::at(self.data, end) {
            if !matches!(self.data.get(line.start), Some(b' ' | b'\t')) {
                break;
            }
            (stop, end) = (line.end, next);
        }
        self.at = end;
        let name = up_to(text, 0, colon).trim_ascii_end().len();
        let mut value = first.start.saturating_add(colon).saturating_add(1);
        while value < stop && matches!(self.data.get(value), Some(b' ' | b'\t')) {
            value = value.saturating_add(1);
        }
        Some(Header {
            line: first.start..stop,
            name: first.start..first.start.saturating_add(name),
            value: value..stop,
            end,
        })
    }
}

/// The mailboxes in `list`, which ends behind the line end: so does the last of them, as Wireshark has it.
fn mailboxes(walk: &mut Walk<'_, '_>, item: &'static Field, list: Range<usize>) -> Option<()> {
    let mut at = list.start;
    for _ in 0..MAX_MAILBOXES {
        let data = walk.data();
        let rest = data.get(at..list.end).filter(|rest| !rest.is_empty())?;
        let (mut quoted, mut angle) = (false, false);
        let mut end = rest.len();
        for (place, byte) in rest.iter().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b'<' if !quoted => angle = true,
                b'>' if !quoted => angle = false,
                b',' if !quoted && !angle => {
                    end = place;
                    break;
                }
                _ => {}
            }
        }
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count().min(end);
        let place = at.saturating_add(blanks)..at.saturating_add(end);
        walk.open(item, place.clone(), Value::Text(data.get(place.clone())?))?;
        mailbox(walk, place)?;
        walk.close();
        at = at.saturating_add(end).saturating_add(1);
        if at >= list.end {
            break;
        }
    }
    Some(())
}

/// One mailbox: its address stands in angle brackets behind a name, or alone.
fn mailbox(walk: &mut Walk<'_, '_>, place: Range<usize>) -> Option<()> {
    let start = place.start;
    let text = walk.data().get(place)?;
    match (text.iter().position(|&byte| byte == b'<'), text.iter().rposition(|&byte| byte == b'>')) {
        (Some(open), Some(close)) if open < close => {
            let name = up_to(text, 0, open).trim_ascii_end();
            if !name.is_empty() {
                walk.text(&DISPLAY_NAME, start, name.len())?;
            }
            let from = open.saturating_add(1);
            walk.text(&ADDRESS, start.saturating_add(from), close.saturating_sub(from))?;
        }
        _ => {
            walk.text(&ADDRESS, start, text.len())?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Talk;

    #[test]
    fn names_are_in_order() {
        assert!(HEADERS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn a_message() {
        let message = b"From: \"A, B\" <ab@example.net>\r\nTo: c@example.net,\r\n D <d@example.net>\r\n\
            Content-Type: text/plain; charset=utf-8\r\nX-Other: yes\r\n\r\nhello\r\n";
        let seen = Talk::new("imf").datagram(0, message);
        assert_eq!(seen.protocols, "imf:data-text-lines");
        seen.expect(&[
            ("imf.from", "\"A, B\" <ab@example.net>"),
            ("imf.mailbox_list.item", "\"A, B\" <ab@example.net>\r\n"),
            ("imf.display_name", "\"A, B\",D"),
            ("imf.address", "ab@example.net,c@example.net,d@example.net"),
            ("imf.to", "c@example.net,\r\n D <d@example.net>"),
            ("imf.content.type.type", "text/plain"),
            ("imf.content.type.parameters", " charset=utf-8"),
            ("imf.extension", "X-Other: yes"),
            ("imf.extension.value", "yes"),
        ]);
        Talk::new("imf").survives(message);
    }

    #[test]
    fn whoever_sends_for_another_has_an_address() {
        let message = b"Sender: S <s@example.net>\r\nDelivered-To: d@example.net\r\n\
            X-Original-To: o@example.net\r\nReturn-Path: <r@example.net>\r\n\r\n";
        Talk::new("imf").datagram(0, message).expect(&[
            ("imf.sender", "S <s@example.net>"),
            ("imf.display_name", "S"),
            ("imf.address", "s@example.net,d@example.net\r\n,o@example.net\r\n"),
            ("imf.address_list.item", "o@example.net\r\n"),
            ("imf.mailbox_list.item", ""),
        ]);
    }
}
