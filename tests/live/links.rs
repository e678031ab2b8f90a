//! Interfaces that go, come back, or are asked for what they do not have.

use std::time::{Duration, Instant};

use super::common::run;
use super::net::{Cable, FAR, FAR_IP, NEAR_IP, send};
use super::{packets, place};

/// J01: the capture goes on, and it is said each way.
#[test]
fn an_interface_may_go_down_and_come_back() {
    let Some(cable) = Cable::lay() else { return };
    let mut capture = cable.capture(&[FAR, "udp port 4100", "-q"]);
    let sender = cable.sender(4_100);
    send(&sender, 3);
    assert!(cable.far(&format!("link set {FAR} down")));
    capture.wait_for("nd1: the interface is down");
    assert!(cable.far(&format!("link set {FAR} up")));
    capture.wait_for("nd1: the interface is up again");
    cable.wait_until_up();
    send(&sender, 4);
    std::thread::sleep(Duration::from_millis(300));
    let ended = capture.interrupt();
    assert_eq!((ended.code, ended.count("captured")), (Some(0), 7), "{:?}", ended.said);
}

/// J02: what was captured before is kept.
#[test]
fn an_interface_may_vanish() {
    let Some(cable) = Cable::lay() else { return };
    let file = place("vanished.pcapng");
    let capture = cable.capture(&[FAR, "udp port 4110", "-w", file.to_str().unwrap()]);
    send(&cable.sender(4_110), 50);
    std::thread::sleep(Duration::from_millis(500));
    assert!(cable.far(&format!("link del {FAR}")));
    let ended = capture.end();
    assert_eq!(ended.code, Some(5), "{:?}", ended.said);
    assert!(ended.said.last().unwrap().starts_with("error: nd1: "), "{:?}", ended.said);
    assert_eq!((ended.count("captured"), packets(&file)), (50, 50), "{:?}", ended.said);
}

/// J03, the name; the right is in `tests/cli/privileges.rs`.
#[test]
fn an_interface_that_is_not_there_is_named() {
    let ran = run(["live", "nd-none"]);
    assert!(ran.expect(1).err().contains("nd-none"), "{}", ran.err());
}

/// J12: while the capture begins everything else is on the wire, and nothing of it comes through.
#[test]
fn nothing_passes_before_the_filter_is_there() {
    let Some(cable) = Cable::lay() else { return };
    let noise = cable.sender(4_121);
    let goes_on = std::thread::spawn(move || send(&noise, 40_000));
    let capture = cable.capture(&[FAR, "udp port 4120", "-T", "fields", "-e", "udp.dstport"]);
    send(&cable.sender(4_120), 20);
    goes_on.join().unwrap();
    let ended = capture.interrupt();
    assert_eq!(ended.out, "4120\n".repeat(20));
    ended.balances();
}

/// J14: on the device of all interfaces each packet says which way it went. Of those on loopback, which leave and arrive here, libpcap
/// shows the arrival only.
#[test]
fn all_interfaces_show_the_direction() {
    let Some(cable) = Cable::lay() else { return };
    let capture = cable.capture(&["any", "udp port 4130", "-T", "fields", "-e", "sll.pkttype"]);
    cable.far_sends(FAR_IP, 4_130);
    cable.far_sends(NEAR_IP, 4_130);
    send(&cable.sender(4_130), 1);
    std::thread::sleep(Duration::from_millis(500));
    let ended = capture.interrupt();
    let mut directions: Vec<&str> = ended.out.lines().collect();
    directions.sort_unstable();
    // Two to this host, one outgoing.
    assert_eq!(directions, ["0", "0", "4"], "{:?}", ended.said);
}

/// J16: as much of each packet as was asked for, whatever was asked for.
#[test]
fn snap_lengths_are_what_they_say() {
    let Some(cable) = Cable::lay() else { return };
    // No filter: libpcap asks its own of the bytes that are left, as tcpdump's does.
    for (asked, captured) in [("0", 246), ("1", 1), ("64", 64), ("262144", 246), ("2147483648", 246)] {
        let fields = ["-T", "fields", "-e", "frame.cap_len,frame.len"];
        let capture = cable.capture(&[&[FAR, "-s", asked][..], &fields[..]].concat());
        send(&cable.sender(4_140), 1);
        std::thread::sleep(Duration::from_millis(500));
        let ended = capture.interrupt();
        let row = format!("{captured}\t246");
        assert!(ended.out.lines().any(|line| line == row), "{asked}: {}", ended.out);
    }
    assert_eq!(run(["live", "lo", "-s", "-1"]).code, Some(2));
}

/// J18: one packet in a block of the ring that does not fill up. The row asks for 100 ms; this for what a busy machine can do.
#[test]
fn one_packet_is_shown_at_once() {
    let Some(cable) = Cable::lay() else { return };
    let mut capture = cable.capture(&[FAR, "udp port 4150", "-T", "fields", "-e", "udp.dstport"]);
    let mut lines = capture.lines();
    let sender = cable.sender(4_150);
    let mut fastest = Duration::MAX;
    for _ in 0..10 {
        let begun = Instant::now();
        send(&sender, 1);
        assert_eq!(lines.next().unwrap(), "4150");
        fastest = fastest.min(begun.elapsed());
    }
    assert!(fastest < Duration::from_millis(250), "{fastest:?}");
    drop(capture.interrupt());
}

/// J11: a ring that the system does not have. libpcap itself makes it smaller where the kernel has no memory, step by step and without a
/// word; what is refused for good is halved here.
#[test]
fn a_ring_that_is_too_large_still_captures() {
    let Some(cable) = Cable::lay() else { return };
    let capture = cable.capture(&[FAR, "udp port 4160", "-B", "1G", "-q"]);
    send(&cable.sender(4_160), 10);
    std::thread::sleep(Duration::from_millis(300));
    let ended = capture.interrupt();
    assert_eq!((ended.code, ended.count("captured")), (Some(0), 10), "{:?}", ended.said);
}

/// J14: on the loopback interface itself each packet comes once too.
#[test]
fn loopback_shows_each_packet_once() {
    let Some(cable) = Cable::lay() else { return };
    let capture = cable.capture(&["lo", "udp port 4170", "-T", "fields", "-e", "ip.dst"]);
    cable.far_sends(FAR_IP, 4_170);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(capture.interrupt().out, format!("{FAR_IP}\n"));
}
