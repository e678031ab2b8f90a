//! Messages of the key exchange, field by field.

use alloc::vec::Vec;

use md5::{Digest as _, Md5};

use super::HEADER;
use super::negotiation::Method;
use crate::bytes::{slice, u32_at};
use crate::field::{Field, Value};
use crate::walk::Walk;

fields! {
    COOKIE = Field::bytes("ssh.cookie", "cookie"),
    KEX_ALGORITHMS_LENGTH = Field::u32("ssh.kex_algorithms_length", "key exchange methods length"),
    KEX_ALGORITHMS = Field::text("ssh.kex_algorithms", "key exchange methods").key(),
    HOST_KEY_ALGORITHMS_LENGTH = Field::u32("ssh.server_host_key_algorithms_length", "host key algorithms length"),
    HOST_KEY_ALGORITHMS = Field::text("ssh.server_host_key_algorithms", "host key algorithms").key(),
    ENCRYPTION_CS_LENGTH =
        Field::u32("ssh.encryption_algorithms_client_to_server_length", "ciphers to the server length"),
    ENCRYPTION_CS = Field::text("ssh.encryption_algorithms_client_to_server", "ciphers to the server").key(),
    ENCRYPTION_SC_LENGTH =
        Field::u32("ssh.encryption_algorithms_server_to_client_length", "ciphers to the client length"),
    ENCRYPTION_SC = Field::text("ssh.encryption_algorithms_server_to_client", "ciphers to the client").key(),
    MAC_CS_LENGTH = Field::u32("ssh.mac_algorithms_client_to_server_length", "MACs to the server length"),
    MAC_CS = Field::text("ssh.mac_algorithms_client_to_server", "MACs to the server").key(),
    MAC_SC_LENGTH = Field::u32("ssh.mac_algorithms_server_to_client_length", "MACs to the client length"),
    MAC_SC = Field::text("ssh.mac_algorithms_server_to_client", "MACs to the client").key(),
    COMPRESSION_CS_LENGTH =
        Field::u32("ssh.compression_algorithms_client_to_server_length", "compression to the server length"),
    COMPRESSION_CS = Field::text("ssh.compression_algorithms_client_to_server", "compression to the server"),
    COMPRESSION_SC_LENGTH =
        Field::u32("ssh.compression_algorithms_server_to_client_length", "compression to the client length"),
    COMPRESSION_SC = Field::text("ssh.compression_algorithms_server_to_client", "compression to the client"),
    LANGUAGES_CS_LENGTH = Field::u32("ssh.languages_client_to_server_length", "languages to the server length"),
    LANGUAGES_CS = Field::text("ssh.languages_client_to_server", "languages to the server"),
    LANGUAGES_SC_LENGTH = Field::u32("ssh.languages_server_to_client_length", "languages to the client length"),
    LANGUAGES_SC = Field::text("ssh.languages_server_to_client", "languages to the client"),
    FIRST_FOLLOWS = Field::u8("ssh.first_kex_packet_follows", "a guessed packet follows").names(NO_YES),
    RESERVED = Field::bytes("ssh.kex.reserved", "reserved"),
    HASSH_ALGORITHMS = Field::text("ssh.kex.hassh_algorithms", "what HASSH is made of"),
    HASSH = Field::text("ssh.kex.hassh", "HASSH").key(),
    HASSHSERVER_ALGORITHMS = Field::text("ssh.kex.hasshserver_algorithms", "what HASSH of the server is made of"),
    HASSHSERVER = Field::text("ssh.kex.hasshserver", "HASSH of the server").key(),
    MPINT_LENGTH = Field::u32("ssh.mpint_length", "number length").many(),
    DH_E = Field::bytes("ssh.dh.e", "client's e"),
    DH_F = Field::bytes("ssh.dh.f", "server's f"),
    GEX_MIN = Field::u32("ssh.dh_gex.min", "minimal bits"),
    GEX_NBITS = Field::u32("ssh.dh_gex.nbits", "preferred bits"),
    GEX_MAX = Field::u32("ssh.dh_gex.max", "maximal bits"),
    GEX_P = Field::bytes("ssh.dh_gex.p", "modulus p"),
    GEX_G = Field::bytes("ssh.dh_gex.g", "generator g"),
    ECDH_Q_C_LENGTH = Field::u32("ssh.ecdh.q_c_length", "client's key length"),
    ECDH_Q_C = Field::bytes("ssh.ecdh.q_c", "client's key"),
    ECDH_Q_S_LENGTH = Field::u32("ssh.ecdh.q_s_length", "server's key length"),
    ECDH_Q_S = Field::bytes("ssh.ecdh.q_s", "server's key"),
    HOST_KEY_LENGTH = Field::u32("ssh.host_key.length", "host key length"),
    HOST_KEY_TYPE_LENGTH = Field::u32("ssh.host_key.type_length", "host key type length"),
    HOST_KEY_TYPE = Field::text("ssh.host_key.type", "host key type").key(),
    HOST_KEY_DATA = Field::bytes("ssh.host_key.data", "host key"),
    HOST_KEY_RSA_E = Field::bytes("ssh.host_key.rsa.e", "RSA exponent"),
    HOST_KEY_RSA_N = Field::bytes("ssh.host_key.rsa.n", "RSA modulus"),
    HOST_KEY_DSA_P = Field::bytes("ssh.host_key.dsa.p", "DSA modulus"),
    HOST_KEY_DSA_Q = Field::bytes("ssh.host_key.dsa.q", "DSA divisor"),
    HOST_KEY_DSA_G = Field::bytes("ssh.host_key.dsa.g", "DSA generator"),
    HOST_KEY_DSA_Y = Field::bytes("ssh.host_key.dsa.y", "DSA public key"),
    HOST_KEY_ECDSA_ID_LENGTH = Field::u32("ssh.host_key.ecdsa.id_length", "curve name length"),
    HOST_KEY_ECDSA_ID = Field::text("ssh.host_key.ecdsa.id", "curve"),
    HOST_KEY_ECDSA_Q_LENGTH = Field::u32("ssh.host_key.ecdsa.q_length", "ECDSA public key length"),
    HOST_KEY_ECDSA_Q = Field::bytes("ssh.host_key.ecdsa.q", "ECDSA public key"),
    HOST_KEY_EDDSA_LENGTH = Field::u32("ssh.host_key.eddsa.key_length", "EdDSA public key length"),
    HOST_KEY_EDDSA = Field::bytes("ssh.host_key.eddsa.key", "EdDSA public key"),
    HOST_SIG_LENGTH = Field::u32("ssh.host_sig.length", "host signature length"),
    HOST_SIG_TYPE_LENGTH = Field::u32("ssh.host_sig.type_length", "host signature type length"),
    HOST_SIG_TYPE = Field::text("ssh.host_sig.type", "host signature type"),
    HOST_SIG_RSA = Field::bytes("ssh.host_sig.rsa", "RSA signature"),
    HOST_SIG_DSA = Field::bytes("ssh.host_sig.dsa", "DSA signature"),
    HOST_SIG_DATA = Field::bytes("ssh.host_sig.data", "signature data"),
    HOST_SIG_CURVE = Field::bytes("nd.ssh.host_sig.curve", "signature data"),
    // Wireshark has one name for the lengths of numbers and of these two signatures.
    SIGNATURE_LENGTH = Field::u32("ssh.mpint_length", "signature length").many(),
    BLOB_LENGTH = Field::u32("nd.ssh.host_sig.blob_length", "signature length"),
    BLOB = Field::bytes("nd.ssh.host_sig.blob", "signature"),
    ECDSA_NUMBER_LENGTH = Field::u32("nd.ssh.host_sig.ecdsa.number_length", "number length").many(),
    ECDSA_R = Field::bytes("nd.ssh.host_sig.ecdsa.r", "r"),
    ECDSA_S = Field::bytes("nd.ssh.host_sig.ecdsa.s", "s"),
}

