//! Domain names inside a message: labels, compression pointers, and their text (RFC 1035 sections 3.1, 4.1.4).

use core::fmt::{self, Write as _};
use core::str::Utf8Chunk;

/// The captured bytes of a layer and where its message begins in them: pointers count from there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) base: usize,
}

/// Bytes of a name on the wire, lengths and root included (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 255;
/// Labels of a name; more do not fit into [`MAX_NAME`].
const MAX_LABELS: usize = 127;
/// Pointers followed for one name (docs/faults.md section 4).
const MAX_POINTERS: usize = 32;
/// Most bytes that [`Name`] writes: every byte of a longest name as `\DDD`.
pub(crate) const MAX_TEXT: usize = 4 * MAX_NAME;

/// Why bytes are no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The name reaches to this position, beyond the bytes that are there.
    Cut(usize),
    /// The bytes break the rules, as the text says.
    Bad(&'static str),
}

/// What a name shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Labels,
    Instead(&'static str),
}

/// A name in a message. [`fmt::Display`] writes its text: labels joined by dots, and every byte that is not a
/// printable character, or a dot or backslash within a label, as `\DDD` with its decimal value (RFC 1035
/// section 5.1). The root is `<Root>`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a> {
    message: Message<'a>,
    at: usize,
    shown: Shown,
    /// Position after the name where it stands: after its root or first pointer.
    pub(crate) end: usize,
    /// Bytes of the text before escaping.
    pub(crate) len: usize,
    /// Labels of the text.
    pub(crate) labels: usize,
    /// A rule that the name breaks although it can be passed over.
    pub(crate) flaw: Option<&'static str>,
}

/// One step along a name.
enum Step {
    /// A label of so many bytes, at a position.
    Label(usize, usize),
    /// On to another position.
    Pointer(usize),
    Root,
}

/// What stands at `at`, and the position after it.
fn step(message: Message<'_>, at: usize) -> Result<(Step, usize), Flaw> {
    let next = at.saturating_add(1);
    let &first = message.data.get(at).ok_or(Flaw::Cut(next))?;
    match first {
        0 => Ok((Step::Root, next)),
        1..=63 => {
            let end = next.saturating_add(first.into());
            if end > message.data.len() {
                return Err(Flaw::Cut(end));
            }
            Ok((Step::Label(next, first.into()), end))
        }
        0xc0.. => {
            let end = next.saturating_add(1);
            let &low = message.data.get(next).ok_or(Flaw::Cut(end))?;
            let target = u16::from_be_bytes([first & 0x3f, low]);
            Ok((Step::Pointer(message.base.saturating_add(target.into())), end))
        }
        _ => Err(Flaw::Bad("label longer than 63 bytes or of an unknown type")),
    }
}

