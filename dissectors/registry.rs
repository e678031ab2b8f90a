//! Who reads what: tables from numbers to dissectors, decode-as, heuristics, and the loop that drives them.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::dissector::{
    Context, Dissector, Fault, FlowState, Fragment, Key, Net, Next, Stream, Table, Verdict,
};
use crate::field::Field;
use crate::frame::Frame;
use crate::packet::{Dissection, Fuel, Slot, innermost, source_of};
use crate::secrets::Secrets;

pub(crate) mod streams;

use streams::Piece;

/// The table of link types, by their registry numbers.
pub static LINK_TYPE: Table = Table { name: "wtap_encap" };

/// Layers that one packet may have; a stream's further messages are not counted.
pub const MAX_LAYERS: u8 = 16;
/// Network layers inside one another.
pub const MAX_TUNNELS: usize = 8;
/// Steps that a packet may cost for each byte of it, and besides.
pub const STEPS_PER_BYTE: u32 = 64;
pub(crate) const STEPS: u32 = 4_096;
/// What it costs to ask a dissector: so all layers that a packet may have can be paid for.
const STEPS_PER_LAYER: u32 = 16;
/// What stops a packet that has more than [`MAX_LAYERS`].
pub const TOO_MANY_LAYERS: Fault = Fault::Malformed("too many layers, the next is not reached");
/// What stops a packet that has more than [`MAX_TUNNELS`].
pub const TOO_MANY_TUNNELS: Fault = Fault::Malformed("too many tunnels");
/// What stops a packet that costs more steps than its bytes allow.
pub const TOO_MUCH_WORK: Fault = Fault::Malformed("too much work, the rest is not dissected");
/// Slots in all, messages included.
const MAX_SLOTS: usize = 250;

/// All dissectors and the tables through which they are found.
#[derive(Clone)]
pub struct Registry {
    members: Vec<Member>,
    tables: Vec<(&'static Table, Lookup)>,
    link: u16,
    frame: u16,
    data: u16,
    secrets: Arc<Secrets>,
}

/// A dissector, and what does not change about it.
#[derive(Clone)]
struct Member {
    dissector: &'static dyn Dissector,
    /// Numbers of the tables that it carries.
    carries: Box<[u16]>,
    /// Its protocol names the step through the first of them.
    has_via: bool,
}

/// Where payload stands: what whoever is asked about it may know.
struct Ground {
    /// Who carries it.
    carrier: u16,
    net: Option<Net>,
    ports: Option<(u16, u16)>,
}

impl Ground {
    /// Behind the last layer.
    fn of(parts: &Dissection) -> Option<Self> {
        let carrier = parts.slots.last()?.dissector;
        Some(Self { carrier, net: parts.net().copied(), ports: parts.ports })
    }
}

/// From a number to a dissector; 0 is nobody, n is dissector n - 1.
#[derive(Clone, Default)]
struct Lookup {
    /// Numbers below 65,536, grown to the highest in use.
    dense: Vec<u16>,
    /// The others, ascending.
    sparse: Vec<(u32, u16)>,
    /// Everyone with a key in this table, asked by heuristics.
    members: Vec<u16>,
    /// Numbers whose dissector the user named; no heuristic has a say there.
    told: Vec<u32>,
}

impl Lookup {
    fn get(&self, value: u32) -> Option<u16> {
        let found = match self.dense.get(value as usize) {
            Some(&found) => found,
            None => {
                let at = self.sparse.binary_search_by_key(&value, |row| row.0).ok()?;
                self.sparse.get(at)?.1
            }
        };
        found.checked_sub(1)
    }

