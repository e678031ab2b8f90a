//! Questions of DNS, mDNS and LLMNR with their answers.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::ops::Range;

use netdissect_dissectors::bytes::u16_at;
use netdissect_dissectors::facts::Link;
use netdissect_dissectors::packet::{Layer, Packet};
use netdissect_dissectors::walk::{Budget, Visitor};
use netdissect_dissectors::{Field, Value};

use super::exchange::{Collector, Found, Moment, Waiting, ends, kept, links};
use crate::flow::key::Endpoint;
use crate::flow::problem::Problem;

/// Records of an answer that are kept.
const MAX_RECORDS: usize = 8;
/// Bytes kept of the data of one of them.
const MAX_DATA: usize = 128;

/// A question and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Name of the protocol: `dns`, `mdns`, `llmnr`.
    pub protocol: &'static str,
    /// `dns.id`.
    pub id: u16,
    /// Who asked, or to whom an answer went that nobody asked for.
    pub client: Endpoint,
    /// Who was asked.
    pub server: Endpoint,
    /// The name asked for, as DNS writes it.
    pub name: Vec<u8>,
    /// The type asked for, by name where it has one.
    pub kind: String,
    /// Its number.
    pub kind_number: u16,
    /// The question; `None` if it is not in the capture.
    pub question: Option<Moment>,
    /// How often it was sent again.
    pub repeats: u32,
    /// The answer, if there is one.
    pub answer: Option<Answer>,
    /// The last ICMP error about the question.
    pub error: Option<Refusal>,
}

/// An ICMP error about a question.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// Where it passed.
    pub at: Moment,
    /// Who sent it.
    pub from: IpAddr,
    /// What it says.
    pub problem: Problem,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it passed.
    pub at: Moment,
    /// `dns.flags.rcode`.
    pub rcode: u16,
    /// Its name.
    pub rcode_name: Option<&'static str>,
    /// `dns.count.answers`.
    pub count: u16,
    /// Type and data of the first of its records.
    pub records: Vec<Vec<u8>>,
    /// Not all of it fitted (`dns.flags.truncated`).
    pub truncated: bool,
}

impl Exchange {
    /// Nanoseconds from the first question to the answer (`dns.time`).
    #[must_use]
    pub fn time(&self) -> Option<i64> {
        let (question, answer) = (self.question?, self.answer.as_ref()?);
        answer.at.time.since(question.time)
    }

    /// The first message of it that is there.
    #[must_use]
    pub fn first(&self) -> Option<Moment> {
        self.question.or_else(|| self.answer.as_ref().map(|answer| answer.at))
    }
}

/// Finds exchanges of DNS.
#[derive(Debug, Default)]
pub struct Questions {
    waiting: Waiting<Exchange>,
}

impl Collector for Questions {
    type Exchange = Exchange;

    fn note(&mut self, packet: &Packet<'_>, wanted: bool, done: &mut Vec<Found<Exchange>>) {
        for layer in packet.layers() {
            match (layer.protocol().name, layer.is_quoted()) {
                ("dns" | "mdns" | "llmnr", false) => self.message(&layer, wanted, done),
                ("udp", true) => self.refused(&layer, wanted).unwrap_or_default(),
                _ => {}
            }
        }
    }

    fn finish(&mut self, done: &mut Vec<Found<Exchange>>) {
        done.extend(self.waiting.take_all());
    }
}

impl Questions {
    /// An ICMP error that quotes a datagram: one of the last questions, perhaps. The question goes on waiting, for another
    /// try may be answered. None only says that the bytes ran out.
    fn refused(&mut self, quoted: &Layer<'_>, wanted: bool) -> Option<()> {
        let packet = quoted.packet;
        let icmp = packet.layers().take_while(|layer| !layer.is_quoted()).last()?;
        let (says_so, asked) = (icmp.net()?, quoted.net()?);
        let &[kind, code] = icmp.data().first_chunk()?;
        let problem = Problem::of(says_so.src.is_ipv6(), kind, code, 0)?;
        let client = Endpoint { addr: asked.src, port: u16_at(quoted.data(), 0)? };
        let server = Endpoint { addr: asked.dst, port: u16_at(quoted.data(), 2)? };
        let is_it =
            |found: &&mut Found<Exchange>| (found.exchange.client, found.exchange.server) == (client, server);
        let found = self.waiting.recent_mut().find(is_it)?;
        found.exchange.error = Some(Refusal { at: Moment::of(&packet), from: says_so.src, problem });
        found.wanted |= wanted;
        Some(())
    }

