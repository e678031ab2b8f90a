//! Floods against those who keep state (sections 3.E and 3.F of docs/faults.md), on a small scale: memory does not grow with
//! the flood, what was established goes on, and what was let go is told. `scripts/growth.py` measures the large scale.
//!
//! Memory is what the run allocated at its height, and work the bytes that it allocated in all: both are the same in
//! every run, as no clock is.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;

use allocation_counter::{AllocationInfo, measure};
use netdissect::flow::key::Side;
use netdissect::flow::table::Flow;
use netdissect::limits::{Bound, Hits, Limits};
use netdissect::pipeline::{Keep, Part, Pipeline, Sink, StreamPart, Totals};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::wire::{CLIENT, Manner, Talk, Wire};

/// Ports of connections whose fate matters; those of a flood lie below.
const GOOD: std::ops::Range<u16> = 50_000..50_020;

/// What a run came to.
#[derive(Default)]
struct Seen {
    /// Packets of each flow of a good port that was not let go.
    good: BTreeMap<u16, Vec<u64>>,
    /// Flows that were let go.
    evicted: u64,
    /// Bytes given out, and missing, of all streams.
    delivered: u64,
    missing: u64,
    /// Bytes that came when they were missing already.
    late: u64,
    /// Datagrams rebuilt.
    rebuilt: u64,
    flows: u64,
    hits: Hits,
}

