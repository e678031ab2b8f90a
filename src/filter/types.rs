//! Types of values, and what written values mean for each type.

use std::net::{Ipv4Addr, Ipv6Addr};

use netdissect_dissectors::field::{Field, Kind};

use super::ast::{Operand, OperandKind};
use super::error::{FilterError, escaped};
use crate::render::select::nearest;

/// A value as it is compared: everything is a number, a float, or bytes in network order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Datum<'a> {
    /// Present, without a value.
    None,
    /// An integer, a boolean, or a time in nanoseconds.
    Number(i128),
    /// A floating-point number.
    Float(f64),
    /// Bytes, text, an address.
    Bytes(&'a [u8]),
}

impl PartialOrd for Datum<'_> {
    /// Only values of one kind compare.
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// A value from the expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// See [`Datum::Number`].
    Number(i128),
    /// See [`Datum::Float`].
    Float(f64),
    /// See [`Datum::Bytes`].
    Bytes(Vec<u8>),
    /// Addresses whose first bits are these.
    Network(Vec<u8>, u8),
}

impl Literal {
    /// As values of fields are; a network is its first address.
    pub(super) fn datum(&self) -> Datum<'_> {
        match self {
            Self::Number(number) => Datum::Number(*number),
            Self::Float(number) => Datum::Float(*number),
            Self::Bytes(bytes) | Self::Network(bytes, _) => Datum::Bytes(bytes),
        }
    }
}

/// The type of what an operand yields.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    /// Integers of so many bits.
    Unsigned(u8),
    /// Signed integers of so many bits.
    Signed(u8),
    /// What a calculation yields.
    Computed,
    /// True or false, or a mark without a value.
    Bool,
    /// Absolute time.
    Time,
    /// A span of time.
    Duration,
    /// Floating-point numbers.
    Float,
    /// Text.
    Text,
    /// Bytes, also those of a protocol.
    Bytes,
    /// IPv4 addresses.
    Ipv4,
    /// IPv6 addresses.
    Ipv6,
    /// Link-layer addresses.
    Mac,
    /// There or not: a group of fields.
    Group,
}

impl Type {
    /// The type of a field's values.
    pub(super) fn of(field: &Field) -> Self {
        match field.kind {
            Kind::Flag | Kind::Bool => Self::Bool,
            Kind::Uint(bits) => Self::Unsigned(bits),
            Kind::Int(bits) => Self::Signed(bits),
            Kind::Frame => Self::Unsigned(64),
            Kind::Bytes | Kind::Oid => Self::Bytes,
            Kind::Text | Kind::Name => Self::Text,
            Kind::Ipv4 => Self::Ipv4,
            Kind::Ipv6 => Self::Ipv6,
            Kind::Mac => Self::Mac,
            Kind::Time | Kind::Epoch => Self::Time,
            Kind::Duration => Self::Duration,
            Kind::Float(_) => Self::Float,
            Kind::Group => Self::Group,
        }
    }

