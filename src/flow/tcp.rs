//! One TCP flow: segments in, states and verdicts out (docs/tcp-analysis.md, rules S and Q).
//!
//! Two half-connections, not one machine: each side has its own sequence space, window and FIN. The shown state of
//! each end is derived from what both sent ([`super::state`]).

use netdissect_dissectors::facts::{Known, State};
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::transport::tcp::{Flags, Options};
use serde::{Deserialize, Serialize};

use super::copies::Again;
use super::key::{Both, Pair, Side};
use super::seq::Position;
use super::state::End;
use super::stream::Stream;
use half::{Awaited, Doubled, Probe};
use time::Timing;

mod cause;
mod classify;
mod close;
mod doubled;
mod ecn;
mod evidence;
mod feedback;
mod half;
mod icmp;
mod ids;
mod label;
mod measures;
mod open;
mod sender;
mod sent;
pub mod time;
mod verdict;

pub use cause::{Blame, Cause, Proofs};
pub use evidence::{Amendment, Closing, Confidence, Copier, Evidence, News};
pub use half::Half;
pub use icmp::IcmpError;
pub use label::{Label, Labels};
pub use measures::{Back, Measures, Repeats};
pub use verdict::Verdict;

/// One segment as the tracker sees it; numbers as sent.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Its frame.
    pub frame: u64,
    /// When it passed.
    pub time: Timestamp,
    /// Who sent it.
    pub from: Side,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// Control bits.
    pub flags: Flags,
    /// Window, unscaled.
    pub window: u16,
    /// Payload bytes on the wire.
    pub len: u32,
    /// Payload bytes captured.
    pub payload: &'a [u8],
    /// Options.
    pub options: Options,
    /// IPv4 identification.
    pub ip_id: Option<u16>,
    /// Explicit congestion notification of the packet, 0 to 3 (RFC 3168 section 5).
    pub ecn: u8,
    /// Time to live or hop limit of the packet.
    pub hop_limit: u8,
}

impl Segment<'_> {
    /// The segment without its bytes.
    #[must_use]
    pub fn numbers(&self) -> Segment<'static> {
        let &Segment {
            frame,
            time,
            from,
            seq,
            ack,
            flags,
            window,
            len,
            payload: _,
            options,
            ip_id,
            ecn,
            hop_limit,
        } = self;
        Segment {
            frame,
            time,
            from,
            seq,
            ack,
            flags,
            window,
            len,
            payload: &[],
            options,
            ip_id,
            ecn,
            hop_limit,
        }
    }
}

/// What one segment did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Step {
    /// Who sent it.
    pub from: Side,
    /// What it is.
    pub labels: Labels,
    /// States afterwards, client first.
    pub states: [Known; 2],
    /// Its first position.
    pub seq: Position,
    /// What it acknowledges.
    pub ack: Position,
    /// Number of the duplicate ACK, from 1.
    pub dup_ack: u32,
    /// Bytes missing before it.
    pub gap: u64,
    /// Where its payload goes in the sender's stream; `None` if it does not.
    pub payload_at: Option<Position>,
    /// The first SYN of its sender, with payload that counts only once it is accepted (RFC 7413 section 4.2).
    pub offers: bool,
    /// Payload of the receiver's fast-open SYN or window probe is accepted.
    pub accepts: bool,
    /// Why it was sent again.
    pub cause: Option<Cause>,
    /// Time-outs in a row, if it is one.
    pub back_off: u32,
    /// The connection had been reset before it; whether by its own sender.
    pub own_reset: Option<bool>,
    /// What it repeats.
    pub repeats: Repeats,
    /// One past the highest position that had been sent by then, as far as numbers tell: the recovery point (C11).
    pub point: Position,
    /// What proves that an earlier copy had arrived.
    pub proofs: Proofs,
    /// Whose fault a redundant copy is.
    pub blame: Option<Blame>,
    /// What decided between retransmission and reordering, or told a second copy.
    pub evidence: Option<Evidence>,
    /// How sure the verdict is.
    pub confidence: Confidence,
    /// The cause that the evidence allows too.
    pub alt: Option<Cause>,
    /// How the hole before it closed.
    pub closing: Option<Closing>,
    /// It passed here and did not arrive.
    pub lost: bool,
    /// Who made this second copy.
    pub copier: Option<Copier>,
    /// Numbers.
    pub measures: Measures,
}

