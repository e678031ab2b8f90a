//! What ICMP errors quote: its conversation's number, and if it is a TCP segment an event of its flow
//! (docs/tcp-analysis.md, F12 and C28).

use netdissect_dissectors::dissector::Net;
use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::packet::Slot;

use super::Pipeline;
use crate::flow::fragment::ledger::{IcmpError, IcmpSays};
use crate::flow::key::{Endpoint, Pair, Side};
use crate::flow::problem::Problem;
use crate::flow::row::Complaint;
use crate::flow::tcp;

/// Bytes of headers whose conversation Wireshark tells.
const UDP_HEADER: usize = 8;
const TCP_HEADER: usize = 20;

impl Pipeline {
    /// Notes which conversations the quoted headers belong to.
    pub(super) fn number_quotes(&mut self, frame: &Frame<'_>) {
        for at in 0..self.parts.slots.len() {
            let Some(slot) = self.parts.slots.get(at).filter(|slot| slot.flags & Slot::QUOTED != 0) else {
                continue;
            };
            let (is_udp, is_tcp) = (Some(slot.dissector) == self.udp, Some(slot.dissector) == self.tcp);
            if !is_udp && !is_tcp {
                continue;
            }
            let bytes = self.parts.source(frame, slot.source).get(slot.range()).unwrap_or_default();
            let &[s1, s0, d1, d0, ..] = bytes else { continue };
            let len = bytes.len();
            let Some(net) = self.parts.nets.iter().rev().find(|row| usize::from(row.0) < at) else {
                continue;
            };
            let (pair, from) = ends(&net.1, [s1, s0], [d1, d0]);
            let stream = if is_udp && len >= UDP_HEADER {
                self.conversations.quoted(pair, from, frame.time)
            } else if is_tcp && len >= TCP_HEADER {
                self.flows.stream_of(pair)
            } else {
                None
            };
            if let (Some(stream), Ok(slot)) = (stream, u8::try_from(at)) {
                self.parts.facts.quoted_streams.push((slot, stream));
            }
        }
    }

    /// Tells the quoted flow of the error; the quoted header itself changes no state.
    pub(super) fn icmp_error(&mut self, frame: &Frame<'_>) {
        let slots = &self.parts.slots;
        let Some(first) = slots.iter().position(|slot| slot.flags & Slot::QUOTED != 0) else { return };
        let bytes = |slot: &Slot| self.parts.source(frame, slot.source).get(slot.range()).unwrap_or_default();
        let error = first.checked_sub(1).and_then(|at| slots.get(at)).map(bytes);
        let Some(error @ &[kind, code, ..]) = error else { return };
        let net = self.parts.nets.iter().find(|(slot, _)| usize::from(*slot) >= first).map(|row| row.1);
        let Some(net) = net else { return };
        let reporter = self.parts.nets.iter().rev().find(|row| usize::from(row.0) < first);
        let Some(reporter) = reporter.map(|row| row.1.src) else { return };
        let Some(problem) = Problem::read(net.src.is_ipv6(), error) else { return };
        if let Some(ledger) = &mut self.ledger
            && let Some(says) = about_sizes(problem)
        {
            let error = IcmpError { frame: frame.number, time: frame.time, says };
            ledger.icmp(net.src, net.dst, net.id, error);
        }
        let segment = slots.iter().skip(first).find(|slot| Some(slot.dissector) == self.tcp).map(bytes);
        let Some(&[s1, s0, d1, d0, q3, q2, q1, q0, ..]) = segment else { return };
        let (pair, from) = ends(&net, [s1, s0], [d1, d0]);
        let Some(flow) = self.flows.newest(pair) else { return };
        let seq = u32::from_be_bytes([q3, q2, q1, q0]);
        // Fragmentation needed (RFC 1191 section 4), packet too big (RFC 8201 section 4).
        let mtu = if let Problem::TooBig(mtu) = problem { Some(mtu) } else { None };
        if mtu.is_some() {
            flow.tcp.path_shrank(from, seq);
        }
        let error = tcp::IcmpError { frame: frame.number, time: frame.time, from: reporter, kind, code };
        flow.tcp.note_icmp_error(from, seq, error);
        if self.keep.rows || self.keep.habits {
            let seq = flow.tcp.position_of(from, seq);
            flow.kept.complain(Complaint { error, mtu, about: from, seq });
        }
    }
}

/// The two ends of what is quoted, and who sent it.
fn ends(net: &Net, src: [u8; 2], dst: [u8; 2]) -> (Pair, Side) {
    let end = |addr, port| Endpoint { addr, port: u16::from_be_bytes(port) };
    Pair::new(end(net.src, src), end(net.dst, dst))
}

/// What an error says about the datagram that the quoted packet is of, if anything.
fn about_sizes(problem: Problem) -> Option<IcmpSays> {
    match problem {
        Problem::TooBig(mtu) => Some(IcmpSays::TooBig(mtu)),
        Problem::Incomplete => Some(IcmpSays::Expired),
        Problem::Exceeded | Problem::Unreachable { .. } | Problem::Parameter => None,
    }
}
