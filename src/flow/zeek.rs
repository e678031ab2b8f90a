//! What Zeek's connection log says of a connection: `conn_state`, `history` and who is the originator
//! (docs/tcp-analysis.md, 1.2).
//!
//! An emulation of Zeek's endpoint machine, fed with every segment of the flow as Zeek sees them: second copies, stray
//! SYNs and segments with a wrong checksum too. It shares nothing with the tracker, because Zeek's words are no
//! function of RFC states. Zeek ends connections by timers and splits one flow into several; that is not emulated.

use netdissect_dissectors::transport::tcp::Flags;

use super::key::{Both, Pair, Side};
use super::ranges::Ranges;
use super::seq::{Position, position};
use super::tcp::Segment;

#[cfg(test)]
mod tests;

/// Numbers of a SYN or RST further away than this say nothing of the stream.
const JUMP: Position = 1 << 20;
/// Bytes beyond a hole at which Zeek gives up a stream of which nothing was ever acknowledged.
const ABOVE_HOLE: Position = 16_384;

/// TCP ports that Zeek's scripts take for those of servers, ascending.
const LIKELY_SERVERS: [u16; 45] = [
    21, 22, 25, 53, 80, 81, 88, 135, 139, 143, 389, 443, 445, 502, 563, 585, 587, 614, 631, 636, 989, 990,
    992, 993, 995, 1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5222, 5223, 5269, 5432, 6379, 6666, 6667,
    6668, 6669, 8000, 8080, 8888,
];

/// State of one end in Zeek's sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum State {
    #[default]
    Inactive,
    SynSent,
    SynAckSent,
    Partial,
    Established,
    Closed,
    Reset,
}

/// Letters that an end gets once, or again with another number.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Once {
    Syn,
    Fin,
    Rst,
    Data,
    Ack,
    FinRst,
    MultiFlag,
}

/// Letters that an end gets at the 1st, 10th, 100th … occurrence.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Scaled {
    ZeroWindow,
    Again,
    Gap,
    Checksum,
}

impl Scaled {
    const fn letter(self) -> u8 {
        match self {
            Self::ZeroWindow => b'W',
            Self::Again => b'T',
            Self::Gap => b'G',
            Self::Checksum => b'C',
        }
    }
}

/// One end. Positions are relative to its first number, which is 0 for a SYN.
#[derive(Debug, Default)]
struct End {
    state: State,
    before: State,
    told: u8,
    fin_seen: bool,
    /// Gaps of its stream are no longer looked for.
    given_up: bool,
    start: u32,
    /// Highest position sent, one past it.
    last: Position,
    /// Highest position that the peer acknowledged.
    acked: Position,
    /// Position behind the FIN sent last.
    fin_end: Position,
    syn_at: Position,
    fin_at: Position,
    rst_at: Position,
    /// Everything below is delivered or given up.
    delivered: Position,
    /// Payload behind a hole.
    ahead: Ranges,
    counts: [u32; 4],
}

impl End {
    fn enter(&mut self, state: State) {
        if self.state != state {
            self.before = self.state;
            self.state = state;
        }
    }

    fn begin(&mut self, seq: u32, last: Position) {
        self.start = seq;
        self.acked = 0;
        self.last = last;
    }

    /// Its numbering begins with its first segment, and anew with most SYNs.
    fn number(&mut self, s: &Segment<'_>, taken: Position) {
        let syn = s.flags.contains(Flags::SYN);
        match self.state {
            State::Inactive if syn => self.begin(s.seq, taken),
            State::Inactive => self.begin(s.seq.wrapping_sub(1), 1),
            State::SynSent | State::SynAckSent if syn && s.seq != self.start => self.begin(s.seq, taken),
            State::Established | State::Partial if syn => self.begin(s.seq, taken),
            State::Reset if syn && self.before == State::Inactive => self.begin(s.seq, taken),
            _ => {}
        }
    }

    fn is_clean(&self) -> bool {
        self.state == State::Established || self.state == State::Closed && self.before == State::Established
    }

    fn is_silent(&self) -> bool {
        matches!(self.state, State::Inactive | State::Partial)
    }

    /// Nothing but its SYN was acknowledged.
    fn is_unacknowledged(&self) -> bool {
        self.acked <= 1
    }

    /// Payload bytes as Zeek counts them: by numbers.
    fn size(&self, peer: &Self) -> Position {
        let aborted = self.before == State::SynSent && self.state == State::Reset;
        if aborted && peer.state == State::Inactive && !self.is_unacknowledged() {
            return 0;
        }
        (self.last.max(self.acked) - 1 - Position::from(self.fin_seen)).max(0)
    }
}

