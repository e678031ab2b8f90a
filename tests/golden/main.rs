//! The output of every sample in every mode, as recorded and reviewed.
//!
//! A file `<sample>.<mode>.txt` holds the command, both streams and the exit code. After a change that is meant,
//! `UPDATE_GOLDEN=1 cargo test --test golden` records anew; the difference belongs into the review.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;

use std::collections::BTreeSet;

use common::{golden, run, sample_names};

/// Name of a mode and its arguments.
const MODES: [(&str, &[&str]); 8] = [
    ("list", &[]),
    ("tree", &["-V"]),
    ("hex", &["-x"]),
    ("timeline", &["--follow-tcp"]),
    ("flows", &["--flows"]),
    ("expert", &["--expert"]),
    ("jsonl", &["-T", "jsonl"]),
    ("rows", &["-T", "tsv", "-e", FIELDS]),
];

/// Fields of each layer that most packets have, and the two columns that say most.
const FIELDS: &str = "frame.number,frame.time_relative,frame.len,frame.cap_len,frame.protocols,\
    eth.src,eth.dst,eth.type,vlan.id,arp.opcode,\
    ip.src,ip.dst,ip.id,ip.flags,ip.frag_offset,ip.ttl,ip.proto,ip.checksum.status,\
    ipv6.src,ipv6.dst,ipv6.hlim,ipv6.nxt,icmp.type,icmp.code,icmpv6.type,icmpv6.code,\
    udp.srcport,udp.dstport,udp.length,udp.stream,\
    tcp.stream,tcp.srcport,tcp.dstport,tcp.flags,tcp.seq,tcp.ack,tcp.len,tcp.window_size,\
    tcp.options.sack_le,tcp.options.sack_re,nd.tcp.state.client,nd.tcp.state.server,\
    dns.qry.name,dns.a,dns.flags.rcode,dhcp.option.dhcp,http.request.uri,http.response.code,\
    _ws.col.protocol,_ws.col.info";

