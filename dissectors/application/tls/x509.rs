//! Certificates (RFC 5280 section 4) in DER, and what their common extensions say.

use core::ops::Range;

use super::cursor::Cursor;
use super::{extensions, names};
use crate::bytes::slice;
use crate::field::{Field, Kind, Value};
use crate::frame::Timestamp;

fields! {
    VERSION = Field::int("x509af.version", "version", 32).names(names::CERTIFICATE_VERSIONS).many(),
    SERIAL = Field::bytes("x509af.serialNumber", "serial number").many(),
    ALGORITHM = Field::new("x509af.algorithm.id", "algorithm", Kind::Oid).many(),
    EC_PARAMETERS = Field::u32("pkcs1.ECParameters", "kind of curve").names(names::EC_CHOICES).many(),
    NAMED_CURVE = Field::new("pkcs1.namedCurve", "curve", Kind::Oid).many(),
    ISSUER = Field::u32("x509af.issuer", "issuer").names(names::NAME_CHOICES).many(),
    ISSUER_PARTS = Field::u32("x509if.rdnSequence", "parts").many(),
    SUBJECT = Field::u32("x509af.subject", "subject").names(names::NAME_CHOICES).many(),
    SUBJECT_PARTS = Field::u32("x509af.rdnSequence", "parts").many(),
    AUTHORITY = Field::u32("nd.x509.authority", "authority").names(names::NAME_CHOICES).many(),
    ATTRIBUTE = Field::new("x509if.oid", "attribute", Kind::Oid).many(),
    COUNTRY = Field::text("x509sat.CountryName", "country").many(),
    STRING_CHOICE = Field::u32("x509sat.DirectoryString", "kind of string").names(names::STRING_CHOICES).many(),
    TELETEX = Field::text("x509sat.teletexString", "value").many(),
    PRINTABLE = Field::text("x509sat.printableString", "value").many().key(),
    UTF8 = Field::text("x509sat.uTF8String", "value").many().key(),
    IA5 = Field::text("x509sat.IA5String", "value").many(),
    PRINTABLE_ONLY = Field::text("x509sat.PrintableString", "value").many(),
    NOT_BEFORE = Field::u32("x509af.notBefore", "not before").names(names::TIME_CHOICES).many(),
    NOT_AFTER = Field::u32("x509af.notAfter", "not after").names(names::TIME_CHOICES).many(),
    UTC_TIME = Field::text("x509af.utcTime", "time").many().key(),
    GENERALIZED_TIME = Field::time("x509af.generalizedTime", "time").many().key(),
    PUBLIC_KEY = Field::bytes("x509af.subjectPublicKey", "public key").many(),
    EXTENSIONS = Field::u32("x509af.extensions", "extensions").many(),
    EXTENSION_ID = Field::new("x509af.extension.id", "extension", Kind::Oid).many(),
    CRITICAL = Field::bool("x509af.critical", "critical").many(),
    SIGNATURE = Field::bytes("x509af.encrypted", "signature").many(),
    KEY_ID = Field::bytes("x509ce.keyIdentifier", "issuer's key").many(),
    CERT_ISSUER = Field::u32("x509ce.authorityCertIssuer", "issuer's issuer").many(),
    CERT_SERIAL = Field::bytes("x509ce.authorityCertSerialNumber", "issuer's serial").many(),
    SUBJECT_KEY = Field::bytes("x509ce.SubjectKeyIdentifier", "subject's key").many(),
    NAMES = Field::u32("x509ce.GeneralNames", "number of names").many(),
    NAME = Field::u32("x509ce.GeneralName", "kind of name").names(names::GENERAL_NAMES).many(),
    TYPE_ID = Field::new("x509ce.type_id", "type", Kind::Oid).many(),
    MAIL = Field::text("x509ce.rfc822Name", "mail address").many(),
    DNS_NAME = Field::text("x509ce.dNSName", "DNS name").many().key(),
    URI = Field::text("x509ce.uniformResourceIdentifier", "URI").many(),
    DIRECTORY_NAME = Field::u32("x509ce.directoryName", "directory name").names(names::NAME_CHOICES).many(),
    IPV4 = Field::ipv4("x509ce.IPAddress.ipv4", "IPv4 address").many().key(),
    IPV6 = Field::ipv6("x509ce.IPAddress.ipv6", "IPv6 address").many().key(),
    REGISTERED_ID = Field::new("x509ce.registeredID", "registered ID", Kind::Oid).many(),
    KEY_USAGE = Field::bytes("x509ce.KeyUsage", "key usage").many(),
    DIGITAL_SIGNATURE = Field::bool("x509ce.KeyUsage.digitalSignature", "digital signature").many(),
    CONTENT_COMMITMENT = Field::bool("x509ce.KeyUsage.contentCommitment", "commitment").many(),
    KEY_ENCIPHERMENT = Field::bool("x509ce.KeyUsage.keyEncipherment", "key encipher").many(),
    DATA_ENCIPHERMENT = Field::bool("x509ce.KeyUsage.dataEncipherment", "data encipher").many(),
    KEY_AGREEMENT = Field::bool("x509ce.KeyUsage.keyAgreement", "key agreement").many(),
    KEY_CERT_SIGN = Field::bool("x509ce.KeyUsage.keyCertSign", "signs certs").many(),
    CRL_SIGN = Field::bool("x509ce.KeyUsage.cRLSign", "signs lists").many(),
    ENCIPHER_ONLY = Field::bool("x509ce.KeyUsage.encipherOnly", "enciphers only").many(),
    DECIPHER_ONLY = Field::bool("x509ce.KeyUsage.decipherOnly", "deciphers only").many(),
    PURPOSES = Field::u32("x509ce.KeyPurposeIDs", "purposes").many(),
    PURPOSE = Field::new("x509ce.KeyPurposeId", "purpose", Kind::Oid).many(),
    CRL_POINTS = Field::u32("x509ce.CRLDistPointsSyntax", "revocation lists").many(),
    CRL_POINT = Field::u32("x509ce.distributionPoint", "kind of place").names(names::POINT_CHOICES).many(),
    FULL_NAME = Field::u32("x509ce.fullName", "number of names").many(),
    POLICIES = Field::u32("x509ce.CertificatePoliciesSyntax", "policies").many(),
    POLICY = Field::new("x509ce.policyIdentifier", "policy", Kind::Oid).many(),
    QUALIFIERS = Field::u32("x509ce.policyQualifiers", "qualifiers").many(),
    QUALIFIER = Field::new("x509ce.id", "qualifier", Kind::Oid).many(),
    STATEMENT = Field::text("pkix1explicit.DirectoryString", "statement").many(),
    ACCESS = Field::u32("pkix1implicit.AuthorityInfoAccessSyntax", "places").many(),
    ACCESS_METHOD = Field::new("pkix1implicit.accessMethod", "method", Kind::Oid).many(),
    ACCESS_LOCATION = Field::u32("pkix1implicit.accessLocation", "kind of place").names(names::GENERAL_NAMES).many(),
    IS_CA = Field::bool("x509ce.cA", "authority").many(),
    PATH_LEN = Field::u64("x509ce.pathLenConstraint", "authorities below").many(),
}

