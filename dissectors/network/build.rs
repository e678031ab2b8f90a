//! Packets for the tests of the network layer.

use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

use crate::checksum::{pseudo_sum, sum};
use crate::frame::LinkType;

/// Raw IPv4 and raw IPv6.
pub(crate) const RAW_V4: LinkType = LinkType(228);
pub(crate) const RAW_V6: LinkType = LinkType(229);

/// Addresses of all IPv6 packets made here.
pub(crate) const SRC: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0x0200, 0x5eff, 0xfe00, 1);
pub(crate) const DST: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

/// An IPv4 packet from 10.0.0.1 to 10.0.0.2 with identification 7 and TTL 64; `flags` are those with the offset.
pub(crate) fn ipv4(protocol: u8, flags: u16, options: &[u8], payload: &[u8]) -> Vec<u8> {
    assert_eq!(options.len() % 4, 0);
    let header = 20 + options.len();
    let mut packet = vec![0x40 | (header / 4) as u8, 0];
    packet.extend(((header + payload.len()) as u16).to_be_bytes());
    packet.extend([0, 7]);
    packet.extend(flags.to_be_bytes());
    packet.extend([64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(options);
    let checksum = !sum(&packet);
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    packet.extend(payload);
    packet
}

/// The same in the other direction.
pub(crate) fn back(mut packet: Vec<u8>) -> Vec<u8> {
    packet[15] = 2;
    packet[19] = 1;
    packet
}

/// An IPv6 packet with hop limit 64.
pub(crate) fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((payload.len() as u16).to_be_bytes());
    packet.extend([next, 64]);
    packet.extend(SRC.octets());
    packet.extend(DST.octets());
    packet.extend(payload);
    packet
}

/// An extension header; `body` is what follows its length byte, padded with zeros to a multiple of 8.
pub(crate) fn extension(next: u8, body: &[u8]) -> Vec<u8> {
    let mut header = vec![next, 0];
    header.extend(body);
    header.resize(header.len().next_multiple_of(8), 0);
    header[1] = (header.len() / 8 - 1) as u8;
    header
}

/// An ICMP (or IGMP) message with its checksum.
pub(crate) fn icmp(kind: u8, code: u8, rest: &[u8]) -> Vec<u8> {
    let mut message = vec![kind, code, 0, 0];
    message.extend(rest);
    let checksum = !sum(&message);
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    message
}

/// An ICMPv6 message from [`SRC`] to `dst` with its checksum.
pub(crate) fn icmpv6(kind: u8, code: u8, rest: &[u8], dst: Ipv6Addr) -> Vec<u8> {
    let mut message = vec![kind, code, 0, 0];
    message.extend(rest);
    let len = message.len() as u32;
    let checksum = !pseudo_sum(IpAddr::V6(SRC), IpAddr::V6(dst), 58, len, &message);
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    message
}

/// A UDP header from port 40000 to 53 without checksum, and `payload`.
pub(crate) fn udp(payload: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0x9c, 0x40, 0, 9];
    datagram.extend(((8 + payload.len()) as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}
