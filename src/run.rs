//! One run of the program, from arguments to exit code.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use clap::Parser as _;
use netdissect_dissectors::dissector::Dissector;
use netdissect_dissectors::frame::{LinkType, Timestamp};
use netdissect_dissectors::registry::Registry;

use crate::capture::chain::Chain;
use crate::capture::live::{self, LiveOptions};
use crate::capture::{
    self, Aside, CaptureError, CaptureFilter, CaptureSource, Counters, Description, Pull, Tally,
};
use crate::cli::{Cli, Command, Live, Read, Show, View};
use crate::declared;
use crate::pipeline::{Pipeline, Policies, Sink};
use crate::privileges;
use crate::render::flows::thousands;
use crate::render::style::{Escaped, Glyphs, Role, Style};
use crate::render::{Cap, Screen, value};
use crate::show::{self, Backlog, Output, ShowError};
use crate::trust::Books;

mod ahead;
mod doctor;
mod explain;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod fence;
mod filter;
mod limit;
mod lists;
mod notices;
mod overload;
mod progress;
mod pulse;
mod sandbox;
mod save;
mod secrets;

use limit::Limit;
use notices::Notices;
use overload::Overload;
use progress::Progress;
use pulse::Pulse;

/// Exit codes (docs/faults.md, section 2.1); capture errors know their own.
mod code {
    pub(super) const DONE: u8 = 0;
    pub(super) const FAILED: u8 = 1;
    pub(super) const USAGE: u8 = 2;
    pub(super) const OUTPUT: u8 = 4;
    pub(super) const WANTING: u8 = 6;
    pub(super) const FENCED: u8 = 70;
    pub(super) const STOPPED_TWICE: i32 = 130;
}

/// How often live tables are drawn, in ns of packet time.
const SECOND: i64 = 1_000_000_000;

/// Link types that a run warns of: no capture has so many.
const MAX_UNREAD: usize = 16;

/// Runs the program with these arguments, the first being its name, and returns the exit code.
#[must_use]
pub fn run(args: Vec<OsString>) -> u8 {
    run_with(args, &[])
}

/// The same with further dissectors, which come before the built-in ones where both answer to a number.
pub fn run_with(args: Vec<OsString>, more: &[&'static dyn Dissector]) -> u8 {
    // A panic is told by the fence that catches it, with its packet.
    std::panic::set_hook(Box::new(|_| {}));
    let cli = match Cli::try_parse_from(with_command(args)) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let text = error.to_string();
            complain(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
            return code::USAGE;
        }
        Err(help) => {
            // Help and version go to standard output and are no error; a closed pipe is nobody's fault.
            let _ = help.print();
            return code::DONE;
        }
    };
    if let Err(refusal) = privileges::check_setuid() {
        complain(&refusal.to_string());
        return code::FAILED;
    }
    let registry = match registry(more, &cli.dissector) {
        Ok(registry) => registry,
        Err(why) => {
            complain(&why);
            return code::USAGE;
        }
    };
    let done = match cli.command {
        Command::Read(args) => read(&args, registry),
        Command::Live(mut args) => {
            // What happens is shown while it does; a sketch can only be drawn of what is over.
            args.show.interleaved = !args.show.plot;
            args.show.refresh.get_or_insert(SECOND);
            capture_live(&args, registry)
        }
        Command::Doctor(_) => doctor::doctor(),
        Command::Interfaces(_) => lists::interfaces(),
        Command::Fields(args) => lists::fields(&args, &registry),
        Command::Protocols(args) => lists::protocols(&args, &registry),
        Command::Explain(args) => explain::explain(&args, &registry),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            let io = error.downcast_ref::<io::Error>();
            if io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe) {
                return code::DONE;
            }
            complain(&format!("{error:#}"));
            match error.downcast_ref::<CaptureError>() {
                Some(capture) => capture.exit_code(),
                None if error.downcast_ref::<ShowError>().is_some() => code::USAGE,
                None if error.downcast_ref::<save::Incomplete>().is_some() => code::OUTPUT,
                None if io.is_some() => code::OUTPUT,
                None => code::FAILED,
            }
        }
    }
}

