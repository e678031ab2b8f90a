//! Text on its way out: in blocks, and where the input does not wait, past a reader who does.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::JoinHandle;

use crate::escape::is_hidden;

/// Bytes collected before they are written.
const BLOCK: usize = 64 << 10;

/// Bytes that wait for a slow reader before records are left out.
const BACKLOG: usize = 8 << 20;

/// Text on its way out. Whatever renderers append has passed [`Escaped`](crate::escape::Escaped); builds for tests look at every
/// byte once more.
pub struct Output {
    buffer: Vec<u8>,
    /// Where the last record in the buffer ends.
    settled: usize,
    way: Way,
    is_raw: bool,
}

enum Way {
    /// The writer is waited for.
    Direct(Box<dyn Write + Send>),
    Past(Queue),
}

/// What those who capture and those who print know of each other.
#[derive(Debug, Default)]
pub struct Backlog {
    is_patient: AtomicBool,
    dropped: AtomicU64,
}

impl Backlog {
    /// From now on nothing is left out, however long the reader takes.
    pub fn be_patient(&self) {
        self.is_patient.store(true, Ordering::Relaxed);
    }

    /// Packets, or other records, that were not printed because the reader was too slow.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn is_patient(&self) -> bool {
        self.is_patient.load(Ordering::Relaxed)
    }
}

/// Blocks that a thread writes: one that it is writing, and one that waits. There is none before the first block, for rights are given
/// up by thread, and before that.
struct Queue {
    blocks: Option<SyncSender<Vec<u8>>>,
    /// Their other end, until the thread has it.
    waiting: Option<Receiver<Vec<u8>>>,
    printer: Option<JoinHandle<io::Result<()>>>,
    backlog: Arc<Backlog>,
}

impl Output {
    /// Writes to `writer`, and waits for it.
    #[must_use]
    pub fn new(writer: Box<dyn Write + Send>) -> Self {
        Self { buffer: Vec::with_capacity(2 * BLOCK), settled: 0, way: Way::Direct(writer), is_raw: false }
    }

    /// Writes to standard output from a thread of its own. While `backlog` is not patient, a reader who does not keep up costs
    /// what comes next, counted, and nobody has to wait.
    #[must_use]
    pub fn past_slow_readers(backlog: Arc<Backlog>) -> Self {
        let (blocks, waiting) = mpsc::sync_channel(1);
        let queue = Queue { blocks: Some(blocks), waiting: Some(waiting), printer: None, backlog };
        Self { buffer: Vec::with_capacity(2 * BLOCK), settled: 0, way: Way::Past(queue), is_raw: false }
    }

    /// The same for bytes that are no text: what streams hold goes out as it is (`--data raw`).
    #[must_use]
    pub(super) fn raw(self) -> Self {
        Self { is_raw: true, ..self }
    }

    /// Whether the writer is waited for.
    pub(super) fn waits(&self) -> bool {
        matches!(self.way, Way::Direct(_))
    }

    /// Where renderers append.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Takes back what was appended of a record that never came to its end.
    pub fn drop_unsettled(&mut self) {
        self.buffer.truncate(self.settled);
    }

