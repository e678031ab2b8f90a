//! Each row of the table in docs/tcp-analysis.md, section 3.1, on segments made by hand. What is expected is what
//! tshark 4.0.17 says of the same segments.

use std::fmt::Write as _;

use netdissect_dissectors::Timestamp;
use netdissect_dissectors::Value;
use netdissect_dissectors::facts::Scale;
use netdissect_dissectors::transport::tcp::{self, Flags, Options, options};

use super::{Around, Wireshark};
use crate::flow::key::Side;
use crate::flow::tcp::Segment;

/// Initial numbers of client and server.
const BASE: [u32; 2] = [1_000, 5_000];

/// A conversation as lines of `side flags seq/ack/len`, then what differs from the usual: `+20` milliseconds since the
/// line before (10), `w=0` window (5000), `sack=1-11`, `cookie`, `another` for a first number that is new. Frames
/// count from 1.
struct Talk {
    wireshark: Wireshark,
    scale: Scale,
    millis: u64,
    frame: u64,
}

impl Talk {
    fn new() -> Self {
        Self { wireshark: Wireshark::default(), scale: Scale::None, millis: 0, frame: 0 }
    }

    /// After a handshake in frames 1 to 3, at 0, 10 and 20 ms.
    fn open() -> Self {
        let mut talk = Self::new();
        for line in ["C S 0/0/0 +0", "S SA 0/1/0", "C A 1/1/0"] {
            talk.say(line);
        }
        talk
    }

    /// What is said of the last of these lines, without `initial_rtt` and what bytes are in flight.
    fn last(&mut self, lines: &[&str]) -> String {
        lines.iter().map(|line| self.say(line)).last().unwrap_or_default()
    }

    fn say(&mut self, line: &str) -> String {
        self.tell(line, |name| {
            !matches!(name, "initial_rtt" | "bytes_in_flight" | "push_bytes_sent" | "flags")
        })
    }

    /// Names and values under `tcp.analysis` that `wanted` lets through.
    fn tell(&mut self, line: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut words = line.split_whitespace();
        let from = if words.next() == Some("C") { Side::Low } else { Side::High };
        let flags = words.next().unwrap().chars().fold(0, |bits, flag| {
            bits | match flag {
                'F' => Flags::FIN.0,
                'S' => Flags::SYN.0,
                'R' => Flags::RST.0,
                'P' => Flags::PSH.0,
                _ => Flags::ACK.0,
            }
        });
        let numbers: Vec<i64> = words.next().unwrap().split('/').map(|n| n.parse().unwrap()).collect();
        let raw = |side: Side, relative: i64| BASE[side.index()].wrapping_add_signed(relative as i32);
        let (mut window, mut wait, mut is_another) = (5_000, 10, false);
        let mut found = Options::default();
        for word in words {
            match word.split_once('=') {
                Some(("w", number)) => window = number.parse().unwrap(),
                Some((_, block)) => {
                    let (left, right) = block.split_once('-').unwrap();
                    let mut bytes = vec![5, 10];
                    for edge in [left, right] {
                        bytes.extend(raw(from.other(), edge.parse().unwrap()).to_be_bytes());
                    }
                    found = options(&bytes);
                }
                None if word == "cookie" => found.fast_open = true,
                None if word == "another" => is_another = true,
                None => wait = word.trim_start_matches('+').parse().unwrap(),
            }
        }
        self.millis += wait;
        self.frame += 1;
        let flags = Flags(flags);
        let ack = if flags.contains(Flags::ACK) { raw(from.other(), numbers[1]) } else { 0 };
        let segment = Segment {
            frame: self.frame,
            time: Timestamp::new(0, self.millis * 1_000_000),
            from,
            seq: raw(from, numbers[0]),
            ack,
            flags,
            window,
            len: numbers[2] as u32,
            payload: &[],
            options: found,
            ip_id: None,
            ecn: 0,
            hop_limit: 64,
        };
        let around = Around {
            receiver_scale: self.scale,
            acknowledged: ack.wrapping_sub(BASE[from.other().index()]),
            is_another,
        };
        let (analysis, _) = self.wireshark.judge(&segment, around);
        let mut told = String::new();
        tcp::analysis(&analysis, |field, value| {
            let name = field.abbrev.rsplit('.').next().unwrap();
            if wanted(name) {
                let _ = match value {
                    Value::Uint(number) => write!(told, " {name}={number}"),
                    Value::Duration(nanos) => write!(told, " {name}={}ms", nanos / 1_000_000),
                    _ => write!(told, " {name}"),
                };
            }
            Some(())
        });
        told.trim_start().to_owned()
    }
}

