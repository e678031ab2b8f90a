use alloc::vec::Vec;

use crate::frame::LinkType;
use crate::network::build::{ipv4, ipv6};
use crate::testing::{Seen, bytes, survives};

const PROTOCOL: u8 = 89;

/// A packet of version 2 without authentication around `body`, its checksum `checksum`.
fn two(kind: u8, checksum: &str, body: &str) -> Vec<u8> {
    let body = bytes(body);
    let mut packet = Vec::from([2, kind]);
    packet.extend(u16::try_from(24 + body.len()).unwrap().to_be_bytes());
    packet.extend(bytes("c0000201 00000000"));
    packet.extend(bytes(checksum));
    packet.extend(bytes("0000 0000000000000000"));
    packet.extend(body);
    ipv4(PROTOCOL, 0, &[], &packet)
}

fn seen(packet: &[u8]) -> Seen {
    Seen::new(LinkType::RAW, packet)
}

#[test]
fn a_hello_of_version_2() {
    // The sum of all words without the authentication field is ffff (RFC 2328 section D.4.1).
    let packet = two(1, "6e95", "ffffff00 000a 02 01 00000028 0a000001 00000000 c0000202");
    let seen = seen(&packet);
    assert_eq!(seen.protocols, "raw:ip:ospf");
    assert_eq!(seen.info, "Hello Packet from 192.0.2.1, 1 neighbour");
    seen.expect(&[
        ("ospf.version", "2"),
        ("ospf.msg", "1"),
        ("ospf.msg.hello", "1"),
        ("ospf.packet_length", "48"),
        ("ospf.srcrouter", "192.0.2.1"),
        ("ospf.auth.type", "0"),
        ("ospf.hello.network_mask", "255.255.255.0"),
        ("ospf.hello.hello_interval", "10"),
        ("ospf.v2.options", "0x02"),
        ("ospf.v2.options.e", "1"),
        ("ospf.hello.router_dead_interval", "40"),
        ("ospf.hello.active_neighbor", "192.0.2.2"),
        ("nd.ospf.checksum.status", "1"),
    ]);
    survives(LinkType::RAW, &packet);
}

#[test]
fn a_wrong_checksum_is_told() {
    let packet = two(1, "6e94", "ffffff00 000a 02 01 00000028 0a000001 00000000 c0000202");
    seen(&packet).expect(&[("nd.ospf.checksum.status", "0")]);
}

#[test]
fn links_of_a_router_and_a_count_that_lies() {
    let packet = two(
        4,
        "0000",
        "00000002
         8001 22 01 c0000201 c0000201 80000001 0000 0034
         02 00 0009  c0000202 0a000001 01 00 000a  c6336400 ffffff00 03 01 0014 08 00 0005",
    );
    let seen = seen(&packet);
    assert_eq!(seen.info, "LS Update from 192.0.2.1, 2 LSAs");
    seen.expect(&[
        ("ospf.lsa", "1"),
        ("ospf.lsa.router", "1"),
        ("ospf.lsa.age", "1"),
        ("ospf.lsa.donotage", "1"),
        ("ospf.lsa.number_of_links", "9"),
        ("ospf.lsa.router.linkid", "192.0.2.2,198.51.100.0"),
        ("ospf.lsa.router.metric0", "10,20"),
        ("ospf.metric", "5"),
        ("nd.ospf.lsa.checksum.status", "0"),
    ]);
    survives(LinkType::RAW, &packet);
}

#[test]
fn an_advertisement_shorter_than_its_header_ends_the_list() {
    let packet = two(4, "0000", "00000002 0001 22 01 c0000201 c0000201 80000001 0000 0002 00000000");
    seen(&packet).expect(&[("ospf.lsa", "1"), ("ospf.lsa.length", "2")]);
}

#[test]
fn the_digest_and_link_local_signaling_stand_behind_the_packet() {
    let packet = bytes(
        "0201 0030 c0000201 00000000 0000 0002 0000 01 10 0000004d
         ffffff00 000a 12 01 00000028 0a000001 00000000 c0000202
         000102030405060708090a0b0c0d0e0f
         fff6 0003 0001 0004 00000001",
    );
    let packet = ipv4(PROTOCOL, 0, &[], &packet);
    seen(&packet).expect(&[
        ("ospf.auth.crypt.key_id", "1"),
        ("ospf.auth.crypt.seq_nbr", "77"),
        ("ospf.auth.crypt.data", "000102030405060708090a0b0c0d0e0f"),
        ("nd.ospf.checksum.status", "3"),
        ("ospf.lls.data_length", "12"),
        ("ospf.lls.ext.options.lr", "1"),
    ]);
    survives(LinkType::RAW, &packet);
}

#[test]
fn prefixes_of_version_3() {
    let packet = bytes(
        "0304 0040 c0000201 00000000 0000 00 00
         00000001
         0001 2009 00000001 c0000201 80000001 0000 002c
         0001 2001 00000000 c0000201 40 02 000a 20010db800010000",
    );
    let packet = ipv6(PROTOCOL, &packet);
    let seen = seen(&packet);
    assert_eq!(seen.info, "LS Update from 192.0.2.1, 1 LSA");
    seen.expect(&[
        ("ospf.v3.lsa", "0x2009"),
        ("ospf.v3.lsa.fc", "9"),
        ("ospf.v3.lsa.s12", "0x0001"),
        ("ospf.v3.lsa.intraprefix", "1"),
        ("ospf.v3.lsa.num_prefixes", "1"),
        ("ospf.v3.lsa.referenced_ls_type", "0x2001"),
        ("ospf.prefix_length", "64"),
        ("ospf.v3.prefix.options.la", "1"),
        ("ospf.metric", "10"),
        ("ospf.v3.address_prefix.ipv6", "2001:db8:1::"),
    ]);
    survives(LinkType::RAW, &packet);
}

#[test]
fn an_unknown_version_shows_its_header() {
    let mut packet = two(1, "0000", "");
    packet[20] = 9;
    let seen = seen(&packet);
    assert_eq!(seen.faults, ["malformed: neither version 2 nor 3 (ospf.version)"]);
    assert_eq!(seen.get("ospf.area_id"), "0.0.0.0");
}
