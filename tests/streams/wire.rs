//! Captures built for these tests: one conversation after the other, segment by segment, with any bytes in them.

use std::path::PathBuf;

use etherparse::{IpFragOffset, IpNumber, Ipv4Header, Ipv6FragmentHeader, Ipv6Header, TcpHeader};
use netdissect::pipeline::{Pipeline, Sink};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};

pub(crate) const CLIENT: [u8; 4] = [192, 0, 2, 10];
pub(crate) const SERVER: [u8; 4] = [192, 0, 2, 80];
/// First sequence number of every server.
pub(crate) const SERVER_ISN: u32 = 9_000;

/// A frame: its time in ns, its length on the wire, its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub(crate) time: i64,
    pub(crate) wire_len: u32,
    pub(crate) bytes: Vec<u8>,
}

/// Raw IPv4 and IPv6 packets, and the clock.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) frames: Vec<Built>,
    pub(crate) time: i64,
    /// The client's address.
    pub(crate) client: [u8; 4],
    /// The server's port.
    pub(crate) port: u16,
    id: u16,
}

impl Default for Wire {
    fn default() -> Self {
        Self { frames: Vec::new(), time: 0, client: CLIENT, port: 80, id: 0 }
    }
}

/// What a segment of a client is, beyond its numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) ttl: u8,
    pub(crate) tsval: Option<u32>,
    /// Bytes captured of the payload.
    pub(crate) captured: usize,
}

impl Default for Manner {
    fn default() -> Self {
        Self { ttl: 64, tsval: None, captured: usize::MAX }
    }
}

/// One conversation: the client's port and first sequence number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk {
    pub(crate) port: u16,
    pub(crate) isn: u32,
}

impl Wire {
    /// Sends all frames through `pipeline` to its end.
    pub(crate) fn play(&self, mut pipeline: Pipeline, sink: &mut dyn Sink) {
        for (number, built) in (1..).zip(&self.frames) {
            let frame = Frame {
                number,
                time: Timestamp::default().plus_nanos(built.time),
                link: LinkType::RAW,
                wire_len: built.wire_len,
                data: &built.bytes,
                origin: None,
            };
            let _ = pipeline.frame(&frame, sink).unwrap();
        }
        pipeline.finish(sink).unwrap();
    }

    /// A packet whose last `cut` bytes were not captured.
    pub(crate) fn push(&mut self, bytes: Vec<u8>, cut: usize) {
        self.time += 100_000;
        let wire_len = bytes.len() as u32;
        let mut bytes = bytes;
        bytes.truncate(bytes.len().saturating_sub(cut));
        self.frames.push(Built { time: self.time, wire_len, bytes });
    }

    /// A segment of either end between the addresses of all, with sound checksums.
    pub(crate) fn tcp(&mut self, from_client: bool, mut tcp: TcpHeader, payload: &[u8], manner: Manner) {
        let (src, dst) = if from_client { (self.client, SERVER) } else { (SERVER, self.client) };
        if let Some(tsval) = manner.tsval {
            tcp.set_options(&[etherparse::TcpOptionElement::Timestamp(tsval, 0)]).unwrap();
        }
        let len = (tcp.header_len() + payload.len()) as u16;
        let mut ip = Ipv4Header::new(len, manner.ttl, IpNumber::TCP, src, dst).unwrap();
        self.id = self.id.wrapping_add(1).max(1);
        ip.identification = self.id;
        ip.header_checksum = ip.calc_header_checksum();
        tcp.checksum = tcp.calc_checksum_ipv4(&ip, payload).unwrap();
        let mut bytes = ip.to_bytes().to_vec();
        bytes.extend_from_slice(&tcp.to_bytes());
        bytes.extend_from_slice(payload);
        self.push(bytes, payload.len().saturating_sub(manner.captured));
    }

    pub(crate) fn syn(&mut self, talk: Talk, payload: &[u8]) {
        let mut syn = TcpHeader::new(talk.port, self.port, talk.isn, 64_240);
        syn.syn = true;
        self.tcp(true, syn, payload, Manner::default());
    }

