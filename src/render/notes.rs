//! `--explain`: what a row of the timeline means, in a sentence with the numbers of this very flow.
//!
//! What happens again and again is explained once in a flow; losses are explained one by one, up to [`MAX_LOSSES`].

use netdissect_dissectors::facts::State;
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::transport::tcp::Flags;

use super::flows::{counted, thousands};
use super::value::span;
use crate::explain::{self, Group};
use crate::flow::row::Row;
use crate::flow::seq::Position;
use crate::flow::table::Flow;
use crate::flow::tcp::time::Vantage;
use crate::flow::tcp::{Cause, Confidence, Label, Proofs, Verdict};

/// Losses that are explained in one flow: each takes a search through its rows.
const MAX_LOSSES: u32 = 8;
/// Rows among which the copy before is looked for.
const SEARCHED: usize = 1_024;
/// Segments in flight from which on their number tells of slow start.
const FLIGHT: u64 = 8;

/// One explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Something went wrong; else it is a remark.
    pub is_problem: bool,
    /// The sentences.
    pub text: String,
    /// Where the rule stands.
    pub source: &'static str,
}

impl Note {
    /// The sentences and where the rule stands.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}.", self.text, self.source)
    }
}

/// What was explained once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    FirstFlight,
    Growth,
    Retransmission(Cause),
    Needless,
    Window,
    WindowOpen,
    Fin,
    FinToo,
    TimeWait,
    Label(Label),
}

/// One direction as far as its rows were gone through.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// Highest position sent, one past it.
    high: Position,
    /// The last of what was sent is a FIN.
    closes: bool,
    /// Highest position that the other end acknowledged.
    una: Position,
    /// Payload segments since the last acknowledgment of new data, their bytes, and the largest number of bytes in flight
    /// so far.
    segments: u64,
    bytes: u64,
    most: i64,
    /// Acknowledgments of new data since then.
    acks: u64,
    /// The first segment sent again of an episode.
    repair: Option<Repair>,
    /// The hole that was explained last.
    hole: Position,
    /// Since when this end's own window is closed, and the probes since.
    closed: Option<(Timestamp, u64)>,
}

impl Way {
    /// What the other end has not acknowledged, in a sentence, if there is any.
    fn unheard(&self) -> String {
        if self.una == 0 || self.high <= self.una {
            return String::new();
        }
        let bytes = (self.high - self.una - Position::from(self.closes)).unsigned_abs();
        match (bytes, self.closes) {
            (0, _) => " Its FIN was not acknowledged.".to_owned(),
            (1, false) => " 1 byte of its own was not acknowledged.".to_owned(),
            (_, false) => format!(" {} bytes of its own were not acknowledged.", thousands(bytes)),
            (_, true) => format!(" {} of its own and its FIN were not acknowledged.", counted(bytes, "byte")),
        }
    }
}

/// What is sent again until everything that was out has arrived.
#[derive(Clone, Copy, Debug)]
struct Repair {
    /// The first segment of it.
    frame: u64,
    time: Timestamp,
    cause: Cause,
    /// The position that ends it.
    until: Position,
}

/// Explains the rows of one flow in their order.
#[derive(Debug)]
pub struct Notes<'a> {
    flow: &'a Flow,
    at: usize,
    said: Said,
}

/// What was explained of a flow, so that nothing is said twice.
#[derive(Debug, Default)]
pub struct Said {
    /// Client to server, server to client.
    ways: [Way; 2],
    told: Vec<(bool, Topic)>,
    losses: u32,
}

impl<'a> Notes<'a> {
    /// At the first row of `flow`.
    #[must_use]
    pub fn new(flow: &'a Flow) -> Self {
        Self::resume(flow, 0, Said::default())
    }

    /// At row `at` of `flow`, after what was `said` of the rows before.
    #[must_use]
    pub fn resume(flow: &'a Flow, at: usize, said: Said) -> Self {
        Self { flow, at, said }
    }

    /// What was said, to go on later.
    #[must_use]
    pub fn into_said(self) -> Said {
        self.said
    }

