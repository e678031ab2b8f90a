//! `--fragments`: each datagram that came in pieces, its pieces, holes and oddities, and what became of it.

use std::fmt::Write as _;

use super::Screen;
use super::flows::thousands;
use super::style::{Escaped, Role, columns, wrap};
use super::value;
use crate::flow::conflict::Difference;
use crate::flow::fragment::label;
use crate::flow::fragment::ledger::{Account, Fate, IcmpSays, Mark, Part};

/// Pieces printed of one datagram.
const MAX_LINES: usize = 64;
/// Columns of the picture of a datagram.
const PICTURE: u32 = 80;
const INDENT: usize = 3;

const TCP: u32 = 6;
const UDP: u32 = 17;

/// Writes datagrams.
#[derive(Debug)]
pub struct Datagrams {
    screen: Screen,
    complete: u64,
    others: u64,
}

impl Datagrams {
    /// None yet.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self { screen, complete: 0, others: 0 }
    }

    /// Appends one datagram.
    pub fn datagram(&mut self, out: &mut Vec<u8>, account: &Account) {
        if self.complete + self.others > 0 {
            out.push(b'\n');
        }
        *if account.fate == Fate::Complete { &mut self.complete } else { &mut self.others } += 1;
        let start = out.len();
        self.head(out, account);
        self.pieces(out, account);
        if !account.missing().is_empty() || account.parts.iter().any(|part| !part.marks.is_empty()) {
            self.picture(out, account);
        }
        for remark in remarks(account) {
            self.indented(out, &remark);
        }
        if self.screen.glyphs.ascii {
            // The last sign that is not ASCII is the one of microseconds.
            let text = String::from_utf8_lossy(out.get(start..).unwrap_or_default()).replace('µ', "u");
            out.truncate(start);
            out.extend_from_slice(text.as_bytes());
        }
    }

    /// Appends the account of all.
    pub fn finish(&self, out: &mut Vec<u8>) {
        if self.complete + self.others > 0 {
            out.push(b'\n');
        }
        let all = self.complete + self.others;
        let text = format!(
            "{} {} in pieces: {} complete, {} not.",
            thousands(all),
            if all == 1 { "datagram" } else { "datagrams" },
            thousands(self.complete),
            thousands(self.others)
        );
        wrap(out, "", &text, self.screen.columns());
    }

    fn head(&self, out: &mut Vec<u8>, account: &Account) {
        let key = &account.key;
        let mut line =
            format!("{} {} {}   {}", key.src, self.screen.glyphs.right, key.dst, protocol(account.protocol));
        if let Some((from, to)) = ports(account) {
            let _ = write!(line, " {from} {} {to}", self.screen.glyphs.right);
        }
        let _ = match key.src.is_ipv4() {
            true => write!(line, "   ip.id 0x{:04x}", key.id),
            false => write!(line, "   id 0x{:08x}", key.id),
        };
        if let [first, rest @ ..] = account.parts.as_slice()
            && rest.iter().all(|part| part.ttl == first.ttl)
        {
            let _ = write!(line, "   ttl {}", first.ttl);
        }
        let fate = match account.fate {
            Fate::Complete => "complete",
            Fate::Refused(_) => "REFUSED",
            Fate::TimedOut | Fate::Unfinished => "INCOMPLETE",
            Fate::Evicted => "LET GO",
        };
        let role = if account.fate == Fate::Complete { Role::Heading } else { Role::Warning };
        let room = self.screen.columns().saturating_sub(columns(&line) + columns(fate));
        let _ = write!(line, "{:1$}{fate}", "", room.max(3));
        self.screen.style.start(role, out);
        wrap_head(out, &line, self.screen.columns());
        self.screen.style.stop(role, out);
    }

    fn pieces(&self, out: &mut Vec<u8>, account: &Account) {
        let one_ttl = account.parts.windows(2).all(|pair| pair[0].ttl == pair[1].ttl);
        let number = account.parts.iter().map(|part| part.frame.to_string().len()).max().unwrap_or(1);
        let digits = thousands(account.reach().into()).len();
        let first = account.parts.first().map(|part| part.time);
        for part in account.parts.iter().take(MAX_LINES) {
            let mut time = Vec::new();
            value::duration(&mut time, first.map_or(0, |first| part.time.nanos_since(first)));
            let mut line = format!(
                "{:INDENT$}No. {:>number$}   bytes {}   {}   +{:<10}",
                "",
                part.frame,
                range(part.offset, part.end(), digits, self.screen.glyphs.to),
                if part.more { "more follow" } else { "last       " },
                String::from_utf8_lossy(&time),
            );
            if !one_ttl {
                let _ = write!(line, "   ttl {:<3}", part.ttl);
            }
            let said: Vec<String> =
                part.marks.iter().map(|mark| words(mark, part)).chain(cut_header(account, part)).collect();
            self.piece(out, line.trim_end(), &said, !part.taken);
        }
        let unprinted =
            (account.parts.len().saturating_sub(MAX_LINES) as u64).saturating_add(account.unlisted);
        if unprinted > 0 {
            self.indented(out, &format!("{} more pieces are not listed.", thousands(unprinted)));
        }
        for (from, to) in account.missing().into_iter().take(MAX_LINES) {
            let text = format!(
                "{:INDENT$}    {:>number$}   bytes {}   MISSING\n",
                "",
                "",
                range(from, to, digits, self.screen.glyphs.to)
            );
            self.screen.style.start(Role::Warning, out);
            out.extend_from_slice(text.as_bytes());
            self.screen.style.stop(Role::Warning, out);
        }
    }

    /// A line with what is odd behind it where that fits, else below.
    fn piece(&self, out: &mut Vec<u8>, line: &str, said: &[String], refused: bool) {
        let mark = self.screen.glyphs.bad;
        let text = match (refused, said) {
            (false, []) => String::new(),
            (true, []) => format!("{mark} does not count: the datagram was refused before"),
            (false, said) => format!("{mark} {}", said.join("; ")),
            (true, said) => format!("{mark} does not count: {}", said.join("; ")),
        };
        if columns(line) + 3 + columns(&text) <= self.screen.columns() {
            let space = if text.is_empty() { "" } else { "   " };
            out.extend_from_slice(format!("{line}{space}{text}\n").as_bytes());
        } else {
            out.extend_from_slice(format!("{line}\n").as_bytes());
            let mut below = Vec::new();
            let indent = INDENT + 4;
            wrap(&mut below, "", &text, self.screen.columns().saturating_sub(indent));
            for line in String::from_utf8_lossy(&below).lines() {
                out.extend_from_slice(format!("{:indent$}{line}\n", "").as_bytes());
            }
        }
    }

    /// The datagram as a row of signs: held, missing, held twice and differently, not counted.
    fn picture(&self, out: &mut Vec<u8>, account: &Account) {
        let end = account.len().unwrap_or(0).max(account.reach());
        let width = PICTURE.min(u32::try_from(self.screen.columns()).unwrap_or(PICTURE).saturating_sub(36));
        let scale = end.div_ceil(width.max(1)).max(1);
        let cells = end.div_ceil(scale) as usize;
        let mut row = vec![b'.'; cells];
        let mut draw = |from: u32, to: u32, sign: u8| {
            let (from, to) = ((from / scale) as usize, (to.div_ceil(scale)) as usize);
            for cell in row.get_mut(from..to.min(cells)).unwrap_or_default() {
                *cell = sign;
            }
        };
        for part in account.parts.iter().filter(|part| !part.taken) {
            draw(part.offset, part.end(), b'x');
        }
        for part in account.parts.iter().filter(|part| part.taken) {
            draw(part.offset, part.end(), b'#');
        }
        for difference in account.parts.iter().flat_map(|part| &part.marks).filter_map(|mark| mark.difference)
        {
            let place = |at: i64| u32::try_from(at).unwrap_or(0);
            draw(place(difference.common.0), place(difference.common.1), b'*');
        }
        let ruler: String = (0..cells.div_ceil(10)).map(|ten| format!("{ten:<10}")).collect();
        let unit = if scale == 1 {
            "(bytes)".to_owned()
        } else {
            format!("({}{} bytes)", self.screen.glyphs.times, thousands(scale.into()))
        };
        out.extend_from_slice(
            format!("{:INDENT$}{:<cells$}   {unit}\n", "", ruler.get(..cells).unwrap_or(ruler.trim_end()))
                .as_bytes(),
        );
        out.extend_from_slice(format!("{:INDENT$}{}", "", String::from_utf8_lossy(&row)).as_bytes());
        let legend = [(b'x', "x does not count"), (b'*', "* two contents")];
        let legend: Vec<&str> =
            legend.into_iter().filter(|(sign, _)| row.contains(sign)).map(|(_, words)| words).collect();
        if !legend.is_empty() {
            out.extend_from_slice(format!("   {}", legend.join(", ")).as_bytes());
        }
        out.push(b'\n');
    }

    fn indented(&self, out: &mut Vec<u8>, text: &str) {
        let mut below = Vec::new();
        wrap(&mut below, "", text, self.screen.columns().saturating_sub(INDENT));
        for line in String::from_utf8_lossy(&below).lines() {
            out.extend_from_slice(format!("{:INDENT$}{line}\n", "").as_bytes());
        }
    }
}

