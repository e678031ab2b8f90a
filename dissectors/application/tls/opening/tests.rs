use crate::application::tls::schedule::{Hash, expand_label, prf};
use crate::dissector::{Follows, Stream};
use crate::testing::{Seen, Talk, bytes};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

#[path = "rfc8448.rs"]
mod trace;

const OPEN: Stream = Stream { follows: Follows::More, gap: 0 };

/// What one direction sends, a whole record.
#[track_caller]
fn seen(talk: &mut Talk, from_client: bool, data: &[u8]) -> Seen {
    talk.stream(0, from_client, data, OPEN).unwrap().1
}

/// The key log of the trace, of the labels that `wanted` is part of.
fn log(wanted: &str) -> String {
    let rows = trace::SECRETS.iter().filter(|row| row.0.contains(wanted));
    rows.map(|(label, secret)| format!("{label} {} {secret}\n", trace::RANDOM)).collect()
}

/// The trace up to both Finished.
fn shaken(log: &str) -> Talk {
    let mut talk = Talk::new("tls");
    talk.know(log);
    seen(&mut talk, true, &bytes(trace::CLIENT_HELLO));
    seen(&mut talk, false, &bytes(trace::SERVER_HELLO));
    seen(&mut talk, false, &bytes(trace::FLIGHT));
    seen(&mut talk, true, &bytes(trace::CLIENT_FINISHED));
    talk
}

#[test]
fn a_handshake_of_tls_1_3() {
    let mut talk = Talk::new("tls");
    talk.know(&log(""));
    seen(&mut talk, true, &bytes(trace::CLIENT_HELLO));
    seen(&mut talk, false, &bytes(trace::SERVER_HELLO));
    let flight = seen(&mut talk, false, &bytes(trace::FLIGHT));
    flight.expect(&[
        ("tls.record.opaque_type", "23"),
        ("tls.record.content_type", "22"),
        ("tls.record.length", "674"),
        ("tls.handshake.type", "8,11,15,20"),
        ("tls.handshake.certificate_length", "432"),
        ("tls.handshake.fragment.count", ""),
        ("tls.app_data", ""),
    ]);
    assert!(flight.faults.is_empty());
    seen(&mut talk, true, &bytes(trace::CLIENT_FINISHED)).expect(&[("tls.handshake.type", "20")]);
    seen(&mut talk, false, &bytes(trace::TICKET))
        .expect(&[("tls.handshake.type", "4"), ("tls.handshake.session_ticket_lifetime_hint", "30")]);
}

#[test]
fn data_and_farewell_of_tls_1_3() {
    let mut talk = shaken(&log(""));
    seen(&mut talk, false, &bytes(trace::TICKET));
    let expected: String = (0..50).map(|byte| format!("{byte:02x}")).collect();
    for (from_client, data) in [(true, trace::CLIENT_DATA), (false, trace::SERVER_DATA)] {
        let shown = seen(&mut talk, from_client, &bytes(data));
        shown.expect(&[("tls.record.content_type", "23"), ("data.data", expected.as_str())]);
        assert_eq!(shown.protocols, "tls:data");
    }
    for (from_client, alert) in [(true, trace::CLIENT_ALERT), (false, trace::SERVER_ALERT)] {
        seen(&mut talk, from_client, &bytes(alert)).expect(&[
            ("tls.record.content_type", "21"),
            ("tls.alert_message.level", "1"),
            ("tls.alert_message.desc", "0"),
        ]);
    }
}

#[test]
fn secrets_of_the_traffic_alone_open_the_traffic() {
    let mut talk = shaken(&log("_TRAFFIC_SECRET_0"));
    assert_eq!(seen(&mut talk, true, &bytes(trace::CLIENT_DATA)).protocols, "tls:data");
}

#[test]
fn without_a_fitting_secret_nothing_is_opened() {
    let foreign = log("").replace("cb34ecb1", "cb34ecb2");
    let wrong = log("").replace("9e40646c", "9e40646d");
    for known in ["", &foreign, &wrong] {
        let mut talk = shaken(known);
        let shown = seen(&mut talk, true, &bytes(trace::CLIENT_DATA));
        assert_eq!((shown.protocols.as_str(), shown.info.as_str()), ("tls", "Application Data"));
        shown.expect(&[("tls.record.opaque_type", "23"), ("tls.record.content_type", "")]);
        assert_eq!(shown.get("tls.app_data").len(), 2 * 67);
    }
}

