//! What happened in a row of the timeline, in a few words.

use netdissect_dissectors::facts::State;
use netdissect_dissectors::transport::tcp::Flags;

use super::{Run, bytes, is_simultaneous_close};
use crate::flow::row::Row;
use crate::flow::seq::Position;
use crate::flow::table::Flow;
use crate::flow::tcp::{Cause, Confidence, Copier, Label, Verdict};
use crate::render::conflicts;
use crate::render::style::Escaped;
use crate::render::value::span;

/// What a run of rows means, in a few words.
pub(super) fn event(flow: &Flow, run: &Run<'_>) -> String {
    let (Some(head), Some(tail)) = (run.rows.first(), run.rows.last()) else { return String::new() };
    let mut notes: Vec<String> = Vec::new();
    let labels = head.step.labels;
    let has = |label| labels.has(label);
    for (label, text) in [
        (Label::BadChecksum, "wrong checksum: it changes nothing"),
        (Label::Loop, "the same frame again, routed in a circle"),
        (Label::Insane, "numbers far from this connection's: it changes nothing"),
        (Label::NoAck, "without ACK, and so without effect"),
        (Label::OrphanSyn, "a SYN with another number inside a live connection"),
        (Label::OtherIsn, "a second SYN, ACK with another number"),
        (Label::RstNotHonoured, "the reset before was not honoured: forged or lost"),
        (Label::SimultaneousOpen, "both open at once"),
        (Label::FastOpenAccepted, "fast open: the SYN's data is taken"),
        (Label::FastOpenIgnored, "fast open: the SYN's data is not taken"),
        (Label::StaleAck, "an old ACK, overtaken"),
        (Label::KeepAlive, "keep-alive"),
        (Label::ZeroWindow, "window closed: no room at the receiver"),
        (Label::DataAfterFin, "data after its own FIN"),
        (Label::PreBase, "from before the first byte captured"),
        (Label::EcnSetup, "offers ECN"),
        (Label::AccurateEcn, "offers accurate ECN"),
        (Label::CongestionMark, "marked by a router: congestion"),
        (Label::CongestionEcho, "reports the mark"),
        (Label::WindowReduced, "slows down because of the mark"),
        (Label::EcnMisused, "ECN where RFC 3168 forbids it"),
        (Label::BeyondWindow, "beyond the receiver's window"),
        (Label::KeepAliveAck, "answers the keep-alive"),
        (Label::ChallengeAck, "challenge ACK: was that meant?"),
        (Label::SackReneging, "takes back what it had reported"),
        (Label::ProbeConsumed, "the probe's byte was taken"),
        (Label::Urgent, "urgent data"),
        (Label::SynUnseen, "its SYN was not captured"),
    ] {
        if has(label) {
            notes.push(text.into());
        }
    }
    if has(Label::DataAfterClose) && run.refuted.is_none() {
        notes.push("data to an end that is closed".into());
    }
    if has(Label::EcnAccepted) {
        // ECE alone accepts ECN as RFC 3168 has it; the other answers tell how the SYN's codepoint came through.
        let is_accurate = head.flags.intersects(Flags::AE.union(Flags::CWR));
        notes.push(if is_accurate { "accurate ECN accepted" } else { "ECN accepted" }.into());
    }
    if has(Label::Duplicate) {
        notes.push(second_copy(head));
    }
    handshake(flow, head, &mut notes);
    if has(Label::OverlapConflict) {
        notes.extend(conflicts::of_row(flow, head));
    }
    if has(Label::Retransmission) {
        notes.push(again(head));
    }
    if has(Label::OutOfOrder) {
        notes.push(format!("{} overtaken on the way{}", head.step.seq, sureness(head)));
    }
    if head.step.lost {
        notes.push(match run.rows.len() {
            1 if has(Label::Retransmission) => "lost as well".into(),
            _ if head.len == 0 => "lost beyond this point".into(),
            1 => format!("{} lost beyond this point", head.step.seq),
            _ => format!("{} to {} lost beyond this point", head.step.seq, last_byte(tail)),
        });
    }
    if run.rows.iter().any(|row| row.step.labels.has(Label::WindowFull)) {
        notes.push("fills the receiver's window".into());
    }
    if has(Label::LateCapture) {
        notes.push(format!("{} captured after its own ACK", head.step.seq));
    }
    if has(Label::ZeroWindowProbe) {
        notes.push("probe of the closed window".into());
    }
    if has(Label::WindowOpen) {
        notes.push(format!("window open again: {}", window(head)));
    }
    if has(Label::WindowShrink) {
        notes.push(format!("window shrinks to {}", window(head)));
    }
    if has(Label::DsackAck) || has(Label::Dsack) {
        notes.push("reports bytes that arrived twice".into());
    }
    if has(Label::GapBefore) {
        notes.push(format!("{} before it missing here", bytes(head.step.gap)));
    }
    if has(Label::AckUnseen) {
        notes.push(format!("{} acknowledged that were not captured", bytes(head.step.gap)));
    }
    if has(Label::DupAck) {
        notes.push(format!("dup ACK {} for {}", tail.step.dup_ack, head.step.ack));
    }
    if has(Label::WindowUpdate) && !has(Label::WindowOpen) {
        notes.push(format!("window opens to {}", window(head)));
    }
    closing_steps(flow, head, run.refuted, &mut notes);
    if let Some(message) = run.rows.iter().find_map(|row| row.message.as_deref()) {
        notes.push(Escaped::text(message.trim_end().as_bytes()).to_string());
    } else if tail.pending && notes.is_empty() {
        notes.push(if tail.from_client { "part of a request" } else { "part of a response" }.into());
    }
    let acks = run.rows.iter().filter(|row| row.len == 0).count();
    if acks > 0 && acks < run.rows.len() {
        notes.push(format!("{acks} ACK{}", if acks == 1 { "" } else { "s" }));
    }
    notes.join("; ")
}

