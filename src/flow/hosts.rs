//! How hosts number their packets, over all their flows (docs/tcp-analysis.md, C25).

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::quality::RandomState;

/// Hosts remembered; those that come later have no habit that is known.
const HOSTS: usize = 8_192;
/// Steps of one number that make a habit, and the share of them in tenths.
const ENOUGH: u32 = 20;
const SHARE: u32 = 9;

/// The first identifications of each host's flows.
#[derive(Debug, Default)]
pub struct Hosts {
    /// Steps of exactly the expected size, and all.
    steps: HashMap<IpAddr, (u32, u32), RandomState>,
}

impl Hosts {
    /// So many of the first steps of a flow were of exactly the expected size.
    pub fn note(&mut self, host: IpAddr, exact: u32, all: u32) {
        if self.steps.len() >= HOSTS && !self.steps.contains_key(&host) {
            return;
        }
        let known = self.steps.entry(host).or_default();
        *known = (known.0.saturating_add(exact), known.1.saturating_add(all));
    }

    /// Whether each segment of this host takes one number; `None` if too little is known.
    #[must_use]
    pub fn count_segments(&self, host: IpAddr) -> Option<bool> {
        let &(exact, all) = self.steps.get(&host)?;
        match () {
            () if exact >= ENOUGH && exact.saturating_mul(10) >= all.saturating_mul(SHARE) => Some(true),
            () if all >= ENOUGH / 2 && exact.saturating_mul(2) < all => Some(false),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_habit_takes_twenty_steps_and_nine_tenths() {
        let host = IpAddr::from([192, 0, 2, 1]);
        let mut hosts = Hosts::default();
        hosts.note(host, 19, 19);
        assert_eq!(hosts.count_segments(host), None);
        hosts.note(host, 1, 3);
        assert_eq!(hosts.count_segments(host), Some(true));
        hosts.note(host, 0, 1);
        assert_eq!(hosts.count_segments(host), None);
        hosts.note(host, 0, 30);
        assert_eq!(hosts.count_segments(host), Some(false));
    }
}
