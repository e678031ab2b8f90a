//! Hypertext Transfer Protocol 1.0 and 1.1 (RFC 9110, RFC 9112), and SSDP, which speaks it in datagrams (UPnP
//! Device Architecture 2.0 section 1).
//!
//! A message is shown in the frame that completes it. Where a head can be read in two ways, the choice is that
//! of Wireshark, and a note says so: chunked wins over a length, and the last length over earlier ones. A CR alone
//! ends a line. A line without a colon, such as the second one of a folded header, ends the head, and the body begins
//! with it; yet the end of the message is looked for behind the blank line, by the lengths that are numbers and
//! nothing else and by the transfer codings that begin with chunked. A chunk size is what is there of digits; without
//! any it is 0.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::http2;
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table, Verdict};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

mod chunked;
pub(super) mod coding;
mod exchange;
mod flow;
mod head;
mod memo;
mod names;

use chunked::{Scanner, Token};
use flow::Flow;
use head::{Head, Header, Method, StartLine};
use memo::Memo;
pub(super) use names::STATUS_NAMES;

/// Protocols that a connection may be upgraded to, by the numbers `UPGRADE_…`.
pub static UPGRADE: Table = Table { name: "http.upgrade" };
/// Number of WebSocket (RFC 6455) in [`UPGRADE`].
pub const UPGRADE_WEBSOCKET: u32 = 1;
/// Number of HTTP/2 (RFC 9113) in [`UPGRADE`].
pub const UPGRADE_H2C: u32 = 2;

