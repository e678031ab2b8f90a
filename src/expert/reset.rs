//! Who sent that reset: the end that it names, or somebody else (docs/tcp-analysis.md, S20).
//!
//! The reset is compared with the other packets of the end that it says it comes from. Each property speaks for that
//! end or against it, some more firmly than others; silence is no sign.

use netdissect_dissectors::transport::tcp::Flags;

use super::words::{between, capital, small};
use super::{Finding, Kind, Number, Sign};
use crate::flow::habits::{Habits, Reset, Traits};
use crate::flow::table::Flow;
use crate::flow::tcp::{Label, Verdict};

/// Identifications this far behind the sender's packet before are its next ones.
const ID_NEXT: u16 = 64;
/// Identifications further away than this belong to another counter.
const ID_FAR: u16 = 4_096;

/// A sign and its weight: 1 has innocent causes, 2 hardly any.
type Weighed = (Sign, u32);

/// Who sent it, as far as the signs tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Genuine,
    Forged,
    Unclear,
}

impl Origin {
    const fn name(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Forged => "forged",
            Self::Unclear => "unclear",
        }
    }
}

/// Whether a reset of the flow is forged.
pub(super) fn has_forged(habits: &Habits) -> bool {
    habits.resets.iter().any(|reset| origin(&signs(habits, reset)) == Origin::Forged)
}

/// Appends what is to be said of the resets of `flow`.
pub(super) fn findings(flow: &Flow, out: &mut Vec<Finding>) {
    let Some(habits) = flow.kept.habits.as_deref() else { return };
    let begun = out.len();
    for reset in &habits.resets {
        let signs = signs(habits, reset);
        let origin = origin(&signs);
        let is_attempt =
            matches!(flow.tcp.verdict(), Verdict::Refused | Verdict::AbortedHandshake | Verdict::Backscatter);
        let kind = match origin {
            Origin::Forged => Kind::ForgedReset,
            _ if reset.labels.has(Label::RstAfterClose) || is_attempt => continue,
            // Nothing else of that connection is in the capture.
            _ if habits.ends.0.iter().all(|end| end.segments == 0) => continue,
            _ if !reset.counts() || reset.refuted.is_some() => Kind::IgnoredReset,
            _ if reset.is_late || super::flow::gave_up(flow, reset.from) => continue,
            _ => Kind::Reset,
        };
        // A burst of resets in one name is one finding.
        let by = Number::Word(who(flow, reset));
        let same = |finding: &&mut Finding| finding.kind == kind && finding.numbers.contains(&("by", by));
        if let Some(finding) = out.iter_mut().skip(begun).find(same) {
            finding.frame_count += 1;
            if finding.frames.len() < super::MAX_NAMED {
                finding.frames.push(reset.mark.0);
            }
            continue;
        }
        out.push(match kind {
            Kind::ForgedReset => forged(flow, habits, reset, signs),
            Kind::IgnoredReset => ignored(flow, habits, reset, signs, origin),
            _ => aborted(flow, habits, reset, &signs, origin),
        });
    }
}

fn who(flow: &Flow, reset: &Reset) -> &'static str {
    if reset.from == flow.tcp.client() { "client" } else { "server" }
}

fn other(flow: &Flow, reset: &Reset) -> &'static str {
    if reset.from == flow.tcp.client() { "server" } else { "client" }
}

fn of(kind: Kind, title: String, flow: &Flow, reset: &Reset, origin: &'static str) -> Finding {
    Finding::of(kind, title, flow, reset.mark.0, reset.mark.1)
        .number("by", Number::Word(who(flow, reset)))
        .number("origin", Number::Word(origin))
        .number("honoured", Number::Flag(reset.counts() && reset.refuted.is_none()))
}

fn forged(flow: &Flow, habits: &Habits, reset: &Reset, signs: Vec<Weighed>) -> Finding {
    let against = signs.iter().filter(|row| row.0.against).count();
    let for_it = signs.len() - against;
    let says = |number: usize| if number == 1 { "says" } else { "say" };
    let text = format!(
        "This RST says it is from {}. {} {} {} it is not; {} {} it is:",
        flow.tcp.pair.end(reset.from),
        capital(&small(against)),
        if against == 1 { "sign" } else { "signs" },
        says(against),
        small(for_it),
        says(if for_it == 0 { 1 } else { for_it }),
    );
    let mut finding =
        of(Kind::ForgedReset, "Forged reset".into(), flow, reset, Origin::Forged.name()).text(text);
    finding.signs = signs.into_iter().map(|row| row.0).collect();
    finding.after = aftermath(flow, habits, reset);
    finding
}

