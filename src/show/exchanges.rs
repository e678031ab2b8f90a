//! `--dns` and `--http`: questions paired with their answers.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::{Gate, Output};
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};
use crate::render::Screen;
use crate::render::exchanges::{Exchanges, Row};
use crate::render::json::Records;
use crate::survey::exchange::{Collector, Found};

/// The sink of exchanges that `C` finds. With a filter, those are shown of which a packet passes.
pub(super) struct ExchangeList<C: Collector<Exchange: Row>> {
    collector: C,
    view: Exchanges<C::Exchange>,
    done: Vec<Found<C::Exchange>>,
    start: Option<Timestamp>,
    records: Option<Records>,
    out: Output,
    gate: Gate,
}

impl<C: Collector<Exchange: Row>> ExchangeList<C> {
    pub(super) fn new(
        collector: C,
        screen: Screen,
        records: Option<Records>,
        out: Output,
        gate: Gate,
    ) -> Self {
        Self { collector, view: Exchanges::new(screen), done: Vec::new(), start: None, records, out, gate }
    }

    fn show(&mut self) -> io::Result<()> {
        for exchange in self.done.drain(..).filter(|found| found.wanted).map(|found| found.exchange) {
            match &mut self.records {
                Some(between) => {
                    between.next(self.out.buffer());
                    exchange.record(self.out.buffer());
                }
                None => self.view.add(self.out.buffer(), exchange, self.start.unwrap_or_default()),
            }
            self.out.settle()?;
        }
        Ok(())
    }
}

impl<C: Collector<Exchange: Row>> Sink for ExchangeList<C> {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.start.get_or_insert(packet.frame.time.plus_nanos(-packet.parts.facts.since_first));
        let wanted = self.gate.passes(packet);
        self.collector.note(packet, wanted, &mut self.done);
        self.show()?;
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        self.collector.flow(flow.number);
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        self.collector.finish(&mut self.done);
        self.show()?;
        match &mut self.records {
            Some(between) => between.close(self.out.buffer()),
            None => self.view.finish(self.out.buffer(), self.start.unwrap_or_default()),
        }
        self.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn shown(&self) -> u64 {
        self.gate.shown
    }
}
