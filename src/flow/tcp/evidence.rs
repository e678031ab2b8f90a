//! Why a verdict was given, how sure it is, and what a later segment adds to it (docs/tcp-analysis.md, C9, C10, C25,
//! C29).

use super::cause::Proofs;

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// The bytes were captured before.
    Bytes,
    /// TSvals.
    Timestamps,
    /// The order of IP identifications.
    IpId,
    /// IP identifications that were skipped.
    IdGap,
    /// Too soon for any report of a loss.
    Causal,
    /// An acknowledgment of these bytes had passed.
    Acked,
    /// Duplicate acknowledgments or a later segment delivered.
    DupAcks,
    /// Acknowledgments passed, and none was a duplicate.
    NoDupAcks,
    /// Nothing but the time.
    Time,
    /// An ICMP error.
    Icmp,
    /// A SYN+ACK that echoes an old SYN.
    Echo,
}

impl Evidence {
    /// All there are.
    pub const ALL: [Self; Self::Echo as usize + 1] = [
        Self::Bytes,
        Self::Timestamps,
        Self::IpId,
        Self::IdGap,
        Self::Causal,
        Self::Acked,
        Self::DupAcks,
        Self::NoDupAcks,
        Self::Time,
        Self::Icmp,
        Self::Echo,
    ];

    /// The word (`nd.tcp.evidence`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Timestamps => "ts",
            Self::IpId => "ipid",
            Self::IdGap => "id-gap",
            Self::Causal => "causal",
            Self::Acked => "acked",
            Self::DupAcks => "dupack",
            Self::NoDupAcks => "no-dupack",
            Self::Time => "time",
            Self::Icmp => "icmp",
            Self::Echo => "echo",
        }
    }
}

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Confidence {
    /// The segments leave no other reading.
    #[default]
    Certain,
    /// Another reading would need an unusual stack or path.
    Likely,
    /// Another reading is as good.
    Guess,
}

impl Confidence {
    /// All there are.
    pub const ALL: [Self; Self::Guess as usize + 1] = [Self::Certain, Self::Likely, Self::Guess];

    /// The word (`nd.tcp.confidence`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Guess => "guess",
        }
    }
}

/// How a hole in the sequence space closed (C6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closing {
    /// Its segment had been overtaken.
    Reordered,
    /// Its segment was lost before the capture point, and sent again.
    Retransmitted,
    /// Its segment was captured after its own acknowledgment.
    Late,
    /// Its bytes arrived, and the capture never saw them.
    CaptureLoss,
    /// Nothing filled it, and nobody acknowledged it.
    Lost,
}

impl Closing {
    /// All there are.
    pub const ALL: [Self; Self::Lost as usize + 1] =
        [Self::Reordered, Self::Retransmitted, Self::Late, Self::CaptureLoss, Self::Lost];

    /// The word (`nd.tcp.hole`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reordered => "reordered",
            Self::Retransmitted => "retransmitted",
            Self::Late => "late",
            Self::CaptureLoss => "capture-loss",
            Self::Lost => "lost",
        }
    }
}

/// Who made a second copy of a frame (C1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Copier {
    /// The network, on the way.
    Network,
    /// The capture.
    Capture,
}

/// What a later segment told of an earlier frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Its bytes had arrived before it.
    Redundant(Proofs),
    /// So many of its bytes were not needed, though others may have been.
    Spared(u32),
    /// It passed here and did not arrive.
    Lost,
    /// It did arrive, after all.
    NotLost,
    /// The hole before it closed.
    Closed(Closing),
    /// It is a second copy, made so.
    Copied(Copier),
    /// It was a keep-alive: its answer acknowledges one position more.
    KeptAlive,
}

/// News of an earlier frame (C29).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The frame.
    pub frame: u64,
    /// What is new.
    pub news: News,
}
