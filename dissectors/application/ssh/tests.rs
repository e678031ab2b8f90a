use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::dissector::Follows;
use crate::testing::{Talk, bytes};

const MORE: Stream = Stream { follows: Follows::More, gap: 0 };

/// A binary packet with four bytes of padding.
fn packet(payload: &str) -> Vec<u8> {
    let payload = bytes(payload);
    let mut packet = u32::try_from(payload.len() + 5).unwrap().to_be_bytes().to_vec();
    packet.push(4);
    packet.extend(payload);
    packet.extend([0; 4]);
    packet
}

fn list(names: &str) -> Vec<u8> {
    let mut list = u32::try_from(names.len()).unwrap().to_be_bytes().to_vec();
    list.extend(names.as_bytes());
    list
}

fn kexinit(kex: &str, cipher: &str, mac: &str) -> Vec<u8> {
    let mut payload = vec![20];
    payload.extend([7; 16]);
    for names in [kex, "ssh-ed25519", cipher, cipher, mac, mac, "none", "none", "", ""] {
        payload.extend(list(names));
    }
    payload.extend([0; 5]);
    let mut packet = u32::try_from(payload.len() + 5).unwrap().to_be_bytes().to_vec();
    packet.push(4);
    packet.extend(payload);
    packet.extend([0; 4]);
    packet
}

#[test]
fn an_identification_and_the_line_before_it() {
    let mut talk = Talk::new("ssh");
    let (len, seen) = talk.stream(0, false, b"welcome\r\nSSH-2.0-x\r\n", MORE).unwrap();
    assert_eq!((len, seen.get("nd.ssh.line").as_str()), (9, "welcome"));
    let (len, seen) = talk.stream(1, false, b"SSH-2.0-x_1 y\r\n", MORE).unwrap();
    assert_eq!((len, seen.info.as_str()), (15, "Server: Protocol (SSH-2.0-x_1 y)"));
    seen.expect(&[("ssh.protocol", "SSH-2.0-x_1 y"), ("ssh.direction", "1")]);
    assert_eq!(talk.stream(2, true, b"SSH-2", MORE).err(), Some(Fault::Short { need: 6, have: 5 }));
}

#[test]
fn lines_may_come_when_the_client_has_spoken() {
    let mut talk = Talk::new("ssh");
    talk.stream(0, true, b"SSH-2.0-c\r\n", MORE).unwrap();
    let data =
        [b"hi\nSSH-2.0-s\r\n", &kexinit("curve25519-sha256", "aes128-ctr", "hmac-sha2-256")[..]].concat();
    let (len, seen) = talk.stream(1, false, &data, MORE).unwrap();
    assert_eq!((len, seen.get("nd.ssh.line").as_str()), (3, "hi"));
    let (len, seen) = talk.stream(1, false, &data[3..], MORE).unwrap();
    assert_eq!((len, seen.get("ssh.protocol").as_str()), (11, "SSH-2.0-s"));
    let (_, seen) = talk.stream(1, false, &data[14..], MORE).unwrap();
    seen.expect(&[("ssh.message_code", "20")]);
}

#[test]
fn a_curve_is_agreed_on_and_keys_are_taken() {
    let mut talk = Talk::new("ssh");
    let client = kexinit("curve25519-sha256,ecdh-sha2-nistp256", "aes128-ctr", "hmac-sha2-256");
    let (_, seen) = talk.stream(0, true, &client, MORE).unwrap();
    // md5 of "curve25519-sha256,ecdh-sha2-nistp256;aes128-ctr;hmac-sha2-256;none", by md5sum.
    seen.expect(&[
        ("ssh.message_code", "20"),
        ("ssh.cookie", "07070707070707070707070707070707"),
        ("ssh.kex_algorithms", "curve25519-sha256,ecdh-sha2-nistp256"),
        ("ssh.kex.hassh", "88189635a3ee7c7f0c02224b7a2e1292"),
        ("ssh.seq_num", "0"),
        ("ssh.padding_string", "00000000"),
    ]);
    let server = kexinit("ecdh-sha2-nistp256", "aes128-ctr", "hmac-sha2-256");
    talk.stream(0, false, &server, MORE).unwrap();
    let (_, seen) = talk.stream(0, true, &packet("1e 00000002 abcd"), MORE).unwrap();
    seen.expect(&[("ssh.ecdh.q_c_length", "2"), ("ssh.ecdh.q_c", "abcd"), ("ssh.seq_num", "1")]);
    assert_eq!(seen.info, "Client: Elliptic Curve Diffie-Hellman Key Exchange Init");
    let reply = packet(
        "1f 00000017 0000000b 7373682d65643235353139 00000004 01020304
         00000002 cdef 00000017 0000000b 7373682d65643235353139 00000004 aabbccdd",
    );
    let (_, seen) = talk.stream(0, false, &reply, MORE).unwrap();
    seen.expect(&[
        ("ssh.host_key.type", "ssh-ed25519"),
        ("ssh.host_key.eddsa.key", "01020304"),
        ("ssh.ecdh.q_s", "cdef"),
        ("ssh.host_sig.type", "ssh-ed25519"),
        ("nd.ssh.host_sig.curve", "00000004aabbccdd"),
        ("nd.ssh.host_sig.blob_length", "4"),
        ("nd.ssh.host_sig.blob", "aabbccdd"),
        ("ssh.payload", ""),
    ]);
    let reply = packet(
        "1f 00000017 0000000b 7373682d65643235353139 00000004 01020304 00000002 cdef
         00000027 00000013 65636473612d736861322d6e69737470323536 0000000c 00000002 0102 00000002 0304",
    );
    let (_, seen) = talk.stream(0, false, &reply, MORE).unwrap();
    seen.expect(&[
        ("ssh.host_sig.type", "ecdsa-sha2-nistp256"),
        ("nd.ssh.host_sig.curve", "0000000c000000020102000000020304"),
        ("nd.ssh.host_sig.ecdsa.number_length", "2,2"),
        ("nd.ssh.host_sig.ecdsa.r", "0102"),
        ("nd.ssh.host_sig.ecdsa.s", "0304"),
        ("ssh.mpint_length", ""),
        ("ssh.padding_string", "00000000"),
    ]);
    talk.stream(0, true, &packet("15"), MORE).unwrap();
    let (len, seen) = talk.stream(0, true, &[9; 40], MORE).unwrap();
    assert_eq!((len, seen.info.as_str()), (40, "Client: Encrypted, 40 bytes"));
    assert_eq!(seen.get("nd.ssh.encrypted").len(), 80);
}

