//! One owner of all mutable state: frames in, packets and flows out.
//!
//! A frame is taken apart by the registry as far as it goes without flows. Where the loop stops, the pipeline knows
//! the flow: it rebuilds datagrams, finds conversations, tracks TCP, puts streams in order, and lets the registry go
//! on. Only then do sinks see the packet, with its facts complete as far as this packet can tell.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::checksum;
use netdissect_dissectors::dissector::{Fragment, Net};
use netdissect_dissectors::facts::DatagramFacts;
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::{Dissection, Packet, Slot};
use netdissect_dissectors::registry::{Feed, Registry, Span, Stop};
use netdissect_dissectors::transport::udp::UDP_PORT;

use crate::capture::{Aside, Description, key_log};
use crate::flow::announced::Announced;
use crate::flow::community::{Names, Transport};
use crate::flow::datagram::Conversations;
use crate::flow::fragment::ledger::{Account, Ledger};
use crate::flow::fragment::{self, DatagramKey, Fragments, Outcome};
use crate::flow::idle::Clock;
use crate::flow::key::{Endpoint, Pair};
use crate::flow::stream::{Cost, Overlap, Rules};
use crate::flow::table::{Extras, Flow, FlowTable};
use crate::foresight::Foresight;
use crate::limits::{Bound, Hits, Limits};
use crate::save::Report;
use crate::trust::Books;

mod arrival;
mod deliver;
mod progress;
mod quoted;
mod segment;

use deliver::Given;
pub use deliver::{Part, StreamPart};
use progress::Running;
pub use progress::{News, PATIENCE};

/// Receives packets as they pass and flows when they are over.
pub trait Sink {
    /// One packet, with everything known of it now. `Break` ends the run.
    ///
    /// # Errors
    /// Those of the output.
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>>;

    /// The same of a sink that may keep packets for a while: it can take what `parts` knows of this one, and leave memory
    /// for the next.
    ///
    /// # Errors
    /// Those of the output.
    fn take(
        &mut self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        registry: &Registry,
    ) -> io::Result<ControlFlow<()>> {
        self.packet(&Packet { frame: *frame, parts, registry })
    }

    /// A packet that there is no time to take apart: it is written if packets are, and nothing else.
    ///
    /// # Errors
    /// Those of the output.
    fn unseen(&mut self, _frame: &Frame<'_>) -> io::Result<ControlFlow<()>> {
        Ok(ControlFlow::Continue(()))
    }

    /// Whether it looks at flows: for whoever does not, those at rest are not made ready to be shown.
    fn looks_at_flows(&self) -> bool {
        true
    }

    /// A flow that nothing can change any more.
    ///
    /// # Errors
    /// Those of the output.
    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()>;

    /// A flow that goes on, at `news.now`: it has new rows, or old ones wait to be shown. The sink may take rows that it
    /// has shown out of the flow. True if rows began to wait; the flow then comes again after [`PATIENCE`] at the latest.
    /// Only where [`Keep::progress`] asks for it.
    ///
    /// # Errors
    /// Those of the output.
    fn progress(&mut self, _flow: &mut Flow, _news: &News<'_>) -> io::Result<bool> {
        Ok(false)
    }

    /// An interval of packet time is over: all flows as they are, and how long after the first frame it ended, in ns.
    /// Only where [`Keep::interval`] asks for it.
    ///
    /// # Errors
    /// Those of the output.
    fn interval(&mut self, _flows: &FlowTable, _since: i64) -> io::Result<()> {
        Ok(())
    }

    /// A datagram that came in pieces, once nothing more can be said of it. Only where [`Keep::datagrams`] asks for it.
    ///
    /// # Errors
    /// Those of the output.
    fn datagram(&mut self, _account: &Account) -> io::Result<()> {
        Ok(())
    }

