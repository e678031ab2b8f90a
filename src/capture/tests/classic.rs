//! Section 3.A of docs/faults.md.

use super::fixtures::*;
use super::*;

#[test]
fn a01_to_a04_headers() {
    read(&[]).expect(3, 0).says("empty file (0 bytes)");
    read(&GH.bytes()[..10]).expect(3, 0).says("header cut at byte 10 of 24");
    read(&GH.bytes()).expect(0, 0).notes(&[]);
    let text = read(b"NOTA capture file, but text of sixty-four bytes, as long as it says.");
    text.expect(1, 0).says("starts with 4e 4f 54 41;");
    assert!(!text.text().contains("NOTA"));
}

#[test]
fn a05_record_header_cut() {
    let mut bytes = three();
    bytes.extend(&record(3)[..9]);
    read(&bytes).expect(3, 3).says("record 4 header cut at byte 9 of 16");
    read_with(&bytes, PARTIAL).expect(3, 3);
}

#[test]
fn a06_record_cut() {
    let mut bytes = three();
    bytes.extend(&record(3)[..80]);
    read(&bytes).expect(3, 3).says("record 4 cut at byte 64 of 71, offset 285; the 3 before it were used");
    let partial = read_with(&bytes, PARTIAL);
    partial.expect(3, 4).says("record 4 cut at byte 64 of 71");
    assert_eq!((partial.frames[3].data.len(), partial.frames[3].wire_len), (64, 71));
    read_with(&bytes, SALVAGE).expect(3, 3);
}

#[test]
fn a07_to_a09_odd_lengths() {
    let g = good();
    let short = file(GH, &[record(0), rec(E::Little, T0, 0, 71, 20, &g), record(1)]);
    let outcome = read(&short);
    outcome.expect(0, 3).notes(&["len < caplen (1): record 2"]);
    assert_eq!((outcome.frames[1].wire_len, outcome.frames[1].data.len()), (20, 71));
    let records = [record(0), record(1), record(2)];
    let snapped = read(&file(Header { snaplen: 40, ..GH }, &records));
    snapped.expect(0, 3).notes(&["caplen > snaplen (3): records 1, 2, 3"]);
    assert!(snapped.frames.iter().all(|f| f.data == g));
    read(&file(Header { snaplen: 0, ..GH }, &records)).expect(0, 3).notes(&[]);
}

#[test]
fn a10_a11_huge_lengths() {
    for captured in [0x7fff_ffff, u32::MAX, MAX_RECORD + 1] {
        let bytes = file(GH, &[record(0), rec(E::Little, T0, 0, captured, captured, &good()), record(1)]);
        let outcome = read(&bytes);
        outcome.expect(3, 1).says("record 2 damaged at offset 111: captured length").says("174 bytes unread");
    }
}

#[test]
fn a12_a13_a20_a21_times() {
    let g = good();
    let at = |secs, fraction| rec(E::Little, secs, fraction, 71, 71, &g);
    let carried = read(&file(GH, &[record(0), at(T0, 1_500_000), record(2)]));
    carried.expect(0, 3).notes(&["fraction of a second carried (1): record 2"]);
    assert_eq!(carried.frames[1].time, Timestamp::new(i64::from(T0) + 1, 500_000_000));
    let invalid = read(&file(GH, &[record(0), at(T0, u32::MAX), record(2)]));
    invalid.expect(0, 3).notes(&["time invalid (1): record 2"]);
    assert!(!invalid.frames[1].time.is_valid());
    let late = read(&file(GH, &[at(u32::MAX, 0), at(T0, 0)]));
    late.expect(0, 2).notes(&[]);
    assert_eq!(late.frames[0].time.secs, 4_294_967_295);
    assert_eq!(late.frames[1].time.secs, i64::from(T0));
}

#[test]
fn a14_a15_byte_orders_and_precision() {
    let g = good();
    let big = Header { order: E::Big, ..GH };
    let swapped = file(big, &[rec(E::Big, T0, 7, 71, 71, &g)]);
    let plain = file(GH, &[rec(E::Little, T0, 7, 71, 71, &g)]);
    assert_eq!(read(&swapped).frames, read(&plain).frames);
    for order in [E::Little, E::Big] {
        let nano = Header { order, magic: 0xa1b2_3c4d, ..GH };
        let outcome = read(&file(nano, &[rec(order, T0, 999_999_999, 71, 71, &g)]));
        assert_eq!(
            outcome.expect(0, 1).frames[0].time,
            Timestamp { secs: i64::from(T0), nanos: 999_999_999 }
        );
    }
}

