//! ONC RPC: remote procedure calls (RFC 5531), over UDP and in records over TCP (section 11), with the credentials of
//! its section 10 and those of RPCSEC_GSS (RFC 2203).

use alloc::vec::Vec;
use core::fmt;

use crate::bytes::{slice, u32_at, up_to};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table, Verdict};
use crate::facts::Link;
use crate::field::{Field, Protocol, name_of};
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

pub(crate) mod calls;
pub(crate) mod names;
#[cfg(test)]
mod tests;
pub(crate) mod xdr;

use calls::{Calls, Message, Protection, Target};
use names::{ACCEPTS, AUTH_ERRORS, FLAVORS, GSS_PROCEDURES, GSS_SERVICES, PROGRAMS, REJECTS, REPLIES, TYPES};
use xdr::{Body, Xdr, fill};

fields! {
    LAST_FRAGMENT = Field::bool("rpc.lastfrag", "last fragment").many(),
    FRAGMENT_LENGTH = Field::u32("rpc.fraglen", "fragment length").many(),
    XID = Field::u32("rpc.xid", "transaction id").hex().key(),
    TYPE = Field::u32("rpc.msgtyp", "message type").names(TYPES).key(),
    VERSION = Field::u32("rpc.version", "RPC version"),
    PROGRAM = Field::u32("rpc.program", "program").names(PROGRAMS).key(),
    PROGRAM_VERSION = Field::u32("rpc.programversion", "program version").key(),
    PROCEDURE = Field::u32("rpc.procedure", "procedure").key(),
    DUPLICATE = Field::flag("rpc.dup", "sent before"),
    DUPLICATE_CALL = Field::frame("rpc.call.dup", "same call in frame"),
    DUPLICATE_REPLY = Field::frame("rpc.reply.dup", "same reply in frame"),
    CREDENTIALS = Field::group("nd.rpc.credentials", "credentials"),
    VERIFIER = Field::group("nd.rpc.verifier", "verifier"),
    FLAVOR = Field::u32("rpc.auth.flavor", "flavor").names(FLAVORS).many(),
    AUTH_LENGTH = Field::u32("rpc.auth.length", "length").many(),
    STAMP = Field::u32("rpc.auth.stamp", "stamp").hex(),
    MACHINE = Field::text("rpc.auth.machinename", "machine"),
    UID = Field::u32("rpc.auth.uid", "user id"),
    GID = Field::u32("rpc.auth.gid", "group id").many(),
    OTHER_GID = Field::u32("rpc.auth.gid", "other group id").many(),
    GSS_VERSION = Field::u32("rpc.authgss.version", "GSS version"),
    GSS_PROCEDURE = Field::u32("rpc.authgss.procedure", "GSS procedure").names(GSS_PROCEDURES),
    GSS_SEQUENCE = Field::u32("rpc.authgss.seqnum", "GSS sequence number"),
    GSS_SERVICE = Field::u32("rpc.authgss.service", "GSS service").names(GSS_SERVICES),
    GSS_CONTEXT_LENGTH = Field::u32("rpc.authgss.context.length", "GSS context length").many(),
    GSS_CONTEXT = Field::bytes("rpc.authgss.context", "GSS context").many(),
    GSS_MAJOR = Field::u32("rpc.authgss.major", "GSS major status"),
    GSS_MINOR = Field::u32("rpc.authgss.minor", "GSS minor status"),
    GSS_WINDOW = Field::u32("rpc.authgss.window", "GSS sequence window"),
    GSS_TOKEN = Field::bytes("rpc.authgss.token", "GSS token").many(),
    GSS_TOKEN_LENGTH = Field::u32("rpc.authgss.token_length", "GSS token length").many(),
    GSS_DATA_LENGTH = Field::u32("rpc.authgss.data.length", "GSS data length"),
    GSS_DATA = Field::bytes("rpc.authgss.data", "GSS data"),
    GSS_CHECKSUM = Field::bytes("rpc.authgss.checksum", "GSS checksum"),
    OPAQUE = Field::bytes("rpc.opaque_data", "opaque data").many(),
    OPAQUE_LENGTH = Field::u32("rpc.opaque_length", "length").many(),
    FILL = Field::bytes("rpc.fill_bytes", "fill bytes").many(),
    REPLY = Field::u32("rpc.replystat", "reply").names(REPLIES).key(),
    CALL_FRAME = Field::frame("rpc.repframe", "answers frame"),
    TIME = Field::duration("rpc.time", "time since the call"),
    ACCEPT = Field::u32("rpc.state_accept", "accepted").names(ACCEPTS).key(),
    LOWEST_VERSION = Field::u32("rpc.programversion.min", "lowest program version"),
    HIGHEST_VERSION = Field::u32("rpc.programversion.max", "highest program version"),
    REJECT = Field::u32("rpc.state_reject", "denied").names(REJECTS).key(),
    LOWEST_RPC = Field::u32("rpc.version.min", "lowest RPC version"),
    HIGHEST_RPC = Field::u32("rpc.version.max", "highest RPC version"),
    AUTH_ERROR = Field::u32("rpc.state_auth", "authentication").names(AUTH_ERRORS).key(),
}

