//! Trivial File Transfer Protocol (RFC 1350) with its options (RFC 2347 to 2349, RFC 7440).
//!
//! A server answers from a port of its own choice, so a request announces the transfer that follows it.

use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::ops::Range;

use crate::bytes::{fixed, u16_at};
use crate::dissector::{Context, Dissector, Expected, Fault, FlowState, Key, Memory, Next, Parsed, Verdict};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    OPCODE = Field::u16("tftp.opcode", "operation").names(OPCODES).key(),
    SOURCE_FILE = Field::text("tftp.source_file", "file to read").key(),
    DESTINATION_FILE = Field::text("tftp.destination_file", "file").key(),
    REQUEST_FRAME = Field::frame("tftp.request_frame", "request in frame"),
    TYPE = Field::text("tftp.type", "mode"),
    OPTION_NAME = Field::text("tftp.option.name", "option").many(),
    OPTION_VALUE = Field::text("tftp.option.value", "value").many(),
    BLOCK = Field::u16("tftp.block", "block").key(),
    FULL_BLOCK = Field::u32("tftp.block.full", "block, wraps counted"),
    ERROR_CODE = Field::u16("tftp.error.code", "error").names(ERRORS).key(),
    ERROR_MESSAGE = Field::text("tftp.error.message", "error message").key(),
}

