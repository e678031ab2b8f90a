//! MOUNT: from a path to a file handle (RFC 1094 appendix A for versions 1 and 2, RFC 1813 appendix I for version 3).

use core::fmt;

use crate::application::nfs::handle;
use crate::application::rpc::calls::Message;
use crate::application::rpc::names::FLAVORS;
use crate::application::rpc::xdr::{Body, Xdr};
use crate::application::rpc::{self, FILL, OPAQUE_LENGTH, PROGRAM_VERSION, RPC_PROGRAM, VALUE_FOLLOWS};
use crate::bytes::{slice, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    PROCEDURE_1 = Field::u32("mount.procedure_v1", "procedure").names(PROCEDURES).key(),
    PROCEDURE_2 = Field::u32("mount.procedure_v2", "procedure").names(PROCEDURES).key(),
    PROCEDURE_3 = Field::u32("mount.procedure_v3", "procedure").names(PROCEDURES).key(),
    PATH = Field::text("mount.path", "path").key(),
    STATUS = Field::u32("mount.status", "status").names(STATUSES).key(),
    FLAVOR_COUNT = Field::u32("mount.flavors", "flavors"),
    FLAVOR = Field::u32("mount.flavor", "flavor").names(FLAVORS).many(),
    MOUNTED = Field::group("mount.dump.entry", "mounted"),
    HOSTNAME = Field::text("mount.dump.hostname", "by host").many(),
    DIRECTORY = Field::text("mount.dump.directory", "directory").many(),
    EXPORT = Field::group("mount.export.entry", "export"),
    EXPORTED = Field::text("mount.export.directory", "directory").many(),
    GROUPS = Field::group("mount.export.groups", "to"),
    GROUP = Field::text("mount.export.group", "group").many(),
    LINK_MAX = Field::u32("mount.pathconf.link_max", "most links of a file"),
    MAX_CANON = Field::u16("mount.pathconf.max_canon", "longest terminal line"),
    MAX_INPUT = Field::u16("mount.pathconf.max_input", "terminal buffer"),
    NAME_MAX = Field::u16("mount.pathconf.name_max", "longest name"),
    PATH_MAX = Field::u16("mount.pathconf.path_max", "longest path"),
    PIPE_BUF = Field::u16("mount.pathconf.pipe_buf", "pipe buffer"),
    VDISABLE = Field::u8("mount.pathconf.vdisable_char", "disabling character").hex(),
    MASK = Field::u16("mount.pathconf.mask", "errors and status").hex(),
    ALL_WRONG = Field::bool("mount.pathconf.mask.error_all", "nothing is valid"),
    LINK_MAX_WRONG = Field::bool("mount.pathconf.mask.error_link_max", "links are not valid"),
    MAX_CANON_WRONG = Field::bool("mount.pathconf.mask.error_max_canon", "terminal line is not valid"),
    MAX_INPUT_WRONG = Field::bool("mount.pathconf.mask.error_max_input", "terminal buffer is not valid"),
    NAME_MAX_WRONG = Field::bool("mount.pathconf.mask.error_name_max", "name is not valid"),
    PATH_MAX_WRONG = Field::bool("mount.pathconf.mask.error_path_max", "path is not valid"),
    PIPE_BUF_WRONG = Field::bool("mount.pathconf.mask.error_pipe_buf", "pipe buffer is not valid"),
    CHOWN_RESTRICTED = Field::bool("mount.pathconf.mask.chown_restricted", "chown restricted"),
    NO_TRUNC = Field::bool("mount.pathconf.mask.no_trunc", "longer names are refused"),
    VDISABLE_WRONG = Field::bool("mount.pathconf.mask.error_vdisable", "disabling character is not valid"),
    SECOND_MASK = Field::u16("nd.mount.pathconf.mask2", "errors, second word").hex();
    handle::LENGTH, handle::HASH, handle::HANDLE, PROGRAM_VERSION, VALUE_FOLLOWS, OPAQUE_LENGTH, FILL
}

