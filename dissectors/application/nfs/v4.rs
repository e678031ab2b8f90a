//! NFS version 4 (RFC 7530): compounds and their operations, with those of version 4.1 that open each compound and keep
//! its sessions (RFC 8881).

use super::names::{STABLE, YES};
use super::names4::{CLAIMS, CREATES, DELEGATIONS, LIMITS, LOCKS, NOTICES, OPENS, OPERATIONS, PROCEDURES};
use super::names4::{REASONS, SHARES, STATUSES, WANTS};
use super::v3::{DEVICE_1, DEVICE_2};
use super::{DATA, NAME, STATUS, access, attributes, handle};
use crate::application::rpc::names::{FLAVORS, GSS_SERVICES};
use crate::application::rpc::xdr::Xdr;
use crate::field::{Field, Value};

fields! {
    PROCEDURE = Field::u32("nfs.procedure_v4", "procedure").names(PROCEDURES).key(),
    TAG = Field::text("nfs.tag", "tag"),
    MINOR_VERSION = Field::u32("nfs.minorversion", "minor version").key(),
    COUNT = Field::u32("nfs.ops.count", "operations"),
    OPERATION = Field::u32("nfs.opcode", "operation").names(OPERATIONS).many().key(),
    STATUS_4 = Field::u32("nfs.nfsstat4", "status").names(STATUSES).many().key(),
    COMPONENT = Field::text("nfs.pathname.component", "name").many().key(),
    LINK_TEXT = Field::text("nfs.symlink.linktext", "target").many().key(),
    ENTRY_FOLLOWS = Field::bool("nfs.value_follows", "another follows").many(),
    DIRECTORY_END = Field::bool("nfs.dirlist4.eof", "end of directory").many(),
    UNREAD = Field::bytes("nd.nfs.unread", "operations not read"),
    STATE_SEQUENCE = Field::u32("nfs.stateid.seqid", "state's sequence").many(),
    STATE = Field::bytes("nfs.stateid.other", "state").many(),
    SEQUENCE = Field::u32("nfs.seqid", "sequence").hex().many(),
    OFFSET = Field::u64("nfs.offset4", "offset").many(),
    LENGTH = Field::u64("nfs.length4", "length").many(),
    BYTES = Field::u32("nfs.count4", "count").many(),
    STABLE_HOW = Field::u32("nfs.stable_how4", "stable").names(STABLE).many(),
    VERIFIER = Field::u64("nfs.verifier4", "verifier").hex().many(),
    ATOMIC = Field::bool("nfs.change_info.atomic", "atomic").many(),
    BEFORE = Field::u64("nfs.changeid4.before", "change before").many(),
    AFTER = Field::u64("nfs.changeid4.after", "change after").many(),
    CLIENT = Field::u64("nfs.clientid", "client").hex().many(),
    CLIENT_ID = Field::bytes("nfs.nfs_client_id4.id", "client's name").many(),
    LOCK_TYPE = Field::u32("nfs.locktype4", "lock").names(LOCKS).many(),
    RECLAIM = Field::bool("nfs.lock.reclaim", "reclaimed").many(),
    NEW_OWNER = Field::bool("nfs.lock.locker.new_lock_owner", "new lock owner").many(),
    LOCK_SEQUENCE = Field::u32("nfs.lock_seqid", "lock's sequence").hex().many(),
    LOCK_OWNER = Field::bytes("nfs.lock_owner4", "lock owner").many(),
    OPEN_OWNER = Field::bytes("nfs.open_owner4", "open owner").many(),
    SHARE_ACCESS = Field::u32("nfs.open4.share_access", "share access").names(SHARES).many(),
    WANT = Field::u32("nfs.want", "wanted").names(WANTS).hex().many(),
    WANT_NOTICE = Field::u32("nfs.want_notification", "wanted later").names(NOTICES).hex().many(),
    SHARE_DENY = Field::u32("nfs.open4.share_deny", "share deny").names(SHARES).many(),
    OPEN_TYPE = Field::u32("nfs.open.opentype", "create").names(OPENS).many(),
    CREATE_MODE = Field::u32("nfs.createmode4", "create mode").names(CREATES).many(),
    CLAIM = Field::u32("nfs.open.claim_type", "claim").names(CLAIMS).many(),
    OPEN_FLAGS = Field::u32("nfs.open_rflags", "flags").hex().many(),
    CONFIRM = Field::bool("nfs.open_rflags.confirm", "to be confirmed").many(),
    POSIX_LOCKS = Field::bool("nfs.open_rflags.locktype_posix", "POSIX locks").many(),
    PRESERVES = Field::bool("nfs.open_rflags.preserve_unlinked", "kept open when removed").many(),
    MAY_NOTIFY = Field::bool("nfs.open_rflags.may_notify_lock", "may tell of locks").many(),
    DELEGATION = Field::u32("nfs.open.delegation_type", "delegation").names(DELEGATIONS).many(),
    RECALL = Field::bool("nfs.recall", "recalled at once").many(),
    LIMIT_BY = Field::u32("nfs.open.limit_by", "limited by").names(LIMITS).many(),
    FILE_SIZE = Field::u64("nfs.filesize", "longest file").many(),
    BLOCKS = Field::u32("nfs.num_blocks", "most blocks").many(),
    BLOCK_BYTES = Field::u32("nfs.bytes_per_block", "bytes of a block").many(),
    WHY_NONE = Field::u32("nfs.open.why_no_delegation", "why no delegation").names(REASONS).many(),
    CREATE_DIRECTORY = Field::bool("nfs.openattr4.createdir", "create directory").many(),
    EOF = Field::u32("nfs.eof", "end of file").names(YES).many(),
    COOKIE = Field::u64("nfs.cookie4", "cookie").many(),
    COOKIE_VERIFIER = Field::u64("nfs.cookie_verf4", "cookies' verifier").many(),
    NAMES_COUNT = Field::u32("nfs.dircount", "most bytes of names").many(),
    MAX_COUNT = Field::u32("nfs.maxcount", "most bytes").many(),
    CALLBACK_PROGRAM = Field::u32("nfs.cb_program", "callback program").hex().many(),
    NETID = Field::text("nfs.r_netid", "network").many(),
    ADDRESS = Field::text("nfs.r_addr", "address").many(),
    CALLBACK_ID = Field::u32("nfs.callback.ident", "callback id").hex().many(),
    FLAVOR = Field::u32("nfs.secinfo.flavor", "flavor").names(FLAVORS).many(),
    OID = Field::bytes("nfs.secinfo.flavor_info.rpcsec_gss_info.oid", "mechanism").many(),
    QOP = Field::u32("nfs.secinfo.flavor_info.rpcsec_gss_info.qop", "quality of protection").many(),
    SERVICE = Field::u32("nfs.secinfo.rpcsec_gss_info.service", "service").names(GSS_SERVICES).many(),
    FLAVOR_COUNT = Field::u32("nd.nfs.secinfo.count", "flavors").many(),
    SESSION = Field::bytes("nfs.session_id4", "session").many(),
    SLOT = Field::u32("nfs.slotid", "slot").many(),
    HIGH_SLOT = Field::u32("nfs.high_slotid", "highest slot").many(),
    TARGET_SLOT = Field::u32("nfs.target_high_slotid", "target of the highest slot").many(),
    CACHE_THIS = Field::bool("nfs.cachethis4", "cache the reply").many(),
    SEQUENCE_FLAGS = Field::u32("nfs.sequence.flags", "session's flags").hex().many(),
    PATH_DOWN = Field::bool("nfs.sequence.flags.cb_path_down", "no callback path").many(),
    GSS_EXPIRING = Field::bool("nfs.sequence.flags.cb_gss_contexts_expiring", "callback's contexts expire").many(),
    GSS_EXPIRED = Field::bool("nfs.sequence.flags.cb_gss_contexts_expired", "callback's contexts expired").many(),
    ALL_REVOKED = Field::bool("nfs.sequence.flags.expired_all_state_revoked", "all state expired").many(),
    SOME_REVOKED = Field::bool("nfs.sequence.flags.expired_some_state_revoked", "some state expired").many(),
    ADMIN_REVOKED = Field::bool("nfs.sequence.flags.admin_state_revoked", "state revoked by hand").many(),
    RECALLABLE_REVOKED = Field::bool("nfs.sequence.flags.recallable_state_revoked", "recallable state revoked").many(),
    LEASE_MOVED = Field::bool("nfs.sequence.flags.lease_moved", "lease moved").many(),
    RECLAIM_NEEDED = Field::bool("nfs.sequence.flags.restart_reclaim_needed", "state to be reclaimed").many(),
    SESSION_DOWN = Field::bool("nfs.sequence.flags.cb_path_down_session", "no callback path of the session").many(),
    BACK_FAULT = Field::bool("nfs.sequence.flags.backchannel_fault", "fault of the backchannel").many(),
    DEVICE_CHANGED = Field::bool("nfs.sequence.flags.devid_changed", "device changed").many(),
    DEVICE_DELETED = Field::bool("nfs.sequence.flags.devid_deleted", "device deleted").many(),
    ONE_FS = Field::bool("nfs.reclaim_one_fs4", "of one file system").many(),
}