impl Sink for Seen {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.rebuilt += packet.parts.facts.datagrams.iter().filter(|row| row.1.len > 0).count() as u64;
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        let port = flow.tcp.pair.end(flow.tcp.client()).port;
        self.evicted += u64::from(flow.evicted);
        if GOOD.contains(&port) && !flow.evicted {
            let packets = Side::both().map(|side| flow.tcp.half(side).packets);
            self.good.entry(port).or_default().push(packets.iter().sum());
        }
        for side in Side::both() {
            let stream = &flow.tcp.half(side).stream;
            self.missing += stream.missing();
            self.late += stream.after_gap();
        }
        Ok(())
    }

    fn stream(&mut self, _flow: &Flow, part: &StreamPart<'_>) -> io::Result<()> {
        if let Part::Bytes(bytes) = part.part {
            self.delivered += bytes.len() as u64;
        }
        Ok(())
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        (self.flows, self.hits) = (totals.tcp_flows, totals.hits);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

fn play(wire: &Wire, limits: Limits) -> (Seen, AllocationInfo) {
    let mut seen = Seen::default();
    let registry = Registry::builtin();
    let cost = measure(|| {
        let keep = Keep { payload: true, ..Keep::default() };
        wire.play(Pipeline::new(registry, limits, keep), &mut seen);
    });
    (seen, cost)
}

/// Memory at the height of a run must not be more than this of a run over a quarter of the flood.
#[track_caller]
fn flat(name: &str, costs: &[AllocationInfo]) {
    let [few, many] = costs else { panic!("not two runs") };
    let room = few.bytes_max + few.bytes_max / 10;
    assert!(many.bytes_max <= room, "{name}: {} bytes, then {}", few.bytes_max, many.bytes_max);
}

fn good(port: u16) -> Talk {
    Talk { port, isn: 1_000 }
}

/// The good connections open, or each goes on by ten bytes behind `turn` times ten.
fn good_ones(wire: &mut Wire, turn: Option<u32>) {
    wire.client = CLIENT;
    for port in GOOD {
        match turn {
            None => wire.handshake(good(port)),
            Some(turn) => wire.data(good(port), 1 + 10 * turn, b"0123456789", Manner::default()),
        }
    }
}

#[test]
fn a_flood_of_syns_costs_no_memory_and_no_connection() {
    const KEPT: usize = 500;
    const TURNS: u32 = 10;
    let limits = Limits { flows: KEPT, ..Limits::default() };
    let costs = [4_000_u32, 16_000].map(|count| {
        let mut wire = Wire::default();
        good_ones(&mut wire, None);
        for nth in 0..count {
            let [_, a, b, c] = nth.wrapping_mul(0x9e37_79b9).to_be_bytes();
            wire.client = [11 + (nth % 100) as u8, a, b, c];
            wire.syn(Talk { port: 1_024 + (nth % 40_000) as u16, isn: nth }, &[]);
            if (nth + 1).is_multiple_of(count / TURNS) {
                good_ones(&mut wire, Some(nth / (count / TURNS)));
            }
        }
        let (seen, cost) = play(&wire, limits);
        let all = u64::from(count) + GOOD.len() as u64;
        assert_eq!(seen.flows, all);
        assert_eq!((seen.hits.of(Bound::Flows), seen.evicted), (all - KEPT as u64, all - KEPT as u64));
        for port in GOOD {
            assert_eq!(seen.good[&port], [3 + u64::from(TURNS)], "the connection of port {port}");
        }
        assert_eq!(seen.delivered, GOOD.len() as u64 * u64::from(TURNS) * 10);
        cost
    });
    flat("SYNs", &costs);
}

/// The same two ends in ever other tunnels: what is looked at for each packet is bounded (row F21).
#[test]
fn a_flood_of_tunnels_costs_no_memory_and_no_connection() {
    const KEPT: u64 = 256;
    let outer = |nth: u32, inner: &[u8]| {
        let len = (20 + inner.len()) as u16;
        let mut packet = [&[0x45, 0][..], &len.to_be_bytes(), &[0, 0, 0, 0, 64, 4, 0, 0]].concat();
        packet.extend((0x0b00_0000 + nth).to_be_bytes());
        packet.extend([192, 0, 2, 80]);
        packet.extend(inner);
        packet
    };
    let costs = [2_000_u32, 8_000].map(|count| {
        let mut wire = Wire::default();
        let talk = good(50_000);
        wire.handshake(talk);
        wire.syn(talk, &[]);
        let syn = wire.frames.pop().unwrap().bytes;
        for nth in 0..count {
            wire.push(outer(nth, &syn), 0);
        }
        wire.data(talk, 1, b"0123456789", Manner::default());
        let (seen, cost) = play(&wire, Limits::default());
        let all = 1 + u64::from(count);
        assert_eq!(seen.flows, all);
        assert_eq!((seen.hits.of(Bound::Flows), seen.evicted), (all - KEPT, all - KEPT));
        assert!(seen.good[&50_000].contains(&4), "the connection outside of all tunnels is not what it was");
        cost
    });
    flat("tunnels", &costs);
}

#[test]
fn a_flood_of_first_pieces_costs_no_memory_and_no_datagram() {
    const KEPT: usize = 256;
    let limits = Limits { datagrams: KEPT, datagram_bytes: 1 << 20, ..Limits::default() };
    let costs = [6_000_u32, 24_000].map(|count| {
        let mut wire = Wire::default();
        for nth in 0..count {
            wire.client = [11, 0, (nth >> 16) as u8, 1];
            wire.v4((nth & 0xffff) as u16, 17, 0, true, &[b'x'; 64]);
            if nth % 100 == 99 {
                wire.client = CLIENT;
                wire.v4(nth as u16, 17, 0, true, &[b'a'; 64]);
                wire.v4(nth as u16, 17, 64, false, &[b'b'; 64]);
            }
        }
        let (seen, cost) = play(&wire, limits);
        assert_eq!(seen.rebuilt, u64::from(count) / 100);
        // Each that came with others in its place, and the good ones, which took a place for a moment.
        let crowded_out = seen.hits.of(Bound::Datagrams) + seen.hits.of(Bound::DatagramBytes);
        assert!(crowded_out >= u64::from(count) - KEPT as u64, "{crowded_out} of {count} told");
        cost
    });
    flat("first pieces", &costs);
}

#[test]
fn bytes_in_reverse_are_put_in_order_and_bounded() {
    let reverse = |count: u32| {
        let mut wire = Wire::default();
        wire.handshake(good(50_000));
        for at in (0..count).rev() {
            wire.data(good(50_000), 1 + at, &[b'a' + (at % 26) as u8], Manner::default());
        }
        play(&wire, Limits::default())
    };
    let (few, small) = reverse(1_500);
    let (many, large) = reverse(3_000);
    assert_eq!((few.delivered, many.delivered), (1_500, 3_000));
    assert_eq!((few.missing, many.missing), (0, 0));
    // Work, without that of a run over nothing.
    let nothing = play(&Wire::default(), Limits::default()).1.bytes_total;
    let (small, large) = (small.bytes_total - nothing, large.bytes_total - nothing);
    assert!(large * 2 <= small * 5, "twice as many take {large} bytes, not {small}");
    // Beyond the bound the hole in front is given up, and nothing is lost in silence.
    let (over, _) = reverse(4_000);
    assert!(over.hits.of(Bound::StreamSegments) > 0);
    assert_eq!(over.delivered + over.missing, 4_000);
    assert_eq!(over.late, over.missing, "what was given up came later");
}

#[test]
fn gaps_in_many_streams_together_have_a_bound() {
    const BYTES: usize = 1 << 20;
    const EACH: u32 = 64 << 10;
    let limits = Limits { all_stream_bytes: BYTES, ..Limits::default() };
    let costs = [40_u16, 160].map(|count| {
        let mut wire = Wire::default();
        good_ones(&mut wire, None);
        let data = vec![b'x'; 16 << 10];
        for port in (1_024..).take(count.into()) {
            wire.handshake(good(port));
            for at in (2..EACH).step_by(data.len()) {
                wire.data(good(port), at, &data, Manner::default());
            }
        }
        good_ones(&mut wire, Some(0));
        let (seen, cost) = play(&wire, limits);
        assert!(seen.hits.of(Bound::AllStreamBytes) > 0);
        for port in GOOD {
            assert_eq!(seen.good[&port], [4]);
        }
        // Each lacks its first byte and no other.
        assert_eq!(seen.missing, u64::from(count));
        assert_eq!(seen.delivered, GOOD.len() as u64 * 10 + u64::from(count) * u64::from(EACH));
        // All that waits, and room for what every flow takes by itself.
        assert!(cost.bytes_max < (BYTES + BYTES / 2 + 4_096 * (count as usize + 20) + (2 << 20)) as u64);
        cost
    });
    assert!(costs[1].bytes_max < costs[0].bytes_max * 2, "{costs:?}");
}

#[test]
fn f18_ten_mebibytes_without_an_acknowledgment_are_handed_on_at_once() {
    const LEN: u32 = 10 << 20;
    let data = vec![b'x'; 1_460];
    let mut wire = Wire::default();
    wire.handshake(good(50_000));
    for at in (0..LEN).step_by(data.len()) {
        let piece = &data[..data.len().min((LEN - at) as usize)];
        wire.data(good(50_000), 1 + at, piece, Manner::default());
    }
    let (seen, cost) = play(&wire, Limits::default());
    assert_eq!((seen.delivered, seen.missing), (u64::from(LEN), 0));
    assert!(cost.bytes_max < 4 << 20, "{} bytes", cost.bytes_max);
}
