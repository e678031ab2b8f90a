//! Payload into streams: what becomes contiguous goes to whoever reads it, what is missing is told with its reason,
//! and all streams together stay within their bound (docs/tcp-analysis.md, R2 to R7).

use std::io;
use std::ops::Range;

use netdissect_dissectors::dissector::{Follows, Stream as StreamPlace};
use netdissect_dissectors::frame::{Frame, Timestamp};
use netdissect_dissectors::registry::{Feed, Span};
use sha2::Digest as _;

use super::segment::{Chunk, goes_back};
use super::{Pipeline, Reading, Sink};
use crate::flow::app::App;
use crate::flow::conflict::{Conflict, Origin};
use crate::flow::key::Side;
use crate::flow::seq::Position;
use crate::flow::stream::{Cost, Delivery, Gap, Overlap, Reason};
use crate::flow::table::{Flow, FlowTable, Placed};
use crate::flow::tcp::{Label, Segment, Step};
use crate::limits::Bound;

/// Data further than this above what its receiver ever allowed is not kept (R6).
const BEYOND_WINDOW: Position = 1 << 20;

/// A part of one direction's stream.
#[derive(Clone, Copy, Debug)]
pub struct StreamPart<'a> {
    /// Who sent it.
    pub side: Side,
    /// The frame with which it became known; 0 at the end of the flow, and where room was made for other flows.
    pub frame: u64,
    /// When that was.
    pub time: Timestamp,
    /// What it is.
    pub part: Part<'a>,
}

/// Bytes, or the lack of them.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// They follow what came before.
    Bytes(&'a [u8]),
    /// These are missing between what came before and what comes next.
    Gap(Gap),
}

/// What became known of streams with one packet, until the sink has seen the packet.
#[derive(Debug, Default)]
pub(super) struct Given {
    items: Vec<Item>,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Item {
    flow: u32,
    side: Side,
    /// Time and frame.
    at: (Timestamp, u64),
    what: What,
}

#[derive(Debug)]
enum What {
    Bytes(Range<usize>),
    Gap(Gap),
}

impl Given {
    fn bytes(&mut self, flow: u32, side: Side, at: (Timestamp, u64), bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.items.push(Item { flow, side, at, what: What::Bytes(start..self.bytes.len()) });
    }

    fn gap(&mut self, flow: u32, side: Side, at: (Timestamp, u64), gap: Gap) {
        self.items.push(Item { flow, side, at, what: What::Gap(gap) });
    }

    /// Tells the sink, and forgets.
    pub(super) fn tell(&mut self, flows: &FlowTable, sink: &mut dyn Sink) -> io::Result<()> {
        for item in self.items.drain(..) {
            let Some(flow) = flows.flow(item.flow) else { continue };
            let part = match item.what {
                What::Bytes(range) => Part::Bytes(self.bytes.get(range).unwrap_or_default()),
                What::Gap(gap) => Part::Gap(gap),
            };
            let (time, frame) = item.at;
            sink.stream(flow, &StreamPart { side: item.side, frame, time, part })?;
        }
        self.bytes.clear();
        Ok(())
    }
}

impl Pipeline {
    /// Puts the segment's payload into its stream and hands on what became contiguous; `alone` keeps it from
    /// whoever reads messages.
    pub(super) fn deliver(
        &mut self,
        frame: &Frame<'_>,
        placed: &mut Placed,
        span: Span,
        s: &Segment<'_>,
        origin: Origin,
        alone: bool,
    ) {
        let before = self.flows.flow(placed.flow).and_then(cost);
        if before.is_some() {
            for side in [s.from.other(), s.from] {
                self.give_up_overdue(frame, placed.flow, side);
            }
        }
        if placed.step.labels.has(Label::RstNotHonoured) {
            self.go_on_after_reset(placed.flow);
        }
        if placed.step.offers && !alone {
            self.read_offered(frame, placed.flow, s.from, span);
        }
        if placed.step.accepts {
            self.deliver_accepted(frame, placed.flow, s.from.other(), origin);
        }
        if placed.step.labels.has(Label::FastOpenIgnored)
            && let Some(flow) = self.flows.flow_mut(placed.flow)
        {
            // The same bytes come again, and are read as if for the first time.
            flow.app = App::default();
        }
        if placed.step.labels.has(Label::BadChecksum) && self.keep.delivered {
            self.check(frame, placed, span, origin);
        }
        if let Some(at) = placed.step.payload_at {
            self.deliver_payload(frame, placed, span, at, origin, alone);
        }
        self.deliver_end(frame, placed, s);
        if let Some(after) = self.flows.flow(placed.flow).and_then(cost) {
            self.stream_cost += after;
            self.stream_cost -= before.unwrap_or_default();
            if self.stream_cost.history > self.limits.all_history_bytes {
                self.forget_histories();
            }
            if self.stream_cost.waiting > self.limits.all_stream_bytes {
                self.relieve();
            }
        }
    }

