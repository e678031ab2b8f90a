//! The only door to the terminal: colour, glyphs and display width; escaping comes from [`crate::escape`].
//!
//! Whatever came from input passes [`Escaped`] before it reaches a sink.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;

pub use crate::escape::{Escaped, hex_pair};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// When to colour, as the user said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// As the environment and the terminal suggest.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a coloured piece of text means. Colour never carries it alone: a word or a mark stands there too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Headings.
    Heading,
    /// Names of protocols.
    Protocol,
    /// Names of fields, and what matters less.
    Dim,
    /// Something is wrong: `error`, `!`.
    Error,
    /// Something is odd: `warning`.
    Warning,
    /// Something went well.
    Good,
}

/// The palette, decided once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    on: bool,
}

impl Style {
    /// Without colour.
    pub const PLAIN: Self = Self { on: false };

    /// Decides: the flag, then `NO_COLOR`, then `CLICOLOR_FORCE`, then a terminal whose `TERM` is not `dumb`.
    pub fn detect(choice: ColorChoice, terminal: bool, env: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| env(name).is_some_and(|value| !value.is_empty());
        let on = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR") => false,
            ColorChoice::Auto if env("CLICOLOR_FORCE").is_some_and(|v| !v.is_empty() && v != "0") => true,
            ColorChoice::Auto => terminal && env("TERM").is_some_and(|term| term != "dumb"),
        };
        Self { on }
    }

    /// Whether anything is coloured.
    #[must_use]
    pub const fn is_on(self) -> bool {
        self.on
    }

    /// Begins text of `role`.
    pub fn start(self, role: Role, out: &mut Vec<u8>) {
        if self.on {
            push_display(out, &palette(role).prefix_formatter());
        }
    }

    /// Ends text of `role`.
    pub fn stop(self, role: Role, out: &mut Vec<u8>) {
        if self.on {
            push_display(out, &palette(role).suffix_formatter());
        }
    }

    /// `text` in the colour of `role`, for messages that are written with `write!`. It is not escaped.
    #[must_use]
    pub fn paint<T: fmt::Display>(self, role: Role, text: T) -> owo_colors::Styled<T> {
        let style = if self.on { palette(role) } else { owo_colors::Style::new() };
        style.style(text)
    }
}

fn palette(role: Role) -> owo_colors::Style {
    let style = owo_colors::Style::new();
    match role {
        Role::Heading => style.bold(),
        Role::Protocol => style.cyan(),
        Role::Dim => style.dimmed(),
        Role::Error => style.red().bold(),
        Role::Warning => style.yellow(),
        Role::Good => style.green(),
    }
}

fn push_display(out: &mut Vec<u8>, text: &dyn fmt::Display) {
    use std::io::Write as _;
    // A Vec takes everything.
    let _ = write!(out, "{text}");
}

/// Marks that are not letters: UTF-8, or ASCII for terminals that lack it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// From source to destination.
    pub right: &'static str,
    /// From destination to source.
    pub left: &'static str,
    /// Both ways.
    pub both: &'static str,
    /// Text goes on.
    pub more: &'static str,
    /// Between two numbers of a range.
    pub to: &'static str,
    /// A remark.
    pub note: &'static str,
    /// Something is wrong.
    pub bad: &'static str,
    /// Times.
    pub times: &'static str,
    /// Whether all of it is ASCII.
    pub ascii: bool,
}

impl Glyphs {
    /// For UTF-8.
    pub const UTF8: Self = Self {
        right: "→",
        left: "←",
        both: "⇄",
        more: "…",
        to: "–",
        note: "·",
        bad: "!",
        times: "×",
        ascii: false,
    };
    /// For ASCII.
    pub const ASCII: Self = Self {
        right: "->",
        left: "<-",
        both: "<>",
        more: "...",
        to: "-",
        note: ".",
        bad: "!",
        times: "x",
        ascii: true,
    };

    /// ASCII if asked for or if the locale (`LC_ALL`, `LC_CTYPE`, `LANG`, the first that is set) names another
    /// encoding than UTF-8. Where none is set, as in containers and services, readers are taken to know UTF-8.
    pub fn detect(ascii: bool, env: impl Fn(&str) -> Option<OsString>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| env(name).filter(|value| !value.is_empty()))
            .map(|value| value.to_string_lossy().to_ascii_lowercase());
        let known = locale.is_none_or(|name| name.contains("utf-8") || name.contains("utf8"));
        if ascii || !known { Self::ASCII } else { Self::UTF8 }
    }
}

