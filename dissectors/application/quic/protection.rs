//! Protection of Initial packets (RFC 9001 section 5). Its keys come from a connection ID that is sent in the clear, so
//! that whoever sees the client's first packet has them.

use alloc::vec::Vec;
use core::fmt;

use aes::Aes128;
use aes::cipher::BlockCipherEncrypt;
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use hkdf::Hkdf;
use sha2::Sha256;

use super::header::Header;
use super::version::{Protection, protection};
use crate::application::tls::schedule::{Hash, expand_label};
use crate::bytes::{chunk, slice};

/// Bytes of a key of AES-128, of what nonces come from, and of a secret.
const KEY: usize = 16;
const NONCE: usize = 12;
const SECRET: usize = 32;
/// Bytes of ciphertext from which header protection is made (RFC 9001 section 5.4.2).
const SAMPLE: usize = 16;
/// The longest packet number: the sample begins behind it, however long it is.
const MAX_NUMBER: usize = 4;

/// The keys of both directions of one connection in one version.
pub(super) struct Keys {
    pub(super) version: u32,
    /// The server's, the client's.
    sides: [Side; 2],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("version", &self.version).finish_non_exhaustive()
    }
}

/// The keys of one direction.
struct Side {
    key: [u8; KEY],
    iv: [u8; NONCE],
    header: [u8; KEY],
}

/// A header without its protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unmasked {
    /// The first byte.
    pub(super) first: u8,
    /// Bytes of the packet number.
    pub(super) number_len: usize,
    /// The packet number, as far as it was sent.
    pub(super) number: u32,
}

impl Unmasked {
    /// Bytes of a packet number behind this first byte (RFC 9000 section 17.2).
    pub(super) fn number_len(first: u8) -> usize {
        usize::from(first & 0x03).saturating_add(1)
    }
}

impl Keys {
    /// The keys that a version makes of the client's connection ID (RFC 9001 section 5.2). `None` for a version whose
    /// salt is not known.
    pub(super) fn of(version: u32, id: &[u8]) -> Option<Self> {
        let protection = protection(version)?;
        let (secret, _) = Hkdf::<Sha256>::extract(Some(protection.salt.as_slice()), id);
        let side = |label: &[u8]| Side::of(protection, &secret, label);
        Some(Self { version, sides: [side(b"server in")?, side(b"client in")?] })
    }

    /// Takes the protection off the header of a packet. `None` if too little of it was captured.
    pub(super) fn unmask(&self, to_server: bool, packet: &[u8], header: &Header<'_>) -> Option<Unmasked> {
        let side = self.sides.get(usize::from(to_server))?;
        let mut mask: [u8; SAMPLE] = chunk(packet, header.protected.checked_add(MAX_NUMBER)?)?;
        Aes128::new_from_slice(&side.header).ok()?.encrypt_block((&mut mask).into());
        let [of_first, of_number @ ..] = mask;
        let first = *packet.first()? ^ of_first & 0x0f;
        let number_len = Unmasked::number_len(first);
        let sent = slice(packet, header.protected, number_len)?;
        let number = sent
            .iter()
            .zip(of_number)
            .fold(0, |number: u32, (byte, mask)| number << 8 | u32::from(byte ^ mask));
        Some(Unmasked { first, number_len, number })
    }

    /// The frames of a packet whose number is `number`. `None` if they do not prove to come from somebody who has these
    /// keys.
    pub(super) fn open(
        &self,
        to_server: bool,
        packet: &[u8],
        header: &Header<'_>,
        unmasked: Unmasked,
        number: u64,
    ) -> Option<Vec<u8>> {
        let side = self.sides.get(usize::from(to_server))?;
        let payload = header.protected.checked_add(unmasked.number_len)?;
        let msg = packet.get(payload..header.end)?;
        // What is authenticated besides is the header as it was before it was protected.
        let mut aad = packet.get(..payload)?.to_vec();
        *aad.first_mut()? = unmasked.first;
        let sent = unmasked.number.to_be_bytes();
        let sent = sent.get(sent.len().checked_sub(unmasked.number_len)?..)?;
        aad.get_mut(header.protected..)?.copy_from_slice(sent);
        let mut nonce = side.iv;
        for (byte, number) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte ^= number;
        }
        let payload = Payload { msg, aad: &aad };
        Aes128Gcm::new_from_slice(&side.key).ok()?.decrypt(&nonce.into(), payload).ok()
    }
}

