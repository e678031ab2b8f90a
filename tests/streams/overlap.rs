//! Overlapping segments: which copy is kept, and that a difference is told.

use serde_json::{Value, json};

use super::common::run;
use super::wire::{Manner, Talk, Wire};
use super::{only, records};

const TALK: Talk = Talk { port: 50_001, isn: 1_000 };
const POLICIES: [&str; 6] = ["first", "last", "bsd", "linux", "old-linux", "solaris"];

fn conversation(segments: &[(&str, u32)]) -> Wire {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    for (bytes, at) in segments {
        wire.data(TALK, *at, bytes.as_bytes(), Manner::default());
    }
    wire
}

/// What the program takes for the client's bytes.
fn payload(file: &str, policy: &str) -> String {
    run(["read", file, "--follow-tcp=0", "--data", "raw", "--overlap", policy]).expect(0).out()
}

#[test]
fn vectors_r01_to_r07_for_every_policy() {
    /// Number; segments in order of arrival; what policies make of them, the last for all that are not named;
    /// the positions that conflict.
    type Case<'a> = (&'a str, &'a [(&'a str, u32)], &'a [(&'a [&'a str], &'a str)], (&'a str, &'a str));
    const OTHERS: &[&str] = &[];
    let cases: [Case<'_>; 7] = [
        (
            "R01",
            &[("AAAA", 1), ("CCCC", 9), ("BBBBBBBB", 5)],
            &[(&["first"], "AAAABBBBCCCC"), (OTHERS, "AAAABBBBBBBB")],
            ("9", "13"),
        ),
        ("R02", &[("AAAA", 1), ("XXXXYYYY", 1)], &[(OTHERS, "AAAAYYYY")], ("1", "5")),
        (
            "R03",
            &[("BBBB", 5), ("CCCCDDDD", 5), ("AAAA", 1)],
            &[(&["first", "bsd"], "AAAABBBBDDDD"), (OTHERS, "AAAACCCCDDDD")],
            ("5", "9"),
        ),
        (
            "R04",
            &[("BBBB", 5), ("CCCC", 5), ("AAAA", 1)],
            &[(&["first", "bsd", "linux"], "AAAABBBB"), (OTHERS, "AAAACCCC")],
            ("5", "9"),
        ),
        (
            "R05",
            &[("BBBB", 5), ("CCCC", 7), ("AAAA", 1)],
            &[(&["solaris", "last"], "AAAABBCCCC"), (OTHERS, "AAAABBBBCC")],
            ("7", "9"),
        ),
        (
            "R06",
            &[("BBBBBB", 5), ("CC", 7), ("AAAA", 1)],
            &[(&["last"], "AAAABBCCBB"), (OTHERS, "AAAABBBBBB")],
            ("7", "9"),
        ),
        (
            "R07",
            &[("BBBB", 9), ("CCCCCC", 5), ("AAAA", 1)],
            &[(&["first", "solaris"], "AAAACCCCBBBB"), (OTHERS, "AAAACCCCCCBB")],
            ("9", "11"),
        ),
    ];
    for (name, segments, results, (from, to)) in cases {
        let file = conversation(segments).save(name);
        for policy in POLICIES {
            let named = results.iter().find(|(policies, _)| policies.contains(&policy));
            let want = named.unwrap_or_else(|| results.last().unwrap()).1;
            assert_eq!(payload(&file, policy), want, "{name} {policy}");
            let flow =
                only(&records(&["read", &file, "--follow-tcp", "-T", "jsonl", "--overlap", policy]), "flow");
            let conflicts = flow["nd.tcp.conflicts"].as_array().unwrap_or_else(|| panic!("{name}: {flow}"));
            assert_eq!(conflicts.len(), 1, "{name} {policy}: {conflicts:?}");
            let conflict = &conflicts[0];
            assert_eq!([&conflict["from"], &conflict["to"], &conflict["first"]], [from, to, from], "{name}");
            let word = if name == "R02" { "delivered" } else { policy };
            assert_eq!(conflict["policy"], word, "{name}");
        }
    }
}

