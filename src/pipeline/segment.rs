//! TCP segments: the tracker's verdict, the stream's bytes in order, the messages in them.

use std::fmt::Write as _;

use netdissect_dissectors::dissector::{Fault, Follows, Stream as StreamPlace};
use netdissect_dissectors::facts::{Analysis, FlowNumber, Scale, TcpFacts};
use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::packet::{Dissection, Layer, Packet};
use netdissect_dissectors::registry::{Feed, Span};
use netdissect_dissectors::transport::tcp::{Flags, Header, Soundness, TCP_PORT, options, soundness};

use super::{Depth, Pipeline, Reading, context};
use crate::flow::community::Transport;
use crate::flow::conflict::Origin;
use crate::flow::habits::is_event;
use crate::flow::judgement;
use crate::flow::key::{Endpoint, Pair, Side};
use crate::flow::row::Row;
use crate::flow::table::{Flow, Placed};
use crate::flow::tcp::time::{Moment, Timing};
use crate::flow::tcp::{Label, Labels, Segment};
use crate::limits::Bound;

/// How often a flow's payload is offered to heuristics before it counts as unknown.
const MAX_TRIES: u8 = 8;
/// Bytes of a message's summary that a timeline row keeps.
const MAX_SUMMARY: usize = 120;

/// Where bytes of a stream lie.
pub(super) enum Chunk {
    /// In a source of the packet.
    Here(Span),
    /// In a buffer of their own.
    Owned(Vec<u8>),
}

/// Memory that a flow's rows take.
pub(super) fn bytes_of_rows(flow: &Flow) -> usize {
    flow.kept.rows.iter().map(bytes_of).sum()
}

fn bytes_of(row: &Row) -> usize {
    let message = row.message.as_ref().map_or(0, |text| text.len());
    let analysis = row.wireshark.as_ref().map_or(0, |_| size_of::<Analysis>());
    size_of::<Row>() + message + analysis
}

impl Pipeline {
    /// One segment whose payload is `span`; the last layer is its TCP header.
    pub(super) fn segment(&mut self, frame: &Frame<'_>, src: u16, dst: u16, span: Span) {
        let Some(net) = self.parts.net().copied() else { return };
        let slot = self.parts.slots.len().saturating_sub(1);
        let Some(layer) = self.parts.slots.get(slot).copied() else { return };
        let source = self.parts.source(frame, layer.source);
        let bytes = source.get(layer.range()).unwrap_or_default();
        let Ok(header) = Header::parse(bytes) else { return };
        let (pair, from) =
            Pair::new(Endpoint { addr: net.src, port: src }, Endpoint { addr: net.dst, port: dst });
        let mut options = options(header.options);
        options.cut = header.options_cut;
        options.timestamps.take_if(|_| self.keep.ignore.timestamps);
        let segment = Segment {
            frame: frame.number,
            time: frame.time,
            from,
            seq: header.seq,
            ack: header.ack,
            flags: header.flags,
            window: header.window,
            len: u32::try_from(span.wire).unwrap_or(u32::MAX),
            payload: source.get(span.offset..span.end).unwrap_or_default(),
            options,
            ip_id: net.id.filter(|_| !self.keep.ignore.ids),
            ecn: net.ecn,
            hop_limit: net.ttl,
        };
        let judged = if self.keep.unsound { Soundness::Unknown } else { soundness(&net, bytes) };
        self.at_hand = Some((Transport::Tcp, pair));
        let mut placed = self.flows.segment(pair, context(&self.parts, frame, self.vlan), &segment, judged);
        let segment = segment.numbers();
        let Some(flow) = self.flows.flow_mut(placed.flow) else { return };
        let mut amended = amend_rows(flow);
        keep_roles(flow, &mut amended);
        flow.observed[from].note(segment.len, judged);
        let (number, from_client) = (flow.number, from == flow.tcp.client());
        self.note_facts(slot, number, &placed, &segment, from_client);
        self.identify(u8::try_from(slot).unwrap_or(u8::MAX), &pair, Transport::Tcp);
        // Wireshark joins none whose checksum it finds wrong; whoever asks what was said misses only what no receiver took.
        let is_doubted = matches!(judged, Soundness::Unfinished | Soundness::Wrong);
        let alone = match self.keep.reading {
            Reading::AsTheyCome => is_doubted,
            Reading::InOrder => placed.step.labels.has(Label::BadChecksum),
        };
        let origin = Origin {
            frame: frame.number,
            time: frame.time.as_nanos(),
            ttl: net.ttl,
            tsval: segment.options.timestamps.map(|stamps| stamps.0),
            bad_checksum: judged == Soundness::Wrong,
        };
        self.deliver(frame, &mut placed, span, &segment, origin, alone);
        match self.keep.reading {
            _ if self.keep.depth != Depth::Messages => {}
            // R1: what a reset carries is its cause and no message.
            _ if segment.flags.contains(Flags::RST) => {}
            Reading::AsTheyCome => self.read_as_it_came(frame, &placed, span, &segment, alone),
            Reading::InOrder if alone => self.read_alone(frame, &placed, span, from),
            Reading::InOrder => {}
        }
        if self.keep.habits
            && let Some(flow) = self.flows.flow_mut(placed.flow)
        {
            flow.kept.habits.get_or_insert_default().note(&segment, net.ttl, &placed.step);
        }
        if self.keep.rows || self.keep.habits && is_event(&placed.step) {
            self.note_row(frame, slot, &placed, &segment);
        }
        self.flows.weigh(placed.flow);
        if self.keep.progress {
            self.running.touch(placed.flow, amended);
        }
    }

