//! What a capture hands over: bytes, their time, their link type and where they were recorded.
//!
//! Plain data, shared by every part of the program. Nothing here reads a clock or a file.

use core::fmt;

/// A point in time: seconds since 1970-01-01 00:00 UTC and nanoseconds within that second.
///
/// The nanoseconds are always below 1,000,000,000. [`Timestamp::INVALID`] stands for a time that the
/// capture holds but that means nothing (row A13 of docs/faults.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Whole seconds since 1970, negative before.
    pub secs: i64,
    /// Nanoseconds within the second, 0 to 999,999,999.
    pub nanos: u32,
}

impl Timestamp {
    /// A time stamp that is present in the capture but not a time.
    pub const INVALID: Self = Self { secs: i64::MIN, nanos: 0 };

    /// `secs` and `nanos`, with whole seconds carried out of `nanos`.
    #[must_use]
    pub const fn new(secs: i64, nanos: u64) -> Self {
        let (carry, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        Self { secs: secs.saturating_add_unsigned(carry), nanos: rest as u32 }
    }

    /// False for [`Timestamp::INVALID`].
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.secs != i64::MIN
    }

    /// Nanoseconds since 1970, saturating (exact from the year 1678 to 2262).
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.secs.saturating_mul(1_000_000_000).saturating_add(self.nanos as i64)
    }

    /// Nanoseconds from `earlier` to `self`, negative if `earlier` is later; 0 if either is invalid.
    #[must_use]
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        if !self.is_valid() || !earlier.is_valid() {
            return 0;
        }
        let secs = self.secs.saturating_sub(earlier.secs);
        secs.saturating_mul(1_000_000_000)
            .saturating_add((self.nanos as i64).saturating_sub(earlier.nanos as i64))
    }

    /// `self` moved by `nanos`, saturating.
    #[must_use]
    pub const fn plus_nanos(self, nanos: i64) -> Self {
        if !self.is_valid() {
            return self;
        }
        let total = (self.nanos as i64).saturating_add(nanos);
        let (secs, rest) = (total.div_euclid(1_000_000_000), total.rem_euclid(1_000_000_000));
        Self { secs: self.secs.saturating_add(secs), nanos: rest as u32 }
    }
}

/// A link type by its number in the tcpdump.org registry (`LINKTYPE_…`), as capture files store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct LinkType(pub u32);

/// One row for each link type that has a name here: registry number, Wireshark's own encapsulation number
/// (`frame.encap_type`), what people call it.
const LINK_TYPES: &[(u32, u16, &str)] = &[
    (0, 15, "BSD loopback"),
    (1, 1, "Ethernet"),
    (6, 2, "Token Ring"),
    (8, 3, "SLIP"),
    (9, 4, "PPP"),
    (10, 5, "FDDI"),
    (50, 18, "PPP over serial"),
    (51, 86, "PPPoE session"),
    (100, 10, "RFC 1483 ATM"),
    (101, 7, "raw IP"),
    (104, 28, "Cisco HDLC"),
    (105, 20, "IEEE 802.11"),
    (107, 26, "frame relay"),
    (108, 15, "OpenBSD loopback"),
    (113, 25, "Linux cooked v1"),
    (117, 39, "OpenBSD pflog"),
    (119, 21, "IEEE 802.11 with Prism header"),
    (127, 23, "IEEE 802.11 with radiotap"),
    (147, 45, "user 0"),
    (189, 92, "USB with Linux header"),
    (192, 85, "per-packet information"),
    (195, 104, "IEEE 802.15.4 with FCS"),
    (201, 99, "Bluetooth HCI H4"),
    (220, 115, "USB with padded Linux header"),
    (228, 129, "raw IPv4"),
    (229, 130, "raw IPv6"),
    (239, 141, "Linux netfilter log"),
    (240, 143, "Hilscher netANALYZER"),
    (276, 210, "Linux cooked v2"),
];

impl LinkType {
    /// BSD loopback encapsulation.
    pub const NULL: Self = Self(0);
    /// Ethernet (10 Mb and up).
    pub const ETHERNET: Self = Self(1);
    /// Raw IP: the version is in the first nibble.
    pub const RAW: Self = Self(101);
    /// Linux "cooked" capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// Linux "cooked" capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);

    /// Wireshark's number for this encapsulation (`frame.encap_type`), 0 where it has none here.
    #[must_use]
    pub fn encap_type(self) -> u16 {
        LINK_TYPES.iter().find(|row| row.0 == self.0).map_or(0, |row| row.1)
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match LINK_TYPES.iter().find(|row| row.0 == self.0) {
            Some(row) => f.write_str(row.2),
            None => write!(f, "link type {}", self.0),
        }
    }
}

/// The capture point of a frame, where the format tells it (pcapng, several live interfaces).
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// Section of the file, from 1; 0 where the format has no sections (`frame.section_number`).
    pub section: u32,
    /// Interface number within the section (`frame.interface_id`).
    pub interface: u32,
    /// The interface's name as recorded, not necessarily UTF-8 (`frame.interface_name`).
    pub name: Option<&'a [u8]>,
    /// The interface's description as recorded (`frame.interface_description`).
    pub description: Option<&'a [u8]>,
    /// Comments on this packet as recorded (`frame.comment`), in file order.
    pub comments: &'a [&'a [u8]],
}

/// One captured frame, borrowed from its source.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Number from 1 in the order of arrival (`frame.number`).
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// How its first bytes are to be read.
    pub link: LinkType,
    /// Length on the wire in bytes, at least `data.len()` in a sound capture (`frame.len`).
    pub wire_len: u32,
    /// The bytes that were captured.
    pub data: &'a [u8],
    /// Where it was captured, if the source says.
    pub origin: Option<Origin<'a>>,
}
