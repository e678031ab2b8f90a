//! The command line: types only. Their comments are the help text.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::flow::{fragment, stream};
use crate::render::address::Network;
use crate::render::style::ColorChoice;

mod bounded;
mod bounds;
mod confine;
mod view;

pub use bounded::Bounded;
pub use bounds::{Bound, Bounds};
pub use confine::{Confine, Sandbox};
pub use view::{Statistic, View};

/// Capture packets, take them apart, and explain what the connections did.
#[derive(Debug, Parser)]
#[command(
    name = "netdissect",
    version,
    disable_version_flag = true,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = EXIT_STATUS,
)]
pub struct Cli {
    /// Print version
    #[arg(long, action = clap::ArgAction::Version)]
    version: Option<bool>,

    /// Also use the protocol that FILE declares (docs/dissectors.md); may be repeated
    #[arg(long, value_name = "FILE.toml", global = true, help_heading = "Protocols")]
    pub dissector: Vec<PathBuf>,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_STATUS: &str = "\
Examples:
  netdissect live eth0 'tcp port 443'
  netdissect read trace.pcapng.gz --follow-tcp

-r FILE and -i IF stand for the commands read and live; so does a first argument that is a file.

Exit status: 0 done, 1 failed, 2 usage, 3 input damaged, 4 output cut, 5 source lost,
             6 --fail-empty or --strict, 70 dissector fault, 130 stopped twice";

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read capture files or standard input (pcap, pcapng; gzip, zstd, lz4)
    Read(Read),
    /// Capture from a network interface
    Live(Live),
    /// List what can be captured, and why not
    Interfaces(Interfaces),
    /// List the fields that -e and JSON know
    Fields(Fields),
    /// List the dissectors and how traffic reaches them
    Protocols(Protocols),
    /// Explain a state, event, verdict, mechanism or field
    Explain(Explain),
    /// Check permissions, settings that spoil captures, and the sandbox
    Doctor(Doctor),
}

/// Arguments of `read`.
#[derive(Debug, Args)]
pub struct Read {
    /// Capture files, read one after the other; - is standard input. The first word that is no file begins a
    /// capture filter
    #[arg(required = true, value_name = "FILE|BPF")]
    pub files: Vec<PathBuf>,

    /// Capture filter, where a word of it could be a file
    #[arg(value_name = "BPF", last = true)]
    pub filter: Vec<String>,

    /// How packets are picked before they are taken apart
    #[command(flatten)]
    pub pick: Pick,

    /// Also show the bytes present of a record that is cut
    #[arg(long)]
    pub partial: bool,

    /// Go on behind damage at the next plausible record
    #[arg(long)]
    pub salvage: bool,

    /// Read twice, so that links to later frames and final verdicts are known everywhere
    #[arg(short = '2', long)]
    pub two_passes: bool,

    /// Read files of an unknown format version as if it were the newest
    #[arg(long)]
    pub force_version: bool,

    /// What to show
    #[command(flatten)]
    pub show: Show,

    /// What to give up before the first packet
    #[command(flatten)]
    pub confine: Confine,
}

/// Arguments of `live`.
#[derive(Debug, Args)]
pub struct Live {
    /// Interfaces to capture on at once; any is all of them. The first word that names none begins a capture filter
    #[arg(required_unless_present = "interfaces", value_name = "IF|BPF")]
    pub words: Vec<String>,

    /// Interface to capture on, repeatable
    #[arg(short = 'i', long = "interface", value_name = "IF")]
    pub interfaces: Vec<String>,

    /// Capture filter, where a word of it could be an interface
    #[arg(value_name = "BPF", last = true)]
    pub filter: Vec<String>,

    /// How packets are picked before they are taken apart
    #[command(flatten)]
    pub pick: Pick,

    /// Do not ask for packets to other hosts
    #[arg(short = 'p')]
    pub not_promiscuous: bool,

    /// Bytes to capture of each packet; 0 is all
    #[arg(short = 's', value_name = "BYTES", default_value_t = 0)]
    pub snaplen: u32,

    /// Size of the kernel's ring in MiB; K and G are understood
    #[arg(short = 'B', value_name = "SIZE", default_value = "64", value_parser = ring_size)]
    pub ring: u32,

