//! One row a packet, one column a field: `-T tsv`, `-T csv`, and `-T fields` with tshark's `-E`.

use std::ops::Range;
use std::str::FromStr;

use netdissect_dissectors::{Field, Kind, Layer, Packet, Registry, Value, Visitor};

use super::Cap;
use super::info::{Column, Info};
use super::select::{Selection, UnknownField};
use super::style::Escaped;
use super::value::{self, CUT};

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// A first line with the names of the columns.
    pub header: bool,
    /// Between two columns.
    pub separator: char,
    /// Around every cell that has a value; inside it stands twice. In CSV around the cells that need it.
    pub quote: Option<char>,
    /// Which values of a field that occurs more than once.
    pub occurrence: Occurrence,
    /// Between two values of one cell.
    pub aggregator: char,
    /// RFC 4180: cells are quoted where they must be.
    pub csv: bool,
    /// Cells that a spreadsheet would run begin with an apostrophe (`=`, `+`, `-`, `@`).
    pub guard: bool,
}

/// Which values of a field that occurs more than once are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Occurrence {
    /// All.
    #[default]
    All,
    /// The first.
    First,
    /// The last.
    Last,
}

impl Layout {
    /// `-T tsv`.
    #[must_use]
    pub const fn tsv() -> Self {
        Self {
            header: true,
            separator: '\t',
            quote: None,
            occurrence: Occurrence::All,
            aggregator: ',',
            csv: false,
            guard: false,
        }
    }

    /// `-T fields`.
    #[must_use]
    pub const fn fields() -> Self {
        Self { header: false, ..Self::tsv() }
    }

    /// `-T csv`.
    #[must_use]
    pub const fn csv() -> Self {
        Self { separator: ',', quote: Some('"'), csv: true, guard: true, ..Self::tsv() }
    }

    /// Applies one option of `-E`, such as `separator=/s`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn set(&mut self, option: &str) -> Result<(), String> {
        let (name, value) = option.split_once('=').ok_or_else(|| wrong(option))?;
        match (name, value) {
            ("header", "y") => self.header = true,
            ("header", "n") => self.header = false,
            ("separator", value) => self.separator = separator(value).ok_or_else(|| wrong(option))?,
            ("aggregator", value) => self.aggregator = separator(value).ok_or_else(|| wrong(option))?,
            ("quote", "d") => self.quote = Some('"'),
            ("quote", "s") => self.quote = Some('\''),
            ("quote", "n") => self.quote = None,
            ("occurrence", "a") => self.occurrence = Occurrence::All,
            ("occurrence", "f") => self.occurrence = Occurrence::First,
            ("occurrence", "l") => self.occurrence = Occurrence::Last,
            // Wireshark's byte-order mark and escaping: the first is never wanted, the second always on.
            ("bom", "n") | ("escape", "y") => {}
            _ => return Err(wrong(option)),
        }
        Ok(())
    }
}

fn wrong(option: &str) -> String {
    format!(
        "-E {} is not one of header=y|n, separator=/t|/s|CHARACTER, aggregator=,|/s|CHARACTER, quote=d|s|n, \
         occurrence=f|l|a",
        Escaped::text(option.as_bytes())
    )
}

fn separator(value: &str) -> Option<char> {
    match value {
        "/t" => return Some('\t'),
        "/s" => return Some(' '),
        _ => {}
    }
    let c = char::from_str(value).ok()?;
    (c.is_ascii_graphic() || c == ' ' || c == '\t').then_some(c)
}

/// Where the values of a column come from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// The fields with this number in the selection.
    Fields,
    /// `1` for each layer of the protocol.
    Protocol(&'static str),
    /// A column of the packet list.
    Column(Column),
}

/// Writes rows.
#[derive(Clone, Debug)]
pub struct Rows {
    layout: Layout,
    names: Vec<String>,
    /// For each column its cell; a name that is asked for twice has one cell.
    columns: Vec<usize>,
    cells: Vec<Cell>,
    selection: Selection,
    has_protocols: bool,
    limit: usize,
    cap: Cap,
    info: Info,
    spent: usize,
}

#[derive(Clone, Debug)]
struct Cell {
    source: Source,
    text: Vec<u8>,
    values: usize,
    /// Holds text, which a spreadsheet could run.
    is_text: bool,
    is_full: bool,
}

