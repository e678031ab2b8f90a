use alloc::format;
use alloc::vec::Vec;

use crate::dissector::{Fault, Follows, Stream};
use crate::testing::{Seen, Talk, bytes};

const MORE: Stream = Stream { follows: Follows::More, gap: 0 };

fn message(kind: u8, body: &str) -> Vec<u8> {
    let body = bytes(body);
    let mut message = bytes("ffffffffffffffffffffffffffffffff");
    message.extend(u16::try_from(19 + body.len()).unwrap().to_be_bytes());
    message.push(kind);
    message.extend(body);
    message
}

fn read(talk: &mut Talk, from_client: bool, data: &[u8]) -> Seen {
    let (len, seen) = talk.stream(0, from_client, data, MORE).unwrap();
    assert_eq!(len, data.len());
    seen
}

/// An UPDATE with these attributes and routes.
fn update(attributes: &str, routes: &str) -> Vec<u8> {
    message(2, &format!("0000 {:04x} {attributes} {routes}", bytes(attributes).len()))
}

const FOUR_OCTETS: &str = "04 fbf5 00b4 c0000201 08 02 06 41 04 fa56ea01";
const PATH: &str = "400206 0202 fbf50001";

#[test]
fn an_open_with_capabilities() {
    let open = message(1, "04 5ba0 00b4 c0000201 10 02 0e 01 04 0001 00 01 02 00 41 04 fa56ea01");
    let mut talk = Talk::new("bgp");
    let seen = read(&mut talk, true, &open);
    assert_eq!(seen.info, "OPEN Message, AS 4200000001, 192.0.2.1");
    seen.expect(&[
        ("bgp.open.myas", "23456"),
        ("bgp.open.holdtime", "180"),
        ("bgp.cap.type", "1,2,65"),
        ("bgp.cap.mp.afi", "1"),
        ("bgp.cap.4as", "4200000001"),
    ]);
    talk.survives(&open);
}

#[test]
fn paths_have_the_width_that_both_ends_agreed_on() {
    let mut talk = Talk::new("bgp");
    // Two AS numbers of two bytes fill the attribute, and so would the one of four if the count were one.
    read(&mut talk, true, &message(1, FOUR_OCTETS)).expect(&[("bgp.cap.4as", "4200000001")]);
    read(&mut talk, false, &message(1, FOUR_OCTETS));
    let seen = read(&mut talk, true, &update("400206 0201 0000fbf5", "18 cb0071"));
    seen.expect(&[
        ("bgp.update.path_attribute.as_path_segment.as4", "64501"),
        ("bgp.nlri_prefix", "203.0.113.0"),
        ("bgp.prefix_length", "24"),
    ]);
    assert_eq!(seen.info, "UPDATE Message, 203.0.113.0/24 of AS 64501");
    // Where nobody has seen them agree, the bytes decide.
    let seen = read(&mut Talk::new("bgp"), true, &update(PATH, "18 cb0071"));
    seen.expect(&[("bgp.update.path_attribute.as_path_segment.as2", "64501,1")]);
}

#[test]
fn routes_come_from_the_last_as_of_a_sequence() {
    let info = |path: &str| read(&mut Talk::new("bgp"), true, &update(path, "18 cb0071")).info;
    // After a confederation, before a set, and where the number did not fit.
    assert_eq!(info("40020a 0301 fc00 0202 fbf5fbf6"), "UPDATE Message, 203.0.113.0/24 of AS 64502");
    assert_eq!(info("40020a 0202 fbf5fbf6 0101 fbf7"), "UPDATE Message, 203.0.113.0/24");
    let transition = "400206 0202 fbf55ba0  c01106 0201 fa56ea01";
    assert_eq!(info(transition), "UPDATE Message, 203.0.113.0/24 of AS 4200000001");
}

#[test]
fn a_prefix_of_an_ethernet_vpn_and_its_gateway() {
    let route = "0522 0000fbf500000001 00000000000000000000 00000000 18 cb007100 c0000209 000110";
    let data = update(&format!("800e2d 0019 46 04 c000020a 00 {route}"), "");
    let mut talk = Talk::new("bgp");
    read(&mut talk, true, &data).expect(&[
        ("bgp.evpn.nlri.rd", "0000fbf500000001"),
        ("nd.bgp.evpn.nlri.rd", "64501:1"),
        ("bgp.evpn.nlri.iplen", "24"),
        ("bgp.evpn.nlri.ip.addr", "203.0.113.0,192.0.2.9"),
        ("bgp.evpn.nlri.mpls_ls1", "17"),
    ]);
    talk.survives(&data);
}

#[test]
fn prefixes_with_path_identifiers() {
    let routes = "00000001 18 cb0071 00000002 19 c6336480";
    let seen = read(&mut Talk::new("bgp"), true, &update("400101 00", routes));
    seen.expect(&[("bgp.nlri_path_id", "1,2"), ("bgp.nlri_prefix", "203.0.113.0,198.51.100.128")]);
}

