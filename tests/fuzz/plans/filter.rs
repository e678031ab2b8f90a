//! Filters: whatever is written, it is a filter or a mistake that can be told; and a filter answers for any packet.

use std::cell::OnceCell;

use netdissect::capture::{CaptureFilter, Tags};
use netdissect::filter::{Filter, parse};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};
use netdissect_dissectors::packet::{Dissection, Packet};

use super::choices::Choices;
use super::stack::{self, ENDS, Piece, ipv4, udp};
use super::{registry, show};

/// Words of display filters.
const WORDS: &str = r#"
    ip.src tcp.port udp dns.qry.name frame.number eth.addr ipv6.addr tcp.flags.syn frame.time tcp _ws.col.info
    not ! and && or || xor ( ) [ ] { } == != ~= < <= > >= === contains matches in .. , - + * / % & : len( upper( lower(
    count( string( max( any all "a" "\x1b" "(a*)*b" r"[" 'a' 1 0x10 -1 65536 18446744073709551616 2.5 192.0.2.1
    192.0.2.0/24 2001:db8::1 ff:ff:ff:ff:ff:ff 01:02 true "2023-11-21T12:00:00Z" #1 @ $ ${ [0:2] [-1] [1-] [:]
"#;

/// Words of capture filters. No word is a name that would be looked up in the network.
const CAPTURE: &str = "
    tcp udp ip ip6 arp icmp icmp6 vlan mpls pppoes geneve ether host net port portrange src dst proto protochain
    broadcast multicast gateway less greater len and or not ( ) [ ] : = != < > <= >= & | + - * / % << >> ^ 0 1 2 4 9 53
    80 100-200 0xffffffff 65536 4294967295 192.0.2.1 192.0.2.0/24 2001:db8::1 02:00:00:00:00:01 tcp[tcpflags] tcp-syn
    ip[0] tcp[13] mask 255.255.255.0 inbound ifname type wlan link[0]
";

fn words(plan: &mut Choices<'_>, of: &str) -> String {
    let of: Vec<&str> = of.split_whitespace().collect();
    let mut text = String::new();
    while !plan.is_empty() && text.len() < 400 {
        text.push_str(plan.pick(&of));
        // Mostly a blank; where there is none two words may be one.
        if !plan.one_in(8) {
            text.push(' ');
        }
    }
    text
}

/// 0, and a display filter as it is; 1, and its words; 2, and those of a capture filter.
pub fn run(input: &[u8]) {
    let mut plan = Choices::new(input);
    match plan.byte() % 3 {
        0 => display(&String::from_utf8_lossy(plan.rest())),
        1 => display(&words(&mut plan, WORDS)),
        _ => capture(&words(&mut plan, CAPTURE)),
    }
}

/// Input that tries this display filter.
#[must_use]
pub fn as_input(text: &str) -> Vec<u8> {
    [&[0], text.as_bytes()].concat()
}

/// A packet to be asked about.
fn some_frame() -> &'static [u8] {
    thread_local! {
        static FRAME: OnceCell<&'static [u8]> = const { OnceCell::new() };
    }
    FRAME.with(|cell| {
        *cell.get_or_init(|| {
            let question = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01";
            let packet = ipv4(ENDS, 17, Piece::default(), &udp(ENDS, [40_000, 53], question));
            Box::leak(packet.into_boxed_slice())
        })
    })
}

fn lend(bytes: &[u8], link: u32) -> Frame<'_> {
    Frame {
        number: 1,
        time: Timestamp::new(1_700_000_000, 0),
        link: LinkType(link),
        wire_len: bytes.len() as u32,
        data: bytes,
        origin: None,
    }
}

fn display(text: &str) {
    let is_read = parse(text).is_ok();
    let mut filter = match Filter::new(registry(), text) {
        Ok(filter) => filter,
        Err(error) => {
            show::clean("a mistake", error.to_string().as_bytes(), false);
            return;
        }
    };
    assert!(is_read, "what cannot be read has become a filter");
    for bytes in [some_frame(), &[]] {
        let frame = lend(bytes, 101);
        let mut parts = Dissection::default();
        let _ = registry().dissect(&frame, &mut parts);
        let packet = Packet { frame, parts: &parts, registry: registry() };
        let first = filter.passes(&packet);
        assert_eq!(filter.passes(&packet), first, "asked twice");
        // A double denial is an assent.
        if let Ok(mut denied) = Filter::new(registry(), &format!("!({text})"))
            && !text.trim().is_empty()
        {
            assert_eq!(denied.passes(&packet), !first, "denied");
        }
    }
}

fn capture(text: &str) {
    for tags in [Tags::Through, Tags::Strict] {
        let Ok(mut filter) = CaptureFilter::new(text, tags) else { continue };
        let mut plan = Choices::new(text.as_bytes());
        let planned = stack::frame(1, &mut plan);
        for (bytes, link) in [(planned.as_slice(), 1), (some_frame(), 101), (&[], 1)] {
            let frame = lend(bytes, link);
            match filter.accepts(&frame) {
                Ok(first) => assert_eq!(filter.accepts(&frame).ok(), Some(first), "asked twice"),
                Err(error) => {
                    show::clean("a mistake", error.to_string().as_bytes(), false);
                    assert!(matches!(error.exit_code(), 1 | 2), "exit code {}", error.exit_code());
                }
            }
        }
    }
}