    /// Ends a record, and writes what was collected if it is a block or more.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn settle(&mut self) -> io::Result<()> {
        self.check();
        if self.buffer.len() >= BLOCK {
            self.write()?;
            if self.buffer.len() > BACKLOG
                && let Way::Past(queue) = &self.way
            {
                queue.backlog.dropped.fetch_add(1, Ordering::Relaxed);
                self.buffer.truncate(self.settled);
            }
        }
        self.settled = self.buffer.len();
        Ok(())
    }

    /// Writes everything through to the end; past a slow reader, as much as goes without waiting. Once there is patience, the thread
    /// is not needed any more.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.check();
        self.write()?;
        match &mut self.way {
            Way::Direct(writer) => writer.flush(),
            Way::Past(queue) if queue.backlog.is_patient() => {
                queue.end()?;
                self.way = Way::Direct(Box::new(io::stdout()));
                Ok(())
            }
            Way::Past(_) => Ok(()),
        }
    }

    /// In builds for tests, looks at what is not settled yet.
    fn check(&self) {
        let new = || self.buffer.get(self.settled..).unwrap_or_default();
        debug_assert!(self.is_raw || is_fit(new()), "text that was not escaped");
    }

    fn write(&mut self) -> io::Result<()> {
        let Self { buffer, settled, way, is_raw: _ } = self;
        if buffer.is_empty() {
            return Ok(());
        }
        match way {
            Way::Direct(writer) => {
                writer.write_all(buffer)?;
                buffer.clear();
            }
            Way::Past(queue) => {
                if !queue.hand_over(buffer)? {
                    return Ok(());
                }
            }
        }
        *settled = 0;
        Ok(())
    }
}

impl Queue {
    /// Gives a block to the thread, if it can take one or is waited for; otherwise it stays.
    fn hand_over(&mut self, buffer: &mut Vec<u8>) -> io::Result<bool> {
        let Some(blocks) = &self.blocks else { return Err(io::ErrorKind::BrokenPipe.into()) };
        if let Some(waiting) = self.waiting.take() {
            self.printer = Some(std::thread::spawn(move || print(&waiting)));
        }
        let block = mem::take(buffer);
        let refused = if self.backlog.is_patient() {
            blocks.send(block).map_err(|lost| TrySendError::Disconnected(lost.0))
        } else {
            blocks.try_send(block)
        };
        match refused {
            Ok(()) => {
                buffer.reserve(2 * BLOCK);
                Ok(true)
            }
            Err(TrySendError::Full(block)) => {
                *buffer = block;
                Ok(false)
            }
            // The thread has met an error.
            Err(TrySendError::Disconnected(_)) => self.end().map(|()| true),
        }
    }

    /// Waits until everything is written.
    fn end(&mut self) -> io::Result<()> {
        self.blocks = None;
        match self.printer.take().map(JoinHandle::join) {
            Some(Ok(done)) => done,
            Some(Err(_)) => Err(io::Error::other("printing failed")),
            None => Ok(()),
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // Whoever has not flushed does not want to hear of it.
        let _ = self.end();
    }
}

/// Whether text may go out (docs/faults.md, section 1): it holds nothing of the escaped set but ends of lines, the tabs of
/// tables, and what colours it or draws it in place.
fn is_fit(text: &[u8]) -> bool {
    let Ok(mut rest) = std::str::from_utf8(text) else { return false };
    while let Some(at) = rest.find(is_hidden) {
        let (_, hidden) = rest.split_at(at);
        let after = hidden.strip_prefix(['\n', '\t']).or_else(|| {
            let sequence = hidden.strip_prefix("\x1b[")?;
            let last = sequence.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
            sequence.strip_prefix('J').or_else(|| last.strip_prefix(['m', 'F']))
        });
        let Some(after) = after else { return false };
        rest = after;
    }
    true
}

/// Writes what comes until nothing comes any more.
fn print(blocks: &Receiver<Vec<u8>>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for block in blocks {
        out.write_all(&block)?;
        out.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_escaped_is_noticed() {
        for fit in ["", "a → b\n\tc", "\x1b[1;31mred\x1b[0m\n", "\x1b[3F\x1b[Jagain", "\\x1b[2J\\u{202e}"] {
            assert!(is_fit(fit.as_bytes()), "{fit:?}");
        }
        for unfit in ["\x1b]0;x\x07", "\x1b", "a\x1b[2Jb", "a\rb", "\0", "\u{202e}", "\u{9b}31m", "\u{2028}"]
        {
            assert!(!is_fit(unfit.as_bytes()), "{unfit:?}");
        }
        assert!(!is_fit(b"\x9b31m"));
    }
}
