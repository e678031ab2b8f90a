//! RTP (RFC 3550 section 5), on ports that a description of a session announces.

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value, name_of};
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
    EXT_LENGTH = Field::u16("rtp.ext.len", "extension length in words"),
    HAS_ELEMENTS = Field::flag("rtp.hdr_exts", "extension").hidden(),
    EXTENSION = Field::bytes("nd.rtp.ext.content", "extension"),
    ELEMENT_ID = Field::u8("rtp.ext.rfc5285.id", "element").many(),
    ELEMENT_LENGTH = Field::u8("rtp.ext.rfc5285.len", "length").many(),
    ELEMENT = Field::bytes("rtp.ext.rfc5285.data", "value").many(),
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
/// Profiles of extensions whose elements have heads of one byte and of two (RFC 8285 sections 4.2 and 4.3); of the
/// latter the lowest four bits are the application's.
const ONE_BYTE: u16 = 0xbede;
const TWO_BYTES: u16 = 0x1000;

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
            let profile = walk.u16(&EXT_PROFILE, at)?;
            let words = usize::from(walk.u16(&EXT_LENGTH, at.saturating_add(2))?);
            let start = at.saturating_add(4);
            at = start.saturating_add(words.saturating_mul(4));
            let end = at.min(walk.data().len());
            if words > 0 {
                walk.flag(&HAS_ELEMENTS, start..end)?;
                walk.open(&EXTENSION, start..end, Value::Bytes(walk.data().get(start..end)?))?;
                elements(walk, profile, start, end)?;
                walk.close();
            }
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

/// The elements of an extension (RFC 8285 section 4); one of another profile has a form of its own.
fn elements(walk: &mut Walk<'_, '_>, profile: u16, at: usize, end: usize) -> Option<()> {
    let is_short = profile == ONE_BYTE;
    if !is_short && profile & 0xfff0 != TWO_BYTES {
        return Some(());
    }
    let mut at = at;
    while at < end {
        let first = u8_at(walk.data(), at)?;
        let next = at.saturating_add(1);
        if first == 0 {
            // Padding.
            at = next;
            continue;
        }
        let (id, length, start) = if is_short {
            (first >> 4, (first & 0x0f).saturating_add(1), next)
        } else {
            (first, u8_at(walk.data(), next)?, next.saturating_add(1))
        };
        at = start.saturating_add(length.into());
        // In the form of one byte these two are no elements, and what follows them must not be read.
        if at > end || is_short && matches!(id, 0 | 15) {
            break;
        }
        walk.uint(&ELEMENT_ID, next.saturating_sub(1)..next, id)?;
        walk.uint(&ELEMENT_LENGTH, start.saturating_sub(1)..start, length)?;
        if length > 0 {
            walk.bytes(&ELEMENT, start, length.into())?;
        }
    }
    Some(())
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
        seen.expect(&[("nd.rtp.ext.content", "10ff0000"), ("rtp.ext.rfc5285.data", "ff")]);
        Talk::new("rtp").survives(&data);
    }

    /// What tshark 4.0 reads in the same bytes.
    #[test]
    fn elements_of_extensions() {
        let elements = |extension: &str| {
            let data = [bytes("9000 0007 000000a0 deadbeef"), bytes(extension)].concat();
            let seen = Talk::new("rtp").datagram(0, &data);
            ["id", "len", "data"].map(|part| seen.get(&alloc::format!("rtp.ext.rfc5285.{part}")))
        };
        assert_eq!(elements("bede0002 10ff 00 21 0102 0000"), ["1,2", "1,2", "ff,0102"]);
        assert_eq!(elements("bede0001 10aa f0bb"), ["1", "1", "aa"]);
        assert_eq!(elements("bede0001 0510aa00"), ["", "", ""]);
        assert_eq!(elements("bede0001 1faaaaaa"), ["", "", ""]);
        assert_eq!(elements("100f0002 0100 02010a 00 0300"), ["1,2,3", "0,1,0", "0a"]);
        assert_eq!(elements("12340001 01020304"), ["", "", ""]);
    }
}
