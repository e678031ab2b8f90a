//! Border Gateway Protocol 4 (RFC 4271), its capabilities (RFC 5492), refreshes (RFC 2918, 7313, 5291) and
//! notifications (RFC 4271, 4486, 9003, 8538).

use core::fmt;
use core::net::Ipv4Addr;

use crate::bytes::{chunk, fixed, slice, u8_at, u16_at, u32_at, up_to};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Parsed};
use crate::field::{Field, Protocol, Value, concat, name_of};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

mod attributes;
mod capabilities;
mod communities;
mod names;
mod routes;
#[cfg(test)]
mod tests;

fields! {
    CONTINUATION = Field::flag("bgp.continuation", "rest of a message that began before"),
    MARKER = Field::bytes("bgp.marker", "marker"),
    LENGTH = Field::u16("bgp.length", "length"),
    TYPE = Field::u8("bgp.type", "type").names(names::MESSAGES).key(),
    VERSION = Field::u8("bgp.open.version", "version"),
    MY_AS = Field::u16("bgp.open.myas", "AS").names(names::TRANSITIONAL).key(),
    HOLD_TIME = Field::u16("bgp.open.holdtime", "hold time (s)"),
    IDENTIFIER = Field::ipv4("bgp.open.identifier", "identifier").key(),
    PARAMETERS_LEN = Field::u8("bgp.open.opt.len", "length of parameters"),
    EXTENDED_LEN = Field::u16("nd.bgp.open.opt.extended_len", "extended length of parameters"),
    PARAMETER = Field::group("bgp.open.opt.param", "parameter"),
    PARAMETER_TYPE = Field::u8("bgp.open.opt.param.type", "type").names(names::PARAMETERS).many(),
    PARAMETER_LEN = Field::u16("bgp.open.opt.param.len", "length").many(),
    PARAMETER_AUTH = Field::bytes("bgp.open.opt.param.auth", "authentication data").many(),
    PARAMETER_UNKNOWN = Field::bytes("bgp.open.opt.param.unknown", "value").many(),
    MAJOR = Field::u8("bgp.notify.major_error", "error").names(names::ERRORS).key(),
    MINOR = Field::u8("bgp.notify.minor_error", "detail").names(names::HEADER_ERRORS),
    MINOR_OPEN = Field::u8("bgp.notify.minor_error_open", "detail").names(names::OPEN_ERRORS),
    MINOR_UPDATE = Field::u8("bgp.notify.minor_error_update", "detail").names(names::UPDATE_ERRORS),
    MINOR_EXPIRED = Field::u8("bgp.notify.minor_error_expired", "detail"),
    MINOR_STATE = Field::u8("bgp.notify.minor_error_state", "detail").names(names::STATE_ERRORS),
    MINOR_CEASE = Field::u8("bgp.notify.minor_error_cease", "detail").names(names::CEASES),
    MINOR_CAPABILITY =
        Field::u8("bgp.notify.minor_error_capability", "detail").names(names::CAPABILITY_ERRORS),
    MINOR_UNKNOWN = Field::u8("bgp.notify.minor_error_unknown", "detail"),
    DATA = Field::bytes("bgp.notify.minor_data", "data"),
    COMMUNICATION_LEN = Field::u8("bgp.notify.communication_length", "length"),
    COMMUNICATION = Field::text("bgp.notify.communication", "communication"),
    REFRESH_AFI = Field::u16("bgp.route_refresh.afi", "address family").names(names::FAMILIES),
    REFRESH_SUBTYPE = Field::u8("bgp.route_refresh.subtype", "subtype").names(names::REFRESHES),
    REFRESH_SAFI = Field::u8("bgp.route_refresh.safi", "subsequent address family").names(names::SUBSEQUENT),
    FILTER_WHEN = Field::u8("bgp.route_refresh.orf.flag", "when").names(names::WHENS),
    FILTER_TYPE = Field::u8("bgp.route_refresh.orf.type", "filter type").names(names::FILTERS).many(),
    FILTER_LEN = Field::u8("bgp.route_refresh.orf.length", "length of filters").many(),
    FILTERS = Field::bytes("nd.bgp.route_refresh.orf.entries", "filters").many(),
    WITHDRAWN_LEN = Field::u16("bgp.update.withdrawn_routes.length", "length of withdrawn routes"),
    ATTRIBUTES_LEN = Field::u16("bgp.update.path_attributes.length", "length of attributes"),
}

