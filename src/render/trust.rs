//! `--trust`: can this capture be believed, in words; and the line about it under a timeline.

use super::Screen;
use super::flows::{counted, thousands};
use super::style::{Role, wrap};
use super::value;
use crate::flow::key::Side;
use crate::flow::table::Flow;
use crate::flow::tcp::Verdict;
use crate::trust::{Books, Doubt, FlowTrust, Found, Frames, Grade, Vantage};

/// Flows listed one by one; more are only counted.
const MAX_FLOWS: usize = 1_000;

/// The line under a timeline: what speaks against believing all of it.
#[must_use]
pub fn line(flow: &Flow) -> String {
    let trust = FlowTrust::of(flow);
    match (trust.grade(), flow.tcp.verdict()) {
        (Grade::Complete, Verdict::AttemptUnanswered) => {
            "complete as far as the file tells: whether an answer passed elsewhere it does not".into()
        }
        (Grade::Complete, Verdict::AttemptIcmp) => {
            "complete: the attempt and the error that answered it are in the file".into()
        }
        // Of order only the whole capture knows.
        (Grade::Complete, _) => "complete: every acknowledged byte is in the file, both directions".into(),
        (grade, _) => format!("{}; {}", grade.name(), doubts(flow, &trust.found)),
    }
}

fn doubts(flow: &Flow, found: &[Found]) -> String {
    found.iter().map(|found| of_flow(flow, found)).collect::<Vec<_>>().join("; ")
}

/// One doubt about one flow.
fn of_flow(flow: &Flow, found: &Found) -> String {
    let who = match found.side {
        Some(side) if side == flow.tcp.client() => "the client",
        Some(_) => "the server",
        None => "",
    };
    let (one, many) = found.doubt.unit();
    let count = format!("{} {}", thousands(found.count), if found.count == 1 { one } else { many });
    match found.doubt {
        Doubt::CaptureLoss => format!("{count} of {who} acknowledged that the file lacks"),
        Doubt::Lost => format!("{count} of {who} neither captured nor acknowledged"),
        Doubt::Limit => format!("{count} of {who} given up to keep memory bounded"),
        Doubt::AfterGap => format!("{count} of {who} came after the stream had gone on"),
        Doubt::OneWay => format!("nothing of {who} was captured"),
        Doubt::Midstream => "the beginning is not in the file".into(),
        Doubt::Conflict => format!("{count} between copies of the same bytes"),
        Doubt::BadChecksum => format!("{count} of {who} with a wrong checksum"),
        Doubt::Snaplen => format!("the snap length cut {count} of {who} off"),
        Doubt::Copies => format!("{count} that passed twice"),
        Doubt::Offload => {
            let peer = found.side.map_or(Side::Low, Side::other);
            let mss = flow.tcp.half(peer).mss();
            let mss = mss.map_or_else(|| "unknown".to_owned(), |mss| thousands(mss.into()));
            format!("segments of {who} up to {count}, MSS {mss}: an interface cuts or joins them")
        }
        Doubt::Unfinished => format!("the checksums of {who} are not those that were sent"),
        Doubt::Drops | Doubt::Damage | Doubt::ClockStep | Doubt::Disorder => count,
    }
}

/// What a doubt is about, where flows are added up.
const fn of_all(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Drops => "dropped by the kernel or the interface while capturing",
        Doubt::Damage => "of the file that could not be read",
        Doubt::ClockStep => "of the clock backwards",
        Doubt::Disorder => "with a time before that of an earlier frame",
        Doubt::CaptureLoss => "acknowledged that the file lacks",
        Doubt::Lost => "neither captured nor acknowledged",
        Doubt::Limit => "given up to keep memory bounded",
        Doubt::AfterGap => "that came after the stream had gone on",
        Doubt::OneWay => "of which one direction was not captured",
        Doubt::Midstream => "whose beginning is not in the file",
        Doubt::Conflict => "between copies of the same bytes",
        Doubt::BadChecksum => "with a wrong checksum",
        Doubt::Snaplen => "cut off by the snap length",
        Doubt::Copies => "that passed twice",
        Doubt::Offload => "in the largest segment, more than its receiver takes",
        Doubt::Unfinished => "whose checksum is not the one that was sent",
    }
}

/// One doubt added up over all flows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) count: u64,
    pub(super) flows: u64,
}

