//! What the methods of EAP say: identity, refusal, challenges of MD5, LEAP and MS-CHAP, the frame around TLS, and the
//! attributes of SIM and AKA (RFC 3748 section 5, RFC 4186 section 8, RFC 4187 section 8, RFC 5216 section 3).

use crate::bytes::chunk;
use crate::cursor::Cursor;
use crate::field::{Field, Value};

use super::TYPE_NAMES;

const CHAP_NAMES: &[(u64, &str)] =
    &[(1, "Challenge"), (2, "Response"), (3, "Success"), (4, "Failure"), (7, "Change-Password")];
const SIM_NAMES: &[(u64, &str)] = &[
    (10, "Start"),
    (11, "Challenge"),
    (12, "Notification"),
    (13, "Re-authentication"),
    (14, "Client-Error"),
];
const AKA_NAMES: &[(u64, &str)] = &[
    (1, "Challenge"),
    (2, "Authentication-Reject"),
    (4, "Synchronization-Failure"),
    (5, "Identity"),
    (12, "Notification"),
    (13, "Re-authentication"),
    (14, "Client-Error"),
];
const ATTRIBUTE_NAMES: &[(u64, &str)] = &[
    (1, "random number"),
    (2, "network's authentication"),
    (3, "result"),
    (4, "resynchronization"),
    (6, "padding"),
    (7, "nonce of the peer"),
    (10, "permanent identity wanted"),
    (11, "MAC"),
    (12, "notification"),
    (13, "any identity wanted"),
    (14, "identity"),
    (15, "versions"),
    (16, "version chosen"),
    (17, "full identity wanted"),
    (19, "counter"),
    (20, "counter too small"),
    (21, "nonce of the server"),
    (22, "error of the client"),
    (23, "key derivation input"),
    (24, "key derivation function"),
    (129, "initialization vector"),
    (130, "encrypted"),
    (132, "next pseudonym"),
    (133, "next identity"),
    (134, "checkcode"),
    (135, "result wanted"),
    (136, "bidding"),
];

/// What a server notifies of (RFC 4186 section 10.18).
const NOTIFICATION_NAMES: &[(u64, &str)] = &[
    (0, "general failure after authentication"),
    (1026, "denied for a time"),
    (1031, "no subscription"),
    (16384, "general failure"),
    (32768, "success"),
];
/// What a client could not do (RFC 4186 section 10.19); AKA has the first only.
const ERROR_NAMES: &[(u64, &str)] = &[
    (0, "unable to process the packet"),
    (1, "unsupported version"),
    (2, "too few challenges"),
    (3, "challenges are not fresh"),
];

