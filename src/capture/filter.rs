//! Capture filters on frames that are here already: libpcap's language, compiled and run by libpcap.

#[cfg(feature = "live")]
use ::pcap::{BpfProgram, Capture, Linktype};
use netdissect_dissectors::frame::{Frame, LinkType};

use super::CaptureError;
#[cfg(feature = "live")]
use super::libpcap;

/// The longest filter that is compiled, in bytes (row K13 of docs/faults.md).
const MAX_FILTER: usize = 64 << 10;

/// A capture filter for frames of any link type: compiled once for each that is met.
pub struct CaptureFilter {
    #[cfg(feature = "live")]
    expression: String,
    #[cfg(feature = "live")]
    programs: Vec<(LinkType, BpfProgram)>,
    #[cfg(not(feature = "live"))]
    never: std::convert::Infallible,
}

impl CaptureFilter {
    /// Compiles `expression` for frames of `link`, so that its mistakes are told before the first frame.
    ///
    /// # Errors
    ///
    /// [`CaptureError::Filter`]; [`CaptureError::NoLive`] in a build without libpcap.
    pub fn new(expression: &str, link: LinkType) -> Result<Self, CaptureError> {
        if expression.len() > MAX_FILTER {
            let reason = format!("longer than {MAX_FILTER} bytes");
            return Err(CaptureError::Filter { reason });
        }
        #[cfg(feature = "live")]
        {
            let mut filter = Self { expression: expression.to_owned(), programs: Vec::new() };
            filter.compile(link)?;
            Ok(filter)
        }
        #[cfg(not(feature = "live"))]
        {
            let _ = link;
            Err(CaptureError::NoLive)
        }
    }

    /// True if `frame` passes. Its captured length stands for its length on the wire.
    ///
    /// # Errors
    ///
    /// [`CaptureError::Filter`] if the expression means nothing for the frame's link type.
    #[cfg(feature = "live")]
    pub fn accepts(&mut self, frame: &Frame<'_>) -> Result<bool, CaptureError> {
        if !self.programs.iter().any(|p| p.0 == frame.link) {
            self.compile(frame.link)?;
        }
        let program = self.programs.iter().find(|p| p.0 == frame.link);
        Ok(program.is_some_and(|p| p.1.filter(frame.data)))
    }

    /// Never called: without libpcap there is no filter.
    ///
    /// # Errors
    ///
    /// None.
    #[cfg(not(feature = "live"))]
    pub fn accepts(&mut self, _: &Frame<'_>) -> Result<bool, CaptureError> {
        match self.never {}
    }

    #[cfg(feature = "live")]
    fn compile(&mut self, link: LinkType) -> Result<(), CaptureError> {
        let refused = |e: ::pcap::Error| CaptureError::Filter { reason: libpcap::said(&e) };
        let handle = Capture::dead(Linktype(libpcap::dlt_of(link))).map_err(refused)?;
        let program = handle.compile(&self.expression, true).map_err(refused)?;
        self.programs.push((link, program));
        Ok(())
    }
}
