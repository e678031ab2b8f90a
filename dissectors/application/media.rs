//! Content that another protocol carries, known by its media type (RFC 6838): text, forms, images.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::packet::{Layer, Slot};
use crate::walk::Walk;

/// Kinds of content, by the numbers that [`kind`] gives.
pub static MEDIA_TYPE: Table = Table { name: "media_type" };

fields! {
    FORM_KEY = Field::text("urlencoded-form.key", "key").many(),
    FORM_VALUE = Field::text("urlencoded-form.value", "value").many(),
}

static TEXT_PROTOCOL: Protocol = content("data-text-lines", "Text", "text in lines", &[]);
static MEDIA_PROTOCOL: Protocol =
    content("media", "Media", "content of a media type without a dissector", &[]);
static FORM_PROTOCOL: Protocol =
    content("urlencoded-form", "Form", "form data (WHATWG URL section 5)", FIELDS);
static XML_PROTOCOL: Protocol = content("xml", "XML", "Extensible Markup Language, not taken apart", &[]);
static JSON_PROTOCOL: Protocol = content("json", "JSON", "JavaScript Object Notation, not taken apart", &[]);
static GIF_PROTOCOL: Protocol = content("image-gif", "GIF", "GIF image, not taken apart", &[]);
static PNG_PROTOCOL: Protocol = content("png", "PNG", "PNG image, not taken apart", &[]);
static JPEG_PROTOCOL: Protocol = content("image-jfif", "JPEG", "JPEG image, not taken apart", &[]);

const fn content(
    name: &'static str,
    title: &'static str,
    about: &'static str,
    fields: &'static [&'static Field],
) -> Protocol {
    Protocol { name, title, about, fields, via: None }
}

/// Content without a type that says anything: nobody answers to it.
pub const UNKNOWN: u32 = 0;
const TEXT_KIND: u32 = 1;
const MEDIA_KIND: u32 = 2;
const FORM_KIND: u32 = 3;
const XML_KIND: u32 = 4;
const JSON_KIND: u32 = 5;
const GIF_KIND: u32 = 6;
const PNG_KIND: u32 = 7;
const JPEG_KIND: u32 = 8;
/// A message of the Domain Name System (RFC 8484 section 6), as over UDP.
pub const DNS_KIND: u32 = 9;

/// Media types that are known by name, lower case, ascending.
const TYPES: &[(&str, u32)] = &[
    ("application/atom+xml", XML_KIND),
    ("application/dns-message", DNS_KIND),
    ("application/json", JSON_KIND),
    ("application/json-rpc", JSON_KIND),
    ("application/jsonrequest", JSON_KIND),
    ("application/octet-stream", UNKNOWN),
    ("application/rdf+xml", XML_KIND),
    ("application/rss+xml", XML_KIND),
    ("application/soap+xml", XML_KIND),
    ("application/x-javascript", TEXT_KIND),
    ("application/x-ns-proxy-autoconfig", TEXT_KIND),
    ("application/x-www-form-urlencoded", FORM_KIND),
    ("application/xml", XML_KIND),
    ("image/svg+xml", XML_KIND),
    ("text/css", TEXT_KIND),
    ("text/html", TEXT_KIND),
    ("text/javascript", TEXT_KIND),
    ("text/plain", TEXT_KIND),
    ("text/xml", XML_KIND),
];

/// First bytes by which images are known whatever their type says.
const SIGNATURES: &[(&[u8], u32)] = &[
    (b"GIF87a", GIF_KIND),
    (b"GIF89a", GIF_KIND),
    (b"\x89PNG\r\n\x1a\n", PNG_KIND),
    (b"\xff\xd8\xff", JPEG_KIND),
];

/// The kind of `content` with the media type `name`, given without its parameters: a value in [`MEDIA_TYPE`].
#[must_use]
pub fn kind(name: Option<&[u8]>, content: &[u8]) -> u32 {
    let known = name.and_then(|name| {
        let lower = || name.iter().map(u8::to_ascii_lowercase);
        let at = TYPES.binary_search_by(|row| row.0.bytes().cmp(lower())).ok()?;
        TYPES.get(at).map(|row| row.1)
    });
    known.unwrap_or_else(|| {
        let image = SIGNATURES.iter().find(|row| content.starts_with(row.0));
        match (image, name) {
            (Some(row), _) => row.1,
            (None, Some(_)) => MEDIA_KIND,
            (None, None) => UNKNOWN,
        }
    })
}

