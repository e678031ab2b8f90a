//! TCP scenarios: each `*.flow` file here is a conversation, built into frames, sent through the pipeline and
//! compared with what the file says of every segment and of the flows that came out of it.
//!
//! The files are the vectors of docs/tcp-analysis.md, section 6, in its line format; `scenario.rs` says how it is
//! read, `frames.rs` how frames are built from it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod claims;
mod frames;
mod idle;
mod invariant;
mod rest;
mod scenario;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use netdissect::flow::row::Row;
use netdissect::flow::table::{Extras, Flow};
use netdissect::flow::tcp::time::Times;
use netdissect::flow::tcp::{Confidence, Copier, Step};
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect::render::records;
use netdissect_dissectors::facts::{FlowNumber, Known, State};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;
use serde_json::{Map, Value};

use claims::Claim;
use scenario::{Bytes, Event, Expected, Label, Scenario, Side, States};

/// What the pipeline said of one segment when it passed.
#[derive(Clone, Debug)]
struct Seen {
    states: [Known; 2],
    labels: Vec<&'static str>,
}

/// What came out of a flow when it was over.
#[derive(Clone, Debug)]
struct Outcome {
    number: FlowNumber,
    verdict: &'static str,
    states: [Known; 2],
    paths: [Vec<State>; 2],
    bytes: [Bytes; 2],
    client: String,
    /// `conn_state`, `history`, the end that originates.
    zeek: [String; 3],
    opened: i64,
    /// Frame and what the tracker said of it in the end, which may be more than when it passed.
    rows: Vec<(u64, Step)>,
    /// Its record, and those of its segments by frame.
    record: Map<String, Value>,
    packets: HashMap<u64, Map<String, Value>>,
    /// Frames of the client.
    from_client: Vec<u64>,
}

/// Notes everything.
#[derive(Default)]
struct Collector {
    segments: HashMap<u64, Seen>,
    flows: Vec<Outcome>,
}

impl Sink for Collector {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        if let Some((_, facts)) = packet.parts.facts.tcp.first() {
            let seen = Seen { states: facts.states, labels: facts.labels.iter().collect() };
            self.segments.insert(packet.frame.number, seen);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        let mut record = Vec::new();
        records::flow(&mut record, &flow, registry);
        let mut packet = |row: &Row| {
            let mut packet = Vec::new();
            records::row(&mut packet, &flow, row, &[]);
            (row.frame, serde_json::from_slice(&packet).unwrap())
        };
        let (client, server) = (flow.tcp.client(), flow.tcp.client().other());
        self.flows.push(Outcome {
            number: flow.number,
            verdict: flow.tcp.verdict().name(),
            states: flow.tcp.states(),
            paths: [client, server].map(|side| flow.tcp.end(side).path().to_vec()),
            bytes: [client, server].map(|side| {
                let half = flow.tcp.half(side);
                let stream = &half.stream;
                Bytes { len: half.stream_len(), delivered: Some(stream.delivered()), cut: Some(stream.cut()) }
            }),
            client: flow.tcp.pair.end(client).to_string(),
            zeek: {
                let zeek = flow.kept.zeek.as_ref().unwrap();
                let originator = flow.tcp.pair.end(zeek.originator());
                [zeek.conn_state().to_owned(), zeek.history().to_owned(), originator.to_string()]
            },
            opened: flow.tcp.times().0.nanos_since(frames::START),
            rows: flow.kept.rows.iter().map(|row| (row.frame, row.step)).collect(),
            record: serde_json::from_slice(&record).unwrap(),
            packets: flow.kept.rows.iter().map(&mut packet).collect(),
            from_client: flow.kept.rows.iter().filter(|row| row.from_client).map(|row| row.frame).collect(),
        });
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        self.flows.sort_by_key(|flow| flow.number);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows")
}

fn scenarios() -> Vec<Scenario> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "flow"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            Scenario::parse(&name, &std::fs::read_to_string(path).unwrap())
                .unwrap_or_else(|why| panic!("{}: {why}", path.display()))
        })
        .collect()
}

/// Sends the scenario through a pipeline. `swap` gives the client the higher address, which must not matter.
fn play(scenario: &Scenario, swap: bool) -> Collector {
    play_at(scenario, swap, frames::START)
}

