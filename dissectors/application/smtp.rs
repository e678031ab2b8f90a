//! Simple Mail Transfer Protocol (RFC 5321): commands, replies, authentication (RFC 4954), messages by DATA and by BDAT
//! (RFC 3030), and the way into TLS (RFC 3207).
//!
//! Each segment brings a piece of a message; the message is shown in the one that ends it. Of one that is too long to be
//! held the beginning is shown.

use alloc::vec::Vec;
use core::fmt;

use super::{imf, lines};
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Table};
use crate::facts::Link;
use crate::field::{Field, Kind, Protocol};
use crate::packet::{Layer, Slot};
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

fields! {
    REQ = Field::bool("smtp.req", "request"),
    COMMAND_LINE = Field::text("smtp.command_line", "command line"),
    COMMAND = Field::text("smtp.req.command", "command").key(),
    PARAMETER = Field::text("smtp.req.parameter", "parameter").key(),
    USERNAME = Field::text("smtp.auth.username", "user name, base64"),
    PASSWORD = Field::text("smtp.auth.password", "password, base64"),
    USERNAME_PASSWORD = Field::text("smtp.auth.username_password", "name and password, base64"),
    RSP = Field::bool("smtp.rsp", "reply"),
    RESPONSE = Field::text("smtp.response", "reply line"),
    CODE = Field::new("smtp.response.code", "reply code", Kind::Uint(32)).key().names(REPLIES),
    RSP_PARAMETER = Field::text("smtp.rsp.parameter", "reply text").many().key(),
    DATA_FRAGMENT = Field::frame("smtp.data.fragment", "piece in").many(),
    DATA_COUNT = Field::new("smtp.data.fragment.count", "pieces", Kind::Uint(32)),
    DATA_LENGTH = Field::new("smtp.data.reassembled.length", "message length", Kind::Uint(32)),
    DATA_IN = Field::frame("smtp.data.reassembled.in", "message in"),
    DATA = Field::bytes("nd.smtp.data", "piece of a message"),
}

static PROTOCOL: Protocol = Protocol {
    name: "smtp",
    title: "SMTP",
    about: "Simple Mail Transfer Protocol (RFC 5321)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, 25), Key::new(&TCP_PORT, 587)];
static CARRIES: &[&Table] = &[&imf::MESSAGE, &TCP_PORT];

/// Whoever reads this port reads TLS.
const TLS: u32 = 443;
/// What ends a message, with the end of the line before it, which belongs to the message.
const DOT: &[u8] = b"\r\n.\r\n";
const CRLF: &[u8] = b"\r\n";
/// Frames of a message that are remembered.
const MAX_FRAMES: usize = 1_024;

/// RFC 5321 section 4.2.3, RFC 4954 sections 4 and 6, RFC 3207 section 4, RFC 7504.
const REPLIES: &[(u64, &str)] = &[
    (211, "system status or help"),
    (214, "help"),
    (220, "service ready"),
    (221, "closing connection"),
    (235, "authenticated"),
    (250, "okay, completed"),
    (251, "user not local, will be forwarded"),
    (252, "user not verified, delivery will be tried"),
    (334, "authentication goes on"),
    (354, "start of mail input"),
    (421, "service not available, closing connection"),
    (432, "password transition needed"),
    (450, "mailbox not available now"),
    (451, "local error"),
    (452, "not enough storage"),
    (454, "authentication or TLS not available now"),
    (455, "parameters not possible now"),
    (500, "command not recognized"),
    (501, "error in parameters"),
    (502, "command not implemented"),
    (503, "bad sequence of commands"),
    (504, "parameter not implemented"),
    (521, "no mail accepted here"),
    (530, "authentication or TLS required"),
    (534, "authentication mechanism too weak"),
    (535, "credentials not valid"),
    (538, "encryption required"),
    (550, "mailbox not available"),
    (551, "user not local, to be tried elsewhere"),
    (552, "storage exceeded"),
    (553, "mailbox name not allowed"),
    (554, "transaction failed"),
    (555, "parameters of MAIL or RCPT not recognized"),
    (556, "domain accepts no mail"),
];

/// Mail on its way.
#[derive(Debug)]
pub struct Smtp;

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Reply = 0,
    Command = 1,
    Username = 2,
    Password = 3,
    Both = 4,
    /// What ends a message.
    Message = 5,
    /// A piece of one.
    Part = 6,
    /// The last chunk of one.
    Chunk = 7,
}

