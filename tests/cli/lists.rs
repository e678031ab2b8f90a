//! `fields` and `protocols`: what they name is what the other commands know.

use std::collections::BTreeSet;

use super::common::{run, sample_names};

fn names(command: &str) -> Vec<String> {
    let ran = run([command, "--names"]);
    ran.expect(0);
    assert!(ran.err.is_empty());
    ran.out().lines().map(str::to_owned).collect()
}

#[test]
fn fields_are_named_bare_sorted_and_once() {
    let names = names("fields");
    assert!(names.len() > 500);
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "not ascending, or twice");
    assert!(names.iter().all(|name| !name.is_empty() && !name.contains(char::is_whitespace)));
    for name in [
        "frame.number",
        "frame.time_relative",
        "frame.len",
        "eth.src",
        "vlan.id",
        "arp.opcode",
        "arp.src.proto_ipv4",
        "ip.src",
        "ip.ttl",
        "ip.flags.df",
        "ip.frag_offset",
        "icmp.type",
        "udp.srcport",
        "tcp.stream",
        "tcp.flags.syn",
        "tcp.seq",
        "tcp.seq_raw",
        "dns.qry.name",
        "dhcp.option.dhcp",
        "http.request.method",
        "nd.tcp.state.client",
        "nd.tcp.state.client.inferred",
        "nd.tcp.state.server",
    ] {
        assert!(names.iter().any(|known| known == name), "{name} is not listed");
    }
}

#[test]
fn every_field_that_is_listed_can_be_asked_for() {
    let names = names("fields");
    for chunk in names.chunks(300) {
        let ran = run(["read", "arp.pcap", "-c", "1", "-T", "tsv", "-e", &chunk.join(",")]);
        ran.expect(0);
        let out = ran.out();
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].split('\t').collect::<Vec<_>>(), chunk);
        assert_eq!(lines[1].split('\t').count(), chunk.len());
    }
}

#[test]
fn a_pattern_picks_fields() {
    let some = run(["fields", "tcp.flags", "--names"]).out();
    assert!(some.lines().any(|name| name == "tcp.flags.syn"));
    assert!(some.lines().all(|name| name.contains("tcp.flags")), "{some}");
    let described = run(["fields", "ip.ttl"]).out();
    assert!(described.starts_with("ip.ttl ") && described.contains("time to live"), "{described}");
    assert!(run(["fields", "no.such.field"]).expect(0).out.is_empty());
}

#[test]
fn protocols_are_named_as_frame_protocols_names_them() {
    let listed: BTreeSet<String> = names("protocols").into_iter().collect();
    assert!(listed.contains("tcp") && listed.contains("dns") && listed.contains("http"));
    let ran = run([
        &["read", "-T", "fields", "-e", "frame.protocols"][..],
        &sample_names().iter().map(String::as_str).collect::<Vec<_>>(),
    ]
    .concat());
    let out = ran.expect(0).out();
    let parts = out.lines().flat_map(|line| line.split(':')).filter(|part| !part.is_empty());
    let met: BTreeSet<String> = parts.map(str::to_owned).collect();
    // Steps between two protocols, which Wireshark names, too.
    let is_step = |name: &str| ["ethertype", "wlan_radio"].contains(&name);
    let unknown: Vec<&String> = met.difference(&listed).filter(|name| !is_step(name)).collect();
    assert!(met.len() > 20 && unknown.is_empty(), "{unknown:?}");
}

#[test]
fn protocols_say_how_traffic_reaches_them() {
    let text = run(["protocols"]).expect(0).out();
    let at = text.lines().position(|line| line.starts_with("dns ")).unwrap();
    let keys = text.lines().nth(at + 1).unwrap();
    assert!(keys.contains("udp.port 53") && keys.contains("tcp.port 53"), "{keys}");
}

#[test]
fn interfaces_can_be_listed_by_anybody() {
    // What is there depends on the machine; that it says something does not, where there is a loopback.
    let ran = run(["interfaces"]);
    assert!(ran.code == Some(0) || ran.code == Some(1), "{ran:?}");
    assert!(ran.code == Some(0) || ran.err().starts_with("error: "), "{}", ran.err());
}
