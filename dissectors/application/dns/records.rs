//! The data of resource records: for each type its fields in wire order, as a row of [`FORMS`].

use core::fmt;

use super::name::{Label, Message};
use super::{RESP_TYPE, edns, tables};
use crate::bytes;
use crate::field::{Field, Kind, Value};
use crate::frame::Timestamp;
use crate::walk::Walk;

fields! {
    A = Field::ipv4("dns.a", "address").many().key(),
    AAAA = Field::ipv6("dns.aaaa", "IPv6 address").many().key(),
    AFSDB_SUBTYPE = Field::u16("dns.afsdb.subtype", "subtype").many(),
    AFSDB_HOSTNAME = Field::name("dns.afsdb.hostname", "host").many(),
    APL_FAMILY = Field::u16("dns.apl.address_family", "address family").names(tables::FAMILIES).many(),
    APL_PREFIX = Field::u8("dns.apl.coded_prefix", "prefix length").many(),
    APL_NEGATION = Field::bool("dns.apl.negation", "negated").many(),
    APL_LENGTH = Field::u8("dns.apl.afdlength", "address length").many(),
    APL_IPV4 = Field::ipv4("dns.apl.afdpart.ipv4", "address").many(),
    APL_IPV6 = Field::ipv6("dns.apl.afdpart.ipv6", "address").many(),
    APL_DATA = Field::bytes("dns.apl.afdpart.data", "address").many(),
    CAA_FLAGS = Field::u8("dns.caa.flags", "flags").hex().many(),
    CAA_CRITICAL = Field::bool("dns.caa.flags.issuer_critical", "issuer critical").many(),
    CAA_ISSUE = Field::text("dns.caa.issue", "may issue").many(),
    CAA_ISSUEWILD = Field::text("dns.caa.issuewild", "may issue wildcards").many(),
    CAA_IODEF = Field::text("dns.caa.iodef", "report to").many(),
    CAA_UNKNOWN = Field::text("dns.caa.unknown", "unknown property").many(),
    CAA_TAG_LENGTH = Field::u8("dns.caa.tag_length", "tag length").many(),
    CAA_TAG = Field::text("dns.caa.tag", "tag").many(),
    CAA_VALUE = Field::text("dns.caa.value", "value").many(),
    CERT_TYPE = Field::u16("dns.cert.type", "certificate type").names(tables::CERTIFICATES).many(),
    CERT_KEY_TAG = Field::u16("dns.cert.key_tag", "key tag").hex().many(),
    CERT_ALGORITHM = Field::u8("dns.cert.algorithm", "algorithm").names(tables::ALGORITHMS).many(),
    CERT_CERTIFICATE = Field::bytes("dns.cert.certificate", "certificate").many(),
    CNAME = Field::name("dns.cname", "canonical name").many().key(),
    CSYNC_SOA = Field::u32("dns.csync.soa", "serial").many(),
    CSYNC_FLAGS = Field::u16("dns.csync.flags", "flags").hex().many(),
    CSYNC_BITMAP = Field::bytes("dns.csync.type_bitmap", "type bit map").many(),
    DATA = Field::bytes("dns.data", "data").many(),
    DHCID = Field::bytes("dns.dhcid.rdata", "DHCP identifier").many(),
    DNAME = Field::name("dns.dname", "other name of the subtree").many(),
    DNSKEY_FLAGS = Field::u16("dns.dnskey.flags", "flags").hex().many(),
    DNSKEY_ZONE = Field::bool("dns.dnskey.flags.zone_key", "zone key").many(),
    DNSKEY_REVOKED = Field::bool("dns.dnskey.flags.key_revoked", "revoked").many(),
    DNSKEY_SEP = Field::bool("dns.dnskey.flags.secure_entry_point", "secure entry point").many(),
    DNSKEY_RESERVED = Field::u16("dns.dnskey.flags.reserved", "reserved").hex().many(),
    DNSKEY_PROTOCOL = Field::u8("dns.dnskey.protocol", "protocol").many(),
    DNSKEY_ALGORITHM = Field::u8("dns.dnskey.algorithm", "algorithm").names(tables::ALGORITHMS).many(),
    DNSKEY_ID = Field::u16("dns.dnskey.key_id", "key tag").many(),
    DNSKEY_KEY = Field::bytes("dns.dnskey.public_key", "public key").many(),
    DS_KEY_ID = Field::u16("dns.ds.key_id", "key tag").hex().many(),
    DS_ALGORITHM = Field::u8("dns.ds.algorithm", "algorithm").names(tables::ALGORITHMS).many(),
    DS_DIGEST_TYPE = Field::u8("dns.ds.digest_type", "digest type").names(tables::DIGESTS).many(),
    DS_DIGEST = Field::bytes("dns.ds.digest", "digest").many(),
    EUI48 = Field::mac("dns.eui48", "EUI-48").many(),
    EUI64 = Field::bytes("dns.eui64", "EUI-64").colon().many(),
    GPOS_LONGITUDE_LENGTH = Field::u8("dns.gpos.longitude_length", "longitude length").many(),
    GPOS_LONGITUDE = Field::text("dns.gpos.longitude", "longitude").many(),
    GPOS_LATITUDE_LENGTH = Field::u8("dns.gpos.latitude_length", "latitude length").many(),
    GPOS_LATITUDE = Field::text("dns.gpos.latitude", "latitude").many(),
    GPOS_ALTITUDE_LENGTH = Field::u8("dns.gpos.altitude_length", "altitude length").many(),
    GPOS_ALTITUDE = Field::text("dns.gpos.altitude", "altitude").many(),
    HINFO_CPU_LENGTH = Field::u8("dns.hinfo.cpu_length", "CPU length").many(),
    HINFO_CPU = Field::text("dns.hinfo.cpu", "CPU").many(),
    HINFO_OS_LENGTH = Field::u8("dns.hinfo.os_length", "OS length").many(),
    HINFO_OS = Field::text("dns.hinfo.os", "OS").many(),
    IPSECKEY_PRECEDENCE = Field::u8("dns.ipseckey.gateway_precedence", "precedence").many(),
    IPSECKEY_TYPE = Field::u8("dns.ipseckey.gateway_type", "gateway type").names(tables::GATEWAYS).many(),
    IPSECKEY_ALGORITHM =
        Field::u8("dns.ipseckey.gateway_algorithm", "algorithm").names(tables::IPSEC_KEYS).many(),
    IPSECKEY_IPV4 = Field::ipv4("dns.ipseckey.gateway_ipv4", "gateway").many(),
    IPSECKEY_IPV6 = Field::ipv6("dns.ipseckey.gateway_ipv6", "gateway").many(),
    IPSECKEY_DNS = Field::name("dns.ipseckey.gateway_dns", "gateway").many(),
    IPSECKEY_KEY = Field::bytes("dns.ipseckey.public_key", "public key").many(),
    ISDN_LENGTH = Field::u8("dns.idsn.length", "length").many(),
    ISDN_ADDRESS = Field::text("dns.idsn.address", "ISDN address").many(),
    ISDN_SUB_LENGTH = Field::u8("dns.idsn.sa.length", "length").many(),
    ISDN_SUB_ADDRESS = Field::text("dns.idsn.sa.address", "subaddress").many(),
    KEY_FLAGS = Field::u16("dns.key.flags", "flags").hex().many(),
    KEY_PROTOCOL = Field::u8("dns.key.protocol", "protocol").many(),
    KEY_ALGORITHM = Field::u8("dns.key.algorithm", "algorithm").names(tables::ALGORITHMS).many(),
    KEY_ID = Field::u16("dns.key.key_id", "key tag").many(),
    KEY_KEY = Field::bytes("dns.key.public_key", "public key").many(),
    KX_PREFERENCE = Field::u16("dns.kx.preference", "preference").many(),
    KX_EXCHANGE = Field::name("dns.kx.key_exchange", "key exchanger").many(),
    L32_PREFERENCE = Field::u16("dns.ilnp.l32.preference", "preference").many(),
    L32 = Field::ipv4("dns.ilnp.l32", "locator").many(),
    L64_PREFERENCE = Field::u16("dns.ilnp.l64.preference", "preference").many(),
    L64 = Field::bytes("dns.ilnp.l64", "locator").many(),
    LP_PREFERENCE = Field::u16("dns.ilnp.lp.preference", "preference").many(),
    LP = Field::name("dns.ilnp.lp", "locator name").many(),
    LOC_VERSION = Field::u8("dns.loc.version", "version").many(),
    LOC_SIZE = Field::u8("dns.loc.size", "size").many(),
    LOC_HORIZONTAL = Field::u8("dns.loc.horizontal_precision", "horizontal precision").many(),
    LOC_VERTICAL = Field::u8("dns.loc.vertical_precision", "vertical precision").many(),
    LOC_LATITUDE = Field::u32("dns.loc.latitude", "latitude").many(),
    LOC_LONGITUDE = Field::u32("dns.loc.longitude", "longitude").many(),
    LOC_ALTITUDE = Field::u32("dns.loc.altitude", "altitude").many(),
    MB = Field::name("dns.mb", "mailbox host").many(),
    MD = Field::name("dns.md", "mail destination").many(),
    MF = Field::name("dns.mf", "mail forwarder").many(),
    MG = Field::name("dns.mg", "mail group member").many(),
    MINFO_R = Field::name("dns.minfo.r", "responsible mailbox").many(),
    MINFO_E = Field::name("dns.minfo.e", "error mailbox").many(),
    MR = Field::name("dns.mr", "renamed mailbox").many(),
    MX_PREFERENCE = Field::u16("dns.mx.preference", "preference").many(),
    MX_EXCHANGE = Field::name("dns.mx.mail_exchange", "mail exchanger").many().key(),
    NAPTR_ORDER = Field::u16("dns.naptr.order", "order").many(),
    NAPTR_PREFERENCE = Field::u16("dns.naptr.preference", "preference").many(),
    NAPTR_FLAGS_LENGTH = Field::u8("dns.naptr.flags_length", "flags length").many(),
    NAPTR_FLAGS = Field::text("dns.naptr.flags", "flags").many(),
    NAPTR_SERVICE_LENGTH = Field::u8("dns.naptr.service_length", "service length").many(),
    NAPTR_SERVICE = Field::text("dns.naptr.service", "service").many(),
    NAPTR_REGEX_LENGTH = Field::u8("dns.naptr.regex_length", "expression length").many(),
    NAPTR_REGEX = Field::text("dns.naptr.regex", "expression").many(),
    NAPTR_REPLACEMENT_LENGTH = Field::u8("dns.naptr.replacement_length", "replacement length").many(),
    NAPTR_REPLACEMENT = Field::name("dns.naptr.replacement", "replacement").many(),
    NID_PREFERENCE = Field::u16("dns.ilnp.nid.preference", "preference").many(),
    NID = Field::bytes("dns.ilnp.nid", "node identifier").many(),
    NS = Field::name("dns.ns", "name server").many().key(),
    NSAP = Field::bytes("dns.nsap.rdata", "NSAP address").many(),
    NSAP_PTR = Field::name("dns.nsap_ptr.owner", "owner").many(),
    NSEC_NEXT = Field::name("dns.nsec.next_domain_name", "next name").many(),
    NSEC3_ALGORITHM = Field::u8("dns.nsec3.algo", "hash").names(tables::NSEC3_HASHES).many(),
    NSEC3_FLAGS = Field::u8("dns.nsec3.flags", "flags").many(),
    NSEC3_OPT_OUT = Field::bool("dns.nsec3.flags.opt_out", "opt-out").many(),
    NSEC3_ITERATIONS = Field::u16("dns.nsec3.iterations", "iterations").many(),
    NSEC3_SALT_LENGTH = Field::u8("dns.nsec3.salt_length", "salt length").many(),
    NSEC3_SALT = Field::bytes("dns.nsec3.salt_value", "salt").many(),
    NSEC3_HASH_LENGTH = Field::u8("dns.nsec3.hash_length", "hash length").many(),
    NSEC3_HASH = Field::text("dns.nsec3.hash_value", "next hashed owner").many(),
    NULL = Field::bytes("dns.null", "data of a NULL record").many(),
    NXT_NEXT = Field::name("dns.nxt.next_domain_name", "next name").many(),
    OPENPGPKEY = Field::text("dns.openpgpkey", "OpenPGP key").many(),
    PTR = Field::name("dns.ptr.domain_name", "domain name").many().key(),
    PX_PREFERENCE = Field::u16("dns.px.preference", "preference").many(),
    PX_MAP822 = Field::name("dns.px.map822", "RFC 822 domain").many(),
    PX_MAP400 = Field::name("dns.px.map400", "X.400 domain").many(),
    RP_MAILBOX = Field::name("dns.rp.mailbox", "mailbox").many(),
    RP_TXT = Field::name("dns.rp.txt_rr", "name of more text").many(),
    RRSIG_COVERED = Field::u16("dns.rrsig.type_covered", "type covered").names(tables::TYPES).many(),
    RRSIG_ALGORITHM = Field::u8("dns.rrsig.algorithm", "algorithm").names(tables::ALGORITHMS).many(),
    RRSIG_LABELS = Field::u8("dns.rrsig.labels", "labels").many(),
    RRSIG_TTL = Field::u32("dns.rrsig.original_ttl", "original time to live").many(),
    RRSIG_EXPIRATION = Field::time("dns.rrsig.signature_expiration", "expires").many(),
    RRSIG_INCEPTION = Field::time("dns.rrsig.signature_inception", "valid from").many(),
    RRSIG_KEY_TAG = Field::u16("dns.rrsig.key_tag", "key tag").many(),
    RRSIG_SIGNER = Field::name("dns.rrsig.signers_name", "signer").many(),
    RRSIG_SIGNATURE = Field::bytes("dns.rrsig.signature", "signature").many(),
    RT_PREFERENCE = Field::u16("dns.rt.subtype", "preference").many(),
    RT_HOST = Field::name("dns.rt.intermediate_host", "intermediate host").many(),
    SOA_MNAME = Field::name("dns.soa.mname", "primary name server").many(),
    SOA_RNAME = Field::name("dns.soa.rname", "mailbox").many(),
    SOA_SERIAL = Field::u32("dns.soa.serial_number", "serial").many(),
    SOA_REFRESH = Field::u32("dns.soa.refresh_interval", "refresh after").many(),
    SOA_RETRY = Field::u32("dns.soa.retry_interval", "retry after").many(),
    SOA_EXPIRE = Field::u32("dns.soa.expire_limit", "expires after").many(),
    SOA_MINIMUM = Field::u32("dns.soa.minimum_ttl", "minimum time to live").many(),
    SPF_LENGTH = Field::u8("dns.spf.length", "text length").many(),
    SPF = Field::text("dns.spf", "policy").many(),
    SRV_PRIORITY = Field::u16("dns.srv.priority", "priority").many(),
    SRV_WEIGHT = Field::u16("dns.srv.weight", "weight").many(),
    SRV_PORT = Field::u16("dns.srv.port", "port").many(),
    SRV_TARGET = Field::name("dns.srv.target", "target").many().key(),
    SSHFP_ALGORITHM = Field::u8("dns.sshfp.algorithm", "algorithm").names(tables::SSH_KEYS).many(),
    SSHFP_TYPE = Field::u8("dns.sshfp.fingerprint.type", "hash").names(tables::SSH_FINGERPRINTS).many(),
    SSHFP_FINGERPRINT = Field::bytes("dns.sshfp.fingerprint", "fingerprint").many(),
    SVCB_PRIORITY = Field::u16("dns.svcb.svcpriority", "priority").many(),
    SVCB_TARGET = Field::name("dns.svcb.targetname", "target").many(),
    SVCB_PARAMETER = Field::group("dns.svcb.svcparam", "parameter"),
    SVCB_KEY = Field::u16("dns.svcb.svcparam.key", "key").names(tables::SERVICE_PARAMETERS).many(),
    SVCB_LENGTH = Field::u16("dns.svcb.svcparam.value.length", "value length").many(),
    SVCB_MANDATORY =
        Field::u16("dns.svcb.svcparam.mandatory.key", "mandatory").names(tables::SERVICE_PARAMETERS).many(),
    SVCB_ALPN_LENGTH = Field::u8("dns.svcb.svcparam.alpn.length", "protocol length").many(),
    SVCB_ALPN = Field::text("dns.svcb.svcparam.alpn", "protocol").many(),
    SVCB_PORT = Field::u16("dns.svcb.svcparam.port", "port").many(),
    SVCB_IPV4 = Field::ipv4("dns.svcb.svcparam.ipv4hint.ip", "address hint").many(),
    SVCB_ECH = Field::bytes("dns.svcb.svcparam.echconfig", "encrypted hello configuration").many(),
    SVCB_IPV6 = Field::ipv6("dns.svcb.svcparam.ipv6hint.ip", "IPv6 address hint").many(),
    SVCB_VALUE = Field::bytes("dns.svcb.svcparam.value", "value").many(),
    TKEY_ALGORITHM = Field::name("dns.tkey.algo_name", "algorithm").many(),
    TKEY_INCEPTION = Field::time("dns.tkey.signature_inception", "valid from").many(),
    TKEY_EXPIRATION = Field::time("dns.tkey.signature_expiration", "expires").many(),
    TKEY_MODE = Field::u16("dns.tkey.mode", "mode").names(tables::TKEY_MODES).many(),
    TKEY_ERROR = Field::u16("dns.tkey.error", "error").names(tables::RCODES).many(),
    TKEY_KEY_SIZE = Field::u16("dns.tkey.key_size", "key length").many(),
    TKEY_KEY = Field::bytes("dns.tkey.key_data", "key").many(),
    TKEY_OTHER_SIZE = Field::u16("dns.tkey.other_size", "other length").many(),
    TKEY_OTHER = Field::bytes("dns.tkey.other_data", "other data").many(),
    TLSA_USAGE = Field::u8("dns.tlsa.certificate_usage", "usage").names(tables::TLSA_USES).many(),
    TLSA_SELECTOR = Field::u8("dns.tlsa.selector", "selector").names(tables::TLSA_SELECTORS).many(),
    TLSA_MATCHING = Field::u8("dns.tlsa.matching_type", "matching").names(tables::TLSA_MATCHES).many(),
    TLSA_DATA = Field::bytes("dns.tlsa.certificate_association_data", "association").many(),
    TSIG_ALGORITHM = Field::name("dns.tsig.algorithm_name", "algorithm").many(),
    TSIG_TIME = Field::time("dns.tsig.time_signed", "signed at").many(),
    TSIG_FUDGE = Field::u16("dns.tsig.fudge", "allowed difference").many(),
    TSIG_MAC_SIZE = Field::u16("dns.tsig.mac_size", "code length").many(),
    TSIG_MAC = Field::flag("dns.tsig.mac", "authentication code").many(),
    TSIG_ID = Field::u16("dns.tsig.original_id", "original id").many(),
    TSIG_ERROR = Field::u16("dns.tsig.error", "error").names(tables::RCODES).many(),
    TSIG_OTHER_LENGTH = Field::u16("dns.tsig.other_len", "other length").many(),
    TSIG_OTHER = Field::bytes("dns.tsig.other_data", "other data").many(),
    TXT_LENGTH = Field::u8("dns.txt.length", "text length").many(),
    TXT = Field::text("dns.txt", "text").many().key(),
    WKS_ADDRESS = Field::ipv4("dns.wks.address", "address").many(),
    WKS_PROTOCOL = Field::u8("dns.wks.protocol", "protocol").names(tables::TRANSPORTS).many(),
    WKS_BITS = Field::u8("dns.wks.bits", "ports").hex().many(),
    X25_LENGTH = Field::u8("dns.x25.length", "length").many(),
    X25_ADDRESS = Field::text("dns.x25.psdn_address", "PSDN address").many(),
    ZONEMD_SERIAL = Field::u32("dns.zonemd.serial", "serial").many(),
    ZONEMD_SCHEME = Field::u8("dns.zonemd.scheme", "scheme").many(),
    ZONEMD_HASH = Field::u8("dns.zonemd.hash_algo", "hash").many(),
    ZONEMD_DIGEST = Field::bytes("dns.zonemd.digest", "digest").many(),
}

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
            Number(&KEY_FLAGS),
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
    form(
        29,
        Info::Type,
        &[
            Number(&LOC_VERSION),
            Number(&LOC_SIZE),
            Number(&LOC_HORIZONTAL),
            Number(&LOC_VERTICAL),
            Number(&LOC_LATITUDE),
            Number(&LOC_LONGITUDE),
            Number(&LOC_ALTITUDE),
        ],
    ),
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
    form(62, Info::Type, &[Number(&CSYNC_SOA), Number(&CSYNC_FLAGS), Special(synchronized_types)]),
    form(
        63,
        Info::Type,
        &[Number(&ZONEMD_SERIAL), Number(&ZONEMD_SCHEME), Number(&ZONEMD_HASH), Rest(&ZONEMD_DIGEST)],
    ),
    form(64, Info::Type, SERVICE),
    form(65, Info::Type, SERVICE),
    form(99, Info::Type, &[Texts(&SPF_LENGTH, &SPF)]),
    form(104, Info::Owner, &[Number(&NID_PREFERENCE), Bytes(&NID, 8)]),
    form(105, Info::Owner, &[Number(&L32_PREFERENCE), Address(&L32)]),
    form(106, Info::Owner, &[Number(&L64_PREFERENCE), Bytes(&L64, 8)]),
    form(107, Info::Owner, &[Number(&LP_PREFERENCE), Name(&LP)]),
    form(108, Info::Owner, &[Address(&EUI48)]),
    form(109, Info::Owner, &[Bytes(&EUI64, 8)]),
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
        self.walk.uint(field, start..self.end, tag)
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

/// Bytes of the bit map of ports, those with a port only (RFC 1035 section 3.4.2).
fn well_known_services(data: &mut Data<'_, '_, '_>) -> Option<()> {
    while data.left() > 0 {
        let at = data.take(1)?;
        if bytes::u8_at(data.message.data, at)? != 0 {
            data.walk.u8(&WKS_BITS, at)?;
        }
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
    data.walk.uint(&NAPTR_REPLACEMENT_LENGTH, data.at..data.at, name.len as u64)?;
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
        data.walk.flag(&TSIG_MAC, at..data.at)?;
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
