//! RADIUS: authentication (RFC 2865), accounting (RFC 2866), dynamic authorization (RFC 5176) and its extensions.

use alloc::collections::BTreeMap;
use core::fmt;

use crate::bytes::{u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, heap_of_map};
use crate::facts::Link;
use crate::field::{Field, Kind, Protocol, Value, name_of};
use crate::frame::Timestamp;
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    CODE = Field::u8("radius.code", "code").names(CODES).key(),
    ID = Field::u8("radius.id", "id").key(),
    LENGTH = Field::u16("radius.length", "length"),
    AUTHENTICATOR = Field::bytes("radius.authenticator", "authenticator"),
    REQUEST = Field::bool("radius.req", "request").hidden(),
    RESPONSE = Field::bool("radius.rsp", "response").hidden(),
    REQUEST_FRAME = Field::frame("radius.reqframe", "request in frame"),
    RESPONSE_FRAME = Field::frame("radius.rspframe", "response in frame"),
    TIME = Field::duration("radius.time", "time since the request"),
    AVP = Field::bytes("radius.avp", "attribute").many(),
    AVP_TYPE = Field::u8("radius.avp.type", "type").names(ATTRIBUTES).many(),
    AVP_LENGTH = Field::u8("radius.avp.length", "length").many(),
    VENDOR_ID = Field::u32("radius.avp.vendor_id", "vendor").many(),
    VENDOR_TYPE = Field::u8("radius.avp.vendor_type", "vendor's type").many(),
    VENDOR_LENGTH = Field::u8("radius.avp.vendor_len", "vendor's length").many(),
    VENDOR_VALUE = Field::bytes("nd.radius.vendor_value", "vendor's value").many(),
    USER_NAME = Field::text("radius.User_Name", "user").many().key(),
    USER_PASSWORD = Field::bytes("radius.User_Password_encrypted", "password, encrypted").many(),
    NAS_ADDRESS = Field::ipv4("radius.NAS_IP_Address", "access server").many(),
    NAS_PORT = Field::u32("radius.NAS_Port", "port").many(),
    SERVICE_TYPE = Field::u32("radius.Service_Type", "service").names(SERVICES).many(),
    FRAMED_PROTOCOL = Field::u32("radius.Framed_Protocol", "framing").names(FRAMINGS).many(),
    FRAMED_ADDRESS = Field::ipv4("radius.Framed_IP_Address", "user's address").many().key(),
    FRAMED_NETMASK = Field::ipv4("radius.Framed_IP_Netmask", "user's netmask").many(),
    FILTER_ID = Field::text("radius.Filter_Id", "filter").many(),
    FRAMED_MTU = Field::u32("radius.Framed_MTU", "MTU").many(),
    REPLY_MESSAGE = Field::text("radius.Reply_Message", "message").many().key(),
    SESSION_TIMEOUT = Field::u32("radius.Session_Timeout", "session timeout in s").many(),
    IDLE_TIMEOUT = Field::u32("radius.Idle_Timeout", "idle timeout in s").many(),
    CALLED_STATION = Field::text("radius.Called_Station_Id", "called station").many(),
    CALLING_STATION = Field::text("radius.Calling_Station_Id", "calling station").many(),
    NAS_IDENTIFIER = Field::text("radius.NAS_Identifier", "access server").many(),
    ACCT_STATUS = Field::u32("radius.Acct_Status_Type", "status").names(STATUSES).many().key(),
    ACCT_DELAY = Field::u32("radius.Acct_Delay_Time", "delay in s").many(),
    ACCT_INPUT = Field::u32("radius.Acct_Input_Octets", "bytes from the user").many(),
    ACCT_OUTPUT = Field::u32("radius.Acct_Output_Octets", "bytes to the user").many(),
    ACCT_SESSION = Field::text("radius.Acct_Session_Id", "session").many(),
    ACCT_TIME = Field::u32("radius.Acct_Session_Time", "session time in s").many(),
    NAS_PORT_TYPE = Field::u32("radius.NAS_Port_Type", "port type").names(PORT_TYPES).many(),
    NAS_PORT_ID = Field::text("radius.NAS_Port_Id", "port").many(),
    CONNECT_INFO = Field::text("radius.Connect_Info", "connection").many(),
    MESSAGE_AUTHENTICATOR = Field::bytes("radius.Message_Authenticator", "message authenticator").many(),
    NAS_IPV6 = Field::ipv6("radius.NAS_IPv6_Address", "access server").many(),
    MISFIT = Field::bytes("nd.radius.misfit", "attribute that does not fit"),
    MISFIT_TYPE = Field::u8("nd.radius.misfit.type", "type").names(ATTRIBUTES),
    MISFIT_LENGTH = Field::u8("nd.radius.misfit.length", "length"),
}

