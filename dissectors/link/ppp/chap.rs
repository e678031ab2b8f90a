//! Challenge Handshake Authentication Protocol of PPP (RFC 1994 section 4).

use core::fmt;

use crate::bytes::u8_at;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::link::ppp::{PPP_PROTOCOL, control};
use crate::packet::Layer;
use crate::walk::Walk;

const CODE_NAMES: &[(u64, &str)] = &[(1, "Challenge"), (2, "Response"), (3, "Success"), (4, "Failure")];

fields! {
    CODE = Field::u8("chap.code", "code").key().names(CODE_NAMES),
    IDENTIFIER = Field::u8("chap.identifier", "identifier"),
    LENGTH = Field::u16("chap.length", "length"),
    VALUE_SIZE = Field::u8("chap.value_size", "value size"),
    VALUE = Field::bytes("chap.value", "value"),
    NAME = Field::text("chap.name", "name").key(),
    MESSAGE = Field::text("chap.message", "message"),
}

static PROTOCOL: Protocol = Protocol {
    name: "chap",
    title: "PPP CHAP",
    about: "Challenge Handshake Authentication Protocol of PPP (RFC 1994)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&PPP_PROTOCOL, 0xc223)];

/// Challenge Handshake Authentication Protocol.
#[derive(Debug)]
pub struct Chap;

impl Dissector for Chap {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        control::end(data)
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let code = walk.u8(&CODE, 0)?;
        walk.u8(&IDENTIFIER, 1)?;
        walk.u16(&LENGTH, 2)?;
        let mut at = control::HEADER;
        match code {
            1 | 2 if walk.data().len() > at => {
                let size = usize::from(walk.u8(&VALUE_SIZE, at)?);
                at = at.saturating_add(1);
                if size > 0 {
                    walk.bytes(&VALUE, at, size)?;
                }
                text(walk, &NAME, at.saturating_add(size))
            }
            3 | 4 => text(walk, &MESSAGE, at),
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u8_at(layer.data(), 0).and_then(|code| CODE.name_of(code.into())) {
            Some(name) => out.write_str(name),
            None => out.write_str("Unknown code"),
        }
    }
}

/// Emits what remains of the packet from `at` as text.
fn text(walk: &mut Walk<'_, '_>, field: &'static Field, at: usize) -> Option<()> {
    let len = walk.data().len().saturating_sub(at);
    if len > 0 {
        walk.text(field, at, len)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::testing::Seen;

    fn seen(code: u8, body: &str) -> Seen {
        Seen::ppp(0xc223, code, body)
    }

    #[test]
    fn challenge_and_answers() {
        seen(1, "0401020304 6e616d65").expect(&[
            ("chap.value_size", "4"),
            ("chap.value", "01020304"),
            ("chap.name", "name"),
        ]);
        seen(4, "6e6f").expect(&[("chap.message", "no"), ("chap.name", "")]);
        assert_eq!(seen(2, "").info, "Response");
    }
}