/// RFC 7530 section 16.16, and RFC 8881 section 18.16.2 from the third on.
const OPEN_FLAG_BITS: &[(&Field, u64)] =
    &[(&CONFIRM, 0x2), (&POSIX_LOCKS, 0x4), (&PRESERVES, 0x8), (&MAY_NOTIFY, 0x20)];
/// RFC 8881 section 18.46.2.
const SEQUENCE_FLAG_BITS: &[(&Field, u64)] = &[
    (&PATH_DOWN, 0x1),
    (&GSS_EXPIRING, 0x2),
    (&GSS_EXPIRED, 0x4),
    (&ALL_REVOKED, 0x8),
    (&SOME_REVOKED, 0x10),
    (&ADMIN_REVOKED, 0x20),
    (&RECALLABLE_REVOKED, 0x40),
    (&LEASE_MOVED, 0x80),
    (&RECLAIM_NEEDED, 0x100),
    (&SESSION_DOWN, 0x200),
    (&BACK_FAULT, 0x400),
    (&DEVICE_CHANGED, 0x800),
    (&DEVICE_DELETED, 0x1000),
];
/// Operations that one compound may have: with more it is not one.
const MAX_OPERATIONS: u32 = 512;
const OK: u32 = 0;
const DENIED: u32 = 10_010;
const CLIENT_IN_USE: u32 = 10_017;
const RPCSEC_GSS: u32 = 6;
/// RFC 7530 section 16.16, `limit_by4`.
const LIMIT_BLOCKS: u32 = 2;

