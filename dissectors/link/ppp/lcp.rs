//! Link Control Protocol of PPP (RFC 1661 sections 5 and 6; RFC 1570, RFC 1990).

use core::fmt;

use crate::bytes::{u8_at, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::link::ppp::control::{self, HEADER};
use crate::link::ppp::{PPP_PROTOCOL, PROTOCOL_NAMES};
use crate::packet::Layer;
use crate::walk::Walk;

const OPTION_NAMES: &[(u64, &str)] = &[
    (0, "Vendor Specific"),
    (1, "Maximum Receive Unit"),
    (2, "Async Control Character Map"),
    (3, "Authentication Protocol"),
    (4, "Quality Protocol"),
    (5, "Magic Number"),
    (7, "Protocol Field Compression"),
    (8, "Address and Control Field Compression"),
    (9, "FCS Alternatives"),
    (10, "Self-Describing Padding"),
    (11, "Numbered Mode"),
    (13, "Callback"),
    (15, "Compound Frames"),
    (17, "Multilink MRRU"),
    (18, "Multilink Short Sequence Number Header"),
    (19, "Multilink Endpoint Discriminator"),
    (23, "Link Discriminator"),
    (27, "Multilink Header Format"),
    (28, "Internationalization"),
];
const ALGORITHM_NAMES: &[(u64, &str)] = &[(5, "CHAP with MD5"), (128, "MS-CHAP"), (129, "MS-CHAP-2")];
const OPERATION_NAMES: &[(u64, &str)] = &[
    (0, "Location is determined by user authentication"),
    (1, "Message is dialing string"),
    (2, "Message is location identifier"),
    (3, "Message is E.164"),
    (4, "Message is distinguished name"),
    (6, "Location is determined during CBCP negotiation"),
];
const CLASS_NAMES: &[(u64, &str)] = &[
    (0, "Null"),
    (1, "Locally assigned address"),
    (2, "Internet Protocol (IP) address"),
    (3, "IEEE 802.1 globally assigned MAC address"),
    (4, "PPP Magic-Number block"),
    (5, "Public switched network directory number"),
];
/// Numbers of character sets in management information bases (IANA `character-sets`).
const CHARSET_NAMES: &[(u64, &str)] = &[(3, "US-ASCII"), (4, "ISO-8859-1"), (106, "UTF-8")];

fields! {
    MAGIC = Field::u32("lcp.magic_number", "magic number").hex(),
    DATA = Field::bytes("lcp.data", "data"),
    MESSAGE = Field::text("lcp.message", "message"),
    VENDOR_MAGIC = Field::u32("ppp.magic_number", "magic number").hex(),
    VENDOR_OUI = Field::u24("ppp.oui", "organization"),
    VENDOR_KIND = Field::u8("ppp.kind", "its kind"),
    SECS_REMAINING = Field::u32("lcp.secs_remaining", "seconds remaining"),
    REJ_PROTO = Field::u16("lcp.rej_proto", "rejected protocol").hex().names(PROTOCOL_NAMES),
    OPT_TYPE = Field::u8("lcp.opt.type", "option").many().names(OPTION_NAMES),
    OPT_LENGTH = Field::u8("lcp.opt.length", "option length").many(),
    OPT_MRU = Field::u16("lcp.opt.mru", "maximum receive unit").many(),
    OPT_ASYNCMAP = Field::u32("lcp.opt.asyncmap", "control characters to escape").hex().many(),
    OPT_AUTH = Field::u16("lcp.opt.auth_protocol", "authentication").hex().many().names(PROTOCOL_NAMES),
    OPT_ALGORITHM = Field::u8("lcp.opt.algorithm", "algorithm").many().names(ALGORITHM_NAMES),
    OPT_QUALITY = Field::u16("lcp.opt.quality_protocol", "quality protocol").hex().many().names(PROTOCOL_NAMES),
    OPT_PERIOD = Field::u32("lcp.opt.reporting_period", "reporting period in 1/100 s").many(),
    OPT_MAGIC = Field::u32("lcp.opt.magic_number", "magic number").hex().many(),
    OPT_OPERATION = Field::u8("lcp.opt.operation", "callback operation").many().names(OPERATION_NAMES),
    OPT_MRRU = Field::u16("lcp.opt.mrru", "multilink receive unit").many(),
    OPT_CLASS = Field::u8("lcp.opt.ep_disc_class", "endpoint class").many().names(CLASS_NAMES),
    OPT_FCS = Field::u8("lcp.opt.fcs_alternatives", "check sequences").hex().many(),
    OPT_FCS_32 = Field::bool("lcp.opt.fcs_alternatives.ccitt32", "32 bits").many(),
    OPT_FCS_16 = Field::bool("lcp.opt.fcs_alternatives.ccitt16", "16 bits").many(),
    OPT_FCS_NONE = Field::bool("lcp.opt.fcs_alternatives.null", "none").many(),
    OPT_PADDING = Field::u8("lcp.opt.maximum", "bytes of padding at most").many(),
    OPT_LINK = Field::u16("lcp.opt.link_discrim", "link").many(),
    OPT_OUI = Field::u24("lcp.opt.oui", "organization").many(),
    OPT_KIND = Field::u8("lcp.opt.kind", "its kind").many(),
    OPT_CHARSET = Field::u32("nd.lcp.opt.charset", "character set").names(CHARSET_NAMES).many(),
    OPT_DATA = Field::bytes("lcp.opt.data", "option data").many();
    control::CODE,
    control::IDENTIFIER,
    control::LENGTH,
    control::DATA,
}

static PROTOCOL: Protocol = Protocol {
    name: "lcp",
    title: "PPP LCP",
    about: "Link Control Protocol of PPP (RFC 1661)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&PPP_PROTOCOL, 0xc021)];
static CARRIES: &[&Table] = &[&PPP_PROTOCOL];

const PROTOCOL_REJECT: u8 = 8;
/// Bytes of a vendor's option without its values, and of one with a character set.
const VENDOR_LEN: u8 = 6;
const CHARSET_LEN: u8 = 6;
/// Authentication protocol whose option names an algorithm.
const CHAP: u16 = 0xc223;

/// Link Control Protocol.
#[derive(Debug)]
pub struct Lcp;

impl Dissector for Lcp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let len = control::measure(data)?;
        match (data, u16_at(data, HEADER)) {
            (&[PROTOCOL_REJECT, ..], Some(rejected)) => Ok(Parsed::new(
                HEADER.saturating_add(2),
                len,
                Next::Quoted { nth: 0, value: rejected.into() },
            )),
            _ => Ok(Parsed::end(len)),
        }
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let code = control::head(walk)?;
        let after_magic = HEADER.saturating_add(4);
        match code {
            _ if control::has_options(code) => control::options(walk, option)?,
            _ if control::has_data(code) => control::rest(walk, &control::DATA, HEADER)?,
            // RFC 2153 section 1.1.
            0 => {
                walk.u32(&VENDOR_MAGIC, HEADER)?;
                walk.u24(&VENDOR_OUI, after_magic)?;
                walk.u8(&VENDOR_KIND, after_magic.saturating_add(3))?;
                control::rest(walk, &control::DATA, after_magic.saturating_add(4))?;
            }
            PROTOCOL_REJECT => _ = walk.u16(&REJ_PROTO, HEADER)?,
            9..=11 => {
                walk.u32(&MAGIC, HEADER)?;
                control::rest(walk, &DATA, after_magic)?;
            }
            12 => {
                walk.u32(&MAGIC, HEADER)?;
                message(walk, after_magic)?;
            }
            13 => {
                walk.u32(&MAGIC, HEADER)?;
                walk.u32(&SECS_REMAINING, after_magic)?;
                message(walk, after_magic.saturating_add(4))?;
            }
            _ => control::rest(walk, &control::DATA, HEADER)?,
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        control::summary(layer, out)
    }
}

fn message(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let len = walk.data().len().saturating_sub(at);
    if len > 0 {
        walk.text(&MESSAGE, at, len)?;
    }
    Some(())
}

fn option(walk: &mut Walk<'_, '_>, kind: u8, at: usize, len: u8) -> Option<()> {
    // An option whose length its kind does not allow says nothing.
    let allowed = match kind {
        7 | 8 | 15 | 18 => len == 2,
        1 | 17 | 23 => len == 4,
        2 | 5 => len == 6,
        3 | 4 => len >= 4,
        9 | 10 | 13 | 19 => len >= 3,
        _ => OPT_TYPE.name_of(kind.into()).is_some(),
    };
    if !allowed {
        return Some(());
    }
    walk.u8(&OPT_TYPE, at)?;
    walk.u8(&OPT_LENGTH, at.saturating_add(1))?;
    let body = at.saturating_add(2);
    match kind {
        // Of RFC 2153 section 2.1.
        0 if len >= VENDOR_LEN => {
            walk.u24(&OPT_OUI, body)?;
            walk.u8(&OPT_KIND, body.saturating_add(3))?;
            data(walk, body.saturating_add(4), len.saturating_sub(VENDOR_LEN))?;
        }
        1 => _ = walk.u16(&OPT_MRU, body)?,
        2 => _ = walk.u32(&OPT_ASYNCMAP, body)?,
        3 => {
            let auth = walk.u16(&OPT_AUTH, body)?;
            if auth == CHAP && len > 4 {
                walk.u8(&OPT_ALGORITHM, body.saturating_add(2))?;
            }
        }
        4 => {
            walk.u16(&OPT_QUALITY, body)?;
            if len == 8 {
                walk.u32(&OPT_PERIOD, body.saturating_add(2))?;
            }
        }
        5 => _ = walk.u32(&OPT_MAGIC, body)?,
        9 => {
            let place = body..body.saturating_add(1);
            let all = u8_at(walk.data(), body)?;
            walk.open(&OPT_FCS, place.clone(), Value::Uint(all.into()))?;
            walk.bits(&[(&OPT_FCS_32, 4), (&OPT_FCS_16, 2), (&OPT_FCS_NONE, 1)], place, all)?;
            walk.close();
        }
        10 => _ = walk.u8(&OPT_PADDING, body)?,
        13 => {
            walk.u8(&OPT_OPERATION, body)?;
            data(walk, body.saturating_add(1), len.saturating_sub(3))?;
        }
        17 => _ = walk.u16(&OPT_MRRU, body)?,
        23 => _ = walk.u16(&OPT_LINK, body)?,
        // RFC 2484 section 3; the language may be left out.
        28 if len >= CHARSET_LEN => _ = walk.u32(&OPT_CHARSET, body)?,
        19 => {
            walk.u8(&OPT_CLASS, body)?;
            data(walk, body.saturating_add(1), len.saturating_sub(3))?;
        }
        _ => {}
    }
    Some(())
}

fn data(walk: &mut Walk<'_, '_>, at: usize, len: u8) -> Option<()> {
    if len > 0 {
        walk.bytes(&OPT_DATA, at, len.into())?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::testing::Seen;

    fn seen(code: u8, body: &str) -> Seen {
        Seen::ppp(0xc021, code, body)
    }

    #[test]
    fn options() {
        let seen = seen(
            1,
            "010405dc 0206000a0000 0305c22305 0408c02500000064 0506deadbeef 0702 0d0306 1104064e 1306010a0b0c",
        );
        assert_eq!(seen.protocols, "ppp:lcp");
        assert_eq!(seen.info, "Configuration Request");
        seen.expect(&[
            ("ppp.code", "1"),
            ("ppp.identifier", "7"),
            ("lcp.opt.type", "1,2,3,4,5,7,13,17,19"),
            ("lcp.opt.length", "4,6,5,8,6,2,3,4,6"),
            ("lcp.opt.mru", "1500"),
            ("lcp.opt.asyncmap", "0x000a0000"),
            ("lcp.opt.auth_protocol", "0xc223"),
            ("lcp.opt.algorithm", "5"),
            ("lcp.opt.quality_protocol", "0xc025"),
            ("lcp.opt.reporting_period", "100"),
            ("lcp.opt.magic_number", "0xdeadbeef"),
            ("lcp.opt.operation", "6"),
            ("lcp.opt.mrru", "1614"),
            ("lcp.opt.ep_disc_class", "1"),
            ("lcp.opt.data", "0a0b0c"),
        ]);
    }

    #[test]
    fn rare_options() {
        seen(1, "090302 0a0308 17040007 1c060000006a 000700005e01ff").expect(&[
            ("lcp.opt.type", "9,10,23,28,0"),
            ("lcp.opt.fcs_alternatives", "0x02"),
            ("lcp.opt.fcs_alternatives.ccitt16", "1"),
            ("lcp.opt.fcs_alternatives.null", "0"),
            ("lcp.opt.maximum", "8"),
            ("lcp.opt.link_discrim", "7"),
            ("nd.lcp.opt.charset", "106"),
            ("lcp.opt.oui", "94"),
            ("lcp.opt.kind", "1"),
            ("lcp.opt.data", "ff"),
        ]);
    }

    #[test]
    fn options_without_sense_are_left_out() {
        seen(1, "010505dc00 0506deadbeef").expect(&[("lcp.opt.type", "5")]);
        seen(1, "010005dc").expect(&[("lcp.opt.type", "")]);
    }

    #[test]
    fn other_codes() {
        seen(0, "11111111 00005e 01 616263").expect(&[
            ("ppp.magic_number", "0x11111111"),
            ("ppp.oui", "94"),
            ("ppp.kind", "1"),
            ("ppp.data", "616263"),
        ]);
        seen(5, "557365").expect(&[("ppp.data", "557365")]);
        seen(9, "deadbeef01").expect(&[("lcp.magic_number", "0xdeadbeef"), ("lcp.data", "01")]);
        seen(12, "deadbeef414243").expect(&[("lcp.message", "ABC")]);
        seen(13, "deadbeef0000000a").expect(&[("lcp.secs_remaining", "10"), ("lcp.message", "")]);
        let reject = seen(8, "8057 01010004");
        assert_eq!(reject.protocols, "ppp:lcp:ipv6cp");
        assert_eq!(reject.info, "Protocol Reject");
        reject.expect(&[("lcp.rej_proto", "0x8057"), ("ppp.code", "8,1")]);
    }
}
