//! GPRS Tunnelling Protocol version 2 for control (3GPP TS 29.274): headers, and what elements there are.

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at, u24_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value, name_of};
use crate::network::gtp::GTP_VERSION;
use crate::packet::Layer;
use crate::walk::Walk;

const MESSAGE_NAMES: &[(u64, &str)] = &[
    (1, "Echo Request"),
    (2, "Echo Response"),
    (3, "Version Not Supported Indication"),
    (32, "Create Session Request"),
    (33, "Create Session Response"),
    (34, "Modify Bearer Request"),
    (35, "Modify Bearer Response"),
    (36, "Delete Session Request"),
    (37, "Delete Session Response"),
    (38, "Change Notification Request"),
    (39, "Change Notification Response"),
    (40, "Remote UE Report Notification"),
    (41, "Remote UE Report Acknowledge"),
    (64, "Modify Bearer Command"),
    (65, "Modify Bearer Failure Indication"),
    (66, "Delete Bearer Command"),
    (67, "Delete Bearer Failure Indication"),
    (68, "Bearer Resource Command"),
    (69, "Bearer Resource Failure Indication"),
    (70, "Downlink Data Notification Failure Indication"),
    (71, "Trace Session Activation"),
    (72, "Trace Session Deactivation"),
    (73, "Stop Paging Indication"),
    (95, "Create Bearer Request"),
    (96, "Create Bearer Response"),
    (97, "Update Bearer Request"),
    (98, "Update Bearer Response"),
    (99, "Delete Bearer Request"),
    (100, "Delete Bearer Response"),
    (101, "Delete PDN Connection Set Request"),
    (102, "Delete PDN Connection Set Response"),
    (103, "PGW Downlink Triggering Notification"),
    (104, "PGW Downlink Triggering Acknowledge"),
    (128, "Identification Request"),
    (129, "Identification Response"),
    (130, "Context Request"),
    (131, "Context Response"),
    (132, "Context Acknowledge"),
    (133, "Forward Relocation Request"),
    (134, "Forward Relocation Response"),
    (135, "Forward Relocation Complete Notification"),
    (136, "Forward Relocation Complete Acknowledge"),
    (137, "Forward Access Context Notification"),
    (138, "Forward Access Context Acknowledge"),
    (139, "Relocation Cancel Request"),
    (140, "Relocation Cancel Response"),
    (149, "Detach Notification"),
    (150, "Detach Acknowledge"),
    (160, "Create Forwarding Tunnel Request"),
    (161, "Create Forwarding Tunnel Response"),
    (162, "Suspend Notification"),
    (163, "Suspend Acknowledge"),
    (164, "Resume Notification"),
    (165, "Resume Acknowledge"),
    (166, "Create Indirect Data Forwarding Tunnel Request"),
    (167, "Create Indirect Data Forwarding Tunnel Response"),
    (168, "Delete Indirect Data Forwarding Tunnel Request"),
    (169, "Delete Indirect Data Forwarding Tunnel Response"),
    (170, "Release Access Bearers Request"),
    (171, "Release Access Bearers Response"),
    (176, "Downlink Data Notification"),
    (177, "Downlink Data Notification Acknowledge"),
    (179, "PGW Restart Notification"),
    (180, "PGW Restart Notification Acknowledge"),
    (200, "Update PDN Connection Set Request"),
    (201, "Update PDN Connection Set Response"),
    (211, "Modify Access Bearers Request"),
    (212, "Modify Access Bearers Response"),
    (231, "MBMS Session Start Request"),
    (232, "MBMS Session Start Response"),
    (233, "MBMS Session Update Request"),
    (234, "MBMS Session Update Response"),
    (235, "MBMS Session Stop Request"),
    (236, "MBMS Session Stop Response"),
];
const ELEMENT_NAMES: &[(u64, &str)] = &[
    (1, "IMSI"),
    (2, "cause"),
    (3, "recovery"),
    (71, "access point name"),
    (72, "aggregate maximum bit rate"),
    (73, "EPS bearer id"),
    (74, "IP address"),
    (75, "mobile equipment identity"),
    (76, "MSISDN"),
    (77, "indication"),
    (78, "protocol configuration options"),
    (79, "PDN address allocation"),
    (80, "bearer quality of service"),
    (82, "RAT type"),
    (83, "serving network"),
    (86, "user location"),
    (87, "fully qualified TEID"),
    (93, "bearer context"),
    (94, "charging id"),
    (95, "charging characteristics"),
    (99, "PDN type"),
    (114, "UE time zone"),
    (127, "APN restriction"),
    (128, "selection mode"),
    (255, "private extension"),
];

