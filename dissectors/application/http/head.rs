//! The head of a message: its first line and its header lines (RFC 9112 sections 2 to 6).

use core::ops::Range;

use super::coding::Coding;
use super::names::{METHODS, NOTIFICATIONS};
use crate::bytes::up_to;

/// Bytes that a head may have.
pub(super) const MAX_HEAD: usize = 65_536;
/// Header lines that are looked at.
pub(super) const MAX_HEADERS: usize = 1_024;

/// Transfer codings that compress (RFC 9112 section 7.2); what begins so counts.
const CODINGS: &[&[u8]] = &[b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress"];

/// The first line of a message. Ranges count from the start of the line and may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StartLine {
    /// `GET /index.html HTTP/1.1`.
    Request { method: Range<usize>, uri: Range<usize>, version: Range<usize> },
    /// `HTTP/1.1 200 OK`. The code is that of its leading digits, 0 without any; absent if it has fewer than three
    /// characters.
    Status { version: Range<usize>, code: Option<(u16, Range<usize>)>, phrase: Range<usize> },
}

/// What a method means for the way its messages are framed and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// The answer has no body.
    Head,
    /// A good answer turns the connection into a tunnel.
    Connect,
    /// A notification in Wireshark's words.
    Notification,
    /// Any other.
    Other,
}

impl Method {
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"HEAD" => Self::Head,
            b"CONNECT" => Self::Connect,
            name if NOTIFICATIONS.contains(&name) => Self::Notification,
            _ => Self::Other,
        }
    }
}

impl StartLine {
    /// Reads a line without its end; `None` if no HTTP message begins so.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let (first, second) = word(line, 0);
        let token = line.get(first.clone())?;
        if token.starts_with(b"HTTP/") || token == b"ICY" {
            let rest = up_to(line, second, line.len());
            let code = rest.first_chunk::<3>().filter(|digits| !digits.contains(&b' ')).map(|digits| {
                let number = leading_number(digits).and_then(|number| u16::try_from(number).ok());
                (number.unwrap_or(0), second..second.saturating_add(3))
            });
            let phrase = if code.is_some() { word(line, second).1 } else { line.len() };
            return Some(Self::Status { version: first, code, phrase: phrase..line.len() });
        }
        METHODS.binary_search_by(|known| known.as_bytes().cmp(token)).ok()?;
        // Only one blank separates: a second one makes an empty target, and all the rest is the version.
        let target = first.end.saturating_add(1).min(line.len());
        let uri = target..end_of_word(line, target);
        let version = uri.end.saturating_add(1).min(line.len())..line.len();
        Some(Self::Request { method: first, uri, version })
    }
}

/// The word at `at`, and where the next one begins after blanks.
fn word(line: &[u8], at: usize) -> (Range<usize>, usize) {
    let end = end_of_word(line, at);
    let blanks = up_to(line, end, line.len()).iter().take_while(|&&byte| byte == b' ').count();
    (at..end, end.saturating_add(blanks))
}

fn end_of_word(line: &[u8], at: usize) -> usize {
    let rest = up_to(line, at, line.len());
    at.saturating_add(rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len()))
}

/// Whether a message may begin like this, of which the end of the first line is not there yet.
pub(super) fn may_begin(data: &[u8]) -> bool {
    let starts = ["HTTP/", "ICY "].iter().chain(METHODS);
    starts.map(|start| start.as_bytes()).any(|start| {
        data.iter().zip(start).all(|(have, want)| have == want)
            && data
                .get(start.len())
                .is_none_or(|&next| start.ends_with(b"/") || start.ends_with(b" ") || next == b' ')
    })
}

/// One line: where it begins, where its text ends, where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) text_end: usize,
    pub(super) end: usize,
}

/// The line at `start`, which ends in LF, CRLF or a CR alone, or with the data.
pub(super) fn line(data: &[u8], start: usize) -> Option<Line> {
    let rest = data.get(start..).filter(|rest| !rest.is_empty())?;
    let len = rest.iter().position(is_line_end).unwrap_or(rest.len());
    let text_end = start.saturating_add(len);
    let end = match up_to(rest, len, 2) {
        [b'\r', b'\n'] => text_end.saturating_add(2),
        [] => text_end,
        _ => text_end.saturating_add(1),
    };
    Some(Line { start, text_end, end })
}

/// One past the end of the line that begins before `from`; `None` if that end is not there, or is a CR that a LF may
/// follow.
pub(super) fn line_end(data: &[u8], from: usize) -> Option<usize> {
    let rest = data.get(from..)?;
    let at = rest.iter().position(is_line_end)?;
    let end = from.saturating_add(at).saturating_add(1);
    match rest.get(at..)? {
        [b'\r'] => None,
        [b'\r', b'\n', ..] => end.checked_add(1),
        _ => Some(end),
    }
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// One header line. A line that is folded onto it (RFC 9112 section 5.2) counts as one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The whole line, its end included.
    pub(super) line: Range<usize>,
    pub(super) name: Range<usize>,
    /// The value without the blanks before it.
    pub(super) value: Range<usize>,
}

