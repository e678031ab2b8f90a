//! How much a run may remember, and what it says when that is too much.

use clap::Args;

use crate::limits::Limits;
use crate::privileges;

/// Bounds on state; the same for files and interfaces.
#[derive(Debug, Args)]
pub struct Bounded {
    /// What may be remembered, repeatable: flows=10000, memory=1G. --limits lists the names
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting, help_heading = REMEMBERED)]
    pub limit: Vec<String>,

    /// At the end print every limit on standard error, and how often it was reached
    #[arg(long, help_heading = REMEMBERED)]
    pub limits: bool,

    /// Exit with 6 if a limit was reached or packets were dropped
    #[arg(long, help_heading = REMEMBERED)]
    pub strict: bool,
}

const REMEMBERED: &str = "Limits";

/// A setting that [`Limits`] takes.
fn setting(text: &str) -> Result<String, String> {
    Limits::default().set_by_name(text).map(|()| text.to_owned())
}

impl Bounded {
    /// The limits of the run: where this process may take little memory (`ulimit -v`), less is remembered unless the
    /// command line says how much.
    #[must_use]
    pub fn values(&self) -> Limits {
        let mut limits = Limits::within(privileges::address_space());
        // They were tried when they were read.
        self.limit.iter().for_each(|setting| drop(limits.set_by_name(setting)));
        limits
    }
}
