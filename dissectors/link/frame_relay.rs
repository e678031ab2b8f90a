//! Frame relay: the address and control fields of Q.922 (sections 3.2 and 3.3), and what stands behind them: the
//! multiprotocol header of RFC 2427, or a type as in Cisco HDLC.

use core::fmt;

use crate::bytes::{chunk, u8_at, u16_at, u24_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value, name_of};
use crate::frame::LinkType;
use crate::link::chdlc::CHDLC_PROTOCOL;
use crate::link::ethernet::{ETHERTYPE, ETHERTYPE_NAMES, TYPE_BRIDGED, TYPE_IPV4, TYPE_IPV6};
use crate::link::llc::{LLC_CISCO_PID, LLC_DSAP};
use crate::network::gre::GRE_PROTO;
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

/// Network layer protocol identifiers (ISO/IEC TR 9577, RFC 2427 section 4.1).
const NLPID_NAMES: &[(u64, &str)] = &[
    (0x08, "Q.933"),
    (0x80, "SNAP"),
    (0x81, "CLNP"),
    (0x82, "ES-IS"),
    (0x83, "IS-IS"),
    (0x8e, "IPv6"),
    (0xb0, "FRF.9"),
    (0xb1, "FRF.12"),
    (0xcc, "IPv4"),
    (0xcf, "PPP"),
];
const OUI_NAMES: &[(u64, &str)] =
    &[(0x00_0000, "EtherType follows"), (0x00_000c, "Cisco"), (0x00_80c2, "IEEE 802.1")];
const FTYPE_NAMES: &[(u64, &str)] = &[(0, "information"), (1, "supervisory"), (3, "unnumbered")];
const SUPERVISORY_NAMES: &[(u64, &str)] = &[(0, "RR"), (1, "RNR"), (2, "REJ"), (3, "SREJ")];
/// Modifier bits of unnumbered frames, shifted together, as commands.
const COMMAND_NAMES: &[(u64, &str)] =
    &[(0x00, "UI"), (0x03, "DM"), (0x10, "DISC"), (0x1b, "SABME"), (0x2b, "XID"), (0x38, "TEST")];
/// The same as responses.
const RESPONSE_NAMES: &[(u64, &str)] =
    &[(0x00, "UI"), (0x03, "DM"), (0x18, "UA"), (0x21, "FRMR"), (0x2b, "XID"), (0x38, "TEST")];

fields! {
    FIRST = Field::u8("fr.first_addr_octet", "first octet of the address").hex(),
    UPPER = Field::u8("fr.upper_dlci", "upper bits of the DLCI").hex(),
    CR = Field::bool("fr.cr", "response"),
    SECOND = Field::u8("fr.second_addr_octet", "second octet of the address").hex(),
    SECOND_DLCI = Field::u8("fr.second_dlci", "next bits of the DLCI").hex(),
    FECN = Field::bool("fr.fecn", "congestion ahead"),
    BECN = Field::bool("fr.becn", "congestion behind"),
    DE = Field::bool("fr.de", "may be discarded"),
    THIRD = Field::u8("fr.third_addr_octet", "third octet of the address").hex(),
    THIRD_DLCI = Field::u8("fr.third_dlci", "next bits of the DLCI").hex(),
    DC = Field::bool("fr.dc", "control instead of the last bits"),
    CORE = Field::u8("fr.dlcore_control", "DL-CORE control").hex(),
    LOWER = Field::u8("fr.lower_dlci", "last bits of the DLCI").hex(),
    EA = Field::bool("fr.ea", "last octet").many(),
    DLCI = Field::u32("fr.dlci", "DLCI").key(),
    CONTROL = Field::u8("fr.control", "control").hex(),
    N_R = Field::u16("fr.control.n_r", "next expected"),
    N_S = Field::u16("fr.control.n_s", "sequence number"),
    POLL = Field::bool("fr.control.p", "poll"),
    FINAL = Field::bool("fr.control.f", "final"),
    SUPERVISORY = Field::u16("fr.control.s_ftype", "supervisory").hex().names(SUPERVISORY_NAMES),
    COMMAND = Field::u8("fr.control.u_modifier_cmd", "command").hex().names(COMMAND_NAMES),
    RESPONSE = Field::u8("fr.control.u_modifier_resp", "response").hex().names(RESPONSE_NAMES),
    FTYPE_U = Field::u8("fr.control.ftype", "frame type").hex().names(FTYPE_NAMES),
    FTYPE = Field::u16("fr.control.ftype", "frame type").hex().names(FTYPE_NAMES),
    NLPID = Field::u8("fr.nlpid", "protocol").hex().key().names(NLPID_NAMES),
    OUI = Field::u24("fr.snap.oui", "organization").names(OUI_NAMES),
    TYPE = Field::u16("fr.snaptype", "type").hex().names(ETHERTYPE_NAMES),
    PID = Field::u16("fr.snap.pid", "its protocol").hex(),
    CISCO_TYPE = Field::u16("fr.chdlctype", "type").hex().names(ETHERTYPE_NAMES),
}