/// Samples of which the tree is recorded in part: the frames that show what the capture is about, one of every kind.
/// List, rows and timeline hold all frames, records those of all samples but long transfers.
const PARTS: &[(&str, &str)] = &[
    ("dhcp_options.pcap", "2-4,12,14"),
    ("dns.pcap", "2,4,6,8,12,16,20,22,38"),
    ("dns_forms.pcap", "1,5-7,10,16,18-19,22-26"),
    ("dns_types.pcap", "5,11,13,26,30,32,37,43,45-47,50-53,55,57,65-66"),
    ("ethernet_more.pcap", "1-2,5-9,12,14"),
    ("fragments_odd.pcap", "1,3,6,9,11,13,20,22-24"),
    ("gre.pcap", "1,4,9-15"),
    ("http2.pcap", "4-6,8-11,13-16,26,28"),
    ("http_get.pcap", "1-4,6,16-17"),
    ("http_headers.pcap", "4-5,7,11-12,16,22,24-25,30,33,35"),
    ("http_keepalive.pcap", "4,6,9,16,23"),
    ("http_methods.pcap", "6,14,16,26,38,62,72,82,84"),
    ("http_pipeline.pcap", "4,6,8,10,12,14"),
    ("http_v6.pcap", "1-4,6"),
    ("icmp_extensions.pcap", "1-2,7-10,13-14,17"),
    ("icmp_types.pcap", "1,3,7,19,21,25-26,28,31-32,36,40-43"),
    ("icmpv6_more.pcap", "1-7,10-12"),
    ("icmpv6_types.pcap", "1,9,12,15,17,20,22,24-29,32,34,38,40-42"),
    ("ip_in_ip.pcap", "1,4,9,17-19"),
    ("ipv4_options.pcap", "1-4,8-12,14"),
    ("ipv6_extensions.pcap", "1,3-5,7-8,11-14,16,19"),
    ("ipv6_fragments_odd.pcap", "1,3,6,8,10,13"),
    ("ipv6_options.pcap", "1-2,4,6,8,10,12"),
    ("malformed.pcap", "1-2,5,7-10,13,15-17,20,25,28,31,34-38,41,43,45,48,55"),
    ("mdns.pcap", "1,3-6"),
    ("mount.pcap", "3-8,10,26,33-34"),
    ("mpls.pcap", "1,9-10,13-15"),
    ("multicast.pcap", "1-5,12-13"),
    ("multicast_old.pcap", "1-6"),
    ("ndp.pcap", "1-6,9"),
    ("nfs2.pcap", "1-2,4-7,10,12-15,17,21,25,32,34"),
    ("nfs3.pcap", "1,4-7,10,13-16,18,20-23,25,31,39-40,46,48,50,52,54"),
    ("nfs4.pcap", "6-7,12-15,17-19,21,23,28-32,34-38,45-47,50"),
    ("nfs_session.pcap", "8-9,18-19,21,41,46-47,94-95,100-101,112-113,118-119,134-135,140-141,157"),
    ("null.pcap", "1,4,9,12"),
    ("ping_v6.pcap", "1-3,9,13"),
    ("pmtu.pcap", "1,4,9,15-16,28"),
    ("pmtu_ping.pcap", "1-3,7-9"),
    ("ppp.pcap", "1,3,8,10-11,13-14,18,20,22-24,27"),
    ("pppoe.pcap", "1-5,12,25,28,35"),
    ("qinq.pcap", "1,9-11"),
    ("quic.pcap", "1-3,7,9-14,16-18,21,23-28"),
    ("raw_ip.pcap", "1,4,11"),
    ("rpc_portmap.pcap", "3-4,9-14,17-24,29-33"),
    ("smtp_session.pcap", "4,8-9,12,16,36,51,53-56,87-88"),
    ("tcp_bulk.pcap", "56-57,99,101"),
    ("tcp_chat.pcap", "1,4-6"),
    ("tcp_close3.pcap", "1-4,8-10"),
    ("tcp_close4.pcap", "1-4,8-11"),
    ("tcp_close_both.pcap", "8-11"),
    ("tcp_dead_peer.pcap", "8,11-13"),
    ("tcp_duplicate_receiver.pcap", "21-23"),
    ("tcp_duplicate_sender.pcap", "29-30,34"),
    ("tcp_ecn.pcap", "1-4"),
    ("tcp_fast_open.pcap", "1-2,9-10"),
    ("tcp_fin_lost.pcap", "8-10"),
    ("tcp_flags.pcap", "1,9-10,16-18"),
    ("tcp_half_close.pcap", "5-8,14"),
    ("tcp_keep_alive.pcap", "7-9,14"),
    ("tcp_loss_fast_receiver.pcap", "99,102,172,174"),
    ("tcp_loss_fast_sender.pcap", "169,171-172,184"),
    ("tcp_loss_many_receiver.pcap", "42-44,76"),
    ("tcp_loss_many_sender.pcap", "74,77,80"),
    ("tcp_loss_tail_receiver.pcap", "1,27-28"),
    ("tcp_loss_tail_sender.pcap", "19,29-30"),
    ("tcp_midstream.pcap", "1-2,16-17"),
    ("tcp_no_options.pcap", "1-4"),
    ("tcp_one_sided.pcap", "1-2,70,72-73"),
    ("tcp_open_both.pcap", "1-5"),
    ("tcp_options.pcap", "3,6-10,14,17-19,21,29,35"),
    ("tcp_port_reuse.pcap", "10-12"),
    ("tcp_reorder_receiver.pcap", "32-33,36"),
    ("tcp_reorder_sender.pcap", "56-57"),
    ("tcp_reset.pcap", "8,12"),
    ("tcp_seq_wrap.pcap", "1,4,8,26"),
    ("tcp_spurious_receiver.pcap", "44-45,81,89-90"),
    ("tcp_spurious_sender.pcap", "74,79,105"),
    ("tcp_syn_lost.pcap", "1-3"),
    ("tcp_synack_lost.pcap", "1-4"),
    ("tcp_timeout_receiver.pcap", "28,30"),
    ("tcp_timeout_sender.pcap", "25-27,30,37"),
    ("tcp_urgent.pcap", "4,6-8"),
    ("tcp_zero_window.pcap", "14-16,21"),
    ("tls.pcap", "1,4,6,21,23"),
    ("traceroute_icmp.pcap", "1-2,7-8,11-12"),
    ("traceroute_v4.pcap", "1-2,7-8,11-12"),
    ("traceroute_v6.pcap", "1-2,7-8,11-12"),
    ("unreachable.pcap", "1-2,5-6,9-10,13-14"),
    ("vlan.pcap", "1-2,5,10,12"),
];

