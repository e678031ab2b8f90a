//! `--expert`: what it finds in the samples, and what it does not.

use serde_json::Value;

use super::common::{run, sample_names};

/// The findings of a sample as records.
fn findings(sample: &str) -> Vec<Value> {
    let ran = run(["read", sample, "--expert", "-T", "jsonl"]);
    ran.expect(0).out().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Ids of the findings of a sample but those about the capture itself.
fn ids(sample: &str) -> Vec<String> {
    let ids = findings(sample).into_iter().map(|finding| finding["id"].as_str().unwrap().to_owned());
    ids.filter(|id| !id.starts_with("capture.snaplen")).collect()
}

fn of(sample: &str, id: &str) -> Vec<Value> {
    findings(sample).into_iter().filter(|finding| finding["id"] == id).collect()
}

#[test]
fn forged_and_genuine_resets_are_told_apart() {
    let forged = of("tcp_forged_reset.pcap", "tcp.reset.forged");
    let frames: Vec<&Value> = forged.iter().map(|finding| &finding["frames"]).collect();
    assert_eq!(frames, [&serde_json::json!([10]), &serde_json::json!([17]), &serde_json::json!([47, 48])]);
    for finding in &forged {
        assert_eq!(finding["by"], "server");
        assert_eq!(finding["honoured"], false);
        assert!(finding["after"].as_str().unwrap().contains("the forgery failed"), "{finding}");
        let signs = finding["evidence"].as_array().unwrap();
        assert!(signs.iter().filter(|sign| sign["against"] == true).count() >= 4, "{finding}");
        let ttl = signs.iter().find(|sign| sign["field"] == "ip.ttl").unwrap();
        assert!(ttl["says"].as_str().unwrap().ends_with("; its other packets have 58"), "{ttl}");
    }
    let genuine = of("tcp_forged_reset.pcap", "tcp.reset");
    assert_eq!(genuine.len(), 1);
    assert_eq!((&genuine[0]["frames"][0], &genuine[0]["origin"]), (&35.into(), &"genuine".into()));
    let late = of("tcp_forged_reset.pcap", "tcp.data-after-reset");
    assert_eq!(late[0]["bytes"], 9);
    assert!(late[0]["text"].as_str().unwrap().contains("answered by RST No. 37"), "{}", late[0]);
}

#[test]
fn no_reset_that_a_host_sent_is_called_forged() {
    for sample in
        sample_names().iter().filter(|name| name.starts_with("tcp_") && *name != "tcp_forged_reset.pcap")
    {
        assert!(of(sample, "tcp.reset.forged").is_empty(), "{sample}");
    }
    for (sample, by) in [("tcp_reset.pcap", "server"), ("tcp_unread.pcap", "server")] {
        let found = of(sample, "tcp.reset");
        assert_eq!(
            (found.len(), &found[0]["by"], &found[0]["origin"]),
            (1, &by.into(), &"genuine".into()),
            "{sample}"
        );
    }
}

#[test]
fn a_connection_without_problems_has_no_findings() {
    for sample in
        ["http_get.pcap", "tcp_close3.pcap", "tcp_close4.pcap", "tcp_half_close.pcap", "tcp_keep_alive.pcap"]
    {
        assert!(ids(sample).is_empty(), "{sample}: {:?}", ids(sample));
        let text = run(["read", sample, "--expert"]).out();
        assert!(
            text.ends_with(" packets.\n") && text.contains(" malformed packets in 1 TCP flow, "),
            "{text}"
        );
    }
}

#[test]
fn problems_are_found_with_their_numbers() {
    let loss = of("tcp_loss_many_sender.pcap", "tcp.loss");
    assert_eq!((loss.len(), &loss[0]["by"], &loss[0]["segments"]), (1, &"server".into(), &4.into()));
    assert_eq!((&loss[0]["where"], &loss[0]["rto"]), (&"beyond capture point".into(), &false.into()));
    assert_eq!(of("tcp_loss_many_receiver.pcap", "tcp.loss")[0]["where"], "before capture point");
    assert_eq!(of("tcp_timeout_sender.pcap", "tcp.loss")[0]["rto"], true);
    let window = &of("tcp_zero_window.pcap", "tcp.zero-window")[0];
    assert_eq!(
        (&window["by"], &window["times"], &window["probes"]),
        (&"server".into(), &1.into(), &3.into())
    );
    assert_eq!(window["closed"], "2.449881000");
    let syn = &of("tcp_syn_lost.pcap", "tcp.slow-handshake")[0];
    assert_eq!((&syn["by"], &syn["waited"]), (&"client".into(), &"1.008920000".into()));
    assert_eq!(of("tcp_spurious_sender.pcap", "tcp.spurious").len(), 1);
    assert!(of("tcp_spurious_sender.pcap", "tcp.loss").is_empty());
    assert_eq!(of("tcp_refused.pcap", "tcp.refused")[0]["count"], 1);
}

#[test]
fn a_path_that_takes_only_small_packets_is_no_loss() {
    let hole = &of("mtu_black_hole.pcap", "tcp.black-hole")[0];
    assert_eq!((&hole["vanished"], &hole["passed"], &hole["tries"]), (&1460.into(), &984.into(), &4.into()));
    assert_eq!(hole["frames"], serde_json::json!([6, 7, 8, 10, 11, 13]));
    let told = &of("pmtu.pcap", "tcp.path-mtu")[0];
    assert_eq!((&told["mtu"], &told["errors"]), (&1280.into(), &5.into()));
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("192.0.2.1 said 5 times by ICMP, from No. 9 on"), "{text}");
    assert!(of("pmtu.pcap", "tcp.black-hole").is_empty());
}

