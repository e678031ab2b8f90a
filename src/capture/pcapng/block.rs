//! The insides of pcapng blocks: byte order, options, interface descriptions, time stamps.

use netdissect_dissectors::frame::{LinkType, Timestamp};

use super::super::ledger::calendar;

/// Bytes of an enhanced packet block between its length and the packet.
pub(crate) const PACKET_HEAD: usize = 20;

/// Option codes (draft-ietf-opsawg-pcapng, sections 3.5, 4.2, 4.3 and 4.6).
const OPT_END: u16 = 0;
const OPT_COMMENT: u16 = 1;
const EPB_FLAGS: u16 = 2;
const EPB_DROPCOUNT: u16 = 4;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
const ISB_IFDROP: u16 = 5;
const ISB_OSDROP: u16 = 7;

/// Bytes kept of an interface name or description.
const MAX_NAME: usize = 4096;

/// Type of a block of decryption secrets (section 4.7), and of secrets that are a key log of TLS.
pub(super) const SECRETS: u32 = 10;
const TLS_KEY_LOG: u32 = 0x544c_534b;

/// The key log that a whole block holds, as it lies in the file; `None` if it is another block or of other secrets.
#[must_use]
pub fn key_log(block: &[u8]) -> Option<&[u8]> {
    let &kind = block.first_chunk::<4>()?;
    let order = [Order { big: false }, Order { big: true }].into_iter().find(|o| o.word(kind) == SECRETS)?;
    let word = |at: usize| block.get(at..)?.first_chunk::<4>().map(|&bytes| order.word(bytes));
    if word(8)? != TLS_KEY_LOG {
        return None;
    }
    let len = usize::try_from(word(12)?).ok()?;
    block.get(16..block.len().checked_sub(4)?)?.get(..len)
}

/// The byte order of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    big: bool,
}

impl Order {
    /// The least significant byte first.
    pub(crate) const LITTLE: Self = Self { big: false };

    /// Reads the byte-order magic.
    pub(crate) fn of(magic: [u8; 4]) -> Option<Self> {
        match u32::from_le_bytes(magic) {
            0x1a2b_3c4d => Some(Self { big: false }),
            0x4d3c_2b1a => Some(Self { big: true }),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn word(self, bytes: [u8; 4]) -> u32 {
        let value = u32::from_le_bytes(bytes);
        if self.big { value.swap_bytes() } else { value }
    }

    /// The bytes of a word.
    pub(crate) fn put_word(self, value: u32) -> [u8; 4] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// The bytes of a half word.
    pub(crate) fn put_half(self, value: u16) -> [u8; 2] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// Whether the most significant byte comes first.
    pub(crate) fn is_big_endian(self) -> bool {
        self.big
    }

    #[inline]
    pub(super) fn half(self, bytes: [u8; 2]) -> u16 {
        let value = u16::from_le_bytes(bytes);
        if self.big { value.swap_bytes() } else { value }
    }

    fn long(self, bytes: [u8; 8]) -> u64 {
        let value = u64::from_le_bytes(bytes);
        if self.big { value.swap_bytes() } else { value }
    }
}

/// The fixed fields before the bytes of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct PacketHead {
    pub(super) interface: u32,
    /// Time in units of the interface's resolution.
    pub(super) ticks: u64,
    pub(super) captured: u32,
    pub(super) wire: u32,
}

impl PacketHead {
    /// Reads the start of a block body; in the obsolete packet block a drop count takes half of the first word.
    #[inline]
    pub(super) fn of(body: &[u8], order: Order, obsolete: bool) -> Option<Self> {
        let &[i0, i1, i2, i3, h0, h1, h2, h3, l0, l1, l2, l3, c0, c1, c2, c3, w0, w1, w2, w3] =
            body.first_chunk::<PACKET_HEAD>()?;
        let interface = if obsolete { u32::from(order.half([i0, i1])) } else { order.word([i0, i1, i2, i3]) };
        let (high, low) = (order.word([h0, h1, h2, h3]), order.word([l0, l1, l2, l3]));
        Some(Self {
            interface,
            ticks: u64::from(high) << 32 | u64::from(low),
            captured: order.word([c0, c1, c2, c3]),
            wire: order.word([w0, w1, w2, w3]),
        })
    }
}

/// An option that runs past the end of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BadOption;

/// The options of a block, one after the other; ends after a bad one.
struct Options<'a> {
    rest: &'a [u8],
    order: Order,
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<(u16, &'a [u8]), BadOption>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((&[c0, c1, l0, l1], rest)) = self.rest.split_first_chunk::<4>() else {
            self.rest = &[];
            return Some(Err(BadOption));
        };
        let (code, len) = (self.order.half([c0, c1]), usize::from(self.order.half([l0, l1])));
        self.rest = &[];
        if code == OPT_END {
            return None;
        }
        let Some(value) = rest.get(..len) else { return Some(Err(BadOption)) };
        self.rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some(Ok((code, value)))
    }
}

