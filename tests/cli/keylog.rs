//! Secrets of TLS sessions: from a key log and from the capture.

use std::path::{Path, PathBuf};

use etherparse::PacketBuilder;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::common::{Ran, run, run_fed, samples};

#[allow(dead_code, reason = "shared with the dissector's tests")]
#[path = "../../dissectors/application/tls/opening/rfc8448.rs"]
mod trace;

fn unhex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let len = (body.len() as u32 + 12).to_le_bytes();
    [kind.to_le_bytes().as_slice(), &len, &body, &len].concat()
}

/// The trace as a capture: a handshake of TCP, then a record in each frame, the last of which is the client's farewell.
fn capture(secrets: Option<&str>) -> Vec<u8> {
    let mut file = block(0x0a0d_0d0a, &unhex("4d3c2b1a01000000ffffffffffffffff"));
    if let Some(log) = secrets {
        let head = [0x544c_534b_u32.to_le_bytes(), (log.len() as u32).to_le_bytes()].concat();
        file.extend(block(10, &[head.as_slice(), log.as_bytes()].concat()));
    }
    // Raw IP, whole packets.
    file.extend(block(1, &unhex("6500000000000400")));
    let (mut client, mut server) = (1_000_u32, 5_000_u32);
    let steps: [(bool, &str); 8] = [
        (true, ""),
        (false, ""),
        (true, ""),
        (true, trace::CLIENT_HELLO),
        (false, trace::SERVER_HELLO),
        (false, trace::FLIGHT),
        (true, trace::CLIENT_FINISHED),
        (true, trace::CLIENT_DATA),
    ];
    let farewell = [(true, trace::CLIENT_ALERT)];
    for (number, (from_client, record)) in steps.into_iter().chain(farewell).enumerate() {
        let ends = if from_client { ([10, 0, 0, 1], [10, 0, 0, 2]) } else { ([10, 0, 0, 2], [10, 0, 0, 1]) };
        let ports = if from_client { (40_000, 443) } else { (443, 40_000) };
        let (own, other) = if from_client { (&mut client, server) } else { (&mut server, client) };
        let payload = unhex(record);
        let segment = PacketBuilder::ipv4(ends.0, ends.1, 64).tcp(ports.0, ports.1, *own, 65_000);
        let segment = if number < 2 { segment.syn() } else { segment };
        let segment = if number > 0 { segment.ack(other) } else { segment };
        *own += payload.len() as u32 + u32::from(number < 2);
        let mut packet = Vec::new();
        segment.write(&mut packet, &payload).unwrap();
        let ticks = 1_700_000_000_000_000_u64 + number as u64;
        let words = [0, (ticks >> 32) as u32, ticks as u32, packet.len() as u32, packet.len() as u32];
        let head = words.map(u32::to_le_bytes).concat();
        file.extend(block(6, &[head, packet].concat()));
    }
    file
}

fn log() -> String {
    trace::SECRETS.iter().map(|(label, secret)| format!("{label} {} {secret}\n", trace::RANDOM)).collect()
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Frames with opened messages: number, types of messages, description of the alert.
fn opened(file: Vec<u8>, more: &[&str]) -> Ran {
    let filter = "tls.record.opaque_type && tls.record.content_type";
    let rows = ["-e", "frame.number", "-e", "tls.handshake.type", "-e", "tls.alert_message.desc"];
    let args = ["read", "-", "-Y", filter, "-T", "fields"];
    run_fed([args.as_slice(), &rows, more].concat(), vec![file])
}

const ROWS: &str = "6\t8,11,15,20\t\n7\t20\t\n8\t\t\n9\t\t0\n";

#[test]
fn a_key_log_opens_records() {
    let path = written("opens.keylog", &log());
    let ran = opened(capture(None), &["--tls-keylog", path.to_str().unwrap()]);
    assert_eq!(ran.expect(0).out(), ROWS);
    assert_eq!(opened(capture(None), &[]).expect(0).out(), "");
}

#[test]
fn a_capture_may_hold_its_secrets() {
    let log = log();
    assert_eq!(opened(capture(Some(&log)), &[]).expect(0).out(), ROWS);
}

#[test]
fn what_is_wrong_with_a_key_log_is_told() {
    let missing = opened(capture(None), &["--tls-keylog", "/no/such/file"]);
    assert!(missing.expect(2).err().contains("--tls-keylog /no/such/file: "), "{}", missing.err());
    let path = written("none.keylog", "this is a letter\n");
    let none = opened(capture(None), &["--tls-keylog", path.to_str().unwrap()]);
    assert!(none.expect(2).err().contains("no line is one of a key log"), "{}", none.err());
    let path = written("some.keylog", &format!("a stray line\n{}", log()));
    let some = opened(capture(None), &["--tls-keylog", path.to_str().unwrap()]);
    assert_eq!(some.expect(0).out(), ROWS);
    assert!(some.err().contains("lines that are none of a key log: 1"), "{}", some.err());
}

/// What the recorded server gave out over each of its three connections (samples/capture.sh prints it).
const SERVED: &str = "b2ba226e0446ecbbdd1042df3f966a55a2b74c064ff91b362342b60ff095bcb1";

#[test]
fn recorded_bodies_are_what_was_served() {
    let keys = samples().join("tls_keys.keylog");
    let fields = ["-T", "jsonl", "-e", "tcp.stream", "-e", "http.file_data", "-e", "http2.data.data"];
    let inside = ["read", "tls_keys.pcapng"];
    let beside = ["read", "tls_keys.pcap", "--tls-keylog", keys.to_str().unwrap()];
    for args in [&inside[..], &beside] {
        let ran = run([args, &fields].concat());
        let records = ran.expect(0).out();
        let mut bodies = vec![Vec::new(); 3];
        for record in records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let stream = usize::try_from(record["tcp.stream"].as_u64().unwrap()).unwrap();
            let text = record["http.file_data"].as_str().map(|text| text.as_bytes().to_vec());
            let further = record["more"].as_array().into_iter().flatten();
            let data =
                [&record].into_iter().chain(further).filter_map(|layer| layer["http2.data.data"].as_str());
            bodies[stream].extend(text.unwrap_or_default());
            bodies[stream].extend(data.flat_map(unhex));
        }
        for body in bodies {
            let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, SERVED, "{args:?}");
        }
    }
}

/// RFC 3207: the greeting and STARTTLS in the clear, then everything anew inside.
#[test]
fn mail_goes_on_within_tls() {
    let keys = samples().join("smtp_session.keylog");
    let commands = |more: &[&str], stream: &str| {
        let fields = ["-T", "tsv", "-e", "smtp.req.command", "-e", "imf.subject", "-Y", stream];
        let ran = run([&["read", "smtp_session.pcap"], &fields[..], more].concat());
        let rows: Vec<String> =
            ran.expect(0).out().lines().skip(1).flat_map(|row| row.split('\t').map(str::to_owned)).collect();
        rows.into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    };
    let inside = ["EHLO", "MAIL", "RCPT", "DATA", "notes", "QUIT"];
    assert_eq!(commands(&[], "tcp.stream==0"), inside);
    // TLS 1.2, then 1.3.
    for stream in ["tcp.stream==2", "tcp.stream==3"] {
        let before = ["EHLO", "STARTTLS"];
        assert_eq!(commands(&[], stream), before);
        assert_eq!(
            commands(&["--tls-keylog", keys.to_str().unwrap()], stream),
            [&before[..], &inside].concat()
        );
    }
}
