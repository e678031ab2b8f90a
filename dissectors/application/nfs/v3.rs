//! NFS version 3 (RFC 1813).

use super::names::{CREATE, FOLLOWS, PROCEDURES_3, SET_TIME, STABLE, STATUSES, TYPES, YES};
use super::{
    ATIME, ATIME_SEC, CTIME, CTIME_SEC, DATA, LINK_TARGET, MTIME, MTIME_SEC, NAME, STATUS, SYMLINK_TO,
};
use super::{ATIME_NSEC, CTIME_NSEC, MTIME_NSEC};
use super::{ATTRIBUTES, ENTRY, EOF, FROM, NEW_ATTRIBUTES, TO, access, handle};
use crate::application::rpc::VALUE_FOLLOWS;
use crate::application::rpc::xdr::{Body, Xdr};
use crate::bytes::u32_at;
use crate::field::{Field, Value};

fields! {
    PROCEDURE = Field::u32("nfs.procedure_v3", "procedure").names(PROCEDURES_3).key(),
    STATUS_3 = Field::u32("nfs.status3", "status").names(STATUSES).key(),
    OBJECT = Field::group("nd.nfs.object", "object"),
    DIRECTORY = Field::group("nd.nfs.directory", "directory"),
    BEFORE = Field::group("nd.nfs.before", "before"),
    AFTER = Field::group("nd.nfs.after", "after"),
    ATTRIBUTES_FOLLOW = Field::u32("nfs.attributes_follow", "attributes").names(FOLLOWS).many(),
    HANDLE_FOLLOWS = Field::u32("nfs.handle_follow", "handle").names(FOLLOWS).many(),
    TYPE = Field::u32("nfs.fattr3.type", "type").names(TYPES).many(),
    NEW_TYPE = Field::u32("nfs.type", "type").names(TYPES),
    MODE = Field::u32("nfs.mode3", "mode").many(),
    MODE_SUID = Field::bool("nfs.mode3.suid", "set user id").many(),
    MODE_SGID = Field::bool("nfs.mode3.sgid", "set group id").many(),
    MODE_SVTX = Field::bool("nfs.mode3.sticky", "sticky").many(),
    MODE_RUSR = Field::bool("nfs.mode3.rusr", "owner reads").many(),
    MODE_WUSR = Field::bool("nfs.mode3.wusr", "owner writes").many(),
    MODE_XUSR = Field::bool("nfs.mode3.xusr", "owner executes").many(),
    MODE_RGRP = Field::bool("nfs.mode3.rgrp", "group reads").many(),
    MODE_WGRP = Field::bool("nfs.mode3.wgrp", "group writes").many(),
    MODE_XGRP = Field::bool("nfs.mode3.xgrp", "group executes").many(),
    MODE_ROTH = Field::bool("nfs.mode3.roth", "others read").many(),
    MODE_WOTH = Field::bool("nfs.mode3.woth", "others write").many(),
    MODE_XOTH = Field::bool("nfs.mode3.xoth", "others execute").many(),
    LINKS = Field::u32("nfs.fattr3.nlink", "links").many(),
    UID = Field::u32("nfs.fattr3.uid", "user id").many(),
    GID = Field::u32("nfs.fattr3.gid", "group id").many(),
    SIZE = Field::u64("nfs.fattr3.size", "size").many(),
    USED = Field::u64("nfs.fattr3.used", "used").many(),
    DEVICE_1 = Field::u32("nfs.specdata1", "device's first number").many(),
    DEVICE_2 = Field::u32("nfs.specdata2", "device's second number").many(),
    FILE_SYSTEM = Field::u64("nfs.fattr3.fsid", "file system").hex().many(),
    FILE_ID = Field::u64("nfs.fattr3.fileid", "file id").many(),
    OLD_SIZE = Field::u64("nfs.wcc_attr.size", "size").many(),
    SETS_MODE = Field::u32("nfs.set_it", "set mode").names(YES).many(),
    SETS_UID = Field::u32("nfs.set_it", "set user id").names(YES).many(),
    SETS_GID = Field::u32("nfs.set_it", "set group id").names(YES).many(),
    SETS_SIZE = Field::u32("nfs.set_it", "set size").names(YES).many(),
    SETS_ATIME = Field::u32("nfs.set_it", "set last access").names(SET_TIME).many(),
    SETS_MTIME = Field::u32("nfs.set_it", "set last modification").names(SET_TIME).many(),
    SET_UID = Field::u32("nfs.uid3", "user id"),
    SET_GID = Field::u32("nfs.gid3", "group id"),
    SET_SIZE = Field::u64("nfs.set_size", "size"),
    GUARD = Field::u32("nfs.sattrguard3", "guard").names(FOLLOWS),
    OFFSET = Field::u64("nfs.offset3", "offset").key(),
    COUNT = Field::u32("nfs.count3", "count").key(),
    END = Field::bool("nfs.read.eof", "end of file"),
    STABLE_HOW = Field::u32("nfs.write.stable", "stable").names(STABLE),
    COMMITTED = Field::u32("nfs.write.committed", "committed").names(STABLE),
    VERIFIER = Field::bytes("nfs.verifier", "verifier"),
    CREATE_MODE = Field::u32("nfs.createmode", "create mode").names(CREATE),
    COOKIE = Field::u64("nfs.cookie3", "cookie"),
    DIRECTORY_COUNT = Field::u32("nfs.count3_dircount", "most bytes of names"),
    MAX_COUNT = Field::u32("nfs.count3_maxcount", "most bytes"),
    ENTRY_ID = Field::u64("nfs.readdir.entry3.fileid", "file id").many(),
    ENTRY_NAME = Field::text("nfs.readdir.entry3.name", "name").many(),
    ENTRY_COOKIE = Field::u64("nfs.readdir.entry3.cookie", "cookie").many(),
    PLUS_ID = Field::u64("nfs.readdirplus.entry.fileid", "file id").many(),
    PLUS_NAME = Field::text("nfs.readdirplus.entry.name", "name").many(),
    PLUS_COOKIE = Field::u64("nfs.readdirplus.entry.cookie", "cookie").many(),
    TOTAL_BYTES = Field::u64("nfs.fsstat3_resok.tbytes", "bytes"),
    FREE_BYTES = Field::u64("nfs.fsstat3_resok.fbytes", "free bytes"),
    AVAILABLE_BYTES = Field::u64("nfs.fsstat3_resok.abytes", "available bytes"),
    TOTAL_FILES = Field::u64("nfs.fsstat3_resok.tfiles", "files"),
    FREE_FILES = Field::u64("nfs.fsstat3_resok.ffiles", "free files"),
    AVAILABLE_FILES = Field::u64("nfs.fsstat3_resok.afiles", "available files"),
    STEADY = Field::u32("nfs.fsstat.invarsec", "steady for s"),
    READ_MAX = Field::u32("nfs.fsinfo.rtmax", "longest read"),
    READ_PREFERRED = Field::u32("nfs.fsinfo.rtpref", "preferred read"),
    READ_MULTIPLE = Field::u32("nfs.fsinfo.rtmult", "read a multiple of"),
    WRITE_MAX = Field::u32("nfs.fsinfo.wtmax", "longest write"),
    WRITE_PREFERRED = Field::u32("nfs.fsinfo.wtpref", "preferred write"),
    WRITE_MULTIPLE = Field::u32("nfs.fsinfo.wtmult", "write a multiple of"),
    READDIR_PREFERRED = Field::u32("nfs.fsinfo.dtpref", "preferred READDIR"),
    MAX_FILE_SIZE = Field::u64("nfs.fsinfo.maxfilesize", "longest file"),
    TIME_DELTA = Field::duration("nfs.dtime", "granularity of times"),
    TIME_DELTA_SEC = Field::u32("nfs.dtime.sec", "seconds"),
    TIME_DELTA_NSEC = Field::u32("nfs.dtime.nsec", "nanoseconds"),
    PROPERTIES = Field::u32("nfs.fsinfo.properties", "properties").hex(),
    CAN_SET_TIME = Field::bool("nfs.fsinfo.properties.setattr", "times can be set"),
    SAME_PATHCONF = Field::bool("nfs.fsinfo.properties.pathconf", "PATHCONF holds for all"),
    HAS_SYMLINKS = Field::bool("nfs.fsinfo.properties.symlinks", "symbolic links"),
    HAS_LINKS = Field::bool("nfs.fsinfo.properties.hardlinks", "hard links"),
    LINK_MAX = Field::u32("nfs.pathconf.linkmax", "most links"),
    NAME_MAX = Field::u32("nfs.pathconf.name_max", "longest name"),
    NO_TRUNC = Field::bool("nfs.pathconf.no_trunc", "longer names are refused"),
    CHOWN_RESTRICTED = Field::bool("nfs.pathconf.chown_restricted", "chown restricted"),
    CASE_INSENSITIVE = Field::bool("nfs.pathconf.case_insensitive", "case is ignored"),
    CASE_PRESERVING = Field::bool("nfs.pathconf.case_preserving", "case is kept"),
}

