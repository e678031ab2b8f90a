//! Bytes written from RFC 5531.

use alloc::vec::Vec;

use crate::dissector::{Fault, Follows, Stream};
use crate::testing::{Seen, Talk, bytes};

/// A call of GETPORT for NFS 3 over UDP, as AUTH_SYS user 1000 of host "h1" with one more group.
const CALL: &str = "00000001 00000000 00000002 000186a0 00000002 00000003 \
    00000001 0000001c 5eed0001 00000002 68310000 000003e8 000003e8 00000001 00000064 \
    00000000 00000000  000186a3 00000003 00000011 00000000";
const REPLY: &str = "00000001 00000001 00000000 00000000 00000000 00000000 00000801";

/// A record with its fragments' heads.
fn record(fragments: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for (nth, fragment) in fragments.iter().enumerate() {
        let data = bytes(fragment);
        let mark = u32::try_from(data.len()).unwrap() | if nth + 1 == fragments.len() { 1 << 31 } else { 0 };
        out.extend(mark.to_be_bytes());
        out.extend(data);
    }
    out
}

fn seen(talk: &mut Talk, from_client: bool, data: &[u8]) -> (usize, Seen) {
    talk.stream(0, from_client, data, Stream { follows: Follows::More, gap: 0 }).unwrap()
}

#[test]
fn a_call_and_its_reply() {
    let mut talk = Talk::new("rpc");
    let call = talk.datagram(0, &bytes(CALL));
    call.expect(&[
        ("rpc.xid", "0x00000001"),
        ("rpc.msgtyp", "0"),
        ("rpc.version", "2"),
        ("rpc.program", "100000"),
        ("rpc.procedure", "3"),
        ("rpc.auth.flavor", "1,0"),
        ("rpc.auth.length", "28,0"),
        ("rpc.auth.machinename", "h1"),
        ("rpc.auth.uid", "1000"),
        ("rpc.auth.gid", "1000,100"),
        ("rpc.fill_bytes", "0000"),
        ("portmap.prog", "100003"),
        ("portmap.port", "0"),
    ]);
    assert_eq!(call.info, "V2 GETPORT Call NFS(100003) V3 UDP");
    let reply = talk.datagram(250, &bytes(REPLY));
    reply.expect(&[
        ("rpc.program", "100000"),
        ("rpc.programversion", "2,2"),
        ("rpc.repframe", "1"),
        ("rpc.time", "250000000 ns"),
        ("rpc.state_accept", "0"),
        ("portmap.port", "2049"),
    ]);
    assert!(reply.faults.is_empty() && call.faults.is_empty());
}

#[test]
fn a_call_that_is_repeated_is_timed_from_the_first() {
    let mut talk = Talk::new("rpc");
    talk.datagram(0, &bytes(CALL));
    let again = talk.datagram(1_000, &bytes(CALL));
    again.expect(&[("rpc.dup", "1"), ("rpc.call.dup", "1")]);
    talk.datagram(1_500, &bytes(REPLY)).expect(&[("rpc.time", "1500000000 ns"), ("rpc.dup", "")]);
    talk.datagram(1_600, &bytes(REPLY)).expect(&[("rpc.reply.dup", "3"), ("rpc.repframe", "1")]);
}

#[test]
fn a_reply_to_an_unknown_call_says_what_it_can() {
    let seen = Talk::new("rpc").datagram(0, &bytes(REPLY));
    seen.expect(&[("rpc.xid", "0x00000001"), ("rpc.program", ""), ("rpc.repframe", "")]);
    assert_eq!(seen.protocols, "rpc:data");
}

#[test]
fn calls_denied_and_programs_not_there() {
    let mut talk = Talk::new("rpc");
    talk.datagram(0, &bytes(CALL));
    let denied = talk.datagram(0, &bytes("00000001 00000001 00000001 00000001 00000005"));
    denied.expect(&[("rpc.replystat", "1"), ("rpc.state_reject", "1"), ("rpc.state_auth", "5")]);
    let other = bytes("00000001 00000001 00000000 00000000 00000000 00000002 00000003 00000004");
    talk.datagram(0, &other).expect(&[
        ("rpc.state_accept", "2"),
        ("rpc.programversion.min", "3"),
        ("rpc.programversion.max", "4"),
        ("portmap.port", ""),
    ]);
}

