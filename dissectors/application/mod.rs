//! Application layer: what programs say to each other.

pub mod data;
pub mod dhcp;
pub mod dhcpv6;
pub mod dns;
pub mod ftp;
pub mod http;
pub mod imap;
pub mod imf;
pub mod irc;
mod lines;
pub mod media;
pub mod mqtt;
pub mod netbios;
pub mod ntp;
pub mod pop;
pub mod radius;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod smtp;
pub mod snmp;
pub mod socks;
pub mod ssh;
pub mod syslog;
pub mod telnet;
pub mod tftp;
pub mod websocket;
