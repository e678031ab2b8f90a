//! Key logs: the secrets of sessions as programs write them down (draft-ietf-tls-keylogfile, the format of NSS).
//!
//! A line is a label, the random of the ClientHello and a secret, both in hexadecimal digits. Other labels and
//! comments are passed over, for a log holds secrets of other uses too.

use alloc::collections::BTreeMap;
use core::fmt;

/// Secrets that are kept (docs/faults.md section 4).
pub const MAX_SECRETS: usize = 131_072;

/// Bytes of the random of a hello.
const RANDOM_LEN: usize = 32;
/// Bytes of the longest secret: the master secret of TLS 1.2, and those of suites with SHA-384.
const SECRET_LEN: usize = 48;

/// The random of a ClientHello, by which a session is known.
pub(super) type Random = [u8; RANDOM_LEN];

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    /// The master secret of TLS 1.2 (RFC 5246 section 8.1).
    Master,
    /// The client's messages of the handshake (RFC 8446 section 7.1).
    ClientHandshake,
    /// The server's messages of the handshake.
    ServerHandshake,
    /// What the client sends afterwards.
    ClientTraffic,
    /// What the server sends afterwards.
    ServerTraffic,
}

/// The labels as they are written.
const LABELS: [(&[u8], Label); 5] = [
    (b"CLIENT_RANDOM", Label::Master),
    (b"CLIENT_HANDSHAKE_TRAFFIC_SECRET", Label::ClientHandshake),
    (b"SERVER_HANDSHAKE_TRAFFIC_SECRET", Label::ServerHandshake),
    (b"CLIENT_TRAFFIC_SECRET_0", Label::ClientTraffic),
    (b"SERVER_TRAFFIC_SECRET_0", Label::ServerTraffic),
];

/// A secret; it is never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Secret {
    bytes: [u8; SECRET_LEN],
    len: u8,
}

impl Secret {
    /// From up to 48 bytes.
    pub(super) fn new(secret: &[u8]) -> Option<Self> {
        let mut bytes = [0; SECRET_LEN];
        bytes.get_mut(..secret.len())?.copy_from_slice(secret);
        Some(Self { bytes, len: u8::try_from(secret.len()).ok()? })
    }

    /// Its bytes.
    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.len)
    }
}

/// The secrets of a key log.
#[derive(Clone, Default)]
pub struct KeyLog {
    secrets: BTreeMap<(Random, Label), Secret>,
    strange: u64,
    left_out: u64,
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLog").field("secrets", &self.secrets.len()).finish_non_exhaustive()
    }
}

