//! Which keys open the records of one connection, and when they change.
//!
//! In TLS 1.2 a direction is protected from its ChangeCipherSpec on, with keys of the master secret. In TLS 1.3 each
//! direction has the keys of its handshake secret until its Finished, then those of its traffic secret, and with each
//! KeyUpdate those of the next one (RFC 8446 section 7.2). The number of a record under its keys is counted, for
//! it is not sent.

use alloc::vec::Vec;

use super::agreed::Version;
use super::cipher::{Keys, Scheme, Suite};
use super::extensions::ENCRYPT_THEN_MAC;
use super::flow::HEADER;
use super::handshake::Hello;
use super::keys::{KeyLog, Label, Random, Secret};
use crate::bytes::u16_at;

/// Records in a row that may fail to open before a direction is given up: those of early data come before the
/// client's first that is under keys of its handshake.
const MAX_MISSES: u8 = 64;

/// The secrets and keys of one connection.
#[derive(Debug, Default)]
pub(super) struct Opening {
    /// The random of the last ClientHello.
    client: Option<Random>,
    agreed: Option<Agreed>,
    /// The server's, the client's.
    sides: [Side; 2],
}

/// What a ServerHello decides.
#[derive(Clone, Copy, Debug)]
struct Agreed {
    suite: Suite,
    scheme: Scheme,
    server: Random,
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    keys: Option<Keys>,
    /// The secret of the keys in TLS 1.3.
    secret: Option<Secret>,
    /// The handshake is behind it.
    is_traffic: bool,
    /// Records so far under these keys.
    sequence: u64,
    /// Records in a row that did not open.
    misses: u8,
}

impl Opening {
    /// A client begins.
    pub(super) fn greet(&mut self, hello: &Hello<'_>) {
        self.client = Some(hello.random);
    }

    /// A server has chosen. False if nothing of this connection can be opened.
    #[must_use]
    pub(super) fn agree(&mut self, hello: &Hello<'_>, log: &KeyLog) -> bool {
        let Some(suite) = u16_at(hello.suites, 0).and_then(Suite::of) else { return false };
        let scheme = match Version::from(hello.selected_version()) {
            Version::Tls13 => Scheme::Tls13,
            Version::Tls12 if suite.is_chained() && hello.extension(ENCRYPT_THEN_MAC).is_some() => {
                Scheme::EncryptThenMac
            }
            Version::Tls12 => Scheme::Tls12,
            Version::Unknown | Version::Ssl3 | Version::Tls10 => return false,
        };
        self.agreed = Some(Agreed { suite, scheme, server: hello.random });
        if scheme != Scheme::Tls13 {
            // The keys of an earlier handshake hold until the next ChangeCipherSpec.
            return self.secret(Label::Master, log).is_some();
        }
        for from_client in [false, true] {
            // Some logs hold the secrets of the traffic alone; records of the handshake are passed over then.
            self.enter(from_client, false, log);
            if self.side(from_client).is_some_and(|side| side.keys.is_none()) {
                self.enter(from_client, true, log);
            }
        }
        self.sides.iter().any(|side| side.keys.is_some())
    }

    /// What follows in this direction is protected (RFC 5246 section 7.1); in TLS 1.3 it means nothing.
    pub(super) fn change_cipher(&mut self, from_client: bool, log: &KeyLog) {
        let Some(agreed) = self.agreed.filter(|agreed| agreed.scheme != Scheme::Tls13) else { return };
        let keys = self.secret(Label::Master, log).zip(self.client).and_then(|(master, client)| {
            Keys::of_master(agreed.suite, agreed.scheme, master, (&client, &agreed.server))
        });
        let keys = keys.map(|[server, client]| if from_client { client } else { server });
        if let Some(side) = self.side(from_client) {
            *side = Side { keys, ..Side::default() };
        }
    }

    /// The handshake of this direction is complete.
    pub(super) fn finish(&mut self, from_client: bool, log: &KeyLog) {
        if self.is_tls13() && self.side(from_client).is_some_and(|side| !side.is_traffic) {
            self.enter(from_client, true, log);
        }
    }

    /// This direction goes on under its next secret.
    pub(super) fn update(&mut self, from_client: bool) {
        let Some(suite) = self.agreed.map(|agreed| agreed.suite).filter(|_| self.is_tls13()) else { return };
        let Some(side) = self.side(from_client).filter(|side| side.is_traffic) else { return };
        let secret = side.secret.and_then(|secret| suite.next_secret(secret));
        *side = Side::of(suite, secret, true);
    }

    /// Bytes of this direction are missing: how many records they held is not known.
    pub(super) fn lose(&mut self, from_client: bool) {
        if let Some(side) = self.side(from_client) {
            side.keys = None;
        }
    }

    /// Opens a record, as far as it is there: content type and content. `None` if it is not protected, or cannot be
    /// opened.
    pub(super) fn open(&mut self, from_client: bool, record: &[u8]) -> Option<(u8, Vec<u8>)> {
        let side = self.side(from_client)?;
        let keys = side.keys.as_ref()?;
        let (&header, fragment) = record.split_first_chunk::<HEADER>()?;
        let [content, ..] = header;
        if !keys.protects(content) {
            return None;
        }
        if fragment.len() < usize::from(u16_at(record, 3)?) {
            // It counts, though it was captured in part.
            side.sequence = side.sequence.wrapping_add(1);
            return None;
        }
        let opened = keys.open(header, fragment, side.sequence);
        match &opened {
            Some(_) => {
                side.sequence = side.sequence.wrapping_add(1);
                side.misses = 0;
            }
            None => {
                side.misses = side.misses.saturating_add(1);
                if side.misses >= MAX_MISSES {
                    side.keys = None;
                }
            }
        }
        opened
    }

    /// Takes up the keys of TLS 1.3 for the handshake, or for the traffic behind it.
    fn enter(&mut self, from_client: bool, is_traffic: bool, log: &KeyLog) {
        let label = match (from_client, is_traffic) {
            (true, false) => Label::ClientHandshake,
            (false, false) => Label::ServerHandshake,
            (true, true) => Label::ClientTraffic,
            (false, true) => Label::ServerTraffic,
        };
        let Some(suite) = self.agreed.map(|agreed| agreed.suite) else { return };
        let secret = self.secret(label, log);
        if let Some(side) = self.side(from_client) {
            *side = Side::of(suite, secret, is_traffic);
        }
    }

    fn secret(&self, label: Label, log: &KeyLog) -> Option<Secret> {
        log.get(self.client?, label)
    }

    fn is_tls13(&self) -> bool {
        self.agreed.is_some_and(|agreed| agreed.scheme == Scheme::Tls13)
    }

    fn side(&mut self, from_client: bool) -> Option<&mut Side> {
        self.sides.get_mut(usize::from(from_client))
    }
}

impl Side {
    fn of(suite: Suite, secret: Option<Secret>, is_traffic: bool) -> Self {
        let keys = secret.and_then(|secret| Keys::of_secret(suite, secret));
        Self { keys, secret, is_traffic, ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