fields! {
    NOTIFICATION = Field::bool("http.notification", "notification"),
    RESPONSE = Field::bool("http.response", "response"),
    REQUEST = Field::bool("http.request", "request"),
    RESPONSE_NUMBER = Field::u32("http.response_number", "response number"),
    REQUEST_NUMBER = Field::u32("http.request_number", "request number"),
    METHOD = Field::text("http.request.method", "method").key().ascii(),
    URI = Field::text("http.request.uri", "uri").key().ascii(),
    URI_PATH = Field::text("http.request.uri.path", "path").ascii(),
    URI_QUERY = Field::text("http.request.uri.query", "query").ascii(),
    URI_PARAMETER = Field::text("http.request.uri.query.parameter", "parameter").many().ascii(),
    REQUEST_VERSION = Field::text("http.request.version", "version").ascii(),
    FULL_URI = Field::text("http.request.full_uri", "address").ascii(),
    RESPONSE_VERSION = Field::text("http.response.version", "version").ascii(),
    CODE = Field::u16("http.response.code", "status code").key().names(names::STATUS_NAMES),
    CODE_DESC = Field::text("http.response.code.desc", "status code description").ascii(),
    PHRASE = Field::text("http.response.phrase", "phrase").ascii(),
    RESPONSE_FOR_URI = Field::text("http.response_for.uri", "response for").ascii(),
    REQUEST_LINE = Field::text("http.request.line", "header line").many().hidden().ascii(),
    RESPONSE_LINE = Field::text("http.response.line", "header line").many().hidden().ascii(),
    UNKNOWN_HEADER = Field::text("http.unknown_header", "other header").many().ascii(),
    OTHER_HEADER = Field::text("nd.http.header", "other header").many(),
    NOTE = Field::text("nd.http.note", "note").many(),
    REQUEST_BEGINS_IN = Field::frame("nd.http.request_begins_in", "request begins in"),
    ANSWERED_IN = Field::frame("nd.http.answered_in", "already answered in"),
    AUTHBASIC = Field::text("http.authbasic", "credentials").many().ascii(),
    AUTHORIZATION = Field::text("http.authorization", "authorization").many().ascii(),
    PROXY_AUTHENTICATE = Field::text("http.proxy_authenticate", "proxy authenticate").many().ascii(),
    PROXY_AUTHORIZATION = Field::text("http.proxy_authorization", "proxy authorization").many().ascii(),
    PROXY_CONNECT_HOST = Field::text("http.proxy_connect_host", "host behind the proxy").ascii(),
    PROXY_CONNECT_PORT = Field::u16("http.proxy_connect_port", "port behind the proxy"),
    WWW_AUTHENTICATE = Field::text("http.www_authenticate", "www authenticate").many().ascii(),
    CONTENT_TYPE = Field::text("http.content_type", "content type").many().key().ascii(),
    CONTENT_LENGTH_HEADER = Field::text("http.content_length_header", "content length as sent").many().ascii(),
    CONTENT_LENGTH = Field::u64("http.content_length", "content length").many(),
    CONTENT_ENCODING = Field::text("http.content_encoding", "content encoding").many().ascii(),
    TRANSFER_ENCODING = Field::text("http.transfer_encoding", "transfer encoding").many().ascii(),
    UPGRADE_HEADER = Field::text("http.upgrade", "upgrade").many().ascii(),
    USER_AGENT = Field::text("http.user_agent", "user agent").many().ascii(),
    HOST = Field::text("http.host", "host").many().key().ascii(),
    CONNECTION = Field::text("http.connection", "connection").many().ascii(),
    COOKIE = Field::text("http.cookie", "cookie").many().ascii(),
    COOKIE_PAIR = Field::text("http.cookie_pair", "cookie pair").many().ascii(),
    ACCEPT = Field::text("http.accept", "accept").many().ascii(),
    ACCEPT_LANGUAGE = Field::text("http.accept_language", "accept language").many().ascii(),
    ACCEPT_ENCODING = Field::text("http.accept_encoding", "accept encoding").many().ascii(),
    REFERER = Field::text("http.referer", "referer").many().ascii(),
    DATE = Field::text("http.date", "date").many().ascii(),
    CACHE_CONTROL = Field::text("http.cache_control", "cache control").many().ascii(),
    SERVER = Field::text("http.server", "server").many().ascii(),
    LOCATION = Field::text("http.location", "location").many().ascii(),
    SEC_WEBSOCKET_ACCEPT = Field::text("http.sec_websocket_accept", "websocket accept").many().ascii(),
    SEC_WEBSOCKET_EXTENSIONS = Field::text("http.sec_websocket_extensions", "websocket extensions").many().ascii(),
    SEC_WEBSOCKET_KEY = Field::text("http.sec_websocket_key", "websocket key").many().ascii(),
    SEC_WEBSOCKET_PROTOCOL = Field::text("http.sec_websocket_protocol", "websocket protocol").many().ascii(),
    SEC_WEBSOCKET_VERSION = Field::text("http.sec_websocket_version", "websocket version").many().ascii(),
    SET_COOKIE = Field::text("http.set_cookie", "set cookie").many().ascii(),
    LAST_MODIFIED = Field::text("http.last_modified", "last modified").many().ascii(),
    X_FORWARDED_FOR = Field::text("http.x_forwarded_for", "forwarded for").many().ascii(),
    HTTP2_SETTINGS = Field::text("http.http2_settings", "HTTP/2 settings").many().ascii(),
    REQUEST_IN = Field::frame("http.request_in", "request in"),
    RESPONSE_IN = Field::frame("http.response_in", "response in"),
    NEXT_REQUEST_IN = Field::frame("http.next_request_in", "next request in"),
    NEXT_RESPONSE_IN = Field::frame("http.next_response_in", "next response in"),
    PREV_REQUEST_IN = Field::frame("http.prev_request_in", "previous request in"),
    PREV_RESPONSE_IN = Field::frame("http.prev_response_in", "previous response in"),
    TIME = Field::duration("http.time", "since the request").key(),
    CHUNK_SIZE = Field::u32("http.chunk_size", "chunk size").many(),
    CHUNK_EXTENSION = Field::text("nd.http.chunk_extension", "chunk extension").many(),
    CHUNK_DATA = Field::bytes("http.chunk_data", "chunk data").many(),
    CHUNK_BOUNDARY = Field::bytes("http.chunk_boundary", "chunk boundary").many(),
    CHUNKED_TRAILER_PART = Field::text("http.chunked_trailer_part", "trailer part").ascii(),
    CUT_LINE = Field::text("nd.http.cut.line", "line of a message without an end").many().key(),
    FILE_DATA = Field::text("http.file_data", "body").ascii();
    // What the header field HTTP2-Settings holds.
    http2::SETTING,
    http2::SETTING_ID,
    http2::SETTING_TABLE_SIZE,
    http2::SETTING_PUSH,
    http2::SETTING_STREAMS,
    http2::SETTING_WINDOW,
    http2::SETTING_FRAME_SIZE,
    http2::SETTING_LIST_SIZE,
    http2::SETTING_CONNECT,
    http2::SETTING_UNKNOWN,
}