/// The window of a row; as it was sent, where the scale is not known (Q4).
fn window(row: &Row) -> String {
    if row.window_unscaled { format!("{}, scale=?", row.window) } else { bytes(row.window.into()) }
}

/// Position of the last byte that a row carries.
fn last_byte(row: &Row) -> Position {
    (row.step.seq + Position::from(row.len)).saturating_sub(1)
}

/// How sure the verdict is, where it is not certain.
const fn sureness(row: &Row) -> &'static str {
    match row.step.confidence {
        Confidence::Certain => "",
        Confidence::Likely => " (likely)",
        Confidence::Guess => " (a guess)",
    }
}

fn second_copy(row: &Row) -> String {
    match row.step.copier {
        Some(Copier::Network) => "a second copy, made on the way".into(),
        Some(Copier::Capture) => "a second copy, captured twice".into(),
        None => "a second copy of the same frame".into(),
    }
}

/// Why a segment was sent again, and what proves that it need not have been.
fn again(row: &Row) -> String {
    let what = match row.step.seq {
        _ if row.flags.contains(Flags::SYN) => String::new(),
        seq => format!(" {seq}"),
    };
    let mut text = match row.step.cause {
        Some(Cause::Fast) => format!("fast retransmit of{what}"),
        Some(Cause::FastRack) => format!("fast retransmit of{what}, by time (RACK)"),
        Some(Cause::Recovery) => format!("recovery of{what}"),
        Some(Cause::Rto) if row.step.back_off > 1 => {
            format!("timeout {} for{what}{}", row.step.back_off, waited(row))
        }
        Some(Cause::Rto) => format!("timeout{}: again{what}", waited(row)),
        Some(Cause::RtoRecovery) => format!("recovery from the timeout:{what}"),
        Some(Cause::Tlp) => format!("loss probe: again{what}"),
        Some(Cause::Syn) => "SYN again: no answer came".into(),
        Some(Cause::SynAck) => "SYN, ACK again: no ACK came".into(),
        Some(Cause::FastOpen) => "data of the SYN again".into(),
        Some(Cause::Pmtu) => format!("again in smaller packets:{what}"),
        Some(Cause::Unspecified) | None => format!("sent again:{what}"),
    };
    text.push_str(sureness(row));
    if let Some(alt) = row.step.alt {
        text.push_str(&format!(", or {}", alt.kind()));
    }
    if row.step.labels.has(Label::PartialNew) {
        text.push_str(", and new data");
    }
    let proofs: Vec<&str> = row.step.proofs.words().collect();
    // A first copy that turned up later was overtaken, not lost.
    if row.step.labels.has(Label::UnseenOriginal) && !proofs.contains(&"late-original") {
        text.push_str("; the first copy was lost before this point");
    }
    if !proofs.is_empty() {
        text.push_str(&format!("; not needed ({})", proofs.join(", ")));
    }
    text
}

