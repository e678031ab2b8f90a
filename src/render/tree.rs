//! The detail tree (`-V`): the value first, the name of the field in the right margin.

use std::ops::Range;

use netdissect_dissectors::{Field, Kind, Layer, Packet, Value, Visitor};

use super::Screen;
use super::address::Kinds;
use super::info::Info;
use super::line::{endpoint, link_addresses};
use super::style::{Escaped, Role, columns, columns_of, fit};
use super::value;

/// Writes detail trees.
#[derive(Clone, Debug)]
pub struct Tree {
    screen: Screen,
    decimals: usize,
    /// Kinds of addresses stand behind them.
    kinds: Option<Kinds>,
    info: Info,
    /// The line at hand, without the name in the margin.
    text: Vec<u8>,
}

/// Columns of the labels; values begin after them.
const LABEL: usize = 22;
/// Columns of the margin for the names of fields.
const NAMES: usize = 30;
/// Columns of the margin for the names of protocols.
const PROTOCOLS: usize = 10;

impl Tree {
    /// Trees for `screen`, with times to the nanosecond. Long values are cut where the screen has a width.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self { info: Info::new(screen.cap.value), screen, decimals: 9, kinds: None, text: Vec::new() }
    }

    /// Says of each address what kind it is, if `kinds` is given.
    #[must_use]
    pub fn with_kinds(self, kinds: Option<Kinds>) -> Self {
        Self { kinds, ..self }
    }

    /// Goes on with a capture of this precision, 6 or 9 decimals of a second.
    pub fn set_decimals(&mut self, decimals: usize) {
        self.decimals = decimals.min(9);
    }

    /// The tree of one packet, and an empty line.
    pub fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        let mut branch = Branch {
            tree: self,
            out,
            used: 0,
            depth: 0,
            indent: 0,
            base: 0,
            is_frame: false,
            is_full: false,
            head: None,
        };
        packet.walk(&mut branch);
        out.push(b'\n');
    }

    /// Finishes the line at hand: text, cut if need be, and the name in a margin of at least `margin` columns.
    fn line(&mut self, out: &mut Vec<u8>, name: &str, margin: usize, role: Option<Role>) {
        let glyphs = self.screen.glyphs;
        if glyphs.ascii {
            let plain = Escaped::ascii(std::str::from_utf8(&self.text).unwrap_or_default()).to_string();
            self.text.clear();
            self.text.extend_from_slice(plain.as_bytes());
        }
        // A name that leaves no room for what it names gives way, from its front: its end tells more.
        let columns_in_all = self.screen.columns();
        let is_narrow = self.screen.width.is_some() && name.len() + LABEL + 2 > columns_in_all;
        let (mark, name) = if is_narrow {
            let kept = columns_in_all.saturating_sub(2 * LABEL + 2 + columns(glyphs.more));
            name.get(name.len().saturating_sub(kept)..).map_or(("", name), |end| (glyphs.more, end))
        } else {
            ("", name)
        };
        let margin = match columns(mark) + name.len() {
            0 => 0,
            len => len.max(margin) + 2,
        };
        let room = self.screen.columns().saturating_sub(margin).max(LABEL);
        // No character takes more columns than bytes.
        let (shown, is_cut) = if self.screen.width.is_some() && self.text.len() > room {
            let (shown, is_cut) = fit(std::str::from_utf8(&self.text).unwrap_or_default(), room, glyphs.more);
            (shown.as_bytes(), is_cut)
        } else {
            (self.text.as_slice(), false)
        };
        let style = self.screen.style;
        if let Some(role) = role {
            style.start(role, out);
        }
        out.extend_from_slice(shown);
        if is_cut {
            out.extend_from_slice(glyphs.more.as_bytes());
        }
        if let Some(role) = role {
            style.stop(role, out);
        }
        if !name.is_empty() {
            let used = columns_of(shown) + if is_cut { columns(glyphs.more) } else { 0 };
            out.resize(out.len() + room.saturating_sub(used) + 2, b' ');
            style.start(Role::Dim, out);
            out.extend_from_slice(mark.as_bytes());
            out.extend_from_slice(name.as_bytes());
            style.stop(Role::Dim, out);
        }
        out.push(b'\n');
    }
}

/// The tree of one packet, growing.
struct Branch<'a> {
    tree: &'a mut Tree,
    out: &'a mut Vec<u8>,
    /// Bytes of the lines so far, without what moves names into the margin: that depends on the screen.
    used: usize,
    /// Open fields.
    depth: usize,
    /// Columns before the layer.
    indent: usize,
    /// Where the layer begins in its source.
    base: usize,
    is_frame: bool,
    is_full: bool,
    head: Option<Head>,
}

