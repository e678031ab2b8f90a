//! Leases of DHCP (RFC 2131) as stories: discover, offer, request, acknowledgment, and what became of the address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

use netdissect_dissectors::bytes::{u8_at, up_to};
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::{Layer, Packet};
use netdissect_dissectors::walk::{Budget, Visitor};
use netdissect_dissectors::{Field, Value};

use super::exchange::{Moment, kept};

/// Stories that are told.
const MAX_STORIES: usize = 16_384;
/// Messages of one story.
const MAX_STEPS: usize = 64;
/// A lease time that never ends (RFC 2131 section 3.3).
const FOREVER: u32 = u32::MAX;
/// Where the client's hardware address begins, and the most bytes that it has.
const HARDWARE: (usize, usize) = (28, 16);

/// What one message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A client looks for servers.
    Discover,
    /// A server offers an address.
    Offer,
    /// The client takes an offer.
    Select,
    /// It asks for the address that it had before it was restarted.
    Reboot,
    /// It asks its server for more time.
    Renew,
    /// It asks any server for more time.
    Rebind,
    /// The server agrees.
    Ack,
    /// It does not.
    Nak,
    /// The client found that somebody else has the address.
    Decline,
    /// It gives the address back.
    Release,
    /// It has an address and asks for the rest.
    Inform,
}

impl Deed {
    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discover => "discover",
            Self::Offer => "offer",
            Self::Select => "request",
            Self::Reboot => "request-reboot",
            Self::Renew => "request-renew",
            Self::Rebind => "request-rebind",
            Self::Ack => "ack",
            Self::Nak => "nak",
            Self::Decline => "decline",
            Self::Release => "release",
            Self::Inform => "inform",
        }
    }

    const fn is_answer(self) -> bool {
        matches!(self, Self::Offer | Self::Ack | Self::Nak)
    }
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Where it passed.
    pub at: Moment,
    /// What it does.
    pub deed: Deed,
    /// The same message of the same transaction was there before.
    pub again: bool,
    /// `dhcp.id`
    pub transaction: u32,
    /// The address that it is about.
    pub address: Option<Ipv4Addr>,
    /// The server that it names or comes from.
    pub server: Option<IpAddr>,
    /// Seconds that it grants.
    pub lease: Option<u32>,
    /// Nanoseconds from the question, of an answer.
    pub after: Option<i64>,
}

/// How a story ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody answered.
    Unanswered,
    /// Addresses were offered, none was granted.
    Offered,
    /// The client has the address.
    Leased,
    /// The client was told settings for an address of its own.
    Informed,
    /// A server refused.
    Refused,
    /// The client refused.
    Declined,
    /// The client gave it back.
    Released,
}

impl Outcome {
    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::Offered => "offered",
            Self::Leased => "leased",
            Self::Informed => "informed",
            Self::Refused => "refused",
            Self::Declined => "declined",
            Self::Released => "released",
        }
    }
}

/// What happened between a client and its servers over one address.
#[derive(Clone, Debug)]
pub struct Story {
    /// The client's hardware address, 0 to 16 bytes.
    pub client: Vec<u8>,
    /// The name that it gives itself.
    pub name: Vec<u8>,
    /// Its messages in their order.
    pub steps: Vec<Step>,
    /// Messages for which there was no room.
    pub left_out: u64,
    /// How it ends.
    pub outcome: Outcome,
    /// The address that was granted, or else offered, or asked for.
    pub address: Option<Ipv4Addr>,
    /// Who granted or offered it.
    pub server: Option<IpAddr>,
    /// Seconds that were granted last.
    pub lease: Option<u32>,
    /// Seconds until the client renews (T1).
    pub renewal: Option<u32>,
    /// Seconds until it rebinds (T2).
    pub rebinding: Option<u32>,
    /// When the lease that was granted or renewed last began: with its request (RFC 2131 section 4.4.1).
    pub granted: Option<Timestamp>,
}