    fn deliver_payload(
        &mut self,
        frame: &Frame<'_>,
        placed: &mut Placed,
        span: Span,
        at: Position,
        origin: Origin,
        alone: bool,
    ) {
        let (index, from) = (placed.flow, placed.step.from);
        let Some(flow) = self.flows.flow_mut(index) else { return };
        let allowed = flow.tcp.half(from.other()).allowed();
        // In order it takes no room, and of a receiver whose acknowledgments were not captured the window is not known.
        let waits = flow.tcp.half(from).stream.next().is_none_or(|next| at > next);
        if waits && allowed.is_some_and(|allowed| at > allowed.saturating_add(BEYOND_WINDOW)) {
            flow.tcp.stream_mut(from).outside(span.wire as u64);
            self.note_skipped(frame, index, from, span.len() as u64);
            return;
        }
        if !flow.tcp.half(from).stream.is_plain() {
            self.make_room(frame, index, from, at, span.len());
        }
        let bytes = self.parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default();
        let Some(flow) = self.flows.flow_mut(index) else { return };
        let stream = flow.tcp.stream_mut(from);
        let delivery = stream.push(at, bytes, origin, &self.rules);
        note_conflicts(flow, &mut placed.step, self.rules.overlap);
        match delivery {
            Delivery::Nothing => {}
            Delivery::Direct(range) => {
                let part = Span {
                    source: span.source,
                    offset: span.offset + range.start,
                    end: span.offset + range.end,
                    wire: range.len() + if range.end == span.len() { span.wire - span.len() } else { 0 },
                };
                if alone {
                    self.note_bytes(frame, index, from, &Chunk::Here(part));
                    // Whoever reads the stream misses these bytes.
                    self.note_skipped(frame, index, from, part.len() as u64);
                } else {
                    self.feed(frame, index, from, Chunk::Here(part));
                }
            }
            Delivery::Joined(bytes) => self.feed(frame, index, from, Chunk::Owned(bytes)),
        }
        if span.wire > span.len() {
            self.skip_uncaptured(frame, index, from, at, span);
        }
    }

    /// A segment with a wrong checksum changes nothing (S19). If it holds other bytes than those that were delivered,
    /// that is evidence of someone who wants analysers, not receivers, to take them (R4).
    fn check(&mut self, frame: &Frame<'_>, placed: &mut Placed, span: Span, origin: Origin) {
        let bytes = self.parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default();
        let Some(flow) = self.flows.flow_mut(placed.flow) else { return };
        flow.tcp.stream_mut(placed.step.from).check(placed.step.seq, bytes, origin, &self.rules);
        note_conflicts(flow, &mut placed.step, self.rules.overlap);
    }

    /// F08: while too much waits for a segment at `at` to wait as well, the hole in front is given up.
    fn make_room(&mut self, frame: &Frame<'_>, flow: u32, side: Side, at: Position, len: usize) {
        while let Some(flow_ref) = self.flows.flow_mut(flow) {
            let stream = flow_ref.tcp.stream_mut(side);
            let Some(bound) = stream.is_full(len, &self.rules) else { return };
            if stream.next().is_none_or(|next| at <= next) || !self.give_up(frame, flow, side, Reason::Limit)
            {
                return;
            }
            self.hits.note(bound);
        }
    }