static PROTOCOL: Protocol = Protocol {
    name: "radius",
    title: "RADIUS",
    about: "Remote Authentication Dial In User Service (RFC 2865, RFC 2866, RFC 5176)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&UDP_PORT, 1645),
    Key::new(&UDP_PORT, 1646),
    Key::new(&UDP_PORT, 1700),
    Key::new(&UDP_PORT, 1812),
    Key::new(&UDP_PORT, 1813),
    Key::new(&UDP_PORT, 3799),
];

/// IANA "RADIUS Types", packet type codes.
const CODES: &[(u64, &str)] = &[
    (1, "Access-Request"),
    (2, "Access-Accept"),
    (3, "Access-Reject"),
    (4, "Accounting-Request"),
    (5, "Accounting-Response"),
    (6, "Accounting-Status"),
    (7, "Password-Request"),
    (8, "Password-Ack"),
    (9, "Password-Reject"),
    (10, "Accounting-Message"),
    (11, "Access-Challenge"),
    (12, "Status-Server"),
    (13, "Status-Client"),
    (21, "Resource-Free-Request"),
    (22, "Resource-Free-Response"),
    (23, "Resource-Query-Request"),
    (24, "Resource-Query-Response"),
    (25, "Alternate-Resource-Reclaim-Request"),
    (26, "NAS-Reboot-Request"),
    (27, "NAS-Reboot-Response"),
    (29, "Next-Passcode"),
    (30, "New-Pin"),
    (31, "Terminate-Session"),
    (32, "Password-Expired"),
    (33, "Event-Request"),
    (34, "Event-Response"),
    (40, "Disconnect-Request"),
    (41, "Disconnect-ACK"),
    (42, "Disconnect-NAK"),
    (43, "CoA-Request"),
    (44, "CoA-ACK"),
    (45, "CoA-NAK"),
    (50, "IP-Address-Allocate"),
    (51, "IP-Address-Release"),
];
/// IANA "RADIUS Types", attribute types: those of RFC 2865 to 2869, RFC 3162, RFC 3576, RFC 4675 and RFC 4372.
const ATTRIBUTES: &[(u64, &str)] = &[
    (1, "User-Name"),
    (2, "User-Password"),
    (3, "CHAP-Password"),
    (4, "NAS-IP-Address"),
    (5, "NAS-Port"),
    (6, "Service-Type"),
    (7, "Framed-Protocol"),
    (8, "Framed-IP-Address"),
    (9, "Framed-IP-Netmask"),
    (10, "Framed-Routing"),
    (11, "Filter-Id"),
    (12, "Framed-MTU"),
    (13, "Framed-Compression"),
    (14, "Login-IP-Host"),
    (15, "Login-Service"),
    (16, "Login-TCP-Port"),
    (18, "Reply-Message"),
    (19, "Callback-Number"),
    (20, "Callback-Id"),
    (22, "Framed-Route"),
    (23, "Framed-IPX-Network"),
    (24, "State"),
    (25, "Class"),
    (26, "Vendor-Specific"),
    (27, "Session-Timeout"),
    (28, "Idle-Timeout"),
    (29, "Termination-Action"),
    (30, "Called-Station-Id"),
    (31, "Calling-Station-Id"),
    (32, "NAS-Identifier"),
    (33, "Proxy-State"),
    (34, "Login-LAT-Service"),
    (35, "Login-LAT-Node"),
    (36, "Login-LAT-Group"),
    (37, "Framed-AppleTalk-Link"),
    (38, "Framed-AppleTalk-Network"),
    (39, "Framed-AppleTalk-Zone"),
    (40, "Acct-Status-Type"),
    (41, "Acct-Delay-Time"),
    (42, "Acct-Input-Octets"),
    (43, "Acct-Output-Octets"),
    (44, "Acct-Session-Id"),
    (45, "Acct-Authentic"),
    (46, "Acct-Session-Time"),
    (47, "Acct-Input-Packets"),
    (48, "Acct-Output-Packets"),
    (49, "Acct-Terminate-Cause"),
    (50, "Acct-Multi-Session-Id"),
    (51, "Acct-Link-Count"),
    (52, "Acct-Input-Gigawords"),
    (53, "Acct-Output-Gigawords"),
    (55, "Event-Timestamp"),
    (56, "Egress-VLANID"),
    (57, "Ingress-Filters"),
    (58, "Egress-VLAN-Name"),
    (59, "User-Priority-Table"),
    (60, "CHAP-Challenge"),
    (61, "NAS-Port-Type"),
    (62, "Port-Limit"),
    (63, "Login-LAT-Port"),
    (64, "Tunnel-Type"),
    (65, "Tunnel-Medium-Type"),
    (66, "Tunnel-Client-Endpoint"),
    (67, "Tunnel-Server-Endpoint"),
    (68, "Acct-Tunnel-Connection"),
    (69, "Tunnel-Password"),
    (70, "ARAP-Password"),
    (71, "ARAP-Features"),
    (72, "ARAP-Zone-Access"),
    (73, "ARAP-Security"),
    (74, "ARAP-Security-Data"),
    (75, "Password-Retry"),
    (76, "Prompt"),
    (77, "Connect-Info"),
    (78, "Configuration-Token"),
    (79, "EAP-Message"),
    (80, "Message-Authenticator"),
    (81, "Tunnel-Private-Group-ID"),
    (82, "Tunnel-Assignment-ID"),
    (83, "Tunnel-Preference"),
    (84, "ARAP-Challenge-Response"),
    (85, "Acct-Interim-Interval"),
    (86, "Acct-Tunnel-Packets-Lost"),
    (87, "NAS-Port-Id"),
    (88, "Framed-Pool"),
    (89, "CUI"),
    (90, "Tunnel-Client-Auth-ID"),
    (91, "Tunnel-Server-Auth-ID"),
    (95, "NAS-IPv6-Address"),
    (96, "Framed-Interface-Id"),
    (97, "Framed-IPv6-Prefix"),
    (98, "Login-IPv6-Host"),
    (99, "Framed-IPv6-Route"),
    (100, "Framed-IPv6-Pool"),
    (101, "Error-Cause"),
    (123, "Delegated-IPv6-Prefix"),
    (124, "MIP6-Feature-Vector"),
    (125, "MIP6-Home-Link-Prefix"),
];
const VENDOR_SPECIFIC: u8 = 26;
/// RFC 2865 section 5.6.
const SERVICES: &[(u64, &str)] = &[
    (1, "Login"),
    (2, "Framed"),
    (3, "Callback Login"),
    (4, "Callback Framed"),
    (5, "Outbound"),
    (6, "Administrative"),
    (7, "NAS Prompt"),
    (8, "Authenticate Only"),
    (9, "Callback NAS Prompt"),
    (10, "Call Check"),
    (11, "Callback Administrative"),
    (17, "Authorize Only"),
];
/// RFC 2865 section 5.7.
const FRAMINGS: &[(u64, &str)] =
    &[(1, "PPP"), (2, "SLIP"), (3, "ARAP"), (4, "Gandalf SLML"), (5, "Xylogics IPX/SLIP"), (6, "X.75")];