impl Header {
    /// Takes the line apart; `None` if it has no colon.
    fn of(data: &[u8], line: Line) -> Option<Self> {
        let text = data.get(line.start..line.text_end)?;
        let colon = text.iter().position(|&byte| byte == b':')?;
        let value = text.get(colon.checked_add(1)?..)?;
        let blanks = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let name = line.start..line.start.saturating_add(colon);
        let value = line.text_end.saturating_sub(value.len().saturating_sub(blanks))..line.text_end;
        Some(Self { line: line.start..line.end, name, value })
    }
}

/// The header lines from `at` up to a blank line, a line without a colon or the end of the data.
#[derive(Clone, Debug)]
pub(super) struct Headers<'a> {
    data: &'a [u8],
    /// Where the next line begins.
    pub(super) at: usize,
    left: usize,
}

impl<'a> Headers<'a> {
    pub(super) fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, left: MAX_HEADERS }
    }
}

impl Iterator for Headers<'_> {
    type Item = Header;

    fn next(&mut self) -> Option<Header> {
        let header = Header::of(self.data, line(self.data, self.at)?)?;
        self.left = self.left.checked_sub(1)?;
        self.at = header.line.end;
        Some(header)
    }
}

/// Where the header lines end with which `data` begins, the blank line behind them included.
pub(super) fn headers_end(data: &[u8]) -> usize {
    let mut headers = Headers::new(data, 0);
    let _ = headers.by_ref().count();
    match line(data, headers.at) {
        Some(blank) if blank.start == blank.text_end => blank.end,
        _ => headers.at,
    }
}

/// What the head says of the body that follows (RFC 9112 section 6.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Framing {
    /// `Content-Length`; the last one counts, as in Wireshark.
    pub(super) length: Option<u64>,
    /// `Transfer-Encoding` names chunked.
    pub(super) chunked: bool,
    /// What is waited for, by all lines up to the blank one.
    pub(super) awaited: Awaited,
    /// A line without a colon ended the head before its blank line.
    pub(super) early: bool,
    /// The length is given twice, or is no number, or stands beside chunked.
    pub(super) ambiguous: bool,
    /// There is a `Transfer-Encoding`: no length counts beside it.
    pub(super) transfer_coded: bool,
    /// It compresses.
    compressed: bool,
    /// How the content is coded.
    pub(super) coding: Coding,
    /// `Content-Type` without its parameters.
    pub(super) media_type: Option<Range<usize>>,
    /// `Host`; the last one counts.
    pub(super) host: Option<Range<usize>>,
    /// `Upgrade`.
    pub(super) upgrade: Option<Range<usize>>,
    /// There were more lines than are looked at.
    pub(super) too_many: bool,
    /// A line ends in LF alone.
    pub(super) bare_lf: bool,
}

/// How the end of a message is found. Wireshark looks for it in a simpler way than for what it shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Awaited {
    /// The last `Content-Length` that is a number and nothing else.
    pub(super) length: Option<u64>,
    /// A `Transfer-Encoding` begins with chunked.
    pub(super) chunked: bool,
}

/// A head that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The first line.
    pub(super) first: Line,
    /// What it says; ranges count from `first.start`.
    pub(super) start: StartLine,
    /// Where the header lines begin.
    headers: usize,
    /// Behind the blank line, or where the data ends before one.
    pub(super) end: usize,
    /// Where the body begins: at `end`, or at a line without a colon before that.
    pub(super) body: usize,
    /// What it says of the body.
    pub(super) framing: Framing,
}

impl Head {
    /// Reads the head at the start of `data`.
    pub(super) fn parse(data: &[u8]) -> Option<Self> {
        let first = line(data, blank_line(data))?;
        let start = StartLine::parse(data.get(first.start..first.text_end)?)?;
        let end = head_end(data, first.end.saturating_sub(1)).unwrap_or(data.len());
        let mut head = Self { first, start, headers: first.end, end, body: end, framing: Framing::default() };
        let framing = &mut head.framing;
        let bare_lf =
            |end: usize| !up_to(data, 0, end).ends_with(b"\r\n") && up_to(data, 0, end).ends_with(b"\n");
        framing.bare_lf = bare_lf(first.end) || bare_lf(end);
        let lines = up_to(data, 0, end);
        let mut at = first.end;
        for _ in 0..MAX_HEADERS {
            let Some(line) = line(lines, at).filter(|line| line.start != line.text_end) else { break };
            at = line.end;
            framing.bare_lf |= bare_lf(at);
            match Header::of(lines, line) {
                Some(header) => {
                    framing.awaited.note(data, &header);
                    if head.body == end {
                        framing.note(data, &header);
                    }
                }
                None if head.body == end => {
                    // Of a line that is cut off the colon may be missing.
                    framing.early = line.end > line.text_end;
                    head.body = line.start;
                }
                None => {}
            }
        }
        framing.too_many = line(lines, at).is_some_and(|line| line.start != line.text_end);
        framing.ambiguous |= framing.chunked && framing.length.is_some();
        framing.ambiguous |= framing.chunked != framing.awaited.chunked;
        Some(head)
    }

