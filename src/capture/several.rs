//! Several interfaces as one source: frames in the order of their times.
//!
//! Each interface hands over blocks of its own ring, one perhaps a moment after another whose frames are younger. So a
//! frame waits here until every interface has shown its next one, or so long that nothing earlier can come.

use netdissect_dissectors::frame::{Frame, LinkType, Origin, Timestamp};

use super::error::CaptureError;
use super::libpcap::{Live, PAUSE, settled};
use super::note::Notes;
use super::{Aside, CaptureSource, Counters, Description, Pull};

/// A frame that waits for its turn.
#[derive(Default)]
struct Held {
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    data: Vec<u8>,
}

/// An interface and its next frame.
struct Lane {
    live: Live,
    next: Held,
    is_held: bool,
    /// Nothing was waiting when it was asked last.
    is_idle: bool,
    is_over: bool,
}

/// Interfaces that are captured on at once.
pub(super) struct Several {
    lanes: Vec<Lane>,
    number: u64,
    /// Nothing earlier can come from those that are idle.
    settled: Timestamp,
    /// Capture points are to be told, all at first and then whenever it changes; the next one of the first round.
    asides: bool,
    untold: usize,
    told: usize,
    notes: Notes,
}

impl Several {
    /// `lives` are open. With `asides` the capture point is told wherever it changes.
    pub(super) fn new(lives: Vec<Live>, asides: bool) -> Self {
        let mut notes = Notes::default();
        lives.iter().for_each(|live| notes.absorb(live.notes(), &live.describe().name));
        let lane =
            |live| Lane { live, next: Held::default(), is_held: false, is_idle: false, is_over: false };
        let lanes = lives.into_iter().map(lane).collect();
        Self { lanes, number: 0, settled: Timestamp::default(), asides, untold: 0, told: usize::MAX, notes }
    }

    /// Asks every interface that holds nothing and is not idle for its next frame.
    fn fill(&mut self) -> Result<(), CaptureError> {
        for lane in self.lanes.iter_mut().filter(|lane| !lane.is_held && !lane.is_idle && !lane.is_over) {
            match lane.live.poll() {
                Ok(Pull::Frame(frame)) => {
                    lane.next.time = frame.time;
                    lane.next.link = frame.link;
                    lane.next.wire_len = frame.wire_len;
                    lane.next.data.clear();
                    lane.next.data.extend_from_slice(frame.data);
                    lane.is_held = true;
                }
                Ok(Pull::Idle(_) | Pull::Aside(_)) => lane.is_idle = true,
                Ok(Pull::End) => lane.is_over = true,
                Err(error) => {
                    lane.is_over = true;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The interface whose frame is next, if nothing earlier can come.
    fn due(&self) -> Option<usize> {
        let held = self.lanes.iter().enumerate().filter(|(_, lane)| lane.is_held);
        let (at, lane) = held.min_by_key(|(_, lane)| lane.next.time)?;
        let all_known = self.lanes.iter().all(|lane| lane.is_held || lane.is_over);
        (all_known || lane.next.time <= self.settled).then_some(at)
    }
}

impl CaptureSource for Several {
    fn pull(&mut self) -> Result<Pull<'_>, CaptureError> {
        if self.asides && self.untold < self.lanes.len() {
            self.told = self.untold;
            self.untold += 1;
            let lane = self.lanes.get(self.told);
            return Ok(lane.map_or(Pull::End, |lane| Pull::Aside(Aside::Point(lane.live.point()))));
        }
        self.fill()?;
        let mut due = self.due();
        if due.is_none() {
            self.settled = settled();
            self.lanes.iter_mut().for_each(|lane| lane.is_idle = false);
            self.fill()?;
            due = self.due();
        }
        if self.lanes.iter().all(|lane| lane.is_over && !lane.is_held) {
            return Ok(Pull::End);
        }
        let Some(at) = due else {
            std::thread::sleep(PAUSE);
            return Ok(Pull::Idle(self.settled));
        };
        let Some(lane) = self.lanes.get_mut(at) else { return Ok(Pull::End) };
        if self.asides && self.told != at {
            self.told = at;
            return Ok(Pull::Aside(Aside::Point(lane.live.point())));
        }
        lane.is_held = false;
        self.number += 1;
        let origin = Origin {
            interface: u32::try_from(at).unwrap_or(u32::MAX),
            name: Some(lane.live.name().as_bytes()),
            ..Origin::default()
        };
        Ok(Pull::Frame(Frame {
            number: self.number,
            time: lane.next.time,
            link: lane.next.link,
            wire_len: lane.next.wire_len,
            data: &lane.next.data,
            origin: Some(origin),
        }))
    }

    fn counters(&mut self) -> Counters {
        self.lanes.iter_mut().fold(Counters::default(), |sum, lane| sum.plus(lane.live.counters()))
    }

    fn by_interface(&mut self) -> Vec<(String, Counters)> {
        self.lanes.iter_mut().map(|lane| (lane.live.name().to_owned(), lane.live.counters())).collect()
    }

    fn end(&mut self) {
        for lane in &mut self.lanes {
            lane.live.end();
            if std::mem::take(&mut lane.is_held) {
                lane.live.take_back();
            }
        }
    }

    fn news(&mut self) -> Vec<String> {
        self.lanes.iter_mut().flat_map(|lane| lane.live.news()).collect()
    }

    fn describe(&self) -> Description {
        let mut all = Description { format: String::from("live"), ..Description::default() };
        for lane in &self.lanes {
            let one = lane.live.describe();
            if !all.name.is_empty() {
                all.name.push_str(", ");
            }
            all.name.push_str(&one.name);
            for link in one.links {
                if !all.links.contains(&link) {
                    all.links.push(link);
                }
            }
            all.digits = all.digits.max(one.digits);
            all.snaplen = all.snaplen.or(one.snaplen);
        }
        all
    }

    fn notes(&self) -> &Notes {
        &self.notes
    }
}
