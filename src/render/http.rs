//! `--http`: each request with its response.

use super::exchanges::{Begin, Row, cell, head, milliseconds};
use super::flows::thousands;
use super::tables::Column;
use crate::survey::exchange::Moment;
use crate::survey::http::{Exchange, Response};

const ROOM_FOR_CLIENT: usize = 110;
const ROOM_FOR_FIRST: usize = 90;

impl Row for Exchange {
    const COLUMNS: &'static [(usize, Column)] = &[
        (0, Column::number("No")),
        (0, Column::number("Time")),
        (ROOM_FOR_CLIENT, Column::text("Client").least(15)),
        (0, Column::text("Request").least(20)),
        (0, Column::text("Response").least(12)),
        (0, Column::number("Bytes")),
        (ROOM_FOR_FIRST, Column::number("First ms")),
        (0, Column::number("ms")),
    ];
    const LEGEND: &'static str =
        "Time in s, ms from the request to the end of the response; Bytes of its body.";

    fn first(&self) -> Option<Moment> {
        Self::first(self)
    }

    fn time(&self) -> Option<i64> {
        Self::time(self)
    }

    fn has(&self) -> [bool; 2] {
        [self.request.is_some(), self.response.is_some()]
    }

    fn has_failed(&self) -> bool {
        self.response.as_ref().and_then(|response| response.code).is_some_and(|code| code >= 400)
    }

    fn cells(&self, begin: Begin) -> Vec<String> {
        let bytes = self.response.as_ref().map(|response| thousands(response.bytes));
        vec![
            begin.frame,
            begin.time,
            self.client.addr.to_string(),
            asked(self),
            said(self),
            bytes.unwrap_or_default(),
            milliseconds(self.to_first_byte()),
            milliseconds(Self::time(self)),
        ]
    }

    fn record(&self, out: &mut Vec<u8>) {
        let moments = [
            self.request.as_ref().map(|request| request.at),
            self.response.as_ref().map(|response| response.at),
        ];
        let mut record = head(out, "http", [self.client, self.server], moments);
        if let Some(flow) = self.flow {
            record.display("nd.flow", flow);
        }
        if let Some(request) = &self.request {
            record.text("http.request.method", &request.method);
            record.text("http.request.uri", &request.uri);
            if !request.host.is_empty() {
                record.texts("http.host", [&request.host]);
            }
        }
        if self.interim > 0 {
            record.number("nd.exchange.interim", self.interim.into());
        }
        if let Some(response) = &self.response {
            if let Some(code) = response.code {
                record.number("http.response.code", code.into());
            }
            if !response.content_type.is_empty() {
                record.texts("http.content_type", [&response.content_type]);
            }
            record.wide("nd.exchange.bytes", response.bytes);
        }
        if let Some(time) = self.to_first_byte() {
            record.duration("nd.exchange.first_byte", time);
        }
        if let Some(time) = Self::time(self) {
            record.duration("http.time", time);
        }
        record.end();
        out.push(b'\n');
    }
}

/// Method and target, with the host in front of a path.
fn asked(exchange: &Exchange) -> String {
    let Some(request) = &exchange.request else { return "! not in the capture".to_owned() };
    let host: &[u8] = if request.uri.starts_with(b"/") { &request.host } else { b"" };
    cell(&[&request.method, b" ".as_slice(), host, &request.uri].concat())
}

/// Status and media type.
fn said(exchange: &Exchange) -> String {
    let Some(response) = &exchange.response else { return "! no response".to_owned() };
    let Response { code, content_type, .. } = response;
    let mark = if exchange.has_failed() { "! " } else { "" };
    let code = code.map_or_else(|| "?".to_owned(), |code| code.to_string());
    let kind = content_type.split(|&byte| byte == b';').next().unwrap_or_default();
    cell(&[mark.as_bytes(), code.as_bytes(), b" ", kind].concat()).trim_end().to_owned()
}
