//! `--follow-tcp --data`: what both ends sent, in the order in which it became contiguous.

use netdissect_dissectors::facts::FlowNumber;

use super::Screen;
use super::flows::thousands;
use super::hex;
use super::style::Role;
use super::value;
use crate::flow::table::Flow;
use crate::pipeline::{Part, StreamPart};

/// How bytes are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As text; what is not printable ASCII or the end of a line is a dot.
    Text,
    /// In hex and text.
    Hex,
    /// As they are.
    Raw,
}

/// Writes the payload of streams.
#[derive(Debug)]
pub struct Payload {
    screen: Screen,
    spelling: Spelling,
    /// The flow of which something was written last.
    last: Option<FlowNumber>,
}

impl Payload {
    /// Nothing written yet.
    #[must_use]
    pub fn new(screen: Screen, spelling: Spelling) -> Self {
        Self { screen, spelling, last: None }
    }

    /// Appends one part of a stream. Raw output holds nothing but bytes, and of a gap nothing.
    pub fn part(&mut self, out: &mut Vec<u8>, flow: &Flow, part: &StreamPart<'_>) {
        match (self.spelling, part.part) {
            (Spelling::Raw, Part::Bytes(bytes)) => out.extend_from_slice(bytes),
            (Spelling::Raw, Part::Gap(_)) => {}
            (_, Part::Bytes(bytes)) => {
                let count = bytes.len() as u64;
                let unit = if count == 1 { "byte" } else { "bytes" };
                self.heading(out, Role::Dim, flow, part, &format!("{} {unit}", thousands(count)));
                if self.spelling == Spelling::Hex { hex::dump(out, bytes) } else { hex::text(out, bytes) }
            }
            (_, Part::Gap(gap)) => {
                let unit = if gap.len == 1 { "byte" } else { "bytes" };
                let text = format!("{} {unit} missing: {}", thousands(gap.len), gap.kind.name());
                let text = format!("{} {text}", self.screen.glyphs.bad);
                self.heading(out, Role::Warning, flow, part, &text);
            }
        }
    }

    /// Who sent what follows, in which frame and when; before it the flow, if it is another one.
    fn heading(&mut self, out: &mut Vec<u8>, role: Role, flow: &Flow, part: &StreamPart<'_>, text: &str) {
        let (client, glyphs) = (flow.tcp.client(), &self.screen.glyphs);
        if self.last != Some(flow.number) {
            if self.last.is_some() {
                out.push(b'\n');
            }
            self.last = Some(flow.number);
            let (a, b) = (flow.tcp.pair.end(client), flow.tcp.pair.end(client.other()));
            self.screen.style.start(Role::Heading, out);
            value::display(out, format_args!("TCP flow {}   {a} (client)   {b} (server)", flow.number));
            self.screen.style.stop(Role::Heading, out);
            out.push(b'\n');
        }
        let (who, arrow) =
            if part.side == client { ("client", glyphs.right) } else { ("server", glyphs.left) };
        self.screen.style.start(role, out);
        value::display(out, format_args!("{arrow} {who}"));
        if part.frame == 0 {
            out.extend_from_slice(b"   at the end");
        } else {
            value::display(out, format_args!("   No. {}   ", part.frame));
            value::seconds(out, part.time.nanos_since(flow.tcp.times().0), 6);
        }
        value::display(out, format_args!("   {text}"));
        self.screen.style.stop(role, out);
        out.push(b'\n');
    }
}