impl Story {
    /// When the lease is over, unless it is renewed or lasts forever; `None` where the client holds none.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        if self.outcome != Outcome::Leased {
            return None;
        }
        let lease = self.lease.filter(|&lease| lease != FOREVER)?;
        Some(self.granted?.plus_nanos(i64::from(lease).saturating_mul(1_000_000_000)))
    }

    /// Whether it lasts forever.
    #[must_use]
    pub fn is_forever(&self) -> bool {
        self.lease == Some(FOREVER)
    }

    fn is_over(&self) -> bool {
        !matches!(self.outcome, Outcome::Unanswered | Outcome::Offered)
    }

    /// Whether a message belongs to the next story.
    fn ends_before(&self, deed: Deed, transaction: u32) -> bool {
        match deed {
            // Whoever gets no answer tries again, often as a new transaction.
            Deed::Discover | Deed::Reboot => {
                self.is_over() && self.steps.last().is_none_or(|last| last.transaction != transaction)
            }
            Deed::Inform => self.outcome != Outcome::Informed && !self.steps.is_empty(),
            _ => false,
        }
    }

    fn add(&mut self, message: &Message, step: Step) {
        let Step { at, deed, .. } = step;
        match deed {
            Deed::Offer if !self.is_over() => {
                self.outcome = Outcome::Offered;
                self.address = step.address.or(self.address);
                self.server = step.server;
            }
            // Whoever has an answer discards further ones (RFC 2131, figure 5).
            Deed::Ack | Deed::Nak if self.is_decided(step.transaction) => {}
            Deed::Ack if self.question(step.transaction).is_some_and(|asked| asked.deed == Deed::Inform) => {
                self.outcome = Outcome::Informed;
                self.server = step.server;
            }
            Deed::Ack => {
                self.outcome = Outcome::Leased;
                self.address = step.address.or(self.address);
                self.server = step.server;
                self.lease = step.lease;
                self.renewal = message.renewal;
                self.rebinding = message.rebinding;
                self.granted = Some(self.requested(step.transaction).unwrap_or(at.time));
            }
            Deed::Nak => self.outcome = Outcome::Refused,
            Deed::Decline => self.outcome = Outcome::Declined,
            Deed::Release => self.outcome = Outcome::Released,
            _ => self.address = self.address.or(step.address),
        }
        if self.name.is_empty() && !deed.is_answer() {
            self.name.clone_from(&message.name);
        }
        if self.steps.len() < MAX_STEPS {
            self.steps.push(step);
        } else {
            self.left_out += 1;
        }
    }

    /// The last message of the client in `transaction`.
    fn question(&self, transaction: u32) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.transaction == transaction && !step.deed.is_answer())
    }

    /// Whether a server agreed or refused since the last message of the client in `transaction`.
    fn is_decided(&self, transaction: u32) -> bool {
        let latest = self.steps.iter().rev().filter(|step| step.transaction == transaction);
        latest.take_while(|step| step.deed.is_answer()).any(|step| matches!(step.deed, Deed::Ack | Deed::Nak))
    }

    /// When the request of `transaction` was sent first.
    fn requested(&self, transaction: u32) -> Option<Timestamp> {
        let last = self.question(transaction)?;
        let same = |step: &&Step| (step.transaction, step.deed) == (transaction, last.deed);
        self.steps.iter().find(same).map(|step| step.at.time)
    }

    /// Time from the last question of `transaction` that `deed` answers.
    fn since_question(&self, deed: Deed, transaction: u32, now: Timestamp) -> Option<i64> {
        let asks = |step: &&Step| {
            let fits = match deed {
                Deed::Offer => step.deed == Deed::Discover,
                _ => !step.deed.is_answer() && step.deed != Deed::Discover,
            };
            step.transaction == transaction && fits
        };
        self.steps.iter().rev().find(asks).map(|step| now.nanos_since(step.at.time))
    }
}