    /// P12: what the snap length cut off is a gap, known at once.
    fn skip_uncaptured(&mut self, frame: &Frame<'_>, flow: u32, side: Side, at: Position, span: Span) {
        let cut = at.saturating_add_unsigned(span.len() as u64);
        let end = at.saturating_add_unsigned(span.wire as u64);
        let Some(flow_ref) = self.flows.flow_mut(flow) else { return };
        let now = frame.time.as_nanos();
        if let Some((gap, delivery)) = flow_ref.tcp.stream_mut(side).cut_off(cut, end, now, &self.rules) {
            self.after_gap(frame, flow, side, gap, delivery);
        }
    }

    /// R5 and R7: holes that will not fill any more.
    fn give_up_overdue(&mut self, frame: &Frame<'_>, flow: u32, side: Side) {
        let now = frame.time.as_nanos();
        while let Some(flow_ref) = self.flows.flow_mut(flow) {
            let one_way = flow_ref.tcp.half(side.other()).packets == 0;
            let Some(reason) = flow_ref.tcp.stream_mut(side).is_overdue(now, one_way) else { return };
            if !self.give_up(frame, flow, side, reason) {
                return;
            }
        }
    }

    /// Gives up the hole at the front of a stream. False if there is none.
    fn give_up(&mut self, frame: &Frame<'_>, flow: u32, side: Side, reason: Reason) -> bool {
        let Some(flow_ref) = self.flows.flow_mut(flow) else { return false };
        let now = frame.time.as_nanos();
        let Some((gap, delivery)) = flow_ref.tcp.stream_mut(side).give_up(reason, now, &self.rules) else {
            return false;
        };
        self.after_gap(frame, flow, side, gap, delivery);
        true
    }

    fn after_gap(&mut self, frame: &Frame<'_>, flow: u32, side: Side, gap: Gap, delivery: Delivery) {
        if self.keep.payload {
            self.given.gap(flow, side, (frame.time, frame.number), gap);
        }
        self.note_skipped(frame, flow, side, gap.len);
        if let Delivery::Joined(bytes) = delivery {
            self.feed(frame, flow, side, Chunk::Owned(bytes));
        }
    }

    /// Whoever reads messages does not get the next `len` bytes.
    fn note_skipped(&mut self, frame: &Frame<'_>, flow: u32, side: Side, len: u64) {
        let Some(known) = self.flows.flow(flow) else { return };
        if self.keep.reading == Reading::AsTheyCome && !known.app.inboxes[side].is_in_order() {
            return;
        }
        self.flush(frame, flow, side);
        if let Some(flow) = self.flows.flow_mut(flow) {
            flow.app.inboxes[side].skip(len);
        }
    }

    /// The rest of the message that waits will not come: it is shown as far as it is there.
    fn flush(&mut self, frame: &Frame<'_>, index: u32, side: Side) {
        let Some(flow) = self.flows.flow_mut(index) else { return };
        let from_client = flow.tcp.client() == side;
        let against = goes_back(&self.parts, flow.tcp.pair.end(side));
        let app = &mut flow.app;
        let inbox = &mut app.inboxes[side];
        let bytes = std::mem::take(&mut inbox.pending);
        let Some(reader) = app.dissector.filter(|_| !bytes.is_empty() && !inbox.dead) else { return };
        let len = bytes.len();
        let Some(source) = self.parts.add_source(bytes) else { return };
        let span = Span { source, offset: 0, end: len, wire: len };
        let place = StreamPlace { follows: Follows::Break, gap: std::mem::take(&mut inbox.gap) };
        let feed = Feed { stream: Some(place), from_client, against, state: &mut app.state };
        // Cut or not, there is nothing to be done about it: the layer keeps its fault.
        let _ = self.registry.message(frame, &mut self.parts, reader, span, feed);
    }

