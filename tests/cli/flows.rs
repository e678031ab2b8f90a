//! Flows by the names that others give them, and the table of flows.

use super::common::run;

/// Two connections one after the other between the same ends.
const REUSED: &str = "tcp_port_reuse.pcap";
/// Name by which other tools know both, computed by hand from the definition.
const COMMUNITY: &str = "1:Ks/G8HdX68T0R+6EA2mlkl4HA/4=";

fn numbers(sample: &str, flow: &str) -> Vec<u32> {
    let ran = run(["read", sample, "-T", "fields", "-e", "frame.number", "--flow", flow]);
    ran.expect(0).out().lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn packets_of_one_flow() {
    let all: Vec<u32> = (1..=20).collect();
    assert_eq!(numbers(REUSED, "0"), &all[..10]);
    assert_eq!(numbers(REUSED, "1"), &all[10..]);
    assert_eq!(numbers(REUSED, "192.0.2.10:50010"), all);
    assert_eq!(numbers(REUSED, "192.0.2.80:7010,192.0.2.10:50010"), all);
    assert_eq!(numbers(REUSED, COMMUNITY), all);
    assert!(numbers(REUSED, "2").is_empty());
    assert!(numbers(REUSED, "192.0.2.80:7011").is_empty());
    // Datagrams have ends too.
    let dns = run(["read", "dns.pcap", "-T", "fields", "-e", "udp.port", "-c", "1"]).out();
    let port = dns.trim().split(',').next().unwrap().to_owned();
    let of_one = run([
        "read",
        "dns.pcap",
        "-T",
        "fields",
        "-e",
        "udp.stream",
        "--flow",
        &format!("192.0.2.10:{port}"),
    ]);
    assert!(of_one.expect(0).out().lines().all(|stream| stream == "0"), "{}", of_one.out());
}

#[test]
fn flows_and_timelines_of_one_flow() {
    for flow in ["1", "192.0.2.10:50010", COMMUNITY] {
        let count = if flow == "1" { 1 } else { 2 };
        let table = run(["read", REUSED, "--flows", "--flow", flow]).expect(0).out();
        assert!(table.contains(&format!("\n{count} TCP flow")), "{flow}: {table}");
        for follow in [&format!("--follow-tcp={flow}")[..], "--follow-tcp"] {
            let timeline = run(["read", REUSED, follow, "--flow", flow]).expect(0).out();
            assert_eq!(timeline.matches("TCP flow ").count(), count, "{follow} {flow}");
            assert!(timeline.contains(&format!("community-id {COMMUNITY}")));
        }
    }
    let ran = run(["read", REUSED, "--flow", "somewhere"]);
    ran.expect(2);
    assert!(ran.last_words().contains("somewhere is no flow"), "{}", ran.last_words());
}

#[test]
fn a_wide_table_has_the_words_of_others() {
    let table =
        |width: &str| run(["read", "tcp_dead_peer.pcap", "--flows", "--width", width]).expect(0).out();
    let heading = |width: &str| table(width).lines().next().unwrap().to_owned();
    assert!(!heading("80").contains("Pkts") && heading("80").ends_with("State"));
    assert!(heading("100").contains("Pkts") && heading("100").ends_with("State"));
    assert!(heading("120").ends_with("Zeek  History"));
    assert!(heading("150").ends_with("Community ID"));
    for width in ["80", "100", "120", "150"] {
        let room: usize = width.parse().unwrap();
        assert!(table(width).lines().all(|line| line.chars().count() <= room), "{}", table(width));
        assert!(table(width).contains("timed out"));
    }
    assert!(table("150").contains("RSTO") && table("150").contains("ShADadRf"), "{}", table("150"));
}

#[test]
fn a_record_of_a_flow_has_them_at_any_width() {
    let text = run(["read", "tcp_dead_peer.pcap", "--flows", "-T", "jsonl"]).expect(0).out();
    let record: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (key, value) in [
        ("nd.tcp.verdict", "timed-out"),
        ("nd.zeek.conn_state", "RSTO"),
        ("nd.zeek.history", "ShADadRf"),
        ("nd.zeek.originator", "192.0.2.10:50022"),
        ("nd.community_id", "1:Zs5rtWeXpRRNAEr+SreUj1DiTmQ="),
    ] {
        assert_eq!(record[key], value, "{key}");
    }
}
