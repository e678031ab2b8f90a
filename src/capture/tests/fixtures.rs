//! Capture bytes as appendix A of docs/faults.md spells them.

/// The time of the first packet.
pub(super) const T0: u32 = 1_700_000_000;

/// A sound 71-byte frame: Ethernet, IPv4, UDP, a DNS question for example.com.
pub(super) fn good() -> Vec<u8> {
    let mut g = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
    g.extend([0x45, 0, 0, 57, 0, 1, 0, 0, 64, 17, 0x66, 0xb1, 10, 0, 0, 1, 10, 0, 0, 2]);
    g.extend([0x9c, 0x40, 0, 53, 0, 37, 0, 0]);
    g.extend([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    g.extend(b"\x07example\x03com\x00\x00\x01\x00\x01");
    assert_eq!(g.len(), 71);
    g
}

/// Byte order of what is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum E {
    Little,
    Big,
}

impl E {
    pub(super) fn w(self, value: u32) -> [u8; 4] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(super) fn h(self, value: u16) -> [u8; 2] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(super) fn q(self, value: u64) -> [u8; 8] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

/// A classic file header.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) order: E,
    pub(super) magic: u32,
    pub(super) version: (u16, u16),
    pub(super) snaplen: u32,
    pub(super) link: u32,
}

pub(super) const GH: Header =
    Header { order: E::Little, magic: 0xa1b2_c3d4, version: (2, 4), snaplen: 262_144, link: 1 };

impl Header {
    pub(super) fn bytes(self) -> Vec<u8> {
        let e = self.order;
        let mut b = e.w(self.magic).to_vec();
        b.extend([e.h(self.version.0), e.h(self.version.1)].concat());
        b.extend([e.w(0), e.w(0), e.w(self.snaplen), e.w(self.link)].concat());
        b
    }
}

/// A record whose header is given in full.
pub(super) fn rec(e: E, secs: u32, fraction: u32, captured: u32, wire: u32, data: &[u8]) -> Vec<u8> {
    let mut b = [e.w(secs), e.w(fraction), e.w(captured), e.w(wire)].concat();
    b.extend(data);
    b
}

/// A record of the good frame, `i` seconds and `i` microseconds after the first.
pub(super) fn record(i: u32) -> Vec<u8> {
    let g = good();
    rec(E::Little, T0 + i, i, 71, 71, &g)
}

/// A classic file of these records.
pub(super) fn file(header: Header, records: &[Vec<u8>]) -> Vec<u8> {
    let mut b = header.bytes();
    b.extend(records.concat());
    b
}

/// A classic file of three good records.
pub(super) fn three() -> Vec<u8> {
    file(GH, &[record(0), record(1), record(2)])
}

/// A pcapng block.
pub(super) fn block(e: E, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let total = e.w(padded as u32 + 12);
    let mut b = [e.w(kind), total].concat();
    b.extend(body);
    b.resize(8 + padded, 0);
    b.extend(total);
    b
}

pub(super) fn section(e: E) -> Vec<u8> {
    section_of_length(e, u64::MAX)
}

pub(super) fn section_of_length(e: E, length: u64) -> Vec<u8> {
    let mut body = e.w(0x1a2b_3c4d).to_vec();
    body.extend([e.h(1), e.h(0)].concat());
    body.extend(e.q(length));
    block(e, 0x0a0d_0d0a, &body)
}

pub(super) fn option(e: E, code: u16, value: &[u8]) -> Vec<u8> {
    option_of_length(e, code, value, value.len() as u16)
}

pub(super) fn option_of_length(e: E, code: u16, value: &[u8], length: u16) -> Vec<u8> {
    let mut b = [e.h(code), e.h(length)].concat();
    b.extend(value);
    b.resize(b.len().next_multiple_of(4), 0);
    b
}

pub(super) fn interface_with(e: E, link: u16, reserved: u16, options: &[u8]) -> Vec<u8> {
    let mut body = [e.h(link), e.h(reserved)].concat();
    body.extend(e.w(262_144));
    body.extend(options);
    block(e, 1, &body)
}

pub(super) fn interface(e: E) -> Vec<u8> {
    interface_with(e, 1, 0, &[])
}

pub(super) fn packet_body(
    e: E,
    id: u32,
    ticks: u64,
    lengths: (u32, u32),
    data: &[u8],
    options: &[u8],
) -> Vec<u8> {
    let mut body = [e.w(id), e.w((ticks >> 32) as u32), e.w(ticks as u32)].concat();
    body.extend([e.w(lengths.0), e.w(lengths.1)].concat());
    body.extend(data);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(options);
    body
}

/// The good frame as an enhanced packet block.
pub(super) fn packet_with(e: E, id: u32, ticks: u64, options: &[u8]) -> Vec<u8> {
    block(e, 6, &packet_body(e, id, ticks, (71, 71), &good(), options))
}

pub(super) fn packet(id: u32) -> Vec<u8> {
    packet_with(E::Little, id, u64::from(T0) * 1_000_000, &[])
}

/// A little-endian section with one interface, then these blocks.
pub(super) fn ng(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut b = section(E::Little);
    b.extend(interface(E::Little));
    b.extend(blocks.concat());
    b
}

/// A section whose interface has these options, then one packet with this count of ticks.
pub(super) fn timed(options: &[u8], ticks: u64) -> Vec<u8> {
    let mut b = section(E::Little);
    b.extend(interface_with(E::Little, 1, 0, options));
    b.extend(packet_with(E::Little, 0, ticks, &[]));
    b
}
