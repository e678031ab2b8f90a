//! Messages out of segments as they come (`--compat wireshark`): what is sent again or out of order reaches nobody, and
//! behind a gap reading begins anew. So Wireshark reads streams unless it is told to reassemble them out of order.

use netdissect_dissectors::dissector::Follows;
use netdissect_dissectors::facts::Finding;
use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::registry::Span;
use netdissect_dissectors::transport::tcp::Flags;

use super::Pipeline;
use super::segment::Chunk;
use crate::flow::app::{Arrived, Inbox};
use crate::flow::table::Placed;
use crate::flow::tcp::Segment;

/// What becomes of a segment.
enum Turn {
    /// Its messages are read, with what waits before it.
    Read,
    /// It goes to what waits, and is not read.
    Keep,
    /// Nothing.
    Drop,
}

impl Pipeline {
    /// Reads the payload of one segment, if Wireshark would; `alone` keeps it from messages of several segments.
    pub(super) fn read_as_it_came(
        &mut self,
        frame: &Frame<'_>,
        placed: &Placed,
        span: Span,
        s: &Segment<'_>,
        alone: bool,
    ) {
        let findings = placed.wireshark.as_ref().map(|theirs| theirs.findings).unwrap_or_default();
        let again = [Finding::Retransmission, Finding::OutOfOrder, Finding::KeepAlive];
        let again = again.into_iter().any(|finding| findings.has(finding));
        if alone && !again {
            self.read_apart(frame, placed, span, s.from);
        }
        if alone {
            return;
        }
        let Some(flow) = self.flows.flow_mut(placed.flow) else { return };
        if !span.is_empty() {
            let seq = s.seq.wrapping_add(u32::from(s.flags.contains(Flags::SYN)));
            match flow.app.inboxes[s.from].turn(seq, s.len, again) {
                Turn::Read => self.read(frame, placed.flow, s.from, Chunk::Here(span), Follows::More),
                Turn::Keep => {
                    let bytes = self.parts.source(frame, span.source).get(span.offset..span.end);
                    let inbox = &mut flow.app.inboxes[s.from];
                    inbox.pending.extend_from_slice(bytes.unwrap_or_default());
                    if inbox.pending.len() >= inbox.need {
                        inbox.skip(0);
                    }
                }
                Turn::Drop => {}
            }
        }
        if s.flags.contains(Flags::FIN) && !again {
            self.read(frame, placed.flow, s.from, Chunk::Owned(Vec::new()), Follows::Close);
        }
    }
}

impl Inbox {
    /// What becomes of `len` bytes from `seq` on; `again` says that they were sent before or too late.
    fn turn(&mut self, seq: u32, len: u32, again: bool) -> Turn {
        let end = seq.wrapping_add(len);
        let arrived = self.arrived.get_or_insert(Arrived { next: seq, lost: None });
        let ahead = seq.wrapping_sub(arrived.next);
        if again {
            if ahead != 0 || self.pending.is_empty() {
                return Turn::Drop;
            }
            arrived.next = end;
            return Turn::Keep;
        }
        if let Some(upto) = arrived.lost {
            if before(seq, upto) {
                arrived.next = end;
                return Turn::Drop;
            }
            arrived.lost = None;
        }
        arrived.next = end;
        if ahead == 0 {
            return Turn::Read;
        }
        let waits = self.pending.len();
        if self.need > waits.saturating_add(1) {
            // The end of the message is known: what lies before it is part of it, and the message is not whole.
            let from = seq.wrapping_sub(ahead).wrapping_sub(u32::try_from(waits).unwrap_or(u32::MAX));
            let upto = from.wrapping_add(u32::try_from(self.need).unwrap_or(u32::MAX));
            if before(seq, upto) {
                arrived.lost = Some(upto);
                self.skip(ahead.into());
                return Turn::Drop;
            }
        }
        self.skip(ahead.into());
        Turn::Read
    }
}

/// Whether sequence number `a` lies before `b`.
fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) > u32::MAX / 2
}
