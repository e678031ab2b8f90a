//! `explain`: pages by name, and `--explain`: sentences in the timeline.

use std::collections::BTreeSet;

use serde_json::Value;

use super::common::{run, sample_names};

fn page(name: &[&str]) -> String {
    let ran = run([&["explain"][..], name].concat());
    ran.expect(0);
    assert!(ran.err.is_empty(), "{}", ran.err());
    ran.out()
}

#[test]
fn a_page_tells_what_it_is_and_where_the_rule_stands() {
    let text = page(&["TIME_WAIT"]);
    assert!(text.starts_with("TIME_WAIT (state)\n"), "{text}");
    assert!(text.contains("RFC 9293 section 3.3.2") && text.contains("twice the maximum segment lifetime"));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.is_ascii());
}

#[test]
fn spelling_of_a_name_does_not_matter() {
    let text = page(&["TIME_WAIT"]);
    for name in [&["time-wait"][..], &["time", "wait"], &["Time_Wait"], &["timewait"]] {
        assert_eq!(page(name), text, "{name:?}");
    }
    assert_eq!(page(&["slow", "start"]), page(&["slow-start"]));
}

#[test]
fn a_name_with_two_meanings_shows_both() {
    let text = page(&["established"]);
    assert!(text.contains("ESTABLISHED (state)") && text.contains("established (verdict)"), "{text}");
}

#[test]
fn fields_and_protocols_are_told_as_their_lists_tell_them() {
    assert_eq!(page(&["ip.flags.df"]), run(["fields", "ip.flags.df"]).out());
    let dns = page(&["dns"]);
    assert!(dns.starts_with("dns ") && dns.contains("udp.port 53"), "{dns}");
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest() {
    let ran = run(["explain", "fast-retransmitt\u{1b}"]);
    ran.expect(2);
    assert!(ran.out.is_empty());
    assert!(
        ran.err().starts_with(r"error: nothing is called fast-retransmitt\x1b; nearest: fast-retransmit"),
        "{}",
        ran.err()
    );
    assert!(run(["explain", "ip.ttll"]).err().contains("ip.ttl"));
}

#[test]
fn without_a_name_everything_is_listed_and_can_be_asked_for() {
    let list = page(&[]);
    let mut count = 0;
    for id in list.lines().filter(|line| line.starts_with("  ")).flat_map(str::split_whitespace) {
        assert!(page(&[id]).contains(&format!("{id} (")), "{id}");
        count += 1;
    }
    assert!(count > 150, "{count} topics");
}

/// Events, verdicts, states and causes in the records of a sample.
fn words_of(sample: &str) -> BTreeSet<String> {
    let ran = run(["read", sample, "--follow-tcp", "-T", "jsonl", "-Q"]);
    let mut words = BTreeSet::new();
    for line in ran.expect(0).out().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        for (key, value) in record.as_object().unwrap() {
            let of_ours = [
                "nd.tcp.event",
                "nd.tcp.verdict",
                "nd.tcp.state",
                "nd.tcp.retransmission",
                "nd.tcp.redundant",
            ];
            if !of_ours.iter().any(|start| key.starts_with(start)) {
                continue;
            }
            match value {
                Value::String(word) => {
                    words.insert(word.clone());
                }
                Value::Array(list) => {
                    words.extend(list.iter().filter_map(|word| word.as_str().map(str::to_owned)));
                }
                _ => {}
            }
        }
    }
    words
}

#[test]
fn every_word_in_the_records_of_the_samples_has_a_page() {
    let mut words = BTreeSet::new();
    for sample in sample_names().iter().filter(|name| name.starts_with("tcp_")) {
        words.extend(words_of(sample));
    }
    assert!(words.len() > 40, "{words:?}");
    for word in words {
        page(&[&word]);
    }
}

fn timeline(sample: &str) -> String {
    run(["read", sample, "--follow-tcp", "--explain"]).expect(0).out()
}

