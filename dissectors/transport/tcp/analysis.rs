//! What the tracker says of a segment, under Wireshark's names (`tcp.analysis`); docs/tcp-analysis.md, section 3.1, says
//! what each means by default and with `--compat wireshark`.

use crate::facts::{Analysis, Finding};
use crate::field::{Field, Value};
use crate::walk::Walk;

fields! {
    FLAGS = Field::flag("tcp.analysis.flags", "noteworthy").hidden(),
    ACKS_FRAME = Field::frame("tcp.analysis.acks_frame", "acknowledges frame"),
    ACK_RTT = Field::duration("tcp.analysis.ack_rtt", "sent before"),
    INITIAL_RTT = Field::duration("tcp.analysis.initial_rtt", "round trip of handshake"),
    BYTES_IN_FLIGHT = Field::u32("tcp.analysis.bytes_in_flight", "in flight"),
    PUSH_BYTES_SENT = Field::u32("tcp.analysis.push_bytes_sent", "since last push"),
    RETRANSMISSION = Field::flag("tcp.analysis.retransmission", "retransmission").key(),
    FAST_RETRANSMISSION = Field::flag("tcp.analysis.fast_retransmission", "fast retransmission").key(),
    SPURIOUS_RETRANSMISSION =
        Field::flag("tcp.analysis.spurious_retransmission", "needless retransmission").key(),
    RTO = Field::duration("tcp.analysis.rto", "sent first, before"),
    RTO_FRAME = Field::frame("tcp.analysis.rto_frame", "sent first in frame"),
    OUT_OF_ORDER = Field::flag("tcp.analysis.out_of_order", "out of order").key(),
    LOST_SEGMENT = Field::flag("tcp.analysis.lost_segment", "hole before it").key(),
    ACK_LOST_SEGMENT = Field::flag("tcp.analysis.ack_lost_segment", "acknowledges what was not seen").key(),
    WINDOW_UPDATE = Field::flag("tcp.analysis.window_update", "window update").key(),
    WINDOW_FULL = Field::flag("tcp.analysis.window_full", "fills the window").key(),
    KEEP_ALIVE = Field::flag("tcp.analysis.keep_alive", "keep-alive").key(),
    KEEP_ALIVE_ACK = Field::flag("tcp.analysis.keep_alive_ack", "answers a keep-alive").key(),
    DUPLICATE_ACK = Field::flag("tcp.analysis.duplicate_ack", "duplicate acknowledgment").key(),
    DUPLICATE_ACK_NUM = Field::u32("tcp.analysis.duplicate_ack_num", "duplicate number").key(),
    DUPLICATE_ACK_FRAME = Field::frame("tcp.analysis.duplicate_ack_frame", "duplicate of frame"),
    ZERO_WINDOW = Field::flag("tcp.analysis.zero_window", "window closed").key(),
    ZERO_WINDOW_PROBE = Field::flag("tcp.analysis.zero_window_probe", "window probe").key(),
    ZERO_WINDOW_PROBE_ACK = Field::flag("tcp.analysis.zero_window_probe_ack", "answers a window probe").key(),
    REUSED_PORTS = Field::flag("tcp.analysis.reused_ports", "ports used before").key(),
    TFO_SYN = Field::flag("tcp.analysis.tfo_syn", "fast open asked for").key(),
    TFO_ACK = Field::flag("tcp.analysis.tfo_ack", "fast open accepted").key(),
    TFO_IGNORED = Field::flag("tcp.analysis.tfo_ignored", "fast open ignored").key(),
}

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

/// Hands each part of `analysis` to `each`, with its field, in the order of the fields.
pub fn parts(analysis: &Analysis, mut each: impl FnMut(&'static Field, Value<'static>) -> Option<()>) -> Option<()> {
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

/// Emits what is known of the segment.
pub(super) fn fields(walk: &mut Walk<'_, '_>, analysis: &Analysis) -> Option<()> {
    parts(analysis, |field, value| walk.emit(field, 0..0, value))
}
