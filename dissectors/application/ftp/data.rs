//! Data connections of FTP (RFC 959 section 3.2), which the control connection announces.

use alloc::vec::Vec;
use core::fmt;

use crate::application::media;
use crate::bytes::up_to;
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Table};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value};
use crate::frame::Timestamp;
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::walk::Walk;

fields! {
    SETUP_FRAME = Field::frame("ftp-data.setup-frame", "announced in"),
    SETUP_METHOD = Field::text("ftp-data.setup-method", "announced by"),
    COMMAND = Field::text("ftp-data.command", "command").key(),
    COMMAND_FRAME = Field::frame("ftp-data.command-frame", "command in"),
    DIRECTORY = Field::text("ftp-data.current-working-directory", "current directory"),
}

static PROTOCOL: Protocol = Protocol {
    name: "ftp-data",
    title: "FTP-DATA",
    about: "data of FTP (RFC 959 section 3.2)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&TCP_PORT, 20)];
static CARRIES: &[&Table] = &[&media::MEDIA_TYPE];

/// So many bytes decide whether data are text.
const LOOK: usize = 10;

/// How a data connection was announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Method {
    #[default]
    Port,
    Pasv,
    Eprt,
    Epsv,
}

impl Method {
    /// With the command, and what Wireshark calls it.
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Port, "PORT", "PORT"),
        (Self::Pasv, "PASV", "PASV"),
        (Self::Eprt, "EPRT", "EPRT"),
        (Self::Epsv, "EPSV", "EPASV"),
    ];
}

/// What the control connection tells of a data connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Transfer {
    /// Frame of the announcement; 0 if there was none.
    pub(super) setup: u64,
    pub(super) method: Method,
    /// The command, and its frame and time.
    pub(super) command: Vec<u8>,
    pub(super) commanded: Option<(u64, Timestamp)>,
    pub(super) directory: Vec<u8>,
}

impl Memory for Transfer {
    fn heap(&self) -> usize {
        self.command.capacity().saturating_add(self.directory.capacity())
    }
}

/// Whether data follow this command.
pub(super) fn is_transfer(command: &[u8]) -> bool {
    [&b"RETR"[..], b"STOR", b"STOU", b"APPE", b"LIST", b"NLST", b"MLSD"].contains(&command)
}

/// A data connection.
#[derive(Debug)]
pub struct FtpData;

impl Dissector for FtpData {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        if data.is_empty() {
            return Ok(Parsed::end(0).bare());
        }
        let known = cx.state::<Transfer>().filter(|transfer| transfer.setup > 0);
        let mut memo = 0;
        if let Some(transfer) = known {
            memo = (transfer.method as u32).saturating_add(1);
            let (setup, commanded) = (transfer.setup, transfer.commanded);
            let texts = [transfer.command.clone(), transfer.directory.clone()];
            cx.link(Link::Announced(setup));
            if let Some((frame, time)) = commanded {
                cx.link(Link::Request { frame, time });
            }
            // The command first, perhaps empty, then the directory.
            for text in texts {
                if let Some(source) = cx.derive(text) {
                    cx.link(Link::Source(source));
                }
            }
        }
        let is_text =
            up_to(data, 0, LOOK).iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'));
        let next = match is_text {
            true => Next::Table { nth: 0, value: media::kind(Some(b"text/plain"), data) },
            false => Next::End,
        };
        Ok(Parsed::new(0, data.len(), next).memo(memo))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let mut texts = [&COMMAND, &DIRECTORY].into_iter();
        let method = walk.memo().checked_sub(1).and_then(|nth| Method::ALL.get(usize::try_from(nth).ok()?));
        for link in walk.links() {
            match link {
                Link::Announced(frame) => {
                    walk.uint(&SETUP_FRAME, 0..0, frame)?;
                    if let Some((_, _, name)) = method {
                        walk.emit(&SETUP_METHOD, 0..0, Value::Text(name.as_bytes()))?;
                    }
                }
                Link::Request { frame, .. } => walk.uint(&COMMAND_FRAME, 0..0, frame)?,
                Link::Source(source) => {
                    let text = walk.layer().source(source);
                    if let Some(field) = texts.next()
                        && !text.is_empty()
                    {
                        walk.emit(field, 0..0, Value::Text(text))?;
                    }
                }
                _ => {}
            }
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "FTP Data: {} bytes", layer.data().len())?;
        match layer.slot.memo.checked_sub(1).and_then(|nth| Method::ALL.get(usize::try_from(nth).ok()?)) {
            Some((_, command, _)) => write!(out, " ({command})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Talk;

    #[test]
    fn bytes_are_text_or_not() {
        let mut talk = Talk::new("ftp-data");
        let seen = talk.datagram(0, b"-rw-r--r-- 1\r\n");
        assert_eq!(seen.protocols, "ftp-data:data-text-lines");
        let seen = talk.datagram(0, b"\x89PNG");
        assert_eq!((seen.protocols.as_str(), seen.info.as_str()), ("ftp-data", "FTP Data: 4 bytes"));
        talk.survives(b"\x89PNG");
    }
}
