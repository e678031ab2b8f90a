//! Samples cut at every length and with bytes changed: everything dissects and renders, nothing panics, and no
//! output holds what none may hold. The changes are the same in every run.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use netdissect::expert::Findings;
use netdissect::flow::table::Flow;
use netdissect::pipeline::Totals;
use netdissect::render::findings::{FindingsView, record};
use netdissect::render::flows::FlowTableView;
use netdissect::render::hex::Hex;
use netdissect::render::json::{Json, Which};
use netdissect::render::line::{Line, TimeFormat};
use netdissect::render::notes::Notes;
use netdissect::render::plot::Plot;
use netdissect::render::rows::{Layout, Rows};
use netdissect::render::timeline::Timeline;
use netdissect::render::tree::Tree;
use netdissect::render::{Cap, Screen, records};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::common::unclean;
use super::sample::{self, Hand, Sample, pipeline};

/// Numbers that only look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// 0 to `below - 1`.
    fn below(&mut self, below: usize) -> usize {
        (self.roll() % below.max(1) as u64) as usize
    }
}

/// Every way to show a packet. One at a time is used, in turn, so that each sees every kind of damage.
struct Everything {
    line: Line,
    tree: Tree,
    key: Json,
    all: Json,
    rows: Rows,
    csv: Rows,
    hex: Hex,
    out: Vec<u8>,
    turn: usize,
    wrong: Vec<String>,
}

impl Everything {
    fn new() -> Self {
        let registry = Registry::builtin();
        let cap = Cap::default();
        let mut names: Vec<&str> = registry.fields().map(|field| field.abbrev).collect();
        names.sort_unstable();
        names.dedup();
        let few =
            ["frame.number", "frame.protocols", "_ws.col.protocol", "_ws.col.info", "ip.src", "dns.qry.name"];
        Self {
            line: Line::new(Screen::PIPE, TimeFormat::Relative, 6, false),
            tree: Tree::new(Screen { width: Some(80), ..Screen::PIPE }),
            key: Json::new(&registry, Which::Key, cap).unwrap(),
            all: Json::new(&registry, Which::All, cap).unwrap(),
            rows: Rows::new(&registry, &names, Layout::tsv(), cap).unwrap(),
            csv: Rows::new(&registry, &few, Layout::csv(), cap).unwrap(),
            hex: Hex::new(cap),
            out: Vec::new(),
            turn: 0,
            wrong: Vec::new(),
        }
    }

    fn show(&mut self, packet: &Packet<'_>) {
        self.out.clear();
        let out = &mut self.out;
        let turn = self.turn % 8;
        self.turn += 1;
        match turn {
            0 => self.line.packet(out, packet),
            1 | 2 => self.tree.packet(out, packet),
            3 => self.key.packet(out, packet),
            4 => self.all.packet(out, packet),
            5 => self.rows.packet(out, packet),
            6 => self.csv.packet(out, packet),
            _ => self.hex.packet(out, packet),
        }
        if let Some(what) = unclean(out, turn == 5) {
            self.wrong.push(format!("output {turn} holds {what}"));
        }
        // One packet is one line, and at most so much of it (rows H03 and H11).
        if matches!(turn, 0 | 3..=6) && out.iter().filter(|&&byte| byte == b'\n').count() != 1 {
            self.wrong.push(format!("output {turn} is not one line"));
        }
        if out.len() > 80 * 1024 {
            self.wrong.push(format!("output {turn} has {} bytes", out.len()));
        }
        if matches!(turn, 3 | 4)
            && let Err(why) = serde_json::from_slice::<serde_json::Value>(out)
        {
            self.wrong.push(format!("output {turn} is not JSON: {why}"));
        }
    }

    fn flow(&mut self, flow: &Flow, registry: &Registry) {
        self.out.clear();
        let mut timeline = Timeline::new(Screen::PIPE, true);
        let mut table = FlowTableView::new(Screen::PIPE);
        timeline.flow(&mut self.out, flow, registry);
        Plot::new(Screen::PIPE).flow(&mut self.out, flow);
        table.flow(&mut self.out, flow);
        table.finish(&mut self.out, &Totals::default());
        let mut notes = Notes::new(flow);
        for row in &flow.kept.rows {
            records::row(&mut self.out, flow, row, &notes.next_row());
        }
        let mut findings = Findings::default();
        findings.flow(flow);
        let report = findings.finish();
        let view = FindingsView::new(Screen::PIPE, flow.tcp.times().0);
        view.all(&mut self.out, &report, &Totals::default());
        for finding in &report.findings {
            record(&mut self.out, finding);
        }
        records::flow(&mut self.out, flow, registry);
        if let Some(what) = unclean(&self.out, false) {
            self.wrong.push(format!("flow {} shows {what}", flow.number));
        }
    }
}

