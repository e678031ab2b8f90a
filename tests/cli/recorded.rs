//! What a capture file records of a packet beside its bytes: its time, its way, what was lost before it.

use super::common::run;

/// The cells of these fields, packet by packet.
fn rows(fields: &str) -> Vec<Vec<String>> {
    let ran = run(["read", "two_interfaces.pcapng", "-T", "tsv", "-e", fields]);
    let text = ran.expect(0).out();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn a_packet_without_a_time_has_no_times_and_gives_no_round_trip() {
    let rows = rows("frame.time_epoch,frame.time_relative,frame.time_delta,icmp.resp_to,icmp.resptime");
    assert_eq!(rows[4][..3], ["", "", ""]);
    // Since the newest packet that has one.
    assert_eq!(rows[5][1..], ["0.060000000", "0.029999544", "5", ""]);
    assert_eq!(rows[1][3..], ["1", "20"]);
    let path = run(["read", "two_interfaces.pcapng", "--path"]).expect(0).out();
    assert!(path.contains("2 sent, 2 answered") && path.contains("min 20.000, avg 20.000"), "{path}");
    let tree = run(["read", "two_interfaces.pcapng", "-V"]).expect(0).out();
    assert!(tree.lines().any(|line| line.starts_with("Frame 5 ") && line.ends_with("no time")), "{tree}");
}

#[test]
fn which_way_a_packet_went_and_what_was_lost_before_it() {
    let rows = rows("frame.packet_flags,frame.packet_flags_direction,frame.p2p_dir,frame.drop_count");
    assert_eq!(rows[0], ["0x00000002", "0x00000002", "0", ""]);
    assert_eq!(rows[1], ["0x00000001", "0x00000001", "1", ""]);
    assert_eq!(rows[5], ["", "", "", "1"]);
}
