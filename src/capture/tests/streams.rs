//! Section 3.C of docs/faults.md: reads of any size, pipes, compression, files that change.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::chain::Chain;
use super::fixtures::*;
use super::*;

/// A path in the system's folder for temporary files that no other test uses.
fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("netdissect-{}-{name}", std::process::id()))
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new()
        .content_checksum(true)
        .block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn c01_small_reads_equal_whole_reads() {
    let files = [three(), ng(&[packet(0), packet(0), block(E::Little, 0x77, &[0; 40]), packet(0)])];
    for bytes in &files {
        let whole = read(bytes);
        for at_once in [1, 2, 3, 7, 16, 100] {
            let small = read_from(trickle(bytes, at_once), Options::default());
            assert_eq!((small.frames, small.counters), (whole.frames.clone(), whole.counters));
        }
    }
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same(at_once in 1_usize..400, cut in 0_usize..400, ng_file: bool) {
        let mut bytes = if ng_file { ng(&[packet(0), packet(7), packet(0)]) } else { three() };
        bytes.truncate(bytes.len().saturating_sub(cut));
        for options in [Options::default(), PARTIAL, SALVAGE] {
            let small = read_from(trickle(&bytes, at_once), options);
            let whole = read_with(&bytes, options);
            prop_assert_eq!(&small.frames, &whole.frames);
            prop_assert_eq!(small.text(), whole.text());
        }
    }

    #[test]
    fn any_bytes_end(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), head in 0_u8..4) {
        let start = match head {
            0 => Vec::new(),
            1 => GH.bytes(),
            2 => section(E::Little),
            _ => ng(&[]),
        };
        bytes.splice(0..0, start);
        for options in [Options::default(), PARTIAL, SALVAGE] {
            read_with(&bytes, options);
        }
    }
}

/// A pipe says that it may wait before every read, and hands over each record once it is complete.
#[test]
#[cfg(unix)]
fn c02_c03_pipes() {
    use std::process::{Command, Stdio};
    let path = scratch("fifo");
    let _ = fs::remove_file(&path);
    let made = Command::new("mkfifo").arg(&path).stderr(Stdio::null()).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let mut bytes = three();
    bytes.extend(&record(3)[..40]);
    let (ask, answer) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn({
        let path = path.clone();
        move || {
            let mut pipe = OpenOptions::new().write(true).open(path).unwrap();
            pipe.write_all(&bytes[..24 + 87 + 30]).unwrap();
            // The first record has to come out while the second is incomplete.
            answer.recv().unwrap();
            pipe.write_all(&bytes[24 + 87 + 30..]).unwrap();
        }
    });
    let mut source = open(&path, Options::default()).unwrap();
    loop {
        match source.pull().unwrap() {
            Pull::Frame(frame) => break assert_eq!(frame.data, good()),
            Pull::Idle(_) | Pull::Aside(_) => {}
            Pull::End => panic!("ended early"),
        }
    }
    assert!(matches!(source.pull(), Ok(Pull::Idle(time)) if time.secs == i64::from(T0)));
    ask.send(()).unwrap();
    let outcome = drain(&mut source);
    writer.join().unwrap();
    let _ = fs::remove_file(&path);
    assert_eq!(outcome.frames.len(), 2);
    outcome.says("record 4 cut at byte 24 of 71");
}

#[test]
fn c04_compressed_files() {
    let plain = read(&three());
    for (bytes, format) in
        [(gz(&three()), "pcap, gzip"), (zstd(&three()), "pcap, zstd"), (lz4(&three()), "pcap, lz4")]
    {
        let outcome = read(&bytes);
        assert_eq!(outcome.frames, plain.frames);
        assert_eq!((outcome.exit(), outcome.format.as_str()), (0, format));
        let small = read_from(trickle(&bytes, 1), Options::default());
        assert_eq!(small.frames, plain.frames);
    }
}

/// Random payloads so that cut streams still hold most of the records.
fn noise(records: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let data = |state: &mut u32| -> Vec<u8> {
        (0..60)
            .map(|_| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (*state >> 24) as u8
            })
            .collect()
    };
    let records: Vec<_> =
        (0..records).map(|i| rec(E::Little, T0 + i, i, 60, 60, &data(&mut state))).collect();
    file(GH, &records)
}

