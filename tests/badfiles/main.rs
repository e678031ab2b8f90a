//! Damaged and hostile capture files: exit code, packets shown and words said, through the program itself.
//!
//! With NETDISSECT_BADFILES the files of that folder are read, as its EXPECT.tsv describes them (columns row, file,
//! exit code, packets shown, expectation); without it those that `files.rs` builds after docs/faults.md, appendix A.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
mod files;
mod packets;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use common::{Ran, finish, netdissect, unclean};

/// One file and what reading it must come to.
struct Row {
    name: String,
    path: PathBuf,
    exit: i32,
    shown: usize,
    /// Texts of which each stands in the output of the list, the tree or the timeline.
    says: Vec<String>,
}

/// The ways to look at a file that must agree on its exit code.
const MODES: [&[&str]; 8] = [
    &[],
    &["-V"],
    &["-x"],
    &["-V", "-x"],
    &["--follow-tcp", "--explain"],
    &["--flows"],
    &["--expert"],
    &["--follow-tcp", "-T", "jsonl"],
];

fn read(path: &Path, args: &[&str]) -> Ran {
    let mut command = netdissect(["read"]);
    command.arg(path).args(args);
    finish(command)
}

/// What is wrong with one row, if anything.
fn check(row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let counted = read(&row.path, &["-T", "tsv", "-e", "frame.number"]);
    if counted.code != Some(row.exit) {
        wrong.push(format!("exit code {:?}, not {}", counted.code, row.exit));
    }
    let rows = counted.out.split(|&b| b == b'\n').filter(|line| !line.is_empty()).count();
    if rows.saturating_sub(1) != row.shown {
        wrong.push(format!("{} packets shown, not {}", rows.saturating_sub(1), row.shown));
    }
    let mut said = String::new();
    for mode in MODES {
        let ran = read(&row.path, mode);
        let name = if mode.is_empty() { "list".to_owned() } else { mode.join(" ") };
        for text in wrong_with(&ran, row, mode) {
            wrong.push(format!("{name}: {text}"));
        }
        said.push_str(&String::from_utf8_lossy(&ran.out));
        said.push_str(&String::from_utf8_lossy(&ran.err));
    }
    for args in [["-T", "jsonl"], ["-T", "json"]] {
        let ran = read(&row.path, &[&args[..], &["-V"]].concat());
        if let Err(why) = parse_json(&ran.out, args[1], row.shown) {
            wrong.push(format!("{args:?}: {why}"));
        }
    }
    for text in &row.says {
        if !said.contains(text) {
            wrong.push(format!("{text:?} is said nowhere"));
        }
    }
    wrong
}

fn wrong_with(ran: &Ran, row: &Row, mode: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    // Without a link layer that is known there is still the dump (A19).
    let hex_only = row.name == "A19" && mode.contains(&"-x");
    let exit = if hex_only { 0 } else { row.exit };
    if ran.code != Some(exit) {
        wrong.push(format!("exit code {:?}, not {exit}", ran.code));
    }
    for (stream, text) in [("standard output", &ran.out), ("standard error", &ran.err)] {
        if let Some(what) = unclean(text, false) {
            wrong.push(format!("{stream} holds {what}"));
        }
        if String::from_utf8_lossy(text).contains("panicked") {
            wrong.push(format!("{stream} tells of a panic"));
        }
    }
    let last = String::from_utf8_lossy(&ran.err).lines().last().unwrap_or_default().to_owned();
    match exit {
        0 if last.starts_with("error:") => wrong.push(format!("an error with exit code 0: {last}")),
        0 => {}
        _ if last.starts_with("error: ")
            && last.contains(&*row.path.file_name().unwrap().to_string_lossy()) => {}
        _ => wrong.push(format!("the last words do not name error and file: {last}")),
    }
    wrong
}

