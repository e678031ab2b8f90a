//! Secrets that are given with the arguments.

use std::fs::File;
use std::io::Read as _;

use netdissect_dissectors::registry::Registry;

use super::warn;
use crate::cli::Show;
use crate::render::flows::thousands;
use crate::render::style::Escaped;
use crate::show::ShowError;

/// Bytes of a key log that are read.
const MAX_LOG: u64 = 64 << 20;

/// Reads the key log that the arguments name, and tells what of it is of no use.
///
/// # Errors
/// Usage: the file cannot be read, or is none of secrets.
pub(super) fn load(registry: &mut Registry, show: &Show) -> Result<(), ShowError> {
    let Some(path) = &show.tls_keylog else { return Ok(()) };
    let name = Escaped::text(path.as_os_str().as_encoded_bytes()).to_string();
    let wrong = |why: &str| ShowError::Usage(format!("--tls-keylog {name}: {why}"));
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_LOG).read_to_end(&mut text));
    read.map_err(|error| wrong(&error.to_string()))?;
    let log = &mut registry.secrets_mut().tls;
    log.add(&text);
    if log.is_empty() && log.strange() > 0 {
        return Err(wrong("no line is one of a key log"));
    }
    if show.silent {
        return Ok(());
    }
    if log.strange() > 0 {
        warn(&format!("{name}: lines that are none of a key log: {}", thousands(log.strange())));
    }
    if log.left_out() > 0 {
        warn(&format!("{name}: secrets that are too many and left out: {}", thousands(log.left_out())));
    }
    if text.len() as u64 >= MAX_LOG {
        warn(&format!("{name}: only the first 64 MiB are read"));
    }
    Ok(())
}
