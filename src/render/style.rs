//! The only door to the terminal: escaping, colour, glyphs and display width.
//!
//! Whatever came from input passes [`Escaped`] before it reaches a sink; docs/faults.md section 1 names the set
//! that never leaves raw.

use std::ffi::OsString;
use std::fmt;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Bytes from input in the only form that sinks accept.
///
/// `Display` and [`Escaped::push`] write the same text, which is valid UTF-8 on one line:
/// `\n \r \t \b \f` for those control characters, `\x1b` for other control bytes and for bytes that are not UTF-8,
/// `\u{202e}` for C1, bidirectional and invisible characters and line separators, `\\` for a backslash.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a> {
    bytes: &'a [u8],
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Name,
    Info,
    Ascii,
    Json,
}

impl<'a> Escaped<'a> {
    /// Text of any encoding.
    #[must_use]
    pub const fn text(bytes: &'a [u8]) -> Self {
        Self { bytes, form: Form::Text }
    }

    /// A domain name in DNS's own `\DDD` form, whose backslashes stay single.
    #[must_use]
    pub const fn name(bytes: &'a [u8]) -> Self {
        Self { bytes, form: Form::Name }
    }

    /// A finished summary, which may hold domain names: `\DDD` and `\.` stay as they are. No escape of ours looks
    /// like these, so nothing can pass for one.
    #[must_use]
    pub const fn info(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), form: Form::Info }
    }

    /// The inside of a JSON string, without the quotes. Text that is not UTF-8 stands in the form of
    /// [`Escaped::text`].
    #[must_use]
    pub const fn json(bytes: &'a [u8]) -> Self {
        Self { bytes, form: Form::Json }
    }

    /// A finished line for terminals that know only ASCII: arrows become `->`, other characters `\u{e9}`.
    /// Its backslashes are escaped already.
    #[must_use]
    pub const fn ascii(line: &'a str) -> Self {
        Self { bytes: line.as_bytes(), form: Form::Ascii }
    }

    /// Appends the escaped form to `out`.
    pub fn push(self, out: &mut Vec<u8>) {
        if self.bytes.iter().all(|&byte| self.form.leaves(byte)) {
            out.extend_from_slice(self.bytes);
            return;
        }
        // A Vec takes every piece.
        let _ = self.pieces(&mut |piece| {
            out.extend_from_slice(piece.as_bytes());
            Ok(())
        });
    }

    fn pieces(self, sink: &mut dyn FnMut(&str) -> fmt::Result) -> fmt::Result {
        if self.form == Form::Json && std::str::from_utf8(self.bytes).is_err() {
            return Self::text(self.bytes).pieces(&mut |piece| Escaped::json(piece.as_bytes()).pieces(sink));
        }
        for chunk in self.bytes.utf8_chunks() {
            let text = chunk.valid();
            let mut start = 0;
            for (at, c) in text.char_indices() {
                let after = at + c.len_utf8();
                if self.form.passes(c, text.get(after..).unwrap_or_default()) {
                    continue;
                }
                sink(text.get(start..at).unwrap_or_default())?;
                self.form.escape(c, sink)?;
                start = after;
            }
            sink(text.get(start..).unwrap_or_default())?;
            for &byte in chunk.invalid() {
                sink("\\x")?;
                hex_digits(byte, sink)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces(&mut |piece| f.write_str(piece))
    }
}

impl Form {
    /// Whether an ASCII byte never needs a second look.
    fn leaves(self, byte: u8) -> bool {
        match byte {
            b'\\' => self == Self::Name || self == Self::Ascii,
            b'"' => self != Self::Json,
            0x20..=0x7e => true,
            _ => false,
        }
    }

    fn passes(self, c: char, rest: &str) -> bool {
        match c {
            '\\' => match self {
                Self::Name | Self::Ascii => true,
                Self::Info => dns_escape(rest.as_bytes()),
                Self::Text | Self::Json => false,
            },
            '"' => self != Self::Json,
            ' '..='~' => true,
            _ => self != Self::Ascii && !is_hidden(c),
        }
    }

    fn escape(self, c: char, sink: &mut dyn FnMut(&str) -> fmt::Result) -> fmt::Result {
        let short = match c {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\\' => "\\\\",
            '"' => "\\\"",
            '→' => "->",
            '←' => "<-",
            '⇄' => "<>",
            '…' => "...",
            '–' => "-",
            '·' => ".",
            '×' => "x",
            'µ' => "u",
            _ => "",
        };
        if !short.is_empty() {
            return sink(short);
        }
        let code = u32::from(c);
        let [.., b1, b0] = code.to_be_bytes();
        if self == Self::Json {
            // Everything in the set lies in the basic plane.
            sink("\\u")?;
            hex_digits(b1, sink)?;
            hex_digits(b0, sink)
        } else if code < 0x80 {
            sink("\\x")?;
            hex_digits(b0, sink)
        } else {
            let mut buffer = [0; 4];
            c.escape_unicode().try_for_each(|c| sink(c.encode_utf8(&mut buffer)))
        }
    }
}

/// After a backslash: three digits or a dot, as in the text form of domain names (RFC 4343 section 2.1).
fn dns_escape(rest: &[u8]) -> bool {
    matches!(rest, [b'.', ..] | [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..])
}

/// The escaped set of docs/faults.md section 1 without the backslash, and the two separators at which some
/// readers end a line.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The two lower-case digits of a byte.
#[must_use]
pub fn hex_pair(byte: u8) -> [u8; 2] {
    [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

fn hex_digits(byte: u8, sink: &mut dyn FnMut(&str) -> fmt::Result) -> fmt::Result {
    sink(std::str::from_utf8(&hex_pair(byte)).unwrap_or_default())
}

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
    text.width()
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
        used += c.width().unwrap_or(0);
        if used > room {
            return (text.get(..at).unwrap_or_default(), true);
        }
    }
    (text, false)
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
    }

    #[test]
    fn caps_between_characters() {
        assert_eq!(capped("ab漢".as_bytes(), 4), (b"ab".as_slice(), true));
        assert_eq!(capped(b"\x80\x80\x80\x80\x80\x80", 5).0.len(), 5);
        assert_eq!(capped(b"abc", 3), (b"abc".as_slice(), false));
    }

    proptest! {
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
