//! Where captures come from: files, standard input in any pieces, compressed copies, several at once.

use proptest::prelude::*;

use super::common::{Ran, run, run_fed, samples};

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(samples().join(name)).unwrap()
}

/// Everything that a packet shows, and the flows.
const VIEWS: [&[&str]; 3] = [&["-V", "-x"], &["--follow-tcp", "-T", "jsonl"], &["-T", "jsonl"]];

fn read(file: &str, view: &[&str]) -> Ran {
    let ran = run([&["read", file][..], view].concat());
    ran.expect(0);
    ran
}

fn read_pieces<P: AsRef<[u8]> + Send + 'static>(pieces: Vec<P>, view: &[&str]) -> Ran {
    run_fed([&["read", "-"][..], view].concat(), pieces)
}

#[test]
fn standard_input_reads_as_the_file_does() {
    for file in
        ["dns.pcap", "two_interfaces.pcapng", "dns.pcap.gz", "http_get.pcap.zst", "tcp_close4.pcap.lz4"]
    {
        for view in VIEWS {
            assert_eq!(read_pieces(vec![bytes(file)], view), read(file, view), "{file} {view:?}");
        }
    }
}

#[test]
fn standard_input_in_single_bytes() {
    for file in ["arp.pcap", "sections.pcapng"] {
        let pieces: Vec<[u8; 1]> = bytes(file).into_iter().map(|byte| [byte]).collect();
        assert_eq!(read_pieces(pieces, &["-V"]), read(file, &["-V"]), "{file}");
    }
}

#[test]
fn compressed_copies_read_as_the_file_does() {
    for (copy, file) in [
        ("dns.pcap.gz", "dns.pcap"),
        ("http_get.pcap.zst", "http_get.pcap"),
        ("tcp_close4.pcap.lz4", "tcp_close4.pcap"),
    ] {
        for view in VIEWS {
            assert_eq!(read(copy, view), read(file, view), "{copy} {view:?}");
        }
    }
}

#[test]
fn files_are_read_one_after_the_other() {
    let ran = run(["read", "arp.pcap", "dns.pcap.gz", "arp.pcap", "-T", "fields", "-e", "frame.number"]);
    let numbers: Vec<String> = ran.expect(0).out().lines().map(str::to_owned).collect();
    let expected: Vec<String> = (1..=11 + 54 + 11).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected);
    assert_eq!(ran.err(), "76 packets captured, 76 shown\n");
    // Standard input may be one of them.
    let ran = run_fed(["read", "arp.pcap", "-", "-q"], vec![bytes("dns.pcap")]);
    assert_eq!(ran.expect(0).err(), "65 packets captured, 65 shown\n");
}

#[test]
fn a_damaged_file_does_not_hide_the_next() {
    let whole = bytes("arp.pcap");
    let ran = run_fed(["read", "-", "dns.pcap"], vec![whole[..whole.len() - 1].to_vec()]);
    ran.expect(3);
    assert_eq!(ran.out().lines().count(), 10 + 54);
    assert!(ran.last_words().starts_with("error: standard input: record 11 cut"), "{}", ran.err());
}

/// A pcap of frames without bytes of their own meaning, of a link type.
fn frames_of(link: u32, frames: &[&[u8]]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, link] {
        file.extend(word.to_le_bytes());
    }
    for data in frames {
        let len = u32::try_from(data.len()).unwrap();
        for word in [1, 0, len, len] {
            file.extend(word.to_le_bytes());
        }
        file.extend(*data);
    }
    file
}

#[test]
fn frames_of_a_link_type_that_is_not_dissected_are_shown_as_bytes() {
    let usb = frames_of(189, &[b"\x80\0one", b"\x80\0two"]);
    let rows = ["-T", "tsv", "-e", "frame.number,frame.encap_type,frame.len,frame.protocols,data.data"];
    let ran = run_fed([&["read", "-"][..], &rows].concat(), vec![usb.clone()]);
    let out = ran.expect(0).out();
    let lines: Vec<&str> = out.lines().skip(1).collect();
    assert_eq!(lines, ["1\t95\t5\tdata\t80006f6e65", "2\t95\t5\tdata\t800074776f"]);
    let said = "warning: USB with Linux header is not dissected; its frames are shown as bytes";
    assert_eq!(ran.err().lines().filter(|line| line == &said).count(), 1, "{}", ran.err());
    let quiet = run_fed(["read", "-", "-q"], vec![usb]);
    assert!(quiet.expect(0).out().is_empty());
    // A number that nobody has given a name tells of a file that is no capture; but a dump is a dump.
    let nameless = || vec![frames_of(0x9999, &[b"bytes"])];
    let ran = run_fed(["read", "-"], nameless());
    assert!(ran.expect(1).last_words().contains("link type 39321 is not supported"), "{}", ran.err());
    assert!(run_fed(["read", "-", "-x"], nameless()).expect(0).out().contains("62 79 74 65 73"));
}

