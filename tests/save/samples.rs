//! Every sample, written and read again; filters, annotations, and what is printed beside.

use super::common::{netdissect, run, run_fed, sample_names, samples};
use super::{place, rows, save};

#[test]
fn every_sample_reads_the_same_after_writing() {
    for sample in sample_names() {
        let before = rows(&sample, &[]);
        for suffix in ["pcapng", "pcap"] {
            let output = place(&format!("{sample}.{suffix}"));
            let ran = save(&sample, &output, &[]);
            if suffix == "pcap" && ran.code == Some(4) {
                assert!(ran.err().contains("one link type"), "{}", ran.err());
                continue;
            }
            assert_eq!(ran.code, run(["read", &sample, "-q"]).code, "{sample}: {}", ran.err());
            let after = rows(&output, &[]);
            let lacks = ["comments left out", "secrets left out"].iter().any(|what| ran.err().contains(what));
            assert!(before == after || lacks, "{sample}.{suffix}:\n{before}\n{after}");
        }
    }
}

#[test]
fn classic_files_come_out_as_they_went_in() {
    for sample in ["tcp_bulk.pcap", "arp.pcap", "dns.pcap"] {
        let output = place(&format!("same-{sample}"));
        save(sample, &output, &[]).expect(0);
        assert_eq!(
            std::fs::read(output).unwrap(),
            std::fs::read(samples().join(sample)).unwrap(),
            "{sample}"
        );
    }
}

#[test]
fn what_passes_all_filters_is_written() {
    let cases: [&[&str]; 7] = [
        &["-Y", "tcp.flags.syn == 1"],
        &["-f", "tcp[tcpflags] & tcp-fin != 0"],
        &["--flow", "0"],
        &["--frames", "3-7,9"],
        &["-c", "5"],
        &["-Y", "tcp.len > 0", "-c", "2"],
        &["-Y", "tcp.port == 1"],
    ];
    let output = place("filtered.pcapng");
    for case in cases {
        let ran = save("http_get.pcap", &output, case);
        ran.expect(0);
        let lines = |text: String| -> Vec<String> {
            // Where packets are missing, what is said of the others differs; their times and lengths do not.
            text.lines().map(|line| line.split('\t').take(3).collect::<Vec<_>>().join("\t")).collect()
        };
        let (want, got) = (lines(rows("http_get.pcap", case)), lines(rows(&output, &[])));
        assert_eq!(want, got, "{case:?}");
        let count = want.len() - 1;
        assert!(ran.last_words().ends_with(&format!(" {count} shown, {count} written")), "{}", ran.err());
    }
}

#[test]
fn nothing_is_printed_unless_it_is_asked_for() {
    let output = place("quiet.pcapng");
    let ran = save("arp.pcap", &output, &[]);
    assert_eq!((ran.out(), ran.err().lines().count()), (String::new(), 1), "{}", ran.err());
    let list = run(["read", "arp.pcap"]).out();
    assert_eq!(save("arp.pcap", &output, &["-P"]).out(), list);
    for mode in [&["-V"][..], &["-T", "jsonl"], &["--flows"], &["-e", "frame.number"], &["--follow-tcp"]] {
        let alone = run([&["read", "tcp_bulk.pcap"], mode].concat());
        let beside = save("tcp_bulk.pcap", &output, mode);
        assert_eq!(beside.out(), alone.out(), "{mode:?}");
        assert_eq!(rows(&output, &[]), rows("tcp_bulk.pcap", &[]), "{mode:?}");
    }
    assert_eq!(save("arp.pcap", &output, &["-Q"]).err(), "");
}

