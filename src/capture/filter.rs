//! Capture filters: libpcap's language, compiled by libpcap, run here on frames of files and interfaces.
//!
//! By default a filter sees through VLAN tags and PPPoE: it is asked of the frame without them ([`tags`]), which is exact
//! for every expression, negations and offsets into the link header included. A kernel cannot do that, so it
//! gets an expression that lets through at least as much, and the rest is asked here.

#[cfg(feature = "live")]
use ::pcap::{Capture, Linktype};
use netdissect_dissectors::frame::{Frame, LinkType};

use super::CaptureError;
#[cfg(feature = "live")]
use super::libpcap;

#[cfg(feature = "live")]
mod bpf;
mod dialect;
#[cfg(feature = "live")]
mod tags;

pub use dialect::display_filter;

#[cfg(feature = "live")]
pub(super) use bpf::Program;
#[cfg(feature = "live")]
use tags::View;

/// Bytes within which filters find what they ask for, in a packet that was cut short of them.
#[cfg(feature = "live")]
const HEADERS: usize = 128;

/// The longest filter that is compiled, in bytes (row K13 of docs/faults.md).
const MAX_FILTER: usize = 64 << 10;

/// How a filter treats what stands between the link header and the packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tags {
    /// VLAN tags and PPPoE headers are looked through.
    #[default]
    Through,
    /// They hide what is behind them, as in tcpdump.
    Strict,
}

impl Tags {
    /// What `expression` gets when it asks for this: one that names tags itself speaks of the frame as it is.
    #[must_use]
    pub fn for_expression(self, expression: &str) -> Self {
        const NAMES: [&str; 8] =
            ["vlan", "pppoed", "pppoes", "0x8100", "0x88a8", "0x9100", "0x8863", "0x8864"];
        let mut words = expression.split(|c: char| !c.is_ascii_alphanumeric());
        let names = words.any(|word| NAMES.iter().any(|name| word.eq_ignore_ascii_case(name)));
        if names { Self::Strict } else { self }
    }
}

/// A capture filter for frames of any link type: compiled once for each that is met.
pub struct CaptureFilter {
    #[cfg(feature = "live")]
    expression: String,
    #[cfg(feature = "live")]
    tags: Tags,
    /// `None`: the expression means nothing for this link type.
    #[cfg(feature = "live")]
    programs: Vec<(LinkType, Option<Program>)>,
    /// The kernel has let the frames through already.
    #[cfg(feature = "live")]
    is_behind_kernel: bool,
    /// A frame was asked about.
    #[cfg(feature = "live")]
    asked: bool,
    #[cfg(feature = "live")]
    passed: u64,
    #[cfg(feature = "live")]
    unfit: u64,
    #[cfg(not(feature = "live"))]
    never: std::convert::Infallible,
}

/// Whether libpcap is to optimise the program of an expression: the time that takes grows with the cube of the length,
/// and a few hundred hosts take seconds already.
#[cfg(feature = "live")]
pub(super) fn is_optimised(expression: &str) -> bool {
    const LONG: usize = 4 << 10;
    expression.len() <= LONG
}

/// Refuses what is too long for libpcap's parser.
///
/// # Errors
///
/// [`CaptureError::Filter`].
pub(super) fn check_length(expression: &str) -> Result<(), CaptureError> {
    if expression.len() <= MAX_FILTER {
        return Ok(());
    }
    Err(refused(expression, &format!("longer than {MAX_FILTER} bytes")))
}

/// An expression that is not accepted, and why; of a long one only the beginning is told.
pub(super) fn refused(expression: &str, reason: &str) -> CaptureError {
    // What libpcap begins with is said already.
    let reason = reason.strip_prefix("can't parse filter expression: ").unwrap_or(reason).to_owned();
    const TOLD: usize = 200;
    let mut told: String = expression.chars().take(TOLD).collect();
    if told.len() < expression.len() {
        told.push('…');
    }
    CaptureError::Filter { expression: told, reason }
}

#[cfg(feature = "live")]
impl CaptureFilter {
    /// A filter; it is compiled for a link type when the first frame of that type comes.
    ///
    /// # Errors
    ///
    /// [`CaptureError::Filter`] if it is too long; [`CaptureError::NoLive`] in a build without libpcap.
    pub fn new(expression: &str, tags: Tags) -> Result<Self, CaptureError> {
        check_length(expression)?;
        Ok(Self {
            expression: expression.to_owned(),
            tags: tags.for_expression(expression),
            programs: Vec::new(),
            asked: false,
            is_behind_kernel: false,
            passed: 0,
            unfit: 0,
        })
    }

    /// What is left to ask of frames that the kernel let through; `None` if the kernel's word is final: in the strict
    /// reading, and for expressions about what only the kernel knows, such as the direction.
    ///
    /// # Errors
    ///
    /// Those of [`CaptureFilter::new`].
    pub fn behind_kernel(expression: &str, tags: Tags, link: LinkType) -> Result<Option<Self>, CaptureError> {
        let mut filter = Self::new(expression, tags)?;
        filter.is_behind_kernel = true;
        let exact = filter.tags == Tags::Through && filter.prepare(link).is_ok();
        Ok(exact.then_some(filter))
    }

