//! The first of two passes over the files (`-2`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use netdissect_dissectors::registry::Registry;

use super::warn;
use crate::capture::chain::Chain;
use crate::capture::{CaptureFilter, CaptureSource as _, Options, Pull};
use crate::cli::Show;
use crate::flow::table::Extras;
use crate::foresight::Foresight;
use crate::pipeline::{Keep, Pipeline, Policies};
use crate::render::flows::thousands;
use crate::show::ShowError;

/// Refuses what cannot be read twice.
///
/// # Errors
/// Usage: standard input, or a file that is none (a pipe, a device).
pub(super) fn check(files: &[PathBuf]) -> Result<(), ShowError> {
    for file in files {
        if file.as_os_str() == "-" {
            return Err(ShowError::Usage("-2 reads twice, and standard input can be read only once".into()));
        }
        if file.exists() && !file.is_file() {
            let name = crate::render::style::Escaped::text(file.as_os_str().as_encoded_bytes()).to_string();
            return Err(ShowError::Usage(format!("-2 reads twice, and {name} is not a plain file")));
        }
    }
    Ok(())
}

/// Reads everything once and remembers what later packets tell of earlier ones. Damage and faults are told by the
/// second pass, which meets them again.
///
/// # Errors
/// Those of a capture filter that a link type does not allow.
pub(super) fn first_pass(
    files: &[PathBuf],
    options: Options,
    mut filter: Option<CaptureFilter>,
    (show, registry, keep): (&Show, Registry, Keep),
) -> anyhow::Result<Foresight> {
    // What only the second pass shows is not worked out twice.
    let extras = Extras { wireshark: keep.extras.wireshark, ..Extras::default() };
    let keep = Keep {
        rows: true,
        extras,
        payload: false,
        habits: false,
        datagrams: false,
        community_id: false,
        ..keep
    };
    let policies = Policies { overlap: show.overlap, fragment_overlap: show.fragment_overlap };
    let mut pipeline = Pipeline::new(registry, show.bounded.values(), keep).with_policies(policies);
    let mut foresight = Foresight::default();
    let mut source = Chain::new(files.iter().cloned(), options);
    loop {
        match source.pull() {
            Ok(Pull::Frame(frame)) => {
                if let Some(filter) = &mut filter
                    && !filter.accepts(&frame)?
                {
                    pipeline.pass_over(&frame);
                    continue;
                }
                let read = AssertUnwindSafe(|| pipeline.frame(&frame, &mut foresight));
                match catch_unwind(read) {
                    Ok(read) => drop(read?),
                    Err(_) => pipeline.abandon(),
                }
            }
            Ok(Pull::End) => break,
            Ok(Pull::Aside(aside)) => pipeline.aside(&aside),
            Ok(Pull::Idle(_)) | Err(_) => {}
        }
    }
    pipeline.finish(&mut foresight)?;
    if foresight.forgotten() > 0 && !show.silent {
        let count = thousands(foresight.forgotten());
        warn(&format!(
            "-2: no room to remember {count} facts about later packets; those look as in one pass"
        ));
    }
    Ok(foresight)
}
