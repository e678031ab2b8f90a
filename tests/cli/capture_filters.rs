//! Capture filters on files: the same language as tcpdump's, through tags unless told otherwise.
#![cfg(feature = "live")]

use super::common::{Ran, run, run_fed, samples};

/// Numbers of the frames that pass.
fn passing(args: &[&str]) -> Vec<u64> {
    let ran = run([&["read", "-e", "frame.number"], args].concat());
    ran.expect(0);
    ran.out().lines().map(|line| line.parse().unwrap()).collect()
}

fn refused(args: &[&str]) -> Ran {
    let ran = run([&["read"], args].concat());
    ran.expect(2);
    assert!(ran.out.is_empty(), "{args:?}: {}", ran.out());
    ran
}

#[test]
fn a_filter_is_given_by_flag_or_by_the_words_behind_the_files() {
    let by_flag = passing(&["dns.pcap", "-f", "src port 53"]);
    assert!(!by_flag.is_empty());
    for words in [
        &["dns.pcap", "src", "port", "53"][..],
        &["dns.pcap", "src port 53"],
        &["dns.pcap", "-n", "src port", "53"],
        &["dns.pcap", "--", "src port 53"],
        &["--capture-filter=src port 53", "dns.pcap"],
    ] {
        assert_eq!(passing(words), by_flag, "{words:?}");
    }
    refused(&["dns.pcap", "-f", "udp", "port", "53"]);
    refused(&["dns.pcap", "-f", "udp", "--", "port 53"]);
}

#[test]
fn numbers_and_times_are_those_of_the_capture_and_the_books_tell_what_passed() {
    let all = run(["read", "dns.pcap"]).out();
    let ran = run(["read", "dns.pcap", "src port 53"]);
    let (lines, count) = (ran.out(), ran.out().lines().count());
    let start = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    for line in lines.lines() {
        assert!(all.lines().any(|other| start(other) == start(line)), "{line}");
    }
    let frames = all.lines().count();
    assert!(count < frames);
    assert_eq!(
        ran.last_words(),
        format!("{frames} packets captured, {count} passed the filter, {count} shown")
    );
    let few = run(["read", "dns.pcap", "-c", "1", "-f", "src port 53"]);
    assert_eq!(few.out().lines().count(), 1);
    run(["read", "dns.pcap", "--fail-empty", "-f", "sctp"]).expect(6);
}

#[test]
fn tags_are_looked_through_unless_told_otherwise() {
    assert_eq!(passing(&["qinq.pcap", "tcp port 80"]), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(passing(&["qinq.pcap", "--strict-bpf", "tcp port 80"]), [0u64; 0]);
    assert_eq!(passing(&["qinq.pcap", "icmp6"]), [11]);
    // A negation leaves out what it names behind tags too; offsets into the link header count without tags.
    assert_eq!(passing(&["qinq.pcap", "not tcp"]), [9, 10, 11]);
    assert_eq!(passing(&["qinq.pcap", "not tcp", "--strict-bpf"]).len(), 11);
    assert_eq!(passing(&["qinq.pcap", "ether[12:2] = 0x86dd"]), [11]);
    // Who names tags speaks of the frame as it is.
    for strict in [&[][..], &["--strict-bpf"]] {
        assert_eq!(passing(&[&["qinq.pcap", "vlan 200"], strict].concat()).len(), 10);
        assert_eq!(passing(&[&["qinq.pcap", "vlan 200 and vlan 10 and tcp"], strict].concat()).len(), 8);
    }
    assert_eq!(passing(&["pppoe.pcap", "icmp"]), [28, 29]);
    assert_eq!(passing(&["pppoe.pcap", "icmp", "--strict-bpf"]), [0u64; 0]);
}

#[test]
fn every_link_type_has_its_own_program() {
    let out = run(["read", "two_interfaces.pcapng", "--strict-bpf", "--dump-filter", "icmp"]);
    assert!(out.expect(0).err.is_empty(), "{}", out.err());
    assert!(out.out().starts_with("Ethernet:\n(000) ldh      [12]\n"), "{}", out.out());
    assert!(out.out().contains("\nraw IP:\n(000) ldb      [0]\n"), "{}", out.out());
    // A filter that one of them cannot have leaves its frames out, aloud.
    let ran = run(["read", "two_interfaces.pcapng", "not ether host 02:00:00:00:00:99"]);
    ran.expect(0);
    assert!(
        ran.err().contains("left out: the capture filter means nothing for their link type"),
        "{}",
        ran.err()
    );
}

/// The length is that on the wire, though fewer bytes were captured.
#[test]
fn lengths_are_those_on_the_wire() {
    let mut file = std::fs::read(samples().join("arp.pcap")).unwrap();
    file.truncate(24);
    for (captured, wire) in [(60u32, 60u32), (60, 1500)] {
        file.extend([[0; 4], [0; 4], captured.to_le_bytes(), wire.to_le_bytes()].concat());
        file.extend([0; 60]);
    }
    let ran = run_fed(["read", "-", "greater 1000", "-e", "frame.number"], vec![file]);
    assert_eq!(ran.expect(0).out(), "2\n");
}

#[test]
fn the_program_is_listed_as_tcpdump_does() {
    let ran = run(["read", "arp.pcap", "--dump-filter", "--strict-bpf", "tcp[13] & 7 != 0 and len > 60"]);
    let listing = "\
(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 12
(002) ldb      [23]
(003) jeq      #0x6             jt 4\tjf 12
(004) ldh      [20]
(005) jset     #0x1fff          jt 12\tjf 6
(006) ldxb     4*([14]&0xf)
(007) ldb      [x + 27]
(008) jset     #0x7             jt 9\tjf 12
(009) ld       #pktlen
(010) jgt      #0x3c            jt 11\tjf 12
";
    assert!(ran.expect(0).out().starts_with(listing), "{}", ran.out());
    refused(&["arp.pcap", "--dump-filter"]);
}

#[test]
fn display_filters_are_named_and_said_in_the_other_language() {
    let start = "error: this is a display filter, not a capture filter. Use -Y";
    for (expression, other) in [
        ("tcp.port == 80", " or: tcp port 80"),
        ("ip.src==192.0.2.1 && !udp", " or: src host 192.0.2.1 and not udp"),
        ("dns.qry.name contains \"x\"", ""),
    ] {
        for args in [&["arp.pcap", "-f", expression], &["arp.pcap", "--", expression]] {
            assert_eq!(refused(args).last_words(), format!("{start} '{expression}'{other}"));
        }
    }
}

#[test]
fn mistakes_are_told_with_the_expression() {
    assert_eq!(
        refused(&["arp.pcap", "udp", "prot", "53"]).last_words(),
        "error: capture filter 'udp prot 53': syntax error"
    );
    // Also where no frame comes, and without raw bytes.
    let mut empty = std::fs::read(samples().join("arp.pcap")).unwrap();
    empty.truncate(24);
    let ran = run_fed(["read", "-", "-f", "udp \u{1b}[31m"], vec![empty]);
    ran.expect(2);
    assert!(ran.last_words().contains(r"'udp \x1b[31m'"), "{}", ran.err());
    refused(&["arp.pcap", "inbound"]);
    let long = refused(&["arp.pcap", &"udp or ".repeat(10_000)]);
    assert!(long.last_words().ends_with("longer than 65536 bytes"), "{}", long.err());
    assert!(long.last_words().len() < 300);
    // A file that is missing is no filter.
    let ran = run(["read", "arp.pcap", "no-such-file.pcap"]);
    assert!(ran.expect(1).err().contains("error: no-such-file.pcap: No such file"), "{}", ran.err());
}
