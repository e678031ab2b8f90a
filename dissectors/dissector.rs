//! The contract between a protocol and the loop that drives it.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::net::IpAddr;

use crate::facts::{Link, Linked};
use crate::field::Protocol;
use crate::frame::{LinkType, Timestamp};
use crate::packet::{Layer, Slot};
use crate::secrets::Secrets;
use crate::walk::Walk;

/// One protocol. A dissector is a `static`: it keeps nothing between calls, does no I/O and reads no clock.
pub trait Dissector: Send + Sync {
    /// Names, title and fields.
    fn protocol(&self) -> &'static Protocol;

    /// What this dissector answers to.
    fn keys(&self) -> &'static [Key];

    /// The tables that the payload is looked up in; [`Next`] names them by position.
    fn carries(&self) -> &'static [&'static Table] {
        &[]
    }

    /// Measures one header: how long it is, how long the whole layer is, what comes next. Runs for every
    /// packet, so it reads no more than it needs for that.
    ///
    /// `data` starts at this layer and holds the captured bytes of it and of whatever follows.
    ///
    /// # Errors
    /// [`Fault::Short`] if more bytes are needed: on a datagram this means that it is cut, on a stream that the
    /// same call is to be made again with that many. [`Fault::Malformed`] if the bytes cannot be this protocol.
    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault>;

    /// Hands every field of the layer to the walk, in wire order. `None` means that the bytes ran out; what was
    /// emitted until then stays.
    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()>;

    /// The Info column for this layer.
    ///
    /// # Errors
    /// Only those of `out`.
    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result;

    /// Whether the layer at `slot` is only what the one below carries: the list tells about that one.
    fn is_content(&self, _slot: Slot) -> bool {
        false
    }

    /// Whether `data` looks like this protocol, for payload that no table knows.
    fn probe(&self, _data: &[u8], _cx: &Context<'_>) -> Verdict {
        Verdict::No
    }
}

/// A space of numbers by which protocols find their payload, such as `ethertype`. Its identity is its address.
#[derive(Debug)]
pub struct Table {
    /// The name users give in `-d` (`tcp.port`).
    pub name: &'static str,
}

/// One number in one table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The table.
    pub table: &'static Table,
    /// The number.
    pub value: u32,
}

/// What [`Dissector::dissect`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Bytes before the payload.
    pub header: usize,
    /// Bytes of the whole layer, header and payload, by its own length field; may exceed what was captured.
    /// What lies beyond is padding and reaches no payload.
    pub len: usize,
    /// What the payload is.
    pub next: Next,
    /// A number that the layer wants back when its fields are walked.
    pub memo: u32,
    /// The bytes are taken, but they are no layer of their own: a piece of a message that is shown when its end
    /// has come, or bytes that this dissector has no name for.
    pub bare: bool,
    /// More of the same message is known to come in this stream: behind a gap it is worth waiting for.
    pub unfinished: bool,
}

impl Parsed {
    /// A layer of `header` bytes inside `len`, followed by `next`.
    #[must_use]
    pub const fn new(header: usize, len: usize, next: Next) -> Self {
        Self { header, len, next, memo: 0, bare: false, unfinished: false }
    }
    /// A layer of `len` bytes that carries nothing.
    #[must_use]
    pub const fn end(len: usize) -> Self {
        Self::new(len, len, Next::End)
    }
    /// With a memo.
    #[must_use]
    pub const fn memo(self, memo: u32) -> Self {
        Self { memo, ..self }
    }
    /// Without a layer of its own.
    #[must_use]
    pub const fn bare(self) -> Self {
        Self { bare: true, ..self }
    }
    /// A piece of a message of which more is known to come.
    #[must_use]
    pub const fn unfinished(self) -> Self {
        Self { bare: true, unfinished: true, ..self }
    }
}

