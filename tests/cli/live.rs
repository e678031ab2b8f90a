//! Capturing on the loopback interface and on another one at once. Needs root, and says so where it is not.
#![cfg(all(feature = "live", target_os = "linux"))]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Starts a capture; `None` where this is not allowed.
fn live(args: &[&str]) -> Option<Child> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        let _ = writeln!(std::io::stderr(), "SKIPPED: live capture is tested as root only");
        return None;
    }
    let child = Command::new(env!("CARGO_BIN_EXE_netdissect"))
        .arg("live")
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The ring is there before anything is sent.
    std::thread::sleep(Duration::from_millis(1_500));
    Some(child)
}

fn interrupt(child: Child) -> (String, String) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
}

#[test]
fn events_are_printed_while_the_connection_goes_on() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let filter = format!("tcp port {port}");
    let Some(mut child) = live(&["lo", &filter, "--follow-tcp", "-T", "jsonl"]) else { return };
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut peer, _) = server.accept().unwrap();
    // Three segments of the handshake are told although nothing has ended.
    for number in 1..=3 {
        let line = lines.next().unwrap().unwrap();
        assert!(
            line.contains("\"kind\":\"packet\"") && line.contains(&format!("\"frame.number\":{number},"))
        );
    }
    drop(client);
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0);
    drop(peer);
    std::thread::sleep(Duration::from_millis(300));
    let (_, err) = interrupt(child);
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(rest.last().unwrap().contains("\"kind\":\"flow\""), "{rest:?}");
    assert!(err.contains("0 dropped by the kernel"), "{err}");
}

#[test]
fn two_interfaces_in_the_order_of_times() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let filter = format!("udp port {port}");
    let fields = "frame.interface_id,frame.interface_name,frame.time_epoch,udp.length";
    // On the device of all interfaces a packet to oneself is seen as it leaves and as it arrives, on lo too.
    let Some(child) = live(&["lo", "any", &filter, "-T", "tsv", "-e", fields]) else { return };
    for len in 1..=5 {
        socket.send_to(&[0; 5][..len], ("127.0.0.1", port)).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    let (out, err) = interrupt(child);
    let rows: Vec<Vec<&str>> = out.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    for (id, name) in [("0", "lo"), ("1", "any")] {
        let of_one: Vec<_> = rows.iter().filter(|row| row[0] == id).collect();
        assert!(of_one.iter().all(|row| row[1] == name), "{out}");
        for len in 1..=5 {
            assert!(of_one.iter().any(|row| row[3] == (8 + len).to_string()), "{name} {len}: {out}");
        }
    }
    assert!(rows.is_sorted_by_key(|row| row[2]), "{out}");
    assert!(err.contains("lo: ") && err.contains("any: "), "{err}");
    let captured = format!("{} captured", rows.len());
    assert!(err.contains(&captured), "{captured}: {err}");
}