    /// What to show
    #[command(flatten)]
    pub show: Show,

    /// What to give up before the first packet
    #[command(flatten)]
    pub confine: Confine,
}

/// How packets are picked before they are taken apart; the same for files and interfaces.
#[derive(Debug, Args)]
pub struct Pick {
    /// Capture filter, as in tcpdump; sees through VLAN tags and PPPoE
    #[arg(
        short = 'f',
        long = "capture-filter",
        value_name = "EXPR",
        conflicts_with = "filter",
        help_heading = "Capture filter"
    )]
    pub capture_filter: Option<String>,

    /// Tags hide what is behind them, as in tcpdump
    #[arg(long, help_heading = "Capture filter")]
    pub strict_bpf: bool,

    /// Print the compiled filter, as tcpdump -d, and do nothing else
    #[arg(long, help_heading = "Capture filter")]
    pub dump_filter: bool,
}

/// What happens when the disk is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnFull {
    /// The run ends, with 4
    Stop,
    /// The oldest file of this run is removed (with --rotate)
    Rotate,
    /// Writing waits until there is room; meanwhile the ring fills
    Wait,
}

/// How closed files are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compress {
    /// Into NAME.gz
    Gzip,
}

/// What to show and how; the same for files and interfaces.
#[derive(Debug, Args)]
pub struct Show {
    /// Every field of every layer
    #[arg(short = 'V', help_heading = "What to show (default: one line per packet)")]
    pub tree: bool,

