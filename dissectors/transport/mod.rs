//! Transport layer: ports, segments, datagrams.

pub mod udp;