/// The heading on one line, or broken where the width asks for it.
fn wrap_head(out: &mut Vec<u8>, line: &str, width: usize) {
    if columns(line) <= width {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    } else {
        wrap(out, "", &line.split_whitespace().collect::<Vec<_>>().join(" "), width);
    }
}

/// `    0–1,479   1,480`: the first and the last byte, and how many.
fn range(from: u32, to: u32, digits: usize, dash: &str) -> String {
    format!(
        "{:>digits$}{dash}{:<digits$}   {:>digits$}",
        thousands(from.into()),
        thousands(to.saturating_sub(1).into()),
        thousands(to.saturating_sub(from).into())
    )
}

fn protocol(number: u32) -> String {
    match number {
        1 => "ICMP".into(),
        2 => "IGMP".into(),
        TCP => "TCP".into(),
        UDP => "UDP".into(),
        47 => "GRE".into(),
        50 => "ESP".into(),
        58 => "ICMPv6".into(),
        132 => "SCTP".into(),
        number => format!("protocol {number}"),
    }
}

/// Two bytes of the transport header.
fn word(account: &Account, at: usize) -> Option<u16> {
    let bytes = account.header.as_bytes().get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*bytes))
}

fn ports(account: &Account) -> Option<(u16, u16)> {
    matches!(account.protocol, TCP | UDP).then_some(())?;
    Some((word(account, 0)?, word(account, 2)?))
}