/// The letters, in order. Only repeated SYNs, FINs and RSTs of ever other numbers make more than fit.
#[derive(Clone, Copy, Debug)]
struct History {
    letters: [u8; 46],
    len: u8,
    cut: bool,
}

impl History {
    fn push(&mut self, letter: u8) {
        match self.letters.get_mut(usize::from(self.len)) {
            Some(place) => {
                *place = letter;
                self.len += 1;
            }
            None => self.cut = true,
        }
    }

    fn bytes(&self) -> &[u8] {
        self.letters.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// One connection as Zeek sees it.
#[derive(Debug)]
pub struct Zeek {
    ends: Both<End>,
    originator: Side,
    history: History,
    begun: bool,
}

impl Default for Zeek {
    fn default() -> Self {
        let end = || End { delivered: 1, ..End::default() };
        Self {
            ends: Both([end(), end()]),
            originator: Side::Low,
            history: History { letters: [0; 46], len: 0, cut: false },
            begun: false,
        }
    }
}

impl Zeek {
    /// The end that Zeek calls the originator.
    #[must_use]
    pub fn originator(&self) -> Side {
        self.originator
    }

    /// `history`: what happened, in letters, upper case for the originator.
    #[must_use]
    pub fn history(&self) -> &str {
        std::str::from_utf8(self.history.bytes()).unwrap_or_default()
    }

    /// More happened than [`Self::history`] can hold.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.history.cut
    }

    /// `conn_state`.
    #[must_use]
    pub fn conn_state(&self) -> &'static str {
        let (o, r) = (&self.ends[self.originator], &self.ends[self.originator.other()]);
        match (o.state, r.state) {
            (State::SynSent | State::SynAckSent, State::Reset) => "REJ",
            (State::Reset, State::Reset) if o.size(r) == 0 && r.size(o) == 0 => "REJ",
            (_, State::Reset) if o.is_silent() => "RSTRH",
            (_, State::Reset) => "RSTR",
            (State::Reset, _) if !r.is_silent() => "RSTO",
            (State::Reset, _) if self.was_aborted_unanswered() => "RSTOS0",
            (State::Reset, _) => "OTH",
            (State::Closed, State::Closed) => "SF",
            (State::Closed, _) if r.is_silent() => "SH",
            (State::Closed, _) => "S2",
            (_, State::Closed) if o.is_silent() => "SHR",
            (_, State::Closed) => "S3",
            (State::SynSent, State::Inactive) => "S0",
            (State::Established, State::Established) => "S1",
            _ => "OTH",
        }
    }

    /// The originator's SYN, and nothing of weight from it before its reset.
    fn was_aborted_unanswered(&self) -> bool {
        let letters = self.history.bytes();
        let letters = letters.strip_prefix(b"^").unwrap_or(letters);
        let rest = letters.strip_prefix(b"S").unwrap_or_default();
        rest.iter().find(|letter| b"RHAFGIQ".contains(letter)) == Some(&b'R')
    }

    /// Takes one segment; `wrong` says that its checksum is.
    pub fn segment(&mut self, pair: &Pair, s: &Segment<'_>, wrong: bool) {
        let (x, y) = (s.from, s.from.other());
        if !self.begun {
            self.begun = true;
            self.originator = x;
            if begins_with_the_server(s.flags, pair.end(x).port, pair.end(y).port) {
                self.flip(y);
            }
        }
        if wrong {
            self.count(x, Scaled::Checksum);
            return;
        }
        let has = |flag: Flags| s.flags.contains(flag);
        // A reset's payload takes no sequence space.
        let payload = if has(Flags::RST) { 0 } else { Position::from(s.len) };
        let space = payload + Position::from(has(Flags::SYN)) + Position::from(has(Flags::FIN));
        let expected = self.ends[x].start;
        self.ends[x].number(s, space);
        let seq = position(self.ends[x].start, self.ends[x].last, s.seq);
        self.tell(x, s, seq);
        if s.window == 0
            && !has(Flags::RST)
            && self.ends[y].state != State::Closed
            && self.ends[x].state != State::Reset
        {
            self.count(x, Scaled::ZeroWindow);
        }
        if has(Flags::FIN) {
            self.ends[x].fin_seen = true;
            self.ends[x].fin_end = seq + space;
        }
        let ack = has(Flags::ACK).then(|| self.acknowledge(y, s));
        self.advance(x, s, seq + space);
        let answers_first = expected == s.seq;
        self.change(x, s, answers_first);
        if let Some(ack) = ack {
            self.look_for_gaps(y, ack);
        }
        if payload > 0 && seq >= 0 && s.payload.len() as u64 >= u64::from(s.len) {
            let at = seq + Position::from(has(Flags::SYN));
            self.deliver(x, at, at + payload);
        }
    }

