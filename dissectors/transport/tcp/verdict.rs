//! What the tracker says of a segment: its flow and both ends' states, verdicts under Wireshark's names
//! (`tcp.analysis`), and ours where it has none (`nd.tcp`). docs/tcp-analysis.md, section 3.1, says what each of
//! Wireshark's means by default and with `--compat wireshark`.

use core::fmt;

use crate::facts::{Analysis, Finding, Judgement, Known, TcpFacts};
use crate::field::{Field, Value};
use crate::walk::Walk;

fields! {
    FLOW = Field::text("nd.flow", "flow").key(),
    COMMUNITY_ID = Field::text("nd.community_id", "community ID"),
    COMPLETENESS = Field::u8("tcp.completeness", "completeness").names(COMPLETENESS_NAMES),
    TIME_RELATIVE = Field::duration("tcp.time_relative", "since first segment"),
    TIME_DELTA = Field::duration("tcp.time_delta", "since one before"),
    STATE = Field::text("nd.tcp.state", "states"),
    STATE_CLIENT = Field::text("nd.tcp.state.client", "client is in").key().hidden(),
    STATE_CLIENT_INFERRED = Field::bool("nd.tcp.state.client.inferred", "not proven yet").key().hidden(),
    STATE_SERVER = Field::text("nd.tcp.state.server", "server is in").key().hidden(),
    STATE_SERVER_INFERRED = Field::bool("nd.tcp.state.server.inferred", "not proven yet").key().hidden(),
    EVENT = Field::text("nd.tcp.event", "event").many().key(),
    CAUSE = Field::text("nd.tcp.retransmission.cause", "sent again by").key(),
    CAUSE_KIND = Field::text("nd.tcp.retransmission.kind", "that is").key(),
    REDUNDANT = Field::text("nd.tcp.redundant", "needless, proven by").many().key(),
    BLAME = Field::text("nd.tcp.redundant.blame", "needless, because").key(),
    NETWORK_DUPLICATE = Field::flag("nd.tcp.network_duplicate", "doubled on the way").key(),
    CAPTURE_DUPLICATE = Field::flag("nd.tcp.capture_duplicate", "captured twice").key(),
    LOST = Field::flag("nd.tcp.lost", "did not arrive").key(),
    HOLE = Field::text("nd.tcp.hole", "hole before it was").key(),
    CONFIDENCE = Field::text("nd.tcp.confidence", "confidence").key(),
    EVIDENCE = Field::text("nd.tcp.evidence", "evidence").key(),
    ALT = Field::text("nd.tcp.alt", "or else by").key(),
    FLAGS = Field::flag("tcp.analysis.flags", "noteworthy").hidden(),
    ACKS_FRAME = Field::frame("tcp.analysis.acks_frame", "acknowledges frame"),
    ACK_RTT = Field::duration("tcp.analysis.ack_rtt", "round trip"),
    INITIAL_RTT = Field::duration("tcp.analysis.initial_rtt", "initial round trip"),
    BYTES_IN_FLIGHT = Field::u32("tcp.analysis.bytes_in_flight", "in flight"),
    PUSH_BYTES_SENT = Field::u32("tcp.analysis.push_bytes_sent", "since last push"),
    RETRANSMISSION = Field::flag("tcp.analysis.retransmission", "retransmission").key(),
    FAST_RETRANSMISSION = Field::flag("tcp.analysis.fast_retransmission", "fast retransmission").key(),
    SPURIOUS_RETRANSMISSION =
        Field::flag("tcp.analysis.spurious_retransmission", "sent needlessly").key(),
    RTO = Field::duration("tcp.analysis.rto", "since first sent"),
    RTO_FRAME = Field::frame("tcp.analysis.rto_frame", "first sent in frame"),
    OUT_OF_ORDER = Field::flag("tcp.analysis.out_of_order", "out of order").key(),
    LOST_SEGMENT = Field::flag("tcp.analysis.lost_segment", "hole before it").key(),
    ACK_LOST_SEGMENT = Field::flag("tcp.analysis.ack_lost_segment", "acknowledges unseen").key(),
    WINDOW_UPDATE = Field::flag("tcp.analysis.window_update", "window update").key(),
    WINDOW_FULL = Field::flag("tcp.analysis.window_full", "fills the window").key(),
    KEEP_ALIVE = Field::flag("tcp.analysis.keep_alive", "keep-alive").key(),
    KEEP_ALIVE_ACK = Field::flag("tcp.analysis.keep_alive_ack", "answers keep-alive").key(),
    DUPLICATE_ACK = Field::flag("tcp.analysis.duplicate_ack", "duplicate ACK").key(),
    DUPLICATE_ACK_NUM = Field::u32("tcp.analysis.duplicate_ack_num", "duplicate number").key(),
    DUPLICATE_ACK_FRAME = Field::frame("tcp.analysis.duplicate_ack_frame", "duplicate of frame"),
    ZERO_WINDOW = Field::flag("tcp.analysis.zero_window", "window closed").key(),
    ZERO_WINDOW_PROBE = Field::flag("tcp.analysis.zero_window_probe", "window probe").key(),
    ZERO_WINDOW_PROBE_ACK = Field::flag("tcp.analysis.zero_window_probe_ack", "answers the probe").key(),
    REUSED_PORTS = Field::flag("tcp.analysis.reused_ports", "ports used before").key(),
    TFO_SYN = Field::flag("tcp.analysis.tfo_syn", "fast open asked for").key(),
    TFO_ACK = Field::flag("tcp.analysis.tfo_ack", "fast open accepted").key(),
    TFO_IGNORED = Field::flag("tcp.analysis.tfo_ignored", "fast open ignored").key(),
}