/// Sends frames through one pipeline and everything; says what is wrong, and with which frame.
fn send(what: &str, sample: &Sample, frames: impl Iterator<Item = (usize, String, Vec<u8>)>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut pipeline = pipeline();
    let everything = std::cell::RefCell::new(Everything::new());
    let mut hand = Hand {
        on_packet: |packet: &Packet<'_>| everything.borrow_mut().show(packet),
        on_flow: |flow: &Flow, registry: &Registry| everything.borrow_mut().flow(flow, registry),
    };
    for (number, (at, how, data)) in (1..).zip(frames) {
        let frame = sample.frames[at].lend(number, &data);
        let done = catch_unwind(AssertUnwindSafe(|| pipeline.frame(&frame, &mut hand).map(|_| ())));
        let place = || format!("{} frame {} {how} ({what})", sample.name, at + 1);
        match done {
            Err(panic) => {
                wrong.push(format!("{}: panic: {}", place(), spelled(panic.as_ref())));
                return wrong;
            }
            Ok(Err(error)) => wrong.push(format!("{}: {error}", place())),
            Ok(Ok(())) => {}
        }
        let said = std::mem::take(&mut everything.borrow_mut().wrong);
        wrong.extend(said.into_iter().map(|line| format!("{}: {line}", place())));
    }
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| pipeline.finish(&mut hand))) {
        wrong.push(format!("{} ({what}), at its end: panic: {}", sample.name, spelled(panic.as_ref())));
    }
    wrong.append(&mut everything.borrow_mut().wrong);
    wrong
}

fn spelled(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?").to_owned()
}

/// Does `work` for every sample, on all processors.
fn for_all(work: impl Fn(&Sample) -> Vec<String> + Sync) {
    let samples = sample::all();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(sample) = samples.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut said = work(sample);
                    wrong.lock().unwrap().append(&mut said);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let mut text = String::new();
    for line in wrong.iter().take(40) {
        writeln!(text, "{line}").unwrap();
    }
    assert!(wrong.is_empty(), "{} complaints:\n{text}", wrong.len());
}

/// Lengths to cut a frame of `len` bytes to: all where headers are, then some.
fn cuts(len: usize) -> impl Iterator<Item = usize> {
    (0..len.min(256)).chain((256..len.min(1024)).step_by(13)).chain((1024..len).step_by(101))
}

#[test]
fn every_prefix_of_every_frame_is_shown() {
    for_all(|sample| {
        let frames = sample.frames.iter().enumerate().flat_map(|(at, frame)| {
            cuts(frame.data.len()).map(move |len| (at, format!("cut to {len}"), frame.data[..len].to_vec()))
        });
        send("prefixes", sample, frames)
    });
}

/// Conversations as a capture with a snap length has them: streams with holes of every size.
#[test]
fn every_snap_length_is_shown() {
    const LENGTHS: [usize; 12] = [0, 14, 33, 34, 41, 54, 60, 66, 80, 96, 128, 200];
    for_all(|sample| {
        let mut wrong = Vec::new();
        for snap in LENGTHS {
            let frames = sample.frames.iter().enumerate().map(|(at, frame)| {
                let len = frame.data.len().min(snap);
                (at, "cut".to_owned(), frame.data[..len].to_vec())
            });
            wrong.extend(send(&format!("snap length {snap}"), sample, frames));
        }
        wrong
    });
}

/// Bytes changed, doubled and lost, frames too: as hostile as noise can be.
#[test]
fn changed_bytes_are_shown() {
    const ROUNDS: u64 = 12;
    for_all(|sample| {
        let mut wrong = Vec::new();
        for round in 0..ROUNDS {
            let seed =
                sample.name.bytes().fold(round + 1, |seed, byte| seed.wrapping_mul(31) + u64::from(byte));
            let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
            // In every other round few bytes change, so that what is behind them is reached.
            let per_mille = if round % 2 == 0 { 20 } else { 3 };
            let frames: Vec<_> = sample
                .frames
                .iter()
                .enumerate()
                .map(|(at, frame)| {
                    (at, format!("changed in round {round}"), change(&frame.data, per_mille, &mut dice))
                })
                .collect();
            wrong.extend(send("changed bytes", sample, frames.into_iter()));
        }
        wrong
    });
}

fn change(data: &[u8], per_mille: usize, dice: &mut Dice) -> Vec<u8> {
    /// Values that lengths, counts and types take when they lie.
    const LIARS: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, 0xc0, 0x3f, 0x1b];
    let mut changed = Vec::with_capacity(data.len());
    for &byte in data {
        if dice.below(1000) >= per_mille {
            changed.push(byte);
            continue;
        }
        match dice.below(8) {
            0 => {}
            1 => changed.extend([byte, byte]),
            2 | 3 => changed.push(byte ^ (1 << dice.below(8))),
            4 | 5 => changed.push(LIARS[dice.below(LIARS.len())]),
            _ => changed.push(dice.roll() as u8),
        }
    }
    changed
}

#[test]
fn a_panic_is_caught_and_told() {
    let sample = sample::all().into_iter().find(|sample| sample.name == "arp.pcap").unwrap();
    let done = catch_unwind(AssertUnwindSafe(|| {
        send("nothing", &sample, std::iter::once((0, "gone".to_owned(), Vec::new())).inspect(|_| ()))
    }));
    assert_eq!(done.unwrap(), Vec::<String>::new());
    let panic = catch_unwind(|| panic!("told")).unwrap_err();
    assert_eq!(spelled(panic.as_ref()), "told");
}
