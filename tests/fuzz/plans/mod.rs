//! Plans (docs/faults.md, section 6): each makes something of arbitrary bytes, sends it through a part of the program, and
//! panics if anything is not as it must be.
//!
//! `cargo test --test fuzz` runs them with fixed seeds, the crate in `fuzz/` with whatever libFuzzer comes upon. A plan
//! takes its choices off the front of the bytes, so that a small change of the input is a small change of the
//! plan; where the bytes end, the plain choice is taken.

pub mod application;
pub mod choices;
pub mod escape;
pub mod files;
pub mod filter;
pub mod flows;
pub mod fragments;
pub mod packet;
pub mod segments;
pub mod show;
pub mod stack;
pub mod whole;

use std::sync::OnceLock;

use netdissect_dissectors::registry::Registry;

/// One plan.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Its name: that of the fuzz target, and the beginning of the names of its regression files.
    pub name: &'static str,
    /// Bytes of input that it makes sense of at most.
    pub max_len: usize,
    /// Goes through with it.
    pub run: fn(&[u8]),
}

/// All plans.
pub const ALL: &[Plan] = &[
    Plan { name: "pcap_read", max_len: 4_096, run: files::pcap },
    Plan { name: "pcapng_read", max_len: 8_192, run: files::pcapng },
    Plan { name: "decompress_read", max_len: 4_096, run: files::compressed },
    Plan { name: "dissect_link", max_len: 2_048, run: packet::link },
    Plan { name: "application", max_len: 16_384, run: application::run },
    Plan { name: "ip_defrag", max_len: 1_024, run: fragments::run },
    Plan { name: "tcp_reassembly", max_len: 1_024, run: segments::run },
    Plan { name: "flow_table", max_len: 2_048, run: flows::run },
    Plan { name: "filter", max_len: 512, run: filter::run },
    Plan { name: "escape", max_len: 4_096, run: escape::run },
    Plan { name: "roundtrip", max_len: 8_192, run: whole::roundtrip },
    Plan { name: "whole_cli", max_len: 65_536, run: whole::run },
];

/// The plan of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Plan> {
    ALL.iter().find(|plan| plan.name == name)
}

/// Whether a plan of many packets shows some of them this time, and its flows: that takes far longer than all else that it
/// does, and `dissect_link` shows every packet. The length decides, so that no choice is spent on it.
pub(crate) fn shows(input: &[u8]) -> bool {
    input.len() % 16 == 1
}

/// Every built-in protocol, made once.
pub(crate) fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(Registry::builtin)
}
