//! Options of DHCP: for each number its fields, as a row of [`FORMS`] (RFC 2132 and those named at the rows).

use core::net::Ipv4Addr;
use core::ops::Range;

use super::names;
use crate::application::dns::name::{self, Message};
use crate::bytes;
use crate::field::{Field, Kind, Value};
use crate::walk::Walk;

fields! {
    TYPE = Field::u8("dhcp.option.type", "option").names(names::OPTIONS).many(),
    LENGTH = Field::u8("dhcp.option.length", "length").many(),
    /// The value of an option whose parts stand there too.
    VALUE = Field::bytes("dhcp.option.value", "value").many().hidden(),
    /// The value of any other option.
    RAW = Field::bytes("dhcp.option.value", "value").many(),
    /// What the form of an option does not say.
    REST = Field::bytes("nd.dhcp.option.rest", "rest of the value").many(),
    /// The name in whose place options stand.
    AREA = Field::text("nd.dhcp.overloaded", "options in").many(),
    PADDING = Field::bytes("dhcp.option.padding", "padding").many(),
    /// The end has no number of an option here, as Wireshark has it.
    END_TYPE = Field::u8("dhcp.option.type", "option").many().hidden(),
    END = Field::u8("dhcp.option.end", "end of options").many(),
    SUBOPTION_LENGTH = Field::u8("dhcp.option.suboption_length", "length").many(),

    SUBNET_MASK = Field::ipv4("dhcp.option.subnet_mask", "subnet mask").many().key(),
    TIME_OFFSET = Field::int("dhcp.option.time_offset", "time offset s", 32).many(),
    ROUTER = Field::ipv4("dhcp.option.router", "router").many().key(),
    TIME_SERVER = Field::ipv4("dhcp.option.time_server", "time server").many(),
    NAME_SERVER = Field::ipv4("dhcp.option.name_server", "IEN 116 name server").many(),
    DOMAIN_NAME_SERVER = Field::ipv4("dhcp.option.domain_name_server", "domain name server").many().key(),
    LOG_SERVER = Field::ipv4("dhcp.option.log_server", "log server").many(),
    QUOTES_SERVER = Field::ipv4("dhcp.option.quotes_server", "quotes server").many(),
    LPR_SERVER = Field::ipv4("dhcp.option.lpr_server", "line printer server").many(),
    IMPRESS_SERVER = Field::ipv4("dhcp.option.impress_server", "Impress server").many(),
    RESOURCE_SERVER = Field::ipv4("dhcp.option.resource_location_server", "resource location server").many(),
    HOSTNAME = Field::text("dhcp.option.hostname", "host name").many().key(),
    BOOT_FILE_SIZE = Field::u16("dhcp.option.boot_file_size", "boot file size in 512 bytes").many(),
    MERIT_DUMP_FILE = Field::text("dhcp.option.merit_dump_file", "dump file").many(),
    DOMAIN_NAME = Field::text("dhcp.option.domain_name", "domain name").many(),
    SWAP_SERVER = Field::ipv4("dhcp.option.swap_server", "swap server").many(),
    ROOT_PATH = Field::text("dhcp.option.root_path", "root path").many(),
    EXTENSION_PATH = Field::text("dhcp.option.extension_path", "extensions path").many(),
    IP_FORWARDING = Field::bool("dhcp.option.ip_forwarding", "IP forwarding").many(),
    SOURCE_ROUTING = Field::bool("dhcp.option.non_local_source_routing", "non-local source routing").many(),
    FILTER_IP = Field::ipv4("dhcp.option.policy_filter.ip", "allowed destination").many(),
    FILTER_MASK = Field::ipv4("dhcp.option.policy_filter.subnet_mask", "its mask").many(),
    REASSEMBLY_SIZE = Field::u16("dhcp.option.max_datagram_reassembly_size", "largest datagram").many(),
    DEFAULT_TTL = Field::u8("dhcp.option.default_ip_ttl", "time to live").many(),
    MTU_TIMEOUT = Field::u32("dhcp.option.path_mtu_aging_timeout", "path MTU aging s").many(),
    MTU_PLATEAU = Field::u16("dhcp.option.path_mtu_plateau_table_item", "path MTU plateau").many(),
    INTERFACE_MTU = Field::u16("dhcp.option.interface_mtu", "interface MTU").many(),
    SUBNETS_LOCAL = Field::bool("dhcp.option.all_subnets_are_local", "all subnets are local").many(),
    BROADCAST = Field::ipv4("dhcp.option.broadcast_address", "broadcast address").many(),
    MASK_DISCOVERY = Field::bool("dhcp.option.perform_mask_discovery", "mask discovery").many(),
    MASK_SUPPLIER = Field::bool("dhcp.option.mask_supplier", "mask supplier").many(),
    ROUTER_DISCOVERY = Field::bool("dhcp.option.perform_router_discover", "router discovery").many(),
    SOLICITATION = Field::ipv4("dhcp.option.router_solicitation_address", "router solicitation to").many(),
    ROUTE_IP = Field::ipv4("dhcp.option.static_route.ip", "destination").many(),
    ROUTE_ROUTER = Field::ipv4("dhcp.option.static_route.router", "router for it").many(),
    TRAILERS = Field::bool("dhcp.option.trailer_encapsulation", "trailers").many(),
    ARP_TIMEOUT = Field::u32("dhcp.option.arp_cache_timeout", "ARP cache timeout s").many(),
    ETHERNET = Field::bool("dhcp.option.ethernet_encapsulation", "IEEE 802.3 encapsulation").many(),
    TCP_TTL = Field::u8("dhcp.option.tcp_default_ttl", "TCP time to live").many(),
    TCP_KEEPALIVE = Field::u32("dhcp.option.tcp_keepalive_interval", "TCP keep-alive interval s").many(),
    TCP_GARBAGE = Field::bool("dhcp.option.tcp_keepalive_garbage", "TCP keep-alive with garbage").many(),
    NIS_DOMAIN = Field::text("dhcp.option.nis_domain", "NIS domain").many(),
    NIS_SERVER = Field::ipv4("dhcp.option.nis_server", "NIS server").many(),
    NTP_SERVER = Field::ipv4("dhcp.option.ntp_server", "NTP server").many(),
    VENDOR_VALUE = Field::bytes("dhcp.option.vendor.value", "vendor's value").many(),
    NETBIOS_SERVER = Field::ipv4("dhcp.option.netbios_over_tcpip_name_server", "NetBIOS name server").many(),
    NETBIOS_DISTRIBUTION =
        Field::ipv4("dhcp.option.netbios_over_tcpip_dd_name_server", "NetBIOS datagram server").many(),
    NETBIOS_NODE = Field::u8("dhcp.option.netbios_over_tcpip_node_type", "NetBIOS node type")
        .names(&[(1, "B-node"), (2, "P-node"), (4, "M-node"), (8, "H-node")])
        .many(),
    NETBIOS_SCOPE = Field::text("dhcp.option.netbios_over_tcpip_scope", "NetBIOS scope").many(),
    FONT_SERVER = Field::ipv4("dhcp.option.xwindows_system_font_server", "X font server").many(),
    DISPLAY_MANAGER = Field::ipv4("dhcp.option.xwindows_system_display_manager", "X display manager").many(),
    REQUESTED_IP = Field::ipv4("dhcp.option.requested_ip_address", "requested address").many().key(),
    LEASE_TIME =
        Field::u32("dhcp.option.ip_address_lease_time", "lease time s").names(INFINITY).many().key(),
    OVERLOAD = Field::u8("dhcp.option.option_overload", "overload")
        .names(&[(1, "file"), (2, "server name"), (3, "file and server name")])
        .many(),
    MESSAGE_TYPE = Field::u8("dhcp.option.dhcp", "message type").names(names::MESSAGE_TYPES).many().key(),
    SERVER_ID = Field::ipv4("dhcp.option.dhcp_server_id", "server").many().key(),
    REQUEST_ITEM = Field::u8("dhcp.option.request_list_item", "requested option").names(names::OPTIONS).many(),
    MESSAGE = Field::text("dhcp.option.message", "message").many(),
    MAX_SIZE = Field::u16("dhcp.option.dhcp_max_message_size", "largest message").many(),
    RENEWAL_TIME = Field::u32("dhcp.option.renewal_time_value", "renewal after s").names(INFINITY).many(),
    REBINDING_TIME =
        Field::u32("dhcp.option.rebinding_time_value", "rebinding after s").names(INFINITY).many(),
    VENDOR_CLASS = Field::text("dhcp.option.vendor_class_id", "vendor class").many(),
    CLIENT_ID = Field::bytes("dhcp.client_id", "identifier").many(),
    CLIENT_ID_TYPE = Field::u8("dhcp.client_id.type", "identifier type").many(),
    CLIENT_ID_TEXT = Field::text("dhcp.client_id.undef", "identifier").many(),
    CLIENT_ID_IAID = Field::text("dhcp.client_id.iaid", "identity association").many(),
    CLIENT_ID_DUID = Field::u16("dhcp.client_id.duid_type", "unique identifier type")
        .names(&[(1, "link-layer address and time"), (2, "enterprise"), (3, "link-layer address"), (4, "UUID")])
        .many(),
    CLIENT_ID_LLT =
        Field::u16("dhcp.client_id.duid_llt_hw_type", "hardware type").names(super::HARDWARE).many(),
    CLIENT_ID_LL =
        Field::u16("dhcp.client_id.duid_ll_hw_type", "hardware type").names(super::HARDWARE).many(),
    CLIENT_ID_TIME = Field::u32("dhcp.client_id.time", "seconds since 2000").many(),
    CLIENT_ID_ADDRESS = Field::text("dhcp.client_id.link_layer_address", "link-layer address").many(),
    CLIENT_ID_ENTERPRISE = Field::u32("dhcp.client_id.enterprise_num", "enterprise").many(),
    NETWARE_DOMAIN = Field::text("dhcp.option.novell_netware_ip_domain", "NetWare/IP domain").many(),
    NISPLUS_DOMAIN = Field::text("dhcp.option.nis_plus_domain", "NIS+ domain").many(),
    NISPLUS_SERVER = Field::ipv4("dhcp.option.nis_plus_server", "NIS+ server").many(),
    TFTP_NAME = Field::text("dhcp.option.tftp_server_name", "TFTP server").many(),
    BOOTFILE = Field::text("dhcp.option.bootfile_name", "boot file").many(),
    HOME_AGENT = Field::ipv4("dhcp.option.mobile_ip_home_agent", "home agent").many(),
    SMTP_SERVER = Field::ipv4("dhcp.option.smtp_server", "SMTP server").many(),
    POP3_SERVER = Field::ipv4("dhcp.option.pop3_server", "POP3 server").many(),
    NNTP_SERVER = Field::ipv4("dhcp.option.nntp_server", "NNTP server").many(),
    WWW_SERVER = Field::ipv4("dhcp.option.default_www_server", "web server").many(),
    FINGER_SERVER = Field::ipv4("dhcp.option.default_finger_server", "finger server").many(),
    IRC_SERVER = Field::ipv4("dhcp.option.default_irc_server", "IRC server").many(),
    STREETTALK = Field::ipv4("dhcp.option.streettalk_server", "StreetTalk server").many(),
    STREETTALK_DA = Field::ipv4("dhcp.option.streettalk_da_server", "StreetTalk assistance server").many(),
    USER_CLASS = Field::u8("dhcp.option.user_class", "user class").many(),
    USER_CLASS_LENGTH = Field::u8("dhcp.option.user_class.length", "length").many(),
    USER_CLASS_DATA = Field::bytes("dhcp.option.user_class.data", "data").many(),
    FQDN_FLAGS = Field::u8("dhcp.fqdn.flags", "flags").hex().many(),
    FQDN_RESERVED = Field::u8("dhcp.fqdn.mbz", "reserved").hex().many(),
    FQDN_N = Field::bool("dhcp.fqdn.n", "no updates by the server").many(),
    FQDN_E = Field::bool("dhcp.fqdn.e", "name in wire form").many(),
    FQDN_O = Field::bool("dhcp.fqdn.o", "server overrides").many(),
    FQDN_S = Field::bool("dhcp.fqdn.s", "server updates").many(),
    FQDN_RCODE1 = Field::u8("dhcp.fqdn.rcode1", "result for the address").many(),
    FQDN_RCODE2 = Field::u8("dhcp.fqdn.rcode2", "result for the name").many(),
    FQDN_NAME = Field::text("dhcp.fqdn.name", "client name").many(),
    RELAY = Field::u8("dhcp.option.agent_information_option.suboption", "suboption")
        .names(&[
            (1, "circuit id"),
            (2, "remote id"),
            (5, "link selection"),
            (6, "subscriber id"),
            (9, "vendor-specific"),
            (11, "server id override"),
            (12, "relay agent id"),
        ])
        .many(),
    /// The value of a suboption whose meaning stands there too.
    RELAY_VALUE = Field::bytes("dhcp.option.agent_information_option.value", "value").many().hidden(),
    /// The value of any other suboption.
    RELAY_RAW = Field::bytes("dhcp.option.agent_information_option.value", "value").many(),
    RELAY_CIRCUIT = Field::bytes("dhcp.option.agent_information_option.agent_circuit_id", "circuit id").many(),
    RELAY_REMOTE = Field::bytes("dhcp.option.agent_information_option.agent_remote_id", "remote id").many(),
    RELAY_LINK = Field::ipv4("dhcp.option.agent_information_option.link_selection", "link selection").many(),
    RELAY_SUBSCRIBER = Field::text("dhcp.option.agent_information_option.subscriber_id", "subscriber").many(),
    RELAY_SERVER =
        Field::ipv4("dhcp.option.agent_information_option.server_id_override", "server to answer to").many(),
    NDS_SERVER = Field::ipv4("dhcp.option.novell_dss.ip", "directory server").many(),
    NDS_TREE = Field::text("dhcp.option.novell_ds_tree_name", "directory tree").many(),
    NDS_CONTEXT = Field::text("dhcp.option.novell_ds_context", "directory context").many(),
    AUTH_PROTOCOL = Field::u8("dhcp.option.dhcp_authentication.protocol", "authentication")
        .names(&[(0, "configuration token"), (1, "delayed authentication"), (3, "reconfigure key")])
        .many(),
    AUTH_ALGORITHM = Field::u8("dhcp.option.dhcp_authentication.alg_delay", "algorithm")
        .names(&[(1, "HMAC-MD5")])
        .many(),
    AUTH_RDM = Field::u8("dhcp.option.dhcp_authentication.rdm", "replay detection")
        .names(&[(0, "monotonic counter")])
        .many(),
    AUTH_REPLAY =
        Field::u64("dhcp.option.dhcp_authentication.rdm_replay_detection", "replay counter").hex().many(),
    AUTH_SECRET = Field::u32("dhcp.option.dhcp_authentication.secret_id", "secret id").hex().many(),
    AUTH_HASH = Field::bytes("dhcp.option.dhcp_authentication.hmac_md5_hash", "HMAC-MD5").many(),
    LAST_TRANSACTION =
        Field::u32("dhcp.option.client_last_transaction_time", "last transaction s ago").many(),
    ASSOCIATED_IP = Field::ipv4("dhcp.option.associated_ip_option", "associated address").many(),
    ARCHITECTURE = Field::u16("dhcp.option.client_system_architecture", "client architecture")
        .names(&[
            (0, "x86 BIOS"),
            (2, "EFI Itanium"),
            (6, "EFI x86"),
            (7, "EFI x64"),
            (9, "EFI byte code"),
            (10, "EFI ARM32"),
            (11, "EFI ARM64"),
            (15, "EFI x86 over HTTP"),
            (16, "EFI x64 over HTTP"),
        ])
        .many(),
    UNDI_TYPE = Field::u8("nd.dhcp.client_network_id_type", "network interface type")
        .names(&[(1, "UNDI")])
        .many(),
    UNDI_MAJOR = Field::u8("dhcp.client_network_id_major", "network interface, major version").many(),
    UNDI_MINOR = Field::u8("dhcp.client_network_id_minor", "network interface, minor version").many(),
    PCODE = Field::text("dhcp.option.tz_pcode", "time zone in POSIX form").many(),
    TCODE = Field::text("dhcp.option.tz_tcode", "time zone").many(),
    NETINFO_ADDRESS = Field::ipv4("dhcp.option.netinfo_parent_server_address", "NetInfo parent").many(),
    NETINFO_TAG = Field::text("dhcp.option.netinfo_parent_server_tag", "NetInfo tag").many(),
    CAPTIVE_PORTAL = Field::text("dhcp.option.captive_portal", "captive portal").many(),
    AUTO_CONFIGURE = Field::u8("dhcp.option.dhcp_auto_configuration", "automatic configuration")
        .names(&[(0, "do not"), (1, "do")])
        .many(),
    SUBNET_SELECTION = Field::ipv4("dhcp.option.subnet_selection_option", "subnet selection").many(),
    SEARCH = Field::name("dhcp.option.dhcp_dns_domain_search_list_fqdn", "search domain").many(),
    SIP_ENCODING = Field::u8("dhcp.option.sip_server.encoding", "encoding")
        .names(&[(0, "name"), (1, "address")])
        .many(),
    SIP_NAME = Field::name("dhcp.option.sip_server.name", "SIP server").many(),
    SIP_ADDRESS = Field::ipv4("dhcp.option.sip_server.address", "SIP server").many(),
    /// A route as it is sent.
    CLASSLESS_ROUTE = Field::bytes("dhcp.option.classless_static_route", "route").many().hidden(),
    ROUTE = Field::text("nd.dhcp.option.route", "route").many(),
    CLASS_ENTERPRISE = Field::u32("dhcp.option.vi_class.enterprise", "enterprise").many(),
    CLASS_LENGTH = Field::u8("dhcp.option.vi_class.length", "length").many(),
    CLASS_DATA = Field::text("dhcp.option.vi_class.data", "vendor class").many(),
    VENDOR_ENTERPRISE = Field::u32("dhcp.option.vi.enterprise", "enterprise").many(),
    VENDOR_LENGTH = Field::u8("dhcp.option.vi.length", "length").many(),
    VENDOR_SUBOPTION = Field::u8("dhcp.vendor.suboption", "suboption").many(),
    VENDOR_DATA = Field::bytes("dhcp.vendor.data", "data").many(),
    PANA_AGENT = Field::ipv4("dhcp.option.pana_agent", "PANA agent").many(),
    /// A name as it is sent.
    LOST_SERVER = Field::text("dhcp.option.lost_server_domain_name", "LoST server").many().hidden(),
    LOST_NAME = Field::name("nd.dhcp.option.lost_server", "LoST server").many(),
    CAPWAP = Field::ipv4("dhcp.option.capwap_access_controller", "CAPWAP controller").many(),
    ANDSF = Field::ipv4("dhcp.option.andsf_server", "ANDSF server").many(),
    FORCERENEW = Field::u8("dhcp.option.forcerenew_nonce.algorithm", "renewal nonce algorithm")
        .names(&[(1, "HMAC-MD5")])
        .many(),
    TFTP_ADDRESS = Field::ipv4("dhcp.option.tftp_server_address", "TFTP server").many(),
    MUD_URL = Field::text("dhcp.option.mudurl", "usage description").many(),
    PXE_CONFIG = Field::text("dhcp.option.pxe_config_file", "PXELINUX configuration").many(),
    PXE_PREFIX = Field::text("dhcp.option.pxe_path_prefix", "PXELINUX path").many(),
    PROXY = Field::text("dhcp.option.private_proxy_autodiscovery", "proxy configuration").many(),
}

