#!/bin/sh
# Measures the release build against the tools that people know, as ratios within one run, and how time and memory grow
# (growth.py).
#
#   scripts/bench.sh [PACKETS]     packets of the mixed capture, 400,000 if not said
#
# Needs hyperfine, python3, tcpdump, and of Wireshark tshark, capinfos and editcap. Times are those that pass, in the
# median of five runs; tshark runs once, over the first twentieth of the packets.
set -eu

packets=${1:-400000}
here=$(cd "$(dirname "$0")/.." && pwd)
for tool in hyperfine python3 tcpdump tshark capinfos editcap; do
    command -v "$tool" >/dev/null || { echo "bench: $tool is missing" >&2; exit 1; }
done
cargo build --release --locked --quiet --manifest-path "$here/Cargo.toml"
nd=${CARGO_TARGET_DIR:-$here/target}/release/netdissect
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# capture KIND COUNT FILE
capture() {
    python3 "$here/scripts/bench_captures.py" "$here/samples" "$1" "$2" "$work/$3"
}

# cost RUNS COMMAND...: seconds
cost() {
    runs=$1
    shift
    hyperfine --shell=none --warmup 1 --runs "$runs" --ignore-failure --export-json "$work/times" "$*" >/dev/null 2>&1
    python3 -c 'import json, sys
for result in json.load(open(sys.argv[1]))["results"]:
    print("%.3f" % result["median"])' "$work/times"
}

# row NAME COMMAND...: its cost, and by what share of tcpdump and of capinfos
row() {
    name=$1
    shift
    took=$(cost 5 "$@")
    awk -v name="$name" -v took="$took" -v dump="$dump" -v base="$base" 'BEGIN {
        printf "%-34s %8.3f s  %6.1f x capinfos  %6.1f x faster than tcpdump\n", name, took, took / base, dump / took }'
}

# against NAME COST COMMAND...: how much slower the other command is, packet by packet
against() {
    name=$1
    ours=$2
    shift 2
    theirs=$(cost 1 "$@")
    awk -v name="$name" -v ours="$ours" -v theirs="$theirs" 'BEGIN {
        printf "%-34s %6.1f x faster than tshark\n", name, theirs * 20 / ours }'
}

six='-e frame.number -e ip.src -e ip.dst -e tcp.srcport -e tcp.dstport -e tcp.len'
capture mixed "$packets" mixed
editcap -F pcap -r "$work/mixed" "$work/part" "1-$((packets / 20))"
base=$(cost 5 capinfos -c "$work/mixed")
dump=$(cost 5 tcpdump -nr "$work/mixed")
echo "$packets mixed packets, cat $(cost 5 cat "$work/mixed") s, capinfos -c $base s, tcpdump -nr $dump s"
row 'read -q' "$nd" read -q "$work/mixed"
row 'read --flows' "$nd" read --flows "$work/mixed"
row 'read --follow-tcp' "$nd" read --follow-tcp "$work/mixed"
row 'read' "$nd" read "$work/mixed"
row 'read -T jsonl' "$nd" read -T jsonl "$work/mixed"
row 'read -T jsonl -V' "$nd" read -T jsonl -V "$work/mixed"
row 'read -T tsv, six fields' "$nd" read -T tsv $six "$work/mixed"
row 'read -Y tcp.port==443' "$nd" read -Y tcp.port==443 "$work/mixed"
echo
against 'read --flows' "$(cost 5 "$nd" read --flows "$work/mixed")" tshark -q -z conv,tcp -nr "$work/part"
against 'read' "$(cost 5 "$nd" read "$work/mixed")" tshark -nr "$work/part"
against 'read -T jsonl -V' "$(cost 5 "$nd" read -T jsonl -V "$work/mixed")" tshark -T ek -nr "$work/part"
against 'read -T tsv, six fields' "$(cost 5 "$nd" read -T tsv $six "$work/mixed")" \
    tshark -T fields $six -nr "$work/part"
against 'read -Y tcp.port==443' "$(cost 5 "$nd" read -Y tcp.port==443 "$work/mixed")" \
    tshark -Y tcp.port==443 -nr "$work/part"
echo
python3 "$here/scripts/growth.py" "$nd"
