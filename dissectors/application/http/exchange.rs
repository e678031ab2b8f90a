//! Requests and answers of one connection, paired in order (RFC 9112 section 9.3.2).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::head::{self, Head, Method};
use super::memo::Memo;
use crate::dissector::Context;
use crate::facts::Link;
use crate::frame::Timestamp;

/// Requests that may wait for an answer.
const MAX_OPEN: usize = 512;
/// Bytes of all addresses that are remembered for the answers.
const MAX_URIS: usize = 65_536;

/// Requests and what is known of their answers.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    open: VecDeque<Open>,
    /// Requests beyond the limit, whose answers come after those of `open`.
    untracked: u32,
    /// Exchanges so far; an answer without a request counts as one.
    count: u32,
    /// Request of the exchange begun last.
    newest: Option<u64>,
    /// Number and frame of the last answer.
    answered: Option<(u32, u64)>,
    /// Bytes of the addresses in `open`.
    uris: usize,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Open {
    number: u32,
    frame: u64,
    time: Timestamp,
    method: Method,
    /// Request of the exchange before.
    before: Option<u64>,
    pub(super) uri: Vec<u8>,
    /// Host and port of a CONNECT.
    pub(super) target: Option<(usize, u16)>,
}

impl Exchanges {
    /// Bytes of memory beside its own size.
    pub(super) fn heap(&self) -> usize {
        self.open.capacity().saturating_mul(size_of::<Open>()).saturating_add(self.uris)
    }

    /// Method of the request that is answered next.
    pub(super) fn method(&self) -> Option<Method> {
        self.open.front().map(|open| open.method)
    }

    /// Nothing that is open is answered any more.
    pub(super) fn forget(&mut self) {
        self.open.clear();
        self.untracked = 0;
        self.uris = 0;
    }

    /// Only the last request may be answered.
    pub(super) fn keep_last(&mut self) {
        if self.open.len() <= 1 {
            return;
        }
        let last = self.open.pop_back();
        self.forget();
        if let Some(last) = last {
            self.uris = last.uri.len();
            self.open.push_back(last);
        }
    }

    /// Takes note of a request.
    pub(super) fn request(&mut self, head: &Head, data: &[u8], method: Method, cx: &mut Context<'_>) -> Memo {
        self.count = self.count.saturating_add(1);
        let before = self.newest.replace(cx.frame);
        cx.link(Link::Ordinal(self.count));
        if let Some(frame) = before {
            cx.link(Link::PreviousRequest(frame));
        }
        if self.open.len() >= MAX_OPEN || self.untracked > 0 {
            self.untracked = self.untracked.saturating_add(1);
            return Memo::UNTRACKED;
        }
        let mut uri = match head.full_uri(data) {
            Some(parts) => parts.concat(),
            None => head.uri(data).unwrap_or_default().to_vec(),
        };
        let target = if method == Method::Connect { target(&uri) } else { None };
        if self.uris.saturating_add(uri.len()) > MAX_URIS {
            uri = Vec::new();
        }
        self.uris = self.uris.saturating_add(uri.len());
        let (number, frame, time) = (self.count, cx.frame, cx.time);
        self.open.push_back(Open { number, frame, time, method, before, uri, target });
        Memo::default()
    }

    /// Pairs an answer with the oldest request that has none; Wireshark knows only the last one. An interim answer
    /// leaves it waiting.
    pub(super) fn response(&mut self, code: u16, cx: &mut Context<'_>) -> Option<Open> {
        let interim = code / 100 == 1 && code != 101;
        if cx.wireshark {
            self.keep_last();
        }
        let Some(open) = self.open.front() else {
            if let Some(untracked) = self.untracked.checked_sub(1) {
                self.untracked = untracked;
                return None;
            }
            self.count = self.count.saturating_add(1);
            let before = self.newest.take();
            self.answer(self.count, before, cx);
            cx.link(Link::Unsolicited);
            return None;
        };
        let (number, frame, time, before) = (open.number, open.frame, open.time, open.before);
        if !open.uri.is_empty() {
            let uri = open.uri.clone();
            if let Some(source) = cx.derive(uri) {
                cx.link(Link::Source(source));
            }
        }
        cx.link(Link::Request { frame, time });
        self.answer(number, before, cx);
        if interim {
            return None;
        }
        let open = self.open.pop_front()?;
        self.uris = self.uris.saturating_sub(open.uri.len());
        Some(open)
    }

    fn answer(&mut self, number: u32, before: Option<u64>, cx: &mut Context<'_>) {
        cx.link(Link::Ordinal(number));
        if let Some(frame) = before {
            cx.link(Link::PreviousRequest(frame));
        }
        if let Some((earlier, frame)) = self.answered
            && earlier.checked_add(1) == Some(number)
        {
            cx.link(Link::PreviousResponse(frame));
        }
        self.answered = Some((number, cx.frame));
    }
}

/// Length of the host in `host:port`, and the port.
fn target(uri: &[u8]) -> Option<(usize, u16)> {
    let host = uri.iter().rposition(|&byte| byte == b':')?;
    let port = head::number(uri.get(host.checked_add(1)?..)?)?;
    Some((host, u16::try_from(port).ok()?))
}
