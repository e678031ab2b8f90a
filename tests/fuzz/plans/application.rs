//! Each dissector alone: its payload in datagrams, and as a stream that is cut anywhere. Which there are is asked of the
//! registry, so that a new one is covered as soon as it is listed there.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use netdissect::flow::table::Flow;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect_dissectors::dissector::Dissector;
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::{Packet, Slot};
use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::transport::tcp::TCP_PORT;

use super::choices::{Choices, Dice};
use super::stack::{ENDS, Head, Piece, flag, ipv4, tcp_packet, udp};
use super::{registry, show};

/// What one end says before the other does.
#[derive(Clone, Debug)]
pub struct Turn<'a> {
    /// It is the client's.
    pub from_client: bool,
    /// At most 32,767 bytes.
    pub bytes: &'a [u8],
}

/// Names of all dissectors but the frame's own, which reads no payload.
pub fn names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        registry().dissectors().map(|d| d.protocol().name).filter(|&name| name != "frame").collect()
    })
}

/// Those that a stream is given to.
fn in_streams() -> &'static BTreeSet<&'static str> {
    static NAMES: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let has_key = |dissector: &&dyn Dissector| {
            dissector.keys().iter().any(|key| std::ptr::eq(key.table, &raw const TCP_PORT))
        };
        registry().dissectors().filter(has_key).map(|dissector| dissector.protocol().name).collect()
    })
}

/// Input in which these turns are taken by those who speak `name`.
#[must_use]
pub fn as_input(name: &str, cuts: u8, turns: &[Turn<'_>]) -> Vec<u8> {
    let mut input = [name.as_bytes(), &[0, cuts]].concat();
    for turn in turns {
        for bytes in turn.bytes.chunks(0x7fff) {
            let side = if turn.from_client { 0 } else { 0x8000 };
            input.extend((side | bytes.len() as u16).to_be_bytes());
            input.extend_from_slice(bytes);
        }
    }
    input
}

/// The name of a dissector up to a NUL; how the stream is cut; for each turn its side and length in 16 bits, and its bytes.
pub fn run(input: &[u8]) {
    let mut plan = Choices::new(input);
    let asked = plan.until_nul();
    let known = names().iter().find(|name| name.as_bytes() == asked);
    let name = *known.unwrap_or_else(|| {
        let sum = asked.iter().fold(0, |sum: usize, &byte| sum * 31 % 65_521 + usize::from(byte));
        &names()[sum % names().len()]
    });
    let cuts = u64::from(plan.byte());
    let mut turns = Vec::new();
    while !plan.is_empty() {
        let head = plan.word();
        let bytes = plan.take(usize::from(head & 0x7fff));
        turns.push(Turn { from_client: head & 0x8000 == 0, bytes });
    }
    datagrams(name, &turns);
    let whole = stream(name, &turns, None);
    let cut = stream(name, &turns, Some(cuts));
    // Where a segment holds more than a packet shows, what is left out depends on where it is cut.
    if !in_streams().contains(name) || WITHOUT_LENGTHS.contains(&name) || whole.is_full || cut.is_full {
        return;
    }
    if RESUMES_WITH_SEGMENTS.contains(&name) && (whole.begins_inside() || cut.begins_inside()) {
        return;
    }
    assert_eq!(cut.bytes(), whole.bytes(), "{name}: other bytes are shown where the stream is cut");
    if !FOLLOWS_SEGMENTS.contains(&name) {
        let (whole, cut) = (whole.complete(), cut.complete());
        for (a, b) in whole.iter().zip(&cut) {
            assert_eq!(b, a, "{name}: another message where the stream is cut");
        }
        assert_eq!(cut.len(), whole.len(), "{name}: messages where the stream is cut");
    }
}

/// These have a port in TCP, too, but no word of how messages would follow each other there; a piece of a file is shown as
/// text if it is one.
const WITHOUT_LENGTHS: [&str; 2] = ["ntp", "ftp-data"];

/// What these show follows the segments: they have no messages, or show the pieces of one as they come, or, as with what is
/// encrypted, no lengths that could be read.
const FOLLOWS_SEGMENTS: [&str; 5] = ["ftp-data", "ntp", "smtp", "ssh", "telnet"];

/// These look for the next message at the front of each segment, once bytes stand where none can begin. What seems to be one
/// there may never end, and is a fault then.
const RESUMES_WITH_SEGMENTS: [&str; 2] = ["nbss", "tls"];

fn pipeline(name: &str) -> Pipeline {
    let mut registry = registry().clone();
    for table in ["udp.port", "tcp.port"] {
        registry.decode_as(&format!("{table}==9,{name}")).expect("a rule");
    }
    let keep = Keep { rows: true, contents: true, ..Keep::default() };
    Pipeline::new(registry, Limits::default(), keep)
}

fn lend(number: u64, bytes: &[u8]) -> Frame<'_> {
    Frame {
        number,
        time: Timestamp::new(1_700_000_000, 0),
        link: LinkType::RAW,
        wire_len: bytes.len() as u32,
        data: bytes,
        origin: None,
    }
}

/// Client and server, as a turn has them.
fn ends(from_client: bool) -> ([[u8; 4]; 2], [u16; 2]) {
    let (mut ends, mut ports) = (ENDS, [50_000, 9]);
    if !from_client {
        ends.reverse();
        ports.reverse();
    }
    (ends, ports)
}

