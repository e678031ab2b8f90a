//! Names of numbers in BGP (IANA `bgp-parameters`, `capability-codes`, `address-family-numbers`, `safi-namespace`).

pub(super) const MESSAGES: &[(u64, &str)] = &[
    (1, "OPEN"),
    (2, "UPDATE"),
    (3, "NOTIFICATION"),
    (4, "KEEPALIVE"),
    (5, "ROUTE-REFRESH"),
    (6, "CAPABILITY"),
    (128, "Cisco ROUTE-REFRESH"),
];
/// An AS whose number does not fit into two bytes (RFC 6793 section 4.2).
pub(super) const TRANSITIONAL: &[(u64, &str)] = &[(super::AS_TRANS as u64, "AS_TRANS")];
pub(super) const PARAMETERS: &[(u64, &str)] = &[(1, "Authentication"), (2, "Capability")];
pub(super) const ERRORS: &[(u64, &str)] = &[
    (1, "Message Header Error"),
    (2, "OPEN Message Error"),
    (3, "UPDATE Message Error"),
    (4, "Hold Timer Expired"),
    (5, "Finite State Machine Error"),
    (6, "Cease"),
    (7, "Route Refresh Message Error"),
];
pub(super) const HEADER_ERRORS: &[(u64, &str)] =
    &[(1, "Connection Not Synchronized"), (2, "Bad Message Length"), (3, "Bad Message Type")];
pub(super) const OPEN_ERRORS: &[(u64, &str)] = &[
    (1, "Unsupported Version Number"),
    (2, "Bad Peer AS"),
    (3, "Bad BGP Identifier"),
    (4, "Unsupported Optional Parameter"),
    (5, "Authentication Failure [Deprecated]"),
    (6, "Unacceptable Hold Time"),
    (7, "Unsupported Capability"),
    (11, "Role Mismatch"),
];
pub(super) const UPDATE_ERRORS: &[(u64, &str)] = &[
    (1, "Malformed Attribute List"),
    (2, "Unrecognized Well-known Attribute"),
    (3, "Missing Well-known Attribute"),
    (4, "Attribute Flags Error"),
    (5, "Attribute Length Error"),
    (6, "Invalid ORIGIN Attribute"),
    (7, "AS Routing Loop [Deprecated]"),
    (8, "Invalid NEXT_HOP Attribute"),
    (9, "Optional Attribute Error"),
    (10, "Invalid Network Field"),
    (11, "Malformed AS_PATH"),
];
pub(super) const STATE_ERRORS: &[(u64, &str)] = &[
    (1, "Unexpected Message in OpenSent State"),
    (2, "Unexpected Message in OpenConfirm State"),
    (3, "Unexpected Message in Established State"),
];
pub(super) const CEASES: &[(u64, &str)] = &[
    (1, "Maximum Number of Prefixes Reached"),
    (2, "Administrative Shutdown"),
    (3, "Peer De-configured"),
    (4, "Administrative Reset"),
    (5, "Connection Rejected"),
    (6, "Other Configuration Change"),
    (7, "Connection Collision Resolution"),
    (8, "Out of Resources"),
    (9, "Hard Reset"),
    (10, "BFD Down"),
];
pub(super) const CAPABILITY_ERRORS: &[(u64, &str)] = &[(1, "Invalid Message Length")];
pub(super) const REFRESHES: &[(u64, &str)] = &[(0, "Normal"), (1, "Begin"), (2, "End")];
pub(super) const WHENS: &[(u64, &str)] = &[(1, "Immediate"), (2, "Defer")];
/// Kinds of outbound route filters (IANA `bgp-parameters`), and those that Cisco gave numbers to.
pub(super) const FILTERS: &[(u64, &str)] = &[
    (2, "Communities"),
    (3, "Extended Communities"),
    (64, "Address Prefix"),
    (65, "Covering Prefixes"),
    (128, "Prefix List (Cisco)"),
    (129, "Community List (Cisco)"),
    (130, "Extended Community List (Cisco)"),
    (131, "AS Path List (Cisco)"),
];
/// What a message of its own does with a capability.
pub(super) const ACTIONS: &[(u64, &str)] = &[(0, "Advertise"), (1, "Remove")];
pub(super) const FAMILIES: &[(u64, &str)] =
    &[(1, "IPv4"), (2, "IPv6"), (25, "Layer-2 VPN"), (16388, "BGP-LS"), (16397, "BGP SFC")];
