//! Signals, and processes that stand still.

use std::time::{Duration, Instant};

use super::net::{Cable, FAR, HANG, send};
use super::{packets, place};

/// I09 and I10: in the middle of traffic the ring is drained and the books balance.
#[test]
fn a_signal_in_the_middle_of_traffic_loses_nothing() {
    let Some(cable) = Cable::lay() else { return };
    for (number, signal) in (0..).zip(["INT", "TERM", "HUP"]) {
        let (port, file) = (4_000 + number, place(&format!("{signal}.pcapng")));
        let capture = cable.capture(&[FAR, &format!("udp port {port}"), "-w", file.to_str().unwrap()]);
        let sender = cable.sender(port);
        send(&sender, 3_000);
        let goes_on = std::thread::spawn(move || send(&sender, 20_000));
        capture.signal(signal);
        let ended = capture.end();
        goes_on.join().unwrap();
        assert_eq!(ended.code, Some(0), "{signal}: {:?}", ended.said);
        ended.balances();
        assert!(ended.count("captured") >= 3_000, "{signal}: {:?}", ended.said);
        assert_eq!(ended.count("dropped by the kernel"), 0, "{signal}: {:?}", ended.said);
        assert_eq!(ended.count("written"), ended.count("captured"));
        assert_eq!(packets(&file), ended.count("written"));
    }
}

/// I12: what was handed over is in the file, which ends with a whole record.
#[test]
fn nothing_can_be_done_against_kill_and_little_is_lost() {
    let Some(cable) = Cable::lay() else { return };
    let file = place("killed.pcapng");
    let capture = cable.capture(&[FAR, "udp port 4010", "--packet-buffered", "-w", file.to_str().unwrap()]);
    send(&cable.sender(4_010), 500);
    let begun = Instant::now();
    while file.metadata().map_or(0, |file| file.len()) < 500 * 240 {
        assert!(begun.elapsed() < HANG, "the packets do not come");
        std::thread::sleep(Duration::from_millis(20));
    }
    capture.signal("KILL");
    assert_eq!(capture.end().code, None);
    assert_eq!(packets(&file), 500);
}

/// I13: the counters are told, and it goes on.
#[test]
fn counters_are_told_when_they_are_asked_for() {
    let Some(cable) = Cable::lay() else { return };
    let mut capture = cable.capture(&[FAR, "udp port 4020", "-q"]);
    let sender = cable.sender(4_020);
    send(&sender, 7);
    std::thread::sleep(Duration::from_millis(300));
    capture.signal("USR1");
    capture.wait_for("7 packets received, 7 captured");
    send(&sender, 5);
    let ended = capture.interrupt();
    assert_eq!((ended.code, ended.count("captured")), (Some(0), 12), "{:?}", ended.said);
}

/// I14, J09, J10: who stands still loses packets, counts them, says so while it goes on, and fails if that was asked for.
#[test]
fn packets_that_are_lost_are_counted_and_told() {
    let Some(cable) = Cable::lay() else { return };
    let file = place("stopped.pcapng");
    let args = [FAR, "udp port 4030", "-B", "1", "--strict", "-w", file.to_str().unwrap()];
    let mut capture = cable.capture(&args);
    let sender = cable.sender(4_030);
    capture.signal("STOP");
    send(&sender, 15_000);
    capture.signal("CONT");
    capture.wait_for("packets are being lost: ");
    send(&sender, 9);
    let ended = capture.interrupt();
    assert_eq!(ended.code, Some(6), "{:?}", ended.said);
    ended.balances();
    assert_eq!(ended.count("packets received"), 15_009, "{:?}", ended.said);
    assert!(ended.count("dropped by the kernel") > 5_000, "{:?}", ended.said);
    assert_eq!(packets(&file), ended.count("captured"));
}

/// J13: nothing comes, and it ends at once. The row asks for 200 ms; a test cannot ask a busy machine for more than a second.
#[test]
fn an_idle_capture_ends_at_once() {
    let Some(cable) = Cable::lay() else { return };
    let capture = cable.capture(&[FAR, "udp port 4040"]);
    std::thread::sleep(Duration::from_millis(300));
    let ended = capture.interrupt();
    assert_eq!((ended.code, ended.count("captured")), (Some(0), 0), "{:?}", ended.said);
    assert!(ended.took < Duration::from_secs(1), "{:?}", ended.took);
}
