//! Packets become text in a thread of their own, while the next ones are taken apart.

use std::io;
use std::mem;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::JoinHandle;

use netdissect_dissectors::frame::{Comments, Frame, LinkType, Origin, Timestamp};
use netdissect_dissectors::packet::{Dissection, Packet};
use netdissect_dissectors::registry::Registry;

use super::packets::Press;

/// Packets of a batch.
const PACKETS: usize = 256;
/// Bytes that a batch holds before it is full.
const BYTES: usize = 256 << 10;
/// Full batches that wait for the thread, besides the one that it works on.
const WAITING: usize = 2;

/// A press that may run in another thread. There is none before the first batch is full.
pub(super) struct Behind {
    registry: Registry,
    batch: Batch,
    press: Where,
    /// Packets that were left out because of a fault of this program, not told yet.
    left_out: Vec<u64>,
}

/// Where the press is.
enum Where {
    Here(Press),
    There(Thread),
    /// The thread has met an error, or ended where it must not.
    Gone,
}

struct Thread {
    full: SyncSender<Batch>,
    /// What was printed comes back, to be filled again.
    printed: Receiver<(Batch, Vec<u64>)>,
    handle: JoinHandle<(Press, io::Result<()>)>,
}

impl Behind {
    pub(super) fn new(press: Press, registry: Registry) -> Self {
        Self { registry, batch: Batch::default(), press: Where::Here(press), left_out: Vec::new() }
    }

    /// Takes a packet: `parts` gets the memory of an earlier one for it.
    pub(super) fn take(&mut self, frame: &Frame<'_>, parts: &mut Dissection) -> io::Result<()> {
        self.batch.push(frame, parts);
        if self.batch.is_full() { self.hand_over() } else { Ok(()) }
    }

    /// Waits until everything is printed, and answers the press.
    pub(super) fn press(&mut self) -> io::Result<&mut Press> {
        if let Where::There(_) = &self.press
            && let Where::There(Thread { full, printed, handle }) = mem::replace(&mut self.press, Where::Gone)
        {
            drop(full);
            let (press, done) = handle.join().map_err(|_| io::Error::other("rendering failed"))?;
            printed.try_iter().for_each(|(_, left_out)| self.left_out.extend(left_out));
            done?;
            self.press = Where::Here(press);
        }
        let Where::Here(press) = &mut self.press else { return Err(io::ErrorKind::BrokenPipe.into()) };
        self.left_out.extend(self.batch.print(press, &self.registry)?);
        Ok(press)
    }

    /// The packets that were left out since the last call.
    pub(super) fn take_left_out(&mut self) -> Vec<u64> {
        mem::take(&mut self.left_out)
    }

    fn hand_over(&mut self) -> io::Result<()> {
        if let Where::Here(_) = &self.press
            && let Where::Here(press) = mem::replace(&mut self.press, Where::Gone)
        {
            self.press = Where::There(Thread::start(press, self.registry.clone()));
        }
        let Where::There(thread) = &self.press else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let (empty, left_out) = thread.printed.try_recv().unwrap_or_default();
        self.left_out.extend(left_out);
        match thread.full.send(mem::replace(&mut self.batch, empty)) {
            Ok(()) => Ok(()),
            // The thread has met an error, which it answers.
            Err(_) => self.press().map(|_| ()),
        }
    }
}

impl Thread {
    fn start(press: Press, registry: Registry) -> Self {
        let (full, batches) = mpsc::sync_channel(WAITING);
        let (done, printed) = mpsc::channel();
        let handle = std::thread::spawn(move || work(press, &registry, &batches, &done));
        Self { full, printed, handle }
    }
}

