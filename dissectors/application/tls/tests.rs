use super::agreed::{Application, Exchange, Kind, Memo, Version};
use super::suites;
use crate::dissector::{Fault, Follows, Stream};
use crate::field::name_of;
use crate::testing::{Seen, Talk, bytes};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const OPEN: Stream = Stream { follows: Follows::More, gap: 0 };

/// A record of TLS 1.2 with this fragment.
fn record(kind: u8, fragment: &[u8]) -> Vec<u8> {
    let mut record = alloc::vec![kind, 3, 3];
    record.extend(u16::try_from(fragment.len()).unwrap().to_be_bytes());
    record.extend(fragment);
    record
}

/// A handshake message.
fn message(kind: u8, body: &str) -> Vec<u8> {
    let body = bytes(body);
    let mut message = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    message[0] = kind;
    message.extend(body);
    message
}

fn random() -> String {
    "5a".repeat(32)
}

/// Suites c02b and 1301; extensions: a name, groups, formats, protocols, algorithms.
fn client_hello() -> Vec<u8> {
    message(
        1,
        &format!(
            "0303 {} 00 0006 0a0a c02b 1301 01 00 0041 \
             0000 0010 000e 00 000b 6578616d706c652e6e6574 000a 0006 0004 001d 0017 000b 0002 01 00 \
             0010 000b 0009 08 687474702f312e31 000d 0006 0004 0403 0804",
            random()
        ),
    )
}

/// ECDHE with the session `aa`; protocol http/1.1.
fn server_hello() -> Vec<u8> {
    message(2, &format!("0303 {} 01 aa c02b 00 000f 0010 000b 0009 08 687474702f312e31", random()))
}

fn talk_until_agreed() -> Talk {
    let mut talk = Talk::new("tls");
    talk.stream(0, true, &record(22, &client_hello()), OPEN).unwrap();
    talk.stream(1, false, &record(22, &server_hello()), OPEN).unwrap();
    talk
}

fn seen(talk: &mut Talk, from_client: bool, data: &[u8]) -> Seen {
    talk.stream(2, from_client, data, OPEN).unwrap().1
}

#[test]
fn a_client_hello() {
    let seen = seen(&mut Talk::new("tls"), true, &record(22, &client_hello()));
    assert_eq!(seen.info, "Client Hello (SNI=example.net)");
    seen.expect(&[
        ("tls.record.content_type", "22"),
        ("tls.record.version", "0x0303"),
        ("tls.handshake.type", "1"),
        ("tls.handshake.version", "0x0303"),
        ("tls.handshake.ciphersuite", "0x0a0a,0xc02b,0x1301"),
        ("tls.handshake.extension.type", "0,10,11,16,13"),
        ("tls.handshake.extensions_server_name", "example.net"),
        ("tls.handshake.extensions_supported_group", "0x001d,0x0017"),
        ("tls.handshake.extensions_alpn_str", "http/1.1"),
        ("tls.handshake.sig_hash_alg", "0x0403,0x0804"),
        // The value of RFC 8701 is left out.
        ("tls.handshake.ja3_full", "771,49195-4865,0-10-11-16-13,29-23,0"),
        ("tls.handshake.ja4_r", "t12d0205h1_1301,c02b_000a,000b,000d_0403,0804"),
    ]);
}

#[test]
fn a_message_over_two_records_is_shown_in_the_second() {
    let hello = client_hello();
    let (first, second) = hello.split_at(40);
    let mut talk = Talk::new("tls");
    let begun = seen(&mut talk, true, &record(22, first));
    assert_eq!(begun.get("tls.handshake.type"), "");
    let whole = seen(&mut talk, true, &record(22, second));
    whole.expect(&[
        ("tls.handshake.type", "1"),
        ("tls.handshake.fragment", "1,2"),
        ("tls.handshake.fragment.count", "2"),
        ("tls.handshake.extensions_server_name", "example.net"),
    ]);
}

