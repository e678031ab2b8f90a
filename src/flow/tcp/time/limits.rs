//! What limited one direction while it had something to transfer, in exclusive shares (docs/tcp-analysis.md, T9).

/// Why nothing more was sent at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Limit {
    /// The receiver had no room at all.
    ZeroWindow,
    /// Less than a segment of the receiver's window was free.
    ReceiverWindow,
    /// A loss was being repaired, the silence before a timer included.
    Loss,
    /// Nothing was out: the program had nothing to send.
    Idle,
    /// Something was out, more was allowed, and the program had nothing more.
    Busy,
    /// New data followed each acknowledgment: the congestion window, or the path under it.
    CongestionWindow,
    /// None of these shows.
    Unknown,
}

impl Limit {
    /// All, in the order of precedence.
    pub const ALL: [Self; 7] = [
        Self::ZeroWindow,
        Self::ReceiverWindow,
        Self::Loss,
        Self::Idle,
        Self::Busy,
        Self::CongestionWindow,
        Self::Unknown,
    ];

    /// The word (`nd.tcp.limiter`, `nd.tcp.limited.…`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ZeroWindow => "zero_window",
            Self::ReceiverWindow => "receiver_window",
            Self::Loss => "loss",
            Self::Idle => "application_idle",
            Self::Busy => "application",
            Self::CongestionWindow => "congestion_window",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of a sender between two segments.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    /// The receiver offers no window.
    pub closed: bool,
    /// Less than a segment of the window is free.
    pub narrow: bool,
    /// A loss is being repaired.
    pub repairing: bool,
    /// How far the sender is away is not known, and so not when it heard of anything.
    pub blind: bool,
    /// From when on nothing is out, and how much later that may be where the round trip was not the shortest, in ns.
    pub empty_at: Option<i64>,
    pub spread: i64,
    /// Bytes out are within a segment of the most in this round or the one before.
    pub at_peak: bool,
    /// The newest segment was less than full, or ended a write.
    pub ends_write: bool,
    /// The newest segment was less than full.
    pub small: bool,
    /// When the sender learned of the first acknowledgment after its newest data, in ns.
    pub freed: Option<i64>,
}

/// What ended an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// New data of this sender.
    Data,
    /// A copy sent by one of its timers.
    Timer,
    /// Anything else.
    Other,
}

/// Time by limit, in ns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    shares: [i64; 7],
    /// Time since the newest data, with as much out as ever and with less: judged when it shows what follows.
    at_peak: i64,
    below: i64,
    /// With nothing out: idle if data follow, otherwise after the transfer.
    quiet: i64,
    /// The newest segment was less than full, or ended a write.
    ends_write: bool,
}

impl Limits {
    /// Adds the interval `from..to`, in which `view` held and which ended so. New data within `patience` of an
    /// acknowledgment were let go by it.
    pub(super) fn elapse(&mut self, from: i64, to: i64, view: &View, end: End, patience: i64) {
        let all = to.saturating_sub(from).max(0);
        let quiet = view.empty_at.map_or(0, |at| to.saturating_sub(at.max(from)).clamp(0, all));
        let out = all.saturating_sub(quiet);
        self.ends_write = view.ends_write;
        if view.closed {
            self.add(Limit::ZeroWindow, all);
            return;
        }
        if view.narrow {
            self.add(Limit::ReceiverWindow, out);
        } else if end == End::Timer {
            // Something was out all the time, even if it never passed here.
            let silence = std::mem::take(&mut self.quiet).saturating_add(all);
            self.add(Limit::Loss, silence);
            return;
        } else if view.repairing {
            self.add(Limit::Loss, out);
        } else if view.blind {
            self.add(Limit::Unknown, out);
        } else if view.at_peak {
            self.at_peak = self.at_peak.saturating_add(out);
        } else {
            self.below = self.below.saturating_add(out);
        }
        self.quiet = self.quiet.saturating_add(quiet);
        if end == End::Data {
            let since = view.freed.map_or(out, |freed| to.saturating_sub(freed));
            let followed = since <= patience && !view.small;
            self.settle(followed);
            let quiet = std::mem::take(&mut self.quiet);
            let on_its_way = followed && quiet <= view.spread;
            self.add(if on_its_way { Limit::CongestionWindow } else { Limit::Idle }, quiet);
        } else if quiet > 0 {
            self.settle(false);
        }
    }

    /// Judges the time since the newest data: more followed at once, or not.
    fn settle(&mut self, followed: bool) {
        let (at_peak, below) = (std::mem::take(&mut self.at_peak), std::mem::take(&mut self.below));
        // A push ends no write where more follows at once: some stacks set it on the last segment of each burst.
        let less = if self.ends_write && !followed { Limit::Busy } else { Limit::Unknown };
        self.add(if followed { Limit::CongestionWindow } else { less }, at_peak);
        self.add(less, below);
    }

    fn add(&mut self, limit: Limit, nanos: i64) {
        let share = &mut self.shares[limit as usize];
        *share = share.saturating_add(nanos);
    }

    /// The time of each limit in ns, in the order of [`Limit::ALL`], up to the acknowledgment of the last data.
    #[must_use]
    pub fn shares(&self) -> [i64; 7] {
        let mut done = *self;
        done.settle(false);
        done.shares
    }

    /// What limited longest, for how long and of how much, in ns; `None` if that is unknown.
    #[must_use]
    pub fn limiter(&self) -> Option<(Limit, u64, u64)> {
        let shares = self.shares().map(i64::unsigned_abs);
        let all = shares.iter().fold(0_u64, |all, &share| all.saturating_add(share));
        let (limit, share) = Limit::ALL.into_iter().zip(shares).max_by_key(|row| row.1)?;
        (limit != Limit::Unknown && all > 0).then_some((limit, share, all))
    }
}