    /// Explains the next row.
    pub fn next_row(&mut self) -> Vec<Note> {
        let at = self.at;
        self.at += 1;
        let Some(row) = self.flow.kept.rows.get(at) else { return Vec::new() };
        let mut notes = Vec::new();
        if row.step.labels.has(Label::BadChecksum) || row.step.labels.has(Label::Duplicate) {
            self.once_by_page(row, &mut notes);
            return notes;
        }
        self.opening(row, &mut notes);
        self.feedback(row, at, &mut notes);
        self.again(row, at, &mut notes);
        self.flight(row, &mut notes);
        self.windows(row, &mut notes);
        self.closing(row, &mut notes);
        self.once_by_page(row, &mut notes);
        notes
    }

    /// Whether `topic` is new in this direction.
    fn is_new(&mut self, row: &Row, topic: Topic) -> bool {
        let entry = (row.from_client, topic);
        let is_new = !self.said.told.contains(&entry);
        if is_new {
            self.said.told.push(entry);
        }
        is_new
    }

    fn way(&mut self, from_client: bool) -> &mut Way {
        &mut self.said.ways[usize::from(!from_client)]
    }

    /// The handshake when it is complete, and a SYN that was not answered as one hopes.
    fn opening(&mut self, row: &Row, notes: &mut Vec<Note>) {
        let steps = self.flow.tcp.handshake();
        let (Some(syn), Some(syn_ack), Some(ack)) = (steps.syn, steps.syn_ack, steps.ack) else { return };
        if ack != row.time || !row.from_client || row.step.labels.has(Label::Retransmission) || row.frame < 3
        {
            return;
        }
        let (to_server, to_client) = (syn_ack.nanos_since(syn), ack.nanos_since(syn_ack));
        if to_server < 0 || to_client < 0 || self.flow.tcp.is_simultaneous_open() {
            return;
        }
        if row.step.measures.initial_rtt.is_none() {
            notes.push(Note {
                is_problem: false,
                text: format!(
                    "Open {} after the first SYN. A step of the handshake was sent twice, or data came before its end: it \
                     does not tell the round trip.",
                    span(row.time.nanos_since(self.flow.tcp.times().0))
                ),
                source: "RFC 6298 section 3",
            });
            return;
        }
        let place = match () {
            () if to_client <= to_server / 4 => "; the capture was made near the client",
            () if to_server <= to_client / 4 => "; the capture was made near the server",
            () => "",
        };
        notes.push(Note {
            is_problem: false,
            text: format!(
                "Open after {}: {} from here to the server and back, {} to the client and back{place}.",
                span(to_server.saturating_add(to_client)),
                span(to_server),
                span(to_client)
            ),
            source: "RFC 9293 section 3.5",
        });
    }

    /// What an acknowledgment tells of the other direction.
    fn feedback(&mut self, row: &Row, at: usize, notes: &mut Vec<Note>) {
        if !row.flags.contains(Flags::ACK) || row.flags.contains(Flags::RST) {
            return;
        }
        let ack = row.step.ack;
        let way = self.way(!row.from_client);
        if ack > way.una {
            way.una = ack;
            (way.segments, way.bytes) = (0, 0);
            way.acks += 1;
            if let Some(repair) = way.repair.take_if(|repair| ack >= repair.until) {
                notes.push(Note {
                    is_problem: false,
                    text: format!(
                        "Repaired: everything that was outstanding when No. {} was sent again has arrived, {} later.",
                        repair.frame,
                        span(row.time.nanos_since(repair.time))
                    ),
                    source: match repair.cause {
                        Cause::Fast | Cause::FastRack | Cause::Recovery => "RFC 5681 section 3.2",
                        Cause::Tlp => "RFC 8985 section 7.4",
                        Cause::Pmtu => "RFC 1191 section 3",
                        Cause::Rto | Cause::RtoRecovery => "RFC 6298 section 5",
                        _ => "RFC 9293 section 3.8.1",
                    },
                });
            }
        }
        if row.step.labels.has(Label::DupAck) && self.way(!row.from_client).hole != ack {
            self.way(!row.from_client).hole = ack;
            self.hole(row, at, notes);
        }
    }

