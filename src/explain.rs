//! `netdissect explain`: a page for each state, event, cause and verdict that the program prints, and for the
//! mechanisms behind them.
//!
//! The pages are text files in `src/explain/`, one for each group, reviewed like code. A page begins with `## ` and its
//! names, the first of which is its stable id; the line below is what it is about. Then come paragraphs (figures are
//! indented), `Source:` and `See:`, names of other pages.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// A state of one end.
    State,
    /// What a segment is.
    Event,
    /// Why a segment was sent again.
    Cause,
    /// What proves that sending again was needless.
    Proof,
    /// How a verdict is known.
    Evidence,
    /// What became of a connection.
    Verdict,
    /// What is said of a piece of a datagram.
    Fragment,
    /// A finding of `--expert`.
    Finding,
    /// A mechanism of textbooks.
    Mechanism,
}

impl Group {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 9] = [
        Self::State,
        Self::Event,
        Self::Cause,
        Self::Proof,
        Self::Evidence,
        Self::Verdict,
        Self::Fragment,
        Self::Finding,
        Self::Mechanism,
    ];

    /// One of them, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Event => "event",
            Self::Cause => "cause of a retransmission",
            Self::Proof => "proof that a retransmission was needless",
            Self::Evidence => "evidence",
            Self::Verdict => "verdict",
            Self::Fragment => "piece of a datagram",
            Self::Finding => "finding",
            Self::Mechanism => "mechanism",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::State => include_str!("explain/states.md"),
            Self::Event => include_str!("explain/events.md"),
            Self::Cause => include_str!("explain/causes.md"),
            Self::Proof => include_str!("explain/proofs.md"),
            Self::Evidence => include_str!("explain/evidence.md"),
            Self::Verdict => include_str!("explain/verdicts.md"),
            Self::Fragment => include_str!("explain/fragments.md"),
            Self::Finding => include_str!("explain/findings.md"),
            Self::Mechanism => include_str!("explain/mechanisms.md"),
        }
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is about.
    pub group: Group,
    /// What it answers to; the first is its id.
    pub names: Vec<&'static str>,
    /// What it is, in one line.
    pub title: &'static str,
    /// Paragraphs, lines as they stand in the file.
    pub paragraphs: Vec<&'static str>,
    /// Where the rule stands.
    pub source: &'static str,
    /// Names of other pages.
    pub see: Vec<&'static str>,
}

impl Page {
    fn parse(group: Group, text: &'static str) -> Self {
        let (heading, rest) = text.split_once('\n').unwrap_or((text, ""));
        let (title, rest) = rest.split_once('\n').unwrap_or((rest, ""));
        let list = |text: &'static str| text.split(',').map(str::trim).collect::<Vec<_>>();
        let mut page =
            Self { group, names: list(heading), title, paragraphs: Vec::new(), source: "", see: Vec::new() };
        for paragraph in rest.split("\n\n").map(|text| text.trim_matches('\n')) {
            if !paragraph.starts_with("Source: ") {
                if !paragraph.is_empty() {
                    page.paragraphs.push(paragraph);
                }
                continue;
            }
            for line in paragraph.lines() {
                match line.split_once(": ") {
                    Some(("Source", source)) => page.source = source,
                    Some(("See", see)) => page.see = list(see),
                    _ => {}
                }
            }
        }
        page
    }

    /// Its stable id.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// Whether it answers to `name`, which is [`folded`].
    fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|own| folded(own) == name)
    }
}

/// All pages, group by group.
#[must_use]
pub fn pages() -> &'static [Page] {
    static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
        let of = |group: Group| group.text().split("\n## ").skip(1).map(move |text| Page::parse(group, text));
        Group::ALL.into_iter().flat_map(of).collect()
    });
    &PAGES
}

/// The page of `group` with exactly this id.
#[must_use]
pub fn page(group: Group, id: &str) -> Option<&'static Page> {
    pages().iter().find(|page| page.group == group && page.id() == id)
}

/// The pages that answer to `name`; case, blanks, `-` and `_` do not matter.
#[must_use]
pub fn find(name: &str) -> Vec<&'static Page> {
    let name = folded(name);
    pages().iter().filter(|page| page.is_called(&name)).collect()
}

