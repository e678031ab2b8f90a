//! What ICMP errors mean (RFC 792, RFC 4443 section 3): two versions number the same messages differently.

/// What an ICMP error says of the packet that it quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// Time to live was over.
    Exceeded,
    /// It cannot be delivered.
    Unreachable {
        /// The code is one of ICMPv6.
        v6: bool,
        /// `icmp.code` or `icmpv6.code`
        code: u8,
    },
    /// It is longer than so many bytes; 0 where an old router does not say.
    TooBig(u32),
    /// Not all of its fragments came in time.
    Incomplete,
    /// Something in its header.
    Parameter,
}

impl Problem {
    /// Of an error of this type and code; `mtu` is what it holds where one about sizes has the size that fits. `None` for
    /// what no host hands to the connection that is quoted: source quench is no error any more (RFC 6633), a redirect
    /// never was.
    #[must_use]
    pub fn of(v6: bool, kind: u8, code: u8, mtu: u32) -> Option<Self> {
        Some(match (v6, kind, code) {
            (false, 3, 4) | (true, 2, _) => Self::TooBig(mtu),
            (false, 11, 0) | (true, 3, 0) => Self::Exceeded,
            (false, 11, _) | (true, 3, _) => Self::Incomplete,
            (false, 3, code) | (true, 1, code) => Self::Unreachable { v6, code },
            (false, 12, _) | (true, 4, _) => Self::Parameter,
            _ => return None,
        })
    }

    /// Of an ICMP message, from its first byte on.
    #[must_use]
    pub fn read(v6: bool, message: &[u8]) -> Option<Self> {
        let &[kind, code, _, _, m0, m1, m2, m3] = message.first_chunk()?;
        let mtu = if v6 { u32::from_be_bytes([m0, m1, m2, m3]) } else { u16::from_be_bytes([m2, m3]).into() };
        Self::of(v6, kind, code, mtu)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Exceeded => "time to live exceeded",
            Self::TooBig(_) => "too big",
            Self::Incomplete => "fragments missing",
            Self::Parameter => "header problem",
            Self::Unreachable { v6: false, code } => match code {
                0 => "network unreachable",
                1 => "host unreachable",
                2 => "protocol unreachable",
                3 => "port unreachable",
                5 => "source route failed",
                6 => "network unknown",
                7 => "host unknown",
                9 | 10 | 13 => "administratively prohibited",
                11 | 12 => "unreachable for this service",
                _ => "unreachable",
            },
            Self::Unreachable { v6: true, code } => match code {
                0 => "no route",
                1 | 5 => "administratively prohibited",
                2 => "beyond the scope of its source",
                3 => "address unreachable",
                4 => "port unreachable",
                6 => "route rejected",
                _ => "unreachable",
            },
        }
    }
}