/// The time that never ends (RFC 2131 section 3.3).
const INFINITY: &[(u64, &str)] = &[(0xffff_ffff, "infinity")];

/// How the value of an option is laid out.
enum Form {
    /// One value of the kind of the field.
    One(&'static Field),
    /// Values of the kind of the field, as many as there are.
    Many(&'static Field),
    /// Pairs of addresses.
    Pairs(&'static Field, &'static Field),
    /// What no other form can say.
    Special(fn(&mut Body<'_, '_, '_>) -> Option<()>),
}

use Form::{Many, One, Pairs, Special};

/// Options in ascending order.
static FORMS: &[(u8, Form)] = &[
    (1, One(&SUBNET_MASK)),
    (2, One(&TIME_OFFSET)),
    (3, Many(&ROUTER)),
    (4, Many(&TIME_SERVER)),
    (5, Many(&NAME_SERVER)),
    (6, Many(&DOMAIN_NAME_SERVER)),
    (7, Many(&LOG_SERVER)),
    (8, Many(&QUOTES_SERVER)),
    (9, Many(&LPR_SERVER)),
    (10, Many(&IMPRESS_SERVER)),
    (11, Many(&RESOURCE_SERVER)),
    (12, One(&HOSTNAME)),
    (13, One(&BOOT_FILE_SIZE)),
    (14, One(&MERIT_DUMP_FILE)),
    (15, One(&DOMAIN_NAME)),
    (16, One(&SWAP_SERVER)),
    (17, One(&ROOT_PATH)),
    (18, One(&EXTENSION_PATH)),
    (19, One(&IP_FORWARDING)),
    (20, One(&SOURCE_ROUTING)),
    (21, Pairs(&FILTER_IP, &FILTER_MASK)),
    (22, One(&REASSEMBLY_SIZE)),
    (23, One(&DEFAULT_TTL)),
    (24, One(&MTU_TIMEOUT)),
    (25, Many(&MTU_PLATEAU)),
    (26, One(&INTERFACE_MTU)),
    (27, One(&SUBNETS_LOCAL)),
    (28, One(&BROADCAST)),
    (29, One(&MASK_DISCOVERY)),
    (30, One(&MASK_SUPPLIER)),
    (31, One(&ROUTER_DISCOVERY)),
    (32, One(&SOLICITATION)),
    (33, Pairs(&ROUTE_IP, &ROUTE_ROUTER)),
    (34, One(&TRAILERS)),
    (35, One(&ARP_TIMEOUT)),
    (36, One(&ETHERNET)),
    (37, One(&TCP_TTL)),
    (38, One(&TCP_KEEPALIVE)),
    (39, One(&TCP_GARBAGE)),
    (40, One(&NIS_DOMAIN)),
    (41, Many(&NIS_SERVER)),
    (42, Many(&NTP_SERVER)),
    (43, One(&VENDOR_VALUE)),
    (44, Many(&NETBIOS_SERVER)),
    (45, Many(&NETBIOS_DISTRIBUTION)),
    (46, One(&NETBIOS_NODE)),
    (47, One(&NETBIOS_SCOPE)),
    (48, Many(&FONT_SERVER)),
    (49, Many(&DISPLAY_MANAGER)),
    (50, One(&REQUESTED_IP)),
    (51, One(&LEASE_TIME)),
    (52, One(&OVERLOAD)),
    (53, One(&MESSAGE_TYPE)),
    (54, One(&SERVER_ID)),
    (55, Many(&REQUEST_ITEM)),
    (56, One(&MESSAGE)),
    (57, One(&MAX_SIZE)),
    (58, One(&RENEWAL_TIME)),
    (59, One(&REBINDING_TIME)),
    (60, One(&VENDOR_CLASS)),
    (61, Special(client_id)),
    (62, One(&NETWARE_DOMAIN)),
    (64, One(&NISPLUS_DOMAIN)),
    (65, Many(&NISPLUS_SERVER)),
    (66, One(&TFTP_NAME)),
    (67, One(&BOOTFILE)),
    (68, Many(&HOME_AGENT)),
    (69, Many(&SMTP_SERVER)),
    (70, Many(&POP3_SERVER)),
    (71, Many(&NNTP_SERVER)),
    (72, Many(&WWW_SERVER)),
    (73, Many(&FINGER_SERVER)),
    (74, Many(&IRC_SERVER)),
    (75, Many(&STREETTALK)),
    (76, Many(&STREETTALK_DA)),
    (77, Special(user_classes)),
    (81, Special(client_name)),
    (82, Special(relay)),
    (85, Many(&NDS_SERVER)),
    (86, One(&NDS_TREE)),
    (87, One(&NDS_CONTEXT)),
    (90, Special(authentication)),
    (91, One(&LAST_TRANSACTION)),
    (92, Many(&ASSOCIATED_IP)),
    (93, Many(&ARCHITECTURE)),
    (94, Special(network_interface)),
    (100, One(&PCODE)),
    (101, One(&TCODE)),
    (112, Many(&NETINFO_ADDRESS)),
    (113, One(&NETINFO_TAG)),
    (114, One(&CAPTIVE_PORTAL)),
    (116, One(&AUTO_CONFIGURE)),
    (118, One(&SUBNET_SELECTION)),
    (119, Special(|option| option.names(&SEARCH))),
    (120, Special(sip_servers)),
    (121, Special(routes)),
    (124, Special(vendor_classes)),
    (125, Special(vendor_options)),
    (136, Many(&PANA_AGENT)),
    (137, Special(lost_server)),
    (138, Many(&CAPWAP)),
    (142, Many(&ANDSF)),
    (145, Many(&FORCERENEW)),
    (150, Many(&TFTP_ADDRESS)),
    (160, One(&CAPTIVE_PORTAL)),
    (161, One(&MUD_URL)),
    (209, One(&PXE_CONFIG)),
    (210, One(&PXE_PREFIX)),
    (249, Special(routes)),
    (252, One(&PROXY)),
];

/// The value of one option on its way through a walk. Positions count from the start of the layer.
struct Body<'w, 'a, 'v> {
    walk: &'w mut Walk<'a, 'v>,
    at: usize,
    end: usize,
}

/// Emits the number and the length, at `at`, of an option whose value does not fit.
pub(super) fn emit_head(walk: &mut Walk<'_, '_>, code: u8, at: usize) -> Option<()> {
    let end = at.saturating_add(2).min(walk.data().len());
    walk.open(&TYPE, at..end, Value::Uint(code.into()))?;
    walk.u8(&LENGTH, at.saturating_add(1))?;
    walk.close();
    Some(())
}

/// Emits the option `code` with its whole `value`, and its parts.
pub(super) fn emit(walk: &mut Walk<'_, '_>, code: u8, value: Range<usize>) -> Option<()> {
    let at = value.start.checked_sub(2)?;
    walk.open(&TYPE, at..value.end, Value::Uint(code.into()))?;
    walk.u8(&LENGTH, at.saturating_add(1))?;
    let form = FORMS.binary_search_by_key(&code, |row| row.0).ok().and_then(|row| FORMS.get(row));
    let form = form.map(|row| &row.1).filter(|form| form.fits(value.len()));
    walk.bytes(if form.is_some() { &VALUE } else { &RAW }, value.start, value.len())?;
    if let Some(form) = form {
        let (open, mut option) = (walk.depth(), Body { walk, at: value.start, end: value.end });
        let done = form.emit(&mut option);
        let (rest, left) = (option.at, option.left());
        // What does not fit inside one option says nothing about the next, unless the allowance is used up.
        if done.is_none() && !walk.room(1, 0) {
            return None;
        }
        while walk.depth() > open {
            walk.close();
        }
        if left > 0 {
            walk.bytes(&REST, rest, left)?;
        }
    }
    walk.close();
    Some(())
}

impl Form {
    /// Whether a value of `len` bytes can have this form.
    fn fits(&self, len: usize) -> bool {
        match self {
            One(field) => width(field).is_none_or(|width| width == len),
            Many(field) => width(field).is_none_or(|width| len > 0 && len.is_multiple_of(width)),
            Pairs(..) => len > 0 && len.is_multiple_of(8),
            Special(_) => len > 0,
        }
    }

    fn emit(&self, option: &mut Body<'_, '_, '_>) -> Option<()> {
        match *self {
            One(field) => option.value(field),
            Many(field) => {
                while option.left() > 0 {
                    option.value(field)?;
                }
                Some(())
            }
            Pairs(first, second) => {
                while option.left() > 0 {
                    option.value(first)?;
                    option.value(second)?;
                }
                Some(())
            }
            Special(special) => special(option),
        }
    }
}

/// Bytes of a value of `field`, if all have the same.
fn width(field: &Field) -> Option<usize> {
    match field.kind {
        Kind::Bool | Kind::Uint(8) => Some(1),
        Kind::Uint(16) => Some(2),
        Kind::Uint(32) | Kind::Int(32) | Kind::Ipv4 => Some(4),
        Kind::Uint(64) => Some(8),
        _ => None,
    }
}

impl<'a> Body<'_, 'a, '_> {
    fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    fn data(&self) -> &'a [u8] {
        self.walk.data()
    }

    fn take(&mut self, len: usize) -> Option<usize> {
        let at = self.at;
        let next = at.checked_add(len)?;
        if next > self.end {
            return None;
        }
        self.at = next;
        Some(at)
    }

    /// A value of the kind of `field`; text and bytes reach to the end.
    fn value(&mut self, field: &'static Field) -> Option<()> {
        let at = self.take(width(field).unwrap_or(self.left()))?;
        let here = at..self.at;
        match field.kind {
            Kind::Bool => {
                let value = bytes::u8_at(self.data(), at)?;
                self.walk.bool(field, here, value != 0)
            }
            Kind::Uint(8) => self.walk.u8(field, at).map(|_| ()),
            Kind::Uint(16) => self.walk.u16(field, at).map(|_| ()),
            Kind::Uint(32) => self.walk.u32(field, at).map(|_| ()),
            Kind::Uint(64) => self.walk.u64(field, at).map(|_| ()),
            Kind::Int(_) => {
                let value = i32::from_be_bytes(bytes::chunk(self.data(), at)?);
                self.walk.emit(field, here, Value::Int(value.into()))
            }
            Kind::Ipv4 => self.walk.ipv4(field, at).map(|_| ()),
            Kind::Text => {
                let text = self.data().get(here.clone())?;
                self.walk.emit(field, here, Value::Text(super::ascii(text)))
            }
            _ => self.walk.bytes(field, at, here.len()).map(|_| ()),
        }
    }

    /// `len` bytes as one value of `field`.
    fn part(&mut self, field: &'static Field, len: usize) -> Option<()> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.end)?;
        let outer = core::mem::replace(&mut self.end, end);
        let done = self.value(field);
        self.end = outer;
        done
    }

    /// A length byte and as many bytes.
    fn counted(&mut self, length: &'static Field, field: &'static Field) -> Option<()> {
        let len = bytes::u8_at(self.data(), self.at)?;
        self.value(length)?;
        self.part(field, len.into())
    }

    /// Domain names, whose pointers count from the start of the option (RFC 3397 section 2).
    fn names(&mut self, field: &'static Field) -> Option<()> {
        let message = Message { data: self.data().get(..self.end)?, base: self.at };
        while self.left() > 0 {
            let name = name::read(message, self.at).ok()?;
            self.walk.format(field, self.at..name.end, format_args!("{name}"))?;
            self.at = name.end;
        }
        Some(())
    }
}

/// RFC 2132 section 9.14, RFC 4361 section 6.1, RFC 8415 section 11.
fn client_id(option: &mut Body<'_, '_, '_>) -> Option<()> {
    let kind = bytes::u8_at(option.data(), option.at)?;
    match (kind, option.left()) {
        (0, 2..) => {
            option.value(&CLIENT_ID_TYPE)?;
            option.value(&CLIENT_ID_TEXT)
        }
        (255, 7..) => {
            option.take(1)?;
            let at = option.take(4)?;
            let interface = bytes::u32_at(option.data(), at)?;
            option.walk.format(&CLIENT_ID_IAID, at..option.at, format_args!("{interface:08x}"))?;
            let kind = bytes::u16_at(option.data(), option.at)?;
            option.value(&CLIENT_ID_DUID)?;
            match kind {
                1 => {
                    option.value(&CLIENT_ID_LLT)?;
                    option.value(&CLIENT_ID_TIME)?;
                    option.link_layer_address()
                }
                2 => {
                    option.value(&CLIENT_ID_ENTERPRISE)?;
                    option.value(&CLIENT_ID)
                }
                3 => {
                    option.value(&CLIENT_ID_LL)?;
                    option.link_layer_address()
                }
                // A UUID (RFC 6355), or what nobody knows yet.
                _ => Some(()),
            }
        }
        (1..=47, 7) => {
            option.value(&super::HW_TYPE)?;
            let at = option.take(6)?;
            if super::has_mac(kind) {
                option.walk.mac(&super::HW_MAC, at)?;
            } else {
                option.walk.bytes(&super::HW_ADDR, at, 6)?;
            }
            Some(())
        }
        _ => Some(()),
    }
}

impl Body<'_, '_, '_> {
    fn link_layer_address(&mut self) -> Option<()> {
        let at = self.take(self.left())?;
        let octets = self.data().get(at..self.at)?;
        self.walk.format(&CLIENT_ID_ADDRESS, at..self.at, format_args!("{}", Colons(octets)))
    }
}

/// Bytes in hexadecimal with `:` between them.
struct Colons<'a>(&'a [u8]);