impl Rows {
    /// Rows of `columns`: names of fields, names of protocols (`1` for each such layer), `_ws.col.protocol` and
    /// `_ws.col.info`.
    ///
    /// # Errors
    /// A name that is none of these.
    pub fn new<S: AsRef<str>>(
        registry: &Registry,
        columns: &[S],
        layout: Layout,
        cap: Cap,
    ) -> Result<Self, UnknownField> {
        let mut cell_names: Vec<&str> = Vec::new();
        let mut cells = Vec::new();
        let mut places = Vec::new();
        for name in columns {
            let name = name.as_ref();
            let place = match cell_names.iter().position(|known| *known == name) {
                Some(place) => place,
                None => {
                    cells.push(Cell::new(source(registry, name)?));
                    cell_names.push(name);
                    cells.len() - 1
                }
            };
            places.push(place);
        }
        let selection = Selection::new(registry, |field| {
            let place = cell_names.iter().position(|name| *name == field.abbrev)?;
            u32::try_from(place).ok()
        });
        Ok(Self {
            names: columns.iter().map(|name| name.as_ref().to_owned()).collect(),
            has_protocols: cells.iter().any(|cell| matches!(cell.source, Source::Protocol(_))),
            limit: cap.packet.saturating_sub(columns.len() * 8),
            columns: places,
            cells,
            selection,
            layout,
            cap,
            info: Info::new(cap.value),
            spent: 0,
        })
    }

    /// The line with the names of the columns, if the layout has one.
    pub fn header(&self, out: &mut Vec<u8>) {
        if !self.layout.header {
            return;
        }
        for (at, name) in self.names.iter().enumerate() {
            if at > 0 {
                push_char(out, self.layout.separator);
            }
            out.extend_from_slice(name.as_bytes());
        }
        out.push(b'\n');
    }

    /// The row of one packet.
    pub fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        self.spent = 0;
        for cell in &mut self.cells {
            cell.clear();
        }
        self.summary(packet);
        packet.walk(&mut Filler { rows: self });
        for (at, &place) in self.columns.iter().enumerate() {
            if at > 0 {
                push_char(out, self.layout.separator);
            }
            if let Some(cell) = self.cells.get(place) {
                self.cell(out, cell);
            }
        }
        out.push(b'\n');
    }

    fn summary(&mut self, packet: &Packet<'_>) {
        for cell in &mut self.cells {
            if let Source::Column(column) = cell.source {
                Escaped::info(self.info.column(column, packet)).push(&mut cell.text);
                cell.values = 1;
                cell.is_text = true;
                self.spent += 2 * cell.text.len();
            }
        }
    }

    fn cell(&self, out: &mut Vec<u8>, cell: &Cell) {
        let text = cell.text.as_slice();
        let is_risky = self.layout.guard && cell.is_text && matches!(text, [b'=' | b'+' | b'-' | b'@', ..]);
        if self.layout.csv {
            let needs_quotes = text.iter().any(|byte| {
                matches!(byte, b'"' | b',' | b' ' | b'\'' | b';' | b'|')
                    || char::from(*byte) == self.layout.separator
            });
            if needs_quotes || is_risky {
                out.push(b'"');
                if is_risky {
                    out.push(b'\'');
                }
                doubled(out, text, b'"');
                out.push(b'"');
                return;
            }
            out.extend_from_slice(text);
        } else if self.layout.quote.is_some() && cell.values > 0 {
            self.quoted(out, text);
        } else {
            out.extend_from_slice(text);
        }
    }

    fn quoted(&self, out: &mut Vec<u8>, text: &[u8]) {
        let quote = if self.layout.quote == Some('\'') { b'\'' } else { b'"' };
        out.push(quote);
        doubled(out, text, quote);
        out.push(quote);
    }
}

fn doubled(out: &mut Vec<u8>, text: &[u8], quote: u8) {
    for &byte in text {
        out.push(byte);
        if byte == quote {
            out.push(byte);
        }
    }
}

fn push_char(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn source(registry: &Registry, name: &str) -> Result<Source, UnknownField> {
    if let Some(column) = Column::named(name) {
        return Ok(Source::Column(column));
    }
    if registry.field(name).is_some() {
        return Ok(Source::Fields);
    }
    registry
        .dissectors()
        .map(|dissector| dissector.protocol().name)
        .find(|protocol| *protocol == name)
        .map(Source::Protocol)
        .ok_or_else(|| UnknownField::new(registry, name))
}

impl Cell {
    fn new(source: Source) -> Self {
        Self { source, text: Vec::new(), values: 0, is_text: false, is_full: false }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.values = 0;
        self.is_text = false;
        self.is_full = false;
    }
}

/// Fills the cells of one packet.
struct Filler<'a> {
    rows: &'a mut Rows,
}