#[test]
fn behind_a_gap_a_direction_stays_closed() {
    let mut talk = shaken(&log(""));
    let gap = Stream { follows: Follows::More, gap: 100 };
    let (_, shown) = talk.stream(0, false, &bytes(trace::SERVER_DATA), gap).unwrap();
    assert_eq!(shown.protocols, "tls");
    assert_eq!(seen(&mut talk, true, &bytes(trace::CLIENT_DATA)).protocols, "tls:data");
}

#[test]
fn hostile_records() {
    let data = bytes(trace::CLIENT_DATA);
    for at in 0..data.len() {
        let mut copy = data.clone();
        copy[at] ^= 1;
        let mut talk = shaken(&log(""));
        if let Ok((_, shown)) = talk.stream(0, true, &copy, OPEN) {
            assert_eq!(shown.get("data.data"), "", "byte {at}");
        }
    }
    shaken(&log("")).survives(&data);
}

/// A session of TLS 1.3 of which one secret of the traffic is known, and what its client seals.
struct Sealed {
    talk: Talk,
    secret: Vec<u8>,
    sequence: u64,
}

impl Sealed {
    fn new() -> Self {
        let mut talk = Talk::new("tls");
        let secret = "77".repeat(32);
        let random = "5a".repeat(32);
        talk.know(&format!("CLIENT_TRAFFIC_SECRET_0 {random} {secret}"));
        let client = format!("16 0303 002f 01 00002b 0303 {random} 00 0002 1301 01 00 0000");
        seen(&mut talk, true, &bytes(&client));
        let server = format!("16 0303 0032 02 00002e 0303 {random} 00 1301 00 0006 002b 0002 0304");
        seen(&mut talk, false, &bytes(&server));
        Self { talk, secret: bytes(&secret), sequence: 0 }
    }

    /// The next record with this content, as RFC 8446 section 5.2 has it.
    fn seal(&mut self, content: u8, plain: &[u8]) -> Vec<u8> {
        let (mut key, mut iv) = ([0; 16], [0; 12]);
        expand_label(Hash::Sha256, &self.secret, b"key", &mut key).unwrap();
        expand_label(Hash::Sha256, &self.secret, b"iv", &mut iv).unwrap();
        for (byte, number) in iv.iter_mut().rev().zip(self.sequence.to_le_bytes()) {
            *byte ^= number;
        }
        self.sequence += 1;
        // One zero of padding.
        let inner = [plain, &[content, 0]].concat();
        let [high, low] = u16::try_from(inner.len() + 16).unwrap().to_be_bytes();
        let header = [23, 3, 3, high, low];
        let cipher = Aes128Gcm::new_from_slice(&key).unwrap();
        let sealed = cipher.encrypt(&iv.into(), Payload { msg: &inner, aad: &header }).unwrap();
        [header.to_vec(), sealed].concat()
    }

    fn says(&mut self, content: u8, plain: &[u8]) -> Seen {
        let record = self.seal(content, plain);
        seen(&mut self.talk, true, &record)
    }
}

#[test]
fn a_message_over_two_records_is_read_in_the_second() {
    let mut session = Sealed::new();
    let first = session.says(23, b"GET /a HTTP/1.1\r\nHo");
    assert_eq!((first.protocols.as_str(), first.faults.len()), ("tls", 0));
    let second = session.says(23, b"st: example.net\r\n\r\n");
    assert_eq!(second.protocols, "tls:http");
    second.expect(&[("http.request.method", "GET"), ("http.host", "example.net")]);
}