/// The arguments of COMPOUND (RFC 7530 section 15.2); `note` is told each operation.
pub(super) fn call(xdr: &mut Xdr<'_, '_, '_>, note: &mut dyn FnMut(u32)) -> Option<()> {
    xdr.text(&TAG)?;
    xdr.u32(&MINOR_VERSION)?;
    for _ in 0..operations(xdr)? {
        let at = xdr.at();
        let operation = xdr.number()?;
        note(operation);
        let known = xdr.group_of(&OPERATION, at..xdr.at(), Value::Uint(operation.into()), |xdr| {
            arguments(xdr, operation)
        })?;
        if !known {
            return unread(xdr);
        }
    }
    Some(())
}

/// The results of COMPOUND.
pub(super) fn reply(xdr: &mut Xdr<'_, '_, '_>, note: &mut dyn FnMut(u32)) -> Option<()> {
    status(xdr)?;
    xdr.text(&TAG)?;
    for _ in 0..operations(xdr)? {
        let at = xdr.at();
        let operation = xdr.number()?;
        note(operation);
        let known = xdr.group_of(&OPERATION, at..xdr.at(), Value::Uint(operation.into()), |xdr| {
            let status = status(xdr)?;
            results(xdr, operation, status)
        })?;
        if !known {
            return unread(xdr);
        }
    }
    Some(())
}

