//! The packets of RFC 9001 appendix A, and others that `samples/make_quic.py` sealed with the keys of that appendix.

use alloc::vec::Vec;

use super::names::ERRORS;
use crate::field::name_of;
use crate::testing::{Seen, Talk, bytes};

/// Appendix A.2: the client's first packet.
const CLIENT: &str = "\
    c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c \
    0bab7df5976d27cd449f63300099f3991c260ec4c60d17b31f8429157bb35a1282a643a8d2262cad67500cadb8e7378c \
    8eb7539ec4d4905fed1bee1fc8aafba17c750e2c7ace01e6005f80fcb7df621230c83711b39343fa028cea7f7fb5ff89 \
    eac2308249a02252155e2347b63d58c5457afd84d05dfffdb20392844ae812154682e9cf012f9021a6f0be17ddd0c208 \
    4dce25ff9b06cde535d0f920a2db1bf362c23e596d11a4f5a6cf3948838a3aec4e15daf8500a6ef69ec4e3feb6b1d98e \
    610ac8b7ec3faf6ad760b7bad1db4ba3485e8a94dc250ae3fdb41ed15fb6a8e5eba0fc3dd60bc8e30c5c4287e53805db \
    059ae0648db2f64264ed5e39be2e20d82df566da8dd5998ccabdae053060ae6c7b4378e846d29f37ed7b4ea9ec5d82e7 \
    961b7f25a9323851f681d582363aa5f89937f5a67258bf63ad6f1a0b1d96dbd4faddfcefc5266ba6611722395c906556 \
    be52afe3f565636ad1b17d508b73d8743eeb524be22b3dcbc2c7468d54119c7468449a13d8e3b95811a198f3491de3e7 \
    fe942b330407abf82a4ed7c1b311663ac69890f4157015853d91e923037c227a33cdd5ec281ca3f79c44546b9d90ca00 \
    f064c99e3dd97911d39fe9c5d0b23a229a234cb36186c4819e8b9c5927726632291d6a418211cc2962e20fe47feb3edf \
    330f2c603a9d48c0fcb5699dbfe5896425c5bac4aee82e57a85aaf4e2513e4f05796b07ba2ee47d80506f8d2c25e50fd \
    14de71e6c418559302f939b0e1abd576f279c4b2e0feb85c1f28ff18f58891ffef132eef2fa09346aee33c28eb130ff2 \
    8f5b766953334113211996d20011a198e3fc433f9f2541010ae17c1bf202580f6047472fb36857fe843b19f5984009dd \
    c324044e847a4f4a0ab34f719595de37252d6235365e9b84392b061085349d73203a4a13e96f5432ec0fd4a1ee65accd \
    d5e3904df54c1da510b0ff20dcc0c77fcb2c0e0eb605cb0504db87632cf3d8b4dae6e705769d1de354270123cb11450e \
    fc60ac47683d7b8d0f811365565fd98c4c8eb936bcab8d069fc33bd801b03adea2e1fbc5aa463d08ca19896d2bf59a07 \
    1b851e6c239052172f296bfb5e72404790a2181014f3b94a4e97d117b438130368cc39dbb2d198065ae3986547926cd2 \
    162f40a29f0c3c8745c0f50fba3852e566d44575c29d39a03f0cda721984b6f440591f355e12d439ff150aab7613499d \
    bd49adabc8676eef023b15b65bfc5ca06948109f23f350db82123535eb8a7433bdabcb909271a6ecbcb58b936a88cd4e \
    8f2e6ff5800175f113253d8fa9ca8885c2f552e657dc603f252e1a8e308f76f0be79e2fb8f5d5fbbe2e30ecadd220723 \
    c8c0aea8078cdfcb3868263ff8f0940054da48781893a7e49ad5aff4af300cd804a6b6279ab3ff3afb64491c85194aab \
    760d58a606654f9f4400e8b38591356fbf6425aca26dc85244259ff2b19c41b9f96f3ca9ec1dde434da7d2d392b905dd \
    f3d1f9af93d1af5950bd493f5aa731b4056df31bd267b6b90a079831aaf579be0a39013137aac6d404f518cfd4684064 \
    7e78bfe706ca4cf5e9c5453e9f7cfd2b8b4c8d169a44e55c88d4a9a7f9474241e221af44860018ab0856972e194cd934";
/// Appendix A.3: the server's answer.
const SERVER: &str = "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a \
    5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3 \
    dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84 \
    022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4 2158407dd074ee";
