use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use crate::dissector::{Fault, Follows, Stream};
use crate::frame::{Frame, LinkType, Timestamp};
use crate::packet::Dissection;
use crate::registry::{Registry, Stop};
use crate::testing::{Seen, Talk, bytes};

const GOES_ON: Stream = Stream { follows: Follows::More, gap: 0 };
const ENDS: Stream = Stream { follows: Follows::Close, gap: 0 };
const GAP: Stream = Stream { follows: Follows::More, gap: 1 };

const GET: &[u8] = b"GET /a/b?x=1&y=2;z HTTP/1.1\r\nHost: h.example\r\n\r\n";
const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A connection fed as the pipeline feeds it: what was not taken comes again, with more behind it.
struct Web {
    talk: Talk,
    waiting: [Vec<u8>; 2],
    need: [usize; 2],
    millis: u64,
    calls: usize,
}

impl Web {
    fn new() -> Self {
        Self { talk: Talk::new("http"), waiting: Default::default(), need: [0; 2], millis: 0, calls: 0 }
    }

    fn client(&mut self, data: &[u8]) -> Vec<Seen> {
        self.send(true, data, GOES_ON)
    }

    fn server(&mut self, data: &[u8]) -> Vec<Seen> {
        self.send(false, data, GOES_ON)
    }

    /// Sends bytes and returns the layers shown.
    fn send(&mut self, from_client: bool, data: &[u8], mut place: Stream) -> Vec<Seen> {
        let side = usize::from(from_client);
        self.millis += 1;
        self.waiting[side].extend_from_slice(data);
        let mut shown = Vec::new();
        if self.waiting[side].len() < self.need[side] && !place.is_last() {
            return shown;
        }
        self.need[side] = 0;
        while !self.waiting[side].is_empty() {
            let bytes = self.waiting[side].clone();
            self.calls += 1;
            match self.talk.stream(self.millis, from_client, &bytes, place) {
                Ok((taken, seen)) => {
                    assert!(taken > 0 && taken <= bytes.len(), "{taken}");
                    self.waiting[side].drain(..taken);
                    if !seen.protocols.is_empty() {
                        shown.push(seen);
                    }
                }
                Err(Fault::Short { need, have }) => {
                    assert!(!place.is_last() && need > have && need <= 65_536, "{need} {have}");
                    self.need[side] = need;
                    break;
                }
                Err(fault) => panic!("{fault}"),
            }
            place.gap = 0;
        }
        shown
    }
}

fn one(mut shown: Vec<Seen>) -> Seen {
    assert_eq!(shown.len(), 1);
    shown.remove(0)
}

fn notes(seen: &Seen) -> String {
    seen.get("nd.http.note")
}

#[test]
fn request_and_response_with_their_fields() {
    let mut web = Web::new();
    let request = one(web.client(
        b"GET /a/b?x=1&y=2;z HTTP/1.1\r\nHost: h.example\r\nX-Foo:  bar \r\nCookie: a=b; c=d\r\n\
          Authorization: Basic dXNlcjpwdw==\r\n\r\n",
    ));
    assert_eq!(request.protocols, "http");
    assert_eq!(request.info, "GET /a/b?x=1&y=2;z HTTP/1.1 ");
    request.expect(&[
        ("http.request.method", "GET"),
        ("http.request.uri", "/a/b?x=1&y=2;z"),
        ("http.request.uri.path", "/a/b"),
        ("http.request.uri.query", "x=1&y=2;z"),
        ("http.request.uri.query.parameter", "x=1,y=2;z"),
        ("http.request.version", "HTTP/1.1"),
        ("http.request", "1"),
        ("http.request_number", "1"),
        ("http.host", "h.example"),
        ("http.cookie_pair", "a=b,c=d"),
        ("http.authbasic", "user:pw"),
        ("http.request.full_uri", "http://h.example/a/b?x=1&y=2;z"),
        ("nd.http.header", "X-Foo:  bar \r\n"),
        ("nd.http.note", ""),
    ]);
    assert!(request.get("http.request.line").starts_with("Host: h.example\r\n,X-Foo:  bar \r\n,Cookie"));

    let response = one(web.server(
        b"HTTP/1.1 404 Not here\r\nContent-Type: Text/HTML; charset=x\r\nContent-Length: 5\r\n\r\nhello",
    ));
    assert_eq!(response.protocols, "http:data-text-lines");
    assert_eq!(response.info, "HTTP/1.1 404 Not here  (text/html)");
    response.expect(&[
        ("http.response.version", "HTTP/1.1"),
        ("http.response.code", "404"),
        ("http.response.code.desc", "Not Found"),
        ("http.response.phrase", "Not here"),
        ("http.response", "1"),
        ("http.response_number", "1"),
        ("http.content_type", "Text/HTML; charset=x"),
        ("http.content_length", "5"),
        ("http.content_length_header", "5"),
        ("http.file_data", "hello"),
        ("http.request_in", "1"),
        ("http.time", "1000000 ns"),
        ("http.response_for.uri", "http://h.example/a/b?x=1&y=2;z"),
    ]);
}