pub(super) const SUBSEQUENT: &[(u64, &str)] = &[
    (1, "Unicast"),
    (2, "Multicast"),
    (4, "Labeled Unicast"),
    (5, "MCAST-VPN"),
    (65, "VPLS"),
    (66, "MDT"),
    (67, "4over6"),
    (70, "EVPN"),
    (71, "BGP-LS"),
    (73, "SR Policy"),
    (128, "Labeled VPN Unicast"),
    (129, "Labeled VPN Multicast"),
    (132, "Route Target Filter"),
    (133, "Flow Specification"),
    (134, "VPN Flow Specification"),
];
pub(super) const CAPABILITIES: &[(u64, &str)] = &[
    (1, "Multiprotocol extensions"),
    (2, "Route refresh"),
    (3, "Cooperative route filtering"),
    (4, "Multiple routes to a destination"),
    (5, "Extended Next Hop Encoding"),
    (6, "Extended message"),
    (7, "BGPsec"),
    (8, "Multiple labels"),
    (9, "Role"),
    (64, "Graceful restart"),
    (65, "Four-octet AS numbers"),
    (67, "Dynamic capability"),
    (68, "Multisession"),
    (69, "Additional paths"),
    (70, "Enhanced route refresh"),
    (71, "Long-lived graceful restart"),
    (73, "FQDN"),
    (128, "Route refresh (Cisco)"),
    (130, "Cooperative route filtering (Cisco)"),
];
pub(super) const ATTRIBUTES: &[(u64, &str)] = &[
    (1, "ORIGIN"),
    (2, "AS_PATH"),
    (3, "NEXT_HOP"),
    (4, "MULTI_EXIT_DISC"),
    (5, "LOCAL_PREF"),
    (6, "ATOMIC_AGGREGATE"),
    (7, "AGGREGATOR"),
    (8, "COMMUNITIES"),
    (9, "ORIGINATOR_ID"),
    (10, "CLUSTER_LIST"),
    (14, "MP_REACH_NLRI"),
    (15, "MP_UNREACH_NLRI"),
    (16, "EXTENDED_COMMUNITIES"),
    (17, "AS4_PATH"),
    (18, "AS4_AGGREGATOR"),
    (22, "PMSI_TUNNEL"),
    (23, "TUNNEL_ENCAPSULATION"),
    (24, "TRAFFIC_ENGINEERING"),
    (25, "IPV6_EXTENDED_COMMUNITIES"),
    (26, "AIGP"),
    (27, "PE_DISTINGUISHER_LABELS"),
    (29, "BGP_LS"),
    (32, "LARGE_COMMUNITY"),
    (33, "BGPSEC_PATH"),
    (35, "ONLY_TO_CUSTOMER"),
    (40, "PREFIX_SID"),
    (128, "ATTR_SET"),
];
pub(super) const ORIGINS: &[(u64, &str)] = &[(0, "IGP"), (1, "EGP"), (2, "INCOMPLETE")];
pub(super) const SEGMENTS: &[(u64, &str)] =
    &[(1, "AS_SET"), (2, "AS_SEQUENCE"), (3, "AS_CONFED_SEQUENCE"), (4, "AS_CONFED_SET")];