impl Filler<'_> {
    /// One more value for the cell `number`.
    fn take(&mut self, number: u32, field: &'static Field, value: Value<'_>) {
        if field.kind == Kind::Group {
            return;
        }
        let Some(cell) = usize::try_from(number).ok().and_then(|place| self.rows.cells.get_mut(place)) else {
            return;
        };
        cell.values += 1;
        match self.rows.layout.occurrence {
            Occurrence::First if cell.values > 1 => return,
            Occurrence::Last => cell.text.clear(),
            Occurrence::All if cell.values > 1 && !cell.is_full => {
                push_char(&mut cell.text, self.rows.layout.aggregator);
            }
            Occurrence::All | Occurrence::First => {}
        }
        if cell.is_full {
            return;
        }
        let start = cell.text.len();
        // Whoever names a column wants all of it: two digits a byte, and a quarter of what the row may still have stays
        // for the columns behind it. Text that grows by its escapes beyond that is cut sooner.
        let room = self.rows.limit.saturating_sub(self.rows.spent) / 4 * 3;
        value::row(&mut cell.text, field, value, (room / 2).max(self.rows.cap.value));
        if cell.text.len().saturating_sub(start) > room {
            cell.text.truncate(start);
            value::row(&mut cell.text, field, value, self.rows.cap.value);
        }
        cell.is_text |= matches!(value, Value::Text(_));
        let added = cell.text.get(start..).unwrap_or_default();
        // Quotes may be printed twice.
        let quotes = added.iter().filter(|byte| matches!(byte, b'"' | b'\'')).count();
        self.rows.spent = self.rows.spent.saturating_add(added.len() + quotes + 1);
        if self.rows.spent > self.rows.limit {
            cell.text.truncate(start);
            cell.text.extend_from_slice(CUT.as_bytes());
            cell.is_full = true;
        }
    }
}