#[test]
fn a_group_is_negotiated() {
    let mut talk = Talk::new("ssh");
    let init = kexinit("diffie-hellman-group-exchange-sha256", "aes128-ctr", "hmac-sha1");
    talk.stream(0, true, &init, MORE).unwrap();
    talk.stream(0, false, &init, MORE).unwrap();
    let (_, seen) = talk.stream(0, true, &packet("22 00000400 00000800 00002000"), MORE).unwrap();
    seen.expect(&[("ssh.dh_gex.min", "1024"), ("ssh.dh_gex.nbits", "2048"), ("ssh.dh_gex.max", "8192")]);
    let (_, seen) = talk.stream(0, false, &packet("1f 00000002 0081 00000001 02"), MORE).unwrap();
    seen.expect(&[("ssh.dh_gex.p", "0081"), ("ssh.dh_gex.g", "02"), ("ssh.mpint_length", "2,1")]);
    talk.stream(0, false, &packet("15"), MORE).unwrap();
    let mut data = bytes("0000000c");
    data.extend([9; 32]);
    let (_, seen) = talk.stream(0, false, &data, MORE).unwrap();
    seen.expect(&[("ssh.packet_length", ""), ("ssh.packet_length_encrypted", "0000000c")]);
    assert_eq!(seen.get("ssh.encrypted_packet").len(), 64);
}

#[test]
fn a_packet_waits_for_its_end_and_a_length_that_lies_is_none() {
    let mut talk = Talk::new("ssh");
    let whole = packet("01 0000000b 00000003 627965 00000000");
    let cut = talk.stream(0, true, &whole[..10], MORE).err();
    assert_eq!(cut, Some(Fault::Short { need: whole.len(), have: 10 }));
    let (_, seen) = talk.stream(0, true, &whole, MORE).unwrap();
    seen.expect(&[
        ("ssh.disconnect_reason", "0x0000000b"),
        ("ssh.disconnect_description", "bye"),
        ("nd.ssh.disconnect_language_length", "0"),
    ]);
    let (_, seen) = talk.stream(0, true, &packet("01 0000000b 00000003 627965"), MORE).unwrap();
    seen.expect(&[("nd.ssh.disconnect_language_length", ""), ("ssh.padding_string", "00000000")]);
    let (len, seen) = talk.stream(0, true, &bytes("ffffffff 00 01"), MORE).unwrap();
    assert_eq!((len, seen.get("ssh.encrypted_packet").as_str()), (6, "0001"));
}

#[test]
fn the_first_packet_of_version_1_is_in_clear() {
    let mut talk = Talk::new("ssh");
    talk.stream(0, true, b"SSH-1.5-x\n", MORE).unwrap();
    // Length 6: two bytes of padding, message 3, one byte, four of checksum.
    let (len, seen) = talk.stream(0, true, &bytes("00000006 0000 03 ff 01020304 00"), MORE).unwrap();
    assert_eq!((len, seen.info.as_str()), (12, "Client: Session Key"));
    seen.expect(&[("ssh.padding_length", "2"), ("ssh.message_code", "3"), ("ssh.payload", "ff01020304")]);
    seen.expect(&[("nd.ssh.checksum", "0x01020304")]);
    let (len, seen) = talk.stream(0, true, &bytes("00000006 0000 03ff01020304"), MORE).unwrap();
    assert_eq!((len, seen.info.as_str()), (12, "Client: Encrypted packet (len=6)"));
}

#[test]
fn names_of_messages_are_those_of_their_method_and_version() {
    let name = |method: Method, code: u8| code_row(method, code).name_of(code.into());
    assert_eq!(name(Method::Group, 31), Some("Diffie-Hellman Key Exchange Reply"));
    assert_eq!(name(Method::Exchange, 31), Some("Diffie-Hellman Group Exchange Group"));
    assert_eq!(name(Method::Curve, 31), Some("Elliptic Curve Diffie-Hellman Key Exchange Reply"));
    assert_eq!(name(Method::Curve, 32), None);
    assert_eq!(name(Method::Curve, 3), Some("Unimplemented"));
    assert_eq!(OLD_CODE.name_of(3), Some("Session Key"));
}

#[test]
fn http_on_this_port_is_http() {
    let mut talk = Talk::new("ssh");
    let (_, seen) = talk.stream(0, true, b"GET / HTTP/1.1\r\n\r\n", MORE).unwrap();
    assert_eq!(seen.protocols, "http");
}

#[test]
fn hostile_bytes() {
    let mut talk = Talk::new("ssh");
    talk.survives(&kexinit("ecdh-sha2-nistp256", "aes128-ctr", "hmac-sha1"));
    talk.survives(&packet("1f 00000017 0000000b 7373682d65643235353139 00000004 01020304 00000002 cdef"));
    talk.survives(b"SSH-2.0-x\r\n");
}
