//! The example: every command knows its protocol, from datagrams and out of a stream.

#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::Command;

/// Standard output and the exit code of the program with one protocol more.
fn acme(args: &[&str]) -> (String, Option<i32>) {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    let ran = Command::new(env!("CARGO_BIN_EXE_acme"))
        .args(args)
        .env("NO_COLOR", "1")
        .current_dir(samples)
        .output()
        .unwrap();
    (String::from_utf8(ran.stdout).unwrap(), ran.status.code())
}

#[test]
fn messages_come_from_datagrams_and_out_of_a_stream() {
    let rows = ["-T", "fields", "-e", "frame.number", "-e", "acme.type", "-e", "acme.text"];
    let (out, code) = acme(&[["read", "acme.pcap", "-Y", "acme"].as_slice(), &rows].concat());
    assert_eq!((out.as_str(), code), ("1\t1\tsonda\n2\t2\t12.5\n8\t1,2\tsonda,12.5\n", Some(0)));
}

#[test]
fn every_output_knows_the_protocol() {
    for (args, shown) in [
        (["read", "acme.pcap"].as_slice(), "reading 12.5"),
        (&["read", "acme.pcap", "-V"], "hello (1)"),
        (&["read", "acme.pcap", "-T", "jsonl"], r#""acme.text":"sonda""#),
        (&["fields", "acme"], "acme.length"),
        (&["protocols"], "ACME sensor telemetry"),
    ] {
        let (out, code) = acme(args);
        assert!(out.contains(shown) && code == Some(0), "{args:?}: {out}");
    }
}