/// Appendix A.4: a Retry.
const RETRY: &str = "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba";
/// Appendix A.5: a packet with a short header and no connection ID.
const SHORT: &str = "4cfe4189655e5cd55c41f69080575d7999c25a5bfb";
/// Number 3, with the token and the keys of the Retry: PING three times.
const RETRIED: &str =
    "c20000000108f067a5502a4262b50005746f6b656e40153397372bc73e4a4b97dbb26f315adbef538d7db452";
/// Number 0, with the first keys: PING three times.
const PINGS: &str = "c200000001088394c8f03e51570800004015fc3c41b5104e660ee20d47baf110e2e0c197b21d04";
/// Number 1, to an ID that no packet told, with the first keys: PING three times.
const ELSEWHERE: &str = "c60000000104deadbeef00004015fa286b3baacf1b94c95c318dcb3913f0223b495537";
/// Number 0, with the first keys: PING, and STREAM, which no Initial packet may hold.
const FOREIGN: &str = "c800000001088394c8f03e51570800004016930141bc11da30381ea8c8228647a289ecf753566975";
/// Number 0 of the server: CONNECTION_CLOSE with the alert 40 for a CRYPTO frame, and ACK of 7, 6, 5 and 2.
const CLOSE: &str = "c7000000010008f067a5502a4262b50040208237b47111b71932c691f5235edebb37 \
    d67f2dc64e05e8cdacf11593ac9b9a0b";
/// Version 2: the second half of the hello of appendix A.2 from byte 120 on, then PING and the first half.
const SECOND_HALF: &str = "da6b3343cf088394c8f03e5157080000409008c9d4aca62e10958d4d2b691ca733f4 \
    ab15c870544a8175e546970d0d9b376049792f395cef2895e60c9b833d207e67 \
    1c9bae0d2f9ffa9c1edb6ea54cab70a45e5399c0c8232694bafe8068b68df39a \
    f93ecfb92e6b3930b344b9a1a5c3022513c8161d9d36010d87a41b4f3f0f79aa \
    2dd0c4e0377f8629dcc755151eada8f2b9e5dfc66518394575cf5f7c6eadd582";
const FIRST_HALF: &str = "d56b3343cf088394c8f03e5157080000408fa5445d978ab198cce1432b4acc8c5a \
    80d1eee270759904e5ec816df046fcbfe964bc009bdf6787aadb3b0ac94bc511 \
    31517f1812881978a98d2596a432a75c461d9af7a568f22c80585696c7691876 \
    ca5da2ae5286dc979bd77ef77bf1152c5816eb7f473b51cc47d3907f8b145315 \
    b56ca9a73e00ad2bd33af127fefef14c30dabe9e5864278b2d415d5e6382a832";

fn talk() -> Talk {
    Talk::new("quic")
}

fn begun() -> Talk {
    let mut talk = talk();
    talk.datagram(0, &bytes(PINGS));
    talk
}

#[test]
fn errors_of_tls_have_a_name() {
    let names = [0x11, 0x12, 0x100, 0x128, 0x1ff, 0x200].map(|error| name_of(ERRORS, error));
    let tls = Some("CRYPTO_ERROR");
    assert_eq!(names, [Some("VERSION_NEGOTIATION_ERROR"), None, tls, tls, tls, None]);
}

#[test]
fn the_first_packet_of_a_client() {
    let seen = talk().datagram(0, &bytes(CLIENT));
    assert_eq!(seen.protocols, "quic:tls");
    assert_eq!(
        seen.info,
        "Initial, DCID=8394c8f03e515708, PKN: 2, CRYPTO, PADDING, Client Hello (SNI=example.com)"
    );
    assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    seen.expect(&[
        ("quic.connection.number", "0"),
        ("quic.packet_length", "1200"),
        ("quic.header_form", "1"),
        ("quic.fixed_bit", "1"),
        ("quic.long.packet_type", "0"),
        ("quic.long.reserved", "0"),
        ("quic.packet_number_length", "3"),
        ("quic.version", "0x00000001"),
        ("quic.dcil", "8"),
        ("quic.dcid", "8394c8f03e515708"),
        ("quic.scil", "0"),
        ("quic.scid", ""),
        ("quic.token_length", "0"),
        ("quic.length", "1182"),
        ("quic.packet_number", "2"),
        ("quic.remaining_payload", ""),
        ("quic.frame_type", "6,0"),
        ("quic.crypto.offset", "0"),
        ("quic.crypto.length", "241"),
        ("quic.padding_length", "917"),
        ("tls.handshake.type", "1"),
        ("tls.handshake.extensions_server_name", "example.com"),
        ("tls.handshake.extensions_alpn_str", "alpn"),
        ("tls.handshake.extensions.supported_version", "0x0304"),
        ("tls.record.content_type", ""),
        ("tls.quic.parameter.type", "4,5,7,8,1,9,15,6"),
        ("tls.quic.parameter.initial_max_data", "4611686018427387903"),
        ("tls.quic.parameter.initial_max_stream_data_bidi_local", "65535"),
        ("tls.quic.parameter.max_idle_timeout", "30000"),
        ("tls.quic.parameter.initial_max_streams_bidi", "16"),
        ("tls.quic.parameter.initial_source_connection_id", "8394c8f03e515708"),
    ]);
    let ja4 = seen.get("tls.handshake.ja4");
    assert!(ja4.starts_with("q13d0211an_"), "{ja4}");
}

