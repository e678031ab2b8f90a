//! RTP (RFC 3550 section 5), on ports that a description of a session announces.

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, name_of};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    VERSION = Field::u8("rtp.version", "version"),
    PADDING = Field::bool("rtp.padding", "padded"),
    EXT = Field::bool("rtp.ext", "extended"),
    CC = Field::u8("rtp.cc", "contributing sources"),
    MARKER = Field::bool("rtp.marker", "marker"),
    P_TYPE = Field::u8("rtp.p_type", "payload type").key().names(TYPE_NAMES),
    SEQ = Field::u16("rtp.seq", "sequence number").key(),
    TIMESTAMP = Field::u32("rtp.timestamp", "timestamp").key(),
    SSRC = Field::u32("rtp.ssrc", "source").hex().key(),
    CSRC = Field::u32("rtp.csrc.item", "contributing source").hex().many(),
    EXT_PROFILE = Field::u16("rtp.ext.profile", "extension profile").hex(),
    EXT_LENGTH = Field::u16("rtp.ext.len", "extension length"),
    PAYLOAD = Field::bytes("rtp.payload", "payload"),
}

static PROTOCOL: Protocol = Protocol {
    name: "rtp",
    title: "RTP",
    about: "Real-Time Transport Protocol (RFC 3550)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::heuristic(&UDP_PORT)];

/// RFC 3551 section 6.
const TYPE_NAMES: &[(u64, &str)] = &[
    (0, "PCMU"),
    (3, "GSM"),
    (4, "G723"),
    (5, "DVI4 8000"),
    (6, "DVI4 16000"),
    (7, "LPC"),
    (8, "PCMA"),
    (9, "G722"),
    (10, "L16 stereo"),
    (11, "L16 mono"),
    (12, "QCELP"),
    (13, "comfort noise"),
    (14, "MPA"),
    (15, "G728"),
    (18, "G729"),
    (25, "CelB"),
    (26, "JPEG"),
    (28, "nv"),
    (31, "H261"),
    (32, "MPV"),
    (33, "MP2T"),
    (34, "H263"),
];

const HEADER: usize = 12;

/// RTP.
#[derive(Debug)]
pub struct Rtp;

impl Dissector for Rtp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let [first, ..] = fixed::<HEADER>(data)?;
        if first >> 6 != 2 {
            return Err(Fault::Malformed("no version 2 (rtp.version)"));
        }
        Ok(Parsed::end(data.len()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let first = u8_at(walk.data(), 0)?;
        let second = u8_at(walk.data(), 1)?;
        walk.uint(&VERSION, 0..1, first >> 6)?;
        walk.bool(&PADDING, 0..1, first & 0x20 != 0)?;
        walk.bool(&EXT, 0..1, first & 0x10 != 0)?;
        walk.uint(&CC, 0..1, first & 0x0f)?;
        walk.bool(&MARKER, 1..2, second & 0x80 != 0)?;
        walk.uint(&P_TYPE, 1..2, second & 0x7f)?;
        walk.u16(&SEQ, 2)?;
        walk.u32(&TIMESTAMP, 4)?;
        walk.u32(&SSRC, 8)?;
        let mut at = HEADER;
        for _ in 0..first & 0x0f {
            walk.u32(&CSRC, at)?;
            at = at.saturating_add(4);
        }
        if first & 0x10 != 0 {
            walk.u16(&EXT_PROFILE, at)?;
            let words = usize::from(walk.u16(&EXT_LENGTH, at.saturating_add(2))?);
            at = at.saturating_add(4).saturating_add(words.saturating_mul(4));
        }
        let len = walk.data().len().checked_sub(at).filter(|&len| len > 0)?;
        walk.bytes(&PAYLOAD, at, len).map(|_| ())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let second = u8_at(data, 1).unwrap_or_default();
        match name_of(TYPE_NAMES, (second & 0x7f).into()) {
            Some(name) => write!(out, "PT={name}")?,
            None => write!(out, "PT={}", second & 0x7f)?,
        }
        write!(
            out,
            ", SSRC=0x{:08X}, Seq={}, Time={}{}",
            u32_at(data, 8).unwrap_or_default(),
            u16_at(data, 2).unwrap_or_default(),
            u32_at(data, 4).unwrap_or_default(),
            if second & 0x80 != 0 { ", Mark" } else { "" }
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    #[test]
    fn a_header_with_all_its_parts() {
        let data = bytes("9180 0007 000000a0 deadbeef 00000001 bede0001 10ff0000 0102");
        let seen = Talk::new("rtp").datagram(0, &data);
        assert_eq!(seen.info, "PT=PCMU, SSRC=0xDEADBEEF, Seq=7, Time=160, Mark");
        seen.expect(&[("rtp.csrc.item", "0x00000001"), ("rtp.ext.len", "1"), ("rtp.payload", "0102")]);
        Talk::new("rtp").survives(&data);
    }
}