    /// A server that knows the cookie of a fast-open SYN hands its payload on at once: messages in it are shown with the SYN
    /// that carries them, as they are without a cookie. The stream has to wait for the answer.
    fn read_offered(&mut self, frame: &Frame<'_>, index: u32, side: Side, span: Span) {
        let Some(flow) = self.flows.flow_mut(index) else { return };
        if self.keep.reading == Reading::InOrder {
            flow.app.early = true;
            self.read(frame, index, side, Chunk::Here(span), Follows::More);
        }
    }

    /// Payload that counts only since this acknowledgment: of a fast-open SYN, or of a window probe.
    fn deliver_accepted(&mut self, frame: &Frame<'_>, flow: u32, side: Side, origin: Origin) {
        let Some(flow_ref) = self.flows.flow_mut(flow) else { return };
        let Some((at, data)) = flow_ref.tcp.take_accepted(side) else { return };
        let early = std::mem::take(&mut flow_ref.app.early);
        let offered = data.len();
        let mut bytes = match flow_ref.tcp.stream_mut(side).push(at, &data, origin, &self.rules) {
            Delivery::Nothing => return,
            Delivery::Direct(_) => data.into_vec(),
            Delivery::Joined(bytes) => bytes,
        };
        if early {
            let behind = bytes.split_off(offered.min(bytes.len()));
            self.note_bytes(frame, flow, side, &Chunk::Owned(bytes));
            bytes = behind;
        }
        if !bytes.is_empty() {
            self.feed(frame, flow, side, Chunk::Owned(bytes));
        }
    }

    /// A FIN whose stream is complete, or an effective reset, tells the dissector that no more will come.
    fn deliver_end(&mut self, frame: &Frame<'_>, placed: &Placed, s: &Segment<'_>) {
        let Some(flow) = self.flows.flow(placed.flow) else { return };
        let reset = placed.step.labels.has(Label::Rst) && flow.tcp.end(s.from).is_reset();
        if !reset && Side::both().into_iter().all(|side| !flow.tcp.half(side).stream.is_complete()) {
            return;
        }
        if reset {
            for side in Side::both() {
                while self.give_up(frame, placed.flow, side, Reason::End) {}
            }
        }
        for side in Side::both() {
            let Some(flow) = self.flows.flow_mut(placed.flow) else { return };
            let complete = flow.tcp.stream_mut(side).is_complete();
            if (complete || reset) && flow.app.inboxes[side].ended.is_none() {
                flow.app.inboxes[side].ended = Some(if complete { Follows::Close } else { Follows::Break });
                self.feed(frame, placed.flow, side, Chunk::Owned(Vec::new()));
            }
        }
    }

    /// S20: the reset that broke the streams off was not honoured.
    fn go_on_after_reset(&mut self, flow: u32) {
        let Some(flow) = self.flows.flow_mut(flow) else { return };
        for side in Side::both() {
            flow.app.inboxes[side].ended.take_if(|ended| *ended == Follows::Break);
        }
    }

    /// Contiguous bytes of one direction: hashed, and kept for the sink, where that was asked for.
    pub(super) fn note_bytes(&mut self, frame: &Frame<'_>, index: u32, side: Side, chunk: &Chunk) {
        let Some(flow) = self.flows.flow_mut(index) else { return };
        if flow.kept.digests.is_none() && !self.keep.payload {
            return;
        }
        let bytes = match chunk {
            Chunk::Here(span) => {
                self.parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default()
            }
            Chunk::Owned(bytes) => bytes,
        };
        if let Some(digests) = &mut flow.kept.digests {
            digests[side].update(bytes);
        }
        if self.keep.payload && !bytes.is_empty() {
            self.given.bytes(index, side, (frame.time, frame.number), bytes);
        }
    }

    /// Flows whose streams take memory, those that were silent longest first.
    fn by_silence(&self, takes: impl Fn(Cost) -> usize) -> Vec<u32> {
        let takes = |flow: &Flow| cost(flow).is_some_and(|cost| takes(cost) > 0);
        let mut all: Vec<_> = self.flows.iter().filter(|(_, flow)| takes(flow)).collect();
        all.sort_by_key(|(_, flow)| (flow.tcp.times().1, flow.number));
        all.into_iter().map(|(index, _)| index).collect()
    }

