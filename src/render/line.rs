//! The packet list: one line a packet, always.

use std::net::IpAddr;
use std::ops::Range;
use std::str::FromStr;

use netdissect_dissectors::{Fault, Field, Packet, Timestamp, Value, Visitor};

use super::Screen;
use super::info::{Info, subject};
use super::style::{Escaped, Role, columns, fit};
use super::value;

/// How the Time column is spelled. Times of day are UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TimeFormat {
    /// Seconds since the first frame (`r`, tcpdump's `ttttt`).
    #[default]
    Relative,
    /// Time of day (`a`, `u`).
    Clock,
    /// Date and time of day (`ad`, `ud`, tcpdump's `tttt`).
    Date,
    /// Seconds since the frame before (`d`).
    Delta,
    /// Seconds since the line before (`dd`, tcpdump's `ttt`).
    DeltaShown,
    /// Seconds since 1970 (`e`, tcpdump's `tt`).
    Epoch,
}

impl FromStr for TimeFormat {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(match word {
            "r" | "ttttt" => Self::Relative,
            "a" | "u" => Self::Clock,
            "ad" | "ud" | "tttt" => Self::Date,
            "d" => Self::Delta,
            "dd" | "ttt" => Self::DeltaShown,
            "e" | "tt" => Self::Epoch,
            _ => {
                let word = Escaped::text(word.as_bytes());
                return Err(format!("{word} is not one of r, a, ad, d, dd, e, u, ud, tt, ttt, tttt, ttttt"));
            }
        })
    }
}

/// Writes lines of the packet list.
#[derive(Clone, Debug)]
pub struct Line {
    screen: Screen,
    time: TimeFormat,
    decimals: usize,
    more: bool,
    info: Info,
    /// Info column of the packet at hand, escaped.
    text: Vec<u8>,
    /// Column at hand, where it stands to the right.
    cell: Vec<u8>,
    before: Option<Timestamp>,
}

const NUMBER: usize = 4;
const ADDRESS: usize = 20;
const PROTOCOL: usize = 5;
const LENGTH: usize = 4;

impl Line {
    /// Lines for `screen`; `decimals` is the precision of the capture, 6 or 9. With `more`, flow number, TTL and IP
    /// identification stand before the summary (`-v`).
    #[must_use]
    pub fn new(screen: Screen, time: TimeFormat, decimals: usize, more: bool) -> Self {
        Self {
            info: Info::new(screen.cap.value),
            screen,
            time,
            decimals: decimals.min(9),
            more,
            text: Vec::new(),
            cell: Vec::new(),
            before: None,
        }
    }

    /// Goes on with a capture of another precision.
    pub fn set_decimals(&mut self, decimals: usize) {
        self.decimals = decimals.min(9);
    }

    /// The packet shown before the next one was of this time.
    pub fn go_on(&mut self, before: Option<Timestamp>) {
        self.before = before;
    }

    /// The heading.
    pub fn heading(&self, out: &mut Vec<u8>) {
        self.screen.style.start(Role::Heading, out);
        let time = self.time_width();
        value::display(
            out,
            format_args!(
                "{:>NUMBER$}  {:>time$}  {:<ADDRESS$}  {:<ADDRESS$}  {:<PROTOCOL$}  {:>LENGTH$}  Info",
                "No", "Time", "Source", "Destination", "Proto", "Len"
            ),
        );
        self.screen.style.stop(Role::Heading, out);
        out.push(b'\n');
    }

    /// The line of one packet.
    pub fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        let start = out.len();
        let frame = &packet.frame;
        self.cell.clear();
        value::decimal(&mut self.cell, frame.number);
        right(out, &self.cell, NUMBER);
        out.extend_from_slice(b"  ");

        self.cell.clear();
        self.spell_time(packet);
        right(out, &self.cell, self.time_width());
        out.extend_from_slice(b"  ");

        addresses(out, packet);