static PROTOCOL: Protocol = Protocol {
    name: "http",
    title: "HTTP",
    about: "Hypertext Transfer Protocol 1.0 and 1.1 (RFC 9112)",
    fields: FIELDS,
    via: None,
};

static SSDP_PROTOCOL: Protocol = Protocol {
    name: "ssdp",
    title: "SSDP",
    about: "Simple Service Discovery Protocol (UPnP Device Architecture 2.0)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&TCP_PORT, 80),
    Key::new(&TCP_PORT, 631),
    Key::new(&TCP_PORT, 1900),
    Key::new(&TCP_PORT, 2710),
    Key::new(&TCP_PORT, 2869),
    Key::new(&TCP_PORT, 3128),
    Key::new(&TCP_PORT, 3132),
    Key::new(&TCP_PORT, 3689),
    Key::new(&TCP_PORT, 5985),
    Key::new(&TCP_PORT, 8080),
    Key::new(&TCP_PORT, 8088),
    Key::new(&TCP_PORT, 11371),
    Key::heuristic(&TCP_PORT),
];
static SSDP_KEYS: &[Key] = &[Key::new(&UDP_PORT, 1900)];
static CARRIES: &[&Table] = &[&super::media::MEDIA_TYPE, &TCP_PORT, &UPGRADE];

/// Positions in `CARRIES`.
const CARRY_MEDIA: u8 = 0;
const CARRY_TCP: u8 = 1;
const CARRY_UPGRADE: u8 = 2;

/// Bytes of the first line that the list shows.
const MAX_SUMMARY: usize = 1_024;

/// How addresses begin that are put together of host and target (RFC 9110 section 4.2).
const CLEAR: &[u8] = b"http://";
/// The same, in TLS.
const SECURE: &[u8] = b"https://";

/// Hypertext Transfer Protocol 1.0 and 1.1.
#[derive(Debug)]
pub struct Http;

/// Simple Service Discovery Protocol.
#[derive(Debug)]
pub struct Ssdp;

impl Dissector for Http {
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
        cx.with_state(|flow: &mut Flow, cx| flow.dissect(data, cx))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        fields(walk)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        summary(layer, out)
    }

    /// A first line that begins or ends in `HTTP/1.` and a digit.
    fn probe(&self, data: &[u8], _cx: &Context<'_>) -> Verdict {
        let Some(lf) = data.iter().position(|&byte| byte == b'\n') else { return Verdict::No };
        let line = up_to(data, 0, lf);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let version = |part: Option<&[u8]>| {
            part.and_then(|part| part.first_chunk::<7>())
                .is_some_and(|start| start.eq_ignore_ascii_case(b"HTTP/1."))
        };
        let tail = line.len().checked_sub(8).filter(|&at| at > 0).and_then(|at| line.get(at..));
        if version(tail) || line.len() > 8 && version(Some(line)) { Verdict::Yes } else { Verdict::No }
    }
}

impl Dissector for Ssdp {
    fn protocol(&self) -> &'static Protocol {
        &SSDP_PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        SSDP_KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        cx.with_state(|flow: &mut Flow, cx| flow.datagram(data, cx))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        fields(walk)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        summary(layer, out)
    }
}