impl Step {
    /// Adds what a later segment told. An original that comes late turns what passed before it into a copy.
    pub fn amend(&mut self, news: News) {
        match news {
            News::Redundant(proofs) => {
                if proofs.has(Proofs::ORIGINAL) {
                    self.labels.add(Label::Retransmission);
                }
                if proofs.has(Proofs::EIFEL) {
                    // C10: the acknowledgment was on its way all the time.
                    self.blame = Some(Blame::Premature);
                }
                self.proofs.add(proofs);
                self.repeats.spare(u32::MAX);
            }
            News::Spared(bytes) => self.repeats.spare(bytes),
            News::Lost => self.lost = true,
            News::NotLost => self.lost = false,
            News::Closed(closing) => self.closing = Some(closing),
            News::Copied(copier) => self.copier = Some(copier),
            News::KeptAlive => self.labels.add(Label::KeepAlive),
        }
    }

    fn judge(&mut self, evidence: Evidence, confidence: Confidence) {
        self.evidence = Some(evidence);
        self.confidence = confidence;
    }
}

/// A reset that may yet prove to be forged or lost (S20).
#[derive(Debug, Serialize, Deserialize)]
struct Reset {
    by: Side,
    time: Timestamp,
    /// Its frame.
    frame: u64,
    /// The newest reset of the same end, which may be this one: its frame and when it passed.
    newest: (u64, Timestamp),
    before: Both<End>,
    /// The responder was still in SYN_RECEIVED.
    in_handshake: bool,
    /// Both FINs had been acknowledged.
    after_close: bool,
}

/// A SYN with a foreign number inside a live flow (S24).
#[derive(Clone, Copy, Debug)]
pub struct Orphan {
    /// Its frame.
    pub frame: u64,
    /// Its time.
    pub time: Timestamp,
    /// Its sender.
    pub from: Side,
    /// Its sequence number.
    pub seq: u32,
    /// Its window.
    pub window: u16,
    /// Its options.
    pub options: Options,
}

/// What is known against a segment before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// Its checksum is proven bad (S19).
    BadChecksum,
    /// The very frame passed before (C1).
    SecondCopy(Again),
}

/// Times of the three steps of the handshake, from its last SYN and SYN+ACK.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Handshake {
    /// The SYN.
    pub syn: Option<Timestamp>,
    /// The SYN+ACK.
    pub syn_ack: Option<Timestamp>,
    /// The client's first acknowledgment.
    pub ack: Option<Timestamp>,
}

/// What the table must do before a segment is applied.
#[derive(Clone, Copy, Debug)]
pub enum Incarnation {
    /// It belongs to this flow.
    Same,
    /// It opens another one between the same ends; if its SYN was parked before, dated at that.
    Next(Option<Orphan>),
    /// It answers the orphan, which opened another one.
    Superseded(Orphan),
}

