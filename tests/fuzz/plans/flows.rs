//! Many conversations, few of which fit: each is told of once, and never are there more than may be.

use std::collections::BTreeSet;
use std::io;
use std::ops::ControlFlow;

use netdissect::flow::table::Flow;
use netdissect::limits::{Bound, Limits};
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::choices::Choices;
use super::stack::{Head, Piece, ipv4, tcp_packet, udp};
use super::{registry, show, shows};

/// Conversations that may be remembered.
const FEW: usize = 6;

/// What was told of flows.
#[derive(Debug, Default)]
struct Told {
    shows: bool,
    numbers: BTreeSet<String>,
    evicted: u64,
    packets: u64,
    totals: Totals,
}

impl Sink for Told {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.packets += 1;
        // All packets are alike; a few show how such ones look.
        if self.shows && self.packets % 16 == 1 {
            show::packet(packet);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        assert!(self.numbers.insert(format!("{:?}", flow.number)), "{:?} is told of twice", flow.number);
        self.evicted += u64::from(flow.evicted);
        if self.shows {
            show::flow(&flow, registry);
        }
        Ok(())
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        self.totals = totals.clone();
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        self.packets
    }
}

/// Whether the input has an end, which caps are small; then packets of eight bytes each: conversation, flags, a jump of time,
/// numbers.
pub fn run(input: &[u8]) {
    let mut plan = Choices::new(input);
    let endless = plan.one_in(2);
    let limits = Limits {
        flows: if plan.one_in(2) { FEW } else { Limits::default().flows },
        awake_flows: 1 + plan.below(4),
        memory: if plan.one_in(3) { 64 << 10 } else { Limits::default().memory },
        ..Limits::default()
    };
    let keep = Keep { rows: true, habits: true, progress: plan.one_in(4), ..Keep::default() };
    let mut pipeline = Pipeline::new(registry().clone(), limits, keep);
    if endless {
        pipeline = pipeline.without_end();
    }
    let mut told = Told { shows: shows(input), ..Told::default() };
    let mut time = 1_700_000_000_000_000_000_i64;
    let mut number = 0;
    while !plan.is_empty() && number < 512 {
        number += 1;
        let (who, what, jump) = (plan.byte(), plan.byte(), plan.byte());
        // Mostly forward and little; at times by years, or back.
        time = time.wrapping_add(match jump {
            0..=199 => i64::from(jump) * 1_000_000,
            200..=239 => i64::from(jump - 199) * 10_000_000_000,
            240..=247 => -i64::from(jump) * 1_000_000_000,
            _ => i64::from(jump) * 1_000_000_000_000_000,
        });
        let (seq, ack, len) = (u32::from(plan.word()), u32::from(plan.word()), plan.byte() % 32);
        let mut ends = [[10, 0, 0, who & 0x3f], [192, 0, 2, 80]];
        let mut ports = [40_000, 9];
        if who & 0x80 != 0 {
            ends.reverse();
            ports.reverse();
        }
        let payload = vec![b'x'; usize::from(len)];
        let packet = if what & 0xc0 == 0xc0 {
            ipv4(ends, 17, Piece::default(), &udp(ends, ports, &payload))
        } else {
            tcp_packet(ends, Head { ports, seq, ack, flags: what & 0x3f, window: 1_000 }, &payload)
        };
        let frame = Frame {
            number,
            time: Timestamp::default().plus_nanos(time),
            link: LinkType::RAW,
            wire_len: packet.len() as u32,
            data: &packet,
            origin: None,
        };
        let _ = pipeline.frame(&frame, &mut told).unwrap();
        let remembered = pipeline.remembered();
        assert!(remembered <= 2 * limits.flows, "{remembered} conversations are remembered");
    }
    pipeline.finish(&mut told).unwrap();
    assert_eq!(told.packets, number, "packets");
    assert_eq!(told.numbers.len() as u64, told.totals.tcp_flows, "flows told of, of those opened");
    let hits = told.totals.hits.of(Bound::Flows) + told.totals.hits.of(Bound::Memory);
    assert!(told.evicted <= hits, "{} flows let go, {hits} counted", told.evicted);
}
