//! File handles: what a server gave out for a file, meaningful to it alone.

use core::fmt;

use crate::application::rpc::xdr::Xdr;
use crate::bytes::{slice, u32_at};
use crate::field::{Field, Value};

fields! {
    LENGTH = Field::u32("nfs.fh.length", "length").many(),
    HASH = Field::u32("nfs.fh.hash", "hash (CRC-32)").hex().many(),
    HANDLE = Field::bytes("nfs.fhandle", "file handle").many(),
}

/// RFC 1094 section 2.3.3.
pub(super) const FIXED: usize = 32;
/// RFC 7530 section 2.1; version 3 has half of it (RFC 1813 section 2.4).
const MAX: u32 = 128;

/// A handle of version 2.
pub(crate) fn fixed(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    show(xdr, FIXED)
}

/// A handle of a later version.
pub(crate) fn variable(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let len = xdr.u32(&LENGTH)?;
    if len > MAX {
        return xdr.malformed("longer than 128 bytes (nfs.fh.length)");
    }
    show(xdr, usize::try_from(len).ok()?)
}

fn show(xdr: &mut Xdr<'_, '_, '_>, len: usize) -> Option<()> {
    if xdr.wants(&HASH)
        && let Some(handle) = slice(xdr.rest(), 0, len)
    {
        xdr.emit(&HASH, 0..0, Value::Uint(crc32(handle).into()))?;
    }
    xdr.fixed(&HANDLE, len).map(|_| ())
}

/// A handle at the front of `data`, with its length before it unless `fixed`, as summaries name it, and what follows.
pub(super) fn split(data: &[u8], is_fixed: bool) -> Option<(Short, &[u8])> {
    let (at, len) = if is_fixed { (0, FIXED) } else { (4, usize::try_from(u32_at(data, 0)?).ok()?) };
    let handle = slice(data, at, len)?;
    let behind = at.checked_add(len.checked_next_multiple_of(4)?)?;
    Some((Short(crc32(handle)), data.get(behind..).unwrap_or_default()))
}

/// A handle's hash, by which people tell handles apart.
pub(super) struct Short(u32);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

/// CRC-32 as in IEEE 802.3.
fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 0 { 0 } else { 0xedb8_8320 };
        }
    }
    !crc
}
