//! Versions: their names, how their packets are numbered, and what the keys of their Initial packets are made with.

/// Names of versions (IANA registry "QUIC Versions", and the drafts whose packets look like those of version 1).
pub(in crate::application) const NAMES: &[(u64, &str)] = &[
    (0x0000_0000, "Version Negotiation"),
    (0x0000_0001, "1"),
    (0x6b33_43cf, "2"),
    (0x709a_50c4, "draft-01 of 2"),
    (0xface_b001, "mvfst 1"),
    (0xface_b002, "mvfst 2"),
    (0xface_b00e, "mvfst experimental"),
    (0xff00_0016, "draft-22"),
    (0xff00_0017, "draft-23"),
    (0xff00_0018, "draft-24"),
    (0xff00_0019, "draft-25"),
    (0xff00_001a, "draft-26"),
    (0xff00_001b, "draft-27"),
    (0xff00_001c, "draft-28"),
    (0xff00_001d, "draft-29"),
    (0xff00_001e, "draft-30"),
    (0xff00_001f, "draft-31"),
    (0xff00_0020, "draft-32"),
    (0xff00_0021, "draft-33"),
    (0xff00_0022, "draft-34"),
];

/// A set of rules for packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Those of RFC 9000 and its drafts.
    One,
    /// Those of RFC 9369, which numbers the types of packets otherwise.
    Two,
}

/// Whose rules packets of this version follow. Reserved versions are sent to have them refused (RFC 9000 section 15),
/// in packets that look like those of version 1.
pub(super) fn family(version: u32) -> Option<Family> {
    match protection(version) {
        Some(protection) => Some(protection.family),
        None => is_reserved(version).then_some(Family::One),
    }
}

/// Whether a Retry of this version ends with a tag; before draft-25 it named the first connection ID instead.
pub(super) fn tags_retries(version: u32) -> bool {
    !matches!(version, 0xff00_0016..=0xff00_0018 | 0xface_b001)
}

/// Whether a version stands for none (RFC 9000 section 15).
pub(super) const fn is_reserved(version: u32) -> bool {
    version & 0x0f0f_0f0f == 0x0a0a_0a0a
}

/// What everybody knows who computes the keys of Initial packets (RFC 9001 section 5.2).
#[derive(Debug)]
pub(super) struct Protection {
    pub(super) family: Family,
    pub(super) salt: [u8; 20],
}

impl Protection {
    /// Labels of the key, of what nonces come from, and of the key for header protection (RFC 9001 section 5.1, RFC 9369
    /// section 3.3.2).
    pub(super) const fn labels(&self) -> [&'static [u8]; 3] {
        match self.family {
            Family::One => [b"quic key", b"quic iv", b"quic hp"],
            Family::Two => [b"quicv2 key", b"quicv2 iv", b"quicv2 hp"],
        }
    }
}

const fn of(family: Family, salt: [u8; 20]) -> Protection {
    Protection { family, salt }
}

static VERSION_1: Protection = of(
    Family::One,
    [
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc,
        0xbb, 0x7f, 0x0a,
    ],
);
static VERSION_2: Protection = of(
    Family::Two,
    [
        0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
        0xbd, 0x2e, 0xd9,
    ],
);
static DRAFT_OF_2: Protection = of(
    Family::Two,
    [
        0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d, 0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a,
        0xe3, 0xe5, 0xd3,
    ],
);
static DRAFT_22: Protection = of(
    Family::One,
    [
        0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a,
        0x02, 0x64, 0x4a,
    ],
);
static DRAFT_23: Protection = of(
    Family::One,
    [
        0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe,
        0xf9, 0xf5, 0x02,
    ],
);
static DRAFT_29: Protection = of(
    Family::One,
    [
        0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43,
        0x90, 0xa8, 0x99,
    ],
);

/// How Initial packets of this version are protected.
pub(super) fn protection(version: u32) -> Option<&'static Protection> {
    Some(match version {
        0x0000_0001 | 0xff00_0021..=0xff00_0022 => &VERSION_1,
        0x6b33_43cf => &VERSION_2,
        0x709a_50c4 => &DRAFT_OF_2,
        0xff00_0016 | 0xface_b001 => &DRAFT_22,
        0xff00_0017..=0xff00_001c | 0xface_b002 | 0xface_b00e => &DRAFT_23,
        0xff00_001d..=0xff00_0020 => &DRAFT_29,
        _ => return None,
    })
}
