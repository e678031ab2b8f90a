//! Commands that list what the program knows: interfaces, fields, protocols; and how to be allowed to capture.

use std::io::{self, Write as _};

use netdissect_dissectors::dissector::Dissector;
use netdissect_dissectors::field::{Base, Field, Kind};
use netdissect_dissectors::registry::Registry;

use super::{code, tell};
use crate::capture::live::{self, Interface};
use crate::cli::{Fields, Protocols};
use crate::render::style::Escaped;

/// `netdissect interfaces`.
pub(super) fn interfaces() -> anyhow::Result<u8> {
    let mut out = io::stdout().lock();
    let interfaces = live::interfaces()?;
    for each in &interfaces {
        interface(&mut out, each)?;
    }
    out.flush()?;
    if interfaces.iter().any(lacks_permission) {
        tell(&format!("to capture as this user: {}", grant()));
    }
    Ok(code::DONE)
}

/// Name, state, addresses, link types and whether it can be captured on, in a line.
pub(super) fn interface(out: &mut dyn io::Write, interface: &Interface) -> io::Result<()> {
    let links: Vec<String> = interface.links.iter().map(ToString::to_string).collect();
    let links = if links.is_empty() { String::new() } else { format!("  {}", links.join(", ")) };
    let capture = match &interface.obstacle {
        None => "can capture: yes".to_owned(),
        Some(why) => format!("can capture: no, because {}", Escaped::text(why.as_bytes())),
    };
    writeln!(out, "{interface}{links}  {capture}")
}

/// Whether only the right to capture is missing.
pub(super) fn lacks_permission(interface: &Interface) -> bool {
    interface.obstacle.as_ref().is_some_and(|why| why.contains("CAP_NET_RAW"))
}

/// The command that grants this program the right to capture.
pub(super) fn grant() -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| "netdissect".into());
    format!(
        "sudo setcap cap_net_raw=ep {}",
        quoted(&Escaped::text(program.as_os_str().as_encoded_bytes()).to_string())
    )
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// `netdissect fields`.
pub(super) fn fields(args: &Fields, registry: &Registry) -> anyhow::Result<u8> {
    let pattern = args.pattern.as_deref().unwrap_or_default();
    let mut out = io::BufWriter::new(io::stdout().lock());
    for row in rows(registry, |name| name.contains(pattern)) {
        if args.names {
            writeln!(out, "{}", row.abbrev)?;
        } else {
            field(&mut out, row)?;
        }
    }
    out.flush()?;
    Ok(code::DONE)
}

/// The fields whose name passes, by name, each name once.
pub(super) fn rows(registry: &Registry, passes: impl Fn(&str) -> bool) -> Vec<&'static Field> {
    let mut rows: Vec<&'static Field> = registry.fields().filter(|row| passes(row.abbrev)).collect();
    rows.sort_by_key(|row| row.abbrev);
    rows.dedup_by_key(|row| row.abbrev);
    rows
}

/// Name, type and meaning of a field, and a display filter as an example of its use.
pub(super) fn field(out: &mut dyn io::Write, row: &Field) -> io::Result<()> {
    writeln!(out, "{:<44} {:<15} {:<38} {}", row.abbrev, type_of(row), row.label, example(row))
}

/// A display filter that tries the field.
fn example(row: &Field) -> String {
    let name = row.abbrev;
    let number = |number: u64, bits: u8| match row.base {
        Base::Hex => format!("0x{number:0width$x}", width = usize::from(bits) / 4),
        _ => number.to_string(),
    };
    match row.kind {
        Kind::Flag | Kind::Group => name.to_owned(),
        Kind::Bool => format!("{name} == 1"),
        Kind::Uint(bits) => match row.names.first() {
            Some((value, _)) => format!("{name} == {}", number(*value, bits)),
            None if row.base == Base::Hex => format!("{name} == {}", number(1, bits)),
            None => format!("{name} > 1"),
        },
        Kind::Int(_) => format!("{name} > -1"),
        Kind::Frame => format!("{name} == 1"),
        Kind::Bytes => format!("{name} contains 0d:0a"),
        Kind::Text => format!("{name} contains \"a\""),
        Kind::Name => format!("{name} == \"example.net\""),
        Kind::Ipv4 => format!("{name} == 192.0.2.0/24"),
        Kind::Ipv6 => format!("{name} == 2001:db8::/32"),
        Kind::Mac => format!("{name}[0:3] == 02:00:00"),
        Kind::Time | Kind::Epoch => format!("{name} > \"2026-01-01 00:00:00\""),
        Kind::Duration => format!("{name} > 0.5"),
        Kind::Float(_) => format!("{name} > 1.5"),
        Kind::Oid => format!("{name} == 1.3.6.1"),
    }
}

/// `netdissect protocols`.
pub(super) fn protocols(args: &Protocols, registry: &Registry) -> anyhow::Result<u8> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for dissector in registry.dissectors() {
        let protocol = dissector.protocol();
        if args.names {
            writeln!(out, "{}", protocol.name)?;
            continue;
        }
        self::protocol(&mut out, registry, dissector)?;
    }
    out.flush()?;
    Ok(code::DONE)
}

/// What a protocol is, and how traffic reaches it.
pub(super) fn protocol(
    out: &mut dyn io::Write,
    registry: &Registry,
    dissector: &'static dyn Dissector,
) -> io::Result<()> {
    let mut keys: Vec<String> = Vec::new();
    for key in registry.keys_of(dissector) {
        keys.push(if key.value == u32::MAX {
            format!("{} by its looks", key.table.name)
        } else {
            format!("{} {}", key.table.name, key.value)
        });
    }
    let protocol = dissector.protocol();
    writeln!(out, "{:<16} {}", protocol.name, protocol.about)?;
    if !keys.is_empty() {
        writeln!(out, "{:<16}   {}", "", keys.join(", "))?;
    }
    Ok(())
}

/// The type of a field in a word or two.
fn type_of(field: &Field) -> String {
    match field.kind {
        Kind::Flag => "present".into(),
        Kind::Bool => "boolean".into(),
        Kind::Uint(bits) => format!("unsigned {bits}{}", if field.base == Base::Hex { " hex" } else { "" }),
        Kind::Int(bits) => format!("signed {bits}"),
        Kind::Bytes => "bytes".into(),
        Kind::Text => "text".into(),
        Kind::Name => "domain name".into(),
        Kind::Ipv4 => "IPv4 address".into(),
        Kind::Ipv6 => "IPv6 address".into(),
        Kind::Mac => "MAC address".into(),
        Kind::Time | Kind::Epoch => "time".into(),
        Kind::Duration => "time span".into(),
        Kind::Float(bits) => format!("float {bits}"),
        Kind::Oid => "OID".into(),
        Kind::Frame => "frame number".into(),
        Kind::Group => "group".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    #[test]
    fn every_example_is_a_filter() {
        let registry = Registry::builtin();
        for row in rows(&registry, |_| true) {
            let example = example(row);
            assert!(example.starts_with(row.abbrev));
            Filter::new(&registry, &example).map(|_| ()).unwrap_or_else(|why| panic!("{example}: {why}"));
        }
    }
}