/// Whether another entry of a list follows; every program's lists say so under this name.
pub(crate) static VALUE_FOLLOWS: Field = Field::bool("rpc.value_follows", "another follows").many();

static PROTOCOL: Protocol = Protocol {
    name: "rpc",
    title: "RPC",
    about: "ONC Remote Procedure Call (RFC 5531, RFC 2203)",
    fields: FIELDS,
    via: None,
};

/// The table of programs.
pub static RPC_PROGRAM: Table = Table { name: "rpc.program" };

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 111), Key::new(&TCP_PORT, 111)];
static CARRIES: &[&Table] = &[&RPC_PROGRAM];

/// Bytes of a fragment's head (RFC 5531 section 11).
const MARK: usize = 4;
/// Bytes by which a message is known.
const KNOWN_BY: usize = 16;
/// Bytes of a record that are waited for; what is behind them is passed over as it comes.
const MAX_WAIT: usize = 65_536;
/// Longer records are none: what looks like one is something else.
const MAX_RECORD: usize = 16 << 20;
/// RFC 5531 section 8.2.
const MAX_AUTH: u32 = 400;
const NFS_PORT: u16 = 2_049;

const CALL: u32 = 0;
const ANSWER: u32 = 1;
const AUTH_SYS: u32 = 1;
const RPCSEC_GSS: u32 = 6;

/// Set in the memo of a message that begins with the head of a fragment; the low byte is the source that a message in
/// several fragments was put together in.
const IN_RECORD: u32 = 1 << 8;
/// Set in the memo of a message that sets up a context of RPCSEC_GSS (RFC 2203 section 5.2.2).
const SETS_UP: u32 = 1 << 9;
/// Set in the memo of a message whose body has a checksum behind it (RFC 2203 section 5.3.2.2).
const CHECKED: u32 = 1 << 10;
/// Set in the memo of a message whose body cannot be read (RFC 2203 section 5.3.2.3).
const SEALED: u32 = 1 << 11;

/// ONC RPC.
#[derive(Debug)]
pub struct Rpc;

