//! What no verdict may depend on: where the sequence numbers wrap, when it all happened, whose address is the higher.

use std::collections::BTreeSet;

use netdissect_dissectors::frame::Timestamp;

use super::scenario::{Event, Scenario, Side};
use super::{Collector, frames, play, play_at, scenarios};

/// Everything that was said of segments and flows, but for times of day and addresses.
fn words(collector: &Collector) -> Vec<String> {
    let mut frames: Vec<_> = collector.segments.iter().collect();
    frames.sort_by_key(|row| row.0);
    let mut words: Vec<String> =
        frames.into_iter().map(|(frame, seen)| format!("{frame} {seen:?}")).collect();
    for flow in &collector.flows {
        let (verdict, states, paths, bytes) = (flow.verdict, flow.states, &flow.paths, &flow.bytes);
        let [conn_state, history, _] = &flow.zeek;
        words
            .push(format!("{} {verdict} {states:?} {paths:?} {bytes:?} {conn_state} {history}", flow.number));
        // Which of the two addresses sent it is what the other order changes.
        words.extend(flow.rows.iter().map(|(frame, step)| {
            let step = format!("{step:?}");
            let said = step.split_once(", labels").map_or(step.as_str(), |parts| parts.1);
            format!("{frame} from client: {} {said}", flow.from_client.contains(frame))
        }));
    }
    words
}

fn compare(scenario: &Scenario, how: &str, usual: &[String], other: &[String]) {
    let differs = usual.iter().zip(other).find(|pair| pair.0 != pair.1);
    assert_eq!(differs, None, "{} {how}", scenario.name);
    assert_eq!(usual.len(), other.len(), "{} {how}", scenario.name);
}

/// First and last numbers of everything that a side sends, and those in the middle.
fn places(scenario: &Scenario, side: Side) -> BTreeSet<u32> {
    let mut places = BTreeSet::new();
    for event in &scenario.events {
        if let Event::Segment(segment) = event
            && segment.side == side
        {
            let len = u32::try_from(segment.len).unwrap();
            let end = segment.seq.wrapping_add(len);
            places.extend([segment.seq, segment.seq.wrapping_add(len / 2), end, end.wrapping_add(1)]);
        }
    }
    places
}

#[test]
fn numbers_may_wrap_anywhere() {
    for mut scenario in scenarios() {
        // A reset with the sequence number 0 means that number itself (S22).
        if scenario.isn[&Side::Server] == 0 {
            continue;
        }
        let usual = words(&play(&scenario, false));
        for side in [Side::Client, Side::Server] {
            let isn = scenario.isn[&side];
            for place in places(&scenario, side) {
                // The number at this place of the stream: 2^32, and 2^31, where signed numbers turn.
                for number in [0, 1 << 31] {
                    scenario.isn.insert(side, u32::wrapping_sub(number, place));
                    let how = format!("with {side:?}'s number {number} at {place}");
                    compare(&scenario, &how, &usual, &words(&play(&scenario, false)));
                }
            }
            scenario.isn.insert(side, isn);
        }
    }
}

#[test]
fn the_time_of_day_does_not_matter() {
    for scenario in scenarios() {
        let usual = words(&play(&scenario, false));
        // The epoch, the last second of 32 signed bits, and nanoseconds that carry.
        for (secs, nanos) in [(0, 0), (2_147_483_647, 0), (1_700_000_123, 999_999_999)] {
            let start = Timestamp { secs, nanos };
            compare(&scenario, &format!("at {start:?}"), &usual, &words(&play_at(&scenario, false, start)));
        }
    }
}

#[test]
fn the_order_of_the_addresses_does_not_matter() {
    for scenario in scenarios() {
        compare(&scenario, "swapped", &words(&play(&scenario, false)), &words(&play(&scenario, true)));
    }
}

#[test]
fn a_difference_is_noticed() {
    let scenario = Scenario::parse("a", "# a\nHS(10)\n.1 C PA 1/1/10 Data\nflow established\n").unwrap();
    let other = Scenario::parse("a", "# a\nHS(10)\n.1 C PA 2/1/10 Data\nflow established\n").unwrap();
    assert_ne!(words(&play(&scenario, false)), words(&play(&other, false)));
    let built = |scenario: &Scenario| frames::build(scenario, false).last().map(|last| last.bytes.clone());
    assert_ne!(built(&scenario), built(&other));
}
