//! The Huffman code of HPACK (RFC 7541 section 5.2 and appendix B).

use alloc::vec::Vec;

/// The octets whose codes have so many bits. The code is canonical: within a length codes ascend in the order of the
/// octets, and the first code of a length follows the last one of the length before.
const LENGTHS: &[(u32, &[u8])] = &[
    (5, b"012aceiost"),
    (6, b" %-./3456789=A_bdfghlmnpru"),
    (7, b":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"),
    (8, b"&*,;XZ"),
    (10, b"!\"()?"),
    (11, b"'+|"),
    (12, b"#>"),
    (13, b"\x00$@[]~"),
    (14, b"^}"),
    (15, b"<`{"),
    (19, &[92, 195, 208]),
    (20, &[128, 130, 131, 162, 184, 194, 224, 226]),
    (21, &[153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]),
    (
        22,
        &[
            129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187,
            189, 190, 196, 198, 228, 232, 233,
        ],
    ),
    (
        23,
        &[
            1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174,
            175, 180, 182, 183, 188, 191, 197, 231, 239,
        ],
    ),
    (24, &[9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]),
    (25, &[199, 207, 234, 235]),
    (26, &[192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]),
    (27, &[203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254]),
    (
        28,
        &[
            2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31,
            127, 220, 249,
        ],
    ),
    // The fourth code of this length is EOS, which no text contains.
    (30, &[10, 13, 22]),
];

/// Adds the text of `code` to `text`. False if it is none: it holds EOS, or ends in more than seven bits or other
/// bits than the first ones of EOS, which are ones.
pub(super) fn decode(code: &[u8], text: &mut Vec<u8>) -> bool {
    let mut word = Word::default();
    for &octet in code {
        for place in (0..8_u32).rev() {
            match word.with(octet >> place & 1 != 0) {
                Step::More(longer) => word = longer,
                Step::Octet(octet) => {
                    text.push(octet);
                    word = Word::default();
                }
                Step::None => return false,
            }
        }
    }
    word.is_padding()
}

/// The bits of a code as far as they are read.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    len: u32,
    bits: u32,
    /// The first code of the length that is looked at next, and that length's row.
    first: u32,
    row: usize,
    /// The length that `first` is of.
    at: u32,
}

enum Step {
    More(Word),
    Octet(u8),
    None,
}

impl Word {
    fn with(mut self, bit: bool) -> Step {
        self.len = self.len.saturating_add(1);
        self.bits = self.bits << 1 | u32::from(bit);
        let Some(&(len, octets)) = LENGTHS.get(self.row) else { return Step::None };
        if self.len < len {
            return Step::More(self);
        }
        self.first <<= len.saturating_sub(self.at);
        self.at = len;
        let nth = self.bits.checked_sub(self.first).and_then(|nth| usize::try_from(nth).ok());
        if let Some(&octet) = nth.and_then(|nth| octets.get(nth)) {
            return Step::Octet(octet);
        }
        self.first = self.first.saturating_add(u32::try_from(octets.len()).unwrap_or(u32::MAX));
        self.row = self.row.saturating_add(1);
        Step::More(self)
    }

    /// At the end of a text: nothing, or up to seven ones.
    fn is_padding(self) -> bool {
        self.len < 8 && self.bits.count_ones() == self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::bytes;

    fn text(code: &str) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        decode(&bytes(code), &mut text).then_some(text)
    }

    /// Every octet has one code, and with EOS the codes leave no room for another.
    #[test]
    fn the_code_is_complete() {
        let mut octets: Vec<u8> = LENGTHS.iter().flat_map(|row| row.1.iter().copied()).collect();
        octets.sort_unstable();
        assert!(octets.iter().copied().eq(0..=255));
        let room: u32 = LENGTHS.iter().map(|&(len, octets)| (octets.len() as u32) << (30 - len)).sum();
        assert_eq!(room, (1 << 30) - 1);
    }

    #[test]
    fn texts_of_the_rfc() {
        assert_eq!(text("f1e3c2e5f23a6ba0ab90f4ff").as_deref(), Some(&b"www.example.com"[..]));
        assert_eq!(text("a8eb10649cbf").as_deref(), Some(&b"no-cache"[..]));
        assert_eq!(text("6402").as_deref(), Some(&b"302"[..]));
        assert_eq!(text("").as_deref(), Some(&b""[..]));
        // The longest codes: LF is 3ffffffc in 30 bits, 195 is 7fff1 in 19.
        assert_eq!(text("fffffff3").as_deref(), Some(&b"\n"[..]));
        assert_eq!(text("fffe3f").as_deref(), Some(&[195][..]));
    }

    /// RFC 7541 section 5.2: EOS, padding of eight bits, padding that is not ones.
    #[test]
    fn what_is_no_text() {
        for code in ["ffffffff", "ffffff", "1fff", "18"] {
            assert_eq!(text(code), None, "{code}");
        }
        assert_eq!(text("1f").as_deref(), Some(&b"a"[..]));
    }
}
