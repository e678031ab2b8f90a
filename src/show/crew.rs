//! Work in several threads. What comes out is in the order of what went in.
//!
//! A batch goes to a thread that has room for it; where none has, this thread does it itself.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TrySendError};

/// Threads at most: one hands over, and more than a few wait for it.
const MOST: usize = 8;
/// Batches that wait for one thread, besides the one that it works on.
const WAITING: usize = 2;
/// Batches for each thread that wait for the one before them at most.
const BEHIND: usize = 4;

/// Threads, and the batches that were given to them.
pub(super) struct Crew<B> {
    /// So many threads beside this one.
    threads: usize,
    /// None before there is something to do: rights are given up by thread, and before that.
    working: Option<Working<B>>,
    /// The number of the next batch.
    next: u64,
    /// The batches before it that were not taken back; `None` while a thread is at one.
    order: VecDeque<Option<B>>,
}

struct Working<B> {
    threads: Vec<SyncSender<(u64, B)>>,
    done: Receiver<(u64, B)>,
}

impl<B: Send + 'static> Crew<B> {
    pub(super) fn new(threads: usize) -> Self {
        Self { threads: threads.min(MOST), working: None, next: 0, order: VecDeque::new() }
    }

    /// Starts the threads, unless that was done; `hand` makes what one does with each batch.
    pub(super) fn hire<W>(&mut self, hand: impl FnMut() -> W)
    where
        W: FnMut(&mut B) + Send + 'static,
    {
        let threads = self.threads;
        self.working.get_or_insert_with(|| Working::start(threads, hand));
    }

    /// Gives a batch to a thread that has room for it, else to `here`.
    pub(super) fn give(&mut self, batch: B, here: impl FnOnce(&mut B)) {
        let back = match &self.working {
            Some(working) => working.offer(self.next, batch),
            None => Some(batch),
        };
        let done = back.map(|mut batch| {
            here(&mut batch);
            batch
        });
        self.order.push_back(done);
        self.next = self.next.wrapping_add(1);
    }

    /// The first of the batches that were given, once it is done. As long as many are behind it, or all of them are wanted,
    /// it is waited for.
    ///
    /// # Errors
    /// A thread ended before its work, because it could not go on.
    pub(super) fn take(&mut self, all: bool) -> io::Result<Option<B>> {
        let most = if all { 0 } else { BEHIND.saturating_mul(self.threads) };
        if let Some(working) = &self.working {
            while let Ok((number, batch)) = working.done.try_recv() {
                put(&mut self.order, self.next, number, batch);
            }
            while self.order.len() > most && self.order.front().is_some_and(Option::is_none) {
                let ended = |_| io::Error::other("a thread that renders has ended");
                let (number, batch) = working.done.recv().map_err(ended)?;
                put(&mut self.order, self.next, number, batch);
            }
        }
        let first = self.order.front_mut().and_then(Option::take);
        if first.is_some() {
            self.order.pop_front();
        }
        Ok(first)
    }
}

/// A batch comes back.
fn put<B>(order: &mut VecDeque<Option<B>>, next: u64, number: u64, batch: B) {
    let behind = usize::try_from(next.wrapping_sub(number)).unwrap_or(usize::MAX);
    let place = order.len().checked_sub(behind).and_then(|at| order.get_mut(at));
    if let Some(place) = place {
        *place = Some(batch);
    }
}

impl<B: Send + 'static> Working<B> {
    fn start<W>(threads: usize, mut hand: impl FnMut() -> W) -> Self
    where
        W: FnMut(&mut B) + Send + 'static,
    {
        let (back, done) = mpsc::channel();
        let threads = (0..threads).map(|_| {
            let (full, batches) = mpsc::sync_channel(WAITING);
            let (hand, back) = (hand(), back.clone());
            std::thread::spawn(move || work(hand, &batches, &back));
            full
        });
        Self { threads: threads.collect(), done }
    }

    /// Gives a batch to a thread that has room for it; answers it if none has.
    fn offer(&self, number: u64, batch: B) -> Option<B> {
        let mut item = (number, batch);
        for thread in &self.threads {
            match thread.try_send(item) {
                Ok(()) => return None,
                Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => item = back,
            }
        }
        Some(item.1)
    }
}

/// Does batches until none comes any more.
fn work<B>(mut hand: impl FnMut(&mut B), batches: &Receiver<(u64, B)>, back: &Sender<(u64, B)>) {
    for (number, mut batch) in batches {
        hand(&mut batch);
        if back.send((number, batch)).is_err() {
            return;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_comes_out_is_in_the_order_of_what_went_in(
            threads in 0_usize..4,
            weights in proptest::collection::vec(0_u32..20_000, 0..60),
        ) {
            // Whoever has much to do is late: the remainder of a long product.
            let toil = |batch: &mut (usize, u32, u32)| batch.2 = (0..batch.1).fold(1, |product, step| product.wrapping_mul(step | 1));
            let mut crew = Crew::new(threads);
            let mut done = Vec::new();
            for (number, &weight) in weights.iter().enumerate() {
                crew.hire(|| toil);
                crew.give((number, weight, 0), toil);
                while let Some(batch) = crew.take(false).unwrap() {
                    done.push(batch);
                }
                prop_assert!(number + 1 - done.len() <= BEHIND * threads);
            }
            while let Some(batch) = crew.take(true).unwrap() {
                done.push(batch);
            }
            let mut all: Vec<_> = weights.iter().enumerate().map(|(number, &weight)| (number, weight, 0)).collect();
            all.iter_mut().for_each(toil);
            prop_assert_eq!(done, all);
        }
    }
}
