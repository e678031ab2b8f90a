//! Which rights are left when packets are read: told by /proc and by what the program tries (rows K01 to K11 of
//! docs/faults.md). Most of it can be seen by root only; without that it is said that it was not looked at.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::common::{Ran, finish, netdissect, run, samples};

/// The user that nobody is, as systems number it.
const NOBODY: u32 = 65534;

/// Whether this is root in earnest; if not, that `test` does nothing is said.
fn is_root(test: &str) -> bool {
    let root = fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        value(&status, "CapEff")
            .is_some_and(|set| u64::from_str_radix(set, 16).is_ok_and(|set| set.count_ones() > 30))
    });
    if !root {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {test} needs root");
    }
    root
}

/// The value of a line of /proc/PID/status.
fn value<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// A folder that everybody can use, and that goes away.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("netdissect-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        Self(path)
    }

    /// A copy of a file in it.
    fn copy(&self, from: &Path, mode: u32) -> PathBuf {
        let to = self.0.join(from.file_name().unwrap());
        // Not by this process: a child that another test starts meanwhile would hold the copy open for writing, and a program that
        // is being written cannot be run.
        assert!(Command::new("cp").arg(from).arg(&to).status().unwrap().success());
        fs::set_permissions(&to, fs::Permissions::from_mode(mode)).unwrap();
        to
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A capture that runs until it is dropped.
struct Capturing(Child);

impl Capturing {
    /// Waits for the end of the report, which is that of the confinement.
    fn start(mut command: Command) -> (Self, String) {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut report = String::new();
        for line in lines.map_while(Result::ok) {
            report.push_str(&line);
            report.push('\n');
            if line.contains("run a program") {
                break;
            }
        }
        (Self(child), report)
    }

    /// The status of each thread, once the one that waits for signals is there too.
    fn threads(&self) -> Vec<String> {
        let folder = format!("/proc/{}/task", self.0.id());
        let started = Instant::now();
        loop {
            let threads: Vec<String> = fs::read_dir(&folder)
                .unwrap()
                .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("status")).ok())
                .collect();
            if threads.len() > 1 {
                return threads;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "no second thread");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Capturing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn has_loopback() -> bool {
    Path::new("/sys/class/net/lo").exists() && run(["interfaces"]).out().contains("lo (up")
}

/// No capability in any set, no new privileges, system calls filtered, in every thread; and the user.
#[track_caller]
fn assert_bare(capturing: &Capturing, uid: u32) {
    for status in capturing.threads() {
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(value(&status, set), Some("0000000000000000"), "{set}");
        }
        assert_eq!(value(&status, "NoNewPrivs"), Some("1"));
        assert_eq!(value(&status, "Seccomp"), Some("2"));
        let ids = value(&status, "Uid").unwrap().split_whitespace().map(|id| id.parse::<u32>().unwrap());
        assert!(ids.clone().all(|id| id == uid), "{:?}", ids.collect::<Vec<_>>());
    }
}

/// What the report says of what was tried.
#[track_caller]
fn assert_refused(report: &str) {
    for tried in ["connect", "run a program"] {
        let line = report.lines().find(|line| line.trim_start().starts_with(tried)).unwrap_or_default();
        assert!(line.contains("refused"), "{tried}: {report}");
    }
    // Files are out of reach where the kernel has Landlock.
    if report.contains("not in this kernel") {
        let _ = writeln!(std::io::stderr(), "SKIPPED: this kernel has no Landlock");
        return;
    }
    for tried in ["open /etc/passwd", "write to /dev/null"] {
        let line = report.lines().find(|line| line.trim_start().starts_with(tried)).unwrap_or_default();
        assert!(line.contains("refused"), "{tried}: {report}");
    }
    assert!(!report.contains("POSSIBLE"), "{report}");
}

/// K01, K03, K04, K10: a capture started by root.
#[test]
fn a_capture_started_by_root_keeps_no_right() {
    if !is_root("a capture started by root") || !has_loopback() {
        return;
    }
    let mut command = netdissect(["live", "lo", "--sandbox-report"]);
    command.env_remove("SUDO_UID").env_remove("SUDO_GID");
    let (capturing, report) = Capturing::start(command);
    assert_bare(&capturing, NOBODY);
    assert_refused(&report);
    let limits = fs::read_to_string(format!("/proc/{}/limits", capturing.0.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    // Not a bound either by which a program that it ran could have some.
    let status = capturing.threads().swap_remove(0);
    assert_eq!(value(&status, "CapBnd"), Some("0000000000000000"));
}

/// K01, K09: what sudo tells of who ran it.
#[test]
fn a_capture_started_with_sudo_goes_on_as_who_ran_it() {
    if !is_root("a capture started with sudo") || !has_loopback() {
        return;
    }
    let place = Place::new("sudo");
    let output = place.0.join("out.pcapng");
    let mut command = netdissect(["live", "lo", "--sandbox-report", "-w"]);
    command.arg(&output).env("SUDO_UID", "4711").env("SUDO_GID", "4712");
    let (capturing, report) = Capturing::start(command);
    assert_bare(&capturing, 4711);
    assert_refused(&report);
    let made = fs::metadata(&output).unwrap();
    assert_eq!((made.uid(), made.gid(), made.mode() & 0o777), (4711, 4712, 0o600));
}

/// K03: nothing but the capability to capture, given to the program file.
#[test]
fn a_capability_of_the_file_is_gone_after_opening() {
    if !is_root("a capability of the program file") || !has_loopback() {
        return;
    }
    let place = Place::new("setcap");
    let program = place.copy(Path::new(env!("CARGO_BIN_EXE_netdissect")), 0o755);
    let granted = Command::new("setcap").arg("cap_net_raw=ep").arg(&program).status();
    if !granted.is_ok_and(|status| status.success()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: setcap does not work here");
        return;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "4711", "--regid", "4711", "--clear-groups", "--inh-caps=-all"]);
    command.arg(&program).args(["live", "lo", "--sandbox-report"]).current_dir("/");
    let (capturing, report) = Capturing::start(command);
    assert!(report.contains("4711, as before"), "{report}");
    assert_bare(&capturing, 4711);
    assert_refused(&report);
}

/// K11.
#[test]
fn a_setuid_bit_is_refused() {
    if !is_root("a setuid bit") {
        return;
    }
    let place = Place::new("setuid");
    let program = place.copy(Path::new(env!("CARGO_BIN_EXE_netdissect")), 0o4755);
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "4711", "--regid", "4711", "--clear-groups"]);
    command.arg(&program).args(["fields", "--names"]).current_dir("/");
    let ran = finish(command);
    if ran.code == Some(0) && fs::read_to_string("/proc/mounts").is_ok_and(|mounts| mounts.contains("nosuid"))
    {
        let _ = writeln!(std::io::stderr(), "SKIPPED: the file system may know no setuid bit");
        return;
    }
    ran.expect(1);
    assert!(
        ran.out.is_empty() && ran.err().contains("setuid") && ran.err().contains("setcap"),
        "{}",
        ran.err()
    );
}