    pub(crate) fn handshake(&mut self, talk: Talk) {
        self.syn(talk, &[]);
        let mut syn_ack = TcpHeader::new(self.port, talk.port, SERVER_ISN, 64_240);
        (syn_ack.syn, syn_ack.ack) = (true, true);
        syn_ack.acknowledgment_number = talk.isn.wrapping_add(1);
        self.tcp(false, syn_ack, &[], Manner::default());
        self.data(talk, 1, b"", Manner::default());
    }

    /// The client's bytes from `at` on; the first of a stream is 1.
    pub(crate) fn data(&mut self, talk: Talk, at: u32, bytes: &[u8], manner: Manner) {
        let mut tcp = TcpHeader::new(talk.port, self.port, talk.isn.wrapping_add(at), 64_240);
        (tcp.ack, tcp.acknowledgment_number) = (true, SERVER_ISN + 1);
        self.tcp(true, tcp, bytes, manner);
    }

    /// The server has everything below `at`.
    pub(crate) fn ack(&mut self, talk: Talk, at: u32) {
        let mut tcp = TcpHeader::new(self.port, talk.port, SERVER_ISN + 1, 64_240);
        (tcp.ack, tcp.acknowledgment_number) = (true, talk.isn.wrapping_add(at));
        self.tcp(false, tcp, &[], Manner::default());
    }

    /// A piece of an IPv4 datagram.
    pub(crate) fn v4(&mut self, id: u16, protocol: u8, offset: u32, more: bool, bytes: &[u8]) {
        let mut ip =
            Ipv4Header::new(bytes.len() as u16, 64, IpNumber(protocol), self.client, SERVER).unwrap();
        (ip.identification, ip.more_fragments) = (id, more);
        ip.fragment_offset = IpFragOffset::try_new((offset / 8) as u16).unwrap();
        ip.header_checksum = ip.calc_header_checksum();
        let mut packet = ip.to_bytes().to_vec();
        packet.extend_from_slice(bytes);
        self.push(packet, 0);
    }

    /// A piece of an IPv6 datagram that carries UDP.
    pub(crate) fn v6(&mut self, id: u32, offset: u32, more: bool, bytes: &[u8]) {
        let mut source = [0; 16];
        (source[0], source[1], source[15]) = (0x20, 1, 0x10);
        let mut destination = source;
        destination[15] = 0x80;
        let ip = Ipv6Header {
            payload_length: bytes.len() as u16 + 8,
            next_header: IpNumber::IPV6_FRAGMENTATION_HEADER,
            hop_limit: 64,
            source,
            destination,
            ..Ipv6Header::default()
        };
        let place = IpFragOffset::try_new((offset / 8) as u16).unwrap();
        let header = Ipv6FragmentHeader::new(IpNumber::UDP, place, more, id);
        let mut packet = ip.to_bytes().to_vec();
        packet.extend_from_slice(&header.to_bytes());
        packet.extend_from_slice(bytes);
        self.push(packet, 0);
    }

    /// As a classic capture file with nanoseconds and no link layer.
    pub(crate) fn file(&self) -> Vec<u8> {
        const RAW_IP: u32 = 101;
        let mut file = Vec::new();
        for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, RAW_IP] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        for frame in &self.frames {
            let time = 1_700_000_000_000_000_000 + frame.time;
            let (secs, nanos) = (time / 1_000_000_000, time % 1_000_000_000);
            for word in [secs as u32, nanos as u32, frame.bytes.len() as u32, frame.wire_len] {
                file.extend_from_slice(&word.to_le_bytes());
            }
            file.extend_from_slice(&frame.bytes);
        }
        file
    }

    /// Writes the file where `cargo test` keeps what tests make, and answers its path.
    pub(crate) fn save(&self, name: &str) -> String {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("streams-{name}.pcap"));
        std::fs::write(&path, self.file()).unwrap();
        path.to_str().unwrap().to_owned()
    }
}