/// One TCP connection.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tcp {
    /// Its ends.
    pub pair: Pair,
    client: Side,
    /// How firmly the client is known: the rule of S22 that told, 1 the firmest.
    client_rule: u8,
    ends: Both<End>,
    halves: Both<Half>,
    reset: Option<Box<Reset>>,
    #[serde(skip)]
    orphan: Option<Orphan>,
    handshake: Handshake,
    /// Its round trip in ns (T1).
    initial_rtt: Option<i64>,
    first: Timestamp,
    first_frame: u64,
    last: Timestamp,
    /// When the segment before passed, in ns.
    previous: i64,
    #[serde(skip)]
    amendments: Vec<Amendment>,
    #[serde(skip)]
    timing: Option<Box<Timing>>,
    midstream: bool,
    simultaneous_open: bool,
    fast_open: bool,
    reused: bool,
    /// No segment was labelled with that yet.
    reuse_untold: bool,
    superseded: bool,
    /// The first ICMP error about its SYN.
    icmp_error: Option<Box<IcmpError>>,
    /// Time-outs and keep-alives of each end since the other was heard.
    unanswered: Both<u8>,
    bad_checksums: u32,
    duplicates: u32,
    /// Of these, those that their receiver reported.
    doubled_on_the_way: u32,
}

/// Segments with numbers further away than this from what was seen are not applied (Q2).
const SANE: Position = 1 << 30;
/// Acknowledgments further than this above what was allowed are not applied (Q2).
const SANE_ACK: Position = 1 << 20;
/// Twice the maximum segment lifetime, in ns (S15).
const TWO_MSL: i64 = 240_000_000_000;

impl Tcp {
    /// Bytes of memory beside its own size, and beside what its streams answer for.
    pub(super) fn heap(&self) -> usize {
        let amendments = self.amendments.capacity() * size_of::<Amendment>();
        let reset = self.reset.as_ref().map_or(0, |_| size_of::<Reset>());
        let error = self.icmp_error.as_ref().map_or(0, |_| size_of::<IcmpError>());
        let timing = self.timing.as_ref().map_or(0, |timing| timing.heap());
        self.halves.0.iter().map(Half::heap).sum::<usize>() + amendments + reset + error + timing
    }

    /// A flow whose first segment is `s`.
    #[must_use]
    pub fn new(pair: Pair, s: &Segment<'_>, reused: bool) -> Self {
        let (client, client_rule) = open::who_is_client(&pair, s);
        Self {
            pair,
            client,
            client_rule,
            ends: Both([End::closed(), End::closed()]),
            halves: Both::default(),
            reset: None,
            orphan: None,
            handshake: Handshake::default(),
            initial_rtt: None,
            first: s.time,
            first_frame: s.frame,
            last: s.time,
            previous: s.time.as_nanos(),
            amendments: Vec::new(),
            timing: None,
            midstream: false,
            simultaneous_open: false,
            fast_open: false,
            reused,
            reuse_untold: reused,
            superseded: false,
            icmp_error: None,
            unanswered: Both::default(),
            bad_checksums: 0,
            duplicates: 0,
            doubled_on_the_way: 0,
        }
    }

    /// The end that opened the connection, as far as known.
    #[must_use]
    pub fn client(&self) -> Side {
        self.client
    }
    /// The end that the connection was opened to, if a SYN or its answer was seen.
    #[must_use]
    pub fn opened_to(&self) -> Option<Side> {
        let server = self.client.other();
        (self.halves[self.client].syn_seen || self.halves[server].syn_ack_seen).then_some(server)
    }
    /// One direction.
    #[must_use]
    pub fn half(&self, side: Side) -> &Half {
        &self.halves[side]
    }
    /// One direction's stream.
    pub fn stream_mut(&mut self, side: Side) -> &mut Stream {
        &mut self.halves[side].stream
    }
    /// One end.
    #[must_use]
    pub fn end(&self, side: Side) -> &End {
        &self.ends[side]
    }
    /// Times of the handshake.
    #[must_use]
    pub fn handshake(&self) -> Handshake {
        self.handshake
    }
    /// First and last segment.
    #[must_use]
    pub fn times(&self) -> (Timestamp, Timestamp) {
        (self.first, self.last)
    }
    /// The handshake was not captured.
    #[must_use]
    pub fn is_midstream(&self) -> bool {
        self.midstream
    }
    /// Both ends sent a SYN.
    #[must_use]
    pub fn is_simultaneous_open(&self) -> bool {
        self.simultaneous_open
    }
    /// The ends had another connection before with the same ports.
    #[must_use]
    pub fn is_reused(&self) -> bool {
        self.reused
    }
    /// Segments with a proven bad checksum.
    #[must_use]
    pub fn bad_checksums(&self) -> u32 {
        self.bad_checksums
    }
    /// Second copies of the same frame.
    #[must_use]
    pub fn duplicates(&self) -> u32 {
        self.duplicates
    }
    /// Those of them that the capture may have made: their receiver did not report them.
    #[must_use]
    pub fn captured_twice(&self) -> u32 {
        self.duplicates.saturating_sub(self.doubled_on_the_way)
    }

