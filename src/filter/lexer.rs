//! From characters to tokens.

use std::ops::Range;

use super::error::FilterError;

/// A token and the bytes of the expression that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a value without quotes: the grammar and the types decide.
    Word(String),
    /// A value in quotes, its escapes resolved.
    Text(Vec<u8>),
    /// One character in single quotes.
    Char(u8),
    /// What stands between `[` and `]`.
    Slice(String),
    /// An operator or a bracket, in the spelling of [`SYMBOLS`].
    Symbol(&'static str),
}

/// Operators and brackets; of two that begin alike the longer stands first.
const SYMBOLS: [&str; 27] = [
    "===", "!==", "==", "!=", "~=", "<=", ">=", "&&", "||", "^^", "..", "<", ">", "!", "~", "&", "+", "-",
    "*", "/", "%", "(", ")", "{", "}", ",", "#",
];

/// The tokens of `text`.
///
/// # Errors
/// A character that begins no token, and quotes or brackets that do not end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
            continue;
        }
        let (kind, len) = token(rest, at)?;
        tokens.push(Token { kind, at: at..at + len });
        at += len;
    }
    Ok(tokens)
}

/// The token at the start of `rest`, which is not empty, and its length in bytes.
fn token(rest: &str, at: usize) -> Result<(Kind, usize), FilterError> {
    if rest.starts_with('"') {
        return quoted(rest, at, 1, Escapes::Resolved);
    }
    if rest.starts_with("r\"") || rest.starts_with("R\"") {
        return quoted(rest, at, 2, Escapes::Raw);
    }
    if rest.starts_with('\'') {
        return character(rest, at);
    }
    if let Some(inside) = rest.strip_prefix('[') {
        let Some(end) = inside.find(']') else {
            return Err(FilterError::new(at..at + 1, "this [ has no ]"));
        };
        return Ok((Kind::Slice(inside.get(..end).unwrap_or_default().to_owned()), end + 2));
    }
    if let Some(len) = word(rest) {
        return Ok((Kind::Word(rest.get(..len).unwrap_or_default().to_owned()), len));
    }
    if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        return Ok((Kind::Symbol(symbol), symbol.len()));
    }
    let len = rest.chars().next().map_or(1, char::len_utf8);
    let error = FilterError::new(at..at + len, "this character has no meaning here");
    Err(match rest.get(..1) {
        Some("=") => error.hint("equal is =="),
        Some("|") => error.hint("or is ||"),
        _ => error,
    })
}

/// The length of a word at the start of `rest`: letters, digits and what stands inside names, numbers and addresses.
fn word(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let starts = byte(0).is_ascii_alphanumeric()
        || byte(0) == b'_'
        || (byte(0) == b':' && byte(1) == b':')
        || (byte(0) == b'.' && byte(1).is_ascii_digit());
    if !starts {
        return None;
    }
    let mut len = 0;
    // A slash belongs to an address in front of it; elsewhere it divides.
    let mut is_address = true;
    loop {
        let (this, next) = (byte(len), byte(len + 1));
        let belongs = match this {
            b'.' => next != b'.',
            b'-' => next.is_ascii_alphanumeric(),
            b'/' => is_address && len > 1 && next.is_ascii_digit(),
            b':' | b'_' => true,
            _ => this.is_ascii_alphanumeric(),
        };
        if !belongs {
            break;
        }
        is_address &= this.is_ascii_hexdigit() || matches!(this, b'.' | b':');
        len += 1;
    }
    // An address has dots or colons, a number has none: 7/2 divides.
    match rest.get(..len)?.split_once('/') {
        Some((number, _)) if !number.contains(['.', ':']) => Some(number.len()),
        _ => Some(len),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Resolved,
    Raw,
}

/// A string whose text begins at `start`.
fn quoted(rest: &str, at: usize, start: usize, escapes: Escapes) -> Result<(Kind, usize), FilterError> {
    let bytes = rest.as_bytes();
    let mut text = Vec::new();
    let mut place = start;
    loop {
        match bytes.get(place) {
            None => return Err(FilterError::new(at..at + start, "this quote does not end").hint("add a \"")),
            Some(b'"') => return Ok((Kind::Text(text), place + 1)),
            Some(b'\\') if escapes == Escapes::Raw => {
                // The regular expression resolves it; a quote behind it does not end the string.
                text.push(b'\\');
                if bytes.get(place + 1) == Some(&b'"') {
                    text.push(b'"');
                    place += 1;
                }
                place += 1;
            }
            Some(b'\\') => {
                let (byte, len) = escape(bytes.get(place..).unwrap_or_default()).ok_or_else(|| {
                    FilterError::new(at + place..at + place + 2, "no such escape")
                        .hint(r#"\\ is a backslash; r"..." takes text as it stands"#)
                })?;
                text.push(byte);
                place += len;
            }
            Some(&byte) => {
                text.push(byte);
                place += 1;
            }
        }
    }
}

/// The byte that an escape at the start of `bytes` stands for, and its length.
fn escape(bytes: &[u8]) -> Option<(u8, usize)> {
    let simple = |byte| Some((byte, 2));
    match *bytes.get(1)? {
        byte @ (b'\\' | b'"' | b'\'') => simple(byte),
        b'a' => simple(7),
        b'b' => simple(8),
        b'f' => simple(12),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(11),
        b'x' => digits(bytes.get(2..4)?, 16).map(|byte| (byte, 4)),
        b'0'..=b'7' => {
            let digits_there = bytes.iter().skip(1).take(3).take_while(|byte| byte.is_ascii_digit()).count();
            digits(bytes.get(1..=digits_there)?, 8).map(|byte| (byte, digits_there + 1))
        }
        _ => None,
    }
}

fn digits(text: &[u8], base: u32) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(text).ok()?, base).ok()
}

/// One character in single quotes.
fn character(rest: &str, at: usize) -> Result<(Kind, usize), FilterError> {
    let bytes = rest.as_bytes();
    let (byte, len) = match bytes.get(1) {
        Some(b'\\') => escape(bytes.get(1..).unwrap_or_default()).unwrap_or((0, 0)),
        Some(&byte) if byte.is_ascii() && byte != b'\'' => (byte, 1),
        _ => (0, 0),
    };
    if len == 0 || bytes.get(1 + len) != Some(&b'\'') {
        return Err(FilterError::new(at..at + 1, "single quotes hold one character")
            .hint("text stands in double quotes: \"...\""));
    }
    Ok((Kind::Char(byte), len + 2))
}
