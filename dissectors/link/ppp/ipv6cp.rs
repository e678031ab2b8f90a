//! IPv6 Control Protocol of PPP (RFC 5072, RFC 5172).

use core::fmt;

use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::link::ppp::{PPP_PROTOCOL, control, ipcp};
use crate::packet::Layer;
use crate::walk::Walk;

const OPTION_NAMES: &[(u64, &str)] = &[(1, "Interface Identifier"), (2, "IPv6 Compression Protocol")];

fields! {
    OPT_TYPE = Field::u8("ipv6cp.opt.type", "option").many().names(OPTION_NAMES),
    OPT_LENGTH = Field::u8("ipv6cp.opt.length", "option length").many(),
    INTERFACE = Field::bytes("ipv6cp.interface_identifier", "interface identifier").colon().many();
    control::CODE,
    control::IDENTIFIER,
    control::LENGTH,
    control::DATA,
    ipcp::OPT_TYPE,
    ipcp::OPT_LENGTH,
    ipcp::OPT_COMPRESSION,
    ipcp::OPT_MAX_SLOT,
    ipcp::OPT_COMP_SLOT,
    ipcp::OPT_TCP_SPACE,
    ipcp::OPT_NON_TCP_SPACE,
    ipcp::OPT_MAX_PERIOD,
    ipcp::OPT_MAX_TIME,
    ipcp::OPT_MAX_HEADER,
    ipcp::OPT_MAX_CID,
    ipcp::OPT_MRRU,
    ipcp::OPT_ROHC_TYPE,
    ipcp::OPT_ROHC_LENGTH,
    ipcp::OPT_PROFILE,
}

static PROTOCOL: Protocol = Protocol {
    name: "ipv6cp",
    title: "PPP IPV6CP",
    about: "IPv6 Control Protocol of PPP (RFC 5072)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&PPP_PROTOCOL, 0x8057)];

const INTERFACE_IDENTIFIER: u8 = 1;
/// The option of RFC 5172: the same as that of IPCP, whose fields it shows.
const COMPRESSION: u8 = 2;
/// Bytes of its type, length and protocol.
const COMPRESSION_OPTION: u8 = 4;
/// Bytes of that option and of what it holds.
const INTERFACE_OPTION: u8 = 10;
const INTERFACE_LEN: usize = 8;

/// IPv6 Control Protocol.
#[derive(Debug)]
pub struct Ipv6cp;

impl Dissector for Ipv6cp {
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
        if !control::has_options(code) {
            return control::rest(walk, &control::DATA, control::HEADER);
        }
        control::options(walk, |walk, kind, at, len| {
            if kind == COMPRESSION && len >= COMPRESSION_OPTION {
                return ipcp::compression_option(walk, at, len);
            }
            if (kind, len) == (INTERFACE_IDENTIFIER, INTERFACE_OPTION) {
                walk.u8(&OPT_TYPE, at)?;
                walk.u8(&OPT_LENGTH, at.saturating_add(1))?;
                walk.bytes(&INTERFACE, at.saturating_add(2), INTERFACE_LEN)?;
            }
            Some(())
        })
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        control::summary(layer, out)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Seen;

    fn seen(code: u8, body: &str) -> Seen {
        Seen::ppp(0x8057, code, body)
    }

    #[test]
    fn interface_identifier() {
        seen(1, "010a0102030405060708").expect(&[
            ("ppp.code", "1"),
            ("ipv6cp.opt.type", "1"),
            ("ipv6cp.opt.length", "10"),
            ("ipv6cp.interface_identifier", "01:02:03:04:05:06:07:08"),
        ]);
        seen(1, "020e0061 000f 000e 0100 0005 00a8").expect(&[
            ("ipcp.opt.type", "2"),
            ("ipcp.opt.compress_proto", "0x0061"),
            ("ipcp.opt.max_header", "168"),
        ]);
    }
}