/// RFC 2866 section 5.1.
const STATUSES: &[(u64, &str)] =
    &[(1, "Start"), (2, "Stop"), (3, "Interim-Update"), (7, "Accounting-On"), (8, "Accounting-Off")];
/// RFC 2865 section 5.41.
const PORT_TYPES: &[(u64, &str)] = &[
    (0, "Async"),
    (1, "Sync"),
    (2, "ISDN Sync"),
    (3, "ISDN Async V.120"),
    (4, "ISDN Async V.110"),
    (5, "Virtual"),
    (6, "PIAFS"),
    (7, "HDLC Clear Channel"),
    (8, "X.25"),
    (9, "X.75"),
    (10, "G.3 Fax"),
    (11, "SDSL"),
    (12, "ADSL-CAP"),
    (13, "ADSL-DMT"),
    (14, "IDSL"),
    (15, "Ethernet"),
    (16, "xDSL"),
    (17, "Cable"),
    (18, "Wireless - Other"),
    (19, "Wireless - IEEE 802.11"),
];

/// Bytes of the header, and the most that a packet has (RFC 2865 section 3).
const HEADER: usize = 20;
const MAX_PACKET: usize = 4_096;
/// Requests of one conversation that wait for their responses: as many as there are ids, for each kind.
const MAX_OPEN: usize = 1_024;

