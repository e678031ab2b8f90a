//! How an end numbers its packets, and what the numbers tell of frames that never came here (docs/tcp-analysis.md, C9
//! and C25). IPv4 only: IPv6 packets have no identification.

use serde::{Deserialize, Serialize};

/// Steps that are looked at together.
const STEPS: usize = 8;
/// Steps beyond this, either way, are no count.
const SMALL: i32 = 256;
/// Steps of a flow that has hardly begun.
const FEW: u32 = 3;
/// More frames than this are not lost one after the other: the counter serves others too.
const MAX_SKIPPED: i32 = 4_096;

/// The identifications of one end's packets.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ids {
    pub newest: Option<u16>,
    /// When the newest passed, in ns.
    pub newest_at: i64,
    /// Segments in the newest frame: the step that follows it.
    segments: u16,
    steps: [i16; STEPS],
    count: u32,
    /// Steps of exactly the expected size.
    exact: u32,
    /// The same of those after a silence, and all of these.
    after_silence: (u32, u32),
    /// Other flows of the same host take numbers of the same counter.
    shared: bool,
    /// Whether other flows of the same host take one number for each segment, if that is known.
    habit: Option<bool>,
}

impl Ids {
    /// Notes the identification of a frame that holds so many segments, at `now`.
    /// After a silence of `quiet` ns or more, a counter of the host's own has moved on without any loss.
    pub(super) fn note(&mut self, id: u16, segments: u16, now: i64, quiet: i64) {
        if id == 0 {
            // Many stacks number no packet that may not be fragmented, and Linux no SYN+ACK (RFC 6864 section 4.1).
            return;
        }
        if let Some(newest) = self.newest {
            let step = id.wrapping_sub(newest).cast_signed();
            if let Some(place) = self.steps.get_mut(self.count as usize % STEPS) {
                *place = step;
            }
            self.count = self.count.saturating_add(1);
            let exact = u32::from(step > 0 && i32::from(step) == i32::from(self.segments));
            self.exact = self.exact.saturating_add(exact);
            if now.saturating_sub(self.newest_at) >= quiet {
                self.after_silence.0 = self.after_silence.0.saturating_add(exact);
                self.after_silence.1 = self.after_silence.1.saturating_add(1);
            }
            if step <= 0 {
                return;
            }
        }
        (self.newest, self.newest_at, self.segments) = (Some(id), now, segments.max(1));
    }

    /// Whether it is the same on every packet, and so tells no copy from another (C1).
    pub(super) fn is_constant(&self) -> bool {
        let known = (self.count as usize).min(STEPS);
        known > 0 && self.steps.get(..known).unwrap_or_default().iter().all(|&step| step == 0)
    }

    /// Whether the numbers mean something (C9, `ipid`): at least two steps, not all zero, all small.
    pub(super) fn count_up(&self) -> bool {
        let known = (self.count as usize).min(STEPS);
        let steps = self.steps.get(..known).unwrap_or_default();
        known >= 2
            && steps.iter().any(|&step| step != 0)
            && steps.iter().all(|&step| i32::from(step).abs() <= SMALL)
    }

    /// Whether each segment takes one number (C25). A flow that has hardly begun has the habit of its host: where a
    /// host has one counter for all that it sends, skipped numbers tell of other flows.
    pub(super) fn count_segments(&self) -> bool {
        match self.habit {
            Some(habit) if self.count <= FEW => habit && !self.shared,
            _ => {
                !self.shared
                    && self.exact > 0
                    && self.exact.saturating_mul(2) >= self.count
                    && self.after_silence.0.saturating_mul(2) >= self.after_silence.1
            }
        }
    }

    /// Whether it may be so: nothing speaks against it yet.
    pub(super) fn may_count_segments(&self) -> bool {
        self.exact > 0 && self.exact == self.count && !self.shared && self.habit != Some(false)
            || self.count_segments()
    }

    /// Other flows take numbers in between.
    pub(super) fn share(&mut self) {
        self.shared = true;
    }

    /// What the host's other flows do.
    pub(super) fn borrow_habit(&mut self, habit: Option<bool>) {
        self.habit = habit;
    }

    /// Steps of the expected size and all, while there are few.
    pub(super) fn first_steps(&self) -> Option<(u32, u32)> {
        (self.count <= FEW).then_some((self.exact, self.count))
    }

    /// Frames between the newest and one with this number, which is newer; `None` if it is not, or if nothing tells.
    pub(super) fn skipped(&self, id: u16) -> Option<u32> {
        let step = i32::from(id.wrapping_sub(self.newest?).cast_signed());
        let skipped = step - i32::from(self.segments);
        (step > 0 && skipped <= MAX_SKIPPED).then_some(skipped.max(0).unsigned_abs())
    }
}
