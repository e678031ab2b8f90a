//! Streams in segments: what is put in order is what was sent, and what is missing is told exactly.

use std::io;
use std::ops::{ControlFlow, Range};

use netdissect::flow::key::Side;
use netdissect::flow::table::Flow;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Part, Pipeline, Sink, StreamPart, Totals};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::choices::{Choices, Dice};
use super::stack::{ENDS, Head, Piece, flag, ipv4, tcp};
use super::{registry, show, shows};

/// A segment behind the handshake.
#[derive(Clone, Debug)]
struct Sent {
    from_client: bool,
    /// Which of the sender's bytes.
    range: Range<usize>,
    /// Other bytes than these.
    altered: bool,
    /// The last one of its sender.
    fin: bool,
    /// It acknowledges the peer's bytes up to here.
    acks: usize,
    /// Nanoseconds since the one before.
    after: i64,
}

/// A connection.
#[derive(Debug)]
struct Plan {
    content: [Vec<u8>; 2],
    isn: [u32; 2],
    segments: Vec<Sent>,
    altered: bool,
    shows: bool,
}

fn plan(input: &[u8]) -> Plan {
    let mut choices = Choices::new(input);
    let mut dice = Dice::new(u64::from(choices.word()) + 1);
    // Numbers wrap in one connection of four.
    let isn =
        [0, 1].map(|_| if choices.one_in(4) { u32::MAX - choices.long() % 4_096 } else { choices.long() });
    let content = [0, 1].map(|_| choices.below(3_000)).map(|len| dice.bytes(len));
    let mut segments = Vec::new();
    for (from_client, bytes) in [(true, &content[0]), (false, &content[1])] {
        let mut at = 0;
        while at < bytes.len() {
            let to = (at + 1 + dice.below(300)).min(bytes.len());
            let range = at..to;
            segments.push(Sent { from_client, range, altered: false, fin: false, acks: 0, after: 0 });
            at = to;
        }
    }
    let mut altered = false;
    for _ in 0..choices.below(12) {
        if segments.is_empty() {
            break;
        }
        let at = choices.below(segments.len());
        let to = choices.below(segments.len());
        match choices.byte() % 6 {
            0 => drop(segments.remove(at)),
            1 | 2 => segments.swap(at, to),
            3 => segments.insert(to, segments[at].clone()),
            4 => {
                // Another piece of the same stream, over the borders of others.
                let mut other = segments[at].clone();
                let len = content[usize::from(!other.from_client)].len();
                let from = choices.below(len);
                other.range = from..(from + choices.below(600)).min(len);
                segments.insert(to, other);
            }
            _ => {
                let mut other = segments[at].clone();
                other.altered = choices.one_in(2);
                altered |= other.altered;
                segments.insert(to, other);
            }
        }
    }
    for from_client in [true, false] {
        if choices.one_in(2) {
            let end = content[usize::from(!from_client)].len();
            let fin = Sent { from_client, range: end..end, altered: false, fin: true, acks: 0, after: 0 };
            let at = segments.len() - choices.below(3).min(segments.len());
            segments.insert(at, fin);
        }
    }
    let pace = choices.pick(&[1_000, 400_000, 2_000_000, 700_000_000]);
    let acks = choices.byte();
    for segment in &mut segments {
        segment.after = dice.below(2 * pace) as i64;
        if dice.below(256) < usize::from(acks) {
            segment.acks = dice.below(content[usize::from(segment.from_client)].len() + 1);
        }
    }
    Plan { content, isn, segments, altered, shows: shows(input) }
}

/// A plan of a connection.
pub fn run(input: &[u8]) {
    let plan = plan(input);
    play(&plan, Limits::default());
    // One cap after the other.
    play(&plan, Limits { stream_bytes: 700, ..Limits::default() });
    play(&plan, Limits { stream_segments: 3, ..Limits::default() });
    play(&plan, Limits { all_stream_bytes: 1_500, ..Limits::default() });
    play(&plan, Limits { all_history_bytes: 500, rows: 4, awake_flows: 1, ..Limits::default() });
}

/// Follows both streams as they are given out.
struct Follower<'a> {
    plan: &'a Plan,
    limits: Limits,
    /// For each byte of each stream the frame with which it came first.
    came: [Vec<Option<u64>>; 2],
    next: [usize; 2],
    /// Bytes given up before they came.
    given_up: [Vec<bool>; 2],
    delivered: [u64; 2],
    flows: u64,
    /// Number of the packet shown last.
    shown: u64,
}

impl Follower<'_> {
    fn side(flow: &Flow, side: Side) -> usize {
        usize::from(side != flow.tcp.client())
    }
}