/// The same, at another time of day.
fn play_at(scenario: &Scenario, swap: bool, start: Timestamp) -> Collector {
    let extras = Extras { zeek: true, times: Times::Phases, ..Extras::default() };
    let keep = Keep { rows: true, extras, ..Keep::default() };
    let mut pipeline = Pipeline::new(Registry::builtin(), Limits::default(), keep);
    let mut collector = Collector::default();
    for (at, built) in frames::build(scenario, swap).iter().enumerate() {
        let frame = Frame {
            number: at as u64 + 1,
            time: start.plus_nanos(built.time),
            link: LinkType::ETHERNET,
            wire_len: built.wire_len,
            data: &built.bytes,
            origin: None,
        };
        let _ = pipeline.frame(&frame, &mut collector).unwrap();
    }
    pipeline.finish(&mut collector).unwrap();
    collector
}

fn spell(states: [Known; 2]) -> String {
    let one = |known: Known| {
        let name = scenario::abbreviation(known.state);
        format!("{name}{}", if known.inferred { "?" } else { "" })
    };
    format!("{},{}", one(states[0]), one(states[1]))
}

/// The flows of a scenario in the order of their numbers; the n-th is what files call `#n`.
fn flow_of(collector: &Collector, frame: u64) -> Option<usize> {
    collector.flows.iter().position(|flow| flow.rows.iter().any(|row| row.0 == frame)).map(|at| at + 1)
}

fn step_of(collector: &Collector, frame: u64) -> Option<&Step> {
    collector.flows.iter().flat_map(|flow| &flow.rows).find(|row| row.0 == frame).map(|row| &row.1)
}

/// What is wrong with one scenario, one line each: states and flows first, labels after.
#[derive(Default)]
struct Complaints {
    states: Vec<String>,
    labels: Vec<String>,
    times: Vec<String>,
}

fn check(scenario: &Scenario, swap: bool) -> Complaints {
    let collector = play(scenario, swap);
    let mut wrong = Complaints::default();
    let mut expected: Option<States> = None;
    for (at, event) in scenario.events.iter().enumerate() {
        let Event::Segment(segment) = event else { continue };
        let frame = at as u64 + 1;
        let Some(seen) = collector.segments.get(&frame) else {
            wrong.states.push(format!("{}: not tracked", segment.line));
            continue;
        };
        if segment.states.is_some() {
            expected = segment.states;
        }
        match expected {
            Some(States::Told(told)) if told != seen.states => {
                let (want, got) = (spell(told), spell(seen.states));
                wrong.states.push(format!("{}: expected |{want}, got |{got}", segment.line));
            }
            Some(_) => {}
            None => wrong.states.push(format!("{}: the file tells no states", segment.line)),
        }
        let sender = frames::endpoint(scenario, segment.side, swap);
        if let [flow] = collector.flows.as_slice()
            && (flow.client == sender) != flow.from_client.contains(&frame)
        {
            wrong.states.push(format!("{}: told with the roles of client and server changed", segment.line));
        }
        if let Some(nth) = segment.flow {
            let got = flow_of(&collector, frame);
            if got != Some(nth) {
                wrong.states.push(format!("{}: expected flow #{nth}, got {got:?}", segment.line));
            }
        }
        wrong.labels.extend(
            compare_labels(&segment.expected, &seen.labels, step_of(&collector, frame))
                .into_iter()
                .map(|why| format!("{}: {why}", segment.line)),
        );
    }
    check_flows(scenario, &collector, swap, &mut wrong.states);
    wrong.times = scenario
        .claims
        .iter()
        .filter_map(|claim| claim.check(record_of(scenario, &collector, claim)))
        .collect();
    wrong
}

/// The record that a claim is about.
fn record_of<'a>(
    scenario: &Scenario,
    collector: &'a Collector,
    claim: &Claim,
) -> Option<&'a Map<String, Value>> {
    let Some(time) = claim.time else { return Some(&collector.flows.get(claim.flow - 1)?.record) };
    let at = scenario.events.iter().position(|event| matches!(event, Event::Segment(s) if s.time == time))?;
    let frame = at as u64 + 1;
    collector.flows.iter().find_map(|flow| flow.packets.get(&frame))
}