    fn set(&mut self, value: u32, dissector: u16) {
        let stored = dissector.saturating_add(1);
        if value <= 0xffff {
            let at = value as usize;
            if self.dense.len() <= at {
                self.dense.resize(at.saturating_add(1), 0);
            }
            if let Some(place) = self.dense.get_mut(at) {
                *place = stored;
            }
        } else {
            match self.sparse.binary_search_by_key(&value, |row| row.0) {
                Ok(at) => {
                    if let Some(row) = self.sparse.get_mut(at) {
                        row.1 = stored;
                    }
                }
                Err(at) => self.sparse.insert(at, (value, stored)),
            }
        }
    }
}

impl Key {
    /// A member of the table without a number: found by heuristics and decode-as only.
    pub const fn heuristic(table: &'static Table) -> Self {
        Self { table, value: u32::MAX }
    }
    /// `value` in `table`.
    pub const fn new(table: &'static Table, value: u32) -> Self {
        Self { table, value }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.dissectors().map(|d| d.protocol().name)).finish()
    }
}

/// Where payload lies: the bytes `offset..end` of a source, of which `wire` bytes were on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The source.
    pub source: u8,
    /// First byte.
    pub offset: usize,
    /// One past the last captured byte.
    pub end: usize,
    /// Length on the wire, at least `end - offset`.
    pub wire: usize,
}

impl Span {
    /// Captured bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.end.saturating_sub(self.offset)
    }
    /// Whether nothing was captured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where the loop had to hand over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Nothing is left to read.
    Done,
    /// A piece of a datagram in the last layer.
    Fragment(Fragment, Span),
    /// The payload of a datagram in the last layer, between these ports.
    Datagram {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
        /// The payload.
        span: Span,
    },
    /// The payload of a stream segment in the last layer, between these ports.
    Stream {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
        /// The payload.
        span: Span,
    },
}

/// How a flow's payload reaches its dissector.
#[derive(Debug)]
pub struct Feed<'a> {
    /// Where in a stream it lies; `None` for datagrams.
    pub stream: Option<Stream>,
    /// It comes from the flow's client.
    pub from_client: bool,
    /// It travelled against the packet in which it is read, whose acknowledgment tells that nothing before it will
    /// come any more.
    pub against: bool,
    /// The flow's state.
    pub state: &'a mut FlowState,
}

/// Steps for so many bytes.
pub(crate) fn fuel_for(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX).saturating_mul(STEPS_PER_BYTE)
}

/// Who is to read next.
enum Turn {
    Dissector(u16),
    Data,
}

impl Registry {
    /// Every protocol that comes with the program.
    #[must_use]
    pub fn builtin() -> Self {
        let mut registry = Self {
            members: Vec::new(),
            tables: Vec::new(),
            link: 0,
            frame: 0,
            data: 0,
            secrets: Arc::default(),
        };
        registry.link = registry.table(&LINK_TYPE);
        for &dissector in crate::BUILTIN {
            registry.add(dissector);
        }
        registry.frame = registry.named("frame").unwrap_or_default();
        registry.data = registry.named("data").unwrap_or_default();
        registry
    }

    /// With one more dissector; its keys win over those that are there.
    #[must_use]
    pub fn with(mut self, dissector: &'static dyn Dissector) -> Self {
        self.add(dissector);
        self
    }

    fn add(&mut self, dissector: &'static dyn Dissector) {
        let Ok(number) = u16::try_from(self.members.len()) else { return };
        let carries = dissector.carries().iter().map(|table| self.table(table)).collect();
        let has_via = dissector.protocol().via.is_some();
        self.members.push(Member { dissector, carries, has_via });
        for key in dissector.keys() {
            let table = usize::from(self.table(key.table));
            let Some((_, lookup)) = self.tables.get_mut(table) else { continue };
            if key.value != u32::MAX {
                lookup.set(key.value, number);
            }
            if !lookup.members.contains(&number) {
                lookup.members.push(number);
            }
        }
    }

