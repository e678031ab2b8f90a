//! netdissect.

fn main() {}
