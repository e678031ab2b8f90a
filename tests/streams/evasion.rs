//! IPv6 datagrams in pieces, as those send them who want two readers to see two things (row E10 of docs/faults.md): each gets
//! a verdict, what contradicts itself is refused in every order, and what does not is joined in every order.

use super::common::run;
use super::records;
use super::wire::Wire;

const HOP_BY_HOP: u8 = 0;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION: u8 = 60;

/// Bytes of the datagram that is cut up.
const WHOLE: usize = 64;

/// What must become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Complete,
    Refused,
    /// The standards leave it open: one of the words that there are.
    Any,
}
use Fate::{Any, Complete, Refused};

/// One datagram, known by its identification.
struct Case {
    what: String,
    fate: Fate,
    packets: Vec<Vec<u8>>,
}

/// An IPv6 packet between two hosts of the documentation's network.
fn packet(next: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((body.len() as u16).to_be_bytes());
    packet.extend([next, 64]);
    for last in [0x10, 0x80] {
        packet.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    packet.extend(body);
    packet
}

/// A fragment header (RFC 8200, section 4.5) and what stands behind it.
fn fragment(next: u8, id: u32, offset: usize, more: bool, bytes: &[u8]) -> Vec<u8> {
    let place = (offset as u16) & 0xfff8 | u16::from(more);
    [&[next, 0], &place.to_be_bytes()[..], &id.to_be_bytes(), bytes].concat()
}

/// A header of eight bytes: options that are padding, or a routing header without addresses.
fn short_header(next: u8) -> [u8; 8] {
    [next, 0, 1, 4, 0, 0, 0, 0]
}

/// A UDP datagram of [`WHOLE`] bytes.
fn whole() -> Vec<u8> {
    let mut udp = [4_096_u16, 9, WHOLE as u16, 0x1234].map(u16::to_be_bytes).concat();
    udp.extend((0..WHOLE - 8).map(|at| b'a' + (at % 26) as u8));
    udp
}

/// The bytes from `from` to `to` of it.
fn piece(id: u32, from: usize, to: usize) -> Vec<u8> {
    packet(FRAGMENT, &fragment(UDP, id, from, to < WHOLE, &whole()[from..to]))
}

/// All orders of four pieces.
fn orders() -> Vec<[usize; 4]> {
    let mut orders = Vec::new();
    for code in 0..256 {
        let order = [0, 2, 4, 6].map(|shift| code >> shift & 3);
        if (0..4).all(|nth| order.contains(&nth)) {
            orders.push(order);
        }
    }
    assert_eq!(orders.len(), 24);
    orders
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut add = |what: String, fate, packets: &dyn Fn(u32) -> Vec<Vec<u8>>| {
        let id = cases.len() as u32 + 1;
        cases.push(Case { what, fate, packets: packets(id) });
    };
    for order in orders() {
        add(format!("order {order:?}"), Complete, &|id| {
            order.iter().map(|nth| piece(id, nth * 16, nth * 16 + 16)).collect()
        });
    }
    for from in (0..=48).step_by(8) {
        for first in [true, false] {
            let when = if first { "first" } else { "behind" };
            add(format!("other bytes at {from}, {when}"), Refused, &|id| {
                let other = packet(FRAGMENT, &fragment(UDP, id, from, true, &[b'!'; 16]));
                let (mut own, mut rest) = (piece(id, 0, 32), piece(id, 32, WHOLE));
                if from >= 32 {
                    std::mem::swap(&mut own, &mut rest);
                }
                if first { vec![other, own, rest] } else { vec![own, other, rest] }
            });
        }
        add(format!("the same bytes again at {from}"), Any, &|id| {
            vec![piece(id, 0, 32), piece(id, from, from + 16), piece(id, 32, WHOLE)]
        });
    }
    add("an end before the end".into(), Refused, &|id| {
        let short = packet(FRAGMENT, &fragment(UDP, id, 32, false, &whole()[32..48]));
        vec![piece(id, 32, WHOLE), short, piece(id, 0, 32)]
    });
    add("longer than a datagram can be".into(), Refused, &|id| {
        vec![piece(id, 0, 32), packet(FRAGMENT, &fragment(UDP, id, 65_528, false, &[0; 16]))]
    });
    add("a length that no piece but the last may have".into(), Any, &|id| {
        vec![packet(FRAGMENT, &fragment(UDP, id, 0, true, &whole()[..20])), piece(id, 32, WHOLE)]
    });
    add("nothing in the last piece".into(), Any, &|id| {
        let rest = packet(FRAGMENT, &fragment(UDP, id, 32, true, &whole()[32..]));
        vec![piece(id, 0, 32), rest, packet(FRAGMENT, &fragment(UDP, id, WHOLE, false, &[]))]
    });
    add("a first piece without the header that it promises".into(), Refused, &|id| {
        let first = packet(FRAGMENT, &fragment(DESTINATION, id, 0, true, &short_header(UDP)));
        vec![first, packet(FRAGMENT, &fragment(DESTINATION, id, 8, false, &whole()))]
    });
    add("the first piece has no more than the header".into(), Any, &|id| {
        vec![piece(id, 0, 8), piece(id, 8, WHOLE)]
    });
    add("pieces of two protocols".into(), Any, &|id| {
        vec![piece(id, 0, 32), packet(FRAGMENT, &fragment(TCP, id, 32, false, &whole()[32..]))]
    });
    add("bits that are reserved".into(), Any, &|id| {
        [(0, 32), (32, WHOLE)]
            .map(|(from, to)| {
                let mut body = fragment(UDP, id, from, to < WHOLE, &whole()[from..to]);
                (body[1], body[3]) = (0xff, body[3] | 6);
                packet(FRAGMENT, &body)
            })
            .to_vec()
    });
    add("each piece three times".into(), Complete, &|id| {
        let pieces = [piece(id, 0, 32), piece(id, 48, WHOLE), piece(id, 32, 48)];
        [0, 0, 0, 1, 1, 1, 2].map(|nth| pieces[nth].clone()).to_vec()
    });
    add("an atomic fragment between two pieces".into(), Complete, &|id| {
        let atomic = packet(FRAGMENT, &fragment(UDP, id, 0, false, &whole()));
        vec![piece(id, 0, 32), atomic, piece(id, 32, WHOLE)]
    });
    for (header, what) in
        [(HOP_BY_HOP, "hop-by-hop options"), (DESTINATION, "options"), (ROUTING, "a routing header")]
    {
        for both in [true, false] {
            let where_ = if both { "both pieces" } else { "the second" };
            add(format!("{what} in front of {where_}"), Complete, &|id| {
                let mut front = short_header(FRAGMENT);
                if header == ROUTING {
                    front[2..4].fill(0);
                }
                let second = fragment(UDP, id, 32, false, &whole()[32..]);
                let first = fragment(UDP, id, 0, true, &whole()[..32]);
                let behind = |body: &[u8]| packet(header, &[&front, body].concat());
                vec![if both { behind(&first) } else { packet(FRAGMENT, &first) }, behind(&second)]
            });
        }
    }
    cases
}

/// Fragment headers inside fragment headers: no datagram in pieces, or one inside another.
fn nested() -> Vec<Vec<u8>> {
    let inner = fragment(UDP, 1_000, 0, true, &whole()[..32]);
    let mut chain = whole();
    for id in 0..20 {
        chain = fragment(if id == 0 { UDP } else { FRAGMENT }, 2_000 + id, 0, false, &chain);
    }
    vec![
        packet(FRAGMENT, &fragment(FRAGMENT, 1_001, 0, false, &inner)),
        packet(FRAGMENT, &fragment(FRAGMENT, 1_002, 0, true, &inner)),
        packet(FRAGMENT, &chain),
        packet(FRAGMENT, &fragment(HOP_BY_HOP, 1_003, 0, false, &short_header(UDP))),
    ]
}

#[test]
fn every_datagram_gets_a_verdict() {
    let cases = cases();
    let mut wire = Wire::default();
    for packet in cases.iter().flat_map(|case| &case.packets).chain(&nested()) {
        wire.push(packet.clone(), 0);
    }
    let file = wire.save("evasion");
    let accounts = records(&["read", &file, "--fragments", "-T", "jsonl"]);
    for (case, id) in cases.iter().zip(1_u64..) {
        let own: Vec<&str> = accounts
            .iter()
            .filter(|account| account["ipv6.fraghdr.ident"] == id)
            .map(|account| account["nd.datagram.state"].as_str().unwrap())
            .collect();
        match case.fate {
            Complete => assert_eq!(own, ["complete"], "{}", case.what),
            Refused => {
                assert!(own.contains(&"refused") && !own.contains(&"complete"), "{}: {own:?}", case.what);
            }
            Any => {
                let known = ["complete", "refused", "timed-out", "evicted", "unfinished"];
                assert!(!own.is_empty() && own.iter().all(|state| known.contains(state)), "{}", case.what);
            }
        }
    }
    for mode in [&["-T", "fields", "-e", "frame.number"][..], &["-T", "jsonl", "-V"]] {
        let args: Vec<&str> = ["read", &file].into_iter().chain(mode.iter().copied()).collect();
        assert_eq!(run(&args).expect(0).out().lines().count(), wire.frames.len(), "{mode:?}");
    }
}
