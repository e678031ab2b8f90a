//! Flows while they go on: `--interleaved`, and tables of intervals.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::common::{run, sample_names};

/// Records by kind of subject, flow and frame, later ones in the place of earlier ones.
fn records(sample: &str, more: &[&str]) -> (BTreeMap<String, Map<String, Value>>, usize) {
    let ran = run([&["read", sample, "--follow-tcp", "-T", "jsonl", "-Q"], more].concat());
    let mut amended = 0;
    let mut all = BTreeMap::new();
    for line in ran.out().lines() {
        let mut record: Map<String, Value> = serde_json::from_str(line).unwrap();
        let kind = record.remove("kind").unwrap();
        let subject = if kind == "flow" { "flow" } else { "packet" };
        let number = record.get("frame.number").cloned().unwrap_or_default();
        let key = format!("{subject} {} {number}", record["nd.flow"]);
        let before = all.insert(key.clone(), record);
        assert_eq!(before.is_some(), kind == "amend", "{sample}: {key}: {kind}");
        amended += usize::from(kind == "amend");
    }
    (all, amended)
}

#[test]
fn records_as_they_come_end_as_those_of_the_whole() {
    let mut amended = 0;
    for name in sample_names() {
        let (whole, never) = records(&name, &[]);
        assert_eq!(never, 0);
        let (running, amends) = records(&name, &["--interleaved"]);
        assert!(whole == running, "{name}");
        amended += amends;
    }
    // A sample in which later packets prove something is part of this.
    assert!(amended > 0);
}

#[test]
fn each_row_names_its_flow_and_comes_in_time() {
    let text = run(["read", "tcp_port_reuse.pcap", "--follow-tcp", "--interleaved", "--width", "100"]);
    let text = text.expect(0).out();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].trim_start().starts_with("Flow"), "{text}");
    assert!(lines[1].starts_with("TCP flow 0 "), "{text}");
    let rows = |line: &&str| -> Option<(String, u64)> {
        let mut words = line.split_whitespace();
        let (flow, number) = (words.next()?, words.next()?);
        let first = number.split('–').next().filter(|_| flow.parse::<u32>().is_ok())?;
        line.starts_with("     ").then(|| first.parse().ok().map(|number| (flow.to_owned(), number)))?
    };
    let rows: Vec<(String, u64)> = lines.iter().filter_map(rows).collect();
    assert!(rows.is_sorted_by_key(|row| row.1), "{rows:?}");
    assert_eq!(rows.first().map(|row| row.0.as_str()), Some("0"));
    assert_eq!(rows.last().map(|row| row.0.as_str()), Some("1"));
    // What the first flow came to stands before the second one begins, and once.
    let closed: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].starts_with("     0  Closed")).collect();
    let second = lines.iter().position(|line| line.starts_with("TCP flow 1 ")).unwrap();
    assert!(closed.len() == 1 && closed[0] < second, "{text}");
}

#[test]
fn a_table_for_each_interval_in_which_something_was_sent() {
    let args = ["read", "tcp_keep_alive.pcap", "--flows", "--refresh", "500ms", "--width", "100"];
    let text = run(args).expect(0).out();
    let heads: Vec<&str> = text.lines().filter(|line| line.contains(" sent something")).collect();
    assert!(heads.len() > 1, "{text}");
    for head in heads {
        let seconds: f64 = head.split(' ').next().unwrap().parse().unwrap();
        assert!((seconds * 2.0).fract() == 0.0 && head.ends_with("1 TCP flow sent something"), "{head}");
    }
    assert!(text.contains("Bytes/s") && !text.contains('\x1b'), "{text}");
    run(["read", "tcp_keep_alive.pcap", "--flows", "--refresh", "0"]).expect(2);
}

/// Flows that were packed meanwhile are told as all others.
#[test]
fn flows_at_rest_are_told_in_time() {
    for sample in &sample_names() {
        for mode in [&["--follow-tcp", "--interleaved"][..], &["--flows", "--refresh", "500ms"]] {
            let args = [&["read", sample][..], mode].concat();
            let packed = [&args[..], &["--limit", "awake-flows=1"]].concat();
            assert_eq!(run(args).expect(0).out(), run(packed).expect(0).out(), "{sample} {mode:?}");
        }
    }
}