#[test]
fn aliases_are_the_policies_that_they_stand_for() {
    let file = conversation(&[("BBBB", 9), ("CCCCCC", 5), ("AAAA", 1)]).save("aliases");
    for (alias, policy) in [("windows", "bsd"), ("macos", "bsd"), ("vista", "first"), ("hpux11", "solaris")] {
        assert_eq!(payload(&file, alias), payload(&file, policy));
    }
    let ran = run(["read", &file, "--overlap", "beos"]);
    assert!(ran.expect(2).err().contains("old-linux"), "{}", ran.err());
}

#[test]
fn a_conflict_names_frames_bytes_and_what_else_sets_the_packets_apart() {
    let mut wire = Wire::default();
    wire.handshake(TALK);
    wire.data(TALK, 1, b"GET /index", Manner { tsval: Some(100), ..Manner::default() });
    wire.data(TALK, 5, b"/secret", Manner { ttl: 12, tsval: Some(40), ..Manner::default() });
    let file = wire.save("evidence");
    let all = records(&["read", &file, "--follow-tcp", "-T", "jsonl"]);
    let flow = only(&all, "flow");
    let want = json!([{
        "by": "client", "from": "5", "to": "11", "first": "6", "frames": [4, 5], "kept": 4,
        "policy": "delivered", "old": "696e646578", "new": "7365637265", "apart": ["ttl", "tsval"],
    }]);
    assert_eq!(flow["nd.tcp.conflicts"], want);
    assert_eq!(
        (&flow["nd.capture.trust"], &flow["nd.tcp.conflict_count"]),
        (&json!("doubtful"), &json!("1"))
    );
    let row = all.iter().find(|record| record["frame.number"] == 5).unwrap();
    assert!(row["nd.tcp.event"].as_array().unwrap().contains(&Value::from("overlap-conflict")), "{row}");
    assert_eq!(row["nd.tcp.conflict"], want);
    let text = run(["read", &file, "--follow-tcp", "--width", "200"]).expect(0).out();
    let said = "5-10 has other bytes than in No. 4, from 6 on \"secre\" and not \"index\"; \
                the first was delivered and stays; not sent as the first was: TTL 12 and not 64, \
                its time stamp does not fit";
    assert!(text.contains(said), "{text}");
    // A segment with a wrong checksum changes nothing; that it would have is told.
    let mut wire = conversation(&[("AAAA", 1)]);
    wire.data(TALK, 1, b"XXXX", Manner::default());
    let checksum = wire.frames.last_mut().unwrap();
    checksum.bytes[37] ^= 1;
    let all = records(&["read", &wire.save("checksum"), "--follow-tcp", "-T", "jsonl"]);
    assert_eq!(only(&all, "flow")["nd.tcp.conflicts"][0]["apart"], json!(["checksum"]));
    assert_eq!(payload(&wire.save("checksum"), "last"), "AAAA");
    // The bytes in conflict are escaped like all others.
    let mut wire = conversation(&[("AAAA", 1)]);
    wire.data(TALK, 1, b"\x1b[2J", Manner::default());
    let text = run(["read", &wire.save("escape"), "--follow-tcp"]).expect(0).out.clone();
    assert_eq!(super::common::unclean(&text, false), None);
}

#[test]
fn copies_with_the_same_bytes_keep_alives_and_probes_are_no_conflicts() {
    let mut wire = conversation(&[("AAAABBBB", 1), ("BBBB", 5), ("AAAABBBB", 1)]);
    wire.ack(TALK, 9);
    wire.time += 2_000_000_000;
    // A keep-alive with a byte of garbage.
    wire.data(TALK, 8, b"\0", Manner::default());
    let all = records(&["read", &wire.save("same"), "--follow-tcp", "-T", "jsonl"]);
    let flow = only(&all, "flow");
    assert!(flow.get("nd.tcp.conflicts").is_none(), "{flow}");
    let last = all.iter().find(|record| record["frame.number"] == 8).unwrap();
    assert_eq!(last["tcp.analysis.keep_alive"], true, "{last}");
}

