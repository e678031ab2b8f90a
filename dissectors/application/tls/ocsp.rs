//! What the server brings to prove that its certificate was not revoked (RFC 6960 section 4.2.1).

use super::cursor::Cursor;
use super::x509::{
    self, BIT_STRING, ENUMERATED, INTEGER, OBJECT, OCTET_STRING, OWN_2, PARTS_0, PARTS_1, SEQUENCE,
};
use crate::field::{Field, Value};

fields! {
    RESPONSE_STATUS = Field::u32("ocsp.responseStatus", "response").names(RESPONSE_STATUSES).many(),
    SERIAL = Field::bytes("ocsp.serialNumber", "certificate").many(),
    CERT_STATUS = Field::u32("ocsp.certStatus", "certificate is").names(CERT_STATUSES).many().key(),
}

static RESPONSE_STATUSES: &[(u64, &str)] = &[
    (0, "successful"),
    (1, "malformedRequest"),
    (2, "internalError"),
    (3, "tryLater"),
    (5, "sigRequired"),
    (6, "unauthorized"),
];
static CERT_STATUSES: &[(u64, &str)] = &[(0, "good"), (1, "revoked"), (2, "unknown")];

/// OCSPResponse.
pub(super) fn response(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter(SEQUENCE, |c| {
        c.enter(ENUMERATED, |c| {
            let status = *c.rest().first()?;
            c.walk.uint(&RESPONSE_STATUS, c.here(), status)
        })?;
        c.enter_if(PARTS_0, |c| {
            c.enter(SEQUENCE, |c| {
                c.enter(OBJECT, |_| Some(()))?;
                c.enter(OCTET_STRING, |c| c.enter(SEQUENCE, basic))
            })
        })
    })
}

/// BasicOCSPResponse.
fn basic(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter(SEQUENCE, |c| {
        c.enter_if(PARTS_0, |_| Some(()))?;
        // Who answers, and when.
        c.any(|_, _| Some(()), None)?;
        c.any(|_, _| Some(()), None)?;
        c.enter(SEQUENCE, |c| c.each(|c| c.enter(SEQUENCE, single)))
    })?;
    x509::algorithm(c)?;
    c.enter(BIT_STRING, |_| Some(()))?;
    c.enter_if(PARTS_0, |c| c.enter(SEQUENCE, |c| c.each(x509::certificate)))
}

/// SingleResponse: of which certificate, and how it stands.
fn single(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter(SEQUENCE, |c| {
        x509::algorithm(c)?;
        c.enter(OCTET_STRING, |_| Some(()))?;
        c.enter(OCTET_STRING, |_| Some(()))?;
        c.whole(&SERIAL, INTEGER).map(|_| ())
    })?;
    let at = c.here();
    c.any(
        |c, tag| {
            let status = match tag {
                0x80 => 0u64,
                PARTS_1 => 1,
                OWN_2 => 2,
                _ => return None,
            };
            c.walk.emit(&CERT_STATUS, at, Value::Uint(status))
        },
        None,
    )
}
