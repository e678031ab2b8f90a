//! Live capture through libpcap.
//!
//! The handle is non-blocking: with the kernel's block ring a blocking read on a silent interface would wait
//! without end, deaf to the stop flag. When nothing is there the source sleeps for a moment and says so; the ring
//! holds what arrives meanwhile.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ::pcap::{Active, BpfProgram, Capture, Device, Error, Linktype, Precision};
use netdissect_dissectors::frame::{Frame, LinkType, Origin, Timestamp};

use super::error::{CaptureError, escaped};
use super::filter::{self, Program};
use super::live::{FULL_SNAPLEN, Interface, LiveOptions};
use super::note::{NoteKind, Notes};
use super::{Aside, CaptureSource, Counters, Description, Point, Pull};

/// After this many milliseconds the kernel hands over a block of its ring that is not full (row J18 of docs/faults.md).
const BLOCK_MILLISECONDS: i32 = 50;

/// What was captured so long ago, in ns, is handed over: it lies in no block of the ring.
const SETTLED: i64 = 100_000_000;

/// How long to sleep when nothing is waiting.
pub(super) const PAUSE: Duration = Duration::from_millis(10);

/// Time without a packet after which the ring is empty: two blocks' time.
const QUIET: Duration = Duration::from_millis(100);

/// Packets between two looks at the statistics, whose 32-bit counts must not wrap unseen (row J09).
const SAMPLE_EVERY: u64 = 1 << 20;

/// The smallest ring that is tried when the system refuses a larger one, in bytes (row J11).
const SMALLEST_RING: i32 = 1 << 20;

/// How far a capture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Running,
    /// Stopped: to be drained until so many packets are captured in all, or the ring is empty.
    Draining {
        target: u64,
    },
    Over,
}

/// An interface that is being captured on.
pub(super) struct Live {
    capture: Capture<Active>,
    name: String,
    link: LinkType,
    snaplen: u32,
    nanoseconds: bool,
    filter: Option<String>,
    /// The capture point is still to be told.
    untold: bool,
    stop: Arc<AtomicBool>,
    stage: Stage,
    /// Since when nothing came, while it is being drained.
    quiet_since: Option<Instant>,
    /// The statistics as last read.
    seen: Option<[u32; 3]>,
    counters: Counters,
    notes: Notes,
    link_state: LinkState,
}

/// Whether an interface is switched on. Its file is opened before rights are given up, and read again and again.
#[derive(Debug, Default)]
struct LinkState {
    flags: Option<File>,
    is_down: bool,
}

impl LinkState {
    fn of(name: &str) -> Self {
        let plain = !name.contains('/');
        let flags = plain.then(|| Path::new("/sys/class/net").join(name).join("flags"));
        Self { flags: flags.and_then(|path| File::open(path).ok()), is_down: false }
    }

    /// Whether it is up now, if that is not as it was.
    fn changed(&mut self) -> Option<bool> {
        let is_up = is_up(self.flags.as_ref()?)?;
        (std::mem::replace(&mut self.is_down, !is_up) == is_up).then_some(is_up)
    }
}

/// The lowest of an interface's flags (`IFF_UP`).
#[cfg(unix)]
fn is_up(flags: &File) -> Option<bool> {
    use std::os::unix::fs::FileExt as _;
    let mut text = [0; 16];
    let len = flags.read_at(&mut text, 0).ok()?;
    let text = std::str::from_utf8(text.get(..len)?).ok()?;
    let bits = u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()?;
    Some(bits & 1 != 0)
}

#[cfg(not(unix))]
fn is_up(_: &File) -> Option<bool> {
    None
}

