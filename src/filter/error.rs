//! Why an expression is no filter: what is wrong, where, and what to write instead.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthStr as _;

use crate::render::style::Escaped;

/// An expression that cannot be used, told with a mark under the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// What is wrong, without the place.
    pub message: String,
    /// Bytes of the expression that are meant; empty at its end if something is missing.
    pub at: Range<usize>,
    /// What to write instead, or where to look.
    pub hint: Option<String>,
    text: String,
}

impl FilterError {
    /// `message` about the bytes `at`.
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), at, hint: None, text: String::new() }
    }

    /// The same with advice.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, showing the expression that it is about.
    pub(super) fn within(self, text: &str) -> Self {
        Self { text: text.to_owned(), ..self }
    }

    /// The line of the expression that is shown, and the column and width of the mark below it.
    fn excerpt(&self) -> (String, usize, usize) {
        let part = |range: Range<usize>| escaped(self.text.get(range).unwrap_or_default());
        let end = self.at.end.min(self.text.len());
        let start = self.at.start.min(end);
        let (mut before, mut marked, mut after) =
            (part(0..start), part(start..end), part(end..self.text.len()));
        let room = WIDTH.saturating_sub(marked.width().min(WIDTH / 2));
        shorten(&mut marked, WIDTH / 2, Side::End);
        shorten(&mut before, room / 2, Side::Start);
        shorten(&mut after, room / 2, Side::End);
        let (column, width) = (before.width(), marked.width().max(1));
        (before + &marked + &after, column, width)
    }
}

/// Columns of the expression that are shown; what lies further from the mark is left out.
const WIDTH: usize = 70;
/// Under `error: `.
const INDENT: &str = "       ";
/// What replaces the part left out.
const CUT: &str = "...";

#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
}

/// Leaves out what exceeds `width` columns at one side.
fn shorten(text: &mut String, width: usize, side: Side) {
    if text.width() <= width {
        return;
    }
    let keep = width.saturating_sub(CUT.len());
    let count = text.chars().count();
    let kept: String = match side {
        Side::Start => text.chars().skip(count.saturating_sub(keep)).collect(),
        Side::End => text.chars().take(keep).collect(),
    };
    *text = match side {
        Side::Start => format!("{CUT}{kept}"),
        Side::End => format!("{kept}{CUT}"),
    };
}

/// `text` from the command line as it may be printed.
pub(super) fn escaped(text: &str) -> String {
    // As it was typed: backslashes stay single.
    Escaped::name(text.as_bytes()).to_string()
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let (line, column, width) = self.excerpt();
        write!(f, "\n{INDENT}{line}\n{INDENT}{:column$}{:^<width$}", "", "")?;
        let Some(hint) = &self.hint else { return Ok(()) };
        if column + width + hint.width() < WIDTH {
            write!(f, "        {hint}")
        } else {
            write!(f, "\n{INDENT}{hint}")
        }
    }
}

impl std::error::Error for FilterError {}