/// `-r f` stands for `read f`, `-i if` for `live if`, and a first argument that is a file for `read`.
fn with_command(mut args: Vec<OsString>) -> Vec<OsString> {
    const COMMANDS: [&str; 8] =
        ["read", "live", "interfaces", "fields", "protocols", "explain", "doctor", "help"];
    let Some(first) = args.get(1) else { return args };
    let command = match first.to_str() {
        Some("-r") => {
            args.remove(1);
            "read"
        }
        Some("-i") => "live",
        Some("-D") => {
            args.remove(1);
            "interfaces"
        }
        Some(word) if COMMANDS.contains(&word) => return args,
        _ if Path::new(first).is_file() => "read",
        _ => return args,
    };
    args.insert(1, command.into());
    args
}

/// One message on standard error. If that is gone, there is nobody to tell.
fn complain(text: &str) {
    say(Some((Role::Error, "error:")), text);
}

fn warn(text: &str) {
    say(Some((Role::Warning, "warning:")), text);
}

fn tell(text: &str) {
    say(None, text);
}

/// What was not escaped where it came from, such as an argument that is repeated, is escaped here; the rest stays as it is.
fn say(mark: Option<(Role, &str)>, text: &str) {
    let mut err = io::stderr().lock();
    if let Some((role, word)) = mark {
        let _ = write!(err, "{} ", stderr_style().paint(role, word));
    }
    for line in text.split('\n') {
        let _ = writeln!(err, "{}", Escaped::name(line.as_bytes()));
    }
}

fn stderr_style() -> Style {
    Style::detect(crate::render::style::ColorChoice::Auto, io::stderr().is_terminal(), |name| {
        std::env::var_os(name)
    })
}

fn read(args: &Read, registry: Registry) -> anyhow::Result<u8> {
    let (files, words) = filter::split(&args.files, &args.filter);
    let expression = filter::expression(&args.pick, &words, &registry)?;
    let tags = filter::tags(&args.pick);
    let filter = || expression.as_deref().map(|expression| CaptureFilter::new(expression, tags)).transpose();
    let named = || -> anyhow::Result<_> {
        let mut filter = filter()?;
        filter.iter_mut().for_each(CaptureFilter::learn_names);
        Ok(filter)
    };
    if args.two_passes {
        ahead::check(files)?;
    }
    let options = capture::Options {
        partial: args.partial,
        salvage: args.salvage,
        force_version: args.force_version,
        follow: false,
        asides: args.show.write.is_some(),
        secrets: true,
    };
    let mut source = Chain::new(files.iter().cloned(), options);
    if args.pick.dump_filter {
        return filter::dump(filter()?, &mut source);
    }
    let mut session = privileges::as_invoker(|| Session::new(&args.show, registry, false, files))?;
    session.filter = named()?;
    if args.show.write.is_some() {
        sandbox::foresee(files)?;
    }
    let ahead = if args.two_passes { Some(named()?) } else { None };
    sandbox::enter(&args.confine, &args.show, sandbox::for_files(files, session.filter.is_some()))?;
    if let Some(filter) = ahead {
        session = session.look_ahead(files, options, filter)?;
    }
    if args.show.write.is_some() {
        stop_on_signals(&session.stop)?;
    }
    session.drive(&mut source)?;
    session.close(&mut source)
}

fn capture_live(args: &Live, registry: Registry) -> anyhow::Result<u8> {
    let (interfaces, words) = filter::split_live(args);
    let expression = filter::expression(&args.pick, &words, &registry)?;
    let tags = filter::tags(&args.pick);
    let options = LiveOptions {
        promiscuous: !args.not_promiscuous,
        snaplen: args.snaplen,
        ring: args.ring,
        filter: expression.clone(),
        tags,
        asides: args.show.write.is_some(),
        ..LiveOptions::default()
    };
    if args.pick.dump_filter {
        return filter::dump_live(&interfaces, &options);
    }
    let mut session = privileges::as_invoker(|| Session::new(&args.show, registry, true, &[]))?;
    session.pulse = Some(Pulse::new());
    // Only where packets are written whatever is in them is there something to be kept that needs no look at them.
    session.overload = (args.show.prints() && args.show.writes_all()).then(|| Overload::new(args.ring));
    let mut source = live::open(&interfaces, &options, &session.stop)?;
    let links = source.describe().links;
    let link = links.first().copied();
    if let (Some(expression), Some(link)) = (&expression, link) {
        session.filter = CaptureFilter::behind_kernel(expression, tags, link)?;
    }
    sandbox::enter(
        &args.confine,
        &args.show,
        sandbox::for_interfaces(interfaces.iter().map(String::as_str)),
    )?;
    stop_on_signals(&session.stop)?;
    if io::stderr().is_terminal() && !args.show.silent {
        let links: Vec<String> = links.iter().map(ToString::to_string).collect();
        let link = if links.is_empty() { String::new() } else { format!(" ({})", links.join(", ")) };
        let through = if session.filter.is_some() { ", also inside VLAN tags" } else { "" };
        let filter = expression
            .map(|expression| format!(" Filter: {}{through}.", Escaped::text(expression.as_bytes())))
            .unwrap_or_default();
        tell(&format!("Capturing on {}{link}.{filter} Ctrl-C ends.", source.describe().name));
    }
    session.drive(source.as_mut())?;
    session.close(source.as_mut())
}

