//! What the server brings to prove that its certificate was not revoked (RFC 6960 section 4.2.1).

use super::cursor::Cursor;
use super::names;
use super::x509::{
    self, ENUMERATED, GENERALIZED, INTEGER, OBJECT, OCTET_STRING, OWN_2, PARTS_0, PARTS_1, PARTS_2, SEQUENCE,
};
use crate::field::{Field, Kind, Value};

fields! {
    RESPONSE_STATUS = Field::u32("ocsp.responseStatus", "response").names(RESPONSE_STATUSES).many(),
    RESPONSE_TYPE = Field::new("ocsp.responseType.id", "kind of response", Kind::Oid).many(),
    RESPONDER = Field::u32("ocsp.responderID", "responder").names(RESPONDERS).many(),
    BY_NAME = Field::u32("ocsp.byName", "responder's name").names(names::NAME_CHOICES).many(),
    BY_KEY = Field::bytes("ocsp.byKey", "hash of its key").many(),
    PRODUCED_AT = Field::time("ocsp.producedAt", "signed at").many(),
    RESPONSES = Field::u32("ocsp.responses", "certificates").many(),
    NAME_HASH = Field::bytes("ocsp.issuerNameHash", "hash of issuer's name").many(),
    KEY_HASH = Field::bytes("ocsp.issuerKeyHash", "hash of issuer's key").many(),
    SERIAL = Field::bytes("ocsp.serialNumber", "certificate").many(),
    CERT_STATUS = Field::u32("ocsp.certStatus", "certificate is").names(CERT_STATUSES).many().key(),
    REVOKED_AT = Field::time("ocsp.revocationTime", "revoked at").many(),
    REASON = Field::u32("ocsp.revocationReason", "reason").names(REASONS).many(),
    THIS_UPDATE = Field::time("ocsp.thisUpdate", "as of").many().key(),
    NEXT_UPDATE = Field::time("ocsp.nextUpdate", "newer by").many().key(),
    SIGNATURE = Field::bytes("ocsp.signature", "signature").many(),
}

static RESPONSE_STATUSES: &[(u64, &str)] = &[
    (0, "successful"),
    (1, "malformedRequest"),
    (2, "internalError"),
    (3, "tryLater"),
    (5, "sigRequired"),
    (6, "unauthorized"),
];
static RESPONDERS: &[(u64, &str)] = &[(1, "byName"), (2, "byKey")];
static CERT_STATUSES: &[(u64, &str)] = &[(0, "good"), (1, "revoked"), (2, "unknown")];
/// CRLReason (RFC 5280 section 5.3.1).
static REASONS: &[(u64, &str)] = &[
    (0, "unspecified"),
    (1, "keyCompromise"),
    (2, "cACompromise"),
    (3, "affiliationChanged"),
    (4, "superseded"),
    (5, "cessationOfOperation"),
    (6, "certificateHold"),
    (8, "removeFromCRL"),
    (9, "privilegeWithdrawn"),
    (10, "aACompromise"),
];

/// id-pkix-ocsp-basic in DER, the only type of response that is defined.
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1];

/// OCSPResponse.
pub(super) fn response(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter(SEQUENCE, |c| {
        enumerated(c, &RESPONSE_STATUS)?;
        c.enter_if(PARTS_0, |c| {
            c.enter(SEQUENCE, |c| match c.whole(&RESPONSE_TYPE, OBJECT)? {
                BASIC => c.enter(OCTET_STRING, |c| c.enter(SEQUENCE, basic)),
                _ => Some(()),
            })
        })
    })
}

/// BasicOCSPResponse.
fn basic(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter(SEQUENCE, |c| {
        // The version, which is 1.
        c.enter_if(PARTS_0, |_| Some(()))?;
        c.any(responder, None)?;
        time(c, &PRODUCED_AT)?;
        c.enter(SEQUENCE, |c| {
            c.counted(&RESPONSES)?;
            c.each(|c| c.enter(SEQUENCE, single))
        })
    })?;
    x509::algorithm(c)?;
    x509::bits(c, &SIGNATURE)?;
    c.enter_if(PARTS_0, |c| c.enter(SEQUENCE, |c| c.each(x509::certificate)))
}

/// ResponderID: its tag is the choice.
fn responder(c: &mut Cursor<'_, '_, '_>, tag: u8) -> Option<()> {
    c.walk.open(&RESPONDER, c.here(), Value::Uint((tag & 0x1f).into()))?;
    match tag {
        PARTS_1 => x509::name(c, &BY_NAME, &x509::ISSUER_PARTS)?,
        PARTS_2 => {
            c.whole(&BY_KEY, OCTET_STRING)?;
        }
        _ => {}
    }
    c.walk.close();
    Some(())
}

/// SingleResponse: of which certificate, how it stands, and how long one may count on that.
fn single(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter(SEQUENCE, |c| {
        x509::algorithm(c)?;
        c.whole(&NAME_HASH, OCTET_STRING)?;
        c.whole(&KEY_HASH, OCTET_STRING)?;
        c.whole(&SERIAL, INTEGER).map(|_| ())
    })?;
    // A good one has no content: the tag says all.
    let start = c.at;
    c.any(
        |c, tag| {
            let status = match tag {
                0x80 => 0u64,
                PARTS_1 => 1,
                OWN_2 => 2,
                _ => return None,
            };
            c.walk.open(&CERT_STATUS, start..c.end, Value::Uint(status))?;
            if tag == PARTS_1 {
                time(c, &REVOKED_AT)?;
                c.enter_if(PARTS_0, |c| enumerated(c, &REASON))?;
            }
            c.walk.close();
            Some(())
        },
        None,
    )?;
    time(c, &THIS_UPDATE)?;
    c.enter_if(PARTS_0, |c| time(c, &NEXT_UPDATE))
}

fn time(c: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    c.enter(GENERALIZED, |c| x509::moment(c, field))
}

/// An ENUMERATED of one byte, as all are here.
fn enumerated(c: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    c.enter(ENUMERATED, |c| {
        let value = *c.rest().first()?;
        c.walk.uint(field, c.here(), value)
    })
}
