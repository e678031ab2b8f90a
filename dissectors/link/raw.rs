//! Raw IP: no link layer at all (LINKTYPE_RAW and its older numbers). The first bytes tell what it is.

use core::fmt;

use crate::bytes::u8_at;
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::Protocol;
use crate::frame::LinkType;
use crate::link::ethernet::{ETHERTYPE, TYPE_IPV4, TYPE_IPV6};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

static PROTOCOL: Protocol =
    Protocol { name: "raw", title: "raw IP", about: "IP without a link layer", fields: &[], via: None };

static KEYS: &[Key] =
    &[Key::new(&LINK_TYPE, LinkType::RAW.0), Key::new(&LINK_TYPE, 12), Key::new(&LINK_TYPE, 14)];
static CARRIES: &[&Table] = &[&ETHERTYPE, &LINK_TYPE];

/// Address and control bytes of PPP.
const PPP: &[u8] = &[0xff, 0x03];
/// Linux ISDN puts a made-up link-layer address before PPP, or one byte, or zeros in place of both.
const PPP_AT: [usize; 3] = [0, 6, 1];
const ZEROS: &[u8] = &[0; 10];

/// Raw IP.
#[derive(Debug)]
pub struct Raw;

impl Dissector for Raw {
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
        let first = u8_at(data, 0).ok_or(Fault::Short { need: 1, have: 0 })?;
        let ip =
            |header, kind: u16| Parsed::new(header, usize::MAX, Next::Table { nth: 0, value: kind.into() });
        if let Some(at) =
            PPP_AT.into_iter().find(|&at| data.get(at..).is_some_and(|rest| rest.starts_with(PPP)))
        {
            return Ok(Parsed::new(at, usize::MAX, Next::Table { nth: 1, value: LinkType::PPP.0 }));
        }
        Ok(match first >> 4 {
            _ if data.starts_with(ZEROS) => ip(ZEROS.len(), TYPE_IPV4),
            4 => ip(0, TYPE_IPV4),
            6 => ip(0, TYPE_IPV6),
            _ => Parsed::new(0, usize::MAX, Next::Data),
        })
    }

    fn fields(&self, _walk: &mut Walk<'_, '_>) -> Option<()> {
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} bytes", layer.data().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[track_caller]
    fn reads(front: &str, protocols: &str) {
        let frame = [bytes(front), bytes(UDP)].concat();
        assert_eq!(Seen::new(LinkType::RAW, &frame).protocols, protocols);
        survives(LinkType::RAW, &frame);
    }

    #[test]
    fn the_first_bytes_tell() {
        reads("", "raw:ip:udp");
        reads("ff030021", "raw:ppp:ip:udp");
        reads("00000000000000000000", "raw:ip:udp");
        reads("010203040506 ff030021", "raw:ppp:ip:udp");
        reads("50", "raw:data");
        let six =
            bytes("60000000 00003b40 00000000000000000000000000000001 00000000000000000000000000000002");
        assert_eq!(Seen::new(LinkType::RAW, &six).protocols, "raw:ipv6");
    }
}
