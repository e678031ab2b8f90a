//! Router-port Group Management Protocol (RFC 3488): messages laid out as those of IGMP version 2, by which routers
//! tell switches which groups they want.

use core::fmt;
use core::net::Ipv4Addr;

use crate::bytes::{chunk, fixed, u8_at};
use crate::checksum::Status;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::network::igmp::IGMP_TYPE;
use crate::network::{message_status, status_field};
use crate::packet::Layer;
use crate::walk::Walk;

const TYPE_NAMES: &[(u64, &str)] = &[(0xfc, "Leave"), (0xfd, "Join"), (0xfe, "Bye"), (0xff, "Hello")];

fields! {
    TYPE = Field::u8("rgmp.type", "type").hex().key().names(TYPE_NAMES),
    RESERVED = Field::bytes("rgmp.reserved", "reserved"),
    CHECKSUM = Field::u16("rgmp.checksum", "checksum").hex(),
    CHECKSUM_STATUS = status_field("rgmp.checksum.status"),
    MADDR = Field::ipv4("rgmp.maddr", "group").key(),
}

static PROTOCOL: Protocol = Protocol {
    name: "rgmp",
    title: "RGMP",
    about: "Router-port Group Management Protocol (RFC 3488)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&IGMP_TYPE, 0xfc),
    Key::new(&IGMP_TYPE, 0xfd),
    Key::new(&IGMP_TYPE, 0xfe),
    Key::new(&IGMP_TYPE, 0xff),
];

/// Bytes of a message.
const LEN: usize = 8;

/// Router-port Group Management Protocol.
#[derive(Debug)]
pub struct Rgmp;

impl Dissector for Rgmp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        fixed::<LEN>(data)?;
        Ok(Parsed::end(data.len()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&TYPE, 0)?;
        walk.bytes(&RESERVED, 1, 1)?;
        walk.u16(&CHECKSUM, 2)?;
        let status = message_status(&walk.layer(), walk.data(), |data, _| crate::checksum::sum(data));
        walk.uint(&CHECKSUM_STATUS, 2..4, status.map_or(Status::Unverified, |found| found.0) as u8)?;
        walk.ipv4(&MADDR, 4).map(|_| ())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(kind), Some(group)) = (u8_at(data, 0), chunk::<4>(data, 4).map(Ipv4Addr::from)) else {
            return out.write_str("message cut");
        };
        out.write_str(TYPE.name_of(kind.into()).unwrap_or("message"))?;
        if group.is_unspecified() { Ok(()) } else { write!(out, " group {group}") }
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    #[test]
    fn a_join_names_its_group_and_is_no_igmp() {
        let mut frame = bytes("01005e000019 020000000001 0800");
        frame.extend(bytes("45c0001c 00000000 0102 0000 0a000001 e0000019"));
        frame.extend(bytes("fd00 1ffa e1010203"));
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:ip:igmp:rgmp");
        assert_eq!(seen.info, "Join group 225.1.2.3");
        seen.expect(&[
            ("rgmp.type", "0xfd"),
            ("rgmp.reserved", "00"),
            ("rgmp.checksum", "0x1ffa"),
            ("rgmp.checksum.status", "1"),
            ("rgmp.maddr", "225.1.2.3"),
            ("igmp.type", ""),
        ]);
        survives(LinkType::ETHERNET, &frame);
    }
}
