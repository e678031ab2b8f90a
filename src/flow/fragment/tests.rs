use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Instant;

use proptest::prelude::*;

use super::*;

const UDP: u32 = 17;
const TCP: u32 = 6;
const ICMP: u32 = 1;

fn v4(id: u32, protocol: u32) -> DatagramKey {
    let addr = |last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
    DatagramKey { src: addr(1), dst: addr(2), id, protocol, context: 0 }
}

fn v6(id: u32) -> DatagramKey {
    let addr = |last| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last));
    DatagramKey { src: addr(1), dst: addr(2), id, protocol: 0, context: 0 }
}

/// A store and the number of the next frame.
#[derive(Default)]
struct Bench {
    store: Fragments,
    frame: u64,
    seconds: i64,
}

impl Bench {
    fn with(policy: Overlap) -> Self {
        Self { store: Fragments::new(FragmentLimits::default(), policy), ..Self::default() }
    }

    fn piece(&mut self, key: DatagramKey, offset: u32, data: &[u8], more: bool) -> Outcome {
        self.frame += 1;
        let piece = Fragment {
            id: key.id,
            protocol: if key.src.is_ipv4() { key.protocol } else { UDP },
            nth: 0,
            offset,
            len: data.len() as u32,
            header: if key.src.is_ipv4() { 20 } else { 0 },
            more,
        };
        let time = Timestamp { secs: self.seconds, nanos: 0 };
        let outcome = self.store.push(key, &piece, data, true, self.frame, time);
        self.balance();
        outcome
    }

    fn balance(&self) {
        let c = self.store.counters();
        assert_eq!(c.opened, c.complete + c.refused + c.timed_out + c.evicted + c.live, "{c:?}");
        let bytes = c.bytes_delivered + c.bytes_duplicate + c.bytes_conflicting + c.bytes_refused;
        assert_eq!(c.bytes_seen, bytes + c.bytes_lost + c.bytes_evicted + c.bytes_held, "{c:?}");
    }

    fn labels(&mut self) -> Vec<&'static str> {
        self.store.take_notices().iter().map(|notice| notice.label).collect()
    }
}

fn whole(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Complete { bytes, .. } => bytes,
        other => panic!("not complete: {other:?}"),
    }
}

fn refused(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Refused { why } => why,
        other => panic!("not refused: {other:?}"),
    }
}

fn held(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Held), "not held: {outcome:?}");
}

/// Letters that stand for blocks of eight bytes.
fn blocks(letters: &str) -> Vec<u8> {
    letters.bytes().flat_map(|letter| [letter; 8]).collect()
}

#[test]
fn g01_an_ipv6_overlap_spoils_the_datagram_until_it_is_old() {
    let mut bench = Bench::default();
    held(&bench.piece(v6(1), 0, &blocks("ABC"), true));
    assert_eq!(refused(&bench.piece(v6(1), 16, &blocks("XD"), true)), label::OVERLAP);
    assert_eq!(refused(&bench.piece(v6(1), 32, &blocks("EF"), false)), label::OVERLAP);
    bench.seconds = 59;
    assert_eq!(refused(&bench.piece(v6(1), 16, &blocks("CD"), true)), label::OVERLAP);
    let overlap = bench.store.take_notices().into_iter().find(|n| n.label == label::OVERLAP).unwrap();
    assert_eq!((overlap.frame, overlap.other), (2, 1));
    bench.seconds = 61;
    held(&bench.piece(v6(1), 0, &blocks("ABC"), true));
}

#[test]
fn g02_an_ipv6_duplicate_is_noted_and_harmless() {
    let mut bench = Bench::default();
    held(&bench.piece(v6(1), 0, &blocks("ABC"), true));
    held(&bench.piece(v6(1), 0, &blocks("ABC"), true));
    assert_eq!(whole(bench.piece(v6(1), 24, &blocks("DEF"), false)), blocks("ABCDEF"));
    assert!(bench.labels().contains(&label::DUPLICATE));
}

#[test]
fn g03_a_last_piece_inside_another_is_a_teardrop() {
    let mut bench = Bench::default();
    held(&bench.piece(v4(1, UDP), 0, &blocks("ABCD"), true));
    assert_eq!(refused(&bench.piece(v4(1, UDP), 16, b"1234", false)), label::TAIL);
    assert_eq!(bench.store.counters().refused, 1);
}