    /// States, client first.
    #[must_use]
    pub fn states(&self) -> [Known; 2] {
        [self.ends[self.client].known(), self.ends[self.client.other()].known()]
    }

    /// An ICMP error about delivery quotes a segment of `side` with this sequence number: if it is the SYN, that did not
    /// arrive. It changes no state: a host goes on trying (a soft error, RFC 9293 section 3.9.2.2).
    pub fn note_icmp_error(&mut self, side: Side, seq: u32, error: IcmpError) {
        if self.halves[side].base == Some(seq) {
            self.icmp_error.get_or_insert_with(|| Box::new(error));
        }
    }

    /// The ICMP error that answered the attempt to open the connection, where nothing else did.
    #[must_use]
    pub fn icmp_error(&self) -> Option<&IcmpError> {
        self.icmp_error.as_deref().filter(|_| self.verdict() == Verdict::AttemptIcmp)
    }

    /// The SYN that opened the flow was parked: the next one tells of the ports.
    pub fn tell_reuse_later(&mut self) {
        self.reuse_untold = self.reused;
    }

    /// C28: an ICMP error said that a packet of `side` is too large for the path; it quotes the sequence number `seq`.
    pub fn path_shrank(&mut self, side: Side, seq: u32) {
        let half = &mut self.halves[side];
        let at = half.place(seq);
        // What is not outstanding cannot have met a router (RFC 5927 section 7.2).
        if at >= half.una && at < half.nxt {
            half.shrunk_until = half.nxt;
            half.shrunk_silently = false;
        }
    }

    /// The position of a raw number of `side`.
    #[must_use]
    pub fn position_of(&self, side: Side, raw: u32) -> Position {
        self.halves[side].place(raw)
    }

    /// The table replaced this flow by another incarnation.
    pub fn supersede(&mut self) {
        self.superseded = true;
    }

