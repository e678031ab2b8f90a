//! Lines of text in a byte stream, which end in CR LF, or in LF alone.

use core::ops::Range;

use crate::bytes::up_to;
use crate::dissector::{Context, Fault, Stream};

/// Bytes that are waited for without the end of a line.
pub(super) const MAX_LINE: usize = 16_384;
/// Bytes of one message of several lines that are held until it is complete.
pub(super) const MAX_HELD: usize = 65_536;

/// Bytes of the first line of `data`, its end included.
///
/// # Errors
/// [`Fault::Short`] while its end may still come; a line that is too long, or the last, ends with the data.
pub(super) fn first(data: &[u8], cx: &Context<'_>) -> Result<usize, Fault> {
    match data.iter().position(|&byte| byte == b'\n') {
        Some(end) => Ok(end.saturating_add(1)),
        None => all(data, cx, MAX_LINE),
    }
}

/// All of `data` if nothing more will come of it, or it has `limit` bytes.
///
/// # Errors
/// [`Fault::Short`] otherwise.
pub(super) fn all(data: &[u8], cx: &Context<'_>, limit: usize) -> Result<usize, Fault> {
    let is_last = cx.stream.is_none_or(Stream::is_last) || cx.wire_len > data.len();
    match is_last || data.len() >= limit {
        true => Ok(data.len()),
        false => Err(Fault::Short { need: data.len().saturating_add(1), have: data.len() }),
    }
}

/// A line without its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The line from `at` on: where it ends, and where the next one begins; `None` at the end of the data.
pub(super) fn at(data: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let rest = data.get(at..).filter(|rest| !rest.is_empty())?;
    let end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |end| end.saturating_add(1));
    let text = bare(up_to(rest, 0, end)).len();
    Some((at..at.saturating_add(text), at.saturating_add(end)))
}

/// The word at `at` of a line that ends at `end`: up to a blank; and where the text behind the blanks begins.
pub(super) fn word(data: &[u8], at: usize, end: usize) -> (Range<usize>, usize) {
    let rest = up_to(data, at, end.saturating_sub(at));
    let len = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    let blanks = up_to(rest, len, rest.len()).iter().take_while(|&&byte| byte == b' ').count();
    let stop = at.saturating_add(len);
    (at..stop, stop.saturating_add(blanks))
}

/// One past the line with nothing but a dot that ends a message (RFC 5321 section 4.1.1.4, RFC 1939 section 3), and
/// where that line begins. `from` says how many bytes are known to hold none.
pub(super) fn dot(data: &[u8], from: usize) -> Option<(usize, usize)> {
    if data.starts_with(b".\r\n") {
        return Some((0, 3));
    }
    let from = from.saturating_sub(4);
    let found = data.get(from..)?.windows(5).position(|window| window == b"\r\n.\r\n")?;
    let start = from.saturating_add(found).saturating_add(2);
    Some((start, start.saturating_add(3)))
}

/// Three digits at the front.
pub(super) fn code(line: &[u8]) -> Option<u16> {
    let digits = line.first_chunk::<3>()?;
    digits.iter().all(u8::is_ascii_digit).then(|| {
        digits.iter().fold(0_u16, |code, digit| {
            code.saturating_mul(10).saturating_add(u16::from(digit.wrapping_sub(b'0')))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_words() {
        assert_eq!(at(b"ab\r\ncd", 0), Some((0..2, 4)));
        assert_eq!(at(b"ab\r\ncd", 4), Some((4..6, 6)));
        assert_eq!(at(b"ab\r\ncd", 6), None);
        assert_eq!(word(b"USER  me", 0, 8), (0..4, 6));
        assert_eq!(word(b"QUIT", 0, 4), (0..4, 4));
        assert_eq!(code(b"220-x"), Some(220));
        assert_eq!(code(b"22x"), None);
    }

    #[test]
    fn the_dot_is_alone_on_its_line() {
        assert_eq!(dot(b"a\r\n.b\r\n.\r\nx", 0), Some((7, 10)));
        assert_eq!(dot(b".\r\n", 0), Some((0, 3)));
        assert_eq!(dot(b"a.\r\n", 0), None);
    }
}
