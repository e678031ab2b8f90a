//! What QUIC says in an extension of hellos: its transport parameters (RFC 9000 section 18, and the RFC named at each).

use super::cursor::Cursor;
use super::names;
use crate::application::quic::VERSIONS;
use crate::bytes::{slice, varint_at};
use crate::field::{Field, Value, name_of};

fields! {
    PARAMETER = Field::group("tls.quic.parameter", "parameter"),
    TYPE = Field::u64("tls.quic.parameter.type", "parameter").names(names::PARAMETERS).many(),
    RESERVED_TYPE = Field::u64("tls.quic.parameter.type", "reserved parameter").many(),
    LENGTH = Field::u64("tls.quic.parameter.length", "length").many(),
    VALUE = Field::bytes("tls.quic.parameter.value", "value as sent").many(),
    ORIGINAL_ID = Field::bytes("tls.quic.parameter.original_destination_connection_id", "first ID").many(),
    MAX_IDLE = Field::u64("tls.quic.parameter.max_idle_timeout", "longest silence (ms)").many(),
    RESET_TOKEN = Field::bytes("tls.quic.parameter.stateless_reset_token", "reset token").many(),
    MAX_PAYLOAD = Field::u64("tls.quic.parameter.max_udp_payload_size", "largest datagram (bytes)").many(),
    MAX_DATA = Field::u64("tls.quic.parameter.initial_max_data", "most data (bytes)").many(),
    MAX_BIDI_LOCAL = Field::u64("tls.quic.parameter.initial_max_stream_data_bidi_local", "most bytes, own streams").many(),
    MAX_BIDI_REMOTE = Field::u64("tls.quic.parameter.initial_max_stream_data_bidi_remote", "most bytes, peer's streams").many(),
    MAX_UNI = Field::u64("tls.quic.parameter.initial_max_stream_data_uni", "most bytes, one-way streams").many(),
    STREAMS_BIDI = Field::u64("tls.quic.parameter.initial_max_streams_bidi", "peer may open streams").many(),
    STREAMS_UNI = Field::u64("tls.quic.parameter.initial_max_streams_uni", "peer may open one-way").many(),
    DELAY_EXPONENT = Field::u64("tls.quic.parameter.ack_delay_exponent", "exponent of delays").many(),
    MAX_DELAY = Field::u64("tls.quic.parameter.max_ack_delay", "longest delay (ms)").many(),
    PREFERRED_IPV4 = Field::ipv4("tls.quic.parameter.preferred_address.ipv4address", "IPv4 address").many(),
    PREFERRED_IPV4_PORT = Field::u16("tls.quic.parameter.preferred_address.ipv4port", "IPv4 port").many(),
    PREFERRED_IPV6 = Field::ipv6("tls.quic.parameter.preferred_address.ipv6address", "IPv6 address").many(),
    PREFERRED_IPV6_PORT = Field::u16("tls.quic.parameter.preferred_address.ipv6port", "IPv6 port").many(),
    PREFERRED_ID_LENGTH = Field::u8("tls.quic.parameter.preferred_address.connectionid.length", "ID length").many(),
    PREFERRED_ID = Field::bytes("tls.quic.parameter.preferred_address.connectionid", "ID").many(),
    PREFERRED_TOKEN = Field::bytes("tls.quic.parameter.preferred_address.statelessresettoken", "reset token").many(),
    ID_LIMIT = Field::u64("tls.quic.parameter.active_connection_id_limit", "most IDs").many(),
    SOURCE_ID = Field::bytes("tls.quic.parameter.initial_source_connection_id", "source ID").many(),
    RETRY_ID = Field::bytes("tls.quic.parameter.retry_source_connection_id", "ID of the Retry").many(),
    CHOSEN = Field::u32("tls.quic.parameter.vi.chosen_version", "chosen version").hex().names(VERSIONS).many(),
    OTHER = Field::u32("tls.quic.parameter.vi.other_version", "available version").hex().names(VERSIONS).many(),
    MAX_DATAGRAM = Field::u64("tls.quic.parameter.max_datagram_frame_size", "largest DATAGRAM (bytes)").many(),
    TIME_STAMP = Field::u64("tls.quic.parameter.enable_time_stamp_v2", "time stamps").many(),
    MIN_DELAY = Field::u64("tls.quic.parameter.min_ack_delay", "shortest delay (µs)").many(),
    GOOGLE_RTT = Field::u64("tls.quic.parameter.google.initial_rtt", "round trip time (µs)").many(),
    GOOGLE_OPTIONS = Field::bytes("tls.quic.parameter.google.connection_options", "options").many(),
    GOOGLE_VERSION = Field::u32("tls.quic.parameter.google.quic_version", "version").hex().names(VERSIONS).many(),
}