#[test]
fn g04_a_datagram_beyond_65535_bytes_is_refused() {
    let mut bench = Bench::default();
    held(&bench.piece(v4(1, ICMP), 0, &[0; 1480], true));
    assert_eq!(refused(&bench.piece(v4(1, ICMP), 65_528, &[0; 100], false)), label::TOO_LONG);
    assert_eq!(refused(&bench.piece(v4(1, ICMP), 1480, &[0; 8], false)), label::TOO_LONG);
}

#[test]
fn g05_tiny_tcp_pieces_are_flagged() {
    let mut bench = Bench::default();
    held(&bench.piece(v4(1, TCP), 0, &blocks("A"), true));
    held(&bench.piece(v4(1, TCP), 8, &blocks("B"), true));
    assert_eq!(bench.labels(), [label::TINY, label::HEADER_OVERLAP]);
    assert_eq!(whole(bench.piece(v4(1, TCP), 16, &blocks("C"), false)), blocks("ABC"));
}

#[test]
fn g06_an_atomic_fragment_leaves_the_queue_alone() {
    let mut bench = Bench::default();
    held(&bench.piece(v6(1), 0, &blocks("AB"), true));
    assert_eq!(whole(bench.piece(v6(1), 0, b"alone", false)), b"alone");
    assert_eq!(whole(bench.piece(v6(1), 16, &blocks("C"), false)), blocks("ABC"));
}

#[test]
fn g07_bad_lengths_and_timeouts() {
    let mut bench = Bench::default();
    assert_eq!(refused(&bench.piece(v4(1, UDP), 0, &[0; 20], true)), label::BAD_LENGTH);
    assert_eq!(refused(&bench.piece(v4(1, UDP), 0, &[], true)), label::EMPTY);
    held(&bench.piece(v4(2, UDP), 0, &[0; 1480], true));
    bench.labels();
    bench.seconds = 31;
    bench.store.expire(Timestamp { secs: 31, nanos: 0 });
    let notices = bench.store.take_notices();
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].label, &notices[0].ranges[..]), (label::TIMEOUT, &[(0, 1480)][..]));
    let c = bench.store.counters();
    assert_eq!((c.timed_out, c.bytes_lost, c.live), (1, 1480, 0));
    bench.balance();
}

#[test]
fn g08_policies_decide_who_owns_common_bytes() {
    let abb = [Overlap::Last, Overlap::BsdRight];
    let aab = [Overlap::First, Overlap::Bsd, Overlap::Linux, Overlap::Windows, Overlap::Solaris];
    for (policies, expected) in [(&abb[..], "ABB"), (&aab[..], "AAB")] {
        for policy in policies {
            let mut bench = Bench::with(*policy);
            held(&bench.piece(v4(1, UDP), 0, &blocks("AA"), true));
            let outcome = bench.piece(v4(1, UDP), 8, &blocks("BB"), false);
            let Outcome::Complete { bytes, facts, .. } = outcome else { panic!("{policy:?}: {outcome:?}") };
            assert_eq!(bytes, blocks(expected), "{policy:?}");
            let flags: Vec<_> = facts.pieces.iter().map(|p| (p.frame, p.overlap, p.conflict)).collect();
            assert_eq!(flags, [(1, false, false), (2, true, true)]);
        }
    }
    let mut bench = Bench::with(Overlap::Drop);
    held(&bench.piece(v4(1, UDP), 0, &blocks("AA"), true));
    assert_eq!(refused(&bench.piece(v4(1, UDP), 8, &blocks("BB"), false)), label::OVERLAP);
}

/// The six pieces of Novak's tables, by policy (IP fragment reassembly with Snort, 2005).
#[test]
fn policies_differ_where_pieces_start_and_end() {
    let cases = [
        (Overlap::First, "111422333666"),
        (Overlap::Last, "144442555666"),
        (Overlap::Bsd, "111442333666"),
        (Overlap::BsdRight, "144422555666"),
        (Overlap::Linux, "111442555666"),
        (Overlap::Windows, "111422333666"),
        (Overlap::Solaris, "111422333666"),
    ];
    for (policy, expected) in cases {
        let mut bench = Bench::with(policy);
        for (offset, letters) in [(0, "111"), (32, "22"), (48, "333"), (8, "4444"), (48, "555")] {
            held(&bench.piece(v4(1, UDP), offset, &blocks(letters), true));
        }
        assert_eq!(whole(bench.piece(v4(1, UDP), 72, &blocks("666"), false)), blocks(expected), "{policy:?}");
    }
}