    /// A part of a stream, in order: bytes that became contiguous, or a gap that is given up. Only where
    /// [`Keep::payload`] asks for it.
    ///
    /// # Errors
    /// Those of the output.
    fn stream(&mut self, _flow: &Flow, _part: &StreamPart<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Something that stands beside the frames. Only where the source was asked for it.
    ///
    /// # Errors
    /// Those of the output.
    fn aside(&mut self, _aside: &Aside<'_>) -> io::Result<()> {
        Ok(())
    }

    /// The end of the input.
    ///
    /// # Errors
    /// Those of the output.
    fn finish(&mut self, totals: &Totals) -> io::Result<()>;

    /// Nothing is waiting: whoever looks should see what there is.
    ///
    /// # Errors
    /// Those of the output.
    fn flush(&mut self) -> io::Result<()>;

    /// The packet at hand is left out because of a fault of this program: half of a record is taken back.
    fn abandon(&mut self) {}

    /// Packets that were left out since the last call because of a fault of this program, where they are shown after
    /// they were taken.
    fn left_out(&mut self) -> Vec<u64> {
        Vec::new()
    }

    /// Packets shown so far.
    fn shown(&self) -> u64;

    /// What became of the capture that is written, if one is.
    fn saved(&self) -> Option<Report> {
        None
    }
}

/// What the whole run came to.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Frames taken apart.
    pub frames: u64,
    /// TCP flows opened.
    pub tcp_flows: u64,
    /// UDP conversations opened.
    pub udp_conversations: u64,
    /// How often each bound was reached.
    pub hits: Hits,
    /// Packets in which a dissector met a fault.
    pub faults: u64,
    /// What the source told at its end.
    pub books: Books,
    /// What was read.
    pub source: Description,
}

/// How far packets are taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Not at all, whatever the link type.
    Frames,
    /// Down to the payload of TCP: flows are tracked and streams put in order, but nobody reads messages in them.
    Flows,
    /// All of them.
    #[default]
    Messages,
}

/// Where messages in streams are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Where the stream, put in order, completes them: what came early waits, and what came twice is read once.
    #[default]
    InOrder,
    /// In the segments as they come, where Wireshark shows them: what is sent again or out of order completes no message,
    /// and behind a gap reading begins anew.
    AsTheyCome,
}

/// What to keep of TCP flows beyond their states.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep {
    /// How far packets are taken apart.
    pub depth: Depth,
    /// Where messages in streams are read.
    pub reading: Reading,
    /// A row for each segment.
    pub rows: bool,
    /// Calls [`Sink::interval`] so often, in ns.
    pub interval: Option<i64>,
    /// Rows as they come, for [`Sink::progress`].
    pub progress: bool,
    /// What each end's packets have in common, and a row for each segment that is more than ordinary traffic.
    pub habits: bool,
    /// A SHA-256 of each stream, the words of Zeek.
    pub extras: Extras,
    /// Segments with a wrong or unfinished checksum as parts of messages.
    pub unsound: bool,
    /// Delivered bytes for a while, to find copies of them that differ.
    pub delivered: bool,
    /// The bytes of streams as they become contiguous, for [`Sink::stream`].
    pub payload: bool,
    /// What coded bodies hold, for whoever looks at fields.
    pub contents: bool,
    /// How datagrams came in pieces, for [`Sink::datagram`].
    pub datagrams: bool,
    /// The community ID of each packet.
    pub community_id: bool,
    /// What verdicts on segments do without.
    pub ignore: Ignore,
}

/// Which copy is kept where pieces overlap.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies {
    /// Of TCP segments (R3).
    pub overlap: Overlap,
    /// Of IPv4 fragments (F5).
    pub fragment_overlap: fragment::Overlap,
}

/// Evidence that verdicts on segments do without, to see what it is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    /// IPv4 identifications (`ip.id`).
    pub ids: bool,
    /// TCP timestamps (`tcp.options.timestamp`).
    pub timestamps: bool,
}

/// The program's state while it reads.
#[derive(Debug)]
pub struct Pipeline {
    registry: Registry,
    parts: Dissection,
    flows: FlowTable,
    conversations: Conversations,
    announced: Announced,
    fragments: Fragments,
    ledger: Option<Ledger>,
    limits: Limits,
    rules: Rules,
    keep: Keep,
    row_bytes: usize,
    /// Memory of all streams that counts against bounds.
    stream_cost: Cost,
    hits: Hits,
    /// Whose packet is at hand.
    at_hand: Option<(Transport, Pair)>,
    given: Given,
    /// Community IDs, if they are wanted.
    names: Option<Names>,
    running: Running,
    foresight: Option<Foresight>,
    /// The clock by which silence ends flows.
    clock: Option<Clock>,
    /// Numbers of the dissectors of VLAN tags, of TCP and of UDP.
    vlan: Option<u16>,
    tcp: Option<u16>,
    udp: Option<u16>,
    first: Option<Timestamp>,
    previous: Option<Timestamp>,
    faults: u64,
    frames: u64,
    books: Books,
    source: Description,
}

