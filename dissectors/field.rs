//! One definition of a field, used by every output: name, type, meaning, spelling.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::frame::Timestamp;

/// What kind of value a field holds; the width decides how a hexadecimal number is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Present or not, without a value (printed `1`).
    Flag,
    /// True or false.
    Bool,
    /// Unsigned integer of so many bits (8, 16, 24, 32, 40, 48, 56 or 64).
    Uint(u8),
    /// Signed integer of so many bits.
    Int(u8),
    /// Raw bytes.
    Bytes,
    /// Text as the packet holds it, of any encoding.
    Text,
    /// A domain name that is already escaped in DNS's own `\DDD` form.
    Name,
    /// IPv4 address.
    Ipv4,
    /// IPv6 address.
    Ipv6,
    /// 48-bit link-layer address.
    Mac,
    /// Absolute time, spelled as a date.
    Time,
    /// Absolute time, spelled in seconds since 1970.
    Epoch,
    /// Relative time.
    Duration,
    /// IEEE 754 number of 32 or 64 bits.
    Float(u8),
    /// ASN.1 object identifier in its BER content form.
    Oid,
    /// Number of another frame of this capture.
    Frame,
    /// A group of fields: an object in JSON, a branch in the tree, nothing in rows.
    Group,
}

/// How a number is spelled in rows (`-T tsv`) and in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// Decimal.
    Dec,
    /// Hexadecimal, lower case, `0x`, padded to the kind's width.
    Hex,
    /// Bytes with `:` between them (only for [`Kind::Bytes`]).
    Colon,
    /// Bytes with a blank between them (only for [`Kind::Bytes`]).
    Space,
}

/// One field of a protocol. Its identity is the address of the `static`.
#[derive(Debug)]
pub struct Field {
    /// Wireshark's display-filter name, such as `ip.src`.
    pub abbrev: &'static str,
    /// What people call it, lower case, such as `time to live`.
    pub label: &'static str,
    /// Type of its values.
    pub kind: Kind,
    /// Spelling of its values.
    pub base: Base,
    /// May repeat within one layer: an array in JSON.
    pub many: bool,
    /// Belongs to the default JSON record.
    pub key: bool,
    /// For filters, rows and JSON only: the tree leaves it out because its parts stand there (`ip.addr`).
    pub hidden: bool,
    /// No bytes are a value like any other, spelled `<none>`; else they are spelled `<MISSING>`.
    pub empty_is_none: bool,
    /// Rows take the text for ASCII, as tshark does: it ends at its first NUL, and all other bytes are escaped.
    pub ascii: bool,
    /// Tells of the layers above its own: without them its value is another, or missing.
    pub above: bool,
    /// Names of values, ascending by number.
    pub names: &'static [(u64, &'static str)],
}

impl Field {
    /// A field of `kind`, decimal, single, shown in the tree, not in the default JSON record.
    #[must_use]
    pub const fn new(abbrev: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            abbrev,
            label,
            kind,
            base: Base::Dec,
            many: false,
            key: false,
            hidden: false,
            empty_is_none: false,
            ascii: false,
            above: false,
            names: &[],
        }
    }
    /// Unsigned 8-bit number.
    #[must_use]
    pub const fn u8(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Uint(8))
    }
    /// Unsigned 16-bit number.
    #[must_use]
    pub const fn u16(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Uint(16))
    }
    /// Unsigned 24-bit number.
    #[must_use]
    pub const fn u24(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Uint(24))
    }
    /// Unsigned 32-bit number.
    #[must_use]
    pub const fn u32(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Uint(32))
    }
    /// Unsigned 64-bit number.
    #[must_use]
    pub const fn u64(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Uint(64))
    }
    /// Signed number of `bits`.
    #[must_use]
    pub const fn int(abbrev: &'static str, label: &'static str, bits: u8) -> Self {
        Self::new(abbrev, label, Kind::Int(bits))
    }
    /// True or false.
    #[must_use]
    pub const fn bool(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Bool)
    }
    /// Present or not.
    #[must_use]
    pub const fn flag(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Flag)
    }
    /// Raw bytes.
    #[must_use]
    pub const fn bytes(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Bytes)
    }
    /// Text.
    #[must_use]
    pub const fn text(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Text)
    }
    /// Domain name.
    #[must_use]
    pub const fn name(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Name)
    }
    /// IPv4 address.
    #[must_use]
    pub const fn ipv4(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Ipv4)
    }
    /// IPv6 address.
    #[must_use]
    pub const fn ipv6(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Ipv6)
    }
    /// 48-bit link-layer address.
    #[must_use]
    pub const fn mac(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Mac)
    }
    /// Absolute time.
    #[must_use]
    pub const fn time(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Time)
    }
    /// Relative time.
    #[must_use]
    pub const fn duration(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Duration)
    }
    /// Number of another frame.
    #[must_use]
    pub const fn frame(abbrev: &'static str, label: &'static str) -> Self {
        Self::new(abbrev, label, Kind::Frame)
    }
    /// A group of fields.
    #[must_use]
    pub const fn group(abbrev: &'static str, label: &'static str) -> Self {
        Self { many: true, ..Self::new(abbrev, label, Kind::Group) }
    }
    /// Spelled in hexadecimal.
    #[must_use]
    pub const fn hex(self) -> Self {
        Self { base: Base::Hex, ..self }
    }
    /// Bytes spelled with `:` between them.
    #[must_use]
    pub const fn colon(self) -> Self {
        Self { base: Base::Colon, ..self }
    }
    /// Bytes spelled with a blank between them.
    #[must_use]
    pub const fn spaced(self) -> Self {
        Self { base: Base::Space, ..self }
    }
    /// May repeat within one layer.
    #[must_use]
    pub const fn many(self) -> Self {
        Self { many: true, ..self }
    }
    /// In the default JSON record.
    #[must_use]
    pub const fn key(self) -> Self {
        Self { key: true, ..self }
    }
    /// Left out of the tree.
    #[must_use]
    pub const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }
    /// An empty value is spelled `<none>` in rows.
    #[must_use]
    pub const fn empty_is_none(self) -> Self {
        Self { empty_is_none: true, ..self }
    }
    /// Text that rows take for ASCII.
    #[must_use]
    pub const fn ascii(self) -> Self {
        Self { ascii: true, ..self }
    }
    /// Tells of the layers above its own.
    #[must_use]
    pub const fn above(self) -> Self {
        Self { above: true, ..self }
    }
    /// With names for values.
    #[must_use]
    pub const fn names(self, names: &'static [(u64, &'static str)]) -> Self {
        Self { names, ..self }
    }

    /// The name of `value`, if it has one.
    #[must_use]
    pub fn name_of(&self, value: u64) -> Option<&'static str> {
        name_of(self.names, value)
    }
}

