//! Simple Mail Transfer Protocol (RFC 5321): commands, replies, authentication (RFC 4954), messages by DATA and by BDAT
//! (RFC 3030), and the way into TLS (RFC 3207).
//!
//! A message is shown where it ends. One that is too long to be held is shown as far as it came.

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
    USERNAME = Field::text("smtp.auth.username", "user name"),
    PASSWORD = Field::text("smtp.auth.password", "password"),
    USERNAME_PASSWORD = Field::text("smtp.auth.username_password", "user name and password"),
    RSP = Field::bool("smtp.rsp", "reply"),
    RESPONSE = Field::text("smtp.response", "reply line"),
    CODE = Field::new("smtp.response.code", "reply code", Kind::Uint(32)).key(),
    RSP_PARAMETER = Field::text("smtp.rsp.parameter", "reply text").many().key(),
    DATA_FRAGMENT = Field::frame("smtp.data.fragment", "piece in").many(),
    DATA_COUNT = Field::new("smtp.data.fragment.count", "pieces", Kind::Uint(32)),
    DATA_LENGTH = Field::new("smtp.data.reassembled.length", "message length", Kind::Uint(32)),
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
/// Frames of a message that are remembered.
const MAX_FRAMES: usize = 1_024;

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
    /// A message with its end.
    Message = 5,
    /// A part of one that is too long.
    Part = 6,
    /// The last part of one, whose parts all came.
    Last = 7,
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
            _ => Self::Last,
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
    /// So many bytes of one, by BDAT.
    Chunk(u64),
}

#[derive(Debug, Default)]
struct Session {
    expect: Expect,
    starttls: bool,
    tls: bool,
    /// Frames in which the message came, and bytes of it that hold no end.
    frames: Vec<u64>,
    searched: usize,
    /// Its beginning was shown without an end: so many bytes of it, or some are missing.
    long: bool,
    shown: usize,
    broken: bool,
}

