//! What one flow has to tell, but for its resets.

use super::words::{between, capital, count, list, small, was};
use super::{Finding, Kind, Number};
use crate::flow::habits::{Habits, Mark};
use crate::flow::key::Side;
use crate::flow::row::{Complaint, Row};
use crate::flow::table::Flow;
use crate::flow::tcp::{Blame, Cause, Closing, Confidence, Evidence, Label, Proofs, Verdict};
use crate::render::value::span;

/// One direction of a flow.
struct View<'a> {
    flow: &'a Flow,
    habits: &'a Habits,
    side: Side,
    who: &'static str,
    peer: &'static str,
}

impl View<'_> {
    /// The rows of this direction with `label`.
    fn rows(&self, label: Label) -> impl Iterator<Item = &Row> {
        let from_client = self.side == self.flow.tcp.client();
        self.flow
            .kept
            .rows
            .iter()
            .filter(move |row| row.from_client == from_client && row.step.labels.has(label))
    }

    /// Tries without an answer after which this end stopped, the first of them, and what was heard last before.
    fn given_up(&self) -> Option<(u8, Mark, Mark)> {
        let (side, tries) = self.flow.tcp.given_up()?;
        // An answer with a wrong checksum is an answer that is not counted.
        let sound = side == self.side && self.flow.tcp.bad_checksums() == 0;
        let unanswered = self.habits.ends[side].unanswered;
        let (since, heard) = unanswered.first.zip(unanswered.heard).filter(|_| sound)?;
        Some((tries, since, heard))
    }

    fn finding(&self, kind: Kind, title: impl Into<String>, rows: &[&Row]) -> Option<Finding> {
        let first = rows.first()?;
        let finding = Finding::of(kind, title, self.flow, first.frame, first.time);
        Some(finding.frames(rows.iter().map(|row| row.frame)))
    }
}

/// Whether `side` stopped because nobody answered any more.
pub(super) fn gave_up(flow: &Flow, side: Side) -> bool {
    let Some(habits) = flow.kept.habits.as_deref() else { return false };
    View { flow, habits, side, who: "", peer: "" }.given_up().is_some()
}

/// Appends the findings of `flow`.
pub(super) fn findings(flow: &Flow, out: &mut Vec<Finding>) {
    let Some(habits) = flow.kept.habits.as_deref() else { return };
    let client = flow.tcp.client();
    for (side, who, peer) in [(client, "client", "server"), (client.other(), "server", "client")] {
        let view = View { flow, habits, side, who, peer };
        out.extend(timed_out(&view));
        out.extend(slow_handshake(&view));
        out.extend(loss(&view));
        out.extend(unrepaired(&view));
        out.extend(spurious(&view));
        out.extend(zero_window(&view));
        out.extend(reordering(&view));
        out.extend(path_mtu(&view));
        out.extend(black_hole(&view));
        out.extend(simple(
            &view,
            Label::Loop,
            Kind::Loop,
            "Frames in a routing loop",
            "the same frames came again with a lower time to live: routers send them to each other until they expire",
        ));
        out.extend(simple(
            &view,
            Label::CongestionMark,
            Kind::CongestionMarks,
            "Congestion on the way",
            "routers marked packets instead of dropping them (ECN): queues on the way are long, nothing is lost",
        ));
        out.extend(simple(
            &view,
            Label::OtherIsn,
            Kind::OtherIsn,
            "Two answers to one SYN",
            "a second SYN, ACK with another number came: two hosts answer, or one has forgotten its first answer. The \
             number that the client acknowledges is taken",
        ));
        out.extend(simple(
            &view,
            Label::DataAfterFin,
            Kind::DataAfterFin,
            "Data after a FIN",
            "payload beyond the sender's own FIN: a broken stack or an injected segment. It is not part of the stream",
        ));
        out.extend(simple(
            &view,
            Label::FastOpenIgnored,
            Kind::FastOpenIgnored,
            "Data in a SYN was ignored",
            "the SYN, ACK does not acknowledge the data that came in the SYN, which has to be sent again (fast open)",
        ));
    }
    out.extend(data_after_reset(flow, habits));
}