impl core::fmt::Display for Colons<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if index > 0 { ":" } else { "" })?;
        }
        Ok(())
    }
}

/// RFC 3004 section 4.
fn user_classes(option: &mut Body<'_, '_, '_>) -> Option<()> {
    let mut instance = 0u8;
    while option.left() > 0 {
        let len = usize::from(bytes::u8_at(option.data(), option.at)?);
        let here = option.at..option.at.saturating_add(1).saturating_add(len);
        option.walk.open(&USER_CLASS, here, Value::Uint(instance.into()))?;
        option.counted(&USER_CLASS_LENGTH, &USER_CLASS_DATA)?;
        option.walk.close();
        instance = instance.wrapping_add(1);
    }
    Some(())
}

/// RFC 4702 section 2.
fn client_name(option: &mut Body<'_, '_, '_>) -> Option<()> {
    let at = option.take(1)?;
    let here = at..option.at;
    let flags = bytes::u8_at(option.data(), at)?;
    option.walk.open(&FQDN_FLAGS, here.clone(), Value::Uint(flags.into()))?;
    option.walk.uint(&FQDN_RESERVED, here.clone(), flags & 0xf0)?;
    option.walk.bool(&FQDN_N, here.clone(), flags & 8 != 0)?;
    option.walk.bool(&FQDN_E, here.clone(), flags & 4 != 0)?;
    option.walk.bool(&FQDN_O, here.clone(), flags & 2 != 0)?;
    option.walk.bool(&FQDN_S, here, flags & 1 != 0)?;
    option.walk.close();
    option.value(&FQDN_RCODE1)?;
    option.value(&FQDN_RCODE2)?;
    if option.left() == 0 {
        return Some(());
    }
    if flags & 4 == 0 {
        return option.value(&FQDN_NAME);
    }
    // A partial name has no root at its end.
    let message = Message { data: option.data().get(..option.end)?, base: option.at };
    let here = option.at..option.end;
    match name::read(message, option.at) {
        Ok(name) => {
            option.walk.format(&FQDN_NAME, here, format_args!("{name}"))?;
            option.at = option.end;
            Some(())
        }
        Err(_) => option.value(&FQDN_NAME),
    }
}

