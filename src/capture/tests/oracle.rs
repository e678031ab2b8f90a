//! On sound files this reader and the crate `pcap-file` agree, whatever it wrote.

use std::borrow::Cow;
use std::io::Cursor;
use std::time::Duration;

use ::pcap_file::pcap::{PcapHeader, PcapPacket, PcapReader, PcapWriter};
use ::pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use ::pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use ::pcap_file::pcapng::{Block, PcapNgBlock, PcapNgReader, PcapNgWriter};
use ::pcap_file::{DataLink, Endianness, TsResolution};
use proptest::prelude::*;

use super::*;

/// Seconds, nanoseconds, bytes, bytes not captured.
type Plan = Vec<(u32, u32, Vec<u8>, u32)>;

fn plan() -> impl Strategy<Value = Plan> {
    let data = proptest::collection::vec(any::<u8>(), 0..200);
    proptest::collection::vec((any::<u32>(), 0_u32..1_000_000_000, data, 0_u32..2000), 0..20)
}

fn wire(packet: &(u32, u32, Vec<u8>, u32)) -> u32 {
    packet.2.len() as u32 + packet.3
}

proptest! {
    #[test]
    fn classic_files(plan in plan(), big: bool, nanoseconds: bool, link in prop_oneof![Just(0_u32), Just(1), Just(113), Just(276)]) {
        let header = PcapHeader {
            endianness: if big { Endianness::Big } else { Endianness::Little },
            ts_resolution: if nanoseconds { TsResolution::NanoSecond } else { TsResolution::MicroSecond },
            datalink: DataLink::from(link),
            ..PcapHeader::default()
        };
        let mut writer = PcapWriter::with_header(Vec::new(), header).unwrap();
        for packet in &plan {
            let time = Duration::new(packet.0.into(), packet.1);
            writer.write_packet(&PcapPacket::new(time, wire(packet), &packet.2[..]).unwrap()).unwrap();
        }
        let bytes = writer.into_writer();
        let ours = read(&bytes);
        prop_assert_eq!(ours.exit(), 0);
        let mut theirs = PcapReader::new(Cursor::new(&bytes)).unwrap();
        for (i, frame) in ours.frames.iter().enumerate() {
            let raw = theirs.next_raw_packet().unwrap().unwrap();
            let nanos = if nanoseconds { raw.ts_frac } else { raw.ts_frac * 1000 };
            prop_assert_eq!(frame.time, Timestamp { secs: raw.ts_sec.into(), nanos });
            prop_assert_eq!((frame.wire_len, &frame.data[..]), (raw.orig_len, &raw.data[..]));
            prop_assert_eq!((frame.link, frame.number), (LinkType(link), i as u64 + 1));
        }
        prop_assert!(theirs.next_raw_packet().is_none());
    }

    #[test]
    fn pcapng_files(plan in plan(), big: bool, resolution in prop_oneof![Just(None), Just(Some(6)), Just(Some(9)), Just(Some(3))]) {
        let endianness = if big { Endianness::Big } else { Endianness::Little };
        let mut writer = PcapNgWriter::with_endianness(Vec::new(), endianness).unwrap();
        let mut options = vec![InterfaceDescriptionOption::IfName(Cow::Borrowed("eth0"))];
        options.extend(resolution.map(InterfaceDescriptionOption::IfTsResol));
        for linktype in [DataLink::ETHERNET, DataLink::LINUX_SLL] {
            let interface = InterfaceDescriptionBlock { linktype, snaplen: 0, options: options.clone() };
            writer.write_block(&interface.into_block()).unwrap();
        }
        let unit = 10_u32.pow(9 - u32::from(resolution.unwrap_or(6)));
        for packet in &plan {
            let block = EnhancedPacketBlock {
                interface_id: packet.0 % 2,
                timestamp: Duration::new(packet.0.into(), packet.1 / unit * unit),
                original_len: wire(packet),
                data: Cow::Borrowed(&packet.2),
                options: Vec::new(),
            };
            writer.write_block(&block.into_block()).unwrap();
        }
        let bytes = writer.into_inner();
        let ours = read(&bytes);
        prop_assert_eq!(ours.exit(), 0);
        let mut theirs = PcapNgReader::new(Cursor::new(&bytes)).unwrap();
        let mut frames = ours.frames.iter();
        while let Some(block) = theirs.next_block() {
            let Block::EnhancedPacket(packet) = block.unwrap() else { continue };
            let frame = frames.next().unwrap();
            let stamp = packet.timestamp;
            prop_assert_eq!(frame.time, Timestamp { secs: stamp.as_secs() as i64, nanos: stamp.subsec_nanos() });
            prop_assert_eq!((frame.wire_len, &frame.data[..]), (packet.original_len, &packet.data[..]));
            prop_assert_eq!(frame.link, [LinkType::ETHERNET, LinkType::LINUX_SLL][packet.interface_id as usize]);
            prop_assert_eq!(&frame.origin, &Some((1, packet.interface_id, Some(b"eth0".to_vec()))));
        }
        prop_assert!(frames.next().is_none());
    }
}