    fn note_facts(
        &mut self,
        slot: usize,
        flow: FlowNumber,
        placed: &Placed,
        s: &Segment<'_>,
        from_client: bool,
    ) {
        let facts = TcpFacts {
            flow,
            stream: placed.stream,
            seq: placed.relative.seq,
            ack: placed.relative.ack,
            peer_base: placed.relative.peer_base,
            len: s.len,
            scale: if s.flags.contains(Flags::SYN) { Scale::Unknown } else { placed.relative.scale },
            accurate_ecn: placed.relative.accurate_ecn,
            states: placed.step.states,
            from_client,
            since_first: placed.relative.since_first,
            since_previous: placed.relative.since_previous,
            completeness: placed.relative.completeness,
            kinds: placed.relative.kinds,
            analysis: match &placed.wireshark {
                Some(theirs) => **theirs,
                None => judgement::analysis(&placed.step),
            },
            judgement: judgement::judgement(&placed.step),
            pending: None,
            rebuilt_in: None,
            labels: placed.step.labels.words(),
        };
        self.parts.facts.tcp.push((u8::try_from(slot).unwrap_or(u8::MAX), facts));
    }

    /// The payload of a segment that its receiver would not have taken as it was captured: read by itself, it is no
    /// part of a message over several segments.
    fn read_alone(&mut self, frame: &Frame<'_>, placed: &Placed, span: Span, side: Side) {
        let labels = placed.step.labels;
        const NOT_ALONE: Labels = Labels::NONE
            .with(Label::Retransmission)
            .with(Label::OutOfOrder)
            .with(Label::Duplicate)
            .with(Label::KeepAlive)
            .with(Label::Rst);
        if !labels.has_any(NOT_ALONE) {
            self.read_apart(frame, placed, span, side, Follows::Apart);
        }
    }

    /// The messages in `span` and nothing else.
    pub(super) fn read_apart(
        &mut self,
        frame: &Frame<'_>,
        placed: &Placed,
        span: Span,
        side: Side,
        follows: Follows,
    ) {
        if span.is_empty() {
            return;
        }
        let Some(reader) = self.reader(frame, placed.flow, &Chunk::Here(span)) else {
            self.show_unread(frame, Chunk::Here(span));
            return;
        };
        let Some(flow) = self.flows.flow_mut(placed.flow) else { return };
        let from_client = flow.tcp.client() == side;
        let mut span = span;
        while !span.is_empty() {
            let feed = Feed {
                stream: Some(StreamPlace { follows, gap: 0 }),
                from_client,
                against: false,
                state: &mut flow.app.state,
            };
            match self.registry.message(frame, &mut self.parts, reader, span, feed) {
                Ok(taken) if taken > 0 => {
                    span.offset = span.offset.saturating_add(taken);
                    span.wire = span.len();
                }
                _ => return,
            }
        }
    }

    /// Hands contiguous bytes of one direction to whoever reads the flow, message by message.
    pub(super) fn feed(&mut self, frame: &Frame<'_>, index: u32, side: Side, chunk: Chunk) {
        self.note_bytes(frame, index, side, &chunk);
        let Some(flow) = self.flows.flow(index) else { return };
        if self.keep.reading == Reading::AsTheyCome && !flow.app.inboxes[side].is_in_order() {
            return;
        }
        let follows = flow.app.inboxes[side].ended.unwrap_or(Follows::More);
        self.read(frame, index, side, chunk, follows);
    }