        let title = subject(packet).map_or("", |layer| layer.protocol().title);
        self.screen.style.start(Role::Protocol, out);
        out.extend_from_slice(title.as_bytes());
        self.screen.style.stop(Role::Protocol, out);

        self.cell.clear();
        value::decimal(&mut self.cell, frame.wire_len.into());
        // A long title may take the room that a short length leaves.
        let room = (PROTOCOL + 2 + LENGTH).saturating_sub(title.len());
        right(out, &self.cell, room.max(self.cell.len() + 1));
        out.extend_from_slice(b"  ");

        // Titles are ASCII, so that what stands so far takes a column a byte, colour aside.
        let used = match self.screen.style.is_on() {
            false => out.len() - start,
            true => visible(out.get(start..).unwrap_or_default()),
        };
        self.summary(out, packet, used);
        self.before = Some(frame.time);
        while out.last() == Some(&b' ') {
            out.pop();
        }
        out.push(b'\n');
    }

    fn summary(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>, used: usize) {
        self.text.clear();
        if self.more {
            extras(&mut self.text, packet);
        }
        Escaped::info(self.info.packet(packet)).push(&mut self.text);
        let remark_at = self.text.len();
        remark(&mut self.text, packet, self.screen.glyphs.bad);
        if self.screen.glyphs.ascii {
            let line = std::str::from_utf8(&self.text).unwrap_or_default();
            self.cell.clear();
            Escaped::ascii(line).push(&mut self.cell);
            std::mem::swap(&mut self.text, &mut self.cell);
        }
        let text = std::str::from_utf8(&self.text).unwrap_or_default();
        let room = self.screen.width.map_or(usize::MAX, |width| width.saturating_sub(used));
        let (shown, is_cut) = fit(text, room, self.screen.glyphs.more);
        match shown.split_at_checked(remark_at) {
            Some((before, after)) if self.screen.style.is_on() && !after.is_empty() => {
                out.extend_from_slice(before.as_bytes());
                self.screen.style.start(Role::Error, out);
                out.extend_from_slice(after.as_bytes());
                self.screen.style.stop(Role::Error, out);
            }
            _ => out.extend_from_slice(shown.as_bytes()),
        }
        if is_cut && columns(self.screen.glyphs.more) <= room {
            out.extend_from_slice(self.screen.glyphs.more.as_bytes());
        }
    }

    fn time_width(&self) -> usize {
        let decimals = self.decimals + usize::from(self.decimals > 0);
        match self.time {
            TimeFormat::Relative | TimeFormat::Delta | TimeFormat::DeltaShown => 1 + decimals,
            TimeFormat::Clock => 8 + decimals,
            TimeFormat::Date => 19 + decimals,
            TimeFormat::Epoch => 10 + decimals,
        }
    }

    fn spell_time(&mut self, packet: &Packet<'_>) {
        let out = &mut self.cell;
        let (time, decimals) = (packet.frame.time, self.decimals);
        if !time.is_valid() {
            out.push(b'-');
            return;
        }
        match self.time {
            TimeFormat::Relative => value::seconds(out, packet.parts.facts.since_first, decimals),
            TimeFormat::Delta => value::seconds(out, packet.parts.facts.since_previous, decimals),
            TimeFormat::DeltaShown => {
                let nanos = self.before.map_or(0, |before| time.nanos_since(before));
                value::seconds(out, nanos, decimals);
            }
            TimeFormat::Clock => value::clock(out, time, decimals),
            TimeFormat::Date => value::date(out, time, decimals),
            TimeFormat::Epoch => value::epoch(out, time, decimals),
        }
    }
}

/// `cell` at the right end of a column.
fn right(out: &mut Vec<u8>, cell: &[u8], width: usize) {
    spaces(out, width.saturating_sub(cell.len()));
    out.extend_from_slice(cell);
}

