//! What speaks against believing everything that a flow shows.

use super::{Doubt, Found, Grade};
use crate::flow::key::Side;
use crate::flow::stream::GapKind;
use crate::flow::table::Flow;
use crate::flow::tcp::time;

/// Where a capture was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// At the client, or near it.
    Client,
    /// At the server, or near it.
    Server,
    /// Somewhere between.
    Between,
}

impl Vantage {
    /// Judges by the smallest round trips from here to either end, and where these are alike by the routers to either end
    /// (T6); `None` if both leave it open.
    #[must_use]
    pub fn of(flow: &Flow) -> Option<Self> {
        let client = flow.tcp.client();
        let hops = |side| flow.tcp.half(side).hops();
        match flow.tcp.vantage(client)? {
            time::Vantage::Near => Some(Self::Client),
            time::Vantage::Far => Some(Self::Server),
            time::Vantage::Middle => match (hops(client), hops(client.other())) {
                (Some(0), Some(1..)) => Some(Self::Client),
                (Some(1..), Some(0)) => Some(Self::Server),
                (Some(1..), Some(1..)) => Some(Self::Between),
                _ => None,
            },
        }
    }

    /// The word for it (`nd.trust.vantage`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Between => "between",
        }
    }
}

/// Where no MSS was seen: payload that no link carries in one packet (jumbo frames of 9,000 bytes).
const LARGEST_PAYLOAD: u32 = 8_960;

/// What there is to say of one flow.
#[derive(Clone, Debug, Default)]
pub struct FlowTrust {
    /// The gravest first; of one kind, the client's first.
    pub found: Vec<Found>,
    /// Where the capture was made.
    pub vantage: Option<Vantage>,
}

impl FlowTrust {
    /// Everything that is known of `flow` by now.
    #[must_use]
    pub fn of(flow: &Flow) -> Self {
        let client = flow.tcp.client();
        let mut found = Vec::new();
        for side in [client, client.other()] {
            of_side(flow, side, &mut found);
        }
        for (doubt, count) in [
            (Doubt::Midstream, u64::from(flow.tcp.is_midstream())),
            (Doubt::Conflict, flow.kept.conflicts.as_ref().map_or(0, |conflicts| conflicts.count())),
            (Doubt::Copies, flow.tcp.captured_twice().into()),
        ] {
            if count > 0 {
                found.push(Found { doubt, side: None, count });
            }
        }
        found.sort_by_key(|found| found.doubt);
        Self { found, vantage: Vantage::of(flow) }
    }

    /// How far to believe it.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.found.iter().map(|found| found.doubt.grade()).max().unwrap_or_default()
    }
}

fn of_side(flow: &Flow, side: Side, out: &mut Vec<Found>) {
    let half = flow.tcp.half(side);
    let (stream, observed) = (&half.stream, flow.observed[side]);
    let mss = flow.tcp.half(side.other()).mss().map_or(LARGEST_PAYLOAD, u32::from);
    let largest = if observed.largest > mss { observed.largest } else { 0 };
    for (doubt, count) in [
        (Doubt::OneWay, u64::from(half.packets == 0 && !flow.tcp.verdict().is_attempt())),
        (Doubt::CaptureLoss, stream.bytes(GapKind::CaptureLoss)),
        (Doubt::Lost, stream.bytes(GapKind::Lost)),
        (Doubt::Limit, stream.bytes(GapKind::Limit).saturating_add(stream.bytes(GapKind::Evicted))),
        (Doubt::AfterGap, stream.after_gap()),
        (Doubt::Snaplen, stream.cut()),
        (Doubt::BadChecksum, observed.refuted.into()),
        (Doubt::Unfinished, observed.unproven.into()),
        (Doubt::Offload, largest.into()),
    ] {
        if count > 0 {
            out.push(Found { doubt, side: Some(side), count });
        }
    }
}
