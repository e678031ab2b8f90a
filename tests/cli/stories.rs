//! Screens that assemble what shows only over many packets: `--path`, `--nat`, `--leases`, `--arp`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::common::{run, run_fed, samples};

fn text(sample: &str, args: &[&str]) -> String {
    let args = ["read", sample].into_iter().chain(args.iter().copied());
    run(args.collect::<Vec<_>>()).expect(0).out()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn records(sample: &str, screen: &str) -> Vec<Value> {
    lines(&text(sample, &[screen, "-T", "jsonl"]))
}

/// Times of all frames in ns since the first, by number.
fn times(sample: &str) -> BTreeMap<u64, i64> {
    let rows = text(sample, &["-T", "tsv", "-e", "frame.number,frame.time_relative"]);
    let row = |line: &str| {
        let (number, time) = line.split_once('\t').unwrap();
        (number.parse().unwrap(), nanos(time))
    };
    rows.lines().skip(1).map(row).collect()
}

fn nanos(seconds: &str) -> i64 {
    seconds.replace('.', "").parse().unwrap()
}

fn count(sample: &str, filter: &str) -> u64 {
    lines(&text(sample, &["-T", "jsonl", "-Y", filter])).len() as u64
}

#[test]
fn routes_have_their_hops() {
    let v4 = ["192.0.2.1", "198.51.100.2", "203.0.113.80"];
    let v6 = ["2001:db8:1::1", "2001:db8:2::2", "2001:db8:3::80"];
    for (sample, method, addresses, probes) in [
        ("traceroute_v4.pcap", "udp", v4, 2),
        ("traceroute_icmp.pcap", "icmp", v4, 2),
        ("traceroute_tcp.pcap", "tcp", v4, 1),
        ("traceroute_v6.pcap", "udp", v6, 2),
    ] {
        let all = records(sample, "--path");
        assert_eq!(all.len(), 1, "{sample}: echo requests of a traceroute are no ping");
        let route = &all[0];
        assert_eq!(route["kind"], "route");
        assert_eq!(route["nd.route.method"], method, "{sample}");
        assert_eq!((&route["nd.route.end"], &route["nd.route.end_ttl"]), (&json!("reached"), &json!(3)));
        let times = times(sample);
        let hops = route["nd.route.hops"].as_array().unwrap();
        assert_eq!(hops.len(), 3);
        for ((hop, address), ttl) in hops.iter().zip(addresses).zip(1..) {
            assert_eq!(hop["ttl"], ttl);
            let answered = hop["probes"].as_array().unwrap();
            assert_eq!(answered.len(), probes);
            for probe in answered {
                assert_eq!(probe["from"], address, "{sample}");
                let [asked, answer] = ["frame", "answer"].map(|key| times[&probe[key].as_u64().unwrap()]);
                assert_eq!(nanos(probe["time"].as_str().unwrap()), answer - asked, "{sample}");
            }
        }
    }
}

#[test]
fn pings_are_counted_as_ping_counts() {
    let all = records("ping_v4.pcap", "--path");
    let trains: Vec<&Value> = all.iter().filter(|row| row["kind"] == "ping").collect();
    let sum =
        |key: &str| trains.iter().map(|row| row[key].as_str().unwrap().parse::<u64>().unwrap()).sum::<u64>();
    assert_eq!(sum("nd.ping.sent"), count("ping_v4.pcap", "icmp.type == 8"));
    let replies = count("ping_v4.pcap", "icmp.type == 0");
    assert_eq!(sum("nd.ping.answered") + sum("nd.ping.duplicates"), replies);
    assert_eq!((trains[0]["nd.ping.lost"].as_str(), &trains[0]["nd.ping.missing"]), (Some("1"), &json!([3])));
    assert_eq!(trains[0]["nd.ping.duplicates"], "1");
    // A router's capture of all interfaces has each packet twice: that is neither loss nor an answer more.
    let routed = records("any_linux_sll.pcap", "--path");
    assert_eq!(routed[0]["nd.ping.sent"], "2");
    assert_eq!((&routed[0]["nd.ping.duplicates"], &routed[0]["nd.ping.copies"]), (&json!("0"), &json!("4")));
    // Errors belong to the train that they quote.
    let refused = records("pmtu_ping.pcap", "--path");
    let errors = &refused[0]["nd.ping.errors"];
    assert_eq!(*errors, json!([{"from": "192.0.2.1", "says": "too big", "mtu": 1280, "count": "1"}]));
}

#[test]
fn what_did_not_fit_is_told_with_what_came_after() {
    let all = records("pmtu.pcap", "--path");
    assert_eq!(all.len(), 1);
    let way = &all[0];
    assert_eq!((&way["nd.mtu.kind"], &way["nd.mtu"]), (&json!("too-big"), &json!(1280)));
    let said = &way["nd.mtu.said"][0];
    assert_eq!(said["count"], count("pmtu.pcap", "icmp.type == 3 && icmp.code == 4").to_string());
    assert_eq!((&said["from"], &said["longest"]), (&json!("192.0.2.1"), &json!(1500)));
    let resent = &way["nd.mtu.resent"];
    let again = "tcp.analysis.retransmission && ip.len <= 1280 && ip.src == 192.0.2.10 && !icmp";
    assert_eq!(resent["segments"], count("pmtu.pcap", again).to_string());
    assert!(resent["acknowledged"].as_u64() > resent["frame"].as_u64());
    // Datagrams go on in fragments.
    let ping = records("pmtu_ping.pcap", "--path");
    let ways: Vec<&Value> = ping.iter().filter(|row| row["kind"] == "mtu").collect();
    assert_eq!(ways.len(), 2);
    assert_eq!((&ways[1]["nd.mtu.fragments"], &ways[1]["nd.mtu.too_big"]), (&json!("4"), &json!("0")));
}

#[test]
fn packets_that_vanish_are_a_black_hole() {
    let all = records("mtu_black_hole.pcap", "--path");
    assert_eq!(all.len(), 1);
    let keys = ["nd.mtu.kind", "nd.mtu.length", "nd.mtu.tries", "nd.mtu.passed", "nd.mtu.solved"];
    assert_eq!(
        keys.map(|key| all[0][key].clone()),
        [json!("black-hole"), json!(1500), json!(4), json!(1024), json!(1024)]
    );
    // Loss, a peer that died, and a closed window are no black holes.
    for sample in [
        "tcp_loss_many_sender.pcap",
        "tcp_loss_many_receiver.pcap",
        "tcp_loss_tail_sender.pcap",
        "tcp_timeout_sender.pcap",
        "tcp_dead_peer.pcap",
        "tcp_zero_window.pcap",
        "tcp_spurious_sender.pcap",
    ] {
        assert_eq!(records(sample, "--path"), Vec::<Value>::new(), "{sample}");
    }
}

/// Addresses of a translation: client and server before, then behind it.
fn addresses(row: &Value) -> [&str; 4] {
    ["nd.before.client", "nd.before.server", "nd.after.client", "nd.after.server"]
        .map(|key| row[key].as_str().unwrap())
}

const TRANSLATED: [[&str; 4]; 5] = [
    ["192.168.1.10:50800", "198.51.100.80:80", "203.0.113.1:50800", "198.51.100.80:80"],
    ["192.168.1.10:50801", "198.51.100.80:80", "203.0.113.1:1024", "198.51.100.80:80"],
    ["198.51.100.80:50802", "203.0.113.1:8080", "198.51.100.80:50802", "192.168.1.80:80"],
    ["192.168.1.10:50803", "192.0.2.80:53", "203.0.113.1:2048", "192.0.2.80:53"],
    ["192.168.1.10:77", "192.0.2.80:0", "203.0.113.1:4096", "192.0.2.80:0"],
];

#[test]
fn flows_on_both_sides_of_a_translator_are_one() {
    let all = records("nat.pcap", "--nat");
    assert_eq!(all.iter().map(addresses).collect::<Vec<_>>(), TRANSLATED);
    let kinds: Vec<&Value> = all.iter().map(|row| &row["nd.translation.kind"]).collect();
    assert_eq!(kinds, ["source", "source", "destination", "source", "source"]);
    assert_eq!(
        all[0]["nd.translation.evidence"],
        json!(["client-isn", "server-isn", "timestamp", "options", "payload", "ip-id"])
    );
    // What was seen twice without a translator, and what has nothing in common, stays apart.
    for sample in ["any_linux_sll.pcap", "http_keepalive.pcap", "dns.pcap", "tcp_port_reuse.pcap"] {
        assert_eq!(records(sample, "--nat"), Vec::<Value>::new(), "{sample}");
    }
}

/// The same from two files, one of each side.
#[test]
fn sides_of_a_translator_may_be_two_files() {
    let bytes = std::fs::read(samples().join("nat.pcap")).unwrap();
    let (head, mut rest) = bytes.split_at(24);
    let mut files = [head.to_vec(), head.to_vec()];
    while rest.len() >= 16 {
        let len = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (record, behind) = rest.split_at(16 + len);
        let addresses = &record[16 + 14 + 12..][..8];
        let inside = addresses.starts_with(&[192, 168]) || addresses[4..].starts_with(&[192, 168]);
        files[usize::from(!inside)].extend_from_slice(record);
        rest = behind;
    }
    let names = ["inside", "outside"]
        .map(|side| std::env::temp_dir().join(format!("netdissect-nat-{side}-{}.pcap", std::process::id())));
    for (name, file) in names.iter().zip(&files) {
        std::fs::write(name, file).unwrap();
    }
    for order in [[0, 1], [1, 0]] {
        let [one, other] = order.map(|at: usize| names[at].to_str().unwrap());
        let out = run(["read", one, other, "--nat", "-T", "jsonl"]).expect(0).out();
        let all = lines(&out);
        let mut found: Vec<[&str; 4]> = all.iter().map(addresses).collect();
        let mut expected = TRANSLATED;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
    for name in names {
        std::fs::remove_file(name).unwrap();
    }
}

#[test]
fn leases_are_told_to_their_end() {
    let all = records("dhcp_leases.pcap", "--leases");
    let states: Vec<(&str, Option<&str>)> = all
        .iter()
        .map(|row| (row["nd.lease.state"].as_str().unwrap(), row["nd.lease.address"].as_str()))
        .collect();
    assert_eq!(
        states,
        [
            ("released", Some("192.0.2.77")),
            ("refused", Some("192.0.2.77")),
            ("leased", Some("192.0.2.78")),
            ("unanswered", None),
            ("declined", Some("192.0.2.80")),
            ("informed", Some("192.0.2.10")),
        ]
    );
    let steps: Vec<&Value> =
        all[0]["nd.lease.steps"].as_array().unwrap().iter().map(|step| &step["step"]).collect();
    assert_eq!(
        steps,
        [
            "discover",
            "offer",
            "offer",
            "request",
            "ack",
            "request-renew",
            "ack",
            "request-renew",
            "request-renew",
            "request-rebind",
            "ack",
            "release",
        ]
    );
    assert_eq!(all[0]["nd.lease.server"], "192.0.2.2", "the one that rebound it");
    assert!(all[2].get("nd.lease.until").is_none(), "it lasts forever");
    assert_eq!(all[3]["nd.lease.steps"][1]["again"], true);
    let dhcp = &records("dhcp.pcap", "--leases")[0];
    let lease = dhcp["nd.lease.steps"].as_array().unwrap();
    let names = text("dhcp.pcap", &["-T", "tsv", "-e", "dhcp.option.dhcp"]);
    assert_eq!(lease.len(), names.lines().skip(1).filter(|line| !line.is_empty()).count());
}

#[test]
fn claims_of_addresses_are_compared() {
    let all = records("arp_conflict.pcap", "--arp");
    let row = |addr: &str| all.iter().find(|row| row["nd.address"] == addr).unwrap();
    assert_eq!(row("192.0.2.80")["nd.neighbour.state"], "conflict");
    assert_eq!(row("192.0.2.1")["nd.neighbour.state"], "moved");
    assert_eq!(row("192.0.2.10")["nd.neighbour.state"], "known");
    let nobody = row("192.0.2.200");
    assert_eq!(nobody["nd.neighbour.state"], "unknown");
    let asked = &nobody["nd.neighbour.asked"][0];
    assert_eq!((&asked["requests"], &asked["unanswered"]), (&json!("3"), &json!("3")));
    assert_eq!(row("192.0.2.201")["nd.neighbour.asked"][0]["probes"], "1");
    let used = &row("192.0.2.10")["nd.neighbour.asked"][0];
    assert_eq!((&used["answered"], &used["unanswered"]), (&json!("1"), &json!("0")));
    let announced = &row("192.0.2.1")["nd.neighbour.claims"];
    assert_eq!([&announced[0]["gratuitous"], &announced[1]["gratuitous"]], [&json!("1"), &json!("1")]);
    let shown = text("arp_conflict.pcap", &["--arp"]);
    assert!(shown.contains("192.0.2.200: asked for 3 times by 192.0.2.10"), "{shown}");
    assert!(shown.contains("so it seems free"), "{shown}");
}

/// Nothing of it in a capture is said in one line, and is no record.
#[test]
fn captures_without_any_of_it_are_said_to_have_none() {
    let empty = std::fs::read(samples().join("tcp_flags.pcap")).unwrap()[..24].to_vec();
    for screen in ["--path", "--nat", "--leases", "--arp"] {
        let ran = run_fed(["read", "-", screen], vec![empty.clone()]);
        assert_eq!(ran.expect(0).out().lines().count(), 1, "{screen}");
        let ran = run_fed(["read", "-", screen, "-T", "json"], vec![empty.clone()]);
        assert_eq!(ran.expect(0).out(), "[]\n", "{screen}");
    }
}

#[test]
fn a_summary_tells_what_went_wrong_without_tcp() {
    for (sample, lines) in [
        ("arp_conflict.pcap", &["ARP     ! ", "1 by several hosts at once, 1 moved to another host"][..]),
        (
            "dhcp_leases.pcap",
            &["DHCP    ! 6 leases or attempts: ", "1 declined, 1 refused, 1 unanswered. --leases"],
        ),
        ("ping_v4.pcap", &["Ping    ! ", " 1 lost ("]),
        (
            "unreachable.pcap",
            &["Ping    ! 6 pings with 6 requests: 6 lost (100%), 6 answered by an ICMP error.", "(2 refused"],
        ),
        ("pmtu_ping.pcap", &["Path    ! 2 ways with packets that were too big. --path"]),
        ("mtu_black_hole.pcap", &["Path    ! 1 way on which larger packets vanish. --path"]),
        ("traceroute_v4.pcap", &["Path    1 traceroute. --path"]),
    ] {
        let page = text(sample, &["--summary", "--width", "200"]);
        for line in lines {
            assert!(page.contains(line), "{sample}: {line}\n{page}");
        }
        assert!(!page.contains("nothing in it stands out"), "{page}");
    }
    let summary = records("dhcp_leases.pcap", "--summary");
    assert_eq!((&summary[0]["dhcp"]["refused"], &summary[0]["dhcp"]["leased"]), (&json!(1), &json!(1)));
    // Of a capture without any of it nothing is said.
    assert!(text("http_get.pcap", &["--summary"]).lines().all(|line| !line.starts_with("Ping")));
}

#[test]
fn an_error_about_a_question_stands_for_the_answer() {
    let shown = text("unreachable.pcap", &["--dns", "--width", "200"]);
    assert_eq!(shown.matches("! port unreachable").count(), 2, "{shown}");
    let exchanges = records("unreachable.pcap", "--dns");
    let errors: Vec<&Value> = exchanges.iter().map(|row| &row["nd.exchange.icmp_error"]).collect();
    assert_eq!(
        errors,
        [
            &json!({"from": "203.0.113.80", "says": "port unreachable", "frame": 14}),
            &json!({"from": "2001:db8:3::80", "says": "port unreachable", "frame": 16}),
        ]
    );
    assert!(exchanges.iter().all(|row| row["nd.exchange.state"] == "unanswered"));
}

#[test]
fn attempts_name_the_router_that_answered_them() {
    let timeline = text("traceroute_tcp.pcap", &["--follow-tcp"]);
    let said = "Attempt answered by an ICMP error: 192.0.2.1 says time to live exceeded (No. 2, 38 µs after the SYN).";
    assert!(timeline.replace('\n', " ").contains(said), "{timeline}");
    let found = records("traceroute_tcp.pcap", "--expert");
    let unreachable = found.iter().find(|row| row["id"] == "tcp.unreachable").unwrap();
    let said = unreachable["text"].as_str().unwrap();
    for who in
        ["192.0.2.1 says time to live exceeded (No. 2)", "198.51.100.2 says time to live exceeded (No. 4)"]
    {
        assert!(said.contains(who), "{said}");
    }
    assert!(found.iter().all(|row| row["id"] != "tcp.unanswered"), "{found:?}");
    let flows = records("traceroute_tcp.pcap", "--flows");
    assert_eq!(
        flows[0]["nd.tcp.icmp_error"],
        json!({"from": "192.0.2.1", "type": 11, "code": 0, "frame": 2})
    );
}

/// Filters choose what is looked at, widths and ASCII are kept to.
#[test]
fn they_read_well_everywhere() {
    for (sample, screen) in [
        ("traceroute_v6.pcap", "--path"),
        ("pmtu_ping.pcap", "--path"),
        ("mtu_black_hole.pcap", "--path"),
        ("nat.pcap", "--nat"),
        ("dhcp_leases.pcap", "--leases"),
        ("arp_conflict.pcap", "--arp"),
    ] {
        for width in ["80", "120"] {
            let shown = text(sample, &[screen, "--width", width, "--ascii"]);
            assert!(shown.is_ascii(), "{sample}");
            let widest = shown.lines().map(str::len).max().unwrap();
            let allowed = if screen == "--nat" { 100 } else { 80 };
            assert!(widest <= width.parse::<usize>().unwrap().max(allowed), "{sample}: {widest}\n{shown}");
        }
    }
    assert_eq!(
        text("nat.pcap", &["--nat", "-Y", "udp"]).lines().filter(|line| line.contains("UDP")).count(),
        1
    );
    assert!(!text("nat.pcap", &["--nat", "-Y", "udp"]).contains("TCP"));
}

#[test]
fn kinds_of_addresses_are_said_on_request() {
    let tree = text("arp_conflict.pcap", &["-V", "--frames", "1", "--address-kinds"]);
    for words in
        ["192.0.2.80 (class C, documentation)", "ff:ff:ff:ff:ff:ff (broadcast)", "(locally administered)"]
    {
        assert!(tree.contains(words), "{words} in {tree}");
    }
    assert!(!text("arp_conflict.pcap", &["-V", "--frames", "1"]).contains("documentation"));
    let shown = text("ndp.pcap", &["--endpoints", "--address-kinds", "--width", "120"]);
    assert!(
        shown.lines().any(|line| line.starts_with("ff02::") && line.ends_with("multicast, link-local")),
        "{shown}"
    );
    assert!(!text("ndp.pcap", &["--endpoints"]).contains("multicast"));
    let out = text("nat.pcap", &["--endpoints", "--address-kinds", "-T", "jsonl"]);
    let private = lines(&out).into_iter().find(|row| row["nd.address"] == "192.168.1.10").unwrap();
    assert_eq!(private["nd.address.kinds"], json!(["class C", "private"]));
    let kinds = "--address-kinds=192.168.1.0/24,198.51.100.0/24";
    let out = text("nat.pcap", &["--endpoints", kinds, "-T", "jsonl"]);
    let private = lines(&out).into_iter().find(|row| row["nd.address"] == "192.168.1.10").unwrap();
    assert_eq!(private["nd.address.kinds"], json!(["class C", "private", "in 192.168.1.0/24"]));
    run(["read", "nat.pcap", "--endpoints", "--address-kinds=192.168.1.10/24"]).expect(2);
    for others in [&["--flows"][..], &[], &["-V", "-T", "jsonl"]] {
        run(["read", "nat.pcap", "--address-kinds"]
            .into_iter()
            .chain(others.iter().copied())
            .collect::<Vec<_>>())
        .expect(2);
    }
}
