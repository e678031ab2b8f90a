//! Datagrams in pieces: what is rebuilt is what was sent.

use std::io;
use std::ops::ControlFlow;

use netdissect::flow::fragment::{DatagramKey, FragmentLimits, Fragments, Outcome, Overlap};
use netdissect::flow::table::Flow;
use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline, Sink, Totals};
use netdissect_dissectors::dissector::Fragment;
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

use super::choices::{Choices, Dice};
use super::stack::{ENDS, Piece, ipv4, udp};
use super::{registry, show, shows};

/// A piece of one of the datagrams.
#[derive(Clone, Debug)]
struct Sent {
    datagram: usize,
    offset: usize,
    bytes: Vec<u8>,
    more: bool,
    time: i64,
}

/// Datagrams, and their pieces in the order of arrival.
#[derive(Debug, Default)]
struct Plan {
    datagrams: Vec<Vec<u8>>,
    pieces: Vec<Sent>,
    /// Some piece has other bytes than were sent, another end, or none.
    lies: bool,
    /// Some piece did not come.
    lost: bool,
    /// All came soon enough.
    in_time: bool,
}

fn plan(input: &[u8]) -> Plan {
    let mut choices = Choices::new(input);
    let mut plan = Plan { in_time: true, ..Plan::default() };
    let mut dice = Dice::new(u64::from(choices.word()) + 1);
    for datagram in 0..=choices.below(4) {
        let payload = dice.bytes(1 + choices.below(2_400));
        let bytes = udp(ENDS, [40_000 + datagram as u16, 9], &payload);
        let step = 8 * (1 + choices.below(40));
        for (at, part) in bytes.chunks(step).enumerate() {
            let offset = at * step;
            let more = offset + part.len() < bytes.len();
            plan.pieces.push(Sent { datagram, offset, bytes: part.to_vec(), more, time: 0 });
        }
        plan.datagrams.push(bytes);
    }
    for _ in 0..choices.below(8) {
        let at = choices.below(plan.pieces.len());
        let mut again = plan.pieces[at].clone();
        match choices.byte() % 8 {
            0 => {
                plan.lost |= plan.pieces.len() > 1 && {
                    drop(plan.pieces.remove(at));
                    true
                }
            }
            1 if !again.bytes.is_empty() => {
                plan.lies = true;
                let byte = dice.below(again.bytes.len());
                again.bytes[byte] ^= 1 + choices.byte() % 255;
                plan.pieces.push(again);
            }
            2 => {
                plan.lies = true;
                again.more = !again.more;
                plan.pieces.push(again);
            }
            3 => {
                plan.lies = true;
                again.offset = 8 * choices.below(8_192);
                plan.pieces.push(again);
            }
            // The same once more, or a part of it.
            4 if again.more => {
                again.bytes.truncate(8 * choices.below(1 + again.bytes.len() / 8));
                plan.lies |= again.bytes.is_empty();
                plan.pieces.push(again);
            }
            _ => plan.pieces.push(again),
        }
    }
    match choices.byte() % 3 {
        0 => {}
        1 => plan.pieces.reverse(),
        _ => {
            for at in (1..plan.pieces.len()).rev() {
                plan.pieces.swap(at, dice.below(at + 1));
            }
        }
    }
    let gap = choices.pick(&[1_000, 1_000_000, 1_000_000_000, -1_000_000, 20_000_000_000]);
    for (at, piece) in plan.pieces.iter_mut().enumerate() {
        piece.time = gap * at as i64;
    }
    plan.in_time = gap.abs() * (plan.pieces.len() as i64) < 30_000_000_000;
    plan
}

/// A plan of datagrams.
pub fn run(input: &[u8]) {
    let plan = plan(input);
    let whole = rebuild(&plan, FragmentLimits::default());
    // One cap after the other.
    rebuild(&plan, FragmentLimits { datagrams: 2, ..FragmentLimits::default() });
    rebuild(&plan, FragmentLimits { bytes: 4_096, ..FragmentLimits::default() });
    rebuild(&plan, FragmentLimits { pieces: 5, ..FragmentLimits::default() });
    let most = plan
        .datagrams
        .iter()
        .enumerate()
        .map(|(at, _)| plan.pieces.iter().filter(|piece| piece.datagram == at).count());
    // A copy behind the last piece begins the datagram anew, which is no fault.
    if !plan.lies && plan.in_time && most.max() <= Some(FragmentLimits::default().pieces) {
        for (at, datagram) in plan.datagrams.iter().enumerate() {
            let rebuilt = whole.iter().filter(|(of, _)| *of == at).count();
            assert!(plan.lost || rebuilt > 0, "datagram {at} is not rebuilt");
            for (_, bytes) in whole.iter().filter(|(of, _)| *of == at) {
                assert!(bytes == datagram, "datagram {at} is rebuilt as another");
            }
        }
    }
    through_the_pipeline(&plan, shows(input));
}