impl Side {
    fn of(protection: &Protection, initial: &[u8], label: &[u8]) -> Option<Self> {
        let mut secret = [0; SECRET];
        expand_label(Hash::Sha256, initial, label, &mut secret)?;
        let mut side = Self { key: [0; KEY], iv: [0; NONCE], header: [0; KEY] };
        let [key, iv, header] = protection.labels();
        expand_label(Hash::Sha256, &secret, key, &mut side.key)?;
        expand_label(Hash::Sha256, &secret, iv, &mut side.iv)?;
        expand_label(Hash::Sha256, &secret, header, &mut side.header)?;
        Some(side)
    }
}

/// The whole number of a packet of which `number_len` bytes were sent, when `next` is expected (RFC 9000 section A.3).
pub(super) fn whole_number(next: u64, sent: u32, number_len: usize) -> u64 {
    let Some(window) =
        u32::try_from(number_len).ok().and_then(|len| 1_u64.checked_shl(len.saturating_mul(8)))
    else {
        return sent.into();
    };
    let half = window / 2;
    let candidate = next & !window.saturating_sub(1) | u64::from(sent);
    if candidate.saturating_add(half) <= next && candidate.saturating_add(window) < 1 << 62 {
        candidate.saturating_add(window)
    } else if candidate > next.saturating_add(half) && candidate >= window {
        candidate.saturating_sub(window)
    } else {
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, whole_number};
    use crate::testing::bytes;

    /// RFC 9001 section A.1 and RFC 9369 section A.1.
    #[test]
    fn keys_of_both_versions() {
        let id = bytes("8394c8f03e515708");
        let of = |version| Keys::of(version, &id).unwrap().sides;
        let [server, client] = of(1);
        assert_eq!(client.key.as_slice(), bytes("1f369613dd76d5467730efcbe3b1a22d"));
        assert_eq!(client.iv.as_slice(), bytes("fa044b2f42a3fd3b46fb255c"));
        assert_eq!(client.header.as_slice(), bytes("9f50449e04a0e810283a1e9933adedd2"));
        assert_eq!(server.key.as_slice(), bytes("cf3a5331653c364c88f0f379b6067e37"));
        assert_eq!(server.iv.as_slice(), bytes("0ac1493ca1905853b0bba03e"));
        assert_eq!(server.header.as_slice(), bytes("c206b8d9b9f0f37644430b490eeaa314"));
        let [_, client] = of(0x6b33_43cf);
        assert_eq!(client.key.as_slice(), bytes("8b1a0bc121284290a29e0971b5cd045d"));
        assert_eq!(client.iv.as_slice(), bytes("91f73e2351d8fa91660e909f"));
        assert_eq!(client.header.as_slice(), bytes("45b95e15235d6f45a6b19cbcb0294ba9"));
        assert!(Keys::of(0x1a2a_3a4a, &id).is_none());
    }

    /// RFC 9000 section A.3, and numbers around those that are expected.
    #[test]
    fn packet_numbers() {
        assert_eq!(whole_number(0xa82f_30eb, 0x9b32, 2), 0xa82f_9b32);
        assert_eq!(whole_number(0, 5, 1), 5);
        assert_eq!(whole_number(0x1ff, 0, 1), 0x200);
        assert_eq!(whole_number(0x201, 0xff, 1), 0x1ff);
        assert_eq!(whole_number(1 << 61, u32::MAX, 4), (1 << 61) - 1);
    }
}