#[test]
fn the_answer_of_a_server() {
    let mut talk = begun();
    let seen = talk.answer(1, &bytes(SERVER));
    assert_eq!(seen.info, "Initial, SCID=f067a5502a4262b5, PKN: 1, ACK, CRYPTO, Server Hello");
    seen.expect(&[
        ("quic.packet_number", "1"),
        ("quic.packet_number_length", "1"),
        ("quic.frame_type", "2,6"),
        ("quic.ack.largest_acknowledged", "0"),
        ("quic.ack.ack_range_count", "0"),
        ("quic.scid", "f067a5502a4262b5"),
        ("quic.dcid", ""),
        ("tls.handshake.ciphersuite", "0x1301"),
    ]);
    // Once more: the connection has taken these bytes.
    assert_eq!(talk.answer(2, &bytes(SERVER)).protocols, "quic");
}

#[test]
fn without_the_beginning_nothing_is_opened() {
    let seen = talk().answer(0, &bytes(SERVER));
    assert_eq!((seen.protocols.as_str(), seen.info.as_str()), ("quic", "Initial, SCID=f067a5502a4262b5"));
    seen.expect(&[("quic.connection.number", ""), ("quic.packet_number", ""), ("quic.frame_type", "")]);
    assert_eq!(seen.get("quic.remaining_payload").len(), 2 * 117);
}

#[test]
fn a_packet_that_was_changed_is_not_opened() {
    let mut packet = bytes(CLIENT);
    packet[1100] ^= 1;
    let seen = talk().datagram(0, &packet);
    assert_eq!((seen.protocols.as_str(), seen.get("quic.packet_number").as_str()), ("quic", ""));
}

#[test]
fn a_retry_makes_other_keys() {
    let mut talk = begun();
    let seen = talk.answer(1, &bytes(RETRY));
    assert_eq!(seen.info, "Retry, SCID=f067a5502a4262b5");
    seen.expect(&[
        ("quic.long.packet_type", "3"),
        ("quic.retry_token", "746f6b656e"),
        ("quic.retry_integrity_tag", "04a265ba2eff4d829058fb3f0f2496ba"),
    ]);
    let seen = talk.datagram(2, &bytes(RETRIED));
    assert_eq!(seen.info, "Initial, DCID=f067a5502a4262b5, PKN: 3, PING");
    seen.expect(&[
        ("quic.token", "746f6b656e"),
        ("quic.frame_type", "1,1,1"),
        ("quic.connection.number", "0"),
    ]);
}

#[test]
fn a_handshake_in_pieces_of_version_2() {
    let mut talk = talk();
    let seen = talk.datagram(0, &bytes(SECOND_HALF));
    assert_eq!((seen.protocols.as_str(), seen.get("quic.crypto.offset").as_str()), ("quic", "120"));
    let seen = talk.datagram(1, &bytes(FIRST_HALF));
    assert_eq!(
        seen.info,
        "Initial, DCID=8394c8f03e515708, PKN: 1, PING, CRYPTO, Client Hello (SNI=example.com)"
    );
    seen.expect(&[
        ("quic.long.packet_type_v2", "1"),
        ("quic.long.packet_type", ""),
        ("quic.crypto.fragment", "2,1"),
        ("quic.crypto.fragment.count", "2"),
        ("tls.handshake.length", "237"),
    ]);
}

