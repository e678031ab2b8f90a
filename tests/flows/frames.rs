//! Frames out of scenarios: Ethernet, IPv4 or IPv6, TCP, with right checksums.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use etherparse::{
    ArpHardwareId, ArpOperation, ArpPacket, EtherType, IpEcn, IpHeaders, IpNumber, Ipv4Header, Ipv6FlowLabel,
    Ipv6Header, PacketBuilder, TcpHeader, TcpOptionElement,
};
use netdissect_dissectors::frame::Timestamp;

use super::scenario::{Event, Scenario, Segment, Side};

/// Time 0 of every scenario.
pub(crate) const START: Timestamp = Timestamp { secs: 1_700_000_000, nanos: 0 };

/// A frame and when it passes, in nanoseconds from the start.
pub(crate) struct Built {
    pub(crate) time: i64,
    pub(crate) wire_len: u32,
    pub(crate) bytes: Vec<u8>,
}

const V4: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 2, 10), Ipv4Addr::new(198, 51, 100, 80)];
const ROUTER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const ROUTER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 1);
const V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x80)];
const MACS: [[u8; 6]; 2] = [[2, 0, 0, 0, 0, 0x10], [2, 0, 0, 0, 0, 0x80]];
const MSS: u16 = 1460;
const WINDOW: u16 = 64_240;

fn place(side: Side, swap: bool) -> usize {
    usize::from((side == Side::Server) != swap)
}

fn port(scenario: &Scenario, side: Side) -> u16 {
    if side == Side::Client { scenario.ports.0 } else { scenario.ports.1 }
}

/// The end as the program spells it.
pub(crate) fn endpoint(scenario: &Scenario, side: Side, swap: bool) -> String {
    let at = place(side, swap);
    if scenario.v6 {
        format!("[{}]:{}", V6[at], port(scenario, side))
    } else {
        format!("{}:{}", V4[at], port(scenario, side))
    }
}

/// Every frame of the scenario, in order.
pub(crate) fn build(scenario: &Scenario, swap: bool) -> Vec<Built> {
    let timestamps = scenario.events.iter().any(|event| match event {
        Event::Segment(segment) => segment.timestamps.is_some(),
        Event::Tick(_) | Event::Icmp { .. } => false,
    });
    let mut last: HashMap<Side, Vec<u8>> = HashMap::new();
    let mut next_id = HashMap::from([(Side::Client, 1), (Side::Server, 1)]);
    scenario
        .events
        .iter()
        .map(|event| match event {
            Event::Tick(time) => tick(*time),
            &Event::Icmp { time, kind, code, about } => {
                let to = place(about, swap);
                let mut bytes = Vec::new();
                let router = PacketBuilder::ethernet2(MACS[1 - to], MACS[to]);
                // The IP header and eight bytes more, as routers quote at least (RFC 792, RFC 4443).
                if scenario.v6 {
                    router
                        .ipv6(ROUTER_V6.octets(), V6[to].octets(), 64)
                        .icmpv6_raw(kind, code, [0, 0, 5, 0])
                        .write_to_vec(&mut bytes, &last[&about][14..14 + 48])
                        .unwrap();
                } else {
                    router
                        .ipv4(ROUTER.octets(), V4[to].octets(), 64)
                        .icmpv4_raw(kind, code, [0; 4])
                        .write_to_vec(&mut bytes, &last[&about][14..14 + 28])
                        .unwrap();
                }
                Built { time, wire_len: bytes.len() as u32, bytes }
            }
            Event::Segment(segment) => {
                let next = next_id.get_mut(&segment.side).unwrap();
                let id = segment.id.unwrap_or(*next);
                *next = id.max(*next - 1) + 1;
                let built = frame(scenario, segment, swap, id, timestamps);
                last.insert(segment.side, built.bytes.clone());
                built
            }
        })
        .collect()
}

/// An ARP request: time passes.
fn tick(time: i64) -> Built {
    let arp = ArpPacket::new(
        ArpHardwareId::ETHERNET,
        EtherType::IPV4,
        ArpOperation::REQUEST,
        &MACS[0],
        &V4[0].octets(),
        &[0; 6],
        &V4[1].octets(),
    )
    .unwrap();
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2(MACS[0], [0xff; 6]).arp(arp).write_to_vec(&mut bytes).unwrap();
    Built { time, wire_len: bytes.len() as u32, bytes }
}

