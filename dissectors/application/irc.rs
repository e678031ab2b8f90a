//! Internet Relay Chat (RFC 1459, RFC 2812) and client-to-client messages in it.

use alloc::string::String;
use core::fmt;

use super::lines;
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

fields! {
    REQUEST = Field::text("irc.request", "request"),
    REQUEST_PREFIX = Field::text("irc.request.prefix", "prefix"),
    REQUEST_COMMAND = Field::text("irc.request.command", "command").key(),
    REQUEST_PARAMETER = Field::text("irc.request.command_parameter", "parameter").many(),
    REQUEST_TRAILER = Field::text("irc.request.trailer", "last parameter").key(),
    RESPONSE = Field::text("irc.response", "response"),
    RESPONSE_PREFIX = Field::text("irc.response.prefix", "prefix"),
    RESPONSE_COMMAND = Field::text("irc.response.command", "command").key(),
    RESPONSE_NUMBER = Field::u16("irc.response.num_command", "numeric reply"),
    RESPONSE_PARAMETER = Field::text("irc.response.command_parameter", "parameter").many(),
    RESPONSE_TRAILER = Field::text("irc.response.trailer", "last parameter").key(),
    CTCP = Field::text("irc.ctcp", "message between clients"),
}

static PROTOCOL: Protocol = Protocol {
    name: "irc",
    title: "IRC",
    about: "Internet Relay Chat (RFC 2812)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, 6667), Key::new(&TCP_PORT, 57000)];

/// What encloses a message between clients.
const CTCP_MARK: u8 = 1;

/// One line.
#[derive(Debug)]
pub struct Irc;

impl Dissector for Irc {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        if data.is_empty() {
            return Ok(Parsed::end(0).bare());
        }
        let len = lines::first(data, cx)?;
        let from_client = cx.is_to_server(|port| KEYS.iter().any(|key| key.value == u32::from(port)));
        let parsed = Parsed::end(len).memo(from_client.into());
        let is_empty = lines::bare(up_to(data, 0, len)).is_empty();
        Ok(if is_empty { parsed.bare() } else { parsed })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let (line, _) = lines::at(data, 0)?;
        let end = line.end;
        let [whole, prefix, command, parameter, trailer] = match walk.memo() {
            0 => [&RESPONSE, &RESPONSE_PREFIX, &RESPONSE_COMMAND, &RESPONSE_PARAMETER, &RESPONSE_TRAILER],
            _ => [&REQUEST, &REQUEST_PREFIX, &REQUEST_COMMAND, &REQUEST_PARAMETER, &REQUEST_TRAILER],
        };
        walk.text(whole, 0, end)?;
        let mut at = 0;
        if data.starts_with(b":") {
            let (word, next) = lines::word(data, 0, end);
            walk.text(prefix, 1, word.len().saturating_sub(1))?;
            at = next;
        }
        let (word, next) = lines::word(data, at, end);
        at = next;
        if let (Some(number), 0) = (lines::code(data.get(word.clone())?), walk.memo()) {
            walk.text(command, word.start, word.len())?;
            walk.uint(&RESPONSE_NUMBER, word, number)?;
        } else if !word.is_empty() {
            walk.text(command, word.start, word.len())?;
        }
        while at < end {
            if data.get(at) == Some(&b':') {
                let start = at.saturating_add(1);
                let text = walk.text(trailer, start, end.saturating_sub(start))?;
                if let Some(inside) = text.strip_prefix(&[CTCP_MARK]) {
                    let inside = inside.strip_suffix(&[CTCP_MARK]).unwrap_or(inside);
                    walk.text(&CTCP, start.saturating_add(1), inside.len())?;
                }
                break;
            }
            let (word, next) = lines::word(data, at, end);
            walk.text(parameter, word.start, word.len())?;
            at = next;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(if layer.slot.memo == 0 { "Response: " } else { "Request: " })?;
        out.write_str(&String::from_utf8_lossy(lines::bare(layer.data())))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Talk;

    #[test]
    fn a_numeric_reply_and_a_message_between_clients() {
        let mut talk = Talk::new("irc");
        let (len, seen) = talk.message(0, b"PRIVMSG #a b :\x01PING 1\x01\r\nQUIT\r\n", false).unwrap();
        assert_eq!(len, 24);
        seen.expect(&[
            ("irc.request.command", "PRIVMSG"),
            ("irc.request.command_parameter", "#a,b"),
            ("irc.request.trailer", "\x01PING 1\x01"),
            ("irc.ctcp", "PING 1"),
        ]);
        let more = crate::dissector::Stream { follows: crate::dissector::Follows::More, gap: 0 };
        let (_, seen) = talk.stream(0, false, b":irc.example.net 001 me :Welcome\r\n", more).unwrap();
        seen.expect(&[
            ("irc.response.prefix", "irc.example.net"),
            ("irc.response.num_command", "1"),
            ("irc.response.command_parameter", "me"),
            ("irc.response.trailer", "Welcome"),
        ]);
        assert!(talk.message(0, b"QUI", false).is_err());
        talk.survives(b":a 001 me :x\r\n");
    }
}