/// RFC 3046 section 2, RFC 3527, 3993, 5107.
fn relay(option: &mut Body<'_, '_, '_>) -> Option<()> {
    while option.left() > 0 {
        let code = bytes::u8_at(option.data(), option.at)?;
        let len = usize::from(bytes::u8_at(option.data(), option.at.checked_add(1)?)?);
        let at = option.take(len.checked_add(2)?)?;
        let value = at.saturating_add(2);
        option.walk.open(&RELAY, at..option.at, Value::Uint(code.into()))?;
        option.walk.u8(&SUBOPTION_LENGTH, at.saturating_add(1))?;
        let field = match code {
            1 => Some(&RELAY_CIRCUIT),
            2 => Some(&RELAY_REMOTE),
            5 => Some(&RELAY_LINK),
            6 => Some(&RELAY_SUBSCRIBER),
            11 => Some(&RELAY_SERVER),
            _ => None,
        }
        .filter(|field| width(field).is_none_or(|width| width == len));
        option.walk.bytes(if field.is_some() { &RELAY_VALUE } else { &RELAY_RAW }, value, len)?;
        if let Some(field) = field {
            option.at = value;
            option.part(field, len)?;
        }
        option.walk.close();
    }
    Some(())
}

/// RFC 3118 section 2; with delayed authentication and HMAC-MD5 also section 5.2.
fn authentication(option: &mut Body<'_, '_, '_>) -> Option<()> {
    let method = bytes::chunk::<2>(option.data(), option.at);
    [&AUTH_PROTOCOL, &AUTH_ALGORITHM, &AUTH_RDM, &AUTH_REPLAY]
        .into_iter()
        .try_for_each(|field| option.value(field))?;
    // A client that has no key yet sends neither.
    if method == Some([1, 1]) && option.left() >= 20 {
        option.value(&AUTH_SECRET)?;
        option.part(&AUTH_HASH, 16)?;
    }
    Some(())
}

