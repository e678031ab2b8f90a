//! The format of `*.flow` files (docs/tcp-analysis.md, section 6), one statement a line:
//!
//! ```text
//! # title                         the first comment; others are ignored, also behind a statement (blank, #, blank)
//! v6                              IPv6, and so no IP identification
//! no-sack                         neither end permits SACK
//! ports 50000 9                   of client and server
//! isn C 4294965795                initial sequence number of one side
//! HS(100)  HS(100,w=1000)         handshake: SYN at 0, SYN-ACK at 100 ms, ACK 0.1 ms later; the server offers w
//! HSm(10,90)                      mid-path: SYN-ACK at 10 ms, ACK 90 ms later
//! HSw(100,7,1280)  HSo(100,7,500) window scale 7 offered by both, by the client only; the server offers a window
//! .200 C PA 1/1/100 id=3 Data |ES,ES? #1
//!     time, side, flags, seq/ack/len (relative; - is none), then [w= id= ts=value/echo sk=left-right,... ws= ecn= ttl= cap=bytes
//!     text=first_bytes\n (_ is a blank) bad (its checksum)],
//!     labels joined by + (with alt= or guess), states of client and server if they change (|* if they are not
//!     told), the flow that the segment belongs to
//! 240.5 tick                      a frame of something else
//! .105 icmp 3 1 C                 an ICMP error of this type and code, about the last segment of that side (ICMPv6 in a
//!     file that says v6)
//! flow closed-normal client=C opened=.400 |TW,CL?     one line for each flow: what became of it
//! path S LI SR ES                 all states of that end of the flow above
//! zeek SF ShADadFf originator=C   Zeek's words for the flow above
//! bytes C 200                     length of that end's stream
//! record nd.tcp.irtt 0.05         a key of that flow's record and its value; none is absent, >= and <= are understood
//! at .600 nd.tcp.rto.waited .4    the same of the segment that passed then
//! bytes C 1000 delivered=10 cut=990   and of it the bytes in order, and those that the snap length cut off
//! ```

use std::collections::HashMap;

use netdissect_dissectors::facts::{Known, State};

use super::claims::Claim;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Client,
    Server,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum States {
    Told([Known; 2]),
    NotTold,
}

#[derive(Clone, Debug)]
pub(crate) struct Label {
    /// As it stands in the file.
    pub(crate) text: String,
    /// The word in front of any bracket or number.
    pub(crate) word: String,
    /// What stands in round brackets or behind `#`.
    pub(crate) detail: String,
}

impl Label {
    /// What stands in square brackets.
    pub(crate) fn evidence(&self) -> Option<&str> {
        self.text.split_once('[').map(|(_, rest)| rest.trim_end_matches(']'))
    }
}

/// What the file expects the analysis to call the segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) labels: Vec<Label>,
    /// The runner-up.
    pub(crate) alt: Option<String>,
    /// Told with confidence `guess`.
    pub(crate) guess: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) line: String,
    /// Nanoseconds from the start.
    pub(crate) time: i64,
    pub(crate) side: Side,
    pub(crate) flags: String,
    pub(crate) seq: u32,
    pub(crate) ack: Option<u32>,
    pub(crate) len: usize,
    pub(crate) window: Option<u16>,
    pub(crate) id: Option<u16>,
    pub(crate) timestamps: Option<(u32, u32)>,
    /// Left and right edges, in the order of the option.
    pub(crate) sack: Vec<(u32, u32)>,
    pub(crate) wscale: Option<u8>,
    pub(crate) ttl: u8,
    pub(crate) bad_checksum: bool,
    /// Explicit congestion notification of the packet.
    pub(crate) ecn: u8,
    /// Payload bytes captured; below zero, so much of the header is missing too.
    pub(crate) captured: Option<isize>,
    /// What the payload begins with.
    pub(crate) text: Option<String>,
    pub(crate) expected: Expected,
    pub(crate) states: Option<States>,
    pub(crate) flow: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Segment(Box<Segment>),
    /// A frame that is not TCP.
    Tick(i64),
    /// An error about the last segment of a side.
    Icmp {
        time: i64,
        kind: u8,
        code: u8,
        about: Side,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct FlowEnd {
    pub(crate) verdict: String,
    pub(crate) states: Option<States>,
    pub(crate) client: Option<Side>,
    pub(crate) opened: Option<i64>,
    pub(crate) paths: HashMap<Side, Vec<State>>,
    pub(crate) bytes: HashMap<Side, Bytes>,
    pub(crate) zeek: Option<ZeekWords>,
}

/// What Zeek would log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ZeekWords {
    pub(crate) conn_state: String,
    pub(crate) history: String,
    pub(crate) originator: Option<Side>,
}

