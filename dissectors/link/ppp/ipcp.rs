//! Internet Protocol Control Protocol of PPP (RFC 1332; RFC 1877 for name servers; RFC 2509 and RFC 3241 for header
//! compression).

use core::fmt;

use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::link::ppp::{PPP_PROTOCOL, control};
use crate::packet::Layer;
use crate::walk::Walk;

const OPTION_NAMES: &[(u64, &str)] = &[
    (1, "IP Addresses (deprecated)"),
    (2, "IP Compression Protocol"),
    (3, "IP Address"),
    (4, "Mobile Node's Home IP Address"),
    (129, "Primary DNS Server IP Address"),
    (130, "Primary NBNS Server IP Address"),
    (131, "Secondary DNS Server IP Address"),
    (132, "Secondary NBNS Server IP Address"),
];
/// What ROHC's parameters add (RFC 3241 section 2.1).
const ROHC_NAMES: &[(u64, &str)] = &[(1, "profiles")];
/// Profiles of ROHC (IANA `rohc-pro-ids`).
const PROFILE_NAMES: &[(u64, &str)] = &[
    (0x0000, "uncompressed"),
    (0x0001, "RTP"),
    (0x0002, "UDP"),
    (0x0003, "ESP"),
    (0x0004, "IP"),
    (0x0006, "TCP"),
    (0x0007, "RTP over UDP-Lite"),
    (0x0008, "UDP-Lite"),
];
const COMPRESSION_NAMES: &[(u64, &str)] =
    &[(0x0003, "Robust Header Compression"), (0x002d, "Van Jacobson"), (0x0061, "IPHC")];

fields! {
    OPT_TYPE = Field::u8("ipcp.opt.type", "option").many().names(OPTION_NAMES),
    OPT_LENGTH = Field::u8("ipcp.opt.length", "option length").many(),
    OPT_ADDRESS = Field::ipv4("ipcp.opt.ip_address", "address").many(),
    OPT_COMPRESSION =
        Field::u16("ipcp.opt.compress_proto", "compression protocol").hex().many().names(COMPRESSION_NAMES),
    OPT_MAX_SLOT = Field::u8("ipcp.opt.max_slot_id", "highest slot").many(),
    OPT_COMP_SLOT = Field::bool("ipcp.opt.comp_slot_id", "slot may be compressed").many(),
    OPT_TCP_SPACE = Field::u16("ipcp.opt.tcp_space", "TCP contexts").many(),
    OPT_NON_TCP_SPACE = Field::u16("ipcp.opt.non_tcp_space", "other contexts").many(),
    OPT_MAX_PERIOD = Field::u16("ipcp.opt.f_max_period", "packets between full headers").many(),
    OPT_MAX_TIME = Field::u16("ipcp.opt.f_max_time", "seconds between full headers").many(),
    OPT_MAX_HEADER = Field::u16("ipcp.opt.max_header", "longest header").many(),
    OPT_SOURCE = Field::ipv4("ipcp.opt.src_address", "source").many(),
    OPT_DESTINATION = Field::ipv4("ipcp.opt.dst_address", "destination").many(),
    OPT_MAX_CID = Field::u16("ipcp.opt.max_cid", "highest context").many(),
    OPT_MRRU = Field::u16("ipcp.opt.mrru", "longest packet put together").many(),
    OPT_ROHC_TYPE = Field::u8("ipcp.opt.rohc.type", "parameter").many().names(ROHC_NAMES),
    OPT_ROHC_LENGTH = Field::u8("ipcp.opt.rohc.length", "parameter length").many(),
    OPT_PROFILE = Field::u16("ipcp.opt.rohc.profile", "profile").hex().many().names(PROFILE_NAMES),
    OPT_DNS_1 = Field::ipv4("ipcp.opt.pri_dns_address", "primary name server").many(),
    OPT_NBNS_1 = Field::ipv4("ipcp.opt.pri_nbns_address", "primary NetBIOS name server").many(),
    OPT_DNS_2 = Field::ipv4("ipcp.opt.sec_dns_address", "secondary name server").many(),
    OPT_NBNS_2 = Field::ipv4("ipcp.opt.sec_nbns_address", "secondary NetBIOS name server").many();
    control::CODE,
    control::IDENTIFIER,
    control::LENGTH,
    control::DATA,
}

static PROTOCOL: Protocol = Protocol {
    name: "ipcp",
    title: "PPP IPCP",
    about: "Internet Protocol Control Protocol of PPP (RFC 1332)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&PPP_PROTOCOL, 0x8021)];

const ROHC: u16 = 0x0003;
const VAN_JACOBSON: u16 = 0x002d;
const IPHC: u16 = 0x0061;
/// Bytes of an option with Van Jacobson's parameters, and of one with IPHC's.
const VJ_LEN: u8 = 6;
const IPHC_LEN: u8 = 14;
const ROHC_LEN: u8 = 10;
/// ROHC's parameter that lists profiles.
const PROFILES: u8 = 1;

/// Internet Protocol Control Protocol.
#[derive(Debug)]
pub struct Ipcp;

impl Dissector for Ipcp {
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
            control::options(walk, option)
        } else {
            control::rest(walk, &control::DATA, control::HEADER)
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        control::summary(layer, out)
    }
}