#[test]
fn a_connection_that_is_closed() {
    let seen = begun().answer(1, &bytes(CLOSE));
    assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    seen.expect(&[
        ("quic.frame_type", "28,2"),
        ("quic.cc.error_code", "296"),
        ("quic.cc.error_code.tls_alert", "40"),
        ("quic.cc.frame_type", "6"),
        ("quic.cc.reason_phrase.length", "2"),
        ("quic.cc.reason_phrase", "no"),
        ("quic.ack.largest_acknowledged", "7"),
        ("quic.ack.first_ack_range", "2"),
        ("quic.ack.gap", "1"),
        ("quic.ack.ack_range", "0"),
    ]);
}

#[test]
fn short_headers_say_what_the_connection_knows() {
    let mut talk = begun();
    let unknown = talk.datagram(1, &bytes("5cf067a5502a4262b5 00112233445566778899"));
    unknown.expect(&[("quic.dcid", ""), ("quic.fixed_bit", "1"), ("quic.spin_bit", "0")]);
    assert_eq!(unknown.get("quic.connection.number"), "");
    talk.answer(2, &bytes(SERVER));
    let known = talk.datagram(3, &bytes("7cf067a5502a4262b5 00112233445566778899"));
    assert_eq!(known.info, "Protected Payload, DCID=f067a5502a4262b5");
    known.expect(&[
        ("quic.dcid", "f067a5502a4262b5"),
        ("quic.spin_bit", "1"),
        ("quic.connection.number", "0"),
        ("quic.remaining_payload", "00112233445566778899"),
    ]);
    let empty = talk.answer(4, &bytes(SHORT));
    empty.expect(&[("quic.connection.number", "0"), ("quic.dcid", ""), ("quic.packet_length", "21")]);
}

#[test]
fn an_id_that_was_given_in_secret() {
    // By itself it is no beginning of a connection.
    assert_eq!(talk().datagram(0, &bytes(ELSEWHERE)).get("quic.packet_number"), "");
    let mut talk = begun();
    let short = bytes("40deadbeef 00112233445566778899");
    assert_eq!(talk.datagram(1, &short).get("quic.dcid"), "");
    let seen = talk.datagram(2, &bytes(ELSEWHERE));
    assert_eq!(seen.info, "Initial, DCID=deadbeef, PKN: 1, PING");
    assert_eq!(seen.get("quic.connection.number"), "0");
    assert_eq!(talk.datagram(3, &short).get("quic.dcid"), "deadbeef");
}

#[test]
fn packets_share_a_datagram() {
    let mut talk = begun();
    let handshake = bytes("e5000000010008f067a5502a4262b515 0011223344556677889900112233445566778899aa");
    let mut datagram = [bytes(SERVER), handshake, bytes(SHORT)].concat();
    let seen = talk.answer(1, &datagram);
    assert_eq!(
        seen.info,
        "Initial, SCID=f067a5502a4262b5, PKN: 1, ACK, CRYPTO, Handshake, SCID=f067a5502a4262b5, \
         Protected Payload, Server Hello"
    );
    seen.expect(&[
        ("quic.long.packet_type", "0,2"),
        ("quic.packet_length", "135,37,21"),
        ("quic.header_form", "1,1,0"),
        ("quic.connection.number", "0"),
        ("nd.quic.trailer", ""),
    ]);
    // Zeros that fill a datagram up are no packet.
    datagram.truncate(135);
    datagram.extend([0; 30]);
    let seen = talk.answer(2, &datagram);
    seen.expect(&[("quic.packet_length", "135"), ("nd.quic.trailer", &"00".repeat(30))]);
}

#[test]
fn a_version_is_negotiated() {
    let mut talk = talk();
    let seen = talk.datagram(
        0,
        &bytes("c01a2a3a4a 088394c8f03e515708 02abcd 00 14 0011223344556677889900112233445566778899"),
    );
    assert_eq!(seen.info, "Initial, DCID=8394c8f03e515708, SCID=abcd");
    let seen = talk.answer(1, &bytes("b500000000 02abcd 088394c8f03e515708 00000001 6b3343cf"));
    assert_eq!(seen.info, "Version Negotiation, DCID=abcd, SCID=8394c8f03e515708");
    seen.expect(&[
        ("quic.vn.unused", "0x35"),
        ("quic.supported_version", "0x00000001,0x6b3343cf"),
        ("quic.connection.number", "0"),
        ("quic.fixed_bit", ""),
    ]);
    // With the same ID, in a version whose keys are known.
    assert_eq!(talk.datagram(2, &bytes(PINGS)).get("quic.frame_type"), "1,1,1");
}

