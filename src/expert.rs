//! `--expert`: what is wrong in a capture, grouped by cause, with the evidence.
//!
//! Findings come from flows that are over ([`flow`](mod@flow), [`reset`]) and from packets; what many flows or packets
//! share is one finding ([`shared`], [`tally`]). All of it is bounded: of each kind the first [`MAX_OF_KIND`] are kept, the others
//! counted.

use netdissect_dissectors::dissector::Fault;
use netdissect_dissectors::facts::FlowNumber;
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::Packet;

use crate::flow::fragment::ledger::Account;
use crate::flow::table::Flow;

mod bytes;
mod flow;
mod reset;
mod shared;
mod tally;
mod words;

pub use tally::{Member, Subject, Tallies};

/// Findings kept of each kind.
pub const MAX_OF_KIND: usize = 64;
/// Frames and flows that a finding names.
pub const MAX_NAMED: usize = 8;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something did not work.
    Error,
    /// Something worked badly, or is suspicious.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word in front of a finding.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What a finding is about, in the order in which findings of one severity are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A reset that its alleged sender did not send.
    ForgedReset,
    /// A reset that ended a connection.
    Reset,
    /// An end gave up because the other did not answer any more.
    TimedOut,
    /// A SYN was answered by a reset.
    Refused,
    /// A SYN was answered by an ICMP error.
    Unreachable,
    /// A SYN was not answered.
    Unanswered,
    /// A SYN was answered, and nothing followed.
    HalfOpen,
    /// A SYN or SYN+ACK had to be sent again before the connection opened.
    SlowHandshake,
    /// Long packets vanish without a word, shorter ones pass.
    BlackHole,
    /// Segments were lost and sent again.
    Loss,
    /// Segments were sent again without need.
    Spurious,
    /// A receiver had no room.
    ZeroWindow,
    /// A reset that no receiver honours.
    IgnoredReset,
    /// Two SYN+ACKs with different numbers.
    OtherIsn,
    /// Payload beyond the sender's own FIN.
    DataAfterFin,
    /// Copies of the same bytes that differ.
    Overlap,
    /// Datagrams in pieces that never became whole.
    Fragments,
    /// Frames that routers send in circles.
    Loop,
    /// Segments with a wrong checksum.
    Checksum,
    /// Packets that contradict their protocol.
    Malformed,
    /// Acknowledged bytes that are not in the file.
    CaptureLoss,
    /// The handshake was aborted by whoever began it.
    AbortedHandshake,
    /// Payload toward an end that had been reset.
    DataAfterReset,
    /// A reset after both ends had closed.
    ResetAfterClose,
    /// Segments were overtaken on the way.
    Reordering,
    /// Routers marked packets instead of dropping them.
    CongestionMarks,
    /// The path took only smaller packets.
    PathMtu,
    /// The data of a SYN was not taken.
    FastOpenIgnored,
    /// Frames that were captured or made twice.
    Duplicates,
    /// Segments larger than any that the receiver would take.
    Offload,
    /// Packets of which only the beginning was recorded.
    Snaplen,
    /// Connections of which one direction was captured.
    OneWay,
}

impl Kind {
    /// All there are.
    pub const ALL: [Self; Self::OneWay as usize + 1] = [
        Self::ForgedReset,
        Self::Reset,
        Self::TimedOut,
        Self::Refused,
        Self::Unreachable,
        Self::Unanswered,
        Self::HalfOpen,
        Self::SlowHandshake,
        Self::BlackHole,
        Self::Loss,
        Self::Spurious,
        Self::ZeroWindow,
        Self::IgnoredReset,
        Self::OtherIsn,
        Self::DataAfterFin,
        Self::Overlap,
        Self::Fragments,
        Self::Loop,
        Self::Checksum,
        Self::Malformed,
        Self::CaptureLoss,
        Self::AbortedHandshake,
        Self::DataAfterReset,
        Self::ResetAfterClose,
        Self::Reordering,
        Self::CongestionMarks,
        Self::PathMtu,
        Self::FastOpenIgnored,
        Self::Duplicates,
        Self::Offload,
        Self::Snaplen,
        Self::OneWay,
    ];

