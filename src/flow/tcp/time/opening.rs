//! Times of the handshake (docs/tcp-analysis.md, T1): only those that no repeated SYN makes doubtful (Karn).

use super::Seen;
use crate::flow::tcp::{Label, Labels};
use netdissect_dissectors::transport::tcp::Flags;

/// What the handshake told of the path, as far as each step passed once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening {
    /// First SYN and how many there were.
    syn: Option<i64>,
    syns: u8,
    /// First SYN+ACK and how many there were.
    syn_ack: Option<i64>,
    syn_acks: u8,
    server_spoke: bool,
    /// The client has answered the SYN+ACK, or will not.
    over: bool,
    to_server: Option<i64>,
    to_client: Option<i64>,
    at_least: bool,
    ended: Option<i64>,
}

/// Resets that their receiver ignores (S20): whoever sent them, the handshake goes on.
const IGNORED: Labels = Labels::NONE.with(Label::RstOutOfWindow).with(Label::RstInWindow);

impl Opening {
    /// Takes a segment of the client or of the server into account.
    pub(super) fn observe(&mut self, seen: &Seen<'_>, from_client: bool) {
        let labels = seen.step.labels;
        if self.over || labels.has_any(IGNORED) {
            return;
        }
        let (flags, now) = (seen.s.flags, seen.now);
        match (from_client, flags.contains(Flags::SYN), flags.contains(Flags::ACK)) {
            (true, true, false) if !labels.has(Label::OrphanSyn) => {
                self.syn.get_or_insert(now);
                self.syns = self.syns.saturating_add(1);
            }
            (false, true, true) if !labels.has(Label::OtherIsn) && !labels.has(Label::Insane) => {
                self.syn_acks = self.syn_acks.saturating_add(1);
                if self.syn_ack.is_none() {
                    self.syn_ack = Some(now);
                    self.answered(now);
                }
            }
            (false, false, _) if flags.contains(Flags::RST) => {
                self.over = true;
                if self.syn_ack.is_none() && labels.has(Label::Rst) {
                    self.answered(now);
                }
            }
            (false, false, _) => self.server_spoke |= seen.s.len > 0,
            (true, false, _) => self.confirm(seen),
            _ => {}
        }
    }

    fn answered(&mut self, now: i64) {
        if let (Some(syn), 1) = (self.syn, self.syns) {
            self.to_server = Some(now.saturating_sub(syn));
        }
    }

    /// The client's first segment after the SYN+ACK.
    fn confirm(&mut self, seen: &Seen<'_>) {
        let Some(syn_ack) = self.syn_ack else { return };
        self.over = true;
        self.ended = Some(seen.now);
        let confirms = !seen.s.flags.contains(Flags::RST) && seen.step.ack == 1 && !self.server_spoke;
        if confirms && self.syn_acks == 1 {
            self.to_client = Some(seen.now.saturating_sub(syn_ack));
            self.at_least = seen.s.len > 0;
        }
    }

    /// From the SYN to its answer, in ns: the way to the server and back.
    #[must_use]
    pub fn to_server(&self) -> Option<i64> {
        self.to_server
    }

    /// From the SYN+ACK to its answer, in ns: the way to the client and back.
    #[must_use]
    pub fn to_client(&self) -> Option<i64> {
        self.to_client
    }

    /// The initial round trip of the whole path, in ns; `None` where anything was repeated or is missing.
    #[must_use]
    pub fn round_trip(&self) -> Option<i64> {
        self.to_server.zip(self.to_client).map(|(server, client)| server.saturating_add(client))
    }

    /// The client's answer carried data: time of its program may be in it.
    #[must_use]
    pub fn is_at_least(&self) -> bool {
        self.at_least
    }

    /// When the client answered the SYN+ACK, in ns.
    pub(super) fn ended(&self) -> Option<i64> {
        self.ended
    }
}
