//! What a connection's time went into, in words: the closing lines of its timeline.

use std::fmt::Write as _;

use super::flows::thousands;
use super::style::Glyphs;
use super::value::span;
use crate::flow::key::Side;
use crate::flow::table::Flow;
use crate::flow::tcp::time::{Course, Limit, Phase, Timing, Vantage};
use crate::trust;

/// New segments from which on a direction is a transfer whose window means something.
const TRANSFER: u32 = 10;
/// The same for what limited it.
const LIMITED: u32 = 3;
/// Samples from which on round trips are a distribution.
const SAMPLES: u32 = 3;
/// A transfer shorter than this, in ns, was limited by nothing that matters.
const SHORT: i64 = 1_000_000;
/// Phases that are listed; further ones are counted.
const PHASES: usize = 6;

/// The same without zeros at its end: what is not known to a thousandth.
fn brief(nanos: i64) -> String {
    let text = span(nanos);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

/// The lines with their labels.
pub(super) fn lines(flow: &Flow, glyphs: &Glyphs) -> Vec<(&'static str, String)> {
    let Some(timing) = flow.tcp.timing() else { return Vec::new() };
    let mut lines = vec![("Time", time(flow, timing, glyphs))];
    let client = flow.tcp.client();
    let ends = [("client", client), ("server", client.other())];
    let courses = || {
        let course = |(who, side)| timing.course(side).map(|course| (who, side, course));
        ends.into_iter().filter_map(course)
    };
    lines.extend(courses().filter_map(|(who, _, course)| loss(who, course)).map(|text| ("Loss", text)));
    lines.extend(seen(flow, timing).map(|text| ("Seen", text)));
    for (who, side, course) in courses() {
        // Beside the receiver this is only the time that its host takes.
        if flow.tcp.vantage(side) != Some(Vantage::Far) {
            lines.extend(round_trips(who, course).map(|text| ("RTT", text)));
        }
    }
    lines.extend(courses().filter_map(|(who, _, course)| limited(who, course)).map(|text| ("Limited", text)));
    for (who, side, course) in courses() {
        lines.extend(window(flow, who, side, course, glyphs).map(|text| ("Window", text)));
    }
    for (who, _, course) in courses() {
        let other = if who == "client" { "server" } else { "client" };
        lines.extend(acks(other, who, course).map(|text| ("ACKs", text)));
    }
    lines
}

fn time(flow: &Flow, timing: &Timing, glyphs: &Glyphs) -> String {
    let account = timing.account();
    let (first, last) = flow.tcp.times();
    let all = last.nanos_since(first);
    let parts = [
        ("handshake", account.handshake, 0),
        ("request", account.request, 0),
        ("waiting", account.waiting, account.server),
        ("transfer", account.transfer, 0),
        ("recovery", account.recovery, 0),
        ("closed window", account.closed_window, 0),
        ("idle", account.idle, 0),
        ("close", account.close, 0),
    ];
    let mut text = String::with_capacity(128);
    for (name, nanos, server) in parts.into_iter().filter(|row| row.1 > 0 && row.1 >= all / 1_000) {
        let _ = write!(text, "{name} {}", span(nanos));
        if server > 0 {
            let _ = write!(text, ", of it server {}", span(server));
        }
        let _ = write!(text, " {} ", glyphs.note);
    }
    let _ = write!(text, "in all {}", span(all));
    text
}

fn loss(who: &str, course: &Course) -> Option<String> {
    let (again, needless) = (course.again(), course.needless());
    if again.segments == 0 {
        return None;
    }
    let (timeouts, probes) = course.timers();
    let episodes = course.growth().episodes();
    let copies = count(again.segments, "segment", "segments");
    let mut text = format!("{who}: {copies} again, {} bytes", thousands(again.bytes));
    if again.segments == needless.segments {
        text.push_str(", not needed");
    } else if needless.segments > 0 {
        text.push_str(&format!(", {} of them not needed", needless.segments));
    }
    let (lost, sent) = course.loss();
    if lost > 0 {
        text.push_str(&format!("; {} of what it sent was lost", percent(lost, sent, " ")));
    }
    let how: Vec<String> = [
        (episodes.recoveries, "fast recovery", "fast recoveries"),
        (probes, "loss probe", "loss probes"),
        (timeouts, "timeout", "timeouts"),
    ]
    .into_iter()
    .filter(|row| row.0 > 0)
    .map(|(number, one, many)| count(number, one, many))
    .chain((timeouts == 0).then(|| "no timeout".to_owned()))
    .collect();
    Some(format!("{text}; {}", how.join(", ")))
}

fn seen(flow: &Flow, timing: &Timing) -> Option<String> {
    let client = flow.tcp.client();
    let to_client = flow.tcp.half(client).round_trip()?;
    let to_server = flow.tcp.half(client.other()).round_trip()?;
    let place = match trust::Vantage::of(flow) {
        Some(trust::Vantage::Client) => "at the client: ",
        Some(trust::Vantage::Server) => "at the server: ",
        Some(trust::Vantage::Between) => "between the two: ",
        None => "",
    };
    let opening = timing.opening();
    let initial = opening.round_trip().map(|rtt| {
        let at_least = if opening.is_at_least() { "at most " } else { "" };
        format!("; {at_least}{} in the handshake", span(rtt))
    });
    Some(format!(
        "{place}smallest round trip {} to the server, {} to the client{}",
        span(to_server),
        span(to_client),
        initial.unwrap_or_default(),
    ))
}

fn round_trips(who: &str, course: &Course) -> Option<String> {
    let rtt = course.rtt();
    let (least, median, most) = (rtt.least()?, rtt.at(50)?, rtt.greatest()?);
    if rtt.count() < SAMPLES {
        return None;
    }
    Some(format!(
        "of the {who}'s data from here: {} to {}, half within {}, 95 % within {}; {} samples",
        span(least),
        span(most),
        brief(median),
        brief(rtt.at(95)?),
        thousands(rtt.count().into()),
    ))
}

fn limited(who: &str, course: &Course) -> Option<String> {
    if course.segments() < LIMITED || course.transfer() < SHORT {
        return None;
    }
    let shares = course.limits()?.shares();
    let all = shares.iter().fold(0_i64, |all, &share| all.saturating_add(share));
    let mut rows: Vec<_> = Limit::ALL.into_iter().zip(shares).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.1));
    let parts: Vec<String> = rows
        .into_iter()
        .filter_map(|(limit, share)| {
            let told = share > 0 && share >= all / 100;
            told.then(|| {
                format!("{} {}", words(limit), percent(share.unsigned_abs(), all.unsigned_abs(), " "))
            })
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{who}: {}; of {}", parts.join(", "), span(all)))
}

/// What limits, as people say it.
fn words(limit: Limit) -> &'static str {
    match limit {
        Limit::ZeroWindow => "closed window",
        Limit::ReceiverWindow => "receiver's window",
        Limit::Loss => "loss",
        Limit::Idle => "program (idle)",
        Limit::Busy => "program (no more to send)",
        Limit::CongestionWindow => "congestion window or path",
        Limit::Unknown => "unknown",
    }
}