fn frame(scenario: &Scenario, segment: &Segment, swap: bool, id: u16, timestamps: bool) -> Built {
    let peer = if segment.side == Side::Client { Side::Server } else { Side::Client };
    let (from, to) = (place(segment.side, swap), place(peer, swap));
    let window = segment.window.unwrap_or(match (segment.side, scenario.server_window) {
        (Side::Server, Some(window)) => window,
        _ => WINDOW,
    });
    let seq = scenario.isn[&segment.side].wrapping_add(segment.seq);
    let mut tcp = TcpHeader::new(port(scenario, segment.side), port(scenario, peer), seq, window);
    let has = |flag| segment.flags.contains(flag);
    (tcp.syn, tcp.fin, tcp.rst, tcp.psh, tcp.ack) = (has('S'), has('F'), has('R'), has('P'), has('A'));
    (tcp.urg, tcp.ece, tcp.cwr) = (has('U'), has('E'), has('C'));
    tcp.acknowledgment_number = segment.ack.map_or(0, |ack| scenario.isn[&peer].wrapping_add(ack));
    tcp.set_options(&options(scenario, segment, peer, timestamps)).unwrap();

    // The same byte at the same place of the stream, whoever sends it again.
    let first = segment.seq.wrapping_add(u32::from(has('S')));
    let mut payload: Vec<u8> =
        (0..segment.len as u32).map(|at| (first.wrapping_add(at) % 251) as u8).collect();

    for (byte, text) in payload.iter_mut().zip(segment.text.iter().flat_map(|text| text.bytes())) {
        *byte = text;
    }

    let size = (tcp.header_len() + payload.len()) as u16;
    let ip = if scenario.v6 {
        let header = Ipv6Header {
            traffic_class: segment.ecn,
            flow_label: Ipv6FlowLabel::ZERO,
            payload_length: size,
            next_header: IpNumber::TCP,
            hop_limit: segment.ttl,
            source: V6[from].octets(),
            destination: V6[to].octets(),
        };
        IpHeaders::Ipv6(header, etherparse::Ipv6Extensions::default())
    } else {
        let mut header =
            Ipv4Header::new(size, segment.ttl, IpNumber::TCP, V4[from].octets(), V4[to].octets()).unwrap();
        header.identification = id;
        header.dont_fragment = true;
        header.ecn = IpEcn::try_new(segment.ecn).unwrap();
        IpHeaders::Ipv4(header, etherparse::Ipv4Extensions::default())
    };
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2(MACS[from], MACS[to])
        .ip(ip)
        .tcp_header(tcp)
        .write_to_vec(&mut bytes, &payload)
        .unwrap();
    let wire_len = bytes.len() as u32;
    if segment.bad_checksum {
        let at = bytes.len() - usize::from(size) + 16;
        bytes[at] ^= 0xff;
    }
    if let Some(captured) = segment.captured {
        bytes.truncate((bytes.len() - payload.len()).checked_add_signed(captured).unwrap());
    }
    Built { time: segment.time, wire_len, bytes }
}

fn options(scenario: &Scenario, segment: &Segment, peer: Side, timestamps: bool) -> Vec<TcpOptionElement> {
    let mut options = Vec::new();
    if segment.flags.contains('S') {
        options.push(TcpOptionElement::MaximumSegmentSize(MSS));
        if !scenario.no_sack {
            options.push(TcpOptionElement::SelectiveAcknowledgementPermitted);
        }
        options.extend(segment.wscale.map(TcpOptionElement::WindowScale));
    }
    // Where a line tells no time stamps, both clocks stand before those of the lines.
    let handshake = match (segment.side, segment.ack) {
        (Side::Client, None) => (1, 0),
        (Side::Client, Some(_)) => (1, 5),
        (Side::Server, _) => (5, 1),
    };
    let stamps = segment.timestamps.or(timestamps.then_some(handshake));
    options.extend(stamps.map(|(value, echo)| TcpOptionElement::Timestamp(value, echo)));
    let base = scenario.isn[&peer];
    let mut blocks =
        segment.sack.iter().map(|&(left, right)| (base.wrapping_add(left), base.wrapping_add(right)));
    if let Some(first) = blocks.next() {
        let others = [blocks.next(), blocks.next(), blocks.next()];
        options.push(TcpOptionElement::SelectiveAcknowledgement(first, others));
    }
    options
}
