//! MQTT 3.1, 3.1.1 and 5 (OASIS Standards "MQTT Version 3.1.1" and "MQTT Version 5.0"; sections are those of the latter).

use core::fmt;
use core::ops::Range;

use crate::bytes::{u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Follows, Key, Memory, Parsed, Stream};
use crate::field::{Field, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

mod names;

use names::{
    DISCONNECT_REASONS, GRANTS, PROPERTIES, QUALITIES, REASONS, RETAINS, RETURNS, SUBACK_REASONS, TYPES,
    VERSIONS,
};

fields! {
    HEADER_FLAGS = Field::u8("mqtt.hdrflags", "header").hex(),
    TYPE = Field::u8("mqtt.msgtype", "message").names(TYPES).key(),
    RESERVED = Field::u8("mqtt.hdr_reserved", "reserved"),
    DUPLICATE = Field::bool("mqtt.dupflag", "duplicate"),
    QOS = Field::u8("mqtt.qos", "quality of service").names(QUALITIES).key(),
    RETAIN = Field::bool("mqtt.retain", "retain"),
    RETAIN_RESERVED = Field::u8("mqtt.retain_reserved", "reserved"),
    LENGTH = Field::u64("mqtt.len", "length"),
    PROTOCOL_LENGTH = Field::u16("mqtt.proto_len", "length"),
    PROTOCOL_NAME = Field::text("mqtt.protoname", "protocol"),
    VERSION = Field::u8("mqtt.ver", "version").names(VERSIONS).key(),
    CONNECT_FLAGS = Field::u8("mqtt.conflags", "flags").hex(),
    HAS_USER = Field::bool("mqtt.conflag.uname", "user name"),
    HAS_PASSWORD = Field::bool("mqtt.conflag.passwd", "password"),
    WILL_RETAIN = Field::bool("mqtt.conflag.retain", "retain the will"),
    WILL_QOS = Field::u8("mqtt.conflag.qos", "quality of the will").names(QUALITIES),
    HAS_WILL = Field::bool("mqtt.conflag.willflag", "will"),
    CLEAN = Field::bool("mqtt.conflag.cleansess", "clean start"),
    CONNECT_RESERVED = Field::bool("mqtt.conflag.reserved", "reserved"),
    KEEP_ALIVE = Field::u16("mqtt.kalive", "keep alive in s"),
    PROPERTIES_LENGTH = Field::u64("mqtt.property_len", "properties' length").many(),
    PROPERTY = Field::u8("mqtt.property_id", "property").hex().names(PROPERTIES).many(),
    NUMBER = Field::u32("mqtt.prop_number", "value").many(),
    STRING_LENGTH = Field::u32("mqtt.prop_string_len", "length").many(),
    STRING = Field::text("mqtt.prop_string", "value").many(),
    KEY_LENGTH = Field::u32("mqtt.prop_key_len", "length").many(),
    KEY = Field::text("mqtt.prop_key", "key").many(),
    VALUE_LENGTH = Field::u32("mqtt.prop_value_len", "length").many(),
    VALUE = Field::text("mqtt.prop_value", "value").many(),
    CONTENT_TYPE = Field::text("mqtt.property.content_type", "content type").many(),
    MAX_QOS = Field::u8("mqtt.property.max_qos", "highest quality").names(QUALITIES),
    TOPIC_ALIAS = Field::u16("mqtt.property.topic_alias", "topic alias"),
    CLIENT_LENGTH = Field::u16("mqtt.clientid_len", "length"),
    CLIENT = Field::text("mqtt.clientid", "client").key(),
    WILL_TOPIC_LENGTH = Field::u16("mqtt.willtopic_len", "length"),
    WILL_TOPIC = Field::text("mqtt.willtopic", "topic of the will"),
    WILL_LENGTH = Field::u16("mqtt.willmsg_len", "length"),
    WILL = Field::bytes("mqtt.willmsg", "will"),
    USER_LENGTH = Field::u16("mqtt.username_len", "length"),
    USER = Field::text("mqtt.username", "user").key(),
    PASSWORD_LENGTH = Field::u16("mqtt.passwd_len", "length"),
    PASSWORD = Field::text("mqtt.passwd", "password"),
    ACK_FLAGS = Field::u8("mqtt.conack.flags", "flags").hex(),
    ACK_RESERVED = Field::bool("mqtt.conack.flags.reserved", "reserved"),
    SESSION_PRESENT = Field::bool("mqtt.conack.flags.sp", "session present"),
    RETURN_CODE = Field::u8("mqtt.conack.val", "return code").names(RETURNS).key(),
    MESSAGE_ID = Field::u16("mqtt.msgid", "packet id"),
    TOPIC_LENGTH = Field::u16("mqtt.topic_len", "length").many(),
    TOPIC = Field::text("mqtt.topic", "topic").many().key(),
    MESSAGE = Field::bytes("mqtt.msg", "payload"),
    REQUESTED_QOS = Field::u8("mqtt.sub.qos", "requested quality").names(QUALITIES).many(),
    OPTIONS = Field::u8("mqtt.subscription_options", "options").hex().many(),
    OPTIONS_RESERVED = Field::u8("mqtt.subscription_options_reserved", "reserved").hex().many(),
    OPTIONS_RETAIN = Field::u8("mqtt.subscription_options_retain", "retain handling").names(RETAINS).many(),
    OPTIONS_RAP = Field::bool("mqtt.subscription_options_rap", "retain as published").many(),
    OPTIONS_NL = Field::bool("mqtt.subscription_options_nl", "no local").many(),
    OPTIONS_QOS = Field::u8("mqtt.subscription_options_qos", "highest quality").names(QUALITIES).many(),
    GRANTED_QOS = Field::u8("mqtt.suback.qos", "granted quality").names(GRANTS).many(),
    CONNACK_REASON = Field::u8("mqtt.connack.reason_code", "reason").names(REASONS).key(),
    PUBACK_REASON = Field::u8("mqtt.puback.reason_code", "reason").names(REASONS),
    PUBREC_REASON = Field::u8("mqtt.pubrec.reason_code", "reason").names(REASONS),
    PUBREL_REASON = Field::u8("mqtt.pubrel.reason_code", "reason").names(REASONS),
    PUBCOMP_REASON = Field::u8("mqtt.pubcomp.reason_code", "reason").names(REASONS),
    SUBACK_REASON = Field::u8("mqtt.suback.reason_code", "reason").names(SUBACK_REASONS).many(),
    UNSUBACK_REASON = Field::u8("mqtt.unsuback.reason_code", "reason").names(REASONS).many(),
    DISCONNECT_REASON = Field::u8("mqtt.disconnect.reason_code", "reason").names(DISCONNECT_REASONS).key(),
    AUTH_REASON = Field::u8("mqtt.auth.reason_code", "reason").names(REASONS),
}

static PROTOCOL: Protocol = Protocol {
    name: "mqtt",
    title: "MQTT",
    about: "MQTT 3.1, 3.1.1 and 5 (OASIS Standard)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, 1883)];

const CONNECT: u8 = 1;
const CONNACK: u8 = 2;
const PUBLISH: u8 = 3;
const PUBREL: u8 = 6;
const SUBSCRIBE: u8 = 8;
const SUBACK: u8 = 9;
const UNSUBSCRIBE: u8 = 10;
const UNSUBACK: u8 = 11;
const DISCONNECT: u8 = 14;
const AUTH: u8 = 15;

const V31: u32 = 3;
const V311: u32 = 4;
const V5: u32 = 5;
/// Bytes of a message that are waited for; of a longer one only this much is taken apart.
const MAX_MESSAGE: usize = 65_535;
/// Bytes of a length of variable size (section 1.5.5).
const MAX_LENGTH_BYTES: usize = 4;

/// MQTT.
#[derive(Debug)]
pub struct Mqtt;

/// What a connection remembers: the version that its client asked for, and how much of a long message is to come.
#[derive(Debug, Default)]
struct Session {
    version: u32,
    rest: [usize; 2],
}

impl Memory for Session {
    fn heap(&self) -> usize {
        0
    }
}

impl Dissector for Mqtt {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let side = usize::from(cx.from_client);
        let apart = cx.stream.is_some_and(|stream| stream.follows == Follows::Apart);
        let gap = cx.stream.is_some_and(|stream| stream.gap > 0);
        if let Some(rest) = cx.state::<Session>().and_then(|session| session.rest.get_mut(side)) {
            if gap || apart {
                *rest = 0;
            }
            if *rest > 0 {
                let taken = (*rest).min(data.len());
                *rest = rest.saturating_sub(taken);
                return Ok(Parsed::end(taken).bare());
            }
        }
        let (at, len) = length(data, 1)?;
        let whole = at.saturating_add(len);
        let need = whole.min(MAX_MESSAGE);
        let short = Fault::Short { need, have: data.len() };
        if data.len() < need && !cx.stream.is_some_and(Stream::is_last) {
            return Err(short);
        }
        let kind = u8_at(data, 0).unwrap_or_default() >> 4;
        let version = (kind == CONNECT).then(|| connect_version(data, at)).flatten();
        let mut memo = 0;
        if let Some(session) = cx.state::<Session>() {
            session.version = version.unwrap_or(session.version);
            memo = session.version;
            if let Some(rest) = session.rest.get_mut(side) {
                *rest = if apart { 0 } else { whole.saturating_sub(need) };
            }
        }
        if data.len() < need {
            cx.flaw(short);
        } else if kind == 0 {
            cx.flaw(Fault::Malformed("no such message (mqtt.msgtype)"));
        }
        Ok(Parsed::end(need.min(data.len())).memo(memo))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let first = u8_at(walk.data(), 0)?;
        let (kind, flags) = (first >> 4, first & 0x0f);
        walk.open(&HEADER_FLAGS, 0..1, Value::Uint(first.into()))?;
        walk.uint(&TYPE, 0..1, kind)?;
        // In MQTT 3.1 what is acknowledged may be sent again (MQTT 3.1 section 2.1).
        let again = walk.memo() == V31 && matches!(kind, PUBREL | SUBSCRIBE | UNSUBSCRIBE);
        if kind == PUBLISH || again {
            walk.bool(&DUPLICATE, 0..1, flags & 8 != 0)?;
            walk.uint(&QOS, 0..1, flags >> 1 & 3)?;
            if kind == PUBLISH {
                walk.bool(&RETAIN, 0..1, flags & 1 != 0)?;
            } else {
                walk.uint(&RETAIN_RESERVED, 0..1, flags & 1)?;
            }
        } else {
            walk.uint(&RESERVED, 0..1, flags)?;
        }
        walk.close();
        let (at, len) = length(walk.data(), 1).ok()?;
        walk.uint(&LENGTH, 1..at, u64::try_from(len).ok()?)?;
        let body = at..at.saturating_add(len).min(walk.data().len());
        match kind {
            CONNECT => connect(walk, body),
            CONNACK => connack(walk, body),
            PUBLISH => publish(walk, body, flags),
            4..=7 => acknowledge(walk, kind, body),
            SUBSCRIBE | UNSUBSCRIBE => subscribe(walk, kind, body),
            SUBACK | UNSUBACK => granted(walk, kind, body),
            DISCONNECT | AUTH if walk.memo() == V5 && !body.is_empty() => {
                walk.u8(if kind == AUTH { &AUTH_REASON } else { &DISCONNECT_REASON }, body.start)?;
                rest_properties(walk, body.start.saturating_add(1)..body.end)
            }
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(first) = u8_at(data, 0) else { return out.write_str("header cut") };
        let kind = first >> 4;
        out.write_str(name_of(TYPES, kind.into()).unwrap_or_default())?;
        let Ok((at, _)) = length(data, 1) else { return Ok(()) };
        let id = |out: &mut dyn fmt::Write, at: usize| match u16_at(data, at) {
            Some(id) => write!(out, " (id={id})"),
            None => Ok(()),
        };
        match kind {
            PUBLISH => {
                let Some(topic) = string(data, at) else { return Ok(()) };
                if first & 6 != 0 {
                    id(out, topic.end)?;
                }
                write!(out, " [{}]", Lossy(data.get(topic).unwrap_or_default()))
            }
            CONNECT => {
                let version = connect_version(data, at).and_then(|version| name_of(VERSIONS, version.into()));
                version.map_or(Ok(()), |version| write!(out, " {version}"))
            }
            4..=7 | SUBACK | UNSUBACK => id(out, at),
            SUBSCRIBE | UNSUBSCRIBE => {
                id(out, at)?;
                let mut next = at.saturating_add(2);
                if layer.slot.memo == V5 {
                    next = length(data, next).map_or(data.len(), |(at, len)| at.saturating_add(len));
                }
                // Behind each topic that is subscribed to there is a byte of options.
                let options = usize::from(kind == SUBSCRIBE);
                while let Some(topic) = string(data, next) {
                    next = topic.end.saturating_add(options);
                    write!(out, " [{}]", Lossy(data.get(topic).unwrap_or_default()))?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Text that may be of any encoding.
struct Lossy<'a>(&'a [u8]);

impl fmt::Display for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

/// The number of variable size at `at` (section 1.5.5), and the position after it.
fn length(data: &[u8], at: usize) -> Result<(usize, usize), Fault> {
    let (mut number, mut scale) = (0_usize, 1_usize);
    for nth in 0..MAX_LENGTH_BYTES {
        let here = at.saturating_add(nth);
        let next = here.saturating_add(1);
        let byte = u8_at(data, here).ok_or(Fault::Short { need: next, have: data.len() })?;
        number = number.saturating_add(usize::from(byte & 0x7f).saturating_mul(scale));
        scale = scale.saturating_mul(0x80);
        if byte & 0x80 == 0 {
            return Ok((next, number));
        }
    }
    Err(Fault::Malformed("length of more than four bytes (mqtt.len)"))
}

/// Where the text behind the length at `at` lies.
fn string(data: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.saturating_add(2);
    let end = start.saturating_add(u16_at(data, at)?.into());
    (end <= data.len()).then_some(start..end)
}

/// The version that a CONNECT asks for; the upper bit says that a bridge asks.
fn connect_version(data: &[u8], at: usize) -> Option<u32> {
    let name = string(data, at)?;
    u8_at(data, name.end).map(|version| u32::from(version & 0x7f))
}

/// A length of 16 bits and as many bytes of text; returns the position after them.
fn text(walk: &mut Walk<'_, '_>, fields: [&'static Field; 2], at: usize) -> Option<usize> {
    let [length, field] = fields;
    let len = usize::from(walk.u16(length, at)?);
    let start = at.saturating_add(2);
    walk.text(field, start, len)?;
    Some(start.saturating_add(len))
}

/// A CONNECT (section 3.1).
fn connect(walk: &mut Walk<'_, '_>, body: Range<usize>) -> Option<()> {
    let mut at = text(walk, [&PROTOCOL_LENGTH, &PROTOCOL_NAME], body.start)?;
    let version = walk.u8(&VERSION, at)?;
    at = at.saturating_add(1);
    let here = at..at.saturating_add(1);
    let flags = u8_at(walk.data(), at)?;
    walk.open(&CONNECT_FLAGS, here.clone(), Value::Uint(flags.into()))?;
    walk.bool(&HAS_USER, here.clone(), flags & 0x80 != 0)?;
    walk.bool(&HAS_PASSWORD, here.clone(), flags & 0x40 != 0)?;
    walk.bool(&WILL_RETAIN, here.clone(), flags & 0x20 != 0)?;
    walk.uint(&WILL_QOS, here.clone(), flags >> 3 & 3)?;
    walk.bool(&HAS_WILL, here.clone(), flags & 4 != 0)?;
    walk.bool(&CLEAN, here.clone(), flags & 2 != 0)?;
    walk.bool(&CONNECT_RESERVED, here.clone(), flags & 1 != 0)?;
    walk.close();
    walk.u16(&KEEP_ALIVE, here.end)?;
    at = here.end.saturating_add(2);
    let is_5 = u32::from(version) == V5;
    if is_5 {
        at = properties(walk, at, body.end)?;
    }
    at = text(walk, [&CLIENT_LENGTH, &CLIENT], at)?;
    if flags & 4 != 0 {
        if is_5 {
            at = properties(walk, at, body.end)?;
        }
        at = text(walk, [&WILL_TOPIC_LENGTH, &WILL_TOPIC], at)?;
        let len = usize::from(walk.u16(&WILL_LENGTH, at)?);
        at = at.saturating_add(2);
        walk.bytes(&WILL, at, len)?;
        at = at.saturating_add(len);
    }
    if flags & 0x80 != 0 {
        at = text(walk, [&USER_LENGTH, &USER], at)?;
    }
    if flags & 0x40 != 0 {
        text(walk, [&PASSWORD_LENGTH, &PASSWORD], at)?;
    }
    Some(())
}

/// A CONNACK (section 3.2; MQTT 3.1.1 section 3.2).
fn connack(walk: &mut Walk<'_, '_>, body: Range<usize>) -> Option<()> {
    let at = body.start;
    let here = at..at.saturating_add(1);
    let flags = u8_at(walk.data(), at)?;
    if walk.memo() == V31 {
        walk.bool(&ACK_RESERVED, here.clone(), flags != 0)?;
    } else {
        walk.open(&ACK_FLAGS, here.clone(), Value::Uint(flags.into()))?;
        walk.bool(&ACK_RESERVED, here.clone(), flags & 0xfe != 0)?;
        walk.bool(&SESSION_PRESENT, here.clone(), flags & 1 != 0)?;
        walk.close();
    }
    match walk.memo() {
        V5 => {
            walk.u8(&CONNACK_REASON, here.end)?;
            rest_properties(walk, here.end.saturating_add(1)..body.end)
        }
        V31 | V311 => walk.u8(&RETURN_CODE, here.end).map(|_| ()),
        _ => walk.u8(&CONNACK_REASON, here.end).map(|_| ()),
    }
}

/// A PUBLISH (section 3.3).
fn publish(walk: &mut Walk<'_, '_>, body: Range<usize>, flags: u8) -> Option<()> {
    let mut at = text(walk, [&TOPIC_LENGTH, &TOPIC], body.start)?;
    if flags & 6 != 0 {
        walk.u16(&MESSAGE_ID, at)?;
        at = at.saturating_add(2);
    }
    if walk.memo() == V5 {
        at = properties(walk, at, body.end)?;
    }
    if at < body.end {
        walk.bytes(&MESSAGE, at, body.end.saturating_sub(at))?;
    }
    Some(())
}

/// PUBACK, PUBREC, PUBREL, PUBCOMP (sections 3.4 to 3.7).
fn acknowledge(walk: &mut Walk<'_, '_>, kind: u8, body: Range<usize>) -> Option<()> {
    walk.u16(&MESSAGE_ID, body.start)?;
    let at = body.start.saturating_add(2);
    if walk.memo() == V5 && at < body.end {
        let field = match kind {
            4 => &PUBACK_REASON,
            5 => &PUBREC_REASON,
            PUBREL => &PUBREL_REASON,
            _ => &PUBCOMP_REASON,
        };
        walk.u8(field, at)?;
        return rest_properties(walk, at.saturating_add(1)..body.end);
    }
    Some(())
}

/// SUBSCRIBE and UNSUBSCRIBE (sections 3.8 and 3.10).
fn subscribe(walk: &mut Walk<'_, '_>, kind: u8, body: Range<usize>) -> Option<()> {
    walk.u16(&MESSAGE_ID, body.start)?;
    let mut at = body.start.saturating_add(2);
    if walk.memo() == V5 {
        at = properties(walk, at, body.end)?;
    }
    while at < body.end {
        at = text(walk, [&TOPIC_LENGTH, &TOPIC], at)?;
        if kind == UNSUBSCRIBE {
            continue;
        }
        let here = at..at.saturating_add(1);
        let options = u8_at(walk.data(), at)?;
        match walk.memo() {
            V5 => {
                walk.open(&OPTIONS, here.clone(), Value::Uint(options.into()))?;
                walk.uint(&OPTIONS_RESERVED, here.clone(), options >> 6)?;
                walk.uint(&OPTIONS_RETAIN, here.clone(), options >> 4 & 3)?;
                walk.bool(&OPTIONS_RAP, here.clone(), options & 8 != 0)?;
                walk.bool(&OPTIONS_NL, here.clone(), options & 4 != 0)?;
                walk.uint(&OPTIONS_QOS, here.clone(), options & 3)?;
                walk.close();
            }
            _ => walk.uint(&REQUESTED_QOS, here.clone(), options)?,
        }
        at = here.end;
    }
    Some(())
}

/// SUBACK and UNSUBACK (sections 3.9 and 3.11).
fn granted(walk: &mut Walk<'_, '_>, kind: u8, body: Range<usize>) -> Option<()> {
    walk.u16(&MESSAGE_ID, body.start)?;
    let mut at = body.start.saturating_add(2);
    if walk.memo() == V5 {
        at = properties(walk, at, body.end)?;
    }
    let field = match (kind, walk.memo()) {
        (SUBACK, V31 | V311) => &GRANTED_QOS,
        (SUBACK, _) => &SUBACK_REASON,
        (UNSUBACK, V5) => &UNSUBACK_REASON,
        _ => return Some(()),
    };
    (at..body.end).try_for_each(|at| walk.u8(field, at).map(|_| ()))
}

/// Properties that may be left out where they are the last.
fn rest_properties(walk: &mut Walk<'_, '_>, at: Range<usize>) -> Option<()> {
    if at.is_empty() { Some(()) } else { properties(walk, at.start, at.end).map(|_| ()) }
}

/// Properties with their length in front (section 2.2.2); returns the position after them.
fn properties(walk: &mut Walk<'_, '_>, at: usize, limit: usize) -> Option<usize> {
    let (start, len) = length(walk.data(), at).ok()?;
    walk.uint(&PROPERTIES_LENGTH, at..start, u64::try_from(len).ok()?)?;
    let end = start.saturating_add(len);
    if end > limit {
        return None;
    }
    let mut at = start;
    while at < end {
        at = property(walk, at)?;
    }
    Some(end)
}

/// One property, by its number (section 2.2.2.2); returns the position after it.
fn property(walk: &mut Walk<'_, '_>, at: usize) -> Option<usize> {
    let id = walk.u8(&PROPERTY, at)?;
    let at = at.saturating_add(1);
    let data = walk.data();
    let (end, number) = match id {
        0x01 | 0x17 | 0x19 | 0x25 | 0x28..=0x2a => (at.saturating_add(1), u8_at(data, at)?.into()),
        0x13 | 0x21 | 0x22 => (at.saturating_add(2), u16_at(data, at)?.into()),
        0x02 | 0x11 | 0x18 | 0x27 => (at.saturating_add(4), u32_at(data, at)?),
        0x0b => {
            let (end, number) = length(data, at).ok()?;
            (end, u32::try_from(number).ok()?)
        }
        0x23 => {
            walk.u16(&TOPIC_ALIAS, at)?;
            return Some(at.saturating_add(2));
        }
        0x24 => {
            walk.u8(&MAX_QOS, at)?;
            return Some(at.saturating_add(1));
        }
        0x03 => {
            let range = string(data, at)?;
            walk.text(&CONTENT_TYPE, range.start, range.len())?;
            return Some(range.end);
        }
        0x26 => {
            let at = text(walk, [&KEY_LENGTH, &KEY], at)?;
            return text(walk, [&VALUE_LENGTH, &VALUE], at);
        }
        0x08 | 0x09 | 0x12 | 0x15 | 0x16 | 0x1a | 0x1c | 0x1f => {
            return text(walk, [&STRING_LENGTH, &STRING], at);
        }
        // How long an unknown one is nobody knows.
        _ => return None,
    };
    walk.uint(&NUMBER, at..end, number)?;
    Some(end)
}

#[cfg(test)]
mod tests {
    use crate::dissector::{Fault, Follows, Stream};
    use crate::testing::{Talk, bytes};

    const STREAM: Stream = Stream { follows: Follows::More, gap: 0 };

    #[test]
    fn a_session_of_version_311() {
        let mut talk = Talk::new("mqtt");
        let connect = bytes("1014 0004 4d515454 04 c2 003c 0002 6331 0001 75 0001 70");
        let (len, seen) = talk.message(0, &connect, false).unwrap();
        assert_eq!((len, seen.info.as_str()), (22, "Connect Command MQTT v3.1.1"));
        seen.expect(&[
            ("mqtt.len", "20"),
            ("mqtt.protoname", "MQTT"),
            ("mqtt.conflags", "0xc2"),
            ("mqtt.conflag.uname", "1"),
            ("mqtt.conflag.willflag", "0"),
            ("mqtt.kalive", "60"),
            ("mqtt.clientid", "c1"),
            ("mqtt.username", "u"),
            ("mqtt.passwd", "p"),
        ]);
        let (_, seen) = talk.stream(1, false, &bytes("20020100"), STREAM).unwrap();
        seen.expect(&[("mqtt.conack.flags.sp", "1"), ("mqtt.conack.val", "0")]);
        let publish = bytes("3b09 0003 612f62 0007 6869 c000");
        let (len, seen) = talk.message(2, &publish, false).unwrap();
        assert_eq!((len, seen.info.as_str()), (11, "Publish Message (id=7) [a/b]"));
        seen.expect(&[
            ("mqtt.dupflag", "1"),
            ("mqtt.qos", "1"),
            ("mqtt.retain", "1"),
            ("mqtt.topic", "a/b"),
            ("mqtt.msgid", "7"),
            ("mqtt.msg", "6869"),
        ]);
        let cut = talk.message(2, &publish[..5], false).err();
        assert_eq!(cut, Some(Fault::Short { need: 11, have: 5 }));
        let (_, seen) = talk.message(3, &bytes("8208 0001 0003 612f23 01"), false).unwrap();
        assert_eq!(seen.info, "Subscribe Request (id=1) [a/#]");
        seen.expect(&[("mqtt.hdr_reserved", "2"), ("mqtt.sub.qos", "1")]);
        let two = bytes("820e 0008 0003 612f23 01 0003 612f62 00");
        assert_eq!(talk.message(4, &two, false).unwrap().1.info, "Subscribe Request (id=8) [a/#] [a/b]");
        let two = bytes("a20c 0009 0003 612f23 0003 612f62");
        assert_eq!(talk.message(5, &two, false).unwrap().1.info, "Unsubscribe Request (id=9) [a/#] [a/b]");
        talk.survives(&connect);
        talk.survives(&publish);
    }

    #[test]
    fn properties_of_version_5() {
        let mut talk = Talk::new("mqtt");
        let connect = bytes("1017 0004 4d515454 05 02 003c 08 11 00000e10 21 0014 0002 6331");
        let (_, seen) = talk.message(0, &connect, false).unwrap();
        seen.expect(&[
            ("mqtt.property_len", "8"),
            ("mqtt.property_id", "0x11,0x21"),
            ("mqtt.prop_number", "3600,20"),
            ("mqtt.clientid", "c1"),
        ]);
        let publish = bytes("3016 0001 74 10 03 0003 61 2f62 23 0005 26 0001 6b 0001 76 6869");
        let (_, seen) = talk.message(1, &publish, false).unwrap();
        seen.expect(&[
            ("mqtt.property.content_type", "a/b"),
            ("mqtt.property.topic_alias", "5"),
            ("mqtt.prop_key", "k"),
            ("mqtt.prop_value", "v"),
            ("mqtt.msg", "6869"),
        ]);
        let (_, seen) = talk.message(2, &bytes("8209 0001 00 0003 612f62 2e"), false).unwrap();
        seen.expect(&[("mqtt.subscription_options_retain", "2"), ("mqtt.subscription_options_nl", "1")]);
        let (_, seen) = talk.message(3, &bytes("e00104"), false).unwrap();
        seen.expect(&[("mqtt.disconnect.reason_code", "4")]);
        talk.survives(&connect);
        talk.survives(&publish);
    }

    #[test]
    fn a_long_message_is_taken_as_it_comes() {
        let mut talk = Talk::new("mqtt");
        let mut publish = bytes("30 83a006 0001 74");
        publish.resize(65_535, b'x');
        let (len, _) = talk.message(0, &publish, false).unwrap();
        assert_eq!(len, 65_535);
        let (len, seen) = talk.message(1, &[b'x'; 40_000], false).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (36_872, ""));
        assert!(matches!(talk.message(2, &bytes("30ffffffff01"), false), Err(Fault::Malformed(_))));
    }
}