#[test]
fn a_record_is_waited_for() {
    let whole = record(22, &client_hello());
    let mut talk = Talk::new("tls");
    let fault = talk.stream(0, true, &whole[..20], OPEN).err();
    assert_eq!(fault, Some(Fault::Short { need: whole.len(), have: 20 }));
    let end = Stream { follows: Follows::Close, gap: 0 };
    let (_, cut) = talk.stream(0, true, &whole[..20], end).unwrap();
    assert_eq!(cut.info, "Handshake (cut)");
    assert_eq!(cut.faults.len(), 1);
    assert_eq!(cut.get("tls.record.length"), "");
}

#[test]
fn what_was_agreed_decides_how_later_messages_read() {
    let mut talk = talk_until_agreed();
    let exchange = message(12, "03 0017 02 0405 0403 0002 abcd");
    seen(&mut talk, false, &record(22, &exchange)).expect(&[
        ("tls.handshake.server_named_curve", "0x0017"),
        ("tls.handshake.server_point", "0405"),
        ("tls.handshake.sig_hash_alg", "0x0403"),
        ("tls.handshake.sig", "abcd"),
    ]);
    seen(&mut talk, true, &record(23, &[1, 2, 3]))
        .expect(&[("tls.app_data", "010203"), ("tls.app_data_proto", "Hypertext Transfer Protocol")]);
}

#[test]
fn what_follows_a_change_of_cipher_is_protected() {
    let mut talk = talk_until_agreed();
    assert_eq!(seen(&mut talk, true, &record(20, &[1])).info, "Change Cipher Spec");
    let finished = seen(&mut talk, true, &record(22, &[1, 0, 0, 4, 9, 9, 9, 9]));
    assert_eq!(
        (finished.info.as_str(), finished.get("tls.handshake.type")),
        ("Encrypted Handshake Message", String::new())
    );
    // The other direction is not.
    assert_eq!(seen(&mut talk, false, &record(22, &message(14, ""))).info, "Server Hello Done");
    // Suites without encryption leave it readable.
    let clear = [message(20, &"11".repeat(12)), alloc::vec![0; 20]].concat();
    let clear = seen(&mut talk, true, &record(22, &clear));
    assert_eq!(clear.get("tls.handshake.type").split(',').next(), Some("20"));
    assert_eq!(clear.get("nd.tls.verify_data"), "11".repeat(12));
}

#[test]
fn tls_1_3_names_its_records_otherwise() {
    let hello = message(2, &format!("0303 {} 00 1301 00 0006 002b 0002 0304", random()));
    let mut talk = Talk::new("tls");
    seen(&mut talk, true, &record(22, &client_hello()));
    let agreed = seen(&mut talk, false, &record(22, &hello));
    agreed.expect(&[
        ("tls.handshake.extensions.supported_version", "0x0304"),
        ("tls.handshake.random_time", ""),
        ("tls.handshake.ja3s_full", "771,4865,43"),
    ]);
    seen(&mut talk, false, &record(20, &[1]));
    seen(&mut talk, false, &record(23, &[0; 32]))
        .expect(&[("tls.record.opaque_type", "23"), ("tls.record.content_type", "")]);
    seen(&mut talk, false, &record(22, &message(4, "00001c20 00000063 02 0001 0002 abcd 0000"))).expect(&[
        ("tls.handshake.session_ticket_nonce_length", "2"),
        ("tls.handshake.session_ticket_nonce", "0001"),
        ("tls.handshake.session_ticket", "abcd"),
    ]);
    seen(&mut talk, false, &record(22, &message(13, "02 0102 0004 0031 0000"))).expect(&[
        ("tls.handshake.certificate_request_context_length", "2"),
        ("tls.handshake.certificate_request_context", "0102"),
        ("tls.handshake.extension.type", "49"),
    ]);
}

#[test]
fn binders_of_pre_shared_keys() {
    let keys = "0029 0012 0007 0001 aa 00003039 0007 02 beef 03 c0ffee";
    let hello = message(1, &format!("0303 {} 00 0002 1301 01 00 0016 {keys}", random()));
    seen(&mut Talk::new("tls"), true, &record(22, &hello)).expect(&[
        ("tls.handshake.extensions.psk.identity.identity", "aa"),
        ("tls.handshake.extensions.psk.identity.obfuscated_ticket_age", "12345"),
        ("tls.handshake.extensions.psk.binders_len", "7"),
        ("nd.tls.psk.binder_len", "2,3"),
        ("nd.tls.psk.binder", "beef,c0ffee"),
    ]);
}