/// Every line, or the whole, is JSON; so many records.
fn parse_json(out: &[u8], format: &str, shown: usize) -> Result<(), String> {
    let text = std::str::from_utf8(out).map_err(|why| why.to_string())?;
    let records = if format == "json" {
        if text.is_empty() && shown == 0 {
            return Ok(());
        }
        let value: serde_json::Value = serde_json::from_str(text).map_err(|why| why.to_string())?;
        value.as_array().ok_or("not an array")?.len()
    } else {
        for line in text.lines() {
            let value: serde_json::Value =
                serde_json::from_str(line).map_err(|why| format!("{why}: {line}"))?;
            if value["kind"] != "packet" {
                return Err(format!("not a packet: {line}"));
            }
        }
        text.lines().count()
    };
    if records == shown { Ok(()) } else { Err(format!("{records} records, not {shown}")) }
}

/// The rows of a folder with an EXPECT.tsv, but for its largest files.
fn foreign(folder: &Path) -> Vec<Row> {
    let table = std::fs::read_to_string(folder.join("EXPECT.tsv")).unwrap();
    let mut rows = Vec::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let &[name, file, exit, shown, expect] = cells.as_slice() else { panic!("not five cells: {line}") };
        // What is larger is a measurement: scripts/attacks.py.
        if std::fs::metadata(folder.join(file)).unwrap().len() > 4 << 20 {
            continue;
        }
        // Only rows about reading and decoding quote what must be said; B34 speaks of what an option to come would mark.
        let quotes = matches!(name.as_bytes()[0], b'A'..=b'D') || matches!(name, "G01" | "G04");
        let says = if quotes && name != "B34" { quoted(expect) } else { Vec::new() };
        rows.push(Row {
            name: name.to_owned(),
            path: folder.join(file),
            exit: exit.parse().unwrap(),
            shown: shown.parse().unwrap(),
            says,
        });
    }
    assert!(rows.len() > 50, "EXPECT.tsv has only {} rows of the kinds that are checked", rows.len());
    rows
}

/// The texts between double quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn own(folder: &Path) -> Vec<Row> {
    std::fs::create_dir_all(folder).unwrap();
    files::all()
        .into_iter()
        .map(|file| {
            let path = folder.join(&file.name);
            std::fs::write(&path, &file.bytes).unwrap();
            Row {
                name: file.name[..3].to_owned(),
                path,
                exit: file.exit,
                shown: file.shown,
                says: file.says.iter().map(|&text| text.to_owned()).collect(),
            }
        })
        .collect()
}

#[test]
fn every_file_is_read_as_far_as_it_goes() {
    let rows = match std::env::var_os("NETDISSECT_BADFILES") {
        Some(folder) => foreign(Path::new(&folder)),
        None => own(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("badfiles")),
    };
    let mut report = String::new();
    let mut failed = 0;
    for row in &rows {
        let wrong = check(row);
        if !wrong.is_empty() {
            failed += 1;
            writeln!(report, "{}", row.path.file_name().unwrap().to_string_lossy()).unwrap();
            for line in wrong {
                writeln!(report, "    {line}").unwrap();
            }
        }
    }
    assert!(failed == 0, "{failed} of {} files:\n{report}", rows.len());
}

#[test]
fn a_wrong_expectation_is_noticed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("badfiles-wrong");
    let mut row = own(&folder).into_iter().find(|row| row.name == "A05").unwrap();
    assert!(check(&row).is_empty(), "{:?}", check(&row));
    row.exit = 0;
    row.shown = 4;
    row.says = vec!["record 5".into()];
    let said = check(&row).join("\n");
    for text in ["exit code Some(3), not 0", "3 packets shown, not 4", "\"record 5\" is said nowhere"] {
        assert!(said.contains(text), "{text} is not in {said}");
    }
}

