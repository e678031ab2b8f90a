//! One row of a flow's timeline: a segment and what it meant; and the ICMP errors between them.

use netdissect_dissectors::facts::Analysis;
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::transport::tcp::Flags;

use super::key::Side;
use super::seq::Position;
use super::tcp::time::Moment;
use super::tcp::{IcmpError, Label, Step};

/// An ICMP error that quotes a segment of a flow (docs/tcp-analysis.md, F12).
#[derive(Clone, Copy, Debug)]
pub struct Complaint {
    /// What it says.
    pub error: IcmpError,
    /// The packet was too big: what would fit, in bytes; 0 where that is not told.
    pub mtu: Option<u32>,
    /// Who had sent what it quotes.
    pub about: Side,
    /// The position that it quotes.
    pub seq: Position,
}

/// One segment of a flow.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its frame.
    pub frame: u64,
    /// When it passed.
    pub time: Timestamp,
    /// Wireshark's number of the conversation.
    pub stream: u32,
    /// What the tracker says.
    pub step: Step,
    /// What Wireshark would say instead, if that was asked for.
    pub wireshark: Option<Box<Analysis>>,
    /// Later packets changed what was said when it passed.
    pub amended: bool,
    /// The sender is the client.
    pub from_client: bool,
    /// Control bits.
    pub flags: Flags,
    /// Marks of congestion that its sender has counted, modulo 8, where both ends agreed on accurate ECN (RFC 9768).
    pub marks: Option<u16>,
    /// Payload bytes on the wire.
    pub len: u32,
    /// Window in bytes, scaled where the scale is known.
    pub window: u32,
    /// The scale of the window is not known (Q4).
    pub window_unscaled: bool,
    /// Maximum segment size offered.
    pub mss: Option<u16>,
    /// The messages that end in this segment, in the words of their protocol; unescaped.
    pub message: Option<Box<str>>,
    /// The payload waits for the rest of its message.
    pub pending: bool,
    /// What it showed of the course of the transfer.
    pub moment: Moment,
}

impl Row {
    /// Its end closes here: it is the first FIN of it that came here.
    #[must_use]
    pub fn closes(&self) -> bool {
        let labels = self.step.labels;
        let is_first = [Label::UnseenOriginal, Label::PartialNew].into_iter().any(|label| labels.has(label));
        labels.has(Label::Fin) && (!labels.has(Label::Retransmission) || is_first)
    }
}