#[test]
fn r08_a_hole_is_told_by_its_reason_and_what_comes_later_is_not_inserted() {
    let mut wire = conversation(&[("AAAA", 1), ("CCCC", 9)]);
    wire.ack(TALK, 13);
    let acknowledged = wire.clone();
    wire.time += 2_000_000;
    wire.data(TALK, 13, b"DDDD", Manner::default());
    wire.data(TALK, 5, b"BBBB", Manner::default());
    let file = wire.save("R08");
    let text = run(["read", &file, "--follow-tcp=0", "--data", "text"]).expect(0).out();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), 7, "{text}");
    assert_eq!([lines[1], lines[4], lines[6]], ["AAAA", "CCCC", "DDDD"]);
    assert!(lines[2].ends_with("! 4 bytes missing: capture-loss"), "{text}");
    let flow = only(&records(&["read", &file, "--follow-tcp", "-T", "jsonl"]), "flow");
    assert_eq!(flow["nd.tcp.gaps.client"], json!([{"at": "5", "bytes": 4, "kind": "capture-loss"}]));
    assert_eq!(flow["nd.tcp.bytes_after_gap.client"], "4");
    assert!(flow.get("nd.tcp.sha256.client").is_none());

    let mut wire = acknowledged;
    wire.time += 400_000;
    wire.data(TALK, 5, b"BBBB", Manner::default());
    let file = wire.save("R08-late");
    assert_eq!(payload(&file, "linux"), "AAAABBBBCCCC");
    let flow = only(&records(&["read", &file, "--follow-tcp", "-T", "jsonl"]), "flow");
    assert_eq!(flow["nd.tcp.gaps.client"], json!([{"at": "5", "bytes": 4, "kind": "late"}]));
    assert_eq!(
        (&flow["nd.tcp.bytes_missing.client"], &flow["nd.capture.trust"]),
        (&json!("0"), &json!("complete"))
    );
}

#[test]
fn what_the_other_end_tells_of_is_still_its_senders() {
    // The end with the port of FTP answers; that bytes before are missing is told by who asks.
    let talk = Talk { port: 21, isn: 1_000 };
    let mut wire = Wire::default();
    wire.data(talk, 1, b"220 a\r\n", Manner::default());
    wire.data(talk, 20, b"230 b\r\n", Manner::default());
    wire.ack(talk, 27);
    wire.time += 2_000_000_000;
    wire.ack(talk, 27);
    let file = wire.save("against");
    let fields = ["-e", "ftp.request", "-e", "ftp.response.code"];
    let shown = |more: &[&str]| {
        run([&["read", file.as_str(), "-T", "fields"], &fields, more].concat()).expect(0).out()
    };
    assert_eq!(shown(&["--in-order"]), "0\t220\n\t\n\t\n0\t230\n");
    // In the segments as they come, nobody waits for what is missing.
    assert_eq!(shown(&[]), "0\t220\n0\t230\n\t\n\t\n");
}

#[test]
fn payload_of_a_syn_is_shown_with_it() {
    let talk = Talk { port: 50_001, isn: 1_000 };
    let keepalive = [&[0xff; 16][..], &[0, 19, 4]].concat();
    let mut wire = Wire::default();
    wire.syn(talk, &keepalive);
    let ran =
        run(["read", &wire.save("syn-data"), "-d", "tcp.port==80,bgp", "-T", "fields", "-e", "bgp.type"]);
    assert_eq!(ran.expect(0).out(), "4\n");
}

#[test]
fn at_the_end_of_the_file_what_waited_is_given_out_behind_its_gap() {
    let file = conversation(&[("AAAA", 1), ("CCCC", 9)]).save("end");
    let text = run(["read", &file, "--follow-tcp", "--data", "text"]).expect(0).out();
    assert!(
        text.ends_with(
            "→ client   at the end   ! 4 bytes missing: lost\n→ client   at the end   4 bytes\nCCCC\n"
        ),
        "{text}"
    );
    let mut wire = conversation(&[("AAAA", 1)]);
    wire.data(TALK, 5, b"BBBBBBBB", Manner { captured: 3, ..Manner::default() });
    wire.data(TALK, 13, b"CC", Manner::default());
    let text = run(["read", &wire.save("snaplen"), "--follow-tcp", "--data", "hex"]).expect(0).out();
    assert!(text.contains("! 5 bytes missing: snaplen"), "{text}");
}

#[test]
fn raw_payload_is_of_one_flow_and_payload_is_text() {
    let file = conversation(&[("AAAA", 1)]).save("usage");
    for args in [
        &["read", &file, "--follow-tcp", "--data", "raw"][..],
        &["read", &file, "--follow-tcp=0", "--data", "text", "-T", "jsonl"],
        &["read", &file, "--data", "text"],
    ] {
        run(args).expect(2);
    }
}
