//! Every bound on what a run may hold, in one place (docs/faults.md, section 4).
//!
//! Reaching one keeps the packet, lets state go and is counted. Those that [`Bound`] names can be set; what one packet
//! may cost is fixed, and stands in [`FIXED`].

use netdissect_dissectors::dissector::Fault;
use netdissect_dissectors::{registry, walk};

use crate::capture;
use crate::flow::fragment::FragmentLimits;

/// What a bound counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of memory.
    Bytes,
    /// Things.
    Count,
}

macro_rules! bounds {
    ($($(#[doc = $what:literal])+ $bound:ident $field:ident $name:literal $unit:ident = $default:expr;)*) => {
        /// A bound that can be set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bound {
            $($(#[doc = $what])+ $bound,)*
        }

        /// The bounds of a run.
        #[derive(Clone, Copy, Debug)]
        pub struct Limits {
            $($(#[doc = $what])+ pub $field: usize,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl Bound {
            /// All of them.
            pub const ALL: [Self; [$(Self::$bound),*].len()] = [$(Self::$bound),*];

            /// Its name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$bound => $name,)* }
            }

            /// What it counts.
            #[must_use]
            pub const fn unit(self) -> Unit {
                match self { $(Self::$bound => Unit::$unit,)* }
            }

            /// What it bounds, in words.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Self::$bound => concat!($($what),+).trim().trim_end_matches('.'),)* }
            }
        }

        impl Limits {
            /// The value of a bound.
            #[must_use]
            pub const fn get(&self, bound: Bound) -> usize {
                match bound { $(Bound::$bound => self.$field,)* }
            }

            /// Sets a bound.
            pub const fn set(&mut self, bound: Bound, value: usize) {
                match bound { $(Bound::$bound => self.$field = value,)* }
            }
        }
    };
}

bounds! {
    /// All that is remembered; from three quarters of it on what is idle goes.
    Memory memory "memory" Bytes = 512 << 20;
    /// Flows at once, and conversations over UDP.
    Flows flows "flows" Count = 262_144;
    /// Flows ready for their next segment; others are packed.
    AwakeFlows awake_flows "awake-flows" Count = 4_096;
    /// Waiting behind a hole, each direction.
    StreamBytes stream_bytes "stream-bytes" Bytes = 4 << 20;
    /// Segments waiting behind a hole, each direction.
    StreamSegments stream_segments "stream-segments" Count = 3_072;
    /// Waiting behind holes, all flows.
    AllStreamBytes all_stream_bytes "all-stream-bytes" Bytes = 256 << 20;
    /// Delivered bytes kept to compare copies with, all flows.
    AllHistoryBytes all_history_bytes "all-history-bytes" Bytes = 64 << 20;
    /// What a message may wait for.
    MessageBytes message_bytes "message-bytes" Bytes = 64 << 10;
    /// Timeline rows of one flow.
    Rows rows "rows" Count = 4_096;
    /// Timeline rows of all flows.
    AllRowBytes all_row_bytes "all-row-bytes" Bytes = 64 << 20;
    /// Datagrams in pieces at once.
    Datagrams datagrams "datagrams" Count = 8_192;
    /// Pieces of all datagrams.
    DatagramBytes datagram_bytes "datagram-bytes" Bytes = 32 << 20;
    /// Pieces of one datagram.
    DatagramPieces datagram_pieces "datagram-pieces" Count = 256;
}

/// Bounds on what one packet or record may cost; they are part of what dissectors and readers are.
pub const FIXED: [(&str, u64, Unit, &str); 9] = [
    ("layers", registry::MAX_LAYERS as u64, Unit::Count, "layers of a packet"),
    ("tunnels", registry::MAX_TUNNELS as u64, Unit::Count, "network layers inside one another"),
    ("fuel", registry::STEPS_PER_BYTE as u64, Unit::Count, "steps for each byte of a packet, and 4,096 more"),
    ("fields", walk::MAX_FIELDS as u64, Unit::Count, "fields shown of a packet"),
    ("text", walk::MAX_TEXT as u64, Unit::Bytes, "text shown of a packet"),
    ("value", walk::MAX_VALUE as u64, Unit::Bytes, "text shown of a value"),
    ("record", capture::MAX_RECORD as u64, Unit::Bytes, "a record of a capture file"),
    ("interfaces", capture::MAX_INTERFACES as u64, Unit::Count, "interfaces of a section"),
    ("window", capture::MAX_WINDOW, Unit::Bytes, "what unpacking a file may look back on"),
];

impl Limits {
    /// Those of a process with an address space of so many bytes, if that is bounded: half of it is for what is
    /// remembered, the rest for the program, its buffers and what is being shown.
    #[must_use]
    pub fn within(address_space: Option<usize>) -> Self {
        let limits = Self::default();
        let half = address_space.map_or(usize::MAX, |bytes| bytes / 2);
        Self { memory: limits.memory.min(half), ..limits }
    }

    /// Memory from which on what is idle goes, in bytes.
    #[must_use]
    pub const fn soft_memory(&self) -> usize {
        self.memory / 4 * 3
    }

    /// Those of datagrams in pieces.
    #[must_use]
    pub fn fragments(&self) -> FragmentLimits {
        FragmentLimits {
            datagrams: self.datagrams,
            bytes: self.datagram_bytes,
            pieces: self.datagram_pieces,
            ..FragmentLimits::default()
        }
    }

    /// Sets a bound as the command line says it: `flows=1000`, `memory=64M`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn set_by_name(&mut self, setting: &str) -> Result<(), String> {
        let (name, value) = setting.split_once('=').ok_or("a limit looks like flows=1000")?;
        let bound = Bound::ALL.into_iter().find(|bound| bound.name() == name).ok_or_else(|| {
            format!("no limit has this name; there are {}", Bound::ALL.map(Bound::name).join(", "))
        })?;
        let (digits, unit) = match value.as_bytes().last() {
            Some(b'K' | b'k') => (value.get(..value.len() - 1).unwrap_or_default(), 1 << 10),
            Some(b'M' | b'm') => (value.get(..value.len() - 1).unwrap_or_default(), 1 << 20),
            Some(b'G' | b'g') => (value.get(..value.len() - 1).unwrap_or_default(), 1 << 30),
            _ => (value, 1),
        };
        let number = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
        match number.filter(|&number| number > 0) {
            Some(number) => self.set(bound, number),
            None => return Err(format!("{name} takes a number above 0; K, M and G are understood")),
        }
        Ok(())
    }
}

impl Bound {
    /// Whether reaching it loses something; packing flows does not.
    #[must_use]
    pub const fn loses_state(self) -> bool {
        !matches!(self, Self::AwakeFlows)
    }
}

/// How often each bound was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    of: [u64; Bound::ALL.len()],
    layers: u64,
    tunnels: u64,
    fuel: u64,
}

impl Hits {
    /// A fault of a packet, which may be that it reached a fixed bound.
    pub fn note_fault(&mut self, fault: Fault) {
        match fault {
            registry::TOO_MANY_LAYERS => self.layers += 1,
            registry::TOO_MANY_TUNNELS => self.tunnels += 1,
            registry::TOO_MUCH_WORK => self.fuel += 1,
            _ => {}
        }
    }

    /// How often a bound of [`FIXED`] was reached, if that is counted.
    #[must_use]
    pub fn of_fixed(&self, name: &str) -> Option<u64> {
        match name {
            "layers" => Some(self.layers),
            "tunnels" => Some(self.tunnels),
            "fuel" => Some(self.fuel),
            _ => None,
        }
    }

    /// Once more.
    pub fn note(&mut self, bound: Bound) {
        self.add(bound, 1);
    }

    /// So many times more.
    pub fn add(&mut self, bound: Bound, times: u64) {
        let count = &mut self.of[bound as usize];
        *count = count.saturating_add(times);
    }

    /// How often.
    #[must_use]
    pub fn of(&self, bound: Bound) -> u64 {
        self.of[bound as usize]
    }

    /// Whether state was let go.
    #[must_use]
    pub fn lost_state(&self) -> bool {
        Bound::ALL.into_iter().any(|bound| bound.loses_state() && self.of(bound) > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_set_by_name() {
        let mut limits = Limits::default();
        assert_eq!(limits.set_by_name("memory=64M"), Ok(()));
        assert_eq!(limits.set_by_name("flows=10"), Ok(()));
        assert_eq!((limits.memory, limits.soft_memory(), limits.flows), (64 << 20, 48 << 20, 10));
        for wrong in ["flows", "flows=", "flows=0", "flows=-1", "flows=99999999999G", "colour=3"] {
            assert!(limits.set_by_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn little_address_space_is_shared() {
        for (address_space, memory) in [(None, 512), (Some(usize::MAX), 512), (Some(512 << 20), 256)] {
            assert_eq!(Limits::within(address_space).memory, memory << 20);
        }
    }

    /// The table of docs/faults.md, section 4.
    #[test]
    fn defaults_are_those_of_the_document() {
        let limits = Limits::default();
        let document = [
            (Bound::Memory, 512 << 20),
            (Bound::Flows, 262_144),
            (Bound::StreamBytes, 4 << 20),
            (Bound::StreamSegments, 3_072),
            (Bound::AllStreamBytes, 256 << 20),
            (Bound::Rows, 4_096),
            (Bound::AllRowBytes, 64 << 20),
            (Bound::Datagrams, 8_192),
            (Bound::DatagramBytes, 32 << 20),
            (Bound::DatagramPieces, 256),
        ];
        for (bound, value) in document {
            assert_eq!(limits.get(bound), value, "{}", bound.name());
        }
        assert_eq!(limits.soft_memory(), 384 << 20);
    }

    #[test]
    fn hits_are_counted_apart() {
        let mut hits = Hits::default();
        assert!(!hits.lost_state());
        hits.note(Bound::Rows);
        hits.add(Bound::Rows, 2);
        assert_eq!((hits.of(Bound::Rows), hits.of(Bound::Flows), hits.lost_state()), (3, 0, true));
    }
}
