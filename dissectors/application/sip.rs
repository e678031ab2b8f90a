//! Session Initiation Protocol (RFC 3261), in datagrams and over TCP. Bodies that describe sessions are read by
//! [`super::sdp`].

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::{lines, sdp};
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Stream, Table, Verdict};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, concat};
use crate::frame::Timestamp;
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

mod address;
mod headers;

use headers::{Form, Headers};

fields! {
    REQUEST_LINE = Field::text("sip.Request-Line", "request line"),
    METHOD = Field::text("sip.Method", "method").key(),
    STATUS_LINE = Field::text("sip.Status-Line", "status line"),
    STATUS_CODE = Field::new("sip.Status-Code", "status code", crate::field::Kind::Uint(32)).key(),
    RESEND = Field::bool("sip.resend", "sent before"),
    RESEND_ORIGINAL = Field::frame("sip.resend-original", "sent before in"),
    RESPONSE_REQUEST = Field::frame("sip.response-request", "request in"),
    RESPONSE_TIME = Field::new("sip.response-time", "milliseconds since the request", crate::field::Kind::Uint(32)),
    MSG_HDR = Field::text("sip.msg_hdr", "header").hidden(),
    CONTINUATION = Field::bytes("sip.continuation", "bytes of no message"),
}

const LISTS: &[&[&Field]] = &[FIELDS, headers::FIELDS, address::FIELDS];
static ALL: [&Field; FIELDS.len() + headers::FIELDS.len() + address::FIELDS.len()] = concat(LISTS);

static PROTOCOL: Protocol = Protocol {
    name: "sip",
    title: "SIP",
    about: "Session Initiation Protocol (RFC 3261)",
    fields: &ALL,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 5060), Key::new(&TCP_PORT, 5060), Key::heuristic(&UDP_PORT)];
static CARRIES: &[&Table] = &[&sdp::SDP_BODY];

/// Requests of one flow without an answer that are remembered.
const MAX_OPEN: usize = 32;

/// Session Initiation Protocol.
#[derive(Debug)]
pub struct Sip;

/// Requests, for the answers to come.
#[derive(Debug, Default)]
struct Dialogs(Vec<Open>);

impl Memory for Dialogs {
    fn heap(&self) -> usize {
        self.0.iter().fold(0, |sum, open| {
            let text = open.call.capacity().saturating_add(open.sequence.capacity());
            sum.saturating_add(size_of::<Open>()).saturating_add(text)
        })
    }
}

#[derive(Debug)]
struct Open {
    call: Vec<u8>,
    /// `CSeq`, number and method.
    sequence: Vec<u8>,
    /// Status of the last answer, and the first frame that had it.
    answered: Option<(u16, u64)>,
    frame: u64,
    time: Timestamp,
}

/// A message's parts.
struct Message {
    /// First line, without its end.
    first: Range<usize>,
    /// Header lines, and the empty line behind them.
    header: Range<usize>,
}

impl Message {
    fn parse(data: &[u8]) -> Option<Self> {
        let (first, mut at) = lines::at(data, 0)?;
        if !is_first_line(data.get(first.clone())?) {
            return None;
        }
        let start = at;
        while let Some((line, next)) = lines::at(data, at) {
            if line.is_empty() {
                return Some(Self { first, header: start..next });
            }
            at = next;
        }
        Some(Self { first, header: start..at })
    }
}

fn is_first_line(line: &[u8]) -> bool {
    const VERSION: &[u8] = b"SIP/2.0";
    line.starts_with(b"SIP/2.0 ")
        || line.strip_suffix(VERSION).is_some_and(|start| start.ends_with(b" ") && start.contains(&b':'))
}

/// One past the empty line behind the header.
fn header_end(data: &[u8]) -> Option<usize> {
    let found = data.windows(4).position(|window| window == b"\r\n\r\n")?;
    found.checked_add(4)
}

