//! Fields that stand at a fixed place of a header, or among the facts: read there, the rest of the layer is not walked.

use netdissect_dissectors::packet::Layer;

use super::columns::Cell;

/// Reads the values of one field of a layer; `None` if only the walk over all fields can tell.
pub(super) type Shortcut = fn(&Layer<'_>, &mut dyn FnMut(Cell)) -> Option<()>;

/// The shortcut to the field called `name`.
pub(super) fn shortcut(name: &str) -> Option<Shortcut> {
    Some(match name {
        "frame.number" => |layer, push| number(push, layer.packet.frame.number),
        "frame.len" => |layer, push| number(push, layer.packet.frame.wire_len.into()),
        "frame.cap_len" => |layer, push| number(push, u64::try_from(layer.packet.frame.data.len()).ok()?),
        "tcp.srcport" | "udp.srcport" => |layer, push| number(push, word(layer, 0)?),
        "tcp.dstport" | "udp.dstport" => |layer, push| number(push, word(layer, 2)?),
        "tcp.port" | "udp.port" => |layer, push| {
            let (src, dst) = (word(layer, 0)?, word(layer, 2)?);
            number(push, src)?;
            number(push, dst)
        },
        "tcp.stream" => |layer, push| {
            word(layer, 2)?;
            let (facts, at) = (&layer.packet.parts.facts, layer.number());
            let stream = facts.tcp_at(at).map(|facts| facts.stream).or_else(|| facts.quoted_stream(at));
            stream.map_or(Some(()), |stream| number(push, stream.into()))
        },
        "tcp.len" => |layer, push| {
            word(layer, 2)?;
            layer.net().filter(|net| !net.piece)?;
            let facts = layer.packet.parts.facts.tcp_at(layer.number());
            facts.map_or(Some(()), |facts| number(push, facts.len.into()))
        },
        "tcp.flags" => |layer, push| number(push, word(layer, 12)? & 0x0fff),
        "tcp.flags.fin" => |layer, push| flag(layer, push, 0x01),
        "tcp.flags.syn" => |layer, push| flag(layer, push, 0x02),
        "tcp.flags.reset" => |layer, push| flag(layer, push, 0x04),
        "tcp.flags.push" => |layer, push| flag(layer, push, 0x08),
        "tcp.flags.ack" => |layer, push| flag(layer, push, 0x10),
        "ip.ttl" => |layer, push| number(push, plain_ipv4(layer)?[8].into()),
        "ip.proto" => |layer, push| number(push, plain_ipv4(layer)?[9].into()),
        "ip.src" => |layer, push| bytes(push, plain_ipv4(layer)?.get(12..16)?),
        "ip.dst" => |layer, push| bytes(push, plain_ipv4(layer)?.get(16..20)?),
        "ip.addr" => |layer, push| {
            let header = plain_ipv4(layer)?;
            bytes(push, header.get(12..16)?)?;
            bytes(push, header.get(16..20)?)
        },
        "ipv6.src" => |layer, push| bytes(push, ipv6(layer)?.get(8..24)?),
        "ipv6.dst" => |layer, push| bytes(push, ipv6(layer)?.get(24..40)?),
        "ipv6.addr" => |layer, push| {
            let header = ipv6(layer)?;
            bytes(push, header.get(8..24)?)?;
            bytes(push, header.get(24..40)?)
        },
        _ => return None,
    })
}

fn number(push: &mut dyn FnMut(Cell), number: u64) -> Option<()> {
    push(Cell::Number(number.into()));
    Some(())
}

fn bytes(push: &mut dyn FnMut(Cell), bytes: &[u8]) -> Option<()> {
    push(Cell::short(bytes)?);
    Some(())
}

/// Two bytes of the layer, big-endian.
fn word(layer: &Layer<'_>, at: usize) -> Option<u64> {
    let word = layer.data().get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*word).into())
}

fn flag(layer: &Layer<'_>, push: &mut dyn FnMut(Cell), bit: u64) -> Option<()> {
    number(push, u64::from(word(layer, 12)? & bit != 0))
}

/// An IPv4 header without options whose lengths make sense: options may say that the destination is another.
fn plain_ipv4<'a>(layer: &Layer<'a>) -> Option<&'a [u8; 20]> {
    let header = layer.data().first_chunk::<20>()?;
    let len = u16::from_be_bytes([header[2], header[3]]);
    (header[0] == 0x45 && len >= 20).then_some(header)
}

/// An IPv6 header.
fn ipv6<'a>(layer: &Layer<'a>) -> Option<&'a [u8; 40]> {
    layer.data().first_chunk::<40>().filter(|header| header[0] >> 4 == 6)
}