/// One stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes {
    pub(crate) len: u64,
    pub(crate) delivered: Option<u64>,
    pub(crate) cut: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) v6: bool,
    pub(crate) no_sack: bool,
    pub(crate) ports: (u16, u16),
    pub(crate) isn: HashMap<Side, u32>,
    /// Window of the server where a line does not tell.
    pub(crate) server_window: Option<u16>,
    pub(crate) events: Vec<Event>,
    pub(crate) flows: Vec<FlowEnd>,
    /// What records hold.
    pub(crate) claims: Vec<Claim>,
}

impl Bytes {
    /// Whether what is told here holds there.
    pub(crate) fn agrees(&self, all: &Self) -> bool {
        let same = |told: Option<u64>, got: Option<u64>| told.is_none() || told == got;
        self.len == all.len && same(self.delivered, all.delivered) && same(self.cut, all.cut)
    }
}

const STATES: [(&str, State); 11] = [
    ("CL", State::Closed),
    ("LI", State::Listen),
    ("SS", State::SynSent),
    ("SR", State::SynReceived),
    ("ES", State::Established),
    ("F1", State::FinWait1),
    ("F2", State::FinWait2),
    ("CW", State::CloseWait),
    ("CG", State::Closing),
    ("LA", State::LastAck),
    ("TW", State::TimeWait),
];

pub(crate) fn abbreviation(state: State) -> &'static str {
    STATES.iter().find(|row| row.1 == state).unwrap().0
}

fn state(text: &str) -> Result<State, String> {
    STATES.iter().find(|row| row.0 == text).map(|row| row.1).ok_or_else(|| format!("{text} is no state"))
}

fn states(text: &str) -> Result<States, String> {
    if text == "*" {
        return Ok(States::NotTold);
    }
    let one = |text: &str| {
        let bare = text.trim_end_matches('?');
        Ok::<_, String>(Known { state: state(bare)?, inferred: bare != text })
    };
    let (client, server) = text.split_once(',').ok_or_else(|| format!("|{text} lacks an end"))?;
    Ok(States::Told([one(client)?, one(server)?]))
}

fn side(text: &str) -> Result<Side, String> {
    match text {
        "C" => Ok(Side::Client),
        "S" => Ok(Side::Server),
        _ => Err(format!("{text} is neither C nor S")),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text} is not a number that fits"))
}

/// Seconds with decimals, in nanoseconds.
fn time(text: &str) -> Result<i64, String> {
    let (secs, fraction) = text.split_once('.').unwrap_or((text, ""));
    let secs: i64 = if secs.is_empty() { 0 } else { number(secs)? };
    if fraction.len() > 9 {
        return Err(format!("{text} is finer than nanoseconds"));
    }
    let nanos: i64 = number(&format!("{fraction:0<9}"))?;
    Ok(secs * 1_000_000_000 + nanos)
}

fn pair<T: std::str::FromStr>(text: &str, separator: char) -> Result<(T, T), String> {
    let (a, b) = text.split_once(separator).ok_or_else(|| format!("{text} lacks {separator}"))?;
    Ok((number(a)?, number(b)?))
}

fn label(text: &str) -> Label {
    let word_end = text.find(['(', '#', '[']).unwrap_or(text.len());
    let (word, rest) = text.split_at(word_end);
    let detail = rest.split('[').next().unwrap_or("").trim_matches(['(', ')', '#']);
    Label { text: text.to_owned(), word: word.to_owned(), detail: detail.to_owned() }
}

