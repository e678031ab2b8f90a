//! Names of numbers.

/// Forms of headers (RFC 8999 section 5).
pub(super) const FORMS: &[(u64, &str)] = &[(0, "short header"), (1, "long header")];

/// Types of packets with long headers (RFC 9000 section 17.2).
pub(super) const TYPES: &[(u64, &str)] = &[(0, "Initial"), (1, "0-RTT"), (2, "Handshake"), (3, "Retry")];

/// The same in version 2 (RFC 9369 section 3.2).
pub(super) const TYPES_2: &[(u64, &str)] = &[(0, "Retry"), (1, "Initial"), (2, "0-RTT"), (3, "Handshake")];

/// Lengths of packet numbers, as two bits say them.
pub(super) const NUMBER_LENGTHS: &[(u64, &str)] =
    &[(0, "1 byte"), (1, "2 bytes"), (2, "3 bytes"), (3, "4 bytes")];

/// Types of frames (RFC 9000 section 12.4).
pub(super) const FRAMES: &[(u64, &str)] = &[
    (0x00, "PADDING"),
    (0x01, "PING"),
    (0x02, "ACK"),
    (0x03, "ACK_ECN"),
    (0x04, "RESET_STREAM"),
    (0x05, "STOP_SENDING"),
    (0x06, "CRYPTO"),
    (0x07, "NEW_TOKEN"),
    (0x08, "STREAM"),
    (0x09, "STREAM"),
    (0x0a, "STREAM"),
    (0x0b, "STREAM"),
    (0x0c, "STREAM"),
    (0x0d, "STREAM"),
    (0x0e, "STREAM"),
    (0x0f, "STREAM"),
    (0x10, "MAX_DATA"),
    (0x11, "MAX_STREAM_DATA"),
    (0x12, "MAX_STREAMS"),
    (0x13, "MAX_STREAMS"),
    (0x14, "DATA_BLOCKED"),
    (0x15, "STREAM_DATA_BLOCKED"),
    (0x16, "STREAMS_BLOCKED"),
    (0x17, "STREAMS_BLOCKED"),
    (0x18, "NEW_CONNECTION_ID"),
    (0x19, "RETIRE_CONNECTION_ID"),
    (0x1a, "PATH_CHALLENGE"),
    (0x1b, "PATH_RESPONSE"),
    (0x1c, "CONNECTION_CLOSE"),
    (0x1d, "CONNECTION_CLOSE"),
    (0x1e, "HANDSHAKE_DONE"),
];

/// Errors of the transport (RFC 9000 section 20.1): 256 of them have an alert of TLS for their last byte.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs at compile time only")]
pub(super) const ERRORS: &[(u64, &str)] = &{
    let mut all = [(0, ""); OWN_ERRORS.len() + 0x100];
    let (mut at, mut error) = (0, 0x100);
    while at < all.len() {
        if at < OWN_ERRORS.len() {
            all[at] = OWN_ERRORS[at];
        } else {
            all[at] = (error, "CRYPTO_ERROR");
            error += 1;
        }
        at += 1;
    }
    all
};

/// Those that are QUIC's own (RFC 9368 section 10.2 has the last of them).
const OWN_ERRORS: &[(u64, &str)] = &[
    (0x00, "NO_ERROR"),
    (0x01, "INTERNAL_ERROR"),
    (0x02, "CONNECTION_REFUSED"),
    (0x03, "FLOW_CONTROL_ERROR"),
    (0x04, "STREAM_LIMIT_ERROR"),
    (0x05, "STREAM_STATE_ERROR"),
    (0x06, "FINAL_SIZE_ERROR"),
    (0x07, "FRAME_ENCODING_ERROR"),
    (0x08, "TRANSPORT_PARAMETER_ERROR"),
    (0x09, "CONNECTION_ID_LIMIT_ERROR"),
    (0x0a, "PROTOCOL_VIOLATION"),
    (0x0b, "INVALID_TOKEN"),
    (0x0c, "APPLICATION_ERROR"),
    (0x0d, "CRYPTO_BUFFER_EXCEEDED"),
    (0x0e, "KEY_UPDATE_ERROR"),
    (0x0f, "AEAD_LIMIT_REACHED"),
    (0x10, "NO_VIABLE_PATH"),
    (0x11, "VERSION_NEGOTIATION_ERROR"),
];
