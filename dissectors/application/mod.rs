//! Application layer: what programs say to each other.

pub mod data;
pub mod dhcp;
pub mod dhcpv6;
pub mod dns;
pub mod http;
pub mod media;
pub mod mqtt;
pub mod netbios;
pub mod ntp;
pub mod radius;
pub mod snmp;
pub mod syslog;
pub mod tftp;
