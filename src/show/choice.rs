//! Which flow is meant: the words that `--flow` and `--follow-tcp=` take.

use netdissect_dissectors::facts::FlowNumber;
use netdissect_dissectors::packet::Packet;

use crate::flow::community::{Transport, community_id};
use crate::flow::key::{Endpoint, Pair};
use crate::flow::table::Flow;
use crate::render::style::Escaped;

/// Which flows were asked for.
#[derive(Debug)]
pub(super) enum Choice {
    /// All.
    All,
    /// Those that Wireshark gives this number.
    Stream(u32),
    /// One of ours.
    Number(FlowNumber),
    /// Those with this end.
    End(Endpoint),
    /// Those between these ends.
    Pair(Pair),
    /// Those with this identifier.
    Community(String),
}

/// How community identifiers of the first version begin.
const COMMUNITY: &str = "1:";
/// Letters of a SHA-1 in base 64.
const DIGEST: usize = 28;

impl Choice {
    /// Reads `7`, `7.2`, `192.0.2.1:80`, `192.0.2.1:80,192.0.2.2:4711` or a community ID; nothing is all.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::All);
        }
        if let Ok(stream) = text.parse() {
            return Ok(Self::Stream(stream));
        }
        if let Some((stream, nth)) = text.split_once('.')
            && let (Ok(stream), Ok(nth)) = (stream.parse(), nth.parse())
        {
            return Ok(Self::Number(FlowNumber { stream, nth }));
        }
        if text.strip_prefix(COMMUNITY).is_some_and(|digest| digest.len() == DIGEST) {
            return Ok(Self::Community(text.to_owned()));
        }
        let end = |end: &str| {
            end.parse::<std::net::SocketAddr>()
                .map(|end| Endpoint { addr: end.ip(), port: end.port() })
                .map_err(|_| {
                    format!(
                        "{} is no flow: give a stream number, ip:port, ip:port,ip:port or a community ID",
                        Escaped::text(text.as_bytes())
                    )
                })
        };
        match text.split_once(',') {
            Some((a, b)) => Ok(Self::Pair(Pair::new(end(a)?, end(b)?).0)),
            None => Ok(Self::End(end(text)?)),
        }
    }

    /// Whether it is this flow.
    pub(super) fn has(&self, flow: &Flow) -> bool {
        self.meets(Some(flow.number.stream), Some(flow.number), &flow.tcp.pair, Transport::Tcp)
    }

    /// Whether the packet has a segment of that flow, or a datagram between the same ends.
    pub(super) fn has_packet(&self, packet: &Packet<'_>) -> bool {
        if matches!(self, Self::All) {
            return true;
        }
        let facts = &packet.parts.facts;
        let segments = facts.tcp.iter().filter_map(|(slot, facts)| {
            Some((Some(facts.stream), Some(facts.flow), pair(packet, *slot)?, Transport::Tcp))
        });
        let datagrams =
            facts.udp.iter().filter_map(|(slot, _)| Some((None, None, pair(packet, *slot)?, Transport::Udp)));
        segments
            .chain(datagrams)
            .any(|(stream, number, pair, transport)| self.meets(stream, number, &pair, transport))
    }

    fn meets(
        &self,
        stream: Option<u32>,
        number: Option<FlowNumber>,
        pair: &Pair,
        transport: Transport,
    ) -> bool {
        match self {
            Self::All => true,
            Self::Stream(wanted) => stream == Some(*wanted) || number.is_some_and(|n| n.stream == *wanted),
            Self::Number(wanted) => number == Some(*wanted),
            Self::End(end) => pair.low == *end || pair.high == *end,
            Self::Pair(wanted) => pair == wanted,
            Self::Community(id) => community_id(pair, transport) == *id,
        }
    }
}

/// The ends of a segment or datagram: both headers begin with the two ports.
fn pair(packet: &Packet<'_>, slot: u8) -> Option<Pair> {
    let layer = packet.layer(slot.into())?;
    let net = layer.net()?;
    let &[s1, s0, d1, d0] = layer.data().first_chunk()?;
    let src = Endpoint { addr: net.src, port: u16::from_be_bytes([s1, s0]) };
    let dst = Endpoint { addr: net.dst, port: u16::from_be_bytes([d1, d0]) };
    Some(Pair::new(src, dst).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_flows() {
        let said = |text: &str| format!("{:?}", Choice::parse(text));
        assert!(said("").starts_with("Ok(All"));
        assert!(said("7").starts_with("Ok(Stream(7)"));
        assert!(said("7.2").starts_with("Ok(Number"));
        assert!(said("192.0.2.1:80").starts_with("Ok(End"));
        assert!(said("[2001:db8::1]:80").starts_with("Ok(End"));
        assert_eq!(said("192.0.2.1:80,192.0.2.2:9"), said("192.0.2.2:9,192.0.2.1:80"));
        assert!(said("1:yvyB8h+3dnggTZW0UEITWCst97w=").starts_with("Ok(Community"));
        for text in ["x", "1:short", "192.0.2.1", "1.2.3", "192.0.2.1:80,", "\x1b"] {
            let why = Choice::parse(text).unwrap_err();
            assert!(why.contains("is no flow") && !why.contains('\x1b'), "{why}");
        }
    }
}
