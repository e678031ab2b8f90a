//! DHCP for IPv6 (RFC 8415), with the options of RFC 8415 and the common ones of other RFCs.

use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv6Addr;
use core::ops::Range;

use crate::bytes::{chunk, u8_at, u16_at, u24_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, concat, name_of};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

mod names;
mod options;

fields! {
    MESSAGE_TYPE = Field::u8("dhcpv6.msgtype", "message").names(names::MESSAGES).many().key(),
    TRANSACTION = Field::u24("dhcpv6.xid", "transaction id").hex().many().key(),
    HOP_COUNT = Field::u8("dhcpv6.hopcount", "hops").many(),
    LINK_ADDRESS = Field::ipv6("dhcpv6.linkaddr", "link address").many(),
    PEER_ADDRESS = Field::ipv6("dhcpv6.peeraddr", "peer address").many(),
}

static ALL_FIELDS: [&Field; FIELDS.len() + options::FIELDS.len()] = concat(&[FIELDS, options::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "dhcpv6",
    title: "DHCPv6",
    about: "Dynamic Host Configuration Protocol for IPv6 (RFC 8415)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 546), Key::new(&UDP_PORT, 547)];

/// Bytes before the options: of messages between client and server (RFC 8415 section 8), of relays (section 9).
const HEADER: usize = 4;
const RELAY_HEADER: usize = 34;
/// Options within options and messages within messages; RFC 8415 section 7.6 lets 8 relays hand a message on.
const MAX_DEPTH: usize = 24;

/// DHCP for IPv6.
#[derive(Debug)]
pub struct Dhcpv6;

impl Dissector for Dhcpv6 {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let need = header_len(data, 0);
        let short = data.len() < cx.wire_len;
        if data.len() < need || short {
            cx.flaw(Fault::Short { need: need.max(cx.wire_len), have: data.len() });
        } else if let Some(what) = Cursor::new(data).find_map(|step| wrong(data, &step)) {
            cx.flaw(Fault::Malformed(what));
        }
        Ok(Parsed::end(cx.wire_len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        header(walk, 0)?;
        for step in Cursor::new(walk.data()) {
            match step {
                Step::Option { code, at, value, message, inside } => {
                    options::head(walk, code, at, value.end)?;
                    options::value(walk, code, value, message)?;
                    match inside {
                        Some(start) if code == options::RELAY_MESSAGE => {
                            header(walk, start.saturating_sub(header_len_of(walk.data(), at)))?;
                        }
                        Some(_) => {}
                        None => walk.close(),
                    }
                }
                Step::Leave => walk.close(),
                Step::Bad(at) => return options::cut(walk, at),
            }
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        message_line(data, 0, out)?;
        for step in Cursor::new(data) {
            let Step::Option { code, at, value, .. } = step else { continue };
            // A number or an address that is not whole would go on in the next option.
            let is_whole = options::fits(code, data.get(value.clone()).unwrap_or_default());
            if !is_whole && code != options::CLIENT_ID {
                continue;
            }
            match code {
                options::RELAY_MESSAGE => {
                    out.write_char(' ')?;
                    message_line(data, at.saturating_add(4), out)?;
                }
                options::CLIENT_ID => write!(out, " CID: {}", Hex(data.get(value).unwrap_or_default()))?,
                options::ADDRESS | options::PREFIX => {
                    let (name, at, len) = if code == options::ADDRESS {
                        ("IAA", value.start, None)
                    } else {
                        let len = u8_at(data, value.start.saturating_add(8));
                        ("IAPD", value.start.saturating_add(9), len)
                    };
                    if let Some(address) = chunk::<16>(data, at) {
                        write!(out, " {name}: {}", Ipv6Addr::from(address))?;
                    }
                    if let Some(len) = len {
                        write!(out, "/{len}")?;
                    }
                }
                options::STATUS => {
                    let status = u16_at(data, value.start).unwrap_or_default();
                    if status > 0 {
                        write!(out, " {}", name_of(names::STATUS, status.into()).unwrap_or("error"))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Bytes in hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn message_line(data: &[u8], at: usize, out: &mut dyn fmt::Write) -> fmt::Result {
    let Some(kind) = u8_at(data, at) else { return out.write_str("header cut") };
    match name_of(names::MESSAGES, kind.into()) {
        Some(name) => out.write_str(name)?,
        None => write!(out, "Message type {kind}")?,
    }
    if is_relay(kind) {
        return match chunk::<16>(data, at.saturating_add(2)) {
            Some(link) => write!(out, " L: {}", Ipv6Addr::from(link)),
            None => Ok(()),
        };
    }
    match u24_at(data, at.saturating_add(1)) {
        Some(transaction) => write!(out, " XID: {transaction:#x}"),
        None => Ok(()),
    }
}

fn is_relay(kind: u8) -> bool {
    matches!(kind, 12 | 13)
}

/// Bytes before the options of the message at `at`.
fn header_len(data: &[u8], at: usize) -> usize {
    if u8_at(data, at).is_some_and(is_relay) { RELAY_HEADER } else { HEADER }
}

/// The same, of the message in the option at `at`.
fn header_len_of(data: &[u8], at: usize) -> usize {
    header_len(data, at.saturating_add(OPTION_HEADER))
}

fn header(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let kind = walk.u8(&MESSAGE_TYPE, at)?;
    if is_relay(kind) {
        walk.u8(&HOP_COUNT, at.saturating_add(1))?;
        walk.ipv6(&LINK_ADDRESS, at.saturating_add(2))?;
        walk.ipv6(&PEER_ADDRESS, at.saturating_add(18)).map(|_| ())
    } else {
        walk.u24(&TRANSACTION, at.saturating_add(1)).map(|_| ())
    }
}

/// Bytes of an option before its value (RFC 8415 section 21.1).
const OPTION_HEADER: usize = 4;

/// What comes next among options that may hold options.
#[derive(Debug)]
enum Step {
    /// An option; if it holds others, they begin at `inside` and come next.
    Option {
        code: u16,
        at: usize,
        value: Range<usize>,
        /// Type of the message in which it stands.
        message: u8,
        inside: Option<usize>,
    },
    /// The options inside the last one that held some are over.
    Leave,
    /// The option at this place does not fit into the bytes that are left.
    Bad(Range<usize>),
}

/// What is wrong with what comes next, if anything is.
fn wrong(data: &[u8], step: &Step) -> Option<&'static str> {
    match step {
        Step::Bad(_) => Some("option does not fit what holds it (dhcpv6.option.length)"),
        Step::Option { code, value, .. } => {
            let is_whole = options::fits(*code, data.get(value.clone())?);
            (!is_whole).then_some("option does not have the length of its fields (dhcpv6.option.length)")
        }
        Step::Leave => None,
    }
}

/// Goes through all options of a message in their order, without recursion.
#[derive(Debug)]
struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
    /// Where each level ends, and the type of its message.
    levels: Vec<(usize, u8)>,
}

impl<'a> Cursor<'a> {
    fn new(data: &'a [u8]) -> Self {
        let kind = u8_at(data, 0).unwrap_or_default();
        let mut levels = Vec::with_capacity(4);
        levels.push((data.len(), kind));
        Self { data, at: header_len(data, 0), levels }
    }
}

impl Iterator for Cursor<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let &(end, message) = self.levels.last()?;
        if self.at >= end {
            self.levels.pop();
            self.at = end;
            return (!self.levels.is_empty()).then_some(Step::Leave);
        }
        let at = self.at;
        let value = at.saturating_add(OPTION_HEADER);
        let head = u32_at(self.data, at).map(u32::to_be_bytes);
        let Some([c1, c0, l1, l0]) = head.filter(|_| value <= end) else {
            self.levels.clear();
            return Some(Step::Bad(at..end));
        };
        let code = u16::from_be_bytes([c1, c0]);
        let value = value..value.saturating_add(u16::from_be_bytes([l1, l0]).into());
        if value.end > end {
            self.levels.clear();
            return Some(Step::Bad(at..end));
        }
        let fixed = match code {
            options::RELAY_MESSAGE => Some(header_len(self.data, value.start)),
            code => options::fixed_part(code),
        };
        let inside = fixed
            .and_then(|len| value.start.checked_add(len))
            .filter(|start| *start <= value.end && self.levels.len() < MAX_DEPTH);
        self.at = value.end;
        if let Some(start) = inside {
            let kind = match code {
                options::RELAY_MESSAGE => u8_at(self.data, value.start).unwrap_or_default(),
                _ => message,
            };
            self.levels.push((value.end, kind));
            self.at = start;
        }
        Some(Step::Option { code, at, value, message, inside })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use crate::testing::{Talk, bytes};

    /// A client asks for an address (RFC 8415 section 18.2.1).
    const SOLICIT: &str = "01 abcdef 0001 000a 0003 0001 020000000002 0008 0002 0064
        0003 0028 00000001 00000e10 00001518 0005 0018 20010db8000000000000000000000001 00000e10 00001c20
        0006 0004 0017 0018";

    #[test]
    fn a_message_with_options_inside_options() {
        let seen = Talk::new("dhcpv6").datagram(0, &bytes(SOLICIT));
        assert_eq!(seen.info, "Solicit XID: 0xabcdef CID: 00030001020000000002 IAA: 2001:db8::1");
        seen.expect(&[
            ("dhcpv6.msgtype", "1"),
            ("dhcpv6.xid", "0xabcdef"),
            ("dhcpv6.option.type", "1,8,3,5,6"),
            ("dhcpv6.option.length", "10,2,40,24,4"),
            ("dhcpv6.duid.bytes", "00030001020000000002"),
            ("dhcpv6.duidll.link_layer_addr", "02:00:00:00:00:02"),
            ("dhcpv6.elapsed_time", "1000"),
            ("dhcpv6.iaid", "00000001"),
            ("dhcpv6.iaaddr.ip", "2001:db8::1"),
            ("dhcpv6.iaaddr.valid_lifetime", "7200"),
            ("dhcpv6.requested_option_code", "23,24"),
        ]);
        assert!(seen.faults.is_empty());
        Talk::new("dhcpv6").survives(&bytes(SOLICIT));
    }

    #[test]
    fn a_message_in_the_hands_of_relays() {
        let mut inner = bytes(SOLICIT);
        for hops in 0..3_u8 {
            let mut relay =
                bytes("0c00 20010db8000000000000000000000002 fe800000000000000000000000000003 0009");
            relay[1] = hops;
            relay.extend(u16::try_from(inner.len()).unwrap().to_be_bytes());
            relay.extend(inner);
            inner = relay;
        }
        let seen = Talk::new("dhcpv6").datagram(0, &inner);
        seen.expect(&[
            ("dhcpv6.msgtype", "12,12,12,1"),
            ("dhcpv6.hopcount", "2,1,0"),
            ("dhcpv6.xid", "0xabcdef"),
            ("dhcpv6.iaaddr.pref_lifetime", "3600"),
        ]);
        assert!(seen.info.starts_with("Relay-forw L: 2001:db8::2 Relay-forw"), "{}", seen.info);
        Talk::new("dhcpv6").survives(&inner);
    }

    #[test]
    fn lengths_that_lie_are_told() {
        let mut solicit = bytes(SOLICIT);
        solicit[7] = 0xff;
        let seen = Talk::new("dhcpv6").datagram(0, &solicit);
        assert_eq!(seen.faults, ["malformed: option does not fit what holds it (dhcpv6.option.length)"]);
        seen.expect(&[("dhcpv6.option.type", "1"), ("dhcpv6.option.length", "255")]);
    }

    #[test]
    fn a_short_option_does_not_go_on_in_the_next() {
        // Each is too short for its fields; a rapid commit and a whole preference follow.
        let options = [
            "0008 0001 05",
            "0006 0003 0017 00",
            "0020 0002 0001",
            "0003 0008 00000001 00000e10",
            "0005 000f 20010db80000000000000000000000",
            "000c 000e 20010db800000000000000000000",
            "0001 0005 0001 0001 00",
            "0018 0003 03 7777",
        ];
        for option in options {
            let solicit = bytes(&format!("01 abcdef {option} 000e 0000 0007 0001 ff"));
            let seen = Talk::new("dhcpv6").datagram(0, &solicit);
            assert_eq!(
                seen.faults,
                ["malformed: option does not have the length of its fields (dhcpv6.option.length)"],
                "{option}"
            );
            assert!(!seen.info.contains("IAA"), "{}", seen.info);
            seen.expect(&[
                ("dhcpv6.elapsed_time", ""),
                ("dhcpv6.requested_option_code", ""),
                ("dhcpv6.lifetime", ""),
                ("dhcpv6.iaid.t1", ""),
                ("dhcpv6.iaaddr.ip", ""),
                ("dhcpv6.unicast", ""),
                ("dhcpv6.duidllt.hwtype", ""),
                ("dhcpv6.search_list_entry", ""),
                ("dhcpv6.option_preference", "255"),
            ]);
            Talk::new("dhcpv6").survives(&solicit);
        }
    }

    #[test]
    fn what_is_there_of_a_cut_option_is_shown() {
        let renew = bytes("05 abcdef 0003 000c 00000007 00000e10 0000");
        let seen = Talk::new("dhcpv6").datagram(0, &renew);
        assert_eq!(seen.faults, ["malformed: option does not fit what holds it (dhcpv6.option.length)"]);
        seen.expect(&[
            ("dhcpv6.option.type", "3"),
            ("dhcpv6.option.length", "12"),
            ("dhcpv6.iaid", ""),
            ("nd.dhcpv6.option.value", "0000000700000e100000"),
        ]);
    }
}