    /// With -V and --endpoints: what kind of address each is (class A to E, private, documentation, multicast), whose
    /// hardware it is, and where it stands in these networks
    #[arg(
        long,
        value_name = "NETWORK",
        num_args = 0..,
        require_equals = true,
        value_delimiter = ',',
        help_heading = "What to show (default: one line per packet)"
    )]
    pub address_kinds: Option<Vec<Network>>,

    /// Bytes in hex and text; with -e only those of the fields
    #[arg(
        short = 'x',
        visible_short_alias = 'X',
        help_heading = "What to show (default: one line per packet)"
    )]
    pub hex: bool,

    /// Payload as text
    #[arg(short = 'A', conflicts_with = "hex", help_heading = "What to show (default: one line per packet)")]
    pub ascii_payload: bool,

    /// Both ends' states and events, of one flow or of all
    #[arg(
        long,
        value_name = "FLOW",
        require_equals = true,
        num_args = 0..=1,
        default_missing_value = "",
        group = "screen",
        help_heading = "What to show (default: one line per packet)"
    )]
    pub follow_tcp: Option<String>,

    /// With --follow-tcp: rows of all flows as they happen, each led by the number of its flow; always so in live
    #[arg(
        long,
        requires = "follow_tcp",
        conflicts_with_all = ["plot", "data"],
        help_heading = "What to show (default: one line per packet)"
    )]
    pub interleaved: bool,

    /// With --follow-tcp: sketches of time against sequence number and of the bytes in flight
    #[arg(
        long,
        requires = "follow_tcp",
        conflicts_with = "data",
        help_heading = "What to show (default: one line per packet)"
    )]
    pub plot: bool,

    /// With --follow-tcp: what each event means, in a sentence with this flow's numbers
    #[arg(long, requires = "follow_tcp", help_heading = "What to show (default: one line per packet)")]
    pub explain: bool,

    /// What both ends of these flows sent, instead of their states; raw is for one flow, and not for a terminal
    #[arg(
        long,
        value_name = "SPELLING",
        requires = "follow_tcp",
        help_heading = "What to show (default: one line per packet)"
    )]
    pub data: Option<Data>,

    /// One line per TCP flow; --flows=udp and --flows=ip: per conversation over UDP, per pair of addresses
    #[arg(
        long,
        value_name = "WHICH",
        require_equals = true,
        num_args = 0..=1,
        default_missing_value = "tcp",
        value_parser = view::conversations,
        group = "screen",
        help_heading = "What to show (default: one line per packet)"
    )]
    pub flows: Option<View>,

    /// With --flows: while packets pass the busiest flows of each interval, in place on a terminal; 1s in live
    #[arg(
        long,
        value_name = "INTERVAL",
        value_parser = view::length,
        requires = "flows",
        help_heading = "What to show (default: one line per packet)"
    )]
    pub refresh: Option<i64>,

    /// What is wrong, grouped by cause, with the evidence
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub expert: bool,

    /// Datagrams that came in pieces: ranges, holes, overlaps, and what became of them
    #[arg(
        long,
        group = "screen",
        conflicts_with = "flow",
        help_heading = "What to show (default: one line per packet)"
    )]
    pub fragments: bool,

    /// Whether this capture can be believed: what it lacks, and what follows from that
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub trust: bool,

    /// All of it on one page: what was captured, who talks, what went wrong
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub summary: bool,

    /// With --summary -T json: leave details out until it fits, never verdicts; 8k is 8192
    #[arg(long, value_name = "BYTES", value_parser = view::size, help_heading = "What to show (default: one line per packet)")]
    pub max_bytes: Option<usize>,

    /// Which protocols carry which, with frames and bytes
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub protocols: bool,

    /// Addresses with what they sent and received
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub endpoints: bool,

    /// Packets, bytes and trouble in each interval: 1s, 100ms, 5m; 0 is one interval
    #[arg(long, value_name = "INTERVAL", value_parser = view::interval, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub rate: Option<i64>,

    /// Questions and answers of DNS, mDNS and LLMNR, paired, with times
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub dns: bool,

    /// Requests and responses of HTTP, paired, with times
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub http: bool,

    /// Traceroutes hop by hop, pings with loss and round trips, and packets too big for a link
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub path: bool,

    /// Flows captured on both sides of an address translator, paired, and what it made of their addresses
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub nat: bool,

    /// Leases of DHCP as stories: discover, offer, request, acknowledgment, renewal, end
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub leases: bool,

    /// Who claims which address by ARP: conflicts, announcements, questions without an answer
    #[arg(long, group = "screen", help_heading = "What to show (default: one line per packet)")]
    pub arp: bool,

    /// The same by tshark's words: conv,tcp|udp|ip endpoints,ip io,stat,N io,phs expert flow,tcp follow,tcp,ascii,N
    #[arg(
        short = 'z',
        value_name = "WORDS",
        group = "screen",
        help_heading = "What to show (default: one line per packet)"
    )]
    pub statistic: Option<Statistic>,

    /// Nothing per packet
    #[arg(short = 'q', help_heading = "What to show (default: one line per packet)")]
    pub quiet: bool,

    /// Write the packets that pass all filters to a capture file: pcap for .pcap, .cap and .dmp, otherwise pcapng; - is
    /// standard output. Nothing is listed unless it is asked for
    #[arg(short = 'w', long, value_name = "FILE", help_heading = WRITING)]
    pub write: Option<PathBuf>,

    /// With -w: what TCP tracking says of a packet as a comment on it, and verdicts on flows in a last section
    #[arg(long, requires = "write", help_heading = WRITING)]
    pub annotate: bool,

    /// With -w: list the packets too
    #[arg(short = 'P', long, requires = "write", help_heading = WRITING)]
    pub print: bool,

    /// With -w: write each packet at once
    #[arg(long, requires = "write", help_heading = WRITING)]
    pub packet_buffered: bool,

    /// With -w: at the end wait until the disk has everything
    #[arg(long, requires = "write", help_heading = WRITING)]
    pub sync: bool,

    /// With -w: what to do when the disk is full
    #[arg(long, value_name = "WHAT", default_value = "stop", requires = "write", help_heading = WRITING)]
    pub on_full: OnFull,

    /// With --rotate: pack each file once it is closed, beside the capture
    #[arg(long, value_name = "FORMAT", requires = "write", help_heading = WRITING)]
    pub compress: Option<Compress>,

    /// With -w: write to the file that a symbolic link leads to; not as root, nor where everybody can write
    #[arg(long, requires = "write", help_heading = WRITING)]
    pub follow_symlinks: bool,

    /// With -w: write only what is around packets that pass this display filter
    #[arg(long, value_name = "EXPR", requires = "write", help_heading = WRITING)]
    pub trigger: Option<String>,

    /// With --trigger: from so long before such a packet, as far as 64 MiB of memory hold it
    #[arg(long, value_name = "TIME", requires = "trigger", default_value = "30s", value_parser = view::interval, help_heading = WRITING)]
    pub before: i64,

    /// With --trigger: until so long after it
    #[arg(long, value_name = "TIME", requires = "trigger", default_value = "10s", value_parser = view::interval, help_heading = WRITING)]
    pub after: i64,

    /// When the run ends, and when a file
    #[command(flatten)]
    pub bounds: Bounds,

    /// Output format
    #[arg(short = 'T', long = "format", value_name = "FORMAT")]
    pub format: Option<Format>,

    /// Field to print, repeatable or joined by commas; implies -T fields
    #[arg(short = 'e', long = "fields", value_name = "FIELD", value_delimiter = ',')]
    pub fields: Vec<String>,

    /// Layout of -T fields: header=y separator=/t quote=d occurrence=f|l|a aggregator=,
    #[arg(short = 'E', value_name = "OPTION=VALUE")]
    pub layout: Vec<String>,

    /// Stop after so many packets
    #[arg(short = 'c', long = "count", value_name = "N")]
    pub count: Option<u64>,

    /// Only one flow: stream number, ip:port, ip:port,ip:port or community ID
    #[arg(long, value_name = "FLOW")]
    pub flow: Option<String>,

    /// Display filter, as in Wireshark: -Y 'tcp.flags.reset && ip.ttl < 50'; with --flows, --follow-tcp, --expert and
    /// --trust it chooses the flows with such a packet
    #[arg(short = 'Y', long, value_name = "EXPR", conflicts_with = "read_filter")]
    pub display_filter: Option<String>,

    /// The same as -Y
    #[arg(short = 'R', long, value_name = "EXPR", hide = true)]
    pub read_filter: Option<String>,

    /// Only frames with these numbers: 4, 100-200, 7-
    #[arg(long, value_name = "RANGES", value_delimiter = ',', value_parser = frame_range)]
    pub frames: Vec<FrameRange>,

    /// Read a port or type as another protocol: tcp.port==8080,http
    #[arg(short = 'd', long = "decode-as", value_name = "RULE")]
    pub decode_as: Vec<String>,

    /// Secrets of TLS sessions, as programs write them where SSLKEYLOGFILE says: what they open is shown. Those that a
    /// pcapng file holds itself are used without being asked for
    #[arg(long, value_name = "FILE")]
    pub tls_keylog: Option<PathBuf>,

    /// Time format: r relative, a clock, ad date and clock, d and dd since the packet before, e seconds since 1970
    #[arg(short = 't', value_name = "FORMAT", default_value = "r")]
    pub time: String,

    /// Take wrong TCP checksums for right: packets show messages joined from such segments too, as captures on a sender with offload need
    #[arg(long)]
    pub ignore_checksums: bool,

    /// Whose bytes count where TCP segments overlap, by the receiver's system: first, last, bsd, linux, old-linux,
    /// solaris, windows, macos and others
    #[arg(long, value_name = "POLICY", default_value = "linux")]
    pub overlap: stream::Overlap,

    /// The same for IPv4 fragments: first, last, bsd, bsd-right, linux, windows, solaris, drop
    #[arg(long, value_name = "POLICY", default_value = "first")]
    pub fragment_overlap: fragment::Overlap,

    /// Messages in streams that were put in order first: what came early waits, and what came twice is read once
    /// (default: where Wireshark shows them, in the segments as they came)
    #[arg(long, conflicts_with = "compat")]
    pub in_order: bool,

    /// Fill tcp.analysis fields by the rules of another program
    #[arg(long, value_name = "PROGRAM")]
    pub compat: Option<Compat>,

    /// Judge segments without this evidence: ip.id, tcp.options.timestamp
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub ignore: Vec<Evidence>,

    /// No names for addresses (the default; accepted for the sake of habit)
    #[arg(short = 'n', hide = true)]
    pub numeric: bool,

    /// Flush after each packet (the default when live; accepted for the sake of habit)
    #[arg(short = 'l', hide = true)]
    pub line_buffered: bool,

    /// Only errors on standard error
    #[arg(short = 'Q', long = "silent")]
    pub silent: bool,

    /// Threads at most: one takes packets of files apart, all of them render (default: as many as processors)
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,

    /// Exit with 6 if nothing was shown
    #[arg(long)]
    pub fail_empty: bool,

    /// What may be remembered, and what is said when it is too much
    #[command(flatten)]
    pub bounded: Bounded,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,

    /// Width of the output in columns
    #[arg(long, value_name = "COLUMNS")]
    pub width: Option<usize>,

    /// Marks and arrows in ASCII
    #[arg(long)]
    pub ascii: bool,
}

