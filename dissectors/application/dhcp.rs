//! Dynamic Host Configuration Protocol (RFC 2131) and the Bootstrap Protocol that it grew from (RFC 951).

use core::fmt;
use core::ops::Range;

use crate::bytes::{self, chunk, u8_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Kind, Protocol, Value, concat, name_of};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

mod names;
mod options;

fields! {
    TYPE = Field::u8("dhcp.type", "operation").names(OPERATIONS),
    HW_TYPE = Field::u8("dhcp.hw.type", "hardware type").hex().names(HARDWARE).many(),
    HW_LEN = Field::u8("dhcp.hw.len", "hardware address length"),
    HOPS = Field::u8("dhcp.hops", "hops"),
    ID = Field::u32("dhcp.id", "transaction id").hex().key(),
    SECS = Field::u16("dhcp.secs", "seconds elapsed"),
    FLAGS = Field::u16("dhcp.flags", "flags").hex(),
    FLAGS_BROADCAST = Field::bool("dhcp.flags.bc", "broadcast"),
    FLAGS_RESERVED = Field::u16("dhcp.flags.reserved", "reserved").hex(),
    IP_CLIENT = Field::ipv4("dhcp.ip.client", "client address"),
    IP_YOUR = Field::ipv4("dhcp.ip.your", "your address").key(),
    IP_SERVER = Field::ipv4("dhcp.ip.server", "next server"),
    IP_RELAY = Field::ipv4("dhcp.ip.relay", "relay agent"),
    HW_MAC = Field::mac("dhcp.hw.mac_addr", "client MAC address").many().key(),
    HW_ADDR = Field::bytes("dhcp.hw.addr", "client hardware address").many(),
    HW_PADDING = Field::bytes("dhcp.hw.addr_padding", "hardware address padding"),
    SERVER = Field::text("dhcp.server", "server name"),
    FILE = Field::text("dhcp.file", "boot file"),
    COOKIE = Field::new("dhcp.cookie", "magic cookie", Kind::Ipv4),
    BOOTP = Field::bool("dhcp.bootp", "BOOTP").hidden(),
    VENDOR = Field::bytes("dhcp.vendor_specific_options", "vendor's area"),
}