/// Number in [`UPGRADE`] of the protocol that an answer names, 0 if it is none of them.
fn upgrade(protocol: &[u8]) -> u32 {
    match protocol.trim_ascii() {
        name if name.eq_ignore_ascii_case(b"websocket") => UPGRADE_WEBSOCKET,
        name if name.eq_ignore_ascii_case(b"h2c") => UPGRADE_H2C,
        _ => 0,
    }
}

fn fields(walk: &mut Walk<'_, '_>) -> Option<()> {
    let memo = Memo::from(walk.memo());
    if memo.is_tunnel() {
        if let Some((host, port)) = memo.proxied() {
            walk.emit(&PROXY_CONNECT_HOST, 0..0, Value::Text(walk.layer().source(host)))?;
            walk.uint(&PROXY_CONNECT_PORT, 0..0, port)?;
        }
        return Some(());
    }
    if memo.has(Memo::CONTINUATION) {
        return continuation(walk);
    }
    if let Some(source) = memo.head() {
        walk.switch_source(source);
    }
    let data = walk.data();
    let head = Head::parse(data)?;
    let method = head.method(data);
    if memo.has(Memo::CUT) {
        // Fields describe whole messages; of one that never ended the lines are shown as they are.
        walk.emit(&CUT_LINE, 0..0, Value::Text(head.line(data)))?;
        for line in head.headers(data) {
            walk.emit(&CUT_LINE, 0..0, Value::Text(data.get(line.line.clone())?))?;
        }
        return notes(walk, &head, memo);
    }
    start_line(walk, &head, data)?;
    // Before the headers, which may use up the packet's allowance of text.
    notes(walk, &head, memo)?;
    links(walk, method, memo)?;
    for line in head.headers(data) {
        header(walk, data, &line, method)?;
    }
    if walk.wants(&FULL_URI)
        && let Some(parts) = head.full_uri(data, scheme(&walk.layer()))
    {
        walk.emit(&FULL_URI, 0..0, Value::Text(&parts.concat()))?;
    }
    let end = head.body;
    let content = data.get(end..).unwrap_or_default();
    if head.framing.chunked {
        chunks(walk, content, end, memo.head().is_some())?;
    }
    if memo.has(Memo::PACKED) || head.framing.is_opaque() {
        return Some(());
    }
    match memo.body() {
        Some(source) => {
            let content = walk.layer().source(source);
            body(walk, content, 0..0)
        }
        None if head.framing.chunked => Some(()),
        None => body(walk, content, end..data.len()),
    }
}