/// A label that is a finding by itself.
fn simple(view: &View<'_>, label: Label, kind: Kind, title: &str, text: &str) -> Option<Finding> {
    let rows: Vec<&Row> = view.rows(label).collect();
    let finding = view.finding(kind, title, &rows)?;
    let count = rows.len() as u64;
    Some(
        finding
            .text(format!("From the {}: {text}.", view.who))
            .number("by", Number::Word(view.who))
            .number("segments", Number::Count(count)),
    )
}

fn timed_out(view: &View<'_>) -> Option<Finding> {
    let (attempts, since, heard) = view.given_up()?;
    let (View { flow, who, peer, .. }, end) = (view, &view.habits.ends[view.side]);
    let keep_alives = view.rows(Label::KeepAlive).filter(|row| row.frame >= since.0).count() as u64;
    let last = end.last?;
    let mut text = format!("The {who} sent ");
    if keep_alives > 0 {
        text.push_str(&format!("{} ", count(keep_alives, "keep-alive")));
    } else {
        text.push_str(&format!("the same {} more ", count(attempts.into(), "time")));
    }
    text.push_str(&format!(
        "over {} and got no answer; the {peer} was heard last in No. {}, {} before.",
        between(since, last),
        heard.0,
        between(heard, since),
    ));
    let reset = view.habits.resets.iter().find(|reset| reset.mark.0 > since.0);
    let after = reset.and_then(|reset| {
        let theirs = view.side != flow.tcp.client();
        let later =
            flow.kept.rows.iter().find(|row| row.from_client == theirs && row.frame > reset.mark.0)?;
        Some((reset.mark, (later.frame, later.time)))
    });
    match reset {
        Some(reset) if reset.from == view.side => {
            text.push_str(&format!(" Then it gave up with a reset (No. {}).", reset.mark.0));
        }
        Some(reset) => text.push_str(&format!(" Then a reset came (No. {}).", reset.mark.0)),
        None => text.push_str(" After that nothing more."),
    }
    text.push_str(&match after {
        Some((reset, later)) => format!(
            " {} later the {peer} was heard again (No. {}): the path had failed, not the host.",
            between(reset, later),
            later.0
        ),
        None => {
            " The path or the other host died, or a device between them forgot the connection.".to_owned()
        }
    });
    let title = format!("No more answers from the {peer}");
    let finding = Finding::of(Kind::TimedOut, title, flow, since.0, since.1);
    Some(
        finding
            .text(text)
            .number("by", Number::Word(who))
            .number("attempts", Number::Count(attempts.into()))
            .number("silence", Number::Span(last.1.nanos_since(heard.1))),
    )
}

/// A handshake that took more than its three segments.
fn slow_handshake(view: &View<'_>) -> Option<Finding> {
    let is_attempt = matches!(
        view.flow.tcp.verdict(),
        Verdict::AttemptUnanswered
            | Verdict::AttemptIcmp
            | Verdict::Refused
            | Verdict::HalfOpen
            | Verdict::Backscatter
    );
    let again = |row: &&Row| matches!(row.step.cause, Some(Cause::Syn | Cause::SynAck));
    let rows: Vec<&Row> = view.rows(Label::Retransmission).filter(again).collect();
    let last = rows.last()?;
    if is_attempt {
        return None;
    }
    let (what, label) =
        if last.step.labels.has(Label::SynAck) { ("SYN, ACK", Label::SynAck) } else { ("SYN", Label::Syn) };
    let first = view.rows(label).next()?;
    // Of an answer that was sent again, the first copy may be lost before us: then the SYNs tell all there is.
    let waited = Some(last.time.nanos_since(first.time)).filter(|&waited| waited > 0)?;
    let again = rows.len() as u64;
    let why = match () {
        () if first.step.lost => "the first was lost beyond this capture point",
        () if rows.iter().any(|row| row.step.proofs.has(Proofs::ECHO)) => {
            "the first had arrived, its answer was lost or late"
        }
        () => "it or the answer was lost",
    };
    let finding = view.finding(Kind::SlowHandshake, format!("{what} sent again"), &rows)?;
    Some(
        finding
            .text(format!(
                "The {} sent its {what} {} more: {why}. {} went by between the first and the last.",
                view.who,
                count(again, "time"),
                span(waited)
            ))
            .number("by", Number::Word(view.who))
            .number("segments", Number::Count(again))
            .number("waited", Number::Span(waited)),
    )
}

