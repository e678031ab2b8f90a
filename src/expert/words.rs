//! Numbers in sentences.

use crate::flow::habits::Mark;
use crate::render::flows::thousands;
use crate::render::value::span;

/// `1 segment`, `3 segments`, `2,000 bytes`.
pub(super) fn count(number: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// The time from one packet to another.
pub(super) fn between(earlier: Mark, later: Mark) -> String {
    span(later.1.nanos_since(earlier.1))
}

/// `was` or `were`.
pub(super) const fn was(number: u64) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

/// `one` to `nine`, then digits.
pub(super) fn small(number: usize) -> String {
    const NAMES: [&str; 10] =
        ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    NAMES.get(number).map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// The first letter as a capital.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Parts joined by commas, the last by `and`.
pub(super) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