static ALL_FIELDS: [&Field;
    FIELDS.len()
        + capabilities::FIELDS.len()
        + attributes::FIELDS.len()
        + communities::FIELDS.len()
        + routes::FIELDS.len()] =
    concat(&[FIELDS, capabilities::FIELDS, attributes::FIELDS, communities::FIELDS, routes::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "bgp",
    title: "BGP",
    about: "Border Gateway Protocol 4 (RFC 4271)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, 179)];

/// Bytes of the marker and of the header (RFC 4271 section 4.1).
const MARKER_LEN: usize = 16;
const HEADER: usize = 19;
/// Bytes of a message at most, unless both ends take longer ones (RFC 4271 section 4.1, RFC 8654).
const LONGEST: usize = 4_096;
/// Bytes of an OPEN before its parameters.
const OPEN_HEAD: usize = 29;

const OPEN: u8 = 1;
const UPDATE: u8 = 2;
const NOTIFICATION: u8 = 3;
const ROUTE_REFRESH: u8 = 5;
const CAPABILITY: u8 = 6;
const CEASE: u8 = 6;

/// What stands for an AS whose number has no room (RFC 6793 section 4.2).
const AS_TRANS: u32 = 23_456;

/// In the memo: how wide AS numbers are in paths, as both ends said, and bytes without a header.
const TWO_BYTES: u32 = 1;
const FOUR_BYTES: u32 = 2;
const NO_HEADER: u32 = 4;
/// In the memo: a header whose length is none.
const NO_MESSAGE: u32 = 8;

/// Border Gateway Protocol.
#[derive(Debug)]
pub struct Bgp;

/// The two directions of a session.
#[derive(Debug, Default)]
struct Session {
    client: Side,
    server: Side,
}

impl Memory for Session {
    fn heap(&self) -> usize {
        0
    }
}

/// What is known of one end.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Whether its OPEN says that it knows AS numbers of four bytes (RFC 6793).
    four: Option<bool>,
    /// Its OPEN says that it takes messages of up to 65,535 bytes (RFC 8654).
    long: bool,
    /// Its messages follow each other without a gap: what comes next is a header, whatever its marker.
    in_step: bool,
}

impl Session {
    fn side(&mut self, from_client: bool) -> &mut Side {
        if from_client { &mut self.client } else { &mut self.server }
    }

    /// Whether the other end takes messages of more than 4,096 bytes; `None` if its OPEN was not seen.
    fn takes_long(&mut self, from_client: bool) -> Option<bool> {
        let peer = self.side(!from_client);
        peer.four.map(|_| peer.long)
    }
}

impl Dissector for Bgp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let is_last = cx.stream.is_none_or(|stream| stream.is_last());
        let has_gap = cx.stream.is_some_and(|stream| stream.gap > 0);
        let from_client = cx.from_client;
        let in_step = cx.state::<Session>().is_some_and(|session| {
            let side = session.side(from_client);
            side.in_step &= !has_gap;
            side.in_step
        });
        let has_marker = up_to(data, 0, MARKER_LEN).iter().all(|byte| *byte == 0xff);
        if !has_marker && !in_step {
            // The capture or the stream began in the middle of a message: the next has its marker.
            // Bytes ff at the end may be the beginning of one.
            let whole = data.windows(MARKER_LEN).position(|at| at == [0xff; MARKER_LEN]);
            let skip = whole.or_else(|| data.iter().rposition(|byte| *byte != 0xff)?.checked_add(1));
            return Ok(Parsed::end(skip.unwrap_or(data.len())).memo(NO_HEADER));
        }
        let header = fixed::<HEADER>(data)?;
        let &[.., high, low, kind] = header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < HEADER {
            return Err(Fault::Malformed("shorter than its header (bgp.length)"));
        }
        let takes_long = cx.state::<Session>().and_then(|session| session.takes_long(from_client));
        if length > LONGEST && !takes_long.unwrap_or(has_marker) {
            // No length, so nothing tells where the next message begins.
            cx.flaw(Fault::Malformed("longer than a message may be (bgp.length)"));
            if let Some(session) = cx.state::<Session>() {
                session.side(from_client).in_step = false;
            }
            return Ok(Parsed::end(data.len()).memo(NO_MESSAGE));
        }
        if data.len() < length && !is_last {
            return Err(Fault::Short { need: length, have: data.len() });
        }
        let message = data.get(..length).unwrap_or(data);
        let width = cx.state::<Session>().map_or(0, |session| {
            let side = session.side(from_client);
            side.in_step = true;
            if kind == OPEN {
                side.four = Some(capabilities::has(message, capabilities::FOUR_OCTETS));
                side.long = capabilities::has(message, capabilities::EXTENDED_MESSAGE);
            }
            match (session.client.four, session.server.four) {
                (Some(true), Some(true)) => FOUR_BYTES,
                (Some(_), Some(_)) => TWO_BYTES,
                _ => 0,
            }
        });
        if data.len() < length {
            cx.flaw(Fault::Short { need: length, have: data.len() });
        } else if !has_marker {
            cx.flaw(Fault::Malformed("not sixteen bytes ff (bgp.marker)"));
        }
        Ok(Parsed::end(length).memo(width))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let memo = walk.memo();
        let len = walk.data().len();
        if memo & NO_HEADER != 0 {
            return walk.flag(&CONTINUATION, 0..len);
        }
        let length = usize::from(u16_at(walk.data(), MARKER_LEN)?);
        let mut part = Cursor::new(walk, 0, length);
        part.bytes(&MARKER, MARKER_LEN)?;
        part.u16(&LENGTH)?;
        if memo & NO_MESSAGE != 0 {
            return Some(());
        }
        match part.u8(&TYPE)? {
            OPEN => open(&mut part),
            UPDATE => update(&mut part, memo),
            NOTIFICATION => notification(&mut part),
            ROUTE_REFRESH | 128 => refresh(&mut part),
            CAPABILITY => capabilities::message(&mut part),
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        if layer.slot.memo & NO_HEADER != 0 {
            return out.write_str("Continuation");
        }
        if layer.slot.memo & NO_MESSAGE != 0 {
            return out.write_str("No message");
        }
        let Some(kind) = u8_at(data, HEADER - 1) else { return out.write_str("header cut") };
        match name_of(names::MESSAGES, kind.into()) {
            Some(name) => write!(out, "{name} Message")?,
            None => write!(out, "Unknown Message ({kind})")?,
        }
        match kind {
            OPEN => match (sender_as(data), chunk::<4>(data, 24).map(Ipv4Addr::from)) {
                (Some(number), Some(id)) => write!(out, ", AS {number}, {id}"),
                _ => Ok(()),
            },
            NOTIFICATION => {
                let major = u8_at(data, HEADER).unwrap_or_default();
                let minor = u8_at(data, HEADER + 1).unwrap_or_default();
                match name_of(names::ERRORS, major.into()) {
                    Some(name) => write!(out, ", {name}")?,
                    None => write!(out, ", error {major}")?,
                }
                match name_of(minor_field(major).names, minor.into()) {
                    Some(name) => write!(out, ": {name}"),
                    None => Ok(()),
                }
            }
            UPDATE => routes::summary(data, layer.slot.memo, out),
            _ => Ok(()),
        }
    }
}

