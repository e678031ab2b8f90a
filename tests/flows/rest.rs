//! Flows that rest between their segments come out as those that do not.

use std::io;
use std::ops::ControlFlow;

use netdissect::flow::table::Flow;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect_dissectors::facts::Analysis;
use netdissect_dissectors::frame::{Frame, LinkType};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::scenario::Scenario;
use super::{frames, scenarios};

/// What is known of each segment when it passes, and of each flow in the end, in words.
#[derive(Default)]
struct Words(Vec<String>);

impl Sink for Words {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        if let Some((_, facts)) = packet.parts.facts.tcp.first() {
            // When bytes were sent that have been answered long since is not remembered.
            let analysis = Analysis { rto: None, rto_frame: None, ..facts.analysis };
            let (states, labels, judged) = (facts.states, &facts.labels, &facts.judgement);
            self.0.push(format!("{} {states:?} {labels:?} {judged:?} {analysis:?}", packet.frame.number));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        let half = |side| (flow.tcp.half(side).stream_len(), flow.tcp.half(side).packets);
        let [low, high] = netdissect::flow::key::Side::both().map(half);
        let verdict = flow.tcp.verdict().name();
        self.0.push(format!("{} {verdict} {:?} {low:?} {high:?}", flow.number, flow.tcp.states()));
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

/// Sends the scenario through a pipeline, and the segments of another flow after each of its own.
fn play_among(scenario: &Scenario, other: &Scenario, limits: Limits) -> Vec<String> {
    let mut pipeline = Pipeline::new(Registry::builtin(), limits, Keep::default());
    let mut words = Words::default();
    let fillers = frames::build(other, false);
    let mut number = 0;
    for own in frames::build(scenario, false) {
        for built in [&own].into_iter().chain(&fillers) {
            number += 1;
            let frame = Frame {
                number,
                time: frames::START.plus_nanos(own.time),
                link: LinkType::ETHERNET,
                wire_len: built.wire_len,
                data: &built.bytes,
                origin: None,
            };
            let _ = pipeline.frame(&frame, &mut words).unwrap();
        }
    }
    pipeline.finish(&mut words).unwrap();
    words.0
}

#[test]
fn a_flow_that_rests_between_its_segments_is_judged_alike() {
    let other = Scenario::parse("other", "# another\nports 40000 80\nHS(10)\nflow established\n").unwrap();
    let mut wrong = String::new();
    for scenario in scenarios() {
        let awake = play_among(&scenario, &other, Limits::default());
        let resting = play_among(&scenario, &other, Limits { awake_flows: 0, ..Limits::default() });
        for (awake, resting) in awake.iter().zip(&resting).filter(|pair| pair.0 != pair.1) {
            wrong.push_str(&format!("{}\n  {awake}\n  {resting}\n", scenario.name));
        }
        assert_eq!(awake.len(), resting.len(), "{}", scenario.name);
    }
    assert!(wrong.is_empty(), "{wrong}");
}
