//! netdissect.

pub mod render;
