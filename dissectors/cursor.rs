//! A cursor over one part of a layer: emits fields one after the other, and never beyond the part.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::bytes;
use crate::field::{Field, Value};
use crate::walk::Walk;

/// A place in a layer and the end of the part that is read there. Like [`Walk`], every read answers `None` where
/// the bytes end, be it the part's or the captured ones.
pub(crate) struct Cursor<'w, 'a, 'v> {
    walk: &'w mut Walk<'a, 'v>,
    at: usize,
    end: usize,
}

macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident: $type:ty, $len:literal;)*) => {$(
        $(#[$meta])*
        pub(crate) fn $name(&mut self, field: &'static Field) -> Option<$type> {
            let at = self.take($len)?;
            self.walk.$name(field, at)
        }
    )*};
}

impl<'w, 'a, 'v> Cursor<'w, 'a, 'v> {
    /// Reads from `at` to `end`, both counted from the start of the layer.
    pub(crate) fn new(walk: &'w mut Walk<'a, 'v>, at: usize, end: usize) -> Self {
        Self { walk, at, end }
    }

    /// Where the next field begins.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Where the part ends.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Bytes of the part that are not read yet; some may not have been captured.
    pub(crate) fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Captured bytes of the part that are not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        bytes::up_to(self.walk.data(), self.at, self.left())
    }

    /// For fields that no method here emits.
    pub(crate) fn walk(&mut self) -> &mut Walk<'a, 'v> {
        self.walk
    }

    /// Passes over `len` bytes and answers where they began.
    pub(crate) fn take(&mut self, len: usize) -> Option<usize> {
        let at = self.at;
        let next = at.checked_add(len).filter(|next| *next <= self.end)?;
        self.at = next;
        Some(at)
    }

    numbers! {
        /// One byte.
        u8: u8, 1;
        /// Two bytes, big-endian.
        u16: u16, 2;
        /// Three bytes, big-endian.
        u24: u32, 3;
        /// Four bytes, big-endian.
        u32: u32, 4;
        /// Eight bytes, big-endian.
        u64: u64, 8;
        /// An IPv4 address.
        ipv4: Ipv4Addr, 4;
        /// An IPv6 address.
        ipv6: Ipv6Addr, 16;
        /// A link-layer address.
        mac: [u8; 6], 6;
    }

    /// A number of one to eight bytes, as its first two bits say (RFC 9000 section 16).
    pub(crate) fn varint(&mut self, field: &'static Field) -> Option<u64> {
        let (value, len) = bytes::varint_at(self.rest(), 0)?;
        self.uint(field, len, value)?;
        Some(value)
    }

    /// A number of `len` bytes that is not simply those bytes.
    pub(crate) fn uint(&mut self, field: &'static Field, len: usize, value: impl Into<u64>) -> Option<()> {
        self.emit(field, len, Value::Uint(value.into()))
    }

    /// An IEEE 754 number of four bytes.
    pub(crate) fn float(&mut self, field: &'static Field) -> Option<()> {
        let value = f32::from_bits(bytes::u32_at(self.rest(), 0)?);
        self.emit(field, 4, Value::Float(value.into()))
    }

    /// `len` bytes.
    pub(crate) fn bytes(&mut self, field: &'static Field, len: usize) -> Option<&'a [u8]> {
        let at = self.take(len)?;
        self.walk.bytes(field, at, len)
    }

    /// `len` bytes of text.
    pub(crate) fn text(&mut self, field: &'static Field, len: usize) -> Option<&'a [u8]> {
        let at = self.take(len)?;
        self.walk.text(field, at, len)
    }

    /// `value`, which stands in the next `len` bytes.
    pub(crate) fn emit(&mut self, field: &'static Field, len: usize, value: Value<'_>) -> Option<()> {
        let at = self.take(len)?;
        bytes::slice(self.walk.data(), at, len)?;
        self.walk.emit(field, at..self.at, value)
    }

    /// A number of `len` bytes, at most eight, and its bits: each mask under its field.
    pub(crate) fn bits(
        &mut self,
        field: &'static Field,
        len: usize,
        parts: &[(u32, &'static Field)],
    ) -> Option<u32> {
        let value = self.peek(len)?;
        let at = self.take(len)?;
        self.walk.open(field, at..self.at, Value::Uint(value.into()))?;
        for (mask, part) in parts {
            self.walk.bool(part, at..self.at, value & mask != 0)?;
        }
        self.walk.close();
        Some(value)
    }

    /// The next `len` bytes, at most four, as a number that is not passed over.
    pub(crate) fn peek(&self, len: usize) -> Option<u32> {
        let all = bytes::slice(self.rest(), 0, len)?;
        Some(all.iter().fold(0, |value: u32, byte| value << 8 | u32::from(*byte)))
    }

    /// The next `len` bytes as a part of their own below `field`; then goes on behind them, whatever of them was
    /// read. `None` if there are fewer, after what is there was shown.
    pub(crate) fn group(
        &mut self,
        field: &'static Field,
        value: Value<'_>,
        len: usize,
        read: impl FnOnce(&mut Cursor<'_, 'a, 'v>) -> Option<()>,
    ) -> Option<()> {
        let end = self.at.saturating_add(len.min(self.left()));
        let depth = self.walk.depth();
        self.walk.open(field, self.at..end.min(self.walk.data().len()).max(self.at), value)?;
        // None only says that the part's bytes ran out.
        let _ = read(&mut Cursor { walk: self.walk, at: self.at, end });
        while self.walk.depth() > depth {
            self.walk.close();
        }
        self.take(len).map(|_| ())
    }

    /// Like [`Cursor::group`], without a field above.
    pub(crate) fn part(
        &mut self,
        len: usize,
        read: impl FnOnce(&mut Cursor<'_, 'a, 'v>) -> Option<()>,
    ) -> Option<()> {
        let end = self.at.saturating_add(len.min(self.left()));
        let depth = self.walk.depth();
        let _ = read(&mut Cursor { walk: self.walk, at: self.at, end });
        while self.walk.depth() > depth {
            self.walk.close();
        }
        self.take(len).map(|_| ())
    }
}
