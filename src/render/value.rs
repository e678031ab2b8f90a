//! How values are spelled: in rows as `tshark -T fields` spells them, in the detail tree for people.

use std::fmt::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};

use netdissect_dissectors::field::{Base, Field, Kind, Value};
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::oid;

use super::style::{Escaped, capped, hex_pair};

/// Stands where a value was cut.
pub const CUT: &str = "…";

/// Appends `value` as rows have it. At most `cap` bytes of text or raw bytes are shown, then [`CUT`].
pub fn row(out: &mut Vec<u8>, field: &Field, value: Value<'_>, cap: usize) {
    match value {
        Value::None | Value::Bool(true) => out.push(b'1'),
        Value::Bool(false) => out.push(b'0'),
        Value::Uint(number) => uint(out, field, number),
        Value::Int(number) => int(out, field, number),
        Value::Bytes([]) if field.empty_is_none => out.extend_from_slice(b"<none>"),
        Value::Bytes([]) => out.extend_from_slice(b"<MISSING>"),
        Value::Bytes(bytes) => raw(out, field, bytes, cap),
        Value::Text(text) if field.ascii => ascii(out, text, cap),
        Value::Text(text) => escaped(out, field, text, cap),
        Value::Ipv4(addr) => ipv4(out, addr),
        Value::Ipv6(addr) => ipv6(out, addr),
        Value::Mac(addr) => mac(out, addr),
        Value::Time(time) if field.kind == Kind::Epoch => epoch(out, time, 9),
        Value::Time(time) => row_date(out, time),
        Value::Duration(nanos) => seconds(out, nanos, 9),
        Value::Float(number) => float(out, number, field.kind),
    }
}

/// Appends `value` as people read it: with its name, in both bases, times with a unit.
pub fn human(out: &mut Vec<u8>, field: &Field, value: Value<'_>, cap: usize) {
    match value {
        Value::None | Value::Bool(true) => out.extend_from_slice(b"yes"),
        Value::Bool(false) => out.extend_from_slice(b"no"),
        Value::Uint(number) => match (field.name_of(number), field.base) {
            (Some(name), _) => {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b" (");
                uint(out, field, number);
                out.push(b')');
            }
            (None, Base::Hex) => {
                uint(out, field, number);
                if number > 9 {
                    out.extend_from_slice(b" (");
                    decimal(out, number);
                    out.push(b')');
                }
            }
            (None, _) => uint(out, field, number),
        },
        // A table goes by the bits of a number, so that those below zero have their place behind all others.
        Value::Int(number) => match field.name_of(number.cast_unsigned()) {
            Some(name) => {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b" (");
                int(out, field, number);
                out.push(b')');
            }
            None => int(out, field, number),
        },
        Value::Bytes([]) => out.extend_from_slice(b"none"),
        Value::Bytes(bytes) if field.kind == Kind::Bytes => {
            raw(out, field, bytes, cap.min(TREE_BYTES));
            if bytes.len() > TREE_BYTES {
                out.extend_from_slice(b" (");
                decimal(out, len(bytes));
                out.extend_from_slice(b" bytes)");
            }
        }
        Value::Bytes(bytes) if field.kind == Kind::Oid => match oid::name_of(bytes) {
            Some(name) => {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b" (");
                row(out, field, value, cap);
                out.push(b')');
            }
            None => row(out, field, value, cap),
        },
        Value::Time(time) => {
            date(out, time, 9);
            if time.is_valid() {
                out.extend_from_slice(b" UTC");
            }
        }
        Value::Duration(nanos) => duration(out, nanos),
        other => row(out, field, other, cap),
    }
}

/// Raw bytes shown in the tree; the hex dump has the rest.
const TREE_BYTES: usize = 16;

/// Appends a decimal number. Most have one digit.
#[inline]
pub fn decimal(out: &mut Vec<u8>, number: u64) {
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => out.push(b'0' | digit),
        _ => long_decimal(out, number),
    }
}

fn long_decimal(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// The length of something in memory as a number to print.
pub(super) fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// `number` in decimal with zeros in front up to `width` digits, 20 at most.
pub(super) fn padded(out: &mut Vec<u8>, number: u64, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number);
    const ZEROS: &[u8] = b"00000000000000000000";
    let missing = width.saturating_sub(digits.len());
    out.extend_from_slice(ZEROS.get(..missing).unwrap_or(ZEROS));
    out.extend_from_slice(digits.as_bytes());
}

