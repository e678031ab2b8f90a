//! Where inputs come from: the samples, in the form that each plan takes, and changes to them that are the same in every
//! run.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;

use netdissect::capture::{self, CaptureSource as _, Options, Pull};
use netdissect::flow::table::Flow;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Part, Pipeline, Sink, StreamPart, Totals};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::common;
use super::plans::application::{self, Turn};
use super::plans::choices::Dice;
use super::plans::{Plan, files, filter, packet, whole};

/// What was said, by the client or not, in turns.
type Talk = Vec<(bool, Vec<u8>)>;

/// What the samples hold.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    files: Vec<Vec<u8>>,
    frames: Vec<(u32, Vec<u8>)>,
    /// Layers by the names of their protocols.
    layers: BTreeMap<&'static str, Vec<Vec<u8>>>,
    /// Conversations, likewise, as turns.
    talks: BTreeMap<&'static str, Vec<Talk>>,
    open: BTreeMap<String, Talk>,
}

/// Layers kept of each protocol, and turns of each conversation.
const LAYERS: usize = 24;
const TURNS: usize = 24;

impl Sink for Samples {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        for layer in packet.layers() {
            let known = self.layers.entry(layer.protocol().name).or_default();
            if known.len() < LAYERS && layer.data().len() < 4_096 {
                known.push(layer.data().to_vec());
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn stream(&mut self, flow: &Flow, part: &StreamPart<'_>) -> io::Result<()> {
        let Part::Bytes(bytes) = part.part else { return Ok(()) };
        let turns = self.open.entry(flow.number.to_string()).or_default();
        let from_client = part.side == flow.tcp.client();
        let count = turns.len();
        match turns.last_mut() {
            Some((side, text)) if *side == from_client && text.len() < 8_192 => text.extend_from_slice(bytes),
            _ if count < TURNS => turns.push((from_client, bytes.to_vec())),
            _ => {}
        }
        Ok(())
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        let turns = self.open.remove(&flow.number.to_string()).unwrap_or_default();
        if let Some(dissector) = flow.app.dissector.and_then(|number| registry.dissector(number))
            && turns.iter().map(|turn| turn.1.len()).sum::<usize>() < 24_000
        {
            self.talks.entry(dissector.protocol().name).or_default().push(turns);
        }
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        self.open.clear();
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

impl Samples {
    /// Reads all samples.
    pub(crate) fn read() -> Self {
        let mut samples = Self::default();
        for name in common::sample_names() {
            let path = common::samples().join(&name);
            samples.files.push(std::fs::read(&path).unwrap());
            let keep = Keep { payload: true, contents: true, ..Keep::default() };
            let mut pipeline = Pipeline::new(Registry::builtin(), Limits::default(), keep);
            let mut source = capture::open(&path, Options::default()).unwrap();
            loop {
                match source.pull().unwrap() {
                    Pull::Frame(frame) => {
                        samples.frames.push((frame.link.0, frame.data.to_vec()));
                        let _ = pipeline.frame(&frame, &mut samples).unwrap();
                    }
                    Pull::Idle(_) | Pull::Aside(_) => {}
                    Pull::End => break,
                }
            }
            pipeline.finish(&mut samples).unwrap();
        }
        samples
    }

    /// Inputs of a plan that show what the samples hold; none where everything is planned.
    pub(crate) fn of(&self, plan: &Plan) -> Vec<Vec<u8>> {
        let mut inputs: Vec<Vec<u8>> = match plan.name {
            "pcap_read" | "pcapng_read" | "decompress_read" => {
                self.files.iter().map(|file| files::as_input(file)).collect()
            }
            "roundtrip" => self.files.iter().map(|file| [&[0], file.as_slice()].concat()).collect(),
            "whole_cli" => (0..).zip(&self.files).map(|(mode, file)| whole::as_input(mode, file)).collect(),
            "dissect_link" => self.frames.iter().map(|(link, data)| packet::as_input(*link, data)).collect(),
            "application" => application::names().iter().flat_map(|name| self.spoken(name)).collect(),
            "filter" => FILTERS.iter().map(|text| filter::as_input(text)).collect(),
            "escape" => TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect(),
            _ => Vec::new(),
        };
        inputs.retain(|input| input.len() <= plan.max_len);
        inputs
    }

    /// Inputs in which the protocol called `name` is spoken.
    pub(crate) fn spoken(&self, name: &str) -> Vec<Vec<u8>> {
        let layers = self
            .layers
            .get(name)
            .into_iter()
            .flatten()
            .map(|layer| application::as_input(name, 1, &[Turn { from_client: true, bytes: layer }]));
        let talks = self.talks.get(name).into_iter().flatten().map(|turns| {
            let turns: Vec<Turn<'_>> =
                turns.iter().map(|(from_client, bytes)| Turn { from_client: *from_client, bytes }).collect();
            application::as_input(name, 2, &turns)
        });
        layers.chain(talks).collect()
    }
}

const FILTERS: [&str; 8] = [
    "ip.src == 192.0.2.10 && !(udp.port in {53, 67..68})",
    "dns.qry.name matches \"^(www|mail)\\.\" or frame.len > 100",
    "tcp.flags.syn == 1 and not tcp.flags.ack == 1",
    "eth.addr[0:3] == 02:00:00",
    "len(frame.protocols) > 3 || upper(dns.qry.name) contains \"EXAMPLE\"",
    "frame.time_relative <= 1.5 xor ip.ttl & 0x40",
    "any ip.addr == 192.0.2.0/24",
    "ipv6.addr == 2001:db8::1",
];

const TEXTS: [&str; 6] = [
    "\u{1b}]0;title\u{7}\u{1b}[2J\u{1b}[31m",
    "=cmd|'/C calc'!A0\t\"quoted\", and\r\nbroken",
    "\u{202e}gnp.exe\u{2066}\u{200b}\u{ad}\u{feff}",
    "C:\\path\\x1b \\u{202e} \\027",
    "\u{9b}31m\u{85}\u{2028}",
    "grüße 漢字 🙂 e\u{301}",
];

/// Values that lengths, counts and types take when they lie.
const LIARS: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, 0xc0, 0x3f, 0x1b];

/// A copy of `input` with a few bytes changed, lost, doubled or moved.
pub(crate) fn changed(input: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..1 + dice.below(6) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        match dice.below(10) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, bytes[at]),
            2 => bytes.truncate(at),
            3 => {
                let to = (at + dice.below(40)).min(bytes.len());
                let part = bytes[at..to].to_vec();
                let into = dice.below(bytes.len());
                bytes.splice(into..into, part);
            }
            4..=6 => bytes[at] ^= 1 << dice.below(8),
            7 | 8 => bytes[at] = LIARS[dice.below(LIARS.len())],
            _ => bytes[at] = dice.below(256) as u8,
        }
    }
    bytes
}