/// Columns that `text` takes on a terminal.
#[must_use]
pub fn columns(text: &str) -> usize {
    // Most of what is printed: the widths of other characters are looked up one by one.
    if is_printable(text.as_bytes()) { text.len() } else { text.width() }
}

/// The same of bytes that are text.
#[must_use]
pub fn columns_of(text: &[u8]) -> usize {
    if is_printable(text) { text.len() } else { columns(std::str::from_utf8(text).unwrap_or_default()) }
}

/// Whether each byte is a character of one column. All are looked at, so that it is done by many at once.
fn is_printable(text: &[u8]) -> bool {
    text.iter().fold(true, |so_far, byte| so_far & matches!(byte, b' '..=b'~'))
}

/// As much of `text` as fits into `width` columns, and whether something was left out. With `mark` appended to a
/// text that was cut, it still fits.
#[must_use]
pub fn fit<'a>(text: &'a str, width: usize, mark: &str) -> (&'a str, bool) {
    // No character takes more columns than bytes.
    if text.len() <= width || columns(text) <= width {
        return (text, false);
    }
    let room = width.saturating_sub(columns(mark));
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += if c == EMOJI { 1 } else { c.width().unwrap_or(0) };
        if used > room {
            return (text.get(..at).unwrap_or_default(), true);
        }
    }
    (text, false)
}

/// The variation selector that makes an emoji of two columns of the character before it, which takes one if it is a
/// digit: no other character widens its neighbour.
const EMOJI: char = '\u{fe0f}';

/// So many blanks.
#[must_use]
pub fn blanks(count: usize) -> Cow<'static, str> {
    const USUAL: &str = "                                        ";
    USUAL.get(..count).map_or_else(|| Cow::Owned(" ".repeat(count)), Cow::Borrowed)
}