    /// The hole that duplicate acknowledgments report.
    fn hole(&mut self, row: &Row, at: usize, notes: &mut Vec<Note>) {
        if self.said.losses >= MAX_LOSSES {
            return;
        }
        let ack = row.step.ack;
        let from_sender = |other: &&Row| other.from_client != row.from_client && covers(other, ack);
        let filled = self.flow.kept.rows.iter().skip(at).find(from_sender);
        let Some(filled) = filled.filter(|filled| filled.step.labels.has(Label::Retransmission)) else {
            return;
        };
        self.said.losses += 1;
        let to = if row.from_client { "client" } else { "server" };
        let before = || self.flow.kept.rows.iter().take(at);
        let original = before().find(|other| from_sender(other) && !other.step.labels.has(Label::Duplicate));
        let mut end = filled.step.seq + Position::from(filled.len);
        for other in before().filter(|other| other.from_client != row.from_client && other.step.lost) {
            // What was lost right behind it belongs to the same hole.
            if other.step.seq <= end {
                end = end.max(other.step.seq + Position::from(other.len));
            }
        }
        let bytes = format!("bytes {ack} to {}", end.saturating_sub(1));
        let is_lost = filled.step.proofs.is_empty();
        let later = self.flow.kept.rows.iter().skip(at).take(SEARCHED);
        let is_cut = later.filter(from_sender).any(|later| later.step.cause == Some(Cause::Pmtu));
        let (text, source) = match (original, is_lost) {
            (Some(_), true) if is_cut => (
                format!(
                    "Loss {}: {bytes} did not reach the {to}; they pass in smaller packets only, as is seen below.",
                    self.said.losses
                ),
                "RFC 1191 section 3",
            ),
            (Some(original), true) => (
                format!(
                    "Loss {}: {bytes} did not reach the {to}. No. {} {}, so they were lost beyond this capture \
                     point. Each duplicate ACK says that something later arrived; three of them, or SACK, are the \
                     signal to send again at once.",
                    self.said.losses,
                    original.frame,
                    if covers(original, end - 1) { "carries them" } else { "and later ones carry them" }
                ),
                "RFC 5681 section 3.2",
            ),
            (None, true) => (
                format!(
                    "Loss {}: {bytes} never passed here, so they were lost before this capture point. Each duplicate ACK \
                     says that something later arrived.",
                    self.said.losses
                ),
                "RFC 5681 section 3.2",
            ),
            (_, false) => (
                format!("The {to} misses {bytes}, but they are only late: they are sent again in vain."),
                rfc_of(filled.step.proofs),
            ),
        };
        notes.push(Note { is_problem: true, text, source });
    }

