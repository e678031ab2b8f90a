//! How records are protected: with authenticated encryption (RFC 8446 section 5.2, RFC 5288, RFC 7905), or with a
//! cipher in chains of blocks and an authentication code (RFC 5246 section 6.2.3.2, RFC 7366).

use alloc::vec::Vec;
use core::fmt;

use aes::{Aes128, Aes256};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use chacha20poly1305::ChaCha20Poly1305;

use super::flow::{APPLICATION_DATA, CHANGE_CIPHER_SPEC, HEADER};
use super::keys::{Random, Secret};
use super::schedule::{Hash, expand_label, hmac, prf};
use super::suites;
use crate::bytes::chunk;
use crate::field::name_of;

/// Bytes of the nonce of all ciphers with authentication (RFC 5116 section 5).
const NONCE: usize = 12;
/// Bytes of the longest key, and of the longest key for authentication.
const MAX_KEY: usize = 32;
const MAX_MAC: usize = 48;
/// Bytes of a block of AES.
const BLOCK: usize = 16;

/// What enciphers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    /// AES with 128 bits in Galois/Counter Mode.
    Aes128Gcm,
    /// The same with 256 bits.
    Aes256Gcm,
    /// ChaCha20 and Poly1305 (RFC 8439).
    ChaCha20Poly1305,
    /// AES with 128 bits in chains of blocks, and this hash for the authentication code.
    Aes128Cbc(Hash),
    /// The same with 256 bits.
    Aes256Cbc(Hash),
}

/// What the names of cipher suites end with, for those whose records can be opened.
const ALGORITHMS: [(&str, Algorithm); 8] = [
    ("AES_128_GCM_SHA256", Algorithm::Aes128Gcm),
    ("AES_256_GCM_SHA384", Algorithm::Aes256Gcm),
    ("CHACHA20_POLY1305_SHA256", Algorithm::ChaCha20Poly1305),
    ("AES_128_CBC_SHA", Algorithm::Aes128Cbc(Hash::Sha1)),
    ("AES_256_CBC_SHA", Algorithm::Aes256Cbc(Hash::Sha1)),
    ("AES_128_CBC_SHA256", Algorithm::Aes128Cbc(Hash::Sha256)),
    ("AES_256_CBC_SHA256", Algorithm::Aes256Cbc(Hash::Sha256)),
    ("AES_256_CBC_SHA384", Algorithm::Aes256Cbc(Hash::Sha384)),
];

impl Algorithm {
    /// Bytes of its key.
    const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Cbc(_) => 16,
            Self::Aes256Gcm | Self::Aes256Cbc(_) | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// Bytes of the key for the authentication code, where there is one of its own.
    const fn mac_len(self) -> usize {
        match self {
            Self::Aes128Cbc(hash) | Self::Aes256Cbc(hash) => hash.len(),
            _ => 0,
        }
    }

    /// Bytes of the nonce that come from the handshake in TLS 1.2; the rest stands in the record.
    const fn fixed_len(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => 4,
            Self::ChaCha20Poly1305 => NONCE,
            Self::Aes128Cbc(_) | Self::Aes256Cbc(_) => 0,
        }
    }
}

/// A cipher suite whose records can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Suite {
    algorithm: Algorithm,
    /// The hash from which keys come.
    hash: Hash,
}

impl Suite {
    /// The suite with this number, which its name describes.
    pub(super) fn of(number: u16) -> Option<Self> {
        let name = name_of(suites::SUITES, number.into())?;
        // In TLS 1.3 the name says nothing of the exchange.
        let protection = match name.split_once("_WITH_") {
            Some((_, protection)) => protection,
            None => name.strip_prefix("TLS_")?,
        };
        let &(_, algorithm) = ALGORITHMS.iter().find(|row| row.0 == protection)?;
        let hash = if protection.ends_with("SHA384") { Hash::Sha384 } else { Hash::Sha256 };
        Some(Self { algorithm, hash })
    }

    /// The secret that follows `secret` in TLS 1.3 (RFC 8446 section 7.2).
    pub(super) fn next_secret(self, secret: Secret) -> Option<Secret> {
        let mut next = [0; MAX_MAC];
        let next = next.get_mut(..self.hash.len())?;
        expand_label(self.hash, secret.as_slice(), b"traffic upd", next)?;
        Secret::new(next)
    }

