//! What was asked for: the sinks behind the flags. Each feeds renderers and writes what they made.

use std::collections::HashSet;
use std::ops::ControlFlow;

use netdissect_dissectors::facts::FlowNumber;
use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::transport::tcp::TCP_PORT;
use thiserror::Error;

use crate::cli::{Bound, Compat, Data, Evidence, Format, FrameRange, Show, View};
use crate::filter::{Filter, FilterError};
use crate::flow::table::{Extras, Flow};
use crate::flow::tcp::time::Times;
use crate::pipeline::{Depth, Ignore, Keep, Reading, Sink};
use crate::render::Screen;
use crate::render::address::Kinds;
use crate::render::field_bytes::FieldBytes;
use crate::render::hex::Hex;
use crate::render::info::Column;
use crate::render::json::{Json, Records, Which};
use crate::render::line::{Line, TimeFormat};
use crate::render::payload::{Payload, Spelling};
use crate::render::plot::Plot;
use crate::render::rows::{Layout, Rows};
use crate::render::select::UnknownField;
use crate::render::style::Escaped;
use crate::render::timeline::Timeline;
use crate::render::tree::Tree;
use crate::save::{Flight, Recorder};
use crate::survey::arp::Neighbours;
use crate::survey::dns::Questions;
use crate::survey::endpoints::Conversations;
use crate::survey::http::Requests;
use crate::survey::leases::Leases;
use crate::survey::nat::Translations;
use crate::survey::path::Paths;
use crate::survey::protocols::Hierarchy;
use crate::survey::rate::Course;

mod choice;
mod crew;
mod datagrams;
mod exchanges;
mod expert;
mod flows;
mod follow;
mod outlet;
mod packets;
mod page;
mod payload;
mod saving;
mod spread;
mod summary;
mod timelines;
mod trust;
mod watch;

use choice::Choice;
use datagrams::DatagramList;
use exchanges::ExchangeList;
use expert::Expert;
use flows::{FlowList, Follow};
use follow::Interleaved;
pub use outlet::{Backlog, Output};
use packets::{Bytes, PacketRenderer, Packets, Press, Silence};
use page::{Addresses, Counted};
use payload::StreamData;
use saving::Saving;
use summary::Overview;
use timelines::Timelines;
use trust::Trust;
use watch::Watch;

/// What was asked for cannot be shown.
#[derive(Debug, Error)]
pub enum ShowError {
    /// A name that no field has.
    #[error(transparent)]
    Field(#[from] UnknownField),
    /// A display filter that is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// Options that contradict or lack each other.
    #[error("{0}")]
    Usage(String),
}

fn usage(text: impl Into<String>) -> ShowError {
    ShowError::Usage(text.into())
}

/// Which packets pass: by flow, by number, by display filter, and up to a count.
#[derive(Debug)]
struct Gate {
    flow: Choice,
    frames: Vec<FrameRange>,
    filter: Option<Filter>,
    /// Flows that are not over and had a packet that the display filter lets pass.
    met: HashSet<FlowNumber>,
    count: Option<u64>,
    shown: u64,
}

impl Gate {
    fn new(show: &Show, registry: &Registry) -> Result<Self, ShowError> {
        let flow = Choice::parse(show.flow.as_deref().unwrap_or_default()).map_err(usage)?;
        let filter = show.filter().map(|text| Filter::new(registry, &text)).transpose()?;
        Ok(Self {
            flow,
            frames: show.frames.clone(),
            filter,
            met: HashSet::new(),
            count: show.count,
            shown: 0,
        })
    }

    /// Every field and protocol that the display filter looks at.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.filter.iter().flat_map(Filter::names)
    }

    fn passes(&mut self, packet: &Packet<'_>) -> bool {
        let number = packet.frame.number;
        let passes = (self.frames.is_empty()
            || self.frames.iter().any(|range| (range.from..=range.to).contains(&number)))
            && self.count.is_none_or(|count| self.shown < count)
            && self.flow.has_packet(packet)
            && self.filter.as_mut().is_none_or(|filter| filter.passes(packet));
        self.shown += u64::from(passes);
        passes
    }

    /// Whether packets have to be taken apart to know which of them pass.
    fn needs_layers(&self) -> bool {
        self.filter.is_some() || !matches!(self.flow, Choice::All)
    }

    /// The same for who shows flows: remembers which flows had such a packet.
    fn notes(&mut self, packet: &Packet<'_>) -> bool {
        let passes = self.passes(packet);
        if passes && self.filter.is_some() {
            self.met.extend(packet.parts.facts.tcp.iter().map(|row| row.1.flow));
        }
        passes
    }