/// How an address begins that does not say it itself: a layer below tells.
fn scheme(layer: &Layer<'_>) -> &'static [u8] {
    let is_secure = layer.packet.layers().take(layer.index).any(|below| below.protocol().name == "tls");
    if is_secure { SECURE } else { CLEAR }
}

/// Bytes that begin no message. Where they begin like header lines, these are shown as such.
fn continuation(walk: &mut Walk<'_, '_>) -> Option<()> {
    let data = walk.data();
    if Memo::from(walk.memo()).has(Memo::CUT) {
        return walk.emit(&NOTE, 0..0, Value::Text(b"the end of the message is missing"));
    }
    if !data.first().is_some_and(|&first| flow::printable(first)) {
        return Some(());
    }
    for line in head::Headers::new(data, 0) {
        header(walk, data, &line, Some(Method::Notification))?;
    }
    let at = head::headers_end(data);
    body(walk, data.get(at..)?, at..data.len())
}

fn start_line(walk: &mut Walk<'_, '_>, head: &Head, data: &[u8]) -> Option<()> {
    let base = head.first.start;
    let text = head.line(data);
    let mut emit = |field, part: &Range<usize>| {
        if part.is_empty() {
            return Some(());
        }
        walk.text(field, base.saturating_add(part.start), part.len()).map(|_| ())
    };
    match &head.start {
        StartLine::Request { method, uri, version } => {
            emit(&METHOD, method)?;
            emit(&URI, uri)?;
            let target = text.get(uri.clone())?;
            if let Some(mark) = target.iter().position(|&byte| byte == b'?')
                && mark > 0
                && mark.saturating_add(1) < target.len()
            {
                let mark = uri.start.saturating_add(mark);
                emit(&URI_PATH, &(uri.start..mark))?;
                let mut at = mark.saturating_add(1);
                emit(&URI_QUERY, &(at..uri.end))?;
                for parameter in text.get(at..uri.end)?.split(|&byte| byte == b'&') {
                    let next = at.saturating_add(parameter.len());
                    emit(&URI_PARAMETER, &(at..next))?;
                    at = next.saturating_add(1);
                }
            }
            emit(&REQUEST_VERSION, version)?;
            let flag = match Method::of(text.get(method.clone())?) {
                Method::Notification => &NOTIFICATION,
                _ => &REQUEST,
            };
            walk.bool(flag, 0..0, true)
        }
        StartLine::Status { version, code, phrase } => {
            emit(&RESPONSE_VERSION, version)?;
            if let Some((code, place)) = code {
                let place = base.saturating_add(place.start)..base.saturating_add(place.end);
                walk.uint(&CODE, place.clone(), *code)?;
                let code_name = |names| name_of(names, (*code).into());
                match code_name(names::DESCRIPTIONS).or_else(|| code_name(names::STATUS_NAMES)) {
                    Some(name) => walk.emit(&CODE_DESC, place, Value::Text(name.as_bytes()))?,
                    None => walk.format(&CODE_DESC, place, format_args!("Unknown ({code})"))?,
                }
            }
            if !phrase.is_empty() {
                walk.text(&PHRASE, base.saturating_add(phrase.start), phrase.len())?;
            }
            walk.bool(&RESPONSE, 0..0, true)
        }
    }
}

/// One header line: as a whole for rows, and by its own field where it has one.
fn header(walk: &mut Walk<'_, '_>, data: &[u8], header: &Header, method: Option<Method>) -> Option<()> {
    let Header { line, name, value } = header;
    let known = names::header(data.get(name.clone())?);
    let (whole, other) = match method {
        Some(Method::Notification) => (None, &UNKNOWN_HEADER),
        Some(_) => (Some(&REQUEST_LINE), &OTHER_HEADER),
        None => (Some(&RESPONSE_LINE), &OTHER_HEADER),
    };
    if let Some(whole) = whole.filter(|whole| walk.wants(whole)) {
        walk.text(whole, line.start, line.len())?;
    }
    let Some(field) = known else {
        return if walk.wants(other) {
            walk.text(other, line.start, line.len()).map(|_| ())
        } else {
            Some(())
        };
    };
    let text = walk.text(field, value.start, value.len())?;
    if core::ptr::eq(field, &CONTENT_LENGTH_HEADER) {
        if let Some(length) = head::leading_number(text) {
            walk.uint(&CONTENT_LENGTH, value.clone(), length)?;
        }
    } else if core::ptr::eq(field, &COOKIE) {
        let mut at = value.start;
        for pair in text.split(|&byte| byte == b';') {
            let blanks = pair.iter().take_while(|&&byte| byte == b' ').count();
            if blanks < pair.len() {
                walk.text(&COOKIE_PAIR, at.saturating_add(blanks), pair.len().saturating_sub(blanks))?;
            }
            at = at.saturating_add(pair.len()).saturating_add(1);
        }
    } else if (core::ptr::eq(field, &AUTHORIZATION) || core::ptr::eq(field, &PROXY_AUTHORIZATION))
        && let Some((scheme, credentials)) = text.split_at_checked(6)
        && scheme.eq_ignore_ascii_case(b"Basic ")
    {
        walk.emit(&AUTHBASIC, value.clone(), Value::Text(&from_base64(credentials)))?;
    } else if core::ptr::eq(field, &HTTP2_SETTINGS) {
        http2::requested_settings(walk, &from_base64url(text), value)?;
    }
    Some(())
}

/// What is known of the exchange that this message belongs to.
fn links(walk: &mut Walk<'_, '_>, method: Option<Method>, memo: Memo) -> Option<()> {
    for link in walk.links() {
        match link {
            Link::Ordinal(_) if method == Some(Method::Notification) => {}
            Link::Ordinal(number) if method.is_some() => walk.uint(&REQUEST_NUMBER, 0..0, number)?,
            Link::Ordinal(number) => walk.uint(&RESPONSE_NUMBER, 0..0, number)?,
            Link::PreviousRequest(frame) => walk.uint(&PREV_REQUEST_IN, 0..0, frame)?,
            Link::PreviousResponse(frame) => walk.uint(&PREV_RESPONSE_IN, 0..0, frame)?,
            // Neither where the request is, nor how long its answer took, can be said before its end.
            Link::Request { frame, .. } if memo.has(Memo::AHEAD) => {
                walk.uint(&REQUEST_BEGINS_IN, 0..0, frame)?;
            }
            Link::Request { frame, time } => {
                walk.uint(&REQUEST_IN, 0..0, frame)?;
                walk.since(&TIME, time)?;
            }
            Link::ResponseIn(frame) if frame < walk.frame().number => {
                walk.uint(&ANSWERED_IN, 0..0, frame)?;
            }
            Link::ResponseIn(frame) => walk.uint(&RESPONSE_IN, 0..0, frame)?,
            Link::NextRequest(frame) => walk.uint(&NEXT_REQUEST_IN, 0..0, frame)?,
            Link::NextResponse(frame) => walk.uint(&NEXT_RESPONSE_IN, 0..0, frame)?,
            Link::Source(source) => {
                let layer = walk.layer();
                let address = layer.source(source);
                let rest = address.strip_prefix(CLEAR).filter(|_| memo.has(Memo::MADE_UP));
                match rest {
                    Some(rest) => {
                        let address = [scheme(&layer), rest].concat();
                        walk.emit(&RESPONSE_FOR_URI, 0..0, Value::Text(&address))?;
                    }
                    None => walk.emit(&RESPONSE_FOR_URI, 0..0, Value::Text(address))?,
                }
            }
            Link::Unsolicited => walk.emit(&NOTE, 0..0, Value::Text(b"its request was not seen"))?,
            Link::RepeatedRequest(_)
            | Link::RepeatedResponse(_)
            | Link::Announced(_)
            | Link::Piece(_)
            | Link::Call { .. }
            | Link::Quic(_) => {}
        }
    }
    Some(())
}

/// What is odd about the message (docs/faults.md, rows G08 to G13).
fn notes(walk: &mut Walk<'_, '_>, head: &Head, memo: Memo) -> Option<()> {
    let notes = [
        (head.framing.ambiguous, "ambiguous framing"),
        (memo.has(Memo::EARLY), "a line without a colon ends the head"),
        (head.framing.too_many, "more than 1024 header lines"),
        (memo.has(Memo::LONG_HEAD), "head longer than 65536 bytes"),
        (memo.has(Memo::CUT), "the end of the message is missing"),
        (memo.has(Memo::BAD_CHUNK), "malformed chunk size"),
        (memo.has(Memo::LONG_LINE), "chunk line longer than 4096 bytes"),
        (memo.has(Memo::BARE_LF) || head.framing.bare_lf, "bare line feeds"),
        (memo.has(Memo::PACKED), "the content cannot be unpacked"),
        (memo.has(Memo::TOO_MUCH), "only the beginning of the content is unpacked"),
        (memo.has(Memo::UNTRACKED), "more than 512 requests without an answer"),
    ];
    for (_, note) in notes.iter().filter(|row| row.0) {
        walk.emit(&NOTE, 0..0, Value::Text(note.as_bytes()))?;
    }
    Some(())
}

/// The chunks in `content`, which lies at `at`.
fn chunks(walk: &mut Walk<'_, '_>, content: &[u8], mut at: usize, kept: bool) -> Option<()> {
    let mut scanner = Scanner::default();
    let mut rest = content;
    let mut trailers: Option<Range<usize>> = None;
    loop {
        let (len, token) = scanner.next(rest);
        let end = at.saturating_add(len);
        match token {
            // Only whole chunks, unless no more than this was kept of the message.
            Token::Size(_) if !kept && scanner.exceeds(up_to(rest, len, rest.len())) => break,
            Token::Size(size) => {
                walk.uint(&CHUNK_SIZE, at..end, size)?;
                extension(walk, up_to(rest, 0, len), at)?;
            }
            Token::Data => walk.bytes(&CHUNK_DATA, at, len).map(|_| ())?,
            Token::Boundary => walk.bytes(&CHUNK_BOUNDARY, at, len).map(|_| ())?,
            Token::Trailer => trailers = Some(trailers.map_or(at, |earlier| earlier.start)..end),
            Token::End | Token::Bad | Token::More => break,
        }
        at = end;
        rest = up_to(rest, len, rest.len());
    }
    match trailers {
        Some(lines) => walk.text(&CHUNKED_TRAILER_PART, lines.start, lines.len()).map(|_| ()),
        None => Some(()),
    }
}

/// What stands behind the size in the first line of a chunk, which lies at `at` (RFC 9112 section 7.1.1).
fn extension(walk: &mut Walk<'_, '_>, line: &[u8], at: usize) -> Option<()> {
    let Some(mark) = line.iter().position(|&byte| byte == b';') else { return Some(()) };
    let start = mark.saturating_add(1);
    let behind = up_to(line, start, line.len()).trim_ascii_end();
    let text = behind.trim_ascii_start();
    if text.is_empty() || !walk.wants(&CHUNK_EXTENSION) {
        return Some(());
    }
    let blanks = behind.len().saturating_sub(text.len());
    let start = at.saturating_add(start).saturating_add(blanks);
    walk.text(&CHUNK_EXTENSION, start, text.len()).map(|_| ())
}

/// The body, as far as the packet's allowance of text goes.
fn body(walk: &mut Walk<'_, '_>, content: &[u8], at: Range<usize>) -> Option<()> {
    let text = up_to(content, 0, walk.text_left());
    if text.is_empty() || !walk.wants(&FILE_DATA) {
        return Some(());
    }
    walk.emit(&FILE_DATA, at, Value::Text(text))
}

/// Decodes base64 (RFC 4648 section 4) up to the first byte that is none.
fn from_base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0_u32);
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        held = held << 6 | u32::from(value);
        bits = bits.saturating_add(6);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            let [.., low] = (held >> bits).to_be_bytes();
            bytes.push(low);
        }
    }
    bytes
}

