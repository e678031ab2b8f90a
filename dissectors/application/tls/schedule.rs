//! From secrets to keys: the pseudorandom function of TLS 1.2 (RFC 5246 section 5) and the key schedule of TLS 1.3
//! (RFC 8446 section 7).

use alloc::vec::Vec;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

/// A hash function of cipher suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::application) enum Hash {
    /// Only for message authentication.
    Sha1,
    /// The one of all suites that name no other.
    Sha256,
    /// Of suites that say so.
    Sha384,
}

impl Hash {
    /// Bytes of its values.
    pub(super) const fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

/// The authentication code (RFC 2104) of `parts` one after the other.
pub(super) fn hmac(hash: Hash, key: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    Some(match hash {
        Hash::Sha1 => code(Hmac::<Sha1>::new_from_slice(key).ok()?, parts),
        Hash::Sha256 => code(Hmac::<Sha256>::new_from_slice(key).ok()?, parts),
        Hash::Sha384 => code(Hmac::<Sha384>::new_from_slice(key).ok()?, parts),
    })
}

fn code(mut mac: impl Mac, parts: &[&[u8]]) -> Vec<u8> {
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// `len` bytes of the pseudorandom function of TLS 1.2 for a label and a seed in two parts.
pub(super) fn prf(hash: Hash, secret: &[u8], label: &[u8], seed: [&[u8]; 2], len: usize) -> Option<Vec<u8>> {
    let [first, second] = seed;
    let mut link = hmac(hash, secret, &[label, first, second])?;
    let mut out = Vec::with_capacity(len.saturating_add(hash.len()));
    while out.len() < len {
        out.extend(hmac(hash, secret, &[&link, label, first, second])?);
        link = hmac(hash, secret, &[&link])?;
    }
    out.truncate(len);
    Some(out)
}

/// Fills `out` by HKDF-Expand-Label without a context (RFC 8446 section 7.1). `None` if the secret is shorter than
/// the hash.
pub(in crate::application) fn expand_label(
    hash: Hash,
    secret: &[u8],
    label: &[u8],
    out: &mut [u8],
) -> Option<()> {
    const PREFIX: &[u8] = b"tls13 ";
    let length = u16::try_from(out.len()).ok()?.to_be_bytes();
    let named = u8::try_from(PREFIX.len().saturating_add(label.len())).ok()?;
    let parts: [&[u8]; 5] = [&length, &[named], PREFIX, label, &[0]];
    let info = parts.concat();
    match hash {
        Hash::Sha1 => None,
        Hash::Sha256 => Hkdf::<Sha256>::from_prk(secret).ok()?.expand(&info, out).ok(),
        Hash::Sha384 => Hkdf::<Sha384>::from_prk(secret).ok()?.expand(&info, out).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Hash, expand_label, hmac, prf};
    use crate::testing::bytes;

    /// RFC 8448 section 3: the server's handshake traffic secret, and what comes of it.
    #[test]
    fn labels_of_tls_1_3() {
        let secret = bytes("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        let (mut key, mut iv, mut finished) = ([0; 16], [0; 12], [0; 32]);
        expand_label(Hash::Sha256, &secret, b"key", &mut key).unwrap();
        expand_label(Hash::Sha256, &secret, b"iv", &mut iv).unwrap();
        expand_label(Hash::Sha256, &secret, b"finished", &mut finished).unwrap();
        assert_eq!(key.as_slice(), bytes("3fce516009c21727d0f2e4e86ee403bc"));
        assert_eq!(iv.as_slice(), bytes("5d313eb2671276ee13000b30"));
        let expected = "008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8";
        assert_eq!(finished.as_slice(), bytes(expected));
    }

    #[test]
    fn a_secret_that_is_too_short_gives_no_keys() {
        assert_eq!(expand_label(Hash::Sha256, &[0; 31], b"key", &mut [0; 16]), None);
        assert_eq!(expand_label(Hash::Sha384, &[0; 47], b"key", &mut [0; 16]), None);
    }

    /// RFC 4231 section 4.3 and RFC 2202 section 3.
    #[test]
    fn authentication_codes() {
        let question: &[&[u8]] = &[b"what do ya want ", b"for nothing?"];
        assert_eq!(
            hmac(Hash::Sha256, b"Jefe", question).unwrap(),
            bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        );
        assert_eq!(
            hmac(Hash::Sha384, b"Jefe", question).unwrap(),
            bytes(
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
                 8e2240ca5e69e2c78b3239ecfab21649"
            )
        );
        let expected = bytes("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert_eq!(hmac(Hash::Sha1, b"Jefe", question).unwrap(), expected);
    }

    /// The vector for P_SHA256 that implementers agreed upon on the list of the working group.
    #[test]
    fn the_function_of_tls_1_2() {
        let secret = bytes("9bbe436ba940f017b17652849a71db35");
        let seed = bytes("a0ba9f936cda311827a6f796ffd5198c");
        let (first, second) = seed.split_at(5);
        let out = prf(Hash::Sha256, &secret, b"test label", [first, second], 100).unwrap();
        assert_eq!(
            out,
            bytes(
                "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a\
                 6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab\
                 4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701\
                 87347b66"
            )
        );
    }
}
