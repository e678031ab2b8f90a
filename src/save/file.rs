//! Whole records into a file: what stands in it ends with a whole record at any moment.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};

use super::Manner;
use super::target::Target;

/// Bytes of records that are collected before they are written.
const BLOCK: usize = 64 << 10;

/// A file of records, and how many of them are safely in it.
#[derive(Debug)]
pub(super) struct RecordFile {
    target: Target,
    manner: Manner,
    buffer: Vec<u8>,
    /// Where the records in the buffer end, and whether they hold packets.
    ends: Vec<(usize, bool)>,
    /// Bytes and packets of the records that are whole in the file.
    safe: u64,
    packets: u64,
    failure: Option<String>,
}

impl RecordFile {
    pub(super) fn new(target: Target, manner: Manner) -> Self {
        Self {
            target,
            manner,
            buffer: Vec::with_capacity(2 * BLOCK),
            ends: Vec::new(),
            safe: 0,
            packets: 0,
            failure: None,
        }
    }

    /// Adds one record, which `form` appends.
    ///
    /// # Errors
    /// Only that nobody reads the stream any more.
    pub(super) fn record(&mut self, is_packet: bool, form: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        if self.has_failed() {
            return Ok(());
        }
        form(&mut self.buffer);
        self.ends.push((self.buffer.len(), is_packet));
        if self.buffer.len() >= BLOCK || (self.manner.packet_buffered && is_packet) {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what was collected. Where that fails, the file is cut back to its last whole record.
    ///
    /// # Errors
    /// As [`RecordFile::record`].
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() || self.has_failed() {
            return Ok(());
        }
        let (done, error) = self.write_out();
        let whole = self.ends.iter().take_while(|&&(end, _)| end <= done);
        for &(_, is_packet) in whole.clone() {
            self.packets = self.packets.saturating_add(u64::from(is_packet));
        }
        let end = whole.last().map_or(0, |&(end, _)| end);
        self.safe = self.safe.saturating_add(end as u64);
        self.buffer.clear();
        self.ends.clear();
        let Some(error) = error else { return Ok(()) };
        if self.target.is_standard_output() && error.kind() == ErrorKind::BrokenPipe {
            return Err(error);
        }
        let cut = self.target.cut(self.safe);
        self.fail(match cut {
            Ok(()) => error.to_string(),
            Err(cut) => format!("{error}; and it cannot be cut back to byte {}: {cut}", self.safe),
        });
        Ok(())
    }

    /// Bytes of the buffer that were written, and why not all of them were.
    fn write_out(&mut self) -> (usize, Option<io::Error>) {
        let mut done = 0;
        let file = match self.target.begin() {
            Ok(file) => file,
            Err(error) => return (done, Some(error)),
        };
        while let Some(rest) = self.buffer.get(done..).filter(|rest| !rest.is_empty()) {
            match file.write(rest) {
                Ok(0) => return (done, Some(ErrorKind::WriteZero.into())),
                Ok(n) => done = done.saturating_add(n),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if self.manner.relief.helps(&error) => {}
                Err(error) => return (done, Some(error)),
            }
        }
        (done, None)
    }

    /// Writes the rest and closes: what the system puts off until then is heard too (row I05 of docs/faults.md).
    ///
    /// # Errors
    /// As [`RecordFile::record`].
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.flush()?;
        if let Err(error) = self.target.close(self.manner.sync && !self.has_failed())
            && !self.has_failed()
        {
            self.fail(format!("{error} (said when it was closed)"));
        }
        Ok(())
    }

    /// Another handle of the file, which reads what is written.
    pub(super) fn reader(&self) -> Option<File> {
        self.target.reader()
    }

    /// Nothing is written from now on.
    pub(super) fn fail(&mut self, why: String) {
        self.failure.get_or_insert(why);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Bytes of the records that are whole in the file or wait for it.
    pub(super) fn bytes(&self) -> u64 {
        self.safe.saturating_add(self.buffer.len() as u64)
    }

    /// Packets that are whole in the file.
    pub(super) fn packets(&self) -> u64 {
        self.packets
    }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// I05: what the system says only at the end. A file of /proc takes bytes and cannot be waited for.
    #[test]
    fn what_is_said_at_closing_is_heard() {
        let odd = File::options().write(true).open("/proc/self/comm").unwrap();
        let manner = Manner { sync: true, ..Manner::default() };
        let mut file = RecordFile::new(Target::of(odd), manner);
        file.record(true, |out| out.extend(b"test")).unwrap();
        file.close().unwrap();
        assert!(file.failure().is_some_and(|why| why.ends_with("(said when it was closed)")), "{file:?}");
        assert_eq!(file.packets(), 1);
    }
}