/// Tags of the universal class (X.690 section 8.1.2).
const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const UTC: u8 = 0x17;
pub(super) const GENERALIZED: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// The first tags of the context's own class, with parts and without.
pub(super) const PARTS_0: u8 = 0xa0;
pub(super) const PARTS_1: u8 = 0xa1;
pub(super) const PARTS_2: u8 = 0xa2;
const PARTS_3: u8 = 0xa3;
const OWN_0: u8 = 0x80;
pub(super) const OWN_2: u8 = 0x82;

/// Object identifiers in DER.
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const EC_DH: &[u8] = &[0x2b, 0x81, 4, 1, 12];
const COUNTRY_NAME: &[u8] = &[0x55, 4, 6];
const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
const QUALIFIER_OF_NAME: &[u8] = &[0x55, 4, 46];
const JURISDICTION_COUNTRY: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 3];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 29, 14];
const USAGE: &[u8] = &[0x55, 29, 15];
const SUBJECT_NAMES: &[u8] = &[0x55, 29, 17];
const ISSUER_NAMES: &[u8] = &[0x55, 29, 18];
const CONSTRAINTS: &[u8] = &[0x55, 29, 19];
const REVOCATION: &[u8] = &[0x55, 29, 31];
const POLICIES_ID: &[u8] = &[0x55, 29, 32];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 29, 35];
const EXTENDED_USAGE: &[u8] = &[0x55, 29, 37];
const AUTHORITY_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
const PRACTICE_STATEMENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 1];
const TIMESTAMPS: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];

