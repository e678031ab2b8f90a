use alloc::string::ToString as _;

use super::*;
use crate::dissector::{Follows, Stream};
use crate::testing::{Seen, Talk, bytes};

const MORE: Stream = Stream { follows: Follows::More, gap: 0 };
/// RFC 7541 appendix C.4.1: GET http://www.example.com/
const GET: &str = "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff";
/// The same in appendix C.4.2, which refers to the first.
const GET_AGAIN: &str = "8286 84be 5886 a8eb 1064 9cbf";
/// Status 200, content-type text/plain.
const OK: &str = "88 5f0a 746578742f706c61696e";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = len[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Every frame of `data`, which must be whole.
#[track_caller]
fn read(talk: &mut Talk, from_client: bool, data: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let (len, one) = talk.stream(0, from_client, rest, MORE).unwrap();
        rest = &rest[len..];
        seen.push(one);
    }
    seen
}

#[track_caller]
fn one(talk: &mut Talk, from_client: bool, data: &[u8]) -> Seen {
    let mut seen = read(talk, from_client, data);
    assert_eq!(seen.len(), 1);
    seen.remove(0)
}

fn infos(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.info.as_str()).collect()
}

#[test]
fn a_question_and_its_answer() {
    let mut talk = Talk::new("http2");
    let mut ask = MAGIC.to_vec();
    ask.extend(frame(Head::SETTINGS, 0, 0, &bytes("0001 00000000 0003 00000064 00aa 00000007")));
    ask.extend(frame(Head::HEADERS, 0x05, 1, &bytes(GET)));
    ask.extend(frame(Head::HEADERS, 0x05, 3, &bytes(GET_AGAIN)));
    let seen = read(&mut talk, true, &ask);
    assert_eq!(infos(&seen), ["Magic", "SETTINGS[0]", "HEADERS[1]: GET /", "HEADERS[3]: GET /"]);
    seen[0].expect(&[("http2.magic", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]);
    seen[1].expect(&[
        ("http2.length", "18"),
        ("http2.flags", "0x00"),
        ("http2.r", "0x00000000"),
        ("http2.settings.id", "1,3,170"),
        ("http2.settings.header_table_size", "0"),
        ("http2.settings.max_concurrent_streams", "100"),
        ("http2.settings.unknown", "7"),
    ]);
    seen[2].expect(&[
        ("http2.flags.end_stream", "1"),
        ("http2.flags.eh", "1"),
        ("http2.flags.priority", "0"),
        ("http2.pad_length", "0"),
        ("http2.header.count", "4"),
        ("http2.header.length", "84"),
        ("http2.header.name", ":method,:scheme,:path,:authority"),
        ("http2.header.value", "GET,http,/,www.example.com"),
        ("http2.header.index", "2,6,4,1"),
        ("http2.headers.authority", "www.example.com"),
        ("http2.request.full_uri", "http://www.example.com/"),
    ]);
    seen[3].expect(&[("http2.headers.cache_control", "no-cache"), ("http2.header.index", "2,6,4,62,24")]);

    let mut answer = frame(Head::HEADERS, 0x04, 1, &bytes(OK));
    answer.extend(frame(Head::DATA, 0x01, 1, b"hello"));
    let seen = read(&mut talk, false, &answer);
    assert_eq!(infos(&seen), ["HEADERS[1]: 200 OK", "DATA[1]"]);
    seen[0].expect(&[("http2.headers.status", "200"), ("http2.headers.content_type", "text/plain")]);
    seen[1].expect(&[
        ("http2.data.data", "68656c6c6f"),
        ("http2.body.fragment", "6"),
        ("http2.body.fragment.count", "1"),
        ("http2.body.reassembled.length", "5"),
    ]);
    assert_eq!(seen[1].protocols, "http2:data-text-lines");
}

#[test]
fn a_header_block_in_several_frames() {
    let mut talk = Talk::new("http2");
    let block = bytes(GET);
    let mut ask = frame(Head::HEADERS, 0x01, 1, &block[..4]);
    ask.extend(frame(Head::CONTINUATION, 0, 1, &block[4..7]));
    ask.extend(frame(Head::CONTINUATION, 0x04, 1, &block[7..]));
    let seen = read(&mut talk, true, &ask);
    assert_eq!(infos(&seen), ["HEADERS[1]", "CONTINUATION[1]", "CONTINUATION[1]: GET /"]);
    assert_eq!(seen[0].get("http2.header.name"), "");
    seen[1].expect(&[("nd.http2.continuation.header", "8cf1e3")]);
    seen[2].expect(&[("http2.headers.authority", "www.example.com"), ("http2.header.count", "4")]);
    // What stands between the pieces ends the block, and nobody knows what is in the table.
    let mut ask = frame(Head::HEADERS, 0x01, 3, &block[..4]);
    ask.extend(frame(Head::PING, 0, 0, &[7; 8]));
    ask.extend(frame(Head::CONTINUATION, 0x04, 3, &block[4..]));
    ask.extend(frame(Head::HEADERS, 0x05, 5, &bytes(GET_AGAIN)));
    let seen = read(&mut talk, true, &ask);
    assert_eq!(seen[1].faults, ["malformed: a frame of another kind within a header block (http2.type)"]);
    assert_eq!(seen[1].get("http2.ping"), "0707070707070707");
    assert_eq!(seen[2].faults, ["malformed: no header block that goes on here (http2.type)"]);
    assert_eq!(
        seen[3].faults,
        ["malformed: an index that the header table does not have (http2.header.index)"]
    );
    seen[3].expect(&[("http2.header.name", ":method,:scheme,:path,cache-control")]);
}

#[test]
fn padding_and_priority() {
    let mut talk = Talk::new("http2");
    let seen = one(&mut talk, true, &frame(Head::HEADERS, 0x2d, 1, &bytes("02 80000003 ff 82 0000")));
    seen.expect(&[
        ("http2.pad_length", "2"),
        ("http2.exclusive", "1"),
        ("http2.stream_dependency", "3"),
        ("http2.headers.weight", "255"),
        ("http2.headers.weight_real", "256"),
        ("http2.headers", "82"),
        ("http2.headers.method", "GET"),
        ("http2.headers.padding", "0000"),
    ]);
    let seen = one(&mut talk, true, &frame(Head::DATA, 0x08, 1, &bytes("03 61 000000")));
    seen.expect(&[("http2.data.data", "61"), ("http2.data.padding", "000000")]);
    let seen = one(&mut talk, true, &frame(Head::DATA, 0x08, 1, &bytes("04 61 000000")));
    seen.expect(&[("http2.data.data", ""), ("http2.data.padding", "61000000")]);
    let seen = one(&mut talk, true, &frame(Head::DATA, 0x08, 1, &bytes("05 61 000000")));
    assert_eq!(seen.faults, ["malformed: more padding than the frame has room for (http2.pad_length)"]);
}

#[test]
fn the_other_types() {
    let mut talk = Talk::new("http2");
    let mut data = frame(Head::PRIORITY, 0, 1, &bytes("00000000 0f"));
    data.extend(frame(Head::RST_STREAM, 0, 1, &bytes("00000008")));
    data.extend(frame(Head::SETTINGS, 1, 0, b""));
    data.extend(frame(Head::PUSH_PROMISE, 0x0c, 1, &bytes("01 80000002 8286 00")));
    data.extend(frame(Head::PING, 1, 0, &[1; 8]));
    data.extend(frame(Head::GOAWAY, 0, 0, &bytes("80000003 0000000b 627965")));
    data.extend(frame(Head::WINDOW_UPDATE, 0, 0, &bytes("80000001")));
    data.extend(frame(Head::ALTSVC, 0, 0, b"\0\x03a.bh2=\":1\""));
    data.extend(frame(Head::ORIGIN, 0, 0, b"\0\x09https://a\0\x09https://b"));
    data.extend(frame(Head::PRIORITY_UPDATE, 0, 0, b"\0\0\0\x05u=1"));
    data.extend(frame(0x16, 0xff, 1, b"?"));
    let seen = read(&mut talk, false, &data);
    let expected = [
        "PRIORITY[1]",
        "RST_STREAM[1]: CANCEL",
        "SETTINGS[0]",
        "PUSH_PROMISE[1]: GET",
        "PING[0]",
        "GOAWAY[0]: ENHANCE_YOUR_CALM",
        "WINDOW_UPDATE[0]",
        "ALTSVC[0]",
        "ORIGIN[0]",
        "PRIORITY_UPDATE[0]",
        "Unknown type (22)[1]",
    ];
    assert_eq!(infos(&seen), expected);
    seen[0].expect(&[("http2.exclusive", "0"), ("http2.headers.weight_real", "16")]);
    seen[2].expect(&[("http2.flags.ack.settings", "1"), ("http2.settings.id", "")]);
    seen[3].expect(&[
        ("http2.pad_length", "1"),
        ("http2.push_promise.r", "0x00000001"),
        ("http2.push_promise.promised_stream_id", "2"),
        ("http2.push_promise.header", "8286"),
        ("http2.push_promise.padding", "00"),
    ]);
    seen[4].expect(&[("http2.pong", "0101010101010101"), ("http2.flags.ack.ping", "1")]);
    seen[5].expect(&[
        ("http2.goway.r", "0x00000001"),
        ("http2.goaway.last_stream_id", "3"),
        ("http2.goaway.addata", "627965"),
    ]);
    seen[6].expect(&[("http2.window_update.window_size_increment", "1")]);
    seen[7].expect(&[("http2.altsvc.origin", "a.b"), ("http2.altsvc.field_value", "h2=\":1\"")]);
    seen[8].expect(&[("http2.origin.origin", "https://a,https://b"), ("http2.origin.origin_len", "9,9")]);
    seen[9].expect(&[("http2.priority_update_stream_id", "5"), ("http2.priority_update_field_value", "u=1")]);
    seen[10].expect(&[("http2.unknown", "3f"), ("http2.flags.unused", "0xff")]);
    assert!(seen.iter().all(|seen| seen.faults.is_empty()));
}

#[test]
fn a_body_in_several_frames() {
    let mut talk = Talk::new("http2");
    read(&mut talk, false, &frame(Head::HEADERS, 0x04, 1, &bytes(OK)));
    let seen = one(&mut talk, false, &frame(Head::DATA, 0, 1, b"hello, "));
    assert_eq!((seen.protocols.as_str(), seen.get("http2.body.fragment").as_str()), ("http2", ""));
    one(&mut talk, false, &frame(Head::DATA, 0, 3, b"something else"));
    let seen = one(&mut talk, false, &frame(Head::DATA, 0x09, 1, b"\x01world\0"));
    assert_eq!(seen.protocols, "http2:data-text-lines");
    seen.expect(&[
        ("http2.body.fragment", "2,4"),
        ("http2.body.fragment.count", "2"),
        ("http2.body.reassembled.length", "12"),
        ("http2.body.reassembled.data", "68656c6c6f2c20776f726c64"),
    ]);
    // RST_STREAM ends a message without its body.
    one(&mut talk, false, &frame(Head::RST_STREAM, 0, 3, &bytes("00000000")));
    let seen = one(&mut talk, false, &frame(Head::DATA, 0x01, 3, b"late"));
    assert_eq!(seen.get("http2.body.fragment.count"), "1");
}

#[test]
fn frames_wait_for_their_ends() {
    let mut talk = Talk::new("http2");
    let mut short = |data: &[u8]| talk.stream(0, true, data, MORE).err();
    assert_eq!(short(&MAGIC[..5]), Some(Fault::Short { need: 24, have: 5 }));
    assert_eq!(short(&bytes("000003 00")), Some(Fault::Short { need: 9, have: 4 }));
    assert_eq!(short(&bytes("000003 00 00 00000001 61")), Some(Fault::Short { need: 12, have: 10 }));
    let long = "malformed: a frame longer than its receiver allows (http2.length)";
    assert_eq!(short(&bytes("004001 00 00 00000001")).map(|fault| fault.to_string()).as_deref(), Some(long));
}

/// A frame of 100,000 bytes, which the client has allowed.
#[test]
fn a_frame_that_is_too_long_to_be_held() {
    let mut talk = Talk::new("http2");
    read(&mut talk, true, &frame(Head::SETTINGS, 0, 0, &bytes("0005 00ffffff")));
    let mut data = frame(Head::DATA, 0x01, 1, &[0; 100_000]);
    data.extend(frame(Head::PING, 0, 0, &[7; 8]));
    let (len, seen) = talk.stream(0, false, &data[..70_000], MORE).unwrap();
    assert_eq!((len, seen.info.as_str()), (65_536, "DATA[1]"));
    assert_eq!(seen.get("nd.http2.note"), "parts of the body are missing, or there is more than is held");
    let (len, seen) = talk.stream(0, false, &data[65_536..], MORE).unwrap();
    assert_eq!((len, seen.protocols.as_str()), (100_009 - 65_536, ""));
    assert_eq!(one(&mut talk, false, &data[100_009..]).info, "PING[0]");
}

#[test]
fn behind_a_gap() {
    let mut talk = Talk::new("http2");
    read(&mut talk, true, &frame(Head::HEADERS, 0x05, 1, &bytes(GET)));
    let gap = Stream { follows: Follows::More, gap: 10 };
    // The rest of some frame, and then a whole one: the first is passed over.
    let (len, seen) = talk.stream(0, true, b"the rest of some frame", gap).unwrap();
    assert_eq!((len, seen.protocols.as_str()), (22, ""));
    let seen = one(&mut talk, true, &frame(Head::HEADERS, 0x05, 3, &bytes(GET_AGAIN)));
    assert_eq!(seen.info, "HEADERS[3]: GET /");
    assert_eq!(seen.faults, ["malformed: an index that the header table does not have (http2.header.index)"]);
    // A gap within a frame that was cut is counted.
    let cut = Stream { follows: Follows::Break, gap: 0 };
    let data = frame(Head::DATA, 0, 3, &[0; 20]);
    let (len, seen) = talk.stream(0, true, &data[..19], cut).unwrap();
    assert_eq!((len, seen.faults.join(";").as_str()), (19, "cut: 19 of 29 bytes"));
    let mut next = alloc::vec![0_u8; 4];
    next.extend(frame(Head::PING, 0, 0, &[7; 8]));
    let within = Stream { follows: Follows::More, gap: 6 };
    let (len, seen) = talk.stream(0, true, &next, within).unwrap();
    assert_eq!((len, seen.protocols.as_str()), (4, ""));
    assert_eq!(one(&mut talk, true, &next[4..]).info, "PING[0]");
}

/// RFC 7540 section 3.2: the answer to a request of HTTP/1.1 comes on stream 1.
#[test]
fn after_an_upgrade() {
    let mut talk = Talk::new("http");
    let ask = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n";
    read(&mut talk, true, ask);
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    read(&mut talk, false, switch);
    let seen = one(&mut talk, true, MAGIC);
    assert_eq!((seen.protocols.as_str(), seen.info.as_str()), ("http:http2", "Magic"));
    let seen = one(&mut talk, false, &frame(Head::HEADERS, 0x05, 1, &bytes(OK)));
    assert_eq!((seen.protocols.as_str(), seen.info.as_str()), ("http:http2", "HEADERS[1]: 200 OK"));
}

/// RFC 9113 section 3.4: the server's preface is SETTINGS.
#[test]
fn a_server_may_speak_first() {
    let settings = bytes("0003 00000080 0004 7fff0000");
    let mut preface = frame(Head::SETTINGS, 0, 0, &settings);
    preface.extend(frame(Head::WINDOW_UPDATE, 0, 0, &bytes("7fff0000")));
    assert!(is_server_preface(&preface));
    let others = [
        frame(Head::SETTINGS, 0, 0, b""),
        frame(Head::SETTINGS, 1, 0, &settings),
        frame(Head::SETTINGS, 0, 1, &settings),
        frame(Head::SETTINGS, 0, 0, &settings[..8]),
        frame(Head::SETTINGS, 0, 0, &bytes("00aa 00000007")),
        frame(Head::PING, 0, 0, &[0; 8]),
        preface[..10].to_vec(),
    ];
    assert!(others.iter().all(|other| !is_server_preface(other)));
    let mut talk = Talk::new("http2");
    let seen = read(&mut talk, false, &preface);
    assert_eq!(infos(&seen), ["SETTINGS[0]", "WINDOW_UPDATE[0]"]);
    assert_eq!(one(&mut talk, true, MAGIC).info, "Magic");
}

#[test]
fn percent_codes() {
    assert_eq!(unescape(b"/a%20b%2f+").as_deref(), Some(&b"/a b/+"[..]));
    for text in [&b"%"[..], b"%4", b"%4g", b"100%", b"%00"] {
        assert_eq!(unescape(text), None);
    }
}

#[test]
fn broken_copies() {
    let mut data = frame(Head::HEADERS, 0x2d, 1, &bytes("02 80000003 ff 82 4003612d62 83 25a849 0000"));
    Talk::new("http2").survives(&data);
    data = frame(Head::PUSH_PROMISE, 0x04, 1, &bytes("00000002 3fe11f 8286"));
    Talk::new("http2").survives(&data);
    Talk::new("http2").survives(&frame(Head::SETTINGS, 0, 0, &bytes("0001 00000000")));
    Talk::new("http2").survives(&frame(Head::DATA, 0x09, 1, &bytes("02 6162 0000")));
}