/// Reads the name at `at`.
pub(crate) fn read(message: Message<'_>, at: usize) -> Result<Name<'_>, Flaw> {
    let mut name = Name { message, at, shown: Shown::Labels, end: 0, len: 0, labels: 0, flaw: None };
    // A pointer to before everything read so far cannot lead back here.
    let (mut here, mut wire, mut pointers, mut floor, mut backward) = (at, 1usize, 0usize, at, true);
    loop {
        let (step, next) = match step(message, here) {
            // A pointer to before itself cannot leave the bytes that are there.
            Err(Flaw::Cut(_)) if !backward => return Err(Flaw::Bad(FORWARD)),
            // How long it is nobody knows (RFC 6891 section 5): what follows its first byte is read on.
            Err(Flaw::Bad(why)) => {
                if pointers == 0 {
                    name.end = here.saturating_add(1);
                }
                name.instead(why, "<Unknown extended label>");
                return Ok(name);
            }
            step => step?,
        };
        match step {
            Step::Root => {
                if pointers == 0 {
                    name.end = next;
                }
                break;
            }
            Step::Label(_, len) => {
                wire = wire.saturating_add(len).saturating_add(1);
                name.len = wire.saturating_sub(2);
                name.labels = name.labels.saturating_add(1);
                here = next;
            }
            Step::Pointer(target) => {
                if pointers == 0 {
                    name.end = next;
                }
                pointers = pointers.saturating_add(1);
                backward &= target < floor;
                floor = target;
                if target < message.base.saturating_add(super::HEADER) {
                    name.flaw = Some("pointer into the header");
                } else if target >= here {
                    name.flaw = Some(FORWARD);
                }
                here = target;
                if pointers > MAX_POINTERS {
                    let (flaw, text) = if backward {
                        ("more than 32 pointers in a name", "<Name with more than 32 pointers>")
                    } else {
                        (LOOP, "<Name contains a pointer that loops>")
                    };
                    name.instead(flaw, text);
                    return Ok(name);
                }
            }
        }
        if wire > MAX_NAME || name.labels > MAX_LABELS {
            let looped = pointers > 0 && !backward && revisits(message, at);
            // The rest of the name is only passed over, up to its first pointer or its root.
            name.end = pass(message, at)?;
            name.instead(if looped { LOOP } else { "name longer than 255 bytes" }, "<Name too long>");
            return Ok(name);
        }
    }
    if name.labels == 0 {
        name.shown = Shown::Instead(ROOT);
        (name.len, name.labels) = (ROOT.len(), 1);
    }
    Ok(name)
}

/// RFC 1035 section 4.1.4: a pointer leads to a prior occurrence of the same name.
const FORWARD: &str = "pointer forward";
const LOOP: &str = "pointer loop in a name";
/// Text of the root.
const ROOT: &str = "<Root>";

/// Whether the pointers from `at` lead on for ever: labels between them use up the length before the count.
fn revisits(message: Message<'_>, at: usize) -> bool {
    let (mut here, mut steps) = (at, 0usize);
    while steps < MAX_LABELS.saturating_add(MAX_POINTERS) {
        match step(message, here) {
            Ok((Step::Label(..), next)) => here = next,
            Ok((Step::Pointer(target), _)) => here = target,
            Ok((Step::Root, _)) | Err(_) => return false,
        }
        steps = steps.saturating_add(1);
    }
    true
}

/// The position after the name at `at`, however long it is.
fn pass(message: Message<'_>, at: usize) -> Result<usize, Flaw> {
    let mut here = at;
    loop {
        match step(message, here)? {
            (Step::Label(..), next) => here = next,
            (Step::Pointer(_) | Step::Root, next) => return Ok(next),
        }
    }
}

impl<'a> Name<'a> {
    fn instead(&mut self, flaw: &'static str, text: &'static str) {
        self.flaw = Some(flaw);
        self.shown = Shown::Instead(text);
        (self.len, self.labels) = (text.len(), 1);
    }

    /// The labels after the first `skip`.
    pub(crate) fn after(&self, skip: usize) -> Tail<'a> {
        Tail { name: *self, skip }
    }

    /// The labels, outermost last.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let message = self.message;
        let mut here = self.at;
        let mut left = match self.shown {
            Shown::Labels => MAX_LABELS.saturating_add(MAX_POINTERS),
            Shown::Instead(_) => 0,
        };
        core::iter::from_fn(move || {
            while let Some(rest) = left.checked_sub(1) {
                left = rest;
                match step(message, here).ok()? {
                    (Step::Root, _) => return None,
                    (Step::Pointer(target), _) => here = target,
                    (Step::Label(at, len), next) => {
                        here = next;
                        return crate::bytes::slice(message.data, at, len);
                    }
                }
            }
            None
        })
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shown {
            Shown::Instead(text) => f.write_str(text),
            Shown::Labels => self.after(0).fmt(f),
        }
    }
}

/// The labels of a name but for the first few.
pub(crate) struct Tail<'a> {
    name: Name<'a>,
    skip: usize,
}

impl fmt::Display for Tail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, label) in self.name.labels().skip(self.skip).enumerate() {
            if index > 0 {
                f.write_char('.')?;
            }
            Label(label).fmt(f)?;
        }
        Ok(())
    }
}

/// One label as text.
pub(crate) struct Label<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.utf8_chunks().try_for_each(|chunk: Utf8Chunk<'_>| {
            for character in chunk.valid().chars() {
                if plain(character) {
                    f.write_char(character)?;
                } else {
                    octets(f, character.encode_utf8(&mut [0; 4]).as_bytes())?;
                }
            }
            octets(f, chunk.invalid())
        })
    }
}