/// One element: tag, bytes before its contents, bytes of these.
#[derive(Clone, Copy, Debug)]
struct Element {
    tag: u8,
    header: usize,
    len: usize,
}

/// The element that `data` begins with (X.690 section 8.1); tags above 30 and indefinite lengths are none of DER's
/// in certificates.
fn element(data: &[u8]) -> Option<Element> {
    let (&tag, &first) = (data.first()?, data.get(1)?);
    let more = match first {
        0..=0x7f => return Some(Element { tag, header: 2, len: first.into() }),
        0x81..=0x84 => usize::from(first & 0x7f),
        _ => return None,
    };
    let len = slice(data, 2, more)?.iter().fold(0usize, |len, &byte| len << 8 | usize::from(byte));
    Some(Element { tag, header: more.saturating_add(2), len })
}

/// How many elements stand in `data`.
fn count(data: &[u8]) -> u32 {
    let (mut rest, mut count) = (data, 0u32);
    while let Some(one) = element(rest) {
        count = count.saturating_add(1);
        rest = rest.get(one.header.saturating_add(one.len)..).unwrap_or_default();
    }
    count
}

impl<'a> Cursor<'_, 'a, '_> {
    /// Reads the contents of the next element, whose tag must be `tag`.
    pub(super) fn enter(&mut self, tag: u8, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.any(|c, found| if found == tag { read(c) } else { None }, Some(tag))
    }

    /// The same, if the next element has this tag.
    pub(super) fn enter_if(&mut self, tag: u8, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        if self.rest().first() == Some(&tag) { self.enter(tag, read) } else { Some(()) }
    }

    /// Reads the contents of the next element, whose tag may be any, or must be `tag`.
    pub(super) fn any(
        &mut self,
        read: impl FnOnce(&mut Self, u8) -> Option<()>,
        tag: Option<u8>,
    ) -> Option<()> {
        let next = element(self.rest())?;
        if tag.is_some_and(|tag| tag != next.tag) {
            return None;
        }
        self.take(next.header)?;
        self.part(next.len, |c| read(c, next.tag));
        Some(())
    }

