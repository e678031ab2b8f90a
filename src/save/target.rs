//! Where a capture may be written to: regular files of one's own, and standard output (docs/faults.md, 3.K).

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Manner, SaveError};
use crate::escape::Escaped;

/// An open place to write to.
#[derive(Debug)]
pub(super) struct Target {
    /// `None` once it is closed.
    file: Option<File>,
    is_regular: bool,
    is_standard_output: bool,
    /// Where our first byte stands: standard output may hold something already.
    start: u64,
    /// Nothing is written yet: what the file held is still there.
    is_untouched: bool,
    /// The path of a file that was not there before.
    created: Option<PathBuf>,
}

/// Opens `path`, `-` being standard output.
pub(super) fn open(path: &Path, inputs: &[PathBuf], manner: &Manner) -> Result<Target, SaveError> {
    let name = escaped(path);
    let failed = |source| SaveError::Open { name: name.clone(), source };
    let refused = |why| SaveError::Refused { name: name.clone(), why };
    let followed = if manner.follow_symlinks { follow(path).map_err(refused)? } else { None };
    let path = followed.as_deref().unwrap_or(path);
    let (file, created) = if path.as_os_str() == "-" {
        (standard_output().map_err(failed)?, None)
    } else {
        if let Some(why) = fs::symlink_metadata(path).ok().and_then(|there| unfit(&there)) {
            return Err(refused(why));
        }
        let mut options = File::options();
        options.write(true).read(manner.read_back);
        guard(&mut options);
        match options.clone().create_new(true).open(path) {
            Ok(file) => (file, Some(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                (options.open(path).map_err(failed)?, None)
            }
            Err(error) => return Err(failed(error)),
        }
    };
    let metadata = file.metadata().map_err(failed)?;
    let is_standard_output = path.as_os_str() == "-";
    let target = Target {
        file: Some(file),
        is_regular: metadata.is_file(),
        is_standard_output,
        start: if is_standard_output { metadata.len() } else { 0 },
        is_untouched: true,
        created,
    };
    if !is_standard_output && let Some(why) = unfit(&metadata) {
        return Err(refused(why));
    }
    match inputs.iter().find(|input| is_same(&metadata, input)) {
        Some(input) => Err(SaveError::SameFile { name, input: escaped(input) }),
        None => Ok(target),
    }
}

impl Target {
    /// A regular file that is open and has been looked at.
    #[cfg(test)]
    pub(super) fn of(file: File) -> Self {
        Self {
            file: Some(file),
            is_regular: true,
            is_standard_output: false,
            start: 0,
            is_untouched: false,
            created: None,
        }
    }

    pub(super) fn is_standard_output(&self) -> bool {
        self.is_standard_output
    }

    /// Another handle of the file, which reads what is written.
    pub(super) fn reader(&self) -> Option<File> {
        self.file.as_ref().filter(|_| self.is_regular && !self.is_untouched)?.try_clone().ok()
    }

    /// The file, emptied before the first bytes.
    pub(super) fn begin(&mut self) -> io::Result<&mut File> {
        let Some(file) = &mut self.file else { return Err(ErrorKind::NotConnected.into()) };
        if self.is_untouched && self.is_regular && !self.is_standard_output {
            file.set_len(0)?;
        }
        self.is_untouched = false;
        Ok(file)
    }

    /// Shortens a file to `len` bytes of ours; what went into a pipe cannot be taken back.
    pub(super) fn cut(&mut self, len: u64) -> io::Result<()> {
        match &self.file {
            Some(file) if self.is_regular => file.set_len(self.start.saturating_add(len)),
            _ => Ok(()),
        }
    }

    /// Closes; with `sync` only once the disk has everything. A file that was created for nothing goes away.
    pub(super) fn close(&mut self, sync: bool) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let synced = if sync && self.is_regular { file.sync_all() } else { Ok(()) };
        let closed = close(file);
        self.remove_if_untouched();
        synced.and(closed)
    }

    fn remove_if_untouched(&mut self) {
        if let Some(path) = self.created.take().filter(|_| self.is_untouched) {
            // If it cannot be removed, an empty file stays: nobody is misled by it.
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.remove_if_untouched();
    }
}

fn escaped(path: &Path) -> String {
    Escaped::text(path.as_os_str().as_encoded_bytes()).to_string()
}

/// The file that a symbolic link leads to (row K07 of docs/faults.md); `None` if `path` is none. Somebody else could have put it where
/// everybody can write, and root would write wherever it leads.
#[cfg(unix)]
fn follow(path: &Path) -> Result<Option<PathBuf>, &'static str> {
    use std::os::unix::fs::PermissionsExt as _;
    const OTHERS_WRITE: u32 = 0o002;
    if !fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_symlink()) {
        return Ok(None);
    }
    if nix::unistd::getuid().is_root() || nix::unistd::geteuid().is_root() {
        return Err("a symbolic link, which root does not follow; name the file that it leads to");
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & OTHERS_WRITE == 0) {
        return fs::canonicalize(path).map(Some).map_err(|_| "a symbolic link that leads nowhere");
    }
    Err("a symbolic link in a folder where everybody can write; name the file that it leads to")
}

#[cfg(not(unix))]
fn follow(_: &Path) -> Result<Option<PathBuf>, &'static str> {
    Ok(None)
}

/// Creates a file that is not there yet, for its owner only.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    guard(&mut options);
    options.open(path)
}

/// Why what is there must not be written over.
fn unfit(there: &Metadata) -> Option<&'static str> {
    let kind = there.file_type();
    if kind.is_symlink() {
        Some("a symbolic link; name the file that it leads to, or --follow-symlinks")
    } else if kind.is_dir() {
        Some("a directory")
    } else if !kind.is_file() {
        Some("a device, pipe or socket; - is standard output")
    } else if !is_own(there) {
        Some("the file of another user; remove it first")
    } else {
        None
    }
}

#[cfg(unix)]
fn is_own(there: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    there.uid() == nix::unistd::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}

/// Captures hold secrets: a new file is for its owner only. Whatever was put in the file's place since it was looked at is not
/// followed, and not waited for.
#[cfg(unix)]
fn guard(options: &mut OpenOptions) {
    use nix::fcntl::OFlag;
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600).custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits());
}

#[cfg(not(unix))]
fn guard(_: &mut OpenOptions) {}

/// Standard output without the line buffer that text wants.
#[cfg(unix)]
fn standard_output() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_output() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}

/// Whether an input is the file that `output` describes, under whatever name.
#[cfg(unix)]
fn is_same(output: &Metadata, input: &Path) -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let metadata = if input.as_os_str() == "-" {
        io::stdin().as_fd().try_clone_to_owned().and_then(|fd| File::from(fd).metadata())
    } else {
        fs::metadata(input)
    };
    output.is_file() && metadata.is_ok_and(|input| (input.dev(), input.ino()) == (output.dev(), output.ino()))
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Path) -> bool {
    false
}

/// Closes a file and hears what the system says, which dropping it does not.
#[cfg(unix)]
pub(super) fn close(file: File) -> io::Result<()> {
    Ok(nix::unistd::close(file)?)
}

#[cfg(not(unix))]
pub(super) fn close(file: File) -> io::Result<()> {
    drop(file);
    Ok(())
}
