//! No screen lets a byte out that no output may hold (docs/faults.md, section 1): the text in every sample is replaced, in
//! place, by what terminals, readers of lines and spreadsheets obey. Packets and flows by themselves are looked at
//! more closely in tests/contract/mutated.rs and tests/fuzz/plans/show.rs.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::CommandFactory as _;
use netdissect::cli::Cli;

use super::common::{Ran, captures_below, run, sample_names, samples, unclean};

/// What is put in the place of letters.
const POISON: [&[u8]; 18] = [
    b"\x1b[2J",
    b"\x1b]0;x\x07",
    b"\x9b31m",
    "\u{9b}A".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{2066}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{feff}".as_bytes(),
    "\u{ad}".as_bytes(),
    "\u{61c}".as_bytes(),
    "\u{2028}".as_bytes(),
    b"\r",
    b"\n",
    b"\t",
    b"\0",
    b"\x7f",
    b"\xff\xfe",
    b"\\\"",
];

/// Letters in a row that may be text.
const TEXT: usize = 5;

/// The file with some of its texts poisoned; its length and all that is no text stay.
fn poisoned(file: &mut [u8], seed: u64) {
    let mut state = seed | 1;
    let mut roll = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._/ ".contains(byte);
    for run in file.chunk_by_mut(|a, b| is_letter(a) == is_letter(b)) {
        if run.len() < TEXT || !is_letter(&run[0]) || roll(3) > 0 {
            continue;
        }
        let poison = POISON[roll(POISON.len())];
        if let Some(room) = run.len().checked_sub(poison.len()) {
            let at = roll(room + 1);
            run[at..at + poison.len()].copy_from_slice(poison);
        }
    }
}

/// Every sample, several times, each time with other texts poisoned.
static FILES: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
    const ROUNDS: u64 = 3;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    std::fs::create_dir_all(&folder).unwrap();
    let mut files = Vec::new();
    for name in sample_names().iter().filter(|name| name.ends_with(".pcap") || name.ends_with(".pcapng")) {
        for round in 1..=ROUNDS {
            let mut file = std::fs::read(samples().join(name)).unwrap();
            let seed = name.bytes().fold(round, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
            // The head of the file says what it is.
            poisoned(&mut file[24..], seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let path = folder.join(format!("{round}-{name}"));
            std::fs::write(&path, file).unwrap();
            files.push(path);
        }
    }
    files
});

fn read(files: &[PathBuf], mode: &[&str]) -> Ran {
    let mut args = vec!["read", "--ignore-checksums"];
    args.extend(mode);
    args.extend(files.iter().map(|file| file.to_str().unwrap()));
    let ran = run(args);
    // A poisoned record header is damage, and told.
    assert!(matches!(ran.code, Some(0 | 3)), "{mode:?}: {:?}: {}", ran.code, ran.last_words());
    ran
}

/// Screens as people see them, and as programs do.
const TEXTS: [&[&str]; 27] = [
    &[],
    &["-V", "--address-kinds"],
    &["-V", "--width", "80"],
    &["-x"],
    &["-A"],
    &["-x", "-e", "http.host,dns.qry.name,data.data"],
    &["--follow-tcp", "--explain", "--plot"],
    &["--follow-tcp", "--interleaved"],
    &["--follow-tcp", "--data", "text"],
    &["--follow-tcp", "--data", "hex"],
    &["--flows"],
    &["--flows=udp"],
    &["--flows=ip"],
    &["--flows", "--refresh", "1s"],
    &["--expert"],
    &["--fragments"],
    &["--trust"],
    &["--summary"],
    &["--protocols"],
    &["--endpoints", "--address-kinds"],
    &["--rate", "1s"],
    &["--dns"],
    &["--http"],
    &["--path"],
    &["--nat"],
    &["--leases"],
    &["--arp"],
];
const RECORDS: [&[&str]; 7] = [
    &["-T", "jsonl", "-V"],
    &["-T", "json"],
    &["-T", "csv", "-e", "frame.number,_ws.col.info,frame.comment,http.host,dns.qry.name"],
    &["--follow-tcp", "--explain", "-T", "jsonl"],
    &["--summary", "-T", "json"],
    &["--http", "-T", "jsonl"],
    &["--dns", "-T", "jsonl"],
];