static ALL_FIELDS: [&Field; FIELDS.len() + options::FIELDS.len()] = concat(&[FIELDS, options::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "dhcp",
    title: "DHCP",
    about: "Dynamic Host Configuration Protocol (RFC 2131) and BOOTP (RFC 951)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] =
    &[Key::new(&UDP_PORT, 67), Key::new(&UDP_PORT, 68), Key::new(&UDP_PORT, PROXY_PORT as u32)];

const OPERATIONS: &[(u64, &str)] = &[(1, "Boot Request"), (2, "Boot Reply")];
/// Hardware types (IANA "Address Resolution Protocol Parameters").
pub(crate) const HARDWARE: &[(u64, &str)] = &[
    (1, "Ethernet"),
    (6, "IEEE 802"),
    (7, "ARCNET"),
    (15, "frame relay"),
    (16, "ATM"),
    (24, "IEEE 1394"),
    (32, "InfiniBand"),
];

/// The port where boot servers answer beside DHCP (PXE specification 2.1 section 2.2).
const PROXY_PORT: u16 = 4011;
/// Places in the message (RFC 2131 section 2, figure 1).
const HW_AT: usize = 28;
const HW_ROOM: usize = 16;
const SERVER_NAME: Range<usize> = 44..108;
const FILE_NAME: Range<usize> = 108..236;
/// Where the cookie or, in BOOTP, the vendor's area begins.
const COOKIE_AT: usize = 236;
/// First four bytes of the options (RFC 2131 section 3).
const MAGIC: u32 = 0x6382_5363;
const OPTIONS_AT: usize = 240;
/// Bytes of the vendor's area (RFC 951 section 3).
const VENDOR_ROOM: usize = 64;
const PAD: u8 = 0;
const OVERLOAD: u8 = 52;
const MESSAGE_TYPE: u8 = 53;
const END: u8 = 255;

/// Dynamic Host Configuration Protocol.
#[derive(Debug)]
pub struct Dhcp;

impl Dissector for Dhcp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let need = if is_bootp(data) {
            COOKIE_AT.saturating_add(VENDOR_ROOM)
        } else {
            let mut at = OPTIONS_AT;
            while let Some(item) = item(data, at..data.len()) {
                at = item.end();
                if matches!(item, Item::End(_)) {
                    break;
                }
            }
            at
        };
        if need > data.len() && data.len() < cx.wire_len || data.len() < COOKIE_AT {
            cx.flaw(Fault::Short { need: need.max(COOKIE_AT), have: data.len() });
        } else if need > data.len() {
            cx.flaw(Fault::Malformed(if is_bootp(data) {
                "vendor's area shorter than 64 bytes"
            } else {
                "option reaches beyond the message (dhcp.option.length)"
            }));
        }
        Ok(Parsed::end(cx.wire_len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&TYPE, 0)?;
        let hardware = walk.u8(&HW_TYPE, 1)?;
        let len = usize::from(walk.u8(&HW_LEN, 2)?);
        walk.u8(&HOPS, 3)?;
        walk.u32(&ID, 4)?;
        let sent = bytes::u16_at(walk.data(), 8)?;
        let secs = seconds(sent);
        // A number that was turned round is a guess, not what stands there.
        walk.uint(&SECS, if secs == sent { 8..10 } else { 0..0 }, secs)?;
        let flags = bytes::u16_at(walk.data(), 10)?;
        walk.open(&FLAGS, 10..12, Value::Uint(flags.into()))?;
        walk.bool(&FLAGS_BROADCAST, 10..12, flags & 0x8000 != 0)?;
        walk.uint(&FLAGS_RESERVED, 10..12, flags & 0x7fff)?;
        walk.close();
        for (field, at) in [&IP_CLIENT, &IP_YOUR, &IP_SERVER, &IP_RELAY].into_iter().zip([12, 16, 20, 24]) {
            walk.ipv4(field, at)?;
        }
        if let Some(padding) = HW_ROOM.checked_sub(len).filter(|_| len > 0) {
            if len == 6 && has_mac(hardware) {
                walk.mac(&HW_MAC, HW_AT)?;
            } else {
                walk.bytes(&HW_ADDR, HW_AT, len)?;
            }
            if padding > 0 {
                walk.bytes(&HW_PADDING, HW_AT.saturating_add(len), padding)?;
            }
        }
        let overload = overload(walk.data());
        if overload & 2 == 0 {
            text(walk, &SERVER, SERVER_NAME)?;
        }
        if overload & 1 == 0 {
            text(walk, &FILE, FILE_NAME)?;
        }
        // RFC 1534 section 2: without a message type it is BOOTP, whatever the cookie says.
        if message_type(walk.data()).is_none() {
            walk.bool(&BOOTP, 0..0, true)?;
        }
        if is_bootp(walk.data()) {
            walk.bytes(&VENDOR, COOKIE_AT, VENDOR_ROOM)?;
            return Some(());
        }
        walk.ipv4(&COOKIE, COOKIE_AT)?;
        let end = walk.data().len();
        let mut at = OPTIONS_AT;
        while at < end {
            let item = emit(walk, at..end)?;
            at = item.end();
            match item {
                Item::Option(OVERLOAD, _) => {
                    for (bit, name, area) in [(2, "server name", SERVER_NAME), (1, "boot file", FILE_NAME)] {
                        if overload & bit != 0 {
                            area_options(walk, name, area)?;
                        }
                    }
                }
                Item::End(_) => break,
                _ => {}
            }
        }
        if at < end {
            walk.bytes(&options::PADDING, at, end.saturating_sub(at))?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(kind) = message_type(data) else {
            let operation = u8_at(data, 0).and_then(|code| name_of(OPERATIONS, code.into()));
            out.write_str(operation.unwrap_or("BOOTP"))?;
            return match (u8_at(data, 0), chunk::<6>(data, HW_AT)) {
                (Some(1), Some([a, b, c, d, e, f])) => {
                    let address = format_args!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}");
                    write!(out, " from {address} ({address})")
                }
                _ => Ok(()),
            };
        };
        let ports = layer.packet.parts.ports;
        let proxy = ports.is_some_and(|(src, dst)| src == PROXY_PORT || dst == PROXY_PORT);
        out.write_str(if proxy { "proxyDHCP " } else { "DHCP " })?;
        match name_of(names::MESSAGE_TYPES, kind.into()) {
            Some(name) => write!(out, "{name:<8}")?,
            None => write!(out, "message type {kind}")?,
        }
        write!(out, " - Transaction ID {:#x}", u32_at(data, 4).unwrap_or_default())
    }
}

/// The seconds that a client means: some send them little-endian, so a number that is large only then is taken
/// for what it is the other way round.
fn seconds(sent: u16) -> u16 {
    if sent > 0xff && sent & 0xff == 0 { sent.swap_bytes() } else { sent }
}

/// Whether hardware of this type has 48-bit addresses.
fn has_mac(hardware: u8) -> bool {
    matches!(hardware, 1 | 6)
}

/// Whether a message as long as the fixed part has no options of DHCP.
fn is_bootp(data: &[u8]) -> bool {
    data.len() >= COOKIE_AT && u32_at(data, COOKIE_AT) != Some(MAGIC)
}

/// The message type, if it is there (RFC 2132 section 9.6).
fn message_type(data: &[u8]) -> Option<u8> {
    let mut at = OPTIONS_AT;
    while let Some(item) = item(data, at..data.len()).filter(|_| !is_bootp(data)) {
        at = item.end();
        match item {
            Item::Option(MESSAGE_TYPE, value) if value.end <= data.len() => return u8_at(data, value.start),
            Item::End(_) => break,
            _ => {}
        }
    }
    None
}

/// What stands at one place among options.
#[derive(Clone, Debug)]
enum Item {
    /// Bytes of padding.
    Pad(Range<usize>),
    /// The option with this number, and its value.
    Option(u8, Range<usize>),
    /// The end, and the position after it.
    End(usize),
}

impl Item {
    /// Position after the item; it may lie beyond the data.
    fn end(&self) -> usize {
        match self {
            Self::Pad(range) | Self::Option(_, range) => range.end,
            Self::End(end) => *end,
        }
    }
}

/// Reads the item at the start of `area`; `None` if nothing is left. A value may reach beyond the area.
fn item(data: &[u8], area: Range<usize>) -> Option<Item> {
    let bytes = data.get(area.clone())?;
    let value = area.start.saturating_add(2);
    match *bytes.first()? {
        PAD => {
            let len = bytes.iter().take_while(|byte| **byte == PAD).count();
            Some(Item::Pad(area.start..area.start.saturating_add(len)))
        }
        END => Some(Item::End(area.start.saturating_add(1))),
        code => {
            // An option without its length reaches beyond the area.
            let len = bytes.get(1).copied().map_or(area.len(), usize::from);
            Some(Item::Option(code, value..value.saturating_add(len)))
        }
    }
}

/// Emits the item at the start of `area`; `None` if it does not fit.
fn emit(walk: &mut Walk<'_, '_>, area: Range<usize>) -> Option<Item> {
    let item = item(walk.data(), area.clone())?;
    match &item {
        Item::Pad(range) => {
            walk.open(&options::TYPE, range.clone(), Value::Uint(PAD.into()))?;
            walk.bytes(&options::PADDING, range.start, range.len())?;
            walk.close();
        }
        Item::Option(code, value) => {
            if value.end > area.end {
                return options::emit_head(walk, *code, area.start).and(None);
            }
            options::emit(walk, *code, value.clone())?;
        }
        Item::End(end) => {
            let at = area.start..*end;
            walk.uint(&options::END_TYPE, at.clone(), 0u8)?;
            walk.uint(&options::END, at, END)?;
        }
    }
    Some(item)
}

/// Options in the place of the name that `name` says (RFC 2131 section 4.1).
fn area_options(walk: &mut Walk<'_, '_>, name: &str, area: Range<usize>) -> Option<()> {
    walk.open(&options::AREA, area.clone(), Value::Text(name.as_bytes()))?;
    let mut at = area.start;
    while at < area.end {
        let item = emit(walk, at..area.end)?;
        at = item.end();
        if matches!(item, Item::End(_)) {
            break;
        }
    }
    walk.close();
    Some(())
}

/// Which names hold options: bit 0 the file, bit 1 the server's name (RFC 2132 section 9.3).
fn overload(data: &[u8]) -> u8 {
    let mut at = OPTIONS_AT;
    while let Some(item) = item(data, at..data.len()) {
        at = item.end();
        match item {
            Item::Option(OVERLOAD, value) if value.len() == 1 => {
                return u8_at(data, value.start).unwrap_or(0);
            }
            Item::End(_) => break,
            _ => {}
        }
    }
    0
}

/// A text that ends at its first NUL, if there is any.
fn text(walk: &mut Walk<'_, '_>, field: &'static Field, area: Range<usize>) -> Option<()> {
    let text = ascii(walk.data().get(area.clone())?);
    if text.is_empty() { Some(()) } else { walk.emit(field, area, Value::Text(text)) }
}

/// The bytes before the first NUL.
fn ascii(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