    /// A segment that was sent again.
    fn again(&mut self, row: &Row, at: usize, notes: &mut Vec<Note>) {
        if !row.step.labels.has(Label::Retransmission) {
            return;
        }
        let cause = row.step.cause.unwrap_or(Cause::Unspecified);
        let is_needed =
            row.step.repeats.lost() > 0 || row.flags.contains(Flags::FIN) && row.step.proofs.is_empty();
        if is_needed && !row.flags.contains(Flags::SYN) {
            let way = self.way(row.from_client);
            let until = row.step.point.max(way.high);
            let repair = Repair { frame: row.frame, time: row.time, cause, until };
            // What is reckoned from skipped numbers is corrected when more is known (C25).
            let open = way.repair.get_or_insert(repair);
            open.until = open.until.min(until);
        }
        let who = name(row.from_client);
        let is_new = self.is_new(row, Topic::Retransmission(cause));
        if is_new || matches!(cause, Cause::Rto) && row.step.back_off > 1 {
            let passed = self.flow.kept.rows.get(at.saturating_sub(SEARCHED)..at).unwrap_or_default();
            let first = passed.iter().rposition(|other| carries(other, row));
            let between = first.and_then(|first| passed.get(first..)).unwrap_or_default();
            let answer = between.iter().find(|other| {
                other.from_client != row.from_client && other.step.lost && other.step.labels.has(Label::Rst)
            });
            let after = match between.first() {
                Some(first) => {
                    format!("{} after No. {}", span(row.time.nanos_since(first.time)), first.frame)
                }
                None if row.step.proofs.has(Proofs::ORIGINAL) => {
                    "while the first copy was still on its way".to_owned()
                }
                None if row.step.repeats.unseen > 0 || row.step.labels.has(Label::UnseenOriginal) => {
                    "after a copy that did not pass here".to_owned()
                }
                None => "after a copy that is not listed".to_owned(),
            };
            notes.extend(match answer {
                Some(answer) => Some(Note {
                    is_problem: false,
                    text: format!(
                        "Sent again {after}: the reset that answered it, No. {}, was lost beyond this point.",
                        answer.frame
                    ),
                    source: "RFC 9293 section 3.5.2",
                }),
                None => sent_again(row, cause, who, &after),
            });
        }
        if !row.step.proofs.is_empty() && self.is_new(row, Topic::Needless) {
            let words: Vec<&str> = row.step.proofs.words().collect();
            let told: Vec<String> = words
                .iter()
                .filter_map(|word| explain::page(Group::Proof, word))
                .map(|page| lower(page.title))
                .collect();
            notes.push(Note {
                is_problem: true,
                text: format!("Sent again without need: {}.", told.join("; ")),
                source: rfc_of(row.step.proofs),
            });
        }
    }

    /// How much is in flight.
    fn flight(&mut self, row: &Row, notes: &mut Vec<Note>) {
        let end = row.step.seq + Position::from(row.len) + Position::from(row.flags.contains(Flags::FIN));
        let control = row.flags.intersects(Flags::SYN.union(Flags::RST));
        let way = self.way(row.from_client);
        if control || end <= way.high {
            if row.flags.contains(Flags::SYN) {
                way.high = way.high.max(1);
                way.una = way.una.max(1);
            }
            return;
        }
        let is_begun = way.high > 0;
        way.high = end;
        way.closes = row.flags.contains(Flags::FIN);
        if row.len == 0 || !is_begun {
            way.una = way.una.max(row.step.seq);
            return;
        }
        way.segments += 1;
        way.bytes += u64::from(row.len);
        let flight = way.high - way.una - Position::from(way.closes);
        let before = way.most;
        let acks = way.acks;
        way.most = way.most.max(flight);
        let (segments, bytes, is_first) = (way.segments, way.bytes, way.una <= 1);
        let side = row.step.from;
        // Only beside the sender, and with the answers in the file, what passes between two of them is a flight.
        let is_flight = self.flow.tcp.vantage(side) == Some(Vantage::Near)
            && self.flow.tcp.half(side.other()).packets > 0
            && self.is_end_of_flight(row);
        if !is_flight || flight <= before || self.flow.tcp.is_midstream() {
            return;
        }
        let who = name(row.from_client);
        if !self.said.told.contains(&(row.from_client, Topic::FirstFlight)) {
            if segments >= FLIGHT && is_first && self.is_new(row, Topic::FirstFlight) {
                self.way(row.from_client).acks = 0;
                notes.push(Note {
                    is_problem: false,
                    text: format!(
                        "Slow start: the {who} sends {segments} segments, {} bytes, and waits. A new connection \
                         begins with about ten segments in flight.",
                        thousands(bytes)
                    ),
                    source: "RFC 5681 section 3.1, RFC 6928 section 2",
                });
            }
        } else if acks > 0 && self.is_new(row, Topic::Growth) {
            notes.push(Note {
                is_problem: false,
                text: format!(
                    "Each ACK of new data allows more in flight: {} bytes became {} after {acks} ACK{}. \
                     Estimated from bytes in flight.",
                    thousands(before.unsigned_abs()),
                    thousands(flight.unsigned_abs()),
                    if acks == 1 { "" } else { "s" }
                ),
                source: "RFC 5681 section 3.1",
            });
        }
    }