impl Dissector for Sip {
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
        // Empty lines keep a connection open (RFC 5626 section 4.4.1).
        let blank = data.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if blank > 0 || data.is_empty() {
            return Ok(Parsed::end(blank).bare());
        }
        let last = cx.stream.is_none_or(Stream::is_last) || cx.wire_len > data.len();
        let short = |need: usize| Err(Fault::Short { need, have: data.len() });
        let line = lines::at(data, 0).map(|row| row.0).unwrap_or_default();
        if !is_first_line(up_to(data, 0, line.end)) {
            let may_begin = !data.contains(&b'\n') && data.len() < lines::MAX_LINE && !last;
            return if may_begin { short(data.len().saturating_add(1)) } else { Ok(Parsed::end(data.len())) };
        }
        let Some(body) = header_end(data).or(last.then_some(data.len())) else {
            lines::all(data, cx, lines::MAX_HELD)?;
            return Ok(Parsed::end(data.len()));
        };
        let Some(message) = Message::parse(data) else { return Ok(Parsed::end(data.len())) };
        let value = |form: Form| {
            Headers::new(data, message.header.clone())
                .find(|header| header.form() == form)
                .and_then(|header| data.get(header.value))
        };
        let length = value(Form::Length)
            .and_then(|length| core::str::from_utf8(length.trim_ascii()).ok()?.parse().ok());
        let total = match (length, cx.stream) {
            (Some(length), Some(_)) => body.saturating_add(length),
            (None, Some(_)) => body,
            // In a datagram the body reaches to its end (RFC 3261 section 18.3).
            (Some(length), None) => body.saturating_add(length).min(data.len()),
            (None, None) => data.len(),
        };
        if total > data.len() && !last {
            if total <= lines::MAX_HELD {
                return short(total);
            }
            return Ok(Parsed::end(data.len()));
        }
        let is_sdp = value(Form::ContentType)
            .is_some_and(|name| up_to(name, 0, 15).eq_ignore_ascii_case(b"application/sdp"));
        let first = data.get(message.first.clone()).unwrap_or_default();
        let call = value(Form::CallId).unwrap_or_default();
        let sequence = value(Form::Sequence).unwrap_or_default();
        pair(first, call, sequence, cx);
        let total = total.min(data.len());
        let next = if is_sdp && total > body { Next::Table { nth: 0, value: 0 } } else { Next::End };
        Ok(Parsed::new(body, total, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let Some(message) = Message::parse(data) else {
            return walk.bytes(&CONTINUATION, 0, data.len()).map(|_| ());
        };
        let line = message.first.clone();
        let (word, next) = lines::word(data, 0, line.end);
        if data.starts_with(b"SIP/") {
            walk.text(&STATUS_LINE, 0, line.end)?;
            if let Some(code) = lines::code(data.get(next..)?) {
                walk.uint(&STATUS_CODE, next..next.saturating_add(3), code)?;
            }
        } else {
            walk.text(&REQUEST_LINE, 0, line.end)?;
            walk.text(&METHOD, 0, word.len())?;
            let (uri, _) = lines::word(data, next, line.end);
            address::request_uri(walk, uri)?;
        }
        let time = walk.frame().time;
        let mut original = None;
        for link in walk.links() {
            match link {
                Link::RepeatedRequest(frame) | Link::RepeatedResponse(frame) => original = Some(frame),
                Link::Request { frame, time: asked } => {
                    walk.uint(&RESPONSE_REQUEST, 0..0, frame)?;
                    if let Some(nanos) = time.since(asked) {
                        let millis = u64::try_from(nanos).unwrap_or_default() / 1_000_000;
                        walk.uint(&RESPONSE_TIME, 0..0, millis)?;
                    }
                }
                _ => {}
            }
        }
        walk.bool(&RESEND, 0..0, original.is_some())?;
        if let Some(frame) = original {
            walk.uint(&RESEND_ORIGINAL, 0..0, frame)?;
        }
        // Wireshark's text goes on to the end of the body.
        let header = message.header.start;
        walk.text(&MSG_HDR, header, data.len().saturating_sub(header))?;
        for header in Headers::new(data, message.header) {
            headers::fields(walk, &header)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let line = lines::at(data, 0).map(|row| row.0).unwrap_or_default();
        let text = String::from_utf8_lossy(up_to(data, 0, line.end));
        match (is_first_line(up_to(data, 0, line.end)), text.strip_prefix("SIP/2.0 ")) {
            (false, _) => write!(out, "Continuation, {} bytes", data.len()),
            (true, Some(status)) => write!(out, "Status: {status}"),
            (true, None) => write!(out, "Request: {}", text.strip_suffix(" SIP/2.0").unwrap_or(&text)),
        }
    }

    /// A first line of SIP 2.0.
    fn probe(&self, data: &[u8], _cx: &Context<'_>) -> Verdict {
        let line = lines::at(data, 0).map(|row| row.0).unwrap_or_default();
        if is_first_line(up_to(data, 0, line.end)) { Verdict::Yes } else { Verdict::No }
    }
}

/// Ties an answer to its request, and a message that is sent again to the first one.
fn pair(first: &[u8], call: &[u8], sequence: &[u8], cx: &mut Context<'_>) {
    let (frame, time) = (cx.frame, cx.time);
    let status = first.strip_prefix(b"SIP/2.0 ").map(|rest| lines::code(rest).unwrap_or_default());
    let Some(Dialogs(open)) = cx.state::<Dialogs>() else { return };
    let known = open.iter_mut().find(|open| open.call == call && open.sequence == sequence);
    let link = match (status, known) {
        (Some(status), Some(open)) => {
            let link = Link::Request { frame: open.frame, time: open.time };
            match open.answered {
                Some((last, first)) if last == status => Some([link, Link::RepeatedResponse(first)].to_vec()),
                _ => {
                    open.answered = Some((status, frame));
                    Some([link].to_vec())
                }
            }
        }
        (None, Some(open)) => Some([Link::RepeatedRequest(open.frame)].to_vec()),
        (None, None) => {
            if open.len() >= MAX_OPEN {
                open.remove(0);
            }
            open.push(Open { call: call.to_vec(), sequence: sequence.to_vec(), answered: None, frame, time });
            None
        }
        (Some(_), None) => None,
    };
    for link in link.unwrap_or_default() {
        cx.link(link);
    }
}

/// Emits `text` at its place in the layer, unless it is empty.
fn emit(walk: &mut Walk<'_, '_>, field: &'static Field, at: Range<usize>) -> Option<()> {
    if at.is_empty() {
        return Some(());
    }
    let text = walk.data().get(at.clone())?;
    walk.emit(field, at, Value::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Talk;

    const INVITE: &[u8] = b"INVITE sip:bob@example.net:5070 SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1:5060;branch=z9;rport\r\n\
        f: \"Al\" <sip:al@example.org;transport=udp>;tag=1\r\nTo: <sip:bob@example.net>\r\ni: c1\r\nCSeq: 7 INVITE\r\n\
        Contact: <sip:al@192.0.2.1:5062>;expires=60\r\nc: application/sdp\r\nl: 5\r\n\r\nv=0\r\n";

    #[test]
    fn a_request_and_its_answer() {
        let mut talk = Talk::new("sip");
        let seen = talk.datagram(0, INVITE);
        assert_eq!((seen.protocols.as_str(), seen.faults.len()), ("sip:sdp", 0));
        seen.expect(&[
            ("sip.Method", "INVITE"),
            ("sip.r-uri", "sip:bob@example.net:5070"),
            ("sip.r-uri.user", "bob"),
            ("sip.r-uri.host", "example.net"),
            ("sip.r-uri.port", "5070"),
            ("sip.Via.transport", "UDP"),
            ("sip.Via.sent-by.address", "192.0.2.1"),
            ("sip.Via.sent-by.port", "5060"),
            ("sip.Via.branch", "z9"),
            ("sip.Via.rport", "rport"),
            ("sip.from.display.info", "\"Al\" "),
            ("sip.from.addr", "sip:al@example.org;transport=udp"),
            ("sip.from.param", "transport=udp"),
            ("sip.from.tag", "1"),
            ("sip.to.user", "bob"),
            ("sip.CSeq.seq", "7"),
            ("sip.contact.port", "5062"),
            ("sip.contact.parameter", "expires=60"),
            ("sip.Content-Length", "5"),
            ("sip.resend", "0"),
            ("sdp.version", "0"),
        ]);
        let answer = b"SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n\r\n";
        let seen = talk.datagram(4, answer);
        seen.expect(&[("sip.Status-Code", "200"), ("sip.response-request", "1"), ("sip.response-time", "4")]);
        seen.expect(&[("sip.resend", "0"), ("sip.resend-original", "")]);
        talk.datagram(0, INVITE).expect(&[("sip.resend", "1"), ("sip.resend-original", "1")]);
        talk.datagram(0, answer).expect(&[("sip.resend", "1"), ("sip.resend-original", "2")]);
        talk.survives(INVITE);
    }

    #[test]
    fn over_tcp_the_length_counts() {
        let mut talk = Talk::new("sip");
        let cut = talk.message(0, &INVITE[..INVITE.len() - 2], false).err();
        assert_eq!(cut, Some(Fault::Short { need: INVITE.len(), have: INVITE.len() - 2 }));
        let two = [INVITE, b"BYE"].concat();
        assert_eq!(talk.message(0, &two, false).unwrap().0, INVITE.len());
    }
}
