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
    PROTOCOLS = Field::text("frame.protocols", "protocols").key().above(),
}

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
        walk.emit(&ENCAP_TYPE, 0..0, Value::Int(frame.link.encap_type().into()))?;
        if frame.time.is_valid() {
            walk.emit(&TIME, 0..0, Value::Time(frame.time))?;
            walk.emit(&TIME_EPOCH, 0..0, Value::Time(frame.time))?;
        }
        walk.emit(&TIME_DELTA, 0..0, Value::Duration(facts.since_previous))?;
        walk.emit(&TIME_RELATIVE, 0..0, Value::Duration(facts.since_first))?;
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

struct Protocols<'a, 'p>(&'a crate::packet::Packet<'p>);

impl fmt::Display for Protocols<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.protocols(f)
    }
}