pub(super) const TUNNELS: &[(u64, &str)] = &[
    (0, "No tunnel information"),
    (1, "RSVP-TE P2MP LSP"),
    (2, "mLDP P2MP LSP"),
    (3, "PIM-SSM tree"),
    (4, "PIM-SM tree"),
    (5, "BIDIR-PIM tree"),
    (6, "Ingress replication"),
    (7, "mLDP MP2MP LSP"),
];
pub(super) const ENCAPSULATIONS: &[(u64, &str)] = &[
    (1, "L2TPv3 over IP"),
    (2, "GRE"),
    (7, "IP in IP"),
    (8, "VXLAN"),
    (9, "NVGRE"),
    (10, "MPLS"),
    (11, "MPLS in GRE"),
    (12, "VXLAN GPE"),
    (13, "MPLS in UDP"),
];
pub(super) const WELL_KNOWN: &[(u64, &str)] = &[
    (0xffff_0000, "GRACEFUL_SHUTDOWN"),
    (0xffff_0001, "ACCEPT_OWN"),
    (0xffff_0006, "LLGR_STALE"),
    (0xffff_0007, "NO_LLGR"),
    (0xffff_029a, "BLACKHOLE"),
    (0xffff_ff01, "NO_EXPORT"),
    (0xffff_ff02, "NO_ADVERTISE"),
    (0xffff_ff03, "NO_EXPORT_SUBCONFED"),
    (0xffff_ff04, "NO_PEER"),
];
/// Types of extended communities (RFC 7153 section 5); whether they are transitive is told by a bit.
pub(super) const COMMUNITIES: &[(u64, &str)] = &[
    (0x00, "Two-Octet AS"),
    (0x01, "IPv4 Address"),
    (0x02, "Four-Octet AS"),
    (0x03, "Opaque"),
    (0x04, "QoS Marking"),
    (0x05, "CoS Capability"),
    (0x06, "EVPN"),
    (0x07, "Flow Specification"),
    (0x08, "Flow Specification, Redirect to Next Hop"),
    (0x09, "Flow Specification, Redirect to Indirection"),
    (0x40, "Two-Octet AS"),
    (0x41, "IPv4 Address"),
    (0x42, "Four-Octet AS"),
    (0x43, "Opaque"),
    (0x44, "QoS Marking"),
    (0x80, "Experimental"),
    (0x81, "Experimental, Part 2"),
    (0x82, "Experimental, Part 3"),
];
pub(super) const AS_SUBTYPES: &[(u64, &str)] =
    &[(2, "Route Target"), (3, "Route Origin"), (4, "Link Bandwidth"), (5, "OSPF Domain Identifier")];
pub(super) const ADDRESS_SUBTYPES: &[(u64, &str)] =
    &[(2, "Route Target"), (3, "Route Origin"), (5, "OSPF Domain Identifier"), (10, "L2VPN Identifier")];
pub(super) const OPAQUE_SUBTYPES: &[(u64, &str)] =
    &[(6, "OSPF Route Type"), (11, "Color"), (12, "Encapsulation")];
/// RFC 8097.
pub(super) const LOCAL_OPAQUE_SUBTYPES: &[(u64, &str)] = &[(0, "Origin Validation State"), (1, "Cost")];
/// RFC 7432 section 7, and those that came after.
pub(super) const EVPN_SUBTYPES: &[(u64, &str)] = &[
    (0, "MAC Mobility"),
    (1, "ESI Label"),
    (2, "ES-Import Route Target"),
    (3, "Router's MAC"),
    (4, "Layer 2 Attributes"),
    (5, "E-Tree"),
    (6, "DF Election"),
    (7, "I-SID"),
    (8, "ARP/ND"),
    (9, "Multicast Flags"),
    (10, "EVI Route Target Type 0"),
    (11, "EVI Route Target Type 1"),
    (12, "EVI Route Target Type 2"),
    (13, "EVI Route Target Type 3"),
    (14, "Attachment Circuit"),
];
pub(super) const EVPN_ROUTES: &[(u64, &str)] = &[
    (1, "Ethernet Auto-Discovery"),
    (2, "MAC/IP Advertisement"),
    (3, "Inclusive Multicast"),
    (4, "Ethernet Segment"),
    (5, "IP Prefix"),
];