impl Sink for Follower<'_> {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.shown = packet.frame.number;
        // Segments look alike; a few show how such ones look.
        if self.plan.shows && self.shown % 16 == 1 {
            show::packet(packet);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn stream(&mut self, flow: &Flow, part: &StreamPart<'_>) -> io::Result<()> {
        let side = Self::side(flow, part.side);
        let at = self.next[side];
        let waiting = flow.tcp.half(part.side).stream.waiting_bytes();
        assert!(waiting <= self.limits.stream_bytes, "{waiting} bytes wait");
        match part.part {
            Part::Bytes(bytes) => {
                let to = at + bytes.len();
                let came =
                    self.came[side].get(at..to).unwrap_or_else(|| panic!("bytes {at}..{to} of {side}"));
                assert!(came.iter().all(Option::is_some), "bytes {at}..{to} of {side} never came");
                if !self.plan.altered {
                    assert!(bytes == &self.plan.content[side][at..to], "bytes {at}..{to} of {side} differ");
                }
                self.delivered[side] += bytes.len() as u64;
                self.next[side] = to;
            }
            Part::Gap(gap) => {
                let to = at + gap.len as usize;
                // A gap may reach to the end that a FIN tells.
                let came = self.came[side].get(at..to).unwrap_or_else(|| panic!("gap {at}..{to} of {side}"));
                // Without a frame of its own it comes behind the packet shown last.
                let now = if part.frame == 0 { self.shown + 1 } else { part.frame };
                // A hole that is overdue is given up before the segment at hand is looked at (R5).
                let early = came.iter().flatten().find(|&&frame| frame < now);
                assert!(
                    early.is_none(),
                    "gap {at}..{to} of {side}, told in frame {now}: {early:?} has it; {:?}",
                    gap.kind
                );
                self.given_up[side][at..to].fill(true);
                self.next[side] = to;
            }
        }
        Ok(())
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        if self.plan.shows && self.limits.stream_bytes == Limits::default().stream_bytes {
            show::flow(&flow, registry);
        }
        self.flows += 1;
        for end in Side::both() {
            let side = Self::side(&flow, end);
            let stream = &flow.tcp.half(end).stream;
            assert_eq!(stream.delivered(), self.delivered[side], "bytes delivered of {side}");
            for (at, came) in self.came[side].iter().enumerate() {
                let told = at < self.next[side];
                assert!(came.is_none() || told, "byte {at} of {side} came and is not told of");
            }
            let missing = self.given_up[side].iter().filter(|&&given_up| given_up).count() as u64;
            assert_eq!(stream.missing(), missing, "bytes missing of {side}");
            if !self.plan.altered {
                let own = self.plan.segments.iter().filter(|sent| usize::from(!sent.from_client) == side);
                let seen: u64 = own.map(|sent| sent.range.len() as u64).sum();
                let counted =
                    stream.delivered() + stream.duplicate() + stream.after_gap() + stream.outside_bytes();
                assert_eq!(seen, counted, "bytes of {side} in {stream:?}");
            }
        }
        Ok(())
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        assert_eq!((totals.tcp_flows, self.flows), (1, 1), "flows");
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

fn play(plan: &Plan, limits: Limits) {
    let keep = Keep { rows: true, payload: true, delivered: true, habits: true, ..Keep::default() };
    let mut pipeline = Pipeline::new(registry().clone(), limits, keep);
    let mut follower = Follower {
        plan,
        limits,
        came: [0, 1].map(|side| vec![None; plan.content[side].len()]),
        next: [0; 2],
        given_up: [0, 1].map(|side| vec![false; plan.content[side].len()]),
        delivered: [0; 2],
        flows: 0,
        shown: 0,
    };
    let head = |from_client: bool, at: usize, acks: usize, flags: u8| {
        let (own, other) = if from_client { (0, 1) } else { (1, 0) };
        Head {
            ports: if from_client { [50_000, 9] } else { [9, 50_000] },
            seq: plan.isn[own].wrapping_add(at as u32),
            ack: if flags & flag::ACK == 0 { 0 } else { plan.isn[other].wrapping_add(acks as u32) },
            flags,
            window: 65_000,
        }
    };
    let mut packets = vec![
        (0, true, head(true, 0, 0, flag::SYN), Vec::new()),
        (1_000, false, head(false, 0, 1, flag::SYN | flag::ACK), Vec::new()),
        (2_000, true, head(true, 1, 1, flag::ACK), Vec::new()),
    ];
    let mut time = 2_000;
    let mut acked = [0, 0];
    for sent in &plan.segments {
        let own = usize::from(!sent.from_client);
        time += sent.after;
        // What is acknowledged stays so.
        acked[own] = sent.acks.max(acked[own]);
        let flags = if sent.fin { flag::ACK | flag::FIN } else { flag::ACK };
        let mut bytes = plan.content[own][sent.range.clone()].to_vec();
        if sent.altered {
            bytes.iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55);
        }
        let head = head(sent.from_client, 1 + sent.range.start, 1 + acked[own], flags);
        packets.push((time, sent.from_client, head, bytes));
        for came in &mut follower.came[own][sent.range.clone()] {
            came.get_or_insert(packets.len() as u64);
        }
    }
    for (number, (time, from_client, head, payload)) in (1..).zip(packets) {
        let mut ends = ENDS;
        if !from_client {
            ends.reverse();
        }
        // An identification of its own: the same packet captured twice would not be looked at twice.
        let piece = Piece { id: number as u16, ..Piece::default() };
        let packet = ipv4(ends, 6, piece, &tcp(ends, head, &payload));
        let frame = Frame {
            number,
            time: Timestamp::new(1_700_000_000, 0).plus_nanos(time),
            link: LinkType::RAW,
            wire_len: packet.len() as u32,
            data: &packet,
            origin: None,
        };
        let _ = pipeline.frame(&frame, &mut follower).unwrap();
    }
    pipeline.finish(&mut follower).unwrap();
}
