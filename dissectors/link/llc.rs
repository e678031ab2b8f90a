//! Logical Link Control (IEEE 802.2) and the Subnetwork Access Protocol (SNAP, IEEE 802-2014 section 9.5).

use core::fmt;

use crate::bytes::{u8_at, u16_at, u24_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, name_of};
use crate::link::ethernet::{ETHERTYPE, ETHERTYPE_NAMES, LLC_PAYLOAD, TYPE_BRIDGED};
use crate::link::sll::SLL_LTYPE;
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

/// Destination service access points.
pub static LLC_DSAP: Table = Table { name: "llc.dsap" };
/// Protocol numbers under Cisco's OUI 00:00:0c.
pub static LLC_CISCO_PID: Table = Table { name: "llc.cisco_pid" };
/// Protocol numbers under Nortel's OUI 00:00:81.
pub static LLC_NORTEL_PID: Table = Table { name: "llc.nortel_pid" };

const SAP_NAMES: &[(u64, &str)] = &[
    (0x00, "null"),
    (0x02, "LLC management"),
    (0x04, "SNA path control"),
    (0x06, "IP"),
    (0x42, "spanning tree"),
    (0xaa, "SNAP"),
    (0xe0, "NetWare"),
    (0xf0, "NetBIOS"),
    (0xf4, "LAN management"),
    (0xfe, "ISO network layer"),
    (0xff, "global"),
];
/// Source services of commands, and of responses, which have the low bit set.
const SOURCE_NAMES: &[(u64, &str)] = &[
    (0x00, "null"),
    (0x01, "null"),
    (0x02, "LLC management"),
    (0x03, "LLC management"),
    (0x04, "SNA path control"),
    (0x05, "SNA path control"),
    (0x06, "IP"),
    (0x07, "IP"),
    (0x42, "spanning tree"),
    (0x43, "spanning tree"),
    (0xaa, "SNAP"),
    (0xab, "SNAP"),
    (0xe0, "NetWare"),
    (0xe1, "NetWare"),
    (0xf0, "NetBIOS"),
    (0xf1, "NetBIOS"),
    (0xf4, "LAN management"),
    (0xf5, "LAN management"),
    (0xfe, "ISO network layer"),
    (0xff, "ISO network layer"),
];
const OUI_NAMES: &[(u64, &str)] = &[
    (0x00_0000, "EtherType follows"),
    (0x00_000c, "Cisco"),
    (0x00_0081, "Nortel"),
    (0x00_00f8, "Cisco, 802.1H"),
    (0x00_80c2, "IEEE 802.1"),
];
const FTYPE_NAMES: &[(u64, &str)] = &[(0, "information"), (1, "supervisory"), (3, "unnumbered")];
const SUPERVISORY_NAMES: &[(u64, &str)] = &[(0, "RR"), (1, "RNR"), (2, "REJ")];
const XID_NAMES: &[(u64, &str)] = &[(0x81, "basic")];
/// Types of service that a station can give (IEEE 802.2 section 5.4.1.1.2).
const XID_TYPE_NAMES: &[(u64, &str)] = &[
    (1, "type 1, class I"),
    (2, "type 2"),
    (3, "types 1 and 2, class II"),
    (4, "type 3"),
    (5, "types 1 and 3, class III"),
    (6, "types 2 and 3"),
    (7, "types 1 to 3, class IV"),
];
const CISCO_NAMES: &[(u64, &str)] = &[
    (0x0104, "PAgP"),
    (0x010b, "per-VLAN spanning tree"),
    (0x0111, "UDLD"),
    (0x2000, "CDP"),
    (0x2001, "CGMP"),
    (0x2003, "VTP"),
    (0x2004, "DTP"),
];
/// Modifier bits of unnumbered frames, shifted together, as commands.
const COMMAND_NAMES: &[(u64, &str)] =
    &[(0x00, "UI"), (0x03, "DM"), (0x10, "DISC"), (0x1b, "SABME"), (0x2b, "XID"), (0x38, "TEST")];
/// The same as responses.
const RESPONSE_NAMES: &[(u64, &str)] =
    &[(0x03, "DM"), (0x10, "RD"), (0x18, "UA"), (0x21, "FRMR"), (0x2b, "XID"), (0x38, "TEST")];