    fn flip(&mut self, originator: Side) {
        self.originator = originator;
        self.history.push(b'^');
    }

    fn push(&mut self, side: Side, letter: u8) {
        let letter = if side == self.originator { letter } else { letter.to_ascii_lowercase() };
        self.history.push(letter);
    }

    /// Whether this kind is told of the end for the first time; then its letter is added.
    fn first(&mut self, side: Side, kind: Once, letter: u8) -> bool {
        let bit = 1 << kind as u8;
        if self.ends[side].told & bit != 0 {
            return false;
        }
        if matches!(kind, Once::Data | Once::Ack) && self.history.bytes() == b"H" {
            // Nothing but a SYN+ACK was before: its sender is the responder after all.
            self.history.len = 0;
            let server = self.originator;
            self.flip(server.other());
            self.push(server, b'H');
        }
        self.ends[side].told |= bit;
        self.push(side, letter);
        true
    }

    fn count(&mut self, side: Side, what: Scaled) {
        let Some(count) = self.ends[side].counts.get_mut(what as usize) else { return };
        *count = count.saturating_add(1);
        if count.checked_ilog10().is_some_and(|digits| 10_u32.pow(digits) == *count) {
            self.push(side, what.letter());
        }
    }

    /// The letters of the segment's flags.
    fn tell(&mut self, x: Side, s: &Segment<'_>, seq: Position) {
        let has = |flag: Flags| s.flags.contains(flag);
        let at_end = seq + Position::from(s.len);
        let (kind, letter, at) = match (has(Flags::SYN), has(Flags::FIN), has(Flags::RST)) {
            (_, true, true) => {
                self.first(x, Once::FinRst, b'I');
                return;
            }
            (true, true, _) | (true, _, true) => {
                self.first(x, Once::MultiFlag, b'Q');
                return;
            }
            (true, ..) => (Once::Syn, if has(Flags::ACK) { b'H' } else { b'S' }, seq),
            (_, true, _) => (Once::Fin, b'F', at_end),
            (_, _, true) => (Once::Rst, b'R', seq),
            _ if s.len > 0 => {
                self.first(x, Once::Data, b'D');
                return;
            }
            _ => {
                if has(Flags::ACK) {
                    self.first(x, Once::Ack, b'A');
                }
                return;
            }
        };
        let end = &mut self.ends[x];
        let noted = match kind {
            Once::Syn => &mut end.syn_at,
            Once::Fin => &mut end.fin_at,
            _ => &mut end.rst_at,
        };
        let differs = std::mem::replace(noted, at) != at;
        if !self.first(x, kind, letter) && differs {
            self.push(x, letter);
        }
    }

    /// What the segment acknowledges of `y`, as a position.
    fn acknowledge(&mut self, y: Side, s: &Segment<'_>) -> Position {
        let peer = &mut self.ends[y];
        if peer.state == State::Inactive {
            peer.begin(s.ack.wrapping_sub(1), 0);
            return 1;
        }
        let ack = position(peer.start, peer.acked, s.ack);
        if ack < 0 {
            return 0;
        }
        // A zero far away is a field that was left empty.
        let empty = s.ack == 0 && ack - peer.acked > JUMP;
        if !s.flags.contains(Flags::RST) && !empty {
            peer.acked = peer.acked.max(ack);
        }
        ack
    }

    /// Moves the highest position sent to `to`, or counts a retransmission.
    fn advance(&mut self, x: Side, s: &Segment<'_>, to: Position) {
        let end = &mut self.ends[x];
        let delta = to - end.last;
        if s.flags.intersects(Flags::SYN.union(Flags::RST)) && delta.abs() > JUMP {
            return;
        }
        // A FIN right behind the SYN is believed whatever its number: more than 2 GiB may lie between.
        if s.flags.contains(Flags::FIN) && end.last == 1 || end.state != State::Reset && delta > 0 {
            end.last = to;
        } else if end.state != State::Reset && s.len > 0 {
            self.count(x, Scaled::Again);
        }
    }