impl Memory for Session {
    fn heap(&self) -> usize {
        self.frames.capacity().saturating_mul(size_of::<u64>())
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
                Some(())
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
            Piece::Message | Piece::Last => {
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
            Piece::Message => write!(out, "C: Message, {} bytes", layer.slot.memo >> PIECE_BITS),
            Piece::Last => {
                write!(out, "C: Message fragment, last of {} bytes", layer.slot.memo >> PIECE_BITS)
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

fn reply_fields(walk: &mut Walk<'_, '_>) -> Option<()> {
    let data = walk.data();
    // One answer to a group of commands (RFC 2920), one mark.
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
    /// A reply with all its lines (RFC 5321 section 4.2.1).
    fn reply(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let mut len = lines::first(data, cx)?;
        let code = lines::code(data);
        let mut line = up_to(data, 0, len);
        while code.is_some() && line.get(3) == Some(&b'-') && lines::code(line) == code {
            let Some((_, next)) = lines::at(data, len).filter(|row| up_to(data, 0, row.1).ends_with(b"\n"))
            else {
                if !cx.wireshark {
                    len = lines::all(data, cx, lines::MAX_HELD)?;
                }
                break;
            };
            line = data.get(len..next).unwrap_or_default();
            len = next;
        }
        match code {
            // Nothing but DATA is answered so.
            Some(354) => self.expect = Expect::Message,
            Some(334) => {}
            Some(220) if self.starttls => self.tls = true,
            Some(_) if matches!(self.expect, Expect::Chunk(_)) => {}
            // DATA is the last of its group (RFC 2920 section 3.1): others before it may have been taken.
            Some(..400) if self.expect == Expect::Message => {}
            Some(_) if self.long || !self.frames.is_empty() => {}
            // Whatever the client was to send, it was refused or taken.
            Some(_) => self.expect = Expect::Commands,
            None => {}
        }
        self.starttls = false;
        Ok(Parsed::end(len).memo(Piece::Reply as u32))
    }

    fn client(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        if cx.stream.is_some_and(|stream| stream.gap > 0) && self.expect == Expect::Message {
            (self.long, self.broken) = (true, true);
        }
        match self.expect {
            Expect::Message => return self.message(data, cx),
            Expect::Chunk(left) => return Ok(self.chunk(left, data)),
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
        } else if is(b"BDAT") {
            let (size, _) = lines::word(parameter, 0, parameter.len());
            let size = parameter.get(size).and_then(|size| core::str::from_utf8(size).ok()?.parse().ok());
            self.expect = size.filter(|&size| size > 0).map_or(Expect::Commands, Expect::Chunk);
        }
    }

    fn chunk(&mut self, left: u64, data: &[u8]) -> Parsed {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        let left = left.saturating_sub(u64::try_from(len).unwrap_or(u64::MAX));
        self.expect = if left > 0 { Expect::Chunk(left) } else { Expect::Commands };
        Parsed::end(len).memo(Piece::Part as u32)
    }

    /// RFC 5321 section 4.1.1.4.
    fn message(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        if self.frames.last() != Some(&cx.frame) && self.frames.len() < MAX_FRAMES {
            self.frames.push(cx.frame);
        }
        let Some((dot, end)) = lines::dot(data, self.searched) else {
            self.searched = data.len();
            let len = lines::all(data, cx, lines::MAX_HELD)?;
            // The last bytes may be the beginning of the end.
            let tail =
                up_to(data, len.saturating_sub(4), 4).iter().rev().take_while(|byte| b"\r\n.".contains(byte));
            let tail = if cx.stream.is_some_and(|stream| !stream.is_last()) { tail.count() } else { 0 };
            self.searched = tail;
            let len = len.saturating_sub(tail).max(1);
            let first = !core::mem::replace(&mut self.long, true);
            self.shown = self.shown.saturating_add(len);
            let next = if first { Next::Table { nth: 0, value: 0 } } else { Next::End };
            return Ok(Parsed::new(0, len, next).memo(Piece::Part as u32));
        };
        // A frame that brings nothing but the end is none of those that bring the message.
        if dot <= self.searched {
            self.frames.pop_if(|last| *last == cx.frame);
        }
        let done = core::mem::take(self);
        let len = u32::try_from(done.shown.saturating_add(dot)).unwrap_or(u32::MAX);
        let piece = match (done.broken, done.long) {
            (true, _) => return Ok(Parsed::end(end).memo(Piece::Part as u32)),
            (_, true) => Piece::Last,
            _ => Piece::Message,
        };
        let memo = piece as u32 | len.min(u32::MAX >> PIECE_BITS) << PIECE_BITS;
        for frame in done.frames {
            cx.link(Link::PreviousRequest(frame));
        }
        let content = up_to(data, 0, dot);
        if piece == Piece::Last || content.is_empty() || cx.derive(content.to_vec()).is_none() {
            return Ok(Parsed::end(end).memo(memo));
        }
        Ok(Parsed::new(0, end, Next::Derived { nth: 0, value: 0 }).memo(memo))
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
        assert!(talk.stream(0, false, b"250-mail\r\n", MORE).is_err());
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
        assert!(talk.stream(0, true, b"Subject: x\r\n\r\nhello\r\n", MORE).is_err());
        let data = b"Subject: x\r\n\r\nhello\r\n.\r\nQUIT\r\n";
        let (len, seen) = talk.stream(0, true, data, MORE).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (24, "smtp:imf:data-text-lines"));
        seen.expect(&[
            ("smtp.data.fragment", "3"),
            ("smtp.data.fragment.count", "1"),
            ("smtp.data.reassembled.length", "21"),
            ("imf.subject", "x"),
        ]);
        talk.survives(data);
    }

    #[test]
    fn a_message_follows_data_though_the_go_ahead_was_not_seen() {
        let mut talk = Talk::new("smtp");
        talk.stream(0, true, b"DATA\r\n", MORE).unwrap();
        talk.stream(0, false, b"250 of the one before\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, true, b"a: b\r\n\r\n.\r\n", MORE).unwrap();
        seen.expect(&[("smtp.data.fragment", "3"), ("smtp.data.reassembled.length", "8")]);
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
        let (len, seen) = talk.stream(0, true, &text, MORE).unwrap();
        assert_eq!(len, text.len());
        seen.expect(&[("smtp.data.reassembled.length", "")]);
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
        talk.stream(0, true, b"BDAT 5 LAST\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, true, b"abcdeQUIT\r\n", MORE).unwrap();
        assert_eq!((len, seen.get("nd.smtp.data").as_str()), (5, "6162636465"));
        let (_, seen) = talk.stream(0, true, b"QUIT\r\n", MORE).unwrap();
        assert_eq!(seen.get("smtp.req.command"), "QUIT");
    }
}