fn bits(kind: Kind) -> u32 {
    match kind {
        Kind::Uint(bits) | Kind::Int(bits) => u32::from(bits),
        _ => 0,
    }
}

fn uint(out: &mut Vec<u8>, field: &Field, number: u64) {
    if field.base == Base::Hex {
        hex(out, number, bits(field.kind).div_ceil(4));
    } else {
        decimal(out, number);
    }
}

fn int(out: &mut Vec<u8>, field: &Field, number: i64) {
    if field.base == Base::Hex {
        let unused = 64_u32.saturating_sub(bits(field.kind).max(1));
        hex(out, number.cast_unsigned() & (u64::MAX >> unused), bits(field.kind).div_ceil(4));
    } else {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }
}

/// `0x` and at least `width` lower-case digits.
fn hex(out: &mut Vec<u8>, number: u64, width: u32) {
    let digits = width.clamp(1, 16).max(16 - number.leading_zeros() / 4);
    out.extend_from_slice(b"0x");
    for place in (0..digits).rev() {
        let [.., low] = (number >> (4 * place)).to_be_bytes();
        let [_, digit] = hex_pair(low);
        out.push(digit);
    }
}

fn raw(out: &mut Vec<u8>, field: &Field, bytes: &[u8], cap: usize) {
    if field.kind == Kind::Oid && bytes.len() <= cap && oid(out, bytes) {
        return;
    }
    let shown = bytes.get(..cap).unwrap_or(bytes);
    let between = match field.base {
        Base::Colon => Some(b':'),
        Base::Space => Some(b' '),
        _ => None,
    };
    match (between, shown) {
        (Some(between), [first, rest @ ..]) => {
            out.extend_from_slice(&hex_pair(*first));
            for &byte in rest {
                out.push(between);
                out.extend_from_slice(&hex_pair(byte));
            }
        }
        _ => plain_hex(out, shown),
    }
    if shown.len() < bytes.len() {
        out.extend_from_slice(CUT.as_bytes());
    }
}

/// Lower-case hex without separators.
pub(super) fn plain_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(2 * bytes.len());
    for run in bytes.chunks(32) {
        let mut digits = [[0; 2]; 32];
        for (pair, &byte) in digits.iter_mut().zip(run) {
            *pair = hex_pair(byte);
        }
        out.extend_from_slice(digits.get(..run.len()).unwrap_or_default().as_flattened());
    }
}

/// Dotted numbers of an object identifier (X.690 section 8.19); false, and nothing written, if the bytes are none
/// or an arc has more than 64 bits.
pub(super) fn oid(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let start = out.len();
    let mut arc = 0_u64;
    let mut is_first = true;
    let mut is_open = false;
    for &byte in bytes {
        if arc >> 57 != 0 {
            out.truncate(start);
            return false;
        }
        arc = arc << 7 | u64::from(byte & 0x7f);
        is_open = byte & 0x80 != 0;
        if is_open {
            continue;
        }
        if is_first {
            let top = (arc / 40).min(2);
            decimal(out, top);
            arc -= top * 40;
            is_first = false;
        }
        out.push(b'.');
        decimal(out, arc);
        arc = 0;
    }
    if is_open || is_first {
        out.truncate(start);
        return false;
    }
    true
}

fn escaped(out: &mut Vec<u8>, field: &Field, text: &[u8], cap: usize) {
    let (shown, is_cut) = capped(text, cap);
    match field.kind {
        Kind::Name => Escaped::name(shown).push(out),
        _ => Escaped::text(shown).push(out),
    }
    if is_cut {
        out.extend_from_slice(CUT.as_bytes());
    }
}

/// Appends text up to its first NUL, escaping every byte that is not ASCII by itself.
fn ascii(out: &mut Vec<u8>, text: &[u8], cap: usize) {
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let shown = text.get(..cap).unwrap_or(text);
    for run in shown.chunk_by(|a, b| a.is_ascii() && b.is_ascii()) {
        match run {
            [byte] if !byte.is_ascii() => {
                out.extend_from_slice(b"\\x");
                plain_hex(out, &[*byte]);
            }
            run => Escaped::text(run).push(out),
        }
    }
    if shown.len() < text.len() {
        out.extend_from_slice(CUT.as_bytes());
    }
}

