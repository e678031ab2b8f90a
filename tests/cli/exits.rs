//! Exit codes and the messages that go with them (docs/faults.md, section 2.1).

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use super::common::{netdissect, run, sample_names, samples};

#[test]
fn a_file_that_is_missing_is_1() {
    // No screen tells of it as of a capture without a packet.
    let screens =
        ["--color=never", "--flows", "--follow-tcp", "--expert", "--summary", "--trust", "--dns", "-Tjson"];
    for screen in screens {
        let ran = run(["read", screen, "no-such-file.pcap"]);
        ran.expect(1);
        assert!(ran.out.is_empty(), "{screen}: {}", ran.out());
        assert!(ran.last_words().starts_with("error: no-such-file.pcap: "), "{}", ran.err());
    }
    // The other files are read all the same.
    let ran = run(["read", "no-such-file.pcap", "arp.pcap"]);
    ran.expect(1);
    assert_eq!(ran.out().lines().count(), 11);
    assert_eq!(ran.err().matches("no-such-file.pcap").count(), 1, "{}", ran.err());
}

#[test]
fn what_is_no_capture_is_1() {
    let ran = run(["read", "README.md"]);
    ran.expect(1);
    assert!(ran.out.is_empty());
    assert!(
        ran.last_words().starts_with("error: README.md: not a capture file (starts with 23 20 53 61;"),
        "{}",
        ran.err()
    );
    let folder = run(["read", "."]);
    folder.expect(1);
    assert!(folder.last_words().starts_with("error: .: "), "{}", folder.err());
}

#[test]
fn a_cut_file_is_3_after_all_that_could_be_read() {
    let whole = std::fs::read(samples().join("arp.pcap")).unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cut.pcap");
    std::fs::write(&path, &whole[..whole.len() - 7]).unwrap();
    let ran = run(["read".as_ref(), path.as_os_str()]);
    ran.expect(3);
    assert_eq!(ran.out().lines().count(), 10);
    let err = ran.err();
    let lines: Vec<&str> = err.lines().collect();
    assert_eq!(lines.len(), 2, "{err}");
    assert_eq!(lines[0], "10 packets captured, 10 shown");
    assert!(
        lines[1].starts_with("error: ") && lines[1].contains("cut.pcap: record 11 cut at byte "),
        "{err}"
    );
    assert!(lines[1].ends_with("; the 10 before it were used"), "{err}");
}

#[test]
fn wrong_usage_is_2() {
    let cases: [&[&str]; 15] = [
        &["read", "arp.pcap", "--no-such-flag"],
        &["read"],
        &["no-such-command"],
        &[],
        &["read", "arp.pcap", "-T", "xml"],
        &["read", "arp.pcap", "-T", "tsv"],
        &["read", "arp.pcap", "-t", "sundial"],
        &["read", "arp.pcap", "-d", "tcp.port==80"],
        &["read", "arp.pcap", "-d", "tcp.port==80,no-such-protocol"],
        &["read", "arp.pcap", "-e", "ip.src", "-E", "separator=::"],
        &["read", "arp.pcap", "--frames", "x"],
        &["read", "arp.pcap", "-c", "x"],
        &["read", "arp.pcap", "--follow-tcp=x"],
        &["read", "arp.pcap", "--follow-tcp", "--flows"],
        &["read", "arp.pcap", "--compat", "tcptrace"],
    ];
    for args in cases {
        let ran = run(args);
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.err());
        assert!(ran.out.is_empty(), "{args:?}: {}", ran.out());
        assert!(!ran.err.is_empty(), "{args:?}");
    }
}

#[test]
fn a_field_that_nobody_has_is_2_and_the_nearest_are_offered() {
    for format in [&["-T", "tsv"][..], &["-T", "jsonl"], &[]] {
        let ran = run([&["read", "arp.pcap", "-e", "frame.number,dns.qry.nam"], format].concat());
        ran.expect(2);
        assert!(ran.out.is_empty());
        let words = ran.last_words();
        assert!(words.starts_with("error: no field is called dns.qry.nam"), "{words}");
        let (_, nearest) = words.split_once("nearest: ").expect("nearest names");
        let nearest: Vec<&str> = nearest.split(", ").collect();
        assert_eq!((nearest.len(), nearest[0]), (3, "dns.qry.name"), "{words}");
    }
}

#[test]
fn nothing_shown_is_6_where_asked_for() {
    run(["read", "arp.pcap", "--frames", "400", "--fail-empty"]).expect(6);
    run(["read", "arp.pcap", "--frames", "400"]).expect(0);
    run(["read", "arp.pcap", "--frames", "4", "--fail-empty"]).expect(0);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_4() {
    let modes: [&[&str]; 6] = [
        &[],
        &["-V"],
        &["--follow-tcp"],
        &["--flows"],
        &["-T", "jsonl"],
        &["-T", "tsv", "-e", "frame.number"],
    ];
    for mode in modes {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = netdissect(["read", "tcp_bulk.pcap"]);
        let ran = command.args(mode).stdin(Stdio::null()).stdout(full).output().unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(4), "{mode:?}: {err}");
        assert!(err.lines().last().unwrap().starts_with("error: "), "{mode:?}: {err}");
        assert!(!err.contains("panicked"), "{mode:?}: {err}");
    }
    for list in ["fields", "protocols"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran = netdissect([list]).stdout(full).output().unwrap();
        assert_eq!(ran.status.code(), Some(4), "{list}");
    }
}

/// `| head -1`: the reader goes away after a line, long before the end.
#[test]
fn a_reader_that_goes_away_is_0_and_silent() {
    let all = sample_names();
    let modes: [&[&str]; 5] = [&[], &["-V"], &["-x"], &["--follow-tcp"], &["-T", "jsonl", "-V"]];
    for mode in modes {
        let mut command = netdissect(["read"]);
        let mut child = command
            .args(&all)
            .args(mode)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        let ran = child.wait_with_output().unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!((ran.status.code(), err.as_str()), (Some(0), ""), "{mode:?}");
    }
}
