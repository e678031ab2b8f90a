//! XDR (RFC 4506): the form of everything that RPC carries. One description of a message serves twice: to tell
//! whether its bytes hold it, and to show its fields.

use core::ops::Range;

use super::{FILL, OPAQUE_LENGTH};
use crate::bytes;
use crate::dissector::Fault;
use crate::field::{Field, Value};
use crate::frame::Timestamp;
use crate::walk::Walk;

/// A message's description: reads it from its beginning. `None` where the bytes end.
pub(crate) type Body = fn(&mut Xdr<'_, '_, '_>) -> Option<()>;

/// A place in a message. Without a walk nothing is shown and what does not fit is noted.
pub(crate) struct Xdr<'w, 'a, 'v> {
    walk: Option<&'w mut Walk<'a, 'v>>,
    data: &'a [u8],
    at: usize,
    /// Bytes that the message had on the wire.
    wire: usize,
    /// The end of long data may be missing: it was passed over when it came.
    passed_over: bool,
    flaw: Option<Fault>,
    /// What was kept of the call that this message answers.
    pub(crate) kept: u8,
}

impl<'w, 'a, 'v> Xdr<'w, 'a, 'v> {
    /// What is wrong with the message in `data`, which had `wire` bytes.
    pub(crate) fn check(
        data: &'a [u8],
        wire: usize,
        passed_over: bool,
        body: impl FnOnce(&mut Self) -> Option<()>,
    ) -> Option<Fault> {
        let mut xdr = Self { walk: None, data, at: 0, wire, passed_over, flaw: None, kept: 0 };
        body(&mut xdr);
        xdr.flaw
    }

    /// Shows the message from `at` of the layer.
    pub(crate) fn show(
        walk: &'w mut Walk<'a, 'v>,
        at: usize,
        body: impl FnOnce(&mut Self) -> Option<()>,
    ) -> Option<()> {
        let data = walk.data();
        let wire = data.len();
        body(&mut Self { walk: Some(walk), data, at, wire, passed_over: true, flaw: None, kept: 0 })
    }

    /// Where the next item begins.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Bytes of the message that are at hand and not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// Says that the message contradicts the protocol; answers `None`.
    pub(crate) fn malformed<T>(&mut self, why: &'static str) -> Option<T> {
        self.flaw.get_or_insert(Fault::Malformed(why));
        None
    }

    /// Passes over `len` bytes and answers where they were; `why` is wrong if the message had fewer.
    fn take(&mut self, len: usize, why: &'static str) -> Option<Range<usize>> {
        let start = self.at;
        let end = start.checked_add(len).filter(|end| *end <= self.wire);
        let Some(end) = end else { return self.malformed(why) };
        if end > self.data.len() {
            self.flaw.get_or_insert(Fault::Short { need: end, have: self.data.len() });
            return None;
        }
        self.at = end;
        Some(start..end)
    }

    /// Emits `value`, whatever its bytes.
    pub(crate) fn emit(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) -> Option<()> {
        match &mut self.walk {
            Some(walk) => walk.emit(field, at, value),
            None => Some(()),
        }
    }

    /// Whether anyone looks at `field`.
    pub(crate) fn wants(&self, field: &'static Field) -> bool {
        self.walk.as_ref().is_some_and(|walk| walk.wants(field))
    }

    /// The walk, if the message is shown.
    pub(crate) fn walk(&mut self) -> Option<&mut Walk<'a, 'v>> {
        self.walk.as_deref_mut()
    }

    /// The next `len` bytes as a message of their own; then goes on behind them, whatever of them was read.
    pub(crate) fn part(
        &mut self,
        len: u32,
        why: &'static str,
        read: impl FnOnce(&mut Self) -> Option<()>,
    ) -> Option<()> {
        let len = usize::try_from(len).ok()?;
        let end = self.at.saturating_add(len);
        let (data, wire) = (self.data, self.wire);
        if end > wire {
            return self.malformed(why);
        }
        self.data = data.get(..end).unwrap_or(data);
        self.wire = end;
        let depth = self.depth();
        read(self);
        while self.depth() > depth {
            self.close();
        }
        (self.data, self.wire) = (data, wire);
        self.at = end.min(data.len());
        self.take(end.saturating_sub(self.at).saturating_add(fill(len)), why).map(|_| ())
    }

    fn depth(&self) -> u32 {
        self.walk.as_ref().map_or(0, |walk| walk.depth())
    }

    /// The next number, which stays.
    pub(crate) fn peek(&self) -> Option<u32> {
        bytes::u32_at(self.data, self.at)
    }

