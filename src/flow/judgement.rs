//! A step of the tracker as fields: under Wireshark's names, and ours where it has none. The one place that maps them
//! (docs/tcp-analysis.md, end of section 3.1).

use netdissect_dissectors::facts::{Analysis, Finding, Judgement};

use super::tcp::{Blame, Cause, Closing, Copier, Evidence, Label, Labels, Step};

/// Labels that Wireshark has a name for.
const FINDINGS: [(Label, Finding); 15] = [
    (Label::Retransmission, Finding::Retransmission),
    (Label::OutOfOrder, Finding::OutOfOrder),
    (Label::GapBefore, Finding::LostSegment),
    (Label::AckUnseen, Finding::AckLostSegment),
    (Label::WindowUpdate, Finding::WindowUpdate),
    (Label::WindowFull, Finding::WindowFull),
    (Label::KeepAlive, Finding::KeepAlive),
    (Label::KeepAliveAck, Finding::KeepAliveAck),
    (Label::DupAck, Finding::DuplicateAck),
    (Label::ZeroWindow, Finding::ZeroWindow),
    (Label::ZeroWindowProbe, Finding::ZeroWindowProbe),
    (Label::ZeroWindowProbeAck, Finding::ZeroWindowProbeAck),
    (Label::PortReused, Finding::ReusedPorts),
    (Label::FastOpenAccepted, Finding::TfoAck),
    (Label::FastOpenIgnored, Finding::TfoIgnored),
];

/// The labels of [`FINDINGS`]: most segments have none of them.
const FOUND: Labels = {
    let mut found = Labels::NONE;
    let mut at = 0;
    while at < FINDINGS.len() {
        found = found.with(FINDINGS[at].0);
        at += 1;
    }
    found
};

/// What stands under `tcp.analysis`.
#[must_use]
pub fn analysis(step: &Step) -> Analysis {
    let measures = step.measures;
    let mut analysis = Analysis {
        acks_frame: measures.acks.map(|acks| acks.frame),
        ack_rtt: measures.acks.filter(|_| measures.is_round_trip).map(|acks| acks.nanos),
        initial_rtt: measures.initial_rtt,
        bytes_in_flight: Some(measures.in_flight).filter(|&bytes| bytes > 0),
        duplicate_ack_num: Some(step.dup_ack).filter(|&number| number > 0),
        rto: measures.again.map(|again| again.nanos),
        rto_frame: measures.again.map(|again| again.frame),
        ..Analysis::default()
    };
    if step.labels.has_any(FOUND) {
        for (label, finding) in FINDINGS {
            if step.labels.has(label) {
                analysis.findings.add(finding);
            }
        }
    }
    if step.cause.and_then(Cause::class) == Some("fast") {
        analysis.findings.add(Finding::FastRetransmission);
    }
    if !step.proofs.is_empty() {
        analysis.findings.add(Finding::SpuriousRetransmission);
    }
    analysis
}

/// What stands under `nd.tcp` beside states and labels; `None` for most segments, which nothing is wrong with.
#[must_use]
pub fn judgement(step: &Step) -> Option<Box<Judgement>> {
    let is_copy = step.labels.has(Label::Duplicate);
    let is_judged = step.evidence.is_some() || step.cause.is_some();
    if !is_judged && !is_copy && !step.lost && step.closing.is_none() && step.proofs.is_empty() {
        return None;
    }
    let by_capture = step.copier == Some(Copier::Capture);
    Some(Box::new(Judgement {
        cause: step.cause.and_then(Cause::class),
        kind: step.cause.map(Cause::kind),
        redundant: step.proofs.words().collect(),
        blame: step.blame.map(Blame::name),
        // Undecided counts as made on the way (C1).
        network_duplicate: is_copy && !by_capture,
        capture_duplicate: is_copy && by_capture,
        lost: step.lost,
        hole: step.closing.map(Closing::name),
        confidence: is_judged.then(|| step.confidence.name()),
        evidence: step.evidence.map(Evidence::name),
        alt: step.alt.map(Cause::kind),
    }))
}