    /// The endpoint machine. `answers_first` says that a SYN has the number which the peer acknowledged before.
    fn change(&mut self, x: Side, s: &Segment<'_>, answers_first: bool) {
        let y = x.other();
        let has = |flag: Flags| s.flags.contains(flag);
        match self.ends[x].state {
            State::Inactive => self.appear(x, s, answers_first),
            State::SynSent | State::SynAckSent => self.close(x, s.flags),
            State::Established | State::Partial => {
                if has(Flags::SYN)
                    && !has(Flags::ACK)
                    && self.ends[x].state == State::Partial
                    && self.ends[y].state == State::Inactive
                {
                    self.ends[x].enter(State::SynSent);
                }
                if has(Flags::FIN) && !has(Flags::RST) {
                    self.ends[x].enter(State::Closed);
                    if self.ends[y].state == State::Reset && self.ends[y].before == State::Closed {
                        self.ends[y].enter(State::Closed);
                    }
                }
                if has(Flags::RST) {
                    self.ends[x].enter(State::Reset);
                }
            }
            State::Closed => {
                if has(Flags::RST) && self.ends[y].state != State::Closed {
                    self.ends[x].enter(State::Reset);
                }
            }
            State::Reset => {}
        }
    }

    fn close(&mut self, x: Side, flags: Flags) {
        if flags.contains(Flags::FIN) {
            self.ends[x].enter(State::Closed);
        }
        if flags.contains(Flags::RST) {
            self.ends[x].enter(State::Reset);
        }
    }

    /// The first segment of an end, or the first that makes it more than silent.
    fn appear(&mut self, x: Side, s: &Segment<'_>, answers_first: bool) {
        let y = x.other();
        let (syn, ack) = (s.flags.contains(Flags::SYN), s.flags.contains(Flags::ACK));
        let originates = x == self.originator;
        if syn && originates {
            self.ends[x].enter(if ack { State::SynAckSent } else { State::SynSent });
        } else if syn {
            if !ack && self.ends[y].state == State::SynAckSent && answers_first {
                // The SYN comes behind its own answer.
                self.flip(x);
                self.ends[y].enter(State::Established);
            }
            if self.ends[y].state == State::SynSent {
                self.ends[y].enter(State::Established);
            }
            self.ends[x].enter(State::Established);
        }
        self.close(x, s.flags);
        if self.ends[x].state != State::Inactive {
            return;
        }
        let waits = !originates && s.len == 0 && self.ends[y].state == State::SynSent;
        if !waits {
            let joins = ack && self.ends[y].state == State::Established;
            self.ends[x].enter(if joins { State::Established } else { State::Partial });
        }
    }

    /// Payload of `x` reaches the reassembler.
    fn deliver(&mut self, x: Side, from: Position, to: Position) {
        let end = &mut self.ends[x];
        if end.given_up {
            return;
        }
        let from = from.max(end.acked).max(end.delivered);
        if from == end.delivered && end.ahead.is_empty() {
            end.delivered = end.delivered.max(to);
            return;
        }
        end.ahead.add(from, to);
        end.delivered = end.ahead.run_from(end.delivered);
        end.ahead.forget_below(end.delivered);
        let highest = end.ahead.iter().next_back().map_or(end.delivered, |range| range.1);
        if end.is_unacknowledged() && highest - end.delivered > ABOVE_HOLE {
            end.given_up = true;
            end.ahead = Ranges::default();
        }
    }

    /// Payload of `y` up to `ack` has arrived: each hole below that never reached the reassembler is a gap.
    fn look_for_gaps(&mut self, y: Side, ack: Position) {
        let clean = self.ends[y].is_clean() && self.ends[y.other()].is_clean();
        let end = &mut self.ends[y];
        let ack = if end.fin_seen && ack >= end.fin_end { end.fin_end - 1 } else { ack };
        let mut gaps = 0_u32;
        while end.delivered < ack {
            let next = end.ahead.iter().next().filter(|range| range.0 < ack);
            gaps += 1;
            end.delivered = next.map_or(ack, |range| range.1);
            end.ahead.forget_below(end.delivered);
        }
        if clean && !end.given_up {
            for _ in 0..gaps {
                self.count(y, Scaled::Gap);
            }
        }
    }
}

/// Zeek guesses from the ports who serves, where a connection does not begin with a SYN.
fn begins_with_the_server(flags: Flags, from: u16, to: u16) -> bool {
    let syn = flags.contains(Flags::SYN);
    let likely = |port: u16| LIKELY_SERVERS.binary_search(&port).is_ok();
    match () {
        () if syn && !flags.contains(Flags::ACK) => false,
        () if !likely(from) => false,
        () if likely(to) => !syn && from < to,
        () => true,
    }
}