/// The name of `value` in an ascending table.
#[must_use]
pub fn name_of(names: &'static [(u64, &'static str)], value: u64) -> Option<&'static str> {
    let at = names.binary_search_by_key(&value, |row| row.0).ok()?;
    names.get(at).map(|row| row.1)
}

/// A value on its way to a visitor; borrowed for the length of that call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// For [`Kind::Flag`] and [`Kind::Group`].
    None,
    /// For [`Kind::Bool`].
    Bool(bool),
    /// For [`Kind::Uint`] and [`Kind::Frame`].
    Uint(u64),
    /// For [`Kind::Int`].
    Int(i64),
    /// For [`Kind::Bytes`] and [`Kind::Oid`].
    Bytes(&'a [u8]),
    /// For [`Kind::Text`] and [`Kind::Name`].
    Text(&'a [u8]),
    /// For [`Kind::Ipv4`].
    Ipv4(Ipv4Addr),
    /// For [`Kind::Ipv6`].
    Ipv6(Ipv6Addr),
    /// For [`Kind::Mac`].
    Mac([u8; 6]),
    /// For [`Kind::Time`] and [`Kind::Epoch`].
    Time(Timestamp),
    /// For [`Kind::Duration`], in nanoseconds.
    Duration(i64),
    /// For [`Kind::Float`].
    Float(f64),
}

/// A protocol: its names and the rows of its fields.
#[derive(Debug)]
pub struct Protocol {
    /// Filter name and the name in `frame.protocols`, such as `ip`.
    pub name: &'static str,
    /// Short title for columns and the tree, such as `IPv4`.
    pub title: &'static str,
    /// What it is, for `netdissect protocols`, such as `Internet Protocol version 4 (RFC 791)`.
    pub about: &'static str,
    /// Every field that the dissector can emit.
    pub fields: &'static [&'static Field],
    /// A step that `frame.protocols` names between this protocol and what it carries (`ethertype`).
    pub via: Option<&'static str>,
}

/// Declares the fields of a protocol as `static`s and the list that [`Protocol::fields`] wants.
///
/// `fields! { SRC = Field::ipv4("ip.src", "source").key(), … }` makes `static SRC` and `const FIELDS`. Rows that
/// another file declares and this protocol emits too follow after a semicolon: `fields! { …; ethernet::PADDING }`.
#[macro_export]
macro_rules! fields {
    ($($(#[$meta:meta])* $name:ident = $row:expr),* $(,)? $(; $($shared:path),+ $(,)?)?) => {
        $($(#[$meta])* pub(crate) static $name: $crate::field::Field = $row;)*
        pub(crate) const FIELDS: &[&$crate::field::Field] = &[$(&$name,)* $($(&$shared),+)?];
    };
}

/// The fields of a protocol whose rows stand in several files, in one list of `N`.
#[must_use]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs at compile time only")]
pub const fn concat<const N: usize>(lists: &[&[&'static Field]]) -> [&'static Field; N] {
    static NOBODY: Field = Field::flag("", "");
    let mut all = [&NOBODY; N];
    let (mut list, mut at) = (0, 0);
    while list < lists.len() {
        let mut row = 0;
        while row < lists[list].len() {
            all[at] = lists[list][row];
            at += 1;
            row += 1;
        }
        list += 1;
    }
    all
}
