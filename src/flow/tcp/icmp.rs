//! ICMP errors about the SYN of a connection (RFC 1122 section 4.2.3.9, RFC 9293 section 3.9.2.2).

use std::net::IpAddr;

use netdissect_dissectors::frame::Timestamp;
use serde::{Deserialize, Serialize};

use crate::flow::problem::Problem;

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

    /// What it says, in words.
    #[must_use]
    pub fn words(&self) -> &'static str {
        Problem::of(self.from.is_ipv6(), self.kind, self.code, 0).map_or("an error", Problem::words)
    }
}
