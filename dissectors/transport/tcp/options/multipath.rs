//! The option of Multipath TCP (RFC 8684; version 0: RFC 6824).

use crate::bytes::{u8_at, u16_at};
use crate::field::{Field, Value};
use crate::walk::Walk;

fields! {
    SUBTYPE = Field::u8("tcp.options.mptcp.subtype", "multipath subtype").many().names(SUBTYPE_NAMES),
    VERSION = Field::u8("tcp.options.mptcp.version", "multipath version").many(),
    FLAGS = Field::u8("tcp.options.mptcp.flags", "multipath flags").hex().many(),
    SUBTYPE_FLAGS = Field::u8("tcp.options.mptcp.flags", "subtype and flags").hex().many(),
    CHECKSUM_REQUIRED = Field::u8("tcp.options.mptcp.checksumreq.flags", "checksum required").many(),
    EXTENSIBILITY = Field::u8("tcp.options.mptcp.extensibility.flag", "extensibility").many(),
    NO_MORE_SUBFLOWS = Field::u8("tcp.options.mptcp.nomoresubflows.flag", "no more subflows to this address").many(),
    HMAC_SHA1 = Field::u8("tcp.options.mptcp.sha1.flag", "HMAC-SHA1").many(),
    HMAC_SHA256 = Field::u8("tcp.options.mptcp.sha256.flag", "HMAC-SHA256").many(),
    RESERVED_FLAGS = Field::u8("tcp.options.mptcp.reserved.flag", "reserved flags").hex().many(),
    BACKUP = Field::u8("tcp.options.mptcp.backup.flag", "backup").many(),
    DATA_FIN = Field::u8("tcp.options.mptcp.datafin.flag", "end of data").many(),
    SEQUENCE_IS_LONG = Field::u8("tcp.options.mptcp.dseqn8.flag", "data sequence number of 8 bytes").many(),
    HAS_SEQUENCE = Field::u8("tcp.options.mptcp.dseqnpresent.flag", "data sequence number present").many(),
    ACK_IS_LONG = Field::u8("tcp.options.mptcp.dataack8.flag", "data acknowledgment of 8 bytes").many(),
    HAS_ACK = Field::u8("tcp.options.mptcp.dataackpresent.flag", "data acknowledgment present").many(),
    FLAG_U = Field::bool("tcp.options.mptcp.flag_U.flag", "flag U").many(),
    FLAG_V = Field::bool("tcp.options.mptcp.flag_V.flag", "flag V").many(),
    FLAG_W = Field::bool("tcp.options.mptcp.flag_W.flag", "flag W").many(),
    FLAG_T = Field::bool("tcp.options.mptcp.flag_T.flag", "transient").many(),
    RESERVED = Field::u16("tcp.options.mptcp.reserved", "reserved").hex().many(),
    ADDRESS_ID = Field::u8("tcp.options.mptcp.addrid", "address identifier").many(),
    IP_VERSION = Field::u8("tcp.options.mptcp.ipver", "IP version").many(),
    ECHO = Field::u8("tcp.options.mptcp.echo", "echo").many(),
    IPV4 = Field::ipv4("tcp.options.mptcp.ipv4", "advertised IPv4 address").many(),
    IPV6 = Field::ipv6("tcp.options.mptcp.ipv6", "advertised IPv6 address").many(),
    PORT = Field::u16("tcp.options.mptcp.port", "advertised port").many(),
    SENDER_KEY = Field::u64("tcp.options.mptcp.sendkey", "sender's key").many(),
    RECEIVER_KEY = Field::u64("tcp.options.mptcp.recvkey", "receiver's key").many(),
    RECEIVER_TOKEN = Field::u32("tcp.options.mptcp.recvtok", "receiver's token").many(),
    SENDER_RANDOM = Field::u32("tcp.options.mptcp.sendrand", "sender's random number").many(),
    SENDER_HMAC = Field::bytes("tcp.options.mptcp.sendhmac", "sender's HMAC").many(),
    SENDER_HMAC_CUT = Field::u64("tcp.options.mptcp.sendtrunchmac", "sender's truncated HMAC").many(),
    ADDRESS_HMAC_CUT = Field::u64("tcp.options.mptcp.addaddrtrunchmac", "truncated HMAC of the address").many(),
    DATA_ACK = Field::u64("tcp.options.mptcp.rawdataack", "data acknowledgment").many(),
    DATA_SEQUENCE = Field::u64("tcp.options.mptcp.rawdataseqno", "data sequence number").many(),
    SUBFLOW_SEQUENCE = Field::u32("tcp.options.mptcp.subflowseqno", "subflow sequence number").many(),
    DATA_LENGTH = Field::u16("tcp.options.mptcp.datalvllen", "data-level length").many(),
    CHECKSUM = Field::u16("tcp.options.mptcp.checksum", "data checksum").hex().many(),
    RESET_REASON = Field::u8("tcp.options.mptcp.rst_reason", "reset reason").hex().many().names(REASON_NAMES),
}