/// The whole page, collected while flows end.
#[derive(Debug)]
pub struct TrustView {
    screen: Screen,
    /// Of each flow with doubts, its ends with the grade, and the doubts.
    listed: Vec<(String, String)>,
    unlisted: u64,
    flows: u64,
    sound: u64,
    /// Attempts without an answer, and those with an ICMP error for an answer.
    unanswered: u64,
    refused: u64,
    sums: [Sum; Doubt::ALL.len()],
    vantages: [u64; 3],
}

impl TrustView {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            listed: Vec::new(),
            unlisted: 0,
            flows: 0,
            sound: 0,
            unanswered: 0,
            refused: 0,
            sums: [Sum::default(); Doubt::ALL.len()],
            vantages: [0; 3],
        }
    }

    /// A flow that is over.
    pub fn flow(&mut self, flow: &Flow) {
        let trust = FlowTrust::of(flow);
        self.flows += 1;
        if let Some(vantage) = trust.vantage {
            self.vantages[vantage as usize] += 1;
        }
        let mut last = None;
        for found in &trust.found {
            self.add(found, last != Some(found.doubt));
            last = Some(found.doubt);
        }
        if trust.found.is_empty() {
            *match flow.tcp.verdict() {
                Verdict::AttemptUnanswered => &mut self.unanswered,
                Verdict::AttemptIcmp => &mut self.refused,
                _ => &mut self.sound,
            } += 1;
        } else if self.listed.len() < MAX_FLOWS {
            let client = flow.tcp.client();
            let head = format!(
                "Flow {}   {} {} {}   {}",
                flow.number,
                flow.tcp.pair.end(client),
                self.screen.glyphs.both,
                flow.tcp.pair.end(client.other()),
                trust.grade().name(),
            );
            self.listed.push((head, doubts(flow, &trust.found)));
        } else {
            self.unlisted += 1;
        }
    }

    fn add(&mut self, found: &Found, is_new_flow: bool) {
        let Some(sum) = self.sums.get_mut(found.doubt as usize) else { return };
        sum.flows += u64::from(is_new_flow);
        sum.count = match found.doubt {
            Doubt::Offload => sum.count.max(found.count),
            _ => sum.count.saturating_add(found.count),
        };
    }

    /// All doubts that there are, with those about the frames and the source; call it once.
    pub(super) fn doubts(&mut self, frames: &Frames, books: &Books) -> Vec<(Doubt, Sum)> {
        for found in frames.found(books) {
            self.add(&found, false);
        }
        Doubt::ALL.into_iter().zip(self.sums).filter(|(_, sum)| sum.count > 0).collect()
    }

    /// The same without how many flows have them.
    pub fn found(&mut self, frames: &Frames, books: &Books) -> Vec<Found> {
        let doubts = self.doubts(frames, books).into_iter();
        doubts.map(|(doubt, sum)| Found { doubt, side: None, count: sum.count }).collect()
    }

    /// What `grade` means here, in a sentence.
    pub(super) fn meaning(&self, grade: Grade) -> &'static str {
        let nothing_to_judge = self.flows == self.unanswered + self.refused;
        match grade {
            Grade::Complete if nothing_to_judge => {
                "nothing speaks against it, but no TCP connection is in it to judge by"
            }
            _ => grade.meaning(),
        }
    }

    /// Prints the page.
    pub fn finish(&mut self, out: &mut Vec<u8>, frames: &Frames, books: &Books) {
        let present = self.doubts(frames, books);
        let grade = present.iter().map(|(doubt, _)| doubt.grade()).max().unwrap_or_default();
        let role = if grade >= Grade::Partial { Role::Warning } else { Role::Heading };
        let head = format!("Can this capture be believed? {}: {}.", grade.name(), self.meaning(grade));
        self.screen.style.start(role, out);
        self.paragraph(out, &head);
        self.screen.style.stop(role, out);
        self.facts(out, frames, books);
        for (doubt, sum) in present {
            out.push(b'\n');
            self.doubt(out, doubt, sum, frames);
        }
        for (nth, (head, doubts)) in std::mem::take(&mut self.listed).iter().enumerate() {
            if nth == 0 {
                out.push(b'\n');
            }
            self.paragraph(out, head);
            self.indented(out, doubts);
        }
        let mut rest = Vec::new();
        if self.unlisted > 0 {
            rest.push(format!("{} more flows with doubts are not listed.", thousands(self.unlisted)));
        }
        if self.sound > 0 {
            let flows = if self.sound == 1 { "flow has" } else { "flows have" };
            rest.push(format!("{} {flows} every acknowledged byte, both directions.", thousands(self.sound)));
        }
        if self.unanswered > 0 {
            rest.push(format!(
                "{} without an answer: whether one passed elsewhere, the file does not tell.",
                counted(self.unanswered, "attempt")
            ));
        }
        if self.refused > 0 {
            rest.push(format!("{} answered by an ICMP error.", counted(self.refused, "attempt")));
        }
        if !rest.is_empty() {
            out.push(b'\n');
            self.paragraph(out, &rest.join(" "));
        }
    }

    /// What was seen, and from where.
    fn facts(&self, out: &mut Vec<u8>, frames: &Frames, books: &Books) {
        let count =
            |n: u64, one: &str, many: &str| format!("{} {}", thousands(n), if n == 1 { one } else { many });
        let mut text = format!(
            "{} in {}, {}.",
            count(frames.count, "frame", "frames"),
            self.span(frames.span()),
            count(self.flows, "TCP flow", "TCP flows"),
        );
        if frames.cut > 0 {
            text.push_str(&format!(
                " Of {} only the first bytes were captured, at most {}.",
                count(frames.cut, "frame", "frames"),
                thousands(frames.snaplen),
            ));
        }
        if !books.counts_drops {
            text.push_str(" This format does not tell how many packets were dropped while capturing.");
        }
        self.paragraph(out, &text);
        let places = [
            (Vantage::Client, "at the client"),
            (Vantage::Server, "at the server"),
            (Vantage::Between, "between the two"),
        ];
        let seen: Vec<String> = places
            .into_iter()
            .filter_map(|(vantage, place)| {
                let flows = self.vantages[vantage as usize];
                (flows > 0).then(|| format!("{place} in {}", count(flows, "flow", "flows")))
            })
            .collect();
        if !seen.is_empty() {
            self.paragraph(out, &format!("Captured {}, by round trips and times to live.", seen.join(", ")));
        }
    }

    fn doubt(&self, out: &mut Vec<u8>, doubt: Doubt, sum: Sum, frames: &Frames) {
        let glyphs = &self.screen.glyphs;
        let mark = if doubt.grade() >= Grade::Partial { glyphs.bad } else { glyphs.note };
        let (one, many) = doubt.unit();
        let mut text = format!(
            "{mark} {}: {} {} {}",
            doubt.name(),
            thousands(sum.count),
            if sum.count == 1 { one } else { many },
            of_all(doubt)
        );
        if sum.flows > 0 && !matches!(doubt, Doubt::OneWay | Doubt::Midstream) {
            text.push_str(&format!(
                ", in {} {}",
                thousands(sum.flows),
                if sum.flows == 1 { "flow" } else { "flows" }
            ));
        }
        let by = match doubt {
            Doubt::ClockStep => Some(frames.step),
            Doubt::Disorder => Some(frames.disorder),
            _ => None,
        };
        if let Some(by) = by {
            text.push_str(&format!(", by up to {}", self.span(by)));
        }
        if doubt == Doubt::ClockStep {
            text.push_str(&format!(", first before No. {}", frames.step_frame));
        }
        if doubt.grade() >= Grade::Partial {
            self.screen.style.start(Role::Warning, out);
        }
        self.paragraph(out, &text);
        if doubt.grade() >= Grade::Partial {
            self.screen.style.stop(Role::Warning, out);
        }
        self.indented(out, doubt.consequence());
    }

    fn indented(&self, out: &mut Vec<u8>, text: &str) {
        const INDENT: &str = "  ";
        let mut below = Vec::new();
        wrap(&mut below, "", text, self.screen.columns().saturating_sub(INDENT.len()));
        for line in String::from_utf8_lossy(&below).lines() {
            out.extend_from_slice(INDENT.as_bytes());
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }

    fn paragraph(&self, out: &mut Vec<u8>, text: &str) {
        wrap(out, "", text, self.screen.columns());
    }

    /// The one sign that is not ASCII is that of microseconds.
    fn span(&self, nanos: i64) -> String {
        let mut span = Vec::new();
        value::duration(&mut span, nanos);
        let span = String::from_utf8_lossy(&span);
        if self.screen.glyphs.ascii { span.replace('µ', "u") } else { span.into_owned() }
    }
}
