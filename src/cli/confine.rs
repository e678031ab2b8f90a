//! How far a run confines itself.

use clap::{Args, ValueEnum};

/// What the process gives up before it reads the first packet; the same for files and interfaces.
#[derive(Debug, Args)]
pub struct Confine {
    /// Whether to give up rights before the first packet is read: root, capabilities, all files but those named,
    /// connections, running programs
    #[arg(long, value_name = "WHEN", default_value = "on", help_heading = CONFINING)]
    pub sandbox: Sandbox,

    /// The same as --sandbox=off: for debuggers and tracers, and where a file is refused that should not be
    #[arg(long, conflicts_with = "sandbox", help_heading = CONFINING)]
    pub no_sandbox: bool,

    /// Tell on standard error which rights are left, and try what must not work
    #[arg(long, help_heading = CONFINING)]
    pub sandbox_report: bool,
}

const CONFINING: &str = "Privileges";

/// When a run confines itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sandbox {
    /// As far as the system can
    On,
    /// Or do not run
    Require,
    /// Not at all
    Off,
}

impl Confine {
    /// What was asked for, by whichever of the two flags.
    #[must_use]
    pub fn mode(&self) -> Sandbox {
        if self.no_sandbox { Sandbox::Off } else { self.sandbox }
    }
}
