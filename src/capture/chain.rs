//! Several files in a row as one source.

use std::collections::VecDeque;
use std::fs::Metadata;
use std::path::PathBuf;

use super::file::{FileSource, Options, escaped, open};
use super::ledger::Step;
use super::note::Notes;
use super::{CaptureError, CaptureSource, Counters, Description, Position, Pull};

/// Files that are read one after the other; frame numbers run on, records count per file.
///
/// A file is opened when the one before it is at its end. What is wrong with one is told by [`CaptureSource::pull`]
/// while [`CaptureSource::describe`] still names it; the next pull goes on with the next file.
pub struct Chain {
    waiting: VecDeque<PathBuf>,
    options: Options,
    current: Option<FileSource>,
    /// Name of the file that was opened last, or could not be.
    name: String,
    /// Books and oddities of the files that are done.
    done: Counters,
    notes: Notes,
    /// Bytes read of the files that are done.
    read: u64,
}

impl Chain {
    /// A chain over `paths` in this order; nothing is opened yet.
    #[must_use]
    pub fn new(paths: impl IntoIterator<Item = PathBuf>, options: Options) -> Self {
        Self {
            waiting: paths.into_iter().collect(),
            options,
            current: None,
            name: String::new(),
            done: Counters::default(),
            notes: Notes::default(),
            read: 0,
        }
    }

    /// The next step of the current file or of one behind it.
    fn advance(&mut self) -> Result<Step, CaptureError> {
        loop {
            if let Some(file) = &mut self.current {
                match file.advance()? {
                    Step::End => self.close(),
                    step => return Ok(step),
                }
            }
            let Some(path) = self.waiting.pop_front() else { return Ok(Step::End) };
            self.name = escaped(&path);
            let mut file = open(&path, self.options)?;
            file.number_from(self.done.captured);
            self.current = Some(file);
        }
    }

    /// Takes over the books of the current file.
    fn close(&mut self) {
        let Some(mut file) = self.current.take() else { return };
        self.done = self.done.plus(file.counters());
        self.notes.absorb(file.notes(), &self.name);
        self.read = self.read.saturating_add(file.position().map_or(0, |p| p.read));
    }
}

impl CaptureSource for Chain {
    fn pull(&mut self) -> Result<Pull<'_>, CaptureError> {
        match self.advance()? {
            Step::End => Ok(Pull::End),
            step => Ok(self.current.as_ref().map_or(Pull::End, |file| file.lend(step))),
        }
    }

    fn counters(&mut self) -> Counters {
        match &mut self.current {
            Some(file) => self.done.plus(file.counters()),
            None => self.done,
        }
    }

    fn describe(&self) -> Description {
        match &self.current {
            Some(file) => file.describe(),
            None => Description { name: self.name.clone(), digits: 6, ..Description::default() },
        }
    }

    /// What was odd in the files that are done; each example names its file.
    fn notes(&self) -> &Notes {
        &self.notes
    }

    fn position(&self) -> Option<Position> {
        let current = self.current.as_ref().and_then(FileSource::position).unwrap_or_default();
        // The sizes of the files to come are asked only when a progress bar asks, and pipes have none.
        let size = |path: &PathBuf| std::fs::metadata(path).ok().filter(Metadata::is_file).map(|m| m.len());
        let here = if self.current.is_some() { current.total } else { Some(0) };
        let total = self.waiting.iter().map(size).fold(here, |sum, size| Some(sum?.saturating_add(size?)));
        let read = self.read.saturating_add(current.read);
        Some(Position { read, total: total.map(|t| t.saturating_add(self.read)) })
    }
}
