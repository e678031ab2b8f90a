//! How much may come before something ends: a run (`--stop`, `-a`), or one file of several (`--rotate`, `-b`, `-C`, `-G`, `-W`).

use clap::Args;

use super::view;

/// A bound in one of four measures: `duration:10s`, `size:1GB`, `packets:100`, `files:5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nanoseconds of packet time.
    Duration(i64),
    /// Bytes of written files.
    Size(u64),
    /// Packets.
    Packets(u64),
    /// Files.
    Files(u64),
}

/// The word of tshark's `-b` for what only it has: intervals in step with the clock, as all of ours are.
const INTERVAL: &str = "interval";

impl std::str::FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is none of duration:10s, size:100MB, packets:1000, files:5");
        let (measure, amount) = text.split_once(':').ok_or_else(wrong)?;
        let count = || amount.parse::<u64>().map_err(|_| wrong());
        let bound = match measure {
            "duration" | INTERVAL => Self::Duration(view::interval(amount)?),
            "size" => Self::Size(size(amount).ok_or_else(wrong)?),
            // Bare numbers are tshark's, in units of 1,000 bytes.
            "filesize" => Self::Size(count()?.saturating_mul(1_000)),
            "packets" => Self::Packets(count()?),
            "files" => Self::Files(count()?),
            _ => return Err(wrong()),
        };
        match bound {
            Self::Duration(..=0) | Self::Size(0) | Self::Packets(0) | Self::Files(0) => Err(wrong()),
            bound => Ok(bound),
        }
    }
}

/// Bytes: `1000`, `100k`, `100MB`, `1GiB`. Only units with an `i` count by 1,024.
fn size(text: &str) -> Option<u64> {
    let digits = text.len().checked_sub(text.trim_start_matches(|c: char| c.is_ascii_digit()).len())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// When a run ends, and when a written file is followed by the next.
#[derive(Debug, Default, Args)]
pub struct Bounds {
    /// End after so much, whichever comes first; repeatable: duration:10s, packets:1000, with -w size:1GB and files:5
    #[arg(long, visible_short_alias = 'a', value_name = "MEASURE:AMOUNT")]
    pub stop: Vec<Bound>,

    /// With -w: go on in the next file after so much, repeatable: size:100MB, packets:1000, or duration:60s, in step
    /// with the clock; files:5 keeps only the last five. Names get a number and the time
    #[arg(long, visible_short_alias = 'b', value_name = "MEASURE:AMOUNT", requires = "write", help_heading = super::WRITING)]
    pub rotate: Vec<Bound>,

    /// The same as --rotate size, in millions of bytes
    #[arg(short = 'C', value_name = "MB", requires = "write", hide = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub megabytes: Option<u32>,

    /// The same as --rotate duration, in seconds
    #[arg(short = 'G', value_name = "SECONDS", requires = "write", hide = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: Option<u32>,

    /// With -C the same as --rotate files, with -G alone as --stop files
    #[arg(short = 'W', value_name = "FILES", requires = "write", hide = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_files: Option<u32>,
}

impl Bounds {
    /// When the run ends.
    pub fn ends(&self) -> impl Iterator<Item = Bound> + '_ {
        let files = self.max_files.filter(|_| self.megabytes.is_none() && self.seconds.is_some());
        self.stop.iter().copied().chain(files.map(|files| Bound::Files(files.into())))
    }

    /// When a file ends, and how many of them are kept.
    pub fn turns(&self) -> impl Iterator<Item = Bound> + '_ {
        let files = self.max_files.filter(|_| self.megabytes.is_some());
        let size = self.megabytes.map(|number| Bound::Size(u64::from(number).saturating_mul(1_000_000)));
        let duration =
            self.seconds.map(|seconds| Bound::Duration(i64::from(seconds).saturating_mul(1_000_000_000)));
        self.rotate
            .iter()
            .copied()
            .chain(size)
            .chain(duration)
            .chain(files.map(|files| Bound::Files(files.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read_in_our_words_and_in_those_of_tshark() {
        for (text, bound) in [
            ("duration:10s", Bound::Duration(10_000_000_000)),
            ("duration:10", Bound::Duration(10_000_000_000)),
            ("interval:60", Bound::Duration(60_000_000_000)),
            ("size:1GB", Bound::Size(1_000_000_000)),
            ("size:64KiB", Bound::Size(65_536)),
            ("filesize:100", Bound::Size(100_000)),
            ("packets:7", Bound::Packets(7)),
            ("files:2", Bound::Files(2)),
        ] {
            assert_eq!(text.parse(), Ok(bound), "{text}");
        }
        for text in [
            "",
            "size",
            "size:",
            "size:x",
            "size:-1",
            "size:1TBB",
            "packets:0",
            "duration:0",
            "files:0",
            "x:1",
        ] {
            assert!(text.parse::<Bound>().is_err(), "{text}");
        }
    }
}