fn check_flows(scenario: &Scenario, collector: &Collector, swap: bool, wrong: &mut Vec<String>) {
    if scenario.flows.len() != collector.flows.len() {
        let got: Vec<_> = collector.flows.iter().map(|flow| flow.verdict).collect();
        wrong.push(format!("expected {} flows, got {got:?}", scenario.flows.len()));
        return;
    }
    for (at, (want, got)) in scenario.flows.iter().zip(&collector.flows).enumerate() {
        let mut complain = |what: &str, want: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
            wrong.push(format!("flow #{}: expected {what} {want:?}, got {got:?}", at + 1));
        };
        if want.verdict != got.verdict {
            complain("verdict", &want.verdict, &got.verdict);
        }
        if let Some(States::Told(told)) = want.states
            && told != got.states
        {
            complain("final states", &spell(told), &spell(got.states));
        }
        if let Some(zeek) = &want.zeek {
            let [conn_state, history, originator] = &got.zeek;
            if (&zeek.conn_state, &zeek.history) != (conn_state, history) {
                complain("in Zeek's words", zeek, &got.zeek);
            }
            if let Some(side) = zeek.originator
                && frames::endpoint(scenario, side, swap) != *originator
            {
                complain("originator", zeek, originator);
            }
        }
        if let Some(side) = want.client
            && frames::endpoint(scenario, side, swap) != got.client
        {
            complain("client", &frames::endpoint(scenario, side, swap), &got.client);
        }
        if let Some(opened) = want.opened
            && opened != got.opened
        {
            complain("opened at", &opened, &got.opened);
        }
        for (index, side) in [Side::Client, Side::Server].into_iter().enumerate() {
            if let Some(path) = want.paths.get(&side)
                && *path != got.paths[index]
            {
                let short =
                    |path: &[State]| path.iter().map(|&s| scenario::abbreviation(s)).collect::<Vec<_>>();
                complain("path", &(side, short(path)), &short(&got.paths[index]));
            }
            if let Some(bytes) = want.bytes.get(&side)
                && !bytes.agrees(&got.bytes[index])
            {
                complain("stream", &(side, bytes), &got.bytes[index]);
            }
        }
    }
}

/// The names of the labels that a word of the files stands for.
fn names_of(label: &Label) -> Option<&'static [&'static str]> {
    Some(match (label.word.as_str(), label.detail.as_str()) {
        ("SYN", _) => &["syn"],
        ("SYN-ACK", "other-isn") => &["other-isn"],
        ("SYN-ACK", _) => &["syn-ack"],
        ("Ack", _) => &["ack"],
        ("Data", _) => &["data"],
        ("data", _) => &[],
        ("FIN", _) => &["fin"],
        ("Rst", "exact") => &["rst"],
        ("Rst", "out") => &["rst-out-of-window"],
        ("Rst", "inwin") => &["rst-in-window"],
        ("RstNotHonoured", _) => &["rst-not-honoured"],
        ("Rexmit", detail) if detail.contains("unseen-original") => &["retransmission", "unseen-original"],
        ("Rexmit", detail) if detail.contains("partial+hole") => &["retransmission", "partial-hole"],
        ("Rexmit", detail) if detail.contains("partial+new") => &["retransmission", "partial-new"],
        ("Rexmit", _) => &["retransmission"],
        ("OutOfOrder", _) => &["out-of-order"],
        ("LateCapture", _) => &["late-capture"],
        ("GapBefore", _) => &["gap-before"],
        ("AckUnseen", _) => &["ack-unseen"],
        ("DupAck", _) => &["dup-ack"],
        ("StaleAck", _) => &["stale-ack"],
        ("OldSeqAck", _) => &["old-seq-ack"],
        ("AckRepeat", _) => &["ack-repeat"],
        ("DsackAck", _) => &["dsack-ack"],
        ("KeepAlive", _) => &["keep-alive"],
        ("ZWProbe", _) => &["zero-window-probe"],
        ("ZeroWindow", _) => &["zero-window"],
        ("WindowOpen", _) => &["window-open"],
        ("WindowUpdate", _) => &["window-update"],
        ("Duplicate", _) => &["duplicate"],
        ("OrphanSyn", _) => &["orphan-syn"],
        ("TfoAccepted", _) => &["fast-open-accepted"],
        ("TfoIgnored", _) => &["fast-open-ignored"],
        ("PortReused", _) => &["port-reused"],
        ("TfoResend", _) => &["fast-open-resend"],
        ("WindowFull", _) => &["window-full"],
        ("KeepAliveAck", _) => &["keep-alive-ack"],
        ("Dsack", _) => &["dsack"],
        ("ZWProbeAck", _) => &["zero-window-probe-ack"],
        ("ProbeConsumed", _) => &["probe-consumed"],
        ("ChallengeAck", _) => &["challenge-ack"],
        ("SackReneging", _) => &["sack-reneging"],
        ("EcnSetup", _) => &["ecn-setup"],
        ("EcnAccepted", _) => &["ecn-accepted"],
        ("CongestionEcho", _) => &["congestion-echo"],
        ("WindowReduced", _) => &["window-reduced"],
        ("DataAfterFin", _) => &["data-after-fin"],
        ("DataAfterClose", _) => &["data-after-close"],
        ("SynUnseen", _) => &["syn-unseen"],
        ("BeyondWindow", _) => &["beyond-window"],
        ("WindowShrink", _) => &["window-shrink"],
        ("Urgent", _) => &["urgent"],
        ("PreBase", _) => &["pre-base"],
        ("SackNews", _) => &["sack-news"],
        ("Insane", _) => &["insane"],
        ("RstAfterClose", _) => &["rst", "rst-after-close"],
        ("Loop", _) => &["loop"],
        ("BadChecksum", _) => &["bad-checksum"],
        ("NoAck", _) => &["no-ack"],
        ("EcnMisused", _) => &["ecn-misused"],
        ("CongestionMark", _) => &["congestion-mark"],
        _ => return None,
    })
}

