//! The chunked transfer coding (RFC 9112 section 7.1), byte by byte, so that a body may arrive in any pieces.

use alloc::vec::Vec;

use crate::bytes::up_to;

/// Hexadecimal digits that a chunk size may have, leading zeros included.
const MAX_DIGITS: u8 = 16;
/// Bytes of a size or trailer line that nobody wonders about.
const MAX_LINE: usize = 4_096;
/// `CRLF 0 CRLF CRLF`: what follows the data of a chunk at least.
const LEAST_AFTER_DATA: u64 = 7;

/// Where in a chunked body the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum At {
    /// In the digits of a size.
    #[default]
    Size,
    /// Behind the digits, before the end of that line.
    Extension,
    /// In the data, of which so much is left.
    Data,
    /// Behind the data, before the end of that line.
    Boundary,
    /// In a trailer line that has text.
    Trailer,
    /// At the start of a trailer line, or of the blank line that ends the body.
    Trailers,
}

/// A run of bytes that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The rest of a size line, its end included: the size.
    Size(u32),
    /// Data of the chunk, as far as it is there.
    Data,
    /// The line end behind the data.
    Boundary,
    /// A trailer line, its end included.
    Trailer,
    /// The blank line that ends the body.
    End,
    /// No chunk size at all, one that is too large, or no line end where one has to be: the body ends before this.
    Bad,
    /// The bytes ran out within a line.
    More,
}

/// Reads a chunked body from front to back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Scanner {
    at: At,
    size: u32,
    digits: u8,
    left: u32,
    /// Bytes of the line so far, and whether the last one was a CR.
    line: usize,
    cr: bool,
    /// A line ended in LF alone.
    pub(super) bare_lf: bool,
    /// A line was longer than [`MAX_LINE`], most likely through its chunk extension.
    pub(super) long_line: bool,
    /// A size was no hexadecimal number, or something but an extension followed it. Like in Wireshark, what is there
    /// of digits counts, and a line without any is a size of 0.
    pub(super) malformed: bool,
}

impl Scanner {
    /// The next run in `data`, which begins where the last one ended, and its length.
    pub(super) fn next(&mut self, data: &[u8]) -> (usize, Token) {
        let (len, token) = self.run(data);
        let run = up_to(data, 0, len);
        self.line = self.line.saturating_add(len);
        match token {
            Token::More if self.at != At::Data => {
                self.long_line |= self.line > MAX_LINE;
                self.cr = run.last().map_or(self.cr, |&byte| byte == b'\r');
                return (len, token);
            }
            Token::Size(_) | Token::Boundary | Token::Trailer | Token::End => {
                self.long_line |= self.line > MAX_LINE;
                self.bare_lf |= match run {
                    [.., before, _] => *before != b'\r',
                    _ => !self.cr,
                };
            }
            Token::Data | Token::Bad | Token::More => {}
        }
        (self.line, self.cr) = (0, false);
        (len, token)
    }

    fn run(&mut self, data: &[u8]) -> (usize, Token) {
        if self.at == At::Data {
            let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(data.len());
            self.left = self.left.saturating_sub(u32::try_from(len).unwrap_or(u32::MAX));
            if self.left == 0 {
                self.at = At::Boundary;
            }
            return if len == 0 { (0, Token::More) } else { (len, Token::Data) };
        }
        for (index, &byte) in data.iter().enumerate() {
            let len = index.saturating_add(1);
            match (self.at, byte) {
                (At::Size, b'\n') | (At::Extension, b'\n') => {
                    if self.digits == 0 {
                        return (index, Token::Bad);
                    }
                    self.at = if self.size == 0 { At::Trailers } else { At::Data };
                    self.left = self.size;
                    self.digits = 0;
                    return (len, Token::Size(core::mem::take(&mut self.size)));
                }
                // Blanks before the digits, and blanks and control characters behind them, are common mistakes.
                (At::Size, b' ' | b'\t') if self.digits == 0 => {}
                (At::Size, b';' | b' ' | ..0x20) if self.digits > 0 => self.at = At::Extension,
                (At::Size, _) => match char::from(byte).to_digit(16) {
                    Some(digit) if self.digits < MAX_DIGITS && self.size >> 28 == 0 => {
                        self.digits = self.digits.saturating_add(1);
                        self.size = self.size << 4 | digit;
                    }
                    Some(_) => return (index, Token::Bad),
                    None if matches!(byte, b'-' | b'\r') => return (index, Token::Bad),
                    None => {
                        self.malformed = true;
                        self.digits = self.digits.saturating_add(1);
                        self.at = At::Extension;
                    }
                },
                (At::Extension | At::Data, _) => {}
                (At::Boundary, b'\n') => {
                    self.at = At::Size;
                    return (len, Token::Boundary);
                }
                (At::Boundary, b'\r') => {}
                (At::Boundary, _) => return (index, Token::Bad),
                (At::Trailers, b'\n') => return (len, Token::End),
                (At::Trailers, b'\r') => {}
                (At::Trailers, _) => self.at = At::Trailer,
                (At::Trailer, b'\n') => {
                    self.at = At::Trailers;
                    return (len, Token::Trailer);
                }
                (At::Trailer, _) => {}
            }
        }
        (data.len(), Token::More)
    }

    /// Whether the chunk at hand has more data than `rest`.
    pub(super) fn exceeds(&self, rest: &[u8]) -> bool {
        self.at == At::Data && usize::try_from(self.left).map_or(true, |left| left > rest.len())
    }

    /// Bytes that have to come before anything is worth another look.
    pub(super) fn wants(&self) -> u64 {
        match self.at {
            At::Data => u64::from(self.left).saturating_add(LEAST_AFTER_DATA),
            _ => 1,
        }
    }
}

/// The data of a chunked body as far as its chunks are there whole, or of what was `kept` of its beginning.
pub(super) fn dechunk(body: &[u8], kept: bool) -> Vec<u8> {
    let mut scanner = Scanner::default();
    let mut data = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let (len, token) = scanner.next(rest);
        let (run, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        match token {
            Token::Data => data.extend_from_slice(run),
            Token::End | Token::Bad | Token::More => return data,
            Token::Size(_) if !kept && scanner.exceeds(after) => return data,
            Token::Size(_) | Token::Boundary | Token::Trailer => {}
        }
        rest = after;
    }
}