/// The first signal asks for an end in good order, the second ends at once.
fn stop_on_signals(stop: &Arc<AtomicBool>) -> anyhow::Result<()> {
    let stop = Arc::clone(stop);
    ctrlc::set_handler(move || {
        if stop.swap(true, Ordering::SeqCst) {
            std::process::exit(code::STOPPED_TWICE);
        }
    })
    .context("cannot catch Ctrl-C")
}

/// A run over one source.
struct Session<'a> {
    show: &'a Show,
    live: bool,
    pipeline: Pipeline,
    sink: Box<dyn Sink>,
    /// What is still to be asked of frames before they are taken apart.
    filter: Option<CaptureFilter>,
    /// How much of the source is wanted.
    limit: Limit,
    /// What a slow reader has not been shown.
    backlog: Arc<Backlog>,
    damage: Option<(String, CaptureError)>,
    /// Set by a signal: no further packet is wanted.
    stop: Arc<AtomicBool>,
    /// Packets on which a part of the program panicked.
    fenced: u64,
    /// What was said of limits that were reached.
    notices: Notices,
    /// Time of the first frame, once there was one.
    introduced: Option<Timestamp>,
    /// Link types of which it was said that their frames are shown as bytes, [`MAX_UNREAD`] at most.
    unread: Vec<LinkType>,
    /// The format of the first file has a place for dropped packets.
    counts_drops: bool,
    /// The source as it was at its first frame.
    source: Description,
    /// What is looked at each second of a capture.
    pulse: Option<Pulse>,
    /// Whether packets come too fast for all that is wanted of them.
    overload: Option<Overload>,
}

impl<'a> Session<'a> {
    fn new(show: &'a Show, registry: Registry, live: bool, inputs: &[PathBuf]) -> anyhow::Result<Self> {
        let mut registry = decode_as(registry, show)?;
        secrets::load(&mut registry, show)?;
        if show.read_filter.is_some() && !show.silent {
            tell("-R is taken as -Y: everything is read, and the filter chooses what is shown");
        }
        let backlog = Arc::new(Backlog::default());
        // A stream from which something is missing is not that stream: its reader is waited for.
        let out = if live && show.data.is_none() {
            Output::past_slow_readers(Arc::clone(&backlog))
        } else {
            Output::new(Box::new(io::stdout()))
        };
        Self::to(show, live, inputs, registry, (out, backlog))
    }

    /// A run with these dissectors and this output.
    fn to(
        show: &'a Show,
        live: bool,
        inputs: &[PathBuf],
        registry: Registry,
        (out, backlog): (Output, Arc<Backlog>),
    ) -> anyhow::Result<Self> {
        let heading = io::stdout().is_terminal();
        let stop = Arc::new(AtomicBool::new(false));
        let save = save::create(show, inputs, &stop)?;
        let (sink, mut keep) = show::sink(show, &registry, screen(show), heading, out, save)?;
        keep.extras.unseen = !sink.looks_at_flows();
        let policies = Policies { overlap: show.overlap, fragment_overlap: show.fragment_overlap };
        let mut pipeline = Pipeline::new(registry, show.bounded.values(), keep).with_policies(policies);
        if live {
            pipeline = pipeline.without_end();
        }
        Ok(Self {
            show,
            live,
            pipeline,
            sink,
            filter: None,
            limit: Limit::new(&show.bounds),
            backlog,
            damage: None,
            stop,
            fenced: 0,
            notices: Notices::new(show.bounded.values()),
            introduced: None,
            unread: Vec::new(),
            counts_drops: false,
            source: Description::default(),
            pulse: None,
            overload: None,
        })
    }

