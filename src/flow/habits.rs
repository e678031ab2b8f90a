//! What a flow's segments have in common, end by end, and its resets: so that a reset can be compared with the other
//! packets of the host that it names as its sender (docs/tcp-analysis.md, S20). Kept only where it is asked for.

use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::transport::tcp::Flags;

use super::key::{Both, Side};
use super::seq::Position;
use super::tcp::{Cause, Label, Labels, Segment, Step};

/// Resets remembered of one flow.
const MAX_RESETS: usize = 16;
/// Identifications that follow each other differ by no more than this.
const ID_STEP: i16 = 256;
/// A time to live is set anew for each packet by its host: those of one host differ only where its route changes.
const RESERVED: u16 = 0xe00;

/// Frame and time of a packet.
pub type Mark = (u64, Timestamp);

/// What is remembered of a flow.
#[derive(Debug, Default)]
pub struct Habits {
    /// The first segment of the flow.
    pub first: Option<Mark>,
    /// Its first segment with a wrong checksum.
    pub bad_checksum: Option<Mark>,
    /// Its first second copy of a frame.
    pub duplicate: Option<Mark>,
    /// Either end.
    pub ends: Both<Traits>,
    /// Its resets, as many as are remembered.
    pub resets: Vec<Reset>,
    /// Resets beyond those.
    pub resets_lost: u64,
    /// Payload toward an end that had been reset.
    pub into_reset: Option<IntoReset>,
    /// When the newest segment of either end passed.
    previous: Option<Timestamp>,
}

/// What the segments of one end have in common; resets are left out.
#[derive(Debug, Default)]
pub struct Traits {
    /// How many there were.
    pub segments: u64,
    /// Least and greatest time to live.
    pub ttl: (u8, u8),
    /// First and newest IPv4 identification.
    pub ids: Option<(u16, u16)>,
    /// Steps from one identification to the next: all, and those that count up by little.
    pub id_steps: (u32, u32),
    /// Identification and window of its SYN or SYN+ACK.
    pub opening: Option<(Option<u16>, u16)>,
    /// Least and greatest window as sent, the SYN's left out.
    pub windows: Option<(u16, u16)>,
    /// Segments with time stamps.
    pub stamped: u64,
    /// One had a reserved bit set.
    pub reserved: bool,
    /// The number that follows all it sent: as sent, and as a position.
    pub next: (u32, Position),
    /// Largest payload, and its frame.
    pub largest: (u32, u64),
    /// Largest payload that it is willing to receive.
    pub mss: Option<u16>,
    /// Its newest segment.
    pub last: Option<Mark>,
    /// Its newest segment that carried payload.
    pub last_data: Option<Mark>,
    /// Its resets.
    pub resets: u64,
    /// What it tried since the other end was heard last.
    pub unanswered: Unanswered,
    /// Episodes in which it sent again.
    pub repair: Repair,
}

/// Segments sent again or keep-alives without an answer. A reset of the end that tried closes the account: what comes
/// then comes too late.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unanswered {
    /// How many.
    pub tries: u32,
    /// The first of them.
    pub first: Option<Mark>,
    /// What the other end had sent last.
    pub heard: Option<Mark>,
}

/// How long an end was busy sending again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Repair {
    /// Since when the present episode lasts, and the position whose acknowledgment ends it.
    open: Option<(Timestamp, Position)>,
    /// When the oldest hole that is open appeared.
    hole: Option<Timestamp>,
    /// Episodes that ended.
    pub count: u32,
    /// Their time up to that acknowledgment, the waiting included, in ns.
    pub nanos: i64,
}

/// A reset and what was known when it passed.
#[derive(Clone, Copy, Debug)]
pub struct Reset {
    /// Its frame and time.
    pub mark: Mark,
    /// The end that it says it comes from.
    pub from: Side,
    /// What the tracker said of it.
    pub labels: Labels,
    /// Its numbers as sent.
    pub seq: u32,
    /// Its acknowledgment number as sent.
    pub ack: u32,
    /// Its control bits.
    pub flags: Flags,
    /// Its window as sent.
    pub window: u16,
    /// Its IPv4 identification.
    pub id: Option<u16>,
    /// Its time to live.
    pub ttl: u8,
    /// It has time stamps.
    pub stamped: bool,
    /// It acknowledges something that the other end had not sent.
    pub ack_ahead: bool,
    /// The acknowledgment number that fits what the other end had sent.
    pub ack_fits: u32,
    /// It answers a SYN.
    pub answers_syn: bool,
    /// Identification of its sender's segment before, and its frame.
    pub id_before: Option<(u16, u64)>,
    /// The newest segment of its sender before.
    pub own: Option<Mark>,
    /// The newest payload of the other end before.
    pub other_data: Option<Mark>,
    /// The connection had been reset before.
    pub is_late: bool,
    /// Who showed that it had no effect.
    pub refuted: Option<(Side, Mark)>,
    /// The next segment of its own alleged sender that was no reset.
    pub own_after: Option<Mark>,
}

