//! Tables without borders: a heading, rows, two blanks between columns. Flows, endpoints and protocols use them.

use comfy_table::{Cell, ContentArrangement, Row, Table};

use super::Screen;
use super::style::{Escaped, Role, blanks, columns, fit};

/// Tables of more rows are laid out line by line.
const SHORT: usize = 100;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Heading.
    pub title: &'static str,
    /// Where its cells stand.
    pub align: Align,
    /// Columns of the screen that it takes at least.
    pub least: usize,
}

/// Where the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

impl Column {
    /// A column of text.
    #[must_use]
    pub const fn text(title: &'static str) -> Self {
        Self { title, align: Align::Left, least: 0 }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(title: &'static str) -> Self {
        Self { title, align: Align::Right, least: 0 }
    }

    /// At least `columns` wide.
    #[must_use]
    pub const fn least(self, columns: usize) -> Self {
        Self { least: columns, ..self }
    }
}

/// A table being filled. It prints all at once: column widths come from all rows.
#[derive(Debug)]
pub struct Grid {
    screen: Screen,
    columns: Vec<Column>,
    widths: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A table with these columns.
    #[must_use]
    pub fn new(screen: Screen, columns: &[Column]) -> Self {
        Self {
            widths: columns.iter().map(|column| self::columns(column.title).max(column.least)).collect(),
            columns: columns.to_vec(),
            screen,
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells are escaped here.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut row = Vec::with_capacity(self.columns.len());
        for cell in cells.into_iter().take(self.columns.len()) {
            let cell = Escaped::info_of(cell.into());
            row.push(if self.screen.glyphs.ascii { Escaped::ascii(&cell).to_string() } else { cell });
        }
        row.resize(self.columns.len(), String::new());
        for (width, cell) in self.widths.iter_mut().zip(&row) {
            *width = columns(cell).max(*width);
        }
        self.rows.push(row);
    }

    /// Whether the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Appends the table: heading and rows. Where it is wider than the screen, the widest columns of text give way.
    pub fn print(mut self, out: &mut Vec<u8>) {
        self.shrink();
        if self.rows.len() > SHORT { self.print_lines(out) } else { self.print_table(out) }
    }

    /// What [`Self::print_table`] prints, row by row: that takes twelve thousand instructions for a row of eleven cells.
    fn print_lines(&self, out: &mut Vec<u8>) {
        let titles = self.columns.iter().map(|column| column.title);
        self.screen.style.start(Role::Heading, out);
        self.line(titles, out);
        self.screen.style.stop(Role::Heading, out);
        out.push(b'\n');
        for row in &self.rows {
            self.line(row.iter().map(String::as_str), out);
            out.push(b'\n');
        }
    }

    fn line<'a>(&self, texts: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
        let mut line = String::with_capacity(self.widths.iter().sum::<usize>() + 2 * self.widths.len());
        for (at, text) in texts.enumerate() {
            if at > 0 {
                line.push_str("  ");
            }
            self.fill(&mut line, at, text);
        }
        out.extend_from_slice(line.trim_end().as_bytes());
    }

    fn print_table(&self, out: &mut Vec<u8>) {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.cells(|at| self.columns.get(at).map(|column| column.title)));
        if !self.is_empty() {
            table.add_row(self.cells(|at| self.rows.iter().filter_map(move |row| row.get(at))));
        }
        let count = self.columns.len();
        for (at, column) in table.column_iter_mut().enumerate() {
            let gap = if at + 1 < count { 2 } else { 0 };
            column.set_padding((0, gap));
        }
        for (number, line) in table.lines().enumerate() {
            if number == 0 {
                self.screen.style.start(Role::Heading, out);
            }
            out.extend_from_slice(line.trim_end().as_bytes());
            if number == 0 {
                self.screen.style.stop(Role::Heading, out);
            }
            out.push(b'\n');
        }
    }

    /// One cell for each column with a line for each of its texts, cut and filled to the width of the column: the table
    /// itself never cuts, and it must not wrap. It takes much longer over many cells than over many lines.
    fn cells<T: AsRef<str>, C: IntoIterator<Item = T>>(&self, texts: impl Fn(usize) -> C) -> Row {
        let cells = (0..self.columns.len()).map(|at| {
            let mut cell = String::new();
            for (line, text) in texts(at).into_iter().enumerate() {
                if line > 0 {
                    cell.push('\n');
                }
                self.fill(&mut cell, at, text.as_ref());
            }
            Cell::new(cell)
        });
        Row::from(cells.collect::<Vec<_>>())
    }

    /// Appends `text`, cut and filled to the width of column `at`.
    fn fill(&self, cell: &mut String, at: usize, text: &str) {
        let (Some(column), Some(&width)) = (self.columns.get(at), self.widths.get(at)) else { return };
        let mark = self.screen.glyphs.more;
        let (shown, is_cut) = fit(text, width, mark);
        let mark = if is_cut && columns(mark) <= width { mark } else { "" };
        let missing = width.saturating_sub(columns(shown) + columns(mark));
        let blanks = blanks(missing);
        if column.align == Align::Right {
            cell.push_str(&blanks);
        }
        cell.push_str(shown);
        cell.push_str(mark);
        if column.align == Align::Left {
            cell.push_str(&blanks);
        }
    }

