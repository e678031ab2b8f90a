//! `--path`: routes hop by hop, pings, and packets that were too big for a link.

use std::net::IpAddr;

use super::Screen;
use super::exchanges::milliseconds;
use super::flows::{counted, thousands};
use super::protocols::share;
use super::style::{Role, wrap};
use super::tables::{Column, Grid};
use crate::flow::problem::Problem;
use crate::survey::path::ping::Train;
use crate::survey::path::route::{End, Method, Probe, Route};
use crate::survey::path::size::{Hole, Way};
use crate::survey::path::{Paths, Place};

mod records;

pub use records::records;

/// Round trips of one hop that are printed one by one; more are summed up.
const MAX_TRIPS: usize = 6;
/// What lines under a heading are indented by, as [`wrap`] does behind a label.
const INDENT: &str = " ";

const HOPS: [Column; 3] = [Column::number("TTL"), Column::text("Address").least(15), Column::text("ms")];

/// What is to be shown of all of it.
struct Shown<'a> {
    routes: Vec<&'a Route>,
    pings: Vec<Train>,
    ways: Vec<&'a Way>,
    holes: Vec<Hole>,
    /// Packets were captured at more than one place.
    places: bool,
}

impl<'a> Shown<'a> {
    fn of(paths: &'a Paths) -> Self {
        let routes = paths.routes.rows();
        let is_probed = |train: &Train| {
            routes.iter().any(|route| {
                (route.place, route.client, route.target) == (train.place, train.client, train.target)
                    && route.method == Method::Echo(train.id)
            })
        };
        let mut pings = paths.pings.rows();
        pings.retain(|train| !is_probed(train));
        let (ways, holes) = (paths.sizes.ways(), paths.sizes.holes());
        let mut all = (routes.iter().map(|route| route.place))
            .chain(pings.iter().map(|train| train.place))
            .chain(ways.iter().map(|way| way.place))
            .chain(holes.iter().map(|hole| hole.place));
        let first = all.next();
        let places = all.any(|place| Some(place) != first);
        Self { routes, pings, ways, holes, places }
    }

    /// Behind what was captured at one of several places.
    fn at(&self, place: Place) -> String {
        if self.places { format!(", at interface {}", place.1) } else { String::new() }
    }
}

/// What all of it comes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    /// Traceroutes.
    pub(super) routes: u64,
    /// Trains of echo requests that are no traceroute.
    pub(super) pings: u64,
    /// Their requests.
    pub(super) asked: u64,
    /// Those that a reply came to.
    pub(super) answered: u64,
    /// Those that none came to.
    pub(super) lost: u64,
    /// Further replies.
    pub(super) duplicates: u64,
    /// ICMP errors about them.
    pub(super) errors: u64,
    /// Ways with packets that were too big.
    pub(super) ways: u64,
    /// Ways on which larger packets vanish.
    pub(super) holes: u64,
}

/// Adds it up.
pub(super) fn sums(paths: &Paths) -> Sums {
    let shown = Shown::of(paths);
    let pings = |count: fn(&Train) -> u64| shown.pings.iter().map(count).fold(0, u64::saturating_add);
    Sums {
        routes: shown.routes.len() as u64,
        pings: shown.pings.len() as u64,
        asked: pings(|train| train.sent),
        answered: pings(|train| train.answered),
        lost: pings(Train::lost),
        duplicates: pings(|train| train.duplicates),
        errors: pings(|train| {
            train.errors.values().fold(train.errors_left_out, |sum, &count| sum.saturating_add(count))
        }),
        ways: shown.ways.len() as u64,
        holes: shown.holes.len() as u64,
    }
}