/// The bits of a mode (RFC 1813 section 2.5).
const MODE_BITS: &[(&Field, u64)] = &[
    (&MODE_SUID, 0o4_000),
    (&MODE_SGID, 0o2_000),
    (&MODE_SVTX, 0o1_000),
    (&MODE_RUSR, 0o400),
    (&MODE_WUSR, 0o200),
    (&MODE_XUSR, 0o100),
    (&MODE_RGRP, 0o40),
    (&MODE_WGRP, 0o20),
    (&MODE_XGRP, 0o10),
    (&MODE_ROTH, 0o4),
    (&MODE_WOTH, 0o2),
    (&MODE_XOTH, 0o1),
];
/// RFC 1813 section 3.3.19.
const PROPERTY_BITS: &[(&Field, u64)] =
    &[(&CAN_SET_TIME, 0x10), (&SAME_PATHCONF, 0x8), (&HAS_SYMLINKS, 0x2), (&HAS_LINKS, 0x1)];
const NANO: u32 = 1;

/// What a call holds.
pub(super) fn call(procedure: u8) -> Body {
    match procedure {
        1 | 5 | 18..=20 => handle::variable,
        2 => |xdr| {
            handle::variable(xdr)?;
            new_attributes(xdr)?;
            if xdr.u32(&GUARD)? != 0 { changed(xdr) } else { Some(()) }
        },
        3 | 12 | 13 => entry,
        4 => |xdr| {
            handle::variable(xdr)?;
            access::asked(xdr)
        },
        6 => |xdr| {
            handle::variable(xdr)?;
            xdr.u64(&OFFSET)?;
            xdr.u32(&COUNT).map(|_| ())
        },
        7 => |xdr| {
            handle::variable(xdr)?;
            xdr.u64(&OFFSET)?;
            xdr.u32(&COUNT)?;
            xdr.u32(&STABLE_HOW)?;
            xdr.data(&DATA)
        },
        8 => |xdr| {
            entry(xdr)?;
            match xdr.u32(&CREATE_MODE)? {
                2 => xdr.fixed(&VERIFIER, 8).map(|_| ()),
                _ => new_attributes(xdr),
            }
        },
        9 => |xdr| {
            entry(xdr)?;
            new_attributes(xdr)
        },
        10 => |xdr| {
            entry(xdr)?;
            new_attributes(xdr)?;
            xdr.text(&SYMLINK_TO).map(|_| ())
        },
        11 => |xdr| {
            entry(xdr)?;
            match xdr.u32(&NEW_TYPE)? {
                3 | 4 => {
                    new_attributes(xdr)?;
                    device(xdr)
                }
                6 | 7 => new_attributes(xdr),
                _ => Some(()),
            }
        },
        14 => |xdr| {
            xdr.group(&FROM, entry)?;
            xdr.group(&TO, entry)
        },
        15 => |xdr| {
            handle::variable(xdr)?;
            xdr.group(&TO, entry)
        },
        16 => |xdr| {
            handle::variable(xdr)?;
            xdr.u64(&COOKIE)?;
            xdr.fixed(&VERIFIER, 8)?;
            xdr.u32(&COUNT).map(|_| ())
        },
        17 => |xdr| {
            handle::variable(xdr)?;
            xdr.u64(&COOKIE)?;
            xdr.fixed(&VERIFIER, 8)?;
            xdr.u32(&DIRECTORY_COUNT)?;
            xdr.u32(&MAX_COUNT).map(|_| ())
        },
        21 => |xdr| {
            handle::variable(xdr)?;
            xdr.u64(&OFFSET)?;
            xdr.u32(&COUNT).map(|_| ())
        },
        // NULL, and what only later versions know, have nothing to show.
        _ => |_| Some(()),
    }
}

