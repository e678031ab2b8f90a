//! A frame as a filter sees it: as it is, or without the tags before its packet.

use netdissect_dissectors::frame::{Frame, LinkType};

/// The longest link header that is rewritten, in bytes: Linux cooked 2.
const MAX_HEADER: usize = 20;

/// Tags that are taken off one frame; behind so many, nobody's traffic is left.
const MAX_TAGS: usize = 8;

/// 802.1Q, 802.1ad, and what came before that.
const VLAN_TYPES: [u16; 3] = [0x8100, 0x88a8, 0x9100];
/// A PPPoE session (RFC 2516).
const PPPOE_SESSION: u16 = 0x8864;

/// Bytes that read like a frame: a header of their own, then a part of the frame.
#[derive(Debug)]
pub(super) struct View<'a> {
    head: [u8; MAX_HEADER],
    head_len: usize,
    rest: &'a [u8],
    wire_len: u32,
}

impl<'a> View<'a> {
    /// The frame as it is, only that BSD loopback has the family number which the compiler expects.
    pub(super) fn of(frame: &Frame<'a>) -> Self {
        let mut view =
            Self { head: [0; MAX_HEADER], head_len: 0, rest: frame.data, wire_len: frame.wire_len };
        if let Some((family, rest)) = loopback(frame) {
            view.put(&family);
            view.rest = rest;
        }
        view
    }

    /// The frame without its VLAN tags and PPPoE header: its own link header, with the innermost type. Its length on
    /// the wire stays that of the whole frame.
    pub(super) fn behind_tags(frame: &Frame<'a>) -> Self {
        Self::without_tags(frame).unwrap_or_else(|| Self::of(frame))
    }

    /// `None` if there is nothing to take off.
    fn without_tags(frame: &Frame<'a>) -> Option<Self> {
        let (header, type_at) = match frame.link {
            LinkType::ETHERNET => (14, 12),
            LinkType::LINUX_SLL => (16, 14),
            LinkType::LINUX_SLL2 => (20, 0),
            _ => return None,
        };
        let (head, mut rest) = frame.data.split_at_checked(header)?;
        let outer = u16_at(head, type_at)?;
        let mut inner = outer;
        for _ in 0..MAX_TAGS {
            let Some((kind, behind)) = step(inner, rest) else { break };
            (inner, rest) = (kind, behind);
        }
        if rest.len().saturating_add(header) == frame.data.len() {
            return None;
        }
        let mut view = Self { head: [0; MAX_HEADER], head_len: 0, rest, wire_len: frame.wire_len };
        view.put(head);
        view.head.get_mut(type_at..)?.first_chunk_mut::<2>()?.copy_from_slice(&inner.to_be_bytes());
        Some(view)
    }

    fn put(&mut self, head: &[u8]) {
        if let Some(place) = self.head.get_mut(..head.len()) {
            place.copy_from_slice(head);
            self.head_len = head.len();
        }
    }

    /// The byte at `at`, if it was captured.
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        match at.checked_sub(self.head_len) {
            None => self.head.get(at).copied(),
            Some(at) => self.rest.get(at).copied(),
        }
    }

    /// `N` bytes from `at` on, if they were captured.
    pub(super) fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        if let Some(at) = at.checked_sub(self.head_len) {
            return self.rest.get(at..)?.first_chunk().copied();
        }
        let mut bytes = [0; N];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = self.byte(at.checked_add(i)?)?;
        }
        Some(bytes)
    }

    /// Bytes that the frame had on the wire.
    pub(super) fn wire_len(&self) -> u32 {
        self.wire_len
    }
}

/// The type behind one tag, and what follows it.
fn step(kind: u16, rest: &[u8]) -> Option<(u16, &[u8])> {
    if VLAN_TYPES.contains(&kind) {
        return Some((u16_at(rest, 2)?, rest.get(4..)?));
    }
    // Version and type 1, code 0; session and length; then the PPP protocol (RFC 2516, section 4).
    if kind != PPPOE_SESSION || rest.first_chunk() != Some(&[0x11, 0x00]) {
        return None;
    }
    let kind = match u16_at(rest, 6)? {
        0x0021 => 0x0800,
        0x0057 => 0x86dd,
        0x0281 => 0x8847,
        _ => return None,
    };
    Some((kind, rest.get(8..)?))
}

/// Filters on BSD loopback are compiled for this machine: its byte order and its number of IPv6. Files come from others.
fn loopback<'a>(frame: &Frame<'a>) -> Option<([u8; 4], &'a [u8])> {
    const AF_INET6: u32 = match () {
        () if cfg!(target_vendor = "apple") => 30,
        () if cfg!(target_os = "freebsd") => 28,
        () if cfg!(target_os = "linux") => 10,
        () => 24,
    };
    if !matches!(frame.link, LinkType::NULL | LinkType::LOOP) {
        return None;
    }
    let (family, rest) = frame.data.split_first_chunk::<4>()?;
    let read = u32::from_be_bytes(*family).min(u32::from_le_bytes(*family));
    let family = match read {
        10 | 24 | 28 | 30 => AF_INET6,
        other => other,
    };
    let native = frame.link == LinkType::NULL;
    Some((if native { family.to_ne_bytes() } else { family.to_be_bytes() }, rest))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}