    /// In words, with an article.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unsigned(_) | Self::Signed(_) | Self::Computed => "a number",
            Self::Bool => "true or false",
            Self::Time => "a time",
            Self::Duration => "a span of time",
            Self::Float => "a floating-point number",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Mac => "a MAC address",
            Self::Group => "a group of fields",
        }
    }

    /// Made of bytes, so that it can be sliced.
    pub(super) fn has_bytes(self) -> bool {
        matches!(self, Self::Text | Self::Bytes | Self::Ipv4 | Self::Ipv6 | Self::Mac)
    }

    /// Integers, with which one can calculate.
    pub(super) fn is_integer(self) -> bool {
        matches!(self, Self::Unsigned(_) | Self::Signed(_) | Self::Computed)
    }

    /// Whether values of both types compare.
    pub(super) fn compares_with(self, other: Self) -> bool {
        let is_number = |one: Self| one.is_integer() || matches!(one, Self::Bool);
        if is_number(self) && is_number(other) {
            return true;
        }
        // Bytes, a slice say, compare with whatever is made of bytes.
        if self.has_bytes()
            && other.has_bytes()
            && (matches!(self, Self::Bytes) || matches!(other, Self::Bytes))
        {
            return true;
        }
        std::mem::discriminant(&self) == std::mem::discriminant(&other) && !matches!(self, Self::Group)
    }

    /// What values of this type look like.
    fn example(self) -> &'static str {
        match self {
            Self::Unsigned(_) | Self::Signed(_) | Self::Computed => "a number is written 80, 0x50 or 0b101",
            Self::Bool => "write 1 or 0, true or false",
            Self::Time => "a time is written \"2026-02-03 14:05:06.789\" (UTC) or in seconds since 1970",
            Self::Duration => "a span of time is written in seconds: 0.25",
            Self::Float => "a number is written 1.5",
            Self::Text => "text stands in double quotes: \"...\"",
            Self::Bytes => "bytes are written 0a:0b:0c, or as text in double quotes",
            Self::Ipv4 => "write 192.0.2.1, or 192.0.2.0/24 for a network",
            Self::Ipv6 => "write 2001:db8::1, or 2001:db8::/32 for a network",
            Self::Mac => "write 02:00:00:00:00:01",
            Self::Group => "a group is there or not; compare one of its fields",
        }
    }

    /// What `operand` means where values of this type are; `names` are those of the field it is compared with.
    ///
    /// # Errors
    /// It is not written like a value of this type, or is out of its range.
    pub(super) fn literal(
        self,
        operand: &Operand,
        names: &'static [(u64, &'static str)],
    ) -> Result<Literal, FilterError> {
        let wrong = |what: String| FilterError::new(operand.at.clone(), what).hint(self.example());
        let (bytes, is_quoted, is_negative) = match &operand.kind {
            OperandKind::Word(word) => (word.clone().into_bytes(), false, false),
            OperandKind::Text(text) => (text.clone(), true, false),
            OperandKind::Char(byte) if self.has_bytes() => return Ok(Literal::Bytes(vec![*byte])),
            OperandKind::Char(byte) => (byte.to_string().into_bytes(), false, false),
            OperandKind::Negative(inner) => match &inner.kind {
                OperandKind::Word(word) => (word.clone().into_bytes(), false, true),
                _ => return Err(wrong("this is no value".into())),
            },
            _ => return Err(wrong("this is no value".into())),
        };
        if let (Self::Text, false) = (self, is_negative) {
            return Ok(Literal::Bytes(bytes));
        }
        if let (Self::Bytes, true) = (self, is_quoted) {
            return Ok(Literal::Bytes(bytes));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| wrong(format!("this is not {}", self.name())))?;
        let misspelled = || {
            let shown = escaped(text);
            let mut known = nearest(text, names.iter().map(|row| row.1));
            if known.is_empty() {
                known = names.iter().map(|row| row.1).take(3).collect();
            }
            let error = FilterError::new(operand.at.clone(), format!("{shown} is not {}", self.name()));
            if known.is_empty() {
                error.hint(self.example())
            } else {
                error.hint(format!("named values are: \"{}\"", known.join("\", \"")))
            }
        };
        let signed = |number: i128| if is_negative { -number } else { number };
        match self {
            Self::Unsigned(_) | Self::Signed(_) | Self::Computed => {
                if let Some(number) = number(text) {
                    return self.within(signed(number)).ok_or_else(|| {
                        let (low, high) = self.range();
                        let sign = if is_negative { "-" } else { "" };
                        let what = format!("{sign}{} is out of range: {low} to {high}", escaped(text));
                        FilterError::new(operand.at.clone(), what)
                    });
                }
                named(names, text).map(|number| Literal::Number(number.into())).ok_or_else(misspelled)
            }
            Self::Bool => match text {
                _ if is_negative => Err(misspelled()),
                "true" | "True" | "TRUE" | "Set" | "1" => Ok(Literal::Number(1)),
                "false" | "False" | "FALSE" | "Not set" | "0" => Ok(Literal::Number(0)),
                _ => match number(text).filter(|number| (0..=1).contains(number)) {
                    Some(number) => Ok(Literal::Number(number)),
                    None => {
                        named(names, text).map(|number| Literal::Number(number.into())).ok_or_else(misspelled)
                    }
                },
            },
            Self::Float => text
                .parse::<f64>()
                .map(|number| Literal::Float(if is_negative { -number } else { number }))
                .map_err(|_| misspelled()),
            Self::Duration => {
                seconds(text).map(|nanos| Literal::Number(signed(nanos))).ok_or_else(misspelled)
            }
            Self::Time => seconds(text)
                .map(signed)
                .or_else(|| if is_negative { None } else { date(text) })
                .map(Literal::Number)
                .ok_or_else(misspelled),
            Self::Ipv4 => {
                let address = |text: &str| Some(text.parse::<Ipv4Addr>().ok()?.octets().to_vec());
                network(text, 32, address).filter(|_| !is_negative).ok_or_else(misspelled)
            }
            Self::Ipv6 => {
                let address = |text: &str| Some(text.parse::<Ipv6Addr>().ok()?.octets().to_vec());
                network(text, 128, address).filter(|_| !is_negative).ok_or_else(misspelled)
            }
            Self::Mac => byte_string(text)
                .filter(|bytes| bytes.len() == 6 && !is_negative)
                .map(Literal::Bytes)
                .ok_or_else(misspelled),
            Self::Bytes => {
                byte_string(text).filter(|_| !is_negative).map(Literal::Bytes).ok_or_else(misspelled)
            }
            Self::Text | Self::Group => Err(misspelled()),
        }
    }

    /// Lowest and highest number.
    fn range(self) -> (i128, i128) {
        match self {
            Self::Unsigned(bits) => (0, (1_i128 << bits.min(64)).saturating_sub(1)),
            Self::Signed(bits) => {
                let half = 1_i128 << bits.clamp(1, 64).saturating_sub(1);
                (half.saturating_neg(), half.saturating_sub(1))
            }
            _ => (i64::MIN.into(), u64::MAX.into()),
        }
    }

    fn within(self, number: i128) -> Option<Literal> {
        let (low, high) = self.range();
        (low..=high).contains(&number).then_some(Literal::Number(number))
    }
}

