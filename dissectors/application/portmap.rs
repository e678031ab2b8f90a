//! Portmap and rpcbind: where the programs of a host are reached (RFC 1833).

use core::fmt;

use crate::application::rpc::calls::Message;
use crate::application::rpc::names::PROGRAMS;
use crate::application::rpc::xdr::{Body, Xdr};
use crate::application::rpc::{self, FILL, OPAQUE_LENGTH, PROGRAM_VERSION, RPC_PROGRAM, VALUE_FOLLOWS};
use crate::bytes::{slice, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, name_of};
use crate::network::IP_PROTO_NAMES;
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    PROCEDURE_1 = Field::u32("portmap.procedure_v1", "procedure").names(PORTMAP).key(),
    PROCEDURE_2 = Field::u32("portmap.procedure_v2", "procedure").names(PORTMAP).key(),
    PROCEDURE_3 = Field::u32("portmap.procedure_v3", "procedure").names(RPCBIND).key(),
    PROCEDURE_4 = Field::u32("portmap.procedure_v4", "procedure").names(RPCBIND).key(),
    PROGRAM = Field::u32("portmap.prog", "program").names(PROGRAMS).many(),
    VERSION = Field::u32("portmap.version", "version").many(),
    PROCEDURE = Field::u32("portmap.proc", "procedure called"),
    PROTOCOL_NUMBER = Field::u32("portmap.proto", "transport").names(IP_PROTO_NAMES).many(),
    PORT = Field::u32("portmap.port", "port").many(),
    ANSWER = Field::bool("portmap.answer", "done"),
    ARGUMENTS = Field::bytes("portmap.args", "arguments"),
    RESULT = Field::bytes("portmap.result", "result"),
    ENTRY = Field::group("portmap.rpcb", "entry"),
    ENTRY_PROGRAM = Field::u32("portmap.rpcb.prog", "program").names(PROGRAMS).many(),
    ENTRY_VERSION = Field::u32("portmap.rpcb.version", "version").many(),
    NETID = Field::text("portmap.rpcb.netid", "network").many(),
    ADDRESS = Field::text("portmap.rpcb.addr", "address").many(),
    OWNER = Field::text("portmap.rpcb.owner", "owner").many(),
    UNIVERSAL_ADDRESS = Field::text("portmap.uaddr", "address").key(),
    UNREAD = Field::bytes("nd.portmap.unread", "not read");
    PROGRAM_VERSION, VALUE_FOLLOWS, OPAQUE_LENGTH, FILL
}

static PROTOCOL: Protocol = Protocol {
    name: "portmap",
    title: "Portmap",
    about: "Portmapper and rpcbind (RFC 1833)",
    fields: FIELDS,
    via: None,
};

static VERSIONS: &[(u8, &Field)] =
    &[(1, &PROCEDURE_1), (2, &PROCEDURE_2), (3, &PROCEDURE_3), (4, &PROCEDURE_4)];
static KEYS: &[Key] = &[Key::new(&RPC_PROGRAM, 100_000)];

/// RFC 1833 section 3.
const PORTMAP: &[(u64, &str)] =
    &[(0, "NULL"), (1, "SET"), (2, "UNSET"), (3, "GETPORT"), (4, "DUMP"), (5, "CALLIT")];
/// RFC 1833 sections 2.1 and 2.2.
const RPCBIND: &[(u64, &str)] = &[
    (0, "NULL"),
    (1, "SET"),
    (2, "UNSET"),
    (3, "GETADDR"),
    (4, "DUMP"),
    (5, "CALLIT"),
    (6, "GETTIME"),
    (7, "UADDR2TADDR"),
    (8, "TADDR2UADDR"),
    (9, "GETVERSADDR"),
    (10, "INDIRECT"),
    (11, "GETADDRLIST"),
    (12, "GETSTAT"),
];

/// Portmap and rpcbind.
#[derive(Debug)]
pub struct Portmap;