#[test]
fn what_a_sender_repeats_though_it_may_not_is_in_json_too() {
    let mut lldp = b"\x01\x80\xc2\0\0\x0e\x02\0\0\0\0\x05\x88\xcc".to_vec();
    for element in [&b"\x02\x07\x04\x02\0\0\0\0\x05"[..], b"\x04\x02\x051", b"\x06\x02\0\x78"] {
        lldp.extend(element);
    }
    // The time to live twice more, a name that is not UTF-8 behind one that is, and the end.
    lldp.extend(b"\x06\x02\0\x07\x06\x02\0\x08\x0a\x02sw\x0a\x01\xff\0\0");
    let names = ["-e", "lldp.time_to_live,lldp.tlv.system.name"];
    let ran =
        run_fed([&["read", "-", "-T", "jsonl"][..], &names].concat(), vec![frames_of(1, &[lldp.as_slice()])]);
    let record: serde_json::Value = serde_json::from_str(&ran.expect(0).out()).unwrap();
    for (key, value) in [
        ("lldp.time_to_live", serde_json::json!(120)),
        ("lldp.time_to_live_again", serde_json::json!([7, 8])),
        ("lldp.tlv.system.name", serde_json::json!("sw")),
        ("lldp.tlv.system.name_again", serde_json::json!(["\\xff"])),
        ("lldp.tlv.system.name_again_hex", serde_json::json!(["ff"])),
    ] {
        assert_eq!(record[key], value, "{key}");
    }
}

#[test]
fn a_frame_without_bytes_is_of_its_link_type() {
    let ran = run_fed(["read", "-", "-T", "fields", "-e", "frame.protocols"], vec![frames_of(1, &[b""])]);
    assert_eq!(ran.expect(0).out(), "eth\n");
}

#[test]
fn habits_of_other_tools_are_understood() {
    let expected = read("arp.pcap", &[]);
    assert_eq!(run(["-r", "arp.pcap"]), expected);
    assert_eq!(run(["arp.pcap"]), expected);
    assert_eq!(run(["-r", "arp.pcap", "-n", "-l"]), expected);
    assert_eq!(run(["arp.pcap", "-V"]), read("arp.pcap", &["-V"]));
    assert_eq!(run_fed(["-r", "-"], vec![bytes("arp.pcap")]), expected);
}

#[test]
fn reading_twice_gives_the_same() {
    let files = super::common::sample_names();
    for view in [
        &["--follow-tcp"][..],
        &["--follow-tcp", "--explain", "-T", "jsonl"],
        &["--flows"],
        &["--expert"],
        &["-T", "jsonl", "-V"],
    ] {
        let mut args: Vec<&str> = vec!["read"];
        args.extend(files.iter().map(String::as_str));
        args.extend(view);
        let first = run(&args);
        first.expect(0);
        assert!(!first.out.is_empty());
        assert!(run(&args) == first, "{view:?}: two runs differ");
    }
}

/// Row A26: a file cut anywhere shows its complete records, and the exit code tells whether it was cut.
#[test]
fn a_file_cut_at_every_byte() {
    let whole = bytes("arp.pcap");
    let mut ends = vec![24];
    while let Some(&at) = ends.last().filter(|&&at| at < whole.len()) {
        let captured = u32::from_le_bytes(whole[at + 8..at + 12].try_into().unwrap()) as usize;
        ends.push(at + 16 + captured);
    }
    assert_eq!(ends.len(), 12);
    // Every byte of the first two records and their surroundings, and around the end of every other.
    let near = |at: usize| ends.iter().any(|end| at.abs_diff(*end) < 2) || at < ends[2];
    for at in (1..whole.len()).filter(|&at| near(at)) {
        let ran = read_pieces(vec![whole[..at].to_vec()], &["-T", "fields", "-e", "frame.number"]);
        let complete = ends.iter().filter(|&&end| end <= at).count().saturating_sub(1);
        let exit = if ends.contains(&at) { 0 } else { 3 };
        assert_eq!(
            (ran.code, ran.out().lines().count()),
            (Some(exit), complete),
            "cut at {at}: {}",
            ran.err()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Row C01: however a writer cuts its writes, the output is the same.
    #[test]
    fn standard_input_in_any_pieces(
        file in prop::sample::select(vec!["dns.pcap", "two_interfaces.pcapng", "http_get.pcap.zst"]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let whole = bytes(file);
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len())).collect();
        places.extend([0, whole.len()]);
        places.sort_unstable();
        let pieces: Vec<Vec<u8>> = places.windows(2).map(|pair| whole[pair[0]..pair[1]].to_vec()).collect();
        let view = &["--follow-tcp", "-T", "jsonl"];
        prop_assert_eq!(read_pieces(pieces, view), read(file, view));
        prop_assert_eq!(read_pieces(vec![whole], &["-V"]), read(file, &["-V"]));
    }
}
