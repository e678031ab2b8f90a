//! `-w`: packets that pass go into a capture file, whatever else is shown of them.

use std::collections::HashSet;
use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::facts::FlowNumber;
use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::Gate;
use crate::capture::Aside;
use crate::filter::Filter;
use crate::flow::fragment::ledger::Account;
use crate::flow::table::{Flow, FlowTable};
use crate::pipeline::{News, Sink, StreamPart, Totals};
use crate::render::annotation;
use crate::render::flows::thousands;
use crate::save::{Flight, Recorder, Report};

/// The sink of `-w`. What is printed comes second, so that a reader who goes away takes no packet along.
pub(super) struct Saving {
    save: Box<dyn Recorder>,
    /// Only packets around those that pass are written.
    trigger: Option<(Filter, Flight)>,
    /// Bytes after which the run ends.
    size: Option<u64>,
    gate: Gate,
    printed: Option<Box<dyn Sink>>,
    verdicts: Option<Verdicts>,
    /// Frames come from an interface, which does not wait.
    is_live: bool,
}

/// What `--annotate` says.
#[derive(Default)]
struct Verdicts {
    comment: String,
    /// Flows that are not over and of which a packet was written.
    met: HashSet<FlowNumber>,
    summary: annotation::Summary,
}

impl Saving {
    pub(super) fn new(
        save: Box<dyn Recorder>,
        trigger: Option<(Filter, Flight)>,
        size: Option<u64>,
        gate: Gate,
        printed: Option<Box<dyn Sink>>,
        annotate: bool,
    ) -> Self {
        let verdicts = annotate.then(Verdicts::default);
        Self { save, trigger, size, gate, printed, verdicts, is_live: false }
    }

    /// Whether nothing more is to be written.
    fn is_over(&self) -> bool {
        (self.is_live && self.save.has_failed()) || self.size.is_some_and(|size| self.save.bytes() >= size)
    }
}

impl Sink for Saving {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        if self.gate.passes(packet) {
            let comment = self.verdicts.as_mut().map_or("", |verdicts| verdicts.packet(packet));
            match &mut self.trigger {
                None => self.save.frame(&packet.frame, comment)?,
                Some((filter, flight)) => {
                    let matters = filter.passes(packet);
                    flight.frame(&packet.frame, comment, matters, self.save.as_mut())?;
                }
            }
            if self.save.is_complete() {
                self.gate.shown = self.gate.shown.saturating_sub(1);
                return Ok(ControlFlow::Break(()));
            }
        }
        if let Some(printed) = &mut self.printed {
            // Both pass the same packets; whether more are to come is decided here.
            let _ = printed.packet(packet)?;
        }
        if self.is_over() {
            return Ok(ControlFlow::Break(()));
        }
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn unseen(&mut self, frame: &Frame<'_>) -> io::Result<ControlFlow<()>> {
        self.save.frame(frame, "")?;
        Ok(if self.is_over() || self.save.is_complete() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }

    fn looks_at_flows(&self) -> bool {
        self.verdicts.is_some() || self.printed.as_ref().is_some_and(|printed| printed.looks_at_flows())
    }

    fn flow(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        if let Some(verdicts) = &mut self.verdicts {
            verdicts.flow(&flow);
        }
        self.printed.as_mut().map_or(Ok(()), |printed| printed.flow(flow, registry))
    }

    fn progress(&mut self, flow: &mut Flow, news: &News<'_>) -> io::Result<bool> {
        self.printed.as_mut().map_or(Ok(false), |printed| printed.progress(flow, news))
    }

    fn interval(&mut self, flows: &FlowTable, since: i64) -> io::Result<()> {
        self.printed.as_mut().map_or(Ok(()), |printed| printed.interval(flows, since))
    }

    fn datagram(&mut self, account: &Account) -> io::Result<()> {
        self.printed.as_mut().map_or(Ok(()), |printed| printed.datagram(account))
    }

    fn stream(&mut self, flow: &Flow, part: &StreamPart<'_>) -> io::Result<()> {
        self.printed.as_mut().map_or(Ok(()), |printed| printed.stream(flow, part))
    }

    fn aside(&mut self, aside: &Aside<'_>) -> io::Result<()> {
        // Only an interface has a name to tell.
        self.is_live |= matches!(aside, Aside::Point(point) if point.name.is_some());
        match &mut self.trigger {
            None => self.save.aside(aside),
            Some((_, flight)) => flight.aside(aside, self.save.as_mut()),
        }
    }

    fn abandon(&mut self) {
        if let Some(printed) = &mut self.printed {
            printed.abandon();
        }
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        let summary = self.verdicts.as_ref().map(|verdicts| verdicts.summary.text()).unwrap_or_default();
        self.save.finish(&summary)?;
        self.printed.as_mut().map_or(Ok(()), |printed| printed.finish(totals))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.save.flush()?;
        self.printed.as_mut().map_or(Ok(()), |printed| printed.flush())
    }

    fn shown(&self) -> u64 {
        self.printed.as_ref().map_or(self.gate.shown, |printed| printed.shown())
    }

    fn saved(&self) -> Option<Report> {
        let mut report = self.save.report();
        let shortened = self.trigger.as_ref().map_or(0, |(_, flight)| flight.shortened());
        if shortened > 0 {
            report.losses.push(format!("{}: less than --before was still in memory", thousands(shortened)));
        }
        Some(report)
    }
}

impl Verdicts {
    /// The comment on a packet that is written, empty if there is nothing to say.
    fn packet(&mut self, packet: &Packet<'_>) -> &str {
        self.met.extend(packet.parts.facts.tcp.iter().map(|row| row.1.flow));
        self.comment.clear();
        annotation::packet(&mut self.comment, packet);
        &self.comment
    }

    fn flow(&mut self, flow: &Flow) {
        if self.met.remove(&flow.number) {
            self.summary.add(flow);
        }
    }
}