/// All stories.
#[derive(Debug, Default)]
pub struct Leases {
    stories: Vec<Story>,
    /// The latest story of each client.
    latest: HashMap<Vec<u8>, usize>,
    /// Messages of stories for which there was no room.
    pub left_out: u64,
    /// Messages of BOOTP, which knows no leases.
    pub bootp: u64,
}

impl Leases {
    /// Looks at one packet.
    pub fn note(&mut self, packet: &Packet<'_>) {
        for layer in packet.layers() {
            if layer.protocol().name == "dhcp" && !layer.is_quoted() {
                self.message(&layer);
            }
        }
    }

    fn message(&mut self, layer: &Layer<'_>) {
        let mut message = Message::default();
        layer.walk(&mut message, &mut Budget::default());
        let Some(kind) = message.kind else {
            self.bootp += 1;
            return;
        };
        let Some(net) = layer.net() else { return };
        let Some(deed) = message.deed(kind, net.dst) else { return };
        let len = usize::from(u8_at(layer.data(), 2).unwrap_or_default()).min(HARDWARE.1);
        let client = up_to(layer.data(), HARDWARE.0, len).to_vec();
        let known = self.latest.get(&client).copied();
        let goes_on = known
            .and_then(|at| self.stories.get(at))
            .is_some_and(|story| !story.ends_before(deed, message.transaction));
        let at = match known.filter(|_| goes_on) {
            Some(at) => at,
            None if self.stories.len() >= MAX_STORIES => {
                self.left_out += 1;
                return;
            }
            None => {
                self.latest.insert(client.clone(), self.stories.len());
                self.stories.push(Story::new(client));
                self.stories.len() - 1
            }
        };
        let Some(story) = self.stories.get_mut(at) else { return };
        let now = Moment::of(&layer.packet);
        let transaction = message.transaction;
        let server = message.server.map(IpAddr::V4);
        let again = story.steps.iter().any(|step| {
            (step.deed, step.transaction) == (deed, transaction)
                && (!deed.is_answer() || step.server == server.or(Some(net.src)))
        });
        let after = if deed.is_answer() { story.since_question(deed, transaction, now.time) } else { None };
        let step = Step {
            at: now,
            deed,
            again,
            transaction,
            address: message.address(deed),
            server: if deed.is_answer() { server.or(Some(net.src)) } else { server },
            lease: message.lease.filter(|_| deed.is_answer()),
            after,
        };
        story.add(&message, step);
    }

    /// The stories in the order in which they began.
    #[must_use]
    pub fn rows(&self) -> &[Story] {
        &self.stories
    }
}

impl Story {
    fn new(client: Vec<u8>) -> Self {
        Self {
            client,
            name: Vec::new(),
            steps: Vec::new(),
            left_out: 0,
            outcome: Outcome::Unanswered,
            address: None,
            server: None,
            lease: None,
            renewal: None,
            rebinding: None,
            granted: None,
        }
    }
}

/// What is read of one message.
#[derive(Debug, Default)]
struct Message {
    kind: Option<u64>,
    transaction: u32,
    client: Option<Ipv4Addr>,
    your: Option<Ipv4Addr>,
    requested: Option<Ipv4Addr>,
    server: Option<Ipv4Addr>,
    lease: Option<u32>,
    renewal: Option<u32>,
    rebinding: Option<u32>,
    name: Vec<u8>,
}

impl Message {
    /// What a message of this type does, sent to `to` (RFC 2131 section 4.3.2 tells the requests apart).
    fn deed(&self, kind: u64, to: IpAddr) -> Option<Deed> {
        let is_broadcast = matches!(to, IpAddr::V4(addr) if addr.is_broadcast());
        Some(match kind {
            1 => Deed::Discover,
            2 => Deed::Offer,
            3 if self.server.is_some() => Deed::Select,
            3 if self.client.is_none() => Deed::Reboot,
            3 if is_broadcast => Deed::Rebind,
            3 => Deed::Renew,
            4 => Deed::Decline,
            5 => Deed::Ack,
            6 => Deed::Nak,
            7 => Deed::Release,
            8 => Deed::Inform,
            _ => return None,
        })
    }

