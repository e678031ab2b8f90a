//! Where the time of a connection went, every moment counted once (docs/tcp-analysis.md, section 4).

use std::mem::take;

use netdissect_dissectors::transport::tcp::Flags;

use super::{Seen, UNKNOWN_WAY, spread};
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

/// What has been taken into account.
#[derive(Clone, Copy, Debug, Default)]
struct Booked {
    sums: Account,
    /// Since the last data, with data out, without, and after a FIN: what it was shows when data follow.
    out: i64,
    quiet: i64,
    closing: i64,
}

/// The account while the connection goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ledger {
    booked: Booked,
    /// Since when there is a hole in what passed, and the account at that time: if a copy fills it, all was repair.
    hole: Option<(i64, Booked)>,
    turn: Turn,
    previous: Option<i64>,
    fin: bool,
    opened: bool,
    /// The server has acknowledged data of the SYN: it had the request before the handshake was over.
    has_request: bool,
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
    /// The same to the sender of the segment.
    pub to_sender: Option<i64>,
}

impl Ledger {
    /// Takes the time up to a segment into account.
    pub(super) fn elapse(&mut self, seen: &Seen<'_>, from_client: bool, before: &Before) {
        let now = seen.now;
        let previous = *self.previous.get_or_insert(now);
        let nanos = now.saturating_sub(previous).max(0);
        let now = previous.max(now);
        self.previous = Some(now);
        let booked = &mut self.booked;
        if !self.opened {
            booked.sums.handshake = booked.sums.handshake.saturating_add(nanos);
            self.opened = before.opened;
        } else if before.closed {
            booked.sums.closed_window = booked.sums.closed_window.saturating_add(nanos);
        } else if before.repairing {
            booked.sums.recovery = booked.sums.recovery.saturating_add(nanos);
        } else {
            let kind = match (before.out, self.fin) {
                (_, true) => &mut booked.closing,
                (true, false) => &mut booked.out,
                (false, false) => &mut booked.quiet,
            };
            *kind = kind.saturating_add(nanos);
        }
        if seen.s.len > 0 && seen.step.labels.has(Label::Data) && seen.step.cause.is_none() {
            // Where the answer to the SYN+ACK is not in the capture, data show that there was one.
            self.opened = true;
            self.data(from_client, before);
        }
        if seen.step.labels.has(Label::FastOpenAccepted) {
            self.has_request = true;
        }
        if seen.s.flags.contains(Flags::FIN) {
            // What passed before it was not the close yet.
            self.fin = true;
        }
        self.mind_holes(seen, now);
    }

    /// What was lost before it came here is waited for since what followed it passed.
    fn mind_holes(&mut self, seen: &Seen<'_>, now: i64) {
        if seen.own.holes.is_empty() && seen.peer.holes.is_empty() && self.hole.is_none() {
            return;
        }
        if seen.step.cause.is_some()
            && seen.step.labels.has(Label::UnseenOriginal)
            && let Some((since, before)) = self.hole.take()
        {
            self.booked = before;
            let recovery = &mut self.booked.sums.recovery;
            *recovery = recovery.saturating_add(now.saturating_sub(since));
        }
        if seen.own.holes.is_empty() && seen.peer.holes.is_empty() {
            self.hole = None;
        } else if self.hole.is_none() {
            self.hole = Some((now, self.booked));
        }
    }

    /// New data: now it shows what the time before it was.
    fn data(&mut self, from_client: bool, before: &Before) {
        let had_request = take(&mut self.has_request);
        let Booked { sums, out, quiet, closing } = &mut self.booked;
        let (out, quiet, closing) = (take(out), take(quiet), take(closing));
        let quiet = quiet.saturating_add(closing);
        let all = out.saturating_add(quiet);
        match (self.turn, from_client) {
            (Turn::Nobody, true) => sums.request = sums.request.saturating_add(all),
            (Turn::Nobody | Turn::Client, false) => {
                sums.waiting = sums.waiting.saturating_add(all);
                let way = if had_request { Some(0) } else { before.to_server };
                let own = way.map_or(0, |way| all.saturating_sub(way).max(0));
                sums.server = sums.server.saturating_add(own);
            }
            (Turn::Server, true) => {
                sums.transfer = sums.transfer.saturating_add(out);
                sums.idle = sums.idle.saturating_add(quiet);
            }
            (Turn::Client, true) | (Turn::Server, false) => {
                // The acknowledgment goes to the sender, and what it sends then comes from there.
                let way = before.to_sender.unwrap_or(UNKNOWN_WAY);
                let paused = quiet > way.saturating_add(spread(way));
                let idle = if paused { quiet.saturating_sub(way) } else { 0 };
                sums.transfer = sums.transfer.saturating_add(all.saturating_sub(idle));
                sums.idle = sums.idle.saturating_add(idle);
            }
        }
        self.turn = if from_client { Turn::Client } else { Turn::Server };
    }

    /// The account up to the last segment.
    pub(super) fn close(&self) -> Account {
        let Booked { sums: mut done, out, quiet, closing } = self.booked;
        done.transfer = done.transfer.saturating_add(out);
        done.idle = done.idle.saturating_add(quiet);
        done.close = done.close.saturating_add(closing);
        done
    }
}