    /// The header lines.
    pub(super) fn headers<'a>(&self, data: &'a [u8]) -> Headers<'a> {
        Headers::new(up_to(data, 0, self.body), self.headers)
    }

    /// The first line without its end.
    pub(super) fn line<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        data.get(self.first.start..self.first.text_end).unwrap_or_default()
    }

    /// The request's method.
    pub(super) fn method(&self, data: &[u8]) -> Option<Method> {
        match &self.start {
            StartLine::Request { method, .. } => Some(Method::of(self.line(data).get(method.clone())?)),
            StartLine::Status { .. } => None,
        }
    }

    /// The media type without parameters, as sent.
    pub(super) fn media_type<'a>(&self, data: &'a [u8]) -> Option<&'a [u8]> {
        data.get(self.framing.media_type.clone()?)
    }

    /// The address of the resource as a user would type it, in three parts, the first of them `scheme` unless the
    /// target has its own; a request without `Host` has none.
    pub(super) fn full_uri<'a>(&self, data: &'a [u8], scheme: &'a [u8]) -> Option<[&'a [u8]; 3]> {
        let StartLine::Request { method, uri, .. } = &self.start else { return None };
        let (line, host) = (self.line(data), data.get(self.framing.host.clone()?)?);
        let (method, uri) = (line.get(method.clone())?, line.get(uri.clone())?);
        let word = uri.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let absolute = Method::of(method) == Method::Connect
            || word > 0 && uri.get(word..).is_some_and(|rest| rest.starts_with(b"://"));
        Some(if absolute { [b"", b"", uri] } else { [scheme, host, uri] })
    }

    /// The target of the request.
    pub(super) fn uri<'a>(&self, data: &'a [u8]) -> Option<&'a [u8]> {
        match &self.start {
            StartLine::Request { uri, .. } => self.line(data).get(uri.clone()),
            StartLine::Status { .. } => None,
        }
    }
}

impl Framing {
    /// Whether the body is coded in a way that is never undone.
    pub(super) fn is_opaque(&self) -> bool {
        self.compressed || self.coding == Coding::Unknown
    }

    fn note(&mut self, data: &[u8], header: &Header) {
        let Some(name) = data.get(header.name.clone()) else { return };
        let Some(value) = data.get(header.value.clone()) else { return };
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        if is("content-length") {
            let length = leading_number(value);
            self.ambiguous |=
                number(value).is_none() || self.length.is_some_and(|earlier| Some(earlier) != length);
            self.length = length.or(self.length);
        } else if is("transfer-encoding") {
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
            for coding in value.split(|&byte| byte == b',') {
                let blanks = coding.iter().take_while(|&byte| blank(byte)).count();
                let coding = up_to(coding, blanks, coding.len());
                // Like Wireshark, what begins so is it: `chunkedx`, `chunked x`.
                if begins(coding, b"chunked") {
                    self.chunked = true;
                } else if CODINGS.iter().any(|known| begins(coding, known)) {
                    self.compressed = true;
                }
            }
            self.transfer_coded = true;
        } else if is("content-encoding") {
            self.coding = Coding::of(value);
        } else if is("content-type") {
            let bare = up_to(value, 0, value.iter().position(|&byte| byte == b';').unwrap_or(value.len()));
            let len = bare.trim_ascii_end().len();
            self.media_type = Some(header.value.start..header.value.start.saturating_add(len));
        } else if is("host") {
            self.host = Some(header.value.clone());
        } else if is("upgrade") {
            self.upgrade = Some(header.value.clone());
        }
    }
}

impl Awaited {
    fn note(&mut self, data: &[u8], header: &Header) {
        let Some(name) = data.get(header.name.clone()) else { return };
        let Some(value) = data.get(header.value.clone()) else { return };
        if name.eq_ignore_ascii_case(b"content-length") {
            self.length = number(value).or(self.length);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.chunked |= begins(value, b"chunked");
        }
    }
}

fn begins(value: &[u8], with: &[u8]) -> bool {
    value.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// The digits at the start of `value`, below 2^63; `None` if there are none.
pub(super) fn leading_number(value: &[u8]) -> Option<u64> {
    let value = value.trim_ascii_start();
    number(value.get(..value.iter().take_while(|byte| byte.is_ascii_digit()).count())?)
}

/// Digits and nothing else, as RFC 9110 section 8.6 has it, below 2^63: what is larger is no length.
pub(super) fn number(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii();
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: i64 = core::str::from_utf8(digits).ok()?.parse().ok()?;
    u64::try_from(number).ok()
}

/// Bytes of the empty line before a message that RFC 9112 section 2.2 asks receivers to ignore: one, and only if more
/// follows.
pub(super) fn blank_line(data: &[u8]) -> usize {
    match data {
        [b'\r', b'\n', _, _, ..] => 2,
        _ => 0,
    }
}

/// One past the blank line that ends a head, looked for from `from`.
pub(super) fn head_end(data: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at = line_end(data, at)?;
        match data.get(at..)? {
            [b'\n', ..] => return at.checked_add(1),
            [b'\r', b'\n', ..] => return at.checked_add(2),
            [b'\r', _, ..] => return at.checked_add(1),
            _ => {}
        }
    }
}