impl Dissector for Rpc {
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
        if cx.stream.is_some() {
            return record(data, cx);
        }
        if !is_message(data) {
            return Ok(Parsed::new(0, cx.wire_len, Next::Data).bare());
        }
        let wire = cx.wire_len;
        let Seen { header, next, memo } = message(data, wire, cx);
        Ok(Parsed::new(header, wire, next).memo(memo))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let mut at = 0;
        let memo = walk.memo();
        if memo & IN_RECORD != 0 {
            at = marks(walk)?;
        }
        let [.., source] = memo.to_be_bytes();
        if source > 0 {
            walk.switch_source(source);
            at = 0;
        }
        Xdr::show(walk, at, |xdr| match head(xdr)? {
            Head::Call(..) if memo & SETS_UP != 0 => token(xdr),
            Head::Reply(..) if memo & SETS_UP != 0 => context(xdr),
            _ if memo & CHECKED != 0 => checked(xdr),
            _ if memo & SEALED != 0 => xdr.counted(&GSS_DATA, &GSS_DATA_LENGTH),
            _ => Some(()),
        })
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let memo = layer.slot.memo;
        let (data, at) = match memo.to_be_bytes() {
            [.., 0] => (layer.data(), if memo & IN_RECORD == 0 { 0 } else { MARK }),
            [.., source] => (layer.source(source), 0),
        };
        let number = |nth: usize| u32_at(data, at.saturating_add(nth.saturating_mul(4)));
        let (Some(xid), Some(kind)) = (number(0), number(1)) else { return out.write_str("header cut") };
        let links = &layer.packet.parts.facts.links;
        let target = links.iter().filter(|row| row.slot == layer.number()).find_map(|row| match row.link {
            Link::Call { program, version, procedure } => Some(Target { program, version, procedure }),
            _ => None,
        });
        let called = || Some(Target { program: number(3)?, version: number(4)?, procedure: number(5)? });
        let Some(target) = target.or_else(|| called().filter(|_| kind == CALL)) else {
            return write!(out, "Reply XID {xid:#010x}");
        };
        let verb = if kind == CALL { "Call" } else { "Reply" };
        match name_of(PROGRAMS, target.program.into()) {
            Some(name) => write!(out, "{name}")?,
            None => write!(out, "program {}", target.program)?,
        }
        write!(out, " V{} procedure {} {verb} XID {xid:#010x}", target.version, target.procedure)?;
        match (kind, number(2)) {
            (ANSWER, Some(1)) => out.write_str(" denied"),
            (ANSWER, _) => {
                let verifier = number(4).and_then(|len| usize::try_from(len).ok()).unwrap_or_default();
                let verifier = verifier.saturating_add(fill(verifier));
                let state = u32_at(data, at.saturating_add(20).saturating_add(verifier));
                match state.and_then(|state| name_of(ACCEPTS, state.into())) {
                    None | Some("SUCCESS") => Ok(()),
                    Some(name) => write!(out, " {name}"),
                }
            }
            _ => Ok(()),
        }
    }

    fn probe(&self, data: &[u8], cx: &Context<'_>) -> Verdict {
        let data = match cx.stream {
            Some(_) if mark(data, 0).is_some_and(|(len, _)| (KNOWN_BY..=MAX_RECORD).contains(&len)) => {
                data.get(MARK..).unwrap_or_default()
            }
            Some(_) => return Verdict::No,
            None => data,
        };
        let program = u32_at(data, 12).and_then(|program| name_of(PROGRAMS, program.into()));
        let is_nfs = cx.ports.is_some_and(|(src, dst)| src == NFS_PORT || dst == NFS_PORT);
        match u32_at(data, 4) {
            Some(CALL) if is_message(data) && program.is_some() => Verdict::Yes,
            Some(ANSWER) if is_message(data) && is_nfs => Verdict::Yes,
            _ => Verdict::No,
        }
    }
}

/// Whether `data` begins as messages do: with the version of calls, or with what replies say first and how long their
/// verifier is (RFC 5531 section 9).
fn is_message(data: &[u8]) -> bool {
    match (u32_at(data, 4), u32_at(data, 8)) {
        (Some(CALL), Some(version)) => version == 2,
        (Some(ANSWER), Some(0)) => u32_at(data, 16).is_none_or(|len| len <= MAX_AUTH),
        (Some(ANSWER), Some(1)) => u32_at(data, 12).is_none_or(|why| why <= 1),
        _ => false,
    }
}