    /// Whether a flow that goes on is shown, as far as it is known.
    fn may_pass_flow(&self, flow: &Flow) -> bool {
        (self.filter.is_none() || self.met.contains(&flow.number)) && self.flow.has(flow)
    }

    /// Whether a flow that is over is shown: with a display filter, if one of its packets was noted.
    fn passes_flow(&mut self, flow: &Flow) -> bool {
        let has_met = self.filter.is_none() || self.met.remove(&flow.number);
        has_met && self.flow.has(flow)
    }

    /// `Break` once no later packet can pass.
    fn verdict(&self, number: u64) -> ControlFlow<()> {
        let full = self.count.is_some_and(|count| self.shown >= count);
        let past = !self.frames.is_empty() && self.frames.iter().all(|range| range.to <= number);
        if full || past { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The sink for `show`, and what it needs to be kept of flows. `heading` says whether lists begin with one. Packets that
/// pass go to `save` too.
///
/// # Errors
/// Unknown fields, and options that contradict each other.
pub fn sink(
    show: &Show,
    registry: &Registry,
    screen: Screen,
    heading: bool,
    out: Output,
    save: Option<Box<dyn Recorder>>,
) -> Result<(Box<dyn Sink>, Keep), ShowError> {
    // With a file to write beside, packets are wanted whole; past a slow reader there is a thread already.
    let others = if save.is_none() && out.waits() { show.threads().saturating_sub(1) } else { 0 };
    let printed = show.prints().then(|| print(show, registry, screen, heading, (out, others))).transpose()?;
    let Some(save) = save else {
        return printed.ok_or_else(|| usage("nothing to show and nothing to write"));
    };
    let gate = Gate::new(show, registry)?;
    let trigger = show.trigger.as_ref().map(|text| Filter::new(registry, text)).transpose()?;
    let trigger = trigger.map(|filter| (filter, Flight::new(show.before, show.after)));
    let size = show.bounds.ends().filter_map(|bound| match bound {
        Bound::Size(bytes) => Some(bytes),
        _ => None,
    });
    let size = size.min();
    let (printed, keep) = match printed {
        Some((sink, keep)) => (Some(sink), keep),
        None if show.annotate || trigger.is_some() => (None, plain(show)),
        None if gate.needs_layers() => (None, Keep { depth: depth(registry, gate.names()), ..plain(show) }),
        None => (None, Keep { depth: Depth::Frames, ..Keep::default() }),
    };
    Ok((Box::new(Saving::new(save, trigger, size, gate, printed, show.annotate)), keep))
}

/// How far packets are taken apart where of them nothing but `names` is looked at.
fn depth(registry: &Registry, names: impl IntoIterator<Item = impl AsRef<str>>) -> Depth {
    let in_streams = registry.reached_from(&TCP_PORT);
    let tells_of_messages = |name: &str| {
        registry.dissectors().zip(&in_streams).any(|(dissector, &in_streams)| {
            let protocol = dissector.protocol();
            in_streams && protocol.name == name
                || protocol.fields.iter().any(|field| field.abbrev == name && (in_streams || field.above))
        })
    };
    let is_message = |name: &str| Column::named(name).is_some() || tells_of_messages(name);
    if names.into_iter().any(|name| is_message(name.as_ref())) { Depth::Messages } else { Depth::Flows }
}

/// What is kept in every mode.
fn plain(show: &Show) -> Keep {
    let ignore = Ignore {
        ids: show.ignore.contains(&Evidence::IpId),
        timestamps: show.ignore.contains(&Evidence::Timestamp),
    };
    // Packets show messages where Wireshark shows them; whoever asks what was said wants to have it in order.
    let in_order = show.in_order || show.view() != View::Packets;
    let reading = match show.compat {
        None if in_order => Reading::InOrder,
        _ => Reading::AsTheyCome,
    };
    let extras = Extras { wireshark: show.compat == Some(Compat::Wireshark), ..Extras::default() };
    let unsound = show.ignore_checksums;
    let contents = show.filter().is_some() || show.trigger.is_some();
    let community_id = wants_community_id(show);
    Keep { reading, unsound, ignore, extras, contents, community_id, ..Keep::default() }
}

/// The sink that prints; packets and timelines, with so many threads besides this one.
fn print(
    show: &Show,
    registry: &Registry,
    screen: Screen,
    heading: bool,
    (out, others): (Output, usize),
) -> Result<(Box<dyn Sink>, Keep), ShowError> {
    let format = match show.format {
        Some(format) => format,
        None if show.fields.is_empty() || show.hex => Format::Text,
        None => Format::Fields,
    };
    let records = match format {
        Format::Jsonl => Some(Records::Lines),
        Format::Json => Some(Records::Array(false)),
        _ => None,
    };
    let plain = plain(show);
    let extras = plain.extras;
    let gate = Gate::new(show, registry)?;
    let view = show.view();
    if view != View::Packets && !matches!(format, Format::Text | Format::Jsonl | Format::Json) {
        return Err(usage(format!("{} is printed as text, jsonl or json", view.flag())));
    }
    if show.max_bytes.is_some() && (view != View::Summary || records.is_none()) {
        return Err(usage("--max-bytes is for --summary with -T json or jsonl"));
    }
    let tells_kinds = view == View::Endpoints || (show.tree && view == View::Packets);
    if show.address_kinds.is_some() && (!tells_kinds || (view == View::Packets && format != Format::Text)) {
        return Err(usage("--address-kinds is for -V as text and for --endpoints"));
    }
    Ok(match view {
        View::Packets => {
            let renderer = packets(show, format, records, registry, screen, heading)?;
            // A line of the list says what kind of body there is, not what stands in it.
            let contents = plain.contents || format != Format::Text || show.tree || show.hex;
            let depth = if show.fields.is_empty() || show.hex || format == Format::Text {
                Depth::Messages
            } else {
                depth(registry, gate.names().map(str::to_owned).chain(show.fields.iter().cloned()))
            };
            let press = Press::new(renderer, out);
            let sink = if others == 0 || show.quiet {
                Packets::new(press, gate)
            } else {
                Packets::spread(press, gate, registry.clone(), others)
            };
            (Box::new(sink), Keep { depth, contents, ..plain })
        }
        View::Follow(flow) => {
            let choice = Choice::parse(&flow).map_err(usage)?;
            if let Some(data) = show.data {
                if gate.filter.is_some() {
                    return Err(usage(
                        "--data writes streams as they come: choose flows by --follow-tcp=FLOW, not by -Y",
                    ));
                }
                let spelling = spelling(data, format, &choice, heading)?;
                let out = if matches!(spelling, Spelling::Raw) { out.raw() } else { out };
                let keep = Keep { payload: true, ..plain };
                return Ok((
                    Box::new(StreamData::new(choice, Payload::new(screen, spelling), out, gate)),
                    keep,
                ));
            }
            if show.plot && format != Format::Text {
                return Err(usage(
                    "--plot draws text; records hold nd.tcp.flight and nd.tcp.cwnd of every segment",
                ));
            }
            let extras = Extras {
                digests: records.is_some(),
                zeek: records.is_some(),
                times: Times::Phases,
                ..extras
            };
            let keep = Keep { rows: true, delivered: true, extras, ..plain };
            if show.interleaved {
                if show.plot {
                    return Err(usage(
                        "--plot draws a flow that is over: it is not for live and not for --interleaved",
                    ));
                }
                let keep = Keep { progress: true, ..keep };
                let sink = Interleaved::new(choice, screen, show.explain, records, out, gate);
                return Ok((Box::new(sink), keep));
            }
            let follow = match records {
                Some(records) => Follow::records(choice, gate, records, show.explain, out),
                None => {
                    let (timeline, plot) =
                        (Timeline::new(screen, show.explain), show.plot.then(|| Plot::new(screen)));
                    let timelines = Timelines::new(timeline, plot, registry.clone(), (out, others));
                    Follow::timelines(choice, gate, timelines)
                }
            };
            (Box::new(follow), keep)
        }
        View::Flows => {
            let extras = Extras { zeek: true, times: Times::Sums, ..Extras::default() };
            let interval = show.refresh.filter(|_| records.is_none());
            let watch = interval.map(|length| Watch::new(screen, length, heading));
            // A record names what the payload is, a line does not.
            let depth = if records.is_some() { Depth::Messages } else { depth(registry, gate.names()) };
            let keep = Keep { depth, extras, interval, ..plain };
            (Box::new(FlowList::new(screen, watch, records, out, gate)), keep)
        }
        View::Expert => {
            let keep = Keep { habits: true, datagrams: true, delivered: true, ..plain };
            (Box::new(Expert::new(screen, records, out, gate)), keep)
        }
        View::Fragments => {
            if gate.filter.is_some() {
                return Err(usage("--fragments tells of datagrams, not of packets: it takes no -Y"));
            }
            let keep = Keep { datagrams: true, ..plain };
            (Box::new(DatagramList::new(screen, records, out, gate)), keep)
        }
        View::Trust => {
            let keep = Keep { delivered: true, ..plain };
            (Box::new(Trust::new(screen, records, out, gate)), keep)
        }
        View::Conversations(between) => {
            let page = Conversations::new(between);
            (Box::new(Counted::new(page, screen, records, out, gate)), plain)
        }
        View::Protocols => (Box::new(Counted::new(Hierarchy::default(), screen, records, out, gate)), plain),
        View::Endpoints => {
            let page = Addresses::new(kinds(show));
            (Box::new(Counted::new(page, screen, records, out, gate)), plain)
        }
        View::Rate(length) => {
            (Box::new(Counted::new(Course::new(length), screen, records, out, gate)), plain)
        }
        View::Dns => (Box::new(ExchangeList::new(Questions::default(), screen, records, out, gate)), plain),
        View::Http => (Box::new(ExchangeList::new(Requests::default(), screen, records, out, gate)), plain),
        View::Path => (Box::new(Counted::new(Paths::default(), screen, records, out, gate)), plain),
        View::Nat => (Box::new(Counted::new(Translations::default(), screen, records, out, gate)), plain),
        View::Leases => {
            (Box::new(Counted::new((Leases::default(), None), screen, records, out, gate)), plain)
        }
        View::Arp => (Box::new(Counted::new(Neighbours::default(), screen, records, out, gate)), plain),
        View::Summary => {
            let keep = Keep { habits: true, datagrams: true, delivered: true, ..plain };
            (Box::new(Overview::new(screen, records, show.max_bytes, out, gate)), keep)
        }
    })
}

/// What shows packets one by one.
fn packets(
    show: &Show,
    format: Format,
    records: Option<Records>,
    registry: &Registry,
    screen: Screen,
    heading: bool,
) -> Result<Box<dyn PacketRenderer>, ShowError> {
    Ok(match format {
        _ if show.quiet => Box::new(Silence),
        Format::Fields | Format::Tsv | Format::Csv => Box::new(rows(show, format, registry, screen)?),
        Format::Jsonl | Format::Json => {
            let which = match () {
                () if !show.fields.is_empty() => Which::Named(&show.fields),
                () if show.tree => Which::All,
                () => Which::Key,
            };
            let json = Json::new(registry, which, screen.cap)?;
            Box::new((json, records.unwrap_or(Records::Lines)))
        }
        Format::Text => {
            let time = time_format(show)?;
            let bytes = bytes(show, registry, screen)?;
            if show.tree {
                Box::new((Tree::new(screen).with_kinds(kinds(show)), bytes))
            } else {
                Box::new((Line::new(screen, time, 6, false), bytes, heading))
            }
        }
    })
}

/// What is said of addresses, if that was asked for.
fn kinds(show: &Show) -> Option<Kinds> {
    show.address_kinds.clone().map(Kinds::new)
}

/// Whether anything that was asked for shows or tries the community ID, a hash for each packet.
fn wants_community_id(show: &Show) -> bool {
    const NAME: &str = "nd.community_id";
    show.tree
        || show.fields.iter().any(|field| field == NAME)
        || show.filter().is_some_and(|text| text.contains(NAME))
}

/// Which bytes stand behind what is said of each packet.
fn bytes(show: &Show, registry: &Registry, screen: Screen) -> Result<Bytes, ShowError> {
    Ok(match () {
        () if show.hex && !show.fields.is_empty() => {
            Bytes::Of(FieldBytes::new(registry, &show.fields, screen.cap)?)
        }
        () if show.hex => Bytes::All(Hex::new(screen.cap)),
        () if show.ascii_payload => Bytes::Payload(Hex::new(screen.cap)),
        () => Bytes::Hidden,
    })
}

/// How to spell payload, if it can be printed as asked; `terminal`: somebody's terminal would get it.
fn spelling(data: Data, format: Format, choice: &Choice, terminal: bool) -> Result<Spelling, ShowError> {
    match data {
        _ if format != Format::Text => Err(usage("--data is printed as text")),
        Data::Raw if terminal => Err(usage("--data raw is not for a terminal: send it to a file or a pipe")),
        Data::Raw if matches!(choice, Choice::All) => {
            Err(usage("--data raw is the payload of one flow: which? --follow-tcp=FLOW"))
        }
        Data::Raw => Ok(Spelling::Raw),
        Data::Text => Ok(Spelling::Text),
        Data::Hex => Ok(Spelling::Hex),
    }
}

fn time_format(show: &Show) -> Result<TimeFormat, ShowError> {
    show.time.parse().map_err(|why: String| usage(format!("-t {why}")))
}

fn rows(show: &Show, format: Format, registry: &Registry, screen: Screen) -> Result<Rows, ShowError> {
    if show.fields.is_empty() {
        return Err(usage("this format needs -e: which fields?"));
    }
    let mut layout = match format {
        Format::Tsv => Layout::tsv(),
        Format::Csv => Layout::csv(),
        _ => Layout::fields(),
    };
    for option in &show.layout {
        layout.set(option).map_err(|why| usage(format!("-E {}: {why}", Escaped::text(option.as_bytes()))))?;
    }
    Ok(Rows::new(registry, &show.fields, layout, screen.cap)?)
}
