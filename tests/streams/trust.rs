//! `--trust`: each doubt from a capture that gives reason for it, and none from one that does not.

use serde_json::{Value, json};

use super::common::{run, unclean};
use super::records;
use super::wire::{Manner, Talk, Wire};

const TALK: Talk = Talk { port: 50_001, isn: 1_000 };

/// Words of the doubts of a record.
fn doubts(record: &Value) -> Vec<&str> {
    record["nd.capture.doubts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| it["doubt"].as_str().unwrap())
        .collect()
}

/// The records of the flows, and that of the capture.
fn trust(file: &str) -> (Vec<Value>, Value) {
    let mut all = records(&["read", file, "--trust", "-T", "jsonl"]);
    assert!(all.iter().all(|record| record["kind"] == "trust"));
    let capture = all.pop().unwrap();
    assert!(capture.get("nd.flow").is_none(), "{capture}");
    (all, capture)
}

#[test]
fn a_whole_conversation_is_complete() {
    let (flows, capture) = trust("tcp_close4.pcap");
    assert!(
        flows.iter().chain([&capture]).all(|record| record["nd.capture.trust"] == "complete"),
        "{flows:?}"
    );
    let text = run(["read", "tcp_close4.pcap", "--trust"]).expect(0).out();
    assert!(text.starts_with("Can this capture be believed? complete: "), "{text}");
    let timeline = run(["read", "tcp_close4.pcap", "--follow-tcp"]).expect(0).out();
    assert!(timeline.contains("Trust   complete: "), "{timeline}");
}

#[test]
fn recorded_captures_give_the_doubts_that_they_were_made_for() {
    for (name, want, grade) in [
        ("tcp_one_sided.pcap", &["one-way"][..], "partial"),
        ("tcp_midstream.pcap", &["midstream"], "partial"),
        ("tcp_loss_fast_sender.pcap", &["snaplen"], "partial"),
        ("nat.pcap", &["copies"], "good"),
    ] {
        let (flows, capture) = trust(name);
        let told: Vec<&str> = flows.iter().flat_map(doubts).collect();
        for doubt in want {
            assert!(told.contains(doubt), "{name}: {told:?}");
        }
        assert_eq!(capture["nd.capture.trust"], grade, "{name}: {flows:?}");
        assert!(want.iter().all(|doubt| doubts(&capture).contains(doubt)), "{name}: {capture}");
    }
    // What the receiver reports as doubled on the way is nothing that the capture made.
    let (flows, _) = trust("tcp_duplicate_receiver.pcap");
    assert!(!doubts(&flows[0]).contains(&"copies"), "{flows:?}");
    let (_, capture) = trust("two_interfaces.pcapng");
    // One is in the statistics, the other in the option of a packet.
    let drops = [&capture["nd.capture.interface_drops"], &capture["nd.capture.kernel_drops"]];
    assert_eq!((doubts(&capture), drops), (vec!["drops"], [&json!("1"), &json!("1")]));
    // What is missing does not make wrong what is there.
    assert_eq!(capture["nd.capture.trust"], "partial");
}

#[test]
fn checksums_of_which_none_is_right_refute_nothing() {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    wire.data(TALK, 1, b"GET /index.html HT", Manner::default());
    wire.data(TALK, 19, b"TP/1.1\r\nHost: example.com\r\n\r\n", Manner::default());
    wire.ack(TALK, 48);
    // Byte 12 of an IPv4 header is the source's first.
    for built in wire.frames.iter_mut().filter(|built| built.bytes[12..16] == wire.client) {
        built.bytes[37] ^= 1;
    }
    let file = wire.save("offload");
    let (flows, _) = trust(&file);
    assert_eq!(
        (flows[0]["nd.capture.trust"].as_str(), doubts(&flows[0])),
        (Some("good"), vec!["checksum-offload"])
    );
    let flow = records(&["read", &file, "--flows", "-T", "jsonl"]).remove(0);
    assert_eq!(
        (&flow["nd.tcp.verdict"], &flow["nd.tcp.bytes.client"]),
        (&json!("established"), &json!("47"))
    );
    // Whoever asks what was said gets it whole; packets show what tshark shows.
    let requests = |more: &[&str]| run([&["read", &*file], more].concat()).expect(0).out();
    assert!(requests(&["--http"]).contains("GET example.com/index.html"), "{}", requests(&["--http"]));
    let hosts = |more: &[&str]| requests(&[&["-e", "http.host", "-T", "tsv"], more].concat());
    assert!(!hosts(&[]).contains("example.com") && hosts(&["--ignore-checksums"]).contains("example.com"));
}

#[test]
fn what_the_interface_cuts_and_finishes_counts() {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    for (at, has_length) in [(1, true), (3_001, false)] {
        wire.data(TALK, at, &[b'x'; 3_000], Manner::default());
        let bytes = &mut wire.frames.last_mut().unwrap().bytes;
        let length = if has_length { bytes.len() as u64 - 20 } else { 0 };
        let words = bytes[12..20].chunks(2).map(|word| u64::from(u16::from_be_bytes([word[0], word[1]])));
        let sum = words.sum::<u64>() + 6 + length;
        let sum = (sum & 0xffff) + (sum >> 16);
        bytes[36..38].copy_from_slice(&(sum as u16).to_be_bytes());
    }
    wire.ack(TALK, 6_001);
    let (flows, _) = trust(&wire.save("large-send"));
    assert_eq!(doubts(&flows[0]), ["checksum-offload"], "{flows:?}");
}

#[test]
fn where_nothing_can_be_judged_nothing_is_vouched_for() {
    let page = |name| run(["read", name, "--trust", "--width", "200"]).expect(0).out();
    for name in ["bigendian.pcap", "ping_v6.pcap", "traceroute_tcp.pcap"] {
        let vouched = page(name).contains("every acknowledged byte is in the file");
        // One SYN of the traceroute was answered by a segment.
        assert_eq!(vouched, name == "traceroute_tcp.pcap", "{name}");
    }
    let text = page("bigendian.pcap");
    assert!(text.contains("no TCP connection is in it to judge by"), "{text}");
}

#[test]
fn an_attempt_without_an_answer_is_no_fault_of_the_capture() {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    wire.frames.truncate(1);
    let (flows, capture) = trust(&wire.save("attempt"));
    assert_eq!((flows[0]["nd.capture.trust"].as_str(), doubts(&capture)), (Some("complete"), vec![]));
    let (flows, capture) = trust("traceroute_tcp.pcap");
    assert!(flows.iter().chain([&capture]).all(|record| record["nd.capture.trust"] == "complete"));
    let text = run(["read", "traceroute_tcp.pcap", "--trust"]).expect(0).out();
    assert!(text.contains("2 attempts answered by an ICMP error."), "{text}");
}

#[test]
fn the_place_of_the_capture_is_told_by_what_proves_it() {
    // Round trips of 12 and 18 µs say nothing; the client's time to live is one that systems begin with.
    let (flows, _) = trust("pmtu.pcap");
    assert_eq!(flows[0]["nd.capture.vantage"], "client");
    // Neither end is behind a router here, and neither is nearer.
    let mut wire = Wire::default();
    wire.handshake(TALK);
    let (flows, _) = trust(&wire.save("vantage"));
    assert_eq!(flows[0].get("nd.capture.vantage"), None, "{flows:?}");
}

#[test]
fn segments_larger_than_the_mss_are_told_with_whose_they_are() {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    wire.data(TALK, 1, &[b'x'; 9_000], Manner::default());
    wire.ack(TALK, 9_001);
    let (flows, _) = trust(&wire.save("offload"));
    assert_eq!(
        flows[0]["nd.capture.doubts"],
        json!([{"doubt": "offload", "of": "client", "count": 9000, "unit": "bytes"}])
    );
}

#[test]
fn bytes_that_the_file_lacks_are_told_apart_from_bytes_that_may_be_lost() {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    wire.data(TALK, 1, b"AAAA", Manner::default());
    wire.data(TALK, 9, b"CCCC", Manner::default());
    wire.ack(TALK, 13);
    wire.data(TALK, 23, b"EEEE", Manner::default());
    let (flows, capture) = trust(&wire.save("lacks"));
    assert_eq!(
        flows[0]["nd.capture.doubts"],
        json!([
            {"doubt": "capture-loss", "of": "client", "count": 4, "unit": "bytes"},
            {"doubt": "lost", "of": "client", "count": 10, "unit": "bytes"},
        ])
    );
    assert_eq!(capture["nd.capture.trust"], "partial");
}

#[test]
fn a_clock_that_was_set_is_told_apart_from_frames_out_of_order() {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    wire.frames[1].time -= 150_000;
    let (_, capture) = trust(&wire.save("disorder"));
    assert_eq!(
        (doubts(&capture), &capture["nd.capture.disorder"]),
        (vec!["disorder"], &json!("0.000050000"))
    );
    wire.frames[2].time -= 5_000_000_000;
    let (_, capture) = trust(&wire.save("clock"));
    assert_eq!(doubts(&capture), ["clock-step", "disorder"]);
    assert_eq!(capture["nd.capture.clock_step_frame"], "3");
    assert_eq!(capture["nd.capture.trust"], "doubtful");
}

#[test]
fn a_cut_file_is_a_doubt_and_still_read() {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    let path = wire.save("cut");
    let mut file = wire.file();
    file.truncate(file.len() - 7);
    std::fs::write(&path, file).unwrap();
    let ran = run(["read", &path, "--trust"]);
    let text = ran.expect(3).out();
    assert!(text.contains("! damage: 1 record of the file that could not be read"), "{text}");
}

#[test]
fn the_page_reads_well_at_every_width() {
    for name in super::common::sample_names() {
        for width in ["60", "80", "120"] {
            let ran = run(["read", &name, "--trust", "--width", width, "--ascii"]);
            let text = String::from_utf8(ran.out.clone()).unwrap();
            assert_eq!(unclean(&ran.out, false), None, "{name}");
            assert!(text.is_ascii(), "{name}: {text}");
            let widest = text.lines().map(str::len).max().unwrap_or(0);
            assert!(widest <= width.parse().unwrap(), "{name} at {width}: {text}");
        }
    }
}
