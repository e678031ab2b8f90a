//! Capabilities (RFC 5492): in an OPEN, and in messages of their own (draft-ietf-idr-dynamic-cap).

use super::{is_extended, names, parameter_len, parameters};
use crate::bytes::u8_at;
use crate::cursor::Cursor;
use crate::field::{Field, Value};

fields! {
    CAPABILITY = Field::group("bgp.cap", "capability"),
    ACTION = Field::u8("bgp.cap.action", "action").names(names::ACTIONS),
    TYPE = Field::u8("bgp.cap.type", "type").names(names::CAPABILITIES).many().key(),
    LENGTH = Field::u8("bgp.cap.length", "length").many(),
    UNKNOWN = Field::bytes("bgp.cap.unknown", "value").many(),
    RESERVED = Field::bytes("bgp.cap.reserved", "reserved").many(),
    MP_AFI = Field::u16("bgp.cap.mp.afi", "address family").names(names::FAMILIES).many(),
    MP_SAFI = Field::u8("bgp.cap.mp.safi", "subsequent address family").names(names::SUBSEQUENT).many(),
    HOP_AFI = Field::u16("bgp.cap.enh.afi", "address family").names(names::FAMILIES).many(),
    HOP_SAFI = Field::u16("bgp.cap.enh.safi", "subsequent address family").names(names::SUBSEQUENT).many(),
    HOP_NEXT = Field::u16("bgp.cap.enh.nhafi", "family of the next hop").names(names::FAMILIES).many(),
    TIMERS = Field::u16("bgp.cap.gr.timers", "restart timers").hex().many(),
    TIMERS_RESTART = Field::bool("bgp.cap.gr.timers.restart_flag", "restarted").many(),
    TIMERS_NOTIFY = Field::bool("bgp.cap.gr.timers.notification_flag", "notifications are graceful").many(),
    TIMERS_TIME = Field::u16("bgp.cap.gr.timers.restart_time", "restart time (s)").many(),
    RESTART_AFI = Field::u16("bgp.cap.gr.afi", "address family").names(names::FAMILIES).many(),
    RESTART_SAFI = Field::u8("bgp.cap.gr.safi", "subsequent address family").names(names::SUBSEQUENT).many(),
    RESTART_FLAGS = Field::u8("bgp.cap.gr.flag", "flags").hex().many(),
    RESTART_PRESERVED = Field::bool("bgp.cap.gr.flag.pfs", "forwarding state preserved").many(),
    AS4 = Field::u32("bgp.cap.4as", "AS").many().key(),
    DYNAMIC = Field::u8("bgp.cap.dc", "dynamic capability").names(names::CAPABILITIES).many(),
    PATHS_AFI = Field::u16("bgp.cap.ap.afi", "address family").names(names::FAMILIES).many(),
    PATHS_SAFI = Field::u8("bgp.cap.ap.safi", "subsequent address family").names(names::SUBSEQUENT).many(),
    PATHS_MODE = Field::u8("bgp.cap.ap.sendreceive", "send or receive").names(MODES).many(),
    FILTER_AFI = Field::u16("bgp.cap.orf.afi", "address family").names(names::FAMILIES).many(),
    FILTER_SAFI = Field::u8("bgp.cap.orf.safi", "subsequent address family").names(names::SUBSEQUENT).many(),
    FILTER_COUNT = Field::u8("bgp.cap.orf.number", "filter types").many(),
    FILTER_TYPE = Field::u8("bgp.cap.orf.type", "filter type").names(names::FILTERS).many(),
    FILTER_MODE = Field::u8("bgp.cap.orf.sendreceive", "send or receive").names(MODES).many(),
    HOST_LEN = Field::u8("bgp.cap.orf.fqdn.hostname.len", "host name length").many(),
    HOST = Field::text("bgp.cap.orf.fqdn.hostname", "host name").many(),
    DOMAIN_LEN = Field::u8("bgp.cap.orf.fqdn.domain_name.len", "domain name length").many(),
    DOMAIN = Field::text("bgp.cap.orf.fqdn.domain_name", "domain name").many(),
    SEC_FLAGS = Field::u8("bgp.cap.bgpsec.flags", "flags").hex().many(),
    SEC_VERSION = Field::u8("bgp.cap.bgpsec.version", "version").many(),
    SEC_MODE = Field::u8("bgp.cap.bgpsec.sendreceive", "sends").many(),
    SEC_RESERVED = Field::u8("bgp.cap.bgpsec.reserved", "reserved").hex().many(),
    SEC_AFI = Field::u16("bgp.cap.bgpsec.afi", "address family").names(names::FAMILIES).many(),
    SESSIONS = Field::u8("bgp.cap.multisession.flags", "flags").hex().many(),
}

pub(super) const FOUR_OCTETS: u8 = 65;
/// Messages of more than 4,096 bytes (RFC 8654).
pub(super) const EXTENDED_MESSAGE: u8 = 6;

const MODES: &[(u64, &str)] = &[(1, "Receive"), (2, "Send"), (3, "Both")];