/// Appends all of it: routes, pings, sizes, and what explains nothing here.
pub fn text(out: &mut Vec<u8>, screen: Screen, paths: &Paths) {
    let shown = Shown::of(paths);
    for route in &shown.routes {
        heading(out, screen, &format!("{}{}", title(route, screen), shown.at(route.place)));
        hops(out, screen, route);
        wrap(out, "", &end(route), screen.columns());
        out.push(b'\n');
    }
    for train in &shown.pings {
        let size = train.size.map_or_else(String::new, |size| format!("{}, ", counted(size.into(), "byte")));
        let text = format!(
            "Ping: {} {} {}, {size}id {}, from frame {} on{}",
            train.client,
            screen.glyphs.right,
            train.target,
            train.id,
            train.first.frame,
            shown.at(train.place),
        );
        heading(out, screen, &text);
        ping(out, screen, train);
        out.push(b'\n');
    }
    for way in &shown.ways {
        let arrow = screen.glyphs.right;
        let place = shown.at(way.place);
        heading(out, screen, &format!("Too big: {} {arrow} {}{place}", way.src, way.dst));
        for line in size(way) {
            wrap(out, INDENT, &line, screen.columns());
        }
        out.push(b'\n');
    }
    for hole in &shown.holes {
        let (arrow, place) = (screen.glyphs.right, shown.at(hole.place));
        heading(out, screen, &format!("Black hole: {} {arrow} {}{place}", hole.src, hole.dst));
        wrap(out, INDENT, &vanished(hole), screen.columns());
        out.push(b'\n');
    }
    wrap(out, "", &account(paths, &shown), screen.columns());
}

fn heading(out: &mut Vec<u8>, screen: Screen, text: &str) {
    screen.style.start(Role::Heading, out);
    wrap(out, "", text, screen.columns());
    screen.style.stop(Role::Heading, out);
}

fn title(route: &Route, screen: Screen) -> String {
    let port = match route.method {
        Method::Tcp(port) => format!(" to port {port}"),
        Method::Udp | Method::Echo(_) => String::new(),
    };
    let frame = route.probes.first().map_or(0, |probe| probe.at.frame);
    format!(
        "Traceroute by {}{port}: {} {} {}, {} from frame {frame} on",
        route.method.name(),
        route.client,
        screen.glyphs.right,
        route.target,
        counted(route.probes.len() as u64, "probe"),
    )
}

/// The table of hops, as far as the target.
fn hops(out: &mut Vec<u8>, screen: Screen, route: &Route) {
    let last = match route.end() {
        End::Reached(ttl) => ttl,
        _ => u8::MAX,
    };
    let mut grid = Grid::new(screen, &HOPS);
    for (ttl, probes) in route.hops().into_iter().filter(|hop| hop.0 <= last) {
        let mut ttl = ttl.to_string();
        for (from, probes) in by_address(&probes) {
            let name = from.map_or_else(|| "*".to_owned(), |from| from.to_string());
            grid.row([std::mem::take(&mut ttl), name, answers(&probes)]);
        }
    }
    grid.print(out);
}

/// Probes of one hop by who answered, in the order of their first answers; those without one count to the first.
fn by_address<'a>(probes: &[&'a Probe]) -> Vec<(Option<IpAddr>, Vec<&'a Probe>)> {
    let mut rows: Vec<(Option<IpAddr>, Vec<&Probe>)> = Vec::new();
    let first = probes.iter().find_map(|probe| probe.answer.map(|answer| answer.from));
    for probe in probes {
        let from = probe.answer.map(|answer| answer.from).or(first);
        match rows.iter_mut().find(|row| row.0 == from) {
            Some(row) => row.1.push(probe),
            None => rows.push((from, vec![probe])),
        }
    }
    rows
}

