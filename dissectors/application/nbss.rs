//! NetBIOS sessions over TCP (RFC 1002 section 4.3), and the same framing without NetBIOS, in which SMB travels on port
//! 445: a type of one byte and a length of three.

use core::fmt;

use super::netbios::{Readable, read_name};
use crate::bytes::{u8_at, u24_at, up_to};
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Stream};
use crate::field::{Field, Protocol, name_of};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

fields! {
    TYPE = Field::u8("nbss.type", "type").hex().names(TYPES).key(),
    FLAGS = Field::u8("nbss.flags", "flags").hex(),
    EXTENSION = Field::bool("nbss.flags.e", "17th bit of the length"),
    LENGTH = Field::u24("nbss.length", "length").key(),
    CALLED = Field::text("nbss.called_name", "called name").key(),
    CALLING = Field::text("nbss.calling_name", "calling name").key(),
    ERROR = Field::u8("nbss.error_code", "error").hex().names(ERRORS).key(),
    RETARGET_ADDRESS = Field::ipv4("nbss.retarget_ip_address", "go to"),
    RETARGET_PORT = Field::u16("nbss.retarget_port", "go to port"),
    CONTINUATION = Field::bytes("nbss.continuation_data", "continuation"),
}

static PROTOCOL: Protocol = Protocol {
    name: "nbss",
    title: "NBSS",
    about: "NetBIOS Session Service (RFC 1002)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, 139), Key::new(&TCP_PORT, DIRECT as u32)];

/// The port of SMB without NetBIOS.
const DIRECT: u16 = 445;
const HEADER: usize = 4;
/// Bytes of a message that are waited for; of a longer one only these are shown.
const MAX_WAIT: usize = 65_535;

const MESSAGE: u8 = 0x00;
const REQUEST: u8 = 0x81;
const POSITIVE: u8 = 0x82;
const NEGATIVE: u8 = 0x83;
const RETARGET: u8 = 0x84;
const KEEP_ALIVE: u8 = 0x85;

/// RFC 1002 section 4.3.1.
const TYPES: &[(u64, &str)] = &[
    (MESSAGE as u64, "Session message"),
    (REQUEST as u64, "Session request"),
    (POSITIVE as u64, "Positive session response"),
    (NEGATIVE as u64, "Negative session response"),
    (RETARGET as u64, "Retarget session response"),
    (KEEP_ALIVE as u64, "Session keep-alive"),
];
/// RFC 1002 section 4.3.4.
const ERRORS: &[(u64, &str)] = &[
    (0x80, "not listening on called name"),
    (0x81, "not listening for calling name"),
    (0x82, "called name not present"),
    (0x83, "called name present, but insufficient resources"),
    (0x8f, "unspecified error"),
];
/// How a message of SMB begins: version 1, version 2, sealed, packed.
const SMB: [&[u8]; 4] = [b"\xffSMB", b"\xfeSMB", b"\xfdSMB", b"\xfcSMB"];

/// What a layer is, as its memo has it.
const IS_DIRECT: u32 = 1;
const IS_CONTINUATION: u32 = 2;

/// NetBIOS sessions.
#[derive(Debug)]
pub struct Nbss;

/// How much of a long message is still to come, by side.
#[derive(Debug, Default)]
struct Rest([u64; 2]);

impl Memory for Rest {
    fn heap(&self) -> usize {
        0
    }
}

impl Dissector for Nbss {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let have = data.len();
        let passed = pass_over(have, cx);
        if passed > 0 {
            return Ok(Parsed::end(passed).bare());
        }
        let is_direct = cx.ports.is_some_and(|(src, dst)| src == DIRECT || dst == DIRECT);
        let memo = if is_direct { IS_DIRECT } else { 0 };
        let is_last = cx.stream.is_none_or(Stream::is_last);
        let wait = |need: usize| {
            if is_last || have >= need { Ok(()) } else { Err(Fault::Short { need, have }) }
        };
        wait(HEADER)?;
        let begins = match length(data, is_direct) {
            None => false,
            // The first bytes of what is carried tell whether it is one.
            Some(len) if is_direct && len > 0 => {
                wait(HEADER.saturating_add(HEADER))?;
                SMB.contains(&up_to(data, HEADER, HEADER)) || have < HEADER.saturating_add(HEADER)
            }
            Some(_) => true,
        };
        let Some(len) = length(data, is_direct).filter(|_| begins) else {
            // The capture began inside a message, or this is something else.
            return Ok(Parsed::end(have).memo(memo | IS_CONTINUATION));
        };
        let total = HEADER.saturating_add(len);
        let shown = total.min(MAX_WAIT);
        wait(shown)?;
        if have < shown {
            cx.flaw(Fault::Short { need: total, have });
        } else if let Some(rest) = rest(cx) {
            *rest = total.saturating_sub(shown) as u64;
        }
        let next = if u8_at(data, 0) == Some(MESSAGE) && len > 0 { Next::Data } else { Next::End };
        let header = if next == Next::Data { HEADER } else { shown };
        Ok(Parsed::new(header, shown, next).memo(memo))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let memo = walk.memo();
        if memo & IS_CONTINUATION != 0 {
            let len = walk.data().len();
            return walk.bytes(&CONTINUATION, 0, len).map(|_| ());
        }
        let kind = walk.u8(&TYPE, 0)?;
        if memo & IS_DIRECT != 0 {
            return walk.u24(&LENGTH, 1).map(|_| ());
        }
        let flags = u8_at(walk.data(), 1)?;
        walk.uint(&FLAGS, 1..2, flags)?;
        walk.bool(&EXTENSION, 1..2, flags & 1 != 0)?;
        walk.uint(&LENGTH, 1..HEADER, u24_at(walk.data(), 1)? & 0x1_ffff)?;
        match kind {
            REQUEST => {
                let called = named(walk, &CALLED, HEADER)?;
                named(walk, &CALLING, called).map(|_| ())
            }
            NEGATIVE => walk.u8(&ERROR, HEADER).map(|_| ()),
            RETARGET => {
                walk.ipv4(&RETARGET_ADDRESS, HEADER)?;
                walk.u16(&RETARGET_PORT, HEADER.saturating_add(4)).map(|_| ())
            }
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        if layer.slot.memo & IS_CONTINUATION != 0 {
            return write!(out, "Continuation, {} bytes", data.len());
        }
        let Some(kind) = u8_at(data, 0) else { return out.write_str("header cut") };
        out.write_str(name_of(TYPES, kind.into()).unwrap_or_default())?;
        match kind {
            MESSAGE => {
                let len = length(data, layer.slot.memo & IS_DIRECT != 0).unwrap_or_default();
                write!(out, ", {len} bytes")
            }
            REQUEST => {
                let Some(called) = read_name(data, HEADER) else { return Ok(()) };
                let end = called.end;
                write!(out, ", to {}", Readable(called))?;
                read_name(data, end).map_or(Ok(()), |calling| write!(out, " from {}", Readable(calling)))
            }
            NEGATIVE => {
                let error = u8_at(data, HEADER).unwrap_or_default();
                name_of(ERRORS, error.into()).map_or(Ok(()), |error| write!(out, ", {error}"))
            }
            _ => Ok(()),
        }
    }
}

/// Length of what follows the header at the front of `data`, if that can be one: of the types that there are, with no
/// flag but the length's 17th bit; on the port of SMB only messages and keep-alives, with lengths of 24 bits.
fn length(data: &[u8], is_direct: bool) -> Option<usize> {
    let kind = u8_at(data, 0)?;
    let word = u24_at(data, 1)?;
    let len = usize::try_from(word).ok()?;
    let fits = match kind {
        MESSAGE => true,
        KEEP_ALIVE => word == 0,
        _ if is_direct => false,
        POSITIVE => word == 0,
        NEGATIVE => word == 1,
        RETARGET => word == 6,
        REQUEST => true,
        _ => false,
    };
    (fits && (is_direct || word <= 0x1_ffff)).then_some(len)
}

fn rest<'a>(cx: &'a mut Context<'_>) -> Option<&'a mut u64> {
    let side = usize::from(cx.from_client);
    cx.state::<Rest>()?.0.get_mut(side)
}

/// How many of `have` bytes belong to a message that was too long to wait for.
fn pass_over(have: usize, cx: &mut Context<'_>) -> usize {
    let gap = cx.stream.map_or(0, |stream| stream.gap);
    let Some(rest) = rest(cx) else { return 0 };
    *rest = rest.saturating_sub(gap);
    let passed = usize::try_from(*rest).map_or(have, |left| left.min(have));
    *rest = rest.saturating_sub(passed as u64);
    passed
}

fn named(walk: &mut Walk<'_, '_>, field: &'static Field, at: usize) -> Option<usize> {
    let name = read_name(walk.data(), at)?;
    let end = name.end;
    walk.format(field, at..end, format_args!("{}", Readable(name)))?;
    Some(end)
}

#[cfg(test)]
mod tests {
    use crate::dissector::{Fault, Follows, Stream};
    use crate::testing::{Talk, bytes};

    /// From STATION to SERVER.
    const REQUEST: &str = "81000044 \
        20 4644 4546 4643 4647 4546 4643 43414341434143414341 43414341434143414341 00 \
        20 4644 4645 4542 4645 454a 4550 454f 4341434143414341 4341434143414341 4141 00";

    #[test]
    fn a_session_is_asked_for_and_refused() {
        let mut talk = Talk::new("nbss");
        let request = bytes(REQUEST);
        let (len, seen) = talk.message(0, &request, false).unwrap();
        assert_eq!(len, request.len());
        assert_eq!(seen.info, "Session request, to SERVER<20> from STATION<00>");
        seen.expect(&[("nbss.type", "0x81"), ("nbss.length", "68"), ("nbss.flags.e", "0")]);
        let (_, seen) = talk.message(1, &bytes("83000001 82"), false).unwrap();
        assert_eq!(seen.info, "Negative session response, called name not present");
        seen.expect(&[("nbss.error_code", "0x82")]);
        let (_, seen) = talk.message(2, &bytes("84000006 c0000250 008b"), false).unwrap();
        seen.expect(&[("nbss.retarget_ip_address", "192.0.2.80"), ("nbss.retarget_port", "139")]);
        talk.survives(&request);
    }

    #[test]
    fn messages_are_told_from_what_is_none() {
        let mut talk = Talk::new("nbss");
        let message = bytes("00000008 ff534d42 72000000");
        assert_eq!(talk.message(0, &message[..6], false).err(), Some(Fault::Short { need: 12, have: 6 }));
        let (len, seen) = talk.message(0, &message, false).unwrap();
        assert_eq!(
            (len, seen.protocols.as_str(), seen.info.as_str()),
            (12, "nbss:data", "Session message, 8 bytes")
        );
        let (len, seen) = talk.message(1, &bytes("85000000"), false).unwrap();
        assert_eq!((len, seen.info.as_str()), (4, "Session keep-alive"));
        // The middle of a message: no flags but one are known.
        let (len, seen) = talk.message(2, &bytes("009b0002 5043204e"), false).unwrap();
        assert_eq!((len, seen.info.as_str()), (8, "Continuation, 8 bytes"));
        seen.expect(&[("nbss.continuation_data", "009b00025043204e"), ("nbss.type", "")]);
    }

    #[test]
    fn of_a_long_message_the_rest_is_passed_over() {
        let mut talk = Talk::new("nbss");
        let mut message = bytes("0001ffff fe534d42");
        message.resize(4 + 0x1_ffff, 7);
        let more = Stream { follows: Follows::More, gap: 0 };
        let (len, seen) = talk.stream(0, true, &message[..65_535], more).unwrap();
        assert_eq!((len, seen.info.as_str()), (65_535, "Session message, 131071 bytes"));
        let (len, seen) = talk.stream(1, true, &message[65_535..], more).unwrap();
        assert_eq!((len, seen.protocols.as_str()), (message.len() - 65_535, ""));
        let (_, seen) = talk.stream(2, true, &bytes("85000000"), more).unwrap();
        assert_eq!(seen.info, "Session keep-alive");
    }
}
