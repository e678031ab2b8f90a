//! Where something is on earth, in the words of zone files (LOC records, RFC 1876).

use core::fmt;

use super::records::Data;
use super::rows::*;
use crate::bytes;

/// Where something is, and how precisely that is known (RFC 1876 section 2). Other versions than 0 may have another
/// layout.
pub(super) fn location(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let at = data.at;
    if bytes::u8_at(data.message.data, at)? != 0 {
        let len = data.left();
        data.number(&LOC_VERSION)?;
        return data.walk.bytes(&LOC_UNKNOWN, at, len).map(|_| ());
    }
    data.number(&LOC_VERSION)?;
    let size = Metres::coded(data.number(&LOC_SIZE)?);
    let horizontal = Metres::coded(data.number(&LOC_HORIZONTAL)?);
    let vertical = Metres::coded(data.number(&LOC_VERTICAL)?);
    let latitude = Angle(data.number(&LOC_LATITUDE)?, ["S", "N"]);
    let longitude = Angle(data.number(&LOC_LONGITUDE)?, ["W", "E"]);
    let altitude = data.number(&LOC_ALTITUDE)?;
    let sign = if altitude < GROUND { "-" } else { "" };
    let height = Metres(altitude.abs_diff(GROUND).into());
    data.walk.format(
        &LOC_TEXT,
        at..data.at,
        format_args!("{latitude} {longitude} {sign}{height} {size} {horizontal} {vertical}"),
    )
}

/// The altitude of the reference spheroid, in centimetres above the lowest one.
const GROUND: u32 = 10_000_000;

/// An angle in thousandths of an arc second, of which the equator or the meridian has 2³¹, as zone files spell it; and
/// the letters for what is below and above that (RFC 1876 sections 2 and 3).
struct Angle(u32, [&'static str; 2]);

impl fmt::Display for Angle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIDDLE: u32 = 1 << 31;
        let Self(angle, [below, above]) = self;
        let parts = angle.abs_diff(MIDDLE);
        let (degrees, minutes) = (parts / 3_600_000, parts / 60_000 % 60);
        let (seconds, rest) = (parts / 1_000 % 60, parts % 1_000);
        let side = if *angle < MIDDLE { below } else { above };
        write!(f, "{degrees} {minutes} {seconds}.{rest:03} {side}")
    }
}

/// A length in centimetres.
struct Metres(u64);

impl Metres {
    /// From a digit and a power of ten, of half a byte each (RFC 1876 section 2).
    fn coded(byte: u32) -> Self {
        Self(10u64.saturating_pow(byte & 0x0f).saturating_mul(u64::from(byte >> 4)))
    }
}

impl fmt::Display for Metres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}m", self.0 / 100, self.0 % 100)
    }
}
