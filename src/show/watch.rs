//! The busiest flows of each interval: in place on a terminal, table after table elsewhere.

use crate::flow::table::FlowTable;
use crate::render::Screen;
use crate::render::busiest::Busiest;

/// Rows where nothing bounds them but patience.
const MOST: usize = 20;
/// Lines of a terminal that are left to the heading, the names of columns and the prompt.
const BESIDES: usize = 4;

/// Tables while packets pass.
pub(super) struct Watch {
    busiest: Busiest,
    /// Length of an interval in ns.
    length: i64,
    /// Lines of the table on a terminal that the next one replaces; `None` elsewhere. Nothing but the place of the
    /// cursor changes on the terminal, so nothing has to be restored however the program ends.
    drawn: Option<usize>,
}

impl Watch {
    /// A table each `length` ns, in place if `is_terminal`.
    pub(super) fn new(screen: Screen, length: i64, is_terminal: bool) -> Self {
        Self { busiest: Busiest::new(screen), length, drawn: is_terminal.then_some(0) }
    }

    /// The table that was drawn last stays where it is.
    pub(super) fn leave(&mut self) {
        self.drawn = self.drawn.map(|_| 0);
    }

    /// Appends the table of the interval that ended `since` ns after the first frame.
    pub(super) fn table(&mut self, out: &mut Vec<u8>, flows: &FlowTable, since: i64) {
        let start = out.len();
        let mut most = MOST;
        if let Some(lines) = self.drawn
            && let Some((columns, rows)) = terminal_size::terminal_size()
        {
            self.busiest.resize(usize::from(columns.0));
            most = usize::from(rows.0).saturating_sub(BESIDES).max(1);
            if lines > 0 {
                // ECMA-48: cursor to the start of the line so many lines up, erase to the end of the screen.
                out.extend_from_slice(format!("\x1b[{lines}F\x1b[J").as_bytes());
            }
        }
        let table = out.len();
        let is_busy = self.busiest.table(out, flows, (since, self.length), most);
        match &mut self.drawn {
            Some(lines) => *lines = out.iter().skip(table).filter(|&&byte| byte == b'\n').count(),
            None if is_busy => out.push(b'\n'),
            None => out.truncate(start),
        }
    }
}
