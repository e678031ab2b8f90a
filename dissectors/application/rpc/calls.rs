//! What a conversation remembers of its calls.

use alloc::collections::{BTreeMap, VecDeque};

use crate::dissector::{Context, Memory, heap_of_map};
use crate::facts::Link;
use crate::frame::Timestamp;

/// Which procedure a message calls or answers, for the program that reads its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Version of the program; 255 stands for all above.
    pub(crate) version: u8,
    /// The procedure; 255 stands for all above.
    pub(crate) procedure: u8,
    /// It answers.
    pub(crate) is_reply: bool,
    /// What [`keep`] was given for the call.
    pub(crate) kept: u8,
}

impl Message {
    /// As a memo.
    pub(super) fn memo(self) -> u32 {
        u32::from_be_bytes([self.kept, self.is_reply.into(), self.version, self.procedure])
    }

    /// Of a memo.
    pub(crate) fn of(memo: u32) -> Self {
        let [kept, is_reply, version, procedure] = memo.to_be_bytes();
        Self { version, procedure, is_reply: is_reply != 0, kept }
    }
}

/// What is called: program, version and procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) procedure: u32,
}

/// How a body is protected (RFC 2203 section 5): the procedure of the context, and the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protection {
    pub(super) procedure: u32,
    pub(super) service: u32,
}

/// A call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) target: Target,
    pub(super) protection: Option<Protection>,
    frame: u64,
    time: Timestamp,
    /// Frame of the first answer.
    answer: Option<u64>,
    kept: u8,
}

/// Calls of one conversation that are remembered.
const MAX_CALLS: usize = 1_024;

/// The calls of one conversation, and where its streams stand.
#[derive(Debug, Default)]
pub(super) struct Calls {
    by_xid: BTreeMap<u32, Call>,
    /// In the order in which they came.
    order: VecDeque<u32>,
    /// The message at hand.
    current: Option<(u32, Message)>,
    /// Bytes of a long record that are still to come, from the server and from the client.
    pub(super) to_come: [u64; 2],
}

impl Memory for Calls {
    fn heap(&self) -> usize {
        heap_of_map(&self.by_xid).saturating_add(self.order.capacity().saturating_mul(size_of::<u32>()))
    }
}

impl Calls {
    fn narrow(target: Target, is_reply: bool, kept: u8) -> Message {
        let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        Message { version: byte(target.version), procedure: byte(target.procedure), is_reply, kept }
    }

    fn insert(&mut self, xid: u32, call: Call) {
        if self.by_xid.insert(xid, call).is_none() {
            self.order.push_back(xid);
        }
        if self.order.len() > MAX_CALLS
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_xid.remove(&oldest);
        }
    }
}

/// Takes note of a call. The same once more is tied to the first.
pub(super) fn call(cx: &mut Context<'_>, xid: u32, target: Target, protection: Option<Protection>) {
    let (frame, time) = (cx.frame, cx.time);
    let Some(calls) = cx.state::<Calls>() else { return };
    calls.current = Some((xid, Calls::narrow(target, false, 0)));
    match calls.by_xid.get(&xid) {
        Some(known) if known.target == target => {
            let first = known.frame;
            cx.link(Link::RepeatedRequest(first));
        }
        _ => {
            calls.insert(xid, Call { target, protection, frame, time, answer: None, kept: 0 });
        }
    }
}

/// Finds the call that a reply answers, and ties the reply to it.
pub(super) fn reply(cx: &mut Context<'_>, xid: u32) -> Option<Call> {
    let frame = cx.frame;
    let calls = cx.state::<Calls>()?;
    calls.current = None;
    let call = calls.by_xid.get_mut(&xid)?;
    let repeated = call.answer.filter(|first| *first != frame);
    call.answer.get_or_insert(frame);
    let call = *call;
    calls.current = Some((xid, Calls::narrow(call.target, true, call.kept)));
    let Target { program, version, procedure } = call.target;
    cx.link(Link::Call { program, version, procedure });
    cx.link(Link::Request { frame: call.frame, time: call.time });
    if let Some(first) = repeated {
        cx.link(Link::RepeatedResponse(first));
    }
    Some(call)
}

/// Bytes of the record at hand that are still to come in its stream.
pub(super) fn to_come(cx: &mut Context<'_>) -> usize {
    let side = usize::from(cx.from_client);
    let left = cx.state::<Calls>().and_then(|calls| calls.to_come.get(side).copied()).unwrap_or_default();
    usize::try_from(left).unwrap_or(usize::MAX)
}

/// The message whose body is at hand.
pub(super) fn current(cx: &mut Context<'_>) -> Option<Message> {
    cx.state::<Calls>()?.current.map(|(_, message)| message)
}

/// Keeps a number of the call at hand for its reply.
pub(crate) fn keep(cx: &mut Context<'_>, number: u8) {
    let Some(calls) = cx.state::<Calls>() else { return };
    if let Some((xid, _)) = calls.current
        && let Some(call) = calls.by_xid.get_mut(&xid)
    {
        call.kept = number;
    }
}
