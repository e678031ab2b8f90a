//! Full disks, readers that go away, places that must not be written to (docs/faults.md, 3.I and 3.K).

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use super::common::{netdissect, run, samples};
use super::{place, rows, save};

/// A capture of so many packets of 1,000 bytes.
fn long(packets: u32) -> Vec<u8> {
    let mut bytes = fs::read(samples().join("arp.pcap")).unwrap()[..24].to_vec();
    for second in 0..packets {
        for word in [second, 0, 1000, 1000] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([0; 1000]);
    }
    bytes
}

/// A folder on a file system of its own that holds 1 MiB; `None`, loudly, where that is not allowed.
struct Small(std::path::PathBuf);

impl Small {
    fn new(name: &str) -> Option<Self> {
        let folder = place(name);
        fs::create_dir_all(&folder).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(&folder).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Self(folder));
        }
        eprintln!(
            "SKIPPED: no small file system can be mounted here; a full disk is tried with /dev/full only"
        );
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}

/// I01: the file ends with its last whole record, and the message counts them.
#[test]
fn a_full_disk_leaves_whole_records() {
    let Some(disk) = Small::new("full-disk") else { return };
    let input = place("long.pcap");
    fs::write(&input, long(20_000)).unwrap();
    for name in ["full.pcap", "full.pcapng"] {
        let output = disk.0.join(name);
        let ran = save(&input, &output, &[]);
        ran.expect(4);
        let words = ran.last_words();
        let (_, count) = words.rsplit_once("; ").unwrap();
        let count: usize =
            count.strip_suffix(" of 20,000 written").unwrap().replace(',', "").parse().unwrap();
        assert!((900..1100).contains(&count), "{words}");
        assert!(words.contains("No space left on device"), "{words}");
        assert!(
            ran.err().contains(&format!("20,000 packets captured, 20,000 shown, {}", words_of(count))),
            "{}",
            ran.err()
        );
        let again = run(["read".as_ref(), output.as_os_str(), "-e".as_ref(), "frame.number".as_ref()]);
        again.expect(0);
        assert_eq!(again.out().lines().count(), count);
        // Emptied first: the sandbox of a reader that has just ended may hold the file a moment longer, and with it its blocks.
        fs::write(&output, "").unwrap();
        fs::remove_file(&output).unwrap();
    }
}

fn words_of(count: usize) -> String {
    if count < 1000 {
        format!("{count} written")
    } else {
        format!("{},{:03} written", count / 1000, count % 1000)
    }
}

/// I04.
#[test]
fn a_full_device_is_4() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ran =
        netdissect(["read", "tcp_bulk.pcap", "-w", "-"]).stdin(Stdio::null()).stdout(full).output().unwrap();
    let err = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(4), "{err}");
    let last = err.lines().last().unwrap();
    assert!(last.starts_with("error: standard output: ") && last.ends_with("; 0 of 106 written"), "{err}");
}

/// I06 and I07: who reads the text, or the capture, goes away.
#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let input = place("long-pipe.pcap");
    fs::write(&input, long(5_000)).unwrap();
    let output = place("pipe.pcapng");
    let arguments = [vec!["-P", "-w", output.to_str().unwrap()], vec!["-w", "-"]];
    for (case, arguments) in arguments.into_iter().enumerate() {
        let mut child = netdissect(["read", input.to_str().unwrap()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Read a little, then close.
        let mut pipe = child.stdout.take().unwrap();
        std::io::Read::read_exact(&mut pipe, &mut [0; 10]).unwrap();
        drop(pipe);
        let done = child.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{case}: {}", String::from_utf8_lossy(&done.stderr));
        assert!(done.stderr.is_empty(), "{case}: {}", String::from_utf8_lossy(&done.stderr));
    }
    let again = run(["read".as_ref(), output.as_os_str(), "-q".as_ref()]);
    again.expect(0);
    let count = rows(&output, &[]).lines().count() - 1;
    assert!(count > 100, "{count} packets, as many as were read until then");
}

/// I15: a flood of connections that are never answered, in a process that may map 512 MiB. Half of it is for what is
/// remembered, which `--expert` fills.
#[cfg(target_os = "linux")]
#[test]
fn little_memory_is_less_to_remember_and_no_fault() {
    const SYNS: u32 = 500_000;
    let mut bytes = fs::read(samples().join("arp.pcap")).unwrap()[..24].to_vec();
    let mut syn = [0; 54];
    syn[12..16].copy_from_slice(&[0x08, 0x00, 0x45, 0]);
    syn[16..24].copy_from_slice(&[0, 40, 0, 0, 0, 0, 64, 6]);
    syn[30..38].copy_from_slice(&[10, 0, 0, 2, 0x30, 0x39, 0, 80]);
    syn[46..50].copy_from_slice(&[0x50, 0x02, 0x20, 0x00]);
    for source in 0..SYNS {
        for word in [source / 100_000, source % 100_000 * 10, 54, 54] {
            bytes.extend(word.to_le_bytes());
        }
        syn[26..30].copy_from_slice(&(0xac10_0000 + source).to_be_bytes());
        bytes.extend(syn);
    }
    let input = place("flood.pcap");
    fs::write(&input, bytes).unwrap();
    let program = env!("CARGO_BIN_EXE_netdissect");
    let ran = Command::new("sh")
        .args(["-c", &format!("ulimit -v 524288; exec {program} read --expert --limits flood.pcap")])
        .current_dir(input.parent().unwrap())
        .output()
        .unwrap();
    fs::remove_file(input).unwrap();
    let words = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(0), "{words}");
    assert!(words.contains("500,000 packets captured, 500,000 shown"), "{words}");
    assert!(words.contains("warning: limit memory=256M reached"), "{words}");
}

