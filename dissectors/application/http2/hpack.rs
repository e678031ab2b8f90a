//! HPACK: header compression (RFC 7541). How a block is written is read without any state, what it says only with the
//! table of its direction.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::huffman;
use super::names::STATIC_TABLE;
use crate::bytes::{slice, u8_at, u32_at};

/// Bytes that the dynamic table has until somebody says otherwise (RFC 9113 section 6.5.2).
pub(super) const FIRST_SIZE: u32 = 4_096;
/// Bytes that a dynamic table has at most, whatever was agreed upon.
const MAX_SIZE: usize = 65_536;
/// What an entry counts beside its text (RFC 7541 section 4.1).
const OVERHEAD: usize = 32;
/// Bytes of a header list that are held.
const MAX_LIST: usize = 65_536;

const BROKEN: &str = "the header block ends within a field (http2.headers)";
const NO_TEXT: &str = "no Huffman code (http2.header.value)";
const UNKNOWN: &str = "an index that the header table does not have (http2.header.index)";
const TOO_LARGE: &str =
    "a header table larger than allowed (http2.header_table_size_update.header_table_size)";
const TOO_LONG: &str = "a header list too long to be held (http2.header.length)";

/// How a header field is represented (RFC 7541 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Indexed,
    Incremental,
    Without,
    Never,
    SizeUpdate,
}

/// One representation as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Representation<'a> {
    pub(super) form: Form,
    /// Index of the field or of its name, 0 if the name is given; of an update, the size.
    pub(super) index: u32,
    name: Option<Text<'a>>,
    value: Text<'a>,
    /// Bytes of all of it.
    pub(super) len: usize,
}

/// A string literal (RFC 7541 section 5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Text<'a> {
    is_huffman: bool,
    bytes: &'a [u8],
}

impl<'a> Representation<'a> {
    /// Reads the one at the front of `block`; `None` if the block ends within it.
    fn parse(block: &'a [u8]) -> Option<Self> {
        let first = u8_at(block, 0)?;
        let (form, mask) = match first {
            0x80..=0xff => (Form::Indexed, 0x7f),
            0x40..=0x7f => (Form::Incremental, 0x3f),
            0x20..=0x3f => (Form::SizeUpdate, 0x1f),
            0x10..=0x1f => (Form::Never, 0x0f),
            _ => (Form::Without, 0x0f),
        };
        let (index, at) = integer(block, 0, mask)?;
        if matches!(form, Form::Indexed | Form::SizeUpdate) {
            return Some(Self { form, index, name: None, value: Text::default(), len: at });
        }
        let (name, at) = match index {
            0 => Text::parse(block, at).map(|(name, at)| (Some(name), at))?,
            _ => (None, at),
        };
        let (value, len) = Text::parse(block, at)?;
        Some(Self { form, index, name, value, len })
    }

    /// What RFC 7541 calls such a representation.
    pub(super) const fn title(&self) -> &'static str {
        match (self.form, self.name.is_some()) {
            (Form::Indexed, _) => "Indexed Header Field",
            (Form::Incremental, false) => "Literal Header Field with Incremental Indexing - Indexed Name",
            (Form::Incremental, true) => "Literal Header Field with Incremental Indexing - New Name",
            (Form::Without, false) => "Literal Header Field without Indexing - Indexed Name",
            (Form::Without, true) => "Literal Header Field without Indexing - New Name",
            (Form::Never, false) => "Literal Header Field never Indexed - Indexed Name",
            (Form::Never, true) => "Literal Header Field never Indexed - New Name",
            (Form::SizeUpdate, _) => "Dynamic Table Size Update",
        }
    }
}

impl<'a> Text<'a> {
    /// The literal at `at`, and the position behind it.
    fn parse(block: &'a [u8], at: usize) -> Option<(Self, usize)> {
        let is_huffman = u8_at(block, at)? & 0x80 != 0;
        let (len, at) = integer(block, at, 0x7f)?;
        let len = usize::try_from(len).ok()?;
        let bytes = slice(block, at, len)?;
        Some((Self { is_huffman, bytes }, at.saturating_add(len)))
    }

    /// The text, as far as it is one.
    fn plain(self, flaw: &mut Option<&'static str>) -> Vec<u8> {
        if !self.is_huffman {
            return self.bytes.to_vec();
        }
        let mut text = Vec::with_capacity(self.bytes.len());
        if !huffman::decode(self.bytes, &mut text) {
            flaw.get_or_insert(NO_TEXT);
        }
        text
    }
}