/// Times the loop may be taken up again within one packet: tunnels in datagrams in tunnels.
const MAX_RESUMES: usize = 16;
/// Flows that one packet lets go at most when memory is short.
const EVICTIONS: usize = 10;

impl Pipeline {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(registry: Registry, limits: Limits, keep: Keep) -> Self {
        let mut parts = Dissection::default();
        parts.contents = keep.contents;
        parts.wireshark = keep.extras.wireshark;
        let order = keep.depth == Depth::Messages && keep.reading == Reading::AsTheyCome;
        // Who looks at all flows again and again wants none of them packed.
        let limits = match keep.interval {
            Some(_) => Limits { awake_flows: limits.flows, ..limits },
            None => limits,
        };
        Self {
            vlan: registry.named("vlan"),
            tcp: registry.named("tcp"),
            udp: registry.named("udp"),
            registry,
            parts,
            flows: FlowTable::new(limits, Extras { order, ..keep.extras }),
            conversations: Conversations::new(limits.flows),
            announced: Announced::default(),
            fragments: Fragments::new(limits.fragments(), fragment::Overlap::default()),
            ledger: keep.datagrams.then(|| Ledger::new(limits.fragments(), fragment::Overlap::default())),
            limits,
            rules: Rules::new(Overlap::default(), keep.delivered, &limits),
            keep,
            row_bytes: 0,
            stream_cost: Cost::default(),
            hits: Hits::default(),
            at_hand: None,
            given: Given::default(),
            names: keep.community_id.then(Names::default),
            running: Running::default(),
            foresight: None,
            clock: None,
            first: None,
            previous: None,
            faults: 0,
            frames: 0,
            books: Books::default(),
            source: Description::default(),
        }
    }

    /// The same with other policies for overlaps; call it before the first frame.
    #[must_use]
    pub fn with_policies(mut self, policies: Policies) -> Self {
        self.rules.overlap = policies.overlap;
        let limits = self.limits.fragments();
        self.fragments = Fragments::new(limits, policies.fragment_overlap);
        self.ledger = self.ledger.map(|_| Ledger::new(limits, policies.fragment_overlap));
        self
    }

    /// The same with what a first pass over the same frames found out; call it before the first frame.
    #[must_use]
    pub fn with_foresight(mut self, foresight: Foresight) -> Self {
        self.foresight = Some(foresight);
        self
    }

    /// Who reads what.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Takes over secrets that the capture holds, for the packets to come.
    pub fn aside(&mut self, aside: &Aside<'_>) {
        if let Aside::Block(block) = aside
            && let Some(log) = key_log(block)
        {
            self.registry.secrets_mut().tls.add(log);
        }
    }

    /// The same for an input without end: what was silent for long is let go, as packet time goes on (section 4 of
    /// docs/faults.md). Call it before the first frame.
    #[must_use]
    pub fn without_end(mut self) -> Self {
        self.clock = Some(Clock::default());
        self
    }

