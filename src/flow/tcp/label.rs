//! What a segment is, in the words of docs/tcp-analysis.md section 3.

/// One label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Label {
    /// A SYN without ACK.
    Syn,
    /// A SYN with ACK.
    SynAck,
    /// A pure acknowledgment.
    Ack,
    /// Payload.
    Data,
    /// A FIN.
    Fin,
    /// An effective reset.
    Rst,
    /// A reset that no receiver honours.
    RstOutOfWindow,
    /// A reset that asks for a challenge ACK.
    RstInWindow,
    /// A reset after both ends had closed.
    RstAfterClose,
    /// The reset before it was forged or lost.
    RstNotHonoured,
    /// Sequence space that was captured before.
    Retransmission,
    /// Older than what passed before it: overtaken on the way.
    OutOfOrder,
    /// Sent again, and the original never passed here.
    UnseenOriginal,
    /// Captured after its own acknowledgment.
    LateCapture,
    /// Starts beyond the highest sequence number.
    GapBefore,
    /// Acknowledges bytes that were not captured.
    AckUnseen,
    /// A duplicate acknowledgment.
    DupAck,
    /// An acknowledgment that a later one overtook.
    StaleAck,
    /// A pure acknowledgment with an old sequence number.
    OldSeqAck,
    /// The same acknowledgment again, for nothing that is outstanding.
    AckRepeat,
    /// Reports bytes that arrived twice.
    DsackAck,
    /// A keep-alive probe.
    KeepAlive,
    /// A probe of a closed window.
    ZeroWindowProbe,
    /// No room at the receiver.
    ZeroWindow,
    /// Room again after none.
    WindowOpen,
    /// More room than before, nothing else.
    WindowUpdate,
    /// A second copy of the same frame.
    Duplicate,
    /// A SYN with another number inside a live flow.
    OrphanSyn,
    /// A SYN+ACK with another number.
    OtherIsn,
    /// Both ends sent a SYN.
    SimultaneousOpen,
    /// The SYN's data was acknowledged.
    FastOpenAccepted,
    /// The SYN's data was not acknowledged.
    FastOpenIgnored,
    /// Payload beyond the sender's own FIN.
    DataAfterFin,
    /// A wrong checksum; the segment changes nothing.
    BadChecksum,
    /// Numbers too far from anything seen; the segment changes nothing.
    Insane,
    /// The same ends had a connection before.
    PortReused,
    /// Payload that also reports arrivals beyond a hole.
    SackNews,
    /// Reports, among other things, bytes that arrived twice.
    Dsack,
    /// Less room than was promised.
    WindowShrink,
    /// Fills the receiver's window to the last byte.
    WindowFull,
    /// Reaches beyond anything that the receiver ever allowed.
    BeyondWindow,
    /// The answer to a keep-alive probe.
    KeepAliveAck,
    /// The answer to a probe of a closed window.
    ZeroWindowProbeAck,
    /// Acknowledges bytes that a window probe carried.
    ProbeConsumed,
    /// Asks the sender of a doubtful RST or SYN whether it meant it (RFC 5961).
    ChallengeAck,
    /// Takes back what was reported as arrived (RFC 2018 section 8).
    SackReneging,
    /// The SYN's data again, because it was not taken.
    FastOpenResend,
    /// Bytes that were captured before, and new ones behind them.
    PartialNew,
    /// Bytes that were captured before, and a part of a hole.
    PartialHole,
    /// Bytes before the first one captured.
    PreBase,
    /// The same frame again, routed further: it goes in circles.
    Loop,
    /// A SYN that offers ECN (RFC 3168).
    EcnSetup,
    /// A SYN+ACK that accepts ECN.
    EcnAccepted,
    /// A SYN that offers accurate ECN (RFC 9768).
    AccurateEcn,
    /// A router marked the packet instead of dropping it.
    CongestionMark,
    /// The receiver reports a mark, the first time for it.
    CongestionEcho,
    /// The sender answers the report: it has slowed down.
    WindowReduced,
    /// Payload to an end that is closed.
    DataAfterClose,
    /// Urgent data is announced.
    Urgent,
    /// The SYN of this next connection between the same ends was not captured.
    SynUnseen,
    /// Holds other bytes than an earlier copy of the same place in the stream.
    OverlapConflict,
    /// Says of congestion what no such segment may say (RFC 3168).
    EcnMisused,
}