fn spaces(out: &mut Vec<u8>, count: usize) {
    out.resize(out.len() + count, b' ');
}

/// Fills the column that began at `start`, and the gap after it.
fn fill(out: &mut Vec<u8>, start: usize, width: usize) {
    let used = out.len() - start;
    spaces(out, width.saturating_sub(used) + 2);
}

/// Bytes that are not part of a colour.
fn visible(line: &[u8]) -> usize {
    let mut count = 0;
    let mut is_colour = false;
    for &byte in line {
        match byte {
            0x1b => is_colour = true,
            b'm' if is_colour => is_colour = false,
            _ if !is_colour => count += 1,
            _ => {}
        }
    }
    count
}

/// Source and destination: addresses with ports, or link-layer addresses where there are no others.
fn addresses(out: &mut Vec<u8>, packet: &Packet<'_>) {
    if let Some(net) = packet.parts.net() {
        let (src, dst) = packet.parts.ports.unzip();
        for (addr, port) in [(net.src, src), (net.dst, dst)] {
            let start = out.len();
            endpoint(out, addr, port);
            fill(out, start, ADDRESS);
        }
        return;
    }
    for addr in link_addresses(packet) {
        let start = out.len();
        if let Some(addr) = addr {
            value::mac(out, addr);
        }
        fill(out, start, ADDRESS);
    }
}

/// Appends `192.0.2.1:80` or `[2001:db8::1]:80`, without the port where there is none.
pub fn endpoint(out: &mut Vec<u8>, addr: IpAddr, port: Option<u16>) {
    match (addr, port) {
        (IpAddr::V4(addr), _) => value::ipv4(out, addr),
        (IpAddr::V6(addr), None) => value::ipv6(out, addr),
        (IpAddr::V6(addr), Some(_)) => {
            out.push(b'[');
            value::ipv6(out, addr);
            out.push(b']');
        }
    }
    if let Some(port) = port {
        out.push(b':');
        value::decimal(out, port.into());
    }
}

/// Source and destination of the link layer, as far as it has them.
pub(super) fn link_addresses(packet: &Packet<'_>) -> [Option<[u8; 6]>; 2] {
    let Some(link) = packet.layer(1) else { return [None; 2] };
    if link.protocol().name == "eth" {
        let data = link.data();
        return [6, 0].map(|at| data.get(at..)?.first_chunk().copied());
    }
    let mut found = Macs([None; 2]);
    link.walk(&mut found, &mut netdissect_dissectors::walk::Budget::default());
    found.0
}

/// Collects the link-layer addresses of protocols other than Ethernet by the names of their fields.
struct Macs([Option<[u8; 6]>; 2]);

impl Visitor for Macs {
    fn wants(&self, _field: &'static Field) -> bool {
        false
    }

    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        let Value::Mac(addr) = value else { return };
        let name = field.abbrev;
        let [src, dst] = &mut self.0;
        if name.ends_with(".src") || name.ends_with(".sa") || name.ends_with(".src.eth") {
            src.get_or_insert(addr);
        } else if name.ends_with(".dst") || name.ends_with(".da") {
            dst.get_or_insert(addr);
        }
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }

    fn close(&mut self) {}
}

/// Flow number, TTL and IP identification.
fn extras(out: &mut Vec<u8>, packet: &Packet<'_>) {
    let facts = &packet.parts.facts;
    let stream =
        facts.tcp.last().map(|row| row.1.stream).or_else(|| facts.udp.last().map(|row| row.1.stream));
    if let Some(stream) = stream {
        out.extend_from_slice(b"flow ");
        value::decimal(out, stream.into());
        out.extend_from_slice(b"  ");
    }
    if let Some(net) = packet.parts.net() {
        out.extend_from_slice(b"ttl ");
        value::decimal(out, net.ttl.into());
        if let Some(id) = net.id {
            out.extend_from_slice(b"  id 0x");
            value::plain_hex(out, &id.to_be_bytes());
        }
        out.extend_from_slice(b"  ");
    }
}