static PROTOCOL: Protocol = Protocol {
    name: "tftp",
    title: "TFTP",
    about: "Trivial File Transfer Protocol (RFC 1350, RFC 2347)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 69)];

/// RFC 1350 section 5; RFC 2347.
const OPCODES: &[(u64, &str)] = &[
    (1, "Read Request"),
    (2, "Write Request"),
    (3, "Data Packet"),
    (4, "Acknowledgement"),
    (5, "Error Code"),
    (6, "Option Acknowledgement"),
];
const READ: u16 = 1;
const WRITE: u16 = 2;
const DATA: u16 = 3;
const ACKNOWLEDGEMENT: u16 = 4;
const ERROR: u16 = 5;
const OPTIONS: u16 = 6;
/// RFC 1350, appendix; RFC 2347.
const ERRORS: &[(u64, &str)] = &[
    (0, "Not defined"),
    (1, "File not found"),
    (2, "Access violation"),
    (3, "Disk full or allocation exceeded"),
    (4, "Illegal TFTP Operation"),
    (5, "Unknown transfer ID"),
    (6, "File already exists"),
    (7, "No such user"),
    (8, "Option negotiation failed"),
];
/// RFC 1350 section 1.
const MODES: [&[u8]; 3] = [b"netascii", b"octet", b"mail"];

/// Bytes of a block unless the option says otherwise (RFC 1350 section 2, RFC 2348).
const BLOCK_SIZE: usize = 512;
/// Bytes of a file name that later packets of a transfer repeat.
const MAX_NAME: usize = 512;
/// Options of one message.
const MAX_OPTIONS: usize = 32;
/// The upper bit of the memo: the data packet is the transfer's last. The others hold the block number.
const LAST: u32 = 1 << 31;

/// Trivial File Transfer Protocol.
#[derive(Debug)]
pub struct Tftp;

/// What a request began.
#[derive(Clone, Debug)]
struct Transfer {
    /// The frame of the request and its time.
    request: Option<Link>,
    file: Vec<u8>,
    block_size: usize,
    /// The last block, with its number's wraps.
    block: u32,
}

impl Memory for Transfer {
    fn heap(&self) -> usize {
        self.file.capacity()
    }
}

impl Default for Transfer {
    fn default() -> Self {
        Self { request: None, file: Vec::new(), block_size: BLOCK_SIZE, block: 0 }
    }
}

impl Transfer {
    /// Takes the 16 bits of a block's number for the nearest to the last block.
    fn block(&mut self, number: u16) -> u32 {
        let ahead = i32::from(number.wrapping_sub(self.block as u16) as i16);
        let block = self.block.checked_add_signed(ahead).unwrap_or(number.into());
        self.block = self.block.max(block);
        block & !LAST
    }
}

impl Dissector for Tftp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let opcode = u16::from_be_bytes(*fixed::<2>(data)?);
        if matches!(opcode, READ | WRITE) {
            request(data, cx);
            return Ok(Parsed::end(cx.wire_len));
        }
        let mut memo = 0;
        let (mut link, mut file) = (None, Vec::new());
        if let Some(transfer) = cx.state::<Transfer>() {
            link = transfer.request;
            file.clone_from(&transfer.file);
            memo = match (opcode, u16_at(data, 2)) {
                (DATA | ACKNOWLEDGEMENT, Some(number)) => transfer.block(number),
                _ => 0,
            };
            match opcode {
                DATA if data.len() < transfer.block_size.saturating_add(4) => memo |= LAST,
                OPTIONS => {
                    if let Some(size) = block_size(data) {
                        transfer.block_size = size;
                    }
                }
                _ => {}
            }
        }
        if let Some(link) = link {
            cx.link(link);
            if let Some(source) = cx.derive(file) {
                cx.link(Link::Source(source));
            }
        }
        let len = cx.wire_len;
        let parsed = match opcode {
            DATA => Parsed::new(4, len, Next::Data),
            ACKNOWLEDGEMENT | ERROR | OPTIONS => Parsed::end(len),
            _ => Parsed::new(2, len, Next::Data),
        };
        if matches!(opcode, DATA | ACKNOWLEDGEMENT | ERROR) && data.len() < 4 {
            cx.flaw(Fault::Short { need: 4, have: data.len() });
        }
        Ok(parsed.memo(memo))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let opcode = walk.u16(&OPCODE, 0)?;
        for link in walk.links() {
            match link {
                Link::Source(source) => {
                    let name = walk.layer().source(source);
                    walk.emit(&DESTINATION_FILE, 0..0, Value::Text(name))?;
                }
                Link::Request { frame, .. } => walk.uint(&REQUEST_FRAME, 0..0, frame)?,
                _ => {}
            }
        }
        match opcode {
            READ | WRITE => {
                let name = string(walk.data(), 2)?;
                let kind = string(walk.data(), name.end.saturating_add(1))?;
                text(walk, if opcode == READ { &SOURCE_FILE } else { &DESTINATION_FILE }, name)?;
                text(walk, &TYPE, kind.clone())?;
                options(walk, kind.end.saturating_add(1))
            }
            DATA | ACKNOWLEDGEMENT => {
                walk.u16(&BLOCK, 2)?;
                walk.uint(&FULL_BLOCK, 0..0, walk.memo() & !LAST)
            }
            ERROR => {
                walk.u16(&ERROR_CODE, 2)?;
                let message = string(walk.data(), 4)?;
                text(walk, &ERROR_MESSAGE, message)
            }
            OPTIONS => options(walk, 2),
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(opcode) = u16_at(data, 0) else { return out.write_str("header cut") };
        match name_of(OPCODES, opcode.into()) {
            Some(name) => out.write_str(name)?,
            None => return write!(out, "Unknown operation ({opcode})"),
        }
        match opcode {
            READ | WRITE => {
                let Some(name) = string(data, 2) else { return Ok(()) };
                let kind = string(data, name.end.saturating_add(1));
                write!(out, ", File: {}", Name(data.get(name).unwrap_or_default()))?;
                let Some(kind) = kind else { return Ok(()) };
                let options = pairs(data, kind.end.saturating_add(1));
                write!(out, ", Transfer type: {}", Name(data.get(kind).unwrap_or_default()))?;
                for (name, value) in options {
                    let (name, value) = (data.get(name), data.get(value));
                    write!(out, ", {}={}", Name(name.unwrap_or_default()), Name(value.unwrap_or_default()))?;
                }
                Ok(())
            }
            DATA | ACKNOWLEDGEMENT => {
                let Some(block) = u16_at(data, 2) else { return out.write_str(", cut") };
                write!(out, ", Block: {block}")?;
                out.write_str(if layer.slot.memo & LAST == 0 { "" } else { " (last)" })
            }
            ERROR => {
                let Some(code) = u16_at(data, 2) else { return out.write_str(", cut") };
                write!(out, ", Code: {}", name_of(ERRORS, code.into()).unwrap_or("Unknown"))?;
                match string(data, 4) {
                    Some(message) => {
                        write!(out, ", Message: {}", Name(data.get(message).unwrap_or_default()))
                    }
                    None => Ok(()),
                }
            }
            _ => {
                for (name, value) in pairs(data, 2) {
                    let (name, value) = (data.get(name), data.get(value));
                    write!(out, ", {}={}", Name(name.unwrap_or_default()), Name(value.unwrap_or_default()))?;
                }
                Ok(())
            }
        }
    }

    /// A request on any port: a printable file name and one of the three modes.
    fn probe(&self, data: &[u8], _cx: &Context<'_>) -> Verdict {
        let asks = matches!(u16_at(data, 0), Some(READ | WRITE));
        let is_request = || {
            let name = string(data, 2)?;
            let kind = string(data, name.end.saturating_add(1))?;
            let printable = |byte: &u8| (0x20..0x7f).contains(byte);
            let plain = !name.is_empty() && data.get(name)?.iter().all(printable);
            let kind = data.get(kind)?;
            Some(plain && MODES.iter().any(|mode| kind.eq_ignore_ascii_case(mode)))
        };
        if asks && is_request().unwrap_or(false) { Verdict::Yes } else { Verdict::No }
    }
}

/// Notes what is asked for, and announces the transfer: it comes from another port of the server, to the port that
/// asked (RFC 1350 section 4).
fn request(data: &[u8], cx: &mut Context<'_>) {
    let Some(name) = string(data, 2) else {
        cx.flaw(Fault::Malformed("file name without an end (tftp.source_file)"));
        return;
    };
    let name = data.get(name).unwrap_or_default();
    let file = name.get(..MAX_NAME).unwrap_or(name).to_vec();
    let request = Link::Request { frame: cx.frame, time: cx.time };
    let transfer = Transfer { request: Some(request), file, ..Transfer::default() };
    if let (Some(net), Some((port, _))) = (cx.net, cx.ports) {
        cx.expect(Expected {
            table: &UDP_PORT,
            addr: net.src,
            port,
            peer: Some(net.dst).filter(|peer| !is_many(*peer)),
            protocol: PROTOCOL.name,
            state: FlowState::of(transfer.clone()),
        });
    }
    if let Some(state) = cx.state::<Transfer>() {
        *state = transfer;
    }
}

