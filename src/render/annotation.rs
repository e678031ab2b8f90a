//! `--annotate`: what is known of a packet as a comment on it, and the verdicts on flows as one text.

use std::fmt::Write as _;

use netdissect_dissectors::facts::{Judgement, Known, TcpFacts};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::transport::tcp::is_noteworthy;

use super::flows::thousands;
use crate::flow::table::Flow;

/// Bytes of a comment at most. An option holds 65,535.
const MAX_COMMENT: usize = 4096;
const MAX_SUMMARY: usize = 60_000;

/// Who says it: comments of others may stand beside ours.
const WHO: &str = "netdissect: ";

/// Writes what is worth a comment: segments that are more than their flags tell, and faults of layers. Nothing for most packets.
pub fn packet(out: &mut String, packet: &Packet<'_>) {
    for (_, facts) in &packet.parts.facts.tcp {
        if facts.labels.iter().any(is_noteworthy) || facts.judgement.is_some() {
            begin(out);
            segment(out, facts);
        }
    }
    for (slot, fault) in &packet.parts.faults {
        let Some(layer) = packet.layer(usize::from(*slot)) else { continue };
        begin(out);
        // A String takes everything.
        let _ = write!(out, "{}: {fault}", layer.protocol().name);
    }
    if out.len() > MAX_COMMENT {
        let end = (0..=MAX_COMMENT).rev().find(|&at| out.is_char_boundary(at)).unwrap_or(0);
        out.truncate(end);
    }
}

fn begin(out: &mut String) {
    out.push_str(if out.is_empty() { WHO } else { "; " });
}

fn segment(out: &mut String, facts: &TcpFacts) {
    let labels: Vec<&str> = facts.labels.iter().filter(|label| is_noteworthy(label)).collect();
    let _ = write!(out, "flow {}: {}", facts.flow, labels.join(", "));
    if let Some(judgement) = &facts.judgement {
        judged(out, judgement);
    }
    let [client, server] = facts.states;
    let _ = write!(out, "; client {}, server {}", state(client), state(server));
}

/// Why a segment was sent again, how surely, and what became of it.
fn judged(out: &mut String, judgement: &Judgement) {
    if let Some(kind) = judgement.kind {
        let _ = write!(out, "; sent again by {kind}");
    }
    let sureness = judgement.confidence.into_iter().map(str::to_owned);
    let evidence = judgement.evidence.map(|evidence| format!("evidence {evidence}"));
    let alternative = judgement.alt.map(|alt| format!("or {alt}"));
    let how: Vec<String> = sureness.chain(evidence).chain(alternative).collect();
    if !how.is_empty() {
        let _ = write!(out, " ({})", how.join(", "));
    }
    if !judgement.redundant.is_empty() {
        let _ = write!(out, "; it had arrived before ({})", judgement.redundant.join(", "));
    }
    for (is_so, words) in [
        (judgement.network_duplicate, "a second copy made on the way"),
        (judgement.capture_duplicate, "a second copy, captured twice"),
        (judgement.lost, "lost beyond this point"),
    ] {
        if is_so {
            let _ = write!(out, "; {words}");
        }
    }
}

/// In brackets while it is inferred, as in the timeline.
fn state(known: Known) -> String {
    if known.inferred { format!("({})", known.state) } else { known.state.to_string() }
}

/// The verdicts on all flows of which packets were written, as far as they fit into a comment.
#[derive(Debug, Default)]
pub struct Summary {
    text: String,
    flows: u64,
    left_out: u64,
}

impl Summary {
    /// Adds a flow that is over.
    pub fn add(&mut self, flow: &Flow) {
        self.flows = self.flows.saturating_add(1);
        if self.text.len() >= MAX_SUMMARY {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let client = flow.tcp.client();
        let [near, far] = [client, client.other()];
        let _ = write!(
            self.text,
            "\nflow {}, {} to {}: {}; client {}, server {}",
            flow.number,
            flow.tcp.pair.end(near),
            flow.tcp.pair.end(far),
            flow.tcp.verdict().name(),
            state(flow.tcp.end(near).known()),
            state(flow.tcp.end(far).known()),
        );
    }

    /// The whole, a line for each flow.
    #[must_use]
    pub fn text(&self) -> String {
        let flows = if self.flows == 1 { "flow" } else { "flows" };
        let mut text = format!("{WHO}{} TCP {flows}{}", thousands(self.flows), self.text);
        if self.left_out > 0 {
            let _ = write!(text, "\nand {} more", thousands(self.left_out));
        }
        text
    }
}