/// Length of the fragment at `at`, and whether it is its record's last (RFC 5531 section 11).
fn mark(data: &[u8], at: usize) -> Option<(usize, bool)> {
    let mark = u32_at(data, at)?;
    Some((usize::try_from(mark & 0x7fff_ffff).ok()?, mark >> 31 != 0))
}

/// One record of a stream, or what is left of one that was too long to wait for.
fn record(data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
    let side = usize::from(cx.from_client);
    let stream = cx.stream;
    let gap = stream.map_or(0, |stream| stream.gap);
    let have = data.len();
    let passed = cx.state::<Calls>().and_then(|calls| calls.to_come.get_mut(side)).map_or(0, |to_come| {
        *to_come = to_come.saturating_sub(gap);
        let passed = usize::try_from(*to_come).map_or(have, |left| left.min(have));
        *to_come = to_come.saturating_sub(passed as u64);
        passed
    });
    if passed > 0 {
        return Ok(Parsed::end(passed).bare());
    }
    let is_last = stream.is_none_or(|stream| stream.is_last());
    let wait = |need: usize| {
        if is_last || have >= need { Ok(()) } else { Err(Fault::Short { need, have }) }
    };
    wait(MARK.saturating_add(KNOWN_BY))?;
    let known = mark(data, 0).filter(|(len, _)| (KNOWN_BY..=MAX_RECORD).contains(len));
    let Some((first, ends)) = known.filter(|_| is_message(data.get(MARK..).unwrap_or_default())) else {
        // The capture began inside a record, or this is something else.
        return Ok(Parsed::new(0, have, Next::Data).bare());
    };
    let total = if ends { MARK.saturating_add(first) } else { length_of_record(data, wait)? };
    if have < total {
        wait(total.min(MAX_WAIT))?;
        if !is_last && let Some(to_come) = cx.state::<Calls>().and_then(|calls| calls.to_come.get_mut(side)) {
            *to_come = total.saturating_sub(have) as u64;
        }
    }
    if ends {
        let Seen { header, next, memo } = message(up_to(data, MARK, first), first, cx);
        if have < total && is_last {
            cx.flaw(Fault::Short { need: total, have });
        }
        return Ok(Parsed::new(MARK.saturating_add(header), total, next).memo(memo | IN_RECORD));
    }
    let whole = joined(data);
    let len = whole.len();
    let Seen { header, next, memo } = message(&whole, len, cx);
    let body = match next {
        Next::Derived { .. } => arguments(&whole, header),
        _ => whole.get(header..),
    };
    let body = body.unwrap_or_default().to_vec();
    let next = match next {
        Next::Void { nth, value } => Next::Derived { nth, value },
        other => other,
    };
    let source = cx.derive(whole).unwrap_or_default();
    if matches!(next, Next::Derived { .. }) {
        cx.derive(body);
    }
    Ok(Parsed::new(total, total, next).memo(memo | IN_RECORD | u32::from(source)))
}

/// Length of a record of several fragments, with their heads: as far as it is at hand if it is too long to wait for.
fn length_of_record(data: &[u8], wait: impl Fn(usize) -> Result<(), Fault>) -> Result<usize, Fault> {
    let mut at = 0_usize;
    loop {
        let behind = at.saturating_add(MARK);
        wait(behind.min(MAX_WAIT))?;
        let Some((len, ends)) = mark(data, at) else { return Ok(data.len()) };
        at = behind.saturating_add(len);
        if ends || at > MAX_WAIT {
            return Ok(at);
        }
    }
}

/// The fragments of a record without their heads, as far as they are at hand.
fn joined(data: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    let mut at = 0_usize;
    while let Some((len, ends)) = mark(data, at) {
        at = at.saturating_add(MARK);
        whole.extend_from_slice(up_to(data, at, len));
        at = at.saturating_add(len);
        if ends {
            break;
        }
    }
    whole
}

