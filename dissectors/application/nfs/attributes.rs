//! Attributes of version 4 (RFC 7530 section 5): a bitmap says which, and their values follow in the order of its bits.

use super::names4::{ACE_RIGHTS, ACES, ATTRIBUTES, EXPIRIES};
use super::v3::{DEVICE_1, DEVICE_2};
use super::v4::STATUS_4;
use super::{handle, names, v2};
use crate::application::rpc::xdr::Xdr;
use crate::bytes::{u32_at, u64_at};
use crate::field::{Field, Value};
use crate::frame::Timestamp;

fields! {
    MASK = Field::u32("nfs.attr_mask", "bitmap").hex().many(),
    ATTRIBUTE = Field::u32("nfs.attr", "attribute").names(ATTRIBUTES).many(),
    UNREAD = Field::bytes("nd.nfs.attr.unread", "attributes not read").many(),
    TYPE = Field::u32("nfs.nfs_ftype4", "type").names(names::TYPES).many(),
    EXPIRE_TYPE = Field::u32("nfs.fattr4_fh_expire_type", "handles expire").names(EXPIRIES).hex().many(),
    CHANGE = Field::u64("nfs.changeid4", "change").many(),
    SIZE = Field::u64("nfs.fattr4.size", "size").many(),
    LINK_SUPPORT = Field::bool("nfs.fattr4_link_support", "hard links").many(),
    SYMLINK_SUPPORT = Field::bool("nfs.fattr4_symlink_support", "symbolic links").many(),
    NAMED = Field::bool("nfs.fattr4_named_attr", "named attributes").many(),
    FSID_MAJOR = Field::u64("nfs.fsid4.major", "file system, major").many(),
    FSID_MINOR = Field::u64("nfs.fsid4.minor", "file system, minor").many(),
    UNIQUE = Field::bool("nfs.fattr4_unique_handles", "handles are unique").many(),
    LEASE = Field::u32("nfs.fattr4.lease_time", "lease in s").many(),
    ACE_COUNT = Field::u32("nfs.num_aces", "access control entries").many(),
    ACE_TYPE = Field::u32("nfs.acetype4", "entry's type").names(ACES).many(),
    ACE_FLAGS = Field::u32("nfs.aceflags4", "entry's flags").hex().many(),
    FILE_INHERIT = Field::bool("nfs.aceflag4.file_inherit", "new files inherit it").many(),
    DIRECTORY_INHERIT = Field::bool("nfs.aceflag4.dir_inherit", "new directories inherit it").many(),
    NO_PROPAGATE = Field::bool("nfs.aceflag4.no_prop_inherit", "inherited once").many(),
    INHERIT_ONLY = Field::bool("nfs.aceflag4.inherit_only", "holds only where inherited").many(),
    SUCCESSFUL_ACCESS = Field::bool("nfs.aceflag4.successful_access", "tells of success").many(),
    FAILED_ACCESS = Field::bool("nfs.aceflag4.failed_access", "tells of failure").many(),
    IDENTIFIER_GROUP = Field::bool("nfs.aceflag4.id_group", "subject is a group").many(),
    INHERITED = Field::bool("nfs.aceflag4.inherited_ace", "was inherited").many(),
    ACE_MASK = Field::u32("nfs.acemask4", "entry's rights").hex().many(),
    ACE_RIGHT = Field::u32("nfs.ace_perm4", "right").names(ACE_RIGHTS).hex().many(),
    ACE_WHO = Field::text("nfs.who", "entry's subject").many(),
    ACL_SUPPORT = Field::u32("nfs.fattr4.aclsupport", "kinds of entries").many(),
    ALLOWS = Field::bool("nfs.fattr4.aclsupport.allow_acl", "ALLOW").many(),
    DENIES = Field::bool("nfs.fattr4.aclsupport.deny_acl", "DENY").many(),
    AUDITS = Field::bool("nfs.fattr4.aclsupport.audit_acl", "AUDIT").many(),
    ALARMS = Field::bool("nfs.fattr4.aclsupport.alarm_acl", "ALARM").many(),
    ARCHIVE = Field::bool("nfs.fattr4_archive", "archive").many(),
    CAN_SET_TIME = Field::bool("nfs.fattr4_cansettime", "times can be set").many(),
    CASE_INSENSITIVE = Field::bool("nfs.fattr4_case_insensitive", "case is ignored").many(),
    CASE_PRESERVING = Field::bool("nfs.fattr4_case_preserving", "case is kept").many(),
    CHOWN_RESTRICTED = Field::bool("nfs.fattr4_chown_restricted", "chown restricted").many(),
    FILE_ID = Field::u64("nfs.fattr4.fileid", "file id").many(),
    FILES_AVAILABLE = Field::u64("nfs.fattr4.files_avail", "available files").many(),
    FILES_FREE = Field::u64("nfs.fattr4.files_free", "free files").many(),
    FILES_TOTAL = Field::u64("nfs.fattr4.files_total", "files").many(),
    HIDDEN = Field::bool("nfs.fattr4_hidden", "hidden").many(),
    HOMOGENEOUS = Field::bool("nfs.fattr4_homogeneous", "homogeneous").many(),
    MAX_FILE_SIZE = Field::u64("nfs.fattr4.maxfilesize", "longest file").many(),
    MAX_LINK = Field::u32("nfs.fattr4.maxlink", "most links").many(),
    MAX_NAME = Field::u32("nfs.fattr4.maxname", "longest name").many(),
    MAX_READ = Field::u64("nfs.fattr4.maxread", "longest read").many(),
    MAX_WRITE = Field::u64("nfs.fattr4.maxwrite", "longest write").many(),
    MIME_TYPE = Field::text("nfs.fattr4_mimetype", "media type").many(),
    NO_TRUNC = Field::bool("nfs.fattr4_no_trunc", "longer names are refused").many(),
    LINKS = Field::u32("nfs.fattr4.numlinks", "links").many(),
    OWNER = Field::text("nfs.fattr4_owner", "owner").many(),
    OWNER_GROUP = Field::text("nfs.fattr4_owner_group", "group").many(),
    QUOTA_HARD = Field::u64("nfs.fattr4.quota_hard", "quota left, hard").many(),
    QUOTA_SOFT = Field::u64("nfs.fattr4.quota_soft", "quota left, soft").many(),
    QUOTA_USED = Field::u64("nfs.fattr4.quota_used", "quota used").many(),
    SPACE_AVAILABLE = Field::u64("nfs.fattr4.space_avail", "available bytes").many(),
    SPACE_FREE = Field::u64("nfs.fattr4.space_free", "free bytes").many(),
    SPACE_TOTAL = Field::u64("nfs.fattr4.space_total", "bytes").many(),
    SPACE_USED = Field::u64("nfs.fattr4.space_used", "used").many(),
    SYSTEM = Field::bool("nfs.fattr4_system", "system").many(),
    TIME = Field::time("nd.nfs.time", "time").many(),
    TIME_DELTA = Field::duration("nd.nfs.time_delta", "granularity of times").many(),
    SECONDS = Field::u64("nfs.nfstime4.seconds", "seconds").many(),
    NANOSECONDS = Field::u32("nfs.nfstime4.nseconds", "nanoseconds").many(),
    TIME_HOW = Field::u32("nd.nfs.time_how", "set it").names(TIMES).many(),
    MOUNTED_ON = Field::u64("nfs.fattr4.mounted_on_fileid", "mounted on file id").hex().many(),
}

