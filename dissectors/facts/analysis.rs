//! Verdicts on a TCP segment: those under Wireshark's names, and ours where Wireshark has none.

use alloc::vec::Vec;

/// A verdict that has a name under `tcp.analysis`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Finding {
    /// Sent again (`retransmission`).
    Retransmission,
    /// Sent again upon duplicate acknowledgments (`fast_retransmission`).
    FastRetransmission,
    /// Sent again although it had arrived (`spurious_retransmission`).
    SpuriousRetransmission,
    /// Overtaken on the way (`out_of_order`).
    OutOfOrder,
    /// Something before it was not captured (`lost_segment`).
    LostSegment,
    /// Acknowledges what was not captured (`ack_lost_segment`).
    AckLostSegment,
    /// Only the window changed (`window_update`).
    WindowUpdate,
    /// Fills the receiver's window to its edge (`window_full`).
    WindowFull,
    /// Asks an idle peer for a sign of life (`keep_alive`).
    KeepAlive,
    /// Answers that (`keep_alive_ack`).
    KeepAliveAck,
    /// Repeats an acknowledgment (`duplicate_ack`).
    DuplicateAck,
    /// The window is closed (`zero_window`).
    ZeroWindow,
    /// Asks whether it still is (`zero_window_probe`).
    ZeroWindowProbe,
    /// Answers that it is (`zero_window_probe_ack`).
    ZeroWindowProbeAck,
    /// The same ends had another connection before (`reused_ports`).
    ReusedPorts,
    // Those of fast open are the last (`Findings::are_noteworthy`).
    /// A SYN with a fast open cookie (`tfo_syn`).
    TfoSyn,
    /// The data of the SYN is acknowledged (`tfo_ack`).
    TfoAck,
    /// The data of the SYN is not acknowledged (`tfo_ignored`).
    TfoIgnored,
}

/// A set of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Findings(u32);

impl Findings {
    /// Adds one.
    pub const fn add(&mut self, finding: Finding) {
        self.0 |= 1u32.wrapping_shl(finding as u32);
    }

    /// Whether it is there.
    #[must_use]
    pub const fn has(self, finding: Finding) -> bool {
        self.0 & 1u32.wrapping_shl(finding as u32) != 0
    }

    /// Whether there is one that counts as noteworthy (`flags`): fast open does not.
    #[must_use]
    pub const fn are_noteworthy(self) -> bool {
        self.0.trailing_zeros() < Finding::TfoSyn as u32
    }
}

/// What stands under `tcp.analysis` for one segment. Durations are in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// The verdicts.
    pub findings: Findings,
    /// The frame that it acknowledges (`acks_frame`).
    pub acks_frame: Option<u64>,
    /// The time since that frame (`ack_rtt`).
    pub ack_rtt: Option<i64>,
    /// Round trip of the handshake (`initial_rtt`).
    pub initial_rtt: Option<i64>,
    /// Bytes sent and not acknowledged, this segment's included (`bytes_in_flight`).
    pub bytes_in_flight: Option<u32>,
    /// Bytes sent since the last push (`push_bytes_sent`).
    pub push_bytes_sent: Option<u32>,
    /// Number of the duplicate acknowledgment, from 1 (`duplicate_ack_num`).
    pub duplicate_ack_num: Option<u32>,
    /// The frame that it repeats (`duplicate_ack_frame`).
    pub duplicate_ack_frame: Option<u64>,
    /// The time since the bytes were sent before (`rto`).
    pub rto: Option<i64>,
    /// The frame that sent them (`rto_frame`).
    pub rto_frame: Option<u64>,
}

impl Analysis {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What our tracker says of a segment where Wireshark has no name for it (`nd.tcp`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The kernel's class of a retransmission (`retransmission.cause`).
    pub cause: Option<&'static str>,
    /// Its finer word (`retransmission.kind`).
    pub kind: Option<&'static str>,
    /// What proves that an earlier copy had arrived (`redundant`).
    pub redundant: Vec<&'static str>,
    /// Why it was sent again all the same (`redundant.blame`).
    pub blame: Option<&'static str>,
    /// A second copy that the network made (`network_duplicate`).
    pub network_duplicate: bool,
    /// A second copy that the capture made (`capture_duplicate`).
    pub capture_duplicate: bool,
    /// It passed and did not arrive (`lost`).
    pub lost: bool,
    /// How the hole before it closed (`hole`).
    pub hole: Option<&'static str>,
    /// How sure the verdict is (`confidence`).
    pub confidence: Option<&'static str>,
    /// What decided (`evidence`).
    pub evidence: Option<&'static str>,
    /// The cause that the evidence allows too (`alt`).
    pub alt: Option<&'static str>,
}