/// Appends an IPv4 address.
pub fn ipv4(out: &mut Vec<u8>, addr: Ipv4Addr) {
    let mut text = *b"255.255.255.255";
    let mut end = 0;
    for (at, octet) in addr.octets().into_iter().enumerate() {
        let dot = usize::from(at > 0);
        if let Some(place) = text.get_mut(end).filter(|_| dot > 0) {
            *place = b'.';
        }
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(octet).as_bytes();
        let start = end + dot;
        end = start + digits.len();
        if let Some(place) = text.get_mut(start..end) {
            place.copy_from_slice(digits);
        }
    }
    out.extend_from_slice(text.get(..end).unwrap_or_default());
}

/// Appends an IPv6 address in the form of RFC 5952; below 2^32 the last half is an IPv4 address, as C libraries
/// and tshark have it (`::1.2.3.4`).
pub fn ipv6(out: &mut Vec<u8>, addr: Ipv6Addr) {
    match addr.segments() {
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
            let [.., a, b, c, d] = addr.octets();
            out.extend_from_slice(b"::");
            ipv4(out, Ipv4Addr::new(a, b, c, d));
        }
        _ => display(out, format_args!("{addr}")),
    }
}

/// Appends a link-layer address.
pub fn mac(out: &mut Vec<u8>, addr: [u8; 6]) {
    let mut text = *b"00:00:00:00:00:00";
    for (place, byte) in text.chunks_mut(3).zip(addr) {
        for (place, digit) in place.iter_mut().zip(hex_pair(byte)) {
            *place = digit;
        }
    }
    out.extend_from_slice(&text);
}

/// Appends what a `Display` writes.
pub(super) fn display(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    use std::io::Write as _;
    // A Vec takes everything.
    let _ = out.write_fmt(text);
}

/// Appends seconds, rounded to `decimals` (0 to 9) decimals.
pub fn seconds(out: &mut Vec<u8>, nanos: i64, decimals: usize) {
    if nanos < 0 {
        out.push(b'-');
    }
    let left_out = 9_u32.saturating_sub(u32::try_from(decimals).unwrap_or(9));
    let nanos = nanos.unsigned_abs().saturating_add(10_u64.pow(left_out) / 2);
    decimal(out, nanos / 1_000_000_000);
    fraction(out, nanos % 1_000_000_000, decimals);
}

/// Appends seconds since 1970 with `decimals` decimals, negative before.
pub fn epoch(out: &mut Vec<u8>, time: Timestamp, decimals: usize) {
    if !time.is_valid() {
        return;
    }
    let (mut secs, mut nanos) = (time.secs, u64::from(time.nanos));
    if secs < 0 {
        out.push(b'-');
        if nanos > 0 {
            secs += 1;
            nanos = 1_000_000_000_u64.saturating_sub(nanos);
        }
    }
    decimal(out, secs.unsigned_abs());
    fraction(out, nanos, decimals);
}

fn fraction(out: &mut Vec<u8>, nanos: u64, decimals: usize) {
    if decimals == 0 {
        return;
    }
    out.push(b'.');
    let start = out.len();
    padded(out, nanos, 9);
    out.truncate(start + decimals.min(9));
}

/// Year, month, day, hour, minute, second of a time in UTC; `None` beyond the years -9999 to 9999.
fn civil(time: Timestamp) -> Option<jiff::civil::DateTime> {
    let time = jiff::Timestamp::from_second(time.secs).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(time))
}

fn two(out: &mut Vec<u8>, number: i8) {
    padded(out, u64::try_from(number).unwrap_or_default(), 2);
}

/// Appends the time of day in UTC, `21:42:06.869344`.
pub fn clock(out: &mut Vec<u8>, time: Timestamp, decimals: usize) {
    match civil(time) {
        Some(civil) => {
            two(out, civil.hour());
            out.push(b':');
            two(out, civil.minute());
            out.push(b':');
            two(out, civil.second());
            fraction(out, time.nanos.into(), decimals);
        }
        None => odd_time(out, time, decimals),
    }
}

/// Appends date and time of day in UTC, `2013-03-07 21:42:06.869344`.
pub fn date(out: &mut Vec<u8>, time: Timestamp, decimals: usize) {
    match civil(time) {
        Some(civil) => {
            out.extend_from_slice(itoa::Buffer::new().format(civil.year()).as_bytes());
            out.push(b'-');
            two(out, civil.month());
            out.push(b'-');
            two(out, civil.day());
            out.push(b' ');
            clock(out, time, decimals);
        }
        None => odd_time(out, time, decimals),
    }
}

