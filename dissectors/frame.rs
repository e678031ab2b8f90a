//! What a capture hands over: bytes, their time, their link type and where they were recorded.
//!
//! Plain data, shared by every part of the program. Nothing here reads a clock or a file.

use core::fmt;

use jiff::civil::DateTime;

/// A point in time: seconds since 1970-01-01 00:00 UTC and nanoseconds within that second.
///
/// The nanoseconds are always below 1,000,000,000. [`Timestamp::INVALID`] stands for a time that the
/// capture holds but that means nothing (row A13 of docs/faults.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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

    /// The second at which it is this date and time of day in UTC (Gregorian calendar, years 0 to 9999); `None` if there
    /// is none. A sixtieth second, which is a leap second, is the first of the next minute.
    #[must_use]
    pub(crate) fn of_civil(date: (i16, i8, i8), (hour, minute, second): (i8, i8, i8)) -> Option<Self> {
        let leap = i8::from(second == 60);
        let (year, month, day) = date;
        let civil = DateTime::new(year, month, day, hour, minute, second.checked_sub(leap)?, 0).ok()?;
        let secs = civil.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_secs();
        Some(Self::new(secs.saturating_add(leap.into()), 0))
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
        match self.since(earlier) {
            Some(nanos) => nanos,
            None => 0,
        }
    }

    /// Nanoseconds from `earlier` to `self`, negative if `earlier` is later; `None` if either is invalid.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Option<i64> {
        if !self.is_valid() || !earlier.is_valid() {
            return None;
        }
        let secs = self.secs.saturating_sub(earlier.secs);
        let whole = secs.saturating_mul(1_000_000_000);
        Some(whole.saturating_add((self.nanos as i64).saturating_sub(earlier.nanos as i64)))
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
/// (`frame.encap_type`), what people call it. In the order of the numbers.
const LINK_TYPES: &[(u32, u16, &str)] = &[
    (0, 15, "BSD loopback"),
    (1, 1, "Ethernet"),
    (2, 184, "Xerox experimental Ethernet"),
    (3, 148, "AX.25"),
    (6, 2, "Token Ring"),
    (7, 8, "ARCNET"),
    (8, 3, "SLIP"),
    (9, 4, "PPP"),
    (10, 6, "FDDI"),
    (11, 10, "RFC 1483 ATM"),
    (12, 7, "raw IP"),
    (13, 38, "OpenBSD enc"),
    (14, 7, "raw IP"),
    (16, 11, "Linux ATM"),
    (18, 11, "Linux ATM"),
    (19, 11, "Linux ATM"),
    (32, 69, "Redback SmartEdge"),
    (50, 4, "PPP over serial"),
    (51, 139, "PPPoE session"),
    (99, 61, "Symantec firewall"),
    (100, 10, "RFC 1483 ATM"),
    (101, 7, "raw IP"),
    (104, 28, "Cisco HDLC"),
    (105, 20, "IEEE 802.11"),
    (106, 11, "Linux Classical IP over ATM"),
    (107, 26, "frame relay"),
    (108, 174, "OpenBSD loopback"),
    (109, 38, "OpenBSD enc"),
    (112, 28, "Cisco HDLC"),
    (113, 25, "Linux cooked v1"),
    (114, 30, "LocalTalk"),
    (117, 39, "OpenBSD pflog"),
    (118, 29, "Cisco IOS"),
    (119, 21, "IEEE 802.11 with Prism header"),
    (121, 32, "HP-UX HDLC"),
    (122, 18, "IP over Fibre Channel"),
    (123, 13, "SunATM"),
    (127, 23, "IEEE 802.11 with radiotap"),
    (128, 37, "TZSP"),
    (129, 9, "ARCNET on Linux"),
    (130, 81, "Juniper multilink PPP"),
    (131, 82, "Juniper multilink frame relay"),
    (133, 87, "Juniper GGSN"),
    (135, 68, "Juniper ATM cells"),
    (136, 151, "Juniper services"),
    (137, 67, "Juniper ATM"),
    (138, 62, "IP over IEEE 1394"),
    (139, 75, "MTP2 with header"),
    (140, 42, "MTP2"),
    (141, 43, "MTP3"),
    (142, 101, "SCCP"),
    (143, 33, "DOCSIS"),
    (147, 45, "user 0"),
    (148, 46, "user 1"),
    (149, 47, "user 2"),
    (150, 48, "user 3"),
    (151, 49, "user 4"),
    (152, 50, "user 5"),
    (153, 51, "user 6"),
    (154, 52, "user 7"),
    (155, 53, "user 8"),
    (156, 54, "user 9"),
    (157, 55, "user 10"),
    (158, 56, "user 11"),
    (159, 57, "user 12"),
    (160, 58, "user 13"),
    (161, 59, "user 14"),
    (162, 60, "user 15"),
    (163, 24, "IEEE 802.11 with AVS header"),
    (165, 63, "BACnet MS/TP"),
    (167, 76, "Juniper PPPoE"),
    (169, 66, "GPRS LLC"),
    (170, 178, "GFP-T"),
    (171, 179, "GFP-F"),
    (172, 77, "GCOM T1 or E1"),
    (173, 78, "GCOM serial"),
    (178, 83, "Juniper Ethernet"),
    (179, 84, "Juniper PPP"),
    (180, 85, "Juniper frame relay"),
    (181, 86, "Juniper Cisco HDLC"),
    (183, 91, "Juniper VoIP"),
    (184, 181, "Juniper vendor"),
    (186, 92, "USB"),
    (187, 41, "Bluetooth HCI H4"),
    (188, 93, "IEEE 802.16"),
    (189, 95, "USB with Linux header"),
    (190, 109, "CAN 2.0B"),
    (192, 97, "per-packet information"),
    (195, 104, "IEEE 802.15.4 with FCS"),
    (196, 100, "SITA WAN"),
    (197, 98, "Endace ERF"),
    (199, 103, "IPMB"),
    (200, 197, "Juniper secure tunnel"),
    (201, 99, "Bluetooth HCI H4 with direction"),
    (202, 147, "AX.25 with KISS header"),
    (203, 131, "LAPD"),
    (204, 19, "PPP with direction"),
    (209, 112, "I2C on Linux"),
    (210, 106, "FlexRay"),
    (211, 108, "MOST"),
    (212, 107, "LIN"),
    (213, 111, "X2E serial line"),
    (214, 105, "X2E Xoraya"),
    (215, 113, "IEEE 802.15.4 with PHY header"),
    (220, 115, "USB with padded Linux header"),
    (224, 121, "Fibre Channel"),
    (225, 122, "Fibre Channel with delimiters"),
    (226, 124, "Solaris IPNET"),
    (227, 125, "CAN on Linux"),
    (228, 129, "raw IPv4"),
    (229, 130, "raw IPv6"),
    (230, 127, "IEEE 802.15.4 without FCS"),
    (231, 146, "D-Bus"),
    (235, 132, "DVB common interface"),
    (236, 133, "3GPP TS 27.010"),
    (237, 157, "STANAG 5066"),
    (239, 141, "Linux netfilter log"),
    (240, 135, "Hilscher netANALYZER"),
    (241, 136, "Hilscher netANALYZER, transparent"),
    (242, 180, "IP over InfiniBand"),
    (243, 138, "MPEG-2 transport stream"),
    (245, 140, "NFC LLCP"),
    (248, 149, "SCTP"),
    (249, 152, "USBPcap"),
    (250, 153, "RTAC serial"),
    (251, 154, "Bluetooth low energy"),
    (252, 155, "upper-layer PDUs"),
    (253, 158, "Linux netlink"),
    (254, 159, "Bluetooth Linux monitor"),
    (255, 160, "Bluetooth BR/EDR"),
    (256, 161, "Bluetooth low energy with radio header"),
    (258, 171, "Apple PKTAP"),
    (259, 172, "MAC/PHY message"),
    (260, 173, "IPMI trace"),
    (264, 177, "ISO 14443"),
    (266, 182, "Darwin USB"),
    (268, 36, "SDLC"),
    (270, 183, "LoRaTap"),
    (271, 185, "vsock"),
    (272, 186, "nRF sniffer"),
    (273, 199, "Excentis XRA"),
    (274, 198, "Ethernet mPackets"),
    (275, 200, "DisplayPort AUX"),
    (276, 210, "Linux cooked v2"),
    (279, 204, "EBHSCR"),
    (280, 205, "VPP trace"),
    (283, 206, "IEEE 802.15.4 TAP"),
    (287, 211, "Z-Wave serial"),
    (288, 208, "USB 2.0"),
    (290, 212, "Windows event trace"),
    (292, 214, "ZBOSS NCP"),
    (293, 215, "USB 2.0 low speed"),
    (294, 216, "USB 2.0 full speed"),
    (295, 217, "USB 2.0 high speed"),
];