/// RFC 4578 section 2.2.
fn network_interface(option: &mut Body<'_, '_, '_>) -> Option<()> {
    [&UNDI_TYPE, &UNDI_MAJOR, &UNDI_MINOR].into_iter().try_for_each(|field| option.value(field))
}

/// RFC 3361 section 3.
fn sip_servers(option: &mut Body<'_, '_, '_>) -> Option<()> {
    let encoding = bytes::u8_at(option.data(), option.at)?;
    option.value(&SIP_ENCODING)?;
    if encoding == 0 {
        return option.names(&SIP_NAME);
    }
    while option.left() > 0 {
        option.value(&SIP_ADDRESS)?;
    }
    Some(())
}

/// RFC 3442: width of the mask, as many bytes of the destination as it touches, router.
fn routes(option: &mut Body<'_, '_, '_>) -> Option<()> {
    while option.left() > 0 {
        let bits = bytes::u8_at(option.data(), option.at)?;
        if bits > 32 {
            return None;
        }
        let touched = usize::from(bits.div_ceil(8));
        let at = option.at;
        option.part(&CLASSLESS_ROUTE, touched.saturating_add(5))?;
        let from = at.saturating_add(1);
        let mut network = [0; 4];
        for (to, byte) in network.iter_mut().zip(bytes::slice(option.data(), from, touched)?) {
            *to = *byte;
        }
        let network = Ipv4Addr::from(network);
        let router = Ipv4Addr::from(bytes::chunk::<4>(option.data(), from.saturating_add(touched))?);
        option.walk.format(&ROUTE, at..option.at, format_args!("{network}/{bits} via {router}"))?;
    }
    Some(())
}

/// RFC 5223 section 3: one name in wire form.
fn lost_server(option: &mut Body<'_, '_, '_>) -> Option<()> {
    let at = option.at;
    option.value(&LOST_SERVER)?;
    option.at = at;
    option.names(&LOST_NAME)
}

/// RFC 3925 section 3.
fn vendor_classes(option: &mut Body<'_, '_, '_>) -> Option<()> {
    while option.left() > 0 {
        option.value(&CLASS_ENTERPRISE)?;
        option.counted(&CLASS_LENGTH, &CLASS_DATA)?;
    }
    Some(())
}

/// RFC 3925 section 4.
fn vendor_options(option: &mut Body<'_, '_, '_>) -> Option<()> {
    while option.left() > 0 {
        option.value(&VENDOR_ENTERPRISE)?;
        let len = usize::from(bytes::u8_at(option.data(), option.at)?);
        option.value(&VENDOR_LENGTH)?;
        let end = option.at.checked_add(len).filter(|end| *end <= option.end)?;
        while option.at < end {
            option.value(&VENDOR_SUBOPTION)?;
            option.counted(&SUBOPTION_LENGTH, &VENDOR_DATA)?;
        }
    }
    Some(())
}
