//! Rights that cannot be given up, and a kernel that cannot confine (rows K02, K05 and K07 of docs/faults.md).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use nix::libc;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use super::common::{Ran, finish, netdissect, run, samples};
use super::net::skip;

fn is_root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        skip("rights are tested as root only");
    }
    root
}

/// K02: the system refuses to make root somebody else, although it may. (Root in name only, as in a container without that right, goes
/// on without capabilities.)
#[test]
fn who_cannot_drop_rights_does_not_capture() {
    if !is_root() {
        return;
    }
    let ran = refusing(libc::SYS_setresuid, libc::EAGAIN, &["live", "lo", "--stop", "duration:1s"]);
    assert!(ran.expect(1).out.is_empty(), "nothing is parsed");
    assert!(!ran.err().contains("captured"), "{}", ran.err());
}

/// Runs the program under a kernel that answers one system call with an error.
fn refusing(call: libc::c_long, error: libc::c_int, args: &[&str]) -> Ran {
    let calls = BTreeMap::from([(call, Vec::new())]);
    let absent = SeccompAction::Errno(u32::try_from(error).unwrap());
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, absent, arch).unwrap();
    let filter: BpfProgram = filter.try_into().unwrap();
    // A filter holds for the thread and what it starts.
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| {
            seccompiler::apply_filter(&filter).unwrap();
            finish(netdissect(args))
        });
        ran.join().unwrap()
    })
}

/// K05.
#[test]
fn a_kernel_without_landlock_is_told_and_can_be_refused() {
    let without_landlock = |args: &[&str]| refusing(libc::SYS_landlock_create_ruleset, libc::ENOSYS, args);
    let ran = without_landlock(&["read", "arp.pcap", "--sandbox-report"]);
    assert_eq!(ran.expect(0).out, run(["read", "arp.pcap"]).out);
    assert!(ran.err().contains("not in this kernel"), "{}", ran.err());
    let must = without_landlock(&["read", "arp.pcap", "--sandbox=require"]);
    assert!(must.expect(1).out.is_empty() && must.err().contains("--sandbox=require"), "{}", must.err());
}

/// A folder that goes away.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// K07: a symbolic link is followed by its owner who asks for it, in a folder where nobody else writes, and never by root.
#[test]
fn links_are_followed_only_where_nobody_else_can_lay_them() {
    if !is_root() {
        return;
    }
    let folder = Folder(std::env::temp_dir().join(format!("netdissect-links-{}", std::process::id())));
    let at = |name: &str| folder.0.join(name);
    fs::create_dir_all(&folder.0).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_netdissect"), at("netdissect")).unwrap();
    fs::copy(samples().join("arp.pcap"), at("in.pcap")).unwrap();
    fs::write(at("target.pcap"), "before").unwrap();
    symlink(at("target.pcap"), at("link.pcap")).unwrap();
    for name in ["", "in.pcap", "target.pcap"] {
        std::os::unix::fs::chown(at(name), Some(4_711), Some(4_711)).unwrap();
    }
    let as_user = |mode: u32, more: &[&str]| {
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "4711", "--regid", "4711", "--clear-groups", "--inh-caps=-all"]);
        command.arg(at("netdissect")).args(["read", "in.pcap", "-w", "link.pcap"]).args(more);
        command.current_dir(&folder.0);
        finish(command)
    };
    let is_as_before = || fs::read(at("target.pcap")).unwrap() == b"before";
    assert!(as_user(0o755, &[]).expect(1).err().contains("symbolic link"));
    assert!(as_user(0o777, &["--follow-symlinks"]).expect(1).err().contains("everybody can write"));
    let (input, link) = (at("in.pcap"), at("link.pcap"));
    let by_root = run([
        "read".as_ref(),
        input.as_os_str(),
        "-w".as_ref(),
        link.as_os_str(),
        "--follow-symlinks".as_ref(),
    ]);
    assert!(by_root.expect(1).err().contains("root does not follow"), "{}", by_root.err());
    assert!(is_as_before());
    as_user(0o755, &["--follow-symlinks"]).expect(0);
    assert_eq!(fs::read(at("target.pcap")).unwrap(), fs::read(&input).unwrap());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

/// L06: dates are UTC, whatever the environment asks for.
#[test]
fn no_file_is_read_for_a_time_zone() {
    let read = |zone: &str| {
        let mut command = netdissect(["read", "arp.pcap", "-t", "ad"]);
        command.env("TZ", zone);
        finish(command).expect(0).clone()
    };
    let (plain, long) = (read("UTC"), "x".repeat(100_000));
    for zone in [":/etc/passwd", ":/dev/full", "America/New_York", &long] {
        assert_eq!(read(zone), plain, "{:.20}", zone);
    }
}
