//! Bytes written from RFC 1094, RFC 1813 and RFC 7530.

use alloc::format;
use alloc::string::String;

use crate::testing::{Seen, Talk, bytes};

/// A call of NFS and its reply.
fn talk(version: u8, procedure: u8, call: &str, reply: &str) -> [Seen; 2] {
    let mut talk = Talk::new("rpc");
    let call = message(version, procedure, call);
    [talk.datagram(0, &bytes(&call)), talk.datagram(1, &bytes(&format!("{REPLY} {reply}")))]
}

fn message(version: u8, procedure: u8, body: &str) -> String {
    let head = format!("00000001 00000000 00000002 000186a3 000000{version:02x} 000000{procedure:02x}");
    format!("{head} 00000000 00000000 00000000 00000000 {body}")
}

const REPLY: &str = "00000001 00000001 00000000 00000000 00000000 00000000";
const HANDLE: &str = "00000008 0102030405060708";
/// A regular file of version 3 (RFC 1813 section 2.5).
const FILE: &str = "00000001 000081a4 00000001 000003e8 00000064 0000000000000005 0000000000001000 \
    00000000 00000000 0000000000000801 0000000000001092 67748580 00000001 67748580 00000002 67748580 00000003";

#[test]
fn attributes_of_version_2() {
    let handle = "00".repeat(32);
    let file = "00000002 000041ed 00000002 00000000 00000001 00000060 00001000 00000000 00000008 00000801 00001092 \
        67748580 00000001 67748580 00000002 67748580 0003d090";
    let [call, reply] = talk(2, 1, &handle, &format!("00000000 {file}"));
    assert_eq!(call.info, "V2 GETATTR Call FH 0x190a55ad");
    reply.expect(&[
        ("nfs.status2", "0"),
        ("nfs.status", "0"),
        ("nfs.ftype", "2"),
        ("nfs.mode", "16877"),
        ("nfs.mode.name", "2"),
        ("nfs.mode.read_owner", "1"),
        ("nfs.mode.write_other", "0"),
        ("nfs.fattr.size", "96"),
        ("nfs.fattr.fsid", "0x00000801"),
        ("nfs.atime", "1735689600.000001000"),
        ("nfs.ctime.usec", "250000"),
    ]);
    assert!(reply.faults.is_empty());
}

#[test]
fn what_is_not_to_be_set_has_a_number_and_no_time() {
    let handle = "00".repeat(32);
    let none = "ffffffff ".repeat(6);
    let [call, _] = talk(2, 2, &format!("{handle} {none} 67748580 00000005"), "00000001");
    call.expect(&[("nfs.mode", "4294967295"), ("nfs.mode.name", ""), ("nfs.atime", "")]);
    call.expect(&[("nfs.mtime", "1735689600.000005000")]);
    call.expect(&[("nd.nfs.atime.unset", "4294967295"), ("nd.nfs.mtime.unset", "")]);
}

#[test]
fn a_name_is_looked_up() {
    let reply = format!("00000000 {HANDLE} 00000001 {FILE} 00000000");
    let [call, reply] = talk(3, 3, &format!("{HANDLE} 00000006 726561646d650000"), &reply);
    assert_eq!(call.info, "V3 LOOKUP Call FH 0x3fca88c5/readme");
    call.expect(&[("nfs.name", "readme"), ("nfs.fhandle", "0102030405060708")]);
    reply.expect(&[
        ("nfs.status3", "0"),
        ("nfs.attributes_follow", "1,0"),
        ("nfs.fattr3.type", "1"),
        ("nfs.mode3.rgrp", "1"),
        ("nfs.fattr3.size", "5"),
        ("nfs.fattr3.fileid", "4242"),
        ("nfs.mtime.nsec", "2"),
    ]);
    assert!(call.faults.is_empty() && reply.faults.is_empty());
}

#[test]
fn a_refusal_says_why() {
    let [_, reply] = talk(3, 3, &format!("{HANDLE} 00000001 61000000"), "00000002 00000000");
    assert_eq!(reply.info, "V3 LOOKUP Reply ERR_NOENT");
    assert!(reply.faults.is_empty());
}

