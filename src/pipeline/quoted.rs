//! What ICMP errors quote: its conversation's number, and if it is a TCP segment an event of its flow
//! (docs/tcp-analysis.md, F12 and C28).

use netdissect_dissectors::dissector::Net;
use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::packet::Slot;

use super::Pipeline;
use crate::flow::fragment::ledger::{IcmpError, IcmpSays};
use crate::flow::key::{Endpoint, Pair, Side};
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
        let mtu = match about_sizes(&net, error) {
            Some(IcmpSays::TooBig(mtu)) => Some(mtu),
            _ => None,
        };
        if let Some(ledger) = &mut self.ledger
            && let Some(says) = about_sizes(&net, error)
        {
            let error = IcmpError { frame: frame.number, time: frame.time, says };
            ledger.icmp(net.src, net.dst, net.id, error);
        }
        let segment = slots.iter().skip(first).find(|slot| Some(slot.dissector) == self.tcp).map(bytes);
        let Some(&[s1, s0, d1, d0, q3, q2, q1, q0, ..]) = segment else { return };
        let (pair, from) = ends(&net, [s1, s0], [d1, d0]);
        let Some(flow) = self.flows.newest(pair) else { return };
        let v4 = net.src.is_ipv4();
        // Fragmentation needed (RFC 1191 section 4), packet too big (RFC 8201 section 4).
        let seq = u32::from_be_bytes([q3, q2, q1, q0]);
        if v4 && (kind, code) == (3, 4) || !v4 && kind == 2 {
            flow.tcp.path_shrank(from, seq);
        }
        let error = tcp::IcmpError { frame: frame.number, time: frame.time, from: reporter, kind, code };
        flow.tcp.note_icmp_error(from, seq, error);
        if error.is_about_delivery() && (self.keep.rows || self.keep.habits) {
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

/// What an error says about the size of the packet that it quotes, if anything.
fn about_sizes(quoted: &Net, error: &[u8]) -> Option<IcmpSays> {
    let &[kind, code, _, _, m0, m1, m2, m3] = error.first_chunk::<8>()?;
    match (quoted.src.is_ipv4(), kind, code) {
        (true, 3, 4) => Some(IcmpSays::TooBig(u16::from_be_bytes([m2, m3]).into())),
        (false, 2, _) => Some(IcmpSays::TooBig(u32::from_be_bytes([m0, m1, m2, m3]))),
        (true, 11, 1) | (false, 3, 1) => Some(IcmpSays::Expired),
        _ => None,
    }
}
