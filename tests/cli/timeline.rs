//! What a timeline says of a flow that is over.

use super::common::{run, run_fed, samples};

/// The row of frame `number`.
fn row(text: &str, number: u32) -> String {
    let number = number.to_string();
    let row = text.lines().find(|line| line.split_whitespace().next() == Some(&number));
    row.unwrap_or_else(|| panic!("no row {number}:\n{text}")).to_owned()
}

fn timeline(sample: &str) -> String {
    run(["read", sample, "--follow-tcp"]).expect(0).out()
}

#[test]
fn what_changes_nothing_has_its_own_acknowledgment_number() {
    let text = timeline("nat.pcap");
    assert!(row(&text, 66).contains("ACK 1 ") && row(&text, 76).contains("ACK 29"), "{text}");
    assert!(!text.contains("ACK 0"), "{text}");
    let text = timeline("malformed.pcap");
    assert!(text.contains("wrong checksum: it changes nothing") && !text.contains("ACK 0 "), "{text}");
}

#[test]
fn a_reset_without_effect_closes_nothing() {
    let text = timeline("tcp_forged_reset.pcap");
    let reset = row(&text, 10);
    assert!(reset.contains("a reset without effect, as No. 12 shows"), "{reset}");
    for number in [10, 11] {
        let row = row(&text, number);
        assert!(!row.contains("CLOSED") && !row.contains("closed"), "{row}");
    }
    assert!(row(&text, 17).contains("a reset that does not acknowledge the SYN"), "{text}");
}

#[test]
fn nobody_is_first_in_a_simultaneous_close() {
    let text = timeline("tcp_close_both.pcap");
    assert!(row(&text, 8).ends_with("the client closes"), "{text}");
    assert!(row(&text, 10).ends_with("FIN acknowledged"), "{text}");
    assert!(text.contains("Closed normally. Both FINs were on the way at once"), "{text}");
    assert!(!text.contains("first"), "{text}");
}

#[test]
fn a_fin_that_was_lost_moves_nobody() {
    let text = timeline("tcp_fin_lost.pcap");
    assert!(row(&text, 8).contains("FIN_WAIT_1    →  ESTABLISHED"), "{text}");
    assert!(row(&text, 9).contains("(CLOSE_WAIT)"), "{text}");
    let text = timeline("tcp_loss_tail_sender.pcap");
    assert!(row(&text, 19).contains("ESTABLISHED   ←  FIN_WAIT_1"), "{text}");
}

#[test]
fn who_acknowledges_less_than_the_fin_has_not_got_it() {
    let text = timeline("tcp_chat.pcap");
    let rows = text.lines().find(|line| line.contains("24–25")).expect("two rows in one");
    assert!(rows.contains("FIN_WAIT_1    ←  ESTABLISHED"), "{text}");
}

#[test]
fn a_server_that_echoes_a_syn_had_got_it() {
    let text = timeline("tcp_synack_lost.pcap");
    assert!(row(&text, 2).contains("SYN_SENT      →  (SYN_RECEIVED)"), "{text}");
}

#[test]
fn a_row_has_all_messages_of_its_segment_and_all_its_flags() {
    let text = timeline("http_pipeline.pcap");
    assert!(row(&text, 4).matches("GET ").count() > 1, "{text}");
    assert!(row(&timeline("tcp_flags.pcap"), 17).contains("SYN, AE, Reserved"));
}

#[test]
fn accurate_ecn_is_told() {
    let text = timeline("tcp_accecn.pcap");
    assert!(row(&text, 2).contains("accurate ECN accepted"), "{text}");
    let reports: Vec<&str> = text.lines().filter(|line| line.contains("reports the mark")).collect();
    assert_eq!(reports, [row(&text, 5)], "{text}");
}

#[test]
fn a_refused_server_never_listened() {
    let ran = run(["read", "tcp_refused.pcap", "--follow-tcp", "-T", "jsonl"]).expect(0).out();
    assert!(ran.contains(r#""nd.tcp.states.server":["CLOSED"]"#), "{ran}");
}

#[test]
fn errors_that_find_no_room_are_counted() {
    let bytes = std::fs::read(samples().join("traceroute_tcp.pcap")).unwrap();
    let end_of_record = |at: usize| {
        let captured: [u8; 4] = bytes[at + 8..at + 12].try_into().unwrap();
        at + 16 + u32::from_le_bytes(captured) as usize
    };
    let (first, second) = (end_of_record(24), end_of_record(end_of_record(24)));
    let capture = [&bytes[..first], &bytes[first..second].repeat(300)].concat();
    let text = run_fed(["read", "-", "--follow-tcp"], vec![capture]).expect(0).out();
    assert!(text.contains("256 × ICMP"), "{text}");
    assert!(text.contains("44 more ICMP errors about its segments are not shown: too many"), "{text}");
}
