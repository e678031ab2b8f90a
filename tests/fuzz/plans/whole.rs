//! The program as a whole, in process: arguments as its own parser reads them, a file through source, pipeline and sink to
//! what would be printed; and what is written, read again.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use netdissect::capture::{CaptureSource as _, Options, Pull};
use netdissect::cli::{Cli, Command};
use netdissect::pipeline::Pipeline;
use netdissect::render::Screen;
use netdissect::save::{Format, Manner, Recorder as _, Save};
use netdissect::show::{self, Output};

use super::choices::Choices;
use super::files::{self, Kept, open, planned_pcap, planned_pcapng};
use super::registry;

/// What can be asked for, each with whether it shows packets one by one and whether its lines are JSON.
const MODES: &[(&str, bool, bool)] = &[
    ("", true, false),
    ("-V", false, false),
    ("-x", false, false),
    ("-T jsonl", true, true),
    ("-T jsonl -V", true, true),
    ("-T tsv -E header=n -e frame.number -e frame.protocols -e _ws.col.info", true, false),
    ("-T csv -E header=n -e frame.number -e frame.comment -e frame.interface_name -e data", true, false),
    ("--follow-tcp --explain", false, false),
    ("--follow-tcp -T jsonl", false, true),
    ("--follow-tcp --data text", false, false),
    ("--follow-tcp --plot", false, false),
    ("--follow-tcp --interleaved", false, false),
    ("--follow-tcp --compat wireshark", false, false),
    ("--flows", false, false),
    ("--expert", false, false),
    ("--expert -T jsonl", false, true),
    ("--fragments", false, false),
    ("--trust", false, false),
    ("--summary", false, false),
    ("--summary -T jsonl", false, true),
    ("--protocols", false, false),
    ("--endpoints", false, false),
    ("--rate 1", false, false),
    ("--dns", false, false),
    ("--http", false, false),
    ("--ascii -V --width 40", false, false),
    ("-V -Y udp||tcp.flags.syn==1", false, false),
];

/// What was printed.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One run.
#[derive(Debug, PartialEq, Eq)]
struct Ran {
    code: u8,
    out: Vec<u8>,
    shown: u64,
    captured: u64,
}

fn once(file: &[u8], mode: &str, options: Options, chunks: Option<u64>) -> Ran {
    let words = ["netdissect", "read", "-"].into_iter().chain(mode.split_whitespace());
    let cli = Cli::try_parse_from(words.map(OsString::from)).unwrap_or_else(|why| panic!("{mode}: {why}"));
    let Command::Read(args) = cli.command else { panic!("{mode}: another command") };
    let paper = Paper::default();
    let screen = Screen { width: args.show.width, ..Screen::PIPE };
    let (mut sink, keep) =
        show::sink(&args.show, registry(), screen, false, Output::new(Box::new(paper.clone())), None)
            .unwrap_or_else(|why| panic!("{mode}: {why}"));
    let mut pipeline = Pipeline::new(registry().clone(), args.show.bounded.values(), keep);
    let mut code = 0;
    let mut captured = 0;
    match open(file, chunks, options) {
        Err(error) => code = error.exit_code(),
        Ok(mut source) => {
            loop {
                match source.pull() {
                    Ok(Pull::Frame(frame)) => {
                        if pipeline.frame(&frame, sink.as_mut()).unwrap().is_break() {
                            break;
                        }
                    }
                    Ok(Pull::Aside(aside)) => sink.aside(&aside).unwrap(),
                    Ok(Pull::Idle(now)) => pipeline.elapse(now, sink.as_mut()).unwrap(),
                    Ok(Pull::End) => break,
                    Err(error) => code = error.exit_code(),
                }
            }
            captured = source.counters().captured;
            pipeline.note_source(source.describe());
            pipeline.finish(sink.as_mut()).unwrap();
        }
    }
    let shown = sink.shown();
    drop(sink);
    Ran { code, out: std::mem::take(&mut *paper.0.lock().unwrap()), shown, captured }
}

