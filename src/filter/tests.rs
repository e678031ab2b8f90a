//! The language on packets of every kind: what it refuses, how it reads, and that it agrees with an evaluation that walks all
//! fields of all layers.

use netdissect_dissectors::field::{Kind, Value};
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::walk::Visitor;
use netdissect_dissectors::{Field, Layer};
use proptest::prelude::*;

use super::ast::{Arithmetic, Cut, CutEnd, Expr, Operand, OperandKind, Quantifier, Relation};
use super::{Filter, parse};
use crate::render::testing::{frame, probe, registry, with_packet};

fn passes(text: &str, bytes: &[u8]) -> bool {
    let mut filter = Filter::new(&registry(), text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut passed = false;
    with_packet(frame(bytes), |packet| passed = filter.passes(packet));
    passed
}

fn refusal(text: &str) -> String {
    Filter::new(&Registry::builtin(), text).expect_err(text).to_string()
}

/// Frame 4: Ethernet, then kind 1 with a text; two small numbers 7 and 8, addresses 192.0.2.1 and 198.51.100.1.
#[test]
fn tests_on_values_of_every_kind() {
    let bytes = probe(1, b"Hello");
    for text in [
        "",
        "probe",
        "eth and probe",
        "probe.text",
        "probe.text == \"Hello\"",
        "probe.text == Hello",
        "probe.text contains \"ell\"",
        "probe.text matches \"^h.l+o$\"",
        r#"probe.text matches r"\w+" and probe.text ~ "\\w+""#,
        "probe.text[0] == \"H\" and probe.text[0] == 48",
        "probe.text[1:2] == \"el\" and probe.text[-1:] == \"o\" and probe.text[1-2] == 65:6c",
        "probe.text[:2] == \"He\" and probe.text[0,4] == \"Ho\"",
        "not probe.text[5] and not probe.text[3:3]",
        "lower(probe.text) == \"hello\" and upper(probe.text) == \"HELLO\"",
        "len(probe.text) == 5 and count(probe.small) == 2",
        "probe.small == 7 and probe.small == 8 and probe.small == 0x07 and probe.small == 0b111",
        "probe.small == 010",
        "probe.small in {1, 5..7} and not probe.small in {9..7, 1} and probe.small not in {70}",
        "any probe.small != 7 and !(probe.small != 7) and probe.small !== 7 and probe.small ~= 8",
        "all probe.small > 6 and !(all probe.small > 7) and !(probe.small === 7)",
        "8 > probe.small and 7 < probe.small",
        "probe.small + 1 == 9 and probe.small - 9 == -1 and {probe.small * 2} == 16 and -probe.small == -7",
        "(probe.small + 1) == 9 and probe.small / 0 != 1 or probe.small % 4 == 3",
        "probe.small & 8 and probe.small & 0x8 == 8 and not probe.small & 0x10",
        "probe.kind == greeting and probe.kind == \"Greeting\" and probe.kind == 1",
        "probe.addr == 192.0.2.1 and probe.addr == 198.51.100.0/24 and not probe.addr == 10.0.0.0/8",
        "probe.addr != 10.0.0.0/8 and probe.addr > 192.0.2.0 and probe.addr in {192.0.2.0..192.0.2.9}",
        "probe.addr[0] == c0",
        "probe.yes == 1 and probe.yes == true or probe.yes == 0",
        "probe.flag and probe.flag == 1",
        "probe.span == -0.000002 and probe.span < 0 and probe.span > -1",
        "frame.number == 4 and frame.number >= 4 and frame.number < '\\x05'",
        "eth.src[0:3] == eth.src[:3] and eth.type",
        "probe contains \"Hello\" and frame contains 48:65:6c and frame contains probe.text",
        "eth xor udp and not (eth xor probe)",
        "not udp or udp and udp",
        "probe.records and probe.record.part == 2",
        "probe.small#1 == 7 and not probe.small#2",
        "probe.small == probe.small and not probe.small != probe.small",
    ] {
        assert!(passes(text, &bytes), "{text}");
    }
    for text in [
        "udp",
        "not probe",
        "udp.port != 80",
        "all udp.port > 1",
        "count(udp.port) == 0",
        "probe.text == \"hello\"",
        "probe.text contains \"hello\"",
        "probe.small / 0 == 1",
        "tcp and udp or arp",
    ] {
        assert!(!passes(text, &bytes), "{text}");
    }
}

#[test]
fn a_layer_of_its_kind_can_be_chosen() {
    let bytes = probe(3, b"\x09\x01inner");
    assert!(passes("probe.small == 9 and probe.small == 7", &bytes));
    assert!(passes("probe.small#1 == 9 and not probe.small#1 == 7 and probe.small#2 == 7", &bytes));
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    for (text, marked, words) in [
        ("tcp.prot == 80", "tcp.prot", "no field is called tcp.prot"),
        ("ip and tcp.port == 99999", "99999", "out of range: 0 to 65535"),
        ("tcp.port == -1", "-1", "out of range"),
        ("tcp.port == http", "http", "do not compare"),
        ("tcp.flags.syn == 2", "2", "true or false"),
        ("ip.addr == 1.2.3.4/33", "1.2.3.4/33", "is not an IPv4 address"),
        ("ip.src == eth.src", "eth.src", "do not compare"),
        ("eth.src == 00:11", "00:11", "is not a MAC address"),
        ("frame.time_relative < 1ms", "1ms", "is not a span of time"),
        ("frame.time > yesterday", "yesterday", "is not a time"),
        ("tcp.port matches \"8\"", "tcp.port", "no text or bytes"),
        ("http.host matches \"(\"", "\"(\"", "regular expression is wrong"),
        ("http.host matches abc", "abc", "double quotes"),
        ("tcp.port[0] == 1", "tcp.port[0]", "it has no parts"),
        ("eth.src[3:0] == 1", "[3:0]", "is no part of bytes"),
        ("tcp.port in {80 443}", "443", "a comma is missing"),
        ("tcp.port in 80", "80", "{ is missing"),
        ("(tcp", "(", "has no )"),
        ("tcp)", ")", "never opened"),
        ("tcp.port = 80", "=", "no meaning"),
        ("tcp AND udp", "AND", "does not continue"),
        ("1 < ip.ttl < 9", "<", "does not continue"),
        ("len(tcp.stream", "len", "has no )"),
        ("foo(tcp.port) == 1", "foo(tcp.port)", "no function is called foo"),
        ("lower(tcp.port) == 1", "tcp.port", "lower takes text"),
        ("len(http.host)", "len(http.host)", "alone is no test"),
        ("ip.src + 1 == 2", "ip.src", "cannot be calculated with"),
        ("tcp.port + udp.port + tcp.len > 1", "tcp.len", "more than 2 fields"),
        ("\"abc\"", "\"abc\"", "alone is no test"),
        ("http.host == \"abc", "\"", "does not end"),
        ("http.host == 'abc'", "'", "one character"),
        ("http.host matches \"\\d\"", "\\d", "no such escape"),
        ("any tcp", "", "is missing at the end"),
        ("host 192.0.2.1", "host 192.0.2.1", "as a display filter: ip.addr == 192.0.2.1"),
        ("tcp dst port 80", "tcp dst port 80", "as a display filter: tcp.dstport == 80"),
        ("not src net 10.0.0.0/8", "not src net 10.0.0.0/8", "capture filter"),
        ("tcp[tcpflags] & tcp-syn != 0", "tcp[tcpflags] & tcp-syn != 0", "this is a capture filter"),
    ] {
        let shown = refusal(text);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(shown.contains(words), "{text}: {shown}");
        assert_eq!(lines[1].trim_start(), text, "{shown}");
        let column = lines[2].find('^').unwrap();
        let width = lines[2].chars().filter(|c| *c == '^').count();
        let under: String = lines[1].chars().skip(column).take(width).collect();
        assert_eq!(under, marked, "{shown}");
    }
    assert!(refusal("tcp.prot").contains("nearest: tcp.port"));
    assert!(refusal("tcp.prot").contains("list: netdissect fields tcp.p"));
}

#[test]
fn what_is_shown_of_a_mistake_is_escaped_and_short() {
    let shown = refusal("tcp.port == \"\u{1b}[31m\u{202e}\"");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
    let long = format!("{} or tcp.prot or {}", "tcp or ".repeat(50) + "udp", "udp or ".repeat(50) + "udp");
    let shown = refusal(&long);
    assert!(shown.lines().all(|line| line.len() < 100), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[1].find("tcp.prot"), lines[2].find('^'), "{shown}");
}

#[test]
fn nesting_and_patterns_are_bounded() {
    for text in [
        format!("{}tcp{}", "(".repeat(5_000), ")".repeat(5_000)),
        "!".repeat(5_000) + "tcp",
        format!("tcp.port == {}1", "-".repeat(5_000)),
        format!("tcp.port {} == 1", "+ 1 ".repeat(5_000)),
        format!("eth.src{}", "[0:1]".repeat(5_000)),
        format!("{}tcp.port == 1", "len(".repeat(5_000)),
    ] {
        assert!(refusal(&text).contains("inside one another"));
    }
    assert!(refusal("http.host matches \"(a{1000}){1000}\"").contains("too large"));
    let wide = vec!["tcp"; 20_000].join(" or ");
    assert!(Filter::new(&Registry::builtin(), &wide).is_ok());
    // What is closed no longer counts.
    let many = vec!["(tcp.port + 1) == 2 or !(tcp.len + 1 == 2)"; 200].join(" or ");
    assert!(Filter::new(&Registry::builtin(), &many).is_ok());
}

fn word(text: &str) -> Operand {
    Operand { kind: OperandKind::Word(text.to_owned()), at: 0..0 }
}

fn make(kind: OperandKind) -> Operand {
    Operand { kind, at: 0..0 }
}

fn operands() -> impl Strategy<Value = Operand> {
    let cut = (-9..9_i32, 0..3_u8, 1..9_u32).prop_map(|(from, end, len)| {
        let last = from.saturating_add(i32::try_from(len).unwrap());
        Cut {
            from,
            end: match end {
                0 => CutEnd::Len(len),
                1 => CutEnd::Last(last),
                _ => CutEnd::Open,
            },
        }
    });
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "tcp.port",
            "probe.text",
            "eth",
            "80",
            "10.0.0.0/8",
            "::1",
            "02:00:0a",
            "x-y"
        ])
        .prop_map(word),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(|text| make(OperandKind::Text(text))),
        any::<u8>().prop_map(|byte| make(OperandKind::Char(byte))),
    ];
    leaf.prop_recursive(3, 12, 2, move |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let signs: Vec<Arithmetic> = Arithmetic::SIGNS.iter().map(|row| row.1).collect();
        prop_oneof![
            (boxed.clone(), prop::collection::vec(cut.clone(), 1..3)).prop_map(|(inner, cuts)| {
                match inner.kind {
                    // What binds less tightly stands in braces, which printing puts there only for sums.
                    OperandKind::Negative(_) => *inner,
                    _ => make(OperandKind::Slice(inner, cuts)),
                }
            }),
            (prop::sample::select(vec!["len", "lower"]), inner)
                .prop_map(|(name, inner)| make(OperandKind::Call(name.to_owned(), vec![inner]))),
            (boxed.clone(), prop::sample::select(signs), boxed.clone())
                .prop_map(|(a, sign, b)| make(OperandKind::Sum(a, sign, b))),
            boxed.prop_map(|inner| make(OperandKind::Negative(inner))),
        ]
    })
}

