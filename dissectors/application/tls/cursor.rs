//! Reads vectors inside vectors (RFC 8446 section 3.4): no part reaches beyond the one around it.

use core::ops::Range;

use crate::bytes::{slice, u8_at, u16_at, u24_at, u32_at};
use crate::field::{Field, Value};
use crate::walk::Walk;

/// A place in the bytes of a walk and the end of the part at hand.
pub(super) struct Cursor<'w, 'a, 'v> {
    pub(super) walk: &'w mut Walk<'a, 'v>,
    pub(super) at: usize,
    pub(super) end: usize,
}

macro_rules! numbers {
    ($($name:ident: $type:ty, $read:ident, $len:literal;)*) => {$(
        /// The next number, as `field`.
        pub(super) fn $name(&mut self, field: &'static Field) -> Option<$type> {
            let value = $read(self.rest(), 0)?;
            let at = self.take($len)?;
            self.walk.uint(field, at, value)?;
            Some(value)
        }
    )*};
}

impl<'w, 'a, 'v> Cursor<'w, 'a, 'v> {
    /// The bytes of `walk` from `at` on.
    pub(super) fn new(walk: &'w mut Walk<'a, 'v>, at: usize) -> Self {
        let end = walk.data().len();
        Self { walk, at, end }
    }

    /// What is left of the part at hand.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.walk.data().get(self.at..self.end).unwrap_or_default()
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest().len()
    }

    /// Passes `len` bytes, all of which must be there.
    pub(super) fn take(&mut self, len: usize) -> Option<Range<usize>> {
        slice(self.rest(), 0, len)?;
        let from = self.at;
        self.at = from.saturating_add(len);
        Some(from..self.at)
    }

    numbers! {
        u8: u8, u8_at, 1;
        u16: u16, u16_at, 2;
        u24: u32, u24_at, 3;
        u32: u32, u32_at, 4;
    }

    /// The next `len` bytes.
    pub(super) fn bytes(&mut self, field: &'static Field, len: usize) -> Option<&'a [u8]> {
        let value = slice(self.rest(), 0, len)?;
        let at = self.take(len)?;
        self.walk.emit(field, at, Value::Bytes(value))?;
        Some(value)
    }

    /// The next `len` bytes, if there are any to be shown.
    pub(super) fn some_bytes(&mut self, field: &'static Field, len: usize) -> Option<()> {
        if len > 0 {
            self.bytes(field, len)?;
        }
        Some(())
    }

    /// The next `len` bytes of text.
    pub(super) fn text(&mut self, field: &'static Field, len: usize) -> Option<()> {
        let value = slice(self.rest(), 0, len)?;
        let at = self.take(len)?;
        self.walk.emit(field, at, Value::Text(value))
    }

    /// A length of one byte and so many bytes.
    pub(super) fn opaque8(&mut self, len: &'static Field, field: &'static Field) -> Option<()> {
        let len = self.u8(len)?;
        self.some_bytes(field, len.into())
    }

    /// A length of two bytes and so many bytes.
    pub(super) fn opaque16(&mut self, len: &'static Field, field: &'static Field) -> Option<()> {
        let len = self.u16(len)?;
        self.some_bytes(field, len.into())
    }

    /// Reads the next `len` bytes, or what is there of them, as a part of its own. A part that contradicts itself is
    /// left; what follows it is read all the same.
    pub(super) fn part(&mut self, len: usize, read: impl FnOnce(&mut Self) -> Option<()>) {
        let (outer, depth) = (self.end, self.walk.depth());
        self.end = self.at.saturating_add(len).min(outer);
        let end = self.end;
        let _ = read(self);
        while self.walk.depth() > depth {
            self.walk.close();
        }
        self.at = end;
        self.end = outer;
    }

    /// Reads items until the part at hand ends.
    pub(super) fn each(&mut self, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        while self.left() > 0 {
            let before = self.at;
            read(self)?;
            if self.at == before {
                return None;
            }
        }
        Some(())
    }
}
