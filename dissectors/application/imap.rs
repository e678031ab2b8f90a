//! Internet Message Access Protocol (RFC 3501, RFC 9051): lines with their tags, literals (RFC 7888), and STARTTLS.
//!
//! A literal is shown as it comes, and the message in it with its last byte. Of one that is too long to be held the
//! beginning is shown.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{imf, lines};
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Table};
use crate::facts::Link;
use crate::field::{Field, Protocol};
use crate::frame::Timestamp;
use crate::packet::{Layer, Slot};
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

fields! {
    ISREQUEST = Field::bool("imap.isrequest", "request"),
    LINE = Field::text("imap.line", "line"),
    TAG = Field::text("imap.tag", "tag").hidden(),
    COMMAND = Field::text("imap.command", "command").hidden(),
    REQUEST = Field::text("imap.request", "request line"),
    REQUEST_TAG = Field::text("imap.request_tag", "tag").key(),
    REQUEST_COMMAND = Field::text("imap.request.command", "command").key(),
    REQUEST_UID = Field::bool("imap.request.command.uid", "by unique identifiers"),
    REQUEST_FOLDER = Field::text("imap.request.folder", "folder"),
    REQUEST_USERNAME = Field::text("imap.request.username", "user name"),
    REQUEST_PASSWORD = Field::text("imap.request.password", "password"),
    RESPONSE = Field::text("imap.response", "response line"),
    RESPONSE_TAG = Field::text("imap.response_tag", "tag").key(),
    RESPONSE_STATUS = Field::text("imap.response.status", "status").key(),
    RESPONSE_COMMAND = Field::text("imap.response.command", "command").key(),
    RESPONSE_TO = Field::frame("imap.response_to", "response to"),
    TIME = Field::duration("imap.time", "since the request").key(),
    LITERAL = Field::bytes("nd.imap.literal", "literal"),
}

