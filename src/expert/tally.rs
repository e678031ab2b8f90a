//! Findings that many flows or packets share: counted by what they have in common.

use std::collections::HashMap;
use std::net::IpAddr;

use netdissect_dissectors::facts::FlowNumber;
use netdissect_dissectors::frame::Timestamp;

use super::words::{count, list, was};
use super::{Finding, Kind, MAX_NAMED, Number};
use crate::flow::habits::Mark;
use crate::flow::key::Endpoint;
use crate::flow::tcp::IcmpError;

/// Groups counted by themselves; what belongs to further ones is counted together.
const MAX_GROUPS: usize = 4_096;

/// Handshakes with one server that never finished, from which on a flood is likely.
const FLOOD: u64 = 100;

/// What the members of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The capture.
    Capture,
    /// The server that attempts went to.
    Server(Endpoint),
    /// The protocol and what contradicts it.
    Fault(&'static str, &'static str),
}

/// One member of a group.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its first frame.
    pub mark: Mark,
    /// Its flow.
    pub flow: Option<FlowNumber>,
    /// The client.
    pub client: Option<IpAddr>,
    /// Packets or segments.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
    /// The ICMP error that answered it.
    pub error: Option<IcmpError>,
}

#[derive(Debug)]
struct Group {
    /// How many groups there were before it.
    nth: usize,
    time: Timestamp,
    /// The frame of the newest member: a packet counts once, however often it is told of.
    last: u64,
    members: u64,
    flows: Vec<FlowNumber>,
    flow_count: u64,
    frames: Vec<u64>,
    packets: u64,
    bytes: u64,
    /// Most bytes of one member.
    most: u64,
    client: Option<IpAddr>,
    several_clients: bool,
    /// Who said what in ICMP errors, and the first frame of each, at most [`MAX_NAMED`].
    said: Vec<(IpAddr, &'static str, u64)>,
    said_more: bool,
}

/// All groups.
#[derive(Debug, Default)]
pub struct Tallies {
    groups: HashMap<(Kind, Subject), Group>,
}

impl Tallies {
    /// Counts a member in.
    pub fn add(&mut self, kind: Kind, subject: Subject, member: &Member) {
        let is_full = self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(&(kind, subject));
        let subject = if is_full { Subject::Capture } else { subject };
        let nth = self.groups.len();
        let group = self.groups.entry((kind, subject)).or_insert_with(|| Group {
            nth,
            time: member.mark.1,
            last: 0,
            members: 0,
            flows: Vec::new(),
            flow_count: 0,
            frames: Vec::new(),
            packets: 0,
            bytes: 0,
            most: 0,
            client: member.client,
            several_clients: false,
            said: Vec::new(),
            said_more: false,
        });
        if member.flow.is_none() && group.last == member.mark.0 {
            return;
        }
        group.last = member.mark.0;
        group.members += 1;
        group.packets += member.packets;
        group.bytes += member.bytes;
        group.most = group.most.max(member.bytes);
        group.several_clients |= group.client != member.client;
        if let Some(flow) = member.flow {
            group.flow_count += 1;
            if group.flows.len() < MAX_NAMED {
                group.flows.push(flow);
            }
        }
        if group.frames.len() < MAX_NAMED {
            group.frames.push(member.mark.0);
        }
        if let Some(error) = &member.error {
            group.hear(error);
        }
    }

    /// One finding for each group.
    pub(super) fn findings(self) -> Vec<Finding> {
        let mut groups: Vec<_> = self.groups.into_iter().collect();
        groups.sort_by_key(|((kind, _), group)| (*kind, group.frames.first().copied(), group.nth));
        groups.into_iter().map(|((kind, subject), group)| group.finding(kind, subject)).collect()
    }
}

impl Group {
    fn finding(mut self, kind: Kind, subject: Subject) -> Finding {
        self.frames.sort_unstable();
        let (title, text) = self.words(kind, subject);
        let mut numbers =
            vec![("count", Number::Count(self.members)), ("packets", Number::Count(self.packets))];
        if self.bytes > 0 {
            numbers.push(("bytes", Number::Count(self.bytes)));
        }
        Finding {
            kind,
            title,
            time: self.time,
            flows: self.flows,
            flow_count: self.flow_count,
            frames: self.frames,
            frame_count: self.members,
            text,
            signs: Vec::new(),
            after: String::new(),
            numbers,
        }
    }

    /// Notes who said what.
    fn hear(&mut self, error: &IcmpError) {
        let words = error.words();
        if self.said.iter().any(|row| (row.0, row.1) == (error.from, words)) {
            return;
        }
        match self.said.len() < MAX_NAMED {
            true => self.said.push((error.from, words, error.frame)),
            false => self.said_more = true,
        }
    }

    /// `192.0.2.1 says host unreachable (No. 2)`, one for each who said something else.
    fn says(&self) -> String {
        let said = self.said.iter().map(|(from, words, frame)| format!("{from} says {words} (No. {frame})"));
        let others = self.said_more.then(|| "others say more".to_owned());
        list(&said.chain(others).collect::<Vec<_>>())
    }