/// I16: by whatever name.
#[test]
fn no_input_is_written_over() {
    let input = place("precious.pcap");
    fs::copy(samples().join("arp.pcap"), &input).unwrap();
    let (hard, soft) = (place("hard.pcap"), place("soft.pcap"));
    fs::hard_link(&input, &hard).unwrap();
    symlink(&input, &soft).unwrap();
    for (from, to) in [(&input, &input), (&input, &hard), (&hard, &input), (&soft, &input)] {
        let ran = save(from, to, &[]);
        ran.expect(1);
        assert!(ran.last_words().contains("the same file as"), "{}", ran.err());
    }
    save(&input, &soft, &[]).expect(1);
    // Through the descriptors that a shell opens.
    let append = File::options().append(true).open(&hard).unwrap();
    let mut out = netdissect(["read".as_ref(), input.as_os_str(), "-w".as_ref(), "-".as_ref()]);
    assert_eq!(out.stdout(append).stderr(Stdio::null()).status().unwrap().code(), Some(1));
    let mut fed = netdissect(["read", "-", "-w", hard.to_str().unwrap()]);
    fed.stdin(File::open(&input).unwrap()).stderr(Stdio::null());
    assert_eq!(fed.status().unwrap().code(), Some(1));
    assert_eq!(fs::read(&input).unwrap(), fs::read(samples().join("arp.pcap")).unwrap());
}

/// K06 to K08.
#[test]
fn only_plain_files_of_ones_own_are_written() {
    for place in ["/dev/null", "/dev/full", "/tmp", "/no/such/folder/x.pcap"] {
        save("arp.pcap", Path::new(place), &[]).expect(1);
    }
    let (link, target) = (place("link.pcap"), place("target.pcap"));
    symlink(&target, &link).unwrap();
    let ran = save("arp.pcap", &link, &[]);
    ran.expect(1);
    assert!(ran.last_words().contains("a symbolic link"), "{}", ran.err());
    assert!(!target.exists());

    let fresh = place("fresh.pcapng");
    save("arp.pcap", &fresh, &[]).expect(0);
    assert_eq!(fs::metadata(&fresh).unwrap().mode() & 0o777, 0o600);
    // A file that is there is emptied, and keeps its permissions.
    fs::write(&fresh, [7; 100_000]).unwrap();
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o644)).unwrap();
    save("arp.pcap", &fresh, &["--sync", "--packet-buffered"]).expect(0);
    assert_eq!(rows(&fresh, &[]), rows("arp.pcap", &[]));
    assert_eq!(fs::metadata(&fresh).unwrap().mode() & 0o777, 0o644);
}

/// Where nothing could be read, nothing is made, and nothing that was there is lost.
#[test]
fn an_input_that_fails_leaves_the_output_alone() {
    let output = place("not-made.pcapng");
    save("no-such-file.pcap", &output, &[]).expect(1);
    assert!(!output.exists());
    fs::write(&output, "was here").unwrap();
    save("README.md", &output, &[]).expect(1);
    assert_eq!(fs::read(&output).unwrap(), b"was here");
    // A wrong filter too.
    save("arp.pcap", &output, &["-Y", "no.such.field"]).expect(2);
    assert_eq!(fs::read(&output).unwrap(), b"was here");
}

/// A cut capture: what could be read is written, and the code is that of the damage.
#[test]
fn damage_of_the_input_is_told_all_the_same() {
    let (input, output) = (place("cut-input.pcap"), place("cut-output.pcap"));
    let whole = fs::read(samples().join("arp.pcap")).unwrap();
    fs::write(&input, &whole[..whole.len() - 7]).unwrap();
    save(&input, &output, &[]).expect(3);
    assert_eq!(rows(&output, &[]), rows(&input, &[]));
    run(["read".as_ref(), output.as_os_str()]).expect(0);
}

