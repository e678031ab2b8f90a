//! Can this capture be believed? What a capture lacks or shows differently from the wire, for each flow and for the
//! whole, as doubts: each has a word, a number, and a sentence about what may be believed all the same.
//!
//! A wrong diagnosis often begins here: a gap of the capture is taken for loss in the network, a super-segment of an
//! offloading interface for a packet, a second copy for a retransmission.

mod flow;
mod frames;

pub use flow::{FlowTrust, Vantage};
pub use frames::{Books, Frames};

use crate::flow::key::Side;

/// How far to believe. Later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Grade {
    /// Nothing speaks against it: every acknowledged byte is there, both directions, in order.
    #[default]
    Complete,
    /// Nothing of the conversation is missing, but it looks different from what was on the wire.
    Good,
    /// A part of the conversation is missing.
    Partial,
    /// What is there may be wrong.
    Doubtful,
}

impl Grade {
    /// The word for it (`nd.capture.trust`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Good => "good",
            Self::Partial => "partial",
            Self::Doubtful => "doubtful",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Complete => "every acknowledged byte is in the file, both directions, in order",
            Self::Good => {
                "nothing of the conversations is missing, but they look different here and on the wire"
            }
            Self::Partial => "a part of the conversations is missing",
            Self::Doubtful => "what is here may be wrong",
        }
    }
}

/// A kind of reason not to believe everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The interface or the kernel dropped packets. Counts packets.
    Drops,
    /// The file is cut or damaged. Counts records that could not be read.
    Damage,
    /// The clock was set back. Counts steps.
    ClockStep,
    /// Frames earlier than the one before. Counts frames.
    Disorder,
    /// Bytes acknowledged that the file lacks. Counts bytes.
    CaptureLoss,
    /// Bytes neither captured nor acknowledged. Counts bytes.
    Lost,
    /// Bytes given up to keep memory bounded. Counts bytes.
    Limit,
    /// Bytes that came after they had been given up. Counts bytes.
    AfterGap,
    /// Nothing of one direction was captured. Counts flows.
    OneWay,
    /// The beginning was not captured. Counts flows.
    Midstream,
    /// Copies of the same bytes that differ. Counts differences.
    Conflict,
    /// Wrong checksums. Counts segments.
    BadChecksum,
    /// Bytes cut off by the snap length. Counts bytes.
    Snaplen,
    /// Second copies of the same frame. Counts frames.
    Copies,
    /// Segments larger than the other end takes. Counts bytes of the largest.
    Offload,
    /// Checksums that are not those that were sent. Counts segments.
    Unfinished,
}

impl Doubt {
    /// Every kind, the gravest first.
    pub const ALL: [Self; 16] = [
        Self::Drops,
        Self::Damage,
        Self::ClockStep,
        Self::Disorder,
        Self::CaptureLoss,
        Self::Lost,
        Self::Limit,
        Self::AfterGap,
        Self::OneWay,
        Self::Midstream,
        Self::Conflict,
        Self::BadChecksum,
        Self::Snaplen,
        Self::Copies,
        Self::Offload,
        Self::Unfinished,
    ];

    /// The word for it (`nd.trust.doubt`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drops => "drops",
            Self::Damage => "damage",
            Self::ClockStep => "clock-step",
            Self::Disorder => "disorder",
            Self::CaptureLoss => "capture-loss",
            Self::Lost => "lost",
            Self::Limit => "limit",
            Self::AfterGap => "after-gap",
            Self::OneWay => "one-way",
            Self::Midstream => "midstream",
            Self::Conflict => "conflict",
            Self::BadChecksum => "bad-checksum",
            Self::Snaplen => "snaplen",
            Self::Copies => "copies",
            Self::Offload => "offload",
            Self::Unfinished => "checksum-offload",
        }
    }

    /// What it does to belief.
    #[must_use]
    pub const fn grade(self) -> Grade {
        match self {
            Self::ClockStep | Self::Conflict | Self::BadChecksum => Grade::Doubtful,
            Self::Drops
            | Self::Damage
            | Self::CaptureLoss
            | Self::Lost
            | Self::Limit
            | Self::AfterGap
            | Self::OneWay
            | Self::Midstream
            | Self::Snaplen => Grade::Partial,
            Self::Disorder | Self::Copies | Self::Offload | Self::Unfinished => Grade::Good,
        }
    }

    /// What it counts, one and many.
    #[must_use]
    pub const fn unit(self) -> (&'static str, &'static str) {
        match self {
            Self::Drops => ("packet", "packets"),
            Self::Damage => ("record", "records"),
            Self::ClockStep => ("step", "steps"),
            Self::Disorder | Self::Copies => ("frame", "frames"),
            Self::OneWay | Self::Midstream => ("flow", "flows"),
            Self::Conflict => ("difference", "differences"),
            Self::BadChecksum | Self::Unfinished => ("segment", "segments"),
            _ => ("byte", "bytes"),
        }
    }

    /// What may be believed and what not.
    #[must_use]
    pub const fn consequence(self) -> &'static str {
        match self {
            Self::Drops => {
                "Packets passed that are not in the file: any hole may be the capture's own. Believe what is here, \
                 not what seems to be missing."
            }
            Self::Damage => "What stood in those records is unknown; everything else was read.",
            Self::ClockStep => {
                "Someone set the clock: times before and after the step cannot be compared. Order and contents are \
                 not touched."
            }
            Self::Disorder => {
                "Several queues or interfaces wrote the file: which packet came first is not certain within that \
                 span. Round trips and delays below it are not to be believed."
            }
            Self::CaptureLoss => {
                "The receiver had them, the capture missed them: a hole here is no loss in the network. Streams \
                 and messages around it are incomplete."
            }
            Self::Lost => {
                "Lost in the network, or never captured along with their acknowledgment: the file cannot tell."
            }
            Self::Limit => {
                "Too much waited behind these holes, and the streams went on without them: whether they came \
                 later or never is not known. Read a part of the capture to see."
            }
            Self::AfterGap => {
                "They came when the stream had gone on without them, and are not in its contents."
            }
            Self::OneWay => {
                "What the other end did is inferred: its states, its losses and its round trips are not to be \
                 believed."
            }
            Self::Midstream => {
                "The handshake is missing: window scale, MSS and often who opened are guesses; positions count from \
                 the first segment seen."
            }
            Self::Conflict => {
                "Two packets hold different bytes for the same place: evasion, a device that rewrites, or damage. \
                 Which of them the receiver took depends on its system (--overlap)."
            }
            Self::BadChecksum => {
                "Others of the same end are right. A receiver drops such segments, and so they change nothing here."
            }
            Self::Snaplen => "Headers, states, loss and timing are to be believed; contents are not there.",
            Self::Copies => {
                "A mirror port, the \"any\" interface or a capture on both sides of a router has them twice, or the \
                 network doubled them: they are told apart and left out of the counts of their connections."
            }
            Self::Offload => {
                "An interface cuts or joins segments on the other side of the capture point: bytes and states are \
                 right, numbers and sizes of packets and the pauses between them are not those of the wire."
            }
            Self::Unfinished => {
                "None of that end is right: the capture was made there, before its interface finished the packets, or \
                 addresses were rewritten since. They count as right; in views of packets, messages are joined from \
                 them with --ignore-checksums."
            }
        }
    }
}

/// One reason not to believe everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What.
    pub doubt: Doubt,
    /// Whose packets; `None` if it is about neither end.
    pub side: Option<Side>,
    /// How much, in units of the doubt.
    pub count: u64,
}
