//! Link layer: how frames are delimited on one wire.

pub mod ethernet;
pub mod frame;
