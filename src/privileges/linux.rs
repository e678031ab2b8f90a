//! Linux: users, capabilities, no-new-privileges, Landlock, seccomp.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};

use nix::sys::prctl;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
use nix::unistd::{getegid, geteuid, getgid, getuid};

use super::files::Files;
use super::user::{Disguise, Identity};
use super::{Needs, Refusal, calls, files, user};
use crate::escape::Escaped;

/// Refuses to run with the rights of the program file's owner (row K11).
///
/// # Errors
///
/// [`Refusal::Setuid`].
pub fn check_setuid() -> Result<(), Refusal> {
    if getuid() == geteuid() && getgid() == getegid() {
        return Ok(());
    }
    let program = std::env::current_exe().unwrap_or_else(|_| "netdissect".into());
    Err(Refusal::Setuid { program: Escaped::text(program.as_os_str().as_encoded_bytes()).to_string() })
}

/// Captures hold secrets, which an image of this process on disk would give away (row K10).
pub fn forbid_core_dumps() {
    // Lowering a limit is always allowed.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
}

/// Bytes of memory that the process may map, if that is bounded (`ulimit -v`).
#[must_use]
pub fn address_space() -> Option<usize> {
    let (bytes, _) = getrlimit(Resource::RLIMIT_AS).ok()?;
    (bytes != RLIM_INFINITY).then(|| usize::try_from(bytes).ok()).flatten()
}

/// Does `work` as the user who ran sudo, so that files which it makes are that user's (row K09); as the present user where
/// there was no sudo, or the system does not let this process change.
pub fn as_invoker<T>(work: impl FnOnce() -> T) -> T {
    let _disguise = Identity::invoker().and_then(|user| Disguise::put_on(&user).ok());
    work()
}

/// Gives up all rights but those to open what `needs` names. To be called before there are other threads.
///
/// What the kernel does not know is left out, and told by [`Confinement::missing`].
///
/// # Errors
///
/// If the user or capabilities cannot be given up; see [`Refusal`].
pub fn confine(needs: &Needs) -> Result<Confinement, Refusal> {
    // Opened now, read later: its text is made when it is read.
    let status = File::open("/proc/self/status").ok();
    let user = user::give_up(needs)?;
    prctl::set_no_new_privs()
        .map_err(|e| Refusal::Kept { what: "new privileges", why: e.desc().to_owned() })?;
    let files = files::restrict(needs);
    let calls = calls::restrict();
    Ok(Confinement { user, files, calls, needs: needs.clone(), status })
}

/// What the system granted of a confinement.
#[derive(Debug)]
pub struct Confinement {
    user: String,
    files: Files,
    /// How many system calls are refused, or why none is.
    calls: Result<usize, String>,
    needs: Needs,
    status: Option<File>,
}

impl Confinement {
    /// What this system lacks of it; `None` if files and system calls are out of reach.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        match (&self.files, &self.calls) {
            (Files { enforced: false, .. }, _) => Some(format!("Landlock: {}", landlock(&self.files))),
            (_, Err(why)) => Some(format!("seccomp: {why}")),
            _ => None,
        }
    }

    /// What holds, each with its heading: as the system tells it, and as it shows when this process tries what it must
    /// not be able to do.
    pub fn report(&mut self) -> Vec<(&'static str, String)> {
        let mut status = String::new();
        if let Some(file) = &mut self.status {
            let _ = file.rewind().and_then(|()| file.read_to_string(&mut status));
        }
        let of = |name: &str| value(&status, name).unwrap_or("not told");
        let sets =
            ["CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"].map(|name| format!("{name} {}", of(name)));
        let paths = |paths: &[std::path::PathBuf]| match paths {
            [] => String::from("none"),
            paths => paths
                .iter()
                .map(|path| Escaped::text(path.as_os_str().as_encoded_bytes()).to_string())
                .collect::<Vec<_>>()
                .join(", "),
        };
        vec![
            ("user", self.user.clone()),
            ("capabilities", sets.join(", ")),
            ("no new privileges", if of("NoNewPrivs") == "1" { "yes" } else { "no" }.to_owned()),
            ("Landlock", landlock(&self.files)),
            ("may still read", paths(&self.needs.reads)),
            ("may still write in", paths(&self.needs.folders)),
            (
                "seccomp",
                match &self.calls {
                    Ok(count) => format!("mode {}, {count} system calls refused", of("Seccomp")),
                    Err(why) => format!("none: {why}"),
                },
            ),
            ("threads", of("Threads").to_owned()),
            ("open /etc/passwd", outcome(File::open("/etc/passwd"))),
            ("write to /dev/null", outcome(File::options().write(true).open("/dev/null"))),
            ("connect", outcome(TcpStream::connect((Ipv4Addr::LOCALHOST, 9)))),
            ("run a program", outcome(run_something())),
        ]
    }
}

/// The value of a line of /proc/self/status.
fn value<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

fn landlock(files: &Files) -> String {
    let version =
        files.abi.map_or_else(|| String::from("not in this kernel"), |abi| format!("version {abi}"));
    let state = match (files.abi, files.enforced) {
        (None, _) => "",
        (_, true) => ", enforced",
        (_, false) => ", not enforced",
    };
    let lacks = files.lacks.as_ref().map(|what| format!(": {what}")).unwrap_or_default();
    format!("{version}{state}{lacks}")
}

/// What became of an attempt.
fn outcome<T>(tried: io::Result<T>) -> String {
    match tried {
        Ok(_) => String::from("POSSIBLE"),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => format!("refused ({error})"),
        Err(error) => format!("failed ({error})"),
    }
}

fn run_something() -> io::Result<()> {
    let quiet = Stdio::null;
    Command::new("/bin/true").stdin(quiet()).stdout(quiet()).stderr(quiet()).status().map(drop)
}

/// Names of the capabilities that are in effect for this process.
#[must_use]
pub fn held() -> Vec<String> {
    let held = caps::read(None, caps::CapSet::Effective).unwrap_or_default();
    let mut names: Vec<String> = held.iter().map(ToString::to_string).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_status_is_found_by_its_whole_name() {
        let status = "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n";
        assert_eq!(value(status, "Seccomp"), Some("2"));
        assert_eq!(value(status, "Secc"), None);
    }

    #[test]
    fn what_is_missing_names_the_first_thing_that_is() {
        let confinement = |abi, enforced, calls| Confinement {
            user: String::new(),
            files: Files { abi, enforced, lacks: None },
            calls,
            needs: Needs::default(),
            status: None,
        };
        assert_eq!(confinement(Some(6), true, Ok(1)).missing(), None);
        let without = confinement(None, false, Ok(1)).missing();
        assert_eq!(without.as_deref(), Some("Landlock: not in this kernel"));
        let open = confinement(Some(6), true, Err("no".into())).missing();
        assert_eq!(open.as_deref(), Some("seccomp: no"));
    }
}
