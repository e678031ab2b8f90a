//! Transport layer: ports, segments, datagrams.

pub mod tcp;
pub mod udp;