/// How long the timer had run, and how long it must have (T3).
fn waited(row: &Row) -> String {
    row.moment.timeout.map_or(String::new(), |timeout| {
        format!(" after {} (at least {})", span(timeout.waited), span(timeout.least))
    })
}

fn handshake(flow: &Flow, row: &Row, notes: &mut Vec<String>) {
    let steps = flow.tcp.handshake();
    let mss = |row: &Row| row.mss.map(|mss| format!(", MSS {mss}")).unwrap_or_default();
    if row.step.labels.has(Label::Retransmission) {
        return;
    }
    if flow.tcp.is_simultaneous_open() {
        if row.step.labels.has(Label::SynAck) {
            notes.push(format!("answers the other's SYN{}", mss(row)));
        } else if row.step.labels.has(Label::Syn) && !row.step.labels.has(Label::SimultaneousOpen) {
            notes.push(format!("opens{}", mss(row)));
        }
        return;
    }
    if row.step.labels.has(Label::Syn) && !row.step.labels.has(Label::OrphanSyn) {
        notes.push(format!("handshake 1 of 3{}", mss(row)));
    } else if row.step.labels.has(Label::SynAck) && !row.step.labels.has(Label::OtherIsn) {
        let later = steps.syn.map(|syn| row.time.nanos_since(syn)).filter(|&ns| ns >= 0);
        notes.push(match later {
            Some(later) => format!("2 of 3, {} later{}", span(later), mss(row)),
            None => format!("2 of 3{}", mss(row)),
        });
    } else if steps.ack == Some(row.time) && row.from_client {
        let later = steps.syn_ack.map(|syn_ack| row.time.nanos_since(syn_ack));
        notes.push(later.map_or("3 of 3".into(), |later| format!("3 of 3, {} later", span(later))));
    }
}

fn closing_steps(flow: &Flow, row: &Row, refuted: Option<u64>, notes: &mut Vec<String>) {
    let who = if row.from_client { "client" } else { "server" };
    let labels = row.step.labels;
    let [own, peer] =
        if row.from_client { row.step.states } else { [row.step.states[1], row.step.states[0]] };
    if row.closes() {
        notes.push(match own.state {
            State::Closed if row.step.own_reset.is_some() => format!("the {who} closes, after the reset"),
            State::LastAck | State::Closed => format!("the {who} closes too"),
            State::Closing => format!("the {who} closes at the same time"),
            _ if is_simultaneous_close(flow) => format!("the {who} closes"),
            _ => format!("the {who} closes first"),
        });
    } else if labels.has(Label::RstOutOfWindow) && peer.state == State::SynSent {
        // RFC 9293 section 3.10.7.3: there is no window yet.
        notes.push("a reset that does not acknowledge the SYN: not honoured".into());
    } else if labels.has(Label::RstOutOfWindow) {
        notes.push("a reset outside the window: not honoured".into());
    } else if labels.has(Label::RstInWindow) {
        notes.push("a reset inside the window: asks for a challenge ACK".into());
    } else if labels.has(Label::RstAfterClose) {
        notes.push("a reset after the close".into());
    } else if let (true, Some(frame)) = (labels.has(Label::Rst), refuted) {
        notes.push(format!("a reset without effect, as No. {frame} shows"));
    } else if labels.has(Label::Rst) {
        notes.push(match flow.tcp.verdict() {
            Verdict::Refused => "refused: nothing listens there".into(),
            Verdict::AbortedHandshake => format!("the {who} aborts the handshake"),
            _ if row.step.own_reset == Some(true) => {
                format!("the {who} answers that it has no such connection")
            }
            _ => format!("the {who} aborts"),
        });
    } else if row.len == 0 && labels.has(Label::Ack) && !row.flags.contains(Flags::FIN) {
        if own.state == State::TimeWait && matches!(peer.state, State::Closed | State::TimeWait) {
            notes.push("close complete".into());
        } else if peer.state == State::FinWait2 && own.state == State::CloseWait {
            notes.push("FIN acknowledged; may go on sending".into());
        } else if own.state == State::Closing && peer.state == State::TimeWait {
            notes.push("FIN acknowledged".into());
        }
    }
}
