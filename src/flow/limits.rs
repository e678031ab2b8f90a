//! Every bound on state, in one place (docs/faults.md, section 4).

/// Bounds on what flows may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Flows tracked at once.
    pub flows: usize,
    /// Flows ready for their next segment; beyond so many, those on which nothing is outstanding are packed.
    pub awake_flows: usize,
    /// Bytes buffered beyond a hole, each direction.
    pub stream_bytes: usize,
    /// Segments buffered beyond a hole, each direction.
    pub stream_segments: usize,
    /// Bytes buffered beyond holes, all flows.
    pub all_stream_bytes: usize,
    /// Delivered bytes kept to compare copies with, all flows.
    pub all_history_bytes: usize,
    /// Bytes that an application message may wait for.
    pub message_bytes: usize,
    /// Timeline rows held for one flow.
    pub rows: usize,
    /// Bytes of timeline rows held for all flows.
    pub all_row_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            flows: 262_144,
            awake_flows: 1_024,
            stream_bytes: 4 << 20,
            stream_segments: 3_072,
            all_stream_bytes: 256 << 20,
            all_history_bytes: 64 << 20,
            message_bytes: 64 << 10,
            rows: 4_096,
            all_row_bytes: 64 << 20,
        }
    }
}

/// How often each bound was hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Flows let go to make room.
    pub flows_evicted: u64,
}
