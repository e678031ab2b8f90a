//! Bytes as they are: `-x` dumps every source of a packet, `-A` shows its payload as text.

use std::ops::Range;

use netdissect_dissectors::{Field, Layer, Packet, Value, Visitor};

use super::Cap;
use super::style::hex_pair;
use super::value;

/// Writes dumps of 16 bytes a line, as `tshark -x` does.
#[derive(Clone, Copy, Debug)]
pub struct Hex {
    cap: Cap,
}

/// Bytes of a line of a dump.
const LINE: usize = 16;
/// Columns of a line of a dump: offset, bytes, text, end of line.
const COLUMNS: usize = 8 + 2 + 3 * LINE + 2 + LINE + 1;

impl Hex {
    /// Dumps within `cap`.
    #[must_use]
    pub const fn new(cap: Cap) -> Self {
        Self { cap }
    }

    /// All bytes of the packet, source by source, each with a heading if there are several; then an empty line.
    pub fn packet(&self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        let start = out.len();
        let sources = packet.parts.sources.iter().map(Vec::as_slice).filter(|bytes| !bytes.is_empty());
        let has_several = sources.clone().next().is_some();
        for (number, bytes) in std::iter::once(packet.frame.data).chain(sources).enumerate() {
            if has_several {
                let name = if number == 0 { "Frame" } else { "Reassembled or decoded" };
                value::display(out, format_args!("{name} ({} bytes):\n", bytes.len()));
            }
            let room = self.cap.packet.saturating_sub(out.len() - start + 256) / COLUMNS * LINE;
            let shown = bytes.get(..room).unwrap_or(bytes);
            dump(out, shown);
            if shown.len() < bytes.len() {
                value::display(
                    out,
                    format_args!("! {} more bytes are left out\n", bytes.len() - shown.len()),
                );
                break;
            }
        }
        out.push(b'\n');
    }

    /// The payload as text: printable ASCII and ends of lines, a dot for every other byte; then an empty line.
    pub fn payload(&self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        let mut payload = Payload { out, room: self.cap.packet.saturating_sub(256), has_any: false };
        packet.walk(&mut payload);
        out.push(b'\n');
    }
}

/// Appends a dump of `bytes`; offsets count from 0.
pub fn dump(out: &mut Vec<u8>, bytes: &[u8]) {
    dump_from(out, 0, bytes);
}

/// Appends a dump of `bytes`, the first of which is at `start`.
pub fn dump_from(out: &mut Vec<u8>, start: usize, bytes: &[u8]) {
    let digits = match start.saturating_add(bytes.len()) {
        0..=0x1_0000 => 2,
        _ => 4,
    };
    for (number, line) in bytes.chunks(LINE).enumerate() {
        let offset = start.saturating_add(number.saturating_mul(LINE));
        let offset = u32::try_from(offset).unwrap_or(u32::MAX).to_be_bytes();
        for &byte in offset.iter().skip(4 - digits) {
            out.extend_from_slice(&hex_pair(byte));
        }
        out.extend_from_slice(b"  ");
        for at in 0..LINE {
            match line.get(at) {
                Some(&byte) => out.extend_from_slice(&hex_pair(byte)),
                None => out.extend_from_slice(b"  "),
            }
            out.push(b' ');
        }
        out.extend_from_slice(b"  ");
        out.extend(line.iter().map(|&byte| printable(byte)));
        out.push(b'\n');
    }
}

fn printable(byte: u8) -> u8 {
    if matches!(byte, b' '..=b'~') { byte } else { b'.' }
}

/// Appends `bytes` as text: printable ASCII and ends of lines, a dot for every other byte.
pub fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' if bytes.peek() == Some(&b'\n') => {}
            b'\n' => out.push(b'\n'),
            byte => out.push(printable(byte)),
        }
    }
    if out.last().is_some_and(|byte| *byte != b'\n') {
        out.push(b'\n');
    }
}

