//! The Basic Encoding Rules of ASN.1 (ITU-T X.690), as far as protocols on the wire use them: tags below 31 and definite
//! lengths, as RFC 3417 section 8 and RFC 4511 section 5.1 ask for. One element is read at a time; who reads goes down
//! by himself, so that nothing here recurses.

use core::ops::Range;

use crate::bytes::u8_at;
use crate::dissector::Fault;

/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// OCTET STRING.
pub const OCTETS: u8 = 0x04;
/// NULL.
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// SEQUENCE.
pub const SEQUENCE: u8 = 0x30;

/// One element: its first byte and where its content lies. The content may reach beyond the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Class, form and number in one byte (X.690 section 8.1.2).
    pub tag: u8,
    /// Where the first byte stands.
    pub at: usize,
    /// The content.
    pub content: Range<usize>,
}

/// Reads the head of the element at `at`, of which nothing at `end` or behind it can be a part.
///
/// # Errors
/// [`Fault::Short`] if the head is cut, [`Fault::Malformed`] if the element has no definite length below 2³² or does
/// not fit before `end`.
pub fn element(data: &[u8], at: usize, end: usize) -> Result<Element, Fault> {
    let short = |len: usize| Fault::Short { need: at.saturating_add(len), have: data.len() };
    if at >= end {
        return Err(Fault::Malformed("an element is missing"));
    }
    let mut tag = u8_at(data, at).ok_or(short(2))?;
    let mut head = at.saturating_add(1);
    if tag & 0x1f == 0x1f {
        // Some senders spell small numbers in the long form.
        let number = u8_at(data, head).ok_or(short(3))?;
        if number > 30 {
            return Err(Fault::Malformed("tag above 30"));
        }
        tag = tag & 0xe0 | number;
        head = head.saturating_add(1);
    }
    let first = u8_at(data, head).ok_or(short(2))?;
    let start = head.saturating_add(1);
    let (start, len) = match first {
        0..0x80 => (start, usize::from(first)),
        0x80 | 0x85.. => return Err(Fault::Malformed("length without a definite form")),
        _ => {
            let count = usize::from(first & 0x7f);
            let bytes = data.get(start..start.saturating_add(count)).ok_or(short(count.saturating_add(2)))?;
            let len = bytes.iter().fold(0_u32, |len, byte| len << 8 | u32::from(*byte));
            (start.saturating_add(count), usize::try_from(len).unwrap_or(usize::MAX))
        }
    };
    let content = start..start.saturating_add(len);
    if content.end > end {
        return Err(Fault::Malformed("an element reaches beyond what holds it"));
    }
    Ok(Element { tag, at, content })
}

/// Like [`element`], for an element that has to have this tag.
///
/// # Errors
/// Those of [`element`], and [`Fault::Malformed`] for another tag.
pub fn expect(data: &[u8], at: usize, end: usize, tag: u8) -> Result<Element, Fault> {
    let found = element(data, at, end)?;
    if found.tag == tag { Ok(found) } else { Err(Fault::Malformed("an element of another type")) }
}

impl Element {
    /// The element with its head.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.at..self.content.end
    }

    /// The content's bytes, if all of them are there.
    #[must_use]
    pub fn bytes<'a>(&self, data: &'a [u8]) -> Option<&'a [u8]> {
        data.get(self.content.clone())
    }

    /// An INTEGER of at most 64 bits (X.690 section 8.3).
    #[must_use]
    pub fn int(&self, data: &[u8]) -> Option<i64> {
        let bytes = self.bytes(data)?;
        let first = *bytes.first()?;
        if bytes.len() > 8 {
            return None;
        }
        let sign = if first & 0x80 == 0 { 0 } else { -1 };
        Some(bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
    }

    /// An INTEGER that cannot be negative, of at most 64 bits, perhaps with a zero before them.
    #[must_use]
    pub fn uint(&self, data: &[u8]) -> Option<u64> {
        let bytes = self.bytes(data)?;
        let bytes = match bytes {
            [0, rest @ ..] if rest.len() == 8 => rest,
            bytes => bytes,
        };
        if bytes.is_empty() || bytes.len() > 8 {
            return None;
        }
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

/// An object identifier in dotted form, from its content (X.690 section 8.19).
#[derive(Clone, Copy, Debug)]
pub struct Dotted<'a>(pub &'a [u8]);

impl core::fmt::Display for Dotted<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (mut arc, mut is_first) = (0_u64, true);
        for &byte in self.0 {
            arc = arc << 7 | u64::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if is_first {
                let top = (arc / 40).min(2);
                write!(f, "{top}")?;
                arc = arc.saturating_sub(top.saturating_mul(40));
                is_first = false;
            }
            write!(f, ".{arc}")?;
            arc = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn elements_and_their_lengths() {
        let data = [0x30, 0x03, 0x02, 0x01, 0xff];
        let outer = expect(&data, 0, 5, SEQUENCE).unwrap();
        assert_eq!(outer.content, 2..5);
        let inner = element(&data, 2, outer.content.end).unwrap();
        assert_eq!((inner.tag, inner.int(&data), inner.uint(&data)), (INTEGER, Some(-1), Some(255)));
        let long = [0x04, 0x82, 0x01, 0x00];
        assert_eq!(element(&long, 0, 300).unwrap().content, 4..260);
        assert_eq!(element(&long, 0, 100), Err(Fault::Malformed("an element reaches beyond what holds it")));
        assert_eq!(element(&long[..3], 0, 300), Err(Fault::Short { need: 4, have: 3 }));
        assert_eq!(element(&[0xbf, 0x04, 0x01, 0x00], 0, 4).unwrap().tag, 0xa4);
        for odd in [[0x30, 0x80], [0x1f, 0x1f], [0x30, 0x85]] {
            assert!(matches!(element(&odd, 0, 9), Err(Fault::Malformed(_))), "{odd:x?}");
        }
    }

    #[test]
    fn integers() {
        let int = |bytes: &[u8]| {
            let data = [&[INTEGER, bytes.len() as u8], bytes].concat();
            let element = element(&data, 0, data.len()).unwrap();
            (element.int(&data), element.uint(&data))
        };
        assert_eq!(int(&[0x00, 0x80]), (Some(128), Some(128)));
        assert_eq!(int(&[0; 0]), (None, None));
        assert_eq!(int(&[0, 255, 255, 255, 255, 255, 255, 255, 255]), (None, Some(u64::MAX)));
        assert_eq!(int(&[0x80, 0, 0, 0, 0, 0, 0, 0]), (Some(i64::MIN), Some(1 << 63)));
    }

    #[test]
    fn object_identifiers() {
        assert_eq!(Dotted(&[0x2b, 6, 1, 4, 1, 0x82, 0x37]).to_string(), "1.3.6.1.4.1.311");
        assert_eq!(Dotted(&[0x88, 0x37]).to_string(), "2.999");
    }
}