    /// Too many delivered bytes are kept: those of the flows that were silent longest go, until an eighth is free again.
    /// So this search, as the one below, is paid for by what had to come to fill that.
    #[cold]
    fn forget_histories(&mut self) {
        let enough = self.limits.all_history_bytes / 8 * 7;
        for index in self.by_silence(|cost| cost.history) {
            if self.stream_cost.history <= enough {
                return;
            }
            let Some(flow) = self.flows.flow_mut(index) else { continue };
            self.hits.note(Bound::AllHistoryBytes);
            self.stream_cost -= cost(flow).unwrap_or_default();
            for side in Side::both() {
                flow.tcp.stream_mut(side).forget_history();
            }
            self.stream_cost += cost(flow).unwrap_or_default();
        }
    }

    /// R6: too much waits in the streams of all flows. Those that were silent longest give up their holes.
    #[cold]
    fn relieve(&mut self) {
        let enough = self.limits.all_stream_bytes / 8 * 7;
        for index in self.by_silence(|cost| cost.waiting) {
            if self.stream_cost.waiting <= enough {
                return;
            }
            let Some(flow) = self.flows.flow_mut(index) else { continue };
            self.stream_cost -= cost(flow).unwrap_or_default();
            let time = flow.tcp.times().1;
            self.hits.note(Bound::AllStreamBytes);
            for side in Side::both() {
                let stream = flow.tcp.stream_mut(side);
                while let Some((gap, delivery)) = stream.give_up(Reason::Limit, time.as_nanos(), &self.rules)
                {
                    let bytes = match &delivery {
                        Delivery::Joined(bytes) => bytes.as_slice(),
                        Delivery::Nothing | Delivery::Direct(_) => &[],
                    };
                    // No packet is at hand in which messages behind the gap could be shown.
                    flow.app.inboxes[side].skip(gap.len.saturating_add(bytes.len() as u64));
                    if self.keep.payload {
                        self.given.gap(index, side, (time, 0), gap);
                        self.given.bytes(index, side, (time, 0), bytes);
                    }
                }
            }
            self.stream_cost += cost(flow).unwrap_or_default();
        }
    }

    /// The flow is over: what still waits behind holes is given out, and what is missing gets its final word.
    pub(super) fn close_streams(&mut self, flow: &mut Flow, sink: &mut dyn Sink) -> io::Result<()> {
        let reason = if flow.evicted { Reason::Evicted } else { Reason::End };
        let time = flow.tcp.times().1;
        self.stream_cost -= cost(flow).unwrap_or_default();
        for side in Side::both() {
            while let Some((gap, delivery)) =
                flow.tcp.stream_mut(side).give_up(reason, time.as_nanos(), &self.rules)
            {
                if !self.keep.payload {
                    continue;
                }
                let part = StreamPart { side, frame: 0, time, part: Part::Gap(gap) };
                sink.stream(flow, &part)?;
                if let Delivery::Joined(bytes) = delivery {
                    sink.stream(flow, &StreamPart { part: Part::Bytes(&bytes), ..part })?;
                }
            }
        }
        Ok(())
    }
}

/// What the stream of the sender of `step` found to differ becomes conflicts of the flow.
fn note_conflicts(flow: &mut Flow, step: &mut Step, policy: Overlap) {
    for found in flow.tcp.stream_mut(step.from).take_overlapping() {
        step.labels.add(Label::OverlapConflict);
        flow.kept.conflicts.get_or_insert_default().add(Conflict {
            side: step.from,
            difference: found.difference,
            old: found.old,
            new: found.new,
            policy: (!found.delivered).then_some(policy),
        });
    }
}

/// Memory of both streams of a flow that counts against bounds; `None` where neither ever lacked anything.
fn cost(flow: &Flow) -> Option<Cost> {
    let [low, high] = Side::both().map(|side| &flow.tcp.half(side).stream);
    if low.is_plain() && high.is_plain() {
        return None;
    }
    let mut cost = low.cost();
    cost += high.cost();
    Some(cost)
}
