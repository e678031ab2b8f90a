//! Session Description Protocol (RFC 8866): who will send what where. The ports of its media are announced for RTP.

use core::fmt;
use core::net::IpAddr;
use core::ops::Range;

use super::lines;
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Expected, Fault, FlowState, Key, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::frame::Timestamp;
use crate::packet::{Layer, Slot};
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

/// Where protocols hand over a description; it has one number, 0.
pub static SDP_BODY: Table = Table { name: "sdp" };

fields! {
    VERSION = Field::text("sdp.version", "version"),
    OWNER = Field::text("sdp.owner", "origin"),
    OWNER_USERNAME = Field::text("sdp.owner.username", "user name"),
    OWNER_SESSIONID = Field::text("sdp.owner.sessionid", "session id"),
    OWNER_VERSION = Field::text("sdp.owner.version", "session version"),
    OWNER_NETWORK = Field::text("sdp.owner.network_type", "network type"),
    OWNER_ADDRESS_TYPE = Field::text("sdp.owner.address_type", "address type"),
    OWNER_ADDRESS = Field::text("sdp.owner.address", "address"),
    SESSION_NAME = Field::text("sdp.session_name", "session name"),
    SESSION_INFO = Field::text("sdp.session_info", "session information"),
    URI = Field::text("sdp.uri", "uri"),
    EMAIL = Field::text("sdp.email", "mail address").many(),
    PHONE = Field::text("sdp.phone", "phone number").many(),
    CONNECTION = Field::text("sdp.connection_info", "connection").many(),
    CONNECTION_NETWORK = Field::text("sdp.connection_info.network_type", "network type").many(),
    CONNECTION_ADDRESS_TYPE = Field::text("sdp.connection_info.address_type", "address type").many(),
    CONNECTION_ADDRESS = Field::text("sdp.connection_info.address", "address").many().key(),
    BANDWIDTH = Field::text("sdp.bandwidth", "bandwidth").many(),
    BANDWIDTH_MODIFIER = Field::text("sdp.bandwidth.modifier", "kind").many(),
    BANDWIDTH_VALUE = Field::text("sdp.bandwidth.value", "value in kbit/s by default").many(),
    TIME = Field::text("sdp.time", "time").many(),
    TIME_START = Field::text("sdp.time.start", "start in s since 1900").many(),
    TIME_STOP = Field::text("sdp.time.stop", "stop in s since 1900").many(),
    REPEAT = Field::text("sdp.repeat_time", "repetition").many(),
    REPEAT_INTERVAL = Field::text("sdp.repeat_time.interval", "interval in s by default").many(),
    REPEAT_DURATION = Field::text("sdp.repeat_time.duration", "duration in s by default").many(),
    REPEAT_OFFSET = Field::text("sdp.repeat_time.offset", "offset in s by default").many(),
    TIMEZONE = Field::text("sdp.timezone", "time zones"),
    TIMEZONE_TIME = Field::text("sdp.timezone.time", "time in s since 1900").many(),
    TIMEZONE_OFFSET = Field::text("sdp.timezone.offset", "offset in s by default").many(),
    MEDIA = Field::text("sdp.media", "media").many().key(),
    MEDIA_TYPE = Field::text("sdp.media.media", "type").many(),
    MEDIA_PORT = Field::text("sdp.media.port", "port").many(),
    MEDIA_PROTO = Field::text("sdp.media.proto", "protocol").many(),
    MEDIA_FORMAT = Field::text("sdp.media.format", "format").many(),
    ATTRIBUTE = Field::text("sdp.media_attr", "attribute").many(),
    DATE = Field::time("nd.sdp.date", "date").many(),
}

static PROTOCOL: Protocol = Protocol {
    name: "sdp",
    title: "SDP",
    about: "Session Description Protocol (RFC 8866)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&SDP_BODY, 0)];

/// Seconds from 1900 to 1970 (RFC 8866 section 5.9).
const SINCE_1900: i64 = 2_208_988_800;
/// Media whose ports are announced.
const MAX_MEDIA: usize = 8;

/// A description.
#[derive(Debug)]
pub struct Sdp;

/// The lines of a description: the letter, and where the value is.
struct Lines<'a> {
    data: &'a [u8],
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = (u8, Range<usize>);

    fn next(&mut self) -> Option<(u8, Range<usize>)> {
        loop {
            let (line, next) = lines::at(self.data, self.at)?;
            self.at = next;
            if let Some([letter, b'=', ..]) = self.data.get(line.clone()) {
                return Some((*letter, line.start.saturating_add(2)..line.end));
            }
        }
    }
}