/// Whether it had an effect.
fn aftermath(flow: &Flow, habits: &Habits, reset: &Reset) -> String {
    let (who, other) = (who(flow, reset), other(flow, reset));
    if let Some((by, mark)) = reset.refuted {
        let went_on = if by == reset.from { format!("The real {who}") } else { format!("The {other}") };
        return format!(
            "{went_on} went on {} later (No. {}): the forgery failed.",
            between(reset.mark, mark),
            mark.0
        );
    }
    if !reset.counts()
        && let Some(mark) = reset.own_after
    {
        let verb = if reset.answers_syn { "answered" } else { "went on" };
        return format!(
            "The real {who} {verb} {} later (No. {}): no receiver honours such a reset, and the forgery failed.",
            between(reset.mark, mark),
            mark.0
        );
    }
    let last = habits.ends[reset.from.other()].last.filter(|mark| mark.0 > reset.mark.0);
    match last {
        Some(mark) => {
            format!("The {other} was heard for another {} (No. {}).", between(reset.mark, mark), mark.0)
        }
        None => "Nothing of this connection followed: the reset did its work.".into(),
    }
}

fn ignored(flow: &Flow, habits: &Habits, reset: &Reset, signs: Vec<Weighed>, origin: Origin) -> Finding {
    let who = who(flow, reset);
    let why = if reset.labels.has(Label::RstInWindow) {
        "lies inside the window but is not exact: the receiver asks back with a challenge ACK (RFC 5961)"
    } else if reset.answers_syn {
        "acknowledges something else than the SYN"
    } else if !reset.counts() {
        "lies outside the window"
    } else {
        "is exact, and yet the connection goes on: it was lost on its further way, or forged"
    };
    let text = format!("A RST in the name of the {who} {why}.");
    let mut finding =
        of(Kind::IgnoredReset, format!("Reset without effect, by the {who}"), flow, reset, origin.name())
            .text(text);
    finding.signs = signs.into_iter().map(|row| row.0).collect();
    if reset.refuted.is_some() || reset.own_after.is_some() {
        finding.after =
            aftermath(flow, habits, reset).replace("the forgery failed", "the connection lives on");
    }
    finding
}

fn aborted(flow: &Flow, habits: &Habits, reset: &Reset, signs: &[Weighed], origin: Origin) -> Finding {
    let who = who(flow, reset);
    let said = |against: bool| -> String {
        let of_it = signs.iter().filter(|row| row.0.against == against);
        of_it.map(|row| format!("{} {}", row.0.field, row.0.text)).collect::<Vec<_>>().join("; ")
    };
    let mut text = match (said(false), said(true)) {
        (good, bad) if good.is_empty() && bad.is_empty() => {
            format!("Nothing else of the {who} was captured to compare it with.")
        }
        (good, bad) if origin == Origin::Genuine => {
            if bad.is_empty() {
                format!("Genuine: {good}.")
            } else {
                format!("Genuine: {good}; yet {bad}.")
            }
        }
        (good, bad) if bad.is_empty() => format!("Nothing speaks against the {who}: {good}."),
        (good, bad) if good.is_empty() => format!("The {who} may not have sent it: {bad}."),
        (good, bad) => format!("Whether the {who} sent it is unclear: {good}; but {bad}."),
    };
    let other = other(flow, reset);
    let own = reset.own.map(|mark| (between(mark, reset.mark), mark.0));
    let data = reset.other_data.map(|mark| (between(mark, reset.mark), mark.0));
    match (data, own) {
        (Some((time, frame)), own) if own.as_ref().is_none_or(|own| own.1 < frame) => {
            text.push_str(&format!(
                    " It answers data of the {other} (No. {frame}, {time} before): the program no longer reads, or its \
                     host no longer knows the connection."
                ));
        }
        (_, Some((time, frame))) if habits.ends[reset.from].unanswered.tries > 0 => text.push_str(&format!(
            " It gave up {time} after its last segment (No. {frame}), which nobody answered."
        )),
        (_, Some((time, frame))) => text.push_str(&format!(
            " Sent {time} after the {who}'s last segment (No. {frame}): the program closed or died with the \
                 connection open, or asked for an abort."
        )),
        _ => {}
    }

    let fins = habits.ends[reset.from].last.is_some() && flow.tcp.end(reset.from).has_sent_fin();
    if fins {
        text.push_str(&format!(" The {who} had sent its FIN before."));
    }
    of(Kind::Reset, format!("Reset by the {who}"), flow, reset, origin.name()).text(text)
}

fn origin(signs: &[Weighed]) -> Origin {
    let weigh =
        |against: bool| -> u32 { signs.iter().filter(|row| row.0.against == against).map(|row| row.1).sum() };
    match (weigh(true), weigh(false)) {
        (against, for_it) if against >= 3 && against > for_it + 1 => Origin::Forged,
        (against, for_it) if for_it >= 2 && for_it > against => Origin::Genuine,
        _ => Origin::Unclear,
    }
}

