//! Capture files, planned or not, in pieces of any size, and packed.

use std::io::{self, Read, Write as _};

use netdissect::capture::{CaptureSource as _, Counters, FileSource, Options, Pull, Skipped};

use super::choices::{Choices, Dice};

/// What a file holds of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Seconds and nanoseconds; `None` for a time that is none.
    pub(crate) time: Option<(i64, u32)>,
    pub(crate) link: u32,
    pub(crate) wire_len: u32,
    pub(crate) data: Vec<u8>,
    pub(crate) comments: Vec<Vec<u8>>,
}

/// A file read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) packets: Vec<Kept>,
    /// What was said, in order; opening comes first.
    pub(crate) errors: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// Without what is unread behind damage, which depends on what is at hand; `None` if it could not be opened.
    pub(crate) books: Option<Counters>,
}

/// Hands bytes over in pieces of any size.
struct Pieces {
    bytes: io::Cursor<Vec<u8>>,
    dice: Option<Dice>,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.dice.as_mut().map_or(usize::MAX, |dice| match dice.below(4) {
            0 => 1,
            1 => 1 + dice.below(16),
            _ => 1 + dice.below(400),
        });
        let len = most.min(into.len());
        self.bytes.read(&mut into[..len])
    }
}

/// A source over bytes in memory, in pieces that `chunks` chooses, or at once.
pub(crate) fn open(
    bytes: &[u8],
    chunks: Option<u64>,
    options: Options,
) -> Result<FileSource, netdissect::capture::CaptureError> {
    let pieces = Pieces { bytes: io::Cursor::new(bytes.to_vec()), dice: chunks.map(Dice::new) };
    FileSource::from_reader(Box::new(pieces), "planned", options)
}

/// Reads all that there is, and looks whether the books balance (docs/faults.md, section 2.2).
pub(crate) fn read(bytes: &[u8], chunks: Option<u64>, options: Options) -> Reading {
    let mut reading = Reading::default();
    let mut source = match open(bytes, chunks, options) {
        Ok(source) => source,
        Err(error) => {
            assert!(matches!(error.exit_code(), 1 | 3), "exit code {}", error.exit_code());
            reading.errors.push(error.to_string());
            return reading;
        }
    };
    loop {
        match source.pull() {
            Ok(Pull::Frame(frame)) => {
                assert_eq!(frame.number, reading.packets.len() as u64 + 1);
                reading.packets.push(Kept {
                    time: frame.time.is_valid().then_some((frame.time.secs, frame.time.nanos)),
                    link: frame.link.0,
                    wire_len: frame.wire_len,
                    data: frame.data.to_vec(),
                    comments: frame
                        .origin
                        .map(|origin| origin.comments.into_iter().map(<[u8]>::to_vec).collect())
                        .unwrap_or_default(),
                });
            }
            Ok(Pull::End) => break,
            Ok(Pull::Idle(_) | Pull::Aside(_)) => {}
            Err(error) => {
                assert!(matches!(error.exit_code(), 1 | 3), "exit code {}", error.exit_code());
                // How much is unread behind damage depends on what is at hand.
                let text = error.to_string();
                reading.errors.push(text.split("; at least").next().unwrap_or_default().to_owned());
                assert!(reading.errors.len() <= 2, "errors for ever: {:?}", reading.errors);
            }
        }
    }
    assert!(matches!(source.pull(), Ok(Pull::End)), "something comes behind the end");
    let books = source.counters();
    assert_eq!(books.captured, reading.packets.len() as u64, "packets captured");
    assert_eq!(books.records, books.captured + books.unreadable, "records of {books:?}");
    if source.describe().format.ends_with("pcap") || source.describe().format.ends_with("pcapng") {
        let counted = books.header + books.consumed + books.skipped.total();
        // Behind damage only what was at hand is counted, unless the size is known.
        let whole = reading.errors.is_empty();
        let size = bytes.len() as u64;
        assert!(if whole { counted == size } else { counted <= size }, "{size} bytes, {books:?}");
    }
    reading.notes = source.notes().lines().collect();
    for line in reading.errors.iter().chain(&reading.notes) {
        super::show::clean("a message", line.as_bytes(), false);
    }
    reading.books = Some(Counters { skipped: Skipped { unread: 0, ..books.skipped }, ..books });
    reading
}

/// Every way to read `bytes`: in pieces as at once; with more leniency nothing is lost.
fn check(bytes: &[u8], chunks: u64) -> Reading {
    let plain = read(bytes, None, Options::default());
    for options in [
        Options::default(),
        Options { partial: true, ..Options::default() },
        Options { salvage: true, ..Options::default() },
        Options {
            partial: true,
            salvage: true,
            force_version: true,
            asides: true,
            secrets: true,
            follow: false,
        },
    ] {
        let whole = read(bytes, None, options);
        let cut = read(bytes, Some(chunks), options);
        assert_eq!(cut, whole, "in pieces, with {options:?}");
        if !options.force_version {
            // More may stand between those that are shown in any case.
            let mut more = whole.packets.iter();
            let all = plain.packets.iter().all(|packet| more.any(|other| other == packet));
            assert!(all, "{options:?}: a packet is not shown");
        }
    }
    plain
}