    /// `3 attempts of 192.0.2.1 to 192.0.2.2:80`.
    fn attempts(&self, subject: Subject) -> String {
        let mut text = count(self.members, "attempt");
        match self.client {
            Some(client) if self.several_clients => text.push_str(&format!(" by {client} and others")),
            Some(client) => text.push_str(&format!(" by {client}")),
            None => {}
        }
        if let Subject::Server(end) = subject {
            text.push_str(&format!(" to {end}"));
        }
        text
    }

    fn words(&self, kind: Kind, subject: Subject) -> (String, String) {
        let (members, packets, bytes) = (self.members, self.packets, self.bytes);
        let connections = count(self.flow_count, "connection");
        let (title, text) = match kind {
            Kind::Refused => (
                "Connection refused",
                format!(
                    "{} {} answered by a reset: the host is there, nothing listens on that port.",
                    self.attempts(subject),
                    was(members)
                ),
            ),
            Kind::Unreachable => (
                "Attempt answered by an ICMP error",
                format!(
                    "{} {} answered by an ICMP error: {}.",
                    self.attempts(subject),
                    was(members),
                    self.says()
                ),
            ),
            Kind::Unanswered => (
                "No answer to a SYN",
                format!(
                    "{}, {} in all: nothing came back. The host is down, a filter drops them in silence, or the capture \
                     misses the way back.",
                    self.attempts(subject),
                    count(packets, "SYN")
                ),
            ),
            Kind::HalfOpen => (
                "Handshake never finished",
                format!(
                    "{} {} answered by SYN, ACK; the third segment never came.{}",
                    self.attempts(subject),
                    was(members),
                    if members >= FLOOD {
                        " So many are a SYN flood, or clients whose answers get lost."
                    } else {
                        ""
                    }
                ),
            ),
            Kind::AbortedHandshake => (
                "Handshake aborted",
                format!(
                    "{} ended with a reset before the connection was open: port scans and health checks look like this.",
                    self.attempts(subject)
                ),
            ),
            Kind::Checksum => (
                "Wrong TCP checksum",
                format!(
                    "{} in {connections}: their receivers drop them, and they change nothing here. If they are all of \
                     one host, checksums were to be filled in after the capture, or addresses were rewritten.",
                    count(packets, "segment")
                ),
            ),
            Kind::CaptureLoss => (
                "The capture missed packets",
                format!(
                    "{} of {connections} {} acknowledged but never captured: the network delivered them.",
                    count(bytes, "byte"),
                    was(bytes)
                ),
            ),
            Kind::ResetAfterClose => (
                "Reset after the close",
                format!(
                    "{connections} had been closed by both ends before a reset came: it changes nothing."
                ),
            ),
            Kind::Duplicates => (
                "Frames that passed twice",
                format!(
                    "{} in {connections}: captured twice, or doubled by the network. They are left out of the counts of \
                     their connections.",
                    count(packets, "second copy").replace("copys", "copies")
                ),
            ),
            Kind::Offload => (
                "Segments larger than the wire carries",
                format!(
                    "{connections} with payloads up to {} in one segment, more than the receiver's maximum: the \
                     capturing host's interface cuts or joins them (offload).",
                    count(self.most, "byte")
                ),
            ),
            Kind::Snaplen => (
                "Packets recorded in part",
                format!(
                    "{} {} cut by the snap length, {} in all: payload is not readable, states and times are not affected.",
                    count(packets, "packet"),
                    was(packets),
                    count(bytes, "byte")
                ),
            ),
            Kind::OneWay => (
                "Only one direction captured",
                format!(
                    "{connections}: states of the silent end are inferred from what the other acknowledges."
                ),
            ),
            _ => match subject {
                Subject::Fault(protocol, why) => {
                    return (
                        format!("Malformed {protocol}"),
                        format!("{}: {why}.", count(packets, "packet")),
                    );
                }
                _ => ("Malformed packets", format!("{} of further kinds.", count(packets, "packet"))),
            },
        };
        (title.into(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two faults of one frame: hashes have another key in each run, and what is printed must not depend on it.
    #[test]
    fn groups_of_one_frame_come_as_they_were_met() {
        let mark = (2, Timestamp::new(1_700_000_000, 0));
        let member = Member { mark, flow: None, client: None, packets: 1, bytes: 0, error: None };
        let protocols = ["udp", "dns", "ip", "tcp", "http", "eth", "arp", "icmp"];
        let mut tallies = Tallies::default();
        for protocol in protocols {
            tallies.add(Kind::Malformed, Subject::Fault(protocol, "ends early"), &member);
        }
        let titles: Vec<String> = tallies.findings().into_iter().map(|finding| finding.title).collect();
        assert_eq!(titles, protocols.map(|protocol| format!("Malformed {protocol}")));
    }
}