fn exprs(operands: impl Strategy<Value = Operand> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let quantifiers = prop::option::of(prop::sample::select(vec![Quantifier::Any, Quantifier::All]));
    let relations: Vec<Relation> = Relation::SPELLINGS.iter().map(|row| row.1).collect();
    let test = prop_oneof![
        operands.clone().prop_map(Expr::Present),
        (quantifiers.clone(), operands.clone(), prop::sample::select(relations), operands.clone()).prop_map(
            |(quantifier, left, relation, right)| Expr::Compare { quantifier, left, relation, right }
        ),
        (
            quantifiers,
            operands.clone(),
            prop::collection::vec((operands.clone(), prop::option::of(operands)), 1..3)
        )
            .prop_map(|(quantifier, left, members)| Expr::Among { quantifier, left, members }),
    ];
    test.prop_recursive(4, 24, 3, |inner| {
        let rows = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            rows.clone().prop_map(Expr::And),
            rows.clone().prop_map(Expr::Or),
            rows.prop_map(Expr::Xor),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

/// A field and its values as one walk over the whole packet finds them.
#[derive(Default)]
struct Seen(Vec<(&'static str, u64)>, Vec<&'static str>);

impl Visitor for Seen {
    fn layer(&mut self, layer: &Layer<'_>) -> bool {
        self.1.push(layer.protocol().name);
        true
    }
    fn field(&mut self, field: &'static Field, _at: std::ops::Range<usize>, value: Value<'_>) {
        let number = match value {
            Value::Uint(number) => number,
            Value::Bool(yes) => yes.into(),
            Value::None if field.kind != Kind::Group => 1,
            _ => return,
        };
        self.0.push((field.abbrev, number));
    }
    fn open(&mut self, field: &'static Field, at: std::ops::Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }
    fn close(&mut self) {}
}

/// What `expr`, of the kinds that [`simple`] makes, says of what was seen.
fn naive(expr: &Expr, seen: &Seen) -> bool {
    let text = |operand: &Operand| operand.to_string();
    let values = |operand: &Operand| -> Vec<u64> {
        seen.0.iter().filter(|row| row.0 == text(operand)).map(|row| row.1).collect()
    };
    match expr {
        Expr::And(rows) => rows.iter().all(|row| naive(row, seen)),
        Expr::Or(rows) => rows.iter().any(|row| naive(row, seen)),
        Expr::Xor(rows) => rows.iter().filter(|row| naive(row, seen)).count() % 2 == 1,
        Expr::Not(inner) => !naive(inner, seen),
        Expr::Present(operand) => !values(operand).is_empty() || seen.1.contains(&text(operand).as_str()),
        Expr::Compare { quantifier, left, relation, right } => {
            let left = values(left);
            let right = match text(right).parse::<u64>() {
                Ok(number) => vec![number],
                Err(_) => values(right),
            };
            let holds = |a: &u64, b: &u64| match relation {
                Relation::Equal | Relation::AllEqual => a == b,
                Relation::Unequal | Relation::AnyUnequal => a != b,
                Relation::Less => a < b,
                Relation::AtMost => a <= b,
                Relation::Greater => a > b,
                _ => a >= b,
            };
            let by_itself = matches!(relation, Relation::AllEqual | Relation::Unequal);
            match quantifier.map_or(by_itself, |quantifier| quantifier == Quantifier::All) {
                true => {
                    !left.is_empty()
                        && !right.is_empty()
                        && left.iter().all(|a| right.iter().all(|b| holds(a, b)))
                }
                false => left.iter().any(|a| right.iter().any(|b| holds(a, b))),
            }
        }
        Expr::Among { quantifier, left, members } => {
            let left = values(left);
            let number = |operand: &Operand| text(operand).parse::<u64>().unwrap();
            let is_member = |value: &u64| {
                members.iter().any(|(from, to)| match to {
                    None => *value == number(from),
                    Some(to) => (number(from)..=number(to)).contains(value),
                })
            };
            match quantifier {
                Some(Quantifier::All) => !left.is_empty() && left.iter().all(is_member),
                _ => left.iter().any(is_member),
            }
        }
    }
}

/// Expressions over numbers of frames, Ethernet, IP, TCP and UDP.
fn simple() -> impl Strategy<Value = Expr> {
    const FIELDS: [&str; 12] = [
        "frame.len",
        "frame.cap_len",
        "ip.ttl",
        "ip.proto",
        "ip.version",
        "ip.len",
        "tcp.srcport",
        "tcp.port",
        "tcp.flags.syn",
        "udp.port",
        "udp.length",
        "eth.type",
    ];
    let field = || prop::sample::select(FIELDS.to_vec()).prop_map(word);
    let number = || prop::sample::select(vec![0_u64, 1, 4, 6, 17, 20, 28, 53, 60, 64, 80, 255]);
    let side = prop_oneof![number().prop_map(|number| word(&number.to_string())), field()];
    let relations = vec![
        Relation::Equal,
        Relation::AllEqual,
        Relation::Unequal,
        Relation::AnyUnequal,
        Relation::Less,
        Relation::AtMost,
        Relation::Greater,
        Relation::AtLeast,
    ];
    let quantifiers = prop::option::of(prop::sample::select(vec![Quantifier::Any, Quantifier::All]));
    let members = prop::collection::vec(
        (number(), prop::option::of(number()))
            .prop_map(|(from, to)| (word(&from.to_string()), to.map(|to| word(&to.to_string())))),
        1..3,
    );
    let test = prop_oneof![
        field().prop_map(Expr::Present),
        prop::sample::select(vec!["tcp", "udp", "ip", "eth", "frame"])
            .prop_map(|name| Expr::Present(word(name))),
        (quantifiers.clone(), field(), prop::sample::select(relations), side).prop_map(
            |(quantifier, left, relation, right)| Expr::Compare { quantifier, left, relation, right }
        ),
        (quantifiers, field(), members).prop_map(|(quantifier, left, members)| Expr::Among {
            quantifier,
            left,
            members
        }),
    ];
    test.prop_recursive(3, 12, 3, |inner| {
        let rows = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            rows.clone().prop_map(Expr::And),
            rows.clone().prop_map(Expr::Or),
            rows.prop_map(Expr::Xor),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

/// An Ethernet frame with IPv4 and TCP or UDP, cut anywhere, some bytes replaced.
fn packets() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec((0..60_usize, any::<u8>()), 0..4);
    (any::<bool>(), prop::sample::select(vec![53_u16, 80, 4711]), 0..12_usize, noise, 14..80_usize).prop_map(
        |(is_tcp, port, payload, noise, len)| {
            let header = if is_tcp { 20 } else { 8 };
            let total = u8::try_from(20 + header + payload).unwrap();
            let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, total, 0, 1, 0, 0, 64];
            bytes.extend([if is_tcp { 6 } else { 17 }, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x13, 0x88]);
            bytes.extend(port.to_be_bytes());
            if is_tcp {
                bytes.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0]);
            } else {
                bytes.extend([0, total - 20, 0, 0]);
            }
            bytes.resize(bytes.len() + payload, b'x');
            for (at, byte) in noise {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            bytes.truncate(len);
            bytes
        },
    )
}

proptest! {
    #[test]
    fn what_is_printed_reads_the_same(expr in exprs(operands().boxed())) {
        let text = expr.to_string();
        let again = parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")).unwrap();
        prop_assert_eq!(&again, &expr, "{}", text);
    }

    #[test]
    fn reading_never_panics(text in "[a-z0-9.:/(){}\\[\\],!=<>&|#\"'\\\\ ~+*%^-]{0,40}|.{0,30}") {
        let _ = Filter::new(&Registry::builtin(), &text).map_err(|error| error.to_string());
    }

    #[test]
    fn shortcuts_and_laziness_change_nothing(expr in simple(), bytes in packets()) {
        let Ok(mut filter) = Filter::new(&Registry::builtin(), &expr.to_string()) else {
            // A number that is out of a field's range.
            return Ok(());
        };
        let mut parts = netdissect_dissectors::Dissection::default();
        let registry = Registry::builtin();
        let frame = frame(&bytes);
        registry.dissect(&frame, &mut parts);
        let packet = Packet { frame, parts: &parts, registry: &registry };
        let mut seen = Seen::default();
        packet.walk(&mut seen);
        prop_assert_eq!(filter.passes(&packet), naive(&expr, &seen), "{}", expr);
    }
}
