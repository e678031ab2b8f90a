//! What a person sees: captures on a terminal, through tmux.

use std::process::Command;
use std::time::{Duration, Instant};

use super::net::{Cable, FAR, HANG, skip};

/// A terminal of 100 columns and 30 lines, with a shell in it.
struct Terminal(String);

impl Terminal {
    fn open(test: &str) -> Option<Self> {
        let terminal = Self(format!("nd-{}-{test}", std::process::id()));
        let size = ["new-session", "-d", "-x", "100", "-y", "30", "env", "PS1=ready> ", "sh"];
        let opened = Command::new("tmux").args(["-L", &terminal.0, "-f", "/dev/null"]).args(size).output();
        if !opened.is_ok_and(|done| done.status.success()) {
            skip("terminals are tested where there is tmux");
            return None;
        }
        Some(terminal)
    }

    fn tmux(&self, args: &[&str]) -> String {
        let done = Command::new("tmux").args(["-L", &self.0]).args(args).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    fn type_line(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]);
        self.tmux(&["send-keys", "Enter"]);
    }

    #[track_caller]
    fn wait_for(&self, is_there: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < HANG, "{screen}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// The table of flows stands in one place, and the terminal is as it was afterwards, however the capture ends.
#[test]
fn the_table_is_drawn_in_place_and_the_terminal_stays_as_it_was() {
    let Some(cable) = Cable::lay() else { return };
    for ending in ["C-c", "TERM", "KILL"] {
        let Some(terminal) = Terminal::open(ending) else { return };
        terminal.type_line("cd /tmp; stty -a > before.$$");
        terminal.type_line(&cable.command(&[FAR, "tcp", "--flows"]));
        terminal.wait_for(|screen| screen.contains("Capturing on"));
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    drop(cable.connection());
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            // Several intervals, and one heading.
            for _ in 0..3 {
                let screen = terminal.wait_for(|screen| screen.contains("192.0.2.2"));
                let headings = screen.lines().filter(|line| line.contains("Bytes/s")).count();
                done.store(headings > 1, std::sync::atomic::Ordering::Relaxed);
                assert_eq!(headings, 1, "{screen}");
                std::thread::sleep(Duration::from_millis(1_100));
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        match ending {
            "C-c" => drop(terminal.tmux(&["send-keys", "C-c"])),
            signal => {
                let pane = terminal.tmux(&["display", "-p", "#{pane_pid}"]);
                let kill = ["-P", pane.trim(), &format!("-{signal}")];
                assert!(Command::new("pkill").args(kill).status().unwrap().success());
            }
        }
        terminal.wait_for(|screen| screen.trim_end().ends_with("ready>"));
        // It says the same of itself, the cursor is there, what is typed is seen.
        terminal.type_line("stty -a | cmp - before.$$ && echo as it was; rm before.$$");
        terminal.wait_for(|screen| screen.lines().any(|line| line == "as it was"));
        assert_eq!(terminal.tmux(&["display", "-p", "#{cursor_flag} #{alternate_on}"]).trim(), "1 0");
    }
}
