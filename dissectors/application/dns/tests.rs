use alloc::format;
use alloc::vec::Vec;

use crate::dissector::{Fault, Follows, Stream};
use crate::frame::{Frame, LinkType, Timestamp};
use crate::packet::Dissection;
use crate::registry::{Registry, Stop};
use crate::testing::Talk;

/// A name from dotted text.
fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').filter(|label| !label.is_empty());
    let mut out: Vec<u8> = labels
        .flat_map(|label| [&[u8::try_from(label.len()).unwrap()][..], label.as_bytes()].concat())
        .collect();
    out.push(0);
    out
}

fn question(owner: &[u8], kind: u16) -> Vec<u8> {
    [owner, &kind.to_be_bytes(), &[0, 1]].concat()
}

/// A record of class IN that lives for a minute.
fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len()).unwrap().to_be_bytes();
    [owner, &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 60], &len, data].concat()
}

/// A message of these sections.
fn message(id: u16, flags: u16, sections: [&[Vec<u8>]; 4]) -> Vec<u8> {
    let counts = sections.iter().flat_map(|section| u16::try_from(section.len()).unwrap().to_be_bytes());
    let mut out = [id.to_be_bytes(), flags.to_be_bytes()].concat();
    out.extend(counts);
    out.extend(sections.iter().flat_map(|section| section.concat()));
    out
}

/// An answer to a question for `example.com` with these records.
fn answer(records: &[Vec<u8>]) -> Vec<u8> {
    message(1, 0x8180, [&[question(&name("example.com"), 255)], records, &[], &[]])
}

/// Fields and their values.
type Rows = &'static [(&'static str, &'static str)];

/// The owner of the question in [`answer`].
const OWNER: &[u8] = &[0xc0, 12];

#[test]
fn a_query_and_its_answer_are_tied() {
    let mut talk = Talk::new("dns");
    let query = message(0x1234, 0x0100, [&[question(&name("example.com"), 1)], &[], &[], &[]]);
    let seen = talk.datagram(0, &query);
    assert_eq!(seen.info, "Standard query 0x1234 A example.com");
    seen.expect(&[
        ("dns.id", "0x1234"),
        ("dns.flags", "0x0100"),
        ("dns.flags.response", "0"),
        ("dns.flags.authenticated", ""),
        ("dns.count.queries", "1"),
        ("dns.qry.name", "example.com"),
        ("dns.qry.name.len", "11"),
        ("dns.count.labels", "2"),
        ("dns.qry.type", "1"),
        ("dns.qry.class", "0x0001"),
    ]);
    let section = [question(&name("example.com"), 1)];
    let reply = message(0x1234, 0x8183, [&section, &[record(OWNER, 1, &[192, 0, 2, 1])], &[], &[]]);
    let seen = talk.datagram(25, &reply);
    assert_eq!(seen.info, "Standard query response 0x1234 No such name A example.com A 192.0.2.1",);
    seen.expect(&[
        ("dns.flags.rcode", "3"),
        ("dns.resp.name", "example.com"),
        ("dns.resp.ttl", "60"),
        ("dns.resp.len", "4"),
        ("dns.a", "192.0.2.1"),
        ("dns.response_to", "1"),
        ("dns.time", "25000000 ns"),
        ("dns.unsolicited", ""),
    ]);
    talk.datagram(30, &reply).expect(&[("dns.retransmit_response_in", "2"), ("dns.retransmission", "1")]);
}

