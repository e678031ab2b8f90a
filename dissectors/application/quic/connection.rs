//! What is remembered of the connections of one flow: their IDs, the keys of their Initial packets, and what their CRYPTO
//! frames have brought.

use alloc::vec::Vec;

use super::crypto::{Gain, Stream};
use super::frames::Frames;
use super::header::{FIXED, Header, Kind, MAX_ID};
use super::protection::{Keys, whole_number};
use super::version::family;
use super::{CRYPTO_BEGINS, CRYPTO_GOES_ON};
use crate::bytes::{u8_at, u32_at};
use crate::dissector::{Context, Fault, Memory, Next, Parsed};
use crate::facts::{Link, QuicPacket};

/// Packets of one datagram that are read; those of an honest one are at most four, of different kinds.
const MAX_PACKETS: usize = 16;
/// Connections of one flow that are remembered, the latest; and IDs that the server of one has chosen (docs/faults.md
/// section 4).
const MAX_CONNECTIONS: usize = 8;
const MAX_IDS: usize = 4;
/// Steps that it costs to make keys.
const KEYS_WORK: usize = 1_024;

const TOO_MANY: Fault = Fault::Malformed("more packets than one datagram may hold here (quic.packet_length)");

/// The connections between two ports.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The latest is the last.
    connections: Vec<Connection>,
}

/// One connection.
#[derive(Debug)]
struct Connection {
    number: Option<u32>,
    /// Its client is the flow's, too.
    by_client: bool,
    /// What the client called the server first.
    first_id: Id,
    /// What its keys come from: that ID, or the one that a Retry asked for.
    key_id: Id,
    /// What the client is called.
    client_id: Id,
    /// What the server wants to be called, the latest last.
    server_ids: Vec<Id>,
    keys: Option<Keys>,
    /// The server has sent a packet of the handshake: it asks for no other beginning any more.
    is_answered: bool,
    /// What the server sends, and what the client sends.
    sides: [Side; 2],
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    /// The number of an Initial packet that is expected.
    next_number: u64,
    crypto: Stream,
}

/// A connection ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Id {
    bytes: [u8; MAX_ID],
    len: u8,
}

impl Id {
    /// One that is not longer than it may be.
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut id = Self { len: u8::try_from(bytes.len()).ok()?, ..Self::default() };
        id.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(id)
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Numbers of connections in this capture.
#[derive(Debug, Default)]
struct Numbers {
    next: u32,
}

impl Numbers {
    fn draw(&mut self) -> u32 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        number
    }
}

impl Memory for Numbers {
    fn heap(&self) -> usize {
        0
    }
}

impl Memory for Flow {
    fn heap(&self) -> usize {
        let own = self.connections.capacity().saturating_mul(size_of::<Connection>());
        self.connections.iter().fold(own, |sum, connection| {
            let ids = connection.server_ids.capacity().saturating_mul(size_of::<Id>());
            connection
                .sides
                .iter()
                .fold(sum.saturating_add(ids), |sum, side| sum.saturating_add(side.crypto.heap()))
        })
    }
}

/// What became of a packet that its connection could have the keys of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// It was opened.
    Good,
    /// Nobody knows: it is cut, or of a version without known keys.
    None,
    /// It is not of this connection, or not what was sent.
    Bad,
}

