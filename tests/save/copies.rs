//! Copies of pcapng files: everything is kept that a reader could use, known to this program or not.

use super::blocks::{END, Order, frame};
use super::{place, rows, save};

/// A section with every kind of block, of which a few hold what this program has no name for.
fn rich(o: Order) -> Vec<u8> {
    let text = |code, text: &str| o.option(code, text.as_bytes());
    let section = [text(1, "about this capture"), text(2, "a machine"), text(4, "a program"), END.into()];
    let fine = [text(2, "eth0"), text(3, "upstairs"), o.option(9, &[9]), text(11, "\0arp"), END.into()];
    let odd = [o.option(9, &[0x80 | 20]), o.option(14, &[0, 0, 0, 0, 0, 0, 0, 0]), END.into()];
    let flags = [o.option(2, &o.word(2)), text(1, "first"), text(1, "second \u{202e}"), END.into()];
    let counts = [o.option(4, &[0; 8]), o.option(5, &[7; 8]), o.option(0x0bad, &[1, 2, 3, 4, 5]), END.into()];
    let statistics = [&o.word(0)[..], &[0; 8], &o.option(5, &[0; 8]), &END].concat();
    let obsolete = [0, 0, 1 << 20, 42, 42].map(|word| o.word(word)).concat();
    [
        o.section(&section.concat()),
        o.interface(1, &fine.concat()),
        o.interface(1, &odd.concat()),
        o.packet(0, 1_700_000_000_123_456_789, &frame(), &flags.concat()),
        // A name for an address, secrets, a block nobody knows.
        o.block(4, &[&o.half(1)[..], &o.half(6), &[192, 0, 2, 1], b"a\0", &[0; 2], &END].concat()),
        o.block(10, &[&o.word(0x544c_534b)[..], &o.word(4), b"keys"].concat()),
        o.block(0x7777_7777, &[1, 2, 3, 4]),
        o.packet(1, 1_700_000_000 << 20 | 1, &frame(), &counts.concat()),
        o.block(2, &[&obsolete[..], &frame(), &[0; 2]].concat()),
        o.block(3, &[&o.word(42)[..], &frame(), &[0; 2]].concat()),
        o.block(5, &statistics),
    ]
    .concat()
}

#[test]
fn a_copy_is_the_file_itself() {
    let both = [rich(Order::Little), rich(Order::Big)].concat();
    for (name, bytes) in [("little", rich(Order::Little)), ("big", rich(Order::Big)), ("both", both)] {
        let (input, output) = (place(&format!("rich-{name}.pcapng")), place(&format!("copy-{name}.pcapng")));
        std::fs::write(&input, &bytes).unwrap();
        let ran = save(&input, &output, &[]);
        ran.expect(0);
        assert!(!ran.err().contains("warning"), "{}", ran.err());
        assert_eq!(std::fs::read(&output).unwrap(), bytes, "{name}");
    }
}

#[test]
fn a_filter_takes_packets_and_leaves_the_rest() {
    let o = Order::Big;
    let (input, output) = (place("rich-filter.pcapng"), place("copy-filter.pcapng"));
    std::fs::write(&input, rich(o)).unwrap();
    save(&input, &output, &["--frames", "2"]).expect(0);
    let copy = std::fs::read(&output).unwrap();
    let gone = o.packet(0, 1_700_000_000_123_456_789, &frame(), &[]);
    assert!(!copy.windows(20).any(|window| *window == gone[8..28]));
    for kept in [&b"about this capture"[..], b"upstairs", b"keys", &0x7777_7777_u32.to_be_bytes()] {
        assert!(copy.windows(kept.len()).any(|window| window == kept), "{kept:?}");
    }
    assert_eq!(rows(&output, &[]).lines().count(), 2);
}

#[test]
fn secrets_do_not_go_to_standard_output() {
    let input = place("rich-secrets.pcapng");
    std::fs::write(&input, rich(Order::Little)).unwrap();
    let ran = super::run(["read".as_ref(), input.as_os_str(), "-w".as_ref(), "-".as_ref()]);
    ran.expect(0);
    assert!(!ran.out.windows(4).any(|window| window == b"keys"));
    assert!(ran.err().contains("1: blocks with decryption secrets left out"), "{}", ran.err());
}

/// What a reader would choke on is mended: an option that runs past its block, a section length that no longer holds.
#[test]
fn what_is_broken_is_not_copied() {
    let o = Order::Little;
    let good = o.option(1, b"kept");
    let beyond = [&good[..], &o.half(1), &o.half(60_000), b"hi\0\0"].concat();
    let sound = [&good[..], &END].concat();
    let make = |options: &[u8], section_length: [u8; 8]| {
        let mut bytes = [o.section(&[]), o.interface(1, &[]), o.packet(0, 5, &frame(), options)].concat();
        bytes[16..24].copy_from_slice(&section_length);
        bytes
    };
    let (input, output) = (place("bad-option.pcapng"), place("good-option.pcapng"));
    std::fs::write(&input, make(&beyond, [200, 0, 0, 0, 0, 0, 0, 0])).unwrap();
    save(&input, &output, &[]).expect(0);
    assert_eq!(std::fs::read(&output).unwrap(), make(&sound, [0xff; 8]));
}

/// What `--partial` shows of a cut packet is written as a packet that was captured so far.
#[test]
fn a_part_of_a_packet_becomes_a_whole_block() {
    let o = Order::Big;
    let whole = [o.section(&[]), o.interface(1, &[]), o.packet(0, 5, &frame(), &[])].concat();
    let (input, output) = (place("cut.pcapng"), place("mended.pcapng"));
    std::fs::write(&input, &whole[..whole.len() - 20]).unwrap();
    save(&input, &output, &["--partial"]).expect(3);
    let row = rows(&output, &["-e", "frame.number"]);
    let fields: Vec<&str> = row.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!(fields[1..3], ["42", "28"], "{row}");
    assert_eq!(super::run(["read".as_ref(), output.as_os_str()]).code, Some(0));
}

#[test]
fn classic_pcap_says_what_it_cannot_hold() {
    let o = Order::Little;
    let (input, output) = (place("rich-classic.pcapng"), place("poor.pcap"));
    std::fs::write(&input, rich(o)).unwrap();
    let ran = save(&input, &output, &[]);
    ran.expect(0);
    // Three comments and a simple packet, which has no time.
    assert!(ran.err().contains("3: comments left out"), "{}", ran.err());
    assert!(ran.err().contains("1: times that the file cannot say"), "{}", ran.err());
    let bytes = std::fs::read(&output).unwrap();
    assert_eq!(bytes[..4], 0xa1b2_3c4d_u32.to_le_bytes(), "nanoseconds");
    assert!(rows(&output, &[]).starts_with("frame.time_epoch"));
    assert!(rows(&output, &[]).contains("1700000000.123456789\t42\t42\t1\t"));

    // Two link types: nothing is written over, not even the header.
    let mixed = [o.section(&[]), o.interface(1, &[]), o.interface(101, &[]), o.packet(0, 5, &frame(), &[])];
    std::fs::write(&input, mixed.concat()).unwrap();
    let ran = save(&input, &output, &[]);
    ran.expect(4);
    let words = ran.last_words();
    assert!(
        words.contains("classic pcap holds one link type, not Ethernet and raw IP: write .pcapng"),
        "{words}"
    );
    assert!(words.ends_with("; 0 of 1 written"), "{words}");
    assert_eq!(std::fs::read(&output).unwrap(), bytes);
}
