//! Capture filters written where a display filter belongs: recognised, and said in the right language.

use netdissect_dissectors::registry::Registry;

use super::Filter;
use super::error::FilterError;

/// The error for `text` if it reads like a capture filter.
pub(super) fn named(registry: &Registry, text: &str) -> Option<FilterError> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')')).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let is_primitive = words.windows(2).any(|pair| match pair {
        [what, value] => {
            matches!(
                *what,
                "host" | "net" | "port" | "portrange" | "gateway" | "less" | "greater" | "src" | "dst"
            ) && value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':')
        }
        _ => false,
    });
    let is_offset = text.contains("[tcpflags]") || text.contains("[icmptype]");
    if !(is_primitive || is_offset) {
        return None;
    }
    let error = FilterError::new(0..text.len(), "this is a capture filter, not a display filter");
    // Whatever is proposed must be right.
    let display = translated(&words)
        .filter(|_| !text.contains('('))
        .filter(|text| super::parse(text).is_ok() && Filter::new(registry, text).is_ok());
    Some(match display {
        Some(display) => error.hint(format!("as a display filter: {display}")),
        None => error.hint("display filters name fields: ip.addr == 192.0.2.1 and tcp.port == 80"),
    })
}

/// The same in display filter words, primitive by primitive.
fn translated(words: &[&str]) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        match *first {
            word @ ("and" | "or" | "not" | "&&" | "||" | "!") => {
                parts.push(word.to_owned());
                rest = after;
            }
            _ => {
                let len = rest.iter().position(|word| matches!(*word, "and" | "or" | "&&" | "||"));
                let (primitive, after) = rest.split_at_checked(len.unwrap_or(rest.len()))?;
                parts.push(primitive_of(primitive)?);
                rest = after;
            }
        }
    }
    Some(parts.join(" "))
}

fn primitive_of(words: &[&str]) -> Option<String> {
    let (protocol, rest) = match words {
        [protocol @ ("tcp" | "udp" | "ip" | "ip6" | "ether"), rest @ ..] => (*protocol, rest),
        rest => ("", rest),
    };
    let (side, rest) = match rest {
        [side @ ("src" | "dst"), rest @ ..] => (*side, rest),
        rest => ("", rest),
    };
    let field = |protocol: &str, what: &str| match side {
        "" => format!("{protocol}.{what}"),
        side if what == "port" => format!("{protocol}.{side}port"),
        side => format!("{protocol}.{side}"),
    };
    let network = |value: &str| if value.contains(':') { "ipv6" } else { "ip" };
    Some(match rest {
        ["port", port] if protocol.is_empty() => {
            format!("({} == {port} or {} == {port})", field("tcp", "port"), field("udp", "port"))
        }
        ["port", port] => format!("{} == {port}", field(protocol, "port")),
        ["portrange", range] if matches!(protocol, "tcp" | "udp") => {
            let (from, to) = range.split_once('-')?;
            format!("{} in {{{from}..{to}}}", field(protocol, "port"))
        }
        ["host", mac] if protocol == "ether" => format!("{} == {mac}", field("eth", "addr")),
        ["host" | "net", value] => format!("{} == {value}", field(network(value), "addr")),
        [value] if !side.is_empty() => format!("{} == {value}", field(network(value), "addr")),
        ["greater", len] => format!("frame.len >= {len}"),
        ["less", len] => format!("frame.len <= {len}"),
        [] if side.is_empty() => match protocol {
            "ip6" => "ipv6".to_owned(),
            "ether" => "eth".to_owned(),
            protocol => protocol.to_owned(),
        },
        [word @ ("icmp" | "arp" | "rarp" | "vlan" | "igmp")] => (*word).to_owned(),
        ["icmp6"] => "icmpv6".to_owned(),
        _ => return None,
    })
}