/// Adds to the Info column of a message what its content `layer` is; `name` is the media type as sent.
///
/// # Errors
/// Only those of `out`.
pub fn describe(layer: &Layer<'_>, name: &str, out: &mut dyn fmt::Write) -> fmt::Result {
    let name = name.to_ascii_lowercase();
    match layer.protocol().name {
        "data-text-lines" | "media" | "urlencoded-form" => write!(out, " ({name})"),
        "json" => write!(out, ", JavaScript Object Notation ({name})"),
        "image-gif" => match layer.data().get(..6).and_then(|magic| core::str::from_utf8(magic).ok()) {
            Some(magic) => write!(out, " ({magic})"),
            None => Ok(()),
        },
        "png" => out.write_str(" (PNG)"),
        "image-jfif" => out.write_str(" (JPEG JFIF image)"),
        _ => Ok(()),
    }
}

/// Content of one kind.
#[derive(Debug)]
pub struct Content {
    protocol: &'static Protocol,
    keys: &'static [Key],
}

/// Text in lines.
pub static TEXT_LINES: Content =
    Content { protocol: &TEXT_PROTOCOL, keys: &[Key::new(&MEDIA_TYPE, TEXT_KIND)] };
/// Content of any other type.
pub static MEDIA: Content = Content { protocol: &MEDIA_PROTOCOL, keys: &[Key::new(&MEDIA_TYPE, MEDIA_KIND)] };
/// Form data.
pub static FORM: Content = Content { protocol: &FORM_PROTOCOL, keys: &[Key::new(&MEDIA_TYPE, FORM_KIND)] };
/// XML.
pub static XML: Content = Content { protocol: &XML_PROTOCOL, keys: &[Key::new(&MEDIA_TYPE, XML_KIND)] };
/// JSON.
pub static JSON: Content = Content { protocol: &JSON_PROTOCOL, keys: &[Key::new(&MEDIA_TYPE, JSON_KIND)] };
/// GIF images.
pub static GIF: Content = Content { protocol: &GIF_PROTOCOL, keys: &[Key::new(&MEDIA_TYPE, GIF_KIND)] };
/// PNG images.
pub static PNG: Content = Content { protocol: &PNG_PROTOCOL, keys: &[Key::new(&MEDIA_TYPE, PNG_KIND)] };
/// JPEG images.
pub static JPEG: Content = Content { protocol: &JPEG_PROTOCOL, keys: &[Key::new(&MEDIA_TYPE, JPEG_KIND)] };

impl Dissector for Content {
    fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    fn keys(&self) -> &'static [Key] {
        self.keys
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        Ok(Parsed::end(data.len()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        if core::ptr::eq(self.protocol, &FORM_PROTOCOL) {
            form(walk)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} bytes", layer.data().len())
    }

    fn is_content(&self, _slot: Slot) -> bool {
        true
    }
}

/// `key=value&key=value`, percent-encoded.
fn form(walk: &mut Walk<'_, '_>) -> Option<()> {
    let data = walk.data();
    let mut at = 0_usize;
    for pair in data.split(|&byte| byte == b'&') {
        let mark = pair.iter().position(|&byte| byte == b'=');
        let key = up_to(pair, 0, mark.unwrap_or(pair.len()));
        if !pair.is_empty() {
            let value = pair.get(key.len().saturating_add(1)..).unwrap_or_default();
            let end = at.saturating_add(pair.len());
            let mid = at.saturating_add(key.len());
            part(walk, &FORM_KEY, at..mid, key)?;
            // A key alone has no `=` behind it.
            part(walk, &FORM_VALUE, mid.saturating_add(1).min(end)..end, value)?;
        }
        at = at.saturating_add(pair.len()).saturating_add(1);
    }
    Some(())
}

fn part(walk: &mut Walk<'_, '_>, field: &'static Field, at: Range<usize>, text: &[u8]) -> Option<()> {
    walk.emit(field, at, Value::Text(&percent_decode(text)))
}

/// Text with `%41` for `A` and `+` for a blank; what is no such code stays as it is.
fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (*first, tail) {
            (b'+', _) => plain.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    plain.push(high << 4 | low);
                    rest = after;
                }
                _ => plain.push(b'%'),
            },
            (byte, _) => plain.push(byte),
        }
    }
    plain
}
