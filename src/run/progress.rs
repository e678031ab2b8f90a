//! A bar on standard error while a long file is read, if someone is there to see it.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::capture::Position;

/// Files below this many bytes are read before a bar could be seen.
const WORTH_IT: u64 = 64 << 20;
/// Frames between two looks at the position.
const STEP: u32 = 16_384;

/// The bar, once it is worth one.
pub(super) struct Progress {
    wanted: bool,
    frames: u32,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar only where standard error is a terminal and standard output is not: lists are progress enough.
    pub(super) fn new(wanted: bool) -> Self {
        let wanted = wanted && io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { wanted, frames: 0, bar: None }
    }

    /// Whether it is time to look.
    pub(super) fn is_due(&mut self) -> bool {
        if !self.wanted {
            return false;
        }
        self.frames = self.frames.wrapping_add(1);
        self.frames.is_multiple_of(STEP)
    }

    /// Shows how far reading has come.
    pub(super) fn show(&mut self, position: Option<Position>) {
        let Some(Position { read, total: Some(total) }) = position else { return };
        if total < WORTH_IT {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8));
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(read);
    }

    /// Takes the bar away.
    pub(super) fn clear(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
