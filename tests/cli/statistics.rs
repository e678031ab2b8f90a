//! Screens that count and pair: protocols, endpoints, conversations, time, exchanges, and the page with all of it.

use serde_json::Value;

use super::common::{run, run_fed, samples};

const SCREENS: [&[&str]; 12] = [
    &["--protocols"],
    &["--endpoints"],
    &["--flows=udp"],
    &["--flows=ip"],
    &["--rate", "10ms"],
    &["--dns"],
    &["--http"],
    &["--path"],
    &["--nat"],
    &["--leases"],
    &["--arp"],
    &["--summary"],
];

fn args<'a>(sample: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["read", sample].into_iter().chain(more.iter().copied()).collect()
}

fn text(sample: &str, more: &[&str]) -> String {
    run(args(sample, more)).expect(0).out()
}

fn records(sample: &str, more: &[&str]) -> Vec<Value> {
    let all = [more, &["-T", "jsonl"]].concat();
    text(sample, &all).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A count: those without a bound are decimal strings.
fn count(record: &Value, key: &str) -> u64 {
    record[key].as_str().unwrap_or_else(|| panic!("{key} in {record}")).parse().unwrap()
}

#[test]
fn a_capture_without_packets_has_a_name() {
    let header = std::fs::read(samples().join("dns.pcap")).unwrap()[..24].to_vec();
    let args = ["read", "-", "--summary", "-T", "json"];
    let page: Value = serde_json::from_str(&run_fed(args, vec![header]).expect(0).out()).unwrap();
    assert_eq!(page["capture"]["name"], "-");
}

#[test]
fn words_of_tshark_are_names_of_screens() {
    for (words, flags) in [
        ("io,phs", &["--protocols"][..]),
        ("endpoints,ip", &["--endpoints"]),
        ("conv,tcp", &["--flows"]),
        ("conv,udp", &["--flows=udp"]),
        ("conv,ip", &["--flows=ip"]),
        ("io,stat,0.01", &["--rate", "10ms"]),
        ("expert", &["--expert"]),
        ("flow,tcp", &["--follow-tcp"]),
        ("follow,tcp,ascii,1", &["--follow-tcp=1"]),
        ("io,phs,udp", &["--protocols", "-Y", "udp"]),
    ] {
        for format in ["text", "jsonl"] {
            let by_words = text("dns.pcap", &["-q", "-z", words, "-T", format]);
            let by_flag = text("dns.pcap", &[flags, &["-T", format]].concat());
            assert!(!by_words.is_empty() || words == "expert", "{words}");
            assert_eq!(by_words, by_flag, "{words}");
        }
    }
    let both = text("dns.pcap", &["-z", "io,phs,udp", "-Y", "dns.qry.type == 28"]);
    assert_eq!(both, text("dns.pcap", &["--protocols", "-Y", "udp && dns.qry.type == 28"]));
}

#[test]
fn other_words_are_refused_with_the_list() {
    for words in ["rpc,programs", "io,stat", "io,stat,-1", "conv,eth", "follow,udp,ascii,0", ""] {
        let ran = run(["read", "dns.pcap", "-z", words]);
        let said = ran.expect(2).err();
        assert!(said.contains("-z"), "{said}");
    }
    let said = run(["read", "dns.pcap", "-z", "rpc,programs"]).err();
    for word in ["conv,tcp", "endpoints,ip", "io,stat", "io,phs", "expert", "follow,tcp"] {
        assert!(said.contains(word), "{said}");
    }
    run(["read", "dns.pcap", "--dns", "--http"]).expect(2);
    run(["read", "dns.pcap", "-z", "expert", "--flows"]).expect(2);
    for screen in SCREENS {
        run(args("dns.pcap", &[screen, &["-T", "tsv"]].concat())).expect(2);
    }
}

#[test]
fn every_frame_is_counted_once() {
    for sample in
        ["dns.pcap", "http_keepalive.pcap", "malformed.pcap", "vlan.pcap", "ip_in_ip.pcap", "arp.pcap"]
    {
        let packets = records(sample, &[]);
        let frames = packets.len() as u64;
        let bytes: u64 = packets.iter().map(|packet| packet["frame.len"].as_u64().unwrap()).sum();
        let sum = |all: &[Value], key: &str| all.iter().map(|record| count(record, key)).sum::<u64>();
        let rate = records(sample, &["--rate", "1ms"]);
        assert_eq!((sum(&rate, "nd.packets"), sum(&rate, "nd.bytes")), (frames, bytes), "{sample}");
        let mut tree = records(sample, &["--protocols"]);
        let total = tree.pop().unwrap();
        assert_eq!((count(&total, "nd.packets"), count(&total, "nd.bytes")), (frames, bytes), "{sample}");
        assert_eq!(sum(&tree, "nd.packets_last"), frames, "{sample}: each ends somewhere");
        assert_eq!(tree[0]["nd.protocol.path"], serde_json::json!(["frame"]));
        let mut ends = records(sample, &["--endpoints"]);
        let total = ends.pop().unwrap();
        assert_eq!(count(&total, "nd.packets"), frames, "{sample}");
        assert_eq!(sum(&ends, "nd.sent.packets"), sum(&ends, "nd.received.packets"), "{sample}");
        let pairs = records(sample, &["--flows=ip"]);
        let sent = sum(&pairs, "nd.client.packets") + sum(&pairs, "nd.server.packets");
        assert_eq!(sent, sum(&ends, "nd.sent.packets"), "{sample}");
    }
}

#[test]
fn filters_choose_what_is_counted() {
    let tree = records("dns.pcap", &["--protocols", "-Y", "tcp"]);
    assert!(tree.iter().all(|row| row["nd.protocol"] != "udp"));
    assert_eq!(count(&tree[0], "nd.packets"), 22);
    let part = records("dns.pcap", &["--rate", "0", "--frames", "3-7"]);
    assert_eq!((part.len(), count(&part[0], "nd.packets")), (1, 5));
    // Of an exchange one message is enough.
    let failed = records("dns.pcap", &["--dns", "-Y", "dns.flags.rcode == 3"]);
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["dns.qry.name"], serde_json::json!(["nobody.example.net"]));
    assert_eq!(failed[0]["nd.exchange.question_in"], 23);
}

