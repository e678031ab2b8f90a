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
    /// The address was put together from host and target.
    is_made_up: bool,
    /// Host and port of a CONNECT.
    pub(super) target: Option<(usize, u16)>,
}

/// A request of which the head is there, but not all of the rest. Answers may come before that (RFC 9110 section 7.5):
/// an interim one, for which the client may wait (section 10.1.1), and the final one too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    /// Where the head ends, and when.
    pub(super) frame: u64,
    pub(super) time: Timestamp,
    /// Frame of the final answer.
    pub(super) answered: Option<u64>,
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

    /// Takes note of a request, which was `answered` in that frame if the answer came before its end.
    pub(super) fn request(
        &mut self,
        head: &Head,
        data: &[u8],
        method: Method,
        answered: Option<u64>,
        cx: &mut Context<'_>,
    ) -> Memo {
        self.count = self.count.saturating_add(1);
        let before = self.newest.replace(cx.frame);
        cx.link(Link::Ordinal(self.count));
        if let Some(frame) = before {
            cx.link(Link::PreviousRequest(frame));
        }
        if let Some(frame) = answered {
            cx.link(Link::ResponseIn(frame));
            if !cx.wireshark {
                // The next answer is to a later request.
                return Memo::default();
            }
        }
        if self.open.len() >= MAX_OPEN || self.untracked > 0 {
            self.untracked = self.untracked.saturating_add(1);
            return Memo::UNTRACKED;
        }
        let (mut uri, is_made_up) = match head.full_uri(data, super::CLEAR) {
            Some([scheme, host, target]) => ([scheme, host, target].concat(), !scheme.is_empty()),
            None => (head.uri(data).unwrap_or_default().to_vec(), false),
        };
        let target = if method == Method::Connect { target(&uri) } else { None };
        if self.uris.saturating_add(uri.len()) > MAX_URIS {
            uri = Vec::new();
        }
        self.uris = self.uris.saturating_add(uri.len());
        let (number, frame, time) = (self.count, cx.frame, cx.time);
        self.open.push_back(Open { number, frame, time, method, before, uri, is_made_up, target });
        Memo::default()
    }

    /// Pairs an answer with the oldest request that has none; Wireshark knows only the last one. An interim answer
    /// leaves it waiting. Where none waits, it is the answer to the request that has `begun`; both have numbers of
    /// their own then, as in Wireshark.
    pub(super) fn response(
        &mut self,
        code: u16,
        begun: Option<&mut Begun>,
        cx: &mut Context<'_>,
    ) -> (Option<Open>, Memo) {
        let interim = code / 100 == 1 && code != 101;
        if cx.wireshark {
            self.keep_last();
        }
        let Some(open) = self.open.front() else {
            if let Some(untracked) = self.untracked.checked_sub(1) {
                self.untracked = untracked;
                return (None, Memo::default());
            }
            self.count = self.count.saturating_add(1);
            let before = self.newest.take();
            self.answer(self.count, before, cx);
            if let Some(begun) = begun.filter(|begun| begun.answered.is_none()) {
                if !interim {
                    begun.answered = Some(cx.frame);
                }
                cx.link(Link::Request { frame: begun.frame, time: begun.time });
                return (None, Memo::AHEAD);
            }
            // In datagrams the request went to a group, and the answer comes from one of its members: nobody can tell
            // whether it was asked for (UPnP Device Architecture 2.0 section 1.3.3).
            if cx.stream.is_some() {
                cx.link(Link::Unsolicited);
            }
            return (None, Memo::default());
        };
        let (number, frame, time, before) = (open.number, open.frame, open.time, open.before);
        let memo = if open.is_made_up { Memo::MADE_UP } else { Memo::default() };
        if !open.uri.is_empty() {
            let uri = open.uri.clone();
            if let Some(source) = cx.derive(uri) {
                cx.link(Link::Source(source));
            }
        }
        cx.link(Link::Request { frame, time });
        self.answer(number, before, cx);
        if interim {
            return (None, memo);
        }
        let open = self.open.pop_front();
        self.uris = self.uris.saturating_sub(open.as_ref().map_or(0, |open| open.uri.len()));
        (open, memo)
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
