//! Capturing on the loopback interface: bounds, and readers who do not keep up (docs/faults.md, I08, I11).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::common::netdissect;
use super::{place, rows};

/// Whether loopback can be captured on; says so loudly where not, past what the harness keeps back.
fn is_allowed() -> bool {
    let tried = netdissect(["live", "lo", "--stop", "duration:1ms", "-q"]).output().unwrap();
    if !tried.status.success() {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no capture on lo: {}",
            String::from_utf8_lossy(&tried.stderr)
        );
    }
    tried.status.success()
}

/// Starts a capture of what [`send`] sends to `port`.
fn start(port: u16, more: &[&str], file: &Path) -> Child {
    let filter = format!("udp dst port {port}");
    let mut args = vec!["live", "lo", "-f", &filter, "-w", file.to_str().unwrap()];
    args.extend(more);
    netdissect(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Sends so many datagrams to a port where nobody may listen, at a pace that any machine keeps up with.
fn send(port: u16, count: usize) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..count {
        let _ = socket.send_to(&[b'x'; 200], ("127.0.0.1", port));
        if number % 200 == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Sends until the capture shows that it has begun: its file has grown beyond headers.
fn wait_until_it_runs(port: u16, file: &Path) {
    let begun = Instant::now();
    while fs::metadata(file).map_or(0, |file| file.len()) < 400 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the capture does not begin");
        send(port, 1);
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn interrupt(child: &Child) {
    let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

/// The number before a word of the summary.
fn count(summary: &str, word: &str) -> u64 {
    let before = summary.split(word).next().unwrap().trim_end();
    before.rsplit([' ', ';']).next().unwrap().replace(',', "").parse().unwrap()
}

fn written(file: PathBuf) -> u64 {
    rows(file, &[]).lines().count() as u64 - 1
}

/// I08: nobody reads what is printed. Every packet is in the file, lines are missing, and the summary says how many.
#[test]
fn a_reader_who_stops_costs_lines_and_no_packets() {
    if !is_allowed() {
        return;
    }
    let file = place("slow-reader.pcapng");
    let mut child = start(47_011, &["-V"], &file);
    wait_until_it_runs(47_011, &file);
    let sent = 15_000;
    send(47_011, sent);
    interrupt(&child);
    // Only now somebody reads.
    let mut out = child.stdout.take().unwrap();
    let mut printed = Vec::new();
    out.read_to_end(&mut printed).unwrap();
    let ran = child.wait_with_output().unwrap();
    assert!(ran.status.success());
    let err = String::from_utf8(ran.stderr).unwrap();
    let summary = err.lines().last().unwrap();
    let captured = count(summary, "captured");
    assert!(captured >= sent as u64, "{summary}");
    assert_eq!(count(summary, "dropped by the kernel"), 0, "{summary}");
    assert_eq!(count(summary, "written"), captured, "{summary}");
    assert_eq!(written(file), captured);
    let dropped = count(summary, "dropped before printing");
    assert!(dropped > 0, "{summary}");
    assert_eq!(count(summary, "shown").saturating_add(dropped), captured, "{summary}");
    let shown = String::from_utf8(printed).unwrap().lines().filter(|line| line.starts_with("Frame ")).count();
    assert_eq!(shown as u64, count(summary, "shown"), "{summary}");
}

/// I11: with a reader who never comes back, the second Ctrl-C ends the run, and the file is whole.
#[test]
fn a_second_interrupt_ends_at_once_and_the_file_is_whole() {
    if !is_allowed() {
        return;
    }
    let file = place("interrupted.pcapng");
    let mut child = start(47_012, &["-V"], &file);
    wait_until_it_runs(47_012, &file);
    send(47_012, 2_000);
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(child.try_wait().unwrap().is_none(), "it waits for its reader");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(written(file) > 2_000);
}

#[test]
fn a_capture_ends_by_itself() {
    if !is_allowed() {
        return;
    }
    let file = place("by-itself.pcapng");
    let mut child = start(47_013, &["--stop", "packets:50"], &file);
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        send(47_013, 10);
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(written(file), 50);
}
