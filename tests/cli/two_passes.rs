//! `-2`: links to later frames and final verdicts, in every output and filter.

use super::common::{run, run_fed, sample_names, samples};

/// One row for each packet: the cells of these fields.
fn rows(sample: &str, fields: &str, more: &[&str]) -> Vec<Vec<String>> {
    let ran = run([&["read", sample, "-T", "tsv", "-e", fields], more].concat());
    let text = ran.expect(0).out();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// The cells of one field that are not empty, with their frames.
fn told(sample: &str, field: &str, more: &[&str]) -> Vec<(usize, String)> {
    let rows = rows(sample, field, more);
    (1..)
        .zip(rows)
        .filter(|(_, row)| !row[0].is_empty())
        .map(|(frame, row)| (frame, row[0].clone()))
        .collect()
}

#[test]
fn links_point_back_to_those_that_point_ahead() {
    for (sample, ahead, back) in [
        ("http_get.pcap", "http.response_in", "http.request_in"),
        ("http_keepalive.pcap", "http.response_in", "http.request_in"),
        ("http_keepalive.pcap", "http.next_request_in", "http.prev_request_in"),
        ("http_keepalive.pcap", "http.next_response_in", "http.prev_response_in"),
        ("dns.pcap", "dns.response_in", "dns.response_to"),
        ("mdns.pcap", "dns.response_in", "dns.response_to"),
        ("ping_v4.pcap", "icmp.resp_in", "icmp.resp_to"),
        ("ping_v6.pcap", "icmpv6.resp_in", "icmpv6.resp_to"),
    ] {
        assert!(told(sample, ahead, &[]).is_empty(), "{ahead} needs a second pass");
        let links = told(sample, ahead, &["-2"]);
        let answers: Vec<(usize, String)> = told(sample, back, &[]);
        assert!(!links.is_empty() || answers.is_empty(), "{sample}: {ahead}");
        for (frame, other) in &links {
            let other: usize = other.parse().unwrap();
            assert!(other > *frame, "{sample}: {ahead} of frame {frame} is {other}");
        }
        if ahead.contains("resp") && !ahead.contains("next") {
            let turned: Vec<(usize, String)> = answers
                .iter()
                .map(|(frame, request)| (request.parse().unwrap(), frame.to_string()))
                .collect();
            assert_eq!(links, turned, "{sample}: {ahead}");
        }
    }
}

#[test]
fn every_answer_of_a_pipeline_has_its_own_request() {
    let requests = told("http_pipeline.pcap", "http.response_in", &["-2"]);
    assert_eq!(requests[0], (4, "6,8,10,10,12".to_owned()));
}

#[test]
fn pieces_name_the_frame_that_completes_them() {
    let pieces = told("udp_fragments.pcap", "ip.reassembled_in", &["-2"]);
    let of_first: Vec<_> = pieces.iter().filter(|(_, whole)| whole == "3").map(|(frame, _)| *frame).collect();
    assert_eq!(of_first, [1, 2]);
    assert!(told("udp_fragments.pcap", "ip.reassembled_in", &[]).is_empty());
    assert!(!told("udp_fragments.pcap", "ipv6.reassembled.in", &["-2"]).is_empty());
    let waiting = told("http_get.pcap", "tcp.reassembled_in", &["-2"]);
    assert!(waiting.iter().all(|(frame, end)| *frame < 16 && end == "16"), "{waiting:?}");
    assert!(!waiting.is_empty());
}

#[test]
fn silence_is_told_of_requests_only() {
    assert_eq!(told("traceroute_icmp.pcap", "icmp.no_resp", &[]), []);
    let silent = told("traceroute_icmp.pcap", "icmp.no_resp", &["-2"]);
    let answered = told("traceroute_icmp.pcap", "icmp.resp_in", &["-2"]);
    assert_eq!((silent[0].0, silent[0].1.as_str()), (1, "1"));
    assert!(answered.iter().all(|row| silent.iter().all(|other| other.0 != row.0)));
}

#[test]
fn completeness_is_that_of_the_whole_connection() {
    assert!(rows("tcp_close4.pcap", "tcp.completeness", &["-2"]).iter().all(|row| row[0] == "31"));
    assert!(rows("tcp_refused.pcap", "tcp.completeness", &["-2"]).iter().all(|row| row[0] == "37"));
}

#[test]
fn verdicts_are_those_of_the_timeline() {
    const FIELDS: [&str; 5] =
        ["nd.tcp.redundant", "nd.tcp.hole", "nd.tcp.lost", "nd.tcp.network_duplicate", "nd.tcp.confidence"];
    let (mut compared, mut learnt) = (0, 0);
    for sample in sample_names().iter().filter(|name| name.starts_with("tcp_") && name.ends_with(".pcap")) {
        let fields = FIELDS.join(",");
        let (early, late) = (rows(sample, &fields, &[]), rows(sample, &fields, &["-2"]));
        learnt += early.iter().zip(&late).filter(|(early, late)| early != late).count();
        let ran = run(["read", sample, "--follow-tcp", "-T", "jsonl"]);
        for line in ran.expect(0).out().lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            let Some(number) = record["frame.number"].as_u64() else { continue };
            let row = &late[usize::try_from(number).unwrap() - 1];
            for (field, cell) in FIELDS.iter().zip(row) {
                let told = match &record[field] {
                    serde_json::Value::Null => String::new(),
                    serde_json::Value::Bool(_) => "1".to_owned(),
                    serde_json::Value::String(text) => text.clone(),
                    serde_json::Value::Array(words) => {
                        words.iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(",")
                    }
                    other => panic!("{other}"),
                };
                assert_eq!(&told, cell, "{sample} frame {number}: {field}");
                compared += 1;
            }
        }
    }
    assert!(compared > 1_000 && learnt > 3, "{compared} cells, {learnt} rows changed");
}