impl Label {
    const ALL: [(Self, &'static str); 62] = [
        (Self::Syn, "syn"),
        (Self::SynAck, "syn-ack"),
        (Self::Ack, "ack"),
        (Self::Data, "data"),
        (Self::Fin, "fin"),
        (Self::Rst, "rst"),
        (Self::RstOutOfWindow, "rst-out-of-window"),
        (Self::RstInWindow, "rst-in-window"),
        (Self::RstAfterClose, "rst-after-close"),
        (Self::RstNotHonoured, "rst-not-honoured"),
        (Self::Retransmission, "retransmission"),
        (Self::OutOfOrder, "out-of-order"),
        (Self::UnseenOriginal, "unseen-original"),
        (Self::LateCapture, "late-capture"),
        (Self::GapBefore, "gap-before"),
        (Self::AckUnseen, "ack-unseen"),
        (Self::DupAck, "dup-ack"),
        (Self::StaleAck, "stale-ack"),
        (Self::OldSeqAck, "old-seq-ack"),
        (Self::AckRepeat, "ack-repeat"),
        (Self::DsackAck, "dsack-ack"),
        (Self::KeepAlive, "keep-alive"),
        (Self::ZeroWindowProbe, "zero-window-probe"),
        (Self::ZeroWindow, "zero-window"),
        (Self::WindowOpen, "window-open"),
        (Self::WindowUpdate, "window-update"),
        (Self::Duplicate, "duplicate"),
        (Self::OrphanSyn, "orphan-syn"),
        (Self::OtherIsn, "other-isn"),
        (Self::SimultaneousOpen, "simultaneous-open"),
        (Self::FastOpenAccepted, "fast-open-accepted"),
        (Self::FastOpenIgnored, "fast-open-ignored"),
        (Self::DataAfterFin, "data-after-fin"),
        (Self::BadChecksum, "bad-checksum"),
        (Self::Insane, "insane"),
        (Self::PortReused, "port-reused"),
        (Self::SackNews, "sack-news"),
        (Self::Dsack, "dsack"),
        (Self::WindowShrink, "window-shrink"),
        (Self::WindowFull, "window-full"),
        (Self::BeyondWindow, "beyond-window"),
        (Self::KeepAliveAck, "keep-alive-ack"),
        (Self::ZeroWindowProbeAck, "zero-window-probe-ack"),
        (Self::ProbeConsumed, "probe-consumed"),
        (Self::ChallengeAck, "challenge-ack"),
        (Self::SackReneging, "sack-reneging"),
        (Self::FastOpenResend, "fast-open-resend"),
        (Self::PartialNew, "partial-new"),
        (Self::PartialHole, "partial-hole"),
        (Self::PreBase, "pre-base"),
        (Self::Loop, "loop"),
        (Self::EcnSetup, "ecn-setup"),
        (Self::EcnAccepted, "ecn-accepted"),
        (Self::AccurateEcn, "accurate-ecn"),
        (Self::CongestionMark, "congestion-mark"),
        (Self::CongestionEcho, "congestion-echo"),
        (Self::WindowReduced, "window-reduced"),
        (Self::DataAfterClose, "data-after-close"),
        (Self::Urgent, "urgent"),
        (Self::SynUnseen, "syn-unseen"),
        (Self::OverlapConflict, "overlap-conflict"),
        (Self::EcnMisused, "ecn-misused"),
    ];

    /// The name, as in `nd.tcp.event`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// A set of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(u64);

impl Labels {
    /// All there are.
    pub const ALL: Self = Self(!0);

    /// Adds one.
    pub fn add(&mut self, label: Label) {
        self.0 |= 1 << label as u8;
    }
    /// Whether it is there.
    #[must_use]
    pub fn has(self, label: Label) -> bool {
        self.0 & 1 << label as u8 != 0
    }
    /// Whether there is one that `other` lacks.
    #[must_use]
    pub fn has_other_than(self, other: Self) -> bool {
        self.0 & !other.0 != 0
    }
    /// Takes one back.
    pub fn remove(&mut self, label: Label) {
        self.0 &= !(1 << label as u8);
    }
    /// In the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Label> {
        Label::ALL.into_iter().map(|row| row.0).filter(move |&label| self.has(label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_stands_at_its_own_place() {
        for (at, (label, _)) in Label::ALL.into_iter().enumerate() {
            assert_eq!(label as usize, at);
        }
    }
}