    /// Whether it enciphers chains of blocks.
    pub(super) const fn is_chained(self) -> bool {
        matches!(self.algorithm, Algorithm::Aes128Cbc(_) | Algorithm::Aes256Cbc(_))
    }
}

/// How a record is built around its cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.2 where the authentication code is that of the enciphered bytes (RFC 7366).
    EncryptThenMac,
    /// TLS 1.3.
    Tls13,
}

/// The keys of one direction; they are never printed.
pub(super) struct Keys {
    suite: Suite,
    scheme: Scheme,
    key: [u8; MAX_KEY],
    iv: [u8; NONCE],
    mac: [u8; MAX_MAC],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("suite", &self.suite).finish_non_exhaustive()
    }
}

impl Keys {
    const fn none(suite: Suite, scheme: Scheme) -> Self {
        Self { suite, scheme, key: [0; MAX_KEY], iv: [0; NONCE], mac: [0; MAX_MAC] }
    }

    /// The keys of a traffic secret of TLS 1.3 (RFC 8446 section 7.3).
    pub(super) fn of_secret(suite: Suite, secret: Secret) -> Option<Self> {
        let mut keys = Self::none(suite, Scheme::Tls13);
        let key = keys.key.get_mut(..suite.algorithm.key_len())?;
        expand_label(suite.hash, secret.as_slice(), b"key", key)?;
        expand_label(suite.hash, secret.as_slice(), b"iv", &mut keys.iv)?;
        Some(keys)
    }

    /// The keys of the server and of the client in TLS 1.2 (RFC 5246 section 6.3).
    pub(super) fn of_master(
        suite: Suite,
        scheme: Scheme,
        master: Secret,
        (client, server): (&Random, &Random),
    ) -> Option<[Self; 2]> {
        let algorithm = suite.algorithm;
        let lens = [algorithm.mac_len(), algorithm.key_len(), algorithm.fixed_len()];
        let len = lens.iter().fold(0_usize, |sum, len| sum.saturating_add(*len)).saturating_mul(2);
        let block = prf(suite.hash, master.as_slice(), b"key expansion", [server, client], len)?;
        let mut rest = block.as_slice();
        let mut both = [Self::none(suite, scheme), Self::none(suite, scheme)];
        for (part, len) in lens.into_iter().enumerate() {
            // The client's part comes first.
            for keys in both.iter_mut().rev() {
                let (bytes, after) = rest.split_at_checked(len)?;
                let place = match part {
                    0 => keys.mac.get_mut(..len)?,
                    1 => keys.key.get_mut(..len)?,
                    _ => keys.iv.get_mut(..len)?,
                };
                place.copy_from_slice(bytes);
                rest = after;
            }
        }
        Some(both)
    }

    /// Whether a record of this content type is protected.
    pub(super) fn protects(&self, content: u8) -> bool {
        match self.scheme {
            Scheme::Tls13 => content == APPLICATION_DATA,
            Scheme::Tls12 | Scheme::EncryptThenMac => content != CHANGE_CIPHER_SPEC,
        }
    }

    /// Opens the record that is number `sequence` under these keys: its content type and content. `None` if it does
    /// not prove to be one.
    pub(super) fn open(&self, header: [u8; HEADER], fragment: &[u8], sequence: u64) -> Option<(u8, Vec<u8>)> {
        let [content, major, minor, ..] = header;
        match self.scheme {
            Scheme::Tls13 => {
                let mut plain = self.decipher(self.nonce(sequence), &header, fragment)?;
                // Behind the content stand its type, which is not zero, and zeros (RFC 8446 section 5.4).
                let end = plain.iter().rposition(|&byte| byte != 0)?;
                let inner = plain.get(end).copied()?;
                plain.truncate(end);
                Some((inner, plain))
            }
            _ if self.suite.is_chained() => {
                let claims = Claims { sequence, content, version: [major, minor] };
                Some((content, self.unchain(fragment, claims)?))
            }
            _ => {
                let (nonce, sealed) = match self.suite.algorithm {
                    Algorithm::ChaCha20Poly1305 => (self.nonce(sequence), fragment),
                    _ => {
                        let (explicit, sealed) = fragment.split_first_chunk::<8>()?;
                        let mut nonce = self.iv;
                        nonce.get_mut(4..)?.copy_from_slice(explicit);
                        (nonce, sealed)
                    }
                };
                // The code is as long in all these suites.
                let claims = Claims { sequence, content, version: [major, minor] };
                let aad = claims.of(sealed.len().checked_sub(BLOCK)?)?;
                Some((content, self.decipher(nonce, &aad, sealed)?))
            }
        }
    }