impl Live {
    /// Opens `name`; see [`super::live::open`].
    pub(super) fn open(
        name: &str,
        options: &LiveOptions,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, CaptureError> {
        let mut notes = Notes::default();
        let snaplen = if options.snaplen == 0 { FULL_SNAPLEN } else { options.snaplen.min(FULL_SNAPLEN) };
        let capture = activate(name, options, snaplen, &mut notes).map_err(|e| refusal(name, &e))?;
        let cannot = |e: Error| CaptureError::CannotOpen { name: name.to_owned(), reason: said(&e) };
        let mut capture = capture.setnonblock().map_err(cannot)?;
        if let Some(link) = options.link {
            capture.set_datalink(Linktype(dlt_of(link))).map_err(cannot)?;
        }
        if let Some(filter) = &options.filter {
            let (expression, _) = fit(&capture, filter, options)?;
            let optimised = filter::is_optimised(&expression);
            capture.filter(&expression, optimised).map_err(|e| filter::refused(filter, &said(&e)))?;
        }
        let link = link_of(capture.get_datalink());
        let mut live = Self {
            capture,
            name: name.to_owned(),
            link,
            snaplen,
            nanoseconds: NANOSECONDS,
            filter: options.filter.clone(),
            untold: options.asides,
            stop,
            stage: Stage::Running,
            quiet_since: None,
            seen: None,
            counters: Counters::default(),
            notes,
            link_state: LinkState::of(name),
        };
        live.sample();
        Ok(live)
    }

    /// Its name, not escaped.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How frames are captured here.
    pub(super) fn point(&self) -> Point<'_> {
        Point {
            link: self.link,
            snaplen: Some(self.snaplen),
            digits: self.digits(),
            name: Some(&self.name),
            filter: self.filter.as_deref(),
        }
    }

    /// Decimal digits of a second that times have.
    fn digits(&self) -> u8 {
        if self.nanoseconds { 9 } else { 6 }
    }

    /// Takes back a frame that was handed over and did not reach anybody.
    pub(super) fn take_back(&mut self) {
        let c = &mut self.counters;
        c.captured = c.captured.saturating_sub(1);
        c.records = c.captured;
        c.received = c.received.saturating_sub(1);
    }

    /// Adds what the statistics count since the last look.
    fn sample(&mut self) {
        let Ok(stat) = self.capture.stats() else { return };
        let now = [stat.received, stat.dropped, stat.if_dropped];
        // Packets count from the opening on; drops of the interface may have a past, or never have been set.
        let [received, dropped, if_dropped] = self.seen.unwrap_or([0, 0, stat.if_dropped]);
        let c = &mut self.counters;
        c.received = c.received.saturating_add(u64::from(stat.received.wrapping_sub(received)));
        c.kernel_drops = c.kernel_drops.saturating_add(u64::from(stat.dropped.wrapping_sub(dropped)));
        c.interface_drops =
            c.interface_drops.saturating_add(u64::from(stat.if_dropped.wrapping_sub(if_dropped)));
        self.seen = Some(now);
    }

    /// Follows the stop flag; true once everything that was received before it is handed over.
    fn is_over(&mut self) -> bool {
        match self.stage {
            Stage::Running if self.stop.load(Ordering::Relaxed) => {
                self.sample();
                self.quiet_since = None;
                let target = self.counters.received.saturating_sub(self.counters.kernel_drops);
                self.stage = Stage::Draining { target };
                self.is_over()
            }
            Stage::Running => false,
            Stage::Draining { target } => {
                let done = self.counters.captured >= target
                    || self.quiet_since.is_some_and(|since| since.elapsed() >= QUIET);
                if done {
                    self.finish();
                }
                done
            }
            Stage::Over => true,
        }
    }

    /// Closes the books. What came after the stop is not counted; what libpcap took out itself, because it came
    /// before the filter was in place, was never ours.
    fn finish(&mut self) {
        self.stage = Stage::Over;
        self.counters.received = self.counters.captured.saturating_add(self.counters.kernel_drops);
    }

    /// The same as [`CaptureSource::pull`] without its pause: [`Pull::Idle`] at once when nothing is waiting.
    pub(super) fn poll(&mut self) -> Result<Pull<'_>, CaptureError> {
        if self.is_over() {
            return Ok(Pull::End);
        }
        if self.counters.captured % SAMPLE_EVERY == SAMPLE_EVERY - 1 && self.stage == Stage::Running {
            self.sample();
        }
        match self.capture.next_packet() {
            Ok(packet) => {
                self.quiet_since = None;
                self.counters.captured = self.counters.captured.wrapping_add(1);
                self.counters.records = self.counters.captured;
                let fraction = u64::try_from(packet.header.ts.tv_usec).unwrap_or(0);
                let nanos = if self.nanoseconds { fraction } else { fraction.saturating_mul(1000) };
                let origin = Origin { name: Some(self.name.as_bytes()), ..Origin::default() };
                Ok(Pull::Frame(Frame {
                    number: self.counters.captured,
                    time: Timestamp::new(packet.header.ts.tv_sec, nanos),
                    link: self.link,
                    wire_len: packet.header.len,
                    data: packet.data,
                    origin: Some(origin),
                }))
            }
            Err(Error::TimeoutExpired) => {
                self.quiet_since.get_or_insert_with(Instant::now);
                Ok(Pull::Idle(settled()))
            }
            Err(error) => {
                self.stage = Stage::Over;
                // The statistics went with the interface; what was handed over is certain.
                let c = &mut self.counters;
                c.received = c.captured.saturating_add(c.kernel_drops);
                let reason = said(&error);
                Err(CaptureError::InterfaceGone { name: self.name.clone(), reason })
            }
        }
    }
}