static PROTOCOL: Protocol = Protocol {
    name: "fr",
    title: "Frame Relay",
    about: "Frame relay (ITU-T Q.922, RFC 2427)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&LINK_TYPE, 107), Key::new(&GRE_PROTO, 0x6559)];
static CARRIES: &[&Table] = &[&CHDLC_PROTOCOL, &ETHERTYPE, &LLC_CISCO_PID, &LLC_DSAP, &LINK_TYPE];

/// Positions in [`CARRIES`].
const BY_CISCO_TYPE: u8 = 0;
const BY_ETHERTYPE: u8 = 1;
const BY_CISCO_PID: u8 = 2;
const BY_SERVICE: u8 = 3;
const BY_LINK: u8 = 4;

/// Control field of unnumbered information, and of an exchange of identification.
const UI: u8 = 0x03;
const XID: u8 = 0xaf;
/// Cisco's type of the ISO network layer, which no EtherType is.
const OSI: u16 = 0xfefe;

const SNAP: u8 = 0x80;
/// Bytes of organization and protocol number.
const SNAP_LEN: usize = 5;
const IPV4: u8 = 0xcc;
const IPV6: u8 = 0x8e;
const PPP: u8 = 0xcf;
const SPANNING_TREE: u32 = 0x42;

/// Frame relay.
#[derive(Debug)]
pub struct FrameRelay;

/// The address field (Q.922 section 3.3.1): two to four octets, the last of which says so.
#[derive(Clone, Copy)]
struct Address {
    dlci: u32,
    len: usize,
    is_response: bool,
}

impl Address {
    fn read(data: &[u8]) -> Result<Self, Fault> {
        let octet =
            |at: usize| u8_at(data, at).ok_or(Fault::Short { need: at.saturating_add(1), have: data.len() });
        let (first, second) = (octet(0)?, octet(1)?);
        if first & 1 != 0 {
            return Err(Fault::Malformed("an address of one octet (fr.ea)"));
        }
        let is_response = first & 2 != 0;
        let mut dlci = u32::from(first >> 2) << 4 | u32::from(second >> 4);
        if second & 1 != 0 {
            return Ok(Self { dlci, len: 2, is_response });
        }
        let third = octet(2)?;
        let (last, len) = if third & 1 != 0 {
            (third, 3)
        } else {
            dlci = dlci << 7 | u32::from(third >> 1);
            (octet(3)?, 4)
        };
        if last & 2 == 0 {
            dlci = dlci << 6 | u32::from(last >> 2);
        }
        Ok(Self { dlci, len, is_response })
    }
}

/// What stands behind the address.
enum Form {
    /// A control field of so many bytes, and an identifier behind it.
    Multiprotocol(usize),
    /// A control field of so many bytes, and nothing that has a number.
    Numbered(usize),
    /// A type as in Cisco HDLC.
    Cisco(u16),
    /// Signalling, or an exchange of identification; the control field counts as theirs.
    Other,
}

/// Tells the forms apart: no field does, so that a type that has a name goes before a numbered frame.
fn form(data: &[u8], address: Address) -> Option<Form> {
    let control = u8_at(data, address.len)?;
    let kind = u16_at(data, address.len).filter(|kind| is_type(*kind));
    Some(match (control, kind) {
        (UI, _) => Form::Multiprotocol(1),
        (XID, _) => Form::Other,
        _ if address.dlci == 0 => Form::Other,
        (_, Some(kind)) => Form::Cisco(kind),
        _ if control & 1 == 0 => Form::Multiprotocol(2),
        _ if control & 3 == 1 => Form::Numbered(2),
        _ => Form::Numbered(1),
    })
}

fn is_type(kind: u16) -> bool {
    kind == OSI || name_of(ETHERTYPE_NAMES, kind.into()).is_some()
}

/// Where the identifier stands, behind a byte of padding if there is one, and the identifier.
fn identifier(data: &[u8], at: usize) -> Option<(usize, u8)> {
    match u8_at(data, at)? {
        0 => {
            let at = at.saturating_add(1);
            Some((at, u8_at(data, at)?))
        }
        nlpid => Some((at, nlpid)),
    }
}

impl Dissector for FrameRelay {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let address = Address::read(data)?;
        let short = |need: usize| Fault::Short { need, have: data.len() };
        let at = address.len;
        let form = form(data, address).ok_or(short(at.saturating_add(1)))?;
        let (header, next) = match form {
            Form::Multiprotocol(len) => {
                let place = at.saturating_add(len);
                let (place, nlpid) = identifier(data, place).ok_or(short(place.saturating_add(2)))?;
                carried(data, place, nlpid)?
            }
            Form::Numbered(len) => (at.saturating_add(len), Next::Data),
            Form::Cisco(kind) => {
                (at.saturating_add(2), Next::Table { nth: BY_CISCO_TYPE, value: kind.into() })
            }
            Form::Other => (at, Next::Data),
        };
        Ok(Parsed::new(header, usize::MAX, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        address(walk)?;
        let data = walk.data();
        let address = Address::read(data).ok()?;
        let at = address.len;
        walk.uint(&DLCI, 0..at, address.dlci)?;
        match form(data, address)? {
            Form::Multiprotocol(len) => {
                control(walk, at, address.is_response)?;
                let (place, nlpid) = identifier(data, at.saturating_add(len))?;
                walk.u8(&NLPID, place)?;
                if nlpid == SNAP { snap(walk, place.saturating_add(1)) } else { Some(()) }
            }
            Form::Numbered(_) | Form::Other => control(walk, at, address.is_response),
            Form::Cisco(_) => walk.u16(&CISCO_TYPE, at).map(|_| ()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let address = match Address::read(data) {
            Ok(address) => address,
            Err(Fault::Malformed(_)) => return out.write_str("address of one octet"),
            Err(Fault::Short { .. }) => return out.write_str("address cut"),
        };
        write!(out, "DLCI {}", address.dlci)?;
        match form(data, address) {
            Some(Form::Multiprotocol(len)) => {
                match identifier(data, address.len.saturating_add(len)).map(|found| found.1) {
                    Some(nlpid) => match name_of(NLPID_NAMES, nlpid.into()) {
                        Some(name) => write!(out, ", {name}"),
                        None => write!(out, ", NLPID {nlpid:#04x}"),
                    },
                    None => Ok(()),
                }
            }
            Some(Form::Cisco(kind)) => match name_of(ETHERTYPE_NAMES, kind.into()) {
                Some(name) => write!(out, ", {name}"),
                None => write!(out, ", type {kind:#06x}"),
            },
            Some(Form::Numbered(1)) => out.write_str(", unnumbered"),
            Some(Form::Numbered(_)) => out.write_str(", supervisory"),
            Some(Form::Other) | None => Ok(()),
        }
    }
}

/// Where the header ends whose identifier stands at `at`, and what follows.
fn carried(data: &[u8], at: usize, nlpid: u8) -> Result<(usize, Next), Fault> {
    let after = at.saturating_add(1);
    Ok(match nlpid {
        IPV4 => (after, Next::Table { nth: BY_ETHERTYPE, value: TYPE_IPV4.into() }),
        IPV6 => (after, Next::Table { nth: BY_ETHERTYPE, value: TYPE_IPV6.into() }),
        PPP => (after, Next::Table { nth: BY_LINK, value: LinkType::PPP.0 }),
        // The ISO protocols count the identifier as theirs.
        0x81..=0x83 => (at, Next::Data),
        SNAP => {
            let header = after.saturating_add(SNAP_LEN);
            let missing = Fault::Short { need: header, have: data.len() };
            let oui = u24_at(data, after).ok_or(missing)?;
            let pid = u16_at(data, after.saturating_add(3)).ok_or(missing)?;
            let next = match (oui, pid) {
                (0, _) => Next::Table { nth: BY_ETHERTYPE, value: pid.into() },
                (0x00_000c, _) => Next::Table { nth: BY_CISCO_PID, value: pid.into() },
                // Bridged Ethernet; a check sequence, if there is one, ends up as its trailer.
                (0x00_80c2, 0x0001 | 0x0007) => Next::Table { nth: BY_ETHERTYPE, value: TYPE_BRIDGED.into() },
                (0x00_80c2, 0x000e) => Next::Table { nth: BY_SERVICE, value: SPANNING_TREE },
                _ => Next::Data,
            };
            (header, next)
        }
        _ => (after, Next::Data),
    })
}

/// Emits the octets of the address and their bits.
fn address(walk: &mut Walk<'_, '_>) -> Option<()> {
    let first = u8_at(walk.data(), 0)?;
    walk.open(&FIRST, 0..1, Value::Uint(first.into()))?;
    walk.bits(&[(&UPPER, 0xfc), (&CR, 0x02), (&EA, 0x01)], 0..1, first)?;
    walk.close();
    if first & 1 != 0 {
        return Some(());
    }
    let second = u8_at(walk.data(), 1)?;
    walk.open(&SECOND, 1..2, Value::Uint(second.into()))?;
    let rows = [(&SECOND_DLCI, 0xf0), (&FECN, 0x08), (&BECN, 0x04), (&DE, 0x02), (&EA, 0x01)];
    walk.bits(&rows, 1..2, second)?;
    walk.close();
    if second & 1 != 0 {
        return Some(());
    }
    let third = u8_at(walk.data(), 2)?;
    let at: usize = if third & 1 == 0 {
        walk.open(&THIRD, 2..3, Value::Uint(third.into()))?;
        walk.bits(&[(&THIRD_DLCI, 0xfe), (&EA, 0x01)], 2..3, third)?;
        walk.close();
        3
    } else {
        2
    };
    let place = at..at.saturating_add(1);
    let last = u8_at(walk.data(), at)?;
    let rest = if last & 2 == 0 { &LOWER } else { &CORE };
    walk.bits(&[(&DC, 0x02), (rest, 0xfc), (&EA, 0x01)], place, last)
}

/// Emits the control field: one byte for unnumbered frames, two for the others (Q.922 section 3.4).
fn control(walk: &mut Walk<'_, '_>, at: usize, is_response: bool) -> Option<()> {
    let next = at.saturating_add(1);
    let first = u8_at(walk.data(), at)?;
    let asked = if is_response { &FINAL } else { &POLL };
    walk.open(&CONTROL, at..next, Value::Uint(first.into()))?;
    if first & 3 == 3 {
        if first & 0x10 != 0 {
            walk.bool(asked, at..next, true)?;
        }
        let modifier = if is_response { &RESPONSE } else { &COMMAND };
        walk.bits(&[(modifier, 0xec), (&FTYPE_U, 0x03)], at..next, first)?;
    } else {
        let [_, second] = chunk(walk.data(), at)?;
        let place = at..at.saturating_add(2);
        walk.uint(&N_R, place.clone(), second >> 1)?;
        if first & 1 == 0 {
            walk.uint(&N_S, place.clone(), first >> 1)?;
        }
        if second & 1 != 0 {
            walk.bool(asked, place.clone(), true)?;
        }
        if first & 1 == 0 {
            walk.uint(&FTYPE, place, first & 1)?;
        } else {
            walk.uint(&SUPERVISORY, place.clone(), first >> 2 & 3)?;
            walk.uint(&FTYPE, place, first & 3)?;
        }
    }
    walk.close();
    Some(())
}

fn snap(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let oui = walk.u24(&OUI, at)?;
    let field = if oui == 0 { &TYPE } else { &PID };
    walk.u16(field, at.saturating_add(3)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    const LINK: LinkType = LinkType(107);

    fn seen(frame: &[&str]) -> Seen {
        let frame = bytes(&frame.concat());
        survives(LINK, &frame);
        Seen::new(LINK, &frame)
    }

    #[test]
    fn the_multiprotocol_header() {
        let ip = seen(&["1841 03 cc", UDP]);
        assert_eq!(ip.protocols, "fr:ip:udp");
        ip.expect(&[
            ("fr.first_addr_octet", "0x18"),
            ("fr.upper_dlci", "0x06"),
            ("fr.second_dlci", "0x04"),
            ("fr.ea", "0,1"),
            ("fr.dlci", "100"),
            ("fr.control", "0x03"),
            ("fr.control.u_modifier_cmd", "0x00"),
            ("fr.control.ftype", "0x03"),
            ("fr.nlpid", "0xcc"),
        ]);
        let snap = seen(&["1841 03 00 80 000000 0800", UDP]);
        assert_eq!(snap.protocols, "fr:ip:udp");
        snap.expect(&[("fr.nlpid", "0x80"), ("fr.snap.oui", "0"), ("fr.snaptype", "0x0800")]);
        let bridged = seen(&["1841 03 00 80 0080c2 0007 020000000002 020000000001 0800", UDP]);
        assert_eq!(bridged.protocols, "fr:eth:ethertype:ip:udp");
        assert_eq!(seen(&["1841 03 cf 0021", UDP]).protocols, "fr:ppp:ip:udp");
    }

    #[test]
    fn types_of_cisco() {
        let ip = seen(&["184d 0800", UDP]);
        assert_eq!(ip.protocols, "fr:ip:udp");
        ip.expect(&[("fr.chdlctype", "0x0800"), ("fr.fecn", "1"), ("fr.becn", "1"), ("fr.de", "0")]);
    }

    #[test]
    fn longer_addresses() {
        let three = seen(&["000c 05 2200 82 11"]);
        three.expect(&[
            ("fr.dlci", "1"),
            ("fr.lower_dlci", "0x01"),
            ("fr.dc", "0"),
            ("fr.control", "0x22"),
            ("fr.control.n_s", "17"),
            ("fr.control.n_r", "0"),
            ("fr.control.ftype", "0x0000"),
            ("fr.nlpid", "0x82"),
            ("data.data", "8211"),
        ]);
        let four = seen(&["1c00 30 07 0105"]);
        four.expect(&[
            ("fr.third_dlci", "0x18"),
            ("fr.dlcore_control", "0x01"),
            ("fr.dlci", "14360"),
            ("fr.ea", "0,0,0,1"),
            ("fr.control.s_ftype", "0x0000"),
            ("fr.control.n_r", "2"),
            ("fr.control.p", "1"),
        ]);
    }

    #[test]
    fn signalling_and_nonsense() {
        let signalling = seen(&["0001 0308 0051"]);
        signalling.expect(&[("fr.dlci", "0"), ("fr.nlpid", "0x08")]);
        let numbered = seen(&["0001 0000"]);
        assert_eq!(numbered.protocols, "fr:data");
        numbered.expect(&[("fr.control", "0x00"), ("fr.control.n_s", "0"), ("data.data", "0000")]);
        let identification = seen(&["1841 af 81"]);
        identification.expect(&[("fr.control.u_modifier_cmd", "0x2b"), ("data.data", "af81")]);
        assert_eq!(seen(&["0101 0308"]).info, "address of one octet");
        assert_eq!(seen(&["0101 0308"]).faults, ["malformed: an address of one octet (fr.ea)"]);
    }
}