#[test]
fn one_message_over_many_segments() {
    let text = b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Content-Length: 11\r\n\r\na=b&c=d%21+";
    let mut web = Web::new();
    for byte in &text[..text.len() - 1] {
        assert!(web.client(&[*byte]).is_empty());
    }
    let seen = one(web.client(&text[text.len() - 1..]));
    assert_eq!(seen.protocols, "http:urlencoded-form");
    seen.expect(&[
        ("http.file_data", "a=b&c=d%21+"),
        ("urlencoded-form.key", "a,c"),
        ("urlencoded-form.value", "b,d! "),
    ]);
    // Once the head is there, the rest is asked for in one go.
    let head = text.len() - 11;
    assert_eq!(web.calls, head + 1);
}

#[test]
fn several_messages_in_one_segment_are_paired_in_order() {
    let mut web = Web::new();
    let requests = web.client(&[GET, b"HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n", GET].concat());
    assert_eq!(requests.len(), 3);
    requests[1].expect(&[("http.request.method", "HEAD"), ("http.prev_request_in", "1")]);
    let responses = web.server(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n\
          HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
    );
    assert_eq!(responses.len(), 3);
    responses[0].expect(&[
        ("http.request_in", "1"),
        ("http.response_number", "1"),
        ("http.prev_request_in", ""),
        ("http.file_data", "hello"),
    ]);
    // The answer to HEAD has a length but no body.
    responses[1].expect(&[
        ("http.request_in", "2"),
        ("http.response_for.uri", "http://h/h"),
        ("http.prev_response_in", "4"),
        ("http.file_data", ""),
    ]);
    responses[2].expect(&[("http.request_in", "3"), ("http.response_number", "3")]);
}

#[test]
fn interim_answers_leave_the_request_waiting() {
    let mut web = Web::new();
    web.client(GET);
    let hints = one(web.server(b"HTTP/1.1 103 Early Hints\r\n\r\n"));
    hints.expect(&[("http.request_in", "1"), ("http.response.code", "103")]);
    one(web.server(EMPTY)).expect(&[("http.request_in", "1"), ("http.response_number", "1")]);
}

/// RFC 9110 section 7.5: answers may come before the request is complete.
#[test]
fn an_answer_before_the_end_of_its_request() {
    let mut web = Web::new();
    let put = b"PUT /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    assert!(web.client(put).is_empty());
    one(web.server(b"HTTP/1.1 100 Continue\r\n\r\n")).expect(&[
        ("nd.http.request_begins_in", "1"),
        ("http.response_number", "1"),
        ("http.request_in", ""),
        ("http.time", ""),
        ("nd.http.note", ""),
    ]);
    one(web.client(b"abc")).expect(&[("http.request_number", "2"), ("nd.http.answered_in", "")]);
    one(web.server(EMPTY)).expect(&[("http.request_in", "3"), ("http.response_number", "2")]);

    assert!(web.client(b"POST /q HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").is_empty());
    one(web.server(EMPTY)).expect(&[("nd.http.request_begins_in", "5"), ("nd.http.note", "")]);
    one(web.client(b"0\r\n\r\n")).expect(&[("http.request_number", "4"), ("nd.http.answered_in", "6")]);
    // The next answer is to the next request.
    web.client(GET);
    one(web.server(EMPTY)).expect(&[("http.request_in", "8"), ("http.response_number", "5")]);
    assert_eq!(notes(&one(web.server(EMPTY))), "its request was not seen");
}