/// RFC 8484 section 4.1: the id is 0 in all of them, the stream of HTTP/2 tells them apart.
#[test]
fn messages_in_http_are_tied_by_its_streams() {
    const MORE: Stream = Stream { follows: Follows::More, gap: 0 };
    // content-type as a literal without a place in the table (RFC 7541 section 6.2.2).
    let media = b"application/dns-message";
    let head = [&[0x0f, 0x10, u8::try_from(media.len()).unwrap()][..], media].concat();
    let in_stream = |stream: u8, message: &[u8]| {
        let frame = |kind: u8, flags: u8, bytes: &[u8]| {
            [&[0, 0, u8::try_from(bytes.len()).unwrap(), kind, flags, 0, 0, 0, stream][..], bytes].concat()
        };
        [frame(1, 4, &head), frame(0, 1, message)].concat()
    };
    let section = [question(&name("a.example"), 1)];
    let query = message(0, 0x0100, [&section, &[], &[], &[]]);
    let reply = message(0, 0x8180, [&section, &[], &[], &[]]);
    let mut talk = Talk::new("http2");
    let mut last = |from_client, stream, message: &[u8]| {
        let data = in_stream(stream, message);
        let (taken, _) = talk.stream(0, from_client, &data, MORE).unwrap();
        talk.stream(0, from_client, &data[taken..], MORE).unwrap().1
    };
    let first = last(true, 1, &query);
    assert_eq!(first.protocols, "http2:dns");
    first.expect(&[("dns.qry.name", "a.example"), ("dns.retransmission", "")]);
    last(true, 3, &query).expect(&[("dns.retransmission", "")]);
    last(false, 3, &reply).expect(&[("dns.response_to", "4")]);
    last(false, 1, &reply).expect(&[("dns.response_to", "2")]);
    let post = format!(
        "POST / HTTP/1.1\r\nContent-Type: application/dns-message\r\nContent-Length: {}\r\n\r\n",
        query.len()
    );
    let seen = Talk::new("http").stream(0, true, &[post.as_bytes(), &query].concat(), MORE).unwrap().1;
    assert_eq!(seen.protocols, "http:dns");
}

#[test]
fn repeats_count_for_five_seconds_and_answers_need_a_question() {
    let mut talk = Talk::new("dns");
    let query = message(7, 0x0100, [&[question(&name("a.example"), 28)], &[], &[], &[]]);
    let reply = message(7, 0x8180, [&[question(&name("a.example"), 28)], &[], &[], &[]]);
    talk.datagram(0, &reply).expect(&[("dns.unsolicited", "1")]);
    talk.datagram(0, &query).expect(&[("dns.retransmission", "")]);
    talk.datagram(4_999, &query).expect(&[("dns.retransmit_request_in", "2"), ("dns.retransmission", "1")]);
    talk.datagram(5_000, &query).expect(&[("dns.retransmission", "")]);
    talk.datagram(6_000, &reply).expect(&[("dns.response_to", "4"), ("dns.time", "1000000000 ns")]);
}

#[test]
fn a_flow_remembers_so_many_questions() {
    let mut talk = Talk::new("dns");
    for id in 0..600 {
        talk.datagram(0, &message(id, 0x0100, [&[], &[], &[], &[]]));
    }
    talk.datagram(1, &message(0, 0x8180, [&[], &[], &[], &[]])).expect(&[("dns.unsolicited", "1")]);
    talk.datagram(1, &message(599, 0x8180, [&[], &[], &[], &[]])).expect(&[("dns.response_to", "600")]);
}

#[test]
fn a_stream_holds_messages_after_their_length() {
    let mut talk = Talk::new("dns");
    let query = message(1, 0x0100, [&[question(&name("example.com"), 1)], &[], &[], &[]]);
    let framed = [&u16::try_from(query.len()).unwrap().to_be_bytes()[..], &query].concat();
    let two = framed.repeat(2);
    let (len, seen) = talk.message(0, &two, false).unwrap();
    assert_eq!((len, seen.faults.len()), (framed.len(), 0));
    seen.expect(&[("dns.length", "29"), ("dns.id", "0x0001"), ("dns.qry.name", "example.com")]);
    assert_eq!(seen.info, "Standard query 0x0001 A example.com");
    for have in 1..framed.len() {
        let need = if have < 2 { 2 } else { framed.len() };
        assert_eq!(
            talk.message(0, &framed[..have], false).err(),
            Some(Fault::Short { need, have }),
            "{have}"
        );
    }
    // A message that its length cuts is malformed, and the next one is found all the same.
    let short = [&[0, 20][..], &query].concat();
    let (len, seen) = talk.message(0, &short, false).unwrap();
    assert_eq!(len, 22);
    assert_eq!(seen.faults, ["malformed: records are cut by the end of the message (dns.length)"]);
}

