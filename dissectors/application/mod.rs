//! Application layer: what programs say to each other.

pub mod data;
pub mod http;
pub mod media;