/// RFC 8684 section 8, the registry of subtypes.
const SUBTYPE_NAMES: &[(u64, &str)] = &[
    (0, "multipath capable"),
    (1, "join connection"),
    (2, "data sequence signal"),
    (3, "add address"),
    (4, "remove address"),
    (5, "change priority"),
    (6, "fallback"),
    (7, "fast close"),
    (8, "subflow reset"),
    (15, "experimental"),
];

/// RFC 8684 section 3.6.
const REASON_NAMES: &[(u64, &str)] = &[
    (0, "unspecified"),
    (1, "MPTCP-specific error"),
    (2, "lack of resources"),
    (3, "administratively prohibited"),
    (4, "too much outstanding data"),
    (5, "unacceptable performance"),
    (6, "middlebox interference"),
];

/// Emits an option of `len` bytes, kind and length included, whose data begins at `body` of the layer. An
/// option too short for its subtype shows the parts that it has.
pub(super) fn fields(walk: &mut Walk<'_, '_>, body: usize, len: usize) -> Option<()> {
    let first = u8_at(walk.data(), body)?;
    let subtype = first >> 4;
    let end = body.saturating_sub(2).saturating_add(len);
    walk.uint(&SUBTYPE, body..body.saturating_add(1), subtype)?;
    let mut parts = Parts { walk, at: body, end };
    // What is not there ends this option only.
    let _ = match subtype {
        0 => parts.capable(first, len),
        1 => parts.join(len),
        2 => parts.data_sequence(),
        3 => parts.add_address(first, len),
        4 => parts.remove_addresses(),
        5 => parts.priority(),
        6 => parts.reserved().and_then(|()| parts.u64(&DATA_SEQUENCE)),
        7 => parts.reserved().and_then(|()| parts.u64(&RECEIVER_KEY)),
        8 => parts.reset(first),
        _ => Some(()),
    };
    Some(())
}

/// One option, read front to back.
struct Parts<'w, 'a, 'v> {
    walk: &'w mut Walk<'a, 'v>,
    at: usize,
    /// Where the option ends.
    end: usize,
}

