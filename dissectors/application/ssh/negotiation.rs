//! What both ends of a session agree on (RFC 4253 section 7.1), as far as it decides how later bytes are read.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::kex::NameLists;
use crate::dissector::Memory;

/// A method of key exchange: what messages 30 to 49 mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Method {
    /// A fixed group (RFC 4253 section 8); so are messages read while it is not known what was agreed on.
    #[default]
    Group = 0,
    /// A group that the server chooses (RFC 4419).
    Exchange = 1,
    /// An elliptic curve (RFC 5656, RFC 8731).
    Curve = 2,
    /// One that is not known here.
    Other = 3,
}

impl From<u32> for Method {
    fn from(number: u32) -> Self {
        match number {
            0 => Self::Group,
            1 => Self::Exchange,
            2 => Self::Curve,
            _ => Self::Other,
        }
    }
}

impl Method {
    /// The method that a name-list calls `name`.
    pub(super) fn of(name: &[u8]) -> Self {
        if name.starts_with(b"diffie-hellman-group-exchange-") {
            Self::Exchange
        } else if name.starts_with(b"diffie-hellman-group") {
            Self::Group
        } else if name.starts_with(b"ecdh-sha2-")
            || name.starts_with(b"curve25519-sha256")
            || name == b"curve448-sha512"
        {
            Self::Curve
        } else {
            Self::Other
        }
    }
}

/// Messages of [`Method::Group`] (RFC 4253 section 8).
pub(super) const GROUP_NAMES: &[(u64, &str)] =
    &[(30, "Diffie-Hellman Key Exchange Init"), (31, "Diffie-Hellman Key Exchange Reply")];

/// Messages of [`Method::Exchange`] (RFC 4419 section 5).
pub(super) const EXCHANGE_NAMES: &[(u64, &str)] = &[
    (30, "Diffie-Hellman Group Exchange Request (Old)"),
    (31, "Diffie-Hellman Group Exchange Group"),
    (32, "Diffie-Hellman Group Exchange Init"),
    (33, "Diffie-Hellman Group Exchange Reply"),
    (34, "Diffie-Hellman Group Exchange Request"),
];

/// Messages of [`Method::Curve`] (RFC 5656 section 7.1).
pub(super) const CURVE_NAMES: &[(u64, &str)] = &[
    (30, "Elliptic Curve Diffie-Hellman Key Exchange Init"),
    (31, "Elliptic Curve Diffie-Hellman Key Exchange Reply"),
];

/// Messages of [`Method::Other`]: whatever the method, one end begins and the other answers.
pub(super) const OTHER_NAMES: &[(u64, &str)] =
    &[(30, "Key Exchange Method Init"), (31, "Key Exchange Method Reply")];

/// How the bytes behind NEWKEYS are protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Protection {
    /// Cipher and method are ones with which Wireshark decrypts, given the keys.
    pub(super) decryptable: bool,
}

impl Protection {
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { decryptable: false };
}

impl From<Protection> for u32 {
    fn from(protection: Protection) -> Self {
        Self::from(protection.decryptable)
    }
}

impl From<u32> for Protection {
    fn from(number: u32) -> Self {
        Self { decryptable: number & 1 != 0 }
    }
}

/// One session. Sides are numbered 0 for the client, 1 for the server.
#[derive(Debug, Default)]
pub(super) struct Session {
    sides: [Side; 2],
    agreed: Agreed,
    /// The server has answered the exchange, so that there is a secret.
    answered: bool,
    /// Something was read.
    begun: bool,
    /// Another protocol is spoken.
    foreign: bool,
}

impl Memory for Session {
    fn heap(&self) -> usize {
        let offers = self.sides.iter().filter_map(|side| side.offer.as_ref());
        offers.fold(0, |sum, offer| {
            let names =
                offer.ciphers.iter().map(Vec::capacity).fold(offer.kex.capacity(), usize::saturating_add);
            sum.saturating_add(size_of::<Offer>()).saturating_add(names)
        })
    }
}

#[derive(Debug, Default)]
struct Side {
    identified: bool,
    /// By its identification it speaks version 1 only.
    old: bool,
    packets: u32,
    offer: Option<Box<Offer>>,
    protection: Option<Protection>,
}

/// Of a KEXINIT what is needed until the other one comes.
#[derive(Debug)]
struct Offer {
    kex: Vec<u8>,
    /// By direction: from the client, from the server.
    ciphers: [Vec<u8>; 2],
}