/// I09 and I10, for files: a signal ends the reading, and the capture is whole.
#[test]
fn a_signal_leaves_a_whole_file() {
    let output = place("stopped.pcapng");
    let mut child = netdissect(["read", "-", "-w", output.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut pipe, &long(100)).unwrap();
    // What was read is in the file before the program waits for more.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while rows(&output, &[]).lines().count() < 101 {
        assert!(std::time::Instant::now() < deadline, "nothing is written while the pipe is silent");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    // The next packets wake it.
    let _ = std::io::Write::write_all(&mut pipe, &long(10)[24..]);
    drop(pipe);
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    run(["read".as_ref(), output.as_os_str(), "-q".as_ref()]).expect(0);
    assert!(rows(&output, &[]).lines().count() > 100);
}

/// I17: a ring on a disk that is too small for it ends with whole records, or goes on without its oldest files.
#[test]
fn a_ring_on_a_full_disk_never_ends_in_half_a_record() {
    let Some(small) = Small::new("full-ring") else { return };
    let input = place("long-ring.pcap");
    fs::write(&input, long(3_000)).unwrap();
    let ring = ["--rotate", "size:200kB", "--rotate", "files:10"];
    let all = |folder: &Path| {
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| rows(file, &[]).lines().count() - 1).collect::<Vec<_>>()
    };
    let ran = save(&input, &small.0.join("r.pcap"), &ring);
    let held = all(&small.0);
    let safe: usize = held.iter().sum();
    ran.expect(4);
    assert!(ran.last_words().ends_with(&format!("{} of 3,000 written", thousands(safe))), "{}", ran.err());

    drop(small);
    let Some(small) = Small::new("full-ring-again") else { return };
    let ran = save(&input, &small.0.join("r.pcap"), &[&ring[..], &["--on-full", "rotate"][..]].concat());
    ran.expect(0);
    let held = all(&small.0);
    assert!((4..=6).contains(&held.len()), "{held:?} {}", ran.err());
    assert!(held[..held.len() - 1].iter().all(|&count| count >= 197), "{held:?}");
    let end: usize = held.iter().sum();
    let input_end = rows(&input, &["--frames", &format!("{}-", 3_000 - end + 1)]);
    let last = fs::read_dir(&small.0).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    assert_eq!(rows(&last, &[]).lines().last(), input_end.lines().last());
}

fn thousands(count: usize) -> String {
    match count {
        0..1_000 => count.to_string(),
        _ => format!("{},{:03}", count / 1_000, count % 1_000),
    }
}

/// Who waits for room has everything once there is some; Ctrl-C ends the waiting with whole records.
#[test]
fn room_can_be_waited_for() {
    let Some(small) = Small::new("waiting") else { return };
    let input = place("long-waiting.pcap");
    fs::write(&input, long(3_000)).unwrap();
    for is_relieved in [false, true] {
        let output = small.0.join("w.pcap");
        let words = ["--on-full", "wait"];
        let mut command = super::common::netdissect(["read", input.to_str().unwrap(), "-w"]);
        command.arg(&output).args(words).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(2_000));
        if is_relieved {
            let size = ["-o", "remount,size=8m"];
            assert!(Command::new("mount").args(size).arg(&small.0).status().unwrap().success());
        } else {
            assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        }
        let ran = child.wait_with_output().unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(if is_relieved { 0 } else { 4 }), "{err}");
        assert_eq!(err.matches("the disk is full; writing goes on").count(), 1, "{err}");
        let count = rows(&output, &[]).lines().count() - 1;
        assert!(if is_relieved { count == 3_000 } else { count > 900 && count < 1_100 }, "{count}");
        fs::remove_file(&output).unwrap();
    }
}

/// I18: who closed standard output or standard error gets no record into a file that took its number.
#[test]
fn closed_streams_are_not_written_into_files() {
    for (number, closed) in [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"].into_iter().enumerate() {
        let output = place(&format!("closed-{number}.pcap"));
        let program = env!("CARGO_BIN_EXE_netdissect");
        let line = format!("{program} read arp.pcap -P -w {} {closed}", output.display());
        let status = Command::new("sh").args(["-c", &line]).current_dir(super::common::samples()).status();
        assert!(matches!(status.unwrap().code(), Some(0 | 4)), "{closed}");
        assert_eq!(rows(&output, &[]), rows("arp.pcap", &[]), "{closed}");
    }
}