/// Round trips, `*` for what was not answered, and what was said beside that the time to live was over.
fn answers(probes: &[&Probe]) -> String {
    let mut text = if probes.len() <= MAX_TRIPS {
        let trip = |probe: &&Probe| match (probe.trip(), probe.answer) {
            (None, None) => "*".to_owned(),
            (trip, _) => milliseconds(trip),
        };
        probes.iter().map(trip).collect::<Vec<_>>().join("  ")
    } else {
        let trips: Vec<i64> = probes.iter().filter_map(|probe| probe.trip()).collect();
        let sum = trips.iter().fold(0_i64, |sum, trip| sum.saturating_add(*trip));
        let mean = i64::try_from(trips.len()).ok().and_then(|count| sum.checked_div(count));
        format!(
            "{} to {}, {} on average; {} of {} answered",
            milliseconds(trips.iter().min().copied()),
            milliseconds(trips.iter().max().copied()),
            milliseconds(mean),
            trips.len(),
            probes.len()
        )
    };
    let said = probes.iter().find_map(|probe| match probe.answer?.problem {
        Some(Problem::Exceeded) | None => None,
        Some(problem) => Some(problem.words()),
    });
    if let Some(said) = said {
        text.push_str("  ");
        text.push_str(said);
    }
    text
}

fn end(route: &Route) -> String {
    let mut text = match route.end() {
        End::Reached(ttl) => {
            let more = route.probes.iter().filter(|probe| probe.ttl > ttl).count() as u64;
            match more {
                0 => format!("The target is reached at TTL {ttl}."),
                more => format!(
                    "The target is reached at TTL {ttl}; {} with a longer one.",
                    counted(more, "more probe")
                ),
            }
        }
        End::Refused(ttl, from, problem) => format!("It ends at TTL {ttl}: {from} says {}.", problem.words()),
        End::Silent(ttl) => format!("It ends in silence: nobody answers from TTL {ttl} on."),
        End::Open => "It ends before the target.".to_owned(),
    };
    if route.left_out > 0 {
        text.push_str(&format!(" {} left out.", counted(route.left_out, "later probe")));
    }
    text
}

fn ping(out: &mut Vec<u8>, screen: Screen, train: &Train) {
    let mut text = format!("{} sent, {} answered", thousands(train.sent), thousands(train.answered));
    if train.lost() > 0 {
        let named = train.missing.len() as u64;
        let more = if train.lost() > named { ", ..." } else { "" };
        let missing: Vec<String> = train.missing.iter().map(u16::to_string).collect();
        let share = share(train.lost(), train.sent);
        let lost = thousands(train.lost());
        text.push_str(&format!(", {lost} lost ({share}): no. {}{more}", missing.join(", ")));
    }
    text.push('.');
    let odd = [
        (train.duplicates, "answered again"),
        (train.copies, "seen again further on"),
        (train.unasked, "replies without a request in the capture"),
    ];
    for (count, what) in odd.into_iter().filter(|row| row.0 > 0) {
        text.push_str(&format!(" {} {what}.", thousands(count)));
    }
    wrap(out, INDENT, &text, screen.columns());
    let trips = &train.trips;
    if trips.count > 0 {
        let mut text = format!(
            "ms: min {}, avg {}, max {}, mdev {}",
            milliseconds(Some(trips.least)),
            milliseconds(trips.mean()),
            milliseconds(Some(trips.most)),
            milliseconds(trips.deviation()),
        );
        if let Some(jitter) = trips.jitter() {
            text.push_str(&format!(", jitter {}", milliseconds(Some(jitter))));
        }
        wrap(out, INDENT, &format!("{text}."), screen.columns());
    }
    for ((from, problem), count) in &train.errors {
        let mtu = match problem {
            Problem::TooBig(mtu) => format!(", MTU {mtu}"),
            _ => String::new(),
        };
        let text = format!("{from} said {}: {}{mtu}.", counted(*count, "time"), problem.words());
        wrap(out, INDENT, &text, screen.columns());
    }
    if train.errors_left_out > 0 {
        let text = format!("{} left out.", counted(train.errors_left_out, "further error"));
        wrap(out, INDENT, &text, screen.columns());
    }
}

