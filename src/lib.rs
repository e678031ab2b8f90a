//! netdissect.
