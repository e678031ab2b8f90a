//! Conversations in which both ends speak: what an end sends goes on where its last segment ended, and acknowledges all
//! that the other end sent.

use etherparse::TcpHeader;

use super::wire::{Manner, SERVER_ISN, Talk, Wire};

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Client,
    Server,
}
pub(crate) use End::{Client, Server};

impl End {
    fn other(self) -> Self {
        if self == Client { Server } else { Client }
    }
}

/// First sequence number of every client.
const CLIENT_ISN: u32 = 1_000;
/// Bytes of a segment at most, where nothing else is said.
const MSS: usize = 1_460;

/// One conversation.
#[derive(Debug)]
pub(crate) struct Dialogue<'a> {
    wire: &'a mut Wire,
    port: u16,
    /// The next sequence numbers of client and server.
    next: [u32; 2],
}

impl<'a> Dialogue<'a> {
    /// From this port to the port of the wire, after the handshake.
    pub(crate) fn open(wire: &'a mut Wire, port: u16) -> Self {
        wire.handshake(Talk { port, isn: CLIENT_ISN });
        Self { wire, port, next: [CLIENT_ISN + 1, SERVER_ISN + 1] }
    }

    /// Header of a segment without news.
    pub(crate) fn header(&self, end: End) -> TcpHeader {
        let (from, to) =
            if end == Client { (self.port, self.wire.port) } else { (self.wire.port, self.port) };
        let mut tcp = TcpHeader::new(from, to, self.next[end as usize], 64_240);
        (tcp.ack, tcp.acknowledgment_number) = (true, self.next[end.other() as usize]);
        tcp
    }

    /// A segment after which the numbers stay as they are.
    pub(crate) fn put(&mut self, end: End, tcp: TcpHeader, bytes: &[u8]) {
        self.wire.tcp(end == Client, tcp, bytes, Manner::default());
    }

    /// The next bytes of an end.
    pub(crate) fn say(&mut self, end: End, bytes: &[u8]) -> &mut Self {
        self.say_in(end, bytes, MSS)
    }

    /// The next bytes of an end in segments of this size.
    pub(crate) fn say_in(&mut self, end: End, bytes: &[u8], size: usize) -> &mut Self {
        for piece in bytes.chunks(size) {
            let mut tcp = self.header(end);
            tcp.psh = true;
            self.put(end, tcp, piece);
            self.skip(end, piece.len() as u32);
        }
        self
    }

    /// An end sends this much that nobody captures.
    pub(crate) fn skip(&mut self, end: End, len: u32) -> &mut Self {
        let next = &mut self.next[end as usize];
        *next = next.wrapping_add(len);
        self
    }

    /// An acknowledgment.
    pub(crate) fn ack(&mut self, end: End) -> &mut Self {
        self.put(end, self.header(end), &[]);
        self
    }

    /// Both ends are done, the client first.
    pub(crate) fn close(&mut self) {
        for end in [Client, Server] {
            let mut tcp = self.header(end);
            tcp.fin = true;
            self.put(end, tcp, &[]);
            self.skip(end, 1);
        }
        self.ack(Client);
    }
}