impl Dissector for Sdp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let mut addr: Option<IpAddr> = None;
        let mut ports = [(None, 0_u16); MAX_MEDIA];
        let mut count = 0_usize;
        for (letter, value) in (Lines { data, at: 0 }) {
            let mut words = data.get(value).unwrap_or_default().split(|&byte| byte == b' ');
            match letter {
                b'c' => {
                    let word = words.nth(2).unwrap_or_default().split(|&byte| byte == b'/').next();
                    let found = word.and_then(|word| core::str::from_utf8(word).ok()?.parse().ok());
                    // The line of a medium follows that medium; before any it holds for all.
                    match count.checked_sub(1).and_then(|last| ports.get_mut(last)) {
                        Some(medium) => medium.0 = found,
                        None => addr = found,
                    }
                }
                b'm' => {
                    let word = words.nth(1).unwrap_or_default().split(|&byte| byte == b'/').next();
                    let port = word.and_then(|word| core::str::from_utf8(word).ok()?.parse().ok());
                    let is_rtp = words.next().is_some_and(|proto| up_to(proto, 0, 4) == b"RTP/");
                    if let (Some(port), true, Some(medium)) = (port, is_rtp, ports.get_mut(count)) {
                        *medium = (addr, port);
                        count = count.saturating_add(1);
                    }
                }
                _ => {}
            }
        }
        for (addr, port) in ports {
            if let Some(addr) = addr.filter(|addr| port > 0 && !addr.is_unspecified()) {
                cx.expect(Expected {
                    table: &UDP_PORT,
                    addr,
                    port,
                    peer: None,
                    protocol: "rtp",
                    state: FlowState::default(),
                });
            }
        }
        Ok(Parsed::end(data.len()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        for (letter, value) in (Lines { data, at: 0 }) {
            let (whole, parts): (&Field, &[&'static Field]) = match letter {
                b'v' => (&VERSION, &[]),
                b'o' => (
                    &OWNER,
                    &[
                        &OWNER_USERNAME,
                        &OWNER_SESSIONID,
                        &OWNER_VERSION,
                        &OWNER_NETWORK,
                        &OWNER_ADDRESS_TYPE,
                        &OWNER_ADDRESS,
                    ],
                ),
                b's' => (&SESSION_NAME, &[]),
                b'i' => (&SESSION_INFO, &[]),
                b'u' => (&URI, &[]),
                b'e' => (&EMAIL, &[]),
                b'p' => (&PHONE, &[]),
                b'c' => (&CONNECTION, &[&CONNECTION_NETWORK, &CONNECTION_ADDRESS_TYPE, &CONNECTION_ADDRESS]),
                b'b' => (&BANDWIDTH, &[&BANDWIDTH_MODIFIER, &BANDWIDTH_VALUE]),
                b't' => (&TIME, &[&TIME_START, &TIME_STOP]),
                b'r' => (&REPEAT, &[&REPEAT_INTERVAL, &REPEAT_DURATION, &REPEAT_OFFSET]),
                b'z' => (&TIMEZONE, &[&TIMEZONE_TIME, &TIMEZONE_OFFSET]),
                b'm' => (&MEDIA, &[&MEDIA_TYPE, &MEDIA_PORT, &MEDIA_PROTO, &MEDIA_FORMAT]),
                b'a' => (&ATTRIBUTE, &[]),
                _ => continue,
            };
            let text = data.get(value.clone())?;
            walk.emit(whole, value.clone(), Value::Text(text))?;
            // The last field takes all that follow: repetitions and formats are many; zones come in pairs.
            let separator = if letter == b'b' { b':' } else { b' ' };
            let mut at = value.start;
            let cycle = letter == b'z';
            for (nth, word) in text.split(|&byte| byte == separator).enumerate() {
                let place = if cycle { nth % 2 } else { nth.min(parts.len().saturating_sub(1)) };
                if let Some(field) = parts.get(place).filter(|_| !word.is_empty()) {
                    walk.text(field, at, word.len())?;
                    // A number at the very end may be cut.
                    if matches!((letter, place), (b't', _) | (b'z', 0))
                        && value.end < data.len()
                        && let Some(date) = date(word)
                    {
                        walk.emit(&DATE, at..at.saturating_add(word.len()), Value::Time(date))?;
                    }
                    if letter == b'z' && value.len() == word.len() {
                        // A time alone: tshark takes it for its own offset.
                        walk.text(&TIMEZONE_OFFSET, at, word.len())?;
                    }
                }
                at = at.saturating_add(word.len()).saturating_add(1);
            }
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let name = (Lines { data, at: 0 }).find(|line| line.0 == b's').and_then(|line| data.get(line.1));
        write!(out, "Session: {}", alloc::string::String::from_utf8_lossy(name.unwrap_or_default()))
    }

    fn is_content(&self, _slot: Slot) -> bool {
        true
    }
}

/// The date of a time in seconds since 1900; 0 is none (RFC 8866 section 5.9).
fn date(word: &[u8]) -> Option<Timestamp> {
    let secs = core::str::from_utf8(word).ok()?.parse::<i64>().ok()?;
    (secs > 0).then(|| Timestamp::new(secs.saturating_sub(SINCE_1900), 0))
}

#[cfg(test)]
mod tests {
    use crate::testing::Talk;

    #[test]
    fn a_description() {
        let text =
            b"v=0\r\no=me 1 2 IN IP4 192.0.2.1\r\ns=A sample\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nb=AS:64\r\n\
            m=audio 4000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n";
        let seen = Talk::new("sdp").datagram(0, text);
        seen.expect(&[
            ("sdp.owner.username", "me"),
            ("sdp.owner.address", "192.0.2.1"),
            ("sdp.bandwidth.value", "64"),
            ("sdp.media.port", "4000"),
            ("sdp.media.format", "0,8"),
            ("sdp.media_attr", "rtpmap:0 PCMU/8000"),
            ("sdp.time.start", "0"),
            ("nd.sdp.date", ""),
        ]);
        Talk::new("sdp").survives(text);
    }

    #[test]
    fn times_are_dates() {
        let text = b"v=0\r\nt=3944678400 0\r\nz=3944682000 -1h 0 0\r\n";
        let seen = Talk::new("sdp").datagram(0, text);
        seen.expect(&[
            ("sdp.time.start", "3944678400"),
            ("sdp.timezone.time", "3944682000,0"),
            ("nd.sdp.date", "1735689600.000000000,1735693200.000000000"),
        ]);
        Talk::new("sdp").survives(text);
    }
}
