//! Display filters choose the frames that tshark chooses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::common::run;

/// Prints for each filter the frames that it chooses, and of every frame its protocols: one run for all filters.
const TAPS: &str = r#"
local protocols = Field.new("frame.protocols")
local all = Listener.new("frame")
all.packet = function(info) print("0\t" .. info.number .. "\t" .. tostring(protocols() or "")) end
local number = 0
for filter in io.lines(os.getenv("NETDISSECT_FILTERS")) do
    number = number + 1
    local mine = number
    local known, tap = pcall(Listener.new, "frame", filter)
    if known then
        print(mine .. "\t0\t")
        tap.packet = function(info) print(mine .. "\t" .. info.number .. "\t") end
    end
end
"#;

/// What one tshark run says: protocols of each frame, and the frames of each filter that it knows.
struct Told {
    protocols: BTreeMap<u64, String>,
    chosen: BTreeMap<usize, BTreeSet<u64>>,
}

fn ask(capture: &Path, script: &Path, filters: &Path) -> Told {
    let mut command = Command::new("tshark");
    command.env("TZ", "UTC").env("LC_ALL", "C.UTF-8").env("NETDISSECT_FILTERS", filters);
    command.args(["-n", "-q", "-r"]).arg(capture).arg("-X").arg(format!("lua_script:{}", script.display()));
    for protocol in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    let out = command.output().unwrap().stdout;
    let mut told = Told { protocols: BTreeMap::new(), chosen: BTreeMap::new() };
    for line in String::from_utf8_lossy(&out).lines() {
        let [filter, frame, protocols] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
        let (Ok(filter), Ok(frame)) = (filter.parse::<usize>(), frame.parse()) else { continue };
        match (filter, frame) {
            (0, _) => drop(told.protocols.insert(frame, protocols.to_owned())),
            (_, 0) => drop(told.chosen.entry(filter).or_default()),
            _ => drop(told.chosen.entry(filter).or_default().insert(frame)),
        }
    }
    told
}

/// Frames that `filter` chooses here, with their protocols.
fn chosen(capture: &Path, filter: &str) -> BTreeMap<u64, String> {
    let capture = capture.to_str().unwrap();
    let ran =
        run(["read", capture, "-Q", "-Y", filter, "-T", "fields", "-e", "frame.number,frame.protocols"]);
    assert!(matches!(ran.code, Some(0 | 1 | 3)), "{capture}: {filter}: {}", ran.err());
    let out = ran.out();
    let rows = out.lines().filter_map(|line| line.split_once('\t'));
    rows.map(|(number, protocols)| (number.parse().unwrap(), protocols.to_owned())).collect()
}

/// Differences that are decisions: filter, end of the capture's path, reason.
fn is_decided(filter: &str, capture: &Path) -> bool {
    super::lines(include_str!("differences.txt")).iter().any(|line| {
        let [mine, end, reason] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(reason.len() > 10, "{line}");
        mine == filter && capture.to_string_lossy().ends_with(end)
    })
}

#[test]
fn tshark_chooses_the_same_frames() {
    if !super::is_here("tshark") {
        return;
    }
    let filters = super::lines(include_str!("display_filters.txt"));
    assert!(filters.len() >= 60);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (script, list) = (folder.join("peers.lua"), folder.join("peers_filters.txt"));
    std::fs::write(&script, TAPS).unwrap();
    std::fs::write(&list, filters.join("\n")).unwrap();
    let (compared, different) = super::on_all(|capture| {
        let told = ask(capture, &script, &list);
        // Frames that hold a protocol which only one of the two knows cannot be compared.
        let ours = chosen(capture, "frame");
        let alike: BTreeSet<u64> = ours
            .iter()
            .filter(|(number, names)| told.protocols.get(number) == Some(names))
            .map(|row| *row.0)
            .collect();
        let (mut compared, mut different) = (0, Vec::new());
        if alike.is_empty() {
            return (compared, different);
        }
        for (nth, filter) in filters.iter().enumerate() {
            let Some(theirs) = told.chosen.get(&(nth + 1)) else { continue };
            let ours: BTreeSet<u64> = chosen(capture, filter).into_keys().collect();
            let differing: Vec<u64> =
                theirs.symmetric_difference(&ours).filter(|number| alike.contains(number)).copied().collect();
            compared += 1;
            if !differing.is_empty() && !is_decided(filter, capture) {
                different.push(format!("{}\t{filter}\t{differing:?}", capture.display()));
            }
        }
        (compared, different)
    });
    super::say(&format!("{compared} choices of tshark compared"));
    assert!(compared > 500, "only {compared} compared: does this tshark run Lua?");
    assert!(
        different.is_empty(),
        "{compared} compared, {} differ:\n{}",
        different.len(),
        different.join("\n")
    );
}