/// Bits of the memo for the piece; the others hold the length of the message.
const PIECE_BITS: u32 = 3;

impl Piece {
    fn of(memo: u32) -> Self {
        match memo & 7 {
            0 => Self::Reply,
            1 => Self::Command,
            2 => Self::Username,
            3 => Self::Password,
            4 => Self::Both,
            5 => Self::Message,
            6 => Self::Part,
            _ => Self::Chunk,
        }
    }
}

/// What the client sends next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Expect {
    #[default]
    Commands,
    Username,
    Password,
    Both,
    /// A message up to its dot.
    Message,
    /// So many bytes of one, by BDAT, which may be the last.
    Chunk(u64, bool),
    /// Nothing more of a message: its last chunk is empty.
    LastChunk,
}

#[derive(Debug, Default)]
struct Session {
    expect: Expect,
    starttls: bool,
    tls: bool,
    message: Message,
}

/// What came of a message.
#[derive(Debug, Default)]
struct Message {
    /// Frames that brought it.
    frames: Vec<u64>,
    /// Its beginning.
    text: Vec<u8>,
    /// Its length.
    len: usize,
    /// Its last bytes, which may begin its end.
    tail: Vec<u8>,
}

impl Message {
    fn add(&mut self, bytes: &[u8], frame: u64) {
        if bytes.is_empty() {
            return;
        }
        if self.frames.last() != Some(&frame) && self.frames.len() < MAX_FRAMES {
            self.frames.push(frame);
        }
        let room = lines::MAX_HELD.saturating_sub(self.text.len());
        self.text.extend_from_slice(up_to(bytes, 0, room));
        if self.len == 0 {
            // A message begins with a line.
            self.tail.extend_from_slice(CRLF);
        }
        self.len = self.len.saturating_add(bytes.len());
        self.tail.extend_from_slice(up_to(bytes, bytes.len().saturating_sub(DOT.len()), DOT.len()));
        self.tail.drain(..self.tail.len().saturating_sub(DOT.len()));
    }

    /// The line with nothing but a dot (RFC 5321 section 4.1.1.4), whose beginning may have come before `data`: how many
    /// bytes of it did, how many bytes of `data` lie before it, and where it ends.
    fn end(&self, data: &[u8]) -> Option<(usize, usize, usize)> {
        let tail = if self.len == 0 { CRLF } else { self.tail.as_slice() };
        for came in (CRLF.len()..DOT.len()).rev() {
            let (before, after) = DOT.split_at_checked(came)?;
            if tail.ends_with(before) && data.starts_with(after) {
                return Some((came.saturating_sub(CRLF.len()), 0, after.len()));
            }
        }
        if let (true, Some(after)) = (tail.ends_with(b"\r"), DOT.get(1..))
            && data.starts_with(after)
        {
            return Some((0, 1, after.len()));
        }
        let start = data.windows(DOT.len()).position(|window| window == DOT)?;
        // The line end belongs to the text and to its end; alone on its line it counts for the end.
        let alone = up_to(data, 0, start).last().is_none_or(|&before| before == b'\n');
        let content = if alone { start } else { start.saturating_add(CRLF.len()) };
        Some((0, content, start.saturating_add(DOT.len())))
    }

    /// The layer of `data` whose first `end` bytes end the message, and the text inside it.
    fn finish(self, piece: Piece, end: usize, cx: &mut Context<'_>) -> Parsed {
        let len = u32::try_from(self.len).unwrap_or(u32::MAX).min(u32::MAX >> PIECE_BITS);
        let memo = piece as u32 | len << PIECE_BITS;
        for frame in self.frames {
            cx.link(Link::PreviousRequest(frame));
        }
        if self.text.is_empty() || cx.derive(self.text).is_none() {
            return Parsed::end(end).memo(memo);
        }
        Parsed::new(0, end, Next::Derived { nth: 0, value: 0 }).memo(memo)
    }
}

impl Memory for Session {
    fn heap(&self) -> usize {
        let frames = self.message.frames.capacity().saturating_mul(size_of::<u64>());
        frames.saturating_add(self.message.text.capacity()).saturating_add(self.message.tail.capacity())
    }
}

