//! Names that HTTP/2 gives to things, the static table of HPACK, and the header fields that have a filter name.

use super::*;
use crate::field::Field;

/// RFC 9113 section 6; RFC 7838 section 4; RFC 8336 section 2; RFC 9218 section 7.1.
pub(super) const TYPES: &[(u64, &str)] = &[
    (0x0, "DATA"),
    (0x1, "HEADERS"),
    (0x2, "PRIORITY"),
    (0x3, "RST_STREAM"),
    (0x4, "SETTINGS"),
    (0x5, "PUSH_PROMISE"),
    (0x6, "PING"),
    (0x7, "GOAWAY"),
    (0x8, "WINDOW_UPDATE"),
    (0x9, "CONTINUATION"),
    (0xa, "ALTSVC"),
    (0xc, "ORIGIN"),
    (0x10, "PRIORITY_UPDATE"),
];

/// RFC 9113 section 7.
pub(super) const ERRORS: &[(u64, &str)] = &[
    (0x0, "NO_ERROR"),
    (0x1, "PROTOCOL_ERROR"),
    (0x2, "INTERNAL_ERROR"),
    (0x3, "FLOW_CONTROL_ERROR"),
    (0x4, "SETTINGS_TIMEOUT"),
    (0x5, "STREAM_CLOSED"),
    (0x6, "FRAME_SIZE_ERROR"),
    (0x7, "REFUSED_STREAM"),
    (0x8, "CANCEL"),
    (0x9, "COMPRESSION_ERROR"),
    (0xa, "CONNECT_ERROR"),
    (0xb, "ENHANCE_YOUR_CALM"),
    (0xc, "INADEQUATE_SECURITY"),
    (0xd, "HTTP_1_1_REQUIRED"),
];

/// RFC 9113 section 6.5.2; RFC 8441 section 3; RFC 9218 section 2.1.
pub(super) const SETTINGS: &[(u64, &str)] = &[
    (0x1, "HEADER_TABLE_SIZE"),
    (0x2, "ENABLE_PUSH"),
    (0x3, "MAX_CONCURRENT_STREAMS"),
    (0x4, "INITIAL_WINDOW_SIZE"),
    (0x5, "MAX_FRAME_SIZE"),
    (0x6, "MAX_HEADER_LIST_SIZE"),
    (0x8, "ENABLE_CONNECT_PROTOCOL"),
    (0x9, "NO_RFC7540_PRIORITIES"),
];

/// The field of a setting's value.
pub(super) fn setting(id: u16) -> &'static Field {
    match id {
        0x1 => &SETTING_TABLE_SIZE,
        0x2 => &SETTING_PUSH,
        0x3 => &SETTING_STREAMS,
        0x4 => &SETTING_WINDOW,
        0x5 => &SETTING_FRAME_SIZE,
        0x6 => &SETTING_LIST_SIZE,
        0x8 => &SETTING_CONNECT,
        _ => &SETTING_UNKNOWN,
    }
}

/// RFC 7541 appendix A, from index 1 on.
pub(super) const STATIC_TABLE: &[(&str, &str)] = &[
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// Header fields that have a filter name of their own, ascending.
static HEADERS: &[(&str, &Field)] = &[
    (":authority", &AUTHORITY),
    (":method", &METHOD),
    (":path", &PATH),
    (":scheme", &SCHEME),
    (":status", &STATUS),
    ("accept", &ACCEPT),
    ("accept-charset", &ACCEPT_CHARSET),
    ("accept-encoding", &ACCEPT_ENCODING),
    ("accept-language", &ACCEPT_LANGUAGE),
    ("accept-ranges", &ACCEPT_RANGES),
    ("access-control-allow-origin", &ALLOW_ORIGIN),
    ("age", &AGE),
    ("allow", &ALLOW),
    ("authorization", &AUTHORIZATION),
    ("cache-control", &CACHE_CONTROL),
    ("content-disposition", &CONTENT_DISPOSITION),
    ("content-encoding", &CONTENT_ENCODING),
    ("content-language", &CONTENT_LANGUAGE),
    ("content-length", &CONTENT_LENGTH),
    ("content-location", &CONTENT_LOCATION),
    ("content-range", &CONTENT_RANGE),
    ("content-type", &CONTENT_TYPE),
    ("cookie", &COOKIE),
    ("date", &DATE),
    ("etag", &ETAG),
    ("expect", &EXPECT),
    ("expires", &EXPIRES),
    ("from", &FROM),
    ("if-match", &IF_MATCH),
    ("if-modified-since", &IF_MODIFIED_SINCE),
    ("if-none-match", &IF_NONE_MATCH),
    ("if-range", &IF_RANGE),
    ("if-unmodified-since", &IF_UNMODIFIED_SINCE),
    ("last-modified", &LAST_MODIFIED),
    ("link", &LINK),
    ("location", &LOCATION),
    ("max-forwards", &MAX_FORWARDS),
    ("proxy-authenticate", &PROXY_AUTHENTICATE),
    ("proxy-authorization", &PROXY_AUTHORIZATION),
    ("range", &RANGE),
    ("referer", &REFERER),
    ("refresh", &REFRESH),
    ("retry-after", &RETRY_AFTER),
    ("server", &SERVER),
    ("set-cookie", &SET_COOKIE),
    ("strict-transport-security", &STRICT_TRANSPORT_SECURITY),
    ("user-agent", &USER_AGENT),
    ("vary", &VARY),
    ("via", &VIA),
    ("www-authenticate", &WWW_AUTHENTICATE),
];

/// The field of the header called `name`, if it has one of its own.
pub(super) fn header(name: &[u8]) -> Option<&'static Field> {
    let at = HEADERS.binary_search_by(|row| row.0.as_bytes().cmp(name)).ok()?;
    HEADERS.get(at).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        assert_eq!(STATIC_TABLE.len(), 61);
        assert_eq!(STATIC_TABLE[60].0, "www-authenticate");
        assert!(HEADERS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(HEADERS.iter().all(|(name, field)| {
            let spelled = name.trim_start_matches(':').replace('-', "_");
            field.abbrev.strip_prefix("http2.headers.") == Some(spelled.as_str())
        }));
    }
}
