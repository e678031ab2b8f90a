//! Messages in streams are read where somebody looks at what depends on them, and what does not is the same without.

use netdissect_dissectors::registry::Registry;

use super::common::{run, sample_names};

/// Protocols that no stream carries.
const BELOW: [&str; 12] =
    ["frame", "eth", "vlan", "sll", "arp", "ip", "ipv6", "icmp", "icmpv6", "gre", "tcp", "udp"];

/// Every sample one after the other.
fn all(args: &[String]) -> String {
    let ran = run(["read".to_owned()].into_iter().chain(args.iter().cloned()).chain(sample_names()));
    assert!(!ran.out.is_empty(), "{args:?}: {}", ran.err());
    ran.out()
}

fn words(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| (*arg).to_owned()).collect()
}

#[test]
fn fields_below_messages_do_not_depend_on_them() {
    let registry = Registry::builtin();
    let below = registry.dissectors().filter(|dissector| BELOW.contains(&dissector.protocol().name));
    let names = below.flat_map(|dissector| dissector.protocol().fields).filter(|field| !field.above);
    let mut args = vec!["-T".to_owned(), "tsv".to_owned()];
    args.extend(names.flat_map(|field| ["-e".to_owned(), field.abbrev.to_owned()]));
    assert!(args.len() > 300, "{}", args.len());
    let without = all(&args);
    args.extend(["-e".to_owned(), "_ws.col.info".to_owned()]);
    let with = all(&args);
    assert_eq!(without.lines().count(), with.lines().count());
    for (row, longer) in without.lines().zip(with.lines()) {
        let (same, _info) = longer.rsplit_once('\t').unwrap();
        assert_eq!(row, same);
    }
}

#[test]
fn the_table_of_flows_does_not_depend_on_messages() {
    assert_eq!(all(&words(&["--flows"])), all(&words(&["--flows", "-Y", "frame.protocols"])));
}

#[test]
fn a_filter_of_messages_has_them_read() {
    let fields = ["-T", "tsv", "-E", "header=n", "-e", "frame.number"];
    let http = all(&words(&[&fields[..], &["-Y", "http.request"]].concat()));
    let shown = all(&words(&[&fields[..], &["-e", "http.request.method", "-Y", "http.request"]].concat()));
    let numbers =
        |text: &str| text.lines().map(|row| row.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(numbers(&http), numbers(&shown));
}
