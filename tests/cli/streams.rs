//! What goes to standard output and what to standard error.

use super::common::{run, sample_names, samples};

#[test]
fn standard_output_holds_only_what_was_asked_for() {
    let ran = run(["read", "arp.pcap"]);
    let out = ran.expect(0).out();
    assert_eq!(out.lines().count(), 11, "one line a packet, and no heading in a pipe");
    for (line, number) in out.lines().zip(1..) {
        assert!(line.starts_with(&format!("{number:>4}  ")), "{line}");
    }
    assert_eq!(ran.err(), "11 packets captured, 11 shown\n");
}

#[test]
fn the_summary_is_worded_for_scripts() {
    assert_eq!(run(["read", "arp.pcap", "--frames", "2-3"]).err(), "3 packets captured, 2 shown\n");
    assert_eq!(run(["read", "arp.pcap", "--flows"]).last_words(), "11 packets captured, 11 shown");
    let ran = run([vec!["read".to_owned(), "-q".to_owned()], sample_names()].concat());
    let words = ran.expect(0).last_words();
    let count: usize = words.split(' ').next().unwrap().replace(',', "").parse().unwrap();
    assert!(count > 2_000, "{words}");
    let (thousands, rest) = (count / 1_000, count % 1_000);
    assert_eq!(words, format!("{thousands},{rest:03} packets captured, {thousands},{rest:03} shown"));
}

#[test]
fn quiet_and_silent() {
    let quiet = run(["read", "arp.pcap", "-q"]);
    assert!(quiet.expect(0).out.is_empty());
    assert_eq!(quiet.err(), "11 packets captured, 11 shown\n");
    let silent = run(["read", "arp.pcap", "-Q"]);
    assert_eq!((silent.expect(0).out().lines().count(), silent.err()), (11, String::new()));
    // Errors are told all the same.
    let missing = run(["read", "no-such-file.pcap", "-Q"]);
    missing.expect(1);
    assert_eq!(missing.err().lines().count(), 1);
}

#[test]
fn a_count_ends_the_run() {
    let ran = run(["read", "arp.pcap", "-c", "2"]);
    assert_eq!(ran.expect(0).out().lines().count(), 2);
    assert_eq!(ran.err(), "2 packets captured, 2 shown\n");
    assert_eq!(run(["read", "arp.pcap", "--count", "500"]).expect(0).out().lines().count(), 11);
}

#[test]
fn frames_are_picked_by_number() {
    let numbers = |frames: &str| {
        let ran = run(["read", "arp.pcap", "-T", "fields", "-e", "frame.number", "--frames", frames]);
        ran.expect(0).out().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(numbers("4"), ["4"]);
    assert_eq!(numbers("2-4,7,10-"), ["2", "3", "4", "7", "10", "11"]);
    assert_eq!(numbers("7,2-3,3"), ["2", "3", "7"]);
    assert_eq!(numbers("12-"), Vec::<String>::new());
    // Of the frames picked, so many.
    let ran = run(["read", "arp.pcap", "--frames", "5-", "-c", "2"]);
    assert!(ran.out().lines().nth(1).unwrap().starts_with("   6  "), "{}", ran.out());
}

#[test]
fn rows_have_a_header_line_and_columns_as_asked_for() {
    let tsv =
        run(["read", "arp.pcap", "-T", "tsv", "-e", "frame.number", "-e", "arp.opcode,eth.type", "-c", "1"]);
    assert_eq!(tsv.expect(0).out(), "frame.number\tarp.opcode\teth.type\n1\t1\t0x0806\n");
    let long = run([
        "read",
        "arp.pcap",
        "--format",
        "tsv",
        "--fields",
        "frame.number,arp.opcode,eth.type",
        "--count",
        "1",
    ]);
    assert_eq!(long.out(), tsv.out());
    // -e alone means -T fields, which has no header line.
    let fields = run(["read", "arp.pcap", "-e", "frame.number", "-e", "ip.src", "-c", "1"]);
    assert_eq!(fields.expect(0).out(), "1\t\n");
    let laid_out = run([
        "read",
        "arp.pcap",
        "-e",
        "frame.number",
        "-e",
        "arp.opcode",
        "-E",
        "header=y",
        "-E",
        "separator=;",
        "-c",
        "1",
    ]);
    assert_eq!(laid_out.expect(0).out(), "frame.number;arp.opcode\n1;1\n");
    let csv = run(["read", "arp.pcap", "-T", "csv", "-e", "frame.number,_ws.col.info", "-c", "1"]);
    let text = csv.expect(0).out();
    assert!(text.starts_with("frame.number,_ws.col.info\n1,"), "{text}");
}

#[test]
fn json_is_one_object_a_line_or_one_array() {
    let lines = run(["read", "arp.pcap", "-T", "jsonl"]).expect(0).out();
    let objects: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 11);
    for (object, number) in objects.iter().zip(1..) {
        assert_eq!((&object["schema"], &object["kind"]), (&1.into(), &"packet".into()));
        assert_eq!(object["frame.number"], number);
        assert!(object["frame.time_epoch"].is_string());
    }
    let array: serde_json::Value =
        serde_json::from_str(&run(["read", "arp.pcap", "-T", "json"]).expect(0).out()).unwrap();
    assert_eq!(array, serde_json::Value::Array(objects));
    let empty = run(["read", "arp.pcap", "-T", "json", "--frames", "100"]).expect(0).out();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&empty).unwrap(), serde_json::json!([]));
}