/// The integer in the bits of `mask` at `at` and in the bytes behind (RFC 7541 section 5.1), and the position behind
/// it. `None` if it ends beyond the block, or needs more than 32 bits.
fn integer(block: &[u8], at: usize, mask: u8) -> Option<(u32, usize)> {
    let first = u8_at(block, at)? & mask;
    let mut at = at.saturating_add(1);
    let mut value = u64::from(first);
    if first < mask {
        return Some((first.into(), at));
    }
    for shift in [0, 7, 14, 21, 28_u32] {
        let byte = u8_at(block, at)?;
        at = at.saturating_add(1);
        value = value.saturating_add(u64::from(byte & 0x7f) << shift);
        if byte & 0x80 == 0 {
            return u32::try_from(value).ok().map(|value| (value, at));
        }
    }
    None
}

/// The representations of a block, up to one that is broken.
#[derive(Clone, Debug)]
pub(super) struct Representations<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Representations<'a> {
    type Item = Representation<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let representation = Representation::parse(self.0)?;
        self.0 = self.0.get(representation.len..).unwrap_or_default();
        Some(representation)
    }
}

/// The header fields of a block, one for each representation that is no size update. They stand in one row of bytes: a
/// length of 32 bits and the name, a length of 32 bits and the value. What the table did not know has no name.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) bytes: Vec<u8>,
    /// What is wrong with the block.
    pub(super) flaw: Option<&'static str>,
    is_full: bool,
}

impl List {
    fn push(&mut self, name: &[u8], value: &[u8]) {
        let (Ok(name_len), Ok(value_len)) = (u32::try_from(name.len()), u32::try_from(value.len())) else {
            return;
        };
        let len = name.len().saturating_add(value.len()).saturating_add(8);
        if self.is_full || self.bytes.len().saturating_add(len) > MAX_LIST {
            self.is_full = true;
            self.flaw.get_or_insert(TOO_LONG);
            return;
        }
        self.bytes.extend_from_slice(&name_len.to_be_bytes());
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(&value_len.to_be_bytes());
        self.bytes.extend_from_slice(value);
    }
}

/// Names and values of a [`List`].
#[derive(Clone, Debug)]
pub(super) struct Entries<'a>(pub(super) &'a [u8]);

impl<'a> Entries<'a> {
    fn text(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(u32_at(self.0, 0)?).ok()?;
        let text = slice(self.0, 4, len)?;
        self.0 = self.0.get(len.saturating_add(4)..).unwrap_or_default();
        Some(text)
    }

    /// The first value under `name`.
    pub(super) fn value_of(mut self, name: &[u8]) -> Option<&'a [u8]> {
        self.find_map(|(other, value)| (other == name).then_some(value))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.text()?;
        Some((name, self.text()?))
    }
}

/// An entry of the dynamic table. Many share a name.
#[derive(Debug)]
struct Entry {
    name: Arc<[u8]>,
    value: Vec<u8>,
}

impl Entry {
    fn size(&self) -> usize {
        self.name.len().saturating_add(self.value.len()).saturating_add(OVERHEAD)
    }
}

/// The dynamic table of one direction (RFC 7541 section 2.3.2).
#[derive(Debug)]
pub(super) struct Table {
    /// The newest first.
    entries: VecDeque<Entry>,
    size: usize,
    limit: usize,
}

impl Default for Table {
    fn default() -> Self {
        let mut table = Self { entries: VecDeque::new(), size: 0, limit: 0 };
        table.resize(FIRST_SIZE);
        table
    }
}

impl Table {
    /// Bytes of memory beside its own.
    pub(super) fn heap(&self) -> usize {
        self.size.saturating_add(self.entries.capacity().saturating_mul(size_of::<Entry>()))
    }

    /// Bytes were lost that may have changed the table: nobody knows any more what is in it.
    pub(super) fn forget(&mut self) {
        self.entries.clear();
        self.size = 0;
    }

    /// A dynamic table size update (RFC 7541 section 4.3).
    pub(super) fn resize(&mut self, size: u32) {
        self.limit = usize::try_from(size).unwrap_or(usize::MAX).min(MAX_SIZE);
        self.evict(self.limit);
    }

    /// Removes the oldest until no more than `limit` bytes are left.
    fn evict(&mut self, limit: usize) {
        while self.size > limit
            && let Some(oldest) = self.entries.pop_back()
        {
            self.size = self.size.saturating_sub(oldest.size());
        }
    }

    /// RFC 7541 section 4.4: room is made first, and an entry that finds none leaves the table empty.
    fn insert(&mut self, entry: Entry) {
        let size = entry.size();
        self.evict(self.limit.saturating_sub(size));
        if size <= self.limit {
            self.size = self.size.saturating_add(size);
            self.entries.push_front(entry);
        }
    }

