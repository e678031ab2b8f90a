//! What a flow's payload is, and the bytes of messages that are not complete yet.

use netdissect_dissectors::dissector::{FlowState, Follows};

use serde::{Deserialize, Serialize};

use super::key::Both;

/// The application side of a flow.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct App {
    /// Who reads the payload, once known.
    pub dissector: Option<u16>,
    /// How often it was asked in vain who that is.
    pub tries: u8,
    /// The dissector's own state.
    #[serde(skip)]
    pub state: FlowState,
    /// One inbox for each sender.
    pub inboxes: Both<Inbox>,
}

/// Bytes of one direction that wait for the rest of their message.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Inbox {
    /// The bytes.
    pub pending: Vec<u8>,
    /// How many it takes before the dissector is worth asking again.
    pub need: usize,
    /// Bytes missing before the next ones.
    pub gap: u64,
    /// What came contradicted the protocol; the rest of this direction is shown as data.
    pub dead: bool,
    /// The dissector was told that this direction has ended, and how.
    pub ended: Option<Follows>,
    /// Where the sequence numbers stand, if segments are read as they come.
    pub arrived: Option<Arrived>,
}

/// How far segments were read in the order in which they came.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Arrived {
    /// The number behind the last byte that was read.
    pub next: u32,
    /// Up to this number everything belongs to a message of which a part is missing.
    pub lost: Option<u32>,
}

impl Inbox {
    /// The next `len` bytes will not come here: what waited for the rest of its message is of no use.
    pub fn skip(&mut self, len: u64) {
        self.pending = Vec::new();
        self.need = 0;
        self.gap = self.gap.saturating_add(len);
        self.dead = false;
    }
}
