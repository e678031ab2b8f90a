//! Several files from one capture (`--rotate`, `--stop`): what is in which, what is kept, and what is said.

use std::fs;
use std::path::{Path, PathBuf};

use super::common::{Ran, run, samples};
use super::place;

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = place(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The names of the files in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn read(input: impl AsRef<Path>, more: &[&str], output: &Path) -> Ran {
    let mut args = vec!["read", input.as_ref().to_str().unwrap(), "-w", output.to_str().unwrap()];
    args.extend(more);
    run(args)
}

/// What each packet is, whatever other packets stand in its file.
pub(super) fn packets(file: impl AsRef<Path>, more: &[&str]) -> String {
    let fields = "frame.time_epoch,frame.len,frame.cap_len,frame.encap_type,frame.comment,ip.id,tcp.seq_raw,tcp.ack_raw,icmp.seq";
    let mut args = vec!["read", file.as_ref().to_str().unwrap(), "-T", "fields", "-e", fields];
    args.extend(more);
    run(args).expect(0).out()
}

/// The packets of all files of a folder, one after the other.
fn packets_of_all(folder: &Path) -> String {
    names(folder).iter().map(|name| packets(folder.join(name), &[])).collect()
}

/// A capture of one packet at each of these seconds.
pub(super) fn at(seconds: &[u32]) -> Vec<u8> {
    let mut bytes = fs::read(samples().join("arp.pcap")).unwrap()[..24].to_vec();
    for &second in seconds {
        for word in [second, 0, 60, 60] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([0; 60]);
    }
    bytes
}

/// Every file is complete by itself, and together they are the capture: sections, interfaces and times included.
#[test]
fn files_by_count_hold_everything_once() {
    for sample in ["tcp_bulk.pcap", "two_interfaces.pcapng", "sections.pcapng", "any_linux_sll2.pcap"] {
        for suffix in ["pcapng", "pcap"] {
            if sample.ends_with(".pcapng") && suffix == "pcap" {
                // Classic files cannot hold what these do.
                continue;
            }
            let folder = folder(&format!("count-{sample}-{suffix}"));
            let output = folder.join(format!("part.{suffix}"));
            let ran = read(sample, &["--rotate", "packets:2"], &output);
            ran.expect(0);
            assert_eq!(packets_of_all(&folder), packets(sample, &[]), "{sample} as {suffix}");
            let files = names(&folder);
            assert!(files[0].starts_with("part_00001_") && files[1].starts_with("part_00002_"), "{files:?}");
            let closed = ran.err().lines().filter(|line| line.contains(": closed, ")).count();
            assert_eq!(closed, files.len(), "{}", ran.err());
            for name in &files {
                run(["read".as_ref(), folder.join(name).as_os_str()]).expect(0);
            }
        }
    }
}

/// A file ends once it has reached the size, so none is longer than that by more than a packet.
#[test]
fn files_by_size_end_with_the_packet_that_fills_them() {
    let folder = folder("size");
    let ran = read("tcp_bulk.pcap", &["-b", "filesize:10"], &folder.join("part.pcap"));
    ran.expect(0);
    let files = names(&folder);
    assert!(files.len() > 3, "{files:?}");
    for name in &files[..files.len() - 1] {
        let size = fs::metadata(folder.join(name)).unwrap().len();
        assert!((10_000..10_000 + 16 + 1_600).contains(&size), "{name}: {size}");
    }
    assert_eq!(packets_of_all(&folder), packets("tcp_bulk.pcap", &[]));
}

/// J17: a packet lies in the file of its time, whenever the first one came; intervals without packets have no file.
#[test]
fn files_by_time_are_in_step_with_the_clock() {
    let input = place("minutes.pcap");
    fs::write(&input, at(&[119, 120, 179, 180, 178, 400])).unwrap();
    let folder = folder("time");
    read(&input, &["--rotate", "duration:60s"], &folder.join("part.pcap")).expect(0);
    let files = names(&folder);
    let times =
        ["00001_19700101000159", "00002_19700101000200", "00003_19700101000300", "00004_19700101000640"];
    assert_eq!(files, times.map(|time| format!("part_{time}.pcap")));
    let counts: Vec<usize> =
        files.iter().map(|name| packets(folder.join(name), &[]).lines().count()).collect();
    // The packet of 178 comes late, and stays with its neighbour.
    assert_eq!(counts, [1, 2, 2, 1]);
}

/// L03: one packet from far away has a file of its own.
#[test]
fn a_time_far_off_takes_no_other_packet_along() {
    let input = place("far.pcap");
    fs::write(&input, at(&[60, 4_000_000_000, 61, 62])).unwrap();
    let folder = folder("far");
    read(&input, &["-G", "60"], &folder.join("%H%M.pcap")).expect(0);
    let files = names(&folder);
    assert_eq!(files.len(), 3, "{files:?}");
    assert!(files.contains(&"0001.pcap".to_owned()), "{files:?}");
    assert!(
        files.contains(&"%H%M_00003_19700101000101.pcap".to_owned()),
        "nothing is written over: {files:?}"
    );
}

/// Only the last files stay; all packets are counted.
#[test]
fn a_ring_keeps_the_last_files() {
    for (name, more) in [
        ("native", &["--rotate", "size:10kB", "--rotate", "files:2"][..]),
        ("tshark", &["-b", "filesize:10", "-b", "files:2"]),
        ("tcpdump", &["-C", "1", "--rotate", "packets:20", "-W", "2"]),
    ] {
        let folder = folder(&format!("ring-{name}"));
        let ran = read("tcp_bulk.pcap", more, &folder.join("part.pcapng"));
        ran.expect(0);
        assert!(ran.last_words().ends_with("106 packets captured, 106 shown, 106 written"), "{}", ran.err());
        let all = packets("tcp_bulk.pcap", &[]);
        let kept = packets_of_all(&folder);
        assert_eq!(names(&folder).len(), 2, "{name}");
        assert!(all.ends_with(&kept) && kept.len() < all.len(), "{name}: the last packets are kept");
    }
}

/// `--stop files` and `-G` with `-W`: no packet more than fits.
#[test]
fn a_number_of_files_ends_the_run() {
    for more in [&["--rotate", "packets:10", "--stop", "files:2"][..], &["-b", "packets:10", "-a", "files:2"]]
    {
        let folder = folder("files");
        let ran = read("tcp_bulk.pcap", more, &folder.join("part.pcapng"));
        ran.expect(0);
        assert!(ran.last_words().ends_with("20 shown, 20 written"), "{}", ran.err());
        assert_eq!(names(&folder).len(), 2);
    }
    let input = place("seconds.pcap");
    fs::write(&input, at(&[1, 2, 3, 4])).unwrap();
    let folder = folder("files-tcpdump");
    let ran = read(&input, &["-G", "1", "-W", "2"], &folder.join("part-%S.pcap"));
    ran.expect(0);
    assert_eq!(names(&folder), ["part-01.pcap", "part-02.pcap"]);
}

#[test]
fn a_run_ends_after_packets_time_or_bytes() {
    let shown = |more: &[&str]| {
        let mut args = vec!["read", "tcp_bulk.pcap", "-T", "fields", "-e", "frame.time_relative"];
        args.extend(more);
        run(args).expect(0).out()
    };
    assert_eq!(shown(&["--stop", "packets:3"]).lines().count(), 3);
    let early = shown(&["--stop", "duration:30ms"]);
    let all = shown(&[]);
    let expected: String = all
        .lines()
        .take_while(|line| line.parse::<f64>().unwrap() < 0.030)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(early, expected);
    assert!(early.len() < all.len() && !early.is_empty());
    let output = place("stop.pcap");
    read("tcp_bulk.pcap", &["--stop", "size:20kB"], &output).expect(0);
    let size = fs::metadata(&output).unwrap().len();
    assert!((20_000..21_700).contains(&size), "{size}");
}

#[test]
fn what_cannot_be_is_said_at_once() {
    let output = place("never.pcap");
    for (more, code, words) in [
        (&["--rotate", "files:3"][..], 2, "needs a size, a duration or packets"),
        (&["--stop", "files:3"], 2, "needs --rotate"),
        (&["--rotate", "sizes:3"], 2, "duration:10s, size:100MB, packets:1000, files:5"),
        (&["--rotate", "packets:0"], 2, "none of"),
    ] {
        let ran = read("arp.pcap", more, &output);
        ran.expect(code);
        assert!(ran.err().contains(words), "{}", ran.err());
        assert!(!output.exists());
    }
    run(["read", "arp.pcap", "--stop", "size:1kB"]).expect(2);
    run(["read", "arp.pcap", "-w", "-", "--rotate", "packets:2"]).expect(2);
    let nowhere = Path::new("/nowhere-at-all/part.pcap");
    assert!(read("arp.pcap", &["--rotate", "packets:2"], nowhere).expect(1).err().contains("No such file"));
}

/// Closed files are packed beside the capture, and hold the same.
#[test]
fn closed_files_are_packed() {
    let folder = folder("packed");
    let more = ["--rotate", "packets:4", "--compress", "gzip"];
    let ran = read("arp.pcap", &more, &folder.join("p.pcapng"));
    ran.expect(0);
    let names = names(&folder);
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|name| name.ends_with(".pcapng.gz")), "{names:?}");
    assert_eq!(packets_of_all(&folder), packets("arp.pcap", &[]));
    assert_eq!(ran.err().matches(".pcapng.gz: packed, ").count(), 3, "{}", ran.err());

    // What is in the way stays, and so does the plain file. Of a ring, packed files go away too.
    let file = "taken-%H.pcapng";
    let taken = folder.join("taken-22.pcapng.gz");
    let input = folder.join("in.pcap");
    fs::write(&input, at(&[1_700_000_000])).unwrap();
    fs::write(&taken, "mine").unwrap();
    let more = ["--rotate", "duration:3600", "--compress", "gzip"];
    let ran = read(&input, &more, &folder.join(file));
    ran.expect(0);
    assert!(ran.err().contains("warning: ") && ran.err().contains("not packed: "), "{}", ran.err());
    assert_eq!(fs::read(&taken).unwrap(), b"mine");
    assert_eq!(packets(folder.join("taken-22.pcapng"), &[]).lines().count(), 1);
}

