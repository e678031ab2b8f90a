//! Application layer: what programs say to each other.

pub mod data;
pub mod dhcp;
pub mod dns;
pub mod http;
pub mod media;
pub mod tls;
