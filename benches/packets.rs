//! What packets of each sample cost: taken apart, tracked, and made text of. `cargo bench --bench packets [NAME]`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use divan::Bencher;
use divan::counter::ItemsCount;
use netdissect::capture::{self, CaptureSource as _, Options, Pull};
use netdissect::flow::table::Flow;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect::render::Screen;
use netdissect::render::json::{Json, Which};
use netdissect::render::line::{Line, TimeFormat};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::{Dissection, Packet};
use netdissect_dissectors::registry::Registry;

fn main() {
    divan::main();
}

/// A frame that outlives its file.
struct Kept {
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    data: Vec<u8>,
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Names of the samples, one of each protocol or story.
fn names() -> Vec<String> {
    let files = std::fs::read_dir(samples()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".pcap")).collect();
    names.sort();
    names
}

fn frames(name: &str) -> Vec<Kept> {
    let mut source = capture::open(&samples().join(name), Options::default()).unwrap();
    let mut frames = Vec::new();
    loop {
        match source.pull() {
            Ok(Pull::Frame(frame)) => frames.push(Kept {
                time: frame.time,
                link: frame.link,
                wire_len: frame.wire_len,
                data: frame.data.to_vec(),
            }),
            Ok(Pull::Idle(_) | Pull::Aside(_)) => {}
            // Some samples end in damage.
            Ok(Pull::End) | Err(_) => return frames,
        }
    }
}

impl Kept {
    fn lend(&self, at: usize) -> Frame<'_> {
        let Self { time, link, wire_len, ref data } = *self;
        Frame { number: at as u64 + 1, time, link, wire_len, data, origin: None }
    }
}

/// Makes text of packets, or nothing.
struct Text<F> {
    render: F,
    out: Vec<u8>,
}

impl<F: FnMut(&mut Vec<u8>, &Packet<'_>)> Sink for Text<F> {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.out.clear();
        (self.render)(&mut self.out, packet);
        divan::black_box(&self.out);
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
        0
    }
}

/// Sends all frames of a sample through a new pipeline.
fn read(bencher: Bencher<'_, '_>, name: &str, mut render: impl FnMut(&mut Vec<u8>, &Packet<'_>)) {
    let frames = frames(name);
    let new = || Pipeline::new(Registry::builtin(), Limits::default(), Keep::default());
    bencher.counter(ItemsCount::new(frames.len())).with_inputs(new).bench_local_values(|mut pipeline| {
        let mut text = Text { render: &mut render, out: Vec::new() };
        for (at, frame) in frames.iter().enumerate() {
            let _ = pipeline.frame(&frame.lend(at), &mut text).unwrap();
        }
        pipeline.finish(&mut text).unwrap();
    });
}

/// Layers as far as they go without flows.
#[divan::bench(args = names())]
fn dissect(bencher: Bencher<'_, '_>, name: &str) {
    let (frames, registry) = (frames(name), Registry::builtin());
    let mut parts = Dissection::default();
    bencher.counter(ItemsCount::new(frames.len())).bench_local(|| {
        for (at, frame) in frames.iter().enumerate() {
            divan::black_box(registry.dissect(&frame.lend(at), &mut parts));
        }
    });
}

/// The whole pipeline, with nobody who looks.
#[divan::bench(args = names())]
fn track(bencher: Bencher<'_, '_>, name: &str) {
    read(bencher, name, |_, _| {});
}

/// The packet list.
#[divan::bench(args = names())]
fn list(bencher: Bencher<'_, '_>, name: &str) {
    let mut line = Line::new(Screen::PIPE, TimeFormat::Relative, 6, false);
    read(bencher, name, |out, packet| line.packet(out, packet));
}

/// Records of every field.
#[divan::bench(args = names())]
fn json(bencher: Bencher<'_, '_>, name: &str) {
    let mut json = Json::new(&Registry::builtin(), Which::All, Screen::PIPE.cap).unwrap();
    read(bencher, name, |out, packet| json.packet(out, packet));
}
