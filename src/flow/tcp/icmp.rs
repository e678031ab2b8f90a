//! ICMP errors about the SYN of a connection (RFC 1122 section 4.2.3.9, RFC 9293 section 3.9.2.2).

use std::net::IpAddr;

use netdissect_dissectors::frame::Timestamp;
use serde::{Deserialize, Serialize};

/// An error that quotes a SYN: that SYN did not arrive, and this is who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcmpError {
    /// Its frame.
    pub frame: u64,
    /// When it passed.
    pub time: Timestamp,
    /// Who sent it.
    pub from: IpAddr,
    /// `icmp.type` or `icmpv6.type`
    pub kind: u8,
    /// `icmp.code` or `icmpv6.code`
    pub code: u8,
}

impl IcmpError {
    /// Whether `other` is the same error of the same host, about another packet maybe.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.from, self.kind, self.code) == (other.from, other.kind, other.code)
    }

    /// Whether it is an error that a host hands to the connection which it quotes: unreachable, too big, time exceeded,
    /// parameter problem. Source quench is none any more (RFC 6633), a redirect never was.
    #[must_use]
    pub fn is_about_delivery(&self) -> bool {
        match self.from {
            IpAddr::V4(_) => matches!(self.kind, 3 | 11 | 12),
            IpAddr::V6(_) => matches!(self.kind, 1..=4),
        }
    }
}
