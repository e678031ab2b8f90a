//! `--summary`: a capture on one page, for people and, bounded in size, as a record.

use std::collections::BTreeMap;

use netdissect_dissectors::frame::{LinkType, Timestamp};
use netdissect_dissectors::packet::Packet;

use super::Screen;
use super::exchanges::{Account as Exchanged, Row};
use super::findings::{Depth, FindingsView, exact, members};
use super::flows::{Account as Flows, counted, thousands};
use super::json::Object;
use super::protocols::{share, traffic};
use super::style::{Role, wrap};
use super::tables::{Column, Grid};
use super::trust::{Sum, TrustView};
use super::value;
use crate::expert::{Finding, Kind, Report};
use crate::flow::table::Flow;
use crate::pipeline::Totals;
use crate::survey::Traffic;
use crate::survey::endpoints::{Between, Conversations, Endpoints, Share};
use crate::survey::protocols::Hierarchy;
use crate::trust::{Doubt, Frames, Grade};

mod surveys;

use surveys::Surveys;

/// Kinds of findings, protocols and addresses on the page; the screens of their own have all of them.
const MAX_KINDS: usize = 12;
const MAX_PROTOCOLS: usize = 12;
const MAX_TALKERS: usize = 5;

/// What becomes the page, collected while packets pass and flows end.
#[derive(Debug)]
pub struct Summary {
    frames: Frames,
    seen: Traffic,
    start: Option<Timestamp>,
    links: Vec<LinkType>,
    hierarchy: Hierarchy,
    endpoints: Endpoints,
    udp: Conversations,
    flows: Flows,
    verdicts: BTreeMap<&'static str, u64>,
    trust: TrustView,
    surveys: Surveys,
    /// Exchanges of DNS.
    pub dns: Exchanged,
    /// Exchanges of HTTP.
    pub http: Exchanged,
}

impl Summary {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            frames: Frames::default(),
            seen: Traffic::default(),
            start: None,
            links: Vec::new(),
            hierarchy: Hierarchy::default(),
            endpoints: Endpoints::default(),
            udp: Conversations::new(Between::Udp),
            flows: Flows::default(),
            verdicts: BTreeMap::new(),
            trust: TrustView::new(Screen::PIPE),
            surveys: Surveys::default(),
            dns: Exchanged::default(),
            http: Exchanged::default(),
        }
    }

    /// A packet.
    pub fn packet(&mut self, packet: &Packet<'_>) {
        let frame = &packet.frame;
        self.start.get_or_insert(frame.time);
        self.frames.note(frame);
        self.seen.add(frame.wire_len.into());
        self.hierarchy.note(packet);
        self.endpoints.note(packet);
        self.udp.note(packet);
        self.surveys.note(packet);
        if !self.links.contains(&frame.link) && self.links.len() < MAX_TALKERS {
            self.links.push(frame.link);
        }
    }

    /// A flow that is over.
    pub fn flow(&mut self, flow: &Flow) {
        self.flows.add(flow);
        self.trust.flow(flow);
        *self.verdicts.entry(flow.tcp.verdict().name()).or_default() += 1;
    }

    /// An exchange of DNS that is over.
    pub fn dns<R: Row>(&mut self, exchange: &R) {
        self.dns.add(exchange);
    }

    /// An exchange of HTTP that is over.
    pub fn http<R: Row>(&mut self, exchange: &R) {
        self.http.add(exchange);
    }

    /// The page.
    #[must_use]
    pub fn page(mut self, report: Report, totals: Totals) -> Page {
        let doubts = self.trust.doubts(&self.frames, &totals.books);
        Page { summary: self, doubts, report, totals }
    }
}

impl Default for Summary {
    fn default() -> Self {
        Self::new()
    }
}

/// All that is known at the end.
#[derive(Debug)]
pub struct Page {
    summary: Summary,
    doubts: Vec<(Doubt, Sum)>,
    report: Report,
    totals: Totals,
}

