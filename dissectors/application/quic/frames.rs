//! Frames (RFC 9000 section 19), those that Initial packets may hold.

use super::names::{ERRORS, FRAMES};
use crate::application::tls::ALERTS;
use crate::bytes::{slice, up_to, varint_at};
use crate::cursor::Cursor;
use crate::dissector::Fault;
use crate::field::{Field, Value, name_of};
use crate::walk::Walk;

fields! {
    FRAME = Field::group("quic.frame", "frame"),
    TYPE = Field::u64("quic.frame_type", "type").names(FRAMES).many(),
    PADDING_LENGTH = Field::u32("quic.padding_length", "bytes of padding").many(),
    LARGEST = Field::u64("quic.ack.largest_acknowledged", "largest acknowledged").many(),
    DELAY = Field::u64("quic.ack.ack_delay", "delay as sent").many(),
    RANGE_COUNT = Field::u64("quic.ack.ack_range_count", "further ranges").many(),
    FIRST_RANGE = Field::u64("quic.ack.first_ack_range", "first range").many(),
    GAP = Field::u64("quic.ack.gap", "gap").many(),
    RANGE = Field::u64("quic.ack.ack_range", "range").many(),
    ECT0 = Field::u64("quic.ack.ect0_count", "packets with ECT(0)").many(),
    ECT1 = Field::u64("quic.ack.ect1_count", "packets with ECT(1)").many(),
    ECN_CE = Field::u64("quic.ack.ecn_ce_count", "packets with ECN-CE").many(),
    CRYPTO_OFFSET = Field::u64("quic.crypto.offset", "offset").many(),
    CRYPTO_LENGTH = Field::u64("quic.crypto.length", "length").many(),
    ERROR = Field::u64("quic.cc.error_code", "error").names(ERRORS).many().key(),
    ALERT = Field::u8("quic.cc.error_code.tls_alert", "alert").names(ALERTS).many().key(),
    CAUSE = Field::u64("quic.cc.frame_type", "frame at fault").names(FRAMES).many(),
    REASON_LENGTH = Field::u64("quic.cc.reason_phrase.length", "reason length").many(),
    REASON = Field::text("quic.cc.reason_phrase", "reason").many().key(),
}

const PADDING: u64 = 0x00;
const PING: u64 = 0x01;
const ACK: u64 = 0x02;
const ACK_ECN: u64 = 0x03;
const CRYPTO: u64 = 0x06;
const CONNECTION_CLOSE: u64 = 0x1c;

const CUT: Fault = Fault::Malformed("a frame that its packet has no room for (quic.frame_type)");
const FOREIGN: Fault = Fault::Malformed("a frame that no Initial packet may hold (quic.frame_type)");
const MANY_RANGES: Fault =
    Fault::Malformed("more ranges than the packet has room for (quic.ack.ack_range_count)");
const LONG_CRYPTO: Fault = Fault::Malformed("longer than its packet (quic.crypto.length)");
const LONG_REASON: Fault = Fault::Malformed("longer than its packet (quic.cc.reason_phrase.length)");

/// One frame; a run of padding is taken as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) kind: u64,
    pub(super) at: usize,
    pub(super) end: usize,
    /// Offset and bytes of a CRYPTO frame.
    pub(super) crypto: Option<(u64, &'a [u8])>,
    /// What is wrong with it; it is the last then.
    pub(super) fault: Option<Fault>,
}

