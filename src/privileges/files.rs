//! Files and ports that stay within reach, by Landlock.

use std::fs;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, RestrictionStatus, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use super::Needs;

/// The newest rules that are asked for; older kernels know fewer of them, and grant those.
const NEWEST: ABI = ABI::V6;

/// What Landlock does about this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Files {
    /// Version of its interface; `None` where the kernel has no Landlock.
    pub(super) abi: Option<i32>,
    /// Files are out of reach.
    pub(super) enforced: bool,
    /// What did not work, or is not known to this kernel.
    pub(super) lacks: Option<String>,
}

/// Puts all files but those of `needs` out of reach.
pub(super) fn restrict(needs: &Needs) -> Files {
    match apply(needs) {
        Ok(status) => {
            let abi = version(status.landlock);
            let enforced = status.ruleset != RulesetStatus::NotEnforced;
            let partly = status.ruleset == RulesetStatus::PartiallyEnforced;
            Files { abi, enforced, lacks: abi.filter(|_| partly).map(lacking) }
        }
        Err(error) => Files { abi: None, enforced: false, lacks: Some(error.to_string()) },
    }
}

fn apply(needs: &Needs) -> Result<RestrictionStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write: BitFlags<AccessFs> =
        AccessFs::WriteFile | AccessFs::Truncate | AccessFs::MakeReg | AccessFs::RemoveFile;
    // What a process handed over as /dev/fd/N is no file that a rule could name, and none that a rule keeps away.
    let named = |path: &&Path| fs::canonicalize(path).is_ok();
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(needs.reads.iter().map(AsRef::as_ref).filter(named), read))?
        .add_rules(path_beneath_rules(needs.folders.iter().map(AsRef::as_ref).filter(named), write))?
        .restrict_self()
}

/// Version of the kernel's interface.
fn version(status: LandlockStatus) -> Option<i32> {
    match status {
        LandlockStatus::Available { effective_abi, kernel_abi } => {
            Some(kernel_abi.unwrap_or(effective_abi as i32))
        }
        _ => None,
    }
}

/// What an older kernel does not know.
fn lacking(abi: i32) -> String {
    let what = match abi {
        ..=2 => "shortening files, TCP, devices, signals",
        3 => "TCP, devices, signals",
        4 => "devices, signals",
        _ => "signals",
    };
    format!("this kernel knows no rules for {what}")
}
