//! Books at the end of a capture, and statistics in its files.

use std::fs::{self, File};
use std::path::Path;

use pcap_file::pcapng::{Block, PcapNgReader};

use super::net::{Cable, FAR, FAR_IP, send};
use super::{packets, place};

/// Packets received, as each interface of a file says, in the order of the interfaces; and packets in the file.
fn statistics(file: &Path) -> (Vec<u64>, u64) {
    use pcap_file::pcapng::blocks::interface_statistics::InterfaceStatisticsOption::IsbIfRecv;
    let mut reader = PcapNgReader::new(File::open(file).unwrap()).unwrap();
    let (mut received, mut packets) = (Vec::new(), 0);
    while let Some(block) = reader.next_block() {
        match block.unwrap() {
            Block::InterfaceStatistics(block) => {
                assert_eq!(block.interface_id as usize, received.len());
                received.extend(block.options.iter().find_map(|option| match option {
                    IsbIfRecv(count) => Some(*count),
                    _ => None,
                }));
            }
            Block::EnhancedPacket(_) => packets += 1,
            _ => {}
        }
    }
    (received, packets)
}

/// A run that has what it wants ends at once, and counts what it took.
#[test]
fn what_nobody_waited_for_is_not_counted() {
    let Some(cable) = Cable::lay() else { return };
    for (number, bound) in (0..).zip([["-c", "40"], ["--stop", "packets:40"], ["--stop", "size:10000"]]) {
        let (port, file) = (4_200 + number, place(&format!("bounded-{number}.pcapng")));
        let filter = format!("udp port {port}");
        let args = [&[FAR, &filter, "-w", file.to_str().unwrap()][..], &bound[..]].concat();
        let capture = cable.capture(&args);
        send(&cable.sender(port), 5_000);
        let ended = capture.end();
        assert_eq!(ended.code, Some(0), "{bound:?}: {:?}", ended.said);
        ended.balances();
        let wanted = if bound[1] == "size:10000" { ended.count("captured").min(40) } else { 40 };
        assert_eq!(ended.count("captured"), wanted, "{bound:?}: {:?}", ended.said);
        assert!(wanted > 30);
        assert_eq!(packets(&file), wanted);
        assert_eq!(statistics(&file), (vec![ended.count("packets received")], wanted), "{bound:?}");
    }
}

/// Each interface of a capture, and each file of a series, has its own books.
#[test]
fn each_interface_and_each_file_has_its_statistics() {
    let Some(cable) = Cable::lay() else { return };
    let file = place("two-interfaces.pcapng");
    let capture = cable.capture(&[FAR, "lo", "udp port 4210", "-w", file.to_str().unwrap()]);
    let sender = cable.sender(4_210);
    send(&sender, 30);
    cable.far_sends(FAR_IP, 4_210);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let ended = capture.interrupt();
    assert_eq!(statistics(&file), (vec![30, 1], 31), "{:?}", ended.said);

    let folder = place("series");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let pattern = folder.join("s.pcapng");
    let rotate = ["--rotate", "packets:20"];
    let capture =
        cable.capture(&[&[FAR, "udp port 4210", "-w", pattern.to_str().unwrap()][..], &rotate[..]].concat());
    for _ in 0..3 {
        send(&sender, 20);
        std::thread::sleep(std::time::Duration::from_millis(1_500));
    }
    let ended = capture.interrupt();
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let told: Vec<_> = files.iter().map(|file| statistics(file)).collect();
    let [(first, 20), (second, 20), (third, 20)] = &told[..] else { panic!("{told:?}: {:?}", ended.said) };
    assert_eq!((&first[..], &third[..]), (&[20][..], &[60][..]), "{:?}", ended.said);
    // What was counted at the last look before the next file began, which may be when its first packets were there.
    assert!(matches!(second[..], [40..=60]), "{second:?}: {:?}", ended.said);
}

/// I02: a full disk ends a capture at once, and the count is exact.
#[test]
fn a_full_disk_ends_a_capture() {
    let Some(cable) = Cable::lay() else { return };
    let folder = place("full");
    fs::create_dir_all(&folder).unwrap();
    let mount = |words: &[&str]| std::process::Command::new(words[0]).args(&words[1..]).arg(&folder).status();
    assert!(mount(&["mount", "-t", "tmpfs", "-o", "size=256k,mode=777", "none"]).unwrap().success());
    let file = folder.join("full.pcapng");
    let capture = cable.capture(&[FAR, "udp port 4220", "-w", file.to_str().unwrap()]);
    send(&cable.sender(4_220), 3_000);
    let ended = capture.end();
    let in_file = packets(&file);
    assert!(mount(&["umount"]).unwrap().success());
    assert_eq!(ended.code, Some(4), "{:?}", ended.said);
    assert_eq!(ended.count("written"), in_file);
    assert!(in_file > 500 && in_file < 1_200, "{in_file}");
    let last = ended.said.last().unwrap().replace(',', "");
    assert!(last.contains(&format!("; {in_file} of ")), "{last}");
}
