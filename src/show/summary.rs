//! `--summary`: all of it on one page.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::{Gate, Output};
use crate::expert::Findings;
use crate::flow::fragment::ledger::Account;
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};
use crate::render::Screen;
use crate::render::json::Records;
use crate::render::summary::Summary;
use crate::survey::dns::{self, Questions};
use crate::survey::exchange::{Collector, Found};
use crate::survey::http::{self, Requests};

/// The sink of `--summary`.
pub(super) struct Overview {
    summary: Summary,
    findings: Findings,
    questions: Questions,
    requests: Requests,
    asked: Vec<Found<dns::Exchange>>,
    requested: Vec<Found<http::Exchange>>,
    screen: Screen,
    records: Option<Records>,
    max_bytes: Option<usize>,
    out: Output,
    gate: Gate,
}

impl Overview {
    pub(super) fn new(
        screen: Screen,
        records: Option<Records>,
        max_bytes: Option<usize>,
        out: Output,
        gate: Gate,
    ) -> Self {
        Self {
            summary: Summary::new(),
            findings: Findings::default(),
            questions: Questions::default(),
            requests: Requests::default(),
            asked: Vec::new(),
            requested: Vec::new(),
            screen,
            records,
            max_bytes,
            out,
            gate,
        }
    }

    fn exchanges(&mut self) {
        for found in self.asked.drain(..).filter(|found| found.wanted) {
            self.summary.dns(&found.exchange);
        }
        for found in self.requested.drain(..).filter(|found| found.wanted) {
            self.summary.http(&found.exchange);
        }
    }
}

impl Sink for Overview {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        let passes = self.gate.notes(packet);
        if passes {
            self.summary.packet(packet);
            self.findings.packet(packet);
        }
        self.questions.note(packet, passes, &mut self.asked);
        self.requests.note(packet, passes, &mut self.requested);
        self.exchanges();
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, flow: Flow, _registry: &Registry) -> io::Result<()> {
        self.requests.flow(flow.number);
        if self.gate.passes_flow(&flow) {
            self.summary.flow(&flow);
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
        self.questions.finish(&mut self.asked);
        self.requests.finish(&mut self.requested);
        self.exchanges();
        let report = std::mem::take(&mut self.findings).finish();
        let page = std::mem::take(&mut self.summary).page(report, totals.clone());
        match self.records {
            // One object in every format of records: there is nothing to make a list of.
            Some(_) => page.record(self.out.buffer(), self.max_bytes),
            None => page.text(self.out.buffer(), self.screen),
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
