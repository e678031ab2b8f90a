//! Where the time of a connection went, every moment counted once (docs/tcp-analysis.md, section 4).

use netdissect_dissectors::transport::tcp::Flags;

use super::Seen;
use crate::flow::tcp::Label;

/// Times of one connection, in ns; together they are its whole life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Until the client answered the SYN+ACK.
    pub handshake: i64,
    /// From there to the client's first data.
    pub request: i64,
    /// From the client's last data to the server's next: the way there and back, and the server's work.
    pub waiting: i64,
    /// Of [`Account::waiting`] what the way does not explain.
    pub server: i64,
    /// Data under way.
    pub transfer: i64,
    /// Losses being repaired, the silence before a timer included.
    pub recovery: i64,
    /// A receiver without room.
    pub closed_window: i64,
    /// Nothing under way, nothing waited for.
    pub idle: i64,
    /// From the first FIN, or after it the last data, to the end.
    pub close: i64,
}

/// Who sent data last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    Nobody,
    Client,
    Server,
}

/// The account while the connection goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ledger {
    sums: Account,
    turn: Turn,
    /// Since the last data, with data out, without, and after a FIN: what it was shows when data follow.
    out: i64,
    quiet: i64,
    closing: i64,
    previous: Option<i64>,
    fin: bool,
    opened: bool,
}

/// What held before a segment.
pub(super) struct Before {
    /// A receiver had no room.
    pub closed: bool,
    /// A loss was being repaired, or a timer ended the interval.
    pub repairing: bool,
    /// Data were out, in either direction.
    pub out: bool,
    /// The client has answered the SYN+ACK, or the handshake was not captured.
    pub opened: bool,
    /// Least round trip between the observer and the server, in ns.
    pub to_server: Option<i64>,
}

impl Ledger {
    /// Takes the time up to a segment into account.
    pub(super) fn elapse(&mut self, seen: &Seen<'_>, from_client: bool, before: &Before) {
        let now = seen.now;
        let previous = *self.previous.get_or_insert(now);
        let nanos = now.saturating_sub(previous).max(0);
        self.previous = Some(previous.max(now));
        if !self.opened {
            self.sums.handshake = self.sums.handshake.saturating_add(nanos);
            self.opened = before.opened;
        } else if before.closed {
            self.sums.closed_window = self.sums.closed_window.saturating_add(nanos);
        } else if before.repairing {
            self.sums.recovery = self.sums.recovery.saturating_add(nanos);
        } else {
            let kind = match (before.out, self.fin) {
                (_, true) => &mut self.closing,
                (true, false) => &mut self.out,
                (false, false) => &mut self.quiet,
            };
            *kind = kind.saturating_add(nanos);
        }
        if seen.s.len > 0 && seen.step.labels.has(Label::Data) && seen.step.cause.is_none() {
            // Where the answer to the SYN+ACK is not in the capture, data show that there was one.
            self.opened = true;
            self.data(from_client, before.to_server);
        }
        if seen.s.flags.contains(Flags::FIN) {
            // What passed before it was not the close yet.
            self.fin = true;
        }
    }

    /// New data: now it shows what the time before it was.
    fn data(&mut self, from_client: bool, to_server: Option<i64>) {
        let (out, quiet) = (self.out, self.quiet.saturating_add(self.closing));
        (self.out, self.quiet, self.closing) = (0, 0, 0);
        let all = out.saturating_add(quiet);
        let sums = &mut self.sums;
        match (self.turn, from_client) {
            (Turn::Nobody, true) => sums.request = sums.request.saturating_add(all),
            (Turn::Nobody | Turn::Client, false) => {
                sums.waiting = sums.waiting.saturating_add(all);
                let own = to_server.map_or(0, |way| all.saturating_sub(way).max(0));
                sums.server = sums.server.saturating_add(own);
            }
            (Turn::Client, true) | (Turn::Server, _) => {
                sums.transfer = sums.transfer.saturating_add(out);
                sums.idle = sums.idle.saturating_add(quiet);
            }
        }
        self.turn = if from_client { Turn::Client } else { Turn::Server };
    }

    /// The account up to the last segment.
    pub(super) fn close(&self) -> Account {
        let mut done = self.sums;
        done.transfer = done.transfer.saturating_add(self.out);
        done.idle = done.idle.saturating_add(self.quiet);
        done.close = done.close.saturating_add(self.closing);
        done
    }
}
