//! `--trigger`: only packets around those that matter are written.

use std::fs;

use super::rotation::{at, packets};
use super::{place, rows, save};

/// The seconds of the packets that are written of one at each second from 1 to 10.
fn seconds(name: &str, more: &[&str]) -> Vec<u64> {
    let input = place(&format!("{name}-in.pcap"));
    fs::write(&input, at(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).unwrap();
    let output = place(&format!("{name}.pcap"));
    let ran = save(&input, &output, more);
    ran.expect(0);
    let rows = rows(&output, &[]);
    let seconds: Vec<u64> =
        rows.lines().skip(1).map(|row| row.split('.').next().unwrap().parse().unwrap()).collect();
    let words = format!("10 packets captured, 10 shown, {} written", seconds.len());
    assert_eq!(ran.last_words(), words);
    seconds
}

#[test]
fn packets_around_a_trigger_are_written() {
    let times = ["--before", "2s", "--after", "1s", "--trigger"];
    let with = |name: &str, expression: &'static str| {
        let mut more = times.to_vec();
        more.push(expression);
        seconds(name, &more)
    };
    assert_eq!(with("trigger-one", "frame.number == 5"), [3, 4, 5, 6]);
    assert_eq!(with("trigger-two", "frame.number in {4, 5}"), [2, 3, 4, 5, 6]);
    assert_eq!(with("trigger-apart", "frame.number in {1, 7}"), [1, 2, 5, 6, 7, 8]);
    assert_eq!(with("trigger-none", "frame.number == 99"), []);
    assert_eq!(
        seconds("trigger-alone", &["--trigger", "frame.number == 5", "--before", "0", "--after", "0"]),
        [5]
    );
}

/// Sections and interfaces keep their place among the packets that are held.
#[test]
fn what_describes_packets_comes_along() {
    for (sample, frame) in
        [("sections.pcapng", "3"), ("two_interfaces.pcapng", "2"), ("two_interfaces.pcapng", "1")]
    {
        let output = place("trigger-sections.pcapng");
        let expression = format!("frame.number == {frame}");
        save(sample, &output, &["--trigger", &expression, "--before", "0", "--after", "0"]).expect(0);
        assert_eq!(packets(&output, &[]), packets(sample, &["--frames", frame]), "{sample}");
        save(sample, &output, &["--trigger", "frame", "--before", "1h"]).expect(0);
        assert_eq!(packets(&output, &[]), packets(sample, &[]), "{sample}");
    }
}

/// Memory is bounded: what no longer fits is told.
#[test]
fn too_much_to_hold_is_said() {
    let input = place("trigger-large.pcap");
    let mut bytes = at(&[]);
    for _ in 0..1_200 {
        for word in [1, 0, 65_000, 65_000u32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([0; 65_000]);
    }
    fs::write(&input, bytes).unwrap();
    let output = place("trigger-large-out.pcap");
    let ran = save(&input, &output, &["--trigger", "frame.number == 1200"]);
    ran.expect(0);
    assert!(ran.err().contains("1: less than --before was still in memory"), "{}", ran.err());
    let count = rows(&output, &[]).lines().count() - 1;
    assert!((1_000..1_050).contains(&count), "{count}");
}
