//! What follows an OSPF packet: link-local signaling (RFC 5613) and version 3's authentication (RFC 7166).

use crate::bytes::u16_at;
use crate::cursor::Cursor;
use crate::field::{Field, Value};

fields! {
    SIGNALING = Field::group("nd.ospf.lls", "link-local signaling"),
    CHECKSUM = Field::u16("ospf.lls.checksum", "checksum").hex(),
    LENGTH = Field::u16("ospf.lls.data_length", "length"),
    TYPE = Field::u16("ospf.tlv_type", "type").names(TYPES).many(),
    TLV = Field::group("nd.ospf.tlv", "TLV"),
    TLV_TYPE = Field::u16("ospf.tlv_type", "type").many(),
    TLV_LENGTH = Field::u16("ospf.tlv_length", "length").many(),
    TLV_VALUE = Field::bytes("ospf.tlv_value", "value").many(),
    OPTIONS = Field::u32("ospf.lls.ext.options", "extended options").hex(),
    OPTIONS_RS = Field::bool("ospf.lls.ext.options.rs", "RS: restart signal"),
    OPTIONS_LR = Field::bool("ospf.lls.ext.options.lr", "LR: database resynchronization"),
    SEQUENCE = Field::u32("ospf.v2.lls.sequence_number", "sequence number").hex(),
    DIGEST = Field::bytes("ospf.v2.lls.auth_data", "digest"),
    AUTHENTICATION = Field::group("ospf.at", "authentication trailer"),
    AUTH_TYPE = Field::u16("ospf.at.auth_type", "type").names(AUTH_TYPES),
    AUTH_LENGTH = Field::u16("ospf.at.auth_data_len", "length"),
    AUTH_RESERVED = Field::u16("ospf.at.reserved", "reserved").hex(),
    AUTH_SA = Field::u16("ospf.at.sa_id", "security association").hex(),
    AUTH_SEQUENCE = Field::u64("ospf.at.crypto_seq_nbr", "sequence number"),
    AUTH_DATA = Field::bytes("ospf.at.auth_data", "digest"),
}

/// Bytes before the digest of version 3's trailer (RFC 7166 section 4.1).
const TRAILER_HEAD: usize = 16;

const TYPES: &[(u64, &str)] = &[(1, "Extended options"), (2, "Cryptographic authentication")];
const AUTH_TYPES: &[(u64, &str)] = &[(0, "Reserved"), (1, "HMAC")];

/// The block of link-local signaling, whose length counts in words of four bytes.
pub(super) fn signaling(cursor: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let len = usize::from(u16_at(cursor.rest(), 2)?).saturating_mul(4);
    cursor.group(&SIGNALING, Value::None, len.max(4), |part| {
        part.u16(&CHECKSUM)?;
        part.uint(&LENGTH, 2, u32::try_from(len).ok()?)?;
        while part.left() > 0 {
            tlv_of(part, &TYPE, |part, kind, len| match kind {
                1 => part.bits(&OPTIONS, 4, &[(2, &OPTIONS_RS), (1, &OPTIONS_LR)]).map(|_| ()),
                2 => {
                    part.u32(&SEQUENCE)?;
                    let left = part.left();
                    part.bytes(&DIGEST, left).map(|_| ())
                }
                _ => part.bytes(&TLV_VALUE, len).map(|_| ()),
            })?;
        }
        Some(())
    })
}

/// The authentication trailer of version 3.
pub(super) fn authentication(cursor: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let len = usize::from(u16_at(cursor.rest(), 2)?).max(TRAILER_HEAD);
    cursor.group(&AUTHENTICATION, Value::None, len, |part| {
        part.u16(&AUTH_TYPE)?;
        part.u16(&AUTH_LENGTH)?;
        part.u16(&AUTH_RESERVED)?;
        part.u16(&AUTH_SA)?;
        part.u64(&AUTH_SEQUENCE)?;
        let left = part.left();
        part.bytes(&AUTH_DATA, left).map(|_| ())
    })
}

/// A TLV with the common fields for its type and length.
pub(super) fn tlv<'a, 'v>(
    part: &mut Cursor<'_, 'a, 'v>,
    read: impl FnOnce(&mut Cursor<'_, 'a, 'v>, u16, usize) -> Option<()>,
) -> Option<()> {
    tlv_of(part, &TLV_TYPE, read)
}

/// A type, a length, and a value that is padded to four bytes; `read` gets the value without its padding.
pub(super) fn tlv_of<'a, 'v>(
    part: &mut Cursor<'_, 'a, 'v>,
    field: &'static Field,
    read: impl FnOnce(&mut Cursor<'_, 'a, 'v>, u16, usize) -> Option<()>,
) -> Option<()> {
    let len = usize::from(u16_at(part.rest(), 2)?);
    // The padding of the last one may be missing.
    let padded = len.saturating_add(4).next_multiple_of(4).min(part.left().max(len.saturating_add(4)));
    part.group(&TLV, Value::None, padded, |part| {
        let kind = part.u16(field)?;
        part.u16(&TLV_LENGTH)?;
        part.part(len, |part| read(part, kind, len))
    })
}
