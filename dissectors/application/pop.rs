//! Post Office Protocol version 3 (RFC 1939), its capabilities (RFC 2449), AUTH (RFC 5034) and STLS (RFC 2595).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{imf, lines};
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::packet::{Layer, Slot};
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

fields! {
    COMMAND = Field::text("pop.request.command", "command").key().ascii(),
    // Wireshark has no name of its own for it.
    SASL_RESPONSE = Field::text("pop.request.command", "SASL response, base64").key().ascii(),
    PARAMETER = Field::text("pop.request.parameter", "parameter").key().ascii(),
    INDICATOR = Field::text("pop.response.indicator", "indicator").key().ascii(),
    DESCRIPTION = Field::text("pop.response.description", "description").key().ascii(),
    // Wireshark has no text in it.
    DATA = Field::text("pop.response.data", "data").many().hidden(),
    LINE = Field::text("nd.pop.line", "line").many(),
    CHALLENGE = Field::text("nd.pop.challenge", "SASL challenge, base64"),
}

static PROTOCOL: Protocol = Protocol {
    name: "pop",
    title: "POP",
    about: "Post Office Protocol version 3 (RFC 1939)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, PORT)];
static CARRIES: &[&Table] = &[&imf::MESSAGE, &TCP_PORT];

const PORT: u32 = 110;
/// Whoever reads this port reads TLS.
const TLS: u32 = 443;
/// Commands without an answer that are remembered.
const MAX_ASKED: usize = 64;

/// Mail that is fetched.
#[derive(Debug)]
pub struct Pop;

/// What a layer is.
const REQUEST: u32 = 0;
const STATUS: u32 = 1;
/// Lines of an answer, without its status.
const LINES: u32 = 2;
const MESSAGE: u32 = 3;
/// What the server asks during AUTH, and what the client answers (RFC 5034 section 4).
const ASKED: u32 = 4;
const ANSWERED: u32 = 5;

/// What follows the status of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rest {
    #[default]
    Nothing,
    Lines,
    Message,
    Tls,
}

#[derive(Debug, Default)]
struct Session {
    /// What the answers to come will hold, in order.
    asked: Vec<Rest>,
    /// What is still to come of the answer at hand.
    rest: Rest,
    /// The server asks for the next line of the client, which is no command.
    challenged: bool,
    searched: usize,
    tls: bool,
}

impl Memory for Session {
    fn heap(&self) -> usize {
        self.asked.capacity().saturating_mul(size_of::<Rest>())
    }
}

