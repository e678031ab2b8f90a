//! Where the time went, what limited a transfer, and the sketches of it.

use super::common::run;

/// The closing line that begins with `label`, with those that it goes on in.
fn closing(text: &str, label: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(label));
    let first = lines.next().unwrap_or_default().to_owned();
    lines.take_while(|line| line.starts_with("        ")).fold(first, |all, line| all + " " + line.trim())
}

#[test]
fn a_transfer_into_a_closed_window_says_so() {
    let text = run(["read", "tcp_zero_window.pcap", "--follow-tcp"]).expect(0).out();
    assert!(closing(&text, "Time").contains("closed window 2.4"), "{text}");
    assert!(closing(&text, "Limited client").contains("closed window 94 %"), "{text}");
    let table = run(["read", "tcp_zero_window.pcap", "--flows", "--width", "110"]).expect(0).out();
    assert!(table.contains("closed 94%"), "{table}");
}

#[test]
fn a_lossy_transfer_says_what_was_lost_and_how_it_came_back() {
    let text = run(["read", "tcp_loss_many_sender.pcap", "--follow-tcp"]).expect(0).out();
    let loss = closing(&text, "Loss");
    assert!(
        loss.contains("4 segments again, 5,792 bytes") && loss.contains("1 fast recovery, no timeout"),
        "{loss}"
    );
    assert!(closing(&text, "Window").contains("slow start → recovery → avoidance"), "{text}");
    let text = run(["read", "tcp_timeout_sender.pcap", "--follow-tcp"]).expect(0).out();
    assert!(closing(&text, "Loss").ends_with("1 loss probe, 3 timeouts"), "{text}");
    assert!(text.contains("(at least 2"), "the least time-out of the first one: {text}");
}

#[test]
fn a_handshake_that_was_repeated_has_no_initial_round_trip() {
    let text = run(["read", "tcp_syn_lost.pcap", "--follow-tcp"]).expect(0).out();
    assert!(!closing(&text, "Seen").contains("in the handshake"), "{text}");
}

#[test]
fn nothing_is_estimated_where_the_acknowledgments_are_missing() {
    let text = run(["read", "tcp_one_sided.pcap", "--follow-tcp"]).expect(0).out();
    for label in ["Limited", "Window", "RTT"] {
        assert_eq!(closing(&text, label), "", "{text}");
    }
    let plot = run(["read", "tcp_one_sided.pcap", "--follow-tcp", "--plot"]).expect(0).out();
    assert!(plot.contains("Bytes of the server: sent") && !plot.contains("in flight"), "{plot}");
}

#[test]
fn sketches_show_copies_phases_and_the_end_of_the_axis() {
    let plot =
        run(["read", "tcp_loss_many_sender.pcap", "--follow-tcp", "--plot", "--width", "80"]).expect(0).out();
    let sketch = plot.split_once("Bytes of the server: sent").expect("a sketch").1;
    assert!(sketch.lines().any(|line| line.contains("120,000 ┤")), "{sketch}");
    assert!(sketch.lines().any(|line| line.contains("marks") && line.contains('R')), "{sketch}");
    let phases = sketch.lines().find(|line| line.trim_start().starts_with("phase")).expect("phases");
    let order = ['s', 'R', 'a'].map(|letter| phases.rfind(letter).expect("each phase"));
    assert!(order.is_sorted(), "{phases}");
    assert!(sketch.contains("158.387 ms"), "{sketch}");
}

#[test]
fn sketches_are_of_flows_and_in_text() {
    run(["read", "tcp_bulk.pcap", "--plot"]).expect(2);
    let ran = run(["read", "tcp_bulk.pcap", "--follow-tcp", "--plot", "-T", "jsonl"]);
    ran.expect(2);
    assert!(ran.last_words().contains("nd.tcp.flight"), "{}", ran.last_words());
}

#[test]
fn what_the_sender_did_is_not_told_where_its_distance_is_not_known() {
    let text = run(["read", "tcp_midstream.pcap", "--follow-tcp"]).expect(0).out();
    assert!(!text.contains("idle"), "{text}");
    let table = run(["read", "tcp_midstream.pcap", "--flows", "--width", "110"]).expect(0).out();
    assert!(table.contains("smallest round trip") && !table.contains("idle"), "{table}");
}

#[test]
fn beside_the_receiver_a_transfer_takes_the_time_that_it_takes_beside_the_sender() {
    let text = run(["read", "tcp_reorder_receiver.pcap", "--follow-tcp"]).expect(0).out();
    let time = closing(&text, "Time");
    assert!(time.contains("transfer 43.") && !time.contains("idle"), "{time}");
    let text = run(["read", "tcp_bulk.pcap", "--follow-tcp"]).expect(0).out();
    let time = closing(&text, "Time");
    assert!(time.contains("recovery 20.3") && time.contains("close 24.6"), "{time}");
}

#[test]
fn shares_are_of_the_time_that_is_told() {
    let text = run(["read", "tcp_half_close.pcap", "--follow-tcp"]).expect(0).out();
    assert!(closing(&text, "Limited").ends_with("of 325.850 ms"), "{text}");
}

#[test]
fn a_late_original_is_not_sent_now() {
    let text = run(["read", "tcp_spurious_receiver.pcap", "--follow-tcp"]).expect(0).out();
    assert!(text.contains("the server sent 1,448 bytes more than once"), "{text}");
    assert!(closing(&text, "Window").contains("40,544 at most"), "{text}");
    assert!(!closing(&text, "Limited").contains("idle"), "{text}");
}
