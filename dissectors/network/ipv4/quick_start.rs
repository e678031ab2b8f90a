//! Quick-Start (RFC 4782): how fast a sender may begin. IPv4 and IPv6 have the same option under their own names.

use crate::bytes::{u8_at, u32_at};
use crate::field::Field;
use crate::walk::Walk;

/// Section 3.1: 40 kbit/s times 2 to the power of the number; 0 asks for nothing.
pub(crate) const RATE_NAMES: &[(u64, &str)] = &[
    (0, "0 bit/s"),
    (1, "80 kbit/s"),
    (2, "160 kbit/s"),
    (3, "320 kbit/s"),
    (4, "640 kbit/s"),
    (5, "1.28 Mbit/s"),
    (6, "2.56 Mbit/s"),
    (7, "5.12 Mbit/s"),
    (8, "10.24 Mbit/s"),
    (9, "20.48 Mbit/s"),
    (10, "40.96 Mbit/s"),
    (11, "81.92 Mbit/s"),
    (12, "163.84 Mbit/s"),
    (13, "327.68 Mbit/s"),
    (14, "655.36 Mbit/s"),
    (15, "1.31072 Gbit/s"),
];

const REQUEST: u8 = 0;
const REPORT: u8 = 8;

/// Names of the functions (section 3.1).
pub(crate) const FUNCTION_NAMES: &[(u64, &str)] =
    &[(REQUEST as u64, "rate request"), (REPORT as u64, "report of the approved rate")];

/// The fields of the option.
pub(crate) struct QuickStart {
    pub(crate) function: &'static Field,
    pub(crate) rate: &'static Field,
    pub(crate) ttl: &'static Field,
    pub(crate) ttl_diff: &'static Field,
    pub(crate) nonce: &'static Field,
    pub(crate) reserved: &'static Field,
    /// What a function without a name carries.
    pub(crate) data: &'static Field,
}

impl QuickStart {
    /// The six bytes at `at` that follow the option's length. `ttl` is that of the packet: routers take both down,
    /// so that the difference tells whether all of them know the option.
    pub(crate) fn emit(&self, walk: &mut Walk<'_, '_>, at: usize, ttl: Option<u8>) -> Option<()> {
        let (second, third, end) = (at.saturating_add(1), at.saturating_add(2), at.saturating_add(6));
        let first = u8_at(walk.data(), at)?;
        let function = first >> 4;
        walk.uint(self.function, at..second, function)?;
        if !matches!(function, REQUEST | REPORT) {
            return walk.bytes(self.data, second, 5).map(drop);
        }
        walk.uint(self.rate, at..second, first & 0x0f)?;
        // A report has a byte here that means nothing.
        if function == REQUEST {
            let own = walk.u8(self.ttl, second)?;
            if let Some(ttl) = ttl {
                walk.uint(self.ttl_diff, 0..0, ttl.wrapping_sub(own))?;
            }
        }
        let nonce = u32_at(walk.data(), third)?;
        walk.uint(self.nonce, third..end, nonce >> 2)?;
        walk.uint(self.reserved, third..end, nonce & 3)
    }
}