impl Show {
    /// Whether packets are written whatever is found in them, and however many.
    #[must_use]
    pub fn writes_all(&self) -> bool {
        self.write.is_some()
            && self.display_filter.is_none()
            && self.read_filter.is_none()
            && self.flow.is_none()
            && self.frames.is_empty()
            && self.count.is_none()
            && self.trigger.is_none()
            && !self.annotate
    }

    /// How many threads there may be.
    #[must_use]
    pub fn threads(&self) -> usize {
        let all = self.threads.or_else(|| std::thread::available_parallelism().ok());
        all.map_or(1, NonZeroUsize::get)
    }

    /// Whether something is to be printed on standard output: with -w only what was asked for.
    #[must_use]
    pub fn prints(&self) -> bool {
        let asked = self.print
            || self.tree
            || self.hex
            || self.ascii_payload
            || self.view() != View::Packets
            || self.format.is_some()
            || !self.fields.is_empty();
        self.write.is_none() || asked
    }
}

/// The heading of what concerns -w.
const WRITING: &str = "Writing captures";

/// Arguments of `interfaces`.
#[derive(Debug, Args)]
pub struct Interfaces {}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {}

/// Arguments of `fields`.
#[derive(Debug, Args)]
pub struct Fields {
    /// Only names that contain this
    pub pattern: Option<String>,
    /// Bare names, one a line
    #[arg(long)]
    pub names: bool,
}

