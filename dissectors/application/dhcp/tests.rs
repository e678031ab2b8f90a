use alloc::vec::Vec;

use crate::testing::Talk;

/// A request from 02:00:00:00:00:01 with these options after the cookie.
fn message(options: &[u8]) -> Vec<u8> {
    let mut out =
        [&[1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 1, 0x80, 0][..], &[0; 16], &[2, 0, 0, 0, 0, 1]].concat();
    out.resize(236, 0);
    out.extend([0x63, 0x82, 0x53, 0x63]);
    out.extend(options);
    out
}

#[test]
fn a_discover() {
    let bytes = message(
        b"\x35\x01\x01\x3d\x07\x01\x02\x00\x00\x00\x00\x01\x0c\x04host\x37\x03\x01\x03\x06\xff\x00\x00",
    );
    let mut talk = Talk::new("dhcp");
    let seen = talk.datagram(0, &bytes);
    assert_eq!(seen.info, "DHCP Discover - Transaction ID 0x12345678");
    assert_eq!(seen.faults.len(), 0);
    seen.expect(&[
        ("dhcp.type", "1"),
        ("dhcp.hw.type", "0x01,0x01"),
        ("dhcp.id", "0x12345678"),
        ("dhcp.secs", "1"),
        ("dhcp.flags", "0x8000"),
        ("dhcp.flags.bc", "1"),
        ("dhcp.hw.mac_addr", "02:00:00:00:00:01,02:00:00:00:00:01"),
        ("dhcp.hw.addr_padding", "00000000000000000000"),
        ("dhcp.server", ""),
        ("dhcp.cookie", "99.130.83.99"),
        ("dhcp.option.type", "53,61,12,55,0"),
        ("dhcp.option.length", "1,7,4,3"),
        ("dhcp.option.dhcp", "1"),
        ("dhcp.option.hostname", "host"),
        ("dhcp.option.request_list_item", "1,3,6"),
        ("dhcp.option.end", "255"),
        ("dhcp.option.padding", "0000"),
    ]);
    talk.survives(&bytes);
}

#[test]
fn options_of_many_forms() {
    let options = [
        &b"\x35\x01\x05\x01\x04\xff\xff\xff\x00\x02\x04\xff\xff\xf1\xf0"[..],
        b"\x03\x08\xc0\x00\x02\x01\xc0\x00\x02\x02\x06\x03\x01\x02\x03",
        b"\x21\x08\x0a\x00\x00\x00\xc0\x00\x02\x01\x33\x04\xff\xff\xff\xff",
        b"\x51\x0a\x04\x00\x00\x04host\x01x\x77\x09\x01a\x01x\x00\x01b\xc0\x02",
        b"\x52\x0c\x01\x04circ\x05\x04\xc0\x00\x02\x07",
        b"\x79\x0d\x18\xc0\x00\x02\xc0\x00\x02\x01\x00\xc0\x00\x02\x01",
        b"\x4d\x04\x03abc\x7c\x08\x00\x00\x00\x09\x03abc\xff",
    ]
    .concat();
    let bytes = message(&options);
    let mut talk = Talk::new("dhcp");
    let seen = talk.datagram(0, &bytes);
    assert_eq!(seen.info, "DHCP ACK      - Transaction ID 0x12345678");
    seen.expect(&[
        ("dhcp.option.subnet_mask", "255.255.255.0"),
        ("dhcp.option.time_offset", "-3600"),
        ("dhcp.option.router", "192.0.2.1,192.0.2.2"),
        ("dhcp.option.domain_name_server", ""),
        ("dhcp.option.static_route.ip", "10.0.0.0"),
        ("dhcp.option.static_route.router", "192.0.2.1"),
        ("dhcp.option.ip_address_lease_time", "4294967295"),
        ("dhcp.fqdn.e", "1"),
        ("dhcp.option.dhcp_dns_domain_search_list_fqdn", "a.x,b.x"),
        ("dhcp.option.agent_information_option.suboption", "1,5"),
        ("dhcp.option.agent_information_option.agent_circuit_id", "63697263"),
        ("dhcp.option.agent_information_option.link_selection", "192.0.2.7"),
        ("dhcp.option.classless_static_route", "18c00002c0000201,00c0000201"),
        ("nd.dhcp.option.route", "192.0.2.0/24 via 192.0.2.1,0.0.0.0/0 via 192.0.2.1"),
        ("nd.dhcp.option.rest", ""),
        ("dhcp.option.user_class.data", "616263"),
        ("dhcp.option.vi_class.data", "abc"),
    ]);
    talk.survives(&bytes);
}