impl KeyLog {
    /// Takes the lines of `text` too. Where a secret is known already, the later line counts.
    pub fn add(&mut self, text: &[u8]) {
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            match parse(line) {
                Some((label, random, secret)) => {
                    if let Some(label) = label {
                        self.keep((random, label), secret);
                    }
                }
                None => self.strange = self.strange.saturating_add(1),
            }
        }
    }

    fn keep(&mut self, key: (Random, Label), secret: Secret) {
        if self.secrets.len() < MAX_SECRETS || self.secrets.contains_key(&key) {
            self.secrets.insert(key, secret);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// How many secrets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.secrets.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Lines that are no lines of a key log.
    #[must_use]
    pub fn strange(&self) -> u64 {
        self.strange
    }

    /// Secrets beyond [`MAX_SECRETS`].
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The secret of a session.
    pub(super) fn get(&self, random: Random, label: Label) -> Option<Secret> {
        self.secrets.get(&(random, label)).copied()
    }
}

/// Label, random and secret of one line; no label if it is one of another use.
fn parse(line: &[u8]) -> Option<(Option<Label>, Random, Secret)> {
    let mut words = line.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let name = words.next()?;
    let (random, digits) = (words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let (mut key, mut bytes) = ([0; RANDOM_LEN], [0; SECRET_LEN]);
    if unhex(random, &mut key)? != RANDOM_LEN {
        return None;
    }
    let len = unhex(digits, &mut bytes)?;
    let secret = Secret::new(bytes.get(..len)?)?;
    let label = LABELS.iter().find(|row| row.0 == name).map(|row| row.1);
    Some((label, key, secret))
}

/// Writes the bytes that `digits` spell to the front of `out`; answers how many they are. `None` if they are too many,
/// or no digits.
fn unhex(digits: &[u8], out: &mut [u8]) -> Option<usize> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    for (at, &[high, low]) in pairs.iter().enumerate() {
        let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        *out.get_mut(at)? = nibble(high)? << 4 | nibble(low)?;
    }
    Some(pairs.len())
}

#[cfg(test)]
mod tests {
    use super::{KeyLog, Label, MAX_SECRETS, Secret};
    use alloc::format;

    const RANDOM: &str = "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7";

    fn log(text: &str) -> KeyLog {
        let mut log = KeyLog::default();
        log.add(text.as_bytes());
        log
    }

    fn random(first: u8) -> [u8; 32] {
        let mut random = [0; 32];
        random[0] = first;
        random
    }

    #[test]
    fn lines_of_all_kinds() {
        let secret = "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21";
        let zeros = "00".repeat(31);
        let text = format!(
            "# a comment\r\n\r\n\
             CLIENT_HANDSHAKE_TRAFFIC_SECRET 01{zeros} {secret}\r\n\
             EXPORTER_SECRET 01{zeros} {secret}\n\
             CLIENT_RANDOM  02{zeros}  {}\n",
            "AB".repeat(48)
        );
        let log = log(&text);
        assert_eq!((log.len(), log.strange()), (2, 0));
        let found = log.get(random(1), Label::ClientHandshake).unwrap();
        assert_eq!(found.as_slice()[..4], [0xb3, 0xed, 0xdb, 0x12]);
        assert_eq!(found.as_slice().len(), 32);
        assert_eq!(log.get(random(2), Label::Master), Secret::new(&[0xab; 48]));
        assert_eq!(log.get(random(1), Label::Master), None);
    }

    #[test]
    fn what_is_no_line_is_counted() {
        for text in [
            "CLIENT_RANDOM",
            &format!("CLIENT_RANDOM {RANDOM}"),
            &format!("CLIENT_RANDOM {RANDOM} abc"),
            &format!("CLIENT_RANDOM {RANDOM} xy"),
            &format!("CLIENT_RANDOM {} ab", &RANDOM[2..]),
            &format!("CLIENT_RANDOM {RANDOM}00 ab"),
            &format!("CLIENT_RANDOM {RANDOM} {}", "00".repeat(49)),
            &format!("CLIENT_RANDOM {RANDOM} ab cd"),
        ] {
            let log = log(text);
            assert_eq!((log.len(), log.strange()), (0, 1), "{text}");
        }
    }

    #[test]
    fn the_later_line_counts() {
        let log = log(&format!("CLIENT_RANDOM {RANDOM} 01\nCLIENT_RANDOM {RANDOM} 02\n"));
        assert_eq!(log.len(), 1);
        assert!(log.secrets.values().eq([&Secret::new(&[2]).unwrap()]));
    }

    #[test]
    fn only_so_many_are_kept() {
        let mut log = KeyLog::default();
        for number in 0..=MAX_SECRETS {
            let mut random = random(0);
            random[..8].copy_from_slice(&(number as u64).to_be_bytes());
            log.keep((random, Label::Master), Secret::new(&[1]).unwrap());
        }
        assert_eq!((log.len(), log.left_out()), (MAX_SECRETS, 1));
        log.keep((random(0), Label::Master), Secret::new(&[2]).unwrap());
        assert_eq!((log.len(), log.left_out()), (MAX_SECRETS, 1));
    }

    #[test]
    fn secrets_are_not_printed() {
        let log = log(&format!("CLIENT_RANDOM {RANDOM} deadbeef"));
        let text = format!("{log:?} {:?}", Secret::new(&[0xde, 0xad]));
        assert!(!text.to_ascii_lowercase().contains("de"), "{text}");
    }
}