/// Shows the heads of a record's fragments and answers where the first fragment's bytes begin.
fn marks(walk: &mut Walk<'_, '_>) -> Option<usize> {
    let mut at = 0_usize;
    while let Some((len, ends)) = mark(walk.data(), at) {
        let behind = at.saturating_add(MARK);
        walk.bool(&LAST_FRAGMENT, at..behind, ends)?;
        walk.uint(&FRAGMENT_LENGTH, at..behind, u64::try_from(len).ok()?)?;
        at = behind.saturating_add(len);
        if ends {
            break;
        }
    }
    Some(MARK)
}

/// What the head of a message says.
enum Head {
    Call(u32, Target, Option<Protection>),
    /// The transaction, and whether a result follows.
    Reply(u32, bool),
}

/// A message, as far as it concerns RPC: the bytes before its body, who reads that, and marks for the memo.
struct Seen {
    header: usize,
    next: Next,
    memo: u32,
}

/// Reads the head of the message in `data` and pairs it.
fn message(data: &[u8], wire: usize, cx: &mut Context<'_>) -> Seen {
    let (mut found, mut header) = (None, data.len());
    let flaw = Xdr::check(data, wire, false, |xdr| {
        found = head(xdr);
        header = xdr.at();
        Some(())
    });
    if let Some(fault) = flaw {
        cx.flaw(fault);
    }
    let (target, protection, is_reply) = match found {
        Some(Head::Call(xid, target, protection)) => {
            calls::call(cx, xid, target, protection);
            (target, protection, false)
        }
        Some(Head::Reply(xid, has_result)) => match calls::reply(cx, xid) {
            Some(call) if has_result => (call.target, call.protection, true),
            _ => {
                let next = if header < wire { Next::Data } else { Next::End };
                return Seen { header, next, memo: 0 };
            }
        },
        None => return Seen { header: wire, next: Next::End, memo: 0 },
    };
    let (value, mut memo) = (target.program, 0);
    let next = match protection {
        None | Some(Protection { procedure: 0, service: 1 }) => Next::Void { nth: 0, value },
        Some(Protection { procedure: 0, service: 2 }) => match arguments(data, header) {
            Some(body) => {
                cx.derive(body.to_vec());
                memo = CHECKED;
                Next::Derived { nth: 0, value }
            }
            None => Next::Data,
        },
        Some(Protection { procedure: 0, service: 3 }) => match enclosed(data, header) {
            Some(body) => {
                let len = body.len().saturating_add(fill(body.len()));
                header = header.saturating_add(4).saturating_add(len).min(wire);
                memo = SEALED;
                if header < wire { Next::Data } else { Next::End }
            }
            None => Next::Data,
        },
        Some(Protection { procedure: 1 | 2, .. }) => {
            let flaw = Xdr::check(data, wire, false, |xdr| {
                xdr.skip(header)?;
                let read = if is_reply { context(xdr) } else { token(xdr) };
                header = xdr.at();
                read
            });
            if let Some(fault) = flaw {
                cx.flaw(fault);
            }
            return Seen { header, next: Next::Void { nth: 0, value }, memo: SETS_UP };
        }
        _ => Next::Data,
    };
    Seen { header, next, memo }
}

/// What the opaque data at `at` holds, if all of it is at hand.
fn enclosed(data: &[u8], at: usize) -> Option<&[u8]> {
    let len = usize::try_from(u32_at(data, at)?).ok()?;
    slice(data, at.checked_add(4)?, len)
}

/// The arguments or results of which a checksum follows (RFC 2203 section 5.3.2.2), without their sequence number.
fn arguments(data: &[u8], at: usize) -> Option<&[u8]> {
    enclosed(data, at)?.get(4..)
}