/// What of a list of options is sound: up to its end mark, or to the first option that runs past the block.
pub(crate) fn sound_options(list: &[u8], order: Order) -> &[u8] {
    let mut options = Options { rest: list, order };
    let mut sound: usize = 0;
    while let Some(Ok((_, value))) = options.next() {
        sound = sound.saturating_add(4).saturating_add(value.len().next_multiple_of(4));
    }
    list.get(..sound).unwrap_or(list)
}

/// Whether a list of options has a comment.
pub(crate) fn has_comment(list: &[u8], order: Order) -> bool {
    (Options { rest: list, order }).any(|option| matches!(option, Ok((OPT_COMMENT, _))))
}

/// Comments kept of one packet.
const MAX_COMMENTS: usize = 1024;

/// What the options of a packet say.
#[derive(Debug, Default)]
pub(super) struct PacketOptions {
    /// Where its comments lie: start and length.
    pub(super) comments: Vec<(u32, u32)>,
    pub(super) flags: Option<u32>,
    /// Packets that were lost on its interface since the one before.
    pub(super) dropped: Option<u64>,
}

impl PacketOptions {
    /// Nothing is said.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.comments.clear();
        (self.flags, self.dropped) = (None, None);
    }
}

/// Walks the options behind the first `from` bytes of `body`; starts of comments count from that of `body`. True if all
/// options stay within it.
pub(super) fn packet_options(body: &[u8], from: usize, order: Order, told: &mut PacketOptions) -> bool {
    let mut options = Options { rest: body.get(from..).unwrap_or_default(), order };
    loop {
        let start = body.len().saturating_sub(options.rest.len()).saturating_add(4);
        match options.next() {
            None => return true,
            Some(Err(BadOption)) => return false,
            Some(Ok((OPT_COMMENT, value))) if told.comments.len() < MAX_COMMENTS => {
                told.comments.push((start as u32, value.len() as u32));
            }
            Some(Ok((EPB_FLAGS, value))) => told.flags = value.first_chunk().map(|&bytes| order.word(bytes)),
            Some(Ok((EPB_DROPCOUNT, value))) => {
                told.dropped = value.first_chunk().map(|&bytes| order.long(bytes));
            }
            Some(Ok(_)) => {}
        }
    }
}

/// What a tick of an interface's clock is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Resolution {
    /// 10^-6 s, which also holds where nothing is said.
    #[default]
    Micro,
    /// 10^-9 s.
    Nano,
    /// 10^-n s, n up to 19; the number is 10^n.
    Decimal(u8, u64),
    /// 2^-n s, n up to 63.
    Binary(u8),
    /// Finer than a 64-bit count of it can reach one second.
    Unusable,
}

impl Resolution {
    /// Reads the value of `if_tsresol`: the exponent, and in the upper bit whether its base is 2.
    fn of(byte: u8) -> Self {
        match byte {
            6 => Self::Micro,
            9 => Self::Nano,
            n if n & 0x80 == 0 => {
                10_u64.checked_pow(u32::from(n)).map_or(Self::Unusable, |p| Self::Decimal(n, p))
            }
            n if n & 0x7f < 64 => Self::Binary(n & 0x7f),
            _ => Self::Unusable,
        }
    }

    /// The time of `ticks`, `offset` seconds later; what is finer than a nanosecond is cut off.
    #[inline]
    pub(super) fn time(self, ticks: u64, offset: i64) -> Timestamp {
        let (secs, nanos) = match self {
            Self::Micro => (ticks / 1_000_000, (ticks % 1_000_000) as u32 * 1000),
            Self::Nano => (ticks / 1_000_000_000, (ticks % 1_000_000_000) as u32),
            Self::Decimal(n, unit) => {
                let part = ticks % unit;
                let nanos = match 10_u64.checked_pow(u32::from(n.abs_diff(9))) {
                    Some(scale) if n < 9 => part.saturating_mul(scale),
                    Some(scale) => part / scale,
                    None => 0,
                };
                (ticks / unit, nanos as u32)
            }
            Self::Binary(n) => {
                let part = ticks & 1_u64.wrapping_shl(u32::from(n)).wrapping_sub(1);
                (ticks >> n, ((u128::from(part) * 1_000_000_000) >> n) as u32)
            }
            Self::Unusable => return Timestamp::INVALID,
        };
        match i64::try_from(secs).ok().and_then(|s| s.checked_add(offset)) {
            Some(secs) => calendar(Timestamp { secs, nanos }),
            None => Timestamp::INVALID,
        }
    }

    /// Decimal digits of a second, at most 9.
    fn digits(self) -> u8 {
        match self {
            Self::Micro | Self::Unusable => 6,
            Self::Decimal(n, _) => n.min(9),
            Self::Nano | Self::Binary(_) => 9,
        }
    }
}

