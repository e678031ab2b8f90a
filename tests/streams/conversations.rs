//! Conversations of sections 3.F and 3.G of docs/faults.md through the program itself: what is no gap, what is one event, and
//! what becomes of messages that lie.

use std::collections::BTreeSet;

use super::common::run;
use super::dialogue::{Client, Dialogue, Server};
use super::records;
use super::wire::Wire;

/// One row a packet: these fields, the cells apart.
fn rows(file: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let mut args = vec!["read", file, "-T", "fields"];
    for field in fields {
        args.extend(["-e", field]);
    }
    let out = run(args).expect(0).out();
    out.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Cells of one column, those of one packet apart too; without empty ones.
fn values(rows: &[Vec<String>], column: usize) -> Vec<&str> {
    rows.iter().flat_map(|row| row[column].split(',')).filter(|value| !value.is_empty()).collect()
}

/// Numbered lines, so that a byte out of place shows.
fn text(len: usize) -> Vec<u8> {
    let mut text: Vec<u8> = (0..len / 8 + 1).flat_map(|line| format!("{line:07}\n").into_bytes()).collect();
    text.truncate(len);
    text
}

#[test]
fn f20_keep_alives_window_probes_and_large_segments_are_no_gaps() {
    let mut wire = Wire::default();
    let mut idle = Dialogue::open(&mut wire, 40_000);
    idle.say(Client, b"idle\n");
    for bytes in [&b""[..], b"\n"] {
        idle.ack(Server);
        let mut probe = idle.header(Client);
        probe.sequence_number -= 1;
        idle.put(Client, probe, bytes);
    }
    idle.ack(Server).say(Client, b"end\n").close();
    let mut full = Dialogue::open(&mut wire, 40_001);
    full.say(Client, b"full\n");
    let shut = |full: &mut Dialogue<'_>| {
        let mut closed = full.header(Server);
        closed.window_size = 0;
        full.put(Server, closed, &[]);
    };
    shut(&mut full);
    for (back, bytes) in [(1, &b""[..]), (0, b"e")] {
        let mut probe = full.header(Client);
        probe.sequence_number -= back;
        full.put(Client, probe, bytes);
        shut(&mut full);
    }
    full.ack(Server).say(Client, b"end\n").close();
    let large = text(192_000);
    let mut offload = Dialogue::open(&mut wire, 40_002);
    for piece in large.chunks(64_000) {
        offload.say_in(Client, piece, 64_000).ack(Server);
    }
    offload.close();
    let file = wire.save("F20");
    let flows: Vec<_> = records(&["read", &file, "--follow-tcp", "-T", "jsonl"])
        .into_iter()
        .filter(|record| record["kind"] == "flow")
        .collect();
    assert_eq!(flows.len(), 3);
    for (flow, stream) in flows.iter().zip([&b"idle\nend\n"[..], b"full\nend\n", &large]) {
        let client = |name: &str| &flow[format!("nd.tcp.{name}.client")];
        assert_eq!(client("bytes_missing"), "0", "{flow}");
        assert_eq!(client("bytes"), &stream.len().to_string(), "{flow}");
        assert!(client("gaps").is_null(), "{flow}");
        assert_eq!(flow["nd.tcp.verdict"], "closed-normal", "{flow}");
        let number = flow["nd.flow"].as_str().unwrap();
        let sent = run(["read", &file, &format!("--follow-tcp={number}"), "--data", "raw"]);
        assert!(sent.expect(0).out == *stream, "flow {number}");
    }
}

