//! Requests of HTTP with their responses.

use std::collections::HashMap;
use std::ops::Range;

use netdissect_dissectors::facts::{Facts, FlowNumber, Link, TcpFacts};
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::{Layer, Packet};
use netdissect_dissectors::walk::{Budget, Visitor};
use netdissect_dissectors::{Field, Value};

use super::exchange::{Collector, Found, Moment, Waiting, ends, kept, links};
use crate::flow::key::Endpoint;

/// Flows whose responses are timed; of more flows with requests, only the ends of responses are known.
const MAX_FLOWS: usize = 65_536;
/// Bodies beyond this are not held to be read: their length is that of the stream.
const MAX_BODY: u64 = 65_536;

/// A request and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `nd.flow`, where TCP carries it.
    pub flow: Option<FlowNumber>,
    /// Who asked.
    pub client: Endpoint,
    /// Who was asked.
    pub server: Endpoint,
    /// The request; `None` if it is not in the capture.
    pub request: Option<Request>,
    /// The final response, if there is one.
    pub response: Option<Response>,
    /// Interim responses (1xx) before it.
    pub interim: u32,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it was complete.
    pub at: Moment,
    /// `http.request.method`.
    pub method: Vec<u8>,
    /// `http.host`, the first.
    pub host: Vec<u8>,
    /// `http.request.uri`.
    pub uri: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    /// Where it was complete.
    pub at: Moment,
    /// When its first byte passed, as far as that is known.
    pub first_byte: Option<Timestamp>,
    /// `http.response.code`.
    pub code: Option<u16>,
    /// `http.content_type`, the first.
    pub content_type: Vec<u8>,
    /// Bytes of its body, by its own length, its chunks or the stream.
    pub bytes: u64,
}

impl Exchange {
    /// Nanoseconds from the request to the first byte of the response; `None` if that came before the request's end.
    #[must_use]
    pub fn to_first_byte(&self) -> Option<i64> {
        let (request, response) = (self.request.as_ref()?, self.response.as_ref()?);
        response.first_byte?.since(request.at.time).filter(|&nanos| nanos >= 0)
    }

    /// Nanoseconds from the request to the end of the response (`http.time`); `None` if that came before the request's
    /// end.
    #[must_use]
    pub fn time(&self) -> Option<i64> {
        let (request, response) = (self.request.as_ref()?, self.response.as_ref()?);
        response.at.time.since(request.at.time).filter(|&nanos| nanos >= 0)
    }

    /// The first message of it that is there.
    #[must_use]
    pub fn first(&self) -> Option<Moment> {
        let request = self.request.as_ref().map(|request| request.at);
        request.or_else(|| self.response.as_ref().map(|response| response.at))
    }
}

/// The response that is on its way in a flow.
#[derive(Clone, Copy, Debug)]
struct Coming {
    /// Requests come from the client.
    asks: bool,
    /// Requests without a response.
    open: u32,
    /// Time of its first segment, and the sequence number there.
    begun: Option<(Timestamp, u32)>,
}

/// Finds exchanges of HTTP.
#[derive(Debug, Default)]
pub struct Requests {
    waiting: Waiting<Exchange>,
    /// Responses to requests that go on, by their own frames (RFC 9112 section 9.3: a server need not wait for a body).
    early: Waiting<Exchange>,
    /// Interim responses to such requests.
    early_interim: HashMap<FlowNumber, u32>,
    coming: HashMap<FlowNumber, Coming>,
}

impl Collector for Requests {
    type Exchange = Exchange;

    fn note(&mut self, packet: &Packet<'_>, wanted: bool, done: &mut Vec<Found<Exchange>>) {
        self.watch(packet);
        for layer in packet.layers() {
            if layer.protocol().name == "http" && !layer.is_quoted() {
                self.message(&layer, wanted, done);
            }
        }
    }

    fn flow(&mut self, flow: FlowNumber) {
        self.coming.remove(&flow);
        self.early_interim.remove(&flow);
    }

    fn finish(&mut self, done: &mut Vec<Found<Exchange>>) {
        done.extend(self.early.take_all());
        done.extend(self.waiting.take_all());
    }
}

impl Requests {
    /// Notes where responses begin.
    fn watch(&mut self, packet: &Packet<'_>) {
        if self.coming.is_empty() {
            return;
        }
        for (_, tcp) in &packet.parts.facts.tcp {
            if tcp.len > 0
                && let Some(coming) = self.coming.get_mut(&tcp.flow)
                && coming.asks != tcp.from_client
                && coming.begun.is_none()
            {
                coming.begun = Some((packet.frame.time, tcp.seq));
            }
        }
    }

