//! `--dissector`: a protocol that a text file declares.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::run;

fn declaration() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme.toml")).unwrap()
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

fn with<'a>(file: &'a Path, args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--dissector", file.to_str().unwrap()]].concat()
}

#[test]
fn messages_come_from_datagrams_and_out_of_a_stream() {
    let file = written("acme.toml", &declaration());
    let rows =
        ["-T", "fields", "-e", "frame.number", "-e", "acme.type", "-e", "acme.text", "-e", "acme.length"];
    let ran = run(with(&file, &[["read", "acme.pcap", "-Y", "acme"].as_slice(), &rows].concat()));
    assert_eq!(ran.out(), "1\t1\tsonda\t5\n2\t2\t12.5\t4\n8\t1,2\tsonda,12.5\t5,4\n", "{}", ran.err());
    for (args, shown) in [
        (["read", "acme.pcap"].as_slice(), "reading 12.5"),
        (&["read", "acme.pcap", "-V"], "hello (1)"),
        (&["read", "acme.pcap", "-2", "-T", "jsonl"], r#""acme.text":"sonda""#),
        (&["read", "acme.pcap", "-Y", r#"acme.text matches "^s" && acme.version == 1"#], "hello sonda"),
        (&["fields", "acme"], "acme.length"),
        (&["protocols"], "ACME sensor telemetry"),
        (&["explain", "acme.text"], "acme.text"),
    ] {
        let ran = run(with(&file, args));
        assert!(ran.out().contains(shown) && ran.code == Some(0), "{args:?}: {}{}", ran.out(), ran.err());
    }
}

#[test]
fn bits_byte_order_payload_and_what_is_left() {
    let text = r#"
name = "tiny"
keys = ["udp.port==7788"]
byte-order = "little"
info = "{low} of {word}"
payload = { table = "ethertype", field = "kind" }
[[field]]
name = "word"
type = "u16"
hex = true
[[field]]
name = "low"
type = "bits"
of = "word"
mask = 0x00ff
[[field]]
name = "odd"
type = "bool"
of = "word"
mask = 1
[[field]]
name = "kind"
type = "u16"
byte-order = "big"
"#;
    let rows = [
        "-T",
        "fields",
        "-e",
        "tiny.word",
        "-e",
        "tiny.low",
        "-e",
        "tiny.odd",
        "-e",
        "tiny.kind",
        "-e",
        "data.data",
    ];
    let file = written("tiny.toml", text);
    let ran = run(with(&file, &[["read", "acme.pcap", "-c", "1"].as_slice(), &rows].concat()));
    // 01 01 00 05 "sonda"
    assert_eq!(ran.out(), "0x0101\t1\t1\t5\t736f6e6461\n", "{}", ran.err());
    let rest = text.replace("payload = { table = \"ethertype\", field = \"kind\" }\n", "")
        + "[[field]]\nname = \"rest\"\ntype = \"bytes\"\nsize = \"rest\"\n";
    let file = written("rest.toml", &rest);
    let rows = ["-T", "fields", "-e", "tiny.rest"];
    let ran = run(with(&file, &[["read", "acme.pcap", "-c", "1"].as_slice(), &rows].concat()));
    assert_eq!(ran.out(), "736f6e6461\n", "{}", ran.err());
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let good = declaration();
    for (from, to, line, words) in [
        ("type  = \"u16\"", "type  = \"u17\"", 22, "no type is called u17"),
        ("size = \"length\"", "size = \"longth\"", 27, "longth is no earlier field"),
        ("udp.port==7788", "udp.prot==7788", 6, "no table is called udp.prot"),
        ("udp.port==7788", "udp.port", 6, "keys look like"),
        ("info  = \"{type} {text}\"", "info  = \"{tpye}\"", 7, "no field is called tpye"),
        ("name  = \"acme\"", "name  = \"tcp\"", 3, "already a protocol called tcp"),
        ("plus = 4", "plus = 400000", 10, "at most 64 KiB"),
        ("title = \"ACME\"", "title = \"\\u001b[2J\"", 3, "control characters"),
        ("title = \"ACME\"", "titel = \"ACME\"", 4, "unknown field"),
        ("title = \"ACME\"", "title = ", 4, ""),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from} is not in the example");
        let file = written("wrong.toml", &text);
        let ran = run(with(&file, &["read", "acme.pcap"]));
        let err = ran.err();
        assert_eq!(ran.code, Some(2), "{to}: {err}");
        assert!(ran.out.is_empty());
        assert!(err.contains("wrong.toml: line ") && err.contains(words), "{to}: {err}");
        assert!(err.contains(&format!("line {line}: ")), "{to}: not line {line}: {err}");
    }
    let ran = run(["read", "acme.pcap", "--dissector", "nowhere.toml"]);
    assert!(ran.code == Some(2) && ran.err().contains("nowhere.toml: "), "{}", ran.err());
    // Without a length, what is left of a stream has no end.
    let endless = good
        .replace("length = { field = \"length\", plus = 4 }", "")
        .replace("size = \"length\"", "size = \"rest\"");
    let file = written("endless.toml", &endless);
    let ran = run(with(&file, &["read", "acme.pcap"]));
    assert!(ran.code == Some(2) && ran.err().contains("add [length]"), "{}", ran.err());
}
