//! Stepping over blocks that are not kept, however long they are.

use super::super::buffer::Have;
use super::super::error::{Damage, Part};
use super::super::ledger::Step;
use super::{Reader, TRAILER};

/// A block that is stepped over: what is left of it and what its trailer must be.
#[derive(Clone, Copy)]
pub(super) struct Passing {
    pub(super) offset: u64,
    pub(super) left: u64,
    pub(super) length: u32,
    /// A packet block too long to be read, otherwise a block without packets.
    pub(super) packet: bool,
}

impl Reader {
    /// Steps over a block that is not kept, as far as the input goes without waiting.
    #[cold]
    pub(super) fn pass(&mut self) -> Option<Step> {
        let mut block = self.passing?;
        while block.left > TRAILER as u64 {
            match self.buffer.need(1) {
                Ok(Have::Enough) => {}
                Ok(Have::Wait) => return Some(Step::Wait),
                Ok(Have::Ended) => return Some(self.cut_passing(block)),
                Err(e) => return Some(self.ledger.failed(&self.buffer, e)),
            }
            let here = self.buffer.filled().len() as u64;
            let step = here.min(block.left.saturating_sub(TRAILER as u64));
            self.buffer.consume(step as usize);
            block.left = block.left.saturating_sub(step);
            self.book_passed(block.packet, step);
            self.passing = Some(block);
        }
        match self.buffer.need(TRAILER) {
            Ok(Have::Enough) => {}
            Ok(Have::Wait) => return Some(Step::Wait),
            Ok(Have::Ended) => return Some(self.cut_passing(block)),
            Err(e) => return Some(self.ledger.failed(&self.buffer, e)),
        }
        self.passing = None;
        let trailing = self.buffer.filled().first_chunk().map_or(0, |&t| self.order.word(t));
        if trailing != block.length {
            let reason = Damage::Trailer { leading: block.length, trailing };
            return self.damaged(reason);
        }
        self.buffer.consume(TRAILER);
        self.book_passed(block.packet, TRAILER as u64);
        if block.packet {
            let record = self.ledger.record();
            self.ledger.damage(record, block.offset, Damage::TooLong { claimed: block.length });
            self.ledger.unreadable(0);
        }
        None
    }

    fn book_passed(&mut self, packet: bool, bytes: u64) {
        let skipped = &mut self.ledger.counters.skipped;
        let reason = if packet { &mut skipped.bad_blocks } else { &mut skipped.blocks };
        *reason = reason.saturating_add(bytes);
    }

    fn cut_passing(&mut self, block: Passing) -> Step {
        self.passing = None;
        let have = u64::from(block.length).saturating_sub(block.left);
        let have = have.saturating_add(self.buffer.filled().len() as u64);
        let part = if block.packet { Part::Record } else { Part::Block };
        self.ledger.cut(&self.buffer, part, have, u64::from(block.length), block.offset)
    }
}