#[test]
fn no_screen_lets_a_byte_of_the_escaped_set_out() {
    let files = &FILES;
    let check = |mode: &[&str], tabs: bool| {
        let ran = read(files, mode);
        for (stream, text) in [("standard output", &ran.out), ("standard error", &ran.err)] {
            if let Some(what) = unclean(text, tabs) {
                panic!("{mode:?}: {stream} holds {what}");
            }
        }
        ran.out()
    };
    for mode in TEXTS.iter().chain(&RECORDS) {
        check(mode, false);
    }
    check(&["-T", "tsv", "-e", "frame.number,_ws.col.info,frame.comment,http.host"], true);
    // The poison has arrived.
    for mode in [&["-V"][..], &["-T", "jsonl", "-V"], &["--http"], &["--dns"]] {
        let out = check(mode, false);
        let escapes =
            out.matches("\\x1b").count() + out.matches("\\u001b").count() + out.matches("\\027").count();
        assert!(escapes > 3, "{mode:?} shows {escapes} escapes");
    }
}

/// Every sample as it is, or with `NETDISSECT_CAPTURES` every capture below that folder, whatever its bytes.
#[test]
fn no_capture_makes_a_screen_let_one_out() {
    const MODES: [&[&str]; 6] =
        [&[], &["-V"], &["--follow-tcp", "--explain"], &["-T", "jsonl"], &["--flows"], &["--expert"]];
    let folder = std::env::var_os("NETDISSECT_CAPTURES").map_or_else(samples, PathBuf::from);
    let captures = captures_below(&folder);
    assert!(!captures.is_empty(), "{}", folder.display());
    for capture in captures {
        for mode in MODES {
            let ran = run([&["read", capture.to_str().unwrap()], mode].concat());
            // No fault of the program (70), no signal.
            assert!(matches!(ran.code, Some(0 | 1 | 3)), "{capture:?} {mode:?}: {:?}", ran.code);
            for text in [&ran.out, &ran.err] {
                assert_eq!(unclean(text, false), None, "{capture:?} {mode:?}");
            }
        }
    }
}

/// With colour there are control characters, but only ours: without them the text is the same as without colour.
#[test]
fn colour_is_all_that_is_added() {
    let files = &FILES;
    // Colour counts for the most that one packet may print, so that -V may say less with it.
    for mode in [&[][..], &["--follow-tcp", "--explain"], &["--expert"], &["--http"], &["--summary"]] {
        let plain = read(files, mode).out();
        let coloured = read(files, &[mode, &["--color", "always"]].concat()).out();
        assert!(coloured.contains("\x1b["), "{mode:?}");
        let mut stripped = String::new();
        let mut parts = coloured.split("\x1b[");
        stripped.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (colour, text) = part.split_once('m').unwrap_or_default();
            assert!(colour.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "{mode:?}: {part:?}");
            stripped.push_str(text);
        }
        assert!(stripped == plain, "{mode:?} with colour says something else");
    }
}

#[test]
fn no_screen_is_forgotten() {
    let mut command = Cli::command();
    command.build();
    let read = command.find_subcommand("read").unwrap();
    let screens = read.get_groups().find(|group| group.get_id() == "screen").unwrap();
    let mut count = 0;
    for id in screens.get_args() {
        let Some(long) = read.get_arguments().find(|arg| arg.get_id() == id).unwrap().get_long() else {
            continue;
        };
        count += 1;
        let flag = format!("--{long}");
        let is_there = |mode: &&[&str]| mode.iter().any(|word| word.split('=').next() == Some(flag.as_str()));
        assert!(TEXTS.iter().any(is_there), "{flag} is not looked at");
    }
    assert!(count > 12, "{count} screens");
}
