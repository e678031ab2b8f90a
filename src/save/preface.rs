//! What has to stand at the beginning of every file of a series: how frames are captured, and the blocks that describe it.

use std::io;

use super::{Recorder, pcapng};
use crate::capture::block::Order;
use crate::capture::{Aside, Point, Tally};
use netdissect_dissectors::frame::LinkType;

/// Bytes of blocks, and capture points, that are kept.
const MAX_BYTES: usize = 4 << 20;
const MAX_POINTS: usize = 4_096;

/// The asides that hold for the frames to come.
#[derive(Debug, Default)]
pub(super) struct Preface {
    told: Told,
    /// What interfaces had counted when they were told of last.
    tallies: Vec<OwnedTally>,
    /// Too much was told for all of it to be kept: frames to come may refer to what is missing.
    is_cut: bool,
}

#[derive(Debug, Default)]
enum Told {
    #[default]
    Nothing,
    /// Each once, and which of them the frames to come are from.
    Points { points: Vec<OwnedPoint>, current: usize },
    /// Blocks of one section in a row, and where each ends.
    Blocks { bytes: Vec<u8>, ends: Vec<usize>, order: Option<Order> },
}

/// What an interface had counted.
#[derive(Debug)]
struct OwnedTally {
    name: String,
    received: u64,
    kernel_drops: u64,
    interface_drops: u64,
}

impl OwnedTally {
    fn of(tally: &Tally<'_>) -> Self {
        let &Tally { name, received, kernel_drops, interface_drops } = tally;
        Self { name: name.to_owned(), received, kernel_drops, interface_drops }
    }

    fn lend(&self) -> Tally<'_> {
        let &Self { ref name, received, kernel_drops, interface_drops } = self;
        Tally { name, received, kernel_drops, interface_drops }
    }
}

/// A capture point that is kept.
#[derive(Debug)]
pub(super) struct OwnedPoint {
    link: LinkType,
    snaplen: Option<u32>,
    digits: u8,
    name: Option<String>,
    filter: Option<String>,
}

impl OwnedPoint {
    pub(super) fn of(point: &Point<'_>) -> Self {
        Self {
            link: point.link,
            snaplen: point.snaplen,
            digits: point.digits,
            name: point.name.map(str::to_owned),
            filter: point.filter.map(str::to_owned),
        }
    }

    pub(super) fn lend(&self) -> Point<'_> {
        Point {
            link: self.link,
            snaplen: self.snaplen,
            digits: self.digits,
            name: self.name.as_deref(),
            filter: self.filter.as_deref(),
        }
    }
}

impl Preface {
    /// Whether a file can begin with it.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Keeps what the next file has to begin with.
    pub(super) fn note(&mut self, aside: &Aside<'_>) {
        match aside {
            Aside::Point(point) => self.note_point(point),
            Aside::Block(block) => self.note_block(block),
            Aside::Tally(tally) => {
                self.tallies.retain(|known| known.name != tally.name);
                if self.tallies.len() < MAX_POINTS {
                    self.tallies.push(OwnedTally::of(tally));
                }
            }
        }
    }

    fn note_point(&mut self, point: &Point<'_>) {
        if !matches!(self.told, Told::Points { .. }) {
            *self = Self { told: Told::Points { points: Vec::new(), current: 0 }, ..Self::default() };
        }
        let Told::Points { points, current } = &mut self.told else { return };
        if let Some(known) = points.iter().position(|known| known.lend() == *point) {
            *current = known;
        } else if points.len() < MAX_POINTS {
            *current = points.len();
            points.push(OwnedPoint::of(point));
        } else {
            self.is_cut = true;
        }
    }

    fn note_block(&mut self, block: &[u8]) {
        let mut order = match &self.told {
            Told::Blocks { order, .. } => *order,
            _ => None,
        };
        let Some(parts) = pcapng::Parts::of(block, &mut order) else { return };
        match parts.kind {
            pcapng::SECTION => {
                let told = Told::Blocks { bytes: Vec::new(), ends: Vec::new(), order };
                *self = Self { told, ..Self::default() };
            }
            pcapng::INTERFACE | pcapng::SECRETS => {}
            _ => return,
        }
        let Told::Blocks { bytes, ends, .. } = &mut self.told else { return };
        if bytes.len().saturating_add(block.len()) > MAX_BYTES {
            self.is_cut = true;
            return;
        }
        bytes.extend(block);
        ends.push(bytes.len());
    }

    /// Tells all of it again.
    pub(super) fn tell(&self, to: &mut dyn Recorder) -> io::Result<()> {
        match &self.told {
            Told::Nothing => {}
            Told::Points { points, current } => {
                for point in points.iter().chain(points.get(*current)) {
                    to.aside(&Aside::Point(point.lend()))?;
                }
                for tally in &self.tallies {
                    to.aside(&Aside::Tally(tally.lend()))?;
                }
            }
            Told::Blocks { bytes, ends, .. } => {
                let mut start = 0;
                for &end in ends {
                    to.aside(&Aside::Block(bytes.get(start..end).unwrap_or_default()))?;
                    start = end;
                }
            }
        }
        Ok(())
    }
}