/// The head of a message (RFC 5531 section 9).
fn head(xdr: &mut Xdr<'_, '_, '_>) -> Option<Head> {
    let xid = xdr.u32(&XID)?;
    if xdr.u32(&TYPE)? == CALL {
        xdr.u32(&VERSION)?;
        let target = Target {
            program: xdr.u32(&PROGRAM)?,
            version: xdr.u32(&PROGRAM_VERSION)?,
            procedure: xdr.u32(&PROCEDURE)?,
        };
        ties(xdr)?;
        let mut protection = None;
        xdr.group(&CREDENTIALS, |xdr| {
            protection = credentials(xdr)?;
            Some(())
        })?;
        xdr.group(&VERIFIER, verifier)?;
        return Some(Head::Call(xid, target, protection));
    }
    called(xdr)?;
    let is_denied = xdr.u32(&REPLY)? != 0;
    ties(xdr)?;
    if is_denied {
        match xdr.u32(&REJECT)? {
            0 => range(xdr, &LOWEST_RPC, &HIGHEST_RPC)?,
            _ => xdr.u32(&AUTH_ERROR).map(|_| ())?,
        }
        return Some(Head::Reply(xid, false));
    }
    xdr.group(&VERIFIER, verifier)?;
    let state = xdr.u32(&ACCEPT)?;
    if state == 2 {
        range(xdr, &LOWEST_VERSION, &HIGHEST_VERSION)?;
    }
    Some(Head::Reply(xid, state == 0))
}

fn range(xdr: &mut Xdr<'_, '_, '_>, lowest: &'static Field, highest: &'static Field) -> Option<()> {
    xdr.u32(lowest)?;
    xdr.u32(highest).map(|_| ())
}

/// Which procedure a reply answers.
fn called(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let Some(walk) = xdr.walk() else { return Some(()) };
    for link in walk.links() {
        if let Link::Call { program, version, procedure } = link {
            walk.uint(&PROGRAM, 0..0, program)?;
            walk.uint(&PROGRAM_VERSION, 0..0, version)?;
            walk.uint(&PROCEDURE, 0..0, procedure)?;
        }
    }
    Some(())
}

/// How a message is tied to others.
fn ties(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let Some(walk) = xdr.walk() else { return Some(()) };
    for link in walk.links() {
        match link {
            Link::Request { frame, time } => {
                walk.uint(&CALL_FRAME, 0..0, frame)?;
                walk.since(&TIME, time)?;
            }
            Link::RepeatedRequest(frame) => {
                walk.flag(&DUPLICATE, 0..0)?;
                walk.uint(&DUPLICATE_CALL, 0..0, frame)?;
            }
            Link::RepeatedResponse(frame) => {
                walk.flag(&DUPLICATE, 0..0)?;
                walk.uint(&DUPLICATE_REPLY, 0..0, frame)?;
            }
            _ => {}
        }
    }
    Some(())
}

const AUTH_TOO_LONG: &str = "longer than its message, or than 400 bytes (rpc.auth.length)";

/// Who calls (RFC 5531 section 8.2 and appendix A, RFC 2203 section 5).
fn credentials(xdr: &mut Xdr<'_, '_, '_>) -> Option<Option<Protection>> {
    let flavor = xdr.u32(&FLAVOR)?;
    let len = authentication_length(xdr)?;
    let mut protection = None;
    xdr.part(len, AUTH_TOO_LONG, |xdr| match flavor {
        AUTH_SYS => {
            xdr.u32(&STAMP)?;
            xdr.text(&MACHINE)?;
            xdr.u32(&UID)?;
            xdr.u32(&GID)?;
            let groups = xdr.number()?;
            for _ in 0..xdr.fitting(groups)? {
                xdr.u32(&OTHER_GID)?;
            }
            Some(())
        }
        RPCSEC_GSS => {
            xdr.u32(&GSS_VERSION)?;
            let procedure = xdr.u32(&GSS_PROCEDURE)?;
            xdr.u32(&GSS_SEQUENCE)?;
            let service = xdr.u32(&GSS_SERVICE)?;
            protection = Some(Protection { procedure, service });
            handle(xdr)
        }
        _ => opaque(xdr, len),
    })?;
    Some(protection)
}