#[test]
fn multicast_and_link_local_read_flags_and_classes_in_their_way() {
    let mut question = question(&name("a.local"), 12);
    let class = question.len() - 2;
    question[class] = 0x80;
    let mut flush = record(OWNER, 1, &[192, 0, 2, 1]);
    flush[4] = 0x80;
    let bytes = message(0, 0x8400, [&[question], &[flush], &[], &[]]);
    let seen = Talk::new("mdns").datagram(0, &bytes);
    seen.expect(&[
        ("dns.qry.class", "0x0001"),
        ("dns.qry.qu", "1"),
        ("dns.resp.class", "0x0001"),
        ("dns.resp.cache_flush", "1"),
        ("dns.flags.authoritative", "1"),
    ]);
    assert_eq!(
        seen.info,
        "Standard query response 0x0000 PTR a.local, \"QU\" question A, cache flush 192.0.2.1"
    );
    let seen = Talk::new("llmnr").datagram(0, &bytes);
    seen.expect(&[
        ("dns.qry.class", "0x8001"),
        ("dns.qry.qu", ""),
        ("dns.flags.conflict", "1"),
        ("dns.flags.tentative", "0"),
        ("dns.flags.authoritative", ""),
    ]);
}

#[test]
fn updates_name_their_sections_otherwise() {
    let zone = question(&name("example.com"), 6);
    let bytes = message(1, 0x2800, [&[zone], &[], &[record(OWNER, 1, &[])], &[]]);
    let seen = Talk::new("dns").datagram(0, &bytes);
    assert_eq!(seen.info, "Dynamic update 0x0001 SOA example.com A");
    seen.expect(&[("dns.count.zones", "1"), ("dns.count.updates", "1"), ("dns.count.queries", "")]);
}

#[test]
fn records_of_many_types() {
    let host = name("h.x");
    let rows: &[(u16, &[u8], Rows)] = &[
        (5, &host, &[("dns.cname", "h.x")]),
        (
            15,
            &[&[0, 10][..], &host].concat(),
            &[("dns.mx.preference", "10"), ("dns.mx.mail_exchange", "h.x")],
        ),
        (16, b"\x03one\x00", &[("dns.txt.length", "3,0"), ("dns.txt", "one,")]),
        (28, &[0; 16], &[("dns.aaaa", "::")]),
        (
            11,
            b"\xc0\x00\x02\x01\x06\x00\x40",
            &[("dns.wks.protocol", "6"), ("dns.wks.bits", "0x40"), ("nd.dns.wks.port", "9")],
        ),
        (
            42,
            b"\x00\x01\x18\x83\xc0\x00\x02",
            &[("dns.apl.negation", "1"), ("dns.apl.afdpart.ipv4", "192.0.2.0")],
        ),
        (43, b"\x12\x34\x08\x02\xaa", &[("dns.ds.key_id", "0x1234"), ("dns.ds.digest", "aa")]),
        (47, &[&host[..], b"\x00\x01\x40\x01\x01\x80"].concat(), &[("dns.resp.type", "47,1,256")]),
        (
            48,
            b"\x01\x00\x03\x08\x01\x02",
            &[("dns.dnskey.key_id", "1290"), ("dns.dnskey.flags.zone_key", "1")],
        ),
        (48, b"\x01\x00\x03\x01\x01\x02\x03", &[("dns.dnskey.key_id", "258")]),
        (
            50,
            b"\x01\x01\x00\x05\x00\x03\x01\x02\x03\x00\x01\x40",
            &[
                ("dns.nsec3.hash_value", "04106"),
                ("dns.nsec3.salt_value", ""),
                ("dns.nsec3.flags.opt_out", "1"),
            ],
        ),
        (
            65,
            &[&[0, 1, 0][..], b"\x00\x01\x00\x03\x02h3", b"\x00\x03\x00\x02\x01\xbb"].concat(),
            &[
                ("dns.svcb.targetname", "<Root>"),
                ("dns.svcb.svcparam.key", "1,3"),
                ("dns.svcb.svcparam.alpn", "h3"),
                ("dns.svcb.svcparam.port", "443"),
            ],
        ),
        (
            25,
            b"\x80\x00\x03\x08\x01\x02",
            &[("dns.key.flags.authentication", "1"), ("dns.key.flags.confidentiality", "0")],
        ),
        (
            29,
            b"\x00\x12\x16\x13\x8b\x0d\x2c\x20\x7f\x8f\x2d\x20\x00\x98\x96\x80",
            &[
                ("dns.loc.size", "18"),
                ("nd.dns.loc.text", "51 30 12.640 N 2 3 14.016 W 0.00m 1.00m 10000.00m 10.00m"),
            ],
        ),
        (
            29,
            b"\x01\x12\x16\x13\x8b\x0d\x2c\x20\x7f\x8f\x2d\x20\x00\x98\x96\x80",
            &[
                ("dns.loc.version", "1"),
                ("dns.loc.unknown_data", "011216138b0d2c207f8f2d2000989680"),
                ("dns.loc.size", ""),
            ],
        ),
        (
            62,
            b"\x00\x00\x00\x01\x00\x02\x00\x01\x40",
            &[("dns.csync.flags.immediate", "0"), ("dns.csync.flags.soaminimum", "1")],
        ),
        (
            250,
            b"\x00\x00\x00\x00\x00\x00\x01\x00\x05\x00\x02\xab\xcd\x00\x01\x00\x00\x00\x00",
            &[("dns.tsig.mac", "1"), ("nd.dns.tsig.mac", "abcd")],
        ),
        (257, b"\x80\x05issueca.x", &[("dns.caa.issue", "ca.x"), ("dns.caa.flags.issuer_critical", "1")]),
        (65_280, b"?", &[("dns.data", "3f")]),
    ];
    for (kind, data, fields) in rows {
        let bytes = answer(&[record(OWNER, *kind, data)]);
        let seen = Talk::new("dns").datagram(0, &bytes);
        assert_eq!(seen.faults.len(), 0, "{kind}");
        seen.expect(fields);
        Talk::new("dns").survives(&bytes);
    }
}