#[test]
fn c05_compressed_stream_cut_anywhere() {
    let bytes = noise(4000);
    for (codec, packed) in [("gzip", gz(&bytes)), ("zstd", zstd(&bytes)), ("lz4", lz4(&bytes))] {
        for percent in [1, 30, 50, 90] {
            let outcome = read(&packed[..packed.len() * percent / 100]);
            outcome.says("compressed stream cut").says(codec);
            assert_eq!(outcome.exit(), 3);
            // Incompressible data: about as much comes out as went in, but for the last block of the codec.
            let least = (4000 * percent / 100).saturating_sub(2200);
            assert!(outcome.frames.len() >= least, "{codec} at {percent} %: {}", outcome.frames.len());
        }
        for n in [1, 4, 8, 10, 12].map(|n| packed.len() - n) {
            assert_eq!(read(&packed[..n]).exit(), 3, "{codec} cut at {n}");
        }
        for n in 5..30 {
            assert_eq!(read(&packed[..n]).exit(), 3, "{codec} cut at {n}");
        }
    }
}

#[test]
fn c06_checksums() {
    let bytes = noise(10);
    let mut packed = gz(&bytes);
    let at = packed.len() - 6;
    packed[at] ^= 1;
    read(&packed).expect(3, 10).says("checksum mismatch");
    let mut packed = lz4(&bytes);
    let at = packed.len() - 1;
    packed[at] ^= 1;
    read(&packed).expect(3, 10).says("checksum mismatch");
    let mut packed = zstd(&bytes);
    let at = packed.len() - 1;
    packed[at] ^= 1;
    read(&packed).expect(3, 10).says("checksum mismatch");
}

/// Everything in front of the fault is shown, in whatever pieces it is read.
#[test]
fn c06_damage_in_the_middle() {
    let bytes = noise(4000);
    let mut packed = gz(&bytes);
    let half = packed.len() / 2;
    for fault in [0xff, 0x00] {
        packed[half..].fill(fault);
        let whole = read(&packed);
        assert_eq!(whole.exit(), 3);
        assert!(whole.frames.len() >= 1_980, "{}", whole.frames.len());
        for at_once in [1, 1_000, 70_000] {
            let small = read_from(trickle(&packed, at_once), Options::default());
            assert_eq!((small.exit(), small.frames), (3, whole.frames.clone()));
        }
    }
}

#[test]
fn gzip_headers_with_everything() {
    let (bytes, plain) = (three(), gz(&three()));
    let header =
        [&[0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3][..], &[2, 0, 7, 7], b"name\0a comment\0", &[9, 9]].concat();
    let whole = [&header, &plain[10..]].concat();
    assert_eq!(read(&whole).frames, read(&bytes).frames);
    for cut in 11..header.len() {
        assert_eq!(read(&whole[..cut]).exit(), 3, "cut at {cut}");
    }
    let reserved = [&[0x1f, 0x8b, 8, 0x20][..], &plain[4..]].concat();
    read(&reserved).says("the data do not decode");
}

#[test]
fn c07_members_and_layers() {
    let bytes = three();
    for pack in [gz, zstd, lz4] {
        read(&[pack(&bytes[..100]), pack(&bytes[100..])].concat()).expect(0, 3);
        read(&[pack(&bytes), vec![0; 512]].concat()).expect(0, 3);
        read(&[pack(&bytes), b"junk that follows".to_vec()].concat()).expect(3, 3).says("other bytes follow");
        read(&pack(&pack(&bytes))).expect(1, 0).says("second layer");
    }
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(&bytes)].concat();
    read(&skippable).expect(0, 3);
}

#[test]
fn c08_bomb_ends_at_the_record_limit() {
    let head = file(GH, &[record(0), rec(E::Little, T0, 0, u32::MAX, u32::MAX, &[])]);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&head).unwrap();
    for _ in 0..100 {
        encoder.write_all(&vec![0; 1 << 20]).unwrap();
    }
    read(&encoder.finish().unwrap()).expect(3, 1).says("at least").says("bytes unread");
}

#[test]
fn c09_zstd_window() {
    // Window descriptor 0xa8: 2^(10 + 21) bytes.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00];
    read(&frame).expect(1, 0).says("above the limit of 128 MiB");
}