/// Sends the pieces through the reassembler; which datagrams became whole, and as what.
fn rebuild(plan: &Plan, limits: FragmentLimits) -> Vec<(usize, Vec<u8>)> {
    let mut fragments = Fragments::new(limits, Overlap::default());
    let mut whole = Vec::new();
    for (frame, sent) in (1..).zip(&plan.pieces) {
        let [src, dst] = ENDS;
        let key = DatagramKey {
            src: src.into(),
            dst: dst.into(),
            id: sent.datagram as u32,
            protocol: 17,
            context: 0,
        };
        let piece = Fragment {
            id: sent.datagram as u32,
            protocol: 17,
            nth: 0,
            offset: sent.offset as u32,
            len: sent.bytes.len() as u32,
            header: 20,
            more: sent.more,
        };
        let time = Timestamp::new(1_700_000_000, 0).plus_nanos(sent.time);
        if let Outcome::Complete { bytes, .. } = fragments.push(key, &piece, &sent.bytes, true, frame, time) {
            whole.push((sent.datagram, bytes));
        }
        let books = fragments.counters();
        let datagrams = books.complete + books.refused + books.timed_out + books.evicted + books.live;
        assert_eq!(books.opened, datagrams, "{books:?}");
        let bytes = [
            books.bytes_delivered,
            books.bytes_duplicate,
            books.bytes_conflicting,
            books.bytes_refused,
            books.bytes_lost,
            books.bytes_evicted,
            books.bytes_held,
        ];
        assert_eq!(books.bytes_seen, bytes.iter().sum::<u64>(), "{books:?}");
        // The datagram at hand is not let go for its own sake.
        assert!(books.live <= 1 || fragments.held() <= limits.bytes, "{} bytes held", fragments.held());
        assert!(books.live <= limits.datagrams as u64, "{books:?}");
    }
    whole
}

/// UDP datagrams that came out of the pipeline.
#[derive(Debug, Default)]
struct Rebuilt {
    datagrams: Vec<Vec<u8>>,
    shows: bool,
}

impl Sink for Rebuilt {
    fn packet(&mut self, packet: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        // Pieces look alike; what they come to is what is shown.
        if self.shows && (!packet.parts.sources.is_empty() || packet.frame.number == 1) {
            show::packet(packet);
        }
        self.datagrams.extend(packet.parts.sources.iter().cloned());
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, _flow: Flow, _registry: &Registry) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _totals: &Totals) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        0
    }
}

/// The same pieces as packets give the same datagrams.
fn through_the_pipeline(plan: &Plan, shows: bool) {
    let mut pipeline = Pipeline::new(registry().clone(), Limits::default(), Keep::default());
    let mut rebuilt = Rebuilt { shows, ..Rebuilt::default() };
    for (number, sent) in (1..).zip(&plan.pieces) {
        let piece = Piece { id: sent.datagram as u16, offset: sent.offset, more: sent.more };
        let packet = ipv4(ENDS, 17, piece, &sent.bytes);
        let frame = Frame {
            number,
            time: Timestamp::new(1_700_000_000, 0).plus_nanos(sent.time),
            link: LinkType::RAW,
            wire_len: packet.len() as u32,
            data: &packet,
            origin: None,
        };
        let _ = pipeline.frame(&frame, &mut rebuilt).unwrap();
    }
    pipeline.finish(&mut rebuilt).unwrap();
    let alone = rebuild(plan, FragmentLimits::default());
    let mut expected: Vec<&Vec<u8>> = alone.iter().map(|row| &row.1).collect();
    // A piece that is a whole datagram stays where it is in the packet.
    let mut got: Vec<&Vec<u8>> = rebuilt.datagrams.iter().collect();
    expected.sort_unstable();
    got.sort_unstable();
    if plan.pieces.iter().all(|piece| piece.more || piece.offset > 0) {
        assert_eq!(got, expected, "datagrams of the pipeline");
    }
}