    /// Reads the files once before they are shown.
    fn look_ahead(
        mut self,
        files: &[PathBuf],
        options: capture::Options,
        filter: Option<CaptureFilter>,
    ) -> anyhow::Result<Self> {
        let keep = self.pipeline.keep();
        let foresight =
            ahead::first_pass(files, options, filter, (self.show, self.pipeline.registry().clone(), keep))?;
        self.pipeline = self.pipeline.with_foresight(foresight);
        Ok(self)
    }

    /// Reads the source to its end, to the last packet that can be shown, or to Ctrl-C. Whatever else ends it, packets that
    /// are to be written are.
    fn drive(&mut self, source: &mut dyn CaptureSource) -> anyhow::Result<()> {
        let done = self.pull_all(source);
        if done.is_err() {
            let _ = self.sink.flush();
            if let Some(report) = self.sink.saved() {
                save::check(&report)?;
            }
        }
        done
    }

    fn pull_all(&mut self, source: &mut dyn CaptureSource) -> anyhow::Result<()> {
        let mut progress = Progress::new(!self.live && !self.show.silent);
        loop {
            if !self.live && self.stop.load(Ordering::Relaxed) {
                break;
            }
            if self.pulse.as_mut().is_some_and(Pulse::is_due) {
                self.beat(source)?;
            }
            match source.pull() {
                Ok(Pull::Frame(frame)) => {
                    if !self.pipeline.reads(frame.link) && !self.shows_unread(frame.link) {
                        let why = format!("{} is not supported; -x shows the bytes", frame.link);
                        anyhow::bail!("{}: {why}", source.describe().name);
                    }
                    if self.limit.is_up(frame.time) {
                        if !self.live {
                            break;
                        }
                        // What came until now still lies in the ring.
                        self.stop.store(true, Ordering::Relaxed);
                    }
                    if let Some(filter) = &mut self.filter
                        && !filter.accepts(&frame)?
                    {
                        self.pipeline.pass_over(&frame);
                        continue;
                    }
                    if self.overload.as_mut().is_some_and(|overload| overload.skips(&frame)) {
                        self.pipeline.pass_over(&frame);
                        if self.sink.unseen(&frame)?.is_break() || self.limit.count() {
                            break;
                        }
                        continue;
                    }
                    let time = frame.time;
                    let number = frame.number;
                    // The fence: whatever a packet does to this program, all others are read.
                    let read = AssertUnwindSafe(|| self.pipeline.frame(&frame, self.sink.as_mut()));
                    let Ok(go_on) = catch_unwind(read) else {
                        self.pipeline.abandon();
                        self.sink.abandon();
                        self.fenced = self.fenced.saturating_add(1);
                        tell_left_out(number);
                        continue;
                    };
                    let go_on = go_on?;
                    if self.introduced.is_none() {
                        self.introduced = Some(time);
                        self.counts_drops = source.describe().format.starts_with("pcapng");
                        self.source = source.describe();
                        self.introduce(&self.source, time);
                    }
                    if go_on.is_break() || self.limit.count() {
                        break;
                    }
                    if self.notices.is_due() {
                        self.notices.tell(&self.pipeline.hits(), self.show.silent);
                    }
                    if progress.is_due() {
                        progress.show(source.position());
                    }
                }
                Ok(Pull::Aside(aside)) => {
                    self.pipeline.aside(&aside);
                    self.sink.aside(&aside)?;
                }
                Ok(Pull::Idle(now)) => {
                    self.pipeline.elapse(now, self.sink.as_mut())?;
                    self.sink.flush()?;
                    self.pulse.iter_mut().for_each(Pulse::rest);
                    self.overload.iter_mut().for_each(Overload::rest);
                    if self.live && self.limit.is_up(now) {
                        self.stop.store(true, Ordering::Relaxed);
                    }
                }
                Ok(Pull::End) => break,
                Err(error) => {
                    let name = source.describe().name;
                    if let Some((name, error)) = self.damage.replace((name, error)) {
                        complain(&format!("{name}: {error}"));
                    }
                }
            }
        }
        progress.clear();
        Ok(())
    }