/// One interface of a section.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) link: LinkType,
    /// Bytes captured of a packet at most, `u32::MAX` for no limit.
    pub(crate) snaplen: u32,
    pub(super) name: Option<Box<[u8]>>,
    pub(super) description: Option<Box<[u8]>>,
    resolution: Resolution,
    /// Seconds to be added to every time.
    offset: i64,
    /// The drop counts of the last statistics block.
    dropped: (u64, u64),
    /// Drops that packets told of, and those among them that no statistics block has told yet.
    lost: u64,
    ahead: u64,
}

/// What was odd about an interface description.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Oddities {
    pub(super) bad_option: bool,
    pub(super) unusable_resolution: bool,
    pub(super) text_dropped: bool,
}

impl Interface {
    /// Reads the body of an interface description block and keeps at most `room` bytes of text.
    pub(crate) fn parse(body: &[u8], order: Order, room: usize) -> Option<(Self, Oddities)> {
        let (&[l0, l1, _, _, s0, s1, s2, s3], options) = body.split_first_chunk::<8>()?;
        let snaplen = order.word([s0, s1, s2, s3]);
        let mut interface = Self {
            link: LinkType(u32::from(order.half([l0, l1]))),
            snaplen: if snaplen == 0 { u32::MAX } else { snaplen },
            name: None,
            description: None,
            resolution: Resolution::default(),
            offset: 0,
            dropped: (0, 0),
            lost: 0,
            ahead: 0,
        };
        let mut oddities = Oddities::default();
        for option in (Options { rest: options, order }) {
            let Ok((code, value)) = option else {
                oddities.bad_option = true;
                break;
            };
            match (code, value) {
                (IF_NAME | IF_DESCRIPTION, text) => {
                    let left = room.saturating_sub(interface.text_len()).min(MAX_NAME);
                    oddities.text_dropped |= text.len() > left;
                    let kept = Some(Box::from(text.get(..left).unwrap_or(text)));
                    if code == IF_NAME { interface.name = kept } else { interface.description = kept }
                }
                (IF_TSRESOL, &[byte, ..]) => interface.resolution = Resolution::of(byte),
                (IF_TSOFFSET, value) => match value.first_chunk::<8>() {
                    Some(&bytes) => interface.offset = order.long(bytes).cast_signed(),
                    None => oddities.bad_option = true,
                },
                _ => {}
            }
        }
        oddities.unusable_resolution = interface.resolution == Resolution::Unusable;
        Some((interface, oddities))
    }

    /// The time of a packet with this count of ticks.
    #[inline]
    pub(super) fn time(&self, ticks: u64) -> Timestamp {
        self.resolution.time(ticks, self.offset)
    }

    /// Decimal digits of a second that this interface's times have.
    pub(crate) fn digits(&self) -> u8 {
        self.resolution.digits()
    }

    /// Bytes of text that are kept.
    pub(super) fn text_len(&self) -> usize {
        let len = |text: &Option<Box<[u8]>>| text.as_deref().map_or(0, <[u8]>::len);
        len(&self.name).saturating_add(len(&self.description))
    }

    /// Drops that `drops` adds to what is known: of the interface, of the system.
    pub(super) fn drops_since(&mut self, drops: &Drops) -> (u64, u64) {
        let before = self.dropped;
        self.dropped = (drops.by_interface.max(before.0), drops.by_system.max(before.1));
        let known_by_packets = &mut self.ahead;
        let mut news = |now: u64, before: u64| {
            let more = now.saturating_sub(before);
            let known = more.min(*known_by_packets);
            *known_by_packets = known_by_packets.saturating_sub(known);
            more.saturating_sub(known)
        };
        let by_system = news(self.dropped.1, before.1);
        (news(self.dropped.0, before.0), by_system)
    }

    /// How many of the `count` drops before a packet no one has told of yet.
    pub(super) fn drops_before(&mut self, count: u64) -> u64 {
        self.lost = self.lost.saturating_add(count);
        let known = self.dropped.0.saturating_add(self.dropped.1).saturating_add(self.ahead);
        let news = self.lost.saturating_sub(known);
        self.ahead = self.ahead.saturating_add(news);
        news
    }
}

/// What a statistics block says of lost packets, counted from the start of the capture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drops {
    pub(super) interface: u32,
    by_interface: u64,
    by_system: u64,
}

impl Drops {
    /// Reads the body of an interface statistics block: interface, time, options.
    pub(super) fn parse(body: &[u8], order: Order) -> Option<Self> {
        let (&[i0, i1, i2, i3, ..], options) = body.split_first_chunk::<12>()?;
        let mut drops = Self { interface: order.word([i0, i1, i2, i3]), by_interface: 0, by_system: 0 };
        for (code, value) in (Options { rest: options, order }).map_while(Result::ok) {
            let Some(&count) = value.first_chunk::<8>() else { continue };
            match code {
                ISB_IFDROP => drops.by_interface = order.long(count),
                ISB_OSDROP => drops.by_system = order.long(count),
                _ => {}
            }
        }
        Some(drops)
    }
}
