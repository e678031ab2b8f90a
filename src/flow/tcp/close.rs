//! How a connection ends: FIN and RST (docs/tcp-analysis.md, S11 to S14, S20).

use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::transport::tcp::Flags;

use super::cause::Blame;
use super::evidence::News;
use super::label::Label;
use super::open::RULE_RESET_ZERO;
use super::{Reset, Segment, Side, Step, Tcp};
use crate::flow::seq::Position;
use crate::flow::state::Proof;

/// A reset that the peer goes on after this long, in ns, was not honoured (S20).
const RESET_PATIENCE: i64 = 10_000_000;

impl Tcp {
    pub(super) fn on_rst(&mut self, s: &Segment<'_>, step: &mut Step) {
        let (x, y) = (s.from, s.from.other());
        step.labels.add(Label::Rst);
        if self.halves[x].base.is_none() && self.halves[y].base.is_none() {
            // A lone reset: nothing is known of the connection that it ended.
            self.midstream = true;
            self.halves[x].base = Some(s.seq.wrapping_sub(1));
            if s.flags.contains(Flags::ACK) && s.seq == 0 {
                self.claim_client(y, RULE_RESET_ZERO);
            }
        }
        (step.seq, step.ack) = self.place(s);
        match self.reset_class(s, step.seq) {
            Label::RstOutOfWindow => step.labels.add(Label::RstOutOfWindow),
            Label::RstInWindow => step.labels.add(Label::RstInWindow),
            _ => {
                if let (Some(syn), 1, None) =
                    (self.handshake.syn, self.halves[y].syns, self.handshake.syn_ack)
                {
                    // T1: it answers the SYN.
                    self.halves[x].sample(s.time.nanos_since(syn));
                }
                let over = |side: Side| self.ends[side].has_fin_acked() != Proof::No;
                let after_close = over(x) && over(y);
                if let Some(reset) = &mut self.reset {
                    if reset.by == x {
                        reset.newest = (s.frame, s.time);
                    }
                } else {
                    self.reset = Some(Box::new(Reset {
                        by: x,
                        time: s.time,
                        frame: s.frame,
                        newest: (s.frame, s.time),
                        before: self.ends,
                        in_handshake: self.ends[self.client.other()].is_syn_received()
                            || !self.ends[self.client.other()].is_synchronized(),
                        after_close,
                    }));
                }
                if after_close {
                    step.labels.add(Label::RstAfterClose);
                }
                self.ends[x].reset(true);
                self.ends[y].reset(false);
            }
        }
    }

    /// S20: `Rst` if it is effective, else why not.
    pub(super) fn reset_class(&self, s: &Segment<'_>, at: Position) -> Label {
        let (x, y) = (s.from, s.from.other());
        if self.ends[y].is_syn_sent() {
            let ack = self.halves[y].place(s.ack);
            let valid = s.flags.contains(Flags::ACK) && ack >= 1 && ack <= self.halves[y].nxt.max(1);
            return if valid { Label::Rst } else { Label::RstOutOfWindow };
        }
        let (lo, hi) = (self.halves[y].ackmax, self.halves[x].nxt);
        if self.halves[y].packets == 0 || self.halves[x].packets <= 1 && self.midstream {
            return Label::Rst;
        }
        let short = self.halves[x].fin.is_some() && at == lo - 1;
        // The right edge of its receiver's SACK blocks lies in between.
        if at >= lo.min(hi) && at <= lo.max(hi) || short {
            return Label::Rst;
        }
        let window = Position::try_from(self.halves[y].window).unwrap_or(0);
        if at >= lo && at < lo.saturating_add(window) { Label::RstInWindow } else { Label::RstOutOfWindow }
    }

    /// S20: an effective reset that its sender ignores, or that the peer goes on after, was forged or lost.
    pub(super) fn doubt_reset(&mut self, s: &Segment<'_>, ack: Position, end: Position, step: &mut Step) {
        let Some(reset) = self.reset.as_ref() else { return };
        if reset.after_close {
            return;
        }
        let half = &self.halves[s.from];
        let refuted = if s.from == reset.by {
            true
        } else {
            let patience = patience(half.rtt);
            let goes_on = s.len > 0 && end > half.nxt || ack > half.ackmax;
            goes_on && s.time.nanos_since(reset.time) > patience
        };
        if refuted && let Some(reset) = self.reset.take() {
            self.ends = reset.before;
            step.labels.add(Label::RstNotHonoured);
            step.own_reset = None;
        }
    }

