//! User Datagram Protocol (RFC 768).

use core::fmt;

use crate::bytes::{fixed, u16_at};
use crate::checksum::{self, STATUS_NAMES, Status};
use crate::dissector::{Context, Dissector, Fault, Key, Net, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::network::IP_PROTO;
use crate::packet::Layer;
use crate::walk::Walk;

/// UDP port numbers.
pub static UDP_PORT: Table = Table { name: "udp.port" };

fields! {
    SRCPORT = Field::u16("udp.srcport", "source port").key(),
    DSTPORT = Field::u16("udp.dstport", "destination port").key(),
    PORT = Field::u16("udp.port", "port").many().hidden(),
    LENGTH = Field::u16("udp.length", "length"),
    CHECKSUM = Field::u16("udp.checksum", "checksum").hex(),
    CHECKSUM_STATUS = Field::u8("udp.checksum.status", "checksum status").names(STATUS_NAMES),
    CHECKSUM_CALCULATED = Field::u16("udp.checksum_calculated", "calculated checksum").hex(),
    STREAM = Field::u32("udp.stream", "stream").key(),
    TIME_RELATIVE = Field::duration("udp.time_relative", "since the stream's first"),
    TIME_DELTA = Field::duration("udp.time_delta", "since the stream's previous"),
    PAYLOAD = Field::bytes("udp.payload", "payload"),
    COMMUNITY_ID = Field::text("nd.community_id", "community ID"),
}

static PROTOCOL: Protocol = Protocol {
    name: "udp",
    title: "UDP",
    about: "User Datagram Protocol (RFC 768)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, PROTOCOL_NUMBER as u32)];
static CARRIES: &[&Table] = &[&UDP_PORT];

const PROTOCOL_NUMBER: u8 = 17;
/// Bytes of the header.
const HEADER: usize = 8;

/// User Datagram Protocol.
#[derive(Debug)]
pub struct Udp;

impl Dissector for Udp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[s1, s0, d1, d0, l1, l0, ..] = fixed::<HEADER>(data)?;
        let (src, dst) = (u16::from_be_bytes([s1, s0]), u16::from_be_bytes([d1, d0]));
        cx.ports = Some((src, dst));
        let len = match usize::from(u16::from_be_bytes([l1, l0])) {
            // A jumbogram (RFC 2675 section 4) or nonsense: the datagram reaches as far as its carrier.
            0 => cx.wire_len,
            1..HEADER => return Err(Fault::Malformed("length below 8 (udp.length)")),
            len => len,
        };
        // A piece of a datagram, or a quoted one, is shorter than its header says. Where the IP length reaches as far,
        // the frame is what is short.
        let claims_more = |net: Net| !net.piece && len as u64 > u64::from(net.payload_len);
        if len > cx.wire_len && !cx.quoted && cx.net.is_some_and(claims_more) {
            cx.flaw(Fault::Malformed("length beyond the IP payload (udp.length)"));
        }
        Ok(Parsed::new(HEADER, len, Next::Datagram { src, dst }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let src = walk.u16(&SRCPORT, 0)?;
        let dst = walk.u16(&DSTPORT, 2)?;
        walk.uint(&PORT, 0..2, src)?;
        walk.uint(&PORT, 2..4, dst)?;
        let length = walk.u16(&LENGTH, 4)?;
        let found = walk.u16(&CHECKSUM, 6)?;
        // The sum goes over the whole datagram.
        if walk.wants(&CHECKSUM_STATUS) || walk.wants(&CHECKSUM_CALCULATED) {
            let (status, expected) = verify(&walk.layer(), length, found);
            if let Some(expected) = expected {
                walk.uint(&CHECKSUM_CALCULATED, 6..8, expected)?;
            }
            walk.uint(&CHECKSUM_STATUS, 6..8, status as u8)?;
        }
        let number = walk.layer().number();
        if let Some(stream) = walk.facts().quoted_stream(number) {
            walk.uint(&STREAM, 0..0, stream)?;
        }
        if let Some(facts) = walk.facts().udp_at(number) {
            walk.uint(&STREAM, 0..0, facts.stream)?;
            walk.emit(&TIME_RELATIVE, 0..0, Value::Duration(facts.since_first))?;
            walk.emit(&TIME_DELTA, 0..0, Value::Duration(facts.since_previous))?;
        }
        if let Some(id) = walk.facts().community_id_at(walk.layer().number()) {
            walk.emit(&COMMUNITY_ID, 0..0, Value::Text(id.as_bytes()))?;
        }
        let payload = walk.data().len().saturating_sub(HEADER);
        if payload > 0 {
            walk.bytes(&PAYLOAD, HEADER, payload)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(src), Some(dst)) = (u16_at(data, 0), u16_at(data, 2)) else {
            return out.write_str("header cut");
        };
        // What the sender says, also where not all of it was captured or quoted.
        let len = match u16_at(data, 4).map(usize::from) {
            Some(len @ HEADER..) => len,
            _ => data.len(),
        };
        write!(out, "{src} → {dst} Len={}", len.saturating_sub(HEADER))
    }
}

/// Verifies the checksum of a UDP layer over the pseudo-header of the network layer that carries it.
fn verify(layer: &Layer<'_>, length: u16, found: u16) -> (Status, Option<u16>) {
    let data = layer.data();
    if found == 0 {
        // Over IPv6 it is not optional (RFC 8200 section 8.1); tunnels may leave it out nevertheless (RFC 6935).
        let must = layer.net().is_some_and(|net| net.src.is_ipv6());
        return (if must { Status::Illegal } else { Status::NotPresent }, None);
    }
    match layer.net() {
        Some(net) if data.len() == usize::from(length) => {
            let sum = checksum::pseudo_sum(net.src, net.dst, PROTOCOL_NUMBER, length.into(), data);
            let status = if sum == 0xffff { Status::Good } else { Status::Bad };
            (status, Some(checksum::expected(sum, found)))
        }
        _ => (Status::Unverified, None),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::network::build::{RAW_V4, icmp, ipv4, udp};
    use crate::testing::{Seen, survives};

    /// A datagram of five bytes of data whose header speaks of 92.
    fn lying() -> Vec<u8> {
        let mut datagram = udp(b"short");
        datagram[5] = 100;
        datagram
    }

    /// docs/faults.md, D11.
    #[test]
    fn a_length_beyond_the_ip_payload_is_a_fault() {
        let packet = ipv4(17, 0, &[], &lying());
        let seen = Seen::new(RAW_V4, &packet);
        assert_eq!(seen.faults, ["malformed: length beyond the IP payload (udp.length)"]);
        assert_eq!(seen.info, "40000 → 9 Len=92");
        seen.expect(&[("udp.length", "100"), ("udp.payload", "73686f7274")]);
        survives(RAW_V4, &packet);
    }

    #[test]
    fn what_the_capture_or_an_error_cut_is_told_with_its_whole_length() {
        let whole = ipv4(17, 0, &[], &udp(&[7; 24]));
        let seen = Seen::cut(RAW_V4, &whole[..40], whole.len());
        assert_eq!((&*seen.info, seen.faults.len()), ("40000 → 9 Len=24", 0));
        let error = [&[0u8; 4][..], &ipv4(17, 0, &[], &lying())].concat();
        let seen = Seen::new(RAW_V4, &ipv4(1, 0, &[], &icmp(3, 3, &error)));
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    }

    #[test]
    fn a_piece_of_a_datagram_is_shorter_than_its_header_says() {
        let piece = ipv4(17, 0x2000, &[], &lying());
        let seen = Seen::cut(RAW_V4, &piece[..30], piece.len());
        assert_eq!((&*seen.info, seen.faults.len()), ("40000 → 9 Len=92", 0));
    }
}
