//! Files of rows A to D and G01 to G06 of docs/faults.md, built as its appendix A says.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::packets::*;

/// A file, and what reading it must come to.
pub(crate) struct File {
    /// Its row, then what it is.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) exit: i32,
    pub(crate) shown: usize,
    pub(crate) says: &'static [&'static str],
}

/// The secret in the file of row B35: 48 bytes, as TLS 1.2 has them.
pub(crate) const SECRET: &str =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff53ec4e7053ec4e7053ec4e7053ec4e70";

/// The time of the first packet.
const T0: u32 = 1_700_000_000;

fn file(name: &str, bytes: Vec<u8>, exit: i32, shown: usize, says: &'static [&'static str]) -> File {
    File { name: name.to_owned(), bytes, exit, shown, says }
}

/// Every file.
pub(crate) fn all() -> Vec<File> {
    let mut files = classic();
    files.extend(pcapng());
    files.extend(compressed());
    files.extend(decoding());
    files.extend(names());
    files
}

// Classic files

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Little,
    Big,
}
use Order::{Big, Little};

impl Order {
    fn word(self, value: u32) -> [u8; 4] {
        if self == Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }
    fn half(self, value: u16) -> [u8; 2] {
        if self == Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

/// A file header: byte order, magic, version, snap length, link type.
struct Header(Order, u32, (u16, u16), u32, u32);

impl Header {
    fn bytes(&self) -> Vec<u8> {
        let &Self(order, magic, version, snaplen, link) = self;
        let mut bytes = order.word(magic).to_vec();
        bytes.extend([order.half(version.0), order.half(version.1)].concat());
        bytes.extend([order.word(0), order.word(0), order.word(snaplen), order.word(link)].concat());
        bytes
    }
}

const MICROS: u32 = 0xa1b2_c3d4;
const USUAL: Header = Header(Little, MICROS, (2, 4), 262_144, 1);

fn record(order: Order, time: (u32, u32), lengths: (u32, u32), data: &[u8]) -> Vec<u8> {
    let mut bytes = [time.0, time.1, lengths.0, lengths.1].map(|word| order.word(word)).concat();
    bytes.extend(data);
    bytes
}

/// The good packet, `i` seconds and microseconds after the first.
fn nth(i: u32) -> Vec<u8> {
    record(Little, (T0 + i, i), (71, 71), &good())
}

fn pcap(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = USUAL.bytes();
    for (packet, i) in packets.iter().zip(0..) {
        bytes.extend(record(Little, (T0, 10 * i), (packet.len() as u32, packet.len() as u32), packet));
    }
    bytes
}

fn classic() -> Vec<File> {
    let g = good();
    let (one, two, three) = (nth(0), nth(1), nth(2));
    let whole = [one.clone(), two.clone(), three.clone()].concat();
    let with = |header: Header, records: &[&[u8]]| [&header.bytes(), &records.concat()[..]].concat();
    let middle = |record: Vec<u8>| with(USUAL, &[&one, &record, &two]);
    let large = [&g[..], &vec![0; 300_000]].concat();
    let size = large.len() as u32;
    let modified = |i| {
        let extra = [&[1, 0, 0, 0, 8, 0, 0, 0], &g[..]].concat();
        record(Little, (T0 + i, 0), (71, 71), &extra)
    };
    let endian = |order| {
        let records: Vec<u8> = (0..3).flat_map(|i| record(order, (T0 + i, 0), (71, 71), &g)).collect();
        with(Header(order, MICROS, (2, 4), 262_144, 1), &[&records])
    };
    let nanos: Vec<u8> = (0..3).flat_map(|i| record(Little, (T0 + i, 999_999_999), (71, 71), &g)).collect();
    vec![
        file("A00-good.pcap", with(USUAL, &[&whole]), 0, 3, &["3 packets captured, 3 shown"]),
        file("A01-empty.pcap", vec![], 3, 0, &["empty file (0 bytes)"]),
        file("A02-header-cut.pcap", USUAL.bytes()[..10].to_vec(), 3, 0, &["header cut at byte 10 of 24"]),
        file("A03-header-only.pcap", USUAL.bytes(), 0, 0, &[]),
        file("A04-wrong-magic.pcap", b"NOTAPCAPFILE....".repeat(4), 1, 0, &["4e 4f 54 41"]),
        file(
            "A05-record-header-cut.pcap",
            with(USUAL, &[&whole, &one[..9]]),
            3,
            3,
            &["record 4 header cut at byte 9 of 16"],
        ),
        file(
            "A06-record-cut.pcap",
            with(USUAL, &[&whole, &one[..80]]),
            3,
            3,
            &["record 4 cut at byte 64 of 71"],
        ),
        file(
            "A07-above-len.pcap",
            middle(record(Little, (T0, 0), (71, 20), &g)),
            0,
            3,
            &["len < caplen (1)"],
        ),
        file("A08-snaplen-40.pcap", with(Header(Little, MICROS, (2, 4), 40, 1), &[&whole]), 0, 3, &[]),
        file("A09-snaplen-0.pcap", with(Header(Little, MICROS, (2, 4), 0, 1), &[&whole]), 0, 3, &[]),
        file(
            "A10-caplen-2g.pcap",
            with(USUAL, &[&one, &record(Little, (1, 1), (0x7fff_ffff, 0x7fff_ffff), &[b'x'; 64])]),
            3,
            1,
            &["record 2", "offset 111"],
        ),
        file(
            "A11-caplen-4g.pcap",
            with(USUAL, &[&one, &record(Little, (1, 1), (u32::MAX, u32::MAX), &[b'x'; 64])]),
            3,
            1,
            &["record 2", "offset 111"],
        ),
        file("A12-usec.pcap", middle(record(Little, (T0, 1_500_000), (71, 71), &g)), 0, 3, &["1.500000"]),
        file(
            "A13-usec-max.pcap",
            middle(record(Little, (T0, u32::MAX), (71, 71), &g)),
            0,
            3,
            &["time invalid"],
        ),
        file("A14-big-endian.pcap", endian(Big), 0, 3, &[]),
        file("A14-little-endian.pcap", endian(Little), 0, 3, &[]),
        file(
            "A15-nanoseconds.pcap",
            with(Header(Little, 0xa1b2_3c4d, (2, 4), 262_144, 1), &[&nanos]),
            0,
            3,
            &[".999999999"],
        ),
        file(
            "A16-modified.pcap",
            with(
                Header(Little, 0xa1b2_cd34, (2, 4), 262_144, 1),
                &[&modified(0), &modified(1), &modified(2)],
            ),
            0,
            3,
            &[],
        ),
        file(
            "A17-version-2.2.pcap",
            with(
                Header(Little, MICROS, (2, 2), 262_144, 1),
                &[&one, &record(Little, (T0, 0), (100, 71), &g), &two],
            ),
            0,
            3,
            &["100 bytes on the wire, 71 captured"],
        ),
        file(
            "A18-version-9.9.pcap",
            with(Header(Little, MICROS, (9, 9), 262_144, 1), &[&whole]),
            1,
            0,
            &["unsupported version 9.9"],
        ),
        file("A19-link.pcap", with(Header(Little, MICROS, (2, 4), 262_144, 0x9999), &[&whole]), 1, 0, &[]),
        file(
            "A20-time-2106.pcap",
            with(USUAL, &[&record(Little, (u32::MAX, 0), (71, 71), &g), &one]),
            0,
            2,
            &["2106-02-07 06:28:15"],
        ),
        file("A21-backwards.pcap", with(USUAL, &[&three, &two, &one]), 0, 3, &[]),
        file(
            "A22-caplen-0.pcap",
            middle(record(Little, (T0, 0), (0, 60), &[])),
            0,
            3,
            &["no bytes captured of 60"],
        ),
        file("A23-300k.pcap", middle(record(Little, (T0, 0), (size, size), &large)), 0, 3, &[]),
        file(
            "A25-garbage.pcap",
            with(USUAL, &[&one, &[0xde, 0xad, 0xbe, 0xef].repeat(9), &two, &three]),
            3,
            1,
            &["offset 111"],
        ),
    ]
}

// pcapng

/// A block. Either length may lie.
fn block_of(order: Order, kind: u32, body: &[u8], total: Option<u32>, trailer: Option<u32>) -> Vec<u8> {
    let mut padded = body.to_vec();
    padded.resize(body.len().next_multiple_of(4), 0);
    let real = padded.len() as u32 + 12;
    let mut bytes = [order.word(kind), order.word(total.unwrap_or(real))].concat();
    bytes.extend(padded);
    bytes.extend(order.word(trailer.unwrap_or(real)));
    bytes
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    block_of(Little, kind, body, None, None)
}

fn section_of(order: Order, magic: u32, length: u64) -> Vec<u8> {
    let mut body = [order.word(magic).to_vec(), order.half(1).to_vec(), order.half(0).to_vec()].concat();
    body.extend(if order == Big { length.to_be_bytes() } else { length.to_le_bytes() });
    block_of(order, 0x0a0d_0d0a, &body, None, None)
}

fn section() -> Vec<u8> {
    section_of(Little, 0x1a2b_3c4d, u64::MAX)
}

fn option_of(code: u16, value: &[u8], length: u16) -> Vec<u8> {
    let mut bytes = [code.to_le_bytes(), length.to_le_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn option(code: u16, value: &[u8]) -> Vec<u8> {
    option_of(code, value, value.len() as u16)
}

const END: [u8; 4] = [0; 4];

fn interface_of(order: Order, reserved: u16, options: &[u8]) -> Vec<u8> {
    let mut body = [order.half(1), order.half(reserved)].concat();
    body.extend(order.word(0));
    body.extend(options);
    block_of(order, 1, &body, None, None)
}

fn interface(options: &[u8]) -> Vec<u8> {
    interface_of(Little, 0, options)
}

/// The good packet as a block: interface, ticks, lengths, options.
fn packet_body(order: Order, id: u32, ticks: u64, lengths: (u32, u32), options: &[u8]) -> Vec<u8> {
    let words = [id, (ticks >> 32) as u32, ticks as u32, lengths.0, lengths.1];
    let mut body = words.map(|word| order.word(word)).concat();
    body.extend(good());
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(options);
    body
}

const MICROSECONDS: u64 = T0 as u64 * 1_000_000;

fn packet_of(id: u32, lengths: (u32, u32), options: &[u8]) -> Vec<u8> {
    block(6, &packet_body(Little, id, MICROSECONDS, lengths, options))
}

fn packet() -> Vec<u8> {
    packet_of(0, (71, 71), &[])
}

fn pcapng() -> Vec<File> {
    let start = [section(), interface(&[])].concat();
    let three = |second: Vec<u8>| [start.clone(), packet(), second, packet()].concat();
    let raw = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let clock = |options: &[u8], ticks| {
        let packet = block(6, &packet_body(Little, 0, ticks, (71, 71), &[]));
        [section(), interface(&[options, &END].concat()), packet].concat()
    };
    let big = |bytes: &[u8]| block_of(Big, 6, bytes, None, None);
    let statistics = [&[0; 12][..], &option(2, &[0; 4]), &END].concat();
    let simple = [&70_u32.to_le_bytes()[..], &good()[..70]].concat();
    let hidden = name_records();
    let comments = option(1, &[b'c'; 65_532]).repeat(16);
    let ng = |name: &str, bytes, exit, shown, says| file(&format!("{name}.pcapng"), bytes, exit, shown, says);
    vec![
        ng("B01-section-only", section(), 0, 0, &[]),
        ng("B02-no-interface", [section(), packet()].concat(), 3, 0, &["record 1"]),
        ng("B03-interface-7", three(packet_of(7, (71, 71), &[])), 3, 2, &["record 2", "interface 7"]),
        ng(
            "B04-trailer",
            three(block_of(Little, 6, &packet_body(Little, 0, MICROSECONDS, (71, 71), &[]), None, Some(99))),
            3,
            1,
            &["104", "99"],
        ),
        ng(
            "B05-length-4g",
            [start.clone(), packet(), raw(&[6, 0xffff_fff0]), vec![b'x'; 64]].concat(),
            3,
            1,
            &["record 2"],
        ),
        ng("B06-length-8", three(raw(&[6, 8, 8])), 3, 1, &["record 2"]),
        ng("B07-length-0", three(raw(&[6, 0, 0])), 3, 1, &["record 2"]),
        ng(
            "B08-length-13",
            three([raw(&[0xbeef, 13]), vec![b'x'], raw(&[13])].concat()),
            3,
            1,
            &["offset 152"],
        ),
        ng(
            "B09-packet-option",
            three(packet_of(0, (71, 71), &option_of(1, b"hi", 60_000))),
            0,
            3,
            &["bad option in record 2"],
        ),
        ng(
            "B10-interface-option",
            [section(), interface(&option_of(2, b"eth0", 65_000)), packet()].concat(),
            0,
            1,
            &["bad option"],
        ),
        ng(
            "B11-comment",
            three(packet_of(0, (71, 71), &[&option(1, b"\xff\xfe\x80")[..], &END].concat())),
            0,
            3,
            &["\\xff\\xfe\\x80"],
        ),
        ng(
            "B12-name",
            [section(), interface(&[&option(2, b"\xff\xfe")[..], &END].concat()), packet()].concat(),
            0,
            1,
            &["\\xff\\xfe"],
        ),
        ng(
            "B13-offset",
            clock(&option(14, &(-3600_i64).to_le_bytes()), MICROSECONDS),
            0,
            1,
            &["2023-11-14 21:13:20"],
        ),
        ng(
            "B14-offset-max",
            clock(&option(14, &i64::MAX.to_le_bytes()), MICROSECONDS),
            0,
            1,
            &["time invalid"],
        ),
        ng(
            "B15-time-max",
            [start.clone(), block(6, &packet_body(Little, 0, u64::MAX, (71, 71), &[])), packet()].concat(),
            0,
            2,
            &[],
        ),
        ng("B16-resolution", clock(&option(9, &[12]), 1_700_000_123_456_789_012), 0, 1, &["20.123456789"]),
        ng(
            "B17-binary",
            clock(&option(9, &[0x9e]), (u64::from(T0) << 30) + (1 << 29)),
            0,
            1,
            &["2023-11-14 22:13:20.5"],
        ),
        ng("B18-halves", clock(&option(9, &[0x81]), 2 * u64::from(T0) + 1), 0, 1, &["2023-11-14 22:13:20.5"]),
        ng("B19-finest", clock(&option(9, &[0x7f]), MICROSECONDS), 0, 1, &["time invalid"]),
        ng("B20-finest", clock(&option(9, &[0xff]), MICROSECONDS), 0, 1, &["time invalid"]),
        ng("B21-reserved", [section(), interface_of(Little, 5, &[]), packet()].concat(), 0, 1, &[]),
        ng("B22-caplen", three(packet_of(0, (5000, 71), &[])), 3, 2, &["record 2", "5000"]),
        ng("B23-above-len", three(packet_of(0, (71, 10), &[])), 0, 3, &["len < caplen (1)"]),
        ng(
            "B24-two-orders",
            [
                start.clone(),
                packet(),
                section_of(Big, 0x1a2b_3c4d, u64::MAX),
                interface_of(Big, 0, &[]),
                big(&packet_body(Big, 0, MICROSECONDS, (71, 71), &[])),
            ]
            .concat(),
            0,
            2,
            &[],
        ),
        ng("B25-statistics", [start.clone(), packet(), block(5, &statistics), packet()].concat(), 0, 2, &[]),
        ng(
            "B26-unknown",
            [start.clone(), packet(), block(0x7777_7777, b"hello123"), packet()].concat(),
            0,
            2,
            &[],
        ),
        ng(
            "B27-cut",
            [start.clone(), packet(), packet()[..84].to_vec()].concat(),
            3,
            1,
            &["record 2 cut at byte 84 of 104"],
        ),
        ng(
            "B29-simple",
            [start.clone(), block(3, &simple)].concat(),
            0,
            1,
            &["70 bytes on the wire, 70 captured"],
        ),
        ng(
            "B30-custom-9m",
            [start.clone(), packet(), block(0x0bad, &vec![0; 9 << 20]), packet()].concat(),
            0,
            2,
            &[],
        ),
        ng("B31-byte-order", section_of(Little, 0xdead_beef, u64::MAX), 1, 0, &[]),
        ng(
            "B32-section-length",
            [section_of(Little, 0x1a2b_3c4d, 8), interface(&[]), packet()].concat(),
            0,
            1,
            &[],
        ),
        ng(
            "B33-options",
            [
                start.clone(),
                packet_of(0, (71, 71), &[option(1, b"note").repeat(10_000), END.into()].concat()),
            ]
            .concat(),
            0,
            1,
            &["note"],
        ),
        ng(
            "B33-comments",
            [start.clone(), packet_of(0, (71, 71), &[comments, END.into()].concat())].concat(),
            0,
            1,
            &["cccc"],
        ),
        ng("B34-names", [start.clone(), block(4, &hidden), packet()].concat(), 0, 1, &[]),
        ng("B35-secrets", [start.clone(), block(10, &secrets()), packet()].concat(), 0, 1, &[]),
    ]
}

/// A line of a key log that nobody should print.
fn secrets() -> Vec<u8> {
    let line = format!("CLIENT_RANDOM {} {SECRET}\n", "5a".repeat(32));
    [&0x544c_534b_u32.to_le_bytes(), &(line.len() as u32).to_le_bytes(), line.as_bytes()].concat()
}

/// Names for 8.8.8.8 that nobody should print.
fn name_records() -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in [&b"\x08\x08\x08\x08\x1b]0;x\0"[..], "\u{8}\u{8}\u{8}\u{8}\u{202e}moc.evil\0".as_bytes()] {
        bytes.extend(option(1, name));
    }
    bytes.extend(END);
    bytes
}

// Compressed files

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn compressed() -> Vec<File> {
    let plain = [USUAL.bytes(), nth(0), nth(1), nth(2)].concat();
    let mut wrong_sum = gzip(&plain);
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    let members = [gzip(&plain[..100]), gzip(&plain[100..])].concat();
    let long = pcap(&vec![good(); 5000]);
    let half = gzip(&long);
    // A raw last block behind a window of 2 GiB.
    let mut window = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3];
    window.extend(&((plain.len() as u32) << 3 | 1).to_le_bytes()[..3]);
    window.extend(&plain);
    vec![
        file("C04-good.pcap.gz", gzip(&plain), 0, 3, &[]),
        cut_in_half(&half, &long),
        file("C06-sum.pcap.gz", wrong_sum, 3, 3, &["checksum"]),
        file("C07-gz-in-gz.pcap.gz", gzip(&gzip(&plain)), 1, 0, &[]),
        file("C07-two-members.pcap.gz", members, 0, 3, &[]),
        file("C09-window.pcap.zst", window, 1, 0, &["128 MiB"]),
    ]
}

/// C05: as many packets as half of the stream gives.
fn cut_in_half(whole: &[u8], plain: &[u8]) -> File {
    use std::io::Read as _;
    let half = &whole[..whole.len() / 2];
    let mut bytes = Vec::new();
    // The error at the cut is what the row is about.
    let _ = flate2::read::GzDecoder::new(half).read_to_end(&mut bytes);
    assert!(plain.starts_with(&bytes) && bytes.len() > 1000);
    let shown = (bytes.len() - 24) / (16 + 71);
    file("C05-cut.pcap.gz", half.to_vec(), 3, shown, &["compressed stream cut"])
}

// Decoding

fn nested(times: usize, wrap: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut packet = good()[14..].to_vec();
    for _ in 0..times {
        packet = wrap(&packet);
    }
    ethernet(0x0800, &packet)
}

fn decoding() -> Vec<File> {
    let inner = good()[14..].to_vec();
    let datagram = &inner[20..];
    let ipip = |n| nested(n, |packet| Ip { protocol: 4, ..IP }.with(packet));
    let gre = nested(60, |packet| Ip { protocol: 47, ..IP }.with(&[&[0, 0, 8, 0], packet].concat()));
    let tags = [[0, 100, 0x81, 0].repeat(299), vec![0, 100, 8, 0], inner.clone()].concat();
    let labels = [[0, 1, 0, 64].repeat(400), inner.clone()].concat();
    let headers: Vec<u8> =
        (0..180).flat_map(|i| [if i < 179 { 60 } else { 59 }, 0, 1, 4, 0, 0, 0, 0]).collect();
    let mut padded = ethernet(0x0800, &inner);
    padded.extend(b"PADDING");
    let quote = [&[3, 3, 0, 0, 0, 0, 0, 0], &inner[..9]].concat();
    let mut error = quote.clone();
    let sum = checksum(&quote);
    error[2..4].copy_from_slice(&sum.to_be_bytes());
    let one = |name: &str, packet, says| file(name, pcap(&[packet]), 0, 1, says);
    vec![
        one("D01-vlan-300.pcap", ethernet(0x8100, &tags), &["too many layers"]),
        one("D02-ipip-60.pcap", ipip(60), &["too many tunnels"]),
        one("D02-ipip-700.pcap", ipip(700), &["too many tunnels"]),
        one("D03-gre-60.pcap", gre, &["too many"]),
        one("D04-mpls-400.pcap", ethernet(0x8847, &labels), &["not shown"]),
        one("D05-headers-180.pcap", ipv6(60, None, &headers), &["not reached"]),
        one("D06-header-long.pcap", ipv6(60, None, &[17, 255, 1, 4, 0, 0, 0, 0]), &["cut"]),
        file(
            "D07-ihl.pcap",
            pcap(&[Ip { first: 0x41, ..IP }.frame(datagram), Ip { first: 0x4f, ..IP }.frame(&[])]),
            0,
            2,
            &["malformed", "ip.hdr_len"],
        ),
        file(
            "D08-ip-length.pcap",
            pcap(&[
                Ip { total: Some(5), ..IP }.frame(datagram),
                Ip { total: Some(65_535), ..IP }.frame(datagram),
                padded,
            ]),
            0,
            3,
            &["malformed", "A example.com"],
        ),
        file(
            "D09-tcp-offset.pcap",
            pcap(&[1, 15].map(|words| Ip { protocol: 6, ..IP }.frame(&tcp(words, &[], &[])))),
            0,
            2,
            &["malformed"],
        ),
        one("D10-tcp-option-0.pcap", Ip { protocol: 6, ..IP }.frame(&tcp(6, &[2, 0, 0, 0], &[])), &[]),
        file(
            "D11-udp-length.pcap",
            pcap(&[3, 60_000].map(|length| IP.frame(&udp(1, 2, Some(length), b"abc")))),
            0,
            2,
            &["malformed"],
        ),
        one("D12-arp-hlen-255.pcap", ethernet(0x0806, &[0, 1, 8, 0, 255, 255, 0, 1]), &["cut"]),
        one("D13-icmp-quotes-9.pcap", Ip { protocol: 1, ..IP }.frame(&error), &["cut"]),
        file("D15-jumbo.pcap", pcap(&jumbograms()), 0, 3, &["jumbo payload", "Len=70000"]),
        file("D16-checksums.pcap", pcap(&checksums()), 0, 7, &[]),
        file("D17-same-ends.pcap", pcap(&same_ends()), 0, 5, &[]),
    ]
}

/// No length where none is: IPv6 with nothing behind it, a jumbogram (RFC 2675), and what an interface is to cut up.
fn jumbograms() -> Vec<Vec<u8>> {
    let payload = vec![b'x'; 70_000];
    let segment = tcp_between(&HOSTS.concat(), 5, &[], &payload);
    let length = (segment.len() as u32 + 8).to_be_bytes();
    let hop_by_hop = [&[6, 0, 0xc2, 4], &length[..], &segment].concat();
    let offload = Ip { total: Some(0), protocol: 6, ..IP }.frame(&tcp(5, &[], &payload));
    vec![ipv6(59, Some(0), &[]), ipv6(0, Some(0), &hop_by_hop), offload]
}

/// Wrong checksums of IPv4, TCP and UDP, none of the same, the last over IPv6, and a right one of each.
fn checksums() -> Vec<Vec<u8>> {
    let message = question(&name(&[b"a"]));
    let mut sound = udp(40_000, 53, None, &message);
    let sum = transport_checksum(&[10, 0, 0, 1, 10, 0, 0, 2], 17, &sound);
    sound[6..8].copy_from_slice(&sum.to_be_bytes());
    let segment = tcp(5, &[], b"x");
    let over = |protocol, bytes: &[u8]| Ip { protocol, ..IP }.frame(bytes);
    let with = |mut frame: Vec<u8>, at: usize, change: fn(u8) -> u8| {
        frame[at] = change(frame[at]);
        frame[at + 1] = change(frame[at + 1]);
        frame
    };
    let wrong: fn(u8) -> u8 = |byte| byte ^ 0x11;
    let none: fn(u8) -> u8 = |_| 0;
    vec![
        with(over(17, &sound), 24, wrong),
        with(over(6, &segment), 34 + 16, wrong),
        with(over(17, &sound), 34 + 6, wrong),
        with(over(17, &sound), 24, none),
        with(over(6, &segment), 34 + 16, none),
        ipv6(17, None, &udp(40_000, 53, None, &message)),
        over(17, &sound),
    ]
}

/// One segment as it is, in two VLANs and in two tunnels.
fn same_ends() -> Vec<Vec<u8>> {
    let inner = Ip { protocol: 6, ..IP }.with(&tcp(5, &[], b"x"));
    let tagged = |id: u8| ethernet(0x8100, &[&[0, id, 8, 0], &inner[..]].concat());
    vec![
        ethernet(0x0800, &inner),
        tagged(10),
        tagged(20),
        Ip { protocol: 4, ..IP }.frame(&inner),
        Ip { protocol: 47, ..IP }.frame(&[&[0, 0, 8, 0], &inner[..]].concat()),
    ]
}

// Names

/// An answer whose name goes through `n` pointers, each to the one before; they lie in another answer's data.
fn pointer_chain(n: usize) -> Vec<u8> {
    let start = 12 + 3 + 4 + 1 + 10;
    let pointer = |to: usize| (0xc000 | to as u16).to_be_bytes();
    let chain: Vec<u8> = (0..n).flat_map(|i| pointer(if i == 0 { 12 } else { start + 2 * i - 2 })).collect();
    let mut body = b"\x01a\0\0\x01\0\x01\0".to_vec();
    body.extend([65_280_u16, 1, 0, 60, chain.len() as u16].map(u16::to_be_bytes).concat());
    body.extend(&chain);
    body.extend(pointer(start + 2 * n - 2));
    body.extend([1_u16, 1, 0, 60, 4, 0, 0].map(u16::to_be_bytes).concat());
    dns(0x8180, [1, 2, 0, 0], &body)
}

fn names() -> Vec<File> {
    let longest = name(&[&[b'a'; 63], &[b'b'; 63], &[b'c'; 63], &[b'd'; 61]]);
    let address = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04".repeat(2000);
    let many = dns(0x8180, [1, 2000, 0, 0], &[&longest, &b"\0\x01\0\x01"[..], &address].concat());
    let mut long_label = vec![64];
    long_label.extend([b'e'; 64]);
    long_label.push(0);
    vec![
        file(
            "G01-pointer-loop.pcap",
            pcap(&[asked(&[0xc0, 0x0c]), asked(&[0xc0, 0x0e, 0xc0, 0x0c])]),
            0,
            2,
            &["pointer loop"],
        ),
        file("G02-pointers-600.pcap", pcap(&[answered(&pointer_chain(600))]), 0, 1, &["32 pointers"]),
        file(
            "G03-pointer-forward.pcap",
            pcap(&[asked(&[0xc0, 0x12]), asked(&[0xc0, 0x04])]),
            0,
            2,
            &["malformed: pointer forward", "malformed: pointer into the header"],
        ),
        file("G04-counts.pcap", pcap(&[answered(&dns(0x8180, [u16::MAX; 4], &[]))]), 0, 1, &["cut"]),
        file("G05-records-2000.pcap", pcap(&[answered(&many)]), 0, 1, &["left out"]),
        file(
            "G06-labels.pcap",
            pcap(&[
                asked(&long_label),
                asked(&name(&[&[b'f'; 63][..]; 5])),
                asked(&name(&[b"n\0.\\\x1b[2J", b"com"])),
            ]),
            0,
            3,
            &["malformed", "n\\000\\046\\092\\027[2J.com"],
        ),
    ]
}
