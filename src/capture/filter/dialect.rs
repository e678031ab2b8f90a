//! Display filters where capture filters belong: told apart by their field names, and said in the other language
//! where that is simple.

use crate::escape::Escaped;

/// What to type instead of a display filter that was given as a capture filter; `None` if `expression` is none.
///
/// `is_field` knows the names of fields.
#[must_use]
pub fn display_filter(expression: &str, is_field: impl Fn(&str) -> bool) -> Option<String> {
    let words = words(expression);
    let named = words.iter().enumerate().any(|(at, word)| {
        let before = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
        let compared = words.get(at.saturating_add(1)).is_some_and(|next| COMPARISONS.contains(next));
        // A host may have the name of a field.
        let host = ["host", "net", "gateway", "src", "dst"].contains(&before);
        is_dotted(word) && !host && (is_field(word) || compared)
    });
    if !named {
        return None;
    }
    let escaped = Escaped::text(expression.as_bytes());
    let quote = if expression.contains('\'') { '"' } else { '\'' };
    let other = translated(&words).map(|other| format!(" or: {other}")).unwrap_or_default();
    Some(format!("this is a display filter, not a capture filter. Use -Y {quote}{escaped}{quote}{other}"))
}

const COMPARISONS: [&str; 16] =
    ["==", "!=", "<", ">", "<=", ">=", "===", "!==", "~=", "~", "eq", "ne", "contains", "matches", "in", "&"];

/// Words longer than this are no names of fields; more of them are not translated.
const MAX_WORDS: usize = 64;

/// A letter first, and a dot between names: `tcp.port`, but neither `192.0.2.1` nor `example.com.`.
fn is_dotted(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.contains('.')
        && !word.ends_with('.')
        && word.chars().all(fits)
}

/// Names, numbers and addresses; runs of operator signs; parentheses each by itself.
fn words(expression: &str) -> Vec<&str> {
    let class = |c: char| match c {
        '=' | '!' | '<' | '>' | '&' | '|' | '~' => 1,
        '(' | ')' => 2,
        c if c.is_whitespace() => 3,
        _ => 0,
    };
    let mut words = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let kind = class(first);
        let end = match kind {
            2 => first.len_utf8(),
            _ => rest.find(|c| class(c) != kind).unwrap_or(rest.len()),
        };
        let (word, behind) = rest.split_at(end.max(first.len_utf8()));
        if kind != 3 {
            words.push(word);
        }
        rest = behind;
    }
    words
}

/// The same as a capture filter, if every part of it has a counterpart.
fn translated(words: &[&str]) -> Option<String> {
    if words.len() > MAX_WORDS {
        return None;
    }
    let mut out: Vec<String> = Vec::new();
    let mut rest = words;
    while let Some((&word, behind)) = rest.split_first() {
        rest = behind;
        out.push(match word {
            "&&" | "and" => String::from("and"),
            "||" | "or" => String::from("or"),
            "!" | "not" => String::from("not"),
            "(" | ")" => word.to_owned(),
            "tcp" | "udp" | "ip" | "arp" | "icmp" | "igmp" | "vlan" => word.to_owned(),
            "ipv6" => String::from("ip6"),
            "icmpv6" => String::from("icmp6"),
            "dns" => String::from("port 53"),
            field => {
                let (&[relation, value], behind) = rest.split_first_chunk()?;
                rest = behind;
                comparison(field, relation, value)?
            }
        });
    }
    Some(out.join(" ").replace("( ", "(").replace(" )", ")"))
}

/// One comparison of a field.
fn comparison(field: &str, relation: &str, value: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '/' | '-');
    if !value.chars().all(plain) {
        return None;
    }
    if field == "frame.len" {
        let relation = if relation == "==" { "=" } else { relation };
        let known = ["=", "!=", "<", ">", "<=", ">="].contains(&relation);
        return (known && value.parse::<u32>().is_ok()).then(|| format!("len {relation} {value}"));
    }
    let not = match relation {
        "==" | "eq" => "",
        "!=" | "ne" => "not ",
        _ => return None,
    };
    let (name, port) = match field {
        "tcp.port" => ("tcp port", true),
        "tcp.srcport" => ("tcp src port", true),
        "tcp.dstport" => ("tcp dst port", true),
        "udp.port" => ("udp port", true),
        "udp.srcport" => ("udp src port", true),
        "udp.dstport" => ("udp dst port", true),
        "vlan.id" => ("vlan", true),
        "ip.proto" => ("ip proto", true),
        "ip.addr" | "ipv6.addr" if value.contains('/') => ("net", false),
        "ip.src" | "ipv6.src" if value.contains('/') => ("src net", false),
        "ip.dst" | "ipv6.dst" if value.contains('/') => ("dst net", false),
        "ip.addr" | "ipv6.addr" | "ip.host" => ("host", false),
        "ip.src" | "ipv6.src" => ("src host", false),
        "ip.dst" | "ipv6.dst" => ("dst host", false),
        "eth.addr" => ("ether host", false),
        "eth.src" => ("ether src", false),
        "eth.dst" => ("ether dst", false),
        _ => return None,
    };
    (!port || value.parse::<u16>().is_ok()).then(|| format!("{not}{name} {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expression: &str) -> Option<String> {
        display_filter(expression, |name| ["tcp.port", "http.request", "ip.src", "ip.ttl"].contains(&name))
    }

    #[test]
    fn display_filters_are_told_and_said_in_the_other_language() {
        for (expression, other) in [
            ("tcp.port == 80", " or: tcp port 80"),
            ("tcp.port==80 && ip.src != 192.0.2.1", " or: tcp port 80 and not src host 192.0.2.1"),
            ("!(ip.addr == 10.0.0.0/8 || arp)", " or: not (net 10.0.0.0/8 or arp)"),
            ("frame.len >= 100", " or: len >= 100"),
            ("ip.ttl < 5", ""),
            ("http.request", ""),
            ("tcp.prot == 80", ""),
        ] {
            let start = "this is a display filter, not a capture filter. Use -Y";
            assert_eq!(told(expression), Some(format!("{start} '{expression}'{other}")));
        }
    }

    #[test]
    fn capture_filters_are_left_alone() {
        for expression in [
            "tcp port 80",
            "host www.example.com",
            "src host ip.src",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
            "ether host 02:00:00:00:00:01 and not 192.0.2.1",
            "len > 100 && ip[8] == 64",
            "",
            "\u{1b}[31m",
        ] {
            assert_eq!(told(expression), None, "{expression}");
        }
    }

    #[test]
    fn hostile_text_is_escaped() {
        assert!(told("tcp.port == \u{1b}[31m").unwrap().contains(r"'tcp.port == \x1b[31m'"));
    }
}
