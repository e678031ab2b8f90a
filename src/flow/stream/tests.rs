use super::*;
use proptest::prelude::*;

fn rules(overlap: Overlap) -> Rules {
    Rules::new(overlap, true, &Limits::default())
}

fn origin(frame: u64) -> Origin {
    Origin { frame, time: i64::try_from(frame).unwrap() * 1_000, ttl: 64, ..Origin::default() }
}

/// A stream and what it delivered, gaps as `[kind n]`.
struct Bench {
    stream: Stream,
    rules: Rules,
    text: String,
    frame: u64,
    found: Vec<Overlapping>,
}

impl Bench {
    fn new(overlap: Overlap) -> Self {
        let mut stream = Stream::default();
        stream.start(1);
        Self { stream, rules: rules(overlap), text: String::new(), frame: 0, found: Vec::new() }
    }

    fn segment(&mut self, at: Position, bytes: &str) {
        self.frame += 1;
        let delivery = self.stream.push(at, bytes.as_bytes(), origin(self.frame), &self.rules);
        self.take(delivery, bytes);
        self.found.extend(self.stream.take_overlapping());
    }

    fn take(&mut self, delivery: Delivery, bytes: &str) {
        match delivery {
            Delivery::Nothing => {}
            Delivery::Direct(range) => self.text.push_str(&bytes[range]),
            Delivery::Joined(bytes) => self.text.push_str(std::str::from_utf8(&bytes).unwrap()),
        }
    }

    fn give_up(&mut self, reason: Reason, now: i64) -> bool {
        let Some((gap, delivery)) = self.stream.give_up(reason, now, &self.rules) else { return false };
        self.text.push_str(&format!("[{} {}]", gap.kind.name(), gap.len));
        self.take(delivery, "");
        true
    }
}