fn open(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    part.u8(&VERSION)?;
    part.u16(&MY_AS)?;
    part.u16(&HOLD_TIME)?;
    part.ipv4(&IDENTIFIER)?;
    part.u8(&PARAMETERS_LEN)?;
    let is_extended = is_extended(part.rest());
    if is_extended {
        part.take(1)?;
        part.u16(&EXTENDED_LEN)?;
    }
    let head = if is_extended { 3 } else { 2 };
    while part.left() > 0 {
        let len = parameter_len(part.rest(), is_extended)?;
        part.group(&PARAMETER, Value::None, len.saturating_add(head), |part| {
            let kind = part.u8(&PARAMETER_TYPE)?;
            part.uint(&PARAMETER_LEN, head.saturating_sub(1), u32::try_from(len).ok()?)?;
            match kind {
                1 => part.bytes(&PARAMETER_AUTH, len).map(|_| ()),
                2 => {
                    while part.left() > 0 {
                        capabilities::capability(part)?;
                    }
                    Some(())
                }
                _ => part.bytes(&PARAMETER_UNKNOWN, len).map(|_| ()),
            }
        })?;
    }
    Some(())
}

/// The AS of whoever sends an OPEN: one that two bytes do not hold stands in a capability (RFC 6793 section 4.2).
fn sender_as(data: &[u8]) -> Option<u32> {
    let number = u32::from(u16_at(data, 20)?);
    if number != AS_TRANS {
        return Some(number);
    }
    let length = usize::from(u16_at(data, MARKER_LEN)?);
    let message = data.get(..length).unwrap_or(data);
    let whole = capabilities::find(message, capabilities::FOUR_OCTETS).and_then(|value| u32_at(value, 0));
    whole.or(Some(number))
}