#[test]
fn a_ring_of_packed_files_keeps_the_last_ones() {
    let folder = folder("packed-ring");
    let more = ["--rotate", "packets:2", "--rotate", "files:2", "--compress", "gzip"];
    read("arp.pcap", &more, &folder.join("r.pcapng")).expect(0);
    let last: String = packets("arp.pcap", &["--frames", "9-"]);
    assert_eq!(names(&folder).len(), 2, "{:?}", names(&folder));
    assert_eq!(packets_of_all(&folder), last);
    for more in [["--compress", "gzip"], ["--on-full", "rotate"]] {
        assert!(read("arp.pcap", &more, &folder.join("x.pcapng")).expect(2).err().contains("--rotate"));
    }
}

/// L02: packets come out in the order in which they lie in the file, whatever their times.
#[test]
fn the_order_of_the_file_is_kept() {
    let folder = folder("backwards");
    let input = folder.join("backwards.pcap");
    fs::write(&input, at(&[900, 500, 700, 100])).unwrap();
    let args = ["read", input.to_str().unwrap(), "-T", "fields", "-e", "frame.time_epoch"];
    let times = run(args).expect(0).out();
    let seconds: Vec<&str> = times.lines().map(|time| time.split('.').next().unwrap()).collect();
    assert_eq!(seconds, ["900", "500", "700", "100"]);
}
