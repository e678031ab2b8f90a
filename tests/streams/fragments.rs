//! Datagrams in pieces: the vectors G through `--fragments`, and the ledger itself.

use serde_json::{Value, json};

use super::common::run;
use super::records;
use super::wire::Wire;

const UDP: u8 = 17;
const TCP: u8 = 6;
const ICMP: u8 = 1;

/// Letters that stand for blocks of eight bytes.
fn blocks(letters: &str) -> Vec<u8> {
    letters.bytes().flat_map(|letter| [letter; 8]).collect()
}

fn ledger(wire: &Wire, name: &str, more: &[&str]) -> Vec<Value> {
    let file = wire.save(name);
    let mut args = vec!["read", &file, "--fragments", "-T", "jsonl"];
    args.extend(more);
    records(&args)
}

/// State, and the notes of each piece.
fn told(record: &Value) -> (String, Vec<Vec<String>>) {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let pieces = record["nd.datagram.pieces"].as_array().unwrap();
    let notes = |piece: &Value| {
        piece["notes"].as_array().into_iter().flatten().map(|note| word(&note["note"])).collect()
    };
    (word(&record["nd.datagram.state"]), pieces.iter().map(notes).collect())
}

#[track_caller]
fn expect(record: &Value, state: &str, notes: &[&[&str]]) {
    let (got, said) = told(record);
    assert_eq!(got, state, "{record}");
    assert_eq!(said, notes, "{record}");
}

#[test]
fn g01_and_g02_ipv6_overlaps_and_duplicates() {
    let mut wire = Wire::default();
    wire.v6(1, 0, true, &blocks("ABC"));
    wire.v6(1, 16, true, &blocks("XD"));
    wire.v6(1, 32, false, &blocks("EF"));
    wire.v6(1, 16, true, &blocks("CD"));
    wire.v6(2, 0, true, &blocks("ABC"));
    wire.v6(2, 0, true, &blocks("ABC"));
    wire.v6(2, 24, false, &blocks("DEF"));
    let [second, first] = &ledger(&wire, "G01", &[])[..] else { panic!("not two") };
    let small = "FragSmall";
    expect(second, "complete", &[&[small], &[small, "FragDuplicate"], &[]]);
    assert_eq!(second["nd.datagram.bytes"], 48);
    expect(first, "refused", &[&[small], &[small, "FragOverlap"], &[], &[small]]);
    let conflict = &first["nd.datagram.pieces"][1]["notes"][1];
    assert_eq!(
        (&conflict["other"], &conflict["first"], &conflict["old"]),
        (&json!(1), &json!("16"), &json!("4343434343434343"))
    );
}

#[test]
fn g03_g04_and_g07_pieces_that_no_receiver_joins() {
    let mut wire = Wire::default();
    wire.v4(1, UDP, 0, true, &blocks("ABCD"));
    wire.v4(1, UDP, 16, false, b"1234");
    wire.v4(2, ICMP, 0, true, &[0; 1480]);
    wire.v4(2, ICMP, 65_528, false, &[0; 100]);
    wire.v4(3, UDP, 0, true, &[0; 20]);
    wire.v4(4, UDP, 0, true, &[0; 1480]);
    wire.time += 31_000_000_000;
    wire.v4(5, UDP, 0, true, &blocks("A"));
    let all = ledger(&wire, "G03", &[]);
    let of = |id: u64| all.iter().find(|record| record["ip.id"] == id).unwrap();
    expect(of(1), "refused", &[&[], &["FragTailConflict"]]);
    expect(of(2), "refused", &[&[], &["FragTooLong"]]);
    expect(of(3), "timed-out", &[&["FragBadLength"]]);
    expect(of(4), "timed-out", &[&[]]);
    assert_eq!(of(4)["nd.datagram.missing"], json!([]));
    expect(of(5), "unfinished", &[&[]]);
}

#[test]
fn g05_tiny_tcp_pieces_change_no_state_until_the_segment_is_rebuilt() {
    let syn: Vec<u8> = {
        let mut tcp = etherparse::TcpHeader::new(4_000, 80, 1, 1_000);
        tcp.syn = true;
        tcp.checksum = tcp.calc_checksum_ipv4_raw(super::wire::CLIENT, super::wire::SERVER, &[]).unwrap();
        tcp.to_bytes().to_vec()
    };
    let mut wire = Wire::default();
    wire.v4(1, TCP, 0, true, &syn[..8]);
    let file = wire.save("G05-first");
    assert_eq!(records(&["read", &file, "--follow-tcp", "-T", "jsonl"]).len(), 0);
    wire.v4(1, TCP, 8, false, &syn[8..]);
    let [whole] = &ledger(&wire, "G05", &[])[..] else { panic!("not one") };
    expect(whole, "complete", &[&["FragTiny"], &["FragHeaderOverlap"]]);
    let rows = records(&["read", &wire.save("G05"), "--follow-tcp", "-T", "jsonl"]);
    assert_eq!((&rows[0]["frame.number"], &rows[0]["tcp.flags.syn"]), (&json!(2), &json!(true)));
}