/// Arguments of `protocols`.
#[derive(Debug, Args)]
pub struct Protocols {
    /// Bare names, one a line
    #[arg(long)]
    pub names: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// What to explain: TIME_WAIT, fast-retransmit, slow start, ip.flags.df
    #[arg(value_name = "TOPIC")]
    pub topic: Vec<String>,
}

/// How payload is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Data {
    /// As text, a dot for what is not printable
    Text,
    /// In hex and text
    Hex,
    /// As it is, without headings
    Raw,
}

/// Evidence that verdicts on segments can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Evidence {
    /// IPv4 identifications
    #[value(name = "ip.id")]
    IpId,
    /// TCP timestamps
    #[value(name = "tcp.options.timestamp")]
    Timestamp,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// Fields separated by tabs, laid out by -E
    Fields,
    /// Fields separated by tabs, with a header line
    Tsv,
    /// Fields separated by commas (RFC 4180), with a header line
    Csv,
    /// One JSON object a line
    Jsonl,
    /// One JSON array
    Json,
}

/// Programs whose rules are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compat {
    /// As Wireshark 4.0 labels segments
    Wireshark,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// Frames from one number to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRange {
    /// First.
    pub from: u64,
    /// Last.
    pub to: u64,
}

fn frame_range(text: &str) -> Result<FrameRange, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{text} is not a frame number"));
    match text.split_once('-') {
        None => number(text).map(|at| FrameRange { from: at, to: at }),
        Some((from, "")) => Ok(FrameRange { from: number(from)?, to: u64::MAX }),
        Some((from, to)) => Ok(FrameRange { from: number(from)?, to: number(to)? }),
    }
}

/// Ring sizes as tshark takes them: MiB, unless a letter says otherwise.
fn ring_size(text: &str) -> Result<u32, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 1u64 << 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 1 << 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1 << 20),
    };
    let size = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
    size.and_then(|bytes| u32::try_from(bytes).ok()).ok_or_else(|| format!("{text} is not a ring size"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn ring_sizes_are_mebibytes_unless_told_otherwise() {
        assert_eq!(ring_size("2"), Ok(2 << 20));
        assert_eq!(ring_size("512K"), Ok(512 << 10));
        assert_eq!(ring_size("1G"), Ok(1 << 30));
        assert!(ring_size("5G").is_err());
        assert!(ring_size("x").is_err());
    }
}
