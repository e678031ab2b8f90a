//! What kind of address one is: `--address-kinds`.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::LazyLock;

use netdissect_dissectors::Value;

use super::style::Escaped;

/// Blocks of IPv4 addresses with a purpose of their own (RFC 6890 and its registry), the first that fits counts.
const V4: [([u8; 4], u32, &str); 20] = [
    ([0, 0, 0, 0], 32, "unspecified"),
    ([0, 0, 0, 0], 8, "this network"),
    ([10, 0, 0, 0], 8, "private"),
    ([100, 64, 0, 0], 10, "shared"),
    ([127, 0, 0, 0], 8, "loopback"),
    ([169, 254, 0, 0], 16, "link-local"),
    ([172, 16, 0, 0], 12, "private"),
    ([192, 0, 0, 0], 24, "IETF protocols"),
    ([192, 0, 2, 0], 24, "documentation"),
    ([192, 31, 196, 0], 24, "AS112"),
    ([192, 52, 193, 0], 24, "AMT"),
    ([192, 88, 99, 0], 24, "6to4 relay"),
    ([192, 168, 0, 0], 16, "private"),
    ([192, 175, 48, 0], 24, "AS112"),
    ([198, 18, 0, 0], 15, "benchmarking"),
    ([198, 51, 100, 0], 24, "documentation"),
    ([203, 0, 113, 0], 24, "documentation"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([255, 255, 255, 255], 32, "broadcast"),
    ([240, 0, 0, 0], 4, "reserved"),
];

/// The same of IPv6 addresses: the first 16-bit groups and the length of the prefix.
const V6: [([u16; 8], u32, &str); 15] = [
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified"),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback"),
    ([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, "IPv4-mapped"),
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "IPv4-translated"),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "IPv4-translated"),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo"),
    ([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, "benchmarking"),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation"),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4"),
    ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, "global"),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local"),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local"),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast"),
];

/// Scopes of IPv6 multicast (RFC 7346).
const SCOPES: [(u8, &str); 7] = [
    (1, "interface-local"),
    (2, "link-local"),
    (3, "realm-local"),
    (4, "admin-local"),
    (5, "site-local"),
    (8, "organization-local"),
    (14, "global"),
];

/// What is told of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    networks: Vec<Network>,
}

/// A network: an address whose bits behind the prefix are 0, and how many bits the prefix has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    len: u8,
}

impl Kinds {
    /// Kinds, and of addresses in one of `networks` where they stand in it.
    #[must_use]
    pub fn new(networks: Vec<Network>) -> Self {
        Self { networks }
    }

    /// Of a value, if it is an address.
    #[must_use]
    pub fn of(&self, value: Value<'_>) -> Vec<Cow<'static, str>> {
        match value {
            Value::Ipv4(addr) => self.ip(addr.into()),
            Value::Ipv6(addr) => self.ip(addr.into()),
            Value::Mac(addr) => mac(addr),
            _ => Vec::new(),
        }
    }

    /// Of an IP address: the class, of IPv4, what its block is for, and where it stands in the networks.
    #[must_use]
    pub fn ip(&self, addr: IpAddr) -> Vec<Cow<'static, str>> {
        let places = self.networks.iter().filter_map(|network| network.place(addr));
        ip(addr).into_iter().map(Cow::from).chain(places.map(Cow::from)).collect()
    }
}

impl Network {
    /// Where `addr` stands in it, if it does.
    fn place(&self, addr: IpAddr) -> Option<String> {
        let len = u32::from(self.len);
        let (bits, first, width) = match (addr, self.first) {
            (IpAddr::V4(addr), IpAddr::V4(first)) => (addr.to_bits().into(), first.to_bits().into(), 32),
            (IpAddr::V6(addr), IpAddr::V6(first)) => (addr.to_bits(), first.to_bits(), 128),
            _ => return None,
        };
        if !begins(bits, first, width, len) {
            return None;
        }
        let host = bits ^ first;
        let last = 1_u128.checked_shl(width - len).unwrap_or(0).wrapping_sub(1);
        let place = match self.first {
            // Between two routers both addresses are theirs (RFC 3021, RFC 6164).
            _ if width - len <= 1 => "in",
            IpAddr::V4(_) if host == 0 => "network address of",
            IpAddr::V4(_) if host == last => "broadcast of",
            // RFC 4291 section 2.6.1.
            IpAddr::V6(_) if host == 0 => "any router of",
            _ => "in",
        };
        Some(format!("{place} {self}"))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.len)
    }
}