/// A first piece that ends within the TCP header (RFC 791 knows no minimum).
fn cut_header(account: &Account, part: &Part) -> Option<String> {
    let header = u32::from(*account.header.as_bytes().get(12)? >> 4) * 4;
    let cuts = account.protocol == TCP && part.offset == 0 && part.taken && part.len < header;
    cuts.then(|| format!("TCP header ({header} bytes) cut in two"))
}

/// What a mark says, in words.
fn words(mark: &Mark, part: &Part) -> String {
    match mark.label {
        label::BAD_LENGTH => format!("{} is not a multiple of 8 (RFC 791)", part.len),
        label::EMPTY => "no bytes".into(),
        label::CUT => "not all of it was captured".into(),
        label::TOO_LONG => "reaches beyond 65,535 bytes".into(),
        label::OVERLAP => {
            let other = mark.other;
            match &mark.difference {
                Some(difference) => {
                    let kept = match (part.taken, difference.new_is_kept) {
                        (false, _) => "",
                        (true, true) => "; this one is kept",
                        (true, false) => "; the first is kept",
                    };
                    format!("overlaps No. {other} with other bytes{}{kept}", differs(difference))
                }
                None if part.taken => format!("overlaps No. {other} with the same bytes"),
                None => format!("overlaps No. {other}"),
            }
        }
        label::DUPLICATE => format!("same content as No. {}", mark.other),
        label::TAIL => format!("contradicts the end that No. {} gives", mark.other),
        label::TINY => "too small for the TCP header up to its flags (RFC 1858)".into(),
        label::HEADER_OVERLAP => "could rewrite the TCP header (RFC 1858)".into(),
        label::HEADER_CHAIN => "not all headers are in the first piece (RFC 7112)".into(),
        label::SMALL => "smaller than every IPv6 link carries".into(),
        label::TOO_MANY => "more pieces than are kept".into(),
        label::MISASSOCIATION => {
            "the whole has a wrong checksum: pieces of two datagrams with the same number? (RFC 6864)".into()
        }
        other => other.into(),
    }
}

