//! What is wrong in a capture.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::{Gate, Output};
use crate::expert::Findings;
use crate::flow::fragment::ledger::Account;
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};
use crate::render::Screen;
use crate::render::findings::{FindingsView, left_out, record};
use crate::render::json::Records;

/// The sink of `--expert`.
pub(super) struct Expert {
    screen: Screen,
    findings: Findings,
    start: Option<Timestamp>,
    records: Option<Records>,
    out: Output,
    gate: Gate,
}

impl Expert {
    pub(super) fn new(screen: Screen, records: Option<Records>, out: Output, gate: Gate) -> Self {
        Self { screen, findings: Findings::default(), start: None, records, out, gate }
    }
}

impl Sink for Expert {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.start.get_or_insert(packet.frame.time);
        if self.gate.notes(packet) {
            self.findings.packet(packet);
        }
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        if self.gate.passes_flow(&flow) {
            self.findings.flow(&flow);
        }
        Ok(())
    }

    fn datagram(&mut self, account: &Account) -> io::Result<()> {
        if self.gate.filter.is_none() {
            self.findings.datagram(account);
        }
        Ok(())
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        let report = std::mem::take(&mut self.findings).finish();
        match &mut self.records {
            Some(between) => {
                for finding in &report.findings {
                    between.next(self.out.buffer());
                    record(self.out.buffer(), finding);
                    self.out.settle()?;
                }
                let more = report.left_out.iter().map(|&(kind, count)| (Some(kind), count));
                for (kind, count) in more.chain((report.unseen > 0).then_some((None, report.unseen))) {
                    between.next(self.out.buffer());
                    left_out(self.out.buffer(), kind, count);
                }
                between.close(self.out.buffer());
            }
            None => {
                let view = FindingsView::new(self.screen, self.start.unwrap_or_default());
                view.all(self.out.buffer(), &report, totals);
            }
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