/// What a reply holds.
pub(super) fn reply(procedure: u8) -> Body {
    match procedure {
        1 => |xdr| {
            if status(xdr)? { attributes(xdr) } else { Some(()) }
        },
        2 => |xdr| {
            status(xdr)?;
            change(xdr, &OBJECT)
        },
        12 | 13 => |xdr| {
            status(xdr)?;
            change(xdr, &DIRECTORY)
        },
        3 => |xdr| {
            if status(xdr)? {
                handle::variable(xdr)?;
                found(xdr, &OBJECT)?;
            }
            found(xdr, &DIRECTORY)
        },
        4 => |xdr| {
            let is_done = status(xdr)?;
            found(xdr, &OBJECT)?;
            if is_done { access::granted(xdr) } else { Some(()) }
        },
        5 => |xdr| {
            let is_done = status(xdr)?;
            found(xdr, &OBJECT)?;
            if is_done { xdr.text(&LINK_TARGET).map(|_| ()) } else { Some(()) }
        },
        6 => |xdr| {
            let is_done = status(xdr)?;
            found(xdr, &OBJECT)?;
            if !is_done {
                return Some(());
            }
            xdr.u32(&COUNT)?;
            xdr.bool(&END)?;
            xdr.data(&DATA)
        },
        7 => |xdr| {
            let is_done = status(xdr)?;
            change(xdr, &OBJECT)?;
            if !is_done {
                return Some(());
            }
            xdr.u32(&COUNT)?;
            xdr.u32(&COMMITTED)?;
            xdr.fixed(&VERIFIER, 8).map(|_| ())
        },
        8..=11 => |xdr| {
            if status(xdr)? {
                if xdr.u32(&HANDLE_FOLLOWS)? != 0 {
                    handle::variable(xdr)?;
                }
                found(xdr, &OBJECT)?;
            }
            change(xdr, &DIRECTORY)
        },
        14 => |xdr| {
            status(xdr)?;
            change(xdr, &FROM)?;
            change(xdr, &TO)
        },
        15 => |xdr| {
            status(xdr)?;
            found(xdr, &OBJECT)?;
            change(xdr, &DIRECTORY)
        },
        16 => |xdr| {
            entries(xdr, |xdr| {
                xdr.u64(&ENTRY_ID)?;
                xdr.text(&ENTRY_NAME)?;
                xdr.u64(&ENTRY_COOKIE).map(|_| ())
            })
        },
        17 => |xdr| {
            entries(xdr, |xdr| {
                xdr.u64(&PLUS_ID)?;
                xdr.text(&PLUS_NAME)?;
                xdr.u64(&PLUS_COOKIE)?;
                found(xdr, &OBJECT)?;
                if xdr.u32(&HANDLE_FOLLOWS)? != 0 { handle::variable(xdr) } else { Some(()) }
            })
        },
        18 => |xdr| {
            let is_done = status(xdr)?;
            found(xdr, &OBJECT)?;
            if is_done { space(xdr) } else { Some(()) }
        },
        19 => |xdr| {
            let is_done = status(xdr)?;
            found(xdr, &OBJECT)?;
            if is_done { abilities(xdr) } else { Some(()) }
        },
        20 => |xdr| {
            let is_done = status(xdr)?;
            found(xdr, &OBJECT)?;
            if is_done { pathconf(xdr) } else { Some(()) }
        },
        21 => |xdr| {
            let is_done = status(xdr)?;
            change(xdr, &OBJECT)?;
            if is_done { xdr.fixed(&VERIFIER, 8).map(|_| ()) } else { Some(()) }
        },
        // NULL, and what only later versions know, have nothing to show.
        _ => |_| Some(()),
    }
}

