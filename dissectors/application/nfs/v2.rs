//! NFS version 2 (RFC 1094).

use super::names::{MODE_TYPES, NOT_SET, PROCEDURES_2, STATUSES, TYPES_2};
use super::{
    ATIME, ATIME_SEC, CTIME, CTIME_SEC, DATA, LINK_TARGET, MTIME, MTIME_SEC, NAME, STATUS, SYMLINK_TO,
};
use super::{ATTRIBUTES, ENTRY, EOF, FROM, NEW_ATTRIBUTES, TO, handle};
use crate::application::rpc::VALUE_FOLLOWS;
use crate::application::rpc::xdr::{Body, Xdr};
use crate::field::{Field, Value};

fields! {
    PROCEDURE = Field::u32("nfs.procedure_v2", "procedure").names(PROCEDURES_2).key(),
    STATUS_2 = Field::u32("nfs.status2", "status").names(STATUSES).key(),
    TYPE = Field::u32("nfs.ftype", "type").names(TYPES_2),
    MODE = Field::u32("nfs.mode", "mode").many(),
    UNSET_MODE = Field::u32("nfs.mode", "mode").names(NOT_SET).many(),
    MODE_NAME = Field::u32("nfs.mode.name", "type of file").names(MODE_TYPES).many(),
    MODE_SUID = Field::bool("nfs.mode.set_user_id", "set user id").many(),
    MODE_SGID = Field::bool("nfs.mode.set_group_id", "set group id").many(),
    MODE_SVTX = Field::bool("nfs.mode.save_swap_text", "save swapped text").many(),
    MODE_RUSR = Field::bool("nfs.mode.read_owner", "owner reads").many(),
    MODE_WUSR = Field::bool("nfs.mode.write_owner", "owner writes").many(),
    MODE_XUSR = Field::bool("nfs.mode.exec_owner", "owner executes").many(),
    MODE_RGRP = Field::bool("nfs.mode.read_group", "group reads").many(),
    MODE_WGRP = Field::bool("nfs.mode.write_group", "group writes").many(),
    MODE_XGRP = Field::bool("nfs.mode.exec_group", "group executes").many(),
    MODE_ROTH = Field::bool("nfs.mode.read_other", "others read").many(),
    MODE_WOTH = Field::bool("nfs.mode.write_other", "others write").many(),
    MODE_XOTH = Field::bool("nfs.mode.exec_other", "others execute").many(),
    LINKS = Field::u32("nfs.fattr.nlink", "links"),
    UID = Field::u32("nfs.fattr.uid", "user id"),
    GID = Field::u32("nfs.fattr.gid", "group id"),
    SIZE = Field::u32("nfs.fattr.size", "size"),
    NEW_UID = Field::u32("nfs.fattr.uid", "user id").names(NOT_SET),
    NEW_GID = Field::u32("nfs.fattr.gid", "group id").names(NOT_SET),
    NEW_SIZE = Field::u32("nfs.fattr.size", "size").names(NOT_SET),
    BLOCK_SIZE = Field::u32("nfs.fattr.blocksize", "block size"),
    DEVICE = Field::u32("nfs.fattr.rdev", "device"),
    BLOCKS = Field::u32("nfs.fattr.blocks", "blocks"),
    FILE_SYSTEM = Field::u32("nfs.fattr.fsid", "file system").hex(),
    FILE_ID = Field::u32("nfs.fattr.fileid", "file id"),
    ATIME_USEC = Field::u32("nfs.atime.usec", "microseconds"),
    MTIME_USEC = Field::u32("nfs.mtime.usec", "microseconds"),
    CTIME_USEC = Field::u32("nfs.ctime.usec", "microseconds"),
    UNSET_ATIME = Field::u32("nd.nfs.atime.unset", "last access").names(NOT_SET),
    UNSET_MTIME = Field::u32("nd.nfs.mtime.unset", "last modification").names(NOT_SET),
    READ_OFFSET = Field::u32("nfs.read.offset", "offset"),
    READ_COUNT = Field::u32("nfs.read.count", "count"),
    READ_TOTAL = Field::u32("nfs.read.totalcount", "total count"),
    WRITE_BEGIN = Field::u32("nfs.write.beginoffset", "beginning offset"),
    WRITE_OFFSET = Field::u32("nfs.write.offset", "offset"),
    WRITE_TOTAL = Field::u32("nfs.write.totalcount", "total count"),
    COOKIE = Field::u32("nfs.readdir.cookie", "cookie"),
    COUNT = Field::u32("nfs.readdir.count", "count"),
    ENTRY_ID = Field::u32("nfs.readdir.entry.fileid", "file id").many(),
    ENTRY_NAME = Field::text("nfs.readdir.entry.name", "name").many(),
    ENTRY_COOKIE = Field::u32("nfs.readdir.entry.cookie", "cookie").many(),
    TRANSFER_SIZE = Field::u32("nfs.statfs.tsize", "transfer size"),
    FS_BLOCK_SIZE = Field::u32("nfs.statfs.bsize", "block size"),
    FS_BLOCKS = Field::u32("nfs.statfs.blocks", "blocks"),
    FS_FREE = Field::u32("nfs.statfs.bfree", "free blocks"),
    FS_AVAILABLE = Field::u32("nfs.statfs.bavail", "available blocks"),
}