/// Writes words in one byte order.
#[derive(Clone, Copy)]
struct Order {
    big: bool,
}

impl Order {
    fn short(self, out: &mut Vec<u8>, word: u16) {
        out.extend(if self.big { word.to_be_bytes() } else { word.to_le_bytes() });
    }

    fn long(self, out: &mut Vec<u8>, word: u32) {
        out.extend(if self.big { word.to_be_bytes() } else { word.to_le_bytes() });
    }
}

/// Link types of planned files: Ethernet, raw IP, Linux cooked, one without a name.
const LINKS: [u32; 4] = [1, 101, 113, 147];

/// Bytes changed in one plan of four; the rest of the plan says which.
fn lies(plan: &mut Choices<'_>, file: &mut Vec<u8>) -> bool {
    if !plan.one_in(4) {
        return false;
    }
    for _ in 0..=plan.below(3) {
        let (at, value) = (usize::from(plan.word()), plan.byte());
        match plan.byte() % 8 {
            0 => file.truncate(at.min(file.len())),
            1 => file.insert(at.min(file.len()), value),
            2 if at < file.len() => drop(file.remove(at)),
            // Numbers are small: what stands in their upper bytes is a lie of some weight.
            _ if !file.is_empty() => {
                let at = at % file.len();
                file[at] = value;
            }
            _ => {}
        }
    }
    true
}

/// A classic file, what it holds, and whether it tells lies.
pub(crate) fn planned_pcap(plan: &mut Choices<'_>) -> (Vec<u8>, Vec<Kept>, bool) {
    let order = Order { big: plan.one_in(3) };
    let nanos = plan.one_in(2);
    let link = plan.pick(&LINKS);
    let mut file = Vec::new();
    order.long(&mut file, if nanos { 0xa1b2_3c4d } else { 0xa1b2_c3d4 });
    order.short(&mut file, 2);
    order.short(&mut file, 4);
    for word in [0, 0, 262_144, link] {
        order.long(&mut file, word);
    }
    let mut packets = Vec::new();
    for _ in 0..plan.below(12) {
        let (secs, fraction) = (plan.long(), plan.long() % if nanos { 1_000_000_000 } else { 1_000_000 });
        let more = u32::from(plan.byte() / 128);
        let len = plan.below(80);
        let data = plan.take(len).to_vec();
        let wire_len = data.len() as u32 + more;
        for word in [secs, fraction, data.len() as u32, wire_len] {
            order.long(&mut file, word);
        }
        file.extend_from_slice(&data);
        let time = Some((i64::from(secs), if nanos { fraction } else { fraction * 1_000 }));
        packets.push(Kept { time, link, wire_len, data, comments: Vec::new() });
    }
    let lied = lies(plan, &mut file);
    (file, packets, lied)
}

/// A block: its type, its body padded, and its length at both ends.
fn block(order: Order, file: &mut Vec<u8>, kind: u32, mut body: Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
    let len = body.len() as u32 + 12;
    order.long(file, kind);
    order.long(file, len);
    file.extend_from_slice(&body);
    order.long(file, len);
}