/// A boolean (RFC 4251 section 5).
const NO_YES: &[(u64, &str)] = &[(0, "no"), (1, "yes")];

const COOKIE_LEN: usize = 16;

/// The ten name-lists of a KEXINIT, each with its length and its name (RFC 4253 section 7.1).
static LISTS: [(&Field, &Field); 10] = [
    (&KEX_ALGORITHMS_LENGTH, &KEX_ALGORITHMS),
    (&HOST_KEY_ALGORITHMS_LENGTH, &HOST_KEY_ALGORITHMS),
    (&ENCRYPTION_CS_LENGTH, &ENCRYPTION_CS),
    (&ENCRYPTION_SC_LENGTH, &ENCRYPTION_SC),
    (&MAC_CS_LENGTH, &MAC_CS),
    (&MAC_SC_LENGTH, &MAC_SC),
    (&COMPRESSION_CS_LENGTH, &COMPRESSION_CS),
    (&COMPRESSION_SC_LENGTH, &COMPRESSION_SC),
    (&LANGUAGES_CS_LENGTH, &LANGUAGES_CS),
    (&LANGUAGES_SC_LENGTH, &LANGUAGES_SC),
];

/// The name-lists of a KEXINIT packet.
pub(super) struct NameLists<'a> {
    packet: &'a [u8],
    at: usize,
}

