//! Blocks of decryption secrets (draft-ietf-opsawg-pcapng, section 4.7).

use super::super::*;
use super::fixtures::{E, block, interface, packet_with, section};

const TLS: u32 = 0x544c_534b;

/// A block of secrets of this type, that says that so many bytes are there.
fn secrets(e: E, kind: u32, claimed: u32, text: &[u8]) -> Vec<u8> {
    block(e, 10, &[e.w(kind).as_slice(), &e.w(claimed), text].concat())
}

/// The key logs that a file hands over, and how many frames it has.
fn logs(bytes: &[u8], options: Options) -> (Vec<Vec<u8>>, usize) {
    let mut source =
        FileSource::from_reader(Box::new(std::io::Cursor::new(bytes.to_vec())), "test", options).unwrap();
    let (mut logs, mut frames) = (Vec::new(), 0);
    loop {
        match source.pull().unwrap() {
            Pull::Aside(Aside::Block(block)) => logs.extend(key_log(block).map(<[u8]>::to_vec)),
            Pull::Frame(_) => frames += 1,
            Pull::End => return (logs, frames),
            _ => {}
        }
    }
}

#[test]
fn key_logs_are_handed_over_where_they_are_wanted() {
    for e in [E::Little, E::Big] {
        let ticks = 1_700_000_000_000_000;
        let file = [
            section(e),
            secrets(e, TLS, 5, b"first"),
            interface(e),
            packet_with(e, 0, ticks, &[]),
            secrets(e, TLS, 6, b"second"),
            packet_with(e, 0, ticks, &[]),
        ]
        .concat();
        let wanted = Options { secrets: true, ..Options::default() };
        assert_eq!(logs(&file, wanted), (vec![b"first".to_vec(), b"second".to_vec()], 2));
        let all = Options { asides: true, ..wanted };
        assert_eq!(logs(&file, all).0.len(), 2, "each once");
        assert_eq!(logs(&file, Options::default()), (Vec::new(), 2));
    }
}

#[test]
fn other_blocks_are_no_key_logs() {
    for e in [E::Little, E::Big] {
        assert_eq!(key_log(&secrets(e, TLS, 4, b"text")), Some(b"text".as_slice()));
        assert_eq!(key_log(&secrets(e, TLS, 0, b"")), Some(b"".as_slice()));
        // WireGuard, a length beyond the block, another block, no block.
        assert_eq!(key_log(&secrets(e, 0x5747_4b4c, 4, b"text")), None);
        assert_eq!(key_log(&secrets(e, TLS, 5, b"text")), None);
        assert_eq!(key_log(&secrets(e, TLS, u32::MAX, b"text")), None);
        assert_eq!(key_log(&packet_with(e, 0, 0, &[])), None);
    }
    for len in 0..20 {
        assert_eq!(key_log(&secrets(E::Little, TLS, 4, b"text")[..len]), None);
    }
}