/// As Wireshark spells absolute times, `Sep  9, 2021 19:24:27.000000000 UTC`.
fn row_date(out: &mut Vec<u8>, time: Timestamp) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if !time.is_valid() {
        out.extend_from_slice(b"NULL");
        return;
    }
    let Some(civil) = civil(time) else { return odd_time(out, time, 9) };
    let month = usize::try_from(civil.month()).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    out.extend_from_slice(month.copied().unwrap_or_default().as_bytes());
    out.extend_from_slice(if civil.day() < 10 { b"  " } else { b" " });
    out.extend_from_slice(itoa::Buffer::new().format(civil.day()).as_bytes());
    out.extend_from_slice(b", ");
    out.extend_from_slice(itoa::Buffer::new().format(civil.year()).as_bytes());
    out.push(b' ');
    clock(out, time, 9);
    out.extend_from_slice(b" UTC");
}

/// Times that are no date: seconds since 1970, or a word.
fn odd_time(out: &mut Vec<u8>, time: Timestamp, decimals: usize) {
    if time.is_valid() {
        epoch(out, time, decimals);
    } else {
        out.extend_from_slice(b"no time");
    }
}

/// Appends a span of time, rounded, in the unit that suits it: `850 ns`, `12.300 µs`, `69.985 ms`, `60.165 s`.
pub fn duration(out: &mut Vec<u8>, nanos: i64) {
    if nanos < 0 {
        out.push(b'-');
    }
    let nanos = nanos.unsigned_abs();
    // What rounding would make a thousand of a unit is one of the next.
    let (unit, name) = match nanos {
        0 => return out.extend_from_slice(b"0 s"),
        1..1_000 => (1, " ns"),
        1_000..1_000_000 => (1_000, " µs"),
        1_000_000..999_999_500 => (1_000_000, " ms"),
        _ => (1_000_000_000, " s"),
    };
    let thousandth = unit / 1_000;
    let nanos = nanos.saturating_add(thousandth / 2);
    decimal(out, nanos / unit);
    if unit > 1 {
        out.push(b'.');
        padded(out, nanos % unit / thousandth, 3);
    }
    out.extend_from_slice(name.as_bytes());
}

/// A span of time without thousandths where there are none: `85 ms`, `60.165 s`.
#[must_use]
pub fn span(nanos: i64) -> String {
    let mut text = Vec::with_capacity(16);
    duration(&mut text, nanos);
    let text = String::from_utf8(text).unwrap_or_default();
    match text.split_once(".000 ") {
        Some((number, unit)) => [number, " ", unit].concat(),
        None => text,
    }
}

/// C's `%g` with the digits that the kind is good for.
fn float(out: &mut Vec<u8>, number: f64, kind: Kind) {
    let precision = if kind == Kind::Float(32) { 6 } else { 15 };
    if !number.is_finite() {
        let text = match (number.is_nan(), number > 0.0) {
            (true, _) => "nan",
            (false, true) => "inf",
            (false, false) => "-inf",
        };
        return out.extend_from_slice(text.as_bytes());
    }
    let mut text = Short::default();
    // The longest is -d.dddddddddddddde-308: it fits.
    let _ = write!(text, "{number:.*e}", precision - 1);
    let Some((mantissa, exponent)) = text.as_str().split_once('e') else { return };
    let Ok(exponent) = exponent.parse::<i32>() else { return };
    let fixed = i32::try_from(precision).unwrap_or(0) - 1 - exponent;
    if exponent < -4 || fixed < 0 {
        out.extend_from_slice(trimmed(mantissa).as_bytes());
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        padded(out, exponent.unsigned_abs().into(), 2);
    } else {
        let mut text = Short::default();
        let _ = write!(text, "{number:.*}", usize::try_from(fixed).unwrap_or(0));
        out.extend_from_slice(trimmed(text.as_str()).as_bytes());
    }
}

/// Without zeros at the end of a fraction.
fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// A short text on the stack.
#[derive(Default)]
struct Short {
    bytes: [u8; 32],
    len: usize,
}

impl Short {
    fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len.saturating_add(text.len());
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(field: &Field, value: Value<'_>) -> String {
        let mut out = Vec::new();
        row(&mut out, field, value, 4_096);
        String::from_utf8(out).unwrap()
    }

