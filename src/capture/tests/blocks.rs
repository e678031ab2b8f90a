//! Section 3.B of docs/faults.md.

use super::fixtures::*;
use super::*;

const L: E = E::Little;
const MICROS: u64 = T0 as u64 * 1_000_000;

#[test]
fn b01_b31_sections() {
    read(&section(L)).expect(0, 0).notes(&[]);
    let mut bytes = section(L);
    bytes[8] = 0x99;
    read(&bytes).expect(1, 0).says("byte-order magic 99 3c 2b 1a");
    let mut unknown = section(L);
    unknown[12] = 7;
    read(&unknown).expect(1, 0).says("unsupported version 7.0");
}

#[test]
fn b02_b03_interfaces_that_are_not_described() {
    let bytes = [section(L), packet(0)].concat();
    read(&bytes).expect(3, 0).says("record 1 damaged at offset 28: interface 0 is not described");
    let salvaged = read_with(&bytes, SALVAGE);
    salvaged.expect(3, 1);
    assert_eq!((salvaged.frames[0].link, &salvaged.frames[0].data), (LINK_UNKNOWN, &good()));
    let bytes = ng(&[packet(0), packet(7), packet(0)]);
    read(&bytes).expect(3, 2).says("record 2 damaged at offset 152: interface 7 is not described");
    read_with(&bytes, SALVAGE).expect(3, 3);
    let simple = [section(L), block(L, 3, &[&71_u32.to_le_bytes()[..], &good()].concat())].concat();
    assert_eq!(read_with(&simple, SALVAGE).expect(3, 1).frames[0].data, good());
}

#[test]
fn b04_trailer_differs() {
    let mut wrong = packet(0);
    let at = wrong.len() - 4;
    wrong[at] = 99;
    let bytes = ng(&[packet(0), wrong.clone(), packet(0)]);
    read(&bytes).expect(3, 1).says("104 at its start but 99 at its end").says("208 bytes unread");
    read_with(&bytes, SALVAGE).expect(3, 3);
    read_with(&ng(&[packet(0), wrong]), SALVAGE).expect(3, 2);
    let mut leading = packet(0);
    leading[4] = 200;
    let bytes = ng(&[packet(0), leading, packet(0), packet(0)]);
    read(&bytes).expect(3, 1);
    read_with(&bytes, SALVAGE).expect(3, 3);
}

#[test]
fn b05_to_b08_block_lengths() {
    for (length, words) in [
        (0xffff_fff0, "record 2 cut at byte"),
        (8, "block length 8 is not possible"),
        (0, "block length 0 is not possible"),
        (13, "block length 13 is not possible"),
    ] {
        let mut wrong = packet(0);
        wrong[4..8].copy_from_slice(&u32::to_le_bytes(length));
        let bytes = ng(&[packet(0), wrong, packet(0)]);
        read(&bytes).expect(3, 1).says(words);
        if length < 100 {
            read_with(&bytes, SALVAGE).expect(3, 2);
        }
    }
}

#[test]
fn b09_to_b12_options() {
    let lie = option_of_length(L, 1, b"hi", 60_000);
    let bytes = ng(&[packet(0), packet_with(L, 0, MICROS, &lie), packet(0)]);
    read(&bytes).expect(0, 3).notes(&["bad option in record 2"]);
    let lie = option_of_length(L, 9, &[9], 65_000);
    let outcome = read(&timed(&lie, MICROS));
    outcome.expect(0, 1).notes(&["bad option: in interface 0"]);
    assert_eq!(outcome.frames[0].time.secs, i64::from(T0));
    let comment = [option(L, 1, b"\xff\xfe\x1b"), vec![0; 4]].concat();
    let outcome = read(&ng(&[packet(0), packet_with(L, 0, MICROS, &comment), packet(0)]));
    outcome.expect(0, 3).notes(&[]);
    assert_eq!(outcome.frames[1].comments, [b"\xff\xfe\x1b"]);
    assert!(outcome.frames[0].comments.is_empty() && outcome.frames[2].comments.is_empty());
    let two = [option(L, 1, b"one"), option(L, 2, &[0; 4]), option(L, 1, b"three")].concat();
    assert_eq!(read(&ng(&[packet_with(L, 0, MICROS, &two)])).frames[0].comments, [&b"one"[..], b"three"]);
    let outcome = read(&timed(&option(L, 2, b"eth\xff\xfe"), MICROS));
    assert_eq!(outcome.expect(0, 1).frames[0].origin, Some((1, 0, Some(b"eth\xff\xfe".to_vec()))));
}

