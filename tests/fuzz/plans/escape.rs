//! Arbitrary bytes as everything that is ever printed of a capture: nothing of the escaped set gets out, and formats
//! that are made to be read give the bytes back.

use netdissect::capture::{CaptureFilter, FileSource, Options, Tags};
use netdissect::escape::Escaped;
use netdissect::filter::Filter;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline};
use netdissect_dissectors::frame::{Comments, Frame, LinkType, Origin, Timestamp};

use super::registry;
use super::show::{self, Viewer, clean};
use super::stack::{ENDS, Head, Piece, flag, ipv4, tcp_packet, udp};

/// Bytes to be shown.
pub fn run(bytes: &[u8]) {
    spellings(bytes);
    messages(bytes);
    packets(bytes);
}

fn spellings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for (what, escaped) in [
        ("text", Escaped::text(bytes).to_string()),
        ("a name", Escaped::name(bytes).to_string()),
        ("JSON", Escaped::json(bytes).to_string()),
        ("info", Escaped::info(&text).to_string()),
        ("ASCII", Escaped::ascii(&Escaped::text(bytes).to_string()).to_string()),
    ] {
        clean(what, escaped.as_bytes(), false);
        assert!(!escaped.contains('\n'), "{what} has a line break");
    }
    let json: String =
        serde_json::from_str(&format!("\"{}\"", Escaped::json(bytes))).expect("JSON that parses");
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(json, text, "JSON read back");
    }
}

/// What is said of names and expressions that somebody typed, or a script did.
fn messages(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut said = Vec::new();
    let name = text.chars().take(200).collect::<String>();
    if let Ok(source) = FileSource::from_reader(Box::new(std::io::empty()), &name, Options::default()) {
        said.push(netdissect::capture::CaptureSource::describe(&source).name);
    }
    said.extend(
        netdissect::capture::open(name.replace('\0', "").as_ref(), Options::default())
            .err()
            .map(|e| e.to_string()),
    );
    said.extend(Filter::new(registry(), &text).err().map(|error| error.to_string()));
    // Too long to be one: no name in it is looked up.
    let long = format!("{name}{}", " or 1".repeat(100_000));
    said.extend(CaptureFilter::new(&long, Tags::Strict).err().map(|error| error.to_string()));
    for line in said {
        clean("a message", line.as_bytes(), false);
    }
}

/// The bytes as a comment, as the name of an interface, and as what several protocols carry.
fn packets(bytes: &[u8]) {
    let part = &bytes[..bytes.len().min(1_200)];
    let label = &part[..part.len().min(63)];
    let dns =
        [b"\0\x01\x01\0\0\x01\0\0\0\0\0\0".as_slice(), &[label.len() as u8], label, b"\x03com\0\0\x10\0\x01"]
            .concat();
    let head = [b"GET /".as_slice(), part, b" HTTP/1.1\r\nHost: ", part, b"\r\n", part, b"\r\n\r\n"].concat();
    let request = Head { ports: [50_000, 80], seq: 1, ack: 1, flags: flag::ACK, window: 1_000 };
    let frames = [
        ipv4(ENDS, 17, Piece::default(), &udp(ENDS, [40_000, 53], &dns)),
        ipv4(ENDS, 17, Piece::default(), &udp(ENDS, [40_000, 514], &[b"<13>", part].concat())),
        ipv4(ENDS, 17, Piece::default(), &udp(ENDS, [40_000, 9], part)),
        tcp_packet(ENDS, request, &head),
        tcp_packet(ENDS, Head { ports: [50_001, 21], ..request }, &[part, b"\r\n"].concat()),
        tcp_packet(ENDS, Head { ports: [50_002, 25], ..request }, &[b"MAIL FROM:", part, b"\r\n"].concat()),
        bytes.to_vec(),
    ];
    let keep = Keep { rows: true, payload: true, contents: true, ..Keep::default() };
    let mut pipeline = Pipeline::new(registry().clone(), Limits::default(), keep);
    let mut viewer = Viewer::default();
    let half = bytes.len() as u32 / 2;
    let places = [(0, half), (half, bytes.len() as u32 - half)];
    for (number, data) in (1..).zip(&frames) {
        let origin = Origin {
            section: 1,
            interface: 0,
            name: Some(bytes),
            description: Some(bytes),
            comments: Comments::new(bytes, &places),
            flags: Some(half),
            dropped: Some(half.into()),
            block: &[],
        };
        let frame = Frame {
            number,
            time: Timestamp::new(1_700_000_000, 0),
            link: LinkType::RAW,
            wire_len: data.len() as u32,
            data,
            origin: Some(origin),
        };
        let _ = pipeline.frame(&frame, &mut viewer).unwrap();
    }
    pipeline.finish(&mut viewer).unwrap();
    assert_eq!(viewer.packets, frames.len() as u64);
    show::comments_read_back(bytes, &places);
}
