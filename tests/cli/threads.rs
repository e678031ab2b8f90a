//! Output does not depend on how many threads make it.

use super::common::{Ran, run, sample_names};

/// Every sample one after the other: some thousand packets, of all link types, in pcap and pcapng.
fn all(args: &[&str], threads: &str) -> Ran {
    let fixed = ["read", "--threads", threads];
    let words = fixed.iter().chain(args).map(|word| (*word).to_owned());
    run(words.chain(sample_names()))
}

#[test]
fn one_thread_and_several_print_the_same() {
    for args in [
        &[][..],
        &["-V"],
        &["-x"],
        &["-T", "jsonl"],
        &["-T", "json"],
        &["-T", "csv", "-e", "frame.number,ip.src,tcp.stream,http.host,frame.comment"],
        &["-Y", "tcp", "-c", "700"],
        &["--frames", "300-900"],
        &["-q"],
        &["--flows"],
        &["--flows", "-T", "json"],
        &["--follow-tcp"],
        &["--follow-tcp", "--explain", "--plot"],
        &["--follow-tcp", "--interleaved"],
        &["--follow-tcp", "--explain", "-T", "jsonl"],
        &["--follow-tcp", "-Y", "http", "-c", "40"],
    ] {
        let one = all(args, "1");
        assert!(!one.out.is_empty() || args == ["-q"], "{args:?}: {}", one.err());
        for threads in ["2", "3", "64"] {
            let several = all(args, threads);
            assert!(one == several, "{args:?} with {threads} threads differ");
        }
    }
}

#[test]
fn a_run_has_a_thread_at_least() {
    run(["read", "arp.pcap", "--threads", "0"]).expect(2);
}
