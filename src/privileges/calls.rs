//! System calls that reading packets never needs, refused by seccomp.
//!
//! A list of what is refused, not of what is allowed: the latter would break with the next C library.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

/// Refused whatever their arguments: running programs, looking into others, changing the view of the file system, loading
/// code into the kernel, connections, signals to others, and ways around Landlock.
const REFUSED: [libc::c_long; 48] = [
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kill,
    libc::SYS_kcmp,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_personality,
];

/// Orders to a terminal that put words into its input.
const TERMINAL_INPUT: [u64; 2] = [0x5412, 0x541c];

/// Refuses these calls to all threads from now on; answers how many there are.
///
/// # Errors
///
/// Why not, in words: an architecture that is not known, or a kernel without filters.
pub(super) fn restrict() -> Result<usize, String> {
    let (program, count) = program()?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())?;
    Ok(count)
}

fn program() -> Result<(BpfProgram, usize), String> {
    let said = |error: seccompiler::BackendError| error.to_string();
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(said)?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED.iter().map(|&call| (call, Vec::new())).collect();
    let when = |argument: u8, compare: SeccompCmpOp, value: u64| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, compare, value)
            .and_then(|condition| SeccompRule::new(vec![condition]))
            .map_err(said)
    };
    // The C library asks services of this machine through local sockets, which without connect are of no use, but harmless.
    let local = u64::from(libc::AF_UNIX.unsigned_abs());
    rules.insert(libc::SYS_socket, vec![when(0, SeccompCmpOp::Ne, local)?]);
    let typed: Result<Vec<_>, _> =
        TERMINAL_INPUT.iter().map(|&order| when(1, SeccompCmpOp::Eq, order)).collect();
    rules.insert(libc::SYS_ioctl, typed?);
    let count = rules.len();
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).map_err(said)?;
    Ok((filter.try_into().map_err(said)?, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_each_call_once_and_compiles() {
        let (program, count) = program().unwrap();
        assert_eq!(count, REFUSED.len() + 2);
        assert!(program.len() > count);
    }
}
