//! `-x`, `-x -e` and `-A`: the bytes behind what is said.

use super::common::run;

#[test]
fn bytes_of_named_fields() {
    let ran =
        run(["read", "http_get.pcap", "--frames", "4", "-x", "-e", "ip.ttl,http.host,tcp.stream,eth.addr"]);
    let out = ran.expect(0).out();
    let (line, rest) = out.split_once('\n').unwrap();
    assert!(line.contains("GET / HTTP/1.1"), "{out}");
    assert_eq!(
        rest,
        "eth.addr  02:00:00:00:00:05\n\
         0000  02 00 00 00 00 05                                 ......\n\
         eth.addr  02:00:00:00:00:0c\n\
         0006  02 00 00 00 00 0c                                 ......\n\
         ip.ttl  64\n\
         0016  40                                                @\n\
         tcp.stream  0  (computed)\n\
         http.host  www.example.net\n\
         0058  77 77 77 2e 65 78 61 6d 70 6c 65 2e 6e 65 74      www.example.net\n\n"
    );
    assert_eq!(run(["read", "http_get.pcap", "-x", "-e", "ip.tll"]).code, Some(2));
}

#[test]
fn bytes_of_a_field_stand_in_the_dump_of_its_packet() {
    let all = run(["read", "dns.pcap", "--frames", "2", "-x"]);
    let dump: String = all.expect(0).out().lines().skip(1).filter_map(|line| line.get(6..54)).collect();
    let some = run(["read", "dns.pcap", "--frames", "2", "-x", "-e", "dns.a,dns.id,udp.checksum,ip.src"]);
    let mut compared = 0;
    for line in some.expect(0).out().lines() {
        let Some((offset, rest)) = line.split_once("  ").filter(|(offset, _)| offset.len() == 4) else {
            continue;
        };
        let Ok(offset) = usize::from_str_radix(offset, 16) else { continue };
        let bytes = rest.get(..48).unwrap().trim_end();
        assert_eq!(dump.get(offset * 3..offset * 3 + bytes.len()), Some(bytes), "{line}");
        compared += 1;
    }
    assert!(compared >= 4, "{compared}");
}

#[test]
fn payload_as_text() {
    let ran = run(["read", "http_get.pcap", "--frames", "4", "-A"]);
    let out = ran.expect(0).out();
    assert!(out.contains("\nGET / HTTP/1.1\nHost: www.example.net\n"), "{out}");
    assert_eq!(run(["read", "http_get.pcap", "-A", "-x"]).code, Some(2));
}

#[test]
fn community_ids_of_packets_are_those_of_flows() {
    let ran = run(["read", "http_get.pcap", "--flows", "-T", "jsonl"]);
    let flow: serde_json::Value = serde_json::from_str(ran.expect(0).out().lines().next().unwrap()).unwrap();
    let id = flow["nd.community_id"].as_str().unwrap().to_owned();
    let ran = run(["read", "http_get.pcap", "-T", "fields", "-e", "nd.community_id"]);
    assert!(ran.expect(0).out().lines().all(|line| line == id), "{}", ran.out());
    let filter = format!("nd.community_id == \"{id}\"");
    let ran = run(["read", "http_get.pcap", "-T", "fields", "-e", "frame.number", "-Y", &filter]);
    assert_eq!(ran.expect(0).out().lines().count(), 20);
    let ran = run(["read", "dns.pcap", "-T", "fields", "-e", "nd.community_id", "-c", "2"]);
    let out = ran.expect(0).out();
    let [question, answer] = out.lines().collect::<Vec<_>>()[..] else { panic!("{out}") };
    assert!(question.starts_with("1:") && question == answer, "{out}");
}