impl Page {
    fn grade(&self) -> Grade {
        self.doubts.iter().map(|row| row.0.grade()).max().unwrap_or_default()
    }

    /// The first finding of each kind, and how many there are of it.
    fn kinds(&self) -> Vec<(&Finding, u64)> {
        let mut kinds: Vec<(&Finding, u64)> = Vec::new();
        for finding in &self.report.findings {
            match kinds.last_mut().filter(|row| row.0.kind == finding.kind) {
                Some(row) => row.1 += 1,
                None => kinds.push((finding, 1)),
            }
        }
        for &(kind, count) in &self.report.left_out {
            if let Some(row) = kinds.iter_mut().find(|row| row.0.kind == kind) {
                row.1 += count;
            }
        }
        kinds
    }

    /// Appends it for people.
    pub fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        let from = out.len();
        self.head(out, screen);
        out.push(b'\n');
        self.findings(out, screen);
        out.push(b'\n');
        self.counts(out, screen);
        self.talkers(out, screen);
        if screen.glyphs.ascii {
            let text = String::from_utf8_lossy(out.get(from..).unwrap_or_default()).into_owned();
            out.truncate(from);
            for line in text.lines() {
                super::style::Escaped::ascii(line).push(out);
                out.push(b'\n');
            }
        }
    }

    fn head(&self, out: &mut Vec<u8>, screen: Screen) {
        let (summary, source) = (&self.summary, &self.totals.source);
        let mut head = format!("{}: {}", source.name, source.format);
        for link in &summary.links {
            head.push_str(&format!(", {link}"));
        }
        screen.style.start(Role::Heading, out);
        wrap(out, "", &head, screen.columns());
        screen.style.stop(Role::Heading, out);
        let mut text =
            format!("{}, {}", counted(summary.seen.packets, "frame"), counted(summary.seen.bytes, "byte"));
        if let Some(start) = summary.start {
            let mut date = Vec::new();
            value::date(&mut date, start, 6);
            let mut span = Vec::new();
            value::duration(&mut span, summary.frames.span());
            let (date, span) = (String::from_utf8_lossy(&date), String::from_utf8_lossy(&span));
            text.push_str(&format!(" in {span} from {date} UTC"));
        }
        text.push('.');
        wrap(out, "", &text, screen.columns());
        let grade = self.grade();
        let mut text = format!("{}: {}", grade.name(), summary.trust.meaning(grade));
        let doubts: Vec<&str> = self.doubts.iter().map(|row| row.0.name()).collect();
        if !doubts.is_empty() {
            text.push_str(&format!(" ({})", doubts.join(", ")));
        }
        wrap(out, "Trust", &text, screen.columns());
    }

    fn findings(&self, out: &mut Vec<u8>, screen: Screen) {
        let kinds = self.kinds();
        if kinds.is_empty() {
            wrap(out, "", "No findings about TCP, fragments or malformed packets.", screen.columns());
        }
        let view = FindingsView::new(screen, self.summary.start.unwrap_or_default());
        for (finding, count) in kinds.iter().take(MAX_KINDS) {
            let more = count - 1;
            let title = match more {
                0 => finding.title.clone(),
                more => format!("{}, and {} more of the kind", finding.title, thousands(more)),
            };
            view.head(out, finding, &title);
        }
        let hidden = kinds.len().saturating_sub(MAX_KINDS) as u64;
        if hidden > 0 {
            wrap(
                out,
                "",
                &format!("{} of findings more: --expert", counted(hidden, "kind")),
                screen.columns(),
            );
        }
    }

    fn counts(&self, out: &mut Vec<u8>, screen: Screen) {
        let summary = &self.summary;
        let width = screen.columns();
        if summary.flows.count() > 0 {
            wrap(out, "TCP", &summary.flows.words(), width);
        }
        if summary.udp.count() > 0 {
            let text = format!("{}.", counted(summary.udp.count(), "conversation"));
            wrap(out, "UDP", &text, width);
        }
        for (label, account) in [("DNS", &summary.dns), ("HTTP", &summary.http)] {
            if account.all() > 0 {
                wrap(out, label, &account.words(), width);
            }
        }
        summary.surveys.text(out, screen);
        let total = summary.hierarchy.total();
        let mut names: Vec<String> = self
            .protocols()
            .into_iter()
            .map(|(name, traffic)| format!("{name} {}", share(traffic.packets, total.packets)))
            .collect();
        let hidden = names.len().saturating_sub(MAX_PROTOCOLS);
        names.truncate(MAX_PROTOCOLS);
        if hidden > 0 {
            names.push(format!("{hidden} more: --protocols"));
        }
        if !names.is_empty() {
            wrap(out, "Frames", &names.join(", "), width);
        }
    }

    /// Frames with each protocol, in the order of the tree's widest paths.
    fn protocols(&self) -> Vec<(&'static str, Traffic)> {
        let mut names: Vec<(&'static str, Traffic)> = Vec::new();
        for (path, node) in self.summary.hierarchy.rows() {
            // Of a protocol within itself the outer one counts for both.
            let (own, above) = (node.name, path.split_last().map_or(&[][..], |row| row.1));
            if own == "frame" || above.contains(&own) {
                continue;
            }
            match names.iter_mut().find(|row| row.0 == own) {
                Some(row) => row.1 = row.1.plus(node.traffic),
                None => names.push((own, node.traffic)),
            }
        }
        names.sort_by_key(|row| std::cmp::Reverse(row.1.packets));
        names
    }

    fn talkers(&self, out: &mut Vec<u8>, screen: Screen) {
        let rows = self.summary.endpoints.rows();
        if rows.is_empty() {
            return;
        }
        out.push(b'\n');
        let columns = [
            Column::text("Most bytes").least(15),
            Column::number("Bytes"),
            Column::number("Share"),
            Column::number("Sent"),
            Column::number("Received"),
        ];
        let mut grid = Grid::new(screen, &columns);
        for (addr, row) in rows.iter().take(MAX_TALKERS) {
            let all = row.sent.plus(row.received);
            grid.row([
                addr.to_string(),
                thousands(all.bytes),
                share(all.bytes, self.summary.seen.bytes),
                thousands(row.sent.bytes),
                thousands(row.received.bytes),
            ]);
        }
        grid.print(out);
        let hidden = rows.len().saturating_sub(MAX_TALKERS) as u64;
        if hidden > 0 {
            let text = format!("{} more: --endpoints", thousands(hidden));
            wrap(out, "", &text, screen.columns());
        }
    }

    /// Appends its record, of at most `max` bytes if details that can be left out are enough for that: verdicts and
    /// counts stay.
    pub fn record(&self, out: &mut Vec<u8>, max: Option<usize>) {
        let start = out.len();
        let mut less = Less::default();
        loop {
            out.truncate(start);
            self.reduced(out, &less);
            let fits = max.is_none_or(|max| out.len() - start <= max);
            if fits || !less.step() {
                return;
            }
        }
    }

    fn reduced(&self, out: &mut Vec<u8>, less: &Less) {
        let (summary, source) = (&self.summary, &self.totals.source);
        let mut record = Object::record(out, "summary");
        if less.is_grouped() {
            record.objects("verdicts", self.kinds(), |item, (finding, count)| {
                members(item, finding, less.depth());
                item.number("of_kind", exact(count));
            });
        } else {
            record.objects("verdicts", &self.report.findings, |item, finding| {
                members(item, finding, less.depth());
            });
        }
        if !less.is_grouped() && !self.report.left_out.is_empty() {
            record.objects("verdicts_left_out", &self.report.left_out, |item, row: &(Kind, u64)| {
                item.text("id", row.0.id().as_bytes());
                item.number("count", exact(row.1));
            });
        }
        record.text("nd.capture.trust", self.grade().name().as_bytes());
        record.objects("nd.capture.doubts", &self.doubts, |item, (doubt, sum)| {
            item.text("doubt", doubt.name().as_bytes());
            item.number(doubt.unit().1, exact(sum.count));
        });
        record.object("capture", |capture| {
            capture.text("name", source.name.as_bytes());
            capture.text("format", source.format.as_bytes());
            capture.texts("links", summary.links.iter().map(ToString::to_string));
            if let Some(start) = summary.start {
                capture.time("nd.first", start);
            }
            capture.duration("nd.duration", summary.frames.span());
            traffic(capture, "nd", summary.seen);
            capture.wide("nd.packets_faulty", summary.hierarchy.faulty);
        });
        record.object("tcp", |tcp| {
            tcp.number("flows", exact(summary.flows.count()));
            tcp.object("verdicts", |verdicts| {
                for (name, count) in &summary.verdicts {
                    verdicts.number(name, exact(*count));
                }
            });
        });
        record.object("udp", |udp| udp.number("conversations", exact(summary.udp.count())));
        for (key, account) in [("dns", &summary.dns), ("http", &summary.http)] {
            record.object(key, |item| {
                item.number("answered", exact(account.answered));
                item.number("failed", exact(account.failed));
                item.number("unanswered", exact(account.unanswered));
                item.number("refused", exact(account.refused));
                item.number("unasked", exact(account.unasked));
            });
        }
        summary.surveys.record(&mut record);
        if less.has(Detail::Protocols) {
            record.objects("protocols", self.protocols(), |item, (name, seen)| {
                item.text("nd.protocol", name.as_bytes());
                traffic(item, "nd", seen);
            });
        }
        if less.has(Detail::Endpoints) {
            let rows = summary.endpoints.rows();
            record.objects("endpoints", rows.iter().take(MAX_TALKERS), |item, (addr, share): &(_, Share)| {
                item.display("nd.address", addr);
                traffic(item, "nd.sent", share.sent);
                traffic(item, "nd.received", share.received);
            });
            record.number("endpoint_count", exact(rows.len() as u64));
        }
        record.texts("dropped", less.dropped());
        record.end();
        out.push(b'\n');
    }
}