/// What follows a layer. `nth` counts in the dissector's own [`Dissector::carries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    End,
    /// Whatever answers to `value` in a table; unknown payload becomes `data`.
    Table {
        /// Position in `carries`.
        nth: u8,
        /// Number to look up.
        value: u32,
    },
    /// Like `Table`, for payload that is a layer even if it has no bytes: a procedure without arguments.
    Void {
        /// Position in `carries`.
        nth: u8,
        /// Number to look up.
        value: u32,
    },
    /// A datagram between two ports (UDP): the pipeline finds its flow, then the port table `carries()[0]` decides.
    Datagram {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
    },
    /// A segment of a byte stream between two ports (TCP): the pipeline tracks and reassembles it.
    Stream {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
    },
    /// Like `Table`, but the payload is the last source that this call derived ([`Context::derive`]).
    Derived {
        /// Position in `carries`.
        nth: u8,
        /// Number to look up.
        value: u32,
    },
    /// The stream goes on in another protocol (after an upgrade or through a proxy): who answers to `value`, or
    /// else whom the bytes look like, takes messages of its own length and asks for the bytes that it needs.
    Inner {
        /// Position in `carries`.
        nth: u8,
        /// Number to look up.
        value: u32,
    },
    /// The last source that this call derived is a piece of a byte stream inside this one: who answers to `value`, or
    /// else whom its bytes look like, is asked for message after message. What none of them takes is kept, and stands
    /// before the next piece.
    Within {
        /// Position in `carries`.
        nth: u8,
        /// Number to look up.
        value: u32,
        /// Where the piece lies in the stream inside.
        stream: Stream,
    },
    /// A piece of a datagram: the pipeline reassembles it ([`Context::fragment`] was filled in).
    Fragment,
    /// A packet quoted inside this one (ICMP errors): shown, never tracked.
    Quoted {
        /// Position in `carries`.
        nth: u8,
        /// Number to look up.
        value: u32,
    },
    /// Payload of no protocol that has a number: shown as `data`.
    Data,
}

/// Why a layer could not be taken apart. What was decoded before it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `need` bytes are needed, `have` are there.
    Short {
        /// Bytes needed from the start of the layer.
        need: usize,
        /// Bytes at hand.
        have: usize,
    },
    /// The bytes contradict the protocol; the text says how.
    Malformed(&'static str),
}

impl Fault {
    /// The same, counted from `before` bytes earlier.
    pub(crate) const fn after(self, before: usize) -> Self {
        match self {
            Self::Short { need, have } => {
                Self::Short { need: need.saturating_add(before), have: have.saturating_add(before) }
            }
            Self::Malformed(_) => self,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Short { need, have } => write!(f, "cut: {have} of {need} bytes"),
            Self::Malformed(why) => write!(f, "malformed: {why}"),
        }
    }
}

/// Answer of a heuristic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not this protocol.
    No,
    /// Possibly; any firmer answer wins.
    Maybe,
    /// This protocol.
    Yes,
}

/// Addresses of the innermost network layer seen so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// IPv4 identification, if the layer has one.
    pub id: Option<u16>,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// The two ECN bits (RFC 3168 section 5).
    pub ecn: u8,
    /// Length of the transport header and payload on the wire, in bytes.
    pub payload_len: u32,
    /// What the layer carries is only a piece of a datagram, taken apart without the others.
    pub piece: bool,
}

/// A piece of a datagram, as its network layer describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Identification (16 bits for IPv4, 32 for IPv6).
    pub id: u32,
    /// Next protocol number in the table `carries()[nth]`.
    pub protocol: u32,
    /// Position in `carries` of the table that the whole datagram is looked up in.
    pub nth: u8,
    /// Offset of this piece in bytes.
    pub offset: u32,
    /// Payload bytes on the wire.
    pub len: u32,
    /// Bytes of all headers before the payload that count against the 65,535 of a datagram.
    pub header: u32,
    /// More fragments follow.
    pub more: bool,
}

/// What follows the bytes at hand in a byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Follows {
    /// More may come.
    More,
    /// Nothing: the sender has closed.
    Close,
    /// Nothing: the connection broke off, or the bytes behind are missing.
    Break,
    /// Something that does not belong to it: this segment is read apart from its stream.
    Apart,
    /// What was read before: the bytes fill a gap that was told when it was skipped. What of a message is missing
    /// behind them is not waited for.
    Late,
}

/// Where in a byte stream a message lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// What follows `data`.
    pub follows: Follows,
    /// So many bytes before `data` are missing. Said once, in the first call after the gap.
    pub gap: u64,
}

impl Stream {
    /// `data` is all that there will be of this message.
    #[must_use]
    pub fn is_last(self) -> bool {
        !matches!(self.follows, Follows::More | Follows::Late)
    }
}

/// A flow that a message announces (FTP data, TFTP, RTP): the next one that has this end.
#[derive(Debug)]
pub struct Expected {
    /// The port table of the transport that it will use (`udp.port`, `tcp.port`).
    pub table: &'static Table,
    /// Address of the end that is announced.
    pub addr: IpAddr,
    /// Its port.
    pub port: u16,
    /// Address of the other end, if that is known.
    pub peer: Option<IpAddr>,
    /// Name of the protocol that will be spoken.
    pub protocol: &'static str,
    /// What that protocol's dissector finds as its state when the flow begins.
    pub state: FlowState,
}

