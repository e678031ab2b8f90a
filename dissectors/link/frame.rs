//! The frame itself: what the capture says about it. Always the first layer, and the only one without bytes of
//! its own.

use core::fmt;

use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed};
use crate::field::{Field, Kind, Protocol, Value};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    NUMBER = Field::u32("frame.number", "number").key(),
    TIME = Field::time("frame.time", "arrival time"),
    TIME_EPOCH = Field::new("frame.time_epoch", "seconds since 1970", Kind::Epoch).key(),
    TIME_DELTA = Field::duration("frame.time_delta", "since the frame before"),
    TIME_RELATIVE = Field::duration("frame.time_relative", "since the first frame"),
    LEN = Field::u32("frame.len", "bytes on the wire").key(),
    CAP_LEN = Field::u32("frame.cap_len", "bytes captured"),
    ENCAP_TYPE = Field::int("frame.encap_type", "encapsulation", 16),
    SECTION = Field::u32("frame.section_number", "section"),
    INTERFACE_ID = Field::u32("frame.interface_id", "interface"),
    INTERFACE_NAME = Field::text("frame.interface_name", "interface name"),
    INTERFACE_DESCRIPTION = Field::text("frame.interface_description", "interface description"),
    COMMENT = Field::text("frame.comment", "comment").many(),
    PACKET_FLAGS = Field::u32("frame.packet_flags", "packet flags").hex(),
    DIRECTION = Field::u32("frame.packet_flags_direction", "direction").hex().names(DIRECTION_NAMES),
    RECEPTION = Field::u32("frame.packet_flags_reception_type", "reception").names(RECEPTION_NAMES),
    FCS_LENGTH = Field::u32("frame.packet_flags_fcs_length", "frame check sequence length"),
    RESERVED = Field::u32("frame.packet_flags_reserved", "reserved"),
    CRC_ERROR = Field::bool("frame.packet_flags_crc_error", "wrong checksum"),
    TOO_LONG = Field::bool("frame.packet_flags_packet_too_error", "too long"),
    TOO_SHORT = Field::bool("frame.packet_flags_packet_too_short_error", "too short"),
    WRONG_GAP = Field::bool("frame.packet_flags_wrong_inter_frame_gap_error", "wrong gap before it"),
    UNALIGNED = Field::bool("frame.packet_flags_unaligned_frame_error", "unaligned"),
    DELIMITER = Field::bool("frame.packet_flags_start_frame_delimiter_error", "wrong start delimiter"),
    PREAMBLE = Field::bool("frame.packet_flags_preamble_error", "wrong preamble"),
    SYMBOL = Field::bool("frame.packet_flags_symbol_error", "wrong symbol"),
    DROP_COUNT = Field::u64("frame.drop_count", "packets lost before it"),
    P2P_DIR = Field::int("frame.p2p_dir", "way", 8).names(WAY_NAMES),
    PROTOCOLS = Field::text("frame.protocols", "protocols").key().above(),
}

/// The flags of a packet (draft-ietf-opsawg-pcapng, section 4.3.1).
const DIRECTION_NAMES: &[(u64, &str)] = &[(0, "not told"), (1, "inbound"), (2, "outbound")];
const RECEPTION_NAMES: &[(u64, &str)] =
    &[(0, "not told"), (1, "unicast"), (2, "multicast"), (3, "broadcast"), (4, "promiscuous")];
const WAY_NAMES: &[(u64, &str)] = &[(0, "sent"), (1, "received")];

/// Each part of the flags and its bits.
const PACKET_FLAG_BITS: &[(&Field, u64)] = &[
    (&DIRECTION, 0x3),
    (&RECEPTION, 0x1c),
    (&FCS_LENGTH, 0x1e0),
    (&RESERVED, 0xfe00),
    (&CRC_ERROR, 1 << 24),
    (&TOO_LONG, 1 << 25),
    (&TOO_SHORT, 1 << 26),
    (&WRONG_GAP, 1 << 27),
    (&UNALIGNED, 1 << 28),
    (&DELIMITER, 1 << 29),
    (&PREAMBLE, 1 << 30),
    (&SYMBOL, 1 << 31),
];

static PROTOCOL: Protocol =
    Protocol { name: "frame", title: "Frame", about: "the frame as captured", fields: FIELDS, via: None };

/// The frame itself.
#[derive(Debug)]
pub struct FrameInfo;

impl Dissector for FrameInfo {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        &[]
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        Ok(Parsed::new(0, data.len(), Next::End))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let packet = walk.layer().packet;
        let frame = packet.frame;
        let facts = walk.facts();
        if let Some(origin) = frame.origin {
            walk.uint(&SECTION, 0..0, origin.section)?;
            walk.uint(&INTERFACE_ID, 0..0, origin.interface)?;
            walk.emit(&INTERFACE_NAME, 0..0, Value::Text(origin.name.unwrap_or(b"unknown")))?;
            if let Some(description) = origin.description {
                walk.emit(&INTERFACE_DESCRIPTION, 0..0, Value::Text(description))?;
            }
        }
        if let Some(flags) = frame.origin.and_then(|origin| origin.flags) {
            packet_flags(walk, flags)?;
        }
        if let Some(dropped) = frame.origin.and_then(|origin| origin.dropped) {
            walk.uint(&DROP_COUNT, 0..0, dropped)?;
        }
        walk.emit(&ENCAP_TYPE, 0..0, Value::Int(frame.link.encap_type().into()))?;
        if frame.time.is_valid() {
            walk.emit(&TIME, 0..0, Value::Time(frame.time))?;
            walk.emit(&TIME_EPOCH, 0..0, Value::Time(frame.time))?;
            walk.emit(&TIME_DELTA, 0..0, Value::Duration(facts.since_previous))?;
            walk.emit(&TIME_RELATIVE, 0..0, Value::Duration(facts.since_first))?;
        }
        walk.uint(&NUMBER, 0..0, frame.number)?;
        walk.uint(&LEN, 0..0, frame.wire_len)?;
        walk.uint(&CAP_LEN, 0..0, frame.data.len() as u64)?;
        if walk.wants(&PROTOCOLS) {
            walk.format(&PROTOCOLS, 0..0, format_args!("{}", Protocols(&packet)))?;
        }
        // Last, because they may use up what one packet may print.
        if let Some(origin) = frame.origin {
            for comment in origin.comments {
                walk.emit(&COMMENT, 0..0, Value::Text(comment))?;
            }
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let frame = &layer.packet.frame;
        if frame.data.is_empty() && frame.wire_len > 0 {
            return write!(out, "no bytes captured of {}", frame.wire_len);
        }
        out.write_str("nothing that can be read")
    }
}

/// Which way the packet went, how it was received, and what was wrong with it.
fn packet_flags(walk: &mut Walk<'_, '_>, flags: u32) -> Option<()> {
    walk.open(&PACKET_FLAGS, 0..0, Value::Uint(flags.into()))?;
    walk.bits(PACKET_FLAG_BITS, 0..0, flags)?;
    walk.close();
    match flags & 3 {
        1 => walk.emit(&P2P_DIR, 0..0, Value::Int(1)),
        2 => walk.emit(&P2P_DIR, 0..0, Value::Int(0)),
        _ => Some(()),
    }
}

struct Protocols<'a, 'p>(&'a crate::packet::Packet<'p>);

impl fmt::Display for Protocols<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.protocols(f)
    }
}