    /// Takes messages off the front of what waits of one direction and of `chunk`, behind which comes `follows`.
    pub(super) fn read(&mut self, frame: &Frame<'_>, index: u32, side: Side, chunk: Chunk, follows: Follows) {
        if self.keep.depth != Depth::Messages {
            return;
        }
        let end = follows != Follows::More;
        if self.reader(frame, index, &chunk).is_none() {
            self.show_unread(frame, chunk);
            return;
        }
        let Some(flow) = self.flows.flow_mut(index) else { return };
        let app = &mut flow.app;
        let Some(reader) = app.dissector else { return };
        let from_client = flow.tcp.client() == side;
        let against = goes_back(&self.parts, flow.tcp.pair.end(side));
        let inbox = &mut app.inboxes[side];
        if inbox.dead {
            self.show_unread(frame, chunk);
            return;
        }
        // Where a message that was waited for ends, if its length was known.
        let awaited = inbox.need;
        let uncaptured = match &chunk {
            Chunk::Here(span) => span.wire.saturating_sub(span.len()),
            Chunk::Owned(_) => 0,
        };
        let mut span = match chunk {
            Chunk::Here(span) if inbox.pending.is_empty() => span,
            chunk => {
                match chunk {
                    Chunk::Here(span) => {
                        let bytes = self.parts.source(frame, span.source);
                        inbox.pending.extend_from_slice(bytes.get(span.offset..span.end).unwrap_or_default());
                    }
                    Chunk::Owned(bytes) if inbox.pending.is_empty() => inbox.pending = bytes,
                    Chunk::Owned(bytes) => inbox.pending.extend_from_slice(&bytes),
                }
                if inbox.pending.len() < inbox.need && !end && uncaptured == 0 {
                    note_pending(&mut self.parts, from_client);
                    return;
                }
                let bytes = std::mem::take(&mut inbox.pending);
                let len = bytes.len();
                let Some(source) = self.parts.add_source(bytes) else { return };
                Span { source, offset: 0, end: len, wire: len.saturating_add(uncaptured) }
            }
        };
        inbox.need = 0;
        let layers = self.parts.slots.len();
        let mut first = true;
        while !span.is_empty() || end {
            self.parts.further = !std::mem::take(&mut first) && (span.source == 0 || span.offset != awaited);
            let feed = Feed {
                stream: Some(StreamPlace { follows, gap: std::mem::take(&mut inbox.gap) }),
                from_client,
                against,
                state: &mut app.state,
            };
            match self.registry.message(frame, &mut self.parts, reader, span, feed) {
                Ok(taken) if taken > 0 => {
                    inbox.unfinished = self.parts.unfinished;
                    span.offset = span.offset.saturating_add(taken);
                    span.wire = span.len().saturating_add(uncaptured);
                }
                Err(Fault::Short { need, .. }) if !end && need <= self.limits.message_bytes => {
                    let bytes = self.parts.source(frame, span.source).get(span.offset..span.end);
                    inbox.pending = bytes.unwrap_or_default().to_vec();
                    inbox.need = need;
                    self.parts.give_back(layers, span.source, span.offset);
                    note_pending(&mut self.parts, from_client);
                    return;
                }
                Err(Fault::Short { .. }) if !end => {
                    inbox.dead = true;
                    self.hits.note(Bound::MessageBytes);
                    return;
                }
                Ok(_) | Err(_) => {
                    inbox.dead = !end;
                    return;
                }
            }
        }
    }

    /// Who reads the flow's payload; asked anew until heuristics have seen enough.
    fn reader(&mut self, frame: &Frame<'_>, index: u32, chunk: &Chunk) -> Option<u16> {
        let flow = self.flows.flow_mut(index)?;
        if flow.app.dissector.is_some() || flow.app.tries >= MAX_TRIES {
            return flow.app.dissector;
        }
        let bytes = match chunk {
            Chunk::Here(span) => {
                self.parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default()
            }
            Chunk::Owned(bytes) => bytes,
        };
        if bytes.is_empty() {
            return None;
        }
        flow.app.tries += 1;
        if let Some((reader, state)) = self.announced.take(&TCP_PORT, &flow.tcp.pair) {
            flow.app.dissector = Some(reader);
            flow.app.state = state;
            return flow.app.dissector;
        }
        let place = StreamPlace { follows: Follows::More, gap: 0 };
        let pair = flow.tcp.pair;
        let server = flow.tcp.opened_to().map(|side| pair.end(side).port);
        let ports = (pair.low.port, pair.high.port);
        flow.app.dissector = self.registry.by_ports(&self.parts, ports, server, bytes, Some(place));
        flow.app.dissector
    }

    /// Payload that nobody reads is shown as data.
    fn show_unread(&mut self, frame: &Frame<'_>, chunk: Chunk) {
        let span = match chunk {
            Chunk::Here(span) => Some(span),
            Chunk::Owned(bytes) if bytes.is_empty() => None,
            Chunk::Owned(bytes) => {
                let len = bytes.len();
                self.parts.add_source(bytes).map(|source| Span { source, offset: 0, end: len, wire: len })
            }
        };
        if let Some(span) = span {
            self.registry.unclaimed(frame, &mut self.parts, span);
        }
    }