fn option(order: Order, body: &mut Vec<u8>, code: u16, value: &[u8]) {
    order.short(body, code);
    order.short(body, value.len() as u16);
    body.extend_from_slice(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

fn section(order: Order, file: &mut Vec<u8>) {
    let mut body = Vec::new();
    order.long(&mut body, 0x1a2b_3c4d);
    order.short(&mut body, 1);
    order.short(&mut body, 0);
    body.extend([0xff; 8]);
    block(order, file, 0x0a0d_0d0a, body);
}

/// The same in blocks.
pub(crate) fn planned_pcapng(plan: &mut Choices<'_>) -> (Vec<u8>, Vec<Kept>, bool) {
    let mut order = Order { big: plan.one_in(3) };
    let mut file = Vec::new();
    section(order, &mut file);
    // Link type and digits of a second of each interface of this section.
    let mut interfaces: Vec<(u32, u32)> = Vec::new();
    let mut packets = Vec::new();
    for _ in 0..plan.below(24) {
        let mut body = Vec::new();
        match plan.byte() % 16 {
            0 => {
                order = Order { big: plan.one_in(2) };
                section(order, &mut file);
                interfaces.clear();
            }
            1..=3 => {
                let (link, digits) = (plan.pick(&LINKS), plan.pick(&[6, 9, 3, 0]));
                order.short(&mut body, link as u16);
                order.short(&mut body, 0);
                order.long(&mut body, 0);
                let len = plan.below(24);
                option(order, &mut body, 2, plan.take(len));
                option(order, &mut body, 9, &[digits as u8]);
                option(order, &mut body, 0, &[]);
                block(order, &mut file, 1, body);
                interfaces.push((link, digits));
            }
            4 => {
                // Names, statistics, secrets, a custom block, one of no known type.
                let kind = plan.pick(&[4, 5, 10, 0x0bad, 0x7777_7777]);
                let len = plan.below(60);
                block(order, &mut file, kind, plan.take(len).to_vec());
            }
            5 if !interfaces.is_empty() => {
                let len = plan.below(60);
                let data = plan.take(len).to_vec();
                order.long(&mut body, data.len() as u32);
                body.extend_from_slice(&data);
                block(order, &mut file, 3, body);
                let (link, wire_len) = (interfaces[0].0, data.len() as u32);
                packets.push(Kept { time: None, link, wire_len, data, comments: Vec::new() });
            }
            _ if !interfaces.is_empty() => {
                let interface = plan.below(interfaces.len());
                let (link, digits) = interfaces[interface];
                let units = u64::from(plan.long()) * 10_u64.pow(digits) + u64::from(plan.byte()).min(9);
                let len = plan.below(80);
                let data = plan.take(len).to_vec();
                let wire_len = data.len() as u32 + u32::from(plan.byte() / 128);
                for word in
                    [interface as u32, (units >> 32) as u32, units as u32, data.len() as u32, wire_len]
                {
                    order.long(&mut body, word);
                }
                body.extend_from_slice(&data);
                body.resize(body.len().next_multiple_of(4), 0);
                let mut comments = Vec::new();
                for _ in 0..plan.below(3) {
                    let len = plan.below(32);
                    comments.push(plan.take(len).to_vec());
                    option(order, &mut body, 1, comments.last().map_or(&[], Vec::as_slice));
                }
                if !comments.is_empty() {
                    option(order, &mut body, 0, &[]);
                }
                block(order, &mut file, 6, body);
                let second = 10_u64.pow(digits);
                let nanos = (units % second) * (1_000_000_000 / second);
                let time = Some(((units / second) as i64, nanos as u32));
                packets.push(Kept { time, link, wire_len, data, comments });
            }
            _ => {}
        }
    }
    let lied = lies(plan, &mut file);
    (file, packets, lied)
}

/// A way to make a file, what it then holds, and whether it lies.
type Make = fn(&mut Choices<'_>) -> (Vec<u8>, Vec<Kept>, bool);

/// How it is read in pieces; 0, or records are planned; the file, or the plan.
fn file(input: &[u8], make: Make) {
    let mut plan = Choices::new(input);
    let chunks = u64::from(plan.byte());
    if plan.byte() & 1 == 0 {
        check(plan.rest(), chunks);
        return;
    }
    let (bytes, truth, lied) = make(&mut plan);
    let reading = check(&bytes, chunks);
    if !lied {
        assert_eq!(reading.packets, truth, "what was written: {:?}", reading.errors);
        assert_eq!(reading.errors, Vec::<String>::new());
        // A cut file holds all that is whole before the cut (row A26).
        let cut = bytes.len() * usize::from(plan.byte()) / 256;
        let part = read(&bytes[..cut], Some(chunks), Options::default());
        assert_eq!(part.packets, truth[..part.packets.len()], "cut at {cut}");
    }
}

/// Input that reads this file.
#[must_use]
pub fn as_input(file: &[u8]) -> Vec<u8> {
    [&[7, 0], file].concat()
}

/// The classic reader.
pub fn pcap(input: &[u8]) {
    file(input, planned_pcap);
}

/// The reader of blocks.
pub fn pcapng(input: &[u8]) {
    file(input, planned_pcapng);
}

/// Compressed bytes of `plain`.
fn pack(codec: u8, plain: &[u8]) -> Vec<u8> {
    match codec % 3 {
        0 => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(plain).unwrap();
            packer.finish().unwrap()
        }
        1 => ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest),
        _ => {
            let mut packer = lz4_flex::frame::FrameEncoder::new(Vec::new());
            packer.write_all(plain).unwrap();
            packer.finish().unwrap()
        }
    }
}

/// The codec, or bytes behind its magic number; the pieces; then a plan of a file, and of lies about the packed bytes.
pub fn compressed(input: &[u8]) {
    const MAGICS: [&[u8]; 3] = [&[0x1f, 0x8b, 8], &[0x28, 0xb5, 0x2f, 0xfd], &[0x04, 0x22, 0x4d, 0x18]];
    let mut plan = Choices::new(input);
    let (codec, chunks) = (plan.byte(), u64::from(plan.byte()));
    if plan.byte() & 1 == 0 {
        check(&[MAGICS[usize::from(codec) % 3], plan.rest()].concat(), chunks);
        return;
    }
    let make = plan.pick::<Make>(&[planned_pcap, planned_pcapng]);
    let (bytes, _, _) = make(&mut plan);
    let mut packed = pack(codec, &bytes);
    let plain = read(&bytes, None, Options::default());
    let unpacked = check(&packed, chunks);
    assert_eq!(unpacked.packets, plain.packets, "{:?}", unpacked.errors);
    // Half of a packed file gives some of the packets, and says that it is cut.
    packed.truncate(packed.len() / 2);
    let half = check(&packed, chunks);
    assert_eq!(half.packets, plain.packets[..half.packets.len()]);
    assert!(!half.errors.is_empty(), "half of a packed file is taken for a whole one");
    if lies(&mut plan, &mut packed) {
        check(&packed, chunks);
    }
}
