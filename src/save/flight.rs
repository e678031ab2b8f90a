//! The flight recorder (`--trigger`): packets are held in memory, and written only around those that matter.

use std::collections::VecDeque;
use std::io;

use netdissect_dissectors::frame::{Frame, LinkType, Origin, Timestamp};

use super::Recorder;
use super::preface::OwnedPoint;
use crate::capture::Aside;

/// Bytes of packets that are held at most, and what one costs beyond its own.
const MAX_BYTES: usize = 64 << 20;
const OVERHEAD: usize = 128;

/// Holds the last packets and lets those through that surround what matters.
#[derive(Debug)]
pub struct Flight {
    /// Nanoseconds of packet time before and after a packet that matters.
    before: i64,
    after: i64,
    held: VecDeque<Held>,
    bytes: usize,
    /// Packets up to this time are written as they come.
    until: Option<Timestamp>,
    /// The time of the last packet that was let go because memory was full.
    cut: Option<Timestamp>,
    shortened: u64,
}

/// Something that waits to be written or forgotten.
#[derive(Debug)]
enum Held {
    Frame(HeldFrame),
    Point(OwnedPoint),
    Block(Box<[u8]>),
}

#[derive(Debug)]
struct HeldFrame {
    number: u64,
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    data: Box<[u8]>,
    /// The block of a file of blocks.
    block: Option<Box<[u8]>>,
    comment: Box<str>,
}

impl HeldFrame {
    fn of(frame: &Frame<'_>, comment: &str) -> Self {
        let block = frame.origin.map(|origin| origin.block).filter(|block| !block.is_empty());
        Self {
            number: frame.number,
            time: frame.time,
            link: frame.link,
            wire_len: frame.wire_len,
            data: frame.data.into(),
            block: block.map(Box::from),
            comment: comment.into(),
        }
    }

    fn lend(&self) -> Frame<'_> {
        Frame {
            number: self.number,
            time: self.time,
            link: self.link,
            wire_len: self.wire_len,
            data: &self.data,
            origin: self.block.as_deref().map(|block| Origin { block, ..Origin::default() }),
        }
    }
}

impl Held {
    /// What it costs in memory.
    fn bytes(&self) -> usize {
        let bytes = match self {
            Self::Frame(frame) => {
                frame.data.len().saturating_add(frame.block.as_ref().map_or(0, |block| block.len()))
            }
            Self::Point(_) => 0,
            Self::Block(block) => block.len(),
        };
        bytes.saturating_add(OVERHEAD)
    }
}

impl Flight {
    /// Lets packets through from `before` to `after` nanoseconds around each that matters.
    #[must_use]
    pub fn new(before: i64, after: i64) -> Self {
        Self { before, after, held: VecDeque::new(), bytes: 0, until: None, cut: None, shortened: 0 }
    }

    /// How often memory was too small for all that should have been written before a packet that matters.
    #[must_use]
    pub fn shortened(&self) -> u64 {
        self.shortened
    }

    /// Takes what stands beside frames, which keeps its place among them.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn aside(&mut self, aside: &Aside<'_>, to: &mut dyn Recorder) -> io::Result<()> {
        if self.held.is_empty() {
            return to.aside(aside);
        }
        self.hold(match aside {
            Aside::Point(point) => Held::Point(OwnedPoint::of(point)),
            Aside::Block(block) => Held::Block((*block).into()),
            Aside::Tally(_) => return to.aside(aside),
        });
        self.trim(to)
    }

    /// Takes a packet, with a comment unless that is empty. If it `matters`, it is written with those around it.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn frame(
        &mut self,
        frame: &Frame<'_>,
        comment: &str,
        matters: bool,
        to: &mut dyn Recorder,
    ) -> io::Result<()> {
        let now = frame.time;
        if matters {
            self.release(now, to)?;
            self.until = Some(now.plus_nanos(self.after));
        }
        if self.until.is_some_and(|until| now.nanos_since(until) <= 0) {
            return to.frame(frame, comment);
        }
        self.until = None;
        self.hold(Held::Frame(HeldFrame::of(frame, comment)));
        self.forget_old(now, to)?;
        self.trim(to)
    }

    fn hold(&mut self, held: Held) {
        self.bytes = self.bytes.saturating_add(held.bytes());
        self.held.push_back(held);
    }

    /// Writes what is held and not too old.
    fn release(&mut self, now: Timestamp, to: &mut dyn Recorder) -> io::Result<()> {
        self.forget_old(now, to)?;
        if self.cut.take().is_some_and(|cut| now.nanos_since(cut) <= self.before) {
            self.shortened = self.shortened.saturating_add(1);
        }
        self.bytes = 0;
        for held in self.held.drain(..) {
            match held {
                Held::Frame(frame) => to.frame(&frame.lend(), &frame.comment)?,
                Held::Point(point) => to.aside(&Aside::Point(point.lend()))?,
                Held::Block(block) => to.aside(&Aside::Block(&block))?,
            }
        }
        Ok(())
    }

    /// Lets packets go that are too old by now.
    fn forget_old(&mut self, now: Timestamp, to: &mut dyn Recorder) -> io::Result<()> {
        while let Some(Held::Frame(frame)) = self.held.front()
            && now.nanos_since(frame.time) > self.before
        {
            self.forget(to)?;
        }
        Ok(())
    }

    /// Lets packets go until the rest is within bounds.
    fn trim(&mut self, to: &mut dyn Recorder) -> io::Result<()> {
        while self.bytes > MAX_BYTES && !self.held.is_empty() {
            if let Some(Held::Frame(frame)) = self.held.front() {
                self.cut = Some(frame.time);
            }
            self.forget(to)?;
        }
        Ok(())
    }

    /// Lets the oldest packet go; what stood behind it still holds for those to come.
    fn forget(&mut self, to: &mut dyn Recorder) -> io::Result<()> {
        let oldest = self.held.pop_front();
        self.bytes = self.bytes.saturating_sub(oldest.as_ref().map_or(0, Held::bytes));
        while let Some(Held::Point(_) | Held::Block(_)) = self.held.front() {
            let Some(aside) = self.held.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(aside.bytes());
            match &aside {
                Held::Point(point) => to.aside(&Aside::Point(point.lend()))?,
                Held::Block(block) => to.aside(&Aside::Block(block))?,
                Held::Frame(_) => {}
            }
        }
        Ok(())
    }
}