    /// Over: nothing but stragglers can come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.reset.is_some()
            || Side::both().into_iter().all(|side| {
                matches!(self.ends[side].known().state, State::Closed | State::TimeWait)
                    && self.ends[side].has_sent_fin()
            })
    }

    /// Both ends can send and receive.
    #[must_use]
    pub fn is_established(&self) -> bool {
        Side::both().into_iter().all(|side| self.ends[side].known().state == State::Established)
    }

    /// S24 and S23: whether `s` belongs to this incarnation.
    #[must_use]
    pub fn incarnation(&self, s: &Segment<'_>) -> Incarnation {
        let (x, y) = (s.from, s.from.other());
        if !s.flags.contains(Flags::SYN) || s.flags.contains(Flags::RST) {
            // S25: where the answers are not captured, the SYN's sender shows that it was answered.
            let goes_on = |orphan: &Orphan| orphan.from == x && s.seq == orphan.seq.wrapping_add(1);
            let answered =
                self.halves[y].packets == 0 && s.flags.contains(Flags::ACK) && !s.flags.contains(Flags::RST);
            let parked = self.orphan.filter(|orphan| answered && goes_on(orphan));
            return parked.map_or(Incarnation::Same, Incarnation::Superseded);
        }
        if s.flags.contains(Flags::ACK) {
            let answers = |orphan: &Orphan| orphan.from == y && s.ack == orphan.seq.wrapping_add(1);
            if let Some(orphan) = self.orphan.filter(answers) {
                return Incarnation::Superseded(orphan);
            }
            let known = self.halves[x].base.is_none_or(|base| base == s.seq)
                || self.halves[y].base.is_some_and(|base| base.wrapping_add(1) == s.ack);
            return if !known && self.is_over() { Incarnation::Next(None) } else { Incarnation::Same };
        }
        let same = self.halves[x].base == Some(s.seq);
        if self.is_over() && (!same || self.halves[x].syn_seen) && self.halves[x].packets > 0 {
            let parked = self.orphan.filter(|orphan| orphan.from == x && orphan.seq == s.seq);
            return Incarnation::Next(parked);
        }
        if self.ends[x].is_syn_sent() && self.halves[x].base.is_some_and(|base| base != s.seq) {
            return Incarnation::Next(None);
        }
        Incarnation::Same
    }

    /// What later segments told about earlier frames, since the last call.
    pub fn take_amendments(&mut self) -> Vec<Amendment> {
        std::mem::take(&mut self.amendments)
    }

    /// A later segment proves something about an earlier frame (C29).
    fn amend(&mut self, frame: u64, news: News) {
        self.amendments.push(Amendment { frame, news });
    }

    /// The flow is over: what did not come will not come.
    pub fn finish(&mut self) {
        for side in Side::both() {
            // S25: where nobody answers, nothing tells a loss in the network from one in the capture.
            if self.halves[side.other()].packets > 0 {
                self.close_holes(side, Closing::Lost, |_| true);
            }
        }
    }

    /// Applies one segment. `odd` says what is known against it before it is looked at.
    pub fn on_segment(&mut self, s: &Segment<'_>, odd: Option<Odd>) -> Step {
        let mut step = Step { from: s.from, ..Step::default() };
        if odd == Some(Odd::BadChecksum) {
            // S19: it changes nothing.
            self.bad_checksums = self.bad_checksums.saturating_add(1);
            step.labels.add(Label::BadChecksum);
            (step.seq, step.ack) = self.place(s);
        } else if let Some(Odd::SecondCopy(again)) = odd
            && self.is_second_copy(s, again)
        {
            self.take_second_copy(s, again, &mut step);
        } else {
            self.last = s.time;
            step.own_reset = self.reset.as_ref().map(|reset| reset.by == s.from);
            self.note_sender(s);
            self.halves[s.from].packets += 1;
            self.halves[s.from].payload += u64::from(s.len);
            let una = self.halves[s.from.other()].una;
            if s.flags.contains(Flags::RST) {
                self.on_rst(s, &mut step);
            } else if s.flags.contains(Flags::SYN.union(Flags::ACK)) {
                self.on_syn_ack(s, &mut step);
            } else if s.flags.contains(Flags::SYN) {
                self.on_syn(s, &mut step);
            } else {
                self.on_other(s, &mut step);
            }
            self.note_congestion(s, &mut step);
            self.note_passed(s, &step);
            self.measure(s, una, &mut step);
        }
        self.count_unanswered(&step);
        self.previous = s.time.as_nanos();
        step.states = self.states();
        if let Some(timing) = &mut self.timing {
            timing.observe(s, &step, &self.halves, self.client, self.midstream, &self.amendments);
        }
        step
    }

    /// How many of the first packets of `side` took the next number, and of how many; as long as there are few.
    #[must_use]
    pub fn first_steps(&self, side: Side) -> Option<(u32, u32)> {
        self.halves[side].sender.ids.first_steps()
    }

    /// The newest identification before this segment, how many were skipped, and since when in ns; if any were.
    #[must_use]
    pub fn skips_ids(&self, s: &Segment<'_>) -> Option<(u16, u32, i64)> {
        let ids = &self.halves[s.from].sender.ids;
        let count =
            s.ip_id.filter(|_| s.len > 0).and_then(|id| ids.skipped(id)).filter(|&count| count > 0)?;
        Some((ids.newest?, count, ids.newest_at))
    }

    /// The identifications of `side` come from a counter that other flows use too.
    pub fn share_ids(&mut self, side: Side) {
        self.halves[side].sender.ids.share();
    }

    /// Whether the host of `side` numbers each segment in its other flows, if that is known.
    pub fn borrow_habit(&mut self, side: Side, habit: Option<bool>) {
        self.halves[side].sender.ids.borrow_habit(habit);
    }

    /// What follows every segment, whatever it was: who owes an acknowledgment for it, which number it used.
    fn note_passed(&mut self, s: &Segment<'_>, step: &Step) {
        let takes_space = s.len > 0 || s.flags.intersects(Flags::SYN.union(Flags::FIN));
        if takes_space || step.labels.has(Label::OldSeqAck) {
            let peer = &mut self.halves[s.from.other()];
            peer.owes_acks = peer.owes_acks.saturating_add(1);
        }
        // As long as the news of a loss takes at least (C25).
        let full = self.halves[s.from].rtt.zip(self.halves[s.from.other()].rtt);
        let quiet = full.map_or(i64::MAX, |(a, b)| a.saturating_add(b) / 10 * 9);
        let half = &mut self.halves[s.from];
        half.awaits = match () {
            () if step.labels.has(Label::KeepAlive) => Some(Awaited::KeepAlive),
            () if step.labels.has(Label::ZeroWindowProbe) => Some(Awaited::WindowProbe),
            () if step.labels.has(Label::RstInWindow) || step.labels.has(Label::OrphanSyn) => {
                Some(Awaited::Challenge)
            }
            () => None,
        };
        half.owes_acks = 0;
        let size = half.segment_size();
        if s.len <= half.mss.map_or(u32::MAX, u32::from) {
            half.largest = half.largest.max(s.len);
        }
        if let Some(id) = s.ip_id.filter(|_| !s.flags.contains(Flags::RST)) {
            let segments = u16::try_from(s.len.div_ceil(size)).unwrap_or(u16::MAX);
            half.sender.ids.note(id, segments.max(1), s.time.as_nanos(), quiet);
        }
    }

    /// What every segment tells of its sender, whatever it is: its clock and how it numbers its packets.
    fn note_sender(&mut self, s: &Segment<'_>) {
        let (x, y) = (s.from, s.from.other());
        let now = s.time.as_nanos();
        if !s.flags.contains(Flags::RST) {
            self.halves[x].hop_limit.get_or_insert(s.hop_limit);
        }
        if let Some((tsval, tsecr)) = s.options.timestamps {
            if s.flags.contains(Flags::ACK)
                && let Some(rtt) = self.halves[y].sender.echoed(tsecr, now)
            {
                self.halves[x].sample(rtt);
            }
            self.halves[x].sender.stamp(tsval, now);
        }
    }

    /// Positions of the segment's two numbers. Without the flag that of the acknowledgment means nothing.
    fn place(&self, s: &Segment<'_>) -> (Position, Position) {
        let (own, peer) = (&self.halves[s.from], &self.halves[s.from.other()]);
        let acks = s.flags.contains(Flags::ACK);
        (own.place(s.seq), if acks { peer.place(s.ack) } else { own.ackmax })
    }

    fn on_other(&mut self, s: &Segment<'_>, step: &mut Step) {
        let (x, y) = (s.from, s.from.other());
        self.begin_midstream(s);
        if !s.flags.contains(Flags::ACK) {
            (step.seq, step.ack) = self.place(s);
            step.labels.add(Label::NoAck);
            return;
        }
        if self.halves[y].other_isn == Some(s.ack.wrapping_sub(1))
            && !self.ends[x].is_certainly_synchronized()
        {
            self.adopt_other_isn(y);
        }
        let (seq, ack) = self.place(s);
        (step.seq, step.ack) = (seq, ack);
        let allowed = self.halves[x].edgemax.max(self.halves[y].nxt).saturating_add(SANE_ACK);
        if (seq - self.halves[x].nxt).abs() > SANE || ack > allowed {
            step.labels.add(Label::Insane);
            return;
        }
        self.withdraw_unseen_fin(x);
        if ack > self.halves[y].una {
            self.withdraw_unseen_fin(y);
        }
        let fin = s.flags.contains(Flags::FIN);
        let end = seq + Position::from(s.len) + Position::from(fin);
        if s.flags.contains(Flags::URG) {
            step.labels.add(Label::Urgent);
        }
        self.doubt_reset(s, ack, end, step);
        if s.len > 0 && self.ends[y].is_closed() {
            step.labels.add(Label::DataAfterClose);
        }
        let live = self.reset.is_none();
        let (acked_before, fin_before) = (self.halves[y].una, self.halves[x].fin.is_some());
        if live {
            self.open_by_ack(s, ack);
        }
        let advance = ack - self.halves[x].ackmax;
        if advance < 0 {
            step.labels.add(Label::StaleAck);
        } else {
            self.take_feedback(s, seq, ack, step);
        }
        if advance > 0 {
            self.halves[x].acked_one = advance == 1;
        }
        if live {
            self.acks_fin(x, ack, s.time);
        }
        self.note_gap(s, seq, step);
        let probe = end > seq && {
            self.take_space(s, seq, end, step);
            step.labels.has(Label::ZeroWindowProbe) || step.labels.has(Label::KeepAlive)
        };
        if fin && !probe {
            self.take_fin(s, ack, end - 1, live, step);
        }
        if !probe && !step.labels.has(Label::DataAfterFin) {
            self.halves[x].nxt = self.halves[x].nxt.max(end);
        }
        self.infer_unseen_fin(y, fin && !fin_before);
        if live {
            // A FIN that withdrew is not inferred anew from a segment that brings nothing.
            let news = [(x, end > seq), (y, self.halves[y].una > acked_before || fin && !fin_before)];
            for (side, _) in news.into_iter().filter(|news| news.1) {
                let half = &self.halves[side];
                if half.fin.is_some_and(|fin| half.contiguous() >= fin) {
                    self.ends[side.other()].may_have_received_fin();
                }
            }
        }
    }

    /// Nothing is outstanding.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        // A SYN and nothing else: of a flood of them nobody waits for an answer.
        let lone = self.halves.0.iter().map(|half| half.packets).sum::<u64>() == 1
            && self.halves.0.iter().all(|half| half.nxt <= 1 && half.fast_open.is_none());
        lone || self.halves.0.iter().all(|half| half.una >= half.nxt)
    }

    /// Nothing is missing, and nothing is kept that waits for the next segment: it can be packed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let whole = |half: &Half| {
            half.holes.is_empty() && half.probe.is_none() && half.accepted.is_none() && half.stream.is_plain()
        };
        self.orphan.is_none() && self.amendments.is_empty() && self.halves.0.iter().all(whole)
    }

    /// Forgets what was sent long ago and answered.
    pub fn forget_oldest(&mut self) {
        for half in self.halves.0.iter_mut().filter(|half| half.una >= half.nxt) {
            half.sender.forget_oldest();
            half.doubled = Vec::new();
        }
    }

    /// The flow is told that the time is `now`.
    pub fn expire(&mut self, now: Timestamp) {
        if now.nanos_since(self.last) >= TWO_MSL {
            let both_closed = Side::both().into_iter().all(|side| self.ends[side].has_sent_fin());
            for side in Side::both() {
                self.ends[side].expire(both_closed && self.reset.is_none());
            }
        }
    }
}

impl Side {
    /// Both ends.
    #[must_use]
    pub const fn both() -> [Self; 2] {
        [Self::Low, Self::High]
    }
}