/// What is not recorded because it is known to be wrong, and why: a record would defend the mistake.
const WRONG: &[(&str, &[&str], &str)] = &[];

/// Modes that say something only of some samples.
const SCREENS: [(&str, &str, &[&str]); 40] = [
    ("fragments_odd.pcap", "fragments", &["--fragments"]),
    ("ipv6_fragments_odd.pcap", "fragments", &["--fragments"]),
    ("pmtu_ping.pcap", "fragments", &["--fragments"]),
    ("udp_fragments.pcap", "fragments.jsonl", &["--fragments", "-T", "jsonl"]),
    ("tcp_overlap.pcap", "trust", &["--trust"]),
    ("tcp_overlap.pcap", "trust.jsonl", &["--trust", "-T", "jsonl"]),
    ("tcp_overlap.pcap", "data", &["--follow-tcp", "--data", "text"]),
    ("tcp_one_sided.pcap", "trust", &["--trust"]),
    ("tcp_loss_fast_sender.pcap", "trust", &["--trust"]),
    ("two_interfaces.pcapng", "trust", &["--trust"]),
    ("malformed.pcap", "trust", &["--trust"]),
    ("malformed.pcap", "protocols", &["--protocols"]),
    ("icmp_types.pcap", "protocols.jsonl", &["--protocols", "-T", "jsonl"]),
    ("ip_in_ip.pcap", "endpoints", &["--endpoints"]),
    ("ndp.pcap", "endpoints.jsonl", &["--endpoints", "-T", "jsonl"]),
    ("dns.pcap", "udp", &["--flows=udp"]),
    ("ip_in_ip.pcap", "ip.jsonl", &["--flows=ip", "-T", "jsonl"]),
    ("tcp_keep_alive.pcap", "rate", &["--rate", "100ms"]),
    ("tcp_loss_many_sender.pcap", "rate.jsonl", &["--rate", "20ms", "-T", "jsonl"]),
    ("dns_forms.pcap", "dns", &["--dns"]),
    ("dns_types.pcap", "dns.jsonl", &["--dns", "-T", "jsonl"]),
    ("http_methods.pcap", "http", &["--http"]),
    ("http_pipeline.pcap", "http.jsonl", &["--http", "-T", "jsonl"]),
    ("traceroute_v4.pcap", "path", &["--path"]),
    ("traceroute_tcp.pcap", "path.jsonl", &["--path", "-T", "jsonl"]),
    ("pmtu.pcap", "path", &["--path"]),
    ("pmtu_ping.pcap", "path.jsonl", &["--path", "-T", "jsonl"]),
    ("ping_v4.pcap", "path", &["--path"]),
    ("any_linux_sll.pcap", "path", &["--path"]),
    ("mtu_black_hole.pcap", "path", &["--path"]),
    ("nat.pcap", "nat", &["--nat"]),
    ("nat.pcap", "nat.jsonl", &["--nat", "-T", "jsonl"]),
    ("dhcp.pcap", "leases", &["--leases"]),
    ("dhcp_leases.pcap", "leases", &["--leases"]),
    ("dhcp_leases.pcap", "leases.jsonl", &["--leases", "-T", "jsonl"]),
    ("arp.pcap", "arp", &["--arp"]),
    ("arp_conflict.pcap", "arp", &["--arp"]),
    ("arp_conflict.pcap", "arp.jsonl", &["--arp", "-T", "jsonl"]),
    ("tcp_forged_reset.pcap", "summary", &["--summary"]),
    ("malformed.pcap", "summary.jsonl", &["--summary", "-T", "jsonl"]),
];

