//! What happens where the end of a block is not known: reading ends there, or `salvage` searches for the next block.

use std::io;

use super::super::MAX_RECORD;
use super::super::buffer::Have;
use super::super::error::Damage;
use super::super::ledger::Step;
use super::block::Order;
use super::{BLOCK_MINIMUM, ENHANCED_PACKET, INTERFACE, Reader, SECTION_HEADER, TRAILER};

/// The other types in use, which `salvage` takes for the beginning of a block: name resolution, systemd journal,
/// decryption secrets, custom.
const KNOWN_OTHERS: [u32; 5] = [4, 9, 10, 0x0bad, 0x4000_0bad];

impl Reader {
    /// With `salvage`: true if the block at hand is good and only its trailer is wrong, because a block or the
    /// end of the input follows where the leading length says.
    #[cold]
    pub(super) fn trailer_is_wrong(&mut self, leading: u32, trailing: u32) -> bool {
        if !self.options.salvage || !matches!(self.plausible_or_end(leading as usize), Ok(true)) {
            return false;
        }
        let (record, offset) = (self.ledger.record(), self.buffer.offset());
        self.ledger.damage(record, offset, Damage::Trailer { leading, trailing });
        true
    }

    /// A block whose end is not known: the end of reading, or with `salvage` the next place that looks like a block.
    #[cold]
    pub(super) fn damaged(&mut self, reason: Damage) -> Option<Step> {
        if !self.options.salvage {
            return Some(self.ledger.stop(&self.buffer, reason));
        }
        let (record, offset) = (self.ledger.record(), self.buffer.offset());
        self.ledger.damage(record, offset, reason);
        if let Damage::Trailer { trailing, .. } = reason {
            let at = trailing as usize;
            if (BLOCK_MINIMUM..=MAX_RECORD).contains(&trailing)
                && matches!(self.plausible_or_end(at), Ok(true))
            {
                self.buffer.consume(at);
                self.ledger.salvaged(at as u64);
                return None;
            }
        }
        match self.resync(1) {
            Ok(true) => None,
            Ok(false) => {
                let left = self.buffer.filled().len();
                self.buffer.consume(left);
                self.ledger.salvaged(left as u64);
                Some(self.ledger.finish())
            }
            Err(e) => Some(self.ledger.failed(&self.buffer, e)),
        }
    }

    /// Searches for the next place that looks like a whole block, from `at` bytes on. True if there is one: the
    /// buffer stands there. False: the input is at its end.
    pub(super) fn resync(&mut self, mut at: usize) -> io::Result<bool> {
        while self.buffer.need_now(at.saturating_add(BLOCK_MINIMUM as usize))? == Have::Enough {
            if self.plausible(at)? {
                self.buffer.consume(at);
                self.ledger.salvaged(at as u64);
                return Ok(true);
            }
            at = at.saturating_add(1);
            if at > MAX_RECORD as usize {
                self.buffer.consume(at);
                self.ledger.salvaged(at as u64);
                at = 0;
            }
        }
        Ok(false)
    }

    fn plausible_or_end(&mut self, at: usize) -> io::Result<bool> {
        match self.buffer.need_now(at.saturating_add(BLOCK_MINIMUM as usize))? {
            Have::Enough => self.plausible(at),
            _ => Ok(self.buffer.filled().len() == at),
        }
    }

    /// True if a block of a known type begins `at` bytes into what is read, with the same length at both ends.
    fn plausible(&mut self, at: usize) -> io::Result<bool> {
        let Some(&[t0, t1, t2, t3, l0, l1, l2, l3, m0, m1, m2, m3]) =
            self.buffer.filled().get(at..).and_then(|f| f.first_chunk::<12>())
        else {
            return Ok(false);
        };
        let kind = self.order.word([t0, t1, t2, t3]);
        let order = match kind {
            SECTION_HEADER => match Order::of([m0, m1, m2, m3]) {
                Some(order) => order,
                None => return Ok(false),
            },
            INTERFACE..=ENHANCED_PACKET => self.order,
            other if KNOWN_OTHERS.contains(&other) => self.order,
            _ => return Ok(false),
        };
        let length = order.word([l0, l1, l2, l3]);
        if length < BLOCK_MINIMUM || length % 4 != 0 || length > MAX_RECORD {
            return Ok(false);
        }
        let end = at.saturating_add(length as usize);
        if self.buffer.need_now(end)? != Have::Enough {
            return Ok(false);
        }
        let tail = self.buffer.filled().get(end.saturating_sub(TRAILER)..).and_then(|f| f.first_chunk());
        Ok(tail.is_some_and(|&t| order.word(t) == length))
    }
}
