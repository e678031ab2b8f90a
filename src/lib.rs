//! netdissect.

pub mod capture;
