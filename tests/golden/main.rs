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
const MODES: [(&str, &[&str]); 7] = [
    ("list", &[]),
    ("tree", &["-V"]),
    ("hex", &["-x"]),
    ("timeline", &["--follow-tcp"]),
    ("flows", &["--flows"]),
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

/// Samples whose frames differ in little but their numbers: all layers of a few of them are recorded, and the rows,
/// lists and timelines of all.
fn is_repetitive(sample: &str) -> bool {
    ["tcp_", "http_", "traceroute", "tls", "vxlan", "udp_fragments"]
        .iter()
        .any(|start| sample.starts_with(start))
        && sample != "http_headers.pcap"
        && sample != "tcp_options.pcap"
        && sample != "tcp_flags.pcap"
}

/// The arguments for a sample in a mode. Dumps are recorded of the first frames only: the bytes are the sample's.
fn arguments(sample: &str, mode: &str, args: &[&str]) -> Vec<String> {
    let mut all = vec!["read".to_owned(), sample.to_owned()];
    all.extend(args.iter().map(|&arg| arg.to_owned()));
    let frames = match mode {
        "tree" if is_repetitive(sample) => Some("1-4"),
        "tree" => Some("1-10"),
        "jsonl" if is_repetitive(sample) => Some("1-20"),
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
    for sample in recorded() {
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
fn jsonl() {
    check("jsonl");
}

#[test]
fn rows() {
    check("rows");
}

/// What is recorded of samples that are gone helps nobody.
#[test]
fn nothing_is_recorded_that_is_not_compared() {
    let mut expected: BTreeSet<String> =
        ["help", "help.read", "help.live", "help.fields"].map(str::to_owned).into();
    expected.extend(["help.protocols", "help.interfaces"].map(str::to_owned));
    for sample in recorded() {
        expected.extend(MODES.iter().map(|(mode, _)| format!("{sample}.{mode}")));
    }
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
