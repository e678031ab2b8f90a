//! Syslog: the form of RFC 5424 and the older one that RFC 3164 describes.

use core::fmt;
use core::ops::Range;

use crate::bytes::u8_at;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value, name_of};
use crate::frame::Timestamp;
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    FACILITY = Field::u8("syslog.facility", "facility").names(FACILITIES).key(),
    LEVEL = Field::u8("syslog.level", "level").names(LEVELS).key(),
    MESSAGE = Field::text("syslog.msg", "message").key(),
    VERSION = Field::text("syslog.version", "version"),
    TIME = Field::time("syslog.timestamp", "time"),
    OLD_TIME = Field::text("syslog.timestamp_rfc3164", "local time"),
    HOST = Field::text("syslog.hostname", "host"),
    APP = Field::text("syslog.appname", "program"),
    PROCESS = Field::text("syslog.procid", "process"),
    ID = Field::text("syslog.msgid", "message id"),
    STRUCTURED_DATA = Field::text("nd.syslog.structured_data", "structured data"),
    TEXT = Field::text("nd.syslog.text", "text"),
    OLD_TAG = Field::text("syslog.procid", "tag"),
    OLD_CONTENT = Field::text("syslog.msgid", "content"),
}

static PROTOCOL: Protocol = Protocol {
    name: "syslog",
    title: "Syslog",
    about: "Syslog (RFC 5424, RFC 3164)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 514)];

/// RFC 5424 section 6.2.1, table 1.
const FACILITIES: &[(u64, &str)] = &[
    (0, "KERN"),
    (1, "USER"),
    (2, "MAIL"),
    (3, "DAEMON"),
    (4, "AUTH"),
    (5, "SYSLOG"),
    (6, "LPR"),
    (7, "NEWS"),
    (8, "UUCP"),
    (9, "CRON"),
    (10, "AUTHPRIV"),
    (11, "FTP"),
    (12, "NTP"),
    (13, "LOGAUDIT"),
    (14, "LOGALERT"),
    (15, "CRON"),
    (16, "LOCAL0"),
    (17, "LOCAL1"),
    (18, "LOCAL2"),
    (19, "LOCAL3"),
    (20, "LOCAL4"),
    (21, "LOCAL5"),
    (22, "LOCAL6"),
    (23, "LOCAL7"),
];
/// RFC 5424 section 6.2.1, table 2.
const LEVELS: &[(u64, &str)] = &[
    (0, "EMERG"),
    (1, "ALERT"),
    (2, "CRIT"),
    (3, "ERR"),
    (4, "WARNING"),
    (5, "NOTICE"),
    (6, "INFO"),
    (7, "DEBUG"),
];
/// Digits of a priority (RFC 5424 section 6.2.1).
const MAX_DIGITS: usize = 3;
/// Where the version is followed by the rest of the newer form.
const NEWER: &[u8] = b"1 ";
/// Says that the text behind it is UTF-8 (RFC 5424 section 6.4).
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Syslog.
#[derive(Debug)]
pub struct Syslog;

impl Dissector for Syslog {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, _data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        Ok(Parsed::end(cx.wire_len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let (priority, at) = priority(data);
        if let Some(priority) = priority {
            walk.uint(&FACILITY, 0..at, priority >> 3)?;
            walk.uint(&LEVEL, 0..at, priority & 7)?;
        }
        let text = at..at.saturating_add(trimmed(data.get(at..)?).len());
        walk.open(&MESSAGE, text.clone(), Value::Text(data.get(text.clone())?))?;
        // What does not have all parts has the first of them.
        let _ =
            if data.get(text.clone())?.starts_with(NEWER) { newer(walk, text) } else { older(walk, text) };
        walk.close();
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (priority, at) = priority(data);
        if let Some(priority) = priority {
            let facility = name_of(FACILITIES, u64::from(priority >> 3)).unwrap_or("UNKNOWN");
            let level = name_of(LEVELS, u64::from(priority & 7)).unwrap_or_default();
            write!(out, "{facility}.{level}: ")?;
        }
        for chunk in trimmed(data.get(at..).unwrap_or_default()).trim_ascii_end().utf8_chunks() {
            out.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                out.write_char('\u{fffd}')?;
            }
        }
        Ok(())
    }
}

/// The priority, and where the text behind it begins.
fn priority(data: &[u8]) -> (Option<u16>, usize) {
    let digits = match data {
        [b'<', rest @ ..] => rest.iter().take(MAX_DIGITS).take_while(|byte| byte.is_ascii_digit()).count(),
        _ => return (None, 0),
    };
    let end = digits.saturating_add(1);
    let number = data.get(1..end).and_then(|digits| core::str::from_utf8(digits).ok()?.parse().ok());
    match (number, u8_at(data, end)) {
        (Some(number @ 0..=0x3ff), Some(b'>')) => (Some(number), end.saturating_add(1)),
        _ => (None, 0),
    }
}

/// Without the NUL that some senders put behind their text.
fn trimmed(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    text.get(..end).unwrap_or_default()
}

/// The part at `at` up to the next blank, and where the next one begins.
fn part(data: &[u8], at: usize, end: usize) -> Option<(Range<usize>, usize)> {
    let len = data.get(at..end)?.iter().position(|byte| *byte == b' ')?;
    let stop = at.saturating_add(len);
    Some((at..stop, stop.saturating_add(1)))
}

fn text(walk: &mut Walk<'_, '_>, field: &'static Field, at: Range<usize>) -> Option<()> {
    walk.text(field, at.start, at.len()).map(|_| ())
}

/// The parts of RFC 5424 section 6; a part that is not known is `-`.
fn newer(walk: &mut Walk<'_, '_>, message: Range<usize>) -> Option<()> {
    let data = walk.data();
    let (version, at) = part(data, message.start, message.end)?;
    text(walk, &VERSION, version)?;
    let (time, mut at) = part(data, at, message.end)?;
    if let Some(found) = date(data.get(time.clone())?) {
        walk.emit(&TIME, time, Value::Time(found))?;
    }
    for field in [&HOST, &APP, &PROCESS, &ID] {
        let (range, next) = part(data, at, message.end)?;
        text(walk, field, range)?;
        at = next;
    }
    let end = structured_data(data, at, message.end)?;
    text(walk, &STRUCTURED_DATA, at..end)?;
    // The text may be missing, and then the blank before it is too.
    if u8_at(data, end) != Some(b' ') {
        return Some(());
    }
    let mut start = end.saturating_add(1);
    if data.get(start..message.end)?.starts_with(MARK) {
        start = start.saturating_add(MARK.len());
    }
    text(walk, &TEXT, start..message.end)
}

/// Where the structured data at `at` ends: it is `-`, or elements in brackets one after the other. In a quoted value
/// `\` takes its meaning from the byte behind it (RFC 5424 section 6.3).
fn structured_data(data: &[u8], at: usize, end: usize) -> Option<usize> {
    let text = data.get(at..end)?;
    if text.starts_with(b"-") {
        return at.checked_add(1);
    }
    let (mut is_open, mut is_quoted, mut is_escaped) = (false, false, false);
    for (nth, &byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' if is_open => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'[' if !is_open => is_open = true,
            b']' if is_open => is_open = false,
            _ if is_open => {}
            _ => return at.checked_add(nth).filter(|_| nth > 0),
        }
    }
    (!is_open && !text.is_empty()).then_some(end)
}

/// The parts of RFC 3164 section 4.1: a date without a year, a host, a tag, and the content, which begins with what ends
/// the tag. The last two have Wireshark's names of what RFC 5424 made of them.
fn older(walk: &mut Walk<'_, '_>, message: Range<usize>) -> Option<()> {
    const DATE: usize = 15;
    let data = walk.data();
    let date = data.get(message.start..message.start.saturating_add(DATE.saturating_add(1)))?;
    let marks = [(3, b' '), (6, b' '), (9, b':'), (12, b':'), (DATE, b' ')];
    if !marks.into_iter().all(|(at, mark)| date.get(at) == Some(&mark)) {
        return None;
    }
    text(walk, &OLD_TIME, message.start..message.start.saturating_add(DATE))?;
    let (host, at) = part(data, message.start.saturating_add(date.len()), message.end)?;
    text(walk, &HOST, host)?;
    let rest = data.get(at..message.end)?;
    let tag = rest.iter().position(|byte| matches!(byte, b'[' | b':' | b' ')).unwrap_or(rest.len());
    let tag = at..at.saturating_add(tag);
    text(walk, &OLD_TAG, tag.clone())?;
    if tag.end < message.end {
        text(walk, &OLD_CONTENT, tag.end..message.end)?;
    }
    Some(())
}

/// `1985-04-12T23:20:50.52Z` or with an offset such as `-04:00` (RFC 3339 section 5.6).
fn date(text: &[u8]) -> Option<Timestamp> {
    let text = core::str::from_utf8(text).ok()?;
    let number = |at: usize| -> Option<i8> {
        let digits = text.get(at..at.saturating_add(2))?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let mark = |at: usize, mark: u8| (*text.as_bytes().get(at)? == mark).then_some(());
    for (at, byte) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
        mark(at, byte)?;
    }
    let year = i16::from(number(0)?).checked_mul(100)?.checked_add(number(2)?.into())?;
    let second =
        Timestamp::of_civil((year, number(5)?, number(8)?), (number(11)?, number(14)?, number(17)?))?;
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("", rest),
    };
    let nanos = fraction.bytes().chain(core::iter::repeat(b'0')).take(9).fold(0_u64, |nanos, digit| {
        nanos.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0')))
    });
    let offset = if zone == "Z" {
        0
    } else {
        let (sign, rest) = match zone.as_bytes().first()? {
            b'+' => (1, zone.get(1..)?),
            b'-' => (-1_i64, zone.get(1..)?),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let hours: i64 = hours.parse().ok()?;
        let minutes: i64 = minutes.parse().ok()?;
        sign.saturating_mul(hours.saturating_mul(3_600).saturating_add(minutes.saturating_mul(60)))
    };
    Some(Timestamp::new(second.secs.saturating_sub(offset), nanos))
}

#[cfg(test)]
mod tests {
    use crate::testing::Talk;

    #[test]
    fn the_newer_form() {
        let message = b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed\n";
        let seen = Talk::new("syslog").datagram(0, message);
        assert_eq!(
            seen.info,
            "AUTH.CRIT: 1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed"
        );
        seen.expect(&[
            ("syslog.facility", "4"),
            ("syslog.level", "2"),
            ("syslog.version", "1"),
            ("syslog.timestamp", "1065910455.003000000"),
            ("syslog.hostname", "mymachine.example.com"),
            ("syslog.appname", "su"),
            ("syslog.procid", "-"),
            ("syslog.msgid", "ID47"),
            ("nd.syslog.structured_data", "-"),
            ("nd.syslog.text", "'su root' failed\n"),
        ]);
        Talk::new("syslog").survives(message);
    }

    #[test]
    fn structured_data_ends_where_no_bracket_opens() {
        let parts = |rest: &str| {
            let message = alloc::format!("<1>1 - - - - - {rest}");
            let seen = Talk::new("syslog").datagram(0, message.as_bytes());
            ["structured_data", "text"].map(|part| seen.get(&alloc::format!("nd.syslog.{part}")))
        };
        assert_eq!(parts(r#"[a@1 b="]\"\]"][c] [d] e"#), [r#"[a@1 b="]\"\]"][c]"#, "[d] e"]);
        assert_eq!(parts("[a] \u{feff}text"), ["[a]", "text"]);
        assert_eq!(parts("[a]"), ["[a]", ""]);
        assert_eq!(parts("[a"), ["", ""]);
        assert_eq!(parts("text"), ["", ""]);
    }

    #[test]
    fn dates_have_offsets() {
        let at = |date: &str| {
            let message = alloc::format!("<1>1 {date} - - - - -");
            Talk::new("syslog").datagram(0, message.as_bytes()).get("syslog.timestamp")
        };
        assert_eq!(at("1985-04-12T19:20:50.52-04:00"), "482196050.520000000");
        assert_eq!(at("2000-02-29T00:00:00+01:30"), "951777000.000000000");
        assert_eq!(at("1970-01-01T00:00:00Z"), "0.000000000");
        assert_eq!(at("2003-13-11T22:14:15Z"), "");
        assert_eq!(at("-"), "");
    }

    #[test]
    fn the_older_form_and_none() {
        let mut talk = Talk::new("syslog");
        let seen = talk.datagram(0, b"<0>Oct 22 10:52:12 scapegoat sched[0]: That's All Folks!\0");
        assert_eq!(seen.info, "KERN.EMERG: Oct 22 10:52:12 scapegoat sched[0]: That's All Folks!");
        seen.expect(&[
            ("syslog.timestamp_rfc3164", "Oct 22 10:52:12"),
            ("syslog.hostname", "scapegoat"),
            ("syslog.procid", "sched"),
            ("syslog.msgid", "[0]: That's All Folks!"),
        ]);
        let seen = talk.datagram(0, b"no priority");
        seen.expect(&[("syslog.facility", ""), ("syslog.msg", "no priority"), ("syslog.hostname", "")]);
        talk.survives(b"<13>Oct  2 10:52:12 host tag: text");
    }
}