/// What a dissector is told and may answer besides [`Parsed`].
#[derive(Debug)]
pub struct Context<'a> {
    /// Link type of the frame.
    pub link: LinkType,
    /// Number of the frame.
    pub frame: u64,
    /// Time of the frame.
    pub time: Timestamp,
    /// Bytes of this layer and what follows on the wire; `data` may be shorter (snap length).
    pub wire_len: usize,
    /// The number by which the layer below called for this one; 0 if it did not.
    pub called: u32,
    /// Innermost network layer below this one.
    pub net: Option<Net>,
    /// Source and destination port of the innermost transport so far; transport dissectors set them.
    pub ports: Option<(u16, u16)>,
    /// Number of the stream within the flow to which this layer belongs (RFC 9113 section 5), 0 where it is the only one;
    /// dissectors of such streams set it.
    pub substream: u32,
    /// Filled by a network dissector that answers [`Next::Fragment`].
    pub fragment: Option<Fragment>,
    /// Set while messages of a byte stream are taken apart, unset for datagrams.
    pub stream: Option<Stream>,
    /// True if the message comes from the flow's client (the sender of its first packet, or of the SYN).
    pub from_client: bool,
    /// Inside a packet that an ICMP error quotes.
    pub quoted: bool,
    /// Somebody may look at what coded bodies hold: they are worth unpacking.
    pub contents: bool,
    /// Conversations are told as Wireshark tells them, where that is not what the RFC says.
    pub wireshark: bool,
    /// What opens protected bytes.
    pub secrets: &'a Secrets,
    /// The flow's state for the dissector at work. Below the transport, where there is no flow, one state for the
    /// whole capture; `None` in a quoted packet.
    pub state: Option<&'a mut FlowState>,
    /// What dissectors remember of the whole capture, where [`Context::state`] is a flow's.
    pub(crate) capture: Option<&'a mut FlowState>,
    /// Links to earlier frames, computed while dissecting, printed by `fields`.
    pub(crate) links: &'a mut Vec<Linked>,
    pub(crate) derived: &'a mut Vec<Vec<u8>>,
    pub(crate) sources_before: usize,
    pub(crate) entered: Option<Net>,
    pub(crate) slot: u8,
    pub(crate) flaw: Option<Fault>,
    /// Steps that the packet may still cost.
    pub(crate) fuel: u32,
    pub(crate) expected: &'a mut Vec<Expected>,
}

/// What a dissector remembers of a flow, or, below the transport, of the capture.
pub trait Memory: Any + Send + fmt::Debug {
    /// Bytes that it holds beside its own size: they count against the memory of the whole run (docs/faults.md,
    /// section 4). Asked with each packet of the flow, so that what may be long is not walked.
    fn heap(&self) -> usize;
}

/// Bytes that a map holds. A node of it is filled by half at least.
pub(crate) fn heap_of_map<K, V>(map: &BTreeMap<K, V>) -> usize {
    map.len().saturating_mul(2).saturating_mul(size_of::<(K, V)>())
}

/// What a flow keeps for its dissectors: one state for each type, since protocols travel inside one another
/// (TLS through an HTTP proxy).
#[derive(Debug, Default)]
pub struct FlowState(Vec<Box<dyn Memory>>);

/// Dissectors of one flow that may keep a state.
const MAX_STATES: usize = 4;

impl FlowState {
    /// With one state, for a flow that is announced.
    #[must_use]
    pub fn of<T: Memory>(state: T) -> Self {
        Self(alloc::vec![Box::new(state) as Box<dyn Memory>])
    }

    /// The whole of it, if there is any; nothing is left.
    pub fn take(&mut self) -> Option<Self> {
        let states = core::mem::take(&mut self.0);
        (!states.is_empty()).then_some(Self(states))
    }

    /// The state of type `T`, made by default at first use. If the flow has too many, the oldest goes.
    pub fn get<T: Memory + Default>(&mut self) -> Option<&mut T> {
        let at = match self.place::<T>() {
            Some(at) => at,
            None => {
                if self.0.len() >= MAX_STATES {
                    self.0.remove(0);
                }
                self.0.push(Box::new(T::default()));
                self.0.len().saturating_sub(1)
            }
        };
        let state: &mut dyn Any = self.0.get_mut(at)?.as_mut();
        state.downcast_mut()
    }