fn status(xdr: &mut Xdr<'_, '_, '_>) -> Option<u32> {
    let at = xdr.at();
    let status = xdr.u32(&STATUS_4)?;
    xdr.emit(&STATUS, at..xdr.at(), Value::Uint(status.into()))?;
    Some(status)
}

fn operations(xdr: &mut Xdr<'_, '_, '_>) -> Option<u32> {
    let count = xdr.u32(&COUNT)?;
    if count > MAX_OPERATIONS {
        return xdr.malformed("more operations than any server takes (nfs.ops.count)");
    }
    xdr.fitting(count)
}

/// What stands behind an operation of unknown length.
fn unread(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let rest = xdr.rest();
    if rest.is_empty() { Some(()) } else { xdr.fixed_unfilled(&UNREAD, rest.len()).map(|_| ()) }
}

/// The arguments of an operation; false if they are not known.
fn arguments(xdr: &mut Xdr<'_, '_, '_>, operation: u32) -> Option<bool> {
    match operation {
        3 => access::asked(xdr)?,
        4 => {
            xdr.u32(&SEQUENCE)?;
            state(xdr)?;
        }
        5 => {
            xdr.u64(&OFFSET)?;
            xdr.u32(&BYTES)?;
        }
        6 => create(xdr)?,
        7 | 30 | 57 => {
            xdr.u64(&CLIENT)?;
        }
        8 | 45 => state(xdr)?,
        9 => attributes::bitmap(xdr)?,
        10 | 16 | 23 | 24 | 27 | 31 | 32 => {}
        11 | 15 | 28 | 33 => {
            xdr.text(&COMPONENT)?;
        }
        12 => lock(xdr)?,
        13 => {
            xdr.u32(&LOCK_TYPE)?;
            extent(xdr)?;
            lock_owner(xdr)?;
        }
        14 => {
            xdr.u32(&LOCK_TYPE)?;
            xdr.u32(&SEQUENCE)?;
            state(xdr)?;
            extent(xdr)?;
        }
        17 | 37 => attributes::values(xdr)?,
        18 => open(xdr)?,
        19 => {
            xdr.bool(&CREATE_DIRECTORY)?;
        }
        20 => {
            state(xdr)?;
            xdr.u32(&SEQUENCE)?;
        }
        21 => {
            state(xdr)?;
            xdr.u32(&SEQUENCE)?;
            shares(xdr)?;
        }
        22 => handle::variable(xdr)?,
        25 => {
            state(xdr)?;
            xdr.u64(&OFFSET)?;
            xdr.u32(&BYTES)?;
        }
        26 => {
            xdr.u64(&COOKIE)?;
            xdr.u64(&COOKIE_VERIFIER)?;
            xdr.u32(&NAMES_COUNT)?;
            xdr.u32(&MAX_COUNT)?;
            attributes::bitmap(xdr)?;
        }
        29 => {
            xdr.text(&COMPONENT)?;
            xdr.text(&COMPONENT)?;
        }
        34 => {
            state(xdr)?;
            attributes::values(xdr)?;
        }
        35 => client(xdr)?,
        36 => {
            xdr.u64(&CLIENT)?;
            xdr.u64(&VERIFIER)?;
        }
        38 => {
            state(xdr)?;
            xdr.u64(&OFFSET)?;
            xdr.u32(&STABLE_HOW)?;
            xdr.data(&DATA)?;
        }
        39 => lock_owner(xdr)?,
        44 => {
            xdr.fixed(&SESSION, 16)?;
        }
        53 => {
            xdr.fixed(&SESSION, 16)?;
            xdr.u32(&SEQUENCE)?;
            xdr.u32(&SLOT)?;
            xdr.u32(&HIGH_SLOT)?;
            xdr.bool(&CACHE_THIS)?;
        }
        58 => {
            xdr.bool(&ONE_FS)?;
        }
        _ => return Some(false),
    }
    Some(true)
}