/// Everything that speaks for or against the alleged sender.
fn signs(habits: &Habits, reset: &Reset) -> Vec<Weighed> {
    let (own, other) = (&habits.ends[reset.from], &habits.ends[reset.from.other()]);
    [
        time_to_live(own, reset),
        identification(own, other, reset),
        window(own, other, reset),
        sequence(reset),
        acknowledgment(own, reset),
        reserved(own, reset),
        stamps(own, reset),
        went_on(reset),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn sign(field: &'static str, against: bool, weight: u32, text: String) -> Option<Weighed> {
    Some((Sign { field, text, against }, weight))
}

fn time_to_live(own: &Traits, reset: &Reset) -> Option<Weighed> {
    if own.segments == 0 {
        return None;
    }
    let (least, most) = own.ttl;
    let ttl = reset.ttl;
    let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let distance = least.saturating_sub(ttl).max(ttl.saturating_sub(most));
    match distance {
        0 => sign("ip.ttl", false, 1, format!("{ttl}, as in its other packets")),
        1 => sign("ip.ttl", true, 1, format!("{ttl}; its other packets have {range}")),
        _ => sign("ip.ttl", true, 2, format!("{ttl}; its other packets have {range}")),
    }
}

fn identification(own: &Traits, other: &Traits, reset: &Reset) -> Option<Weighed> {
    // Hosts often send resets that belong to no socket with identification 0.
    let id = reset.id.filter(|&id| id != 0)?;
    let copied = other.opening.and_then(|row| row.0).filter(|&theirs| theirs == id);
    let (first, newest) = own.ids.unwrap_or((id, id));
    if copied.is_some() && first != id {
        let text =
            format!("0x{id:04x}, the id of the other end's SYN; its own are 0x{first:04x} to 0x{newest:04x}");
        return sign("ip.id", true, 2, text);
    }
    if !own.ids_count_up() {
        return None;
    }
    let (before, frame) = reset.id_before.unwrap_or((first, 0));
    let step = id.wrapping_sub(before);
    let range = format!("its own run from 0x{first:04x} to 0x{newest:04x}");
    match step {
        1..=ID_NEXT if frame > 0 => {
            sign("ip.id", false, 2, format!("0x{id:04x} follows that of No. {frame}"))
        }
        _ if step.min(step.wrapping_neg()) > ID_FAR => sign("ip.id", true, 1, format!("0x{id:04x}; {range}")),
        _ => None,
    }
}

fn window(own: &Traits, other: &Traits, reset: &Reset) -> Option<Weighed> {
    let theirs = other.opening.map(|row| row.1)?;
    let (least, most) = own.windows.or_else(|| own.opening.map(|row| (row.1, row.1)))?;
    let offers = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let is_copy = reset.window != 0 && reset.window == theirs && !(least..=most).contains(&theirs);
    if !is_copy || own.opening.is_some_and(|row| row.1 == theirs) {
        return None;
    }
    let text = format!("{}, the value in the other end's SYN; its own are {offers}", reset.window);
    sign("tcp.window_size_value", true, 1, text)
}

fn sequence(reset: &Reset) -> Option<Weighed> {
    if reset.counts() {
        return sign("tcp.seq", false, 1, "exact".into());
    }
    // What a reset that answers a SYN lacks stands under its acknowledgment.
    if reset.answers_syn {
        return None;
    }
    let place = if reset.labels.has(Label::RstInWindow) {
        "inside the window, not exact"
    } else {
        "outside the window"
    };
    sign("tcp.seq_raw", true, 1, format!("{}: {place}", reset.seq))
}

fn acknowledgment(own: &Traits, reset: &Reset) -> Option<Weighed> {
    if !reset.flags.contains(Flags::ACK) {
        return None;
    }
    let answers_wrong = (reset.answers_syn || own.segments == 0) && !reset.counts();
    if answers_wrong && reset.ack != reset.ack_fits {
        let text = format!("{}; a host answering this SYN acknowledges {}", reset.ack, reset.ack_fits);
        return sign("tcp.ack_raw", true, 2, text);
    }
    if reset.ack_ahead {
        let text = format!("{}; the other end had sent no more than up to {}", reset.ack, reset.ack_fits);
        return sign("tcp.ack_raw", true, 1, text);
    }
    None
}

fn reserved(own: &Traits, reset: &Reset) -> Option<Weighed> {
    if !reset.has_reserved() || own.reserved {
        return None;
    }
    sign("tcp.flags", true, 2, format!("0x{:03x}: reserved bits set", reset.flags.0))
}

fn stamps(own: &Traits, reset: &Reset) -> Option<Weighed> {
    // RFC 7323 section 3.2 asks for the option in resets too; hosts leave it out where no socket is left.
    if reset.stamped || own.segments < 3 || own.stamped < own.segments {
        return None;
    }
    sign("tcp.options.timestamp", true, 1, "missing; all its other segments have it".into())
}

fn went_on(reset: &Reset) -> Option<Weighed> {
    let mark = reset.own_after?;
    // An end that has aborted sends nothing but resets.
    if reset.refuted.is_some_and(|row| row.0 == reset.from) || !reset.counts() {
        return sign(
            "",
            true,
            if reset.counts() { 2 } else { 1 },
            format!("its alleged sender went on in No. {}", mark.0),
        );
    }
    None
}