static PROTOCOL: Protocol = Protocol {
    name: "mount",
    title: "MOUNT",
    about: "NFS mount protocol (RFC 1094, RFC 1813)",
    fields: FIELDS,
    via: None,
};

static VERSIONS: &[(u8, &Field)] = &[(1, &PROCEDURE_1), (2, &PROCEDURE_2), (3, &PROCEDURE_3)];
static KEYS: &[Key] = &[Key::new(&RPC_PROGRAM, 100_005)];

const PROCEDURES: &[(u64, &str)] = &[
    (0, "NULL"),
    (1, "MNT"),
    (2, "DUMP"),
    (3, "UMNT"),
    (4, "UMNTALL"),
    (5, "EXPORT"),
    (6, "EXPORTALL"),
    (7, "PATHCONF"),
];
/// RFC 1813 section 5.1.5; those of the older versions are Unix's.
const STATUSES: &[(u64, &str)] = &[
    (0, "OK"),
    (1, "ERR_PERM"),
    (2, "ERR_NOENT"),
    (5, "ERR_IO"),
    (13, "ERR_ACCES"),
    (20, "ERR_NOTDIR"),
    (22, "ERR_INVAL"),
    (63, "ERR_NAMETOOLONG"),
    (10_004, "ERR_NOTSUPP"),
    (10_006, "ERR_SERVERFAULT"),
];

/// XNFS section 8.4: which limits the server could not tell, and two that are true or false.
const MASK_BITS: &[(&Field, u64)] = &[
    (&ALL_WRONG, 0x1),
    (&LINK_MAX_WRONG, 0x2),
    (&MAX_CANON_WRONG, 0x4),
    (&MAX_INPUT_WRONG, 0x8),
    (&NAME_MAX_WRONG, 0x10),
    (&PATH_MAX_WRONG, 0x20),
    (&PIPE_BUF_WRONG, 0x40),
    (&CHOWN_RESTRICTED, 0x80),
    (&NO_TRUNC, 0x100),
    (&VDISABLE_WRONG, 0x200),
];

/// MOUNT.
#[derive(Debug)]
pub struct Mount;

impl Dissector for Mount {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        Ok(rpc::measure(data, cx, body))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        rpc::show(walk, VERSIONS, body)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let message = Message::of(layer.slot.memo);
        rpc::title(message, PROCEDURES, out)?;
        let first = u32_at(layer.data(), 0);
        match (message.procedure, message.is_reply, first) {
            (1 | 3, false, Some(len)) => {
                let path = usize::try_from(len).ok().and_then(|len| slice(layer.data(), 4, len));
                path.map_or(Ok(()), |path| write!(out, " {}", path.escape_ascii()))
            }
            (1, true, Some(status @ 1..)) => rpc::failure(status, STATUSES, out),
            _ => Ok(()),
        }
    }
}

/// What a message holds.
fn body(message: Message) -> Option<Body> {
    Some(match (message.version, message.procedure, message.is_reply) {
        (1..=3, 1 | 3, false) | (2, 7, false) => |xdr| xdr.text(&PATH).map(|_| ()),
        (1 | 2, 1, true) => |xdr| if xdr.u32(&STATUS)? == 0 { handle::fixed(xdr) } else { Some(()) },
        (3, 1, true) => |xdr| {
            if xdr.u32(&STATUS)? != 0 {
                return Some(());
            }
            handle::variable(xdr)?;
            xdr.array(&FLAVOR_COUNT, |xdr| xdr.u32(&FLAVOR).map(|_| ()))
        },
        (1..=3, 2, true) => |xdr| {
            xdr.list(&VALUE_FOLLOWS, |xdr| {
                xdr.group(&MOUNTED, |xdr| {
                    xdr.text(&HOSTNAME)?;
                    xdr.text(&DIRECTORY).map(|_| ())
                })
            })
        },
        (1..=3, 5, true) | (1 | 2, 6, true) => |xdr| {
            xdr.list(&VALUE_FOLLOWS, |xdr| {
                xdr.group(&EXPORT, |xdr| {
                    xdr.text(&EXPORTED)?;
                    xdr.group(&GROUPS, |xdr| xdr.list(&VALUE_FOLLOWS, |xdr| xdr.text(&GROUP).map(|_| ())))
                })
            })
        },
        (2, 7, true) => pathconf,
        // The others have neither arguments nor results.
        (1..=3, ..) => |_| Some(()),
        _ => return None,
    })
}

