//! Messages out of segments as they come: what is sent again or out of order completes no message, and behind a gap
//! reading begins anew. So Wireshark reads streams unless it is told otherwise.

use netdissect_dissectors::dissector::Follows;
use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::registry::Span;
use netdissect_dissectors::transport::tcp::Flags;

use super::Pipeline;
use super::segment::{Chunk, note_pending};
use crate::flow::app::Turn;
use crate::flow::seq::raw_at;
use crate::flow::stream::Stream;
use crate::flow::table::Placed;
use crate::flow::tcp::Segment;

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
        let again = placed.is_again;
        if alone {
            if !again {
                self.read_apart(frame, placed, span, s.from, Follows::Apart);
            }
            return;
        }
        let Some(flow) = self.flows.flow_mut(placed.flow) else { return };
        let from_client = flow.tcp.client() == s.from;
        let stream = &flow.tcp.half(s.from).stream;
        let (ordered, is_whole) = (ordered(stream, placed, s), stream.waiting_bytes() == 0);
        let inbox = &mut flow.app.inboxes[s.from];
        if inbox.is_in_order() {
            if is_whole {
                inbox.catch_up(ordered);
            }
            return;
        }
        if !span.is_empty() {
            let seq = s.seq.wrapping_add(u32::from(s.flags.contains(Flags::SYN)));
            let bytes = self.parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default();
            let turn = inbox.arrive(seq, bytes, again, ordered);
            let (flow, whole) = (placed.flow, Chunk::Owned(Vec::new()));
            match turn {
                Turn::Read => self.read(frame, flow, s.from, Chunk::Here(span), Follows::More),
                Turn::Whole => self.read(frame, flow, s.from, whole, Follows::More),
                Turn::Behind(own) => {
                    let offset = span.offset.saturating_add(own);
                    let rest = Span { offset, wire: span.wire.saturating_sub(own), ..span };
                    self.read(frame, flow, s.from, Chunk::Here(rest), Follows::More);
                }
                Turn::Parked => {
                    let bytes = inbox.take_parked();
                    let len = bytes.len();
                    if let Some(source) = self.parts.add_source(bytes) {
                        let message = Span { source, offset: 0, end: len, wire: len };
                        self.read_apart(frame, placed, message, s.from, Follows::Late);
                    }
                }
                Turn::Late => self.read_apart(frame, placed, span, s.from, Follows::Late),
                Turn::Nothing if again => {}
                Turn::Nothing | Turn::InOrder => note_pending(&mut self.parts, from_client),
            }
            if turn == Turn::InOrder {
                return;
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

/// The number up to which a stream is in order.
fn ordered(stream: &Stream, placed: &Placed, s: &Segment<'_>) -> u32 {
    let base = s.seq.wrapping_sub(raw_at(0, placed.step.seq));
    raw_at(base, stream.next().unwrap_or(placed.step.seq))
}
