//! `netdissect doctor`: whether this machine lets itself be captured on, and what would spoil what is captured.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{code, lists, sandbox};
use crate::capture::live::{self, Interface, LiveOptions};
use crate::privileges::{self, Needs};
use crate::render::style::{ColorChoice, Escaped, Role, Style};

/// Offloads that change what is captured, each with the letters by which `ethtool -K` switches it and what it does.
const OFFLOADS: [(&str, &str, Spoils); 7] = [
    ("generic-receive-offload", "gro", Spoils::Received),
    ("large-receive-offload", "lro", Spoils::Received),
    ("rx-gro-hw", "rx-gro-hw", Spoils::Received),
    ("tcp-segmentation-offload", "tso", Spoils::Sent),
    ("generic-segmentation-offload", "gso", Spoils::Sent),
    ("tx-checksumming", "tx", Spoils::Checksums),
    ("rx-vlan-offload", "rxvlan", Spoils::Tags),
];

/// What an offload does to a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoils {
    Received,
    Sent,
    Checksums,
    Tags,
}

impl Spoils {
    const ALL: [Self; 4] = [Self::Received, Self::Sent, Self::Checksums, Self::Tags];

    const fn words(self) -> &'static str {
        match self {
            Self::Received => "received segments are merged before they are captured",
            Self::Sent => "sent segments are captured before they are cut",
            Self::Checksums => {
                "sent packets are captured before their checksums are made (or use --ignore-checksums)"
            }
            Self::Tags => "VLAN tags are taken off received frames, and put back by libpcap",
        }
    }

    /// Whether packets look other than they were on the wire.
    const fn distorts(self) -> bool {
        !matches!(self, Self::Tags)
    }
}

/// `netdissect doctor`. Nothing is changed; the sandbox is tried on this process itself, last of all.
pub(super) fn doctor() -> anyhow::Result<u8> {
    let mut out = io::stdout().lock();
    let style = Style::detect(ColorChoice::Auto, out.is_terminal(), |name| std::env::var_os(name));
    let heading = |text: &str| style.paint(Role::Heading, text).to_string();
    let mut advice = Vec::new();

    writeln!(out, "{}", heading("Program"))?;
    sandbox::rows(&mut out, &program())?;

    writeln!(out, "\n{}", heading("Interfaces"))?;
    match live::interfaces() {
        Ok(interfaces) => {
            if interfaces.iter().any(lists::lacks_permission) {
                advice.push(format!("to capture as this user:\n      {}", lists::grant()));
            }
            for interface in &interfaces {
                lists::interface(&mut out, interface)?;
                offloads(&mut out, interface, &mut advice)?;
            }
        }
        Err(error) => writeln!(out, "  {error}")?,
    }

    writeln!(out, "\n{}", heading("Sandbox, as this kernel grants it"))?;
    match privileges::confine(&Needs::default()) {
        Ok(mut confinement) => {
            sandbox::rows(&mut out, &confinement.report())?;
            if let Some(what) = confinement.missing() {
                advice.push(format!("the sandbox is not complete ({what}); a newer kernel has it"));
            }
        }
        Err(refusal) => {
            writeln!(out, "  {refusal}")?;
            advice.push(String::from("capturing needs --no-sandbox here"));
        }
    }

    writeln!(out, "\n{}", heading("Advice"))?;
    for line in &advice {
        writeln!(out, "  - {line}")?;
    }
    if advice.is_empty() {
        writeln!(out, "  nothing to change")?;
    }
    out.flush()?;
    Ok(code::DONE)
}

/// What runs, with which rights and how much room.
fn program() -> Vec<(&'static str, String)> {
    const MIB: u64 = 1 << 20;
    let ring = u64::from(LiveOptions::default().ring) / MIB;
    let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let memory =
        memory.map(|kib| format!("; {} MiB of memory are available", kib / 1024)).unwrap_or_default();
    let held = privileges::held();
    vec![
        ("netdissect", env!("CARGO_PKG_VERSION").to_owned()),
        ("libpcap", libpcap()),
        (
            "capabilities",
            match held.len() {
                0 => String::from("none"),
                1..=8 => held.join(", "),
                many => format!("{many}, as an administrator has"),
            },
        ),
        ("ring", format!("{ring} MiB for each interface, -B changes it{memory}")),
    ]
}