impl Flow {
    /// Takes a datagram apart into packets (RFC 9000 section 12.2).
    pub(super) fn dissect(&mut self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let wire = cx.wire_len.max(data.len());
        let mut gain = Gain::default();
        let mut first_id: Option<&[u8]> = None;
        let (mut at, mut packets) = (0_usize, 0_usize);
        while let Some(rest) = data.get(at..).filter(|rest| !rest.is_empty()) {
            // All packets of a datagram have the same destination (RFC 9000 section 12.2).
            let id_len = match first_id {
                Some(id) => {
                    rest.get(1..).filter(|rest| rest.starts_with(id)).and(u8::try_from(id.len()).ok())
                }
                None => self.id_len(rest, cx.from_client),
            };
            let header = match Header::parse(rest, wire.saturating_sub(at), id_len) {
                Ok(header) => header,
                Err(fault) if at == 0 => return Err(fault),
                Err(fault) => {
                    // What lies behind the packets need not be one.
                    if u32_at(rest, 1).and_then(family).is_some() {
                        flaw(cx, fault);
                    }
                    break;
                }
            };
            let is_next =
                |id: &[u8]| id == header.dcid && u8_at(rest, 0).is_some_and(|first| first & FIXED != 0);
            if !first_id.is_none_or(is_next) {
                break;
            }
            if packets == MAX_PACKETS {
                flaw(cx, TOO_MANY);
                break;
            }
            first_id = Some(header.dcid);
            packets = packets.saturating_add(1);
            if let Some(fault) = header.flaw() {
                flaw(cx, fault);
            }
            let packet = rest.get(..header.end).unwrap_or(rest);
            let known = match (header.kind, id_len) {
                (Kind::Short, None) => QuicPacket::default(),
                _ => self.packet(packet, &header, cx, &mut gain),
            };
            cx.link(Link::Quic(known));
            at = at.saturating_add(packet.len());
        }
        if data.len() < wire {
            flaw(cx, Fault::Short { need: wire, have: data.len() });
        }
        for frame in gain.frames {
            cx.link(Link::Piece(frame));
        }
        let value = if gain.is_first { CRYPTO_BEGINS } else { CRYPTO_GOES_ON };
        let next = match gain.bytes.is_empty() || cx.derive(gain.bytes).is_none() {
            true => Next::End,
            false => Next::Derived { nth: 0, value },
        };
        Ok(Parsed::new(wire, wire, next).memo(u32::try_from(wire).unwrap_or(u32::MAX)))
    }

    /// The length of the connection ID in a short header, by what the connections say of it.
    fn id_len(&self, packet: &[u8], from_client: bool) -> Option<u8> {
        let id = packet.get(1..)?;
        self.connections
            .iter()
            .rev()
            .find_map(|connection| connection.id_at(id, from_client))
            .map(|id| id.len)
    }

    /// Takes note of one packet.
    fn packet(
        &mut self,
        packet: &[u8],
        header: &Header<'_>,
        cx: &mut Context<'_>,
        gain: &mut Gain,
    ) -> QuicPacket {
        let mut known = QuicPacket { id_len: u8::try_from(header.dcid.len()).ok(), ..QuicPacket::default() };
        let from_client = cx.from_client;
        let found = self.connections.iter_mut().rev().find(|one| one.is_meant(header.dcid, from_client));
        if let Some(connection) = found {
            known.connection = connection.number;
            connection.note(packet, header, cx, (&mut known, gain));
        } else if let Some(mut connection) = Connection::begin(header, from_client) {
            match connection.note(packet, header, cx, (&mut known, gain)) {
                Proof::Bad => self.adopt(packet, header, cx, (&mut known, gain)),
                Proof::Good | Proof::None => {
                    connection.number = cx.capture_state::<Numbers>().map(Numbers::draw);
                    known.connection = connection.number;
                    if self.connections.len() >= MAX_CONNECTIONS {
                        self.connections.remove(0);
                    }
                    self.connections.push(connection);
                }
            }
        }
        known
    }

    /// Takes note of an Initial packet under an ID that is not known: its client may have been given it in a packet that
    /// nobody else could read.
    fn adopt(
        &mut self,
        packet: &[u8],
        header: &Header<'_>,
        cx: &mut Context<'_>,
        (known, gain): (&mut QuicPacket, &mut Gain),
    ) {
        let from_client = cx.from_client;
        let latest = self.connections.iter_mut().rev().find(|one| one.by_client == from_client);
        if let Some(connection) = latest
            && connection.note(packet, header, cx, (&mut *known, gain)) == Proof::Good
        {
            known.connection = connection.number;
            connection.learn(header.dcid);
        }
    }
}

impl Connection {
    /// A connection that begins with this packet, as far as one can see.
    fn begin(header: &Header<'_>, from_client: bool) -> Option<Self> {
        if header.kind != Kind::Initial {
            return None;
        }
        let first_id = Id::of(header.dcid)?;
        Some(Self {
            number: None,
            by_client: from_client,
            first_id,
            key_id: first_id,
            client_id: Id::of(header.scid)?,
            server_ids: Vec::new(),
            keys: None,
            is_answered: false,
            sides: [Side::default(), Side::default()],
        })
    }

