//! Why a segment was sent again, and what proves that it need not have been (docs/tcp-analysis.md, C10 to C14, C28).

/// The mechanism that sent a segment again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Three duplicate ACKs (RFC 5681 section 3.2), or a later segment delivered.
    Fast,
    /// A later segment delivered, before three duplicate ACKs (RFC 8985).
    FastRack,
    /// In the course of a fast recovery (RFC 6582, RFC 6675).
    Recovery,
    /// The retransmission time-out (RFC 6298).
    Rto,
    /// In the course of the recovery from a time-out.
    RtoRecovery,
    /// A tail loss probe (RFC 8985 section 7).
    Tlp,
    /// The time-out of a SYN.
    Syn,
    /// The time-out of a SYN+ACK.
    SynAck,
    /// Data of a fast-open SYN that was not taken (RFC 7413).
    FastOpen,
    /// The path took only smaller packets (RFC 1191).
    Pmtu,
    /// Nothing tells.
    Unspecified,
}

impl Cause {
    /// All there are.
    pub const ALL: [Self; Self::Unspecified as usize + 1] = [
        Self::Fast,
        Self::FastRack,
        Self::Recovery,
        Self::Rto,
        Self::RtoRecovery,
        Self::Tlp,
        Self::Syn,
        Self::SynAck,
        Self::FastOpen,
        Self::Pmtu,
        Self::Unspecified,
    ];

    /// The finer word (`nd.tcp.retransmission.kind`).
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::FastRack => "fast-rack",
            Self::Recovery => "recovery",
            Self::Rto => "rto",
            Self::RtoRecovery => "rto-recovery",
            Self::Tlp => "tlp",
            Self::Syn => "syn",
            Self::SynAck => "synack",
            Self::FastOpen => "fast-open",
            Self::Pmtu => "pmtu",
            Self::Unspecified => "unspecified",
        }
    }

    /// The kernel's class (`nd.tcp.retransmission.cause`).
    #[must_use]
    pub const fn class(self) -> Option<&'static str> {
        Some(match self {
            Self::Fast | Self::FastRack | Self::Recovery => "fast",
            Self::Rto => "rto",
            Self::RtoRecovery | Self::FastOpen => "loss",
            Self::Tlp => "tlp",
            Self::Syn => "syn",
            Self::SynAck => "synack",
            Self::Pmtu => "pmtu",
            Self::Unspecified => return None,
        })
    }
}

/// What proves that an earlier copy had arrived: a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proofs(u16);

impl Proofs {
    /// An acknowledgment of these bytes had passed.
    pub const ACKED: Self = Self(1);
    /// A SACK of these bytes had passed.
    pub const SACKED: Self = Self(2);
    /// The receiver reported the bytes as duplicate (RFC 2883).
    pub const DSACK: Self = Self(4);
    /// The acknowledgment echoes a time before the copy (RFC 3522).
    pub const EIFEL: Self = Self(8);
    /// The acknowledgment came sooner than the copy can have been answered.
    pub const EARLY: Self = Self(16);
    /// The observer stands beside the receiver, and had seen the bytes.
    pub const SEEN: Self = Self(32);
    /// The SYN+ACK echoes an earlier SYN.
    pub const ECHO: Self = Self(64);
    /// The original itself came later.
    pub const ORIGINAL: Self = Self(128);
    /// Without SACK: so many duplicate acknowledgments came that everything above the hole had arrived.
    pub const COUNTED: Self = Self(256);

    /// All there are.
    pub const ALL: Self = Self(!0);

    /// Whether a proof is among them.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Adds proofs.
    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Their words (`nd.tcp.redundant` and finer).
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        [
            (Self::ACKED, "acked"),
            (Self::SACKED, "sacked"),
            (Self::DSACK, "dsack"),
            (Self::EIFEL, "eifel"),
            (Self::EARLY, "early"),
            (Self::SEEN, "seen"),
            (Self::ECHO, "echo"),
            (Self::ORIGINAL, "late-original"),
            (Self::COUNTED, "counted"),
        ]
        .into_iter()
        .filter(move |row| self.0 & row.0.0 != 0)
        .map(|row| row.1)
    }
}

/// Why a segment was sent again though its bytes had arrived (C10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The acknowledgment, or the reset in its place, passed here and died before it reached the sender.
    AckLost,
    /// The acknowledgment was still on its way: the sender's timer or its reading of the duplicates was too quick.
    Premature,
}

impl Blame {
    /// All there are.
    pub const ALL: [Self; Self::Premature as usize + 1] = [Self::AckLost, Self::Premature];

    /// The word (`nd.tcp.redundant.blame`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AckLost => "ack-lost",
            Self::Premature => "premature",
        }
    }
}