#[test]
fn a_closed_window_its_probe_and_the_answer() {
    let mut talk = Talk::open();
    assert_eq!(talk.say("S A 1/1/0 w=0"), "zero_window");
    assert_eq!(talk.say("C A 1/1/1"), "zero_window_probe");
    assert_eq!(talk.say("S A 1/1/0 w=0"), "zero_window zero_window_probe_ack");
    // Asked again from one below: Linux does so, and 4.0 takes it for a keep-alive.
    assert_eq!(talk.say("C A 0/1/0"), "keep_alive");
    assert_eq!(talk.say("S A 1/1/0 w=9000"), "window_update");
    // The probe did not advance anything: its byte is no copy.
    assert_eq!(talk.say("C A 1/1/100"), "");
    assert_eq!(Talk::open().say("S AR 1/1/0 w=0"), "");
}

#[test]
fn a_hole_shows_on_any_segment_but_a_reset() {
    assert_eq!(Talk::open().say("C A 101/1/10"), "lost_segment");
    assert_eq!(Talk::open().say("C A 101/1/0"), "lost_segment");
    assert_eq!(Talk::open().say("C AR 101/1/0"), "");
    assert_eq!(Talk::new().say("C A 101/1/10"), "");
}

#[test]
fn a_keep_alive_is_known_by_its_number_alone() {
    let mut talk = Talk::open();
    assert_eq!(talk.last(&["C A 1/1/100", "C A 100/1/1"]), "keep_alive");
    let mut talk = Talk::open();
    assert_eq!(talk.last(&["C A 0/1/0", "S A 1/1/0"]), "keep_alive_ack");
    // Not with a window other than before.
    let mut talk = Talk::open();
    assert_eq!(talk.last(&["S A 1/1/0", "C A 0/1/0", "S A 1/1/0 w=4000"]), "window_update");
}

#[test]
fn a_window_update_may_make_the_window_smaller() {
    let mut talk = Talk::open();
    assert_eq!(talk.say("C A 1/1/0 w=4000"), "window_update");
    assert_eq!(talk.say("C A 1/1/0 w=4000"), "duplicate_ack duplicate_ack_num=1 duplicate_ack_frame=3");
}

#[test]
fn a_window_is_full_where_its_scale_is_known() {
    for (scale, full) in
        [(Scale::None, true), (Scale::Shift(0), true), (Scale::Shift(2), false), (Scale::Unknown, false)]
    {
        let mut talk = Talk::open();
        talk.scale = scale;
        let said = talk.last(&["C A 1/1/1000", "S A 1/1001/0 w=2000", "C A 1001/1/1000", "C A 2001/1/1000"]);
        assert_eq!(said == "window_full", full, "{scale:?}");
    }
    let mut talk = Talk::open();
    talk.scale = Scale::Shift(2);
    // The window of a SYN is never scaled.
    assert_eq!(talk.say("C A 1/1/5000"), "window_full");
    assert_eq!(talk.last(&["S A 1/5001/0 w=250", "C A 5001/1/1000"]), "window_full");
}

#[test]
fn duplicates_are_counted_from_the_acknowledgment_that_they_repeat() {
    let mut talk = Talk::open();
    talk.last(&["C A 1/1/100", "S A 1/101/0"]);
    assert_eq!(talk.say("S A 1/101/0"), "duplicate_ack duplicate_ack_num=1 duplicate_ack_frame=5");
    assert_eq!(talk.say("S A 1/101/0"), "duplicate_ack duplicate_ack_num=2 duplicate_ack_frame=5");
    assert_eq!(talk.say("S AF 1/101/0"), "");
}

#[test]
fn what_was_not_captured_is_acknowledged_once() {
    let mut talk = Talk::open();
    talk.say("C A 1/1/100");
    assert_eq!(talk.say("S A 1/201/0"), "ack_lost_segment");
    assert_eq!(talk.say("S A 1/301/0"), "");
    assert_eq!(talk.say("C A 301/1/100"), "lost_segment");
    // Below what is captured by now, although nothing is there.
    assert_eq!(talk.say("S A 1/401/0"), "acks_frame=7 ack_rtt=10ms ack_lost_segment");
    assert_eq!(talk.say("S A 1/501/0"), "");
    // The client has heard something: told again.
    assert_eq!(talk.last(&["S A 1/501/10", "C A 501/11/0", "S A 11/601/0"]), "ack_lost_segment");
    // A hole that is filled counts with all that lies behind it.
    let mut talk = Talk::open();
    assert_eq!(talk.last(&["C A 101/1/100", "C A 1/1/100", "S A 1/201/0"]), "acks_frame=4 ack_rtt=20ms");
}

#[test]
fn a_copy_of_what_was_acknowledged_is_needless() {
    let mut talk = Talk::open();
    talk.last(&["C A 1/1/100", "S A 1/101/0"]);
    assert_eq!(talk.say("C A 1/1/100"), "retransmission spurious_retransmission");
    assert_eq!(talk.say("C A 1/1/50"), "retransmission spurious_retransmission");
}