#[test]
fn losses_are_explained_with_their_numbers() {
    let text = timeline("tcp_loss_fast_sender.pcap");
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let again = run(["read", "tcp_loss_fast_sender.pcap", "--follow-tcp", "-T", "jsonl"]).expect(0).out();
    let lost = again.lines().find(|line| line.contains("tcp.analysis.retransmission")).unwrap();
    let lost: Value = serde_json::from_str(lost).unwrap();
    assert!(plain.contains("! Loss 1: bytes "), "{text}");
    assert!(plain.contains("lost beyond this capture point"), "{text}");
    assert!(
        plain.contains(&format!("was outstanding when No. {} was sent again", lost["frame.number"])),
        "{text}"
    );
    let text = timeline("tcp_loss_fast_receiver.pcap").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("never passed here, so they were lost before this capture point"), "{text}");
}

#[test]
fn what_repeats_is_explained_once() {
    for (sample, words) in [
        ("tcp_zero_window.pcap", "has no room for more"),
        ("tcp_keep_alive.pcap", "A probe after"),
        ("tcp_close4.pcap", "will send no more"),
    ] {
        assert_eq!(timeline(sample).matches(words).count(), 1, "{sample}: {words}");
    }
}

#[test]
fn explanations_change_nothing_else() {
    for sample in ["tcp_close4.pcap", "tcp_loss_many_sender.pcap", "tcp_forged_reset.pcap"] {
        let plain = run(["read", sample, "--follow-tcp"]).out();
        let explained = timeline(sample);
        let mut rest = explained.lines();
        for line in plain.lines() {
            assert!(rest.any(|other| other == line), "{sample}: {line} is missing");
        }
        assert!(explained.lines().count() > plain.lines().count(), "{sample}");
    }
}

#[test]
fn records_carry_explanations_where_they_are_asked_for() {
    let explanations = |args: &[&str]| {
        let ran = run([&["read", "tcp_zero_window.pcap", "--follow-tcp", "-T", "jsonl"][..], args].concat());
        let out = ran.expect(0).out();
        out.lines().filter(|line| line.contains("\"nd.explanation\":[\"")).count()
    };
    assert_eq!(explanations(&[]), 0);
    assert!(explanations(&["--explain"]) >= 4);
    run(["read", "tcp_close4.pcap", "--explain"]).expect(2);
}

/// The timeline of a sample with its sentences, each on one line.
fn explained(sample: &str, flow: &str) -> String {
    let text = run(["read", sample, flow, "--explain"]).out();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_copy_is_explained_by_the_segment_that_held_its_bytes() {
    let text = explained("tcp_overlap.pcap", "--follow-tcp=0");
    assert!(!text.contains("did not pass here") && !text.contains("word of duplicate ACKs and"), "{text}");
    assert!(text.contains("Sent again 20 ms after No. 5, too soon for its timer"), "{text}");
    assert!(!text.contains("Repaired"), "nothing was lost: {text}");
    let text = explained("mtu_black_hole.pcap", "--follow-tcp");
    assert!(text.contains("no router was heard to say so"), "{text}");
    assert!(!text.contains("RFC 5681 section 3.2"), "{text}");
}

#[test]
fn what_a_router_says_stands_among_the_segments() {
    let text = run(["read", "pmtu.pcap", "--follow-tcp"]).out();
    let row = text.lines().find(|line| line.contains("ICMP")).unwrap();
    assert!(row.contains("9\u{2013}13") && row.contains("5 \u{d7} ICMP"), "{row}");
    assert!(row.ends_with("192.0.2.1 says of 1 to 5793: too big, up to 1,280 bytes fit"), "{row}");
}

#[test]
fn resets_that_only_answer_abort_nothing() {
    let text = explained("tcp_dead_peer.pcap", "--follow-tcp");
    assert_eq!(text.matches("the client aborts").count(), 1, "{text}");
    assert_eq!(text.matches("the client answers that it has no such connection").count(), 2, "{text}");
    assert!(text.contains("the server closes, after the reset"), "{text}");
    assert!(text.contains("the reset that answered it, No. 13, was lost beyond this point"), "{text}");
}

/// A FIN takes a number, but it is no byte.
#[test]
fn what_a_reset_left_unheard_is_counted_without_the_fin() {
    let plain = |sample: &str| timeline(sample).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain("bgp_session.pcap").contains("in order. Its FIN was not acknowledged. Who sent it"));
    assert!(plain("tcp_forged_reset.pcap").contains("in order. 6 bytes of its own were not acknowledged."));
}

#[test]
fn a_page_ends_before_the_next_heading() {
    assert!(!page(&["late-original"]).contains('#'));
}
