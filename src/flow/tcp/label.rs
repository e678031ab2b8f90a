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
}

impl Label {
    const ALL: [(Self, &'static str); 36] = [
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