fields! {
    FLAGS = Field::u8("gtpv2.flags", "flags").hex(),
    VERSION = Field::u8("gtpv2.version", "version"),
    P = Field::u8("gtpv2.p", "another message follows"),
    T = Field::u8("gtpv2.t", "tunnel endpoint present"),
    MP = Field::u8("gtpv2.mp", "message priority present"),
    MESSAGE = Field::u8("gtpv2.message_type", "message").key().names(MESSAGE_NAMES),
    LENGTH = Field::u16("gtpv2.msg_length", "length"),
    TEID = Field::u32("gtpv2.teid", "tunnel endpoint").hex().key(),
    SEQUENCE = Field::u24("gtpv2.seq", "sequence number").hex().key(),
    SPARE = Field::u16("gtpv2.spare", "spare"),
    ELEMENT = Field::u8("gtpv2.ie_type", "element").many().names(ELEMENT_NAMES),
    ELEMENT_LENGTH = Field::u16("gtpv2.ie_len", "element length").many(),
    CR = Field::u8("gtpv2.cr", "CR flag").many(),
    INSTANCE = Field::u8("gtpv2.instance", "instance").many(),
    VALUE = Field::bytes("nd.gtpv2.ie_value", "value").many(),
}

static PROTOCOL: Protocol = Protocol {
    name: "gtpv2",
    title: "GTPv2",
    about: "GPRS Tunnelling Protocol version 2 (3GPP TS 29.274)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&GTP_VERSION, 2)];

/// Bytes that the length does not count, and of the header with and without a tunnel endpoint.
const UNCOUNTED: usize = 4;
const HEADER: usize = 8;
const HEADER_TEID: usize = 12;
/// Bytes of type, length and instance before the value of an element.
const ELEMENT_HEADER: usize = 4;

/// GPRS Tunnelling Protocol version 2.
#[derive(Debug)]
pub struct Gtpv2;

fn header(flags: u8) -> usize {
    if flags & 8 != 0 { HEADER_TEID } else { HEADER }
}

impl Dissector for Gtpv2 {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[flags, _, l1, l0, ..] = fixed::<HEADER>(data)?;
        let len = UNCOUNTED.saturating_add(u16::from_be_bytes([l1, l0]).into());
        if len < header(flags) {
            return Err(Fault::Malformed("length ends within the header (gtpv2.msg_length)"));
        }
        Ok(Parsed::end(len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let flags = walk.u8(&FLAGS, 0)?;
        walk.bits(&[(&VERSION, 0xe0), (&P, 0x10), (&T, 8), (&MP, 4)], 0..1, flags)?;
        walk.u8(&MESSAGE, 1)?;
        walk.u16(&LENGTH, 2)?;
        let header = header(flags);
        if header == HEADER_TEID {
            walk.u32(&TEID, 4)?;
        }
        let sequence = header.saturating_sub(4);
        walk.u24(&SEQUENCE, sequence)?;
        walk.uint(&SPARE, header.saturating_sub(1)..header, u8_at(walk.data(), header.saturating_sub(1))?)?;
        let mut at = header;
        while let (Some(kind), Some(len)) =
            (u8_at(walk.data(), at), u16_at(walk.data(), at.saturating_add(1)))
        {
            let end = at.saturating_add(ELEMENT_HEADER).saturating_add(len.into());
            walk.open(&ELEMENT, at..end, Value::Uint(kind.into()))?;
            walk.u16(&ELEMENT_LENGTH, at.saturating_add(1))?;
            let place = at.saturating_add(3);
            let byte = u8_at(walk.data(), place)?;
            walk.bits(&[(&CR, 0xf0), (&INSTANCE, 0x0f)], place..place.saturating_add(1), byte)?;
            if len > 0 {
                walk.bytes(&VALUE, at.saturating_add(ELEMENT_HEADER), len.into())?;
            }
            walk.close();
            at = end;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(message) = u8_at(data, 1) else { return out.write_str("header cut") };
        match name_of(MESSAGE_NAMES, message.into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "Unknown message {message}")?,
        }
        let at = u8_at(data, 0).map(header).unwrap_or_default().saturating_sub(4);
        u24_at(data, at).map_or(Ok(()), |sequence| write!(out, " seq={sequence}"))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    #[test]
    fn a_request_and_its_elements() {
        let request = bytes("48 20 0019 00000000 00002a 00  01 0008 00 42001032547698f0  52 0001 00 06");
        let mut talk = Talk::new("gtp");
        let seen = talk.datagram(0, &request);
        assert_eq!(seen.protocols, "gtpv2");
        assert_eq!(seen.info, "Create Session Request seq=42");
        seen.expect(&[
            ("gtpv2.version", "2"),
            ("gtpv2.t", "1"),
            ("gtpv2.seq", "0x00002a"),
            ("gtpv2.ie_type", "1,82"),
        ]);
        talk.survives(&request);
    }

    #[test]
    fn an_echo_has_no_tunnel_endpoint() {
        let seen = Talk::new("gtp").datagram(0, &bytes("40 01 0009 000001 00 03 0001 00 07"));
        seen.expect(&[
            ("gtpv2.teid", ""),
            ("gtpv2.seq", "0x000001"),
            ("gtpv2.ie_type", "3"),
            ("gtpv2.ie_len", "1"),
            ("gtpv2.instance", "0"),
            ("nd.gtpv2.ie_value", "07"),
        ]);
    }
}