/// A number without a name of its own that was opened, and whose bits are being collected:
/// `flags   push, acknowledgment (0x0018)`.
struct Head {
    field: &'static Field,
    at: Range<usize>,
    number: u64,
    depth: usize,
    /// Where its line belongs; those of other parts of the number stand there until its bits are complete.
    start: usize,
    has_bits: bool,
    /// Labels of the bits that are set.
    set: Vec<&'static str>,
}

impl Head {
    /// Whether what stands at `at` is a part of the number, not something that belongs to it or follows.
    fn holds(&self, depth: usize, at: &Range<usize>) -> bool {
        depth == self.depth + 1
            && self.at.len() <= size_of::<u64>()
            && at.start >= self.at.start
            && at.end <= self.at.end
    }
}

impl Branch<'_> {
    fn begin(&mut self, indent: usize) {
        self.tree.text.clear();
        self.tree.text.resize(indent, b' ');
    }

    /// Finishes the line at hand.
    fn line(&mut self, name: &str, margin: usize, role: Option<Role>) {
        self.used += self.tree.text.len() + name.len() + 1;
        self.tree.line(self.out, name, margin, role);
    }

    /// Whether the packet has no room for another line; says so once.
    fn is_full(&mut self) -> bool {
        // An escape takes four columns for a byte at most; the rest of a line is short.
        let line = 512 + 4 * self.tree.screen.cap.value.min(8_192);
        let room = self.tree.screen.cap.packet.saturating_sub(line);
        if !self.is_full && self.used > room {
            self.is_full = true;
            self.begin(2);
            self.tree.text.extend_from_slice(b"! the rest of this packet's fields is left out");
            self.line("", 0, Some(Role::Error));
        }
        self.is_full
    }

    /// Whether the value is not in the packet. An empty text has its place there.
    fn is_computed(&self, at: &Range<usize>) -> bool {
        at.is_empty() && at.start <= self.base && !self.is_frame
    }

    fn show(&mut self, field: &'static Field, at: &Range<usize>, value: Value<'_>) {
        let is_computed = self.is_computed(at);
        let cap = self.tree.screen.cap.value;
        let kinds = self.tree.kinds.as_ref().map(|kinds| kinds.of(value)).unwrap_or_default();
        self.row(field, self.depth, is_computed, |text| {
            value::human(text, field, value, cap);
            if !kinds.is_empty() {
                text.extend_from_slice(format!(" ({})", kinds.join(", ")).as_bytes());
            }
        });
    }

    fn row(
        &mut self,
        field: &'static Field,
        depth: usize,
        is_computed: bool,
        value: impl FnOnce(&mut Vec<u8>),
    ) {
        if field.hidden || (self.is_frame && in_heading(field)) || self.is_full() {
            return;
        }
        self.begin(self.indent + 2 * (depth.min(8) + 1));
        let start = self.tree.text.len();
        let text = &mut self.tree.text;
        if is_computed {
            text.push(b'[');
        }
        text.extend_from_slice(field.label.as_bytes());
        if is_computed {
            text.push(b']');
        }
        if field.kind != Kind::Group {
            let label = text.len() - start;
            // Deeper labels take from the room behind them, so that values stay in one column.
            let room = (LABEL + 2 + self.indent).saturating_sub(start).max(2);
            text.resize(start + (label + 1).max(room), b' ');
            value(text);
        }
        self.line(field.abbrev, NAMES, None);
    }

    /// Takes a bit of the number that was opened last.
    fn takes_bit(&mut self, field: &'static Field, at: &Range<usize>, value: Value<'_>) -> bool {
        let depth = self.depth;
        match (&mut self.head, value) {
            (Some(head), Value::Bool(is_set)) if head.holds(depth, at) => {
                head.has_bits = true;
                if is_set && !field.hidden {
                    head.set.push(field.label);
                }
                true
            }
            _ => false,
        }
    }

    /// Shows the number that was opened last: its bits are complete.
    fn finish_head(&mut self) {
        let Some(head) = self.head.take() else { return };
        let (cap, parts) = (self.tree.screen.cap.value, self.out.len());
        let is_computed = self.is_computed(&head.at);
        self.row(head.field, head.depth, is_computed, |text| {
            let value = Value::Uint(head.number);
            // What is set of a number in which no bit is may be the numbers among them.
            if !head.has_bits || head.set.is_empty() && head.number != 0 {
                return value::human(text, head.field, value, cap);
            }
            let names = if head.set.is_empty() { "none".to_owned() } else { head.set.join(", ") };
            text.extend_from_slice(names.as_bytes());
            text.extend_from_slice(b" (");
            value::row(text, head.field, value, cap);
            text.push(b')');
        });
        let line = self.out.len() - parts;
        if let Some(lines) = self.out.get_mut(head.start..) {
            lines.rotate_right(line);
        }
    }

    fn heading(&mut self, layer: &Layer<'_>) {
        self.begin(self.indent);
        let arrow = self.tree.screen.glyphs.right.as_bytes();
        let text = &mut self.tree.text;
        if layer.is_quoted() {
            text.extend_from_slice(b"quoted: ");
        }
        let protocol = layer.protocol();
        text.extend_from_slice(protocol.title.as_bytes());
        text.extend_from_slice(b"   ");
        // Of segments that are followed the summary leaves the ports out.
        if protocol.name == "tcp"
            && layer.packet.parts.facts.tcp_at(layer.number()).is_some()
            && let Some(&[s1, s0, d1, d0]) = layer.data().first_chunk()
        {
            value::decimal(text, u16::from_be_bytes([s1, s0]).into());
            arrow_between(text, arrow);
            value::decimal(text, u16::from_be_bytes([d1, d0]).into());
            text.extend_from_slice(b"   ");
        }
        let net = layer.packet.parts.nets.iter().find(|row| usize::from(row.0) == layer.index);
        match (net, link_addresses(&layer.packet)) {
            (Some((_, net)), _) => {
                endpoint(text, net.src, None);
                arrow_between(text, arrow);
                endpoint(text, net.dst, None);
            }
            (None, [Some(src), Some(dst)]) if layer.index == 1 => {
                value::mac(text, src);
                arrow_between(text, arrow);
                value::mac(text, dst);
            }
            _ => Escaped::info(self.tree.info.layer(layer)).push(text),
        }
        while text.last() == Some(&b' ') {
            text.pop();
        }
        self.line(layer.protocol().name, PROTOCOLS, Some(Role::Heading));
    }

    /// `Frame 4   202 bytes on the wire, 202 captured   2013-03-07 21:42:06.939527000 UTC   +0.149 ms`
    fn frame_heading(&mut self, packet: &Packet<'_>) {
        self.begin(0);
        let (frame, decimals) = (&packet.frame, self.tree.decimals);
        let text = &mut self.tree.text;
        value::display(
            text,
            format_args!(
                "Frame {}   {} bytes on the wire, {} captured   ",
                frame.number,
                frame.wire_len,
                frame.data.len()
            ),
        );
        value::date(text, frame.time, decimals);
        if frame.time.is_valid() {
            text.extend_from_slice(b" UTC   ");
            let delta = packet.parts.facts.since_previous;
            if delta >= 0 {
                text.push(b'+');
            }
            value::duration(text, delta);
        }
        self.line("", 0, Some(Role::Heading));
    }

    fn fault(&mut self, layer: &Layer<'_>) {
        let Some(fault) = layer.fault() else { return };
        if self.is_full() {
            return;
        }
        self.begin(self.indent + 2);
        self.tree.text.extend_from_slice(self.tree.screen.glyphs.bad.as_bytes());
        value::display(&mut self.tree.text, format_args!(" {fault}"));
        self.line("", 0, Some(Role::Error));
    }
}