impl LinkType {
    /// BSD loopback encapsulation.
    pub const NULL: Self = Self(0);
    /// Ethernet (10 Mb and up).
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without its HDLC address and control bytes.
    pub const PPP: Self = Self(9);
    /// PPP with a byte that tells the direction in front.
    pub const PPP_WITH_DIR: Self = Self(204);
    /// OpenBSD loopback encapsulation.
    pub const LOOP: Self = Self(108);
    /// Raw IP: the version is in the first nibble.
    pub const RAW: Self = Self(101);
    /// Linux "cooked" capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// Linux "cooked" capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);

    fn row(self) -> Option<&'static (u32, u16, &'static str)> {
        let at = LINK_TYPES.binary_search_by_key(&self.0, |row| row.0).ok()?;
        LINK_TYPES.get(at)
    }

    /// Whether it has a name here; a number without one may be anything.
    #[must_use]
    pub fn has_name(self) -> bool {
        self.row().is_some()
    }

    /// Wireshark's number for this encapsulation (`frame.encap_type`), 0 where it has none here.
    #[must_use]
    pub fn encap_type(self) -> u16 {
        self.row().map_or(0, |row| row.1)
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => f.write_str(row.2),
            None => write!(f, "link type {}", self.0),
        }
    }
}

/// The comments on a packet in file order, not necessarily UTF-8: places in the bytes that hold them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comments<'a> {
    bytes: &'a [u8],
    places: &'a [(u32, u32)],
}