fn reported(args: &[&str]) -> Ran {
    run([&["read"][..], args, &["--sandbox-report"]].concat())
}

/// K04: reading a stranger's file is no safer than capturing.
#[test]
fn reading_a_file_is_confined_too() {
    let ran = reported(&["arp.pcap", "-q"]);
    ran.expect(0);
    assert_refused(&ran.err());
    assert!(ran.err().contains("may still read     arp.pcap\n"), "{}", ran.err());
    let plain = run(["read", "arp.pcap"]);
    assert_eq!(reported(&["arp.pcap"]).out, plain.out);
    assert!(!plain.err().contains("Sandbox"));
}

#[test]
fn the_sandbox_can_be_asked_for_and_switched_off() {
    let off = reported(&["arp.pcap", "-q", "--no-sandbox"]);
    off.expect(0);
    assert!(off.err().contains("switched off") && !off.err().contains("refused"), "{}", off.err());
    assert_eq!(reported(&["arp.pcap", "-q", "--sandbox=off"]).err(), off.err());
    // K05: here it either holds, or that is the end.
    let must = reported(&["arp.pcap", "-q", "--sandbox=require"]);
    match must.code {
        Some(0) => assert_refused(&must.err()),
        _ => {
            must.expect(1);
            assert!(must.out.is_empty() && must.err().contains("--sandbox=require"), "{}", must.err());
        }
    }
    run(["read", "arp.pcap", "--no-sandbox", "--sandbox=require"]).expect(2);
}

