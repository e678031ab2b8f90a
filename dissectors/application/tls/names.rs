//! Names of numbers, as the IANA registries "TLS Parameters" and "TLS ExtensionType Values" have them.

/// A protocol inside: its title, its names in RFC 7301, its ports: those of implicit TLS and those where it is agreed upon;
/// and the port where it is spoken without TLS, 0 if there is none.
pub(super) type ApplicationRow = (&'static str, &'static [&'static str], &'static [u16], u16);

/// Protocols inside.
pub(super) static APPLICATIONS: &[ApplicationRow] = &[
    ("Hypertext Transfer Protocol", &["http/1.0", "http/1.1"], &[443], 80),
    ("HyperText Transfer Protocol 2", &["h2"], &[], 0),
    ("Simple Mail Transfer Protocol", &[], &[25, 465, 587], 25),
    ("Internet Message Access Protocol", &["imap"], &[143, 993], 143),
    ("Post Office Protocol", &["pop3"], &[110, 995], 110),
    ("Lightweight Directory Access Protocol", &[], &[389, 636], 389),
    ("Domain Name System", &["dot"], &[853], 53),
    ("Session Initiation Protocol", &["sip/2"], &[5061], 5060),
    ("MQ Telemetry Transport Protocol", &["mqtt"], &[8883], 1883),
    ("File Transfer Protocol (FTP)", &["ftp"], &[21, 990], 21),
    ("PostgreSQL", &["postgresql"], &[5432], 5432),
    ("MySQL Protocol", &[], &[3306], 3306),
    ("Advanced Message Queuing Protocol", &[], &[5671], 5672),
    ("Diameter Protocol", &[], &[5868], 3868),
    ("Mongo Wire Protocol", &[], &[27017], 27017),
    ("Distributed Network Protocol 3.0", &[], &[19999], 20000),
    ("EtherNet/IP (Industrial Protocol)", &[], &[2221], 44818),
    ("Skinny Client Control Protocol", &[], &[2443], 2000),
    ("Constrained Application Protocol", &["coap"], &[5684], 5683),
    ("Modbus/TCP", &[], &[802], 502),
    ("Couchbase Protocol", &[], &[11207], 11210),
    ("RPKI-Router Protocol", &[], &[324], 323),
    ("Q.931", &[], &[1300], 0),
    ("DoIP (ISO13400) Protocol", &[], &[3496], 13400),
];

/// Content types (RFC 8446 section 5.1, RFC 6520).
pub(super) static CONTENT_TYPES: &[(u64, &str)] = &[
    (20, "Change Cipher Spec"),
    (21, "Alert"),
    (22, "Handshake"),
    (23, "Application Data"),
    (24, "Heartbeat"),
];

/// Versions.
pub(super) static VERSIONS: &[(u64, &str)] = &[
    (0x0002, "SSL 2.0"),
    (0x0300, "SSL 3.0"),
    (0x0301, "TLS 1.0"),
    (0x0302, "TLS 1.1"),
    (0x0303, "TLS 1.2"),
    (0x0304, "TLS 1.3"),
    (0x0a0a, "GREASE"),
    (0x1a1a, "GREASE"),
    (0x2a2a, "GREASE"),
    (0x3a3a, "GREASE"),
    (0x4a4a, "GREASE"),
    (0x5a5a, "GREASE"),
    (0x6a6a, "GREASE"),
    (0x7a7a, "GREASE"),
    (0x7f0e, "TLS 1.3 (draft 14)"),
    (0x7f0f, "TLS 1.3 (draft 15)"),
    (0x7f10, "TLS 1.3 (draft 16)"),
    (0x7f11, "TLS 1.3 (draft 17)"),
    (0x7f12, "TLS 1.3 (draft 18)"),
    (0x7f13, "TLS 1.3 (draft 19)"),
    (0x7f14, "TLS 1.3 (draft 20)"),
    (0x7f15, "TLS 1.3 (draft 21)"),
    (0x7f16, "TLS 1.3 (draft 22)"),
    (0x7f17, "TLS 1.3 (draft 23)"),
    (0x7f18, "TLS 1.3 (draft 24)"),
    (0x7f19, "TLS 1.3 (draft 25)"),
    (0x7f1a, "TLS 1.3 (draft 26)"),
    (0x7f1b, "TLS 1.3 (draft 27)"),
    (0x7f1c, "TLS 1.3 (draft 28)"),
    (0x8a8a, "GREASE"),
    (0x9a9a, "GREASE"),
    (0xaaaa, "GREASE"),
    (0xbaba, "GREASE"),
    (0xcaca, "GREASE"),
    (0xdada, "GREASE"),
    (0xeaea, "GREASE"),
    (0xfafa, "GREASE"),
];

/// Levels of alerts (RFC 8446 section 6).
pub(super) static ALERT_LEVELS: &[(u64, &str)] = &[(1, "Warning"), (2, "Fatal")];

/// Alerts (RFC 8446 section 6).
pub(in crate::application) static ALERTS: &[(u64, &str)] = &[
    (0, "Close Notify"),
    (1, "End of Early Data"),
    (10, "Unexpected Message"),
    (20, "Bad Record MAC"),
    (21, "Decryption Failed"),
    (22, "Record Overflow"),
    (30, "Decompression Failure"),
    (40, "Handshake Failure"),
    (41, "No Certificate"),
    (42, "Bad Certificate"),
    (43, "Unsupported Certificate"),
    (44, "Certificate Revoked"),
    (45, "Certificate Expired"),
    (46, "Certificate Unknown"),
    (47, "Illegal Parameter"),
    (48, "Unknown CA"),
    (49, "Access Denied"),
    (50, "Decode Error"),
    (51, "Decrypt Error"),
    (60, "Export Restriction"),
    (70, "Protocol Version"),
    (71, "Insufficient Security"),
    (80, "Internal Error"),
    (86, "Inappropriate Fallback"),
    (90, "User Canceled"),
    (100, "No Renegotiation"),
    (109, "Missing Extension"),
    (110, "Unsupported Extension"),
    (111, "Certificate Unobtainable"),
    (112, "Unrecognized Name"),
    (113, "Bad Certificate Status Response"),
    (114, "Bad Certificate Hash Value"),
    (115, "Unknown PSK Identity"),
    (116, "Certificate Required"),
    (120, "No Application Protocol"),
    (121, "ECH Required"),
];

/// Messages of RFC 6520, section 3.
pub(super) static HEARTBEATS: &[(u64, &str)] = &[(1, "Request"), (2, "Response")];

/// Modes of RFC 6520, section 2.
pub(super) static HEARTBEAT_MODES: &[(u64, &str)] =
    &[(1, "Peer allowed to send requests"), (2, "Peer not allowed to send requests")];

/// Handshake messages.
pub(super) static HANDSHAKES: &[(u64, &str)] = &[
    (0, "Hello Request"),
    (1, "Client Hello"),
    (2, "Server Hello"),
    (3, "Hello Verify Request"),
    (4, "New Session Ticket"),
    (5, "End of Early Data"),
    (6, "Hello Retry Request"),
    (8, "Encrypted Extensions"),
    (11, "Certificate"),
    (12, "Server Key Exchange"),
    (13, "Certificate Request"),
    (14, "Server Hello Done"),
    (15, "Certificate Verify"),
    (16, "Client Key Exchange"),
    (20, "Finished"),
    (21, "Client Certificate URL"),
    (22, "Certificate Status"),
    (23, "Supplemental Data"),
    (24, "Key Update"),
    (25, "Compressed Certificate"),
    (67, "Next Protocol"),
    (254, "Message Hash"),
];

/// Compression methods (RFC 3749, RFC 3943).
pub(super) static COMPRESSIONS: &[(u64, &str)] = &[(0, "null"), (1, "DEFLATE"), (64, "LZS")];

/// What a client may sign with (RFC 5246 section 7.4.4).
pub(super) static CERTIFICATE_TYPES: &[(u64, &str)] = &[
    (1, "RSA Sign"),
    (2, "DSS Sign"),
    (3, "RSA Fixed DH"),
    (4, "DSS Fixed DH"),
    (21, "GOST R 34.10-94"),
    (22, "GOST R 34.10-2001"),
    (64, "ECDSA Sign"),
    (65, "RSA Fixed ECDH"),
    (66, "ECDSA Fixed ECDH"),
    (80, "IBC Params"),
];

/// Extensions.
pub(super) static EXTENSIONS: &[(u64, &str)] = &[
    (0, "server_name"),
    (1, "max_fragment_length"),
    (2, "client_certificate_url"),
    (3, "trusted_ca_keys"),
    (4, "truncated_hmac"),
    (5, "status_request"),
    (6, "user_mapping"),
    (7, "client_authz"),
    (8, "server_authz"),
    (9, "cert_type"),
    (10, "supported_groups"),
    (11, "ec_point_formats"),
    (12, "srp"),
    (13, "signature_algorithms"),
    (14, "use_srtp"),
    (15, "heartbeat"),
    (16, "application_layer_protocol_negotiation"),
    (17, "status_request_v2"),
    (18, "signed_certificate_timestamp"),
    (19, "client_certificate_type"),
    (20, "server_certificate_type"),
    (21, "padding"),
    (22, "encrypt_then_mac"),
    (23, "extended_master_secret"),
    (24, "token_binding"),
    (25, "cached_info"),
    (27, "compress_certificate"),
    (28, "record_size_limit"),
    (34, "delegated_credentials"),
    (35, "session_ticket"),
    (40, "Reserved (key_share)"),
    (41, "pre_shared_key"),
    (42, "early_data"),
    (43, "supported_versions"),
    (44, "cookie"),
    (45, "psk_key_exchange_modes"),
    (46, "Reserved (ticket_early_data_info)"),
    (47, "certificate_authorities"),
    (48, "oid_filters"),
    (49, "post_handshake_auth"),
    (50, "signature_algorithms_cert"),
    (51, "key_share"),
    (52, "transparency_info"),
    (53, "connection_id (deprecated)"),
    (54, "connection_id"),
    (55, "external_id_hash"),
    (56, "external_session_id"),
    (57, "quic_transport_parameters"),
    (58, "ticket_request"),
    (59, "dnssec_chain"),
    (2570, "GREASE"),
    (6682, "GREASE"),
    (10794, "GREASE"),
    (13172, "next_protocol_negotiation"),
    (14906, "GREASE"),
    (17513, "application_settings"),
    (17613, "application_settings"),
    (19018, "GREASE"),
    (23130, "GREASE"),
    (27242, "GREASE"),
    (30031, "channel_id_old"),
    (30032, "channel_id"),
    (31354, "GREASE"),
    (35466, "GREASE"),
    (39578, "GREASE"),
    (43690, "GREASE"),
    (47802, "GREASE"),
    (51914, "GREASE"),
    (56026, "GREASE"),
    (60138, "GREASE"),
    (64250, "GREASE"),
    (65037, "encrypted_client_hello"),
    (65281, "renegotiation_info"),
    (65445, "quic_transport_parameters (drafts version)"),
    (65486, "encrypted_server_name"),
];

/// Transport parameters of QUIC (IANA registry "QUIC Transport Parameters").
pub(super) static PARAMETERS: &[(u64, &str)] = &[
    (0x00, "original_destination_connection_id"),
    (0x01, "max_idle_timeout"),
    (0x02, "stateless_reset_token"),
    (0x03, "max_udp_payload_size"),
    (0x04, "initial_max_data"),
    (0x05, "initial_max_stream_data_bidi_local"),
    (0x06, "initial_max_stream_data_bidi_remote"),
    (0x07, "initial_max_stream_data_uni"),
    (0x08, "initial_max_streams_bidi"),
    (0x09, "initial_max_streams_uni"),
    (0x0a, "ack_delay_exponent"),
    (0x0b, "max_ack_delay"),
    (0x0c, "disable_active_migration"),
    (0x0d, "preferred_address"),
    (0x0e, "active_connection_id_limit"),
    (0x0f, "initial_source_connection_id"),
    (0x10, "retry_source_connection_id"),
    (0x11, "version_information"),
    (0x20, "max_datagram_frame_size"),
    (0x173e, "discard"),
    (0x26ab, "google handshake message"),
    (0x2ab2, "grease_quic_bit"),
    (0x3127, "initial_rtt"),
    (0x3128, "google_connection_options"),
    (0x3129, "user_agent"),
    (0x4752, "google_version"),
    (0x7158, "enable_time_stamp"),
    (0x00ff_73db, "version_information (draft)"),
    (0xff02_de1a, "min_ack_delay (draft)"),
];

/// Kinds of server names (RFC 6066 section 3).
pub(super) static NAME_TYPES: &[(u64, &str)] = &[(0, "host_name")];

/// Lengths of fragments in bytes (RFC 6066 section 4).
pub(super) static FRAGMENTS: &[(u64, &str)] = &[(1, "512"), (2, "1024"), (3, "2048"), (4, "4096")];

/// Kinds of status (RFC 6066 section 8, RFC 6961).
pub(super) static STATUSES: &[(u64, &str)] = &[(1, "OCSP"), (2, "OCSP Multi")];

/// Groups (RFC 8446 section 4.2.7).
pub(super) static GROUPS: &[(u64, &str)] = &[
    (0x0001, "sect163k1"),
    (0x0002, "sect163r1"),
    (0x0003, "sect163r2"),
    (0x0004, "sect193r1"),
    (0x0005, "sect193r2"),
    (0x0006, "sect233k1"),
    (0x0007, "sect233r1"),
    (0x0008, "sect239k1"),
    (0x0009, "sect283k1"),
    (0x000a, "sect283r1"),
    (0x000b, "sect409k1"),
    (0x000c, "sect409r1"),
    (0x000d, "sect571k1"),
    (0x000e, "sect571r1"),
    (0x000f, "secp160k1"),
    (0x0010, "secp160r1"),
    (0x0011, "secp160r2"),
    (0x0012, "secp192k1"),
    (0x0013, "secp192r1"),
    (0x0014, "secp224k1"),
    (0x0015, "secp224r1"),
    (0x0016, "secp256k1"),
    (0x0017, "secp256r1"),
    (0x0018, "secp384r1"),
    (0x0019, "secp521r1"),
    (0x001a, "brainpoolP256r1"),
    (0x001b, "brainpoolP384r1"),
    (0x001c, "brainpoolP512r1"),
    (0x001d, "x25519"),
    (0x001e, "x448"),
    (0x001f, "brainpoolP256r1tls13"),
    (0x0020, "brainpoolP384r1tls13"),
    (0x0021, "brainpoolP512r1tls13"),
    (0x0029, "curveSM2"),
    (0x0100, "ffdhe2048"),
    (0x0101, "ffdhe3072"),
    (0x0102, "ffdhe4096"),
    (0x0103, "ffdhe6144"),
    (0x0104, "ffdhe8192"),
    (0x0200, "MLKEM512"),
    (0x0201, "MLKEM768"),
    (0x0202, "MLKEM1024"),
    (0x0a0a, "GREASE"),
    (0x11eb, "SecP256r1MLKEM768"),
    (0x11ec, "X25519MLKEM768"),
    (0x11ed, "SecP384r1MLKEM1024"),
    (0x1a1a, "GREASE"),
    (0x2a2a, "GREASE"),
    (0x3a3a, "GREASE"),
    (0x4a4a, "GREASE"),
    (0x5a5a, "GREASE"),
    (0x6399, "X25519Kyber768Draft00"),
    (0x6a6a, "GREASE"),
    (0x7a7a, "GREASE"),
    (0x8a8a, "GREASE"),
    (0x9a9a, "GREASE"),
    (0xaaaa, "GREASE"),
    (0xbaba, "GREASE"),
    (0xcaca, "GREASE"),
    (0xdada, "GREASE"),
    (0xeaea, "GREASE"),
    (0xfafa, "GREASE"),
    (0xff01, "arbitrary_explicit_prime_curves"),
    (0xff02, "arbitrary_explicit_char2_curves"),
];

/// Formats of points (RFC 8422 section 5.1.2).
pub(super) static POINT_FORMATS: &[(u64, &str)] =
    &[(0, "uncompressed"), (1, "ansiX962_compressed_prime"), (2, "ansiX962_compressed_char2")];

/// Signature algorithms (RFC 8446 section 4.2.3).
pub(super) static SIGNATURES: &[(u64, &str)] = &[
    (0x0101, "rsa_pkcs1_md5"),
    (0x0201, "rsa_pkcs1_sha1"),
    (0x0202, "dsa_sha1"),
    (0x0203, "ecdsa_sha1"),
    (0x0301, "rsa_pkcs1_sha224"),
    (0x0302, "dsa_sha224"),
    (0x0303, "ecdsa_sha224"),
    (0x0401, "rsa_pkcs1_sha256"),
    (0x0402, "dsa_sha256"),
    (0x0403, "ecdsa_secp256r1_sha256"),
    (0x0501, "rsa_pkcs1_sha384"),
    (0x0502, "dsa_sha384"),
    (0x0503, "ecdsa_secp384r1_sha384"),
    (0x0601, "rsa_pkcs1_sha512"),
    (0x0602, "dsa_sha512"),
    (0x0603, "ecdsa_secp521r1_sha512"),
    (0x0708, "sm2sig_sm3"),
    (0x0804, "rsa_pss_rsae_sha256"),
    (0x0805, "rsa_pss_rsae_sha384"),
    (0x0806, "rsa_pss_rsae_sha512"),
    (0x0807, "ed25519"),
    (0x0808, "ed448"),
    (0x0809, "rsa_pss_pss_sha256"),
    (0x080a, "rsa_pss_pss_sha384"),
    (0x080b, "rsa_pss_pss_sha512"),
    (0x0a0a, "GREASE"),
    (0x1a1a, "GREASE"),
    (0x2a2a, "GREASE"),
    (0x3a3a, "GREASE"),
    (0x4a4a, "GREASE"),
    (0x5a5a, "GREASE"),
    (0x6a6a, "GREASE"),
    (0x7a7a, "GREASE"),
    (0x8a8a, "GREASE"),
    (0x9a9a, "GREASE"),
    (0xaaaa, "GREASE"),
    (0xbaba, "GREASE"),
    (0xcaca, "GREASE"),
    (0xdada, "GREASE"),
    (0xeaea, "GREASE"),
    (0xfafa, "GREASE"),
];

/// What a KeyUpdate asks for (RFC 8446 section 4.6.3).
pub(super) static KEY_UPDATES: &[(u64, &str)] = &[(0, "update_not_requested"), (1, "update_requested")];

/// Versions of signed certificate timestamps (RFC 6962 section 3.2).
pub(super) static SCT_VERSIONS: &[(u64, &str)] = &[(0, "v1")];

/// Hashes (RFC 5246 section 7.4.1.4.1, RFC 8422 section 5.1.3).
pub(super) static HASHES: &[(u64, &str)] = &[
    (0, "None"),
    (1, "MD5"),
    (2, "SHA1"),
    (3, "SHA224"),
    (4, "SHA256"),
    (5, "SHA384"),
    (6, "SHA512"),
    (8, "Intrinsic"),
];

/// Signatures (RFC 5246 section 7.4.1.4.1, RFC 8422 section 5.1.3). Algorithms of TLS 1.3 are one number (RFC 8446 section
/// 4.2.3), whose second byte is no signature: 4 is also in those of RSA-PSS, 8 in those of Ed448 and of SM2.
pub(super) static SIGNERS: &[(u64, &str)] =
    &[(0, "Anonymous"), (1, "RSA"), (2, "DSA"), (3, "ECDSA"), (7, "Ed25519")];

/// Kinds of certificates (RFC 7250 section 3).
pub(super) static KEY_TYPES: &[(u64, &str)] = &[(0, "X.509"), (1, "OpenPGP"), (2, "Raw Public Key")];

/// Compression of certificates (RFC 8879 section 3).
pub(super) static CERTIFICATE_COMPRESSIONS: &[(u64, &str)] = &[(1, "zlib"), (2, "brotli"), (3, "zstd")];

/// How pre-shared keys are used (RFC 8446 section 4.2.9).
pub(super) static PSK_MODES: &[(u64, &str)] = &[(0, "psk_ke"), (1, "psk_dhe_ke")];

/// Kinds of curves (RFC 8422 section 5.4).
pub(super) static CURVES: &[(u64, &str)] =
    &[(1, "explicit_prime"), (2, "explicit_char2"), (3, "named_curve")];

/// Versions of certificates (RFC 5280 section 4.1).
pub(super) static CERTIFICATE_VERSIONS: &[(u64, &str)] = &[(0, "v1"), (1, "v2"), (2, "v3")];

/// How the curve of a key is given (RFC 5480 section 2.1.1).
pub(super) static EC_CHOICES: &[(u64, &str)] = &[(0, "specifiedCurve"), (1, "namedCurve")];

/// Kinds of names (RFC 5280 section 4.1.2.4).
pub(super) static NAME_CHOICES: &[(u64, &str)] = &[(0, "rdnSequence")];

/// DirectoryString (RFC 5280 section 4.1.2.4).
pub(super) static STRING_CHOICES: &[(u64, &str)] = &[
    (0, "teletexString"),
    (1, "printableString"),
    (2, "universalString"),
    (3, "bmpString"),
    (4, "uTF8String"),
];

/// Time (RFC 5280 section 4.1.2.5).
pub(super) static TIME_CHOICES: &[(u64, &str)] = &[(0, "utcTime"), (1, "generalizedTime")];

/// GeneralName (RFC 5280 section 4.2.1.6).
pub(super) static GENERAL_NAMES: &[(u64, &str)] = &[
    (0, "otherName"),
    (1, "rfc822Name"),
    (2, "dNSName"),
    (3, "x400Address"),
    (4, "directoryName"),
    (5, "ediPartyName"),
    (6, "uniformResourceIdentifier"),
    (7, "iPAddress"),
    (8, "registeredID"),
];

/// DistributionPointName (RFC 5280 section 4.2.1.13).
pub(super) static POINT_CHOICES: &[(u64, &str)] = &[(0, "fullName"), (1, "nameRelativeToCRLIssuer")];
