//! Every protocol of netdissect: one file each, no I/O, no clock, no state of its own.
//!
//! The folders are the layers of the TCP/IP model: [`link`], [`network`], [`transport`], [`application`]. A
//! protocol is a `static` that implements [`Dissector`] and stands in [`BUILTIN`]. Its
//! [`Dissector::dissect`] measures one header; the loop in [`registry`] does the slicing and asks the tables who is
//! next. Its [`Dissector::fields`] hands every field to a [`walk::Visitor`], and from that one walk come the
//! detail tree, JSON, rows and filters.
//!
//! Nothing here panics on any bytes: reads go through [`bytes`] and [`walk::Walk`], which answer `None` or
//! [`Fault::Short`] where the bytes end.

#![no_std]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

extern crate alloc;

#[macro_use]
pub mod field;

pub mod ber;
pub mod bytes;
pub mod checksum;
mod cursor;
pub mod dissector;
pub mod facts;
pub mod frame;
pub mod oid;
pub mod packet;
pub mod registry;
pub mod secrets;
#[cfg(test)]
mod testing;
pub mod walk;

pub mod application;
pub mod link;
pub mod network;
pub mod transport;

pub use dissector::{Context, Dissector, Fault, Key, Net, Next, Parsed, Table, Verdict};
pub use facts::Facts;
pub use field::{Field, Kind, Protocol, Value};
pub use frame::{Frame, LinkType, Timestamp};
pub use packet::{Dissection, Layer, Packet};
pub use registry::{Registry, Stop};
pub use walk::{Visitor, Walk};

/// Every dissector that comes with the program, in the order of `netdissect protocols`.
pub static BUILTIN: &[&dyn Dissector] = &[
    &link::frame::FrameInfo,
    &link::ethernet::Ethernet,
    &link::vlan::Vlan,
    &link::provider::ServiceTag,
    &link::backbone::BackboneTag,
    &link::vntag::VnTag,
    &link::llc::Llc,
    &link::stp::Stp,
    &link::lldp::Lldp,
    &link::cdp::Cdp,
    &link::eapol::Eapol,
    &link::eapol::rsna::Rsna,
    &link::eap::Eap,
    &link::slow::Slow,
    &link::slow::lacp::Lacp,
    &link::ctp::Ctp,
    &link::sll::Sll,
    &link::null::Null,
    &link::raw::Raw,
    &link::fddi::Fddi,
    &link::nflog::Nflog,
    &link::radiotap::Radiotap,
    &link::wlan::Wlan,
    &link::chdlc::Chdlc,
    &link::slarp::Slarp,
    &link::frame_relay::FrameRelay,
    &link::pppoe::Discovery,
    &link::pppoe::Session,
    &link::ppp::Ppp,
    &link::ppp::lcp::Lcp,
    &link::ppp::ipcp::Ipcp,
    &link::ppp::ipv6cp::Ipv6cp,
    &link::ppp::ccp::Ccp,
    &link::ppp::pap::Pap,
    &link::ppp::chap::Chap,
    &network::arp::Arp,
    &network::mpls::Mpls,
    &network::gre::Gre,
    &network::erspan::Erspan,
    &network::ipv4::Ipv4,
    &network::ipv6::Ipv6,
    &network::ipv6::hopopts::HopByHop,
    &network::ipv6::dstopts::Destination,
    &network::ipv6::routing::Routing,
    &network::ipv6::fragment::FragmentHeader,
    &network::ah::Ah,
    &network::icmp::Icmp,
    &network::icmpv6::Icmpv6,
    &network::igmp::Igmp,
    &network::rgmp::Rgmp,
    &network::ospf::Ospf,
    &network::pim::Pim,
    &network::vrrp::Vrrp,
    &network::vxlan::VXLAN,
    &network::vxlan::VXLAN_GPE,
    &network::geneve::Geneve,
    &network::teredo::Teredo,
    &network::gtp::GTP,
    &network::gtp::GTP_PRIME,
    &network::gtpv2::Gtpv2,
    &transport::tcp::Tcp,
    &transport::udp::Udp,
    &application::dns::DNS,
    &application::dns::MDNS,
    &application::dns::LLMNR,
    &application::netbios::names::Nbns,
    &application::netbios::datagrams::Nbdgm,
    &application::nbss::Nbss,
    &application::dhcp::Dhcp,
    &application::dhcpv6::Dhcpv6,
    &application::tftp::Tftp,
    &application::ntp::Ntp,
    &application::snmp::Snmp,
    &application::radius::Radius,
    &application::syslog::Syslog,
    &application::mqtt::Mqtt,
    &application::bgp::Bgp,
    &application::rip::Rip,
    &application::ripng::Ripng,
    &application::http::Http,
    &application::http::Ssdp,
    &application::http2::Http2,
    &application::tls::Tls,
    &application::quic::Quic,
    &application::media::TEXT_LINES,
    &application::media::MEDIA,
    &application::media::FORM,
    &application::media::XML,
    &application::media::JSON,
    &application::media::GIF,
    &application::media::PNG,
    &application::media::JPEG,
    &application::rpc::Rpc,
    &application::portmap::Portmap,
    &application::mount::Mount,
    &application::nfs::Nfs,
    &application::ssh::Ssh,
    &application::socks::Socks,
    &application::ftp::Ftp,
    &application::ftp::data::FtpData,
    &application::smtp::Smtp,
    &application::imf::Imf,
    &application::pop::Pop,
    &application::imap::Imap,
    &application::telnet::Telnet,
    &application::websocket::WebSocket,
    &application::irc::Irc,
    &application::sip::Sip,
    &application::sdp::Sdp,
    &application::rtp::Rtp,
    &application::data::Data,
];