/// Whether parameters have lengths of two bytes (RFC 9072 section 2): the first has the type 255, and the length
/// behind it is that of all.
fn is_extended(parameters: &[u8]) -> bool {
    u8_at(parameters, 0) == Some(255)
        && u16_at(parameters, 1).map(usize::from) == parameters.len().checked_sub(3)
}

fn parameter_len(parameter: &[u8], is_extended: bool) -> Option<usize> {
    if is_extended { u16_at(parameter, 1).map(usize::from) } else { u8_at(parameter, 1).map(usize::from) }
}

fn update(part: &mut Cursor<'_, '_, '_>, memo: u32) -> Option<()> {
    let withdrawn = part.u16(&WITHDRAWN_LEN)?;
    part.part(withdrawn.into(), |part| routes::list(part, routes::Origin::Withdrawn, 1, 1))?;
    let len = usize::from(part.u16(&ATTRIBUTES_LEN)?);
    part.part(len, |part| attributes::list(part, memo))?;
    routes::list(part, routes::Origin::Announced, 1, 1)
}

const fn minor_field(major: u8) -> &'static Field {
    match major {
        1 => &MINOR,
        2 => &MINOR_OPEN,
        3 => &MINOR_UPDATE,
        4 => &MINOR_EXPIRED,
        5 => &MINOR_STATE,
        6 => &MINOR_CEASE,
        7 => &MINOR_CAPABILITY,
        _ => &MINOR_UNKNOWN,
    }
}

fn notification(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let major = part.u8(&MAJOR)?;
    let minor = part.u8(minor_field(major))?;
    let left = part.left();
    if left == 0 {
        return Some(());
    }
    // Administrative shutdown and reset may say why; a length that is not the text's makes it bytes (RFC 9003 section 2).
    let says = part.peek(1).and_then(|len| usize::try_from(len).ok()?.checked_add(1)) == Some(left);
    if major == CEASE && (minor == 2 || minor == 4) && says {
        let len = part.u8(&COMMUNICATION_LEN)?;
        return part.text(&COMMUNICATION, len.into()).map(|_| ());
    }
    part.bytes(&DATA, left).map(|_| ())
}

fn refresh(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    part.u16(&REFRESH_AFI)?;
    part.u8(&REFRESH_SUBTYPE)?;
    part.u8(&REFRESH_SAFI)?;
    if part.left() > 0 {
        part.u8(&FILTER_WHEN)?;
    }
    while part.left() > 0 {
        part.u8(&FILTER_TYPE)?;
        let len = usize::try_from(part.peek(2)?).ok()?;
        part.uint(&FILTER_LEN, 2, part.peek(2)?)?;
        if len > 0 {
            part.bytes(&FILTERS, len)?;
        }
    }
    Some(())
}

/// The parameters of an OPEN, as far as they are there.
fn parameters(message: &[u8]) -> &[u8] {
    slice(message, OPEN_HEAD, message.len().saturating_sub(OPEN_HEAD)).unwrap_or_default()
}