#[test]
fn windows_and_solaris_need_the_new_piece_to_reach_further() {
    for (policy, expected) in [
        (Overlap::Bsd, "BBC"),
        (Overlap::Linux, "BBC"),
        (Overlap::Windows, "BAC"),
        (Overlap::Solaris, "BBC"),
        (Overlap::BsdRight, "BAC"),
    ] {
        let mut bench = Bench::with(policy);
        held(&bench.piece(v4(1, UDP), 8, &blocks("A"), true));
        held(&bench.piece(v4(1, UDP), 0, &blocks("BB"), true));
        assert_eq!(whole(bench.piece(v4(1, UDP), 16, &blocks("C"), false)), blocks(expected), "{policy:?}");
    }
}

#[test]
fn e03_equal_overlaps_are_silent_and_different_ones_name_both_frames() {
    let mut bench = Bench::default();
    held(&bench.piece(v4(1, UDP), 0, &blocks("AB"), true));
    held(&bench.piece(v4(1, UDP), 8, &blocks("BC"), true));
    assert_eq!(bench.labels(), [""; 0]);
    held(&bench.piece(v4(1, UDP), 16, &blocks("XD"), true));
    let notices = bench.store.take_notices();
    assert_eq!((notices[0].label, notices[0].frame, notices[0].other), (label::OVERLAP, 3, 2));
    assert_eq!(whole(bench.piece(v4(1, UDP), 32, b"end", false)), [blocks("ABCD"), b"end".to_vec()].concat());
}

#[test]
fn e04_a_swarm_of_small_pieces_is_capped_quickly() {
    let started = Instant::now();
    let mut bench = Bench::default();
    for nth in (1..=8_180).rev() {
        let _ = bench.piece(v4(1, UDP), nth * 8, &[1; 8], true);
    }
    let c = bench.store.counters();
    assert_eq!((c.refused, c.live), (1, 0));
    assert!(bench.store.held() < 64 << 10);
    assert!(started.elapsed().as_millis() < 500, "{:?}", started.elapsed());
}

#[test]
fn e05_first_pieces_without_end_evict_the_oldest() {
    let mut bench = Bench::default();
    for nth in 0..200_000_u32 {
        let src = IpAddr::V4(Ipv4Addr::from(0x0b00_0000 | nth >> 16));
        held(&bench.piece(DatagramKey { src, ..v4(nth & 0xffff, UDP) }, 0, &[7; 64], true));
        assert!(bench.store.held() <= 32 << 20);
    }
    let c = bench.store.counters();
    assert_eq!((c.live, c.evicted), (8_192, 200_000 - 8_192));
    assert_eq!(bench.store.notices_lost() + bench.store.take_notices().len() as u64, c.evicted);
}

#[test]
fn e05_large_pieces_are_bounded_by_bytes() {
    let mut bench = Bench::default();
    for nth in 0..2_000 {
        held(&bench.piece(v4(nth, UDP), 0, &vec![0; 60_000], true));
        assert!(bench.store.held() <= 32 << 20);
    }
    assert!(bench.store.counters().evicted > 1_000);
}

#[test]
fn e06_two_ends_refuse_the_datagram() {
    let mut bench = Bench::default();
    held(&bench.piece(v4(1, UDP), 16, &blocks("C"), false));
    assert_eq!(refused(&bench.piece(v4(1, UDP), 16, &blocks("CD"), false)), label::TAIL);
}

#[test]
fn e07_an_id_used_again_is_another_datagram() {
    let mut bench = Bench::default();
    held(&bench.piece(v4(1, UDP), 0, &blocks("A"), true));
    assert_eq!(whole(bench.piece(v4(1, UDP), 8, &blocks("B"), false)), blocks("AB"));
    bench.seconds = 1;
    held(&bench.piece(v4(1, UDP), 0, &blocks("C"), true));
    bench.seconds = 62;
    held(&bench.piece(v4(1, UDP), 8, &blocks("D"), false));
    assert_eq!(whole(bench.piece(v4(1, UDP), 0, &blocks("E"), true)), blocks("ED"));
}