    /// Its stable name, as in `explain` and in records.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::ForgedReset => "tcp.reset.forged",
            Self::Reset => "tcp.reset",
            Self::TimedOut => "tcp.timed-out",
            Self::Refused => "tcp.refused",
            Self::Unreachable => "tcp.unreachable",
            Self::Unanswered => "tcp.unanswered",
            Self::HalfOpen => "tcp.half-open",
            Self::SlowHandshake => "tcp.slow-handshake",
            Self::BlackHole => "tcp.black-hole",
            Self::Loss => "tcp.loss",
            Self::Spurious => "tcp.spurious",
            Self::ZeroWindow => "tcp.zero-window",
            Self::IgnoredReset => "tcp.reset.ignored",
            Self::OtherIsn => "tcp.other-isn",
            Self::DataAfterFin => "tcp.data-after-fin",
            Self::Overlap => "tcp.overlap",
            Self::Fragments => "ip.fragments",
            Self::Loop => "ip.loop",
            Self::Checksum => "tcp.checksum",
            Self::Malformed => "packet.malformed",
            Self::CaptureLoss => "capture.loss",
            Self::AbortedHandshake => "tcp.aborted-handshake",
            Self::DataAfterReset => "tcp.data-after-reset",
            Self::ResetAfterClose => "tcp.reset.after-close",
            Self::Reordering => "tcp.reordering",
            Self::CongestionMarks => "tcp.congestion-marks",
            Self::PathMtu => "tcp.path-mtu",
            Self::FastOpenIgnored => "tcp.fast-open-ignored",
            Self::Duplicates => "capture.duplicates",
            Self::Offload => "capture.offload",
            Self::Snaplen => "capture.snaplen",
            Self::OneWay => "capture.one-way",
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            _ if self <= Self::Unanswered => Severity::Error,
            _ if self <= Self::CaptureLoss => Severity::Warning,
            _ => Severity::Note,
        }
    }
}

/// A number of a finding, for records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// So many.
    Count(u64),
    /// A span of time in ns, shown in ms.
    Span(i64),
    /// Yes or no.
    Flag(bool),
    /// A word of ours.
    Word(&'static str),
}

/// A property that speaks for or against something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// The field it was read from.
    pub field: &'static str,
    /// What it says.
    pub text: String,
    /// It speaks against the alleged sender.
    pub against: bool,
}

/// One finding. Its texts hold addresses, numbers and words of ours, nothing else from packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub kind: Kind,
    /// Its heading.
    pub title: String,
    /// When its first frame passed.
    pub time: Timestamp,
    /// Flows, at most [`MAX_NAMED`].
    pub flows: Vec<FlowNumber>,
    /// Flows in all.
    pub flow_count: u64,
    /// Frames, at most [`MAX_NAMED`].
    pub frames: Vec<u64>,
    /// Frames in all.
    pub frame_count: u64,
    /// What happened.
    pub text: String,
    /// Evidence, where it is a list.
    pub signs: Vec<Sign>,
    /// What came of it.
    pub after: String,
    /// Its numbers by name.
    pub numbers: Vec<(&'static str, Number)>,
}

impl Finding {
    /// About one flow, from frame `frame` on.
    fn of(kind: Kind, title: impl Into<String>, flow: &Flow, frame: u64, time: Timestamp) -> Self {
        Self {
            kind,
            title: title.into(),
            time,
            flows: vec![flow.number],
            flow_count: 1,
            frames: vec![frame],
            frame_count: 1,
            text: String::new(),
            signs: Vec::new(),
            after: String::new(),
            numbers: Vec::new(),
        }
    }