/// The bits of a mode (RFC 1094 section 2.3.5).
pub(super) const MODE_BITS: &[(&Field, u64)] = &[
    (&MODE_NAME, 0o160_000),
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
/// Stands for a value that is not set (RFC 1094 section 2.3.6).
const UNSET: u32 = u32::MAX;

/// What a call holds.
pub(super) fn call(procedure: u8) -> Body {
    match procedure {
        1 | 5 | 17 => handle::fixed,
        2 => |xdr| {
            handle::fixed(xdr)?;
            new_attributes(xdr)
        },
        4 | 10 | 15 => entry,
        6 => |xdr| {
            handle::fixed(xdr)?;
            xdr.u32(&READ_OFFSET)?;
            xdr.u32(&READ_COUNT)?;
            xdr.u32(&READ_TOTAL).map(|_| ())
        },
        8 => |xdr| {
            handle::fixed(xdr)?;
            xdr.u32(&WRITE_BEGIN)?;
            xdr.u32(&WRITE_OFFSET)?;
            xdr.u32(&WRITE_TOTAL)?;
            xdr.data(&DATA)
        },
        9 | 14 => |xdr| {
            entry(xdr)?;
            new_attributes(xdr)
        },
        11 => |xdr| {
            xdr.group(&FROM, entry)?;
            xdr.group(&TO, entry)
        },
        12 => |xdr| {
            handle::fixed(xdr)?;
            xdr.group(&TO, entry)
        },
        13 => |xdr| {
            entry(xdr)?;
            xdr.text(&SYMLINK_TO)?;
            new_attributes(xdr)
        },
        16 => |xdr| {
            handle::fixed(xdr)?;
            xdr.u32(&COOKIE)?;
            xdr.u32(&COUNT).map(|_| ())
        },
        // NULL, and what only later versions know, have nothing to show.
        _ => |_| Some(()),
    }
}

/// What a reply holds.
pub(super) fn reply(procedure: u8) -> Body {
    match procedure {
        1 | 2 | 8 => |xdr| succeeded(xdr, attributes),
        4 | 9 | 14 => |xdr| {
            succeeded(xdr, |xdr| {
                handle::fixed(xdr)?;
                attributes(xdr)
            })
        },
        5 => |xdr| succeeded(xdr, |xdr| xdr.text(&LINK_TARGET).map(|_| ())),
        6 => |xdr| {
            succeeded(xdr, |xdr| {
                attributes(xdr)?;
                xdr.data(&DATA)
            })
        },
        10..=13 | 15 => |xdr| succeeded(xdr, |_| Some(())),
        16 => |xdr| succeeded(xdr, entries),
        17 => |xdr| {
            succeeded(xdr, |xdr| {
                for field in [&TRANSFER_SIZE, &FS_BLOCK_SIZE, &FS_BLOCKS, &FS_FREE, &FS_AVAILABLE] {
                    xdr.u32(field)?;
                }
                Some(())
            })
        },
        // NULL, and what only later versions know, have nothing to show.
        _ => |_| Some(()),
    }
}

/// The status, and what follows if it is good.
fn succeeded(xdr: &mut Xdr<'_, '_, '_>, read: impl FnOnce(&mut Xdr<'_, '_, '_>) -> Option<()>) -> Option<()> {
    let at = xdr.at();
    let status = xdr.u32(&STATUS_2)?;
    xdr.emit(&STATUS, at..xdr.at(), Value::Uint(status.into()))?;
    if status == 0 { read(xdr) } else { Some(()) }
}

/// RFC 1094 section 2.3.10, `diropargs`.
fn entry(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    handle::fixed(xdr)?;
    xdr.text(&NAME).map(|_| ())
}

/// RFC 1094 section 2.3.5, `fattr`.
fn attributes(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.group(&ATTRIBUTES, |xdr| {
        xdr.u32(&TYPE)?;
        xdr.bits(&MODE, MODE_BITS)?;
        let numbers = [&LINKS, &UID, &GID, &SIZE, &BLOCK_SIZE, &DEVICE, &BLOCKS, &FILE_SYSTEM, &FILE_ID];
        for field in numbers {
            xdr.u32(field)?;
        }
        xdr.time(&ATIME, &ATIME_SEC, &ATIME_USEC, MICRO)?;
        xdr.time(&MTIME, &MTIME_SEC, &MTIME_USEC, MICRO)?;
        xdr.time(&CTIME, &CTIME_SEC, &CTIME_USEC, MICRO)
    })
}

const MICRO: u32 = 1_000;

/// RFC 1094 section 2.3.6, `sattr`.
fn new_attributes(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.group(&NEW_ATTRIBUTES, |xdr| {
        if xdr.peek() == Some(UNSET) {
            xdr.u32(&UNSET_MODE)?;
        } else {
            xdr.bits(&MODE, MODE_BITS)?;
        }
        xdr.u32(&NEW_UID)?;
        xdr.u32(&NEW_GID)?;
        xdr.u32(&NEW_SIZE)?;
        if !is_unset(xdr, &UNSET_ATIME)? {
            xdr.time(&ATIME, &ATIME_SEC, &ATIME_USEC, MICRO)?;
        }
        if !is_unset(xdr, &UNSET_MTIME)? {
            xdr.time(&MTIME, &MTIME_SEC, &MTIME_USEC, MICRO)?;
        }
        Some(())
    })
}

/// Whether a time is not to be set, which is no time, but a number.
fn is_unset(xdr: &mut Xdr<'_, '_, '_>, field: &'static Field) -> Option<bool> {
    if xdr.peek() != Some(UNSET) {
        return Some(false);
    }
    xdr.u32(field)?;
    xdr.number().map(|_| true)
}

fn entries(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.list(&VALUE_FOLLOWS, |xdr| {
        xdr.group(&ENTRY, |xdr| {
            xdr.u32(&ENTRY_ID)?;
            xdr.text(&ENTRY_NAME)?;
            xdr.u32(&ENTRY_COOKIE).map(|_| ())
        })
    })?;
    xdr.u32(&EOF).map(|_| ())
}
