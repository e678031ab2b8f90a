//! netdissect.

pub mod flow;