/// What the kinds of segments so far amount to (`conversation_completeness_fill` in packet-tcp.c); of others it can
/// only be said that something is missing.
const COMPLETENESS_NAMES: &[(u64, &str)] = &[
    (1, "incomplete, SYN sent"),
    (3, "incomplete, answered"),
    (7, "incomplete, established"),
    (15, "incomplete, data"),
    (23, "complete, no data"),
    (31, "complete, with data"),
    (39, "complete, no data"),
    (47, "complete, with data"),
    (55, "complete, no data"),
    (63, "complete, with data"),
];

/// Each finding and its field.
const FINDINGS: [(Finding, &Field); 18] = [
    (Finding::Retransmission, &RETRANSMISSION),
    (Finding::FastRetransmission, &FAST_RETRANSMISSION),
    (Finding::SpuriousRetransmission, &SPURIOUS_RETRANSMISSION),
    (Finding::OutOfOrder, &OUT_OF_ORDER),
    (Finding::LostSegment, &LOST_SEGMENT),
    (Finding::AckLostSegment, &ACK_LOST_SEGMENT),
    (Finding::WindowUpdate, &WINDOW_UPDATE),
    (Finding::WindowFull, &WINDOW_FULL),
    (Finding::KeepAlive, &KEEP_ALIVE),
    (Finding::KeepAliveAck, &KEEP_ALIVE_ACK),
    (Finding::DuplicateAck, &DUPLICATE_ACK),
    (Finding::ZeroWindow, &ZERO_WINDOW),
    (Finding::ZeroWindowProbe, &ZERO_WINDOW_PROBE),
    (Finding::ZeroWindowProbeAck, &ZERO_WINDOW_PROBE_ACK),
    (Finding::ReusedPorts, &REUSED_PORTS),
    (Finding::TfoSyn, &TFO_SYN),
    (Finding::TfoAck, &TFO_ACK),
    (Finding::TfoIgnored, &TFO_IGNORED),
];

/// Hands each part of `judgement` that does not repeat to `each`, with its field, until that answers `None`.
pub fn judgement(
    judgement: &Judgement,
    mut each: impl FnMut(&'static Field, Value<'static>) -> Option<()>,
) -> Option<()> {
    for (field, word) in [
        (&CAUSE, judgement.cause),
        (&CAUSE_KIND, judgement.kind),
        (&BLAME, judgement.blame),
        (&HOLE, judgement.hole),
        (&CONFIDENCE, judgement.confidence),
        (&EVIDENCE, judgement.evidence),
        (&ALT, judgement.alt),
    ] {
        if let Some(word) = word {
            each(field, Value::Text(word.as_bytes()))?;
        }
    }
    for (field, is_so) in [
        (&NETWORK_DUPLICATE, judgement.network_duplicate),
        (&CAPTURE_DUPLICATE, judgement.capture_duplicate),
        (&LOST, judgement.lost),
    ] {
        if is_so {
            each(field, Value::None)?;
        }
    }
    Some(())
}