impl CaptureSource for Live {
    fn pull(&mut self) -> Result<Pull<'_>, CaptureError> {
        if std::mem::take(&mut self.untold) {
            return Ok(Pull::Aside(Aside::Point(self.point())));
        }
        let pulled = self.poll();
        if matches!(pulled, Ok(Pull::Idle(_))) {
            std::thread::sleep(PAUSE);
        }
        pulled
    }

    fn counters(&mut self) -> Counters {
        if self.stage == Stage::Running {
            self.sample();
        }
        self.counters
    }

    fn by_interface(&mut self) -> Vec<(String, Counters)> {
        let counters = self.counters();
        vec![(self.name.clone(), counters)]
    }

    fn end(&mut self) {
        if self.stage != Stage::Over {
            self.sample();
            self.finish();
        }
    }

    fn news(&mut self) -> Vec<String> {
        let name = escaped(&self.name);
        let told = self.link_state.changed().map(|is_up| match is_up {
            true => format!("{name}: the interface is up again"),
            false => format!("{name}: the interface is down; the capture goes on once it is up"),
        });
        told.into_iter().collect()
    }

    fn describe(&self) -> Description {
        Description {
            name: escaped(&self.name).to_string(),
            format: String::from("live"),
            links: vec![self.link],
            digits: self.digits(),
            snaplen: (self.snaplen < FULL_SNAPLEN).then_some(self.snaplen),
        }
    }

    fn notes(&self) -> &Notes {
        &self.notes
    }
}

/// Linux always offers nanoseconds; elsewhere libpcap does not say whether it granted them.
const NANOSECONDS: bool = cfg!(target_os = "linux");

/// See [`super::live::kernel_program`].
pub(super) fn kernel_program(name: &str, options: &LiveOptions) -> Result<String, CaptureError> {
    let snaplen = if options.snaplen == 0 { FULL_SNAPLEN } else { options.snaplen.min(FULL_SNAPLEN) };
    let capture = activate(name, options, snaplen, &mut Notes::default()).map_err(|e| refusal(name, &e))?;
    let expression = options.filter.as_deref().unwrap_or_default();
    let (_, program) = fit(&capture, expression, options)?;
    Ok(Program::new(&program).map(|program| program.to_string()).unwrap_or_default())
}

/// The finest form of a filter that the interface's link type knows, compiled.
fn fit(
    capture: &Capture<Active>,
    expression: &str,
    options: &LiveOptions,
) -> Result<(String, BpfProgram), CaptureError> {
    filter::check_length(expression)?;
    // What is wrong with the expression itself is told in its own words, not in those of the forms made of it.
    capture
        .compile(expression, filter::is_optimised(expression))
        .map_err(|e| filter::refused(expression, &said(&e)))?;
    for form in filter::for_kernel(expression, options.tags) {
        if let Ok(program) = capture.compile(&form, filter::is_optimised(&form)) {
            return Ok((form, program));
        }
    }
    Err(filter::refused(expression, "no form of it compiles"))
}

/// Opens the handle: with a smaller ring if there is no memory for the one asked for, and not promiscuous where
/// the interface knows no such thing.
fn activate(
    name: &str,
    options: &LiveOptions,
    snaplen: u32,
    notes: &mut Notes,
) -> Result<Capture<Active>, Error> {
    let mut ring = i32::try_from(options.ring).unwrap_or(i32::MAX).max(SMALLEST_RING);
    // The pseudo-device of all interfaces warns about promiscuous mode, which the crate takes for a failure.
    let mut promiscuous = options.promiscuous && name != "any";
    loop {
        let precision = if NANOSECONDS { Precision::Nano } else { Precision::Micro };
        let mut inactive = Capture::from_device(name)?
            .promisc(promiscuous)
            .snaplen(i32::try_from(snaplen).unwrap_or(i32::MAX))
            .timeout(BLOCK_MILLISECONDS)
            .buffer_size(ring)
            .precision(precision);
        if options.monitor {
            inactive = inactive.rfmon(true);
        }
        let error = match inactive.open() {
            Ok(capture) => return Ok(capture),
            Err(error) => error,
        };
        let text = said(&error).to_lowercase();
        if text.contains("promiscuous") && promiscuous {
            promiscuous = false;
        } else if (text.contains("memory") || text.contains("ring")) && ring > SMALLEST_RING {
            ring = (ring / 2).max(SMALLEST_RING);
            notes.add(NoteKind::Interface, 0, format_args!("ring made smaller: {ring} bytes"));
        } else {
            return Err(error);
        }
    }
}