/// Payload toward an end that had been reset.
#[derive(Clone, Copy, Debug)]
pub struct IntoReset {
    /// Its first segment.
    pub mark: Mark,
    /// Segments.
    pub segments: u64,
    /// Payload bytes.
    pub bytes: u64,
    /// The reset before it.
    pub reset: Mark,
    /// The reset that answers it.
    pub answer: Option<u64>,
}

/// Labels of segments about which a list of problems has nothing to say.
const ORDINARY: [Label; 27] = [
    Label::Ack,
    Label::Data,
    Label::StaleAck,
    Label::OldSeqAck,
    Label::AckRepeat,
    Label::WindowUpdate,
    Label::DupAck,
    Label::SackNews,
    Label::Dsack,
    Label::DsackAck,
    Label::KeepAliveAck,
    Label::ZeroWindowProbeAck,
    Label::WindowFull,
    Label::WindowShrink,
    Label::ChallengeAck,
    Label::ProbeConsumed,
    Label::EcnSetup,
    Label::EcnAccepted,
    Label::AccurateEcn,
    Label::CongestionEcho,
    Label::WindowReduced,
    Label::EcnMisused,
    Label::Urgent,
    Label::BadChecksum,
    Label::Duplicate,
    Label::Insane,
    Label::NoAck,
];

/// Whether a segment is more than ordinary traffic.
#[must_use]
pub fn is_event(step: &Step) -> bool {
    let mut ordinary = Labels::default();
    for label in ORDINARY {
        ordinary.add(label);
    }
    step.labels.has_other_than(ordinary)
}

impl Habits {
    /// Bytes of memory, its own size included.
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>() + self.resets.capacity() * size_of::<Reset>()
    }

    /// Notes a segment, its time to live and what the tracker said of it.
    pub fn note(&mut self, s: &Segment<'_>, ttl: u8, step: &Step) {
        let has = |label| step.labels.has(label);
        let mark = (s.frame, s.time);
        self.first.get_or_insert(mark);
        match () {
            () if has(Label::BadChecksum) => {
                self.bad_checksum.get_or_insert(mark);
                return;
            }
            () if has(Label::Duplicate) => {
                self.duplicate.get_or_insert(mark);
                return;
            }
            () if has(Label::Insane) => return,
            () => {}
        }
        if s.flags.contains(Flags::RST) {
            self.note_reset(s, ttl, step);
            return;
        }
        for reset in self.resets.iter_mut().filter(|reset| reset.from == s.from) {
            reset.own_after.get_or_insert(mark);
        }
        if has(Label::RstNotHonoured)
            && let Some(reset) = self.resets.iter_mut().rev().find(|reset| reset.counts())
        {
            reset.refuted.get_or_insert((s.from, mark));
            self.into_reset = None;
        }
        self.note_into_reset(s, mark);
        let (own, peer) = match &mut self.ends.0 {
            [low, high] if s.from == Side::Low => (low, high),
            [low, high] => (high, low),
        };
        if !self.resets.iter().any(|reset| reset.from != s.from && reset.is_in_force()) {
            peer.unanswered = Unanswered::default();
        }
        if s.flags.contains(Flags::ACK) {
            peer.repair.acknowledge(step.ack, s.time);
        }
        let waits = self.previous.unwrap_or(s.time);
        self.previous = Some(s.time);
        own.note(s, ttl, step, peer.last);
        own.repair(s, step, waits);
    }

    fn note_reset(&mut self, s: &Segment<'_>, ttl: u8, step: &Step) {
        let is_late = self.resets.iter().any(Reset::is_in_force);
        let mark = (s.frame, s.time);
        let (own, peer) = (&self.ends[s.from], &self.ends[s.from.other()]);
        let reset = Reset {
            mark,
            from: s.from,
            labels: step.labels,
            seq: s.seq,
            ack: s.ack,
            flags: s.flags,
            window: s.window,
            id: s.ip_id,
            ttl,
            stamped: s.options.timestamps.is_some(),
            ack_ahead: s.flags.contains(Flags::ACK)
                && peer.segments > 0
                && s.ack.wrapping_sub(peer.next.0).cast_signed() > 0,
            ack_fits: peer.next.0,
            answers_syn: own.segments == 0 && peer.segments > 0 && peer.next.1 <= 1,
            id_before: own.ids.zip(own.last).map(|((_, id), (frame, _))| (id, frame)),
            own: own.last,
            other_data: peer.last_data,
            is_late,
            refuted: None,
            own_after: None,
        };
        self.ends[s.from].resets += 1;
        if let Some(into) = &mut self.into_reset
            && is_late
        {
            into.answer.get_or_insert(s.frame);
        }
        if self.resets.len() < MAX_RESETS {
            self.resets.push(reset);
        } else {
            self.resets_lost += 1;
        }
    }

    fn note_into_reset(&mut self, s: &Segment<'_>, mark: Mark) {
        let into = |reset: &&Reset| reset.from != s.from && reset.is_in_force();
        let Some(reset) = self.resets.iter().find(into).filter(|_| s.len > 0) else { return };
        let into = self.into_reset.get_or_insert(IntoReset {
            mark,
            segments: 0,
            bytes: 0,
            reset: reset.mark,
            answer: None,
        });
        into.segments += 1;
        into.bytes += u64::from(s.len);
    }
}