#[test]
fn f22_a_storm_of_fins_and_resets_is_one_event() {
    let mut wire = Wire::default();
    let mut storm = Dialogue::open(&mut wire, 40_000);
    for _ in 0..1_000 {
        let (mut fin, mut reset) = (storm.header(Client), storm.header(Server));
        (fin.fin, reset.rst) = (true, true);
        storm.put(Client, fin, &[]);
        storm.put(Server, reset, &[]);
    }
    let file = wire.save("F22");
    assert_eq!(
        run(["read", &file, "-T", "fields", "-e", "frame.number"]).expect(0).out().lines().count(),
        2_003
    );
    let flows = records(&["read", &file, "--flows", "-T", "jsonl"]);
    assert_eq!(flows.len(), 1, "{flows:?}");
    let findings = records(&["read", &file, "--expert", "-T", "jsonl"]);
    let kinds: Vec<&str> = findings.iter().filter_map(|finding| finding["id"].as_str()).collect();
    let distinct: BTreeSet<&str> = kinds.iter().copied().collect();
    assert_eq!(distinct.len(), kinds.len(), "the same more than once: {findings:?}");
    let ran = run(["read", &file, "--expert"]);
    assert!(ran.expect(0).out().lines().count() < 20, "{}", ran.out());
    assert!(ran.err().lines().count() < 6, "{}", ran.err());
}