/// Prints batches until none comes any more.
fn work(
    mut press: Press,
    registry: &Registry,
    batches: &Receiver<Batch>,
    done: &Sender<(Batch, Vec<u64>)>,
) -> (Press, io::Result<()>) {
    for mut batch in batches {
        match batch.print(&mut press, registry) {
            // Whoever does not want the batch back will not fill it again.
            Ok(left_out) => drop(done.send((batch, left_out))),
            Err(error) => return (press, Err(error)),
        }
    }
    (press, Ok(()))
}

/// Packets that outlive their frames.
#[derive(Debug, Default)]
struct Batch {
    /// The bytes of all frames, and what stands beside them in the file.
    bytes: Vec<u8>,
    /// Places of comments in `bytes`.
    comments: Vec<(u32, u32)>,
    /// Packets, and behind the first `len` of them memory for more.
    rows: Vec<Row>,
    len: usize,
    /// Bytes that packets have of their own.
    derived: usize,
}

/// One packet of a batch.
#[derive(Debug, Default)]
struct Row {
    number: u64,
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    data: Range<usize>,
    origin: Option<Recorded>,
    parts: Dissection,
}

/// Where a frame was captured: [`Origin`] with places in the batch.
#[derive(Clone, Debug, Default)]
struct Recorded {
    section: u32,
    interface: u32,
    name: Option<Range<usize>>,
    description: Option<Range<usize>>,
    comments: Range<usize>,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.len >= PACKETS || self.bytes.len().saturating_add(self.derived) >= BYTES
    }

    fn push(&mut self, frame: &Frame<'_>, parts: &mut Dissection) {
        let data = self.keep(frame.data);
        let origin = frame.origin.map(|origin| {
            let start = self.comments.len();
            for comment in origin.comments {
                let place = self.keep(comment);
                let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                self.comments.push((number(place.start), number(place.len())));
            }
            Recorded {
                section: origin.section,
                interface: origin.interface,
                name: origin.name.map(|name| self.keep(name)),
                description: origin.description.map(|description| self.keep(description)),
                comments: start..self.comments.len(),
            }
        });
        if self.len == self.rows.len() {
            self.rows.push(Row::default());
        }
        let Some(row) = self.rows.get_mut(self.len) else { return };
        self.len += 1;
        row.parts.lend(parts);
        self.derived += row.parts.sources.iter().map(Vec::len).sum::<usize>();
        (row.number, row.time, row.link) = (frame.number, frame.time, frame.link);
        (row.wire_len, row.data, row.origin) = (frame.wire_len, data, origin);
    }

    /// Copies `bytes` and answers where they are.
    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// Prints the packets and forgets them. Answers those that were left out: whatever one does to the renderer, all
    /// others are printed.
    fn print(&mut self, press: &mut Press, registry: &Registry) -> io::Result<Vec<u64>> {
        let mut left_out = Vec::new();
        for row in self.rows.iter().take(self.len) {
            let packet = Packet { frame: row.frame(self), parts: &row.parts, registry };
            match catch_unwind(AssertUnwindSafe(|| press.packet(&packet))) {
                Ok(done) => done?,
                Err(_) => {
                    press.abandon();
                    left_out.push(row.number);
                }
            }
        }
        self.bytes.clear();
        self.comments.clear();
        (self.len, self.derived) = (0, 0);
        Ok(left_out)
    }
}

impl Row {
    fn frame<'b>(&self, batch: &'b Batch) -> Frame<'b> {
        let bytes = |place: &Range<usize>| batch.bytes.get(place.clone()).unwrap_or_default();
        let origin = self.origin.as_ref().map(|origin| Origin {
            section: origin.section,
            interface: origin.interface,
            name: origin.name.as_ref().map(bytes),
            description: origin.description.as_ref().map(bytes),
            comments: Comments::new(
                &batch.bytes,
                batch.comments.get(origin.comments.clone()).unwrap_or_default(),
            ),
            block: &[],
        });
        Frame {
            number: self.number,
            time: self.time,
            link: self.link,
            wire_len: self.wire_len,
            data: bytes(&self.data),
            origin,
        }
    }
}
