//! netdissect with one protocol more, in Rust: telemetry of ACME sensors on port 7788. All commands and outputs know it, as
//! `acme read trace.pcap -Y 'acme.type == 2'`. The same protocol, declared in a text file, is `../acme.toml`.

use std::fmt;
use std::process::ExitCode;

use netdissect_dissectors::bytes::fixed;
use netdissect_dissectors::dissector::{Context, Dissector, Fault, Key, Parsed};
use netdissect_dissectors::field::{Field, Protocol};
use netdissect_dissectors::fields;
use netdissect_dissectors::packet::Layer;
use netdissect_dissectors::transport::tcp::TCP_PORT;
use netdissect_dissectors::transport::udp::UDP_PORT;
use netdissect_dissectors::walk::Walk;

fields! {
    VERSION = Field::u8("acme.version", "version"),
    TYPE = Field::u8("acme.type", "type").key().names(&[(1, "hello"), (2, "reading")]),
    LENGTH = Field::u16("acme.length", "length of the text"),
    TEXT = Field::text("acme.text", "text").key(),
}

static PROTOCOL: Protocol =
    Protocol { name: "acme", title: "ACME", about: "ACME sensor telemetry", fields: FIELDS, via: None };

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 7788), Key::new(&TCP_PORT, 7788)];

/// Version, type and length.
const HEADER: usize = 4;

#[derive(Debug)]
struct Acme;

impl Dissector for Acme {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[_, _, high, low] = fixed::<HEADER>(data)?;
        let len = HEADER.saturating_add(u16::from_be_bytes([high, low]).into());
        match data.len() {
            have if have < len => Err(Fault::Short { need: len, have }),
            _ => Ok(Parsed::end(len)),
        }
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&VERSION, 0)?;
        walk.u8(&TYPE, 1)?;
        let len = walk.u16(&LENGTH, 2)?;
        walk.text(&TEXT, HEADER, len.into())?;
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let Some(&[_, kind, ..]) = layer.data().first_chunk::<HEADER>() else { return out.write_str("cut") };
        match TYPE.name_of(kind.into()) {
            Some(name) => write!(out, "{name}")?,
            None => write!(out, "type {kind}")?,
        }
        let text = layer.data().get(HEADER..).unwrap_or_default();
        write!(out, " {}", String::from_utf8_lossy(text))
    }
}

fn main() -> ExitCode {
    ExitCode::from(netdissect::run::run_with(std::env::args_os().collect(), &[&Acme]))
}