#[test]
fn standard_output_is_for_one_thing() {
    let ran = run(["read", "arp.pcap", "-w", "-"]);
    ran.expect(0);
    let output = place("piped.pcapng");
    save("arp.pcap", &output, &[]).expect(0);
    assert_eq!(ran.out, std::fs::read(&output).unwrap());
    // From pipe to pipe.
    let fed = run_fed(["read", "-", "-w", "-"], vec![ran.out.clone()]);
    assert_eq!(fed.out, ran.out);
    let cases: [&[&str]; 6] = [
        &["-w", "-", "-V"],
        &["-w", "-", "-P"],
        &["-w", "x.pcap", "--annotate"],
        &["-w", "x.pcapng.gz"],
        &["--annotate"],
        &["-w", "-", "--flows"],
    ];
    for case in cases {
        let ran = run([&["read", "arp.pcap"], case].concat());
        ran.expect(2);
        assert!(ran.out.is_empty(), "{case:?}");
    }
}

/// Link types of several files: an interface each, in one section.
#[test]
fn several_files_become_one() {
    let output = place("several.pcapng");
    let inputs = ["read", "arp.pcap", "raw_ip.pcap", "arp.pcap", "two_interfaces.pcapng"];
    let ran = super::common::finish({
        let mut command = netdissect(inputs);
        command.arg("-w").arg(&output);
        command
    });
    ran.expect(0);
    let fields = ["-T", "tsv", "-e", "frame.number,frame.encap_type,frame.len,eth.src,ip.src"];
    let want = run([&inputs[..], &fields].concat()).out();
    let got = run([&["read", output.to_str().unwrap()][..], &fields].concat()).out();
    assert_eq!(want, got);
    let places = |file: &str| -> Vec<String> {
        let rows = run(["read", file, "-e", "frame.section_number,frame.interface_id"]).out();
        let mut places: Vec<String> = rows.lines().map(str::to_owned).collect();
        places.dedup();
        places
    };
    // One section of ours, in which the first and the third file share an interface, then that of the last as it was.
    let copied = places("two_interfaces.pcapng").into_iter().map(|place| place.replacen('1', "2", 1));
    let ours = ["1\t0", "1\t1", "1\t0"].map(str::to_owned);
    assert_eq!(places(output.to_str().unwrap()), ours.into_iter().chain(copied).collect::<Vec<_>>());
}

#[test]
fn verdicts_become_comments() {
    let output = place("annotated.pcapng");
    for passes in [&[][..], &["-2"]] {
        save("tcp_bulk.pcap", &output, &[&["--annotate"], passes].concat()).expect(0);
        let path = output.to_str().unwrap();
        let ran = run(["read", path, "-T", "tsv", "-e", "frame.number,frame.comment"]);
        let comments: Vec<(&str, &str)> =
            ran.out.as_slice().utf8().lines().skip(1).filter_map(|line| line.split_once('\t')).collect();
        assert_eq!(comments.len(), 106);
        // Every segment that the list marks has a comment with the same words, and no other.
        let list = run([&["read", "tcp_bulk.pcap", "-e", "_ws.col.info"], passes].concat()).out();
        for ((number, comment), info) in comments.iter().zip(list.lines()) {
            let mut marks = info.split(" ! ").skip(1).peekable();
            assert_eq!(marks.peek().is_none(), comment.is_empty(), "{number}: {info}: {comment}");
            for mark in marks {
                assert!(comment.contains(mark), "{number}: {info}: {comment}");
            }
        }
        let again = comments.iter().find(|(_, text)| text.contains("sent again by fast")).unwrap();
        assert!(again.1.starts_with("netdissect: flow 0: retransmission"), "{again:?}");
        let bytes = std::fs::read(&output).unwrap();
        let verdict = b"192.0.2.10:50047 to 192.0.2.80:7047: closed-normal;";
        assert!(bytes.windows(verdict.len()).any(|window| window == verdict));
        // The packets themselves are the same.
        assert_eq!(run(["read", path]).out(), run(["read", "tcp_bulk.pcap"]).out());
    }
}

/// Bytes that have to be text.
trait Text {
    fn utf8(&self) -> &str;
}

impl Text for [u8] {
    fn utf8(&self) -> &str {
        std::str::from_utf8(self).unwrap()
    }
}