/// Memory that a new process could have, in KiB, from /proc/meminfo.
fn available(meminfo: &str) -> Option<u64> {
    meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?
        .trim()
        .strip_suffix(" kB")?
        .parse()
        .ok()
}

/// The libpcap in this process, by the name of the file that it was loaded from.
fn libpcap() -> String {
    if !cfg!(feature = "live") {
        return String::from("not built in: files only");
    }
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let path =
        maps.lines().filter_map(|line| line.split_whitespace().last()).find(|path| path.contains("/libpcap"));
    match path {
        Some(path) => {
            let version = path.rsplit_once(".so.").map_or("", |(_, version)| version);
            let (version, path) = (Escaped::text(version.as_bytes()), Escaped::text(path.as_bytes()));
            format!("{version} ({path})")
        }
        None => String::from("linked in"),
    }
}

/// The offloads of an interface that change what is captured on it.
fn offloads(out: &mut dyn io::Write, interface: &Interface, advice: &mut Vec<String>) -> io::Result<()> {
    let name = &interface.name;
    // Packets of the loopback never come to a wire, and pseudo-devices have no hardware.
    let is_device = !name.contains('/') && Path::new("/sys/class/net").join(name).exists();
    if interface.loopback || !is_device {
        return Ok(());
    }
    let shown = Escaped::text(name.as_bytes());
    let Some(features) = ethtool(name) else {
        return writeln!(
            out,
            "      offloads: not known; ethtool -k {shown} lists them, where it is installed"
        );
    };
    let on = switched_on(&features);
    let names: Vec<&str> = on.iter().map(|(title, ..)| *title).collect();
    writeln!(
        out,
        "      offloads on: {}",
        if names.is_empty() { String::from("none") } else { names.join(", ") }
    )?;
    for spoils in Spoils::ALL.into_iter().filter(|spoils| interface.up && spoils.distorts()) {
        let letters: Vec<String> = on
            .iter()
            .filter(|(.., what, free)| *what == spoils && *free)
            .map(|(_, letters, ..)| format!("{letters} off"))
            .collect();
        if !letters.is_empty() {
            let command = format!("sudo ethtool -K {shown} {}", letters.join(" "));
            advice.push(format!("{shown}: {}; to see them as on the wire:\n      {command}", spoils.words()));
        }
    }
    Ok(())
}

/// What the tool of the system says of an interface.
fn ethtool(name: &str) -> Option<String> {
    let tool = ["/usr/sbin/ethtool", "/sbin/ethtool", "/usr/bin/ethtool"]
        .into_iter()
        .find(|t| Path::new(t).exists())?;
    let ran = Command::new(tool).args(["-k", name]).stdin(Stdio::null()).output().ok()?;
    ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// The offloads that are on, and whether they could be switched off.
fn switched_on(features: &str) -> Vec<(&'static str, &'static str, Spoils, bool)> {
    let state = |title: &str| features.lines().find_map(|l| l.trim().strip_prefix(title)?.strip_prefix(": "));
    OFFLOADS
        .iter()
        .filter_map(|&(title, letters, spoils)| {
            let state = state(title)?;
            state.starts_with("on").then_some((title, letters, spoils, !state.contains("[fixed]")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offloads_are_read_from_what_the_tool_prints() {
        let text = "Features for x:\nrx-checksumming: on\ntx-checksumming: on [fixed]\n\ttx-checksum-ipv4: off\n\
                    tcp-segmentation-offload: off\ngeneric-receive-offload: on\n";
        let on = switched_on(text);
        assert_eq!(
            on,
            [
                ("generic-receive-offload", "gro", Spoils::Received, true),
                ("tx-checksumming", "tx", Spoils::Checksums, false),
            ]
        );
    }

    #[test]
    fn memory_is_read_in_kibibytes() {
        assert_eq!(available("MemTotal: 10 kB\nMemAvailable:    2048 kB\n"), Some(2048));
        assert_eq!(available(""), None);
    }
}
