//! One packet through the whole stack, of every link type that is read.

use std::sync::OnceLock;

use netdissect::limits::Limits;
use netdissect::pipeline::{Keep, Pipeline};
use netdissect_dissectors::frame::{Frame, LinkType, Timestamp};

use super::choices::Choices;
use super::show::Viewer;
use super::{registry, stack};

/// Link types that are read.
pub(crate) fn links() -> &'static [u32] {
    static LINKS: OnceLock<Vec<u32>> = OnceLock::new();
    // Numbers of link types have 16 bits in files.
    LINKS.get_or_init(|| (0..=u32::from(u16::MAX)).filter(|&n| registry().knows_link(LinkType(n))).collect())
}

/// Input that shows these bytes as a frame.
#[must_use]
pub fn as_input(link: u32, frame: &[u8]) -> Vec<u8> {
    let link = u16::try_from(link).unwrap_or_default();
    [&link.to_be_bytes()[..], &[0], frame].concat()
}

/// The number of a link type; 0, or layers are planned; the frame, or the plan.
pub fn link(input: &[u8]) {
    let mut plan = Choices::new(input);
    let number = u32::from(plan.word());
    let link = match links().contains(&number) {
        true => number,
        false => links()[number as usize % links().len()],
    };
    let planned = plan.byte() & 1 == 1;
    let bytes = if planned { stack::frame(link, &mut plan) } else { plan.rest().to_vec() };
    let keep = Keep { rows: true, contents: true, community_id: true, ..Keep::default() };
    let mut pipeline = Pipeline::new(registry().clone(), Limits::default(), keep);
    let mut viewer = Viewer::default();
    // Once whole, once as a snap length leaves it; the second is another packet of the same conversations.
    for (number, len) in [(1, bytes.len()), (2, bytes.len() / 2)] {
        let frame = Frame {
            number,
            time: Timestamp::new(1_700_000_000, number * 1_000),
            link: LinkType(link),
            wire_len: bytes.len() as u32,
            data: &bytes[..len],
            origin: None,
        };
        let _ = pipeline.frame(&frame, &mut viewer).unwrap();
    }
    pipeline.finish(&mut viewer).unwrap();
    assert_eq!(viewer.packets, 2);
}
