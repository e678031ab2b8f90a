//! What the pipeline knows of a packet beyond its bytes: plain data, filled in before any sink looks.
//!
//! The protocol's own file prints these facts in their place; it never computes them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::frame::Timestamp;

mod analysis;

pub use analysis::{Analysis, Finding, Findings, Judgement};

/// Everything known of one packet beyond its bytes.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Nanoseconds since the first frame of the capture (`frame.time_relative`).
    pub since_first: i64,
    /// Nanoseconds since the frame before (`frame.time_delta`).
    pub since_previous: i64,
    /// The TCP segments of this packet that were tracked.
    pub tcp: Vec<(u8, TcpFacts)>,
    /// The UDP datagrams of this packet that belong to a flow.
    pub udp: Vec<(u8, UdpFacts)>,
    /// Numbers of the conversations that an ICMP error quotes, by the layer that is quoted.
    pub quoted_streams: Vec<(u8, u32)>,
    /// Datagrams completed by this packet, and pieces refused.
    pub datagrams: Vec<(u8, DatagramFacts)>,
    /// Links to earlier frames, by the layer that they belong to.
    pub links: Vec<Linked>,
    /// Community ID of the innermost flow and the layer that shows it, if anyone wants it (`nd.community_id`).
    pub community_id: Option<(u8, Arc<str>)>,
    /// A first pass has told what later packets say of this one, so that silence says something too.
    pub looked_ahead: bool,
}

impl Facts {
    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.tcp.clear();
        self.udp.clear();
        self.quoted_streams.clear();
        self.datagrams.clear();
        self.links.clear();
        self.community_id = None;
        self.looked_ahead = false;
    }

    /// Facts of the TCP layer in `slot`.
    #[must_use]
    pub fn tcp_at(&self, slot: u8) -> Option<&TcpFacts> {
        self.tcp.iter().find(|row| row.0 == slot).map(|row| &row.1)
    }

    /// The community ID, if `slot` is the layer that shows it.
    #[must_use]
    pub fn community_id_at(&self, slot: u8) -> Option<&str> {
        self.community_id.as_ref().filter(|row| row.0 == slot).map(|row| &*row.1)
    }

    /// Facts of the UDP layer in `slot`.
    #[must_use]
    pub fn udp_at(&self, slot: u8) -> Option<&UdpFacts> {
        self.udp.iter().find(|row| row.0 == slot).map(|row| &row.1)
    }

    /// Number of the conversation that the quoted layer in `slot` belongs to.
    #[must_use]
    pub fn quoted_stream(&self, slot: u8) -> Option<u32> {
        self.quoted_streams.iter().find(|row| row.0 == slot).map(|row| row.1)
    }

    /// What became of the fragment in `slot`.
    #[must_use]
    pub fn datagram_at(&self, slot: u8) -> Option<&DatagramFacts> {
        self.datagrams.iter().find(|row| row.0 == slot).map(|row| &row.1)
    }
}

/// A state of RFC 9293 section 3.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum State {
    /// Nothing is open.
    #[default]
    Closed,
    /// Waiting for a SYN.
    Listen,
    /// SYN sent.
    SynSent,
    /// SYN received and answered.
    SynReceived,
    /// Open.
    Established,
    /// Own FIN sent, not acknowledged.
    FinWait1,
    /// Own FIN acknowledged, the peer still sends.
    FinWait2,
    /// The peer has closed, we have not.
    CloseWait,
    /// Both closed at once, own FIN not acknowledged.
    Closing,
    /// Closed after the peer, own FIN not acknowledged.
    LastAck,
    /// Closed; waiting until old segments are gone.
    TimeWait,
}

impl State {
    /// All there are.
    pub const ALL: [Self; Self::TimeWait as usize + 1] = [
        Self::Closed,
        Self::Listen,
        Self::SynSent,
        Self::SynReceived,
        Self::Established,
        Self::FinWait1,
        Self::FinWait2,
        Self::CloseWait,
        Self::Closing,
        Self::LastAck,
        Self::TimeWait,
    ];

    /// The name as printed everywhere: RFC 9293's with `_` for blank and hyphen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN_SENT",
            Self::SynReceived => "SYN_RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN_WAIT_1",
            Self::FinWait2 => "FIN_WAIT_2",
            Self::CloseWait => "CLOSE_WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST_ACK",
            Self::TimeWait => "TIME_WAIT",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What one end's state is, and how it is known (docs/tcp-analysis.md, S1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Known {
    /// The state.
    pub state: State,
    /// Suggested by what was sent to this end, not proven by what it sent.
    pub inferred: bool,
}

/// Window scale of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Scale {
    /// The handshake was not captured.
    #[default]
    Unknown,
    /// The handshake offered none on one side or both.
    None,
    /// Shift count, 0 to 14 (RFC 7323 section 2.3).
    Shift(u8),
}

/// `nd.flow`: the first `tcp.stream` number of the flow, and which flow of that number it is, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FlowNumber {
    /// Wireshark's stream number.
    pub stream: u32,
    /// 1 for the first flow of that number.
    pub nth: u32,
}

impl fmt::Display for FlowNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nth > 1 { write!(f, "{}.{}", self.stream, self.nth) } else { write!(f, "{}", self.stream) }
    }
}

