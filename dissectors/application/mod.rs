//! Application layer: what programs say to each other.

pub mod data;
pub mod dhcp;
pub mod dns;
pub mod ftp;
pub mod http;
pub mod imap;
pub mod imf;
pub mod irc;
mod lines;
pub mod media;
pub mod pop;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod smtp;
pub mod socks;
pub mod ssh;
pub mod telnet;
pub mod websocket;
