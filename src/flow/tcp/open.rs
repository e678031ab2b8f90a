//! How a connection begins: SYN, SYN+ACK, fast open, and captures that begin later (docs/tcp-analysis.md, S2 to S8, S21
//! to S23).

use netdissect_dissectors::facts::Scale;
use netdissect_dissectors::transport::tcp::Flags;

use super::cause::{Cause, Proofs};
use super::evidence::News;
use super::label::Label;
use super::sent::Copy;
use super::{Awaited, Orphan, Segment, Side, Step, Tcp};
use crate::flow::key::Pair;
use crate::flow::ranges::Ranges;
use crate::flow::seq::Position;
use crate::flow::service::{Role, is_service, role};
use crate::flow::stream::Stream;

/// A SYN+ACK this long after its SYN is no first one, in ns: nine tenths of the first time-out (RFC 6298).
const SYNACK_TIMEOUT: i64 = 900_000_000;

/// S22: the client is whoever gets a reset that acknowledges it and has the number 0.
pub(super) const RULE_RESET_ZERO: u8 = 3;

impl Tcp {
    pub(super) fn claim_client(&mut self, side: Side, rule: u8) {
        if rule < self.client_rule {
            self.client = side;
            self.client_rule = rule;
        }
    }

    pub(super) fn on_syn(&mut self, s: &Segment<'_>, step: &mut Step) {
        let (x, y) = (s.from, s.from.other());
        step.labels.add(Label::Syn);
        if std::mem::take(&mut self.reuse_untold) {
            step.labels.add(Label::PortReused);
        }
        let half = &mut self.halves[x];
        match half.base {
            Some(base) if base != s.seq => {
                step.labels.add(Label::OrphanSyn);
                self.orphan = Some(Orphan {
                    frame: s.frame,
                    time: s.time,
                    from: x,
                    seq: s.seq,
                    window: s.window,
                    options: s.options,
                });
                return;
            }
            Some(_) if half.syn_seen => {
                step.labels.add(Label::Retransmission);
                step.cause = Some(Cause::Syn);
                half.sender.sent.record(0, 1, Copy::of(s));
                half.syns = half.syns.saturating_add(1);
                if !self.ends[x].is_synchronized() {
                    self.handshake.syn = Some(s.time);
                }
                return;
            }
            _ => {}
        }
        let late = half.base.is_some();
        half.base = Some(s.seq);
        half.syn_seen = true;
        half.syns = 1;
        half.nxt = half.nxt.max(1);
        half.seen.add(0, 1);
        half.sender.sent.record(0, 1, Copy::of(s));
        half.stream.start(1);
        half.note_syn(s);
        self.settle_scales();
        let half = &mut self.halves[x];
        if s.len > 0 {
            half.fast_open = Some(s.payload.into());
            step.offers = true;
            half.nxt = half.nxt.max(1 + Position::from(s.len));
        }
        self.handshake.syn.get_or_insert(s.time);
        if late {
            // The SYN+ACK was recorded before it; the states are there already.
            self.claim_client(x, 1);
            self.midstream = false;
            return;
        }
        self.ends[x].syn_sent();
        if self.ends[y].is_syn_sent() {
            // S3: the SYNs cross.
            self.simultaneous_open = true;
            step.labels.add(Label::SimultaneousOpen);
            self.ends[x].may_receive_syn();
            self.ends[y].may_receive_syn();
        } else {
            self.claim_client(x, 1);
            self.ends[y].may_listen();
        }
    }

