//! What a terminal would get: colour, width, marks.

use std::ffi::OsStr;

use super::common::{Ran, finish, netdissect, run, sample_names};

const MODES: [&[&str]; 8] = [
    &[],
    &["-V"],
    &["--follow-tcp", "--explain"],
    &["--follow-tcp", "--plot"],
    &["--flows"],
    &["--expert"],
    &["--protocols"],
    &["--summary"],
];

fn with_environment(args: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = netdissect(args);
    command.envs(environment.iter().map(|&(name, value)| (OsStr::new(name), OsStr::new(value))));
    let ran = finish(command);
    ran.expect(0);
    ran
}

fn has_colour(ran: &Ran) -> bool {
    ran.out.contains(&0x1b)
}

/// Escape sequences taken out.
fn stripped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        let end = behind.find('m').expect("only colours");
        assert!(behind[..end].starts_with('['), "only colours: {:?}", &behind[..end]);
        rest = &behind[end + 1..];
    }
    plain + rest
}

#[test]
fn colour_follows_the_flag_then_the_environment() {
    for mode in MODES {
        let args = |more: &[&'static str]| -> Vec<&str> {
            ["read", "tcp_reset.pcap"]
                .into_iter()
                .chain(mode.iter().copied())
                .chain(more.iter().copied())
                .collect()
        };
        let colour = |more: &[&'static str], environment: &[(&str, &str)]| {
            has_colour(&with_environment(&args(more), environment))
        };
        let (no, force) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"));
        assert!(!colour(&[], &[]), "{mode:?}: a pipe has no colour");
        assert!(!colour(&["--color", "auto"], &[]), "{mode:?}");
        assert!(colour(&["--color", "always"], &[]), "{mode:?}");
        assert!(!colour(&["--color", "never"], &[force]), "{mode:?}");
        assert!(colour(&[], &[force]), "{mode:?}");
        assert!(!colour(&[], &[no, force]), "{mode:?}: NO_COLOR wins");
        assert!(colour(&[], &[("NO_COLOR", ""), force]), "{mode:?}: an empty NO_COLOR is none");
        assert!(colour(&["--color", "always"], &[no]), "{mode:?}: the flag wins");
        assert!(!colour(&[], &[("CLICOLOR_FORCE", "0")]), "{mode:?}: 0 does not force");
    }
}

#[test]
fn colour_says_nothing_that_words_do_not() {
    for file in ["tcp_reset.pcap", "malformed.pcap", "http_get.pcap", "tcp_overlap.pcap"] {
        for mode in MODES {
            let plain = run([&["read", file][..], mode].concat());
            let colour = run([&["read", file, "--color", "always"][..], mode].concat());
            assert_eq!(stripped(&colour.out()), plain.out(), "{file} {mode:?}");
        }
    }
}

#[test]
fn records_have_no_colour_even_where_it_is_forced() {
    for format in ["jsonl", "json"] {
        let ran = run(["read", "tcp_reset.pcap", "-T", format, "--color", "always"]);
        assert!(!has_colour(ran.expect(0)), "{format}");
    }
    let ran = run(["read", "tcp_reset.pcap", "-T", "tsv", "-e", "_ws.col.info", "--color", "always"]);
    assert!(!has_colour(ran.expect(0)));
}

#[test]
fn ascii_marks_where_asked_for_or_needed() {
    let mut unicode = 0;
    for file in ["http_get.pcap", "malformed.pcap", "tcp_loss_fast_receiver.pcap", "fragments_odd.pcap"] {
        for mode in MODES {
            let usual = run([&["read", file][..], mode].concat());
            let ascii = run([&["read", file, "--ascii"][..], mode].concat());
            let locale =
                with_environment(&[&["read", file][..], mode].concat(), &[("LANG", "C"), ("LC_ALL", "C")]);
            assert!(ascii.out.is_ascii(), "{file} {mode:?}");
            assert_eq!(locale.out(), ascii.out(), "{file} {mode:?}: a locale without UTF-8");
            assert_eq!(usual.out().lines().count(), ascii.out().lines().count(), "{file} {mode:?}");
            unicode += usize::from(!usual.out.is_ascii());
        }
    }
    assert!(unicode > 0, "the marks are never anything but ASCII");
}

/// All characters of the samples' output are one column wide.
fn widest(text: &str) -> (usize, &str) {
    text.lines().map(|line| (line.chars().count(), line)).max_by_key(|row| row.0).unwrap_or_default()
}

#[test]
fn lines_fit_the_width() {
    let mut wrong = Vec::new();
    for width in [80, 100, 120] {
        for mode in MODES {
            let mut columns = 0;
            for file in sample_names() {
                let out =
                    run([&["read", &file, "--width", &width.to_string()][..], mode].concat()).expect(0).out();
                let (widest, line) = widest(&out);
                columns = columns.max(widest);
                if widest > width {
                    wrong.push(format!("{file} {mode:?}: {widest} columns, not {width}: {line}"));
                }
            }
            assert!(columns > width / 2, "{mode:?}: nothing is wide");
        }
    }
    assert!(wrong.is_empty(), "{} are too wide:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_list_in_a_pipe_is_not_cut() {
    let whole = run(["read", "http_get.pcap"]).out();
    assert!(whole.contains("TSval=") && widest(&whole).0 > 120, "{whole}");
    let narrow = run(["read", "http_get.pcap", "--width", "80"]).out();
    assert!(!narrow.contains("TSecr="), "{narrow}");
}

#[test]
fn tables_in_a_pipe_have_100_columns() {
    for mode in [&["--flows"][..]] {
        for file in sample_names() {
            let out = run([&["read", &file][..], mode].concat()).expect(0).out();
            let (columns, line) = widest(&out);
            assert!(columns <= 100, "{file} {mode:?}: {columns} columns: {line}");
        }
    }
}