fields! {
    DSAP = Field::u8("llc.dsap", "destination service").hex().names(SAP_NAMES),
    DSAP_SAP = Field::u8("llc.dsap.sap", "destination service, 7 bits"),
    DSAP_IG = Field::bool("llc.dsap.ig", "destination is a group"),
    SSAP = Field::u8("llc.ssap", "source service").hex().names(SOURCE_NAMES),
    SSAP_SAP = Field::u8("llc.ssap.sap", "source service, 7 bits"),
    SSAP_CR = Field::bool("llc.ssap.cr", "response"),
    CONTROL = Field::u16("llc.control", "control").hex(),
    FTYPE_U = Field::u8("llc.control.ftype", "frame type").hex().names(FTYPE_NAMES),
    FTYPE = Field::u16("llc.control.ftype", "frame type").hex().names(FTYPE_NAMES),
    N_R = Field::u16("llc.control.n_r", "next expected"),
    N_S = Field::u16("llc.control.n_s", "sequence number"),
    POLL = Field::bool("llc.control.p", "poll"),
    FINAL = Field::bool("llc.control.f", "final"),
    SUPERVISORY = Field::u16("llc.control.s_ftype", "supervisory").hex().names(SUPERVISORY_NAMES),
    COMMAND = Field::u8("llc.control.u_modifier_cmd", "command").hex().names(COMMAND_NAMES),
    RESPONSE = Field::u8("llc.control.u_modifier_resp", "response").hex().names(RESPONSE_NAMES),
    XID_FORMAT = Field::u8("basicxid.llc.xid.format", "format of the identification").hex().names(XID_NAMES),
    XID_TYPES = Field::u8("basicxid.llc.xid.types", "types of service").hex().names(XID_TYPE_NAMES),
    XID_WINDOW = Field::u8("basicxid.llc.xid.wsize", "receive window"),
    OUI = Field::u24("llc.oui", "organization").names(OUI_NAMES),
    TYPE = Field::u16("llc.type", "type").hex().names(ETHERTYPE_NAMES),
    CISCO_PID = Field::u16("llc.cisco_pid", "Cisco protocol").hex().names(CISCO_NAMES),
    NORTEL_PID = Field::u16("llc.nortel_pid", "Nortel protocol").hex(),
    PID = Field::u16("llc.pid", "protocol").hex(),
}

static PROTOCOL: Protocol = Protocol {
    name: "llc",
    title: "LLC",
    about: "Logical Link Control and SNAP (IEEE 802.2)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&LLC_PAYLOAD, 0),
    Key::new(&SLL_LTYPE, 4),
    Key::new(&ETHERTYPE, 0x8870),
    Key::new(&LINK_TYPE, 100),
];
static CARRIES: &[&Table] = &[&LLC_DSAP, &ETHERTYPE, &LLC_CISCO_PID, &LLC_NORTEL_PID];

const SNAP: u8 = 0xaa;
/// Bytes of organization and protocol number after the control field of SNAP.
const SNAP_LEN: usize = 5;
const SPANNING_TREE: u32 = 0x42;
/// Unnumbered frames that exchange identification; the format that IEEE 802.2 gives to what they say, and its bytes.
const XID: u16 = 0xaf;
const XID_BASIC: u8 = 0x81;
const XID_LEN: usize = 3;

/// Logical Link Control.
#[derive(Debug)]
pub struct Llc;

/// The control field (IEEE 802.2 section 5.4): one byte for unnumbered frames, two for the others.
#[derive(Clone, Copy)]
struct Control {
    value: u16,
    len: usize,
}

impl Control {
    fn read(data: &[u8]) -> Option<Self> {
        let first = u8_at(data, 2)?;
        if first & 3 == 3 {
            return Some(Self { value: first.into(), len: 1 });
        }
        let value = u16_at(data, 2)?.swap_bytes();
        Some(Self { value, len: 2 })
    }

    fn is_unnumbered(self) -> bool {
        self.len == 1
    }

    /// Carries payload of the layer above: numbered information, or UI.
    fn is_information(self) -> bool {
        self.value & 1 == 0 || self.is_unnumbered() && self.value & 0xef == 3
    }

    /// The poll bit of a command, the final bit of a response.
    fn asks(self) -> bool {
        let mask = if self.is_unnumbered() { 0x10 } else { 0x0100 };
        self.value & mask != 0
    }

    /// Exchanges identification in the basic format, which follows the control field.
    fn is_basic_xid(self, data: &[u8]) -> bool {
        let at = self.len.saturating_add(2);
        self.is_unnumbered() && self.value & 0xef == XID && u8_at(data, at) == Some(XID_BASIC)
    }

    fn modifier(self) -> u16 {
        (self.value & 0xec) >> 2
    }
}