/// Decimal, `0x`, `0b`, and octal with a zero in front.
fn number(text: &str) -> Option<i128> {
    let (digits, base) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', b'b' | b'B', ..] => (text.get(2..)?, 2),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    // Without a sign.
    digits.bytes().next().filter(u8::is_ascii_alphanumeric)?;
    u64::from_str_radix(digits, base).ok().map(i128::from)
}

/// The number with that name, in these letters or in others.
fn named(names: &'static [(u64, &'static str)], text: &str) -> Option<u64> {
    let exact = names.iter().find(|row| row.1 == text);
    exact.or_else(|| names.iter().find(|row| row.1.eq_ignore_ascii_case(text))).map(|row| row.0)
}

/// Decimal seconds as nanoseconds; decimals beyond the ninth are left out.
fn seconds(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()?.into() };
    let mut nanos = 0_i128;
    for digit in fraction.bytes().chain(std::iter::repeat(b'0')).take(9) {
        nanos = nanos.checked_mul(10)?.checked_add(i128::from(digit.checked_sub(b'0')?))?;
    }
    whole.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// Nanoseconds since 1970 of a date and time of day in UTC.
fn date(text: &str) -> Option<i128> {
    const FORMS: [&str; 6] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d",
        "%b %d, %Y %H:%M:%S%.f",
        "%b %d, %Y",
    ];
    let text = text.trim_end_matches("UTC").trim_end_matches('Z').trim_end();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let time = FORMS.iter().find_map(|form| {
        let parsed = jiff::fmt::strtime::parse(form, &text).ok()?;
        let date = parsed.to_date().ok()?;
        let time = parsed.to_time().unwrap_or(jiff::civil::Time::midnight());
        jiff::tz::Offset::UTC.to_timestamp(date.to_datetime(time)).ok()
    })?;
    Some(time.as_nanosecond())
}

fn network(text: &str, width: u8, address: impl Fn(&str) -> Option<Vec<u8>>) -> Option<Literal> {
    match text.split_once('/') {
        None => address(text).map(Literal::Bytes),
        Some((first, bits)) => {
            let bits = bits.parse::<u8>().ok().filter(|bits| *bits <= width)?;
            let mut first = address(first)?;
            mask(&mut first, bits);
            Some(Literal::Network(first, bits))
        }
    }
}

/// Clears what lies behind the first `bits` bits.
pub(super) fn mask(bytes: &mut [u8], bits: u8) {
    for (nth, byte) in bytes.iter_mut().enumerate() {
        let kept = usize::from(bits).saturating_sub(nth.saturating_mul(8)).min(8);
        *byte &= u8::MAX.checked_shl(u32::try_from(8_usize.saturating_sub(kept)).unwrap_or(8)).unwrap_or(0);
    }
}

/// Bytes in hex: with `:`, `-` or `.` between them, or without.
fn byte_string(text: &str) -> Option<Vec<u8>> {
    let digits = |text: &str| {
        let is_hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let pairs = if text.len() == 1 { format!("0{text}") } else { text.to_owned() };
        if !is_hex || !pairs.len().is_multiple_of(2) {
            return None;
        }
        let bytes = pairs.as_bytes().chunks_exact(2);
        bytes
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect::<Option<Vec<u8>>>()
    };
    if let Some(separator) = text.chars().find(|c| matches!(c, ':' | '-' | '.')) {
        let parts: Option<Vec<Vec<u8>>> = text.split(separator).map(digits).collect();
        return parts.map(|parts| parts.concat());
    }
    digits(text.strip_prefix("0x").unwrap_or(text))
}