const PREFERRED_ADDRESS: u64 = 0x0d;
const VERSION_INFORMATION: u64 = 0x11;
const GOOGLE_QUIC_VERSION: u64 = 0x4752;

/// Bytes of a token for a stateless reset (RFC 9000 section 10.3).
const RESET_TOKEN_LEN: usize = 16;

/// Parameters that are one number, in a varint, and those that are bytes.
static NUMBERS: &[(u64, &Field)] = &[
    (0x01, &MAX_IDLE),
    (0x03, &MAX_PAYLOAD),
    (0x04, &MAX_DATA),
    (0x05, &MAX_BIDI_LOCAL),
    (0x06, &MAX_BIDI_REMOTE),
    (0x07, &MAX_UNI),
    (0x08, &STREAMS_BIDI),
    (0x09, &STREAMS_UNI),
    (0x0a, &DELAY_EXPONENT),
    (0x0b, &MAX_DELAY),
    (0x0e, &ID_LIMIT),
    (0x20, &MAX_DATAGRAM),
    (0x3127, &GOOGLE_RTT),
    (0x7158, &TIME_STAMP),
    (0xff02_de1a, &MIN_DELAY),
];
static BYTES: &[(u64, &Field)] = &[
    (0x00, &ORIGINAL_ID),
    (0x02, &RESET_TOKEN),
    (0x0f, &SOURCE_ID),
    (0x10, &RETRY_ID),
    (0x3128, &GOOGLE_OPTIONS),
];

/// All parameters of the extension.
pub(super) fn parameters(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.each(one)
}

/// Whether `data` is a list of parameters to its end: early drafts wrote them otherwise under the same number.
pub(super) fn are_parameters(mut data: &[u8]) -> bool {
    while !data.is_empty() {
        let rest = head(data).and_then(|(_, header, len)| data.get(header.checked_add(len)?..));
        let Some(rest) = rest else { return false };
        data = rest;
    }
    true
}

/// Type of a parameter, bytes before its value, and bytes of its value.
fn head(data: &[u8]) -> Option<(u64, usize, usize)> {
    let (kind, kind_len) = varint_at(data, 0)?;
    let (len, len_len) = varint_at(data, kind_len)?;
    Some((kind, kind_len.saturating_add(len_len), usize::try_from(len).ok()?))
}

fn one(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let (kind, header, len) = head(c.rest())?;
    let at = c.at..c.at.saturating_add(header).saturating_add(len).min(c.end);
    c.walk.open(&PARAMETER, at.clone(), Value::None)?;
    // Numbers of this form mean nothing: they are sent so that receivers learn to ignore what they do not know (RFC 9000
    // section 18.1).
    let is_reserved = kind % 31 == 27 && name_of(names::PARAMETERS, kind).is_none();
    varint(c, if is_reserved { &RESERVED_TYPE } else { &TYPE })?;
    varint(c, &LENGTH)?;
    let bytes = slice(c.rest(), 0, len)?;
    c.walk.emit(&VALUE, c.at..at.end, Value::Bytes(bytes))?;
    c.part(len, |c| value(c, kind));
    c.walk.close();
    Some(())
}

fn value(c: &mut Cursor<'_, '_, '_>, kind: u64) -> Option<()> {
    let field_of =
        |rows: &'static [(u64, &'static Field)]| rows.iter().find(|row| row.0 == kind).map(|row| row.1);
    if let Some(field) = field_of(NUMBERS) {
        return varint(c, field);
    }
    if let Some(field) = field_of(BYTES) {
        let len = c.left();
        return c.bytes(field, len).map(|_| ());
    }
    match kind {
        PREFERRED_ADDRESS => preferred_address(c),
        // RFC 9368 section 3.
        VERSION_INFORMATION => {
            c.u32(&CHOSEN)?;
            c.each(|c| c.u32(&OTHER).map(|_| ()))
        }
        GOOGLE_QUIC_VERSION => c.u32(&GOOGLE_VERSION).map(|_| ()),
        _ => Some(()),
    }
}

/// RFC 9000 section 18.2.
fn preferred_address(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let at = c.take(4)?.start;
    c.walk.ipv4(&PREFERRED_IPV4, at)?;
    c.u16(&PREFERRED_IPV4_PORT)?;
    let at = c.take(16)?.start;
    c.walk.ipv6(&PREFERRED_IPV6, at)?;
    c.u16(&PREFERRED_IPV6_PORT)?;
    c.opaque8(&PREFERRED_ID_LENGTH, &PREFERRED_ID)?;
    c.bytes(&PREFERRED_TOKEN, RESET_TOKEN_LEN).map(|_| ())
}

/// The next number of one to eight bytes.
fn varint(c: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    let (value, len) = varint_at(c.rest(), 0)?;
    let at = c.take(len)?;
    c.walk.uint(field, at, value)
}