    fn human_of(field: &Field, value: Value<'_>) -> String {
        let mut out = Vec::new();
        human(&mut out, field, value, 4_096);
        String::from_utf8(out).unwrap()
    }

    const fn of(kind: Kind) -> Field {
        Field::new("a.b", "label", kind)
    }

    #[test]
    fn integers_as_tshark_has_them() {
        assert_eq!(row_of(&of(Kind::Uint(16)), Value::Uint(10)), "10");
        assert_eq!(row_of(&of(Kind::Uint(8)).hex(), Value::Uint(10)), "0x0a");
        assert_eq!(row_of(&of(Kind::Uint(16)).hex(), Value::Uint(10)), "0x000a");
        assert_eq!(row_of(&of(Kind::Uint(24)).hex(), Value::Uint(0xabc)), "0x000abc");
        assert_eq!(row_of(&of(Kind::Uint(32)).hex(), Value::Uint(10)), "0x0000000a");
        assert_eq!(row_of(&of(Kind::Uint(64)).hex(), Value::Uint(u64::MAX)), "0xffffffffffffffff");
        assert_eq!(row_of(&of(Kind::Uint(8)).hex(), Value::Uint(0x1234)), "0x1234");
        assert_eq!(row_of(&of(Kind::Int(32)), Value::Int(-2)), "-2");
        assert_eq!(row_of(&of(Kind::Int(16)).hex(), Value::Int(-2)), "0xfffe");
        assert_eq!(row_of(&of(Kind::Bool), Value::Bool(false)), "0");
        assert_eq!(row_of(&of(Kind::Flag), Value::None), "1");
    }