#[test]
fn questions_have_their_answers() {
    let all = records("dns.pcap", &["--dns"]);
    for exchange in &all {
        let (question, answer) = (&exchange["nd.exchange.question_in"], &exchange["nd.exchange.answer_in"]);
        let fields =
            ["-Y", &format!("frame.number == {answer}"), "-T", "tsv", "-e", "dns.response_to,dns.time"];
        let row = text("dns.pcap", &fields);
        let row: Vec<&str> = row.lines().nth(1).unwrap().split('\t').collect();
        assert_eq!(row[0], question.to_string());
        assert_eq!(row[1], exchange["dns.time"].as_str().unwrap());
    }
    let shown = text("dns.pcap", &["--dns"]);
    for words in
        ["! No such name", "! Refused", "192.0.2.80 +1", "18 exchanges: 18 answered (2 with an error)"]
    {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    // Without its answers every question stays open, and an answer alone is told as such.
    let odd = records("malformed.pcap", &["--dns"]);
    let states: Vec<&str> = odd.iter().map(|row| row["nd.exchange.state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "unasked").count(), 4);
    assert_eq!(states.last(), Some(&"unanswered"));
}

#[test]
fn requests_have_their_responses() {
    let all = records("http_keepalive.pcap", &["--http"]);
    let codes: Vec<&Value> = all.iter().map(|row| &row["http.response.code"]).collect();
    assert_eq!(codes, [200, 200, 200, 200]);
    for exchange in &all {
        let answer = &exchange["nd.exchange.answer_in"];
        let fields =
            ["-Y", &format!("frame.number == {answer}"), "-T", "tsv", "-e", "http.request_in,http.time"];
        let row = text("http_keepalive.pcap", &fields);
        let row: Vec<&str> = row.lines().nth(1).unwrap().split('\t').collect();
        assert_eq!(row[0], exchange["nd.exchange.question_in"].to_string());
        assert_eq!(row[1], exchange["http.time"].as_str().unwrap());
        let seconds = |key: &str| exchange[key].as_str().unwrap().parse::<f64>().unwrap();
        assert!(seconds("nd.exchange.first_byte") <= seconds("http.time"));
    }
    // Several responses in flight are told apart by their order.
    let pipelined = records("http_pipeline.pcap", &["--http"]);
    let answered: Vec<(&Value, &Value, &Value)> = pipelined
        .iter()
        .filter(|row| row["nd.exchange.state"] == "answered")
        .map(|row| (&row["http.request.method"], &row["http.request.uri"], &row["http.response.code"]))
        .collect();
    let expected: Vec<(Value, Value, Value)> = [
        ("GET", "/style.css", 200),
        ("HEAD", "/notes.txt", 200),
        ("GET", "/parts.shtml", 200),
        ("GET", "/none", 404),
        ("GET", "/notes.txt", 200),
        // Answered before its body was complete.
        ("POST", "/form", 200),
    ]
    .map(|(method, uri, code)| (method.into(), uri.into(), code.into()))
    .into();
    assert_eq!(answered, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
    // The answer to HEAD has the length of a body that is not sent.
    let methods = records("http_methods.pcap", &["--http"]);
    for head in methods.iter().filter(|row| row["http.request.method"] == "HEAD") {
        assert_eq!(head["nd.exchange.bytes"], "0");
    }
}

/// A classic capture of Ethernet frames of 60 zeros at these times, in s and ns.
fn capture(times: &[(u32, u32)]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend(word.to_le_bytes());
    }
    for &(secs, nanos) in times {
        for word in [secs, nanos, 60, 60] {
            file.extend(word.to_le_bytes());
        }
        file.extend([0; 60]);
    }
    file
}

#[test]
fn years_without_a_frame_are_one_row() {
    let file = capture(&[(100, 0), (100, 999_999_999), (101, 0), (99, 500_000_000), (4_000_000_000, 0)]);
    let shown = run_fed(["read", "-", "--rate", "1s"], vec![file.clone()]);
    let shown = shown.expect(0).out();
    assert!(shown.lines().count() < 10, "{shown}");
    assert!(shown.contains("3999999898 s without a frame"), "{shown}");
    let ran = run_fed(["read", "-", "--rate", "1s", "-T", "jsonl"], vec![file]);
    let rows: Vec<Value> =
        ran.expect(0).out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<(&str, u64)> = rows
        .iter()
        .map(|row| (row["nd.interval.from"].as_str().unwrap(), count(row, "nd.packets")))
        .collect();
    let expected = [("-1.000000000", 1), ("0.000000000", 2), ("1.000000000", 1), ("3999999900.000000000", 1)];
    assert_eq!(seen, expected);
}

#[test]
fn too_many_intervals_become_longer() {
    let times: Vec<(u32, u32)> = (0..70_000).map(|n| (n * 10, 0)).collect();
    let ran = run_fed(["read", "-", "--rate", "1ms"], vec![capture(&times)]);
    let shown = ran.expect(0).out();
    assert!(shown.contains("70,000 frames") && shown.contains("There were too many of 0.001 s."), "{shown}");
}

#[test]
fn a_datagram_in_pieces_counts_with_all_of_them() {
    let udp = records("udp_fragments.pcap", &["--flows=udp"]);
    let ip = records("udp_fragments.pcap", &["--flows=ip"]);
    let sum = |rows: &[Value], key: &str| {
        let of = |row: &Value| row[key].as_str().unwrap_or("0").parse::<u64>().unwrap();
        rows.iter().map(of).sum::<u64>()
    };
    for key in ["nd.client.packets", "nd.server.packets", "nd.client.bytes", "nd.server.bytes"] {
        assert!(sum(&ip, key) > 0, "{ip:?}");
    }
    let all = |rows: &[Value], what: &str| {
        sum(rows, &format!("nd.client.{what}")) + sum(rows, &format!("nd.server.{what}"))
    };
    // All of it is UDP.
    assert_eq!((all(&udp, "packets"), all(&udp, "bytes")), (all(&ip, "packets"), all(&ip, "bytes")));
}

#[test]
fn a_summary_keeps_its_verdicts_within_its_bound() {
    for sample in
        ["malformed.pcap", "tcp_forged_reset.pcap", "tcp_reset_cause.pcap", "tcp_loss_many_receiver.pcap"]
    {
        let whole: Value =
            serde_json::from_str(&text(sample, &["--summary", "-T", "json"])).expect("one object");
        assert_eq!((&whole["kind"], &whole["dropped"]), (&"summary".into(), &serde_json::json!([])));
        let ids = |summary: &Value| {
            let list = summary["verdicts"].as_array().unwrap();
            let mut ids: Vec<String> =
                list.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
            ids.dedup();
            ids
        };
        let found: Vec<String> = records(sample, &["--expert"])
            .iter()
            .map(|finding| finding["id"].as_str().unwrap().to_owned())
            .collect();
        let mut kinds = found.clone();
        kinds.dedup();
        assert_eq!(ids(&whole), kinds, "{sample}");
        let mut last = usize::MAX;
        for max in ["64k", "8k", "4k", "1"] {
            let shown = text(sample, &["--summary", "-T", "json", "--max-bytes", max]);
            let summary: Value = serde_json::from_str(&shown).unwrap();
            assert_eq!(ids(&summary), kinds, "{sample} in {max}");
            assert_eq!(summary["capture"], whole["capture"], "{sample} in {max}: counts stay");
            assert!(shown.len() <= last && (max == "1" || shown.len() <= 64 << 10));
            last = shown.len();
            if max == "8k" {
                assert!(shown.len() <= 8_192, "{sample}: {}", shown.len());
            }
            if max == "1" {
                assert!(!summary["dropped"].as_array().unwrap().is_empty());
            }
        }
    }
    run(["read", "dns.pcap", "--summary", "--max-bytes", "8k"]).expect(2);
    run(["read", "dns.pcap", "--dns", "-T", "json", "--max-bytes", "8k"]).expect(2);
}

#[test]
fn screens_fit_and_can_do_without_utf_8() {
    for sample in ["dns.pcap", "http_headers.pcap", "ipv6_extensions.pcap", "tcp_loss_many_sender.pcap"] {
        for screen in SCREENS {
            for width in [80, 100, 120] {
                let shown = text(sample, &[screen, &["--width", &width.to_string()]].concat());
                for line in shown.lines() {
                    assert!(line.chars().count() <= width, "{sample} {screen:?}: {line}");
                }
            }
            let ascii = text(sample, &[screen, &["--ascii"]].concat());
            assert!(ascii.is_ascii(), "{sample} {screen:?}: {ascii}");
        }
    }
}