#[test]
fn the_hello_of_ssl_2() {
    let hello = bytes("801c 01 0301 0003 0000 0010 00002f 00112233445566778899aabbccddeeff");
    let seen = seen(&mut Talk::new("tls"), true, &hello);
    seen.expect(&[
        ("tls.record.version", "0x0002"),
        ("tls.handshake.version", "0x0301"),
        ("tls.handshake.cipherspec", "0x00002f"),
    ]);
    let names = [name_of(suites::SPECS, 0x2f), name_of(suites::SPECS, 0x10080)];
    assert_eq!(names, [Some("TLS_RSA_WITH_AES_128_CBC_SHA"), Some("SSL2_RC4_128_WITH_MD5")]);
    assert_eq!(suites::SUITES.last(), Some(&(0xfafa, "GREASE")));
}

#[test]
fn a_heartbeat_that_claims_more_than_it_has() {
    let mut talk = talk_until_agreed();
    let padding = "77".repeat(16);
    let fair = seen(&mut talk, true, &record(24, &bytes(&format!("01 0002 aabb {padding}"))));
    fair.expect(&[
        ("tls.heartbeat_message.payload", "aabb"),
        ("tls.heartbeat_message.padding", padding.as_str()),
    ]);
    assert!(fair.faults.is_empty(), "{:?}", fair.faults);
    let greedy = seen(&mut talk, true, &record(24, &bytes("01 4000 aabb")));
    greedy.expect(&[
        ("tls.heartbeat_message.payload_length", "16384"),
        ("tls.heartbeat_message.payload", "aabb"),
        ("tls.heartbeat_message.padding", ""),
    ]);
    assert_eq!(greedy.faults.len(), 1, "{:?}", greedy.faults);
    // One byte less than the padding has to have.
    let short = seen(&mut talk, false, &record(24, &bytes(&format!("02 0003 aabb {padding}"))));
    assert_eq!(short.faults.len(), 1, "{:?}", short.faults);
    // Under protection the same bytes mean something else.
    seen(&mut talk, true, &record(20, &[1]));
    let hidden = seen(&mut talk, true, &record(24, &bytes("01 4000 aabb")));
    assert!(hidden.faults.is_empty(), "{:?}", hidden.faults);
}

/// With a key on secp256r1, names of many kinds, and until the last day of a February.
const CERTIFICATE: &str = "30819d 308191 a003020102 020105 3003 06012a 3000 \
    3020 170d3439313233313233353935395a 180f32303536303232393132303030305a 3000 \
    3019 3013 06072a8648ce3d0201 06082a8648ce3d030107 030200ff \
    a341303f303d 0603551d11 04363034 8103614062 820163 8704c0000250 \
    871020010db8000000000000000000000080 8703010203 88022a03 a00906022a04a0030c0178 3003 06012a 030200ff";

#[test]
fn names_times_and_the_curve_of_a_certificate() {
    let mut talk = talk_until_agreed();
    let mut show = |der: &str| {
        let len = bytes(der).len();
        seen(&mut talk, false, &record(22, &message(11, &format!("{:06x} {len:06x} {der}", len + 3))))
    };
    show(CERTIFICATE).expect(&[
        ("x509af.version", "2"),
        ("x509af.utcTime", "2049-12-31 23:59:59 (UTC)"),
        ("x509af.generalizedTime", "2719051200.000000000"),
        ("pkcs1.ECParameters", "1"),
        ("pkcs1.namedCurve", "2a8648ce3d030107"),
        ("x509af.subjectPublicKey", "ff"),
        ("x509ce.GeneralName", "1,2,7,7,7,8,0"),
        ("x509ce.rfc822Name", "a@b"),
        ("x509ce.dNSName", "c"),
        ("x509ce.IPAddress.ipv4", "192.0.2.80"),
        ("x509ce.IPAddress.ipv6", "2001:db8::80"),
        ("x509ce.registeredID", "2a03"),
        ("x509ce.type_id", "2a04"),
    ]);
    // 2057 has no such day. What follows is read all the same.
    let wrong = show(&CERTIFICATE.replace("180f32303536", "180f32303537"));
    wrong.expect(&[("x509af.notAfter", "1"), ("x509af.generalizedTime", ""), ("x509ce.dNSName", "c")]);
    // Without its Z it would be local time.
    let local = show(&CERTIFICATE.replace("3132303030305a", "31323030303030"));
    local.expect(&[("x509af.generalizedTime", ""), ("x509ce.dNSName", "c")]);
}