    pub(super) fn on_syn_ack(&mut self, s: &Segment<'_>, step: &mut Step) {
        let (x, y) = (s.from, s.from.other());
        step.labels.add(Label::SynAck);
        if self.halves[y].base.is_none() {
            // The SYN was not captured.
            self.claim_client(y, 2);
            if self.reused {
                step.labels.add(Label::SynUnseen);
            }
            let half = &mut self.halves[y];
            half.base = Some(s.ack.wrapping_sub(1));
            half.nxt = 1;
            half.stream.start(1);
            self.ends[y].may_have_sent_syn();
        }
        let ack = self.halves[y].place(s.ack);
        step.ack = ack;
        if ack < 1 || ack > self.halves[y].nxt.max(1) {
            step.labels.add(Label::Insane);
            return;
        }
        match self.halves[x].base {
            Some(base) if base != s.seq => {
                // S23: the number that the client acknowledges first wins.
                if !self.ends[y].is_certainly_synchronized() {
                    self.halves[x].other_isn = Some(s.seq);
                }
                step.labels.add(Label::OtherIsn);
                return;
            }
            Some(_) if self.halves[x].syn_ack_seen => {
                step.labels.add(Label::Retransmission);
                step.cause = Some(Cause::SynAck);
                if self.is_beside_receiver(x) {
                    step.proofs.add(Proofs::SEEN);
                }
                self.echoed_syn(y, s);
                self.halves[x].sender.sent.record(0, 1, Copy::of(s));
                self.halves[x].syns = self.halves[x].syns.saturating_add(1);
                // One that left before the third segment could arrive says nothing about it.
                let crossed = match (self.handshake.ack, self.halves[x].rtt) {
                    (Some(ack), Some(rtt)) => s.time.nanos_since(ack) < rtt,
                    _ => false,
                };
                if !self.ends[x].is_certainly_synchronized() && !crossed {
                    self.ends[x].syn_ack_sent();
                    self.handshake.syn_ack = Some(s.time);
                }
                return;
            }
            _ => {}
        }
        let opened_too = self.halves[x].syn_seen;
        let half = &mut self.halves[x];
        half.base = Some(s.seq);
        half.syn_ack_seen = true;
        if !opened_too {
            half.syns = 1;
            half.sender.sent.record(0, 1, Copy::of(s));
        }
        half.nxt = half.nxt.max(1 + Position::from(s.len));
        half.seen.add(0, 1);
        half.stream.start(1);
        half.note_syn(s);
        self.settle_options();
        self.synack_was_late(y, s, step);
        self.handshake.syn_ack.get_or_insert(s.time);
        if let (Some(syn), 1, 1) = (self.handshake.syn, self.halves[x].syns, self.halves[y].syns) {
            self.halves[x].sample(s.time.nanos_since(syn));
        }
        self.answer_fast_open(y, ack, step);
        self.acknowledge(s, ack, step);
        if !self.ends[x].is_certainly_synchronized() {
            self.ends[x].may_listen();
            self.ends[x].syn_ack_sent();
        }
        if opened_too && self.ends[y].is_syn_received() && self.halves[y].syn_ack_seen {
            // S5: both have sent it; no third ACK is needed.
            self.ends[x].may_be_established();
        }
        self.ends[y].may_be_established();
        if s.len > 0 {
            step.payload_at = Some(1);
        }
    }

    /// C10, `echo`: a SYN+ACK that echoes an earlier SYN than the last proves that the last was not needed.
    fn echoed_syn(&mut self, y: Side, s: &Segment<'_>) {
        let Some((_, echo)) = s.options.timestamps else { return };
        let copy = self.halves[y].sender.sent.over(0, 1).find(|syn| syn.copies > 1).map(|syn| syn.last);
        if let Some(Copy { frame, tsval: Some(own), .. }) = copy
            && echo.wrapping_sub(own).cast_signed() < 0
        {
            self.amend(frame, News::Redundant(Proofs::ECHO));
        }
    }

    /// C10: a SYN+ACK that comes a time-out after the SYN that it echoes was sent before.
    fn synack_was_late(&mut self, y: Side, s: &Segment<'_>, step: &mut Step) {
        let Some((_, echo)) = s.options.timestamps else { return };
        let syn = self.halves[y].sender.sent.over(0, 1).next().map(|syn| syn.first);
        let echoed = syn.filter(|syn| syn.tsval == Some(echo));
        if echoed.is_some_and(|syn| s.time.as_nanos().saturating_sub(syn.time) >= SYNACK_TIMEOUT) {
            step.labels.add(Label::Retransmission);
            step.labels.add(Label::UnseenOriginal);
            step.cause = Some(Cause::SynAck);
            self.echoed_syn(y, s);
        }
    }

    /// C2: whether the SYN's data was taken.
    pub(super) fn answer_fast_open(&mut self, y: Side, ack: Position, step: &mut Step) {
        let half = &mut self.halves[y];
        if half.fast_open.is_none() {
            return;
        }
        if ack > 1 {
            self.fast_open = true;
            step.labels.add(Label::FastOpenAccepted);
            step.accepts = true;
            half.accepted = half.fast_open.take().map(|bytes| (1, bytes));
            half.seen.add(1, half.nxt);
            let syn = half.sender.sent.over(0, 1).next().copied();
            if let Some(syn) = syn {
                half.sender.sent.record(1, half.nxt, syn.first);
                if syn.copies > 1 {
                    half.sender.sent.was_sent_before(1, half.nxt);
                }
            }
        } else {
            step.labels.add(Label::FastOpenIgnored);
            half.syn_data_until = half.nxt;
            half.nxt = 1;
            half.fast_open = None;
        }
    }

    /// Payload of `side` that counts only since it was acknowledged, and its position; once.
    pub fn take_accepted(&mut self, side: Side) -> Option<(Position, Box<[u8]>)> {
        self.halves[side].accepted.take()
    }