/// Hands each part of `analysis` to `each`, with its field, until that answers `None`.
pub fn analysis(
    analysis: &Analysis,
    mut each: impl FnMut(&'static Field, Value<'static>) -> Option<()>,
) -> Option<()> {
    let uint = |number: Option<u64>| number.map(Value::Uint);
    let small = |number: Option<u32>| number.map(|number| Value::Uint(number.into()));
    for (field, value) in [
        (&ACKS_FRAME, uint(analysis.acks_frame)),
        (&ACK_RTT, analysis.ack_rtt.map(Value::Duration)),
        (&INITIAL_RTT, analysis.initial_rtt.map(Value::Duration)),
        (&BYTES_IN_FLIGHT, small(analysis.bytes_in_flight)),
        (&PUSH_BYTES_SENT, small(analysis.push_bytes_sent)),
    ] {
        if let Some(value) = value {
            each(field, value)?;
        }
    }
    if analysis.findings.are_noteworthy() {
        each(&FLAGS, Value::None)?;
    }
    for (finding, field) in FINDINGS {
        if analysis.findings.has(finding) {
            each(field, Value::None)?;
        }
    }
    for (field, value) in [
        (&RTO, analysis.rto.map(Value::Duration)),
        (&RTO_FRAME, uint(analysis.rto_frame)),
        (&DUPLICATE_ACK_NUM, small(analysis.duplicate_ack_num)),
        (&DUPLICATE_ACK_FRAME, uint(analysis.duplicate_ack_frame)),
    ] {
        if let Some(value) = value {
            each(field, value)?;
        }
    }
    Some(())
}

/// Both ends' states; one that is not proven stands in parentheses.
struct States([Known; 2]);

impl fmt::Display for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (known, end) in self.0.iter().zip(["client ", ", server "]) {
            f.write_str(end)?;
            if known.inferred {
                f.write_str("(")?;
            }
            f.write_str(known.state.name())?;
            if known.inferred {
                f.write_str(")")?;
            }
        }
        Ok(())
    }
}

/// Emits what is known of the segment.
pub(super) fn fields(walk: &mut Walk<'_, '_>, facts: &TcpFacts) -> Option<()> {
    walk.format(&FLOW, 0..0, format_args!("{}", facts.flow))?;
    if let Some(id) = walk.facts().community_id_at(walk.layer().number()) {
        walk.emit(&COMMUNITY_ID, 0..0, Value::Text(id.as_bytes()))?;
    }
    walk.uint(&COMPLETENESS, 0..0, facts.completeness)?;
    walk.emit(&TIME_RELATIVE, 0..0, Value::Duration(facts.since_first))?;
    walk.emit(&TIME_DELTA, 0..0, Value::Duration(facts.since_previous))?;
    analysis(&facts.analysis, |field, value| walk.emit(field, 0..0, value))?;
    let [client, server] = facts.states;
    walk.format(&STATE, 0..0, format_args!("{}", States(facts.states)))?;
    for (known, state, inferred) in
        [(client, &STATE_CLIENT, &STATE_CLIENT_INFERRED), (server, &STATE_SERVER, &STATE_SERVER_INFERRED)]
    {
        walk.emit(state, 0..0, Value::Text(known.state.name().as_bytes()))?;
        if known.inferred {
            walk.bool(inferred, 0..0, true)?;
        }
    }
    for label in facts.labels.iter() {
        walk.emit(&EVENT, 0..0, Value::Text(label.as_bytes()))?;
    }
    let Some(ours) = &facts.judgement else { return Some(()) };
    judgement(ours, |field, value| walk.emit(field, 0..0, value))?;
    for word in &ours.redundant {
        walk.emit(&REDUNDANT, 0..0, Value::Text(word.as_bytes()))?;
    }
    Some(())
}
