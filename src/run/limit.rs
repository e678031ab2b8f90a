//! `--stop`: when a run ends by itself.

use netdissect_dissectors::frame::Timestamp;

use crate::cli::{Bound, Bounds};

/// How much of the source is wanted, in time and in packets. What concerns written files is with those.
#[derive(Debug, Default)]
pub(super) struct Limit {
    nanos: Option<i64>,
    packets: Option<u64>,
    /// The first time that was seen.
    since: Option<Timestamp>,
}

impl Limit {
    pub(super) fn new(bounds: &Bounds) -> Self {
        let mut limit = Self::default();
        for bound in bounds.ends() {
            match bound {
                Bound::Duration(nanos) => limit.nanos = Some(limit.nanos.map_or(nanos, |n| n.min(nanos))),
                Bound::Packets(count) => limit.packets = Some(limit.packets.map_or(count, |n| n.min(count))),
                Bound::Size(_) | Bound::Files(_) => {}
            }
        }
        limit
    }

    /// Whether the time is up. The first call sets it going.
    pub(super) fn is_up(&mut self, now: Timestamp) -> bool {
        let Some(nanos) = self.nanos else { return false };
        let since = *self.since.get_or_insert(now);
        now.nanos_since(since) >= nanos
    }

    /// Takes note of a packet; true if it was the last one.
    pub(super) fn count(&mut self) -> bool {
        let Some(left) = &mut self.packets else { return false };
        *left = left.saturating_sub(1);
        *left == 0
    }
}