#[test]
fn the_same_number_is_another_status_in_another_version() {
    let status = |version: u8, number: &str| {
        let [_, reply] = match version {
            4 => {
                let reply = format!("{number} 00000000 00000001 0000002c {number}");
                talk(4, 1, &format!("00000000 00000001 00000001 0000002c {}", "00".repeat(16)), &reply)
            }
            _ => talk(3, 1, HANDLE, number),
        };
        reply.info
    };
    assert_eq!(status(3, "0000000d"), "V3 GETATTR Reply ERR_ACCES");
    assert_eq!(status(3, "00002718"), "V3 GETATTR Reply ERR_JUKEBOX");
    assert_eq!(status(4, "0000000d"), "V4 Reply DESTROY_SESSION ERR_ACCESS");
    assert_eq!(status(4, "00002718"), "V4 Reply DESTROY_SESSION ERR_DELAY");
    assert_eq!(status(4, "00002744"), "V4 Reply DESTROY_SESSION ERR_BADSESSION");
}

#[test]
fn what_is_removed_changes_its_directory() {
    let [_, reply] = talk(3, 12, &format!("{HANDLE} 00000001 61000000"), "00000000 00000000 00000000");
    let has = |name: &str| reply.fields.iter().any(|row| row.0 == name);
    assert!(has("nd.nfs.directory") && !has("nd.nfs.object"));
    assert!(reply.faults.is_empty());
}

#[test]
fn rights_are_told_for_those_that_were_asked_about() {
    let [call, reply] = talk(3, 4, &format!("{HANDLE} 00000021"), "00000000 00000000 00000001");
    call.expect(&[("nfs.access_check", "0x21"), ("nfs.access_read", "1"), ("nfs.access_modify", "")]);
    reply.expect(&[
        ("nfs.access_rights", "0x01"),
        ("nfs.access_read", "1"),
        ("nfs.access_execute", "0"),
        ("nfs.access_modify", ""),
    ]);
}

#[test]
fn a_directory_is_listed() {
    let entry = |id: u8, name: &str, next: u8| {
        format!("00000001 00000000000000{id:02x} {name} 00000000000000{next:02x}")
    };
    let entries =
        format!("{} {}", entry(1, "00000001 2e000000", 8), entry(3, "00000006 726561646d650000", 16));
    let reply = format!("00000000 00000000 0000000000000007 {entries} 00000000 00000001");
    let call = format!("{HANDLE} 0000000000000000 0000000000000000 00000400");
    let [_, reply] = talk(3, 16, &call, &reply);
    reply.expect(&[
        ("nfs.verifier", "0000000000000007"),
        ("nfs.readdir.entry3.fileid", "1,3"),
        ("nfs.readdir.entry3.name", ".,readme"),
        ("nfs.readdir.entry3.cookie", "8,16"),
        ("nfs.readdir.eof", "1"),
    ]);
    assert!(reply.faults.is_empty());
}

#[test]
fn messages_that_end_too_early_are_told() {
    let [call, _] = talk(3, 6, &format!("{HANDLE} 0000000000000000"), "00000000");
    assert_eq!(call.faults, ["malformed: ends before its last item (rpc.procedure)"]);
    let [call, _] = talk(3, 1, "000000ff 01020304", "00000000");
    assert_eq!(call.faults, ["malformed: longer than 128 bytes (nfs.fh.length)"]);
}

#[test]
fn a_procedure_that_is_not_there_is_named_by_its_number() {
    let [call, _] = talk(3, 99, HANDLE, "00000000");
    call.expect(&[("nfs.procedure_v3", "99")]);
    assert_eq!(call.info, "V3 unknown procedure Call");
}

#[test]
fn a_compound_and_its_results() {
    let call = "00000000 00000000 00000003  00000016 00000008 0102030405060708 \
        0000000f 00000006 726561646d650000  00000009 00000002 00000012 00000002";
    let reply = "00000000 00000000 00000003  00000016 00000000  0000000f 00000000  00000009 00000000 \
        00000002 00000012 00000002 00000010 00000001 0000000000000005 000001a4";
    let [call, reply] = talk(4, 1, call, reply);
    assert_eq!(call.info, "V4 Call PUTFH LOOKUP GETATTR");
    call.expect(&[
        ("nfs.opcode", "22,15,9"),
        ("nfs.pathname.component", "readme"),
        ("nfs.attr_mask", "0x00000012,0x00000002"),
        ("nfs.attr", "1,4,33"),
    ]);
    assert_eq!(reply.info, "V4 Reply PUTFH LOOKUP GETATTR");
    reply.expect(&[
        ("nfs.nfsstat4", "0,0,0,0"),
        ("nfs.nfs_ftype4", "1"),
        ("nfs.fattr4.size", "5"),
        ("nfs.mode", "420"),
        ("nfs.mode.read_group", "1"),
    ]);
    assert!(call.faults.is_empty() && reply.faults.is_empty());
}