fn size(way: &Way) -> Vec<String> {
    let mut lines = Vec::new();
    for ((router, mtu), saying) in &way.sayings {
        let room = match mtu {
            0 => "without saying which size would".to_owned(),
            mtu => format!("only up to {}", counted((*mtu).into(), "byte")),
        };
        lines.push(format!(
            "{router} said {}, from frame {} on, that packets of {} do not fit, {room}.",
            counted(saying.count, "time"),
            saying.first.frame,
            counted(saying.longest.into(), "byte"),
        ));
    }
    if way.left_out > 0 {
        lines.push(format!("{} left out.", counted(way.left_out, "further complaint")));
    }
    if let (Some(resent), Some(first)) = (&way.resent, way.first()) {
        let mut text = format!(
            "TCP sent the refused bytes again in {} of at most {}, from frame {} on, {} ms after the first complaint",
            counted(resent.segments, "packet"),
            counted(resent.longest.into(), "byte"),
            resent.first.frame,
            milliseconds(Some(resent.first.time.nanos_since(first.time))),
        );
        text.push_str(&match resent.acknowledged {
            Some(at) => format!("; they arrived (frame {}).", at.frame),
            None => "; no acknowledgment is in the capture.".to_owned(),
        });
        lines.push(text);
    }
    let mut later = Vec::new();
    if way.fitting > 0 {
        let pieces = match way.pieces {
            0 => String::new(),
            pieces => format!(" ({})", counted(pieces, "fragment")),
        };
        later.push(format!("{} that fit{pieces}", counted(way.fitting, "packet")));
    }
    if let Some(last) = way.last_too_big {
        later.push(format!(
            "{} that must not be cut and did not fit, the last in frame {}",
            thousands(way.too_big),
            last.frame
        ));
    }
    if later.is_empty() {
        later.push("nothing".to_owned());
    }
    lines.push(format!("Sent on this way afterwards: {}.", later.join("; ")));
    lines
}

fn vanished(hole: &Hole) -> String {
    let mut text = format!(
        "Packets of {} vanished {} (frames {} to {}) and no router said why",
        counted(hole.length.into(), "byte"),
        counted(hole.tries.into(), "time"),
        hole.first.frame,
        hole.last.frame,
    );
    text.push_str(&match hole.passed {
        0 => ", while the other end was heard.".to_owned(),
        passed => format!(", while packets of up to {} passed.", counted(passed.into(), "byte")),
    });
    if let Some(length) = hole.solved {
        let length = counted(length.into(), "byte");
        text.push_str(&format!(" The same bytes passed in packets of up to {length}."));
    }
    text
}

fn account(paths: &Paths, shown: &Shown<'_>) -> String {
    let mut parts: Vec<String> = [
        (shown.routes.len(), "traceroute"),
        (shown.pings.len(), "ping"),
        (shown.ways.len(), "way with packets that were too big"),
        (shown.holes.len(), "black hole"),
    ]
    .into_iter()
    .filter(|part| part.0 > 0)
    .map(|(count, what)| match (count, what) {
        (1, _) | (_, "traceroute" | "ping" | "black hole") => counted(count as u64, what),
        (count, _) => format!("{} ways with packets that were too big", thousands(count as u64)),
    })
    .collect();
    if parts.is_empty() {
        parts.push("No traceroute, no ping, and no packet that was too big".to_owned());
    }
    let mut text = format!("{}.", parts.join(", "));
    for ((router, src, dst), count) in paths.routes.strays() {
        text.push_str(&format!(
            " {router} said {} that the time to live from {src} to {dst} was over: none of these is a probe here.",
            counted(*count, "time"),
        ));
    }
    let left_out = [
        (paths.routes.left_out, "probe"),
        (paths.routes.strays_left_out, "complaint"),
        (paths.pings.left_out, "echo message"),
        (paths.sizes.left_out, "complaint or segment"),
    ];
    for (count, what) in left_out.into_iter().filter(|row| row.0 > 0) {
        text.push_str(&format!(" There was no room for {}.", counted(count, what)));
    }
    text
}