/// RADIUS.
#[derive(Debug)]
pub struct Radius;

#[derive(Debug, Default)]
struct Open(BTreeMap<(u8, u8), (u64, Timestamp)>);

impl Memory for Open {
    fn heap(&self) -> usize {
        heap_of_map(&self.0)
    }
}

impl Dissector for Radius {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let length = u16_at(data, 2).map(usize::from);
        let known = u8_at(data, 0).is_some_and(|code| name_of(CODES, code.into()).is_some());
        let Some(length) = length.filter(|length| known && (HEADER..=MAX_PACKET).contains(length)) else {
            return Ok(Parsed::new(0, cx.wire_len, Next::Data).bare());
        };
        if data.len() < length.min(cx.wire_len) {
            cx.flaw(Fault::Short { need: length, have: data.len() });
        } else if length > cx.wire_len {
            cx.flaw(Fault::Malformed("longer than its datagram (radius.length)"));
        } else if attributes(data, length).any(|avp| avp.is_err()) {
            cx.flaw(Fault::Malformed("attribute does not fit its packet (radius.avp.length)"));
        }
        pair(data, cx);
        Ok(Parsed::end(length).memo(u32::from(length > cx.wire_len)))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let code = walk.u8(&CODE, 0)?;
        walk.u8(&ID, 1)?;
        let length = usize::from(walk.u16(&LENGTH, 2)?);
        walk.bytes(&AUTHENTICATOR, 4, 16)?;
        match asks(code) {
            Some(true) => walk.bool(&REQUEST, 0..0, true)?,
            Some(false) => walk.bool(&RESPONSE, 0..0, true)?,
            None => {}
        }
        for link in walk.links() {
            match link {
                Link::Request { frame, time } => {
                    walk.uint(&REQUEST_FRAME, 0..0, frame)?;
                    walk.since(&TIME, time)?;
                }
                Link::ResponseIn(frame) => walk.uint(&RESPONSE_FRAME, 0..0, frame)?,
                _ => {}
            }
        }
        // A packet shorter than it says is discarded (RFC 2865 section 3): what it holds is nobody's.
        if walk.memo() != 0 {
            return Some(());
        }
        for avp in attributes(walk.data(), length) {
            let (at, len) = match avp {
                Ok(place) => place,
                Err(at) if length <= walk.data().len() => return misfit(walk, at, length),
                // The packet was cut: what is left of an attribute does not tell whether it fits.
                Err(_) => return Some(()),
            };
            walk.open(
                &AVP,
                at..at.saturating_add(len),
                Value::Bytes(walk.data().get(at..at.saturating_add(len))?),
            )?;
            let kind = walk.u8(&AVP_TYPE, at)?;
            walk.u8(&AVP_LENGTH, at.saturating_add(1))?;
            attribute(walk, kind, at.saturating_add(2), len.saturating_sub(2))?;
            walk.close();
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(code), Some(id)) = (u8_at(data, 0), u8_at(data, 1)) else {
            return out.write_str("header cut");
        };
        write!(out, "{} id={id}", name_of(CODES, code.into()).unwrap_or("Unknown"))
    }
}

