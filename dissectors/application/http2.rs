//! HTTP/2 (RFC 9113): by prior knowledge, known by the preface of the client, or of the server where that one speaks
//! first, as in TLS; and after an upgrade of HTTP/1.1 (RFC 7540 section 3.2). Header fields are decompressed (RFC 7541)
//! and shown in the frame that ends their block, a body is handed on in the frame that ends it.
//!
//! After a gap the frames are found again by their looks; what a header table had before is forgotten then, and fields
//! that refer to it are shown by their indices alone.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::http::{STATUS_NAMES, UPGRADE, UPGRADE_H2C};
use super::media;
use crate::bytes::{u8_at, u16_at, u32_at, up_to};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table, Verdict};
use crate::facts::Link;
use crate::field::{Field, Kind, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

mod bodies;
mod connection;
mod frame;
mod hpack;
mod huffman;
mod names;

use connection::Connection;
use frame::Head;
use hpack::{Entries, Form, Representation, Representations};
use names::{ERRORS, SETTINGS, TYPES};

fields! {
    PREFACE = Field::text("http2.magic", "preface").ascii(),
    LENGTH = Field::u24("http2.length", "length").key(),
    TYPE = Field::u8("http2.type", "type").names(TYPES).key(),
    FLAGS = Field::u8("http2.flags", "flags").hex(),
    END_STREAM = Field::bool("http2.flags.end_stream", "end of the stream"),
    END_HEADERS = Field::bool("http2.flags.eh", "end of the headers"),
    PADDED = Field::bool("http2.flags.padded", "padded"),
    WITH_PRIORITY = Field::bool("http2.flags.priority", "with a priority"),
    SETTINGS_ACK = Field::bool("http2.flags.ack.settings", "acknowledgment"),
    PING_ACK = Field::bool("http2.flags.ack.ping", "acknowledgment"),
    UNUSED = Field::u8("http2.flags.unused", "unused").hex(),
    UNUSED_DATA = Field::u8("http2.flags.unused_data", "unused").hex(),
    UNUSED_HEADERS = Field::u8("http2.flags.unused_headers", "unused").hex(),
    UNUSED_SETTINGS = Field::u8("http2.flags.unused_settings", "unused").hex(),
    UNUSED_PUSH_PROMISE = Field::u8("http2.flags.unused_push_promise", "unused").hex(),
    UNUSED_PING = Field::u8("http2.flags.unused_ping", "unused").hex(),
    UNUSED_CONTINUATION = Field::u8("http2.flags.unused_continuation", "unused").hex(),
    RESERVED = Field::u32("http2.r", "reserved").hex(),
    STREAM = Field::u32("http2.streamid", "stream").key(),
    PAD_LENGTH = Field::u16("http2.pad_length", "length of the padding"),
    EXCLUSIVE = Field::bool("http2.exclusive", "exclusive"),
    DEPENDENCY = Field::u32("http2.stream_dependency", "depends on stream"),
    WEIGHT = Field::u8("http2.headers.weight", "weight as sent"),
    WEIGHT_REAL = Field::u16("http2.headers.weight_real", "weight"),
    DATA = Field::bytes("http2.data.data", "data"),
    DATA_PADDING = Field::bytes("http2.data.padding", "padding"),
    BODY_FRAGMENT = Field::frame("http2.body.fragment", "piece in frame").many(),
    BODY_COUNT = Field::u32("http2.body.fragment.count", "pieces"),
    BODY_LENGTH = Field::u32("http2.body.reassembled.length", "length of the body"),
    BODY = Field::bytes("http2.body.reassembled.data", "body"),
    NOTE = Field::text("nd.http2.note", "note"),
    HEADER_BLOCK = Field::bytes("http2.headers", "header block"),
    HEADERS_PADDING = Field::bytes("http2.headers.padding", "padding"),
    LIST_LENGTH = Field::u32("http2.header.length", "length of the header list"),
    LIST_COUNT = Field::u32("http2.header.count", "header fields"),
    HEADER = Field::group("http2.header", "header field"),
    NAME_LENGTH = Field::u32("http2.header.name.length", "length of the name"),
    NAME = Field::text("http2.header.name", "name").ascii(),
    VALUE_LENGTH = Field::u32("http2.header.value.length", "length of the value"),
    VALUE = Field::text("http2.header.value", "value").ascii(),
    UNESCAPED = Field::text("http2.header.unescaped", "value without percent codes"),
    REPRESENTATION = Field::text("http2.header.repr", "representation").ascii(),
    INDEX = Field::u32("http2.header.index", "index"),
    TABLE_UPDATE = Field::group("http2.header_table_size_update", "header table resized"),
    TABLE_SIZE = Field::u32("http2.header_table_size_update.header_table_size", "size of the header table"),
    FULL_URI = Field::text("http2.request.full_uri", "address").ascii(),
    RST_ERROR = Field::u32("http2.rst_stream.error", "error").names(ERRORS).key(),
    SETTING = Field::group("http2.settings", "setting"),
    SETTING_ID = Field::u16("http2.settings.id", "setting").names(SETTINGS),
    SETTING_TABLE_SIZE = Field::u32("http2.settings.header_table_size", "size of the header table"),
    SETTING_PUSH = Field::u32("http2.settings.enable_push", "push enabled"),
    SETTING_STREAMS = Field::u32("http2.settings.max_concurrent_streams", "most streams at once"),
    SETTING_WINDOW = Field::u32("http2.settings.initial_window_size", "initial window size"),
    SETTING_FRAME_SIZE = Field::u32("http2.settings.max_frame_size", "largest frame"),
    SETTING_LIST_SIZE = Field::u32("http2.settings.max_header_list_size", "largest header list"),
    SETTING_CONNECT = Field::u32("http2.settings.extended_connect", "extended CONNECT"),
    SETTING_UNKNOWN = Field::u32("http2.settings.unknown", "value"),
    PROMISE_RESERVED = Field::u32("http2.push_promise.r", "reserved").hex(),
    PROMISED = Field::u32("http2.push_promise.promised_stream_id", "promised stream").key(),
    PROMISE_BLOCK = Field::bytes("http2.push_promise.header", "header block"),
    PROMISE_PADDING = Field::bytes("http2.push_promise.padding", "padding"),
    PING = Field::bytes("http2.ping", "ping"),
    PONG = Field::bytes("http2.pong", "pong"),
    // Wireshark spells this name so.
    GOAWAY_RESERVED = Field::u32("http2.goway.r", "reserved").hex(),
    LAST_STREAM = Field::u32("http2.goaway.last_stream_id", "last stream"),
    GOAWAY_ERROR = Field::u32("http2.goaway.error", "error").names(ERRORS).key(),
    GOAWAY_DATA = Field::bytes("http2.goaway.addata", "debug data"),
    WINDOW_RESERVED = Field::u32("http2.window_update.r", "reserved").hex(),
    WINDOW_INCREMENT = Field::u32("http2.window_update.window_size_increment", "window grows by"),
    CONTINUATION_BLOCK = Field::text("http2.continuation.header", "header block").ascii().hidden(),
    // The name above is Wireshark's, to whom the block is text that ends at its first NUL.
    CONTINUATION_BYTES = Field::bytes("nd.http2.continuation.header", "header block"),
    ALTSVC_ORIGIN_LENGTH = Field::u16("http2.altsvc.origin.len", "length of the origin"),
    ALTSVC_ORIGIN = Field::text("http2.altsvc.origin", "origin").ascii(),
    ALTSVC_VALUE = Field::text("http2.altsvc.field_value", "alternative services").ascii(),
    ORIGIN_ENTRY = Field::group("http2.origin", "origin"),
    ORIGIN_LENGTH = Field::u16("http2.origin.origin_len", "length of the origin"),
    ORIGIN = Field::text("http2.origin.origin", "origin").ascii(),
    PRIORITIZED = Field::u64("http2.priority_update_stream_id", "prioritized stream"),
    PRIORITY_VALUE = Field::text("http2.priority_update_field_value", "priority").ascii(),
    UNKNOWN = Field::bytes("http2.unknown", "payload"),
    AUTHORITY = Field::text("http2.headers.authority", "authority").key().ascii(),
    METHOD = Field::text("http2.headers.method", "method").key().ascii(),
    PATH = Field::text("http2.headers.path", "path").key().ascii(),
    SCHEME = Field::text("http2.headers.scheme", "scheme").ascii(),
    STATUS = Field::u16("http2.headers.status", "status code").key().names(STATUS_NAMES),
    ACCEPT = Field::text("http2.headers.accept", "accept").ascii(),
    ACCEPT_CHARSET = Field::text("http2.headers.accept_charset", "accept charset").ascii(),
    ACCEPT_ENCODING = Field::text("http2.headers.accept_encoding", "accept encoding").ascii(),
    ACCEPT_LANGUAGE = Field::text("http2.headers.accept_language", "accept language").ascii(),
    ACCEPT_RANGES = Field::text("http2.headers.accept_ranges", "accept ranges").ascii(),
    ALLOW_ORIGIN = Field::text("http2.headers.access_control_allow_origin", "allow origin").ascii(),
    AGE = Field::u64("http2.headers.age", "age"),
    ALLOW = Field::text("http2.headers.allow", "allow").ascii(),
    AUTHORIZATION = Field::text("http2.headers.authorization", "authorization").ascii(),
    CACHE_CONTROL = Field::text("http2.headers.cache_control", "cache control").ascii(),
    CONTENT_DISPOSITION = Field::text("http2.headers.content_disposition", "content disposition").ascii(),
    CONTENT_ENCODING = Field::text("http2.headers.content_encoding", "content encoding").ascii(),
    CONTENT_LANGUAGE = Field::text("http2.headers.content_language", "content language").ascii(),
    CONTENT_LENGTH = Field::u64("http2.headers.content_length", "content length"),
    CONTENT_LOCATION = Field::text("http2.headers.content_location", "content location").ascii(),
    CONTENT_RANGE = Field::text("http2.headers.content_range", "content range").ascii(),
    CONTENT_TYPE = Field::text("http2.headers.content_type", "content type").key().ascii(),
    COOKIE = Field::text("http2.headers.cookie", "cookie").ascii(),
    DATE = Field::text("http2.headers.date", "date").ascii(),
    ETAG = Field::text("http2.headers.etag", "entity tag").ascii(),
    EXPECT = Field::text("http2.headers.expect", "expect").ascii(),
    EXPIRES = Field::text("http2.headers.expires", "expires").ascii(),
    FROM = Field::text("http2.headers.from", "from").ascii(),
    IF_MATCH = Field::text("http2.headers.if_match", "if match").ascii(),
    IF_MODIFIED_SINCE = Field::text("http2.headers.if_modified_since", "if modified since").ascii(),
    IF_NONE_MATCH = Field::text("http2.headers.if_none_match", "if none match").ascii(),
    IF_RANGE = Field::text("http2.headers.if_range", "if range").ascii(),
    IF_UNMODIFIED_SINCE = Field::text("http2.headers.if_unmodified_since", "if unmodified since").ascii(),
    LAST_MODIFIED = Field::text("http2.headers.last_modified", "last modified").ascii(),
    LINK = Field::text("http2.headers.link", "link").ascii(),
    LOCATION = Field::text("http2.headers.location", "location").ascii(),
    MAX_FORWARDS = Field::u64("http2.headers.max_forwards", "most forwards"),
    PROXY_AUTHENTICATE = Field::text("http2.headers.proxy_authenticate", "proxy authenticate").ascii(),
    PROXY_AUTHORIZATION = Field::text("http2.headers.proxy_authorization", "proxy authorization").ascii(),
    RANGE = Field::text("http2.headers.range", "range").ascii(),
    REFERER = Field::text("http2.headers.referer", "referer").ascii(),
    REFRESH = Field::text("http2.headers.refresh", "refresh").ascii(),
    RETRY_AFTER = Field::text("http2.headers.retry_after", "retry after").ascii(),
    SERVER = Field::text("http2.headers.server", "server").ascii(),
    SET_COOKIE = Field::text("http2.headers.set_cookie", "set cookie").ascii(),
    STRICT_TRANSPORT_SECURITY =
        Field::text("http2.headers.strict_transport_security", "strict transport security").ascii(),
    USER_AGENT = Field::text("http2.headers.user_agent", "user agent").ascii(),
    VARY = Field::text("http2.headers.vary", "vary").ascii(),
    VIA = Field::text("http2.headers.via", "via").ascii(),
    WWW_AUTHENTICATE = Field::text("http2.headers.www_authenticate", "www authenticate").ascii(),
}

static PROTOCOL: Protocol = Protocol {
    name: "http2",
    title: "HTTP/2",
    about: "Hypertext Transfer Protocol 2 (RFC 9113, RFC 7541)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UPGRADE, UPGRADE_H2C), Key::heuristic(&TCP_PORT)];
static CARRIES: &[&Table] = &[&media::MEDIA_TYPE];

/// Position in `CARRIES`.
const CARRY_MEDIA: u8 = 0;

/// What a client sends first (RFC 9113 section 3.4).
const MAGIC: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The first line of it, by which a stream is known.
const MAGIC_LINE: usize = 16;
/// Bytes of SETTINGS by which a stream is known. A setting has six, and eight settings have names.
const MAX_PREFACE: usize = 96;
/// Bytes of a path that the list shows.
const MAX_SUMMARY: usize = 1_024;

/// The bits of the flags, by type (RFC 9113 section 6).
static DATA_FLAGS: &[(&Field, u64)] = &[(&END_STREAM, 0x01), (&PADDED, 0x08), (&UNUSED_DATA, 0xf6)];
static HEADERS_FLAGS: &[(&Field, u64)] = &[
    (&END_STREAM, 0x01),
    (&END_HEADERS, 0x04),
    (&PADDED, 0x08),
    (&WITH_PRIORITY, 0x20),
    (&UNUSED_HEADERS, 0xd2),
];
static SETTINGS_FLAGS: &[(&Field, u64)] = &[(&SETTINGS_ACK, 0x01), (&UNUSED_SETTINGS, 0xfe)];
static PUSH_PROMISE_FLAGS: &[(&Field, u64)] =
    &[(&END_HEADERS, 0x04), (&PADDED, 0x08), (&UNUSED_PUSH_PROMISE, 0xf3)];
static PING_FLAGS: &[(&Field, u64)] = &[(&PING_ACK, 0x01), (&UNUSED_PING, 0xfe)];
static CONTINUATION_FLAGS: &[(&Field, u64)] = &[(&END_HEADERS, 0x04), (&UNUSED_CONTINUATION, 0xfb)];
static NO_FLAGS: &[(&Field, u64)] = &[(&UNUSED, 0xff)];

/// HTTP/2.
#[derive(Debug)]
pub struct Http2;

/// What a layer has to know when its fields are walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Memo {
    flags: u8,
    /// Source of the header list, 0 if it is empty.
    list: u8,
    /// Source of a header block that came in several frames.
    block: u8,
    /// Source of a body that came in several frames.
    body: u8,
}

impl Memo {
    /// The preface of the client.
    const MAGIC: u8 = 1;
    /// A header list ends here.
    const LIST: u8 = 2;
    /// A body ends here.
    const BODY: u8 = 4;
    /// A body ends here that is not there.
    const SPOILT: u8 = 8;

    const fn flagged(flags: u8) -> Self {
        Self { flags, list: 0, block: 0, body: 0 }
    }

    const fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl From<Memo> for u32 {
    fn from(memo: Memo) -> Self {
        Self::from_be_bytes([memo.flags, memo.list, memo.block, memo.body])
    }
}

impl From<u32> for Memo {
    fn from(bits: u32) -> Self {
        let [flags, list, block, body] = bits.to_be_bytes();
        Self { flags, list, block, body }
    }
}

impl Dissector for Http2 {
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
        cx.with_state(|connection: &mut Connection, cx| connection.dissect(data, cx))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        if Memo::from(walk.memo()).has(Memo::MAGIC) {
            return walk.text(&PREFACE, 0, MAGIC.len()).map(|_| ());
        }
        walk.u24(&LENGTH, 0)?;
        walk.u8(&TYPE, 3)?;
        let kind = u8_at(walk.data(), 3)?;
        flags(walk, kind)?;
        id(walk, [&RESERVED, &STREAM], 5)?;
        let head = Head::parse(walk.data())?;
        let start = Head::LEN;
        let end = start.saturating_add(head.len);
        match head.kind {
            Head::DATA => data(walk, head),
            Head::HEADERS => headers(walk, head),
            Head::PRIORITY => priority(walk, start),
            Head::RST_STREAM => walk.u32(&RST_ERROR, start).map(|_| ()),
            Head::SETTINGS => settings(walk, start..end),
            Head::PUSH_PROMISE => push_promise(walk, head),
            Head::PING => {
                let field = if head.has(Head::ACK) { &PONG } else { &PING };
                walk.bytes(field, start, 8).map(|_| ())
            }
            Head::GOAWAY => goaway(walk, start..end),
            Head::WINDOW_UPDATE => id(walk, [&WINDOW_RESERVED, &WINDOW_INCREMENT], start),
            Head::CONTINUATION => {
                let fragment = up_to(walk.data(), start, head.len);
                if walk.wants(&CONTINUATION_BLOCK) {
                    walk.emit(&CONTINUATION_BLOCK, start..end, Value::Text(fragment))?;
                }
                walk.emit(&CONTINUATION_BYTES, start..end, Value::Bytes(fragment))?;
                list(walk, start..end)
            }
            Head::ALTSVC => altsvc(walk, start..end),
            Head::ORIGIN => origins(walk, start..end),
            Head::PRIORITY_UPDATE => priority_update(walk, start..end),
            _ => walk.bytes(&UNKNOWN, start, head.len).map(|_| ()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let memo = Memo::from(layer.slot.memo);
        if memo.has(Memo::MAGIC) {
            return out.write_str("Magic");
        }
        let Some(head) = Head::parse(layer.data()) else { return out.write_str("header cut") };
        match name_of(TYPES, head.kind.into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "Unknown type ({})", head.kind)?,
        }
        write!(out, "[{}]", head.stream)?;
        if memo.list > 0 {
            return message(layer.source(memo.list), out);
        }
        let error = match head.kind {
            Head::RST_STREAM => u32_at(layer.data(), Head::LEN),
            Head::GOAWAY => u32_at(layer.data(), Head::LEN.saturating_add(4)),
            _ => None,
        };
        match error.and_then(|error| name_of(ERRORS, error.into())) {
            Some(name) => write!(out, ": {name}"),
            None => Ok(()),
        }
    }

    fn probe(&self, data: &[u8], _cx: &Context<'_>) -> Verdict {
        let start = up_to(data, 0, MAGIC.len());
        match () {
            () if start.len() >= MAGIC_LINE && MAGIC.starts_with(start) => Verdict::Yes,
            () if is_server_preface(data) => Verdict::Maybe,
            () => Verdict::No,
        }
    }
}

/// Whether `data` begins as a server does, with SETTINGS (RFC 9113 section 3.4). It need not wait for the client's
/// preface, least of all where TLS has told both what is spoken. SETTINGS may be empty, but so few bytes may be anything.
fn is_server_preface(data: &[u8]) -> bool {
    let Some(head) = Head::parse(data) else { return false };
    let first = u16_at(data, Head::LEN).and_then(|id| name_of(SETTINGS, id.into()));
    let is_settings = head.kind == Head::SETTINGS && head.flags == 0 && head.complaint().is_none();
    // A stream of 0 without the reserved bit.
    is_settings && (1..=MAX_PREFACE).contains(&head.len) && u32_at(data, 5) == Some(0) && first.is_some()
}

fn flags(walk: &mut Walk<'_, '_>, kind: u8) -> Option<()> {
    let value = u8_at(walk.data(), 4)?;
    let rows = match kind {
        Head::DATA => DATA_FLAGS,
        Head::HEADERS => HEADERS_FLAGS,
        Head::SETTINGS => SETTINGS_FLAGS,
        Head::PUSH_PROMISE => PUSH_PROMISE_FLAGS,
        Head::PING => PING_FLAGS,
        Head::CONTINUATION => CONTINUATION_FLAGS,
        _ => NO_FLAGS,
    };
    walk.open(&FLAGS, 4..5, Value::Uint(value.into()))?;
    walk.bits(rows, 4..5, value)?;
    walk.close();
    Some(())
}

/// A reserved bit and a number of 31 bits.
fn id(walk: &mut Walk<'_, '_>, fields: [&'static Field; 2], at: usize) -> Option<()> {
    let [reserved, number] = fields;
    let word = u32_at(walk.data(), at)?;
    let place = at..at.saturating_add(4);
    walk.uint(reserved, place.clone(), word >> 31)?;
    walk.uint(number, place, word & 0x7fff_ffff)
}

/// How much padding there is, be it said or not.
fn pad_length(walk: &mut Walk<'_, '_>, head: Head) -> Option<()> {
    let at = Head::LEN;
    if !head.is_padded() {
        return walk.uint(&PAD_LENGTH, 0..0, 0_u8);
    }
    let len = u8_at(walk.data(), at)?;
    walk.uint(&PAD_LENGTH, at..at.saturating_add(1), len)
}

/// The padding between `from` and the end of the frame.
fn padding(walk: &mut Walk<'_, '_>, field: &'static Field, head: Head, from: usize) -> Option<()> {
    let len = Head::LEN.saturating_add(head.len).saturating_sub(from);
    if len == 0 { Some(()) } else { walk.bytes(field, from, len).map(|_| ()) }
}

/// RFC 9113 section 6.1.
fn data(walk: &mut Walk<'_, '_>, head: Head) -> Option<()> {
    pad_length(walk, head)?;
    let content = head.content(walk.data())?;
    let piece = up_to(walk.data(), content.start, content.len());
    walk.emit(&DATA, content.clone(), Value::Bytes(piece))?;
    let memo = Memo::from(walk.memo());
    if memo.has(Memo::BODY) {
        let mut count = 0_u32;
        for link in walk.links() {
            if let Link::Piece(frame) = link {
                walk.uint(&BODY_FRAGMENT, 0..0, frame)?;
                count = count.saturating_add(1);
            }
        }
        walk.uint(&BODY_COUNT, 0..0, count)?;
        let (body, place) = match memo.body {
            0 => (piece, content.clone()),
            source => (walk.layer().source(source), 0..0),
        };
        walk.uint(&BODY_LENGTH, 0..0, u32::try_from(body.len()).ok()?)?;
        walk.emit(&BODY, place, Value::Bytes(body))?;
    } else if memo.has(Memo::SPOILT) {
        walk.emit(&NOTE, 0..0, Value::Text(b"parts of the body are missing, or there is more than is held"))?;
    }
    padding(walk, &DATA_PADDING, head, content.end)
}

/// RFC 9113 section 6.2.
fn headers(walk: &mut Walk<'_, '_>, head: Head) -> Option<()> {
    pad_length(walk, head)?;
    let content = head.content(walk.data())?;
    if head.has_priority() {
        priority(walk, content.start.checked_sub(5)?)?;
    }
    let fragment = up_to(walk.data(), content.start, content.len());
    walk.emit(&HEADER_BLOCK, content.clone(), Value::Bytes(fragment))?;
    list(walk, content.clone())?;
    padding(walk, &HEADERS_PADDING, head, content.end)
}

/// RFC 9113 section 6.3, RFC 7540 section 5.3.2.
fn priority(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let word = u32_at(walk.data(), at)?;
    let weight_at = at.saturating_add(4);
    walk.bool(&EXCLUSIVE, at..weight_at, word >> 31 != 0)?;
    walk.uint(&DEPENDENCY, at..weight_at, word & 0x7fff_ffff)?;
    let weight = walk.u8(&WEIGHT, weight_at)?;
    walk.uint(&WEIGHT_REAL, weight_at..weight_at.saturating_add(1), u16::from(weight).saturating_add(1))
}

/// RFC 9113 section 6.5.1.
fn settings(walk: &mut Walk<'_, '_>, payload: Range<usize>) -> Option<()> {
    let mut at = payload.start;
    while at < payload.end {
        let id = u16_at(walk.data(), at)?;
        let value_at = at.saturating_add(2);
        let next = at.saturating_add(6);
        walk.open(&SETTING, at..next, Value::None)?;
        walk.u16(&SETTING_ID, at)?;
        walk.u32(names::setting(id), value_at)?;
        walk.close();
        at = next;
    }
    Some(())
}

/// The settings of a client that asks for an upgrade: the `payload` of SETTINGS, which a header field of HTTP/1.1 at
/// `place` holds (RFC 7540 section 3.2.1).
pub(super) fn requested_settings(
    walk: &mut Walk<'_, '_>,
    payload: &[u8],
    place: &Range<usize>,
) -> Option<()> {
    for row in payload.chunks_exact(6) {
        let (id, value) = (u16_at(row, 0)?, u32_at(row, 2)?);
        walk.open(&SETTING, place.clone(), Value::None)?;
        walk.uint(&SETTING_ID, place.clone(), id)?;
        walk.uint(names::setting(id), place.clone(), value)?;
        walk.close();
    }
    Some(())
}

/// RFC 9113 section 6.6.
fn push_promise(walk: &mut Walk<'_, '_>, head: Head) -> Option<()> {
    pad_length(walk, head)?;
    let content = head.content(walk.data())?;
    id(walk, [&PROMISE_RESERVED, &PROMISED], content.start.checked_sub(4)?)?;
    let fragment = up_to(walk.data(), content.start, content.len());
    walk.emit(&PROMISE_BLOCK, content.clone(), Value::Bytes(fragment))?;
    list(walk, content.clone())?;
    padding(walk, &PROMISE_PADDING, head, content.end)
}

/// RFC 9113 section 6.8.
fn goaway(walk: &mut Walk<'_, '_>, payload: Range<usize>) -> Option<()> {
    id(walk, [&GOAWAY_RESERVED, &LAST_STREAM], payload.start)?;
    let at = payload.start.saturating_add(4);
    walk.u32(&GOAWAY_ERROR, at)?;
    rest(walk, &GOAWAY_DATA, at.saturating_add(4)..payload.end)
}

/// RFC 7838 section 4.
fn altsvc(walk: &mut Walk<'_, '_>, payload: Range<usize>) -> Option<()> {
    let len = usize::from(walk.u16(&ALTSVC_ORIGIN_LENGTH, payload.start)?);
    let at = payload.start.saturating_add(2);
    walk.text(&ALTSVC_ORIGIN, at, len)?;
    rest(walk, &ALTSVC_VALUE, at.saturating_add(len)..payload.end)
}

/// RFC 8336 section 2.
fn origins(walk: &mut Walk<'_, '_>, payload: Range<usize>) -> Option<()> {
    let mut at = payload.start;
    while at < payload.end {
        let len = usize::from(u16_at(walk.data(), at)?);
        let text_at = at.saturating_add(2);
        let next = text_at.saturating_add(len);
        walk.open(&ORIGIN_ENTRY, at..next, Value::None)?;
        walk.u16(&ORIGIN_LENGTH, at)?;
        walk.text(&ORIGIN, text_at, len)?;
        walk.close();
        at = next;
    }
    Some(())
}

/// RFC 9218 section 7.1.
fn priority_update(walk: &mut Walk<'_, '_>, payload: Range<usize>) -> Option<()> {
    let at = payload.start;
    let stream = u32_at(walk.data(), at)? & 0x7fff_ffff;
    let next = at.saturating_add(4);
    walk.uint(&PRIORITIZED, at..next, stream)?;
    rest(walk, &PRIORITY_VALUE, next..payload.end)
}

/// What is left of a payload, if anything.
fn rest(walk: &mut Walk<'_, '_>, field: &'static Field, at: Range<usize>) -> Option<()> {
    if at.is_empty() {
        return Some(());
    }
    let value = up_to(walk.data(), at.start, at.len());
    let value = if field.kind == Kind::Text { Value::Text(value) } else { Value::Bytes(value) };
    walk.emit(field, at, value)
}

/// The header fields of the block that ends with the bytes at `fragment`.
fn list(walk: &mut Walk<'_, '_>, fragment: Range<usize>) -> Option<()> {
    let memo = Memo::from(walk.memo());
    if !memo.has(Memo::LIST) {
        return Some(());
    }
    let list: &[u8] = match memo.list {
        0 => &[],
        source => walk.layer().source(source),
    };
    // Of a block in several frames only the last piece lies in this one.
    let (block, is_here) = match memo.block {
        0 => (up_to(walk.data(), fragment.start, fragment.len()), true),
        source => (walk.layer().source(source), false),
    };
    walk.uint(&LIST_LENGTH, 0..0, u32::try_from(list.len()).ok()?)?;
    walk.uint(&LIST_COUNT, 0..0, u32::try_from(Representations(block).count()).ok()?)?;
    let mut entries = Entries(list);
    let mut at = fragment.start;
    for representation in Representations(block) {
        let next = at.saturating_add(representation.len);
        let place = if is_here { at..next } else { 0..0 };
        at = next;
        if representation.form == Form::SizeUpdate {
            walk.open(&TABLE_UPDATE, place.clone(), Value::None)?;
            walk.uint(&TABLE_SIZE, place, representation.index)?;
            walk.close();
        } else if let Some(entry) = entries.next() {
            walk.open(&HEADER, place.clone(), Value::None)?;
            header(walk, place, entry, &representation)?;
            walk.close();
        } else {
            break;
        }
    }
    let part = |name: &[u8]| Entries(list).value_of(name);
    match (part(b":scheme"), part(b":authority"), part(b":path")) {
        (Some(scheme), Some(authority), Some(path)) if walk.wants(&FULL_URI) => {
            let address = [scheme, &b"://"[..], authority, path].concat();
            walk.emit(&FULL_URI, 0..0, Value::Text(&address))
        }
        _ => Some(()),
    }
}

/// One header field. What the table did not know has no name, and no value either unless that is given.
fn header(
    walk: &mut Walk<'_, '_>,
    place: Range<usize>,
    (name, value): (&[u8], &[u8]),
    representation: &Representation<'_>,
) -> Option<()> {
    if !name.is_empty() {
        walk.uint(&NAME_LENGTH, place.clone(), u32::try_from(name.len()).ok()?)?;
        walk.emit(&NAME, place.clone(), Value::Text(name))?;
    }
    if !name.is_empty() || representation.form != Form::Indexed {
        walk.uint(&VALUE_LENGTH, place.clone(), u32::try_from(value.len()).ok()?)?;
        walk.emit(&VALUE, place.clone(), Value::Text(value))?;
        named(walk, place.clone(), name, value)?;
        if walk.wants(&UNESCAPED)
            && let Some(plain) = unescape(value)
        {
            walk.emit(&UNESCAPED, place.clone(), Value::Text(&plain))?;
        }
    }
    walk.emit(&REPRESENTATION, place.clone(), Value::Text(representation.title().as_bytes()))?;
    match representation.index {
        0 => Some(()),
        index => walk.uint(&INDEX, place, index),
    }
}

/// The value of a header field that has a filter name.
fn named(walk: &mut Walk<'_, '_>, place: Range<usize>, name: &[u8], value: &[u8]) -> Option<()> {
    let Some(field) = names::header(name) else { return Some(()) };
    let Kind::Uint(bits) = field.kind else { return walk.emit(field, place, Value::Text(value)) };
    let number = core::str::from_utf8(value).ok().and_then(|text| text.trim().parse::<u64>().ok());
    match number.filter(|number| bits >= 64 || *number >> bits == 0) {
        Some(number) => walk.uint(field, place, number),
        None => Some(()),
    }
}

/// Text with `%41` for `A`. `None` where a `%` begins no such code, or one of NUL.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            plain.push(*first);
            continue;
        }
        let [high, low, after @ ..] = tail else { return None };
        let byte = digit(*high)? << 4 | digit(*low)?;
        if byte == 0 {
            return None;
        }
        plain.push(byte);
        rest = after;
    }
    Some(plain)
}

/// What a header list asks or answers, for the list of packets.
fn message(list: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    let part = |name: &[u8]| Entries(list).value_of(name);
    if let Some(method) = part(b":method") {
        out.write_str(": ")?;
        text(method, out)?;
        let Some(target) = part(b":path").or_else(|| part(b":authority")) else { return Ok(()) };
        out.write_str(" ")?;
        return text(target, out);
    }
    let Some(status) = part(b":status") else { return Ok(()) };
    out.write_str(": ")?;
    text(status, out)?;
    let code = core::str::from_utf8(status).ok().and_then(|code| code.parse::<u64>().ok());
    match code.and_then(|code| name_of(STATUS_NAMES, code)) {
        Some(name) => write!(out, " {name}"),
        None => Ok(()),
    }
}

/// Text of any encoding; what is not UTF-8 becomes U+FFFD. Control characters are left to the renderer.
fn text(bytes: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    for chunk in up_to(bytes, 0, MAX_SUMMARY).utf8_chunks() {
        out.write_str(chunk.valid())?;
        if !chunk.invalid().is_empty() {
            out.write_str("\u{fffd}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