#[test]
fn a_file_is_opened_with_a_delegation() {
    let call = "00000000 00000001 00000001  00000012 00000001 00000301 00000000 0000000000000001 00000002 61620000 \
        00000000 00000000 00000001 61000000";
    let reply = "00000000 00000000 00000001  00000012 00000000 00000001 000000000000000000000001 \
        00000001 0000000000000001 0000000000000002 00000006 00000000 \
        00000002 00000001 000000000000000000000002 00000000 00000002 000003e8 00001000 \
        00000000 00000041 00000003 00000006 4f574e455240 0000";
    let [call, reply] = talk(4, 1, call, reply);
    call.expect(&[
        ("nfs.open4.share_access", "1"),
        ("nfs.want", "0x00000300"),
        ("nfs.want_notification", ""),
        ("nfs.open4.share_deny", "0"),
        ("nfs.pathname.component", "a"),
    ]);
    reply.expect(&[
        ("nfs.open_rflags", "0x00000006"),
        ("nfs.open_rflags.locktype_posix", "1"),
        ("nfs.open.limit_by", "2"),
        ("nfs.num_blocks", "1000"),
        ("nfs.bytes_per_block", "4096"),
        ("nfs.filesize", ""),
        ("nfs.aceflag4.id_group", "1"),
        ("nfs.ace_perm4", "0x00000001,0x00000002"),
        ("nfs.who", "OWNER@"),
    ]);
    assert!(call.faults.is_empty() && reply.faults.is_empty());
}

#[test]
fn rights_that_are_known_and_rights_that_are_granted() {
    let call = "00000000 00000000 00000001  00000003 00000021";
    let reply = "00000000 00000000 00000001  00000003 00000000 00000021 00000001";
    let [_, reply] = talk(4, 1, call, reply);
    reply.expect(&[
        ("nfs.access_supported", "0x21"),
        ("nfs.access_supp_execute", "1"),
        ("nfs.access_supp_modify", ""),
        ("nfs.access_rights", "0x01"),
        ("nfs.access_execute", "0"),
    ]);
}

#[test]
fn how_fine_times_are_is_no_date() {
    let call = "00000000 00000000 00000001  00000009 00000002 00000000 00080000";
    let reply = "00000000 00000000 00000001  00000009 00000000 00000002 00000000 00080000 \
        0000000c 0000000000000000 00000001";
    let [_, reply] = talk(4, 1, call, reply);
    reply.expect(&[("nfs.attr", "51"), ("nd.nfs.time_delta", "1 ns"), ("nd.nfs.time", "")]);
    reply.expect(&[("nfs.nfstime4.nseconds", "1")]);
}

#[test]
fn the_operation_that_fails_is_the_last() {
    let call = "00000000 00000000 00000002 00000018 0000000f 00000001 61000000";
    let reply = "00000002 00000000 00000002 00000018 00000000 0000000f 00000002";
    let [_, reply] = talk(4, 1, call, reply);
    assert_eq!(reply.info, "V4 Reply PUTROOTFH LOOKUP ERR_NOENT");
    assert!(reply.faults.is_empty());
}

#[test]
fn an_operation_that_is_not_read_ends_the_walk_and_says_so() {
    let [call, _] = talk(4, 1, "00000000 00000001 00000002 0000002a deadbeef 00000018", "00000000");
    call.expect(&[("nfs.opcode", "42"), ("nd.nfs.unread", "deadbeef00000018")]);
    assert!(call.faults.is_empty());
}

#[test]
fn more_operations_than_there_is_room_for() {
    let [call, _] = talk(4, 1, "00000000 00000000 00000100 00000018", "00000000");
    assert_eq!(call.faults, ["malformed: a count that its message cannot hold (rpc.array.len)"]);
}

#[test]
fn hostile_bytes() {
    let mut talk = Talk::new("rpc");
    let set =
        format!("{HANDLE} 00000001 000001a4 00000000 00000000 00000000 00000002 67748580 00000001 00000001");
    for (procedure, call, reply) in [
        (2, set.as_str(), "00000000 00000000 00000000"),
        (3, "00000008 0102030405060708 00000006 726561646d650000", "00000002 00000000"),
        (1, HANDLE, "00000046"),
    ] {
        talk.survives(&bytes(&message(3, procedure, call)));
        talk.survives(&bytes(&format!("{REPLY} {reply}")));
    }
    let call = "00000000 00000000 00000002 00000012 00000001 00000003 00000000 0000000000000001 00000002 61620000 \
        00000001 00000000 00000001 00000010 00000008 0000000000000000 00000000 00000001 61000000 0000000a";
    talk.survives(&bytes(&message(4, 1, call)));
}
