//! What the tests of the program share: running it, its samples, and what its output may never hold.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A run that takes longer than this hangs. Far above what any test needs: no test is about time.
const HANG: Duration = Duration::from_secs(120);

/// The program, in a plain environment: UTF-8, no terminal, no wishes about colour.
pub(crate) fn netdissect<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdissect"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LC_ALL", "LC_CTYPE", "TZ"] {
        command.env_remove(name);
    }
    command.env("LANG", "C.UTF-8").env("TERM", "xterm").current_dir(samples()).args(args);
    command
}

/// The folder of the sample captures.
pub(crate) fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Captures in a folder and those below it, in order, by paths that hold in any folder.
pub(crate) fn captures_below(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.canonicalize().unwrap()];
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if [".pcap", ".pcapng", ".cap", ".dmp"].iter().any(|suffix| name.ends_with(suffix)) {
                all.push(path);
            }
        }
    }
    all.sort();
    all
}

/// Names of all sample captures, sorted.
pub(crate) fn sample_names() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(samples())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".pcap"))
        .collect();
    names.sort();
    assert!(names.len() > 50, "where are the samples? {names:?}");
    names
}

/// A run and what it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// `None`: ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
}

impl Ran {
    pub(crate) fn out(&self) -> String {
        String::from_utf8(self.out.clone()).expect("standard output is UTF-8")
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8(self.err.clone()).expect("standard error is UTF-8")
    }

    /// The last line of standard error.
    pub(crate) fn last_words(&self) -> String {
        self.err().lines().last().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "exit code; standard error: {}", self.err());
        self
    }
}

/// Runs the program in the folder of the samples.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    finish(netdissect(args))
}

/// Runs it with these pieces on standard input, one write each.
pub(crate) fn run_fed<S, P>(args: impl IntoIterator<Item = S>, pieces: Vec<P>) -> Ran
where
    S: AsRef<std::ffi::OsStr>,
    P: AsRef<[u8]> + Send + 'static,
{
    feed(netdissect(args), pieces)
}

/// Runs a command that is already set up.
pub(crate) fn finish(mut command: Command) -> Ran {
    command.stdin(Stdio::null());
    feed::<Vec<u8>>(command, Vec::new())
}

fn feed<P: AsRef<[u8]> + Send + 'static>(mut command: Command, pieces: Vec<P>) -> Ran {
    if !pieces.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take();
    let writer = std::thread::spawn(move || {
        let Some(mut input) = input else { return };
        for piece in pieces {
            // The program may stop reading early.
            if input.write_all(piece.as_ref()).is_err() {
                return;
            }
        }
    });
    let mut out = child.stdout.take().unwrap();
    let mut err = child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        out.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let errors = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        err.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > HANG {
            child.kill().unwrap();
            panic!("{command:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    writer.join().unwrap();
    Ran { code: status.code(), out: reader.join().unwrap(), err: errors.join().unwrap() }
}

/// The first character that no output may hold raw (docs/faults.md, section 1), if there is one. Line feeds are
/// fine, and tabs where the format separates by them.
pub(crate) fn unclean(text: &[u8], tabs: bool) -> Option<String> {
    let Ok(text) = std::str::from_utf8(text) else { return Some("not UTF-8".into()) };
    let bad = |c: char| match c {
        '\n' => false,
        '\t' => !tabs,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => false,
    };
    let at = text.find(bad)?;
    let line = text[..at].lines().count();
    Some(format!("{:?} in line {line}", text[at..].chars().next().unwrap_or_default()))
}

/// Recorded output: compared, or recorded anew with UPDATE_GOLDEN=1.
pub(crate) mod golden {
    use std::fmt::Write as _;
    use std::path::{Path, PathBuf};

    use super::Ran;

    pub(crate) fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
    }

    /// A run as it is recorded: the command, both streams, the exit code.
    pub(crate) fn spell<S: AsRef<str>>(args: &[S], ran: &Ran) -> String {
        let mut text = String::from("$ netdissect");
        for arg in args {
            write!(text, " {}", arg.as_ref()).unwrap();
        }
        text.push('\n');
        text.push_str(&ran.out());
        if !text.ends_with('\n') {
            text.push_str("(no end of line)\n");
        }
        if !ran.err.is_empty() {
            write!(text, "-- standard error\n{}", ran.err()).unwrap();
        }
        match ran.code {
            Some(code) => writeln!(text, "-- exit {code}").unwrap(),
            None => writeln!(text, "-- killed").unwrap(),
        }
        text
    }

    /// Whether `tests/golden/<name>.txt` holds this run; if not, where it differs.
    pub(crate) fn difference<S: AsRef<str>>(name: &str, args: &[S], ran: &Ran) -> Option<String> {
        let path = folder().join(format!("{name}.txt"));
        let got = spell(args, ran);
        if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            std::fs::write(&path, got).unwrap();
            return None;
        }
        let Ok(want) = std::fs::read_to_string(&path) else {
            return Some(format!(
                "{name}: nothing is recorded; record it with UPDATE_GOLDEN=1 and review it"
            ));
        };
        (want != got).then(|| framed(name, &want, &got))
    }

    #[track_caller]
    pub(crate) fn compare<S: AsRef<str>>(name: &str, args: &[S], ran: &Ran) {
        if let Some(difference) = difference(name, args, ran) {
            panic!("{difference}");
        }
    }

    /// The first lines that differ, with what stands around them.
    pub(crate) fn framed(name: &str, want: &str, got: &str) -> String {
        let (want, got): (Vec<&str>, Vec<&str>) = (want.lines().collect(), got.lines().collect());
        let first = want.iter().zip(&got).take_while(|(a, b)| a == b).count();
        let tail =
            want[first..].iter().rev().zip(got[first..].iter().rev()).take_while(|(a, b)| a == b).count();
        let mut text = format!("tests/golden/{name}.txt, from line {}:\n", first + 1);
        for line in &want[first.saturating_sub(2)..first] {
            writeln!(text, "      | {line}").unwrap();
        }
        for (mark, lines) in [("- ", &want), ("+ ", &got)] {
            let differing = &lines[first..lines.len() - tail];
            for line in differing.iter().take(12) {
                writeln!(text, "    {mark}| {line}").unwrap();
            }
            if differing.len() > 12 {
                writeln!(text, "    {mark}| … {} lines more", differing.len() - 12).unwrap();
            }
        }
        for line in want[want.len() - tail..].iter().take(2) {
            writeln!(text, "      | {line}").unwrap();
        }
        text
    }
}
