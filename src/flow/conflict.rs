//! Two copies of the same bytes that differ (docs/tcp-analysis.md, R4 and F5): an evasion, a middlebox, or damage.

use super::key::Side;
use super::stream::Overlap;

/// Bytes shown of each copy.
const SHOWN: usize = 16;

/// The first bytes of one copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Excerpt {
    len: u8,
    bytes: [u8; SHOWN],
}

impl Excerpt {
    /// The first few of `bytes`.
    pub fn of<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> Self {
        let mut excerpt = Self::default();
        for (place, byte) in excerpt.bytes.iter_mut().zip(bytes) {
            *place = *byte;
            excerpt.len += 1;
        }
        excerpt
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Where two copies of the same bytes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The bytes that both copies have, half-open.
    pub common: (i64, i64),
    /// The first byte that differs; the first common one where only fingerprints could be compared.
    pub first: i64,
    /// What the old copy has from there on; `None` if only its fingerprint was kept.
    pub old: Option<Excerpt>,
    /// What the new copy has from there on.
    pub new: Excerpt,
    /// Which of the two is kept is the new one.
    pub new_is_kept: bool,
}

impl Difference {
    /// Compares the bytes that two copies have in common, which begin at `at`. `None` if they are equal.
    pub fn find<'a>(
        at: i64,
        old: impl Iterator<Item = &'a u8> + Clone,
        new: &'a [u8],
        new_is_kept: bool,
    ) -> Option<Self> {
        let off = old.clone().zip(new).position(|(a, b)| a != b)?;
        Some(Self {
            common: (at, at.saturating_add_unsigned(new.len() as u64)),
            first: at.saturating_add_unsigned(off as u64),
            old: Some(Excerpt::of(old.skip(off))),
            new: Excerpt::of(new.get(off..).unwrap_or_default()),
            new_is_kept,
        })
    }
}

/// What a segment's packet tells beyond its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Origin {
    /// Its frame.
    pub frame: u64,
    /// When it passed, in ns.
    pub time: i64,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// Value of the time stamps option.
    pub tsval: Option<u32>,
    /// Its checksum is wrong.
    pub bad_checksum: bool,
}

/// Two segments of one direction that hold different bytes for the same place of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Who sent them, or seems to have.
    pub side: Side,
    /// Where and how they differ; positions of the stream, whose first byte is 1.
    pub difference: Difference,
    /// The copy that came first.
    pub old: Origin,
    /// The copy that came later.
    pub new: Origin,
    /// The policy by which one was kept; `None` if the old one was delivered already, which nothing undoes.
    pub policy: Option<Overlap>,
}

impl Conflict {
    /// What else sets the two packets apart, as `nd.tcp.conflict.evidence` names it. A sender that only sends again
    /// has the same distance and a clock that does not run backwards.
    pub fn evidence(&self) -> impl Iterator<Item = &'static str> {
        let (old, new) = (&self.old, &self.new);
        let ttl = old.ttl != new.ttl;
        let clock = match (old.tsval, new.tsval) {
            // Signed difference: RFC 7323 section 5.2.
            (Some(before), Some(after)) => after.wrapping_sub(before).cast_signed() < 0,
            (before, after) => before.is_some() != after.is_some(),
        };
        let checksum = old.bad_checksum || new.bad_checksum;
        [(ttl, "ttl"), (clock, "tsval"), (checksum, "checksum")]
            .into_iter()
            .filter_map(|(holds, word)| holds.then_some(word))
    }
}

/// Conflicts kept of one flow.
const MAX_CONFLICTS: usize = 32;

/// The conflicts of one flow: the first few, and how many there were.
#[derive(Clone, Debug, Default)]
pub struct Conflicts {
    list: Vec<Conflict>,
    more: u64,
}

impl Conflicts {
    /// Bytes of memory, its own size included.
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>() + self.list.capacity() * size_of::<Conflict>()
    }

    /// Adds one.
    pub fn add(&mut self, conflict: Conflict) {
        if self.list.len() < MAX_CONFLICTS {
            self.list.push(conflict);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// The first ones, in the order in which they were met.
    #[must_use]
    pub fn list(&self) -> &[Conflict] {
        &self.list
    }

    /// How many there were, those that are not kept included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.more.saturating_add(self.list.len() as u64)
    }
}