#[test]
fn b13_to_b20_times() {
    let offset = |secs: i64| option(L, 14, &secs.to_le_bytes());
    let resolution = |byte: u8| option(L, 9, &[byte]);
    let time = |options: &[u8], ticks: u64| {
        let outcome = read(&timed(options, ticks));
        outcome.expect(0, 1);
        (outcome.frames[0].time, outcome.notes)
    };
    let secs = i64::from(T0);
    assert_eq!(time(&offset(-3600), MICROS).0, Timestamp { secs: secs - 3600, nanos: 0 });
    assert!(!time(&offset(i64::MAX), MICROS).0.is_valid());
    assert!(!time(&offset(i64::MIN), 0).0.is_valid());
    assert!(!time(&[], u64::MAX).0.is_valid());
    let pico = 1_700_000_123_456_789_012_u64;
    assert_eq!(time(&resolution(12), pico).0, Timestamp { secs: 1_700_000, nanos: 123_456_789 });
    assert_eq!(time(&resolution(9), u64::from(T0) * 1_000_000_000 + 5).0, Timestamp { secs, nanos: 5 });
    assert_eq!(time(&resolution(3), u64::from(T0) * 1000 + 5).0, Timestamp { secs, nanos: 5_000_000 });
    assert_eq!(time(&resolution(0), u64::from(T0)).0, Timestamp { secs, nanos: 0 });
    assert_eq!(time(&resolution(19), 10_u64.pow(19)).0, Timestamp { secs: 1, nanos: 0 });
    let half = Timestamp { secs, nanos: 500_000_000 };
    assert_eq!(time(&resolution(0x9e), (u64::from(T0) << 30) + (1 << 29)).0, half);
    assert_eq!(time(&resolution(0x81), u64::from(T0) * 2 + 1).0, half);
    for byte in [0x7f, 0xff, 20, 0xc0] {
        let (time, notes) = time(&resolution(byte), MICROS);
        assert!(!time.is_valid());
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
}

#[test]
fn b21_to_b23_odd_blocks() {
    read(&[section(L), interface_with(L, 1, 5, &[]), packet(0)].concat()).expect(0, 1);
    let over = block(L, 6, &packet_body(L, 0, MICROS, (5000, 5000), &good(), &[]));
    let bytes = ng(&[packet(0), over, packet(0)]);
    read(&bytes).expect(3, 2).says("captured length 5000 in a block with room for 72");
    let partial = read_with(&bytes, PARTIAL);
    partial.expect(3, 3);
    assert_eq!(partial.frames[1].data[..71], good());
    let short = block(L, 6, &packet_body(L, 0, MICROS, (71, 10), &good(), &[]));
    read(&ng(&[packet(0), short, packet(0)])).expect(0, 3).notes(&["len < caplen (1): record 2"]);
}

#[test]
fn b24_sections_number_their_interfaces_anew() {
    let big = E::Big;
    let name = |e: E, name: &[u8]| interface_with(e, 1, 0, &option(e, 2, name));
    let bytes = [
        [section(L), name(L, b"a"), name(L, b"b"), packet(1)].concat(),
        [section(big), name(big, b"c"), packet_with(big, 0, MICROS, &[])].concat(),
    ]
    .concat();
    let outcome = read(&bytes);
    outcome.expect(0, 2);
    assert_eq!(outcome.frames[0].origin, Some((1, 1, Some(b"b".to_vec()))));
    assert_eq!(outcome.frames[1].origin, Some((2, 0, Some(b"c".to_vec()))));
    assert_eq!(outcome.frames[0].data, outcome.frames[1].data);
    assert_eq!(outcome.frames[0].time, outcome.frames[1].time);
}

#[test]
fn b25_b26_b30_b34_b35_other_blocks() {
    let statistics = block(L, 5, &[0; 8]);
    let mut drops = 0_u32.to_le_bytes().to_vec();
    drops.extend([0; 8]);
    drops.extend(option(L, 5, &3_u64.to_le_bytes()));
    drops.extend(option(L, 7, &4_u64.to_le_bytes()));
    let others = [
        statistics,
        block(L, 5, &drops),
        block(L, 0x77, b"what is this"),
        block(L, 0x0bad, &vec![0; 9 << 20]),
        block(L, 4, b"\x01\x00\x0e\x00\x08\x08\x08\x08\x1b]0;x"),
        block(L, 10, b"CLIENT_RANDOM 53ec4e7"),
    ];
    for other in &others {
        let outcome = read(&ng(&[packet(0), other.clone(), packet(0)]));
        outcome.expect(0, 2).notes(&[]);
        assert_eq!(outcome.counters.skipped.blocks, other.len() as u64);
    }
    let c = read(&ng(&[others[1].clone(), others[1].clone(), packet(0)])).counters;
    assert_eq!((c.interface_drops, c.kernel_drops), (3, 4));
}

#[test]
fn drops_are_counted_once_whoever_tells_of_them() {
    let after = |drops: u64| packet_with(L, 0, MICROS, &option(L, 4, &drops.to_le_bytes()));
    let so_far = |by_interface: u64, by_system: u64| {
        let mut body = vec![0; 12];
        body.extend(option(L, 5, &by_interface.to_le_bytes()));
        body.extend(option(L, 7, &by_system.to_le_bytes()));
        block(L, 5, &body)
    };
    for (blocks, drops) in [
        (vec![after(2), after(0), after(3)], (0, 5)),
        // The statistics tell of all since the capture began, those that packets told of among them.
        (vec![after(2), so_far(1, 4), after(3)], (1, 4)),
        (vec![after(5), so_far(3, 1)], (0, 5)),
        (vec![so_far(1, 1), after(2), after(1)], (1, 2)),
        (vec![after(u64::MAX), after(u64::MAX)], (0, u64::MAX)),
    ] {
        let c = read(&ng(&blocks)).counters;
        assert_eq!((c.interface_drops, c.kernel_drops), drops);
    }
}

#[test]
fn b27_cut_at_every_byte() {
    let bytes = ng(&[packet(0), block(L, 0x77, b"skipped"), packet(0)]);
    let ends = [28, 48, 152, 172, 276];
    assert_eq!(bytes.len(), 276);
    for n in 0..=bytes.len() {
        let outcome = read(&bytes[..n]);
        let shown = usize::from(n >= 152) + usize::from(n >= 276);
        outcome.expect(if ends.contains(&n) { 0 } else { 3 }, shown);
        assert!(read_with(&bytes[..n], PARTIAL).frames.len() <= shown + 1);
    }
    let cut = read_with(&bytes[..100], PARTIAL);
    cut.expect(3, 1).says("record 1 cut at byte 52 of 104");
    assert_eq!(cut.frames[0].data, good()[..24]);
}

#[test]
fn b28_interface_table_is_bounded() {
    let mut bytes = section(L);
    for _ in 0..100_000 {
        bytes.extend(interface(L));
    }
    bytes.extend(packet(0));
    let outcome = read(&bytes);
    outcome.expect(0, 1);
    assert_eq!(outcome.notes.len(), 1);
    assert!(outcome.notes[0].starts_with("interface table full (34464)"), "{:?}", outcome.notes);
}

#[test]
fn b29_simple_and_obsolete_packets() {
    let simple = block(L, 3, &[&70_u32.to_le_bytes()[..], &good()[..70]].concat());
    let outcome = read(&ng(&[simple]));
    outcome.expect(0, 1).notes(&[]);
    assert_eq!(outcome.frames[0].data, good()[..70]);
    assert!(!outcome.frames[0].time.is_valid());
    let mut body = packet_body(L, 0, MICROS, (71, 80), &good(), &[]);
    body[2] = 3;
    let outcome = read(&ng(&[block(L, 2, &body)]));
    outcome.expect(0, 1);
    assert_eq!((outcome.frames[0].wire_len, outcome.frames[0].time.secs), (80, i64::from(T0)));
}

#[test]
fn b32_b33_hints_and_many_options() {
    read(&[section_of_length(L, 8), interface(L), packet(0)].concat()).expect(0, 1);
    let many = option(L, 1, b"x").repeat(10_000);
    read(&ng(&[packet_with(L, 0, MICROS, &many)])).expect(0, 1).notes(&[]);
    let large = option(L, 1, &vec![b'c'; 65_535]).repeat(17);
    read(&ng(&[packet_with(L, 0, MICROS, &large)])).expect(0, 1).notes(&[]);
}

#[test]
fn interface_text_is_bounded() {
    let long = option(L, 2, &vec![b'n'; 60_000]);
    let outcome = read(&timed(&long, MICROS));
    outcome.expect(0, 1);
    let name = outcome.frames[0].origin.clone().unwrap().2.unwrap();
    assert_eq!(name.len(), 4096);
    assert_eq!(outcome.notes.len(), 1);
}

#[test]
fn packet_blocks_above_the_limit_are_passed() {
    let huge = block(L, 6, &vec![0; 17 << 20]);
    let outcome = read(&ng(&[packet(0), huge, packet(0)]));
    outcome.expect(3, 2).says("record 2 damaged at offset 152: captured length");
}

#[test]
fn flip_every_byte() {
    let comment = [option(L, 1, b"comment"), vec![0; 4]].concat();
    let bytes = ng(&[packet(0), packet_with(L, 0, MICROS, &comment), block(L, 5, &[0; 12]), packet(0)]);
    for at in 0..bytes.len() {
        for flip in [0xff, 0x01, 0x80, 0x04] {
            let mut flipped = bytes.clone();
            flipped[at] ^= flip;
            for options in [Options::default(), PARTIAL] {
                let outcome = read_with(&flipped, options);
                // The statistics block may turn into a packet too.
                assert!(outcome.frames.len() <= 4, "byte {at} ^ {flip:#x}: {outcome:?}");
            }
            read_with(&flipped, SALVAGE);
        }
    }
}