fn datagrams(name: &str, turns: &[Turn<'_>]) {
    let mut pipeline = pipeline(name);
    let mut viewer = show::Viewer::default();
    for (number, turn) in (1..).zip(turns.iter().take(16)) {
        let (ends, ports) = ends(turn.from_client);
        let packet = ipv4(ends, 17, Piece::default(), &udp(ends, ports, turn.bytes));
        let _ = pipeline.frame(&lend(number, &packet), &mut viewer).unwrap();
    }
    pipeline.finish(&mut viewer).unwrap();
}

/// A message as it is shown.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    protocol: &'static str,
    from_client: bool,
    bytes: Vec<u8>,
    summary: String,
}

impl Message {
    fn is_complete(&self) -> bool {
        !["Continuation", "Ignored Unknown Record"].iter().any(|words| self.summary.contains(words))
    }

    /// A piece of an IMAP literal, which is shown as it comes.
    fn is_literal(&self) -> bool {
        self.protocol == "imap" && self.summary.contains(": literal, ")
    }

    /// It only says, once for each packet, through whom what follows comes.
    fn is_carrier(&self) -> bool {
        self.protocol == "http"
            && ["Upgraded connection", "Through the proxy to "]
                .iter()
                .any(|words| self.summary.starts_with(words))
    }
}

/// The messages of a stream.
#[derive(Debug, Default)]
struct Messages {
    all: Vec<Message>,
    is_full: bool,
    shows: bool,
}

impl Messages {
    /// All bytes of each direction that were shown as one protocol, in order.
    fn bytes(&self) -> BTreeMap<(&'static str, bool), Vec<u8>> {
        let mut all: BTreeMap<_, Vec<u8>> = BTreeMap::new();
        for message in &self.all {
            all.entry((message.protocol, message.from_client)).or_default().extend(&message.bytes);
        }
        all
    }

    /// Whether there are bytes of which nobody can say where their message begins.
    fn begins_inside(&self) -> bool {
        self.all.iter().any(|message| !message.is_complete())
    }

    /// The messages of each direction, without such bytes.
    fn complete(&self) -> Vec<&Message> {
        let is_message =
            |message: &&Message| message.is_complete() && !message.is_carrier() && !message.is_literal();
        let mut all: Vec<&Message> = self.all.iter().filter(is_message).collect();
        all.sort_by_key(|message| message.from_client);
        all
    }
}

impl Sink for Messages {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        if self.shows {
            show::packet(packet);
        }
        let mut own = 0;
        let from_client = packet.parts.facts.tcp.first().is_some_and(|row| row.1.from_client);
        for layer in packet.layers().skip_while(|layer| layer.protocol().name != "tcp").skip(1) {
            own += u32::from(layer.slot.flags & Slot::FURTHER == 0);
            let name = layer.protocol().name;
            // Bytes that nobody reads, or that are no message, are shown as they come.
            if name == "data" || layer.fault().is_some() {
                continue;
            }
            let mut text = String::new();
            layer.summary(&mut text).unwrap();
            let bytes = layer.data().to_vec();
            let message = Message { protocol: name, from_client, bytes, summary: text };
            // What it hands on is then no message either, and the next segments are handed on to nobody.
            let hands_on_a_fault =
                message.is_carrier() && layer.above().is_some_and(|above| above.fault().is_some());
            if !hands_on_a_fault {
                self.all.push(message);
            }
        }
        self.is_full |= own > 8 || packet.parts.slots.len() > 100;
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        show::flow(&flow, registry);
        Ok(())
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        assert_eq!(totals.tcp_flows, 1);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

/// A connection in which the turns are taken, each in one segment, or in as many as `cuts` makes of it.
fn stream(name: &str, turns: &[Turn<'_>], cuts: Option<u64>) -> Messages {
    let mut pipeline = pipeline(name);
    let mut seen = Messages { shows: cuts.is_none(), ..Messages::default() };
    let mut number = 0;
    let mut next = [1_000_u32, 9_000];
    let mut dice = cuts.map(Dice::new);
    let mut send = |from_client: bool, flags: u8, payload: &[u8]| {
        let (own, other) = if from_client { (0, 1) } else { (1, 0) };
        let (ends, ports) = ends(from_client);
        let ack = if flags & flag::ACK == 0 { 0 } else { next[other] };
        let head = Head { ports, seq: next[own], ack, flags, window: 65_000 };
        next[own] += payload.len() as u32 + u32::from(flags & (flag::SYN | flag::FIN) != 0);
        number += 1;
        let packet = tcp_packet(ends, head, payload);
        let _ = pipeline.frame(&lend(number, &packet), &mut seen).unwrap();
    };
    send(true, flag::SYN, &[]);
    send(false, flag::SYN | flag::ACK, &[]);
    send(true, flag::ACK, &[]);
    for turn in turns {
        let mut rest = turn.bytes;
        while !rest.is_empty() {
            let len = dice.as_mut().map_or(rest.len(), |dice| match dice.below(3) {
                0 => 1 + dice.below(4),
                1 => 1 + dice.below(64),
                _ => 1 + dice.below(1_400),
            });
            let (part, behind) = rest.split_at(len.min(rest.len()));
            send(turn.from_client, flag::ACK, part);
            rest = behind;
        }
    }
    send(true, flag::FIN | flag::ACK, &[]);
    send(false, flag::FIN | flag::ACK, &[]);
    pipeline.finish(&mut seen).unwrap();
    seen
}
