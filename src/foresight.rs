//! What later packets tell of earlier ones: the memory of a first pass over the files (`-2`).
//!
//! The first pass feeds a [`Foresight`] as its sink. In the second one the pipeline asks it about each frame before
//! any sink sees the packet, so that links to later frames and final verdicts stand in every output and filter.

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::facts::{Analysis, FlowNumber, Judgement, Known, Link, Linked, Words};
use netdissect_dissectors::packet::{Dissection, Packet, Slot};
use netdissect_dissectors::registry::Registry;

use crate::flow::judgement;
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};

/// Facts about earlier frames that are remembered; beyond them a frame looks as it does in one pass.
const MAX_REMEMBERED: usize = 8 << 20;

/// A request: its frame, who reads it, and which one of its flow it is, 0 where requests are not counted.
type Request = (u64, u16, u32);

/// What became of a request.
#[derive(Clone, Copy, Debug, Default)]
struct Exchange {
    response: Option<u64>,
    next_request: Option<u64>,
}

/// What the tracker says of a segment once nothing can change it any more.
#[derive(Debug)]
struct Verdict {
    analysis: Option<Analysis>,
    judgement: Option<Box<Judgement>>,
    labels: Words,
    states: [Known; 2],
    from_client: bool,
}

/// What a first pass found out.
#[derive(Debug, Default)]
pub struct Foresight {
    exchanges: HashMap<Request, Exchange>,
    /// The frame that completes the datagram of a piece, by the frame of the piece.
    datagrams: HashMap<u64, u64>,
    /// The frame in which the message of a segment ends.
    messages: HashMap<(u64, FlowNumber), u64>,
    /// Segments whose message has not ended.
    waiting: HashMap<(FlowNumber, bool), Vec<u64>>,
    /// Segments in `messages` and `waiting`.
    pieces: usize,
    verdicts: HashMap<(u64, FlowNumber), Verdict>,
    /// `tcp.completeness` of each `tcp.stream`.
    completeness: HashMap<u32, u8>,
    forgotten: u64,
}

impl Foresight {
    /// Facts about earlier frames that there was no room for.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Adds to the facts of frame `number` what later frames tell of it.
    pub fn tell(&self, number: u64, parts: &mut Dissection) {
        parts.facts.looked_ahead = true;
        self.tell_exchanges(number, parts);
        if let Some(&last) = self.datagrams.get(&number) {
            for (_, facts) in &mut parts.facts.datagrams {
                facts.rebuilt_in = Some(last);
            }
        }
        for (_, facts) in &mut parts.facts.tcp {
            facts.rebuilt_in = self.messages.get(&(number, facts.flow)).copied();
            if let Some(&kinds) = self.completeness.get(&facts.stream) {
                facts.completeness = kinds;
            }
            if let Some(verdict) = self.verdicts.get(&(number, facts.flow)) {
                facts.analysis = verdict.analysis.unwrap_or(facts.analysis);
                facts.judgement.clone_from(&verdict.judgement);
                facts.labels = verdict.labels;
                facts.states = verdict.states;
                facts.from_client = verdict.from_client;
            }
        }
    }

    fn tell_exchanges(&self, number: u64, parts: &mut Dissection) {
        let mut ahead: Vec<Linked> = Vec::new();
        for (slot, layer) in numbered(&parts.slots) {
            if layer.flags & Slot::QUOTED != 0 {
                continue;
            }
            let ties = Ties::of(slot, &parts.facts.links);
            let request = (ties.request.unwrap_or(number), layer.dissector, ties.ordinal);
            // Without ordinals nobody can tell which of several requests in one frame was answered.
            let is_alone = ties.ordinal != 0
                || parts.slots.iter().filter(|other| other.dissector == layer.dissector).count() == 1;
            let Some(exchange) = self.exchanges.get(&request).filter(|_| is_alone) else { continue };
            let mut link = |link| ahead.push(Linked { slot, link });
            if let (None, Some(frame)) = (ties.request, exchange.response) {
                link(Link::ResponseIn(frame));
            }
            let Some(next) = exchange.next_request else { continue };
            link(Link::NextRequest(next));
            let after = (next, layer.dissector, ties.ordinal.saturating_add(1));
            if let (Some(_), Some(frame)) =
                (ties.request, self.exchanges.get(&after).and_then(|after| after.response))
            {
                link(Link::NextResponse(frame));
            }
        }
        parts.facts.links.extend(ahead);
    }

