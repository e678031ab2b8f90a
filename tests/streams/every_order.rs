//! What must hold for every order in which segments can come, for every first sequence number, and for every way of
//! reading the same capture.

use std::io;
use std::ops::ControlFlow;

use netdissect::flow::stream::GapKind;
use netdissect::flow::table::Flow;
use netdissect::limits::{Bound, Limits};
use netdissect::pipeline::{Keep, Part, Pipeline, Sink, StreamPart, Totals};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;
use proptest::prelude::*;

use super::common::{run, run_fed, sample_names, samples};
use super::wire::{Manner, Talk, Wire};

/// The clients' streams as they were given out, by port, and what was counted.
#[derive(Default)]
struct Streams {
    bytes: std::collections::BTreeMap<u16, Vec<u8>>,
    gaps: Vec<(u16, u64, GapKind)>,
    missing: u64,
    conflicts: u64,
    trimmed: u64,
    most: usize,
}

fn port(flow: &Flow) -> u16 {
    flow.tcp.pair.end(flow.tcp.client()).port
}

impl Sink for Streams {
    fn packet(&mut self, _packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        let stream = &flow.tcp.half(flow.tcp.client()).stream;
        self.missing += stream.missing();
        self.most = self.most.max(stream.waiting_bytes());
        self.conflicts += flow.kept.conflicts.as_ref().map_or(0, |conflicts| conflicts.count());
        Ok(())
    }

    fn stream(&mut self, flow: &Flow, part: &StreamPart<'_>) -> io::Result<()> {
        assert_eq!(part.side, flow.tcp.client());
        match part.part {
            Part::Bytes(bytes) => self.bytes.entry(port(flow)).or_default().extend_from_slice(bytes),
            Part::Gap(gap) => self.gaps.push((port(flow), gap.len, gap.kind)),
        }
        Ok(())
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        self.trimmed = totals.hits.of(Bound::AllStreamBytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

fn play(wire: &Wire, limits: Limits) -> Streams {
    let keep = Keep { payload: true, delivered: true, ..Keep::default() };
    let mut streams = Streams::default();
    wire.play(Pipeline::new(Registry::builtin(), limits, keep), &mut streams);
    streams
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for i in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(i, (state >> 33) as usize % (i + 1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_split_order_and_duplication_of_segments_delivers_the_same_bytes(
        text in proptest::collection::vec(any::<u8>(), 1..400),
        cuts in proptest::collection::vec((0usize..400, 1usize..90), 0..30),
        isn: u32,
        seed: u64,
    ) {
        let mut segments: Vec<(usize, usize)> = cuts
            .into_iter()
            .map(|(at, len)| (at % text.len(), len))
            .map(|(at, len)| (at, (at + len).min(text.len())))
            .chain((0..text.len()).step_by(60).map(|at| (at, (at + 60).min(text.len()))))
            .collect();
        shuffle(&mut segments, seed);
        let (mut wire, talk) = (Wire::default(), Talk { port: 50_000, isn });
        wire.handshake(talk);
        for &(from, to) in &segments {
            wire.data(talk, 1 + from as u32, &text[from..to], Manner::default());
        }
        let streams = play(&wire, Limits::default());
        prop_assert_eq!(streams.bytes.get(&50_000), Some(&text));
        prop_assert_eq!((streams.missing, streams.conflicts, streams.gaps.len()), (0, 0, 0));
    }
}

#[test]
fn the_sequence_space_may_wrap_at_every_position() {
    let text: Vec<u8> = (0..40).collect();
    let mut wire = Wire::default();
    for before in 0..44_u16 {
        let talk = Talk { port: 40_000 + before, isn: 0_u32.wrapping_sub(before.into()) };
        wire.handshake(talk);
        for at in [0, 20, 10, 30, 10] {
            wire.data(talk, 1 + at as u32, &text[at..at + 10], Manner::default());
        }
        wire.ack(talk, 41);
    }
    let streams = play(&wire, Limits::default());
    assert_eq!(streams.bytes.len(), 44);
    for (port, bytes) in &streams.bytes {
        assert_eq!(bytes, &text, "{} before the end of the sequence space", port - 40_000);
    }
    assert_eq!((streams.missing, streams.conflicts), (0, 0));
}

#[test]
fn all_streams_together_have_a_bound_and_the_longest_silent_gives_up_first() {
    let limits = Limits { all_stream_bytes: 64 << 10, ..Limits::default() };
    let mut wire = Wire::default();
    for flow in 0..40 {
        let talk = Talk { port: 40_000 + flow, isn: 7 };
        wire.handshake(talk);
        wire.data(talk, 1, b"head", Manner::default());
        for at in 0..4 {
            wire.data(talk, 1_005 + at * 1_000, &[b'x'; 1_000], Manner::default());
        }
    }
    let streams = play(&wire, limits);
    assert!(streams.trimmed > 0);
    let limited: Vec<u16> =
        streams.gaps.iter().filter(|gap| gap.2 == GapKind::Limit).map(|gap| gap.0).collect();
    let oldest: Vec<u16> = (40_000..40_000 + limited.len() as u16).collect();
    assert_eq!(limited, oldest, "not those that were silent longest");
    assert!(limited.len() < 40, "all gave up");
    assert_eq!(streams.gaps.len(), 40);
    // Nothing that was captured is lost: it is only known that a hole is in front of it.
    assert!(streams.bytes.values().all(|bytes| bytes.len() == 4_004));
}

#[test]
fn data_far_beyond_the_window_is_counted_and_not_kept() {
    let (mut wire, talk) = (Wire::default(), Talk { port: 50_000, isn: 7 });
    wire.handshake(talk);
    wire.data(talk, 1, b"AAAA", Manner::default());
    wire.data(talk, (2 << 20) + 1, b"far", Manner::default());
    let file = wire.save("far");
    let all = super::records(&["read", &file, "--follow-tcp", "-T", "jsonl"]);
    assert_eq!(super::only(&all, "flow")["nd.tcp.bytes_outside.client"], "3");
}

#[test]
fn the_same_capture_twice_or_through_a_pipe_gives_identical_output() {
    let modes: [&[&str]; 5] = [
        &["--follow-tcp", "-T", "jsonl"],
        &["--follow-tcp", "--data", "hex"],
        &["--trust"],
        &["--trust", "-T", "jsonl"],
        &["--fragments"],
    ];
    for name in sample_names().iter().filter(|name| name.contains("tcp") || name.contains("frag")) {
        let bytes = std::fs::read(samples().join(name)).unwrap();
        for mode in modes {
            let args: Vec<&str> = ["read", name].into_iter().chain(mode.iter().copied()).collect();
            let first = run(&args);
            assert_eq!(run(&args), first, "{name} {mode:?} again");
            let piped: Vec<&str> = ["read", "-"].into_iter().chain(mode.iter().copied()).collect();
            let pieces: Vec<Vec<u8>> = bytes.chunks(1_000).map(<[u8]>::to_vec).collect();
            assert_eq!(run_fed(&piped, pieces).out, first.out, "{name} {mode:?} through a pipe");
        }
    }
}