/// The mode, how the file is read, in which pieces; 0 and the file, or its plan.
pub fn run(input: &[u8]) {
    let mut plan = Choices::new(input);
    let (mode, packets, json) = plan.pick(MODES);
    let leniency = plan.byte();
    let options = Options {
        partial: leniency & 1 != 0,
        salvage: leniency & 2 != 0,
        force_version: leniency & 4 != 0,
        ..Options::default()
    };
    let chunks = u64::from(plan.byte());
    let file = match plan.byte() % 3 {
        0 => plan.rest().to_vec(),
        1 => planned_pcap(&mut plan).0,
        _ => planned_pcapng(&mut plan).0,
    };
    let ran = once(&file, mode, options, None);
    assert!(matches!(ran.code, 0 | 1 | 3), "{mode}: exit code {}", ran.code);
    super::show::clean(mode, &ran.out, mode.contains("tsv"));
    // All else is a function of the file alone, however it comes.
    let again = once(&file, mode, options, Some(chunks));
    assert_eq!((again.code, again.shown, again.captured), (ran.code, ran.shown, ran.captured), "{mode}");
    assert!(again.out == ran.out, "{mode}: other output where the file comes in pieces");
    let lines = ran.out.iter().filter(|&&byte| byte == b'\n').count() as u64;
    if packets {
        assert_eq!((lines, ran.shown), (ran.captured, ran.captured), "{mode}: rows and packets");
    }
    if json {
        for line in ran.out.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            serde_json::from_slice::<serde_json::Value>(line).expect("JSON that parses");
        }
    }
}

/// Input that shows a file in one of the modes.
#[must_use]
pub fn as_input(mode: u8, file: &[u8]) -> Vec<u8> {
    [&[mode, 0, 3, 0], file].concat()
}

/// A path for what this thread writes, which is taken away afterwards.
struct Written(PathBuf);

impl Written {
    fn new(suffix: &str) -> Self {
        let name = format!("netdissect-{}-{:?}.{suffix}", std::process::id(), std::thread::current().id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// 0 and a file, or its plan: read, written in both forms, and read again.
pub fn roundtrip(input: &[u8]) {
    let mut plan = Choices::new(input);
    let file = match plan.byte() % 3 {
        0 => plan.rest().to_vec(),
        1 => planned_pcap(&mut plan).0,
        _ => planned_pcapng(&mut plan).0,
    };
    let before = files::read(&file, None, Options::default());
    // Where no packet is read, nothing may be known of which a file could begin.
    if before.packets.is_empty() {
        return;
    }
    let copy = Written::new("pcapng");
    let report = write(&file, &copy.0, Format::Pcapng);
    assert_eq!(report.failure, None);
    assert_eq!(report.written, before.packets.len() as u64, "packets written");
    let bytes = std::fs::read(&copy.0).unwrap();
    let after = files::read(&bytes, None, Options::default());
    assert_eq!(after.errors, Vec::<String>::new(), "of the copy");
    same(&before.packets, &after.packets, &report.losses);
    let classic = Written::new("pcap");
    let report = write(&file, &classic.0, Format::Pcap);
    if report.failure.is_none() {
        let bytes = std::fs::read(&classic.0).unwrap();
        let after = files::read(&bytes, None, Options::default());
        assert_eq!(after.errors, Vec::<String>::new(), "of the classic copy");
        let without: Vec<Kept> =
            before.packets.iter().map(|kept| Kept { comments: Vec::new(), ..kept.clone() }).collect();
        same(&without, &after.packets, &report.losses);
    }
}

/// What comes back is what was there, but for what the writer said is lost.
fn same(before: &[Kept], after: &[Kept], losses: &[String]) {
    assert_eq!(after.len(), before.len(), "packets, with {losses:?}");
    for (old, new) in before.iter().zip(after) {
        assert_eq!((new.link, &new.data), (old.link, &old.data), "link type and bytes");
        if losses.is_empty() {
            assert_eq!(new, old, "a packet that was written");
        }
    }
}

fn write(file: &[u8], path: &Path, format: Format) -> netdissect::save::Report {
    let _ = std::fs::remove_file(path);
    let mut save = Save::create(path, &[], format, Manner::default()).unwrap();
    let mut source = open(file, None, Options { asides: true, ..Options::default() }).unwrap();
    loop {
        match source.pull() {
            Ok(Pull::Frame(frame)) => save.frame(&frame, "").unwrap(),
            Ok(Pull::Aside(aside)) => save.aside(&aside).unwrap(),
            Ok(Pull::Idle(_)) => {}
            Ok(Pull::End) => break,
            Err(_) => {}
        }
    }
    save.finish("").unwrap();
    save.report()
}