#[test]
fn c10_growing_file() {
    let path = scratch("growing");
    fs::write(&path, &three()[..24 + 87 + 40]).unwrap();
    let mut source = open(&path, Options::default()).unwrap();
    assert!(matches!(source.pull(), Ok(Pull::Frame(_))));
    OpenOptions::new().append(true).open(&path).unwrap().write_all(&[0; 5]).unwrap();
    let outcome = drain(&mut source);
    let _ = fs::remove_file(&path);
    outcome.says("record 2 cut at byte").says("(still growing?)");
}

#[test]
fn c11_follow() {
    let path = scratch("follow");
    let bytes = three();
    fs::write(&path, &bytes[..24 + 87 + 40]).unwrap();
    let follow = Options { follow: true, ..Options::default() };
    let mut source = open(&path, follow).unwrap();
    assert!(matches!(source.pull(), Ok(Pull::Frame(f)) if f.number == 1));
    assert!(matches!(source.pull(), Ok(Pull::Idle(_))));
    let mut writer = OpenOptions::new().append(true).open(&path).unwrap();
    writer.write_all(&bytes[24 + 87 + 40..]).unwrap();
    assert!(matches!(source.pull(), Ok(Pull::Frame(f)) if f.number == 2));
    assert!(matches!(source.pull(), Ok(Pull::Frame(f)) if f.number == 3));
    assert!(matches!(source.pull(), Ok(Pull::Idle(_))));
    File::create(&path).unwrap().write_all(&bytes[..30]).unwrap();
    let outcome = drain(&mut source);
    assert_eq!(outcome.exit(), 3);
    outcome.says("truncated while it was followed");

    fs::write(&path, &bytes).unwrap();
    let mut source = open(&path, follow).unwrap();
    let other = scratch("follow-other");
    fs::write(&other, &bytes).unwrap();
    fs::rename(&other, &path).unwrap();
    let outcome = drain(&mut source);
    let _ = fs::remove_file(&path);
    outcome.expect(3, 3).says("replaced while it was followed");
}

#[test]
#[cfg(unix)]
fn c12_what_is_no_file() {
    for path in ["/", "/dev/zero", "/dev/urandom", "/dev/null"] {
        let error = open(std::path::Path::new(path), Options::default()).err().unwrap();
        assert_eq!(error.exit_code(), 1, "{path}: {error}");
    }
    let missing = open(std::path::Path::new("/nowhere/at all"), Options::default()).err().unwrap();
    assert_eq!(missing.exit_code(), 1);
}

#[test]
fn chain_numbers_run_on_and_damage_is_told_per_file() {
    let paths: Vec<_> = ["one", "two", "three"].map(scratch).into();
    fs::write(&paths[0], three()).unwrap();
    fs::write(&paths[1], &three()[..150]).unwrap();
    fs::write(&paths[2], gz(&ng(&[packet(0), packet(0)]))).unwrap();
    let mut chain = Chain::new(paths.clone(), Options::default());
    let outcome = drain(&mut chain);
    assert_eq!(outcome.frames.iter().map(|f| f.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    outcome.expect(3, 6).says("record 2 cut at byte 23 of 71");
    assert_eq!(outcome.counters.records, 6);
    let position = chain.position().unwrap();
    assert_eq!(Some(position.read), position.total);
    for path in &paths {
        let _ = fs::remove_file(path);
    }
    let mut missing = Chain::new([scratch("missing"), scratch("missing too")], Options::default());
    assert_eq!(drain(&mut missing).errors.len(), 2);
}

#[test]
#[cfg(feature = "live")]
fn capture_filters_on_files() {
    let mut filter = CaptureFilter::new("udp port 53", Tags::Strict).unwrap();
    let mut other = CaptureFilter::new("tcp", Tags::Strict).unwrap();
    let mut source = FileSource::from_reader(trickle(&three(), 999), "test", Options::default()).unwrap();
    let Ok(Pull::Frame(frame)) = source.pull() else { panic!("no frame") };
    assert!(filter.accepts(&frame).unwrap());
    assert!(!other.accepts(&frame).unwrap());
    assert_eq!((filter.passed(), other.passed()), (1, 0));
    for bad in ["udp prot 53", "a\0b", "inbound"] {
        let error = CaptureFilter::new(bad, Tags::Through).unwrap().accepts(&frame).err().unwrap();
        assert_eq!(error.exit_code(), 2, "{error}");
    }
    // Row K13.
    assert_eq!(CaptureFilter::new(&"udp or ".repeat(10_000), Tags::Through).err().unwrap().exit_code(), 2);
}
