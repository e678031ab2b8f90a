//! Which packets belong to one conversation, and which end sent them.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One end: address and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// Address.
    pub addr: IpAddr,
    /// Port.
    pub port: u16,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.addr {
            IpAddr::V4(addr) => write!(f, "{addr}:{}", self.port),
            IpAddr::V6(addr) => write!(f, "[{addr}]:{}", self.port),
        }
    }
}

/// One of the two ends of a conversation, by its place in the [`Pair`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Side {
    /// The lower endpoint.
    #[default]
    Low,
    /// The higher endpoint.
    High,
}

impl Side {
    /// 0 or 1.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Low => 0,
            Self::High => 1,
        }
    }
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Low => Self::High,
            Self::High => Self::Low,
        }
    }
}

/// Two values, one for each end, reached by [`Side`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both<T>(pub [T; 2]);

impl<T> std::ops::Index<Side> for Both<T> {
    type Output = T;
    fn index(&self, side: Side) -> &T {
        &self.0[side.index()]
    }
}

impl<T> std::ops::IndexMut<Side> for Both<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        &mut self.0[side.index()]
    }
}

/// An unordered pair of endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The lower one.
    pub low: Endpoint,
    /// The higher one, possibly equal.
    pub high: Endpoint,
}

impl std::hash::Hash for Pair {
    /// Two words for IPv4, five for IPv6: each packet looks its conversation up, and a keyed hash takes whole words
    /// in one step.
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let ports = u64::from(self.low.port) << 16 | u64::from(self.high.port);
        match (self.low.addr, self.high.addr) {
            (IpAddr::V4(low), IpAddr::V4(high)) => {
                state.write_u64(u64::from(u32::from(low)) << 32 | u64::from(u32::from(high)));
                state.write_u64(ports);
            }
            (low, high) => {
                for addr in [low, high] {
                    let bits = match addr {
                        IpAddr::V4(addr) => u128::from(u32::from(addr)),
                        IpAddr::V6(addr) => u128::from(addr),
                    };
                    state.write_u64((bits >> 64) as u64);
                    state.write_u64((bits & u128::from(u64::MAX)) as u64);
                }
                state.write_u64(ports);
            }
        }
    }
}

impl Pair {
    /// The pair, and the end that `src` is. Two equal endpoints count as sent by the low one.
    #[must_use]
    pub fn new(src: Endpoint, dst: Endpoint) -> (Self, Side) {
        if src <= dst {
            (Self { low: src, high: dst }, Side::Low)
        } else {
            (Self { low: dst, high: src }, Side::High)
        }
    }

    /// The endpoint on `side`.
    #[must_use]
    pub fn end(&self, side: Side) -> Endpoint {
        match side {
            Side::Low => self.low,
            Side::High => self.high,
        }
    }
}