    /// Once a second of a capture: what is counted goes to the file, and whoever looks hears what has changed.
    fn beat(&mut self, source: &mut dyn CaptureSource) -> anyhow::Result<()> {
        let counters = source.counters();
        self.tell_tallies(source)?;
        let news = source.news();
        let Some(pulse) = &mut self.pulse else { return Ok(()) };
        let drops = pulse.drops(&counters);
        if !self.show.silent {
            news.iter().chain(&drops).for_each(|line| warn(line));
        }
        if pulse.is_asked() {
            let written = self.sink.saved().as_ref().map(save::words).unwrap_or_default();
            let passed = filter::passed(self.filter.as_ref(), true, counters.captured);
            let skipped = self.overload.as_ref().map_or(0, Overload::skipped);
            let unread = self.backlog.dropped().saturating_add(skipped);
            let shown = shown(self.show, self.sink.as_ref(), &self.backlog);
            tell(&summary(&counters, &passed, shown, &written, unread));
        }
        Ok(())
    }

    /// Tells the file what each interface has counted.
    fn tell_tallies(&mut self, source: &mut dyn CaptureSource) -> io::Result<()> {
        for (name, c) in source.by_interface() {
            let (received, kernel_drops, interface_drops) = (c.received, c.kernel_drops, c.interface_drops);
            self.sink.aside(&Aside::Tally(Tally { name: &name, received, kernel_drops, interface_drops }))?;
        }
        Ok(())
    }

    /// Whether frames of a link type that nobody here takes apart are shown as bytes; said once if so. A number
    /// without a name rather tells of a file that is not what it seems: at its start only a dump is given.
    fn shows_unread(&mut self, link: LinkType) -> bool {
        if !link.has_name() && self.introduced.is_none() && !self.show.hex {
            return false;
        }
        if !self.show.silent && self.unread.len() < MAX_UNREAD && !self.unread.contains(&link) {
            self.unread.push(link);
            warn(&format!("{link} is not dissected; its frames are shown as bytes"));
        }
        true
    }

    /// The line about the file, for whoever reads along.
    fn introduce(&self, description: &Description, time: Timestamp) {
        if self.live || self.show.silent || !io::stderr().is_terminal() {
            return;
        }
        let links: Vec<String> = description.links.iter().map(ToString::to_string).collect();
        let mut date = Vec::new();
        value::date(&mut date, time, 6);
        let date = String::from_utf8_lossy(&date);
        tell(&format!("{}: {}, {}, from {date} UTC", description.name, description.format, links.join(", ")));
    }

    /// Shows what is left, the summary and the error that decides the exit code.
    fn close(mut self, source: &mut dyn CaptureSource) -> anyhow::Result<u8> {
        if let Some(filter) = &mut self.filter
            && self.damage.is_none()
        {
            filter::check(filter, &source.describe())?;
        }
        source.end();
        let counters = source.counters();
        self.tell_tallies(source)?;
        self.pipeline.note_books(Books {
            received: counters.received,
            kernel_drops: counters.kernel_drops,
            interface_drops: counters.interface_drops,
            unreadable: counters.unreadable.max(u64::from(self.damage.is_some())),
            counts_drops: self.live || self.counts_drops,
        });
        let last = source.describe();
        if self.introduced.is_none() {
            self.source = last;
        } else if last.name != self.source.name {
            self.source.name = format!("{} … {}", self.source.name, last.name);
        }
        self.pipeline.note_source(self.source);
        // Packets go to the file before anybody is waited for who reads of them.
        self.sink.flush()?;
        self.backlog.be_patient();
        let hits = self.pipeline.hits();
        let skipped = self.overload.as_ref().map_or(0, Overload::skipped);
        // Of what could not be opened there is nothing to tell but why.
        let is_unread = self.introduced.is_none()
            && self.damage.as_ref().is_some_and(|(_, error)| error.exit_code() == code::FAILED)
            && self.sink.saved().is_none();
        let rest = AssertUnwindSafe(|| match is_unread {
            true => Ok(()),
            false => self.pipeline.finish(self.sink.as_mut()),
        });
        match catch_unwind(rest) {
            Ok(rest) => rest?,
            Err(_) => {
                self.fenced = self.fenced.saturating_add(1);
                complain(
                    "the end of the capture: a fault of this program; what was still to be shown is left out",
                );
                let _ = self.sink.flush();
            }
        }
        for number in self.sink.left_out() {
            self.fenced = self.fenced.saturating_add(1);
            tell_left_out(number);
        }
        let unread = self.backlog.dropped().saturating_add(skipped);
        let shown = shown(self.show, self.sink.as_ref(), &self.backlog);
        let saved = self.sink.saved();
        drop(self.sink);
        let written = saved.as_ref().map(save::words).unwrap_or_default();
        let passed = filter::passed(self.filter.as_ref(), self.live, counters.captured);
        if !self.show.silent {
            for note in source.notes().lines() {
                warn(&note);
            }
            if let Some(warning) = self.filter.as_ref().and_then(filter::unfit) {
                warn(&warning);
            }
            for loss in saved.iter().flat_map(save::losses) {
                warn(&loss);
            }
            let interfaces = source.by_interface();
            for (name, c) in interfaces.iter().filter(|_| interfaces.len() > 1) {
                let name = Escaped::text(name.as_bytes());
                tell(&format!(
                    "{name}: {} packets received, {} captured; {} dropped by the kernel, {} dropped by the interface",
                    thousands(c.received),
                    thousands(c.captured),
                    thousands(c.kernel_drops),
                    thousands(c.interface_drops),
                ));
            }
            tell(&if self.live {
                summary(&counters, &passed, shown, &written, unread)
            } else {
                format!(
                    "{} packets captured{passed}, {} shown{written}",
                    thousands(counters.captured),
                    thousands(shown)
                )
            });
        }
        self.notices.close(&hits, self.show);
        let damage = self.damage.map(|(name, error)| {
            let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
            complain(&format!("{name}{error}"));
            error.exit_code()
        });
        let cut = saved.and_then(|report| save::check(&report).err()).map(|cut| complain(&cut.to_string()));
        if self.fenced > 0 {
            return Ok(code::FENCED);
        }
        if let Some(code) = cut.map(|()| code::OUTPUT).or(damage) {
            return Ok(code);
        }
        let dropped = counters.kernel_drops + counters.interface_drops + unread;
        let empty = self.show.fail_empty && shown == 0;
        let strict = self.show.bounded.strict && (hits.lost_state() || dropped > 0);
        Ok(if empty || strict { code::WANTING } else { code::DONE })
    }
}