#[test]
fn a_service_owner_is_taken_apart() {
    let owner = name("_sip._udp.example.com");
    let data = [&[0, 1, 0, 2, 0x13, 0xc4][..], &name("h.x")].concat();
    let seen = Talk::new("dns").datagram(0, &answer(&[record(&owner, 33, &data)]));
    seen.expect(&[
        ("dns.srv.service", "_sip"),
        ("dns.srv.proto", "_udp"),
        ("dns.srv.name", "example.com"),
        ("dns.resp.name", ""),
        ("dns.srv.port", "5060"),
    ]);
    assert!(seen.info.ends_with("SRV 1 2 5060 h.x"), "{}", seen.info);
}

#[test]
fn options_of_edns() {
    let options = [
        &b"\x00\x08\x00\x07\x00\x01\x18\x00\xc0\x00\x02"[..],
        b"\x00\x0a\x00\x08cookie!!",
        b"\x00\x0f\x00\x05\x00\x06why",
        b"\x00\x05\x00\x02\x08\x0d",
        b"\x00\x0d\x00\x05\x03net\x00",
    ]
    .concat();
    let mut opt = record(&[0], 41, &options);
    opt[3..9].copy_from_slice(&[0x04, 0xd0, 1, 0, 0x80, 0]);
    let bytes = message(1, 0x0100, [&[], &[], &[], &[opt]]);
    let seen = Talk::new("dns").datagram(0, &bytes);
    seen.expect(&[
        ("dns.rr.udp_payload_size", "1232"),
        ("dns.resp.ext_rcode", "0x01"),
        ("dns.resp.z.do", "1"),
        ("dns.opt.code", "8,10,15,5,13"),
        ("dns.opt.client.addr4", "192.0.2.0"),
        ("dns.opt.cookie.client", "636f6f6b69652121"),
        ("dns.opt.ext_error.extra_text", "why"),
        ("dns.opt.dau", "8,13"),
        ("nd.dns.opt.chain.name", "net"),
    ]);
    Talk::new("dns").survives(&bytes);
}

#[test]
fn broken_messages_say_what_is_wrong() {
    let faults = |bytes: &[u8]| Talk::new("dns").datagram(0, bytes).faults;
    let asked = |raw: &[u8]| faults(&message(1, 0x0100, [&[question(raw, 1)], &[], &[], &[]]));
    assert_eq!(asked(b"\xc0\x0c"), ["malformed: pointer loop in a name"]);
    assert_eq!(asked(b"\xc0\x0e\xc0\x0c"), ["malformed: pointer loop in a name"]);
    assert_eq!(asked(b"\xc0\x12"), ["malformed: pointer forward"]);
    assert_eq!(asked(b"\xc0\x04"), ["malformed: pointer into the header"]);
    assert_eq!(faults(&message(1, 0x0100, [&[], &[], &[], &[]])[..11]), ["cut: 11 of 12 bytes"]);
    let mut many = message(1, 0x8180, [&[], &[], &[], &[]]);
    many[4..].fill(0xff);
    assert_eq!(faults(&many), ["cut: 12 of 13 bytes"]);
    let looping = record(OWNER, 5, b"\xc0\x29");
    assert_eq!(faults(&answer(&[looping])), ["malformed: pointer loop in a name"]);
}

