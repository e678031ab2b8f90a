//! A value in few bytes, for flows at rest: what serde tells of it, in order and without names.
//!
//! Most of what a flow knows is nothing, no, or a time close to another. Nothing and no are one bit, which stands in a
//! byte of eight such bits in front of what they belong to; a large number is told by how far it is from the one before
//! of its size. Numbers are LEB128, signed ones zigzag. Only what was packed by the same build is unpacked.

use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Deserializer, Serialize, Serializer};

/// Puts `value` behind what is in `out`.
///
/// # Errors
/// Maps and lists that do not know their length, and integers of 128 bits: there are none in a flow.
pub(super) fn pack<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
    value.serialize(&mut Writer { out, flags: 0, left: 0, near: Near::default() })
}

/// What was packed.
///
/// # Errors
/// Bytes that were not packed from a `T`.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    T::deserialize(&mut Reader { bytes, flags: 0, left: 0, near: Near::default() })
}

/// The last large numbers: seconds since 1970, and nanoseconds.
#[derive(Debug, Default)]
struct Near([i64; 2]);

impl Near {
    /// Numbers nearer to zero are told as they are.
    const LARGE: u64 = 1 << 28;
    /// Larger ones are nanoseconds.
    const NANOS: u64 = 1 << 40;

    /// Which of both a large number is told by.
    fn scale(value: i64) -> Option<bool> {
        let size = value.unsigned_abs();
        (size >= Self::LARGE).then_some(size >= Self::NANOS)
    }

    fn base(&mut self, nanos: bool) -> &mut i64 {
        let [secs, last] = &mut self.0;
        if nanos { last } else { secs }
    }
}

#[cold]
fn wrong(why: &str) -> Error {
    serde::de::Error::custom(why)
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Where the byte of flags stands that is being filled, and how many fit in it still.
    flags: usize,
    left: u8,
    near: Near,
}

impl Writer<'_> {
    fn flag(&mut self, set: bool) {
        if self.left == 0 {
            (self.flags, self.left) = (self.out.len(), 8);
            self.out.push(0);
        }
        self.left -= 1;
        if let Some(flags) = self.out.get_mut(self.flags) {
            *flags |= u8::from(set) << self.left;
        }
    }

    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.out.push((value & 0x7f) as u8);
    }

    fn unsigned(&mut self, value: u64) {
        self.flag(value != 0);
        if value != 0 {
            self.number(value);
        }
    }

    fn signed(&mut self, value: i64) {
        self.flag(value != 0);
        if value == 0 {
            return;
        }
        let Some(nanos) = Near::scale(value) else {
            self.flag(false);
            self.number(zigzag(value));
            return;
        };
        let base = self.near.base(nanos);
        let off = value.wrapping_sub(*base);
        *base = value;
        let is_near = off.unsigned_abs() < value.unsigned_abs() >> 7;
        self.flag(is_near);
        if is_near {
            self.flag(nanos);
        }
        self.number(zigzag(if is_near { off } else { value }));
    }

    fn len(&mut self, len: Option<usize>) -> Result<(), Error> {
        let len = len.ok_or_else(|| wrong("a length that is not known"))?;
        self.unsigned(len as u64);
        Ok(())
    }
}