/// Whether a packet of this code asks or answers.
fn asks(code: u8) -> Option<bool> {
    match code {
        1 | 4 | 7 | 12 | 13 | 21 | 23 | 26 | 33 | 40 | 43 => Some(true),
        2 | 3 | 5 | 8 | 9 | 11 | 22 | 24 | 27 | 34 | 41 | 42 | 44 | 45 => Some(false),
        _ => None,
    }
}

/// The code that a response answers.
fn answered(code: u8) -> u8 {
    match code {
        2 | 3 | 11 => 1,
        5 => 4,
        8 | 9 => 7,
        22 => 21,
        24 => 23,
        27 => 26,
        34 => 33,
        41 | 42 => 40,
        _ => 43,
    }
}

/// Remembers a request, or finds the one that a response answers, by code and id.
fn pair(data: &[u8], cx: &mut Context<'_>) {
    let (Some(code), Some(id)) = (u8_at(data, 0), u8_at(data, 1)) else { return };
    let now = (cx.frame, cx.time);
    let Some(Open(open)) = cx.state::<Open>() else { return };
    match asks(code) {
        Some(true) if open.len() < MAX_OPEN || open.contains_key(&(code, id)) => {
            open.insert((code, id), now);
        }
        Some(false) => {
            // Accept and accounting response answer a Status-Server too (RFC 5997 section 4.2).
            let request = open.get(&(answered(code), id)).or_else(|| open.get(&(12, id)));
            if let Some(&(frame, time)) = request {
                cx.link(Link::Request { frame, time });
            }
        }
        _ => {}
    }
}

/// Places and lengths of the attributes; of a last one whose length is wrong the place.
fn attributes(data: &[u8], length: usize) -> impl Iterator<Item = Result<(usize, usize), usize>> {
    let end = length.min(data.len());
    let mut at = HEADER;
    core::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let start = at;
        let len = u8_at(data, at.saturating_add(1)).map(usize::from);
        at = end;
        Some(match len {
            Some(len @ 2..) if start.saturating_add(len) <= end => {
                at = start.saturating_add(len);
                Ok((start, len))
            }
            _ => Err(start),
        })
    })
}

/// An attribute at `at` whose length is wrong; the packet ends at `end`.
fn misfit(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    walk.open(&MISFIT, at..end, Value::Bytes(walk.data().get(at..end)?))?;
    walk.u8(&MISFIT_TYPE, at)?;
    let at = at.saturating_add(1);
    if at < end {
        walk.u8(&MISFIT_LENGTH, at)?;
    }
    walk.close();
    Some(())
}

/// The value of an attribute that has a field of its own.
fn attribute(walk: &mut Walk<'_, '_>, kind: u8, at: usize, len: usize) -> Option<()> {
    let field = match kind {
        1 => &USER_NAME,
        2 => &USER_PASSWORD,
        4 => &NAS_ADDRESS,
        5 => &NAS_PORT,
        6 => &SERVICE_TYPE,
        7 => &FRAMED_PROTOCOL,
        8 => &FRAMED_ADDRESS,
        9 => &FRAMED_NETMASK,
        11 => &FILTER_ID,
        12 => &FRAMED_MTU,
        18 => &REPLY_MESSAGE,
        VENDOR_SPECIFIC => return vendor(walk, at, len),
        27 => &SESSION_TIMEOUT,
        28 => &IDLE_TIMEOUT,
        30 => &CALLED_STATION,
        31 => &CALLING_STATION,
        32 => &NAS_IDENTIFIER,
        40 => &ACCT_STATUS,
        41 => &ACCT_DELAY,
        42 => &ACCT_INPUT,
        43 => &ACCT_OUTPUT,
        44 => &ACCT_SESSION,
        46 => &ACCT_TIME,
        61 => &NAS_PORT_TYPE,
        77 => &CONNECT_INFO,
        80 => &MESSAGE_AUTHENTICATOR,
        87 => &NAS_PORT_ID,
        95 => &NAS_IPV6,
        _ => return Some(()),
    };
    match (field.kind, len) {
        (Kind::Text, _) => walk.text(field, at, len).map(|_| ()),
        (Kind::Bytes, _) => walk.bytes(field, at, len).map(|_| ()),
        (Kind::Ipv4, 4) => walk.ipv4(field, at).map(|_| ()),
        (Kind::Ipv6, 16) => walk.ipv6(field, at).map(|_| ()),
        (Kind::Uint(_), 4) => walk.u32(field, at).map(|_| ()),
        // A value that is not as long as its type: the attribute's bytes stand there.
        _ => Some(()),
    }
}

