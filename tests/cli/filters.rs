//! `-Y`: which packets and flows a display filter chooses.

use super::common::run;

/// Numbers of the frames that pass.
fn frames(sample: &str, filter: &str) -> Vec<u64> {
    let ran = run(["read", sample, "-Q", "-Y", filter, "-T", "fields", "-e", "frame.number"]);
    ran.expect(0).out().lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn a_filter_chooses_packets_in_every_format() {
    let filter = "tcp.flags.syn == 1 || http.request";
    assert_eq!(frames("http_get.pcap", filter), [1, 2, 4]);
    for format in [&["-T", "jsonl"][..], &["-T", "csv", "-e", "frame.number"], &[], &["-V"], &["-x"]] {
        let ran = run([&["read", "http_get.pcap", "-Y", filter][..], format].concat());
        ran.expect(0);
        assert_eq!(ran.last_words(), "20 packets captured, 3 shown", "{format:?}");
    }
    assert_eq!(frames("http_get.pcap", "").len(), 20);
    assert_eq!(frames("http_get.pcap", "!(tcp)").len(), 0);
}

#[test]
fn a_count_is_of_packets_shown() {
    let ran =
        run(["read", "http_get.pcap", "-Y", "tcp.len > 0", "-c", "2", "-T", "fields", "-e", "frame.number"]);
    assert_eq!(ran.expect(0).out(), "4\n6\n");
    let ran = run(["read", "http_get.pcap", "-Y", "udp", "--fail-empty"]);
    ran.expect(6);
}

#[test]
fn our_own_fields_can_be_filtered_on() {
    let open = "nd.tcp.state.client == \"ESTABLISHED\" and nd.tcp.state.server == ESTABLISHED";
    assert!(frames("http_get.pcap", open).contains(&4));
    let again = frames("tcp_loss_fast_sender.pcap", "nd.tcp.retransmission.cause == \"fast\"");
    assert!(!again.is_empty());
    assert!(frames("tcp_loss_fast_sender.pcap", "tcp.analysis.retransmission").contains(&again[0]));
}

#[test]
fn flows_are_chosen_by_their_packets() {
    let all = run(["read", "http_keepalive.pcap", "dns.pcap", "-Q", "--flows", "-T", "jsonl"]).out();
    let some = |filter: &str| {
        let args = ["read", "http_keepalive.pcap", "dns.pcap", "-Q", "--flows", "-T", "jsonl", "-Y", filter];
        run(args).expect(0).out()
    };
    assert_eq!(some("tcp"), all);
    assert_eq!(some("udp"), "");
    let http = some("http.request");
    assert!(!http.is_empty() && http.lines().count() < all.lines().count(), "{http}");
    let follow = run(["read", "http_keepalive.pcap", "-Q", "--follow-tcp", "-Y", "udp"]);
    assert!(!follow.expect(0).out().contains("ESTABLISHED"), "{}", follow.out());
    let follow = run(["read", "http_keepalive.pcap", "-Q", "--follow-tcp", "-Y", "http.request"]);
    assert!(follow.expect(0).out().contains("ESTABLISHED"));
}

#[test]
fn where_a_filter_has_no_meaning_it_is_refused() {
    for args in [&["--follow-tcp", "--data", "text"][..], &["--fragments"]] {
        let ran = run([&["read", "http_get.pcap", "-Y", "tcp"][..], args].concat());
        ran.expect(2);
        assert!(ran.last_words().contains("-Y"), "{}", ran.err());
    }
}

#[test]
fn a_filter_of_the_first_pass_is_taken_with_a_hint() {
    let ran = run(["read", "http_get.pcap", "-R", "http.request"]);
    assert_eq!(ran.expect(0).out().lines().count(), 1);
    assert_eq!(ran.err().matches("-R is taken as -Y").count(), 1, "{}", ran.err());
    run(["read", "http_get.pcap", "-R", "tcp", "-Y", "tcp"]).expect(2);
}

#[test]
fn a_wrong_filter_is_2_and_says_where_before_anything_is_read() {
    let ran = run(["read", "no-such-file.pcap", "-Y", "tcp.prot == 80"]);
    ran.expect(2);
    assert!(ran.out.is_empty());
    let err = ran.err();
    let lines: Vec<&str> = err.lines().collect();
    assert_eq!(lines[..2], ["error: no field is called tcp.prot", "       tcp.prot == 80"]);
    assert!(lines[2].starts_with("       ^^^^^^^^") && err.contains("nearest: tcp.port"), "{err}");
    let ran = run(["read", "http_get.pcap", "-Y", "tcp port 80"]);
    ran.expect(2);
    assert!(ran.err().contains("as a display filter: tcp.port == 80"), "{}", ran.err());
}