impl<'a> NameLists<'a> {
    pub(super) fn new(packet: &'a [u8]) -> Self {
        Self { packet, at: HEADER.saturating_add(1).saturating_add(COOKIE_LEN) }
    }
}

impl<'a> Iterator for NameLists<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(u32_at(self.packet, self.at)?).ok()?;
        let start = self.at.checked_add(4)?;
        let list = slice(self.packet, start, len)?;
        self.at = start.checked_add(len)?;
        Some(list)
    }
}

/// A KEXINIT behind its message code at `at`; answers where it ends.
pub(super) fn init(walk: &mut Walk<'_, '_>, at: usize, from_server: bool) -> Option<usize> {
    walk.bytes(&COOKIE, at, COOKIE_LEN)?;
    let mut at = at.saturating_add(COOKIE_LEN);
    for (length, list) in LISTS {
        at = string(walk, length, list, at)?;
    }
    walk.u8(&FIRST_FOLLOWS, at)?;
    walk.bytes(&RESERVED, at.saturating_add(1), 4)?;
    hassh(walk, from_server)?;
    Some(at.saturating_add(5))
}

/// The fingerprint of what one end offers for its own direction: key exchange, ciphers, MACs, compression.
fn hassh(walk: &mut Walk<'_, '_>, from_server: bool) -> Option<()> {
    let (algorithms, digest) = match from_server {
        true => (&HASSHSERVER_ALGORITHMS, &HASSHSERVER),
        false => (&HASSH_ALGORITHMS, &HASSH),
    };
    if !walk.wants(algorithms) && !walk.wants(digest) {
        return Some(());
    }
    let direction = usize::from(from_server);
    let lists: Vec<&[u8]> = NameLists::new(walk.data()).take(LISTS.len()).collect();
    let parts = [0, 2, 4, 6].map(|nth: usize| {
        let nth = if nth == 0 { 0 } else { nth.saturating_add(direction) };
        lists.get(nth).copied().unwrap_or_default()
    });
    let text = parts.join(&b';');
    walk.emit(algorithms, 0..0, Value::Text(&text))?;
    let mut hex = Vec::with_capacity(32);
    for byte in Md5::digest(&text) {
        for nibble in [byte >> 4, byte & 15] {
            hex.push(b"0123456789abcdef".get(usize::from(nibble)).copied().unwrap_or_default());
        }
    }
    walk.emit(digest, 0..0, Value::Text(&hex))
}

/// A message of the method, behind its code at `at`; answers where what is known of it ends.
pub(super) fn exchange(walk: &mut Walk<'_, '_>, method: Method, code: u8, at: usize) -> Option<usize> {
    let mut at = at;
    match (method, code) {
        (Method::Group, 30) | (Method::Exchange, 32) => mpint(walk, &DH_E, at),
        (Method::Group, 31) | (Method::Exchange, 33) => {
            at = host_key(walk, at)?;
            at = mpint(walk, &DH_F, at)?;
            signature(walk, at)
        }
        (Method::Exchange, 34) => {
            for field in [&GEX_MIN, &GEX_NBITS, &GEX_MAX] {
                walk.u32(field, at)?;
                at = at.saturating_add(4);
            }
            Some(at)
        }
        (Method::Exchange, 30) => walk.u32(&GEX_NBITS, at).map(|_| at.saturating_add(4)),
        (Method::Exchange, 31) => {
            at = mpint(walk, &GEX_P, at)?;
            mpint(walk, &GEX_G, at)
        }
        (Method::Curve, 30) => string(walk, &ECDH_Q_C_LENGTH, &ECDH_Q_C, at),
        (Method::Curve, 31) => {
            at = host_key(walk, at)?;
            at = string(walk, &ECDH_Q_S_LENGTH, &ECDH_Q_S, at)?;
            signature(walk, at)
        }
        _ => Some(at),
    }
}

