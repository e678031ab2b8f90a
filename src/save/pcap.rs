//! The classic format: one link type, one resolution of time, no comments.

use std::io;

use netdissect_dissectors::frame::{Frame, LinkType};
use pcap_file::pcap::PcapHeader;
use pcap_file::{DataLink, Endianness, TsResolution};

use super::loss::{Loss, Losses};
use super::{RecordFile, Unfit, pcapng};
use crate::capture::block::{self, Interface, Order};
use crate::capture::{Aside, LINK_UNKNOWN};

/// The snap length of a file whose source had none, in bytes, as libpcap writes it.
const FULL_SNAPLEN: u32 = 262_144;

/// A year, in seconds: a record so far from the one before is believed only if all else in it can be (`src/capture/pcap.rs`).
const FAR: u32 = 366 * 86_400;

/// The writer of a classic file. Its header waits for the first packet, to know what the source says until then.
#[derive(Debug, Default)]
pub(super) struct Classic {
    /// What sources told of themselves; `None` before they told anything.
    told: Option<Told>,
    /// The header is written.
    header: Option<Header>,
    order: Option<Order>,
    /// Seconds of the record before.
    last: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    link: LinkType,
    /// Another link type that was told as well.
    other: Option<LinkType>,
    snaplen: u32,
    digits: u8,
}

#[derive(Clone, Copy, Debug)]
struct Header {
    link: LinkType,
    /// Times are in nanoseconds, otherwise in microseconds.
    is_fine: bool,
}

impl Classic {
    pub(super) fn aside(&mut self, aside: &Aside<'_>, losses: &mut Losses) {
        match aside {
            Aside::Point(point) => self.note(point.link, point.snaplen, point.digits),
            Aside::Block(bytes) => self.block(bytes, losses),
            // The classic format has no place for it, and the summary says it.
            Aside::Tally(_) => {}
        }
    }

    fn block(&mut self, bytes: &[u8], losses: &mut Losses) {
        let Some(parts) = pcapng::Parts::of(bytes, &mut self.order) else { return };
        if block::has_comment(parts.options, parts.order) {
            losses.add(Loss::Comment);
        }
        if parts.kind == pcapng::SECRETS {
            losses.add(Loss::Secrets);
        }
        if parts.kind == pcapng::INTERFACE
            && let Some((interface, _)) = Interface::parse(parts.body, parts.order, 0)
        {
            let snaplen = Some(interface.snaplen).filter(|&snaplen| snaplen != u32::MAX);
            self.note(interface.link, snaplen, interface.digits());
        }
    }

    /// Takes note of a capture point.
    fn note(&mut self, link: LinkType, snaplen: Option<u32>, digits: u8) {
        let snaplen = snaplen.unwrap_or(FULL_SNAPLEN);
        let told = self.told.get_or_insert(Told { link, other: None, snaplen, digits });
        if told.link != link {
            told.other = Some(link);
        }
        told.snaplen = told.snaplen.max(snaplen);
        told.digits = told.digits.max(digits);
    }

    /// Writes the header, unless it is there, for packets of this link type.
    fn begin(&mut self, link: LinkType, file: &mut RecordFile) -> io::Result<Result<Header, Unfit>> {
        if let Some(header) = self.header {
            return Ok(Ok(header));
        }
        let told = self.told.unwrap_or(Told { link, other: None, snaplen: FULL_SNAPLEN, digits: 6 });
        if let Some(other) = told.other {
            return Ok(Err(mixed(told.link, other)));
        }
        let header = Header { link, is_fine: told.digits > 6 };
        let form = PcapHeader {
            snaplen: told.snaplen,
            datalink: DataLink::from(link.0),
            ts_resolution: if header.is_fine { TsResolution::NanoSecond } else { TsResolution::MicroSecond },
            endianness: Endianness::Little,
            ..PcapHeader::default()
        };
        let mut formed = Ok(0);
        file.record(false, |out| formed = form.write_to(out))?;
        self.header = Some(header);
        Ok(formed.map(|_| header).map_err(|why| why.to_string()))
    }

    pub(super) fn frame(
        &mut self,
        frame: &Frame<'_>,
        file: &mut RecordFile,
        losses: &mut Losses,
    ) -> io::Result<Result<(), Unfit>> {
        if frame.link == LINK_UNKNOWN {
            losses.add(Loss::Homeless);
            return Ok(Ok(()));
        }
        let header = match self.begin(frame.link, file)? {
            Ok(header) => header,
            Err(why) => return Ok(Err(why)),
        };
        if header.link != frame.link {
            return Ok(Err(format!("frame {}: {}", frame.number, mixed(header.link, frame.link))));
        }
        if let Some(origin) = &frame.origin {
            origin.comments.into_iter().for_each(|_| losses.add(Loss::Comment));
        }
        let nanos = frame.time.nanos;
        let (secs, fraction) = match u32::try_from(frame.time.secs) {
            Ok(secs) if header.is_fine => (secs, nanos),
            Ok(secs) => {
                if !nanos.is_multiple_of(1_000) {
                    losses.add(Loss::FineTime);
                }
                (secs, nanos / 1_000)
            }
            Err(_) => {
                losses.add(Loss::NoTime);
                (0, 0)
            }
        };
        let captured = u32::try_from(frame.data.len()).unwrap_or(u32::MAX);
        let is_far = self.last.is_some_and(|last| last.abs_diff(secs) > FAR);
        self.last = Some(secs);
        let cannot_be = frame.wire_len < captured || frame.wire_len > FULL_SNAPLEN.max(captured);
        if is_far && cannot_be {
            losses.add(Loss::Length);
        }
        let wire = if is_far && cannot_be { captured } else { frame.wire_len };
        file.record(true, |out| {
            for word in [secs, fraction, captured, wire] {
                out.extend(word.to_le_bytes());
            }
            out.extend(frame.data);
        })?;
        Ok(Ok(()))
    }

    /// A capture without packets has a header all the same, if there was a capture at all.
    pub(super) fn finish(&mut self, file: &mut RecordFile) -> io::Result<Result<(), Unfit>> {
        let link = match (self.told, self.order) {
            (Some(told), _) => told.link,
            (None, Some(_)) => LinkType::ETHERNET,
            (None, None) => return Ok(Ok(())),
        };
        Ok(self.begin(link, file)?.map(|_| ()))
    }
}

fn mixed(one: LinkType, other: LinkType) -> String {
    format!("classic pcap holds one link type, not {one} and {other}: write .pcapng")
}
