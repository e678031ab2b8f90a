//! The only way dissectors read bytes: checked, big-endian unless the name says otherwise.

use crate::dissector::Fault;

/// The first `N` bytes of `data`.
///
/// # Errors
/// [`Fault::Short`] if there are fewer.
pub fn fixed<const N: usize>(data: &[u8]) -> Result<&[u8; N], Fault> {
    data.first_chunk().ok_or(Fault::Short { need: N, have: data.len() })
}

/// `N` bytes of `data` from `at`, if they are there.
#[must_use]
pub fn chunk<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..)?.first_chunk().copied()
}

/// One byte.
#[must_use]
pub fn u8_at(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

/// Two bytes, big-endian.
#[must_use]
pub fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    chunk(data, at).map(u16::from_be_bytes)
}

/// Three bytes, big-endian.
#[must_use]
pub fn u24_at(data: &[u8], at: usize) -> Option<u32> {
    chunk(data, at).map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
}

/// Four bytes, big-endian.
#[must_use]
pub fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    chunk(data, at).map(u32::from_be_bytes)
}

/// Eight bytes, big-endian.
#[must_use]
pub fn u64_at(data: &[u8], at: usize) -> Option<u64> {
    chunk(data, at).map(u64::from_be_bytes)
}

/// A number of one, two, four or eight bytes, as its first two bits say, and how many bytes it takes (RFC 9000
/// section 16).
#[must_use]
pub fn varint_at(data: &[u8], at: usize) -> Option<(u64, usize)> {
    let (mask, len) = match u8_at(data, at)? >> 6 {
        0 => (0x3f, 1),
        1 => (0x3fff, 2),
        2 => (0x3fff_ffff, 4),
        _ => (0x3fff_ffff_ffff_ffff, 8),
    };
    let value = slice(data, at, len)?.iter().fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
    Some((value & mask, len))
}

/// `len` bytes of `data` from `at`, if all of them are there.
#[must_use]
pub fn slice(data: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    data.get(at..at.checked_add(len)?)
}

/// Up to `len` bytes of `data` from `at`: fewer, or none, where the data ends before.
#[must_use]
pub fn up_to(data: &[u8], at: usize, len: usize) -> &[u8] {
    let rest = data.get(at..).unwrap_or_default();
    rest.get(..len).unwrap_or(rest)
}
