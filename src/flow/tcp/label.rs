//! What a segment is, in the words of docs/tcp-analysis.md section 3.

use netdissect_dissectors::facts::Words;

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
    /// Neither SYN nor reset nor acknowledgment: no receiver takes it (RFC 9293 section 3.10.7.4).
    NoAck,
}

/// Every label with its name, each at its own place.
static ALL: [(Label, &str); 63] = [
    (Label::Syn, "syn"),
    (Label::SynAck, "syn-ack"),
    (Label::Ack, "ack"),
    (Label::Data, "data"),
    (Label::Fin, "fin"),
    (Label::Rst, "rst"),
    (Label::RstOutOfWindow, "rst-out-of-window"),
    (Label::RstInWindow, "rst-in-window"),
    (Label::RstAfterClose, "rst-after-close"),
    (Label::RstNotHonoured, "rst-not-honoured"),
    (Label::Retransmission, "retransmission"),
    (Label::OutOfOrder, "out-of-order"),
    (Label::UnseenOriginal, "unseen-original"),
    (Label::LateCapture, "late-capture"),
    (Label::GapBefore, "gap-before"),
    (Label::AckUnseen, "ack-unseen"),
    (Label::DupAck, "dup-ack"),
    (Label::StaleAck, "stale-ack"),
    (Label::OldSeqAck, "old-seq-ack"),
    (Label::AckRepeat, "ack-repeat"),
    (Label::DsackAck, "dsack-ack"),
    (Label::KeepAlive, "keep-alive"),
    (Label::ZeroWindowProbe, "zero-window-probe"),
    (Label::ZeroWindow, "zero-window"),
    (Label::WindowOpen, "window-open"),
    (Label::WindowUpdate, "window-update"),
    (Label::Duplicate, "duplicate"),
    (Label::OrphanSyn, "orphan-syn"),
    (Label::OtherIsn, "other-isn"),
    (Label::SimultaneousOpen, "simultaneous-open"),
    (Label::FastOpenAccepted, "fast-open-accepted"),
    (Label::FastOpenIgnored, "fast-open-ignored"),
    (Label::DataAfterFin, "data-after-fin"),
    (Label::BadChecksum, "bad-checksum"),
    (Label::Insane, "insane"),
    (Label::PortReused, "port-reused"),
    (Label::SackNews, "sack-news"),
    (Label::Dsack, "dsack"),
    (Label::WindowShrink, "window-shrink"),
    (Label::WindowFull, "window-full"),
    (Label::BeyondWindow, "beyond-window"),
    (Label::KeepAliveAck, "keep-alive-ack"),
    (Label::ZeroWindowProbeAck, "zero-window-probe-ack"),
    (Label::ProbeConsumed, "probe-consumed"),
    (Label::ChallengeAck, "challenge-ack"),
    (Label::SackReneging, "sack-reneging"),
    (Label::FastOpenResend, "fast-open-resend"),
    (Label::PartialNew, "partial-new"),
    (Label::PartialHole, "partial-hole"),
    (Label::PreBase, "pre-base"),
    (Label::Loop, "loop"),
    (Label::EcnSetup, "ecn-setup"),
    (Label::EcnAccepted, "ecn-accepted"),
    (Label::AccurateEcn, "accurate-ecn"),
    (Label::CongestionMark, "congestion-mark"),
    (Label::CongestionEcho, "congestion-echo"),
    (Label::WindowReduced, "window-reduced"),
    (Label::DataAfterClose, "data-after-close"),
    (Label::Urgent, "urgent"),
    (Label::SynUnseen, "syn-unseen"),
    (Label::OverlapConflict, "overlap-conflict"),
    (Label::EcnMisused, "ecn-misused"),
    (Label::NoAck, "no-ack"),
];

impl Label {
    /// The name, as in `nd.tcp.event`.
    #[must_use]
    pub fn name(self) -> &'static str {
        ALL[self as usize].1
    }
}

/// A set of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(u64);

impl Labels {
    /// All there are.
    pub const ALL: Self = Self(!0);
    /// None.
    pub const NONE: Self = Self(0);

    /// These and one more.
    #[must_use]
    pub const fn with(self, label: Label) -> Self {
        Self(self.0 | 1 << label as u8)
    }
    /// Whether there is one of `others`.
    #[must_use]
    pub const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

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
    /// Their names.
    #[must_use]
    pub fn words(self) -> Words {
        Words::new(self.0, |number| ALL.get(number as usize).map_or("", |row| row.1))
    }
    /// In the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Label> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let (label, _) = ALL.get(left.trailing_zeros() as usize)?;
            left &= left.wrapping_sub(1);
            Some(*label)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_stands_at_its_own_place() {
        for (at, (label, _)) in ALL.into_iter().enumerate() {
            assert_eq!(label as usize, at);
        }
    }
}
