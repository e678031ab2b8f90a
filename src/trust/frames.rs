//! What speaks against believing a capture as a whole: its frames and the books of its source.

use netdissect_dissectors::frame::{Frame, Timestamp};

use super::{Doubt, Found};

/// A frame earlier than the one before by this much or more, in ns, means that someone set the clock.
const STEP: i64 = 1_000_000_000;

/// What the source of the frames tells of those that are not there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Books {
    /// Packets that the kernel received, dropped ones included (live).
    pub received: u64,
    /// Packets that the kernel dropped.
    pub kernel_drops: u64,
    /// Packets that the interface dropped.
    pub interface_drops: u64,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Drops are counted at all: classic pcap has no place for them.
    pub counts_drops: bool,
}

/// All frames, as they passed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frames {
    /// How many.
    pub count: u64,
    /// Those of which not all bytes were captured.
    pub cut: u64,
    /// Most bytes captured of one that is cut: the snap length.
    pub snaplen: u64,
    /// Frames earlier than the one before, but by less than a step of the clock.
    pub disordered: u64,
    /// By how much at most, in ns.
    pub disorder: i64,
    /// Times the clock was set back.
    pub steps: u64,
    /// By how much at most, in ns.
    pub step: i64,
    /// The first frame behind such a step.
    pub step_frame: u64,
    /// Frames whose time is none.
    pub untimed: u64,
    first: Option<Timestamp>,
    /// The latest time since the last step.
    latest: Option<Timestamp>,
    last: Timestamp,
}

impl Frames {
    /// One frame.
    pub fn note(&mut self, frame: &Frame<'_>) {
        self.count = self.count.saturating_add(1);
        if (frame.data.len() as u64) < u64::from(frame.wire_len) {
            self.cut = self.cut.saturating_add(1);
            self.snaplen = self.snaplen.max(frame.data.len() as u64);
        }
        if !frame.time.is_valid() {
            self.untimed = self.untimed.saturating_add(1);
            return;
        }
        self.first.get_or_insert(frame.time);
        self.last = frame.time;
        let latest = *self.latest.get_or_insert(frame.time);
        let back = latest.nanos_since(frame.time);
        if back >= STEP {
            if self.steps == 0 {
                self.step_frame = frame.number;
            }
            self.steps = self.steps.saturating_add(1);
            self.step = self.step.max(back);
            self.latest = Some(frame.time);
        } else if back > 0 {
            self.disordered = self.disordered.saturating_add(1);
            self.disorder = self.disorder.max(back);
        } else {
            self.latest = Some(frame.time);
        }
    }

    /// Nanoseconds from the first frame to the last.
    #[must_use]
    pub fn span(&self) -> i64 {
        self.first.map_or(0, |first| self.last.nanos_since(first))
    }

    /// What speaks against believing everything, with what `books` say.
    #[must_use]
    pub fn found(&self, books: &Books) -> Vec<Found> {
        let drops = books.kernel_drops.saturating_add(books.interface_drops);
        [
            (Doubt::Drops, drops),
            (Doubt::Damage, books.unreadable),
            (Doubt::ClockStep, self.steps),
            (Doubt::Disorder, self.disordered),
        ]
        .into_iter()
        .filter(|&(_, count)| count > 0)
        .map(|(doubt, count)| Found { doubt, side: None, count })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netdissect_dissectors::frame::LinkType;

    fn frames(times: &[i64]) -> Frames {
        let mut frames = Frames::default();
        for (number, &time) in (1..).zip(times) {
            frames.note(&Frame {
                number,
                time: Timestamp::default().plus_nanos(time),
                link: LinkType::ETHERNET,
                wire_len: 60,
                data: &[0; 54],
                origin: None,
            });
        }
        frames
    }

    #[test]
    fn a_little_back_is_disorder_and_much_is_a_clock_that_was_set() {
        let seen = frames(&[5_000_000_000, 5_000_000_300, 5_000_000_100, 5_000_000_200, 5_000_000_400]);
        assert_eq!((seen.disordered, seen.disorder, seen.steps), (2, 200, 0));
        let seen = frames(&[5_000_000_000, 1_000_000_000, 1_100_000_000, 1_200_000_000]);
        assert_eq!((seen.disordered, seen.steps, seen.step, seen.step_frame), (0, 1, 4_000_000_000, 2));
        assert_eq!((seen.cut, seen.snaplen, seen.count), (4, 54, 4));
    }
}