/// Segments that had to be sent again.
fn loss(view: &View<'_>) -> Option<Finding> {
    let until = view.given_up().map_or(u64::MAX, |(_, since, _)| since.0);
    let lost = |row: &&Row| {
        let is_fin = row.step.labels.has(Label::Fin) && row.step.proofs.is_empty();
        (row.step.repeats.lost() > 0 || is_fin)
            && row.frame < until
            && !matches!(row.step.cause, Some(Cause::FastOpen | Cause::Pmtu | Cause::Syn | Cause::SynAck))
    };
    let rows: Vec<&Row> = view.rows(Label::Retransmission).filter(lost).collect();
    let finding = view.finding(Kind::Loss, format!("Segments of the {} lost", view.who), &rows)?;
    let segments = rows.len() as u64;
    let bytes: u64 = rows.iter().map(|row| u64::from(row.step.repeats.lost())).sum();
    // Of segments that were cut anew, a part may have died here and another there.
    let is_unseen = |row: &&&Row| row.step.labels.has(Label::UnseenOriginal) || row.step.repeats.unseen > 0;
    let before = rows.iter().filter(is_unseen).count() as u64;
    let only_before = rows.iter().all(|row| is_unseen(&row) && row.step.repeats.lost_beyond() == 0);
    let place = match before {
        0 => "beyond this capture point".to_owned(),
        _ if only_before => "before this capture point".to_owned(),
        _ => format!("on both sides of this capture point ({} before it)", count(before, "segment")),
    };
    let mut text = format!("{} {} lost {place} and sent again", amount(segments, bytes), was(segments));
    let ways = mechanisms(&rows);
    if !ways.is_empty() {
        text.push_str(&format!(": {}", list(&ways)));
    }
    text.push('.');
    let repair = view.habits.ends[view.side].repair;
    if repair.count > 0 {
        text.push_str(&format!(
            " Repairing took {} in {}, the waiting included, as seen from here.",
            span(repair.nanos),
            count(repair.count.into(), "episode"),
        ));
    }
    if repair.is_open() {
        text.push_str(" The last repair was not seen to end.");
    }
    let rto = rows.iter().any(|row| matches!(row.step.cause, Some(Cause::Rto)));
    let place = match before {
        0 => "beyond capture point",
        _ if only_before => "before capture point",
        _ => "both",
    };
    Some(
        finding
            .text(text)
            .number("by", Number::Word(view.who))
            .number("segments", Number::Count(segments))
            .number("bytes", Number::Count(bytes))
            .number("where", Number::Word(place))
            .number("recovery", Number::Span(repair.nanos))
            .number("rto", Number::Flag(rto)),
    )
}

/// Bytes that neither passed here nor were acknowledged, nor sent again in time.
fn unrepaired(view: &View<'_>) -> Option<Finding> {
    let rows: Vec<&Row> =
        view.rows(Label::GapBefore).filter(|row| row.step.closing == Some(Closing::Lost)).collect();
    let title = format!("Bytes of the {} still missing at the end", view.who);
    let finding = view.finding(Kind::Loss, title, &rows)?;
    let holes = rows.len() as u64;
    let bytes = rows.iter().fold(0_u64, |bytes, row| bytes.saturating_add(row.step.gap));
    Some(
        finding
            .text(format!(
                "Up to {} in {} did not pass here, were not acknowledged, and were not sent again before the capture \
                 ended: lost before this capture point, their repair was still to come.",
                count(bytes, "byte"),
                count(holes, "hole"),
            ))
            .number("by", Number::Word(view.who))
            .number("holes", Number::Count(holes))
            .number("bytes", Number::Count(bytes))
            .number("where", Number::Word("before capture point")),
    )
}

