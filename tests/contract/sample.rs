//! Sample captures as frames in memory, sent through the pipeline.

use std::io;
use std::ops::ControlFlow;

use netdissect::capture::{self, CaptureSource as _, Options, Pull};
use netdissect::flow::table::Extras;
use netdissect::flow::table::Flow;
use netdissect::flow::tcp::time::Times;
use netdissect::foresight::Foresight;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::common;

/// A frame that outlives its file.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) time: Timestamp,
    pub(crate) link: LinkType,
    pub(crate) wire_len: u32,
    pub(crate) data: Vec<u8>,
}

impl Kept {
    /// Lends `data`, which may be a damaged copy of its own, as frame `number`.
    pub(crate) fn lend<'a>(&self, number: u64, data: &'a [u8]) -> Frame<'a> {
        Frame { number, time: self.time, link: self.link, wire_len: self.wire_len, data, origin: None }
    }
}

pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) frames: Vec<Kept>,
}

/// Hands packets to `on_packet` and flows to `on_flow`.
pub(crate) struct Hand<P, F> {
    pub(crate) on_packet: P,
    pub(crate) on_flow: F,
}

impl<P: FnMut(&Packet<'_>), F: FnMut(&Flow, &Registry)> Sink for Hand<P, F> {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        (self.on_packet)(packet);
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        (self.on_flow)(&flow, registry);
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

pub(crate) fn pipeline() -> Pipeline {
    Pipeline::new(
        Registry::builtin(),
        Limits::default(),
        Keep {
            rows: true,
            habits: true,
            community_id: true,
            extras: Extras { digests: true, zeek: true, times: Times::Phases, ..Extras::default() },
            ..Keep::default()
        },
    )
}

/// Compressed copies show nothing that the others do not.
fn is_copy(name: &str) -> bool {
    !name.ends_with(".pcap") && !name.ends_with(".pcapng")
}

/// All sample captures.
pub(crate) fn all() -> Vec<Sample> {
    common::sample_names().into_iter().filter(|name| !is_copy(name)).map(Sample::read).collect()
}

impl Sample {
    fn read(name: String) -> Self {
        let mut source = capture::open(&common::samples().join(&name), Options::default()).unwrap();
        let mut frames = Vec::new();
        loop {
            match source.pull().unwrap() {
                Pull::Frame(frame) => frames.push(Kept {
                    time: frame.time,
                    link: frame.link,
                    wire_len: frame.wire_len,
                    data: frame.data.to_vec(),
                }),
                Pull::Idle(_) | Pull::Aside(_) => {}
                Pull::End => break,
            }
        }
        Self { name, frames }
    }

    /// Sends the file itself through a pipeline, with all that it says of its frames, and what a first pass says.
    pub(crate) fn replay(&self, on_packet: impl FnMut(&Packet<'_>)) {
        let mut foresight = Foresight::default();
        self.pass(pipeline(), &mut foresight);
        let mut hand = Hand { on_packet, on_flow: |_: &Flow, _: &Registry| {} };
        self.pass(pipeline().with_foresight(foresight), &mut hand);
    }

    fn pass(&self, mut pipeline: Pipeline, sink: &mut dyn Sink) {
        let mut source = capture::open(&common::samples().join(&self.name), Options::default()).unwrap();
        loop {
            match source.pull().unwrap() {
                Pull::Frame(frame) => {
                    let _ = pipeline.frame(&frame, sink).unwrap();
                }
                Pull::Idle(_) | Pull::Aside(_) => {}
                Pull::End => break,
            }
        }
        pipeline.finish(sink).unwrap();
    }
}