/// Decodes base64 in the alphabet for addresses (RFC 4648 section 5).
fn from_base64url(text: &[u8]) -> Vec<u8> {
    let plain = text.iter().map(|&byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        _ => byte,
    });
    from_base64(&plain.collect::<Vec<u8>>())
}

fn summary(layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let memo = Memo::from(layer.slot.memo);
    if memo.is_tunnel() {
        return match memo.proxied() {
            Some((host, port)) => {
                out.write_str("Through the proxy to ")?;
                text(layer.source(host), out)?;
                write!(out, ":{port}")
            }
            None => out.write_str("Upgraded connection"),
        };
    }
    let data = memo.head().map_or(layer.data(), |source| layer.source(source));
    let Some(head) = Head::parse(data).filter(|_| !memo.has(Memo::CONTINUATION)) else {
        return out.write_str("Continuation");
    };
    text(up_to(head.line(data), 0, MAX_SUMMARY), out)?;
    out.write_str(" ")?;
    match (layer.above(), head.media_type(data)) {
        (Some(above), Some(kind)) => {
            let kind = core::str::from_utf8(up_to(kind, 0, MAX_SUMMARY)).unwrap_or("?");
            super::media::describe(&above, kind, out)
        }
        _ => Ok(()),
    }
}

/// Text of any encoding; what is not UTF-8 becomes U+FFFD. Control characters are left to the renderer.
fn text(bytes: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        out.write_str(chunk.valid())?;
        if !chunk.invalid().is_empty() {
            out.write_str("\u{fffd}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