/// A question of DNS for `name`.example.com.
fn question(name: &str) -> Vec<u8> {
    let mut message = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in [name, "example", "com"] {
        message.push(label.len() as u8);
        message.extend(label.bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    message
}

/// A message behind its length, or behind another.
fn framed(message: &[u8], length: usize) -> Vec<u8> {
    [&(length as u16).to_be_bytes(), message].concat()
}

#[test]
fn g07_a_length_that_lies_costs_its_own_flow_and_no_other() {
    let mut wire = Wire::default();
    wire.port = 53;
    let [first, second] = ["first", "second"].map(question);
    let len = first.len();
    let both = [framed(&first, len), framed(&second, second.len())].concat();
    for (port, bytes, size) in [
        (40_000, framed(&first, 5), 1_460),
        (40_001, framed(&first, 65_535), 1_460),
        (40_002, both.clone(), 1_460),
        (40_003, framed(&first, len), 4),
        (40_004, both, 1),
    ] {
        Dialogue::open(&mut wire, port).say_in(Client, &bytes, size).close();
    }
    let rows = rows(&wire.save("G07"), &["tcp.srcport", "dns.qry.name"]);
    assert_eq!(rows.len(), wire.frames.len());
    let of = |port: &str| {
        let own: Vec<Vec<String>> = rows.iter().filter(|row| row[0] == port).cloned().collect();
        values(&own, 1).join(" ")
    };
    assert_eq!(of("40002"), "first.example.com second.example.com");
    assert_eq!(of("40003"), "first.example.com");
    assert_eq!(of("40004"), "first.example.com second.example.com");
    for lies in ["40000", "40001"] {
        assert!(!of(lies).contains("second"), "{}", of(lies));
    }
    let tree = run(["read", &wire.save("G07"), "-V", "-Y", "tcp.srcport == 40000"]).expect(0).out();
    assert!(tree.contains("malformed"), "a message of five bytes: {tree}");
}

const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn g12_a_thousand_requests_without_an_answer_are_counted() {
    let mut wire = Wire::default();
    let requests: Vec<u8> =
        (1..=1_000).flat_map(|nth| format!("GET /{nth} HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes()).collect();
    let mut web = Dialogue::open(&mut wire, 40_000);
    web.say(Client, &requests);
    for _ in 0..1_000 {
        web.say(Server, REPLY);
    }
    let fields = ["http.request_number", "nd.http.note", "http.request_in", "http.response.code"];
    let rows = rows(&wire.save("G12"), &fields);
    let numbers: Vec<String> = (1..=1_000).map(|number: u32| number.to_string()).collect();
    assert_eq!(values(&rows, 0), numbers);
    let notes = values(&rows, 1);
    assert_eq!(notes, ["more than 512 requests without an answer"; 488]);
    assert_eq!(values(&rows, 2).len(), 512, "answers that know their request");
    assert_eq!(values(&rows, 3).len(), 1_000);
}

#[test]
fn g13_nothing_is_paired_without_its_request() {
    let mut wire = Wire::default();
    Dialogue::open(&mut wire, 40_000).say(Server, REPLY).close();
    let mut gap = Dialogue::open(&mut wire, 40_001);
    gap.say(Client, b"GET /cut HTTP/1.1\r\nHo").skip(Client, 100).say(Client, b"\r\n\r\n").say(Server, REPLY);
    gap.close();
    let rows =
        rows(&wire.save("G13"), &["tcp.dstport", "http.response.code", "http.request_in", "nd.http.note"]);
    let answers: Vec<&[String]> =
        rows.iter().filter(|row| row[1] == "200").map(|row| row.as_slice()).collect();
    assert_eq!(answers.len(), 2, "{rows:?}");
    for answer in answers {
        assert_eq!(answer[2], "", "{answer:?}");
        assert!(answer[3].contains("its request was not seen"), "{answer:?}");
    }
}

/// Bytes that mean nothing, always the same.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// The smallest hello of a TLS client: one suite, no extensions.
fn hello() -> Vec<u8> {
    let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0x13, 1, 1, 0]);
    assert_eq!(hello.len(), 5 + 45);
    hello
}

#[test]
fn g19_a_port_that_lies_is_no_trap() {
    let get = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let noise = noise(960);
    let mut wire = Wire::default();
    let cases = [
        (53, get.to_vec(), "http"),
        (80, hello(), "tls"),
        (80, noise.clone(), "http"),
        (443, noise, "tls"),
        (443, get.to_vec(), "http"),
    ];
    for ((port, bytes, _), from) in cases.iter().zip(40_000..) {
        wire.port = *port;
        Dialogue::open(&mut wire, from).say(Client, bytes).close();
    }
    let rows = rows(&wire.save("G19"), &["tcp.srcport", "tcp.len", "frame.protocols"]);
    assert_eq!(rows.len(), wire.frames.len());
    for ((port, bytes, spoken), from) in cases.iter().zip(40_000..) {
        let own: Vec<&Vec<String>> = rows
            .iter()
            .filter(|row| row[0] == from.to_string() && row[1] == bytes.len().to_string())
            .collect();
        let [row] = own[..] else { panic!("port {port}: {rows:?}") };
        let above: Vec<&str> = row[2].split(':').skip_while(|layer| *layer != "tcp").skip(1).collect();
        // What it is, or what it claims to be, or bytes; none of it twice.
        let distinct: BTreeSet<&&str> = above.iter().collect();
        assert_eq!(distinct.len(), above.len(), "port {port}: {above:?}");
        assert!(above.iter().all(|layer| layer == spoken || *layer == "data"), "port {port}: {above:?}");
    }
}

#[test]
fn h08_long_text_is_cut_with_a_mark_and_told_in_full_where_it_is_asked_for() {
    const LEN: usize = 20_000;
    let mut wire = Wire::default();
    let agent = "u".repeat(LEN);
    let marks = "\u{301}".repeat(LEN / 2);
    for (port, head) in [
        (40_000, format!("GET / HTTP/1.1\r\nUser-Agent: {agent}\r\n\r\n")),
        (40_001, format!("GET /a{marks} HTTP/1.1\r\nHost: h\r\n\r\n")),
    ] {
        Dialogue::open(&mut wire, port).say(Client, head.as_bytes()).close();
    }
    let file = wire.save("H08");
    let tree = run(["read", &file, "-V"]).expect(0).out();
    let longest = tree.lines().map(str::len).max().unwrap_or_default();
    // Each byte that is not ASCII takes four.
    assert!((4_096..4 * 4_096 + 100).contains(&longest), "a line of {longest} bytes");
    let cut = tree.lines().find(|line| line.contains("uuuu")).unwrap();
    assert!(cut.contains('…'), "{} bytes without a mark", cut.len());
    let list = run(["read", &file]).expect(0).out();
    assert!(list.lines().all(|line| line.len() < 4_096), "{list}");
    let all = records(&["read", &file, "-T", "jsonl", "-V", "-Y", "http.user_agent"]);
    let [record] = &all[..] else { panic!("not one: {all:?}") };
    assert_eq!(record["http.user_agent"][0].as_str().map(str::len), Some(4_096));
    assert_eq!(record["http.user_agent_cut"][0], LEN);
    let full = run(["read", &file, "-T", "fields", "-e", "http.user_agent", "-Y", "http.user_agent"]);
    assert_eq!(full.expect(0).out().trim_end(), agent);
}
