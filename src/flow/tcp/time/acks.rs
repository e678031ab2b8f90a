//! How one end acknowledges: at once, delayed, on data of its own, too rarely (docs/tcp-analysis.md, T5).

/// Beyond the round trip, an acknowledgment that comes this late was held back on purpose, in ns.
const DELAYED: i64 = 30_000_000;
/// No acknowledgment may be held back longer (RFC 9293 section 3.8.6.3), in ns.
const LONGEST: i64 = 500_000_000;
/// Delays that stacks use, in ms.
const USUAL: [i64; 3] = [40, 100, 200];

/// Acknowledgments of new data, counted by kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Acks {
    /// Those that covered something new.
    pub advancing: u32,
    /// Of them, those that came with data.
    pub piggyback: u32,
    /// Those of a single segment that were held back.
    pub delayed: u32,
    /// Those that covered more than two segments although each segment passed by itself.
    pub stretch: u32,
    /// Times that the sender waited with a small segment until a delayed acknowledgment came (RFC 896), and how
    /// long in all, in ns.
    pub stalls: u32,
    /// See [`Acks::stalls`].
    pub stalled: i64,
    /// The longest that one was held back, in ns.
    pub longest: i64,
    usual: [u32; 3],
    /// The acknowledgment that came last was held back so long, in ns.
    newest: i64,
}

/// An acknowledgment that covers something new.
pub(super) struct Advance {
    /// New bytes that it covers.
    pub bytes: u64,
    /// It carries data.
    pub has_data: bool,
    /// The round trip that it closes, in ns.
    pub rtt: Option<i64>,
    /// The least round trip between the observer and its sender, in ns.
    pub least: Option<i64>,
    /// A full segment, in bytes.
    pub full: u64,
    /// Segments passed that were larger: they were cut, or put together, elsewhere.
    pub offload: bool,
}

impl Acks {
    /// Takes an acknowledgment into account.
    pub(super) fn advance(&mut self, ack: &Advance) {
        self.advancing = self.advancing.saturating_add(1);
        self.piggyback = self.piggyback.saturating_add(ack.has_data.into());
        let single = ack.bytes <= ack.full;
        let held = ack.rtt.zip(ack.least).map_or(0, |(rtt, least)| rtt.saturating_sub(least));
        self.newest = 0;
        if single && !ack.has_data && (DELAYED..=LONGEST).contains(&held) {
            self.newest = held;
            self.delayed = self.delayed.saturating_add(1);
            self.longest = self.longest.max(held);
            let near = |&ms: &i64| (held / 1_000_000).abs_diff(ms) <= ms.unsigned_abs() / 4;
            if let Some(count) = USUAL.iter().position(near).and_then(|at| self.usual.get_mut(at)) {
                *count = count.saturating_add(1);
            }
        }
        if !ack.offload && ack.bytes > ack.full.saturating_mul(2) {
            self.stretch = self.stretch.saturating_add(1);
        }
    }

    /// The sender went on at once after the newest acknowledgment, having waited with less than a full segment.
    pub(super) fn released(&mut self) {
        if self.newest > 0 {
            self.stalls = self.stalls.saturating_add(1);
            self.stalled = self.stalled.saturating_add(std::mem::take(&mut self.newest));
        }
    }

    /// The acknowledging end has sent data since: what the sender sends now may be its answer to that.
    pub(super) fn answered(&mut self) {
        self.newest = 0;
    }

    /// The delay that most of the delayed ones are near, in ns; `None` if it is no usual one.
    #[must_use]
    pub fn usual(&self) -> Option<i64> {
        let (count, ms) = self.usual.iter().zip(USUAL).max_by_key(|row| row.0)?;
        (count.saturating_mul(2) > self.delayed).then_some(ms * 1_000_000)
    }
}