impl Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.flag(value);
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        self.signed(value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.flag(value != 0);
        if value != 0 {
            self.out.push(value);
        }
        Ok(())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        self.unsigned(value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_u32(value.to_bits())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.serialize_u64(value.to_bits())
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_u32(value.into())
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.serialize_bytes(value.as_bytes())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.unsigned(value.len() as u64);
        self.out.extend_from_slice(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_bool(false)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.flag(true);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, at: u32, _: &'static str) -> Result<(), Error> {
        self.serialize_u32(at)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        at: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.unsigned(at.into());
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self, Error> {
        self.len(len)?;
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        at: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Error> {
        self.unsigned(at.into());
        Ok(self)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self, Error> {
        self.len(len)?;
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        at: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Error> {
        self.unsigned(at.into());
        Ok(self)
    }
}

/// What holds several values writes one after the other.
macro_rules! one_by_one {
    ($($holder:ident $method:ident($($name:ty)?)),*) => {$(
        impl $holder for &mut Writer<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Result<(), Error> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Error> {
                Ok(())
            }
        }
    )*};
}

one_by_one!(
    SerializeSeq serialize_element(),
    SerializeTuple serialize_element(),
    SerializeTupleStruct serialize_field(),
    SerializeTupleVariant serialize_field(),
    SerializeStruct serialize_field(&'static str),
    SerializeStructVariant serialize_field(&'static str)
);

impl SerializeMap for &mut Writer<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

struct Reader<'de> {
    bytes: &'de [u8],
    flags: u8,
    left: u8,
    near: Near,
}

impl<'de> Reader<'de> {
    fn byte(&mut self) -> Result<u8, Error> {
        let (first, rest) = self.bytes.split_first().ok_or_else(|| wrong("no more bytes"))?;
        self.bytes = rest;
        Ok(*first)
    }

    fn flag(&mut self) -> Result<bool, Error> {
        if self.left == 0 {
            (self.flags, self.left) = (self.byte()?, 8);
        }
        self.left -= 1;
        Ok(self.flags >> self.left & 1 != 0)
    }

    fn number(&mut self) -> Result<u64, Error> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(wrong("a number without end"))
    }

    fn unsigned(&mut self) -> Result<u64, Error> {
        if self.flag()? { self.number() } else { Ok(0) }
    }

    fn signed(&mut self) -> Result<i64, Error> {
        if !self.flag()? {
            return Ok(0);
        }
        let base = match self.flag()? {
            true => {
                let nanos = self.flag()?;
                *self.near.base(nanos)
            }
            false => 0,
        };
        let value = base.wrapping_add(unzigzag(self.number()?));
        if let Some(nanos) = Near::scale(value) {
            *self.near.base(nanos) = value;
        }
        Ok(value)
    }

    fn len(&mut self) -> Result<usize, Error> {
        narrow(self.unsigned()?)
    }

    fn taken(&mut self) -> Result<&'de [u8], Error> {
        let len = self.len()?;
        let (taken, rest) = self.bytes.split_at_checked(len).ok_or_else(|| wrong("no more bytes"))?;
        self.bytes = rest;
        Ok(taken)
    }
}

fn narrow<A, B: TryFrom<A>>(value: A) -> Result<B, Error> {
    B::try_from(value).map_err(|_| wrong("a number that does not fit"))
}

/// Numbers that are read as wider ones.
macro_rules! narrowed {
    ($($method:ident $visit:ident $wide:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(narrow(self.$wide()?)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    narrowed!(
        deserialize_i8 visit_i8 signed,
        deserialize_i16 visit_i16 signed,
        deserialize_i32 visit_i32 signed,
        deserialize_u16 visit_u16 unsigned,
        deserialize_u32 visit_u32 unsigned
    );

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(wrong("what it is, is not packed"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.flag()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.signed()?)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = if self.flag()? { self.byte()? } else { 0 };
        visitor.visit_u8(value)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.unsigned()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f32(f32::from_bits(narrow(self.unsigned()?)?))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(f64::from_bits(self.unsigned()?))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_char(narrow::<u32, char>(narrow(self.unsigned()?)?)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(core::str::from_utf8(self.taken()?).map_err(|_| wrong("no text"))?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_bytes(self.taken()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.flag()? { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.len()?;
        visitor.visit_seq(Items { reader: self, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { reader: self, left })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { reader: self, left })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.len()?;
        visitor.visit_map(Items { reader: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { reader: self, left: fields.len() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u32(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }
}

/// Values one after the other.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> EnumAccess<'de> for &mut Reader<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let at: u32 = narrow(self.unsigned()?)?;
        Ok((seed.deserialize(at.into_deserializer())?, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { reader: self, left })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { reader: self, left: fields.len() })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::IpAddr;

    use proptest::prelude::*;
    use proptest::sample::select;
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Nothing,
        One(i64),
        Two(u8, String),
        Named { at: u32, sure: bool },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        small: (u8, i8, u16, i16, u32, i32),
        addr: IpAddr,
        times: Vec<i64>,
        maybe: Option<Box<u64>>,
        kinds: Vec<Kind>,
        known: BTreeMap<u16, bool>,
        letter: char,
        share: f64,
        unit: (),
    }

    fn time() -> impl Strategy<Value = i64> {
        let base = select(vec![0, 1_700_000_000, 1_700_000_000_000_000_000, i64::MIN, i64::MAX]);
        (base, -300_i64..300).prop_map(|(base, off)| base.wrapping_add(off))
    }

    fn kind() -> impl Strategy<Value = Kind> {
        prop_oneof![
            Just(Kind::Nothing),
            time().prop_map(Kind::One),
            (any::<u8>(), any::<String>()).prop_map(|(number, text)| Kind::Two(number, text)),
            (any::<u32>(), any::<bool>()).prop_map(|(at, sure)| Kind::Named { at, sure }),
        ]
    }

    fn everything() -> impl Strategy<Value = Everything> {
        let lists = (
            proptest::collection::vec(prop_oneof![time(), any::<i64>()], 0..20),
            proptest::collection::vec(kind(), 0..5),
            proptest::collection::btree_map(any::<u16>(), any::<bool>(), 0..5),
        );
        (any::<(u8, i8, u16, i16, u32, i32)>(), any::<IpAddr>(), lists, any::<Option<u64>>(), any::<char>())
            .prop_map(|(small, addr, (times, kinds, known), maybe, letter)| Everything {
                small,
                addr,
                times,
                maybe: maybe.map(Box::new),
                kinds,
                known,
                letter,
                share: f64::from(small.4) / 3.0,
                unit: (),
            })
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(value in everything()) {
            let mut packed = Vec::new();
            pack(&value, &mut packed).unwrap();
            prop_assert_eq!(unpack::<Everything>(&packed).unwrap(), value);
            // Whatever else it is given, it neither panics nor goes on for ever.
            for len in 0..packed.len() {
                prop_assert!(unpack::<Everything>(&packed[..len]).is_err());
            }
        }

        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let _ = unpack::<Everything>(&bytes);
        }
    }

    #[test]
    fn nothing_takes_a_bit_and_a_time_near_another_few_bytes() {
        let packed = |value: &[i64]| {
            let mut out = Vec::new();
            pack(&value, &mut out).unwrap();
            out.len()
        };
        let now = 1_700_000_000_123_456_789;
        // The length, its flag and seven more, and a byte of flags for the rest.
        assert_eq!(packed(&[0; 15]), 3);
        assert_eq!(packed(&[now]), 1 + 1 + 9);
        assert_eq!(packed(&[now, now + 20_000, now]), 1 + 1 + 9 + 3 + 1 + 3);
    }
}