    /// S12: an acknowledgment that covers the peer's FIN.
    pub(super) fn acks_fin(&mut self, x: Side, ack: Position, time: Timestamp) {
        let y = x.other();
        if self.halves[y].fin.is_some_and(|fin| ack > fin) {
            self.halves[y].fin_ack_passed.get_or_insert(time.as_nanos());
            self.ends[x].received_fin();
            self.ends[y].may_have_fin_acked();
            if self.halves[y].fin_acks_fin {
                self.ends[x].fin_is_acked();
            }
        }
    }

    /// S1: a FIN of the end that was reset shows that the reset had not reached it yet; one that comes long after it, that
    /// the reset never did (S20).
    fn close_before_reset(&mut self, x: Side, time: Timestamp, covers: bool, step: &mut Step) {
        let patience = patience(self.halves[x].rtt);
        let Some(reset) = self.reset.as_mut().filter(|reset| reset.by != x && !reset.after_close) else {
            return;
        };
        let end = &mut reset.before[x];
        end.fin(covers);
        let (first, newest) = (reset.frame, reset.newest);
        let was_lost = time.nanos_since(newest.1) > patience;
        self.ends[x] = *end;
        if !was_lost {
            self.ends[x].reset(false);
            return;
        }
        if !step.proofs.is_empty() {
            step.blame = Some(Blame::AckLost);
        }
        self.amend(first, News::Lost);
        if newest.0 != first {
            self.amend(newest.0, News::Lost);
        }
    }

    /// S25: of an end that was not captured, acknowledgments count bytes and the FIN alike. Once the other has closed
    /// too, a last step of one is the FIN. `closes`: it closes now, and if the step was before, it knew of that FIN.
    pub(super) fn infer_unseen_fin(&mut self, unseen: Side, closes: bool) {
        let seen = unseen.other();
        let peer = &self.halves[seen];
        let closed = peer.fin.is_some() && peer.acked_one;
        let half = &mut self.halves[unseen];
        if half.fin_unseen || !closed || half.packets > 0 || half.una <= 1 {
            return;
        }
        half.fin_unseen = true;
        half.stream.end_at(half.una - 1);
        self.ends[unseen].fin(!closes);
        self.ends[unseen].may_have_fin_acked();
        self.ends[seen].may_have_received_fin();
        if closes {
            self.ends[seen].may_have_closed_second();
        } else {
            self.ends[seen].may_have_fin_acked();
        }
    }

    /// S25: what was taken for the FIN of `unseen` was none: more is acknowledged, or it is captured after all.
    pub(super) fn withdraw_unseen_fin(&mut self, unseen: Side) {
        let half = &mut self.halves[unseen];
        if std::mem::take(&mut half.fin_unseen) {
            half.stream.goes_on();
        }
    }

    /// S11 and S13.
    pub(super) fn take_fin(
        &mut self,
        s: &Segment<'_>,
        ack: Position,
        at: Position,
        live: bool,
        step: &mut Step,
    ) {
        let (x, y) = (s.from, s.from.other());
        step.labels.add(Label::Fin);
        let covers = self.halves[y].fin.is_some_and(|fin| ack > fin);
        let half = &mut self.halves[x];
        half.fin_acks_fin |= covers;
        if half.fin.is_some() && !live {
            self.close_before_reset(x, s.time, covers, step);
            return;
        }
        if half.fin.is_some() {
            // A copy that left before the acknowledgment could reach its sender says nothing about it.
            let unaware = match (half.fin_ack_passed, half.rtt) {
                (Some(passed), Some(rtt)) => s.time.as_nanos().saturating_sub(passed) < rtt,
                _ => false,
            };
            if !unaware {
                if self.halves[y].fin.is_some() && !covers {
                    // S11: the peer's FIN would be acknowledged by now, had it arrived.
                    self.ends[x].had_not_received_fin();
                }
                self.ends[x].fin_again();
            }
            return;
        }
        half.fin = Some(at);
        half.stream.end_at(at);
        if !live {
            self.close_before_reset(x, s.time, covers, step);
            return;
        }
        if self.halves[y].fin.is_some() && !covers {
            self.ends[x].had_not_received_fin();
        }
        self.ends[x].fin(covers);
    }
}

/// How long after a reset what its receiver sends may have crossed it, in ns.
fn patience(rtt: Option<i64>) -> i64 {
    rtt.map_or(RESET_PATIENCE, |rtt| rtt.saturating_mul(2).max(RESET_PATIENCE))
}
