//! `netdissect explain`: pages, fields and protocols by name.

use std::io::{self, IsTerminal as _, Write as _};

use netdissect_dissectors::registry::Registry;

use super::{code, lists, terminal_columns};
use crate::cli::Explain;
use crate::explain::{self, Group, Page};
use crate::render::select::nearest;
use crate::render::style::{ColorChoice, Escaped, Role, Style, wrap};
use crate::show::ShowError;

/// Text is not wider than this, however wide the terminal is: long lines are hard to read.
const WIDEST: usize = 100;

/// `netdissect explain`.
pub(super) fn explain(args: &Explain, registry: &Registry) -> anyhow::Result<u8> {
    let terminal = io::stdout().is_terminal();
    let style = Style::detect(ColorChoice::Auto, terminal, |name| std::env::var_os(name));
    let width = if terminal { terminal_columns().clamp(40, WIDEST) } else { WIDEST };
    let mut out = Vec::new();
    let name = args.topic.join(" ");
    if name.is_empty() {
        topics(&mut out, style, width);
    } else {
        about(&mut out, &name, registry, style, width)?;
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(&out)?;
    stdout.flush()?;
    Ok(code::DONE)
}

/// Everything that has a page.
fn topics(out: &mut Vec<u8>, style: Style, width: usize) {
    for group in Group::ALL {
        let ids: Vec<&str> =
            explain::pages().iter().filter(|page| page.group == group).map(Page::id).collect();
        heading(out, style, heading_of(group));
        indented(out, &ids.join("  "), width);
        out.push(b'\n');
    }
    wrap(out, "", "A field or a protocol can be given too: netdissect explain ip.flags.df", width);
}

const fn heading_of(group: Group) -> &'static str {
    match group {
        Group::State => "States of an end",
        Group::Event => "Events: what a segment is",
        Group::Cause => "Causes: why it was sent again",
        Group::Proof => "Proofs that this was needless",
        Group::Evidence => "Evidence: how a verdict is known",
        Group::Verdict => "Verdicts on a connection",
        Group::Fragment => "Pieces of datagrams",
        Group::Finding => "Findings of --expert",
        Group::Mechanism => "Mechanisms",
    }
}

/// Pages, fields and protocols that are called `name`.
fn about(
    out: &mut Vec<u8>,
    name: &str,
    registry: &Registry,
    style: Style,
    width: usize,
) -> anyhow::Result<()> {
    for page in explain::find(name) {
        part(out);
        show(out, page, style, width);
    }
    let is_called = |other: &str| other.eq_ignore_ascii_case(name);
    for row in lists::rows(registry, is_called) {
        part(out);
        lists::field(out, row)?;
    }
    for dissector in registry.dissectors().filter(|dissector| is_called(dissector.protocol().name)) {
        part(out);
        lists::protocol(out, registry, dissector)?;
    }
    if !out.is_empty() {
        return Ok(());
    }
    let known = explain::names()
        .into_iter()
        .chain(registry.fields().map(|field| field.abbrev))
        .chain(registry.dissectors().map(|dissector| dissector.protocol().name));
    let near = nearest(&name.replace([' ', '_'], "-"), known);
    let mut why = format!("nothing is called {}", Escaped::text(name.as_bytes()));
    if !near.is_empty() {
        why.push_str(&format!("; nearest: {}", near.join(", ")));
    }
    Err(ShowError::Usage(format!("{why}; all of it: netdissect explain")).into())
}

/// An empty line between two parts.
fn part(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b'\n');
    }
}

fn heading(out: &mut Vec<u8>, style: Style, text: &str) {
    style.start(Role::Heading, out);
    out.extend_from_slice(text.as_bytes());
    style.stop(Role::Heading, out);
    out.push(b'\n');
}

fn show(out: &mut Vec<u8>, page: &Page, style: Style, width: usize) {
    heading(out, style, &format!("{} ({})", page.id(), page.group.name()));
    wrap(out, "", &format!("{}.", page.title), width);
    for paragraph in &page.paragraphs {
        out.push(b'\n');
        if paragraph.starts_with("    ") {
            out.extend_from_slice(paragraph.as_bytes());
            out.push(b'\n');
        } else {
            wrap(out, "", &paragraph.replace('\n', " "), width);
        }
    }
    out.push(b'\n');
    wrap(out, "Source", page.source, width);
    wrap(out, "See", &page.see.join(", "), width);
}

/// Words under a heading.
fn indented(out: &mut Vec<u8>, text: &str, width: usize) {
    let mut lines = Vec::new();
    wrap(&mut lines, "", text, width.saturating_sub(2));
    for line in String::from_utf8_lossy(&lines).lines() {
        out.extend_from_slice(b"  ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
}
