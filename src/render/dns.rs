//! `--dns`: each question with its answer.

use super::exchanges::{Begin, Row, cell, head, milliseconds};
use super::tables::Column;
use crate::survey::dns::{Answer, Exchange};
use crate::survey::exchange::Moment;

/// Narrower screens have no room for who was asked.
const ROOM_FOR_SERVER: usize = 110;
const ROOM_FOR_CLIENT: usize = 90;

impl Row for Exchange {
    const COLUMNS: &'static [(usize, Column)] = &[
        (0, Column::number("No")),
        (0, Column::number("Time")),
        (ROOM_FOR_CLIENT, Column::text("Client").least(15)),
        (ROOM_FOR_SERVER, Column::text("Server").least(15)),
        (0, Column::text("Type")),
        (0, Column::text("Name").least(12)),
        (0, Column::text("Answer").least(15)),
        (0, Column::number("ms")),
        (0, Column::number("Tries")),
    ];
    const LEGEND: &'static str = "Time in s, ms from the first try to the answer.";

    fn first(&self) -> Option<Moment> {
        Self::first(self)
    }

    fn time(&self) -> Option<i64> {
        Self::time(self)
    }

    fn has(&self) -> [bool; 2] {
        [self.question.is_some(), self.answer.is_some()]
    }

    fn has_failed(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.rcode != 0)
    }

    fn is_refused(&self) -> bool {
        self.answer.is_none() && self.error.is_some()
    }

    fn cells(&self, begin: Begin) -> Vec<String> {
        let tries = if self.question.is_some() { self.repeats.saturating_add(1) } else { 0 };
        vec![
            begin.frame,
            begin.time,
            self.client.addr.to_string(),
            self.server.addr.to_string(),
            self.kind.clone(),
            cell(&self.name),
            said(self),
            milliseconds(Self::time(self)),
            if tries > 1 { tries.to_string() } else { String::new() },
        ]
    }

    fn record(&self, out: &mut Vec<u8>) {
        let answer = self.answer.as_ref();
        let moments = [self.question, answer.map(|answer| answer.at)];
        let mut record = head(out, self.protocol, [self.client, self.server], moments);
        record.number("dns.id", self.id.into());
        if !self.kind.is_empty() {
            record.texts("dns.qry.name", [&self.name]);
            record.numbers("dns.qry.type", [self.kind_number.into()]);
            record.text("nd.dns.type", self.kind.as_bytes());
        }
        record.number("nd.exchange.repeats", self.repeats.into());
        if let Some(answer) = answer {
            record.number("dns.flags.rcode", answer.rcode.into());
            if let Some(name) = answer.rcode_name {
                record.text("nd.dns.rcode", name.as_bytes());
            }
            if answer.truncated {
                record.bool("dns.flags.truncated", true);
            }
            record.number("dns.count.answers", answer.count.into());
            record.texts("nd.dns.answers", &answer.records);
        }
        if let Some(time) = Self::time(self) {
            record.duration("dns.time", time);
        }
        if let Some(error) = &self.error {
            record.object("nd.exchange.icmp_error", |object| {
                object.display("from", error.from);
                object.text("says", error.problem.words().as_bytes());
                object.number("frame", error.at.frame.min(1 << 53));
            });
        }
        record.end();
        out.push(b'\n');
    }
}

/// The answer in a few words.
fn said(exchange: &Exchange) -> String {
    let Some(answer) = &exchange.answer else {
        return match &exchange.error {
            None => "! no answer".to_owned(),
            Some(error) if error.from == exchange.server.addr => format!("! {}", error.problem.words()),
            Some(error) => format!("! {}, says {}", error.problem.words(), error.from),
        };
    };
    let mut text = match answer {
        Answer { rcode, rcode_name, .. } if *rcode != 0 => {
            format!("! {}", rcode_name.map_or_else(|| format!("error {rcode}"), str::to_owned))
        }
        Answer { records, .. } if records.is_empty() => "no record".to_owned(),
        Answer { records, .. } => {
            // The type is told where it is not the one that was asked for.
            let asked = format!("{} ", exchange.kind);
            let wanted = records.iter().find(|record| record.starts_with(asked.as_bytes()));
            match wanted {
                Some(record) => cell(record.get(asked.len()..).unwrap_or_default()),
                None => records.first().map(|record| cell(record)).unwrap_or_default(),
            }
        }
    };
    let text_end = text.trim_end().len();
    text.truncate(text_end);
    let more = usize::from(answer.count).saturating_sub(1);
    if more > 0 && answer.rcode == 0 {
        text.push_str(&format!(" +{more}"));
    }
    if answer.truncated {
        text.push_str(", truncated");
    }
    if exchange.question.is_none() {
        text.push_str(", not asked here");
    }
    text
}