    /// Flows and conversations that are remembered now.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.flows.len() + self.conversations.len()
    }

    /// What is kept of flows.
    #[must_use]
    pub fn keep(&self) -> Keep {
        self.keep
    }

    /// Whether frames of this link type can be taken apart.
    #[must_use]
    pub fn reads(&self, link: LinkType) -> bool {
        self.keep.depth == Depth::Frames || self.registry.knows_link(link)
    }

    /// Takes note of a frame that is left out: times run over all frames of a capture, as their numbers do.
    pub fn pass_over(&mut self, frame: &Frame<'_>) {
        if frame.time.is_valid() {
            self.first.get_or_insert(frame.time);
            self.previous = Some(frame.time);
        }
    }

    /// Takes one frame through everything and shows the packet to `sink`.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn frame(&mut self, frame: &Frame<'_>, sink: &mut dyn Sink) -> io::Result<ControlFlow<()>> {
        self.frames += 1;
        self.at_hand = None;
        // Times go from one frame that has one to the next.
        let (mut first, mut previous) = (frame.time, frame.time);
        if frame.time.is_valid() {
            first = *self.first.get_or_insert(frame.time);
            previous = self.previous.replace(frame.time).unwrap_or(frame.time);
        }
        if self.keep.depth == Depth::Frames {
            return sink.packet(&Packet { frame: *frame, parts: &self.parts, registry: &self.registry });
        }
        if let Some(clock) = &mut self.clock {
            let moment = clock.note(frame.time);
            self.flows.let_go(moment, frame.time);
            self.conversations.let_go(moment);
        }
        self.elapse(frame.time, sink)?;
        let mut stop = self.registry.dissect(frame, &mut self.parts);
        self.parts.facts.since_first = frame.time.nanos_since(first);
        self.parts.facts.since_previous = frame.time.nanos_since(previous);
        for _ in 0..MAX_RESUMES {
            stop = match stop {
                Stop::Done => break,
                Stop::Fragment(fragment, span) => self.fragment(frame, &fragment, span),
                Stop::Datagram { src, dst, span } => self.datagram(frame, src, dst, span),
                Stop::Stream { src, dst, span } => {
                    self.segment(frame, src, dst, span);
                    Stop::Done
                }
            };
        }
        if self.parts.slots.iter().any(|slot| slot.flags & Slot::QUOTED != 0) {
            self.number_quotes(frame);
            self.icmp_error(frame);
        }
        for expected in self.parts.expected.drain(..) {
            if let Some(reader) = self.registry.named(expected.protocol) {
                self.announced.note(expected, reader);
            }
        }
        if let Some(foresight) = &self.foresight {
            foresight.tell(frame.number, &mut self.parts);
        }
        self.faults += u64::from(!self.parts.faults.is_empty());
        self.parts.faults.iter().for_each(|&(_, fault)| self.hits.note_fault(fault));
        let go_on = sink.take(frame, &mut self.parts, &self.registry)?;
        self.given.tell(&self.flows, sink)?;
        self.tell_progress(frame.time, sink)?;
        if let Some(ledger) = &mut self.ledger {
            for account in ledger.take_done() {
                sink.datagram(&account)?;
            }
        }
        for buffer in self.parts.sources.drain(..) {
            self.fragments.recycle(buffer);
        }
        if self.memory() > self.limits.soft_memory() {
            self.shed(frame.time);
        }
        for mut flow in self.flows.take_over() {
            segment::settle(&mut flow);
            self.close_streams(&mut flow, sink)?;
            self.row_bytes = self.row_bytes.saturating_sub(segment::bytes_of_rows(&flow));
            sink.flow(flow, &self.registry)?;
        }
        Ok(go_on)
    }

    /// Bytes of memory that state takes.
    fn memory(&self) -> usize {
        self.flows.memory()
            + self.conversations.memory()
            + self.fragments.memory()
            + self.stream_cost.waiting
            + self.stream_cost.history
            + self.row_bytes
    }

    /// Memory is short: what was silent for long goes; beyond the bound, what is wanted least.
    #[cold]
    fn shed(&mut self, now: Timestamp) {
        for _ in 0..EVICTIONS {
            let memory = self.memory();
            let at_once = memory > self.limits.memory;
            if memory <= self.limits.soft_memory()
                || !(self.conversations.shed(now, at_once) || self.flows.shed(now, at_once))
            {
                return;
            }
            self.hits.note(Bound::Memory);
        }
    }

    /// How often bounds were reached so far.
    #[must_use]
    pub fn hits(&self) -> Hits {
        let (mut hits, fragments) = (self.hits, self.fragments.counters());
        let evicted = self.conversations.evicted() + self.announced.evicted();
        hits.add(Bound::Flows, self.flows.hits().of(Bound::Flows) + evicted);
        hits.add(Bound::Datagrams, fragments.crowded_out);
        hits.add(Bound::DatagramBytes, fragments.evicted - fragments.crowded_out);
        hits.add(Bound::DatagramPieces, fragments.too_many_pieces);
        hits
    }

    /// The packet at hand did not come to its end because of a fault of this program: what its conversation had come to
    /// is forgotten, so that the next packets meet nothing half done.
    pub fn abandon(&mut self) {
        self.given = Given::default();
        self.running.forget_touched();
        match self.at_hand.take() {
            Some((Transport::Tcp, pair)) => self.flows.forget(&pair),
            Some((Transport::Udp, pair)) => self.conversations.forget(&pair),
            Some((Transport::Sctp, _)) | None => {}
        }
    }

    /// What the source tells of packets that are not there; call it before [`Pipeline::finish`].
    pub fn note_books(&mut self, books: Books) {
        self.books = books;
    }

    /// What is being read; call it before [`Pipeline::finish`].
    pub fn note_source(&mut self, source: Description) {
        self.source = source;
    }

    /// The input has ended: flows that are left are shown by number.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self, sink: &mut dyn Sink) -> io::Result<()> {
        let totals = Totals {
            frames: self.frames,
            tcp_flows: self.flows.opened(),
            udp_conversations: self.conversations.opened().into(),
            hits: self.hits(),
            faults: self.faults,
            books: self.books,
            source: std::mem::take(&mut self.source),
        };
        let flows = (!self.keep.extras.unseen).then(|| self.flows.take_all());
        for mut flow in flows.into_iter().flatten() {
            flow.tcp.expire(self.previous.unwrap_or_default());
            segment::settle(&mut flow);
            self.close_streams(&mut flow, sink)?;
            sink.flow(flow, &self.registry)?;
        }
        for account in self.ledger.iter_mut().flat_map(Ledger::finish) {
            sink.datagram(&account)?;
        }
        sink.finish(&totals)
    }

    /// A piece of a datagram: taken up, and if it completes the datagram, read on.
    fn fragment(&mut self, frame: &Frame<'_>, fragment: &Fragment, span: Span) -> Stop {
        let Some(net) = self.parts.net().copied() else { return Stop::Done };
        let slot = self.parts.slots.len().saturating_sub(1);
        let key = DatagramKey {
            src: net.src,
            dst: net.dst,
            id: fragment.id,
            protocol: if net.src.is_ipv4() { fragment.protocol } else { 0 },
            context: context(&self.parts, frame, self.vlan),
        };
        let data = self.parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default();
        let whole = span.len() == span.wire;
        let outcome = self.fragments.push(key, fragment, data, whole, frame.number, frame.time);
        if let Outcome::Complete { bytes, first, .. } = &outcome
            && is_misassociated(&net, first.as_ref().unwrap_or(fragment), bytes)
        {
            self.fragments.suspect(key, frame.number);
        }
        if let Some(ledger) = &mut self.ledger {
            let place = (frame.number, frame.time, net.ttl);
            ledger.piece(key, fragment, data, place, &self.fragments.take_notices(), &outcome);
        }
        let slot = u8::try_from(slot).unwrap_or(u8::MAX);
        match outcome {
            Outcome::Held => {
                self.parts.facts.datagrams.push((slot, DatagramFacts::default()));
                self.registry.unclaimed(frame, &mut self.parts, span);
                Stop::Done
            }
            Outcome::Refused { why } => {
                let facts = DatagramFacts { refused: Some(why), ..DatagramFacts::default() };
                self.parts.facts.datagrams.push((slot, facts));
                self.registry.unclaimed(frame, &mut self.parts, span);
                Stop::Done
            }
            Outcome::Complete { bytes, mut facts, first } => {
                let len = bytes.len();
                let Some(source) = self.parts.add_source(bytes) else { return Stop::Done };
                facts.source = source;
                self.parts.facts.datagrams.push((slot, facts));
                let fragment = first.unwrap_or(*fragment);
                if let Some((_, net)) = self.parts.nets.last_mut() {
                    net.payload_len = u32::try_from(len).unwrap_or(u32::MAX);
                }
                let span = Span { source, offset: 0, end: len, wire: len };
                self.registry.rebuilt(frame, &mut self.parts, &fragment, span)
            }
        }
    }

    fn identify(&mut self, slot: u8, pair: &Pair, transport: Transport) {
        if let Some(names) = &mut self.names {
            self.parts.facts.community_id = Some((slot, names.of(pair, transport)));
        }
    }

    /// A datagram between two ports: its conversation knows who reads it.
    fn datagram(&mut self, frame: &Frame<'_>, src: u16, dst: u16, span: Span) -> Stop {
        let Some(net) = self.parts.net().copied() else { return Stop::Done };
        let (pair, from) =
            Pair::new(Endpoint { addr: net.src, port: src }, Endpoint { addr: net.dst, port: dst });
        self.at_hand = Some((Transport::Udp, pair));
        let (index, facts) = self.conversations.note(pair, from, frame.time);
        let slot = u8::try_from(self.parts.slots.len().saturating_sub(1)).unwrap_or(u8::MAX);
        self.parts.facts.udp.push((slot, facts));
        self.identify(slot, &pair, Transport::Udp);
        if span.is_empty() {
            return Stop::Done;
        }
        let data = self.parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default();
        let Some(conversation) = self.conversations.get_mut(index) else { return Stop::Done };
        if conversation.dissector.is_none()
            && let Some((reader, state)) = self.announced.take(&UDP_PORT, &pair)
        {
            conversation.dissector = Some(reader);
            conversation.state = state;
        }
        let by_ports = || self.registry.by_ports(&self.parts, (src, dst), None, data, None);
        let reader = conversation.dissector.or_else(by_ports);
        let Some(reader) = reader else {
            self.registry.unclaimed(frame, &mut self.parts, span);
            return Stop::Done;
        };
        conversation.dissector = Some(reader);
        let feed = Feed {
            stream: None,
            from_client: from == conversation.client,
            against: false,
            state: &mut conversation.state,
        };
        let stop = self.registry.datagram(frame, &mut self.parts, reader, span, feed);
        self.conversations.weigh(index);
        stop
    }
}

