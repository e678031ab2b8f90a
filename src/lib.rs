//! netdissect as a library: everything but the command line's last word.
//!
//! ```text
//! capture ──Frame──▶ Registry::dissect ──layers──▶ flow (fragments, TCP, streams) ──Packet──▶ show ──▶ stdout
//!                        ▲ re-entry only here: a rebuilt datagram, or stream bytes for an application protocol
//! ```
//!
//! - [`capture`] reads files, pipes and interfaces, and lends one frame after the other.
//! - The crate `netdissect-dissectors` takes frames apart; it knows no files, no flows, no output.
//! - [`filter`] compiles display filters and tries packets against them.
//! - [`flow`] holds what conversations did: states of both ends, streams, fragments; all bounded.
//! - [`expert`] sums up what went wrong in a capture, [`explain`] holds a page for every word that is printed.
//! - [`survey`] counts what a capture holds: protocols, endpoints, time, questions and answers.
//! - [`declared`] reads protocols that a text file declares.
//! - [`escape`] is the only form in which bytes from input are shown.
//! - [`foresight`] remembers from a first pass what later packets tell of earlier ones.
//! - [`limits`] holds every bound on what is remembered, and counts how often each was reached.
//! - [`pipeline`] owns all mutable state and drives the above for one frame.
//! - [`render`] spells packets and flows: one way of showing per file.
//! - [`show`] chooses the renderer that was asked for and feeds it as a [`pipeline::Sink`].
//! - [`save`] writes captures: whole records, and all that stands beside the packets.
//! - [`privileges`] gives up what a run no longer needs before it reads its first packet.
//! - [`cli`] holds the flags, [`run`] a whole run from arguments to exit code.

pub mod capture;
pub mod cli;
pub mod declared;
pub mod escape;
pub mod expert;
pub mod explain;
pub mod filter;
pub mod flow;
pub mod foresight;
pub mod limits;
pub mod pipeline;
pub mod privileges;
pub mod render;
pub mod run;
pub mod save;
pub mod show;
pub mod survey;
pub mod trust;