/// Whether more than one host has this address, so that the answer comes from another.
fn is_many(addr: IpAddr) -> bool {
    addr.is_multicast() || matches!(addr, IpAddr::V4(addr) if addr.is_broadcast())
}

/// The string at `at` without the NUL that ends it; `None` without one.
fn string(data: &[u8], at: usize) -> Option<Range<usize>> {
    let len = data.get(at..)?.iter().position(|byte| *byte == 0)?;
    Some(at..at.saturating_add(len))
}

/// Names and values of the options from `at` (RFC 2347).
fn pairs(data: &[u8], at: usize) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let mut at = at;
    core::iter::from_fn(move || {
        let name = string(data, at)?;
        let value = string(data, name.end.saturating_add(1))?;
        at = value.end.saturating_add(1);
        Some((name, value))
    })
    .take(MAX_OPTIONS)
}

/// The block size that an option acknowledgement grants (RFC 2348).
fn block_size(data: &[u8]) -> Option<usize> {
    let (_, value) = pairs(data, 2)
        .find(|(name, _)| data.get(name.clone()).is_some_and(|name| name.eq_ignore_ascii_case(b"blksize")))?;
    core::str::from_utf8(data.get(value)?).ok()?.parse().ok().filter(|size| (8..=65_464).contains(size))
}

fn options(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    for (name, value) in pairs(walk.data(), at) {
        text(walk, &OPTION_NAME, name)?;
        text(walk, &OPTION_VALUE, value)?;
    }
    Some(())
}

fn text(walk: &mut Walk<'_, '_>, field: &'static Field, at: Range<usize>) -> Option<()> {
    walk.text(field, at.start, at.len()).map(|_| ())
}

/// Text that may be of any encoding.
struct Name<'a>(&'a [u8]);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Talk;

    #[test]
    fn a_read_from_one_port() {
        let mut talk = Talk::new("tftp");
        let seen = talk.datagram(0, b"\0\x01boot.img\0octet\0blksize\x001024\0tsize\x000\0");
        assert_eq!(seen.info, "Read Request, File: boot.img, Transfer type: octet, blksize=1024, tsize=0");
        seen.expect(&[
            ("tftp.source_file", "boot.img"),
            ("tftp.type", "octet"),
            ("tftp.option.name", "blksize,tsize"),
            ("tftp.option.value", "1024,0"),
        ]);
        let seen = talk.datagram(1, b"\0\x06blksize\x001024\0tsize\x001500\0");
        assert_eq!(seen.info, "Option Acknowledgement, blksize=1024, tsize=1500");
        seen.expect(&[("tftp.request_frame", "1"), ("tftp.destination_file", "boot.img")]);
        let mut block = b"\0\x03\0\x01".to_vec();
        block.resize(1028, b'x');
        let seen = talk.datagram(2, &block);
        assert_eq!((seen.info.as_str(), seen.protocols.as_str()), ("Data Packet, Block: 1", "tftp:data"));
        let seen = talk.datagram(3, b"\0\x03\0\x02rest");
        assert_eq!(seen.info, "Data Packet, Block: 2 (last)");
        let seen = talk.datagram(4, b"\0\x04\0\x02");
        assert_eq!(seen.info, "Acknowledgement, Block: 2");
        seen.expect(&[("tftp.block", "2"), ("tftp.block.full", "2")]);
        talk.survives(b"\0\x02boot.img\0octet\0blksize\x001024\0");
        talk.survives(b"\0\x05\0\x01no such file\0");
    }

    #[test]
    fn numbers_of_blocks_wrap() {
        let mut talk = Talk::new("tftp");
        talk.datagram(0, b"\0\x02big\0octet\0");
        for block in [0x4000, 0x8000, 0xc000, 0xffff_u16] {
            talk.datagram(1, &[&b"\0\x04"[..], &block.to_be_bytes()].concat());
        }
        let seen = talk.datagram(2, b"\0\x04\0\0");
        seen.expect(&[("tftp.block", "0"), ("tftp.block.full", "65536"), ("tftp.destination_file", "big")]);
        let seen = talk.datagram(2, b"\0\x04\xff\xff");
        seen.expect(&[("tftp.block.full", "65535")]);
    }

    #[test]
    fn errors_tell_why() {
        let seen = Talk::new("tftp").datagram(0, b"\0\x05\0\x01no such file\0");
        assert_eq!(seen.info, "Error Code, Code: File not found, Message: no such file");
        seen.expect(&[("tftp.error.code", "1"), ("tftp.error.message", "no such file")]);
    }
}