/// `3 segments, 4,290 bytes,`
fn amount(segments: u64, bytes: u64) -> String {
    if bytes == 0 {
        return count(segments, "FIN");
    }
    format!("{}, {},", count(segments, "segment"), count(bytes, "byte"))
}

/// `2 by fast retransmit`, `1 by its timer`.
fn mechanisms(rows: &[&Row]) -> Vec<String> {
    /// Words and the causes that they stand for.
    type Way = (&'static str, fn(Cause) -> bool);
    let ways: [Way; 4] = [
        ("by fast retransmit or in fast recovery", |cause| cause.class() == Some("fast")),
        ("by a time-out", |cause| matches!(cause, Cause::Rto)),
        ("in the recovery from a time-out", |cause| matches!(cause, Cause::RtoRecovery)),
        ("by a loss probe", |cause| matches!(cause, Cause::Tlp)),
    ];
    ways.into_iter()
        .filter_map(|(words, is)| {
            let number = rows.iter().filter(|row| row.step.cause.is_some_and(is)).count();
            (number > 0).then(|| {
                if number == rows.len() {
                    format!("all {words}")
                } else {
                    format!("{} {words}", small(number))
                }
            })
        })
        .collect()
}

/// Segments that were sent again although they had arrived.
fn spurious(view: &View<'_>) -> Option<Finding> {
    let needless = |row: &&Row| {
        !row.step.proofs.is_empty() && !matches!(row.step.cause, Some(Cause::Syn | Cause::SynAck))
    };
    let rows: Vec<&Row> = view.rows(Label::Retransmission).filter(needless).collect();
    let title = format!("The {} sent again without need", view.who);
    let finding = view.finding(Kind::Spurious, title, &rows)?;
    let segments = rows.len() as u64;
    let bytes: u64 = rows.iter().map(|row| u64::from(row.len)).sum();
    let proven = |words: &[&str]| {
        rows.iter().filter(|row| row.step.proofs.words().any(|word| words.contains(&word))).count()
    };
    let reasons: Vec<String> = [
        (&["acked", "sacked"][..], "acknowledged here before the copy passed"),
        (&["dsack"][..], "reported by the receiver as having arrived twice"),
        (&["eifel", "early", "echo"][..], "answered too soon for the copy to be the cause"),
        (&["late-original"][..], "held up on the way, later than the copy"),
        (&["seen"][..], "seen here, beside the receiver, before"),
        (&["counted"][..], "accounted for by the number of duplicate ACKs"),
    ]
    .into_iter()
    .map(|(words, text)| (proven(words), text))
    .filter(|row| row.0 > 0)
    .map(|(number, text)| format!("{} {text}", small(number)))
    .collect();
    let probes = rows.iter().filter(|row| matches!(row.step.cause, Some(Cause::Tlp))).count();
    let is_known =
        |row: &&Row| row.step.confidence != Confidence::Guess && row.step.cause != Some(Cause::Unspecified);
    let is_fast = |row: &&Row| row.step.cause.is_some_and(|cause| cause.class() == Some("fast"));
    let why = if rows.iter().all(|row| row.step.blame == Some(Blame::AckLost)) {
        "The answers were lost beyond this point, not the data."
    } else if probes == rows.len() {
        "A loss probe is sent early on purpose; this is its price."
    } else if view.rows(Label::OutOfOrder).next().is_some() {
        "The network changed the order of segments, which looked like loss."
    } else if !rows.iter().any(is_known) {
        "What made the sender repeat them is not seen here."
    } else if rows.iter().all(is_fast) {
        "Segments were held up or overtaken beyond this point, which looked like loss; no timer ran out."
    } else {
        "The sender's timer was too short for this path, or acknowledgments were lost or late."
    };
    let text = format!("{} had arrived before: {}. {why}", amount(segments, bytes), list(&reasons));
    Some(
        finding
            .text(text)
            .number("by", Number::Word(view.who))
            .number("segments", Number::Count(segments))
            .number("bytes", Number::Count(bytes)),
    )
}

/// Times in which this end had no room.
fn zero_window(view: &View<'_>) -> Option<Finding> {
    let from_client = view.side == view.flow.tcp.client();
    let (mut closed, mut longest, mut total, mut times) = (None, 0, 0, 0_u64);
    let mut rows = Vec::new();
    let mut probes = 0_u64;
    for row in &view.flow.kept.rows {
        if row.from_client != from_client {
            probes += u64::from(row.step.labels.has(Label::ZeroWindowProbe));
            continue;
        }
        if row.step.labels.has(Label::ZeroWindow) && closed.is_none() {
            closed = Some(row.time);
            times += 1;
            rows.push(row);
        } else if row.step.labels.has(Label::WindowOpen)
            && let Some(since) = closed.take()
        {
            let lasted = row.time.nanos_since(since);
            longest = longest.max(lasted);
            total += lasted;
        }
    }
    let open_end = closed.map(|since| view.flow.tcp.times().1.nanos_since(since));
    if let Some(lasted) = open_end {
        longest = longest.max(lasted);
        total += lasted;
    }
    let finding = view.finding(Kind::ZeroWindow, format!("The {}'s window closed", view.who), &rows)?;
    let often = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    let mut text = format!(
        "The {} reported no room {often}, for {} in all, at most {} at a time; the {} asked {} whether there is room \
         again. The program on the {}'s host did not read as fast as data came: the network is not the cause.",
        view.who,
        span(total),
        span(longest),
        view.peer,
        count(probes, "time"),
        view.who,
    );
    if open_end.is_some() {
        text.push_str(" The window was still closed at the end.");
    }
    Some(
        finding
            .text(text)
            .number("by", Number::Word(view.who))
            .number("times", Number::Count(times))
            .number("probes", Number::Count(probes))
            .number("closed", Number::Span(total))
            .number("longest", Number::Span(longest)),
    )
}

fn reordering(view: &View<'_>) -> Option<Finding> {
    let rows: Vec<&Row> = view.rows(Label::OutOfOrder).collect();
    let finding = view.finding(Kind::Reordering, format!("Segments of the {} overtaken", view.who), &rows)?;
    let segments = rows.len() as u64;
    Some(
        finding
            .text(format!(
                "{} came later than segments sent after: the network changed the order, nothing was lost.",
                count(segments, "segment")
            ))
            .number("by", Number::Word(view.who))
            .number("segments", Number::Count(segments)),
    )
}

/// Copies in smaller packets; `silent` if no router was heard to ask for them.
fn smaller<'a>(view: &'a View<'_>, silent: bool) -> Vec<&'a Row> {
    let is_silent = |row: &Row| row.step.evidence == Some(Evidence::Bytes);
    let is_smaller = |row: &&Row| row.step.cause == Some(Cause::Pmtu) && is_silent(row) == silent;
    view.rows(Label::Retransmission).filter(is_smaller).collect()
}

fn path_mtu(view: &View<'_>) -> Option<Finding> {
    let rows = smaller(view, false);
    let finding = view.finding(Kind::PathMtu, "The path takes only smaller packets", &rows)?;
    let segments = rows.len() as u64;
    let largest = rows.iter().map(|row| row.len).max().unwrap_or(0);
    let mut text = format!(
        "A link on the way to the {} is narrower than the {}'s: {} sent again with payloads of {} at most.",
        view.peer,
        view.who,
        count(segments, "segment"),
        count(largest.into(), "byte")
    );
    let about = |complaint: &&Complaint| complaint.about == view.side && complaint.mtu.is_some();
    let complaints: Vec<&Complaint> = view.flow.kept.complaints.iter().filter(about).collect();
    let mtu = complaints.iter().filter_map(|complaint| complaint.mtu).filter(|&mtu| mtu > 0).min();
    if let Some(first) = complaints.first() {
        let often = complaints.len() as u64;
        let fits = mtu.map(|mtu| format!(", only up to {}", count(mtu.into(), "byte"))).unwrap_or_default();
        text.push_str(&format!(
            " {} said {} by ICMP, from No. {} on, that its packets do not fit{fits}.",
            first.error.from,
            match often {
                1 => "once".to_owned(),
                _ if view.flow.kept.complaints_lost > 0 => format!("{often} times or more"),
                _ => format!("{often} times"),
            },
            first.error.frame,
        ));
    } else {
        text.push_str(" The router's word of it did not pass here.");
    }
    let finding = finding
        .text(text)
        .number("by", Number::Word(view.who))
        .number("segments", Number::Count(segments))
        .number("payload", Number::Count(largest.into()))
        .number("errors", Number::Count(complaints.len() as u64));
    Some(match mtu {
        Some(mtu) => finding.number("mtu", Number::Count(mtu.into())),
        None => finding,
    })
}

/// C28: one length vanished again and again, and shorter packets passed.
fn black_hole(view: &View<'_>) -> Option<Finding> {
    let cut = smaller(view, true);
    let first = cut.first()?;
    let passed = cut.iter().map(|row| row.len).max().unwrap_or(0);
    let vain: Vec<&Row> = view
        .rows(Label::Retransmission)
        .filter(|row| row.frame < first.frame && row.step.seq == first.step.seq && row.len > first.len)
        .collect();
    let longest = vain.iter().map(|row| row.len).max()?;
    let original = first.step.measures.again.map(|again| again.frame);
    let tries = vain.len() as u64 + u64::from(original.is_some());
    let frames = original.into_iter().chain(vain.iter().chain(&cut).map(|row| row.frame));
    let finding = view.finding(Kind::BlackHole, "Long packets vanish without a word", &vain)?;
    Some(
        finding
            .frames(frames)
            .text(format!(
                "Segments of the {} with {} of payload vanished {} on the way to the {}, and no router said why; cut to \
                 {} at most, the same bytes passed (from No. {} on). Packets that long do not fit somewhere, and the ICMP \
                 error that would say so does not come back. More: --path.",
                view.who,
                count(longest.into(), "byte"),
                count(tries, "time"),
                view.peer,
                count(passed.into(), "byte"),
                first.frame,
            ))
            .number("by", Number::Word(view.who))
            .number("tries", Number::Count(tries))
            .number("vanished", Number::Count(longest.into()))
            .number("passed", Number::Count(passed.into())),
    )
}

fn data_after_reset(flow: &Flow, habits: &Habits) -> Option<Finding> {
    let into = habits.into_reset?;
    let reset = habits.resets.iter().find(|reset| reset.mark == into.reset)?;
    let who = if reset.from == flow.tcp.client() { "server" } else { "client" };
    let mut text = format!(
        "{} left the {who} {} after the RST passed this point",
        count(into.bytes, "byte"),
        between(into.reset, into.mark)
    );
    if let Some(answer) = into.answer {
        text.push_str(&format!("; answered by RST No. {answer}"));
    }
    text.push('.');
    let finding = Finding::of(
        Kind::DataAfterReset,
        "Data sent into a reset connection",
        flow,
        into.mark.0,
        into.mark.1,
    );
    Some(
        finding
            .text(capital(&text))
            .number("by", Number::Word(who))
            .number("segments", Number::Count(into.segments))
            .number("bytes", Number::Count(into.bytes)),
    )
}
