//! States of a finished flow: what later rows refute is not told again.
//!
//! A row was told with the states of its time. A reset that proves to have had no effect leaves both ends where they
//! were, a FIN that has not arrived does not move its receiver, and one who echoes a SYN had got it.

use std::ops::Range;

use netdissect_dissectors::facts::{Known, State};
use netdissect_dissectors::transport::tcp::Flags;

use super::Run;
use crate::flow::row::Row;
use crate::flow::seq::Position;
use crate::flow::tcp::{Cause, Label, Proofs};

/// What later rows tell of earlier ones.
#[derive(Debug, Default)]
pub(super) struct Hindsight {
    /// In the order of the rows, none within another.
    resets: Vec<Refuted>,
    /// By their senders, client first.
    fins: [Option<Fin>; 2],
}

/// From a reset to the row that shows that it had no effect.
#[derive(Debug)]
struct Refuted {
    rows: Range<usize>,
    by: u64,
    before: [Known; 2],
}

/// A FIN on its way.
#[derive(Debug)]
struct Fin {
    /// From its row to the first copy that was not lost, and to the last row of its receiver that does not know of it.
    rows: Range<usize>,
    number: Position,
    /// What its receiver was before.
    before: Known,
}

impl Fin {
    /// The receiver acknowledges less than the FIN, in a segment that is not older than what passed before it.
    fn is_unknown_to(&self, row: &Row) -> bool {
        let void = [Label::StaleAck, Label::Duplicate, Label::BadChecksum, Label::Insane];
        row.flags.contains(Flags::ACK)
            && row.step.ack <= self.number
            && !void.into_iter().any(|label| row.step.labels.has(label))
    }
}

impl Hindsight {
    /// What `rows`, all of a flow that is over, tell of each other.
    pub(super) fn of(rows: &[Row]) -> Self {
        let mut hindsight = Self::default();
        let mut reset = None;
        let mut before: Option<[Known; 2]> = None;
        for (at, row) in rows.iter().enumerate() {
            let has = |label| row.step.labels.has(label);
            if has(Label::RstNotHonoured)
                && let Some((start, before)) = reset.take()
            {
                hindsight.resets.push(Refuted { rows: start..at, by: row.frame, before });
            }
            if has(Label::Rst) && !has(Label::RstAfterClose) && reset.is_none() {
                reset = before.map(|before| (at, before));
            }
            let [client, server] = &mut hindsight.fins;
            let (own, others) = if row.from_client { (client, server) } else { (server, client) };
            if has(Label::Fin) {
                match own {
                    None => {
                        let before =
                            before.map(|[client, server]| if row.from_client { server } else { client });
                        let end = if row.step.lost { rows.len() } else { at };
                        let number = row.step.seq.saturating_add(Position::from(row.len));
                        *own = before.filter(|before| before.state == State::Established).map(|before| Fin {
                            rows: at..end,
                            number,
                            before,
                        });
                    }
                    Some(fin) if !row.step.lost && fin.rows.end == rows.len() => fin.rows.end = at,
                    Some(_) => {}
                }
            }
            if let Some(fin) = others
                && fin.is_unknown_to(row)
            {
                fin.rows.end = fin.rows.end.max(at + 1);
            }
            before = Some(row.step.states);
        }
        hindsight
    }

    /// Puts right what a run that begins with row `at` says.
    pub(super) fn correct(&self, run: &mut Run<'_>, at: usize) {
        let last = at + run.rows.len().saturating_sub(1);
        let near = self.resets.partition_point(|reset| reset.rows.end <= last);
        if let Some(reset) = self.resets.get(near).filter(|reset| reset.rows.contains(&last)) {
            run.states = reset.before;
            run.refuted = Some(reset.by);
        }
        let [by_client, by_server] = &self.fins;
        let [client, server] = &mut run.states;
        for (fin, receiver) in [(by_client, server), (by_server, client)] {
            let Some(fin) = fin.as_ref().filter(|fin| fin.rows.contains(&last)) else { continue };
            if receiver.inferred && receiver.state == State::CloseWait {
                *receiver = fin.before;
            }
        }
        // C10: the answer echoes an earlier SYN, which had arrived when this one passed.
        let echoed = |row: &Row| row.step.cause == Some(Cause::Syn) && row.step.proofs.has(Proofs::ECHO);
        let [_, server] = &mut run.states;
        if server.state == State::Listen && run.rows.last().is_some_and(echoed) {
            *server = Known { state: State::SynReceived, inferred: true };
        }
    }
}