    fn table(&mut self, table: &'static Table) -> u16 {
        let at =
            self.tables.iter().position(|(known, _)| core::ptr::eq(*known, table)).unwrap_or_else(|| {
                self.tables.push((table, Lookup::default()));
                self.tables.len().saturating_sub(1)
            });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// All dissectors, in the order of registration.
    pub fn dissectors(&self) -> impl Iterator<Item = &'static dyn Dissector> + '_ {
        self.members.iter().map(|member| member.dissector)
    }

    /// The dissector with this number.
    #[must_use]
    pub fn dissector(&self, number: u16) -> Option<&'static dyn Dissector> {
        self.members.get(usize::from(number)).map(|member| member.dissector)
    }

    /// The number of the protocol called `name`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<u16> {
        let at = self.dissectors().position(|d| d.protocol().name == name)?;
        u16::try_from(at).ok()
    }

    /// Every field, protocol by protocol.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + '_ {
        self.dissectors().flat_map(|d| d.protocol().fields.iter().copied())
    }

    /// The field called `abbrev`. A name declared by several protocols stands for all of them; the first is
    /// returned.
    #[must_use]
    pub fn field(&self, abbrev: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.abbrev == abbrev)
    }

    /// Every table in which a dissector can be found.
    pub fn tables(&self) -> impl Iterator<Item = &'static Table> + '_ {
        self.tables.iter().map(|(table, _)| *table)
    }

    /// Who may read what is looked up in `table`, and whoever they hand on to: one answer for each dissector.
    #[must_use]
    pub fn reached_from(&self, table: &'static Table) -> Vec<bool> {
        let mut reached = alloc::vec![false; self.members.len()];
        let mut tables: Vec<usize> =
            self.tables.iter().position(|(known, _)| core::ptr::eq(*known, table)).into_iter().collect();
        let mut readers = alloc::vec![self.data];
        let mut done = 0;
        while let Some((_, lookup)) = tables.get(done).and_then(|&table| self.tables.get(table)) {
            done = done.saturating_add(1);
            readers.extend(&lookup.members);
            for reader in readers.drain(..).map(usize::from) {
                let Some(known) = reached.get_mut(reader).filter(|known| !**known) else { continue };
                *known = true;
                for &carried in self.members.get(reader).iter().flat_map(|member| &member.carries) {
                    if !tables.contains(&usize::from(carried)) {
                        tables.push(carried.into());
                    }
                }
            }
        }
        reached
    }

    /// How traffic reaches `dissector`: its table names and numbers.
    pub fn keys_of(&self, dissector: &dyn Dissector) -> impl Iterator<Item = &'static Key> {
        dissector.keys().iter()
    }

    /// Adds a rule of the form `tcp.port==8080,http`.
    ///
    /// # Errors
    /// What is wrong with the rule, in words.
    pub fn decode_as(&mut self, rule: &str) -> Result<(), String> {
        let wrong = || "decode-as rules look like tcp.port==8080,http".to_string();
        let (selector, protocol) = rule.split_once(',').ok_or_else(wrong)?;
        let (table, value) = selector.split_once("==").ok_or_else(wrong)?;
        let (table, value, protocol) = (table.trim(), value.trim(), protocol.trim());
        let value = match value.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => value.parse(),
        }
        .map_err(|_| alloc::format!("{value} is not a number"))?;
        let number =
            self.named(protocol).ok_or_else(|| alloc::format!("no protocol is called {protocol}"))?;
        let names: Vec<&str> = self.tables.iter().map(|(table, _)| table.name).collect();
        let (_, lookup) =
            self.tables.iter_mut().find(|(known, _)| known.name == table).ok_or_else(|| {
                alloc::format!("no table is called {table}; there are {}", names.join(", "))
            })?;
        lookup.set(value, number);
        lookup.told.push(value);
        Ok(())
    }

    /// What opens protected bytes.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The same, to be added to. Copies of this registry do not see what is added.
    pub fn secrets_mut(&mut self) -> &mut Secrets {
        Arc::make_mut(&mut self.secrets)
    }

    /// Takes `frame` apart as far as it goes without flows.
    pub fn dissect(&self, frame: &Frame<'_>, parts: &mut Dissection) -> Stop {
        parts.clear();
        parts.fuel = Fuel(STEPS.saturating_add(fuel_for(frame.data.len())));
        let span = Span {
            source: 0,
            offset: 0,
            end: frame.data.len(),
            wire: frame.data.len().max(frame.wire_len as usize),
        };
        parts.slots.push(Slot::new(self.frame, 0, span, 0));
        let turn = self.lookup(self.link, frame.link.0).map_or(Turn::Data, Turn::Dissector);
        self.run(frame, parts, turn, span, None)
    }

    /// Whether frames of this link type can be read.
    #[must_use]
    pub fn knows_link(&self, link: crate::frame::LinkType) -> bool {
        self.lookup(self.link, link.0).is_some()
    }

    /// Goes on with a rebuilt datagram in `span`: `fragment` says who is to read it, the last layer is its
    /// network layer.
    pub fn rebuilt(
        &self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        fragment: &Fragment,
        span: Span,
    ) -> Stop {
        if let Some((_, net)) = parts.nets.last_mut() {
            net.payload_len = u32::try_from(span.wire).unwrap_or(u32::MAX);
            net.piece = false;
        }
        let turn = parts
            .slots
            .last()
            .map_or(Turn::Data, |last| self.turn(last.dissector, fragment.nth, fragment.protocol));
        self.run(frame, parts, turn, span, None)
    }

    /// Goes on with the payload of a datagram: `dissector` reads it.
    pub fn datagram(
        &self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        dissector: u16,
        span: Span,
        feed: Feed<'_>,
    ) -> Stop {
        self.run(frame, parts, Turn::Dissector(dissector), span, Some(feed))
    }

    /// Shows `span` as `data`, which no protocol claimed.
    pub fn unclaimed(&self, frame: &Frame<'_>, parts: &mut Dissection, span: Span) {
        let _ = self.run(frame, parts, Turn::Data, span, None);
    }

    /// The dissector for payload between two ports, looked up in the table that the last layer carries: the server's
    /// port first if `server` says which it is, else the lower; then the other, then heuristics. A stream that its
    /// port's dissector does not recognise, though it has heuristics, goes to another that does.
    #[must_use]
    pub fn by_ports(
        &self,
        parts: &Dissection,
        (src, dst): (u16, u16),
        server: Option<u16>,
        data: &[u8],
        stream: Option<Stream>,
    ) -> Option<u16> {
        self.between(&Ground::of(parts)?, (src, dst), server, data, stream)
    }

    fn between(
        &self,
        ground: &Ground,
        (src, dst): (u16, u16),
        server: Option<u16>,
        data: &[u8],
        stream: Option<Stream>,
    ) -> Option<u16> {
        let table = self.carries_at(ground.carrier, 0)?;
        let first = server.unwrap_or(src.min(dst));
        let other = if first == src { dst } else { src };
        let found = |port: u16| self.lookup(table, port.into()).map(|reader| (reader, port));
        let Some((reader, port)) = found(first).or_else(|| found(other)) else {
            return self.by_probe(table, ground, data, stream, Verdict::Maybe);
        };
        let denied = stream.is_some()
            && self.may_deny(table, port, reader)
            && self.probe(reader, ground, data, stream) == Verdict::No;
        let other = if denied { self.by_probe(table, ground, data, stream, Verdict::Yes) } else { None };
        other.or(Some(reader))
    }

    /// Whether `reader` can tell that what comes to `port` is not its own, and the user has not said that it is.
    fn may_deny(&self, table: u16, port: u16, reader: u16) -> bool {
        let Some((table, lookup)) = self.tables.get(usize::from(table)) else { return false };
        let is_heuristic = |key: &Key| key.value == u32::MAX && core::ptr::eq(key.table, *table);
        !lookup.told.contains(&port.into())
            && self.dissector(reader).is_some_and(|dissector| dissector.keys().iter().any(is_heuristic))
    }

    /// The first member of `table` that recognises `data`, else the first whose verdict is `least`.
    fn by_probe(
        &self,
        table: u16,
        ground: &Ground,
        data: &[u8],
        stream: Option<Stream>,
        least: Verdict,
    ) -> Option<u16> {
        let (_, lookup) = self.tables.get(usize::from(table))?;
        self.asking(ground, data, stream, |cx| {
            let mut best = None;
            for &member in &lookup.members {
                match self.dissector(member).map_or(Verdict::No, |dissector| dissector.probe(data, cx)) {
                    Verdict::Yes => return Some(member),
                    verdict if verdict == least => best = best.or(Some(member)),
                    Verdict::Maybe | Verdict::No => {}
                }
            }
            best
        })
    }

    /// What `reader` says of `data`.
    fn probe(&self, reader: u16, ground: &Ground, data: &[u8], stream: Option<Stream>) -> Verdict {
        let Some(dissector) = self.dissector(reader) else { return Verdict::No };
        self.asking(ground, data, stream, |cx| dissector.probe(data, cx))
    }

    /// What `ask` answers, with what whoever is asked about `data` may know.
    fn asking<R>(
        &self,
        ground: &Ground,
        data: &[u8],
        stream: Option<Stream>,
        ask: impl FnOnce(&Context<'_>) -> R,
    ) -> R {
        let (mut links, mut sources, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        let cx = Context {
            link: crate::frame::LinkType::default(),
            frame: 0,
            time: crate::frame::Timestamp::default(),
            wire_len: data.len(),
            called: 0,
            net: ground.net,
            ports: ground.ports,
            substream: 0,
            fragment: None,
            stream,
            from_client: false,
            quoted: false,
            contents: false,
            wireshark: false,
            secrets: &self.secrets,
            state: None,
            capture: None,
            links: &mut links,
            derived: &mut sources,
            sources_before: 0,
            entered: None,
            slot: 0,
            flaw: None,
            fuel: STEPS.saturating_add(fuel_for(data.len())),
            expected: &mut expected,
        };
        ask(&cx)
    }

    fn lookup(&self, table: u16, value: u32) -> Option<u16> {
        self.tables.get(usize::from(table))?.1.get(value)
    }

    /// Table `nth` of those that `dissector` carries.
    fn carries_at(&self, dissector: u16, nth: u8) -> Option<u16> {
        self.members.get(usize::from(dissector))?.carries.get(usize::from(nth)).copied()
    }

    /// Who answers to `value` in table `nth` of `dissector`.
    fn carried(&self, dissector: u16, nth: u8, value: u32) -> Option<u16> {
        self.lookup(self.carries_at(dissector, nth)?, value)
    }

    /// The loop: no recursion, so that no packet can exhaust the stack. What dissectors are told is made once, and changed
    /// from layer to layer.
    fn run(
        &self,
        frame: &Frame<'_>,
        parts: &mut Dissection,
        first: Turn,
        first_span: Span,
        feed: Option<Feed<'_>>,
    ) -> Stop {
        let Dissection { slots, sources, faults, nets, ports, facts, remembered, depth, taken, .. } = parts;
        let (mut turn, mut span) = (first, first_span);
        let mut may_be_empty = false;
        // The message that a stream is asked for is the first layer, or the first after those that only hand on.
        let (mut leading, mut handed_on) = (true, 0_usize);
        let mut is_fed = feed.is_some();
        let is_quoted = !is_fed && slots.last().is_some_and(|slot| slot.flags & Slot::QUOTED != 0);
        let mut flags = if is_quoted { Slot::QUOTED } else { 0 };
        let (stream, from_client, state, capture) = match feed {
            Some(feed) => (feed.stream, feed.from_client, Some(feed.state), Some(remembered)),
            None if is_quoted => (None, false, None, None),
            None => (None, false, Some(remembered), None),
        };
        let mut cx = Context {
            link: frame.link,
            frame: frame.number,
            time: frame.time,
            wire_len: 0,
            called: 0,
            net: nets.last().map(|row| row.1),
            ports: *ports,
            substream: parts.substream,
            fragment: None,
            stream,
            from_client,
            quoted: is_quoted,
            contents: parts.contents,
            wireshark: parts.wireshark,
            secrets: &self.secrets,
            state,
            capture,
            links: &mut facts.links,
            derived: &mut parts.derived,
            sources_before: 0,
            entered: None,
            slot: 0,
            flaw: None,
            fuel: parts.fuel.0,
            expected: &mut parts.expected,
        };
        let stop = loop {
            // The link type says what even a frame without bytes is.
            let is_layer = may_be_empty || slots.len() == 1;
            if span.is_empty() && ((span.wire == 0 && !is_layer) || !matches!(turn, Turn::Dissector(_))) {
                break Stop::Done;
            }
            let Some(number) = next_number(slots) else { break Stop::Done };
            let who = match turn {
                Turn::Dissector(who) => who,
                Turn::Data => self.data,
            };
            let Some(fuel) = cx.fuel.checked_sub(STEPS_PER_LAYER) else {
                slots.push(Slot::new(self.data, flags, span, 0));
                faults.push((number, TOO_MUCH_WORK));
                break Stop::Done;
            };
            let Some(member) = self.members.get(usize::from(who)).filter(|_| *depth < MAX_LAYERS) else {
                slots.push(Slot::new(self.data, flags, span, 0));
                faults.push((number, TOO_MANY_LAYERS));
                break Stop::Done;
            };
            *depth = depth.saturating_add(1);
            (cx.fuel, cx.wire_len, cx.slot, cx.ports) = (fuel, span.wire, number, *ports);
            (cx.sources_before, cx.fragment) = (sources.len(), None);
            let result = member.dissector.dissect(payload(sources, frame, span), &mut cx);
            if !cx.derived.is_empty() {
                sources.append(cx.derived);
            }
            let parsed = match result {
                Ok(parsed) => parsed,
                Err(fault) => {
                    if leading {
                        *taken = Some(Err(fault.after(handed_on)));
                    }
                    slots.push(Slot::new(who, flags, span, 0));
                    faults.push((number, fault));
                    break Stop::Done;
                }
            };
            if let Some(flaw) = cx.flaw.take() {
                faults.push((number, flaw));
            }
            let len = parsed.len.min(span.len());
            let header = parsed.header.min(len);
            let layer = Span { end: span.offset.saturating_add(len), ..span };
            if leading {
                *taken = Some(Ok(handed_on.saturating_add(len)));
                parts.unfinished = parsed.unfinished;
                handed_on = handed_on.saturating_add(header);
                leading = matches!(parsed.next, Next::Inner { .. });
            }
            if !parsed.bare {
                let via = member.has_via && matches!(parsed.next, Next::Table { nth: 0, .. });
                let flags = if via { flags | Slot::VIA } else { flags };
                slots.push(Slot::new(who, flags, layer, parsed.memo));
            }
            if let Some(net) = cx.entered.take() {
                if nets.len() >= MAX_TUNNELS && !cx.quoted {
                    faults.push((number, TOO_MANY_TUNNELS));
                    break Stop::Done;
                }
                nets.push((number, net));
                cx.net = Some(net);
                // Inside a tunnel the state of the flow that carries it has no say.
                if is_fed {
                    is_fed = false;
                    (cx.stream, cx.from_client) = (None, false);
                    cx.state = cx.capture.take().filter(|_| !cx.quoted);
                }
            }
            if !cx.quoted {
                *ports = cx.ports;
            }
            span = Span {
                source: span.source,
                offset: span.offset.saturating_add(header),
                end: layer.end,
                wire: parsed.len.min(span.wire.max(len)).saturating_sub(parsed.header),
            };
            (cx.called, may_be_empty) = (0, false);
            match parsed.next {
                Next::End => break Stop::Done,
                Next::Data => turn = Turn::Data,
                Next::Table { nth, value } => (turn, cx.called) = (self.turn(who, nth, value), value),
                Next::Void { nth, value } => {
                    (turn, cx.called) = (self.turn(who, nth, value), value);
                    may_be_empty = true;
                }
                Next::Quoted { nth, value } => {
                    (turn, cx.called) = (self.turn(who, nth, value), value);
                    flags |= Slot::QUOTED;
                    cx.quoted = true;
                    if !is_fed {
                        cx.state = None;
                    }
                }
                Next::Inner { nth, value } => {
                    cx.called = value;
                    turn = self.turn(who, nth, value);
                    if matches!(turn, Turn::Data)
                        && let Some(table) = self.carries_at(who, nth)
                    {
                        let carrier = slots.last().map_or(who, |slot| slot.dissector);
                        let ground = Ground { carrier, net: innermost(nets, slots).copied(), ports: *ports };
                        let data = payload(sources, frame, span);
                        turn = self
                            .by_probe(table, &ground, data, cx.stream, Verdict::Maybe)
                            .map_or(Turn::Data, Turn::Dissector);
                    }
                }
                Next::Derived { nth, value } => {
                    (turn, cx.called) = (self.turn(who, nth, value), value);
                    let source = u8::try_from(sources.len()).unwrap_or(0);
                    let end = sources.last().map_or(0, Vec::len);
                    span = Span { source, offset: 0, end, wire: end };
                }
                Next::Within { nth, value, stream } => {
                    if is_fed {
                        parts.piece = Some(Piece { carrier: who, nth, value, stream });
                    }
                    break Stop::Done;
                }
                Next::Fragment => {
                    break cx
                        .fragment
                        .filter(|_| !cx.quoted)
                        .map_or(Stop::Done, |fragment| Stop::Fragment(fragment, span));
                }
                // What an ICMP error quotes belongs to no flow; of a stream it is a piece without its context.
                Next::Datagram { src, dst } if cx.quoted => {
                    let carrier = slots.last().map_or(who, |slot| slot.dissector);
                    let ground = Ground { carrier, net: innermost(nets, slots).copied(), ports: *ports };
                    let reader = self.between(&ground, (src, dst), None, payload(sources, frame, span), None);
                    turn = reader.map_or(Turn::Data, Turn::Dissector);
                }
                Next::Stream { .. } if cx.quoted => turn = Turn::Data,
                Next::Datagram { src, dst } => break Stop::Datagram { src, dst, span },
                Next::Stream { src, dst } => break Stop::Stream { src, dst, span },
            }
        };
        parts.substream = cx.substream;
        parts.fuel = Fuel(cx.fuel);
        stop
    }

    /// Who reads what `who` carries under `value`.
    fn turn(&self, who: u16, nth: u8, value: u32) -> Turn {
        self.carried(who, nth, value).map_or(Turn::Data, Turn::Dissector)
    }
}

/// The number of the layer to come, while there is room.
fn next_number(slots: &[Slot]) -> Option<u8> {
    let count = slots.len();
    if count >= MAX_SLOTS { None } else { u8::try_from(count).ok() }
}

/// The bytes of `span`.
fn payload<'a>(sources: &'a [Vec<u8>], frame: &Frame<'a>, span: Span) -> &'a [u8] {
    let bytes = source_of(sources, frame, span.source);
    bytes.get(span.offset..span.end.min(bytes.len())).unwrap_or_default()
}

impl Slot {
    fn new(dissector: u16, flags: u8, span: Span, memo: u32) -> Self {
        Self {
            dissector,
            source: span.source,
            flags,
            offset: u32::try_from(span.offset).unwrap_or(u32::MAX),
            len: u32::try_from(span.len()).unwrap_or(u32::MAX),
            memo,
        }
    }
}