fn arrow_between(text: &mut Vec<u8>, arrow: &[u8]) {
    text.push(b' ');
    text.extend_from_slice(arrow);
    text.push(b' ');
}

/// Fields of the frame that its heading tells already.
fn in_heading(field: &Field) -> bool {
    matches!(
        field.abbrev,
        "frame.number"
            | "frame.time"
            | "frame.time_epoch"
            | "frame.time_delta"
            | "frame.len"
            | "frame.cap_len"
    )
}

impl Visitor for Branch<'_> {
    fn layer(&mut self, layer: &Layer<'_>) -> bool {
        self.depth = 0;
        self.base = layer.slot.offset as usize;
        self.is_frame = layer.index == 0;
        self.indent = if layer.is_quoted() { 2 } else { 0 };
        if self.is_full() {
            return false;
        }
        if self.is_frame {
            self.frame_heading(&layer.packet);
        } else {
            self.heading(layer);
        }
        // Fields that a cut layer still has come first; what stopped it is told before them.
        self.fault(layer);
        true
    }

    fn wants(&self, field: &'static Field) -> bool {
        !field.hidden
    }

    fn end_layer(&mut self) {
        self.finish_head();
    }

    fn field(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        if self.takes_bit(field, &at, value) {
            return;
        }
        // Between the bits of a number there may be numbers of more bits.
        if !self.head.as_ref().is_some_and(|head| head.holds(self.depth, &at)) {
            self.finish_head();
        }
        self.show(field, &at, value);
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.finish_head();
        match value {
            Value::Uint(number) if matches!(field.kind, Kind::Uint(_)) && field.names.is_empty() => {
                let (depth, start) = (self.depth, self.out.len());
                self.head = Some(Head { field, at, number, depth, start, has_bits: false, set: Vec::new() });
            }
            _ => self.show(field, &at, value),
        }
        self.depth += 1;
    }

    fn close(&mut self) {
        self.finish_head();
        self.depth = self.depth.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::{Glyphs, columns};
    use super::super::testing::{frame, probe, with_packet};
    use super::super::{Cap, Screen};
    use super::*;
    use proptest::prelude::*;

    fn tree_of(screen: Screen, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        with_packet(frame(bytes), |packet| Tree::new(screen).packet(&mut out, packet));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_first_names_in_the_margin() {
        let shown = tree_of(Screen::PIPE, &probe(1, b"hi"));
        assert!(shown.starts_with(
            "Frame 4   17 bytes on the wire, 17 captured   2013-03-07 21:42:06.939527000 UTC   +149.000 µs\n"
        ));
        assert!(shown.contains(
            "\nEthernet   02:00:00:00:00:01 → 02:00:00:00:00:02                                          eth\n"
        ));
        let expected = [
            "Probe   192.0.2.1 → 198.51.100.1                                                          probe",
            "  kind                  greeting (0x01)                               probe.kind",
            "  text                  hi                                            probe.text",
            "  name                  a\\.b.example                                  probe.name",
            "  big number            18446744073709551615                          probe.big",
            "  small number          7                                             probe.small",
            "  signed                -1                                            probe.signed",
            "  yes or no             yes                                           probe.yes",
            "  bits                  first, second (0x0001)                        probe.bits",
            "  bits                  none (0x0000)                                 probe.bits",
            "  [flag]                yes                                           probe.flag",
            "  bytes                 6869                                          probe.bytes",
            "  name                  hi                                            probe.name",
            "  [time]                1970-01-01 00:00:00.000000005 UTC             probe.time",
            "  [span]                -2.000 µs                                     probe.span",
            "  [rate]                5.5                                           probe.rate",
            "  record                                                              probe.records",
            "    name                hi                                            probe.record.name",
            "    part                1                                             probe.record.part",
            "    part                2                                             probe.record.part",
            "  small number          8                                             probe.small",
            "",
        ];
        let at = shown.find("Probe").unwrap();
        assert_eq!(shown[at..].lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn quoted_layers_and_faults_are_marked() {
        let shown = tree_of(Screen::PIPE, &probe(4, b"\x09\x06"));
        assert!(shown.contains("\n  quoted: Probe"), "{shown}");
        assert!(shown.contains("\n    ! cut: 1 of 100 bytes\n"), "{shown}");
        assert!(shown.contains("\n    kind                  0x06"), "{shown}");
    }

    #[test]
    fn a_terminal_cuts_long_values_and_a_pipe_does_not() {
        let bytes = probe(1, &[b'x'; 200]);
        let narrow = tree_of(Screen { width: Some(80), ..Screen::PIPE }, &bytes);
        assert!(narrow.lines().all(|line| columns(line) <= 80), "{narrow}");
        assert!(narrow.contains("xxx…  probe.text\n"), "{narrow}");
        assert!(tree_of(Screen::PIPE, &bytes).contains(&"x".repeat(200)));
        let ascii = tree_of(Screen { width: Some(80), glyphs: Glyphs::ASCII, ..Screen::PIPE }, &bytes);
        assert!(ascii.is_ascii());
    }

    #[test]
    fn a_packet_stays_within_its_cap() {
        let cap = Cap { value: 100, packet: 2_000 };
        let shown = tree_of(Screen { cap, ..Screen::PIPE }, &probe(1, &[0x80; 500]));
        assert!(shown.len() <= cap.packet, "{}", shown.len());
        assert!(shown.contains("is left out"));
    }

    proptest! {
        #[test]
        fn nothing_of_the_escaped_set_gets_out(text: Vec<u8>, chars: String, kind: u8, is_ascii: bool) {
            for text in [&text, chars.as_bytes()] {
                let glyphs = if is_ascii { Glyphs::ASCII } else { Glyphs::UTF8 };
                for width in [None, Some(70)] {
                    let shown = tree_of(Screen { width, glyphs, ..Screen::PIPE }, &probe(kind, text));
                    prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
                    prop_assert!(!is_ascii || shown.is_ascii());
                    prop_assert!(shown.len() <= Cap::default().packet);
                }
            }
        }
    }
}