    /// The state of type `T`, if there is one.
    pub(crate) fn find<T: Memory>(&mut self) -> Option<&mut T> {
        let at = self.place::<T>()?;
        let state: &mut dyn Any = self.0.get_mut(at)?.as_mut();
        state.downcast_mut()
    }

    fn place<T: Memory>(&self) -> Option<usize> {
        self.0.iter().position(|state| {
            let state: &dyn Any = state.as_ref();
            state.is::<T>()
        })
    }

    /// Bytes of memory that the states take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.iter().fold(0, |sum, state| {
            sum.saturating_add(size_of_val(state.as_ref())).saturating_add(state.heap())
        })
    }
}

impl Context<'_> {
    /// The state of type `T` that the flow keeps for this dissector, made by default at first use; below the
    /// transport, the one kept for the whole capture. `None` in a quoted packet.
    pub fn state<T: Memory + Default>(&mut self) -> Option<&mut T> {
        self.state.as_deref_mut()?.get()
    }

    /// The state of type `T` that is kept for the whole capture, made by default at first use. It is never let go, so it
    /// has to be small. `None` in a quoted packet.
    pub fn capture_state<T: Memory + Default>(&mut self) -> Option<&mut T> {
        self.capture.as_deref_mut().or(self.state.as_deref_mut())?.get()
    }

    /// Calls `read` with the state of type `T`, and with this context, which it may go on using. Where there is no
    /// state, `read` has a new one, which is forgotten.
    pub fn with_state<T: Memory + Default, R>(&mut self, read: impl FnOnce(&mut T, &mut Self) -> R) -> R {
        let mut state = self.state::<T>().map(core::mem::take).unwrap_or_default();
        let done = read(&mut state, self);
        if let Some(place) = self.state::<T>() {
            *place = state;
        }
        done
    }

    /// Whether the message goes to a server: to a port for which `is_server` holds, else not from one. Between other
    /// ports the flow's client is who asks.
    pub fn is_to_server(&self, is_server: impl Fn(u16) -> bool) -> bool {
        match self.ports {
            Some((_, dst)) if is_server(dst) => true,
            Some((src, _)) if is_server(src) => false,
            _ => self.from_client,
        }
    }

    /// Gives the packet bytes that are not in the frame (a head kept since earlier segments, an unzipped body).
    /// Returns the number of the new source, for the memo; `None` if the packet has too many.
    pub fn derive(&mut self, bytes: Vec<u8>) -> Option<u8> {
        let number =
            u8::try_from(self.sources_before.saturating_add(self.derived.len())).ok()?.checked_add(1)?;
        if number > MAX_SOURCES {
            return None;
        }
        self.derived.push(bytes);
        Some(number)
    }

    /// Says that this layer is a network layer: what it carries belongs to these addresses, and the ports of a
    /// tunnel around it no longer count.
    pub fn enter(&mut self, net: Net) {
        self.entered = Some(net);
        self.ports = None;
    }

    /// Says that the layer, whose length is known all the same, is cut or malformed inside: the packet shows it,
    /// and the stream goes on with the next message.
    pub fn flaw(&mut self, fault: Fault) {
        self.flaw = Some(fault);
    }

    /// Pays for `steps` of a loop that may go over the same bytes more than once, as whoever follows pointers does.
    ///
    /// # Errors
    /// The packet has no steps left: the loop ends here.
    pub fn work(&mut self, steps: usize) -> Result<(), Fault> {
        let left = u32::try_from(steps).ok().and_then(|steps| self.fuel.checked_sub(steps));
        self.fuel = left.unwrap_or(0);
        left.map(|_| ()).ok_or(crate::registry::TOO_MUCH_WORK)
    }

    /// Announces a flow: whoever has that end next is read as `expected` says, whatever its ports.
    pub fn expect(&mut self, expected: Expected) {
        if !self.quoted && self.expected.len() < MAX_EXPECTED {
            self.expected.push(expected);
        }
    }

    /// Ties this layer to an earlier frame; `fields` finds it through [`Walk::links`].
    pub fn link(&mut self, link: Link) {
        if self.links.len() < MAX_LINKS {
            self.links.push(Linked { slot: self.slot, link });
        }
    }
}

/// Sources beyond the frame that one packet may have.
pub const MAX_SOURCES: u8 = 64;
/// Flows that one packet may announce.
pub const MAX_EXPECTED: usize = 64;
/// Links to other frames that one packet may have.
pub const MAX_LINKS: usize = 1_024;
