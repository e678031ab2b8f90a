//! Names of MQTT's numbers; sections are those of MQTT 5.

/// Section 2.1.2, table 2-1.
pub(super) const TYPES: &[(u64, &str)] = &[
    (0, "Reserved"),
    (1, "Connect Command"),
    (2, "Connect Ack"),
    (3, "Publish Message"),
    (4, "Publish Ack"),
    (5, "Publish Received"),
    (6, "Publish Release"),
    (7, "Publish Complete"),
    (8, "Subscribe Request"),
    (9, "Subscribe Ack"),
    (10, "Unsubscribe Request"),
    (11, "Unsubscribe Ack"),
    (12, "Ping Request"),
    (13, "Ping Response"),
    (14, "Disconnect Req"),
    (15, "Authentication Exchange"),
];
pub(super) const VERSIONS: &[(u64, &str)] = &[(3, "MQTT v3.1"), (4, "MQTT v3.1.1"), (5, "MQTT v5.0")];

/// Section 4.3.
pub(super) const QUALITIES: &[(u64, &str)] =
    &[(0, "at most once"), (1, "at least once"), (2, "exactly once"), (3, "reserved")];
/// MQTT 3.1.1 section 3.9.3.
pub(super) const GRANTS: &[(u64, &str)] =
    &[(0, "at most once"), (1, "at least once"), (2, "exactly once"), (128, "refused")];
/// MQTT 3.1.1 section 3.2.2.3, table 3.1.
pub(super) const RETURNS: &[(u64, &str)] = &[
    (0, "accepted"),
    (1, "unacceptable protocol version"),
    (2, "identifier rejected"),
    (3, "server unavailable"),
    (4, "bad user name or password"),
    (5, "not authorized"),
];
/// Section 3.8.3.1.
pub(super) const RETAINS: &[(u64, &str)] = &[
    (0, "send at subscription"),
    (1, "send if the subscription is new"),
    (2, "do not send"),
    (3, "reserved"),
];
/// Section 2.2.2.2, table 2-4.
pub(super) const PROPERTIES: &[(u64, &str)] = &[
    (0x01, "Payload Format Indicator"),
    (0x02, "Message Expiry Interval"),
    (0x03, "Content Type"),
    (0x08, "Response Topic"),
    (0x09, "Correlation Data"),
    (0x0b, "Subscription Identifier"),
    (0x11, "Session Expiry Interval"),
    (0x12, "Assigned Client Identifier"),
    (0x13, "Server Keep Alive"),
    (0x15, "Authentication Method"),
    (0x16, "Authentication Data"),
    (0x17, "Request Problem Information"),
    (0x18, "Will Delay Interval"),
    (0x19, "Request Response Information"),
    (0x1a, "Response Information"),
    (0x1c, "Server Reference"),
    (0x1f, "Reason String"),
    (0x21, "Receive Maximum"),
    (0x22, "Topic Alias Maximum"),
    (0x23, "Topic Alias"),
    (0x24, "Maximum QoS"),
    (0x25, "Retain Available"),
    (0x26, "User Property"),
    (0x27, "Maximum Packet Size"),
    (0x28, "Wildcard Subscription Available"),
    (0x29, "Subscription Identifier Available"),
    (0x2a, "Shared Subscription Available"),
];

macro_rules! reasons {
    ($(($code:literal, $name:literal)),* $(,)?) => {
        /// Section 2.4, table 2-6; the first three have other names where they grant or end something.
        pub(super) const REASONS: &[(u64, &str)] = &[(0, "success"), $(($code, $name)),*];
        pub(super) const SUBACK_REASONS: &[(u64, &str)] =
            &[(0, "granted QoS 0"), (1, "granted QoS 1"), (2, "granted QoS 2"), $(($code, $name)),*];
        pub(super) const DISCONNECT_REASONS: &[(u64, &str)] = &[(0, "normal disconnection"), $(($code, $name)),*];
    };
}
reasons! {
    (4, "disconnect with will message"),
    (16, "no matching subscribers"),
    (17, "no subscription existed"),
    (24, "continue authentication"),
    (25, "re-authenticate"),
    (128, "unspecified error"),
    (129, "malformed packet"),
    (130, "protocol error"),
    (131, "implementation specific error"),
    (132, "unsupported protocol version"),
    (133, "client identifier not valid"),
    (134, "bad user name or password"),
    (135, "not authorized"),
    (136, "server unavailable"),
    (137, "server busy"),
    (138, "banned"),
    (139, "server shutting down"),
    (140, "bad authentication method"),
    (141, "keep alive timeout"),
    (142, "session taken over"),
    (143, "topic filter invalid"),
    (144, "topic name invalid"),
    (145, "packet identifier in use"),
    (146, "packet identifier not found"),
    (147, "receive maximum exceeded"),
    (148, "topic alias invalid"),
    (149, "packet too large"),
    (150, "message rate too high"),
    (151, "quota exceeded"),
    (152, "administrative action"),
    (153, "payload format invalid"),
    (154, "retain not supported"),
    (155, "QoS not supported"),
    (156, "use another server"),
    (157, "server moved"),
    (158, "shared subscriptions not supported"),
    (159, "connection rate exceeded"),
    (160, "maximum connect time"),
    (161, "subscription identifiers not supported"),
    (162, "wildcard subscriptions not supported"),
}
