//! Which fields a renderer shows: names resolved once, then found by the address of the field.

use std::fmt;

use netdissect_dissectors::{Field, Layer, Registry};

use super::style::Escaped;

/// A set of fields, each with a number that the renderer gave it.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// By place among the fields of the program, which lie together: one more than the number, or 0.
    near: Box<[u32]>,
    /// Where the first of them lies.
    base: usize,
    /// The fields that lie elsewhere, which files declare: address and number.
    far: Vec<(usize, u32)>,
    /// By number of the dissector: whether it can emit one of the fields.
    dissectors: Vec<bool>,
}

/// Bytes from one place for a field to the next.
const STEP: usize = align_of::<Field>();
/// Places from the first field of the program to the last at most.
const SPAN: usize = (4 << 20) / STEP;

impl Selection {
    /// The fields to which `number` gives a number. Fields of several protocols may share a name.
    pub fn new(registry: &Registry, mut number: impl FnMut(&'static Field) -> Option<u32>) -> Self {
        let mut rows = Vec::new();
        let mut dissectors = Vec::new();
        for dissector in registry.dissectors() {
            let before = rows.len();
            let numbered = |&field: &&'static Field| Some((address(field), number(field)?));
            rows.extend(dissector.protocol().fields.iter().filter_map(numbered));
            dissectors.push(rows.len() > before);
        }
        // A field of the program is among those of its first dissector's neighbours.
        let home = registry.fields().next().map_or(0, address);
        let is_near = |at: usize| at.abs_diff(home) / STEP < SPAN;
        let base = rows.iter().map(|row| row.0).filter(|&at| is_near(at)).min().unwrap_or(home);
        let end = rows.iter().map(|row| row.0).filter(|&at| is_near(at)).max().unwrap_or(home);
        let mut near = vec![0; (end.saturating_sub(base) / STEP).saturating_add(1)].into_boxed_slice();
        let mut far = Vec::new();
        for (at, number) in rows {
            match at.checked_sub(base).and_then(|from| near.get_mut(from / STEP)) {
                Some(place) if *place == 0 => *place = number.saturating_add(1),
                Some(_) => {}
                None => far.push((at, number)),
            }
        }
        far.sort_by_key(|row| row.0);
        Self { near, base, far, dissectors }
    }

    /// The number of `field`, if it is in the set.
    #[must_use]
    #[inline]
    pub fn get(&self, field: &'static Field) -> Option<u32> {
        let at = address(field);
        match self.near.get(at.wrapping_sub(self.base) / STEP) {
            Some(number) => number.checked_sub(1),
            None => self.get_far(at),
        }
    }

    fn get_far(&self, at: usize) -> Option<u32> {
        let found = self.far.binary_search_by_key(&at, |row| row.0).ok()?;
        self.far.get(found).map(|row| row.1)
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
