//! Screens that count packets and are printed when all of them have passed.

use std::io;
use std::ops::ControlFlow;

use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::{Gate, Output};
use crate::flow::table::Flow;
use crate::pipeline::{Sink, Totals};
use crate::render::address::Kinds;
use crate::render::json::Records;
use crate::render::{Screen, arp, conversations, endpoints, leases, nat, path, protocols, rate};
use crate::survey::Traffic;
use crate::survey::arp::Neighbours;
use crate::survey::endpoints::{Conversations, Endpoints};
use crate::survey::leases::Leases;
use crate::survey::nat::Translations;
use crate::survey::path::Paths;
use crate::survey::protocols::Hierarchy;
use crate::survey::rate::Course;

/// Counts packets, and shows what it counted.
pub(super) trait Page {
    /// A packet that is to be counted.
    fn packet(&mut self, packet: &Packet<'_>);
    /// Everything, for people.
    fn text(&self, out: &mut Vec<u8>, screen: Screen);
    /// Everything as records.
    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()>;
}

impl Page for Hierarchy {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.note(packet);
    }

    fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        protocols::text(out, screen, self);
    }

    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()> {
        for (path, node) in self.rows() {
            between.next(out.buffer());
            protocols::record(out.buffer(), &path, node);
            out.settle()?;
        }
        between.next(out.buffer());
        protocols::totals(out.buffer(), self);
        Ok(())
    }
}

/// Addresses, and all frames.
pub(super) struct Addresses {
    endpoints: Endpoints,
    seen: Traffic,
    /// What kind of address each is stands behind it.
    kinds: Option<Kinds>,
}

impl Addresses {
    pub(super) fn new(kinds: Option<Kinds>) -> Self {
        Self { endpoints: Endpoints::default(), seen: Traffic::default(), kinds }
    }
}

impl Page for Addresses {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.endpoints.note(packet);
        self.seen.add(packet.frame.wire_len.into());
    }

    fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        endpoints::text(out, screen, &self.endpoints, (self.seen, self.kinds.as_ref()));
    }

    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()> {
        for (addr, share) in self.endpoints.rows() {
            between.next(out.buffer());
            endpoints::record(out.buffer(), addr, (&share, self.kinds.as_ref()));
            out.settle()?;
        }
        between.next(out.buffer());
        endpoints::totals(out.buffer(), &self.endpoints, self.seen);
        Ok(())
    }
}

impl Page for Conversations {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.note(packet);
    }

    fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        conversations::text(out, screen, self);
    }

    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()> {
        for row in self.rows() {
            between.next(out.buffer());
            conversations::record(out.buffer(), &row);
            out.settle()?;
        }
        if self.left_out > 0 {
            between.next(out.buffer());
            conversations::left_out(out.buffer(), self);
        }
        Ok(())
    }
}

impl Page for Course {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.note(packet);
    }

    fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        rate::text(out, screen, self);
    }

    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()> {
        for (at, row) in self.rows() {
            between.next(out.buffer());
            rate::record(out.buffer(), self, at, &row);
            out.settle()?;
        }
        Ok(())
    }
}

impl Page for Paths {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.note(packet);
    }

    fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        path::text(out, screen, self);
    }

    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()> {
        for record in path::records(self) {
            between.next(out.buffer());
            out.buffer().extend_from_slice(&record);
            out.settle()?;
        }
        Ok(())
    }
}

impl Page for Translations {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.note(packet);
    }

    fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        nat::text(out, screen, self);
    }

    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()> {
        for row in self.rows() {
            between.next(out.buffer());
            nat::record(out.buffer(), &row);
            out.settle()?;
        }
        if self.left_out > 0 {
            between.next(out.buffer());
            nat::left_out(out.buffer(), self);
        }
        Ok(())
    }
}

/// Leases, and the time of the first frame.
impl Page for (Leases, Option<Timestamp>) {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.1.get_or_insert(packet.frame.time.plus_nanos(-packet.parts.facts.since_first));
        self.0.note(packet);
    }

    fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        leases::text(out, screen, &self.0, self.1.unwrap_or_default());
    }

    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()> {
        for story in self.0.rows() {
            between.next(out.buffer());
            leases::record(out.buffer(), story);
            out.settle()?;
        }
        if self.0.left_out > 0 || self.0.bootp > 0 {
            between.next(out.buffer());
            leases::totals(out.buffer(), &self.0);
        }
        Ok(())
    }
}

impl Page for Neighbours {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.note(packet);
    }

    fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        arp::text(out, screen, self);
    }

    fn records(&self, out: &mut Output, between: &mut Records) -> io::Result<()> {
        for (addr, row) in self.rows() {
            between.next(out.buffer());
            arp::record(out.buffer(), *addr, row);
            out.settle()?;
        }
        if self.left_out > 0 {
            between.next(out.buffer());
            arp::left_out(out.buffer(), self);
        }
        Ok(())
    }
}

/// The sink of a page.
pub(super) struct Counted<P> {
    page: P,
    screen: Screen,
    records: Option<Records>,
    out: Output,
    gate: Gate,
}

impl<P: Page> Counted<P> {
    pub(super) fn new(page: P, screen: Screen, records: Option<Records>, out: Output, gate: Gate) -> Self {
        Self { page, screen, records, out, gate }
    }
}

impl<P: Page> Sink for Counted<P> {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        if self.gate.passes(packet) {
            self.page.packet(packet);
        }
        Ok(self.gate.verdict(packet.frame.number))
    }

    fn flow(&mut self, _flow: Flow, _registry: &Registry) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        match &mut self.records {
            Some(between) => {
                self.page.records(&mut self.out, between)?;
                between.close(self.out.buffer());
            }
            None => self.page.text(self.out.buffer(), self.screen),
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