    fn note_exchanges(&mut self, packet: &Packet<'_>) {
        let parts = packet.parts;
        for (slot, layer) in numbered(&parts.slots) {
            let ties = Ties::of(slot, &parts.facts.links);
            let number = packet.frame.number;
            if let Some(request) = ties.request {
                let response = |exchange: &mut Exchange| exchange.response = Some(number);
                self.note((request, layer.dissector, ties.ordinal), response);
            } else if let (Some(before), Some(ordinal)) = (ties.before, ties.ordinal.checked_sub(1)) {
                let next = |exchange: &mut Exchange| exchange.next_request = Some(number);
                self.note((before, layer.dissector, ordinal), next);
            }
        }
    }

    fn note(&mut self, request: Request, change: impl Fn(&mut Exchange)) {
        if self.exchanges.len() < MAX_REMEMBERED || self.exchanges.contains_key(&request) {
            change(self.exchanges.entry(request).or_default());
        } else {
            self.forgotten += 1;
        }
    }

    /// A segment whose payload waits for the rest of its message, or one that holds that rest.
    fn note_messages(&mut self, packet: &Packet<'_>) {
        let number = packet.frame.number;
        for (slot, facts) in &packet.parts.facts.tcp {
            let way = (facts.flow, facts.from_client);
            let above = packet.layer(usize::from(*slot).saturating_add(1));
            if above.is_some_and(|above| above.slot.source != 0 && !above.dissector.is_content(above.slot)) {
                for piece in self.waiting.remove(&way).unwrap_or_default() {
                    self.messages.insert((piece, facts.flow), number);
                }
            }
            if facts.pending.is_none() {
                continue;
            }
            if self.pieces < MAX_REMEMBERED {
                self.pieces += 1;
                self.waiting.entry(way).or_default().push(number);
            } else {
                self.forgotten += 1;
            }
        }
    }
}

impl Sink for Foresight {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        let number = packet.frame.number;
        self.note_exchanges(packet);
        self.note_messages(packet);
        for (_, facts) in &packet.parts.facts.datagrams {
            for piece in facts.pieces.iter().filter(|piece| facts.source != 0 && piece.frame != number) {
                if self.datagrams.len() < MAX_REMEMBERED {
                    self.datagrams.insert(piece.frame, number);
                } else {
                    self.forgotten += 1;
                }
            }
        }
        for (_, facts) in &packet.parts.facts.tcp {
            if self.completeness.len() < MAX_REMEMBERED || self.completeness.contains_key(&facts.stream) {
                self.completeness.insert(facts.stream, facts.kinds);
            } else {
                self.forgotten += 1;
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        for side in [true, false] {
            let waiting = self.waiting.remove(&(flow.number, side)).unwrap_or_default();
            self.pieces = self.pieces.saturating_sub(waiting.len());
        }
        for row in flow.kept.rows.iter().filter(|row| row.amended) {
            if self.verdicts.len() >= MAX_REMEMBERED {
                self.forgotten += 1;
                continue;
            }
            let verdict = Verdict {
                // Wireshark's rules look at nothing later.
                analysis: row.wireshark.is_none().then(|| judgement::analysis(&row.step)),
                judgement: judgement::judgement(&row.step),
                labels: row.step.labels.words(),
                states: row.step.states,
                from_client: row.from_client,
            };
            self.verdicts.insert((row.frame, flow.number), verdict);
        }
        self.forgotten += flow.kept.rows_lost;
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        self.waiting = HashMap::new();
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

/// Layers with their index as facts store it.
fn numbered(slots: &[Slot]) -> impl Iterator<Item = (u8, &Slot)> {
    (0..=u8::MAX).zip(slots)
}

/// What links say of the layer of one message.
#[derive(Default)]
struct Ties {
    /// The frame of the request that it answers.
    request: Option<u64>,
    /// The frame of the request before it.
    before: Option<u64>,
    ordinal: u32,
}

impl Ties {
    fn of(slot: u8, links: &[Linked]) -> Self {
        let mut ties = Self::default();
        for row in links.iter().filter(|row| row.slot == slot) {
            match row.link {
                Link::Request { frame, .. } => ties.request = Some(frame),
                Link::PreviousRequest(frame) => ties.before = Some(frame),
                Link::Ordinal(ordinal) => ties.ordinal = ordinal,
                _ => {}
            }
        }
        ties
    }
}