fields! {
    DESIRED = Field::u8("eap.desired_type", "wants instead").many().names(TYPE_NAMES),
    IDENTITY = Field::text("eap.identity", "identity").many().key(),
    IDENTITY_LENGTH = Field::u16("eap.identity.actual_len", "length of the identity").many(),
    NOTIFICATION = Field::text("eap.notification", "notification"),
    MD5_SIZE = Field::u8("eap.md5.value_size", "value size"),
    MD5_VALUE = Field::bytes("eap.md5.value", "value"),
    MD5_EXTRA = Field::bytes("eap.md5.extra_data", "name"),
    TLS_FLAGS = Field::u8("eap.tls.flags", "flags").hex(),
    TLS_HAS_LENGTH = Field::bool("eap.tls.flags.len_included", "length included"),
    TLS_MORE = Field::bool("eap.tls.flags.more_fragments", "more fragments"),
    TLS_START = Field::bool("eap.tls.flags.start", "start"),
    TLS_VERSION = Field::u8("eap.tls.flags.version", "version"),
    TLS_LENGTH = Field::u32("eap.tls.len", "length of all fragments"),
    SIM_SUBTYPE = Field::u8("eap.sim.subtype", "SIM").names(SIM_NAMES),
    SIM_RESERVED = Field::u16("eap.sim.reserved", "reserved").hex(),
    SIM_TYPE = Field::u8("eap.sim.subtype.type", "attribute").many().names(ATTRIBUTE_NAMES),
    SIM_LENGTH = Field::u8("eap.sim.subtype.len", "length").many(),
    SIM_VALUE = Field::bytes("eap.sim.subtype.value", "value").many(),
    SIM_NOTIFICATION = Field::u16("eap.sim.notification_type", "notification").many().names(NOTIFICATION_NAMES),
    SIM_ERROR = Field::u16("eap.sim.error_code", "error").many().names(ERROR_NAMES),
    AKA_SUBTYPE = Field::u8("eap.aka.subtype", "AKA").names(AKA_NAMES),
    AKA_RESERVED = Field::u16("eap.aka.reserved", "reserved").hex(),
    AKA_TYPE = Field::u8("eap.aka.subtype.type", "attribute").many().names(ATTRIBUTE_NAMES),
    AKA_LENGTH = Field::u8("eap.aka.subtype.len", "length").many(),
    AKA_VALUE = Field::bytes("eap.aka.subtype.value", "value").many(),
    AKA_NOTIFICATION = Field::u16("eap.aka.notification_type", "notification").many().names(NOTIFICATION_NAMES),
    AKA_ERROR = Field::u16("eap.aka.error_code", "error").many().names(ERROR_NAMES),
    LEAP_VERSION = Field::u8("eap.leap.version", "version"),
    LEAP_RESERVED = Field::u8("eap.leap.reserved", "reserved").hex(),
    LEAP_COUNT = Field::u8("eap.leap.count", "count"),
    LEAP_CHALLENGE = Field::bytes("eap.leap.peer_challenge", "challenge"),
    LEAP_RESPONSE = Field::bytes("eap.leap.peer_response", "response"),
    LEAP_NAME = Field::text("eap.leap.name", "name"),
    CHAP_OPCODE = Field::u8("eap.ms_chap_v2.opcode", "MS-CHAP").names(CHAP_NAMES),
    CHAP_ID = Field::u8("eap.ms_chap_v2.id", "identifier"),
    CHAP_LENGTH = Field::u16("eap.ms_chap_v2.length", "length"),
    CHAP_SIZE = Field::u8("eap.ms_chap_v2.value_size", "value size"),
    CHAP_CHALLENGE = Field::bytes("eap.ms_chap_v2.challenge", "challenge"),
    CHAP_NAME = Field::text("eap.ms_chap_v2.name", "name"),
    CHAP_PEER = Field::bytes("eap.ms_chap_v2.peer_challenge", "challenge of the peer"),
    CHAP_RESERVED = Field::bytes("eap.ms_chap_v2.reserved", "reserved"),
    CHAP_RESPONSE = Field::bytes("eap.ms_chap_v2.nt_response", "response"),
    CHAP_FLAGS = Field::u8("eap.ms_chap_v2.flags", "flags").hex(),
    CHAP_MESSAGE = Field::text("eap.ms_chap_v2.message", "message"),
    CHAP_FAILURE = Field::text("eap.ms_chap_v2.failure_request", "failure"),
    VENDOR = Field::u24("eap.ext.vendor_id", "vendor").hex(),
    VENDOR_TYPE = Field::u32("eap.ext.vendor_type", "its type").hex(),
    DATA = Field::bytes("eap.data", "data"),
}

/// The rows under which the attributes of one method go.
struct Attributes {
    subtype: &'static Field,
    reserved: &'static Field,
    kind: &'static Field,
    len: &'static Field,
    value: &'static Field,
    notification: &'static Field,
    error: &'static Field,
}

static SIM: Attributes = Attributes {
    subtype: &SIM_SUBTYPE,
    reserved: &SIM_RESERVED,
    kind: &SIM_TYPE,
    len: &SIM_LENGTH,
    value: &SIM_VALUE,
    notification: &SIM_NOTIFICATION,
    error: &SIM_ERROR,
};
static AKA: Attributes = Attributes {
    subtype: &AKA_SUBTYPE,
    reserved: &AKA_RESERVED,
    kind: &AKA_TYPE,
    len: &AKA_LENGTH,
    value: &AKA_VALUE,
    notification: &AKA_NOTIFICATION,
    error: &AKA_ERROR,
};

/// EAP-TLS.
const TLS: u8 = 13;
/// Bytes of the parts of an answer of MS-CHAP (draft-kamath-pppext-eap-mschapv2 section 2.2).
const CHAP_PEER_LEN: usize = 16;
const CHAP_RESERVED_LEN: usize = 8;
const CHAP_RESPONSE_LEN: usize = 24;
const CHAP_ANSWER_LEN: u8 = 49;

