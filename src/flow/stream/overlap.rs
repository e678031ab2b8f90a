//! Whose bytes count where segments overlap that are both still waiting (docs/tcp-analysis.md, R3).

use std::fmt;
use std::str::FromStr;

use crate::flow::seq::Position;

/// Which copy is kept for the bytes that a new segment N and a waiting segment O have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Overlap {
    /// O always.
    First,
    /// N always.
    Last,
    /// N if it starts before O.
    Bsd,
    /// N if it starts before O, or starts with it and ends later.
    #[default]
    Linux,
    /// N if it starts before O, or starts with it and does not end earlier.
    OldLinux,
    /// N if it contains O, or starts and ends later.
    Solaris,
}

/// Every name of a policy; the first of each is the one that is printed.
const NAMES: [(&str, Overlap); 13] = [
    ("first", Overlap::First),
    ("last", Overlap::Last),
    ("bsd", Overlap::Bsd),
    ("linux", Overlap::Linux),
    ("old-linux", Overlap::OldLinux),
    ("solaris", Overlap::Solaris),
    ("vista", Overlap::First),
    ("windows", Overlap::Bsd),
    ("windows2003", Overlap::Bsd),
    ("macos", Overlap::Bsd),
    ("irix", Overlap::Bsd),
    ("hpux10", Overlap::Bsd),
    ("hpux11", Overlap::Solaris),
];

impl Overlap {
    /// The policies.
    pub const ALL: [Self; 6] =
        [Self::First, Self::Last, Self::Bsd, Self::Linux, Self::OldLinux, Self::Solaris];

    /// Whether N takes the common bytes. Both are whole segments as they came, half-open.
    #[must_use]
    pub fn new_wins(self, new: (Position, Position), old: (Position, Position)) -> bool {
        match self {
            Self::First => false,
            Self::Last => true,
            Self::Bsd => new.0 < old.0,
            Self::Linux => new.0 < old.0 || new.0 == old.0 && new.1 > old.1,
            Self::OldLinux => new.0 < old.0 || new.0 == old.0 && new.1 >= old.1,
            Self::Solaris => new.0 <= old.0 && new.1 >= old.1 || new.0 > old.0 && new.1 > old.1,
        }
    }

    /// The name under which it is printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Overlap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        NAMES.iter().find(|row| row.0 == text).map(|row| row.1).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|row| row.0).collect();
            format!("one of {}", names.join(", "))
        })
    }
}