/// The limits of a file system (X/Open, Protocols for Interworking: XNFS, section 8.4).
fn pathconf(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&LINK_MAX)?;
    for field in [&MAX_CANON, &MAX_INPUT, &NAME_MAX, &PATH_MAX, &PIPE_BUF, &VDISABLE] {
        xdr.u32(field)?;
    }
    xdr.number()?;
    xdr.bits(&MASK, MASK_BITS)?;
    xdr.u32(&SECOND_MASK).map(|_| ())
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use crate::testing::{Seen, Talk, bytes};

    fn talk(version: u8, procedure: u8, call: &str, reply: &str) -> [Seen; 2] {
        let mut talk = Talk::new("rpc");
        let head = format!("00000001 00000000 00000002 000186a5 000000{version:02x} 000000{procedure:02x}");
        let call = talk.datagram(0, &bytes(&format!("{head} 00000000 00000000 00000000 00000000 {call}")));
        let head = "00000001 00000001 00000000 00000000 00000000 00000000";
        [call, talk.datagram(1, &bytes(&format!("{head} {reply}")))]
    }

    #[test]
    fn a_handle_for_a_path() {
        let [call, reply] =
            talk(3, 1, "00000004 2f737276", "00000000 00000008 0102030405060708 00000001 00000001");
        call.expect(&[("mount.path", "/srv"), ("mount.procedure_v3", "1")]);
        assert_eq!(call.info, "V3 MNT Call /srv");
        reply.expect(&[
            ("mount.status", "0"),
            ("nfs.fh.length", "8"),
            ("nfs.fh.hash", "0x3fca88c5"),
            ("mount.flavors", "1"),
            ("mount.flavor", "1"),
        ]);
    }

    #[test]
    fn a_path_that_is_refused() {
        let [_, reply] = talk(1, 1, "00000004 2f737276", "0000000d");
        assert_eq!(reply.info, "V1 MNT Reply ERR_ACCES");
    }

    #[test]
    fn exports_and_who_may_have_them() {
        let [_, reply] =
            talk(3, 5, "", "00000001 00000004 2f737276 00000001 00000002 68310000 00000000 00000000");
        reply.expect(&[
            ("mount.export.directory", "/srv"),
            ("mount.export.group", "h1"),
            ("rpc.value_follows", "1,1,0,0"),
        ]);
        assert!(reply.faults.is_empty());
    }

    #[test]
    fn limits_of_a_file_system() {
        let limits =
            "0000007f 000000ff 000000ff 000000ff 00001000 00001000 00000000 00000000 00000101 00000002";
        let [_, reply] = talk(2, 7, "00000004 2f737276", limits);
        reply.expect(&[
            ("mount.pathconf.path_max", "4096"),
            ("mount.pathconf.mask", "0x0101"),
            ("mount.pathconf.mask.error_all", "1"),
            ("mount.pathconf.mask.error_link_max", "0"),
            ("mount.pathconf.mask.no_trunc", "1"),
            ("nd.mount.pathconf.mask2", "0x0002"),
        ]);
        assert!(reply.faults.is_empty());
    }

    #[test]
    fn a_count_that_lies() {
        let [_, reply] = talk(3, 1, "00000004 2f737276", "00000000 00000000 00ffffff");
        assert_eq!(reply.faults, ["malformed: a count that its message cannot hold (rpc.array.len)"]);
    }
}