#[test]
fn an_ocsp_response() {
    let body = "01 0000b4 3081b1 0a0100 a081ab 3081a8 06092b0601050507300101 04819a 308197 \
        30818b a2030401cc 180f32303235303130313030303030305a 3073 \
        3036 300e 3003 06012a 0401aa 0401bb 020105 8000 180f32303235303130313030303030305a \
        a011 180f32303235303130383030303030305a \
        3039 300e 3003 06012a 0401aa 0401bb 020105 a116 180f32303235303130313030303030305a a0030a0101 \
        180f32303235303130313030303030305a 3003 06012a 030200ff";
    seen(&mut talk_until_agreed(), false, &record(22, &message(22, body))).expect(&[
        ("ocsp.responseStatus", "0"),
        ("ocsp.responseType.id", "2b0601050507300101"),
        ("ocsp.responderID", "2"),
        ("ocsp.byKey", "cc"),
        ("ocsp.producedAt", "1735689600.000000000"),
        ("ocsp.responses", "2"),
        ("ocsp.issuerNameHash", "aa,aa"),
        ("ocsp.issuerKeyHash", "bb,bb"),
        ("ocsp.serialNumber", "05,05"),
        ("ocsp.certStatus", "0,1"),
        ("ocsp.revocationTime", "1735689600.000000000"),
        ("ocsp.revocationReason", "1"),
        ("ocsp.thisUpdate", "1735689600.000000000,1735689600.000000000"),
        ("ocsp.nextUpdate", "1736294400.000000000"),
        ("ocsp.signature", "ff"),
    ]);
    talk_until_agreed().survives(&record(22, &message(22, body)));
}

#[test]
fn another_protocol_on_the_port_is_read_as_what_it_is() {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let seen = seen(&mut Talk::new("tls"), true, request);
    assert_eq!((seen.protocols.as_str(), seen.get("http.request.method")), ("http", String::from("GET")));
}

#[test]
fn a_certificate_that_says_too_much_ends_where_it_is_cut() {
    let mut talk = talk_until_agreed();
    // Lengths of 2^32 - 1 and an indefinite one.
    for der in ["3084ffffffff 3003", "3080 0000", "30 0a 3084ffffffff a003 0201"] {
        let len = bytes(der).len();
        let body = format!("{:06x} {len:06x} {der}", len + 3);
        let shown = seen(&mut talk, false, &record(22, &message(11, &body)));
        assert_eq!(shown.get("tls.handshake.certificate_length"), format!("{len}"));
        assert_eq!(shown.get("x509af.version"), "");
    }
}

#[test]
fn hostile_bytes() {
    Talk::new("tls").survives(&record(22, &client_hello()));
    talk_until_agreed().survives(&record(22, &message(12, "03 0017 02 0405 0403 0002 abcd")));
    Talk::new("tls").survives(&record(22, &server_hello()));
    talk_until_agreed().survives(&record(
        22,
        &message(
            11,
            "000043 000040 303e 3033 a003 020102 0201 05 3003 0601 2a 3000 301e 170d 3235303130313030303030305a \
             170d 3236303130313030303030305a 3000 3006 3003 0601 2a 3003 0601 2a 0302 00ff",
        ),
    ));
}

#[test]
fn a_memo_holds_all_that_it_was_given() {
    let memo = Memo {
        kind: Kind::Encrypted,
        version: Version::Tls12,
        exchange: Exchange::EcdhePsk,
        application: Application::by_ports((50_000, 853)),
        source: Some(64),
    };
    assert_eq!(Memo::from(u32::from(memo)), memo);
    assert_eq!(memo.application.map(Application::title), Some("Domain Name System"));
}
