//! What is shown: the screen that the flags choose, under their own names or as tshark's `-z` words.

use super::Show;
use crate::survey::endpoints::Between;

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// Packets one by one.
    Packets,
    /// Both ends' states and events, of one flow or, without a name, of all.
    Follow(String),
    /// One line per TCP flow.
    Flows,
    /// One line per other conversation.
    Conversations(Between),
    /// What is wrong.
    Expert,
    /// Datagrams that came in pieces.
    Fragments,
    /// Whether the capture can be believed.
    Trust,
    /// Which protocols carry which.
    Protocols,
    /// Addresses.
    Endpoints,
    /// The course in time, in intervals of so many ns; 0 is one for everything.
    Rate(i64),
    /// Questions and answers of DNS.
    Dns,
    /// Requests and responses of HTTP.
    Http,
    /// Routes, pings and sizes that do not fit.
    Path,
    /// Flows on both sides of an address translator.
    Nat,
    /// Leases of DHCP.
    Leases,
    /// The table of ARP.
    Arp,
    /// All of it on one page.
    Summary,
}

impl View {
    /// The flag for it, in messages.
    #[must_use]
    pub const fn flag(&self) -> &'static str {
        match self {
            Self::Packets => "the list",
            Self::Follow(_) => "--follow-tcp",
            Self::Flows | Self::Conversations(_) => "--flows",
            Self::Expert => "--expert",
            Self::Fragments => "--fragments",
            Self::Trust => "--trust",
            Self::Protocols => "--protocols",
            Self::Endpoints => "--endpoints",
            Self::Rate(_) => "--rate",
            Self::Dns => "--dns",
            Self::Http => "--http",
            Self::Path => "--path",
            Self::Nat => "--nat",
            Self::Leases => "--leases",
            Self::Arp => "--arp",
            Self::Summary => "--summary",
        }
    }
}

impl Show {
    /// The screen that was asked for: at most one flag names one.
    #[must_use]
    pub fn view(&self) -> View {
        let flags = [
            (self.expert, View::Expert),
            (self.fragments, View::Fragments),
            (self.trust, View::Trust),
            (self.protocols, View::Protocols),
            (self.endpoints, View::Endpoints),
            (self.dns, View::Dns),
            (self.http, View::Http),
            (self.path, View::Path),
            (self.nat, View::Nat),
            (self.leases, View::Leases),
            (self.arp, View::Arp),
            (self.summary, View::Summary),
        ];
        let flag = flags.into_iter().find(|flag| flag.0).map(|flag| flag.1);
        flag.or_else(|| self.follow_tcp.clone().map(View::Follow))
            .or_else(|| self.flows.clone())
            .or(self.rate.map(View::Rate))
            .or_else(|| self.statistic.as_ref().map(|statistic| statistic.view.clone()))
            .unwrap_or(View::Packets)
    }

    /// The display filter: `-Y`, and what a `-z` word names.
    #[must_use]
    pub fn filter(&self) -> Option<String> {
        let own = self.display_filter.as_ref().or(self.read_filter.as_ref());
        let word = self.statistic.as_ref().and_then(|statistic| statistic.filter.as_ref());
        match (own, word) {
            (Some(own), Some(word)) => Some(format!("({own}) && ({word})")),
            (own, word) => own.or(word).cloned(),
        }
    }
}

/// A statistic as tshark names it: `-z io,stat,1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    view: View,
    /// The display filter behind it.
    filter: Option<String>,
}

const WORDS: &str = "conv,tcp  conv,udp  conv,ip  endpoints,ip  io,stat,SECONDS  io,phs  expert  flow,tcp  \
                     follow,tcp,ascii,FLOW";

impl std::str::FromStr for Statistic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(',').collect();
        // The screen, and how many parts name it; a display filter may follow.
        let (view, used) = match parts.as_slice() {
            ["conv", "tcp", ..] => (View::Flows, 2),
            ["conv", "udp", ..] => (View::Conversations(Between::Udp), 2),
            ["conv", "ip" | "ipv6", ..] => (View::Conversations(Between::Ip), 2),
            ["endpoints", "ip" | "ipv6", ..] => (View::Endpoints, 2),
            ["io", "stat", seconds, ..] => (View::Rate(interval(seconds)?), 3),
            ["io", "phs", ..] => (View::Protocols, 2),
            ["expert", ..] => (View::Expert, 1),
            ["flow", "tcp", ..] => (View::Follow(String::new()), parts.len().min(3)),
            ["follow", "tcp", _, flow @ ..] if !flow.is_empty() => {
                (View::Follow(flow.join(",")), parts.len())
            }
            _ => return Err(format!("not one of  {WORDS}")),
        };
        let filter = parts.get(used..).unwrap_or_default().join(",");
        Ok(Self { view, filter: Some(filter).filter(|filter| !filter.is_empty()) })
    }
}