    /// The next row is not more payload from the same end.
    fn is_end_of_flight(&self, row: &Row) -> bool {
        let next = self.flow.kept.rows.get(self.at);
        next.is_none_or(|next| next.from_client != row.from_client || next.len == 0)
    }

    /// A window that closes or opens.
    fn windows(&mut self, row: &Row, notes: &mut Vec<Note>) {
        let labels = row.step.labels;
        let who = name(row.from_client);
        if labels.has(Label::ZeroWindowProbe)
            && let Some(closed) = &mut self.way(!row.from_client).closed
        {
            closed.1 += 1;
        }
        if labels.has(Label::ZeroWindow) && self.way(row.from_client).closed.is_none() {
            self.way(row.from_client).closed = Some((row.time, 0));
            if self.is_new(row, Topic::Window) {
                notes.push(Note {
                    is_problem: true,
                    text: format!(
                        "The {who} has no room for more: its program does not read as fast as data comes. The {} must \
                         wait; the network is not the cause.",
                        name(!row.from_client)
                    ),
                    source: "RFC 9293 section 3.8.6",
                });
            }
        } else if labels.has(Label::WindowOpen)
            && let Some((since, probes)) = self.way(row.from_client).closed.take()
            && self.is_new(row, Topic::WindowOpen)
        {
            notes.push(Note {
                is_problem: false,
                text: format!(
                    "Room again: the window was closed for {}, with {probes} probe{} in between.",
                    span(row.time.nanos_since(since)),
                    if probes == 1 { "" } else { "s" }
                ),
                source: "RFC 9293 section 3.8.6.1",
            });
        }
    }

    /// FIN and RST.
    fn closing(&mut self, row: &Row, notes: &mut Vec<Note>) {
        let who = name(row.from_client);
        let other = name(!row.from_client);
        let [own, peer] =
            if row.from_client { row.step.states } else { [row.step.states[1], row.step.states[0]] };
        let mut remark =
            |text: String, source: &'static str| notes.push(Note { is_problem: false, text, source });
        if row.closes() {
            let number = row.step.seq + Position::from(row.len);
            if own.state == State::FinWait1 && self.is_new(row, Topic::Fin) {
                remark(
                    format!(
                        "The {who} will send no more. Its FIN takes the number {number} and is acknowledged like a \
                         byte; the {other} may go on sending."
                    ),
                    "RFC 9293 section 3.6",
                );
            } else if own.state == State::LastAck && self.is_new(row, Topic::FinToo) {
                remark(
                    format!("The {who} closes as well and waits for the last ACK."),
                    "RFC 9293 section 3.6",
                );
            }
        }
        let waits = |known: State| known == State::TimeWait;
        if waits(own.state)
            && !own.inferred
            && peer.state == State::Closed
            && self.is_new(row, Topic::TimeWait)
        {
            remark(
                format!(
                    "The {who} closed first, so it waits in TIME_WAIT: to repeat this ACK if it gets lost, and until old \
                     segments are gone."
                ),
                "RFC 9293 section 3.3.2",
            );
        }
        if row.step.labels.has(Label::Rst) && self.is_new(row, Topic::Label(Label::Rst)) {
            self.said.told.push((row.from_client, Topic::Label(Label::RstAfterClose)));
            notes.push(self.reset(row, who, other));
        }
    }

