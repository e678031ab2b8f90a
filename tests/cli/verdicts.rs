//! `tcp.analysis.*` and `nd.tcp.*`: ours, or Wireshark's labels with `--compat wireshark`.

use super::common::{run, sample_names};

/// One row for each packet: the cells of these fields.
fn rows(sample: &str, fields: &str, more: &[&str]) -> Vec<Vec<String>> {
    let ran = run([&["read", sample, "-T", "tsv", "-e", fields], more].concat());
    let text = ran.expect(0).out();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn a_probe_below_the_window_is_a_keep_alive_to_wireshark_only() {
    let fields = "tcp.analysis.zero_window_probe,tcp.analysis.keep_alive,nd.tcp.event";
    let ours = rows("tcp_zero_window.pcap", fields, &[]);
    let theirs = rows("tcp_zero_window.pcap", fields, &["--compat", "wireshark"]);
    let probes = |rows: &[Vec<String>], column: usize| -> Vec<usize> {
        (0..rows.len()).filter(|&at| rows[at][column] == "1").collect()
    };
    assert!(!probes(&ours, 0).is_empty());
    assert!(probes(&ours, 1).is_empty());
    assert_eq!(probes(&theirs, 1), probes(&ours, 0));
    // What is ours stays as it is.
    assert!(ours.iter().zip(&theirs).all(|(a, b)| a[2] == b[2]));
}

#[test]
fn messages_out_of_segments_as_they_come_are_wiresharks_way() {
    let fields = "frame.number,frame.protocols";
    let (ours, theirs) = (
        rows("tcp_fast_open.pcap", fields, &[]),
        rows("tcp_fast_open.pcap", fields, &["--compat", "wireshark"]),
    );
    let data = |rows: &[Vec<String>]| -> Vec<String> {
        rows.iter().filter(|row| row[1].ends_with(":data")).map(|row| row[0].clone()).collect()
    };
    // What a SYN with a cookie carries is shown with the SYN, not with the answer that accepts it.
    assert!(data(&ours).contains(&"9".to_owned()) && !data(&ours).contains(&"10".to_owned()));
    assert!(data(&theirs).contains(&"9".to_owned()) && !data(&theirs).contains(&"10".to_owned()));
    // Wireshark shows nothing above a segment that was sent again, unless it was sent again fast.
    let again = rows(
        "tcp_loss_fast_receiver.pcap",
        "frame.protocols,tcp.analysis.retransmission,tcp.analysis.fast_retransmission",
        &["--compat", "wireshark"],
    );
    assert!(again.iter().any(|row| row[1] == "1" && row[2] == "1"));
    assert!(again.iter().all(|row| row[1] != "1" || row[2] == "1" || row[0].ends_with(":tcp")));
}

#[test]
fn only_the_last_request_is_answered_in_wiresharks_way() {
    let fields = "http.response_number,http.request_in";
    let paired = |more: &[&str]| -> usize {
        rows("http_pipeline.pcap", fields, more).iter().filter(|row| !row[1].is_empty()).count()
    };
    assert!(paired(&[]) > paired(&["--compat", "wireshark"]));
    assert!(paired(&["--compat", "wireshark"]) > 0);
}

#[test]
fn numbers_that_do_not_depend_on_whose_rules_they_are() {
    let fields = "tcp.completeness,tcp.time_relative,tcp.time_delta,nd.flow";
    let ours = rows("tcp_close4.pcap", fields, &[]);
    assert_eq!(ours, rows("tcp_close4.pcap", fields, &["--compat", "wireshark"]));
    assert_eq!(ours[0], ["0", "0.000000000", "0.000000000", "0"]);
    assert_eq!(ours[2][0], "3");
    assert!(ours.iter().all(|row| row[3] == "0"));
    let reused = rows("tcp_port_reuse.pcap", "tcp.stream,nd.flow", &[]);
    assert!(reused.iter().all(|row| row[1].split('.').next() == Some(&row[0])));
    assert_eq!(reused.iter().map(|row| &row[1]).collect::<std::collections::BTreeSet<_>>().len(), 2);
}

#[test]
fn timelines_and_packet_lists_agree() {
    const FIELDS: [&str; 6] = [
        "tcp.analysis.acks_frame",
        "tcp.analysis.bytes_in_flight",
        "tcp.analysis.rto_frame",
        "tcp.analysis.out_of_order",
        "tcp.analysis.duplicate_ack_num",
        "tcp.analysis.initial_rtt",
    ];
    let mut compared = 0;
    for sample in sample_names().iter().filter(|name| name.starts_with("tcp_") && name.ends_with(".pcap")) {
        for more in [&[][..], &["--compat", "wireshark"]] {
            let list = rows(sample, &format!("frame.number,{}", FIELDS.join(",")), more);
            let ran = run([&["read", sample, "--follow-tcp", "-T", "jsonl"], more].concat());
            for line in ran.expect(0).out().lines() {
                let record: serde_json::Value = serde_json::from_str(line).unwrap();
                let Some(number) = record["frame.number"].as_u64() else { continue };
                let row = &list[usize::try_from(number).unwrap() - 1];
                for (field, cell) in FIELDS.iter().zip(&row[1..]) {
                    let told = match &record[field] {
                        serde_json::Value::Null => String::new(),
                        serde_json::Value::Bool(true) => "1".to_owned(),
                        serde_json::Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    assert_eq!(&told, cell, "{sample}, frame {number}, {field}, {more:?}");
                    compared += usize::from(!told.is_empty());
                }
            }
        }
    }
    assert!(compared > 1_000, "{compared}");
}

#[test]
fn a_retransmission_tells_why_how_sure_and_what_else_it_could_be() {
    let fields = "tcp.analysis.retransmission,nd.tcp.retransmission.cause,nd.tcp.retransmission.kind,\
                  nd.tcp.evidence,nd.tcp.confidence,nd.tcp.alt,tcp.analysis.rto_frame";
    let copies: Vec<Vec<String>> =
        rows("tcp_loss_tail_sender.pcap", fields, &[]).into_iter().filter(|row| row[0] == "1").collect();
    assert!(!copies.is_empty());
    for copy in &copies {
        assert!(copy[1..5].iter().all(|cell| !cell.is_empty()), "{copy:?}");
        assert!(copy[6].parse::<u64>().is_ok(), "{copy:?}");
    }
    assert!(copies.iter().any(|copy| copy[1] == "tlp" && copy[5] == "rto"), "{copies:?}");
}

#[test]
fn wiresharks_initial_round_trip_is_on_all_payload() {
    for (sample, frame, rtt) in [
        ("tcp_spurious_receiver.pcap", 91, "0.022677000"),
        ("tcp_duplicate_receiver.pcap", 24, "0.032063000"),
    ] {
        let rows = rows(sample, "tcp.analysis.initial_rtt", &["--compat", "wireshark"]);
        assert_eq!(rows[frame - 1], [rtt], "{sample}");
    }
}

#[test]
fn what_a_reset_carries_is_no_message() {
    let rows = rows("tcp_reset_cause.pcap", "frame.protocols,tcp.reset_cause", &[]);
    assert_eq!(rows[4], ["eth:ethertype:ip:tcp", "no such service"]);
}

#[test]
fn numbers_that_stand_for_something_say_so() {
    let tree = run(["read", "tcp_reset_cause.pcap", "-V", "--width", "100"]).expect(0).out();
    assert!(tree.contains("none used (-2)") && tree.contains("incomplete, data (15)"), "{tree}");
    let list = run(["read", "tcp_options.pcap"]).expect(0).out();
    for words in ["SLE=2001 SRE=3001", " TFO=R", " TFO=C", "WS=16384 (shift 15 is too large)"] {
        assert!(list.contains(words), "{words}: {list}");
    }
    assert!(run(["read", "tcp_urgent.pcap"]).expect(0).out().contains(" Urg=1 "));
    assert!(run(["read", "tcp_accecn.pcap"]).expect(0).out().contains("[PSH, ACK, ACE=5] Seq=1"));
}

#[test]
fn an_acknowledgment_names_the_syn_that_it_echoes_or_whose_data_it_takes() {
    let acks = |sample: &str, at: usize| rows(sample, "tcp.analysis.acks_frame", &[])[at - 1][0].clone();
    assert_eq!(acks("tcp_synack_lost.pcap", 3), "1");
    assert_eq!(acks("tcp_fast_open.pcap", 10), "9");
    let text = run(["read", "tcp_synack_lost.pcap", "--follow-tcp", "--explain"]).expect(0).out();
    assert!(text.contains("does not tell the round trip"), "{text}");
}
