//! Password Authentication Protocol of PPP (RFC 1334 section 2). Its passwords are plain text.

use core::fmt;

use crate::bytes::u8_at;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::link::ppp::{PPP_PROTOCOL, control};
use crate::packet::Layer;
use crate::walk::Walk;

const CODE_NAMES: &[(u64, &str)] =
    &[(1, "Authenticate-Request"), (2, "Authenticate-Ack"), (3, "Authenticate-Nak")];

fields! {
    CODE = Field::u8("pap.code", "code").key().names(CODE_NAMES),
    IDENTIFIER = Field::u8("pap.identifier", "identifier"),
    LENGTH = Field::u16("pap.length", "length"),
    PEER_ID_LENGTH = Field::u8("pap.peer_id.length", "user name length"),
    PEER_ID = Field::text("pap.peer_id", "user name").key(),
    PASSWORD_LENGTH = Field::u8("pap.password.length", "password length"),
    PASSWORD = Field::text("pap.password", "password"),
    MESSAGE_LENGTH = Field::u8("pap.message.length", "message length"),
    MESSAGE = Field::text("pap.message", "message"),
}

static PROTOCOL: Protocol = Protocol {
    name: "pap",
    title: "PPP PAP",
    about: "Password Authentication Protocol of PPP (RFC 1334)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&PPP_PROTOCOL, 0xc023)];

const REQUEST: u8 = 1;

/// Password Authentication Protocol.
#[derive(Debug)]
pub struct Pap;

impl Dissector for Pap {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        control::measure(data)?;
        // Some senders leave the message out of the length.
        Ok(Parsed::end(data.len()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let code = walk.u8(&CODE, 0)?;
        walk.u8(&IDENTIFIER, 1)?;
        walk.u16(&LENGTH, 2)?;
        match code {
            REQUEST => {
                let at = counted(walk, control::HEADER, &PEER_ID_LENGTH, &PEER_ID)?;
                counted(walk, at, &PASSWORD_LENGTH, &PASSWORD)?;
            }
            2 | 3 => _ = counted(walk, control::HEADER, &MESSAGE_LENGTH, &MESSAGE)?,
            _ => {}
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u8_at(layer.data(), 0).and_then(|code| CODE.name_of(code.into())) {
            Some(name) => out.write_str(name),
            None => out.write_str("Unknown code"),
        }
    }
}

/// Emits a text and the byte before it that counts its bytes; answers where they end.
fn counted(
    walk: &mut Walk<'_, '_>,
    at: usize,
    length: &'static Field,
    text: &'static Field,
) -> Option<usize> {
    let len = usize::from(walk.u8(length, at)?);
    let body = at.saturating_add(1);
    if len > 0 {
        walk.text(text, body, len)?;
    }
    Some(body.saturating_add(len))
}

#[cfg(test)]
mod tests {
    use crate::testing::Seen;

    fn seen(code: u8, body: &str) -> Seen {
        Seen::ppp(0xc023, code, body)
    }

    #[test]
    fn request_and_answers() {
        seen(1, "034d6967 0868656d6d656c6967").expect(&[
            ("pap.peer_id.length", "3"),
            ("pap.peer_id", "Mig"),
            ("pap.password.length", "8"),
            ("pap.password", "hemmelig"),
        ]);
        seen(2, "0548656c6c6f").expect(&[("pap.message", "Hello")]);
        seen(3, "00").expect(&[("pap.message.length", "0"), ("pap.message", "")]);
        assert_eq!(seen(2, "").info, "Authenticate-Ack");
    }
}