    fn reset(&mut self, row: &Row, who: &'static str, other: &'static str) -> Note {
        let labels = row.step.labels;
        let end = self.flow.tcp.pair.end(self.flow.tcp.client().other());
        let (text, source) = match self.flow.tcp.verdict() {
            Verdict::Refused => (
                format!(
                    "A reset answers the SYN: the host is there, but nothing listens on port {}.",
                    end.port
                ),
                "RFC 9293 section 3.5.2",
            ),
            _ if labels.has(Label::RstAfterClose) => {
                ("Both ends had closed before: this reset changes nothing.".into(), "RFC 9293 section 3.5.2")
            }
            _ if labels.has(Label::RstOutOfWindow)
                && row.step.states.iter().any(|known| known.state == State::SynSent) =>
            {
                (
                    format!(
                        "It does not acknowledge the {other}'s SYN as a host would: the {other} ignores this reset."
                    ),
                    "RFC 9293 section 3.5.3",
                )
            }
            _ if labels.has(Label::RstOutOfWindow) => (
                format!(
                    "The number {} is not what the {other} expects: it ignores this reset.",
                    row.step.seq
                ),
                "RFC 9293 section 3.5.3",
            ),
            _ if labels.has(Label::RstInWindow) => (
                format!(
                    "The number {} lies inside the window but is not exact: the {other} does not close but asks back \
                     with a challenge ACK.",
                    row.step.seq
                ),
                "RFC 5961 section 3.2",
            ),
            _ if self.refuted(row).is_some() => (
                format!(
                    "No. {} shows that this reset had no effect: it was forged, or lost on its further way. Who sent it: \
                     --expert.",
                    self.refuted(row).unwrap_or_default()
                ),
                "RFC 9293 section 3.5.3",
            ),
            _ => {
                let unheard = self.way(row.from_client).unheard();
                (
                    format!(
                        "The {who} gives the connection up at once, without a close in order.{unheard} Who sent it: --expert."
                    ),
                    "RFC 9293 section 3.5.2",
                )
            }
        };
        Note { is_problem: !labels.has(Label::RstAfterClose), text, source }
    }

    /// The frame that shows that a reset was not honoured.
    fn refuted(&self, row: &Row) -> Option<u64> {
        let later = self
            .flow
            .kept
            .rows
            .iter()
            .skip(self.at)
            .find(|later| later.step.labels.has(Label::RstNotHonoured))?;
        (later.frame > row.frame).then_some(later.frame)
    }

    /// What needs no numbers is explained by the title of its page, once.
    fn once_by_page(&mut self, row: &Row, notes: &mut Vec<Note>) {
        for label in row.step.labels.iter().filter(|label| !SPOKEN_FOR.contains(label)) {
            if !self.is_new(row, Topic::Label(label)) {
                continue;
            }
            let page = explain::page(Group::Event, label.name());
            if let Some(page) = page {
                let text = match label {
                    Label::OutOfOrder => format!(
                        "Bytes {} to {} were sent earlier than what passed before them: overtaken on the way, not lost.",
                        row.step.seq,
                        (row.step.seq + Position::from(row.len)).saturating_sub(1)
                    ),
                    Label::AckUnseen => format!(
                        "{} bytes were acknowledged that are not in the file: the capture missed them, the network did not.",
                        thousands(row.step.gap)
                    ),
                    Label::KeepAlive => format!(
                        "A probe after {} of silence: is the {} still there?",
                        self.silence(row),
                        name(!row.from_client)
                    ),
                    _ => format!("{}.", page.title),
                };
                let is_problem = PROBLEMS.contains(&label);
                notes.push(Note { is_problem, text, source: page.source });
            }
        }
    }

    /// The time since the row before.
    fn silence(&self, row: &Row) -> String {
        let before = self.at.checked_sub(2).and_then(|at| self.flow.kept.rows.get(at));
        span(before.map_or(0, |before| row.time.nanos_since(before.time)))
    }
}

/// Labels that have sentences of their own, and those that go without saying.
const SPOKEN_FOR: [Label; 18] = [
    Label::Syn,
    Label::SynAck,
    Label::Ack,
    Label::Data,
    Label::Fin,
    Label::Rst,
    Label::RstOutOfWindow,
    Label::RstInWindow,
    Label::RstAfterClose,
    Label::Retransmission,
    Label::UnseenOriginal,
    Label::DupAck,
    Label::ZeroWindow,
    Label::WindowOpen,
    Label::WindowUpdate,
    Label::AckRepeat,
    Label::OldSeqAck,
    Label::StaleAck,
];