impl Dissector for Llc {
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
        let short = |need| Fault::Short { need, have: data.len() };
        let control = Control::read(data).ok_or(short(if data.len() < 3 { 3 } else { 4 }))?;
        let head = control.len.saturating_add(2);
        let (dsap, ssap) = (u8_at(data, 0).ok_or(short(1))?, u8_at(data, 1).ok_or(short(2))?);
        if (dsap, ssap) != (SNAP, SNAP) {
            if control.is_basic_xid(data) {
                return Ok(Parsed::end(head.saturating_add(XID_LEN)));
            }
            let next = match control.is_information() {
                true => Next::Table { nth: 0, value: dsap.into() },
                false => Next::Data,
            };
            return Ok(Parsed::new(head, usize::MAX, next));
        }
        let header = head.saturating_add(SNAP_LEN);
        let oui = u24_at(data, head).ok_or(short(header))?;
        let pid = u16_at(data, head.saturating_add(3)).ok_or(short(header))?;
        let (skip, nth, value) = match (oui, pid) {
            _ if !control.is_information() => return Ok(Parsed::new(header, usize::MAX, Next::Data)),
            (0 | 0x00f8, _) => (0, 1, pid.into()),
            (0x00_000c, _) => (0, 2, pid.into()),
            (0x00_0081, _) => (0, 3, pid.into()),
            // Bridged Ethernet after two bytes of padding (RFC 2684 section 5.2); a check sequence, if there is
            // one, ends up as its trailer.
            (0x00_80c2, 0x0001 | 0x0007) => (2, 1, TYPE_BRIDGED.into()),
            (0x00_80c2, 0x000e) => (0, 0, SPANNING_TREE),
            _ => return Ok(Parsed::new(header, usize::MAX, Next::Data)),
        };
        Ok(Parsed::new(header.saturating_add(skip), usize::MAX, Next::Table { nth, value }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let dsap = walk.u8(&DSAP, 0)?;
        walk.uint(&DSAP_SAP, 0..1, dsap >> 1)?;
        walk.bool(&DSAP_IG, 0..1, dsap & 1 != 0)?;
        let ssap = walk.u8(&SSAP, 1)?;
        let response = ssap & 1 != 0;
        walk.uint(&SSAP_SAP, 1..2, ssap >> 1)?;
        walk.bool(&SSAP_CR, 1..2, response)?;

        let control = Control::read(walk.data())?;
        let head = control.len.saturating_add(2);
        walk.uint(&CONTROL, 2..head, control.value)?;
        let asked = if response { &FINAL } else { &POLL };
        if control.is_unnumbered() {
            if control.asks() {
                walk.bool(asked, 2..3, true)?;
            }
            walk.uint(if response { &RESPONSE } else { &COMMAND }, 2..3, control.modifier())?;
            walk.uint(&FTYPE_U, 2..3, control.value & 3)?;
        } else {
            walk.uint(&N_R, 2..head, control.value >> 9)?;
            if control.value & 1 == 0 {
                walk.uint(&N_S, 2..head, control.value >> 1 & 0x7f)?;
            }
            if control.asks() {
                walk.bool(asked, 2..head, true)?;
            }
            if control.value & 1 == 0 {
                walk.uint(&FTYPE, 2..head, control.value & 1)?;
            } else {
                walk.uint(&SUPERVISORY, 2..head, control.value >> 2 & 3)?;
                walk.uint(&FTYPE, 2..head, control.value & 3)?;
            }
        }

        if (dsap, ssap) == (SNAP, SNAP) {
            let oui = walk.u24(&OUI, head)?;
            let at = head.saturating_add(3);
            match oui {
                0 | 0x00_00f8 if !control.is_information() => {}
                0 | 0x00_00f8 => _ = walk.u16(&TYPE, at)?,
                0x00_000c => _ = walk.u16(&CISCO_PID, at)?,
                0x00_0081 => _ = walk.u16(&NORTEL_PID, at)?,
                _ => _ = walk.u16(&PID, at)?,
            }
        } else if control.is_basic_xid(walk.data()) {
            walk.u8(&XID_FORMAT, head)?;
            walk.u8(&XID_TYPES, head.saturating_add(1))?;
            let place = head.saturating_add(2);
            let window = u8_at(walk.data(), place)?;
            walk.uint(&XID_WINDOW, place..place.saturating_add(1), window >> 1)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(dsap), Some(ssap), Some(control)) = (u8_at(data, 0), u8_at(data, 1), Control::read(data))
        else {
            return out.write_str("header cut");
        };
        let response = ssap & 1 != 0;
        let asks = match (control.asks(), response) {
            (true, true) => " F",
            (true, false) => " P",
            (false, _) => "",
        };
        match control.value & 3 {
            3 => {
                let names = if response { RESPONSE_NAMES } else { COMMAND_NAMES };
                write!(out, "U{asks}, func={}", name_of(names, control.modifier().into()).unwrap_or("?"))?;
            }
            1 => {
                let kind = name_of(SUPERVISORY_NAMES, (control.value >> 2 & 3).into()).unwrap_or("?");
                write!(out, "S{asks}, func={kind}, N(R)={}", control.value >> 9)?;
            }
            _ => write!(out, "I{asks}, N(R)={}, N(S)={}", control.value >> 9, control.value >> 1 & 0x7f)?,
        }
        let head = control.len.saturating_add(2);
        if (dsap, ssap) == (SNAP, SNAP)
            && let (Some(oui), Some(pid)) = (u24_at(data, head), u16_at(data, head.saturating_add(3)))
        {
            return write!(out, "; SNAP, OUI 0x{oui:06X}, PID 0x{pid:04X}");
        }
        let kind = if response { "Response" } else { "Command" };
        write!(out, "; DSAP {:#04x}, SSAP {:#04x} {kind}", dsap & 0xfe, ssap & 0xfe)
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    /// An 802.3 frame around these bytes.
    fn seen(payload: &[u8]) -> Seen {
        let mut frame = bytes("020000000002 020000000001");
        frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        frame.extend(payload);
        survives(LinkType::ETHERNET, &frame);
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn unnumbered_information() {
        let seen = seen(&bytes("fe0703 1122"));
        assert_eq!(seen.protocols, "eth:llc:data");
        seen.expect(&[
            ("llc.dsap", "0xfe"),
            ("llc.dsap.sap", "127"),
            ("llc.dsap.ig", "0"),
            ("llc.ssap", "0x07"),
            ("llc.ssap.sap", "3"),
            ("llc.ssap.cr", "1"),
            ("llc.control", "0x0003"),
            ("llc.control.ftype", "0x03"),
            ("llc.control.u_modifier_resp", "0x00"),
        ]);
    }

    #[test]
    fn numbered_frames_have_two_bytes_of_control() {
        let information = seen(&bytes("f0f0 0204 aabb"));
        information.expect(&[
            ("llc.control", "0x0402"),
            ("llc.control.n_s", "1"),
            ("llc.control.n_r", "2"),
            ("llc.control.ftype", "0x0000"),
        ]);
        let supervisory = seen(&bytes("f0f0 0105"));
        supervisory.expect(&[
            ("llc.control.n_s", ""),
            ("llc.control.n_r", "2"),
            ("llc.control.s_ftype", "0x0000"),
            ("llc.control.p", "1"),
            ("llc.control.f", ""),
            ("llc.control.ftype", "0x0001"),
        ]);
        assert!(supervisory.info.starts_with("S P, func=RR, N(R)=2; "), "{}", supervisory.info);
    }

    #[test]
    fn identification_in_the_basic_format() {
        let basic = seen(&bytes("0405bf 810108"));
        assert_eq!(basic.protocols, "eth:llc");
        basic.expect(&[
            ("llc.control.f", "1"),
            ("basicxid.llc.xid.format", "0x81"),
            ("basicxid.llc.xid.types", "0x01"),
            ("basicxid.llc.xid.wsize", "4"),
        ]);
        assert_eq!(seen(&bytes("0404af 820108")).protocols, "eth:llc:data");
    }

    #[test]
    fn snap_leads_to_ethertypes_and_others() {
        let ip = seen(&[bytes("aaaa03 000000 0800"), bytes(UDP)].concat());
        assert_eq!(ip.protocols, "eth:llc:ip:udp");
        ip.expect(&[("llc.oui", "0"), ("llc.type", "0x0800")]);
        let cisco = seen(&bytes("aaaa03 00000c 2000 01"));
        cisco.expect(&[("llc.oui", "12"), ("llc.cisco_pid", "0x2000"), ("llc.type", "")]);
        let nortel = seen(&bytes("aaaa03 000081 01a2 01"));
        nortel.expect(&[("llc.nortel_pid", "0x01a2")]);
        let bridged =
            seen(&[bytes("aaaa03 0080c2 0007 0000 020000000002 020000000001 0800"), bytes(UDP)].concat());
        assert_eq!(bridged.protocols, "eth:llc:eth:ethertype:ip:udp");
    }
}