/// The results of an operation behind its status; false if they are not known.
fn results(xdr: &mut Xdr<'_, '_, '_>, operation: u32, status: u32) -> Option<bool> {
    match (operation, status) {
        (12 | 13, DENIED) => {
            extent(xdr)?;
            xdr.u32(&LOCK_TYPE)?;
            lock_owner(xdr)?;
        }
        (35, CLIENT_IN_USE) => address(xdr)?,
        // Which attributes were set is told of a failure too.
        (34, _) => attributes::bitmap(xdr)?,
        (_, 1..) => {}
        (3, OK) => access::known_and_granted(xdr)?,
        (4 | 12 | 14 | 20 | 21, OK) => state(xdr)?,
        (5, OK) => {
            xdr.u64(&VERIFIER)?;
        }
        (6, OK) => {
            change(xdr)?;
            attributes::bitmap(xdr)?;
        }
        (7 | 8 | 13 | 15..=17 | 19 | 22..=24 | 30..=32 | 36 | 37 | 39 | 44 | 45 | 57 | 58, OK) => {}
        (9, OK) => attributes::values(xdr)?,
        (10, OK) => handle::variable(xdr)?,
        (11 | 28, OK) => change(xdr)?,
        (18, OK) => opened(xdr)?,
        (25, OK) => {
            xdr.u32(&EOF)?;
            xdr.data(&DATA)?;
        }
        (26, OK) => {
            xdr.u64(&VERIFIER)?;
            xdr.list(&ENTRY_FOLLOWS, |xdr| {
                xdr.group(&super::ENTRY, |xdr| {
                    xdr.u64(&COOKIE)?;
                    xdr.text(&NAME)?;
                    attributes::values(xdr)
                })
            })?;
            xdr.bool(&DIRECTORY_END)?;
        }
        (27, OK) => {
            xdr.text(&LINK_TEXT)?;
        }
        (29, OK) => {
            change(xdr)?;
            change(xdr)?;
        }
        (33, OK) => xdr.array(&FLAVOR_COUNT, |xdr| {
            if xdr.u32(&FLAVOR)? == RPCSEC_GSS {
                xdr.opaque(&OID)?;
                xdr.u32(&QOP)?;
                xdr.u32(&SERVICE)?;
            }
            Some(())
        })?,
        (35, OK) => {
            xdr.u64(&CLIENT)?;
            xdr.u64(&VERIFIER)?;
        }
        (38, OK) => {
            xdr.u32(&BYTES)?;
            xdr.u32(&STABLE_HOW)?;
            xdr.u64(&VERIFIER)?;
        }
        (53, OK) => {
            xdr.fixed(&SESSION, 16)?;
            xdr.u32(&SEQUENCE)?;
            xdr.u32(&SLOT)?;
            xdr.u32(&HIGH_SLOT)?;
            xdr.u32(&TARGET_SLOT)?;
            xdr.bits(&SEQUENCE_FLAGS, SEQUENCE_FLAG_BITS)?;
        }
        _ => return Some(false),
    }
    Some(true)
}

/// RFC 7530 section 2.2.13, `stateid4`.
fn state(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&STATE_SEQUENCE)?;
    xdr.fixed(&STATE, 12).map(|_| ())
}

/// RFC 7530 section 2.2.7, `change_info4`.
fn change(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.bool(&ATOMIC)?;
    xdr.u64(&BEFORE)?;
    xdr.u64(&AFTER).map(|_| ())
}

fn extent(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u64(&OFFSET)?;
    xdr.u64(&LENGTH).map(|_| ())
}

fn lock_owner(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u64(&CLIENT)?;
    xdr.opaque(&LOCK_OWNER).map(|_| ())
}