/// Finds the payload of the packet's transports, or of whatever no protocol claims.
struct Payload<'a> {
    out: &'a mut Vec<u8>,
    room: usize,
    has_any: bool,
}

impl Visitor for Payload<'_> {
    fn layer(&mut self, layer: &Layer<'_>) -> bool {
        !layer.is_quoted() && matches!(layer.protocol().name, "tcp" | "udp" | "data")
    }

    fn wants(&self, field: &'static Field) -> bool {
        matches!(field.abbrev, "tcp.payload" | "udp.payload" | "data.data")
    }

    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        let Value::Bytes(bytes) = value else { return };
        // What no protocol claims is the payload that was shown already, if there was one.
        if !self.wants(field) || (self.has_any && field.abbrev == "data.data") {
            return;
        }
        self.has_any = true;
        let shown = bytes.get(..self.room).unwrap_or(bytes);
        self.room -= shown.len();
        text(self.out, shown);
        if shown.len() < bytes.len() {
            value::display(
                self.out,
                format_args!("! {} more bytes are left out\n", bytes.len() - shown.len()),
            );
        }
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::super::testing::{frame, probe, with_packet};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_as_wireshark_has_them() {
        let mut out = Vec::new();
        with_packet(frame(&probe(1, b"a\x1b[2J")), |packet| {
            Hex::new(Cap::default()).packet(&mut out, packet);
        });
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "0000  02 00 00 00 00 02 02 00 00 00 00 01 88 b5 01 61   ...............a\n\
             0010  1b 5b 32 4a                                       .[2J\n\n"
        );
    }

    #[test]
    fn every_source_has_its_dump() {
        use netdissect_dissectors::{Dissection, Packet};
        let bytes = probe(1, b"x");
        let registry = super::super::testing::registry();
        let mut parts = Dissection::default();
        let _ = registry.dissect(&frame(&bytes), &mut parts);
        parts.add_source(b"rebuilt".to_vec()).unwrap();
        let packet = Packet { frame: frame(&bytes), parts: &parts, registry: &registry };
        let mut out = Vec::new();
        Hex::new(Cap::default()).packet(&mut out, &packet);
        let shown = String::from_utf8(out).unwrap();
        assert!(shown.starts_with("Frame (16 bytes):\n0000  02"), "{shown}");
        assert!(shown.contains("\nReassembled or decoded (7 bytes):\n0000  72 65 62"), "{shown}");
        assert!(shown.ends_with("  rebuilt\n\n"), "{shown}");
    }

    #[test]
    fn long_dumps_are_cut_and_say_so() {
        let bytes = probe(1, &[0; 40_000]);
        let mut out = Vec::new();
        with_packet(frame(&bytes), |packet| Hex::new(Cap::default()).packet(&mut out, packet));
        assert!(out.len() <= Cap::default().packet);
        assert!(String::from_utf8(out).unwrap().contains("more bytes are left out\n"));
        let mut out = Vec::new();
        with_packet(frame(&bytes), |packet| Hex::new(Cap::NONE).packet(&mut out, packet));
        assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), bytes.len().div_ceil(16) + 1);
    }

    #[test]
    fn payload_is_text_with_dots() {
        let mut bytes = probe(b'G', b"ET / HTTP/1.1\r\nHost: \x1b[2J\xe2\x80\xae\tx");
        bytes[12] = 0x77;
        let mut out = Vec::new();
        with_packet(frame(&bytes), |packet| Hex::new(Cap::default()).payload(&mut out, packet));
        assert_eq!(String::from_utf8(out).unwrap(), "GET / HTTP/1.1\nHost: .[2J....x\n\n");
    }

    proptest! {
        #[test]
        fn nothing_but_ascii_gets_out(bytes: Vec<u8>) {
            let mut out = Vec::new();
            dump(&mut out, &bytes);
            text(&mut out, &bytes);
            prop_assert!(out.iter().all(|byte| *byte == b'\n' || matches!(byte, b' '..=b'~')));
        }
    }
}
