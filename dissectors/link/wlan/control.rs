//! What control frames say behind their addresses (IEEE 802.11-2020 section 9.3.1).

use crate::bytes::chunk;
use crate::field::{Field, Value};
use crate::walk::Walk;

/// Type and subtype of the frame in which a station asks for what waits for it.
pub(super) const POLL: u8 = 0x1a;

const BLOCK_NAMES: &[(u64, &str)] = &[
    (0, "basic"),
    (1, "extended compressed"),
    (2, "compressed"),
    (3, "several TIDs"),
    (6, "GCR"),
    (10, "GLK-GCR"),
    (11, "several stations"),
];

fields! {
    BLOCK = Field::u16("wlan.ba.control", "block acknowledgment").hex(),
    BLOCK_POLICY = Field::bool("wlan.ba.control.ackpolicy", "no acknowledgment expected"),
    BLOCK_TYPE = Field::u16("wlan.ba.control.ba_type", "kind").hex().names(BLOCK_NAMES),
    BLOCK_RESERVED = Field::u16("wlan.ba.control.reserved", "reserved").hex(),
    BLOCK_TID = Field::u16("wlan.ba.basic.tidinfo", "traffic").hex(),
    BITMAP = Field::bytes("wlan.ba.bm", "received"),
    START = Field::u16("wlan.fixed.ssc", "start").hex(),
    START_FRAGMENT = Field::u16("wlan.fixed.ssc.fragment", "fragment"),
    START_SEQUENCE = Field::u16("wlan.fixed.ssc.sequence", "sequence number"),
    SOUNDING = Field::u8("wlan.vht_ndp.token", "sounding").hex(),
    SOUNDING_NUMBER = Field::u8("wlan.vht_ndp.token.number", "number of the sounding"),
    SOUNDING_HE = Field::bool("wlan.vht_ndp.token.he", "sounding for HE"),
}

/// Where what follows two addresses begins.
const BODY: usize = 16;

/// Emits what follows the addresses of a control frame.
pub(super) fn body(walk: &mut Walk<'_, '_>, subtype: u8) -> Option<()> {
    match subtype {
        5 => {
            let token = walk.u8(&SOUNDING, BODY)?;
            let rows = [(&SOUNDING_NUMBER, 0xfc), (&SOUNDING_HE, 0x02)];
            walk.bits(&rows, BODY..BODY.saturating_add(1), token)
        }
        8 => block(walk).map(|_| ()),
        9 => {
            let len = block(walk)?;
            walk.bytes(&BITMAP, BODY.saturating_add(4), len).map(|_| ())
        }
        _ => Some(()),
    }
}

/// Emits what is asked for, or acknowledged, from which sequence number on. Answers how many bytes the bitmap of the
/// answer has; `None` if it has another form than one bitmap.
fn block(walk: &mut Walk<'_, '_>) -> Option<usize> {
    let end = BODY.saturating_add(2);
    let control = chunk(walk.data(), BODY).map(u16::from_le_bytes)?;
    walk.open(&BLOCK, BODY..end, Value::Uint(control.into()))?;
    let rows =
        [(&BLOCK_POLICY, 0x0001), (&BLOCK_TYPE, 0x001e), (&BLOCK_RESERVED, 0x0fe0), (&BLOCK_TID, 0xf000)];
    walk.bits(&rows, BODY..end, control)?;
    walk.close();
    let kind = control >> 1 & 0x0f;
    if !matches!(kind, 0..=2 | 6) {
        return None;
    }
    let fragment = start(walk, end)? & 0x0f;
    Some(match (kind, fragment >> 1 & 3) {
        (0, _) => 128,
        (_, 2) => 32,
        _ => 8,
    })
}

/// Emits the sequence number that a block begins with.
pub(super) fn start(walk: &mut Walk<'_, '_>, at: usize) -> Option<u16> {
    let place = at..at.saturating_add(2);
    let number = chunk(walk.data(), at).map(u16::from_le_bytes)?;
    walk.open(&START, place.clone(), Value::Uint(number.into()))?;
    walk.bits(&[(&START_FRAGMENT, 0x000f), (&START_SEQUENCE, 0xfff0)], place, number)?;
    walk.close();
    Some(number)
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    #[test]
    fn a_block_is_acknowledged() {
        let frame = bytes("9400 0000 020000000001 020000000002 0510 2001 ff00000000000000");
        survives(LinkType(105), &frame);
        let seen = Seen::new(LinkType(105), &frame);
        assert_eq!(seen.info, "Block Ack");
        seen.expect(&[
            ("wlan.ba.control.ackpolicy", "1"),
            ("wlan.ba.control.ba_type", "0x0002"),
            ("wlan.ba.basic.tidinfo", "0x0001"),
            ("wlan.fixed.ssc.sequence", "18"),
            ("wlan.ba.bm", "ff00000000000000"),
        ]);
    }
}