/// Labels that tell of a problem.
const PROBLEMS: [Label; 6] = [
    Label::AckUnseen,
    Label::BadChecksum,
    Label::Insane,
    Label::DataAfterFin,
    Label::RstNotHonoured,
    Label::OtherIsn,
];

/// Why it was sent again; `after` says when and after what.
fn sent_again(row: &Row, cause: Cause, who: &str, after: &str) -> Option<Note> {
    let (is_problem, text, source) = match cause {
        Cause::Fast if row.step.confidence == Confidence::Guess => (
            false,
            format!(
                "Sent again {after}, too soon for its timer: perhaps on word of a loss that was not captured."
            ),
            "RFC 6298 section 5",
        ),
        Cause::Fast => (
            false,
            format!("Sent again {after}, on the word of duplicate ACKs and not of a timer."),
            "RFC 5681 section 3.2",
        ),
        Cause::FastRack => (
            false,
            format!(
                "Sent again {after}: something sent later has arrived, and time for reordering has passed."
            ),
            "RFC 8985 section 6",
        ),
        Cause::Recovery => (
            false,
            format!("Sent again {after}, in the course of the same recovery."),
            "RFC 6582 section 3.2, RFC 6675 section 5",
        ),
        Cause::Rto if row.step.back_off > 1 => (
            true,
            format!("Time-out {}, {after}: the timer is doubled each time.", row.step.back_off),
            "RFC 6298 section 5.5",
        ),
        Cause::Rto => (
            true,
            format!(
                "The {who}'s timer ran out {after}: no answer told it of a loss. It goes on with one segment in flight."
            ),
            "RFC 6298 section 5, RFC 5681 section 3.1",
        ),
        Cause::RtoRecovery => (
            false,
            "After the time-out, what was outstanding is sent again in slow start.".to_owned(),
            "RFC 5681 section 3.1",
        ),
        Cause::Tlp => (
            false,
            format!("No answer {after}: the last segment is sent once more, as a question what is missing."),
            "RFC 8985 section 7",
        ),
        Cause::Syn | Cause::SynAck => {
            (true, format!("No answer, so it is sent again {after}."), "RFC 6298 section 2")
        }
        Cause::FastOpen => {
            (false, "The data of the SYN, which was not taken.".to_owned(), "RFC 7413 section 4.2")
        }
        Cause::Pmtu if row.step.confidence == Confidence::Guess => (
            true,
            format!(
                "Cut anew, {} bytes here, after longer segments in vain: packets of their length may not pass, and no \
                 router was heard to say so.",
                thousands(row.len.into())
            ),
            "RFC 2923 section 2.1, RFC 4821",
        ),
        Cause::Pmtu => (
            false,
            format!(
                "A link on the way takes only smaller packets: cut anew, {} bytes here.",
                thousands(row.len.into())
            ),
            "RFC 1191 section 3",
        ),
        Cause::Unspecified => return None,
    };
    Some(Note { is_problem, text, source })
}

const fn name(is_client: bool) -> &'static str {
    if is_client { "client" } else { "server" }
}

/// The RFC behind the first of these proofs.
fn rfc_of(proofs: Proofs) -> &'static str {
    let page = proofs.words().next().and_then(|word| explain::page(Group::Proof, word));
    let sources = page.map_or("", |page| page.source);
    sources.split("; ").find(|source| source.starts_with("RFC ")).unwrap_or(sources)
}

/// Whether `earlier` carried the first number of `row`.
fn carries(earlier: &Row, row: &Row) -> bool {
    let control = Flags::SYN.union(Flags::FIN);
    let ends = |row: &Row| row.step.seq + Position::from(row.len);
    earlier.from_client == row.from_client
        && (covers(earlier, row.step.seq)
            || earlier.flags.intersects(control)
                && row.flags.intersects(control)
                && ends(earlier) == ends(row))
}

/// Whether a segment carries the byte at `position`.
fn covers(row: &Row, position: Position) -> bool {
    row.step.seq <= position && position < row.step.seq + Position::from(row.len)
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
