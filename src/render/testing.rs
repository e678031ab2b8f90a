//! Packets for the tests of the renderers, and a protocol that emits values of every kind.

use std::fmt;

use netdissect_dissectors::dissector::{Context, Net};
use netdissect_dissectors::link::ethernet::ETHERTYPE;
use netdissect_dissectors::{
    Dissection, Dissector, Fault, Field, Frame, Key, Kind, Layer, LinkType, Next, Packet, Parsed, Protocol,
    Registry, Table, Timestamp, Value, Walk,
};

static TEXT: Field = Field::text("probe.text", "text").key();
static NAME: Field = Field::name("probe.name", "name").key().many();
static KIND: Field = Field::u8("probe.kind", "kind").hex().names(&[(1, "greeting"), (2, "farewell")]);
static BIG: Field = Field::u64("probe.big", "big number").key();
static SMALL: Field = Field::u16("probe.small", "small number").key();
static SIGNED: Field = Field::int("probe.signed", "signed", 8);
static YES: Field = Field::bool("probe.yes", "yes or no").key();
static BITS: Field = Field::u16("probe.bits", "bits").hex();
static BIT_A: Field = Field::bool("probe.bits.a", "first");
static BIT_B: Field = Field::bool("probe.bits.b", "second");
static FLAG: Field = Field::flag("probe.flag", "flag").key();
static BYTES: Field = Field::bytes("probe.bytes", "bytes");
static ADDR: Field = Field::ipv4("probe.addr", "address").many().hidden();
static TIME: Field = Field::time("probe.time", "time");
static SPAN: Field = Field::duration("probe.span", "span").key();
static RATE: Field = Field::new("probe.rate", "rate", Kind::Float(32));
static RECORDS: Field = Field::group("probe.records", "record").key();
static RECORD_NAME: Field = Field::text("probe.record.name", "name").key();
static RECORD_PART: Field = Field::u8("probe.record.part", "part").many();
/// A second field of the same name, as `ip.version` has.
static OTHER_SMALL: Field = Field::u16("probe.small", "small number");
static FIELDS: &[&Field] = &[
    &TEXT,
    &NAME,
    &KIND,
    &BIG,
    &SMALL,
    &SIGNED,
    &YES,
    &FLAG,
    &BYTES,
    &ADDR,
    &TIME,
    &SPAN,
    &RATE,
    &RECORDS,
    &RECORD_NAME,
    &RECORD_PART,
    &OTHER_SMALL,
];
static PROTOCOL: Protocol =
    Protocol { name: "probe", title: "Probe", about: "a protocol for tests", fields: FIELDS, via: None };
/// Local experimental EtherType 1 (IEEE 802).
pub(crate) const ETHERTYPE_PROBE: u16 = 0x88b5;
static KEYS: &[Key] = &[Key { table: &ETHERTYPE, value: ETHERTYPE_PROBE as u32 }];
static CARRIES: &[&Table] = &[&ETHERTYPE];

/// One byte of kind, then text up to the end. Kind 3 carries another frame's payload (a tunnel with addresses),
/// kind 4 quotes one, kind 5 is malformed.
#[derive(Debug)]
pub(crate) struct Probe;

impl Dissector for Probe {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let Some(&kind) = data.first() else { return Err(Fault::Short { need: 1, have: 0 }) };
        let (nth, value) = (0, ETHERTYPE_PROBE.into());
        let net = |last| Net {
            src: [192, 0, 2, last].into(),
            dst: [198, 51, 100, last].into(),
            id: None,
            ttl: 64,
            ecn: 0,
            payload_len: 0,
            piece: false,
        };
        match kind {
            3 => {
                cx.enter(net(3));
                Ok(Parsed::new(2, usize::MAX, Next::Table { nth, value }))
            }
            4 => Ok(Parsed::new(2, usize::MAX, Next::Quoted { nth, value })),
            5 => Err(Fault::Malformed("of kind 5")),
            6 => Err(Fault::Short { need: 100, have: data.len() }),
            _ => {
                cx.enter(net(1));
                cx.ports = Some((1024, 80));
                Ok(Parsed::end(data.len()))
            }
        }
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let kind = walk.u8(&KIND, 0)?;
        if kind == 3 || kind == 4 {
            walk.u8(&SMALL, 1)?;
            return Some(());
        }
        let len = walk.data().len();
        let text = walk.text(&TEXT, 1, len - 1)?;
        walk.emit(&NAME, 1..len, Value::Text(br"a\.b.example"))?;
        walk.uint(&BIG, 0..1, u64::MAX)?;
        walk.uint(&SMALL, 0..1, 7_u16)?;
        walk.emit(&SIGNED, 0..1, Value::Int(-1))?;
        walk.bool(&YES, 0..1, true)?;
        for value in [1_u8, 0] {
            walk.open(&BITS, 0..1, Value::Uint(value.into()))?;
            walk.bool(&BIT_A, 0..1, value == 1)?;
            walk.bool(&BIT_B, 0..1, value == 1)?;
            walk.close();
        }
        walk.flag(&FLAG, 0..0)?;
        walk.bytes(&BYTES, 1, len - 1)?;
        walk.emit(&ADDR, 0..0, Value::Ipv4([192, 0, 2, 1].into()))?;
        walk.emit(&ADDR, 0..0, Value::Ipv4([198, 51, 100, 1].into()))?;
        walk.emit(&NAME, 1..len, Value::Text(text))?;
        walk.emit(&TIME, 0..0, Value::Time(Timestamp::new(0, 5)))?;
        walk.emit(&SPAN, 0..0, Value::Duration(-2_000))?;
        walk.emit(&RATE, 0..0, Value::Float(5.5))?;
        for part in text.chunks(40).take(3) {
            walk.open(&RECORDS, 1..2, Value::None)?;
            walk.emit(&RECORD_NAME, 1..2, Value::Text(part))?;
            walk.uint(&RECORD_PART, 1..2, 1_u8)?;
            walk.uint(&RECORD_PART, 1..2, 2_u8)?;
            walk.close();
        }
        walk.uint(&OTHER_SMALL, 0..1, 8_u16)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let text = layer.data().get(1..).unwrap_or_default();
        write!(out, "{}", String::from_utf8_lossy(text))
    }
}

/// A frame of the test protocol.
pub(crate) fn probe(kind: u8, text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    bytes.extend(ETHERTYPE_PROBE.to_be_bytes());
    bytes.push(kind);
    bytes.extend(text);
    bytes
}

/// All protocols and the one for tests.
pub(crate) fn registry() -> Registry {
    Registry::builtin().with(&Probe)
}

/// Frame number 4 at a fixed time.
pub(crate) fn frame(bytes: &[u8]) -> Frame<'_> {
    Frame {
        number: 4,
        time: Timestamp::new(1_362_692_526, 939_527_000),
        link: LinkType::ETHERNET,
        wire_len: u32::try_from(bytes.len()).unwrap(),
        data: bytes,
        origin: None,
    }
}

/// Takes a frame apart and hands the packet on.
pub(crate) fn with_packet<R>(frame: Frame<'_>, then: impl FnOnce(&Packet<'_>) -> R) -> R {
    let registry = registry();
    let mut parts = Dissection::default();
    let _ = registry.dissect(&frame, &mut parts);
    parts.facts.since_first = 70_183_000;
    parts.facts.since_previous = 149_000;
    then(&Packet { frame, parts: &parts, registry: &registry })
}
