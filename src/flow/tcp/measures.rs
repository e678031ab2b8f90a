//! Numbers that a segment and its flow give: what it acknowledges and how long that took, what it repeats, what is in
//! flight (docs/tcp-analysis.md, Q6, T1, T2).

use netdissect_dissectors::transport::tcp::Flags;

use super::label::Label;
use super::sent::Copy;
use super::{Segment, Step, Tcp};
use crate::flow::seq::Position;

/// An earlier frame that a segment refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// The frame.
    pub frame: u64,
    /// Nanoseconds since then.
    pub nanos: i64,
}

/// Payload bytes of a copy, by what had become of them before it passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repeats {
    /// Sent before.
    pub bytes: u32,
    /// Of them, never passed here: lost before this point.
    pub unseen: u32,
    /// Of them, not needed: they had arrived, or nothing can have told of a loss.
    pub spared: u32,
}

impl Repeats {
    /// So many more were not needed.
    pub(super) fn spare(&mut self, bytes: u32) {
        self.spared = self.spared.saturating_add(bytes).min(self.bytes);
    }

    /// Bytes that had to be sent again.
    #[must_use]
    pub const fn lost(self) -> u32 {
        self.bytes.saturating_sub(self.spared)
    }

    /// Of them, the ones that had passed here: lost beyond this point.
    #[must_use]
    pub const fn lost_beyond(self) -> u32 {
        self.lost().saturating_sub(self.unseen)
    }
}

/// Numbers of one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// The newest frame that it acknowledges first, as it was last sent or as its echo tells.
    pub acks: Option<Back>,
    /// The time since that frame is a round trip: nothing was sent twice that could have been answered instead (T2).
    pub is_round_trip: bool,
    /// Where its first byte was sent before.
    pub again: Option<Back>,
    /// Bytes that its sender has in flight after it, as seen here (Q6); 0 if it carries none.
    pub in_flight: u32,
    /// Round trip of the handshake in ns, once it is known (T1).
    pub initial_rtt: Option<i64>,
}

impl Tcp {
    /// Measures the segment that was just applied; `una` is how far its sender had acknowledged before.
    pub(super) fn measure(&mut self, s: &Segment<'_>, una: Position, step: &mut Step) {
        self.measure_handshake(s, step);
        step.measures.initial_rtt = self.initial_rtt;
        self.measure_ack(s, una, step);
        let now = s.time.as_nanos();
        let own = &self.halves[s.from];
        if step.labels.has(Label::Retransmission) {
            let first =
                own.sender.sent.over(step.seq, step.seq.saturating_add(1)).next().map(|sent| sent.first);
            step.measures.again = first
                .filter(|first| first.frame != s.frame)
                .map(|first| Back { frame: first.frame, nanos: now.saturating_sub(first.time) });
        }
        if s.len > 0 {
            let una = own.una.max(1);
            let sacked = own.sender.scoreboard.count(una, Position::MAX / 2);
            let fin = Position::from(own.fin.is_some_and(|fin| fin >= una && fin < own.nxt));
            let bytes = own.nxt.saturating_sub(una).saturating_sub(sacked).saturating_sub(fin);
            step.measures.in_flight = u32::try_from(bytes).unwrap_or(0);
        }
    }

    /// T1: the client's first segment after the only SYN+ACK for the only SYN, before any data of the server.
    fn measure_handshake(&mut self, s: &Segment<'_>, step: &Step) {
        let (server, client) = (&self.halves[s.from.other()], &self.halves[s.from]);
        let confirms = s.from == self.client
            && self.handshake.ack == Some(s.time)
            && step.ack == 1
            && server.nxt == 1
            && (client.syns, server.syns) == (1, 1)
            && !s.flags.contains(Flags::RST);
        if let (None, true, Some(syn)) = (self.initial_rtt, confirms, self.handshake.syn) {
            self.initial_rtt = Some(s.time.nanos_since(syn));
        }
    }

    fn measure_ack(&self, s: &Segment<'_>, una: Position, step: &mut Step) {
        let peer = &self.halves[s.from.other()];
        if peer.una <= una {
            return;
        }
        let now = s.time.as_nanos();
        let mut sent_after = i64::MIN;
        let mut newest = None;
        for sent in peer.sender.sent.over(una, peer.una) {
            if let Some(before) = newest.replace(sent) {
                sent_after = sent_after.max(before.last.time);
            }
        }
        if let Some(newest) = newest.filter(|newest| newest.to == peer.una) {
            // An echo tells which of the copies it was (RFC 7323 section 4.3).
            let echoes = |copy: &Copy| s.options.timestamps.is_some_and(|ts| copy.tsval == Some(ts.1));
            let is_first = echoes(&newest.first) && !echoes(&newest.last);
            let sent = if is_first { newest.first } else { newest.last };
            step.measures.acks = Some(Back { frame: sent.frame, nanos: now.saturating_sub(sent.time) });
            step.measures.is_round_trip =
                newest.copies == 1 && newest.sacked.is_none() && sent_after <= newest.first.time;
        }
    }
}
