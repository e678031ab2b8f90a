//! Messages out of segments as they come: what is sent again or out of order completes no message, and behind a gap
//! reading begins anew. So Wireshark reads streams unless it is told otherwise.

use netdissect_dissectors::dissector::Follows;
use netdissect_dissectors::facts::{Analysis, Finding};
use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::registry::Span;
use netdissect_dissectors::transport::tcp::Flags;

use super::Pipeline;
use super::segment::{Chunk, note_pending};
use crate::flow::app::Turn;
use crate::flow::table::Placed;
use crate::flow::tcp::{Cause, Label, Labels, Segment, Step};

impl Pipeline {
    /// Reads the payload of one segment that was not sent before; `alone` keeps it from messages of several segments.
    pub(super) fn read_as_it_came(
        &mut self,
        frame: &Frame<'_>,
        placed: &Placed,
        span: Span,
        s: &Segment<'_>,
        alone: bool,
    ) {
        let again = match &placed.wireshark {
            Some(theirs) => is_again_to_wireshark(theirs),
            None => is_again(&placed.step),
        };
        if alone {
            if !again {
                self.read_apart(frame, placed, span, s.from);
            }
            return;
        }
        if !span.is_empty() {
            let seq = s.seq.wrapping_add(u32::from(s.flags.contains(Flags::SYN)));
            let bytes = self.parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default();
            let Some(flow) = self.flows.flow_mut(placed.flow) else { return };
            let from_client = flow.tcp.client() == s.from;
            let chunk = match flow.app.inboxes[s.from].arrive(seq, bytes, again) {
                Turn::Read => Some(Chunk::Here(span)),
                Turn::Whole => Some(Chunk::Owned(Vec::new())),
                Turn::Nothing => None,
            };
            if chunk.is_none() && !again {
                note_pending(&mut self.parts, from_client);
            }
            if let Some(chunk) = chunk {
                self.read(frame, placed.flow, s.from, chunk, Follows::More);
            }
        }
        if s.flags.contains(Flags::FIN) && !again {
            if let Some(flow) = self.flows.flow_mut(placed.flow) {
                flow.app.inboxes[s.from].close();
            }
            self.read(frame, placed.flow, s.from, Chunk::Owned(Vec::new()), Follows::Close);
        }
    }
}

/// Whether a segment was sent before, or comes too late. A copy that is sent fast is read as if it were new, unless it is
/// known to be needless.
fn is_again(step: &Step) -> bool {
    const AGAIN: Labels = Labels::NONE.with(Label::Duplicate).with(Label::KeepAlive);
    let is_fast = step.cause.and_then(Cause::class) == Some("fast") && step.proofs.is_empty();
    step.labels.has_any(AGAIN) || step.is_old && !is_fast
}

/// The same by Wireshark's own verdict.
fn is_again_to_wireshark(theirs: &Analysis) -> bool {
    let has = |finding| theirs.findings.has(finding);
    has(Finding::Retransmission) && !has(Finding::FastRetransmission)
        || has(Finding::OutOfOrder)
        || has(Finding::KeepAlive)
}
