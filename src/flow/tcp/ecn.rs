//! Explicit congestion notification: offered, accepted, a mark, its echo, the answer (docs/tcp-analysis.md, C21;
//! RFC 3168, RFC 9768).

use netdissect_dissectors::transport::tcp::Flags;
use serde::{Deserialize, Serialize};

use super::label::Label;
use super::{Segment, Step, Tcp};

/// The codepoint of a packet that met congestion (RFC 3168 section 5).
const CONGESTION_EXPERIENCED: u8 = 3;

/// The counter of marks begins with this (RFC 9768 section 3.2.1).
const FIRST_MARKS: u16 = 5;

/// What one end said of congestion.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ecn {
    /// It offered or accepted ECN as RFC 3168 has it.
    agreed: bool,
    /// It offered or accepted accurate ECN; what its counter of marks, modulo 8, said last.
    accurate: Option<u16>,
    /// It reports a mark that the peer has not answered.
    echoes: bool,
    /// When the peer's answer passed, in ns.
    answered: Option<i64>,
}

impl Tcp {
    /// Labels what the segment says of congestion.
    pub(super) fn note_congestion(&mut self, s: &Segment<'_>, step: &mut Step) {
        let (x, y) = (s.from, s.from.other());
        if s.ecn == CONGESTION_EXPERIENCED {
            step.labels.add(Label::CongestionMark);
        }
        let echo = s.flags.contains(Flags::ECE);
        let reduced = s.flags.contains(Flags::CWR);
        if s.flags.contains(Flags::SYN) {
            let offered = self.halves[y].ecn.accurate.is_some();
            let (label, is_accurate) =
                match (s.flags.contains(Flags::ACK), s.flags.contains(Flags::AE), echo, reduced) {
                    (false, true, true, true) => (Label::AccurateEcn, true),
                    (false, false, true, true) => (Label::EcnSetup, false),
                    // RFC 9768 section 3.1.1: how the SYN's codepoint came through.
                    (true, false, _, true) | (true, true, false, _) if offered => (Label::EcnAccepted, true),
                    (true, false, true, false) => (Label::EcnAccepted, false),
                    _ => return,
                };
            step.labels.add(label);
            // Where both agree on the accurate kind, the flags are a counter and no echo.
            let own = &mut self.halves[x].ecn;
            own.agreed = !is_accurate;
            own.accurate = is_accurate.then_some(FIRST_MARKS);
            return;
        }
        self.note_marks(s, step);
        if !self.halves[x].ecn.agreed || !self.halves[y].ecn.agreed {
            return;
        }
        // RFC 3168 sections 6.1.4 to 6.1.6: such segments are not ECN-capable. The answer to a mark goes with new data
        // (section 6.1.2). An echo may stand in a copy: every segment carries it until it is answered.
        let again = step.labels.has(Label::Retransmission);
        let bare = step.labels.has(Label::Ack) || step.labels.has(Label::ZeroWindowProbe);
        if s.ecn != 0 && (again || bare) || reduced && again {
            step.labels.add(Label::EcnMisused);
        }
        let now = s.time.as_nanos();
        let half = &mut self.halves[x];
        // What left before the answer could arrive still tells of the old mark.
        let unaware = half.ecn.answered.zip(half.rtt).is_some_and(|(at, rtt)| now.saturating_sub(at) < rtt);
        if echo && !unaware && !std::mem::replace(&mut half.ecn.echoes, true) {
            step.labels.add(Label::CongestionEcho);
        }
        let peer = &mut self.halves[y].ecn;
        if reduced && std::mem::take(&mut peer.echoes) {
            peer.answered = Some(now);
            step.labels.add(Label::WindowReduced);
        }
    }

    /// RFC 9768 section 3.2.2: a counter that went on tells of marks.
    fn note_marks(&mut self, s: &Segment<'_>, step: &mut Step) {
        let (x, y) = (s.from, s.from.other());
        // What the client sends before any payload tells how the SYN+ACK's codepoint came through (section 3.2.2.1).
        let is_answer = x == self.client && s.len == 0 && self.halves[x].nxt <= 1;
        let void = [Label::StaleAck, Label::Insane, Label::NoAck];
        if is_answer
            || self.halves[y].ecn.accurate.is_none()
            || s.flags.contains(Flags::RST)
            || void.into_iter().any(|label| step.labels.has(label))
        {
            return;
        }
        let marks = s.flags.marks();
        if let Some(before) = &mut self.halves[x].ecn.accurate
            && std::mem::replace(before, marks) != marks
        {
            step.labels.add(Label::CongestionEcho);
        }
    }
}