#[test]
fn long_lists_are_cut_and_the_rest_is_counted() {
    let short: Vec<_> = (0..600).map(|_| record(&[0], 1, &[192, 0, 2, 1])).collect();
    let seen = Talk::new("dns").datagram(0, &answer(&short));
    let omitted: usize = seen.get("nd.dns.omitted").parse().unwrap();
    let shown = seen.get("dns.a").split(',').count();
    assert_eq!(shown + omitted, 600);
    assert!(shown > 400, "{shown}");
    let longest = name(&format!("{0}.{0}.{0}.{1}", "a".repeat(63), "a".repeat(61)));
    let first = question(&longest, 1);
    let records: Vec<_> = (0..500).map(|_| record(OWNER, 1, &[192, 0, 2, 1])).collect();
    let seen = Talk::new("dns").datagram(0, &message(1, 0x8180, [&[first], &records, &[], &[]]));
    let text: usize = seen.fields.iter().filter(|row| row.0 == "dns.resp.name").map(|row| row.1.len()).sum();
    assert!(text <= 65_536 && text > 50_000, "{text}");
    assert_ne!(seen.get("nd.dns.omitted"), "");
}

#[test]
fn data_that_does_not_fit_its_type_spoils_no_other_record() {
    let records = [record(OWNER, 1, &[1]), record(OWNER, 16, b"\x09a"), record(OWNER, 1, &[192, 0, 2, 9])];
    let seen = Talk::new("dns").datagram(0, &answer(&records));
    seen.expect(&[("dns.resp.type", "1,16,1"), ("dns.a", "192.0.2.9")]);
}

/// The protocol that reads this payload of a datagram from 192.0.2.1 port 40000 to this port.
fn reader(port: u16, payload: &[u8]) -> Option<&'static str> {
    let len = u16::try_from(payload.len()).unwrap();
    let mut data = [&[0x45, 0][..], &(len + 28).to_be_bytes(), &[0, 1, 0, 0, 64, 17, 0, 0]].concat();
    data.extend([192, 0, 2, 1, 192, 0, 2, 2]);
    data.extend([40_000u16.to_be_bytes(), port.to_be_bytes(), (len + 8).to_be_bytes(), [0; 2]].concat());
    data.extend(payload);
    let frame = Frame {
        number: 1,
        time: Timestamp::default(),
        link: LinkType::RAW,
        wire_len: u32::try_from(data.len()).unwrap(),
        data: &data,
        origin: None,
    };
    let (registry, mut parts) = (Registry::builtin(), Dissection::default());
    let Stop::Datagram { src, dst, .. } = registry.dissect(&frame, &mut parts) else { panic!() };
    let who = registry.by_ports(&parts, (src, dst), None, payload, None)?;
    Some(registry.dissector(who).unwrap().protocol().name)
}

#[test]
fn messages_are_known_on_any_port() {
    let query = message(1, 0x0100, [&[question(&name("example.com"), 1)], &[], &[], &[]]);
    assert_eq!(reader(53, b"?"), Some("dns"));
    assert_eq!(reader(5353, b"?"), Some("mdns"));
    assert_eq!(reader(5355, b"?"), Some("llmnr"));
    assert_eq!(reader(8053, &query), Some("dns"));
    assert_eq!(reader(8053, &answer(&[record(OWNER, 1, &[192, 0, 2, 1])])), Some("dns"));
    // A header as stub resolvers send it is enough; any other has to fit what follows.
    assert_eq!(reader(8053, &query[..query.len() - 1]), Some("dns"));
    let odd = message(1, 0x0110, [&[question(&name("example.com"), 1)], &[], &[], &[]]);
    assert_eq!(reader(8053, &odd), Some("dns"));
    assert_eq!(reader(8053, &odd[..odd.len() - 1]), None);
    assert_eq!(reader(8053, &[&odd[..], b"?"].concat()), None);
    let unasked = message(1, 0x8400, [&[], &[record(&name("a.example"), 1, &[192, 0, 2, 1])], &[], &[]]);
    assert_eq!(reader(8053, &unasked), Some("dns"));
    assert_eq!(reader(137, &query), Some("nbns"));
}