    /// The next element with this tag, as it is.
    pub(super) fn whole(&mut self, field: &'static Field, tag: u8) -> Option<&'a [u8]> {
        let mut contents: &[u8] = &[];
        self.enter(tag, |c| {
            contents = c.rest();
            c.contents(field)
        })?;
        Some(contents)
    }

    /// All that is left.
    fn contents(&mut self, field: &'static Field) -> Option<()> {
        let value = match field.kind {
            Kind::Text => Value::Text(self.rest()),
            _ => Value::Bytes(self.rest()),
        };
        let at = self.take(self.left())?;
        self.walk.emit(field, at, value)
    }

    /// The number of elements in the part at hand, as the head of what follows.
    pub(super) fn counted(&mut self, field: &'static Field) -> Option<()> {
        let number = count(self.rest());
        self.walk.uint(field, self.at..self.end, number)
    }

    pub(super) fn here(&self) -> Range<usize> {
        self.at..self.end
    }
}

/// One certificate.
pub(super) fn certificate(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter(SEQUENCE, |c| {
        c.enter(SEQUENCE, signed)?;
        algorithm(c)?;
        bits(c, &SIGNATURE)
    })
}

/// TBSCertificate (RFC 5280 section 4.1).
fn signed(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter_if(PARTS_0, |c| {
        c.enter(INTEGER, |c| {
            let version = *c.rest().first()?;
            c.walk.emit(&VERSION, c.here(), Value::Int(version.into()))
        })
    })?;
    c.whole(&SERIAL, INTEGER)?;
    algorithm(c)?;
    name(c, &ISSUER, &ISSUER_PARTS)?;
    c.enter(SEQUENCE, |c| {
        time(c, &NOT_BEFORE)?;
        time(c, &NOT_AFTER)
    })?;
    name(c, &SUBJECT, &SUBJECT_PARTS)?;
    c.enter(SEQUENCE, |c| {
        algorithm(c)?;
        bits(c, &PUBLIC_KEY)
    })?;
    // Identifiers of issuer and subject, which nobody uses.
    c.enter_if(PARTS_1, |_| Some(()))?;
    c.enter_if(PARTS_2, |_| Some(()))?;
    c.enter_if(PARTS_3, |c| {
        c.enter(SEQUENCE, |c| {
            c.counted(&EXTENSIONS)?;
            c.each(|c| c.enter(SEQUENCE, extension))
        })
    })
}

/// AlgorithmIdentifier (RFC 5280 section 4.1.1.2). Of parameters it shows those that say on which curve a key lies.
pub(super) fn algorithm(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter(SEQUENCE, |c| match c.whole(&ALGORITHM, OBJECT)? {
        EC_PUBLIC_KEY | EC_DH => c.any(curve, None),
        _ => Some(()),
    })
}

/// ECParameters (RFC 5480 section 2.1.1): certificates name their curves and do not describe them.
fn curve(c: &mut Cursor<'_, '_, '_>, tag: u8) -> Option<()> {
    match tag {
        OBJECT => {
            c.walk.open(&EC_PARAMETERS, c.here(), Value::Uint(1))?;
            c.contents(&NAMED_CURVE)?;
            c.walk.close();
            Some(())
        }
        SEQUENCE => c.walk.uint(&EC_PARAMETERS, c.here(), 0u32),
        _ => Some(()),
    }
}

/// A bit string without the number of bits that are not used.
pub(super) fn bits(c: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    c.enter(BIT_STRING, |c| {
        c.take(1)?;
        c.contents(field)
    })
}

/// A name: sets of attributes (RFC 5280 section 4.1.2.4).
pub(super) fn name(c: &mut Cursor<'_, '_, '_>, choice: &'static Field, parts: &'static Field) -> Option<()> {
    let whole = element(c.rest())?;
    let at = c.at..c.at.saturating_add(whole.header).saturating_add(whole.len).min(c.end);
    c.walk.open(choice, at, Value::Uint(0))?;
    c.enter(SEQUENCE, |c| {
        c.counted(parts)?;
        c.each(|c| c.enter(SET, |c| c.each(|c| c.enter(SEQUENCE, attribute))))
    })?;
    c.walk.close();
    Some(())
}

fn attribute(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let kind = c.whole(&ATTRIBUTE, OBJECT)?;
    c.any(
        |c, tag| {
            let (choice, field) = match (tag, kind) {
                (PRINTABLE_STRING, COUNTRY_NAME | JURISDICTION_COUNTRY) => (None, &COUNTRY),
                (PRINTABLE_STRING, SERIAL_NUMBER | QUALIFIER_OF_NAME) => (None, &PRINTABLE_ONLY),
                (IA5_STRING, _) => (None, &IA5),
                (TELETEX_STRING, _) => (Some(0u32), &TELETEX),
                (PRINTABLE_STRING, _) => (Some(1), &PRINTABLE),
                (UTF8_STRING, _) => (Some(4), &UTF8),
                _ => return Some(()),
            };
            if let Some(choice) = choice {
                c.walk.uint(&STRING_CHOICE, c.here(), choice)?;
            }
            c.contents(field)
        },
        None,
    )
}

/// A time: two digits of the year, or four (RFC 5280 section 4.1.2.5).
fn time(c: &mut Cursor<'_, '_, '_>, choice: &'static Field) -> Option<()> {
    c.any(
        |c, tag| {
            let generalized = match tag {
                UTC => false,
                GENERALIZED => true,
                _ => return None,
            };
            c.walk.open(choice, c.here(), Value::Uint(generalized.into()))?;
            if generalized {
                moment(c, &GENERALIZED_TIME)?;
            } else {
                utc_time(c)?;
            }
            c.walk.close();
            Some(())
        },
        None,
    )
}

fn utc_time(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let text = core::str::from_utf8(c.rest()).ok()?;
    let at = c.here();
    let part = |from: usize| text.get(from..from.saturating_add(2));
    let year = part(0)?;
    let century = match year.parse::<u16>().ok()? {
        0..50 => "20",
        _ => "19",
    };
    let (month, day, hour, minute) = (part(2)?, part(4)?, part(6)?, part(8)?);
    let second = part(10).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or("00");
    let shown = format_args!("{century}{year}-{month}-{day} {hour}:{minute}:{second} (UTC)");
    c.walk.format(&UTC_TIME, at, shown)
}

/// The GeneralizedTime at hand; nothing if it is no time.
pub(super) fn moment(c: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    match generalized_time(c.rest()) {
        Some(time) => c.walk.emit(field, c.here(), Value::Time(time)),
        None => Some(()),
    }
}

/// `YYYYMMDDHHMMSSZ`: certificates may spell it in no other way (RFC 5280 section 4.1.2.5.2).
fn generalized_time(text: &[u8]) -> Option<Timestamp> {
    let (digits, zone) = text.split_at_checked(14)?;
    if zone != b"Z" || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |at: usize| {
        let &[tens, ones] = slice(digits, at, 2)?.first_chunk()?;
        i8::try_from(tens.wrapping_sub(b'0').checked_mul(10)?.checked_add(ones.wrapping_sub(b'0'))?).ok()
    };
    let year = i16::from(part(0)?).checked_mul(100)?.checked_add(part(2)?.into())?;
    Timestamp::of_civil((year, part(4)?, part(6)?), (part(8)?, part(10)?, part(12)?))
}

fn extension(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let kind = slice(c.rest(), 2, element(c.rest()).filter(|id| id.tag == OBJECT)?.len)?;
    let at = c.here();
    c.enter(OBJECT, |_| Some(()))?;
    c.walk.open(&EXTENSION_ID, at, Value::Bytes(kind))?;
    c.enter_if(BOOLEAN, |c| {
        let critical = *c.rest().first()? != 0;
        c.walk.bool(&CRITICAL, c.here(), critical)
    })?;
    c.enter(OCTET_STRING, |c| match kind {
        SUBJECT_KEY_ID => c.whole(&SUBJECT_KEY, OCTET_STRING).map(|_| ()),
        AUTHORITY_KEY_ID => c.enter(SEQUENCE, authority_key),
        SUBJECT_NAMES | ISSUER_NAMES => c.enter(SEQUENCE, |c| {
            c.counted(&NAMES)?;
            c.each(|c| general_name(c, &NAME))
        }),
        USAGE => c.enter(BIT_STRING, usage),
        CONSTRAINTS => c.enter(SEQUENCE, constraints),
        EXTENDED_USAGE => c.enter(SEQUENCE, |c| {
            c.counted(&PURPOSES)?;
            c.each(|c| c.whole(&PURPOSE, OBJECT).map(|_| ()))
        }),
        REVOCATION => c.enter(SEQUENCE, |c| {
            c.counted(&CRL_POINTS)?;
            c.each(|c| c.enter(SEQUENCE, revocation))
        }),
        POLICIES_ID => c.enter(SEQUENCE, |c| {
            c.counted(&POLICIES)?;
            c.each(|c| c.enter(SEQUENCE, policy))
        }),
        AUTHORITY_ACCESS => c.enter(SEQUENCE, |c| {
            c.counted(&ACCESS)?;
            c.each(|c| {
                c.enter(SEQUENCE, |c| {
                    c.whole(&ACCESS_METHOD, OBJECT)?;
                    general_name(c, &ACCESS_LOCATION)
                })
            })
        }),
        TIMESTAMPS => c.enter(OCTET_STRING, extensions::timestamps),
        _ => Some(()),
    })?;
    c.walk.close();
    Some(())
}

/// AuthorityKeyIdentifier (RFC 5280 section 4.2.1.1).
fn authority_key(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.each(|c| {
        c.any(
            |c, tag| match tag {
                OWN_0 => c.contents(&KEY_ID),
                PARTS_1 => {
                    c.counted(&CERT_ISSUER)?;
                    c.each(|c| general_name(c, &NAME))
                }
                OWN_2 => c.contents(&CERT_SERIAL),
                _ => Some(()),
            },
            None,
        )
    })
}

/// GeneralName (RFC 5280 section 4.2.1.6): its tag is the choice.
fn general_name(c: &mut Cursor<'_, '_, '_>, choice: &'static Field) -> Option<()> {
    c.any(
        |c, tag| {
            let number = tag & 0x1f;
            c.walk.open(choice, c.here(), Value::Uint(number.into()))?;
            match number {
                0 => {
                    c.whole(&TYPE_ID, OBJECT)?;
                }
                1 => c.contents(&MAIL)?,
                2 => c.contents(&DNS_NAME)?,
                4 => name(c, &DIRECTORY_NAME, &ISSUER_PARTS)?,
                6 => c.contents(&URI)?,
                7 => address(c)?,
                8 => c.contents(&REGISTERED_ID)?,
                _ => {}
            }
            c.walk.close();
            Some(())
        },
        None,
    )
}

/// An iPAddress: its length tells which.
fn address(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    match c.left() {
        4 => c.walk.ipv4(&IPV4, c.at).map(|_| ()),
        16 => c.walk.ipv6(&IPV6, c.at).map(|_| ()),
        _ => Some(()),
    }
}

/// KeyUsage (RFC 5280 section 4.2.1.3): nine bits, of which those at the end may be left out.
fn usage(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.take(1)?;
    let at = c.here();
    let value = c.rest();
    c.walk.open(&KEY_USAGE, at.clone(), Value::Bytes(value))?;
    let rows = [
        &DIGITAL_SIGNATURE,
        &CONTENT_COMMITMENT,
        &KEY_ENCIPHERMENT,
        &DATA_ENCIPHERMENT,
        &KEY_AGREEMENT,
        &KEY_CERT_SIGN,
        &CRL_SIGN,
        &ENCIPHER_ONLY,
    ];
    for (field, bit) in rows.into_iter().zip(0u8..) {
        let set = value.first().is_some_and(|byte| byte & (0x80 >> bit) != 0);
        c.walk.bool(field, at.clone(), set)?;
    }
    c.walk.bool(&DECIPHER_ONLY, at, value.get(1).is_some_and(|byte| byte & 0x80 != 0))?;
    c.walk.close();
    Some(())
}

/// BasicConstraints (RFC 5280 section 4.2.1.9).
fn constraints(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter_if(BOOLEAN, |c| {
        let authority = *c.rest().first()? != 0;
        c.walk.bool(&IS_CA, c.here(), authority)
    })?;
    c.enter_if(INTEGER, |c| {
        let len = c.rest().iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
        c.walk.uint(&PATH_LEN, c.here(), len)
    })
}

/// DistributionPoint (RFC 5280 section 4.2.1.13).
fn revocation(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.enter_if(PARTS_0, |c| {
        c.any(
            |c, tag| {
                c.walk.uint(&CRL_POINT, c.here(), tag & 0x1f)?;
                if tag != PARTS_0 {
                    return Some(());
                }
                c.counted(&FULL_NAME)?;
                c.each(|c| general_name(c, &NAME))
            },
            None,
        )
    })
}

/// PolicyInformation (RFC 5280 section 4.2.1.4).
fn policy(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.whole(&POLICY, OBJECT)?;
    c.enter_if(SEQUENCE, |c| {
        c.counted(&QUALIFIERS)?;
        c.each(|c| {
            c.enter(SEQUENCE, |c| {
                let kind = c.whole(&QUALIFIER, OBJECT)?;
                if kind == PRACTICE_STATEMENT {
                    c.whole(&STATEMENT, IA5_STRING)?;
                }
                Some(())
            })
        })
    })
}
