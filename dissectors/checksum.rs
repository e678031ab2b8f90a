//! Internet checksums (RFC 1071) over headers and pseudo-headers.

use core::net::IpAddr;

use etherparse::checksum::Sum16BitWords;

/// What a checksum field turned out to be; the numbers are those of `*.checksum.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Verified and wrong.
    Bad = 0,
    /// Verified and right.
    Good = 1,
    /// Not all covered bytes are at hand.
    Unverified = 2,
    /// The sender put none.
    NotPresent = 3,
    /// The sender put none where one must be (RFC 8200 section 8.1).
    Illegal = 4,
}

/// Names for the values of `*.checksum.status`.
pub const STATUS_NAMES: &[(u64, &str)] =
    &[(0, "bad"), (1, "good"), (2, "unverified"), (3, "not present"), (4, "illegal")];

/// Ones' complement sum of `data` (RFC 1071), not complemented: `0xffff` for data that includes its own right
/// checksum. A last odd byte counts as the high half of a word.
#[must_use]
pub fn sum(data: &[u8]) -> u16 {
    !u16::from_be(Sum16BitWords::new().add_slice(data).ones_complement())
}

/// Like [`sum`], over the pseudo-header of RFC 9293 section 3.1 and RFC 8200 section 8.1 and `data`, whose
/// length on the wire is `len` bytes.
#[must_use]
pub fn pseudo_sum(src: IpAddr, dst: IpAddr, protocol: u8, len: u32, data: &[u8]) -> u16 {
    let mut words = Sum16BitWords::new();
    let mut words = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => words.add_4bytes(src.octets()).add_4bytes(dst.octets()),
        (IpAddr::V6(src), IpAddr::V6(dst)) => words.add_16bytes(src.octets()).add_16bytes(dst.octets()),
        _ => words,
    };
    let words = words.add_4bytes(len.to_be_bytes()).add_2bytes([0, protocol]).add_slice(data);
    !u16::from_be(words.ones_complement())
}

/// What the checksum field should have held, given the `sum` over everything including the field, and the
/// value `found` in it.
#[must_use]
pub fn expected(sum: u16, found: u16) -> u16 {
    // sum = rest + found in ones' complement, so the field should be !(sum - found).
    let rest = u32::from(sum).wrapping_add(u32::from(!found));
    let folded = (rest & 0xffff).wrapping_add(rest >> 16);
    !(folded as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071() {
        let data = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(sum(&data), 0xddf2);
    }

    #[test]
    fn expected_is_what_makes_the_sum_all_ones() {
        let mut data = [0x45, 0x00, 0x12, 0x34, 0xab, 0xcd, 0x99, 0x01];
        for found in [0x0000u16, 0x1234, 0xffff, 0xabcd] {
            data[4..6].copy_from_slice(&found.to_be_bytes());
            let right = expected(sum(&data), found);
            data[4..6].copy_from_slice(&right.to_be_bytes());
            assert_eq!(sum(&data), 0xffff, "found {found:#x}");
        }
    }
}
