//! One end's TCP state, derived from what was seen of it (docs/tcp-analysis.md, S1 and S16).
//!
//! A segment proves what state its sender is in. It only suggests what its receiver will become, because it may be
//! lost behind the observer; such a state is *inferred* until the end itself proves or refutes it.

use netdissect_dissectors::facts::{Known, State};
use serde::{Deserialize, Serialize};

/// How firmly a fact about an end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Proof {
    /// Not known to be so.
    #[default]
    No,
    /// Suggested by what was sent to this end.
    Inferred,
    /// Shown by what this end sent.
    Certain,
}

/// Where an end stands outside the synchronized states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Phase {
    #[default]
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Synchronized,
    /// Closed by a reset.
    Reset,
}

/// States passed through, oldest first. A connection passes eight at most; repeated withdrawals of a hostile one
/// stop being noted at the end of the array.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Path {
    states: [State; 14],
    len: u8,
}

impl Path {
    fn push(&mut self, state: State) {
        if let Some(place) = self.states.get_mut(usize::from(self.len)) {
            *place = state;
            self.len += 1;
        }
    }

    fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// The states.
    #[must_use]
    pub fn states(&self) -> &[State] {
        self.states.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct End {
    phase: Phase,
    certain: bool,
    fin_sent: bool,
    fin_received: Proof,
    fin_acked: Proof,
    /// Its first FIN acknowledged the peer's: it closed second (S16).
    knew: bool,
    expired: bool,
    path: Path,
}

impl End {
    /// An end of which nothing is known yet.
    #[must_use]
    pub fn closed() -> Self {
        Self { certain: true, ..Self::default() }
    }

    /// The state, and whether it is proven.
    #[must_use]
    pub fn known(&self) -> Known {
        let (state, certain) = match self.phase {
            Phase::Closed | Phase::Reset => (State::Closed, self.certain),
            Phase::Listen => (State::Listen, self.certain),
            Phase::SynSent => (State::SynSent, self.certain),
            Phase::SynReceived => (State::SynReceived, self.certain),
            Phase::Synchronized => self.synchronized(),
        };
        Known { state, inferred: !certain }
    }

    /// S16: a pure function of three flags, certain if every flag used is.
    fn synchronized(&self) -> (State, bool) {
        let received = self.fin_received != Proof::No;
        let acked = self.fin_acked != Proof::No;
        let state = match (self.fin_sent, acked, received) {
            (false, _, false) => State::Established,
            (false, _, true) => State::CloseWait,
            (true, false, false) => State::FinWait1,
            (true, true, false) => State::FinWait2,
            (true, false, true) if self.knew => State::LastAck,
            (true, false, true) => State::Closing,
            (true, true, true) if self.knew || self.expired => State::Closed,
            (true, true, true) => State::TimeWait,
        };
        let sure = |proof| proof != Proof::Inferred;
        (state, self.certain && sure(self.fin_received) && (!self.fin_sent || sure(self.fin_acked)))
    }

    /// The states passed through; withdrawn ones are left out.
    #[must_use]
    pub fn path(&self) -> &[State] {
        self.path.states()
    }

    /// Notes the state reached, if it is another.
    fn settle(&mut self) {
        let now = self.known().state;
        if self.path.states().last() != Some(&now) {
            self.path.push(now);
        }
    }

    /// Notes that the last state was a wrong guess.
    fn retreat(&mut self) {
        self.path.pop();
        self.settle();
    }

    fn enter(&mut self, phase: Phase, certain: bool) {
        self.phase = phase;
        self.certain = certain;
        self.settle();
    }

    /// A server may be waiting here (S2).
    pub fn may_listen(&mut self) {
        if self.phase == Phase::Closed {
            self.enter(Phase::Listen, false);
        }
    }

    /// It sent a SYN (S3): it opened the connection itself and did not wait for one.
    pub fn syn_sent(&mut self) {
        self.did_not_listen();
        self.enter(Phase::SynSent, true);
    }

    /// Whoever listens takes a SYN: this end did something else.
    fn did_not_listen(&mut self) {
        if self.phase == Phase::Listen {
            self.path.pop();
        }
    }

    /// It must have sent a SYN that was not captured.
    pub fn may_have_sent_syn(&mut self) {
        self.enter(Phase::SynSent, false);
    }

    /// SYNs cross (S3): both ends become SYN_RECEIVED once they get the other's.
    pub fn may_receive_syn(&mut self) {
        if self.phase == Phase::SynSent {
            self.enter(Phase::SynReceived, false);
        }
    }

    /// It sent a SYN+ACK (S4, S5, S10). A guess that it was established is withdrawn.
    pub fn syn_ack_sent(&mut self) {
        let guessed = self.phase == Phase::Synchronized && !self.certain && !self.fin_sent;
        self.phase = Phase::SynReceived;
        self.certain = true;
        if guessed { self.retreat() } else { self.settle() }
    }

    /// It proved to be synchronized: it sent a segment that only such an end sends (S6, S7).
    pub fn established(&mut self) {
        self.phase = Phase::Synchronized;
        self.certain = true;
        self.settle();
    }

    /// It will be established when what was sent to it arrives (S4, S5, S6, S21).
    pub fn may_be_established(&mut self) {
        if !self.is_synchronized() && self.phase != Phase::Reset {
            self.enter(Phase::Synchronized, false);
        }
    }

    /// It sent a FIN (S11). `knew`: the acknowledgment in it covers the peer's FIN.
    pub fn fin(&mut self, knew: bool) {
        if !self.fin_sent {
            self.fin_sent = true;
            self.knew = knew;
            self.settle();
        }
    }

    /// It repeated its FIN: the acknowledgment that it was thought to have never came (S13).
    pub fn fin_again(&mut self) {
        if self.fin_acked == Proof::Inferred {
            self.fin_acked = Proof::No;
            self.retreat();
        }
    }

    /// The peer's FIN and everything before it passed on the way here (S11).
    pub fn may_have_received_fin(&mut self) {
        if self.fin_received == Proof::No && self.phase == Phase::Synchronized {
            self.fin_received = Proof::Inferred;
            self.settle();
        }
    }

    /// It acknowledged the peer's FIN (S12).
    pub fn received_fin(&mut self) {
        self.fin_received = Proof::Certain;
        self.settle();
    }

    /// It sent a FIN that does not acknowledge the peer's: it had not got that one (S11).
    pub fn had_not_received_fin(&mut self) {
        if self.fin_received == Proof::Inferred {
            self.fin_received = Proof::No;
            self.retreat();
        }
    }

    /// Its FIN may acknowledge one of the peer that was not captured (S25).
    pub fn may_have_closed_second(&mut self) {
        if self.fin_sent && self.fin_received == Proof::Inferred {
            self.knew = true;
            self.retreat();
        }
    }

    /// Whether it takes no more data: closed, or waiting until old segments are gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Reset
            || self.phase == Phase::Synchronized
                && matches!(self.known().state, State::Closed | State::TimeWait)
    }

    /// An acknowledgment of its FIN passed on the way here (S12).
    pub fn may_have_fin_acked(&mut self) {
        if self.fin_sent && self.fin_acked == Proof::No {
            self.fin_acked = Proof::Inferred;
            self.settle();
        }
    }

    /// It proved to have got the acknowledgment of its FIN (S12).
    pub fn fin_is_acked(&mut self) {
        if self.fin_sent {
            self.fin_acked = Proof::Certain;
            self.settle();
        }
    }

    /// It sent an effective reset (S14), or will be reset by one.
    pub fn reset(&mut self, certain: bool) {
        if certain {
            self.did_not_listen();
        }
        self.enter(Phase::Reset, certain);
    }

    /// Twice the maximum segment lifetime has passed (S15): a close that both ends were in is over.
    pub fn expire(&mut self, closing: bool) {
        if closing && matches!(self.known().state, State::TimeWait | State::Closed) {
            self.expired = true;
            self.fin_received = Proof::Certain;
            self.fin_acked = Proof::Certain;
            self.settle();
        }
    }

    /// In a state after the handshake, proven or not.
    #[must_use]
    pub fn is_synchronized(&self) -> bool {
        self.phase == Phase::Synchronized
    }

    /// Proven to be in a state after the handshake.
    #[must_use]
    pub fn is_certainly_synchronized(&self) -> bool {
        self.phase == Phase::Synchronized && self.certain
    }

    /// Waiting for the answer to its SYN, proven or not.
    #[must_use]
    pub fn is_syn_sent(&self) -> bool {
        self.phase == Phase::SynSent
    }

    /// Has answered a SYN and waits for the acknowledgment.
    #[must_use]
    pub fn is_syn_received(&self) -> bool {
        self.phase == Phase::SynReceived
    }

    /// Closed by a reset, proven or not.
    #[must_use]
    pub fn is_reset(&self) -> bool {
        self.phase == Phase::Reset
    }

    /// Has sent a FIN.
    #[must_use]
    pub fn has_sent_fin(&self) -> bool {
        self.fin_sent
    }

    /// Has its FIN acknowledged, as far as known.
    #[must_use]
    pub fn has_fin_acked(&self) -> Proof {
        self.fin_acked
    }
}