fn verifier(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    if xdr.u32(&FLAVOR)? == RPCSEC_GSS {
        return token(xdr);
    }
    let len = authentication_length(xdr)?;
    xdr.part(len, AUTH_TOO_LONG, |xdr| opaque(xdr, len))
}

/// A token of the security mechanism.
fn token(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.whole(&GSS_TOKEN, &GSS_TOKEN_LENGTH)
}

/// What protects arguments or results that their program shows (RFC 2203 section 5.3.2.2).
fn checked(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let len = xdr.u32(&GSS_DATA_LENGTH)?;
    xdr.part(len, "longer than its message (rpc.authgss.data.length)", |xdr| {
        xdr.u32(&GSS_SEQUENCE).map(|_| ())
    })?;
    xdr.whole(&GSS_CHECKSUM, &GSS_TOKEN_LENGTH)
}

/// What sets up a context (RFC 2203 section 5.2.3.1).
fn context(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    handle(xdr)?;
    xdr.u32(&GSS_MAJOR)?;
    xdr.u32(&GSS_MINOR)?;
    xdr.u32(&GSS_WINDOW)?;
    token(xdr)
}

fn handle(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.counted(&GSS_CONTEXT, &GSS_CONTEXT_LENGTH)
}

fn authentication_length(xdr: &mut Xdr<'_, '_, '_>) -> Option<u32> {
    let len = xdr.u32(&AUTH_LENGTH)?;
    if len > MAX_AUTH {
        return xdr.malformed(AUTH_TOO_LONG);
    }
    Some(len)
}

fn opaque(xdr: &mut Xdr<'_, '_, '_>, len: u32) -> Option<()> {
    if len == 0 {
        return Some(());
    }
    xdr.fixed_unfilled(&OPAQUE, usize::try_from(len).ok()?).map(|_| ())
}

/// Measures the body of a message for the program that it belongs to; who has no `body` for it has not heard of the
/// version or the procedure.
pub(crate) fn measure(
    data: &[u8],
    cx: &mut Context<'_>,
    body: impl FnOnce(Message) -> Option<Body>,
) -> Parsed {
    let wire = cx.wire_len;
    let known = calls::current(cx).and_then(|message| Some((message, body(message)?)));
    let Some((message, body)) = known else { return Parsed::new(0, wire, Next::Data).bare() };
    let whole = wire.saturating_add(calls::to_come(cx));
    let flaw = Xdr::check(data, whole, cx.stream.is_some(), |xdr| {
        xdr.kept = message.kept;
        body(xdr)
    });
    if let Some(fault) = flaw {
        cx.flaw(fault);
    }
    Parsed::end(wire).memo(message.memo())
}

/// Shows the body of a message: the version, the procedure under the field of that version, and what `body` reads.
pub(crate) fn show(
    walk: &mut Walk<'_, '_>,
    procedures: &[(u8, &'static Field)],
    body: impl FnOnce(Message) -> Option<Body>,
) -> Option<()> {
    let message = Message::of(walk.memo());
    walk.uint(&PROGRAM_VERSION, 0..0, message.version)?;
    let (_, procedure) = procedures.iter().find(|(version, _)| *version == message.version)?;
    walk.uint(procedure, 0..0, message.procedure)?;
    let body = body(message)?;
    Xdr::show(walk, 0, |xdr| {
        xdr.kept = message.kept;
        body(xdr)
    })
}

/// What went wrong, as a summary ends with it: the name of a status, or its number.
pub(crate) fn failure(
    status: u32,
    names: &'static [(u64, &'static str)],
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    match name_of(names, status.into()) {
        Some(name) => write!(out, " {name}"),
        None => write!(out, " error {status}"),
    }
}

/// Version, procedure and direction, as every program's summary begins.
pub(crate) fn title(
    message: Message,
    names: &'static [(u64, &'static str)],
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let name = name_of(names, message.procedure.into()).unwrap_or("unknown procedure");
    write!(out, "V{} {name} {}", message.version, if message.is_reply { "Reply" } else { "Call" })
}