impl Reset {
    /// Its receiver honours it.
    #[must_use]
    pub fn counts(&self) -> bool {
        !self.labels.has(Label::RstOutOfWindow) && !self.labels.has(Label::RstInWindow)
    }

    /// It is honoured, and nothing showed that it had no effect.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        self.counts() && self.refuted.is_none()
    }

    /// It has reserved bits set.
    #[must_use]
    pub fn has_reserved(&self) -> bool {
        self.flags.0 & RESERVED != 0
    }
}

impl Traits {
    /// Notes a segment of this end; the other one was `heard` last.
    fn note(&mut self, s: &Segment<'_>, ttl: u8, step: &Step, heard: Option<Mark>) {
        let mark = (s.frame, s.time);
        self.ttl = if self.segments == 0 { (ttl, ttl) } else { (self.ttl.0.min(ttl), self.ttl.1.max(ttl)) };
        self.segments += 1;
        if let Some(id) = s.ip_id {
            if let Some((_, newest)) = self.ids {
                let step = id.wrapping_sub(newest).cast_signed();
                self.id_steps.0 = self.id_steps.0.saturating_add(1);
                self.id_steps.1 = self.id_steps.1.saturating_add(u32::from((1..=ID_STEP).contains(&step)));
            }
            self.ids = Some((self.ids.map_or(id, |ids| ids.0), id));
        }
        if s.flags.contains(Flags::SYN) {
            self.opening.get_or_insert((s.ip_id, s.window));
            self.mss = s.options.mss;
        } else {
            let (least, most) = self.windows.unwrap_or((s.window, s.window));
            self.windows = Some((least.min(s.window), most.max(s.window)));
        }
        self.stamped += u64::from(s.options.timestamps.is_some());
        self.reserved |= s.flags.0 & RESERVED != 0;
        let controls = u32::from(s.flags.contains(Flags::SYN)) + u32::from(s.flags.contains(Flags::FIN));
        let end = step.seq.saturating_add(Position::from(s.len) + Position::from(controls));
        if self.segments == 1 || end > self.next.1 {
            self.next = (s.seq.wrapping_add(s.len).wrapping_add(controls), end);
        }
        if s.len > self.largest.0 {
            self.largest = (s.len, s.frame);
        }
        self.last = Some(mark);
        if s.len > 0 {
            self.last_data = Some(mark);
        }
        let again = step.labels.has(Label::Retransmission);
        if again || step.labels.has(Label::KeepAlive) {
            self.unanswered.tries = self.unanswered.tries.saturating_add(1);
            self.unanswered.first.get_or_insert(mark);
            self.unanswered.heard = self.unanswered.heard.or(heard);
        }
    }

    /// A hole, or a segment sent again: whoever waits, waits since the hole; before a timer that ran out and before what
    /// was lost ahead of us, since `waits`, the newest segment before.
    fn repair(&mut self, s: &Segment<'_>, step: &Step, waits: Timestamp) {
        if step.labels.has(Label::GapBefore) {
            self.repair.hole.get_or_insert(s.time);
        }
        let has_fin = s.flags.contains(Flags::FIN) && step.proofs.is_empty();
        if step.labels.has(Label::Retransmission) && (step.repeats.lost() > 0 || has_fin) {
            let by_timer = matches!(step.cause, Some(Cause::Rto | Cause::Tlp));
            let unseen = step.labels.has(Label::UnseenOriginal);
            let since = match self.repair.hole.take() {
                Some(hole) if unseen => hole,
                _ if by_timer || unseen => waits,
                _ => s.time,
            };
            let until = self.next.1.max(step.point);
            let open = self.repair.open.get_or_insert((since, until));
            open.1 = open.1.min(until);
        }
    }

    /// Its identifications count up from packet to packet.
    #[must_use]
    pub fn ids_count_up(&self) -> bool {
        let (all, small) = self.id_steps;
        all >= 2 && small >= all / 4 * 3
    }
}

impl Repair {
    fn acknowledge(&mut self, ack: Position, now: Timestamp) {
        if let Some((since, _)) = self.open.filter(|&(_, until)| ack >= until) {
            self.open = None;
            self.count = self.count.saturating_add(1);
            self.nanos = self.nanos.saturating_add(now.nanos_since(since).max(0));
        }
    }

    /// The last episode did not end.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }
}