/// Whether the procedure did what it was called for.
fn status(xdr: &mut Xdr<'_, '_, '_>) -> Option<bool> {
    let at = xdr.at();
    let status = xdr.u32(&STATUS_3)?;
    xdr.emit(&STATUS, at..xdr.at(), Value::Uint(status.into()))?;
    Some(status == 0)
}

/// RFC 1813 section 3.3, `diropargs3`.
fn entry(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    handle::variable(xdr)?;
    xdr.text(&NAME).map(|_| ())
}

fn device(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&DEVICE_1)?;
    xdr.u32(&DEVICE_2).map(|_| ())
}

/// RFC 1813 section 2.5, `fattr3`.
fn attributes(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.group(&ATTRIBUTES, |xdr| {
        xdr.u32(&TYPE)?;
        xdr.bits(&MODE, MODE_BITS)?;
        xdr.u32(&LINKS)?;
        xdr.u32(&UID)?;
        xdr.u32(&GID)?;
        xdr.u64(&SIZE)?;
        xdr.u64(&USED)?;
        device(xdr)?;
        xdr.u64(&FILE_SYSTEM)?;
        xdr.u64(&FILE_ID)?;
        xdr.time(&ATIME, &ATIME_SEC, &ATIME_NSEC, NANO)?;
        modified(xdr)?;
        changed(xdr)
    })
}