/// RFC 7540 section 3.2.1.
#[test]
fn settings_of_http_2_in_a_header() {
    let seen = one(Web::new().client(
        b"GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
          HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    ));
    seen.expect(&[
        ("http.http2_settings", "AAMAAABkAAQAAP__"),
        ("http2.settings.id", "3,4"),
        ("http2.settings.max_concurrent_streams", "100"),
        ("http2.settings.initial_window_size", "65535"),
    ]);
}

#[test]
fn chunks_and_trailers() {
    let body: &[u8] = b"5;ext=\"x\"\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\nConnection: close\r\n\r\n";
    let head: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
    for size in [1, 2, 3, 7, 1000] {
        let mut web = Web::new();
        web.client(GET);
        let mut shown = Vec::new();
        for piece in [head, body].concat().chunks(size) {
            assert!(shown.is_empty());
            shown.append(&mut web.server(piece));
        }
        let seen = one(shown);
        assert_eq!(seen.protocols, "http:data-text-lines");
        seen.expect(&[
            ("http.chunk_size", "5,6,0"),
            ("nd.http.chunk_extension", "ext=\"x\""),
            ("http.chunk_data", "68656c6c6f,20776f726c64"),
            ("http.chunk_boundary", "0d0a,0d0a"),
            ("http.chunked_trailer_part", "X-T: 1\r\nConnection: close\r\n"),
            ("http.file_data", "hello world"),
        ]);
    }
}

#[test]
fn sloppy_chunks_are_read_and_noted() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let long = format!("{head}5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(5_000));
    let huge = format!("{head}5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(1_000_000));
    let bare = format!("{head}5\nhello\r\n0\n\n");
    let spaces = format!("{head} 5 \r\nhello\r\n0\r\n\r\n");
    let cases = [
        (long, "chunk line longer than 4096 bytes", "hello"),
        (huge, "chunk line longer than 4096 bytes", ""),
        (bare, "bare line feeds", "hello"),
        (spaces, "", "hello"),
    ];
    for (text, note, body) in cases {
        for size in [1_400, 70_000] {
            let mut web = Web::new();
            web.client(GET);
            let mut shown = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                shown.append(&mut web.server(piece));
            }
            let seen = one(shown);
            assert_eq!(notes(&seen), note);
            seen.expect(&[("http.file_data", body)]);
            one(web.server(EMPTY));
        }
    }
    assert_eq!(notes(&one(Web::new().client(b"GET / HTTP/1.1\nHost: h\n\n"))), "bare line feeds");
}

#[test]
fn bad_chunk_sizes_end_the_body() {
    let sizes = [
        ("ffffffffffffffff", ""),
        ("00000000000000005", ""),
        ("-1", ""),
        ("0x10", "0"),
        ("100000000", ""),
        ("g", "0"),
        ("", ""),
    ];
    for (size, shown_size) in sizes {
        let mut web = Web::new();
        web.client(GET);
        let text =
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\nhello\r\n0\r\n\r\n");
        let shown = web.send(false, text.as_bytes(), ENDS);
        assert_eq!(notes(&shown[0]), "malformed chunk size", "{size}");
        shown[0].expect(&[("http.chunk_size", shown_size), ("http.file_data", "")]);
    }
}

#[test]
fn ambiguous_framing_is_said() {
    let bodies = [
        ("Content-Length: 3\r\nContent-Length: 5\r\n", "hello"),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("Content-Length: -1\r\n", "hello"),
        ("Content-Length: +5\r\n", "hello"),
        ("Content-Length: 5, 5\r\n", "hello"),
        ("Content-Length: 18446744073709551615\r\n", "hello"),
    ];
    for (headers, body) in bodies {
        let text = format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}");
        let shown = Web::new().send(false, text.as_bytes(), ENDS);
        assert_eq!(shown.len(), 1, "{headers}");
        assert!(notes(&shown[0]).contains("ambiguous framing"), "{headers}");
    }
    let same = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx";
    assert!(!notes(&one(Web::new().server(same))).contains("ambiguous"));
}

