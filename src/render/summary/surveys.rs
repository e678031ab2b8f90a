//! What pings, ways, ARP and DHCP came to, in a line each: whether they worked shows over many packets only.

use netdissect_dissectors::packet::Packet;

use crate::render::Screen;
use crate::render::findings::exact;
use crate::render::flows::{counted, thousands};
use crate::render::json::Object;
use crate::render::path::{self, Sums};
use crate::render::protocols::share;
use crate::render::style::wrap;
use crate::survey::arp::{Dispute, Neighbours};
use crate::survey::leases::{Leases, Outcome};
use crate::survey::path::Paths;

/// What becomes the lines.
#[derive(Debug, Default)]
pub(super) struct Surveys {
    paths: Paths,
    neighbours: Neighbours,
    leases: Leases,
}

/// One line: its label, the key of its record, what there was, what became of that, and the screen that tells all of it.
struct Account {
    label: &'static str,
    key: &'static str,
    head: String,
    parts: Vec<Part>,
    screen: &'static str,
}

struct Part {
    key: &'static str,
    count: u64,
    words: String,
    went_wrong: bool,
}

impl Part {
    fn good(key: &'static str, count: u64, words: impl Into<String>) -> Self {
        Self { key, count, words: words.into(), went_wrong: false }
    }

    fn bad(key: &'static str, count: u64, words: impl Into<String>) -> Self {
        Self { key, count, words: words.into(), went_wrong: true }
    }
}

impl Surveys {
    pub(super) fn note(&mut self, packet: &Packet<'_>) {
        self.paths.note(packet);
        self.neighbours.note(packet);
        self.leases.note(packet);
    }

    pub(super) fn text(&self, out: &mut Vec<u8>, screen: Screen) {
        for account in self.accounts() {
            let told = account.parts.iter().filter(|part| part.count > 0);
            let mark = if told.clone().any(|part| part.went_wrong) { screen.glyphs.bad } else { "" };
            let words: Vec<String> =
                told.map(|part| format!("{} {}", thousands(part.count), part.words)).collect();
            let gap = if account.head.is_empty() || words.is_empty() { "" } else { ": " };
            let text = format!("{mark} {}{gap}{}. {}", account.head, words.join(", "), account.screen);
            wrap(out, account.label, text.trim_start(), screen.columns());
        }
    }

    pub(super) fn record(&self, record: &mut Object<'_>) {
        for account in self.accounts() {
            record.object(account.key, |item| {
                for part in account.parts {
                    item.number(part.key, exact(part.count));
                }
            });
        }
    }

    /// Of what there was.
    fn accounts(&self) -> Vec<Account> {
        let sums = path::sums(&self.paths);
        let accounts = [pings(&sums), ways(&sums), neighbours(&self.neighbours), leases(&self.leases)];
        accounts.into_iter().flatten().collect()
    }
}

fn pings(sums: &Sums) -> Option<Account> {
    (sums.pings > 0).then(|| Account {
        label: "Ping",
        key: "ping",
        head: format!("{} with {}", counted(sums.pings, "ping"), counted(sums.asked, "request")),
        parts: vec![
            Part::good("answered", sums.answered, "answered"),
            Part::bad("lost", sums.lost, format!("lost ({})", share(sums.lost, sums.asked))),
            Part::good("duplicates", sums.duplicates, "answered again"),
            Part::bad("errors", sums.errors, "answered by an ICMP error"),
        ],
        screen: "--path",
    })
}

fn ways(sums: &Sums) -> Option<Account> {
    let ways = |count: u64| if count == 1 { "way" } else { "ways" };
    (sums.routes + sums.ways + sums.holes > 0).then(|| Account {
        label: "Path",
        key: "path",
        head: String::new(),
        parts: vec![
            Part::good("routes", sums.routes, if sums.routes == 1 { "traceroute" } else { "traceroutes" }),
            Part::bad("too_big", sums.ways, format!("{} with packets that were too big", ways(sums.ways))),
            Part::bad(
                "black_holes",
                sums.holes,
                format!("{} on which larger packets vanish", ways(sums.holes)),
            ),
        ],
        screen: "--path",
    })
}

fn neighbours(neighbours: &Neighbours) -> Option<Account> {
    let rows = || neighbours.rows().values();
    let disputes = |kind| rows().filter(|row| row.dispute() == kind).count() as u64;
    let in_vain = rows().filter(|row| {
        row.asked.iter().any(|((asker, _), asked)| !asker.is_unspecified() && asked.unanswered() > 0)
    });
    let claimed = rows().filter(|row| !row.claims.is_empty()).count() as u64;
    (neighbours.messages > 0).then(|| Account {
        label: "ARP",
        key: "arp",
        head: match claimed {
            1 => "1 address claimed".to_owned(),
            count => format!("{} addresses claimed", thousands(count)),
        },
        parts: vec![
            Part::bad("conflicts", disputes(Dispute::Conflict), "by several hosts at once"),
            Part::good("moved", disputes(Dispute::Moved), "moved to another host"),
            Part::good("in_vain", in_vain.count() as u64, "asked for in vain"),
        ],
        screen: "--arp",
    })
}

fn leases(leases: &Leases) -> Option<Account> {
    let rows = leases.rows();
    let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count() as u64;
    (!rows.is_empty()).then(|| Account {
        label: "DHCP",
        key: "dhcp",
        head: match rows.len() as u64 {
            1 => "1 lease or attempt".to_owned(),
            count => format!("{} leases or attempts", thousands(count)),
        },
        parts: [
            (Outcome::Leased, false),
            (Outcome::Released, false),
            (Outcome::Informed, false),
            (Outcome::Offered, true),
            (Outcome::Declined, true),
            (Outcome::Refused, true),
            (Outcome::Unanswered, true),
        ]
        .into_iter()
        .map(|(outcome, went_wrong)| Part {
            key: outcome.name(),
            count: count(outcome),
            words: outcome.name().to_owned(),
            went_wrong,
        })
        .collect(),
        screen: "--leases",
    })
}