fn modified(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.time(&MTIME, &MTIME_SEC, &MTIME_NSEC, NANO)
}

fn changed(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.time(&CTIME, &CTIME_SEC, &CTIME_NSEC, NANO)
}

/// RFC 1813 section 2.5, `post_op_attr`.
fn found(xdr: &mut Xdr<'_, '_, '_>, whose: &'static Field) -> Option<()> {
    xdr.group(whose, |xdr| if xdr.u32(&ATTRIBUTES_FOLLOW)? != 0 { attributes(xdr) } else { Some(()) })
}

/// RFC 1813 section 2.5, `wcc_data`: what changed.
fn change(xdr: &mut Xdr<'_, '_, '_>, whose: &'static Field) -> Option<()> {
    xdr.group(whose, |xdr| {
        xdr.group(&BEFORE, |xdr| {
            if xdr.u32(&ATTRIBUTES_FOLLOW)? == 0 {
                return Some(());
            }
            xdr.u64(&OLD_SIZE)?;
            modified(xdr)?;
            changed(xdr)
        })?;
        found(xdr, &AFTER)
    })
}

/// RFC 1813 section 2.5, `sattr3`.
fn new_attributes(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.group(&NEW_ATTRIBUTES, |xdr| {
        if xdr.u32(&SETS_MODE)? != 0 {
            xdr.bits(&MODE, MODE_BITS)?;
        }
        if xdr.u32(&SETS_UID)? != 0 {
            xdr.u32(&SET_UID)?;
        }
        if xdr.u32(&SETS_GID)? != 0 {
            xdr.u32(&SET_GID)?;
        }
        if xdr.u32(&SETS_SIZE)? != 0 {
            xdr.u64(&SET_SIZE)?;
        }
        if xdr.u32(&SETS_ATIME)? == 2 {
            xdr.time(&ATIME, &ATIME_SEC, &ATIME_NSEC, NANO)?;
        }
        if xdr.u32(&SETS_MTIME)? == 2 {
            modified(xdr)?;
        }
        Some(())
    })
}

fn entries(
    xdr: &mut Xdr<'_, '_, '_>,
    mut each: impl FnMut(&mut Xdr<'_, '_, '_>) -> Option<()>,
) -> Option<()> {
    let is_done = status(xdr)?;
    found(xdr, &DIRECTORY)?;
    if !is_done {
        return Some(());
    }
    xdr.fixed(&VERIFIER, 8)?;
    xdr.list(&VALUE_FOLLOWS, |xdr| xdr.group(&ENTRY, &mut each))?;
    xdr.u32(&EOF).map(|_| ())
}

/// RFC 1813 section 3.3.18.
fn space(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let sizes = [&TOTAL_BYTES, &FREE_BYTES, &AVAILABLE_BYTES, &TOTAL_FILES, &FREE_FILES, &AVAILABLE_FILES];
    for field in sizes {
        xdr.u64(field)?;
    }
    xdr.u32(&STEADY).map(|_| ())
}

/// RFC 1813 section 3.3.19.
fn abilities(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let sizes = [
        &READ_MAX,
        &READ_PREFERRED,
        &READ_MULTIPLE,
        &WRITE_MAX,
        &WRITE_PREFERRED,
        &WRITE_MULTIPLE,
        &READDIR_PREFERRED,
    ];
    for field in sizes {
        xdr.u32(field)?;
    }
    xdr.u64(&MAX_FILE_SIZE)?;
    if let (Some(seconds), Some(nanos)) = (u32_at(xdr.rest(), 0), u32_at(xdr.rest(), 4)) {
        let delta = i64::from(seconds).saturating_mul(1_000_000_000).saturating_add(nanos.into());
        let at = xdr.at();
        xdr.emit(&TIME_DELTA, at..at.saturating_add(8), Value::Duration(delta))?;
    }
    xdr.u32(&TIME_DELTA_SEC)?;
    xdr.u32(&TIME_DELTA_NSEC)?;
    xdr.bits(&PROPERTIES, PROPERTY_BITS).map(|_| ())
}

/// RFC 1813 section 3.3.20.
fn pathconf(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&LINK_MAX)?;
    xdr.u32(&NAME_MAX)?;
    for field in [&NO_TRUNC, &CHOWN_RESTRICTED, &CASE_INSENSITIVE, &CASE_PRESERVING] {
        xdr.bool(field)?;
    }
    Some(())
}
