//! The reading rows of docs/faults.md, each with bytes made here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod blocks;
mod classic;
mod fixtures;
mod oracle;
mod secrets;
mod streams;

use std::io::{self, Cursor, Read};

use netdissect_dissectors::frame::{LinkType, Timestamp};

use super::*;

/// A frame that outlives its source.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owned {
    number: u64,
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    data: Vec<u8>,
    comments: Vec<Vec<u8>>,
    /// Section, interface, name.
    origin: Option<(u32, u32, Option<Vec<u8>>)>,
}

/// All that a source says until its end.
#[derive(Debug, Default)]
struct Outcome {
    frames: Vec<Owned>,
    errors: Vec<CaptureError>,
    notes: Vec<String>,
    counters: Counters,
    format: String,
}

impl Outcome {
    /// The exit code that the first error asks for, 0 without one.
    fn exit(&self) -> u8 {
        self.errors.first().map_or(0, CaptureError::exit_code)
    }

    fn text(&self) -> String {
        let errors: Vec<String> = self.errors.iter().map(ToString::to_string).collect();
        errors.join("\n")
    }

    #[track_caller]
    fn expect(&self, exit: u8, shown: usize) -> &Self {
        assert_eq!((self.exit(), self.frames.len()), (exit, shown), "{self:?}");
        self
    }

    #[track_caller]
    fn says(&self, words: &str) -> &Self {
        assert!(self.text().contains(words), "{words:?} is not in {:?}", self.text());
        self
    }

    #[track_caller]
    fn notes(&self, lines: &[&str]) -> &Self {
        assert_eq!(self.notes, lines);
        self
    }
}

/// Pulls until the end, which has to come.
fn drain(source: &mut dyn CaptureSource) -> Outcome {
    let mut outcome = Outcome::default();
    loop {
        match source.pull() {
            Ok(Pull::Frame(f)) => outcome.frames.push(Owned {
                number: f.number,
                time: f.time,
                link: f.link,
                wire_len: f.wire_len,
                data: f.data.to_vec(),
                comments: f
                    .origin
                    .map(|o| o.comments.into_iter().map(<[u8]>::to_vec).collect())
                    .unwrap_or_default(),
                origin: f.origin.map(|o| (o.section, o.interface, o.name.map(<[u8]>::to_vec))),
            }),
            Ok(Pull::Idle(_) | Pull::Aside(_)) => {}
            Ok(Pull::End) => break,
            Err(e) => outcome.errors.push(e),
        }
        assert!(outcome.errors.len() < 10, "the source repeats its errors: {outcome:?}");
    }
    assert!(matches!(source.pull(), Ok(Pull::End)), "the end is final");
    outcome.notes = source.notes().lines().collect();
    outcome.counters = source.counters();
    outcome.format = source.describe().format;
    outcome
}

fn read_from(reader: Box<dyn Read + Send>, options: Options) -> Outcome {
    match FileSource::from_reader(reader, "test", options) {
        Ok(mut source) => drain(&mut source),
        Err(e) => Outcome { errors: vec![e], ..Outcome::default() },
    }
}

/// Reads `bytes` and checks that the books balance.
#[track_caller]
fn read_with(bytes: &[u8], options: Options) -> Outcome {
    let outcome = read_from(Box::new(Cursor::new(bytes.to_vec())), options);
    let c = outcome.counters;
    if outcome.frames.len() + outcome.errors.len() > 0 && c.header > 0 && !outcome.format.contains(',') {
        assert_eq!(c.header + c.consumed + c.skipped.total(), bytes.len() as u64, "{outcome:?}");
        assert_eq!(c.records, c.captured + c.unreadable, "{outcome:?}");
        assert_eq!(c.captured, outcome.frames.len() as u64, "{outcome:?}");
    }
    outcome
}

#[track_caller]
fn read(bytes: &[u8]) -> Outcome {
    read_with(bytes, Options::default())
}

const PLAIN: Options = Options {
    partial: false,
    salvage: false,
    force_version: false,
    follow: false,
    asides: false,
    secrets: false,
};
const PARTIAL: Options = Options { partial: true, ..PLAIN };
const SALVAGE: Options = Options { salvage: true, ..PLAIN };

/// Hands out at most so many bytes at once.
struct Trickle {
    bytes: Cursor<Vec<u8>>,
    at_once: usize,
}

impl Read for Trickle {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = out.len().min(self.at_once);
        self.bytes.read(&mut out[..n])
    }
}

fn trickle(bytes: &[u8], at_once: usize) -> Box<dyn Read + Send> {
    Box::new(Trickle { bytes: Cursor::new(bytes.to_vec()), at_once })
}
