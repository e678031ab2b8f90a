//! Community ID: one short name for a flow that Zeek, Suricata, Wireshark and others print too
//! (github.com/corelight/community-id-spec, version 1).

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use super::key::{Endpoint, Pair};

/// What every network is set to unless somebody changes it in all of its tools.
const SEED: u16 = 0;

/// A transport with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Transport {
    /// TCP.
    Tcp = 6,
    /// UDP.
    Udp = 17,
    /// SCTP.
    Sctp = 132,
}

/// The identifier of the flow between two ends, the same in both directions: `1:` and 28 letters.
#[must_use]
pub fn community_id(pair: &Pair, transport: Transport) -> String {
    let mut hash = Sha1::new();
    hash.update(SEED.to_be_bytes());
    for Endpoint { addr, .. } in [pair.low, pair.high] {
        match addr {
            IpAddr::V4(addr) => hash.update(addr.octets()),
            IpAddr::V6(addr) => hash.update(addr.octets()),
        }
    }
    hash.update([transport as u8, 0]);
    for Endpoint { port, .. } in [pair.low, pair.high] {
        hash.update(port.to_be_bytes());
    }
    format!("1:{}", STANDARD.encode(hash.finalize()))
}

/// The names of the pairs that were seen last: each packet shows one, and they cost a SHA-1 to make.
#[derive(Debug)]
pub struct Names(Box<[Option<Named>]>);

type Named = (Pair, Transport, Arc<str>);

/// Names kept; a power of two.
const NAMES: usize = 1_024;

impl Default for Names {
    fn default() -> Self {
        Self(vec![None; NAMES].into_boxed_slice())
    }
}

impl Names {
    /// [`community_id`] of `pair`.
    pub fn of(&mut self, pair: &Pair, transport: Transport) -> Arc<str> {
        // Whoever picks ports so that two pairs share a place only gets them made again.
        let low = |addr| match addr {
            IpAddr::V4(addr) => u32::from(addr),
            IpAddr::V6(addr) => (u128::from(addr) & u128::from(u32::MAX)) as u32,
        };
        let ports = u32::from(pair.low.port) << 16 | u32::from(pair.high.port);
        let mix =
            (low(pair.low.addr) ^ low(pair.high.addr).rotate_left(16) ^ ports).wrapping_mul(0x9e37_79b9);
        let at = (mix >> 16) as usize % NAMES;
        let place = self.0.get_mut(at);
        match place {
            Some(Some((known, kind, name))) if known == pair && *kind == transport => Arc::clone(name),
            place => {
                let name: Arc<str> = community_id(pair, transport).into();
                if let Some(place) = place {
                    *place = Some((*pair, transport, Arc::clone(&name)));
                }
                name
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that the specification publishes for its sample captures.
    #[test]
    fn the_published_values() {
        let mut names = Names::default();
        for (transport, a, b, id) in [
            (Transport::Tcp, "128.232.110.120:34855", "66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
            (Transport::Udp, "192.168.1.52:54585", "8.8.8.8:53", "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
            (Transport::Sctp, "192.168.170.8:7", "192.168.170.56:7", "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="),
            (Transport::Tcp, "141.142.228.5:59856", "192.150.187.43:80", "1:yvyB8h+3dnggTZW0UEITWCst97w="),
        ] {
            let end = |text: &str| {
                let end: std::net::SocketAddr = text.parse().unwrap();
                Endpoint { addr: end.ip(), port: end.port() }
            };
            for (src, dst) in [(a, b), (b, a)] {
                let pair = Pair::new(end(src), end(dst)).0;
                assert_eq!(community_id(&pair, transport), id);
                assert_eq!(&*names.of(&pair, transport), id);
            }
        }
    }
}