    /// An unsigned integer that is not shown.
    pub(crate) fn number(&mut self) -> Option<u32> {
        let at = self.take(4, LACKING)?;
        bytes::u32_at(self.data, at.start)
    }

    /// An unsigned integer.
    pub(crate) fn u32(&mut self, field: &'static Field) -> Option<u32> {
        let at = self.take(4, LACKING)?;
        let value = bytes::u32_at(self.data, at.start)?;
        self.emit(field, at, Value::Uint(value.into()))?;
        Some(value)
    }

    /// An unsigned hyper integer.
    pub(crate) fn u64(&mut self, field: &'static Field) -> Option<u64> {
        let at = self.take(8, LACKING)?;
        let value = bytes::u64_at(self.data, at.start)?;
        self.emit(field, at, Value::Uint(value))?;
        Some(value)
    }

    /// A boolean (RFC 4506 section 4.4).
    pub(crate) fn bool(&mut self, field: &'static Field) -> Option<bool> {
        let at = self.take(4, LACKING)?;
        let value = bytes::u32_at(self.data, at.start)? != 0;
        self.emit(field, at, Value::Bool(value))?;
        Some(value)
    }

    /// An unsigned integer and its bits.
    pub(crate) fn bits(&mut self, field: &'static Field, rows: &[(&'static Field, u64)]) -> Option<u32> {
        let at = self.take(4, LACKING)?;
        let value = bytes::u32_at(self.data, at.start)?;
        if let Some(walk) = &mut self.walk {
            walk.open(field, at.clone(), Value::Uint(value.into()))?;
            walk.bits(rows, at, value)?;
            walk.close();
        }
        Some(value)
    }

    /// Opaque data of fixed length (RFC 4506 section 4.9).
    pub(crate) fn fixed(&mut self, field: &'static Field, len: usize) -> Option<&'a [u8]> {
        let value = self.fixed_unfilled(field, len)?;
        self.take(fill(len), LACKING)?;
        Some(value)
    }

    /// The same, of a part whose fill bytes stand behind it.
    pub(crate) fn fixed_unfilled(&mut self, field: &'static Field, len: usize) -> Option<&'a [u8]> {
        let at = self.take(len, LACKING)?;
        let value = self.data.get(at.clone())?;
        self.emit(field, at, Value::Bytes(value))?;
        Some(value)
    }

    /// A string (RFC 4506 section 4.11).
    pub(crate) fn text(&mut self, field: &'static Field) -> Option<&'a [u8]> {
        self.variable(field, true)
    }

    /// Opaque data of variable length (RFC 4506 section 4.10).
    pub(crate) fn opaque(&mut self, field: &'static Field) -> Option<&'a [u8]> {
        self.variable(field, false)
    }

    fn variable(&mut self, field: &'static Field, is_text: bool) -> Option<&'a [u8]> {
        let head = self.take(4, LACKING)?;
        let len = usize::try_from(bytes::u32_at(self.data, head.start)?).ok()?;
        let at = self.take(len, TOO_LONG)?;
        let value = self.data.get(at.clone())?;
        if let Some(walk) = &mut self.walk {
            walk.open(field, at, if is_text { Value::Text(value) } else { Value::Bytes(value) })?;
        }
        self.length_and_fill(head, len)?;
        self.close();
        Some(value)
    }

    fn length_and_fill(&mut self, head: Range<usize>, len: usize) -> Option<()> {
        self.emit(&OPAQUE_LENGTH, head, Value::Uint(u64::try_from(len).ok()?))?;
        let fill = self.take(fill(len), TOO_LONG)?;
        if !fill.is_empty() {
            let value = self.data.get(fill.clone())?;
            self.emit(&FILL, fill, Value::Bytes(value))?;
        }
        Some(())
    }

    /// Opaque data of variable length whose length has a field of its own. No bytes are no value.
    pub(crate) fn counted(&mut self, field: &'static Field, length: &'static Field) -> Option<()> {
        let len = usize::try_from(self.u32(length)?).ok()?;
        let at = self.take(len, TOO_LONG)?;
        let value = self.data.get(at.clone())?;
        if len > 0 {
            self.emit(field, at, Value::Bytes(value))?;
        }
        self.take(fill(len), TOO_LONG).map(|_| ())
    }

    /// The same as one value, with its length, which `length` shows once more below it, and its fill bytes.
    pub(crate) fn whole(&mut self, field: &'static Field, length: &'static Field) -> Option<()> {
        let head = self.take(4, LACKING)?;
        let len = bytes::u32_at(self.data, head.start)?;
        let body = self.take(usize::try_from(len).ok()?, TOO_LONG)?;
        let end = self.take(fill(body.len()), TOO_LONG)?.end;
        let value = self.data.get(head.start..end)?;
        self.group_of(field, head.start..end, Value::Bytes(value), |xdr| {
            xdr.emit(length, head, Value::Uint(len.into()))
        })
    }

    /// Passes over `len` bytes.
    pub(crate) fn skip(&mut self, len: usize) -> Option<()> {
        self.take(len, LACKING).map(|_| ())
    }

    /// Opaque data that may be long, and whose end may not be at hand.
    pub(crate) fn data(&mut self, field: &'static Field) -> Option<()> {
        let len = usize::try_from(self.peek()?).ok()?;
        let here = self.rest().len().saturating_sub(4);
        let left = self.wire.saturating_sub(self.at).saturating_sub(4);
        if !self.passed_over || len <= here || (self.walk.is_none() && len > left) {
            return self.opaque(field).map(|_| ());
        }
        let head = self.take(4, LACKING)?;
        let at = self.take(here, LACKING)?;
        let value = self.data.get(at.clone())?;
        if let Some(walk) = &mut self.walk {
            walk.open(field, at, Value::Bytes(value))?;
        }
        self.emit(&OPAQUE_LENGTH, head, Value::Uint(u64::try_from(len).ok()?))?;
        self.close();
        // What follows the data is not at hand either.
        None
    }

    /// What `read` reads, below `field`.
    pub(crate) fn group(
        &mut self,
        field: &'static Field,
        read: impl FnOnce(&mut Self) -> Option<()>,
    ) -> Option<()> {
        let at = self.at;
        self.group_of(field, at..self.data.len().max(at), Value::None, read)
    }

    /// Like [`Xdr::group`], with a value at the head; answers what `read` answers.
    pub(crate) fn group_of<R>(
        &mut self,
        field: &'static Field,
        at: Range<usize>,
        value: Value<'_>,
        read: impl FnOnce(&mut Self) -> Option<R>,
    ) -> Option<R> {
        if let Some(walk) = &mut self.walk {
            walk.open(field, at, value)?;
        }
        let done = read(self)?;
        self.close();
        Some(done)
    }

    fn close(&mut self) {
        if let Some(walk) = &mut self.walk {
            walk.close();
        }
    }

    /// An array of variable length (RFC 4506 section 4.13), its count under `count`. No element is shorter than
    /// four bytes, so that a count which the message cannot hold is refused at once.
    pub(crate) fn array(
        &mut self,
        count: &'static Field,
        mut each: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        let elements = self.u32(count)?;
        for _ in 0..self.fitting(elements)? {
            each(self)?;
        }
        Some(())
    }

    /// `elements`, if the message may hold so many.
    pub(crate) fn fitting(&mut self, elements: u32) -> Option<u32> {
        let left = self.wire.saturating_sub(self.at) / 4;
        if usize::try_from(elements).is_ok_and(|elements| elements <= left) {
            return Some(elements);
        }
        self.malformed("a count that its message cannot hold (rpc.array.len)")
    }

    /// A list of optional data (RFC 4506 section 4.19): each entry follows a boolean under `follows`.
    pub(crate) fn list(
        &mut self,
        follows: &'static Field,
        mut each: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        while self.bool(follows)? {
            each(self)?;
        }
        Some(())
    }

    /// Seconds and parts of a second, of which `nanos` nanoseconds are one.
    pub(crate) fn time(
        &mut self,
        field: &'static Field,
        seconds: &'static Field,
        parts: &'static Field,
        nanos: u32,
    ) -> Option<()> {
        let at = self.at;
        let secs = bytes::u32_at(self.data, at);
        let part = bytes::u32_at(self.data, at.saturating_add(4));
        if let (Some(secs), Some(part), Some(walk)) = (secs, part, &mut self.walk) {
            let fraction = u64::from(part).saturating_mul(nanos.into());
            let time = Timestamp::new(secs.into(), fraction);
            walk.open(field, at..at.saturating_add(8), Value::Time(time))?;
        }
        self.u32(seconds)?;
        self.u32(parts)?;
        self.close();
        Some(())
    }
}

/// Bytes that fill `len` bytes up to a multiple of four.
pub(crate) fn fill(len: usize) -> usize {
    len.wrapping_neg() & 3
}

const LACKING: &str = "ends before its last item (rpc.procedure)";
const TOO_LONG: &str = "longer than its message (rpc.opaque_length)";