/// Emits what stands behind the type of the method.
pub(super) fn method(mut body: Cursor<'_, '_, '_>, kind: u8, is_request: bool) -> Option<()> {
    let body = &mut body;
    match kind {
        1 => text(body, &IDENTITY),
        2 => text(body, &NOTIFICATION),
        3 => {
            while body.left() > 0 {
                body.u8(&DESIRED)?;
            }
            Some(())
        }
        4 => {
            let size = body.u8(&MD5_SIZE)?;
            body.bytes(&MD5_VALUE, size.into())?;
            bytes(body, &MD5_EXTRA)
        }
        TLS | 21 | 25 | 43 | 55 => tls(body, kind),
        17 => {
            body.u8(&LEAP_VERSION)?;
            body.u8(&LEAP_RESERVED)?;
            let count = body.u8(&LEAP_COUNT)?;
            body.bytes(if is_request { &LEAP_CHALLENGE } else { &LEAP_RESPONSE }, count.into())?;
            text(body, &LEAP_NAME)
        }
        18 => attributes(body, &SIM),
        23 | 50 => attributes(body, &AKA),
        26 | 29 => chap(body),
        254 => {
            body.u24(&VENDOR)?;
            body.u32(&VENDOR_TYPE)?;
            bytes(body, &DATA)
        }
        _ => bytes(body, &DATA),
    }
}

/// Emits what is left as bytes, if anything is.
fn bytes(body: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    match body.left() {
        0 => Some(()),
        len => body.bytes(field, len).map(|_| ()),
    }
}

/// Emits what is left as text, if anything is.
fn text(body: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    match body.left() {
        0 => Some(()),
        len => body.text(field, len).map(|_| ()),
    }
}

/// What frames a piece of TLS: flags, and in the first piece the length of all. The low bits of the flags are reserved
/// in EAP-TLS itself (RFC 5216 section 3.1); the others have a version there.
fn tls(body: &mut Cursor<'_, '_, '_>, kind: u8) -> Option<()> {
    let flags = body.peek(1)?;
    let at = body.take(1)?;
    let place = at..body.at();
    let walk = body.walk();
    walk.open(&TLS_FLAGS, place.clone(), Value::Uint(flags.into()))?;
    walk.bits(&[(&TLS_HAS_LENGTH, 0x80), (&TLS_MORE, 0x40), (&TLS_START, 0x20)], place.clone(), flags)?;
    if kind != TLS {
        walk.bits(&[(&TLS_VERSION, 0x07)], place, flags)?;
    }
    walk.close();
    if flags & 0x80 != 0 {
        body.u32(&TLS_LENGTH)?;
    }
    bytes(body, &DATA)
}

/// Attributes, each as many words of four bytes long as it says.
fn attributes(body: &mut Cursor<'_, '_, '_>, rows: &'static Attributes) -> Option<()> {
    body.u8(rows.subtype)?;
    let reserved = body.peek(2)?;
    body.uint(rows.reserved, 2, reserved)?;
    while body.left() >= 2 {
        let [kind, words]: [u8; 2] = chunk(body.rest(), 0)?;
        let len = usize::from(words).saturating_mul(4);
        // An attribute without words would come again for ever.
        if len == 0 {
            return None;
        }
        body.group(rows.kind, Value::Uint(kind.into()), len, |part| {
            part.take(1)?;
            part.u8(rows.len)?;
            match kind {
                12 => part.u16(rows.notification).map(|_| ()),
                14 => {
                    let len = part.u16(&IDENTITY_LENGTH)?;
                    part.text(&IDENTITY, len.into()).map(|_| ())
                }
                22 => part.u16(rows.error).map(|_| ()),
                _ => bytes(part, rows.value),
            }
        })?;
    }
    Some(())
}

fn chap(body: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let code = body.u8(&CHAP_OPCODE)?;
    if body.left() == 0 {
        return Some(());
    }
    body.u8(&CHAP_ID)?;
    body.u16(&CHAP_LENGTH)?;
    match code {
        1 => {
            let size = body.u8(&CHAP_SIZE)?;
            body.bytes(&CHAP_CHALLENGE, size.into())?;
            text(body, &CHAP_NAME)
        }
        2 => {
            if body.u8(&CHAP_SIZE)? != CHAP_ANSWER_LEN {
                return bytes(body, &DATA);
            }
            body.bytes(&CHAP_PEER, CHAP_PEER_LEN)?;
            body.bytes(&CHAP_RESERVED, CHAP_RESERVED_LEN)?;
            body.bytes(&CHAP_RESPONSE, CHAP_RESPONSE_LEN)?;
            body.u8(&CHAP_FLAGS)?;
            text(body, &CHAP_NAME)
        }
        3 => text(body, &CHAP_MESSAGE),
        4 => text(body, &CHAP_FAILURE),
        _ => bytes(body, &DATA),
    }
}
