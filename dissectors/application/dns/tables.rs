//! Names of the numbers in DNS messages, from the IANA registries "Domain Name System (DNS) Parameters",
//! "Domain Name System Security (DNSSEC) Algorithm Numbers" and those that the RFCs of the record types set up.

type Names = &'static [(u64, &'static str)];

/// Record types.
pub(super) const TYPES: Names = &[
    (0, "Unused"),
    (1, "A"),
    (2, "NS"),
    (3, "MD"),
    (4, "MF"),
    (5, "CNAME"),
    (6, "SOA"),
    (7, "MB"),
    (8, "MG"),
    (9, "MR"),
    (10, "NULL"),
    (11, "WKS"),
    (12, "PTR"),
    (13, "HINFO"),
    (14, "MINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (19, "X25"),
    (20, "ISDN"),
    (21, "RT"),
    (22, "NSAP"),
    (23, "NSAP-PTR"),
    (24, "SIG"),
    (25, "KEY"),
    (26, "PX"),
    (27, "GPOS"),
    (28, "AAAA"),
    (29, "LOC"),
    (30, "NXT"),
    (31, "EID"),
    (32, "NIMLOC"),
    (33, "SRV"),
    (34, "ATMA"),
    (35, "NAPTR"),
    (36, "KX"),
    (37, "CERT"),
    (38, "A6"),
    (39, "DNAME"),
    (40, "SINK"),
    (41, "OPT"),
    (42, "APL"),
    (43, "DS"),
    (44, "SSHFP"),
    (45, "IPSECKEY"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (49, "DHCID"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (53, "SMIMEA"),
    (55, "HIP"),
    (57, "RKEY"),
    (58, "TALINK"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (99, "SPF"),
    (100, "UINFO"),
    (101, "UID"),
    (102, "GID"),
    (103, "UNSPEC"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (253, "MAILB"),
    (254, "MAILA"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
    (260, "AMTRELAY"),
    (32_768, "TA"),
    (32_769, "DLV"),
    (65_281, "WINS"),
    (65_282, "WINS-R"),
];

/// Classes.
pub(super) const CLASSES: Names =
    &[(0, "reserved"), (1, "IN"), (2, "CS"), (3, "CH"), (4, "HS"), (254, "NONE"), (255, "ANY")];

/// Operation codes.
pub(super) const OPCODES: Names = &[
    (0, "Standard query"),
    (1, "Inverse query"),
    (2, "Server status request"),
    (4, "Zone change notification"),
    (5, "Dynamic update"),
    (6, "DNS Stateful operations (DSO)"),
];

/// Response codes.
pub(super) const RCODES: Names = &[
    (0, "No error"),
    (1, "Format error"),
    (2, "Server failure"),
    (3, "No such name"),
    (4, "Not implemented"),
    (5, "Refused"),
    (6, "Name exists"),
    (7, "RRset exists"),
    (8, "RRset does not exist"),
    (9, "Not authoritative"),
    (10, "Name out of zone"),
    (11, "DSO-Type not implemented"),
    (16, "Bad signature"),
    (17, "Bad key"),
    (18, "Bad time"),
    (19, "Bad mode"),
    (20, "Bad name"),
    (21, "Bad algorithm"),
    (22, "Bad truncation"),
    (23, "Bad cookie"),
];

/// DNSSEC algorithms.
pub(super) const ALGORITHMS: Names = &[
    (1, "RSA/MD5"),
    (2, "Diffie-Hellman"),
    (3, "DSA"),
    (5, "RSA/SHA-1"),
    (6, "DSA-NSEC3-SHA1"),
    (7, "RSASHA1-NSEC3-SHA1"),
    (8, "RSA/SHA-256"),
    (10, "RSA/SHA-512"),
    (12, "GOST R 34.10-2001"),
    (13, "ECDSA P-256 with SHA-256"),
    (14, "ECDSA P-384 with SHA-384"),
    (15, "Ed25519"),
    (16, "Ed448"),
    (252, "indirect"),
    (253, "private, by name"),
    (254, "private, by OID"),
];

/// Digests of DS records.
pub(super) const DIGESTS: Names = &[
    (1, "SHA-1"),
    (2, "SHA-256"),
    (3, "GOST R 34.11-94"),
    (4, "SHA-384"),
    (5, "GOST R 34.11-2012"),
    (6, "SM3"),
];

/// Hashes of NSEC3 records.
pub(super) const NSEC3_HASHES: Names = &[(1, "SHA-1")];

/// Schemes of ZONEMD records.
pub(super) const ZONEMD_SCHEMES: Names = &[(1, "SIMPLE")];

/// Hashes of ZONEMD records.
pub(super) const ZONEMD_HASHES: Names = &[(1, "SHA-384"), (2, "SHA-512")];

/// Public keys of SSHFP records.
pub(super) const SSH_KEYS: Names = &[(1, "RSA"), (2, "DSA"), (3, "ECDSA"), (4, "Ed25519"), (6, "Ed448")];

/// Fingerprints of SSHFP records.
pub(super) const SSH_FINGERPRINTS: Names = &[(1, "SHA-1"), (2, "SHA-256")];

/// Certificates of CERT records.
pub(super) const CERTIFICATES: Names = &[
    (1, "PKIX"),
    (2, "SPKI"),
    (3, "PGP"),
    (4, "IPKIX"),
    (5, "ISPKI"),
    (6, "IPGP"),
    (7, "ACPKIX"),
    (8, "IACPKIX"),
    (253, "URI"),
    (254, "OID"),
];

/// Uses of TLSA records.
pub(super) const TLSA_USES: Names =
    &[(0, "PKIX-TA"), (1, "PKIX-EE"), (2, "DANE-TA"), (3, "DANE-EE"), (255, "private")];

/// Selectors of TLSA records.
pub(super) const TLSA_SELECTORS: Names = &[(0, "full certificate"), (1, "public key"), (255, "private")];

/// Matches of TLSA records.
pub(super) const TLSA_MATCHES: Names = &[(0, "exact"), (1, "SHA-256"), (2, "SHA-512"), (255, "private")];

/// Modes of TKEY records.
pub(super) const TKEY_MODES: Names = &[
    (1, "server assignment"),
    (2, "Diffie-Hellman exchange"),
    (3, "GSS-API"),
    (4, "resolver assignment"),
    (5, "key deletion"),
];

/// Gateways of IPSECKEY records.
pub(super) const GATEWAYS: Names = &[(0, "none"), (1, "IPv4"), (2, "IPv6"), (3, "name")];

/// Keys of IPSECKEY records.
pub(super) const IPSEC_KEYS: Names = &[(1, "DSA"), (2, "RSA"), (3, "ECDSA")];

/// Address families (IANA "Address Family Numbers").
pub(super) const FAMILIES: Names = &[(1, "IPv4"), (2, "IPv6")];

/// Transports of WKS records.
pub(super) const TRANSPORTS: Names = &[(6, "TCP"), (17, "UDP")];

/// Parameters of SVCB and HTTPS records.
pub(super) const SERVICE_PARAMETERS: Names = &[
    (0, "mandatory"),
    (1, "alpn"),
    (2, "no-default-alpn"),
    (3, "port"),
    (4, "ipv4hint"),
    (5, "ech"),
    (6, "ipv6hint"),
    (7, "dohpath"),
    (8, "ohttp"),
];

/// EDNS options.
pub(super) const OPTIONS: Names = &[
    (1, "LLQ"),
    (2, "UL"),
    (3, "NSID"),
    (5, "DAU"),
    (6, "DHU"),
    (7, "N3U"),
    (8, "client subnet"),
    (9, "expire"),
    (10, "cookie"),
    (11, "TCP keepalive"),
    (12, "padding"),
    (13, "chain"),
    (14, "key tag"),
    (15, "extended error"),
    (16, "client tag"),
    (17, "server tag"),
    (18, "report channel"),
    (19, "zone version"),
];

/// Extended errors (RFC 8914).
pub(super) const EXTENDED_ERRORS: Names = &[
    (0, "other"),
    (1, "unsupported DNSKEY algorithm"),
    (2, "unsupported DS digest type"),
    (3, "stale answer"),
    (4, "forged answer"),
    (5, "DNSSEC indeterminate"),
    (6, "DNSSEC bogus"),
    (7, "signature expired"),
    (8, "signature not yet valid"),
    (9, "DNSKEY missing"),
    (10, "RRSIGs missing"),
    (11, "no zone key bit set"),
    (12, "NSEC missing"),
    (13, "cached error"),
    (14, "not ready"),
    (15, "blocked"),
    (16, "censored"),
    (17, "filtered"),
    (18, "prohibited"),
    (19, "stale NXDOMAIN answer"),
    (20, "not authoritative"),
    (21, "not supported"),
    (22, "no reachable authority"),
    (23, "network error"),
    (24, "invalid data"),
];