/// Compares what a file says of a segment with what the pipeline said: labels, their numbers, evidence, confidence,
/// and of a copy its cause, the runner-up, and the proofs that it was redundant.
fn compare_labels(expected: &Expected, got: &[&'static str], step: Option<&Step>) -> Vec<String> {
    let mut wrong = Vec::new();
    let names: Vec<_> = expected.labels.iter().map(names_of).collect();
    for (label, names) in expected.labels.iter().zip(&names) {
        let Some(names) = names else {
            wrong.push(format!("{} is no label", label.text));
            continue;
        };
        for name in names.iter().filter(|name| !got.contains(name)) {
            wrong.push(format!("expected {} ({name}), got {got:?}", label.text));
        }
        if let Some(step) = step {
            wrong.extend(compare_step(label, step).map(|why| format!("expected {}, got {why}", label.text)));
        }
    }
    if let Some(step) = step {
        let alt = step.alt.map(|cause| cause.kind().to_owned());
        if expected.alt.is_some() && expected.alt != alt {
            wrong.push(format!("expected the runner-up {:?}, got {alt:?}", expected.alt));
        }
        if expected.guess != (step.confidence == Confidence::Guess) {
            wrong.push(format!("expected a guess: {}, got {:?}", expected.guess, step.confidence));
        }
    }
    // Nothing else may be said but the kinds of segment, which come on top of whatever else is said.
    const KINDS: [&str; 7] = ["syn", "syn-ack", "ack", "data", "fin", "rst", "simultaneous-open"];
    for name in got.iter().filter(|name| !KINDS.contains(name)) {
        if !names.iter().flatten().any(|names| names.contains(name)) {
            wrong.push(format!("{name} is too much, got {got:?}"));
        }
    }
    wrong
}

/// What is wrong with the numbers or the cause of one label.
fn compare_step(label: &Label, step: &Step) -> Option<String> {
    if let Some(evidence) = label.evidence() {
        let told = step.evidence.map(|evidence| evidence.name());
        if told != Some(evidence) {
            return Some(format!("evidence {told:?}"));
        }
    }
    let number: Option<u64> = label.detail.split('(').next().and_then(|number| number.parse().ok());
    match label.word.as_str() {
        "GapBefore" | "AckUnseen" => (number != Some(step.gap)).then(|| format!("{} bytes", step.gap)),
        "DupAck" => (number != Some(step.dup_ack.into())).then(|| format!("number {}", step.dup_ack)),
        "Duplicate" if !label.detail.is_empty() => {
            let made = step.copier.map(|copier| match copier {
                Copier::Network => "network",
                Copier::Capture => "capture",
            });
            (made != Some(label.detail.as_str())).then(|| format!("made by {made:?}"))
        }
        "Rexmit" => {
            // kind, what of the bytes was seen before; proofs that they had arrived
            let (kind, proofs) = label.detail.split_once(';').unwrap_or((&label.detail, ""));
            let kind = kind.split(',').next().unwrap_or_default();
            let cause = step.cause.map(|cause| (cause.kind(), cause.class()));
            let same = match (kind, cause) {
                // A FIN has the kind of its timer.
                ("fin", _) => true,
                ("loss", Some((_, class))) => class == Some("loss"),
                (_, Some((word, _))) => word == kind,
                (_, None) => false,
            };
            let told: Vec<&str> = step.proofs.words().collect();
            let missing = !proofs.is_empty() && !proofs.split(';').all(|proof| told.contains(&proof));
            (!same || missing).then(|| format!("{cause:?}, redundant {told:?}"))
        }
        _ => None,
    }
}

/// Files of which the tracker still says something else of a segment: the cause of a copy, most of all. A file that
/// comes right has to leave this list.
const OTHER_LABELS: [&str; 0] = [];

/// One test for all files, so that a run reports every deviation at once. `but` names files that deviate.
fn report(but: &[&str], pick: impl Fn(Complaints) -> Vec<String>) {
    let mut text = String::new();
    let mut failed = 0;
    let scenarios = scenarios();
    for scenario in &scenarios {
        let mut lines = pick(check(scenario, false));
        for line in pick(check(scenario, true)) {
            if !lines.contains(&line) {
                lines.push(format!("(client with the higher address) {line}"));
            }
        }
        if but.contains(&scenario.name.as_str()) {
            lines = if lines.is_empty() { vec!["is right now: off the list".to_owned()] } else { Vec::new() };
        }
        if !lines.is_empty() {
            failed += 1;
            writeln!(text, "{}: {}", scenario.name, scenario.title).unwrap();
            for line in lines {
                writeln!(text, "    {line}").unwrap();
            }
        }
    }
    assert!(failed == 0, "{failed} of {} scenarios differ:\n{text}", scenarios.len());
}

#[test]
fn states_and_flows_are_as_the_files_say() {
    report(&[], |wrong| wrong.states);
}

#[test]
fn labels_are_as_the_files_say() {
    report(&OTHER_LABELS, |wrong| wrong.labels);
}

#[test]
fn times_and_limits_are_as_the_files_say() {
    report(&[], |wrong| wrong.times);
}

#[test]
fn all_vectors_of_the_document_are_here() {
    let names: Vec<String> = scenarios().into_iter().map(|scenario| scenario.name).collect();
    let vectors = (1..=42).map(|n| format!("V{n:02}")).chain((1..=15).map(|n| format!("P{n:02}")));
    let vectors = vectors.chain((1..=19).map(|n| format!("K{n:02}")));
    // I03, I04, L02, L03 and L08 are said in the files of the V vectors that they name.
    let vectors = vectors.chain(["I01", "I02", "I05", "L04", "L05", "L06", "L07", "L09"].map(str::to_owned));
    let missing: Vec<String> = vectors.filter(|vector| !names.contains(vector)).collect();
    assert!(missing.is_empty(), "no file for {missing:?}");
}

#[test]
fn every_zeek_mark_of_the_document_is_in_its_file() {
    let text = std::fs::read_to_string(folder().join("../../docs/tcp-analysis.md")).unwrap();
    let scenarios = scenarios();
    let mut marks = 0;
    for line in text.lines() {
        let Some((name, rest)) = line.split_once(' ') else { continue };
        let Some(scenario) = scenarios.iter().find(|scenario| scenario.name == name) else { continue };
        let Some((_, mark)) = rest.split_once("[zeek ") else { continue };
        let words: Vec<&str> = mark.split([' ', ',', ']']).take(2).collect();
        let told = scenario.flows.iter().find_map(|flow| flow.zeek.as_ref());
        let told = told.map(|zeek| vec![zeek.conn_state.as_str(), zeek.history.as_str()]);
        assert_eq!(told, Some(words), "{name}");
        marks += 1;
    }
    assert!(marks >= 44, "only {marks} marks");
}

#[test]
fn a_wrong_expectation_is_noticed() {
    let text = "# wrong\nHS(100)\n.200 C FA 1/1/0 FIN |F2,CW?\n.300 S A 1/2/0 Ack\nflow reset-by-C\n";
    let wrong = check(&Scenario::parse("wrong", text).unwrap(), false);
    let said = wrong.states.join("\n");
    assert!(said.contains("expected |F2,CW?, got |F1,CW?"), "{said}");
    assert!(said.contains("expected |F2,CW?, got |F2?,CW"), "{said}");
    assert!(said.contains("expected verdict \"reset-by-C\""), "{said}");
    let text = "HS(100)\n.200 C PA 1/1/10 FIN\n.201 C PA 20/1/10 Data\n";
    let wrong = check(&Scenario::parse("wrong", text).unwrap(), false);
    let said = wrong.labels.join("\n");
    assert!(said.contains("expected FIN (fin), got [\"data\"]"), "{said}");
    assert!(said.contains("gap-before is too much"), "{said}");
}
