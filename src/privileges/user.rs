//! Who this process is, and whom it becomes.

use std::ffi::CString;
use std::fs;
use std::path::Path;

use caps::{CapSet, Capability, CapsHashSet};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{
    AccessFlags, Gid, Uid, User, faccessat, getegid, geteuid, getgroups, getresuid, initgroups, setegid,
    seteuid, setgroups, setresgid, setresuid,
};

use super::{Needs, Refusal};
use crate::escape::Escaped;

/// The user and group that systems reserve for whoever shall own nothing.
const NOBODY: u32 = 65534;

/// A user as whom to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    uid: Uid,
    gid: Gid,
    name: Option<String>,
}

impl Identity {
    /// Who ran sudo, if this process is root by it.
    pub(super) fn invoker() -> Option<Self> {
        if !geteuid().is_root() {
            return None;
        }
        let number = |name| std::env::var(name).ok()?.parse::<u32>().ok();
        let (uid, gid) = (number("SUDO_UID")?, number("SUDO_GID")?);
        if uid == 0 {
            return None;
        }
        let uid = Uid::from_raw(uid);
        let name = User::from_uid(uid).ok().flatten().map(|user| user.name);
        Some(Self { uid, gid: Gid::from_raw(gid), name })
    }

    fn nobody() -> Self {
        let known = User::from_name("nobody").ok().flatten();
        known.map_or(Self { uid: Uid::from_raw(NOBODY), gid: Gid::from_raw(NOBODY), name: None }, |user| {
            Self { uid: user.uid, gid: user.gid, name: Some(user.name) }
        })
    }

    /// Takes on the groups of this user.
    fn join_groups(&self) -> Result<(), Errno> {
        match self.name.as_deref().and_then(|name| CString::new(name).ok()) {
            Some(name) => initgroups(&name, self.gid),
            None => setgroups(&[self.gid]),
        }
    }
}

/// As long as it lives, files are opened as another user. The way back stays open.
pub(super) struct Disguise {
    groups: Vec<Gid>,
    uid: Uid,
    gid: Gid,
}

impl Disguise {
    /// # Errors
    ///
    /// The right to change is missing, or the user is none here (in a namespace without it).
    pub(super) fn put_on(user: &Identity) -> Result<Self, Errno> {
        let before = Self { groups: getgroups()?, uid: geteuid(), gid: getegid() };
        // From here on dropping `before` leads back.
        user.join_groups()?;
        setegid(user.gid)?;
        seteuid(user.uid)?;
        Ok(before)
    }
}

impl Drop for Disguise {
    fn drop(&mut self) {
        // Nothing hangs on success but rights that are given up a moment later anyway.
        let _ = seteuid(self.uid);
        let _ = setegid(self.gid);
        let _ = setgroups(&self.groups);
    }
}

/// Gives up the user, if it is root, and all capabilities; answers whom this process became, in words.
///
/// Root that has to open later what only root may open stays root in name, without capabilities. Where not even that
/// reads a named file, the capability to read and search stays.
///
/// # Errors
///
/// [`Refusal::Kept`] if the system does not take rights back; [`Refusal::Folder`].
pub(super) fn give_up(needs: &Needs) -> Result<String, Refusal> {
    let before = geteuid();
    drop_bounds();
    let words = if before.is_root() { step_down(needs)? } else { format!("{}, as before", title(before)) };
    let keep = needed(needs)?;
    strip(&keep).map_err(|why| Refusal::Kept { what: "capabilities", why })?;
    Ok(words)
}

