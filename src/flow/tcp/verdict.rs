//! What became of a connection (docs/tcp-analysis.md, section 1.1).

use super::cause::Cause;
use super::label::Label;
use super::open::RULE_RESET_ZERO;
use super::{Side, Step, Tcp};
use crate::flow::state::Proof;

/// Tries without an answer that make a connection one that timed out.
const TRIES: u8 = 3;

/// The word for a whole connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// SYNs only.
    AttemptUnanswered,
    /// SYNs, answered by an ICMP error and nothing else.
    AttemptIcmp,
    /// A SYN, answered by a reset.
    Refused,
    /// A reset before the handshake was complete.
    AbortedHandshake,
    /// A SYN and a SYN+ACK, nothing more.
    HalfOpen,
    /// Open at the end of the capture.
    Established,
    /// Both FINs sent and acknowledged.
    ClosedNormal,
    /// Both FINs sent, the last acknowledgment not seen.
    Closing,
    /// Only the client sent a FIN.
    HalfClosedByClient,
    /// Only the server sent a FIN.
    HalfClosedByServer,
    /// The client reset it.
    ResetByClient,
    /// The server reset it.
    ResetByServer,
    /// What was sent went unanswered until its sender gave up, or the capture ended.
    TimedOut,
    /// No handshake captured; open.
    Midstream,
    /// No handshake captured; closed by FINs.
    MidstreamClosed,
    /// No handshake captured; reset.
    MidstreamReset,
    /// Answers to a SYN that is not in the capture, and nothing else.
    Backscatter,
    /// One direction only.
    OneWay,
    /// Replaced by another connection between the same ends.
    Superseded,
}

impl Verdict {
    /// An attempt to which no segment came back. That nothing of the server is there does not mean that the capture missed it.
    #[must_use]
    pub const fn is_attempt(self) -> bool {
        matches!(self, Self::AttemptUnanswered | Self::AttemptIcmp)
    }

    /// All there are.
    pub const ALL: [Self; Self::Superseded as usize + 1] = [
        Self::AttemptUnanswered,
        Self::AttemptIcmp,
        Self::Refused,
        Self::AbortedHandshake,
        Self::HalfOpen,
        Self::Established,
        Self::ClosedNormal,
        Self::Closing,
        Self::HalfClosedByClient,
        Self::HalfClosedByServer,
        Self::ResetByClient,
        Self::ResetByServer,
        Self::TimedOut,
        Self::Midstream,
        Self::MidstreamClosed,
        Self::MidstreamReset,
        Self::Backscatter,
        Self::OneWay,
        Self::Superseded,
    ];

    /// The word, as in `nd.tcp.verdict`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AttemptUnanswered => "attempt-unanswered",
            Self::AttemptIcmp => "attempt-icmp",
            Self::Refused => "refused",
            Self::AbortedHandshake => "aborted-handshake",
            Self::HalfOpen => "half-open",
            Self::Established => "established",
            Self::ClosedNormal => "closed-normal",
            Self::Closing => "closing",
            Self::HalfClosedByClient => "half-closed-by-C",
            Self::HalfClosedByServer => "half-closed-by-S",
            Self::ResetByClient => "reset-by-C",
            Self::ResetByServer => "reset-by-S",
            Self::TimedOut => "timed-out",
            Self::Midstream => "midstream",
            Self::MidstreamClosed => "midstream-closed",
            Self::MidstreamReset => "midstream-reset",
            Self::Backscatter => "backscatter",
            Self::OneWay => "one-way",
            Self::Superseded => "superseded",
        }
    }
}

impl Tcp {
    /// What became of it, as far as the capture goes.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.superseded {
            return Verdict::Superseded;
        }
        let (client, server) = (self.client, self.client.other());
        let syn = self.halves[client].syn_seen;
        let syn_ack = self.halves[server].syn_ack_seen || self.simultaneous_open;
        let fin = |side: Side| self.halves[side].fin.is_some();
        let acked = |side: Side| self.ends_before_reset(side) != Proof::No;
        let seen = |side: Side| self.halves[side].packets > 0;
        if let Some(reset) = self.reset.as_ref().filter(|reset| !reset.after_close) {
            // Whether anything but a SYN+ACK or a reset tells that there was a connection.
            let lived = match syn || syn_ack {
                true => reset.before[client].is_certainly_synchronized(),
                false => reset.before[client].is_synchronized(),
            };
            // RFC 9293 section 3.10.7.1: what resets a SYN has the number 0 and acknowledges it.
            let answers = syn_ack || self.client_rule == RULE_RESET_ZERO;
            return match () {
                () if answers && !syn && !lived && !self.carries_data() => Verdict::Backscatter,
                () if self.given_up().is_some() => Verdict::TimedOut,
                () if lived && !(seen(client) && seen(server)) => Verdict::OneWay,
                () if syn && !syn_ack && reset.by == server => Verdict::Refused,
                () if syn && (!syn_ack || reset.in_handshake) => Verdict::AbortedHandshake,
                () if !syn && !syn_ack => Verdict::MidstreamReset,
                () if reset.by == client => Verdict::ResetByClient,
                () => Verdict::ResetByServer,
            };
        }
        if !seen(client) || !seen(server) {
            return match () {
                () if syn && self.halves[client].packets == u64::from(self.halves[client].syns) => {
                    if self.icmp_error.is_some() { Verdict::AttemptIcmp } else { Verdict::AttemptUnanswered }
                }
                () if self.halves[server].packets == u64::from(self.halves[server].syns) && syn_ack => {
                    Verdict::Backscatter
                }
                () => Verdict::OneWay,
            };
        }
        if syn && syn_ack && self.halves[client].packets == u64::from(self.halves[client].syns) {
            return Verdict::HalfOpen;
        }
        let closed = fin(client) && fin(server) && acked(client) && acked(server);
        if !closed && self.given_up().is_some() {
            return Verdict::TimedOut;
        }
        match (fin(client), fin(server)) {
            (true, true) if closed => {
                if self.midstream {
                    Verdict::MidstreamClosed
                } else {
                    Verdict::ClosedNormal
                }
            }
            (true, true) => Verdict::Closing,
            (true, false) => Verdict::HalfClosedByClient,
            (false, true) => Verdict::HalfClosedByServer,
            (false, false) if self.midstream => Verdict::Midstream,
            (false, false) => Verdict::Established,
        }
    }

    /// Notes a try that the peer has not answered yet, or its answer.
    pub(super) fn count_unanswered(&mut self, step: &Step) {
        let has = |label| step.labels.has(label);
        if self.reset.is_some() || has(Label::BadChecksum) || has(Label::Duplicate) || has(Label::Insane) {
            return;
        }
        self.unanswered[step.from.other()] = 0;
        if has(Label::KeepAlive) || step.cause == Some(Cause::Rto) {
            let tries = &mut self.unanswered[step.from];
            *tries = tries.saturating_add(1);
        }
    }

    /// The end that tried in vain to the last, and how often: time-outs with back-off, or keep-alives.
    #[must_use]
    pub fn given_up(&self) -> Option<(Side, u8)> {
        let by = self.reset.as_ref().map(|reset| reset.by);
        let side = Side::both().into_iter().find(|&side| self.unanswered[side] >= TRIES)?;
        by.is_none_or(|by| by == side).then(|| (side, self.unanswered[side]))
    }

    fn ends_before_reset(&self, side: Side) -> Proof {
        self.reset.as_ref().map_or(&self.ends, |reset| &reset.before)[side].has_fin_acked()
    }

    fn carries_data(&self) -> bool {
        Side::both().into_iter().any(|side| self.halves[side].payload > 0)
    }
}
