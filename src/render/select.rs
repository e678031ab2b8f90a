//! Which fields a renderer shows: names resolved once, then found by the address of the field.

use std::fmt;

use hashbrown::HashTable;
use netdissect_dissectors::{Field, Layer, Registry};

use super::style::Escaped;

/// A set of fields, each with a number that the renderer gave it.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Address of the field and its number.
    rows: HashTable<(usize, u32)>,
    /// One bit of the hash of each: most fields are told by it not to be among a few.
    bits: u64,
    /// By number of the dissector: whether it can emit one of the fields.
    dissectors: Vec<bool>,
}

impl Selection {
    /// The fields to which `number` gives a number. Fields of several protocols may share a name.
    pub fn new(registry: &Registry, mut number: impl FnMut(&'static Field) -> Option<u32>) -> Self {
        let mut rows = HashTable::new();
        let mut bits = 0;
        let mut dissectors = Vec::new();
        for dissector in registry.dissectors() {
            let mut has_any = false;
            for &field in dissector.protocol().fields {
                if let Some(number) = number(field) {
                    has_any = true;
                    bits |= bit(spread(address(field)));
                    let address = address(field);
                    rows.entry(spread(address), |row: &(usize, u32)| row.0 == address, |row| spread(row.0))
                        .or_insert((address, number));
                }
            }
            dissectors.push(has_any);
        }
        Self { rows, bits, dissectors }
    }

    /// The number of `field`, if it is in the set.
    #[must_use]
    pub fn get(&self, field: &'static Field) -> Option<u32> {
        let address = address(field);
        let hash = spread(address);
        if self.bits & bit(hash) == 0 {
            return None;
        }
        self.rows.find(hash, |row| row.0 == address).map(|row| row.1)
    }

    /// Whether `layer` can have a field of the set.
    #[must_use]
    pub fn has(&self, layer: &Layer<'_>) -> bool {
        self.dissectors.get(usize::from(layer.slot.dissector)).copied().unwrap_or_default()
    }
}

fn address(field: &'static Field) -> usize {
    std::ptr::from_ref(field).addr()
}

/// A hash of an address of ours, which nobody outside chooses.
fn spread(address: usize) -> u64 {
    (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(20)
}

/// The bit that the middle of a hash names.
fn bit(hash: u64) -> u64 {
    1 << (hash >> 32 & 63)
}

/// A name that no field has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// The name.
    pub name: String,
    /// The nearest names that exist, the best first, three at most.
    pub nearest: Vec<&'static str>,
}

impl UnknownField {
    /// `name`, and what was perhaps meant.
    #[must_use]
    pub fn new(registry: &Registry, name: &str) -> Self {
        Self { name: name.to_owned(), nearest: nearest(name, registry.fields().map(|field| field.abbrev)) }
    }
}

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no field is called {}", Escaped::text(self.name.as_bytes()))?;
        if !self.nearest.is_empty() {
            write!(f, "; nearest: {}", self.nearest.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownField {}

/// Up to three of `names` that differ least from `name`, the nearest first; those of the same protocol are nearer.
/// Names that differ in more than half of their letters are not offered.
pub fn nearest(name: &str, names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    /// Longer names are not worth guessing.
    const LONGEST: usize = 64;
    /// What another protocol counts for, in letters.
    const FOREIGN: usize = 2;
    let lower = name.to_lowercase();
    let protocol = lower.split('.').next();
    let name: Vec<char> = lower.chars().take(LONGEST).collect();
    let mut found: Vec<(usize, &'static str)> = names
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, candidate)| distance * 2 <= candidate.len().max(name.len()))
        .collect();
    found.sort_unstable_by_key(|&(distance, candidate)| {
        let is_foreign = candidate.split('.').next() != protocol;
        (distance + if is_foreign { FOREIGN } else { 0 }, candidate)
    });
    found.dedup();
    found.into_iter().map(|row| row.1).take(3).collect()
}

/// Insertions, deletions and replacements between two names (Levenshtein).
fn distance(a: &[char], b: &str) -> usize {
    let mut costs: Vec<usize> = (0..=a.len()).collect();
    for (row, c) in b.chars().enumerate() {
        let mut diagonal = row;
        let mut left = row + 1;
        for (cost, &other) in costs.iter_mut().skip(1).zip(a) {
            let replace = diagonal + usize::from(c != other);
            diagonal = *cost;
            left = replace.min(*cost + 1).min(left + 1);
            *cost = left;
        }
        if let Some(first) = costs.first_mut() {
            *first = row + 1;
        }
    }
    costs.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_the_nearest_names() {
        let names = ["tcp.port", "tcp.srcport", "tcp.dstport", "udp.port", "ip.src", "frame.number"];
        assert_eq!(nearest("tcp.prot", names.into_iter()), ["tcp.port", "tcp.srcport", "tcp.dstport"]);
        assert!(nearest("zzzzzzzzzz", names.into_iter()).is_empty());
        let chars: Vec<char> = "kitten".chars().collect();
        assert_eq!(distance(&chars, "sitting"), 3);
        assert_eq!(distance(&[], "abc"), 3);
        assert_eq!(distance(&chars, ""), 6);
    }

    #[test]
    fn finds_fields_by_address() {
        let registry = Registry::builtin();
        let all = Selection::new(&registry, |_| Some(7));
        let ports = Selection::new(&registry, |field| (field.abbrev == "udp.srcport").then_some(3));
        let field = registry.field("udp.srcport").unwrap();
        assert_eq!(all.get(field), Some(7));
        assert_eq!(ports.get(field), Some(3));
        assert_eq!(ports.get(registry.field("udp.dstport").unwrap()), None);
        let unknown = UnknownField::new(&registry, "udp.srcprot\x1b");
        assert!(unknown.to_string().starts_with(r"no field is called udp.srcprot\x1b; nearest: udp.srcport"));
    }
}
