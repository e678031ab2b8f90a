//! Limits from outside: they are set, reached, told and listed, and no packet is lost by them.

use super::common::run;

/// Captures of one connection each.
const FILES: [&str; 3] = ["tcp_chat.pcap", "tcp_close3.pcap", "http_get.pcap"];

fn read(more: &[&str]) -> super::common::Ran {
    run(["read"].iter().chain(&FILES).chain(more))
}

#[test]
fn a_limit_that_is_reached_costs_state_and_no_packet() {
    let free = read(&["-T", "tsv", "-e", "frame.number"]);
    free.expect(0);
    let bound = read(&["-T", "tsv", "-e", "frame.number", "--limit", "flows=1"]);
    bound.expect(0);
    assert_eq!(free.out, bound.out);
    assert!(bound.err().contains("warning: limit flows=1 reached 2 times"), "{}", bound.err());
    assert!(!free.err().contains("limit"), "{}", free.err());
}

#[test]
fn strict_makes_a_limit_that_is_reached_exit_with_6() {
    read(&["-q", "--strict"]).expect(0);
    read(&["-q", "--strict", "--limit", "flows=1"]).expect(6);
    let silent = read(&["-q", "--strict", "--limit", "memory=1K", "-Q"]);
    silent.expect(6);
    assert_eq!(silent.err(), "");
}

#[test]
fn limits_are_listed_with_what_they_were_set_to() {
    let ran = read(&["-q", "--limits", "--limit", "flows=1", "--limit", "stream-bytes=64K"]);
    ran.expect(0);
    let rows: Vec<Vec<String>> = ran
        .err()
        .lines()
        .skip_while(|line| *line != "Limits")
        .map(|line| line.split_whitespace().take(3).map(str::to_owned).collect())
        .collect();
    for row in
        [["flows", "1", "2"], ["stream-bytes", "64K", "0"], ["memory", "512M", "0"], ["layers", "16", "0"]]
    {
        assert!(rows.iter().any(|known| *known == row), "{row:?}: {}", ran.err());
    }
}

#[test]
fn a_limit_that_nobody_knows_is_2() {
    for wrong in ["flows", "flows=0", "flows=many", "colour=3"] {
        run(["read", "arp.pcap", "--limit", wrong]).expect(2);
    }
}
