//! What conversations did: their identity, both ends' states, their byte streams, their fragments.
//!
//! Everything here runs on the packet's own time and on plain values; nothing reads bytes off a wire format. The
//! rules are those of docs/tcp-analysis.md and are cited by their numbers.
//!
//! | module | holds |
//! | --- | --- |
//! | [`key`] | which packets belong together, and which end is which |
//! | [`seq`] | 32-bit sequence numbers mapped to positions that only grow |
//! | [`ranges`] | sets of positions |
//! | [`service`] | ports and first bytes that tell who serves |
//! | [`numbering`] | stream numbers, relative numbers and window scales as Wireshark shows them |
//! | [`judgement`] | what a segment is, as fields |
//! | [`wireshark`] | verdicts by Wireshark's rules, on request |
//! | [`state`] | one end's state: what is proven, what is inferred (rules S) |
//! | [`tcp`] | one TCP flow: segments in, verdicts out |
//! | [`copies`] | frames that passed twice |
//! | [`habits`] | what one end's packets have in common, to judge its resets by |
//! | [`fingerprint`] | payload in eight bytes, to know it again |
//! | [`observed`] | how packets of one direction were captured |
//! | [`problem`] | what ICMP errors mean |
//! | [`row`] | one segment of a timeline |
//! | [`announced`] | flows that other flows announce
//! | [`app`] | what a flow's payload is, and its unfinished messages |
//! | [`datagram`] | conversations over UDP |
//! | [`stream`] | one direction's bytes in order (rules R) |
//! | [`conflict`] | two copies of the same bytes that differ |
//! | [`fragment`] | datagrams in pieces (rules F) |
//! | [`zeek`] | the words that Zeek would use |
//! | [`community`] | the identifier that other tools give a flow |
//! | [`table`] | all flows, bounded |

pub mod announced;
pub mod app;
pub mod community;
pub mod conflict;
pub mod copies;
pub mod datagram;
pub mod fingerprint;
pub mod fragment;
pub mod habits;
pub mod hosts;
pub(crate) mod idle;
pub mod judgement;
pub mod key;
pub mod neighbours;
pub mod numbering;
pub mod observed;
mod packed;
pub mod problem;
pub mod ranges;
mod roster;
pub mod row;
pub mod seq;
pub mod service;
pub mod slab;
pub mod state;
pub mod stream;
pub mod table;
pub mod tcp;
pub mod wireshark;
pub mod zeek;
