//! ICMP errors among the rows of a timeline (docs/tcp-analysis.md, F12).

use netdissect_dissectors::facts::Known;
use netdissect_dissectors::frame::Timestamp;

use super::{NUMBER, SEGMENT, STATE, Timeline, left, right, state};
use crate::flow::row::Complaint;
use crate::flow::table::Flow;
use crate::render::flows::thousands;
use crate::render::style::Role;
use crate::render::value;

impl Timeline {
    /// Appends the errors before frame `until`, those that say the same in one line, and returns the ones after it. Times
    /// are counted from `from.0`; an error changes no state, so `from.1` still holds.
    pub(super) fn complaints<'a>(
        &self,
        out: &mut Vec<u8>,
        flow: &Flow,
        complaints: &'a [Complaint],
        until: u64,
        from: (Timestamp, [Known; 2]),
    ) -> &'a [Complaint] {
        let count = complaints.iter().take_while(|complaint| complaint.error.frame < until).count();
        let (now, later) = complaints.split_at(count);
        for same in
            now.chunk_by(|a, b| a.error.says_the_same(&b.error) && (a.mtu, a.about) == (b.mtu, b.about))
        {
            self.complaint(out, flow, same, from);
        }
        later
    }

    fn complaint(&self, out: &mut Vec<u8>, flow: &Flow, same: &[Complaint], from: (Timestamp, [Known; 2])) {
        let (Some(head), Some(tail)) = (same.first(), same.last()) else { return };
        let glyphs = &self.screen.glyphs;
        let number = match same {
            [one] => one.error.frame.to_string(),
            _ => format!("{}{}{}", head.error.frame, glyphs.to, tail.error.frame),
        };
        let mut time = Vec::new();
        value::seconds(&mut time, head.error.time.nanos_since(from.0), self.decimals);
        let arrow = if head.about == flow.tcp.client() { glyphs.left } else { glyphs.right };
        let segment = match same {
            [_] => "ICMP".to_owned(),
            _ => format!("{} {} ICMP", same.len(), glyphs.times),
        };
        let mut line = self.lead(flow);
        right(&mut line, &number, NUMBER);
        right(&mut line, &String::from_utf8_lossy(&time), self.time_columns());
        line.push_str("  ");
        left(&mut line, &state(from.1[0]), STATE);
        left(&mut line, arrow, 3);
        left(&mut line, &state(from.1[1]), STATE + 1);
        line.push(' ');
        left(&mut line, &segment, SEGMENT);
        self.screen.style.start(Role::Warning, out);
        self.line(out, line, &words(head, tail));
        self.screen.style.stop(Role::Warning, out);
        out.push(b'\n');
    }
}

/// `192.0.2.1 says of 1 to 5793: too big, at most 1,280 bytes fit`.
fn words(head: &Complaint, tail: &Complaint) -> String {
    let from = head.error.from;
    let mut text = match head.seq {
        0 => format!("{from} says of the SYN"),
        seq => format!("{from} says of {seq}"),
    };
    if tail.seq != head.seq {
        text.push_str(&format!(" to {}", tail.seq));
    }
    text.push_str(": ");
    text.push_str(head.error.words());
    if let Some(mtu) = head.mtu.filter(|&mtu| mtu > 0) {
        text.push_str(&format!(", up to {} bytes fit", thousands(mtu.into())));
    }
    text
}
