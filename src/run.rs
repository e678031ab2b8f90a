//! One run of the program, from arguments to exit code.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context as _;
use clap::Parser as _;
use netdissect_dissectors::registry::Registry;

use crate::capture::chain::Chain;
use crate::capture::{self, CaptureError, CaptureSource, Pull};
use crate::cli::{Cli, Command, Fields, Protocols, Read, Show};
use crate::flow::limits::Limits;
use crate::pipeline::Pipeline;
use crate::render::style::{Glyphs, Style};
use crate::show::{self, Output, Screen};

/// Exit codes (docs/faults.md, section 2.1).
mod code {
    pub(super) const DONE: u8 = 0;
    pub(super) const FAILED: u8 = 1;
    pub(super) const USAGE: u8 = 2;
    pub(super) const OUTPUT: u8 = 4;
    pub(super) const EMPTY: u8 = 6;
}

/// Runs the program with these arguments, the first being its name, and returns the exit code.
#[must_use]
pub fn run(args: Vec<OsString>) -> u8 {
    let cli = match Cli::try_parse_from(with_command(args)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no error; a closed pipe is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { code::USAGE } else { code::DONE };
        }
    };
    let done = match cli.command {
        Command::Read(read) => self::read(&read),
        Command::Fields(fields) => list_fields(&fields),
        Command::Protocols(protocols) => list_protocols(&protocols),
        Command::Live(_) | Command::Interfaces => Ok(code::FAILED),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            let broken =
                error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe);
            if broken {
                return code::DONE;
            }
            complain(&format!("{error:#}"));
            if error.downcast_ref::<show::ShowError>().is_some() {
                code::USAGE
            } else if error.downcast_ref::<io::Error>().is_some() {
                code::OUTPUT
            } else {
                code::FAILED
            }
        }
    }
}

/// `-r f` stands for `read f`, `-i if` for `live if`, and a first argument that is a file for `read`.
fn with_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let Some(first) = args.get(1) else { return args };
    let command = match first.to_str() {
        Some("-r") => {
            args.remove(1);
            "read"
        }
        Some("-i") => {
            args.remove(1);
            "live"
        }
        Some("read" | "live" | "interfaces" | "fields" | "protocols" | "help") => return args,
        _ if Path::new(first).is_file() => "read",
        _ => return args,
    };
    args.insert(1, command.into());
    args
}

/// One line on standard error. If that is gone, there is nobody to tell.
fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "error: {text}");
}

fn warn(text: &str) {
    let _ = writeln!(io::stderr().lock(), "warning: {text}");
}

fn read(read: &Read) -> anyhow::Result<u8> {
    let options = capture::Options {
        partial: read.partial,
        salvage: read.salvage,
        force_version: read.force_version,
        follow: false,
    };
    let mut source = Chain::new(read.files.iter().cloned(), options);
    drive(&mut source, &read.show)
}

fn drive(source: &mut dyn CaptureSource, show: &Show) -> anyhow::Result<u8> {
    let mut registry = Registry::builtin();
    for rule in &show.decode_as {
        registry.decode_as(rule).map_err(|why| show::ShowError::Usage(format!("-d {rule}: {why}")))?;
    }
    let out = Output::new(Box::new(io::stdout().lock()));
    let (mut sink, keep) = show::sink(show, &registry, screen(show), out)?;
    let mut pipeline = Pipeline::new(registry, Limits::default(), keep);
    let mut damage: Option<(String, CaptureError)> = None;
    loop {
        match source.pull() {
            Ok(Pull::Frame(frame)) => {
                if let ControlFlow::Break(()) = pipeline.frame(&frame, sink.as_mut())? {
                    break;
                }
            }
            Ok(Pull::Idle(_)) => sink.flush()?,
            Ok(Pull::End) => break,
            Err(error) => {
                let name = source.describe().name;
                if let Some((name, error)) = damage.replace((name, error)) {
                    complain(&format!("{name}: {error}"));
                }
            }
        }
    }
    pipeline.finish(sink.as_mut())?;
    let shown = sink.shown();
    drop(sink);
    if !show.silent {
        for note in source.notes().lines() {
            warn(&note);
        }
        let captured = source.counters().captured;
        let _ = writeln!(
            io::stderr().lock(),
            "{} packets captured, {} shown",
            thousands(captured),
            thousands(shown)
        );
    }
    if let Some((name, error)) = damage {
        complain(&format!("{name}: {error}"));
        return Ok(error.exit_code());
    }
    Ok(if show.fail_empty && shown == 0 { code::EMPTY } else { code::DONE })
}

fn screen(show: &Show) -> Screen {
    let terminal = io::stdout().is_terminal();
    let env = |name: &str| std::env::var_os(name);
    Screen {
        width: show.width.unwrap_or(0),
        terminal,
        style: Style::detect(show.color.into(), terminal, env),
        glyphs: Glyphs::detect(show.ascii, env),
    }
}

/// A count with a comma between thousands.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn list_fields(fields: &Fields) -> anyhow::Result<u8> {
    let registry = Registry::builtin();
    let pattern = fields.pattern.as_deref().unwrap_or_default();
    let mut rows: Vec<_> = registry.fields().filter(|field| field.abbrev.contains(pattern)).collect();
    rows.sort_by_key(|field| field.abbrev);
    rows.dedup_by_key(|field| field.abbrev);
    let mut out = io::stdout().lock();
    for field in rows {
        if fields.names {
            writeln!(out, "{}", field.abbrev)
        } else {
            writeln!(out, "{:<40} {:<10} {}", field.abbrev, format!("{:?}", field.kind), field.label)
        }
        .context("standard output")?;
    }
    Ok(code::DONE)
}

fn list_protocols(protocols: &Protocols) -> anyhow::Result<u8> {
    let registry = Registry::builtin();
    let mut out = io::stdout().lock();
    for dissector in registry.dissectors() {
        let protocol = dissector.protocol();
        if protocols.names {
            writeln!(out, "{}", protocol.name)
        } else {
            writeln!(out, "{:<16} {}", protocol.name, protocol.about)
        }
        .context("standard output")?;
    }
    Ok(code::DONE)
}