/// RFC 7530 section 2.2.2, `time_how4`.
const TIMES: &[(u64, &str)] = &[(0, "set to server's time"), (1, "set to client's time")];

/// RFC 7530 section 6.2.1.4; the last by RFC 8881 section 6.2.1.4.
const ACE_FLAG_BITS: &[(&Field, u64)] = &[
    (&FILE_INHERIT, 0x1),
    (&DIRECTORY_INHERIT, 0x2),
    (&NO_PROPAGATE, 0x4),
    (&INHERIT_ONLY, 0x8),
    (&SUCCESSFUL_ACCESS, 0x10),
    (&FAILED_ACCESS, 0x20),
    (&IDENTIFIER_GROUP, 0x40),
    (&INHERITED, 0x80),
];
/// RFC 7530 section 6.2.1.2.
const ACL_SUPPORT_BITS: &[(&Field, u64)] = &[(&ALLOWS, 0x1), (&DENIES, 0x2), (&AUDITS, 0x4), (&ALARMS, 0x8)];
/// Number of the highest bit of an entry's rights (RFC 7530 section 6.2.1.3).
const SYNCHRONIZE: u32 = 20;

/// Words of a bitmap that anyone has use for: with more it is not one.
const MAX_WORDS: u32 = 8;

/// How a value is read.
enum Form {
    Number(&'static Field),
    Long(&'static Field),
    Truth(&'static Field),
    Text(&'static Field),
    Other(fn(&mut Xdr<'_, '_, '_>) -> Option<()>),
}

use Form::{Long, Number, Other, Text, Truth};

/// By the number of the attribute. What is not here ends the reading, for nobody knows how long it is.
const FORMS: &[(u32, Form)] = &[
    (0, Other(bitmap)),
    (1, Number(&TYPE)),
    (2, Number(&EXPIRE_TYPE)),
    (3, Long(&CHANGE)),
    (4, Long(&SIZE)),
    (5, Truth(&LINK_SUPPORT)),
    (6, Truth(&SYMLINK_SUPPORT)),
    (7, Truth(&NAMED)),
    (8, Other(file_system)),
    (9, Truth(&UNIQUE)),
    (10, Number(&LEASE)),
    (11, Number(&STATUS_4)),
    (12, Other(acl)),
    (13, Other(|xdr| xdr.bits(&ACL_SUPPORT, ACL_SUPPORT_BITS).map(|_| ()))),
    (14, Truth(&ARCHIVE)),
    (15, Truth(&CAN_SET_TIME)),
    (16, Truth(&CASE_INSENSITIVE)),
    (17, Truth(&CASE_PRESERVING)),
    (18, Truth(&CHOWN_RESTRICTED)),
    (19, Other(handle::variable)),
    (20, Long(&FILE_ID)),
    (21, Long(&FILES_AVAILABLE)),
    (22, Long(&FILES_FREE)),
    (23, Long(&FILES_TOTAL)),
    (25, Truth(&HIDDEN)),
    (26, Truth(&HOMOGENEOUS)),
    (27, Long(&MAX_FILE_SIZE)),
    (28, Number(&MAX_LINK)),
    (29, Number(&MAX_NAME)),
    (30, Long(&MAX_READ)),
    (31, Long(&MAX_WRITE)),
    (32, Text(&MIME_TYPE)),
    (33, Other(|xdr| xdr.bits(&v2::MODE, v2::MODE_BITS).map(|_| ()))),
    (34, Truth(&NO_TRUNC)),
    (35, Number(&LINKS)),
    (36, Text(&OWNER)),
    (37, Text(&OWNER_GROUP)),
    (38, Long(&QUOTA_HARD)),
    (39, Long(&QUOTA_SOFT)),
    (40, Long(&QUOTA_USED)),
    (41, Other(device)),
    (42, Long(&SPACE_AVAILABLE)),
    (43, Long(&SPACE_FREE)),
    (44, Long(&SPACE_TOTAL)),
    (45, Long(&SPACE_USED)),
    (46, Truth(&SYSTEM)),
    (47, Other(time)),
    (48, Other(new_time)),
    (49, Other(time)),
    (50, Other(time)),
    (51, Other(granularity)),
    (52, Other(time)),
    (53, Other(time)),
    (54, Other(new_time)),
    (55, Long(&MOUNTED_ON)),
    (75, Other(bitmap)),
];

/// Which attributes, without values (RFC 7530 section 2.2, `bitmap4`).
pub(super) fn bitmap(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let words = mask(xdr)?;
    for attribute in bits(words) {
        xdr.emit(&ATTRIBUTE, 0..0, Value::Uint(attribute.into()))?;
    }
    Some(())
}

/// The words of a bitmap.
fn mask(xdr: &mut Xdr<'_, '_, '_>) -> Option<[u32; MAX_WORDS as usize]> {
    let count = xdr.number()?;
    if count > MAX_WORDS {
        return xdr.malformed("more words than there are attributes (nfs.attr_mask)");
    }
    let mut words = [0; MAX_WORDS as usize];
    for word in words.iter_mut().take(usize::try_from(count).ok()?) {
        *word = xdr.u32(&MASK)?;
    }
    Some(words)
}

/// The attributes of a bitmap, ascending.
fn bits(words: [u32; MAX_WORDS as usize]) -> impl Iterator<Item = u32> {
    (0..MAX_WORDS.saturating_mul(32)).filter(move |bit| {
        let word = usize::try_from(bit / 32).ok().and_then(|nth| words.get(nth).copied());
        word.is_some_and(|word| word >> (bit % 32) & 1 != 0)
    })
}

/// Attributes with their values (RFC 7530 section 2.2, `fattr4`).
pub(super) fn values(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let words = mask(xdr)?;
    let len = xdr.number()?;
    xdr.part(len, "longer than its message (nfs.attr)", |xdr| {
        for attribute in bits(words) {
            let form = FORMS.iter().find(|(number, _)| *number == attribute);
            let Some((_, form)) = form else {
                xdr.emit(&ATTRIBUTE, 0..0, Value::Uint(attribute.into()))?;
                let rest = xdr.rest();
                return xdr.fixed(&UNREAD, rest.len()).map(|_| ());
            };
            xdr.group_of(&ATTRIBUTE, 0..0, Value::Uint(attribute.into()), |xdr| match form {
                Number(field) => xdr.u32(field).map(|_| ()),
                Long(field) => xdr.u64(field).map(|_| ()),
                Truth(field) => xdr.bool(field).map(|_| ()),
                Text(field) => xdr.text(field).map(|_| ()),
                Other(read) => read(xdr),
            })?;
        }
        Some(())
    })
}

fn file_system(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u64(&FSID_MAJOR)?;
    xdr.u64(&FSID_MINOR).map(|_| ())
}

fn device(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&DEVICE_1)?;
    xdr.u32(&DEVICE_2).map(|_| ())
}

fn acl(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.array(&ACE_COUNT, ace)
}

/// RFC 7530 section 6.2.1, `nfsace4`.
pub(super) fn ace(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&ACE_TYPE)?;
    xdr.bits(&ACE_FLAGS, ACE_FLAG_BITS)?;
    let at = xdr.at();
    let rights = xdr.number()?;
    let at = at..xdr.at();
    xdr.group_of(&ACE_MASK, at.clone(), Value::Uint(rights.into()), |xdr| {
        for nth in 0..=SYNCHRONIZE {
            let right = rights & 1_u32.wrapping_shl(nth);
            if right != 0 {
                xdr.emit(&ACE_RIGHT, at.clone(), Value::Uint(right.into()))?;
            }
        }
        Some(())
    })?;
    xdr.text(&ACE_WHO).map(|_| ())
}

/// RFC 7530 section 2.2.1, `nfstime4`.
pub(super) fn time(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let at = xdr.at();
    if let (Some(seconds), Some(nanos)) = (u64_at(xdr.rest(), 0), u32_at(xdr.rest(), 8)) {
        let time = Timestamp::new(seconds.cast_signed(), nanos.into());
        xdr.emit(&TIME, at..at.saturating_add(12), Value::Time(time))?;
    }
    xdr.u64(&SECONDS)?;
    xdr.u32(&NANOSECONDS).map(|_| ())
}

/// The same form, but no date: how far apart times are at least (RFC 7530 section 5.8.2, `time_delta`).
fn granularity(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let at = xdr.at();
    if let (Some(seconds), Some(nanos)) = (u64_at(xdr.rest(), 0), u32_at(xdr.rest(), 8)) {
        let delta = seconds.cast_signed().saturating_mul(1_000_000_000).saturating_add(nanos.into());
        xdr.emit(&TIME_DELTA, at..at.saturating_add(12), Value::Duration(delta))?;
    }
    xdr.u64(&SECONDS)?;
    xdr.u32(&NANOSECONDS).map(|_| ())
}

fn new_time(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    if xdr.u32(&TIME_HOW)? == 1 { time(xdr) } else { Some(()) }
}
