//! Explicit congestion notification: offered, accepted, a mark, its echo, the answer (docs/tcp-analysis.md, C21;
//! RFC 3168, RFC 9768).

use netdissect_dissectors::transport::tcp::Flags;
use serde::{Deserialize, Serialize};

use super::label::Label;
use super::{Segment, Step, Tcp};

/// The codepoint of a packet that met congestion (RFC 3168 section 5).
const CONGESTION_EXPERIENCED: u8 = 3;

/// What one end said of congestion.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ecn {
    /// It offered or accepted ECN as RFC 3168 has it.
    agreed: bool,
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
            let label = match (s.flags.contains(Flags::ACK), s.flags.contains(Flags::AE), echo, reduced) {
                (false, true, true, true) => Label::AccurateEcn,
                (false, false, true, true) => Label::EcnSetup,
                (true, false, true, false) => Label::EcnAccepted,
                _ => return,
            };
            step.labels.add(label);
            // Where both offer the accurate kind, the flags are a counter and no echo.
            self.halves[x].ecn.agreed = label != Label::AccurateEcn;
            return;
        }
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
}