    fn message(&mut self, layer: &Layer<'_>, wanted: bool, done: &mut Vec<Found<Exchange>>) {
        let Some([src, dst]) = ends(layer) else { return };
        let mut message = Message::default();
        layer.walk(&mut message, &mut Budget::default());
        let at = Moment::of(&layer.packet);
        let id = u32::from(message.id);
        let mut question = None;
        for link in links(layer) {
            match link {
                Link::RepeatedRequest(frame) => {
                    if let Some(open) = self.waiting.get_mut((frame, id)) {
                        open.exchange.repeats = open.exchange.repeats.saturating_add(1);
                        open.wanted |= wanted;
                    }
                    return;
                }
                Link::RepeatedResponse(_) => return,
                Link::Request { frame, time } => question = Some(Moment { frame, time }),
                _ => {}
            }
        }
        if !message.response {
            let exchange = message.exchange(layer, [src, dst], Some(at));
            done.extend(self.waiting.add((at.frame, id), Found { exchange, wanted }));
            return;
        }
        let known = question.and_then(|question| self.waiting.take((question.frame, id)));
        let answer = Answer {
            at,
            rcode: message.rcode,
            rcode_name: message.rcode_name,
            count: message.count,
            records: std::mem::take(&mut message.records),
            truncated: message.truncated,
        };
        let mut found = known.unwrap_or_else(|| Found {
            exchange: message.exchange(layer, [dst, src], question),
            wanted: false,
        });
        found.exchange.answer = Some(answer);
        found.wanted |= wanted;
        done.push(found);
    }
}

/// What is read of one message.
#[derive(Debug, Default)]
struct Message {
    id: u16,
    response: bool,
    truncated: bool,
    rcode: u16,
    rcode_name: Option<&'static str>,
    count: u16,
    name: Option<Vec<u8>>,
    kind: Option<(u16, String)>,
    records: Vec<Vec<u8>>,
    /// Groups that are open, and whether the outermost is an answer.
    depth: u32,
    is_answer: bool,
    /// Fields of the open answer are its data.
    is_data: bool,
}

impl Message {
    fn exchange(
        &mut self,
        layer: &Layer<'_>,
        [client, server]: [Endpoint; 2],
        question: Option<Moment>,
    ) -> Exchange {
        let (kind_number, kind) = self.kind.take().unwrap_or_default();
        Exchange {
            protocol: layer.protocol().name,
            id: self.id,
            client,
            server,
            name: self.name.take().unwrap_or_default(),
            kind,
            kind_number,
            question,
            repeats: 0,
            answer: None,
            error: None,
        }
    }

    fn take(&mut self, field: &'static Field, value: Value<'_>) {
        if self.is_data {
            return self.data(field, value);
        }
        match (field.abbrev, value) {
            ("dns.id", Value::Uint(id)) => self.id = narrow(id),
            ("dns.flags.response", Value::Bool(response)) => self.response = response,
            ("dns.flags.truncated", Value::Bool(truncated)) => self.truncated = truncated,
            ("dns.flags.rcode", Value::Uint(code)) => {
                self.rcode = narrow(code);
                self.rcode_name = field.name_of(code);
            }
            ("dns.count.answers", Value::Uint(count)) => self.count = narrow(count),
            ("dns.qry.name", Value::Text(name)) if self.name.is_none() => self.name = Some(kept(name)),
            ("dns.qry.type", Value::Uint(kind)) if self.kind.is_none() => {
                self.kind = Some((narrow(kind), named(field, kind)));
            }
            ("dns.resp.type", Value::Uint(kind)) if self.is_answer && self.records.len() < MAX_RECORDS => {
                self.records.push(named(field, kind).into_bytes());
            }
            ("dns.resp.len", _) if self.is_answer => self.is_data = true,
            _ => {}
        }
    }

    /// Data of a record, as people read it: addresses, names, numbers and text; lengths and what is raw are left
    /// out.
    fn data(&mut self, field: &'static Field, value: Value<'_>) {
        if field.abbrev.ends_with("length") {
            return;
        }
        let Some(record) = self.records.last_mut().filter(|record| record.len() < MAX_DATA) else { return };
        let mut text = String::new();
        match value {
            // A String takes everything.
            Value::Ipv4(addr) => _ = write!(text, "{addr}"),
            Value::Ipv6(addr) => _ = write!(text, "{addr}"),
            Value::Uint(number) if field.name_of(number).is_none() => _ = write!(text, "{number}"),
            Value::Uint(number) => text.push_str(field.name_of(number).unwrap_or_default()),
            Value::Text(bytes) => {
                record.push(b' ');
                record.extend_from_slice(bytes.get(..bytes.len().min(MAX_DATA)).unwrap_or_default());
                return;
            }
            _ => return,
        }
        record.push(b' ');
        record.extend_from_slice(text.as_bytes());
    }
}

impl Visitor for Message {
    fn wants(&self, _field: &'static Field) -> bool {
        true
    }

    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        self.take(field, value);
    }

    fn open(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        if self.depth == 0 {
            self.is_answer = field.abbrev == "dns.answers" && self.records.len() < MAX_RECORDS;
        }
        self.depth = self.depth.saturating_add(1);
        self.take(field, value);
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            self.is_answer = false;
            self.is_data = false;
        }
    }
}

fn narrow(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// The name of a record type, or its number.
fn named(field: &'static Field, kind: u64) -> String {
    field.name_of(kind).map_or_else(|| kind.to_string(), str::to_owned)
}
