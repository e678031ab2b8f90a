//! NFS: files of another host (RFC 1094 for version 2, RFC 1813 for version 3, RFC 7530 for version 4).

use core::fmt;

use crate::application::rpc::calls::{self, Message};
use crate::application::rpc::xdr::{Body, Xdr};
use crate::application::rpc::{self, FILL, OPAQUE_LENGTH, PROGRAM_VERSION, RPC_PROGRAM, VALUE_FOLLOWS};
use crate::bytes::{slice, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, concat, name_of};
use crate::packet::Layer;
use crate::walk::Walk;

mod access;
mod attributes;
pub(crate) mod handle;
mod names;
mod names4;
#[cfg(test)]
mod tests;
mod v2;
mod v3;
mod v4;

use names::{PROCEDURES_2, PROCEDURES_3, STATUSES, YES};

fields! {
    STATUS = Field::u32("nfs.status", "status").names(STATUSES).many().hidden(),
    NAME = Field::text("nfs.name", "name").many().key(),
    DATA = Field::bytes("nfs.data", "data").many(),
    SYMLINK_TO = Field::text("nfs.symlink.to", "target").key(),
    LINK_TARGET = Field::text("nfs.readlink.data", "target").key(),
    FROM = Field::group("nd.nfs.from", "from"),
    TO = Field::group("nd.nfs.to", "to"),
    ATTRIBUTES = Field::group("nd.nfs.attributes", "attributes"),
    NEW_ATTRIBUTES = Field::group("nd.nfs.new_attributes", "new attributes"),
    ENTRY = Field::group("nfs.readdir.entry", "entry"),
    EOF = Field::u32("nfs.readdir.eof", "end of directory").names(YES),
    ATIME = Field::time("nfs.atime", "last access").many(),
    ATIME_SEC = Field::u32("nfs.atime.sec", "seconds").many(),
    ATIME_NSEC = Field::u32("nfs.atime.nsec", "nanoseconds").many(),
    MTIME = Field::time("nfs.mtime", "last modification").many(),
    MTIME_SEC = Field::u32("nfs.mtime.sec", "seconds").many(),
    MTIME_NSEC = Field::u32("nfs.mtime.nsec", "nanoseconds").many(),
    CTIME = Field::time("nfs.ctime", "last change").many(),
    CTIME_SEC = Field::u32("nfs.ctime.sec", "seconds").many(),
    CTIME_NSEC = Field::u32("nfs.ctime.nsec", "nanoseconds").many();
    PROGRAM_VERSION, VALUE_FOLLOWS, OPAQUE_LENGTH, FILL
}

static PROTOCOL: Protocol = Protocol {
    name: "nfs",
    title: "NFS",
    about: "Network File System (RFC 1094, RFC 1813, RFC 7530)",
    fields: &ALL_FIELDS,
    via: None,
};

const LISTS: [&[&Field]; 7] =
    [FIELDS, handle::FIELDS, access::FIELDS, v2::FIELDS, v3::FIELDS, v4::FIELDS, attributes::FIELDS];
const COUNT: usize = FIELDS.len()
    + handle::FIELDS.len()
    + access::FIELDS.len()
    + v2::FIELDS.len()
    + v3::FIELDS.len()
    + v4::FIELDS.len()
    + attributes::FIELDS.len();
static ALL_FIELDS: [&Field; COUNT] = concat(&LISTS);

static KEYS: &[Key] = &[Key::new(&RPC_PROGRAM, 100_003)];
static VERSIONS: &[(u8, &Field)] = &[(2, &v2::PROCEDURE), (3, &v3::PROCEDURE), (4, &v4::PROCEDURE)];

/// ACCESS of version 3.
const ACCESS: Message = Message { version: 3, procedure: 4, is_reply: false, kept: 0 };

/// The procedure of version 4 that is not NULL.
const COMPOUND: u8 = 1;
/// Operations that a summary names.
const MAX_TOLD: u32 = 12;

/// NFS.
#[derive(Debug)]
pub struct Nfs;

impl Dissector for Nfs {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let mut message = None;
        let parsed = rpc::measure(data, cx, |at_hand| {
            message = Some(at_hand);
            body(at_hand)
        });
        if message == Some(ACCESS)
            && let Some((_, rest)) = handle::split(data, false)
            && let Some(asked) = u32_at(rest, 0)
        {
            calls::keep(cx, u8::try_from(asked).unwrap_or(access::ALL));
        }
        Ok(parsed)
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        rpc::show(walk, VERSIONS, body)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let message = Message::of(layer.slot.memo);
        let data = layer.data();
        let (names, is_fixed) = match message.version {
            2 => (PROCEDURES_2, true),
            3 => (PROCEDURES_3, false),
            _ if message.procedure == COMPOUND => return compound(message, data, out),
            _ => (names4::PROCEDURES, false),
        };
        rpc::title(message, names, out)?;
        if message.is_reply {
            return match u32_at(data, 0) {
                Some(status @ 1..) if message.procedure != 0 => rpc::failure(status, STATUSES, out),
                _ => Ok(()),
            };
        }
        let has_handle = message.procedure != 0 && name_of(names, message.procedure.into()).is_some();
        let Some((handle, rest)) = handle::split(data, is_fixed).filter(|_| has_handle) else {
            return Ok(());
        };
        write!(out, " FH {handle}")?;
        let has_name = match message.version {
            2 => matches!(message.procedure, 4 | 9 | 10 | 11 | 13 | 14 | 15),
            _ => matches!(message.procedure, 3 | 8..=14),
        };
        let name = u32_at(rest, 0).and_then(|len| slice(rest, 4, usize::try_from(len).ok()?));
        match name.filter(|_| has_name) {
            Some(name) => write!(out, "/{}", name.escape_ascii()),
            None => Ok(()),
        }
    }
}

/// The operations of a compound, as far as they can be told, and the status if it is bad.
fn compound(message: Message, data: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    write!(out, "V4 {}", if message.is_reply { "Reply" } else { "Call" })?;
    let (mut told, mut done) = (0, Ok(()));
    let mut note = |operation: u32| {
        told = u32::saturating_add(told, 1);
        if done.is_ok() && told <= MAX_TOLD {
            done = match name_of(names4::OPERATIONS, operation.into()) {
                Some(name) => write!(out, " {name}"),
                None => write!(out, " operation {operation}"),
            };
        }
    };
    Xdr::check(data, data.len(), true, |xdr| match message.is_reply {
        true => v4::reply(xdr, &mut note),
        false => v4::call(xdr, &mut note),
    });
    done?;
    if told > MAX_TOLD {
        write!(out, " and {} more", told.saturating_sub(MAX_TOLD))?;
    }
    match u32_at(data, 0).filter(|status| message.is_reply && *status != 0) {
        Some(status) => rpc::failure(status, names4::STATUSES, out),
        None => Ok(()),
    }
}

/// What a message holds.
fn body(message: Message) -> Option<Body> {
    Some(match (message.version, message.is_reply) {
        (2, false) => v2::call(message.procedure),
        (2, true) => v2::reply(message.procedure),
        (3, false) => v3::call(message.procedure),
        (3, true) => v3::reply(message.procedure),
        (4, false) if message.procedure == COMPOUND => |xdr| v4::call(xdr, &mut |_| ()),
        (4, true) if message.procedure == COMPOUND => |xdr| v4::reply(xdr, &mut |_| ()),
        (4, _) => |_| Some(()),
        _ => return None,
    })
}