#[derive(Debug, Default)]
struct Agreed {
    method: Method,
    ciphers: [bool; 2],
}

impl Session {
    fn side(&mut self, server: bool) -> &mut Side {
        let [client, server_side] = &mut self.sides;
        if server { server_side } else { client }
    }

    pub(super) fn is_identified(&self, server: bool) -> bool {
        self.sides.get(usize::from(server)).is_some_and(|side| side.identified)
    }

    pub(super) fn identify(&mut self, server: bool, line: &[u8]) {
        let side = self.side(server);
        side.identified = true;
        side.old = line.starts_with(b"SSH-1.") && !line.starts_with(b"SSH-1.99-");
    }

    /// Version 1 is spoken: one end knows no other (RFC 4253 section 5.1).
    pub(super) fn is_old(&self) -> bool {
        self.sides.iter().any(|side| side.old)
    }

    /// Whether another protocol is spoken: the first line of all is one of HTTP. Other text may be a server's greeting.
    pub(super) fn is_foreign(&mut self, data: &[u8]) -> bool {
        let first = !core::mem::replace(&mut self.begun, true);
        if first && let Some(start) = data.first_chunk::<8>() {
            let line = data.iter().take(256).position(|&byte| byte == b'\n').unwrap_or(0);
            let end = data.get(..line).unwrap_or_default();
            let is_request = end.windows(5).any(|window| window == b"HTTP/");
            self.foreign = is_request && !start.starts_with(b"SSH-");
        }
        self.foreign
    }

    /// Counts a packet of this side; the first is 1.
    pub(super) fn count(&mut self, server: bool) -> u32 {
        let side = self.side(server);
        side.packets = side.packets.wrapping_add(1);
        side.packets
    }

    pub(super) fn method(&self) -> Method {
        self.agreed.method
    }

    pub(super) fn protection(&self, server: bool) -> Option<Protection> {
        self.sides.get(usize::from(server)).and_then(|side| side.protection)
    }

    /// The bytes of this side cannot be read from here on.
    pub(super) fn lose(&mut self, server: bool) {
        let side = self.side(server);
        side.identified = true;
        side.protection = Some(Protection::UNKNOWN);
    }

    /// The server's answer has come.
    pub(super) fn answered(&mut self) {
        self.answered = true;
    }

    /// NEWKEYS of this side.
    pub(super) fn protect(&mut self, server: bool) {
        let direction = usize::from(server);
        let is_cipher_known = self.agreed.ciphers.get(direction).copied().unwrap_or_default();
        let decryptable = is_cipher_known && self.answered && self.agreed.method != Method::Exchange;
        self.side(server).protection = Some(Protection { decryptable });
    }

    /// A KEXINIT of this side, `packet` being the whole of it.
    pub(super) fn offer(&mut self, server: bool, packet: &[u8]) {
        let mut lists = NameLists::new(packet);
        let mut next = || lists.next().map(|list| list.to_vec()).unwrap_or_default();
        let (kex, _host_key) = (next(), next());
        let ciphers = [next(), next()];
        self.side(server).offer = Some(Box::new(Offer { kex, ciphers }));
        if let [Side { offer: Some(client), .. }, Side { offer: Some(server), .. }] = &self.sides {
            self.agreed = agree(client, server);
        }
    }
}

fn agree(client: &Offer, server: &Offer) -> Agreed {
    let mut agreed = Agreed {
        method: choose(&client.kex, &server.kex).map(Method::of).unwrap_or_default(),
        ..Agreed::default()
    };
    for (direction, (ours, theirs)) in client.ciphers.iter().zip(&server.ciphers).enumerate() {
        if let Some(place) = agreed.ciphers.get_mut(direction) {
            *place = choose(ours, theirs).is_some_and(is_known_cipher);
        }
    }
    agreed
}

/// The client's first name that the server has too.
fn choose<'a>(client: &'a [u8], server: &[u8]) -> Option<&'a [u8]> {
    let comma = |byte: &u8| *byte == b',';
    client.split(comma).find(|&name| server.split(comma).any(|theirs| theirs == name))
}

fn is_known_cipher(name: &[u8]) -> bool {
    name == b"chacha20-poly1305@openssh.com"
        || [&b"aes128-"[..], b"aes192-", b"aes256-"].iter().any(|size| {
            name.strip_prefix(*size).is_some_and(|mode| matches!(mode, b"cbc" | b"ctr" | b"gcm@openssh.com"))
        })
}
