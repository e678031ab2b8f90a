//! The capture filter of a run: which words it is, what is said about it, its listing.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use netdissect_dissectors::frame::LinkType;
use netdissect_dissectors::registry::Registry;

use super::{code, tell};
use crate::capture::live::{self, LiveOptions};
use crate::capture::{CaptureFilter, CaptureSource, Description, Pull, Tags, display_filter};
use crate::cli::{Live, Pick};
use crate::render::flows::thousands;
use crate::render::style::Escaped;
use crate::show::ShowError;

/// Divides the words of `read` into files and filter. Files lead; what looks like the name of one stays one even if it
/// is missing, so that a slip is told as such. `behind` are the words after `--`.
pub(super) fn split<'a>(words: &'a [PathBuf], behind: &[String]) -> (&'a [PathBuf], Vec<String>) {
    let is_file = |word: &PathBuf| word.as_os_str() == "-" || word.exists() || is_named_as_capture(word);
    // Without a file there is nothing to filter: the first word is one in any case.
    let files = words.iter().skip(1).take_while(|word| is_file(word)).count().saturating_add(1);
    let (files, filter) = words.split_at_checked(files).unwrap_or((words, &[]));
    let filter = filter.iter().map(|word| word.to_string_lossy().into_owned());
    (files, filter.chain(behind.iter().cloned()).collect())
}

/// Divides the words of `live` into interfaces and filter. Without `-i` the first word is an interface in any case.
pub(super) fn split_live(args: &Live) -> (Vec<String>, Vec<String>) {
    let certain = usize::from(args.interfaces.is_empty());
    let more = args.words.iter().skip(certain).take_while(|word| live::is_interface(word)).count();
    let (names, filter) =
        args.words.split_at_checked(certain.saturating_add(more)).unwrap_or((&args.words, &[]));
    let mut interfaces: Vec<String> = Vec::new();
    for name in names.iter().chain(&args.interfaces) {
        if !interfaces.contains(name) {
            interfaces.push(name.clone());
        }
    }
    (interfaces, filter.iter().chain(&args.filter).cloned().collect())
}

fn is_named_as_capture(word: &Path) -> bool {
    const SUFFIXES: [&str; 8] = ["pcap", "pcapng", "cap", "dmp", "gz", "zst", "lz4", "ntar"];
    let text = word.to_string_lossy();
    let suffix = word.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
    !text.contains(char::is_whitespace)
        && (SUFFIXES.contains(&suffix)
            || text.starts_with('/')
            || text.starts_with("./")
            || text.starts_with("../"))
}

/// The expression that was given, by `-f` or as `words`, unless it is one for `-Y`.
pub(super) fn expression(
    pick: &Pick,
    words: &[String],
    registry: &Registry,
) -> Result<Option<String>, ShowError> {
    let usage = |why: &str| ShowError::Usage(why.to_owned());
    let expression = match (&pick.capture_filter, words) {
        (Some(_), [_, ..]) => {
            return Err(usage("a capture filter is given by -f or by words behind the files, not by both"));
        }
        (Some(expression), []) => Some(expression.clone()),
        (None, []) => None,
        (None, words) => Some(words.join(" ")),
    };
    if pick.dump_filter && expression.is_none() {
        return Err(usage("--dump-filter needs a capture filter"));
    }
    if let Some(expression) = &expression
        && let Some(why) = display_filter(expression, |name| registry.field(name).is_some())
    {
        return Err(ShowError::Usage(why));
    }
    Ok(expression)
}

/// How tags are to be treated.
pub(super) fn tags(pick: &Pick) -> Tags {
    if pick.strict_bpf { Tags::Strict } else { Tags::Through }
}

/// Compiles a filter that no frame has tried, so that its mistakes are told all the same.
pub(super) fn check(filter: &mut CaptureFilter, description: &Description) -> anyhow::Result<()> {
    if filter.listings().next().is_none() && filter.unfit() == 0 {
        filter.prepare(description.links.first().copied().unwrap_or(LinkType::ETHERNET))?;
    }
    Ok(())
}

/// What the summary says of frames that passed: always for files, for interfaces where the kernel let more through.
pub(super) fn passed(filter: Option<&CaptureFilter>, live: bool, captured: u64) -> String {
    match filter.map(CaptureFilter::passed) {
        Some(passed) if !live || passed < captured => format!(", {} passed the filter", thousands(passed)),
        _ => String::new(),
    }
}

/// The warning about frames to which the filter cannot be put.
pub(super) fn unfit(filter: &CaptureFilter) -> Option<String> {
    let unfit = filter.unfit();
    let packets = if unfit == 1 { "packet" } else { "packets" };
    let why = "left out: the capture filter means nothing for their link type";
    (unfit > 0).then(|| format!("{} {packets} {why}", thousands(unfit)))
}

/// Prints the programs for all link types of a capture.
pub(super) fn dump(filter: Option<CaptureFilter>, source: &mut dyn CaptureSource) -> anyhow::Result<u8> {
    let Some(mut filter) = filter else { return Ok(code::USAGE) };
    loop {
        match source.pull()? {
            Pull::Frame(frame) => {
                filter.accepts(&frame)?;
            }
            Pull::Idle(_) | Pull::Aside(_) => {}
            Pull::End => break,
        }
    }
    check(&mut filter, &source.describe())?;
    let through = filter.tags() == Tags::Through;
    if through {
        tell(
            "asked of each frame without its VLAN tags and PPPoE header; --strict-bpf asks it of the frame as it is",
        );
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let several = filter.listings().count() > 1;
    for (link, listing) in filter.listings() {
        if several {
            writeln!(out, "{link}:")?;
        }
        out.write_all(listing.as_bytes())?;
    }
    out.flush()?;
    Ok(code::DONE)
}

/// Prints the programs that the kernel gets for each interface.
pub(super) fn dump_live(interfaces: &[String], options: &LiveOptions) -> anyhow::Result<u8> {
    let mut listing = String::new();
    for interface in interfaces {
        if interfaces.len() > 1 {
            listing.push_str(&format!("{}:\n", Escaped::text(interface.as_bytes())));
        }
        listing.push_str(&live::kernel_program(interface, options)?);
    }
    let expression = options.filter.as_deref().unwrap_or_default();
    if options.tags.for_expression(expression) == Tags::Through {
        tell("the kernel's part; frames with VLAN tags or PPPoE are asked again without them");
    }
    let mut out = io::stdout().lock();
    out.write_all(listing.as_bytes())?;
    out.flush()?;
    Ok(code::DONE)
}