    fn shrink(&mut self) {
        /// No column of text becomes narrower.
        const NARROWEST: usize = 8;
        let gaps = 2 * self.widths.len().saturating_sub(1);
        let room = self.screen.columns().saturating_sub(gaps);
        loop {
            let excess = self.widths.iter().sum::<usize>().saturating_sub(room);
            let widest = self
                .widths
                .iter_mut()
                .zip(&self.columns)
                .filter(|(width, column)| {
                    column.align == Align::Left && **width > NARROWEST.max(column.least)
                })
                .max_by_key(|(width, _)| **width);
            match widest {
                Some((width, _)) if excess > 0 => *width -= 1,
                _ => return,
            }
        }
    }
}

/// Rows collected before a table is printed: column widths come from all of them, memory must not.
const PAGE: usize = 1_000;

/// A table of any length, printed page by page, with the columns for which the screen is wide enough.
#[derive(Debug)]
pub struct Pages {
    screen: Screen,
    /// How wide the screen must be for a column, and the column.
    columns: &'static [(usize, Column)],
    grid: Grid,
    rows: usize,
}

impl Pages {
    /// An empty table.
    #[must_use]
    pub fn new(screen: Screen, columns: &'static [(usize, Column)]) -> Self {
        Self { screen, columns, grid: Self::grid(screen, columns), rows: 0 }
    }

    fn grid(screen: Screen, columns: &[(usize, Column)]) -> Grid {
        let room = screen.columns();
        let fitting: Vec<Column> = columns.iter().filter(|row| room >= row.0).map(|row| row.1).collect();
        Grid::new(screen, &fitting)
    }

    /// Adds a row with a cell for each column, whether it is shown or not; a full page is appended to `out`.
    pub fn row(&mut self, out: &mut Vec<u8>, cells: impl IntoIterator<Item = String>) {
        self.row_of(out, cells, |cell| cell);
    }

    /// Adds a row whose cells `make` makes of what stands for them, where they are shown.
    pub fn row_of<T>(
        &mut self,
        out: &mut Vec<u8>,
        cells: impl IntoIterator<Item = T>,
        make: impl Fn(T) -> String,
    ) {
        let room = self.screen.columns();
        let fitting = cells.into_iter().zip(self.columns).filter(|(_, column)| room >= column.0);
        self.grid.row(fitting.map(|(cell, _)| make(cell)));
        self.rows += 1;
        if self.rows == PAGE {
            self.print(out);
        }
    }

    /// Appends what is left.
    pub fn print(&mut self, out: &mut Vec<u8>) {
        let grid = std::mem::replace(&mut self.grid, Self::grid(self.screen, self.columns));
        self.rows = 0;
        if !grid.is_empty() {
            grid.print(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::Glyphs;
    use super::*;
    use proptest::prelude::*;

    fn print(screen: Screen, rows: &[[&str; 3]]) -> String {
        let mut grid = Grid::new(
            screen,
            &[Column::number("Flow"), Column::text("Client").least(12), Column::number("Pkts")],
        );
        for row in rows {
            grid.row(*row);
        }
        let mut out = Vec::new();
        grid.print(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_without_borders() {
        assert_eq!(
            print(Screen::PIPE, &[["0", "192.0.2.1:80", "3"], ["1", "x", "1,234"]]),
            "Flow  Client         Pkts\n   0  192.0.2.1:80      3\n   1  x             1,234\n"
        );
    }

    #[test]
    fn text_gives_way_on_a_narrow_screen() {
        let long = "a name that is far too long for any screen of forty columns";
        let screen = Screen { width: Some(40), ..Screen::PIPE };
        let shown = print(screen, &[["0", long, "3"]]);
        assert!(shown.lines().all(|line| columns(line) <= 40), "{shown}");
        assert_eq!(shown.lines().count(), 2);
        assert!(shown.contains('…'));
        assert!(print(Screen { glyphs: Glyphs::ASCII, ..screen }, &[["0", long, "–"]]).is_ascii());
    }

    #[test]
    fn cells_are_escaped() {
        let shown = print(Screen::PIPE, &[["0", "a\x1b[31m\n\u{202e}", "3"]]);
        assert!(shown.contains(r"a\x1b[31m\n\u{202e}"), "{shown}");
    }

    proptest! {
        #[test]
        fn long_tables_look_like_short_ones(
            cells in proptest::collection::vec(
                proptest::array::uniform3(proptest::string::string_regex("(\\PC|0\u{fe0f}){0,32}").unwrap()),
                0..100,
            ),
            width in proptest::option::of(1..120_usize),
            ascii: bool,
        ) {
            let glyphs = if ascii { Glyphs::ASCII } else { Screen::PIPE.glyphs };
            let columns = [Column::number("Flow"), Column::text("Client").least(12), Column::text("漢字")];
            let mut grid = Grid::new(Screen { width, glyphs, ..Screen::PIPE }, &columns);
            cells.into_iter().for_each(|row| grid.row(row));
            grid.shrink();
            let (mut short, mut long) = (Vec::new(), Vec::new());
            grid.print_table(&mut short);
            grid.print_lines(&mut long);
            prop_assert_eq!(String::from_utf8(short), String::from_utf8(long));
        }

        #[test]
        fn one_row_is_one_line(cell: String, width in 1..200_usize) {
            let shown = print(Screen { width: Some(width), ..Screen::PIPE }, &[["0", &cell, "1"]]);
            prop_assert_eq!(shown.lines().count(), 2);
            prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