/// One capability.
pub(super) fn capability(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let len = usize::from(u8_at(part.rest(), 1)?);
    part.group(&CAPABILITY, Value::None, len.saturating_add(2), |part| {
        let kind = part.u8(&TYPE)?;
        part.u8(&LENGTH)?;
        value(part, kind, len)
    })
}

fn value(part: &mut Cursor<'_, '_, '_>, kind: u8, len: usize) -> Option<()> {
    match (kind, len) {
        // Nothing but their presence: route refreshes, long messages.
        (2 | 6 | 70 | 128, 0) => {}
        (1, 4) => {
            part.u16(&MP_AFI)?;
            part.bytes(&RESERVED, 1)?;
            part.u8(&MP_SAFI)?;
        }
        (3 | 130, 5..) => {
            part.u16(&FILTER_AFI)?;
            part.bytes(&RESERVED, 1)?;
            part.u8(&FILTER_SAFI)?;
            part.u8(&FILTER_COUNT)?;
            while part.left() > 0 {
                part.u8(&FILTER_TYPE)?;
                part.u8(&FILTER_MODE)?;
            }
        }
        (5, _) if len.is_multiple_of(6) => {
            while part.left() > 0 {
                part.u16(&HOP_AFI)?;
                part.u16(&HOP_SAFI)?;
                part.u16(&HOP_NEXT)?;
            }
        }
        (7, 3) => {
            let flags = u8_at(part.rest(), 0)?;
            let range = part.at()..part.at().saturating_add(1);
            let walk = part.walk();
            walk.open(&SEC_FLAGS, range.clone(), Value::Uint(flags.into()))?;
            walk.uint(&SEC_VERSION, range.clone(), flags >> 4)?;
            walk.uint(&SEC_MODE, range.clone(), flags >> 3 & 1)?;
            walk.uint(&SEC_RESERVED, range, flags & 7)?;
            walk.close();
            part.take(1)?;
            part.u16(&SEC_AFI)?;
        }
        (64, 2..) => restart(part)?,
        (FOUR_OCTETS, 4) => part.u32(&AS4).map(|_| ())?,
        (67, _) => {
            while part.left() > 0 {
                part.u8(&DYNAMIC)?;
            }
        }
        (68, 1..) => part.u8(&SESSIONS).map(|_| ())?,
        (69, _) if len.is_multiple_of(4) => {
            while part.left() > 0 {
                part.u16(&PATHS_AFI)?;
                part.u8(&PATHS_SAFI)?;
                part.u8(&PATHS_MODE)?;
            }
        }
        (73, 2..) => {
            let host = part.u8(&HOST_LEN)?;
            part.text(&HOST, host.into())?;
            let domain = part.u8(&DOMAIN_LEN)?;
            part.text(&DOMAIN, domain.into())?;
        }
        _ => part.bytes(&UNKNOWN, len).map(|_| ())?,
    }
    Some(())
}

/// Graceful restart (RFC 4724 section 3, RFC 8538 section 2).
fn restart(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let timers = part.peek(2)?;
    let range = part.at()..part.at().saturating_add(2);
    let walk = part.walk();
    walk.open(&TIMERS, range.clone(), Value::Uint(timers.into()))?;
    walk.bool(&TIMERS_RESTART, range.clone(), timers & 0x8000 != 0)?;
    walk.bool(&TIMERS_NOTIFY, range.clone(), timers & 0x4000 != 0)?;
    walk.uint(&TIMERS_TIME, range, timers & 0x0fff)?;
    walk.close();
    part.take(2)?;
    while part.left() > 0 {
        part.u16(&RESTART_AFI)?;
        part.u8(&RESTART_SAFI)?;
        part.bits(&RESTART_FLAGS, 1, &[(0x80, &RESTART_PRESERVED)])?;
    }
    Some(())
}

/// A message that adds or takes back a capability.
pub(super) fn message(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    while part.left() > 0 {
        part.u8(&ACTION)?;
        capability(part)?;
    }
    Some(())
}

/// Whether an OPEN has the capability `wanted`.
pub(super) fn has(message: &[u8], wanted: u8) -> bool {
    find(message, wanted).is_some()
}

/// The value of the first capability `wanted` of an OPEN.
pub(super) fn find(message: &[u8], wanted: u8) -> Option<&[u8]> {
    let mut rest = parameters(message);
    let is_extended = is_extended(rest);
    if is_extended {
        rest = rest.get(3..).unwrap_or_default();
    }
    let head = if is_extended { 3 } else { 2 };
    while let (Some(kind), Some(len)) = (u8_at(rest, 0), parameter_len(rest, is_extended)) {
        let end = len.saturating_add(head);
        let mut value = rest.get(head..end).unwrap_or_default();
        while let (2, Some(code), Some(len)) = (kind, u8_at(value, 0), u8_at(value, 1)) {
            let end = usize::from(len).saturating_add(2);
            if code == wanted {
                return Some(value.get(2..end).unwrap_or_default());
            }
            value = value.get(end..).unwrap_or_default();
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    None
}
