//! Flows that are over become text in a thread of its own, in their order, while the next packets are taken apart. What
//! comes out is what one thread prints.

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;

use netdissect_dissectors::registry::Registry;

use super::Output;
use crate::flow::table::Flow;

/// Flows of a batch.
const FLOWS: usize = 64;
/// Rows of timelines that a batch holds before it is full: no longer are flows the memory of the pipeline.
const ROWS: usize = 4_096;
/// Full batches that wait, besides the one at work.
const WAITING: usize = 2;

/// Makes text of flows, one after the other.
pub(super) trait Scribe: Send + 'static {
    /// A flow that is over.
    ///
    /// # Errors
    /// Those of the output.
    fn flow(&mut self, flow: &Flow, registry: &Registry) -> io::Result<()>;

    /// Where the text goes.
    fn out(&mut self) -> &mut Output;
}

/// A scribe, and where it works.
pub(super) struct Beside<S> {
    /// Here, before there is a thread and once that has ended.
    scribe: Option<S>,
    /// What the thread reads; without it there is none.
    registry: Option<Registry>,
    thread: Option<Thread<S>>,
    batch: Vec<Flow>,
    rows: usize,
    /// First frames of flows that were left out because of a fault of this program, not told yet.
    left_out: Vec<u64>,
}

/// It ends when no batch can come any more, and gives the scribe back.
struct Thread<S> {
    batches: SyncSender<Vec<Flow>>,
    done: JoinHandle<(S, Vec<u64>, io::Result<()>)>,
}

impl<S: Scribe> Beside<S> {
    /// With a thread that has `registry`, once there are flows enough for it; without one if there is none.
    pub(super) fn new(scribe: S, registry: Option<Registry>) -> Self {
        let scribe = Some(scribe);
        Self { scribe, registry, thread: None, batch: Vec::new(), rows: 0, left_out: Vec::new() }
    }

    /// The scribe, while it works here.
    pub(super) fn here(&mut self) -> Option<&mut S> {
        self.scribe.as_mut().filter(|_| self.registry.is_none())
    }

    /// Takes a flow.
    pub(super) fn take(&mut self, flow: Flow, registry: &Registry) -> io::Result<()> {
        if let Some(scribe) = self.here() {
            return scribe.flow(&flow, registry);
        }
        self.rows += flow.kept.rows.len();
        self.batch.push(flow);
        if self.batch.len() < FLOWS && self.rows < ROWS {
            return Ok(());
        }
        self.rows = 0;
        let batch = mem::replace(&mut self.batch, Vec::with_capacity(FLOWS));
        if let (Some(scribe), Some(registry)) = (self.scribe.take(), &self.registry) {
            let (registry, (batches, waiting)) = (registry.clone(), mpsc::sync_channel(WAITING));
            let done = std::thread::spawn(move || work(scribe, &registry, &waiting));
            self.thread = Some(Thread { batches, done });
        }
        match &self.thread {
            Some(thread) if thread.batches.send(batch).is_ok() => Ok(()),
            // It ends before its work only if it cannot go on.
            _ => self.end().map(|_| ()),
        }
    }

    /// The scribe, once it has made text of everything that it was given.
    pub(super) fn end(&mut self) -> io::Result<&mut S> {
        if let Some(thread) = self.thread.take() {
            drop(thread.batches);
            let (scribe, left_out, worked) = thread.done.join().map_err(|_| gone())?;
            self.left_out.extend(left_out);
            self.scribe = Some(scribe);
            worked?;
        }
        let batch = mem::take(&mut self.batch);
        let scribe = self.scribe.as_mut().ok_or_else(gone)?;
        if let Some(registry) = &self.registry {
            self.left_out.extend(all(scribe, registry, batch)?);
        }
        Ok(scribe)
    }

    /// Writes what is ready.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.scribe.as_mut().map_or(Ok(()), |scribe| scribe.out().flush())
    }

    /// First frames of the flows that were left out since the last call.
    pub(super) fn take_left_out(&mut self) -> Vec<u64> {
        mem::take(&mut self.left_out)
    }
}

fn gone() -> io::Error {
    io::Error::other("a thread that renders has ended")
}

/// Makes text of all batches that come.
fn work<S: Scribe>(
    mut scribe: S,
    registry: &Registry,
    batches: &Receiver<Vec<Flow>>,
) -> (S, Vec<u64>, io::Result<()>) {
    let mut left_out = Vec::new();
    for batch in batches {
        match all(&mut scribe, registry, batch) {
            Ok(more) => left_out.extend(more),
            Err(error) => return (scribe, left_out, Err(error)),
        }
    }
    (scribe, left_out, Ok(()))
}

/// Makes text of these flows, and answers the first frames of those that were left out. Whatever one does to the scribe,
/// all others are shown.
fn all<S: Scribe>(scribe: &mut S, registry: &Registry, batch: Vec<Flow>) -> io::Result<Vec<u64>> {
    let mut left_out = Vec::new();
    for flow in batch {
        match catch_unwind(AssertUnwindSafe(|| scribe.flow(&flow, registry))) {
            Ok(done) => done?,
            Err(_) => {
                scribe.out().drop_unsettled();
                left_out.push(flow.tcp.first_frame());
            }
        }
    }
    Ok(left_out)
}