    /// Whether a packet with this destination belongs to it.
    fn is_meant(&self, id: &[u8], from_client: bool) -> bool {
        let is = |known: &Id| known.bytes() == id;
        match from_client == self.by_client {
            true => is(&self.first_id) || is(&self.key_id) || self.server_ids.iter().any(is),
            false => is(&self.client_id),
        }
    }

    /// The ID with which `bytes` begin, if it is one that short headers may have here.
    fn id_at(&self, bytes: &[u8], from_client: bool) -> Option<Id> {
        let is = |known: &&Id| bytes.starts_with(known.bytes());
        match from_client == self.by_client {
            true => self.server_ids.iter().rev().find(is).copied(),
            false => Some(self.client_id).filter(|id| is(&id)),
        }
    }

    /// Takes note of one of its packets, says what it knows of it, and adds what its CRYPTO frames bring.
    fn note(
        &mut self,
        packet: &[u8],
        header: &Header<'_>,
        cx: &mut Context<'_>,
        (known, gain): (&mut QuicPacket, &mut Gain),
    ) -> Proof {
        let to_server = cx.from_client == self.by_client;
        let proof = match header.kind {
            Kind::Initial => self.open(packet, header, cx, (known, gain)),
            _ => Proof::None,
        };
        if to_server || proof == Proof::Bad {
            return proof;
        }
        match header.kind {
            // A second one is ignored (RFC 9000 section 17.2.5.2).
            Kind::Retry if !self.is_answered && self.server_ids.is_empty() => {
                self.learn(header.scid);
                self.key_id = self.server_ids.last().copied().unwrap_or(self.key_id);
                self.keys = None;
            }
            Kind::Initial | Kind::Handshake => {
                self.is_answered = true;
                self.learn(header.scid);
            }
            _ => {}
        }
        proof
    }

    /// The server wants to be called so; of too many the first is forgotten.
    fn learn(&mut self, id: &[u8]) {
        let Some(id) = Id::of(id).filter(|id| !self.server_ids.contains(id)) else { return };
        if self.server_ids.len() >= MAX_IDS {
            self.server_ids.remove(0);
        }
        self.server_ids.push(id);
    }

    /// Opens an Initial packet.
    fn open(
        &mut self,
        packet: &[u8],
        header: &Header<'_>,
        cx: &mut Context<'_>,
        (known, gain): (&mut QuicPacket, &mut Gain),
    ) -> Proof {
        let to_server = cx.from_client == self.by_client;
        if let Err(fault) = cx.work(packet.len().saturating_add(KEYS_WORK)) {
            flaw(cx, fault);
            return Proof::None;
        }
        // After a negotiation the same IDs make other keys.
        if self.keys.as_ref().is_none_or(|keys| keys.version != header.version) {
            self.keys = Keys::of(header.version, self.key_id.bytes());
        }
        let (Some(keys), Some(side)) = (&self.keys, self.sides.get_mut(usize::from(to_server))) else {
            return Proof::None;
        };
        let Some(unmasked) = keys.unmask(to_server, packet, header) else { return Proof::None };
        let number = whole_number(side.next_number, unmasked.number, unmasked.number_len);
        if packet.len() < header.end {
            known.unmasked = Some((unmasked.first, number));
            return Proof::None;
        }
        let Some(frames) = keys.open(to_server, packet, header, unmasked, number) else { return Proof::Bad };
        known.unmasked = Some((unmasked.first, number));
        side.next_number = side.next_number.max(number.saturating_add(1));
        for frame in Frames::new(&frames) {
            let added = match frame.crypto {
                Some((offset, bytes)) => side.crypto.add(offset, bytes, cx.frame, gain),
                None => Ok(()),
            };
            if let Some(fault) = frame.fault.or(added.err()) {
                flaw(cx, fault);
            }
        }
        known.source = cx.derive(frames).unwrap_or_default();
        Proof::Good
    }
}

/// Tells of a fault, if it is the first of the datagram.
fn flaw(cx: &mut Context<'_>, fault: Fault) {
    if cx.flaw.is_none() {
        cx.flaw(fault);
    }
}