/// All that a run opens late: further files, files read twice, names of ports, pipes of a shell.
#[test]
fn what_was_named_can_still_be_opened() {
    let both = run(["read", "arp.pcap", "http_get.pcap", "-T", "tsv", "-e", "frame.number"]);
    assert_eq!(both.expect(0).out().lines().count(), 1 + 11 + 20);
    run(["read", "http_get.pcap", "-2", "-q", "tcp port http"]).expect(0);
    let named = run(["read", "http_get.pcap", "-T", "tsv", "-e", "frame.number", "tcp port http"]);
    let numbered = run(["read", "http_get.pcap", "-T", "tsv", "-e", "frame.number", "tcp port 80"]);
    assert_eq!(named.expect(0).out, numbered.expect(0).out);
    let mut fed = netdissect(["read", "/dev/fd/0", "-q"]);
    fed.stdin(File::open(samples().join("arp.pcap")).unwrap());
    assert_eq!(fed.stderr(Stdio::null()).status().unwrap().code(), Some(0));
}

/// Files that nobody else may read: root goes on reading them, with no more than that takes.
#[test]
fn root_reads_what_only_others_may_read() {
    if !is_root("reading a file of another user") {
        return;
    }
    let place = Place::new("others");
    let theirs = place.copy(&samples().join("arp.pcap"), 0o600);
    chown(&theirs, Some(4711), Some(4711)).unwrap();
    let ran = reported(&[theirs.to_str().unwrap(), "-q"]);
    ran.expect(0);
    assert!(ran.err().contains("CapEff 0000000000000004"), "only that to read: {}", ran.err());
    chown(&theirs, Some(0), Some(0)).unwrap();
    let ran = reported(&[theirs.to_str().unwrap(), "-q"]);
    ran.expect(0);
    assert!(ran.err().contains("CapEff 0000000000000000"), "{}", ran.err());
}

#[test]
fn the_doctor_says_what_holds_and_what_to_do() {
    let ran = run(["doctor"]);
    let out = ran.expect(0).out();
    for part in ["Program\n", "  libpcap ", "\nInterfaces\n", "\nSandbox", "\nAdvice\n"] {
        assert!(out.contains(part), "{part:?} is not in:\n{out}");
    }
    assert_refused(&out);
}

/// The command that grants the right names the program that needs it.
#[test]
fn without_permission_the_command_is_told() {
    if !is_root("capturing without permission") || !has_loopback() {
        return;
    }
    let place = Place::new("plain");
    let program = place.copy(Path::new(env!("CARGO_BIN_EXE_netdissect")), 0o755);
    let as_user = |words: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "4711", "--regid", "4711", "--clear-groups", "--inh-caps=-all"]);
        command.arg(&program).args(words).current_dir("/");
        finish(command)
    };
    let grant = format!("sudo setcap cap_net_raw=ep {}", program.display());
    let listed = as_user(&["interfaces"]);
    assert!(listed.expect(0).out().contains("can capture: no, because no permission"));
    assert!(listed.err().contains(&grant), "{}", listed.err());
    assert!(as_user(&["doctor"]).expect(0).out().contains(&grant));
    let refused = as_user(&["live", "lo"]);
    assert!(refused.expect(1).err().contains("sudo setcap cap_net_raw=ep"), "{}", refused.err());
}