/// Which conversations `--flows` shows.
pub(super) fn conversations(text: &str) -> Result<View, String> {
    match text {
        "tcp" => Ok(View::Flows),
        "udp" => Ok(View::Conversations(Between::Udp)),
        "ip" => Ok(View::Conversations(Between::Ip)),
        _ => Err("not one of tcp, udp, ip".to_owned()),
    }
}

/// A length of time in ns: `1s`, `100ms`, `5m`, `1h`, or seconds as a bare number.
pub(super) fn interval(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text} is not a length of time: 1s, 100ms, 5m");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" | "" => 1_000_000_000,
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(wrong()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let number = |digits: &str| match digits {
        "" => Some(0),
        _ if digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse::<u64>().ok()
        }
        _ => None,
    };
    let (Some(units), Some(parts)) = (number(whole), number(fraction)) else { return Err(wrong()) };
    let scale = 10_u64.pow(u32::try_from(fraction.len()).unwrap_or_default());
    let nanos = units.checked_mul(unit).zip(parts.checked_mul(unit).map(|parts| parts / scale));
    let nanos = nanos.and_then(|(units, parts)| units.checked_add(parts)).filter(|_| !digits.is_empty());
    let nanos = nanos.and_then(|nanos| i64::try_from(nanos).ok()).ok_or_else(wrong)?;
    if nanos == 0 && (parts > 0 || units > 0) { Err(wrong()) } else { Ok(nanos) }
}

/// A length of time in ns that is not 0.
pub(super) fn length(text: &str) -> Result<i64, String> {
    match interval(text)? {
        0 => Err("an interval has a length: 1s, 100ms".to_owned()),
        length => Ok(length),
    }
}

/// A number of bytes: `8000`, `8k`, `1M`.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (text.get(..text.len() - 1), 1_024),
        Some(b'm' | b'M') => (text.get(..text.len() - 1), 1 << 20),
        _ => (Some(text), 1),
    };
    let bytes = digits.and_then(|digits| digits.parse::<usize>().ok()).and_then(|n| n.checked_mul(unit));
    bytes.ok_or_else(|| format!("{text} is not a number of bytes: 8000, 8k"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        assert_eq!(interval("1s"), Ok(1_000_000_000));
        assert_eq!(interval("1"), Ok(1_000_000_000));
        assert_eq!(interval("0.001"), Ok(1_000_000));
        assert_eq!(interval(".5"), Ok(500_000_000));
        assert_eq!(interval("1.5ms"), Ok(1_500_000));
        assert_eq!(interval("5m"), Ok(300_000_000_000));
        assert_eq!(interval("2h"), Ok(7_200_000_000_000));
        assert_eq!(interval("0"), Ok(0));
        for text in ["", "s", "-1", "1x", "1.2.3", "1e3", "0.1ns", "0.0000001us", "999999999h9", "1 s"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_of_tshark() {
        let view = |text: &str| text.parse::<Statistic>().map(|statistic| (statistic.view, statistic.filter));
        assert_eq!(view("conv,tcp"), Ok((View::Flows, None)));
        assert_eq!(
            view("conv,udp,ip.addr==192.0.2.1"),
            Ok((View::Conversations(Between::Udp), Some("ip.addr==192.0.2.1".into())))
        );
        assert_eq!(view("io,stat,0.5"), Ok((View::Rate(500_000_000), None)));
        assert_eq!(view("io,phs"), Ok((View::Protocols, None)));
        assert_eq!(view("follow,tcp,ascii,3"), Ok((View::Follow("3".into()), None)));
        assert_eq!(
            view("follow,tcp,hex,192.0.2.1:80,192.0.2.2:9"),
            Ok((View::Follow("192.0.2.1:80,192.0.2.2:9".into()), None))
        );
        assert_eq!(view("flow,tcp,network"), Ok((View::Follow(String::new()), None)));
        for text in ["", "conv", "conv,eth", "io,stat", "io,stat,x", "follow,tcp,ascii", "rpc,programs"] {
            assert!(view(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!((size("8k"), size("1M"), size("512")), (Ok(8_192), Ok(1 << 20), Ok(512)));
        assert!(size("k").is_err() && size("").is_err() && size("-1").is_err());
    }
}