    fn message(&mut self, layer: &Layer<'_>, wanted: bool, done: &mut Vec<Found<Exchange>>) {
        let Some([src, dst]) = ends(layer) else { return };
        let mut message = Message::default();
        layer.walk(&mut message, &mut Budget::default());
        let facts = &layer.packet.parts.facts;
        let tcp = segment(facts, layer);
        let at = Moment::of(&layer.packet);
        let (mut asked, mut number, mut answered) = (None, 0, None);
        for link in links(layer) {
            match link {
                Link::Request { frame, time } => asked = Some(Moment { frame, time }),
                Link::Ordinal(ordinal) => number = ordinal,
                Link::ResponseIn(frame) => answered = Some(frame),
                _ => {}
            }
        }
        let empty = Exchange {
            flow: tcp.map(|tcp| tcp.flow),
            client: src,
            server: dst,
            request: None,
            response: None,
            interim: 0,
        };
        if let Some(method) = message.method {
            let request = Some(Request { at, method, host: message.host, uri: message.uri });
            let interim = tcp.and_then(|tcp| self.early_interim.remove(&tcp.flow)).unwrap_or(0);
            if let Some(mut found) = answered.and_then(|frame| self.early.take((frame, 0))) {
                found.exchange = Exchange { request, interim, ..found.exchange };
                found.wanted |= wanted;
                done.push(found);
                return;
            }
            let exchange = Exchange { request, interim, ..empty };
            done.extend(self.waiting.add((at.frame, number), Found { exchange, wanted }));
            if let Some(tcp) = tcp
                && (self.coming.len() < MAX_FLOWS || self.coming.contains_key(&tcp.flow))
            {
                let fresh = Coming { asks: tcp.from_client, open: 0, begun: None };
                let coming = self.coming.entry(tcp.flow).or_insert(fresh);
                if coming.open == 0 {
                    // What came since the last response, such as a copy of its end, is no response to this.
                    coming.begun = None;
                }
                coming.open = coming.open.saturating_add(1);
            }
            return;
        }
        if !message.is_response {
            return;
        }
        let coming = tcp.and_then(|tcp| self.coming.get_mut(&tcp.flow));
        let interim = message.code.is_some_and(|code| code / 100 == 1 && code != 101);
        let begun = coming.and_then(|coming| {
            coming.open = coming.open.saturating_sub(u32::from(!interim));
            coming.begun.take()
        });
        let key = asked.map(|asked| (asked.frame, number));
        if interim {
            if let Some(open) = key.and_then(|key| self.waiting.get_mut(key)) {
                open.exchange.interim = open.exchange.interim.saturating_add(1);
                open.wanted |= wanted;
            } else if let Some(tcp) = tcp
                && key.is_some()
                && (self.early_interim.len() < MAX_FLOWS || self.early_interim.contains_key(&tcp.flow))
            {
                let count = self.early_interim.entry(tcp.flow).or_default();
                *count = count.saturating_add(1);
            }
            return;
        }
        let spanned = match (begun, tcp) {
            (Some((_, seq)), Some(tcp)) => u64::from(tcp.seq.wrapping_add(tcp.len).wrapping_sub(seq)),
            _ => 0,
        };
        let response = Response {
            at,
            first_byte: begun.map(|begun| begun.0).or(asked.map(|_| at.time)),
            code: message.code,
            content_type: message.content_type,
            bytes: message.length.unwrap_or(if spanned > MAX_BODY { spanned } else { message.bytes }),
        };
        let known = key.and_then(|key| self.waiting.take(key));
        let is_early = key.is_some() && known.is_none();
        let mut found = known
            .unwrap_or(Found { exchange: Exchange { client: dst, server: src, ..empty }, wanted: false });
        let head = found.exchange.request.as_ref().is_some_and(|request| request.method == b"HEAD");
        let response = if head || matches!(message.code, Some(204 | 304)) {
            // Their length is that of a body which is not sent (RFC 9110 section 8.6).
            Response { bytes: 0, ..response }
        } else {
            response
        };
        found.exchange.response = Some(response);
        found.wanted |= wanted;
        if is_early {
            done.extend(self.early.add((at.frame, 0), found));
        } else {
            done.push(found);
        }
    }
}

/// Facts of the segment that carries `layer`.
fn segment<'a>(facts: &'a Facts, layer: &Layer<'_>) -> Option<&'a TcpFacts> {
    facts.tcp.iter().rev().find(|row| usize::from(row.0) < layer.index).map(|row| &row.1)
}

/// What is read of one message.
#[derive(Debug, Default)]
struct Message {
    method: Option<Vec<u8>>,
    uri: Vec<u8>,
    host: Vec<u8>,
    is_response: bool,
    code: Option<u16>,
    content_type: Vec<u8>,
    /// The length that it declares.
    length: Option<u64>,
    /// Bytes of its body that were seen: those of its chunks, or else all.
    bytes: u64,
    chunked: bool,
}

impl Visitor for Message {
    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        let first = |text: &mut Vec<u8>, value: &[u8]| {
            if text.is_empty() {
                *text = kept(value);
            }
        };
        match (field.abbrev, value) {
            ("http.request.method", Value::Text(method)) => self.method = Some(kept(method)),
            ("http.request.uri", Value::Text(uri)) => first(&mut self.uri, uri),
            ("http.host", Value::Text(host)) => first(&mut self.host, host),
            ("http.response", _) => self.is_response = true,
            ("http.response.code", Value::Uint(code)) => self.code = u16::try_from(code).ok(),
            ("http.content_type", Value::Text(kind)) => first(&mut self.content_type, kind),
            ("http.content_length", Value::Uint(length)) => self.length = Some(length),
            ("http.chunk_size", Value::Uint(size)) => {
                self.chunked = true;
                self.bytes = self.bytes.saturating_add(size);
            }
            ("http.file_data", Value::Text(body)) if !self.chunked => self.bytes = body.len() as u64,
            _ => {}
        }
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }

    fn close(&mut self) {}
}
