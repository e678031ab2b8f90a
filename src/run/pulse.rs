//! What is looked at once a second while a capture runs: counters, drops, links, and whether somebody asks for the
//! counters (rows I13, J01, J09 and J10 of docs/faults.md).

use std::time::{Duration, Instant};

use crate::capture::Counters;
use crate::render::flows::thousands;

const SECOND: Duration = Duration::from_secs(1);

/// The clock is looked at once in so many packets.
const PACKETS: u8 = 64;

/// Says when a second is over, and what of it is worth a line.
#[derive(Debug)]
pub(super) struct Pulse {
    last: Instant,
    packets: u8,
    /// Dropped packets of which it was told, by the kernel and by the interface.
    dropped: (u64, u64),
    requests: Requests,
}

impl Pulse {
    /// From now on a signal asks for the counters. Call it before there is a second thread.
    pub(super) fn new() -> Self {
        Self { last: Instant::now(), packets: 0, dropped: (0, 0), requests: Requests::new() }
    }

    /// Nothing is waiting: there is time to look at the clock.
    pub(super) fn rest(&mut self) {
        self.packets = PACKETS;
    }

    /// Whether a second is over. Call it for each packet.
    pub(super) fn is_due(&mut self) -> bool {
        self.packets = self.packets.saturating_add(1);
        if self.packets < PACKETS {
            return false;
        }
        self.packets = 0;
        let due = self.last.elapsed() >= SECOND;
        if due {
            self.last = Instant::now();
        }
        due
    }

    /// The line about packets that were dropped since the last call, if there were any.
    pub(super) fn drops(&mut self, counters: &Counters) -> Option<String> {
        let now = (counters.kernel_drops, counters.interface_drops);
        let before = std::mem::replace(&mut self.dropped, now);
        (now != before).then(|| {
            format!(
                "packets are being lost: {} dropped by the kernel, {} by the interface, so far",
                thousands(now.0),
                thousands(now.1),
            )
        })
    }

    /// Whether somebody has asked for the counters since the last call.
    pub(super) fn is_asked(&self) -> bool {
        self.requests.any()
    }
}

/// `SIGUSR1`, read instead of served: no code runs when it comes.
#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Requests(Option<nix::sys::signalfd::SignalFd>);

#[cfg(target_os = "linux")]
impl Requests {
    fn new() -> Self {
        use nix::sys::signal::{SigSet, Signal};
        use nix::sys::signalfd::{SfdFlags, SignalFd};
        let mut set = SigSet::empty();
        set.add(Signal::SIGUSR1);
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        // Threads that are started later inherit what is blocked here.
        let read = set.thread_block().and_then(|()| SignalFd::with_flags(&set, flags));
        Self(read.ok())
    }

    fn any(&self) -> bool {
        self.0.as_ref().is_some_and(|signals| matches!(signals.read_signal(), Ok(Some(_))))
    }
}

#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
struct Requests;

#[cfg(not(target_os = "linux"))]
impl Requests {
    fn new() -> Self {
        Self
    }

    fn any(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// J10.
    #[test]
    fn drops_are_told_when_there_are_more() {
        let mut pulse = Pulse::new();
        let mut counters = Counters::default();
        assert_eq!(pulse.drops(&counters), None);
        counters.kernel_drops = 1_204;
        assert!(pulse.drops(&counters).is_some_and(|line| line.contains("1,204 dropped by the kernel")));
        assert_eq!(pulse.drops(&counters), None);
        counters.interface_drops = 1;
        assert!(pulse.drops(&counters).is_some());
    }

    #[test]
    fn the_clock_is_looked_at_once_in_a_while() {
        let mut pulse = Pulse::new();
        pulse.rest();
        assert!(!pulse.is_due(), "no second is over");
        pulse.last -= SECOND;
        assert!((1..PACKETS).all(|_| !pulse.is_due()));
        assert!(pulse.is_due());
    }
}