fn window(flow: &Flow, who: &str, side: Side, course: &Course, glyphs: &Glyphs) -> Option<String> {
    // Where the sender stands is not known without this, and so not what was out as it saw it.
    flow.tcp.half(side).round_trip()?;
    if course.segments() < TRANSFER {
        return None;
    }
    let growth = course.growth();
    if !growth.is_visible() {
        return None;
    }
    let mut text = format!("{who}, estimated from bytes in flight: {} at most", thousands(growth.greatest()));
    if let Some(initial) = growth.initial() {
        text.push_str(&format!(", {} before the first ACK", thousands(initial)));
    }
    let spans = growth.spans();
    let mut phases: Vec<String> =
        spans.iter().take(PHASES).map(|span| span.phase.name().replace('-', " ")).collect();
    let more = spans.len().saturating_sub(PHASES) + growth.spans_lost() as usize;
    if more > 0 {
        phases.push(format!("{more} more"));
    }
    if !phases.is_empty() {
        text.push_str(&format!("; {}", phases.join(&format!(" {} ", glyphs.right))));
    }
    if let Some(threshold) = growth.threshold() {
        text.push_str(&format!("; slow start threshold about {}", thousands(threshold)));
    }
    if let Some(kept) = growth.kept() {
        text.push_str(&format!("; {} kept after a loss", percent(kept, 1_000, " ")));
    }
    let undone = growth.episodes().undone;
    if undone > 0 {
        text.push_str(&format!("; {} for nothing", count(undone, "repair", "repairs")));
    }
    Some(text)
}

fn acks(who: &str, sender: &str, course: &Course) -> Option<String> {
    let acks = course.acks();
    if acks.delayed == 0 {
        return None;
    }
    let usual = acks.usual().map(|usual| format!(", mostly {}", span(usual))).unwrap_or_default();
    let mut text = format!(
        "the {who} delayed {} of {}, up to {}{usual}",
        acks.delayed,
        thousands(acks.advancing.into()),
        span(acks.longest)
    );
    if acks.stalls > 0 {
        text.push_str(&format!(
            "; the {sender} waited for one with a small segment {}, {} in all (Nagle)",
            count(acks.stalls, "time", "times"),
            span(acks.stalled)
        ));
    }
    Some(text)
}

fn count(number: u32, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number.into()), if number == 1 { one } else { many })
}

/// `part` of `whole` in per cent, the sign behind `gap`; nothing of nothing is 0.
pub(super) fn percent(part: u64, whole: u64, gap: &str) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole.max(1)));
    let rounded = |scale: u128| (part * scale * 2 + whole) / (whole * 2);
    match rounded(1_000) {
        0 => format!("0{gap}%"),
        tenths @ 1..100 => format!("{}.{}{gap}%", tenths / 10, tenths % 10),
        _ => format!("{}{gap}%", rounded(100)),
    }
}

/// The phase of `side` at `now`, in ns, if the timeline's list has it.
pub(super) fn phase(flow: &Flow, side: Side, now: i64) -> Option<Phase> {
    let spans = flow.tcp.timing()?.course(side)?.growth().spans();
    spans.iter().rev().find(|span| span.since <= now).map(|span| span.phase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_once() {
        for (part, whole, shown) in [
            (5_792, 104_288, "5.6 %"),
            (8, 92, "8.7 %"),
            (9_995, 100_000, "10 %"),
            (9_864, 29_864, "33 %"),
            (4_446, 10_000, "44 %"),
            (7, 16, "44 %"),
            (1, 3_000, "0 %"),
            (0, 0, "0 %"),
            (u64::MAX, u64::MAX, "100 %"),
        ] {
            assert_eq!(percent(part, whole, " "), shown);
        }
    }

    #[test]
    fn zeros_that_say_nothing_are_left_out() {
        let shown = [24_200_000, 20_000_000, 29_479_000, 0, 850].map(brief);
        assert_eq!(shown, ["24.2 ms", "20 ms", "29.479 ms", "0 s", "850 ns"]);
    }
}