    fn note_row(&mut self, frame: &Frame<'_>, slot: usize, placed: &Placed, s: &Segment<'_>) {
        let packet = Packet { frame: *frame, parts: &self.parts, registry: &self.registry };
        let message = packet.layer(slot + 1).filter(|layer| layer.protocol().name != "data").map(|first| {
            let more = (slot + 2..).map_while(|index| packet.layer(index));
            let same = |layer: &Layer<'_>| layer.slot.dissector == first.slot.dissector && !layer.is_quoted();
            summaries(std::iter::once(first).chain(more.filter(same)))
        });
        let facts = self.parts.facts.tcp_at(u8::try_from(slot).unwrap_or(u8::MAX));
        let shift = match placed.relative.scale {
            Scale::Shift(shift) if !s.flags.contains(Flags::SYN) => shift.min(14),
            _ => 0,
        };
        let mut row = Row {
            frame: frame.number,
            time: frame.time,
            stream: placed.stream,
            step: placed.step,
            amended: false,
            wireshark: placed.wireshark.clone(),
            from_client: facts.is_some_and(|facts| facts.from_client),
            flags: s.flags,
            marks: placed.relative.accurate_ecn.then(|| s.flags.marks()),
            len: s.len,
            window: u32::from(s.window) << shift,
            window_unscaled: placed.relative.scale == Scale::Unknown && !s.flags.contains(Flags::SYN),
            mss: s.options.mss,
            message,
            pending: facts.is_some_and(|facts| facts.pending.is_some()),
            moment: Moment::default(),
        };
        let full = self.row_bytes >= self.limits.all_row_bytes;
        let limit = self.limits.rows;
        let Some(flow) = self.flows.flow_mut(placed.flow) else { return };
        row.moment = flow.tcp.timing().map(Timing::moment).unwrap_or_default();
        if full || flow.kept.rows.len() >= limit {
            flow.kept.rows_lost += 1;
            self.hits.note(if full { Bound::AllRowBytes } else { Bound::Rows });
        } else {
            self.row_bytes += bytes_of(&row);
            flow.kept.rows.push(row);
        }
    }
}

/// What `messages` say in short, as many of them as there is room for.
fn summaries<'a>(messages: impl Iterator<Item = Layer<'a>>) -> Box<str> {
    let mut text = String::new();
    let mut left_out = 0_u32;
    for message in messages {
        if left_out > 0 {
            left_out += 1;
            continue;
        }
        let before = text.len();
        if before > 0 {
            text.push_str(", ");
        }
        // A summary fails only if its writer does, and a String does not.
        let _ = message.summary(&mut text);
        text.truncate(text.trim_end().len());
        if text.len() > MAX_SUMMARY {
            if before > 0 {
                text.truncate(before);
                left_out = 1;
            } else {
                let end = (0..=MAX_SUMMARY).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
                text.truncate(end);
                text.push_str("...");
            }
        }
    }
    if left_out > 0 {
        // The same of a String.
        let _ = write!(text, ", {left_out} more");
    }
    text.into_boxed_str()
}

/// S22: who is the client may turn out later; rows that were noted before follow, and their frames are added to
/// `amended`.
fn keep_roles(flow: &mut Flow, amended: &mut Vec<u64>) {
    let client = flow.tcp.client();
    let is_old = |row: &Row| row.from_client != (row.step.from == client);
    if flow.kept.rows.last().is_some_and(is_old) {
        for row in flow.kept.rows.iter_mut().filter(|row| is_old(row)) {
            row.from_client = !row.from_client;
            row.step.states.swap(0, 1);
            row.amended = true;
            amended.push(row.frame);
        }
    }
}

/// What later evidence told of earlier segments, into their rows (C29); returns the frames of those.
fn amend_rows(flow: &mut Flow) -> Vec<u64> {
    let mut amended = Vec::new();
    for amendment in flow.tcp.take_amendments() {
        if let Ok(at) = flow.kept.rows.binary_search_by_key(&amendment.frame, |row| row.frame)
            && let Some(row) = flow.kept.rows.get_mut(at)
        {
            row.step.amend(amendment.news);
            row.amended = true;
            amended.push(row.frame);
        }
    }
    amended
}

/// The flow is over: its rows learn what only the end tells.
pub(super) fn settle(flow: &mut Flow) {
    flow.tcp.finish();
    amend_rows(flow);
}

/// Whether the packet at hand was not sent by `sender`.
pub(super) fn goes_back(parts: &Dissection, sender: Endpoint) -> bool {
    let own = parts.net().zip(parts.ports).map(|(net, (src, _))| Endpoint { addr: net.src, port: src });
    own.is_some_and(|own| own != sender)
}

/// What the packet at hand holds is a part of a message that is not complete.
pub(super) fn note_pending(parts: &mut Dissection, from_client: bool) {
    if let Some((_, facts)) = parts.facts.tcp.last_mut() {
        facts.pending = Some(if from_client { "of a request" } else { "of a response" });
    }
}
