//! Files of a series that are closed are packed by a thread of their own, so that capturing never waits for it.
//!
//! A file is there at any moment: the packed one appears whole, under its name with `.gz`, before the plain one goes away. If packing
//! fails, the plain one stays.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::target;

/// What came of packing one file.
#[derive(Debug)]
pub struct Packed {
    /// The plain file.
    pub path: PathBuf,
    /// Bytes of the packed one, or why there is none.
    pub outcome: io::Result<u64>,
}

/// Packs files one after the other. There is no thread before the first one: rights are given up by thread, and before that.
#[derive(Debug, Default)]
pub(super) struct Packer {
    thread: Option<Thread>,
}

#[derive(Debug)]
struct Thread {
    files: Sender<(PathBuf, File)>,
    done: Receiver<Packed>,
    handle: JoinHandle<()>,
}

impl Packer {
    /// Packs the file `path`, of which `file` is an open handle that can read.
    pub(super) fn add(&mut self, path: PathBuf, file: File) {
        let thread = self.thread.get_or_insert_with(|| {
            let (files, waiting) = mpsc::channel::<(PathBuf, File)>();
            let (tell, done) = mpsc::channel();
            let handle = std::thread::spawn(move || {
                for (path, mut file) in waiting {
                    let outcome = pack(&path, &mut file);
                    // Nobody is left to tell only when the run was given up.
                    let _ = tell.send(Packed { path, outcome });
                }
            });
            Thread { files, done, handle }
        });
        // The thread ends only when nothing can be added any more.
        let _ = thread.files.send((path, file));
    }

    /// What is done since the last call.
    pub(super) fn done(&self) -> impl Iterator<Item = Packed> {
        self.thread.iter().flat_map(|thread| thread.done.try_iter())
    }

    /// Waits for all that is left.
    pub(super) fn finish(&mut self) -> Vec<Packed> {
        let Some(Thread { files, done, handle }) = self.thread.take() else { return Vec::new() };
        drop(files);
        let rest = done.iter().collect();
        // A panic there has cost the rest of the packing and no packet.
        let _ = handle.join();
        rest
    }
}

/// The name of a packed file.
fn packed_name(path: &Path) -> PathBuf {
    with_suffix(path, ".gz")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Removes a file of a series, packed or not; what is being packed now then goes away with its plain file.
pub(super) fn remove(path: &Path) {
    // Somebody else may have taken it away.
    if fs::remove_file(path).is_err() {
        let _ = fs::remove_file(packed_name(path));
    }
}

fn pack(path: &Path, file: &mut File) -> io::Result<u64> {
    let (packed, part) = (packed_name(path), with_suffix(path, ".gz.part"));
    if fs::symlink_metadata(&packed).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let to = target::create_new(&part)?;
    let size = write_packed(file, to).and_then(|size| fs::rename(&part, &packed).map(|()| size));
    if size.is_err() {
        let _ = fs::remove_file(&part);
        return size;
    }
    if fs::remove_file(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        // It was not to be kept any longer.
        let _ = fs::remove_file(&packed);
    }
    size
}

fn write_packed(from: &mut File, to: File) -> io::Result<u64> {
    from.rewind()?;
    let mut encoder = GzEncoder::new(to, Compression::fast());
    io::copy(from, &mut encoder)?;
    let to = encoder.finish()?;
    let size = to.metadata()?.len();
    target::close(to)?;
    Ok(size)
}