#[test]
fn lengths_that_lie_are_told() {
    let told = |hex: &str| talk().datagram(0, &bytes(hex)).faults;
    let id = "088394c8f03e515708 00";
    assert_eq!(
        told("c000000001 ff 00"),
        ["malformed: a connection ID longer than its datagram (quic.dcil, quic.scil)"]
    );
    let long = alloc::format!("c000000001 15 {} 00 00 00", "00".repeat(21));
    assert_eq!(told(&long), ["malformed: a connection ID of more than 20 bytes (quic.dcil, quic.scil)"]);
    let token = alloc::format!("c000000001 {id} 7fff 00");
    assert_eq!(told(&token), ["malformed: a token longer than its datagram (quic.token_length)"]);
    let packet = alloc::format!("c000000001 {id} 00 4100 00");
    assert_eq!(told(&packet), ["malformed: a packet longer than its datagram (quic.length)"]);
    let packet = alloc::format!("c000000001 {id} 00 02 0000");
    assert_eq!(told(&packet), ["malformed: too short for a packet number and its protection (quic.length)"]);
    let retry = alloc::format!("f000000001 {id} 0011");
    assert_eq!(told(&retry), ["malformed: no room for what ends a Retry (quic.retry_integrity_tag)"]);
    let seen = talk().datagram(0, &bytes(FOREIGN));
    assert_eq!(seen.faults, ["malformed: a frame that no Initial packet may hold (quic.frame_type)"]);
    seen.expect(&[("quic.frame_type", "1,8")]);
}

#[test]
fn packets_of_a_datagram_are_bounded() {
    let one = "e000000001 00 00 14 0011223344556677889900112233445566778899";
    let seen = talk().datagram(0, &bytes(&one.repeat(17)));
    assert_eq!(seen.get("quic.long.packet_type").split(',').count(), 16);
    assert_eq!(seen.faults, ["malformed: more packets than one datagram may hold here (quic.packet_length)"]);
}

#[test]
fn a_packet_that_is_cut_shows_its_header() {
    let packet = bytes(CLIENT);
    let seen = talk().cut(0, &packet[..100], packet.len());
    assert_eq!(seen.faults, ["cut: 100 of 1200 bytes"]);
    seen.expect(&[
        ("quic.packet_number", "2"),
        ("quic.packet_length", "1200"),
        ("quic.length", "1182"),
        ("quic.frame_type", ""),
    ]);
    let retry = bytes(RETRY);
    let seen = talk().cut(0, &retry[..30], retry.len());
    seen.expect(&[("quic.retry_integrity_tag", ""), ("quic.scid", "f067a5502a4262b5")]);
}

#[test]
fn a_datagram_is_known_by_its_looks() {
    let protocols = |payload: &str| {
        let payload = bytes(payload);
        let len = u16::try_from(payload.len()).unwrap();
        let mut packet = bytes("45000000 00010000 40110000 0a000001 0a000002 c3f1 01bb 0000 0000");
        packet.extend(&payload);
        packet[2..4].copy_from_slice(&(len + 28).to_be_bytes());
        packet[24..26].copy_from_slice(&(len + 8).to_be_bytes());
        quoted(&packet)
    };
    assert!(protocols(PINGS).ends_with(":udp:quic"));
    assert!(protocols(&alloc::format!("80{}", &PINGS[2..])).ends_with(":udp:data"));
    assert!(protocols(&alloc::format!("c2abcdef01{}", &PINGS[10..])).ends_with(":udp:data"));
    // Connection IDs that have no room.
    assert!(protocols("c200000001 14 0011223344").ends_with(":udp:data"));
}

/// The layers of a packet that an ICMP error quotes.
fn quoted(packet: &[u8]) -> alloc::string::String {
    let mut error = bytes("45000000 00010000 40010000 0a000002 0a000001 0303 0000 00000000");
    error.extend(packet);
    let len = u16::try_from(error.len()).unwrap();
    error[2..4].copy_from_slice(&len.to_be_bytes());
    Seen::new(crate::frame::LinkType::RAW, &error).protocols
}

#[test]
fn broken_packets_survive() {
    let pieces: Vec<u8> = [bytes(PINGS), bytes(FOREIGN)].concat();
    for packet in [bytes(SERVER), bytes(RETRY), bytes(CLOSE), bytes(SECOND_HALF), bytes(SHORT), pieces] {
        begun().survives(&packet);
    }
}