/// What is wrong with the packet, if anything. A packet that an ICMP error quotes is always cut; that is no news.
fn remark(out: &mut Vec<u8>, packet: &Packet<'_>, mark: &str) {
    let parts = packet.parts;
    let is_quoted = |slot: u8| packet.layer(slot.into()).is_some_and(|layer| layer.is_quoted());
    let fault = parts.faults.iter().find(|row| !is_quoted(row.0)).map(|row| row.1);
    let refused = parts.facts.datagrams.iter().find_map(|row| row.1.refused);
    if fault.is_none() && refused.is_none() {
        return;
    }
    if !out.is_empty() && out.last() != Some(&b' ') {
        out.push(b' ');
    }
    out.extend_from_slice(mark.as_bytes());
    match (fault, refused) {
        (Some(Fault::Short { .. }), _) if packet.frame.wire_len == 0 => {
            out.extend_from_slice(b" no bytes");
        }
        (Some(Fault::Short { .. }), _) if packet.frame.data.is_empty() => {
            value::display(out, format_args!(" no bytes captured of {}", packet.frame.wire_len));
        }
        (Some(Fault::Short { .. }), _) if packet.frame.data.len() < packet.frame.wire_len as usize => {
            out.extend_from_slice(b" cut short");
        }
        (Some(fault), _) => value::display(out, format_args!(" {fault}")),
        (None, Some(why)) => value::display(out, format_args!(" refused: {why}")),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cap;
    use super::super::style::{ColorChoice, Glyphs, Style};
    use super::super::testing::{frame, probe, with_packet};
    use super::*;
    use netdissect_dissectors::Frame;
    use proptest::prelude::*;

    fn line_of(screen: Screen, time: TimeFormat, frame: Frame<'_>) -> String {
        let mut out = Vec::new();
        with_packet(frame, |packet| Line::new(screen, time, 6, false).packet(&mut out, packet));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_stand_under_their_headings() {
        let mut out = Vec::new();
        Line::new(Screen::PIPE, TimeFormat::Relative, 6, false).heading(&mut out);
        let heading = String::from_utf8(out).unwrap();
        assert_eq!(
            heading,
            "  No      Time  Source                Destination           Proto   Len  Info\n"
        );
        assert_eq!(
            line_of(Screen::PIPE, TimeFormat::Relative, frame(&probe(1, b"hello"))),
            "   4  0.070183  192.0.2.1:1024        198.51.100.1:80       Probe    20  hello\n"
        );
    }

    #[test]
    fn a_terminal_cuts_the_summary() {
        let bytes = probe(1, "a summary that goes on for ever".as_bytes());
        for (width, glyphs) in [(90, Glyphs::UTF8), (90, Glyphs::ASCII), (60, Glyphs::UTF8)] {
            let screen = Screen { width: Some(width), glyphs, ..Screen::PIPE };
            let line = line_of(screen, TimeFormat::Relative, frame(&bytes));
            assert!(columns(line.trim_end()) <= width.max(77), "{line}");
            assert!(width == 60 || line.trim_end().ends_with(glyphs.more), "{line}");
        }
    }

    #[test]
    fn times_in_all_formats() {
        let bytes = probe(1, b"");
        for (word, shown) in [
            ("r", "0.070183"),
            ("d", "0.000149"),
            ("dd", "0.000000"),
            ("a", "21:42:06.939527"),
            ("ud", "2013-03-07 21:42:06.939527"),
            ("tt", "1362692526.939527"),
        ] {
            let line = line_of(Screen::PIPE, word.parse().unwrap(), frame(&bytes));
            assert!(line.starts_with(&format!("   4  {shown}  192.0.2.1")), "{line}");
        }
        assert!("x\x1b".parse::<TimeFormat>().unwrap_err().starts_with(r"x\x1b is not"));
    }

    #[test]
    fn the_delta_of_lines_counts_from_the_line_before() {
        let mut line = Line::new(Screen::PIPE, TimeFormat::DeltaShown, 9, false);
        let bytes = probe(1, b"");
        let mut out = Vec::new();
        let mut frame = frame(&bytes);
        with_packet(frame, |packet| line.packet(&mut out, packet));
        frame.time = frame.time.plus_nanos(-5);
        out.clear();
        with_packet(frame, |packet| line.packet(&mut out, packet));
        assert!(out.starts_with(b"   4  -0.000000005  "));
    }

    #[test]
    fn faults_are_remarks() {
        let line = line_of(Screen::PIPE, TimeFormat::Relative, frame(&probe(5, b"x")));
        assert!(line.ends_with("  x ! malformed: of kind 5\n"), "{line}");
        let line = line_of(Screen::PIPE, TimeFormat::Relative, frame(&probe(6, b"")));
        assert!(line.ends_with("  ! cut: 1 of 100 bytes\n"), "{line}");
        let bytes = probe(6, b"");
        let line = line_of(Screen::PIPE, TimeFormat::Relative, Frame { wire_len: 200, ..frame(&bytes) });
        assert!(line.ends_with("  200  ! cut short\n"), "{line}");
    }

    #[test]
    fn link_addresses_where_there_are_no_others() {
        let mut bytes = probe(1, b"xx");
        bytes[12] = 0x77;
        let line = line_of(Screen::PIPE, TimeFormat::Relative, frame(&bytes));
        assert!(line.contains("  02:00:00:00:00:01     02:00:00:00:00:02     Ethernet"), "{line}");
    }

    #[test]
    fn the_inner_addresses_of_a_tunnel_have_no_outer_ports() {
        let line = line_of(Screen::PIPE, TimeFormat::Relative, frame(&probe(3, b"\x09\x05")));
        assert!(line.contains("  192.0.2.3             198.51.100.3          Probe"), "{line}");
    }

    #[test]
    fn ipv6_endpoints_have_brackets() {
        let mut out = Vec::new();
        endpoint(&mut out, "2001:db8::1".parse().unwrap(), Some(443));
        assert_eq!(out, b"[2001:db8::1]:443");
    }

    #[test]
    fn colour_changes_no_column() {
        let style = Style::detect(ColorChoice::Always, false, |_| None);
        let screen = Screen { style, width: Some(84), ..Screen::PIPE };
        let bytes = probe(5, b"a text too long for it");
        let plain = line_of(Screen { style: Style::PLAIN, ..screen }, TimeFormat::Relative, frame(&bytes));
        let colourful = line_of(screen, TimeFormat::Relative, frame(&bytes));
        assert!(colourful.contains("\x1b[36mProbe\x1b[39m") || colourful.contains("\x1b[36mProbe\x1b[0m"));
        let mut stripped = String::new();
        let mut is_colour = false;
        for c in colourful.chars() {
            match c {
                '\x1b' => is_colour = true,
                'm' if is_colour => is_colour = false,
                c if !is_colour => stripped.push(c),
                _ => {}
            }
        }
        assert_eq!(stripped, plain);
    }

    proptest! {
        #[test]
        fn one_packet_is_one_line(text: Vec<u8>, kind: u8, width in 0..200_usize, is_ascii: bool) {
            let glyphs = if is_ascii { Glyphs::ASCII } else { Glyphs::UTF8 };
            let screen = Screen { width: (width > 0).then_some(width), glyphs, ..Screen::PIPE };
            let line = line_of(screen, TimeFormat::Relative, frame(&probe(kind, &text)));
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert!(line.ends_with('\n'));
            prop_assert!(!line.trim_end_matches('\n').chars().any(char::is_control));
            prop_assert!(!is_ascii || line.is_ascii());
            prop_assert!(line.len() < Cap::default().packet);
        }
    }
}