/// Appends text broken at blanks to fit `width` columns. Behind a label, further lines are indented like the first.
pub fn wrap(out: &mut Vec<u8>, label: &str, text: &str, width: usize) {
    let indent = if label.is_empty() { 0 } else { 8 };
    let mut line = String::with_capacity(width.min(text.len()).saturating_add(indent));
    line.push_str(label);
    line.push_str(&blanks(indent.saturating_sub(columns(label))));
    let mut used = indent;
    for word in text.split(' ') {
        let len = columns(word);
        if used > indent && used + 1 + len > width {
            out.extend_from_slice(line.trim_end().as_bytes());
            out.push(b'\n');
            line.clear();
            line.push_str(&blanks(indent));
            used = indent;
        }
        if used > indent {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += len;
    }
    out.extend_from_slice(line.trim_end().as_bytes());
    out.push(b'\n');
}

/// As many leading bytes of `bytes` as `cap` allows, not in the middle of a character, and whether that is less
/// than all.
#[must_use]
pub fn capped(bytes: &[u8], cap: usize) -> (&[u8], bool) {
    if bytes.len() <= cap {
        return (bytes, false);
    }
    let is_inside = |at: &usize| bytes.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let end = (cap.saturating_sub(3)..=cap).rev().find(|at| !is_inside(at)).unwrap_or(cap);
    (bytes.get(..end).unwrap_or_default(), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::is_hidden;
    use proptest::prelude::*;

    fn text(bytes: &[u8]) -> String {
        Escaped::text(bytes).to_string()
    }

    #[test]
    fn spells_the_escaped_set() {
        assert_eq!(text(b"a\nb\r\t\x08\x0c"), r"a\nb\r\t\b\f");
        assert_eq!(text(b"\x1b[2J\x07\x7f\0"), r"\x1b[2J\x07\x7f\x00");
        assert_eq!(text(b"a\x9bb\xc2\x9bc\xc0\xaf"), r"a\x9bb\u{9b}c\xc0\xaf");
        assert_eq!(text("\u{202e}gnp\u{feff}\u{ad}\u{200b}\u{2066}".as_bytes()), {
            r"\u{202e}gnp\u{feff}\u{ad}\u{200b}\u{2066}"
        });
        assert_eq!(text(br"\\host\share"), r"\\\\host\\share");
        assert_eq!(text("grüße 漢字 🙂".as_bytes()), "grüße 漢字 🙂");
    }

    #[test]
    fn leaves_the_backslashes_of_domain_names() {
        assert_eq!(Escaped::name(br"a\.b\027.example").to_string(), r"a\.b\027.example");
        assert_eq!(Escaped::name(b"a\x1b").to_string(), r"a\x1b");
        assert_eq!(Escaped::info(r"A? a\027b\.c C:\dir \x1b").to_string(), r"A? a\027b\.c C:\\dir \\x1b");
    }

    #[test]
    fn json_reads_back() {
        for raw in ["plain", "q\"uote", "back\\slash", "\u{1b}\n\u{202e}\u{85}", "grüße"] {
            let line = format!("\"{}\"", Escaped::json(raw.as_bytes()));
            assert_eq!(serde_json::from_str::<String>(&line).unwrap(), raw);
        }
        let line = format!("\"{}\"", Escaped::json(b"a\\b\xff\x1b"));
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), r"a\\b\xff\x1b");
    }

    #[test]
    fn ascii_lines_hold_only_ascii() {
        assert_eq!(Escaped::ascii("a → b… é").to_string(), r"a -> b... \u{e9}");
    }

    #[test]
    fn colour_is_decided_in_order() {
        let env = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|row| row.0 == name).map(|row| OsString::from(row.1))
        };
        let on = |choice, terminal, pairs| Style::detect(choice, terminal, env(pairs)).is_on();
        assert!(on(ColorChoice::Always, false, &[("NO_COLOR", "1")]));
        assert!(!on(ColorChoice::Never, true, &[("CLICOLOR_FORCE", "1"), ("TERM", "xterm")]));
        assert!(!on(
            ColorChoice::Auto,
            true,
            &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"), ("TERM", "xterm")]
        ));
        assert!(on(ColorChoice::Auto, false, &[("NO_COLOR", ""), ("CLICOLOR_FORCE", "1")]));
        assert!(on(ColorChoice::Auto, true, &[("TERM", "xterm")]));
        assert!(!on(ColorChoice::Auto, true, &[("TERM", "dumb")]));
        assert!(!on(ColorChoice::Auto, false, &[("TERM", "xterm")]));
    }

    #[test]
    fn glyphs_follow_the_locale() {
        let glyphs = |name: &'static str, value: &'static str| {
            Glyphs::detect(false, move |asked| (asked == name).then(|| value.into()))
        };
        assert_eq!(glyphs("LANG", "en_US.UTF-8"), Glyphs::UTF8);
        assert_eq!(glyphs("LC_ALL", "C"), Glyphs::ASCII);
        assert_eq!(glyphs("NONE", ""), Glyphs::UTF8);
        assert_eq!(Glyphs::detect(true, |_| Some("C.UTF-8".into())), Glyphs::ASCII);
    }

    #[test]
    fn fits_by_columns() {
        assert_eq!(fit("abc", 3, "…"), ("abc", false));
        assert_eq!(fit("abcd", 3, "…"), ("ab", true));
        assert_eq!(fit("漢字漢字", 5, "…"), ("漢字", true));
        assert_eq!(fit("é́é́é́", 3, "…"), ("é́é́é́", false));
        assert_eq!(fit("0\u{fe0f}0\u{fe0f}0", 4, "…"), ("0\u{fe0f}0", true));
    }

    #[test]
    fn caps_between_characters() {
        assert_eq!(capped("ab漢".as_bytes(), 4), (b"ab".as_slice(), true));
        assert_eq!(capped(b"\x80\x80\x80\x80\x80\x80", 5).0.len(), 5);
        assert_eq!(capped(b"abc", 3), (b"abc".as_slice(), false));
    }

    proptest! {
        #[test]
        fn what_is_cut_fits(
            text in "[ 0aé®…漢\u{5d0}\u{5dc}\u{644}\u{627}\u{301}\u{1f468}\u{1f3fb}\u{200d}\u{fe0e}\u{fe0f}]{0,12}",
            width in 1..20_usize,
        ) {
            let (shown, is_cut) = fit(&text, width, "…");
            prop_assert!(text.starts_with(shown));
            prop_assert_eq!(is_cut, columns(&text) > width);
            let printed = format!("{shown}{}", if is_cut { "…" } else { "" });
            prop_assert!(columns(&printed) <= width, "{printed:?}");
        }

        #[test]
        fn nothing_of_the_set_gets_out(bytes: Vec<u8>, chars: String) {
            for bytes in [&bytes, chars.as_bytes()] {
                let mut out = Vec::new();
                Escaped::text(bytes).push(&mut out);
                let line = String::from_utf8(out).unwrap();
                prop_assert_eq!(&line, &text(bytes));
                prop_assert!(!line.chars().any(is_hidden));
                let mut out = Vec::new();
                Escaped::json(bytes).push(&mut out);
                let line = format!("\"{}\"", String::from_utf8(out).unwrap());
                prop_assert!(!line.chars().any(is_hidden));
                prop_assert!(serde_json::from_str::<String>(&line).is_ok());
                prop_assert!(Escaped::ascii(&line).to_string().is_ascii());
            }
        }
    }
}