impl Dissector for Smtp {
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
        let from_client = match cx.ports {
            Some((src, dst)) if src != dst && is_port(dst) => true,
            Some((src, _)) if is_port(src) => false,
            _ => cx.from_client,
        };
        cx.with_state(|session: &mut Session, cx| match (session.tls, from_client) {
            (true, _) => Ok(Parsed::new(0, data.len(), Next::Inner { nth: 1, value: TLS }).bare()),
            (false, true) => session.client(data, cx),
            (false, false) => session.reply(data, cx),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let piece = Piece::of(walk.memo());
        let line = lines::at(data, 0).map(|row| row.0).unwrap_or_default();
        match piece {
            Piece::Reply => reply_fields(walk),
            Piece::Command => {
                walk.bool(&REQ, 0..0, true)?;
                walk.text(&COMMAND_LINE, 0, data.len())?;
                let (word, parameter) = lines::word(data, 0, line.end);
                walk.text(&COMMAND, 0, word.len())?;
                if parameter < line.end {
                    walk.text(&PARAMETER, parameter, line.end.saturating_sub(parameter))?;
                    let text = data.get(parameter..line.end)?;
                    if let (true, Some((mechanism, initial))) =
                        (data.get(word)?.eq_ignore_ascii_case(b"AUTH"), initial(text))
                    {
                        let at = line.end.saturating_sub(initial.len());
                        if mechanism.eq_ignore_ascii_case(b"LOGIN") {
                            walk.text(&USERNAME, at, initial.len())?;
                        } else if mechanism.eq_ignore_ascii_case(b"PLAIN") {
                            walk.text(&USERNAME_PASSWORD, at, initial.len())?;
                        }
                    }
                }
                pieces(walk)
            }
            Piece::Username | Piece::Password | Piece::Both => {
                walk.bool(&REQ, 0..0, true)?;
                let field = match piece {
                    Piece::Username => &USERNAME,
                    Piece::Password => &PASSWORD,
                    _ => &USERNAME_PASSWORD,
                };
                walk.text(field, 0, line.len()).map(|_| ())
            }
            Piece::Chunk => walk.uint(&DATA_IN, 0..0, walk.frame().number),
            Piece::Message => pieces(walk),
            Piece::Part => walk.bytes(&DATA, 0, data.len()).map(|_| ()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let line = lines::at(data, 0).map(|row| row.0).unwrap_or_default();
        let text = alloc::string::String::from_utf8_lossy(up_to(data, 0, line.end));
        match Piece::of(layer.slot.memo) {
            Piece::Reply => write!(out, "S: {text}"),
            Piece::Command => write!(out, "C: {text}"),
            Piece::Username => write!(out, "C: User: {text}"),
            Piece::Password => write!(out, "C: Pass: {text}"),
            Piece::Both => write!(out, "C: User and pass: {text}"),
            Piece::Message | Piece::Chunk => {
                write!(out, "C: Message, {} bytes", layer.slot.memo >> PIECE_BITS)
            }
            Piece::Part => write!(out, "C: Message fragment, {} bytes", data.len()),
        }
    }
}

fn is_port(port: u16) -> bool {
    matches!(port, 25 | 587)
}

/// The mechanism of an AUTH command and its initial response (RFC 4954 section 4).
fn initial(parameter: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mechanism, at) = lines::word(parameter, 0, parameter.len());
    Some((parameter.get(mechanism)?, parameter.get(at..).filter(|initial| !initial.is_empty())?))
}

/// Of the message that ends here.
fn pieces(walk: &mut Walk<'_, '_>) -> Option<()> {
    let mut count = 0_u32;
    for link in walk.links() {
        if let Link::PreviousRequest(frame) = link {
            walk.uint(&DATA_FRAGMENT, 0..0, frame)?;
            count = count.saturating_add(1);
        }
    }
    if count == 0 {
        return Some(());
    }
    walk.uint(&DATA_COUNT, 0..0, count)?;
    walk.uint(&DATA_LENGTH, 0..0, walk.memo() >> PIECE_BITS)
}

fn reply_fields(walk: &mut Walk<'_, '_>) -> Option<()> {
    let data = walk.data();
    // Each command has its own reply. Those to a group of commands may come together (RFC 2920 section 3.2): Wireshark
    // marks the first that a segment brings.
    if walk.layer().slot.flags & Slot::FURTHER == 0 {
        walk.bool(&RSP, 0..0, true)?;
    }
    let (line, mut next) = lines::at(data, 0)?;
    if let Some(code) = lines::code(data) {
        walk.text(&RESPONSE, 0, next)?;
        walk.uint(&CODE, 0..3, code)?;
    }
    let mut line = line;
    loop {
        let text = data.get(line.clone())?;
        let skip = if lines::code(text).is_some() { text.len().min(4) } else { 0 };
        if skip < text.len() {
            walk.text(&RSP_PARAMETER, line.start.saturating_add(skip), text.len().saturating_sub(skip))?;
        }
        let Some(row) = lines::at(data, next) else { return Some(()) };
        (line, next) = row;
    }
}

impl Session {
    /// A reply (RFC 5321 section 4.2.1) with those of its lines that came together.
    fn reply(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let mut len = lines::first(data, cx)?;
        let code = lines::code(data);
        let mut line = up_to(data, 0, len);
        let goes_on = |line: &[u8]| code.is_some() && line.get(3) == Some(&b'-') && lines::code(line) == code;
        while goes_on(line) {
            let Some((_, next)) = lines::at(data, len).filter(|row| up_to(data, 0, row.1).ends_with(b"\n"))
            else {
                return Ok(Parsed::end(len).memo(Piece::Reply as u32));
            };
            line = data.get(len..next).unwrap_or_default();
            len = next;
        }
        match code {
            // Nothing but DATA is answered so.
            Some(354) => self.expect = Expect::Message,
            Some(334) => {}
            Some(220) if self.starttls => self.tls = true,
            Some(_) if matches!(self.expect, Expect::Chunk(..)) => {}
            // DATA is the last of its group (RFC 2920 section 3.1): others before it may have been taken.
            Some(..400) if self.expect == Expect::Message => {}
            Some(_) if self.expect == Expect::Message && self.message.len > 0 => {}
            // Whatever the client was to send, it was refused or taken.
            Some(_) => self.expect = Expect::Commands,
            None => {}
        }
        self.starttls = false;
        Ok(Parsed::end(len).memo(Piece::Reply as u32))
    }

    fn client(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        match self.expect {
            Expect::Message => return Ok(self.message(data, cx)),
            Expect::Chunk(left, is_last) => return Ok(self.chunk(left, is_last, data, cx)),
            _ => {}
        }
        let len = lines::first(data, cx)?;
        let line = lines::bare(up_to(data, 0, len));
        let piece = match self.expect {
            Expect::Username => {
                self.expect = Expect::Password;
                Piece::Username
            }
            Expect::Password => {
                self.expect = Expect::Commands;
                Piece::Password
            }
            Expect::Both => {
                self.expect = Expect::Commands;
                Piece::Both
            }
            _ => {
                self.command(line);
                if self.expect == Expect::LastChunk {
                    self.expect = Expect::Commands;
                    return Ok(core::mem::take(&mut self.message).finish(Piece::Command, len, cx));
                }
                Piece::Command
            }
        };
        Ok(Parsed::end(len).memo(piece as u32))
    }

    fn command(&mut self, line: &[u8]) {
        let (word, at) = lines::word(line, 0, line.len());
        let command = line.get(word).unwrap_or_default();
        let parameter = line.get(at..).unwrap_or_default();
        let is = |name: &[u8]| command.eq_ignore_ascii_case(name);
        self.starttls = is(b"STARTTLS");
        if is(b"AUTH") {
            let (mechanism, given) = match initial(parameter) {
                Some((mechanism, _)) => (mechanism, true),
                None => (parameter, false),
            };
            self.expect = match given {
                false if mechanism.eq_ignore_ascii_case(b"LOGIN") => Expect::Username,
                true if mechanism.eq_ignore_ascii_case(b"LOGIN") => Expect::Password,
                false if mechanism.eq_ignore_ascii_case(b"PLAIN") => Expect::Both,
                _ => Expect::Commands,
            };
        } else if is(b"DATA") {
            // The client waits for the go-ahead; if what it sends comes first, that was not captured.
            self.expect = Expect::Message;
            self.message = Message::default();
        } else if is(b"BDAT") {
            let (size, at) = lines::word(parameter, 0, parameter.len());
            let is_last = match parameter.get(at..) {
                Some(b"") => Some(false),
                Some(mark) => mark.eq_ignore_ascii_case(b"LAST").then_some(true),
                None => None,
            };
            let size = parameter.get(size).and_then(|size| core::str::from_utf8(size).ok()?.parse().ok());
            self.expect = match size.zip(is_last) {
                Some((0, true)) => Expect::LastChunk,
                Some((size @ 1.., is_last)) => Expect::Chunk(size, is_last),
                _ => Expect::Commands,
            };
        } else if is(b"RSET") || is(b"MAIL") {
            // RFC 3030 section 2: what came in chunks before is given up.
            self.message = Message::default();
        }
    }

    /// RFC 3030 section 2.
    fn chunk(&mut self, left: u64, is_last: bool, data: &[u8], cx: &mut Context<'_>) -> Parsed {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        let left = left.saturating_sub(u64::try_from(len).unwrap_or(u64::MAX));
        self.message.add(up_to(data, 0, len), cx.frame);
        if left > 0 {
            self.expect = Expect::Chunk(left, is_last);
            return Parsed::end(len).memo(Piece::Part as u32);
        }
        self.expect = Expect::Commands;
        if !is_last {
            return Parsed::end(len).memo(Piece::Part as u32);
        }
        core::mem::take(&mut self.message).finish(Piece::Chunk, len, cx)
    }

    /// RFC 5321 section 4.1.1.4.
    fn message(&mut self, data: &[u8], cx: &mut Context<'_>) -> Parsed {
        let Some((came, content, end)) = self.message.end(data) else {
            self.message.add(data, cx.frame);
            return Parsed::end(data.len()).memo(Piece::Part as u32);
        };
        self.expect = Expect::Commands;
        let mut message = core::mem::take(&mut self.message);
        message.add(up_to(data, 0, content), cx.frame);
        if message.text.len() == message.len {
            message.text.truncate(message.len.saturating_sub(came));
        }
        message.len = message.len.saturating_sub(came);
        message.finish(Piece::Message, end, cx)
    }
}

#[cfg(test)]
mod tests {
    use crate::dissector::{Follows, Stream};
    use crate::testing::Talk;

    const MORE: Stream = Stream { follows: Follows::More, gap: 0 };

    #[test]
    fn commands_and_replies() {
        let mut talk = Talk::new("smtp");
        let (_, seen) = talk.stream(0, true, b"MAIL FROM:<a@example.net> SIZE=5\r\nDATA\r\n", MORE).unwrap();
        assert_eq!(seen.info, "C: MAIL FROM:<a@example.net> SIZE=5");
        seen.expect(&[("smtp.req.command", "MAIL"), ("smtp.req.parameter", "FROM:<a@example.net> SIZE=5")]);
        let reply = b"250-mail.example.net\r\n250-PIPELINING\r\n250 HELP\r\n354 go\r\n";
        let (len, seen) = talk.stream(0, false, reply, MORE).unwrap();
        assert_eq!(len, 48);
        seen.expect(&[
            ("smtp.response.code", "250"),
            ("smtp.response", "250-mail.example.net\r\n"),
            ("smtp.rsp.parameter", "mail.example.net,PIPELINING,HELP"),
        ]);
        let (_, seen) = talk.stream(0, false, b"250-mail\r\n", MORE).unwrap();
        seen.expect(&[("smtp.rsp", "1"), ("smtp.rsp.parameter", "mail")]);
        assert!(talk.stream(0, false, b"250-mail", MORE).is_err());
    }

    #[test]
    fn a_password_has_its_field() {
        let mut talk = Talk::new("smtp");
        talk.stream(0, true, b"AUTH LOGIN\r\n", MORE).unwrap();
        talk.stream(0, false, b"334 VXNlcm5hbWU6\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"bWU=\r\n", MORE).unwrap();
        seen.expect(&[("smtp.auth.username", "bWU="), ("smtp.req.command", "")]);
        talk.stream(0, false, b"334 UGFzc3dvcmQ6\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"c2VjcmV0\r\n", MORE).unwrap();
        seen.expect(&[("smtp.auth.password", "c2VjcmV0")]);
        let (_, seen) = talk.stream(0, true, b"AUTH PLAIN AG1lAHNlY3JldA==\r\n", MORE).unwrap();
        seen.expect(&[("smtp.auth.username_password", "AG1lAHNlY3JldA==")]);
    }

    #[test]
    fn a_message_ends_with_its_dot() {
        let mut talk = Talk::new("smtp");
        talk.stream(0, true, b"DATA\r\n", MORE).unwrap();
        talk.stream(0, false, b"354 go\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"Subject: x\r\n\r\nhel", MORE).unwrap();
        seen.expect(&[("nd.smtp.data", "5375626a6563743a20780d0a0d0a68656c"), ("smtp.data.fragment", "")]);
        let data = b"lo\r\n.\r\nQUIT\r\n";
        let (len, seen) = talk.stream(0, true, data, MORE).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (7, "smtp:imf:data-text-lines"));
        seen.expect(&[
            ("smtp.data.fragment", "3,4"),
            ("smtp.data.fragment.count", "2"),
            ("smtp.data.reassembled.length", "21"),
            ("imf.subject", "x"),
        ]);
        talk.survives(data);
    }

    #[test]
    fn the_end_of_a_message_may_come_in_pieces() {
        for (first, second, len) in [
            (&b"hello\r\n"[..], &b".\r\n"[..], "7"),
            (b"hello\r\n.", b"\r\n", "7"),
            (b"hello\r\n.\r", b"\n", "7"),
            (b"hello\r", b"\n.\r\n", "7"),
            (b"hello", b"\r\n.\r\n", "5"),
            (b"hello\r\n", b"\r\n.\r\n", "7"),
            (b"hel", b"lo\r\n.\r\n", "7"),
            (b".", b"\r\n", "0"),
        ] {
            let mut talk = Talk::new("smtp");
            talk.stream(0, true, b"DATA\r\n", MORE).unwrap();
            let (_, seen) = talk.stream(0, true, first, MORE).unwrap();
            assert_eq!(seen.get("smtp.data.reassembled.length"), "");
            let (taken, seen) = talk.stream(0, true, second, MORE).unwrap();
            assert_eq!((taken, seen.get("smtp.data.reassembled.length").as_str()), (second.len(), len));
            let (_, seen) = talk.stream(0, true, b"QUIT\r\n", MORE).unwrap();
            assert_eq!(seen.get("smtp.req.command"), "QUIT");
        }
    }

    #[test]
    fn a_message_follows_data_though_the_go_ahead_was_not_seen() {
        let mut talk = Talk::new("smtp");
        talk.stream(0, true, b"DATA\r\n", MORE).unwrap();
        talk.stream(0, false, b"250 of the one before\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"a: b\r\n\r\n.\r\n", MORE).unwrap();
        seen.expect(&[("smtp.data.fragment", "3"), ("smtp.data.reassembled.length", "6")]);
        talk.stream(0, true, b"DATA\r\n", MORE).unwrap();
        talk.stream(0, false, b"503 no\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"RSET\r\n", MORE).unwrap();
        seen.expect(&[("smtp.req.command", "RSET")]);
    }

    #[test]
    fn a_message_too_long_to_be_held_has_its_length_in_the_end() {
        let mut talk = Talk::new("smtp");
        talk.stream(0, true, b"DATA\r\n", MORE).unwrap();
        let text = alloc::vec![b'x'; crate::application::lines::MAX_HELD];
        talk.stream(0, true, &text, MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"y\r\n.\r\n", MORE).unwrap();
        seen.expect(&[
            ("smtp.data.fragment", "2,3"),
            ("smtp.data.fragment.count", "2"),
            ("smtp.data.reassembled.length", "65539"),
        ]);
    }

    #[test]
    fn a_chunk_has_its_length() {
        let mut talk = Talk::new("smtp");
        talk.stream(0, true, b"BDAT 9\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, true, b"a: b\r\n\r\ncBDAT", MORE).unwrap();
        assert_eq!((len, seen.get("nd.smtp.data").as_str()), (9, "613a20620d0a0d0a63"));
        let (_, seen) = talk.stream(0, true, b"BDAT 2 FIRST\r\n", MORE).unwrap();
        assert_eq!(seen.get("smtp.req.parameter"), "2 FIRST");
        talk.stream(0, true, b"BDAT 2 LAST\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, true, b"deQUIT\r\n", MORE).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (2, "smtp:imf:data-text-lines"));
        seen.expect(&[("smtp.data.reassembled.in", "5"), ("imf.extension", "a: b")]);
        let (_, seen) = talk.stream(0, true, b"QUIT\r\n", MORE).unwrap();
        assert_eq!(seen.get("smtp.req.command"), "QUIT");
    }

    #[test]
    fn an_empty_chunk_may_be_the_last() {
        let mut talk = Talk::new("smtp");
        talk.stream(0, true, b"BDAT 4\r\n", MORE).unwrap();
        talk.stream(0, true, b"a:b\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"BDAT 0 LAST\r\n", MORE).unwrap();
        seen.expect(&[
            ("smtp.req.command", "BDAT"),
            ("smtp.data.fragment", "2"),
            ("smtp.data.reassembled.length", "4"),
        ]);
        assert_eq!(seen.protocols, "smtp:imf");
        talk.survives(b"BDAT 0 LAST\r\n");
    }
}