impl Dissector for Portmap {
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
        let names = if message.version <= 2 { PORTMAP } else { RPCBIND };
        rpc::title(message, names, out)?;
        let data = layer.data();
        match (message.version, message.procedure, message.is_reply) {
            (1 | 2, 1..=3 | 5, false) | (3 | 4, 1..=3 | 9, false) => {
                let (Some(program), Some(version)) = (u32_at(data, 0), u32_at(data, 4)) else {
                    return Ok(());
                };
                match name_of(PROGRAMS, program.into()) {
                    Some(name) => write!(out, " {name}({program}) V{version}")?,
                    None => write!(out, " program {program} V{version}")?,
                }
                match name_of(IP_PROTO_NAMES, u32_at(data, 8).unwrap_or_default().into()) {
                    Some(name) if message.version <= 2 && message.procedure != 5 => write!(out, " {name}"),
                    _ => Ok(()),
                }
            }
            (1 | 2, 3, true) => match u32_at(data, 0) {
                Some(0) => out.write_str(" not registered"),
                Some(port) => write!(out, " port {port}"),
                None => Ok(()),
            },
            (3 | 4, 3 | 9, true) => {
                let len = u32_at(data, 0).and_then(|len| usize::try_from(len).ok()).unwrap_or_default();
                match slice(data, 4, len) {
                    Some([]) => out.write_str(" not registered"),
                    Some(address) => write!(out, " {}", address.escape_ascii()),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

/// What a message holds.
fn body(message: Message) -> Option<Body> {
    Some(match (message.version, message.procedure, message.is_reply) {
        (1 | 2, 1..=3, false) => mapping,
        (1..=4, 1 | 2, true) => |xdr| xdr.bool(&ANSWER).map(|_| ()),
        (1 | 2, 3, true) => |xdr| xdr.u32(&PORT).map(|_| ()),
        (2, 4, true) => |xdr| xdr.list(&VALUE_FOLLOWS, |xdr| xdr.group(&ENTRY, mapping)),
        (2, 5, false) | (3, 5, false) | (4, 5 | 10, false) => |xdr| {
            xdr.u32(&PROGRAM)?;
            xdr.u32(&VERSION)?;
            xdr.u32(&PROCEDURE)?;
            xdr.opaque(&ARGUMENTS).map(|_| ())
        },
        (2, 5, true) => |xdr| {
            xdr.u32(&PORT)?;
            xdr.opaque(&RESULT).map(|_| ())
        },
        (3, 5, true) | (4, 5 | 10, true) => |xdr| {
            xdr.text(&UNIVERSAL_ADDRESS)?;
            xdr.opaque(&RESULT).map(|_| ())
        },
        (3, 1..=3, false) | (4, 1..=3 | 9 | 11, false) => |xdr| xdr.group(&ENTRY, entry),
        (3, 3, true) | (4, 3 | 9, true) => |xdr| xdr.text(&UNIVERSAL_ADDRESS).map(|_| ()),
        (3 | 4, 4, true) => |xdr| xdr.list(&VALUE_FOLLOWS, |xdr| xdr.group(&ENTRY, entry)),
        // NULL has nothing to show; of what few ask for the bytes are shown.
        (1..=4, ..) => unread,
        _ => return None,
    })
}

/// RFC 1833 section 3, `mapping`.
fn mapping(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&PROGRAM)?;
    xdr.u32(&VERSION)?;
    xdr.u32(&PROTOCOL_NUMBER)?;
    xdr.u32(&PORT).map(|_| ())
}

/// RFC 1833 section 2.1, `rpcb`.
fn entry(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    xdr.u32(&ENTRY_PROGRAM)?;
    xdr.u32(&ENTRY_VERSION)?;
    xdr.text(&NETID)?;
    xdr.text(&ADDRESS)?;
    xdr.text(&OWNER).map(|_| ())
}

/// What stands in a message of which only the procedure is told.
fn unread(xdr: &mut Xdr<'_, '_, '_>) -> Option<()> {
    let rest = xdr.rest();
    if rest.is_empty() { Some(()) } else { xdr.fixed_unfilled(&UNREAD, rest.len()).map(|_| ()) }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    /// A call of this version and procedure, and its reply, with bodies (RFC 1833).
    fn talk(version: u8, procedure: u8, call: &str, reply: &str) -> [crate::testing::Seen; 2] {
        let mut talk = Talk::new("rpc");
        let head = "00000001 00000000 00000002 000186a0";
        let none = "00000000 00000000 00000000 00000000";
        let call = talk.datagram(
            0,
            &bytes(&alloc::format!("{head} 000000{version:02x} 000000{procedure:02x} {none} {call}")),
        );
        let head = "00000001 00000001 00000000 00000000 00000000 00000000";
        [call, talk.datagram(1, &bytes(&alloc::format!("{head} {reply}")))]
    }

    #[test]
    fn an_address_of_rpcbind() {
        let body = "000186a5 00000003 00000003 75647000 00000000 00000000";
        let [call, reply] = talk(3, 3, body, "00000010 3139322e302e322e38302e37382e3830");
        call.expect(&[
            ("portmap.rpcb.prog", "100005"),
            ("portmap.rpcb.netid", "udp"),
            ("rpc.fill_bytes", "00"),
        ]);
        assert_eq!(call.info, "V3 GETADDR Call MOUNT(100005) V3");
        reply.expect(&[("portmap.procedure_v3", "3"), ("portmap.uaddr", "192.0.2.80.78.80")]);
        assert_eq!(reply.info, "V3 GETADDR Reply 192.0.2.80.78.80");
    }

    #[test]
    fn all_that_is_registered() {
        let body = "00000001 000186a0 00000002 00000006 0000006f 00000001 000186a3 00000003 00000011 00000801 00000000";
        let [_, reply] = talk(2, 4, "", body);
        reply.expect(&[
            ("rpc.value_follows", "1,1,0"),
            ("portmap.prog", "100000,100003"),
            ("portmap.proto", "6,17"),
            ("portmap.port", "111,2049"),
        ]);
        assert!(reply.faults.is_empty());
    }

    #[test]
    fn what_is_not_read_is_shown() {
        let [call, reply] = talk(4, 6, "", "67748580");
        assert_eq!(call.info, "V4 GETTIME Call");
        call.expect(&[("nd.portmap.unread", "")]);
        reply.expect(&[("portmap.procedure_v4", "6"), ("nd.portmap.unread", "67748580")]);
        assert!(reply.faults.is_empty());
    }

    #[test]
    fn what_is_not_registered() {
        let [call, reply] = talk(2, 3, "000186a3 00000003 00000006 00000000", "00000000");
        assert_eq!(call.info, "V2 GETPORT Call NFS(100003) V3 TCP");
        assert_eq!(reply.info, "V2 GETPORT Reply not registered");
    }
}