    /// The nonce that the number of a record gives (RFC 8446 section 5.3).
    fn nonce(&self, sequence: u64) -> [u8; NONCE] {
        let mut nonce = self.iv;
        for (byte, number) in nonce.iter_mut().rev().zip(sequence.to_le_bytes()) {
            *byte ^= number;
        }
        nonce
    }

    /// The content of what was sealed with authenticated encryption.
    fn decipher(&self, nonce: [u8; NONCE], aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
        let key = self.key.get(..self.suite.algorithm.key_len())?;
        let payload = Payload { msg, aad };
        match self.suite.algorithm {
            Algorithm::Aes128Gcm => Aes128Gcm::new_from_slice(key).ok()?.decrypt(&nonce.into(), payload).ok(),
            Algorithm::Aes256Gcm => Aes256Gcm::new_from_slice(key).ok()?.decrypt(&nonce.into(), payload).ok(),
            Algorithm::ChaCha20Poly1305 => {
                ChaCha20Poly1305::new_from_slice(key).ok()?.decrypt(&nonce.into(), payload).ok()
            }
            Algorithm::Aes128Cbc(_) | Algorithm::Aes256Cbc(_) => None,
        }
    }

    /// The content of a record whose blocks are chained.
    fn unchain(&self, fragment: &[u8], claims: Claims) -> Option<Vec<u8>> {
        let (Algorithm::Aes128Cbc(hash) | Algorithm::Aes256Cbc(hash)) = self.suite.algorithm else {
            return None;
        };
        let mac = self.mac.get(..hash.len())?;
        if self.scheme == Scheme::EncryptThenMac {
            let (sealed, code) = fragment.split_at_checked(fragment.len().checked_sub(hash.len())?)?;
            let expected = hmac(hash, mac, &[&claims.of(sealed.len())?, sealed])?;
            if expected != code {
                return None;
            }
            return unpad(self.blocks(sealed)?);
        }
        let mut content = unpad(self.blocks(fragment)?)?;
        let code = content.split_off(content.len().checked_sub(hash.len())?);
        let expected = hmac(hash, mac, &[&claims.of(content.len())?, &content])?;
        (expected == code).then_some(content)
    }

    /// Deciphers blocks, the first of which starts the chain.
    fn blocks(&self, fragment: &[u8]) -> Option<Vec<u8>> {
        let key = self.key.get(..self.suite.algorithm.key_len())?;
        let (iv, sealed) = fragment.split_first_chunk::<BLOCK>()?;
        let (blocks, rest) = sealed.as_chunks::<BLOCK>();
        if blocks.is_empty() || !rest.is_empty() {
            return None;
        }
        Some(match self.suite.algorithm {
            Algorithm::Aes128Cbc(_) => {
                let mut chain = cbc::Decryptor::<Aes128>::new_from_slices(key, iv).ok()?;
                each(blocks, |block| chain.decrypt_block(block.into()))
            }
            Algorithm::Aes256Cbc(_) => {
                let mut chain = cbc::Decryptor::<Aes256>::new_from_slices(key, iv).ok()?;
                each(blocks, |block| chain.decrypt_block(block.into()))
            }
            _ => return None,
        })
    }
}

/// What `decipher` makes of all blocks.
fn each(blocks: &[[u8; BLOCK]], mut decipher: impl FnMut(&mut [u8; BLOCK])) -> Vec<u8> {
    let mut out = Vec::with_capacity(blocks.len().saturating_mul(BLOCK));
    for block in blocks {
        let mut block = *block;
        decipher(&mut block);
        out.extend_from_slice(&block);
    }
    out
}

/// Without the padding, whose bytes all say how many others there are.
fn unpad(mut plain: Vec<u8>) -> Option<Vec<u8>> {
    let last = *plain.last()?;
    let end = plain.len().checked_sub(usize::from(last).saturating_add(1))?;
    let sound = plain.get(end..)?.iter().all(|&byte| byte == last);
    plain.truncate(end);
    sound.then_some(plain)
}

/// What is authenticated besides the content in TLS 1.2 (RFC 5246 section 6.2.3.3).
#[derive(Clone, Copy)]
struct Claims {
    sequence: u64,
    content: u8,
    version: [u8; 2],
}