/// Whether a character stands for itself: no control, nothing that a reader cannot see, neither dot nor backslash.
fn plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '.' | '\\' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}')
        && !matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn octets(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\{byte:03}"))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    use super::*;

    fn read_at(data: &[u8], at: usize) -> Result<Name<'_>, Flaw> {
        read(Message { data, base: 0 }, at)
    }

    /// A header of zeros and then `names`.
    fn message(names: &[u8]) -> Vec<u8> {
        [&[0; 12][..], names].concat()
    }

    #[test]
    fn a_name_is_its_labels_and_a_pointer_goes_back() {
        let data = message(b"\x07example\x03com\x00\x03www\xc0\x0c");
        let name = read_at(&data, 12).unwrap();
        assert_eq!((name.to_string().as_str(), name.end, name.len, name.labels), ("example.com", 25, 11, 2));
        let name = read_at(&data, 25).unwrap();
        assert_eq!((name.to_string().as_str(), name.end, name.flaw), ("www.example.com", 31, None));
        let name = read_at(&data, 24).unwrap();
        assert_eq!((name.to_string().as_str(), name.end), ("<Root>", 25));
    }

    #[test]
    fn loops_and_long_chains_end() {
        for names in [&b"\xc0\x0c"[..], b"\xc0\x0e\xc0\x0c", b"\x01a\xc0\x0c"] {
            let data = message(names);
            assert_eq!(read_at(&data, 12).unwrap().flaw, Some("pointer loop in a name"), "{names:x?}");
        }
        // A root, and 599 pointers, each to the one before.
        let mut names = b"\0\0".to_vec();
        for before in (12..).step_by(2).take(599) {
            names.extend((0xc000u16 | before).to_be_bytes());
        }
        let data = message(&names);
        let name = read_at(&data, 12 + 1_198).unwrap();
        assert_eq!((name.flaw, name.end), (Some("more than 32 pointers in a name"), 12 + 1_200));
    }

    #[test]
    fn pointers_forward_and_into_the_header_are_flaws() {
        let data = message(b"\xc0\x0f\0\x01a\0");
        let name = read_at(&data, 12).unwrap();
        assert_eq!((name.flaw, name.to_string().as_str()), (Some("pointer forward"), "a"));
        assert_eq!(read_at(&message(b"\xc0\x12\0\x01"), 12).unwrap_err(), Flaw::Bad("pointer forward"));
        assert_eq!(read_at(&message(b"\xc0\x04"), 12).unwrap().flaw, Some("pointer into the header"));
    }

    #[test]
    fn lengths_have_limits() {
        let label = |len: u8| [&[len][..], &[b'a'].repeat(len.into())].concat();
        let longest = [label(63), label(63), label(63), label(61), label(0)].concat();
        let data = message(&longest);
        let name = read_at(&data, 12).unwrap();
        assert_eq!((name.len, name.flaw), (253, None));
        let data = message(&[label(63), label(63), label(63), label(62), label(0)].concat());
        let name = read_at(&data, 12).unwrap();
        assert_eq!((name.flaw, name.end), (Some("name longer than 255 bytes"), data.len()));
        // 64 is not a length but a type of label that nobody uses (RFC 6891 section 5).
        let data = message(&label(64));
        let name = read_at(&data, 12).unwrap();
        assert_eq!((name.to_string().as_str(), name.end), ("<Unknown extended label>", 13));
        assert!(name.flaw.is_some());
        assert!(matches!(read_at(&message(b"\x05ab"), 12), Err(Flaw::Cut(18))));
        assert!(matches!(read_at(&message(b""), 12), Err(Flaw::Cut(13))));
    }

    #[test]
    fn only_printable_characters_stand_for_themselves() {
        let data = message(b"\x08n\0.\\\x1b[2J\x03com\0");
        assert_eq!(read_at(&data, 12).unwrap().to_string(), "n\\000\\046\\092\\027[2J.com");
        let data = message(b"\x08\xc3\xa9\xff\xe2\x80\xaeab\0");
        assert_eq!(read_at(&data, 12).unwrap().to_string(), "é\\255\\226\\128\\174ab");
    }
}
