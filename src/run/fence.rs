//! The fence around each packet and its fuel, with dissectors that break the rules.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use netdissect_dissectors::dissector::{Context, Dissector, Fault, Key, Memory, Parsed};
use netdissect_dissectors::field::{Field, Protocol};
use netdissect_dissectors::packet::Layer;
use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::transport::tcp::TCP_PORT;
use netdissect_dissectors::transport::udp::UDP_PORT;
use netdissect_dissectors::walk::Walk;

use super::{Session, code};
use crate::capture::Options;
use crate::capture::chain::Chain;
use crate::cli::{Cli, Command};
use crate::show::{Backlog, Output};

/// A protocol whose dissector panics on `boom`, never ends on `turn`, and counts what it was shown of a flow.
#[derive(Debug)]
struct Unruly;

#[derive(Debug, Default)]
struct Count(u32);

impl Memory for Count {
    fn heap(&self) -> usize {
        0
    }
}

static COUNT: Field = Field::u32("unruly.count", "Messages of this flow so far");
static FIELDS: &[&Field] = &[&COUNT];
static PROTOCOL: Protocol =
    Protocol { name: "unruly", title: "Unruly", about: "breaks the rules", fields: FIELDS, via: None };
static KEYS: [Key; 2] = [Key::new(&UDP_PORT, 9_999), Key::new(&TCP_PORT, 9_999)];

impl Dissector for Unruly {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        &KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let count = cx.state::<Count>().map_or(0, |Count(count)| {
            *count += 1;
            *count
        });
        assert!(data != b"boom", "as it was told to");
        if data == b"turn" {
            loop {
                cx.work(100)?;
            }
        }
        Ok(Parsed::end(data.len()).memo(count))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let count = walk.memo();
        walk.uint(&COUNT, 0..0, count)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        assert!(layer.data() != b"mute", "as it was told to");
        write!(out, "{}", layer.slot.memo)
    }
}

static UNRULY: Unruly = Unruly;

/// Where the output goes.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A raw IPv4 packet with a UDP datagram to port 9999 from `port`.
fn datagram(port: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet =
        vec![0x45, 0, 0, 28 + payload.len() as u8, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    packet.extend([port, 9_999, 8 + payload.len() as u16, 0].map(u16::to_be_bytes).concat());
    packet.extend(payload);
    packet
}

fn capture(name: &str, packets: &[Vec<u8>]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("netdissect-fence-{}-{name}.pcap", std::process::id()));
    let header = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101].map(u32::to_le_bytes).concat();
    let records = packets.iter().zip(0_u32..).flat_map(|(packet, i)| {
        let len = packet.len() as u32;
        [[1_700_000_000 + i, 0, len, len].map(u32::to_le_bytes).concat(), packet.clone()].concat()
    });
    std::fs::write(&path, header.into_iter().chain(records).collect::<Vec<u8>>()).unwrap();
    path
}

/// What a run with these arguments over `path` prints, and its exit code.
fn run(path: &Path, args: &[&str]) -> (u8, String) {
    let cli = ["netdissect", "read", path.to_str().unwrap(), "-Q"].into_iter().chain(args.iter().copied());
    let Command::Read(read) = Cli::try_parse_from(cli).unwrap().command else { panic!("not read") };
    let shown = Shared::default();
    let out = Output::new(Box::new(shown.clone()));
    let registry = Registry::builtin().with(&UNRULY);
    let mut session =
        Session::to(&read.show, false, &read.files, registry, (out, Arc::new(Backlog::default()))).unwrap();
    let mut source = Chain::new(read.files.iter().cloned(), Options::default());
    session.drive(&mut source).unwrap();
    let code = session.close(&mut source).unwrap();
    let text = String::from_utf8(shown.0.lock().unwrap().clone()).unwrap();
    (code, text)
}

const ROWS: [&str; 6] = ["-T", "fields", "-e", "frame.number", "-e", "unruly.count"];

#[test]
fn a_panic_costs_its_packet_and_what_was_known_of_its_conversation() {
    let packets = [
        datagram(1, b"one"),
        datagram(2, b"one"),
        datagram(1, b"boom"),
        datagram(1, b"two"),
        datagram(2, b"two"),
    ];
    let path = capture("panic", &packets);
    let (code, rows) = run(&path, &ROWS);
    assert_eq!(code, code::FENCED);
    assert_eq!(rows, "1\t1\n2\t1\n4\t1\n5\t2\n");
    let (code, nothing) = run(&path, &["-q"]);
    assert_eq!((code, nothing.as_str()), (code::FENCED, ""));
}

/// A panic of what only shows a packet is fenced like any other.
#[test]
fn a_panic_while_a_packet_is_shown_costs_that_packet() {
    let path = capture("mute", &[datagram(1, b"one"), datagram(1, b"mute"), datagram(1, b"two")]);
    let (code, list) = run(&path, &[]);
    assert_eq!(code, code::FENCED);
    let numbers: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(numbers, ["1", "3"], "{list}");
}

#[test]
fn a_loop_without_end_ends_with_the_packets_fuel() {
    let path = capture("fuel", &[datagram(1, b"turn"), datagram(1, b"two")]);
    let (code, list) = run(&path, &[]);
    assert_eq!(code, code::DONE);
    assert!(list.lines().next().unwrap().contains("too much work"), "{list}");
    assert_eq!(list.lines().count(), 2, "{list}");
}
