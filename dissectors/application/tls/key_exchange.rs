//! ServerKeyExchange and ClientKeyExchange, whose parts the cipher suite decides (RFC 5246 sections 7.4.3 and
//! 7.4.7).

use super::agreed::{Exchange, Memo, Version};
use super::cursor::Cursor;
use super::{extensions, names};
use crate::field::Field;

fields! {
    P_LEN = Field::u16("tls.handshake.p_len", "length of p").many(),
    P = Field::bytes("tls.handshake.p", "p").many(),
    G_LEN = Field::u16("tls.handshake.g_len", "length of g").many(),
    G = Field::bytes("tls.handshake.g", "g").many(),
    YS_LEN = Field::u16("tls.handshake.ys_len", "key length").many(),
    YS = Field::bytes("tls.handshake.ys", "server's key").many(),
    YC_LEN = Field::u16("tls.handshake.yc_len", "key length").many(),
    YC = Field::bytes("tls.handshake.yc", "client's key").many(),
    MODULUS_LEN = Field::u16("tls.handshake.modulus_len", "modulus length").many(),
    MODULUS = Field::bytes("tls.handshake.modulus", "modulus").many(),
    EXPONENT_LEN = Field::u16("tls.handshake.exponent_len", "exponent length").many(),
    EXPONENT = Field::bytes("tls.handshake.exponent", "exponent").many(),
    CURVE_TYPE = Field::u8("tls.handshake.server_curve_type", "kind of curve").hex().names(names::CURVES).many(),
    NAMED_CURVE = Field::u16("tls.handshake.server_named_curve", "curve").hex().names(names::GROUPS).many(),
    SERVER_POINT_LEN = Field::u8("tls.handshake.server_point_len", "point length").many(),
    SERVER_POINT = Field::bytes("tls.handshake.server_point", "server's point").many(),
    CLIENT_POINT_LEN = Field::u8("tls.handshake.client_point_len", "point length").many(),
    CLIENT_POINT = Field::bytes("tls.handshake.client_point", "client's point").many(),
    EPMS_LEN = Field::u16("tls.handshake.epms_len", "encrypted length").many(),
    EPMS = Field::bytes("tls.handshake.epms", "encrypted premaster").many(),
    SIGNATURE_LEN = Field::u16("tls.handshake.sig_len", "signature length").many(),
    SIGNATURE = Field::bytes("tls.handshake.sig", "signature").many(),
    HINT_LEN = Field::u16("tls.handshake.hint_len", "hint length").many(),
    HINT = Field::bytes("tls.handshake.hint", "hint").many(),
    IDENTITY_LEN = Field::u16("tls.handshake.identity_len", "identity length").many(),
    IDENTITY = Field::bytes("tls.handshake.identity", "identity").many(),
}

/// A curve by its number (RFC 8422 section 5.4).
const NAMED: u8 = 3;

pub(super) fn server(c: &mut Cursor<'_, '_, '_>, memo: Memo) -> Option<()> {
    match memo.exchange {
        Exchange::Unknown => Some(()),
        // Of export suites: a key that is short enough.
        Exchange::Rsa => {
            c.opaque16(&MODULUS_LEN, &MODULUS)?;
            c.opaque16(&EXPONENT_LEN, &EXPONENT)?;
            signature(c, memo)
        }
        Exchange::Dh => {
            prime(c)?;
            signature(c, memo)
        }
        Exchange::DhAnon => prime(c),
        Exchange::Ecdh => {
            curve(c)?;
            signature(c, memo)
        }
        Exchange::EcdhAnon => curve(c),
        Exchange::Psk | Exchange::RsaPsk => c.opaque16(&HINT_LEN, &HINT),
        Exchange::DhePsk => {
            c.opaque16(&HINT_LEN, &HINT)?;
            prime(c)
        }
        Exchange::EcdhePsk => {
            c.opaque16(&HINT_LEN, &HINT)?;
            curve(c)
        }
    }
}

pub(super) fn client(c: &mut Cursor<'_, '_, '_>, memo: Memo) -> Option<()> {
    match memo.exchange {
        Exchange::Unknown => Some(()),
        // Before TLS 1.0 there was no length (RFC 5246 section 7.4.7.1).
        Exchange::Rsa if memo.version == Version::Ssl3 => {
            let len = c.left();
            c.some_bytes(&EPMS, len)
        }
        Exchange::Rsa => c.opaque16(&EPMS_LEN, &EPMS),
        Exchange::Dh | Exchange::DhAnon => c.opaque16(&YC_LEN, &YC),
        Exchange::Ecdh | Exchange::EcdhAnon => c.opaque8(&CLIENT_POINT_LEN, &CLIENT_POINT),
        Exchange::Psk => c.opaque16(&IDENTITY_LEN, &IDENTITY),
        Exchange::DhePsk => {
            c.opaque16(&IDENTITY_LEN, &IDENTITY)?;
            c.opaque16(&YC_LEN, &YC)
        }
        Exchange::RsaPsk => {
            c.opaque16(&IDENTITY_LEN, &IDENTITY)?;
            c.opaque16(&EPMS_LEN, &EPMS)
        }
        Exchange::EcdhePsk => {
            c.opaque16(&IDENTITY_LEN, &IDENTITY)?;
            c.opaque8(&CLIENT_POINT_LEN, &CLIENT_POINT)
        }
    }
}

fn prime(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.opaque16(&P_LEN, &P)?;
    c.opaque16(&G_LEN, &G)?;
    c.opaque16(&YS_LEN, &YS)
}

fn curve(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    if c.u8(&CURVE_TYPE)? != NAMED {
        return None;
    }
    c.u16(&NAMED_CURVE)?;
    c.opaque8(&SERVER_POINT_LEN, &SERVER_POINT)
}

fn signature(c: &mut Cursor<'_, '_, '_>, memo: Memo) -> Option<()> {
    if memo.version == Version::Tls12 {
        extensions::signature_algorithm(c)?;
    }
    c.opaque16(&SIGNATURE_LEN, &SIGNATURE)
}