/// Why an interface did not open.
fn refusal(name: &str, error: &Error) -> CaptureError {
    let (name, reason) = (name.to_owned(), said(error));
    let text = reason.to_lowercase();
    let listed = listed().unwrap_or_default();
    if !listed.iter().any(|i| i.name == name) && name != "any" {
        let here: Vec<String> = listed.iter().filter(|i| is_network(i)).map(ToString::to_string).collect();
        return CaptureError::NoSuchInterface { name, here: here.join(", ") };
    }
    if text.contains("permission") || text.contains("permitted") || text.contains("cap_net_raw") {
        return CaptureError::Permission { name };
    }
    CaptureError::CannotOpen { name, reason }
}

/// False for what libpcap lists beside network interfaces: message queues of the kernel, buses, radios of other kinds.
fn is_network(interface: &Interface) -> bool {
    const OTHERS: [&str; 6] = ["any", "nflog", "nfqueue", "bluetooth", "usbmon", "dbus"];
    !OTHERS.iter().any(|other| interface.name.starts_with(other))
}

/// The interfaces as libpcap lists them, not opened.
fn listed() -> Result<Vec<Interface>, CaptureError> {
    let devices = Device::list()
        .map_err(|e| CaptureError::CannotOpen { name: String::from("any interface"), reason: said(&e) })?;
    let interface = |device: Device| Interface {
        up: device.flags.is_up(),
        running: device.flags.is_running(),
        loopback: device.flags.is_loopback(),
        wireless: device.flags.is_wireless(),
        name: device.name,
        description: device.desc,
        addresses: device.addresses.into_iter().map(|a| a.addr).collect(),
        links: Vec::new(),
        obstacle: None,
    };
    Ok(devices.into_iter().map(interface).collect())
}

/// See [`super::live::is_interface`].
pub(super) fn is_listed(name: &str) -> bool {
    listed().unwrap_or_default().iter().any(|interface| interface.name == name)
}

/// See [`super::live::interfaces`].
pub(super) fn interfaces() -> Result<Vec<Interface>, CaptureError> {
    let mut interfaces = listed()?;
    for interface in &mut interfaces {
        match Capture::from_device(interface.name.as_str()).and_then(|c| c.snaplen(64).open()) {
            Ok(capture) => {
                let first = capture.get_datalink();
                interface.links.push(link_of(first));
                let others = capture.list_datalinks().unwrap_or_default();
                interface.links.extend(others.into_iter().filter(|&l| l != first).map(link_of));
            }
            Err(error) => {
                interface.obstacle = Some(match refusal(&interface.name, &error) {
                    CaptureError::Permission { .. } => String::from("no permission (needs CAP_NET_RAW)"),
                    _ => said(&error),
                });
            }
        }
    }
    Ok(interfaces)
}

/// What libpcap said, without the crate's own words before it.
pub(super) fn said(error: &Error) -> String {
    match error {
        Error::PcapError(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The number of a link type in files, for libpcap's own number: the two differ for a few old types.
fn link_of(dlt: Linktype) -> LinkType {
    match dlt.0 {
        11 => LinkType(100),
        12 | 14 => LinkType::RAW,
        number => LinkType(u32::try_from(number).unwrap_or(u32::MAX)),
    }
}

/// The reverse of [`link_of`], as Linux numbers them.
pub(super) fn dlt_of(link: LinkType) -> i32 {
    match link {
        LinkType(100) => 11,
        LinkType::RAW => 12,
        LinkType(number) => i32::try_from(number).unwrap_or(i32::MAX),
    }
}

/// The time up to which everything is handed over.
pub(super) fn settled() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now =
        Timestamp { secs: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), nanos: since.subsec_nanos() };
    now.plus_nanos(-SETTLED)
}