impl Visitor for Filler<'_> {
    fn layer(&mut self, layer: &Layer<'_>) -> bool {
        if self.rows.has_protocols {
            let name = layer.protocol().name;
            for cell in &mut self.rows.cells {
                if matches!(cell.source, Source::Protocol(wanted) if wanted == name) {
                    if cell.values > 0 {
                        push_char(&mut cell.text, self.rows.layout.aggregator);
                    }
                    cell.text.push(b'1');
                    cell.values += 1;
                }
            }
        }
        self.rows.selection.has(layer)
    }

    fn wants(&self, field: &'static Field) -> bool {
        self.rows.selection.get(field).is_some()
    }

    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        if let Some(number) = self.rows.selection.get(field) {
            self.take(number, field, value);
        }
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::super::testing::{frame, probe, registry, with_packet};
    use super::*;
    use proptest::prelude::*;

    fn rows(columns: &[&str], layout: Layout, bytes: &[u8]) -> String {
        let mut rows = Rows::new(&registry(), columns, layout, Cap::default()).unwrap();
        let mut out = Vec::new();
        rows.header(&mut out);
        with_packet(frame(bytes), |packet| rows.packet(&mut out, packet));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn joins_all_values_of_all_fields_of_a_name() {
        let bytes = probe(1, b"hi");
        let columns =
            ["frame.number", "probe.small", "probe.text", "probe.record.part", "probe.addr", "eth.len"];
        assert_eq!(
            rows(&columns, Layout::tsv(), &bytes),
            "frame.number\tprobe.small\tprobe.text\tprobe.record.part\tprobe.addr\teth.len\n\
             4\t7,8\thi\t1,2\t192.0.2.1,198.51.100.1\t\n"
        );
    }

    #[test]
    fn outer_layers_come_first() {
        let bytes = probe(3, b"\x09\x01inner");
        let columns = ["probe.small", "probe.kind", "probe", "eth", "_ws.col.info", "_ws.col.protocol"];
        assert_eq!(rows(&columns, Layout::fields(), &bytes), "9,7,8\t0x03,0x01\t1,1\t1\tinner\tProbe\n");
    }

    #[test]
    fn takes_the_options_of_tshark() {
        let bytes = probe(1, b"a\"b");
        let with = |options: &[&str]| {
            let mut layout = Layout::fields();
            for option in options {
                layout.set(option).unwrap();
            }
            rows(&["probe.addr", "probe.text", "eth.len"], layout, &bytes)
        };
        assert_eq!(with(&["separator=,", "aggregator=/s"]), "192.0.2.1 198.51.100.1,a\"b,\n");
        assert_eq!(with(&["occurrence=f", "separator=;"]), "192.0.2.1;a\"b;\n");
        assert_eq!(with(&["occurrence=l", "quote=d"]), "\"198.51.100.1\"\t\"a\"\"b\"\t\n");
        assert_eq!(with(&["header=y", "quote=s", "occurrence=l"]), {
            "probe.addr\tprobe.text\teth.len\n'198.51.100.1'\t'a\"b'\t\n"
        });
        let mut layout = Layout::fields();
        for option in ["separator=\x1b", "separator=ab", "quote=x", "colour=y", "header", "separator="] {
            assert!(layout.set(option).is_err(), "{option}");
        }
    }

    #[test]
    fn a_column_may_stand_twice() {
        let bytes = probe(1, b"x");
        assert_eq!(rows(&["probe.text", "frame.len", "probe.text"], Layout::fields(), &bytes), "x\t16\tx\n");
    }

    #[test]
    fn csv_is_quoted_and_guarded() {
        let cell = |text: &[u8]| {
            let shown = rows(&["probe.text", "probe.span"], Layout::csv(), &probe(1, text));
            shown.lines().nth(1).unwrap().to_owned()
        };
        assert_eq!(cell(b"plain"), "plain,-0.000002000");
        assert_eq!(cell(b"=cmd|calc"), "\"'=cmd|calc\",-0.000002000");
        assert_eq!(cell(b"+1"), "\"'+1\",-0.000002000");
        assert_eq!(cell(b"-1"), "\"'-1\",-0.000002000");
        assert_eq!(cell(b"@x"), "\"'@x\",-0.000002000");
        assert_eq!(cell(b"\tx"), "\\tx,-0.000002000");
        assert_eq!(cell(b"a\"b"), "\"a\"\"b\",-0.000002000");
        assert_eq!(cell(b"a,b"), "\"a,b\",-0.000002000");
        let raw = Layout { guard: false, ..Layout::csv() };
        assert!(rows(&["probe.text"], raw, &probe(1, b"=cmd")).ends_with("\n=cmd\n"));
    }

    #[test]
    fn an_unknown_column_offers_its_neighbours() {
        let error = Rows::new(&registry(), &["probe.txet"], Layout::tsv(), Cap::default()).unwrap_err();
        assert_eq!(error.nearest.first(), Some(&"probe.text"));
    }

    #[test]
    fn a_row_stays_within_its_cap() {
        let mut rows = Rows::new(
            &registry(),
            &["probe.bytes", "probe.text", "probe.name", "probe.record.name"],
            Layout::fields(),
            Cap { value: usize::MAX, packet: 1_000 },
        )
        .unwrap();
        let mut out = Vec::new();
        with_packet(frame(&probe(1, &[b'"'; 5_000])), |packet| rows.packet(&mut out, packet));
        assert!(out.len() <= 1_000);
        assert!(String::from_utf8(out).unwrap().contains(CUT));
    }

    proptest! {
        #[test]
        fn one_packet_is_one_line(text: Vec<u8>, kind: u8) {
            let columns =
                ["frame.number", "probe.text", "probe.name", "_ws.col.info", "frame.protocols", "probe.record.name"];
            let bytes = probe(kind, &text);
            for layout in [Layout::fields(), Layout::csv()] {
                let layout = Layout { header: false, ..layout };
                let csv = layout.csv;
                let shown = rows(&columns, layout, &bytes);
                prop_assert_eq!(shown.matches('\n').count(), 1);
                prop_assert!(!shown.trim_end_matches('\n').chars().any(|c| c.is_control() && c != '\t'));
                if csv {
                    prop_assert_eq!(csv_cells(&shown).len(), columns.len());
                } else {
                    prop_assert_eq!(shown.matches('\t').count(), columns.len() - 1);
                }
            }
        }
    }

    /// Cells of one line of RFC 4180.
    fn csv_cells(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut is_quoted = false;
        let mut chars = line.trim_end_matches('\n').chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if is_quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    cells.last_mut().unwrap().push('"');
                }
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        assert!(!is_quoted);
        cells
    }
}
