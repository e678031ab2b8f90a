//! Frames out of layers: lengths and checksums are right, unless the plan says otherwise.

use super::choices::Choices;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// The ones' complement sum of 16-bit words.
fn sum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u32;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u32::from(u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]));
            sum = (sum & 0xffff) + (sum >> 16);
        }
    }
    !(((sum & 0xffff) + (sum >> 16)) as u16)
}

/// Both addresses of an IPv4 header.
pub(crate) type Ends = [[u8; 4]; 2];

/// Client and server, of the range for documentation.
pub(crate) const ENDS: Ends = [[192, 0, 2, 10], [192, 0, 2, 80]];

fn len16(len: usize) -> [u8; 2] {
    u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes()
}

/// What the IPv4 header of a piece of a datagram says besides.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Piece {
    pub(crate) id: u16,
    /// In bytes, a multiple of 8.
    pub(crate) offset: usize,
    pub(crate) more: bool,
}

/// An IPv4 packet.
pub(crate) fn ipv4([src, dst]: Ends, protocol: u8, piece: Piece, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend(len16(20 + payload.len()));
    packet.extend(piece.id.to_be_bytes());
    let flags = if piece.more { 0x2000 } else { 0 };
    packet.extend((flags | (piece.offset / 8) as u16 & 0x1fff).to_be_bytes());
    packet.extend([64, protocol, 0, 0]);
    packet.extend(src);
    packet.extend(dst);
    let checksum = sum(&[&packet]);
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    packet.extend_from_slice(payload);
    packet
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(len16(payload.len()));
    packet.extend([next, 64]);
    for last in [10, 80] {
        let mut address = [0; 16];
        (address[0], address[1], address[2], address[3], address[15]) = (0x20, 1, 0x0d, 0xb8, last);
        packet.extend(address);
    }
    packet.extend_from_slice(payload);
    packet
}

fn pseudo_v4([src, dst]: Ends, protocol: u8, len: usize) -> Vec<u8> {
    let mut head = [src, dst].concat();
    head.extend([0, protocol]);
    head.extend(len16(len));
    head
}

/// A UDP datagram over IPv4.
pub(crate) fn udp(ends: Ends, [src, dst]: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let mut datagram = [src.to_be_bytes(), dst.to_be_bytes(), len16(8 + payload.len()), [0, 0]].concat();
    datagram.extend_from_slice(payload);
    let checksum = sum(&[&pseudo_v4(ends, UDP, datagram.len()), &datagram]);
    datagram[6..8].copy_from_slice(&checksum.to_be_bytes());
    datagram
}

/// What a TCP header says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) ports: [u16; 2],
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
}

/// Flags of a TCP header.
pub(crate) mod flag {
    pub(crate) const FIN: u8 = 1;
    pub(crate) const SYN: u8 = 2;
    pub(crate) const ACK: u8 = 16;
}

/// A TCP segment over IPv4.
pub(crate) fn tcp(ends: Ends, head: Head, payload: &[u8]) -> Vec<u8> {
    let [src, dst] = head.ports;
    let mut segment = [src.to_be_bytes(), dst.to_be_bytes()].concat();
    segment.extend(head.seq.to_be_bytes());
    segment.extend(head.ack.to_be_bytes());
    segment.extend([0x50, head.flags]);
    segment.extend(head.window.to_be_bytes());
    segment.extend([0; 4]);
    segment.extend_from_slice(payload);
    let checksum = sum(&[&pseudo_v4(ends, TCP, segment.len()), &segment]);
    segment[16..18].copy_from_slice(&checksum.to_be_bytes());
    segment
}

/// A TCP segment as a whole packet.
pub(crate) fn tcp_packet(ends: Ends, head: Head, payload: &[u8]) -> Vec<u8> {
    ipv4(ends, TCP, Piece::default(), &tcp(ends, head, payload))
}

/// A planned frame for this link type: link header, tags, tunnels, extension headers, transport, payload; then the lies.
pub(crate) fn frame(link: u32, plan: &mut Choices<'_>) -> Vec<u8> {
    let (vlans, tunnels, extensions) = (layers(plan), layers(plan), layers(plan));
    let v6 = plan.one_in(2);
    let transport = plan.byte();
    let ports = [plan.word(), plan.pick(&PORTS)];
    let lies: Vec<(u16, u8)> = match plan.one_in(10) {
        true => (0..=plan.below(4)).map(|_| (plan.word(), plan.byte())).collect(),
        false => Vec::new(),
    };
    let payload = plan.rest();
    let (protocol, mut packet) = match transport {
        0..=99 => (UDP, udp(ENDS, ports, payload)),
        100..=179 => {
            let head = Head { ports, seq: 1, ack: 1, flags: transport, window: 1_024 };
            (TCP, tcp(ENDS, head, payload))
        }
        other => (other.wrapping_mul(7), payload.to_vec()),
    };
    let mut ethertype = 0x0800_u16;
    packet = if v6 {
        ethertype = 0x86dd;
        let (next, chain) = (0..extensions).fold((protocol, packet), |(next, behind), at| {
            // Destination options, hop-by-hop options, a routing header: eight bytes of padding.
            let kind = [60, 0, 43][at % 3];
            let mut header = vec![next, 0, 1, 4, 0, 0, 0, 0];
            header.extend(behind);
            (kind, header)
        });
        ipv6(next, &chain)
    } else {
        ipv4(ENDS, protocol, Piece::default(), &packet)
    };
    for at in 0..tunnels {
        let own = if ethertype == 0x0800 { 4 } else { 41 };
        packet = match at % 3 {
            0 => ipv4(ENDS, own, Piece::default(), &packet),
            1 => ipv6(own, &packet),
            _ => {
                let gre = [&[0, 0][..], &ethertype.to_be_bytes(), &packet].concat();
                ipv4(ENDS, 47, Piece::default(), &gre)
            }
        };
        ethertype = if at % 3 == 1 { 0x86dd } else { 0x0800 };
    }
    let mut frame = header(link, vlans, ethertype);
    frame.extend(packet);
    for (at, value) in lies {
        let at = usize::from(at) % frame.len();
        frame[at] = value;
    }
    frame
}

/// Ports by which payload is known, among any others.
const PORTS: [u16; 16] = [53, 80, 443, 67, 123, 161, 514, 179, 1_883, 5_060, 25, 4_789, 2_152, 3_544, 69, 7];

/// Mostly none or one, at times more than may be followed.
fn layers(plan: &mut Choices<'_>) -> usize {
    match plan.byte() {
        byte @ 240.. => usize::from(byte) - 235,
        byte => usize::from(byte) / 160,
    }
}

fn header(link: u32, vlans: usize, ethertype: u16) -> Vec<u8> {
    let mut tags = Vec::new();
    for tag in 0..vlans {
        tags.extend([0x81, 0, 0, tag as u8]);
    }
    tags.extend(ethertype.to_be_bytes());
    match link {
        // Ethernet; Linux cooked captures 1 and 2.
        1 => [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1][..], &tags].concat(),
        113 => [&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0][..], &tags].concat(),
        276 => [&tags[..2], &[0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], &tags[2..]].concat(),
        // BSD loopback.
        0 => vec![if ethertype == 0x86dd { 30 } else { 2 }, 0, 0, 0],
        // PPP, Cisco HDLC.
        9 => vec![0xff, 3, 0, if ethertype == 0x86dd { 0x57 } else { 0x21 }],
        104 => [&[0x0f, 0][..], &tags].concat(),
        _ => Vec::new(),
    }
}