/// What is opened for; beside it stands what the client wants of delegations (RFC 8881 section 18.16.1).
fn shares(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let at = xdr.at();
    let access = xdr.number()?;
    let at = at..xdr.at();
    xdr.emit(&SHARE_ACCESS, at.clone(), Value::Uint((access & 0x3).into()))?;
    for (field, mask) in [(&WANT, 0xff00_u32), (&WANT_NOTICE, 0x13_0000)] {
        let wanted = access & mask;
        if wanted != 0 {
            xdr.emit(field, at.clone(), Value::Uint(wanted.into()))?;
        }
    }
    xdr.u32(&SHARE_DENY).map(|_| ())
}

/// RFC 7530 section 16.4.
fn create(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    match xdr.u32(&attributes::TYPE)? {
        3 | 4 => {
            xdr.u32(&DEVICE_1)?;
            xdr.u32(&DEVICE_2)?;
        }
        5 => {
            xdr.text(&LINK_TEXT)?;
        }
        _ => {}
    }
    xdr.text(&COMPONENT)?;
    attributes::values(xdr)
}

/// RFC 7530 section 16.10.
fn lock(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&LOCK_TYPE)?;
    xdr.bool(&RECLAIM)?;
    extent(xdr)?;
    if xdr.bool(&NEW_OWNER)? {
        xdr.u32(&SEQUENCE)?;
        state(xdr)?;
        xdr.u32(&LOCK_SEQUENCE)?;
        return lock_owner(xdr);
    }
    state(xdr)?;
    xdr.u32(&LOCK_SEQUENCE).map(|_| ())
}

/// RFC 7530 section 16.16.
fn open(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&SEQUENCE)?;
    shares(xdr)?;
    xdr.u64(&CLIENT)?;
    xdr.opaque(&OPEN_OWNER)?;
    if xdr.u32(&OPEN_TYPE)? == 1 {
        let mode = xdr.u32(&CREATE_MODE)?;
        if mode >= 2 {
            xdr.u64(&VERIFIER)?;
        }
        if mode != 2 {
            attributes::values(xdr)?;
        }
    }
    match xdr.u32(&CLAIM)? {
        0 | 3 => xdr.text(&COMPONENT).map(|_| ()),
        1 => xdr.u32(&DELEGATION).map(|_| ()),
        2 => {
            state(xdr)?;
            xdr.text(&COMPONENT).map(|_| ())
        }
        5 => state(xdr),
        _ => Some(()),
    }
}

fn opened(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    state(xdr)?;
    change(xdr)?;
    xdr.bits(&OPEN_FLAGS, OPEN_FLAG_BITS)?;
    attributes::bitmap(xdr)?;
    match xdr.u32(&DELEGATION)? {
        1 => {
            state(xdr)?;
            xdr.bool(&RECALL)?;
            attributes::ace(xdr)
        }
        2 => {
            state(xdr)?;
            xdr.bool(&RECALL)?;
            if xdr.u32(&LIMIT_BY)? == LIMIT_BLOCKS {
                xdr.u32(&BLOCKS)?;
                xdr.u32(&BLOCK_BYTES)?;
            } else {
                xdr.u64(&FILE_SIZE)?;
            }
            attributes::ace(xdr)
        }
        3 => match xdr.u32(&WHY_NONE)? {
            // Contention and resources say besides whether the client will be told (RFC 8881 section 18.16.2).
            1 | 2 => xdr.number().map(|_| ()),
            _ => Some(()),
        },
        _ => Some(()),
    }
}

/// RFC 7530 section 16.33.
fn client(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u64(&VERIFIER)?;
    xdr.opaque(&CLIENT_ID)?;
    xdr.u32(&CALLBACK_PROGRAM)?;
    address(xdr)?;
    xdr.u32(&CALLBACK_ID).map(|_| ())
}

fn address(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.text(&NETID)?;
    xdr.text(&ADDRESS).map(|_| ())
}