#[test]
fn a_timeline_in_json_ends_with_the_flow() {
    let out = run(["read", "tcp_close4.pcap", "--follow-tcp", "-T", "jsonl"]).expect(0).out();
    let records: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (flow, packets) = records.split_last().unwrap();
    assert_eq!(packets.len(), 11);
    assert!(packets.iter().all(|record| record["kind"] == "packet"));
    assert_eq!((&flow["kind"], &flow["nd.tcp.verdict"]), (&"flow".into(), &"closed-normal".into()));
    assert_eq!(flow["nd.tcp.states.client"].as_array().unwrap().last().unwrap(), "TIME_WAIT");
    assert_eq!(flow["nd.tcp.states.server"].as_array().unwrap().last().unwrap(), "CLOSED");
}

#[test]
fn a_flow_is_picked_by_number_end_or_pair() {
    let verdicts = |flow: &str| {
        let ran = run(["read", "tcp_overlap.pcap", &format!("--follow-tcp={flow}"), "-T", "jsonl"]);
        let out = ran.expect(0).out();
        let flows = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        flows
            .filter(|record| record["kind"] == "flow")
            .map(|record| record["nd.flow"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = verdicts("");
    assert_eq!(all.len(), 5, "{all:?}");
    assert_eq!(verdicts("2"), ["2"]);
    assert_eq!(verdicts("99"), Vec::<String>::new());
    let ends =
        run(["read", "tcp_overlap.pcap", "-T", "fields", "-e", "ip.src,tcp.srcport,ip.dst,tcp.dstport"])
            .out();
    let first: Vec<&str> = ends.lines().next().unwrap().split('\t').collect();
    let (a, b) = (format!("{}:{}", first[0], first[1]), format!("{}:{}", first[2], first[3]));
    assert_eq!(verdicts(&a), ["0"]);
    assert_eq!(verdicts(&format!("{a},{b}")), ["0"]);
    assert_eq!(verdicts(&format!("{b},{a}")), ["0"]);
}

/// Row H07: what was typed comes back in messages.
#[test]
fn arguments_are_escaped_in_messages() {
    let hostile = "x\u{7}\u{202e}y\u{9b}31m\u{85}";
    let option = format!("--{hostile}");
    for args in [
        vec![hostile],
        vec!["read", "arp.pcap", &option],
        vec!["read", "arp.pcap", "-T", hostile],
        vec!["read", "arp.pcap", "--frames", hostile],
        vec!["read", "arp.pcap", "-Y", hostile],
        vec!["explain", hostile],
    ] {
        let ran = run(&args);
        assert_ne!(ran.code, Some(0), "{args:?}");
        assert_eq!(super::common::unclean(&ran.err, false), None, "{args:?}: {}", ran.err());
        assert_eq!(ran.err().matches("error:").count(), 1, "{args:?}: {}", ran.err());
    }
}

/// Row H07: a name with escape codes and a bidi mark in a message.
#[test]
fn file_names_are_escaped_in_messages() {
    let hostile = "x\u{1b}]0;evil\u{7}\u{202e}y.pcap";
    let ran = run(["read", hostile]);
    ran.expect(1);
    assert!(ran.err().contains("x\\x1b]0;evil\\x07\\u{202e}y.pcap"), "{}", ran.err());
    assert_eq!(super::common::unclean(&ran.err, false), None);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(hostile);
    std::fs::copy(samples().join("arp.pcap"), &folder).unwrap();
    let ran = run(["read".as_ref(), folder.as_os_str()]);
    ran.expect(0);
    assert_eq!(super::common::unclean(&ran.err, false), None);
}
