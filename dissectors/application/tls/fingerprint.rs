//! Fingerprints of hellos: JA3 and JA3S (Salesforce, 2017), JA4 (FoxIO, technical details of JA4).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::extensions::{
    ALPN, EC_POINT_FORMATS, SERVER_NAME, SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS, SUPPORTED_VERSIONS,
};
use super::handshake::{Hello, JA3, JA3_FULL, JA3S, JA3S_FULL, JA4, JA4_R};
use crate::field::{Field, Value};
use crate::walk::Walk;

/// Hexadecimal digits of a hash in JA4.
const SHORT_HASH: usize = 12;

/// The fingerprints of one hello; `transport` is `t` for TCP and `q` for QUIC.
pub(super) fn fields(walk: &mut Walk<'_, '_>, hello: &Hello<'_>, transport: char) -> Option<()> {
    let ja3 = if hello.from_server { [&JA3S_FULL, &JA3S] } else { [&JA3_FULL, &JA3] };
    if ja3.into_iter().any(|field| walk.wants(field)) {
        let full = if hello.from_server { ja3s(hello) } else { self::ja3(hello) };
        let [full_field, field] = ja3;
        text(walk, full_field, &full)?;
        text(walk, field, &hex(&Md5::digest(&full)))?;
    }
    if !hello.from_server && [&JA4, &JA4_R].into_iter().any(|field| walk.wants(field)) {
        let (hashed, full) = ja4(hello, transport);
        text(walk, &JA4_R, &full)?;
        text(walk, &JA4, &hashed)?;
    }
    Some(())
}

fn text(walk: &mut Walk<'_, '_>, field: &'static Field, value: &str) -> Option<()> {
    walk.emit(field, 0..0, Value::Text(value.as_bytes()))
}

/// Values that mean nothing, put in to keep others from choking on unknown ones (RFC 8701 section 2).
fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// The numbers of two bytes in `list` but those of RFC 8701.
fn numbers(list: &[u8]) -> impl Iterator<Item = u16> {
    list.as_chunks::<2>().0.iter().map(|&pair| u16::from_be_bytes(pair)).filter(|&value| !is_grease(value))
}

/// The numbers in a list with a length of two bytes before it.
fn listed(data: Option<&[u8]>) -> &[u8] {
    data.and_then(|data| data.get(2..)).unwrap_or_default()
}

fn joined(values: impl Iterator<Item = u16>, out: &mut String) {
    for (at, value) in values.enumerate() {
        // Writing to a String does not fail.
        let _ = write!(out, "{}{value}", if at == 0 { "" } else { "-" });
    }
}

fn ja3(hello: &Hello<'_>) -> String {
    let mut full = String::new();
    let _ = write!(full, "{},", hello.version);
    joined(numbers(hello.suites), &mut full);
    full.push(',');
    joined(hello.extensions().map(|row| row.0).filter(|&kind| !is_grease(kind)), &mut full);
    full.push(',');
    joined(numbers(listed(hello.extension(SUPPORTED_GROUPS))), &mut full);
    full.push(',');
    let formats = hello.extension(EC_POINT_FORMATS).and_then(|data| data.get(1..)).unwrap_or_default();
    joined(formats.iter().map(|&format| format.into()), &mut full);
    full
}

fn ja3s(hello: &Hello<'_>) -> String {
    let mut full = String::new();
    let _ = write!(full, "{},", hello.version);
    joined(numbers(hello.suites), &mut full);
    full.push(',');
    joined(hello.extensions().map(|row| row.0), &mut full);
    full
}

/// JA4 and the same before hashing.
fn ja4(hello: &Hello<'_>, transport: char) -> (String, String) {
    let versions = hello.extension(SUPPORTED_VERSIONS).and_then(|data| data.get(1..)).unwrap_or_default();
    let version = match numbers(versions).max().unwrap_or(hello.version) {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    };
    let mut suites: Vec<u16> = numbers(hello.suites).collect();
    let kinds: Vec<u16> = hello.extensions().map(|row| row.0).filter(|&kind| !is_grease(kind)).collect();
    let name = if kinds.contains(&SERVER_NAME) { 'd' } else { 'i' };
    let [first, last] = alpn(hello.first_alpn().unwrap_or_default());
    let mut head = String::new();
    let (of_suites, of_kinds) = (suites.len().min(99), kinds.len().min(99));
    let _ = write!(head, "{transport}{version}{name}{of_suites:02}{of_kinds:02}{first}{last}");
    suites.sort_unstable();
    let suites = words(suites.into_iter());
    let mut sorted: Vec<u16> =
        kinds.into_iter().filter(|kind| !matches!(*kind, SERVER_NAME | ALPN)).collect();
    sorted.sort_unstable();
    let mut rest = words(sorted.into_iter());
    let algorithms = words(numbers(listed(hello.extension(SIGNATURE_ALGORITHMS))));
    if !algorithms.is_empty() {
        rest.push('_');
        rest.push_str(&algorithms);
    }
    let full = alloc::format!("{head}_{suites}_{rest}");
    (alloc::format!("{head}_{}_{}", short_hash(&suites), short_hash(&rest)), full)
}

/// First and last character of the name of a protocol; if one of them is neither letter nor digit, the first and
/// last hexadecimal digit.
fn alpn(name: &[u8]) -> [char; 2] {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else { return ['0', '0'] };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [first.into(), last.into()];
    }
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    [digit(first >> 4), digit(last & 0x0f)]
}

fn words(values: impl Iterator<Item = u16>) -> String {
    let mut out = String::new();
    for (at, value) in values.enumerate() {
        let _ = write!(out, "{}{value:04x}", if at == 0 { "" } else { "," });
    }
    out
}

fn short_hash(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(SHORT_HASH);
    }
    let mut hash = hex(&Sha256::digest(text));
    hash.truncate(SHORT_HASH);
    hash
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the JA4 specification.
    #[test]
    fn the_hashes_of_ja4() {
        let suites = "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9";
        assert_eq!(short_hash(suites), "8daaf6152771");
        let rest = "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_\
                    0403,0804,0401,0503,0805,0501,0806,0601";
        assert_eq!(short_hash(rest), "e5627efa2ab1");
        assert_eq!(short_hash(""), "000000000000");
    }

    #[test]
    fn the_protocol_in_ja4() {
        assert_eq!(alpn(b"h2"), ['h', '2']);
        assert_eq!(alpn(b"http/1.1"), ['h', '1']);
        assert_eq!(alpn(b""), ['0', '0']);
        assert_eq!(alpn(&[0xab, 0x12]), ['a', '2']);
    }
}
