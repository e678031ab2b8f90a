//! A capture that is written while it is shown says the same when it is read again.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use serde_json::Value;

use super::common::run;
use super::net::{Cable, FAR};
use super::place;

/// The last record of each frame and flow, whatever came before.
fn last_words(text: &str) -> BTreeMap<String, Value> {
    let mut last = BTreeMap::new();
    for line in text.lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        if record["kind"] == "amend" {
            record["kind"] = "packet".into();
        }
        let of = if record["kind"] == "flow" { "nd.flow" } else { "frame.number" };
        last.insert(format!("{} {}", record["kind"], record[of]), record);
    }
    last
}

#[test]
fn a_session_that_is_read_again_says_the_same() {
    let Some(cable) = Cable::lay() else { return };
    let file = place("session.pcapng");
    let args = [FAR, "tcp", "--follow-tcp", "-T", "jsonl", "-w", file.to_str().unwrap()];
    let capture = cable.capture(&args);
    for round in 0..4 {
        let (mut client, mut server) = cable.connection();
        client.write_all(&vec![b'q'; 100 << round]).unwrap();
        let mut asked = vec![0; 100 << round];
        server.read_exact(&mut asked).unwrap();
        server.write_all(&vec![b'a'; 200_000]).unwrap();
        let mut answer = vec![0; 200_000];
        client.read_exact(&mut answer).unwrap();
        if round % 2 == 0 {
            client.shutdown(Shutdown::Write).unwrap();
            assert_eq!(server.read(&mut [0]).unwrap(), 0);
        }
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let ended = capture.interrupt();
    assert_eq!((ended.code, ended.count("dropped before printing")), (Some(0), 0), "{:?}", ended.said);
    let read = run(["read", file.to_str().unwrap(), "--follow-tcp", "-T", "jsonl"]);
    let (live, again) = (last_words(&ended.out), last_words(&read.expect(0).out()));
    assert!(live.len() > 50 && live.keys().any(|key| key.starts_with("\"flow\"")), "{}", live.len());
    for (key, record) in &again {
        assert_eq!(live.get(key), Some(record), "{key}");
    }
    assert_eq!(live.len(), again.len());
}