impl<'a> Comments<'a> {
    /// The comments that lie in `bytes` at `places`, each a start and a length; places outside are left out.
    #[must_use]
    pub const fn new(bytes: &'a [u8], places: &'a [(u32, u32)]) -> Self {
        Self { bytes, places }
    }
}

impl<'a> IntoIterator for Comments<'a> {
    type Item = &'a [u8];
    type IntoIter = CommentIter<'a>;

    fn into_iter(self) -> CommentIter<'a> {
        CommentIter { bytes: self.bytes, places: self.places.iter() }
    }
}

/// Iterator over [`Comments`].
#[derive(Clone, Debug)]
pub struct CommentIter<'a> {
    bytes: &'a [u8],
    places: core::slice::Iter<'a, (u32, u32)>,
}

impl<'a> Iterator for CommentIter<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let bytes = self.bytes;
        self.places.find_map(|&(start, len)| bytes.get(start as usize..)?.get(..len as usize))
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
    /// Comments on this packet as recorded (`frame.comment`).
    pub comments: Comments<'a>,
    /// Which way the packet went and how it was received, as recorded (`frame.packet_flags`).
    pub flags: Option<u32>,
    /// Packets that the interface lost since the one before, as recorded (`frame.drop_count`).
    pub dropped: Option<u64>,
    /// The packet's block as it lies in the file, or as much of it as there is; empty where the format has no blocks.
    pub block: &'a [u8],
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

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn the_calendar() {
        let second = |date, time| Timestamp::of_civil(date, time).map(|at| at.secs);
        assert_eq!(second((1970, 1, 1), (0, 0, 0)), Some(0));
        assert_eq!(second((1969, 12, 31), (23, 59, 59)), Some(-1));
        // The last that certificates can name, and mean "never" by (RFC 5280 section 4.1.2.5).
        assert_eq!(second((9999, 12, 31), (23, 59, 59)), Some(253_402_300_799));
        assert_eq!(second((2000, 2, 29), (0, 0, 0)), Some(951_782_400));
        assert_eq!(second((1900, 2, 29), (0, 0, 0)), None);
        assert_eq!(second((2016, 12, 31), (23, 59, 60)), second((2017, 1, 1), (0, 0, 0)));
        assert_eq!(second((2016, 12, 31), (23, 59, 61)), None);
        assert_eq!(second((2016, 12, 31), (24, 0, 0)), None);
        assert_eq!(second((2016, 0, 1), (0, 0, 0)), None);
    }
}
