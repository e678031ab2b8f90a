//! The data of resource records: for each type its fields in wire order, as a row of [`FORMS`].

use core::fmt;

use super::name::{Label, Message};
use super::rows::*;
use super::{RESP_TYPE, edns, location};
use crate::bytes;
use crate::field::{Field, Kind, Value};
use crate::frame::Timestamp;
use crate::walk::Walk;

/// A step through the data of a record.
enum Part {
    /// A number of the width of its field, big-endian.
    Number(&'static Field),
    /// Seconds since 1970, 32 bits.
    Time(&'static Field),
    /// A domain name, possibly compressed.
    Name(&'static Field),
    /// An address of the kind of its field.
    Address(&'static Field),
    /// So many bytes.
    Bytes(&'static Field, usize),
    /// The bytes that are left, if any.
    Rest(&'static Field),
    /// A length byte and as much text.
    Text(&'static Field, &'static Field),
    /// Texts up to the end.
    Texts(&'static Field, &'static Field),
    /// What no other step can say.
    Special(fn(&mut Data<'_, '_, '_>) -> Option<()>),
}

use Part::{Address, Bytes, Name, Number, Rest, Special, Text, Texts, Time};

/// What the Info column says of a record after its type.
#[derive(Clone, Copy)]
enum Info {
    /// Nothing.
    Type,
    /// The owner's name.
    Owner,
    /// An IPv4 or IPv6 address, by the length of the data.
    Address,
    /// So many 16-bit numbers and a name.
    Numbered(u8),
    /// Two texts.
    TwoTexts,
    /// Two 16-bit numbers and a text.
    NumberedText,
}

/// How the data of one record type is laid out.
struct Form {
    kind: u16,
    info: Info,
    parts: &'static [Part],
}

const fn form(kind: u16, info: Info, parts: &'static [Part]) -> Form {
    Form { kind, info, parts }
}

const SIGNATURE: &[Part] = &[
    Number(&RRSIG_COVERED),
    Number(&RRSIG_ALGORITHM),
    Number(&RRSIG_LABELS),
    Number(&RRSIG_TTL),
    Time(&RRSIG_EXPIRATION),
    Time(&RRSIG_INCEPTION),
    Number(&RRSIG_KEY_TAG),
    Name(&RRSIG_SIGNER),
    Rest(&RRSIG_SIGNATURE),
];
const DIGEST: &[Part] =
    &[Number(&DS_KEY_ID), Number(&DS_ALGORITHM), Number(&DS_DIGEST_TYPE), Rest(&DS_DIGEST)];
const ZONE_KEY: &[Part] = &[
    Special(zone_key_flags),
    Number(&DNSKEY_PROTOCOL),
    Number(&DNSKEY_ALGORITHM),
    Special(|data| data.key_tag(&DNSKEY_ID)),
    Rest(&DNSKEY_KEY),
];
const SERVICE: &[Part] = &[Number(&SVCB_PRIORITY), Name(&SVCB_TARGET), Special(service_parameters)];

/// Record types in ascending order (RFC 1035, 1183, 1348, 1706, 1712, 1876, 2163, 2230, 2535, 2672, 2782, 2845,
/// 2930, 3123, 3403, 4025, 4034, 4255, 4398, 4408, 4701, 5155, 6698, 6742, 7043, 7477, 7929, 8659, 8976, 9460).
static FORMS: &[Form] = &[
    form(1, Info::Address, &[Address(&A)]),
    form(2, Info::Numbered(0), &[Name(&NS)]),
    form(3, Info::Owner, &[Name(&MD)]),
    form(4, Info::Owner, &[Name(&MF)]),
    form(5, Info::Numbered(0), &[Name(&CNAME)]),
    form(
        6,
        Info::Numbered(0),
        &[
            Name(&SOA_MNAME),
            Name(&SOA_RNAME),
            Number(&SOA_SERIAL),
            Number(&SOA_REFRESH),
            Number(&SOA_RETRY),
            Number(&SOA_EXPIRE),
            Number(&SOA_MINIMUM),
        ],
    ),
    form(7, Info::Owner, &[Name(&MB)]),
    form(8, Info::Owner, &[Name(&MG)]),
    form(9, Info::Owner, &[Name(&MR)]),
    form(10, Info::Owner, &[Rest(&NULL)]),
    form(11, Info::Address, &[Address(&WKS_ADDRESS), Number(&WKS_PROTOCOL), Special(well_known_services)]),
    form(12, Info::Numbered(0), &[Name(&PTR)]),
    form(13, Info::TwoTexts, &[Text(&HINFO_CPU_LENGTH, &HINFO_CPU), Text(&HINFO_OS_LENGTH, &HINFO_OS)]),
    form(14, Info::Owner, &[Name(&MINFO_R), Name(&MINFO_E)]),
    form(15, Info::Numbered(1), &[Number(&MX_PREFERENCE), Name(&MX_EXCHANGE)]),
    form(16, Info::Type, &[Texts(&TXT_LENGTH, &TXT)]),
    form(17, Info::Owner, &[Name(&RP_MAILBOX), Name(&RP_TXT)]),
    form(18, Info::Owner, &[Number(&AFSDB_SUBTYPE), Name(&AFSDB_HOSTNAME)]),
    form(19, Info::Owner, &[Text(&X25_LENGTH, &X25_ADDRESS)]),
    form(20, Info::Owner, &[Text(&ISDN_LENGTH, &ISDN_ADDRESS), Text(&ISDN_SUB_LENGTH, &ISDN_SUB_ADDRESS)]),
    form(21, Info::Owner, &[Number(&RT_PREFERENCE), Name(&RT_HOST)]),
    form(22, Info::Owner, &[Rest(&NSAP)]),
    form(23, Info::Owner, &[Name(&NSAP_PTR)]),
    form(24, Info::Type, SIGNATURE),
    form(
        25,
        Info::Type,
        &[
            Special(key_flags),
            Number(&KEY_PROTOCOL),
            Number(&KEY_ALGORITHM),
            Special(|data| data.key_tag(&KEY_ID)),
            Rest(&KEY_KEY),
        ],
    ),
    form(26, Info::Owner, &[Number(&PX_PREFERENCE), Name(&PX_MAP822), Name(&PX_MAP400)]),
    form(
        27,
        Info::Owner,
        &[
            Text(&GPOS_LONGITUDE_LENGTH, &GPOS_LONGITUDE),
            Text(&GPOS_LATITUDE_LENGTH, &GPOS_LATITUDE),
            Text(&GPOS_ALTITUDE_LENGTH, &GPOS_ALTITUDE),
        ],
    ),
    form(28, Info::Address, &[Address(&AAAA)]),
    form(29, Info::Type, &[Special(location::location)]),
    form(30, Info::Numbered(0), &[Name(&NXT_NEXT), Special(first_types)]),
    form(
        33,
        Info::Numbered(3),
        &[Number(&SRV_PRIORITY), Number(&SRV_WEIGHT), Number(&SRV_PORT), Name(&SRV_TARGET)],
    ),
    form(
        35,
        Info::NumberedText,
        &[
            Number(&NAPTR_ORDER),
            Number(&NAPTR_PREFERENCE),
            Text(&NAPTR_FLAGS_LENGTH, &NAPTR_FLAGS),
            Text(&NAPTR_SERVICE_LENGTH, &NAPTR_SERVICE),
            Text(&NAPTR_REGEX_LENGTH, &NAPTR_REGEX),
            Special(replacement),
        ],
    ),
    form(36, Info::Numbered(1), &[Number(&KX_PREFERENCE), Name(&KX_EXCHANGE)]),
    form(
        37,
        Info::Type,
        &[Number(&CERT_TYPE), Number(&CERT_KEY_TAG), Number(&CERT_ALGORITHM), Rest(&CERT_CERTIFICATE)],
    ),
    form(39, Info::Numbered(0), &[Name(&DNAME)]),
    form(41, Info::Type, &[Special(edns::options)]),
    form(42, Info::Owner, &[Special(prefixes)]),
    form(43, Info::Type, DIGEST),
    form(44, Info::Type, &[Number(&SSHFP_ALGORITHM), Number(&SSHFP_TYPE), Rest(&SSHFP_FINGERPRINT)]),
    form(45, Info::Type, &[Special(gateway), Rest(&IPSECKEY_KEY)]),
    form(46, Info::Type, SIGNATURE),
    form(47, Info::Numbered(0), &[Name(&NSEC_NEXT), Special(types)]),
    form(48, Info::Type, ZONE_KEY),
    form(49, Info::Owner, &[Rest(&DHCID)]),
    form(50, Info::Type, &[Number(&NSEC3_ALGORITHM), Special(opt_out), Special(hashes), Special(types)]),
    form(51, Info::Owner, &[Number(&NSEC3_ALGORITHM), Number(&NSEC3_FLAGS), Special(salt)]),
    form(
        52,
        Info::Owner,
        &[Number(&TLSA_USAGE), Number(&TLSA_SELECTOR), Number(&TLSA_MATCHING), Rest(&TLSA_DATA)],
    ),
    form(59, Info::Type, DIGEST),
    form(60, Info::Type, ZONE_KEY),
    form(61, Info::Type, &[Rest(&OPENPGPKEY)]),
    form(62, Info::Type, &[Number(&CSYNC_SOA), Special(csync_flags), Special(synchronized_types)]),
    form(
        63,
        Info::Type,
        &[Number(&ZONEMD_SERIAL), Number(&ZONEMD_SCHEME), Number(&ZONEMD_HASH), Rest(&ZONEMD_DIGEST)],
    ),
    form(64, Info::Type, SERVICE),
    form(65, Info::Type, SERVICE),
    form(99, Info::Type, &[Texts(&SPF_LENGTH, &SPF)]),
    form(104, Info::Type, &[Number(&NID_PREFERENCE), Bytes(&NID, 8)]),
    form(105, Info::Type, &[Number(&L32_PREFERENCE), Address(&L32)]),
    form(106, Info::Type, &[Number(&L64_PREFERENCE), Bytes(&L64, 8)]),
    form(107, Info::Type, &[Number(&LP_PREFERENCE), Name(&LP)]),
    form(108, Info::Type, &[Address(&EUI48)]),
    form(109, Info::Type, &[Bytes(&EUI64, 8)]),
    form(
        249,
        Info::Type,
        &[
            Name(&TKEY_ALGORITHM),
            Time(&TKEY_INCEPTION),
            Time(&TKEY_EXPIRATION),
            Number(&TKEY_MODE),
            Number(&TKEY_ERROR),
            Special(|data| data.counted(&TKEY_KEY_SIZE, &TKEY_KEY)),
            Special(|data| data.counted(&TKEY_OTHER_SIZE, &TKEY_OTHER)),
        ],
    ),
    form(
        250,
        Info::Type,
        &[
            Name(&TSIG_ALGORITHM),
            Special(time_signed),
            Number(&TSIG_FUDGE),
            Special(authentication_code),
            Number(&TSIG_ID),
            Number(&TSIG_ERROR),
            Special(|data| data.counted(&TSIG_OTHER_LENGTH, &TSIG_OTHER)),
        ],
    ),
    form(257, Info::Type, &[Special(issuers)]),
    form(32_769, Info::Type, DIGEST),
];

fn form_of(kind: u16) -> Option<&'static Form> {
    FORMS.get(FORMS.binary_search_by_key(&kind, |form| form.kind).ok()?)
}

/// Where in the data of a record of type `kind` a name stands that is worth checking: after so many bytes.
pub(super) fn name_offset(kind: u16) -> Option<usize> {
    match form_of(kind)?.info {
        Info::Numbered(numbers) => Some(usize::from(numbers).saturating_mul(2)),
        _ => None,
    }
}

/// Writes what the Info column says of a record of type `kind`, owned by `owner`, with its data in `at..end`.
pub(super) fn summary(
    message: Message<'_>,
    owner: &super::name::Name<'_>,
    kind: u16,
    at: usize,
    end: usize,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let data = message.data.get(at..end.min(message.data.len())).unwrap_or_default();
    let Some(form) = form_of(kind) else { return Ok(()) };
    if data.is_empty() {
        return Ok(());
    }
    match form.info {
        Info::Type => Ok(()),
        Info::Owner => write!(out, " {owner}"),
        Info::Address if kind == 28 => match bytes::chunk::<16>(data, 0) {
            Some(octets) => write!(out, " {}", core::net::Ipv6Addr::from(octets)),
            None => Ok(()),
        },
        Info::Address => match bytes::chunk::<4>(data, 0) {
            Some(octets) => write!(out, " {}", core::net::Ipv4Addr::from(octets)),
            None => Ok(()),
        },
        Info::Numbered(numbers) => {
            let mut place = at;
            for _ in 0..numbers {
                let Some(number) = bytes::u16_at(message.data, place) else { return Ok(()) };
                write!(out, " {number}")?;
                place = place.saturating_add(2);
            }
            match super::name::read(message, place) {
                Ok(name) => write!(out, " {name}"),
                Err(_) => Ok(()),
            }
        }
        Info::TwoTexts => {
            let Some((first, rest)) = text(data) else { return Ok(()) };
            write!(out, " {}", Label(first))?;
            match text(rest) {
                Some((second, _)) => write!(out, " {}", Label(second)),
                None => Ok(()),
            }
        }
        Info::NumberedText => {
            let numbers = (bytes::u16_at(data, 0), bytes::u16_at(data, 2), data.get(4..).and_then(text));
            let (Some(order), Some(preference), Some((flags, _))) = numbers else { return Ok(()) };
            write!(out, " {order} {preference} {}", Label(flags))
        }
    }
}

/// A text after its length byte, and what follows it.
fn text(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = data.split_first()?;
    rest.split_at_checked(len.into())
}

/// The data of one record on its way through a walk. Positions count from the start of the layer.
pub(super) struct Data<'w, 'a, 'v> {
    /// Receives the fields.
    pub(super) walk: &'w mut Walk<'a, 'v>,
    /// The message, for compressed names.
    pub(super) message: Message<'a>,
    /// What was read so far.
    pub(super) at: usize,
    /// End of the data.
    pub(super) end: usize,
}

/// Emits the fields of a record of type `kind` whose data lies in `at..end` of the layer. `None` if the packet's
/// allowance is used up or the data is cut.
pub(super) fn emit(
    walk: &mut Walk<'_, '_>,
    message: Message<'_>,
    kind: u16,
    at: usize,
    end: usize,
) -> Option<()> {
    if at == end {
        return Some(());
    }
    let message = Message { data: walk.data(), base: message.base };
    let mut data = Data { walk, message, at, end };
    match form_of(kind) {
        Some(form) => form.parts.iter().try_for_each(|part| data.part(part)),
        None => data.rest(&DATA),
    }
}

impl<'a> Data<'_, 'a, '_> {
    /// Bytes left.
    pub(super) fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Goes on by `len` bytes, which must lie in the data, and returns where they begin.
    fn take(&mut self, len: usize) -> Option<usize> {
        let at = self.at;
        let next = at.checked_add(len)?;
        if next > self.end {
            return None;
        }
        self.at = next;
        Some(at)
    }

    fn part(&mut self, part: &Part) -> Option<()> {
        match *part {
            Number(field) => self.number(field).map(|_| ()),
            Time(field) => {
                let at = self.take(4)?;
                let secs = bytes::u32_at(self.message.data, at)?;
                self.walk.emit(field, at..self.at, Value::Time(Timestamp::new(secs.into(), 0)))
            }
            Name(field) => self.name(field),
            Address(field) => self.address(field),
            Bytes(field, len) => self.bytes(field, len),
            Rest(field) => self.rest(field),
            Text(length, field) => self.text(length, field),
            Texts(length, field) => {
                while self.left() > 0 {
                    self.text(length, field)?;
                }
                Some(())
            }
            Special(special) => special(self),
        }
    }

    /// A number of the width of `field`.
    pub(super) fn number(&mut self, field: &'static Field) -> Option<u32> {
        match field.kind {
            Kind::Uint(8) => {
                let at = self.take(1)?;
                self.walk.u8(field, at).map(u32::from)
            }
            Kind::Uint(16) => {
                let at = self.take(2)?;
                self.walk.u16(field, at).map(u32::from)
            }
            _ => {
                let at = self.take(4)?;
                self.walk.u32(field, at)
            }
        }
    }

    fn name(&mut self, field: &'static Field) -> Option<()> {
        let name = super::name::read(self.message, self.at).ok()?;
        let at = core::mem::replace(&mut self.at, name.end);
        self.walk.format(field, at..name.end, format_args!("{name}"))
    }

    /// An address of the kind of `field`.
    pub(super) fn address(&mut self, field: &'static Field) -> Option<()> {
        match field.kind {
            Kind::Ipv4 => {
                let at = self.take(4)?;
                self.walk.ipv4(field, at).map(|_| ())
            }
            Kind::Ipv6 => {
                let at = self.take(16)?;
                self.walk.ipv6(field, at).map(|_| ())
            }
            _ => {
                let at = self.take(6)?;
                self.walk.mac(field, at).map(|_| ())
            }
        }
    }

    /// `len` bytes, as text if the field says so.
    pub(super) fn bytes(&mut self, field: &'static Field, len: usize) -> Option<()> {
        let at = self.take(len)?;
        match field.kind {
            Kind::Text => self.walk.text(field, at, len).map(|_| ()),
            _ => self.walk.bytes(field, at, len).map(|_| ()),
        }
    }

    /// What is left, if anything.
    pub(super) fn rest(&mut self, field: &'static Field) -> Option<()> {
        match self.left() {
            0 => Some(()),
            left => self.bytes(field, left),
        }
    }

    fn text(&mut self, length: &'static Field, field: &'static Field) -> Option<()> {
        let len = self.number(length)?;
        self.bytes(field, usize::try_from(len).ok()?)
    }

    /// A length and as many bytes, which are left out if there are none.
    fn counted(&mut self, length: &'static Field, field: &'static Field) -> Option<()> {
        match usize::try_from(self.number(length)?).ok()? {
            0 => Some(()),
            len => self.bytes(field, len),
        }
    }

    /// The tag by which signatures name the key whose flags, protocol and algorithm have just been read (RFC 4034
    /// appendix B; for algorithm 1 appendix B.1).
    fn key_tag(&mut self, field: &'static Field) -> Option<()> {
        let start = self.at.checked_sub(4)?;
        let key: &'a [u8] = self.message.data.get(start..self.end)?;
        let tag = match (key.get(3)?, key) {
            (1, &[.., high, low, _]) => u16::from_be_bytes([high, low]),
            _ => {
                let sum = key.chunks(2).fold(0u32, |sum, pair| {
                    let low = pair.get(1).copied().unwrap_or_default();
                    let high = pair.first().copied().unwrap_or_default();
                    sum.wrapping_add(u16::from_be_bytes([high, low]).into())
                });
                let [_, _, high, low] = sum.wrapping_add(sum >> 16).to_be_bytes();
                u16::from_be_bytes([high, low])
            }
        };
        self.walk.uint(field, 0..0, tag)
    }

    /// A 16-bit number with the meaning of some of its bits.
    fn flags(&mut self, field: &'static Field, rows: &[(&'static Field, u64)]) -> Option<()> {
        let at = self.take(2)?;
        let flags = bytes::u16_at(self.message.data, at)?;
        self.walk.open(field, at..self.at, Value::Uint(flags.into()))?;
        self.walk.bits(rows, at..self.at, flags)?;
        self.walk.close();
        Some(())
    }

    /// The types whose bits are set in `len` bytes, the first bit standing for `first`.
    fn bits(&mut self, first: u16, len: usize) -> Option<()> {
        let at = self.take(len)?;
        let mut kind = first;
        for (index, &byte) in bytes::slice(self.message.data, at, len)?.iter().enumerate() {
            let place = at.saturating_add(index);
            for bit in 0..8 {
                if byte << bit & 0x80 != 0 {
                    self.walk.uint(&RESP_TYPE, place..place.saturating_add(1), kind)?;
                }
                kind = kind.wrapping_add(1);
            }
        }
        Some(())
    }
}

/// RFC 4034 section 2.1.1, RFC 5011 section 7.
fn zone_key_flags(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let at = data.take(2)?;
    let flags = bytes::u16_at(data.message.data, at)?;
    data.walk.open(&DNSKEY_FLAGS, at..data.at, Value::Uint(flags.into()))?;
    data.walk.bool(&DNSKEY_ZONE, at..data.at, flags & 0x0100 != 0)?;
    data.walk.bool(&DNSKEY_REVOKED, at..data.at, flags & 0x0080 != 0)?;
    data.walk.bool(&DNSKEY_SEP, at..data.at, flags & 0x0001 != 0)?;
    data.walk.uint(&DNSKEY_RESERVED, at..data.at, flags & 0xfe7e)?;
    data.walk.close();
    Some(())
}

/// RFC 2535 section 3.1.2. A bit that is set forbids a use.
fn key_flags(data: &mut Data<'_, '_, '_>) -> Option<()> {
    data.flags(&KEY_FLAGS, &[(&KEY_AUTHENTICATION, 0x8000), (&KEY_CONFIDENTIALITY, 0x4000)])
}

/// RFC 7477 section 2.1.1.2.
fn csync_flags(data: &mut Data<'_, '_, '_>) -> Option<()> {
    data.flags(&CSYNC_FLAGS, &[(&CSYNC_IMMEDIATE, 1), (&CSYNC_SOA_MINIMUM, 2)])
}

/// Bytes of the bit map of ports, those with a port only, and their ports (RFC 1035 section 3.4.2).
fn well_known_services(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let mut port = 0u16;
    while data.left() > 0 {
        let at = data.take(1)?;
        let byte = bytes::u8_at(data.message.data, at)?;
        if byte != 0 {
            data.walk.open(&WKS_BITS, at..data.at, Value::Uint(byte.into()))?;
            for bit in 0..8u16 {
                if byte << bit & 0x80 != 0 {
                    data.walk.uint(&WKS_PORT, at..data.at, port.wrapping_add(bit))?;
                }
            }
            data.walk.close();
        }
        port = port.wrapping_add(8);
    }
    Some(())
}

/// Bit map of the types below 128 (RFC 2535 section 5.2).
fn first_types(data: &mut Data<'_, '_, '_>) -> Option<()> {
    data.bits(0, data.left())
}

/// Bit maps of types, one for each window of 256 (RFC 4034 section 4.1.2).
fn types(data: &mut Data<'_, '_, '_>) -> Option<()> {
    while data.left() > 0 {
        let at = data.take(2)?;
        let window = bytes::u8_at(data.message.data, at)?;
        let len = bytes::u8_at(data.message.data, at.saturating_add(1))?;
        data.bits(u16::from_be_bytes([window, 0]), len.into())?;
    }
    Some(())
}

fn synchronized_types(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let at = data.at;
    data.rest(&CSYNC_BITMAP)?;
    data.at = at;
    types(data)
}

/// The length is that of the text, as the other lengths of the record are.
fn replacement(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let name = super::name::read(data.message, data.at).ok()?;
    data.walk.uint(&NAPTR_REPLACEMENT_LENGTH, 0..0, name.len as u64)?;
    data.name(&NAPTR_REPLACEMENT)
}

/// RFC 3123 section 4.
fn prefixes(data: &mut Data<'_, '_, '_>) -> Option<()> {
    while data.left() > 0 {
        let family = data.number(&APL_FAMILY)?;
        data.number(&APL_PREFIX)?;
        let at = data.take(1)?;
        let len = bytes::u8_at(data.message.data, at)?;
        data.walk.bool(&APL_NEGATION, at..data.at, len & 0x80 != 0)?;
        data.walk.uint(&APL_LENGTH, at..data.at, len & 0x7f)?;
        data.prefix(family, usize::from(len & 0x7f), [&APL_IPV4, &APL_IPV6, &APL_DATA])?;
    }
    Some(())
}

impl Data<'_, '_, '_> {
    /// The first `len` bytes of an address, the others being 0: IPv4, IPv6 or unknown by its family.
    pub(super) fn prefix(&mut self, family: u32, len: usize, fields: [&'static Field; 3]) -> Option<()> {
        let [ipv4, ipv6, other] = fields;
        let at = self.take(len)?;
        let part = bytes::slice(self.message.data, at, len)?;
        let value = match family {
            1 => Some((ipv4, Value::Ipv4(padded::<4>(part)?.into()))),
            2 => Some((ipv6, Value::Ipv6(padded::<16>(part)?.into()))),
            _ => None,
        };
        match value {
            Some((field, value)) => self.walk.emit(field, at..self.at, value),
            None => self.walk.bytes(other, at, len).map(|_| ()),
        }
    }
}

fn padded<const N: usize>(part: &[u8]) -> Option<[u8; N]> {
    let mut whole = [0; N];
    whole.get_mut(..part.len())?.copy_from_slice(part);
    Some(whole)
}

/// RFC 4025 section 2.
fn gateway(data: &mut Data<'_, '_, '_>) -> Option<()> {
    data.number(&IPSECKEY_PRECEDENCE)?;
    let kind = data.number(&IPSECKEY_TYPE)?;
    data.number(&IPSECKEY_ALGORITHM)?;
    match kind {
        1 => data.address(&IPSECKEY_IPV4),
        2 => data.address(&IPSECKEY_IPV6),
        3 => data.name(&IPSECKEY_DNS),
        _ => Some(()),
    }
}

/// The flags of an NSEC3 record (RFC 5155 section 3.1.2).
fn opt_out(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let at = data.take(1)?;
    let flags = bytes::u8_at(data.message.data, at)?;
    data.walk.open(&NSEC3_FLAGS, at..data.at, Value::Uint(flags.into()))?;
    data.walk.bool(&NSEC3_OPT_OUT, at..data.at, flags & 1 != 0)?;
    data.walk.close();
    Some(())
}

/// Iterations and salt (RFC 5155 section 4.2).
fn salt(data: &mut Data<'_, '_, '_>) -> Option<()> {
    data.number(&NSEC3_ITERATIONS)?;
    data.text(&NSEC3_SALT_LENGTH, &NSEC3_SALT)
}

/// Salt and next hashed owner, the latter in the alphabet of owner names (RFC 5155 sections 3.2 and 3.3).
fn hashes(data: &mut Data<'_, '_, '_>) -> Option<()> {
    salt(data)?;
    let len = usize::try_from(data.number(&NSEC3_HASH_LENGTH)?).ok()?;
    let at = data.take(len)?;
    let hash = bytes::slice(data.message.data, at, len)?;
    data.walk.format(&NSEC3_HASH, at..data.at, format_args!("{}", Base32(hash)))
}

/// Bytes in base 32 with the extended hex alphabet, without padding (RFC 4648 section 7).
struct Base32<'a>(&'a [u8]);

impl fmt::Display for Base32<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let (mut held, mut bits) = (0u16, 0u16);
        let mut put =
            |value: u16| f.write_char(char::from_digit(u32::from(value & 31), 32).unwrap_or_default());
        for &byte in self.0 {
            held = held << 8 | u16::from(byte);
            bits = bits.saturating_add(8);
            while let Some(left) = bits.checked_sub(5) {
                bits = left;
                put(held >> bits)?;
            }
        }
        if bits > 0 { put(held << 5u16.saturating_sub(bits)) } else { Ok(()) }
    }
}

/// RFC 9460 section 2.2.
fn service_parameters(data: &mut Data<'_, '_, '_>) -> Option<()> {
    while data.left() > 0 {
        let len = usize::from(bytes::u16_at(data.message.data, data.at.checked_add(2)?)?);
        let at = data.at;
        let end = at.checked_add(4)?.checked_add(len)?;
        data.walk.open(&SVCB_PARAMETER, at..end, Value::None)?;
        let key = data.number(&SVCB_KEY)?;
        data.number(&SVCB_LENGTH)?;
        if end > data.end {
            return None;
        }
        let outer = core::mem::replace(&mut data.end, end);
        let done = service_parameter(data, key);
        data.end = outer;
        data.at = end;
        data.walk.close();
        done?;
    }
    Some(())
}

/// The value of one parameter (RFC 9460 section 7, RFC 9848).
fn service_parameter(data: &mut Data<'_, '_, '_>, key: u32) -> Option<()> {
    match key {
        0 => {
            while data.left() >= 2 {
                data.number(&SVCB_MANDATORY)?;
            }
            Some(())
        }
        1 => {
            while data.left() > 0 {
                data.text(&SVCB_ALPN_LENGTH, &SVCB_ALPN)?;
            }
            Some(())
        }
        2 => Some(()),
        3 => data.number(&SVCB_PORT).map(|_| ()),
        4 => {
            while data.left() >= 4 {
                data.address(&SVCB_IPV4)?;
            }
            Some(())
        }
        5 => data.rest(&SVCB_ECH),
        6 => {
            while data.left() >= 16 {
                data.address(&SVCB_IPV6)?;
            }
            Some(())
        }
        _ => data.rest(&SVCB_VALUE),
    }
}

/// 48 bits of seconds since 1970 (RFC 8945 section 4.2).
fn time_signed(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let at = data.take(6)?;
    let [a, b, c, d, e, f] = bytes::chunk::<6>(data.message.data, at)?;
    let secs = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    data.walk.emit(&TSIG_TIME, at..data.at, Value::Time(Timestamp::new(secs, 0)))
}

fn authentication_code(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let len = usize::try_from(data.number(&TSIG_MAC_SIZE)?).ok()?;
    let at = data.take(len)?;
    if len > 0 {
        data.walk.open(&TSIG_MAC, at..data.at, Value::None)?;
        data.walk.bytes(&TSIG_MAC_BYTES, at, len)?;
        data.walk.close();
    }
    Some(())
}

/// RFC 8659 section 4.1.
fn issuers(data: &mut Data<'_, '_, '_>) -> Option<()> {
    let at = data.take(1)?;
    let flags = bytes::u8_at(data.message.data, at)?;
    data.walk.open(&CAA_FLAGS, at..data.at, Value::Uint(flags.into()))?;
    data.walk.bool(&CAA_CRITICAL, at..data.at, flags & 0x80 != 0)?;
    data.walk.close();
    let property = data.message.data.get(data.at..data.end)?;
    let (tag, value) = text(property)?;
    let field = match tag {
        b"issue" => &CAA_ISSUE,
        b"issuewild" => &CAA_ISSUEWILD,
        b"iodef" => &CAA_IODEF,
        _ => &CAA_UNKNOWN,
    };
    data.walk.open(field, data.at..data.end, Value::Text(value))?;
    data.text(&CAA_TAG_LENGTH, &CAA_TAG)?;
    data.bytes(&CAA_VALUE, value.len())?;
    data.walk.close();
    Some(())
}