/// What the tracker knows of a TCP segment.
#[derive(Clone, Debug, Default)]
pub struct TcpFacts {
    /// Our number of the flow (`nd.flow`).
    pub flow: FlowNumber,
    /// Wireshark's number of the conversation (`tcp.stream`).
    pub stream: u32,
    /// Sequence number relative to the direction's first (`tcp.seq`).
    pub seq: u32,
    /// Acknowledgment number relative to the other direction's first (`tcp.ack`).
    pub ack: u32,
    /// The other direction's first raw sequence number, for SACK edges.
    pub peer_base: u32,
    /// Payload bytes on the wire (`tcp.len`).
    pub len: u32,
    /// Scale of the window in this segment.
    pub scale: Scale,
    /// Both ends agreed that three flags are a counter of congestion marks (RFC 9768).
    pub accurate_ecn: bool,
    /// States of client and server after this segment.
    pub states: [Known; 2],
    /// The sender is the client.
    pub from_client: bool,
    /// Nanoseconds since the conversation's first segment (`tcp.time_relative`).
    pub since_first: i64,
    /// Nanoseconds since the conversation's previous segment (`tcp.time_delta`).
    pub since_previous: i64,
    /// Kinds of segments that the conversation had before this one, as a set (`tcp.completeness`).
    pub completeness: u8,
    /// The same with this one.
    pub kinds: u8,
    /// What stands under `tcp.analysis`.
    pub analysis: Analysis,
    /// What stands under `nd.tcp` beside states and labels, if anything does.
    pub judgement: Option<Box<Judgement>>,
    /// Bytes of this segment that wait for the rest of a message (`1448 bytes of a response`).
    pub pending: Option<&'static str>,
    /// The later frame in which that message ends, after a first pass (`tcp.reassembled_in`).
    pub rebuilt_in: Option<u64>,
    /// Short labels of what the segment is, in the words of docs/tcp-analysis.md section 3.
    pub labels: Words,
}

/// A set of words, of which there are at most 64: each packet has some, and none of them costs memory.
#[derive(Clone, Copy)]
pub struct Words {
    bits: u64,
    word: fn(u32) -> &'static str,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::new(0, |_| "")
    }
}

impl Words {
    /// Of the words that `word` numbers from 0, those whose bit is set.
    #[must_use]
    pub const fn new(bits: u64, word: fn(u32) -> &'static str) -> Self {
        Self { bits, word }
    }

    /// The words, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        let mut left = self.bits;
        core::iter::from_fn(move || {
            let number = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            Some((self.word)(number))
        })
    }
}

/// What is known of a UDP datagram.
#[derive(Clone, Copy, Debug, Default)]
pub struct UdpFacts {
    /// Wireshark's number of the conversation (`udp.stream`).
    pub stream: u32,
    /// Nanoseconds since the conversation's first datagram (`udp.time_relative`).
    pub since_first: i64,
    /// Nanoseconds since the conversation's previous datagram (`udp.time_delta`).
    pub since_previous: i64,
}

/// One piece of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The frame that held it.
    pub frame: u64,
    /// Its offset in bytes.
    pub offset: u32,
    /// Its bytes.
    pub len: u32,
    /// It overlaps an earlier piece.
    pub overlap: bool,
    /// It overlaps with different content.
    pub conflict: bool,
    /// It reaches beyond the datagram's end.
    pub too_long: bool,
}

/// What a fragment led to.
#[derive(Clone, Debug, Default)]
pub struct DatagramFacts {
    /// The pieces in the order of their offsets, once the datagram is complete.
    pub pieces: Vec<Piece>,
    /// The source that holds the rebuilt datagram, 0 if this packet does not complete one.
    pub source: u8,
    /// Bytes of the rebuilt datagram (`ip.reassembled.length`).
    pub len: u32,
    /// The later frame that completes it, after a first pass (`ip.reassembled_in`).
    pub rebuilt_in: Option<u64>,
    /// Why the piece or the whole datagram was refused, in the words of docs/tcp-analysis.md section 5.2.
    pub refused: Option<&'static str>,
}

/// A tie between a layer of this packet and another frame: an earlier one, or after a first pass a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// This layer answers the request in that frame, sent at that time.
    Request {
        /// Frame of the request.
        frame: u64,
        /// Its time.
        time: Timestamp,
    },
    /// The same request was sent before, in that frame.
    RepeatedRequest(u64),
    /// The same answer was sent before, in that frame.
    RepeatedResponse(u64),
    /// The previous request of the flow was in that frame.
    PreviousRequest(u64),
    /// The previous response of the flow was in that frame.
    PreviousResponse(u64),
    /// Ordinal of this request or response within the flow, from 1.
    Ordinal(u32),
    /// No request is known for this response.
    Unsolicited,
    /// This request is answered in that frame.
    ResponseIn(u64),
    /// The next request of the flow is in that frame.
    NextRequest(u64),
    /// The next response of the flow is in that frame.
    NextResponse(u64),
    /// A source with text or bytes that this layer prints (`http.response_for.uri`).
    Source(u8),
    /// A piece of this layer's message came in that frame.
    Piece(u64),
    /// The flow was announced in that frame.
    Announced(u64),
    /// This layer answers a call of that procedure (RPC).
    Call {
        /// Number of the program.
        program: u32,
        /// Its version.
        version: u32,
        /// Number of the procedure.
        procedure: u32,
    },
    /// What is known of the next packet of this layer (QUIC).
    Quic(QuicPacket),
}

/// What a connection of QUIC knows of one of its packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuicPacket {
    /// The connection (`quic.connection.number`): all of the capture are counted, from 0.
    pub connection: Option<u32>,
    /// Bytes of the destination connection ID, which a short header does not say.
    pub id_len: Option<u8>,
    /// The first byte, and the number of the packet, without header protection.
    pub unmasked: Option<(u8, u64)>,
    /// The source that holds its frames, 0 if it was not opened.
    pub source: u8,
}

/// A [`Link`] and the layer that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Index of the layer in the packet.
    pub slot: u8,
    /// The tie.
    pub link: Link,
}
