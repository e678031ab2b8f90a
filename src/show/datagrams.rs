//! `--fragments`: datagrams that came in pieces.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::{Gate, Output};
use crate::flow::fragment::ledger::Account;
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};
use crate::render::Screen;
use crate::render::datagrams::Datagrams;
use crate::render::json::{self, Records};

/// The sink of `--fragments`.
pub(super) struct DatagramList {
    view: Datagrams,
    records: Option<Records>,
    out: Output,
    gate: Gate,
}

impl DatagramList {
    pub(super) fn new(screen: Screen, records: Option<Records>, out: Output, gate: Gate) -> Self {
        Self { view: Datagrams::new(screen), records, out, gate }
    }
}

impl Sink for DatagramList {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.gate.passes(packet);
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, _flow: Flow, _registry: &Registry) -> io::Result<()> {
        Ok(())
    }

    fn datagram(&mut self, account: &Account) -> io::Result<()> {
        match &mut self.records {
            Some(between) => {
                between.next(self.out.buffer());
                json::datagram::datagram(self.out.buffer(), account);
            }
            None => self.view.datagram(self.out.buffer(), account),
        }
        self.out.settle()
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        match self.records {
            Some(records) => records.close(self.out.buffer()),
            None => self.view.finish(self.out.buffer()),
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
