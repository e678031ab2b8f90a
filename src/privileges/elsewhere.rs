//! Systems for which nothing is known but to say so.

use super::{Needs, Refusal};

/// What the system granted: nothing.
#[derive(Debug)]
pub struct Confinement;

/// Does `work`.
pub fn as_invoker<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// How much memory the process may map: not known.
#[must_use]
pub const fn address_space() -> Option<usize> {
    None
}

/// Finds nothing.
///
/// # Errors
///
/// None.
pub fn check_setuid() -> Result<(), Refusal> {
    Ok(())
}

/// Does nothing.
pub fn forbid_core_dumps() {}

/// Gives up nothing.
///
/// # Errors
///
/// None.
pub fn confine(_: &Needs) -> Result<Confinement, Refusal> {
    Ok(Confinement)
}

/// Capabilities of this process: no such thing.
#[must_use]
pub fn held() -> Vec<String> {
    Vec::new()
}

const NOTHING: &str = "this system has no sandbox that is known here";

impl Confinement {
    /// What is missing.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        Some(NOTHING.to_owned())
    }

    /// Headings and what holds.
    pub fn report(&mut self) -> Vec<(&'static str, String)> {
        vec![("sandbox", NOTHING.to_owned())]
    }
}
