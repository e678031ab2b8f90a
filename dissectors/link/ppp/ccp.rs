//! Compression Control Protocol of PPP (RFC 1962).

use core::fmt;

use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::link::ppp::{PPP_PROTOCOL, control};
use crate::packet::Layer;
use crate::walk::Walk;

const OPTION_NAMES: &[(u64, &str)] = &[
    (0, "OUI"),
    (17, "Stac Electronics LZS"),
    (18, "Microsoft Point-To-Point Compression/Encryption"),
    (21, "BSD Compress"),
    (26, "Deflate"),
];

fields! {
    OPT_TYPE = Field::u8("ccp.opt.type", "option").many().names(OPTION_NAMES),
    OPT_LENGTH = Field::u8("ccp.opt.length", "option length").many(),
    OPT_VALUE = Field::bytes("nd.ccp.opt.value", "option value").many();
    control::CODE,
    control::IDENTIFIER,
    control::LENGTH,
    control::DATA,
}

static PROTOCOL: Protocol = Protocol {
    name: "ccp",
    title: "PPP CCP",
    about: "Compression Control Protocol of PPP (RFC 1962)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&PPP_PROTOCOL, 0x80fd)];

/// Compression Control Protocol.
#[derive(Debug)]
pub struct Ccp;

impl Dissector for Ccp {
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
        let code = control::head(walk)?;
        if control::has_options(code) {
            control::options(walk, |walk, kind, at, len| {
                if OPT_TYPE.name_of(kind.into()).is_some() {
                    walk.u8(&OPT_TYPE, at)?;
                    walk.u8(&OPT_LENGTH, at.saturating_add(1))?;
                    let len = usize::from(len).saturating_sub(2);
                    if len > 0 {
                        walk.bytes(&OPT_VALUE, at.saturating_add(2), len)?;
                    }
                }
                Some(())
            })
        } else {
            control::rest(walk, &control::DATA, control::HEADER)
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        control::summary(layer, out)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Seen;

    fn seen(code: u8, body: &str) -> Seen {
        Seen::ppp(0x80fd, code, body)
    }

    #[test]
    fn microsoft_compression() {
        let seen = seen(1, "1206 01000040");
        assert_eq!(seen.protocols, "ppp:ccp");
        seen.expect(&[("ppp.code", "1"), ("ccp.opt.type", "18"), ("ccp.opt.length", "6")]);
        seen.expect(&[("nd.ccp.opt.value", "01000040")]);
    }
}