    /// S21 and S6 where the handshake, or a part of it, was not captured.
    pub(super) fn begin_midstream(&mut self, s: &Segment<'_>) {
        let (x, y) = (s.from, s.from.other());
        if self.client_rule > 6
            && let Some(client) = hinted(s)
        {
            self.claim_client(client, 6);
        }
        if self.halves[x].base.is_none() && self.halves[y].base.is_none() {
            self.midstream = true;
            self.ends[x].may_be_established();
            self.ends[y].may_be_established();
        }
        let half = &mut self.halves[x];
        if half.base.is_none() {
            half.base = Some(s.seq.wrapping_sub(1));
            half.nxt = 1;
            half.una = 1;
            half.stream.start(1);
        }
        let half = &mut self.halves[y];
        if half.base.is_none() && s.flags.contains(Flags::ACK) {
            half.base = Some(s.ack.wrapping_sub(1));
            half.nxt = 1;
            half.una = 1;
            half.stream.start(1);
        }
        self.began_with_keep_alive(s);
    }

    /// S21: the first captured segment was a keep-alive, if the answer acknowledges one position more. With a byte in it
    /// that is what data of one byte would look like too, and data it is taken for.
    fn began_with_keep_alive(&mut self, s: &Segment<'_>) {
        let (x, y) = (s.from, s.from.other());
        let answers = self.midstream && self.halves[x].packets == 1;
        let half = &mut self.halves[y];
        let first_two = answers && (half.packets, half.payload) == (1, 0);
        if first_two && half.nxt == 1 && s.flags.contains(Flags::ACK) && half.place(s.ack) == 2 {
            half.base = half.base.map(|base| base.wrapping_add(1));
            half.awaits = Some(Awaited::KeepAlive);
            self.amend(self.first_frame, News::KeptAlive);
        }
    }

    pub(super) fn adopt_other_isn(&mut self, y: Side) {
        let half = &mut self.halves[y];
        half.base = half.other_isn.take();
        half.nxt = 1;
        half.una = 0;
        half.seen = Ranges::default();
        half.seen.add(0, 1);
        half.stream = Stream::default();
        half.stream.start(1);
    }

    /// S6, S7 and S8: what an acknowledgment proves of the handshake.
    pub(super) fn open_by_ack(&mut self, s: &Segment<'_>, ack: Position) {
        let (x, y) = (s.from, s.from.other());
        if ack < 1 {
            return;
        }
        let waits = self.ends[x].is_syn_received();
        if waits && self.fast_open && s.len > 0 && self.halves[y].ackmax < 1 {
            // S8: a server may send data before the third ACK.
            return;
        }
        if self.midstream {
            self.halves[x].new_data |= s.len > 1 || s.flags.contains(Flags::FIN);
            if self.halves[x].new_data && self.halves[y].new_data {
                self.ends[x].established();
                self.ends[y].established();
            }
            return;
        }
        if !self.ends[x].is_certainly_synchronized() {
            self.ends[x].established();
            if x == self.client && self.handshake.ack.is_none() {
                self.handshake.ack = Some(s.time);
                let clean = self.halves[x].syns == 1 && self.halves[y].syns == 1;
                if let (Some(syn_ack), true) = (self.handshake.syn_ack, clean) {
                    self.halves[x].sample(s.time.nanos_since(syn_ack));
                }
            }
        }
        if !self.ends[y].is_synchronized() {
            self.ends[y].may_be_established();
        }
    }

    /// Options that take both ends.
    pub(super) fn settle_options(&mut self) {
        let sack = Side::both().into_iter().all(|side| self.halves[side].sack_permitted);
        for side in Side::both() {
            self.halves[side].sack_permitted = sack;
        }
        self.settle_scales();
    }

    /// Q4: where one end does not offer it, none scales, whatever the other says.
    fn settle_scales(&mut self) {
        if Side::both().into_iter().any(|side| self.halves[side].scale == Some(Scale::None)) {
            for side in Side::both() {
                self.halves[side].scale = Some(Scale::None);
            }
        }
    }
}

/// S22, rule 6: the client, if the payload is one that only clients or only servers send.
fn hinted(s: &Segment<'_>) -> Option<Side> {
    role(s.payload).map(|role| if role == Role::Client { s.from } else { s.from.other() })
}

/// S22: the client, and the number of the rule that says so.
pub(super) fn who_is_client(pair: &Pair, s: &Segment<'_>) -> (Side, u8) {
    let (x, y) = (s.from, s.from.other());
    if s.flags.contains(Flags::SYN) && !s.flags.contains(Flags::RST) {
        return if s.flags.contains(Flags::ACK) { (y, 2) } else { (x, 1) };
    }
    if s.flags.contains(Flags::RST.union(Flags::ACK)) && s.seq == 0 {
        return (y, RULE_RESET_ZERO);
    }
    let port = |side: Side| pair.end(side).port;
    match (is_service(port(x)), is_service(port(y))) {
        (true, false) => return (y, 4),
        (false, true) => return (x, 4),
        _ => {}
    }
    match (port(x) >= 32768, port(y) >= 32768) {
        (true, false) => (x, 5),
        (false, true) => (y, 5),
        _ => hinted(s).map_or((x, 7), |client| (client, 6)),
    }
}