#[test]
fn filters_and_records_know_it_too() {
    let ran = run([
        "read",
        "http_get.pcap",
        "-2",
        "-Y",
        "http.response_in == 16",
        "-T",
        "tsv",
        "-e",
        "frame.number",
    ]);
    assert_eq!(ran.expect(0).out(), "frame.number\n4\n");
    let ran = run(["read", "http_get.pcap", "-2", "-V", "--frames", "4"]);
    assert!(ran.expect(0).out().contains("http.response_in"), "{}", ran.out());
    let ran = run(["read", "dns.pcap", "-2", "-T", "jsonl", "--frames", "1"]);
    assert!(ran.expect(0).out().contains("\"dns.response_in\":2"), "{}", ran.out());
}

#[test]
fn a_capture_filter_holds_in_both_passes() {
    let ran = run([
        "read",
        "dns.pcap",
        "-2",
        "-T",
        "tsv",
        "-e",
        "frame.number,dns.response_in",
        "src",
        "port",
        "53",
    ]);
    assert!(ran.expect(0).out().lines().skip(1).all(|line| line.ends_with('\t')), "{}", ran.out());
}

#[test]
fn what_cannot_be_read_twice_is_refused() {
    let bytes = std::fs::read(samples().join("dns.pcap")).unwrap();
    let ran = run_fed(["read", "-", "-2"], vec![bytes]);
    assert_eq!(ran.expect(2).last_words(), "error: -2 reads twice, and standard input can be read only once");
    let ran = run(["read", "/dev/null", "-2"]);
    assert_eq!(ran.expect(2).last_words(), "error: -2 reads twice, and /dev/null is not a plain file");
    assert_eq!(run(["live", "lo", "-2"]).code, Some(2));
}

#[test]
fn damage_is_told_once_and_what_stands_before_it_is_shown() {
    let mut bytes = std::fs::read(samples().join("dns.pcap")).unwrap();
    bytes.truncate(bytes.len() - 7);
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("two-passes-cut.pcap");
    std::fs::write(&path, bytes).unwrap();
    let once = run(["read".as_ref(), path.as_os_str()]);
    let twice = run(["read".as_ref(), path.as_os_str(), "-2".as_ref()]);
    assert_eq!(once.expect(3), &twice);
}
