//! Packets of docs/faults.md, appendix A, byte by byte: any of them may lie.

pub(crate) fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or_default()))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

pub(crate) fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    frame.extend(kind.to_be_bytes());
    frame.extend(payload);
    frame
}

/// An IPv4 header from 10.0.0.1 to 10.0.0.2, or back. Length and first byte may lie.
pub(crate) struct Ip {
    pub(crate) first: u8,
    pub(crate) total: Option<u16>,
    pub(crate) protocol: u8,
    pub(crate) back: bool,
}

pub(crate) const IP: Ip = Ip { first: 0x45, total: None, protocol: 17, back: false };

impl Ip {
    pub(crate) fn with(&self, payload: &[u8]) -> Vec<u8> {
        let total = self.total.unwrap_or(20 + payload.len() as u16).to_be_bytes();
        let (src, dst) = if self.back { (2, 1) } else { (1, 2) };
        let mut packet = vec![self.first, 0, total[0], total[1], 0, 1, 0, 0, 64, self.protocol, 0, 0];
        packet.extend([10, 0, 0, src, 10, 0, 0, dst]);
        let sum = checksum(&packet);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        packet.extend(payload);
        packet
    }

    pub(crate) fn frame(&self, payload: &[u8]) -> Vec<u8> {
        ethernet(0x0800, &self.with(payload))
    }
}

/// Addresses of the IPv6 packets.
pub(crate) const HOSTS: [[u8; 16]; 2] = [
    [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
];

/// An IPv6 packet. The length may lie.
pub(crate) fn ipv6(next: u8, length: Option<u16>, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(length.unwrap_or(payload.len() as u16).to_be_bytes());
    packet.extend([next, 64]);
    packet.extend(HOSTS.concat());
    packet.extend(payload);
    ethernet(0x86dd, &packet)
}

/// UDP without a checksum. The length may lie.
pub(crate) fn udp(src: u16, dst: u16, length: Option<u16>, payload: &[u8]) -> Vec<u8> {
    let length = length.unwrap_or(8 + payload.len() as u16);
    let mut datagram = [src, dst, length, 0].map(u16::to_be_bytes).concat();
    datagram.extend(payload);
    datagram
}

/// A TCP segment from 10.0.0.1 to port 80 of 10.0.0.2. The length of its header, in words, may lie.
pub(crate) fn tcp(words: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    tcp_between(&[10, 0, 0, 1, 10, 0, 0, 2], words, options, payload)
}

/// The same between other addresses.
pub(crate) fn tcp_between(addresses: &[u8], words: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut segment = [40_000_u16, 80].map(u16::to_be_bytes).concat();
    segment.extend([0, 0, 0, 1, 0, 0, 0, 0, words << 4, 0x10, 0xff, 0xff, 0, 0, 0, 0]);
    segment.extend(options);
    segment.extend(payload);
    let sum = transport_checksum(addresses, 6, &segment);
    segment[16..18].copy_from_slice(&sum.to_be_bytes());
    segment
}

/// The checksum of a segment or datagram whose own checksum is zero, with the pseudo-header of IPv6, which sums up to the
/// same for IPv4.
pub(crate) fn transport_checksum(addresses: &[u8], protocol: u8, bytes: &[u8]) -> u16 {
    let length = (bytes.len() as u32).to_be_bytes();
    checksum(&[addresses, &length, &[0, 0, 0, protocol], bytes].concat())
}

pub(crate) fn name(labels: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in labels {
        bytes.push(label.len() as u8);
        bytes.extend(*label);
    }
    bytes.push(0);
    bytes
}

pub(crate) fn dns(flags: u16, counts: [u16; 4], body: &[u8]) -> Vec<u8> {
    let mut message = [1, flags, counts[0], counts[1], counts[2], counts[3]].map(u16::to_be_bytes).concat();
    message.extend(body);
    message
}

pub(crate) fn question(qname: &[u8]) -> Vec<u8> {
    dns(0x0100, [1, 0, 0, 0], &[qname, &[0, 1, 0, 1]].concat())
}

pub(crate) fn asked(qname: &[u8]) -> Vec<u8> {
    IP.frame(&udp(40_000, 53, None, &question(qname)))
}

pub(crate) fn answered(message: &[u8]) -> Vec<u8> {
    Ip { back: true, ..IP }.frame(&udp(53, 40_000, None, message))
}

/// The good packet: 71 bytes.
pub(crate) fn good() -> Vec<u8> {
    let good = asked(&name(&[b"example", b"com"]));
    assert_eq!(good.len(), 71);
    good
}