/// What `--partial`, `--salvage` and `--force-version` add (rows A06, A18, A25, B02, B04, B22).
#[test]
fn options_for_damage() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("badfiles-options");
    let rows = own(&folder);
    let cases = [
        ("A06", "--partial", 3, 4),
        ("A18", "--force-version", 0, 3),
        ("A25", "--salvage", 3, 3),
        ("B04", "--salvage", 3, 3),
        ("B22", "--partial", 3, 3),
    ];
    for (name, option, exit, shown) in cases {
        let row = rows.iter().find(|row| row.name == name).unwrap();
        let ran = read(&row.path, &[option, "-T", "fields", "-e", "frame.number"]);
        assert_eq!(
            (ran.code, ran.out().lines().count()),
            (Some(exit), shown),
            "{name} {option}: {}",
            ran.err()
        );
    }
}

/// Cells of these fields, a row for each packet of a file of one's own.
fn cells(test: &str, row: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let rows = own(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("badfiles-{test}")));
    let file = rows.iter().find(|known| known.name == row).unwrap();
    let mut args = vec!["-T", "fields"];
    args.extend(fields.iter().flat_map(|field| ["-e", *field]));
    let out = read(&file.path, &args).expect(0).out();
    out.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// D15: a length of 0 is told from a length that says more than 65,535.
#[test]
fn jumbograms_are_read_to_their_end() {
    let rows = cells("jumbo", "D15", &["tcp.len", "ipv6.opt.jumbo"]);
    assert_eq!(rows, [["", ""], ["70000", "70028"], ["70000", ""]]);
}

/// D16: the verdict stands where its field is asked for, and nowhere else; each packet is read all the same.
#[test]
fn wrong_checksums_are_told_where_they_are_asked_for() {
    let fields = ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"];
    let (bad, good, none, illegal) = ("0", "1", "3", "4");
    let want = [
        [bad, "", good],
        [good, bad, ""],
        [good, "", bad],
        [bad, "", good],
        [good, bad, ""],
        ["", "", illegal],
        [good, "", good],
    ];
    assert_eq!(cells("sums", "D16", &fields), want);
    assert_eq!(cells("sums", "A00", &fields)[0], [good, "", none]);
    let rows = own(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("badfiles-sums"));
    let file = rows.iter().find(|row| row.name == "D16").unwrap();
    // The ends of these segments have shown no right one: that proves nothing (docs/tcp-analysis.md, S19).
    let list = read(&file.path, &[]).expect(0).out().to_lowercase();
    assert!(!list.contains("checksum"), "{list}");
}

/// D17: what the same two ends say inside and outside of VLANs and tunnels is not one conversation.
#[test]
fn flows_are_told_apart_by_vlans_and_tunnels() {
    let flows: Vec<String> = cells("ends", "D17", &["nd.flow"]).concat();
    let mut distinct = flows.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((flows.len(), distinct.len()), (5, 5), "{flows:?}");
}

/// B35: what opens a session is no output of any mode.
#[test]
fn secrets_stay_in_the_file() {
    let rows = own(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("badfiles-secrets"));
    let row = rows.iter().find(|row| row.name == "B35").unwrap();
    let more: [&[&str]; 5] =
        [&["-T", "jsonl", "-V"], &["-T", "json"], &["--summary"], &["--trust"], &["--limits", "-q"]];
    for mode in MODES.into_iter().chain(more) {
        let ran = read(&row.path, mode);
        ran.expect(0);
        for text in [ran.out(), ran.err()] {
            let digits: String = text.to_lowercase().split_whitespace().collect();
            assert!(!digits.contains("53ec4e70"), "{mode:?}: {text}");
        }
    }
    assert!(files::SECRET.contains("53ec4e70"));
}

/// A14 and C04: the same packets however they are stored.
#[test]
fn the_same_packets_read_the_same() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("badfiles-same");
    let rows = own(&folder);
    let text = |file: &str| {
        let row = rows.iter().find(|row| row.path.ends_with(file)).unwrap();
        read(&row.path, &["-V", "-x"]).out()
    };
    assert_eq!(text("A14-big-endian.pcap"), text("A14-little-endian.pcap"));
    assert_eq!(text("C04-good.pcap.gz"), text("A00-good.pcap"));
}