/// Labels are joined by `+`, but not the one in `partial+new`.
fn labels(text: &str) -> Vec<Label> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '+' if depth == 0 => {
                found.push(label(&text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(label(&text[start..]));
    found
}

impl Segment {
    fn new(line: &str, time: i64, side: Side, flags: &str, numbers: (u32, Option<u32>, usize)) -> Self {
        Self {
            line: line.to_owned(),
            time,
            side,
            flags: flags.to_owned(),
            seq: numbers.0,
            ack: numbers.1,
            len: numbers.2,
            window: None,
            id: None,
            timestamps: None,
            sack: Vec::new(),
            wscale: None,
            ttl: 64,
            bad_checksum: false,
            ecn: 0,
            captured: None,
            text: None,
            expected: Expected::default(),
            states: None,
            flow: None,
        }
    }

    fn parse(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let mut next = || words.next().ok_or("the line ends too early");
        let (at, from, flags, numbers) = (time(next()?)?, side(next()?)?, next()?, next()?);
        if flags.chars().any(|flag| !"SAFRPUEC".contains(flag)) {
            return Err(format!("{flags} are no flags"));
        }
        let mut parts = numbers.split('/');
        let mut part = || parts.next().ok_or_else(|| format!("{numbers} is not seq/ack/len"));
        let seq = number(part()?)?;
        let ack = match part()? {
            "-" => None,
            ack => Some(number(ack)?),
        };
        let len = number(part()?)?;
        if ack.is_some() != flags.contains('A') {
            return Err(format!("{flags} {numbers}: ACK and its number go together"));
        }
        let mut segment = Self::new(line, at, from, flags, (seq, ack, len));
        for word in words {
            match word.split_once('=') {
                Some(("w", value)) => segment.window = Some(number(value)?),
                Some(("id", value)) => segment.id = Some(number(value)?),
                Some(("ts", value)) => segment.timestamps = Some(pair(value, '/')?),
                Some(("sk", value)) => {
                    segment.sack =
                        value.split(',').map(|block| pair(block, '-')).collect::<Result<_, _>>()?;
                }
                Some(("text", value)) => {
                    segment.text = Some(value.replace('_', " ").replace("\\n", "\n"));
                }
                Some(("ws", value)) => segment.wscale = Some(number(value)?),
                Some(("ttl", value)) => segment.ttl = number(value)?,
                Some(("ecn", value)) => segment.ecn = number(value)?,
                Some(("cap", value)) => segment.captured = Some(number(value)?),
                Some(("alt", value)) => segment.expected.alt = Some(value.to_owned()),
                Some(_) => return Err(format!("{word} is unknown")),
                None if word == "bad" => segment.bad_checksum = true,
                None if word == "guess" => segment.expected.guess = true,
                None => match word.split_at(1) {
                    ("|", text) => segment.states = Some(states(text)?),
                    ("#", text) => segment.flow = Some(number(text)?),
                    _ if segment.expected.labels.is_empty() => segment.expected.labels = labels(word),
                    _ => return Err(format!("{word} is one word too many")),
                },
            }
        }
        if segment.expected.labels.is_empty() {
            return Err("no label".into());
        }
        Ok(segment)
    }
}

impl Scenario {
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut scenario = Self {
            name: name.to_owned(),
            title: String::new(),
            v6: false,
            no_sack: false,
            ports: (50_000, 9),
            isn: HashMap::from([(Side::Client, 1_000_000), (Side::Server, 3_000_000_000)]),
            server_window: None,
            events: Vec::new(),
            flows: Vec::new(),
            claims: Vec::new(),
        };
        for line in text.lines() {
            if scenario.title.is_empty()
                && let Some(title) = line.strip_prefix("# ")
            {
                scenario.title = title.to_owned();
            }
            let line = line.split_once(" # ").map_or(line, |(line, _)| line).trim();
            if !line.is_empty() && !line.starts_with('#') {
                scenario.statement(line).map_err(|why| format!("{line}: {why}"))?;
            }
        }
        Ok(scenario)
    }

    fn statement(&mut self, line: &str) -> Result<(), String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["v6"] => self.v6 = true,
            ["no-sack"] => self.no_sack = true,
            ["ports", client, server] => self.ports = (number(client)?, number(server)?),
            ["isn", end, isn] => {
                self.isn.insert(side(end)?, number(isn)?);
            }
            [prologue] if prologue.starts_with("HS") => self.handshake(line)?,
            ["flow", verdict, rest @ ..] => self.flow(verdict, rest)?,
            ["path", end, path @ ..] => {
                let path = path.iter().map(|text| state(text)).collect::<Result<_, _>>()?;
                self.flows.last_mut().ok_or("path before flow")?.paths.insert(side(end)?, path);
            }
            ["bytes", end, len, rest @ ..] => {
                let mut bytes = Bytes { len: number(len)?, delivered: None, cut: None };
                for word in rest {
                    match word.split_once('=') {
                        Some(("delivered", count)) => bytes.delivered = Some(number(count)?),
                        Some(("cut", count)) => bytes.cut = Some(number(count)?),
                        _ => return Err(format!("{word} is unknown")),
                    }
                }
                self.flows.last_mut().ok_or("bytes before flow")?.bytes.insert(side(end)?, bytes);
            }
            ["record", key, value @ ..] => {
                self.claims.push(Claim::new(self.flows.len(), None, key, value)?);
            }
            ["at", at, key, value @ ..] => {
                self.claims.push(Claim::new(self.flows.len(), Some(time(at)?), key, value)?);
            }
            ["zeek", conn_state, history, rest @ ..] => {
                let originator = match rest {
                    [] => None,
                    [word] => {
                        let end = word.strip_prefix("originator=");
                        Some(side(end.ok_or_else(|| format!("{word} is unknown"))?)?)
                    }
                    _ => return Err("too many words".into()),
                };
                let (conn_state, history) = ((*conn_state).to_owned(), (*history).to_owned());
                self.flows.last_mut().ok_or("zeek before flow")?.zeek =
                    Some(ZeekWords { conn_state, history, originator });
            }
            [at, "icmp", kind, code, about] => {
                let (time, kind, code) = (time(at)?, number(kind)?, number(code)?);
                self.events.push(Event::Icmp { time, kind, code, about: side(about)? });
            }
            [at, "tick"] => self.events.push(Event::Tick(time(at)?)),
            _ => self.events.push(Event::Segment(Box::new(Segment::parse(line)?))),
        }
        Ok(())
    }

    fn flow(&mut self, verdict: &str, rest: &[&str]) -> Result<(), String> {
        let mut flow = FlowEnd {
            verdict: verdict.to_owned(),
            states: None,
            client: None,
            opened: None,
            paths: HashMap::new(),
            bytes: HashMap::new(),
            zeek: None,
        };
        for word in rest {
            match (word.split_once('='), word.strip_prefix('|')) {
                (Some(("client", end)), _) => flow.client = Some(side(end)?),
                (Some(("opened", at)), _) => flow.opened = Some(time(at)?),
                (None, Some(text)) => flow.states = Some(states(text)?),
                _ => return Err(format!("{word} is unknown")),
            }
        }
        self.flows.push(flow);
        Ok(())
    }

    /// `HS…(…)`: three segments whose states follow from rules S2 to S6.
    fn handshake(&mut self, line: &str) -> Result<(), String> {
        let inner = line.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).ok_or("no brackets")?;
        let arguments: Vec<&str> = inner.split(',').collect();
        let millis = |text: &str| time(text).map(|ns| ns / 1_000);
        let answer = millis(arguments[0])?;
        let (mut ack, mut scales) = (100_000, (None, None));
        match (line.split('(').next(), arguments.as_slice()) {
            (Some("HS"), [_]) => {}
            (Some("HS"), [_, window]) => {
                self.server_window = Some(number(window.strip_prefix("w=").ok_or("w= is missing")?)?);
            }
            (Some("HSm"), [_, b]) => ack = millis(b)?,
            (Some(kind @ ("HSw" | "HSo")), [_, shift, window]) => {
                let shift = Some(number(shift)?);
                scales = (shift, if kind == "HSw" { shift } else { None });
                self.server_window = Some(number(window)?);
            }
            _ => return Err("unknown prologue".into()),
        }
        let segment = |at, from, flags, numbers, text: &str, label: &str| -> Result<Segment, String> {
            let mut segment = Segment::new(&format!("{line} {label}"), at, from, flags, numbers);
            segment.states = Some(states(text)?);
            segment.expected.labels = labels(label);
            Ok(segment)
        };
        let mut syn = segment(0, Side::Client, "S", (0, None, 0), "SS,LI?", "SYN")?;
        let mut syn_ack = segment(answer, Side::Server, "SA", (0, Some(1), 0), "ES?,SR", "SYN-ACK")?;
        let third = segment(answer + ack, Side::Client, "A", (1, Some(1), 0), "ES,ES?", "Ack")?;
        (syn.wscale, syn_ack.wscale) = scales;
        self.events.extend([syn, syn_ack, third].map(|segment| Event::Segment(Box::new(segment))));
        Ok(())
    }
}
