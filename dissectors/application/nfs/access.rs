//! Rights asked for and granted (RFC 1813 section 3.3.4, RFC 7530 section 16.1).

use crate::application::rpc::xdr::Xdr;
use crate::field::{Field, Value};

fields! {
    CHECK = Field::u8("nfs.access_check", "rights asked for").hex().many(),
    SUPPORTED = Field::u8("nfs.access_supported", "rights that are known").hex().many(),
    RIGHTS = Field::u8("nfs.access_rights", "rights granted").hex().many(),
    READ = Field::bool("nfs.access_read", "read").many(),
    LOOKUP = Field::bool("nfs.access_lookup", "look up").many(),
    MODIFY = Field::bool("nfs.access_modify", "modify").many(),
    EXTEND = Field::bool("nfs.access_extend", "extend").many(),
    DELETE = Field::bool("nfs.access_delete", "delete").many(),
    EXECUTE = Field::bool("nfs.access_execute", "execute").many(),
    KNOWN_READ = Field::bool("nfs.access_supp_read", "read").many(),
    KNOWN_LOOKUP = Field::bool("nfs.access_supp_lookup", "look up").many(),
    KNOWN_MODIFY = Field::bool("nfs.access_supp_modify", "modify").many(),
    KNOWN_EXTEND = Field::bool("nfs.access_supp_extend", "extend").many(),
    KNOWN_DELETE = Field::bool("nfs.access_supp_delete", "delete").many(),
    KNOWN_EXECUTE = Field::bool("nfs.access_supp_execute", "execute").many(),
}

type Bits = &'static [(&'static Field, u32)];

const BITS: Bits =
    &[(&READ, 0x1), (&LOOKUP, 0x2), (&MODIFY, 0x4), (&EXTEND, 0x8), (&DELETE, 0x10), (&EXECUTE, 0x20)];
const KNOWN_BITS: Bits = &[
    (&KNOWN_READ, 0x1),
    (&KNOWN_LOOKUP, 0x2),
    (&KNOWN_MODIFY, 0x4),
    (&KNOWN_EXTEND, 0x8),
    (&KNOWN_DELETE, 0x10),
    (&KNOWN_EXECUTE, 0x20),
];
/// All of them.
pub(super) const ALL: u8 = 0x3f;

/// The rights that a call asks about.
pub(super) fn asked(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let rights = xdr.peek();
    rows(xdr, &CHECK, BITS, rights.unwrap_or_default())
}

/// The rights that a reply grants, of those that were asked about.
pub(super) fn granted(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let asked = xdr.kept;
    rows(xdr, &RIGHTS, BITS, asked.into())
}

/// The rights that the server can tell of, and those of them that it grants (RFC 7530 section 16.1).
pub(super) fn known_and_granted(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let known = xdr.peek().unwrap_or_default();
    rows(xdr, &SUPPORTED, KNOWN_BITS, known)?;
    rows(xdr, &RIGHTS, BITS, known)
}

/// A set of rights, and each of them that is in `of`.
fn rows(xdr: &mut Xdr<'_, '_, '_>, field: &'static Field, bits: Bits, of: u32) -> Option<()> {
    let at = xdr.at();
    let rights = xdr.number()?;
    let at = at..xdr.at();
    xdr.group_of(field, at.clone(), Value::Uint(rights.into()), |xdr| {
        for (right, bit) in bits.iter().filter(|(_, bit)| of & bit != 0) {
            xdr.emit(right, at.clone(), Value::Bool(rights & bit != 0))?;
        }
        Some(())
    })
}
