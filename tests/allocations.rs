//! No packet of a flow that goes on costs memory of its own on the default paths: `-q`, `--flows` and the packet list.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::io::{self, Cursor, Read as _};
use std::ops::ControlFlow;

use allocation_counter::measure;
use etherparse::PacketBuilder;
use netdissect::capture::{CaptureSource as _, FileSource, Options, Pull};
use netdissect::flow::table::Flow;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect::render::Screen;
use netdissect::render::line::{Line, TimeFormat};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

/// Segments before anything is counted: buffers have their size then.
const WARM: usize = 4_000;
const COUNTED: usize = 4_000;

/// The packet list into a buffer that is used again, or nothing.
struct List {
    line: Option<Line>,
    out: Vec<u8>,
    shown: u64,
}

impl Sink for List {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.out.clear();
        if let Some(line) = &mut self.line {
            line.packet(&mut self.out, packet);
        }
        self.shown += 1;
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, _flow: Flow, _registry: &Registry) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        self.shown
    }
}

/// A download to a port that no protocol claims: two segments of a kilobyte, then their acknowledgment.
fn download(segments: usize) -> Vec<Vec<u8>> {
    const ISN: [u32; 2] = [1_000, 9_000];
    const LEN: u32 = 1_000;
    let (client, server) = ([192, 0, 2, 10], [198, 51, 100, 80]);
    let up = || PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]).ipv4(client, server, 64);
    let down = || PacketBuilder::ethernet2([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1]).ipv4(server, client, 64);
    let written = |builder: etherparse::PacketBuilderStep<etherparse::TcpHeader>, payload: &[u8]| {
        let mut frame = Vec::new();
        builder.write(&mut frame, payload).unwrap();
        frame
    };
    let mut frames = vec![
        written(up().tcp(40_000, 39_999, ISN[0], 65_535).syn(), &[]),
        written(down().tcp(39_999, 40_000, ISN[1], 65_535).syn().ack(ISN[0] + 1), &[]),
        written(up().tcp(40_000, 39_999, ISN[0] + 1, 65_535).ack(ISN[1] + 1), &[]),
    ];
    let mut next = ISN[1] + 1;
    while frames.len() < segments {
        for _ in 0..2 {
            let sent = down().tcp(39_999, 40_000, next, 65_535).ack(ISN[0] + 1).psh();
            frames.push(written(sent, &[b'x'; LEN as usize]));
            next += LEN;
        }
        frames.push(written(up().tcp(40_000, 39_999, ISN[0] + 1, 65_535).ack(next), &[]));
    }
    frames
}

/// Allocations for [`COUNTED`] segments of one flow.
fn allocations(line: Option<Line>) -> u64 {
    let frames = download(WARM + COUNTED);
    let mut pipeline = Pipeline::new(Registry::builtin(), Limits::default(), Keep::default());
    let mut list = List { line, out: Vec::new(), shown: 0 };
    let mut pass = |range: std::ops::Range<usize>| {
        for (at, bytes) in frames.iter().enumerate().skip(range.start).take(range.len()) {
            let frame = Frame {
                number: at as u64 + 1,
                time: Timestamp::default().plus_nanos(at as i64 * 100_000),
                link: LinkType::ETHERNET,
                wire_len: bytes.len() as u32,
                data: bytes,
                origin: None,
            };
            assert!(pipeline.frame(&frame, &mut list).unwrap().is_continue());
        }
    };
    pass(0..WARM);
    let counted = measure(|| pass(WARM..WARM + COUNTED)).count_total;
    assert_eq!(list.shown, (WARM + COUNTED) as u64);
    assert_eq!(list.out.is_empty(), list.line.is_none());
    counted
}

#[test]
fn nothing_is_allocated_where_no_packet_is_shown() {
    assert_eq!(allocations(None), 0);
}

#[test]
fn nothing_is_allocated_for_a_line_of_the_list() {
    assert_eq!(allocations(Some(Line::new(Screen::PIPE, TimeFormat::Relative, 6, false))), 0);
}

/// Row A28 of docs/faults.md: behind the header nothing but zeros, of which each sixteen are a record without bytes.
#[test]
fn ten_million_records_without_bytes_leave_nothing_behind() {
    const RECORDS: u64 = 10_000_000;
    let header = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1].map(u32::to_le_bytes).concat();
    let zeros = Cursor::new(header).chain(io::repeat(0).take(16 * RECORDS));
    let mut source = FileSource::from_reader(Box::new(zeros), "zeros", Options::default()).unwrap();
    let mut pull = |count: u64| {
        let mut last = 0;
        for _ in 0..count {
            let Pull::Frame(frame) = source.pull().unwrap() else { panic!("no frame behind {last}") };
            assert!(frame.data.is_empty());
            last = frame.number;
        }
        last
    };
    assert_eq!(pull(WARM as u64), WARM as u64);
    let mut last = 0_u64;
    let counted = measure(|| last = pull(RECORDS - WARM as u64)).count_total;
    assert_eq!((counted, last), (0, RECORDS));
    assert!(matches!(source.pull(), Ok(Pull::End)));
    let books = source.counters();
    assert_eq!((books.records, books.captured, books.consumed), (RECORDS, RECORDS, 16 * RECORDS));
}

#[test]
fn what_is_allocated_is_counted() {
    assert!(measure(|| drop(std::hint::black_box(vec![1_u8; 64]))).count_total > 0);
}
