//! Pairs echo replies with their requests (RFC 792, RFC 4443 section 4), for ICMP and ICMPv6 alike.

use alloc::collections::{BTreeMap, VecDeque};
use core::net::IpAddr;

use crate::dissector::{Context, Memory, heap_of_map};
use crate::facts::Link;
use crate::field::{Field, Value};
use crate::frame::Timestamp;
use crate::walk::Walk;

/// Requests that wait for a reply; beyond them the oldest is forgotten.
pub const MAX_PENDING: usize = 4_096;

/// What a reply must have in common with its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Echo {
    asker: IpAddr,
    asked: IpAddr,
    ident: u16,
    seq: u16,
    /// Checksum of the request: it stands for the data, which the reply repeats.
    checksum: u16,
}

/// Echo requests without a reply so far. Kept as the state of a flow, or once for all of them: the addresses are
/// part of each entry.
#[derive(Debug, Default)]
pub struct Echoes {
    pending: BTreeMap<Echo, (u64, Timestamp)>,
    order: VecDeque<Echo>,
}

impl Memory for Echoes {
    fn heap(&self) -> usize {
        heap_of_map(&self.pending).saturating_add(self.order.capacity().saturating_mul(size_of::<Echo>()))
    }
}

impl Echoes {
    fn ask(&mut self, echo: Echo, frame: u64, time: Timestamp) {
        if self.pending.insert(echo, (frame, time)).is_none() {
            self.order.push_back(echo);
        }
        if self.order.len() > MAX_PENDING
            && let Some(oldest) = self.order.pop_front()
        {
            self.pending.remove(&oldest);
        }
    }

    fn answer(&mut self, echo: &Echo) -> Option<(u64, Timestamp)> {
        self.pending.remove(echo)
    }
}

/// An echo message as it stands on the wire.
#[derive(Clone, Copy)]
pub(crate) struct Message {
    pub(crate) reply: bool,
    pub(crate) ident: u16,
    pub(crate) seq: u16,
    pub(crate) checksum: u16,
    /// The first word of a request less that of a reply, in ones' complement: what their checksums differ by.
    pub(crate) difference: u16,
}

/// Remembers a request, or ties a reply to its own.
pub(crate) fn pair(cx: &mut Context<'_>, message: Message) {
    if cx.quoted {
        return;
    }
    let (Some(net), frame, time) = (cx.net, cx.frame, cx.time) else { return };
    let Some(echoes) = cx.state::<Echoes>() else { return };
    let Message { ident, seq, checksum, .. } = message;
    if message.reply {
        let checksum = request_checksum(checksum, message.difference);
        let echo = Echo { asker: net.dst, asked: net.src, ident, seq, checksum };
        if let Some((frame, time)) = echoes.answer(&echo) {
            cx.link(Link::Request { frame, time });
        }
    } else {
        echoes.ask(Echo { asker: net.src, asked: net.dst, ident, seq, checksum }, frame, time);
    }
}

/// The checksum of the request that a reply with `checksum` answers.
pub(super) fn request_checksum(checksum: u16, difference: u16) -> u16 {
    let sum = u32::from(!checksum).wrapping_add(difference.into());
    let folded = (sum & 0xffff).wrapping_add(sum >> 16);
    !(folded as u16)
}

/// The rows that tie requests and replies together.
pub(crate) struct EchoFields {
    pub(crate) resp_to: &'static Field,
    pub(crate) resptime: &'static Field,
    pub(crate) resp_in: &'static Field,
    pub(crate) no_resp: &'static Field,
}

impl EchoFields {
    /// Prints which request a reply answers, and how long that took; after a first pass, where a request is answered.
    pub(crate) fn emit(&self, walk: &mut Walk<'_, '_>, is_request: bool) -> Option<()> {
        let mut answered = false;
        for link in walk.links() {
            match link {
                Link::Request { frame, time } => self.answers(walk, frame, time)?,
                Link::ResponseIn(frame) => {
                    answered = true;
                    walk.uint(self.resp_in, 0..0, frame)?;
                }
                _ => {}
            }
        }
        let is_silence = is_request && !answered && walk.facts().looked_ahead && !walk.layer().is_quoted();
        if is_silence { walk.emit(self.no_resp, 0..0, Value::None) } else { Some(()) }
    }

    fn answers(&self, walk: &mut Walk<'_, '_>, frame: u64, time: Timestamp) -> Option<()> {
        walk.uint(self.resp_to, 0..0, frame)?;
        let Some(nanos) = walk.frame().time.since(time) else { return Some(()) };
        let (secs, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
        let millis = f64::from(i32::try_from(secs).unwrap_or(i32::MAX)) * 1e3
            + f64::from(i32::try_from(rest).unwrap_or_default()) / 1e6;
        walk.emit(self.resptime, 0..0, Value::Float(millis))
    }
}

/// The frame of the request that the layer answers.
pub(crate) fn request_of(layer: &crate::packet::Layer<'_>) -> Option<u64> {
    let number = layer.number();
    layer.packet.parts.facts.links.iter().find_map(|row| match row.link {
        Link::Request { frame, .. } if row.slot == number => Some(frame),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;

    #[test]
    fn no_more_than_the_bound_waits() {
        let asker = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let echo = |seq| Echo { asker, asked: asker, ident: 1, seq, checksum: 0 };
        let mut echoes = Echoes::default();
        for seq in 0..=u16::MAX {
            echoes.ask(echo(seq), u64::from(seq), Timestamp::default());
        }
        assert_eq!((echoes.pending.len(), echoes.order.len()), (MAX_PENDING, MAX_PENDING));
        assert_eq!(echoes.answer(&echo(0)), None);
        assert_eq!(echoes.answer(&echo(u16::MAX)).map(|(frame, _)| frame), Some(65_535));
    }

    #[test]
    fn answered_requests_leave_no_trace_for_ever() {
        let asker = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut echoes = Echoes::default();
        for round in 0..100_000_u32 {
            let echo = Echo { asker, asked: asker, ident: 1, seq: round as u16, checksum: 0 };
            echoes.ask(echo, round.into(), Timestamp::default());
            assert!(echoes.answer(&echo).is_some());
        }
        assert!(echoes.order.len() <= MAX_PENDING && echoes.pending.is_empty());
    }
}
