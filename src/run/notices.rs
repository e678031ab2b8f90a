//! What is said of limits that were reached: at a bounded rate while packets pass, and in full at the end.

use std::io::{self, Write as _};

use super::{stderr_style, warn};
use crate::cli::Show;
use crate::limits::{Bound, FIXED, Hits, Limits, Unit};
use crate::render::flows::thousands;
use crate::render::style::Role;

/// Packets between two looks at the counters.
const EACH: u32 = 1_024;
/// How often a limit must have been reached again to be spoken of again.
const AGAIN: u64 = 100_000;

/// What was said so far.
#[derive(Debug)]
pub(super) struct Notices {
    limits: Limits,
    told: Hits,
    packets: u32,
}

impl Notices {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, told: Hits::default(), packets: 0 }
    }

    /// Takes note of a packet; true if the counters are worth a look.
    pub(super) fn is_due(&mut self) -> bool {
        self.packets = (self.packets + 1) % EACH;
        self.packets == 0
    }

    /// Speaks of each limit that was reached for the first time, or very often since.
    pub(super) fn tell(&mut self, hits: &Hits, silent: bool) {
        self.speak(hits, silent, AGAIN);
    }

    /// Speaks of all limits of which not everything was said, and lists them if that was asked for.
    pub(super) fn close(mut self, hits: &Hits, show: &Show) {
        self.speak(hits, show.silent, 1);
        if show.bounded.limits {
            // If standard error is gone, there is nobody to tell.
            let _ = self.list(hits);
        }
    }

    fn speak(&mut self, hits: &Hits, silent: bool, again: u64) {
        for bound in Bound::ALL.into_iter().filter(|bound| bound.loses_state()) {
            let (count, told) = (hits.of(bound), self.told.of(bound));
            if silent || count == told || (told > 0 && count - told < again) {
                continue;
            }
            self.told.add(bound, count - told);
            let value = amount(self.limits.get(bound) as u64, bound.unit());
            let times = if count == 1 { "once".to_owned() } else { format!("{} times", thousands(count)) };
            warn(&format!("limit {}={value} reached {times}: {}", bound.name(), bound.what()));
        }
    }

    fn list(&self, hits: &Hits) -> io::Result<()> {
        let mut out = io::stderr().lock();
        writeln!(out, "{}", stderr_style().paint(Role::Heading, "Limits"))?;
        writeln!(out, "  {:<18} {:>9} {:>11}  what it bounds", "name", "value", "reached")?;
        for bound in Bound::ALL {
            let value = amount(self.limits.get(bound) as u64, bound.unit());
            let count = thousands(hits.of(bound));
            writeln!(out, "  {:<18} {value:>9} {count:>11}  {}", bound.name(), bound.what())?;
        }
        for (name, value, unit, what) in FIXED {
            let value = amount(value, unit);
            let count = hits.of_fixed(name).map_or_else(|| "-".to_owned(), thousands);
            writeln!(out, "  {name:<18} {value:>9} {count:>11}  {what}")?;
        }
        Ok(())
    }
}

/// A value as it may be set.
fn amount(value: u64, unit: Unit) -> String {
    match unit {
        Unit::Bytes if value.is_multiple_of(1 << 20) => format!("{}M", value >> 20),
        Unit::Bytes if value.is_multiple_of(1 << 10) => format!("{}K", value >> 10),
        Unit::Bytes | Unit::Count => value.to_string(),
    }
}