fn option(walk: &mut Walk<'_, '_>, kind: u8, at: usize, len: u8) -> Option<()> {
    // An option whose length its kind does not allow says nothing.
    let allowed = match kind {
        1 => len == 10,
        2 => len >= 4,
        3 | 4 | 129..=132 => len == 6,
        _ => false,
    };
    if !allowed {
        return Some(());
    }
    if kind == 2 {
        return compression_option(walk, at, len);
    }
    walk.u8(&OPT_TYPE, at)?;
    walk.u8(&OPT_LENGTH, at.saturating_add(1))?;
    let body = at.saturating_add(2);
    match kind {
        1 => {
            walk.ipv4(&OPT_SOURCE, body)?;
            walk.ipv4(&OPT_DESTINATION, body.saturating_add(4))?;
        }
        3 => _ = walk.ipv4(&OPT_ADDRESS, body)?,
        129 => _ = walk.ipv4(&OPT_DNS_1, body)?,
        130 => _ = walk.ipv4(&OPT_NBNS_1, body)?,
        131 => _ = walk.ipv4(&OPT_DNS_2, body)?,
        132 => _ = walk.ipv4(&OPT_NBNS_2, body)?,
        _ => {}
    }
    Some(())
}

/// A header compression and its parameters, in an option of `len` bytes at `at`.
pub(super) fn compression_option(walk: &mut Walk<'_, '_>, at: usize, len: u8) -> Option<()> {
    walk.u8(&OPT_TYPE, at)?;
    walk.u8(&OPT_LENGTH, at.saturating_add(1))?;
    let body = at.saturating_add(2);
    let protocol = walk.u16(&OPT_COMPRESSION, body)?;
    let at = |skip: usize| body.saturating_add(skip);
    match protocol {
        VAN_JACOBSON if len >= VJ_LEN => {
            walk.u8(&OPT_MAX_SLOT, at(2))?;
            let slot = crate::bytes::u8_at(walk.data(), at(3))?;
            walk.bool(&OPT_COMP_SLOT, at(3)..at(4), slot & 1 != 0)?;
        }
        IPHC if len >= IPHC_LEN => {
            walk.u16(&OPT_TCP_SPACE, at(2))?;
            walk.u16(&OPT_NON_TCP_SPACE, at(4))?;
            walk.u16(&OPT_MAX_PERIOD, at(6))?;
            walk.u16(&OPT_MAX_TIME, at(8))?;
            walk.u16(&OPT_MAX_HEADER, at(10))?;
        }
        ROHC if len >= ROHC_LEN => {
            walk.u16(&OPT_MAX_CID, at(2))?;
            walk.u16(&OPT_MRRU, at(4))?;
            walk.u16(&OPT_MAX_HEADER, at(6))?;
            let more = usize::from(len).saturating_sub(ROHC_LEN.into());
            rohc(Cursor::new(walk, at(8), at(8).saturating_add(more)))?;
        }
        _ => {}
    }
    Some(())
}

/// What may follow ROHC's parameters: the profiles (RFC 3241 section 2.2).
fn rohc(mut body: Cursor<'_, '_, '_>) -> Option<()> {
    while body.left() >= 2 {
        let kind = body.u8(&OPT_ROHC_TYPE)?;
        let len = usize::from(body.u8(&OPT_ROHC_LENGTH)?).saturating_sub(2);
        body.part(len, |part| {
            while kind == PROFILES && part.left() >= 2 {
                part.u16(&OPT_PROFILE)?;
            }
            Some(())
        })?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::testing::Seen;

    fn seen(code: u8, body: &str) -> Seen {
        Seen::ppp(0x8021, code, body)
    }

    #[test]
    fn addresses() {
        seen(1, "0306c0a80201 810600000000 830600000001 820601020304 840601020305").expect(&[
            ("ipcp.opt.type", "3,129,131,130,132"),
            ("ipcp.opt.ip_address", "192.168.2.1"),
            ("ipcp.opt.pri_dns_address", "0.0.0.0"),
            ("ipcp.opt.sec_dns_address", "0.0.0.1"),
            ("ipcp.opt.pri_nbns_address", "1.2.3.4"),
            ("ipcp.opt.sec_nbns_address", "1.2.3.5"),
        ]);
    }

    #[test]
    fn header_compression() {
        seen(1, "0206002d0f01").expect(&[
            ("ipcp.opt.compress_proto", "0x002d"),
            ("ipcp.opt.max_slot_id", "15"),
            ("ipcp.opt.comp_slot_id", "1"),
        ]);
        seen(1, "020e0061 000f 000e 0100 0005 00a8").expect(&[
            ("ipcp.opt.tcp_space", "15"),
            ("ipcp.opt.non_tcp_space", "14"),
            ("ipcp.opt.f_max_period", "256"),
            ("ipcp.opt.f_max_time", "5"),
            ("ipcp.opt.max_header", "168"),
        ]);
        seen(1, "020e0003 000f 0000 00a8 01040001").expect(&[
            ("ipcp.opt.max_cid", "15"),
            ("ipcp.opt.mrru", "0"),
            ("ipcp.opt.max_header", "168"),
            ("ipcp.opt.rohc.type", "1"),
            ("ipcp.opt.rohc.length", "4"),
            ("ipcp.opt.rohc.profile", "0x0001"),
        ]);
        seen(1, "010a c0000201 c0000202")
            .expect(&[("ipcp.opt.src_address", "192.0.2.1"), ("ipcp.opt.dst_address", "192.0.2.2")]);
        seen(5, "aabb").expect(&[("ppp.data", "aabb")]);
    }
}