#[test]
fn a_body_until_close_is_shown_at_the_end() {
    let mut web = Web::new();
    web.client(GET);
    assert!(web.server(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nabc").is_empty());
    assert!(web.server(b"def").is_empty());
    let seen = one(web.send(false, b"", ENDS));
    seen.expect(&[("http.file_data", "abcdef"), ("http.request_in", "1"), ("nd.http.note", "")]);
}

#[test]
fn a_message_that_ends_too_early_is_shown_as_cut() {
    let mut web = Web::new();
    assert!(web.client(b"GET / HTTP/1.1\r\nHost: h\r\nFoo").is_empty());
    let seen = one(web.send(true, b"", ENDS));
    seen.expect(&[("http.request.method", ""), ("nd.http.cut.line", "GET / HTTP/1.1,Host: h\r\n")]);
    assert_eq!(notes(&seen), "the end of the message is missing");
    assert!(web.server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").is_empty());
    let seen = one(web.send(false, b"", ENDS));
    seen.expect(&[("nd.http.cut.line", "HTTP/1.1 200 OK,Content-Length: 9\r\n")]);
    assert_eq!(notes(&seen), "the end of the message is missing");
}

#[test]
fn large_bodies_pass_through() {
    let chunk = vec![b'x'; 40_000];
    let chunked = [b"9c40\r\n".as_slice(), &chunk, b"\r\n"].concat();
    let cases: [(&str, Vec<u8>); 3] = [
        ("Content-Length: 200000\r\n", vec![b'x'; 200_000]),
        ("Transfer-Encoding: chunked\r\n", [chunked.repeat(5).as_slice(), b"0\r\n\r\n"].concat()),
        ("", vec![b'x'; 200_000]),
    ];
    for (header, body) in cases {
        let mut web = Web::new();
        web.client(GET);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{header}\r\n");
        let mut shown = Vec::new();
        for piece in [head.as_bytes(), &body].concat().chunks(1_400) {
            assert!(shown.is_empty(), "{header}");
            assert!(web.waiting[0].len() <= 65_536 + 1_400, "{header}");
            shown.append(&mut web.server(piece));
        }
        if header.is_empty() {
            assert!(shown.is_empty());
            shown = web.send(false, b"", ENDS);
        } else {
            assert!(web.waiting[0].is_empty(), "{header}");
        }
        let seen = one(shown);
        assert_eq!(seen.protocols, "http:data-text-lines", "{header}");
        seen.expect(&[("http.response.code", "200"), ("http.request_in", "1"), ("nd.http.note", "")]);
        let len = seen.get("http.file_data").len();
        assert!((60_000..=65_536).contains(&len), "{header} {len}");
        // The stream goes on behind it.
        if !header.is_empty() {
            web.client(GET);
            one(web.server(EMPTY)).expect(&[("http.response_number", "2")]);
        }
    }
}

#[test]
fn heads_are_bounded() {
    let endless = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &vec![b'a'; 70_000]].concat();
    let mut web = Web::new();
    let mut shown = Vec::new();
    for piece in endless.chunks(1_000) {
        shown.append(&mut web.client(piece));
    }
    assert_eq!(notes(&shown[0]), "head longer than 65536 bytes");
    assert_eq!(shown[0].get("http.request.method"), "GET");

    let many = [b"GET / HTTP/1.1\r\n".as_slice(), &b"A: b\r\n".repeat(3_000), b"\r\n"].concat();
    let seen = one(Web::new().client(&many));
    assert_eq!(notes(&seen), "more than 1024 header lines");
    let exactly = [b"GET / HTTP/1.1\r\n".as_slice(), &b"A: b\r\n".repeat(1_024), b"\r\n"].concat();
    assert_eq!(notes(&one(Web::new().client(&exactly))), "");

    let folds = [b"GET / HTTP/1.1\r\nA: b\r\n".as_slice(), &b" c\r\n".repeat(10_000), b"\r\n"].concat();
    let shown = Web::new().client(&folds);
    assert_eq!(shown[0].get("http.request.method"), "GET");
    assert_eq!(notes(&shown[0]), "a line without a colon ends the head");
}

#[test]
fn what_ends_a_head_is_no_part_of_it() {
    let mut web = Web::new();
    let shown = web.server(b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 7\r\n\r\nbodyend");
    shown[0].expect(&[("http.response.line", "A: b\r\n"), ("http.content_length", "")]);
    let seen = one(Web::new().server(b"HTTP/1.1 200 OK\rContent-Length: 4\rA: b\r\rbody"));
    seen.expect(&[("http.response.line", "Content-Length: 4\r,A: b\r"), ("http.file_data", "body")]);
    let seen = one(Web::new().send(false, b"HTTP/1.1 200 OK\r\nContent-Length: 4 5\r\n\r\nbody", ENDS));
    seen.expect(&[("http.content_length", "4"), ("http.file_data", "body")]);
    assert_eq!(notes(&seen), "ambiguous framing,its request was not seen");
}

#[test]
fn a_segment_read_apart_leaves_the_others_alone() {
    let apart = Stream { follows: Follows::Apart, gap: 0 };
    let mut web = Web::new();
    web.client(GET);
    assert!(web.server(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc").is_empty());
    let waiting = core::mem::take(&mut web.waiting[0]);
    let seen = one(web.send(false, b"A: b\r\nno header", apart));
    seen.expect(&[("http.unknown_header", "A: b\r\n"), ("http.file_data", "no header")]);
    web.waiting[0] = waiting;
    one(web.server(b"def")).expect(&[("http.file_data", "abcdef"), ("http.request_in", "1")]);
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n9\r\nde";
    let seen = one(Web::new().send(false, chunks, apart));
    seen.expect(&[
        ("http.chunk_size", "3"),
        ("http.file_data", "abc"),
        ("nd.http.note", "its request was not seen"),
    ]);
}

/// What fills a gap within a long body was counted when it was missed.
#[test]
fn a_late_piece_of_a_body_is_not_counted_twice() {
    const LONG: usize = 100_000;
    let late = Stream { follows: Follows::Late, gap: 0 };
    let missed = Stream { gap: 5_001, ..GOES_ON };
    let mut web = Web::new();
    web.client(GET);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LONG}\r\n\r\n").into_bytes();
    assert!(web.server(&[head, vec![b'x'; 70_000]].concat()).is_empty());
    // The last byte waits in the stream; behind a gap it is lost.
    web.waiting[0].clear();
    assert!(web.send(false, &[b'x'; 10_000], missed).is_empty());
    assert!(web.send(false, &[b'x'; 5_000], late).is_empty());
    assert!(web.server(&[b'x'; 15_000]).is_empty());
    one(web.server(EMPTY)).expect(&[("http.response.code", "200")]);
}

/// The head of an answer was missed: the next answer is to a later request.
#[test]
fn what_continues_an_unseen_answer_answers_all_requests_so_far() {
    let mut web = Web::new();
    web.client(GET);
    assert_eq!(one(web.server(b"\x01rest of a body")).info, "Continuation");
    web.client(GET);
    one(web.server(EMPTY)).expect(&[("http.request_in", "3"), ("http.response_number", "2")]);
}

#[test]
fn a_thousand_requests_without_an_answer() {
    let mut web = Web::new();
    for number in 1..=1_000 {
        let seen = one(web.client(b"GET / HTTP/1.1\r\n\r\n"));
        assert_eq!(seen.get("http.request_number"), number.to_string());
        let note = if number > 512 { "more than 512 requests without an answer" } else { "" };
        assert_eq!(notes(&seen), note);
    }
    for number in 1..=1_000 {
        let frame = if number <= 512 { number.to_string() } else { String::new() };
        assert_eq!(one(web.server(EMPTY)).get("http.request_in"), frame);
    }
    one(web.client(GET));
    assert_ne!(one(web.server(EMPTY)).get("http.request_in"), "");
}

#[test]
fn nothing_is_paired_across_a_gap() {
    let mut web = Web::new();
    web.client(GET);
    let shown = web.send(false, b"rest of a body\r\n", GAP);
    assert_eq!(shown[0].protocols, "http:data");
    assert_eq!(shown[0].info, "Continuation");
    shown[0].expect(&[("http.file_data", "rest of a body\r\n"), ("http.response", "")]);
    let seen = one(web.server(EMPTY));
    seen.expect(&[("http.request_in", ""), ("http.response_number", "2")]);
    assert_eq!(notes(&seen), "its request was not seen");
}

#[test]
fn what_is_not_http_has_no_layer() {
    let mut web = Web::new();
    for data in
        [b"\x16\x03\x01\x00\x05hello".as_slice(), b"SSH-2.0-x\r\n", b"random", b"\r\n", b"FOO / HTTP/1.1\r\n"]
    {
        assert!(web.client(data).is_empty());
        assert!(web.waiting[1].is_empty());
    }
    assert_eq!(one(web.client(GET)).get("http.request.method"), "GET");
    // From now on it is a continuation, binary without text.
    let seen = one(web.server(b"\x01\x02"));
    assert_eq!(seen.protocols, "http:data");
    seen.expect(&[("http.file_data", ""), ("data.data", "0102")]);
}

#[test]
fn a_tunnel_carries_what_its_port_says() {
    let mut web = Web::new();
    let request = one(web.client(b"CONNECT ex.com:8080 HTTP/1.1\r\nHost: ex.com:8080\r\n\r\n"));
    request.expect(&[("http.request.full_uri", "ex.com:8080")]);
    one(web.server(b"HTTP/1.1 200 Connection established\r\n\r\n"));
    let inner = one(web.client(GET));
    assert_eq!(inner.protocols, "http:http");
    inner.expect(&[
        ("http.proxy_connect_host", "ex.com"),
        ("http.proxy_connect_port", "8080"),
        ("http.request.method", "GET"),
    ]);
    // An unknown port and no look of anything: data.
    let mut web = Web::new();
    web.client(b"CONNECT ex.com:9 HTTP/1.1\r\n\r\n");
    web.server(b"HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(one(web.server(b"\x00\x01")).protocols, "http:data");
    assert_eq!(one(web.client(GET)).protocols, "http:http");
    // A refusal opens no tunnel.
    let mut web = Web::new();
    web.client(b"CONNECT ex.com:9 HTTP/1.1\r\n\r\n");
    web.server(b"HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(one(web.client(GET)).protocols, "http");
}

#[test]
fn an_upgraded_connection_is_no_longer_http() {
    let mut web = Web::new();
    web.client(b"GET /ws HTTP/1.1\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n");
    let shown = web.server(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\n\r\nabc");
    assert_eq!(shown.len(), 2);
    assert_eq!(one(web.client(b"def")).protocols, "http:data");
}

#[test]
fn coded_bodies_are_unpacked() {
    let answer = |coding: &str, body: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{coding}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        one(Web::new().server(&[head.as_bytes(), body].concat()))
    };
    let text = "hello hello hello\n";
    let gzip: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x3b\x7c\x8a\xdf\x12\x00\x00\x00";
    let zlib: &[u8] = b"\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x40\xb5\x06\x87";
    let bare: &[u8] = b"\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00";
    let named = [&b"\x1f\x8b\x08\x1c\x00\x00\x00\x00\x00\x00\x01\x00xname\x00comment\x00"[..], bare].concat();
    for (coding, body) in
        [("gzip", gzip), ("x-gzip", &named), ("deflate", zlib), ("Deflate", bare), ("gzip", bare)]
    {
        let seen = answer(&format!("Content-Encoding: {coding}"), body);
        assert_eq!(seen.protocols, "http:data-text-lines", "{coding}");
        seen.expect(&[("http.file_data", text), ("nd.http.note", "its request was not seen")]);
    }
    // What is there of a body that was cut is text too, what cannot be unpacked is none.
    answer("Content-Encoding: gzip", &gzip[..16]).expect(&[("http.file_data", "hello")]);
    for (coding, body) in
        [("gzip", &gzip[..3]), ("gzip", b"hello"), ("gzip, gzip", gzip), ("br", zlib), ("", zlib)]
    {
        let seen = answer(&format!("Content-Encoding: {coding}"), body);
        assert_eq!((seen.protocols.as_str(), seen.get("http.file_data").as_str()), ("http:data", ""));
    }
    let seen = answer("Transfer-Encoding: gzip", gzip);
    assert_eq!((seen.protocols.as_str(), seen.get("http.file_data").as_str()), ("http:data", ""));
    assert_eq!(answer("Content-Encoding: identity", b"plain").get("http.file_data"), "plain");
    // The last word counts.
    let seen = answer("Content-Encoding: br\r\nContent-Encoding: gzip", gzip);
    seen.expect(&[("http.file_data", text)]);
}

#[test]
fn a_bomb_is_unpacked_within_bounds() {
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b'a'; 16 << 20], 9);
    let mut text =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len())
            .into_bytes();
    text.extend_from_slice(&bomb);
    let seen = one(Web::new().server(&text));
    assert!(notes(&seen).contains("only the beginning of the content is unpacked"));
    let shown: usize = seen.get("data.len").parse().unwrap();
    assert!((65_536..=1 << 20).contains(&shown) && shown <= bomb.len() * 64, "{shown}");
}

#[test]
fn content_is_known_by_type_or_signature() {
    let cases: [(&str, &[u8], &str, &str); 7] = [
        ("image/gif", b"GIF89a\x01", "http:image-gif", "HTTP/1.1 200 OK  (GIF89a)"),
        ("x/y", b"\x89PNG\r\n\x1a\n", "http:png", "HTTP/1.1 200 OK  (PNG)"),
        ("image/gif", b"hello", "http:media", "HTTP/1.1 200 OK  (image/gif)"),
        (
            "application/json",
            b"{}",
            "http:json",
            "HTTP/1.1 200 OK , JavaScript Object Notation (application/json)",
        ),
        ("text/xml", b"<a/>", "http:xml", "HTTP/1.1 200 OK "),
        ("application/octet-stream", b"x", "http:data", "HTTP/1.1 200 OK "),
        ("", b"x", "http:media", "HTTP/1.1 200 OK  ()"),
    ];
    for (kind, body, protocols, info) in cases {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
        let seen = one(Web::new().server(&[head.as_bytes(), body].concat()));
        assert_eq!((seen.protocols.as_str(), seen.info.as_str()), (protocols, info));
    }
}

#[test]
fn odd_first_lines() {
    let seen = one(Web::new().client(b"GET /\r\n\r\n"));
    seen.expect(&[("http.request.uri", "/"), ("http.request.version", "")]);
    let seen = one(Web::new().client(b"GET  /two HTTP/1.1\r\n\r\n"));
    seen.expect(&[("http.request.uri", ""), ("http.request.version", "/two HTTP/1.1")]);
    let seen = one(Web::new().client(b"\r\nGET http://abs/u?a HTTP/1.1\r\nHost: o\r\n\r\n"));
    seen.expect(&[("http.request.full_uri", "http://abs/u?a"), ("http.request.uri.path", "http://abs/u")]);
    let seen = one(Web::new().server(b"HTTP/1.1  204  Two\r\n\r\n"));
    seen.expect(&[("http.response.code", "204"), ("http.response.phrase", "Two")]);
    let seen = one(Web::new().server(b"HTTP/1.1 abc\r\nContent-Length: 0\r\n\r\n"));
    seen.expect(&[("http.response.code", "0"), ("http.response.code.desc", "Unknown (0)")]);
    let seen = one(Web::new().server(b"ICY 200 OK\nContent-Length: 0\n\n"));
    seen.expect(&[("http.response.version", "ICY"), ("http.response.phrase", "OK")]);
}

#[test]
fn one_empty_line_may_stand_before_a_message() {
    let mut web = Web::new();
    web.client(GET);
    let seen = one(web.server(b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    assert_eq!(seen.info, "Continuation");
    assert!(web.server(b"\r\n").is_empty());
}

#[test]
fn what_may_have_begun_a_message_is_no_body() {
    let mut web = Web::new();
    web.client(GET);
    web.server(EMPTY);
    assert!(web.server(b"XXXX").is_empty());
    let seen = one(web.send(false, b"Y", ENDS));
    seen.expect(&[
        ("http.file_data", ""),
        ("data.data", "5858585859"),
        ("nd.http.note", "the end of the message is missing"),
    ]);
}

#[test]
fn ssdp_in_datagrams() {
    let search = b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\r\n";
    let mut talk = Talk::new("ssdp");
    let seen = talk.datagram(0, search);
    assert_eq!(seen.protocols, "ssdp");
    seen.expect(&[("http.request.full_uri", "http://239.255.255.250:1900*"), ("http.request_number", "1")]);
    let seen = talk.datagram(1, b"NOTIFY * HTTP/1.1\r\nHOST: h\r\nNTS: ssdp:alive\r\n\r\n");
    seen.expect(&[
        ("http.notification", "1"),
        ("http.request_number", ""),
        ("http.request.line", ""),
        ("http.unknown_header", "NTS: ssdp:alive\r\n"),
    ]);
    talk.datagram(2, search).expect(&[("http.request_number", "2"), ("http.prev_request_in", "1")]);
    talk.datagram(3, b"HTTP/1.1 200 OK\r\nST: x\r\n\r\nabc").expect(&[
        ("http.request_in", "3"),
        ("http.response_number", "2"),
        ("http.file_data", "abc"),
    ]);
    // Who answers is not whom the question went to: whether there was one is not known.
    let mut other = Talk::new("ssdp");
    other.datagram(0, b"HTTP/1.1 200 OK\r\nST: x\r\n\r\n").expect(&[
        ("http.response_number", "1"),
        ("http.request_in", ""),
        ("nd.http.note", ""),
    ]);
    let seen = talk.datagram(4, b"garbage");
    assert_eq!((seen.protocols.as_str(), seen.info.as_str()), ("ssdp:data", "Continuation"));
    let seen = talk.cut(5, b"M-SEARCH * HTTP/1.1\r\nHOST: q\r\nST", 90);
    seen.expect(&[("http.request.method", "M-SEARCH"), ("http.host", "q"), ("nd.http.cut.line", "")]);
}

#[test]
fn first_lines_are_recognised_on_any_port() {
    let segment = bytes(
        "4500002c 00010000 40060000 0a000001 0a000002  9c40270f 00000001 00000001 50182000 00000000 61626364",
    );
    let registry = Registry::builtin();
    let mut parts = Dissection::default();
    let frame = Frame {
        number: 1,
        time: Timestamp::default(),
        link: LinkType::RAW,
        wire_len: 44,
        data: &segment,
        origin: None,
    };
    assert!(matches!(registry.dissect(&frame, &mut parts), Stop::Stream { src: 40_000, dst: 9_999, .. }));
    let http = registry.named("http");
    let reader = |data: &[u8]| registry.by_ports(&parts, (40_000, 9_999), None, data, Some(GOES_ON));
    let yes = [b"GET / HTTP/1.1\r\n".as_slice(), b"HTTP/1.0 200 OK\r\n", b"anything http/1.9\n"];
    assert!(yes.iter().all(|data| reader(data) == http));
    let no = [b"HTTP/1.1\r\n".as_slice(), b"GET / HTTP/1.1", b"GET /\r\n", b"\r\n", b""];
    assert!(no.iter().all(|data| reader(data) != http));
}

#[test]
fn broken_bytes_do_no_harm() {
    let chunked: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGIF\r\n0\r\nT: x\r\n\r\n";
    for text in [GET, chunked, b"POST / HTTP/1.0\r\nCookie: a=b;\r\nContent-Length: 3\r\n\r\na=b"] {
        Talk::new("http").survives(text);
        Talk::new("ssdp").survives(text);
    }
}