/// From root to another user, if that one can open what is still needed.
fn step_down(needs: &Needs) -> Result<String, Refusal> {
    let user = Identity::invoker().unwrap_or_else(Identity::nobody);
    let suffices = match Disguise::put_on(&user) {
        Ok(_disguise) => out_of_reach(needs).is_none(),
        // Root in name only, as in containers: there is nobody else to become.
        Err(Errno::EINVAL | Errno::EPERM) => {
            return Ok(String::from("root in name only: changing the user is not permitted here"));
        }
        Err(error) => return Err(Refusal::Kept { what: "user", why: error.desc().to_owned() }),
    };
    if !suffices {
        return Ok(String::from("root in name only: no other user may open the files that are needed later"));
    }
    let kept = |error: Errno| Refusal::Kept { what: "user root", why: error.desc().to_owned() };
    user.join_groups().map_err(kept)?;
    setresgid(user.gid, user.gid, user.gid).map_err(kept)?;
    setresuid(user.uid, user.uid, user.uid).map_err(kept)?;
    let now = getresuid().map_err(kept)?;
    if [now.real, now.effective, now.saved] != [user.uid; 3] || seteuid(Uid::from_raw(0)).is_ok() {
        return Err(Refusal::Kept { what: "user root", why: String::from("the way back is open") });
    }
    Ok(format!("{}, was root", title(user.uid)))
}

fn title(uid: Uid) -> String {
    match User::from_uid(uid).ok().flatten() {
        Some(user) => format!("{} ({uid})", Escaped::text(user.name.as_bytes())),
        None => uid.to_string(),
    }
}

/// Capabilities without which a named file could not be read.
fn needed(needs: &Needs) -> Result<CapsHashSet, Refusal> {
    let said =
        |error: caps::errors::CapsError| Refusal::Kept { what: "capabilities", why: error.to_string() };
    let permitted = caps::read(None, CapSet::Permitted).map_err(said)?;
    caps::clear(None, CapSet::Effective).map_err(said)?;
    let reader = Capability::CAP_DAC_READ_SEARCH;
    match out_of_reach(needs) {
        None => Ok(CapsHashSet::new()),
        Some(path) if needs.folders.iter().any(|folder| folder == path) => {
            Err(Refusal::Folder { folder: Escaped::text(path.as_os_str().as_encoded_bytes()).to_string() })
        }
        Some(_) if permitted.contains(&reader) => Ok([reader].into()),
        Some(_) => Ok(CapsHashSet::new()),
    }
}

/// The first needed path that this process, as it is now, could not open. What does not exist is not missed.
fn out_of_reach(needs: &Needs) -> Option<&Path> {
    let refused = |path: &Path, mode| {
        matches!(faccessat(AT_FDCWD, path, mode, AtFlags::AT_EACCESS), Err(Errno::EACCES | Errno::EPERM))
    };
    let folders = needs.folders.iter().find(|path| refused(path, AccessFlags::W_OK | AccessFlags::X_OK));
    let read = || needs.reads.iter().find(|path| refused(path, AccessFlags::R_OK));
    folders.or_else(read).map(AsRef::as_ref)
}

/// Capabilities that no program run by this process could have either. Only root may give these up.
fn drop_bounds() {
    for capability in caps::runtime::thread_all_supported() {
        let _ = caps::drop(None, CapSet::Bounding, capability);
    }
}

/// Leaves this thread only the capabilities `keep`. There is no other thread yet.
fn strip(keep: &CapsHashSet) -> Result<(), String> {
    let said = |error: caps::errors::CapsError| error.to_string();
    // Kernels before 4.3 have no such set.
    let _ = caps::clear(None, CapSet::Ambient);
    caps::set(None, CapSet::Effective, &CapsHashSet::new()).map_err(said)?;
    caps::set(None, CapSet::Permitted, keep).map_err(said)?;
    caps::set(None, CapSet::Inheritable, &CapsHashSet::new()).map_err(said)?;
    caps::set(None, CapSet::Effective, keep).map_err(said)?;
    let left = caps::read(None, CapSet::Permitted).map_err(said)?;
    if left != *keep {
        return Err(format!("{} are left", left.len()));
    }
    let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads > 1 { Err(format!("{threads} threads run already")) } else { Ok(()) }
}