#[test]
fn a_labeled_route_of_a_vpn() {
    let attribute = "800e 20 0001 80 0c 0000000000000000 c000020a 00 70 000641 0000 fbf5 00000001 cb0071";
    let data = update(attribute, "");
    let mut talk = Talk::new("bgp");
    let seen = read(&mut talk, true, &data);
    seen.expect(&[
        ("bgp.update.path_attribute.mp_reach_nlri.next_hop.rd", "0:0"),
        ("bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4", "192.0.2.10"),
        ("bgp.label_stack", "100 (bottom)"),
        ("bgp.rd", "64501:1"),
        ("bgp.mp_reach_nlri_ipv4_prefix", "203.0.113.0"),
    ]);
    talk.survives(&data);
}

#[test]
fn communities_of_all_kinds() {
    let attributes = "c00808 fbf50007 ffffff01  c01008 0002 fbf5 00000064  c0200c 0000fbf5 00000001 00000002";
    let data = update(attributes, "");
    let mut talk = Talk::new("bgp");
    read(&mut talk, true, &data).expect(&[
        ("bgp.update.path_attribute.community_as", "64501"),
        ("bgp.update.path_attribute.community_value", "7"),
        ("bgp.update.path_attribute.community_wellknown", "0xffffff01"),
        ("bgp.ext_com.stype_tr_as2", "0x02"),
        ("bgp.ext_com.value_an4", "100"),
        ("bgp.large_communities.ldp2", "2"),
    ]);
    talk.survives(&data);
}

#[test]
fn a_shutdown_says_why() {
    let seen = read(&mut Talk::new("bgp"), true, &message(3, "06 02 03 627965"));
    assert_eq!(seen.info, "NOTIFICATION Message, Cease: Administrative Shutdown");
    seen.expect(&[("bgp.notify.minor_error_cease", "2"), ("bgp.notify.communication", "bye")]);
    // A length that is not the text's.
    let seen = read(&mut Talk::new("bgp"), true, &message(3, "06 02 02 627965"));
    seen.expect(&[("bgp.notify.minor_data", "02627965"), ("bgp.notify.communication", "")]);
}

#[test]
fn a_stream_that_begins_in_the_middle_is_found_again() {
    let mut talk = Talk::new("bgp");
    let mut data = bytes("0102030405060708090a0b0c0d0e0f1011");
    let rest = data.len();
    data.extend(message(4, ""));
    // Where the marker is cut, it waits for its rest.
    for end in [data.len(), rest + 7] {
        let (len, seen) = talk.stream(0, true, &data[..end], MORE).unwrap();
        assert_eq!((len, seen.info.as_str()), (rest, "Continuation"));
    }
    let seen = read(&mut talk, true, &data[rest..]);
    assert_eq!(seen.info, "KEEPALIVE Message");
}

#[test]
fn a_message_waits_for_its_length_and_tells_a_false_one() {
    let mut talk = Talk::new("bgp");
    let keepalive = message(4, "");
    assert_eq!(talk.stream(0, true, &keepalive[..7], MORE).err(), Some(Fault::Short { need: 19, have: 7 }));
    let update = update(PATH, "18 cb0071");
    let short = talk.stream(0, true, &update[..30], MORE).err();
    assert_eq!(short, Some(Fault::Short { need: update.len(), have: 30 }));
    let mut wrong = keepalive;
    wrong[17] = 18;
    let told = talk.stream(0, true, &wrong, MORE).err();
    assert_eq!(told, Some(Fault::Malformed("shorter than its header (bgp.length)")));
}

#[test]
fn a_length_beyond_the_longest_is_none() {
    let mut talk = Talk::new("bgp");
    read(&mut talk, true, &message(1, "04 fbf5 00b4 c0000201 00"));
    let mut long = message(2, "0000 0000");
    long[16..18].copy_from_slice(&4_097_u16.to_be_bytes());
    // From the other end, whose peer does not take such messages.
    let seen = read(&mut talk, false, &long);
    seen.expect(&[("bgp.length", "4097"), ("bgp.type", "")]);
    read(&mut talk, true, &message(1, "04 fbf5 00b4 c0000201 04 02 02 06 00"));
    assert_eq!(talk.stream(0, false, &long, MORE).err(), Some(Fault::Short { need: 4_097, have: 23 }));
}

#[test]
fn a_route_too_short_for_its_distinguisher_ends_the_list() {
    // 52 bits: a label and a part of the distinguisher.
    let attribute = "800e 1b 0001 80 0c 0000000000000000 c000020a 00 34 000641 0000 fbf5 70 00";
    let mut talk = Talk::new("bgp");
    let seen = read(&mut talk, true, &update(attribute, "08 0a"));
    seen.expect(&[
        ("bgp.label_stack", ""),
        ("bgp.prefix_length", "8"),
        ("nd.bgp.nlri", "340006410000fbf57000"),
        ("bgp.nlri_prefix", "10.0.0.0"),
    ]);
}