#[test]
fn an_end_that_gave_up_is_told_so_also_where_the_other_is_heard_later() {
    assert_eq!(ids("tcp_dead_peer.pcap"), ["tcp.timed-out", "tcp.spurious"]);
    let gone = &of("tcp_dead_peer.pcap", "tcp.timed-out")[0];
    assert_eq!((&gone["by"], &gone["attempts"]), (&"client".into(), &3.into()));
    let text = gone["text"].as_str().unwrap();
    assert!(text.contains("(No. 11)") && text.contains("heard again (No. 12)"), "{text}");
    let again = &of("tcp_dead_peer.pcap", "tcp.spurious")[0];
    assert!(again["text"].as_str().unwrap().contains("answers were lost beyond this point"), "{again}");
}

#[test]
fn needless_copies_are_put_down_to_what_sent_them() {
    let text = of("tcp_spurious_sender.pcap", "tcp.spurious")[0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("no timer ran out"), "{text}");
}

#[test]
fn what_is_sent_again_in_other_pieces_counts_by_bytes() {
    let loss: Vec<Value> = of("tcp_overlap.pcap", "tcp.loss");
    let places: Vec<_> = loss.iter().map(|finding| (&finding["bytes"], &finding["where"])).collect();
    let before = Value::from("before capture point");
    assert_eq!(places, [(&100.into(), &before), (&100.into(), &before)]);
    assert_eq!(loss[1]["title"], "Bytes of the client still missing at the end");
    assert_eq!(of("tcp_overlap.pcap", "tcp.reordering")[0]["segments"], 9);
}

#[test]
fn findings_come_by_severity_and_within_bounds() {
    let rank = |finding: &Value| {
        ["error", "warning", "note"].iter().position(|word| finding["severity"] == *word).unwrap()
    };
    for sample in sample_names() {
        let found = findings(&sample);
        assert!(found.is_sorted_by_key(rank), "{sample}");
        for finding in found {
            assert_eq!((&finding["schema"], &finding["kind"]), (&1.into(), &"finding".into()));
            assert!(finding["frames"].as_array().unwrap().len() <= 8, "{sample}: {finding}");
            run(["explain", finding["id"].as_str().unwrap()]).expect(0);
        }
    }
}

#[test]
fn the_last_line_leads_on() {
    let text = run(["read", "tcp_refused.pcap", "--expert"]).out();
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("1 finding in 1 TCP flow, 2 packets."), "{last}");
    assert!(last.ends_with("Meaning: netdissect explain tcp.refused"), "{last}");
    run(["read", "tcp_refused.pcap", "--expert", "--flows"]).expect(2);
    run(["read", "tcp_refused.pcap", "--expert", "-T", "csv", "-e", "ip.src"]).expect(2);
}
