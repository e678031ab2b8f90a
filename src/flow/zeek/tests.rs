//! Letters and states that no vector of the document shows.

use super::*;
use crate::flow::key::Endpoint;
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::transport::tcp::Options;

const S: Flags = Flags::SYN;
const A: Flags = Flags::ACK;
const F: Flags = Flags::FIN;
const R: Flags = Flags::RST;

struct Talk {
    zeek: Zeek,
    pair: Pair,
    ends: [Side; 2],
}

impl Talk {
    /// Between a client and a server with these ports.
    fn new(client: u16, server: u16) -> Self {
        let end = |addr: [u8; 4], port| Endpoint { addr: addr.into(), port };
        let (pair, side) = Pair::new(end([192, 0, 2, 1], client), end([192, 0, 2, 2], server));
        Self { zeek: Zeek::default(), pair, ends: [side, side.other()] }
    }

    fn say(&mut self, who: char, flags: &[Flags], seq: u32, ack: u32, len: u32) -> &mut Self {
        self.say_with(who, flags, seq, ack, len, 1000, false)
    }

    #[allow(clippy::too_many_arguments, reason = "a line of a scenario")]
    fn say_with(
        &mut self,
        who: char,
        flags: &[Flags],
        seq: u32,
        ack: u32,
        len: u32,
        window: u16,
        wrong: bool,
    ) -> &mut Self {
        let payload = vec![0; len as usize];
        let segment = Segment {
            frame: 1,
            time: Timestamp::default(),
            from: self.ends[usize::from(who == 's')],
            seq,
            ack,
            flags: flags.iter().fold(Flags(0), |all, &flag| all.union(flag)),
            window,
            len,
            payload: &payload,
            options: Options::default(),
            ip_id: None,
            hop_limit: 64,
            ecn: 0,
        };
        self.zeek.segment(&self.pair, &segment, wrong);
        self
    }

    fn open(&mut self) -> &mut Self {
        self.say('c', &[S], 100, 0, 0).say('s', &[S, A], 500, 101, 0).say('c', &[A], 101, 501, 0)
    }

    #[track_caller]
    fn is(&self, conn_state: &str, history: &str, originator: char) {
        assert_eq!((self.zeek.conn_state(), self.zeek.history()), (conn_state, history));
        assert_eq!(self.zeek.originator(), self.ends[usize::from(originator == 's')]);
    }
}

#[test]
fn a_syn_behind_its_answer_turns_the_roles() {
    let mut talk = Talk::new(50_000, 9);
    talk.say('s', &[S, A], 500, 101, 0).say('c', &[S], 100, 0, 0);
    talk.is("S1", "Hs^", 'c');
    // A SYN with another number than the one acknowledged is no such thing.
    let mut talk = Talk::new(50_000, 9);
    talk.say('s', &[S, A], 500, 101, 0).say('c', &[S], 7000, 0, 0);
    talk.is("OTH", "Hs", 's');
}

#[test]
fn an_ack_behind_a_lone_syn_ack_turns_the_roles() {
    let mut talk = Talk::new(50_000, 9);
    talk.say('s', &[S, A], 500, 101, 0).say('c', &[A], 101, 501, 0).say('c', &[A], 101, 501, 10);
    talk.is("OTH", "^hAD", 'c');
}

#[test]
fn ports_decide_only_without_a_syn() {
    for (flags, client, server, history) in [
        (&[S][..], 50_000, 80, "S"),
        (&[A], 50_000, 80, "^a"),
        (&[A], 443, 80, "^a"),
        (&[A], 22, 80, "A"),
        (&[S, A], 443, 80, "H"),
        (&[S, A], 50_000, 80, "^h"),
    ] {
        let mut talk = Talk::new(client, server);
        talk.say('s', flags, 500, 101, 0);
        assert_eq!(talk.zeek.history(), history, "{client} {server}");
    }
}

#[test]
fn some_letters_come_at_powers_of_ten() {
    let mut talk = Talk::new(50_000, 9);
    talk.open().say('c', &[A], 101, 501, 10);
    for _ in 0..120 {
        talk.say('c', &[A], 101, 501, 10);
    }
    talk.is("S1", "ShADTTT", 'c');
    for _ in 0..9 {
        talk.say_with('s', &[A], 501, 111, 0, 0, false);
    }
    talk.is("S1", "ShADTTTaw", 'c');
    talk.say_with('s', &[A], 501, 111, 0, 0, false);
    talk.is("S1", "ShADTTTaww", 'c');
}

#[test]
fn odd_flags_and_bad_checksums() {
    let mut talk = Talk::new(50_000, 9);
    talk.open().say('c', &[S, F], 101, 0, 0).say('s', &[F, R], 501, 0, 0).say('s', &[S, R], 501, 0, 0);
    talk.is("RSTR", "ShAQiq", 'c');
    let mut talk = Talk::new(50_000, 9);
    talk.open().say_with('c', &[R], 101, 0, 0, 1000, true);
    talk.is("S1", "ShAC", 'c');
}

#[test]
fn every_hole_below_an_acknowledgment_is_a_gap() {
    let mut talk = Talk::new(50_000, 9);
    talk.open();
    for nth in 0..10 {
        talk.say('c', &[A], 201 + nth * 200, 501, 100);
    }
    talk.say('s', &[A], 501, 2101, 0);
    // The tenth one has a letter as well.
    talk.is("S1", "ShADaGG", 'c');
    // What is captured behind its own acknowledgment does not fill it any more.
    talk.say('c', &[A], 101, 501, 100).say('s', &[A], 501, 2101, 0);
    talk.is("S1", "ShADaGGT", 'c');
}

#[test]
fn closes_and_resets() {
    let mut talk = Talk::new(50_000, 9);
    talk.say('c', &[S], 100, 0, 0);
    talk.is("S0", "S", 'c');
    talk.say('c', &[R], 101, 0, 0);
    talk.is("RSTOS0", "SR", 'c');
    let mut talk = Talk::new(50_000, 9);
    talk.open().say('s', &[F, A], 501, 101, 0);
    talk.is("S3", "ShAf", 'c');
    talk.say('s', &[R], 502, 0, 0);
    talk.is("RSTR", "ShAfr", 'c');
    // A FIN behind both makes it a close after all.
    talk.say('c', &[F, A], 101, 502, 0);
    talk.is("SF", "ShAfrF", 'c');
    let mut talk = Talk::new(50_000, 9);
    talk.say('s', &[S, A], 500, 101, 0).say('s', &[F, A], 501, 101, 0);
    talk.is("SH", "HF", 's');
}

#[test]
fn the_letters_have_an_end() {
    let mut talk = Talk::new(50_000, 9);
    for nth in 0..200 {
        talk.say('c', &[R], 100 + nth, 0, 0);
    }
    assert!(talk.zeek.is_cut());
    assert_eq!(talk.zeek.history(), "R".repeat(46));
}
