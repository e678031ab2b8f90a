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
    /// Judges by the smallest round trips from here to either end (T6).
    #[must_use]
    pub fn of(flow: &Flow) -> Option<Self> {
        Some(match flow.tcp.vantage(flow.tcp.client())? {
            time::Vantage::Near => Self::Client,
            time::Vantage::Far => Self::Server,
            time::Vantage::Middle => Self::Between,
        })
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
            (Doubt::Copies, flow.tcp.duplicates().into()),
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
        (Doubt::OneWay, u64::from(half.packets == 0)),
        (Doubt::CaptureLoss, stream.bytes(GapKind::CaptureLoss)),
        (Doubt::Lost, stream.bytes(GapKind::Lost)),
        (Doubt::Limit, stream.bytes(GapKind::Limit).saturating_add(stream.bytes(GapKind::Evicted))),
        (Doubt::AfterGap, stream.after_gap()),
        (Doubt::Snaplen, stream.cut()),
        (Doubt::BadChecksum, observed.wrong.into()),
        (Doubt::Unfinished, observed.unfinished.into()),
        (Doubt::Offload, largest.into()),
    ] {
        if count > 0 {
            out.push(Found { doubt, side: Some(side), count });
        }
    }
}