/// F11: whether a rebuilt datagram has a transport checksum that is wrong.
fn is_misassociated(net: &Net, first: &Fragment, bytes: &[u8]) -> bool {
    const TCP: u8 = 6;
    const UDP: u8 = 17;
    const ICMP: u8 = 1;
    const ICMPV6: u8 = 58;
    let Ok(len) = u32::try_from(bytes.len()) else { return false };
    let Ok(protocol) = u8::try_from(first.protocol) else { return false };
    let word =
        |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk::<2>).map(|word| u16::from_be_bytes(*word));
    let field = match protocol {
        TCP => word(16),
        // Without a checksum (RFC 768), or not as long as it says, it tells nothing.
        UDP => word(6).filter(|&sum| sum != 0 && word(4).map(u32::from) == Some(len)),
        ICMPV6 => word(2),
        ICMP => return checksum::sum(bytes) != 0xffff,
        _ => None,
    };
    let sum = |bytes: &[u8]| checksum::pseudo_sum(net.src, net.dst, protocol, len, bytes);
    // The partial sum stands where an interface was to finish it.
    field.is_some_and(|field| sum(bytes) != 0xffff && field != sum(&[]))
}

/// What tells flows with equal addresses and ports apart: the VLANs and tunnels around them, the same in both
/// directions.
fn context(parts: &Dissection, frame: &Frame<'_>, vlan: Option<u16>) -> u64 {
    let mut context = 0u64;
    for slot in parts.slots.iter().filter(|slot| Some(slot.dissector) == vlan) {
        // The tag's low twelve bits (IEEE 802.1Q section 9.6).
        let tag = parts.source(frame, slot.source).get(slot.range()).and_then(<[u8]>::first_chunk::<2>);
        let id = tag.map_or(0, |tag| u16::from_be_bytes(*tag) & 0x0fff);
        context = context.rotate_left(13).wrapping_add(u64::from(id) + 1);
    }
    for ((_, net), (inner, _)) in parts.nets.iter().zip(parts.nets.iter().skip(1)) {
        let half = |addr| match addr {
            std::net::IpAddr::V4(addr) => u64::from(u32::from(addr)),
            std::net::IpAddr::V6(addr) => {
                let bits = u128::from(addr);
                (bits >> 64) as u64 ^ (bits & u128::from(u64::MAX)) as u64
            }
        };
        // Between the same ends there may be tunnels of several kinds.
        let carrier = parts.slots.get(usize::from(*inner).wrapping_sub(1)).map_or(0, |slot| slot.dissector);
        context = context.rotate_left(7).wrapping_add(half(net.src) ^ half(net.dst));
        context = context.rotate_left(7).wrapping_add(u64::from(carrier) + 1);
    }
    context
}
