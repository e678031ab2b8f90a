//! An input without end: what was silent is let go, live only (section 4 of docs/faults.md, L01 to L04).

use std::io;
use std::ops::ControlFlow;

use etherparse::PacketBuilder;
use netdissect::flow::table::{Extras, Flow};
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

/// Flows that are over, and how many came with one packet at most.
#[derive(Default)]
struct Over {
    verdicts: Vec<(u32, &'static str)>,
    before: usize,
    at_once: usize,
}

impl Sink for Over {
    fn packet(&mut self, _packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.at_once = self.at_once.max(self.verdicts.len() - self.before);
        self.before = self.verdicts.len();
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        self.verdicts.push((flow.number.stream, flow.tcp.verdict().name()));
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

/// A pipeline and its clock.
struct Play {
    pipeline: Pipeline,
    over: Over,
    frames: u64,
}

impl Play {
    fn live(keep: Keep) -> Self {
        let pipeline = Pipeline::new(Registry::builtin(), Limits::default(), keep).without_end();
        Self { pipeline, over: Over::default(), frames: 0 }
    }

    fn file() -> Self {
        let pipeline = Pipeline::new(Registry::builtin(), Limits::default(), Keep::default());
        Self { pipeline, over: Over::default(), frames: 0 }
    }

    fn frame(&mut self, millis: i64, bytes: &[u8]) {
        self.frames += 1;
        let frame = Frame {
            number: self.frames,
            time: Timestamp { secs: 1_700_000_000, nanos: 0 }.plus_nanos(millis * 1_000_000),
            link: LinkType::ETHERNET,
            wire_len: u32::try_from(bytes.len()).unwrap(),
            data: bytes,
            origin: None,
        };
        let _ = self.pipeline.frame(&frame, &mut self.over).unwrap();
    }

    /// A datagram between two ports.
    fn udp(&mut self, millis: i64, port: u16) {
        let mut bytes = Vec::new();
        ipv4(port, true).udp(port, 9).write_to_vec(&mut bytes, b"x").unwrap();
        self.frame(millis, &bytes);
    }

    /// A segment of the connection `port`; numbers count what the end sent before.
    fn tcp(&mut self, millis: i64, port: u16, from_client: bool, flags: &str, (seq, ack): (u32, u32)) {
        let (from, to) = if from_client { (port, 80) } else { (80, port) };
        let mut builder = ipv4(port, from_client).tcp(from, to, 1_000 + seq, 65_000);
        if flags.contains('S') {
            builder = builder.syn();
        }
        if flags.contains('F') {
            builder = builder.fin();
        }
        if flags.contains('A') {
            builder = builder.ack(1_000 + ack);
        }
        let mut bytes = Vec::new();
        builder.write_to_vec(&mut bytes, &[]).unwrap();
        self.frame(millis, &bytes);
    }

    fn open(&mut self, millis: i64, port: u16) {
        self.tcp(millis, port, true, "S", (0, 0));
        self.tcp(millis, port, false, "SA", (0, 1));
        self.tcp(millis, port, true, "A", (1, 1));
    }

    fn close(&mut self, millis: i64, port: u16) {
        self.tcp(millis, port, true, "FA", (1, 1));
        self.tcp(millis, port, false, "FA", (1, 2));
        self.tcp(millis, port, true, "A", (2, 2));
    }
}

fn ipv4(port: u16, from_client: bool) -> etherparse::PacketBuilderStep<etherparse::IpHeaders> {
    let (client, server) = ([198, 51, (port >> 8) as u8, 7], [192, 0, 2, 80]);
    let (from, to) = if from_client { (client, server) } else { (server, client) };
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]).ipv4(from, to, 64)
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

/// Ticks of a conversation that never ends, a second apart.
fn wait(play: &mut Play, from: i64, to: i64) {
    (from / SECOND..to / SECOND).for_each(|second| play.udp(second * SECOND, 1));
}

#[test]
fn silence_ends_what_is_closed_in_minutes_and_what_is_open_in_hours() {
    let mut play = Play::live(Keep::default());
    play.open(0, 5_000);
    play.close(SECOND, 5_000);
    play.open(0, 5_001);
    play.tcp(0, 5_002, true, "S", (0, 0));
    play.udp(0, 5_003);
    wait(&mut play, SECOND, 4 * MINUTE - SECOND);
    assert_eq!((play.pipeline.remembered(), play.over.verdicts.len()), (5, 0));
    wait(&mut play, 4 * MINUTE - SECOND, 4 * MINUTE + 20 * SECOND);
    assert_eq!(play.pipeline.remembered(), 2, "the open connection and what ticks");
    play.over.verdicts.sort_unstable();
    assert_eq!(play.over.verdicts, [(0, "closed-normal"), (2, "attempt-unanswered")]);
    // Whatever passes on it gives it another two hours.
    play.tcp(100 * MINUTE, 5_001, true, "A", (1, 1));
    wait(&mut play, 100 * MINUTE, 223 * MINUTE);
    assert_eq!(play.pipeline.remembered(), 2);
    wait(&mut play, 223 * MINUTE, 225 * MINUTE);
    assert_eq!(play.pipeline.remembered(), 1);
    assert_eq!(play.over.verdicts.last(), Some(&(1, "established")));
}

/// An interface on which nothing came for hours: who sends then is not forgotten for it.
#[test]
fn the_first_packet_after_a_long_silence_is_no_old_one() {
    let mut play = Play::live(Keep::default());
    play.udp(0, 1);
    play.open(200 * MINUTE, 5_000);
    play.udp(200 * MINUTE + 500, 5_001);
    wait(&mut play, 200 * MINUTE + SECOND, 203 * MINUTE);
    assert_eq!((play.pipeline.remembered(), play.over.verdicts.len()), (3, 0));
}

#[test]
fn silence_never_ends_anything_in_a_file() {
    let mut play = Play::file();
    play.open(0, 5_000);
    play.close(SECOND, 5_000);
    play.udp(0, 5_003);
    wait(&mut play, SECOND, 300 * MINUTE);
    assert_eq!((play.pipeline.remembered(), play.over.verdicts.len()), (3, 0));
}

/// L03, L01: one packet from far away, and a clock that is set back, end nothing.
#[test]
fn a_time_that_is_far_off_ends_nothing() {
    let mut play = Play::live(Keep::default());
    play.open(0, 5_000);
    play.close(0, 5_000);
    play.udp(SECOND, 1);
    play.udp(80 * 365 * 24 * 60 * MINUTE, 1);
    wait(&mut play, 2 * SECOND, 100 * SECOND);
    assert!(play.over.verdicts.is_empty());
    // Three hours back: the four minutes go on from where they were.
    let back = -180 * MINUTE;
    wait(&mut play, back, back + 2 * MINUTE);
    assert!(play.over.verdicts.is_empty());
    wait(&mut play, back + 2 * MINUTE, back + 3 * MINUTE);
    assert_eq!(play.over.verdicts.len(), 1);
    // What goes on all the while is still known.
    assert_eq!(play.pipeline.remembered(), 1);
}

/// L04: however many are due, one packet pays for few of them.
#[test]
fn many_that_are_due_go_a_few_at_a_time() {
    let mut play = Play::live(Keep::default());
    let many = 5_000;
    for port in 0..many {
        play.tcp(i64::from(port), 10_000 + port, true, "S", (0, 0));
    }
    play.udp(2 * 60 * MINUTE, 1);
    play.udp(2 * 60 * MINUTE + 1, 1);
    let mut packets = 0;
    while play.over.verdicts.len() < usize::from(many) {
        packets += 1;
        play.udp(2 * 60 * MINUTE + 2 + packets, 1);
        assert!(packets < 100, "{}", play.over.verdicts.len());
    }
    assert!(play.over.at_once <= 300, "{}", play.over.at_once);
}

/// The soak of a quarter of a day: 10 connections and 10 conversations a second, whatever is kept of them.
#[test]
fn what_is_remembered_stops_growing() {
    let extras = Extras { digests: true, zeek: true, ..Extras::default() };
    let keeps = [
        Keep::default(),
        Keep { rows: true, progress: true, extras, ..Keep::default() },
        Keep { habits: true, interval: Some(1_000_000_000), ..Keep::default() },
    ];
    for keep in keeps {
        let mut play = Play::live(keep);
        let mut sizes = Vec::new();
        for second in 0..20 * 60 {
            for number in 0..10 {
                let port = 1_024 + ((second * 10 + number) % 60_000) as u16;
                let at = second * SECOND + number * 100;
                play.open(at, port);
                play.close(at + 50, port);
                play.udp(at, port);
            }
            if second % 60 == 59 {
                sizes.push(play.pipeline.remembered());
            }
        }
        // Four minutes' worth, and ten seconds for the next look.
        let most = 2 * 10 * (240 + 20);
        assert!(sizes[5..].iter().all(|&size| size <= most && size >= 2 * 10 * 240), "{sizes:?}");
    }
}