    /// True if `frame` passes. Frames of a link type for which the expression means nothing do not pass; they are
    /// counted in [`CaptureFilter::unfit`], unless they are the first of all.
    ///
    /// # Errors
    ///
    /// [`CaptureError::Filter`] if the expression means nothing for the first frame.
    pub fn accepts(&mut self, frame: &Frame<'_>) -> Result<bool, CaptureError> {
        let first = !std::mem::replace(&mut self.asked, true);
        let known = match self.programs.iter().position(|p| p.0 == frame.link) {
            Some(known) => known,
            None => match self.prepare(frame.link) {
                Err(error) if first => return Err(error),
                Err(_) => {
                    self.programs.push((frame.link, None));
                    self.programs.len().saturating_sub(1)
                }
                Ok(()) => self.programs.len().saturating_sub(1),
            },
        };
        let Some((_, Some(program))) = self.programs.get(known) else {
            self.unfit = self.unfit.saturating_add(1);
            return Ok(false);
        };
        let view = match self.tags {
            Tags::Through => View::behind_tags(frame),
            Tags::Strict => View::of(frame),
        };
        // Of a packet that was cut before its headers end, only the kernel saw what decides.
        let is_cut = frame.data.len() < HEADERS && frame.wire_len as usize > frame.data.len();
        let passes = program.run(&view) || (self.is_behind_kernel && is_cut);
        self.passed = self.passed.saturating_add(u64::from(passes));
        Ok(passes)
    }

    /// Compiles for `link`, so that mistakes are told also where no frame comes.
    ///
    /// # Errors
    ///
    /// [`CaptureError::Filter`].
    pub fn prepare(&mut self, link: LinkType) -> Result<(), CaptureError> {
        if self.programs.iter().any(|p| p.0 == link) {
            return Ok(());
        }
        let no = |e: ::pcap::Error| refused(&self.expression, &libpcap::said(&e));
        let handle = Capture::dead(Linktype(libpcap::dlt_of(link))).map_err(no)?;
        let program = handle.compile(&self.expression, is_optimised(&self.expression)).map_err(no)?;
        let program = Program::new(&program)
            .ok_or_else(|| refused(&self.expression, "a program that cannot be read"))?;
        if program.asks_kernel() {
            let why = "asks for what only an interface knows, not the bytes of a frame";
            return Err(refused(&self.expression, why));
        }
        self.programs.push((link, Some(program)));
        Ok(())
    }

    /// Finds what the names in the expression stand for, as far as that does not hang on the link type: it may take the
    /// network, which a confined process no longer has. Mistakes are told when frames come.
    pub fn learn_names(&mut self) {
        let _ = self.prepare(LinkType::ETHERNET);
    }

    /// How tags are treated, now that the expression is known.
    #[must_use]
    pub fn tags(&self) -> Tags {
        self.tags
    }

    /// The compiled programs with their link types, as `tcpdump -d` prints instructions.
    pub fn listings(&self) -> impl Iterator<Item = (LinkType, String)> + '_ {
        self.programs.iter().filter_map(|(link, program)| Some((*link, program.as_ref()?.to_string())))
    }

    /// Frames that passed.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Frames left out because the expression means nothing for their link type.
    #[must_use]
    pub fn unfit(&self) -> u64 {
        self.unfit
    }
}

/// Without libpcap there is no filter, so none of these but the constructors is ever called.
#[cfg(not(feature = "live"))]
impl CaptureFilter {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always: [`CaptureError::NoLive`], or [`CaptureError::Filter`].
    pub fn new(expression: &str, _: Tags) -> Result<Self, CaptureError> {
        check_length(expression)?;
        Err(CaptureError::NoLive)
    }

    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always: [`CaptureError::NoLive`], or [`CaptureError::Filter`].
    pub fn behind_kernel(expression: &str, tags: Tags, _: LinkType) -> Result<Option<Self>, CaptureError> {
        Self::new(expression, tags).map(Some)
    }

    /// See the build with libpcap.
    ///
    /// # Errors
    ///
    /// None.
    pub fn accepts(&mut self, _: &Frame<'_>) -> Result<bool, CaptureError> {
        match self.never {}
    }

    /// See the build with libpcap.
    ///
    /// # Errors
    ///
    /// None.
    pub fn prepare(&mut self, _: LinkType) -> Result<(), CaptureError> {
        match self.never {}
    }

    /// See the build with libpcap.
    pub fn learn_names(&mut self) {
        match self.never {}
    }

    /// See the build with libpcap.
    #[must_use]
    pub fn tags(&self) -> Tags {
        match self.never {}
    }

    /// See the build with libpcap.
    pub fn listings(&self) -> impl Iterator<Item = (LinkType, String)> + '_ {
        std::iter::empty()
    }

    /// See the build with libpcap.
    #[must_use]
    pub fn passed(&self) -> u64 {
        match self.never {}
    }

    /// See the build with libpcap.
    #[must_use]
    pub fn unfit(&self) -> u64 {
        match self.never {}
    }
}

/// Expressions for a kernel, the finest first: each lets through at least what passes behind the tags.
///
/// libpcap's `vlan` shifts where it looks for all that follows, but not offsets into the link header, and `mpls` does
/// the same, so that expressions with such words let every tagged frame through. Not every link type has VLANs.
#[cfg(feature = "live")]
pub(super) fn for_kernel(expression: &str, tags: Tags) -> Vec<String> {
    const FIXED: [&str; 8] = ["ether", "link", "fddi", "wlan", "tr[", "radio", "mpls", "geneve"];
    let e = expression;
    if tags.for_expression(e) == Tags::Strict {
        return vec![e.to_owned()];
    }
    let session = "ether proto 0x8864";
    let mut forms = Vec::new();
    if !FIXED.iter().any(|word| e.contains(word)) {
        forms.push(format!(
            "({e}) or {session} or (vlan and (({e}) or {session} or (vlan and (({e}) or {session} or vlan))))"
        ));
    }
    forms.push(format!(
        "{session} or ether proto 0x8100 or ether proto 0x88a8 or ether proto 0x9100 or ({e})"
    ));
    forms.push(e.to_owned());
    forms
}