/// The frames of a packet.
#[derive(Clone, Debug)]
pub(super) struct Frames<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Frames<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    fn number(&mut self) -> Result<u64, Fault> {
        let (value, len) = varint_at(self.data, self.at).ok_or(CUT)?;
        self.at = self.at.saturating_add(len);
        Ok(value)
    }

    /// A length and so many bytes, else `fault`.
    fn bytes(&mut self, fault: Fault) -> Result<&'a [u8], Fault> {
        let len = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        let bytes = slice(self.data, self.at, len).ok_or(fault)?;
        self.at = self.at.saturating_add(len);
        Ok(bytes)
    }

    /// Goes over what follows the type of a frame; answers offset and bytes of a CRYPTO frame.
    fn body(&mut self, kind: u64) -> Result<Option<(u64, &'a [u8])>, Fault> {
        match kind {
            PADDING => {
                let rest = up_to(self.data, self.at, self.data.len());
                let run = rest.iter().take_while(|byte| **byte == 0).count();
                self.at = self.at.saturating_add(run);
            }
            PING => {}
            ACK | ACK_ECN => {
                let [_largest, _delay] = [self.number()?, self.number()?];
                let ranges = self.number()?;
                self.number()?;
                // Each takes bytes, so that a count that lies ends with them.
                for _ in 0..ranges {
                    self.number().and_then(|_| self.number()).map_err(|_| MANY_RANGES)?;
                }
                if kind == ACK_ECN {
                    let [_ect0, _ect1, _ce] = [self.number()?, self.number()?, self.number()?];
                }
            }
            CRYPTO => {
                let offset = self.number()?;
                return Ok(Some((offset, self.bytes(LONG_CRYPTO)?)));
            }
            CONNECTION_CLOSE => {
                let [_error, _cause] = [self.number()?, self.number()?];
                self.bytes(LONG_REASON)?;
            }
            _ => return Err(FOREIGN),
        }
        Ok(None)
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        if self.at >= self.data.len() {
            return None;
        }
        let at = self.at;
        let kind = self.number();
        let body = kind.and_then(|kind| self.body(kind));
        if body.is_err() {
            self.at = self.data.len();
        }
        let crypto = body.ok().flatten();
        Some(Frame { kind: kind.unwrap_or(u64::MAX), at, end: self.at, crypto, fault: body.err() })
    }
}

/// The fields of all frames in the bytes of the walk.
pub(super) fn fields(walk: &mut Walk<'_, '_>) -> Option<()> {
    for frame in Frames::new(walk.data()) {
        walk.open(&FRAME, frame.at..frame.end, Value::None)?;
        let shown = one(&mut Cursor::new(walk, frame.at, frame.end));
        if shown.is_none() && frame.fault.is_none() {
            return None;
        }
        walk.close();
    }
    Some(())
}

fn one(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    match c.varint(&TYPE)? {
        PADDING => {
            let (at, end) = (c.at().saturating_sub(1), c.end());
            let len = u32::try_from(end.saturating_sub(at)).ok()?;
            c.walk().uint(&PADDING_LENGTH, at..end, len)
        }
        kind @ (ACK | ACK_ECN) => {
            c.varint(&LARGEST)?;
            c.varint(&DELAY)?;
            let ranges = c.varint(&RANGE_COUNT)?;
            c.varint(&FIRST_RANGE)?;
            for _ in 0..ranges {
                c.varint(&GAP)?;
                c.varint(&RANGE)?;
            }
            if kind == ACK_ECN {
                c.varint(&ECT0)?;
                c.varint(&ECT1)?;
                c.varint(&ECN_CE)?;
            }
            Some(())
        }
        CRYPTO => {
            c.varint(&CRYPTO_OFFSET)?;
            c.varint(&CRYPTO_LENGTH).map(|_| ())
        }
        CONNECTION_CLOSE => {
            let at = c.at();
            // The last byte of an error of TLS is an alert (RFC 9001 section 4.8).
            if let error @ 0x100..=0x1ff = c.varint(&ERROR)? {
                let place = at..c.at();
                c.walk().uint(&ALERT, place, error & 0xff)?;
            }
            c.varint(&CAUSE)?;
            let len = usize::try_from(c.varint(&REASON_LENGTH)?).unwrap_or(usize::MAX);
            if len == 0 { Some(()) } else { c.text(&REASON, len).map(|_| ()) }
        }
        _ => Some(()),
    }
}

/// The names of the types of frames in `data`, each once, in the order in which they come.
pub(super) fn titles(data: &[u8]) -> impl Iterator<Item = &'static str> {
    let mut seen = 0_u64;
    Frames::new(data).filter_map(move |frame| {
        let bit = u32::try_from(frame.kind).ok().and_then(|kind| 1_u64.checked_shl(kind)).unwrap_or(1 << 63);
        let is_new = seen & bit == 0;
        seen |= bit;
        is_new.then(|| name_of(FRAMES, frame.kind).unwrap_or("Unknown frame"))
    })
}