#[test]
fn g06_an_atomic_fragment_is_alone() {
    let mut wire = Wire::default();
    wire.v6(1, 0, true, &blocks("AB"));
    wire.v6(1, 0, false, b"alone in here");
    wire.v6(1, 16, false, &blocks("C"));
    // It is no piece of anything, and so no datagram in pieces.
    let [queue] = &ledger(&wire, "G06", &[])[..] else { panic!("not one") };
    expect(queue, "complete", &[&["FragSmall"], &[]]);
    assert_eq!(queue["nd.datagram.bytes"], 24);
    let list = run(["read", &wire.save("G06"), "-T", "fields", "-e", "data.len"]).expect(0).out();
    assert_eq!(list.lines().nth(1), Some("5"), "13 bytes less the UDP header: {list}");
}

#[test]
fn g08_an_ipv4_overlap_by_every_policy() {
    let mut wire = Wire::default();
    wire.v4(1, UDP, 0, true, &blocks("AA"));
    wire.v4(1, UDP, 8, false, &blocks("BB"));
    let file = wire.save("G08");
    for (policy, middle) in [
        ("drop", None),
        ("first", Some('A')),
        ("bsd", Some('A')),
        ("linux", Some('A')),
        ("windows", Some('A')),
        ("solaris", Some('A')),
        ("last", Some('B')),
        ("bsd-right", Some('B')),
    ] {
        let [record] = &ledger(&wire, "G08", &["--fragment-overlap", policy])[..] else { panic!("not one") };
        let state = if middle.is_some() { "complete" } else { "refused" };
        expect(record, state, &[&[], &["FragOverlap"]]);
        assert_eq!(record["nd.datagram.policy"], policy);
        let conflict = &record["nd.datagram.pieces"][1]["notes"][0];
        assert_eq!(
            (&conflict["from"], &conflict["to"], &conflict["new_is_kept"]),
            (&json!("8"), &json!("16"), &json!(middle == Some('B'))),
            "{policy}"
        );
        let dump = run(["read", &file, "-x", "--fragment-overlap", policy]).expect(0).out();
        let rebuilt = dump.split_once("Reassembled or decoded (24 bytes):\n").map(|(_, rest)| rest);
        let line = rebuilt.and_then(|rest| rest.lines().next());
        let want = middle.map(|middle| format!("AAAAAAAA{}", middle.to_string().repeat(8)));
        assert_eq!(
            line.map(|line| line.trim_end().chars().rev().take(16).collect::<String>()),
            want.map(|want| want.chars().rev().collect()),
            "{policy}\n{dump}"
        );
    }
}

#[test]
fn a_wrong_checksum_of_the_whole_means_pieces_of_two() {
    let mut wire = Wire::default();
    let mut udp = vec![0x10, 0, 0, 9, 0, 32, 0x12, 0x34];
    udp.extend(blocks("AB"));
    wire.v4(1, UDP, 0, true, &udp);
    wire.v4(1, UDP, 24, false, &blocks("C"));
    let [record] = &ledger(&wire, "F11", &[])[..] else { panic!("not one") };
    expect(record, "complete", &[&[], &["FragMisassociation"]]);
}

#[test]
fn the_screen_tells_ranges_holes_and_errors_at_every_width() {
    for name in ["fragments_odd.pcap", "ipv6_fragments_odd.pcap", "pmtu_ping.pcap", "udp_fragments.pcap"] {
        for width in ["60", "80", "120"] {
            for glyphs in [&[][..], &["--ascii"]] {
                let mut args = vec!["read", name, "--fragments", "--width", width];
                args.extend(glyphs);
                let out = run(args).expect(0).out();
                if !glyphs.is_empty() {
                    assert!(out.is_ascii(), "{name}");
                }
            }
        }
    }
    let out = run(["read", "pmtu_ping.pcap", "--fragments"]).expect(0).out();
    // It quotes the packet before, and is why this one came in pieces.
    assert!(out.contains("No. 2: ICMP says that an earlier packet was too big, MTU 1,280."), "{out}");
    let out = run(["read", "fragments_odd.pcap", "--fragments"]).expect(0).out();
    assert!(out.contains("bytes  64–127    64   MISSING"), "{out}");
    assert!(out.ends_with("12 datagrams in pieces: 7 complete, 5 not.\n"), "{out}");
}

#[test]
fn filters_on_ports_miss_what_the_screen_says_that_they_miss() {
    let screen = run(["read", "udp_fragments.pcap", "--fragments"]).expect(0).out();
    for missed in ["Nos. 2 and 3", "Nos. 7 to 9", "Nos. 10 to 12"] {
        assert!(screen.contains(&format!("Filters on ports miss {missed}.")), "{screen}");
    }
}

#[cfg(feature = "live")]
#[test]
fn filters_on_ports_find_first_pieces_of_ipv4_only() {
    let found = |port: &str| {
        let rows = run(["read", "udp_fragments.pcap", "-T", "fields", "-e", "frame.number", "-f", port]);
        rows.expect(0).out().split_whitespace().map(|number| number.parse().unwrap()).collect::<Vec<u64>>()
    };
    assert_eq!(found("udp port 7060"), [1, 4]);
    assert!(found("udp port 7061").is_empty());
}
