//! Help and version: on standard output, with exit code 0, and as recorded in `tests/golden/`.

use super::common::{golden, run};

#[test]
fn help_texts_are_as_recorded() {
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help.read", &["read", "--help"]),
        ("help.live", &["live", "--help"]),
        ("help.fields", &["fields", "--help"]),
        ("help.protocols", &["protocols", "--help"]),
        ("help.interfaces", &["interfaces", "--help"]),
        ("help.explain", &["explain", "--help"]),
        ("help.doctor", &["doctor", "--help"]),
    ] {
        let ran = run(args);
        ran.expect(0);
        assert!(ran.err.is_empty(), "{}", ran.err());
        golden::compare(name, args, &ran);
    }
}

#[test]
fn every_way_to_ask_for_help_works() {
    let long = run(["--help"]);
    assert_eq!(run(["help"]).expect(0).out, long.out);
    assert_eq!(
        run(["read", "-h"]).expect(0).out().lines().next(),
        run(["help", "read"]).out().lines().next()
    );
    let version = run(["--version"]);
    assert_eq!(version.expect(0).out(), concat!("netdissect ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn exit_codes_are_told() {
    let text = run(["--help"]).out();
    for words in ["0 done", "1 failed", "2 usage", "3 input damaged", "4 output cut", "5 source lost", "70 "]
    {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }
}