impl Dissector for Pop {
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
        cx.with_state(|session: &mut Session, cx| match (session.tls, from_client) {
            (true, _) => Ok(Parsed::new(0, data.len(), Next::Inner { nth: 1, value: TLS }).bare()),
            (false, true) => session.request(data, cx),
            (false, false) => session.answer(data, cx),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let memo = walk.memo();
        // Wireshark has a message in lines only where its status stands before it in the same segment.
        if memo == MESSAGE && walk.layer().slot.flags & Slot::FURTHER == 0 {
            return Some(());
        }
        if matches!(memo, LINES | MESSAGE) {
            let mut at = 0;
            while let Some((line, next)) = lines::at(data, at) {
                walk.emit(&DATA, line.clone(), Value::Text(b""))?;
                if memo == LINES {
                    walk.text(&LINE, line.start, line.len())?;
                }
                at = next;
            }
            return Some(());
        }
        let (line, _) = lines::at(data, 0)?;
        let (word, rest) = lines::word(data, 0, line.end);
        let (first, second) = match memo {
            REQUEST => (&COMMAND, &PARAMETER),
            ANSWERED => (&SASL_RESPONSE, &PARAMETER),
            ASKED => return walk.text(&CHALLENGE, 0, line.len()).map(|_| ()),
            _ => (&INDICATOR, &DESCRIPTION),
        };
        walk.text(first, 0, word.len())?;
        if rest < line.end {
            walk.text(second, rest, line.end.saturating_sub(rest))?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let line = lines::at(data, 0).map(|row| row.0).unwrap_or_default();
        let text = String::from_utf8_lossy(up_to(data, 0, line.end));
        match layer.slot.memo {
            REQUEST => write!(out, "C: {text}"),
            STATUS => write!(out, "S: {text}"),
            ASKED => write!(out, "S: Challenge: {text}"),
            ANSWERED => write!(out, "C: Response: {text}"),
            MESSAGE => {
                // The line with the dot is not part of it (RFC 1939 section 3).
                let end = lines::dot(data, data.len().saturating_sub(1)).map(|row| row.0);
                write!(out, "S: Message, {} bytes", end.unwrap_or(data.len()))
            }
            _ => write!(out, "S: Lines, {} bytes", data.len()),
        }
    }
}

impl Session {
    fn request(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let len = lines::first(data, cx)?;
        if core::mem::take(&mut self.challenged) {
            return Ok(Parsed::end(len).memo(ANSWERED));
        }
        let line = lines::bare(up_to(data, 0, len));
        let (word, at) = lines::word(line, 0, line.len());
        let has_argument = at < line.len();
        let rest = match line.get(word).unwrap_or_default().to_ascii_uppercase().as_slice() {
            b"LIST" | b"UIDL" | b"AUTH" if !has_argument => Rest::Lines,
            b"CAPA" => Rest::Lines,
            b"RETR" | b"TOP" => Rest::Message,
            b"STLS" => Rest::Tls,
            _ => Rest::Nothing,
        };
        if self.asked.len() < MAX_ASKED {
            self.asked.push(rest);
        }
        Ok(Parsed::end(len).memo(REQUEST))
    }

    fn answer(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        // A list that never ended is over when the next answer comes: none of its lines looks like one.
        let is_status = data.starts_with(b"+OK") || data.starts_with(b"-ERR");
        match self.rest {
            Rest::Lines if is_status && !self.asked.is_empty() => self.rest = Rest::Nothing,
            Rest::Lines => return self.lines(data, cx),
            Rest::Message => return self.message(data, cx),
            Rest::Nothing | Rest::Tls => {}
        }
        let len = lines::first(data, cx)?;
        let line = lines::bare(up_to(data, 0, len));
        self.challenged = line == b"+" || line.starts_with(b"+ ");
        if data.starts_with(b"+OK") {
            let rest = if self.asked.is_empty() { Rest::Nothing } else { self.asked.remove(0) };
            self.tls = rest == Rest::Tls;
            self.rest = if self.tls { Rest::Nothing } else { rest };
        } else if data.starts_with(b"-ERR") {
            if !self.asked.is_empty() {
                self.asked.remove(0);
            }
        } else {
            // What was asked before the capture began is not known.
            return Ok(Parsed::end(len).memo(if self.challenged { ASKED } else { LINES }));
        }
        Ok(Parsed::end(len).memo(STATUS))
    }

    /// All whole lines that are there, up to the dot.
    fn lines(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let mut len = lines::first(data, cx)?;
        let mut line = up_to(data, 0, len);
        while lines::bare(line) != b"." {
            match lines::at(data, len) {
                Some((_, next)) if up_to(data, 0, next).ends_with(b"\n") => {
                    line = data.get(len..next).unwrap_or_default();
                    len = next;
                }
                _ => return Ok(Parsed::end(len).memo(LINES)),
            }
        }
        self.rest = Rest::Nothing;
        Ok(Parsed::end(len).memo(LINES))
    }

    fn message(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let Some((dot, end)) = lines::dot(data, self.searched) else {
            self.searched = data.len();
            let len = lines::all(data, cx, lines::MAX_HELD)?;
            // Too long to be held: what is there is shown, and what follows in lines.
            self.searched = 0;
            self.rest = Rest::Lines;
            return Ok(Parsed::new(0, len, Next::Table { nth: 0, value: 0 }).memo(MESSAGE));
        };
        self.searched = 0;
        self.rest = Rest::Nothing;
        let content = up_to(data, 0, dot);
        if content.is_empty() || cx.derive(content.to_vec()).is_none() {
            return Ok(Parsed::end(end).memo(MESSAGE));
        }
        Ok(Parsed::new(0, end, Next::Derived { nth: 0, value: 0 }).memo(MESSAGE))
    }
}

#[cfg(test)]
mod tests {
    use crate::dissector::{Follows, Stream};
    use crate::testing::Talk;

    const MORE: Stream = Stream { follows: Follows::More, gap: 0 };

    #[test]
    fn answers_with_and_without_lines() {
        let mut talk = Talk::new("pop");
        let (_, seen) = talk.stream(0, true, b"USER me\r\n", MORE).unwrap();
        seen.expect(&[("pop.request.command", "USER"), ("pop.request.parameter", "me")]);
        let (_, seen) = talk.stream(0, false, b"+OK welcome here\r\n", MORE).unwrap();
        seen.expect(&[("pop.response.indicator", "+OK"), ("pop.response.description", "welcome here")]);
        talk.stream(0, true, b"LIST\r\n", MORE).unwrap();
        talk.stream(0, false, b"+OK 2\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, false, b"1 120\r\n2 200\r\n.\r\n+OK\r\n", MORE).unwrap();
        assert_eq!((len, seen.get("nd.pop.line").as_str()), (17, "1 120,2 200,."));
    }

    #[test]
    fn a_list_without_an_end_is_over_with_the_next_answer() {
        let mut talk = Talk::new("pop");
        talk.stream(0, true, b"LIST\r\n", MORE).unwrap();
        talk.stream(0, false, b"+OK\r\n", MORE).unwrap();
        talk.stream(0, false, b"1 120\r\n", MORE).unwrap();
        talk.stream(0, true, b"NOOP\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, false, b"-ERR no\r\n", MORE).unwrap();
        seen.expect(&[("pop.response.indicator", "-ERR"), ("pop.response.description", "no")]);
    }

    #[test]
    fn a_message_is_read_whole() {
        let mut talk = Talk::new("pop");
        talk.stream(0, true, b"RETR 1\r\n", MORE).unwrap();
        talk.stream(0, false, b"+OK\r\n", MORE).unwrap();
        assert!(talk.stream(0, false, b"Subject: x\r\n", MORE).is_err());
        let (len, seen) = talk.stream(0, false, b"Subject: x\r\n\r\nhello\r\n.\r\n", MORE).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (24, "pop:imf:data-text-lines"));
        talk.survives(b"RETR 1\r\n");
    }

    #[test]
    fn the_dot_is_not_part_of_a_message() {
        let mut talk = Talk::new("pop");
        talk.stream(0, true, b"RETR 1\r\n", MORE).unwrap();
        talk.stream(0, false, b"+OK\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, false, b".\r\n", MORE).unwrap();
        assert_eq!((len, seen.info.as_str()), (3, "S: Message, 0 bytes"));
        let message = b"nothing but text\r\n.\r\n";
        assert_eq!(crate::application::lines::dot(message, message.len() - 1), Some((18, 21)));
    }

    #[test]
    fn a_response_to_a_challenge_is_no_command() {
        let mut talk = Talk::new("pop");
        talk.stream(0, true, b"AUTH PLAIN\r\n", MORE).unwrap();
        let (_, seen) = talk.stream(0, false, b"+ \r\n", MORE).unwrap();
        seen.expect(&[("nd.pop.challenge", "+ "), ("nd.pop.line", ""), ("pop.response.indicator", "")]);
        let (_, seen) = talk.stream(0, true, b"AGJvYgBzZWNyZXQ=\r\n", MORE).unwrap();
        assert_eq!(seen.info, "C: Response: AGJvYgBzZWNyZXQ=");
        talk.stream(0, false, b"+OK Logged in.\r\n", MORE).unwrap();
        talk.stream(0, true, b"LIST\r\n", MORE).unwrap();
        talk.stream(0, false, b"+OK 1 messages:\r\n", MORE).unwrap();
        let (len, seen) = talk.stream(0, false, b"1 120\r\n.\r\n", MORE).unwrap();
        assert_eq!((len, seen.get("nd.pop.line").as_str()), (10, "1 120,."));
        talk.survives(b"+ \r\n");
    }
}
