//! Records of kind `datagram`: how one datagram came in pieces.

use super::Object;
use crate::flow::conflict::Difference;
use crate::flow::fragment::ledger::{Account, Fate, IcmpSays, Mark};

/// Appends the record of one datagram.
pub fn datagram(out: &mut Vec<u8>, account: &Account) {
    let mut record = Object::record(out, "datagram");
    let (key, v4) = (&account.key, account.key.src.is_ipv4());
    let layer = if v4 { "ip" } else { "ipv6" };
    record.display(&format!("{layer}.src"), key.src);
    record.display(&format!("{layer}.dst"), key.dst);
    record.number(if v4 { "ip.id" } else { "ipv6.fraghdr.ident" }, key.id.into());
    record.number("nd.datagram.proto", account.protocol.into());
    record.text("nd.datagram.state", account.fate.name().as_bytes());
    if let Fate::Refused(why) = account.fate {
        record.text("nd.datagram.refused", why.as_bytes());
    }
    if let Some(len) = account.len() {
        record.number("nd.datagram.bytes", len.into());
    }
    record.duration("nd.duration", account.duration());
    record.text("nd.datagram.policy", account.policy.name().as_bytes());
    let first = account.parts.first().map(|part| part.time);
    record.objects("nd.datagram.pieces", &account.parts, |piece, part| {
        piece.number("frame", part.frame);
        piece.duration("after", first.map_or(0, |first| part.time.nanos_since(first)));
        piece.number("offset", part.offset.into());
        piece.number("bytes", part.len.into());
        piece.bool("more", part.more);
        piece.number("ttl", part.ttl.into());
        piece.bool("taken", part.taken);
        if !part.marks.is_empty() {
            piece.objects("notes", &part.marks, mark);
        }
    });
    if account.unlisted > 0 {
        record.wide("nd.datagram.pieces_unlisted", account.unlisted);
    }
    record.objects("nd.datagram.missing", account.missing(), |hole, (from, to)| {
        hole.number("from", from.into());
        hole.number("to", to.into());
    });
    if !account.errors.is_empty() {
        record.objects("nd.datagram.icmp", &account.errors, |object, error| {
            object.number("frame", error.frame);
            match error.says {
                IcmpSays::TooBig(mtu) => {
                    object.text("says", b"too-big");
                    object.number("mtu", mtu.into());
                }
                IcmpSays::Expired => object.text("says", b"expired"),
            }
        });
    }
    record.end();
    out.push(b'\n');
}

fn mark(object: &mut Object<'_>, mark: &Mark) {
    object.text("note", mark.label.as_bytes());
    if mark.other > 0 {
        object.number("other", mark.other);
    }
    if let Some(difference) = &mark.difference {
        differs(object, difference);
    }
}

fn differs(object: &mut Object<'_>, difference: &Difference) {
    object.display("from", difference.common.0);
    object.display("to", difference.common.1);
    object.display("first", difference.first);
    if let Some(old) = difference.old {
        object.hex("old", old.as_bytes());
    }
    object.hex("new", difference.new.as_bytes());
    object.bool("new_is_kept", difference.new_is_kept);
}