#[test]
fn names_may_hold_options() {
    let mut bytes = message(b"\x35\x01\x01\x34\x01\x03\xff");
    bytes[44..54].copy_from_slice(b"\x0c\x07inserv\0\xff");
    bytes[108..116].copy_from_slice(b"\x0f\x05dom.x\xff");
    let seen = Talk::new("dhcp").datagram(0, &bytes);
    seen.expect(&[
        ("dhcp.option.type", "53,52,12,0,15,0,0"),
        ("dhcp.option.hostname", "inserv"),
        ("dhcp.option.domain_name", "dom.x"),
        ("nd.dhcp.overloaded", "server name,boot file"),
        ("dhcp.server", ""),
        ("dhcp.file", ""),
    ]);
}

#[test]
fn no_byte_of_a_value_is_left_out() {
    let options = [
        &b"\x35\x01\x01\x3d\x0a\xff\x00\x00\x00\x07\x00\x04\xaa\xbb\xcc"[..],
        b"\x3d\x04\x30abc",
        b"\x5a\x1f\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x09",
        b"\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08",
        b"\x5a\x0d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\xdd\xee",
        b"\x5e\x03\x01\x03\x10\x89\x08\x04lost\x01x\x00\x79\x02\x21\x0a\xff",
    ]
    .concat();
    let bytes = message(&options);
    let mut talk = Talk::new("dhcp");
    talk.datagram(0, &bytes).expect(&[
        ("dhcp.client_id.duid_type", "4"),
        ("dhcp.option.dhcp_authentication.secret_id", "0x00000009"),
        ("dhcp.option.dhcp_authentication.hmac_md5_hash", "01020304050607080102030405060708"),
        ("nd.dhcp.client_network_id_type", "1"),
        ("nd.dhcp.option.lost_server", "lost.x"),
        ("nd.dhcp.option.route", ""),
        ("nd.dhcp.option.rest", "aabbcc,30616263,ddee,210a"),
    ]);
    talk.survives(&bytes);
}

#[test]
fn without_the_cookie_it_is_bootp() {
    let mut bytes = message(&[0; 60]);
    bytes[236..240].fill(0);
    bytes[44..50].copy_from_slice(b"server");
    let seen = Talk::new("dhcp").datagram(0, &bytes);
    assert_eq!(seen.info, "Boot Request from 02:00:00:00:00:01 (02:00:00:00:00:01)");
    assert_eq!(seen.faults.len(), 0);
    seen.expect(&[("dhcp.bootp", "1"), ("dhcp.server", "server"), ("dhcp.cookie", "")]);
    let seen = Talk::new("dhcp").datagram(0, &bytes[..280]);
    assert_eq!(seen.faults, ["malformed: vendor's area shorter than 64 bytes"]);
}

#[test]
fn what_is_missing_is_said() {
    let bytes = message(b"\x35\x01\x01\x0c\x09host");
    let seen = Talk::new("dhcp").datagram(0, &bytes);
    assert_eq!(seen.faults, ["malformed: option reaches beyond the message (dhcp.option.length)"]);
    seen.expect(&[("dhcp.option.dhcp", "1"), ("dhcp.option.hostname", "")]);
    let seen = Talk::new("dhcp").cut(0, &bytes, 300);
    assert_eq!(seen.faults, ["cut: 249 of 254 bytes"]);
    let seen = Talk::new("dhcp").datagram(0, &bytes[..40]);
    assert_eq!(seen.faults, ["cut: 40 of 240 bytes"]);
}

#[test]
fn some_clients_send_seconds_the_other_way_round() {
    let mut bytes = message(b"\xff");
    bytes[8..10].copy_from_slice(&[30, 0]);
    Talk::new("dhcp").datagram(0, &bytes).expect(&[("dhcp.secs", "30")]);
}