impl FromStr for Network {
    type Err = String;

    /// Reads `192.0.2.0/24`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{} is not a network such as 192.0.2.0/24", Escaped::text(text.as_bytes()));
        let (first, len) = text.split_once('/').ok_or_else(wrong)?;
        let (first, len): (IpAddr, u8) =
            (first.parse().map_err(|_| wrong())?, len.parse().map_err(|_| wrong())?);
        let masked = |bits: u128, width: u32| {
            let rest = width.checked_sub(len.into())?;
            Some(bits.checked_shr(rest).unwrap_or(0).checked_shl(rest).unwrap_or(0))
        };
        let begins = match first {
            IpAddr::V4(addr) => masked(addr.to_bits().into(), 32)
                .and_then(|bits| u32::try_from(bits).ok())
                .map(|bits| Ipv4Addr::from_bits(bits).into()),
            IpAddr::V6(addr) => masked(addr.to_bits(), 128).map(|bits| Ipv6Addr::from_bits(bits).into()),
        };
        match begins.ok_or_else(wrong)? {
            begins if begins == first => Ok(Self { first, len }),
            begins => Err(format!("{first} is a host in the network {}", Self { first: begins, len })),
        }
    }
}

/// Of an IP address: the class, of IPv4, and what its block is for.
fn ip(addr: IpAddr) -> Vec<&'static str> {
    match addr {
        IpAddr::V4(addr) => {
            let purpose = V4
                .iter()
                .find(|row| begins(addr.to_bits().into(), Ipv4Addr::from(row.0).to_bits().into(), 32, row.1));
            [Some(class(addr)), purpose.map(|row| row.2)].into_iter().flatten().collect()
        }
        IpAddr::V6(addr) => {
            let purpose =
                V6.iter().find(|row| begins(addr.to_bits(), Ipv6Addr::from(row.0).to_bits(), 128, row.1));
            let [first, scope, ..] = addr.octets();
            let scope = SCOPES.iter().find(|row| first == 0xff && row.0 == scope & 15);
            [purpose.map(|row| row.2), scope.map(|row| row.1)].into_iter().flatten().collect()
        }
    }
}

/// Of a hardware address of six bytes (IEEE 802, clause 8): to whom it goes, or who gave it.
fn mac(addr: [u8; 6]) -> Vec<Cow<'static, str>> {
    let [first, ..] = addr;
    match addr {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => vec!["broadcast".into()],
        _ if first & 1 != 0 => vec!["multicast".into()],
        _ if first & 2 != 0 => vec!["locally administered".into()],
        _ => vendor(addr).into_iter().map(Cow::from).collect(),
    }
}

/// To whom the IEEE gave the first three to five bytes.
fn vendor(addr: [u8; 6]) -> Option<&'static str> {
    // Rows of a prefix in hex and a name, ascending (build.rs).
    static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/vendors.txt"));
    static ROWS: LazyLock<Vec<(&str, &str)>> =
        LazyLock::new(|| TEXT.lines().filter_map(|row| row.split_once(' ')).collect());
    let digits: String = addr.iter().map(|byte| format!("{byte:02X}")).collect();
    // The longest prefix counts: large blocks hold smaller ones.
    [9, 7, 6].into_iter().find_map(|len| {
        let prefix = digits.get(..len)?;
        let at = ROWS.binary_search_by_key(&prefix, |row| row.0).ok()?;
        ROWS.get(at).map(|row| row.1)
    })
}

/// The class by the first bits (RFC 791 section 3.2, RFC 1112 section 4).
fn class(addr: Ipv4Addr) -> &'static str {
    let [first, ..] = addr.octets();
    match first {
        0..=127 => "class A",
        128..=191 => "class B",
        192..=223 => "class C",
        224..=239 => "class D",
        240..=255 => "class E",
    }
}

