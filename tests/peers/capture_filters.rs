//! Capture filters on files choose the packets that tcpdump chooses, with `--strict-bpf`.
#![cfg(feature = "live")]

use std::path::Path;
use std::process::Command;

use super::common::run;

/// Fraction of the second and length of each packet of `capture` that `more` lets pass. tcpdump writes times and captured
/// lengths beyond its own bounds differently; these it leaves alone.
fn packets(capture: &str, more: &[&str]) -> Vec<(String, String)> {
    let fields = ["read", capture, "-Q", "-T", "fields", "-e", "frame.time_epoch,frame.len"];
    let out = run([&fields, more].concat()).out();
    let row = |line: &str| {
        let (time, len) = line.split_once('\t').unwrap();
        (time.split_once('.').unwrap().1.to_owned(), len.to_owned())
    };
    out.lines().map(row).collect()
}

#[test]
fn tcpdump_chooses_the_same_packets() {
    if !super::is_here("tcpdump") {
        return;
    }
    let filters = super::lines(include_str!("capture_filters.txt"));
    assert!(filters.len() >= 40);
    let (compared, different) = super::on_all(|capture| compare(capture, &filters));
    super::say(&format!("{compared} choices of tcpdump compared"));
    assert!(compared > 200, "only {compared} compared");
    assert!(
        different.is_empty(),
        "{compared} compared, {} differ:\n{}",
        different.len(),
        different.join("\n")
    );
}

fn compare(capture: &Path, filters: &[&str]) -> (usize, Vec<String>) {
    let (mut compared, mut different) = (0, Vec::new());
    let Some(name) = capture.to_str() else { return (compared, different) };
    let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "_");
    let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("peers-{thread}.pcap"));
    for filter in filters {
        let done = Command::new("tcpdump")
            .args(["--time-stamp-precision=nano", "-nr", name, "-w", written.to_str().unwrap(), filter])
            .output()
            .unwrap();
        // Damaged files, several link types in one file, filters that the link type does not allow.
        if !done.status.success() {
            continue;
        }
        let theirs = packets(written.to_str().unwrap(), &[]);
        let ours = packets(name, &["--strict-bpf", "-f", filter]);
        compared += 1;
        if ours != theirs {
            different.push(format!("{name}\t{filter}\t{} packets, tcpdump {}", ours.len(), theirs.len()));
        }
    }
    (compared, different)
}