/// A part of the program panicked on a packet.
fn tell_left_out(number: u64) {
    complain(&format!("frame {number}: a fault of this program; the packet is left out"));
}

/// Packets shown, but for those that a slow reader has missed.
fn shown(show: &Show, sink: &dyn Sink, backlog: &Backlog) -> u64 {
    match show.view() {
        View::Packets => sink.shown().saturating_sub(backlog.dropped()),
        _ => sink.shown(),
    }
}

/// The books of a capture in the words that scripts may rely on.
fn summary(counters: &Counters, passed: &str, shown: u64, written: &str, unread: u64) -> String {
    format!(
        "{} packets received, {} captured{passed}, {} shown{written}; {} dropped by the kernel, {} dropped by the \
         interface, {} dropped before printing",
        thousands(counters.received),
        thousands(counters.captured),
        thousands(shown),
        thousands(counters.kernel_drops),
        thousands(counters.interface_drops),
        thousands(unread),
    )
}

/// The built-in dissectors, those that were given, and those that files declare. Or what is wrong, in words.
fn registry(more: &[&'static dyn Dissector], files: &[PathBuf]) -> Result<Registry, String> {
    let mut registry = more.iter().copied().fold(Registry::builtin(), Registry::with);
    for file in files {
        let name = Escaped::text(file.as_os_str().as_encoded_bytes());
        let declared = declared::load(file, &registry).map_err(|wrong| format!("{name}: {wrong}"))?;
        registry = registry.with(declared);
    }
    Ok(registry)
}

/// With the keys that `-d` adds.
fn decode_as(mut registry: Registry, show: &Show) -> Result<Registry, ShowError> {
    for rule in &show.decode_as {
        registry
            .decode_as(rule)
            .map_err(|why| ShowError::Usage(format!("-d {}: {why}", Escaped::text(rule.as_bytes()))))?;
    }
    Ok(registry)
}

fn screen(show: &Show) -> Screen {
    let terminal = io::stdout().is_terminal();
    let env = |name: &str| std::env::var_os(name);
    Screen {
        width: show.width.or_else(|| terminal.then(terminal_columns)),
        style: Style::detect(show.color.into(), terminal, env),
        glyphs: Glyphs::detect(show.ascii, env),
        cap: Cap::default(),
    }
}

/// Columns of the terminal that standard output is.
fn terminal_columns() -> usize {
    terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0))
}