#[test]
fn e09_a_hole_of_one_block_keeps_the_datagram_open() {
    let mut bench = Bench::default();
    held(&bench.piece(v4(1, UDP), 0, &blocks("A"), true));
    held(&bench.piece(v4(1, UDP), 16, &blocks("C"), false));
    held(&bench.piece(v4(1, UDP), 16, &blocks("C"), false));
    assert_eq!(whole(bench.piece(v4(1, UDP), 0, &blocks("AB"), true)), blocks("ABC"));
}

#[test]
fn e11_a_thousand_interleaved_datagrams_are_rebuilt() {
    let mut bench = Bench::default();
    let mut rebuilt = 0;
    for round in 0..4 {
        for id in 0..1_000_u32 {
            let data = vec![id as u8; 1_480];
            if let Outcome::Complete { bytes, .. } = bench.piece(v4(id, UDP), round * 1_480, &data, round < 3)
            {
                assert_eq!(bytes, vec![id as u8; 4 * 1_480]);
                bench.store.recycle(bytes);
                rebuilt += 1;
            }
        }
    }
    assert_eq!(rebuilt, 1_000);
    assert_eq!(bench.store.held(), 0);
}

#[test]
fn a_piece_cut_by_the_capture_is_refused() {
    let mut store = Fragments::default();
    let piece = Fragment { id: 1, protocol: UDP, nth: 0, offset: 0, len: 100, header: 20, more: true };
    let outcome = store.push(v4(1, UDP), &piece, &[0; 50], false, 1, Timestamp::default());
    assert_eq!(refused(&outcome), label::CUT);
}

#[test]
fn an_ipv6_first_piece_needs_all_headers() {
    let mut bench = Bench::default();
    assert!(!datagram::has_all_headers(UDP, &[0; 7]));
    // Destination options that point at TCP, which is not there.
    assert!(!datagram::has_all_headers(60, &[6, 0, 0, 0, 0, 0, 0, 0]));
    assert!(datagram::has_all_headers(60, &[59, 0, 0, 0, 0, 0, 0, 0]));
    let piece = Fragment { id: 1, protocol: TCP, nth: 0, offset: 0, len: 8, header: 0, more: true };
    let outcome = bench.store.push(v6(1), &piece, &[0; 8], true, 1, Timestamp::default());
    assert_eq!(refused(&outcome), label::HEADER_CHAIN);
}

#[test]
fn time_that_runs_backwards_lets_nothing_go() {
    let mut bench = Bench { seconds: 1_000, ..Bench::default() };
    held(&bench.piece(v4(1, UDP), 0, &blocks("A"), true));
    bench.seconds = 0;
    assert_eq!(whole(bench.piece(v4(1, UDP), 8, &blocks("B"), false)), blocks("AB"));
}

#[test]
fn what_waits_at_the_end_is_told() {
    let mut bench = Bench::default();
    held(&bench.piece(v4(2, UDP), 16, &blocks("C"), true));
    held(&bench.piece(v4(1, UDP), 0, &blocks("A"), true));
    held(&bench.piece(v4(2, UDP), 0, &blocks("A"), true));
    let waiting: Vec<_> =
        bench.store.unfinished().into_iter().map(|notice| (notice.key.id, notice.ranges)).collect();
    assert_eq!(waiting, [(2, vec![(0, 8), (16, 24)]), (1, vec![(0, 8)])]);
}

/// A datagram and a way to send it: cuts in units of eight bytes, an order, and which pieces to send twice.
fn plans() -> impl Strategy<Value = (Vec<u8>, Vec<usize>, Vec<usize>)> {
    proptest::collection::vec(any::<u8>(), 9..2_000).prop_flat_map(|data| {
        let units = data.len().div_ceil(8);
        let cuts = proptest::collection::btree_set(1..units.max(2), 1..8.min(units.max(2)));
        (Just(data), cuts).prop_flat_map(|(data, cuts)| {
            let cuts: Vec<usize> = cuts.into_iter().filter(|cut| cut * 8 < data.len()).collect();
            let pieces = cuts.len() + 1;
            let order = proptest::collection::vec(0..pieces, 0..3 * pieces);
            (Just(data), Just(cuts), order)
        })
    })
}

