//! What others find in written files: tshark and capinfos, where they are installed, and the crate `pcap-file`.

use std::path::Path;
use std::process::Command;

use pcap_file::pcapng::{Block, PcapNgReader};

use super::{place, save};

/// What a program prints; `None`, loudly, if it is not installed.
fn ask(program: &str, args: &[&str], file: &Path) -> Option<String> {
    match Command::new(program).args(args).arg(file).output() {
        Ok(done) => Some(String::from_utf8_lossy(&done.stdout).into_owned()),
        Err(error) => {
            eprintln!(
                "SKIPPED: {program} does not run here ({error}); its reading of {file:?} is not compared"
            );
            None
        }
    }
}

const SAMPLES: [&str; 7] = [
    "tcp_bulk.pcap",
    "dns.pcap",
    "raw_ip.pcap",
    "sections.pcapng",
    "two_interfaces.pcapng",
    "http_get.pcap",
    "icmp_types.pcap",
];

#[test]
fn tshark_finds_the_same_packets() {
    let fields =
        "frame.number frame.time_epoch frame.len frame.cap_len frame.encap_type frame.comment tcp.stream";
    let mut args = vec!["-n", "-T", "fields"];
    for field in fields.split(' ') {
        args.extend(["-e", field]);
    }
    args.push("-r");
    for sample in SAMPLES {
        let Some(before) = ask("tshark", &args, &super::common::samples().join(sample)) else { return };
        assert!(!before.is_empty(), "{sample}");
        let output = place(&format!("tshark-{sample}.pcapng"));
        save(sample, &output, &[]).expect(0);
        assert_eq!(ask("tshark", &args, &output).unwrap(), before, "{sample}");
    }
    // Ours among its comments, and nothing else that is new.
    let output = place("tshark-annotated.pcapng");
    save("tcp_bulk.pcap", &output, &["--annotate", "-Y", "tcp.analysis.fast_retransmission"]).expect(0);
    let comments = ask("tshark", &["-n", "-T", "fields", "-e", "frame.comment", "-r"], &output).unwrap();
    assert!(comments.starts_with("netdissect: flow 0: retransmission"), "{comments}");
}

#[test]
fn capinfos_counts_the_same() {
    for sample in SAMPLES {
        let count = |file: &Path| ask("capinfos", &["-T", "-r", "-c", "-E", "-a", "-e"], file);
        let Some(before) = count(&super::common::samples().join(sample)) else { return };
        let output = place(&format!("capinfos-{sample}.pcapng"));
        save(sample, &output, &[]).expect(0);
        // All but the name.
        let rest = |line: String| line.split_once('\t').unwrap().1.to_owned();
        assert_eq!(rest(count(&output).unwrap()), rest(before), "{sample}");
    }
}

#[test]
fn pcap_file_reads_every_block() {
    let output = place("crate.pcapng");
    save("tcp_bulk.pcap", &output, &["--annotate"]).expect(0);
    let mut reader = PcapNgReader::new(std::fs::File::open(&output).unwrap()).unwrap();
    let (mut packets, mut interfaces, mut sections) = (0, 0, 0);
    while let Some(block) = reader.next_block() {
        match block.unwrap() {
            Block::EnhancedPacket(packet) => {
                packets += 1;
                assert!(packet.timestamp.as_secs() > 1_700_000_000);
            }
            Block::InterfaceDescription(_) => interfaces += 1,
            Block::SectionHeader(_) => sections += 1,
            other => panic!("{other:?}"),
        }
    }
    // The first section header is the reader's own.
    assert_eq!((packets, interfaces, sections), (106, 1, 1));
}
