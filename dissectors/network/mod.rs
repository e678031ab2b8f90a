//! Network layer: addresses, routes, fragments, and the protocols that serve them.

pub mod arp;
pub mod gre;
pub mod mpls;

use crate::dissector::Table;

/// Protocol numbers of IPv4's protocol field and IPv6's next header (IANA `protocol-numbers`).
pub static IP_PROTO: Table = Table { name: "ip.proto" };