#[test]
fn the_datagram_at_hand_stays_even_if_it_is_the_oldest() {
    let limits = FragmentLimits { datagrams: 2, bytes: 4_096, ..FragmentLimits::default() };
    let mut bench = Bench { store: Fragments::new(limits, Overlap::First), ..Bench::default() };
    for id in [1, 2] {
        held(&bench.piece(v4(id, UDP), 0, &[0; 1_400], true));
    }
    // The first datagram grows beyond what all may hold: the second has to go.
    held(&bench.piece(v4(1, UDP), 1_400, &[0; 1_400], true));
    assert_eq!(bench.store.counters().evicted, 1);
    held(&bench.piece(v4(3, UDP), 0, &[0; 8], true));
    assert!(bench.store.datagrams.len() <= 2 && bench.store.held() <= 4_096);
}

#[test]
fn refused_datagrams_count_against_the_bound_as_well() {
    let limits = FragmentLimits { datagrams: 4, ..FragmentLimits::default() };
    let mut bench = Bench { store: Fragments::new(limits, Overlap::First), ..Bench::default() };
    for id in 0..50 {
        assert_eq!(refused(&bench.piece(v4(id, UDP), 65_528, &[0; 100], false)), label::TOO_LONG);
        assert!(bench.store.datagrams.len() <= 4);
    }
}

proptest! {
    #[test]
    fn any_split_order_and_repetition_rebuilds_the_original((data, cuts, extra) in plans(), ipv6: bool) {
        prop_assume!(!cuts.is_empty());
        let mut edges = vec![0];
        edges.extend(cuts.iter().map(|cut| cut * 8));
        edges.push(data.len());
        let count = edges.len() - 1;
        let key = if ipv6 { v6(1) } else { v4(1, UDP) };
        let mut bench = Bench::default();
        let mut seen = vec![false; count];
        // Repetitions in any order first, then whatever is missing, backwards.
        for nth in extra.into_iter().chain((0..count).rev()) {
            let again = std::mem::replace(&mut seen[nth], true);
            let (from, to) = (edges[nth], edges[nth + 1]);
            let outcome = bench.piece(key, from as u32, &data[from..to], nth + 1 < count);
            if seen.iter().all(|seen| *seen) && !again {
                prop_assert_eq!(whole(outcome), data);
                return Ok(());
            }
            held(&outcome);
        }
        prop_assert!(false, "never complete");
    }

    #[test]
    fn overlapping_copies_of_the_same_bytes_rebuild_the_original(
        data in proptest::collection::vec(any::<u8>(), 64..600),
        spans in proptest::collection::vec((0_usize..70, 1_usize..20), 0..20),
    ) {
        let mut bench = Bench::default();
        for (unit, units) in spans {
            let (from, to) = (unit * 8, (unit + units) * 8);
            if to < data.len() {
                held(&bench.piece(v4(1, UDP), from as u32, &data[from..to], true));
            }
        }
        let last = (data.len() - 1) / 8 * 8;
        let first = bench.piece(v4(1, UDP), last as u32, &data[last..], false);
        let outcome = if matches!(first, Outcome::Held) {
            bench.piece(v4(1, UDP), 0, &data[..last], true)
        } else {
            first
        };
        prop_assert_eq!(whole(outcome), data);
    }

    #[test]
    fn anything_goes_in_and_the_books_balance(
        pieces in proptest::collection::vec((0_u32..3, 0_u32..9_000, 0_usize..200, any::<bool>(), 0_i64..20, any::<bool>()), 0..200),
    ) {
        let limits = FragmentLimits { datagrams: 4, bytes: 4_096, pieces: 8, ..FragmentLimits::default() };
        let mut bench = Bench { store: Fragments::new(limits, Overlap::First), ..Bench::default() };
        for (id, unit, len, more, later, ipv6) in pieces {
            bench.seconds += later;
            let key = if ipv6 { v6(id) } else { v4(id, UDP) };
            if let Outcome::Complete { bytes, facts, .. } = bench.piece(key, unit * 8, &vec![unit as u8; len], more) {
                prop_assert_eq!(bytes.len(), facts.len as usize);
                bench.store.recycle(bytes);
            }
            prop_assert!(bench.store.datagrams.len() <= 4 + 1);
        }
    }
}