/// A string with its length before it (RFC 4251 section 5); answers where it ends.
fn string(
    walk: &mut Walk<'_, '_>,
    length: &'static Field,
    field: &'static Field,
    at: usize,
) -> Option<usize> {
    let len = usize::try_from(walk.u32(length, at)?).ok()?;
    let start = at.checked_add(4)?;
    if len > 0 {
        match field.kind {
            crate::field::Kind::Text => walk.text(field, start, len)?,
            _ => walk.bytes(field, start, len)?,
        };
    }
    start.checked_add(len)
}

fn mpint(walk: &mut Walk<'_, '_>, field: &'static Field, at: usize) -> Option<usize> {
    string(walk, &MPINT_LENGTH, field, at)
}

/// RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4.
fn host_key(walk: &mut Walk<'_, '_>, at: usize) -> Option<usize> {
    let len = usize::try_from(walk.u32(&HOST_KEY_LENGTH, at)?).ok()?;
    let start = at.checked_add(4)?;
    let end = start.checked_add(len)?;
    let mut at = string(walk, &HOST_KEY_TYPE_LENGTH, &HOST_KEY_TYPE, start)?;
    let kind = slice(walk.data(), start.checked_add(4)?, at.checked_sub(start)?.checked_sub(4)?)?;
    match kind {
        b"ssh-rsa" => {
            at = mpint(walk, &HOST_KEY_RSA_E, at)?;
            mpint(walk, &HOST_KEY_RSA_N, at)?;
        }
        b"ssh-dss" => {
            for field in [&HOST_KEY_DSA_P, &HOST_KEY_DSA_Q, &HOST_KEY_DSA_G, &HOST_KEY_DSA_Y] {
                at = mpint(walk, field, at)?;
            }
        }
        kind if kind.starts_with(b"ecdsa-sha2-") => {
            at = string(walk, &HOST_KEY_ECDSA_ID_LENGTH, &HOST_KEY_ECDSA_ID, at)?;
            string(walk, &HOST_KEY_ECDSA_Q_LENGTH, &HOST_KEY_ECDSA_Q, at)?;
        }
        kind if kind.starts_with(b"ssh-ed") => {
            string(walk, &HOST_KEY_EDDSA_LENGTH, &HOST_KEY_EDDSA, at)?;
        }
        _ => {
            walk.bytes(&HOST_KEY_DATA, at, end.checked_sub(at)?)?;
        }
    }
    Some(end)
}

fn signature(walk: &mut Walk<'_, '_>, at: usize) -> Option<usize> {
    let len = usize::try_from(walk.u32(&HOST_SIG_LENGTH, at)?).ok()?;
    let start = at.checked_add(4)?;
    let end = start.checked_add(len)?;
    let at = string(walk, &HOST_SIG_TYPE_LENGTH, &HOST_SIG_TYPE, start)?;
    match slice(walk.data(), start.checked_add(4)?, at.checked_sub(start)?.checked_sub(4)?)? {
        b"ssh-rsa" => {
            string(walk, &SIGNATURE_LENGTH, &HOST_SIG_RSA, at)?;
        }
        b"ssh-dss" => {
            string(walk, &SIGNATURE_LENGTH, &HOST_SIG_DSA, at)?;
        }
        kind => {
            let is_ecdsa = kind.starts_with(b"ecdsa-sha2-");
            // Wireshark has no field for those of elliptic curves.
            let is_curve = is_ecdsa || kind.starts_with(b"ssh-ed");
            let field = if is_curve { &HOST_SIG_CURVE } else { &HOST_SIG_DATA };
            let data = slice(walk.data(), at, end.checked_sub(at)?)?;
            walk.open(field, at..end, Value::Bytes(data))?;
            blob(walk, at, end, is_ecdsa)?;
            walk.close();
        }
    }
    Some(end)
}

/// The signature proper, which is a string (RFC 8709 section 6); with ECDSA two numbers are in it (RFC 5656 section
/// 3.1.2). A method that is not known may have another form.
fn blob(walk: &mut Walk<'_, '_>, at: usize, end: usize, is_ecdsa: bool) -> Option<()> {
    let start = at.checked_add(4)?;
    let len = usize::try_from(u32_at(walk.data(), at)?).ok()?;
    if start.checked_add(len) != Some(end) {
        return Some(());
    }
    walk.u32(&BLOB_LENGTH, at)?;
    if !is_ecdsa {
        return walk.bytes(&BLOB, start, len).map(|_| ());
    }
    let next = string(walk, &ECDSA_NUMBER_LENGTH, &ECDSA_R, start)?;
    string(walk, &ECDSA_NUMBER_LENGTH, &ECDSA_S, next).map(|_| ())
}