    #[test]
    fn bytes_text_and_addresses() {
        assert_eq!(row_of(&of(Kind::Bytes), Value::Bytes(&[0, 0xab])), "00ab");
        assert_eq!(row_of(&of(Kind::Bytes).colon(), Value::Bytes(&[0, 0xab])), "00:ab");
        assert_eq!(row_of(&of(Kind::Bytes), Value::Bytes(&[])), "<MISSING>");
        assert_eq!(row_of(&of(Kind::Text), Value::Text(b"a\tb\\\xff")), r"a\tb\\\xff");
        assert_eq!(row_of(&of(Kind::Name), Value::Text(br"a\.b.c")), r"a\.b.c");
        assert_eq!(row_of(&of(Kind::Mac), Value::Mac([0, 0x1b, 2, 3, 4, 0xff])), "00:1b:02:03:04:ff");
        assert_eq!(row_of(&of(Kind::Ipv4), Value::Ipv4([192, 0, 2, 1].into())), "192.0.2.1");
        for (addr, shown) in [
            ("::", "::"),
            ("::2", "::2"),
            ("::1.2.3.4", "::1.2.3.4"),
            ("::1234:0", "::18.52.0.0"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("::5:102:304", "::5:102:304"),
            ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ] {
            assert_eq!(row_of(&of(Kind::Ipv6), Value::Ipv6(addr.parse().unwrap())), shown);
        }
        assert_eq!(row_of(&of(Kind::Oid), Value::Bytes(&[0x2b, 6, 1, 4, 1, 0x82, 0x37])), "1.3.6.1.4.1.311");
        assert_eq!(row_of(&of(Kind::Oid), Value::Bytes(&[0x55, 4, 3])), "2.5.4.3");
        assert_eq!(row_of(&of(Kind::Oid), Value::Bytes(&[0x88, 0x37, 1])), "2.999.1");
        assert_eq!(row_of(&of(Kind::Oid), Value::Bytes(&[0x2b, 0x82])), "2b82");
        assert_eq!(row_of(&of(Kind::Oid), Value::Bytes(&[0xff; 12])), "ffffffffffffffffffffffff");
    }

    #[test]
    fn times() {
        let time = |secs, nanos| Value::Time(Timestamp { secs, nanos });
        let shown = "Sep  9, 2021 19:24:27.000000000 UTC";
        assert_eq!(row_of(&of(Kind::Time), time(1_631_215_467, 0)), shown);
        assert_eq!(row_of(&of(Kind::Time), time(0, 1)), "Jan  1, 1970 00:00:00.000000001 UTC");
        assert_eq!(row_of(&of(Kind::Time), time(-1, 500_000_000)), "Dec 31, 1969 23:59:59.500000000 UTC");
        assert_eq!(row_of(&of(Kind::Time), time(4_294_967_295, 0)), "Feb  7, 2106 06:28:15.000000000 UTC");
        assert_eq!(row_of(&of(Kind::Time), Value::Time(Timestamp::INVALID)), "NULL");
        assert_eq!(row_of(&of(Kind::Time), time(i64::MAX, 5)), "9223372036854775807.000000005");
        assert_eq!(row_of(&of(Kind::Epoch), time(1_362_692_526, 869_344_000)), "1362692526.869344000");
        assert_eq!(row_of(&of(Kind::Epoch), time(-1, 500_000_000)), "-0.500000000");
        assert_eq!(row_of(&of(Kind::Epoch), time(-2, 0)), "-2.000000000");
        assert_eq!(row_of(&of(Kind::Duration), Value::Duration(-2_000)), "-0.000002000");
        assert_eq!(row_of(&of(Kind::Duration), Value::Duration(88_528_000)), "0.088528000");
        assert_eq!(row_of(&of(Kind::Duration), Value::Duration(i64::MIN)), "-9223372036.854775808");
        assert_eq!(human_of(&of(Kind::Time), time(1_631_215_467, 5)), "2021-09-09 19:24:27.000000005 UTC");
        assert_eq!(human_of(&of(Kind::Time), Value::Time(Timestamp::INVALID)), "no time");
        for (nanos, shown) in [
            (0, "0 s"),
            (850, "850 ns"),
            (-12_300, "-12.300 µs"),
            (69_985_000, "69.985 ms"),
            (999_999_499, "999.999 ms"),
            (999_999_500, "1.000 s"),
            (60_165_499_999, "60.165 s"),
            (60_165_999_999, "60.166 s"),
        ] {
            assert_eq!(human_of(&of(Kind::Duration), Value::Duration(nanos)), shown);
        }
    }

    #[test]
    fn floats_as_c_prints_them() {
        for (number, shown) in [
            (19.5, "19.5"),
            (77_760_000.0, "7.776e+07"),
            (0.0, "0"),
            (0.0001, "0.0001"),
            (0.000_012_345_678, "1.23457e-05"),
            (999_999.5, "1e+06"),
            (100_000.0, "100000"),
            (-2.5, "-2.5"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(row_of(&of(Kind::Float(32)), Value::Float(number)), shown);
        }
        assert_eq!(row_of(&of(Kind::Float(64)), Value::Float(1_234.567_891)), "1234.567891");
        assert_eq!(row_of(&of(Kind::Float(64)), Value::Float(15.0)), "15");
        assert_eq!(row_of(&of(Kind::Float(64)), Value::Float(f64::MIN)), "-1.79769313486232e+308");
        assert_eq!(row_of(&of(Kind::Float(64)), Value::Float(f64::MIN_POSITIVE)), "2.2250738585072e-308");
    }

    #[test]
    fn people_read_names_and_both_bases() {
        const NAMES: &[(u64, &str)] = &[(6, "TCP"), (0x0800, "IPv4")];
        assert_eq!(human_of(&of(Kind::Uint(8)).names(NAMES), Value::Uint(6)), "TCP (6)");
        assert_eq!(human_of(&of(Kind::Uint(16)).hex().names(NAMES), Value::Uint(0x800)), "IPv4 (0x0800)");
        assert_eq!(human_of(&of(Kind::Uint(16)).hex(), Value::Uint(0x4a9a)), "0x4a9a (19098)");
        assert_eq!(human_of(&of(Kind::Bool), Value::Bool(true)), "yes");
        assert_eq!(
            human_of(&of(Kind::Bytes), Value::Bytes(&[1; 40])),
            format!("{}… (40 bytes)", "01".repeat(16))
        );
        assert_eq!(human_of(&of(Kind::Bytes), Value::Bytes(&[])), "none");
    }

    #[test]
    fn long_values_are_cut_with_a_mark() {
        let mut out = Vec::new();
        row(&mut out, &of(Kind::Text), Value::Text(&[b'u'; 5_000]), 4_096);
        assert_eq!(out.len(), 4_096 + CUT.len());
        assert!(out.ends_with(CUT.as_bytes()));
        out.clear();
        row(&mut out, &of(Kind::Bytes), Value::Bytes(&[0; 5_000]), usize::MAX);
        assert_eq!(out.len(), 10_000);
    }
}