    fn address(&self, deed: Deed) -> Option<Ipv4Addr> {
        if deed.is_answer() { self.your } else { self.requested.or(self.client) }
    }
}

impl Visitor for Message {
    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        let seconds = |value: u64| u32::try_from(value).ok();
        match (field.abbrev, value) {
            ("dhcp.option.dhcp", Value::Uint(kind)) => self.kind = Some(kind),
            ("dhcp.id", Value::Uint(id)) => self.transaction = seconds(id).unwrap_or_default(),
            ("dhcp.ip.client", Value::Ipv4(addr)) => self.client = known(addr),
            ("dhcp.ip.your", Value::Ipv4(addr)) => self.your = known(addr),
            ("dhcp.option.requested_ip_address", Value::Ipv4(addr)) => self.requested = known(addr),
            ("dhcp.option.dhcp_server_id", Value::Ipv4(addr)) => self.server = known(addr),
            ("dhcp.option.ip_address_lease_time", Value::Uint(time)) => self.lease = seconds(time),
            ("dhcp.option.renewal_time_value", Value::Uint(time)) => self.renewal = seconds(time),
            ("dhcp.option.rebinding_time_value", Value::Uint(time)) => self.rebinding = seconds(time),
            ("dhcp.option.hostname", Value::Text(name)) => self.name = kept(name),
            _ => {}
        }
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }

    fn close(&mut self) {}
}

/// An address, unless it stands for none.
fn known(addr: Ipv4Addr) -> Option<Ipv4Addr> {
    (!addr.is_unspecified()).then_some(addr)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A story of messages, each a second after the one before: what it does, its transaction, its server.
    fn story(deeds: &[(Deed, u32, u32)]) -> Story {
        let mut story = Story::new(vec![2, 0, 0, 0, 0, 1]);
        for (second, &(deed, transaction, server)) in (0..).zip(deeds) {
            let step = Step {
                at: Moment { frame: 1, time: Timestamp::new(second, 0) },
                deed,
                again: false,
                transaction,
                address: Some(Ipv4Addr::from(7)),
                server: Some(Ipv4Addr::from(server).into()),
                lease: deed.is_answer().then_some(600),
                after: None,
            };
            story.add(&Message::default(), step);
        }
        story
    }

    #[test]
    fn the_first_answer_decides() {
        use Deed::{Ack, Inform, Nak, Reboot, Renew};
        let informed = story(&[(Inform, 1, 0), (Ack, 1, 1), (Ack, 1, 2)]);
        assert_eq!((informed.outcome, informed.lease, informed.until()), (Outcome::Informed, None, None));
        let leased = story(&[(Reboot, 1, 0), (Ack, 1, 1), (Nak, 1, 2)]);
        assert_eq!((leased.outcome, leased.server), (Outcome::Leased, Some(Ipv4Addr::from(1).into())));
        // Another question is another answer.
        let refused = story(&[(Reboot, 1, 0), (Ack, 1, 1), (Renew, 2, 0), (Nak, 2, 1)]);
        assert_eq!((refused.outcome, refused.until()), (Outcome::Refused, None));
    }

    #[test]
    fn a_lease_counts_from_its_request_and_ends_when_it_is_given_back() {
        use Deed::{Ack, Decline, Discover, Offer, Release, Renew, Select};
        let mut deeds = vec![(Discover, 1, 0), (Offer, 1, 1), (Select, 1, 1), (Select, 1, 1), (Ack, 1, 1)];
        assert_eq!(story(&deeds).until(), Some(Timestamp::new(602, 0)));
        deeds.extend([(Renew, 2, 0), (Ack, 2, 1)]);
        assert_eq!(story(&deeds).until(), Some(Timestamp::new(605, 0)));
        for end in [Release, Decline] {
            let ended = story(&[&deeds[..], &[(end, 3, 1)]].concat());
            assert_eq!((ended.lease, ended.until()), (Some(600), None), "{end:?}");
        }
    }
}