#[test]
fn a_fast_retransmission_follows_two_duplicates_within_20_ms() {
    let begin =
        ["C A 1/1/100", "C A 101/1/100", "C A 201/1/100", "S A 1/101/0", "S A 1/101/0", "S A 1/101/0"];
    for (copy, said) in [
        ("C A 101/1/100 +19", "retransmission fast_retransmission"),
        ("C A 101/1/100 +20", "retransmission rto=60ms rto_frame=5"),
        ("C A 201/1/100 +19", "retransmission rto=59ms rto_frame=5"),
    ] {
        let mut talk = Talk::open();
        talk.last(&begin);
        assert_eq!(talk.say(copy), said, "{copy}");
    }
}

#[test]
fn out_of_order_is_what_comes_sooner_than_a_round_trip() {
    // The initial round trip is 20 ms; the clock starts at the highest segment.
    for (late, said) in [("+19", "out_of_order"), ("+20", "retransmission rto=20ms rto_frame=4")] {
        let mut talk = Talk::open();
        assert_eq!(talk.last(&["C A 101/1/100", &format!("C A 1/1/100 {late}")]), said);
    }
    // What ends with the highest segment never is.
    assert_eq!(Talk::open().last(&["C A 1/1/100", "C A 1/1/100 +1"]), "retransmission rto=1ms rto_frame=4");
    // Without a handshake it takes less than 3 ms.
    for (late, said) in [("+2", "out_of_order"), ("+3", "retransmission rto=3ms rto_frame=1")] {
        assert_eq!(Talk::new().last(&["C A 101/1/100 +0", &format!("C A 1/1/100 {late}")]), said);
    }
}

#[test]
fn a_time_out_is_reckoned_from_the_eldest_segment() {
    let mut talk = Talk::open();
    let said = talk.last(&["C A 1/1/100", "C A 101/1/100", "S A 1/101/0", "C A 101/1/100 +300"]);
    assert_eq!(said, "retransmission rto=310ms rto_frame=5");
    assert_eq!(Talk::new().last(&["C S 0/0/0", "C S 0/0/0 +1000"]), "retransmission rto=1000ms rto_frame=1");
}

#[test]
fn ports_are_used_again_by_a_syn_with_another_number() {
    assert_eq!(Talk::new().say("C S 0/0/0 another"), "reused_ports");
}

#[test]
fn bytes_in_flight_without_what_was_selectively_acknowledged() {
    let flight = |name: &str| matches!(name, "bytes_in_flight" | "push_bytes_sent");
    let mut talk = Talk::open();
    assert_eq!(talk.tell("C A 1/1/100", flight), "bytes_in_flight=100 push_bytes_sent=100");
    assert_eq!(talk.tell("C AP 101/1/100", flight), "bytes_in_flight=200 push_bytes_sent=200");
    talk.say("S A 1/51/0 sack=101-201");
    assert_eq!(talk.tell("C A 201/1/100", flight), "bytes_in_flight=150 push_bytes_sent=100");
    // Behind a hole nobody knows, until the other end is heard.
    assert_eq!(talk.tell("C A 401/1/100", flight), "");
    talk.say("S A 1/51/0");
    assert_eq!(talk.tell("C A 501/1/100", flight), "bytes_in_flight=550 push_bytes_sent=200");
}

#[test]
fn round_trips_are_those_of_the_first_copy() {
    let mut talk = Talk::open();
    let said = talk.last(&["C A 1/1/100", "C A 1/1/100 +500", "S A 1/101/0 +30"]);
    assert_eq!(said, "acks_frame=4 ack_rtt=530ms");
    // From any SYN to any segment that acknowledges and is none.
    let mut talk = Talk::new();
    talk.last(&["C S 0/0/0", "C S 0/0/0 +1000", "S SA 0/1/0 +40"]);
    assert_eq!(talk.tell("S A 1/1/5 +60", |name| name == "initial_rtt"), "initial_rtt=100ms");
}

#[test]
fn fast_open_is_not_noteworthy() {
    let told = |line: &str| Talk::new().tell(line, |name| name != "initial_rtt");
    assert_eq!(told("C S 0/0/0 cookie"), "tfo_syn");
    let mut talk = Talk::new();
    assert_eq!(talk.last(&["C S 0/0/10 cookie", "S SA 0/11/0"]), "acks_frame=1 ack_rtt=10ms tfo_ack");
    let mut talk = Talk::new();
    assert_eq!(talk.last(&["C S 0/0/10 cookie", "S SA 0/1/0"]), "tfo_ignored");
    assert_eq!(Talk::new().last(&["C S 0/0/0 cookie", "S SA 0/1/0"]), "acks_frame=1 ack_rtt=10ms");
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut talk = Talk::open();
    for at in 0..2 * super::MAX_UNACKED as i64 {
        talk.say(&format!("C A {}/1/1", 1 + at));
    }
    assert!(
        talk.wireshark.directions.0.iter().all(|direction| direction.unacked.len() <= super::MAX_UNACKED)
    );
}