/// Every name that a page answers to.
#[must_use]
pub fn names() -> BTreeSet<&'static str> {
    pages().iter().flat_map(|page| page.names.iter().copied()).collect()
}

/// A name without what does not matter.
fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expert::Kind;
    use crate::flow::fragment::label;
    use crate::flow::tcp::{Blame, Cause, Closing, Confidence, Evidence, Labels, Proofs, Verdict};
    use netdissect_dissectors::facts::State;

    /// What the program can print of each group.
    fn printed(group: Group) -> Option<BTreeSet<&'static str>> {
        Some(match group {
            Group::State => State::ALL.into_iter().map(State::name).collect(),
            Group::Event => Labels::ALL.iter().map(|label| label.name()).collect(),
            Group::Cause => Cause::ALL
                .into_iter()
                .flat_map(|cause| [Some(cause.kind()), cause.class()])
                .flatten()
                .collect(),
            Group::Proof => Proofs::ALL.words().chain(Blame::ALL.into_iter().map(Blame::name)).collect(),
            Group::Evidence => {
                let evidence = Evidence::ALL.into_iter().map(Evidence::name);
                let confidence = Confidence::ALL.into_iter().map(Confidence::name);
                evidence.chain(confidence).chain(Closing::ALL.into_iter().map(Closing::name)).collect()
            }
            Group::Verdict => Verdict::ALL.into_iter().map(Verdict::name).collect(),
            Group::Fragment => label::ALL.into_iter().collect(),
            Group::Finding => Kind::ALL.into_iter().map(Kind::id).collect(),
            Group::Mechanism => return None,
        })
    }

    #[test]
    fn everything_that_is_printed_has_a_page() {
        for group in Group::ALL {
            for word in printed(group).into_iter().flatten() {
                let found = find(word).into_iter().filter(|page| page.group == group).count();
                assert_eq!(found, 1, "pages about the {} {word}", group.name());
            }
        }
    }

    #[test]
    fn every_page_is_about_something_that_is_printed_or_pointed_to() {
        let all = pages();
        for page in all {
            let reached = match printed(page.group) {
                Some(words) => words.into_iter().any(|word| page.is_called(&folded(word))),
                None => all.iter().any(|other| {
                    other.id() != page.id() && other.see.iter().any(|name| page.is_called(&folded(name)))
                }),
            };
            assert!(reached, "nothing leads to {}", page.id());
        }
    }

    #[test]
    fn pages_are_whole() {
        for page in pages() {
            let id = page.id();
            assert!(!page.title.is_empty() && page.title.len() <= 100, "{id}: {}", page.title);
            assert!(!page.title.ends_with('.'), "{id}");
            assert!(page.source.contains("RFC ") || page.source.contains("docs/"), "{id}: {}", page.source);
            assert!(!page.see.is_empty(), "{id} leads nowhere");
            assert!(page.paragraphs.iter().all(|text| !text.starts_with('#')), "{id} runs into a heading");
            for name in &page.see {
                assert!(
                    find(name).iter().any(|other| *other != page),
                    "{id} points to {name}, which is no other page"
                );
            }
            let lines = page.paragraphs.iter().map(|text| text.lines().count()).sum::<usize>();
            assert!(lines <= 40, "{id} is longer than a screen");
        }
        for group in Group::ALL {
            assert!(group.text().is_ascii(), "{group:?}: pages are shown on every terminal");
        }
    }

    #[test]
    fn a_name_leads_to_one_page_of_a_group() {
        let mut seen = BTreeSet::new();
        for page in pages() {
            for name in &page.names {
                assert!(seen.insert((page.group, folded(name))), "{name} stands for two pages");
            }
        }
    }

    #[test]
    fn names_are_found_however_they_are_spelled() {
        for name in ["TIME_WAIT", "time-wait", "time wait", "TimeWait"] {
            assert_eq!(find(name).first().map(|page| page.id()), Some("TIME_WAIT"), "{name}");
        }
        assert_eq!(find("established").len(), 2, "a state and a verdict");
        assert!(find("no such thing").is_empty());
    }
}