#[test]
fn overlap_policies_of_the_vectors_r01_to_r07() {
    use Overlap::*;
    /// Segments in order of arrival; what each policy makes of them; the first difference.
    type Case<'a> = (&'a [(&'a str, Position)], &'a [(&'a [Overlap], &'a str)], (Position, Position));
    let cases: &[Case<'_>] = &[
        (
            &[("AAAA", 1), ("CCCC", 9), ("BBBBBBBB", 5)],
            &[(&[First], "AAAABBBBCCCC"), (&[Bsd, Linux, OldLinux, Solaris, Last], "AAAABBBBBBBB")],
            (9, 13),
        ),
        (
            &[("AAAA", 1), ("XXXXYYYY", 1)],
            &[(&[First, Bsd, Linux, OldLinux, Solaris, Last], "AAAAYYYY")],
            (1, 5),
        ),
        (
            &[("BBBB", 5), ("CCCCDDDD", 5), ("AAAA", 1)],
            &[(&[First, Bsd], "AAAABBBBDDDD"), (&[Linux, OldLinux, Solaris, Last], "AAAACCCCDDDD")],
            (5, 9),
        ),
        (
            &[("BBBB", 5), ("CCCC", 5), ("AAAA", 1)],
            &[(&[First, Bsd, Linux], "AAAABBBB"), (&[OldLinux, Solaris, Last], "AAAACCCC")],
            (5, 9),
        ),
        (
            &[("BBBB", 5), ("CCCC", 7), ("AAAA", 1)],
            &[(&[First, Bsd, Linux, OldLinux], "AAAABBBBCC"), (&[Solaris, Last], "AAAABBCCCC")],
            (7, 9),
        ),
        (
            &[("BBBBBB", 5), ("CC", 7), ("AAAA", 1)],
            &[(&[Last], "AAAABBCCBB"), (&[First, Bsd, Linux, OldLinux, Solaris], "AAAABBBBBB")],
            (7, 9),
        ),
        (
            &[("BBBB", 9), ("CCCCCC", 5), ("AAAA", 1)],
            &[(&[First, Solaris], "AAAACCCCBBBB"), (&[Bsd, Linux, OldLinux, Last], "AAAACCCCCCBB")],
            (9, 11),
        ),
    ];
    for (segments, expectations, common) in cases {
        for (policies, text) in *expectations {
            for policy in *policies {
                let mut bench = Bench::new(*policy);
                for &(bytes, at) in *segments {
                    bench.segment(at, bytes);
                }
                assert_eq!(bench.text, *text, "{segments:?} {policy:?}");
                let [found] = bench.found[..] else { panic!("{segments:?} {policy:?}: {:?}", bench.found) };
                assert_eq!(found.difference.common, *common, "{segments:?}");
                assert_eq!(found.difference.first, common.0, "{segments:?}");
                assert!(found.old.frame < found.new.frame);
            }
        }
    }
}

#[test]
fn every_alias_is_a_policy_and_every_policy_has_its_name() {
    for policy in Overlap::ALL {
        assert_eq!(policy.name().parse(), Ok(policy));
    }
    for name in ["windows", "windows2003", "macos", "irix", "hpux10"] {
        assert_eq!(name.parse(), Ok(Overlap::Bsd));
    }
    assert_eq!("vista".parse(), Ok(Overlap::First));
    assert_eq!("hpux11".parse(), Ok(Overlap::Solaris));
    assert!("beos".parse::<Overlap>().is_err());
}

#[test]
fn a_conflict_tells_both_frames_the_first_byte_that_differs_and_what_stands_there() {
    let mut bench = Bench::new(Overlap::Linux);
    bench.segment(1, "GET /index");
    bench.segment(5, "/inward, and more");
    let [found] = bench.found[..] else { panic!("{:?}", bench.found) };
    assert!(found.delivered);
    assert_eq!((found.old.frame, found.new.frame), (1, 2));
    assert_eq!((found.difference.common, found.difference.first), ((5, 11), 8));
    assert_eq!(found.difference.old.unwrap().as_bytes(), b"dex");
    assert_eq!(found.difference.new.as_bytes(), b"war");
    assert!(!found.difference.new_is_kept);
    assert_eq!(bench.text, "GET /indexd, and more");
}

#[test]
fn beyond_the_kept_bytes_fingerprints_compare_whole_segments_and_parts_cannot_be_verified() {
    let mut bench = Bench::new(Overlap::Linux);
    let block = "x".repeat(1_000);
    for at in 0..100 {
        bench.segment(1 + at * 1_000, &block);
    }
    bench.segment(1, &block);
    assert_eq!((bench.found.len(), bench.stream.unverifiable()), (0, 0));
    bench.segment(501, &block[..500]);
    assert_eq!((bench.found.len(), bench.stream.unverifiable()), (0, 500));
    bench.segment(1_001, &"y".repeat(1_000));
    let [found] = bench.found[..] else { panic!("{:?}", bench.found) };
    assert_eq!((found.difference.common, found.difference.old), ((1_001, 2_001), None));
    // Without a history nothing is compared, and nothing claimed.
    let mut bench = Bench::new(Overlap::Linux);
    bench.segment(1, "AAAA");
    bench.stream.forget_history();
    bench.segment(1, "XXXX");
    assert_eq!((bench.found.len(), bench.stream.unverifiable()), (0, 4));
}

#[test]
fn r08_an_acknowledged_hole_is_capture_loss_after_a_while_and_late_if_it_fills_before() {
    const LATER: i64 = 2_000_000;
    let mut bench = Bench::new(Overlap::Linux);
    bench.segment(1, "AAAA");
    bench.segment(9, "CCCC");
    bench.stream.acked(13, 10_000);
    assert_eq!(bench.stream.is_overdue(10_000 + LATE, false), None);
    assert_eq!(bench.stream.pending(), Some(Gap { at: 5, len: 4, kind: GapKind::Pending }));
    assert_eq!(bench.stream.is_overdue(LATER, false), Some(Reason::Acknowledged));
    assert!(bench.give_up(Reason::Acknowledged, LATER));
    assert_eq!(bench.text, "AAAA[capture-loss 4]CCCC");
    assert!(!bench.give_up(Reason::Acknowledged, LATER));
    // What comes after that is told and not inserted.
    bench.segment(5, "BBBB");
    assert_eq!(bench.text, "AAAA[capture-loss 4]CCCC");
    assert_eq!((bench.stream.after_gap(), bench.stream.unverifiable(), bench.found.len()), (4, 0, 0));

    let mut bench = Bench::new(Overlap::Linux);
    bench.segment(1, "AAAA");
    bench.segment(9, "CCCC");
    bench.stream.acked(13, 10_000);
    bench.segment(5, "BBBB");
    assert_eq!(bench.text, "AAAABBBBCCCC");
    assert_eq!(bench.stream.gaps(), [Gap { at: 5, len: 4, kind: GapKind::Late }]);
    assert_eq!((bench.stream.missing(), bench.stream.is_overdue(LATER, false)), (0, None));
}

#[test]
fn a_hole_is_given_up_in_time_even_while_acknowledgments_keep_advancing() {
    let mut bench = Bench::new(Overlap::Linux);
    bench.segment(1, "AAAA");
    bench.segment(9, "CCCC");
    for step in 0..5 {
        bench.stream.acked(10 + step, step * 400_000);
    }
    assert_eq!(bench.stream.is_overdue(1_600_000, false), Some(Reason::Acknowledged));
}

#[test]
fn at_the_end_each_part_of_a_hole_has_its_own_reason() {
    let mut bench = Bench::new(Overlap::Linux);
    bench.segment(1, "AAAA");
    bench.segment(17, "DDDD");
    // 9..11 passed without its bytes; the peer has acknowledged up to 13.
    assert!(bench.stream.cut_off(9, 11, 0, &bench.rules).is_none());
    bench.stream.acked(13, 0);
    while bench.give_up(Reason::End, 0) {}
    assert_eq!(bench.text, "AAAA[capture-loss 4][snaplen 2][capture-loss 2][lost 4]DDDD");
    assert_eq!((bench.stream.missing(), bench.stream.cut()), (12, 2));
    assert_eq!(bench.stream.pending(), None);
}

#[test]
fn a_fin_ends_the_stream_and_bytes_behind_it_are_counted() {
    let mut bench = Bench::new(Overlap::Linux);
    bench.segment(5, "BBBBxx");
    bench.segment(11, "yy");
    bench.stream.end_at(9);
    assert_eq!((bench.stream.outside_bytes(), bench.stream.waiting_bytes()), (4, 4));
    bench.segment(1, "AAAABBBBzz");
    assert_eq!(bench.text, "AAAABBBB");
    assert_eq!(bench.stream.outside_bytes(), 6);
    assert!(bench.stream.is_complete());
}

#[test]
fn r07_without_the_other_direction_time_or_size_gives_a_hole_up() {
    let mut bench = Bench::new(Overlap::Linux);
    bench.segment(1, "AAAA");
    bench.segment(9, "CCCC");
    assert_eq!(bench.stream.is_overdue(ALONE, true), None);
    assert_eq!(bench.stream.is_overdue(ALONE + 10_000, false), None);
    assert_eq!(bench.stream.is_overdue(ALONE + 10_000, true), Some(Reason::End));
    bench.segment(13, &"C".repeat(ALONE_BYTES));
    assert_eq!(bench.stream.is_overdue(20_000, true), Some(Reason::End));
}

#[test]
fn what_waits_is_bounded_and_the_books_agree() {
    let limits = Limits { stream_segments: 8, stream_bytes: 64, ..Limits::default() };
    let rules = Rules::new(Overlap::Last, true, &limits);
    let mut stream = Stream::default();
    stream.start(0);
    for at in 0..50 {
        let _ = stream.push(10 + at * 3, b"ab", origin(1), &rules);
    }
    assert!(stream.waiting_bytes() <= 64);
    assert!(stream.is_full(2, &rules).is_some());
    assert!(stream.cost().waiting >= stream.waiting_bytes());
    while stream.give_up(Reason::Limit, 0, &rules).is_some() {}
    assert_eq!((stream.waiting_bytes(), stream.bytes(GapKind::Limit)), (0, stream.missing()));
}

/// The rule of R3 byte by byte: each position has an owner, a whole segment; a new one takes what the policy gives it.
fn model(policy: Overlap, segments: &[(Position, Vec<u8>)], len: usize) -> Vec<u8> {
    let mut owner: Vec<Option<usize>> = vec![None; len];
    let mut delivered = 0;
    let range = |at: usize| (segments[at].0, segments[at].0 + segments[at].1.len() as i64);
    for new in 0..segments.len() {
        let (from, to) = range(new);
        for place in owner.iter_mut().take(to as usize).skip((from as usize).max(delivered)) {
            match place {
                Some(old) if !policy.new_wins(range(new), range(*old)) => {}
                _ => *place = Some(new),
            }
        }
        while delivered < len && owner[delivered].is_some() {
            delivered += 1;
        }
    }
    let byte = |at: usize, owner: usize| segments[owner].1[at - segments[owner].0 as usize];
    owner.iter().enumerate().map_while(|(at, owner)| owner.map(|owner| byte(at, owner))).collect()
}

proptest! {
    #[test]
    fn every_policy_agrees_with_a_plain_model(
        segments in proptest::collection::vec((0i64..60, proptest::collection::vec(0u8..4, 1..20)), 1..30),
        which in 0usize..6,
    ) {
        let (policy, len) = (Overlap::ALL[which], 80);
        let (mut stream, mut got) = (Stream::default(), Vec::new());
        stream.start(0);
        for (frame, (at, bytes)) in segments.iter().enumerate() {
            match stream.push(*at, bytes, origin(frame as u64), &rules(policy)) {
                Delivery::Nothing => {}
                Delivery::Direct(range) => got.extend_from_slice(&bytes[range]),
                Delivery::Joined(bytes) => got.extend(bytes),
            }
        }
        prop_assert_eq!(got, model(policy, &segments, len), "{:?}", policy);
    }

    #[test]
    fn any_split_order_and_duplication_gives_the_original_and_no_conflict(
        text in proptest::collection::vec(any::<u8>(), 1..300),
        cuts in proptest::collection::vec((0usize..300, 1usize..80), 0..40),
        start in -5i64..(1 << 33),
        seed: u64,
    ) {
        let mut segments: Vec<(usize, usize)> = cuts
            .into_iter()
            .map(|(at, len)| (at % text.len(), len))
            .map(|(at, len)| (at, (at + len).min(text.len())))
            .chain((0..text.len()).step_by(50).map(|at| (at, (at + 50).min(text.len()))))
            .collect();
        let mut state = seed | 1;
        for i in (1..segments.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            segments.swap(i, (state >> 33) as usize % (i + 1));
        }
        for policy in Overlap::ALL {
            let (mut stream, mut got) = (Stream::default(), Vec::new());
            stream.start(start);
            for (frame, &(from, to)) in segments.iter().enumerate() {
                match stream.push(start + from as i64, &text[from..to], origin(frame as u64), &rules(policy)) {
                    Delivery::Nothing => {}
                    Delivery::Direct(range) => got.extend_from_slice(&text[from..to][range]),
                    Delivery::Joined(bytes) => got.extend(bytes),
                }
                prop_assert!(stream.take_overlapping().is_empty());
            }
            prop_assert_eq!(&got, &text);
            prop_assert_eq!((stream.waiting_bytes(), stream.missing(), stream.pending()), (0, 0, None));
        }
    }
}

#[test]
fn a_direction_without_trouble_is_a_few_numbers() {
    let mut bench = Bench::new(Overlap::Linux);
    bench.rules.compare = false;
    bench.segment(1, "AAAA");
    bench.segment(1, "AAAA");
    bench.stream.acked(5, 0);
    assert!(bench.stream.is_plain());
    assert!(size_of::<Stream>() <= 64, "{}", size_of::<Stream>());
}
