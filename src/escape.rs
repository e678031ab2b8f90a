//! Bytes from input in the only form in which they are shown; docs/faults.md section 1 names the set that never
//! leaves raw.

use std::fmt;

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

    /// The same of a text that is nobody else's: it stays as it is where nothing in it is escaped.
    #[must_use]
    pub fn info_of(text: String) -> String {
        match Escaped::info(&text).as_it_is() {
            Some(_) => text,
            None => Escaped::info(&text).to_string(),
        }
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
        if self.push_plain(out) {
            return;
        }
        // A Vec takes every piece.
        let _ = self.pieces(&mut |piece| {
            out.extend_from_slice(piece.as_bytes());
            Ok(())
        });
    }

    /// The same, if that is ASCII and nothing in it escaped; false, and nothing appended, if not.
    pub fn push_plain(self, out: &mut Vec<u8>) -> bool {
        let is_plain = self.is_plain();
        if is_plain {
            out.extend_from_slice(self.bytes);
        }
        is_plain
    }

    /// Whether no byte needs a second look. All are looked at, so that it is done by many at once.
    fn is_plain(self) -> bool {
        let (quote, backslash) = self.form.doubted();
        let is_doubtful = |byte: u8| !matches!(byte, 0x20..=0x7e) | (byte == quote) | (byte == backslash);
        !self.bytes.iter().fold(false, |doubt, &byte| doubt | is_doubtful(byte))
    }

    /// The text, if nothing in it is escaped.
    fn as_it_is(self) -> Option<&'a str> {
        self.is_plain().then(|| std::str::from_utf8(self.bytes).ok()).flatten()
    }

    fn pieces(self, sink: &mut dyn FnMut(&str) -> fmt::Result) -> fmt::Result {
        if self.form == Form::Json && std::str::from_utf8(self.bytes).is_err() {
            return Self::text(self.bytes).pieces(&mut |piece| Escaped::json(piece.as_bytes()).pieces(sink));
        }
        for chunk in self.bytes.utf8_chunks() {
            let text = chunk.valid();
            let (mut start, mut at) = (0, 0);
            while let Some(c) = self.next_doubtful(text, &mut at) {
                let after = at + c.len_utf8();
                if !self.form.passes(c, text.get(after..).unwrap_or_default()) {
                    sink(text.get(start..at).unwrap_or_default())?;
                    self.form.escape(c, sink)?;
                    start = after;
                }
                at = after;
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

impl Escaped<'_> {
    /// The next character at or behind `at` that needs a second look; `at` moves there.
    fn next_doubtful(self, text: &str, at: &mut usize) -> Option<char> {
        let rest = text.as_bytes().get(*at..)?;
        *at += rest.iter().position(|&byte| !self.form.leaves(byte))?;
        text.get(*at..)?.chars().next()
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_it_is() {
            Some(text) => f.write_str(text),
            None => self.pieces(&mut |piece| f.write_str(piece)),
        }
    }
}

impl Form {
    /// The printable characters that need a second look: a quote and a backslash, or, where they need none, a control
    /// character instead, which always does.
    const fn doubted(self) -> (u8, u8) {
        match self {
            Self::Name | Self::Ascii => (0, 0),
            Self::Text | Self::Info => (0, b'\\'),
            Self::Json => (b'"', b'\\'),
        }
    }

    /// Whether an ASCII byte never needs a second look.
    fn leaves(self, byte: u8) -> bool {
        let (quote, backslash) = self.doubted();
        matches!(byte, 0x20..=0x7e) && byte != quote && byte != backslash
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
pub(crate) fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The two lower-case digits of every byte.
static HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

/// The two lower-case digits of a byte.
#[must_use]
pub fn hex_pair(byte: u8) -> [u8; 2] {
    HEX[usize::from(byte)]
}

fn hex_digits(byte: u8, sink: &mut dyn FnMut(&str) -> fmt::Result) -> fmt::Result {
    sink(std::str::from_utf8(&hex_pair(byte)).unwrap_or_default())
}