#[test]
fn messages_in_one_record_are_read_one_by_one() {
    let mut session = Sealed::new();
    let shown = session.says(23, b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c");
    assert_eq!(shown.protocols, "tls:http");
    shown.expect(&[("http.request.uri", "/a,/b")]);
    session.says(23, b" HTTP/1.1\r\n\r\n").expect(&[("http.request.uri", "/c")]);
}

#[test]
fn a_body_is_handed_on() {
    let mut session = Sealed::new();
    let shown =
        session.says(23, b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(shown.protocols, "tls:http:data-text-lines");
}

#[test]
fn the_farewell_ends_what_lasts_until_the_end() {
    let mut session = Sealed::new();
    let body = session.says(23, b"HTTP/1.0 200 OK\r\n\r\nuntil the end");
    assert_eq!((body.protocols.as_str(), body.get("http.response.code").as_str()), ("tls", ""));
    let farewell = session.says(21, &[1, 0]);
    farewell.expect(&[("tls.alert_message.desc", "0"), ("http.response.code", "200")]);
}

#[test]
fn the_end_of_the_stream_ends_the_stream_inside() {
    let mut session = Sealed::new();
    session.says(23, b"HTTP/1.0 200 OK\r\n\r\nuntil the end");
    let end = Stream { follows: Follows::Close, gap: 0 };
    let (taken, shown) = session.talk.stream(0, true, &[], end).unwrap();
    assert_eq!(taken, 0);
    shown.expect(&[("http.response.code", "200")]);
}

#[test]
fn keys_change_with_each_update() {
    let mut session = Sealed::new();
    for round in 0..3 {
        let update = session.says(22, &[24, 0, 0, 1, 0]);
        update.expect(&[("tls.handshake.type", "24"), ("tls.handshake.key_update.request_update", "0")]);
        let mut next = alloc::vec![0; 32];
        expand_label(Hash::Sha256, &session.secret, b"traffic upd", &mut next).unwrap();
        (session.secret, session.sequence) = (next, 0);
        let shown = session.says(23, b"GET /a HTTP/1.1\r\n\r\n");
        assert_eq!(shown.protocols, "tls:http", "round {round}");
    }
}

#[test]
fn a_record_captured_in_part_counts() {
    let mut session = Sealed::new();
    let cut = session.seal(23, &[0; 100]);
    let shown = session.talk.cut(0, &cut[..50], cut.len());
    assert_eq!(shown.protocols, "tls");
    assert_eq!(session.says(23, b"GET /a HTTP/1.1\r\n\r\n").protocols, "tls:http");
}

#[test]
fn a_session_of_tls_1_2() {
    let (client, server, master) = ("5a".repeat(32), "a5".repeat(32), "77".repeat(48));
    let mut talk = Talk::new("tls");
    talk.know(&format!("CLIENT_RANDOM {client} {master}"));
    let hello = format!("16 0303 002d 01 000029 0303 {client} 00 0002 c02f 01 00");
    seen(&mut talk, true, &bytes(&hello));
    let protocols = "000f 0010 000b 0009 08 687474702f312e31";
    let hello = format!("16 0303 003b 02 000037 0303 {server} 00 c02f 00 {protocols}");
    seen(&mut talk, false, &bytes(&hello)).expect(&[("tls.handshake.ciphersuite", "0xc02f")]);

    // No keys for authentication, then those of the client, of the server, and the parts of the nonces.
    let (client, server) = (bytes(&client), bytes(&server));
    let block = prf(Hash::Sha256, &bytes(&master), b"key expansion", [&server, &client], 40).unwrap();
    let seal = |sequence: u64, content: u8, plain: &[u8]| {
        let explicit = (sequence + 1_000).to_be_bytes();
        let nonce: [u8; 12] = [&block[32..36], &explicit].concat().try_into().unwrap();
        let len = u16::try_from(plain.len()).unwrap().to_be_bytes();
        let aad = [&sequence.to_be_bytes()[..], &[content, 3, 3], &len].concat();
        let cipher = Aes128Gcm::new_from_slice(&block[..16]).unwrap();
        let sealed = cipher.encrypt(&nonce.into(), Payload { msg: plain, aad: &aad }).unwrap();
        let len = u16::try_from(explicit.len() + sealed.len()).unwrap().to_be_bytes();
        [&[content, 3, 3][..], &len, &explicit, &sealed].concat()
    };
    let finished = seal(0, 22, &[&[20, 0, 0, 12][..], &[9; 12]].concat());
    let request = seal(1, 23, b"GET /a HTTP/1.1\r\n\r\n");
    assert_eq!(seen(&mut talk, true, &request).protocols, "tls", "nothing is protected yet");
    seen(&mut talk, true, &bytes("14 0303 0001 01"));
    let shown = seen(&mut talk, true, &finished);
    shown.expect(&[("tls.record.content_type", "22"), ("tls.handshake.type", "20")]);
    let shown = seen(&mut talk, true, &request);
    assert_eq!(shown.protocols, "tls:http");
    shown.expect(&[("tls.record.content_type", "23"), ("http.request.uri", "/a")]);
    // The other direction has not changed its cipher.
    assert_eq!(seen(&mut talk, false, &request).protocols, "tls");
}
