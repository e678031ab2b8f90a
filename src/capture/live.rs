//! Network interfaces: the names that need no libpcap, so that a build without it says what is missing.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use netdissect_dissectors::frame::LinkType;

use super::error::escaped;
use super::{CaptureError, CaptureSource, Tags};

/// The snap length that stands for "all of every packet", in bytes, as in libpcap.
pub const FULL_SNAPLEN: u32 = 262_144;

/// How to capture on an interface.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Ask the interface for packets to other hosts too.
    pub promiscuous: bool,
    /// Put a wireless interface in monitor mode.
    pub monitor: bool,
    /// Bytes captured of a packet; 0 and all above [`FULL_SNAPLEN`] stand for that.
    pub snaplen: u32,
    /// Size of the kernel's ring in bytes.
    pub ring: u32,
    /// Link type to ask for, if the interface offers several.
    pub link: Option<LinkType>,
    /// Capture filter in libpcap's language. Where it looks through tags the kernel lets more through than
    /// passes; [`super::CaptureFilter::behind_kernel`] does the rest.
    pub filter: Option<String>,
    /// How the filter treats tags.
    pub tags: Tags,
    /// Also tell how frames are captured ([`super::Aside::Point`]).
    pub asides: bool,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            promiscuous: true,
            monitor: false,
            snaplen: FULL_SNAPLEN,
            ring: 64 << 20,
            link: None,
            filter: None,
            tags: Tags::default(),
            asides: false,
        }
    }
}

/// One interface of this machine.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// Its name, not escaped.
    pub name: String,
    /// What the system says it is, not escaped.
    pub description: Option<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// It is switched on.
    pub up: bool,
    /// It has a link, as far as the system tells.
    pub running: bool,
    /// It leads back to this machine.
    pub loopback: bool,
    /// It is a radio interface.
    pub wireless: bool,
    /// Link types that it offers, the one used by default first; empty if it does not open.
    pub links: Vec<LinkType>,
    /// Why it cannot be captured on; `None` if it can.
    pub obstacle: Option<String>,
}

/// The name, escaped, and in brackets state and addresses: `eth0 (up, 192.0.2.7)`.
impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", escaped(&self.name), if self.up { "up" } else { "down" })?;
        for address in &self.addresses {
            write!(f, ", {address}")?;
        }
        f.write_str(")")
    }
}

/// Captures on the interfaces `names` until `stop` is set.
///
/// The source says [`super::Pull::Idle`] with the clock's time whenever nothing is waiting, at least every 20 ms.
/// After `stop` it hands over what the kernel had received by then, says [`super::Pull::End`] within 200 ms of the
/// last such packet, and its books balance: `received = captured + kernel_drops`.
///
/// # Errors
///
/// [`CaptureError::NoSuchInterface`], [`CaptureError::Permission`], [`CaptureError::CannotOpen`],
/// [`CaptureError::Filter`]; [`CaptureError::NoLive`] in a build without the feature `live`.
pub fn open(
    names: &[String],
    options: &LiveOptions,
    stop: &Arc<AtomicBool>,
) -> Result<Box<dyn CaptureSource>, CaptureError> {
    #[cfg(feature = "live")]
    {
        use super::{libpcap::Live, several::Several};
        let open = |name: &String| Live::open(name, options, Arc::clone(stop));
        let mut lives = names.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        match lives.pop() {
            Some(only) if lives.is_empty() => Ok(Box::new(only)),
            last => {
                lives.extend(last);
                Ok(Box::new(Several::new(lives, options.asides)))
            }
        }
    }
    #[cfg(not(feature = "live"))]
    {
        let _ = (names, options, stop);
        Err(CaptureError::NoLive)
    }
}

/// The program that the kernel gets for the filter of `options` on the interface `name`, one instruction a line as
/// `tcpdump -d` prints them.
///
/// # Errors
///
/// Those of [`open`].
pub fn kernel_program(name: &str, options: &LiveOptions) -> Result<String, CaptureError> {
    #[cfg(feature = "live")]
    return super::libpcap::kernel_program(name, options);
    #[cfg(not(feature = "live"))]
    {
        let _ = (name, options);
        Err(CaptureError::NoLive)
    }
}

/// Whether this machine has an interface of that name.
#[must_use]
pub fn is_interface(name: &str) -> bool {
    #[cfg(feature = "live")]
    return super::libpcap::is_listed(name);
    #[cfg(not(feature = "live"))]
    {
        let _ = name;
        false
    }
}

/// The interfaces of this machine in the order in which libpcap lists them, each opened for a moment to see
/// whether that is allowed.
///
/// # Errors
///
/// [`CaptureError::CannotOpen`] if they cannot be listed; [`CaptureError::NoLive`] in a build without the feature `live`.
pub fn interfaces() -> Result<Vec<Interface>, CaptureError> {
    #[cfg(feature = "live")]
    return super::libpcap::interfaces();
    #[cfg(not(feature = "live"))]
    Err(CaptureError::NoLive)
}