/// A detail that a record can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    Evidence,
    Endpoints,
    Protocols,
    Texts,
    Numbers,
    Singles,
    Places,
}

impl Detail {
    /// In the order in which they are given up.
    const ALL: [(Self, &'static str); 7] = [
        (Self::Evidence, "evidence"),
        (Self::Endpoints, "endpoints"),
        (Self::Protocols, "protocols"),
        (Self::Texts, "texts of verdicts"),
        (Self::Singles, "verdicts of one kind but the first: of_kind tells how many"),
        (Self::Numbers, "titles, times and numbers of verdicts"),
        (Self::Places, "frames and flows of a verdict but the first"),
    ];
}

/// What is left out of a record: the first so many of [`Detail::ALL`].
#[derive(Clone, Copy, Debug, Default)]
struct Less(usize);

impl Less {
    /// Leaves one more out; false if nothing is left to be left out.
    fn step(&mut self) -> bool {
        self.0 += 1;
        self.0 <= Detail::ALL.len()
    }

    fn has(&self, detail: Detail) -> bool {
        Detail::ALL.iter().skip(self.0).any(|row| row.0 == detail)
    }

    fn depth(&self) -> Depth {
        match () {
            () if self.has(Detail::Evidence) => Depth::Evidence,
            () if self.has(Detail::Texts) => Depth::Text,
            () if self.has(Detail::Numbers) => Depth::Numbers,
            () if self.has(Detail::Places) => Depth::Places,
            () => Depth::Place,
        }
    }

    fn is_grouped(&self) -> bool {
        !self.has(Detail::Singles)
    }

    fn dropped(&self) -> impl Iterator<Item = &'static str> {
        Detail::ALL.iter().take(self.0).map(|row| row.1)
    }
}