impl Claims {
    /// For so many bytes.
    fn of(self, len: usize) -> Option<[u8; 13]> {
        let number = self.sequence.to_be_bytes();
        let [major, minor] = self.version;
        let [high, low] = u16::try_from(len).ok()?.to_be_bytes();
        let all = [number.as_slice(), &[self.content, major, minor, high, low]].concat();
        chunk(&all, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Keys, Scheme, Suite};
    use crate::application::tls::keys::Secret;
    use crate::application::tls::schedule::{Hash, hmac};
    use crate::testing::bytes;
    use aes_gcm::aead::{Aead, KeyInit, Payload};
    use alloc::vec::Vec;
    use cbc::cipher::{BlockModeEncrypt, KeyIvInit};

    fn parts(record: &str) -> ([u8; 5], Vec<u8>) {
        let record = bytes(record);
        (record[..5].try_into().unwrap(), record[5..].to_vec())
    }

    fn secret(hex: &str) -> Secret {
        Secret::new(&bytes(hex)).unwrap()
    }

    #[test]
    fn suites_by_name() {
        let of = |number| Suite::of(number).map(|suite| (suite.algorithm, suite.hash));
        assert_eq!(of(0x1301), Some((Algorithm::Aes128Gcm, Hash::Sha256)));
        assert_eq!(of(0x1302), Some((Algorithm::Aes256Gcm, Hash::Sha384)));
        assert_eq!(of(0x1303), Some((Algorithm::ChaCha20Poly1305, Hash::Sha256)));
        assert_eq!(of(0xc02f), Some((Algorithm::Aes128Gcm, Hash::Sha256)));
        assert_eq!(of(0xc030), Some((Algorithm::Aes256Gcm, Hash::Sha384)));
        assert_eq!(of(0xcca8), Some((Algorithm::ChaCha20Poly1305, Hash::Sha256)));
        assert_eq!(of(0x002f), Some((Algorithm::Aes128Cbc(Hash::Sha1), Hash::Sha256)));
        assert_eq!(of(0xc028), Some((Algorithm::Aes256Cbc(Hash::Sha384), Hash::Sha384)));
        // RC4, and AES with CCM.
        assert_eq!((of(0x0005), of(0x1304)), (None, None));
    }

    /// RFC 8448 section 3: fifty bytes from the client, and its farewell.
    #[test]
    fn records_of_tls_1_3() {
        let suite = Suite::of(0x1301).unwrap();
        let traffic = "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5";
        let keys = Keys::of_secret(suite, secret(traffic)).unwrap();
        let (header, mut data) = parts(
            "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f\
             2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4",
        );
        let expected: Vec<u8> = (0..50).collect();
        assert_eq!(keys.open(header, &data, 0), Some((23, expected)));
        // Another number, another header, another byte.
        assert_eq!(keys.open(header, &data, 1), None);
        assert_eq!(keys.open([23, 3, 3, 0, 0x42], &data, 0), None);
        data[20] ^= 1;
        assert_eq!(keys.open(header, &data, 0), None);
        let (header, alert) = parts("1703030013c9872760655666b74d7ff1153efd6db6d0b0e3");
        assert_eq!(keys.open(header, &alert, 1), Some((21, alloc::vec![1, 0])));
    }

    /// What a side of TLS 1.2 seals, by the same crates but from the words of the RFCs: both sides' keys are parts of
    /// one block, and the two randoms stand in it in the other order than in the master secret.
    #[test]
    fn records_of_tls_1_2() {
        let master = Secret::new(&[7; 48]).unwrap();
        for number in [0xc02f, 0xc030, 0xcca8] {
            let suite = Suite::of(number).unwrap();
            let [server, client] =
                Keys::of_master(suite, Scheme::Tls12, master, (&[1; 32], &[2; 32])).unwrap();
            assert_ne!(server.key, client.key);
            let chacha = suite.algorithm == Algorithm::ChaCha20Poly1305;
            // Number 5, handshake, 3.3, 4 bytes.
            let aad = bytes("0000000000000005 16 0303 0004");
            let (explicit, nonce) = match chacha {
                true => {
                    let mut nonce = client.iv;
                    nonce[11] ^= 5;
                    (Vec::new(), nonce)
                }
                false => {
                    let mut nonce = client.iv;
                    nonce[4..].copy_from_slice(&[9; 8]);
                    (alloc::vec![9; 8], nonce)
                }
            };
            let payload = Payload { msg: b"text", aad: &aad };
            let sealed = match number {
                0xc02f => super::Aes128Gcm::new_from_slice(&client.key[..16])
                    .unwrap()
                    .encrypt(&nonce.into(), payload),
                0xc030 => {
                    super::Aes256Gcm::new_from_slice(&client.key).unwrap().encrypt(&nonce.into(), payload)
                }
                _ => super::ChaCha20Poly1305::new_from_slice(&client.key)
                    .unwrap()
                    .encrypt(&nonce.into(), payload),
            };
            let fragment = [explicit, sealed.unwrap()].concat();
            let [high, low] = u16::try_from(fragment.len()).unwrap().to_be_bytes();
            let header = [22, 3, 3, high, low];
            assert_eq!(client.open(header, &fragment, 5), Some((22, b"text".to_vec())), "{number:x}");
            assert_eq!(server.open(header, &fragment, 5), None);
            assert_eq!(client.open(header, &fragment, 6), None);
        }
    }

    /// Enciphers whole blocks as the server's side does.
    fn chain(keys: &Keys, iv: [u8; 16], plain: &[u8]) -> Vec<u8> {
        let mut chain = cbc::Encryptor::<super::Aes128>::new_from_slices(&keys.key[..16], &iv).unwrap();
        let mut out = iv.to_vec();
        for block in plain.as_chunks::<16>().0 {
            let mut block = *block;
            chain.encrypt_block((&mut block).into());
            out.extend(block);
        }
        out
    }

    #[test]
    fn chains_of_blocks() {
        let suite = Suite::of(0x002f).unwrap();
        let master = Secret::new(&[7; 48]).unwrap();
        let randoms = (&[1; 32], &[2; 32]);
        let claims = bytes("0000000000000000 17 0303 0005");
        let [keys, _] = Keys::of_master(suite, Scheme::Tls12, master, randoms).unwrap();
        let code = hmac(Hash::Sha1, &keys.mac[..20], &[&claims, b"hello"]).unwrap();
        // 25 bytes and 7 of padding, the last of which counts the others.
        let plain = [b"hello".as_slice(), &code, &[6; 7]].concat();
        let sealed = chain(&keys, [3; 16], &plain);
        let header = [23, 3, 3, 0, 48];
        assert_eq!(keys.open(header, &sealed, 0), Some((23, b"hello".to_vec())));
        assert_eq!(keys.open(header, &sealed, 1), None);
        let wrong = [b"hello".as_slice(), &code, &[6, 6, 5, 6, 6, 6, 6]].concat();
        assert_eq!(keys.open(header, &chain(&keys, [3; 16], &wrong), 0), None);

        let [keys, _] = Keys::of_master(suite, Scheme::EncryptThenMac, master, randoms).unwrap();
        let sealed = chain(&keys, [3; 16], &[b"hello".as_slice(), &[10; 11]].concat());
        let claims = bytes("0000000000000000 17 0303 0020");
        let code = hmac(Hash::Sha1, &keys.mac[..20], &[&claims, &sealed]).unwrap();
        let fragment = [sealed, code].concat();
        assert_eq!(keys.open([23, 3, 3, 0, 52], &fragment, 0), Some((23, b"hello".to_vec())));
        assert_eq!(keys.open([23, 3, 3, 0, 52], &fragment, 1), None);
    }

    #[test]
    fn hostile_lengths() {
        let master = Secret::new(&[7; 48]).unwrap();
        let schemes = [
            (0x002f, Scheme::Tls12),
            (0x002f, Scheme::EncryptThenMac),
            (0xc02f, Scheme::Tls12),
            (0xcca8, Scheme::Tls12),
        ];
        for (number, scheme) in schemes {
            let suite = Suite::of(number).unwrap();
            let [keys, _] = Keys::of_master(suite, scheme, master, (&[1; 32], &[2; 32])).unwrap();
            for len in 0..100 {
                assert_eq!(keys.open([23, 3, 3, 0, 0], &alloc::vec![0; len], 0), None);
            }
        }
        let keys = Keys::of_secret(Suite::of(0x1301).unwrap(), Secret::new(&[7; 32]).unwrap()).unwrap();
        for len in 0..100 {
            assert_eq!(keys.open([23, 3, 3, 0, 0], &alloc::vec![0; len], 0), None);
        }
        assert!(Keys::of_secret(Suite::of(0x1302).unwrap(), Secret::new(&[7; 32]).unwrap()).is_none());
    }
}