fn is_wrong(sample: &str, mode: &str) -> bool {
    WRONG.iter().any(|(name, modes, _)| *name == sample && modes.contains(&mode))
}

/// The arguments for a sample in a mode. Dumps are recorded of the first frames only: the bytes are the sample's.
fn arguments(sample: &str, mode: &str, args: &[&str]) -> Vec<String> {
    let mut all = vec!["read".to_owned(), sample.to_owned()];
    all.extend(args.iter().map(|&arg| arg.to_owned()));
    let part = || PARTS.iter().find(|row| row.0 == sample).map(|row| row.1);
    let transfer =
        ["tcp_loss", "tcp_spurious", "tcp_reorder", "tcp_duplicate", "tcp_bulk", "tcp_one", "http_methods"]
            .iter()
            .any(|start| sample.starts_with(start));
    let frames = match mode {
        "tree" => part(),
        "jsonl" if transfer => part(),
        "hex" => Some("1-4"),
        _ => None,
    };
    if let Some(frames) = frames {
        all.extend(["--frames".to_owned(), frames.to_owned()]);
    }
    all
}

/// Compressed copies are compared with what they are copies of elsewhere.
fn recorded() -> Vec<String> {
    let plain = |name: &String| name.ends_with(".pcap") || name.ends_with(".pcapng");
    sample_names().into_iter().filter(plain).collect()
}

fn check(mode: &str) {
    let args = MODES.iter().find(|row| row.0 == mode).unwrap().1;
    let mut differences = Vec::new();
    for sample in recorded().into_iter().filter(|sample| !is_wrong(sample, mode)) {
        let args = arguments(&sample, mode, args);
        let ran = run(&args);
        differences.extend(golden::difference(&format!("{sample}.{mode}"), &args, &ran));
    }
    let shown: Vec<String> = differences.iter().take(12).cloned().collect();
    assert!(differences.is_empty(), "{} samples differ:\n{}", differences.len(), shown.join("\n"));
}

#[test]
fn list() {
    check("list");
}

#[test]
fn tree() {
    check("tree");
}

#[test]
fn hex() {
    check("hex");
}

#[test]
fn timeline() {
    check("timeline");
}

#[test]
fn flows() {
    check("flows");
}

#[test]
fn expert() {
    check("expert");
}

#[test]
fn jsonl() {
    check("jsonl");
}

#[test]
fn rows() {
    check("rows");
}

#[test]
fn screens_of_some_samples() {
    for (sample, mode, args) in SCREENS {
        let args = arguments(sample, mode, args);
        golden::compare(&format!("{sample}.{mode}"), &args, &run(&args));
    }
}

/// The tables name samples that there are.
#[test]
fn parts_and_mistakes_are_of_samples_that_there_are() {
    let names = recorded();
    for name in PARTS.iter().map(|row| row.0).chain(WRONG.iter().map(|row| row.0)) {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}

/// What is recorded of samples that are gone helps nobody.
#[test]
fn nothing_is_recorded_that_is_not_compared() {
    let mut expected: BTreeSet<String> =
        ["help", "help.read", "help.live", "help.fields"].map(str::to_owned).into();
    expected.extend(["help.protocols", "help.interfaces", "help.explain", "help.doctor"].map(str::to_owned));
    for sample in recorded() {
        let modes = MODES.iter().map(|row| row.0).filter(|mode| !is_wrong(&sample, mode));
        expected.extend(modes.map(|mode| format!("{sample}.{mode}")));
    }
    expected.extend(SCREENS.iter().map(|(sample, mode, _)| format!("{sample}.{mode}")));
    let mut left_over = Vec::new();
    for entry in std::fs::read_dir(golden::folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.strip_suffix(".txt").is_some_and(|name| !expected.contains(name)) {
            left_over.push(name);
        }
    }
    assert!(left_over.is_empty(), "{left_over:?}");
}

#[test]
fn a_difference_is_framed() {
    let text = golden::framed("x", "a\nb\nc\nd\ne\n", "a\nb\nC\nd\ne\n");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines, ["tests/golden/x.txt, from line 3:", "| a", "| b", "- | c", "+ | C", "| d", "| e"]);
}
