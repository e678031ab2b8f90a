//! Who serves, where no SYN tells: ports that are those of services, and first bytes that only one role sends
//! (docs/tcp-analysis.md, S22 rules 4 and 6).

/// Ports of the system range (RFC 6335 section 6) are those of services.
const SYSTEM_PORTS: u16 = 1_024;

/// Further TCP ports that servers of widespread programs listen on, ascending.
const PORTS: [u16; 46] = [
    1080, 1194, 1433, 1521, 1883, 2049, 2181, 2375, 2376, 2379, 3000, 3128, 3260, 3268, 3306, 3389, 4222,
    5000, 5060, 5061, 5222, 5269, 5432, 5672, 5900, 5985, 5986, 6379, 6443, 6667, 6697, 7000, 8000, 8008,
    8080, 8081, 8443, 8883, 8888, 9000, 9042, 9092, 9200, 9418, 11211, 27017,
];

/// Whether a server is to be expected behind this port.
#[must_use]
pub fn is_service(port: u16) -> bool {
    port < SYSTEM_PORTS || PORTS.binary_search(&port).is_ok()
}

/// Which part an end plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It asks.
    Client,
    /// It serves.
    Server,
}

/// Who sends a payload that begins like this, if only one of the two does.
#[must_use]
pub fn role(payload: &[u8]) -> Option<Role> {
    if let &[0x16, 0x03, _, _, _, kind, ..] = payload {
        // A handshake record of TLS (RFC 8446 sections 4 and 5.1): ClientHello, ServerHello.
        return match kind {
            1 => Some(Role::Client),
            2 => Some(Role::Server),
            _ => None,
        };
    }
    let line = payload.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let begins = |words: &[&[u8]]| words.iter().any(|word| line.starts_with(word));
    if begins(&[b"HTTP/1.", b"220 ", b"220-", b"+OK ", b"* OK "]) {
        return Some(Role::Server);
    }
    // RFC 9112 section 3, RFC 9113 section 3.4; RFC 5321 section 4.1.1.1.
    let request = line.trim_ascii_end().rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    if request.starts_with(b"HTTP/") || begins(&[b"EHLO ", b"HELO "]) {
        return Some(Role::Client);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_in_order() {
        assert!(PORTS.is_sorted() && PORTS.iter().all(|&port| port >= SYSTEM_PORTS));
        assert!(is_service(80) && is_service(8080) && is_service(27017) && !is_service(50_000));
    }

    #[test]
    fn first_bytes_of_one_role() {
        for (payload, expected) in [
            (&b"GET / HTTP/1.1\r\nHost: a\r\n"[..], Some(Role::Client)),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Some(Role::Client)),
            (b"HTTP/1.1 200 OK\r\n", Some(Role::Server)),
            (b"220 mail.example ESMTP\r\n", Some(Role::Server)),
            (b"EHLO mail.example\r\n", Some(Role::Client)),
            (b"\x16\x03\x01\x00\xc8\x01\x00", Some(Role::Client)),
            (b"\x16\x03\x03\x00\xc8\x02\x00", Some(Role::Server)),
            (b"\x16\x03\x03\x00\xc8\x0b\x00", None),
            (b"\x16\x03", None),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(role(payload), expected, "{payload:?}");
        }
    }
}