impl Parts<'_, '_, '_> {
    /// Claims the next `len` bytes of the option.
    fn take(&mut self, len: usize) -> Option<usize> {
        let at = self.at;
        let next = at.checked_add(len).filter(|next| *next <= self.end)?;
        self.at = next;
        Some(at)
    }

    fn u8(&mut self, field: &'static Field) -> Option<()> {
        let at = self.take(1)?;
        self.walk.u8(field, at).map(drop)
    }

    fn u16(&mut self, field: &'static Field) -> Option<()> {
        let at = self.take(2)?;
        self.walk.u16(field, at).map(drop)
    }

    fn u32(&mut self, field: &'static Field) -> Option<()> {
        let at = self.take(4)?;
        self.walk.u32(field, at).map(drop)
    }

    fn u64(&mut self, field: &'static Field) -> Option<()> {
        let at = self.take(8)?;
        self.walk.u64(field, at).map(drop)
    }

    /// A number of 8 bytes, or of its lower 4.
    fn number(&mut self, field: &'static Field, is_long: bool) -> Option<()> {
        if is_long {
            return self.u64(field);
        }
        let at = self.take(4)?;
        self.walk.u32(field, at).map(drop)
    }

    /// The twelve bits behind the subtype.
    fn reserved(&mut self) -> Option<()> {
        let at = self.take(2)?;
        let bits = u16_at(self.walk.data(), at)? & 0x0fff;
        self.walk.uint(&RESERVED, at..at.saturating_add(2), bits)
    }

    /// The byte of flags at `at` under the name `head`, and each of `parts`: a field and its bit.
    fn flags(&mut self, head: &'static Field, at: usize, parts: &[(&'static Field, u8)]) -> Option<u8> {
        let range = at..at.saturating_add(1);
        let flags = u8_at(self.walk.data(), at)?;
        self.walk.open(head, range.clone(), Value::Uint(flags.into()))?;
        for &(field, bit) in parts {
            self.walk.uint(field, range.clone(), flags & bit != 0)?;
        }
        self.walk.close();
        Some(flags)
    }

    /// Section 3.1.
    fn capable(&mut self, first: u8, len: usize) -> Option<()> {
        const LEN_WITH_KEY: usize = 12;
        const LEN_WITH_BOTH_KEYS: usize = 20;
        let at = self.take(1)?;
        let version = first & 0x0f;
        self.walk.uint(&VERSION, at..at.saturating_add(1), version)?;
        let at = self.take(1)?;
        let range = at..at.saturating_add(1);
        let reserved = if version == 0 {
            let bits = [(&CHECKSUM_REQUIRED, 0x80), (&EXTENSIBILITY, 0x40), (&HMAC_SHA1, 0x01)];
            self.flags(&FLAGS, at, &bits)? & 0x3e
        } else {
            let bits = [
                (&CHECKSUM_REQUIRED, 0x80),
                (&EXTENSIBILITY, 0x40),
                (&NO_MORE_SUBFLOWS, 0x20),
                (&HMAC_SHA256, 0x01),
            ];
            self.flags(&FLAGS, at, &bits)? & 0x1e
        };
        self.walk.uint(&RESERVED_FLAGS, range, reserved >> 1)?;
        if len >= LEN_WITH_KEY {
            self.u64(&SENDER_KEY)?;
        }
        if len >= LEN_WITH_BOTH_KEYS {
            self.u64(&RECEIVER_KEY)?;
            self.u16(&DATA_LENGTH)?;
            self.u16(&CHECKSUM)?;
        }
        Some(())
    }

    /// Section 3.2: its three forms, of a SYN, a SYN+ACK and the ACK, have lengths of their own.
    fn join(&mut self, len: usize) -> Option<()> {
        match len {
            12 => {
                self.backup()?;
                self.u8(&ADDRESS_ID)?;
                self.u32(&RECEIVER_TOKEN)?;
                self.u32(&SENDER_RANDOM)
            }
            16 => {
                self.backup()?;
                self.u8(&ADDRESS_ID)?;
                self.u64(&SENDER_HMAC_CUT)?;
                self.u32(&SENDER_RANDOM)
            }
            24 => {
                self.reserved()?;
                let at = self.take(20)?;
                self.walk.bytes(&SENDER_HMAC, at, 20).map(drop)
            }
            _ => None,
        }
    }

    /// The byte of subtype and backup flag.
    fn backup(&mut self) -> Option<()> {
        let at = self.take(1)?;
        self.flags(&SUBTYPE_FLAGS, at, &[(&BACKUP, 0x01)]).map(drop)
    }

    /// Section 3.3.
    fn data_sequence(&mut self) -> Option<()> {
        self.take(1)?;
        let at = self.take(1)?;
        let flags = self.flags(
            &FLAGS,
            at,
            &[
                (&DATA_FIN, 0x10),
                (&SEQUENCE_IS_LONG, 0x08),
                (&HAS_SEQUENCE, 0x04),
                (&ACK_IS_LONG, 0x02),
                (&HAS_ACK, 0x01),
            ],
        )?;
        if flags & 0x01 != 0 {
            self.number(&DATA_ACK, flags & 0x02 != 0)?;
        }
        if flags & 0x04 != 0 {
            self.number(&DATA_SEQUENCE, flags & 0x08 != 0)?;
            self.u32(&SUBFLOW_SEQUENCE)?;
            self.u16(&DATA_LENGTH)?;
            self.u16(&CHECKSUM)?;
        }
        Some(())
    }

    /// Section 3.4.1. Version 0 told the IP version where version 1 has flags; the length tells it too.
    fn add_address(&mut self, first: u8, len: usize) -> Option<()> {
        const SHORTEST_WITH_IPV6: usize = 20;
        let at = self.take(1)?;
        let range = at..at.saturating_add(1);
        let low = first & 0x0f;
        if matches!(low, 4 | 6) {
            self.walk.uint(&IP_VERSION, range, low)?;
        } else {
            self.walk.uint(&ECHO, range, low & 0x01)?;
        }
        self.u8(&ADDRESS_ID)?;
        if len >= SHORTEST_WITH_IPV6 {
            let at = self.take(16)?;
            self.walk.ipv6(&IPV6, at)?;
        } else {
            let at = self.take(4)?;
            self.walk.ipv4(&IPV4, at)?;
        }
        // A port has two bytes, the HMAC eight.
        if matches!(self.end.saturating_sub(self.at), 2 | 10) {
            self.u16(&PORT)?;
        }
        self.u64(&ADDRESS_HMAC_CUT)
    }

    /// Section 3.4.2.
    fn remove_addresses(&mut self) -> Option<()> {
        self.take(1)?;
        while self.at < self.end {
            self.u8(&ADDRESS_ID)?;
        }
        Some(())
    }

    /// Section 3.3.8; only version 0 could name an address.
    fn priority(&mut self) -> Option<()> {
        self.backup()?;
        self.u8(&ADDRESS_ID)
    }

    /// Section 3.6.
    fn reset(&mut self, first: u8) -> Option<()> {
        let at = self.take(1)?;
        let range = at..at.saturating_add(1);
        self.walk.open(&SUBTYPE_FLAGS, range.clone(), Value::Uint(first.into()))?;
        for (field, bit) in [(&FLAG_U, 0x08), (&FLAG_V, 0x04), (&FLAG_W, 0x02), (&FLAG_T, 0x01)] {
            self.walk.bool(field, range.clone(), first & bit != 0)?;
        }
        self.walk.close();
        self.u8(&RESET_REASON)
    }
}