static PROTOCOL: Protocol = Protocol {
    name: "imap",
    title: "IMAP",
    about: "Internet Message Access Protocol (RFC 9051)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, PORT)];
static CARRIES: &[&Table] = &[&imf::MESSAGE, &TCP_PORT];

const PORT: u32 = 143;
/// Whoever reads this port reads TLS.
const TLS: u32 = 443;
/// Commands without an answer that are remembered.
const MAX_OPEN: usize = 64;
/// Bytes of a tag and command that are remembered.
const MAX_WORD: usize = 64;

/// A mailbox and its reader.
#[derive(Debug)]
pub struct Imap;

/// Bits of the memo.
const IS_REQUEST: u32 = 1;
const IS_LITERAL: u32 = 2;
/// The line goes on behind a literal: it has no tag.
const IS_REST: u32 = 4;

#[derive(Debug, Default)]
struct Session {
    open: Vec<Open>,
    sides: [Side; 2],
    tls: bool,
}

impl Memory for Session {
    fn heap(&self) -> usize {
        let messages = self.sides.iter().filter_map(|side| side.message.as_ref()).map(Vec::capacity);
        self.open.iter().fold(messages.fold(0, usize::saturating_add), |sum, open| {
            sum.saturating_add(size_of::<Open>()).saturating_add(open.tag.capacity())
        })
    }
}

#[derive(Debug)]
struct Open {
    tag: Vec<u8>,
    starttls: bool,
    frame: u64,
    time: Timestamp,
}

#[derive(Debug, Default)]
struct Side {
    /// Bytes of a literal that are to come.
    literal: u64,
    /// What came of it, if it is a message or its header: its beginning, where that is too long to be held.
    message: Option<Vec<u8>>,
    rest: bool,
}

impl Dissector for Imap {
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
        if data.is_empty() {
            return Ok(Parsed::end(0).bare());
        }
        let from_client = cx.is_to_server(|port| u32::from(port) == PORT);
        cx.with_state(|session: &mut Session, cx| match session.tls {
            true => Ok(Parsed::new(0, data.len(), Next::Inner { nth: 1, value: TLS }).bare()),
            false => session.read(data, from_client, cx),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let memo = walk.memo();
        let data = walk.data();
        if walk.layer().slot.flags & Slot::FURTHER == 0 {
            walk.bool(&ISREQUEST, 0..0, memo & IS_REQUEST != 0)?;
        }
        if memo & IS_LITERAL != 0 {
            return walk.bytes(&LITERAL, 0, data.len()).map(|_| ());
        }
        walk.text(&LINE, 0, data.len())?;
        let (line, _) = lines::at(data, 0)?;
        let untagged = matches!(data.first(), Some(b'*' | b'+'));
        if memo & IS_REST != 0 || untagged || line.is_empty() {
            return Some(());
        }
        let is_request = memo & IS_REQUEST != 0;
        let (whole, own_tag) = if is_request { (&REQUEST, &REQUEST_TAG) } else { (&RESPONSE, &RESPONSE_TAG) };
        walk.text(whole, 0, line.len())?;
        let (tag, at) = lines::word(data, 0, line.end);
        walk.text(&TAG, 0, tag.len())?;
        walk.text(own_tag, 0, tag.len())?;
        if is_request { request(walk, at, line.end) } else { response(walk, at, line.end) }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let memo = layer.slot.memo;
        out.write_str(if memo & IS_REQUEST != 0 { "Request: " } else { "Response: " })?;
        if memo & IS_LITERAL != 0 {
            return write!(out, "literal, {} bytes", layer.data().len());
        }
        out.write_str(&String::from_utf8_lossy(lines::bare(layer.data())))
    }
}

fn response(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    let (status, next) = lines::word(walk.data(), at, end);
    if !status.is_empty() {
        walk.text(&RESPONSE_STATUS, status.start, status.len())?;
    }
    let (command, _) = lines::word(walk.data(), next, end);
    if !command.is_empty() {
        walk.text(&COMMAND, command.start, command.len())?;
        walk.text(&RESPONSE_COMMAND, command.start, command.len())?;
    }
    for link in walk.links() {
        if let Link::Request { frame, time } = link {
            walk.uint(&RESPONSE_TO, 0..0, frame)?;
            walk.since(&TIME, time)?;
        }
    }
    Some(())
}

fn request(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    let data = walk.data();
    let (mut command, mut next) = lines::word(data, at, end);
    if data.get(command.clone())?.eq_ignore_ascii_case(b"UID") {
        walk.bool(&REQUEST_UID, command.clone(), true)?;
        (command, next) = lines::word(data, next, end);
    }
    // One word goes on with a command: DONE (RFC 9051 section 6.3.13), what AUTHENTICATE asked for (section 6.2.2).
    if command.is_empty() {
        return Some(());
    }
    walk.text(&REQUEST_COMMAND, command.start, command.len())?;
    walk.text(&COMMAND, command.start, command.len())?;
    let (first, next) = argument(data, next, end);
    match data.get(command)?.to_ascii_uppercase().as_slice() {
        b"LOGIN" if !first.is_empty() => {
            walk.text(&REQUEST_USERNAME, first.start, first.len())?;
            let (second, _) = argument(data, next, end);
            if !second.is_empty() {
                walk.text(&REQUEST_PASSWORD, second.start, second.len())?;
            }
        }
        b"SELECT" | b"EXAMINE" | b"CREATE" | b"DELETE" | b"RENAME" | b"SUBSCRIBE" | b"UNSUBSCRIBE"
        | b"STATUS" | b"APPEND"
            if !first.is_empty() =>
        {
            walk.text(&REQUEST_FOLDER, first.start, first.len())?;
        }
        _ => {}
    }
    Some(())
}

/// A word, or what stands between quotes; and where the next one begins.
fn argument(data: &[u8], at: usize, end: usize) -> (core::ops::Range<usize>, usize) {
    if data.get(at) == Some(&b'"') {
        let start = at.saturating_add(1);
        let rest = up_to(data, start, end.saturating_sub(start));
        let mut escaped = false;
        for (place, byte) in rest.iter().enumerate() {
            match byte {
                b'"' if !escaped => {
                    let stop = start.saturating_add(place);
                    let (_, next) = lines::word(data, stop, end);
                    return (start..stop, next);
                }
                _ => escaped = *byte == b'\\' && !escaped,
            }
        }
    }
    lines::word(data, at, end)
}

/// The length of the literal that a line announces at its end (RFC 9051 section 4.3).
fn literal(line: &[u8]) -> Option<u64> {
    let inside = line.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|&byte| byte == b'{')?;
    let digits = inside.get(open.checked_add(1)?..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    core::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether the literal behind this line of a FETCH is a message or its header (RFC 9051 section 7.5.2, RFC 3501 section
/// 7.4.2): a text, or a part of a body, has no header in front.
fn is_message(line: &[u8]) -> bool {
    let open = line.iter().rposition(|&byte| byte == b'{').unwrap_or(0);
    let item = up_to(line, 0, open).trim_ascii_end().to_ascii_uppercase();
    // A piece of it is marked with the place where it begins.
    let item = item.strip_suffix(b"<0>").unwrap_or(&item);
    let Some(inside) = item.strip_suffix(b"]") else {
        return item.ends_with(b"RFC822") || item.ends_with(b"RFC822.HEADER");
    };
    let section = inside.rsplit(|&byte| byte == b'[').next().unwrap_or_default();
    section.is_empty() || section.windows(6).any(|word| word == b"HEADER") || section.ends_with(b".MIME")
}

impl Session {
    fn read(&mut self, data: &[u8], from_client: bool, cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let memo = u32::from(from_client);
        if let Some(gap) = cx.stream.map(|stream| stream.gap).filter(|&gap| gap > 0)
            && let Some(side) = self.sides.get_mut(usize::from(from_client))
        {
            side.literal = side.literal.saturating_sub(gap);
            side.message = None;
        }
        let Some(side) = self.sides.get_mut(usize::from(from_client)) else {
            return Ok(Parsed::end(data.len()));
        };
        if side.literal > 0 {
            let len = usize::try_from(side.literal).unwrap_or(usize::MAX).min(data.len());
            side.literal = side.literal.saturating_sub(u64::try_from(len).unwrap_or(u64::MAX));
            let memo = memo | IS_LITERAL;
            let Some(mut message) = side.message.take() else {
                return Ok(Parsed::end(len).memo(memo));
            };
            if side.literal == 0 && message.is_empty() {
                return Ok(Parsed::new(0, len, Next::Table { nth: 0, value: 0 }).memo(memo));
            }
            let room = lines::MAX_HELD.saturating_sub(message.len());
            message.extend_from_slice(up_to(data, 0, len.min(room)));
            if side.literal > 0 {
                side.message = Some(message);
            } else if cx.derive(message).is_some() {
                return Ok(Parsed::new(0, len, Next::Derived { nth: 0, value: 0 }).memo(memo));
            }
            return Ok(Parsed::end(len).memo(memo));
        }
        let len = lines::first(data, cx)?;
        let line = lines::bare(up_to(data, 0, len));
        let is_rest = core::mem::take(&mut side.rest);
        if let Some(size) = literal(line) {
            side.literal = size;
            side.message = (!from_client && is_message(line)).then(Vec::new);
            side.rest = true;
        }
        if is_rest {
            return Ok(Parsed::end(len).memo(memo | IS_REST));
        }
        let (tag, at) = lines::word(line, 0, line.len());
        let tag = line.get(tag).unwrap_or_default();
        let (word, _) = lines::word(line, at, line.len());
        let word = line.get(word).unwrap_or_default();
        if from_client {
            if self.open.len() >= MAX_OPEN {
                self.open.remove(0);
            }
            let starttls = word.eq_ignore_ascii_case(b"STARTTLS");
            let tag = up_to(tag, 0, MAX_WORD).to_vec();
            self.open.push(Open { tag, starttls, frame: cx.frame, time: cx.time });
        } else if let Some(at) = self.open.iter().position(|open| open.tag == tag) {
            let open = self.open.remove(at);
            self.tls = open.starttls && word.eq_ignore_ascii_case(b"OK");
            cx.link(Link::Request { frame: open.frame, time: open.time });
        }
        Ok(Parsed::end(len).memo(memo))
    }
}

#[cfg(test)]
mod tests {
    use crate::dissector::{Follows, Stream};
    use crate::testing::Talk;

    const MORE: Stream = Stream { follows: Follows::More, gap: 0 };

    #[test]
    fn a_command_and_its_response() {
        let mut talk = Talk::new("imap");
        let (_, seen) = talk.stream(0, true, b"a1 LOGIN me \"se cret\"\r\n", MORE).unwrap();
        seen.expect(&[
            ("imap.request_tag", "a1"),
            ("imap.request.command", "LOGIN"),
            ("imap.request.username", "me"),
            ("imap.request.password", "se cret"),
        ]);
        let (len, seen) = talk.stream(5, false, b"* CAPABILITY IMAP4rev1\r\na1 OK done\r\n", MORE).unwrap();
        assert_eq!((len, seen.get("imap.response").as_str()), (24, ""));
        let (_, seen) = talk.stream(5, false, b"a1 OK LOGIN completed\r\n", MORE).unwrap();
        seen.expect(&[
            ("imap.isrequest", "0"),
            ("imap.response.status", "OK"),
            ("imap.response.command", "LOGIN"),
            ("imap.response_to", "1"),
            ("imap.time", "5000000 ns"),
        ]);
        let (_, seen) = talk.stream(5, true, b"a2 UID SELECT INBOX\r\n", MORE).unwrap();
        seen.expect(&[("imap.request.command.uid", "1"), ("imap.request.folder", "INBOX")]);
    }

    #[test]
    fn a_literal_is_counted() {
        let mut talk = Talk::new("imap");
        talk.stream(0, false, b"* 1 FETCH (BODY[] {7}\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, false, b"a\r\nb\r\nc FLAGS ())\r\n", MORE).unwrap();
        assert_eq!((len, seen.get("nd.imap.literal").as_str()), (7, "610d0a620d0a63"));
        let (len, seen) = talk.stream(0, false, b" FLAGS ())\r\n", MORE).unwrap();
        assert_eq!((len, seen.get("imap.response_tag").as_str()), (12, ""));
        talk.survives(b"a1 LOGIN \"a\\\"b\" {3}\r\n");
    }

    #[test]
    fn a_message_is_read_with_its_last_byte() {
        let mut talk = Talk::new("imap");
        talk.stream(0, false, b"* 1 FETCH (BODY[] {17}\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, false, b"Subject: x\r\n\r\nhey)\r\n", MORE).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (17, "imap:imf:data-text-lines"));
        assert_eq!(seen.get("imf.subject"), "x");
        talk.stream(0, false, b" BODY[HEADER] {14}\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, false, b"Subject:", MORE).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (8, "imap"));
        let (len, seen) = talk.stream(0, false, b" y\r\n\r\n)\r\n", MORE).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (6, "imap:imf"));
        seen.expect(&[("imf.subject", "y"), ("nd.imap.literal", "20790d0a0d0a")]);
        talk.stream(0, false, b" BODY[TEXT] {3}\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, false, b"a:b)\r\n", MORE).unwrap();
        assert_eq!(seen.protocols, "imap");
    }

    #[test]
    fn what_of_a_message_has_a_header() {
        for line in [
            &b"* 1 FETCH (UID 7 BODY[] {23}"[..],
            b"* 1 FETCH (BODY[]<0> {23}",
            b"* 1 FETCH (body[header.fields (from to)] {23}",
            b"* 1 FETCH (BODY[2.HEADER] {23}",
            b" BODY[2.MIME] {23}",
            b"* 1 FETCH (RFC822 {23}",
            b"* 1 FETCH (RFC822.HEADER {23}",
        ] {
            assert!(super::is_message(line), "{line:?}");
        }
        for line in
            [&b"* 1 FETCH (BODY[TEXT] {23}"[..], b" BODY[]<9> {23}", b" BODY[1] {23}", b" RFC822.TEXT {2}"]
        {
            assert!(!super::is_message(line), "{line:?}");
        }
    }

    #[test]
    fn a_line_of_one_word_has_no_command() {
        let mut talk = Talk::new("imap");
        talk.stream(0, true, b"a1 IDLE\r\n", MORE).unwrap();
        talk.stream(0, false, b"+ idling\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"DONE\r\n", MORE).unwrap();
        assert!(!seen.fields.iter().any(|row| row.0.starts_with("imap.request.command")));
    }
}
