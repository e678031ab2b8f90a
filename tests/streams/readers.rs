//! Who reads a stream: its port, what its first bytes look like, what the user says.

use super::common::run;
use super::wire::{Manner, Talk, Wire};

/// What is shown above TCP of each frame with payload, given `args`.
fn readers(wire: &Wire, name: &str, args: &[&str]) -> Vec<String> {
    let file = wire.save(name);
    let fixed = ["read", &file, "-Y", "tcp.len > 0", "-T", "fields", "-e", "frame.protocols"];
    let ran = run([&fixed, args].concat());
    let out = ran.expect(0).out();
    out.lines().map(|line| line.trim_start_matches("raw:ip:tcp:").to_owned()).collect()
}

/// A conversation of these segments with `port`.
fn talk(port: u16, segments: &[&[u8]]) -> Wire {
    const TALK: Talk = Talk { port: 50_001, isn: 1_000 };
    let mut wire = Wire::default();
    wire.port = port;
    wire.handshake(TALK);
    let mut at = 1;
    for segment in segments {
        wire.data(TALK, at, segment, Manner::default());
        at += segment.len() as u32;
    }
    wire.ack(TALK, at);
    wire
}

/// An alert that ends a connection of TLS 1.2 (RFC 5246 section 7.2).
const CLOSE_NOTIFY: [u8; 7] = [21, 3, 3, 0, 2, 1, 0];

#[test]
fn a_stream_goes_to_whom_its_first_bytes_look_like_and_stays_there() {
    let tls = talk(80, &[&CLOSE_NOTIFY]);
    assert_eq!(readers(&tls, "tls-on-80", &[]), ["tls"]);
    let http = talk(443, &[b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", b"12", b"34"]);
    let as_http = readers(&http, "http-on-443", &[]);
    assert_eq!(as_http.last().map(String::as_str), Some("http:data"), "{as_http:?}");
}

#[test]
fn what_the_user_says_of_a_port_holds() {
    let tls = talk(80, &[&CLOSE_NOTIFY]);
    assert_eq!(readers(&tls, "untold", &[]), ["tls"]);
    assert_eq!(readers(&tls, "told", &["-d", "tcp.port==80,http"]), ["raw:ip:tcp"], "waits for a line");
}

/// A body that is too long to be held, one piece of which comes last: the message is shown with that, and once.
#[test]
fn a_message_whose_end_is_known_waits_for_what_is_missing() {
    const TALK: Talk = Talk { port: 50_001, isn: u32::MAX - 50_000 };
    const PIECE: usize = 10_000;
    let body = vec![b'x'; 10 * PIECE];
    let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
    let first = [head.as_bytes(), &body[..PIECE]].concat();
    let mut wire = Wire::default();
    wire.handshake(TALK);
    wire.data(TALK, 1, &first, Manner::default());
    let start = 1 + head.len();
    for piece in [1, 2, 3, 4, 5, 6, 8, 9, 7] {
        let at = start + piece * PIECE;
        wire.data(TALK, at as u32, &body[..PIECE], Manner::default());
    }
    let next = b"GET / HTTP/1.1\r\n\r\n";
    wire.data(TALK, (start + body.len()) as u32, next, Manner::default());
    let shown = readers(&wire, "known-end", &[]);
    let (waiting, [whole, last]) = shown.split_at(9) else { panic!("{shown:?}") };
    assert!(waiting.iter().all(|shown| shown == "raw:ip:tcp"), "{shown:?}");
    assert_eq!((whole.as_str(), last.as_str()), ("http:data", "http"));
    assert_eq!(shown, readers(&wire, "known-end", &["--in-order"]));
}

/// RFC 9113 section 3.4: the client's preface, and its first settings.
#[test]
fn http_2_is_known_by_its_preface() {
    let preface: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for port in [80, 50_051] {
        assert_eq!(readers(&talk(port, &[preface]), &format!("preface-{port}"), &[]), ["http2"]);
    }
}