#[test]
fn a16_modified() {
    let one = |i: u32| {
        let mut b = rec(E::Little, T0 + i, i, 71, 71, &[3, 0, 0, 0, 0, 8, 0, 0]);
        b.extend(good());
        b
    };
    let bytes = file(Header { magic: 0xa1b2_cd34, ..GH }, &[one(0), one(1), one(2)]);
    let outcome = read(&bytes);
    outcome.expect(0, 3);
    assert!(outcome.frames.iter().all(|f| f.data == good()));
    read(&bytes[..bytes.len() - 71 - 4]).expect(3, 2).says("record 3 header cut at byte 20 of 24");
}

#[test]
fn a17_a18_versions() {
    let old = Header { version: (2, 2), ..GH };
    let outcome = read(&file(old, &[record(0), rec(E::Little, T0, 0, 100, 71, &good()), record(2)]));
    outcome.expect(0, 3).notes(&["caplen and len swapped (1): record 2"]);
    assert_eq!((outcome.frames[1].data.len(), outcome.frames[1].wire_len), (71, 100));
    let strange = file(Header { version: (9, 9), ..GH }, &[record(0), record(1), record(2)]);
    read(&strange).expect(1, 0).says("unsupported version 9.9");
    read_with(&strange, Options { force_version: true, ..Options::default() }).expect(0, 3);
}

#[test]
fn a19_link_types_have_no_upper_half() {
    let link = |link| read(&file(Header { link, ..GH }, &[record(0)])).expect(0, 1).frames[0].link;
    assert_eq!(link(0x9999), LinkType(0x9999));
    assert_eq!(link(0x3000_0001), LinkType::ETHERNET);
}

#[test]
fn a22_to_a24_empty_and_large_records() {
    let empty = read(&file(GH, &[record(0), rec(E::Little, T0, 0, 0, 60, &[]), record(2)]));
    empty.expect(0, 3).notes(&[]);
    assert_eq!((empty.frames[1].data.len(), empty.frames[1].wire_len), (0, 60));
    for size in [300_071_u32, 9_437_255, MAX_RECORD] {
        let data: Vec<u8> = (0..size).map(|i| i as u8).collect();
        let header = Header { snaplen: MAX_RECORD, ..GH };
        let bytes = file(header, &[record(0), rec(E::Little, T0, 0, size, size, &data), record(2)]);
        assert_eq!(read(&bytes).expect(0, 3).frames[1].data, data);
    }
}

#[test]
fn a25_garbage() {
    let garbage = [0xde, 0xad, 0xbe, 0xef].repeat(9);
    let bytes = file(GH, &[record(0), garbage, record(1), record(2)]);
    read(&bytes).expect(3, 1).says("record 2 damaged at offset 111");
    let salvaged = read_with(&bytes, SALVAGE);
    salvaged.expect(3, 3).says("record 2 damaged at offset 111").says("36 bytes skipped");
    assert_eq!(salvaged.counters.skipped.damage, 36);
}

#[test]
fn a26_cut_at_every_byte() {
    let bytes = three();
    for n in 0..=bytes.len() {
        let outcome = read(&bytes[..n]);
        let complete = n.saturating_sub(24) / 87;
        let boundary = n >= 24 && (n - 24) % 87 == 0;
        outcome.expect(if boundary { 0 } else { 3 }, complete);
        let partial = read_with(&bytes[..n], PARTIAL);
        let shown = if n >= 24 && (n - 24) % 87 >= 16 { complete + 1 } else { complete };
        partial.expect(if boundary { 0 } else { 3 }, shown);
    }
}

#[test]
fn a27_flip_every_byte() {
    for order in [E::Little, E::Big] {
        let records: Vec<_> = (0..3).map(|i| rec(order, T0 + i, i, 71, 71, &good())).collect();
        let bytes = file(Header { order, ..GH }, &records);
        for at in 0..bytes.len() {
            for flip in 1..=255_u8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= flip;
                for options in [Options::default(), PARTIAL] {
                    let outcome = read_with(&flipped, options);
                    assert!(outcome.frames.len() <= 3, "byte {at} ^ {flip:#x}: {outcome:?}");
                }
                read_with(&flipped, SALVAGE);
            }
        }
    }
}

#[test]
fn salvage_goes_on_behind_a_length_beyond_the_end() {
    let long = rec(E::Little, T0, 0, 5000, 5000, &good());
    let bytes = file(GH, &[record(0), long, record(1), record(2)]);
    read(&bytes).expect(3, 1).says("record 2 cut at byte 245 of 5000");
    read_with(&bytes, SALVAGE).expect(3, 3).says("captured length 5000 with 245 bytes left in the input");
}

#[test]
fn notes_keep_three_examples_and_count_the_rest() {
    let records: Vec<_> = (0..20).map(|_| rec(E::Little, T0, 0, 71, 20, &good())).collect();
    let outcome = read(&file(GH, &records));
    outcome.expect(0, 20).notes(&["len < caplen (20): records 1, 2, 3, …"]);
}