    /// Names these frames.
    fn frames(mut self, frames: impl Iterator<Item = u64>) -> Self {
        self.frames.clear();
        self.frame_count = 0;
        for frame in frames {
            self.frame_count += 1;
            if self.frames.len() < MAX_NAMED {
                self.frames.push(frame);
            }
        }
        self
    }

    fn text(mut self, text: String) -> Self {
        self.text = text;
        self
    }

    fn number(mut self, name: &'static str, number: Number) -> Self {
        self.numbers.push((name, number));
        self
    }
}

/// All findings of a run.
#[derive(Debug)]
pub struct Findings {
    kept: Vec<Finding>,
    /// How many there were of each kind.
    counts: [u64; Kind::ALL.len()],
    tallies: Tallies,
    /// Segments that were more than ordinary traffic and were not kept to be looked at.
    unseen: u64,
}

/// What there is to show.
#[derive(Debug)]
pub struct Report {
    /// By severity, kind and frame.
    pub findings: Vec<Finding>,
    /// How many of each kind are left out.
    pub left_out: Vec<(Kind, u64)>,
    /// Segments that were more than ordinary traffic and were not looked at, to keep memory bounded.
    pub unseen: u64,
}

impl Default for Findings {
    fn default() -> Self {
        Self { kept: Vec::new(), counts: [0; Kind::ALL.len()], tallies: Tallies::default(), unseen: 0 }
    }
}

impl Findings {
    /// Takes the faults of a packet and what was cut off.
    pub fn packet(&mut self, packet: &Packet<'_>) {
        let frame = &packet.frame;
        let cut = u64::from(frame.wire_len).saturating_sub(frame.data.len() as u64);
        let mark = (frame.number, frame.time);
        let member = Member { mark, flow: None, client: None, packets: 1, bytes: cut, error: None };
        if cut > 0 {
            self.tallies.add(Kind::Snaplen, Subject::Capture, &member);
            return;
        }
        for &(slot, fault) in &packet.parts.faults {
            let Some(layer) = packet.layer(slot.into()).filter(|layer| !layer.is_quoted()) else { continue };
            let why = match fault {
                Fault::Short { .. } => "ends before it is complete",
                Fault::Malformed(why) => why,
            };
            let subject = Subject::Fault(layer.protocol().name, why);
            self.tallies.add(Kind::Malformed, subject, &member);
        }
    }

    /// Takes what a flow that is over has to tell.
    pub fn flow(&mut self, flow: &Flow) {
        self.unseen += flow.kept.rows_lost + flow.kept.habits.as_ref().map_or(0, |habits| habits.resets_lost);
        let mut found = Vec::new();
        reset::findings(flow, &mut found);
        flow::findings(flow, &mut found);
        found.extend(bytes::overlap(flow));
        shared::note(flow, &mut self.tallies);
        for finding in found {
            self.add(finding);
        }
    }

    /// Takes what became of a datagram in pieces.
    pub fn datagram(&mut self, account: &Account) {
        if let Some(finding) = bytes::datagram(account) {
            self.add(finding);
        }
    }

    fn add(&mut self, finding: Finding) {
        let Some(count) = self.counts.get_mut(finding.kind as usize) else { return };
        *count += 1;
        if *count <= MAX_OF_KIND as u64 {
            self.kept.push(finding);
        }
    }

    /// All there is.
    #[must_use]
    pub fn finish(mut self) -> Report {
        for finding in std::mem::take(&mut self.tallies).findings() {
            self.add(finding);
        }
        let first = |finding: &Finding| finding.frames.first().copied().unwrap_or_default();
        self.kept.sort_by_key(|finding| (finding.kind, first(finding)));
        let left_out = Kind::ALL
            .into_iter()
            .map(|kind| (kind, self.counts[kind as usize].saturating_sub(MAX_OF_KIND as u64)))
            .filter(|row| row.1 > 0)
            .collect();
        Report { findings: self.kept, left_out, unseen: self.unseen }
    }
}