fn differs(difference: &Difference) -> String {
    let mut text = format!(" from byte {} on", difference.first);
    if let Some(old) = &difference.old {
        let _ = write!(
            text,
            ": \"{}\" and not \"{}\"",
            Escaped::text(difference.new.as_bytes()),
            Escaped::text(old.as_bytes())
        );
    }
    text
}

/// What follows from all of it.
fn remarks(account: &Account) -> Vec<String> {
    let mut remarks = Vec::new();
    let first = account.parts.iter().map(|part| part.frame).min();
    for error in &account.errors {
        // What is older than all pieces made its sender cut them.
        let which =
            if first.is_some_and(|first| error.frame < first) { "an earlier packet" } else { "a packet" };
        remarks.push(match error.says {
            IcmpSays::TooBig(0) => format!("No. {}: ICMP says that {which} was too big.", error.frame),
            IcmpSays::TooBig(mtu) => format!(
                "No. {}: ICMP says that {which} was too big, MTU {}.",
                error.frame,
                thousands(mtu.into())
            ),
            IcmpSays::Expired => format!("No. {}: ICMP says that the receiver gave it up.", error.frame),
        });
    }
    if let (UDP, Some(length)) = (account.protocol, word(account, 4))
        && account.len().is_some_and(|len| len != u32::from(length))
    {
        let last = length.saturating_sub(1);
        remarks.push(format!(
            "The UDP header says that the datagram ends at byte {last}; the pieces say otherwise."
        ));
    }
    let conflict = account.parts.iter().any(|part| part.marks.iter().any(|mark| mark.difference.is_some()));
    remarks.extend(match account.fate {
        Fate::Complete if conflict => Some(format!(
            "Rebuilt by the policy {} (--fragment-overlap); Linux since 2018 drops such a datagram.",
            account.policy
        )),
        Fate::Complete if account.parts.len() > 1 && ports(account).is_some() => {
            // Behind a fragment header of IPv6 capture filters do not look for ports, not even in the first piece.
            let is_missed = |part: &&Part| part.offset > 0 || account.key.src.is_ipv6();
            let others: Vec<u64> = account.parts.iter().filter(is_missed).map(|part| part.frame).collect();
            let which = match others.as_slice() {
                [one] => format!("No. {one}"),
                [one, two] => format!("Nos. {one} and {two}"),
                [one, .., last] => format!("Nos. {one} to {last}"),
                [] => return remarks,
            };
            Some(format!("Filters on ports miss {which}."))
        }
        Fate::Complete => None,
        Fate::Refused(_) => Some("No receiver should rebuild it.".into()),
        Fate::TimedOut => Some("Given up: no receiver waits longer (30 s for IPv4, 60 s for IPv6).".into()),
        Fate::Evicted => Some("Let go to keep memory bounded: too many datagrams were open at once.".into()),
        Fate::Unfinished => Some(
            "A receiver drops all of it after its reassembly timeout (often 30 s) and may send an ICMP error.".into(),
        ),
    });
    remarks
}