/// A vendor's attributes, in the form that RFC 2865 section 5.26 recommends.
fn vendor(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    let end = at.saturating_add(len);
    if u32_at(walk.data(), at).filter(|_| len >= 4).is_none() {
        return Some(());
    }
    walk.u32(&VENDOR_ID, at)?;
    let mut at = at.saturating_add(4);
    while let Some(len @ 2..) =
        u8_at(walk.data(), at.saturating_add(1)).filter(|_| at.saturating_add(1) < end)
    {
        let next = at.saturating_add(usize::from(len));
        if next > end {
            break;
        }
        walk.u8(&VENDOR_TYPE, at)?;
        walk.u8(&VENDOR_LENGTH, at.saturating_add(1))?;
        let value = at.saturating_add(2);
        if value < next {
            walk.bytes(&VENDOR_VALUE, value, next.saturating_sub(value))?;
        }
        at = next;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    /// The exchange of RFC 2865 section 7.1.
    const REQUEST: &str = "01000038 0f403f9473978057bd83d5cb98f4227a 01066e656d6f
        02120dbe708d93d413ce3196e43f782a0aee 0406c0a80110 050600000003";
    const ACCEPT: &str = "02000026 86fe220e7624ba2a1005f6bf9b55e0b2 060600000001 0f0600000000 0e06c0a80103";

    #[test]
    fn a_login() {
        let mut talk = Talk::new("radius");
        let seen = talk.datagram(0, &bytes(REQUEST));
        assert_eq!(seen.info, "Access-Request id=0");
        seen.expect(&[
            ("radius.length", "56"),
            ("radius.req", "1"),
            ("radius.avp.type", "1,2,4,5"),
            ("radius.avp.length", "6,18,6,6"),
            ("radius.User_Name", "nemo"),
            ("radius.User_Password_encrypted", "0dbe708d93d413ce3196e43f782a0aee"),
            ("radius.NAS_IP_Address", "192.168.1.16"),
            ("radius.NAS_Port", "3"),
        ]);
        let seen = talk.datagram(9, &bytes(ACCEPT));
        assert_eq!(seen.info, "Access-Accept id=0");
        seen.expect(&[
            ("radius.rsp", "1"),
            ("radius.reqframe", "1"),
            ("radius.time", "9000000 ns"),
            ("radius.Service_Type", "1"),
        ]);
        talk.survives(&bytes(REQUEST));
    }

    #[test]
    fn vendors_attributes_and_wrong_lengths() {
        let vendor = "04070020 00000000000000000000000000000000 1a0c 00000009 0106 6162 6364";
        let seen = Talk::new("radius").datagram(0, &bytes(vendor));
        seen.expect(&[
            ("radius.avp.vendor_id", "9"),
            ("radius.avp.vendor_type", "1"),
            ("radius.avp.vendor_len", "6"),
            ("nd.radius.vendor_value", "61626364"),
        ]);
        Talk::new("radius").survives(&bytes(vendor));
        let wrong = "04070018 00000000000000000000000000000000 01ff 6162";
        let seen = Talk::new("radius").datagram(0, &bytes(wrong));
        assert_eq!(seen.faults, ["malformed: attribute does not fit its packet (radius.avp.length)"]);
        seen.expect(&[
            ("radius.avp.type", ""),
            ("nd.radius.misfit", "01ff6162"),
            ("nd.radius.misfit.type", "1"),
            ("nd.radius.misfit.length", "255"),
        ]);
        Talk::new("radius").survives(&bytes(wrong));
        let other = Talk::new("radius").datagram(0, &bytes("ff070018 0000"));
        assert_eq!(other.protocols, "data");
    }
}
