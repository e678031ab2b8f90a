//! Link layer: how frames are delimited on one wire.

pub mod backbone;
pub mod cdp;
pub mod chdlc;
pub mod ctp;
pub mod eap;
pub mod eapol;
pub mod ethernet;
pub mod fddi;
pub mod frame;
pub mod frame_relay;
pub mod llc;
pub mod lldp;
pub mod nflog;
pub mod null;
pub mod ppp;
pub mod pppoe;
pub mod provider;
pub mod radiotap;
pub mod raw;
pub mod slarp;
pub mod sll;
pub mod slow;
pub mod stp;
pub mod vlan;
pub mod vntag;
pub mod wlan;