#[test]
fn records_in_one_fragment_and_in_several() {
    let mut talk = Talk::new("rpc");
    let whole = record(&[CALL]);
    let (len, call) = seen(&mut talk, true, &whole);
    assert_eq!(len, whole.len());
    call.expect(&[("rpc.lastfrag", "1"), ("rpc.fraglen", "84"), ("portmap.prog", "100003")]);
    let short = talk.stream(0, true, &whole[..30], Stream { follows: Follows::More, gap: 0 });
    assert_eq!(short.err(), Some(Fault::Short { need: 88, have: 30 }));

    let pieces = record(&["00000001 00000001 00000000 00000000", "00000000", "00000000 00000801"]);
    let (len, reply) = seen(&mut talk, false, &pieces);
    assert_eq!(len, pieces.len());
    reply.expect(&[
        ("rpc.lastfrag", "0,0,1"),
        ("rpc.fraglen", "16,4,8"),
        ("rpc.repframe", "1"),
        ("portmap.port", "2049"),
    ]);
}

#[test]
fn of_a_record_that_is_too_long_the_rest_is_passed_over() {
    let mut talk = Talk::new("rpc");
    let mut call = bytes(
        "80020000 00000001 00000000 00000002 000186a3 00000003 00000007 00000000 00000000 00000000 00000000 \
         00000004 01020304 0000000000000000 00010000 00000002 0001ff00",
    );
    call.resize(0x2_0004, 7);
    let (taken, first) = seen(&mut talk, true, &call[..0x1_0000]);
    assert_eq!((taken, first.info.as_str()), (0x1_0000, "V3 WRITE Call FH 0xb63cfbcd"));
    assert!(first.faults.is_empty(), "{:?}", first.faults);
    call.extend(record(&[CALL]));
    let (taken, rest) = seen(&mut talk, true, &call[0x1_0000..]);
    assert_eq!((taken, rest.protocols.as_str()), (0x1_0004, ""));
    assert_eq!(seen(&mut talk, true, &call[0x2_0004..]).1.protocols, "rpc:portmap");
}

#[test]
fn a_stream_that_is_not_rpc_is_data() {
    let (len, seen) = seen(&mut Talk::new("rpc"), true, b"GET / HTTP/1.1\r\nHost: example\r\n\r\n");
    assert_eq!((len, seen.protocols.as_str()), (33, "data"));
}

#[test]
fn lengths_that_lie_are_told() {
    let mut talk = Talk::new("rpc");
    let long = CALL.replacen("0000001c", "00000190", 1);
    assert_eq!(
        talk.datagram(0, &bytes(&long)).faults,
        ["malformed: longer than its message, or than 400 bytes (rpc.auth.length)"]
    );
    let name = CALL.replacen("00000002 68310000", "00ffffff 68310000", 1);
    assert_eq!(
        talk.datagram(0, &bytes(&name)).faults,
        ["malformed: longer than its message (rpc.opaque_length)"]
    );
}

/// A call of GETPORT under RPCSEC_GSS with this service, as `body` holds it (RFC 2203 section 5.3).
fn secured(service: u8, body: &str) -> Vec<u8> {
    bytes(&alloc::format!(
        "00000001 00000000 00000002 000186a0 00000002 00000003 \
         00000006 0000001c 00000001 00000000 00000002 000000{service:02x} 00000008 636f6e7465787431 \
         00000006 00000003 61626300 {body}"
    ))
}

#[test]
fn what_protects_a_body_is_shown_beside_it() {
    let body = "00000014 00000002 000186a3 00000003 00000011 00000000 00000005 636865636b000000";
    let call = Talk::new("rpc").datagram(0, &secured(2, body));
    call.expect(&[
        ("rpc.authgss.token", "0000000361626300"),
        ("rpc.authgss.data.length", "20"),
        ("rpc.authgss.seqnum", "2,2"),
        ("rpc.authgss.checksum", "00000005636865636b000000"),
        ("rpc.authgss.token_length", "3,5"),
        ("portmap.prog", "100003"),
        ("portmap.port", "0"),
    ]);
    assert!(call.faults.is_empty());
}

#[test]
fn a_body_that_cannot_be_read_has_a_length() {
    let call = Talk::new("rpc").datagram(0, &secured(3, "00000006 736563726574 0000"));
    call.expect(&[("rpc.authgss.data.length", "6"), ("rpc.authgss.data", "736563726574")]);
    assert_eq!(call.protocols, "rpc");
    assert!(call.faults.is_empty());
    let lies = Talk::new("rpc").datagram(0, &secured(3, "00000060 736563726574 0000"));
    lies.expect(&[("rpc.authgss.data.length", "")]);
    assert_eq!(lies.protocols, "rpc:data");
}

#[test]
fn hostile_bytes() {
    let mut talk = Talk::new("rpc");
    talk.survives(&bytes(CALL));
    talk.survives(&bytes(REPLY));
    talk.survives(&record(&[CALL]));
    talk.survives(&secured(2, "00000014 00000002 000186a3 00000003 00000011 00000000 00000001 61000000"));
    talk.survives(&secured(3, "00000006 736563726574 0000"));
}
