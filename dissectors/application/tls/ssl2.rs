//! The hello of SSL 2.0, with which clients of old also offer later versions (RFC 5246 appendix E.2).

use core::fmt;

use super::cursor::Cursor;
use super::{handshake, suites};
use crate::bytes::{u8_at, u16_at};
use crate::field::Field;
use crate::walk::Walk;

fields! {
    CIPHER_SPEC_LEN = Field::u16("tls.handshake.cipher_spec_len", "specs length"),
    CHALLENGE_LEN = Field::u16("tls.handshake.challenge_length", "challenge length"),
    CIPHER_SPEC = Field::u24("tls.handshake.cipherspec", "cipher spec").hex().many().names(suites::SPECS),
    CHALLENGE = Field::bytes("tls.handshake.challenge", "challenge"),
}

/// Bytes of the length (RFC 5246 appendix E.2).
const PREFIX: usize = 2;
const CLIENT_HELLO: u8 = 1;
const VERSION: u16 = 0x0002;

/// Whether `data` begins with a client's hello.
pub(super) fn is_hello(data: &[u8]) -> bool {
    let (Some(len), Some(kind), Some(version)) = (u16_at(data, 0), u8_at(data, 2), u16_at(data, 3)) else {
        return false;
    };
    let parts = [5, 7, 9].into_iter().map(|at| u16_at(data, at).map_or(0, usize::from)).sum::<usize>();
    let len = usize::from(len & 0x7fff);
    (u16_at(data, 0).is_some_and(|len| len & 0x8000 != 0) && kind == CLIENT_HELLO)
        && (version == VERSION || (0x0300..=0x0304).contains(&version))
        && (data.len() < 11 || parts.saturating_add(9) == len)
}

/// Whether `data`, too few bytes to tell, may be the beginning of one.
pub(super) fn may_be_hello(data: &[u8]) -> bool {
    let agrees = |at: usize, fits: fn(u8) -> bool| u8_at(data, at).is_none_or(fits);
    agrees(0, |high| high & 0x80 != 0)
        && agrees(2, |kind| kind == CLIENT_HELLO)
        && agrees(3, |major| matches!(major, 0 | 3))
}

/// Bytes of the message with its length.
pub(super) fn len(data: &[u8]) -> usize {
    PREFIX.saturating_add(usize::from(u16_at(data, 0).unwrap_or_default() & 0x7fff))
}

pub(super) fn fields(walk: &mut Walk<'_, '_>) -> Option<()> {
    let len = u16_at(walk.data(), 0)? & 0x7fff;
    walk.uint(&super::RECORD_VERSION, 0..0, VERSION)?;
    walk.uint(&super::RECORD_LENGTH, 0..PREFIX, len)?;
    let mut c = Cursor::new(walk, PREFIX);
    c.u8(&handshake::TYPE)?;
    c.u16(&handshake::VERSION)?;
    let specs = c.u16(&CIPHER_SPEC_LEN)?;
    let session = c.u16(&handshake::SESSION_ID_LENGTH)?;
    let challenge = c.u16(&CHALLENGE_LEN)?;
    c.part(specs.into(), |c| c.each(|c| c.u24(&CIPHER_SPEC).map(|_| ())));
    c.some_bytes(&handshake::SESSION_ID, session.into())?;
    c.some_bytes(&CHALLENGE, challenge.into())
}

pub(super) fn summary(out: &mut dyn fmt::Write) -> fmt::Result {
    out.write_str("Client Hello")
}