    /// Where the dynamic table has the entry of this index, or which of the static ones it is.
    fn place(index: u32) -> Option<Result<&'static (&'static str, &'static str), usize>> {
        let at = usize::try_from(index).ok()?.checked_sub(1)?;
        Some(STATIC_TABLE.get(at).ok_or(at.saturating_sub(STATIC_TABLE.len())))
    }

    fn field(&self, index: u32) -> Option<(&[u8], &[u8])> {
        match Self::place(index)? {
            Ok((name, value)) => Some((name.as_bytes(), value.as_bytes())),
            Err(at) => self.entries.get(at).map(|entry| (&*entry.name, entry.value.as_slice())),
        }
    }

    fn name(&self, index: u32) -> Option<Arc<[u8]>> {
        match Self::place(index)? {
            Ok((name, _)) => Some(Arc::from(name.as_bytes())),
            Err(at) => self.entries.get(at).map(|entry| Arc::clone(&entry.name)),
        }
    }

    /// Decodes a whole header block; the table may be resized to no more than `allowed` bytes.
    pub(super) fn decode(&mut self, block: &[u8], allowed: u32) -> List {
        let mut list = List::default();
        let mut representations = Representations(block);
        for representation in representations.by_ref() {
            self.apply(&representation, allowed, &mut list);
        }
        if !representations.0.is_empty() {
            list.flaw = Some(BROKEN);
            self.forget();
        }
        list
    }

    fn apply(&mut self, representation: &Representation<'_>, allowed: u32, list: &mut List) {
        let Representation { form, index, name, value, .. } = *representation;
        match form {
            Form::SizeUpdate => {
                if index > allowed {
                    list.flaw.get_or_insert(TOO_LARGE);
                }
                self.resize(index);
            }
            Form::Indexed => match self.field(index) {
                Some((name, value)) => list.push(name, value),
                None => {
                    list.flaw.get_or_insert(UNKNOWN);
                    list.push(b"", b"");
                }
            },
            Form::Incremental | Form::Without | Form::Never => {
                let known: Option<Arc<[u8]>> = match name {
                    Some(name) => Some(Arc::from(name.plain(&mut list.flaw))),
                    None => self.name(index),
                };
                let name: Arc<[u8]> = known.unwrap_or_else(|| {
                    list.flaw.get_or_insert(UNKNOWN);
                    Arc::default()
                });
                let value = value.plain(&mut list.flaw);
                list.push(&name, &value);
                if form == Form::Incremental {
                    self.insert(Entry { name, value });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::testing::bytes;

    /// A table, the fields that its last block had as `name: value` lines.
    struct Decoder(Table);

    impl Decoder {
        #[track_caller]
        fn block(&mut self, hex: &str, size: usize, lines: &[&str]) {
            let list = self.0.decode(&bytes(hex), FIRST_SIZE);
            let line = |(name, value): (&[u8], &[u8])| {
                [name, value].map(|text| core::str::from_utf8(text).unwrap()).join(": ")
            };
            let seen: Vec<_> = Entries(&list.bytes).map(line).collect();
            assert_eq!((list.flaw, seen), (None, lines.iter().map(ToString::to_string).collect()));
            assert_eq!(self.0.size, size);
        }
    }

    /// Appendix C.1.
    #[test]
    fn integers() {
        assert_eq!(integer(&bytes("0a"), 0, 0x1f), Some((10, 1)));
        assert_eq!(integer(&bytes("1f9a0a"), 0, 0x1f), Some((1_337, 3)));
        assert_eq!(integer(&bytes("2a"), 0, 0xff), Some((42, 1)));
        assert_eq!(integer(&bytes("ff8080808010"), 0, 0xff), None);
        assert_eq!(integer(&bytes("1f80808080808000"), 0, 0x1f), None);
        assert_eq!(integer(&bytes("1f9a"), 0, 0x1f), None);
    }

    /// Appendix C.2.
    #[test]
    fn forms() {
        let custom = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572";
        Decoder(Table::default()).block(custom, 55, &["custom-key: custom-header"]);
        let path = "040c 2f73 616d 706c 652f 7061 7468";
        Decoder(Table::default()).block(path, 0, &[":path: /sample/path"]);
        let never = "1008 7061 7373 776f 7264 0673 6563 7265 74";
        Decoder(Table::default()).block(never, 0, &["password: secret"]);
        Decoder(Table::default()).block("82", 0, &[":method: GET"]);
        let never = bytes(never);
        let title = Representations(&never).next().map(|one| one.title());
        assert_eq!(title, Some("Literal Header Field never Indexed - New Name"));
    }

    const FIRST: &[&str] = &[":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
    const SECOND: &[&str] = &[
        ":method: GET",
        ":scheme: http",
        ":path: /",
        ":authority: www.example.com",
        "cache-control: no-cache",
    ];
    const THIRD: &[&str] = &[
        ":method: GET",
        ":scheme: https",
        ":path: /index.html",
        ":authority: www.example.com",
        "custom-key: custom-value",
    ];

    /// Appendix C.3.
    #[test]
    fn requests() {
        let mut decoder = Decoder(Table::default());
        decoder.block("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", 57, FIRST);
        decoder.block("8286 84be 5808 6e6f 2d63 6163 6865", 110, SECOND);
        let third = "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65";
        decoder.block(third, 164, THIRD);
    }

    /// Appendix C.4.
    #[test]
    fn requests_in_huffman_code() {
        let mut decoder = Decoder(Table::default());
        decoder.block("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", 57, FIRST);
        decoder.block("8286 84be 5886 a8eb 1064 9cbf", 110, SECOND);
        decoder.block("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", 164, THIRD);
    }

    const PRIVATE: &str = "cache-control: private";
    const DATE: &str = "date: Mon, 21 Oct 2013 20:13:21 GMT";
    const LOCATION: &str = "location: https://www.example.com";
    const LAST: &[&str] = &[
        ":status: 200",
        PRIVATE,
        "date: Mon, 21 Oct 2013 20:13:22 GMT",
        LOCATION,
        "content-encoding: gzip",
        "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ];

    /// Appendix C.5: a table of 256 bytes.
    #[test]
    fn responses() {
        let mut decoder = Decoder(Table::default());
        decoder.0.resize(256);
        let first = "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 \
                     2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 \
                     6c65 2e63 6f6d";
        decoder.block(first, 222, &[":status: 302", PRIVATE, DATE, LOCATION]);
        decoder.block("4803 3330 37c1 c0bf", 222, &[":status: 307", PRIVATE, DATE, LOCATION]);
        let third = "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d \
                     54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 \
                     5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e \
                     3d31";
        decoder.block(third, 215, LAST);
    }

    /// Appendix C.6.
    #[test]
    fn responses_in_huffman_code() {
        let mut decoder = Decoder(Table::default());
        decoder.0.resize(256);
        let first = "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 \
                     2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3";
        decoder.block(first, 222, &[":status: 302", PRIVATE, DATE, LOCATION]);
        decoder.block("4883 640e ffc1 c0bf", 222, &[":status: 307", PRIVATE, DATE, LOCATION]);
        let third = "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab \
                     77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f \
                     9587 3160 65c0 03ed 4ee5 b106 3d50 07";
        decoder.block(third, 215, LAST);
    }

    #[test]
    fn sizes() {
        let mut decoder = Decoder(Table::default());
        let custom = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572";
        decoder.block(custom, 55, &["custom-key: custom-header"]);
        decoder.block("20 3fe11f", 0, &[]);
        decoder.block(custom, 55, &["custom-key: custom-header"]);
        decoder.block("be", 55, &["custom-key: custom-header"]);
        // An entry larger than the table empties it.
        decoder.block("3f09", 0, &[]);
        decoder.block(custom, 0, &["custom-key: custom-header"]);
        assert_eq!(decoder.0.decode(&bytes("3fe21f"), FIRST_SIZE).flaw, Some(TOO_LARGE));
    }

    #[test]
    fn flaws() {
        let flaw = |hex: &str| Table::default().decode(&bytes(hex), FIRST_SIZE).flaw;
        assert_eq!(flaw("80"), Some(UNKNOWN));
        assert_eq!(flaw("be"), Some(UNKNOWN));
        assert_eq!(flaw("7e0161"), Some(UNKNOWN));
        assert_eq!(flaw("048118"), Some(NO_TEXT));
        assert_eq!(flaw("0402 61"), Some(BROKEN));
        // What the table does not know keeps its place.
        let list = Table::default().decode(&bytes("be82"), FIRST_SIZE);
        let seen: Vec<_> = Entries(&list.bytes).collect();
        assert_eq!(seen, [(&b""[..], &b""[..]), (&b":method"[..], &b"GET"[..])]);
    }

    /// A short block that names a long field again and again is held only so far.
    #[test]
    fn bombs() {
        let mut table = Table::default();
        let mut block = bytes("40 01 61 7f a11e");
        block.extend(core::iter::repeat_n(b'x', 4_000));
        table.decode(&block, FIRST_SIZE);
        assert_eq!(table.size, 4_033);
        let list = table.decode(&alloc::vec![0xbe; 10_000], FIRST_SIZE);
        assert_eq!(list.flaw, Some(TOO_LONG));
        assert!(list.bytes.len() <= MAX_LIST);
        assert_eq!(Entries(&list.bytes).count(), 16);
    }
}