/// Whether the first `len` bits of two numbers of `width` bits are equal.
fn begins(addr: u128, block: u128, width: u32, len: u32) -> bool {
    let shift = width.saturating_sub(len);
    addr >> shift == block >> shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_their_purpose() {
        let said = |text: &str| ip(text.parse().unwrap()).join(", ");
        for (addr, kinds) in [
            ("0.0.0.0", "class A, unspecified"),
            ("9.255.255.255", "class A"),
            ("10.0.0.1", "class A, private"),
            ("100.127.255.255", "class A, shared"),
            ("100.128.0.0", "class A"),
            ("127.0.0.1", "class A, loopback"),
            ("128.0.0.1", "class B"),
            ("169.254.1.1", "class B, link-local"),
            ("172.31.255.255", "class B, private"),
            ("172.32.0.0", "class B"),
            ("192.0.2.80", "class C, documentation"),
            ("192.168.1.10", "class C, private"),
            ("198.19.0.1", "class C, benchmarking"),
            ("223.255.255.255", "class C"),
            ("224.0.0.251", "class D, multicast"),
            ("240.0.0.1", "class E, reserved"),
            ("255.255.255.255", "class E, broadcast"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("2001:db8::1", "documentation"),
            ("2606:4700::1", "global"),
            ("fd00::1", "unique local"),
            ("fe80::1", "link-local"),
            ("ff02::fb", "multicast, link-local"),
            ("ff0e::1", "multicast, global"),
            ("4000::1", ""),
        ] {
            assert_eq!(said(addr), kinds, "{addr}");
        }
    }

    #[test]
    fn an_address_stands_somewhere_in_its_network() {
        let kinds = Kinds::new(
            ["192.0.2.128/25", "198.51.100.6/31", "2001:db8::/64"].map(|n| n.parse().unwrap()).to_vec(),
        );
        let said = |text: &str| kinds.ip(text.parse().unwrap()).last().unwrap().to_string();
        for (addr, place) in [
            ("192.0.2.128", "network address of 192.0.2.128/25"),
            ("192.0.2.129", "in 192.0.2.128/25"),
            ("192.0.2.255", "broadcast of 192.0.2.128/25"),
            ("192.0.2.127", "documentation"),
            ("198.51.100.7", "in 198.51.100.6/31"),
            ("2001:db8::", "any router of 2001:db8::/64"),
            ("2001:db8::ffff:ffff:ffff:ffff", "in 2001:db8::/64"),
            ("2001:db8:0:1::", "documentation"),
        ] {
            assert_eq!(said(addr), place, "{addr}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        let why = |text: &str| text.parse::<Network>().unwrap_err();
        assert_eq!(why("192.0.2.7/24"), "192.0.2.7 is a host in the network 192.0.2.0/24");
        for text in ["192.0.2.0", "192.0.2.0/33", "2001:db8::/129", "/8", "a/8", "192.0.2.0/-1", "\u{1b}/8"] {
            assert!(why(text).ends_with("is not a network such as 192.0.2.0/24"), "{text:?}");
        }
        for text in ["0.0.0.0/0", "::/0", "192.0.2.1/32", "::1/128"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bits_of_a_hardware_address_tell_its_kind() {
        assert_eq!(mac([0xff; 6]), ["broadcast"]);
        assert_eq!(mac([1, 0, 0x5e, 0, 0, 0xfb]), ["multicast"]);
        assert_eq!(mac([2, 0, 0, 0, 0, 0x0c]), ["locally administered"]);
        assert_eq!(mac([0, 0, 0, 0, 0, 1]), ["XEROX CORPORATION"]);
        // Blocks of 28 and of 36 bits, and what is left of the ones that they are cut from.
        assert_eq!(mac([0xc8, 0x5c, 0xe2, 0x7f, 0xff, 0xff]), ["SYNERGY SYSTEMS AND SOLUTIONS"]);
        assert_eq!(mac([0x70, 0xb3, 0xd5, 0x06, 0x0f, 0xff]), ["RCH SPA"]);
        assert_eq!(mac([0xb8, 0x4c, 0x87, 0xf0, 0, 1]), ["IEEE Registration Authority"]);
        assert_eq!(mac([0xf0, 0, 0xff, 0, 0, 1]), [""; 0]);
    }
}
